//! Jobs: live while they run, cancelled on request, a summary with every failed row afterwards.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use model::{Order, PlanId, Refusal, plan::Action};
use serde_json::Value;
use store::{
    jobs::{self, Settled, Step},
    plans,
};
use tokio::time::timeout;
use users::making::{About, Making};

use crate::harness::{Office, admin, three};

/// The next event: its name and what it carries.
async fn event(body: &mut Body) -> (String, Value) {
    let frame = timeout(Duration::from_secs(20), body.frame());
    let bytes = frame.await.unwrap().unwrap().unwrap().into_data().unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    (
        field("event:"),
        serde_json::from_str(&field("data:")).unwrap(),
    )
}

#[tokio::test]
async fn a_running_job_tells_its_progress_until_it_ends() {
    let office = Office::open().await;
    office.found(&three()).await;
    office.post("/import/plans", &[("all", "1")]).await;
    let tx = office.store.begin().await.unwrap();
    let id = jobs::enqueue(&tx, &Order::Join, 40, None, &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::claim(&office.store, "test").await.unwrap().unwrap();
    office.clock.advance_s(5);
    let tx = office.store.begin().await.unwrap();
    let step = Step {
        done: 10,
        failed: 1,
        note: Some("joining"),
        ..Step::default()
    };
    jobs::advance(&tx, id, "test", step).await.unwrap();
    tx.commit().await.unwrap();

    let mut body = office.listen(&format!("/jobs/{id}/events")).await;
    let (name, first) = event(&mut body).await;
    assert_eq!(name, "progress");
    let expected = serde_json::json!({
        "state": "running", "total": 40, "done": 10, "failed": 1,
        "rate": 2.0, "seconds_left": 15, "note": "joining",
    });
    assert_eq!(first, expected);

    let tx = office.store.begin().await.unwrap();
    jobs::complete(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let (name, last) = event(&mut body).await;
    assert_eq!(
        (name.as_str(), &last["state"]),
        ("done", &Value::from("done in part"))
    );
    let end = timeout(Duration::from_secs(20), body.frame())
        .await
        .unwrap();
    assert!(end.is_none(), "nothing follows the end");
}

#[tokio::test]
async fn the_page_loads_again_when_an_imports_deployment_begins() {
    let office = Office::open().await;
    office.found(&three()).await;
    let tx = office.store.begin().await.unwrap();
    let plan = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    let id = jobs::enqueue(&tx, &Order::Import { plan, wave: None }, 40, None, &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::claim(&office.store, "test").await.unwrap().unwrap();
    let mut body = office.listen(&format!("/jobs/{id}/events")).await;
    assert_eq!(event(&mut body).await.0, "progress");

    let tx = office.store.begin().await.unwrap();
    let asked = users::Asked::begin(&tx, "import", Some(id), &admin())
        .await
        .unwrap();
    let cursor = serde_json::to_string(&asked).unwrap();
    let step = Step {
        done: 1,
        cursor: Some(&cursor),
        ..Step::default()
    };
    jobs::advance(&tx, id, "test", step).await.unwrap();
    tx.commit().await.unwrap();
    let (name, job) = event(&mut body).await;
    assert_eq!(
        (name.as_str(), &job["state"]),
        ("done", &Value::from("running"))
    );
    assert!(
        office
            .page(&format!("/jobs/{id}"))
            .await
            .contains("Watch the deployment")
    );
}

#[tokio::test]
async fn a_job_is_cancelled_and_a_second_click_harms_nothing() {
    let office = Office::open().await;
    office.found(&three()).await;
    let plan = office
        .post("/import/plans", &[("all", "1")])
        .await
        .leads_to();
    let job = office.post(&format!("{plan}/run"), &[]).await.leads_to();
    for _ in 0..2 {
        let answer = office.post(&format!("{job}/cancel"), &[]).await;
        assert_eq!(answer.leads_to(), job);
    }
    let page = office.page(&job).await;
    assert!(page.contains("cancelled") && !page.contains("Cancel the job"));
}

#[tokio::test]
async fn every_failed_row_is_listed_page_by_page() {
    let office = Office::open().await;
    let tx = office.store.begin().await.unwrap();
    let plan = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    let id = jobs::enqueue(&tx, &Order::Import { plan, wave: None }, 60, None, &admin())
        .await
        .unwrap();
    let why = Refusal::new("changed", "changed since the plan", "import it again");
    let rows: Vec<_> = (100..160)
        .map(|n| Settled::failed(&n, format!("Person {n}"), why.clone()))
        .collect();
    jobs::settle(&tx, id, &rows).await.unwrap();
    tx.commit().await.unwrap();
    let first = office.page(&format!("/jobs/{id}")).await;
    assert!(first.contains("href=\"/import/100\"") && first.contains("changed since the plan"));
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    let second = office.page(&next).await;
    assert!(second.contains("Person 159") && !second.contains("Person 100"));
}

#[tokio::test]
async fn the_list_of_jobs_goes_on_to_older_ones() {
    let office = Office::open().await;
    let tx = office.store.begin().await.unwrap();
    for _ in 0..60 {
        jobs::enqueue(&tx, &Order::Join, 0, None, &admin())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let page = async |path: &str| office.page(path).await;
    let lines = |page: &str| page.matches("Joining of records</a>").count();
    let first = page("/jobs").await;
    assert_eq!(lines(&first), 50);
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(lines(&page(&next).await), 10);
}

#[tokio::test]
async fn a_plan_in_the_making_shows_how_far_it_is_and_can_be_cancelled() {
    let office = Office::open().await;
    office.found(&three()).await;
    let wanted = import::Wanted {
        selection: serde_json::from_str(r#"{"all":true,"query":{"q":"ada"},"except":[]}"#).unwrap(),
        profile: None,
        as_proposed: false,
        deploy: false,
    };
    let making = import::Making::begin(&office.store, wanted, &admin())
        .await
        .unwrap();
    let id = making.id();
    let (mut plan, _) = plans::find(&office.store, id).await.unwrap();
    plan.counts.total = 300;
    office.clock.advance_s(3);
    let tx = office.store.begin().await.unwrap();
    plans::advance(&tx, &plan).await.unwrap();
    tx.commit().await.unwrap();

    let page = office.page(&format!("/plans/{id}?looked=1200")).await;
    assert!(page.contains("Making the plan"), "{page}");
    assert!(page.contains("25 %"), "{page}");
    let mut body = office
        .listen(&format!("/plans/{id}/events?looked=1200"))
        .await;
    let first = event(&mut body).await;
    let expected = serde_json::json!({"total": 1200, "done": 300, "seconds_left": 9});
    assert_eq!(first, ("progress".to_owned(), expected));

    let gone = office.post(&format!("/plans/{id}/give-up"), &[]).await;
    assert_eq!(gone.leads_to(), "/import?q=ada");
    assert_eq!(event(&mut body).await.0, "done");
    making.end().await.unwrap_err();
    let page = office.page(&format!("/plans/{id}")).await;
    assert!(page.contains("This plan was not finished"), "{page}");
}

#[tokio::test]
async fn a_plan_about_users_in_the_making_shows_how_far_it_is_and_can_be_cancelled() {
    let office = Office::open().await;
    office.found(&three()).await;
    office.import_everybody("", "0").await;
    let selection = r#"{"all":true,"query":{"q":"ada","filter":"state=imported"},"except":[]}"#;
    let selection = serde_json::from_str(selection).unwrap();
    let id = PlanId::new(office.store.env());
    let about = About::of(plans::Purpose::Suspension);
    let mut making = Making::begin(&office.store, id, about, &selection, &admin())
        .await
        .unwrap();
    let people = making.next().await.unwrap().unwrap();
    making.row(&people[0], Ok(Action::Update));
    assert!(making.next().await.unwrap().is_none());
    let address = format!("/user-plans/{id}?looked=4");
    let page = office.page(&address).await;
    for text in ["Making the plan", "25 %", "Manage users</a></p>"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let gone = office.post(&format!("/plans/{id}/give-up"), &[]).await;
    assert_eq!(gone.leads_to(), "/users?q=ada&state=imported");
    making.end().await.unwrap_err();
    let page = office.page(&address).await;
    assert!(page.contains("This plan was not finished"), "{page}");
}
