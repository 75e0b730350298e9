//! What OpenRouter's Broadcast sends to Raindrop for a completion, field by field.
//!
//! OpenRouter can broadcast every LLM completion to [Raindrop](https://raindrop.ai). This library makes the event that
//! Raindrop would get, says where each of its fields came from and how far that is known, and reports what was
//! lost, assumed, or would leak.
//!
//! | from | to | by |
//! |---|---|---|
//! | the bytes of a file, whatever its format | completions | [`load`] |
//! | a completion | its event and findings | [`map()`], [`map_at`] |
//! | an event, with privacy mode on or off | the request that would send it | [`request`], [`event_json`] |
//! | an event | where each field came from, what was left behind, and why | [`explain`] |
//!
//! All of it is pure, but for [`map()`], which reads the clock where nothing tells when a generation ended. Imperfect
//! input is normal, so nothing fails as a whole: what can't be read is among the [`Problem`]s of what was
//! [`Loaded`], and what deserves a look is among the [`Finding`]s of what was [`Mapped`].
//!
//! ```
//! use rainscope::{Edits, Privacy};
//!
//! let bytes = br#"{
//!     "request": {
//!         "model": "openai/gpt-4o-mini",
//!         "messages": [{"role": "user", "content": "What time is it?"}],
//!         "user": "ada"
//!     },
//!     "response": {
//!         "id": "gen-1",
//!         "model": "openai/gpt-4o-mini",
//!         "choices": [{"message": {"content": "Half past two."}, "finish_reason": "stop"}],
//!         "usage": {"cost": 1.48e-05}
//!     },
//!     "completed_at": "2026-06-05T12:31:53.986Z"
//! }"#;
//!
//! let loaded = rainscope::load("time.json", bytes);
//! assert!(loaded.problems.is_empty());
//!
//! let mapped = rainscope::map(&loaded.completions[0], &Edits::none());
//! let event = mapped.event().expect("a generation");
//! let cost = event.fields.iter().find(|field| field.pointer() == "/properties/total_cost");
//! // A number's text survives, and each field knows where it came from.
//! assert_eq!(cost.map(|field| field.value.as_str()), Some("1.48e-05"));
//! assert_eq!(cost.map(|field| field.provenance.step.from), Some("usage.cost"));
//!
//! // What would be sent with privacy mode on.
//! let request = rainscope::request(event, Privacy::On);
//! assert_eq!(request.route.path(), "/v1/events/track_partial");
//! assert!(!String::from_utf8_lossy(&request.body).contains("Half past two"));
//! ```
//!
//! # Features
//!
//! `program`, on by default, is the program `rainscope`: command line, screen, settings and network. With
//! `default-features = false` none of its dependencies is built.
//!
//! The modules are public for the program and its tests; only what this page lists is meant for other crates, and
//! the modules may change in any version.

/// The README's example, which the documentation tests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// Hidden from the documentation alone, so that undocumented items in them are still reported.
//
// Pure: no file, socket, clock, chance, environment, thread or terminal. `clippy.toml` says what that
// forbids, and `tests/core/architecture` checks what each file names.
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod capture;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod completion;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod display;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod event;
#[cfg(feature = "program")]
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod inspector;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod json;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod mapping;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod prepare;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub(crate) mod redact;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod samples;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod share;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
#[cfg_attr(doc, doc(hidden))]
pub mod verify;

// The edges.
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod cli;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod clock;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod delivery;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod destination;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod diagnostics;
#[cfg_attr(doc, doc(hidden))]
pub mod feed;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod fetch;
#[cfg(feature = "program")]
pub(crate) mod files;
#[cfg(feature = "program")]
pub(crate) mod http_server;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod listen;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod openrouter;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod proxy;
#[cfg(feature = "program")]
pub(crate) mod report_deliveries;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod runtime;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod s3;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod settings;
#[cfg_attr(doc, doc(hidden))]
pub mod source;
#[cfg_attr(doc, doc(hidden))]
pub mod system;
#[cfg(feature = "program")]
#[cfg_attr(doc, doc(hidden))]
pub mod terminal;

pub use completion::load::{Loaded, Problem, ProblemKind, load};
pub use completion::{Api, Completion, Edit, Edits, Format, Origin, TraceMetadata};
pub use event::privacy::Privacy;
pub use event::wire::{EVENT_LIMIT, Route, WireRequest};
pub use event::{Confidence, Event, Field, Provenance, Rule, Section, Source, Step};
pub use json::{Document, JsonText, NodeId, Position, Value};
pub use mapping::rules::RULES;
pub use mapping::{
    Code, Context, DefaultUser, DefaultUserOrigin, Finding, Mapped, NoEvent, Outcome, Severity,
    UnknownField,
};

