//! What each fuzz target does with its bytes: everything the program would, and what must hold after it.
//!
//! The targets in `fuzz_targets/` and the plain tests (`tests/core/fuzz_corpus.rs`, `tests/core/hostile.rs`) share it.

use std::convert::Infallible;
use std::io::Read;

use rainscope::completion::load::{
    Activity, PairFile, PairFiles, RecordOutcomes, load, load_parts, load_slice,
};
use rainscope::event::wire;
use rainscope::feed::{FeedItem, feed_stream};
use rainscope::json::{Document, JsonText, Limits, Value, diff, pointer, quote};
use rainscope::mapping::{self, Context, Mapped};
use rainscope::share::explain;
use rainscope::{Completion, Edit, Edits, Loaded, Privacy, event_json};

/// Divides the texts of an input that has several.
const DIVIDER: &str = "\n---\n";

/// What the program itself wrote may be deeper and longer than what it takes.
const WRITTEN: Limits = Limits {
    depth: 400,
    bytes: 1 << 30,
};

/// Any bytes, under the names that help to tell a format.
pub fn load_any(bytes: &[u8]) {
    for file in ["t.json", "t.ndjson", "t.sse", "t.har"] {
        exercise(bytes, file);
    }
}

/// The transcript of a stream: by itself, beside its request, and as a string within a sample. The last
/// two are one completion written in two ways, so one event comes of them.
pub fn sse(bytes: &[u8]) {
    exercise(bytes, "t.sse");
    let request = r#"{"model":"a/b","messages":[{"role":"user","content":"Is it late?"}]}"#;
    let parts = PairFiles {
        request: part("t.request.json", request.as_bytes()),
        response: part("t.response.sse", bytes),
        generation: None,
    };
    let pair = load_parts("t", &parts);
    inspect_all(&pair, longest_place(bytes).max(request.len()));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let sample = format!(r#"{{"request":{request},"response":{}}}"#, quote(text));
    let sample = exercise(sample.as_bytes(), "t.json");
    let event = |loaded: &Loaded| {
        let mapped = map(loaded.completions.first()?, &Edits::none());
        Some(event_json(mapped.event()?, Privacy::Off))
    };
    if let (Some(pair), Some(sample)) = (event(&pair), event(&sample)) {
        assert_eq!(pair, sample, "a pair and the sample made of it");
    }
}

/// Request, response and generation record of one completion.
pub fn pair(bytes: &[u8]) {
    let texts = split(bytes);
    let longest = texts.iter().map(|text| longest_place(text)).max();
    let mut texts = texts.into_iter();
    let parts = PairFiles {
        request: texts.next().and_then(|text| part("t.request.json", text)),
        response: texts.next().and_then(|text| part("t.response.json", text)),
        generation: texts
            .next()
            .and_then(|text| part("t.generation.json", text)),
    };
    let loaded = load_parts("t", &parts);
    assert!(!loaded.completions.is_empty() || !loaded.problems.is_empty());
    inspect_all(&loaded, longest.unwrap_or_default());
}

/// A Broadcast delivery; and the bytes as the attributes of the one span of a delivery.
pub fn delivery(bytes: &[u8]) {
    exercise(bytes, "t.json");
    within(
        r#"{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"openrouter"},"spans":[{"traceId":"657b5a249f3d274e8ba05b6fb95a113d","spanId":"0cc6cf622dd7330b","name":"t","startTimeUnixNano":"1783071902118000000","endTimeUnixNano":"1783071904561000000","attributes":"#,
        bytes,
        "}]}]}]}",
    );
}

/// A recording; and the bytes as an entry of one, and as a body that was recorded.
pub fn har(bytes: &[u8]) {
    exercise(bytes, "t.har");
    within(r#"{"log":{"version":"1.2","entries":["#, bytes, "]}}");
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    within(
        r#"{"log":{"version":"1.2","entries":[{"time":7.5,"request":{"method":"POST","url":"https://a.test/v1/chat/completions","headers":[]},"response":{"status":200,"content":{"text":"#,
        quote(text).as_bytes(),
        "}}}]}}",
    );
}

/// An HTTP exchange; and the bytes as the bodies of one, as a message of one, as an item of a list of them, and as
/// the responses of a snapshot.
pub fn exchange(bytes: &[u8]) {
    exercise(bytes, "t.json");
    within(
        r#"{"interactions":[{"request":{"method":"POST","url":"https://openrouter.ai/api/v1/messages","body":"{}"},"response":"#,
        bytes,
        "}]}",
    );
    within("[", bytes, "]");
    within(
        r#"[{"snapshot":{"request":{"url":"https://openrouter.ai/api/v1/messages","body":"{}"},"responses":["#,
        bytes,
        "]}}]",
    );
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let body = quote(text);
    for encoding in ["gzip", "br, deflate", ""] {
        let exchange = format!(
            r#"{{"request":{{"url":"https://openrouter.ai/api/v1/responses","body":{body}}},"response":{{"status":200,"headers":{{"content-encoding":"{encoding}"}},"body":{body}}}}}"#
        );
        exercise(exchange.as_bytes(), "t.json");
    }
}

/// A cassette in YAML; and the bytes as the body of one, with and without quotes.
pub fn cassette(bytes: &[u8]) {
    exercise(bytes, "t.yaml");
    let before = "interactions:\n- request:\n    uri: https://openrouter.ai/api/v1/messages\n    body: '{}'\n  response:\n    status: 200\n    body: ";
    for (opening, closing) in [("", "\n"), ("'", "'\n"), ("|\n      ", "\n")] {
        let text = [
            before.as_bytes(),
            opening.as_bytes(),
            bytes,
            closing.as_bytes(),
        ];
        exercise(&text.concat(), "t.yaml");
    }
}

/// HTTP messages as text; and the bytes as what follows a status line, and as what `curl -v` and `mitmdump` print.
pub fn http_text(bytes: &[u8]) {
    exercise(bytes, "t.txt");
    for before in [
        "HTTP/2 200 \r\nx-generation-id: gen-1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "> POST /api/v1/messages HTTP/2\n> host: openrouter.ai\n> \n< HTTP/2 200\n< \n",
        "[12:33:07.317][127.0.0.1:50312] client connect\n127.0.0.1:50312: POST https://openrouter.ai/api/v1/messages\n    ",
        "127.0.0.1:50312: POST https://openrouter.ai/api/v1/messages\n\n    {}\n\n << 200 OK 5b\n    ",
    ] {
        exercise(&[before.as_bytes(), bytes].concat(), "t.txt");
    }
}

/// A compressed body, in each of the codings that a label may name, with and without the label; and the bytes as a
/// compressed file that comes in pieces.
pub fn packed(bytes: &[u8]) {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(bytes);
    for encoding in ["gzip", "deflate", "br", "zstd", ""] {
        let entry = format!(
            r#"{{"log":{{"entries":[{{"request":{{"method":"POST","url":"https://openrouter.ai/api/v1/chat/completions"}},"response":{{"status":200,"headers":[{{"name":"content-encoding","value":"{encoding}"}}],"content":{{"encoding":"base64","text":"{body}"}}}}}}]}}}}"#
        );
        exercise(entry.as_bytes(), "t.har");
    }
    for file in ["t.json.gz", "t.ndjson.zst", "t.sse.br"] {
        let mut said = Loaded::default();
        let pieces = Pieces {
            rest: bytes,
            size: 1 + bytes.len() / 3,
        };
        let Ok(()) = feed_stream(file, pieces, &mut |item| {
            match item {
                FeedItem::Record { bytes, origin } => load_slice(bytes, origin, &mut said),
                FeedItem::Loaded(loaded) => said.extend(loaded),
                FeedItem::Begin(_) | FeedItem::Pause => {}
            }
            Ok::<(), Infallible>(())
        });
        // Where the data is broken it is the file that can't be read, at no place in it.
        for completion in &said.completions {
            inspect(completion, &Edits::none(), usize::MAX);
        }
    }
}

/// What a destination of Broadcast's keeps in JSON of its own; and the bytes as an observation of a trace
/// file, and as the metadata of a Langfuse observation, as they are and in a string.
pub fn broadcast(bytes: &[u8]) {
    exercise(bytes, "t.json");
    let trace = r#"{"trace":{"id":"gen-1","name":"t","timestamp":"2026-05-04T08:15:00Z","apiKeyName":"k","input":{"messages":[]},"output":{"completion":"c"},"observations":["#;
    within(trace, bytes, "]},\"exported_at\":\"x\"}");
    let observation = r#"{"id":"o","traceId":"t","type":"GENERATION","startTime":"2026-05-04T08:15:00Z","model":"a/b","metadata":{"openrouter":{"provider_name":"P"},"attributes":"#;
    within(observation, bytes, "}}");
    if let Ok(text) = std::str::from_utf8(bytes) {
        within(observation, quote(text).as_bytes(), "}}");
        let output = r#"{"id":"o","traceId":"t","type":"GENERATION","startTime":"2026-05-04T08:15:00Z","metadata":{"openrouter":{}},"output":"#;
        within(output, quote(text).as_bytes(), "}");
    }
}

/// Payloads one a line, in a list and in protobuf; and the bytes as what stands in a span's place.
pub fn payloads(bytes: &[u8]) {
    exercise(bytes, "t.pb");
    let one = br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"openrouter"}}]},"scopeSpans":[{"spans":[{"traceId":"aa","spanId":"01","name":"LLM Generation"}]}]}]}"#;
    exercise(&[&one[..], b"\n", bytes, b"\n", one].concat(), "t.jsonl");
    exercise(&[b"[", &one[..], b",", bytes, b"]"].concat(), "t.json");
    // Lengths of a thousand bytes and more take two bytes, which is all that is asked of this.
    let length = |length: usize| {
        let low = u8::try_from(length & 0x7F).expect("seven bits") | 0x80;
        let high = u8::try_from(length >> 7 & 0x7F).expect("seven bits");
        vec![low, high]
    };
    if bytes.len() < 8000 {
        let mut payload = bytes.to_vec();
        for tag in [0x12, 0x12, 0x0A] {
            payload = [vec![tag], length(payload.len()), payload].concat();
        }
        exercise(&payload, "t.pb");
    }
}

