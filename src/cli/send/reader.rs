//! Paths to events that are ready to be sent. It runs on a thread of its own, a little ahead of the
//! sending, and keeps no more in memory than one file.

use std::path::PathBuf;

use tokio::sync::mpsc::Sender;

use super::ledger::{InputLedger, Inputs};
use super::note::{Note, Notes, SkippedCompletion};
use super::wire;
use crate::completion::load::{self, Loaded, Problem, ProblemKind, RecordOutcomes};
use crate::completion::{Completion, Edits};
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::bulk::batch::{self, Batcher};
use crate::feed::{FeedItem, ReadAhead};
use crate::prepare::SendRun;
use crate::s3::Location;
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
    /// Which inputs are passed over, and which are noted as sent; none where neither is wanted.
    pub(in crate::cli) ledger: Option<InputLedger>,
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
pub(in crate::cli) fn read(mut reading: EventReader, items: &Sender<OutgoingEvent>, notes: &Notes) {
    reading.each(notes, &mut |prepared| match prepared {
        // An error says that the sending has ended.
        Ok(item) => items.blocking_send(item).is_ok(),
        Err(unsent) => notes.blocking_send(Note::Unsent(unsent)).is_ok(),
    });
}

/// Reads everything and says what would be sent, in requests of at most `batch` events.
pub(super) fn plan(mut reading: EventReader, batch: usize, notes: &Notes) {
    let mut batcher = Batcher::new(batch);
    let plan = |items: Vec<OutgoingEvent>| {
        let whole = batch::request(&items)?;
        let planned = Note::Planned {
            path: whole.route.path(),
            events: items.len(),
            bytes: whole.body.len(),
        };
        notes.blocking_send(planned).ok()
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
        notes.blocking_send(note).is_ok()
    });
    if let Some(rest) = batcher.rest() {
        plan(rest);
    }
}

impl EventReader {
    /// Goes through all events until one is not taken.
    fn each(
        &mut self,
        notes: &Notes,
        take: &mut dyn FnMut(Result<OutgoingEvent, Box<SkippedCompletion>>) -> bool,
    ) {
        let mut inputs = Inputs::new(self.ledger.take(), notes);
        let edits = match &self.form {
            InputForm::Wire => {
                wire::each(&self.paths, &mut self.run, &mut inputs, notes, take);
                return inputs.tell_passed();
            }
            InputForm::Completions(edits) => edits.clone(),
        };
        let paths = std::mem::take(&mut self.paths);
        let context = &self.run.options().context;
        // The events of what is passed over are known by their ids.
        let pass_over = |unit: &SourceUnit| inputs.has(unit);
        let (deliveries, ahead) = feed::deliveries::gather_unless(&paths, &pass_over, context);
        self.run.prefer(deliveries.into());
        let mut walk = Walk {
            inputs,
            notes,
            is_nothing: true,
            take: &mut |inputs, completion| {
                take(match self.prepare(completion, &edits) {
                    Ok(event) => Ok(inputs.add(event)),
                    Err(skipped) => {
                        inputs.leave_out(&skipped.unsent.reason);
                        Err(skipped)
                    }
                })
            },
        };
        walk.run(&paths, &ahead);
        walk.inputs.tell_passed();
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

/// The sending takes nothing more.
struct SendingEnded;

/// Goes through all completions until one is not taken.
struct Walk<'w> {
    inputs: Inputs<'w>,
    notes: &'w Notes,
    is_nothing: bool,
    take: &'w mut dyn FnMut(&mut Inputs<'w>, &Completion) -> bool,
}

