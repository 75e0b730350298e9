//! The bodies of requests that were refused, and whose they are.

use super::{is_request, text};
use crate::completion::generation_id;
use crate::json::{Kind, Value};

/// The body of a refused request, with nothing beside the error that a program's own record would have.
pub(in crate::completion::load) fn is_error_body(value: Value<'_>) -> bool {
    const BESIDE: [&str; 13] = [
        "error",
        "user_id",
        "metadata",
        "openrouter_metadata",
        "id",
        "object",
        "type",
        "request_id",
        "model",
        "provider",
        "created",
        "choices",
        "usage",
    ];
    let Some(error) = value.get("error").filter(|v| v.kind() == Kind::Object) else {
        return false;
    };
    let has = |key: &str| error.get_some(key).is_some();
    // OpenAI's SDK writes every member that an answer may have, as null.
    let is_beside = |member: Value<'_>| {
        member.is_null() || BESIDE.contains(&member.raw_key().unwrap_or_default())
    };
    has("message")
        && (has("code") || has("type") || has("metadata"))
        && (value.children().all(is_beside) || is_error_of_sdk(value, error))
}

/// Whether an object is an error as an SDK throws it and a logger writes it: the body's error, and the status that is its
/// code too.
fn is_error_of_sdk(value: Value<'_>, error: Value<'_>) -> bool {
    let code = error.get("code").and_then(Value::number);
    let status = ["status", "statusCode", "status_code"]
        .iter()
        .find_map(|key| value.get(key)?.number());
    code.is_some() && code == status && !value.children().any(is_request)
}

/// Whether a value is OpenRouter's answer to a request for a completion that it refused.
pub(in crate::completion::load) fn is_refusal(body: Value<'_>) -> bool {
    is_error_body(body) && is_error_of_openrouter(body) && !is_error_of_record(body)
}

/// Whether a line's own words say of an error behind them that another service gave it, where nothing but its code is
/// OpenRouter's.
pub(in crate::completion::load) fn is_error_of_service(words: &str, body: Value<'_>) -> bool {
    const OTHERS: [&str; 20] = [
        "stripe",
        "paypal",
        "twilio",
        "sendgrid",
        "mailgun",
        "github",
        "gitlab",
        "slack",
        "discord",
        "telegram",
        "shopify",
        "supabase",
        "firebase",
        "notion",
        "hubspot",
        "salesforce",
        "zendesk",
        "jira",
        "s3",
        "postgres",
    ];
    let words = words.to_lowercase();
    let mut words = words.split(|c: char| !c.is_alphanumeric());
    is_error_body(body) && !has_sign_of_openrouter(body) && words.any(|word| OTHERS.contains(&word))
}

/// Whether an error's body is the answer to `GET /generation` or `GET /generation/content` where there is no record: of a
/// completion it tells nothing.
pub(in crate::completion::load) fn is_error_of_record(body: Value<'_>) -> bool {
    let error = body.get_some("error");
    let is_not_found = error
        .and_then(|error| error.get("code")?.number())
        .is_some_and(|code| code == "404");
    let message = error.and_then(|error| error.get("message")?.str());
    is_not_found && message.is_some_and(|message| message.trim_start().starts_with("Generation"))
}

/// Whether an error's body tells by itself that it is OpenRouter's: its code is an HTTP status as a number, and nothing
/// stands beside it that others write; or there is something that others don't write.
pub(in crate::completion::load) fn is_error_of_openrouter(body: Value<'_>) -> bool {
    let Some(error) = body.get_some("error") else {
        return false;
    };
    // Google has a status in words and details beside its number, JSON-RPC a number below zero.
    const OF_OTHERS: [&str; 3] = ["type", "status", "details"];
    let is_status = |code: Value<'_>| {
        let code = code.number().and_then(|code| code.parse::<u16>().ok());
        code.is_some_and(|code| (400..600).contains(&code))
    };
    let has_own_code = error.get("code").is_some_and(is_status)
        && !OF_OTHERS.iter().any(|key| error.get_some(key).is_some());
    has_own_code || has_sign_of_openrouter(body)
}

/// Whether an error's body has something that no other server writes.
fn has_sign_of_openrouter(body: Value<'_>) -> bool {
    const OWN: [&str; 2] = ["user_id", "openrouter_metadata"];
    let Some(error) = body.get_some("error") else {
        return false;
    };
    let names_provider = error
        .get("metadata")
        .is_some_and(|metadata| metadata.get_some("provider_name").is_some());
    // The Responses API of OpenRouter answers so.
    let is_of_responses = body.get("metadata").is_some()
        && error.get_some("code").is_some()
        && error.get("type").is_none()
        && error.get("param").is_none();
    let is_generation = || text(body, "id").is_some_and(|id| generation_id::is_one(&id));
    names_provider
        || is_of_responses
        || OWN.iter().any(|key| body.get_some(key).is_some())
        || is_generation()
}
