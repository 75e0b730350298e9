//! The runtime of the commands that use the network, and the signals that stop them: Ctrl-C, or what a service
//! manager sends.

use std::future::Future;
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use signal_hook::flag;

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

/// Listens for Ctrl-C, SIGTERM and a closed terminal. While this exists, none of them ends the program by itself, but one
/// that comes while the one before it was not heard: then the program is held up, most likely by a reader that pauses.
#[derive(Debug)]
pub struct Interrupts {
    /// Whether one has come that was not heard yet.
    #[cfg(unix)]
    unheard: Arc<AtomicBool>,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// None where a closed terminal is ignored, as under `nohup`.
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
}

impl Interrupts {
    /// Begins to listen.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let unheard = Arc::<AtomicBool>::default();
            for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
                let signal = kind.as_raw_value();
                // As shells have it: 128 and the signal's number.
                let status = 128 + signal;
                flag::register_conditional_shutdown(signal, status, Arc::clone(&unheard))?;
                flag::register(signal, Arc::clone(&unheard))?;
            }
            Ok(Self {
                unheard,
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: match ignores_hang_up() {
                    true => None,
                    false => Some(signal(SignalKind::hangup())?),
                },
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one, and says which it is.
    pub async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        let heard = tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hang_up => Signal::HangUp,
        };
        #[cfg(unix)]
        {
            self.unheard.store(false, Ordering::Release);
            heard
        }
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
            Signal::Interrupt
        }
    }
}

/// Whether whoever started the program wants it to outlive its terminal; where the system does not tell, it ends.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}
