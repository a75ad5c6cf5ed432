//! What only files are like: whatever they were written in, mapped columns, the newest of several, one that grows.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use components::{Changes, Credential, Error, Options, Settings};
use model::{ComponentKind, Record};
use sandbox::people::Population;
use tempfile::TempDir;

use crate::office::{connected, error_of, everybody, in_full, paged, pages_after};

/// The columns of the files here.
const HEADER: &str = "id,First name,last_name,Login,e-mail,Directory Number,department";

/// A folder with one file of the first people of seed 1, and their ids.
pub(crate) fn folder_of(people: u64) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = Population::new(1, people).iter().collect();
    let row = |person: &sandbox::people::Person| {
        let (first, last) = (&person.first_name, &person.last_name);
        let (login, number) = (&person.login, &person.number);
        let email = person.email.as_deref().unwrap_or_default();
        let department = person.department;
        format!(
            "p{},{first},\"{last}\",{login},{email},{number},{department}",
            person.index
        )
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    write(
        folder.path(),
        "people.csv",
        format!("{HEADER}\n{}\n", rows.join("\n")),
    );
    let ids = all.iter().map(|person| format!("p{}", person.index));
    (folder, ids.collect())
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).unwrap();
}

/// Takes somebody out of the file.
pub(crate) fn remove(folder: &Path, id: &str) {
    let begins = format!("{id},");
    change(folder, |line| {
        (!line.starts_with(&begins)).then(|| line.to_owned())
    });
}

/// Leaves out the id of the second person.
pub(crate) fn break_second(folder: &Path) {
    let mut number = 0;
    change(folder, |line| {
        number += 1;
        let rest = line.split_once(',').unwrap().1;
        Some(if number == 3 {
            format!(",{rest}")
        } else {
            line.to_owned()
        })
    });
}

/// Calls the column of the id otherwise.
pub(crate) fn break_header(folder: &Path) {
    change(folder, |line| Some(line.replacen("id,", "staff,", 1)));
}

fn change(folder: &Path, line: impl FnMut(&str) -> Option<String>) {
    let text = fs::read_to_string(folder.join("people.csv")).unwrap();
    let lines: Vec<_> = text.lines().filter_map(line).collect();
    write(folder, "people.csv", lines.join("\n"));
}

/// The settings of a connection to a folder.
pub(crate) fn folder_settings(folder: &Path) -> Settings {
    Settings {
        kind: ComponentKind::Csv,
        address: format!("file://{}", folder.display()),
        credential: Credential::None,
        options: Options::default(),
    }
}

async fn read(content: &[u8], map: &str) -> Vec<Record> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "people.CSV", content);
    let mut settings = folder_settings(folder.path());
    map.clone_into(&mut settings.options.map);
    everybody(&settings).await
}

#[tokio::test]
async fn a_file_is_read_column_by_column_whatever_their_order_and_spelling() {
    let text = "E-Mail;LAST NAME;first_name;Source-ID;directory number;Enabled;Language;unknown\n\
                ada@Example.org;Lovelace;Ada;007;1#001;no;en-GB;x\n;Hopper;;8;;;;\n";
    let expected = [
        Record {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            email: "ada@example.org".into(),
            directory_number: "1#001".into(),
            language: "en-GB".into(),
            enabled: false,
            ..Record::new("007")
        },
        Record {
            last_name: "Hopper".into(),
            ..Record::new("8")
        },
    ];
    assert_eq!(read(text.as_bytes(), "").await, expected);
}

#[tokio::test]
async fn columns_are_mapped_and_a_missing_one_is_named() {
    let (latin, _, _) = encoding_rs::WINDOWS_1252
        .encode("Personalnr;Nachname;Durchwahl;Telefon\n0012;Müller;4711;+49 30 12344711\n");
    let map = "source_id = Personalnr\nlast_name = nachname\ndirectory_number = Durchwahl\ne164 = Telefon";
    let read_all = read(&latin, map).await;
    let expected = Record {
        last_name: "Müller".into(),
        directory_number: "4711".into(),
        e164: "+493012344711".into(),
        ..Record::new("0012")
    };
    assert_eq!(read_all, [expected]);

    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.csv", &latin);
    let mut settings = folder_settings(folder.path());
    for (map, named) in [
        ("source_id = Personalnr\nlogin = Benutzer", "Benutzer"),
        ("", "personalnr"),
    ] {
        map.clone_into(&mut settings.options.map);
        let error = error_of(&settings).await;
        assert!(in_full(&error).contains(named), "{}", in_full(&error));
    }
}

