//! Files as strangers, spreadsheets and attackers write them: each is told with what is wrong, where and what to do, none changes
//! anything, and none is given more memory than a table needs. Small ones lie in `tests/hostile`, large ones are made here.

use std::{
    error::Error as _,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read},
    path::Path,
    process::Command,
};

use import::{Error, csv::Options};
use model::UserId;
use sheets::{Book, Sheet};
use store::plans::Plan;

use crate::{
    files::{OVERWRITE, PLAIN},
    office::{Office, admin},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
/// What no answer may hold: every file with a secret has one with this in it.
const SECRET: &str = "hunter";
/// Set for the process that only reads.
const ALONE: &str = "ROLLCALL_READ_HOSTILE_FILES";
/// What reading may take at most beyond what a test needs anyway, in KiB.
const MEMORY_KIB: u64 = 150 << 10;

type Opened = Box<dyn Read + Send>;

/// The files that are too large to be kept.
fn large() -> Vec<(&'static str, Opened)> {
    let head = || io::Cursor::new(b"Last name,E-mail,Directory number\nByron,".to_vec());
    let of = |byte: u8, count: u64| io::repeat(byte).take(count);
    let wide = "column,".repeat(501);
    vec![
        (
            "a cell of 10 MB",
            Box::new(
                head()
                    .chain(of(b'x', 10 << 20))
                    .chain(&b"\nHopper,g,42\n"[..]),
            ),
        ),
        (
            "a quoted cell of 10 MB",
            Box::new(
                head()
                    .chain(&b"\""[..])
                    .chain(of(b'x', 10 << 20))
                    .chain(&b"\"\n"[..]),
            ),
        ),
        (
            "a quotation mark that is never closed",
            Box::new(head().chain(&b"\""[..]).chain(of(b'\n', 1 << 30))),
        ),
        (
            "a heading of 10 MB",
            Box::new(of(b'x', 10 << 20).chain(&b",E-mail\n"[..])),
        ),
        ("501 columns", Box::new(io::Cursor::new(wide.into_bytes()))),
        ("10 MB of commas", Box::new(of(b',', 10 << 20))),
        ("10 MB of empty lines", Box::new(of(b'\n', 10 << 20))),
        (
            "a workbook of 300 MB",
            Box::new((&b"PK\x03\x04"[..]).chain(of(0, 300 << 20))),
        ),
    ]
}

/// The small files by name, with those of users in place of `{…}`.
async fn small(office: &Office) -> Vec<(String, Vec<u8>)> {
    let mut ids = Vec::new();
    for name in ["Lovelace", "Hopper", "Turing"] {
        ids.push(office.named(name).await.id);
    }
    let users = office.users().await;
    let sourced = users.iter().find(|user| user.entry.is_some()).unwrap().id;
    let places = [
        ("{ada}", ids[0]),
        ("{grace}", ids[1]),
        ("{alan}", ids[2]),
        ("{sourced}", sourced),
    ];
    let mut names: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, filled_in(fs::read(path).unwrap(), &places))
    };
    names.iter().map(read).collect()
}

fn filled_in(file: Vec<u8>, places: &[(&str, UserId)]) -> Vec<u8> {
    let mut text = match String::from_utf8(file) {
        Ok(text) => text,
        Err(other) => return other.into_bytes(),
    };
    for (place, id) in places {
        text = text.replace(place, &id.to_string());
    }
    text.into_bytes()
}

async fn office() -> Office {
    let office = Office::of(1).await;
    office.import(&office.plan_without_deploying().await).await;
    let file = "Last name,E-mail\nLovelace,ada@example.org\nHopper,grace@example.org\nTuring,alan@example.org\n";
    office.import_file(PLAIN, file).await;
    office
}

fn options(name: &str) -> Options {
    if name.starts_with("id-without-overwrite") {
        PLAIN
    } else {
        OVERWRITE
    }
}

/// What a person is told about a file.
async fn told(office: &Office, name: &str, file: Opened) -> String {
    let plan = import::csv::plan(&office.store, options(name), file, &admin()).await;
    match plan {
        Err(error) => format!("{name}\n  {}\n", in_words(&error)),
        Ok(plan) => faults(office, name, &plan).await,
    }
}

fn in_words(error: &Error) -> String {
    let why = error.source().map(|why| format!("\n  because: {why}"));
    format!(
        "{error}{}\n  hint: {}",
        why.unwrap_or_default(),
        error.hint()
    )
}

async fn faults(office: &Office, name: &str, plan: &Plan) -> String {
    let reasons = office.reasons(plan).await;
    assert!(!reasons.is_empty(), "{name} has no fault");
    let refused = import::csv::run(&office.store, plan.id, None, &admin()).await;
    assert!(matches!(refused, Err(Error::Faulty(_))), "{name}");
    assert!(!office.faulty(plan).await.contains(SECRET), "{name}");
    let mut told = format!("{name}\n");
    for reason in reasons {
        writeln!(told, "  line {reason}").unwrap();
    }
    for reason in &plan.counts.skip {
        writeln!(told, "  hint: {}", reason.hint).unwrap();
    }
    told
}

#[tokio::test]
async fn every_hostile_file_is_told_with_place_and_way_out_and_changes_nothing() {
    let office = office().await;
    let before = office.users().await;
    let mut all = String::new();
    let small = small(&office).await;
    assert!(small.len() >= 60, "{} are kept", small.len());
    for (name, file) in small {
        all.push_str(&told(&office, &name, Box::new(io::Cursor::new(file))).await);
    }
    for (name, file) in large() {
        all.push_str(&told(&office, name, file).await);
    }
    assert!(!all.contains(SECRET), "{all}");
    assert_eq!(office.users().await, before);
    insta::assert_snapshot!("hostile", all);
}

/// Reads all of them to their end, or as far as they can be read.
fn read_all() {
    let small = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let small = small.map(|path| -> Opened { Box::new(File::open(path).unwrap()) });
    for file in small.chain(large().into_iter().map(|(_, file)| file)) {
        if let Ok(mut sheet) = Sheet::open(file) {
            while let Ok(Some(_)) = sheet.next_row() {}
        }
    }
    // And one that is well, as large as people have them.
    let mut book = Book::begin("People", ["Last name", "E-mail"], None).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    for n in 0..100_000 {
        let mail = format!("byron-{n}@example.org");
        book.row(["Byron", mail.as_str()]).unwrap();
        io::Write::write_all(&mut file, &book.take()).unwrap();
    }
    io::Write::write_all(&mut file, &book.finish().unwrap()).unwrap();
    io::Seek::rewind(&mut file).unwrap();
    let mut sheet = Sheet::open(file).unwrap();
    let mut rows = 0;
    while sheet.next_row().unwrap().is_some() {
        rows += 1;
    }
    assert_eq!(rows, 100_000);
}

/// The most memory that this process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn no_hostile_file_takes_more_memory_than_a_table_needs() {
    if std::env::var_os(ALONE).is_some() {
        read_all();
        println!("peak {} KiB", peak_kib());
        return;
    }
    let name = "hostile::no_hostile_file_takes_more_memory_than_a_table_needs";
    let alone = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(alone.stdout).unwrap();
    assert!(alone.status.success(), "{said}");
    let peak = said
        .lines()
        .find_map(|line| line.split("peak ").nth(1)?.strip_suffix(" KiB"));
    let peak: u64 = peak.unwrap().parse().unwrap();
    assert!(peak < MEMORY_KIB, "{peak} KiB");
}
