//! Text as people write it: cleaned for storage, folded for comparing and sorting.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest name that a person can have here, in characters; a longer one is kept and is a fault.
pub const NAME_MAX: usize = 120;

/// Sorts after every real value: rows without a value come last in an ascending list.
pub const LAST: &str = "\u{10FFFF}";

/// Text without control characters, trimmed, in NFC; and whether something had to be taken out.
pub fn clean(text: &str) -> (String, bool) {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control()) {
        return (text.trim().to_owned(), false);
    }
    let had_control = text.chars().any(is_harmful);
    let spaced = text.chars().map(|c| if is_harmful(c) { ' ' } else { c });
    (
        spaced.nfc().collect::<String>().trim().to_owned(),
        had_control,
    )
}

/// Control characters, and the marks that turn the direction of everything after them.
fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The form in which text is compared and sorted: NFKC, lower case, accents removed, single spaces.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return squeeze(text.chars().map(|c| c.to_ascii_lowercase()));
    }
    let folded = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    squeeze(folded.flat_map(plain).nfkc())
}

/// Letters that carry no separable mark but are typed without it.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ı' => ('i', None),
        'þ' => ('t', Some('h')),
        _ => (c, None),
    };
    std::iter::once(first).chain(second)
}

fn squeeze(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in chars {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// A sort key: folded, at most 80 characters, [`LAST`] where there is nothing.
pub fn sort_key(text: &str) -> String {
    let folded = fold(text);
    if folded.is_empty() {
        LAST.to_owned()
    } else {
        folded.chars().take(80).collect()
    }
}

/// A sort key for numbers as dialled: shorter before longer, so that 9 comes before 10.
pub fn number_sort_key(number: &str) -> String {
    if number.is_empty() {
        LAST.to_owned()
    } else {
        format!("{:02}{number}", number.len().min(99))
    }
}

/// Product and version of a user agent (RFC 9110, section 10.1.5; RFC 3261, section 20.41): its first product alone, since what
/// follows may name a person's device. One that calls itself `Unknown` is told by the library that it is made of.
pub fn product(agent: &str) -> String {
    let products = agent
        .split_whitespace()
        .map(|one| one.trim_start_matches('('));
    let mut named = products.filter(|one| !one.eq_ignore_ascii_case("unknown"));
    let first = named.next().unwrap_or_default();
    let fine = |c: &char| c.is_ascii_alphanumeric() || "/.-_+".contains(*c);
    first.chars().take_while(fine).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_case_accents_and_double_spaces() {
        assert_eq!(fold("  Zoë   Łukasz Straße "), "zoe lukasz strasse");
        assert_eq!(fold("MÜLLER"), fold("Mu\u{308}ller"));
        assert_eq!(fold("فاطمة"), "فاطمة");
    }

    #[test]
    fn control_characters_are_taken_out_and_said_so() {
        assert_eq!(clean("Ada\u{0}\r\nL"), ("Ada   L".to_owned(), true));
        assert_eq!(clean(" Ada "), ("Ada".to_owned(), false));
    }

    #[test]
    fn rows_without_a_value_sort_last() {
        assert!(sort_key("") > sort_key("\u{FFFF}"));
        assert!(number_sort_key("9") < number_sort_key("10"));
    }

    #[test]
    fn of_a_user_agent_only_product_and_version_are_kept() {
        assert_eq!(
            product("LinphoneAndroid/5.2.1 (Ada's phone) LinphoneSDK/5.3"),
            "LinphoneAndroid/5.2.1"
        );
        assert_eq!(product("Ada's-phone/1"), "Ada");
        assert_eq!(product("Unknown (belle-sip/5.1.65)"), "belle-sip/5.1.65");
        assert_eq!(product(""), "");
    }
}
