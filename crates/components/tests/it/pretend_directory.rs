//! A directory that does what no real one does on order: says that it is busy, sends an entry without an id, never ends.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::lines::Line;

/// What a search is answered with. Every bind is let in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    /// Result code 51 (RFC 4511, appendix A).
    Busy,
    /// Three entries; the second one has no `entryUUID`.
    OneWithoutId,
    /// Entries without end.
    NoEnd,
    /// A message that is none inside. ldap3 waits for the rest of it.
    Nonsense,
}

/// Starts one.
pub(crate) async fn saying(says: Says) -> Line {
    Line::of(move |mut caller: TcpStream| async move {
        // A caller that hangs up ends the talk.
        while let Some((id, operation)) = request(&mut caller).await {
            let answered = match operation {
                BIND => caller.write_all(&message(id, &result(0x61, 0))).await,
                SEARCH => answer(&mut caller, id, says).await,
                _ => return,
            };
            if answered.is_err() {
                return;
            }
        }
    })
    .await
}

const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;

/// The id and the operation of the next request (RFC 4511, section 4.1.1).
async fn request(caller: &mut TcpStream) -> Option<(u8, u8)> {
    caller.read_u8().await.ok()?;
    let length = match caller.read_u8().await.ok()? {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(caller.read_u8().await.ok()?),
        _ => usize::from(caller.read_u16().await.ok()?),
    };
    let mut body = vec![0; length];
    caller.read_exact(&mut body).await.ok()?;
    // Ids below 128 take one byte, which no test here exceeds.
    Some((body[2], body[3]))
}

async fn answer(caller: &mut TcpStream, id: u8, says: Says) -> std::io::Result<()> {
    match says {
        Says::Busy => caller.write_all(&message(id, &result(0x65, 51))).await,
        Says::Nonsense => caller.write_all(&tagged(0x30, b"what?")).await,
        Says::OneWithoutId => {
            for name in ["entryUUID", "other", "entryUUID"] {
                caller.write_all(&message(id, &entry(name))).await?;
            }
            caller.write_all(&message(id, &result(0x65, 0))).await
        }
        Says::NoEnd => {
            let many = message(id, &entry("entryUUID")).repeat(100);
            loop {
                caller.write_all(&many).await?;
            }
        }
    }
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    tagged(0x30, &[&[2, 1, id], operation].concat())
}

/// An `LDAPResult` with neither name nor words.
fn result(operation: u8, code: u8) -> Vec<u8> {
    tagged(operation, &[10, 1, code, 4, 0, 4, 0])
}

/// An entry with one attribute and a surname.
fn entry(attribute: &str) -> Vec<u8> {
    let text = |text: &str| tagged(4, text.as_bytes());
    let pair = |name: &str| {
        let values = tagged(0x31, &text("7f000001"));
        tagged(0x30, &[text(name), values].concat())
    };
    let attributes = tagged(0x30, &[pair(attribute), pair("sn")].concat());
    tagged(0x64, &[text("uid=x"), attributes].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 0x80, "a short form length");
    [&[tag, length], content].concat()
}
