//! What people decide about records: what stands, who said it, and in which order.

use model::{RecordId, entry::Verdict};
use store::decisions::{self, Act};

use crate::home::{Home, START, admin};

on_both_engines!(
    a_decision_counts_in_either_order_and_can_be_changed_and_undone,
    the_history_tells_who_said_what_of_whom,
    two_that_decide_at_once_come_one_after_the_other,
);

impl Home {
    async fn decide(&self, pairs: &[(i64, i64)], verdict: Verdict) -> i64 {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(a, b)| (RecordId(*a), RecordId(*b)))
            .collect();
        self.write(async |tx| {
            let n = decisions::begin(tx).await?;
            decisions::keep(tx, n, &pairs, verdict, &admin()).await?;
            Ok(n)
        })
        .await
    }
}

async fn a_decision_counts_in_either_order_and_can_be_changed_and_undone(home: Home) {
    home.decide(&[(2, 1), (2, 5)], Verdict::Together).await;
    home.decide(&[(3, 4)], Verdict::Apart).await;
    home.decide(&[(1, 2)], Verdict::Apart).await;
    let all = async || {
        let all = decisions::all(&home.store).await.unwrap();
        let plain = all.into_iter().map(|(a, b, t)| (a.0, b.0, t));
        plain.collect::<Vec<_>>()
    };
    assert_eq!(all().await, [(1, 2, false), (2, 5, true), (3, 4, false)]);
    home.decide(&[(5, 2), (2, 1)], Verdict::Undone).await;
    assert_eq!(all().await, [(3, 4, false)]);
    let standing = decisions::standing(&home.store, &[RecordId(4)]).await;
    assert_eq!(
        standing.unwrap(),
        [((RecordId(3), RecordId(4)), false)].into()
    );
    let lines = store::audit::list(&home.store, None, 10).await.unwrap();
    let actions: Vec<_> = lines.iter().map(|l| l.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "join.decision-undone",
            "join.kept-apart",
            "join.kept-apart",
            "join.linked"
        ]
    );
    assert_eq!(lines[3].subject, "2+1 2+5");
}

async fn the_history_tells_who_said_what_of_whom(home: Home) {
    let first = home.decide(&[(7, 1), (7, 2)], Verdict::Together).await;
    home.decide(&[(8, 9)], Verdict::Apart).await;
    let last = home.decide(&[(2, 7)], Verdict::Undone).await;
    let act = |n, verdict, records: &[i64], others: &[i64]| Act {
        n,
        verdict,
        actor: admin().0,
        at: START,
        records: records.iter().copied().map(RecordId).collect(),
        others: others.iter().copied().map(RecordId).collect(),
    };
    let of = async |ids: &[i64], limit| {
        let ids: Vec<_> = ids.iter().copied().map(RecordId).collect();
        decisions::history(&home.store, &ids, limit).await.unwrap()
    };
    let linked = act(first, Verdict::Together, &[7], &[1, 2]);
    let undone = act(last, Verdict::Undone, &[2], &[7]);
    assert_eq!(of(&[2], 10).await, [undone.clone(), linked.clone()]);
    assert_eq!(of(&[1], 10).await, [linked]);
    assert_eq!(of(&[1, 2, 7], 1).await, [undone]);
    assert!(of(&[3], 10).await.is_empty() && of(&[], 10).await.is_empty());
    let latest = home
        .write(async |tx| decisions::latest_in(tx, &[RecordId(1), RecordId(9)]).await)
        .await;
    assert_eq!(latest, Some((first + 1, admin().0)));
}

async fn two_that_decide_at_once_come_one_after_the_other(home: Home) {
    let store = home.another_process().await;
    let first = home.store.begin().await.unwrap();
    let n = decisions::begin(&first).await.unwrap();
    let second = tokio::spawn(async move {
        let tx = store.begin().await.unwrap();
        let n = decisions::begin(&tx).await.unwrap();
        let latest = decisions::latest_in(&tx, &[RecordId(1)]).await.unwrap();
        (n, latest)
    });
    tokio::task::yield_now().await;
    let pair = [(RecordId(1), RecordId(2))];
    decisions::keep(&first, n, &pair, Verdict::Together, &admin())
        .await
        .unwrap();
    first.commit().await.unwrap();
    let (later, latest) = second.await.unwrap();
    assert!(later > n);
    assert_eq!(
        latest,
        Some((n, admin().0)),
        "it sees what the other one said"
    );
}
