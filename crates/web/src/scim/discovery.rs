//! What this server can do, announced (RFC 7644, section 4; RFC 7643, sections 5 to 7).

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use roster::receive::{ENTERPRISE, PAGE_MAX, USER, schemas as announced};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Parameters, Provider, Refused, answer, base};
use crate::App;

/// Discovery takes no filter (RFC 7644, section 4).
#[derive(Deserialize)]
pub(super) struct Asked {
    filter: Option<String>,
}

impl Asked {
    fn check(&self) -> Result<(), Refused> {
        match self.filter {
            None => Ok(()),
            Some(_) => Err(Refused::new(
                StatusCode::FORBIDDEN,
                "this list takes no filter",
            )),
        }
    }
}

/// `GET /ServiceProviderConfig`
pub(super) async fn configuration(State(app): State<App>, _: Provider) -> Response {
    let unsupported = json!({ "supported": false });
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": PAGE_MAX },
        "changePassword": unsupported,
        "sort": unsupported,
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of the connection that takes the people",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", base(&app)),
        },
    });
    answer(StatusCode::OK, &body)
}

fn user_type(app: &App) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "description": "A person",
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [{ "schema": ENTERPRISE, "required": false }],
        "meta": { "resourceType": "ResourceType", "location": format!("{}/ResourceTypes/User", base(app)) },
    })
}

/// `GET /ResourceTypes`
pub(super) async fn resource_types(
    State(app): State<App>,
    _: Provider,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Refused> {
    asked.check()?;
    Ok(answer(StatusCode::OK, &list(&[user_type(&app)])))
}

/// `GET /ResourceTypes/{id}`
pub(super) async fn resource_type(
    State(app): State<App>,
    _: Provider,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let unknown = || Refused::new(StatusCode::NOT_FOUND, "there is no such resource type");
    let found = (id == "User").then(|| user_type(&app));
    Ok(answer(StatusCode::OK, &found.ok_or_else(unknown)?))
}

fn located(app: &App) -> impl Iterator<Item = Value> {
    let base = base(app);
    announced().into_iter().map(move |mut schema| {
        let id = schema["id"].as_str().unwrap_or_default();
        let location = format!("{base}/Schemas/{id}");
        schema["meta"] = json!({ "resourceType": "Schema", "location": location });
        schema
    })
}

/// `GET /Schemas`
pub(super) async fn schemas(
    State(app): State<App>,
    _: Provider,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Refused> {
    asked.check()?;
    let all: Vec<_> = located(&app).collect();
    Ok(answer(StatusCode::OK, &list(&all)))
}

/// `GET /Schemas/{id}`
pub(super) async fn schema(
    State(app): State<App>,
    _: Provider,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let unknown = || Refused::new(StatusCode::NOT_FOUND, "there is no such schema");
    let found = located(&app).find(|schema| schema["id"].as_str() == Some(&id));
    Ok(answer(StatusCode::OK, &found.ok_or_else(unknown)?))
}

fn list(all: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": all.len(),
        "startIndex": 1,
        "itemsPerPage": all.len(),
        "Resources": all,
    })
}
