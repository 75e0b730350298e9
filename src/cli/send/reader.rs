//! Paths to events that are ready to be sent. It runs on a thread of its own, a little ahead of the
//! sending, and keeps no more in memory than one file.

use std::collections::HashMap;
use std::path::PathBuf;

use tokio::sync::mpsc::{Sender, UnboundedSender};
use uuid::Uuid;

use crate::completion::load::Loaded;
use crate::completion::{Completion, Edits};
use crate::delivery::bulk::batch::{self, Gatherer};
use crate::delivery::bulk::{Item, Told};
use crate::delivery::destination::Destination;
use crate::delivery::history::{Known, digest};
use crate::delivery::retarget::retarget;
use crate::delivery::size;
use crate::event::privacy::{self, Privacy};
use crate::event::wire;
use crate::mapping::{self, Context, Outcome};
use crate::source::Skipped;
use crate::{samples, source};

/// What to read, and how to map it.
pub(super) struct Reading {
    /// Files, folders, or none for the bundled samples.
    pub(super) paths: Vec<PathBuf>,
    /// What to change in the completions.
    pub(super) edits: Edits,
    /// Time and default user.
    pub(super) context: Context,
    /// Whether texts are left out.
    pub(super) privacy: Privacy,
    /// What the destination has, and with which time the rest was mapped.
    pub(super) known: HashMap<String, Known>,
    /// Whether what it has is skipped.
    pub(super) resume: bool,
}

/// Something to report.
pub(super) enum Note {
    /// So many more completions were found.
    Found(usize),
    /// Part of the input cannot be read.
    Problem(String),
    /// A word about the input.
    Remark(String),
    /// The sending tells.
    Told(Told),
    /// A rehearsal would make this request.
    Planned {
        /// Its path below the base URL; the method is always `POST`.
        path: &'static str,
        /// Events in it.
        events: usize,
        /// Bytes of its body.
        bytes: usize,
    },
    /// A completion is not sent, or in a rehearsal not yet.
    Aside(Box<Aside>),
}

