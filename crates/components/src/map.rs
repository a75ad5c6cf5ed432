//! Which of a component's columns or attributes tells which field of a record, as an administrator writes it down: one line
//! each, `ours = theirs`.

use std::collections::BTreeMap;

use model::{Fault, Record};

use crate::{Error, numbers, told};

/// How a field takes what was told.
enum Takes {
    /// As a text, cleaned.
    Text(Slot),
    /// In a way of its own.
    Read(Slot, fn(&mut Record, &str)),
    /// As a word for yes or no.
    Flag(fn(&mut Record, &str)),
}

/// Where a field stands.
type Slot = fn(&mut Record) -> &mut String;

use Takes::{Flag, Read, Text};

/// The fields that can be mapped, by their names in the API. The id is not among them: it is read first.
const FIELDS: [(&str, Takes); 18] = [
    ("first_name", Text(|r| &mut r.first_name)),
    ("last_name", Text(|r| &mut r.last_name)),
    ("display_name", Text(|r| &mut r.display_name)),
    ("login", Text(|r| &mut r.login)),
    (
        "directory_number",
        Read(|r| &mut r.directory_number, Record::set_directory_number),
    ),
    ("pbx", Text(|r| &mut r.pbx)),
    ("e164", Read(|r| &mut r.e164, numbers::set_public)),
    ("email", Read(|r| &mut r.email, Record::set_email)),
    ("mbg_user_name", Text(|r| &mut r.mbg_user_name)),
    ("sip_user", Text(|r| &mut r.sip_user)),
    (
        "client_service_account",
        Text(|r| &mut r.client_service_account),
    ),
    ("voicemail_number", Text(|r| &mut r.voicemail_number)),
    ("language", Read(|r| &mut r.language, told::language)),
    ("department", Text(|r| &mut r.department)),
    ("location", Text(|r| &mut r.location)),
    ("role", Text(|r| &mut r.role)),
    ("profile_proposal", Text(|r| &mut r.profile_proposal)),
    ("enabled", Flag(enabled)),
];

/// The name of the field that tells records apart.
pub(crate) const ID: &str = "source_id";

/// Our fields, each with their name for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub(crate) struct Map(BTreeMap<&'static str, String>);

impl Map {
    /// Reads lines of `ours = theirs`; empty ones are left out.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut map = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let refuse = |why: &str| Error::Settings {
                field: "map",
                what: format!("line {number} of the map {why}"),
                hint: "write one field in each line, like directory_number = ipPhone",
            };
            let (ours, theirs) = line.split_once('=').ok_or_else(|| refuse("has no `=`"))?;
            let ours = name_of(ours.trim()).ok_or_else(|| refuse("begins with no known field"))?;
            let theirs = theirs.trim();
            if theirs.is_empty() || theirs.chars().any(char::is_control) {
                return Err(refuse("names nothing behind the `=`"));
            }
            if is_secret(theirs) {
                return Err(refuse("names passwords, which are not read like this"));
            }
            if map.insert(ours, theirs.to_owned()).is_some() {
                return Err(refuse("names a field for the second time"));
            }
        }
        Ok(Self(map))
    }

    /// The same for a kind whose id is always its own.
    pub(crate) fn parse_fields(text: &str) -> Result<Self, Error> {
        let map = Self::parse(text)?;
        match map.theirs(ID) {
            None => Ok(map),
            Some(_) => Err(Error::Settings {
                field: "map",
                what: format!("the map names {ID}, which this kind has of its own"),
                hint: "take that line out of the map",
            }),
        }
    }

    /// Their name for a field, where the map has one.
    pub(crate) fn theirs(&self, ours: &str) -> Option<&str> {
        self.0.get(ours).map(String::as_str)
    }

    /// What the map names comes from there, and from nowhere else: `told` answers what stands at their name for a field.
    pub(crate) fn apply(&self, record: &mut Record, told: impl Fn(&str) -> String) {
        for (ours, theirs) in self.pairs().filter(|(ours, _)| *ours != ID) {
            record.faults.retain(|fault| fault.field != ours);
            clear(record, ours);
            set(record, ours, &told(theirs));
        }
    }

    /// Every pair.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(ours, theirs)| (*ours, theirs.as_str()))
    }
}

