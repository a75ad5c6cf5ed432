//! Records as the components told them.

use model::{ConnectionId, EntryId, Record, RecordId, Rule, Secret, SipSecret};
use store::{
    records::{self, Join, Placement, Stored},
    secrets::{self, Purpose},
};

use crate::home::Home;

on_both_engines!(
    a_page_counts_what_is_new_or_changed,
    the_same_source_id_of_two_connections_is_two_records,
    a_record_told_twice_on_one_page_is_kept_once,
    what_a_scan_did_not_see_is_gone_and_comes_back,
    a_record_reads_back_as_it_was_told,
    thousands_of_records_on_one_page,
    what_is_told_on_two_pages_of_a_scan_hides_nothing_that_was_seen,
    what_is_told_in_another_order_is_seen,
    joining_walks_all_present_records,
    records_are_placed_with_their_reason,
    a_card_is_kept_for_what_the_record_says_and_no_longer,
    a_new_secret_erases_the_one_before,
    thousands_of_secrets_and_places_at_once,
);

fn told(id: &str, last_name: &str) -> Record {
    Record {
        last_name: last_name.into(),
        ..Record::new(id)
    }
}

impl Home {
    async fn page(&self, of: ConnectionId, scan: i64, page: &[Record]) -> u64 {
        self.write(async |tx| records::keep_page(tx, of, scan, page, &[]).await)
            .await
            .fresh
    }

    async fn present(&self) -> Vec<Stored> {
        records::present_after(&self.store, 0, 100_000)
            .await
            .unwrap()
    }

    async fn place(&self, placements: Vec<Placement>) {
        self.write(async |tx| records::place(tx, placements).await)
            .await;
    }
}

async fn a_page_counts_what_is_new_or_changed(home: Home) {
    let main = home.connection("Main").await;
    assert_eq!(home.page(main, 1, &[]).await, 0);
    assert_eq!(
        home.page(main, 1, &[told("1", "Ada"), told("2", "Grace")])
            .await,
        2
    );
    assert_eq!(
        home.page(main, 2, &[told("1", "Ada"), told("2", "Grace")])
            .await,
        0
    );
    let ids: Vec<_> = home.present().await.iter().map(|r| r.id).collect();
    assert_eq!(
        home.page(main, 3, &[told("1", "Ada"), told("2", "Hopper")])
            .await,
        1
    );
    let kept = home.present().await;
    assert_eq!(kept.iter().map(|r| r.id).collect::<Vec<_>>(), ids);
    assert_eq!(kept[1].record.last_name, "Hopper");
}

async fn the_same_source_id_of_two_connections_is_two_records(home: Home) {
    let (one, two) = (home.connection("One").await, home.connection("Two").await);
    home.page(one, 1, &[told("1", "Ada")]).await;
    home.page(two, 2, &[told("1", "Ada")]).await;
    assert_eq!(home.present().await.len(), 2);
}

async fn a_record_told_twice_on_one_page_is_kept_once(home: Home) {
    let main = home.connection("Main").await;
    assert_eq!(
        home.page(main, 1, &[told("1", "Ada"), told("1", "Grace")])
            .await,
        1
    );
    let kept = home.present().await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].record.last_name, "Grace");
    home.page(main, 2, &[told("9", "Z"), told("8", "Y"), told("7", "X")])
        .await;
    let kept = home.present().await;
    let order: Vec<_> = kept.iter().map(|r| r.record.source_id.as_str()).collect();
    assert_eq!(order, ["1", "9", "8", "7"], "ids follow the telling");
}

async fn what_a_scan_did_not_see_is_gone_and_comes_back(home: Home) {
    let (main, other) = (
        home.connection("Main").await,
        home.connection("Other").await,
    );
    home.page(main, 1, &[told("1", "Ada"), told("2", "Grace")])
        .await;
    home.page(other, 2, &[told("1", "Alan")]).await;
    home.page(main, 3, &[told("1", "Ada")]).await;
    let unseen = home
        .write(async |tx| records::unseen(tx, main, 3).await)
        .await;
    assert_eq!(unseen, (1, 2));
    let gone = home
        .write(async |tx| records::mark_gone(tx, main, 3).await)
        .await;
    assert_eq!(gone, 1);
    let names =
        |kept: &[Stored]| -> Vec<_> { kept.iter().map(|r| r.record.last_name.clone()).collect() };
    assert_eq!(names(&home.present().await), ["Ada", "Alan"]);
    assert_eq!(
        home.page(main, 4, &[told("2", "Grace")]).await,
        1,
        "coming back is news"
    );
    assert_eq!(names(&home.present().await), ["Ada", "Grace", "Alan"]);
}

