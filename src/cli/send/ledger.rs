//! Inputs that were sent as a whole: which ones a resumed run passes over, and which ones this run adds to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::note::{Note, Notes};
use crate::delivery::bulk::{OpenInput, OutgoingEvent};
use crate::delivery::history::{History, InputKind, InputMark, InputVersion};
use crate::prepare::{Endpoint, NotSent};
use crate::s3::PassOver;
use crate::source::{self, SourceUnit};

/// What the history knows of inputs for one destination, and what this run does with that.
#[derive(Debug, Clone)]
pub(in crate::cli) struct InputLedger {
    history: History,
    endpoint: Endpoint,
    way: String,
    passes_over: bool,
    notes_inputs: bool,
}

impl InputLedger {
    /// Notes what is sent as a whole. `way` is whatever decides over the events that an input makes.
    pub(super) fn new(history: History, endpoint: Endpoint, way: String) -> InputLedger {
        InputLedger {
            history,
            endpoint,
            // Another version may make events of what makes none in this one.
            way: format!("{} {way}", env!("CARGO_PKG_VERSION")),
            passes_over: false,
            notes_inputs: true,
        }
    }

    /// Passes over what was noted before as well.
    pub(super) fn resuming(self) -> InputLedger {
        InputLedger {
            passes_over: true,
            ..self
        }
    }

    /// Notes nothing, since nothing is sent.
    pub(super) fn planning(self) -> InputLedger {
        InputLedger {
            notes_inputs: false,
            ..self
        }
    }

    fn mark(&self, version: InputVersion) -> InputMark {
        InputMark::new(version, &self.endpoint, &self.way)
    }

    /// Whether this run passes over an input. One that the history can't tell of is read.
    fn passes_over(&self, version: InputVersion) -> bool {
        self.passes_over && self.history.has_input(self.mark(version)).unwrap_or(false)
    }
}

/// The inputs of a run, one after the other.
pub(super) struct Inputs<'n> {
    ledger: Option<InputLedger>,
    notes: &'n Notes,
    /// The input that is being read, as long as nothing stands in the way of noting it.
    open: Option<Arc<OpenInput>>,
    passed: Arc<PassedInputs>,
}

/// The inputs that were passed over. They are counted wherever that is decided, also where nothing may wait, and told by
/// the reader.
#[derive(Default)]
struct PassedInputs {
    any: AtomicBool,
    untold: Mutex<BTreeMap<InputKind, usize>>,
}

impl PassedInputs {
    fn add(&self, kind: InputKind) {
        self.any.store(true, Ordering::Release);
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        *untold.entry(kind).or_default() += 1;
    }
}

impl<'n> Inputs<'n> {
    pub(super) fn new(ledger: Option<InputLedger>, notes: &'n Notes) -> Self {
        Self {
            ledger,
            notes,
            open: None,
            passed: Arc::default(),
        }
    }

    /// Whether any input was passed over so far.
    pub(super) fn any_passed(&self) -> bool {
        self.passed.any.load(Ordering::Acquire)
    }

    /// Decides over inputs, and counts those that are passed over; none where all are read.
    pub(super) fn pass_over(&self) -> Option<PassOver> {
        let ledger = self.ledger.clone().filter(|ledger| ledger.passes_over)?;
        let passed = Arc::clone(&self.passed);
        Some(Arc::new(move |version| {
            let passes = ledger.passes_over(version);
            if passes {
                passed.add(version.kind());
            }
            passes
        }))
    }

    /// Whether the files of a unit are passed over; nothing is told of it.
    pub(super) fn has(&self, unit: &SourceUnit) -> bool {
        let ledger = self.ledger.as_ref().filter(|ledger| ledger.passes_over);
        let version = ledger.and_then(|_| source::version(unit));
        let both = ledger.zip(version);
        both.is_some_and(|(ledger, version)| ledger.passes_over(version))
    }

    /// Tells of the inputs that were passed over since the last time.
    pub(super) fn tell_passed(&self) {
        let untold = self.passed.untold.lock();
        let untold = std::mem::take(&mut *untold.unwrap_or_else(PoisonError::into_inner));
        for (kind, count) in untold {
            let _ = self.notes.blocking_send(Note::PassedOver(kind, count));
        }
    }

    /// Begins with an input that is read.
    pub(super) fn begin(&mut self, version: Option<InputVersion>) {
        self.tell_passed();
        let ledger = self.ledger.as_ref().filter(|ledger| ledger.notes_inputs);
        let mark = ledger.zip(version);
        self.open = mark.map(|(ledger, version)| OpenInput::new(ledger.mark(version)));
    }

    /// Something of the input could not be read, so it has to be read again.
    pub(super) fn spoil(&mut self) {
        self.open = None;
    }

    /// An event of the input that is to be sent.
    pub(super) fn add(&self, event: OutgoingEvent) -> OutgoingEvent {
        match &self.open {
            Some(open) => event.of_input(Arc::clone(open)),
            None => event,
        }
    }

    /// An event of the input that is not sent. Only of what is there already, and of what makes no event, nothing more
    /// is to be done.
    pub(super) fn leave_out(&mut self, reason: &NotSent) {
        if !matches!(reason, NotSent::AcceptedBefore | NotSent::NoEvent(_)) {
            self.spoil();
        }
    }

    /// The input was read to its end.
    pub(super) fn end(&mut self) {
        let complete = self.open.take().and_then(|open| open.complete_one());
        if let Some((ledger, mark)) = self.ledger.as_ref().zip(complete) {
            let now = jiff::Timestamp::now().as_millisecond();
            // Not noted, it is read once more.
            if let Err(error) = ledger.history.note_inputs(now, &[mark]) {
                tracing::debug!(%error, "an input is not noted");
            }
        }
    }
}
