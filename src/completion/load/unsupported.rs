//! What a text or a value is that is no completion, named so that whoever loaded it knows what to do. Only
//! what the content shows is claimed.

use super::formats::FileHead;
use super::framing::split::content_start;
use super::{ProblemKind, activity};
use crate::json::{Kind, Value};

/// A format that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnsupportedFormat {
    /// Malformed where it may be a completion written down in another way, else unrecognised.
    pub kind: ProblemKind,
    /// What it is, and what to do.
    pub what: &'static str,
    /// Byte offset at which it shows.
    pub at: usize,
}

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
    let is_trace = begins(&["== Info: ", "=> Send header, ", "<= Recv header, "]);
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
    if begins(&["var path = require"]) && has("module.exports = function (req, res)") {
        return Some(
            "a tape of yakbak's, which is a program; replay it, and record it as HAR or with another recorder",
        );
    }
    let inside = text.strip_prefix('{').map(str::trim_start);
    if inside.is_some_and(|inside| inside.starts_with("meta:")) && has("req: {") && has("res: {") {
        return Some("a tape of talkback's, which is JSON5; write it as JSON (`npx json5 FILE`)");
    }
    None
}

/// What may stand before an object on a line of a log, in bytes.
const LONGEST_PREFIX: usize = 200;

/// What a record is that is no JSON; `error_at` is where reading it as JSON ended.
pub(super) fn of_record(text: &str, error_at: usize) -> Option<UnsupportedFormat> {
    // A log may say something before it.
    let brace = memchr::memchr(b'{', text.as_bytes()).filter(|at| *at <= LONGEST_PREFIX);
    let behind = brace.map(|at| (at, &text[at..]));
    let whole = std::iter::once((0, text)).chain(behind);
    let (what, at) = match comment(text, error_at) {
        Some(what) => (what, error_at),
        None => whole
            .into_iter()
            .find_map(|(at, text)| Some((object_of_a_language(text)?, at)))?,
    };
    let signs = ["choices", "gen-", "usage", "messages", "output"];
    let may_be_completion = signs.iter().any(|sign| text.contains(sign));
    let kind = match may_be_completion {
        true => ProblemKind::Malformed,
        false => ProblemKind::Unrecognised,
    };
    Some(UnsupportedFormat { kind, what, at })
}

/// JSON that a person wrote for people.
fn comment(text: &str, error_at: usize) -> Option<&'static str> {
    let from = text.get(error_at..)?;
    let is_comment = from.starts_with("//") || from.starts_with("/*");
    let before = text[..error_at].trim_end();
    if is_comment {
        return Some("JSON with comments (JSONC or JSON5); take the comments out");
    }
    if before.ends_with(',') && from.starts_with(['}', ']']) {
        return Some(
            "a comma before the closing bracket, as JSON5 and programs have it but JSON has not; \
             take it out",
        );
    }
    ["NaN", "Infinity", "-Infinity", "undefined"]
        .iter()
        .any(|word| from.starts_with(word))
        .then_some(
            "a value that JSON does not have (NaN, Infinity or undefined); write null in its place",
        )
}

