//! Closing the terminal ends the program, whatever it is doing. The signal that comes with it is not enough: not
//! every program gets it. Nor is the end of its input: the loop sees that only between two other things. And a terminal
//! that takes nothing more, as one that was stopped, holds the loop where it writes, so that it hears no signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(unix)]
use std::sync::atomic::Ordering;
#[cfg(unix)]
use std::time::Duration;

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

/// How long the loop may take to hear a signal. Chosen: longer than any frame takes that a terminal takes.
#[cfg(unix)]
const HEARING: Duration = Duration::from_secs(2);

/// How long the program may take to end then. Chosen: longer than all that it waits for.
#[cfg(unix)]
const ENDING: Duration = Duration::from_secs(12);

/// Ends the program some time after SIGTERM, where it did not end by itself. Where the terminal takes nothing, what was
/// shown can't be taken back then; how it treats what is typed can. What it gives is set where the signal was heard.
///
/// # Errors
/// The system gives no more signals or threads.
#[cfg(unix)]
pub(super) fn end_by_signal() -> io::Result<Arc<AtomicBool>> {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    /// The same number everywhere.
    const TERMINATE: i32 = 15;
    let heard = Arc::<AtomicBool>::default();
    let is_heard = Arc::clone(&heard);
    let modes = crate::terminal::Modes::now();
    let (mut told, tells) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(TERMINATE, tells)?;
    let watch = move || {
        if told.read_exact(&mut [0]).is_ok() {
            std::thread::sleep(HEARING);
            if is_heard.load(Ordering::Relaxed) {
                std::thread::sleep(ENDING);
            }
            give_back_in_time();
            modes.restore();
            std::process::exit(128 + TERMINATE);
        }
    };
    std::thread::Builder::new().spawn(watch)?;
    Ok(heard)
}

/// Gives the terminal back as it was, unless it takes nothing more: the loop may be at work instead.
#[cfg(unix)]
fn give_back_in_time() {
    /// Chosen: far longer than a terminal takes for a few bytes.
    const LONGEST: Duration = Duration::from_millis(500);
    let (tell, told) = std::sync::mpsc::channel();
    let written = std::thread::Builder::new().spawn(move || {
        crate::terminal::give_back();
        let _ = tell.send(());
    });
    if written.is_ok() {
        let _ = told.recv_timeout(LONGEST);
    }
}

/// Here nothing is written behind a signal.
#[cfg(not(unix))]
pub(super) fn end_by_signal() -> io::Result<Arc<AtomicBool>> {
    Ok(Arc::default())
}

/// The status that shells give a program ended by SIGHUP: 128 plus the signal's number.
#[cfg(unix)]
const STATUS: i32 = 129;

#[cfg(not(unix))]
pub(super) fn end_with_terminal() -> TerminalClosed {
    TerminalClosed::default()
}
