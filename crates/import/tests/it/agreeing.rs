//! Agreeing to a plan: once, in time, and to the right thing.

use import::{Error, Making, Wanted};
use model::{EntryId, Query, Selection, selection::All};
use store::plans::{self, Standing};

use crate::office::{Office, admin};

fn everybody() -> Selection<EntryId> {
    Selection::All {
        all: All,
        query: Query::default(),
        snapshot: None,
        except: vec![],
    }
}

#[tokio::test]
async fn a_plan_that_is_agreed_to_twice_answers_the_same_job() {
    let office = Office::of(2).await;
    let plan = office.plan().await;
    let job = office.agree(&plan).await;
    assert_eq!(office.agree(&plan).await, job);
    office.claim("worker").await.unwrap();
    assert_eq!(office.agree(&plan).await, job, "also while it runs");
    assert_eq!(office.jobs("import").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_agree_to_a_plan_at_the_same_moment_get_one_job() {
    let office = Office::on_postgres(2).await;
    let plan = office.plan().await.id;
    let agreed = (0..16).map(|_| {
        let store = office.store.clone();
        tokio::spawn(async move { import::run(&store, plan, &admin()).await.unwrap() })
    });
    let mut jobs = Vec::new();
    for one in agreed.collect::<Vec<_>>() {
        jobs.push(one.await.unwrap());
    }
    jobs.dedup();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(office.jobs("import").await.len(), 1);
}

#[tokio::test]
async fn a_plan_expires_after_a_day_unless_it_was_agreed_to() {
    let office = Office::of(2).await;
    let (agreed, late) = (office.plan().await, office.plan().await);
    let job = office.agree(&agreed).await;
    office.clock.advance_s(24 * 3600 + 1);
    assert_eq!(office.agree(&agreed).await, job);
    let expired = import::run(&office.store, late.id, &admin()).await;
    assert!(matches!(expired, Err(Error::Expired)), "{expired:?}");
}

#[tokio::test]
async fn a_plan_that_is_given_up_in_the_making_is_never_there() {
    let office = Office::of(2).await;
    let wanted = Wanted {
        selection: everybody(),
        profile: None,
        as_proposed: false,
        deploy: false,
    };
    let making = Making::begin(&office.store, wanted, &admin())
        .await
        .unwrap();
    let id = making.id();
    assert_eq!(
        plans::find(&office.store, id).await.unwrap().1,
        Standing::Making
    );
    assert!(plans::give_up(&office.store, id).await.unwrap());
    let made = making.end().await;
    assert!(
        matches!(made, Err(Error::Store(store::Error::Missing(_)))),
        "{made:?}"
    );
    assert_eq!(
        plans::find(&office.store, id).await.unwrap().1,
        Standing::GivenUp
    );
    let run = import::run(&office.store, id, &admin()).await;
    assert!(
        matches!(run, Err(Error::Store(store::Error::Missing(_)))),
        "{run:?}"
    );
}

#[tokio::test]
async fn a_plan_of_nobody_is_refused() {
    let office = Office::of(0).await;
    let wanted = import::Wanted {
        selection: Selection::Ids { ids: vec![] },
        profile: None,
        as_proposed: false,
        deploy: false,
    };
    let refused = import::plan(&office.store, &wanted, &admin()).await;
    assert!(matches!(refused, Err(Error::Empty)), "{refused:?}");
}
