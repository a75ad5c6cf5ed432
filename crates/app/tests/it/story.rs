//! From records on components to a registered softphone.

use std::time::Duration;

use peers::{Baresip, Kamailio, Linphone, OpenLdap, SizeLimit};
use serde_json::{Value, json};

use crate::office::Office;

pub(crate) const DOMAIN: &str = "pbx.lab.test";

pub(crate) fn profile(name: &str, client: &str, link_mode: &str, registrar: &str) -> Value {
    let (host, port) = registrar.rsplit_once(':').unwrap();
    json!({"name": name, "settings": {
        "client": client, "link_mode": link_mode, "sip_domain": DOMAIN, "sip_host": host,
        "sip_port": port.parse::<u16>().unwrap(), "transport": "udp", "srtp": "off",
    }})
}

pub(crate) fn ha1(user: &str, password: &str) -> String {
    peers::ha1(user, DOMAIN, password)
}

/// Teaches the registrar what the pretend gateway made.
async fn hand_over(office: &Office, registrar: &Kamailio) -> Vec<(String, String)> {
    let made = office.gateway_passwords().await;
    for (user, password) in &made {
        registrar
            .set_subscriber(user, DOMAIN, &ha1(user, password))
            .await
            .unwrap();
    }
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_baresip_registers_by_way_of_the_redirect_server() {
    let registrar = Kamailio::start().await.unwrap();
    let office = Office::open(12).await;
    let made = office
        .post(
            "/profiles",
            profile("Lab desk", "baresip", "redirect", &registrar.address()),
        )
        .await;
    let plan = office.deploy_everybody(made["id"].as_str().unwrap()).await;
    let summary = office.settled().await;
    let letters = office.letters().await;
    assert!(plan["deploy"].as_i64().unwrap() > 0);
    assert_eq!(
        plan["deploy"].as_u64().unwrap(),
        letters.len() as u64,
        "{summary}"
    );
    hand_over(&office, &registrar).await;

    let link = letters[0]["links"][0].as_str().unwrap();
    assert!(link.starts_with(office.text("redirect")));
    let shown = office.http.get(link).send().await.unwrap();
    assert_eq!(shown.status(), 200, "a browser gets the landing page");
    let sent_on = office.http.post(link).send().await.unwrap();
    assert_eq!(sent_on.status(), 307);
    let target = sent_on.headers()["location"].to_str().unwrap().to_owned();
    let accounts = office
        .http
        .post(target)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let phone = Baresip::register(&accounts).await.unwrap();
    assert!(phone.registered(), "{}", phone.output());

    let user = peers::wait_for(
        "the download's stamp",
        Duration::from_secs(10),
        async || {
            let page = office.get("/users?filter=state%3Ddownloaded").await;
            page["items"].as_array().unwrap().first().cloned()
        },
    )
    .await
    .unwrap();
    assert!(
        user["downloaded_at"].is_string() && user["deployed_at"].is_string(),
        "{user}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_registers_by_a_direct_link() {
    let registrar = Kamailio::start().await.unwrap();
    let office = Office::open(12).await;
    let made = office
        .post(
            "/profiles",
            profile("Lab phone", "linphone", "direct", &registrar.address()),
        )
        .await;
    office.deploy_everybody(made["id"].as_str().unwrap()).await;
    office.settled().await;
    hand_over(&office, &registrar).await;
    let letters = office.letters().await;
    let link = letters[0]["links"][0].as_str().unwrap();
    let mut phone = Linphone::provision(link, None).await.unwrap();
    assert!(phone.fetched(), "{:?}", phone.http_status_lines());
    assert!(phone.registered(), "{:?}", phone.final_state());
    phone.quit().await.unwrap();
    assert!(
        phone.rc().unwrap().contains("/x/"),
        "the phone keeps its own link and not the ticket"
    );
    assert_eq!(office.get("/summary").await["downloaded"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_the_directory_and_of_the_sandbox_are_one_row() {
    let population = sandbox::people::Population::new(1, 100);
    let directory = sandbox::people::ldif(&population, 100);
    let entries = &directory.ldif[directory.ldif.find("dn: uid=").unwrap()..];
    let ldap = OpenLdap::start(entries, SizeLimit::UnlimitedByPaging)
        .await
        .unwrap();
    let office = Office::open(100).await;
    let connection = json!({
        "name": "directory", "kind": "ldap", "address": ldap.url(), "account": OpenLdap::BIND_DN,
        "secret": OpenLdap::PASSWORD, "options": {"base": "ou=people,dc=lab,dc=test"},
    });
    let before = office.get("/entries?limit=1").await["total"]
        .as_i64()
        .unwrap();
    let made = office.post("/connections", connection).await;
    office
        .post("/scans", json!({"connection": made["id"]}))
        .await;
    office.settled().await;
    let after = office.get("/entries?limit=500").await;
    let both = after["items"].as_array().unwrap().iter().filter(|entry| {
        let marks: Vec<_> = entry["found_on"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m.as_str().unwrap())
            .collect();
        marks.contains(&"LDAP") && marks.len() > 1
    });
    assert_eq!(
        both.count(),
        50,
        "half of the directory's people are on the components too"
    );
    assert_eq!(after["total"].as_i64().unwrap(), before + 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_open() {
    let office = Office::open(3).await;
    for path in [
        "/api/v1/entries",
        "/api/v1/users",
        "/api/v1/openapi.json",
        "/api/v1/summary",
    ] {
        let url = format!("{}{path}", office.text("admin"));
        assert_eq!(
            office.http.get(url).send().await.unwrap().status(),
            401,
            "{path}"
        );
    }
    let first = office.http.get(office.text("admin")).send().await.unwrap();
    assert_eq!(first.headers()["location"], "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_killed_takes_its_processes_with_it() {
    let mut office = Office::open(3).await;
    let parts = ["admin", "mail", "redirect"].map(|part| office.text(part).to_owned());
    office.program.kill_9().unwrap();
    for part in parts {
        let silent = async || office.http.get(&part).send().await.is_err().then_some(());
        peers::wait_for(&part, Duration::from_secs(30), silent)
            .await
            .unwrap();
    }
}
