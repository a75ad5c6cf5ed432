//! Users that are entered by hand, and what is ours about the others, as a program meets them.

use model::ComponentKind;
use serde_json::{Value, json};

use super::described::Program;
use crate::harness::{three, told};

const ADD: &str = "POST /users";
const CHANGE: &str = "PATCH /users/{id}";

fn fields(problem: &Value) -> Vec<&str> {
    let rows = problem["rows"].as_array().unwrap().iter();
    rows.map(|row| row["field"].as_str().unwrap()).collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

impl Program {
    async fn enter(&self, wanted: Value, status: u16) -> Value {
        self.ask(ADD, &[], "", Some(wanted), status).await
    }

    async fn change(&self, id: &str, wanted: Value, status: u16) -> Value {
        self.ask(CHANGE, &[id], "", Some(wanted), status).await
    }
}

#[tokio::test]
async fn a_user_is_made_changed_and_deployed_and_no_secret_comes_back() {
    let program = Program::open().await;
    let profile = program.office.profile("Office").await;
    let nothing = program.enter(json!({}), 422).await;
    assert_eq!(fields(&nothing), ["last_name", "email"]);
    let unknown = program.enter(json!({"shoe_size": "43"}), 422).await;
    assert_eq!(fields(&unknown), ["shoe_size"]);
    let number = program.enter(json!({"voicemail_pin": 1357}), 422).await;
    assert_eq!(fields(&number), ["voicemail_pin"]);
    assert!(!number.to_string().contains("1357"), "{number}");
    let ada = json!({
        "last_name": "Lovelace", "email": "ada@example.org", "profile": profile, "sip_user": "ada", "sip_password": "hunter2",
        "voicemail_number": "*97", "voicemail_pin": "1357", "client_service_host": "cs.example.org", "client_service_port": "36008",
        "client_service_account": "ada", "client_service_password": "hunter2",
    });
    let made = program.ask(ADD, &[], "?deploy=true", Some(ada), 201).await;
    assert!(made["job"].is_string() && made["entry"].is_null(), "{made}");
    assert_eq!(made["client_service_port"], "36008");
    let user = program.get_one("/users/{id}", &id(&made)).await;
    assert_eq!(
        user["held"],
        json!(["sip_password", "voicemail_pin", "client_service_password"])
    );
    assert_eq!(user["state"], "queued");
    assert!(!user.to_string().contains("hunter2") && !user.to_string().contains("1357"));

    let changed = program
        .change(
            &id(&made),
            json!({"first_name": "Ada", "voicemail_pin": ""}),
            200,
        )
        .await;
    assert_eq!(
        (&changed["first_name"], &changed["last_name"]),
        (&json!("Ada"), &json!("Lovelace"))
    );
    let user = program.get_one("/users/{id}", &id(&made)).await;
    assert_eq!(
        user["held"],
        json!(["sip_password", "client_service_password"])
    );
    let bare = program
        .change(
            &id(&made),
            json!({"last_name": "", "sip_password": ""}),
            422,
        )
        .await;
    assert_eq!(fields(&bare), ["last_name", "sip_password"]);
    let free = json!({"profile": null, "sip_password": ""});
    assert_eq!(
        program.change(&id(&made), free, 200).await["profile"],
        Value::Null
    );
    let nobody = json!({"profile": "00000000-0000-7000-8000-000000000000"});
    assert_eq!(
        fields(&program.change(&id(&made), nobody, 422).await),
        ["profile"]
    );
    let odd = program
        .change(&id(&made), json!({"delivery_email": "x@example.org"}), 422)
        .await;
    assert_eq!(fields(&odd), ["delivery_email"]);
}

#[tokio::test]
async fn data_of_a_component_is_read_only_and_the_answer_says_where_it_is_changed() {
    let program = Program::open().await;
    program.office.found(&three()[..1]).await;
    let profile = program.office.profile("Office").await;
    program.office.import_everybody(&profile, "0").await;
    let page = program.get("/users", "").await;
    let ada = id(&page["items"][0]);
    let wanted = json!({"last_name": "King", "email": "x@example.org", "sip_user": "other", "language": "de"});
    let refused = program.change(&ada, wanted, 422).await;
    assert_eq!(fields(&refused), ["last_name", "email", "sip_user"]);
    for fault in refused["rows"].as_array().unwrap() {
        assert_eq!(
            fault["message"], "belongs to the component “head-office”",
            "{refused}"
        );
    }
    assert_eq!(
        refused["title"],
        "this data belongs to MBG and is changed there"
    );
    assert!(
        refused["hint"].as_str().unwrap().contains("Sync data"),
        "{refused}"
    );
    assert_eq!(
        program.get("/users", "").await,
        page,
        "nothing of it was done"
    );
    let same = json!({"last_name": "Lovelace", "sip_user": "set-4711"});
    program.change(&ada, same, 200).await;

    let ours = json!({"language": "de", "profile": null, "delivery_email": "desk@example.org"});
    let made = json!({"sip_password": "given by hand"});
    let refused = program.change(&ada, made, 422).await;
    assert_eq!(fields(&refused), ["sip_password"]);
    assert!(
        refused.to_string().contains("when this user is deployed"),
        "{refused}"
    );
    let changed = program.change(&ada, ours, 200).await;
    assert_eq!(
        (&changed["email"], &changed["delivery_email"]),
        (&json!("ada@example.org"), &json!("desk@example.org"))
    );
    assert_eq!(
        (&changed["language"], &changed["profile"]),
        (&json!("de"), &Value::Null)
    );
    let audit = program.get("/audit", "").await;
    let line = audit
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["action"] == "user.delivery-address");
    assert_eq!(
        line.unwrap()["detail"],
        "ada@example.org → desk@example.org"
    );
    assert!(!audit.to_string().contains("given by hand"));
    let bad = program
        .change(&ada, json!({"delivery_email": "nowhere"}), 422)
        .await;
    assert_eq!(fields(&bad), ["delivery_email"]);
    let back = program
        .change(&ada, json!({"delivery_email": ""}), 200)
        .await;
    assert_eq!(back["delivery_email"], "");
}

#[tokio::test]
async fn what_was_completed_by_hand_yields_when_a_gateway_supplies_it() {
    let program = Program::open().await;
    let office = &program.office;
    let mut grace = told("Grace", "Hopper", "0815", "grace@example.org");
    grace.sip_user.clear();
    grace.mbg_user_name.clear();
    let directory = office.connect("directory", ComponentKind::Ldap).await;
    office.told(directory, &[grace]).await;
    office.join().await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let user = id(&program.get("/users", "").await["items"][0]);
    let by_hand =
        json!({"sip_user": "hopper", "sip_host": "pbx2.example.org", "sip_password": "pw"});
    let changed = program.change(&user, by_hand, 200).await;
    assert_eq!(
        (&changed["sip_user"], &changed["sip_host"]),
        (&json!("hopper"), &json!("pbx2.example.org"))
    );

    let edge = office.connect("edge", ComponentKind::Mbg).await;
    office
        .told(
            edge,
            &[told("Grace", "Hopper", "0815", "grace@example.org")],
        )
        .await;
    office.join().await;
    office.import_everybody(&profile, "0").await;
    let synced = program.get_one("/users/{id}", &user).await;
    assert_eq!(
        (&synced["sip_user"], &synced["sip_host"]),
        (&json!("set-0815"), &json!(""))
    );
    let late = program
        .change(&user, json!({"sip_user": "hopper"}), 422)
        .await;
    assert_eq!(fields(&late), ["sip_user"]);
}