/// An activity export, whole and in pieces, which must give the same; and the bytes as its rows.
pub fn activity(bytes: &[u8]) {
    for header in ["", "generation_id,created_at,cost_total,user\n"] {
        let whole = [header.as_bytes(), bytes].concat();
        let loaded = exercise(&whole, "t.csv");
        if !Activity::begins(&whole) {
            continue;
        }
        let mut activity = Activity::of("t.csv");
        let mut pieces = Loaded::default();
        let (mut from, mut to) = (0, 0);
        while to < whole.len() {
            to = (to + 13).min(whole.len());
            let is_all = to == whole.len();
            loop {
                let taken = activity.take(&whole[from..to], is_all, &mut pieces);
                from += taken;
                if taken == 0 || from == to {
                    break;
                }
            }
        }
        let ids = |loaded: &Loaded| -> Vec<String> {
            let completions = loaded.completions.iter();
            completions
                .map(|one| format!("{:?} {}", one.origin, one.document().text()))
                .collect()
        };
        assert_eq!(ids(&loaded), ids(&pieces));
        let said = |loaded: &Loaded| -> Vec<String> {
            loaded.problems.iter().map(ToString::to_string).collect()
        };
        assert_eq!(said(&loaded), said(&pieces));
    }
}

/// A transcript: a session of Claude Code, or entries of llm's log; and the bytes as a line of the one, and
/// as what was asked and answered in the other.
pub fn transcript(bytes: &[u8]) {
    exercise(bytes, "t.jsonl");
    let user = br#"{"parentUuid":null,"isSidechain":false,"sessionId":"s","type":"user","message":{"role":"user","content":"hi"},"uuid":"u"}"#;
    exercise(&[&user[..], b"\n", bytes, b"\n"].concat(), "t.jsonl");
    let answer = r#"{"parentUuid":"u","isSidechain":false,"sessionId":"s","type":"assistant","uuid":"a","message":{"id":"gen-1","content":"#;
    let session = [&user[..], b"\n", answer.as_bytes(), bytes, b"}}"].concat();
    exercise(&session, "t.jsonl");
    let entry = r#"{"id":"e","model":"openrouter/a/b","datetime_utc":"2026-05-04T08:15:00Z","prompt":"p","response":"r","duration_ms":5,"#;
    for member in ["prompt_json", "response_json"] {
        within(
            &format!("{entry}\"conversation_id\":null,\"{member}\":"),
            bytes,
            "}",
        );
    }
}

