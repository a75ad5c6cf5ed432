//! The order `Deploy`: it waits for secrets, goes on after a crash, and offers everybody one configuration.

use delivery::Wanted;
use model::{Outcome, PlanId, Selection, UserState, deployment::DeploymentState, plan::reasons};
use store::jobs::{self, JobState, Settled};

use crate::office::{Office, WORKER, admin};

/// Longer than a job's lease.
const LEASE_OVER_S: i64 = jobs::LEASE_S + 1;

async fn items(office: &Office, job: model::JobId, state: &str) -> Vec<jobs::Item> {
    jobs::items(&office.store, job, state, "", 500)
        .await
        .unwrap()
}

#[tokio::test]
async fn people_whose_secret_is_being_made_wait_for_it_and_the_others_do_not() {
    let office = Office::open().await;
    let people = office
        .people_without_secrets(&["ada@example.org", "grace@example.org"])
        .await;
    office.make_secrets(&people[..1]).await;
    office.order(&people).await;
    let first = office.claim(WORKER).await.unwrap();
    let second = office.claim(WORKER).await.unwrap();
    let (deploy, credential) = if first.kind == "deploy" {
        (first, second)
    } else {
        (second, first)
    };

    let outcome = office.carry_out(&deploy, WORKER).await.unwrap();
    assert!(matches!(outcome, Outcome::Again { ref why, .. } if why.contains("SIP secrets")));
    office.expect(&people[0], DeploymentState::Queued).await;
    assert_eq!(items(&office, deploy.id, "open").await.len(), 1);

    office.make_secrets(&people[1..]).await;
    let tx = office.store.begin().await.unwrap();
    let open = jobs::open_items(&office.store, credential.id, 500)
        .await
        .unwrap();
    let done: Vec<Settled> = open
        .iter()
        .map(|item| Settled::done(&item.subject, &item.label))
        .collect();
    jobs::settle(&tx, credential.id, &done).await.unwrap();
    assert!(jobs::complete(&tx, credential.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        office.carry_out(&deploy, WORKER).await.unwrap(),
        Outcome::Done
    );
    office.expect(&people[1], DeploymentState::Queued).await;
    assert_eq!(office.send().await, 2);
}

#[tokio::test]
async fn a_secret_that_the_gateway_refuses_fails_its_person_with_the_reason() {
    let office = Office::open().await;
    let people = office.people_without_secrets(&["ada@example.org"]).await;
    office.order(&people).await;
    let jobs_due = [
        office.claim(WORKER).await.unwrap(),
        office.claim(WORKER).await.unwrap(),
    ];
    let of = |kind: &str| jobs_due.iter().find(|job| job.kind == kind).unwrap();
    let credential = of("credential");
    let open = jobs::open_items(&office.store, credential.id, 500)
        .await
        .unwrap();
    let tx = office.store.begin().await.unwrap();
    let refused = Settled::failed(&open[0].subject, "set-4701", reasons::no_secret());
    jobs::settle(&tx, credential.id, &[refused]).await.unwrap();
    tx.commit().await.unwrap();

    let deploy = of("deploy");
    assert_eq!(
        office.carry_out(deploy, WORKER).await.unwrap(),
        Outcome::Done
    );
    let failed = items(&office, deploy.id, "failed").await;
    assert_eq!(failed[0].refusal, reasons::no_secret());
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
    assert_eq!(office.send().await, 0, "no mail goes out");
}

#[tokio::test]
async fn a_deployment_whose_worker_died_is_taken_over_and_nobody_is_offered_two() {
    let office = Office::open().await;
    let addresses: Vec<String> = (0..250).map(|n| format!("p{n}@example.org")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let people = office.people(&addresses).await;
    office.order(&people).await;
    // The first worker died after its first chunk: as if it had been cancelled there, and never said so.
    let dead = office.claim("dead").await.unwrap();
    let hold = store::Hold {
        store: &office.store,
        job: &dead,
        owner: "dead",
    };
    let done: Vec<Settled> = items(&office, dead.id, "open").await[..200]
        .iter()
        .map(|item| Settled::done(&item.subject, &item.label))
        .collect();
    let tx = office.store.begin().await.unwrap();
    hold.settle(&tx, &done).await.unwrap();
    tx.commit().await.unwrap();
    assert!(office.claim("other").await.is_none(), "its lease holds");

    office.clock.advance_s(LEASE_OVER_S);
    let taken = office.claim("other").await.unwrap();
    assert_eq!(taken.id, dead.id);
    assert_eq!(
        office.carry_out(&taken, "other").await.unwrap(),
        Outcome::Done
    );
    assert_eq!(office.mails("waiting").await, 50);
    let job = jobs::get(&office.store, dead.id).await.unwrap();
    assert_eq!((job.done, job.total), (250, 250));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_offers_nobody_anything() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.order(&people).await;
    let slow = office.claim("slow").await.unwrap();
    office.clock.advance_s(LEASE_OVER_S);
    let taken = office.claim("other").await.unwrap();

    assert_eq!(
        office.carry_out(&slow, "slow").await.unwrap(),
        Outcome::Stopped
    );
    assert_eq!(office.mails("waiting").await, 0);
    assert_eq!(
        office.carry_out(&taken, "other").await.unwrap(),
        Outcome::Done
    );
    office.expect(&people[0], DeploymentState::Queued).await;
}

#[tokio::test]
async fn a_suspended_person_is_told_and_not_deployed() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    office.order(&people).await;
    let tx = office.store.begin().await.unwrap();
    store::users::set_state(&tx, &[people[0].id], UserState::Suspended)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let job = office.claim(WORKER).await.unwrap();
    assert_eq!(office.carry_out(&job, WORKER).await.unwrap(), Outcome::Done);
    let failed = items(&office, job.id, "failed").await;
    assert_eq!(failed[0].refusal, reasons::suspended());
    office.expect(&people[1], DeploymentState::Queued).await;
}

#[tokio::test]
async fn a_new_deployment_ends_the_link_before_it() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    office.deploy(&people).await;
    office.send().await;
    let all = store::deployments::of_user(&office.store, people[0].id)
        .await
        .unwrap();
    let count = |state| all.iter().filter(|d| d.state == state).count();
    assert_eq!(count(DeploymentState::Superseded), 1);
    assert_eq!(count(DeploymentState::Sent), 1);
    let letters = office.letters();
    assert_ne!(letters[0].message_id, letters[1].message_id);
    assert_ne!(letters[0].links, letters[1].links);
}

