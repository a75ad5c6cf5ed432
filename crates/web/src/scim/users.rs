//! `/Users` (RFC 7644, sections 3.3 to 3.6): people pushed, changed, asked for and removed.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use roster::receive::{self, PAGE_MAX, User};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Parameters, Provider, Refused, Told, answer, base, tags};
use crate::App;

/// Which users, and which attributes of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Asked {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

/// The same in the body of a search, where attributes are a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Vec<String>,
    excluded_attributes: Vec<String>,
}

impl Asked {
    /// A resource with the attributes that were asked for (RFC 7644, section 3.9); `id`, `schemas` and `meta` always stay.
    fn shown(&self, mut resource: Map<String, Value>) -> Value {
        let names = |list: &Option<String>| {
            let list = list
                .as_deref()
                .map(|list| list.split(',').map(plain).collect());
            list.filter(|list: &Vec<String>| !list.is_empty())
        };
        let always = |name: &str| matches!(name, "id" | "schemas" | "meta");
        if let Some(wanted) = names(&self.attributes) {
            resource.retain(|name, value| always(name) || keeps(&wanted, name, value));
        } else if let Some(unwanted) = names(&self.excluded_attributes) {
            resource.retain(|name, value| always(name) || !drops(&unwanted, name, value));
        }
        Value::Object(resource)
    }
}

/// An attribute's name without that of the core schema, in lower case.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let core = format!("{}:", receive::USER.to_lowercase());
    name.strip_prefix(&core).unwrap_or(&name).to_owned()
}

/// The parts of an attribute that a list names, where it does not name it as a whole.
fn parts<'n>(names: &'n [String], name: &str) -> Vec<&'n str> {
    let name = name.to_lowercase();
    let rest = |known: &'n String| known.strip_prefix(&name)?.strip_prefix(['.', ':']);
    names.iter().filter_map(rest).collect()
}

fn keeps(wanted: &[String], name: &str, value: &mut Value) -> bool {
    if wanted.contains(&name.to_lowercase()) {
        return true;
    }
    let parts = parts(wanted, name);
    retain(value, |part| parts.contains(&part));
    !parts.is_empty()
}

fn drops(unwanted: &[String], name: &str, value: &mut Value) -> bool {
    let parts = parts(unwanted, name);
    retain(value, |part| !parts.contains(&part));
    unwanted.contains(&name.to_lowercase())
}

fn retain(value: &mut Value, keep: impl Fn(&str) -> bool + Copy) {
    match value {
        Value::Object(parts) => parts.retain(|part, _| keep(&part.to_lowercase())),
        Value::Array(many) => many.iter_mut().for_each(|one| retain(one, keep)),
        _ => {}
    }
}

fn resource(app: &App, user: &User) -> Map<String, Value> {
    let mut resource = user.resource();
    if let Some(Value::Object(meta)) = resource.get_mut("meta") {
        meta.insert("location".to_owned(), location(app, user).into());
    }
    resource
}

fn location(app: &App, user: &User) -> String {
    format!("{}/Users/{}", base(app), user.pushed.id)
}

/// One user with its location and entity tag.
fn one(app: &App, status: StatusCode, user: &User, asked: &Asked) -> Response {
    let mut answer = answer(status, &asked.shown(resource(app, user)));
    let text = |text: &str| HeaderValue::from_str(text).expect("an address or a number");
    let headers = answer.headers_mut();
    headers.insert(header::ETAG, text(&user.version()));
    headers.insert(header::LOCATION, text(&location(app, user)));
    answer
}

/// `GET /Users`
pub(super) async fn list(
    State(app): State<App>,
    Provider(to): Provider,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Refused> {
    page(&app, &to, &asked).await
}

/// `POST /Users/.search`
pub(super) async fn search(
    State(app): State<App>,
    Provider(to): Provider,
    Told(told): Told,
) -> Result<Response, Refused> {
    let search = serde_json::from_value::<Search>(told).map_err(|why| {
        let detail = format!("it is no search: {why}");
        Refused::new(StatusCode::BAD_REQUEST, &detail)
    })?;
    let joined = |names: Vec<String>| (!names.is_empty()).then(|| names.join(","));
    let asked = Asked {
        filter: search.filter,
        start_index: search.start_index,
        count: search.count,
        attributes: joined(search.attributes),
        excluded_attributes: joined(search.excluded_attributes),
    };
    page(&app, &to, &asked).await
}

async fn page(app: &App, to: &receive::Receiver, asked: &Asked) -> Result<Response, Refused> {
    let query = receive::Query {
        filter: asked.filter.as_deref(),
        start: asked.start_index.unwrap_or(1).max(1),
        count: asked.count.unwrap_or(PAGE_MAX),
    };
    let listed = receive::list(&app.store, to, &query).await?;
    let shown: Vec<_> = listed
        .users
        .iter()
        .map(|user| asked.shown(resource(app, user)))
        .collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": listed.total,
        "startIndex": query.start,
        "itemsPerPage": shown.len(),
        "Resources": shown,
    });
    Ok(answer(StatusCode::OK, &body))
}

