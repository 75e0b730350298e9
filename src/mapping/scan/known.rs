//! What of a conversation is known, and so what can be promised of it: where part of it was left out, was cut, or stands
//! elsewhere, that none of it leaves can't be told.

use super::conversation::{IN_COMPLETION, IN_RESPONSE, Role, file_text, of, role_of};
use super::left_out::{is_cut, is_placeholder, may_be_placeholder};
use crate::completion::slug::has_preset;
use crate::completion::{Completion, Stream, request_member};
use crate::json::{Kind, Value};
use crate::mapping::reading::{failure_of, number_text};

/// What of the conversation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Whether the prompt is.
    pub prompt: bool,
    /// Whether the answer is, be it none.
    pub answer: bool,
    /// Whether a preset may add to the prompt, so that not all of it is known: what it says is kept at OpenRouter.
    pub has_preset: bool,
}

impl Known {
    /// What is known of a completion.
    pub fn of(completion: &Completion) -> Known {
        let delivered = |key: &str| {
            let attributes = completion.delivery()?.get("attributes")?;
            attributes.get_some(key)
        };
        // What `GET /api/v1/generation/content` answered.
        let fetched = |key: &str| completion.content()?.get_some(key);
        // A Responses answer repeats what it goes on from, though a log may have left that out of the request.
        let elsewhere = ["previous_response_id", "prompt", "conversation"];
        let goes_on = completion
            .response()
            .is_some_and(|response| elsewhere.iter().any(|key| response.get_some(key).is_some()));
        let is_whole = completion.stream.as_ref().is_none_or(Stream::is_whole);
        let asked = !is_of_session(completion) && completion.request().is_some_and(holds_prompt);
        let answered = is_whole && completion.response().is_some_and(holds_answer);
        // Whoever kept the exchange may have cut it, and say so beside it.
        let says_cut = ["truncated", "is_truncated", "body_truncated"];
        let root = completion.document().root();
        let is_whole_record = !says_cut
            .iter()
            .any(|key| root.get(key).is_some_and(|value| value.raw() == "true"));
        // That a delivery's prompt has the preset's in it is not documented.
        let has_preset = completion.request().is_some_and(uses_preset);
        Known {
            prompt: !has_preset
                && !goes_on
                && is_whole_record
                && (asked
                    || delivered("gen_ai.prompt").is_some_and(is_whole_prompt)
                    || fetched("input").is_some_and(is_whole_prompt)),
            answer: is_whole_record
                && (answered
                    || delivered("gen_ai.completion").is_some_and(is_whole_answer)
                    || fetched("output").is_some_and(is_whole_answer)),
            has_preset,
        }
    }
}

/// Whether what was asked is but a message of a session, as Claude Code keeps them, without the system's prompt and the turns
/// before: the Messages API takes no request that names no model.
fn is_of_session(completion: &Completion) -> bool {
    let content = completion
        .response()
        .and_then(|response| response.get("content"));
    let names_model = |request| request_member(request, "model").is_some();
    content.is_some_and(|content| content.kind() == Kind::Array)
        && !completion.request().is_some_and(names_model)
}

/// Whether a request names a preset, by its field or within a model's slug.
fn uses_preset(request: Value<'_>) -> bool {
    let models = ["model", "models"]
        .into_iter()
        .filter_map(|key| request_member(request, key));
    let mut names = models
        .flat_map(|models| std::iter::once(models).chain(models.descendants()))
        .filter_map(Value::str);
    request_member(request, "preset").is_some() || names.any(|name| has_preset(&name))
}

/// Whether what a delivery has of the prompt is all of it: an attribute may be cut or masked on its way.
fn is_whole_prompt(delivered: Value<'_>) -> bool {
    match delivered.kind() {
        Kind::String => is_whole_text(delivered),
        Kind::Array => says_all(delivered, "messages").is_some_and(|said| said > 0),
        _ => holds_prompt(delivered),
    }
}

/// The same of the answer.
fn is_whole_answer(delivered: Value<'_>) -> bool {
    if delivered.kind() == Kind::String {
        return is_whole_text(delivered);
    }
    let mut has_any = false;
    for part in of(Some(delivered), &IN_COMPLETION) {
        if misses_text(part) {
            return false;
        }
        has_any |= holds_text(part) || part.descendants().any(calls_tool);
    }
    has_any
}

/// Whether an attribute that is no JSON is a text by itself, and not JSON that was cut.
fn is_whole_text(delivered: Value<'_>) -> bool {
    let text = delivered.str().unwrap_or_default();
    holds_text(delivered)
        && !misses_text(delivered)
        && !may_be_placeholder(&text)
        && !text.trim_start().starts_with(['{', '['])
}

