//! Signing in: with the account of the client service, and by a mailed link.

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode},
};
use sandbox::{
    component::Kind,
    fault::{Fault, Trouble},
    people::Oddity,
};
use store::audit;

use super::office::{FOREIGN, Town, village};
use crate::harness::{Answer, Office, settings_at};

#[tokio::test]
async fn the_account_of_the_client_service_opens_the_own_page_and_its_password_is_kept_nowhere() {
    let town = Town::open().await;
    let door = town.office.me(Method::GET, "/me", "").await;
    assert_eq!(door.status, StatusCode::OK);
    assert!(door.body.contains("name=\"password\""), "{}", door.body);
    let answer = town.sign_in(&town.login, &town.password).await;
    assert_eq!(answer.leads_to(), "/me");
    let set = answer.header("set-cookie");
    for flag in ["rollcall_me=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(flag), "{flag}: {set}");
    }
    let page = town.office.me(Method::GET, "/me", &answer.cookie()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let user = store::users::get(&town.office.store, town.user)
        .await
        .unwrap();
    for text in [&user.fields.last_name, &user.fields.directory_number] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let lines = audit::list(&town.office.store, None, 1).await.unwrap();
    let line = &lines[0];
    let actor = format!("user {}", town.user);
    assert_eq!(
        (line.action.as_str(), &line.actor),
        ("user.signed-in", &actor)
    );
    let timeline = town.office.page(&format!("/users/{}", town.user)).await;
    assert!(timeline.contains("Signed in: with their account"));
    let token = answer.cookie().split_once('=').unwrap().1.to_owned();
    for secret in [&town.password, &token] {
        assert!(!town.office.keeps(secret));
        assert!(!timeline.contains(secret.as_str()) && !page.body.contains(secret.as_str()));
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_an_inactive_account_are_answered_alike() {
    let town = Town::open().await;
    let control = town.sandbox.control();
    let gone = control
        .population()
        .iter()
        .find(|p| p.oddity == Oddity::Inactive);
    let gone = gone.unwrap();
    let gone_password = control.password_of(gone.index);
    let wrong = format!("{}x", town.password);
    let mut told = vec![];
    for (login, password) in [
        (town.login.as_str(), wrong.as_str()),
        ("nobody-of-this-name", &town.password),
        (&gone.login, &gone_password),
        ("<script>alert(1)</script>", "x"),
    ] {
        let answer = town.sign_in(login, password).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{login}");
        assert!(answer.header("set-cookie").is_empty(), "{login}");
        assert!(!answer.body.contains("<script>"), "{login}");
        let shown = login.replace('<', "&#60;").replace('>', "&#62;");
        told.push(answer.body.replace(&format!("value=\"{shown}\""), ""));
        assert!(!answer.body.contains(password) || password == "x");
    }
    assert!(told.iter().all(|body| *body == told[0]), "{told:#?}");
}

#[tokio::test]
async fn an_account_that_cannot_be_checked_is_not_called_wrong() {
    let town = Town::open().await;
    let down = vec![Fault::always(Trouble::Down)];
    town.sandbox.control().set_faults(Kind::ClientService, down);
    let answer = town.sign_in(&town.login, &town.password).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("cannot be checked at the moment"));
    town.sandbox
        .control()
        .set_faults(Kind::ClientService, vec![]);
    // What failed like this is no wrong try for ever.
    let answer = town.sign_in(&town.login, &town.password).await;
    assert_eq!(answer.leads_to(), "/me");
}

#[tokio::test]
async fn after_ten_wrong_passwords_a_name_waits_a_minute_and_others_do_not() {
    let town = Town::open().await;
    for _ in 0..10 {
        let wrong = town.sign_in(&town.login, "wrong").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    }
    let right = town.sign_in(&town.login, &town.password).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(right.body.contains("Wait a minute"), "{}", right.body);
    let other = town.sign_in("somebody-else", "wrong").await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED);
    town.office.clock.advance_s(60);
    let right = town.sign_in(&town.login, &town.password).await;
    assert_eq!(right.leads_to(), "/me");
}

/// What is answered to a form from a network.
async fn posted_from(town: &Town, network: u8, path: &str, form: &[(&str, &str)]) -> Answer {
    let peer = std::net::SocketAddr::from(([192, 0, network, 1], 1));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .extension(ConnectInfo(peer));
    town.office
        .ask(request.body(Body::from(form)).unwrap())
        .await
}

#[tokio::test]
async fn who_guesses_elsewhere_or_asks_for_links_shuts_nobodys_way_in() {
    let town = Town::open().await;
    let guess = async |network: u8, login: &str, password: &str| {
        let form = [("login", login), ("password", password)];
        posted_from(&town, network, "/me/sign-in", &form).await
    };
    for _ in 0..10 {
        let wrong = guess(1, &town.login, "wrong").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        // What a link is asked for with is counted by itself, whatever it looks like.
        posted_from(&town, 2, "/me/links", &[("address", &town.login)]).await;
        posted_from(&town, 1, "/me/links", &[("address", &town.address)]).await;
    }
    let busy = guess(1, &town.login, &town.password).await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    let right = guess(2, &town.login, &town.password).await;
    assert_eq!(right.leads_to(), "/me");
    let asked = posted_from(&town, 2, "/me/links", &[("address", &town.address)]).await;
    assert_eq!(asked.status, StatusCode::OK);
}

#[tokio::test]
async fn one_login_is_guessed_thirty_times_and_then_once_in_ten_minutes_and_the_audit_says_so() {
    let town = Town::open().await;
    let known = town.login.to_uppercase();
    let guesses = async |login: &str, password: &str| {
        let mut wrong = 0;
        for network in 10..20 {
            for _ in 0..10 {
                let form = [("login", login), ("password", password)];
                let answer = posted_from(&town, network, "/me/sign-in", &form).await;
                wrong += usize::from(answer.status == StatusCode::UNAUTHORIZED);
            }
        }
        wrong
    };
    assert_eq!(guesses(&known, "wrong").await, 30);
    assert_eq!(guesses("correct horse", "wrong").await, 30);
    let lines = audit::list(&town.office.store, None, 10).await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line.action == "sign-in.guessed")
        .map(|line| (line.subject.as_str(), line.detail.as_str()))
        .collect();
    let user = town.user.to_string();
    let its = format!("login {}", town.login);
    let expected = [
        ("", "a login that nobody here has"),
        (user.as_str(), its.as_str()),
    ];
    assert_eq!(told, expected);
    town.office.clock.advance_s(60);
    let form = [("login", known.as_str()), ("password", &town.password)];
    let late = posted_from(&town, 30, "/me/sign-in", &form).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(late.body.contains("Wait ten minutes"), "{}", late.body);
    town.office.clock.advance_s(540);
    assert_eq!(guesses(&known, "wrong").await, 1);
    town.office.clock.advance_s(600);
    let other = town.sign_in("somebody-else", "wrong").await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        town.sign_in(&town.login, &town.password).await.leads_to(),
        "/me"
    );
    assert_eq!(
        guesses(&known, "wrong").await,
        30,
        "a right one forgets them"
    );
    let lines = audit::list(&town.office.store, None, 10).await.unwrap();
    let told = lines.iter().filter(|line| line.action == "sign-in.guessed");
    assert_eq!(told.count(), 2, "once a day");
}

