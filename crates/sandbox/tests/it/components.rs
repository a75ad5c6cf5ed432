//! The pretend components over HTTP, in good days and bad ones.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Client, StatusCode};
use sandbox::{
    Credentials, Options, Sandbox,
    component::Kind,
    fault::{Fault, Trouble},
    people::Oddity,
};
use serde_json::{Value, json};

use crate::client;

async fn a_sandbox(people: u64) -> Sandbox {
    Sandbox::start(Options {
        people,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// Where the list of a component is, and the token that opens it.
async fn entrance(http: &Client, sandbox: &Sandbox, kind: Kind) -> (String, String) {
    let component = sandbox.find_component(kind.name()).unwrap();
    let url = &component.url;
    match &component.credentials {
        Credentials::Token(token) => (format!("{url}/usp/v1/users"), token.expose().to_owned()),
        Credentials::Key(key) => (format!("{url}/mbg/v1/sip-devices"), key.expose().to_owned()),
        Credentials::Client { id, secret } => {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret.expose()),
            ];
            let answer = http
                .post(format!("{url}/client-service/oauth/token"))
                .form(&form)
                .send()
                .await
                .unwrap();
            let token: Value = answer.error_for_status().unwrap().json().await.unwrap();
            (
                format!("{url}/client-service/v1/accounts"),
                token["access_token"].as_str().unwrap().to_owned(),
            )
        }
    }
}

async fn list_all(http: &Client, (url, token): &(String, String), limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let query = [("limit", limit.to_string()), ("cursor", cursor.clone())];
        let page: Value = http
            .get(url)
            .query(&query)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return items,
        }
    }
}

