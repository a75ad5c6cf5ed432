//! What the API says to those who may not ask, ask for nothing that is there, or cannot be understood.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use super::described::{Operation, Program, request};

/// An id of each form that nothing has.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

fn unknown(operation: &Operation) -> String {
    if operation.path.starts_with("/mail-templates") {
        return format!("{}?profile={NOBODY}", operation.at(&["en"]));
    }
    let number = operation.path.starts_with("/entries");
    let second = if operation.path.starts_with("/users") {
        NOBODY
    } else {
        "999999"
    };
    operation.at(&[if number { "999999" } else { NOBODY }, second])
}

/// A body that the operation takes.
fn body(operation: &Operation) -> Option<Value> {
    let wanted = match (operation.method.as_str(), operation.path.as_str()) {
        ("PUT", "/profiles/{id}") => {
            json!({"name": "Office", "settings": {"sip_domain": "pbx.example.org", "link_mode": "direct"}})
        }
        ("POST", "/profiles/{id}/copies") => json!({"name": "Home"}),
        ("POST", "/profiles/{id}/restorations" | "/mail-templates/{language}/restorations") => {
            json!({"version": 1})
        }
        ("PUT", "/jobs/{id}/wave") => json!({"per_hour": 40}),
        ("PATCH", "/connections/{id}") => json!({"paused": true}),
        ("PATCH", "/users/{id}") => json!({"language": "en"}),
        ("POST", "/connections/{id}/departures") => json!({"count": 1}),
        ("PUT", "/precedence/{field}") => json!({"kinds": ["ldap"], "dry_run": true}),
        ("POST", "/scans") => json!({"connection": NOBODY}),
        (
            "POST",
            "/imports" | "/deployments" | "/suspensions" | "/resumptions" | "/syncs"
            | "/profile-changes" | "/language-changes" | "/deletions",
        ) => {
            json!({"plan": NOBODY})
        }
        ("POST", "/import-plans") => json!({"selection": {"all": true}, "profile": NOBODY}),
        ("PUT", "/mail-templates/{language}") | ("POST", "/mail-templates/{language}/previews") => {
            json!({"subject": "Hello", "text": "{{ link }}", "html": "{{ link }}"})
        }
        ("POST", "/mail-templates/{language}/tests") => json!({"to": "me@example.org"}),
        _ => return None,
    };
    Some(wanted)
}

