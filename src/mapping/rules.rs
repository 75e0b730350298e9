//! The rules as a table: for each field of the event, where its value may come from, in order, and how
//! sure anyone outside OpenRouter can be of that. The mapping, the explanation and the screen read this.

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sure {
    /// OpenRouter's public documentation says so.
    Documented,
    /// Read off a real event, delivery or recording.
    Seen,
    /// Nobody outside knows; this is rainscope's decision.
    Chosen,
}

impl Sure {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Sure::Documented => "documented",
            Sure::Seen => "seen",
            Sure::Chosen => "chosen",
        }
    }
}

impl Sure {
    /// What the word means.
    pub const fn says(self) -> &'static str {
        match self {
            Sure::Documented => "OpenRouter's public documentation says so",
            Sure::Seen => "read off a real event, delivery or recording",
            Sure::Chosen => "nobody outside knows; this is rainscope's decision",
        }
    }
}

/// One place a value may come from.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The place, in the words of the APIs.
    pub from: &'static str,
    /// How sure that is.
    pub sure: Sure,
}

/// How one field of the event is made. The first step that yields a value wins.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The field's pointer in the event; `*` stands for any trace key.
    pub field: &'static str,
    /// Where its value may come from, in order.
    pub steps: &'static [Step],
}

const fn documented(from: &'static str) -> Step {
    Step {
        from,
        sure: Sure::Documented,
    }
}

const fn seen(from: &'static str) -> Step {
    Step {
        from,
        sure: Sure::Seen,
    }
}

const fn chosen(from: &'static str) -> Step {
    Step {
        from,
        sure: Sure::Chosen,
    }
}

macro_rules! rules {
    ($($name:ident: $field:literal [$($step:expr),+ $(,)?];)+) => {
        $(#[doc = concat!("How `", $field, "` is made.")]
        pub static $name: Rule = Rule { field: $field, steps: &[$($step),+] };)+

        /// Every rule, in the order of the event's fields.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    EVENT: "/event" [seen("the constant llm_generation")];
    EVENT_ID: "/event_id" [
        chosen("UUIDv5 of the generation id"),
        chosen("UUIDv5 of the request and response, there being no generation id"),
        chosen("a fresh UUIDv4: a test trace is an event of its own"),
    ];
    USER_ID: "/user_id" [
        documented("request.user"),
        chosen("generation.external_user"),
        chosen("the delivery's user.id"),
        chosen("metadata.user_id of a Messages request"),
        chosen("the configured default user"),
    ];
    TIMESTAMP: "/timestamp" [
        seen("completed_at of the sample"),
        seen("the end of the delivery's root span"),
        seen("generation.created_at + generation_time"),
        seen("response.created + duration_ms"),
        chosen("response.completed_at"),
        seen("response.created"),
        chosen("generation.created_at"),
        chosen("the time of sending"),
    ];
    INPUT: "/ai_data/input" [
        documented("text of the latest user message"),
        documented("the prompt of a request without messages"),
        chosen("text parts of the latest user message, joined by a newline"),
        seen("text of the latest user message in the delivery's gen_ai.prompt"),
    ];
    OUTPUT: "/ai_data/output" [
        documented("the completion's text"),
        chosen("text parts of the completion, joined by a newline"),
        chosen("the refusal's text"),
        seen("the completion in the delivery's gen_ai.completion"),
    ];
    AI_MODEL: "/ai_data/model" [
        seen("request.model without :variant"),
        seen("the candidate in models that response.model stands for"),
        seen("response.model without :variant"),
        chosen("generation.model"),
        seen("the delivery's gen_ai.request.model"),
    ];
    CONVO_ID: "/ai_data/convo_id" [
        documented("request.session_id"),
        documented("header x-session-id"),
        chosen("generation.session_id"),
        chosen("the delivery's session.id"),
    ];
    MODEL: "/properties/model" [
        seen("request.model without :variant"),
        seen("the candidate in models that response.model stands for"),
        seen("response.model without :variant"),
        chosen("generation.model"),
        seen("the delivery's gen_ai.request.model"),
    ];
    PROVIDER: "/properties/provider" [
        seen("response.provider"),
        documented("generation.provider_name"),
        seen("the delivery's provider_name"),
    ];
    FINISH_REASON: "/properties/finish_reason" [
        seen("the native finish reason of the response"),
        seen("the normalised finish reason of the response, there being no native one"),
        chosen("the native finish reason of the generation record"),
        chosen("the normalised finish reason of the generation record"),
        seen("the delivery's finish reason"),
    ];
    PROMPT_TOKENS: "/properties/prompt_tokens" [
        seen("usage"),
        seen("usage: input and both cache counts together"),
        documented("generation.native_tokens_prompt"),
        seen("the delivery's gen_ai.usage.input_tokens"),
    ];
    COMPLETION_TOKENS: "/properties/completion_tokens" [
        seen("usage"),
        documented("generation.native_tokens_completion"),
        seen("the delivery's gen_ai.usage.output_tokens"),
    ];
    TOTAL_TOKENS: "/properties/total_tokens" [
        seen("usage"),
        seen("the delivery's gen_ai.usage.total_tokens"),
        chosen("prompt and completion tokens together"),
    ];
    TOTAL_COST: "/properties/total_cost" [
        seen("usage.cost"),
        documented("generation.total_cost"),
        seen("the delivery's gen_ai.usage.total_cost"),
    ];
    DURATION: "/properties/duration_ms" [
        seen("duration_ms of the sample"),
        seen("the delivery's root span, end − start"),
        seen("the delivery's provider_body_end_ms"),
        chosen("generation.generation_time, without the router's own time"),
    ];
    SOURCE: "/properties/source" [seen("the constant openrouter")];
    TRACE_ID: "/properties/trace_id" [
        documented("trace.trace_id"),
        seen("the delivery's openrouter.trace.id"),
        seen("the generation id"),
    ];
    TRACE_NAME: "/properties/trace_name" [
        documented("trace.trace_name"),
        seen("the delivery's trace.name"),
        seen("the default OpenRouter Request"),
    ];
    TRACE_KEY: "/properties/*" [
        documented("a key of trace, as it is"),
        seen("the delivery's trace.metadata.<key>, or what the root span tells of it"),
    ];
    IS_PENDING: "/is_pending" [seen("the constant false: nothing will be added to this event")];
}
