//! What spreadsheets and wrong encodings make of cells: told by the cell itself, before it is looked at what it should be.

use sheets::{Odd, Row};
use users::columns::Column;

pub(super) const DATE: &str = "was turned into a date by a spreadsheet: format its column as text";
const ROUNDED: &str = "has lost digits in a spreadsheet: format its column as text";
const FAILED: &str = "is what a spreadsheet shows where a formula fails";
const NO_TEXT: &str = "holds signs that are no text in the file's encoding: save the file as UTF-8";
pub(super) const LINES: &str = "holds a line break: is a quotation mark left open?";
const FRACTION: &str =
    "is a fraction, as spreadsheets and scripts make them of numbers: format its column as text";
const NUL: &str = "holds NUL signs: the file is damaged, or no text";

/// What spreadsheets show in place of a result.
const FAILURES: [&str; 8] = [
    "#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!",
];
/// Names of months, as spreadsheets shorten them (`1-May`).
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// What is wrong with a cell of a row whatever it should be.
pub(super) fn told(row: &Row, at: usize) -> Option<&'static str> {
    if row.is(at, Odd::Date) {
        return Some(DATE);
    }
    row.is(at, Odd::Rounded).then_some(ROUNDED)
}

/// What became of a value.
pub(super) fn seen(column: Column, value: &str) -> Option<&'static str> {
    if value.contains('\0') {
        return Some(NUL);
    }
    if value.contains(['\n', '\r']) {
        return Some(LINES);
    }
    if value.contains('\u{FFFD}') {
        return Some(NO_TEXT);
    }
    if FAILURES
        .iter()
        .any(|failure| value.eq_ignore_ascii_case(failure))
    {
        return Some(FAILED);
    }
    if !is_number(column) {
        return None;
    }
    if is_fraction(value) {
        return Some(FRACTION);
    }
    is_date(value).then_some(DATE)
}

/// Whether a text reads like `4711.0`, whose point would be taken for one between groups of digits.
fn is_fraction(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.split_once(['.', ',']);
    parts.is_some_and(|(whole, rest)| is_digits(whole) && is_digits(rest))
}

/// Whether numbers stand in a column, which a spreadsheet may take for a date.
pub(super) const fn is_number(column: Column) -> bool {
    matches!(column, Column::DirectoryNumber | Column::VoicemailNumber)
}

/// Whether a text reads like a date: `2026-05-01 00:00:00`, `01.05.2026`, `1-May`, `5/1`.
fn is_date(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<_> = day.split(['-', '/', '.']).collect();
    let is_part = |part: &&str| {
        let is_digits = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_digits || is_month(part)
    };
    // Two numbers with a point between are a fraction.
    let least = if day.contains('.') { 3 } else { 2 };
    (least..=3).contains(&parts.len()) && parts.iter().all(is_part)
}

fn is_month(part: &str) -> bool {
    let begin = part.get(..3).unwrap_or_default();
    MONTHS.iter().any(|month| begin.eq_ignore_ascii_case(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_numbers() {
        for date in [
            "2026-05-01 00:00:00",
            "2024-01-01T00:00",
            "01.05.2026",
            "1-May",
            "5/1",
            "May-26",
        ] {
            assert!(is_date(date), "{date}");
        }
        for number in [
            "4711",
            "1*001",
            "1#001",
            "+49-30-123-1234567",
            "12a",
            "",
            "1-",
            "41.5",
        ] {
            assert!(!is_date(number), "{number}");
        }
        assert_eq!(seen(Column::DirectoryNumber, "4711.0"), Some(FRACTION));
        assert_eq!(seen(Column::DirectoryNumber, "01.05.2026"), Some(DATE));
        assert_eq!(seen(Column::Department, "5/1"), None);
        assert_eq!(seen(Column::LastName, "#NAME?"), Some(FAILED));
    }
}
