//! Filters (RFC 7644, section 3.4.2.2): read once within limits, then asked about one resource after the other.

use serde_json::{Map, Value};

use super::schema::{ENTERPRISE, USER};

/// The longest filter, in bytes.
const LENGTH_MAX: usize = 2_048;
/// How deep parentheses may be nested.
const DEPTH_MAX: usize = 16;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// One of the values of a multi-valued attribute passes the filter.
    Any(Path, Box<Filter>),
    Present(Path),
    Compare(Path, Comparison, Value),
}

/// The names on the way to an attribute, schema names taken off.
pub(super) type Path = Vec<String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("it is longer than {LENGTH_MAX} bytes"));
        }
        let mut reader = Reader {
            words: words(text)?,
            at: 0,
            depth: 0,
        };
        let filter = reader.either()?;
        match reader.peek() {
            None => Ok(filter),
            Some(rest) => Err(format!("it goes on with {rest:?}")),
        }
    }

    /// Whether a resource, or one value of an attribute, passes.
    pub(super) fn passes(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::Both(a, b) => a.passes(resource) && b.passes(resource),
            Self::Either(a, b) => a.passes(resource) || b.passes(resource),
            Self::Not(filter) => !filter.passes(resource),
            Self::Any(path, filter) => objects(resource, path)
                .into_iter()
                .any(|value| filter.passes(value)),
            Self::Present(path) => values(resource, path).into_iter().any(is_something),
            Self::Compare(path, Comparison::NotEqual, wanted) => {
                !Self::Compare(path.clone(), Comparison::Equal, wanted.clone()).passes(resource)
            }
            Self::Compare(path, how, wanted) => {
                let is_exact = matches!(path.last().map(String::as_str), Some("id" | "externalid"));
                let found = values(resource, path);
                if found.is_empty() {
                    return *how == Comparison::Equal && wanted.is_null();
                }
                found
                    .into_iter()
                    .any(|value| holds(value, *how, wanted, is_exact))
            }
        }
    }

    /// The one attribute and value of a filter that looks something up.
    pub(super) fn lookup(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare(path, Comparison::Equal, Value::String(wanted)) if path.len() == 1 => {
                Some((path[0].as_str(), wanted.as_str()))
            }
            _ => None,
        }
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(parts) => !parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The values that a path leads to: several where it leads through an attribute of several values, whose `value` is meant where
/// no part of it is named.
fn values<'v>(of: &'v Map<String, Value>, path: &[String]) -> Vec<&'v Value> {
    let Some((name, rest)) = path.split_first() else {
        return vec![];
    };
    let mut found = of
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((_, value)) = found.next() else {
        return vec![];
    };
    match value {
        Value::Array(many) => {
            let rest = if rest.is_empty() {
                &["value".to_owned()]
            } else {
                rest
            };
            let parts = many.iter().filter_map(Value::as_object);
            parts.flat_map(|part| values(part, rest)).collect()
        }
        Value::Object(part) if !rest.is_empty() => values(part, rest),
        value if rest.is_empty() => vec![value],
        _ => vec![],
    }
}

/// The objects that a path leads to.
fn objects<'v>(of: &'v Map<String, Value>, path: &[String]) -> Vec<&'v Map<String, Value>> {
    let mut at = vec![of];
    for name in path {
        let found = at.iter().filter_map(|object| {
            let mut parts = object.iter();
            parts.find(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        let each = |value: &'v Value| match value {
            Value::Array(many) => many.iter().filter_map(Value::as_object).collect(),
            one => one.as_object().into_iter().collect::<Vec<_>>(),
        };
        at = found.flat_map(|(_, value)| each(value)).collect();
    }
    at
}

fn holds(value: &Value, how: Comparison, wanted: &Value, is_exact: bool) -> bool {
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) if is_exact => compare(value, how, wanted),
        (Value::String(value), Value::String(wanted)) => {
            compare(&value.to_lowercase(), how, &wanted.to_lowercase())
        }
        (value, wanted) => how == Comparison::Equal && value == wanted,
    }
}

