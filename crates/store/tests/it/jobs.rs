//! The durable queue: orders, progress, items and ends. Who may claim what stands in `claims.rs`.

use model::{
    ConnectionId, JobId, LinkMode, Order, Refusal, Timestamp,
    wave::{Batch, Wave},
};
use store::{
    Error, Hold,
    funnel::{self, OfWave},
    jobs::{self, Job, JobState, Settled, Standing, Step},
};

use crate::{
    filters::hex,
    home::{Home, START, admin, is_missing},
};

on_both_engines!(
    an_order_of_a_rolled_back_transaction_was_never_given,
    a_job_reads_back_with_its_order,
    progress_adds_up_and_the_cursor_is_kept,
    who_lost_the_lease_cannot_go_on,
    a_cancelled_job_tells_its_worker,
    a_waiting_job_is_cancelled_at_once,
    a_job_that_is_over_cannot_be_cancelled,
    a_postponed_job_waits_for_its_time,
    tries_count_until_a_job_gets_on,
    a_failed_row_makes_done_partly,
    items_are_not_doubled_and_the_total_follows,
    an_open_item_keeps_a_job_from_being_complete,
    a_job_that_was_complete_takes_new_items_up,
    items_page_by_subject,
    open_and_failed_items_are_found_over_all_jobs_of_a_kind,
    thousands_of_items_are_added_and_settled,
    the_newest_jobs_come_first_and_page,
    a_paused_job_is_nobodys_until_it_is_resumed,
    a_worker_is_told_that_its_job_was_paused,
    a_paused_job_whose_worker_died_comes_back_when_it_is_resumed,
    a_paused_job_can_be_cancelled,
    a_cancelled_deployment_is_taken_once_more,
    a_deployment_that_is_cancelled_while_it_runs_does_not_wait_for_its_time,
    a_wave_that_is_spread_in_another_way_while_it_runs_goes_on_by_the_new_one,
    only_a_deployment_that_is_not_over_can_be_paused,
    a_wave_is_spread_in_another_way,
    a_wave_goes_by_its_own_deployments,
    jobs_that_are_not_over_are_found_behind_those_that_are,
);

impl Home {
    pub(crate) async fn order(&self, only_one: Option<&str>) -> JobId {
        self.write(async |tx| jobs::enqueue(tx, &Order::Join, 0, only_one, &admin()).await)
            .await
    }

    pub(crate) async fn claim(&self, owner: &str) -> Option<Job> {
        jobs::claim(&self.store, owner).await.unwrap()
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        jobs::get(&self.store, id).await.unwrap()
    }

    pub(crate) async fn complete(&self, id: JobId) -> bool {
        self.write(async |tx| jobs::complete(tx, id).await).await
    }

    async fn add_items(&self, job: JobId, subjects: &[&str]) {
        let items: Vec<_> = subjects
            .iter()
            .map(|s| ((*s).to_owned(), format!("label of {s}")))
            .collect();
        self.write(async |tx| jobs::add_items(tx, job, &items).await)
            .await;
    }

    async fn settle(&self, job: JobId, rows: &[Settled]) {
        self.write(async |tx| jobs::settle(tx, job, rows).await)
            .await;
    }

    async fn open(&self, job: JobId) -> Vec<String> {
        let items = jobs::open_items(&self.store, job, 100_000).await.unwrap();
        items.into_iter().map(|item| item.subject).collect()
    }
}

fn done(subject: &str) -> Settled {
    Settled::done(&subject, "")
}

fn failed(subject: &str) -> Settled {
    Settled::failed(
        &subject,
        "",
        Refusal::new("no-address", "has no address", "give it one"),
    )
}

async fn an_order_of_a_rolled_back_transaction_was_never_given(home: Home) {
    let tx = home.store.begin().await.unwrap();
    let id = jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &admin())
        .await
        .unwrap();
    drop(tx);
    assert!(is_missing(&jobs::get(&home.store, id).await));
    assert_eq!(home.claim("w").await, None);
    assert_eq!(jobs::count_open(&home.store).await.unwrap(), 0);
}

