//! A file read on a thread that may wait for it, batch by batch; no more than a few batches are in memory at once.

use std::io::Read;

use sheets::{Form, Row, Sheet};
use tokio::sync::mpsc;

use super::headings::one_line;

const BATCH: usize = 1_000;
const BATCHES_AHEAD: usize = 2;

/// What a file begins with.
pub(super) struct Beginning {
    pub(super) header: Vec<String>,
    pub(super) form: Form,
}

/// A file that is being read.
pub(super) struct Rows {
    batches: mpsc::Receiver<Result<Vec<Row>, sheets::Error>>,
}

/// Begins to read a file.
pub(super) async fn open(
    file: impl Read + Send + 'static,
) -> Result<(Beginning, Rows), sheets::Error> {
    let (told, hears) = tokio::sync::oneshot::channel();
    let (send, batches) = mpsc::channel(BATCHES_AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut table = match Sheet::open(file) {
            Ok(table) => table,
            Err(error) => {
                // Nobody listens where the request ended: then nothing is to be told.
                let _ = told.send(Err(error));
                return;
            }
        };
        let begins = Beginning {
            header: table.header().iter().map(|h| one_line(h)).collect(),
            form: table.form(),
        };
        if told.send(Ok(begins)).is_ok() {
            send_rows(&mut table, &send);
        }
    });
    let begins = hears.await.expect("the reading thread answers first")?;
    Ok((begins, Rows { batches }))
}

/// Sends all rows, until nobody wants them any more.
fn send_rows<R: Read>(table: &mut Sheet<R>, send: &mpsc::Sender<Result<Vec<Row>, sheets::Error>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        let end = loop {
            match table.next_row() {
                Ok(Some(row)) if batch.len() + 1 < BATCH => batch.push(row),
                Ok(Some(row)) => {
                    batch.push(row);
                    break None;
                }
                Ok(None) => break Some(Ok(())),
                Err(error) => break Some(Err(error)),
            }
        };
        let is_wanted = batch.is_empty() || send.blocking_send(Ok(batch)).is_ok();
        match end {
            None if is_wanted => {}
            Some(Err(error)) if is_wanted => {
                // Nobody may be listening any more.
                let _ = send.blocking_send(Err(error));
                return;
            }
            _ => return,
        }
    }
}

impl Rows {
    /// The next rows; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, sheets::Error> {
        self.batches.recv().await.transpose()
    }
}
