//! What is kept of a user that an identity provider pushes (RFC 7643): the attributes that a record is made of, and no others. One
//! list says what is announced, what is taken and what a patch may name.

use serde_json::{Map, Value, json};

use super::Error;

/// The core schema of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The most values of one attribute.
const VALUES_MAX: usize = 50;
/// The longest text, in characters.
const TEXT_MAX: usize = 1_024;

/// One attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
}

/// What an attribute holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// True or false.
    Flag,
    /// Attributes.
    Complex(&'static [Attribute]),
    /// Several times these attributes.
    Many(&'static [Attribute]),
}

use Kind::{Complex, Flag, Many, Text};

const fn of(name: &'static str, kind: Kind) -> Attribute {
    Attribute {
        name,
        kind,
        is_required: false,
    }
}

const VALUE: [Attribute; 3] = [of("value", Text), of("type", Text), of("primary", Flag)];

const CORE: [Attribute; 8] = [
    Attribute {
        name: "userName",
        kind: Text,
        is_required: true,
    },
    of("externalId", Text),
    of(
        "name",
        Complex(&[
            of("formatted", Text),
            of("familyName", Text),
            of("givenName", Text),
        ]),
    ),
    of("displayName", Text),
    of("preferredLanguage", Text),
    of("active", Flag),
    of("emails", Many(&VALUE)),
    of("phoneNumbers", Many(&VALUE)),
];

const WORK: [Attribute; 1] = [of("department", Text)];

/// The attributes of a resource: those of the core, and the extension as one complex attribute.
pub(super) static RESOURCE: [Attribute; 9] = {
    let [a, b, c, d, e, f, g, h] = CORE;
    [a, b, c, d, e, f, g, h, of(ENTERPRISE, Complex(&WORK))]
};

/// Finds an attribute whatever the case of its name (RFC 7643, section 2.1).
pub(super) fn find<'a>(among: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    among
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// What is kept of a resource as it was told: known attributes under their own names, empty ones left out.
pub(super) fn taken(told: &Value) -> Result<Map<String, Value>, Error> {
    let Value::Object(told) = told else {
        return Err(Error::syntax("a user is an object"));
    };
    let kept = object(&RESOURCE, told)?;
    match kept.get("userName").and_then(Value::as_str) {
        Some(name) if !name.trim().is_empty() => Ok(kept),
        _ => Err(Error::value("userName is required")),
    }
}

fn object(known: &[Attribute], told: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut kept = Map::new();
    for attribute in known {
        let mut values = told.iter();
        let found = values.find(|(name, _)| name.eq_ignore_ascii_case(attribute.name));
        let Some((_, value)) = found else { continue };
        if let Some(value) = attribute.take(value)? {
            kept.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(kept)
}

impl Attribute {
    /// A value as it is kept; nothing where it is unassigned (RFC 7643, section 2.5).
    pub(super) fn take(&self, told: &Value) -> Result<Option<Value>, Error> {
        let wrong = |what: &str| Err(Error::value(format!("{} must be {what}", self.name)));
        match (&self.kind, told) {
            (_, Value::Null) => Ok(None),
            (Text, Value::String(text)) if text.chars().count() > TEXT_MAX => {
                wrong("shorter than 1,025 characters")
            }
            (Text, Value::String(text)) => Ok(Some(Value::from(text.as_str()))),
            (Text, _) => wrong("a text"),
            (Flag, Value::Bool(flag)) => Ok(Some(Value::Bool(*flag))),
            // Some providers write the words instead of the values.
            (Flag, Value::String(word)) if word.eq_ignore_ascii_case("true") => {
                Ok(Some(Value::Bool(true)))
            }
            (Flag, Value::String(word)) if word.eq_ignore_ascii_case("false") => {
                Ok(Some(Value::Bool(false)))
            }
            (Flag, _) => wrong("true or false"),
            (Complex(parts), Value::Object(told)) => {
                let kept = object(parts, told)?;
                Ok((!kept.is_empty()).then_some(Value::Object(kept)))
            }
            (Complex(_), _) => wrong("an object"),
            (Many(parts), told) => self.take_many(parts, told),
        }
    }

    fn take_many(&self, parts: &[Attribute], told: &Value) -> Result<Option<Value>, Error> {
        let told = match told {
            Value::Array(told) => told.as_slice(),
            one => std::slice::from_ref(one),
        };
        if told.len() > VALUES_MAX {
            return Err(Error::value(format!(
                "{} has more than {VALUES_MAX} values",
                self.name
            )));
        }
        let mut kept = Vec::new();
        for value in told {
            let kept_value = match value {
                Value::Object(value) => object(parts, value)?,
                // RFC 7643, section 2.4: a simple value stands for an object of it.
                Value::String(_) => {
                    object(parts, &Map::from_iter([("value".into(), value.clone())]))?
                }
                _ => return Err(Error::value(format!("{} holds objects", self.name))),
            };
            if !kept_value.is_empty() {
                kept.push(Value::Object(kept_value));
            }
        }
        Ok((!kept.is_empty()).then_some(Value::Array(kept)))
    }

    fn describe(&self) -> Value {
        let (kind, parts): (_, &[Attribute]) = match self.kind {
            Text => ("string", &[]),
            Flag => ("boolean", &[]),
            Complex(parts) | Many(parts) => ("complex", parts),
        };
        let is_name = self.name == "userName";
        let mut told = json!({
            "name": self.name,
            "type": kind,
            "multiValued": matches!(self.kind, Many(_)),
            "description": self.name,
            "required": self.is_required,
            "caseExact": self.name == "externalId",
            "mutability": "readWrite",
            "returned": "default",
            "uniqueness": if is_name { "server" } else { "none" },
        });
        if !parts.is_empty() {
            told["subAttributes"] = parts.iter().map(Self::describe).collect();
        }
        told
    }
}

/// The schemas that are announced (RFC 7643, section 7), without their `meta`.
pub fn schemas() -> [Value; 2] {
    let schema = |id: &str, name: &str, attributes: &[Attribute]| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "description": name,
            "attributes": attributes.iter().map(Attribute::describe).collect::<Vec<_>>(),
        })
    };
    [
        // An external id is common to all resources and not announced (RFC 7643, section 3.1).
        {
            let mut core = schema(USER, "User", &CORE);
            if let Some(attributes) = core["attributes"].as_array_mut() {
                attributes.retain(|attribute| attribute["name"] != "externalId");
            }
            core
        },
        schema(ENTERPRISE, "EnterpriseUser", &WORK),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_kept_under_its_own_name_and_the_rest_is_not() {
        let told = json!({
            "schemas": [USER], "ID": "theirs", "USERNAME": "ada", "password": "hunter2", "title": "Countess",
            "Name": { "FamilyName": "Lovelace", "givenName": null }, "active": "False", "emails": [],
            "phoneNumbers": [{ "value": "4711", "display": "x" }, "4712"],
            ENTERPRISE.to_lowercase(): { "Department": "Research", "manager": { "value": "1" } },
        });
        let expected = json!({
            "userName": "ada", "name": { "familyName": "Lovelace" }, "active": false,
            "phoneNumbers": [{ "value": "4711" }, { "value": "4712" }],
            ENTERPRISE: { "department": "Research" },
        });
        assert_eq!(Value::Object(taken(&told).unwrap()), expected);
    }

    #[test]
    fn odd_types_and_a_missing_name_are_refused() {
        for odd in [
            json!([]),
            json!({}),
            json!({ "userName": " " }),
            json!({ "userName": 7 }),
            json!({ "userName": "a", "active": "perhaps" }),
            json!({ "userName": "a", "name": "Ada" }),
            json!({ "userName": "a", "emails": [7] }),
            json!({ "userName": "x".repeat(TEXT_MAX + 1) }),
            json!({ "userName": "a", "emails": vec!["a@b.org"; VALUES_MAX + 1] }),
        ] {
            assert!(taken(&odd).is_err(), "{odd} passed");
        }
    }
}
