//! How the terminal treats what is typed and written, kept over the time in which another program has it.

#[cfg(unix)]
use std::os::fd::OwnedFd;

/// The terminal's modes at some time.
#[derive(Debug)]
pub struct Modes {
    #[cfg(unix)]
    kept: Option<(OwnedFd, rustix::termios::Termios)>,
}

#[cfg(unix)]
impl Modes {
    /// As they are now.
    pub fn now() -> Modes {
        let kept = input().and_then(|terminal| {
            let modes = rustix::termios::tcgetattr(&terminal).ok()?;
            Some((terminal, modes))
        });
        Modes { kept }
    }

    /// Sets them again. A terminal that is gone has none, and one that others use now is theirs: the system stops who sets
    /// its modes from the background.
    pub fn restore(&self) {
        use rustix::process::getpgrp;
        use rustix::termios::{OptionalActions, tcgetpgrp, tcsetattr};
        let has_terminal = |terminal: &&(OwnedFd, _)| tcgetpgrp(&terminal.0) == Ok(getpgrp());
        if let Some((terminal, modes)) = self.kept.as_ref().filter(has_terminal) {
            let _ = tcsetattr(terminal, OptionalActions::Now, modes);
        }
    }
}

#[cfg(not(unix))]
impl Modes {
    /// This system has none.
    pub fn now() -> Modes {
        Modes {}
    }

    /// Nothing is to be set.
    pub fn restore(&self) {}
}

/// Lets go of what was typed and not taken yet.
#[cfg(unix)]
pub fn forget_typed() {
    use rustix::termios::{QueueSelector, tcflush};
    if let Some(terminal) = input() {
        let _ = tcflush(terminal, QueueSelector::IFlush);
    }
}

/// Lets go of what was typed; this system is not asked to.
#[cfg(not(unix))]
pub fn forget_typed() {}

/// What keys are read from: standard input, or the terminal itself where that is something else.
#[cfg(unix)]
pub fn input() -> Option<OwnedFd> {
    use std::io::{IsTerminal, stdin};

    match stdin() {
        stdin if stdin.is_terminal() => rustix::io::dup(&stdin).ok(),
        _ => std::fs::File::open("/dev/tty").ok().map(OwnedFd::from),
    }
}

/// What keys are read from; here it is standard input.
#[cfg(not(unix))]
pub fn input() -> Option<std::process::Stdio> {
    None
}
