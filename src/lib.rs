//! rainscope: what OpenRouter's Broadcast sends to Raindrop, field by field.
//!
//! Data flows one way: bytes are loaded into a [`completion::Completion`], [`mapping`] makes the
//! [`event::Event`] of it, [`event::privacy`] decides what of it may leave, [`event::wire`] makes the
//! exact bytes, and the delivery sends them. The middle is pure; files, sockets, clocks and the
//! terminal are at the edge.
//!
//! # As a library
//!
//! [`load`] reads a file's bytes, whatever their format, and [`map`] makes an event of each completion.
//! The command line, the screen, the settings and the network are behind the feature `tui`, which is on by default;
//! with `default-features = false` none of their dependencies is built.
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

/// The README's example, which the documentation tests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// Pure: no file, socket, clock, chance, environment, thread or terminal. `clippy.toml` says what that
// forbids, and `tests/core/architecture` checks what each file names.
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod capture;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod completion;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod display;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod event;
#[cfg(feature = "tui")]
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod inspector;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod json;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod mapping;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod prepare;
#[cfg(feature = "tui")]
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub(crate) mod redact;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod samples;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod share;

// The edges.
#[cfg(feature = "tui")]
pub mod cli;
#[cfg(feature = "tui")]
pub mod delivery;
#[cfg(feature = "tui")]
pub mod destination;
#[cfg(feature = "tui")]
pub mod diagnostics;
pub mod feed;
#[cfg(feature = "tui")]
pub mod fetch;
#[cfg(feature = "tui")]
pub(crate) mod files;
#[cfg(feature = "tui")]
pub(crate) mod http_server;
#[cfg(feature = "tui")]
pub mod listen;
#[cfg(feature = "tui")]
pub mod openrouter;
#[cfg(feature = "tui")]
pub mod proxy;
#[cfg(feature = "tui")]
pub mod runtime;
#[cfg(feature = "tui")]
pub mod settings;
pub mod source;
pub mod system;
#[cfg(feature = "tui")]
pub mod terminal;

pub use completion::load::{Loaded, Problem, load};
pub use completion::{Completion, Edit, Edits};
pub use event::Event;
pub use event::privacy::Privacy;
pub use event::wire::WireRequest;
pub use json::JsonText;
pub use mapping::{Code, Finding, Mapped, Outcome, Severity};

/// Maps a completion to the event that OpenRouter's Broadcast would make of it, with `edits` laid over
/// its trace metadata, and reports all findings: what was assumed, what was lost, what would leak.
///
/// The clock is looked at only where nothing tells when the generation ended (finding
/// [`Code::TimeAssumed`]); [`mapping::inspect`] takes the time as an argument.
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
    let at = |millis| mapping::inspect(completion, edits, &mapping::Context::at(millis));
    let mapped = at(0);
    let is_assumed = |finding: &Finding| finding.code == Code::TimeAssumed;
    match mapped.findings.iter().any(is_assumed) {
        true => at(jiff::Timestamp::now().as_millisecond()),
        false => mapped,
    }
}

/// The request that would send an event: route and exact bytes of the body.
pub fn request(event: &Event, privacy: Privacy) -> WireRequest {
    event::wire::request(event::privacy::apply(event, privacy))
}

/// An event's JSON as it stands in the `events/track` array, or as the whole `events/track_partial`
/// body where that is its route.
pub fn event_json(event: &Event, privacy: Privacy) -> String {
    let mut out = String::new();
    event::wire::write_event(event::privacy::apply(event, privacy), &mut out);
    out
}
