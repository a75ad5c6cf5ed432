//! What commands answer, on standard output. Whoever reads it may have enough of it (`| head`): that ends the command, and is no fault.

use std::{
    error::Error,
    fmt::{self, Display},
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// Whoever reads has enough.
#[derive(Debug)]
struct Enough;

impl fmt::Display for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the answer any more")
    }
}

impl Error for Enough {}

/// How a command ends then: as shells tell of one that SIGPIPE ended.
const ENOUGH: u8 = 128 + 13;

/// Says a line.
pub(crate) fn say(text: impl Display) -> anyhow::Result<()> {
    kept(writeln!(io::stdout(), "{text}"))
}

/// What became of something that was written there.
pub(crate) fn kept(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Enough.into()),
        other => Ok(other?),
    }
}

/// The exit code, where an error is that whoever reads has enough.
pub(crate) fn enough(error: &anyhow::Error) -> Option<ExitCode> {
    error.is::<Enough>().then(|| ExitCode::from(ENOUGH))
}
