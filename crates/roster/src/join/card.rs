//! What joining keeps in memory of one record: keys instead of texts, so that a million fit.

use std::hash::{DefaultHasher, Hash, Hasher};

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
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        Self(hasher.finish().max(1))
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
}

impl Card {
    /// Makes the card of a record.
    pub fn of(id: RecordId, place: u16, at: &Place, record: &Record) -> Self {
        let number = number_key(&record.directory_number);
        let pbx = if record.pbx.is_empty() {
            &at.default_pbx
        } else {
            &record.pbx
        };
        let login = login_of(at.kind, record);
        Self {
            id,
            place,
            enabled: record.enabled,
            order: Key::of(&[&at.id.to_string(), &record.source_id]),
            cross_reference: Key::of(&[&fold(account_of(record))]),
            number: Key::of(&[&number]),
            pbx: Key::of(&[&fold(pbx)]),
            login: Key::of(&[&login]),
            account: Key::of(&[&fold(&record.client_service_account)]),
            email: Key::of(&[&record.email.to_lowercase()]),
            name: super::names::words(record).into(),
            department: Key::of(&[&fold(&record.department)]),
            tail: Key::of(&[&tail(record)]),
            entry: None,
            join: None,
        }
    }
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
