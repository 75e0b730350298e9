//! Events of a console, as crossterm reads them.

use std::io;

use crossterm::event::EventStream;
use futures_util::StreamExt;

use super::FromTerminal;

/// The terminal's events.
#[derive(Debug)]
pub struct TerminalEvents {
    stream: Option<EventStream>,
}

impl TerminalEvents {
    /// Begins to read.
    ///
    /// # Errors
    /// None on this system.
    pub fn read() -> io::Result<TerminalEvents> {
        let stream = Some(EventStream::new());
        Ok(TerminalEvents { stream })
    }

    /// Whether more has come already.
    pub fn has_more(&self) -> bool {
        false
    }

    /// The next event; none once the terminal is gone. Nothing is lost where this is given up waiting for.
    pub async fn next(&mut self) -> Option<FromTerminal> {
        let event = self.stream.as_mut()?.next().await?;
        event.ok().map(FromTerminal::Event)
    }

    /// Stops reading, so that another program can.
    pub async fn pause(&mut self) {
        self.stream = None;
    }

    /// Reads again.
    ///
    /// # Errors
    /// None on this system.
    pub fn resume(&mut self) -> io::Result<()> {
        self.stream = Some(EventStream::new());
        Ok(())
    }
}
