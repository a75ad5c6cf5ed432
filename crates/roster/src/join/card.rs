//! What joining keeps in memory of one record: keys instead of texts, so that a million fit.

use std::hash::{DefaultHasher, Hash, Hasher};

use sha2::{Digest, Sha256};

use model::{
    ComponentKind, ConnectionId, EntryId, Record, RecordId, Rule, text::fold, values::number_key,
};

/// 64 bits that stand for a value; equal exactly when the values are (but for a chance of 1 in 10^7 at a
/// million values). Zero stands for no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(u64);

impl Key {
    /// No value.
    pub const NONE: Self = Self(0);

    /// The key of some texts; none of them empty.
    pub fn of(parts: &[&str]) -> Self {
        if parts.iter().any(|part| part.is_empty()) {
            return Self::NONE;
        }
        // Kept beside records, so by a function that is the same in every program.
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let first = digest[..8].try_into().expect("a SHA-256 has 32 bytes");
        Self(u64::from_be_bytes(first).max(1))
    }

    /// The key of this value and another one together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let mut hasher = DefaultHasher::new();
        (self, other).hash(&mut hasher);
        Self(hasher.finish().max(1))
    }

    /// Whether there is a value.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

/// Where records come from, as far as joining cares.
#[derive(Debug, Clone)]
pub struct Place {
    /// The connection.
    pub id: ConnectionId,
    /// Its name, for remarks.
    pub name: String,
    /// Its kind.
    pub kind: ComponentKind,
    /// The PBX of records that name none; may be empty.
    pub default_pbx: String,
}

/// What joining knows of one record.
#[derive(Debug, Clone)]
pub struct Card {
    /// The record.
    pub id: RecordId,
    /// Index of its place.
    pub place: u16,
    /// Whether the component calls the person active.
    pub enabled: bool,
    /// The canonical order, which does not depend on when a record was first seen.
    pub order: Key,
    /// What ties a record to the SIP account that it names: on a border gateway, or else on a registrar.
    pub cross_reference: Key,
    /// The number as dialled, `#` and `*` alike.
    pub number: Key,
    /// The PBX that the number is on.
    pub pbx: Key,
    /// Whether that is its place's and the record names none.
    pub on_default_pbx: bool,
    /// Login.
    pub login: Key,
    /// Account on the client service.
    pub account: Key,
    /// E-mail address.
    pub email: Key,
    /// The name's words, folded and sorted.
    pub name: Box<str>,
    /// Department.
    pub department: Key,
    /// The last four digits of the number, or of the public one.
    pub tail: Key,
    /// The entry that it belonged to so far.
    pub entry: Option<EntryId>,
    /// The join that brought it there so far.
    pub join: Option<(Rule, RecordId)>,
    /// Whether it is kept beside the record as it is.
    pub is_kept: bool,
    /// Stands for what the record said.
    pub said: [u8; 8],
}

/// The keys that are kept, as bytes.
const KEYS: usize = 8;

impl Card {
    /// Makes the card of a record.
    pub fn of(id: RecordId, place: u16, at: &Place, record: &Record) -> Self {
        let number = number_key(&record.directory_number);
        let on_default_pbx = record.pbx.is_empty();
        let pbx = if on_default_pbx {
            &at.default_pbx
        } else {
            &record.pbx
        };
        let login = login_of(at.kind, record);
        Self {
            id,
            place,
            enabled: record.enabled,
            order: order(at, &record.source_id),
            cross_reference: Key::of(&[&fold(account_of(record))]),
            number: Key::of(&[&number]),
            pbx: Key::of(&[&fold(pbx)]),
            on_default_pbx,
            login: Key::of(&[&login]),
            account: Key::of(&[&fold(&record.client_service_account)]),
            email: Key::of(&[&record.email.to_lowercase()]),
            name: super::names::words(record).into(),
            department: Key::of(&[&fold(&record.department)]),
            tail: Key::of(&[&tail(record)]),
            entry: None,
            join: None,
            is_kept: false,
            said: [0; 8],
        }
    }

