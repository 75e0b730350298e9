//! The names of a root span's attributes: the one that each goes by here, whoever wrote it.

use std::borrow::Cow;

/// What stands before a trace key.
pub(super) const TRACE_KEY: &str = "trace.metadata.";
/// What stands before OpenRouter's own values among the trace keys.
pub(super) const OPENROUTER: &str = "trace.metadata.openrouter.";

/// Names that stand in where the first of each pair is missing, in order: what OpenRouter's documentation
/// still shows, what other semantic conventions say, and copies under another name.
const STAND_INS: [(&str, &str); 18] = [
    ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
    ),
    ("gen_ai.usage.total_cost", "gen_ai.usage.cost"),
    ("gen_ai.response.id", "openrouter.generation.id"),
    ("gen_ai.prompt", "span.input"),
    ("gen_ai.prompt", "trace.input"),
    ("gen_ai.prompt", "langfuse.observation.input"),
    ("gen_ai.prompt", "langfuse.trace.input"),
    ("gen_ai.completion", "span.output"),
    ("gen_ai.completion", "trace.output"),
    ("gen_ai.completion", "langfuse.observation.output"),
    ("gen_ai.completion", "langfuse.trace.output"),
    ("trace.name", "langfuse.trace.name"),
    ("user.id", "langfuse.user.id"),
    ("user.id", "enduser.id"),
    ("session.id", "langfuse.session.id"),
    ("gen_ai.request.model", "langfuse.observation.model.name"),
    ("span.level", "langfuse.observation.level"),
];

/// The latencies that a destination with a bag of metadata gets under names of their own.
const LATENCIES: [&str; 3] = [
    "router_latency_ms",
    "provider_time_to_first_token_ms",
    "inter_token_latency_ms",
];

/// Attributes of a span that a collector may have moved to its resource.
pub(super) fn may_stand_on_resource(key: &str) -> bool {
    [
        "user.",
        "session.",
        "enduser.",
        "trace.",
        "gen_ai.",
        "langfuse.user.",
        "langfuse.session.",
        "langfuse.trace.",
    ]
    .iter()
    .any(|prefix| key.starts_with(prefix))
}

/// The names that would do in place of a missing one, the best first.
pub(super) fn stand_ins(key: &str) -> impl Iterator<Item = &'static str> {
    let of_key = STAND_INS.iter().filter(move |(name, _)| *name == key);
    of_key.map(|(_, other)| *other)
}

/// Attributes that something else may stand in for, each once.
pub(super) fn with_stand_ins() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    STAND_INS.iter().filter_map(move |(name, _)| {
        let is_new = *name != last;
        last = name;
        is_new.then_some(*name)
    })
}

/// An attribute's name without what a destination puts around it.
pub(super) fn plain(key: &str) -> Cow<'_, str> {
    for prefix in ["langfuse.trace.metadata.", "langfuse.observation.metadata."] {
        if let Some(rest) = key.strip_prefix(prefix) {
            return Cow::Owned(metadata_key(rest));
        }
    }
    match key.strip_prefix(TRACE_KEY) {
        Some(rest) if is_latency(rest).is_some() => Cow::Owned(metadata_key(rest)),
        _ => Cow::Borrowed(key),
    }
}

/// The attribute that a key of a destination's metadata stands for.
pub(super) fn metadata_key(key: &str) -> String {
    match is_latency(key) {
        Some(latency) => format!("{OPENROUTER}{latency}"),
        None => format!("{TRACE_KEY}{key}"),
    }
}

/// Of `openrouter_router_latency_ms` and its like, the part behind `openrouter_`.
fn is_latency(key: &str) -> Option<&'static str> {
    let rest = key.strip_prefix("openrouter_")?;
    LATENCIES.into_iter().find(|latency| *latency == rest)
}

/// Attributes that hold JSON inside a string.
pub(super) fn holds_json(key: &str) -> bool {
    matches!(key, "gen_ai.prompt" | "gen_ai.completion")
}

/// Attributes whose value is a number, even where a collector or a database made a string of it. The keys
/// of the user's trace are never among them: their values arrive as they are.
pub(super) fn is_numeric(key: &str) -> bool {
    key.starts_with("gen_ai.usage.")
        || key.strip_prefix(OPENROUTER).is_some_and(|own| {
            own.ends_with("_ms") || own.ends_with("_tokens") || own.ends_with("_cost")
        })
}

/// Whether a key says that OpenRouter's Broadcast wrote the span.
pub(super) fn is_broadcasts_own(key: &str) -> bool {
    let key = plain(key);
    key.starts_with(OPENROUTER) || key.starts_with("trace.metadata.openrouter_generation.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destinations_prefix_is_taken_off() {
        let check = |key, expected| assert_eq!(plain(key), expected);
        check("trace.metadata.branch", "trace.metadata.branch");
        check(
            "langfuse.trace.metadata.openrouter.finish_reason",
            "trace.metadata.openrouter.finish_reason",
        );
        check(
            "langfuse.observation.metadata.branch",
            "trace.metadata.branch",
        );
        check(
            "trace.metadata.openrouter_inter_token_latency_ms",
            "trace.metadata.openrouter.inter_token_latency_ms",
        );
        check(
            "trace.metadata.openrouter_ish",
            "trace.metadata.openrouter_ish",
        );
        check("gen_ai.request.model", "gen_ai.request.model");
    }

    #[test]
    fn only_openrouters_own_values_become_numbers() {
        let check = |key, expected| assert_eq!(is_numeric(key), expected, "{key}");
        check("gen_ai.usage.total_cost", true);
        check("trace.metadata.openrouter.first_token_ms", true);
        check("trace.metadata.wait_ms", false);
        check("trace.metadata.openrouter.provider_name", false);
    }
}
