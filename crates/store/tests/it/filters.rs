//! Filters: whatever they ask, alone or together, in every order, a list pages through exactly the rows that pass.

use std::collections::HashSet;

use model::{
    ConnectionId, EntryFilter, EntryId, EntryState, JobId, LinkMode, Note, NoteKind, PersonFields,
    Query, Record, Sort, SortColumn, Timestamp, UserFilter, UserId,
    entry::marks,
    filter::{Drift, Touch},
    ticket::LinkHash,
};
use store::{
    ListQuery,
    connections::{self, NewConnection},
    deployments,
    devices::{self, Device},
    entries::{self, Written},
    funnel, jobs,
    records::{self, Placement},
    rest::Deployment,
    users,
};

use crate::{
    devices::device,
    home::{Home, START, admin},
    paging::{key, sorts, there_and_back},
    people::{new_rows, nth_person, person, row},
};

on_both_engines!(
    every_filter_pages_through_exactly_what_passes,
    a_filter_that_finds_many_far_behind_finds_them,
    what_the_last_round_of_scans_did_is_found,
    manage_is_filtered_by_drift,
    manage_is_filtered_by_profile,
    manage_is_filtered_by_how_far_links_and_phones_came,
    the_deployments_of_a_job_are_counted_and_found,
    every_number_of_a_job_is_what_its_step_finds,
    the_rest_of_a_deployment_is_who_still_needs_its_mail,
    pbxs_and_proposals_are_offered_once,
);

/// Sixty people of all kinds.
fn crowd() -> Vec<Written> {
    (1..=60).map(one_of_the_crowd).collect()
}

fn one_of_the_crowd(n: i64) -> Written {
    let at = |choices: &[&str]| {
        let n = usize::try_from(n).unwrap();
        choices[n % choices.len()].to_owned()
    };
    let fields = PersonFields {
        pbx: at(&["HQ-1", "hq-1", "Büro & Co", ""]),
        mbg_user_name: at(&["", "set-9", "set-10"]),
        client_service_account: at(&["ada", "", "bob", "cy", "dee"]),
        profile_proposal: at(&["", "Office", "Do Not Deploy", "office", ""]),
        ..person(
            &at(&["Ada", "Grace", ""]),
            &at(&["Müller", "Hopper", "", "Zhou"]),
            &at(&["", "4711", "0815"]),
            &at(&["", "office@example.org", "a@example.org"]),
        )
    };
    let note = |kind| Note {
        kind,
        rule: None,
        text: "because".into(),
        other: None,
    };
    let notes = match n % 7 {
        0 => vec![note(NoteKind::Proposal)],
        1 => vec![note(NoteKind::SecondLine), note(NoteKind::Fault)],
        2 => vec![note(NoteKind::Conflict)],
        _ => vec![],
    };
    let state = EntryState::ALL[usize::try_from(n * 5).unwrap() % 7];
    Written {
        notes,
        drifted: n % 11 == 0,
        ..row(n, fields, state)
    }
}

impl Home {
    /// A connection with a record in each of these entries.
    async fn connection_of(&self, name: &str, entries: &[i64]) -> ConnectionId {
        self.write(async |tx| {
            let new = NewConnection {
                name,
                kind: model::ComponentKind::Ldap,
                address: "ldaps://x.example.org",
                options: "{}",
                secret: None,
                default_pbx: "",
            };
            let id = connections::add(tx, &new, &admin()).await?;
            let told: Vec<_> = entries.iter().map(|n| Record::new(n.to_string())).collect();
            records::keep_page(tx, id, 1, &told, &[]).await?;
            Ok(id)
        })
        .await;
        let all = records::present_after(&self.store, 0, 10_000)
            .await
            .unwrap();
        let connections = connections::list(&self.store).await.unwrap();
        let id = connections.iter().find(|c| c.name == name).unwrap().id;
        let placed = all
            .iter()
            .filter(|r| r.connection == id)
            .map(|r| Placement {
                card: (vec![], [0; 8]),
                record: r.id,
                entry: EntryId(r.record.source_id.parse().unwrap()),
                join: None,
            });
        let placed = placed.collect();
        self.write(async |tx| records::place(tx, placed).await)
            .await;
        id
    }

