//! Lines that misbehave: one that can be cut, one that stays silent, one that talks nonsense, one that leads nowhere, one that
//! carries a byte at a time.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A line to another address; dropping it cuts it.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    calls: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.calls.abort();
    }
}

impl Line {
    /// Passes everything on to `target`.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        Self::of(move |mut caller: TcpStream| async move {
            let mut callee = TcpStream::connect(target).await.unwrap();
            // Either side may hang up; that ends the line and is no fault of it.
            let _ = copy_bidirectional(&mut caller, &mut callee).await;
        })
        .await
    }

    /// Passes everything on to `target`, and the answers byte by byte.
    pub(crate) async fn dripping(target: SocketAddr) -> Self {
        Self::of(move |caller: TcpStream| async move {
            let callee = TcpStream::connect(target).await.unwrap();
            let (mut questions, mut drops) = caller.into_split();
            let (mut answers, mut onwards) = callee.into_split();
            let asked = async { copy(&mut questions, &mut onwards).await.map(drop) };
            let answered = async {
                loop {
                    let byte = answers.read_u8().await?;
                    drops.write_u8(byte).await?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                #[expect(unreachable_code, reason = "says of which type the error is")]
                Ok::<(), std::io::Error>(())
            };
            // Either side may hang up; that ends the line and is no fault of it.
            let _ = tokio::try_join!(asked, answered);
        })
        .await
    }

    /// Takes every call and never says a word.
    pub(crate) async fn silent() -> Self {
        Self::of(|mut caller: TcpStream| async move {
            let mut heard = Vec::new();
            let _ = caller.read_to_end(&mut heard).await;
        })
        .await
    }

    /// Answers the first words of every call with these and hangs up.
    pub(crate) async fn saying(words: &'static [u8]) -> Self {
        Self::of(move |mut caller: TcpStream| async move {
            let _ = caller.read(&mut [0; 1_024]).await;
            let _ = caller.write_all(words).await;
        })
        .await
    }

    /// Talks with every caller as `talk` does.
    pub(crate) async fn of<F>(talk: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                open.spawn(talk(caller));
            }
        });
        Self { address, calls }
    }

    /// Cuts the line and every call on it, and waits until that is done.
    pub(crate) async fn cut(mut self) {
        self.calls.abort();
        let _ = (&mut self.calls).await;
    }
}

/// An address where nobody listens.
pub(crate) async fn nowhere() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
