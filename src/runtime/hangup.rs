//! A terminal that is closed ends the program, wherever it is at that moment. The signal that comes
//! with it is not enough: it is not sent to every program, and reading keys from a terminal that is gone
//! never comes back (crossterm reads on at the end of its input), so that the loop may not see it.

use std::sync::Arc;

use tokio::sync::Notify;

/// Told once when the terminal is closed.
pub(super) type TerminalClosed = Arc<Notify>;

/// Ends the program when its terminal is closed, after telling it and giving it a moment to end by itself.
#[cfg(unix)]
pub(super) fn end_with_terminal() -> TerminalClosed {
    use rustix::event::{PollFd, PollFlags, poll};

    let closed = TerminalClosed::default();
    let told = Arc::clone(&closed);
    let Some(terminal) = crate::terminal::input() else {
        return closed;
    };
    std::thread::spawn(move || {
        let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
        // Nothing is asked for, so it returns for a terminal that is closed, or where it cannot watch one.
        while poll(&mut watched, None) == Err(rustix::io::Errno::INTR) {}
        if watched[0].revents().contains(PollFlags::HUP) {
            told.notify_one();
            std::thread::sleep(super::SINK_DEADLINE * 2);
            crate::terminal::give_back();
            std::process::exit(STATUS);
        }
    });
    closed
}

/// As shells tell of a program that SIGHUP ended: 128 and the signal's number.
#[cfg(unix)]
const STATUS: i32 = 129;

#[cfg(not(unix))]
pub(super) fn end_with_terminal() -> TerminalClosed {
    TerminalClosed::default()
}
