//! The directory of an archive, and its parts unpacked within limits.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take},
};

use flate2::{Crc, bufread::DeflateDecoder};

use super::{Broken, DIRECTORY, END, END_64, LOCAL, LOCATOR_64, u16_at, u32_at, u64_at};

/// The longest end of an archive: its record and a comment.
const END_MAX: u64 = 22 + 0xFFFF;
/// The largest directory, in bytes, and the most parts that are looked at.
const DIRECTORY_MAX: u64 = 4 << 20;
const PARTS_MAX: usize = 10_000;
/// What any part may unpack to, and how many times its packed size a larger one may.
const ALWAYS: u64 = 16 << 20;
const RATIO_MAX: u64 = 200;
const PIECE: usize = 64 << 10;

/// An archive whose directory was read.
pub(crate) struct Archive {
    file: File,
    parts: Vec<Part>,
}

/// One part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    flags: u16,
    method: u16,
    sum: u32,
    packed: u64,
    at: u64,
}

impl Archive {
    /// Reads the directory.
    pub(crate) fn open(mut file: File) -> Result<Self, Broken> {
        let length = file.seek(SeekFrom::End(0))?;
        let (at, size) = directory(&mut file, length)?;
        if size > DIRECTORY_MAX || at.checked_add(size).is_none_or(|end| end > length) {
            return Err(Broken::Archive);
        }
        let bytes = read_at(&mut file, at, size)?;
        let parts = parts(&bytes)?;
        // What may be unpacked is measured by what is packed: nobody may claim more than there is.
        if parts.iter().any(|part| {
            part.at
                .checked_add(part.packed)
                .is_none_or(|end| end > length)
        }) {
            return Err(Broken::Archive);
        }
        Ok(Self { file, parts })
    }

    /// The part of this name; case makes no difference (ECMA-376, part 2, 6.2.2).
    pub(crate) fn part(&self, name: &str) -> Option<Part> {
        let found = self
            .parts
            .iter()
            .find(|part| part.name.eq_ignore_ascii_case(name));
        found.cloned()
    }

    /// Unpacks a part.
    pub(crate) fn unpack(&self, part: &Part) -> Result<Unpacked, Broken> {
        if part.flags & 1 != 0 {
            return Err(Broken::Encrypted);
        }
        let mut file = self.file.try_clone()?;
        let head = read_at(&mut file, part.at, 30)?;
        if u32_at(&head, 0) != LOCAL {
            return Err(Broken::Archive);
        }
        let skipped = i64::from(u16_at(&head, 26)) + i64::from(u16_at(&head, 28));
        file.seek(SeekFrom::Current(skipped))?;
        let packed = BufReader::with_capacity(PIECE, file).take(part.packed);
        let inner = match part.method {
            0 => Inner::Stored(packed),
            8 => Inner::Deflated(DeflateDecoder::new(packed)),
            _ => return Err(Broken::Archive),
        };
        Ok(Unpacked {
            inner,
            piece: vec![0; PIECE],
            at: 0,
            filled: 0,
            left: ALWAYS.max(part.packed.saturating_mul(RATIO_MAX)),
            wide: 0,
            spent: false,
            sum: Crc::new(),
            wanted: part.sum,
        })
    }
}

/// Where the directory begins, and its size.
fn directory(file: &mut File, length: u64) -> Result<(u64, u64), Broken> {
    let looked_at = length.min(END_MAX);
    let tail = read_at(file, length - looked_at, looked_at)?;
    let mark = END.to_le_bytes();
    let end = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|at| tail[*at..].starts_with(&mark))
        .ok_or(Broken::Archive)?;
    let (size, at) = (u32_at(&tail, end + 12), u32_at(&tail, end + 16));
    if at != u32::MAX && size != u32::MAX {
        return Ok((at.into(), size.into()));
    }
    // ZIP64 (4.3.15): a locator stands before the end.
    let locator = end.checked_sub(20).ok_or(Broken::Archive)?;
    if u32_at(&tail, locator) != LOCATOR_64 {
        return Err(Broken::Archive);
    }
    let record = read_at(file, u64_at(&tail, locator + 8), 56)?;
    if u32_at(&record, 0) != END_64 {
        return Err(Broken::Archive);
    }
    Ok((u64_at(&record, 48), u64_at(&record, 40)))
}

