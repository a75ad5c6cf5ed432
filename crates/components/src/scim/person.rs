//! What a SCIM user says about a person (RFC 7643, section 4.1, and the enterprise extension, section 4.3). Attribute names have no
//! case (section 2.1), unknown attributes and schemas are left alone, and a value of another type than agreed is a fault.

use std::fmt;

use model::{Fault, Record};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use crate::{listing, map, numbers, told};

/// The most users of a page, whatever was asked for.
pub(super) const USERS_MAX: usize = 10_000;
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A list of users (RFC 7644, section 3.4.2).
#[derive(Default)]
pub(super) struct List<'a> {
    /// `totalResults`.
    pub(super) total: Option<u64>,
    /// `Resources`, each to be read on its own; a list without users may leave them out, and none are kept of more than
    /// [`USERS_MAX`].
    pub(super) resources: Option<Vec<&'a RawValue>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of users")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut list = List {
            total: None,
            resources: Some(vec![]),
        };
        while let Some(name) = map.next_key::<String>()? {
            if name.eq_ignore_ascii_case("totalResults") {
                list.total = Some(map.next_value()?);
            } else if name.eq_ignore_ascii_case("Resources") {
                list.resources = map.next_value::<Users<'de>>()?.0;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(list)
    }
}

/// Users as they stand in the answer; none of too many.
struct Users<'a>(Option<Vec<&'a RawValue>>);

impl<'de: 'a, 'a> Deserialize<'de> for Users<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(EachUser)
    }
}

struct EachUser;

impl<'de> Visitor<'de> for EachUser {
    type Value = Users<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("users")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Users(Some(vec![])))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut users = Vec::new();
        while let Some(user) = list.next_element()? {
            users.push(user);
            if users.len() > USERS_MAX {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Users(None));
            }
        }
        Ok(Users(Some(users)))
    }
}

/// How the users of one connection are read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) map: map::Map,
    /// The extension is the last so many digits of the number at work, where this is given.
    pub(super) number_tail: Option<usize>,
}

impl Reading {
    /// Reads one user.
    pub(super) fn record(&self, raw: &str) -> Result<Record, String> {
        let user: Value = listing::item(raw)?;
        let Value::Object(user) = &user else {
            return Err("it is not an object".to_owned());
        };
        let user = Attributes(Some(user));
        let mut record = read(user, self.number_tail)?;
        self.map.apply(&mut record, |path| user.at(path));
        let r = &mut record;
        if r.last_name.is_empty() && r.display_name.is_empty() {
            r.faults.push(Fault::new("last_name", "is missing"));
        }
        Ok(record)
    }
}

fn read(user: Attributes<'_>, number_tail: Option<usize>) -> Result<Record, String> {
    let mut record = Record::new(told::source_id(&user.plain("id"))?);
    let r = &mut record;
    r.login = user.text(r, "login", "userName");
    let name = user.part(r, "name");
    r.first_name = name.text(r, "first_name", "givenName");
    r.last_name = name.text(r, "last_name", "familyName");
    r.display_name = user.text(r, "display_name", "displayName");
    if r.display_name.is_empty() {
        r.display_name = name.text(r, "display_name", "formatted");
    }
    let email = user.best(r, "email", "emails");
    r.set_email(&email);
    let telephone = user.best(r, "directory_number", "phoneNumbers");
    numbers::set(r, &telephone, "", number_tail);
    let language = user.text(r, "language", "preferredLanguage");
    told::language(r, &language);
    let work = user.part(r, ENTERPRISE);
    r.department = work.text(r, "department", "department");
    r.enabled = user.is_active(r);
    Ok(record)
}

/// A path without the name of the schema that it begins with.
fn strip<'p>(path: &'p str, schema: &str) -> Option<&'p str> {
    let head = path.get(..schema.len())?;
    let rest = path[schema.len()..].strip_prefix(':')?;
    head.eq_ignore_ascii_case(schema).then_some(rest)
}

/// The attributes of an object, found whatever the case of their names; none where there is no object.
#[derive(Clone, Copy)]
struct Attributes<'v>(Option<&'v Map<String, Value>>);

