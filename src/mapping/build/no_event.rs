//! Completions that OpenRouter broadcasts nothing of, and why.

use crate::completion::generation_id;
use crate::json::{Kind, Value};
use crate::mapping::NoEvent;
use crate::mapping::parts::Parts;
use crate::mapping::reading::delivery::generated_nothing;
use crate::mapping::reading::{failure_of, is_zero, number, number_text, text};

/// Whether a response counts tokens. Beside an error, a count of zero says that nothing was generated.
fn is_used(response: Value<'_>, has_failed: bool) -> bool {
    let Some(usage) = response.get_some("usage") else {
        return false;
    };
    let counts = ["completion_tokens", "output_tokens"].map(|key| number(usage, key));
    let is_zero = |count: &Value<'_>| is_zero(*count);
    !has_failed || !counts.iter().flatten().all(is_zero) || counts.iter().all(Option::is_none)
}

/// Whether a response is OpenRouter's refusal, which a client filled up to look like an answer: beside the error one
/// choice that says nothing, and no token.
fn is_filled_up(response: Value<'_>) -> bool {
    let refuses = |error: Value<'_>| {
        let code = error.get("code").and_then(Value::number);
        code.and_then(|code| code.parse::<u16>().ok())
            .is_some_and(|code| (400..500).contains(&code))
    };
    let says_nothing = |choice: Value<'_>| {
        let is_silent = |message: Value<'_>| {
            message.children().all(|member| {
                member.raw_key() == Some("role")
                    || member.is_null()
                    || member.is_empty() && member.raw().len() <= 2
            })
        };
        let said = choice.get("message").or(choice.get("delta"));
        said.is_none_or(is_silent)
            && choice.get_some("text").is_none()
            && text(choice, "finish_reason").is_none_or(|reason| reason.raw() != "\"error\"")
    };
    let mut choices = response
        .get("choices")
        .into_iter()
        .flat_map(Value::children);
    failure_of(response).is_some_and(refuses)
        && choices.all(says_nothing)
        && !is_used(response, true)
}

/// Why OpenRouter would broadcast nothing, if it would not.
pub(super) fn no_event(parts: &Parts<'_>) -> Option<NoEvent> {
    let Some(response) = parts.response else {
        if let Some(delivery) = parts.delivery {
            return generated_nothing(delivery).then(|| failed_delivery(delivery));
        }
        if parts
            .generation
            .or(parts.activity)
            .or(parts.content)
            .is_some()
        {
            return None;
        }
        return Some(no_response(parts));
    };
    let has_failed = failure_of(response).is_some();
    // Beside an error, an empty list says that nothing was generated.
    let holds = |key: &str| {
        let value = response.get_some(key);
        value.is_some_and(|value| !has_failed || !value.is_empty() || value.raw().len() > 2)
    };
    if let Some(status) = not_begun(parts, response) {
        return Some(NoEvent {
            reason: "not-final",
            pointer: status.pointer(),
            says: format!(
                "the response is {}: it was stored before anything was generated; fetch it again",
                status.canonical()
            ),
        });
    }
    // An empty list by itself tells of no generation.
    let is_named = response.get_some("id").is_some();
    let is_list = |key: &str| {
        let value = response.get_some(key);
        value.is_some_and(|value| value.kind() == Kind::Array && (is_named || !value.is_empty()))
            && holds(key)
    };
    let is_refused = is_filled_up(response);
    if is_list("choices") && !is_refused
        || is_list("output")
        || holds("content")
        || is_used(response, has_failed)
    {
        return None;
    }
    let Some(error) = failure_of(response) else {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: "/response".to_owned(),
            says: "the response holds no answer, so what OpenRouter generated and broadcast is not known; \
                   load the whole response"
                .to_owned(),
        });
    };
    let message = error
        .get("message")
        .and_then(Value::str)
        .or_else(|| error.str())
        .unwrap_or_default();
    if is_of_client(error) {
        let name = error.get("name").and_then(Value::non_empty_str);
        return Some(NoEvent {
            reason: "no-answer",
            pointer: "/response/error".to_owned(),
            says: format!(
                "what stands as the response is an error of the client's ({}: {}), not of OpenRouter's; whether \
                 something was generated and broadcast is not known here",
                name.unwrap_or("no name".into()),
                message.chars().take(200).collect::<String>()
            ),
        });
    }
    if let Some(found) = generated_beside(response).filter(|_| !is_refused) {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: found.pointer(),
            says: "the answer is an error, and beside it stands what looks generated; whether OpenRouter broadcast \
                   an event of it is not known here"
                .to_owned(),
        });
    }
    if let Some(tokens) = parts.generation.and_then(tokens_of_record) {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: tokens.pointer(),
            says: format!(
                "the answer is an error, but OpenRouter's record of the generation counts {} tokens of an answer; whether \
                 an event of it was broadcast is not known here",
                tokens.canonical().shown()
            ),
        });
    }
    if let Some(id) = generation_named(response) {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: id.pointer(),
            says: "the answer is an error that names a generation; whether something was generated and an event of it \
                   broadcast is not known here"
                .to_owned(),
        });
    }
    let names = ["code", "type", "error_type"];
    let code = names.iter().find_map(|key| error.get_some(key));
    let code = code.map(|code| format!(" {}", code.canonical().shown()));
    Some(NoEvent {
        reason: "error-body",
        pointer: "/response/error".to_owned(),
        says: format!(
            "OpenRouter answered with error{}: {}; nothing was generated, so nothing is broadcast",
            code.unwrap_or_default(),
            message.chars().take(200).collect::<String>()
        ),
    })
}

