//! Marks: texts that stand nowhere else, and the search for them in every form in which they could stand somewhere.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use users::columns::Column;

/// What every mark begins with, one of letters and one of digits: where neither is found in any form, no mark is.
pub(crate) const TEXT: &str = "Zq7vMark";
pub(crate) const NUMBER: &str = "88419073";

/// What person `n` has in a column: a mark of its own, wherever any text or number fits.
pub(crate) fn mark(column: Column, n: usize) -> String {
    let name = column.name().replace('_', "");
    match column {
        Column::Id | Column::Profile | Column::Language | Column::ClientServicePort => {
            String::new()
        }
        Column::DirectoryNumber | Column::VoicemailNumber | Column::VoicemailPin => {
            format!("{NUMBER}{n:04}")
        }
        Column::Email => format!("{TEXT}{n:04}@example.org"),
        Column::SipHost | Column::ClientServiceHost => format!("{TEXT}{name}{n:04}.example.org"),
        Column::FirstName
        | Column::LastName
        | Column::Pbx
        | Column::Department
        | Column::Login
        | Column::SipUser
        | Column::SipPassword
        | Column::MbgUserName
        | Column::MbgPassword
        | Column::ClientServiceAccount
        | Column::ClientServicePassword => format!("{TEXT}{name}{n:04}"),
    }
}

/// Finds any of many texts in one pass.
pub(crate) struct Search(AhoCorasick);

impl Search {
    /// For texts as they stand.
    pub(crate) fn for_texts(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(AhoCorasick::new(texts).unwrap())
    }

    /// For every mark in every form.
    pub(crate) fn for_marks() -> Self {
        Self::for_texts([TEXT, NUMBER].into_iter().flat_map(forms))
    }

    /// What it finds first, with what stands around it.
    pub(crate) fn first_in(&self, text: &[u8]) -> Option<String> {
        let hit = self.0.find(text)?;
        let around = hit.start().saturating_sub(60)..text.len().min(hit.end() + 60);
        Some(String::from_utf8_lossy(&text[around]).into_owned())
    }

    /// The same in the memory of a process, and how many bytes of it were searched.
    pub(crate) fn first_in_memory(&self, pid: u32) -> (u64, Option<String>) {
        let mut found = None;
        let searched = peers::read_memory(pid, self.0.max_pattern_len(), |piece| {
            if found.is_none() {
                found = self.first_in(piece);
            }
        });
        (searched.unwrap(), found)
    }
}

/// The forms in which a text could stand somewhere: plain, hexadecimal, as percent-encoding, in UTF-16, and within base64.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
        let bytes = text.as_bytes();
        let each = |form: &dyn Fn(&u8) -> String| bytes.iter().map(form).collect::<String>();
        forms.extend([
            bytes.to_vec(),
            each(&|b| format!("{b:02x}")).into_bytes(),
            each(&|b| format!("{b:02X}")).into_bytes(),
            each(&|b| format!("%{b:02x}")).into_bytes(),
            each(&|b| format!("%{b:02X}")).into_bytes(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ]);
        for before in 0..3_usize {
            let padded = [&[0; 2][..before], bytes].concat();
            // The first and the last letters depend on what stands beside the text.
            let own = (before * 4).div_ceil(3)..padded.len() * 4 / 3;
            for base64 in [
                STANDARD_NO_PAD.encode(&padded),
                URL_SAFE_NO_PAD.encode(&padded),
            ] {
                forms.push(base64.as_bytes()[own.clone()].to_vec());
            }
        }
    }
    forms
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let within = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(within).collect()
}

#[test]
fn the_search_finds_a_mark_of_every_column_in_every_form() {
    let search = Search::for_marks();
    for mark in Column::ALL.map(|column| mark(column, 7)) {
        if mark.is_empty() {
            continue;
        }
        let each = |form: &dyn Fn(u8) -> String| mark.bytes().map(form).collect::<String>();
        let wide = mark.encode_utf16();
        let mut hidden: Vec<Vec<u8>> = [
            mark.clone(),
            mark.to_lowercase(),
            each(&|b| format!("{b:02x}")),
            each(&|b| format!("{b:02X}")),
            each(&|b| format!("%{b:02x}")),
            each(&|b| format!("%{b:02X}")),
        ]
        .map(String::into_bytes)
        .to_vec();
        hidden.push(wide.clone().flat_map(u16::to_le_bytes).collect());
        hidden.push(wide.flat_map(u16::to_be_bytes).collect());
        for before in ["", "a", "ab"] {
            let text = format!("{before}{mark}, and more");
            hidden.push(STANDARD_NO_PAD.encode(&text).into_bytes());
            hidden.push(URL_SAFE_NO_PAD.encode(&text).into_bytes());
        }
        for form in hidden {
            let text = [b"before ", form.as_slice(), b" after"].concat();
            assert!(search.first_in(&text).is_some(), "{mark}: {form:?}");
        }
    }
    assert_eq!(search.first_in(b"nobody is named here"), None);
}