async fn a_job_reads_back_with_its_order(home: Home) {
    let connection = ConnectionId::new(home.env());
    let order = Order::Scan { connection };
    let id = home
        .write(async |tx| jobs::enqueue(tx, &order, 500, None, &admin()).await)
        .await;
    let job = home.job(id).await;
    assert_eq!(
        (job.order, job.kind.as_str(), job.total),
        (order, "scan", 500)
    );
    assert_eq!(
        (job.state, job.attempts, job.actor.as_str()),
        (JobState::Queued, 0, "ada")
    );
    assert_eq!(
        (job.created_at, job.started_at, job.finished_at),
        (START, None, None)
    );
    let inside = home.write(async |tx| jobs::get_in(tx, id).await).await;
    assert_eq!(inside, home.job(id).await);
}

async fn progress_adds_up_and_the_cursor_is_kept(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    let step = Step {
        done: 500,
        failed: 2,
        total: Some(2000),
        cursor: Some("row 500"),
        note: Some("reading"),
    };
    home.write(async |tx| jobs::advance(tx, id, "w", step).await)
        .await;
    let rest = Step {
        done: 10,
        ..Step::default()
    };
    home.write(async |tx| jobs::advance(tx, id, "w", rest).await)
        .await;
    let job = home.job(id).await;
    assert_eq!((job.done, job.failed, job.total), (510, 2, 2000));
    assert_eq!(
        (job.cursor.as_str(), job.note.as_str()),
        ("row 500", "reading")
    );
}

async fn who_lost_the_lease_cannot_go_on(home: Home) {
    let id = home.order(None).await;
    let job = home.claim("slow").await.unwrap();
    home.clock.advance_s(jobs::LEASE_S + 1);
    assert_eq!(home.claim("quick").await.unwrap().id, id);
    let slow = Hold {
        store: &home.store,
        job: &job,
        owner: "slow",
    };
    assert_eq!(slow.standing().await.unwrap(), Standing::Lost);
    let late = home
        .try_write(async |tx| slow.settle(tx, &[failed("1")]).await)
        .await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    assert_eq!(
        home.job(id).await.failed,
        0,
        "nothing of the chunk is there"
    );
    let quick = Hold {
        owner: "quick",
        ..slow
    };
    assert_eq!(quick.standing().await.unwrap(), Standing::Go);
    home.write(async |tx| quick.settle(tx, &[failed("1"), done("2")]).await)
        .await;
    let job = home.job(id).await;
    assert_eq!((job.done, job.failed), (2, 1));
}

async fn a_cancelled_job_tells_its_worker(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    home.write(async |tx| jobs::cancel(tx, id, &admin()).await)
        .await;
    let job = home.job(id).await;
    assert_eq!((job.state, job.cancel), (JobState::Running, true));
    let standing = jobs::renew(&home.store, id, "w").await.unwrap();
    assert_eq!(standing, Standing::Cancelled);
    home.write(async |tx| jobs::finish(tx, id, JobState::Cancelled, "", "").await)
        .await;
    assert!(home.job(id).await.state.is_over());
    assert_eq!(
        jobs::renew(&home.store, id, "w").await.unwrap(),
        Standing::Lost
    );
}

async fn a_waiting_job_is_cancelled_at_once(home: Home) {
    let id = home.order(None).await;
    home.write(async |tx| jobs::cancel(tx, id, &admin()).await)
        .await;
    let job = home.job(id).await;
    assert_eq!(
        (job.state, job.finished_at),
        (JobState::Cancelled, Some(START))
    );
    assert_eq!(home.claim("w").await, None);
    let lines = store::audit::list(&home.store, None, 10).await.unwrap();
    assert_eq!(lines[0].action, "job.cancelled");
}

