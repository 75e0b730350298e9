//! What deserves a word about a completion and its event. Codes are stable; a script may rely on them.

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
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $severity:ident;)+) => {
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
        }
    };
}

codes! {
    /// No user was given; the event gets the default one.
    UserMissing = "user-missing", Warning;
    /// The user id is longer than OpenRouter takes (128).
    UserTooLong = "user-too-long", Error;
    /// No session was given; the event belongs to no conversation.
    SessionMissing = "session-missing", Info;
    /// The session id is longer than OpenRouter takes (256).
    SessionTooLong = "session-too-long", Error;
    /// The session came by the header alone.
    SessionInHeaderOnly = "session-in-header-only", Info;
    /// Nothing tells when the generation ended.
    TimeAssumed = "time-assumed", Warning;
    /// Nothing tells how long it took.
    DurationUnknown = "duration-unknown", Warning;
    /// The duration lacks the router's own time.
    DurationIsLowerBound = "duration-is-lower-bound", Info;
    /// Nothing tells what it cost.
    CostUnknown = "cost-unknown", Warning;
    /// Nothing tells which provider answered.
    ProviderUnknown = "provider-unknown", Info;
    /// The latest user message has parts that are no text.
    InputPartSkipped = "input-part-skipped", Warning;
    /// The request has no user message with text.
    NoUserMessage = "no-user-message", Warning;
    /// The output is the text of a refusal.
    OutputIsRefusal = "output-is-refusal", Info;
    /// The answer calls tools and says nothing.
    ToolCallOnly = "tool-call-only", Info;
    /// The generation broke off.
    GenerationFailed = "generation-failed", Warning;
    /// `metadata` is not `trace`.
    MetadataNotForwarded = "metadata-not-forwarded", Warning;
    /// A trace key has the name of a system property.
    TraceKeyShadowed = "trace-key-shadowed", Warning;
    /// `trace` is no object.
    TraceNotObject = "trace-not-object", Warning;
    /// `trace.trace_id` is no string.
    TraceIdNotString = "trace-id-not-string", Warning;
    /// Text of the conversation is left in the private event.
    PrivacyLeak = "privacy-leak", Error;
    /// Something that looks like a key would be sent.
    SecretInEvent = "secret-in-event", Error;
    /// Trace metadata holds an e-mail address.
    EmailInEvent = "email-in-event", Info;
    /// The event is larger than Raindrop takes (1 MiB).
    EventTooLarge = "event-too-large", Error;
    /// A text is longer than Raindrop's clients send (1,000,000 characters).
    TextWillBeCut = "text-will-be-cut", Warning;
    /// Requested and returned model are not the same.
    ModelDiffers = "model-differs", Info;
    /// A delivery and the event made from request and response are not the same.
    DeliveryDiffers = "delivery-differs", Warning;
    /// Neither input nor output.
    EventWithoutText = "event-without-text", Warning;
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
}