#[tokio::test]
async fn every_record_of_the_truth_is_listed_once_and_nothing_else() {
    let (sandbox, http) = (a_sandbox(700).await, client());
    let mut listed = BTreeSet::new();
    for kind in Kind::ALL {
        let items = list_all(&http, &entrance(&http, &sandbox, kind).await, 64).await;
        assert_eq!(items.len() as u64, sandbox.control().count_records(kind));
        listed.extend(
            items
                .iter()
                .map(|item| (kind.name(), item["id"].as_str().unwrap().to_owned())),
        );
    }
    let truth: Value = http
        .get(format!("{}/sandbox/truth", sandbox.control_url()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(truth["items"].as_array().unwrap().len(), listed.len());
    let truth: BTreeSet<_> = sandbox
        .control()
        .truth()
        .records()
        .map(|r| (r.component, r.source_id))
        .collect();
    assert_eq!(truth, listed);
    sandbox.stop().await;
}

#[tokio::test]
async fn records_show_the_irregularities() {
    let (sandbox, http) = (a_sandbox(500).await, client());
    let mut records: HashMap<(Oddity, Kind), Value> = HashMap::new();
    for truth in sandbox.control().truth().records() {
        let kind = Kind::find(truth.component).unwrap();
        let record = sandbox
            .control()
            .find_record(kind, &truth.source_id)
            .unwrap();
        records.entry((truth.oddity, kind)).or_insert(record);
    }
    let at = |oddity, kind| &records[&(oddity, kind)];
    let number = at(Oddity::HashAndStar, Kind::Usp)["phones"][0]["number"]
        .as_str()
        .unwrap();
    assert!(number.starts_with("1#"));
    let device = at(Oddity::HashAndStar, Kind::Mbg);
    assert!(
        device["directoryNumber"]
            .as_str()
            .unwrap()
            .starts_with("1*")
    );
    assert!(
        device["setUserName"]
            .as_str()
            .unwrap()
            .ends_with(device["directoryNumber"].as_str().unwrap())
    );
    assert!(
        at(Oddity::ControlCharacters, Kind::Usp)["lastName"]
            .as_str()
            .unwrap()
            .contains('\u{7}')
    );
    assert!(
        at(Oddity::LongName, Kind::Usp)["lastName"]
            .as_str()
            .unwrap()
            .len()
            > 10_200
    );
    assert_eq!(at(Oddity::NoLastName, Kind::Usp)["lastName"], "");
    assert_eq!(
        at(Oddity::Teamwork, Kind::ClientService)["pbxNode"],
        Value::Null
    );
    assert_eq!(at(Oddity::NoMail, Kind::Usp)["email"], Value::Null);
    assert_eq!(at(Oddity::Inactive, Kind::Usp)["active"], false);
    assert_eq!(
        at(Oddity::DoNotDeploy, Kind::Usp)["services"]["clientService"]["deploymentProfile"],
        "Do Not Deploy"
    );
    let (usp, account) = (
        at(Oddity::SpellingDiffers, Kind::Usp),
        at(Oddity::SpellingDiffers, Kind::ClientService),
    );
    assert_eq!(usp["loginId"], account["loginId"]);
    let ordinary = at(Oddity::NoMail, Kind::Usp);
    assert_eq!(
        ordinary["phones"][0]["mbgUserName"],
        at(Oddity::NoMail, Kind::Mbg)["setUserName"]
    );
    drop(http);
}

#[tokio::test]
async fn nobody_is_let_in_with_a_wrong_credential() {
    let (sandbox, http) = (a_sandbox(10).await, client());
    for kind in Kind::ALL {
        let (url, _) = entrance(&http, &sandbox, kind).await;
        let answer = http.get(&url).bearer_auth("wrong").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(answer.headers().contains_key("www-authenticate"));
    }
    let url = &sandbox.find_component("client-service").unwrap().url;
    let form = [("grant_type", "client_credentials")];
    let answer = http
        .post(format!("{url}/client-service/oauth/token"))
        .basic_auth("rollcall", Some("wrong"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let entrance = entrance(&http, &sandbox, Kind::ClientService).await;
    sandbox.control().expire_tokens();
    assert_eq!(
        http.get(entrance.0)
            .bearer_auth(entrance.1)
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_new_password_is_known_to_the_sandbox_and_replaces_the_old() {
    let (sandbox, http) = (a_sandbox(50).await, client());
    let (list, key) = entrance(&http, &sandbox, Kind::Mbg).await;
    let devices = list_all(&http, &(list.clone(), key.clone()), 10).await;
    let url = list.replace("sip-devices", "credentials");
    let ask = async |ids: Value| {
        http.post(&url)
            .bearer_auth(&key)
            .json(&json!({ "ids": ids }))
            .send()
            .await
            .unwrap()
    };
    let id = &devices[0]["id"];
    let first: Value = ask(json!([id, "nobody"])).await.json().await.unwrap();
    let second: Value = ask(json!([id])).await.json().await.unwrap();
    assert_eq!(first["missing"], json!(["nobody"]));
    assert_ne!(
        first["items"][0]["password"],
        second["items"][0]["password"]
    );
    let known = list.replace("/mbg/v1/sip-devices", "/sandbox/credentials");
    let known: Value = http.get(known).send().await.unwrap().json().await.unwrap();
    assert_eq!(known["items"], second["items"]);
    assert_eq!(known["items"][0]["setUserName"], devices[0]["setUserName"]);
    assert_eq!(
        ask(json!(vec!["x"; 501])).await.status(),
        StatusCode::BAD_REQUEST
    );
    sandbox.control().permit_credentials(false);
    assert_eq!(ask(json!([id])).await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_device_is_found_by_its_number_also_with_a_hash() {
    let (sandbox, http) = (a_sandbox(500).await, client());
    let (list, key) = entrance(&http, &sandbox, Kind::Mbg).await;
    let devices = list_all(&http, &(list.clone(), key.clone()), 500).await;
    assert!(
        devices
            .iter()
            .any(|d| d["directoryNumber"].as_str().unwrap().contains('#'))
    );
    for device in devices
        .iter()
        .filter(|d| d["directoryNumber"].as_str().unwrap().len() != 4)
        .chain(&devices[..20])
    {
        let number = device["directoryNumber"]
            .as_str()
            .unwrap()
            .replace('#', "%23");
        let url = format!(
            "{list}/by-number/{number}?icp={}",
            device["icp"]["name"].as_str().unwrap()
        );
        let found: Value = http
            .get(url)
            .bearer_auth(&key)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(&found, device);
    }
    let answer = http
        .get(format!("{list}/by-number/1"))
        .bearer_auth(&key)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_sign_in_with_their_own_password_only() {
    let (sandbox, http) = (a_sandbox(500).await, client());
    let (list, token) = entrance(&http, &sandbox, Kind::ClientService).await;
    let url = list.replace("accounts", "sign-in");
    let sign_in = async |login: &str, password: &str| {
        let shown = json!({ "loginId": login, "password": password });
        http.post(&url)
            .bearer_auth(&token)
            .json(&shown)
            .send()
            .await
            .unwrap()
    };
    let control = sandbox.control();
    let wanted = [
        Oddity::Ordinary,
        Oddity::LoginBorrower,
        Oddity::ShortLogin,
        Oddity::LoginCase,
    ];
    for oddity in wanted {
        let person = control
            .population()
            .iter()
            .find(|p| p.oddity == oddity && p.presence.client_service)
            .unwrap();
        let right = sign_in(&person.login, &control.password_of(person.index)).await;
        assert_eq!(right.status(), StatusCode::OK, "{oddity:?}");
        assert_eq!(
            sign_in(&person.login, "wrong").await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let gone = control
        .population()
        .iter()
        .find(|p| p.oddity == Oddity::Inactive)
        .unwrap();
    assert_eq!(
        sign_in(&gone.login, &control.password_of(gone.index))
            .await
            .status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn faults_strike_as_ordered() {
    let (sandbox, http) = (a_sandbox(200).await, client());
    let control = sandbox.control();
    let (url, token) = entrance(&http, &sandbox, Kind::Usp).await;
    let get = async |cursor: &str| {
        http.get(&url)
            .query(&[("limit", "10"), ("cursor", cursor)])
            .bearer_auth(&token)
            .send()
            .await
    };
    let order = |trouble| control.set_faults(Kind::Usp, vec![Fault::always(trouble)]);

    order(Trouble::Down);
    assert!(get("").await.is_err());
    order(Trouble::Html);
    let page = get("").await.unwrap();
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    order(Trouble::HalfJson);
    let half = get("").await.unwrap();
    assert_eq!(half.status(), StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&half.text().await.unwrap()).is_err());
    order(Trouble::WrongTotal { off_by: 3 });
    let wrong: Value = get("").await.unwrap().json().await.unwrap();
    assert_eq!(
        wrong["total"].as_u64().unwrap(),
        control.count_records(Kind::Usp) + 3
    );

    let busy = Trouble::Status {
        status: 429,
        retry_after: Some("2".into()),
    };
    control.set_faults(Kind::Usp, vec![Fault::always(busy).at_page(2).times(1)]);
    let first: Value = get("").await.unwrap().json().await.unwrap();
    let next = first["next"].as_str().unwrap();
    let refused = get(next).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(get(next).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn faults_are_ordered_and_cleared_over_http_while_the_component_is_down() {
    let (sandbox, http) = (a_sandbox(10).await, client());
    let faults = format!("{}/sandbox/faults/mbg", sandbox.control_url());
    let entrance = entrance(&http, &sandbox, Kind::Mbg).await;
    let set = http
        .put(&faults)
        .json(&json!([{ "fault": "down" }]))
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    assert!(http.get(&entrance.0).send().await.is_err());
    http.delete(&faults)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    assert!(!list_all(&http, &entrance, 10).await.is_empty());
}

#[tokio::test]
async fn a_changed_record_is_read_as_changed() {
    let (sandbox, http) = (a_sandbox(30).await, client());
    let entrance = entrance(&http, &sandbox, Kind::Usp).await;
    let before = list_all(&http, &entrance, 10).await;
    let records = format!("{}/sandbox/records/usp", sandbox.control_url());
    let (changed, removed) = (
        before[0]["id"].as_str().unwrap(),
        before[1]["id"].as_str().unwrap(),
    );
    http.patch(format!("{records}/{changed}"))
        .json(&json!({ "lastName": "Nova" }))
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    http.delete(format!("{records}/{removed}"))
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    let added: Value = http
        .post(&records)
        .json(&json!({ "firstName": 7 }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let after = list_all(&http, &entrance, 10).await;
    assert_eq!(after[0]["lastName"], "Nova");
    assert!(after.iter().all(|record| record["id"] != removed));
    assert_eq!(after.last().unwrap()["id"], added["id"]);
    assert_eq!(
        http.delete(format!("{records}/{removed}"))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::NOT_FOUND
    );
}
