//! From a selection over the plan to a job, and to the people under Manage.

use axum::http::StatusCode;
use model::UserState;
use store::users;

use crate::harness::{Office, rows, three, told};

#[tokio::test]
async fn everybody_is_planned_then_imported_then_deployed() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    let form = [("all", "1"), ("profile", profile.as_str()), ("deploy", "1")];
    let address = office
        .post("/import/plans?looked=4", &form)
        .await
        .leads_to();
    let plan = office.page(&address).await;
    for text in [
        "4 when you looked, 3 now",
        "<strong>2</strong> new users",
        "<strong>1</strong> left out",
        "<strong>2</strong> get an e-mail",
        "no e-mail address on any component",
        "Import and deploy 2 people",
        "Office softphone",
        "ada@example.org",
    ] {
        assert!(plan.contains(text), "the plan does not say {text}");
    }
    let run = format!("{}/run", address.split('?').next().unwrap());
    let job = office.post(&run, &[]).await.leads_to();
    assert_eq!(
        office.post(&run, &[]).await.leads_to(),
        job,
        "a plan is carried out once"
    );
    assert!(
        office
            .page(&address)
            .await
            .contains("This plan was carried out")
    );
    assert!(office.page(&job).await.contains("Cancel the job"));

    office.work().await;
    let done = office.page(&job).await;
    for text in [
        "Watch the deployment",
        "Left out by the plan",
        "See the plan",
    ] {
        assert!(done.contains(text), "the job does not say {text}");
    }
    assert!(!done.contains("Cancel the job"));
    let users = office.page("/users").await;
    assert_eq!(rows(&users).len(), 2);
    assert!(users.contains("queued"));
    assert!(users.contains("Office softphone"));
    assert!(
        office
            .page("/import?state=imported")
            .await
            .contains("Lovelace")
    );
}

#[tokio::test]
async fn the_import_and_its_deployment_lead_to_each_other() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    let import = office.import_everybody(&profile, "1").await;
    let page = office.page(&import).await;
    let (before, _) = page.split_once("\">Watch the deployment").unwrap();
    let deployment = before.rsplit('"').next().unwrap();
    let page = office.page(deployment).await;
    assert!(
        page.contains(&format!("href=\"{import}\">Watch the import")),
        "{page}"
    );
}

#[tokio::test]
async fn single_rows_and_all_but_some_mean_what_was_ticked() {
    let office = Office::open().await;
    office.found(&three()).await;
    let ids = rows(&office.page("/import").await);
    let [hopper, _, lovelace] = ids.as_slice() else {
        panic!("{ids:?}")
    };
    let single = [("id", hopper.as_str()), ("id", lovelace), ("profile", "")];
    let plan = office
        .post("/import/plans?looked=3", &single)
        .await
        .leads_to();
    let plan = office.page(&plan).await;
    assert!(plan.contains("2 people selected"));
    assert!(!plan.contains("when you looked"));

    let but = [
        ("all", "1"),
        ("except", hopper.as_str()),
        ("q", "471"),
        ("profile", ""),
    ];
    let plan = office.post("/import/plans?looked=2", &but).await.leads_to();
    let plan = office.page(&plan).await;
    assert!(
        plan.contains("2 people selected"),
        "Hopper is not among those of 471"
    );
    assert!(
        plan.contains("href=\"/import?q=471\""),
        "back leads to the search"
    );
}

#[tokio::test]
async fn a_plan_shows_all_its_rows_and_leads_back() {
    let office = Office::open().await;
    let people: Vec<_> = (0..7)
        .map(|n| {
            told(
                "Person",
                &format!("No{n}"),
                &format!("100{n}"),
                "one@example.org",
            )
        })
        .collect();
    office.found(&people).await;
    let plan = office
        .post("/import/plans", &[("all", "1")])
        .await
        .leads_to();
    let page = office.page(&plan).await;
    assert!(
        page.contains("No4") && !page.contains("No6"),
        "the first five"
    );
    let items = office.page(&format!("{plan}/items?action=create")).await;
    assert!(items.contains("No6"));
    assert!(items.contains("New users"));
    assert!(items.contains(&format!("href=\"{plan}\"")));
}

