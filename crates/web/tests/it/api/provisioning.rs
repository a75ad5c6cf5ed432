//! Fixed addresses for clients whose makers know them, as such a client meets them.

use axum::http::StatusCode;
use model::{ClientKind, DeploymentId, LinkMode, Secret, ticket::LinkHash};
use serde_json::{Value, json};
use store::{
    deployments::{self, New},
    devices,
    secrets::{self, Purpose},
};

use super::described::Program;
use crate::harness::{Answer, START};

/// A person with an account, under a profile for this client, and a ticket for one device.
pub(super) async fn offered(program: &Program, client: ClientKind, ticket: &str) -> String {
    let profile = json!({"name": client.title(), "settings": {
        "sip_domain": "pbx.example.org", "client": client.name(), "link_mode": "direct", "provider_id": "ROLLCALL",
    }});
    let profile = program
        .ask("POST /profiles", &[], "", Some(profile), 201)
        .await;
    let person = json!({
        "last_name": "Lovelace", "email": "ada@example.org", "profile": profile["id"], "sip_user": "ada",
        "sip_password": "Sesame-1",
    });
    let person = program.ask("POST /users", &[], "", Some(person), 201).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let user = text(&person["id"]);
    let store = &program.office.store;
    let tx = store.begin().await.unwrap();
    let sealed = secrets::keep(&tx, Purpose::Ticket, &[Secret::new("{}")]).await;
    let id = DeploymentId::new(store.env());
    let new = New {
        id,
        user: user.parse().unwrap(),
        reason: "deploy".to_owned(),
        profile: text(&profile["id"]).parse().unwrap(),
        profile_version: 1,
        ticket: LinkHash::of(ticket),
        code_mac: [0; 32],
        secret: sealed.unwrap()[0],
        link_mode: LinkMode::Direct,
        language: "en".to_owned(),
        template: None,
        message_id: format!("{id}@example.org"),
        places: 1,
        expires_at: store.env().now().plus_days(7),
        job: None,
    };
    deployments::add(&tx, &[new]).await.unwrap();
    tx.commit().await.unwrap();
    user
}

/// The text of an element.
fn element<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (_, rest) = answer.body.split_once(&open).unwrap();
    rest.split_once(&close).unwrap().0
}

#[tokio::test]
async fn an_acrobits_app_signs_in_by_its_ticket_once_and_by_its_own_login_ever_after() {
    let program = Program::open().await;
    let user = offered(&program, ClientKind::Acrobits, "aTicket").await;
    let office = &program.office;
    for path in ["/p/aTicket", "/d/aTicket", "/prov/zoiper?t=aTicket"] {
        let looked = office.get(path).await;
        assert!(!looked.body.contains("Sesame-1"), "{path}");
    }
    let login = "/prov/acrobits?cloud_username=ticket&cloud_password=";
    let first = office.get(&format!("{login}aTicket")).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(first.header("content-type"), "application/xml");
    assert_eq!(element(&first, "password"), "Sesame-1");
    let (name, word) = (
        element(&first, "cloud_username"),
        element(&first, "cloud_password"),
    );
    let again = format!("/prov/acrobits?cloud_username={name}&cloud_password={word}");
    let second = office.get(&again).await;
    assert_eq!(
        (second.status, second.body),
        (StatusCode::OK, first.body.clone())
    );
    let at_its_link = element(&first, "extProvUrl")
        .strip_prefix("https://phones.example.org")
        .unwrap();
    assert_eq!(office.get(at_its_link).await.body, first.body);

    let used_up = office.get(&format!("{login}aTicket")).await;
    let unknown = office.get(&format!("{login}another")).await;
    let nothing = office.get("/prov/acrobits").await;
    for refused in [&used_up, &unknown, &nothing] {
        assert_eq!(refused.status, StatusCode::GONE);
        assert_eq!(refused.body, unknown.body, "all look the same");
        assert_eq!(refused.headers, unknown.headers);
    }
    assert!(element(&unknown, "message").contains("Ask for a new one"));

    let tx = office.store.begin().await.unwrap();
    let of_user = devices::of_user(&office.store, user.parse().unwrap())
        .await
        .unwrap();
    devices::revoke(&tx, &[user.parse().unwrap()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(of_user[0].client, ClientKind::Acrobits);
    assert_eq!(office.get(&again).await.body, unknown.body);
}

#[tokio::test]
async fn zoiper_gets_a_login_at_the_token_address() {
    let program = Program::open().await;
    offered(&program, ClientKind::Zoiper, "aToken").await;
    let office = &program.office;
    let posted = office.post("/p/aToken", &[]).await;
    assert_eq!(posted.status, StatusCode::GONE);
    let login = office.get("/prov/zoiper?t=aToken").await;
    assert_eq!(login.status, StatusCode::OK, "{}", login.body);
    assert_eq!(element(&login, "username"), "ada");
    assert_eq!(element(&login, "password"), "Sesame-1");
    assert_eq!(
        office.get("/prov/zoiper?t=aToken").await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_program_gets_json_by_a_post_of_its_ticket() {
    let program = Program::open().await;
    offered(&program, ClientKind::Json, "aTicket").await;
    let answer = program.office.post("/p/aTicket", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["account"]["password"], "Sesame-1");
    assert_eq!(told["server"]["host"], "pbx.example.org");
}

#[tokio::test]
async fn the_refusal_s_button_works_wherever_the_refusal_is_shown() {
    let office = Program::open().await.office;
    for path in ["/x/nothing", "/prov/zoiper?t=nothing", "/p/nothing"] {
        let refusal = office.get(path).await;
        assert_eq!(refusal.status, StatusCode::GONE, "{path}");
        assert!(refusal.body.contains("action=\"?renewal\""), "{path}");
        let place = path.split('?').next().unwrap();
        let asked = office.post(&format!("{place}?renewal"), &[]).await;
        assert_eq!(asked.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_few_wrong_codes_stop_nobody_behind_the_same_redirect_server() {
    let office = Program::open().await.office;
    for _ in 0..20 {
        let answer = office.post("/c", &[("code", "0000-0000-0000")]).await;
        assert_eq!(answer.status, StatusCode::GONE);
    }
}

#[tokio::test]
async fn the_first_visits_of_a_link_are_noted_together_and_keep_nobody_waiting() {
    let program = Program::open().await;
    offered(&program, ClientKind::Linphone, "aTicket").await;
    let office = &program.office;
    let noted = async || {
        let found = deployments::find_by_ticket(&office.store, LinkHash::of("aTicket")).await;
        let found = found.unwrap().unwrap();
        (found.seen_at, found.opened_at)
    };
    for _ in 0..2 {
        let looked = office.get("/d/aTicket").await;
        assert_eq!(looked.status, StatusCode::OK);
        office.clock.advance_s(1);
    }
    assert_eq!(noted().await, (None, None), "not written yet");
    office.app().flush().await.unwrap();
    assert_eq!(noted().await, (Some(START), None));

    let pressed = office.post("/d/aTicket/opening", &[]).await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER);
    office.get("/d/aTicket").await;
    office.app().flush().await.unwrap();
    assert_eq!(noted().await, (Some(START), Some(START.plus_s(2))));
}