async fn a_record_reads_back_as_it_was_told(home: Home) {
    let main = home.connection("Main").await;
    let mut record = told("id with \"quotes\" and ü", "O'Neil; DROP TABLE record --");
    record.first_name = record.text("first_name", "a\u{1}b");
    record.set_email("no address");
    assert_eq!(record.faults.len(), 2);
    home.page(main, 1, std::slice::from_ref(&record)).await;
    let kept = home.present().await.remove(0);
    assert_eq!(kept.record, record);
    assert_eq!(
        (kept.connection, kept.entry, kept.secret, kept.join),
        (main, None, None, None)
    );
}

async fn thousands_of_records_on_one_page(home: Home) {
    let main = home.connection("Main").await;
    let page: Vec<_> = (0..7000).map(|n| told(&n.to_string(), "Ada")).collect();
    assert_eq!(home.page(main, 1, &page).await, 7000);
    assert_eq!(home.page(main, 2, &page).await, 0);
    let unseen = home
        .write(async |tx| records::unseen(tx, main, 2).await)
        .await;
    assert_eq!(unseen, (0, 7000));
}

async fn what_is_told_on_two_pages_of_a_scan_hides_nothing_that_was_seen(home: Home) {
    let main = home.connection("Main").await;
    let all: Vec<_> = (0..10).map(|n| told(&n.to_string(), "Ada")).collect();
    home.page(main, 1, &all).await;
    home.page(main, 2, &all[..8]).await;
    home.page(main, 2, &all[3..4]).await;
    home.page(main, 2, &all[7..9]).await;
    let unseen = home
        .write(async |tx| records::unseen(tx, main, 2).await)
        .await;
    assert_eq!(unseen, (1, 10));
    let some = records::unseen_some(&home.store, main, 2, 5).await.unwrap();
    assert_eq!(some[0].record.source_id, "9");
    let gone = home
        .write(async |tx| records::mark_gone(tx, main, 2).await)
        .await;
    assert_eq!((gone, home.present().await.len()), (1, 9));
}

async fn what_is_told_in_another_order_is_seen(home: Home) {
    let (main, other) = (
        home.connection("Main").await,
        home.connection("Other").await,
    );
    let all: Vec<_> = (0..9).map(|n| told(&n.to_string(), "Ada")).collect();
    for three in all.chunks(3) {
        home.page(main, 1, three).await;
        home.page(other, 2, three).await;
    }
    for n in [8, 0, 6, 2, 4, 1] {
        home.page(main, 3, &all[n..=n]).await;
    }
    let unseen = home
        .write(async |tx| records::unseen(tx, main, 3).await)
        .await;
    assert_eq!(unseen, (3, 9), "3, 5 and 7");
}

async fn joining_walks_all_present_records(home: Home) {
    let main = home.connection("Main").await;
    let page: Vec<_> = (0..10).map(|n| told(&n.to_string(), "Ada")).collect();
    home.page(main, 1, &page).await;
    let (mut after, mut seen) = (0, vec![]);
    loop {
        let found = records::present_after(&home.store, after, 3).await.unwrap();
        let Some(last) = found.last() else { break };
        after = last.id.0;
        seen.extend(found.iter().map(|r| r.id));
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted_by(|a, b| a < b));
    let some = records::by_id(&home.store, &[seen[3], seen[1], RecordId(999)])
        .await
        .unwrap();
    assert_eq!(
        some.iter().map(|r| r.id).collect::<Vec<_>>(),
        [seen[1], seen[3]]
    );
}

