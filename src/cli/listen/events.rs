//! Without a screen: each call's event on a line of its own, and to the destination where it is forwarded.

use std::collections::VecDeque;
use std::fs::{self, FileType, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::ListenArgs;
use super::forward::Forwarder;
use crate::capture::recent::Recent;
use crate::cli::behind::PrintsBehind;
use crate::cli::destination::{kind, settings};
use crate::cli::output::{Exit, JsonOutput, complain};
use crate::cli::wait::Interrupts;
use crate::completion::load::{self, Loaded};
use crate::completion::{Completion, Edits};
use crate::event::wire;
use crate::files::LineFile;
use crate::listen::session::{ListenUpdate, Sample};
use crate::mapping::{self, Code, Outcome};
use crate::prepare::PrepareOptions;
use crate::settings::Environment;

/// Generations whose other side is waited for. Chosen: deliveries come within seconds.
const WAITING: usize = 256;
/// The most bytes of theirs that are held. Chosen: many long conversations.
const WAITING_BYTES: usize = 64 << 20;

/// What is written at once: a reader that is slow shows after each piece that it goes on.
const PIECE: usize = 64 << 10;

/// How long a reader may pause in the last events. Chosen.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Where mapped events go, and how they are made.
pub(super) struct Events {
    out: Output,
    /// Whether nobody reads standard output any more.
    is_reader_gone: bool,
    /// Events that could not be written to the file.
    unwritten: usize,
    /// Whether it was said that some could not be.
    is_trouble_told: bool,
    /// Samples that could not be recorded.
    unrecorded: u64,
    /// Whether any call came, or a delivery.
    has_any: bool,
    /// For which reasons requests were refused.
    refused: Vec<&'static str>,
    edits: Edits,
    options: PrepareOptions,
    forwarder: Option<Forwarder>,
    /// Generations that were printed, with what told of them, until the other side comes.
    others: VecDeque<(String, Completion)>,
    /// The same by their ids alone, once an event of theirs was printed, however many come between.
    printed: Recent,
}

/// A generation by its id, and which side told of it: the call or its delivery.
fn side(id: &str, is_delivery: bool) -> String {
    let side = if is_delivery { "delivery " } else { "call " };
    [side, id].concat()
}

impl Events {
    pub(super) fn new(args: &ListenArgs) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let options = args.destination.options_with(args.changes.privacy)?;
        let settings = settings(&environment, &options)?;
        let kind = kind(&settings, &environment)?;
        Ok(Self {
            out: match &args.events {
                Some(path) => Output::File(create(path)?),
                None => Output::Own(PrintsBehind::start(|line: &String, goes_on| {
                    for piece in line.as_bytes().chunks(PIECE) {
                        JsonOutput.write_all(piece)?;
                        goes_on();
                    }
                    Ok(())
                })?),
            },
            is_reader_gone: false,
            unwritten: 0,
            is_trouble_told: false,
            unrecorded: 0,
            has_any: false,
            refused: Vec::new(),
            edits: args.changes.edits(),
            options: settings.prepare_options(0, kind),
            forwarder: None,
            others: VecDeque::new(),
            printed: Recent::default(),
        })
    }

    /// Forwards each event, too.
    pub(super) fn forward(&mut self, forwarder: Forwarder) {
        self.forwarder = Some(forwarder);
    }

    /// Says where events are forwarded.
    pub(super) fn greet(&self) {
        if let Some(forwarder) = &self.forwarder {
            complain(&format!("  forwarding each event to {}", forwarder.says()));
        }
    }

    /// Writes the event of what is over; says why there is none.
    pub(super) fn take(&mut self, update: ListenUpdate) {
        self.has_any = true;
        match update {
            ListenUpdate::Over(sample) => self.over(&sample),
            ListenUpdate::Delivered(loaded) => self.loaded(loaded),
            ListenUpdate::Repeated(id) => {
                complain(&format!("the delivery of {id} came again; it was dropped"));
            }
            ListenUpdate::ConnectionTest => {
                complain("OpenRouter tested the connection; it was answered");
            }
            ListenUpdate::Refused(why) => {
                if !self.refused.contains(&why) {
                    self.refused.push(why);
                    complain(&format!("a request was refused: {why}"));
                }
            }
            ListenUpdate::Unrecorded { count, why } => {
                // How many there are is said at the end.
                if self.unrecorded == 0 {
                    complain(&format!("not recorded: {why}; the app's traffic goes on"));
                }
                self.unrecorded = count;
            }
            ListenUpdate::Growing(_) | ListenUpdate::Passed(_) => {}
        }
    }

    fn over(&mut self, sample: &Sample) {
        let name = format!("call {}", sample.number);
        let mut loaded = load::load(&name, sample.text.as_bytes());
        // A call is no file: nobody can look up a line of it.
        for problem in loaded.problems.iter_mut().chain(&mut loaded.notes) {
            problem.position = None;
        }
        self.loaded(loaded);
    }

    fn loaded(&mut self, loaded: Loaded) {
        for problem in loaded.problems.iter().chain(&loaded.notes) {
            complain(&problem.to_string());
        }
        for completion in loaded.completions {
            let Some(completion) = self.joined(completion) else {
                continue;
            };
            let completion = &completion;
            if let Some(forwarder) = &mut self.forwarder {
                forwarder.take(completion, &self.edits);
            }
            self.options.context.now = jiff::Timestamp::now().as_millisecond();
            match mapping::map(completion, &self.edits, &self.options.context).outcome {
                Outcome::Event(event) => {
                    let mut line = String::new();
                    wire::write_event(self.options.apply(&event), &mut line);
                    line.push('\n');
                    if let Some(id) = mapping::generation_id(completion) {
                        let side = side(&id, mapping::is_delivery(completion));
                        self.printed.is_new(&side);
                    }
                    self.write(&line);
                }
                Outcome::NoEvent(none) => {
                    complain(&format!("{}: no event: {}", completion.name, none.says));
                }
            }
        }
    }

    /// Writes a line. A full disk costs events, and nothing else; a reader that has gone is the end.
    fn write(&mut self, line: &str) {
        match &mut self.out {
            Output::Own(_) if self.is_reader_gone => {}
            Output::Own(printing) => {
                printing.push(line.to_owned(), line.len());
            }
            Output::File(file) => {
                if let Err(error) = file.append(line.as_bytes()) {
                    self.unwritten += 1;
                    self.tell_unwritten(&error);
                }
            }
        }
    }

    /// Waits until an event could not be printed.
    pub(super) async fn troubled(&self) {
        match &self.out {
            Output::Own(printing) => printing.troubled().await,
            Output::File(_) => std::future::pending().await,
        }
    }

    /// Takes in why one could not be.
    pub(super) fn take_trouble(&mut self) {
        let Output::Own(printing) = &self.out else {
            return;
        };
        let error = printing.take_problem();
        let no_reader = || io::Error::other("nobody reads them, and too many wait");
        let error = error.unwrap_or_else(no_reader);
        self.tell_unwritten(&error);
    }

    /// Whether nobody reads what is printed any more, so that nothing new need come. What has come is recorded and forwarded.
    pub(super) const fn is_reader_gone(&self) -> bool {
        self.is_reader_gone
    }

    /// Says once why an event is not written.
    fn tell_unwritten(&mut self, error: &io::Error) {
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.is_reader_gone = true;
            return;
        }
        if !std::mem::replace(&mut self.is_trouble_told, true) {
            let why = crate::system::reason_unwritten(error);
            complain(&format!(
                "cannot write an event: {why}; the app's traffic goes on"
            ));
        }
    }

    /// What is to be printed of a completion: nothing where the other side of its generation was printed already, the call
    /// or its delivery; both as one where that side made no event. What the two do not agree on is said.
    fn joined(&mut self, completion: Completion) -> Option<Completion> {
        let Some(id) = mapping::generation_id(&completion) else {
            return Some(completion);
        };
        let is_delivery = mapping::is_delivery(&completion);
        let Some(at) = self.others.iter().position(|(known, _)| *known == id) else {
            if self.printed.has(&side(&id, !is_delivery)) {
                return None;
            }
            self.others.push_back((id, completion.clone()));
            let_go(&mut self.others, WAITING, WAITING_BYTES);
            return Some(completion);
        };
        let other = &self.others[at].1;
        if mapping::is_delivery(other) == is_delivery {
            return Some(completion);
        }
        let (call, delivery) = match is_delivery {
            true => (other, &completion),
            false => (&completion, other),
        };
        let map = |one: &Completion| mapping::map(one, &self.edits, &self.options.context);
        let joined = call.with_delivery(delivery);
        for finding in joined.iter().flat_map(|joined| map(joined).findings) {
            if finding.code == Code::DeliveryDiffers {
                let (name, code) = (&call.name, finding.code.as_str());
                complain(&format!("{name}: {code}: {}", finding.help));
            }
        }
        let was_printed = map(other).event().is_some();
        let joined = joined.unwrap_or(completion);
        if was_printed || map(&joined).event().is_none() {
            return None;
        }
        self.others[at].1 = joined.clone();
        Some(joined)
    }

    /// Says where a command's calls may have gone if none came.
    pub(super) fn tell_none(&self) {
        if !self.has_any {
            complain(
                "rainscope: no completion came: a base URL that is written in the command's code wins over its variable (`rainscope listen --show openai`)",
            );
        }
    }

    /// Writes what is left, and waits for what is being forwarded.
    pub(super) async fn finish(self, interrupts: &mut Interrupts) -> anyhow::Result<Exit> {
        let count = match &self.out {
            Output::Own(_) if self.is_reader_gone => 0,
            Output::Own(printing) => tokio::select! {
                biased;
                _ = interrupts.next() => printing.finish(Duration::ZERO).await,
                untold = printing.finish(LAST_LINES) => untold,
            },
            Output::File(_) => self.unwritten,
        };
        if count > 0 {
            let noun = if count == 1 {
                "event was"
            } else {
                "events were"
            };
            complain(&format!("rainscope: {count} {noun} not written"));
        }
        let forwarded = match self.forwarder {
            Some(forwarder) => forwarder.close(interrupts).await,
            None => Exit::Done,
        };
        Ok(match count {
            0 => forwarded,
            _ => Exit::Failed,
        })
    }
}