    async fn walked(&self, filter: &str, search: &str, sort: Sort, limit: i64) -> Vec<i64> {
        let query = Query {
            q: search.to_owned(),
            filter: filter.to_owned(),
        };
        let query = ListQuery::entries(&query, sort, limit).unwrap();
        let page = async |query: &ListQuery| entries::page(&self.store, query).await;
        there_and_back(&query, page, |entry| entry.id.0).await
    }
}

/// Whether a row passes, as the words say it.
fn passes(row: &Written, filter: &EntryFilter, of_connection: &HashSet<i64>) -> bool {
    let fold = |text: &str| model::text::fold(text);
    let bits = marks::of(&row.fields, &row.notes, row.drifted);
    filter.state.is_none_or(|state| row.state == state)
        && filter.note.is_none_or(|n| bits & marks::of_remark(n) != 0)
        && filter.lacks.is_none_or(|l| bits & marks::of_lack(l) != 0)
        && filter
            .connection
            .is_none_or(|_| of_connection.contains(&row.id.0))
        && (filter.pbx.as_ref()).is_none_or(|pbx| fold(&row.fields.pbx) == fold(pbx))
        && (filter.profile.as_ref())
            .is_none_or(|profile| fold(&row.fields.profile_proposal) == fold(profile))
        && filter.scan.is_none_or(|touch| touch == Touch::New)
}

async fn every_filter_pages_through_exactly_what_passes(home: Home) {
    home.fill(crowd()).await;
    let thirds: Vec<_> = (1..=60).filter(|n| n % 3 == 0).collect();
    let connection = home.connection_of("third", &thirds).await;
    home.connection_of("half", &[2, 4, 6]).await;
    let of_connection = thirds.into_iter().collect();
    let filters = [
        String::new(),
        "state=new".to_owned(),
        "note=proposed".to_owned(),
        "note=second-line".to_owned(),
        "note=fault&state=imported".to_owned(),
        "lacks=last-name".to_owned(),
        "lacks=email&pbx=HQ-1".to_owned(),
        "pbx=b%C3%BCro%20%26%20Co".to_owned(),
        "profile=OFFICE".to_owned(),
        "profile=Office&lacks=email".to_owned(),
        "scan=new&state=gone".to_owned(),
        "scan=changed".to_owned(),
        format!("connection={connection}"),
        format!("connection={connection}&state=conflict&pbx=hq-1"),
    ];
    for filter in filters {
        let parsed = EntryFilter::parse(&filter).unwrap();
        let expected: Vec<_> = crowd()
            .into_iter()
            .filter(|row| passes(row, &parsed, &of_connection))
            .collect();
        for sort in sorts() {
            let mut keyed: Vec<_> = expected
                .iter()
                .map(|row| (key(&row.fields, row.state, sort), row.id.0))
                .collect();
            keyed.sort();
            if sort.descending {
                keyed.reverse();
            }
            let ids: Vec<_> = keyed.into_iter().map(|(_, id)| id).collect();
            let walked = home.walked(&filter, "", sort, 7).await;
            assert_eq!(walked, ids, "“{filter}” by {sort}");
        }
        let query = Query {
            q: String::new(),
            filter: filter.clone(),
        };
        let query = ListQuery::entries(&query, Sort::default(), 1).unwrap();
        let total = entries::total(&home.store, &query).await.unwrap();
        let count = i64::try_from(expected.len()).unwrap();
        assert_eq!((total.count, total.exact), (count, true), "“{filter}”");
        let exact = entries::exact_total(&home.store, &query).await.unwrap();
        assert_eq!(exact, count, "“{filter}”");
        let walk = entries::matching_after(&home.store, &query, 0, 500).await;
        let walk: Vec<_> = walk.unwrap().iter().map(|entry| entry.id.0).collect();
        let ids: Vec<_> = expected.iter().map(|row| row.id.0).collect();
        assert_eq!(walk, ids, "“{filter}” by id");
    }
}