impl Walk<'_> {
    fn run(&mut self, paths: &[PathBuf], ahead: &ReadAhead) {
        if paths.is_empty() {
            self.take_all(&samples::load_all());
            return;
        }
        let (units, said) = source::units(paths);
        self.take_all(&said);
        let mut skipped = Skipped::default();
        let goes_on = units.iter().all(|unit| match unit {
            SourceUnit::Objects(location) => self.objects(location, &mut skipped),
            unit => self.unit(unit, ahead, &mut skipped),
        });
        if !goes_on {
            return;
        }
        self.take_all(&Loaded {
            notes: skipped.notes(),
            ..Loaded::default()
        });
        if self.is_nothing && !self.inputs.any_passed() {
            let what = "there is no completion in what was named; nothing was sent";
            let problem = Note::Problem(ProblemKind::Unrecognised, what.to_owned());
            let _ = self.notes.blocking_send(problem);
        }
    }

    fn unit(&mut self, unit: &SourceUnit, ahead: &ReadAhead, skipped: &mut Skipped) -> bool {
        // Before it is read, so that a change meanwhile shows the next time.
        let version = source::version(unit);
        let pass_over = self.inputs.pass_over().zip(version);
        if pass_over.is_some_and(|(pass_over, version)| pass_over(version)) {
            return true;
        }
        self.inputs.begin(version);
        if is_long(unit) {
            return self.in_pieces(unit, ahead, skipped);
        }
        let mut loaded = source::load(unit);
        skipped.take_all(unit, &mut loaded);
        self.take_input(&loaded)
    }

    /// An input whose completions are not all kept at once.
    fn in_pieces(&mut self, unit: &SourceUnit, ahead: &ReadAhead, skipped: &mut Skipped) -> bool {
        let mut records = RecordOutcomes::default();
        let mut take = |walk: &mut Self, mut loaded: Loaded| {
            skipped.take_all(unit, &mut loaded);
            match walk.take_part(&loaded) {
                true => Ok(()),
                false => Err(SendingEnded),
            }
        };
        let ended = feed::feed_one(unit, ahead, &mut |item| match item {
            FeedItem::Record { bytes, origin } => {
                let mut loaded = Loaded::default();
                load::load_slice(bytes, origin, &mut loaded);
                records.take(&mut loaded);
                take(self, loaded)
            }
            FeedItem::Loaded(mut loaded) => {
                records.file_is(&mut loaded);
                take(self, loaded)
            }
            FeedItem::Begin(_) | FeedItem::Pause => Ok(()),
        });
        let mut said = records.end();
        if !unit.is_named() {
            source::forgive(&mut said);
        }
        let ended = ended.and_then(|()| take(self, said));
        if ended.is_ok() {
            self.inputs.end();
        }
        ended.is_ok()
    }

    fn objects(&mut self, location: &Location, skipped: &mut Skipped) -> bool {
        let pass_over = self.inputs.pass_over();
        source::objects_unless(location, pass_over).all(|object| match object {
            Ok(object) => {
                let unit = SourceUnit::Object {
                    name: object.name.clone(),
                    is_named: object.is_named,
                };
                self.inputs.begin(object.version);
                let mut loaded = source::load_object(object);
                skipped.take_all(&unit, &mut loaded);
                self.take_input(&loaded)
            }
            Err(problem) => self.take_all(&of_problems(vec![problem])),
        })
    }

    /// All that an input holds.
    fn take_input(&mut self, loaded: &Loaded) -> bool {
        let goes_on = self.take_part(loaded);
        if goes_on {
            self.inputs.end();
        }
        goes_on
    }

    /// Some of what an input holds.
    fn take_part(&mut self, loaded: &Loaded) -> bool {
        if !loaded.problems.is_empty() {
            self.inputs.spoil();
        }
        self.take_all(loaded)
    }

    fn take_all(&mut self, loaded: &Loaded) -> bool {
        self.is_nothing &= load::recognised(loaded) == 0 && loaded.problems.is_empty();
        for problem in &loaded.problems {
            let note = Note::Problem(problem.kind, problem.to_string());
            let _ = self.notes.blocking_send(note);
        }
        for note in &loaded.notes {
            let _ = self.notes.blocking_send(Note::Remark(note.to_string()));
        }
        let _ = self
            .notes
            .blocking_send(Note::Found(loaded.completions.len()));
        let mut all = loaded.completions.iter();
        all.all(|completion| (self.take)(&mut self.inputs, completion))
    }
}

/// Whether an input may be longer than what is kept of one: how long a pipe is nobody knows.
fn is_long(unit: &SourceUnit) -> bool {
    /// Its completions take some five times as much.
    const LONG: u64 = 32 << 20;
    match unit {
        SourceUnit::Stdin => true,
        SourceUnit::File { path, .. } => {
            std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > LONG)
        }
        _ => false,
    }
}

fn of_problems(problems: Vec<Problem>) -> Loaded {
    Loaded {
        problems,
        ..Loaded::default()
    }
}