#[tokio::test]
async fn a_mailed_link_is_used_up_by_its_button_and_not_by_fifty_scanners() {
    let town = Town::open().await;
    let link = town.link().await;
    assert!(link.starts_with("/me/links/"), "{link}");
    for n in 0..50 {
        let method = if n % 2 == 0 {
            Method::GET
        } else {
            Method::HEAD
        };
        let looked = town.office.me(method, &link, "").await;
        assert_eq!(looked.status, StatusCode::OK, "{n}");
        assert!(looked.header("set-cookie").is_empty(), "{n}");
    }
    let shown = town.office.me(Method::GET, &link, "").await;
    assert!(shown.body.contains("<form method=\"post\">"));
    let in_by_it = town.office.me_post(&link, "", &[]).await;
    assert_eq!(in_by_it.leads_to(), "/me");
    let page = town.office.me(Method::GET, "/me", &in_by_it.cookie()).await;
    assert_eq!(page.status, StatusCode::OK);
    let token = link.rsplit('/').next().unwrap();
    assert!(
        !town.office.keeps(token),
        "a link is kept as its hash alone"
    );

    let again = town.office.me_post(&link, "", &[]).await;
    let looked = town.office.me(Method::GET, &link, "").await;
    let unknown = town.office.me(Method::GET, "/me/links/made-up", "").await;
    for dead in [&again, &looked, &unknown] {
        assert_eq!(dead.status, StatusCode::GONE);
        assert_eq!(dead.body, unknown.body);
        assert!(dead.header("set-cookie").is_empty());
    }
}

