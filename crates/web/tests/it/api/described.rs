//! A program with a token at an office's API, and the description that its answers are held against.

use axum::{
    body::Body,
    http::{Method, Request, header, request::Builder},
};
use serde_json::Value;

use crate::harness::{Answer, Office};

/// A program with a token.
pub(crate) struct Program {
    pub(crate) office: Office,
    pub(crate) description: Value,
    token: String,
}

/// One operation of the description.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// With `{id}` and the like, below `/api/v1`.
    pub(crate) path: String,
    pub(crate) said: Value,
}

impl Operation {
    /// The address with these in place of the parts in braces.
    pub(crate) fn at(&self, ids: &[&str]) -> String {
        let mut ids = ids.iter();
        let parts = self.path.split('/').map(|part| {
            if part.starts_with('{') {
                ids.next().copied().unwrap_or(part)
            } else {
                part
            }
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Whether some of its address is an id; a field has a name.
    pub(crate) fn has_ids(&self) -> bool {
        self.path.replace("{field}", "").contains('{')
    }

    pub(crate) fn takes_a_body(&self) -> bool {
        self.said["requestBody"]["content"]["application/json"].is_object()
    }
}

impl Program {
    /// A program at a fresh office.
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let office = Office::open().await;
        let description = serde_json::from_str(&web::openapi()).unwrap();
        Self {
            token: office.token().await,
            office,
            description,
        }
    }

    /// Every operation of the description.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let paths = self.description["paths"].as_object().unwrap();
        let each = paths.iter().flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(|(method, said)| Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.strip_prefix("/api/v1").unwrap().to_owned(),
                    said: said.clone(),
                })
        });
        each.collect()
    }

    fn operation(&self, method: &Method, path: &str) -> Operation {
        let found = self
            .operations()
            .into_iter()
            .find(|op| op.method == method && op.path == path);
        found.unwrap_or_else(|| panic!("{method} {path} is not described"))
    }

    /// Sends a request as it is, with the token, and holds nothing against anything.
    pub(crate) async fn send(&self, method: &Method, path: &str, body: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut request = request(method, path, &bearer);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |text| Body::from(text.to_owned()));
        self.office.ask(request.body(body).unwrap()).await
    }

    /// Asks and expects a status; the answer's JSON, which is as described.
    pub(crate) async fn ask(
        &self,
        call: &str,
        ids: &[&str],
        query: &str,
        body: Option<Value>,
        status: u16,
    ) -> Value {
        let (method, path) = call.split_once(' ').unwrap();
        let operation = self.operation(&method.parse().unwrap(), path);
        let address = format!("{}{query}", operation.at(ids));
        let body = body.map(|value| value.to_string());
        let answer = self
            .send(&operation.method, &address, body.as_deref())
            .await;
        assert_eq!(answer.status, status, "{call}: {}", answer.body);
        self.hold(&operation, &answer)
    }

    /// `GET` of a path without ids.
    pub(crate) async fn get(&self, path: &str, query: &str) -> Value {
        self.ask(&format!("GET {path}"), &[], query, None, 200)
            .await
    }

    /// `GET` of one thing.
    pub(crate) async fn get_one(&self, path: &str, id: &str) -> Value {
        self.ask(&format!("GET {path}"), &[id], "", None, 200).await
    }

    /// `POST` of a body.
    pub(crate) async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        self.ask(&format!("POST {path}"), &[], "", Some(body), status)
            .await
    }

    /// Holds an answer against the description; its JSON.
    pub(crate) fn hold(&self, operation: &Operation, answer: &Answer) -> Value {
        let (method, path, status) = (&operation.method, &operation.path, answer.status.as_str());
        let response = &operation.said["responses"][status];
        let told = format!("{method} {path} answered {status}: {}", answer.body);
        assert!(response.is_object(), "{told}, which is not described");
        let Some(content) = response["content"].as_object() else {
            assert_eq!(answer.body, "", "{told}, which is described as empty");
            return Value::Null;
        };
        let kind = answer.header("content-type");
        let Some(media) = content.get(kind) else {
            panic!("{told} as {kind}, not as {:?}", content.keys());
        };
        if !kind.ends_with("json") {
            return Value::Null;
        }
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        if let Err(why) = self.fits(&value, &media["schema"]) {
            panic!("{told}: {why}");
        }
        if answer.status.as_u16() >= 400 {
            assert_eq!(value["status"], answer.status.as_u16(), "{told}");
            assert_ne!(value["title"], "", "{told}");
        }
        value
    }

    /// Whether a value has a schema's shape: JSON Schema 2020-12 as far as the description uses it, and no field that
    /// it does not name.
    fn fits(&self, value: &Value, schema: &Value) -> Result<(), String> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            let named = &self.description["components"]["schemas"][name];
            assert!(named.is_object(), "the description lacks {name}");
            return self
                .fits(value, named)
                .map_err(|why| format!("{name}: {why}"));
        }
        if let Some(all) = schema["allOf"].as_array() {
            return all.iter().try_for_each(|one| self.fits(value, one));
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(any) = schema[word].as_array() {
                let tried: Vec<_> = any.iter().map(|one| self.fits(value, one)).collect();
                let fits = tried.iter().any(Result::is_ok);
                return if fits {
                    Ok(())
                } else {
                    Err(format!("{tried:?}"))
                };
            }
        }
        if let Some(names) = schema["enum"].as_array() {
            return if names.contains(value) {
                Ok(())
            } else {
                Err(format!("{value} is none of {names:?}"))
            };
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        if !kinds.contains(&kind_of(value)) {
            return Err(format!("{value} is not {kinds:?}"));
        }
        self.parts_fit(value, schema)
    }

    fn parts_fit(&self, value: &Value, schema: &Value) -> Result<(), String> {
        for item in value.as_array().into_iter().flatten() {
            self.fits(item, &schema["items"])?;
        }
        let Some(fields) = value.as_object() else {
            return Ok(());
        };
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            if !fields.contains_key(name) {
                return Err(format!("{name} is missing"));
            }
        }
        let described = &schema["properties"];
        for (name, value) in fields {
            if described[name].is_object() {
                self.fits(value, &described[name])
                    .map_err(|why| format!("{name}: {why}"))?;
            }
        }
        Ok(())
    }
}

/// A request that shows this and no cookie.
pub(crate) fn request(method: &Method, path: &str, shows: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, shows)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