/// Maps a completion to the event that OpenRouter's Broadcast would make of it, with `edits` laid over
/// its trace metadata, and reports all findings: what was assumed, what was lost, what would leak.
///
/// The clock is looked at only where nothing tells when the generation ended (finding
/// [`Code::TimeAssumed`]); [`map_at`] takes the time as an argument.
///
/// ```
/// use rainscope::{Edit, Edits, JsonText};
///
/// let loaded = rainscope::load("answer.json", br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#);
/// let edits: Edits = [
///     Edit::User(Some("ada".to_owned())),
///     Edit::SetKey { key: "build".to_owned(), value: JsonText::integer(7) },
/// ]
/// .into_iter()
/// .collect();
///
/// let mapped = rainscope::map(&loaded.completions[0], &edits);
/// let json = rainscope::event_json(mapped.event().expect("a generation"), rainscope::Privacy::Off);
/// assert!(json.contains(r#""user_id":"ada""#));
/// assert!(json.ends_with(r#""build":7}}"#));
/// assert!(mapped.findings.iter().any(|finding| finding.code == rainscope::Code::TimeAssumed));
/// ```
pub fn map(completion: &Completion, edits: &Edits) -> Mapped {
    let at = |millis| map_at(completion, edits, &Context::at(millis));
    let mapped = at(0);
    let is_assumed = |finding: &Finding| finding.code == Code::TimeAssumed;
    match mapped.findings.iter().any(is_assumed) {
        true => at(jiff::Timestamp::now().as_millisecond()),
        false => mapped,
    }
}

/// The same with the time and the default user as arguments, so that equal input gives equal output.
///
/// ```
/// use rainscope::{Context, Edits};
///
/// let loaded = rainscope::load("answer.json", br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#);
/// let context = Context::at(1_780_662_840_000).with_default_user("ci");
/// let mapped = rainscope::map_at(&loaded.completions[0], &Edits::none(), &context);
/// let json = rainscope::event_json(mapped.event().expect("a generation"), rainscope::Privacy::Off);
/// assert!(json.contains(r#""user_id":"ci""#));
/// assert!(json.contains(r#""timestamp":"2026-06-05T12:34:00.000Z""#));
/// ```
pub fn map_at(completion: &Completion, edits: &Edits, context: &Context) -> Mapped {
    mapping::inspect(completion, edits, context)
}

/// The request that would send an event to Raindrop: its route, and the exact bytes of its body.
///
/// ```
/// use rainscope::{Edits, Privacy, Route};
///
/// let loaded = rainscope::load("answer.json", br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#);
/// let mapped = rainscope::map(&loaded.completions[0], &Edits::none());
/// let request = rainscope::request(mapped.event().expect("a generation"), Privacy::Off);
/// assert_eq!(request.route, Route::Track);
/// assert!(request.body.starts_with(b"[{"));
/// ```
pub fn request(event: &Event, privacy: Privacy) -> WireRequest {
    event::wire::request(event::privacy::apply(event, privacy))
}

/// An event's JSON as it stands in the `events/track` array, or as the whole `events/track_partial`
/// body where that is its route.
///
/// ```
/// use rainscope::{Edits, Privacy};
///
/// let loaded = rainscope::load("answer.json", br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#);
/// let mapped = rainscope::map(&loaded.completions[0], &Edits::none());
/// let event = mapped.event().expect("a generation");
/// assert!(rainscope::event_json(event, Privacy::Off).contains("Yes."));
/// assert!(!rainscope::event_json(event, Privacy::On).contains("Yes."));
/// ```
pub fn event_json(event: &Event, privacy: Privacy) -> String {
    let mut out = String::new();
    event::wire::write_event(event::privacy::apply(event, privacy), &mut out);
    out
}

/// A completion's event with its explanation as one JSON object; none where there is no event. Its members:
///
/// - `event`: the event as it would be sent;
/// - `provenance`: for the pointer of each value of the event, the pointers into the completion that it was made `from`
///   and where those stand (`at`, as `file:line:column`), the `rule` and `step` that made it, and the `confidence` in
///   that step (`documented`, `observed`, `assumed`);
/// - `findings`: each with `code`, `severity`, `pointer` and `help`;
/// - `dropped` and `containers`: what became of the completion's other values, and why;
/// - `unknown`: fields that the real event has and this one can't have;
/// - `loaded_as` and `loaded_from`: the format that the completion was found in, and where (`file:line:column`).
///
/// ```
/// use rainscope::{Edits, Privacy};
///
/// let loaded = rainscope::load("answer.json", br#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#);
/// let completion = &loaded.completions[0];
/// let mapped = rainscope::map(completion, &Edits::none());
/// let explained = rainscope::explain(completion, &mapped, Privacy::Off).expect("a generation");
/// assert!(explained.contains(r#""/ai_data/output":{"from":["/response/choices/0/message/content"]"#));
/// ```
pub fn explain(completion: &Completion, mapped: &Mapped, privacy: Privacy) -> Option<String> {
    let outbound = event::privacy::apply(mapped.event()?, privacy);
    let mut out = String::new();
    share::explain::write(completion, mapped, outbound, &mut out);
    Some(out)
}
