//! The way to a token at a remote border gateway, judged by other people's OAuth: `oauthlib` checks what the connector
//! signs, `requests-oauthlib` uses what the sandbox serves, and only then the two meet.

use std::collections::HashMap;

use components::{
    Access, Component, Credential, Error, Options, Settings, authorization, connect,
    oauth::{SignatureMethod, Signer, Token},
};
use model::{
    ComponentKind, Env, Record, Secret, Timestamp,
    clock::{Clock, SystemEntropy},
};
use peers::OauthProvider;
use sandbox::Sandbox;

use crate::office::sandbox_of;

const METHODS: [SignatureMethod; 2] = [SignatureMethod::HmacSha1, SignatureMethod::HmacSha256];
const CALLBACK: &str = "http://127.0.0.1:9/oauth/callback?state=a%20b";

/// The machine's clock, set wrong by so many seconds.
struct OffBy(i64);

impl Clock for OffBy {
    fn now(&self) -> Timestamp {
        Timestamp(sandbox::clock::Clock::of_the_machine().now_ms()).plus_s(self.0)
    }
}

fn settings(address: &str, method: SignatureMethod, off_by_s: i64) -> Settings {
    Settings {
        kind: ComponentKind::Mbg,
        address: address.to_owned(),
        credential: Credential::Signed(Signer {
            client: "rollcall".to_owned(),
            client_secret: Secret::new(""),
            token: None,
            method,
            env: Env::new(OffBy(off_by_s), SystemEntropy),
        }),
        options: Options {
            access: Access::Remote,
            ..Options::default()
        },
    }
}

/// The same settings with a token.
fn with(mut settings: Settings, token: Token) -> Settings {
    if let Credential::Signed(signer) = &mut settings.credential {
        signer.token = Some(token);
    }
    settings
}

fn remote(sandbox: &Sandbox) -> Settings {
    settings(&sandbox.remote_mbg().url, SignatureMethod::HmacSha1, 0)
}

/// Signs in at the window of a request token and decides: the address that the person is sent back to, by its parameters.
async fn decide(
    sandbox: &Sandbox,
    settings: &Settings,
    request: &Token,
    decision: &str,
) -> HashMap<String, String> {
    let window = authorization::window(settings, &request.id).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let gateway = sandbox.remote_mbg();
    let who = [
        ("oauth_token", request.id.as_str()),
        ("user", &gateway.user),
        ("password", gateway.password.expose()),
    ];
    let page = http.post(window.clone()).form(&who).send().await.unwrap();
    let page = page.text().await.unwrap();
    let (_, ticket) = page.split_once("name=\"ticket\" value=\"").unwrap();
    let (ticket, _) = ticket.split_once('"').unwrap();
    let form = [
        ("oauth_token", request.id.as_str()),
        ("ticket", ticket),
        ("decision", decision),
    ];
    let back = http.post(window).form(&form).send().await.unwrap();
    let back = back.headers()["location"].to_str().unwrap();
    let back = url::Url::parse(back).unwrap();
    back.query_pairs().into_owned().collect()
}

/// Takes the whole way to a token.
async fn authorized(sandbox: &Sandbox) -> Settings {
    let settings = remote(sandbox);
    let request = authorization::request(&settings, CALLBACK).await.unwrap();
    let back = decide(sandbox, &settings, &request, "authorize").await;
    assert_eq!(back["state"], "a b");
    assert_eq!(back["oauth_token"], request.id);
    let asking = with(settings.clone(), request);
    let granted = authorization::exchange(&asking, &back["oauth_verifier"])
        .await
        .unwrap();
    assert_eq!(granted.expires_in_s, Some(365 * 86_400));
    with(settings, granted.token)
}

fn open(settings: &Settings) -> Box<dyn Component> {
    connect(settings).unwrap()
}

