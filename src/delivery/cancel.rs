//! Stops something that waits: one end cancels, any number of others notice. A type of its own, because dropping the
//! handle must not cancel.

use tokio::sync::watch;

/// The end that cancels. Dropping it cancels nothing.
#[derive(Debug)]
pub struct Canceller(watch::Sender<bool>);

/// The end that notices; as many clones as needed.
#[derive(Debug, Clone)]
pub struct Cancelled(watch::Receiver<bool>);

/// How work is stopped: first gently, then at once.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Nothing new is begun, and what only waits ends; a request that has left may be answered.
    pub gently: Cancelled,
    /// What is under way is cancelled as well.
    pub at_once: Cancelled,
}

impl Stop {
    /// Never stops.
    #[must_use]
    pub fn never() -> Self {
        Self {
            gently: Cancelled::never(),
            at_once: Cancelled::never(),
        }
    }

    /// Stops everything at once.
    #[must_use]
    pub fn at_once(at_once: Cancelled) -> Self {
        Self {
            gently: at_once.clone(),
            at_once,
        }
    }

    /// Ends when what only waits is to end.
    pub async fn ends_waits(&mut self) {
        tokio::select! {
            () = self.gently.cancelled() => {}
            () = self.at_once.cancelled() => {}
        }
    }
}

/// Both ends.
#[must_use]
pub fn pair() -> (Canceller, Cancelled) {
    let (sender, receiver) = watch::channel(false);
    (Canceller(sender), Cancelled(receiver))
}

impl Canceller {
    /// Cancels, once and for good.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancelled {
    /// One that is never cancelled.
    #[must_use]
    pub fn never() -> Self {
        pair().1
    }

    /// Ends when it is cancelled; never, if the other end is gone without having cancelled.
    pub async fn cancelled(&mut self) {
        if self.0.wait_for(|pulled| *pulled).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
