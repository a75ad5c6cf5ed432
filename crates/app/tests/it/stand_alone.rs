//! Without any component: from the empty installation and its set-up token to a registered softphone, with a user who was
//! entered by hand and whose SIP account a real registrar keeps.

use std::{fs, time::Duration};

use peers::{Baresip, Dovecot, Kamailio, Linphone, Port, Program};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::{
    first_run::{READY, printed, set_up},
    story::{DOMAIN, ha1, profile},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");
const PASSWORD: &str = "known to the registrar";

/// A server that knows no component; of the sandbox only the mail catcher is used.
pub(crate) struct Alone {
    pub(crate) http: Client,
    pub(crate) address: String,
    pub(crate) cookie: String,
    pub(crate) catcher: String,
    pub(crate) server: Program,
    pub(crate) folder: tempfile::TempDir,
    _sandbox: Program,
    _port: Port,
}

impl Alone {
    async fn open() -> Self {
        Self::with("").await
    }

    /// With these lines at the end of its settings.
    pub(crate) async fn with(more: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut sandbox = Program::start(PROGRAM, ["sandbox", "--people", "1"]).unwrap();
        let says = sandbox.ready_line(READY).await.unwrap();
        let (port, folder) = (Port::free().unwrap(), tempfile::tempdir().unwrap());
        let smtp = says["smtp"].as_str().unwrap().rsplit_once(':').unwrap().1;
        let at = format!("127.0.0.1:{}", port.number);
        let file = folder.path().join("rollcall.toml");
        let settings = format!(
            "listen = \"{at}\"\npublic_url = \"http://{at}\"\ndata = \"data\"\nkey_file = \"keys/rollcall.key\"\n\n\
             [mail]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\nfrom = \"phones@example.org\"\n{more}"
        );
        fs::write(&file, settings).unwrap();
        let args = ["serve", "--settings", file.to_str().unwrap()];
        let mut server = Program::start(PROGRAM, args).unwrap();
        let (address, token) = printed(&mut server).await;
        let policy = reqwest::redirect::Policy::none();
        let http = Client::builder()
            .no_proxy()
            .redirect(policy)
            .build()
            .unwrap();
        Self {
            cookie: set_up(&http, &address, &token).await,
            http,
            address,
            catcher: says["mail"].as_str().unwrap().to_owned(),
            server,
            folder,
            _sandbox: sandbox,
            _port: port,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.address);
        let answer = self
            .http
            .get(url)
            .header("cookie", &self.cookie)
            .send()
            .await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v1{path}", self.address);
        let request = self.http.post(url).header("cookie", &self.cookie);
        let request = request.header("sec-fetch-site", "same-origin").json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    async fn put(&self, path: &str, body: Value) {
        let url = format!("{}/api/v1{path}", self.address);
        let request = self.http.put(url).header("cookie", &self.cookie);
        let request = request.header("sec-fetch-site", "same-origin").json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    async fn delete(&self, path: &str) -> u16 {
        let url = format!("{}/api/v1{path}", self.address);
        let request = self.http.delete(url).header("cookie", &self.cookie);
        let answer = request.header("sec-fetch-site", "same-origin").send().await;
        answer.unwrap().status().as_u16()
    }

    /// Sends a page's form; where its answer leads.
    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = self
            .http
            .post(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form.finish()).send().await.unwrap();
        let next = answer
            .headers()
            .get("location")
            .map(|next| next.to_str().unwrap().to_owned());
        next.unwrap_or_else(|| panic!("{path}: {}", answer.status()))
    }

    async fn page(&self, path: &str) -> String {
        let url = format!("{}{path}", self.address);
        let answer: Response = self
            .http
            .get(url)
            .header("cookie", &self.cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// The link of the only letter, once it came.
    async fn link(&self) -> String {
        let url = format!("{}/api/messages", self.catcher);
        let come = async || {
            let page: Value = self.http.get(&url).send().await.ok()?.json().await.ok()?;
            page["items"][0]["links"][0].as_str().map(str::to_owned)
        };
        peers::wait_for("the letter", Duration::from_mins(1), come)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_loses_the_account_of_somebody_who_was_deleted() {
    let registrar = Kamailio::start().await.unwrap();
    let hash = ha1("4711", PASSWORD);
    registrar
        .set_subscriber("4711", DOMAIN, &hash)
        .await
        .unwrap();
    let office = Alone::open().await;
    let wanted = profile("Desk", "linphone", "direct", &registrar.address());
    let made = office.post("/profiles", wanted).await;
    let ada = json!({
        "profile": made["id"], "last_name": "Lovelace", "email": "ada@example.org", "sip_user": "4711", "sip_password": PASSWORD,
    });
    let user = office.post("/users?deploy=true", ada).await;
    let mut phone = Linphone::provision(&office.link().await, None)
        .await
        .unwrap();
    assert!(phone.registered(), "{:?}", phone.final_state());

    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let unconfirmed = office.delete(&path).await;
    assert_eq!(unconfirmed, 409, "a phone has it");
    assert_eq!(office.delete(&format!("{path}?deployed=true")).await, 204);
    // The morning after.
    phone.start_again().await.unwrap();
    assert!(phone.fetched(), "{:?}", phone.http_status_lines());
    phone.quit().await.unwrap();
    let kept = phone.rc().unwrap();
    assert!(!kept.contains("4711") && !kept.contains(&hash), "{kept}");
    phone.start_again().await.unwrap();
    assert!(!phone.registered() && !phone.fetched(), "{}", phone.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_entered_by_hand_rings_without_any_component() {
    let registrar = Kamailio::start().await.unwrap();
    let hash = ha1("4711", PASSWORD);
    registrar
        .set_subscriber("4711", DOMAIN, &hash)
        .await
        .unwrap();
    let office = Alone::open().await;
    assert_eq!(office.get("/connections").await, json!([]));
    let wanted = profile("Desk", "baresip", "direct", &registrar.address());
    let made = office.post("/profiles", wanted).await;
    assert!(
        office
            .page("/users/new")
            .await
            .contains("Desk, at 127.0.0.1")
    );

    let form = [
        ("profile", made["id"].as_str().unwrap()),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("directory_number", "4711"),
        ("email", "ada@example.org"),
        ("sip_user", "4711"),
        ("sip_password", PASSWORD),
        ("voicemail_number", "*97"),
        ("then", "deploy"),
    ];
    let plan = office.submit("/users/new", &form).await;
    assert!(office.page(&plan).await.contains("Deploy 1 person"));
    office.submit(&format!("{plan}/run"), &[]).await;

    let link = office.link().await;
    assert!(link.starts_with(&office.address), "{link}");
    assert!(
        office
            .page(&link[office.address.len()..])
            .await
            .contains("<h1"),
        "a browser gets the landing page"
    );
    let answer = office.http.post(&link).send().await.unwrap();
    let accounts = answer.text().await.unwrap();
    let phone = Baresip::register(&accounts).await.unwrap();
    assert!(phone.registered(), "{}", phone.output());
    assert!(!registrar.registrations("4711").is_empty());

    let done = async || {
        let users = office.get("/users?filter=state%3Ddownloaded").await;
        users["items"].as_array()?.first().cloned()
    };
    let user = peers::wait_for("the download's stamp", Duration::from_secs(10), done);
    let user = user.await.unwrap();
    assert_eq!(
        (&user["entry"], &user["last_name"]),
        (&Value::Null, &json!("Lovelace"))
    );
    let page = office
        .page(&format!("/users/{}", user["id"].as_str().unwrap()))
        .await;
    assert!(
        !page.contains(PASSWORD) && page.contains("Downloaded"),
        "{page}"
    );
}

/// Adds a connection to a registrar that is asked every second, and reads its accounts.
async fn connect_registrar(office: &Alone, registrar: &Kamailio) {
    let connection = json!({
        "name": "registrar", "kind": "subscriber", "address": format!("sqlite://{}", registrar.database().display()),
        "options": {"rpc_url": registrar.rpc_url(), "contacts_every_s": 1},
    });
    let made = office.post("/connections", connection).await;
    office
        .post("/scans", json!({"connection": made["id"]}))
        .await;
}

/// The only user, once a filter of Manage finds it.
async fn the_user(office: &Alone, filter: &str) -> Value {
    let path = format!("/users?filter={}", filter.replace('=', "%3D"));
    let found = async || {
        let users = office.get(&path).await;
        users["items"].as_array()?.first().cloned()
    };
    let what = format!("somebody in {filter}");
    peers::wait_for(&what, Duration::from_mins(1), found)
        .await
        .unwrap()
}

/// An office whose registrar knows 4711, and its only user with that account, whose mail has come.
async fn with_ada(client: &str) -> (Alone, Kamailio, Value) {
    let registrar = Kamailio::start().await.unwrap();
    let hash = ha1("4711", PASSWORD);
    registrar
        .set_subscriber("4711", DOMAIN, &hash)
        .await
        .unwrap();
    let office = Alone::open().await;
    let wanted = profile("Desk", client, "direct", &registrar.address());
    let made = office.post("/profiles", wanted).await;
    let ada = json!({
        "profile": made["id"], "last_name": "Lovelace", "email": "ada@example.org", "sip_user": "4711", "sip_password": PASSWORD,
    });
    let user = office.post("/users?deploy=true", ada).await;
    connect_registrar(&office, &registrar).await;
    (office, registrar, user)
}

/// What Manage and the user's page tell of the only user once its phone was seen, by the name that starts so.
async fn is_seen_as(office: &Alone, user: &Value, agent: &str) {
    let seen = the_user(office, "state=registered").await;
    assert!(seen["registered_at"].is_string(), "{seen}");
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let detail = office.get(&path).await;
    let told = detail["devices"][0]["registered_agent"].as_str().unwrap();
    assert!(told.starts_with(agent), "{detail}");
    assert_eq!(detail["also_registered"], json!([]));
    let page = office.page(&path).await;
    assert!(page.contains("registered since"), "{page}");
    assert_eq!(office.get("/summary").await["registered"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_baresip_is_registered_in_manage_after_the_mail_in_the_mailbox() {
    let (office, _registrar, user) = with_ada("baresip").await;
    let link = office.link().await;
    let accounts = office.http.post(&link).send().await.unwrap();
    let accounts = accounts.text().await.unwrap();
    the_user(&office, "registered=never").await;
    let phone = Baresip::register(&accounts).await.unwrap();
    assert!(phone.registered(), "{}", phone.output());
    is_seen_as(&office, &user, "baresip").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_is_registered_in_manage_after_the_mail_in_the_mailbox() {
    let (office, registrar, user) = with_ada("linphone").await;
    let phone = Linphone::provision(&office.link().await, None)
        .await
        .unwrap();
    assert!(phone.registered(), "{:?}", phone.final_state());
    let contacts = registrar.contacts("4711").await.unwrap();
    assert!(
        model::ClientKind::Linphone.fits(&contacts[0].user_agent),
        "{contacts:?}"
    );
    is_seen_as(&office, &user, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_profile_reaches_a_real_linphone_by_auto_deploy() {
    let (office, registrar, user) = with_ada("linphone").await;
    let mut phone = Linphone::provision(&office.link().await, None)
        .await
        .unwrap();
    assert!(phone.registered(), "{:?}", phone.final_state());
    let id = user["profile"].as_str().unwrap();
    let mut wanted = profile("Desk", "linphone", "direct", &registrar.address());
    wanted["settings"]["register_interval_s"] = json!(1_234);
    office.put(&format!("/profiles/{id}"), wanted).await;
    let late = the_user(&office, "configuration=out-of-date").await;
    assert_eq!(late["out_of_date"], true);
    assert!(office.page("/users").await.contains("out of date"));

    let all = json!({"selection": {"all": true, "query": {"filter": "configuration=out-of-date"}}, "mode": "auto"});
    office.post("/deployments", all).await;
    phone.start_again().await.unwrap();
    phone.quit().await.unwrap();
    assert!(phone.rc().unwrap().contains("reg_expires=1234"));
    let fetched = async || {
        let path = format!("/users/{}", user["id"].as_str().unwrap());
        let detail = office.get(&path).await;
        (detail["devices"][0]["forced_at"].is_null() && detail["out_of_date"] == false)
            .then_some(())
    };
    peers::wait_for(
        "the renewed configuration",
        Duration::from_secs(30),
        fetched,
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_sheet_sets_a_phone_up_without_a_mail_and_one_phone_is_withdrawn() {
    let office = Alone::open().await;
    let wanted = profile("Desk", "baresip", "direct", "127.0.0.1:5060");
    let made = office.post("/profiles", wanted).await;
    let ada = json!({
        "profile": made["id"], "last_name": "Lovelace", "email": "ada@example.org", "sip_user": "4711", "sip_password": PASSWORD,
        "language": "de",
    });
    let user = office.post("/users", ada).await;
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    assert!(
        office
            .page(&format!("{path}/sheet"))
            .await
            .contains("Make the sheet")
    );
    let url = format!("{}{path}/sheet", office.address);
    let request = office.http.post(url).header("cookie", &office.cookie);
    let request = request.header("sec-fetch-site", "same-origin");
    let sheet = request.send().await.unwrap().text().await.unwrap();
    assert!(sheet.contains("lang=\"de\"") && sheet.contains("<svg") && sheet.contains("Lovelace"));
    let code = sheet.split("class=\"code\" dir=\"ltr\">").nth(1).unwrap();
    let code = code.split('<').next().unwrap();
    let typed = office.http.post(format!("{}/c", office.address));
    let led = typed.form(&[("code", code)]).send().await.unwrap();
    assert_eq!(led.status(), 303);
    let link = led.headers()["location"].to_str().unwrap().to_owned();
    let handed = office.http.post(&link).send().await.unwrap();
    assert!(handed.text().await.unwrap().contains("4711"));

    let shown = peers::wait_for(
        "the download's stamp",
        Duration::from_secs(10),
        async || {
            let shown = office.get(&path).await;
            (shown["deployments"][0]["state"] == "downloaded").then_some(shown)
        },
    )
    .await
    .unwrap();
    let device = shown["devices"][0]["id"].as_str().unwrap();
    assert_eq!(
        office
            .delete(&format!("{path}/devices/{}", user["id"].as_str().unwrap()))
            .await,
        404
    );
    assert_eq!(
        office.delete(&format!("{path}/devices/{device}")).await,
        204
    );
    assert_eq!(office.get(&path).await["devices"][0]["state"], "revoked");
    assert_eq!(
        office.http.post(&link).send().await.unwrap().status(),
        410,
        "not by the same link"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_reads_the_mailbox_that_its_settings_name() {
    let dovecot = Dovecot::start().await.unwrap();
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), format!("{}\n", Dovecot::PASSWORD)).unwrap();
    let away = "Subject: Away\r\n\r\nUntil Monday";
    dovecot
        .deliver("phones@example.org", "1.away", away)
        .unwrap();
    let office = Alone::with(&format!(
        "\n[bounces]\nhost = \"localhost\"\nport = {}\ntls = \"start-tls\"\nuser = \"phones@example.org\"\n\
         password_file = {:?}\nca_file = {:?}\nevery_minutes = 1\n",
        dovecot.port(),
        secret.path(),
        dovecot.ca_file(),
    ))
    .await;
    let read = async || {
        let mailbox = office.get("/outbox").await["mailbox"].clone();
        assert_eq!(mailbox["error"].as_str().unwrap_or_default(), "");
        mailbox["read_at"].as_str().map(str::to_owned)
    };
    peers::wait_for("the mailbox's first reading", Duration::from_mins(1), read)
        .await
        .unwrap();
    let page = office.page("/outbox").await;
    assert!(
        page.contains("INBOX of phones@example.org at localhost"),
        "{page}"
    );
}
