//! The bodies of requests that were refused, and whose they are.

use super::{is_request, text};
use crate::completion::generation_id;
use crate::json::{Kind, Value};

/// The body of a refused request, with nothing beside the error that a program's own record would have.
pub(in crate::completion::load) fn is_error_body(value: Value<'_>) -> bool {
    const BESIDE: [&str; 14] = [
        "error",
        "error_type",
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
        let key = member.raw_key().unwrap_or_default();
        let is_failed = || key == "status" && text(value, key).is_some_and(|it| it == "failed");
        member.is_null() || BESIDE.contains(&key) || is_failed()
    };
    has("message")
        && (has("code") || has("type") || has("metadata") || has("error_type"))
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
        || has_own_type(body, error)
        || OWN.iter().any(|key| body.get_some(key).is_some())
        || is_generation()
}

/// Whether an error has one of the types that OpenRouter gives all its errors, whichever API was asked, at a place where it
/// gives them: documented in "Errors and Debugging", listed in OpenRouter's SDKs as `APIErrorType`.
fn has_own_type(body: Value<'_>, error: Value<'_>) -> bool {
    const TYPES: [&str; 27] = [
        "context_length_exceeded",
        "max_tokens_exceeded",
        "token_limit_exceeded",
        "string_too_long",
        "authentication",
        "permission_denied",
        "payment_required",
        "rate_limit_exceeded",
        "provider_overloaded",
        "provider_unavailable",
        "invalid_request",
        "invalid_prompt",
        "not_found",
        "precondition_failed",
        "payload_too_large",
        "unprocessable",
        "content_policy_violation",
        "refusal",
        "invalid_image",
        "image_too_large",
        "image_too_small",
        "unsupported_image_format",
        "image_not_found",
        "image_download_failed",
        "server",
        "timeout",
        "unmapped",
    ];
    let is_one = |value: Value<'_>| {
        text(value, "error_type").is_some_and(|kind| TYPES.contains(&kind.as_ref()))
    };
    let is = |key: &str, expected: &str| text(body, key).is_some_and(|it| it == expected);
    is_one(body) && is("status", "failed")
        || is_one(error) && (is("type", "error") || error.get_some("http_status").is_some())
        || error.get_some("metadata").is_some_and(is_one)
}