/// Too many to be gathered, and further on than a page is looked for row by row.
async fn a_filter_that_finds_many_far_behind_finds_them(home: Home) {
    let everybody = (1..=9_000).map(|n| {
        let mut fields = nth_person(n);
        if n > 6_500 {
            fields.last_name = format!("Zebra{n}");
            fields.pbx = "Zoo".into();
        }
        fields
    });
    home.fill(new_rows(everybody)).await;
    let zebras: Vec<_> = (6_501..=9_000).collect();
    for (filter, search) in [
        ("", "ebra"),
        ("pbx=zoo", ""),
        ("pbx=zoo", "ebra"),
        ("scan=new", "zebr"),
    ] {
        let ascending = home.walked(filter, search, Sort::default(), 500).await;
        assert_eq!(ascending, zebras, "“{filter}” “{search}”");
        let by_email = Sort {
            column: SortColumn::Email,
            descending: true,
        };
        let mut met = home.walked(filter, search, by_email, 500).await;
        met.sort_unstable();
        assert_eq!(met, zebras, "“{filter}” “{search}” by e-mail");
    }
    let query = Query {
        q: "ebra".into(),
        filter: "pbx=zoo".into(),
    };
    let query = ListQuery::entries(&query, Sort::default(), 1).unwrap();
    let total = entries::total(&home.store, &query).await.unwrap();
    assert_eq!((total.count, total.exact), (2_500, true));
}

async fn what_the_last_round_of_scans_did_is_found(home: Home) {
    let touched = async |touch: &str| {
        home.walked(&format!("scan={touch}"), "", Sort::default(), 10)
            .await
    };
    home.write(async |tx| entries::begin_round(tx).await).await;
    home.fill(new_rows((1..=3).map(nth_person))).await;
    home.fill(vec![row(3, nth_person(33), EntryState::New)])
        .await;
    assert_eq!(
        touched("new").await,
        [1, 2, 3],
        "new and changed at once is new"
    );
    home.write(async |tx| entries::begin_round(tx).await).await;
    assert!(touched("new").await.is_empty());
    home.fill(vec![
        row(1, nth_person(1), EntryState::Conflict),
        row(2, nth_person(22), EntryState::New),
        row(4, nth_person(4), EntryState::New),
    ])
    .await;
    home.write(async |tx| entries::mark_gone(tx, &[EntryId(3)]).await)
        .await;
    assert_eq!(touched("new").await, [4]);
    assert_eq!(touched("changed").await, [2], "a remark alone is no change");
    assert_eq!(touched("gone").await, [3]);
    let counts = entries::counts(&home.store).await.unwrap();
    let scan = (counts.scan_new, counts.scan_changed, counts.scan_gone);
    assert_eq!(scan, (1, 1, 1));
    home.fill(vec![row(3, nth_person(33), EntryState::Imported)])
        .await;
    assert_eq!(
        touched("changed").await,
        [2, 3],
        "who comes back has changed"
    );
}

/// What a filter of Manage finds, in the order of the list; its total agrees.
async fn found(home: &Home, filter: &str) -> Vec<UserId> {
    let query = Query {
        q: String::new(),
        filter: filter.to_owned(),
    };
    let query = ListQuery::users(&query, Sort::default(), 50).unwrap();
    let page = users::page(&home.store, &query).await.unwrap();
    let total = users::total(&home.store, &query).await.unwrap();
    assert_eq!(
        total.count,
        i64::try_from(page.items.len()).unwrap(),
        "{filter}"
    );
    page.items.into_iter().map(|user| user.id).collect()
}

async fn manage_is_filtered_by_profile(home: Home) {
    let ids = home.users(1..=3).await;
    let profile = home.profile("Warehouse").await;
    home.run(&format!(
        "UPDATE users SET profile_id = {} WHERE entry_id < 3",
        hex(&home, profile.id.0)
    ))
    .await
    .unwrap();
    let those = format!("profile={}", profile.id);
    assert_eq!(found(&home, &those).await, ids[..2]);
    assert_eq!(
        found(&home, &format!("{those}&state=imported")).await,
        ids[..2]
    );
    assert_eq!(found(&home, &format!("{those}&state=queued")).await, []);
    assert_eq!(found(&home, "profile=none").await, ids[2..]);
}

