//! Paths to events that are ready to be sent. It runs on a thread of its own, a little ahead of the
//! sending, and keeps no more in memory than one file.

use std::path::PathBuf;

use tokio::sync::mpsc::{Sender, UnboundedSender};

use super::note::{Note, SkippedCompletion};
use super::wire;
use crate::completion::load::{self, Loaded, ProblemKind};
use crate::completion::{Completion, Edits};
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::bulk::batch::{self, Batcher};
use crate::feed::ReadAhead;
use crate::prepare::SendRun;
use crate::source::{Skipped, SourceUnit};
use crate::{feed, samples, source};

/// What to read, and what to make of it.
pub(in crate::cli) struct EventReader {
    /// Files, folders, or none for the bundled samples.
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// What they hold.
    pub(in crate::cli) form: InputForm,
    /// Prepares the events.
    pub(in crate::cli) run: SendRun,
}

/// What an input holds.
#[derive(Debug)]
pub(in crate::cli) enum InputForm {
    /// Completions, and what to change in them.
    Completions(Edits),
    /// Requests that were made of completions before, one a line.
    Wire,
}

/// Reads everything, handing each event on as the sending takes it.
pub(in crate::cli) fn read(
    mut reading: EventReader,
    items: &Sender<OutgoingEvent>,
    notes: &UnboundedSender<Note>,
) {
    reading.each(notes, &mut |prepared| match prepared {
        // An error says that the sending has ended.
        Ok(item) => items.blocking_send(item).is_ok(),
        Err(unsent) => notes.send(Note::Unsent(unsent)).is_ok(),
    });
}

/// Reads everything and says what would be sent, in requests of at most `batch` events.
pub(super) fn plan(mut reading: EventReader, batch: usize, notes: &UnboundedSender<Note>) {
    let mut batcher = Batcher::new(batch);
    let plan = |items: Vec<OutgoingEvent>| {
        let whole = batch::request(&items)?;
        let planned = Note::Planned {
            path: whole.route.path(),
            events: items.len(),
            bytes: whole.body.len(),
        };
        notes.send(planned).ok()
    };
    reading.each(notes, &mut |prepared| {
        let note = match prepared {
            Ok(item) => {
                for full in batcher.take(item.clone()) {
                    plan(full);
                }
                Note::WouldSend(Box::new(item))
            }
            Err(unsent) => Note::Unsent(unsent),
        };
        notes.send(note).is_ok()
    });
    if let Some(rest) = batcher.rest() {
        plan(rest);
    }
}

impl EventReader {
    /// Goes through all events until one is not taken.
    fn each(
        &mut self,
        notes: &UnboundedSender<Note>,
        take: &mut dyn FnMut(Result<OutgoingEvent, Box<SkippedCompletion>>) -> bool,
    ) {
        let edits = match &self.form {
            InputForm::Wire => return wire::each(&self.paths, &mut self.run, notes, take),
            InputForm::Completions(edits) => edits.clone(),
        };
        let paths = self.begin();
        each(&paths, notes, &mut |completion| {
            take(self.prepare(completion, &edits))
        });
    }

    /// What is to be read, looked through for deliveries once before.
    fn begin(&mut self) -> (Vec<PathBuf>, ReadAhead) {
        let paths = std::mem::take(&mut self.paths);
        let (deliveries, ahead) = feed::deliveries::gather(&paths, &self.run.options().context);
        self.run.prefer(deliveries.into());
        (paths, ahead)
    }

    fn prepare(
        &mut self,
        completion: &Completion,
        edits: &Edits,
    ) -> Result<OutgoingEvent, Box<SkippedCompletion>> {
        let origin = completion.origin.clone();
        match self.run.prepare(completion, edits) {
            Ok(prepared) => Ok(OutgoingEvent::new(prepared, origin)),
            Err(unsent) => Err(Box::new(SkippedCompletion {
                name: completion.name.clone(),
                origin,
                unsent,
            })),
        }
    }
}

/// Goes through all completions until one is not taken.
fn each(
    (paths, ahead): &(Vec<PathBuf>, ReadAhead),
    notes: &UnboundedSender<Note>,
    take: &mut dyn FnMut(&Completion) -> bool,
) {
    let mut go_on = true;
    let mut is_nothing = true;
    let mut all = |loaded: Loaded| {
        is_nothing &= load::recognised(&loaded) == 0 && loaded.problems.is_empty();
        for problem in &loaded.problems {
            let _ = notes.send(Note::Problem(problem.kind, problem.to_string()));
        }
        for note in &loaded.notes {
            let _ = notes.send(Note::Remark(note.to_string()));
        }
        let _ = notes.send(Note::Found(loaded.completions.len()));
        loaded.completions.iter().all(&mut *take)
    };
    if paths.is_empty() {
        all(samples::load_all());
        return;
    }
    let (units, problems) = source::units(paths);
    all(Loaded {
        problems,
        ..Loaded::default()
    });
    let mut skipped = Skipped::default();
    for unit in &units {
        if let SourceUnit::Objects(location) = unit {
            for object in source::objects(location) {
                if !go_on {
                    break;
                }
                go_on = match object {
                    Ok(object) => {
                        let unit = SourceUnit::Object {
                            name: object.name.clone(),
                            is_named: object.is_named,
                        };
                        let mut loaded = source::load_object(object);
                        skipped.take_all(&unit, &mut loaded);
                        all(loaded)
                    }
                    Err(problem) => all(Loaded {
                        problems: vec![problem],
                        ..Loaded::default()
                    }),
                };
            }
        } else if go_on {
            let mut loaded = match unit {
                SourceUnit::Stdin => source::load_stream("<stdin>", &[], ahead.input(), None),
                unit => source::load(unit),
            };
            skipped.take_all(unit, &mut loaded);
            go_on = all(loaded);
        }
    }
    all(Loaded {
        notes: skipped.notes(),
        ..Loaded::default()
    });
    if is_nothing {
        let what = "there is no completion in what was named; nothing was sent";
        let _ = notes.send(Note::Problem(ProblemKind::Unrecognised, what.to_owned()));
    }
}