#[tokio::test]
async fn without_a_token_every_route_answers_401_and_tells_how_to_get_in() {
    let program = Program::open().await;
    for operation in program.operations() {
        for token in ["", "Bearer wrong", "Basic Z3JhY2U6eA=="] {
            let path = unknown(&operation);
            let request = request(&operation.method, &path, token);
            let answer = program
                .office
                .ask(request.body(Body::empty()).unwrap())
                .await;
            let problem = program.hold(&operation, &answer);
            assert_eq!(problem["status"], 401, "{path}");
            assert!(
                problem["hint"].as_str().unwrap().contains("Bearer"),
                "{problem}"
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn an_id_that_nothing_has_answers_404_with_a_hint() {
    let program = Program::open().await;
    for operation in program.operations() {
        let body = body(&operation);
        if !operation.has_ids() && body.is_none() {
            continue;
        }
        let body = body.map(|value| value.to_string());
        let answer = program
            .send(&operation.method, &unknown(&operation), body.as_deref())
            .await;
        let problem = program.hold(&operation, &answer);
        let (method, path) = (&operation.method, &operation.path);
        assert_eq!(problem["status"], 404, "{method} {path}: {problem}");
        assert_ne!(
            problem["hint"].as_str().unwrap_or_default(),
            "",
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_none_answers_400_with_a_hint() {
    let program = Program::open().await;
    for operation in program.operations().into_iter().filter(Operation::has_ids) {
        let path = operation.at(&["seven", "eight"]);
        let answer = program.send(&operation.method, &path, None).await;
        let problem = program.hold(&operation, &answer);
        assert_eq!(problem["status"], 400, "{path}");
        assert_ne!(problem["hint"].as_str().unwrap_or_default(), "", "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_or_no_object_is_refused_by_every_route_that_takes_one() {
    let program = Program::open().await;
    let taking = program
        .operations()
        .into_iter()
        .filter(Operation::takes_a_body);
    for operation in taking {
        let path = unknown(&operation);
        for (text, status) in [("{", 400), ("[\"x\"]", 422), ("7", 422)] {
            let answer = program.send(&operation.method, &path, Some(text)).await;
            let problem = program.hold(&operation, &answer);
            assert_eq!(problem["status"], status, "{path} {text}: {problem}");
            assert_ne!(problem["hint"].as_str().unwrap_or_default(), "", "{path}");
        }
        let answer = program.send(&operation.method, &path, None).await;
        assert_eq!(program.hold(&operation, &answer)["status"], 415, "{path}");
    }
}

/// Posts a body that is refused; the fields that the problem names.
async fn fields(program: &Program, call: &str, body: Value) -> Vec<String> {
    let problem = program.ask(call, &[], "", Some(body), 422).await;
    let rows = problem["rows"].as_array().cloned().unwrap_or_default();
    let names = rows
        .iter()
        .map(|row| row["field"].as_str().unwrap().to_owned());
    names.collect()
}

#[tokio::test]
async fn a_body_with_a_bad_field_is_refused_by_its_name() {
    let program = Program::open().await;
    let profiles = "POST /profiles";
    let wrong_kind = json!({"name": "x", "settings": {"client": "fax"}});
    assert_eq!(
        fields(&program, profiles, wrong_kind).await,
        ["settings.client"]
    );
    assert_eq!(
        fields(&program, profiles, json!({"settings": {}})).await,
        ["name"]
    );
    let settings = json!({"sip_domain": "pbx.example.org", "link_mode": "direct"});
    let empty = json!({"name": " ", "settings": settings});
    assert_eq!(fields(&program, profiles, empty).await, ["name"]);
    let connections = "POST /connections";
    let kind = json!({"name": "x", "kind": "fax", "address": "https://x.example.org"});
    assert_eq!(fields(&program, connections, kind).await, ["kind"]);
    let address = json!({"name": "x", "kind": "usp", "address": "no address", "secret": "s"});
    assert_eq!(fields(&program, connections, address).await, ["address"]);
    let plan = json!({"plan": "seven"});
    assert_eq!(fields(&program, "POST /imports", plan).await, ["plan"]);
    assert_eq!(fields(&program, "POST /imports", json!({})).await, ["plan"]);
}

#[tokio::test]
async fn a_bad_parameter_of_a_list_answers_400_and_names_it() {
    let program = Program::open().await;
    for (path, query) in [
        ("/entries", "?limit=many"),
        ("/users", "?limit=1.5"),
        ("/jobs", "?before=yesterday"),
        ("/audit", "?before=x"),
    ] {
        let call = format!("GET {path}");
        let problem = program.ask(&call, &[], query, None, 400).await;
        let field = query.trim_start_matches('?').split('=').next().unwrap();
        assert_eq!(problem["rows"][0]["field"], field, "{problem}");
    }
    for (path, query) in [
        ("/entries", "?filter=colour%3Dred"),
        ("/entries", "?sort=age"),
        ("/users", "?sort=--name"),
    ] {
        program
            .ask(&format!("GET {path}"), &[], query, None, 400)
            .await;
    }
}

#[tokio::test]
async fn a_selection_of_nothing_and_both_of_two_choices_are_refused() {
    let program = Program::open().await;
    let nobody = json!({"selection": {"ids": []}});
    program.post("/import-plans", nobody.clone(), 422).await;
    program.post("/deployments", nobody, 422).await;
    let false_all = json!({"selection": {"all": false}});
    program.post("/import-plans", false_all, 422).await;
    program.post("/deployments", json!({}), 400).await;
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let program = Program::open().await;
    let long = format!("{{\"plan\": \"{}\"}}", "x".repeat(3 << 20));
    let answer = program.send(&Method::POST, "/imports", Some(&long)).await;
    assert_eq!(answer.status, 413);
}
