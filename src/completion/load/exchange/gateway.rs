//! LiteLLM's log of a call (`StandardLoggingPayload`): the request's fields stand at the top, the response
//! beside them, and what the caller was is `end_user`.

use std::borrow::Cow;

use super::moment;
use crate::completion::load::ProblemKind;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::record::Reader;
use crate::completion::load::shape;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::completion::time;
use crate::json::{Document, Kind, Limits, Value, quote};

/// Whether a value is such a log record.
pub(in crate::completion::load) fn is_litellm(value: Value<'_>) -> bool {
    let has = |key| value.get(key).is_some();
    value.kind() == Kind::Object
        && has("custom_llm_provider")
        && has("messages")
        && has("response")
        && (has("call_type") || has("model_parameters") || has("hidden_params"))
}

/// Whether the call went through OpenRouter, as far as the record tells.
fn is_openrouters(value: Value<'_>) -> bool {
    let text = |key| value.get(key).and_then(Value::non_empty_str);
    let provider = text("custom_llm_provider");
    let base = text("api_base");
    let says =
        |text: &Option<Cow<'_, str>>| text.as_ref().is_some_and(|t| t.contains("openrouter"));
    says(&provider) || says(&base) || provider.is_none() && base.is_none()
}

/// Whether what LiteLLM says of a failure tells that the request was refused: it begins with a class that LiteLLM makes
/// of a status of 4xx, or ends with an error body of OpenRouter's that has such a code. All else, a timeout or a stream
/// that broke off above all, may have been answered behind LiteLLM's back.
fn is_refusal(failure: &str) -> bool {
    const CLASSES: [&str; 9] = [
        "AuthenticationError",
        "PermissionDeniedError",
        "BadRequestError",
        "InvalidRequestError",
        "NotFoundError",
        "RateLimitError",
        "UnprocessableEntityError",
        "ContextWindowExceededError",
        "ContentPolicyViolationError",
    ];
    let said = failure.trim_start();
    let said = said.strip_prefix("litellm.").unwrap_or(said);
    let class = said.split(|c: char| !c.is_ascii_alphanumeric()).next();
    if class.is_some_and(|class| CLASSES.contains(&class)) {
        return true;
    }
    // OpenRouter's own answer, behind the name of LiteLLM's exception.
    const GAVE_UP: [u16; 2] = [408, 499];
    let Some((_, body)) = said.split_once("Exception - ") else {
        return false;
    };
    let body = body.trim_start();
    let end = document_end(body.as_bytes(), 0).unwrap_or(body.len());
    Document::parse(body[..end].into(), Limits::default()).is_ok_and(|doc| {
        let code = doc.root().get("error").and_then(|error| error.get("code"));
        let code = code.and_then(|code| code.number()?.parse::<u16>().ok());
        code.is_some_and(|code| (400..500).contains(&code) && !GAVE_UP.contains(&code))
    })
}

/// Reads it.
pub(in crate::completion::load) fn read_litellm(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    let at = |value: Value<'_>| places.at(value.span().start);
    if !is_openrouters(value) {
        let provider = value.get("custom_llm_provider").and_then(Value::str);
        let provider = provider.unwrap_or_default();
        let what = format!("a call that LiteLLM sent to `{provider}`, not through OpenRouter");
        reader.problem(ProblemKind::Unrecognised, at(value), what);
        return;
    }
    let response = value.get_some("response");
    let failure = value
        .get_some("error_str")
        .filter(|error| error.non_empty_str().is_some());
    let held = response.and_then(|response| {
        let text = response.str()?;
        let doc = Document::parse(text.trim().into(), reader.limits).ok()?;
        shape::is_response(doc.root()).then_some((response, doc))
    });
    let as_it_is = response.filter(|response| shape::is_response(*response));
    let response = match (as_it_is, &held, failure) {
        (Some(response), ..) => Ok(response),
        (None, Some((_, doc)), _) => Ok(doc.root()),
        (None, None, Some(failure)) => Err(failure),
        (None, None, None) => {
            let what = "the response that LiteLLM logged here cannot be read: \
                        expected a chat completion, a Responses or a Messages object";
            reader.problem(
                ProblemKind::Malformed,
                at(response.unwrap_or(value)),
                what.to_owned(),
            );
            return;
        }
    };
    let mut builder = DocumentBuilder::default();
    builder.literal("{\"request\":{");
    write_request(value, &mut builder, places);
    builder.literal("},\"response\":");
    match (response, &held) {
        (Ok(response), Some((string, _))) => builder.derived(response.raw(), at(*string)),
        (Ok(response), None) => places.copy(response, &mut builder),
        (Err(failure), _) => {
            let text = failure.str().unwrap_or_default();
            let said: String = text.chars().take(500).collect();
            let said = quote(&said);
            match is_refusal(&text) {
                true => {
                    builder.literal("{\"error\":{\"message\":");
                    builder.derived(&said, at(failure));
                    builder.literal("}}");
                }
                false => {
                    builder.literal("null,\"captured\":{\"ending\":\"lost\",\"reason\":");
                    builder.derived(&said, at(failure));
                    builder.literal("}");
                }
            }
        }
    }
    let moment = |key| value.get_some(key).and_then(moment::of);
    let (started, ended) = (moment("startTime"), moment("endTime"));
    if let (Some(end), Some(ended)) = (value.get_some("endTime"), ended) {
        if let Some(took) = started
            .map(|started| ended - started)
            .filter(|took| *took > 0)
        {
            builder.literal(",\"duration_ms\":");
            builder.derived(&took.to_string(), at(end));
        }
        if let Some(ended) = time::iso(ended) {
            builder.literal(",\"completed_at\":");
            builder.derived(&quote(&ended), at(end));
        }
    }
    builder.literal("}");
    reader.push(None, builder, None);
}