async fn manage_is_filtered_by_how_far_links_and_phones_came(home: Home) {
    let ids = home.users(1..=6).await;
    let offers = home.deploy(&ids[..4], LinkMode::Direct).await;
    home.run("UPDATE deployment SET state = 'sent'")
        .await
        .unwrap();
    home.write(async |tx| {
        let visits = [(1, false), (2, true), (3, true)].map(|(n, is_opening)| deployments::Visit {
            ticket: offers[n].ticket,
            is_opening,
            at: tx.env().now(),
        });
        deployments::stamp_visits(tx, &visits).await?;
        deployments::stamp_downloaded(tx, offers[3].id).await?;
        users::stamp_downloaded(tx, ids[3]).await?;
        users::stamp_downloaded(tx, ids[4]).await
    })
    .await;
    let (now, week) = (START.0, START.plus_days(-7).0 - 1);
    for (entry, last) in [(5, week), (6, now)] {
        home.run(&format!(
            "UPDATE users SET downloaded_at = 1, registered_at = 1, registered_last_at = {last} WHERE entry_id = {entry}"
        ))
        .await
        .unwrap();
    }
    let one = |n: usize| vec![ids[n - 1]];
    assert_eq!(found(&home, "link=unseen").await, one(1));
    assert_eq!(found(&home, "link=unopened").await, one(2));
    assert_eq!(found(&home, "link=opened").await, one(3));
    // Who has a configuration is not stuck, whatever became of another link.
    let [late] = &home.deploy(&ids[3..4], LinkMode::Direct).await[..] else {
        panic!("one link");
    };
    let late = hex(&home, late.id.0);
    let sent = format!("UPDATE deployment SET state = 'sent' WHERE id = {late}");
    home.run(&sent).await.unwrap();
    assert_eq!(found(&home, "link=unseen").await, one(1));
    assert_eq!(found(&home, "registered=never").await, one(4));
    assert_eq!(found(&home, "silent_days=7").await, one(5));
    assert_eq!(found(&home, "age_days=1").await, []);
    home.clock.advance_s(24 * 3600);
    assert_eq!(found(&home, "age_days=1").await, ids);
    assert_eq!(found(&home, "age_days=2").await, []);
    home.clock.advance_s(-24 * 3600);
    assert_eq!(found(&home, "silent_days=8").await, []);
    assert_eq!(found(&home, "registered=once").await, ids[4..]);
    let both = "registered=once&state=downloaded";
    assert_eq!(found(&home, both).await, one(5));
    home.run("UPDATE users SET deployed_at = 1 WHERE entry_id < 5")
        .await
        .unwrap();
    let all = funnel::standing(&home.store).await.unwrap();
    let stuck = all.stuck;
    for (number, filter, count) in [
        (all.deployed, "reached=deployed", 4),
        (all.downloaded, "reached=downloaded", 3),
        (all.registered, "registered=once", 2),
        (stuck.unseen, "link=unseen", 1),
        (stuck.unopened, "link=unopened", 1),
        (stuck.opened, "link=opened", 1),
        (stuck.never_registered, "registered=never", 1),
    ] {
        let people = found(&home, filter).await;
        let listed = i64::try_from(people.len()).unwrap();
        assert_eq!((number, listed), (count, count), "{filter}");
    }
}

