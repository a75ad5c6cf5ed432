//! A file's bytes as UTF-8, piece by piece, and no more of them at once than a row may have.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding};

use crate::{foreign::Lines, limits::ROW_BYTES};

/// What one look into the file takes.
const PIECE: usize = 16 << 10;

/// A reader that decodes. It gives [`ROW_BYTES`] and what was read ahead, then fails until [`Decoded::refill`] is called.
pub(crate) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    at: usize,
    ended: bool,
    /// Whether the decoder gave its last sign too.
    finished: bool,
    left: usize,
    /// Whether carriage returns alone end lines.
    only_returns: bool,
    /// Which lines are written otherwise than the rest.
    lines: Lines,
}

impl<R: Read> Decoded<R> {
    /// Reads on after `begins`, which was read already.
    pub(crate) fn new(
        inner: R,
        encoding: &'static Encoding,
        begins: Vec<u8>,
        only_returns: bool,
    ) -> Self {
        let mut lines = Lines::of(encoding, if only_returns { b'\r' } else { b'\n' });
        lines.read(&begins);
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            lines,
            raw: begins,
            at: 0,
            ended: false,
            finished: false,
            left: ROW_BYTES,
            only_returns,
        }
    }

    /// Another row may be read.
    pub(crate) const fn refill(&mut self) {
        self.left = ROW_BYTES;
    }

    /// Whether the row that is being read is too large.
    pub(crate) const fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Whether the row that was read last was ended by the file's end, not by a line end: more is read only where a row needs it.
    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether one of these lines is written otherwise than the rest; lines before them are not asked for any more.
    pub(crate) fn has_foreign(&mut self, from: u64, to: u64) -> bool {
        self.lines.has_foreign(from, to)
    }

    fn read_piece(&mut self) -> io::Result<()> {
        self.raw.resize(PIECE, 0);
        let count = self.inner.read(&mut self.raw)?;
        self.raw.truncate(count);
        self.at = 0;
        self.ended = count == 0;
        if self.ended {
            self.lines.end();
        } else {
            self.lines.read(&self.raw);
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row is too large"));
        }
        let room = out.len().min(self.left);
        while !self.finished {
            if self.at == self.raw.len() && !self.ended {
                self.read_piece()?;
            }
            // Bytes that are no text are replaced, so that one broken name costs no file.
            let (result, read, written, _) =
                self.decoder
                    .decode_to_utf8(&self.raw[self.at..], &mut out[..room], self.ended);
            self.at += read;
            self.left -= written;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if self.only_returns {
                let returns = out[..written].iter_mut().filter(|byte| **byte == b'\r');
                returns.for_each(|byte| *byte = b'\n');
            }
            if written > 0 {
                return Ok(written);
            }
            if result == CoderResult::OutputFull {
                // Less room than one sign takes.
                self.left = 0;
                return Err(io::Error::other("a row is too large"));
            }
        }
        Ok(0)
    }
}
