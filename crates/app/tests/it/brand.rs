//! The brand, changed while everything runs: it reaches the redirect server and every other server without a restart, and nothing
//! that is killed or away loses it.

use std::{fs, path::Path, time::Duration};

use peers::{Installation, SmtpSink};
use serde_json::json;

const ARRIVES: Duration = Duration::from_mins(1);

/// Waits until this page shows a text.
async fn shows(http: &reqwest::Client, url: &str, text: &str) {
    let shown = async || {
        let page = http.get(url).send().await.ok()?.text().await.ok()?;
        page.contains(text).then_some(())
    };
    peers::wait_for(text, ARRIVES, shown).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_brand_reaches_a_redirect_server_that_was_away_after_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sink = SmtpSink::start(&[]).await.unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rollcall"));
    let mut office = Installation::open(program, 10, sink.address())
        .await
        .unwrap();
    let here = format!("{}/c", office.api.address());
    let there = format!("{}/c", office.redirect_address);
    let published = async |office: &Installation| {
        let told = async || {
            let brand = office.api.get("/brand").await.ok()?;
            (brand["published"] == true).then_some(())
        };
        peers::wait_for("the redirect server", ARRIVES, told)
            .await
            .unwrap();
    };
    published(&office).await;
    let set = json!({"name": "First & <b>", "help": "Call 100.", "light": "#7a1fa2"});
    office.api.put("/brand", set).await.unwrap();
    shows(
        &office.api.http,
        &there,
        "First &#38; &#60;b&#62;</bdi></header>",
    )
    .await;
    shows(&office.api.http, &there, "--brand:#7a1fa2").await;
    published(&office).await;

    office.redirect.terminate(ARRIVES).await.unwrap();
    let set = office.api.put("/brand", json!({"name": "Second"})).await;
    assert_eq!(set.unwrap()["published"], false);
    office.server.kill_9().unwrap();
    office.server.restart().unwrap();
    office.wait("the server", |_| true).await.unwrap();
    shows(&office.api.http, &here, "Second</bdi></header>").await;
    let still = office.api.get("/brand").await.unwrap();
    assert_eq!(still["published"], false);
    office.redirect.restart().unwrap();
    shows(&office.api.http, &there, "Second</bdi></header>").await;
    published(&office).await;

    // What the settings file says counts again once what was said is taken back, at both.
    let settings = office.data().join("server.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(
        &settings,
        format!("{text}\n[brand]\nname = \"Out of a file\"\n"),
    )
    .unwrap();
    office.server.kill_9().unwrap();
    office.server.restart().unwrap();
    office.wait("the server", |_| true).await.unwrap();
    shows(&office.api.http, &here, "Second</bdi></header>").await;
    let back = office.api.delete("/brand").await.unwrap();
    assert_eq!(
        (&back["origin"], &back["name"]),
        (&json!("settings"), &json!("Out of a file"))
    );
    for page in [&here, &there] {
        shows(&office.api.http, page, "Out of a file</bdi></header>").await;
    }
}
