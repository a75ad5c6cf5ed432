//! A link as a QR code (ISO/IEC 18004), drawn as one SVG path. Images for mails are left to others.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder, QRCode};

/// The light margin around the code, in modules: what the standard asks for.
const MARGIN: usize = 4;

/// The code for `text` as an `<svg>` element, or `None` where the text does not fit into a QR code.
pub fn svg(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * MARGIN;
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{}\"/></svg>",
        path(&code)
    ))
}

/// One rectangle per run of dark modules: half the size of one per module.
fn path(code: &QRCode) -> String {
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let run = (x..code.size).take_while(|&x| code[y][x].value()).count();
            if run > 0 {
                let (left, top) = (x + MARGIN, y + MARGIN);
                write!(path, "M{left} {top}h{run}v1h-{run}z").expect("a string takes any text");
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA";

    /// The modules that a path covers.
    fn covered(path: &str) -> Vec<(usize, usize)> {
        let runs = path.split_terminator('z').map(|run| {
            let numbers: Vec<usize> = run
                .split(['M', ' ', 'h', 'v', '-'])
                .filter_map(|n| n.parse().ok())
                .collect();
            assert_eq!((numbers[2], numbers[3]), (numbers[4], 1), "{run}");
            (numbers[0], numbers[1], numbers[2])
        });
        runs.flat_map(|(x, y, run)| (x..x + run).map(move |x| (x - MARGIN, y - MARGIN)))
            .collect()
    }

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let code = QRBuilder::new(LINK).ecl(ECL::M).build().unwrap();
        let all = (0..code.size).flat_map(|y| (0..code.size).map(move |x| (x, y)));
        let dark: Vec<_> = all.filter(|&(x, y)| code[y][x].value()).collect();
        assert!(!dark.is_empty());
        let mut drawn = covered(&path(&code));
        drawn.sort_by_key(|&(x, y)| (y, x));
        assert_eq!(drawn, dark);
    }

    #[test]
    fn a_link_s_code_is_small_and_an_endless_text_is_none() {
        assert!(svg(LINK).unwrap().len() < 8_000);
        assert_eq!(svg(&"x".repeat(4_000)), None);
    }
}
