//! What a directory's entry says about a person: the attributes of inetOrgPerson (RFC 2798) and `entryUUID` (RFC 4530).
//! Searching is left to others.

use ldap3::asn1::StructureTag;
use model::Record;

use crate::{numbers, told};

/// The attributes that are asked for.
pub(super) const ATTRIBUTES: [&str; 11] = [
    "entryUUID",
    "uid",
    "givenName",
    "sn",
    "cn",
    "displayName",
    "mail",
    "telephoneNumber",
    "ipPhone",
    "preferredLanguage",
    "departmentNumber",
];
/// The largest entry, in bytes of values.
const ENTRY_MAX: usize = 256 << 10;

/// Reads one entry; the extension is the last `number_tail` digits of its telephone number where that is given.
pub(super) fn record(entry: StructureTag, number_tail: Option<usize>) -> Result<Record, String> {
    let entry = Entry::read(entry).ok_or("it is not an entry")?;
    if entry.size > ENTRY_MAX {
        return Err(format!("it is larger than {} KiB", ENTRY_MAX >> 10));
    }
    let id =
        told::source_id(&entry.first("entryUUID")).map_err(|why| format!("{why} (entryUUID)"))?;
    let mut record = Record::new(id.to_ascii_lowercase());
    let r = &mut record;
    r.login = told::text(r, "login", &entry.first("uid"));
    r.first_name = told::text(r, "first_name", &entry.first("givenName"));
    told::last_name(r, &entry.first("sn"));
    let shown = entry.first("displayName");
    let shown = if shown.is_empty() {
        entry.first("cn")
    } else {
        shown
    };
    r.display_name = told::text(r, "display_name", &shown);
    r.set_email(&entry.first("mail"));
    r.department = told::text(r, "department", &entry.first("departmentNumber"));
    told::language(r, &entry.first("preferredLanguage"));
    numbers::set(
        r,
        &entry.first("telephoneNumber"),
        &entry.first("ipPhone"),
        number_tail,
    );
    Ok(record)
}

/// An entry's attributes, the first value of each (RFC 4511, section 4.5.2). Bytes that are no UTF-8 are replaced.
struct Entry {
    values: Vec<(String, String)>,
    size: usize,
}

impl Entry {
    /// Takes an entry apart without trusting its shape.
    fn read(tag: StructureTag) -> Option<Self> {
        let attributes = tag
            .match_id(4)?
            .expect_constructed()?
            .into_iter()
            .nth(1)?
            .expect_constructed()?;
        let mut entry = Self {
            values: Vec::with_capacity(attributes.len()),
            size: 0,
        };
        for attribute in attributes {
            let mut parts = attribute.expect_constructed()?.into_iter();
            let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
            let mut values = parts.next()?.expect_constructed()?.into_iter();
            if let Some(first) = values.next() {
                let value = first.expect_primitive()?;
                entry.size += name.len() + value.len();
                entry
                    .values
                    .push((name, String::from_utf8_lossy(&value).into_owned()));
            }
        }
        Some(entry)
    }

    /// The first value of an attribute, whatever the case of its name; empty where there is none.
    fn first(&self, name: &str) -> String {
        let found = self
            .values
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::{PL, TagClass};

    use super::*;

    fn octets(bytes: &[u8]) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 4,
            payload: PL::P(bytes.to_vec()),
        }
    }

    fn sequence(parts: Vec<StructureTag>) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 16,
            payload: PL::C(parts),
        }
    }

    fn an_entry(attributes: &[(&str, &[u8])]) -> StructureTag {
        let attribute = |(name, value): &(&str, &[u8])| {
            sequence(vec![octets(name.as_bytes()), sequence(vec![octets(value)])])
        };
        let attributes = sequence(attributes.iter().map(attribute).collect());
        let payload = PL::C(vec![octets(b"uid=x"), attributes]);
        StructureTag {
            class: TagClass::Application,
            id: 4,
            payload,
        }
    }

    #[test]
    fn an_entry_is_read_attribute_by_attribute() {
        let told = an_entry(&[
            ("entryUUID", b"7F000001-0000-1000-8000-000000000001"),
            ("UID", b"ada"),
            ("givenName", "Zoë".as_bytes()),
            ("sn", b"Lovelace"),
            ("cn", b"Ada Lovelace"),
            ("mail", b"ada@Example.org"),
            ("telephoneNumber", b"4711"),
            ("preferredLanguage", b"en-GB, en;q=0.8"),
            ("departmentNumber", b"42"),
        ]);
        let expected = Record {
            login: "ada".into(),
            first_name: "Zoë".into(),
            last_name: "Lovelace".into(),
            display_name: "Ada Lovelace".into(),
            email: "ada@example.org".into(),
            directory_number: "4711".into(),
            language: "en-GB".into(),
            department: "42".into(),
            ..Record::new("7f000001-0000-1000-8000-000000000001")
        };
        assert_eq!(record(told, None).unwrap(), expected);
    }

    #[test]
    fn an_entry_of_any_shape_is_skipped_and_never_the_end() {
        let no_attributes = StructureTag {
            payload: PL::C(vec![octets(b"uid=x")]),
            ..an_entry(&[])
        };
        let no_list = StructureTag {
            payload: PL::P(vec![1]),
            ..an_entry(&[])
        };
        let huge = vec![b'x'; ENTRY_MAX];
        for broken in [
            no_attributes,
            no_list,
            octets(b"x"),
            an_entry(&[("uid", b"ada")]),
            an_entry(&[("uid", &huge)]),
        ] {
            assert!(record(broken, None).is_err());
        }
        let bytes = record(an_entry(&[("entryUUID", b"1"), ("sn", b"M\xfcller")]), None).unwrap();
        assert_eq!(
            (bytes.last_name.as_str(), bytes.faults.len()),
            ("M\u{FFFD}ller", 1)
        );
    }
}
