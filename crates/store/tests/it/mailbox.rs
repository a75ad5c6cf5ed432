//! Where reading of the mailbox stands: one reader at a time, and nothing of it forgotten.

use model::Timestamp;
use store::mailbox::{self, Standing};

use crate::home::{Home, START};

const INBOX: &str = "phones@mx.example INBOX";

on_both_engines!(
    a_mailbox_is_claimed_by_one_reader_when_it_is_due,
    what_was_read_and_what_went_wrong_is_kept_until_it_goes_well,
);

impl Home {
    async fn claim_mailbox(&self) -> Option<Standing> {
        mailbox::claim(&self.store, INBOX, 60).await.unwrap()
    }

    async fn mailbox(&self) -> Standing {
        let found = mailbox::find(&self.store, INBOX).await.unwrap();
        found.unwrap()
    }
}

async fn a_mailbox_is_claimed_by_one_reader_when_it_is_due(home: Home) {
    assert_eq!(mailbox::find(&home.store, INBOX).await.unwrap(), None);
    let claims = tokio::join!(home.claim_mailbox(), home.claim_mailbox());
    let claimed: Vec<Standing> = [claims.0, claims.1].into_iter().flatten().collect();
    let fresh = Standing {
        uid_validity: 0,
        uid: 0,
        put_away: true,
        next_at: START.plus_s(60),
        read_at: None,
        failures: 0,
        error: String::new(),
        hint: String::new(),
    };
    assert_eq!(claimed, [fresh]);
    // The reader died: its claim runs out.
    home.clock.advance_s(60);
    assert!(home.claim_mailbox().await.is_some());
}

async fn what_was_read_and_what_went_wrong_is_kept_until_it_goes_well(home: Home) {
    home.claim_mailbox().await.unwrap();
    home.write(async |tx| {
        mailbox::begin_anew(tx, INBOX, 9).await?;
        mailbox::advance(tx, INBOX, 41, false).await?;
        mailbox::failed(tx, INBOX, START.plus_s(90), "NO not now", "see to it").await
    })
    .await;
    let failed = home.mailbox().await;
    assert_eq!((failed.uid_validity, failed.uid), (9, 41));
    assert_eq!((failed.put_away, failed.failures), (false, 1));
    assert_eq!(
        (failed.error.as_str(), failed.hint.as_str()),
        ("NO not now", "see to it")
    );
    assert_eq!(failed.read_at, None);
    home.write(async |tx| mailbox::was_read(tx, INBOX, Timestamp(START.0 + 1)).await)
        .await;
    let well = home.mailbox().await;
    assert_eq!((well.uid, well.put_away, well.failures), (41, true, 0));
    assert_eq!((well.error.as_str(), well.read_at), ("", Some(START)));
    assert_eq!(well.next_at, Timestamp(START.0 + 1));
}
