//! Which strings of a completion are the conversation: what was asked, what was answered, and what tools
//! were given and gave back. None of them may leave in privacy mode.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::readings::encodings::percent;
use crate::completion::Completion;
use crate::json::{Kind, Value};

/// Where the parts of a conversation stand in a request. A prediction is text that the caller has already, documents and
/// context are what the answer is to be made of.
const IN_REQUEST: [&str; 9] = [
    "messages",
    "input",
    "prompt",
    "instructions",
    "system",
    "prediction",
    "suffix",
    "documents",
    "context",
];
/// A Responses answer repeats the instructions. What a search found is part of what was answered, and so are the titles of
/// pictures and films and the questions to go on with that Perplexity adds.
pub(super) const IN_RESPONSE: [&str; 10] = [
    "choices",
    "output",
    "output_text",
    "content",
    "instructions",
    "citations",
    "search_results",
    "related_questions",
    "images",
    "videos",
];
/// In a delivery's completion, which holds the whole request too.
pub(super) const IN_COMPLETION: [&str; 4] = ["completion", "reasoning", "toolCalls", "tool_calls"];

/// Whether a member of this name is a part of a conversation, be it of a request, a response or a delivery.
#[cfg(feature = "program")]
pub fn is_part(key: &str) -> bool {
    let all = [&IN_REQUEST[..], &IN_RESPONSE, &IN_COMPLETION];
    all.iter().any(|names| names.contains(&key))
}

/// A text of a conversation.
#[derive(Debug, Clone)]
pub enum Text<'c> {
    /// A string of the completion.
    String(Value<'c>),
    /// What a file holds that stands in it as base64, a key or a number of what a tool was given or gave back.
    Made(Cow<'c, str>),
    /// The address or the data of a picture, a film or a recording, which nobody reads.
    Given(Value<'c>),
}

impl<'c> Text<'c> {
    /// The text as a person reads it.
    pub fn read(&self) -> Cow<'_, str> {
        match self {
            Text::String(value) => value.str().unwrap_or_default(),
            Text::Made(text) => Cow::Borrowed(text),
            Text::Given(_) => Cow::Borrowed(""),
        }
    }
}

/// Hands on each text of a completion's conversation.
pub fn each_text<'c>(completion: &'c Completion, mut each: impl FnMut(Text<'c>)) {
    let attributes = completion.delivery().and_then(|d| d.get("attributes"));
    let delivered = |key: &str| attributes?.get_some(key);
    let (prompt, answer) = (delivered("gen_ai.prompt"), delivered("gen_ai.completion"));
    let fetched = |key: &str| completion.content()?.get_some(key);
    let raw_request = answer.and_then(|answer| answer.get("rawRequest"));
    let asked: Vec<Value<'_>> = completion.request().into_iter().flat_map(bodies).collect();
    let parts = asked
        .iter()
        .flat_map(|body| of(Some(*body), &IN_REQUEST).chain(search_prompts(*body)))
        .chain(of(completion.response(), &IN_RESPONSE))
        // Those in force, which the request need not have repeated.
        .chain(of(completion.response(), &["instructions"]))
        .chain(of(prompt, &IN_REQUEST))
        .chain(of(answer, &IN_COMPLETION))
        .chain(of(raw_request, &IN_REQUEST))
        .chain(of(fetched("input"), &IN_REQUEST))
        .chain(of(fetched("output"), &IN_COMPLETION));
    for part in parts {
        if part.kind() == Kind::String {
            each(Text::String(part));
            continue;
        }
        for value in part.descendants() {
            match value.kind() {
                Kind::String => match role_of(value, part) {
                    Role::Text => each(Text::String(value)),
                    Role::File => each(match file_text(value) {
                        Some(text) => Text::Made(Cow::Owned(text)),
                        None => Text::Given(value),
                    }),
                    Role::Address => each(Text::Given(value)),
                    Role::Protocol => {}
                },
                Kind::Number if is_of_tool(value, part) => {
                    each(Text::Made(Cow::Borrowed(value.raw())));
                }
                // The keys of what a tool is given are the model's or the caller's words as well.
                Kind::Object if is_of_tool(value, part) => {
                    let keys = value.children().filter_map(Value::key);
                    keys.for_each(|key| each(Text::Made(key)));
                }
                _ => {}
            }
        }
    }
}

/// A request and what it holds of others: what a client puts into it stands in place of what it has there, so that both
/// were said.
fn bodies(request: Value<'_>) -> Vec<Value<'_>> {
    const HOLDERS: [&str; 3] = ["extra_body", "extraBody", "body"];
    /// Chosen: nobody puts one into another more often.
    const MOST: usize = 8;
    let mut all = vec![request];
    let mut at = 0;
    while let Some(body) = all.get(at).copied().filter(|_| all.len() < MOST) {
        all.extend(HOLDERS.iter().filter_map(|key| body.get_some(key)));
        at += 1;
    }
    all.retain(|body| body.kind() == Kind::Object);
    all
}

/// What a request's plugins are told about what to look for.
fn search_prompts(request: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let plugins = request.get_some("plugins").into_iter();
    let plugins = plugins.flat_map(|plugins| plugins.children());
    plugins.filter_map(|plugin| plugin.get_some("search_prompt"))
}

/// The members with these keys, or the whole of what is a text by itself.
pub(super) fn of<'c>(
    value: Option<Value<'c>>,
    keys: &'static [&str],
) -> impl Iterator<Item = Value<'c>> {
    let text = value.filter(|value| value.kind() == Kind::String);
    let members = keys.iter().filter_map(move |key| value?.get_some(key));
    text.into_iter().chain(members)
}

