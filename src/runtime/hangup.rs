//! Closing the terminal ends the program, whatever it is doing. The signal that comes with it is not enough: not
//! every program gets it. Nor is the end of its input: the loop sees that only between two other things.

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
        // No event is asked for, so it returns only when the terminal is closed or cannot be watched.
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

/// The status that shells give a program ended by SIGHUP: 128 plus the signal's number.
#[cfg(unix)]
const STATUS: i32 = 129;

#[cfg(not(unix))]
pub(super) fn end_with_terminal() -> TerminalClosed {
    TerminalClosed::default()
}