async fn records_are_placed_with_their_reason(home: Home) {
    let main = home.connection("Main").await;
    home.page(
        main,
        1,
        &[told("1", "Ada"), told("2", "Ada"), told("3", "Alan")],
    )
    .await;
    let ids: Vec<_> = home.present().await.iter().map(|r| r.id).collect();
    let join = Join {
        rule: Rule::CrossReference,
        with: ids[0],
    };
    let at = |record, entry, join| Placement {
        card: (vec![], [0; 8]),
        record,
        entry: EntryId(entry),
        join,
    };
    home.place(vec![
        at(ids[0], 7, None),
        at(ids[1], 7, Some(join.clone())),
        at(ids[2], 9, None),
    ])
    .await;
    let ada = records::of_entry(&home.store, EntryId(7)).await.unwrap();
    assert_eq!(ada.iter().map(|r| r.id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!((&ada[0].join, &ada[1].join), (&None, &Some(join)));
    let range = async |from, to| {
        home.write(async |tx| records::of_entries_between(tx, EntryId(from), EntryId(to)).await)
            .await
            .len()
    };
    assert_eq!(
        (range(7, 9).await, range(8, 9).await, range(1, 6).await),
        (3, 1, 0)
    );
    home.place(vec![at(ids[1], 9, None)]).await;
    let both = records::of_entries(&home.store, &[EntryId(9), EntryId(7)])
        .await
        .unwrap();
    assert_eq!(both.iter().map(|r| r.id).collect::<Vec<_>>(), ids);
    assert_eq!(both[1].join, None);
}

async fn a_new_secret_erases_the_one_before(home: Home) {
    let main = home.connection("Main").await;
    home.page(main, 1, &[told("1", "Ada"), told("2", "Alan")])
        .await;
    let ids: Vec<_> = home.present().await.iter().map(|r| r.id).collect();
    let keep = async |record, value: &str| {
        let secrets = vec![(record, SipSecret::Clear(Secret::new(value)))];
        home.write(async |tx| records::keep_secrets(tx, secrets).await)
            .await;
    };
    keep(ids[0], "first").await;
    keep(ids[1], "other").await;
    let first = home.present().await[0].secret.unwrap();
    keep(ids[0], "second").await;
    let kept = home.present().await;
    let open = async |id| secrets::open(&home.store, Purpose::Sip, id).await;
    assert_eq!(
        open(kept[0].secret.unwrap()).await.unwrap().expose(),
        "second"
    );
    assert_eq!(
        open(kept[1].secret.unwrap()).await.unwrap().expose(),
        "other"
    );
    assert!(crate::home::is_missing(&open(first).await));
    assert_eq!(home.page(main, 2, &[told("1", "Lovelace")]).await, 1);
    assert_eq!(
        home.present().await[0].secret,
        kept[0].secret,
        "a change keeps it"
    );
}

async fn thousands_of_secrets_and_places_at_once(home: Home) {
    let main = home.connection("Main").await;
    let page: Vec<_> = (0..5000).map(|n| told(&n.to_string(), "Ada")).collect();
    home.page(main, 1, &page).await;
    let ids: Vec<_> = home.present().await.iter().map(|r| r.id).collect();
    let placements = ids.iter().map(|id| Placement {
        card: (vec![], [0; 8]),
        record: *id,
        entry: EntryId(id.0),
        join: None,
    });
    home.place(placements.collect()).await;
    let secrets: Vec<_> = ids
        .iter()
        .map(|id| (*id, SipSecret::Clear(Secret::new(id.to_string()))))
        .collect();
    for _ in 0..2 {
        let secrets = secrets.clone();
        home.write(async |tx| records::keep_secrets(tx, secrets).await)
            .await;
    }
    assert_eq!(home.number("SELECT COUNT(*) FROM secret").await, 5000);
    let kept = home.present().await;
    assert!(
        kept.iter()
            .all(|r| r.entry == Some(EntryId(r.id.0)) && r.secret.is_some())
    );
}

async fn a_card_is_kept_for_what_the_record_says_and_no_longer(home: Home) {
    const FORM: [u8; 8] = [7; 8];
    let of = home.connection("Main").await;
    home.page(of, 1, &[told("1", "Nova"), told("2", "Nova")])
        .await;
    let cards = async || {
        let cards = records::cards_after(&home.store, 0, 10, FORM).await;
        cards.unwrap()
    };
    let place = async |carded: &records::Carded| {
        let placement = Placement {
            record: carded.id,
            entry: EntryId(1),
            join: None,
            card: ([&FORM[..], b"card"].concat(), carded.said),
        };
        home.write(async |tx| records::place(tx, vec![placement.clone()]).await)
            .await;
    };
    let first = cards().await;
    assert_eq!(first[0].card, Err(Box::new(told("1", "Nova"))));
    // The second one says something else before its card is written.
    home.page(of, 2, &[told("2", "Supernova")]).await;
    place(&first[0]).await;
    place(&first[1]).await;
    let second = cards().await;
    assert_eq!(second[0].card, Ok([&FORM[..], b"card"].concat()));
    assert_eq!(second[1].card, Err(Box::new(told("2", "Supernova"))));
    assert_eq!(second[1].entry, Some(EntryId(1)));
    // Another program, and another text, have it made anew.
    let of_another = records::cards_after(&home.store, 0, 1, [8; 8]).await;
    assert!(of_another.unwrap()[0].card.is_err());
    home.page(of, 3, &[told("1", "Stern")]).await;
    assert_eq!(cards().await[0].card, Err(Box::new(told("1", "Stern"))));
}