/// What else OpenRouter hands out: results of a batch, stored content, the SDK's names; and the bytes as a
/// result's body, as stored input and output, and as a request and response under the SDK's names.
pub fn outputs(bytes: &[u8]) {
    exercise(bytes, "t.json");
    within(
        r#"{"custom_id":"c","error":null,"response":{"status_code":200,"body":"#,
        bytes,
        "}}",
    );
    within(
        r#"{"object":"batch","status":"completed","results":["#,
        bytes,
        "]}",
    );
    within(
        r#"{"data":{"input":{"messages":"#,
        bytes,
        "},\"output\":{\"completion\":\"c\"}}}",
    );
    within(
        r#"{"data":{"input":{"prompt":"p"},"output":{"completion":"#,
        bytes,
        "}}}",
    );
    within(
        r#"{"request":{"model":"a/b","sessionId":"s","trace":"#,
        bytes,
        "},\"response\":{\"id\":\"gen-1\",\"choices\":[]}}",
    );
    within(
        r#"{"response":{"id":"gen-1","systemFingerprint":null,"choices":[{"finishReason":"stop","message":"#,
        bytes,
        "}]}}",
    );
}

/// Markdown; and the bytes in a fenced block, in a quoted one, and as words around one.
pub fn markdown(bytes: &[u8]) {
    exercise(bytes, "t.md");
    exercise(&[b"So:\n\n```json\n", bytes, b"\n```\n"].concat(), "t.md");
    let quoted = bytes.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    let quoted = quoted.join(&b"\n> "[..]);
    exercise(&[b"> ~~~~\n> ", &quoted[..], b"\n> ~~~~"].concat(), "t.md");
    let response = b"\n```\n{\"id\":\"gen-1\",\"choices\":[]}\n```\n";
    exercise(&[b"x", bytes, &response[..], bytes].concat(), "t.md");
}