/// The tokens of an answer that a generation's record counts, if there are any.
fn tokens_of_record(record: Value<'_>) -> Option<Value<'_>> {
    let counts = ["native_tokens_completion", "tokens_completion"];
    let mut counts = counts.iter().filter_map(|key| record.get_some(key));
    counts.find(|count| number_text(*count).is_some_and(|count| count != "0"))
}

/// The generation that the body of an error names, where that says nothing of what was generated: no list of it, no state.
fn generation_named(response: Value<'_>) -> Option<Value<'_>> {
    let tells = ["choices", "output", "content", "status", "usage"];
    if tells.iter().any(|key| response.get(key).is_some()) {
        return None;
    }
    let is_one = |id: &Value<'_>| id.str().is_some_and(|id| generation_id::is_one(&id));
    let named = ["id", "request_id"].map(|key| response.get(key));
    named.into_iter().flatten().find(is_one)
}

/// What looks generated somewhere in the body of an error: an answer that a wrapper put beside the error, or
/// below it, or what a provider had said by then, as text in the error's metadata.
fn generated_beside(response: Value<'_>) -> Option<Value<'_>> {
    /// Members of an answer in JSON that stands in a string. A message may quote such a word as well.
    const IN_TEXT: [&str; 2] = ["\\\"choices\\\":", "\\\"output\\\":"];
    /// Members of a wrapper that are the answer's text.
    const TEXTS: [&str; 8] = [
        "text",
        "output",
        "output_text",
        "completion",
        "answer",
        "result",
        "reply",
        "generated_text",
    ];
    let is = |value: Value<'_>, key: &str| value.raw_key() == Some(key);
    let is_said = |value: Value<'_>| {
        let role = value.parent().and_then(|around| around.get("role")?.str());
        is(value, "content") && role.is_some_and(|role| role == "assistant")
    };
    response.descendants().find(|value| match value.kind() {
        // The answer's own lists count here only where they stand deeper: at its top they are looked at first.
        Kind::Array if !value.is_empty() => {
            is(*value, "choices") || is(*value, "output") || is_said(*value)
        }
        Kind::String if IN_TEXT.iter().any(|word| value.raw().contains(word)) => true,
        Kind::String if value.raw().len() > 2 => {
            let is_text = TEXTS.iter().any(|key| is(*value, key));
            is_said(*value) || (is_text && value.depth() == response.depth() + 1)
        }
        _ => false,
    })
}

/// Whether an error is an exception of the program that asked: a timeout, a connection that was lost, a cancelled
/// request. OpenRouter's have a code that is a status, and neither a name nor a stack.
fn is_of_client(error: Value<'_>) -> bool {
    let has = |key: &str| error.get_some(key).is_some();
    let is_number = |key: &str| error.get(key).is_some_and(|v| v.kind() == Kind::Number);
    let is_systems = error
        .get("code")
        .and_then(Value::str)
        .is_some_and(|code| is_systems_code(&code));
    let has_status = ["code", "status", "statusCode"].into_iter().any(is_number);
    (has("name") || has("stack") || is_systems) && !has_status && !has("metadata")
}

/// Whether a code is one that a system or a client's library gives: `ECONNRESET`, `ERR_STREAM_PREMATURE_CLOSE`.
fn is_systems_code(code: &str) -> bool {
    let is_name = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    ["ERR_", "UND_ERR_"]
        .iter()
        .any(|start| code.starts_with(start))
        || code
            .strip_prefix('E')
            .is_some_and(|rest| !rest.is_empty() && is_name(rest))
}

/// The status of a response that was asked for in the background and stored before it had an answer. A stream
/// that broke off has what arrived.
fn not_begun<'c>(parts: &Parts<'c>, response: Value<'c>) -> Option<Value<'c>> {
    let status = text(response, "status")?;
    let is_early = matches!(status.str()?.as_ref(), "queued" | "in_progress");
    let output = response.get_some("output");
    let has_output = output.is_some_and(|output| !output.is_empty());
    let has_more = has_output || response.get_some("usage").is_some();
    (is_early && !has_more && parts.stream.is_none()).then_some(status)
}

/// A request without its answer. Only where a proxy of ours saw how the exchange ended is it known why there is
/// none; else there may well have been one, and an event of it.
fn no_response(parts: &Parts<'_>) -> NoEvent {
    let captured = parts.captured;
    let text = |key: &str| captured.and_then(|captured| captured.get(key)?.str());
    let reason = || text("reason").unwrap_or("no reason is given".into());
    let problem = parts.response_problem.and_then(Value::str);
    let problem = problem.as_deref();
    let status = captured.and_then(|captured| captured.get("status")?.number());
    let failed = status.filter(|status| !status.starts_with('2'));
    let ending = text("ending");
    let says = match (ending.as_deref(), text("incomplete")) {
        (Some("not yet"), None) => "the answer has not come yet".to_owned(),
        (Some("not yet"), Some(why)) => format!(
            "the answer is not kept here ({why}), so what OpenRouter generates and broadcasts will not be known"
        ),
        // A gateway in between gave up, or its client did: OpenRouter's own errors are another matter.
        (Some("lost"), _) => format!(
            "no answer of OpenRouter's came back ({}); whether it generated and broadcasts something is not \
             known here",
            reason()
        ),
        (Some("unreachable"), _) => format!(
            "OpenRouter could not be reached ({}), so nothing was generated and nothing is broadcast",
            reason()
        ),
        (Some("request broken off"), _) => format!(
            "the app never sent its whole request ({}), so nothing was generated and nothing is broadcast",
            reason()
        ),
        (Some("complete"), Some(why)) => format!(
            "the app got its answer, but it was not kept here ({why}), so what OpenRouter generated and broadcast is not known"
        ),
        (Some(_), Some(why)) => format!(
            "the call did not come to its end, and what came of it was not kept here ({why}), so what OpenRouter generated \
             and broadcast is not known"
        ),
        (Some("complete"), None) => {
            let why = problem.unwrap_or("it has no body");
            match failed {
                Some(status) => format!(
                    "the app got an error, status {status}, that can't be read here ({why}); whether something was \
                     generated and broadcast is not known"
                ),
                None => format!(
                    "the app got an answer that can't be read here ({why}), so what OpenRouter generated and broadcast \
                     is not known"
                ),
            }
        }
        (Some(_), None) if problem.is_some() => format!(
            "the call did not come to its end, and what came of the answer can't be read here ({}), so what OpenRouter \
             generated and broadcast is not known",
            problem.unwrap_or_default()
        ),
        (Some("cancelled"), None) => match failed {
            Some(status) => format!(
                "the app got an error, status {status}, and went away before the rest of the answer came; whether \
                 something was generated and broadcast is not known"
            ),
            None => "the app went away before any of the answer came; whether OpenRouter generated \
                 and broadcasts something is not known here"
                .to_owned(),
        },
        (Some(_), None) => format!(
            "the answer broke off before any of it came ({}); whether OpenRouter generated and broadcasts something \
             is not known here",
            reason()
        ),
        _ if error_beside(parts).is_some() => format!(
            "there is no answer, and the record says why ({}); whether OpenRouter generated and broadcasts something \
             is not known here",
            error_beside(parts).unwrap_or_default()
        ),
        _ if generation_asked(parts).is_some() => format!(
            "the answer to this request is not here, so what OpenRouter generated and broadcast of it is not known; it names \
             its generation, which can be read with `rainscope fetch {}`",
            generation_asked(parts).unwrap_or_default()
        ),
        _ => "no answer is known to be this request's, so what OpenRouter generated and broadcast of it is not known; put \
              the two into one file, the answer right behind the request (where several wait at once, an id on their lines \
              tells whose an answer is), or into one sample (`request`, `response`)"
            .to_owned(),
    };
    NoEvent {
        reason: "no-response",
        pointer: "/response".to_owned(),
        says,
    }
}

/// The generation that a log's row of a request names.
fn generation_asked(parts: &Parts<'_>) -> Option<String> {
    let request = parts.request?;
    let mut named = ["generation_id", "generationId"].iter();
    let id = named.find_map(|key| request.get(key)?.str())?;
    generation_id::is_one(&id).then(|| id.into_owned())
}

/// What the record around a request says of what went wrong, shortened.
fn error_beside(parts: &Parts<'_>) -> Option<String> {
    const LONGEST: usize = 200;
    let error = parts.error_beside?;
    let message = error.get("message").unwrap_or(error);
    let text = message.non_empty_str()?;
    Some(text.chars().take(LONGEST).collect())
}

/// A delivery of a request that failed. Its response would be an error body, which makes no event
/// either (assumed).
fn failed_delivery(delivery: Value<'_>) -> NoEvent {
    let status = delivery.get("status");
    let message = status
        .and_then(|status| status.get("message")?.non_empty_str())
        .unwrap_or("no reason is given".into());
    NoEvent {
        reason: "failed-delivery",
        pointer: if status.is_some() {
            "/delivery/status"
        } else {
            "/delivery"
        }
        .to_owned(),
        says: format!(
            "OpenRouter delivered a request that failed before anything was generated ({}); no event is made of it",
            message.chars().take(200).collect::<String>()
        ),
    }
}