async fn a_job_that_is_over_cannot_be_cancelled(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    assert!(home.complete(id).await);
    let late = home
        .try_write(async |tx| jobs::cancel(tx, id, &admin()).await)
        .await;
    assert!(is_missing(&late));
    assert_eq!(home.job(id).await.state, JobState::Done);
}

async fn a_postponed_job_waits_for_its_time(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    let at = Timestamp(START.0 + 10_000);
    home.write(async |tx| jobs::postpone(tx, id, at, "the component is down").await)
        .await;
    let job = home.job(id).await;
    assert_eq!((job.state, job.due_at), (JobState::Queued, at));
    assert_eq!(job.error, "the component is down");
    assert_eq!(home.claim("w").await, None);
    home.clock.advance_s(10);
    let claimed = home.claim("w").await.unwrap();
    assert_eq!(claimed.attempts, 1, "waiting is no failure");
}

async fn tries_count_until_a_job_gets_on(home: Home) {
    let id = home.order(None).await;
    for attempts in 1..=3 {
        assert_eq!(home.claim("w").await.unwrap().attempts, attempts);
        home.write(async |tx| jobs::retry(tx, id, home.now(), "the disk is full").await)
            .await;
    }
    assert_eq!(home.job(id).await.error, "the disk is full");
    home.claim("w").await.unwrap();
    let step = Step {
        done: 1,
        ..Step::default()
    };
    home.write(async |tx| jobs::advance(tx, id, "w", step).await)
        .await;
    assert_eq!(home.job(id).await.attempts, 1);
    let nothing = Step::default();
    home.write(async |tx| jobs::advance(tx, id, "w", nothing).await)
        .await;
    assert_eq!(home.job(id).await.attempts, 1);
}

async fn a_failed_row_makes_done_partly(home: Home) {
    for (rows, state) in [
        (vec![done("1")], JobState::Done),
        (vec![failed("1")], JobState::Partly),
    ] {
        let id = home.order(None).await;
        let job = home.claim("w").await.unwrap();
        let hold = Hold {
            store: &home.store,
            job: &job,
            owner: "w",
        };
        home.write(async |tx| hold.settle(tx, &rows).await).await;
        assert!(home.complete(id).await);
        let over = home.job(id).await;
        assert_eq!((over.state, over.finished_at), (state, Some(START)));
    }
}

async fn items_are_not_doubled_and_the_total_follows(home: Home) {
    let id = home.order(None).await;
    home.add_items(id, &["b", "a", "b"]).await;
    home.add_items(id, &["a", "c"]).await;
    home.add_items(id, &[]).await;
    assert_eq!(home.job(id).await.total, 3);
    assert_eq!(home.open(id).await, ["a", "b", "c"]);
    home.settle(id, &[done("a")]).await;
    home.add_items(id, &["a"]).await;
    assert_eq!(
        home.open(id).await,
        ["b", "c"],
        "what is done is not done again"
    );
    assert_eq!(home.job(id).await.total, 3);
}

async fn an_open_item_keeps_a_job_from_being_complete(home: Home) {
    let id = home.order(None).await;
    home.add_items(id, &["a", "b"]).await;
    home.claim("w").await.unwrap();
    home.settle(id, &[done("a")]).await;
    assert!(!home.complete(id).await);
    assert_eq!(home.job(id).await.state, JobState::Running);
    home.settle(id, &[failed("b"), done("b")]).await;
    assert!(home.complete(id).await);
    let done = jobs::items(&home.store, id, "done", "", 10).await.unwrap();
    assert_eq!(done.len(), 2, "the last word on a row counts");
}

async fn a_job_that_was_complete_takes_new_items_up(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    assert!(home.complete(id).await);
    home.add_items(id, &["late"]).await;
    let job = home.job(id).await;
    assert_eq!((job.state, job.finished_at), (JobState::Queued, None));
    assert_eq!(home.claim("w").await.unwrap().id, id);
}

