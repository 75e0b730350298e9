//! What a text or a value is that is no completion, named so that whoever loaded it knows what to do. Only
//! what the content shows is claimed.

mod binary;
mod printed;

use crate::json::{Kind, Value};

pub(super) use binary::of_bytes;
pub(super) use printed::{of_broken, of_lines, of_record};

/// What a text is that a tool keeps in a language of its own, told by its beginning.
pub(super) fn of_tool(text: &str) -> Option<&'static str> {
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    // Its strings stand there without escapes, so that nobody can tell for certain where one ends.
    if begins(&["// Jest Snapshot v", "// Vitest Snapshot v", "exports[`"]) {
        return Some(
            "a snapshot of Jest or Vitest, which has values as its printer shows them and not as JSON; \
             write the response into a file with JSON.stringify(…)",
        );
    }
    if begins(&["meta {"]) && text.contains("\n  type: ") {
        return Some(
            "a request of Bruno's, without its response; save the response, or run the collection with \
             `bru run --output results.json`",
        );
    }
    let has = |sign: &str| text.contains(sign);
    // With --trace-time a time stands before each.
    let untimed = text.trim_start_matches(|c: char| c.is_ascii_digit() || " :.".contains(c));
    let is_trace = ["== Info: ", "=> Send header, ", "<= Recv header, "]
        .iter()
        .any(|start| untimed.starts_with(start));
    if is_trace && has("\n0000: ") {
        return Some(
            "what curl writes with --trace or --trace-ascii, cut into pieces that lose characters; use `curl -v` or `curl -i`",
        );
    }
    if begins(&["# aider chat started at ", "TO LLM 2"]) {
        return Some(
            "a history of aider's, which has the texts and nothing of the completions; run aider under `rainscope listen`",
        );
    }
    let is_nock = |line: &str| line.starts_with("nock('") || line.starts_with("nock(\"");
    if text.lines().take(8).any(is_nock) && has(".reply(") {
        return Some(
            "a program that nock wrote, in which bodies are cut and packed; record with \
             `nock.recorder.rec({ output_objects: true, dont_print: true })` and write `nock.recorder.play()` as JSON",
        );
    }
    if begins(&["var path = require"]) && has("module.exports = function (req, res)") {
        return Some(
            "a tape of yakbak's, which is a program; replay it, and record it as HAR or with another recorder",
        );
    }
    if may_be_tape(text) && has("req: {") && has("res: {") {
        return Some("a tape of talkback's, which is JSON5; write it as JSON (`npx json5 FILE`)");
    }
    None
}

/// Whether a text begins like a tape of talkback's, which only what follows tells for certain.
pub(super) fn may_be_tape(text: &str) -> bool {
    let inside = text.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with("meta:"))
}

/// What a record of text is, in a few words.
pub(super) fn describe(text: &str) -> &'static str {
    let first = text.chars().next().unwrap_or(' ');
    match () {
        () if text.starts_with("curl ") => "a curl command, so a request without its response",
        () if first.is_control() => "a control character where JSON was expected",
        () => "a line of text without JSON",
    }
}

/// What stands where JSON was expected, where that is no broken JSON: a reader's words about its first letter would say
/// nothing.
pub(super) fn no_json(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    match text.chars().next() {
        None => Some("empty"),
        Some('{' | '[' | '"') => None,
        Some('<') => Some("HTML or XML"),
        // A number or a word of JSON's may have something behind it.
        Some('0'..='9' | '-') => None,
        Some(_) if ["true", "false", "null"].contains(&text.trim_end()) => None,
        Some(c) if c.is_control() => None,
        Some(_) => Some("text without JSON"),
    }
}

/// What a file is of which nothing was recognised, told by its beginning.
pub(super) fn of_file(head: &str) -> Option<String> {
    let head = head.trim_start();
    if head.starts_with(['{', '[', '"']) {
        return None;
    }
    let begins = |start: &str| {
        head.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    if begins("<!doctype html") || begins("<html") || begins("<head") {
        return Some(match title(head) {
            Some(title) => format!(
                "an HTML page (its title: {title}), not what the API answers; look at the address that was asked"
            ),
            None => "an HTML page, not what the API answers; look at the address that was asked"
                .to_owned(),
        });
    }
    let what = if begins("<?xml") || begins("<svg") {
        "XML; OpenRouter's APIs answer with JSON"
    } else if begins("%PDF-") {
        "a PDF"
    } else if begins("-----BEGIN ") {
        "a key or a certificate; nothing of it was read"
    } else if is_base64(head) {
        "base64; decode it first (base64 -d)"
    } else if let Some(what) = of_lines(head) {
        what
    } else if is_yaml(head) {
        "YAML without HTTP exchanges; a cassette has `interactions` or `http_interactions`"
    } else {
        return None;
    };
    Some(what.to_owned())
}

fn title(html: &str) -> Option<String> {
    const LONGEST: usize = 80;
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    let title = html.get(start..end)?.split_whitespace();
    let title: String = title.collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| title.chars().take(LONGEST).collect())
}

