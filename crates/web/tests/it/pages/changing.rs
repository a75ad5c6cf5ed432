//! What is done to many users at once: another profile, another language, deletion; and what failed, once more.

use axum::http::{Method, header};
use model::{DeviceId, UserId, deployment::DeviceState, ticket::LinkHash};
use store::devices::{self, Device};

use crate::harness::{Office, START, encoded, rows, three};

/// An office with two users, and the id of its profile.
async fn imported() -> (Office, String) {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    (office, profile)
}

impl Office {
    /// Makes a plan of everybody, looks at it and agrees; the job's page.
    async fn agree(
        &self,
        verb: &str,
        form: &[(&str, &str)],
        shown: &[&str],
        ticked: &[(&str, &str)],
    ) -> String {
        let everybody = [&[("all", "1")], form].concat();
        let plan = self
            .post(&format!("/users/{verb}/plan"), &everybody)
            .await
            .leads_to();
        let page = self.page(&plan).await;
        for text in shown {
            assert!(page.contains(text), "{text}: {page}");
        }
        let job = self.post(&format!("{plan}/run"), ticked).await.leads_to();
        self.work().await;
        job
    }

    /// A phone fetched the configuration of this user.
    async fn linked_phone_of(&self, user: &str) -> Device {
        let id: UserId = user.parse().unwrap();
        let device = Device {
            id: DeviceId::new(self.store.env()),
            deployment: model::DeploymentId::new(self.store.env()),
            user: id,
            state: DeviceState::Pending,
            client: model::ClientKind::Linphone,
            agent: "Linphone/5".to_owned(),
            created_at: START,
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        let tx = self.store.begin().await.unwrap();
        devices::add(&tx, &device, LinkHash::of("the phone's own link"))
            .await
            .unwrap();
        devices::stamp_downloaded(&tx, device.id).await.unwrap();
        store::users::stamp_downloaded(&tx, id).await.unwrap();
        tx.commit().await.unwrap();
        device
    }
}

#[tokio::test]
async fn a_selection_gets_another_profile_after_its_plan_was_seen() {
    let (office, profile) = imported().await;
    let chooser = office
        .post("/users/changes?looked=2", &[("all", "1"), ("q", "")])
        .await;
    assert!(
        chooser
            .body
            .contains("action=\"/users/profile-changes/plan?looked=2\""),
        "{}",
        chooser.body
    );
    let shown = [
        "becomes “Do not deploy”",
        "<strong>2</strong> changed",
        "Change 2 people",
    ];
    let job = office
        .agree("profile-changes", &[("profile", "")], &shown, &[])
        .await;
    assert!(
        office
            .page(&job)
            .await
            .contains("Change of users&#39; profile")
    );
    let manage = office.page("/users").await;
    assert_eq!(manage.matches("Do not deploy").count() / 2, 2, "{manage}");
    let again = [
        "<strong>0</strong> changed",
        "<strong>2</strong> no change",
        "There is nothing to do.",
    ];
    let plan = office
        .post(
            "/users/profile-changes/plan",
            &[("all", "1"), ("profile", "")],
        )
        .await
        .leads_to();
    let page = office.page(&plan).await;
    for text in again {
        assert!(page.contains(text), "{text}: {page}");
    }
    let form = [("all", "1"), ("profile", profile.as_str())];
    let plan = office
        .post("/users/profile-changes/plan", &form)
        .await
        .leads_to();
    assert!(office.page(&plan).await.contains("Office softphone"));
}

#[tokio::test]
async fn a_selection_gets_another_language_which_is_no_drift() {
    let (office, _) = imported().await;
    let form = [("language", "de")];
    office
        .agree(
            "language-changes",
            &form,
            &["becomes Deutsch", "Change 2 people"],
            &[],
        )
        .await;
    let user = rows(&office.page("/users").await).remove(0);
    let page = office.page(&format!("/users/{user}")).await;
    for text in ["Language is now de", "entered by hand"] {
        assert!(
            page.to_lowercase().contains(&text.to_lowercase()),
            "{text}: {page}"
        );
    }
    assert!(!page.contains("at the source:"));
    let bad = office
        .post(
            "/users/language-changes/plan",
            &[("all", "1"), ("language", "no tag!")],
        )
        .await;
    assert_eq!(bad.status, 422);
}

#[tokio::test]
async fn a_refused_form_leads_back_to_its_page_and_to_no_other_site() {
    let (office, _) = imported().await;
    for (from, back) in [
        ("https://office.example.org/users/new?a=1", "/users/new?a=1"),
        ("https://elsewhere.example.org/users/new", "/"),
        ("https://office.example.org//elsewhere.example.org", "/"),
    ] {
        let request = office
            .request(Method::POST, "/users/language-changes/plan")
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::REFERER, from);
        let form = encoded(&[("all", "1"), ("language", "no tag!")]);
        let answer = office.ask(request.body(form).unwrap()).await;
        assert_eq!(answer.status, 422);
        let ways = format!("<div class=\"ways\"><a class=\"btn\" href=\"{back}\">");
        assert!(answer.body.contains(&ways), "{from}: {}", answer.body);
    }
}

