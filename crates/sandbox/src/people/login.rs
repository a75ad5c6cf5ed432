//! Login ids: 2 to 21 ASCII characters, unique without looking at anybody else, because they end in the person's index.

use super::oddity::BLOCK;

/// The longest login id that USP takes.
const LONGEST: usize = 21;
const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
const TAILS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// `alovelace17`: initial, last name, index; cut in the middle where it would be too long.
pub(crate) fn usual(first: &str, last: &str, index: u64) -> String {
    let initial: String = first.chars().take(1).collect();
    fit(&format!("{initial}{last}"), index)
}

/// Exactly 21 characters.
pub(crate) fn long(first: &str, last: &str, index: u64) -> String {
    fit(&format!("{first}.{last}.{first}.{last}.telephone"), index)
}

/// `ada.lovelace17`: another login of the same person.
pub(crate) fn other(first: &str, last: &str, index: u64) -> String {
    fit(&format!("{first}.{last}."), index)
}

/// Two characters, or nothing once the 936 of them are used up: one for each block.
pub(crate) fn short(index: u64) -> Option<String> {
    let block = usize::try_from(index / BLOCK).ok()?;
    let first = LETTERS.get(block / TAILS.len())?;
    Some(
        [char::from(*first), char::from(TAILS[block % TAILS.len()])]
            .iter()
            .collect(),
    )
}

/// Whose login this is: `Ok(index)`, or `Err(block)` for a login of two characters.
pub(crate) fn owner(login: &str) -> Option<Result<u64, u64>> {
    let login = login.to_ascii_lowercase();
    if let [first, tail] = login.as_bytes() {
        let first = LETTERS.iter().position(|l| l == first)?;
        let tail = TAILS.iter().position(|t| t == tail)?;
        return Some(Err((first * TAILS.len() + tail) as u64));
    }
    let digits = login.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok().map(Ok)
}

fn fit(letters: &str, index: u64) -> String {
    let tail = index.to_string();
    let room = LONGEST.saturating_sub(tail.len());
    let letters: String = letters
        .chars()
        .filter(|c| c.is_ascii_lowercase() || *c == '.')
        .take(room)
        .collect();
    format!("{letters}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_fits_and_leads_back_to_its_owner() {
        for index in [0, 9, 10, 249, 999_999] {
            for login in [
                usual("ada", "lovelace", index),
                long("xi", "li", index),
                other("jo", "o", index),
            ] {
                assert!((2..=21).contains(&login.len()), "{login}");
                assert_eq!(owner(&login.to_uppercase()), Some(Ok(index)), "{login}");
            }
            assert_eq!(long("xi", "li", index).len(), 21);
        }
    }

    #[test]
    fn short_logins_are_two_characters_and_end_some_day() {
        assert_eq!(short(0).as_deref(), Some("aa"));
        assert_eq!(short(250 * 935).as_deref(), Some("z9"));
        assert_eq!(short(250 * 936), None);
        assert_eq!(owner("Z9"), Some(Err(935)));
    }
}