/// The request that the proxy got, as the rows of its spend log have it: as it is, or with its URL and headers beside the body.
fn sent_to_proxy(value: Value<'_>) -> Option<Value<'_>> {
    let request = value.get_some("proxy_server_request")?;
    let body = request.get_some("body").unwrap_or(request);
    shape::is_request(body).then_some(body)
}

/// What the caller gave for the request's body, which a callback's arguments have beside the record alone.
fn given_beside(value: Value<'_>) -> Option<Value<'_>> {
    let arguments = value
        .parent()
        .filter(|_| value.raw_key() == Some("standard_logging_object"))?;
    let given = arguments
        .get_some("optional_params")?
        .get_some("extra_body")?;
    (given.kind() == Kind::Object).then_some(given)
}

/// The members of the request: those that stand at the top, and the call's parameters.
fn write_request(value: Value<'_>, builder: &mut DocumentBuilder, places: &Places<'_>) {
    let at = |value: Value<'_>| places.at(value.span().start);
    let mut comma = "";
    let mut open = |builder: &mut DocumentBuilder, key: &str| {
        builder.literal(&format!("{comma}{}:", quote(key)));
        comma = ",";
    };
    if let Some(model) = value.get_some("model") {
        open(builder, "model");
        // LiteLLM's own names say first through whom: `openrouter/openai/gpt-4o`.
        let text = model.str().unwrap_or_default();
        match text
            .strip_prefix("openrouter/")
            .filter(|rest| rest.contains('/'))
        {
            Some(slug) => builder.derived(&quote(slug), at(model)),
            None => places.copy(model, builder),
        }
    }
    let sent = sent_to_proxy(value);
    let is_said = |messages: &Value<'_>| messages.kind() == Kind::String || !messages.is_empty();
    let messages = value.get_some("messages").filter(is_said);
    if let Some(messages) = messages.or_else(|| sent?.get_some("messages")) {
        match messages.kind() {
            Kind::String if !shape::are_messages(messages) => open(builder, "prompt"),
            _ => open(builder, "messages"),
        }
        places.copy(messages, builder);
    }
    let parameters = value.get_some("model_parameters").or(sent);
    let user = parameters.and_then(|parameters| parameters.get_some("user"));
    let end_user = value
        .get_some("end_user")
        .filter(|user| user.non_empty_str().is_some());
    if let Some(user) = end_user.filter(|_| user.is_none()) {
        open(builder, "user");
        places.copy(user, builder);
    }
    let has = |key: &str| parameters.is_some_and(|parameters| parameters.get(key).is_some());
    if let Some(beside) = given_beside(value).filter(|_| !has("extra_body")) {
        let more = beside.children();
        for member in more.filter(|member| !has(member.raw_key().unwrap_or_default())) {
            open(builder, &member.key().unwrap_or_default());
            places.copy(member, builder);
        }
    }
    for member in parameters.into_iter().flat_map(Value::children) {
        let key = member.key().unwrap_or_default();
        match key.as_ref() {
            "model" | "messages" | "prompt" => {}
            // What the SDK unpacks into the request before it is sent.
            "extra_body" if member.kind() == Kind::Object => {
                for inner in member.children() {
                    open(builder, &inner.key().unwrap_or_default());
                    places.copy(inner, builder);
                }
            }
            _ => {
                open(builder, &key);
                places.copy(member, builder);
            }
        }
    }
}
