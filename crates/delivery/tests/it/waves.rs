//! Waves: so many people an hour, in working hours, until too many fail or somebody pauses them.

use std::collections::BTreeSet;

use ::users::{Asked, ask_deployment};
use model::{
    JobId, Outcome, Timestamp, User, UserState,
    deployment::DeploymentState,
    wave::{Day, Hours, Wave},
};
use sandbox::mail::{MailFault, MailTrouble};
use store::{
    jobs::{self, Job, JobState},
    users,
};

use crate::office::{Office, START, WORKER, admin};

impl Office {
    /// Orders the deployment of these people, spread over time.
    async fn order_spread(&self, people: &[User], wave: Wave) -> JobId {
        let kinds = ::users::kinds(&self.store).await.unwrap();
        let tx = self.store.begin().await.unwrap();
        let mut asked = Asked::spread(&tx, "test", None, Some(wave), &admin())
            .await
            .unwrap();
        ask_deployment(&tx, &mut asked, people, &kinds, &admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        asked.deploy
    }

    /// Lets a worker take what is due, keeps what came of it as a worker does, and sends what waits; none: nothing was due.
    async fn round(&self) -> Option<Outcome> {
        let job = self.claim(WORKER).await?;
        let outcome = self.carry_out(&job, WORKER).await.unwrap();
        let tx = self.store.begin().await.unwrap();
        match &outcome {
            Outcome::Done => assert!(jobs::complete(&tx, job.id).await.unwrap()),
            Outcome::Again { at, why } => jobs::go_on(&tx, &job, *at, why).await.unwrap(),
            Outcome::Stopped if job.cancel => {
                jobs::finish(&tx, job.id, JobState::Cancelled, "", "")
                    .await
                    .unwrap();
            }
            Outcome::Stopped => jobs::postpone(&tx, job.id, tx.env().now(), "")
                .await
                .unwrap(),
            Outcome::GiveUp { .. } => panic!("{outcome:?}"),
        }
        tx.commit().await.unwrap();
        while self.send().await > 0 {}
        Some(outcome)
    }

    /// Moves the clock on, minute by minute, with a worker that looks at each; how many letters had come in by each of them.
    async fn watch(&self, minutes: i64) -> Vec<usize> {
        let mut seen = Vec::new();
        for _ in 0..minutes {
            self.round().await;
            seen.push(self.letters().len());
            self.clock.advance_s(60);
        }
        seen
    }

    async fn job(&self, id: JobId) -> Job {
        jobs::get(&self.store, id).await.unwrap()
    }

    async fn resume(&self, id: JobId) {
        let tx = self.store.begin().await.unwrap();
        jobs::resume(&tx, id, &admin()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn pause(&self, id: JobId) {
        let tx = self.store.begin().await.unwrap();
        jobs::pause(&tx, id, "paused by grace", &admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn cancel(&self, id: JobId) {
        let tx = self.store.begin().await.unwrap();
        jobs::cancel(&tx, id, &admin()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How far these people have come.
    async fn states(&self, people: &[User]) -> Vec<UserState> {
        let mut states = Vec::new();
        for user in people {
            states.push(self.now(user).await.state);
        }
        states
    }

    async fn crowd(&self, count: usize) -> Vec<User> {
        let addresses: Vec<String> = (0..count).map(|n| format!("p{n}@example.org")).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        self.people(&addresses).await
    }

    /// Asserts that each of so many people got one letter.
    fn each_got_one(&self, count: usize) {
        let letters = self.letters();
        let to: BTreeSet<_> = letters.iter().map(|letter| letter.to.clone()).collect();
        assert_eq!((letters.len(), to.len()), (count, count));
    }
}

fn per_hour(per_hour: u32) -> Wave {
    Wave {
        per_hour,
        hours: None,
        stop_percent: None,
    }
}

fn again_at(outcome: Option<Outcome>) -> Timestamp {
    match outcome {
        Some(Outcome::Again { at, .. }) => at,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn forty_people_at_twenty_an_hour_take_two_hours() {
    let office = Office::open().await;
    let people = office.crowd(40).await;
    let job = office.order_spread(&people, per_hour(20)).await;
    let seen = office.watch(120).await;
    // One every three minutes, the first at once.
    let expected: Vec<usize> = (0..120).map(|minute| minute / 3 + 1).collect();
    assert_eq!(seen, expected);
    let over = office.job(job).await;
    assert_eq!((over.state, over.done), (JobState::Done, 40));
    office.each_got_one(40);
}

#[tokio::test]
async fn whoever_looks_too_early_finds_nothing_to_do() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    let job = office.order_spread(&people, per_hour(1)).await;
    assert_eq!(again_at(office.round().await), START.plus_s(3_600));
    assert!(office.round().await.is_none(), "it waits for its time");
    for _ in 0..3 {
        office.clock.advance_s(600);
        // As if the process had been started again, or another server looked at once.
        let tx = office.store.begin().await.unwrap();
        jobs::postpone(&tx, job, tx.env().now(), "").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(again_at(office.round().await), START.plus_s(3_600));
    }
    assert_eq!(office.job(job).await.done, 1);
    office.each_got_one(1);
}

#[tokio::test]
async fn a_worker_that_dies_on_the_way_takes_nobody_along_and_gives_no_one_a_second_mail() {
    let office = Office::open().await;
    let people = office.crowd(4).await;
    let job = office.order_spread(&people, per_hour(60)).await;
    // It dies after its chunk, before anything was kept of how it ended.
    let claimed = office.claim("dead").await.unwrap();
    office.carry_out(&claimed, "dead").await.unwrap();
    while office.send().await > 0 {}
    assert!(office.round().await.is_none(), "its lease holds");
    office.clock.advance_s(jobs::LEASE_S + 1);
    assert_eq!(again_at(office.round().await), START.plus_s(60));
    office.each_got_one(1);
    office.clock.advance_s(60);
    office.watch(5).await;
    assert_eq!(office.job(job).await.state, JobState::Done);
    office.each_got_one(4);
}

#[tokio::test]
async fn in_the_night_and_on_the_weekend_nobody_gets_a_mail() {
    let office = Office::open().await;
    let people = office.crowd(5).await;
    let hours = Hours {
        from: "09:00".into(),
        to: "10:00".into(),
        zone: "Europe/Berlin".into(),
        days: Day::working(),
    };
    let wave = Wave {
        hours: Some(hours),
        ..per_hour(2)
    };
    // It is Thursday, midnight in London and an hour later in Berlin.
    let job = office.order_spread(&people, wave).await;
    let thursday = START.plus_s(8 * 3_600);
    assert_eq!(again_at(office.round().await), thursday);
    let waits = office.job(job).await;
    assert_eq!(waits.error, "waits for working hours");
    let forecast = delivery::forecast(&office.store, &waits).await.unwrap();
    let forecast = forecast.unwrap();
    let monday = START.plus_days(4).plus_s(8 * 3_600);
    assert_eq!(
        (forecast.next, forecast.end),
        (Some(thursday), Some(monday))
    );

    let mut went = Vec::new();
    let mut before = 0;
    for _ in 0..5 * 24 * 6 {
        office.round().await;
        let count = office.letters().len();
        if count > before {
            went.push((office.store.env().now().0 - START.0) / 60_000);
        }
        before = count;
        office.clock.advance_s(600);
    }
    let (day, nine) = (24 * 60, 8 * 60);
    let expected = [nine, nine + 30, day + nine, day + nine + 30, 4 * day + nine];
    assert_eq!(went, expected, "Thursday, Friday, Monday");
    assert_eq!(office.job(job).await.state, JobState::Done);
}

#[tokio::test]
async fn it_pauses_by_itself_where_too_many_fail_and_goes_on_when_somebody_resumes_it() {
    let office = Office::open().await;
    let people = office.crowd(30).await;
    let wave = Wave {
        stop_percent: Some(10),
        ..per_hour(600)
    };
    let job = office.order_spread(&people, wave).await;
    let refused = MailFault::always(MailTrouble::RefuseRecipient { code: 550 }).times(3);
    office.mail_server(vec![refused]);
    office.watch(2).await;
    let paused = office.job(job).await;
    assert_eq!(paused.paused.as_deref(), Some("3 of 10 people failed"));
    assert_eq!((paused.state, paused.done), (JobState::Queued, 10));
    let forecast = delivery::forecast(&office.store, &paused).await.unwrap();
    assert_eq!(forecast.unwrap().next, None);
    office.clock.advance_s(86_400);
    assert!(office.round().await.is_none(), "nobody resumed it");

    office.resume(job).await;
    office.watch(3).await;
    let over = office.job(job).await;
    assert_eq!((over.state, over.done), (JobState::Done, 30));
    assert_eq!(office.letters().len(), 27);
}

#[tokio::test]
async fn it_pauses_where_nobody_can_be_deployed_before_everybody_failed() {
    let office = Office::open().await;
    let people = office.people(&[""; 30]).await;
    let wave = Wave {
        stop_percent: Some(10),
        ..per_hour(600)
    };
    let job = office.order_spread(&people, wave).await;
    assert_eq!(office.round().await, Some(Outcome::Stopped));
    let paused = office.job(job).await;
    assert_eq!(paused.paused.as_deref(), Some("10 of 10 people failed"));
    assert_eq!(paused.done, 10);
    office.resume(job).await;
    office.round().await;
    assert_eq!(office.job(job).await.done, 20, "it counts anew");
}

#[tokio::test]
async fn whoever_mends_one_who_failed_does_not_keep_it_from_pausing() {
    let office = Office::open().await;
    let people = office.crowd(20).await;
    let wave = Wave {
        stop_percent: Some(10),
        ..per_hour(600)
    };
    let job = office.order_spread(&people, wave).await;
    let refused = MailFault::always(MailTrouble::RefuseRecipient { code: 550 }).times(3);
    office.mail_server(vec![refused]);
    office.round().await;
    let states = office.states(&people).await;
    let failed = states.iter().position(|state| *state == UserState::Failed);
    office.deploy(&people[failed.unwrap()..][..1]).await;
    office.clock.advance_s(60);
    office.round().await;
    let paused = office.job(job).await.paused;
    assert_eq!(paused.as_deref(), Some("3 of 10 people failed"));
}

#[tokio::test]
async fn people_who_are_gone_or_suspended_do_not_make_it_pause() {
    let office = Office::open().await;
    let people = office.crowd(9).await;
    let wave = Wave {
        stop_percent: Some(0),
        ..per_hour(60)
    };
    let job = office.order_spread(&people, wave).await;
    let ids: Vec<_> = people.iter().map(|user| user.id).collect();
    let tx = office.store.begin().await.unwrap();
    users::remove(&tx, &ids[..4]).await.unwrap();
    users::suspend(&tx, &ids[4..8]).await.unwrap();
    tx.commit().await.unwrap();
    office.watch(2).await;
    let over = office.job(job).await;
    assert_eq!((over.state, over.done), (JobState::Partly, 9), "{over:?}");
    assert_eq!(over.failed, 4, "the suspended ones are told");
    office.each_got_one(1);

    let tx = office.store.begin().await.unwrap();
    users::resume(&tx, &ids[4..8]).await.unwrap();
    tx.commit().await.unwrap();
    let mut rest = delivery::rest(&office.store, &over).await.unwrap();
    rest.sort_unstable();
    let mut resumed = ids[4..8].to_vec();
    resumed.sort_unstable();
    assert_eq!(rest, resumed, "nobody is lost");
    let states = office.states(&people[4..8]).await;
    assert_eq!(states, [UserState::Imported; 4]);
}

#[tokio::test]
async fn recipients_who_are_put_off_do_not_hold_the_others_up() {
    let office = Office::open().await;
    let mut people = office.crowd(12).await;
    // Their turns come in this order.
    people.sort_by_key(|user| user.id.to_string());
    let job = office.order_spread(&people, per_hour(4)).await;
    let slow = |n: usize| {
        let trouble = MailTrouble::RefuseRecipient { code: 451 };
        MailFault::always(trouble).to(&people[n].fields.email)
    };
    office.mail_server((1..12).step_by(2).map(slow).collect());
    office.watch(12 * 15).await;
    assert_eq!(office.job(job).await.state, JobState::Done);
    office.each_got_one(6);
    assert_eq!(office.mails("waiting").await, 6);
}

#[tokio::test]
async fn what_the_mail_server_does_not_take_holds_the_wave_up() {
    let office = Office::open().await;
    let people = office.crowd(10).await;
    let job = office.order_spread(&people, per_hour(2)).await;
    office.mail_server(vec![MailFault::always(MailTrouble::RefuseRecipient {
        code: 451,
    })]);
    office.watch(4 * 60).await;
    assert_eq!(office.job(job).await.done, 2, "no pile grows");
    assert_eq!(office.mails("waiting").await, 2);
}

#[tokio::test]
async fn whoever_pauses_it_while_it_runs_is_not_overruled() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    let job = office.order_spread(&people, per_hour(60)).await;
    let claimed = office.claim(WORKER).await.unwrap();
    office.pause(job).await;
    let outcome = office.carry_out(&claimed, WORKER).await.unwrap();
    assert_eq!(outcome, Outcome::Stopped);
    let tx = office.store.begin().await.unwrap();
    jobs::postpone(&tx, job, tx.env().now(), "").await.unwrap();
    tx.commit().await.unwrap();
    assert!(office.round().await.is_none());
    assert_eq!(office.job(job).await.done, 0);
    office.resume(job).await;
    office.watch(3).await;
    office.each_got_one(3);
}

#[tokio::test]
async fn another_pace_counts_from_the_last_mails() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    let job = office.order_spread(&people, per_hour(1)).await;
    office.watch(1).await;
    let tx = office.store.begin().await.unwrap();
    jobs::spread(&tx, job, per_hour(12), &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(again_at(office.round().await), START.plus_s(300));
    office.clock.advance_s(240);
    assert_eq!(again_at(office.round().await), START.plus_s(600));
}

#[tokio::test]
async fn one_who_was_deployed_alone_meanwhile_gets_no_second_mail() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    let job = office.order_spread(&people, per_hour(60)).await;
    office.round().await;
    office.clock.advance_s(30);
    let waits = people.iter().find(|user| {
        let got = office.letters();
        got.iter()
            .all(|letter| !letter.to.contains(&user.fields.email))
    });
    // The wave does not hold this one up.
    office.deploy(std::slice::from_ref(waits.unwrap())).await;
    while office.send().await > 0 {}
    assert_eq!(office.letters().len(), 2);
    office.clock.advance_s(30);
    office.watch(4).await;
    assert_eq!(office.job(job).await.state, JobState::Done);
    office.each_got_one(3);
}

#[tokio::test]
async fn nobody_waits_for_a_wave_that_was_cancelled() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    let job = office.order_spread(&people, per_hour(1)).await;
    office.watch(1).await;
    office.cancel(job).await;
    assert_eq!(office.round().await, Some(Outcome::Stopped));
    assert_eq!(office.job(job).await.state, JobState::Cancelled);
    let mut states = office.states(&people).await;
    states.sort_by_key(|state| *state != UserState::Deployed);
    let expected = [
        UserState::Deployed,
        UserState::Imported,
        UserState::Imported,
    ];
    assert_eq!(states, expected);
    office.clock.advance_s(86_400);
    assert!(office.round().await.is_none());
    office.each_got_one(1);
}

#[tokio::test]
async fn nobody_waits_for_a_deployment_that_was_given_up() {
    let office = Office::open().await;
    let people = office.crowd(3).await;
    office.order_spread(&people, per_hour(1)).await;
    let job = office.claim(WORKER).await.unwrap();
    let tx = office.store.begin().await.unwrap();
    jobs::finish(&tx, job.id, JobState::Failed, "the disk is full", "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(office.states(&people).await, [UserState::Imported; 3]);
}

#[tokio::test]
async fn nobody_is_added_to_a_deployment_that_was_cancelled() {
    let office = Office::open().await;
    let people = office.crowd(2).await;
    let kinds = ::users::kinds(&office.store).await.unwrap();
    let tx = office.store.begin().await.unwrap();
    let mut asked = Asked::begin(&tx, "test", None, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    let job = asked.deploy;
    office.cancel(job).await;
    for (user, ended) in people.iter().zip([false, true]) {
        if ended {
            assert_eq!(office.round().await, Some(Outcome::Stopped));
        }
        let tx = office.store.begin().await.unwrap();
        let one = std::slice::from_ref(user);
        ask_deployment(&tx, &mut asked, one, &kinds, &admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(office.now(user).await.state, UserState::Imported);
    }
    let over = office.job(job).await;
    assert_eq!((over.state, over.total), (JobState::Cancelled, 0));
}

#[tokio::test]
async fn whose_turn_has_not_come_can_ask_for_a_link_of_their_own() {
    let office = Office::open().await;
    let people = office.crowd(2).await;
    let wave = office.order_spread(&people, per_hour(1)).await;
    office.round().await;
    office.clock.advance_s(900);
    let states = office.states(&people).await;
    let waits = states.iter().position(|state| *state == UserState::Queued);
    let waits = &people[waits.unwrap()];
    let wish = async || delivery::mail_link(&office.store, waits.id).await.unwrap();
    assert!(wish().await);
    office.clock.advance_s(900);
    assert!(!wish().await, "its deployment is on its way");
    let own = office.claim(WORKER).await.unwrap();
    assert_eq!(office.carry_out(&own, WORKER).await.unwrap(), Outcome::Done);
    let tx = office.store.begin().await.unwrap();
    assert!(jobs::complete(&tx, own.id).await.unwrap());
    tx.commit().await.unwrap();
    office.clock.advance_s(900);
    assert!(!wish().await, "its mail waits");
    while office.send().await > 0 {}
    office.each_got_one(2);
    office.clock.advance_s(3_600);
    office.round().await;
    assert_eq!(office.job(wave).await.state, JobState::Done);
    office.each_got_one(2);
}

#[tokio::test]
async fn people_whose_secret_is_still_made_do_not_hold_the_others_up() {
    let office = Office::open().await;
    let people = office
        .people_without_secrets(&["a@example.org", "b@example.org"])
        .await;
    office.order_spread(&people, per_hour(60)).await;
    office.make_secrets(&people[1..]).await;
    // The order that makes secrets is not this worker's.
    office.round().await;
    office.expect(&people[1], DeploymentState::Sent).await;
}