    /// What is kept of it beside its record: only what a record says, not where it belongs.
    pub fn to_bytes(&self, form: [u8; 8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(form.len() + 1 + KEYS * 8 + self.name.len());
        bytes.extend(form);
        bytes.push(u8::from(self.enabled) | u8::from(self.on_default_pbx) << 1);
        for key in self.keys() {
            bytes.extend(key.0.to_be_bytes());
        }
        bytes.extend(self.name.as_bytes());
        bytes
    }

    /// The card of the record `source_id` that was kept; none where the bytes are none.
    pub fn from_bytes(
        id: RecordId,
        (place, at): (u16, &Place),
        source_id: &str,
        bytes: &[u8],
    ) -> Option<Self> {
        let (flags, rest) = bytes.get(8..)?.split_first()?;
        let (keys, name) = rest.split_at_checked(KEYS * 8)?;
        let (keys, _) = keys.as_chunks();
        let mut keys = keys.iter().map(|key| Key(u64::from_be_bytes(*key)));
        let mut next = || keys.next().unwrap_or_default();
        let mut card = Self {
            id,
            place,
            enabled: flags & 1 != 0,
            order: order(at, source_id),
            cross_reference: next(),
            number: next(),
            pbx: next(),
            on_default_pbx: flags & 2 != 0,
            login: next(),
            account: next(),
            email: next(),
            name: std::str::from_utf8(name).ok()?.into(),
            department: next(),
            tail: next(),
            entry: None,
            join: None,
            is_kept: true,
            said: [0; 8],
        };
        if card.on_default_pbx {
            card.pbx = Key::of(&[&fold(&at.default_pbx)]);
        }
        Some(card)
    }

    /// In the order in which they are kept.
    const fn keys(&self) -> [Key; KEYS] {
        [
            self.cross_reference,
            self.number,
            self.pbx,
            self.login,
            self.account,
            self.email,
            self.department,
            self.tail,
        ]
    }
}

fn order(at: &Place, source_id: &str) -> Key {
    Key::of(&[&at.id.to_string(), source_id])
}

/// The last four digits of a record's number, else of its public one; empty where there are fewer.
fn tail(record: &Record) -> String {
    let last = |number: &str| {
        let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
        let from = digits.len().checked_sub(4)?;
        Some(digits[from..].iter().collect::<String>())
    };
    last(&record.directory_number)
        .or_else(|| last(&record.e164))
        .unwrap_or_default()
}

/// The SIP account that a record is, or names.
fn account_of(record: &Record) -> &str {
    if record.mbg_user_name.is_empty() {
        &record.sip_user
    } else {
        &record.mbg_user_name
    }
}

/// A border gateway has no logins, but USP makes its user names as `<login>-<number>`, where either side may
/// write `*` for `#`.
fn login_of(kind: ComponentKind, record: &Record) -> String {
    if kind != ComponentKind::Mbg || !record.login.is_empty() {
        return fold(&record.login);
    }
    let name = fold(&record.mbg_user_name);
    let tail = format!("-{}", record.directory_number);
    let has_tail = tail.len() > 1 && number_key(&name).ends_with(&number_key(&tail));
    if has_tail {
        name[..name.len() - tail.len()].to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_equal_values_are_equal_and_empty_ones_are_none() {
        assert_eq!(Key::of(&["a", "b"]), Key::of(&["a", "b"]));
        assert_ne!(Key::of(&["ab", "c"]), Key::of(&["a", "bc"]));
        assert!(!Key::of(&["a", ""]).is_some());
    }

    #[test]
    fn a_kept_card_is_the_same_and_moves_with_its_places_pbx() {
        let place = |pbx: &str| Place {
            id: ConnectionId(uuid::Uuid::nil()),
            name: String::new(),
            kind: ComponentKind::Usp,
            default_pbx: pbx.to_owned(),
        };
        for pbx in ["", "HQ-2"] {
            let record = Record {
                last_name: "Müller".into(),
                directory_number: "4711".into(),
                pbx: pbx.into(),
                email: "a@example.org".into(),
                login: "am".into(),
                enabled: true,
                ..Record::new("u1")
            };
            for now in ["HQ-1", "HQ-3"] {
                let kept = Card::of(RecordId(1), 0, &place("HQ-1"), &record).to_bytes([7; 8]);
                let read = Card::from_bytes(RecordId(1), (0, &place(now)), "u1", &kept).unwrap();
                let made = Card {
                    is_kept: true,
                    ..Card::of(RecordId(1), 0, &place(now), &record)
                };
                assert_eq!(format!("{read:?}"), format!("{made:?}"));
            }
        }
        assert!(Card::from_bytes(RecordId(1), (0, &place("")), "u1", &[7; 60]).is_none());
    }

    /// Where this fails on purpose, `derive::FORM` is to be raised: cards that are kept say something else.
    #[test]
    fn what_is_kept_of_a_card_changes_with_its_form_alone() {
        let place = Place {
            id: ConnectionId(uuid::Uuid::nil()),
            name: String::new(),
            kind: ComponentKind::Mbg,
            default_pbx: String::new(),
        };
        let record = Record {
            first_name: "Ada".into(),
            last_name: "Müller".into(),
            directory_number: "1#001".into(),
            pbx: "HQ-1".into(),
            e164: "+49 30 1234".into(),
            email: "Ada@Example.org".into(),
            mbg_user_name: "amueller-1*001".into(),
            client_service_account: "amueller".into(),
            department: "Straße".into(),
            enabled: true,
            ..Record::new("u1")
        };
        let bytes = Card::of(RecordId(1), 0, &place, &record).to_bytes([0; 8]);
        let hash = Sha256::digest(&bytes);
        assert_eq!(hash[..4], [252, 201, 162, 46]);
    }

    #[test]
    fn a_number_ends_in_four_digits() {
        let ends = |number: &str, public: &str| {
            tail(&Record {
                directory_number: number.into(),
                e164: public.into(),
                ..Record::new("1")
            })
        };
        assert_eq!(ends("84711", "+49301234"), "4711");
        assert_eq!(ends("1#001", "+49301234"), "1001");
        assert_eq!(ends("1*1", "+49 30 1234"), "1234");
        assert_eq!(ends("11", ""), "");
    }

    #[test]
    fn a_gateway_account_tells_the_login_that_it_was_made_from() {
        for (name, number) in [
            ("AMueller-1#001", "1#001"),
            ("AMueller-1#001", "1*001"),
            ("AMueller-1*001", "1#001"),
        ] {
            let record = Record {
                mbg_user_name: name.into(),
                directory_number: number.into(),
                ..Record::new("1")
            };
            assert_eq!(login_of(ComponentKind::Mbg, &record), "amueller");
            assert_eq!(login_of(ComponentKind::Usp, &record), "");
        }
        let unnumbered = Record {
            mbg_user_name: "reception-".into(),
            ..Record::new("2")
        };
        assert_eq!(login_of(ComponentKind::Mbg, &unnumbered), "");
    }
}