/// An object as a language's own printing shows it.
fn object_of_a_language(text: &str) -> Option<&'static str> {
    const PYTHON: &str = "a Python object as print() or repr() shows it; write it down with \
                          json.dumps(…), or response.model_dump_json() of the SDK";
    const NODE: &str = "a JavaScript object as console.log() shows it; write it down with \
                        JSON.stringify(…)";
    const RUBY: &str = "a Ruby hash as p shows it; write it down with JSON.generate(…)";
    const JSON5: &str =
        "an object whose keys stand without quotes, as in JSON5 or a program; quote them";
    let inside = text.trim_start_matches(['[', '{', '(', ' ', '\n', '\r', '\t']);
    let opening = &text[..text.len() - inside.len()];
    if text.starts_with("[object Object]") {
        return Some(NODE);
    }
    if is_call(text) {
        return Some(PYTHON);
    }
    if text.starts_with("b'{") || text.starts_with("b\"{") {
        return Some("the bytes of a body as Python shows them; write them down with .decode()");
    }
    if !opening.contains('{') {
        return None;
    }
    if let Some(key) = inside.strip_prefix('\'') {
        let key_ends = key.find('\'').map(|at| &key[at + 1..]);
        let is_python = opening.ends_with('{') || has_word(text, &["None", "True", "False"]);
        return key_ends
            .filter(|rest| rest.trim_start().starts_with(':'))
            .map(|_| if is_python { PYTHON } else { NODE });
    }
    if inside.starts_with(':') && inside.contains("=>") {
        return Some(RUBY);
    }
    if let Some(rest) = inside.strip_prefix('"') {
        let after = rest.find('"').map(|at| rest[at + 1..].trim_start());
        let after = after.unwrap_or_default();
        if after.starts_with("=>") {
            return Some(RUBY);
        }
        let is_pair = after.starts_with(':');
        return (is_pair && has_word(text, &["None", "True", "False"])).then_some(PYTHON);
    }
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let rest = inside.trim_start_matches(is_of_name);
    if rest.len() == inside.len() || !rest.trim_start().starts_with(':') {
        return None;
    }
    let is_shown =
        text.contains(": '") || text.contains("[Object") || has_word(text, &["undefined"]);
    Some(if is_shown { NODE } else { JSON5 })
}

/// `ChatCompletion(id='gen-…', …)`
fn is_call(text: &str) -> bool {
    let name = text.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let is_class = text.starts_with(|c: char| c.is_ascii_uppercase());
    is_class
        && name.len() < text.len()
        && name
            .strip_prefix('(')
            .is_some_and(|inside| inside.split('=').next().is_some_and(is_identifier))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether one of some words stands where a value of a member does.
fn has_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        [": ", "[", ", "]
            .iter()
            .any(|before| text.contains(&format!("{before}{word}")))
    })
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
    if has("openapi") || has("swagger") {
        return Some("a description of an API (OpenAPI), no traffic");
    }
    if has("nbformat") && is_list("cells") {
        return Some("a notebook without a completion in its outputs");
    }
    if has("resourceMetrics") || has("resourceLogs") {
        return Some("OTLP metrics or logs; OpenRouter's Broadcast sends traces (`resourceSpans`)");
    }
    if text(value, "object") == "list"
        && value
            .get("data")
            .and_then(|data| data.item(0))
            .is_some_and(|item| text(item, "object") == "embedding")
    {
        return Some("an answer of the embeddings API, no generation");
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

/// What bytes are that are no text, told by their beginning.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 16] = [
        (b"\x89PNG", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"%PDF-", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive; unpack it first"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1", "a Parquet file; write it as NDJSON"),
        (b"BZh", "bzip2; unpack it first"),
        (b"\xFD7zXZ\0", "xz; unpack it first"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
        (b"\x04\x22\x4D\x18", "lz4; unpack it first"),
        (b"\x7FELF", "a program"),
        (
            b"\xD4\xC3\xB2\xA1",
            "a network capture; export the HTTP exchanges as HAR",
        ),
        (
            b"\x0A\x0D\x0D\x0A",
            "a network capture; export the HTTP exchanges as HAR",
        ),
        (b"bplist00", "a binary property list"),
        (b"Obj\x01", "an Avro file; write it as NDJSON"),
    ];
    if is_flow(bytes) {
        return Some(
            "a file of mitmproxy's flows; write it as HAR (`mitmdump -nr FILE --set hardump=OUT.har`)",
        );
    }
    let known = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic));
    if let Some((_, what)) = known {
        return Some(what);
    }
    is_binary(bytes).then_some("binary data that is no format of completions")
}

