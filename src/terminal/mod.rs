//! The terminal as it is taken over and given back: on quitting, on errors, on signals and on a panic.

pub mod backend;
pub mod background;
pub mod events;
mod modes;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

pub use modes::{Modes, forget_typed, input};

/// Whether the terminal is taken over at present.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A terminal that is taken over; given back when dropped.
#[derive(Debug)]
pub struct TerminalGuard;

impl TerminalGuard {
    /// Takes the terminal over, and the mouse if so wished.
    ///
    /// # Errors
    /// Standard output is no terminal, or it cannot be written to.
    pub fn begin(mouse: bool) -> io::Result<TerminalGuard> {
        let taken = TerminalGuard;
        take_again(mouse)?;
        Ok(taken)
    }
}

/// Takes the terminal over once more, after it was given back for a while.
///
/// # Errors
/// As for [`TerminalGuard::begin`].
pub fn take_again(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        queue!(out, EnableMouseCapture)?;
    }
    out.flush()
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back as it was, if it is taken over. What cannot be written is let go: the
/// terminal may be closed.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = queue!(
        out,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Makes a panic give the terminal back before it is told.
pub fn give_back_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        tell(info);
    }));
}

/// Puts the program to sleep, as a shell's job. Returns when it was woken.
#[cfg(unix)]
pub fn sleep() {
    use rustix::process::{Signal, kill_current_process_group};
    let _ = kill_current_process_group(Signal::TSTP);
}

/// Putting a program to sleep is not known on this system.
#[cfg(not(unix))]
pub fn sleep() {}

/// The bytes that put a text on the clipboard (OSC 52). Where a multiplexer stands between, once for itself and once
/// wrapped, to be passed through: which of the two it takes depends on its settings.
pub fn clipboard(text: &str, multiplexer: Multiplexer) -> Vec<u8> {
    let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    match multiplexer {
        Multiplexer::None => osc,
        Multiplexer::Tmux => {
            let wrapped = osc.replace('\x1b', "\x1b\x1b");
            format!("{osc}\x1bPtmux;{wrapped}\x1b\\")
        }
        // GNU screen takes strings of at most 768 bytes.
        Multiplexer::Screen => {
            let wrapped = osc.as_bytes().chunks(512);
            let wrapped =
                wrapped.map(|chunk| format!("\x1bP{}\x1b\\", String::from_utf8_lossy(chunk)));
            osc.clone() + &wrapped.collect::<String>()
        }
    }
    .into_bytes()
}

/// What stands between the program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing.
    None,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Multiplexer {
    /// Told by the environment's variables.
    pub fn of(tmux: bool, term: &str) -> Multiplexer {
        match tmux {
            true => Multiplexer::Tmux,
            false if term.starts_with("screen") => Multiplexer::Screen,
            false => Multiplexer::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_the_clipboard_for_multiplexers() {
        let check = |multiplexer, expected: &str| {
            assert_eq!(clipboard("hi", multiplexer), expected.as_bytes());
        };
        check(Multiplexer::None, "\x1b]52;c;aGk=\x07");
        check(
            Multiplexer::Tmux,
            "\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\",
        );
        check(
            Multiplexer::Screen,
            "\x1b]52;c;aGk=\x07\x1bP\x1b]52;c;aGk=\x07\x1b\\",
        );
    }
}
