//! What a signed-in person sees and does.

use axum::http::{Method, StatusCode};
use model::{DeviceId, UserId, deployment::DeviceState};
use store::{audit, deployments, devices, jobs, users};

use super::office::{Town, village, village_of};
use crate::harness::{Office, three, told};

/// What a page shows between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page
        .split_once(from)
        .unwrap_or_else(|| panic!("{from}: {page}"));
    rest.split_once(to).unwrap().0
}

/// The path of the link that a page shows.
fn link(page: &str) -> String {
    let link = between(page, "<a class=\"button\" href=\"", "\"");
    link.strip_prefix("https://phones.example.org")
        .unwrap()
        .to_owned()
}

/// A phone of this person, as it came by a link of theirs.
async fn phone(office: &Office, cookie: &str) -> String {
    let shown = office.me_post("/me/deployments", cookie, &[]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let request = axum::http::Request::builder()
        .uri(link(&shown.body))
        .header("X-Linphone-Provisioning", "1")
        .header("User-Agent", "LinphoneAndroid/5.2.3")
        .body(axum::body::Body::empty())
        .unwrap();
    let fetched = office.ask(request).await;
    assert_eq!(fetched.status, StatusCode::OK);
    fetched.body
}

async fn only_device(office: &Office, user: UserId) -> devices::Device {
    let limit = std::time::Duration::from_secs(10);
    // The document is written before the stamp.
    peers::wait_for("the stamp", limit, async || {
        let all = devices::of_user(&office.store, user).await.unwrap();
        let [only] = &all[..] else { return None };
        Some(only.clone()).filter(|only| only.state != DeviceState::Pending)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_new_phone_is_set_up_by_what_is_shown_once() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let first = office.me_post("/me/deployments", &cookie, &[]).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    for text in [
        "<svg",
        "Ada Lovelace",
        "https://phones.example.org/c",
        "<time datetime=\"2026-01-08\" dir=\"auto\">8 January 2026</time>",
    ] {
        assert!(first.body.contains(text), "{text}: {}", first.body);
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(first.header(name), value);
    }
    assert!(
        first
            .header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    let code = between(&first.body, "<p class=\"typed\"><bdi dir=\"ltr\">", "<").to_owned();
    assert_eq!(code.split('-').count(), 3, "{code}");
    let typed = office.me_post("/c", "", &[("code", &code)]).await;
    assert!(typed.leads_to().contains("/d/"));

    let second = office.me_post("/me/deployments", &cookie, &[]).await;
    let ended = office.me(Method::GET, &link(&first.body), "").await;
    let works = office.me(Method::GET, &link(&second.body), "").await;
    assert_eq!(
        (ended.status, works.status),
        (StatusCode::GONE, StatusCode::OK)
    );
    let page = office.me(Method::GET, "/me", &cookie).await.body;
    let ticket = link(&second.body);
    assert!(!page.contains(&ticket) && !office.keeps(ticket.rsplit('/').next().unwrap()));

    let mails = office.page("/outbox").await;
    assert!(
        !mails.contains("ada@example.org"),
        "nothing is mailed unless asked"
    );
    let kept = &deployments::of_user(&office.store, user).await.unwrap()[0];
    assert_eq!((kept.reason.as_str(), kept.places), ("self", 3));
    let shown = office.page(&format!("/users/{user}")).await;
    for text in ["Self deployed", "the person", "without a mail"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let lines = audit::list(&office.store, None, 1).await.unwrap();
    let by = (lines[0].action.as_str(), lines[0].actor.clone());
    assert_eq!(by, ("user.self-deployed", format!("user {user}")));
}

#[tokio::test]
async fn a_person_without_a_secret_has_one_made_first() {
    let town = Town::open().await;
    let cookie = town.office.session_of(town.user).await;
    let asked = town.office.me_post("/me/deployments", &cookie, &[]).await;
    assert_eq!(asked.leads_to(), "/me?said=preparing");
    let page = town
        .office
        .me(Method::GET, "/me?said=preparing", &cookie)
        .await;
    assert!(
        page.body.contains("<p class=\"said\" role=\"status\">"),
        "{}",
        page.body
    );
    let again = town.office.me_post("/me/deployments", &cookie, &[]).await;
    assert_eq!(again.leads_to(), "/me?said=preparing");
    town.work().await;
    let shown = town.office.me_post("/me/deployments", &cookie, &[]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert_eq!(town.sandbox.control().credentials().len(), 1);
}

#[tokio::test]
async fn a_person_is_shown_so_many_codes_an_hour() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    for n in 0..20 {
        let shown = office.me_post("/me/deployments", &cookie, &[]).await;
        assert_eq!(shown.status, StatusCode::OK, "{n}");
    }
    let more = office.me_post("/me/deployments", &cookie, &[]).await;
    assert_eq!(more.leads_to(), "/me?said=enough");
}

#[tokio::test]
async fn a_lost_device_is_withdrawn_and_every_other_session_ends_with_it() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let lost = office.session_of(user).await;
    let document = phone(&office, &cookie).await;
    let device = only_device(&office, user).await;
    let page = office.me(Method::GET, "/me", &cookie).await.body;
    for text in [
        "LinphoneAndroid",
        "Last asked for its settings",
        "not seen registered",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let path = format!("/me/devices/{}/withdrawal", device.id);
    assert!(page.contains(&path), "{page}");
    let asked = office.me(Method::GET, &path, &cookie).await;
    assert!(asked.body.contains("Withdraw this device?"));
    assert_eq!(only_device(&office, user).await.state, DeviceState::Live);

    let done = office.me_post(&path, &cookie, &[]).await;
    assert_eq!(done.leads_to(), "/me?said=withdrawn");
    assert_eq!(only_device(&office, user).await.state, DeviceState::Revoked);
    let page = office.me(Method::GET, "/me", &cookie).await.body;
    assert!(page.contains("No device has your number yet."), "{page}");
    let of_lost = office.me(Method::GET, "/me", &lost).await.body;
    assert!(of_lost.contains("name=\"address\""), "it is signed out");

    let own_link = between(&document, "https://phones.example.org/x/", "<");
    let fetched = office.me(Method::GET, &format!("/x/{own_link}"), "").await;
    assert_eq!(fetched.status, StatusCode::OK);
    assert!(!fetched.body.contains("s3cret-of-4711") && document != fetched.body);
    let lines = audit::list(&office.store, None, 1).await.unwrap();
    let by = (lines[0].action.as_str(), lines[0].actor.clone());
    assert_eq!(by, ("device.withdrawn", format!("user {user}")));
}

#[tokio::test]
async fn nobody_withdraws_a_device_of_somebody_else() {
    let office = village().await;
    let (ada, grace) = (
        office.user_named("Lovelace").await,
        office.user_named("Hopper").await,
    );
    phone(&office, &office.session_of(ada).await).await;
    let device = only_device(&office, ada).await;
    let cookie = office.session_of(grace).await;
    let made_up = DeviceId::new(office.store.env());
    for id in [device.id.to_string(), made_up.to_string(), "x".to_owned()] {
        let path = format!("/me/devices/{id}/withdrawal");
        let asked = office.me(Method::GET, &path, &cookie).await;
        let done = office.me_post(&path, &cookie, &[]).await;
        for answer in [asked, done] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        }
    }
    assert_eq!(only_device(&office, ada).await.state, DeviceState::Live);
}

#[tokio::test]
async fn a_chosen_language_is_ours_and_everything_is_in_it() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let wrong = office
        .me_post("/me/language", &cookie, &[("language", "tlh")])
        .await;
    assert!(wrong.status.is_client_error());
    let saved = office
        .me_post("/me/language", &cookie, &[("language", "ar")])
        .await;
    assert_eq!(saved.leads_to(), "/me?said=saved");
    let page = office.me(Method::GET, "/me?said=saved", &cookie).await.body;
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
    assert!(page.contains("<option value=\"ar\" lang=\"ar\" selected>"));
    let kept = users::get(&office.store, user).await.unwrap();
    assert_eq!(
        (kept.ours.language.as_str(), kept.fields.language.as_str()),
        ("ar", "")
    );
    let shown = office.me_post("/me/deployments", &cookie, &[]).await.body;
    assert!(shown.contains("dir=\"rtl\""));
}

#[tokio::test]
async fn a_link_by_mail_is_an_ordinary_deployment_and_only_so_many_are_sent() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let first = office.me_post("/me/mails", &cookie, &[]).await;
    assert_eq!(first.leads_to(), "/me?said=mailed");
    let second = office.me_post("/me/mails", &cookie, &[]).await;
    assert_eq!(second.leads_to(), "/me?said=not-mailed");
    let job = jobs::claim(&office.store, "test").await.unwrap().unwrap();
    let model::Order::Deploy { reason, .. } = &job.order else {
        panic!("{:?}", job.order)
    };
    assert_eq!(
        (reason.as_str(), job.actor),
        ("self", format!("user {user}"))
    );
}

#[tokio::test]
async fn a_session_ends_by_itself_by_signing_out_by_suspension_and_by_removal() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let is_in = async |cookie: &str| {
        let page = office.me(Method::GET, "/me", cookie).await.body;
        page.contains("Ada Lovelace")
    };
    let cookie = office.session_of(user).await;
    assert!(is_in(&cookie).await);
    office.clock.advance_s(access::person::PERSON_SESSION_S);
    assert!(!is_in(&cookie).await);

    let cookie = office.session_of(user).await;
    let out = office.me_post("/me/sign-out", &cookie, &[]).await;
    assert_eq!(out.leads_to(), "/me");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert!(!is_in(&cookie).await, "a kept cookie is worth nothing");

    let cookie = office.session_of(user).await;
    let tx = office.store.begin().await.unwrap();
    users::suspend(&tx, &[user]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_in(&cookie).await);
    for path in ["/me/deployments", "/me/mails", "/me/language"] {
        let answer = office.me_post(path, &cookie, &[("language", "ar")]).await;
        assert_eq!(answer.leads_to(), "/me", "{path}");
    }
    let tx = office.store.begin().await.unwrap();
    users::resume(&tx, &[user]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        !is_in(&cookie).await,
        "what was taken away does not come back"
    );

    let cookie = office.session_of(user).await;
    assert!(is_in(&cookie).await);
    let tx = office.store.begin().await.unwrap();
    users::remove(&tx, &[user]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_in(&cookie).await);
}

#[tokio::test]
async fn a_person_is_no_administrator_and_an_administrator_no_person() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let token = cookie.split_once('=').unwrap().1;
    for cookie in [cookie.clone(), format!("rollcall_session={token}")] {
        for path in ["/", "/users", &format!("/users/{user}")] {
            let answer = office.me(Method::GET, path, &cookie).await;
            assert_eq!(answer.leads_to(), "/sign-in", "{path}");
        }
        let api = office.me(Method::GET, "/api/v1/users", &cookie).await;
        assert_eq!(api.status, StatusCode::UNAUTHORIZED);
    }
    let page = office.page("/me").await;
    assert!(
        page.contains("name=\"address\""),
        "an administrator is not signed in here"
    );
}

#[tokio::test]
async fn a_hostile_name_never_breaks_out_of_a_persons_page() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    let mut people = three();
    people.push(told(
        SCRIPT,
        "\u{202e}gro.elpmaxe\" onmouseover=\"alert(1)",
        "4999",
        "x@example.org",
    ));
    let office = village_of(&people).await;
    let users = store::users::of_address(&office.store, "x@example.org", 2)
        .await
        .unwrap();
    let cookie = office.session_of(users[0].id).await;
    let home = office.me(Method::GET, "/me", &cookie).await.body;
    let shown = office.me_post("/me/deployments", &cookie, &[]).await.body;
    for page in [home, shown] {
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
        for text in [SCRIPT, "\" onmouseover=\"", "\u{202e}"] {
            assert!(!page.contains(text), "{text}: {page}");
        }
    }
}
