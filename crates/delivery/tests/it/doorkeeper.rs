//! A mail server of a few lines, for what no other shows: who is let in, lines that close, and what is kept as a mail begins.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use store::{Store, outbox};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// A mail server that lets in whoever it was told to.
#[derive(Default)]
pub(crate) struct Doorkeeper {
    pub(crate) lets_in: AtomicBool,
    /// Greets with 421: too much to do.
    pub(crate) is_busy: AtomicBool,
    /// Closes after each mail, without a word.
    pub(crate) is_curt: AtomicBool,
    pub(crate) asked: AtomicUsize,
    pub(crate) taken: AtomicUsize,
    /// Where it sees, as a mail begins, how many it took whose answer is not kept yet.
    pub(crate) watched: OnceLock<Store>,
    pub(crate) not_kept_max: AtomicUsize,
}

impl Doorkeeper {
    pub(crate) async fn start() -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let keeper = Arc::new(Self::default());
        let at_work = keeper.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let keeper = at_work.clone();
                tokio::spawn(async move { keeper.serve(stream).await });
            }
        });
        (keeper, address)
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut answer = if self.is_busy.load(SeqCst) {
            "421 4.3.2 too much to do"
        } else {
            "220 door.test ESMTP"
        };
        let (mut line, mut in_data) = (String::new(), false);
        loop {
            if !answer.is_empty() {
                let answer = format!("{answer}\r\n");
                stream.get_mut().write_all(answer.as_bytes()).await?;
            }
            if answer.ends_with("taken") && self.is_curt.load(SeqCst) {
                return Ok(());
            }
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            answer = match line.trim_end() {
                "." => {
                    in_data = false;
                    self.taken.fetch_add(1, SeqCst);
                    "250 2.0.0 taken"
                }
                _ if in_data => "",
                "DATA" => {
                    in_data = true;
                    "354 go ahead"
                }
                line if line.starts_with("EHLO") => "250-door.test\r\n250 AUTH PLAIN",
                line if line.starts_with("AUTH") => {
                    self.asked.fetch_add(1, SeqCst);
                    if self.lets_in.load(SeqCst) {
                        "235 2.7.0 come in"
                    } else {
                        "535 5.7.8 who are you"
                    }
                }
                line => {
                    if line.starts_with("MAIL") {
                        self.watch().await;
                    }
                    "250 2.0.0 ok"
                }
            };
        }
    }

    async fn watch(&self) {
        let Some(store) = self.watched.get() else {
            return;
        };
        let taken = self.taken.load(SeqCst);
        let counts = outbox::counts(store).await.unwrap();
        let sent = counts.iter().find(|(state, _)| state == "sent");
        let kept = sent.map_or(0, |(_, count)| usize::try_from(*count).unwrap());
        self.not_kept_max
            .fetch_max(taken.saturating_sub(kept), SeqCst);
    }
}