async fn the_deployments_of_a_job_are_counted_and_found(home: Home) {
    let ids = home.users(1..=5).await;
    let job = JobId::new(home.env());
    let offers = home.deploy(&ids, LinkMode::Direct).await;
    let set = |n: usize, what: &str| {
        format!(
            "UPDATE deployment SET {what} WHERE id = {}",
            hex(&home, offers[n].id.0)
        )
    };
    home.run(&format!(
        "UPDATE deployment SET state = 'sent', job_id = {}",
        hex(&home, job.0)
    ))
    .await
    .unwrap();
    for sql in [
        set(0, "state = 'queued'"),
        set(1, "state = 'bounced'"),
        set(3, "seen_at = 1, opened_at = 2"),
        set(4, "state = 'downloaded'"),
    ] {
        home.run(&sql).await.unwrap();
    }
    let all = funnel::of_job(&home.store, job).await.unwrap();
    assert_eq!((all.made, all.queued, all.bounced, all.ended), (5, 1, 1, 0));
    assert_eq!(
        (all.sent, all.seen, all.opened, all.downloaded),
        (3, 2, 2, 1)
    );
    assert_eq!(all.registered, 0);
    assert_eq!(found(&home, &format!("job={job}")).await, ids);
    let nothing = JobId::new(home.env());
    assert_eq!(found(&home, &format!("job={nothing}")).await, []);
    let none = funnel::of_job(&home.store, nothing).await.unwrap();
    assert_eq!(none, funnel::OfJob::default());
}

async fn the_rest_of_a_deployment_is_who_still_needs_its_mail(home: Home) {
    let ids = home.users(1..=8).await;
    let job = home.order(None).await;
    let [failed, open, done] = ["failed", "open", "done"];
    // How each one's row ended, where they stand, and when a mail went to them, whatever it was of.
    let people = [
        (failed, "failed", "NULL", true),
        (failed, "imported", "1", true),
        (failed, "deployed", "9", false),
        (failed, "queued", "1", false),
        (open, "downloaded", "1", true),
        (done, "deployed", "9", false),
        (done, "failed", "9", true),
        (done, "failed", "9", false),
    ];
    let offers = home.deploy(&ids[6..], LinkMode::Direct).await;
    for (n, (row, state, deployed, _)) in people.iter().enumerate() {
        let id = ids[n];
        let item = [(id.to_string(), String::new())];
        home.write(async |tx| jobs::add_items(tx, job, &item).await)
            .await;
        for text in [
            format!("UPDATE job_item SET state = '{row}' WHERE subject = '{id}'"),
            format!(
                "UPDATE users SET state = '{state}', deployed_at = {deployed} WHERE id = {}",
                hex(&home, id.0)
            ),
        ] {
            home.run(&text).await.unwrap();
        }
    }
    // Of the two whose mails went only the first one's was refused: the other failed in another job.
    for (offer, state) in [(0, "bounced"), (1, "sent")] {
        home.run(&format!(
            "UPDATE deployment SET state = '{state}', job_id = {} WHERE id = {}",
            hex(&home, job.0),
            hex(&home, offers[offer].id.0)
        ))
        .await
        .unwrap();
    }
    let of = |reminds| Deployment {
        job,
        ordered: Timestamp(5),
        reminds,
    };
    let expected = ids.iter().zip(people).filter(|(_, (.., is_rest))| *is_rest);
    let mut expected: Vec<_> = expected.map(|(id, _)| *id).collect();
    expected.sort_unstable();
    assert_eq!(of(false).rest(&home.store).await.unwrap(), expected);
    assert!(of(false).has_rest(&home.store).await.unwrap());

    // Whoever fetched needs no reminder.
    home.run("UPDATE users SET downloaded_at = 1, state = 'downloaded'")
        .await
        .unwrap();
    assert_eq!(of(true).rest(&home.store).await.unwrap(), []);
    assert!(!of(true).has_rest(&home.store).await.unwrap());
}

