//! Telephone numbers as directories and services tell them: a public number, an extension, or both in one `tel` URI (RFC 3966).

use model::{Fault, Record};

/// The most digits of a public number (ITU-T E.164, section 6).
const E164_MAX: usize = 15;

/// Sets the public number and the extension. `extension` is the latter itself; without, it is made of the telephone number: its
/// last `tail` digits where that many are asked for, or the whole of a number that is not a public one.
pub(crate) fn set(record: &mut Record, telephone: &str, extension: &str, tail: Option<usize>) {
    let (telephone, told) = parts(telephone);
    let extension = if extension.trim().is_empty() {
        told
    } else {
        extension
    };
    let is_public = telephone.starts_with('+');
    if is_public {
        set_e164(record, telephone);
    }
    let digits: String = telephone.chars().filter(char::is_ascii_digit).collect();
    if !extension.trim().is_empty() {
        record.set_directory_number(extension);
    } else if let Some(tail) = tail.filter(|tail| digits.len() > *tail) {
        record.set_directory_number(&digits[digits.len() - tail..]);
    } else if !is_public {
        record.set_directory_number(telephone);
    }
}

/// Number and extension of `tel:+49-30-1234;ext=4711` (RFC 3966, section 3); of any other text itself and nothing.
pub(crate) fn parts(told: &str) -> (&str, &str) {
    let told = told.trim();
    let Some((scheme, rest)) = told.split_once(':') else {
        return (told, "");
    };
    if !scheme.eq_ignore_ascii_case("tel") {
        return (told, "");
    }
    let mut parts = rest.split(';');
    let number = parts.next().unwrap_or_default().trim();
    let extension = parts.filter_map(|part| part.split_once('='));
    let mut extension = extension.filter(|(name, _)| name.trim().eq_ignore_ascii_case("ext"));
    (number, extension.next().map_or("", |(_, value)| value))
}

/// Sets the public number; one that does not begin with `+` is none.
pub(crate) fn set_public(record: &mut Record, told: &str) {
    let (telephone, _) = parts(told);
    if telephone.starts_with('+') {
        set_e164(record, telephone);
    } else {
        let fault = Fault::new("e164", "does not begin with +");
        record.faults.push(fault);
    }
}

fn set_e164(record: &mut Record, telephone: &str) {
    let digits: String = telephone[1..]
        .chars()
        .filter(|c| !c.is_whitespace() && !".-/()".contains(*c))
        .collect();
    let is_number =
        (1..=E164_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        record.e164 = format!("+{digits}");
    } else {
        record
            .faults
            .push(Fault::new("e164", "is not a public number"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(telephone: &str, extension: &str, tail: Option<usize>) -> (String, String, usize) {
        let mut record = Record::new("1");
        set(&mut record, telephone, extension, tail);
        (record.directory_number, record.e164, record.faults.len())
    }

    #[test]
    fn the_extension_is_the_tail_the_ip_phone_or_a_number_that_is_not_public() {
        let told = |number: &str, e164: &str, faults| (number.to_owned(), e164.to_owned(), faults);
        assert_eq!(
            numbers("+49 30 1234-4711", "", Some(4)),
            told("4711", "+493012344711", 0)
        );
        assert_eq!(
            numbers("+49 30 1234-4711", "", None),
            told("", "+493012344711", 0)
        );
        assert_eq!(
            numbers("+49 30 1234-4711", "815", Some(4)),
            told("815", "+493012344711", 0)
        );
        assert_eq!(numbers("4711", "", Some(4)), told("4711", "", 0));
        assert_eq!(numbers("0047", "", None), told("0047", "", 0));
        assert_eq!(numbers("+call me", "", None), told("", "", 1));
        assert_eq!(numbers("ask Ada", "", None), told("", "", 1));
    }

    #[test]
    fn a_tel_uri_tells_number_and_extension() {
        let told = |number: &str, e164: &str, faults| (number.to_owned(), e164.to_owned(), faults);
        assert_eq!(
            numbers("tel:+49-30-1234;ext=4711", "", None),
            told("4711", "+49301234", 0)
        );
        assert_eq!(
            numbers("TEL:+4930;isub=7;EXT=1*001", "", Some(2)),
            told("1*001", "+4930", 0)
        );
        assert_eq!(
            numbers("tel:4711;phone-context=example.org", "", None),
            told("4711", "", 0)
        );
        assert_eq!(numbers("sip:ada@example.org", "", None), told("", "", 1));
        assert_eq!(numbers("tel:", "", None), told("", "", 0));
    }
}