/// A log; and the bytes with each line behind what logs write before it: a service's name, a time, the words
/// of a container's log, a JSON record around it. And the text in UTF-16.
pub fn log(bytes: &[u8]) {
    exercise(bytes, "t.log");
    let behind = |prefix: &[u8]| {
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.flat_map(|line| [prefix, line, b"\n"].concat());
        lines.collect::<Vec<u8>>()
    };
    for prefix in [
        &b"web-1  | "[..],
        b"2026-05-06T01:35:13.123456789Z stdout F ",
        b"[pod/web-5/app] ",
        b"May  6 01:35:13 host app[123]: ",
    ] {
        exercise(&behind(prefix), "t.log");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // As Python prints bytes.
    exercise(format!("b{}", quote(text)).as_bytes(), "t.txt");
    let record = |line: &str| {
        let line = quote(&format!("{line}\n"));
        format!(r#"{{"log":{line},"stream":"stdout","time":"2026-05-06T01:35:13.1Z"}}"#)
    };
    let records: Vec<String> = text.lines().map(record).collect();
    exercise(records.join("\n").as_bytes(), "t.log");
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let wide: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    exercise(&wide, "t.txt");
}

/// What a gateway or an SDK writes down of a call; and the bytes in the place of its response, as they are and
/// in a string.
pub fn gateway(bytes: &[u8]) {
    exercise(bytes, "t.jsonl");
    let litellm = r#"{"custom_llm_provider":"openrouter","call_type":"acompletion","model":"openrouter/a/b","messages":[{"role":"user","content":"hi"}],"model_parameters":{},"startTime":1.5,"endTime":2.5,"response":"#;
    let helicone = r#"{"request_id":"r","request_body":{"model":"a/b","messages":[]},"response_status":200,"response_body":"#;
    let sdk = r#"{"type":"generate","request":{"body":{"model":"a/b","messages":[]}},"response":{"headers":{},"body":"#;
    let container = r#"{"level":30,"msg":"#;
    for (before, after) in [
        (litellm, "}"),
        (helicone, "}"),
        (sdk, "}}"),
        (container, "}"),
    ] {
        within(before, bytes, after);
        if let Ok(text) = std::str::from_utf8(bytes) {
            within(before, quote(text).as_bytes(), after);
        }
    }
}

/// A file, and the same bytes as a stream in pieces of a size that their first byte says: the same must come
/// of both.
pub fn stream(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    // Damage to what is compressed is told in other words where it is unpacked as it comes.
    if [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"x"]
        .iter()
        .any(|mark| bytes.starts_with(mark))
    {
        return;
    }
    // Spans of one trace find each other in a file alone. An SQLite database is no stream.
    if bytes
        .windows(13)
        .any(|word| word == b"resourceSpans" || word == b"resource_span")
    {
        return;
    }
    for file in ["t.json", "t.jsonl"] {
        let whole = load(file, bytes);
        let pieces = Pieces {
            rest: bytes,
            size: usize::from(*first) + 1,
        };
        let mut fed = Loaded::default();
        let mut outcomes = RecordOutcomes::default();
        let done = feed_stream(file, pieces, &mut |item| {
            match item {
                FeedItem::Record { bytes, origin } => {
                    let mut loaded = Loaded::default();
                    load_slice(bytes, origin, &mut loaded);
                    outcomes.take(&mut loaded);
                    fed.extend(loaded);
                }
                FeedItem::Loaded(mut loaded) => {
                    outcomes.file_is(&mut loaded);
                    fed.extend(loaded);
                }
                FeedItem::Begin(_) | FeedItem::Pause => {}
            }
            Ok::<(), Infallible>(())
        });
        let Ok(()) = done;
        fed.extend(outcomes.end());
        assert_eq!(told(&fed), told(&whole), "{file}");
    }
}

/// Hands out pieces of one size.
struct Pieces<'b> {
    rest: &'b [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.size.min(buffer.len()).min(self.rest.len());
        let (now, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.rest = rest;
        Ok(length)
    }
}

/// What was loaded, with its places. A stream that has shown one record numbers it, since others may follow.
fn told(loaded: &Loaded) -> Vec<String> {
    let completions = loaded.completions.iter().map(|one| {
        let place = (one.origin.offset, one.origin.position);
        let map = one.source_map();
        format!("{place:?} {} {} {map:?}", one.format, one.document().text())
    });
    let problems = loaded.problems.iter().chain(&loaded.notes);
    let problems = problems.map(|problem| {
        let place = (problem.offset, problem.position);
        format!("{:?} {place:?} {}", problem.kind, problem.what)
    });
    let mut told: Vec<String> = completions.chain(problems).collect();
    told.sort();
    told
}

/// A JSON text; and, behind a divider, edits laid over it.
pub fn document(bytes: &[u8]) {
    let texts = split(bytes);
    let loaded = exercise(texts[0], "t.json");
    if let Ok(text) = std::str::from_utf8(texts[0])
        && let Ok(doc) = Document::parse(text.into(), Limits::default())
    {
        written_is_read(&doc);
    }
    let edits = texts.get(1).map_or_else(Edits::none, |text| edits(text));
    for completion in &loaded.completions {
        inspect(completion, &edits, usize::MAX);
        let mut undone = edits.clone();
        while undone.pop().is_some() {
            map(completion, &undone);
        }
        assert_eq!(map(completion, &undone), map(completion, &Edits::none()));
    }
}

/// Loads a file, does all that may be done with what it held, and insists that something was said of it.
pub fn exercise(bytes: &[u8], file: &str) -> Loaded {
    let loaded = load(file, bytes);
    assert!(
        !loaded.completions.is_empty() || !loaded.problems.is_empty() || !loaded.notes.is_empty(),
        "nothing loaded and nothing said: {:?}",
        String::from_utf8_lossy(bytes)
    );
    inspect_all(&loaded, longest_place(bytes));
    loaded
}

/// How far into a file a place may lie. Places in what was unpacked, or written anew, are counted there.
fn longest_place(bytes: &[u8]) -> usize {
    let marks = [
        &b"\x1f\x8b"[..],
        b"\x28\xb5\x2f\xfd",
        b"x",
        b"\xff\xfe",
        b"\xfe\xff",
    ];
    // UTF-16 without a mark has zeros in it.
    let is_anew = bytes.contains(&0) || marks.iter().any(|mark| bytes.starts_with(mark));
    if is_anew { usize::MAX } else { bytes.len() }
}

fn within(before: &str, bytes: &[u8], after: &str) {
    exercise(
        &[before.as_bytes(), bytes, after.as_bytes()].concat(),
        "t.json",
    );
}

fn part<'b>(file: &'b str, bytes: &'b [u8]) -> Option<PairFile<'b>> {
    Some(PairFile { file, bytes })
}

/// The texts between the dividers, one at least.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let divider = DIVIDER.as_bytes();
    let mut texts = Vec::new();
    let mut from = 0;
    for at in 0..bytes.len() {
        if at >= from && bytes[at..].starts_with(divider) {
            texts.push(&bytes[from..at]);
            from = at + divider.len();
        }
    }
    texts.push(&bytes[from..]);
    texts
}