fn compare(value: &str, how: Comparison, wanted: &str) -> bool {
    match how {
        Comparison::Equal => value == wanted,
        Comparison::NotEqual => value != wanted,
        Comparison::Contains => value.contains(wanted),
        Comparison::StartsWith => value.starts_with(wanted),
        Comparison::EndsWith => value.ends_with(wanted),
        Comparison::Greater => value > wanted,
        Comparison::GreaterOrEqual => value >= wanted,
        Comparison::Less => value < wanted,
        Comparison::LessOrEqual => value <= wanted,
    }
}

/// A path with the name of its schema taken off; that of the extension stays as a name of its own.
pub(super) fn path(text: &str) -> Path {
    let plain = strip(text, USER).unwrap_or(text);
    if plain.eq_ignore_ascii_case(ENTERPRISE) {
        return vec![ENTERPRISE.to_lowercase()];
    }
    let (first, plain) = match strip(plain, ENTERPRISE) {
        Some(rest) => (Some(ENTERPRISE.to_lowercase()), rest),
        None => (None, plain),
    };
    let names = plain.split('.').map(str::to_lowercase);
    first.into_iter().chain(names).collect()
}

fn strip<'t>(text: &'t str, schema: &str) -> Option<&'t str> {
    let head = text.get(..schema.len())?;
    let rest = text[schema.len()..].strip_prefix(':')?;
    head.eq_ignore_ascii_case(schema).then_some(rest)
}

