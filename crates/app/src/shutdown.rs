//! Ending: one signal that everything in the process watches.

use std::io;

use tokio::sync::watch;

/// Set by a process that starts this one: it ends with its standard input, which even a killed one closes.
pub(crate) const ENDS_WITH_INPUT: &str = "ROLLCALL_ENDS_WITH_INPUT";

/// Turns true when the process is asked to end.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Watches SIGINT, SIGTERM and, where that was asked for, the end of the standard input.
    pub(crate) fn of_signals() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (tell, told) = watch::channel(false);
        let mut terminate = signal(SignalKind::terminate())?;
        if std::env::var_os(ENDS_WITH_INPUT).is_some() {
            let tell = tell.clone();
            std::thread::spawn(move || {
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                let _ = tell.send(true);
            });
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            let _ = tell.send(true);
        });
        Ok(Self(told))
    }

    /// Resolves when it is time to end.
    pub(crate) async fn wait(mut self) {
        let _ = self.0.wait_for(|over| *over).await;
    }

    /// Whether it is time to end.
    pub(crate) fn is_due(&self) -> bool {
        *self.0.borrow()
    }
}