#[tokio::test]
async fn oauthlib_takes_every_request_that_the_connector_signs() {
    crate::office::use_ring();
    for method in METHODS {
        let provider = OauthProvider::start().await.unwrap();
        let settings = settings(&provider.url(), method, 0);
        let request = authorization::request(&settings, CALLBACK).await;
        let request =
            request.unwrap_or_else(|why| panic!("{method:?}: {why}\n{}", provider.output()));
        let asking = with(settings.clone(), request);
        let wrong = authorization::exchange(&asking, "another verifier").await;
        assert!(matches!(wrong, Err(Error::Refused { .. })), "{wrong:?}");
        let granted = authorization::exchange(&asking, OauthProvider::VERIFIER).await;
        let granted =
            granted.unwrap_or_else(|why| panic!("{method:?}: {why}\n{}", provider.output()));
        let mut gateway = open(&with(settings.clone(), granted.token.clone()));
        let first = gateway.page(None).await.unwrap();
        let cursor = first.next.as_deref().unwrap();
        let last = gateway.page(Some(cursor)).await.unwrap();
        assert_eq!(
            (first.records.len(), last.records.len(), last.next),
            (1, 1, None)
        );
        let forged = Token {
            secret: Secret::new("forged"),
            ..granted.token
        };
        let refused = open(&with(settings, forged)).page(None).await;
        assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn requests_oauthlib_takes_the_whole_way_at_the_sandbox() {
    let sandbox = sandbox_of(40).await;
    for method in METHODS {
        let gateway = sandbox.remote_mbg();
        let seen = peers::oauth_client(
            &gateway.url,
            &gateway.user,
            gateway.password.expose(),
            method.name(),
        )
        .await
        .unwrap();
        let expected = serde_json::json!({
            "confirmed": "true", "wrong_password": 401, "state": "a b", "expires_in": "31536000", "devices": 200,
            "odd_query": 404, "hash": {"error": "number-not-addressable"}, "forged": {"error": "signature_invalid"},
            "unsigned": 401,
        });
        assert_eq!(seen, expected, "{method:?}");
    }
}

#[tokio::test]
async fn an_authorized_remote_gateway_tells_the_same_records_as_the_local_one() {
    let sandbox = sandbox_of(40).await;
    let mut here = connect(&crate::office::played_settings(
        &sandbox,
        ComponentKind::Mbg,
    ))
    .unwrap();
    let mut there = open(&authorized(&sandbox).await);
    assert_eq!(
        there.page(None).await.unwrap().records,
        here.page(None).await.unwrap().records
    );
    let nodes = there.cluster().await.unwrap();
    assert_eq!(nodes.len(), 2);
    assert!(model::cluster::is_same(
        &nodes,
        &here.cluster().await.unwrap()
    ));
}

#[tokio::test]
async fn a_number_with_a_hash_is_read_over_a_local_connection_and_refused_over_a_remote_one() {
    let sandbox = sandbox_of(40).await;
    let mut here = connect(&crate::office::played_settings(
        &sandbox,
        ComponentKind::Mbg,
    ))
    .unwrap();
    let mut there = open(&authorized(&sandbox).await);
    let some = here.page(None).await.unwrap().records[0].clone();
    let renumbered = serde_json::json!({ "directoryNumber": "1#001" });
    let kind = sandbox::component::Kind::Mbg;
    assert!(
        sandbox
            .control()
            .change_record(kind, &some.source_id, &renumbered)
    );
    let known = Record {
        directory_number: "1#001".to_owned(),
        ..some.clone()
    };
    let local = here.one(&known).await.unwrap().unwrap();
    assert_eq!(
        (local.source_id, local.directory_number),
        (some.source_id.clone(), "1#001".to_owned())
    );
    let refused = there.one(&known).await.unwrap_err();
    assert!(matches!(refused, Error::NotAddressable), "{refused}");
    for way in ["write * for #", "local connection with clustered"] {
        assert!(refused.hint().contains(way), "{}", refused.hint());
    }
    let starred = serde_json::json!({ "directoryNumber": "1*001" });
    assert!(
        sandbox
            .control()
            .change_record(kind, &some.source_id, &starred)
    );
    let known = Record {
        directory_number: "1*001".to_owned(),
        ..some
    };
    assert!(there.one(&known).await.unwrap().is_some());
}

#[tokio::test]
async fn what_stops_an_authorization_is_told_by_its_name() {
    let sandbox = sandbox_of(5).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closed = settings(&format!("http://{nobody}"), SignatureMethod::HmacSha1, 0);
    let error = authorization::request(&closed, CALLBACK).await.unwrap_err();
    assert!(matches!(error, Error::NotStarted { .. }), "{error}");
    let late = settings(&sandbox.remote_mbg().url, SignatureMethod::HmacSha1, -3600);
    let error = authorization::request(&late, CALLBACK).await.unwrap_err();
    assert!(
        matches!(error, Error::ClockDiffers { by_s: 3598..=3602 }),
        "{error}"
    );
    let settings = remote(&sandbox);
    let request = authorization::request(&settings, CALLBACK).await.unwrap();
    let back = decide(&sandbox, &settings, &request, "refuse").await;
    assert_eq!(back["oauth_problem"], "permission_denied");
    let error = authorization::exchange(&with(settings, request), "guess")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[tokio::test]
async fn an_authorization_that_ended_or_was_withdrawn_is_told_by_its_name() {
    let sandbox = sandbox_of(5).await;
    let mut gateway = open(&authorized(&sandbox).await);
    sandbox.control().expire_authorizations();
    let error = gateway.page(None).await.unwrap_err();
    assert!(matches!(error, Error::Expired), "{error}");
    sandbox.control().revoke_authorizations();
    let error = gateway.page(None).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[test]
fn the_window_is_on_the_components_own_host() {
    crate::office::use_ring();
    let settings = settings(
        "https://mbg.example.org:8443/edge",
        SignatureMethod::HmacSha1,
        0,
    );
    let window = authorization::window(&settings, "a&b=c").unwrap();
    assert_eq!(
        window.as_str(),
        "https://mbg.example.org:8443/edge/oauth/authorize?oauth_token=a%26b%3Dc"
    );
}