fn map(completion: &Completion, edits: &Edits) -> Mapped {
    mapping::inspect(completion, edits, &Context::at(0))
}

/// Looks at all that was loaded from files none of which is longer than `length`.
fn inspect_all(loaded: &Loaded, length: usize) {
    for problem in loaded.problems.iter().chain(&loaded.notes) {
        let position = problem.position.expect("a place");
        assert!(position.line >= 1 && position.column >= 1, "{problem}");
        assert!(problem.offset <= length, "{problem}");
    }
    for completion in &loaded.completions {
        inspect(completion, &Edits::none(), length);
    }
}

fn inspect(completion: &Completion, edits: &Edits, length: usize) {
    let mapped = map(completion, edits);
    for value in completion.document().root().descendants().take(300) {
        if let Some(place) = completion.place_of(value) {
            assert!(place.offset <= length);
        }
    }
    let Some(event) = mapped.event() else { return };
    for privacy in [Privacy::Off, Privacy::On] {
        let json = event_json(event, privacy);
        assert!(
            Document::parse(json.as_str().into(), WRITTEN).is_ok(),
            "{json}"
        );
        let outbound = rainscope::event::privacy::apply(event, privacy);
        assert_eq!(wire::event_size(outbound), json.len());
    }
    let mut out = String::new();
    let outbound = rainscope::event::privacy::apply(event, Privacy::On);
    explain::write(completion, &mapped, outbound, &mut out);
    assert!(
        Document::parse(out.as_str().into(), WRITTEN).is_ok(),
        "{out}"
    );
}

