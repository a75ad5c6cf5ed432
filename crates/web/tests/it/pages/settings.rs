//! Profiles: what is typed is kept, what is wrong is said beside its field.

use axum::http::StatusCode;

use crate::harness::{Office, three};

fn form<'a>(name: &'a str, port: &'a str, client: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("name", name),
        ("client", client),
        ("sip_domain", "pbx.example.org"),
        ("sip_port", port),
        ("fetch", "once"),
        ("link_mode", "direct"),
    ]
}

#[tokio::test]
async fn a_profile_is_made_changed_and_deleted() {
    let office = Office::open().await;
    let made = office
        .post("/profiles", &form("Office", "5070", "baresip"))
        .await;
    assert_eq!(made.leads_to(), "/profiles");
    let list = office.page("/profiles").await;
    let (_, rest) = list.split_once("href=\"/profiles/0").unwrap();
    let address = format!("/profiles/0{}", rest.split('"').next().unwrap());
    let page = office.page(&address).await;
    assert!(page.contains("value=\"5070\""));
    for checked in ["value=\"baresip\" checked", "value=\"once\" checked"] {
        assert!(page.contains(checked), "{checked}");
    }
    office
        .post(&address, &form("Workshop", "", "linphone"))
        .await
        .leads_to();
    let page = office.page(&address).await;
    assert!(page.contains("Workshop") && page.contains("value=\"linphone\" checked"));
    assert_eq!(
        office
            .post(&format!("{address}/delete"), &[])
            .await
            .leads_to(),
        "/profiles"
    );
    assert_eq!(office.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_profile_opens_with_every_choice_made() {
    let office = Office::open().await;
    let page = office.page("/profiles/new").await;
    for checked in ["linphone", "direct", "every-start"] {
        assert!(
            page.contains(&format!("value=\"{checked}\" checked")),
            "{checked}"
        );
    }
}

#[tokio::test]
async fn a_wrong_field_comes_back_as_typed_with_its_fault() {
    let office = Office::open().await;
    for (form, typed) in [
        (form("Office", "70000", "linphone"), "value=\"70000\""),
        (form("Office", "", "none"), "value=\"Office\""),
        (form("", "5060", "linphone"), "value=\"5060\""),
    ] {
        let answer = office.post("/profiles", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("one field needs"), "{}", answer.body);
        assert!(answer.body.contains(typed));
    }
    office.profile("Office").await;
    let taken = office
        .post("/profiles", &form("OFFICE", "", "linphone"))
        .await;
    assert!(taken.body.contains("is in use already"));
}

#[tokio::test]
async fn a_link_mode_whose_way_does_not_work_here_is_refused_by_its_field() {
    let office = Office::open().await;
    let mut form = form("Office", "", "linphone");
    form[5] = ("link_mode", "redirect");
    let answer = office.post("/profiles", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = "href=\"#link_mode\">Link mode</a> does not work here: the profile&#39;s links need a redirect server";
    assert!(answer.body.contains(said), "{}", answer.body);
}

#[tokio::test]
async fn links_that_everybody_on_the_way_can_read_are_refused_beyond_this_machine() {
    let direct = form("Office", "", "linphone");
    assert_eq!(direct[5], ("link_mode", "direct"));
    let office = Office::open_at("http://phones.example.org").await;
    let answer = office.post("/profiles", &direct).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("which is not https"),
        "{}",
        answer.body
    );
    let here = Office::open_at("http://127.0.0.1:8080").await;
    let answer = here.post("/profiles", &direct).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_setting_has_its_help_its_default_and_who_ignores_it() {
    let office = Office::open().await;
    let page = office.page("/profiles/new").await;
    for setting in model::profile::SETTINGS {
        let label = format!("id=\"{}\"", setting.key);
        assert!(page.contains(&label), "{}", setting.key);
        assert!(page.contains(&format!("id=\"{}-help\"", setting.key)));
    }
    assert!(page.contains("Default: 600 seconds."));
    assert!(page.contains("baresip: it is no app that sleeps"));
}

#[tokio::test]
async fn a_profile_that_people_have_stays() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let answer = office
        .post(&format!("/profiles/{profile}/delete"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(office.page("/profiles").await.contains("Office"));
}
