//! Ending: one signal that everything in the process watches.

use tokio::sync::watch;

/// Turns true when the process is asked to end.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Watches SIGINT and SIGTERM.
    pub(crate) fn of_signals() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (tell, told) = watch::channel(false);
        let mut terminate = signal(SignalKind::terminate())?;
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
