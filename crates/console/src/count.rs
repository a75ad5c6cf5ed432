//! A number of people or things, written with its thousands apart.

use std::fmt;

/// A count as shown on a page: `12408` reads `12,408`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub u64);

impl Count {
    /// Whether there is nothing to count.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The count with its noun: `1 person`, `12,408 people`.
    pub fn of(&self, one: &str, many: &str) -> String {
        format!("{self} {}", if self.0 == 1 { one } else { many })
    }

    /// This count as hundredths of `whole`, rounded down; 0 of nothing is 0.
    pub fn percent_of(&self, whole: &Self) -> u64 {
        (self.0.saturating_mul(100))
            .checked_div(whole.0)
            .unwrap_or(0)
            .min(100)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.write_str(",")?;
            }
            write!(out, "{digit}")?;
        }
        Ok(())
    }
}

impl From<u64> for Count {
    fn from(count: u64) -> Self {
        Self(count)
    }
}

impl From<usize> for Count {
    fn from(count: usize) -> Self {
        Self(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let written: Vec<String> = [0, 7, 999, 1_000, 12_408, 1_000_000]
            .map(|n| Count(n).to_string())
            .into();
        assert_eq!(written, ["0", "7", "999", "1,000", "12,408", "1,000,000"]);
    }

    #[test]
    fn one_person_is_not_people() {
        assert_eq!(Count(1).of("person", "people"), "1 person");
        assert_eq!(Count(0).of("person", "people"), "0 people");
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(Count(5).percent_of(&Count(0)), 0);
        assert_eq!(Count(3).percent_of(&Count(4)), 75);
    }
}
