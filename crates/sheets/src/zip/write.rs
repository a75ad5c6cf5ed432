//! An archive written in one go: the sizes of a part follow it, and the directory follows the last.

use std::io::{self, Write};

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::{DESCRIPTOR, DIRECTORY, END, LOCAL};

/// Sizes follow the part, names are UTF-8 (4.4.4).
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
const VERSION: u16 = 20;
/// The first day that an archive can tell, 1980-01-01: files are the same whenever they are written.
const DAY: u16 = 1 << 5 | 1;

/// The most that all parts may have, in bytes; beyond 4 GiB an archive needs ZIP64.
const SIZE_MAX: u64 = 3 << 30;

/// An archive that is being written; what is ready can be taken at any time.
#[derive(Default)]
pub(crate) struct Writer {
    taken: u64,
    ready: Vec<u8>,
    part: Option<Open>,
    done: Vec<Done>,
    /// Bytes of all parts so far.
    size: u64,
}

struct Open {
    name: &'static str,
    at: u64,
    begins: u64,
    packer: DeflateEncoder<Vec<u8>>,
    sum: Crc,
    size: u64,
}

struct Done {
    name: &'static str,
    at: u64,
    sum: u32,
    packed: u32,
    size: u32,
}

const MEMORY: &str = "writing to memory cannot fail";

impl Writer {
    fn place(&self) -> u64 {
        self.taken + self.ready.len() as u64
    }

    /// Ends the part before and begins another.
    pub(crate) fn begin(&mut self, name: &'static str) {
        self.end_part();
        let at = self.place();
        self.u32(LOCAL);
        self.described(0, 0, 0);
        self.named(name);
        self.u16(0);
        self.ready.extend(name.bytes());
        self.part = Some(Open {
            name,
            at,
            begins: self.place(),
            packer: DeflateEncoder::new(Vec::new(), Compression::fast()),
            sum: Crc::new(),
            size: 0,
        });
    }

    /// More of the part. All parts together may have [`SIZE_MAX`] bytes, which everything can read.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let part = self.part.as_mut().expect("a part was begun");
        self.size += bytes.len() as u64;
        if self.size > SIZE_MAX {
            return Err(io::Error::other("a workbook would be larger than 3 GiB"));
        }
        part.sum.update(bytes);
        part.size += bytes.len() as u64;
        part.packer.write_all(bytes).expect(MEMORY);
        self.ready.append(part.packer.get_mut());
        Ok(())
    }

    /// What can be sent on.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.taken += self.ready.len() as u64;
        std::mem::take(&mut self.ready)
    }

    fn end_part(&mut self) {
        let Some(part) = self.part.take() else {
            return;
        };
        self.ready.extend(part.packer.finish().expect(MEMORY));
        let narrow = |size| u32::try_from(size).expect("`add` refuses more");
        let done = Done {
            name: part.name,
            at: part.at,
            sum: part.sum.sum(),
            packed: narrow(self.place() - part.begins),
            size: narrow(part.size),
        };
        for number in [DESCRIPTOR, done.sum, done.packed, done.size] {
            self.u32(number);
        }
        self.done.push(done);
    }

    /// Ends the last part and writes the directory.
    pub(crate) fn finish(&mut self) {
        self.end_part();
        let begins = self.place();
        let narrow = |place| u32::try_from(place).expect("packed parts are smaller than parts");
        let done = std::mem::take(&mut self.done);
        for part in &done {
            self.u32(DIRECTORY);
            self.u16(VERSION);
            self.described(part.sum, part.packed, part.size);
            self.named(part.name);
            // No extra field, no comment, the first disk, no attributes.
            self.ready.extend([0; 12]);
            self.u32(narrow(part.at));
            self.ready.extend(part.name.bytes());
        }
        let size = narrow(self.place() - begins);
        self.u32(END);
        self.u32(0);
        let count = u16::try_from(done.len()).expect("a workbook has few parts");
        self.u16(count);
        self.u16(count);
        self.u32(size);
        self.u32(narrow(begins));
        self.u16(0);
    }

    fn described(&mut self, sum: u32, packed: u32, size: u32) {
        for number in [VERSION, FLAGS, DEFLATED, 0, DAY] {
            self.u16(number);
        }
        for number in [sum, packed, size] {
            self.u32(number);
        }
    }

    fn named(&mut self, name: &str) {
        self.u16(u16::try_from(name.len()).expect("names of parts are short"));
    }

    fn u16(&mut self, number: u16) {
        self.ready.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.ready.extend(number.to_le_bytes());
    }
}