async fn every_number_of_a_job_is_what_its_step_finds(home: Home) {
    let ids = home.users(1..=8).await;
    let job = JobId::new(home.env());
    let offers = home.deploy(&ids, LinkMode::Direct).await;
    home.run(&format!(
        "UPDATE deployment SET state = 'sent', job_id = {}",
        hex(&home, job.0)
    ))
    .await
    .unwrap();
    for (n, what) in [
        (0, "state = 'queued'"),
        (1, "state = 'bounced'"),
        (3, "seen_at = 1"),
        (4, "seen_at = 1, opened_at = 2"),
        (5, "state = 'downloaded'"),
        (6, "state = 'downloaded'"),
        (7, "state = 'superseded', sent_at = 1"),
    ] {
        let id = hex(&home, offers[n].id.0);
        let text = format!("UPDATE deployment SET {what} WHERE id = {id}");
        home.run(&text).await.unwrap();
    }
    let phone = Device {
        deployment: offers[6].id,
        user: ids[6],
        ..device(&home)
    };
    home.write(async |tx| devices::add(tx, &phone, LinkHash([1; 32])).await)
        .await;
    home.run("UPDATE device SET registered_at = 1")
        .await
        .unwrap();
    // How far they have come by other deployments is another thing.
    home.run("UPDATE users SET state = 'registered', downloaded_at = 1, registered_at = 1")
        .await
        .unwrap();
    let later = home.deploy(&ids[2..3], LinkMode::Direct).await;
    for (id, state) in [(offers[2].id, "sent"), (later[0].id, "queued")] {
        let id = hex(&home, id.0);
        home.run(&format!(
            "UPDATE deployment SET state = '{state}' WHERE id = {id}"
        ))
        .await
        .unwrap();
    }
    let all = funnel::of_job(&home.store, job).await.unwrap();
    assert_eq!((all.ended, all.ended_sent), (1, 1), "it was sent");
    for (n, (number, step)) in [
        (all.queued, "queued"),
        (all.bounced, "refused"),
        (all.sent - all.seen, "unseen"),
        (all.seen - all.opened, "unopened"),
        (all.opened - all.downloaded, "opened"),
        (all.downloaded - all.registered, "unregistered"),
        (all.registered, "registered"),
    ]
    .into_iter()
    .enumerate()
    {
        let people = found(&home, &format!("job={job}&step={step}")).await;
        assert_eq!((number, people.as_slice()), (1, &ids[n..=n]), "{step}");
    }
    assert_eq!((all.made, all.ended), (8, 1));
}

/// An id as it is written in a statement.
pub(crate) fn hex(home: &Home, id: uuid::Uuid) -> String {
    if home.store.is_sqlite() {
        format!("x'{}'", id.simple())
    } else {
        format!("'{id}'")
    }
}

async fn manage_is_filtered_by_drift(home: Home) {
    let drifted = |n: i64| Written {
        drifted: n == 2,
        ..row(n, nth_person(n), EntryState::Imported)
    };
    home.fill((1..=4).map(drifted).collect()).await;
    home.write(async |tx| entries::mark_gone(tx, &[EntryId(4)]).await)
        .await;
    let ids: Vec<UserId> = home.users(1..=4).await;
    let of = async |drift: Drift| {
        let filter = UserFilter {
            source: Some(drift),
            ..UserFilter::default()
        };
        let query = Query {
            q: String::new(),
            filter: filter.to_string(),
        };
        let query = ListQuery::users(&query, Sort::default(), 10).unwrap();
        let page = users::page(&home.store, &query).await.unwrap();
        let total = users::total(&home.store, &query).await.unwrap();
        let met: Vec<_> = page.items.into_iter().map(|user| user.id).collect();
        assert_eq!(total.count, i64::try_from(met.len()).unwrap());
        met
    };
    assert_eq!(of(Drift::Changed).await, [ids[1]]);
    assert_eq!(of(Drift::Gone).await, [ids[3]]);
    home.write(async |tx| entries::mark_imported(tx, &[(EntryId(2), ids[1], [0; 16])]).await)
        .await;
    assert!(
        of(Drift::Changed).await.is_empty(),
        "importing brings in line"
    );
}

async fn pbxs_and_proposals_are_offered_once(home: Home) {
    home.fill(crowd()).await;
    let (pbxs, proposals) = entries::choices(&home.store, 10).await.unwrap();
    let fold = |texts: &[String]| -> Vec<String> {
        texts.iter().map(|text| model::text::fold(text)).collect()
    };
    assert_eq!(fold(&pbxs), ["buro & co", "hq-1"]);
    assert_eq!(fold(&proposals), ["do not deploy", "office"]);
    let (pbxs, _) = entries::choices(&home.store, 1).await.unwrap();
    assert_eq!(pbxs.len(), 1);
}