#[derive(Debug, Clone, PartialEq)]
enum Word {
    Name(String),
    Value(Value),
    Sign(char),
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '[' | ']' => {
                words.push(Word::Sign(first));
                1
            }
            '"' => {
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let value = values.next().and_then(Result::ok);
                let value = value.ok_or("a text has no end")?;
                words.push(Word::Value(value.into()));
                values.byte_offset()
            }
            _ => {
                let is_end = |c: char| c.is_whitespace() || "()[]\"".contains(c);
                let length = rest.find(is_end).unwrap_or(rest.len());
                let word = &rest[..length];
                words.push(match serde_json::from_str(word) {
                    Ok(value) => Word::Value(value),
                    Err(_) => Word::Name(word.to_owned()),
                });
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

struct Reader {
    words: Vec<Word>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let is_next =
            matches!(self.peek(), Some(Word::Name(known)) if known.eq_ignore_ascii_case(name));
        self.at += usize::from(is_next);
        is_next
    }

    fn takes_sign(&mut self, sign: char) -> bool {
        let is_next = self.peek() == Some(&Word::Sign(sign));
        self.at += usize::from(is_next);
        is_next
    }

    fn either(&mut self) -> Result<Filter, String> {
        let mut filter = self.both()?;
        while self.takes_name("or") {
            filter = Filter::Either(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut filter = self.one()?;
        while self.takes_name("and") {
            filter = Filter::Both(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, String> {
        let is_not = self.takes_name("not");
        if self.takes_sign('(') {
            let filter = self.nested(')')?;
            return Ok(if is_not {
                Filter::Not(Box::new(filter))
            } else {
                filter
            });
        }
        if is_not {
            return Err("`not` needs parentheses".to_owned());
        }
        let Some(Word::Name(name)) = self.peek().cloned() else {
            return Err("an attribute is missing".to_owned());
        };
        self.at += 1;
        let path = path(&name);
        if self.takes_sign('[') {
            return Ok(Filter::Any(path, Box::new(self.nested(']')?)));
        }
        self.comparison(path)
    }

    fn nested(&mut self, end: char) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("it is nested deeper than {DEPTH_MAX}"));
        }
        let filter = self.either()?;
        self.depth -= 1;
        if self.takes_sign(end) {
            Ok(filter)
        } else {
            Err(format!("`{end}` is missing"))
        }
    }

    fn comparison(&mut self, path: Path) -> Result<Filter, String> {
        let Some(Word::Name(name)) = self.peek().cloned() else {
            return Err("a comparison is missing".to_owned());
        };
        self.at += 1;
        let how = match name.to_ascii_lowercase().as_str() {
            "pr" => return Ok(Filter::Present(path)),
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "co" => Comparison::Contains,
            "sw" => Comparison::StartsWith,
            "ew" => Comparison::EndsWith,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            _ => return Err(format!("`{name}` is no comparison")),
        };
        let Some(Word::Value(value)) = self.peek().cloned() else {
            return Err("a value is missing".to_owned());
        };
        self.at += 1;
        Ok(Filter::Compare(path, how, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let ada = json!({
            "id": "A1", "externalId": "X", "userName": "Ada", "active": true, "name": { "familyName": "Lovelace" },
            "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }, { "value": "home@example.org", "type": "home" }],
            ENTERPRISE: { "department": "Research" }, "meta": { "lastModified": "2026-11-27T08:00:00Z" },
        });
        Filter::parse(filter)
            .unwrap()
            .passes(ada.as_object().unwrap())
    }

    #[test]
    fn a_filter_says_what_the_standard_means() {
        for yes in [
            r#"userName eq "ada""#,
            r#"USERNAME Eq "ADA""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a""#,
            r#"externalId eq "X""#,
            r#"name.familyName co "LACE" and active eq true"#,
            r#"emails eq "home@example.org""#,
            r#"emails.value ew ".org""#,
            r#"emails[type eq "work" and value co "ada"]"#,
            r#"not (userName eq "grace") and (title pr or emails pr)"#,
            r"title eq null",
            r#"userName ne "grace""#,
            r#"meta.lastModified gt "2026-01-01T00:00:00Z""#,
            &format!("{ENTERPRISE}:department eq \"research\""),
            r#"userName eq "x" or userName eq "y" or userName pr"#,
        ] {
            assert!(passes(yes), "{yes}");
        }
        for no in [
            r#"externalId eq "x""#,
            r#"userName eq "ada ""#,
            r#"id eq "a1""#,
            r#"emails[type eq "home" and value co "ada"]"#,
            r"title pr",
            r#"active eq "true""#,
            r#"userName lt "aaa""#,
            r#"userName pr and userName eq "b" or active eq false"#,
        ] {
            assert!(!passes(no), "{no}");
        }
    }

    #[test]
    fn a_filter_that_looks_something_up_is_known_as_such() {
        let lookup = |text| {
            let filter = Filter::parse(text).unwrap();
            filter
                .lookup()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let expected = Some(("username".to_owned(), "Ada".to_owned()));
        assert_eq!(lookup(r#"userName eq "Ada""#), expected);
        assert_eq!(lookup(r#"userName ne "Ada""#), None);
        assert_eq!(lookup(r#"userName eq "a" and active eq true"#), None);
    }

    #[test]
    fn whatever_is_asked_ends_with_a_filter_or_a_word_about_it() {
        let deep = format!("{}a pr{}", "(".repeat(40), ")".repeat(40));
        let long = format!("a eq \"{}\"", "x".repeat(LENGTH_MAX));
        for broken in [
            "",
            " ",
            "userName",
            "userName eq",
            "userName is \"a\"",
            "userName eq \"a",
            "(userName pr",
            "userName pr)",
            "emails[type eq \"work\"",
            "not userName pr",
            "and",
            "eq eq eq",
            "\"a\" eq \"b\"",
            "[",
            "a pr b",
            &deep,
            &long,
        ] {
            assert!(Filter::parse(broken).is_err(), "{broken:?} passed");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in "[a-zA-Z.:\\[\\]()\" ]{0,60}|.{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                filter.passes(json!({ "userName": "ada" }).as_object().unwrap());
            }
        }
    }
}