async fn items_page_by_subject(home: Home) {
    let id = home.order(None).await;
    home.settle(id, &[failed("a"), failed("B"), failed("c"), done("d")])
        .await;
    let page = jobs::items(&home.store, id, "failed", "", 2).await.unwrap();
    let rest = jobs::items(&home.store, id, "failed", &page[1].subject, 2)
        .await
        .unwrap();
    let subjects: Vec<_> = page
        .iter()
        .chain(&rest)
        .map(|i| i.subject.as_str())
        .collect();
    assert_eq!(subjects, ["B", "a", "c"]);
    assert_eq!(
        page[0].refusal,
        Refusal::new("no-address", "has no address", "give it one")
    );
}

async fn open_and_failed_items_are_found_over_all_jobs_of_a_kind(home: Home) {
    let (one, two) = (home.order(None).await, home.order(None).await);
    home.add_items(one, &["a", "b"]).await;
    home.add_items(two, &["b", "c"]).await;
    home.settle(one, &[failed("a")]).await;
    let subjects = ["a", "b", "c", "d"].map(str::to_owned);
    let open = async |kind| {
        let mut open = home
            .write(async |tx| jobs::open_elsewhere(tx, kind, &subjects).await)
            .await;
        open.sort();
        open.dedup();
        open
    };
    assert_eq!(open("join").await, ["b", "c"]);
    assert!(open("scan").await.is_empty());
    let failures = home
        .write(async |tx| jobs::failures(tx, "join", &subjects).await)
        .await;
    assert_eq!(failures.len(), 1);
    assert_eq!(
        (failures[0].0.as_str(), failures[0].1.code.as_str()),
        ("a", "no-address")
    );
    home.write(async |tx| jobs::cancel(tx, two, &admin()).await)
        .await;
    assert_eq!(
        open("join").await,
        ["b"],
        "a cancelled job's items are not open"
    );
}

async fn thousands_of_items_are_added_and_settled(home: Home) {
    let id = home.order(None).await;
    let subjects: Vec<_> = (0..9000).map(|n| format!("{n:05}")).collect();
    let names: Vec<_> = subjects.iter().map(String::as_str).collect();
    home.add_items(id, &names).await;
    assert_eq!(home.job(id).await.total, 9000);
    let rows: Vec<_> = names.iter().take(5000).map(|name| done(name)).collect();
    home.settle(id, &rows).await;
    assert_eq!(home.open(id).await, subjects[5000..]);
}

async fn the_newest_jobs_come_first_and_page(home: Home) {
    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(home.order(None).await);
        home.clock.advance_s(1);
    }
    let newest = jobs::newest(&home.store, None, 2).await.unwrap();
    let rest = jobs::newest(&home.store, Some(newest[1].id), 2)
        .await
        .unwrap();
    let listed: Vec<_> = newest.iter().chain(&rest).map(|job| job.id).collect();
    ids.reverse();
    assert_eq!(listed, ids);
}

impl Home {
    async fn order_deployment(&self, wave: Option<Wave>) -> JobId {
        let order = Order::Deploy {
            reason: "test".to_owned(),
            fed_by: None,
            wave,
        };
        self.write(async |tx| jobs::enqueue(tx, &order, 0, None, &admin()).await)
            .await
    }

    async fn pause(&self, job: JobId) {
        self.write(async |tx| jobs::pause(tx, job, "paused by ada", &admin()).await)
            .await;
    }

    async fn resume(&self, job: JobId) {
        self.write(async |tx| jobs::resume(tx, job, &admin()).await)
            .await;
    }
}

fn per_hour(per_hour: u32) -> Wave {
    Wave {
        per_hour,
        hours: None,
        stop_percent: None,
    }
}

