//! The data folder: whether it is there, who can read it, and how much room is left.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::finding::{Finding, Findings};

const MIB: u64 = 1 << 20;
/// Below so many MiB writing may fail at any moment.
const ROOM_MIN_MIB: u64 = 100;
/// Below so many MiB it is time to look.
const ROOM_LOW_MIB: u64 = 1024;

pub(super) fn look(data: &Path) -> Findings {
    match fs::metadata(data) {
        Ok(folder) => vec![permissions(data, folder.permissions().mode()), room(data)],
        Err(error) => vec![Finding::fail(
            "data folder",
            format!("{} cannot be read: {error}", data.display()),
            "start `rollcall serve` once, which makes it, or correct `data` in the settings",
        )],
    }
}

fn permissions(data: &Path, mode: u32) -> Finding {
    let (check, path) = ("data folder", data.display());
    let fix = format!("chmod o-rwx {path}");
    if mode & 0o002 != 0 {
        Finding::fail(
            check,
            format!("everybody on this machine may write to {path}"),
            fix,
        )
    } else if mode & 0o005 != 0 {
        Finding::warn(
            check,
            format!("everybody on this machine may read {path}"),
            fix,
        )
    } else {
        Finding::ok(check, path.to_string())
    }
}

fn room(data: &Path) -> Finding {
    let check = "free space";
    let free_mib = match rustix::fs::statvfs(data) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) / MIB,
        Err(error) => {
            let seen = format!("it cannot be told: {error}");
            return Finding::warn(check, seen, "see to the disk of the data folder");
        }
    };
    let seen = format!("{free_mib} MiB are left for the data folder");
    let fix = "make room on the disk of the data folder";
    match free_mib {
        0..ROOM_MIN_MIB => Finding::fail(check, seen, fix),
        ROOM_MIN_MIB..ROOM_LOW_MIB => Finding::warn(check, seen, fix),
        _ => Finding::ok(check, seen),
    }
}
