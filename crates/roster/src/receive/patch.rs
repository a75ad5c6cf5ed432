//! Changes of parts (RFC 7644, section 3.5.2): one operation after the other on what is kept of a user. Where the standard leaves room,
//! what the large identity providers send is taken: names of operations in any case, paths as keys of a value, booleans as words.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Error,
    filter::{self, Comparison, Filter},
    schema::{self, Attribute, Kind, RESOURCE},
};

/// The most operations of one request.
const OPERATIONS_MAX: usize = 100;

/// A request.
#[derive(Debug, Deserialize)]
pub(super) struct Patch {
    #[serde(rename = "Operations", alias = "operations")]
    operations: Vec<Operation>,
}

#[derive(Debug, Deserialize)]
struct Operation {
    op: String,
    path: Option<String>,
    #[serde(default)]
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation works: an attribute, which of its values, and which part of it.
struct Target {
    attribute: &'static Attribute,
    which: Option<Filter>,
    part: Option<&'static Attribute>,
}

/// What is kept after all operations; none counts where one is refused.
pub(super) fn apply(kept: &Map<String, Value>, patch: &Value) -> Result<Map<String, Value>, Error> {
    let patch: Patch = serde_json::from_value(patch.clone())
        .map_err(|why| Error::syntax(format!("it is no list of operations: {why}")))?;
    if patch.operations.len() > OPERATIONS_MAX {
        return Err(Error::syntax(format!(
            "more than {OPERATIONS_MAX} operations"
        )));
    }
    let mut kept = kept.clone();
    for operation in &patch.operations {
        operation.apply(&mut kept)?;
    }
    schema::taken(&Value::Object(kept))
}

impl Operation {
    fn apply(&self, kept: &mut Map<String, Value>) -> Result<(), Error> {
        let verb = match self.op.to_ascii_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            other => return Err(Error::syntax(format!("`{other}` is no operation"))),
        };
        match (&self.path, &self.value) {
            (Some(path), value) => at(kept, verb, path, value),
            (None, Value::Object(values)) if verb != Verb::Remove => values
                .iter()
                .try_for_each(|(path, value)| at(kept, verb, path, value)),
            (None, _) => Err(Error::no_target(
                "an operation without a path needs an object",
            )),
        }
    }
}

/// Carries one operation out. What is not kept of a user is left alone, wherever it would go.
fn at(kept: &mut Map<String, Value>, verb: Verb, path: &str, value: &Value) -> Result<(), Error> {
    let Some(target) = Target::read(path)? else {
        return Ok(());
    };
    let name = target.attribute.name;
    match (&target.attribute.kind, &target.which) {
        (Kind::Many(parts), Some(which)) => {
            let many = kept.entry(name).or_insert_with(|| Value::Array(vec![]));
            let many = many.as_array_mut().expect("what is kept has its type");
            target.some(many, which, verb, value, parts)?;
        }
        (_, Some(_)) => return Err(Error::path(path)),
        (Kind::Many(_), None) if target.part.is_some() => {
            let many = kept.get_mut(name).and_then(Value::as_array_mut);
            for one in many.into_iter().flatten().filter_map(Value::as_object_mut) {
                target.set(one, verb, value)?;
            }
        }
        (Kind::Complex(_), None) if target.part.is_some() => {
            let one = kept
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            target.set(
                one.as_object_mut().expect("what is kept has its type"),
                verb,
                value,
            )?;
        }
        (_, None) => whole(kept, target.attribute, verb, value)?,
    }
    Ok(())
}