fn is_base64(text: &str) -> bool {
    const SHORTEST: usize = 64;
    let is_of_it = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
    text.len() >= SHORTEST && text.bytes().all(is_of_it)
}

/// Two keys at least, at the beginning of their lines, or the mark of a document before one.
fn is_yaml(text: &str) -> bool {
    let lines = text.lines().take(100);
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let is_key = |line: &&str| {
        let (key, rest) = line.split_once(':').unwrap_or_default();
        !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            && (rest.is_empty() || rest.starts_with(' '))
    };
    let is_marked = text.starts_with("---\n") || text.starts_with("%YAML");
    let keys = lines.filter(is_key).count();
    keys >= 2 || (is_marked && keys == 1)
}

/// Whether a value describes an API, so that the answers in it are examples.
pub(super) fn is_description(value: Value<'_>) -> bool {
    let has = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    let is_object = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Object);
    (has("openapi") || has("swagger")) && is_object("paths")
        || has("asyncapi") && is_object("channels")
        || value
            .get("$schema")
            .and_then(Value::str)
            .is_some_and(|schema| schema.contains("json-schema.org/"))
}

/// Whether a value is an answer of DashScope, Alibaba's own API, in which choices stand as OpenAI's do.
pub(super) fn is_of_dashscope(value: Value<'_>) -> bool {
    let has = |at: Value<'_>, key: &str| at.get_some(key).is_some();
    let is_output = |output: Value<'_>| {
        output.kind() == Kind::Object && (has(output, "choices") || has(output, "text"))
    };
    let is_id = |id: Value<'_>| id.kind() == Kind::String;
    value.get("output").is_some_and(is_output)
        && value.get("request_id").is_some_and(is_id)
        && !has(value, "id")
        && !has(value, "request")
        && value
            .get("usage")
            .is_some_and(|usage| has(usage, "input_tokens") || has(usage, "total_tokens"))
}

/// What to say of such an answer.
pub(super) const DASHSCOPE: &str =
    "an answer of DashScope, Alibaba's own API: it did not come through OpenRouter";

/// What to say of such a description.
pub(super) const DESCRIPTION: &str = "an OpenAPI description (or AsyncAPI, or JSON Schema), whose requests and answers are examples; nothing of it was read";

/// A JSON document of another kind that is known.
pub(super) fn of_value(value: Value<'_>) -> Option<&'static str> {
    let text = |at: Value<'_>, key: &str| {
        let text = at.get(key).and_then(Value::str);
        text.map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    let has = |key: &str| value.get(key).is_some();
    let is_list = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Array);
    if text(value, "version").starts_with("orpg.") {
        return Some(
            "an export of OpenRouter's chatroom: it has the conversation and the ids of its \
             generations, but neither requests nor responses; look a generation up by its id",
        );
    }
    if let Some(info) = value.get("info")
        && (text(info, "schema").contains("getpostman.com") || info.get("_postman_id").is_some())
    {
        return Some(
            "a Postman collection without a response of OpenRouter's; save the response as an \
             example, or export what was sent as HAR",
        );
    }
    if has("error") && !has("choices") && is_error_of_anyone(value) {
        return Some(
            "an error by itself, without the `code` that OpenRouter's have, so that nobody can tell whose it is; \
             a sample or an exchange with its request would tell",
        );
    }
    if text(value, "type") == "session_meta" && has("payload") {
        return Some(
            "a session of Codex's, which keeps texts and no generation ids; run Codex under `rainscope listen`",
        );
    }
    if has("providerID") && has("modelID") && has("tokens") {
        return Some(
            "a message that opencode keeps, without the generation's id; run opencode under `rainscope listen`",
        );
    }
    if has("promptIdx") && has("vars") {
        return Some(
            "a result of promptfoo: it keeps the text of an answer, not the response it came in",
        );
    }
    if has("openapi") || has("swagger") || is_description(value) {
        return Some(DESCRIPTION);
    }
    let of_langchain =
        |at: Value<'_>| at.get("response_metadata").is_some() && at.get("content").is_some();
    if of_langchain(value)
        || value.get("kwargs").is_some_and(of_langchain)
        || value.get("data").is_some_and(of_langchain)
    {
        return Some(
            "a message of LangChain's, which keeps the text of an answer and not the response it came in; \
             load its generation by the id, or run the program under `rainscope listen`",
        );
    }
    if has("run_type") && has("inputs") && (has("outputs") || has("error")) {
        return Some(
            "a run of LangSmith's, which keeps messages in LangChain's own form and not the response; \
             load its generation by the id, or run the program under `rainscope listen`",
        );
    }
    if has("nbformat") && is_list("cells") {
        return Some("a notebook without a completion in its outputs");
    }
    if has("resourceMetrics") || has("resourceLogs") {
        return Some("OTLP metrics or logs; OpenRouter's Broadcast sends traces (`resourceSpans`)");
    }
    if let Some(what) = of_another_api(value) {
        return Some(what);
    }
    if value
        .get("data")
        .and_then(|data| data.item(0))
        .is_some_and(|model| {
            model.get("pricing").is_some() && model.get("context_length").is_some()
        })
    {
        return Some("OpenRouter's list of models, no generation");
    }
    None
}

