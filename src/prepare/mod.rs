//! One preparation of an event: a completion, its edits, the settings and the kind of destination become the
//! exact request, with all that is known of it before a connection is made.
//!
//! The inspector's panels, `send` and its dry run, the history and the copied curl command start from a
//! [`Prepared`] and from nothing else, so what is shown, kept and copied is what is sent.

mod endpoint;
mod run;
mod workshop;

use uuid::Uuid;

pub use endpoint::{Endpoint, HeaderValue, MASK, PROJECT_HEADER, SINK_KEY, USER_AGENT};
pub use run::{HistoryIsLost, KnownEvent, KnownEvents, SendRun};
pub use workshop::{TRACK_IS_DISCARDED, WorkshopNote, WorkshopRuns};

use crate::completion::{Completion, Edits};
use crate::event::DestinationKind;
use crate::event::Event;
use crate::event::privacy::{self, Outbound, Privacy};
use crate::event::wire::{self, EVENT_LIMIT, WireRequest};
use crate::mapping::{self, Context, Outcome};

/// What decides over a request besides the completion and its edits.
#[derive(Debug, Clone)]
pub struct PrepareOptions {
    /// The default user, and the time that stands in where nothing tells when the generation ended.
    pub context: Context,
    /// Whether the conversation's text is kept back.
    pub privacy: Privacy,
    /// What the event is meant for.
    pub kind: DestinationKind,
}

impl PrepareOptions {
    /// What of an event leaves, and to what.
    pub fn apply<'e>(&self, event: &'e Event) -> Outbound<'e> {
        outbound(event, self.privacy, self.kind)
    }
}

/// An event that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The completion's name.
    pub name: String,
    /// The exact request: route, event id and the bytes of the body.
    pub request: WireRequest,
    /// The mode it was made with; with privacy mode on its body is not remembered.
    pub privacy: Privacy,
    /// The time that the event was mapped with, in milliseconds since 1970: preparing the completion again
    /// with this time gives the same bytes.
    pub made_at: i64,
    /// Tells one body from another.
    pub digest: Uuid,
    /// Where it repeats the conversation past privacy mode, as JSON pointers; none where that was not looked for, as without
    /// privacy mode.
    pub leaks: Option<Vec<String>>,
}

/// Why a completion's event is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// OpenRouter broadcasts nothing of this completion, and why.
    #[error("{0}")]
    NoEvent(String),
    /// The event is larger than Raindrop takes. A server would say 413 at best.
    #[error(
        "the event has {bytes} bytes and Raindrop takes at most {EVENT_LIMIT} (1 MiB): shorten what was asked or answered, or send it in privacy mode"
    )]
    TooLarge {
        /// How many bytes its JSON has.
        bytes: usize,
    },
    /// It was read from a report that was made without text: what stands for its texts would take their place.
    #[error(
        "the report that it was read from was made without text; send it from where the report was made from"
    )]
    TextMissing,
    /// The same event was prepared before in this run.
    #[error("the same event stood in the input before")]
    Repeated,
    /// Another event with this id was prepared before in this run.
    #[error(
        "an event with this id and other content stood in the input before; one id can stand for one event only"
    )]
    Conflicting,
    /// The history says that the destination has it.
    #[error("accepted before")]
    AcceptedBefore,
    /// What the destination has is to be left out, and the history can't be asked any more.
    #[error("whether it was accepted before can't be told, since the history can't be read")]
    HistoryLost,
    /// The event was made elsewhere, with text that privacy mode keeps back.
    #[error(
        "privacy mode is on, and this event carries text of the conversation: map it with --privacy"
    )]
    HasText,
    /// What OpenRouter delivered of the same generation stands in the input too: that is what it really saw.
    #[error(
        "OpenRouter's own delivery of this generation stands in the input too, and is what is sent"
    )]
    Delivered,
}

/// A completion whose event is not sent: the reason and, where there is an event, its request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unsent {
    /// Why.
    pub reason: NotSent,
    /// What would have been sent; none where there is no event.
    pub request: Option<WireRequest>,
}

