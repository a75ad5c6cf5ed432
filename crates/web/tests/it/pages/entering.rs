//! A user that is entered by hand, and what is ours about one that came from a component.

use model::{Actor, ComponentKind, Record};

use crate::harness::{Office, rows, told};

const ADA: [(&str, &str); 6] = [
    ("first_name", "Ada"),
    ("last_name", "Lovelace"),
    ("directory_number", "4711"),
    ("email", "ada@example.org"),
    ("sip_user", "ada"),
    ("sip_password", "s3cret-by-hand"),
];

fn with<'a>(form: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = form
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| name != other));
    kept.chain(more).copied().collect()
}

/// Somebody in a directory, which keeps no SIP accounts.
fn in_directory(last: &str) -> Record {
    Record {
        sip_user: String::new(),
        mbg_user_name: String::new(),
        ..told("Grace", last, "0815", "grace@example.org")
    }
}

/// An office with one user who came from a directory; the user's address.
async fn from_a_directory() -> (Office, String) {
    let office = Office::open().await;
    let directory = office.connect("directory", ComponentKind::Ldap).await;
    office.told(directory, &[in_directory("Hopper")]).await;
    office.join().await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    let user = rows(&office.page("/users").await).remove(0);
    (office, format!("/users/{user}"))
}

#[tokio::test]
async fn a_user_is_entered_by_hand_and_each_fault_stands_beside_its_field() {
    let office = Office::open().await;
    let profile = office.profile("Office softphone").await;
    let form = office.page("/users/new").await;
    assert!(
        form.contains("Office softphone, at pbx.example.org</option>"),
        "{form}"
    );

    let bad = with(
        &ADA,
        &[
            ("profile", &profile),
            ("last_name", ""),
            ("email", "nobody"),
            ("sip_user", "a@b"),
            ("client_service_port", "0"),
        ],
    );
    let refused = office.post("/users/new", &bad).await;
    assert_eq!(refused.status, 422);
    for text in [
        "4 fields need",
        "id=\"last_name-error\"",
        "id=\"email-error\"",
        "id=\"sip_user-error\"",
        "id=\"client_service_port-error\"",
        "value=\"nobody\"",
    ] {
        assert!(refused.body.contains(text), "{text}: {}", refused.body);
    }
    assert!(
        !refused.body.contains("s3cret-by-hand"),
        "a password never comes back"
    );
    assert!(rows(&office.page("/users").await).is_empty());

    let good = with(&ADA, &[("profile", &profile), ("voicemail_number", "*97")]);
    let user = office.post("/users/new", &good).await.leads_to();
    let page = office.page(&user).await;
    for text in [
        "Lovelace",
        "*97",
        "held, never shown",
        "entered by hand",
        "Added: by hand",
        "This user is ours",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(
        !page.contains("Sync data"),
        "no component is synced into it"
    );
    assert!(!page.contains("s3cret-by-hand"));
}

#[tokio::test]
async fn with_a_profile_a_sip_account_is_needed_unless_a_gateways_is_given() {
    let office = Office::open().await;
    let profile = office.profile("Office softphone").await;
    let person = &ADA[..4];
    let bare = office
        .post("/users/new", &with(person, &[("profile", &profile)]))
        .await;
    assert_eq!(bare.status, 422);
    assert!(
        bare.body.contains("id=\"sip_user-error\"")
            && bare.body.contains("id=\"sip_password-error\"")
    );
    let half = with(
        person,
        &[("profile", &profile), ("mbg_user_name", "ada-4711")],
    );
    let half = office.post("/users/new", &half).await;
    assert!(
        half.body.contains("id=\"mbg_password-error\"") && !half.body.contains("sip_user-error")
    );
    let whole = with(
        person,
        &[
            ("profile", &profile),
            ("mbg_user_name", "ada-4711"),
            ("mbg_password", "pw"),
        ],
    );
    office.post("/users/new", &whole).await.leads_to();
    // A password without its account would go before the account that works.
    let beside = [
        ("profile", profile.as_str()),
        ("sip_user", "ada"),
        ("sip_password", "s3cret-by-hand"),
        ("mbg_password", "s3cret-by-hand"),
    ];
    let beside = office.post("/users/new", &with(person, &beside)).await;
    assert!(beside.body.contains("id=\"mbg_user_name-error\""));
    assert!(!beside.body.contains("s3cret-by-hand"));
    let none = with(person, &[("profile", "")]);
    office.post("/users/new", &none).await.leads_to();
    let deploy = with(&none, &[("then", "deploy")]);
    let refused = office.post("/users/new", &deploy).await;
    assert!(
        refused.body.contains("id=\"profile-error\""),
        "{}",
        refused.body
    );
    assert_eq!(rows(&office.page("/users").await).len(), 2);
}

#[tokio::test]
async fn save_and_deploy_leads_to_the_same_plan_as_deploy_in_manage() {
    let office = Office::open().await;
    let profile = office.profile("Office softphone").await;
    let form = with(&ADA, &[("profile", &profile), ("then", "deploy")]);
    let plan = office.post("/users/new", &form).await.leads_to();
    assert!(plan.starts_with("/user-plans/"), "{plan}");
    let page = office.page(&plan).await;
    assert!(
        page.contains("Deploy 1 person") && page.contains("Lovelace"),
        "{page}"
    );
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    let manage = office.page("/users?state=queued").await;
    assert_eq!(rows(&manage).len(), 1);
}

#[tokio::test]
async fn a_user_that_is_ours_is_changed_and_a_password_is_forgotten_only_when_that_is_said() {
    let office = Office::open().await;
    let form = with(&ADA, &[("profile", "")]);
    let user = office.post("/users/new", &form).await.leads_to();
    let edit = format!("{user}/edit");
    let page = office.page(&edit).await;
    assert!(page.contains("value=\"ada@example.org\"") && page.contains("Held, never shown"));
    let unchanged = with(&ADA, &[("profile", ""), ("sip_password", "")]);
    office.post(&edit, &unchanged).await.leads_to();
    assert!(!office.page(&user).await.contains("Changed:"));
    let renamed = with(
        &unchanged,
        &[("last_name", "King"), ("directory_number", "0815")],
    );
    assert_eq!(office.post(&edit, &renamed).await.leads_to(), user);
    let page = office.page(&user).await;
    assert!(
        page.contains("Changed: last name, directory number by hand"),
        "{page}"
    );
    assert!(page.contains("held, never shown"));
    assert_eq!(rows(&office.page("/users?q=king").await).len(), 1);
    let forget = with(&renamed, &[("clear", "sip_password")]);
    office.post(&edit, &forget).await.leads_to();
    assert!(!office.page(&user).await.contains("held, never shown"));
}

#[tokio::test]
async fn what_belongs_to_a_component_is_no_input_and_is_refused_with_the_way_out() {
    let (office, user) = from_a_directory().await;
    let edit = format!("{user}/edit");
    let page = office.page(&edit).await;
    for text in [
        "The data belongs to LDAP",
        "action=\"/users/syncs/plan\"",
        "name=\"delivery_email\"",
        "name=\"sip_user\"",
        "name=\"language\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for name in ["last_name", "email", "directory_number", "mbg_password"] {
        assert!(!page.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let refused = office
        .post(&edit, &[("last_name", "Murray"), ("language", "de")])
        .await;
    assert_eq!(refused.status, 422);
    let why = "last name belongs to the component “directory”";
    assert!(refused.body.contains(why), "{}", refused.body);
    assert!(office.page(&user).await.contains("Hopper"));
}

#[tokio::test]
async fn what_no_component_supplies_is_completed_and_marked_as_entered_by_hand() {
    let (office, user) = from_a_directory().await;
    let edit = format!("{user}/edit");
    let form = [
        ("delivery_email", "desk@example.org"),
        ("sip_user", "hopper"),
        ("sip_password", "pw"),
        ("language", "de"),
    ];
    office.post(&edit, &form).await.leads_to();
    let page = office.page(&user).await;
    for text in ["desk@example.org", "grace@example.org", "hopper"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(page.matches("entered by hand").count() >= 4, "{page}");
    assert!(!page.contains("at the source:"), "what is ours is no drift");
    let deployable = office
        .post("/users/deployments/plan", &[("all", "1")])
        .await
        .leads_to();
    assert!(office.page(&deployable).await.contains("Deploy 1 person"));
    assert_eq!(rows(&office.page("/users?q=desk@example").await).len(), 1);
}

#[tokio::test]
async fn the_plan_of_a_deployment_names_the_address_that_the_mail_goes_to() {
    let (office, user) = from_a_directory().await;
    let form = [
        ("delivery_email", "desk@example.org"),
        ("sip_user", "hopper"),
        ("sip_password", "pw"),
    ];
    office.post(&format!("{user}/edit"), &form).await.leads_to();
    let planned = async || {
        let plan = office
            .post("/users/deployments/plan", &[("all", "1")])
            .await;
        office.page(&plan.leads_to()).await
    };
    let plan = planned().await;
    assert!(plan.contains("desk@example.org"), "{plan}");
    assert!(!plan.contains("grace@example.org"), "{plan}");

    let store = &office.store;
    let (mut profile, _) = store::profiles::list(store).await.unwrap().remove(0);
    profile.settings.central_email = "reception@example.org".to_owned();
    let tx = store.begin().await.unwrap();
    let (id, actor) = (profile.id, Actor::system());
    store::profiles::change(&tx, id, &profile.name, &profile.settings, &actor)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let plan = planned().await;
    assert!(plan.contains("reception@example.org"), "{plan}");
    assert!(!plan.contains("desk@example.org"), "{plan}");
}

#[tokio::test]
async fn of_two_who_edit_one_user_the_second_is_told_and_undoes_nothing() {
    let office = Office::open().await;
    let form = with(&ADA, &[("profile", "")]);
    let user = office.post("/users/new", &form).await.leads_to();
    let edit = format!("{user}/edit");
    let opened = office.page(&edit).await;
    let version = opened.split_once("name=\"version\" value=\"").unwrap().1;
    let version = version.split_once('"').unwrap().0;
    let form = with(&form, &[("version", version), ("sip_password", "")]);
    let first = with(
        &form,
        &[("department", "Engines"), ("directory_number", "0815")],
    );
    office.post(&edit, &first).await.leads_to();
    let second = with(&form, &[("last_name", "King")]);
    let told = office.post(&edit, &second).await;
    assert_eq!(told.status, 409);
    for text in ["somebody changed this user meanwhile", "value=\"King\""] {
        assert!(told.body.contains(text), "{text}: {}", told.body);
    }
    assert_eq!(office.post(&edit, &second).await.status, 409);
    let page = office.page(&user).await;
    for text in ["Engines", "0815", "Lovelace"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("King"), "{page}");
}
