//! What a directory's entry says about a person: the attributes of inetOrgPerson (RFC 2798) with `entryUUID` (RFC 4530), or those of
//! an Active Directory, with an administrator's own map before either. Searching is left to others.

use std::fmt::Write as _;

use ldap3::asn1::StructureTag;
use model::{Fault, Record};
use serde::{Deserialize, Serialize};

use crate::{
    map::{self, Map},
    numbers, told,
};

/// Which attributes tell what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schema {
    /// inetOrgPerson (RFC 2798) and `entryUUID`.
    #[default]
    InetOrgPerson,
    /// Active Directory.
    ActiveDirectory,
}

/// The largest entry, in bytes of values.
const ENTRY_MAX: usize = 256 << 10;
/// The bit of `userAccountControl` that says that an account is switched off.
const SWITCHED_OFF: u64 = 2;

impl Schema {
    /// The people of a directory, where the connection does not say who they are.
    pub(crate) const fn filter(self) -> &'static str {
        match self {
            Self::InetOrgPerson => "(objectClass=inetOrgPerson)",
            Self::ActiveDirectory => "(&(objectCategory=person)(objectClass=user))",
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::InetOrgPerson => "entryUUID",
            Self::ActiveDirectory => "objectGUID",
        }
    }

    const fn login(self) -> &'static str {
        match self {
            Self::InetOrgPerson => "uid",
            Self::ActiveDirectory => "sAMAccountName",
        }
    }

    const fn department(self) -> &'static str {
        match self {
            Self::InetOrgPerson => "departmentNumber",
            Self::ActiveDirectory => "department",
        }
    }
}

/// How the entries of one connection are read.
#[derive(Debug, Hash)]
pub(super) struct Reading {
    pub(super) schema: Schema,
    pub(super) map: Map,
    /// The extension is the last so many digits of the telephone number, where this is given.
    pub(super) number_tail: Option<usize>,
}

impl Reading {
    /// Whether the id is the one that content synchronization names entries by.
    pub(super) fn is_by_entry_uuid(&self) -> bool {
        self.schema == Schema::InetOrgPerson && self.map.theirs(map::ID).is_none()
    }

    /// The attributes that are asked for.
    pub(super) fn attributes(&self) -> Vec<String> {
        let common = [
            "givenName",
            "sn",
            "cn",
            "displayName",
            "mail",
            "telephoneNumber",
            "ipPhone",
            "preferredLanguage",
        ];
        let schema = self.schema;
        let own: &[&str] = match schema {
            Schema::InetOrgPerson => &[],
            Schema::ActiveDirectory => &["proxyAddresses", "msRTCSIP-Line", "userAccountControl"],
        };
        let of_schema = [schema.id(), schema.login(), schema.department()];
        let mapped = self.map.pairs().map(|(_, theirs)| theirs);
        let all = of_schema
            .into_iter()
            .chain(common)
            .chain(own.iter().copied());
        all.chain(mapped).map(str::to_owned).collect()
    }

    /// Reads one entry.
    pub(super) fn record(&self, entry: StructureTag) -> Result<Record, String> {
        let entry = Entry::read(entry).ok_or("it is not an entry")?;
        if entry.size > ENTRY_MAX {
            return Err(format!("it is larger than {} KiB", ENTRY_MAX >> 10));
        }
        let mut record = Record::new(self.id(&entry)?);
        let r = &mut record;
        r.login = told::text(r, "login", &entry.first(self.schema.login()));
        r.first_name = told::text(r, "first_name", &entry.first("givenName"));
        r.last_name = told::text(r, "last_name", &entry.first("sn"));
        let shown = entry.first("displayName");
        let shown = if shown.is_empty() {
            entry.first("cn")
        } else {
            shown
        };
        r.display_name = told::text(r, "display_name", &shown);
        r.department = told::text(r, "department", &entry.first(self.schema.department()));
        told::language(r, &entry.first("preferredLanguage"));
        match self.schema {
            Schema::InetOrgPerson => self.inet_org_person(r, &entry),
            Schema::ActiveDirectory => self.active_directory(r, &entry),
        }
        self.map.apply(r, |theirs| entry.first(theirs));
        if r.last_name.is_empty() {
            r.faults.push(Fault::new("last_name", "is missing"));
        }
        Ok(record)
    }

