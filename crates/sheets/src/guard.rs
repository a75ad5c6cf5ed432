//! Cells that a spreadsheet would run: one apostrophe before them, and before those that begin with one, so that exactly one is
//! taken away again.

use std::borrow::Cow;

/// The word that clears a cell. A value that reads like it is guarded.
pub const BLANK: &str = "<blank>";

/// What a spreadsheet takes for the beginning of a formula, and the apostrophe itself.
const GUARDED: [char; 6] = ['=', '+', '-', '@', '\t', '\''];

/// A cell as it is written.
pub fn guard(value: &str) -> Cow<'_, str> {
    if value.starts_with(GUARDED) || value == BLANK {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// A cell as it is meant.
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_comes_back_as_it_was() {
        for value in [
            "=1+1", BLANK, "+49 30 1", "-1", "@x", "\tx", "'tis", "''", "'=1", "'",
        ] {
            let written = guard(value);
            assert!(written.starts_with('\''), "{value}");
            assert_eq!(unguard(&written), value);
        }
        for plain in ["", "Ada", "1*001", "O'Brien", "a=b"] {
            assert_eq!(guard(plain), plain);
            assert_eq!(unguard(plain), plain);
        }
    }
}
