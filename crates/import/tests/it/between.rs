//! What happens to entries and people between the plan that was shown and its carrying out.

use model::{EntryId, Outcome, Selection, UserState, plan::reasons};
use store::jobs::JobState;

use crate::office::{Office, WORKER, admin};

fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<EntryId> {
    ids.into_iter().map(EntryId).collect()
}

#[tokio::test]
async fn entries_that_changed_or_vanished_between_plan_and_import_are_reported_and_the_rest_is_imported()
 {
    let office = Office::of(10).await;
    let plan = office.plan().await;
    assert_eq!((plan.counts.create, plan.counts.deploy), (10, 10));
    office.renamed(EntryId(3)).await;
    office.vanished(&ids([5, 7])).await;

    let job = office.import(&plan).await;
    assert_eq!(job.state, JobState::Partly);
    assert_eq!((job.done, job.failed, job.total), (10, 3, 10));
    let failed = office.failed(job.id).await;
    let told: Vec<_> = failed
        .iter()
        .map(|row| {
            (
                row.subject.as_str(),
                row.refusal.code.as_str(),
                row.label.as_str(),
            )
        })
        .collect();
    let changed = reasons::changed_since_plan().code;
    let gone = reasons::gone().code;
    assert_eq!(
        told,
        [
            ("3", changed.as_str(), "Ada Lovelace 3 3"),
            ("5", gone.as_str(), "Ada Lovelace 5 5"),
            ("7", gone.as_str(), "Ada Lovelace 7 7"),
        ]
    );
    assert!(failed.iter().all(|row| !row.refusal.hint.is_empty()));
    let entries: Vec<_> = office
        .users()
        .await
        .iter()
        .filter_map(|u| u.entry)
        .collect();
    assert_eq!(entries, ids([1, 2, 4, 6, 8, 9, 10]));
    let deploy = office.jobs("deploy").await;
    assert_eq!((deploy.len(), deploy[0].total), (1, 7));
}

#[tokio::test]
async fn a_person_who_was_suspended_since_the_plan_is_imported_reported_and_not_deployed() {
    let office = Office::of(2).await;
    office.import(&office.plan_without_deploying().await).await;
    let plan = office.plan().await;
    assert_eq!((plan.counts.keep, plan.counts.deploy), (2, 2));
    let users = office.users().await;
    let tx = office.store.begin().await.unwrap();
    store::users::set_state(&tx, &[users[0].id], UserState::Suspended)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let job = office.import(&plan).await;
    let failed = office.failed(job.id).await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].refusal, reasons::suspended());
    assert_eq!(office.jobs("deploy").await[0].total, 1);
}

#[tokio::test]
async fn people_whom_another_plan_imported_meanwhile_are_not_made_twice() {
    let office = Office::of(5).await;
    let (first, second) = (office.plan().await, office.plan().await);
    office.import(&first).await;
    office.agree(&second).await;
    let mut job = office.claim(WORKER).await.unwrap();
    while job.kind != "import" {
        job = office.claim(WORKER).await.unwrap();
    }
    assert_eq!(office.carry_out(&job, WORKER).await, Outcome::Done);
    assert_eq!(office.count().await, 5);
    let failed = office.failed(job.id).await;
    assert_eq!(
        failed.len(),
        5,
        "each is told that it is on its way already"
    );
    assert_eq!(failed[0].refusal, reasons::already_deployed());
    assert_eq!(office.jobs("deploy").await.len(), 1);
}

#[tokio::test]
async fn an_id_that_is_selected_twice_is_one_row_and_one_that_is_nobody_is_told() {
    let office = Office::of(3).await;
    let selection = Selection::Ids {
        ids: ids([2, 2, 99, 1, 2]),
    };
    let plan = office.plan_of(selection).await;
    assert_eq!((plan.counts.total, plan.counts.create), (3, 2));
    assert_eq!(plan.counts.skip[0].code, reasons::gone().code);
    office.import(&plan).await;
    assert_eq!(office.count().await, 2);
}

#[tokio::test]
async fn importing_again_without_a_profile_leaves_people_the_one_that_they_have() {
    let office = Office::of(2).await;
    office.import(&office.plan_without_deploying().await).await;
    office.renamed(EntryId(1)).await;
    let wanted = import::Wanted {
        selection: Selection::Ids { ids: ids([1, 2]) },
        profile: None,
        as_proposed: false,
        deploy: false,
    };
    let plan = import::plan(&office.store, &wanted, &admin())
        .await
        .unwrap();
    assert_eq!((plan.counts.update, plan.counts.keep), (1, 1));
    let before = office.users().await;
    office.import(&plan).await;
    let after = office.users().await;
    assert_ne!(before[0].fields, after[0].fields, "in line with its source");
    for user in after {
        assert_eq!(user.profile, Some(office.profile.id));
    }
}