/// Where events are written.
enum Output {
    /// Standard output. A reader that pauses holds up neither forwarding nor signals.
    Own(PrintsBehind<String>),
    /// A file of its own.
    File(LineFile),
}

/// Lets the oldest go until neither there are more than `most`, nor their texts longer than `bytes` together; the newest
/// stays.
fn let_go(waiting: &mut VecDeque<(String, Completion)>, most: usize, bytes: usize) {
    let size = |one: &(String, Completion)| one.1.document().text().len();
    let mut held: usize = waiting.iter().map(size).sum();
    while waiting.len() > 1 && (waiting.len() > most || held > bytes) {
        held -= waiting.pop_front().as_ref().map_or(0, size);
    }
}

/// A file of one's own for events, which hold the conversation.
fn create(path: &Path) -> anyhow::Result<LineFile> {
    // Opening a pipe would wait for its reader, for ever if there is none.
    if fs::metadata(path).is_ok_and(|data| !takes_lines(data.file_type())) {
        bail!(
            "cannot write events to {}: it is no file; choose another with --events",
            path.display()
        );
    }
    let is_device = fs::metadata(path).is_ok_and(|data| !data.is_file());
    let opened = match is_device {
        true => OpenOptions::new()
            .append(true)
            .open(path)
            .map(|device| LineFile::of(device, path)),
        false => LineFile::open(path),
    };
    opened.with_context(|| format!("cannot write events to {}", path.display()))
}