/// What a string of a conversation is.
pub(super) enum Role {
    /// Text that someone wrote, or that a tool was given or gave back.
    Text,
    /// A file's bytes.
    File,
    /// Where a picture or another thing that was given is, or its data in a data URL.
    Address,
    /// A name, an id or a setting of the protocol.
    Protocol,
}

/// Tells what a string below `part` is by the keys on the way to it.
pub(super) fn role_of(value: Value<'_>, part: Value<'_>) -> Role {
    const FILES: [&str; 2] = ["file_data", "data"];
    const PROTOCOL: [&str; 26] = [
        "role",
        "type",
        "id",
        "name",
        "tool_call_id",
        "tool_use_id",
        "call_id",
        "item_id",
        "server_label",
        "finish_reason",
        "native_finish_reason",
        "stop_reason",
        "status",
        "phase",
        "format",
        "signature",
        "encrypted_content",
        "detail",
        "media_type",
        "mime_type",
        "hash",
        "file_id",
        "image_url",
        "video_url",
        "logprobs",
        "cache_control",
    ];
    let mut role = Role::Text;
    let mut at = value;
    loop {
        match at.raw_key() {
            Some(_) if at != part && is_given_or_back(at) => {
                return match role {
                    Role::File => Role::File,
                    _ => Role::Text,
                };
            }
            Some(key) if FILES.contains(&key) => role = Role::File,
            Some("url") if is_address(at) => role = Role::Address,
            Some("image_url" | "video_url") if at == value => role = Role::Address,
            Some("image_url" | "video_url") if matches!(role, Role::Address) => {}
            Some(key) if PROTOCOL.contains(&key) => role = Role::Protocol,
            _ => {}
        }
        match at.parent() {
            Some(parent) if at != part => at = parent,
            _ => return role,
        }
    }
}

