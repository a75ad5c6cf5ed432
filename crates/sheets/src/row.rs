//! One row of a table, whatever it was written in.

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file that it begins in, from 1; in a workbook its row.
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
    /// It runs over more than one line of the file, from its first to its last.
    Lines(u64, u64),
    /// The row as a whole is written in another encoding than the file.
    Foreign,
}

impl Row {
    /// Whether this is odd about the cell of this place.
    pub fn is(&self, at: usize, what: Odd) -> bool {
        self.odd.contains(&(at, what))
    }

    /// The first and the last line of the cell of this place, where it runs over more than one.
    pub fn lines(&self, at: usize) -> Option<(u64, u64)> {
        let mut odd = self.odd.iter();
        odd.find_map(|(place, odd)| match odd {
            Odd::Lines(from, to) if *place == at => Some((*from, *to)),
            _ => None,
        })
    }

    /// Whether the row is written in another encoding than the file.
    pub fn is_foreign(&self) -> bool {
        self.odd.iter().any(|(_, odd)| *odd == Odd::Foreign)
    }
}