/// The names of all fields but the id.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// Sets a field; an empty value says nothing.
pub(crate) fn set(record: &mut Record, field: &str, told: &str) {
    let known = FIELDS.iter().find(|(name, _)| *name == field);
    match known.filter(|_| !told.trim().is_empty()) {
        Some((_, Text(slot))) => *slot(record) = told::text(record, field, told),
        Some((_, Read(_, read) | Flag(read))) => read(record, told),
        None => {}
    }
}

/// Makes a field as if nobody had told it.
fn clear(record: &mut Record, field: &str) {
    match FIELDS.iter().find(|(name, _)| *name == field) {
        Some((_, Text(slot) | Read(slot, _))) => slot(record).clear(),
        Some((_, Flag(_))) => record.enabled = true,
        None => {}
    }
}

/// Whether passwords or their hashes stand under a name, as far as it tells.
fn is_secret(theirs: &str) -> bool {
    let name = theirs.to_lowercase();
    let words = ["password", "passwd", "pwd", "md5_cred"];
    name.starts_with("ha1") || words.iter().any(|word| name.contains(word))
}

fn name_of(text: &str) -> Option<&'static str> {
    std::iter::once(ID)
        .chain(names())
        .find(|name| *name == text)
}

/// Whether a person may be deployed, in the words that people and programs use for it.
fn enabled(record: &mut Record, told: &str) {
    record.enabled = match told.trim().to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "on" | "active" | "enabled" => true,
        "false" | "no" | "n" | "0" | "off" | "inactive" | "disabled" => false,
        _ => {
            let fault = Fault::new("enabled", "is neither true nor false");
            record.faults.push(fault);
            false
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_line_by_line_and_a_broken_line_is_named() {
        let map = Map::parse("source_id = Personalnummer\n\n  login=Benutzer = Name\n").unwrap();
        assert_eq!(map.theirs("source_id"), Some("Personalnummer"));
        assert_eq!(map.theirs("login"), Some("Benutzer = Name"));
        assert_eq!(map.theirs("email"), None);
        for (broken, why) in [
            ("login", "has no `=`"),
            ("x = y", "no known field"),
            ("login = a\nlogin = b", "line 2"),
            ("login =", "names nothing"),
            ("department = userPassword", "passwords"),
            ("department = HA1b", "passwords"),
        ] {
            let error = Map::parse(broken).unwrap_err();
            assert!(error.to_string().contains(why), "{broken}: {error}");
            assert!(matches!(error, Error::Settings { field: "map", .. }));
        }
    }

    #[test]
    fn what_is_mapped_comes_from_there_and_from_nowhere_else() {
        let map = Map::parse("email = theirs\nenabled = off\nlogin = none").unwrap();
        let mut record = Record::new("1");
        record.login = "ada".into();
        record.set_email("nobody");
        record.enabled = false;
        map.apply(&mut record, |name| match name {
            "theirs" => "ada@example.org".into(),
            _ => String::new(),
        });
        let expected = Record {
            email: "ada@example.org".into(),
            ..Record::new("1")
        };
        assert_eq!(record, expected);
        assert!(Map::parse_fields("login = x").is_ok());
        assert!(Map::parse_fields("source_id = x").is_err());
    }

    #[test]
    fn every_field_that_can_be_mapped_is_one_of_the_record() {
        let known = serde_json::to_value(Record::new("1")).unwrap();
        for name in names() {
            let mut record = Record::new("1");
            record.enabled = name != "enabled";
            let before = record.clone();
            let told = match name {
                "email" => "ada@example.org",
                "e164" => "+49301234",
                "enabled" => "yes",
                _ => "4711",
            };
            set(&mut record, name, told);
            assert!(known.get(name).is_some() && record != before, "{name}");
            assert!(record.faults.is_empty(), "{name}: {:?}", record.faults);
        }
    }

    #[test]
    fn whether_somebody_is_enabled_is_said_in_many_words() {
        for (told, expected) in [("Yes", true), ("0", false), ("INACTIVE", false), ("", true)] {
            let mut record = Record::new("1");
            set(&mut record, "enabled", told);
            assert_eq!(
                (record.enabled, record.faults.len()),
                (expected, 0),
                "{told}"
            );
        }
        let mut record = Record::new("1");
        set(&mut record, "enabled", "perhaps");
        assert_eq!((record.enabled, record.faults.len()), (false, 1));
    }
}