/// `POST /Users`
pub(super) async fn create(
    State(app): State<App>,
    Provider(to): Provider,
    Parameters(asked): Parameters<Asked>,
    Told(told): Told,
) -> Result<Response, Refused> {
    let user = receive::create(&app.store, &to, &told).await?;
    Ok(one(&app, StatusCode::CREATED, &user, &asked))
}

/// `GET /Users/{id}`
pub(super) async fn get(
    State(app): State<App>,
    Provider(to): Provider,
    Path(id): Path<String>,
    Parameters(asked): Parameters<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let user = receive::get(&app.store, &to, known(&id)?).await?;
    let is_known = tags(&headers, header::IF_NONE_MATCH).is_some_and(|tags| user.is_version(tags));
    if is_known {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(one(&app, StatusCode::OK, &user, &asked))
}

/// `PUT /Users/{id}`
pub(super) async fn replace(
    State(app): State<App>,
    Provider(to): Provider,
    Path(id): Path<String>,
    Parameters(asked): Parameters<Asked>,
    headers: HeaderMap,
    Told(told): Told,
) -> Result<Response, Refused> {
    let (id, version) = (known(&id)?, tags(&headers, header::IF_MATCH));
    let user = receive::replace(&app.store, &to, id, version, &told).await?;
    Ok(one(&app, StatusCode::OK, &user, &asked))
}

/// `PATCH /Users/{id}`
pub(super) async fn patch(
    State(app): State<App>,
    Provider(to): Provider,
    Path(id): Path<String>,
    Parameters(asked): Parameters<Asked>,
    headers: HeaderMap,
    Told(told): Told,
) -> Result<Response, Refused> {
    let (id, version) = (known(&id)?, tags(&headers, header::IF_MATCH));
    let user = receive::patch(&app.store, &to, id, version, &told).await?;
    Ok(one(&app, StatusCode::OK, &user, &asked))
}

/// `DELETE /Users/{id}`
pub(super) async fn remove(
    State(app): State<App>,
    Provider(to): Provider,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    let (id, version) = (known(&id)?, tags(&headers, header::IF_MATCH));
    receive::remove(&app.store, &to, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An id that this server gave; any other is nobody's.
fn known(id: &str) -> Result<Uuid, Refused> {
    id.parse().map_err(|_| receive::Error::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let resource = json!({
            "id": "1", "userName": "ada", "name": { "familyName": "L", "givenName": "A" },
            "emails": [{ "value": "a@b.org", "type": "work" }], receive::ENTERPRISE: { "department": "R" },
        });
        let asked = Asked {
            attributes: attributes.map(str::to_owned),
            excluded_attributes: excluded.map(str::to_owned),
            ..Asked::default()
        };
        let Value::Object(resource) = resource else {
            unreachable!("it is written as an object")
        };
        asked.shown(resource)
    }

    #[test]
    fn only_what_is_asked_for_is_shown_and_the_id_always() {
        let core = format!("{}:USERNAME, name.familyName,emails.value", receive::USER);
        let expected = json!({
            "id": "1", "userName": "ada", "name": { "familyName": "L" }, "emails": [{ "value": "a@b.org" }],
        });
        assert_eq!(shown(Some(&core), None), expected);
        let department = format!("{}:department", receive::ENTERPRISE);
        let expected = json!({ "id": "1", receive::ENTERPRISE: { "department": "R" } });
        assert_eq!(shown(Some(&department), None), expected);
    }

    #[test]
    fn what_is_excluded_is_not_shown() {
        let told = shown(None, Some("id,emails,name.givenName"));
        assert_eq!(
            (&told["id"], &told["name"]),
            (&json!("1"), &json!({ "familyName": "L" }))
        );
        assert_eq!(told.get("emails"), None);
    }
}
