//! What can go wrong with the kinds that speak HTTP: web pages, half a JSON, waits, redirects, answers without end.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use components::{Credential, Error, Options, Settings};
use model::{ComponentKind, Secret};
use sandbox::fault::{Fault, Trouble};

use crate::office::{
    PLAYED, connected, error_of, everybody, paged, played, played_settings, sandbox_of,
};

/// A USP that answers every list with what `list` says, at this base address.
async fn usp_answering(list: axum::routing::MethodRouter) -> Settings {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/usp/v1/users", list);
    tokio::spawn(async move { axum::serve(listener, router).await });
    usp_at(address)
}

fn usp_at(address: String) -> Settings {
    let credential = Credential::Bearer(Secret::new("token"));
    Settings {
        kind: ComponentKind::Usp,
        address,
        credential,
        options: Options::default(),
    }
}

fn json(text: impl Into<Body>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text.into())
}

#[tokio::test]
async fn a_web_page_instead_of_json_is_told_with_its_beginning() {
    let sandbox = sandbox_of(30).await;
    for kind in PLAYED {
        let fault = Fault::always(Trouble::Html).at_page(1);
        sandbox.control().set_faults(played(kind), vec![fault]);
        let error = error_of(&played_settings(&sandbox, kind)).await;
        let Error::NotUnderstood {
            what,
            content_type,
            begins,
        } = &error
        else {
            panic!("{kind:?}: {error}")
        };
        assert!(what.contains("web page"), "{what}");
        assert!(content_type.starts_with("text/html"), "{content_type}");
        assert!(
            begins.starts_with("<!doctype html><title>Sign in"),
            "{begins}"
        );
        assert!(begins.chars().count() <= 80 && error.hint().contains("address"));
    }
}

#[tokio::test]
async fn half_a_json_is_told_as_such() {
    let sandbox = sandbox_of(30).await;
    for kind in PLAYED {
        sandbox.control().set_faults(
            played(kind),
            vec![Fault::always(Trouble::HalfJson).at_page(1)],
        );
        let error = error_of(&played_settings(&sandbox, kind)).await;
        let Error::NotUnderstood { what, begins, .. } = &error else {
            panic!("{kind:?}: {error}")
        };
        assert!(what.contains("ends in the middle"), "{what}");
        assert!(begins.starts_with("{\"items\":["), "{begins}");
    }
}

#[tokio::test]
async fn an_answer_to_a_question_for_secrets_is_never_shown() {
    let sandbox = sandbox_of(5).await;
    let settings = played_settings(&sandbox, ComponentKind::ClientService);
    let fault = Fault::always(Trouble::HalfJson).at_path("/client-service/oauth");
    sandbox
        .control()
        .set_faults(played(ComponentKind::ClientService), vec![fault]);
    let error = error_of(&settings).await;
    assert!(
        matches!(&error, Error::NotUnderstood { begins, .. } if begins.is_empty()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let sandbox = sandbox_of(5).await;
    for kind in PLAYED {
        for status in [429, 503] {
            let busy = Trouble::Status {
                status,
                retry_after: Some("120".into()),
            };
            sandbox
                .control()
                .set_faults(played(kind), vec![Fault::always(busy)]);
            let error = error_of(&played_settings(&sandbox, kind)).await;
            assert!(
                matches!(error, Error::Throttled { retry_after_s: 120 }),
                "{kind:?}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn a_short_wait_is_kept_and_then_the_page_is_read() {
    let sandbox = sandbox_of(5).await;
    let kind = ComponentKind::Usp;
    let busy = |times| {
        let trouble = Trouble::Status {
            status: 429,
            retry_after: Some("1".into()),
        };
        sandbox
            .control()
            .set_faults(played(kind), vec![Fault::always(trouble).times(times)]);
    };
    busy(1);
    assert!(
        connected(&played_settings(&sandbox, kind))
            .page(None)
            .await
            .is_ok()
    );
    busy(100);
    let error = error_of(&played_settings(&sandbox, kind)).await;
    assert!(
        matches!(error, Error::Throttled { retry_after_s: 1 }),
        "{error}"
    );
    assert_eq!(
        sandbox.control().list_faults(played(kind))[0].times,
        Some(97),
        "three tries, no more"
    );
}

#[tokio::test]
async fn an_expired_token_of_the_client_service_is_renewed() {
    let sandbox = sandbox_of(60).await;
    let settings = paged(played_settings(&sandbox, ComponentKind::ClientService), 20);
    let mut component = connected(&settings);
    let first = component.page(None).await.unwrap();
    sandbox.control().expire_tokens();
    let second = component.page(first.next.as_deref()).await.unwrap();
    assert_eq!(
        second.records,
        everybody(&settings).await[20..][..second.records.len()]
    );
}

#[tokio::test]
async fn the_client_service_is_shown_its_token_and_not_asked_for_one_each_page() {
    let sandbox = sandbox_of(60).await;
    let kind = ComponentKind::ClientService;
    let mut component = connected(&paged(played_settings(&sandbox, kind), 20));
    let first = component.page(None).await.unwrap();
    let no_more_tokens = Fault::always(Trouble::Down).at_path("/client-service/oauth");
    sandbox
        .control()
        .set_faults(played(kind), vec![no_more_tokens]);
    assert!(component.page(first.next.as_deref()).await.is_ok());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = usp_answering(get(async || json(r#"{"items":[]}"#))).await;
    let target = format!("{}/usp/v1/users", other.address);
    let settings = usp_answering(get(async move || Redirect::temporary(&target))).await;
    let error = error_of(&settings).await;
    assert!(
        matches!(error, Error::Status { status: 307, .. }),
        "{error}"
    );
    assert!(error.hint().contains("redirects"));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_at_the_limit() {
    let settings = usp_answering(get(async || json(vec![b' '; (32 << 20) + 1]))).await;
    let error = error_of(&settings).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let many = format!("{{\"items\":[{}1]}}", "1,".repeat(10_000));
    let settings = usp_answering(get(async move || json(many.clone()))).await;
    let error = error_of(&settings).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_page_that_names_itself_as_the_next_one_is_the_end() {
    let settings = usp_answering(get(async || json(r#"{"items":[],"next":"again"}"#))).await;
    let mut component = connected(&settings);
    let first = component.page(None).await.unwrap();
    let error = component.page(first.next.as_deref()).await.unwrap_err();
    assert!(matches!(error, Error::NotUnderstood { .. }), "{error}");
}

#[tokio::test]
async fn the_words_of_an_error_answer_are_shown_cleaned() {
    let said = "{\"error\":\"disk\\r\\nfull\"}";
    let settings =
        usp_answering(get(async move || (StatusCode::INTERNAL_SERVER_ERROR, said))).await;
    let error = error_of(&settings).await;
    assert_eq!(error.to_string(), "it answers with status 500: disk  full");
}

#[tokio::test]
async fn the_path_of_the_address_is_kept_and_the_client_names_itself() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/behind/a/proxy", listener.local_addr().unwrap());
    let list = async |headers: HeaderMap| {
        let agent = headers[header::USER_AGENT].to_str().unwrap().to_owned();
        json(format!(
            "{{\"items\":[{{\"id\":\"{agent}\",\"lastName\":\"L\"}}]}}"
        ))
    };
    let router = Router::new().route("/behind/a/proxy/usp/v1/users", get(list));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let records = everybody(&usp_at(address)).await;
    assert!(
        records[0].source_id.starts_with("rollcall/"),
        "{}",
        records[0].source_id
    );
}
