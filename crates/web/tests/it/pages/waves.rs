//! A deployment that is spread over time: asked for on the plan, watched, paused, resumed and given another pace on its job.

use axum::http::StatusCode;
use store::{jobs, users};

use crate::harness::{Office, admin, rows, three};

const SPREAD: [(&str, &str); 7] = [
    ("per_hour", "40"),
    ("stop_percent", "10"),
    ("hours", "1"),
    ("days", "monday,tuesday,wednesday,thursday,friday"),
    ("from", "09:00"),
    ("to", "17:00"),
    ("zone", "Europe/Berlin"),
];

impl Office {
    /// An office whose people are to be imported and deployed, and the plan of that.
    async fn about_to_deploy() -> (Self, String) {
        let office = Self::open().await;
        office.found(&three()).await;
        let profile = office.profile("Office").await;
        let form = [("all", "1"), ("profile", profile.as_str()), ("deploy", "1")];
        let plan = office.post("/import/plans", &form).await.leads_to();
        let plan = plan.split('?').next().unwrap().to_owned();
        (office, plan)
    }

    /// What a worker takes now: the kinds of jobs.
    async fn taken(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        while let Some(job) = jobs::claim(&self.store, "w").await.unwrap() {
            kinds.push(job.kind);
        }
        kinds
    }

    /// The same spread over time: the deployment's job.
    async fn spread() -> (Self, String) {
        let (office, plan) = Self::about_to_deploy().await;
        let import = office
            .post(&format!("{plan}/run"), &SPREAD)
            .await
            .leads_to();
        office.work().await;
        let page = office.page(&import).await;
        let (before, _) = page.split_once("\">Watch the deployment").unwrap();
        let job = before.rsplit('"').next().unwrap().to_owned();
        (office, job)
    }
}

#[tokio::test]
async fn a_plan_offers_to_spread_its_mails_and_its_job_says_how_it_goes_on() {
    let (office, plan) = Office::about_to_deploy().await;
    let page = office.page(&plan).await;
    for text in [
        "Spread the mails over time",
        "name=\"per_hour\" form=\"run\"",
        "Monday to Friday",
        "Sunday to Thursday",
    ] {
        assert!(page.contains(text), "the plan does not say {text}");
    }
    let (office, job) = Office::spread().await;
    let page = office.page(&job).await;
    for text in [
        "40 people an hour, Monday to Friday 09:00–17:00 (Europe/Berlin), paused above 10 % of failures",
        "Next mails",
        "Last mails, as expected",
        "(Europe/Berlin)</time>",
        "Pause</button>",
        "Cancel the job",
    ] {
        assert!(page.contains(text), "the job does not say {text}: {page}");
    }
    assert!(!page.contains("Time left"));
}

#[tokio::test]
async fn without_a_word_everything_goes_at_once() {
    let (office, plan) = Office::about_to_deploy().await;
    // What the form sends where nothing was filled in.
    let untouched = [
        ("per_hour", ""),
        ("stop_percent", ""),
        ("days", SPREAD[3].1),
        ("from", "09:00"),
        ("to", "17:00"),
        ("zone", "UTC"),
    ];
    office
        .post(&format!("{plan}/run"), &untouched)
        .await
        .leads_to();
    office.work().await;
    let open = jobs::open(&office.store, 10).await.unwrap();
    let deployment = open.iter().find(|job| job.kind == "deploy").unwrap();
    let page = office.page(&format!("/jobs/{}", deployment.id)).await;
    assert!(page.contains("All at once"), "{page}");
    assert!(!page.contains("Change the pace"));
}

#[tokio::test]
async fn a_deployment_from_manage_is_spread_too() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let plan = office
        .post("/users/deployments/plan", &[("all", "1")])
        .await
        .leads_to();
    let plan = plan.split('?').next().unwrap().to_owned();
    assert!(
        office
            .page(&plan)
            .await
            .contains("Spread the mails over time")
    );
    let job = office
        .post(&format!("{plan}/run"), &SPREAD)
        .await
        .leads_to();
    assert!(
        office
            .page(&job)
            .await
            .contains("40 people an hour, Monday to Friday")
    );
}