    fn id(&self, entry: &Entry) -> Result<String, String> {
        let name = self.map.theirs(map::ID).unwrap_or(self.schema.id());
        let id = if name.eq_ignore_ascii_case("objectGUID") {
            entry.bytes(name).map(guid).unwrap_or_default()
        } else {
            entry.first(name)
        };
        let id = told::source_id(&id).map_err(|why| format!("{why} ({name})"))?;
        // A UUID has no case, another key may.
        let is_mapped = self.map.theirs(map::ID).is_some();
        Ok(if is_mapped {
            id
        } else {
            id.to_ascii_lowercase()
        })
    }

    fn inet_org_person(&self, record: &mut Record, entry: &Entry) {
        record.set_email(&entry.first("mail"));
        let (telephone, extension) = (entry.first("telephoneNumber"), entry.first("ipPhone"));
        self.numbers(record, &telephone, &extension);
    }

    fn active_directory(&self, record: &mut Record, entry: &Entry) {
        let mail = entry.first("mail");
        let mail = if mail.trim().is_empty() {
            primary_address(entry)
        } else {
            mail
        };
        record.set_email(&mail);
        let line = entry.first("msRTCSIP-Line");
        let (public, extension) = numbers::parts(&line);
        let (telephone, ip_phone) = (entry.first("telephoneNumber"), entry.first("ipPhone"));
        let telephone = if telephone.trim().is_empty() {
            public
        } else {
            &telephone
        };
        let extension = if ip_phone.trim().is_empty() {
            extension
        } else {
            &ip_phone
        };
        self.numbers(record, telephone, extension);
        let control = entry.first("userAccountControl");
        match control.trim().parse::<u64>() {
            Ok(flags) => record.enabled = flags & SWITCHED_OFF == 0,
            Err(_) if control.trim().is_empty() => {}
            Err(_) => {
                let fault = Fault::new("enabled", "is not told by a number (userAccountControl)");
                record.faults.push(fault);
                record.enabled = false;
            }
        }
    }

    /// The numbers that the map does not take from elsewhere.
    fn numbers(&self, record: &mut Record, telephone: &str, extension: &str) {
        let is_mapped = |field| self.map.theirs(field).is_some();
        if is_mapped("directory_number") {
            // A telephone number is not made an extension that is told elsewhere.
            if numbers::parts(telephone).0.starts_with('+') {
                numbers::set_public(record, telephone);
            }
        } else {
            numbers::set(record, telephone, extension, self.number_tail);
        }
    }
}

/// The address marked with capital letters is the one to answer from; the others are aliases.
fn primary_address(entry: &Entry) -> String {
    let mut all = entry.all("proxyAddresses");
    let primary = all.find_map(|address| address.strip_prefix("SMTP:").map(str::to_owned));
    primary.unwrap_or_default()
}

/// A GUID as it is written: the first three groups are stored with their least byte first (MS-DTYP, section 2.3.4).
fn guid(bytes: &[u8]) -> String {
    let Ok(b) = <[u8; 16]>::try_from(bytes) else {
        return String::new();
    };
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    written(order.map(|at| b[at]))
}

/// A UUID of a protocol's message as `entryUUID` writes it (RFC 4530, section 2.1).
pub(super) fn uuid(bytes: &[u8]) -> Option<String> {
    bytes.try_into().ok().map(written)
}