impl NotSent {
    /// Which of the reasons it is.
    pub const fn kind(&self) -> NotSentKind {
        match self {
            NotSent::NoEvent(_) => NotSentKind::NoEvent,
            NotSent::TooLarge { .. } => NotSentKind::TooLarge,
            NotSent::TextMissing => NotSentKind::TextMissing,
            NotSent::Repeated => NotSentKind::Repeated,
            NotSent::Conflicting => NotSentKind::Conflicting,
            NotSent::AcceptedBefore => NotSentKind::AcceptedBefore,
            NotSent::HistoryLost => NotSentKind::HistoryLost,
            NotSent::HasText => NotSentKind::HasText,
            NotSent::Delivered => NotSentKind::Delivered,
        }
    }
}

/// A reason for which events are not sent, without what is particular to one of them. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotSentKind {
    /// [`NotSent::TooLarge`].
    TooLarge,
    /// [`NotSent::TextMissing`].
    TextMissing,
    /// [`NotSent::Conflicting`].
    Conflicting,
    /// [`NotSent::HasText`].
    HasText,
    /// [`NotSent::HistoryLost`].
    HistoryLost,
    /// [`NotSent::AcceptedBefore`].
    AcceptedBefore,
    /// [`NotSent::Repeated`].
    Repeated,
    /// [`NotSent::Delivered`].
    Delivered,
    /// [`NotSent::NoEvent`].
    NoEvent,
}

impl NotSentKind {
    /// Every reason, the worst first.
    pub const ALL: [NotSentKind; 9] = [
        NotSentKind::TooLarge,
        NotSentKind::TextMissing,
        NotSentKind::Conflicting,
        NotSentKind::HasText,
        NotSentKind::HistoryLost,
        NotSentKind::AcceptedBefore,
        NotSentKind::Repeated,
        NotSentKind::Delivered,
        NotSentKind::NoEvent,
    ];

    /// The word for it in results.
    pub const fn name(self) -> &'static str {
        match self {
            NotSentKind::NoEvent => "no-event",
            NotSentKind::TooLarge => "too-large",
            NotSentKind::TextMissing => "text-missing",
            NotSentKind::Repeated => "repeated",
            NotSentKind::Conflicting => "conflicting",
            NotSentKind::AcceptedBefore => "accepted-before",
            NotSentKind::HistoryLost => "history-lost",
            NotSentKind::HasText => "has-text",
            NotSentKind::Delivered => "delivered",
        }
    }

    /// The words for one such event in a list.
    pub const fn word(self) -> &'static str {
        match self {
            NotSentKind::NoEvent => "no event",
            NotSentKind::TooLarge => "too large",
            NotSentKind::TextMissing => "text missing",
            NotSentKind::Repeated => "repeated",
            NotSentKind::Conflicting => "conflicting",
            NotSentKind::AcceptedBefore => "sent before",
            NotSentKind::HistoryLost => "not known",
            NotSentKind::HasText => "kept back",
            NotSentKind::Delivered => "delivered",
        }
    }

    /// The words behind a number of such events.
    pub const fn of_many(self) -> &'static str {
        match self {
            NotSentKind::NoEvent => "without event",
            NotSentKind::TooLarge => "too large",
            NotSentKind::TextMissing => "from a report without text",
            NotSentKind::Repeated => "repeated",
            NotSentKind::Conflicting => "conflicting",
            NotSentKind::AcceptedBefore => "accepted before",
            NotSentKind::HistoryLost => "not sent, since the history was lost",
            NotSentKind::HasText => "kept back by privacy mode",
            NotSentKind::Delivered => "sent as OpenRouter delivered them",
        }
    }

    /// Whether an event is lost that should have been sent.
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            NotSentKind::TooLarge
                | NotSentKind::TextMissing
                | NotSentKind::Conflicting
                | NotSentKind::HasText
                | NotSentKind::HistoryLost
        )
    }
}