#[tokio::test]
async fn whose_phone_is_set_up_is_deleted_only_where_that_is_chosen_and_is_no_failure_else() {
    let (office, _) = imported().await;
    let users = rows(&office.page("/users").await);
    office.linked_phone_of(&users[0]).await;
    let shown = [
        "<strong>1</strong> without a phone that is set up",
        ">Delete 1 person</button>",
        "Delete all 2, also 1 whose phone has its configuration",
    ];
    let job = office.agree("deletions", &[], &shown, &[]).await;
    assert_eq!(rows(&office.page("/users").await), users[..1]);
    let page = office.page(&job).await;
    for text in [
        "<span data-done>1</span> of <span data-total>1</span>",
        "<dt>Left out, their phone is set up</dt><dd class=\"num\">1</dd>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Retry failed…"), "{page}");
    let plan = office
        .post("/users/deletions/plan", &[("all", "1")])
        .await
        .leads_to();
    let page = office.page(&plan).await;
    assert!(page.contains("Delete 1 person whose phone has its configuration"));
    assert!(!page.contains("There is nothing to do."));
    let plan = plan.split('?').next().unwrap();
    office
        .post(&format!("{plan}/run"), &[("deployed", "1")])
        .await
        .leads_to();
    office.work().await;
    assert!(rows(&office.page("/users").await).is_empty());
    let page = office.page(plan).await;
    assert!(page.contains("This plan was carried out."), "{page}");
    assert!(!page.contains("Nothing has been done yet."), "{page}");
    assert_eq!(
        rows(&office.page("/import?state=new").await).len(),
        2,
        "their entries are new again"
    );
}

#[tokio::test]
async fn the_phone_of_somebody_deleted_is_emptied_once_and_refused_then() {
    let (office, _) = imported().await;
    let users = rows(&office.page("/users").await);
    office.linked_phone_of(&users[0]).await;
    office
        .agree("deletions", &[], &[], &[("deployed", "1")])
        .await;
    let link = format!("/x/{}", "the phone's own link".replace(' ', "%20"));
    let emptied = office.get(&link).await;
    assert_eq!(emptied.status, 200);
    assert_eq!(emptied.header("content-type"), "application/xml");
    assert!(
        emptied.body.contains("reg_sendregister") && !emptied.body.contains("set-"),
        "{}",
        emptied.body
    );
    let dead = async || (office.get(&link).await.status == 410).then_some(());
    peers::wait_for("the link's end", std::time::Duration::from_secs(10), dead)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_phone_that_does_not_come_back_for_a_month_is_not_waited_for() {
    let (office, _) = imported().await;
    let users = rows(&office.page("/users").await);
    office.linked_phone_of(&users[0]).await;
    office
        .agree("deletions", &[], &[], &[("deployed", "1")])
        .await;
    office.clock.advance_s(30 * 24 * 3600 + 1);
    assert_eq!(
        office.get("/x/the%20phone's%20own%20link").await.status,
        410
    );
}

#[tokio::test]
async fn a_users_page_leads_to_the_preview_with_secrets_masked() {
    let (office, _) = imported().await;
    let users = rows(&office.page("/users?q=ada").await);
    let path = format!("/users/{}/preview", users[0]);
    assert!(
        office
            .page(&format!("/users/{}", users[0]))
            .await
            .contains(&path)
    );
    let page = office.page(&path).await;
    for text in [
        "set-4711@pbx.example.org",
        "ada@example.org",
        "made-when-it-is-sent--",
        "application/xml",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    // The mail as it looks is a page of its own, in which nothing runs or loads.
    let frame = format!("{path}/mail");
    assert!(page.contains(&format!("src=\"{frame}\"")) && page.contains(" sandbox "));
    let mail = office.get(&frame).await;
    assert!(
        mail.body.contains("made-when-it-is-sent--"),
        "{}",
        mail.body
    );
    assert!(mail.body.contains("src=\"data:image/png;base64,"));
    assert!(!mail.body.contains("cid:"), "the page has no other parts");
    let policy = mail.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none';"),
        "{policy}"
    );
    assert_eq!(mail.header("x-content-type-options"), "nosniff");
}
