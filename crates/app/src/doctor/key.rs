//! The wrapping key: whether it is there, where it lies, and who can read it.

use std::{fs, os::unix::fs::PermissionsExt};

use store::WrappingKey;

use super::finding::{Finding, Findings};
use crate::settings::{KEY_IN_DATA, MOVE_KEY, Settings};

const CHECK: &str = "wrapping key";

/// What is to be said of it, and the key, where it can be read.
pub(super) fn look(settings: &Settings) -> (Findings, Option<WrappingKey>) {
    let key = match settings.find_key() {
        Ok(Some(key)) => key,
        Ok(None) => {
            let seen = format!("there is no key file {}", settings.key_file.display());
            let fix = "put back the key that this installation was made with; only the first start of `rollcall serve` makes a new one";
            return (vec![Finding::fail(CHECK, seen, fix)], None);
        }
        Err(error) => {
            let fix = "put back the key that this installation was made with";
            return (vec![Finding::of_error(CHECK, &error, fix)], None);
        }
    };
    (vec![place(settings)], Some(key))
}

fn place(settings: &Settings) -> Finding {
    let Some(file) = settings.key_place() else {
        return Finding::ok(CHECK, "it comes from ROLLCALL_KEY");
    };
    if settings.key_lies_in_data() {
        return Finding::fail(CHECK, KEY_IN_DATA, MOVE_KEY);
    }
    let file = file.display();
    let mode = settings
        .key_place()
        .and_then(|file| fs::metadata(file).ok());
    if mode.is_some_and(|file| file.permissions().mode() & 0o077 != 0) {
        let seen = format!("others than its owner may read {file}");
        return Finding::warn(CHECK, seen, format!("chmod 600 {file}"));
    }
    Finding::ok(CHECK, file.to_string())
}
