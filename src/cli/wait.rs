//! The runtime of the commands that talk over the network, and the wish to stop them: Ctrl-C, or
//! what a service manager sends.

use std::future::Future;

use crate::listen::command::Signal;

/// Runs a future to its end on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(future);
    // A file that is read in the background must not keep the program from ending.
    runtime.shutdown_background();
    Ok(done)
}

/// Hears of Ctrl-C and SIGTERM. Once this exists, neither ends the program by itself.
#[derive(Debug)]
pub struct Interrupts {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// Begins to listen.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one, and tells which it is.
    pub async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        return tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        };
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
            Signal::Interrupt
        }
    }
}
