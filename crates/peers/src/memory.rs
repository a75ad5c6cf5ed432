//! What a process has in its memory, read through `/proc` by whoever may: the same user, or root.

use std::{
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt,
};

use anyhow::{Context, Result};

/// Bytes that are looked at together.
const PIECE: u64 = 1 << 20;
/// Bytes that `pagemap` has for a page; the two highest bits say that it is in memory or swapped out.
const ENTRY: u64 = 8;

/// Shows `look` every page that process `pid` has, but for files that it only reads, such as its program. Pieces overlap by
/// `overlap` bytes, so that nothing of that length is cut in two. Answers how many bytes were shown.
pub fn read_memory(pid: u32, overlap: usize, mut look: impl FnMut(&[u8])) -> Result<u64> {
    let open = |name: &str| {
        let path = format!("/proc/{pid}/{name}");
        File::open(&path).with_context(|| format!("cannot read {path}"))
    };
    let (pages, memory) = (open("pagemap")?, open("mem")?);
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let overlap = u64::try_from(overlap)?;
    let mut piece = Vec::new();
    let mut shown = 0;
    for run in maps
        .lines()
        .filter_map(region)
        .flat_map(|region| runs(&pages, region))
    {
        let mut at = run.start;
        while at < run.end {
            let end = run.end.min(at + PIECE);
            piece.resize(usize::try_from(end - at)?, 0);
            // The process goes on, and may have given it back.
            if memory.read_exact_at(&mut piece, at).is_err() {
                break;
            }
            look(&piece);
            shown += end - at;
            at = if end < run.end { end - overlap } else { end };
        }
    }
    Ok(shown)
}

/// The addresses of a line of `maps` that holds what the process itself has written.
fn region(line: &str) -> Option<Range<u64>> {
    let parts: Vec<_> = line.split_whitespace().collect();
    let (addresses, may) = (parts.first()?, parts.get(1)?);
    let is_file = parts.get(5).is_some_and(|name| name.starts_with('/'));
    if !may.starts_with('r') || (is_file && !may.starts_with("rw")) {
        return None;
    }
    let (from, to) = addresses.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    Some(address(from)?..address(to)?)
}

/// The runs of pages of a region that are there at all: most of what an allocator reserves never is.
fn runs(pages: &File, region: Range<u64>) -> Vec<Range<u64>> {
    let page = rustix::param::page_size() as u64;
    let count = (region.end - region.start) / page;
    let mut entries = vec![0; usize::try_from(count * ENTRY).unwrap_or_default()];
    if pages
        .read_exact_at(&mut entries, region.start / page * ENTRY)
        .is_err()
    {
        return Vec::new();
    }
    let mut runs: Vec<Range<u64>> = Vec::new();
    let starts = (region.start..).step_by(rustix::param::page_size());
    for (entry, start) in entries.chunks_exact(8).zip(starts) {
        let is_there = entry[7] >> 6 != 0;
        match runs.last_mut() {
            Some(run) if is_there && run.end == start => run.end += page,
            _ if is_there => runs.push(start..start + page),
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_holds_is_read() {
        // Written at run time, and wider than a piece, so that it is found where two of them meet.
        let held: Vec<u8> = (0..3 << 20)
            .map(|i: u32| i.to_le_bytes()[0] ^ 0x5a)
            .collect();
        let wanted = &held[..600];
        let mut found = false;
        let shown = read_memory(std::process::id(), 600, |piece| {
            found |= piece.windows(wanted.len()).any(|part| part == wanted);
        });
        assert!(found);
        assert!(shown.unwrap() > 3 << 20);
    }
}