/// Whether a request holds its whole prompt: it goes on from nothing that is kept elsewhere, says something besides what
/// the system says, and nothing of it was left out or cut by whoever kept it, or stands in a file that is not text.
fn holds_prompt(request: Value<'_>) -> bool {
    let goes_on = |key: &&str| request_member(request, key).is_some();
    if ["previous_response_id", "conversation"].iter().any(goes_on) {
        return false;
    }
    // What the system says, and what stands around the answer, is known as it is.
    let beside = ["system", "instructions", "prediction", "suffix"];
    if beside
        .iter()
        .filter_map(|key| request_member(request, key))
        .any(misses_text)
    {
        return false;
    }
    // Files that tools read are named by their ids.
    let files = ["file_ids", "vector_store_ids"];
    let tools = request_member(request, "tools");
    let names_files = |tools: Value<'_>| {
        let mut members = tools.descendants();
        members.any(|it| it.raw_key().is_some_and(|key| files.contains(&key)) && !it.is_empty())
    };
    let container = request_member(request, "container");
    if tools.is_some_and(names_files) || container.is_some_and(|it| it.kind() != Kind::Null) {
        return false;
    }
    let mut said = 0;
    for key in ["messages", "input", "prompt"] {
        let Some(value) = request_member(request, key) else {
            continue;
        };
        if value.kind() != Kind::Array {
            // An object is a template that is kept elsewhere, with what is put into it.
            let is_text = value.kind() == Kind::String && holds_text(value);
            match is_text && !misses_text(value) && !says_nothing(value) {
                true => said += 1,
                false => return false,
            }
            continue;
        }
        match says_all(value, key) {
            Some(count) => said += count,
            None => return false,
        }
    }
    said > 0
}

