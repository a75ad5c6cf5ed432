//! What pages of a scan held.

use model::{ConnectionId, Record, RecordId};
use store::{
    pages::{self, Held},
    records,
};

use crate::home::Home;

on_both_engines!(
    a_page_is_held_for_the_program_that_read_it,
    what_says_something_else_since_is_not_held,
    pages_that_a_scan_did_not_have_are_forgotten,
);

const FORM: i64 = 7;

fn told(id: &str, last_name: &str) -> Record {
    Record {
        last_name: last_name.into(),
        ..Record::new(id)
    }
}

impl Home {
    /// Keeps a page of 1,500 records; their ids.
    async fn full_page(&self, of: ConnectionId, page: i64) -> Vec<Held> {
        let records: Vec<_> = (0..1_500).map(|n| told(&n.to_string(), "Nova")).collect();
        let kept = self
            .write(async |tx| records::keep_page(tx, of, 1, &records, &[]).await)
            .await;
        let held = |(n, (record, content)): (u128, (RecordId, [u8; 16]))| Held {
            print: n.to_be_bytes(),
            record,
            content,
        };
        let held: Vec<_> = (0..).zip(kept.records).map(held).collect();
        self.write(async |tx| pages::keep(tx, of, page, FORM, &held).await)
            .await;
        held
    }

    async fn held(&self, of: ConnectionId, page: i64) -> Vec<Held> {
        pages::held(&self.store, of, page, FORM).await.unwrap()
    }
}

async fn a_page_is_held_for_the_program_that_read_it(home: Home) {
    let of = home.connection("Main").await;
    let held = home.full_page(of, 3).await;
    assert_eq!(held.len(), 1_500);
    assert_eq!(home.held(of, 3).await, held);
    assert_eq!(home.held(of, 2).await, []);
    let other = home.connection("Other").await;
    assert_eq!(home.held(other, 3).await, []);
    let of_another = pages::held(&home.store, of, 3, FORM + 1).await;
    assert_eq!(of_another.unwrap(), []);
    // The same page of a further scan takes its place.
    home.write(async |tx| pages::keep(tx, of, 3, FORM, &held[..1]).await)
        .await;
    assert_eq!(home.held(of, 3).await, held[..1]);
}

async fn what_says_something_else_since_is_not_held(home: Home) {
    let of = home.connection("Main").await;
    let held = home.full_page(of, 0).await;
    let asked_again = told("0", "Supernova");
    home.write(async |tx| records::tell_again(tx, &[(held[0].record, &asked_again)]).await)
        .await;
    home.write(async |tx| records::mark_left(tx, of, &["1"]).await)
        .await;
    assert_eq!(home.held(of, 0).await, held[2..]);
    // Another connection took the records over.
    let by = home.connection("Other").await;
    let taken: Vec<_> = (2..1_500).map(|n| told(&n.to_string(), "Nova")).collect();
    home.write(async |tx| records::adopt(tx, of, by, &taken, true).await)
        .await;
    assert_eq!(home.held(of, 0).await, []);
}

async fn pages_that_a_scan_did_not_have_are_forgotten(home: Home) {
    let of = home.connection("Main").await;
    let held = home.full_page(of, 0).await;
    home.full_page(of, 1).await;
    home.write(async |tx| pages::forget_from(tx, of, 1).await)
        .await;
    assert_eq!(home.held(of, 0).await, held);
    assert_eq!(home.held(of, 1).await, []);
}
