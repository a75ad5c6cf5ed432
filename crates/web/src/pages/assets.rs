//! Styles and behaviour, under addresses that change with their content.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console::assets;

/// `GET /assets/{path}`
pub(crate) async fn get(Path(path): Path<String>) -> Response {
    let Some(asset) = assets::get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, assets::CACHE_CONTROL),
    ];
    (headers, asset.bytes.into_owned()).into_response()
}
