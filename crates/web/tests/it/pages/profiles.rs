//! Profiles in use: a change and a removal are shown before they are done, and every change can be taken back.

use axum::http::StatusCode;

use crate::harness::{Office, rows, three};

/// An office in which two people have a profile, and one of them a phone; its address.
async fn in_use() -> (Office, String) {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let users = rows(&office.page("/users").await);
    assert_eq!(users.len(), 2);
    office.phone_of(&users[0]).await;
    (office, format!("/profiles/{profile}"))
}

fn form<'a>(version: &'a str, interval: &'a str, help: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("name", "Office"),
        ("sip_domain", "pbx.example.org"),
        ("link_mode", "direct"),
        ("version", version),
        ("register_interval_s", interval),
        ("help", help),
    ]
}

#[tokio::test]
async fn a_change_that_clients_have_is_shown_with_how_many_it_makes_out_of_date() {
    let (office, address) = in_use().await;
    let shown = office.post(&address, &form("1", "120", "")).await;
    assert_eq!(shown.status, StatusCode::OK);
    for text in [
        "<strong>1</strong> person becomes out of date",
        "Registration interval",
        "600 seconds",
        "120 seconds",
        "name=\"register_interval_s\" value=\"120\"",
    ] {
        assert!(shown.body.contains(text), "{text}: {}", shown.body);
    }
    assert!(
        office.page(&address).await.contains("value=\"600\""),
        "nothing was saved"
    );
    let mut back = form("1", "120", "").to_vec();
    back.push(("agreed", "back"));
    let again = office.post(&address, &back).await;
    assert!(again.body.contains("value=\"120\"") && again.body.contains(">Save</button>"));
    back[6] = ("agreed", "1");
    assert_eq!(office.post(&address, &back).await.leads_to(), "/profiles");
    assert!(office.page(&address).await.contains("value=\"120\""));
}

#[tokio::test]
async fn a_change_of_the_mail_alone_is_saved_at_once() {
    let (office, address) = in_use().await;
    let saved = office.post(&address, &form("1", "600", "Call 4711.")).await;
    assert_eq!(saved.leads_to(), "/profiles");
}

#[tokio::test]
async fn of_two_administrators_who_change_a_profile_the_second_is_told() {
    let (office, address) = in_use().await;
    office
        .post(&address, &form("1", "600", "One."))
        .await
        .leads_to();
    let second = office.post(&address, &form("1", "600", "Two.")).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(
        second
            .body
            .contains("somebody changed this profile meanwhile")
    );
    assert!(office.page(&address).await.contains("One."));
}

#[tokio::test]
async fn a_history_tells_who_changed_what_and_leads_back() {
    let (office, address) = in_use().await;
    office
        .post(&address, &form("1", "600", "Call 4711."))
        .await
        .leads_to();
    let page = office.page(&format!("{address}/history")).await;
    for text in [
        "Version 2",
        "in force",
        "by <bdi>grace</bdi>",
        "Call 4711.",
        "The profile was made.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let back = [("version", "1"), ("seen", "2")];
    let restored = office.post(&format!("{address}/restorations"), &back).await;
    assert_eq!(restored.leads_to(), "/profiles");
    let page = office.page(&address).await;
    assert!(page.contains("name=\"version\" value=\"3\"") && !page.contains("Call 4711."));
}

#[tokio::test]
async fn a_copy_begins_with_the_settings_of_the_other() {
    let (office, address) = in_use().await;
    office
        .post(&address, &form("1", "600", "Call 4711."))
        .await
        .leads_to();
    let from = address.replace("/profiles/", "/profiles/new?from=");
    let page = office.page(&from).await;
    assert!(page.contains("value=\"Copy of Office\"") && page.contains("Call 4711."));
}

#[tokio::test]
async fn a_profile_in_use_is_removed_with_a_replacement_that_its_users_get() {
    let (office, address) = in_use().await;
    let delete = format!("{address}/delete");
    assert!(
        office
            .page(&delete)
            .await
            .contains("there is no other profile")
    );
    let refused = office.post(&delete, &[("replacement", "")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let home = office.profile("Home").await;
    let page = office.page(&delete).await;
    for text in [
        "<strong>2</strong> users get <bdi>Home</bdi>",
        "<strong>1</strong> out of date",
        "Delete and move 2 users",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let itself = address.trim_start_matches("/profiles/");
    let wrong = office.post(&delete, &[("replacement", itself)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let removed = office.post(&delete, &[("replacement", &home)]).await;
    assert_eq!(removed.leads_to(), "/profiles");
    assert_eq!(office.get(&address).await.status, StatusCode::NOT_FOUND);
    let moved = rows(&office.page(&format!("/users?profile={home}")).await);
    assert_eq!(moved.len(), 2);
    let user = office.page(&format!("/users/{}", moved[0])).await;
    assert!(user.contains("Office → Home"), "{user}");
}

#[tokio::test]
async fn who_has_a_profile_is_found_in_manage() {
    let (office, address) = in_use().await;
    let home = office.profile("Home").await;
    let id = address.trim_start_matches("/profiles/");
    let link = format!("href=\"/users?profile={id}\"");
    assert!(office.page("/profiles").await.contains(&link));
    assert!(office.page(&address).await.contains(&link));
    assert_eq!(
        rows(&office.page(&format!("/users?profile={id}")).await).len(),
        2
    );
    assert_eq!(
        rows(&office.page(&format!("/users?profile={home}")).await).len(),
        0
    );
}

#[tokio::test]
async fn links_that_a_browser_would_show_for_another_client_are_refused_or_told() {
    let (office, address) = in_use().await;
    assert!(!office.page(&address).await.contains("is led to Linphone"));
    for client in ["acrobits", "zoiper"] {
        let mut form = form("1", "600", "").to_vec();
        form[2] = ("link_mode", "redirect");
        form.extend([("client", client), ("provider_id", "EXAMPLE")]);
        let refused = office.post(&address, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = "must be Direct with this client";
        assert!(refused.body.contains(told), "{client}: {}", refused.body);
    }
    for client in ["baresip", "json"] {
        let form = [
            ("name", client),
            ("sip_domain", "pbx.example.org"),
            ("link_mode", "direct"),
            ("client", client),
        ];
        office.post("/profiles", &form).await.leads_to();
        let list = office.page("/profiles").await;
        let (before, _) = list.split_once(&format!("title=\"{client}\"")).unwrap();
        let path = before.rsplit("href=\"").next().unwrap();
        let page = office.page(path.split('"').next().unwrap()).await;
        assert!(page.contains("is led to Linphone"), "{client}: {page}");
        // Whoever gives a profile such a client is told before it is saved.
        let mut form = form.to_vec();
        form[0] = ("name", "Office");
        let told = office.post(&address, &form).await;
        assert!(told.body.contains("is led to Linphone"), "{}", told.body);
        form.push(("agreed", "back"));
        office.post(&address, &form).await;
    }
    assert!(!office.page(&address).await.contains("is led to Linphone"));
}