/// `9504:9:websocket;…`: lengths before values, the first of them a key of a flow.
fn is_flow(bytes: &[u8]) -> bool {
    let length = |bytes: &[u8]| -> Option<usize> {
        let digits = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (1..10)
            .contains(&digits)
            .then_some(digits + 1)
            .filter(|_| bytes.get(digits) == Some(&b':'))
    };
    let inside = length(bytes).map(|at| &bytes[at..]).unwrap_or_default();
    let key = length(inside).map(|at| &inside[at..]).unwrap_or_default();
    [
        &b"websocket;"[..],
        b"response;",
        b"request;",
        b"version;",
        b"type;",
        b"id;",
    ]
    .iter()
    .any(|name| key.starts_with(name))
}

/// Whether a file is no text in any encoding, rather than text with an odd byte in it.
fn is_binary(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 1024;
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let is_odd = |byte: &&u8| **byte < 0x20 && !b"\t\n\x0B\x0C\r\x1B\x1E".contains(byte);
    let odd = head.iter().filter(is_odd).count();
    let begins_as_json = matches!(head.get(content_start(head)), Some(b'{' | b'['));
    // A log tells itself by a line and an export by its first row, however odd the bytes are that follow:
    // whoever reads them as they come has begun by then.
    let is_text = || {
        let text = FileHead::of(bytes);
        begins_as_json || text.is_log || activity::is_export(&text)
    };
    head.len() > 4 && odd * 20 > head.len() && !is_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_objects_of_languages() {
        let check = |text: &str, expected: Option<&str>| {
            let found = of_record(text, 0).map(|foreign| foreign.what);
            match expected {
                Some(expected) => assert!(
                    found.is_some_and(|found| found.contains(expected)),
                    "{text:?}: {found:?}"
                ),
                None => assert_eq!(found, None, "{text:?}"),
            }
        };
        check(
            "{'id': 'gen-1', 'choices': [], 'error': None}",
            Some("Python"),
        );
        check("[{'a': 1}]", Some("Python"));
        check(
            "{\"id\": \"gen-1\", \"error\": None, \"done\": True}",
            Some("Python"),
        );
        check(
            "ChatCompletion(id='gen-1', choices=[Choice(…)])",
            Some("Python"),
        );
        check("b'{\"id\": \"gen-1\"}'", Some("Python"));
        check(
            "{\n  id: 'gen-1',\n  choices: [ [Object] ]\n}",
            Some("console.log"),
        );
        check("{ 'content-type': 'a', id: 'gen-1' }", Some("console.log"));
        check("[object Object]", Some("console.log"));
        check("{id: \"gen-1\"}", Some("JSON5"));
        check("{\"id\"=>\"gen-1\"}", Some("Ruby"));
        check("{:id=>\"gen-1\"}", Some("Ruby"));
        check("INFO:app: {'id': 'gen-1', 'choices': []}", Some("Python"));
        check("{\"id\": \"gen-1\"", None);
        check("{\"text\": \"is it None or True\"", None);
        check("Words (of=people)", None);
        check("{", None);
        check("{'", None);
    }

    #[test]
    fn names_json_for_people() {
        let check = |text: &str, expected: &str| {
            let doc = crate::json::Document::parse(text.into(), Default::default());
            let at = doc.err().map(|error| error.offset).unwrap_or_default();
            let found = of_record(text, at).map(|foreign| foreign.what);
            assert!(
                found.is_some_and(|found| found.contains(expected)),
                "{text}"
            );
        };
        check("{\"a\": 1, // one\n\"b\": 2}", "comments");
        check("/* a */ {\"a\": 1}", "comments");
        check("{\"a\": 1,\n}", "comma before the closing bracket");
        check("{\"a\": [1, ]}", "comma before the closing bracket");
        check("{\"a\": NaN}", "NaN");
    }

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
        assert!(of_bytes(b"\x89PNG\r\n\x1a\n\0\0").is_some());
        assert_eq!(of_bytes(b"{\"a\":\"\0\"}"), None);
        assert_eq!(of_bytes("καλημέρα".as_bytes()), None);
    }
}
