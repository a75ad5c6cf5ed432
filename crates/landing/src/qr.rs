//! A link as a QR code (ISO/IEC 18004), drawn as one SVG path. Images for mails are left to others.

use fast_qr::{ECL, Module, QRBuilder, QRCode};

/// The light margin around the code, in modules: what the standard asks for.
const MARGIN: usize = 4;

/// The code for `text` as an `<svg>` element, or `None` where the text does not fit into a QR code.
pub fn svg(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * MARGIN;
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path stroke=\"#000\" d=\"{}\"/></svg>",
        path(&code)
    ))
}

/// One line, as thick as a module, through each run of dark modules, row by row.
fn path(code: &QRCode) -> String {
    let mut path = String::with_capacity(4 * code.size * code.size);
    for y in 0..code.size {
        let row: &[Module] = &code[y];
        // Halfway down the row; the margin is light.
        push(&mut path, 'M', MARGIN);
        push(&mut path, ' ', y + MARGIN);
        path.push_str(".5");
        for run in row[..code.size].chunk_by(|a, b| a.value() == b.value()) {
            if run[0].value() {
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
        assert!(svg(LINK).unwrap().len() < 5_000);
        assert_eq!(svg(&"x".repeat(4_000)), None);
    }
}
