//! The profile that a component proposes: shown in the table, and taken where the administrator says so.

use model::Record;

use crate::harness::{Office, rows, three};

/// An office in which a component proposes profiles: for Ada one that is here, for Grace none at all, for a third one that
/// is not here.
async fn proposed() -> (Office, String, String) {
    let office = Office::open().await;
    let mut people = three();
    "katherine@example.org".clone_into(&mut people[2].email);
    for (person, proposal) in people
        .iter_mut()
        .zip(["HOME", "Do Not Deploy", "Attic <b>"])
    {
        *person = Record {
            profile_proposal: proposal.to_owned(),
            ..person.clone()
        };
    }
    office.found(&people).await;
    let (home, work) = (office.profile("Home").await, office.profile("Work").await);
    (office, home, work)
}

async fn imported(office: &Office, form: &[(&str, &str)]) -> String {
    let plan = office.post("/import/plans", form).await.leads_to();
    let page = office.page(&plan).await;
    let plan = plan.split('?').next().unwrap();
    office.post(&format!("{plan}/run"), &[]).await.leads_to();
    office.work().await;
    page
}

async fn profile_of(office: &Office, name: &str) -> Option<String> {
    let user = rows(&office.page(&format!("/users?q={name}")).await).remove(0);
    let user = store::users::get(&office.store, user.parse().unwrap()).await;
    user.unwrap().profile.map(|id| id.to_string())
}

#[tokio::test]
async fn proposals_are_shown_and_offered_to_go_first() {
    let (office, ..) = proposed().await;
    let page = office.page("/import").await;
    for text in [
        "profile: HOME",
        "profile: Do Not Deploy",
        "profile: Attic &#60;b&#62;",
        "name=\"as_proposed\" value=\"1\" checked",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn where_proposals_go_first_each_gets_its_own_and_the_others_the_chosen_one() {
    let (office, home, work) = proposed().await;
    let form = [
        ("all", "1"),
        ("profile", work.as_str()),
        ("as_proposed", "1"),
        ("deploy", "0"),
    ];
    let plan = imported(&office, &form).await;
    assert!(
        plan.contains("2 of them the one that a component proposes"),
        "{plan}"
    );
    assert!(plan.contains("For one person a component proposes a profile that is not here"));
    let row = "“Attic &#60;b&#62;” is proposed and no profile here: Work";
    assert!(plan.contains(row), "{plan}");
    assert_eq!(profile_of(&office, "lovelace").await, Some(home));
    assert_eq!(profile_of(&office, "hopper").await, None);
    assert_eq!(profile_of(&office, "johnson").await, Some(work));
}

#[tokio::test]
async fn where_they_do_not_everybody_gets_the_chosen_one() {
    let (office, _, work) = proposed().await;
    let form = [("all", "1"), ("profile", work.as_str()), ("deploy", "0")];
    let plan = imported(&office, &form).await;
    assert!(!plan.contains("a component proposes"));
    for name in ["lovelace", "hopper", "johnson"] {
        assert_eq!(
            profile_of(&office, name).await.as_ref(),
            Some(&work),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_plan_names_the_address_that_the_mail_really_goes_to() {
    let (office, home, work) = proposed().await;
    let id = home.parse().unwrap();
    let mut profile = store::profiles::get(&office.store, id).await.unwrap();
    profile.settings.central_email = "reception@example.org".to_owned();
    let tx = office.store.begin().await.unwrap();
    let actor = model::Actor::system();
    store::profiles::change(&tx, id, &profile.name, &profile.settings, &actor)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let form = [
        ("all", "1"),
        ("profile", work.as_str()),
        ("as_proposed", "1"),
        ("deploy", "1"),
    ];
    let page = imported(&office, &form).await;
    assert!(page.contains("reception@example.org"), "{page}");
    assert!(!page.contains("ada@example.org"), "{page}");
    assert!(page.contains("katherine@example.org"), "{page}");
}

#[tokio::test]
async fn a_preview_shows_the_proposed_profile() {
    let (office, _, work) = proposed().await;
    let form = [
        ("all", "1"),
        ("profile", work.as_str()),
        ("as_proposed", "1"),
        ("deploy", "1"),
    ];
    let plan = office.post("/import/plans", &form).await.leads_to();
    let plan = plan.split('?').next().unwrap();
    let entry = rows(&office.page("/import?q=lovelace").await).remove(0);
    let page = office.page(&format!("{plan}/preview/{entry}")).await;
    assert!(page.contains("Home") && !page.contains(">Work<"), "{page}");
}