/// How many of the messages in a list say something that the system doesn't; none where part of it is not known.
fn says_all(messages: Value<'_>, key: &str) -> Option<usize> {
    let mut said = 0;
    for message in messages.children() {
        let text = |key: &str| message.get(key).and_then(Value::str);
        let kind = text("type");
        let is_kept_elsewhere = matches!(
            kind.as_deref(),
            Some("item_reference" | "compaction" | "compaction_summary")
        );
        let role = text("role");
        let is_of_system = matches!(role.as_deref(), Some("system" | "developer"));
        // What stands between messages is what a printer of objects put in place of some: `3 more items`.
        let is_one = role.is_some() || kind.is_some();
        let is_one = is_one || key != "messages" && message.kind() == Kind::String;
        let misses = misses_text(message) || misses_file(message) || misses_part(message);
        // What stands in place of a text says where that is kept, how long it is or what it hashes to.
        let is_of_tool = matches!(role.as_deref(), Some("tool" | "function" | "data"));
        let content = message.get("content");
        let is_elsewhere = content.is_some_and(|it| it.kind() == Kind::Object);
        let is_person = is_of_system || role.as_deref() == Some("user");
        let misses = misses || !is_of_tool && is_elsewhere || is_person && says_nothing(message);
        if is_kept_elsewhere || !is_one || misses {
            return None;
        }
        let has_text = holds_text(message);
        let is_empty = message
            .get("content")
            .is_some_and(|content| match content.kind() {
                Kind::String => content.non_empty_str().is_none(),
                Kind::Array => content.is_empty(),
                _ => false,
            });
        match role.as_deref() {
            _ if is_of_system => {}
            _ if has_text => said += usize::from(is_of_person(message)),
            Some("user") => return None,
            // A tool may give nothing back, and what calls tools says nothing else.
            Some("tool" | "function" | "assistant") if is_empty => {}
            Some("tool" | "function") => return None,
            Some("assistant") => {
                let calls = ["function_call", "tool_calls"];
                let calls = calls.iter().any(|key| message.get_some(key).is_some());
                if !calls && !message.descendants().any(calls_tool) {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(said)
}

/// Whether a message has text of a user's own, and not only what a tool gave back.
fn is_of_person(message: Value<'_>) -> bool {
    let says =
        |key: &str, what: &str| message.get(key).and_then(Value::str).as_deref() == Some(what);
    let is_of_tool =
        |part: Value<'_>| part.get("type").and_then(Value::str).as_deref() == Some("tool_result");
    let own = |content: Value<'_>| {
        let mut parts = content.children().filter(|part| !is_of_tool(*part));
        content.kind() == Kind::String || parts.any(holds_text)
    };
    // Of the Responses API, text alone is a user's.
    message.kind() == Kind::String
        || says("role", "user") && message.get("content").is_none_or(own)
        || message.get("role").is_none() && says("type", "input_text")
}

/// Whether a response holds its whole answer: it didn't fail on the way, nothing in it was left out or cut, and it is
/// empty only where nothing was generated.
fn holds_answer(response: Value<'_>) -> bool {
    let status = response.get("status").and_then(Value::str);
    // Of an answer that is still being made nobody knows how it goes on.
    let is_open = matches!(status.as_deref(), Some("in_progress" | "queued"));
    if is_open || failure_of(response).is_some() {
        return false;
    }
    let mut has_any = false;
    for part in of(Some(response), &IN_RESPONSE) {
        if misses_text(part) {
            return false;
        }
        let says = |part: Value<'_>| holds_text(part) || part.descendants().any(calls_tool);
        // Each of several answers counts.
        let is_choices = part.raw_key() == Some("choices");
        if is_choices && part.len() > 1 && !part.children().all(says) {
            return generated_nothing(response);
        }
        if part.descendants().any(misses_arguments) {
            return false;
        }
        has_any |= says(part);
    }
    has_any || generated_nothing(response)
}

/// Whether a part of a message or an answer calls a tool.
fn calls_tool(value: Value<'_>) -> bool {
    let kind = value.get("type").and_then(Value::str);
    kind.is_some_and(|kind| kind == "function" || kind.ends_with("_call") || kind == "tool_use")
}

/// Whether what a tool is given was left out of its call.
fn misses_arguments(value: Value<'_>) -> bool {
    let function = value
        .get("function")
        .filter(|it| it.get_some("name").is_some());
    function.is_some_and(|function| function.get_some("arguments").is_none())
}

/// Whether something stands in place of a part of a message's content, or none of it does: null, `... 3 more items`, a text
/// part without text.
fn misses_part(message: Value<'_>) -> bool {
    let lists = ["content", "output"];
    let mut parts = lists
        .iter()
        .filter_map(|key| message.get(key))
        .filter(|value| value.kind() == Kind::Array)
        .flat_map(Value::children);
    parts.any(|part| match part.kind() {
        Kind::Object => {
            let kind = part.get("type").and_then(Value::str);
            matches!(kind.as_deref(), Some("text" | "input_text" | "output_text"))
                && part
                    .get("text")
                    .is_none_or(|text| text.kind() == Kind::Null)
        }
        Kind::String => {
            let text = part.str().unwrap_or_default();
            text.ends_with(" more items") || text.ends_with(" more item")
        }
        _ => true,
    })
}

/// Whether the usage says that no token was generated. A response without usage says nothing of it.
fn generated_nothing(response: Value<'_>) -> bool {
    let usage = response.get("usage");
    let count = |key: &str| number_text(usage?.get(key)?);
    let counts = ["completion_tokens", "output_tokens"].map(count);
    let mut counts = counts.iter().flatten().peekable();
    counts.peek().is_some() && counts.all(|count| count == "0")
}

/// Whether a member of a file's part is what the file says, as text or as bytes of one.
fn says_what_it_holds(value: Value<'_>) -> bool {
    match value.raw_key() {
        Some("file_data" | "data") => value.kind() == Kind::String && file_text(value).is_some(),
        Some("text" | "content") => value.non_empty_str().is_some(),
        _ => false,
    }
}

/// Whether a file is named or comes as bytes that are no text, so that what it says is not known.
fn misses_file(message: Value<'_>) -> bool {
    let is_unknown = |part: Value<'_>| {
        let kind = part.get("type").and_then(Value::str);
        let is_file = matches!(
            kind.as_deref(),
            Some("file" | "input_file" | "file_url" | "container_upload" | "document")
        );
        is_file && !part.descendants().any(says_what_it_holds)
    };
    message.descendants().any(is_unknown)
}

/// The strings within a value that somebody said, itself among them.
fn texts<'c>(value: Value<'c>) -> impl Iterator<Item = Value<'c>> {
    let all = std::iter::once(value).chain(value.descendants());
    all.filter(move |text| {
        text.kind() == Kind::String && matches!(role_of(*text, value), Role::Text)
    })
}

/// Whether there is text, and not only what stands where text was taken out; what a file holds is, where that is text.
fn holds_text(value: Value<'_>) -> bool {
    let is_text = |text: Value<'_>| text.str().is_some_and(|text| !is_placeholder(&text));
    let is_file = |file: &Value<'_>| {
        file.kind() == Kind::String && matches!(role_of(*file, value), Role::File)
    };
    texts(value).any(is_text)
        || value
            .descendants()
            .filter(is_file)
            .any(|file| file_text(file).is_some())
}

/// Whether something in what a person said may stand in place of it. What a tool gave back may be a length or an address.
fn says_nothing(said: Value<'_>) -> bool {
    let is_of_tool = |text: Value<'_>| {
        let mut around = std::iter::successors(text.parent(), |it| it.parent());
        around.any(|it| it.get("tool_use_id").is_some())
    };
    texts(said).any(|text| {
        let is_placeholder = text
            .non_empty_str()
            .is_some_and(|text| may_be_placeholder(&text));
        is_placeholder && !is_of_tool(text)
    })
}

/// Whether there is something in place of a text, or a text that was cut. A tool may be given nothing.
fn misses_text(value: Value<'_>) -> bool {
    texts(value).any(|text| {
        let text = text.str().unwrap_or_default();
        let is_nothing = matches!(text.trim(), "" | "{}" | "[]");
        !is_nothing && is_placeholder(&text) || is_cut(&text)
    })
}
