//! Numbers that have probably lost their leading zeros: spreadsheets drop them, and nobody sees it before the wrong phone rings.

use std::collections::BTreeMap;

/// Numbers that are shorter than nearly all others may have lost a zero: so many others, in percent.
const MOST: u64 = 90;
/// Lines that are named in a warning.
const NAMED: usize = 5;

/// The directory numbers of a file.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// By how many digits they have.
    lengths: BTreeMap<usize, Lines>,
    /// Cells of a workbook that hold a number instead of a text.
    numeric: Lines,
    /// Texts that begin with a zero.
    zeros: u64,
}

/// Some lines of a file: how many, and the first of them.
#[derive(Debug, Default)]
struct Lines {
    count: u64,
    first: Vec<u64>,
}

impl Lines {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(line);
        }
    }

    fn words(&self) -> String {
        let first: Vec<_> = self.first.iter().map(u64::to_string).collect();
        let more = self.count - self.first.len() as u64;
        let word = if self.count == 1 { "line" } else { "lines" };
        if more == 0 {
            format!("{word} {}", first.join(", "))
        } else {
            format!("{word} {} and {more} more", first.join(", "))
        }
    }
}

impl Numbers {
    /// Notes the number of a line; `numeric` where its cell holds no text.
    pub(super) fn note(&mut self, line: u64, number: &str, numeric: bool) {
        self.lengths.entry(number.len()).or_default().add(line);
        if numeric {
            self.numeric.add(line);
        } else {
            self.zeros += u64::from(number.starts_with('0'));
        }
    }

    /// What is odd about them.
    pub(super) fn warnings(&self) -> Vec<String> {
        [self.shorter(), self.mixed()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// A few numbers are shorter than nearly all others.
    fn shorter(&self) -> Option<String> {
        let all: u64 = self.lengths.values().map(|lines| lines.count).sum();
        let (usual, most) = self.lengths.iter().max_by_key(|(_, lines)| lines.count)?;
        let mut shorter = Lines::default();
        for lines in self.lengths.range(..usual).map(|(_, lines)| lines) {
            shorter.count += lines.count;
            shorter.first.extend(&lines.first);
        }
        shorter.first.sort_unstable();
        shorter.first.truncate(NAMED);
        (shorter.count > 0 && most.count * 100 >= all * MOST).then(|| {
            format!(
                "Directory number in {} has fewer than the {usual} digits of {} others: did a spreadsheet drop leading zeros? \
                 Format the column as text and write these numbers again.",
                shorter.words(),
                most.count
            )
        })
    }

    /// Some cells are numbers while others are texts with zeros.
    fn mixed(&self) -> Option<String> {
        (self.zeros > 0 && self.numeric.count > 0).then(|| {
            format!(
                "Directory number in {} is a number cell, which has no leading zeros, while other rows have them: format the column \
                 as text and write these numbers again.",
                self.numeric.words()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_are_named_and_the_rest_counted() {
        let mut numbers = Numbers::default();
        for line in 2..102 {
            let number = if line % 12 == 0 { "42" } else { "1042" };
            numbers.note(line, number, false);
        }
        let [warning] = &numbers.warnings()[..] else {
            panic!("{:?}", numbers.warnings())
        };
        assert!(
            warning.starts_with("Directory number in lines 12, 24, 36, 48, 60 and 3 more has fewer than the 4 digits of 92 others"),
            "{warning}"
        );
    }

    #[test]
    fn number_cells_beside_texts_with_zeros_are_told() {
        let mut numbers = Numbers::default();
        numbers.note(2, "0042", false);
        numbers.note(3, "43", true);
        assert!(numbers.warnings()[0].starts_with("Directory number in line 3 is a number cell"));
    }
}
