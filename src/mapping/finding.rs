//! What deserves a word about a completion and its event. Codes are stable; a script may rely on them.

use super::scan::secrets;
use crate::display;
use crate::json::pointer;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something is lost or assumed.
    Warning,
    /// The event would be refused, or would leak.
    Error,
}

impl Severity {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $severity:ident, $means:literal, $remedy:literal;)+) => {
        /// A finding's stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The code as users write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }

            /// How much a finding with this code matters.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// What it means, in so few words that a narrow line has room for them.
            pub const fn means(self) -> &'static str {
                match self { $(Code::$variant => $means,)+ }
            }

            /// What to do, or what comes of it, as short; empty where there is nothing to add.
            pub const fn remedy(self) -> &'static str {
                match self { $(Code::$variant => $remedy,)+ }
            }
        }
    };
}

impl Code {
    /// Whether the rest of an answer that still arrives can take it away: it is about what comes with the answer, and most of
    /// that comes last.
    pub(super) const fn is_settled_by_the_answer(self) -> bool {
        matches!(
            self,
            Code::TimeAssumed
                | Code::DurationUnknown
                | Code::DurationIsLowerBound
                | Code::CostUnknown
                | Code::TokensUnknown
                | Code::TokensAssumed
                | Code::FinishReasonUnknown
                | Code::ProviderUnknown
                | Code::OutputIsRefusal
                | Code::ToolCallOnly
                | Code::StreamIncomplete
                | Code::SeveralGenerations
                | Code::ModelDiffers
                | Code::EventWithoutText
        )
    }
}

codes! {
    /// It was read from a report that was made without text, so words of this program stand where its values stood.
    ReportWithoutText = "report-without-text", Error,
        "from a report without text", "check the original";
    /// No user was given; the event gets the default one.
    UserMissing = "user-missing", Warning,
        "no user was given", "set `user` in the request";
    /// The user id is longer than OpenRouter takes (128).
    UserTooLong = "user-too-long", Error,
        "the user id is over 128 characters", "shorten it";
    /// No session was given; the event belongs to no conversation.
    SessionMissing = "session-missing", Info,
        "no session was given", "set `session_id`";
    /// The session id is longer than OpenRouter takes (256).
    SessionTooLong = "session-too-long", Error,
        "the session id is over 256 characters", "cut it";
    /// The session came by the header alone.
    SessionInHeaderOnly = "session-in-header-only", Info,
        "session by header alone", "the body's would win";
    /// Nothing tells when the generation ended.
    TimeAssumed = "time-assumed", Warning,
        "the end is unknown", "add \"completed_at\"";
    /// A time is there that can't be read, or is older than OpenRouter.
    TimeImplausible = "time-implausible", Warning,
        "a time can't be right", "look where it is from";
    /// Nothing tells how long it took.
    DurationUnknown = "duration-unknown", Warning,
        "the duration is unknown", "add \"duration_ms\"";
    /// The duration lacks the router's own time.
    DurationIsLowerBound = "duration-is-lower-bound", Info,
        "the duration lacks the router's own time", "";
    /// Nothing tells what it cost.
    CostUnknown = "cost-unknown", Warning,
        "the cost is unknown", "add a generation record";
    /// Nothing tells how many tokens it took.
    TokensUnknown = "tokens-unknown", Warning,
        "the tokens are unknown", "add a generation record";
    /// The tokens are counted by another tokenizer than the real event's.
    TokensAssumed = "tokens-assumed", Warning,
        "tokens by another tokenizer", "add a record";
    /// A count, a cost or a latency is below zero or beyond what can be read.
    NumberImplausible = "number-implausible", Warning,
        "a number can't be right", "sent as it is written";
    /// Nothing tells why the answer ended.
    FinishReasonUnknown = "finish-reason-unknown", Warning,
        "finish reason unknown", "add a generation record";
    /// Nothing tells which provider answered.
    ProviderUnknown = "provider-unknown", Info,
        "provider unknown", "add a generation record";
    /// The latest user message has parts that are no text.
    InputPartSkipped = "input-part-skipped", Warning,
        "what is no text is left out of the input", "";
    /// The request has no user message with text.
    NoUserMessage = "no-user-message", Warning,
        "no user message, so the event has no input", "";
    /// The output is the text of a refusal.
    OutputIsRefusal = "output-is-refusal", Info,
        "it refused", "the refusal's text is the output";
    /// The answer calls tools and says nothing.
    ToolCallOnly = "tool-call-only", Info,
        "only tools are called", "the event has no output";
    /// The generation broke off.
    GenerationFailed = "generation-failed", Warning,
        "it broke off", "the event has what arrived";
    /// The stream ends before its end was said.
    StreamIncomplete = "stream-incomplete", Warning,
        "the stream ends early", "the event has what arrived";
    /// The response holds streams of other generations besides this one.
    SeveralGenerations = "several-generations", Warning,
        "others answered in the same response", "";
    /// `metadata` is not `trace`.
    MetadataNotForwarded = "metadata-not-forwarded", Warning,
        "`metadata` is never broadcast", "use `trace`";
    /// A trace key has the name of a system property.
    TraceKeyShadowed = "trace-key-shadowed", Warning,
        "a trace key has a system name", "rename it";
    /// `trace` is no object.
    TraceNotObject = "trace-not-object", Warning,
        "`trace` is no object", "make it one";
    /// `trace.trace_id` is no string.
    TraceIdNotString = "trace-id-not-string", Warning,
        "`trace_id` is no string", "make it one";
    /// Text of the conversation is left in the private event.
    PrivacyLeak = "privacy-leak", Error,
        "text leaks past privacy mode", "take it out";
    /// Something that looks like a key would be sent.
    SecretInEvent = "secret-in-event", Error,
        "a secret would be sent", "take it out, revoke it";
    /// Trace metadata holds an e-mail address.
    EmailInEvent = "email-in-event", Info,
        "an e-mail address would be sent", "use an id";
    /// The event is larger than Raindrop takes (1 MiB).
    EventTooLarge = "event-too-large", Error,
        "the event is over 1 MiB", "Raindrop refuses it";
    /// A text is longer than Raindrop's clients send (1,000,000 characters).
    TextWillBeCut = "text-will-be-cut", Warning,
        "a text is over 1,000,000 characters and is cut", "";
    /// Requested and returned model are not the same.
    ModelDiffers = "model-differs", Info,
        "another model answered than was asked for", "";
    /// The response's id was cut short or is a stand-in.
    IdPlaceholder = "id-placeholder", Warning,
        "the id names no generation", "load it whole";
    /// The response's id is as another vendor gives them, and nothing tells that OpenRouter was in between.
    OpenrouterAssumed = "openrouter-assumed", Warning,
        "may be another service's", "see where it was sent";
    /// A generation record, a content or an activity row has the id of another generation.
    GenerationIdDiffers = "generation-id-differs", Warning,
        "a record is of another generation", "load its own";
    /// Another completion of the input has the generation and makes another event.
    SameGeneration = "same-generation", Warning,
        "another event has its id", "keep one of them";
    /// A delivery and the event made from request and response are not the same.
    DeliveryDiffers = "delivery-differs", Warning,
        "OpenRouter delivered something else", "";
    /// Neither input nor output.
    EventWithoutText = "event-without-text", Warning,
        "no input, no output: Raindrop's clients drop it", "";
}

