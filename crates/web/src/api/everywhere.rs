//! What every route may answer beside its own answers: who asks is not known, or what is asked cannot be read.

use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, PathItem},
};

/// Adds these answers to every operation, and the right kind of document to every problem.
pub(super) fn describe(api: &mut OpenApi) {
    for item in api.paths.paths.values_mut() {
        for operation in operations(item) {
            complete(operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn complete(operation: &mut Operation) {
    let mut add = |status: &str, words: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(words)));
    };
    add("401", "Neither a token nor a session");
    if operation.parameters.is_some() {
        add("400", "A parameter cannot be read");
    }
    if operation.request_body.is_some() {
        add("400", "The body is no JSON");
        add("413", "The body is too large");
        add("415", "The body is not declared as JSON");
        add("422", "The body does not say what is needed");
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            as_problem(response);
        }
    }
}

fn problem(words: &str) -> Response {
    ResponseBuilder::new()
        .description(words)
        .content("application/problem+json", content())
        .build()
}

/// Problems are sent as such (RFC 9457, section 3), whatever the operation said.
fn as_problem(response: &mut Response) {
    response.content.clear();
    response
        .content
        .insert("application/problem+json".to_owned(), RefOr::T(content()));
}

fn content() -> Content {
    Content::new(Some(Ref::from_schema_name("Problem")))
}