async fn a_paused_job_is_nobodys_until_it_is_resumed(home: Home) {
    let id = home.order_deployment(None).await;
    home.pause(id).await;
    // A second word changes nothing.
    home.write(async |tx| jobs::pause(tx, id, "another reason", &admin()).await)
        .await;
    assert_eq!(home.job(id).await.paused.as_deref(), Some("paused by ada"));
    home.clock.advance_s(86_400);
    assert_eq!(home.claim("w").await, None);
    home.resume(id).await;
    home.resume(id).await;
    let job = home.claim("w").await.unwrap();
    assert_eq!((job.id, job.paused), (id, None));
    let lines = store::audit::list(&home.store, None, 10).await.unwrap();
    let done: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(done, ["job.resumed", "job.paused"]);
}

async fn a_worker_is_told_that_its_job_was_paused(home: Home) {
    let id = home.order_deployment(None).await;
    let job = home.claim("w").await.unwrap();
    let hold = Hold {
        store: &home.store,
        job: &job,
        owner: "w",
    };
    assert_eq!(hold.standing().await.unwrap(), Standing::Go);
    home.pause(id).await;
    assert_eq!(hold.standing().await.unwrap(), Standing::Paused);
    home.resume(id).await;
    assert_eq!(hold.standing().await.unwrap(), Standing::Go);
}

async fn a_paused_job_whose_worker_died_comes_back_when_it_is_resumed(home: Home) {
    let id = home.order_deployment(None).await;
    home.claim("dead").await.unwrap();
    home.pause(id).await;
    home.clock.advance_s(jobs::LEASE_S + 1);
    assert_eq!(home.claim("w").await, None);
    home.resume(id).await;
    assert_eq!(home.claim("w").await.unwrap().id, id);
}

async fn a_paused_job_can_be_cancelled(home: Home) {
    let id = home.order_deployment(None).await;
    home.claim("dead").await.unwrap();
    home.pause(id).await;
    home.write(async |tx| jobs::cancel(tx, id, &admin()).await)
        .await;
    home.clock.advance_s(jobs::LEASE_S + 1);
    let job = home.claim("w").await.unwrap();
    assert_eq!((job.id, job.cancel, job.paused), (id, true, None));
}

