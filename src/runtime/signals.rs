//! Signals that end the program, and a terminal that is closed without one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(unix)]
use std::sync::atomic::Ordering;

use super::hangup::TerminalClosed;
use crate::listen::command::Signal;

/// Signals that end the program.
#[cfg(unix)]
pub(super) struct Signals {
    term: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    closed: TerminalClosed,
    /// Whether one was heard.
    heard: Arc<AtomicBool>,
    came: Option<u8>,
}

#[cfg(unix)]
const HANG_UP: u8 = 1;
const INTERRUPT: u8 = 2;
#[cfg(unix)]
const QUIT: u8 = 3;
#[cfg(unix)]
const TERMINATE: u8 = 15;

#[cfg(unix)]
impl Signals {
    pub(super) fn listen(closed: TerminalClosed, heard: Arc<AtomicBool>) -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            term: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            interrupt: signal(SignalKind::interrupt())?,
            closed,
            heard,
            came: None,
        })
    }

    /// The number of the signal that came; that of a closed terminal where none told of it.
    pub(super) const fn came(&self) -> Option<u8> {
        self.came
    }

    /// What a command is ended with: the signal that came, or the one that asks it to end.
    pub(super) fn passed_on(&self) -> Signal {
        match self.came {
            Some(HANG_UP) => Signal::HangUp,
            Some(INTERRUPT) => Signal::Interrupt,
            _ => Signal::Terminate,
        }
    }

    pub(super) async fn any(&mut self) {
        self.came = Some(tokio::select! {
            _ = self.term.recv() => TERMINATE,
            _ = self.hang_up.recv() => HANG_UP,
            _ = self.quit.recv() => QUIT,
            _ = self.interrupt.recv() => INTERRUPT,
            () = self.closed.notified() => HANG_UP,
        });
        self.heard.store(true, Ordering::Relaxed);
    }

    /// Signals other than typed ones: while another program has the terminal, Ctrl-C and Ctrl-\ are meant for it.
    pub(super) async fn any_but_typed(&mut self) {
        self.came = Some(tokio::select! {
            _ = self.term.recv() => TERMINATE,
            _ = self.hang_up.recv() => HANG_UP,
            () = self.closed.notified() => HANG_UP,
        });
        self.heard.store(true, Ordering::Relaxed);
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
pub(super) struct Signals(Option<u8>);

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen(_: TerminalClosed, _: Arc<AtomicBool>) -> io::Result<Signals> {
        Ok(Signals(None))
    }

    pub(super) const fn came(&self) -> Option<u8> {
        self.0
    }

    pub(super) fn passed_on(&self) -> Signal {
        Signal::Terminate
    }

    pub(super) async fn any(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
        self.0 = Some(INTERRUPT);
    }

    pub(super) async fn any_but_typed(&mut self) {
        std::future::pending().await
    }

    pub(super) fn forget_typed(&mut self) -> io::Result<()> {
        Ok(())
    }
}