/// Whether lines can be written to such a file at any time: a regular one, or a device such as `/dev/null`.
fn takes_lines(kind: FileType) -> bool {
    #[cfg(unix)]
    let is_device = std::os::unix::fs::FileTypeExt::is_char_device(&kind);
    #[cfg(not(unix))]
    let is_device = false;
    kind.is_file() || is_device
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes() {
        let one = |id: &str, length: usize| {
            let text = format!(
                r#"{{"id":"gen-{id}","choices":[],"x":"{}"}}"#,
                "x".repeat(length)
            );
            let mut loaded = load::load("t.json", text.as_bytes());
            (id.to_owned(), loaded.completions.remove(0))
        };
        let left = |sizes: &[usize], most, bytes| {
            let numbered = sizes.iter().enumerate();
            let mut waiting = numbered
                .map(|(at, size)| one(&at.to_string(), *size))
                .collect();
            let_go(&mut waiting, most, bytes);
            let ids = waiting.into_iter().map(|(id, _)| id);
            ids.collect::<Vec<String>>()
        };
        assert_eq!(left(&[1, 1, 1], 2, 1000), ["1", "2"]);
        assert_eq!(left(&[900, 100, 100], 9, 600), ["1", "2"]);
        assert_eq!(left(&[1, 5000], 9, 600), ["1"]);
        assert_eq!(left(&[1, 1], 2, 1000), ["0", "1"]);
    }
}
