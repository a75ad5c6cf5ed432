//! A link as a QR code (ISO/IEC 18004) in a small PNG, for mails. Pages draw their own as SVG.

use landing::qr::{Code, MARGIN};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

/// The side of the picture in pixels, at most; it is reached as far as whole pixels per module allow.
const SIDE_MAX: usize = 300;

/// Why a code could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is longer than a QR code can be.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The PNG could not be written.
    #[error("the QR code cannot be written as PNG")]
    Png(#[from] EncodingError),
}

/// Whether `text` can be drawn, here and on pages.
pub fn fits(text: &str) -> bool {
    Code::of(text).is_some()
}

/// Draws `text` with error correction level M and the full margin, as a black and white PNG of one bit per
/// pixel, 240 to 300 pixels wide for anything that is as long as a link.
pub fn png(text: &str) -> Result<Vec<u8>, Error> {
    let code = Code::of(text).ok_or(Error::TooLong)?;
    let modules = code.side() + 2 * MARGIN;
    let scale = (SIDE_MAX / modules).max(1);
    let side = u32::try_from(modules * scale).map_err(|_| Error::TooLong)?;
    let mut file = Vec::with_capacity(2 * 1024);
    let mut encoder = Encoder::new(&mut file, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels(&code, scale))?;
    writer.finish()?;
    Ok(file)
}

/// The rows of the picture, most significant bit first, 1 = light.
fn pixels(code: &Code, scale: usize) -> Vec<u8> {
    let modules = code.side() + 2 * MARGIN;
    let row_len = (modules * scale).div_ceil(8);
    let mut picture = vec![0xFF; row_len * modules * scale];
    let bands = picture.chunks_mut(row_len * scale).skip(MARGIN);
    for (band, modules) in bands.zip(code.rows()) {
        let (row, others) = band.split_at_mut(row_len);
        let mut x = MARGIN;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] {
                darken(row, x * scale, (x + run.len()) * scale);
            }
            x += run.len();
        }
        others
            .chunks_mut(row_len)
            .for_each(|other| other.copy_from_slice(row));
    }
    picture
}

/// Makes the pixels of a row dark from one up to another.
fn darken(row: &mut [u8], from: usize, to: usize) {
    let (first, last) = (from / 8, (to - 1) / 8);
    let (left, right) = (0xFF >> (from % 8), 0xFF << (7 - (to - 1) % 8));
    if first == last {
        row[first] &= !(left & right);
    } else {
        row[first] &= !left;
        row[first + 1..last].fill(0);
        row[last] &= !right;
    }
}

/// Reads the one code of a picture back, for tests.
#[cfg(test)]
pub(crate) fn read_back(file: &[u8]) -> (u32, String) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let codes = picture.detect_grids();
    assert_eq!(codes.len(), 1, "one code in the picture");
    (frame.width, codes[0].decode().unwrap().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_reads_the_link_back() {
        for link in [
            "https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA",
            "http://127.0.0.1:8081/d/wX1_yZ-k0Lq2VbN8rT5uEg",
            "https://a-rather-long-name.of-a-host.somewhere.example.org:8443/below/d/0123456789abcdefghijk_",
        ] {
            let file = png(link).unwrap();
            let (side, text) = read_back(&file);
            assert_eq!(text, link);
            assert!((240..=300).contains(&side), "{side} pixels");
            assert!(file.len() < 3_000, "{} bytes", file.len());
        }
    }

    #[test]
    fn every_module_has_its_colour_and_the_margin_is_light_and_four_modules_wide() {
        let code = Code::of("x").unwrap();
        let scale = SIDE_MAX / (code.side() + 2 * MARGIN);
        let picture = pixels(&code, scale);
        let row_len = ((code.side() + 2 * MARGIN) * scale).div_ceil(8);
        let is_dark = |x: usize, y: usize| {
            let pixel = x * scale + scale / 2;
            picture[(y * scale + scale / 2) * row_len + pixel / 8] & (0x80 >> (pixel % 8)) == 0
        };
        let rows: Vec<&[bool]> = code.rows().collect();
        let inside = MARGIN..MARGIN + code.side();
        for (x, y) in (0..code.side() + 2 * MARGIN)
            .flat_map(|y| (0..code.side() + 2 * MARGIN).map(move |x| (x, y)))
        {
            let expected =
                inside.contains(&x) && inside.contains(&y) && rows[y - MARGIN][x - MARGIN];
            assert_eq!(is_dark(x, y), expected, "{x}, {y}");
        }
    }

    #[test]
    fn a_text_that_fits_no_code_is_refused() {
        assert!(matches!(png(&"x".repeat(5_000)), Err(Error::TooLong)));
    }
}