#[tokio::test]
async fn a_wave_that_cannot_be_is_refused_with_its_field_and_nothing_is_done() {
    let (office, plan) = Office::about_to_deploy().await;
    for (field, value, told) in [
        ("zone", "Europe/Nowhere", "is no time zone"),
        ("per_hour", "0", "must be a whole number from 1 to 1000000"),
        ("per_hour", "many", "must be a whole number"),
        ("per_hour", "", "says how many people an hour"),
        ("stop_percent", "100", "must be a whole number from 0 to 99"),
        ("to", "08:00", "must be later than the beginning"),
        ("days", "someday", "needs at least one day"),
    ] {
        let mut form = SPREAD;
        let at = form.iter().position(|(name, _)| *name == field).unwrap();
        form[at].1 = value;
        let refused = office.post(&format!("{plan}/run"), &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(refused.body.contains(told), "{field}: {}", refused.body);
        // It is the plan again, with what was typed and the way to the field.
        for text in [
            "nothing was done",
            "<details class=\"card pace\" open>",
            "value=\"10\"",
            &format!("href=\"#wave-{}\"", field.replace('_', "-")),
            &format!("id=\"wave-{}-error\"", field.replace('_', "-")),
            "aria-invalid=\"true\" autofocus",
        ] {
            let is_other = field == "stop_percent" && text == "value=\"10\"";
            let told = is_other || refused.body.contains(text);
            assert!(told, "{field}: no {text} in {}", refused.body);
        }
        let kept = format!("value=\"{value}\"");
        let is_kept = value.is_empty() || field == "days" || refused.body.contains(&kept);
        assert!(is_kept, "{field}: {}", refused.body);
    }
    assert_eq!(jobs::count_open(&office.store).await.unwrap(), 0);
}

#[tokio::test]
async fn a_wave_that_cannot_be_of_a_plan_that_was_run_meanwhile_leads_to_what_became_of_it() {
    let (office, plan) = Office::about_to_deploy().await;
    let of_users = office
        .post("/users/deployments/plan", &[("all", "1")])
        .await;
    assert_eq!(
        of_users.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nobody is here yet"
    );
    office.post(&format!("{plan}/run"), &[]).await;
    office.work().await;
    let of_users = office
        .post("/users/deployments/plan", &[("all", "1")])
        .await
        .leads_to();
    let of_users = of_users.split('?').next().unwrap();
    office.post(&format!("{of_users}/run"), &[]).await;
    for plan in [plan.as_str(), of_users] {
        let answer = office
            .post(&format!("{plan}/run"), &[("per_hour", "many")])
            .await;
        assert_eq!(answer.leads_to(), plan);
    }
}

#[tokio::test]
async fn it_is_paused_and_resumed_on_its_page_and_today_says_so() {
    let (office, job) = Office::spread().await;
    for _ in 0..2 {
        let answer = office.post(&format!("{job}/pause"), &[]).await;
        assert_eq!(answer.leads_to(), job);
    }
    let page = office.page(&job).await;
    assert!(
        page.contains("Paused:") && page.contains("Resume</button>"),
        "{page}"
    );
    assert!(!page.contains("Next mails"));
    for place in ["/", "/jobs"] {
        let page = office.page(place).await;
        assert!(
            page.contains("by grace"),
            "{place} does not say who paused it"
        );
    }
    assert!(!office.taken().await.contains(&"deploy".to_owned()));
    for _ in 0..2 {
        let answer = office.post(&format!("{job}/resume"), &[]).await;
        assert_eq!(answer.leads_to(), job);
    }
    assert!(office.page(&job).await.contains("Next mails"));
    assert!(office.taken().await.contains(&"deploy".to_owned()));
}

#[tokio::test]
async fn one_that_just_ended_needs_no_pausing() {
    let (office, job) = Office::spread().await;
    let id = job.rsplit('/').next().unwrap().parse().unwrap();
    let tx = office.store.begin().await.unwrap();
    jobs::finish(&tx, id, jobs::JobState::Done, "", "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for what in ["pause", "resume", "cancel"] {
        let answer = office.post(&format!("{job}/{what}"), &[]).await;
        assert_eq!(answer.leads_to(), job, "{what}");
    }
}

#[tokio::test]
async fn why_it_stopped_by_itself_stands_on_its_page_and_on_today() {
    let (office, job) = Office::spread().await;
    let id = job.rsplit('/').next().unwrap().parse().unwrap();
    let tx = office.store.begin().await.unwrap();
    jobs::pause(&tx, id, "12 of 61 people failed", &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for place in [job.as_str(), "/", "/jobs"] {
        let page = office.page(place).await;
        assert!(page.contains("12 of 61 people failed"), "{place}");
    }
}

#[tokio::test]
async fn who_paused_resumed_and_ended_it_stands_in_its_log() {
    let (office, job) = Office::spread().await;
    for what in ["pause", "resume", "cancel"] {
        office.post(&format!("{job}/{what}"), &[]).await;
    }
    let page = office.page(&job).await;
    let told = ["asked to end by", "resumed by", "paused by", "ordered by"];
    let at = told.map(|told| page.find(told).unwrap_or_else(|| panic!("{told}: {page}")));
    assert!(at.is_sorted(), "the newest first: {at:?}");
}

#[tokio::test]
async fn its_pace_is_changed_on_its_page() {
    let (office, job) = Office::spread().await;
    let form = [("per_hour", "1200"), ("zone", "UTC")];
    let answer = office.post(&format!("{job}/wave"), &form).await;
    assert_eq!(answer.leads_to(), job);
    let page = office.page(&job).await;
    assert!(page.contains("1,200 people an hour."), "{page}");
    assert!(page.contains(": 1,200 people an hour</"), "its log: {page}");
    for wrong in ["0", ""] {
        let form = [("per_hour", wrong), ("zone", "Europe/Rome")];
        let refused = office.post(&format!("{job}/wave"), &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for text in [
            "<details class=\"more\" open>",
            "id=\"wave-per-hour-error\"",
            "value=\"Europe/Rome\"",
            "1,200 people an hour.",
        ] {
            assert!(refused.body.contains(text), "no {text}: {}", refused.body);
        }
        assert!(!refused.body.contains("data-live="), "it would be reloaded");
    }
}

#[tokio::test]
async fn the_page_of_a_deployment_waits_for_its_first_figures_without_a_reload() {
    let (office, job) = Office::spread().await;
    let page = office.page(&job).await;
    assert!(page.contains("<div id=\"way\" data-renew></div>"), "{page}");
    let import = page.split("Watch the import").next().unwrap();
    let import = import.rsplit("href=\"").next().unwrap();
    let import = import.split('"').next().unwrap().to_owned();
    assert!(!office.page(&import).await.contains("id=\"way\""));
}

#[tokio::test]
async fn the_rest_of_one_that_was_cancelled_is_deployed_in_its_pace_but_for_whom_got_a_mail() {
    let (office, job) = Office::spread().await;
    let again = "Deploy the rest…";
    assert!(!office.page(&job).await.contains(again));
    office.post(&format!("{job}/cancel"), &[]).await;
    let id = job.rsplit('/').next().unwrap().parse().unwrap();
    let people = rows(&office.page("/users").await);
    let tx = office.store.begin().await.unwrap();
    jobs::finish(&tx, id, jobs::JobState::Cancelled, "", "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(office.page(&job).await.contains(again));
    let retry = format!("{job}/retry");
    let plan = office.post(&retry, &[]).await.leads_to();
    let page = office.page(&plan).await;
    for text in [
        "Deploy 2 people",
        "<details class=\"card pace\" open>",
        "name=\"per_hour\" form=\"run\" type=\"number\" min=\"1\" max=\"1000000\" value=\"40\"",
        "value=\"Europe/Berlin\"",
    ] {
        assert!(page.contains(text), "the plan does not say {text}: {page}");
    }

    office.clock.advance_s(60);
    let mailed = people[0].parse().unwrap();
    let tx = office.store.begin().await.unwrap();
    users::stamp_deployed(&tx, &[mailed]).await.unwrap();
    tx.commit().await.unwrap();
    let plan = office.post(&retry, &[]).await.leads_to();
    assert!(office.page(&plan).await.contains("Deploy 1 person"));
    let plan = plan.split('?').next().unwrap();
    let next = office
        .post(&format!("{plan}/run"), &SPREAD)
        .await
        .leads_to();
    let page = office.page(&next).await;
    assert!(
        page.contains("40 people an hour, Monday to Friday"),
        "{page}"
    );
    let refused = office.post(&retry, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "the other one waits");
    assert!(refused.body.contains("nobody of those"), "{}", refused.body);
}
