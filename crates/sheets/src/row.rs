//! One row of a table, whatever it was written in.

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file that it begins in, from 1, or the first of the empty lines before it; in a workbook its row.
    pub line: u64,
    /// Its cells, as many as the header has: missing ones are empty.
    pub cells: Vec<String>,
    /// How many of them the row really has.
    pub told: usize,
    /// What is odd about cells, by their place from 0.
    pub odd: Vec<(usize, Odd)>,
}

/// What is odd about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// It stands behind the last heading.
    Beyond,
    /// It is a number, which has no leading zeros.
    Number,
    /// It is a number of more digits than a workbook keeps.
    Rounded,
    /// It is a date.
    Date,
}

impl Row {
    /// Whether this is odd about the cell of this place.
    pub fn is(&self, at: usize, what: Odd) -> bool {
        self.odd.contains(&(at, what))
    }
}