/// What an object is that another API than those for completions answered. OpenRouter gives such answers ids like a
/// generation's, and usage.
pub(super) fn of_another_api(value: Value<'_>) -> Option<&'static str> {
    let first = |key: &str| value.get(key).and_then(|list| list.item(0));
    let first_has = |list: &str, keys: &[&str]| {
        let item = first(list);
        item.is_some_and(|item| keys.iter().any(|key| item.get(key).is_some()))
    };
    let has = |key: &str| value.get_some(key).is_some();
    let is = |key: &str, expected: &str| {
        value.get(key).and_then(Value::str).as_deref() == Some(expected)
    };
    let counts = |key: &str| {
        value
            .get("usage")
            .is_some_and(|usage| usage.get(key).is_some())
    };
    // Of these APIs' own answers each has one of them.
    if ["choices", "output", "content"].iter().any(|key| has(key))
        && !is("object", "realtime.response")
        && !is("object", "response.compaction")
    {
        return None;
    }
    let is_vector = || first("data").is_some_and(|item| item.kind() == Kind::Array);
    Some(
        if first_has("data", &["embedding"]) || is("object", "list") && has("data") || is_vector() {
            match first_has("data", &["relevance_score"]) {
                true => "an answer of the rerank API, no generation",
                false if first_has("data", &["pricing", "owned_by"]) => return None,
                false if first_has("data", &["content", "type", "summary", "call_id"]) => {
                    "a list of the items of a conversation, no answer"
                }
                false => "an answer of the embeddings API, no generation",
            }
        } else if first_has("data", &["b64_json", "revised_prompt"])
            || first_has("data", &["url"]) && has("created")
        {
            "an answer of the images API, no completion"
        } else if first_has("results", &["relevance_score"])
            || first_has("data", &["relevance_score"])
            || has("results") && counts("search_units")
        {
            "an answer of the rerank API, no generation"
        } else if first_has("results", &["flagged"]) {
            "an answer of the moderations API, no generation"
        } else if has("polling_url") || is("object", "video") {
            "a job of the videos API, no completion"
        } else if has("text") && (counts("seconds") || has("segments")) {
            "an answer of the transcriptions API, no completion"
        } else if has("audio") {
            "an answer of the speech API, no completion"
        } else if is("object", "realtime.response") {
            "an answer of the Realtime API, which OpenRouter does not have"
        } else if is("object", "response.compaction") {
            "a conversation that the Responses API made shorter, no answer"
        } else {
            return None;
        },
    )
}

/// Whether an object holds an error and little else.
fn is_error_of_anyone(value: Value<'_>) -> bool {
    const BESIDE: [&str; 9] = [
        "error",
        "message",
        "status",
        "statusCode",
        "status_code",
        "type",
        "success",
        "ok",
        "request_id",
    ];
    let error = value.get("error");
    let says = error.is_some_and(|error| {
        error.kind() == Kind::String
            || error
                .get("message")
                .is_some_and(|message| message.kind() == Kind::String)
    });
    says && value
        .children()
        .all(|member| BESIDE.contains(&member.raw_key().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files() {
        let check = |head: &str, expected: Option<&str>| {
            let found = of_file(head);
            let is_it = match expected {
                Some(expected) => found
                    .as_deref()
                    .is_some_and(|found| found.contains(expected)),
                None => found.is_none(),
            };
            assert!(is_it, "{head:?}: {found:?}");
        };
        check(
            "\n<!DOCTYPE html><title> Just a\nmoment…</title>",
            Some("(its title: Just a moment…)"),
        );
        check("<HTML>", Some("an HTML page, not"));
        check("<?xml version=\"1.0\"?>", Some("XML"));
        check("---\na: 1", Some("YAML"));
        check("a: 1\nb:\n  c: 2", Some("YAML"));
        check(&"QUJD".repeat(20), Some("base64"));
        check("Dear Ada,\nhow are you, and your cat?\n", None);
        check("note: the parcel\n", None);
    }
}