/// Whether a member is what a tool was given or gave back, which is text whatever its keys are.
fn is_given_or_back(member: Value<'_>) -> bool {
    // `args` is of Vercel's AI SDK 4, `structuredContent` of MCP, `parsed` of the SDKs that read an answer by a schema.
    const GIVEN: [&str; 9] = [
        "input",
        "arguments",
        "args",
        "action",
        "queries",
        "parameters",
        "structuredContent",
        "structured_content",
        "parsed",
    ];
    let holder = || member.parent();
    let text = |key: &str| holder()?.get(key)?.str();
    match member.raw_key() {
        Some(key) if GIVEN.contains(&key) => true,
        // As an object of the tool's own: lists are of parts, whose keys are the protocol's.
        Some("content") if member.kind() == Kind::Object => {
            matches!(text("role").as_deref(), Some("tool" | "function" | "data"))
                || text("type").as_deref() == Some("tool_result")
        }
        Some("output") if member.kind() == Kind::Object => text("type").is_some(),
        Some("result") => text("type").is_some_and(|kind| kind.contains("tool")),
        // A list of what has no type is the tool's own too.
        Some("output") if member.kind() == Kind::Array => {
            let is_item = text("type").is_some_and(|kind| kind.ends_with("_output"));
            let mut items = member.children();
            is_item && items.all(|item| item.get("type").is_none())
        }
        Some("value") => text("type").as_deref() == Some("json") && member.kind().is_container(),
        _ => false,
    }
}

/// Whether a value is part of such a member.
fn is_of_tool(value: Value<'_>, part: Value<'_>) -> bool {
    let mut at = value;
    while at != part {
        if is_given_or_back(at) {
            return true;
        }
        match at.parent() {
            Some(parent) => at = parent,
            None => return false,
        }
    }
    false
}

/// Whether a `url` is the address of something that was given, and not what an annotation cites.
fn is_address(url: Value<'_>) -> bool {
    let around = url.parent();
    let key = around.and_then(|around| around.raw_key());
    !matches!(key, Some("url_citation"))
        && around.is_none_or(|around| around.get("title").is_none())
}

/// What a file holds, where it is text: in a data URL, or all of it in base64. What is an address names a file that is
/// kept elsewhere.
pub(super) fn file_text(value: Value<'_>) -> Option<String> {
    /// So much is looked at before all of it is decoded.
    const HEAD: usize = 512;
    const ADDRESSES: [&str; 6] = ["https://", "http://", "gs://", "s3://", "file://", "blob:"];
    let whole = value.str()?;
    let data = match whole.strip_prefix("data:") {
        Some(url) => {
            let (head, data) = url.split_once(',')?;
            if !may_be_text(head) {
                return None;
            }
            if !head.ends_with(";base64") {
                let plain = percent(data);
                return Some(plain.unwrap_or_else(|| data.to_owned()));
            }
            data
        }
        None => &whole,
    };
    let is_word = || !data.trim().contains(char::is_whitespace);
    if ADDRESSES.iter().any(|scheme| data.starts_with(scheme)) && is_word() {
        return None;
    }
    let is_code = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '+' | '/' | '-' | '_' | '=' | '\n' | '\r' | ' ' | '\t')
    };
    let is_url = whole.len() > data.len();
    // Anthropic's `source` of type `text` has the text itself, which has blanks as no code of a file's has.
    let head = || data.chars().take(HEAD);
    if !head().all(is_code) || !is_url && head().any(|c| c == ' ') {
        return Some(data.to_owned());
    }
    let code: String = data
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let head = code.len().min(HEAD) / 4 * 4;
    let head = STANDARD_NO_PAD.decode(&code[..head]).ok()?;
    let is_text = match std::str::from_utf8(&head) {
        Ok(text) => !text.contains(is_binary) && !text.starts_with("%PDF"),
        Err(error) => error.error_len().is_none(),
    };
    if !is_text {
        return None;
    }
    String::from_utf8(STANDARD_NO_PAD.decode(&code).ok()?).ok()
}

/// Whether what a data URL says before its comma lets its data be text.
fn may_be_text(head: &str) -> bool {
    const NO_TEXT: [&str; 5] = ["image/", "audio/", "video/", "font/", "application/"];
    const TEXT: [&str; 8] = [
        "json",
        "xml",
        "yaml",
        "csv",
        "javascript",
        "sql",
        "toml",
        "x-sh",
    ];
    let kind = head
        .split(';')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    // Many send a file under the kind that stands for any.
    kind == "application/octet-stream"
        || !NO_TEXT.iter().any(|none| kind.starts_with(none))
        || TEXT.iter().any(|text| kind.contains(text))
}

/// Whether no text has such a character.
const fn is_binary(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}')
}