async fn a_cancelled_deployment_is_taken_once_more(home: Home) {
    let id = home.order_deployment(None).await;
    let tx = home.store.begin().await.unwrap();
    jobs::postpone(&tx, id, START.plus_days(3), "waits")
        .await
        .unwrap();
    jobs::cancel(&tx, id, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    let job = home.claim("w").await.unwrap();
    assert_eq!((job.id, job.cancel), (id, true));
    assert!(
        home.try_write(async |tx| jobs::pause(tx, id, "too late", &admin()).await)
            .await
            .is_err()
    );
}

async fn a_deployment_that_is_cancelled_while_it_runs_does_not_wait_for_its_time(home: Home) {
    let id = home.order_deployment(Some(per_hour(1))).await;
    let job = home.claim("w").await.unwrap();
    home.write(async |tx| jobs::cancel(tx, id, &admin()).await)
        .await;
    home.write(async |tx| jobs::go_on(tx, &job, START.plus_days(3), "waits").await)
        .await;
    let job = home.claim("w").await.expect("it is taken once more");
    assert_eq!((job.id, job.cancel), (id, true));
}

async fn a_wave_that_is_spread_in_another_way_while_it_runs_goes_on_by_the_new_one(home: Home) {
    let id = home.order_deployment(Some(per_hour(1))).await;
    let job = home.claim("w").await.unwrap();
    home.write(async |tx| jobs::spread(tx, id, per_hour(600), &admin()).await)
        .await;
    home.write(async |tx| jobs::go_on(tx, &job, START.plus_s(3_600), "waits").await)
        .await;
    let job = home.claim("w").await.expect("it is looked at anew");
    home.write(async |tx| jobs::go_on(tx, &job, START.plus_s(6), "waits").await)
        .await;
    assert_eq!(home.claim("w").await, None);
}

async fn only_a_deployment_that_is_not_over_can_be_paused(home: Home) {
    let join = home.order(None).await;
    let over = home.order_deployment(None).await;
    home.write(async |tx| jobs::finish(tx, over, JobState::Done, "", "").await)
        .await;
    for id in [join, over, JobId::new(home.env())] {
        let paused = home.try_write(async |tx| jobs::pause(tx, id, "why", &admin()).await);
        assert!(is_missing(&paused.await));
        let resumed = home.try_write(async |tx| jobs::resume(tx, id, &admin()).await);
        assert!(is_missing(&resumed.await));
    }
}

async fn a_wave_is_spread_in_another_way(home: Home) {
    let id = home.order_deployment(Some(per_hour(10))).await;
    let tx = home.store.begin().await.unwrap();
    jobs::postpone(&tx, id, START.plus_days(3), "waits")
        .await
        .unwrap();
    jobs::spread(&tx, id, per_hour(600), &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let job = home.claim("w").await.expect("it is looked at anew");
    let Order::Deploy { wave, reason, .. } = job.order else {
        panic!("{job:?}")
    };
    assert_eq!((wave, reason.as_str()), (Some(per_hour(600)), "test"));
    let at_once = home.order_deployment(None).await;
    let spread = home.try_write(async |tx| jobs::spread(tx, at_once, per_hour(1), &admin()).await);
    assert!(is_missing(&spread.await));
}

async fn a_wave_goes_by_its_own_deployments(home: Home) {
    let job = home.order_deployment(Some(per_hour(10))).await;
    let none = funnel::of_wave(&home.store, job).await.unwrap();
    assert_eq!(none, OfWave::default());
    let people = home.users(1..=5).await;
    home.deploy(&people[..3], LinkMode::Direct).await;
    home.clock.advance_s(60);
    home.deploy(&people[3..], LinkMode::Direct).await;
    let of_job = format!("UPDATE deployment SET job_id = {}", hex(&home, job.0));
    home.run(&of_job).await.unwrap();
    // A later one that belongs to no job.
    home.clock.advance_s(60);
    home.deploy(&people[..1], LinkMode::Direct).await;
    let bounced =
        "UPDATE deployment SET state = 'bounced', error = 'no such mailbox' WHERE user_id =";
    home.run(&format!("{bounced} {}", hex(&home, people[4].0)))
        .await
        .unwrap();
    let tried = "UPDATE outbox SET attempts = 1 WHERE deployment_id IN (SELECT id FROM deployment WHERE user_id =";
    home.run(&format!("{tried} {})", hex(&home, people[3].0)))
        .await
        .unwrap();
    let expected = OfWave {
        last: Some(Batch {
            at: START.plus_s(60),
            people: 2,
        }),
        queued: 3,
        untried: 2,
        refused: 1,
    };
    let stands = funnel::of_wave(&home.store, job).await.unwrap();
    assert_eq!(stands, expected);
    // Whoever mends one does not undo that it was refused.
    home.deploy(&people[4..], LinkMode::Direct).await;
    let stands = funnel::of_wave(&home.store, job).await.unwrap();
    assert_eq!(stands, expected);
}

async fn jobs_that_are_not_over_are_found_behind_those_that_are(home: Home) {
    let wave = home.order_deployment(Some(per_hour(1))).await;
    for _ in 0..3 {
        home.clock.advance_s(1);
        let over = home.order(None).await;
        home.write(async |tx| jobs::finish(tx, over, JobState::Done, "", "").await)
            .await;
    }
    home.clock.advance_s(1);
    let newest = home.order(None).await;
    let open = jobs::open(&home.store, 100).await.unwrap();
    let open: Vec<_> = open.into_iter().map(|job| job.id).collect();
    assert_eq!(open, [newest, wave]);
}
