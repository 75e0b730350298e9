//! The terminal's bytes, read by a thread that sleeps until there are some, as events.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::AsRawFd;
use std::thread::JoinHandle;
use std::time::Instant;

use crossterm::event::Event;
use filedescriptor::{POLLIN, poll, pollfd};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::FromTerminal;
use super::decode;
use super::sequences::{Sequence, Sequences};

/// Bytes that are read at once. Chosen: more than a terminal's line holds on any system.
const AT_ONCE: usize = 16 << 10;

/// Reads that wait for being looked at, at most; the terminal's line holds the rest.
const WAITING: usize = 16;

/// The terminal's events.
#[derive(Debug)]
pub struct TerminalEvents {
    reader: Option<Reader>,
    sequences: Sequences,
    /// Parts that were found and not given yet.
    found: Vec<Sequence>,
    events: VecDeque<FromTerminal>,
    resized: Signal,
}

/// The thread that reads.
#[derive(Debug)]
struct Reader {
    bytes: Receiver<Vec<u8>>,
    /// Ends the thread when it is dropped.
    stop: PipeWriter,
    thread: JoinHandle<()>,
}

impl TerminalEvents {
    /// Begins to read.
    ///
    /// # Errors
    /// There is no terminal, or the system has no thread or pipe left.
    pub fn read() -> io::Result<TerminalEvents> {
        Ok(TerminalEvents {
            reader: Some(Reader::start()?),
            sequences: Sequences::default(),
            found: Vec::new(),
            events: VecDeque::new(),
            resized: signal(SignalKind::window_change())?,
        })
    }

    /// Whether more has come already.
    pub fn has_more(&self) -> bool {
        let is_waiting = |reader: &Reader| !reader.bytes.is_empty();
        !self.events.is_empty() || self.reader.as_ref().is_some_and(is_waiting)
    }

    /// The next event; none once the terminal is gone. Nothing is lost where this is given up waiting for.
    pub async fn next(&mut self) -> Option<FromTerminal> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let deadline = self.sequences.deadline();
            let until = deadline.unwrap_or_else(Instant::now);
            let reader = self.reader.as_mut()?;
            tokio::select! {
                biased;
                bytes = reader.bytes.recv() => {
                    let bytes = bytes?;
                    self.sequences.take(&bytes, Instant::now(), &mut self.found);
                }
                _ = self.resized.recv() => {
                    let (columns, rows) = crossterm::terminal::size().ok()?;
                    return Some(FromTerminal::Event(Event::Resize(columns, rows)));
                }
                () = tokio::time::sleep_until(until.into()), if deadline.is_some() => {
                    self.sequences.give_up(&mut self.found);
                }
            }
            self.decode();
        }
    }

    /// Stops reading, so that another program can. What was read by then is given later.
    pub async fn pause(&mut self) {
        let Some(Reader {
            mut bytes,
            stop,
            thread,
        }) = self.reader.take()
        else {
            return;
        };
        drop(stop);
        while let Some(bytes) = bytes.recv().await {
            self.sequences.take(&bytes, Instant::now(), &mut self.found);
        }
        self.decode();
        // It has let go of its end of the channel, so there is nothing left for it to do.
        let _ = thread.join();
    }

    /// Reads again.
    ///
    /// # Errors
    /// As for [`TerminalEvents::read`].
    pub fn resume(&mut self) -> io::Result<()> {
        self.reader = Some(Reader::start()?);
        Ok(())
    }

    fn decode(&mut self) {
        self.events
            .extend(self.found.drain(..).filter_map(|sequence| match sequence {
                Sequence::Report(']', text) => Some(FromTerminal::Says(text)),
                sequence => decode::event(sequence).map(FromTerminal::Event),
            }));
    }
}

impl Reader {
    fn start() -> io::Result<Reader> {
        let terminal = crate::terminal::input().ok_or(io::ErrorKind::NotFound)?;
        let (stopped, stop) = io::pipe()?;
        let (sender, bytes) = channel(WAITING);
        let thread = std::thread::Builder::new().name("terminal".to_owned());
        let thread = thread.spawn(move || read(File::from(terminal), &stopped, &sender))?;
        Ok(Reader {
            bytes,
            stop,
            thread,
        })
    }
}

/// Reads until there is nothing more to read, or nobody who takes it. Never reads unless there is something, since a
/// read that waits would take a key that is meant for another program.
fn read(mut terminal: File, stopped: &PipeReader, sender: &Sender<Vec<u8>>) {
    let watched = |fd: &dyn AsRawFd| pollfd {
        fd: fd.as_raw_fd(),
        events: POLLIN,
        revents: 0,
    };
    let mut buffer = vec![0; AT_ONCE];
    loop {
        let mut both = [watched(stopped), watched(&terminal)];
        match poll(&mut both, None) {
            Ok(_) => {}
            Err(filedescriptor::Error::Poll(error))
                if error.kind() == io::ErrorKind::Interrupted =>
            {
                continue;
            }
            Err(_) => return,
        }
        let [stopped, terminal_is] = both.map(|fd| fd.revents != 0);
        if stopped {
            return;
        }
        if !terminal_is {
            continue;
        }
        match terminal.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                if sender.blocking_send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
            // The descriptor may be one that another program made non-blocking.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                ) => {}
            Err(_) => return,
        }
    }
}