/// An operation on an attribute as a whole.
fn whole(
    kept: &mut Map<String, Value>,
    attribute: &Attribute,
    verb: Verb,
    value: &Value,
) -> Result<(), Error> {
    let name = attribute.name;
    let value = if verb == Verb::Remove {
        None
    } else {
        attribute.take(value)?
    };
    let Some(value) = value else {
        if attribute.is_required {
            return Err(Error::value(format!("{name} is required")));
        }
        kept.remove(name);
        return Ok(());
    };
    match (kept.get_mut(name), value) {
        // Of an object the parts that are named are replaced (RFC 7644, section 3.5.2.3).
        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
        (Some(Value::Array(old)), Value::Array(new)) if verb == Verb::Add => {
            let fresh: Vec<_> = new
                .into_iter()
                .filter(|value| !old.contains(value))
                .collect();
            if fresh.iter().any(is_primary) {
                old.iter_mut().for_each(not_primary);
            }
            old.extend(fresh);
        }
        (_, value) => {
            kept.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn is_primary(value: &Value) -> bool {
    value["primary"] == Value::Bool(true)
}

fn not_primary(value: &mut Value) {
    if is_primary(value) {
        value["primary"] = Value::Bool(false);
    }
}

impl Target {
    /// Reads `attribute`, `attribute.part`, `attribute[filter]`, `attribute[filter].part`, each with or without the name of its schema;
    /// nothing for an attribute that is not kept.
    fn read(text: &str) -> Result<Option<Self>, Error> {
        let (head, which, tail) = match text.split_once('[') {
            None => (text, None, ""),
            Some((head, rest)) => {
                let (inner, tail) = rest.rsplit_once(']').ok_or_else(|| Error::path(text))?;
                let filter = Filter::parse(inner)
                    .map_err(|why| Error::filter(format!("in the path: {why}")))?;
                (head, Some(filter), tail)
            }
        };
        let mut names = filter::path(head.trim());
        names.extend(tail.strip_prefix('.').map(str::to_lowercase));
        let [first, rest @ ..] = &names[..] else {
            return Err(Error::path(text));
        };
        if first.is_empty() || rest.len() > 1 || (!tail.is_empty() && !tail.starts_with('.')) {
            return Err(Error::path(text));
        }
        let Some(attribute) = schema::find(&RESOURCE, first) else {
            return Ok(None);
        };
        let Some(part) = rest.first() else {
            return Ok(Some(Self {
                attribute,
                which,
                part: None,
            }));
        };
        let (Kind::Complex(parts) | Kind::Many(parts)) = attribute.kind else {
            return Err(Error::path(text));
        };
        let part = schema::find(parts, part);
        Ok(part.map(|part| Self {
            attribute,
            which,
            part: Some(part),
        }))
    }

    /// An operation on the values that a filter lets through.
    fn some(
        &self,
        many: &mut Vec<Value>,
        which: &Filter,
        verb: Verb,
        value: &Value,
        parts: &[Attribute],
    ) -> Result<(), Error> {
        let passes = |value: &Value| value.as_object().is_some_and(|value| which.passes(value));
        if verb == Verb::Remove && self.part.is_none() {
            many.retain(|value| !passes(value));
            return Ok(());
        }
        if !many.iter().any(passes) {
            // A value that is to be set on what is not there yet is put there, as the filter describes it.
            match which {
                Filter::Compare(path, Comparison::Equal, wanted)
                    if verb != Verb::Remove && path.len() == 1 =>
                {
                    let name = schema::find(parts, &path[0]);
                    let name =
                        name.ok_or_else(|| Error::no_target("the filter matches nothing"))?;
                    many.push(Value::Object(Map::from_iter([(
                        name.name.into(),
                        wanted.clone(),
                    )])));
                }
                _ if verb == Verb::Remove => return Ok(()),
                _ => return Err(Error::no_target("the filter matches nothing")),
            }
        }
        for one in many.iter_mut().filter(|value| passes(value)) {
            let one = one.as_object_mut().expect("what is kept has its type");
            match (self.part, value) {
                (Some(_), value) => self.set(one, verb, value)?,
                (None, Value::Object(told)) => one.extend(told.clone()),
                (None, _) => return Err(Error::value("a value of several must be an object")),
            }
        }
        Ok(())
    }

    /// Sets or removes the part.
    fn set(&self, one: &mut Map<String, Value>, verb: Verb, value: &Value) -> Result<(), Error> {
        let Some(part) = self.part else { return Ok(()) };
        let value = if verb == Verb::Remove {
            None
        } else {
            part.take(value)?
        };
        match value {
            Some(value) => one.insert(part.name.to_owned(), value),
            None => one.remove(part.name),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::schema::ENTERPRISE, *};

    fn patched(operations: &Value) -> Result<Value, Error> {
        let kept = json!({
            "userName": "ada", "active": true, "name": { "familyName": "Lovelace", "givenName": "Ada" },
            "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }],
        });
        let patch = json!({ "Operations": operations });
        apply(kept.as_object().unwrap(), &patch).map(Value::Object)
    }

    fn after(operations: &Value) -> Value {
        patched(operations).unwrap()
    }

    #[test]
    fn attributes_are_added_replaced_and_removed() {
        let told = after(&json!([
            { "op": "replace", "path": "userName", "value": "lovelace" },
            { "op": "add", "path": "displayName", "value": "Ada L" },
            { "op": "remove", "path": "name.givenName" },
            { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false },
            { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Research" },
            { "op": "replace", "path": "name", "value": { "formatted": "Countess" } },
        ]));
        let expected = json!({
            "userName": "lovelace", "displayName": "Ada L", "active": false,
            "name": { "familyName": "Lovelace", "formatted": "Countess" },
            "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }],
            ENTERPRISE: { "department": "Research" },
        });
        assert_eq!(told, expected);
        let removed = after(
            &json!([{ "op": "remove", "path": "emails" }, { "op": "remove", "path": ENTERPRISE }]),
        );
        assert_eq!(removed.get("emails"), None);
    }

    #[test]
    fn one_value_of_several_is_changed_where_a_filter_finds_it() {
        let work = "emails[type eq \"work\"]";
        let changed = after(
            &json!([{ "op": "replace", "path": format!("{work}.value"), "value": "new@example.org" }]),
        );
        assert_eq!(
            changed["emails"],
            json!([{ "value": "new@example.org", "type": "work", "primary": true }])
        );
        let home = after(
            &json!([{ "op": "add", "path": "emails[type eq \"home\"].value", "value": "home@example.org" }]),
        );
        assert_eq!(
            home["emails"][1],
            json!({ "value": "home@example.org", "type": "home" })
        );
        assert_eq!(
            after(&json!([{ "op": "remove", "path": work }])).get("emails"),
            None
        );
        let nobody = after(&json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]));
        assert_eq!(nobody["emails"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_new_primary_value_takes_the_place_of_the_old_one_and_nothing_comes_twice() {
        let added = after(&json!([
            { "op": "add", "path": "emails", "value": [{ "value": "b@example.org", "primary": true }] },
            { "op": "add", "path": "emails", "value": [{ "value": "b@example.org", "primary": true }] },
        ]));
        let primaries: Vec<_> = added["emails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| &e["primary"])
            .collect();
        assert_eq!(primaries[..2], [&json!(false), &json!(true)]);
    }

    #[test]
    fn what_large_providers_send_is_taken() {
        let told = after(&json!([
            { "op": "Replace", "value": { "active": "False", "name.familyName": "King", "title": "Countess" } },
            { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "R" },
            { "op": "Replace", "path": "title", "value": "x" },
            { "op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": "x" },
        ]));
        assert_eq!(
            (&told["active"], &told["name"]["familyName"]),
            (&json!(false), &json!("King"))
        );
        assert_eq!(told[ENTERPRISE]["department"], "R");
        assert_eq!(told.get("title"), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_nothing_is_changed() {
        for (operation, kind) in [
            (
                json!({ "op": "remove", "path": "userName" }),
                "invalidValue",
            ),
            (
                json!({ "op": "replace", "path": "userName", "value": "" }),
                "invalidValue",
            ),
            (json!({ "op": "move", "path": "userName" }), "invalidSyntax"),
            (json!({ "op": "remove" }), "noTarget"),
            (json!({ "op": "add", "value": "x" }), "noTarget"),
            (
                json!({ "op": "add", "path": "emails[type eq", "value": "x" }),
                "invalidPath",
            ),
            (
                json!({ "op": "add", "path": "emails[type is 7].value", "value": "x" }),
                "invalidFilter",
            ),
            (
                json!({ "op": "add", "path": "userName.x", "value": "x" }),
                "invalidPath",
            ),
            (
                json!({ "op": "replace", "path": "emails[value sw \"z\"].value", "value": "x" }),
                "noTarget",
            ),
            (
                json!({ "op": "replace", "path": "active", "value": "perhaps" }),
                "invalidValue",
            ),
        ] {
            let error = patched(&json!([operation])).unwrap_err();
            assert_eq!(error.scim_type(), Some(kind), "{operation}: {error}");
        }
        let many = vec![json!({ "op": "remove", "path": "title" }); OPERATIONS_MAX + 1];
        assert!(patched(&Value::Array(many)).is_err());
    }
}