#[tokio::test]
async fn odd_rows_are_kept_with_their_faults_and_those_without_an_id_skipped_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id,last_name,email,directory_number,enabled\n1,,ada at example,four,perhaps\n,Hopper,,,\n3,\"Two\nlines\",,,\n";
    write(folder.path(), "a.csv", text);
    let page = connected(&folder_settings(folder.path()))
        .page(None)
        .await
        .unwrap();
    let fields: Vec<_> = page.records[0]
        .faults
        .iter()
        .map(|f| f.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["directory_number", "email", "enabled", "last_name"]
    );
    assert_eq!(page.records[1].last_name, "Two lines");
    let [skipped] = &page.skipped[..] else {
        panic!("{:?}", page.skipped)
    };
    assert_eq!(
        (skipped.position, skipped.reason.as_str()),
        (2, "it has no id (line 3)")
    );
    assert_eq!(page.announced_total, Some(3));
}

#[tokio::test]
async fn a_row_in_another_encoding_is_read_as_it_was_meant_or_has_a_fault() {
    // The file is in windows-1252: what the row in UTF-8 means is certain.
    let latin = b"id,last_name\n1,H\xf6fer\n2,Gr\xf6n\n3,M\xc3\xbcller\n";
    let names = |all: Vec<Record>| all.into_iter().map(|r| r.last_name).collect::<Vec<_>>();
    assert_eq!(names(read(latin, "").await), ["Höfer", "Grön", "Müller"]);
    // The file is in UTF-8: what the other one means is not.
    let utf8 = b"id,last_name\n1,H\xc3\xb6fer\n2,Gr\xc3\xb6n\n3,M\xfcller\n";
    let all = read(utf8, "").await;
    let faults = all.iter().map(|record| record.faults.len());
    assert_eq!(faults.collect::<Vec<_>>(), [0, 0, 1]);
}

#[tokio::test]
async fn the_newest_file_of_the_folder_counts_and_what_is_no_csv_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let hour = Duration::from_hours(1);
    for (name, age) in [("b.csv", 2), ("a.csv", 1), ("c.txt", 0)] {
        write(folder.path(), name, format!("id,last_name\n{name},L\n"));
        let file = fs::File::options()
            .append(true)
            .open(folder.path().join(name))
            .unwrap();
        // Times of files are the file system's; no clock is asked.
        file.set_modified(SystemTime::UNIX_EPOCH + hour * (100 - age))
            .unwrap();
    }
    let read = everybody(&folder_settings(folder.path())).await;
    assert_eq!(read[0].source_id, "a.csv");
}

#[tokio::test]
async fn a_folder_without_a_file_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let error = error_of(&folder_settings(folder.path())).await;
    assert!(
        in_full(&error).contains("ends in .csv"),
        "{}",
        in_full(&error)
    );
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_makes_the_scan_incomplete() {
    let (folder, _) = folder_of(40);
    let settings = paged(folder_settings(folder.path()), 10);
    let mut open = connected(&settings);
    let first = open.page(None).await.unwrap();
    let more = format!(
        "{}\np999,A,B,c,,1,d\n",
        fs::read_to_string(folder.path().join("people.csv")).unwrap()
    );
    write(folder.path(), "people.csv", more);
    let last = pages_after(&mut *open, first.next.clone())
        .await
        .unwrap()
        .pop()
        .unwrap();
    let incomplete = last.incomplete.unwrap();
    assert!(
        incomplete.reason.contains("changed while it was read"),
        "{incomplete:?}"
    );
    assert!(last.checkpoint.is_none());
    let error = connected(&settings)
        .page(first.next.as_deref())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::StaleCursor), "{error}");
}

#[tokio::test]
async fn another_map_is_a_change_of_the_file() {
    let (folder, _) = folder_of(5);
    let mut settings = folder_settings(folder.path());
    let page = connected(&settings).page(None).await.unwrap();
    let checkpoint = page.checkpoint.unwrap();
    let changes = connected(&settings).changes(&checkpoint).await.unwrap();
    assert_eq!(changes, Changes::Nothing);
    settings.options.map = "department = login".into();
    let changes = connected(&settings).changes(&checkpoint).await.unwrap();
    assert_eq!(changes, Changes::Unknown);
}
