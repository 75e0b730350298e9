//! Without a screen: each call's event on a line of its own, and to the destination where it is forwarded.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use super::ListenArgs;
use super::forward::Forwarder;
use crate::cli::destination::{kind, settings};
use crate::cli::output::{Exit, JsonOutput, complain};
use crate::cli::wait::Interrupts;
use crate::completion::Edits;
use crate::completion::load::{self, Loaded};
use crate::event::wire;
use crate::listen::session::{Sample, Update};
use crate::mapping::{self, Outcome};
use crate::prepare::PrepareOptions;
use crate::settings::Environment;

/// Where mapped events go, and how they are made.
pub(super) struct Events {
    out: Box<dyn Write>,
    edits: Edits,
    options: PrepareOptions,
    forwarder: Option<Forwarder>,
}

impl Events {
    pub(super) fn new(args: &ListenArgs) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let options = args.destination.options_with(args.changes.privacy)?;
        let settings = settings(&environment, &options)?;
        let kind = kind(&settings, &environment)?;
        Ok(Self {
            out: match &args.events {
                Some(path) => Box::new(create(path)?),
                None => Box::new(JsonOutput),
            },
            edits: args.changes.edits(),
            options: settings.prepare_options(0, kind),
            forwarder: None,
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
    pub(super) fn take(&mut self, update: Update) -> anyhow::Result<()> {
        match update {
            Update::Over(sample) => self.over(&sample),
            Update::Delivery { body, .. } => self.loaded(load::load("Broadcast delivery", &body)),
            Update::Growing(_) | Update::Passed(_) => Ok(()),
        }
    }

    fn over(&mut self, sample: &Sample) -> anyhow::Result<()> {
        let name = format!("call {}", sample.number);
        self.loaded(load::load(&name, sample.text.as_bytes()))
    }

    fn loaded(&mut self, loaded: Loaded) -> anyhow::Result<()> {
        for problem in loaded.problems.iter().chain(&loaded.notes) {
            complain(&problem.to_string());
        }
        for completion in &loaded.completions {
            if let Some(forwarder) = &mut self.forwarder {
                forwarder.take(completion, &self.edits);
            }
            self.options.context.now = jiff::Timestamp::now().as_millisecond();
            match mapping::map(completion, &self.edits, &self.options.context).outcome {
                Outcome::Event(event) => {
                    let mut line = String::new();
                    wire::write_event(self.options.apply(&event), &mut line);
                    line.push('\n');
                    self.out.write_all(line.as_bytes())?;
                    self.out.flush()?;
                }
                Outcome::NoEvent(none) => {
                    complain(&format!("{}: no event: {}", completion.name, none.says));
                }
            }
        }
        Ok(())
    }

    /// Writes what is left, and waits for what is being forwarded.
    pub(super) async fn finish(mut self, interrupts: &mut Interrupts) -> anyhow::Result<Exit> {
        self.out.flush()?;
        Ok(match self.forwarder {
            Some(forwarder) => forwarder.close(interrupts).await,
            None => Exit::Done,
        })
    }
}

/// A file of one's own for events, which hold the conversation.
fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.with_context(|| format!("cannot write events to {}", path.display()))
}
