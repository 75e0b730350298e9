//! One completion to one Raindrop event: the rules, what they used, and what they left behind.
//!
//! Pure: the time of sending comes in as an argument. Each step of [`rules::RULES`] says how far it is
//! known to be what OpenRouter does.

mod build;
mod claude_code;
mod default_user;
mod deliveries;
mod differences;
mod fate;
pub mod finding;
mod identity;
mod parts;
mod reading;
pub mod rules;
pub mod scan;
pub mod twins;

pub use build::{UnknownField, delivered, expected};
pub use default_user::{DefaultUser, DefaultUserOrigin};
pub use deliveries::{Deliveries, is_delivery};
pub use differences::{DeliveryDifference, between};
pub use fate::{Contents, Fate, contents, contents_of_each, fate, fate_of_edit, fates, superseded};
pub use finding::{Code, Finding, Severity};
pub use identity::{generation_id, with_fresh_id};

use parts::Parts;

use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::Event;
use crate::json::NodeId;

/// What the mapping takes from outside the completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Milliseconds since 1970; used where nothing tells when a generation ended.
    pub now: i64,
    /// The user of an event whose completion names none.
    pub default_user: DefaultUser,
}

impl Context {
    /// The default user that OpenRouter's destination is taken to use (assumed).
    pub const DEFAULT_USER: &str = "anonymous";

    /// A context for a time, with the default user.
    pub fn at(now: i64) -> Context {
        Context {
            now,
            default_user: DefaultUser::new(Context::DEFAULT_USER, DefaultUserOrigin::Rainscope),
        }
    }

    /// The same with a default user that the caller chose.
    #[must_use]
    pub fn with_default_user(self, name: &str) -> Context {
        Context {
            default_user: DefaultUser::new(name, DefaultUserOrigin::Given),
            ..self
        }
    }
}

/// Why a completion makes no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEvent {
    /// A stable word: `error-body` and `failed-delivery` where nothing was generated; `no-response`, `no-answer`
    /// and `not-final` where that is not known.
    pub reason: &'static str,
    /// Where in the completion that shows.
    pub pointer: String,
    /// One sentence for people.
    pub says: String,
}

impl NoEvent {
    /// Whether it is known that nothing was generated. Else there may be an event that is not seen from here.
    pub fn is_certain(&self) -> bool {
        matches!(self.reason, "error-body" | "failed-delivery")
    }
}

/// The event, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// What Raindrop would get.
    Event(Event),
    /// OpenRouter broadcasts nothing.
    NoEvent(NoEvent),
}

/// What a source value was to the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It became, or went into, the field with this index.
    Became(usize),
    /// Another source of the field with this index came first.
    Superseded(usize),
    /// The field with this index has its name.
    Shadowed(usize),
    /// A system property has its name, and is unknown.
    Reserved,
    /// It is of no use as it is; the words say why.
    Unusable(&'static str),
}

/// A completion's event and all that is to be said about how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The event, or why there is none.
    pub outcome: Outcome,
    /// In the order of the event's fields.
    pub findings: Vec<Finding>,
    /// Fields that the real event has and this one cannot have, in the order of the event.
    pub unknown: Vec<UnknownField>,
    /// The trace metadata after the edits.
    pub metadata: TraceMetadata,
    marks: Vec<(NodeId, Mark)>,
}

impl Mapped {
    /// The event, if there is one.
    pub fn event(&self) -> Option<&Event> {
        match &self.outcome {
            Outcome::Event(event) => Some(event),
            Outcome::NoEvent(_) => None,
        }
    }

    /// What privacy mode can promise of the event, by the findings of a scan ([`inspect`]).
    pub fn verdict(&self, completion: &Completion) -> scan::PrivacyVerdict {
        let is_leak = |finding: &Finding| finding.code == Code::PrivacyLeak;
        let has_leaks = self.findings.iter().any(is_leak);
        let known = scan::leaks::Known::of(completion);
        let said = scan::Said::Texts(completion);
        scan::PrivacyVerdict::of(self.event(), has_leaks, known, said)
    }

    /// Source values that the mapping looked at, used or not.
    pub fn marked(&self) -> impl Iterator<Item = NodeId> {
        self.marks.iter().map(|(id, _)| *id)
    }

    /// The worst severity among the findings.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}

/// Whether a completion came out of a report that was made without text, so that its event is nobody's.
pub fn lacks_text(completion: &Completion, event: &Event) -> bool {
    build::lacks_text(completion, &event.fields)
}

/// Maps a completion, with the user's edits laid over its trace metadata.
///
/// The findings are those that the mapping itself comes across; [`inspect`] adds what only a scan of
/// the texts tells.
pub fn map(completion: &Completion, edits: &Edits, context: &Context) -> Mapped {
    build::build(completion, edits, context)
}

/// Maps a completion and scans the event: leaks, secrets, sizes.
pub fn inspect(completion: &Completion, edits: &Edits, context: &Context) -> Mapped {
    inspect_among(completion, edits, context, &scan::ReadTexts::default())
}

/// As [`inspect`], for one completion after another: values that repeat are read once.
pub fn inspect_among(
    completion: &Completion,
    edits: &Edits,
    context: &Context,
    texts: &scan::ReadTexts,
) -> Mapped {
    let mut mapped = map(completion, edits, context);
    let found = mapped.event().map(|event| {
        let suspects = scan::leaks::Suspects::among(scan::user_made(event), texts);
        let conversation = scan::leaks::Conversation::for_suspects(completion, &suspects);
        scan::findings_among(event, &conversation, texts)
    });
    mapped.findings.extend(found.unwrap_or_default());
    mapped
}

/// As [`inspect`], with the conversation already read.
pub fn inspect_with(
    completion: &Completion,
    edits: &Edits,
    context: &Context,
    conversation: &scan::leaks::Conversation,
) -> Mapped {
    let mut mapped = map(completion, edits, context);
    let found = mapped
        .event()
        .map(|event| scan::findings(event, conversation))
        .unwrap_or_default();
    mapped.findings.extend(found);
    mapped
}
