//! People who change, come and go between two scans, and what becomes of their entries.

use model::{EntryState, UserId};
use sandbox::{component::Kind, people::Oddity};
use serde_json::json;
use store::{
    entries::{self, Entry},
    users::{self, Written},
};

use crate::{
    harness::{Office, assert_done},
    truth::ids_of,
};

async fn read_once() -> Office {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    office
}

/// Makes a user of an entry, as an import does.
async fn import(office: &Office, entry: &Entry) -> UserId {
    let id = UserId::new(office.store.env());
    let user = Written {
        id,
        entry: entry.id,
        profile: None,
        fields: entry.fields.clone(),
    };
    let tx = office.store.begin().await.unwrap();
    users::add(&tx, &[user]).await.unwrap();
    entries::mark_imported(&tx, &[(entry.id, id, entry.hash)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// The ids of somebody ordinary who is on USP alone.
fn on_usp_alone(office: &Office) -> Vec<String> {
    let (control, population) = (
        office.sandbox.control(),
        office.sandbox.control().population(),
    );
    let alone = |t: &sandbox::people::TruthRecord| {
        let (oddity, presence) = population.standing(t.person);
        oddity == Oddity::Ordinary && presence.usp && !presence.mbg && !presence.client_service
    };
    control
        .truth()
        .records()
        .filter(alone)
        .map(|t| t.source_id)
        .collect()
}

#[tokio::test]
async fn a_changed_record_changes_its_entry_and_no_other() {
    let office = read_once().await;
    let before = office.entries().await;
    let id = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let control = office.sandbox.control();
    assert!(control.change_record(Kind::Usp, &id, &json!({"lastName": "Nova"})));
    assert_done(&office.scan().await);
    let entry = office.entry_of("usp", &id).await;
    assert_eq!(entry.fields.last_name, "Nova");
    let after = office.entries().await;
    let changed: Vec<_> = before
        .iter()
        .filter(|b| !after.contains(b))
        .map(|b| b.id)
        .collect();
    assert_eq!((changed, after.len()), (vec![entry.id], before.len()));
}

#[tokio::test]
async fn an_added_record_makes_an_entry_and_a_vanished_one_removes_its_own() {
    let office = read_once().await;
    let (before, revision) = (office.entries().await, office.revision().await);
    let control = office.sandbox.control();
    let vanished = on_usp_alone(&office).remove(0);
    let gone = office.entry_of("usp", &vanished).await;
    assert!(control.remove_record(Kind::Usp, &vanished));
    let nova =
        json!({"lastName": "Nova", "loginId": "nova", "email": "nova@example.org", "active": true});
    let added = control.add_record(Kind::Usp, nova);
    assert_done(&office.scan().await);
    let entry = office.entry_of("usp", &added).await;
    assert_eq!(entry.state, EntryState::New);
    assert!(
        before.iter().all(|b| b.id != entry.id),
        "an id is never given twice"
    );
    let after = office.entries().await;
    assert!(after.iter().all(|a| a.id != gone.id));
    assert_eq!(after.len(), before.len());
    assert!(office.revision().await > revision);
}

#[tokio::test]
async fn an_imported_persons_entry_whose_records_vanish_is_gone_and_stays() {
    let office = read_once().await;
    let id = on_usp_alone(&office).remove(0);
    let entry = office.entry_of("usp", &id).await;
    let user = import(&office, &entry).await;
    office.sandbox.control().remove_record(Kind::Usp, &id);
    assert_done(&office.scan().await);
    let gone = office.entry(entry.id).await;
    assert_eq!((gone.state, gone.user), (EntryState::Gone, Some(user)));
    assert_eq!(gone.fields, entry.fields, "who it was can still be read");
    let revision = office.revision().await;
    assert_done(&office.scan().await);
    assert_eq!(office.revision().await, revision, "gone once is gone");
}

#[tokio::test]
async fn an_imported_person_whose_record_changes_is_shown_as_changed() {
    let office = read_once().await;
    let id = on_usp_alone(&office).remove(0);
    let entry = office.entry_of("usp", &id).await;
    import(&office, &entry).await;
    assert_done(&office.scan().await);
    assert_eq!(office.entry(entry.id).await.state, EntryState::Imported);
    let control = office.sandbox.control();
    assert!(control.change_record(Kind::Usp, &id, &json!({"lastName": "Nova"})));
    assert_done(&office.scan().await);
    let changed = office.entry(entry.id).await;
    assert_eq!(
        (changed.state, changed.fields.last_name.as_str()),
        (EntryState::Changed, "Nova")
    );
}
