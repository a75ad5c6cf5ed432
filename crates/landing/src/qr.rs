//! A link as a QR code (ISO/IEC 18004): its modules, and drawn as one SVG path. Images for mails are left to others.

use qrcode::{
    Color, EcLevel,
    bits::encode_auto,
    canvas::{Canvas, MaskPattern},
    ec::construct_codewords,
};

/// The light margin around the code, in modules: what the standard asks for.
pub const MARGIN: usize = 4;

/// The one mask of all codes. The standard has an encoder try eight and take the one that looks best (7.8.3); that is nine tenths of
/// the work, and the random letters of a link leave nothing to be mended: any mask is told to the reader within the code.
const MASK: MaskPattern = MaskPattern::Checkerboard;

/// The modules of a QR code with error correction level M.
#[derive(Debug)]
pub struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code for `text`, or `None` where the text does not fit into a QR code.
    pub fn of(text: &str) -> Option<Self> {
        let data = encode_auto(text.as_bytes(), EcLevel::M).ok()?;
        let version = data.version();
        let (data, correction) =
            construct_codewords(&data.into_bytes(), version, EcLevel::M).ok()?;
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        canvas.apply_mask(MASK);
        Some(Self {
            side: usize::try_from(version.width()).ok()?,
            dark: canvas.into_colors().into_iter().map(is_dark).collect(),
        })
    }

    /// How many modules it is wide and high, without its margin.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Its rows from the top, each module from the left: whether it is dark.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.side)
    }
}

fn is_dark(color: Color) -> bool {
    color == Color::Dark
}

/// The code for `text` as an `<svg>` element, or `None` where the text does not fit into a QR code.
pub fn svg(text: &str) -> Option<String> {
    let code = Code::of(text)?;
    let side = code.side + 2 * MARGIN;
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path stroke=\"#000\" d=\"{}\"/></svg>",
        path(&code)
    ))
}

/// One line, as thick as a module, through each run of dark modules, row by row.
fn path(code: &Code) -> String {
    let mut path = String::with_capacity(4 * code.dark.len());
    for (y, row) in code.rows().enumerate() {
        // Halfway down the row; the margin is light.
        push(&mut path, 'M', MARGIN);
        push(&mut path, ' ', y + MARGIN);
        path.push_str(".5");
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] {
                push(&mut path, 'h', run.len());
            } else {
                push(&mut path, 'm', run.len());
                path.push_str(" 0");
            }
        }
    }
    path
}

/// A letter and a number; pages hold many.
fn push(path: &mut String, letter: char, number: usize) {
    path.push(letter);
    path.push_str(itoa::Buffer::new().format(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA";

    /// The modules that a path covers, as its steps say.
    fn covered(path: &str) -> Vec<(usize, usize)> {
        let mut modules = Vec::new();
        for row in path.split_terminator('M').filter(|row| !row.is_empty()) {
            let steps = row.find(['h', 'm']).unwrap_or(row.len());
            let (begin, mut steps) = row.split_at(steps);
            let (x, y) = begin.split_once(' ').unwrap();
            let (mut x, y) = (x.parse::<usize>().unwrap(), y.strip_suffix(".5").unwrap());
            let y: usize = y.parse().unwrap();
            while let Some(kind) = steps.chars().next() {
                let rest = &steps[1..];
                let (step, after) = rest.split_at(rest.find(['h', 'm']).unwrap_or(rest.len()));
                let run: usize = step.trim_end_matches(" 0").parse().unwrap();
                if kind == 'h' {
                    modules.extend((x..x + run).map(|x| (x - MARGIN, y - MARGIN)));
                }
                (x, steps) = (x + run, after);
            }
        }
        modules
    }

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let code = Code::of(LINK).unwrap();
        let all = (0..code.side).flat_map(|y| (0..code.side).map(move |x| (x, y)));
        let dark: Vec<_> = all.filter(|&(x, y)| code.dark[y * code.side + x]).collect();
        assert!(!dark.is_empty());
        let mut drawn = covered(&path(&code));
        drawn.sort_by_key(|&(x, y)| (y, x));
        assert_eq!(drawn, dark);
    }

    #[test]
    fn a_link_s_code_is_small_and_an_endless_text_is_none() {
        assert!(svg(LINK).unwrap().len() < 5_000);
        assert_eq!(svg(&"x".repeat(4_000)), None);
    }
}