impl Prepared {
    /// What is to be sent for a completion. Fails where the event is larger than Raindrop takes, so every
    /// `Prepared` may be sent.
    ///
    /// # Errors
    /// [`NotSent::TooLarge`].
    pub fn new(
        name: String,
        request: WireRequest,
        privacy: Privacy,
        made_at: i64,
    ) -> Result<Prepared, Unsent> {
        let bytes = request.event_size();
        if bytes > EVENT_LIMIT {
            return Err(Unsent {
                reason: NotSent::TooLarge { bytes },
                request: Some(request),
            });
        }
        Ok(Prepared {
            digest: digest(&request.body),
            name,
            request,
            privacy,
            made_at,
            leaks: None,
        })
    }

    /// The first of its leaks past privacy mode, in words.
    pub fn first_leak(&self) -> Option<String> {
        let at = self.leaks.as_ref()?.first()?;
        Some(format!(
            "privacy-leak: privacy mode is on, and {at} repeats words of the conversation; `rainscope check --privacy` names every place"
        ))
    }
}

/// Prepares a completion's event under its own, stable id.
///
/// # Errors
/// Where the completion makes no event, one that is too large, or one whose texts are not here.
pub fn prepare(
    completion: &Completion,
    edits: &Edits,
    options: &PrepareOptions,
) -> Result<Prepared, Unsent> {
    let event = event(completion, edits, options)?;
    let prepared = of_event(completion, &event, options)?;
    match may_leave(completion, &event) {
        Err(reason) => Err(Unsent {
            reason,
            request: Some(prepared.request),
        }),
        Ok(()) => Ok(prepared),
    }
}

/// Whether a completion's event may leave under its own id, by whatever way: sent, printed as a request, or copied as one.
///
/// # Errors
/// [`NotSent::TextMissing`].
pub fn may_leave(completion: &Completion, event: &Event) -> Result<(), NotSent> {
    match mapping::lacks_text(completion, event) {
        true => Err(NotSent::TextMissing),
        false => Ok(()),
    }
}

/// Prepares a completion's event under an id of its own, so that it shows as an event of its own.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_test_trace(
    completion: &Completion,
    edits: &Edits,
    options: &PrepareOptions,
    fresh_id: &str,
) -> Result<Prepared, Unsent> {
    let event = event(completion, edits, options)?;
    of_event(
        completion,
        &mapping::with_fresh_id(&event, fresh_id),
        options,
    )
}

fn event(
    completion: &Completion,
    edits: &Edits,
    options: &PrepareOptions,
) -> Result<Event, Unsent> {
    match mapping::map(completion, edits, &options.context).outcome {
        Outcome::Event(event) => Ok(event),
        Outcome::NoEvent(none) => Err(Unsent {
            reason: NotSent::NoEvent(none.says),
            request: None,
        }),
    }
}

/// What of an event that was mapped already leaves for a destination of a kind; its route, size and fields
/// follow from that.
pub fn outbound(event: &Event, privacy: Privacy, kind: DestinationKind) -> Outbound<'_> {
    privacy::apply(event, privacy).bound_for(kind)
}

fn of_event(
    completion: &Completion,
    event: &Event,
    options: &PrepareOptions,
) -> Result<Prepared, Unsent> {
    Prepared::new(
        completion.name.clone(),
        wire::request(options.apply(event)),
        options.privacy,
        options.context.now,
    )
}

