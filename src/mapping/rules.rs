//! The rules as a table: for each value of the event, where it may come from, in order, and how far
//! anyone outside OpenRouter can know that. The mapping names the steps (`USER_ID.request`); the
//! explanation and the screen read them.

use std::sync::LazyLock;

use crate::event::{Confidence, Rule, Section, Step};

/// Writes down rules: a constant and a module for each, the fields that it makes, and its steps.
///
/// `USER_ID` is a structure with a member for each step, so a step is addressed by its name or the
/// program does not compile.
macro_rules! rules {
    ($(
        $constant:ident $module:ident [$($section:ident $key:literal),+] {
            $($step:ident: $confidence:ident $from:literal,)+
        }
    )+) => {
        $(
            #[doc = concat!("The steps of the rule `", stringify!($module), "`.")]
            pub mod $module {
                use super::*;

                /// A member for each step, in their order.
                pub struct Steps {
                    /// The rule as a whole.
                    pub rule: Rule,
                    $(#[doc = concat!("From `", $from, "`.")] pub $step: Step,)+
                }
            }

            #[doc = concat!("How the fields", $(" `", $key, "`",)+ " are made.")]
            pub static $constant: $module::Steps = $module::Steps {
                rule: Rule {
                    name: stringify!($module),
                    fields: &[$((Section::$section, $key)),+],
                    steps: &[$(&$constant.$step),+],
                },
                $($step: Step {
                    rule: &$constant.rule,
                    name: stringify!($step),
                    from: $from,
                    confidence: Confidence::$confidence,
                },)+
            };
        )+

        /// Every rule, in the order in which the event's fields first need them.
        pub static RULES: &[&Rule] = &[$(&$constant.rule),+];
    };
}

rules! {
    EVENT event [Top "event"] {
        constant: Observed "the constant llm_generation",
    }
    EVENT_ID event_id [Top "event_id"] {
        generation: Assumed "UUIDv5 of the generation id",
        content: Assumed "UUIDv5 of the request and response, there being no generation id",
        fresh: Assumed "a fresh UUIDv4: a test trace is an event of its own",
    }
    USER_ID user_id [Top "user_id"] {
        request: Documented "request.user",
        record: Assumed "generation.external_user",
        activity: Assumed "the activity row's user",
        delivered: Assumed "the delivery's user.id",
        messages: Assumed "metadata.user_id of a Messages request",
        claude_code: Assumed "the account, else the device, in Claude Code's metadata.user_id",
        given: Assumed "the default user given for this run",
        variable: Assumed "the default user in RAINSCOPE_DEFAULT_USER",
        project_file: Assumed "the default user of the project's rainscope.toml, which `check` reads",
        settings_file: Assumed "the default user of the settings file",
        default: Assumed "rainscope's own default user",
    }
    TIMESTAMP timestamp [Top "timestamp"] {
        sample: Observed "completed_at of the sample",
        span_end: Observed "the end of the delivery's root span",
        completed: Observed "response.completed_at",
        record_end: Observed "generation.created_at + generation_time",
        activity_end: Assumed "the activity row's created_at + generation_time_ms",
        measured_end: Observed "started_at + duration_ms, measured by rainscope",
        created_and_duration: Observed "response.created + duration_ms",
        created: Observed "response.created",
        record_start: Assumed "generation.created_at",
        activity_start: Assumed "the activity row's created_at",
        recorded: Assumed "when the recorder wrote the exchange down",
        date_header: Assumed "the response's header date",
        sending: Assumed "the time of sending",
    }
    INPUT input [AiData "input"] {
        message: Documented "text of the latest user message",
        prompt: Documented "the prompt of a request without messages",
        parts: Assumed "text parts of the latest user message, joined by a newline",
        delivered: Observed "text of the latest user message in the delivery's gen_ai.prompt",
        content: Documented "text of the latest user message in generation/content",
    }
    OUTPUT output [AiData "output"] {
        message: Documented "the completion's text",
        parts: Assumed "text parts of the completion, joined by a newline",
        blocks: Assumed "text blocks of the completion, neighbours joined directly, others by a newline",
        refusal: Assumed "the refusal's text",
        delivered: Observed "the completion in the delivery's gen_ai.completion",
        content: Documented "the completion in generation/content",
    }
    MODEL model [AiData "model", Properties "model"] {
        requested: Observed "request.model without :variant",
        beside_preset: Assumed "request.model without its preset and :variant",
        candidate: Observed "the candidate in models that response.model stands for",
        returned: Observed "response.model without :variant",
        record: Assumed "generation.model",
        delivered: Observed "the delivery's gen_ai.request.model",
        activity: Assumed "the activity row's model_permaslug",
        asked: Assumed "request.model or a fallback, where nothing tells which answered",
    }
    CONVO_ID convo_id [AiData "convo_id"] {
        request: Documented "request.session_id",
        header: Documented "header x-session-id",
        record: Documented "generation.session_id",
        delivered: Documented "the delivery's session.id",
        claude_code: Observed "the session in Claude Code's metadata.user_id",
    }
    PROVIDER provider [Properties "provider"] {
        response: Observed "response.provider",
        router_metadata: Documented "the selected endpoint in response.openrouter_metadata",
        record: Documented "generation.provider_name",
        delivered: Observed "the delivery's provider_name",
        activity: Documented "the activity row's provider_name",
    }
    FINISH_REASON finish_reason [Properties "finish_reason"] {
        native: Observed "the native finish reason of the response",
        normalised: Observed "the normalised finish reason of the response, there being no native one",
        record_native: Assumed "the native finish reason of the generation record",
        record_normalised: Assumed "the normalised finish reason of the generation record",
        delivered: Observed "the delivery's finish reason",
        activity_native: Assumed "the activity row's finish_reason_raw",
        activity_normalised: Assumed "the activity row's finish_reason_normalized",
    }
    PROMPT_TOKENS prompt_tokens [Properties "prompt_tokens"] {
        usage: Observed "usage",
        usage_with_caches: Observed "usage: input and both cache counts together",
        record: Documented "generation.native_tokens_prompt",
        delivered: Observed "the delivery's gen_ai.usage.input_tokens",
        activity: Assumed "the activity row's tokens_prompt, by OpenRouter's own count",
    }
    COMPLETION_TOKENS completion_tokens [Properties "completion_tokens"] {
        usage: Observed "usage",
        record: Documented "generation.native_tokens_completion",
        delivered: Observed "the delivery's gen_ai.usage.output_tokens",
        activity: Assumed "the activity row's tokens_completion, by OpenRouter's own count",
    }
    TOTAL_TOKENS total_tokens [Properties "total_tokens"] {
        usage: Observed "usage",
        delivered: Observed "the delivery's gen_ai.usage.total_tokens",
        sum: Assumed "prompt and completion tokens together",
    }
    TOTAL_COST total_cost [Properties "total_cost"] {
        usage: Observed "usage.cost",
        record: Documented "generation.total_cost",
        delivered: Observed "the delivery's gen_ai.usage.total_cost",
        activity: Assumed "the activity row's cost_total",
    }
    DURATION_MS duration_ms [Properties "duration_ms"] {
        span: Observed "the delivery's root span, end − start",
        body_end: Observed "the delivery's provider_body_end_ms",
        measured: Observed "measured by rainscope",
        sample: Observed "duration_ms of the sample",
        record: Assumed "generation.generation_time, without the router's own time",
        activity: Assumed "the activity row's generation_time_ms, without the router's own time",
    }
    TIME_TO_FIRST_TOKEN time_to_first_token [Properties "openrouter_provider_time_to_first_token_ms"] {
        delivered: Assumed "the delivery's provider_time_to_first_token_ms",
        measured: Assumed "measured by rainscope: the first token",
        record: Assumed "generation.latency",
    }
    INTER_TOKEN_LATENCY inter_token_latency [Properties "openrouter_inter_token_latency_ms"] {
        delivered: Assumed "the delivery's inter_token_latency_ms",
        measured: Assumed "measured by rainscope: from the first token to the end, over the tokens after it",
        record: Assumed "(generation.generation_time − latency) / (completion tokens − 1)",
    }
    ROUTER_LATENCY router_latency [Properties "openrouter_router_latency_ms"] {
        delivered: Assumed "the delivery's router_latency_ms",
    }
    DEVICE_ID device_id [Properties "device_id"] {
        claude_code: Observed "the device in Claude Code's metadata.user_id",
    }
    SOURCE source [Properties "source"] {
        constant: Observed "the constant openrouter",
    }
    TRACE_ID trace_id [Properties "trace_id"] {
        trace: Documented "trace.trace_id",
        delivered: Observed "the delivery's openrouter.trace.id",
        generation: Observed "the generation id",
    }
    TRACE_NAME trace_name [Properties "trace_name"] {
        trace: Documented "trace.trace_name",
        delivered: Observed "the delivery's trace.name",
        default: Observed "the default OpenRouter Request",
    }
    TRACE_KEY trace_key [Properties "*"] {
        trace: Documented "a key of trace, as it is",
        delivered: Observed "the delivery's trace.metadata.<key>, or what the root span tells of it",
    }
    IS_PENDING is_pending [Top "is_pending"] {
        constant: Observed "the constant false: nothing will be added to this event",
    }
}

/// Whether a property of this name is OpenRouter's own, so that `trace` cannot set it. `trace_id`,
/// `trace_name` and `device_id` have rules too, but `trace` does set them.
pub fn is_system_property(key: &str) -> bool {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let of_trace = [
            &TRACE_ID.rule,
            &TRACE_NAME.rule,
            &TRACE_KEY.rule,
            &DEVICE_ID.rule,
        ];
        let rules = RULES.iter().filter(|rule| !of_trace.contains(rule));
        let fields = rules.flat_map(|rule| rule.fields.iter());
        let properties = fields.filter(|(section, _)| *section == Section::Properties);
        properties.map(|(_, name)| *name).collect()
    });
    NAMES.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_know_their_rule_and_their_place_in_it() {
        for rule in RULES {
            for (index, step) in rule.steps.iter().enumerate() {
                assert_eq!(step.rule, *rule, "{}", step.id());
                assert_eq!(step.position(), index, "{}", step.id());
            }
        }
    }

    #[test]
    fn a_name_belongs_to_one_rule_and_a_field_is_made_by_one() {
        for (index, rule) in RULES.iter().enumerate() {
            for other in &RULES[index + 1..] {
                assert_ne!(rule.name, other.name);
                for (section, key) in rule.fields {
                    let is_made_twice = other.fields.contains(&(*section, *key));
                    assert!(!is_made_twice, "{key}");
                }
            }
        }
    }

    #[test]
    fn system_properties_are_those_that_trace_cannot_set() {
        let check = |key, expected| assert_eq!(is_system_property(key), expected, "{key}");
        for key in ["model", "provider", "finish_reason", "prompt_tokens"] {
            check(key, true);
        }
        for key in ["total_tokens", "total_cost", "duration_ms", "source"] {
            check(key, true);
        }
        check("openrouter_router_latency_ms", true);
        for key in ["trace_id", "trace_name", "device_id", "environment"] {
            check(key, false);
        }
        for key in ["event_id", "user_id", "*"] {
            check(key, false);
        }
    }
}