#[tokio::test]
async fn a_plan_of_a_deployment_answers_the_same_job_again_and_expires_after_a_day() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let wanted = Wanted {
        selection: Selection::Ids {
            ids: vec![people[0].id],
        },
        mode: delivery::Mode::Deploy,
    };
    let planned = async || {
        let id = PlanId::new(office.store.env());
        let plan = delivery::plan(&office.store, id, &wanted, &admin()).await;
        plan.unwrap()
    };
    let (plan, late) = (planned().await, planned().await);
    let job = delivery::run(&office.store, plan.id, &admin())
        .await
        .unwrap();
    let again = delivery::run(&office.store, plan.id, &admin()).await;
    assert_eq!(again.unwrap(), job);
    office.clock.advance_s(24 * 3600 + 1);
    assert_eq!(
        delivery::run(&office.store, plan.id, &admin())
            .await
            .unwrap(),
        job,
        "what was agreed to stays agreed to"
    );
    let expired = delivery::run(&office.store, late.id, &admin()).await;
    assert!(
        matches!(expired, Err(delivery::Error::Expired)),
        "{expired:?}"
    );
    let state = jobs::get(&office.store, job).await.unwrap().state;
    assert_eq!(state, JobState::Queued);
}

#[tokio::test]
async fn a_mail_that_waits_while_its_profile_is_replaced_goes_out() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    let (old, actor) = (people[0].profile.unwrap(), admin());
    let new = ::users::profiles::copy(&office.store, old, "New office", &actor)
        .await
        .unwrap();
    ::users::profiles::remove(&office.store, old, Some(new.id), &actor)
        .await
        .unwrap();
    assert_eq!(office.send().await, 1);
    assert_eq!(office.now(&people[0]).await.profile, Some(new.id));
}
