//! Links in the hands of real readers and phones: codes that `zbarimg` reads back, and softphones that deploy through a relay.

use std::{fs, path::Path, process::Command, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use peers::{Baresip, Kamailio, Linphone};
use serde_json::json;

use crate::{
    office::Office,
    story::{DOMAIN, ha1, profile},
};

/// What `zbarimg` reads from a picture.
fn zbarimg(picture: &Path) -> String {
    let read = Command::new("zbarimg")
        .args(["--quiet", "--raw"])
        .arg(picture)
        .output()
        .unwrap();
    String::from_utf8(read.stdout).unwrap().trim().to_owned()
}

/// The picture of a mail as it was received.
fn picture_of(raw: &str) -> Vec<u8> {
    let part = raw.split("image/png").nth(1).unwrap();
    let body = part.split("\r\n\r\n").nth(1).unwrap();
    let lines = body.lines().take_while(|line| !line.starts_with("--"));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_qr_reads_back_as_its_link_from_the_page_and_from_the_mail() {
    let office = Office::open(6).await;
    let profiles = office.get("/profiles").await;
    office
        .deploy_everybody(profiles[0]["id"].as_str().unwrap())
        .await;
    office.settled().await;
    let letters = office.letters().await;
    assert!(!letters.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("qr.png");
    for letter in &letters {
        let link = letter["links"][0].as_str().unwrap();
        let url = format!("{}/api/messages/{}/raw", office.text("mail"), letter["id"]);
        let raw = office
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        fs::write(&picture, picture_of(&raw)).unwrap();
        assert_eq!(zbarimg(&picture), link, "as received");
    }
    let link = letters[0]["links"][0].as_str().unwrap();
    for size in ["390,1400", "1280,900"] {
        let shot = folder.path().join("page.png");
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!(
                "--user-data-dir={}",
                folder.path().join("chromium").display()
            ),
            format!("--window-size={size}"),
            format!("--screenshot={}", shot.display()),
            link.to_owned(),
        ];
        let shown = Command::new("chromium").args(arguments).output().unwrap();
        assert!(shown.status.success());
        assert_eq!(zbarimg(&shot), link, "the page at {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_deploys_and_comes_back_through_a_relay() {
    let registrar = Kamailio::start().await.unwrap();
    let office = Office::open(12).await;
    let wanted = profile(
        "Behind the relay",
        "linphone",
        "relay",
        &registrar.address(),
    );
    let made = office.post("/profiles", wanted).await;
    office.deploy_everybody(made["id"].as_str().unwrap()).await;
    office.settled().await;
    for (user, password) in office.gateway_passwords().await {
        let hash = ha1(&user, &password);
        registrar
            .set_subscriber(&user, DOMAIN, &hash)
            .await
            .unwrap();
    }
    let letters = office.letters().await;
    let link = letters[0]["links"][0].as_str().unwrap();
    assert!(link.starts_with(office.text("redirect")));
    assert_eq!(
        office
            .http
            .get(link)
            .header("accept", "*/*")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let mut phone = Linphone::provision(link, None).await.unwrap();
    assert!(phone.fetched(), "{:?}", phone.http_status_lines());
    assert!(phone.registered(), "{:?}", phone.final_state());
    phone.quit().await.unwrap();
    let own = format!("{}/x/demo/", office.text("redirect"));
    assert!(
        phone.rc().unwrap().contains(&own),
        "its own link leads through the relay"
    );
    phone.start_again().await.unwrap();
    assert!(phone.fetched(), "{:?}", phone.http_status_lines());
    assert!(phone.registered());
    phone.quit().await.unwrap();
    peers::wait_for(
        "the download's stamp",
        Duration::from_secs(20),
        async || (office.get("/summary").await["downloaded"] == 1).then_some(()),
    )
    .await
    .unwrap();

    // A real baresip, too: its configuration is handed over in the answer to a POST.
    let wanted = profile("Desk behind it", "baresip", "relay", &registrar.address());
    let desk = office.post("/profiles", wanted).await;
    let users = office.get("/users?limit=100").await;
    let others = users["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["downloaded_at"].is_null());
    let id = others.map(|user| user["id"].clone()).next().unwrap();
    let change = json!({"selection": {"ids": [id]}, "profile": desk["id"]});
    office.post("/profile-changes", change).await;
    office.settled().await;
    let order = json!({"selection": {"ids": [id]}});
    office.post("/deployments", order).await;
    office.settled().await;
    let letters = office.letters().await;
    let newest = letters
        .iter()
        .max_by_key(|letter| letter["id"].as_u64())
        .unwrap();
    let handed = office
        .http
        .post(newest["links"][0].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(handed.status(), 200);
    let phone = Baresip::register(&handed.text().await.unwrap())
        .await
        .unwrap();
    assert!(phone.registered(), "{}", phone.output());
}
