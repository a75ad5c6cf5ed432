//! What the styles of cells say about their numbers: whether they are shown as dates, or with leading zeros.

use std::collections::HashMap;

use super::{
    Unreadable,
    xml::{Node, Xml},
};

/// More styles than any workbook may have (64,000 in the largest).
const STYLES_MAX: usize = 70_000;
/// The longest row of zeros that a format may ask for.
const ZEROS_MAX: usize = 30;

/// How a number is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shown {
    #[default]
    Plain,
    /// As a date or a time.
    Date,
    /// With at least so many digits.
    Digits(usize),
}

/// How numbers of each style are shown (ECMA-376, part 1, 18.8).
#[derive(Debug, Default)]
pub(super) struct Styles(Vec<Shown>);

impl Styles {
    /// Reads them.
    pub(super) fn read(mut xml: Xml) -> Result<Self, Unreadable> {
        let mut formats: HashMap<u32, Shown> = HashMap::new();
        let mut styles = Vec::new();
        let mut in_cells = false;
        while let Some(node) = xml.next()? {
            match node {
                Node::Begin(name, said) if name == "numFmt" => {
                    if let (Some(id), Some(code)) =
                        (said.number("numFmtId"), said.get("formatCode"))
                        && formats.len() < STYLES_MAX
                    {
                        formats.insert(id, of_code(code));
                    }
                }
                Node::Begin(name, _) if name == "cellXfs" => in_cells = true,
                Node::End(name) if name == "cellXfs" => in_cells = false,
                Node::Begin(name, said)
                    if name == "xf" && in_cells && styles.len() < STYLES_MAX =>
                {
                    let id = said.number("numFmtId").unwrap_or(0);
                    let own = formats.get(&id).copied();
                    styles.push(own.unwrap_or_else(|| of_built_in(id)));
                }
                _ => {}
            }
        }
        Ok(Self(styles))
    }

    /// How numbers of a style are shown.
    pub(super) fn get(&self, style: usize) -> Shown {
        self.0.get(style).copied().unwrap_or_default()
    }
}

/// The formats that have no code in the file (18.8.30).
const fn of_built_in(id: u32) -> Shown {
    match id {
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Date,
        _ => Shown::Plain,
    }
}

/// What a format's code asks for. Quoted texts, escaped signs and what stands in brackets are no codes.
fn of_code(code: &str) -> Shown {
    let mut bare = String::new();
    let mut signs = code.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => drop(signs.by_ref().find(|sign| *sign == '"')),
            '[' => {
                let inside: String = signs.by_ref().take_while(|sign| *sign != ']').collect();
                let unit = inside.to_ascii_lowercase();
                // Hours, minutes or seconds that passed; anything else is a colour, a condition or a country.
                let is_unit = |sign| !unit.is_empty() && unit.chars().all(|one| one == sign);
                if ['h', 'm', 's'].into_iter().any(is_unit) {
                    bare.push_str(&unit);
                }
            }
            '\\' | '_' | '*' => drop(signs.next()),
            ';' => break,
            other => bare.push(other.to_ascii_lowercase()),
        }
    }
    if bare.contains("general") {
        return Shown::Plain;
    }
    if bare.contains(['y', 'd', 'h', 's', 'm']) {
        return Shown::Date;
    }
    let is_zeros = bare.len() <= ZEROS_MAX && bare.chars().all(|sign| sign == '0');
    if is_zeros && bare.len() > 1 {
        return Shown::Digits(bare.len());
    }
    Shown::Plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_dates_from_numbers() {
        for code in [
            "yyyy-mm-dd",
            "[$-409]d. mmm yy;@",
            "h:mm AM/PM",
            "[h]:mm",
            "[ss]",
            "m/d/yy\\ h:mm",
        ] {
            assert_eq!(of_code(code), Shown::Date, "{code}");
        }
        for code in [
            "General",
            "0.00",
            "#,##0 \"days\"",
            "@",
            "0\\d",
            "[Red]0",
            "0E+00",
            "",
        ] {
            assert_eq!(of_code(code), Shown::Plain, "{code}");
        }
        assert_eq!(of_code("0000"), Shown::Digits(4));
    }
}
