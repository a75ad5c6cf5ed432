//! What joining has to look at again.

use model::EntryId;
use store::stale;

use crate::home::{Home, Place};

on_both_engines!(
    a_mark_is_taken_once_however_often_it_was_set,
    everything_is_owed_at_first_and_once_more_by_another_program,
);

async fn a_mark_is_taken_once_however_often_it_was_set(home: Home) {
    let (one, two) = (EntryId(1), EntryId(2));
    home.write(async |tx| {
        stale::mark(tx, &[two, one]).await?;
        stale::mark(tx, &[two]).await
    })
    .await;
    let take = async |limit| home.write(async |tx| stale::take(tx, limit).await).await;
    assert_eq!(home.write(async |tx| stale::count(tx).await).await, 2);
    assert_eq!(take(1).await, [one]);
    assert_eq!(take(9).await, [two]);
    assert!(take(9).await.is_empty());
}

async fn everything_is_owed_at_first_and_once_more_by_another_program(home: Home) {
    let begin = async |form| home.write(async |tx| stale::begin(tx, form).await).await;
    assert!(begin(1).await, "nothing was ever joined");
    assert!(begin(1).await, "it was begun, but not done");
    home.write(async |tx| stale::end(tx).await).await;
    assert!(!begin(1).await);
    home.write(async |tx| stale::note_made(tx, EntryId(7)).await)
        .await;
    assert!(begin(2).await, "another program makes other entries");
    assert_eq!(
        home.write(async |tx| stale::made(tx).await).await,
        EntryId(0)
    );
}

#[tokio::test]
async fn a_mark_that_is_not_committed_yet_is_not_taken_with_an_older_one() {
    let home = Place::postgres().await.home().await;
    let entry = EntryId(5);
    home.write(async |tx| stale::mark(tx, &[entry]).await).await;
    let pushed = home.store.begin().await.unwrap();
    stale::mark(&pushed, &[entry]).await.unwrap();
    let take = async || home.write(async |tx| stale::take(tx, 9).await).await;
    assert_eq!(take().await, [entry]);
    pushed.commit().await.unwrap();
    assert_eq!(
        take().await,
        [entry],
        "what was pushed is looked at as well"
    );
}
