//! As much of a ZIP archive (PKWARE APPNOTE 6.3) as workbooks need: deflated or stored parts, found by the directory at the end;
//! archives written in one go. Nothing is taken at its word: what a part unpacks to is limited by its packed size.

mod read;
mod write;

pub(crate) use read::{Archive, Part, Unpacked};
pub(crate) use write::Writer;

use std::io;

const LOCAL: u32 = 0x0403_4b50;
const DIRECTORY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The file under it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It ends too early, or its directory points nowhere.
    #[error("the archive is cut short or broken")]
    Archive,
    /// It has a password.
    #[error("the archive is encrypted")]
    Encrypted,
}

/// Little-endian numbers out of bytes whose length was checked.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