/// What is written from a document reads as the same, and each pointer leads to its value.
fn written_is_read(doc: &Document) {
    let mut compact = String::new();
    rainscope::json::write_compact(doc.root(), &mut compact);
    let again = Document::parse(compact.as_str().into(), WRITTEN).expect("what was written");
    assert!(diff(again.root(), again.root()).is_empty());
    let mut twice = String::new();
    rainscope::json::write_compact(again.root(), &mut twice);
    assert_eq!(compact, twice);
    for value in again.root().descendants().take(300) {
        let found = pointer::resolve(again.root(), &value.pointer());
        assert_eq!(found.map(Value::span), Some(value.span()));
    }
}

/// Edits as members of an object: `user`, `session_id`, `set`, `remove`, `rename`, `replace`.
fn edits(bytes: &[u8]) -> Edits {
    let text = String::from_utf8_lossy(bytes);
    let Ok(doc) = Document::parse(text.as_ref().into(), Limits::default()) else {
        return Edits::none();
    };
    let text = |value: Value<'_>| value.str().map(|text| text.into_owned());
    let named = |value: Value<'_>| Some((value.key()?.into_owned(), json(value)));
    let mut edits = Edits::none();
    for member in doc.root().children() {
        match member.raw_key() {
            Some("user") => edits.push(Edit::User(text(member))),
            Some("session_id") => edits.push(Edit::SessionId(text(member))),
            Some("set") => {
                for (key, value) in member.children().filter_map(named) {
                    edits.push(Edit::SetKey { key, value });
                }
            }
            Some("remove") => {
                for key in member.children().filter_map(text) {
                    edits.push(Edit::RemoveKey(key));
                }
            }
            Some("rename") => {
                for child in member.children() {
                    if let (Some(from), Some(to)) = (child.key(), text(child)) {
                        let from = from.into_owned();
                        edits.push(Edit::RenameKey { from, to });
                    }
                }
            }
            Some("replace") => {
                edits.push(Edit::ReplaceTrace(
                    member.children().filter_map(named).collect(),
                ));
            }
            _ => {}
        }
    }
    edits
}

fn json(value: Value<'_>) -> JsonText {
    let mut out = String::new();
    rainscope::json::write_compact(value, &mut out);
    JsonText::parse(&out).expect("what was written")
}