#[tokio::test]
async fn a_mailed_link_ends_after_an_hour() {
    let town = Town::open().await;
    let link = town.link().await;
    town.office.clock.advance_s(3599);
    let looked = town.office.me(Method::GET, &link, "").await;
    assert_eq!(looked.status, StatusCode::OK);
    town.office.clock.advance_s(1);
    let late = town.office.me_post(&link, "", &[]).await;
    assert_eq!(late.status, StatusCode::GONE);
}

#[tokio::test]
async fn whoever_asks_for_a_link_is_told_the_same_whether_or_not_the_address_is_known() {
    let town = Town::open().await;
    let known = town.ask_for_link(&town.address).await;
    assert_eq!(known.status, StatusCode::OK);
    let long = format!("{}@example.org", "x".repeat(400));
    for address in ["nobody@example.org", "no address", "a@b\r\nBcc: c@d", &long] {
        let unknown = town.ask_for_link(address).await;
        assert_eq!(unknown.status, StatusCode::OK, "{address}");
        assert_eq!(unknown.body, known.body, "{address}");
    }
    for nothing in ["", "  "] {
        let asked = town.ask_for_link(nothing).await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(asked.body.contains("name=\"address\""), "{}", asked.body);
    }
}

#[tokio::test]
async fn one_address_and_one_network_can_ask_only_so_often() {
    let office = village().await;
    let ask = async |address: &str| {
        let form = [("address", address)];
        office.me_post("/me/links", "", &form).await.status
    };
    for _ in 0..10 {
        assert_eq!(ask("ada@example.org").await, StatusCode::OK);
    }
    assert_eq!(ask("ada@example.org").await, StatusCode::TOO_MANY_REQUESTS);
    let mut others = 0;
    while ask(&format!("nobody-{others}@example.org")).await == StatusCode::OK {
        others += 1;
        assert!(others < 200, "a network has a limit");
    }
    office.clock.advance_s(3600);
    assert_eq!(ask("ada@example.org").await, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let device = "018f0000-0000-7000-8000-000000000001";
    let withdrawal = format!("/me/devices/{device}/withdrawal");
    for foreign in FOREIGN {
        for path in [
            "/me/sign-in",
            "/me/sign-out",
            "/me/links",
            "/me/links/made-up",
            "/me/deployments",
            "/me/mails",
            "/me/language",
            &withdrawal,
        ] {
            let form = [("login", "a"), ("password", "b"), ("language", "ar")];
            let answer = office.me_post_as(path, &cookie, &form, foreign).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {foreign:?}");
        }
    }
    let page = office.me(Method::GET, "/me", &cookie).await;
    assert!(page.body.contains("lang=\"en\""), "nothing was changed");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_this_host_and_never_travels_without() {
    let settings = web::Settings {
        secure_cookies: true,
        ..settings_at("https://phones.example.org")
    };
    let office = Office::open_with(settings).await;
    let out = office
        .me_post("/me/sign-out", "__Host-rollcall_me=x", &[])
        .await;
    let set = out.header("set-cookie");
    assert!(set.starts_with("__Host-rollcall_me="), "{set}");
    assert!(set.contains("Secure"), "{set}");
}

#[tokio::test]
async fn without_a_client_service_only_a_mailed_link_leads_in() {
    let office = village().await;
    let door = office.me(Method::GET, "/me", "").await;
    assert!(door.body.contains("name=\"address\""));
    assert!(!door.body.contains("name=\"password\""));
    let form = [("login", "lovelace-4711"), ("password", "x")];
    let answer = office.me_post("/me/sign-in", "", &form).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_visitors_language() {
    let office = village().await;
    let answer = office.me_post("/me/sign-in", "", &[("login", "x")]).await;
    assert!(answer.status.is_client_error());
    assert!(answer.body.contains("<html lang=\"en\""), "{}", answer.body);
    let answer = office.me_in(Method::GET, "/me/sign-in", "", "ar").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert_eq!(answer.header("allow"), "POST");
}
