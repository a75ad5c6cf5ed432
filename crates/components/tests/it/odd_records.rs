//! Records that are odd are kept with their faults; records that cannot be read are skipped and named by their place.

use components::Page;
use model::{ComponentKind, Record};
use peers::{OpenLdap, SizeLimit};
use sandbox::Sandbox;
use serde_json::json;

use crate::office::{
    PLAYED, connected, directory_settings, directory_with, everybody, played, played_settings,
    sandbox_of,
};

/// The field of a kind that a person's name stands in.
fn name_field(kind: ComponentKind) -> &'static str {
    if kind == ComponentKind::Mbg {
        "description"
    } else {
        "lastName"
    }
}

fn name(kind: ComponentKind, record: &Record) -> &str {
    if kind == ComponentKind::Mbg {
        &record.display_name
    } else {
        &record.last_name
    }
}

/// The first page after the second record's fields were changed to these.
async fn with_second_changed(
    sandbox: &Sandbox,
    kind: ComponentKind,
    fields: serde_json::Value,
) -> (Record, Page) {
    let settings = played_settings(sandbox, kind);
    let before = everybody(&settings).await.swap_remove(1);
    assert!(
        sandbox
            .control()
            .change_record(played(kind), &before.source_id, &fields)
    );
    let page = connected(&settings).page(None).await.unwrap();
    (before, page)
}

#[tokio::test]
async fn a_broken_record_is_skipped_with_its_place_and_reason() {
    let sandbox = sandbox_of(40).await;
    for kind in PLAYED {
        let count = sandbox.control().count_records(played(kind));
        let (before, page) =
            with_second_changed(&sandbox, kind, json!({ "id": { "is": "odd" } })).await;
        assert_eq!(page.records.len() as u64, count - 1, "{kind:?}");
        assert!(!page.records.contains(&before), "{kind:?}");
        let [skipped] = &page.skipped[..] else {
            panic!("{kind:?}: {:?}", page.skipped)
        };
        assert_eq!(
            (skipped.position, skipped.reason.as_str()),
            (2, "it has no id"),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_name_with_control_characters_is_kept_with_a_fault() {
    let sandbox = sandbox_of(40).await;
    for kind in PLAYED {
        let told = json!({ name_field(kind): "Love\u{0}\u{1b}[31m\r\nlace\u{202e}" });
        let (before, page) = with_second_changed(&sandbox, kind, told).await;
        let record = page
            .records
            .iter()
            .find(|record| record.source_id == before.source_id)
            .unwrap();
        assert_eq!(name(kind, record), "Love  [31m  lace", "{kind:?}");
        assert!(
            record.faults[0].message.contains("control characters"),
            "{:?}",
            record.faults
        );
    }
}

#[tokio::test]
async fn a_name_of_10_kilobytes_is_kept_with_a_fault() {
    let sandbox = sandbox_of(40).await;
    for kind in PLAYED {
        let told = json!({ name_field(kind): "x".repeat(10_240) });
        let (before, page) = with_second_changed(&sandbox, kind, told).await;
        let record = page
            .records
            .iter()
            .find(|record| record.source_id == before.source_id)
            .unwrap();
        assert_eq!(name(kind, record).len(), 10_240, "{kind:?}");
        assert!(
            record.faults[0].message.contains("10240 characters"),
            "{:?}",
            record.faults
        );
    }
}

#[tokio::test]
async fn a_person_without_a_last_name_is_kept_with_a_fault() {
    let sandbox = sandbox_of(40).await;
    for kind in [ComponentKind::Usp, ComponentKind::ClientService] {
        let (before, page) = with_second_changed(&sandbox, kind, json!({ "lastName": null })).await;
        let record = page
            .records
            .iter()
            .find(|record| record.source_id == before.source_id)
            .unwrap();
        assert_eq!(
            (record.faults[0].field.as_str(), record.faults.len()),
            ("last_name", 1),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_bad_mail_address_and_a_bad_number_are_faults() {
    let sandbox = sandbox_of(40).await;
    let told = json!({ "email": "ada at example", "softPhone": "four", "deskPhone": null, "phones": [{ "number": "four" }] });
    for kind in [ComponentKind::Usp, ComponentKind::ClientService] {
        let (before, page) = with_second_changed(&sandbox, kind, told.clone()).await;
        let record = page
            .records
            .iter()
            .find(|record| record.source_id == before.source_id)
            .unwrap();
        let fields: Vec<_> = record
            .faults
            .iter()
            .map(|fault| fault.field.as_str())
            .collect();
        assert_eq!(fields, ["email", "directory_number"], "{kind:?}");
        assert!(record.email.is_empty() && record.directory_number.is_empty());
    }
}

#[tokio::test]
async fn a_directorys_odd_entries_are_kept_with_their_faults() {
    let (people, long) = (OpenLdap::PEOPLE, "x".repeat(10_240));
    // `TG92ZQAbbGFjZQ==` is `Love`, NUL, ESC, `lace`; the object class `account` (RFC 4524, section 3.1) needs no surname.
    let ldif = format!(
        "dn: uid=a,{people}\nobjectClass: inetOrgPerson\nuid: a\ncn: a\nsn:: TG92ZQAbbGFjZQ==\n\n\
         dn: uid=b,{people}\nobjectClass: inetOrgPerson\nuid: b\ncn: b\nsn: {long}\n\n\
         dn: uid=c,{people}\nobjectClass: account\nuid: c\n\n"
    );
    let directory = directory_with(&ldif, SizeLimit::UnlimitedByPaging).await;
    let mut settings = directory_settings(&directory);
    settings.options.filter = "(uid=*)".into();
    let mut records = everybody(&settings).await;
    records.sort_by(|a, b| a.login.cmp(&b.login));
    let names: Vec<_> = records
        .iter()
        .map(|record| record.last_name.as_str())
        .collect();
    assert_eq!(names, ["Love  lace", &long, ""]);
    for (record, message) in
        records
            .iter()
            .zip(["control characters", "10240 characters", "is missing"])
    {
        assert_eq!(record.faults.len(), 1, "{record:?}");
        assert!(
            record.faults[0].message.contains(message),
            "{:?}",
            record.faults
        );
    }
}