/// Tells one body from another where the body itself is not kept.
pub fn digest(body: &[u8]) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, body)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::event::wire::Route;

    fn completion() -> Completion {
        let text = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"Hello"}],"user":"ada"},
            "response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}}"#;
        let mut loaded = crate::load("a.json", text.as_bytes());
        loaded.completions.remove(0)
    }

    fn options(privacy: Privacy, kind: DestinationKind) -> PrepareOptions {
        PrepareOptions {
            context: Context::at(0),
            privacy,
            kind,
        }
    }

    #[test]
    fn the_route_is_right_for_the_destination_from_the_start() {
        use DestinationKind::{LocalSink, Raindrop, Workshop};
        use Privacy::{Off, On};
        let table = [
            (Off, Raindrop, Route::Track),
            (Off, LocalSink, Route::Track),
            (Off, Workshop, Route::TrackPartial),
            (On, Raindrop, Route::TrackPartial),
            (On, LocalSink, Route::TrackPartial),
            (On, Workshop, Route::TrackPartial),
        ];
        for (privacy, kind, route) in table {
            let options = options(privacy, kind);
            let prepared = prepare(&completion(), &Edits::none(), &options).unwrap();
            let case = format!("{privacy:?} {kind:?}");
            assert_eq!(prepared.request.route, route, "{case}");
            let body = String::from_utf8(prepared.request.body.to_vec()).unwrap();
            let is_partial = route == Route::TrackPartial;
            assert_eq!(body.starts_with('{'), is_partial, "{case}: {body}");
            assert_eq!(body.starts_with("[{"), !is_partial, "{case}: {body}");
            let says_so = body.ends_with(r#","is_pending":false}"#);
            assert_eq!(says_so, is_partial, "{case}: {body}");
            assert_eq!(body.contains("Hello"), privacy == Off, "{case}: {body}");
        }
    }

    #[test]
    fn what_is_sent_again_is_right_for_its_destination() {
        for privacy in [Privacy::Off, Privacy::On] {
            let made = |kind| {
                let options = options(privacy, kind);
                prepare(&completion(), &Edits::none(), &options)
                    .unwrap()
                    .request
            };
            let (raindrop, workshop) = (
                made(DestinationKind::Raindrop),
                made(DestinationKind::Workshop),
            );
            let again = raindrop.clone().bound_for(DestinationKind::Workshop);
            assert_eq!(again, workshop);
            assert_eq!(again.clone().bound_for(DestinationKind::Workshop), again);
            let sink = raindrop.clone().bound_for(DestinationKind::LocalSink);
            assert_eq!(sink, raindrop);
        }
    }

    #[test]
    fn a_test_trace_has_an_id_of_its_own() {
        let options = options(Privacy::Off, DestinationKind::Workshop);
        let own = prepare(&completion(), &Edits::none(), &options).unwrap();
        let test = prepare_test_trace(&completion(), &Edits::none(), &options, "fresh").unwrap();
        assert_eq!(test.request.event_id, "fresh");
        assert_ne!(own.request.event_id, "fresh");
        assert_ne!(own.digest, test.digest);
    }

    /// Its event has the id of the real one, whose texts it would replace.
    #[test]
    fn what_a_report_tells_without_text_is_never_sent_under_its_id() {
        for (text, is_sent) in [("included", true), ("withheld", false)] {
            let sample = r#"{"response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}}"#;
            let report = format!(
                "<!doctype html>{}{{\"rainscope_report\":1,\"text\":\"{text}\",\"completions\":[{{\"sample\":{sample}}}]}}</script>",
                crate::completion::load::report::DATA_BEGINS
            );
            let loaded = crate::load("r.html", report.as_bytes());
            let options = options(Privacy::Off, DestinationKind::Raindrop);
            let completion = &loaded.completions[0];
            let prepared = prepare(completion, &Edits::none(), &options);
            assert_eq!(prepared.is_ok(), is_sent, "{text}");
            let test = prepare_test_trace(completion, &Edits::none(), &options, "fresh");
            assert!(test.is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_too_large_is_never_prepared() {
        for (bytes, fits) in [(EVENT_LIMIT, true), (EVENT_LIMIT + 1, false)] {
            for (route, around) in [(Route::Track, 2), (Route::TrackPartial, 0)] {
                let request = WireRequest {
                    route,
                    event_id: "e".to_owned(),
                    body: vec![b'x'; bytes + around].into(),
                };
                let prepared = Prepared::new(String::new(), request, Privacy::Off, 0);
                assert_eq!(prepared.is_ok(), fits, "{bytes} {route:?}");
                if let Err(unsent) = prepared {
                    let says = unsent.to_string();
                    assert!(says.contains(&format!("{bytes} bytes")), "{says}");
                }
            }
        }
    }
}
