//! What comes from the terminal: keys, the mouse, pasted text, a new size; and what the terminal itself says, which
//! is no key.
//!
//! The terminal is read here and not by crossterm, whose parser holds the keyboard after a report that it doesn't
//! know. On systems other than Unix, events come from the console and not as bytes, so there
//! crossterm reads them.

#[cfg(not(unix))]
mod console;
#[cfg(unix)]
mod decode;
#[cfg(unix)]
mod sequences;
#[cfg(unix)]
mod stream;

use crossterm::event::Event;

#[cfg(not(unix))]
pub use console::TerminalEvents;
#[cfg(unix)]
pub use stream::TerminalEvents;

/// One thing that came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromTerminal {
    /// A key, the mouse, pasted text or a new size.
    Event(Event),
    /// What the terminal says in an operating system command (OSC): its beginning, of at most 64 bytes. The answer
    /// to a question is one of them.
    Says(String),
}