/// A completion that the sending never sees.
pub(super) struct Aside {
    pub(super) event_id: Option<String>,
    pub(super) name: String,
    pub(super) from: String,
    pub(super) why: Why,
    pub(super) says: String,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Why {
    /// It would be sent.
    WouldSend,
    /// The destination has it.
    AcceptedBefore,
    /// The same event stood in the input before.
    Repeated,
    /// Another event with this id stood in the input before.
    Conflicting,
    /// OpenRouter broadcasts nothing of it.
    NoEvent,
    /// Its event is larger than Raindrop takes.
    TooLarge,
}

/// Reads everything, handing each event on as the sending takes it.
pub(super) fn read(reading: Reading, items: &Sender<Item>, notes: &UnboundedSender<Note>) {
    let mut seen = HashMap::new();
    each(&reading, notes, &mut |completion| {
        match prepared(&reading, &mut seen, completion) {
            // An error says that the sending has ended.
            Ok(item) => items.blocking_send(item).is_ok(),
            Err(aside) => notes.send(Note::Aside(aside)).is_ok(),
        }
    });
}

/// Reads everything and says what would be sent, in requests of at most `batch` events. A destination
/// may want its own form of them.
pub(super) fn rehearse(
    reading: &Reading,
    destination: Option<&Destination>,
    batch: usize,
    notes: &UnboundedSender<Note>,
) {
    let mut seen = HashMap::new();
    let mut gatherer = match destination {
        Some(destination) => Gatherer::for_destination(destination, batch),
        None => Gatherer::new(batch),
    };
    let plan = |items: Vec<Item>| {
        let whole = batch::request(&items)?;
        let whole = match destination {
            Some(destination) => retarget(&whole, destination).ok()?,
            None => whole,
        };
        let planned = Note::Planned {
            path: whole.route.path(),
            events: items.len(),
            bytes: whole.body.len(),
        };
        notes.send(planned).ok()
    };
    each(reading, notes, &mut |completion| {
        let aside = match prepared(reading, &mut seen, completion) {
            Ok(item) => {
                let aside = Box::new(Aside {
                    says: format!(
                        "{} B to {}",
                        item.request.body.len(),
                        item.request.route.path()
                    ),
                    event_id: Some(item.request.event_id.clone()),
                    name: item.name.clone(),
                    from: item.from.clone(),
                    why: Why::WouldSend,
                });
                for full in gatherer.take(item) {
                    plan(full);
                }
                aside
            }
            Err(aside) => aside,
        };
        notes.send(Note::Aside(aside)).is_ok()
    });
    if let Some(rest) = gatherer.rest() {
        plan(rest);
    }
}

/// Goes through all completions until one is not taken.
fn each(
    reading: &Reading,
    notes: &UnboundedSender<Note>,
    take: &mut dyn FnMut(&Completion) -> bool,
) {
    let mut go_on = true;
    let mut all = |loaded: Loaded| {
        for problem in &loaded.problems {
            let _ = notes.send(Note::Problem(problem.to_string()));
        }
        for note in &loaded.notes {
            let _ = notes.send(Note::Remark(note.to_string()));
        }
        let _ = notes.send(Note::Found(loaded.completions.len()));
        loaded.completions.iter().all(&mut *take)
    };
    if reading.paths.is_empty() {
        all(samples::load_all());
        return;
    }
    let (units, problems) = source::units(&reading.paths);
    all(Loaded {
        problems,
        ..Loaded::default()
    });
    let mut skipped = Skipped::default();
    for unit in &units {
        if go_on {
            let mut loaded = source::load(unit);
            skipped.take(unit, &mut loaded);
            go_on = all(loaded);
        }
    }
    all(Loaded {
        notes: skipped.notes(),
        ..Loaded::default()
    });
}

fn prepared(
    reading: &Reading,
    seen: &mut HashMap<String, Uuid>,
    completion: &Completion,
) -> Result<Item, Box<Aside>> {
    let aside = |event_id: Option<String>, why, says: String| {
        Box::new(Aside {
            event_id,
            name: completion.name.clone(),
            from: completion.origin.to_string(),
            why,
            says,
        })
    };
    let mut context = reading.context.clone();
    let mut event =
        event(completion, reading, &context).map_err(|says| aside(None, Why::NoEvent, says))?;
    let event_id = event.id();
    if let Some(known) = reading.known.get(&event_id) {
        if reading.resume && known.accepted {
            let says = "accepted before".to_owned();
            return Err(aside(Some(event_id), Why::AcceptedBefore, says));
        }
        // It may have arrived: with the time of back then it gets the bytes of back then.
        context.now = known.made_at;
        if let Ok(again) = self::event(completion, reading, &context) {
            event = again;
        }
    }
    let request = wire::request(privacy::apply(&event, reading.privacy));
    if let Err(error) = size::check(&request) {
        return Err(aside(Some(event_id), Why::TooLarge, error.to_string()));
    }
    let digest = digest(&request.body);
    match seen.insert(event_id.clone(), digest) {
        Some(before) if before == digest => {
            let says = "the same event stood in the input before".to_owned();
            return Err(aside(Some(event_id), Why::Repeated, says));
        }
        Some(before) => {
            seen.insert(event_id.clone(), before);
            let says = "an event with this id and other content stood in the input before; one id can stand for one event only";
            return Err(aside(Some(event_id), Why::Conflicting, says.to_owned()));
        }
        None => {}
    }
    Ok(Item::new(
        completion.name.clone(),
        completion.origin.to_string(),
        request,
        reading.privacy,
        context.now,
    ))
}

fn event(
    completion: &Completion,
    reading: &Reading,
    context: &Context,
) -> Result<crate::event::Event, String> {
    match mapping::map(completion, &reading.edits, context).outcome {
        Outcome::Event(event) => Ok(event),
        Outcome::NoEvent(none) => Err(none.says),
    }
}
