//! A directory of 100,000: read to its end, in memory that does not grow with it.

use std::{collections::HashSet, fs};

use peers::SizeLimit;

use crate::office::{connected, directory_of, directory_settings, paged};

const PEOPLE: usize = 100_000;
/// What reading may need on top of what the process has before, in KiB.
const GROWTH_MAX: u64 = 48 << 10;

/// A line of what the kernel tells about this process, in KiB (proc(5)).
fn told(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap()
        .trim_matches([':', ' ', '\t', 'k', 'B'])
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_directory_of_a_hundred_thousand_is_read_in_bounded_memory() {
    let directory = directory_of(PEOPLE as u64, SizeLimit::UnlimitedByPaging).await;
    let settings = paged(directory_settings(&directory), 500);
    let mut component = connected(&settings);
    // Forgets the peak so far, which is that of making the people.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = told("VmRSS");
    let (mut cursor, mut seen) = (None, HashSet::with_capacity(PEOPLE));
    let mut pages = 0;
    loop {
        let page = component.page(cursor.as_deref()).await.unwrap();
        pages += 1;
        assert!(page.skipped.is_empty() && page.incomplete.is_none());
        // The first eight bytes of the id tell them apart and keep the test's own memory small.
        seen.extend(
            page.records
                .iter()
                .map(|record| u64::from_str_radix(&record.source_id[..8], 16).unwrap()),
        );
        cursor = page.next;
        if cursor.is_none() {
            assert!(page.checkpoint.is_some());
            break;
        }
    }
    let growth = told("VmHWM").saturating_sub(before);
    println!("{PEOPLE} entries in {pages} pages, {growth} KiB more than {before} KiB");
    assert!(growth < GROWTH_MAX, "{growth} KiB");
    assert!(seen.len() > PEOPLE * 99 / 100, "{}", seen.len());
}
