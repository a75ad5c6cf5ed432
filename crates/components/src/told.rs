//! Values as a component tells them: taken whatever their type, cleaned, and what is odd about them said as a fault of the record.

use std::{borrow::Cow, fmt};

use model::{Fault, Record};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The longest id of a record, in bytes.
const ID_MAX: usize = 255;
/// The longest language tag that is worth keeping (RFC 5646, section 4.4.1).
const LANGUAGE_MAX: usize = 35;

/// One value of a JSON answer. Reading it never fails, so that one odd value costs no record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Told<'a> {
    /// Absent or `null`.
    #[default]
    Nothing,
    /// A text, or a whole number as text.
    Text(Cow<'a, str>),
    /// True or false.
    Flag(bool),
    /// Anything else.
    Odd,
}

impl Told<'_> {
    /// The text; empty where there is none.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Nothing | Self::Flag(_) | Self::Odd => "",
        }
    }

    /// The text, cleaned.
    pub(crate) fn text(&self, record: &mut Record, field: &str) -> String {
        let told = self.checked(record, field);
        text(record, field, told)
    }

    /// Whether it is true; absent counts as true, and anything but true and false as a fault and false.
    pub(crate) fn enabled(&self, record: &mut Record) -> bool {
        match self {
            Self::Nothing => true,
            Self::Flag(flag) => *flag,
            Self::Text(_) | Self::Odd => {
                record
                    .faults
                    .push(Fault::new("enabled", "is neither true nor false"));
                false
            }
        }
    }

    /// Sets the record's address.
    pub(crate) fn email(&self, record: &mut Record) {
        let told = self.checked(record, "email");
        record.set_email(told);
    }

    /// Sets the record's number.
    pub(crate) fn directory_number(&self, record: &mut Record) {
        let told = self.checked(record, "directory_number");
        record.set_directory_number(told);
    }

    /// The text as it is; another type is a fault.
    fn checked(&self, record: &mut Record, field: &str) -> &str {
        if matches!(self, Self::Flag(_) | Self::Odd) {
            record.faults.push(Fault::new(field, "is not a text"));
        }
        self.as_str()
    }
}

/// A text, cleaned; what is odd about it becomes a fault.
pub(crate) fn text(record: &mut Record, field: &str, told: &str) -> String {
    if told.contains('\u{FFFD}') {
        record
            .faults
            .push(Fault::new(field, "holds bytes that are no text (UTF-8)"));
    }
    record.text(field, told)
}

/// Sets the family name; a person without one is kept, and that is a fault.
pub(crate) fn last_name(record: &mut Record, told: &str) {
    record.last_name = text(record, "last_name", told);
    if record.last_name.is_empty() {
        record.faults.push(Fault::new("last_name", "is missing"));
    }
}

/// Sets the language: the first of a list like `de-CH, en;q=0.8` (RFC 2798, section 2.7).
pub(crate) fn language(record: &mut Record, told: &str) {
    let first = told.split([',', ';']).next().unwrap_or_default().trim();
    let is_tag =
        first.len() <= LANGUAGE_MAX && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_tag {
        first.clone_into(&mut record.language);
    } else {
        record
            .faults
            .push(Fault::new("language", "is not a language tag"));
    }
}

/// The component's own id of a record, or why the record cannot be told from others.
pub(crate) fn source_id(told: &str) -> Result<String, String> {
    match told.trim() {
        "" => Err("it has no id".to_owned()),
        id if id.len() > ID_MAX => Err(format!("its id is longer than {ID_MAX} bytes")),
        id if id.chars().any(|c| c.is_control() || c == '\u{FFFD}') => {
            Err("its id is no plain text".to_owned())
        }
        id => Ok(id.to_owned()),
    }
}

/// The beginning of something as it may be shown: 80 characters at most, without control characters.
pub(crate) fn excerpt(text: &str) -> String {
    let beginning: String = text.trim_start().chars().take(80).collect();
    model::text::clean(&beginning).0
}

impl<'de: 'a, 'a> Deserialize<'de> for Told<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Told<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Told::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Told::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Told::Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Told::Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Told::Odd)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Told::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Told::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Told::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Told::Odd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Told<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_of_any_type_is_taken() {
        assert_eq!(told("null"), Told::Nothing);
        assert_eq!(told("\"00#1\"").as_str(), "00#1");
        assert_eq!(told("\"a\\u00e4\"").as_str(), "aä");
        assert_eq!((told("4711").as_str(), told("-1").as_str()), ("4711", "-1"));
        assert_eq!(told("true"), Told::Flag(true));
        for odd in ["1.5", "[1,[2]]", "{\"a\":{}}"] {
            assert_eq!(told(odd), Told::Odd, "{odd}");
        }
    }

    #[test]
    fn an_odd_type_is_a_fault_and_not_an_end() {
        let mut record = Record::new("1");
        assert_eq!(told("[]").text(&mut record, "first_name"), "");
        assert!(!told("\"yes\"").enabled(&mut record));
        assert!(Told::Nothing.enabled(&mut record));
        told("{}").email(&mut record);
        let fields: Vec<_> = record.faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["first_name", "enabled", "email"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_said() {
        let mut record = Record::new("1");
        last_name(&mut record, &String::from_utf8_lossy(b"M\xfcller"));
        assert_eq!(record.last_name, "M\u{FFFD}ller");
        assert_eq!(record.faults.len(), 1);
    }

    #[test]
    fn the_first_language_of_a_list_counts() {
        let mut record = Record::new("1");
        language(&mut record, "de-CH, en;q=0.8");
        assert_eq!(record.language, "de-CH");
        language(&mut record, "Deutsch (Schweiz)");
        assert_eq!(
            (record.language.as_str(), record.faults.len()),
            ("de-CH", 1)
        );
    }

    #[test]
    fn a_record_needs_an_id() {
        assert_eq!(source_id(" u1 "), Ok("u1".to_owned()));
        for bad in ["", " ", "a\u{0}b", &"x".repeat(256)] {
            assert!(source_id(bad).is_err(), "{bad:?} passed");
        }
    }
}