impl<'v> Attributes<'v> {
    fn find(self, name: &str) -> &'v Value {
        let named = |attributes: &'v Map<String, Value>| {
            let mut all = attributes.iter();
            let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        self.0.and_then(named).unwrap_or(&Value::Null)
    }

    /// A text or a whole number as text; empty where there is neither.
    fn plain(self, name: &str) -> String {
        match self.find(name) {
            Value::String(text) => text.clone(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            _ => String::new(),
        }
    }

    /// The text of an attribute, cleaned; another type is a fault.
    fn text(self, record: &mut Record, field: &str, name: &str) -> String {
        let told = self.plain(name);
        if told.is_empty() && !matches!(self.find(name), Value::Null | Value::String(_)) {
            record.faults.push(Fault::new(field, "is not a text"));
        }
        told::text(record, field, &told)
    }

    /// The attributes of a complex attribute; one of another shape is a fault and counts as absent.
    fn part(self, record: &mut Record, name: &str) -> Attributes<'v> {
        match self.find(name) {
            Value::Object(part) => Attributes(Some(part)),
            Value::Null => Attributes(None),
            _ => {
                let fault = Fault::new(name, "is not what it should be");
                record.faults.push(fault);
                Attributes(None)
            }
        }
    }

    /// Of several values the primary one, else the one at work, else the first (RFC 7643, section 2.4).
    fn best(self, record: &mut Record, field: &str, name: &str) -> String {
        let values = match self.find(name) {
            Value::Null => return String::new(),
            Value::Array(values) => values,
            _ => {
                record.faults.push(Fault::new(field, "is not a list"));
                return String::new();
            }
        };
        Self::best_of(values.iter()).plain("value")
    }

    /// Of several values the primary one, else the one at work, else the first.
    fn best_of(values: impl DoubleEndedIterator<Item = &'v Value>) -> Self {
        let values = values.map(|value| Self(value.as_object()));
        let weight = |value: &Self| {
            let is_at_work = value.plain("type").eq_ignore_ascii_case("work");
            (value.find("primary") == &Value::Bool(true), is_at_work)
        };
        // Of equals the last would win; the first one told is meant.
        values.rev().max_by_key(weight).unwrap_or(Self(None))
    }

    /// What stands at a path as a filter writes it (RFC 7644, section 3.10): `title`, `name.formatted`,
    /// `phoneNumbers[type eq "mobile"].value`, each with or without the name of its schema. Empty where there is nothing.
    fn at(self, path: &str) -> String {
        let path = strip(path, CORE).unwrap_or(path);
        if let Some((part, rest)) = self.extension(path) {
            return part.at(rest);
        }
        let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let (which, part) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((which, part)) => (Some(which), part),
            None => (None, rest),
        };
        let part = part.trim_start_matches('.');
        match self.find(name.trim()) {
            Value::Array(many) => {
                let wanted = which.and_then(|which| which.split('"').nth(1));
                let is_wanted = |value: &&Value| {
                    let kind = Attributes(value.as_object()).plain("type");
                    wanted.is_none_or(|wanted| kind.eq_ignore_ascii_case(wanted))
                };
                let part = if part.is_empty() { "value" } else { part };
                Attributes::best_of(many.iter().filter(is_wanted)).at(part)
            }
            Value::Object(one) if !part.is_empty() => Attributes(Some(one)).at(part),
            Value::Bool(flag) => flag.to_string(),
            _ => self.plain(name.trim()),
        }
    }

    /// The extension that a path begins with, and the rest of the path.
    fn extension(self, path: &str) -> Option<(Self, &str)> {
        self.0?.iter().find_map(|(name, value)| {
            let rest = strip(path, name).filter(|_| name.contains(':'))?;
            Some((Attributes(value.as_object()), rest))
        })
    }

    /// Absent counts as true. Some services write the words instead of the values.
    fn is_active(self, record: &mut Record) -> bool {
        match self.find("active") {
            Value::Null => true,
            Value::Bool(active) => *active,
            Value::String(word) if word.eq_ignore_ascii_case("true") => true,
            Value::String(word) if word.eq_ignore_ascii_case("false") => false,
            _ => {
                let fault = Fault::new("enabled", "is neither true nor false");
                record.faults.push(fault);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(told: &str, number_tail: Option<usize>) -> Result<Record, String> {
        let map = map::Map::default();
        Reading { map, number_tail }.record(told)
    }

    #[test]
    fn what_is_mapped_is_found_by_its_path() {
        let told = r#"{"id":"1","userName":"ada","title":"Countess","displayName":"Ada","name":{"formatted":"Ada L"},
            "phoneNumbers":[{"type":"work","value":"4711"},{"type":"Mobile","value":"+49171"}],"x509":[],"locked":false,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":7,"manager":{"displayName":"Eve"}},
            "urn:example:Pbx":{"line":[{"value":"0815"}]}}"#;
        let map = "last_name = NAME.formatted\nrole = urn:ietf:params:scim:schemas:core:2.0:User:title\nenabled = locked\n\
                   e164 = phoneNumbers[type eq \"mobile\"].value\nlogin = nothing.there\npbx = phoneNumbers\n\
                   department = urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber\n\
                   location = URN:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName\n\
                   directory_number = urn:example:pbx:line";
        let reading = Reading {
            map: map::Map::parse_fields(map).unwrap(),
            number_tail: None,
        };
        let expected = Record {
            last_name: "Ada L".into(),
            display_name: "Ada".into(),
            role: "Countess".into(),
            e164: "+49171".into(),
            pbx: "4711".into(),
            department: "7".into(),
            location: "Eve".into(),
            directory_number: "0815".into(),
            enabled: false,
            ..Record::new("1")
        };
        assert_eq!(reading.record(told).unwrap(), expected);
    }

    #[test]
    fn a_user_is_read_attribute_by_attribute() {
        let told = r#"{"schemas":["urn:x"],"id":"2819c223","userName":"ada@example.org",
            "name":{"givenName":"Ada","familyName":"Lovelace","formatted":"Countess"},"displayName":"Ada Lovelace","active":true,
            "emails":[{"value":"home@example.org","type":"home"},{"value":"ada@Example.org","type":"work","primary":true}],
            "phoneNumbers":[{"value":"+49 171 1","type":"mobile"},{"value":"tel:+49-30-1234;ext=4711","type":"work"}],
            "preferredLanguage":"en-GB","urn:example:unknown":{"a":[1]},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Research"}}"#;
        let expected = Record {
            login: "ada@example.org".into(),
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            display_name: "Ada Lovelace".into(),
            email: "ada@example.org".into(),
            directory_number: "4711".into(),
            e164: "+49301234".into(),
            language: "en-GB".into(),
            department: "Research".into(),
            ..Record::new("2819c223")
        };
        assert_eq!(record(told, None).unwrap(), expected);
    }

    #[test]
    fn names_of_attributes_have_no_case() {
        let told = r#"{"ID":"1","USERNAME":"ada","Name":{"FAMILYNAME":"L"},"EMAILS":[{"VALUE":"a@b.org"}],"Active":"False",
            "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User":{"Department":"R"}}"#;
        let r = record(told, None).unwrap();
        assert_eq!(
            (&*r.login, &*r.last_name, &*r.email),
            ("ada", "L", "a@b.org")
        );
        assert_eq!((&*r.department, r.enabled), ("R", false));
        assert!(r.faults.is_empty(), "{:?}", r.faults);
    }

    #[test]
    fn odd_parts_are_faults_and_a_missing_id_is_the_end() {
        let told = r#"{"id":7,"userName":["x"],"name":"Ada","emails":"a@b.org","phoneNumbers":[{"value":"ask Ada"},7],"active":1}"#;
        let r = record(told, None).unwrap();
        let fields: Vec<_> = r.faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(r.source_id, "7");
        let expected = [
            "login",
            "name",
            "email",
            "directory_number",
            "enabled",
            "last_name",
        ];
        assert_eq!(fields, expected);
        for broken in ["{}", "[]", "7", r#"{"id":"1","userName":"\ud800"}"#] {
            assert!(record(broken, None).is_err(), "{broken} passed");
        }
    }

    #[test]
    fn a_list_without_users_may_leave_them_out() {
        for empty in [
            r#"{"totalResults":0}"#,
            r#"{"TOTALRESULTS":0,"resources":[]}"#,
            r#"{"totalResults":0,"Resources":null,"schemas":[]}"#,
        ] {
            let list: List<'_> = serde_json::from_str(empty).unwrap();
            assert_eq!((list.total, list.resources.unwrap().len()), (Some(0), 0));
        }
        let many = format!("{{\"Resources\":[{}1]}}", "1,".repeat(USERS_MAX));
        let list: List<'_> = serde_json::from_str(&many).unwrap();
        assert!(list.resources.is_none());
    }
}
