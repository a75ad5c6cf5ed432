//! The first minute of an installation: the set-up token that a server prints, and the administrator that it makes.

use std::time::Duration;

use peers::Program;
use reqwest::Client;

/// How long a program may take to be ready on a busy machine.
pub(crate) const READY: Duration = Duration::from_mins(2);

/// The address and the set-up token that a server without an administrator prints.
pub(crate) async fn printed(server: &mut Program) -> (String, String) {
    server
        .wait_line(READY, |line| {
            let (before, token) = line.split_once("/set-up and use this set-up token: ")?;
            let address = before.strip_prefix("open ")?;
            Some((address.to_owned(), token.trim().to_owned()))
        })
        .await
        .unwrap()
}

/// Makes the first administrator as the page does; the session's cookie.
pub(crate) async fn set_up(http: &Client, address: &str, token: &str) -> String {
    let before = http.get(format!("{address}/api/v1/entries")).send().await;
    assert!(!before.unwrap().status().is_success(), "nothing is open");
    let password = "four unrelated words here";
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("token", token),
        ("name", "grace"),
        ("password", password),
        ("password_again", password),
    ]);
    let answer = http
        .post(format!("{address}/set-up"))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}