impl Code {
    /// The code that a text names.
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

/// Something worth knowing about one completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind of finding.
    pub code: Code,
    /// RFC 6901 pointer into the completion (`/request…`, `/response…`), or into the event where
    /// it begins with `/ai_data`, `/properties` or another of its fields.
    pub pointer: String,
    /// One sentence: what it means and what to do.
    pub help: String,
}

impl Finding {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What it means and what to do, in so few words that a narrow line has room for them. A leak is
    /// named by its place, since "the text" could be anywhere.
    pub fn short(&self) -> String {
        let (means, remedy) = (self.code.means(), self.code.remedy());
        match (self.code, remedy) {
            (Code::PrivacyLeak, _) => {
                let (place, way_out) = (place(&self.pointer), way_out(&self.pointer));
                format!("{place} repeats the conversation; {way_out}")
            }
            (_, "") => means.to_owned(),
            (_, remedy) => format!("{means}; {remedy}"),
        }
    }
}

/// What a field of the event is to the one who wrote the request.
pub(super) fn place(pointer: &str) -> String {
    const LONGEST: usize = 40;
    match pointer {
        "/user_id" => "the user id".to_owned(),
        "/ai_data/convo_id" => "the session id".to_owned(),
        _ => {
            let keys: Vec<String> = pointer::tokens(pointer).skip(1).collect();
            let name = keys.join(".");
            // What is cut off is known for no key any more.
            format!(
                "trace key `{}`",
                display::clip(&secrets::mask(&name), LONGEST)
            )
        }
    }
}

/// How text leaves a field of the event.
pub(super) fn way_out(pointer: &str) -> &'static str {
    match pointer.starts_with("/properties/") {
        true => "take it out of the trace",
        false => "use an id without it",
    }
}

/// Findings with the worst first. That an answer broke off or failed says why other things are missing, so it comes before them.
pub fn worst_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut all: Vec<&Finding> = findings.iter().collect();
    all.sort_by_key(|finding| {
        let is_cause = matches!(
            finding.code,
            Code::StreamIncomplete | Code::GenerationFailed
        );
        std::cmp::Reverse((finding.severity(), is_cause))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_off_comes_before_what_is_missing_for_it() {
        let of = |code: Code| Finding {
            code,
            pointer: String::new(),
            help: String::new(),
        };
        let all = [
            Code::SessionMissing,
            Code::TokensUnknown,
            Code::StreamIncomplete,
            Code::PrivacyLeak,
        ]
        .map(of);
        let sorted: Vec<Code> = worst_first(&all).iter().map(|found| found.code).collect();
        let expected = [
            Code::PrivacyLeak,
            Code::StreamIncomplete,
            Code::TokensUnknown,
            Code::SessionMissing,
        ];
        assert_eq!(sorted, expected);
    }

    #[test]
    fn a_leak_is_named_by_its_place() {
        let check = |pointer: &str, expected: &str| {
            let finding = Finding {
                code: Code::PrivacyLeak,
                pointer: pointer.to_owned(),
                help: String::new(),
            };
            assert_eq!(finding.short(), expected);
        };
        check(
            "/properties/preview",
            "trace key `preview` repeats the conversation; take it out of the trace",
        );
        check(
            "/properties/a~1b/0",
            "trace key `a/b.0` repeats the conversation; take it out of the trace",
        );
        check(
            "/user_id",
            "the user id repeats the conversation; use an id without it",
        );
        check(
            "/ai_data/convo_id",
            "the session id repeats the conversation; use an id without it",
        );
    }

    #[test]
    fn a_narrow_line_has_room_for_meaning_and_remedy() {
        for code in Code::ALL {
            let length = code.means().len() + code.remedy().len() + 2;
            assert!(
                !code.means().is_empty() && length <= 49,
                "{}",
                code.as_str()
            );
        }
    }
}