fn written(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

/// An entry's attributes (RFC 4511, section 4.5.2). Bytes that are no UTF-8 are replaced where a text is meant.
struct Entry {
    values: Vec<(String, Vec<Vec<u8>>)>,
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
            let values = parts.next()?.expect_constructed()?.into_iter();
            let values: Option<Vec<_>> = values.map(StructureTag::expect_primitive).collect();
            let values = values?;
            entry.size += name.len() + values.iter().map(Vec::len).sum::<usize>();
            entry.values.push((name, values));
        }
        Some(entry)
    }

    /// The first value of an attribute, whatever the case of its name; empty where there is none.
    fn first(&self, name: &str) -> String {
        self.all(name).next().unwrap_or_default()
    }

    fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.found(name).first().map(Vec::as_slice)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = String> {
        let values = self.found(name).iter();
        values.map(|value| String::from_utf8_lossy(value).into_owned())
    }

    fn found(&self, name: &str) -> &[Vec<u8>] {
        let mut all = self.values.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(&[], |(_, values)| values)
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

    fn reading(schema: Schema, map: &str) -> Reading {
        Reading {
            schema,
            map: Map::parse(map).unwrap(),
            number_tail: None,
        }
    }

    fn read(entry: StructureTag) -> Result<Record, String> {
        reading(Schema::InetOrgPerson, "").record(entry)
    }

    const GUID: &[u8] = b"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";

    fn in_active_directory(attributes: &[(&str, &[u8])]) -> Record {
        let all = [&[("objectGUID", GUID), ("sn", b"L")], attributes].concat();
        reading(Schema::ActiveDirectory, "")
            .record(an_entry(&all))
            .unwrap()
    }

    #[test]
    fn an_active_directorys_entry_is_read_attribute_by_attribute() {
        let told: [(&str, &[u8]); 7] = [
            ("sAMAccountName", b"ada"),
            ("givenName", b"Ada"),
            ("displayName", b"Ada Lovelace"),
            ("proxyAddresses", b"SMTP:ada@Example.org"),
            ("msRTCSIP-Line", b"tel:+49301234;ext=4711"),
            ("department", b"Research"),
            ("userAccountControl", b"514"),
        ];
        let expected = Record {
            login: "ada".into(),
            first_name: "Ada".into(),
            last_name: "L".into(),
            display_name: "Ada Lovelace".into(),
            email: "ada@example.org".into(),
            e164: "+49301234".into(),
            directory_number: "4711".into(),
            department: "Research".into(),
            enabled: false,
            ..Record::new("00112233-4455-6677-8899-aabbccddeeff")
        };
        assert_eq!(in_active_directory(&told), expected);
    }

    #[test]
    fn of_an_active_directorys_attributes_the_better_one_counts() {
        let r = in_active_directory(&[
            ("mail", b"mail@example.org"),
            ("proxyAddresses", b"SMTP:proxy@example.org"),
            ("telephoneNumber", b"+49 30 99"),
            ("ipPhone", b"815"),
            ("msRTCSIP-Line", b"tel:+49301234;ext=4711"),
            ("userAccountControl", b"512"),
        ]);
        assert_eq!(
            (&*r.email, &*r.e164, &*r.directory_number),
            ("mail@example.org", "+493099", "815")
        );
        assert!(r.enabled && r.faults.is_empty(), "{:?}", r.faults);
        let r = in_active_directory(&[
            ("userAccountControl", b"on"),
            ("proxyAddresses", b"smtp:alias@example.org"),
        ]);
        assert_eq!(
            (r.email.as_str(), r.enabled, r.faults.len()),
            ("", false, 1)
        );
        let short = an_entry(&[("objectGUID", b"\x01\x02")]);
        assert!(reading(Schema::ActiveDirectory, "").record(short).is_err());
    }

    #[test]
    fn what_is_mapped_comes_from_there_and_from_nowhere_else() {
        let map = "source_id = employeeNumber\nlogin = mail\ndirectory_number = pager\nemail = otherMailbox\nenabled = active";
        let told: [(&str, &[u8]); 7] = [
            ("employeeNumber", b"Emp-7"),
            ("uid", b"ada"),
            ("sn", b"L"),
            ("MAIL", b"ada@example.org"),
            ("telephoneNumber", b"+49301234"),
            ("pager", b"4711"),
            ("active", b"no"),
        ];
        let reading = reading(Schema::InetOrgPerson, map);
        let expected = Record {
            login: "ada@example.org".into(),
            last_name: "L".into(),
            e164: "+49301234".into(),
            directory_number: "4711".into(),
            enabled: false,
            ..Record::new("Emp-7")
        };
        assert_eq!(reading.record(an_entry(&told)).unwrap(), expected);
        assert!(reading.attributes().contains(&"otherMailbox".to_owned()));
        let why = reading
            .record(an_entry(&[("entryUUID", b"1")]))
            .unwrap_err();
        assert_eq!(why, "it has no id (employeeNumber)");
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
        assert_eq!(read(told).unwrap(), expected);
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
            assert!(read(broken).is_err());
        }
        let bytes = read(an_entry(&[("entryUUID", b"1"), ("sn", b"M\xfcller")])).unwrap();
        assert_eq!(
            (bytes.last_name.as_str(), bytes.faults.len()),
            ("M\u{FFFD}ller", 1)
        );
    }
}
