//! One line on the terminal that says how far the search is. It holds no payload, is drawn over itself, and is cleared
//! before anything else is written.

use std::io::{self, IsTerminal, Write};

use crate::delivery::readback::Progress;

/// The line.
#[derive(Debug, Default)]
pub(super) struct ProgressLine {
    is_drawn: bool,
}

impl ProgressLine {
    /// Draws it, on a terminal.
    pub(super) fn draw(&mut self, now: &Progress) {
        let mut err = io::stderr();
        if !err.is_terminal() {
            return;
        }
        let trouble = now.trouble.as_ref().map_or("", |_| ", in trouble");
        let line = format!(
            "{} of {} found, {} requests, {} s of at most {} s{trouble}; Ctrl-C stops",
            now.found,
            now.total,
            now.requests,
            now.waited.as_secs(),
            now.wait.as_secs(),
        );
        self.is_drawn = true;
        let _ = write!(err, "\r{line}\u{1b}[K").and_then(|()| err.flush());
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
