//! Signals that end the program, and a terminal that is closed without one.

use std::io;

use super::hangup::TerminalClosed;

/// Signals that end the program.
#[cfg(unix)]
pub(super) struct Signals {
    term: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    closed: TerminalClosed,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen(closed: TerminalClosed) -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            term: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            interrupt: signal(SignalKind::interrupt())?,
            closed,
        })
    }

    pub(super) async fn any(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.quit.recv() => {}
            _ = self.interrupt.recv() => {}
            () = self.closed.notified() => {}
        }
    }

    /// Signals other than typed ones: while another program has the terminal, Ctrl-C and Ctrl-\ are meant for it.
    pub(super) async fn any_but_typed(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.hang_up.recv() => {}
            () = self.closed.notified() => {}
        }
    }

    /// Drops signals that were typed for another program.
    pub(super) fn forget_typed(&mut self) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        self.quit = signal(SignalKind::quit())?;
        self.interrupt = signal(SignalKind::interrupt())?;
        Ok(())
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen(_: TerminalClosed) -> io::Result<Signals> {
        Ok(Signals)
    }

    pub(super) async fn any(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }

    pub(super) async fn any_but_typed(&mut self) {
        std::future::pending().await
    }

    pub(super) fn forget_typed(&mut self) -> io::Result<()> {
        Ok(())
    }
}