fn parts(mut bytes: &[u8]) -> Result<Vec<Part>, Broken> {
    let mut parts = Vec::new();
    while bytes.len() >= 46 && u32_at(bytes, 0) == DIRECTORY {
        let length = |at| usize::from(u16_at(bytes, at));
        let (name, extra, comment) = (length(28), length(30), length(32));
        let rest = bytes.get(46..46 + name + extra + comment);
        let rest = rest.ok_or(Broken::Archive)?;
        let mut part = Part {
            name: String::from_utf8_lossy(&rest[..name]).into_owned(),
            flags: u16_at(bytes, 8),
            method: u16_at(bytes, 10),
            sum: u32_at(bytes, 16),
            packed: u32_at(bytes, 20).into(),
            at: u32_at(bytes, 42).into(),
        };
        widen(&mut part, u32_at(bytes, 24), &rest[name..name + extra]);
        parts.push(part);
        if parts.len() > PARTS_MAX {
            return Err(Broken::Archive);
        }
        bytes = &bytes[46 + name + extra + comment..];
    }
    Ok(parts)
}

/// Sizes that need 64 bits stand in an extra field (4.5.3), those that are missing in the record alone and in this order.
fn widen(part: &mut Part, unpacked: u32, mut extra: &[u8]) {
    while extra.len() >= 4 {
        let (id, size) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let Some(body) = extra.get(4..4 + size) else {
            return;
        };
        if id == 1 {
            let mut numbers = body.chunks_exact(8).map(|eight| u64_at(eight, 0));
            if unpacked == u32::MAX {
                numbers.next();
            }
            for number in [&mut part.packed, &mut part.at] {
                if *number == u32::MAX.into() {
                    *number = numbers.next().unwrap_or(*number);
                }
            }
            return;
        }
        extra = &extra[4 + size..];
    }
}

fn read_at(file: &mut File, at: u64, size: u64) -> Result<Vec<u8>, Broken> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size {
        return Err(Broken::Archive);
    }
    Ok(bytes)
}

enum Inner {
    Stored(Take<BufReader<File>>),
    Deflated(DeflateDecoder<Take<BufReader<File>>>),
}

/// A part as it is unpacked. What is read between two calls of [`Unpacked::refill`] is limited, and so is the whole.
pub(crate) struct Unpacked {
    inner: Inner,
    piece: Vec<u8>,
    at: usize,
    filled: usize,
    /// Bytes that the whole may still have.
    left: u64,
    /// Bytes that may still be read before the next refill.
    wide: usize,
    spent: bool,
    sum: Crc,
    wanted: u32,
}

impl Unpacked {
    /// So much more may be read.
    pub(crate) const fn refill(&mut self, bytes: usize) {
        self.wide = bytes;
    }

    /// Whether a limit was hit.
    pub(crate) const fn is_spent(&self) -> bool {
        self.spent
    }
}

impl Read for Unpacked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Unpacked {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.at = 0;
            self.filled = match &mut self.inner {
                Inner::Stored(from) => from.read(&mut self.piece)?,
                Inner::Deflated(from) => from.read(&mut self.piece)?,
            };
            self.sum.update(&self.piece[..self.filled]);
            if self.filled == 0 && self.sum.sum() != self.wanted {
                return Err(io::Error::other("a part is damaged"));
            }
            let filled = self.filled as u64;
            self.spent |= filled > self.left;
            self.left = self.left.saturating_sub(filled);
        }
        self.spent |= self.wide == 0 && self.at < self.filled;
        if self.spent {
            return Err(io::Error::other("a part is too large"));
        }
        let end = self.filled.min(self.at + self.wide);
        Ok(&self.piece[self.at..end])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        self.wide = self.wide.saturating_sub(count);
    }
}
