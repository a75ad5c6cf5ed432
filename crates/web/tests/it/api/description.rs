//! The description against the routes, one way and the other.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};

use super::described::Program;

#[tokio::test]
async fn every_described_route_is_routed() {
    let program = Program::open().await;
    let operations = program.operations();
    assert!(operations.len() > 25, "{}", operations.len());
    for operation in operations {
        // An id that is none: whoever is routed says so; whoever is not does not know the address or the method.
        let answer = program
            .send(&operation.method, &operation.at(&["-", "-"]), None)
            .await;
        let (method, path) = (&operation.method, &operation.path);
        assert_ne!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_ne!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn every_route_is_described() {
    let program = Program::open().await;
    let described: BTreeSet<String> = program
        .operations()
        .into_iter()
        .map(|operation| operation.path)
        .collect();
    // The router names its routes when it is printed for debugging.
    let printed = program.office.routes();
    let routed: BTreeSet<String> = printed
        .split('"')
        .filter_map(|text| text.strip_prefix("/api/v1"))
        .filter(|path| *path != "/openapi.json")
        .map(str::to_owned)
        .collect();
    assert!(routed.len() > 15, "{printed}");
    assert_eq!(routed, described);
    for path in &routed {
        for method in [
            Method::GET,
            Method::PUT,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
        ] {
            let known = program
                .operations()
                .iter()
                .any(|op| op.path == *path && op.method == method);
            let address = path.replace("{id}", "-").replace("{record}", "-");
            let address = address.replace("{entry}", "-");
            let status = program.send(&method, &address, None).await.status;
            assert_eq!(
                status != StatusCode::METHOD_NOT_ALLOWED,
                known,
                "{method} {path}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn the_description_is_served_as_it_is() {
    let program = Program::open().await;
    let answer = program.send(&Method::GET, "/openapi.json", None).await;
    let served: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(served, program.description);
}