#[tokio::test]
async fn a_preview_shows_the_mail_and_the_configuration_without_a_secret() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    let form = [("all", "1"), ("profile", profile.as_str()), ("deploy", "1")];
    let plan = office.post("/import/plans", &form).await.leads_to();
    let page = office.page(&plan).await;
    let (_, rest) = page.split_once(&format!("href=\"{plan}/preview/")).unwrap();
    let preview = format!("{plan}/preview/{}", rest.split('"').next().unwrap());
    let page = office.page(&preview).await;
    assert!(page.contains(&format!("href=\"{plan}\"")), "the way back");
    for text in [
        "Subject",
        "https://phones.example.org/d/",
        "Linphone",
        "********",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn nobody_is_selected_without_a_tick() {
    let office = Office::open().await;
    office.found(&three()).await;
    let answer = office.post("/import/plans", &[("q", "ada")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_deployment_is_planned_from_manage() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    let form = [("all", "1"), ("q", "ada")];
    let address = office
        .post("/users/deployments/plan?looked=1", &form)
        .await
        .leads_to();
    let plan = office.page(&address).await;
    assert!(plan.contains("1 person selected"));
    assert!(plan.contains("Deploy 1 person"));
    assert!(
        plan.contains("href=\"/users?q=ada\""),
        "back leads to the search"
    );
    let user = rows(&office.page("/users?q=ada").await).remove(0);
    assert!(plan.contains(&format!("href=\"/users/{user}\"")));

    let path = address.split('?').next().unwrap();
    let as_import = path.replace("/user-plans/", "/plans/");
    assert_eq!(office.get(&as_import).await.leads_to(), path);
    let items = office.page(&format!("{as_import}/items?action=keep")).await;
    assert!(items.contains("Get an e-mail") && items.contains(&format!("href=\"{path}\"")));

    let job = office.post(&format!("{path}/run"), &[]).await.leads_to();
    assert!(office.page(&job).await.contains("Deployment"));
    assert!(
        office
            .page(&format!("/users/{user}"))
            .await
            .contains("queued")
    );
}

#[tokio::test]
async fn who_has_no_profile_is_left_out_of_a_deployment_with_the_reason() {
    let office = Office::open().await;
    office.found(&three()).await;
    office.import_everybody("", "0").await;
    let users = office.page("/users").await;
    assert!(users.contains("Do not deploy"));
    let user = rows(&users).remove(0);
    let page = office.page(&format!("/users/{user}")).await;
    assert!(!page.contains("action=\"/users/deployments/plan\""));
    let plan = office
        .post("/users/deployments/plan", &[("id", &user)])
        .await
        .leads_to();
    let page = office.page(&plan).await;
    assert!(page.contains("There is nothing to do"), "{page}");
}

#[tokio::test]
async fn a_changed_person_is_shown_with_the_old_and_the_new_value() {
    let office = Office::open().await;
    let gateway = office.connect("edge-1", model::ComponentKind::Mbg).await;
    office.told(gateway, &three()).await;
    office.join().await;
    office.import_everybody("", "0").await;
    let mut people = three();
    people[0].email = "countess@example.org".to_owned();
    office.told(gateway, &people).await;
    office.join().await;
    assert!(
        office
            .page("/import?state=changed")
            .await
            .contains("Lovelace")
    );
    let plan = office
        .post("/import/plans", &[("all", "1")])
        .await
        .leads_to();
    let page = office.page(&plan).await;
    assert!(
        page.contains("E-mail: ada@example.org → countess@example.org"),
        "{page}"
    );
}

#[tokio::test]
async fn an_import_is_undone_from_its_job_and_everybody_is_new_again() {
    let office = Office::open().await;
    office.found(&three()).await;
    let job = office.import_everybody("", "0").await;
    assert_eq!(rows(&office.page("/users").await).len(), 2);
    let page = office.page(&job).await;
    let undo = format!("{job}/undo");
    assert!(
        page.contains(&format!("href=\"{undo}\">Undo the import")),
        "{page}"
    );
    let asked = office.page(&undo).await;
    assert!(
        asked.contains("<strong>2</strong> users removed"),
        "{asked}"
    );
    assert!(!asked.contains("name=\"deployed\""), "no phone is set up");
    let undone = office.post(&undo, &[]).await.leads_to();
    office.work().await;
    assert!(office.page(&undone).await.contains("Import users"));
    let page = office.page(&job).await;
    assert!(
        !page.contains(&undo),
        "there is nothing left to undo: {page}"
    );
    assert!(page.contains("undone by "), "{page}");
    let back = format!("href=\"{job}\">See the import");
    assert!(office.page(&undone).await.contains(&back));
    assert!(rows(&office.page("/users").await).is_empty());
    assert_eq!(rows(&office.page("/import?state=new").await).len(), 2);
    assert!(
        office
            .page(&undo)
            .await
            .contains("Nobody of this import is left")
    );
}

#[tokio::test]
async fn every_number_that_leads_to_people_is_how_many_are_listed_there() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    let people = rows(&office.page("/users").await);
    let [first, second] = [0, 1].map(|n: usize| people[n].parse().unwrap());
    let tx = office.store.begin().await.unwrap();
    for user in [first, second] {
        users::stamp_deployed(&tx, &[user]).await.unwrap();
        users::stamp_downloaded(&tx, user).await.unwrap();
    }
    users::set_state(&tx, &[second], UserState::Queued)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let today = office.page("/").await;
    let mut counts = Vec::new();
    for step in today.split("<a class=\"stage\" href=\"").skip(1) {
        let href = step.split('"').next().unwrap().replace("&#38;", "&");
        let (_, count) = step.split_once("stage-count\">").unwrap();
        let count: usize = count.split('<').next().unwrap().parse().unwrap();
        assert_eq!(rows(&office.page(&href).await).len(), count, "{href}");
        counts.push(count);
    }
    assert_eq!(counts, [3, 2, 2, 2, 0]);
}
