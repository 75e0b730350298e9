//! Whatever the bytes: the loaders give completions or a problem with a place, and nothing panics.
use crate::bodies;

use crate::common::{event_json, fixtures, map};
use bodies::exercise;
use proptest::prelude::*;
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::json::{Document, Limits};

fn load(bytes: &[u8]) -> Loaded {
    load::load("t.json", bytes)
}

fn with_trace(trace: &str) -> String {
    format!(
        r#"{{"request":{{"model":"a/b","messages":[],"trace":{trace}}},"response":{{"id":"gen-1","choices":[]}}}}"#
    )
}

/// What stands on one line of a fence is taken a document at a time, and none of them a call deeper than the one before.
#[test]
fn words_behind_an_answer_in_a_fence_are_read_at_one_level() {
    let answer = r#"{"id":"gen-1","object":"chat.completion","choices":[{"message":{"role":"assistant","content":"x"}}]}"#;
    for between in ["some words of a long export ", "\u{2028}", "{} "] {
        let text = format!(
            "a:\n```{answer} {}```\n",
            between.repeat(140_000 / between.len())
        );
        let loaded = rainscope::load("notes.txt", text.as_bytes());
        let said = loaded.completions.len() + loaded.problems.len();
        assert_ne!(said, 0, "{between:?}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let check = |bytes: &[u8], place: &str, what: &str| {
        let loaded = load(bytes);
        assert!(loaded.completions.is_empty(), "{what}");
        let problem = loaded.problems[0].to_string();
        assert!(
            problem.starts_with(&format!("t.json:{place}: ")),
            "{problem}"
        );
        assert!(problem.contains(what), "{problem}");
    };
    check(b"", "1:1", "the file is empty");
    check(b" \n\n", "1:1", "the file is empty");
    check(b"\xff\xfe{\0", "1:2", "the text ends");
    check(b"\xff\xfe{\0\0", "1:1", "UTF-16 that is damaged");
    check(b"\x1f\x8b\x08", "1:1", "gzip");
    check(b"{\n \"a\": \"caf\xe9\"}", "2:11", "byte 0xe9 is not UTF-8");
    check(b"\xef\xbb\xbf{\"a\" 1}", "1:6", "expected ':'");
    check(b"{\"a\":\"\0\"}", "1:7", "raw control character (0x00)");
    check(
        b"{\"a\":\"\x1b[2J\"}",
        "1:7",
        "raw control character (0x1b)",
    );
    check(b"{\"a\":01}", "1:7", "found 1; expected ',' or '}'");
    check(
        b"{\"a\":NaN}",
        "1:6",
        "a value that JSON does not have (NaN",
    );
    check(b"\0", "1:1", "a control character where JSON was expected");
    check(b"{'a':1}", "1:1", "a Python object");
    check(b"{a':1}", "1:2", "a key in double quotes");
    check(
        b"{\"request\":{}",
        "1:14",
        "the text ends; expected ',' or '}'",
    );
    // Behind a comma something else is missing, whatever blanks follow it.
    for behind in ["", " ", " \n"] {
        let cut = |text: &str| format!("{text}{behind}").into_bytes();
        let key = "the text ends; expected a key in double quotes";
        check(&cut("{\"request\":{\"model\":\"x\","), "1:25", key);
        check(&cut("[{\"request\":{\"model\":\"x\","), "1:26", key);
        let value = "the text ends; expected a JSON value";
        check(&cut("{\"request\":{\"stop\":[\"x\","), "1:25", value);
    }
    check(b"plain text", "1:1", "a line of text without JSON");
    check(
        b"\"Source\" form shall mean the preferred form.",
        "1:1",
        "a line of text without JSON",
    );
    check(b"true", "1:1", "a boolean by itself");
    check(b"data: nothing\n\n", "1:8", "expected 'null'");
    check(b": only comments\n", "1:1", "no data event");
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(128), "]".repeat(128));
    check(nested.as_bytes(), "1:133", "nested deeper than 128 levels");
}

/// A text of nothing but first lines of requests takes many times its length, so it is read up to a limit.
#[test]
fn messages_of_one_text_are_limited() {
    let loaded = load::load("t.txt", "POST / HTTP/1.1\n".repeat(60_000).as_bytes());
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    let limit = "t.txt:50001:1: this file has more than 50000 HTTP messages; from here on nothing was read; split it";
    assert!(
        problems.iter().any(|says| says == limit),
        "{:?}",
        problems.first()
    );
}

#[test]
fn nesting_up_to_the_limit_is_carried_through() {
    // The trace is the third level of a sample, and its value the fourth.
    let nested = |levels: usize| {
        with_trace(&format!(
            "{{\"deep\":{}{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        ))
    };
    exercise(nested(125).as_bytes(), "t.json");
    let event = map(&load(nested(125).as_bytes()).completions[0]);
    let json = event_json(event.event().unwrap(), Privacy::Off);
    assert!(json.contains(&"[".repeat(125)));
    assert_eq!(load(nested(126).as_bytes()).problems.len(), 1);
    // A response alone may be as deep as one record may be, though the program puts it into another.
    let alone = format!(
        r#"{{"id":"gen-1","choices":[],"x":{}{}}}"#,
        "[".repeat(127),
        "]".repeat(127)
    );
    assert_eq!(load(alone.as_bytes()).completions.len(), 1);
    exercise(alone.as_bytes(), "t.json");
}

#[test]
fn odd_values_are_carried_as_they_are() {
    let check = |written: &str, sent: &str| {
        let loaded = load(with_trace(&format!("{{\"k\":{written}}}")).as_bytes());
        assert_eq!(loaded.problems, [], "{written}");
        let mapped = map(&loaded.completions[0]);
        let json = event_json(mapped.event().unwrap(), Privacy::Off);
        assert!(json.contains(&format!("\"k\":{sent}}}")), "{json}");
    };
    let digits = "9".repeat(400);
    check(&digits, &digits);
    check("1e999999999999", "1e999999999999");
    check("-0", "-0");
    check(r#""\u0000\u001b[2J""#, r#""\u0000\u001b[2J""#);
    check(r#""\ud800""#, r#""\ud800""#);
    check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
    check("\"\u{202e}\u{feff}\"", "\"\u{202e}\u{feff}\"");
}

#[test]
fn numbers_beyond_reason_are_no_times() {
    for number in [
        "1e999999999",
        "-1e30",
        "99999999999999999999999999",
        "1e-999999999",
        "-5",
    ] {
        let sample = format!(
            r#"{{"request":{{"model":"a/b"}},"response":{{"id":"gen-1","created":{number},"choices":[],"usage":{{"prompt_tokens":{number},"completion_tokens":{number}}}}},"generation":{{"generation_time":{number},"created_at":"9999-12-31T23:59:59Z"}},"duration_ms":{number}}}"#
        );
        exercise(sample.as_bytes(), "t.json");
    }
}

#[test]
fn a_key_given_twice_counts_last_and_is_noted() {
    let text = "{\"request\":{\"model\":\"a/b\",\n \"user\":\"one\", \"user\":\"two\"},\"response\":{\"id\":\"gen-1\",\"choices\":[]}}";
    let loaded = load(text.as_bytes());
    assert_eq!(
        loaded.notes[0].to_string(),
        "t.json:2:16: the key `user` is there twice in one object; the last one counts"
    );
    let mapped = map(&loaded.completions[0]);
    let json = event_json(mapped.event().unwrap(), Privacy::Off);
    assert!(json.contains("\"user_id\":\"two\""), "{json}");
}

#[test]
fn one_bad_record_hides_no_good_one() {
    let good = "{\"id\":\"gen-1\",\"choices\":[]}";
    let check = |file: &str, text: &str, completions: usize, problem: &str| {
        let loaded = load::load(file, text.as_bytes());
        assert_eq!(loaded.completions.len(), completions, "{text}");
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(problem), "{problems:?}");
    };
    check(
        "t.ndjson",
        &format!("{good}\n{{\"id\":\n{good}\n"),
        2,
        "t.ndjson:2:7: record 2 (byte 34): the text ends",
    );
    check(
        "t.txt",
        &format!("{{\"id\"\n{good}\n{good}"),
        2,
        "t.txt:1:6: record 1 (byte 5): the text ends",
    );
    check(
        "t.json",
        &format!("[{good},{{\"id\" 7}},{good}]"),
        2,
        "t.json:1:36: record 2 (byte 35): found 7",
    );
    check(
        "t.json",
        &format!("[{good},{good},{{\"id\""),
        2,
        "t.json:1:63: record 3 (byte 62): the text ends",
    );
    let mut bytes = format!("{good}\n").into_bytes();
    bytes.extend(b"{\"x\":\"\xff\"}\n");
    bytes.extend(good.as_bytes());
    let loaded = load::load("t.ndjson", &bytes);
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (2, 1));
    assert_eq!(loaded.problems[0].offset, 34);
}

fn call(number: usize) -> String {
    let request = format!(
        r#"{{"model":"a/b","messages":[{{"role":"user","content":"question {number}"}}]}}"#
    );
    let response = format!(
        r#"{{"id":"gen-{number}","object":"chat.completion","model":"a/b","choices":[{{"message":{{"role":"assistant","content":"answer {number}"}},"finish_reason":"stop"}}]}}"#
    );
    format!(r#"{{"request":{request},"response":{response}}}"#)
}

/// The ids of the generations that were found, and how many problems there are.
fn found(text: &str) -> (Vec<String>, usize) {
    let loaded = load(text.as_bytes());
    let id = |completion: &rainscope::completion::Completion| {
        let id = completion
            .response()
            .and_then(|response| response.get("id"));
        id.and_then(|id| id.str().map(|id| id.into_owned()))
            .unwrap_or_default()
    };
    (
        loaded.completions.iter().map(id).collect(),
        loaded.problems.len(),
    )
}

/// Wherever in an array an item is broken, it is named, and those beside it are found.
#[test]
fn a_broken_item_of_an_array_hides_no_other() {
    let whole = call(2);
    let cut = |before: &str| whole[..whole.find(before).unwrap()].to_owned();
    let broken = [
        whole[..whole.len() - 1].to_owned(),
        cut("swer 2"),
        cut(":\"answer 2"),
        cut("finish_reason"),
    ];
    for broken in broken {
        for at in 0..3 {
            let mut items = vec![call(1), call(3)];
            items.insert(at, broken.clone());
            let text = format!("[{}]\n", items.join(",\n"));
            let (ids, problems) = found(&text);
            assert_eq!(ids, ["gen-1", "gen-3"], "{text}");
            assert!(problems > 0, "{text}");
        }
    }
}

/// What a string holds of an answer that is cut off is named, and nobody says that no answer is there.
#[test]
fn broken_json_in_a_string_is_named() {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let whole = quoted(&call(1));
    let cut = call(2);
    let cut = quoted(&cut[..cut.len() - 20]);
    let check = |text: &str, ids: &[&str], problems: usize| {
        let (found, named) = found(text);
        assert_eq!(found, ids, "{text}");
        assert_eq!(named, problems, "{text}");
    };
    check(
        &format!(r#"{{"events":[{{"message":{whole}}},{{"message":{cut}}}]}}"#),
        &["gen-1"],
        1,
    );
    check(&format!(r#"{{"a":{whole},"b":{cut}}}"#), &["gen-1"], 1);
    check(
        &format!("{{\"ts\":1,\"message\":{whole}}}\n{{\"ts\":2,\"message\":{cut}}}\n"),
        &["gen-1"],
        1,
    );
    let answer = quoted(r#"{"id":"gen-2","model":"a/b","choices":[{"message":{"role":"assis"#);
    let asked = r#""model":"a/b","messages":[{"role":"user","content":"q"}]"#;
    for text in [
        format!(r#"{{"ts":1,"payload":{{{asked}}},"answer":{answer}}}"#),
        format!(r#"{{{asked},"response":{answer}}}"#),
        format!(r#"{{{asked},"answer":{answer}}}"#),
    ] {
        let loaded = load(text.as_bytes());
        assert_eq!(loaded.completions.len(), 0, "{text}");
        let said = loaded.problems[0].to_string();
        assert!(said.contains("breaks off"), "{said}");
    }
    let call = call(2);
    check(
        &format!("INFO call: {}\n", &call[..call.len() - 20]),
        &[],
        1,
    );
    // A beginning beside all of it is no loss.
    let id = "gen-1780662800-Tq8wZr4Kc1Lm6Vb2Xn36";
    let all = format!(
        r#"{{"id":"{id}","model":"a/b","choices":[{{"message":{{"role":"assistant","content":"x"}}}}]}}"#
    );
    let preview = quoted(&all[..all.len() - 9]);
    let text = format!(r#"{{"ts":1,"payload":{{{asked}}},"answer":{all},"preview":{preview}}}"#);
    check(&text, &[id], 0);
}

/// A block of a quotation that breaks off is named as one beside the text is.
#[test]
fn a_broken_block_in_a_quotation_is_named() {
    for before in ["", "> ", "  ", "> > "] {
        let cut = &call(2)[..150];
        for behind in ["", "\n", "\n```\n\nwords\n"] {
            let block = |text: &str| format!("```json\n{text}");
            let text = format!("{}\n```\n\n{}{behind}", block(&call(1)), block(cut));
            let text: String = text
                .split_inclusive('\n')
                .map(|line| format!("{before}{line}"))
                .collect();
            let text = format!("Somebody wrote:\n\n{text}");
            let (ids, problems) = found(&text);
            assert_eq!((ids, problems), (vec!["gen-1".to_owned()], 1), "{text}");
        }
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn prefixes_of_samples_load_or_report() {
    for (file, bytes) in fixtures() {
        // All cuts of a short sample; of a long one, cuts spread by a step that no structure follows.
        let step = (bytes.len() / 90).max(1);
        for cut in (0..bytes.len()).step_by(step) {
            exercise(&bytes[..cut], &file);
        }
    }
}

fn any_fixture() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop::sample::select(fixtures())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn arbitrary_bytes_load_or_report(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes, "t.json");
    }

    #[test]
    fn json_like_text_loads_or_reports(
        text in r#"([\[\]{}:,"\\ \n]|data: |"choices"|"request"|"response"|"delta"|"log"|"entries"|resourceSpans|null|1e9|é){0,40}"#,
        file in prop::sample::select(vec!["t.json", "t.ndjson", "t.sse", "t.har"]),
    ) {
        exercise(text.as_bytes(), file);
    }

    #[test]
    fn mutated_samples_load_or_report(
        (file, mut bytes) in any_fixture(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                _ => {
                    let end = (at + 1 + usize::from(byte)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        exercise(&bytes, &file);
    }

    #[test]
    fn retyped_samples_map_without_a_panic(
        (_, bytes) in any_fixture(),
        at in any::<prop::sample::Index>(),
        other in prop::sample::select(vec!["null", "1e999", "-7", "\"\"", "\"x\"", "[]", "{}", "[[1]]", "true", "{\"type\":\"text\"}"]),
    ) {
        let text = String::from_utf8(bytes).unwrap();
        let doc = Document::parse(text.as_str().into(), Limits::default());
        prop_assume!(doc.is_ok());
        let doc = doc.unwrap();
        let index = at.index(doc.len());
        let value = std::iter::once(doc.root()).chain(doc.root().descendants()).nth(index).unwrap();
        let span = value.span();
        exercise([&text[..span.start], other, &text[span.end..]].concat().as_bytes(), "t.json");
    }
}

/// What stands once for all spans, at their resource, is repeated for each generation: within limits.
#[test]
fn a_resource_is_not_repeated_without_end() {
    let attribute = |key: &str, value: &str| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let span = |index: usize| {
        let id = attribute("gen_ai.response.id", &format!("gen-1780662787-{index}"));
        let model = attribute("gen_ai.request.model", "a/b");
        format!(
            r#"{{"traceId":"{index:032x}","spanId":"{index:016x}","name":"LLM Generation","kind":3,"startTimeUnixNano":"1780662787000000000","endTimeUnixNano":"1780662789139000000","attributes":[{id},{model}]}}"#
        )
    };
    let spans: Vec<String> = (1..=60).map(span).collect();
    let (ours, long) = (
        attribute("service.name", "openrouter"),
        attribute("note", &"x".repeat(1 << 20)),
    );
    let payload = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{ours},{long}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    let loaded = load::load("a.json", payload.as_bytes());
    let count = loaded.completions.len();
    assert!((10..40).contains(&count), "{count}");
    let says: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert!(
        says.len() == 1 && says[0].contains("are left out"),
        "{says:?}"
    );
}

/// What stands in the place of JSON and is none is told as what it is, and not by a reader's words about its first letter.
#[test]
fn what_is_no_json_is_told_as_what_it_is() {
    let check = |request: &str, expected: &str| {
        let quoted = serde_json::to_string(request).unwrap();
        let response = r#"{"id":"gen-1","choices":[{"message":{"content":"Ho"}}]}"#;
        let loaded = load(format!(r#"{{"request":{quoted},"response":{response}}}"#).as_bytes());
        let problem = loaded.problems[0].what.as_str();
        assert_eq!(problem, format!("`request` is a string that is {expected}"));
    };
    check(" <html>no</html>", "HTML or XML, and no JSON object");
    check("", "empty, and no JSON object");
    check("[1]", "no JSON object: an array by itself");
    let broken = "no JSON object: line 1, column 10: the text ends; expected a JSON value";
    check("{\"model\":", broken);
    check("null", "no JSON object: a null by itself");
    // A request's id, or what somebody said, is no request that was to be read.
    for words in ["not json", "nul", "req-1"] {
        let response = r#"{"id":"gen-1","choices":[{"message":{"content":"Ho"}}]}"#;
        let text = format!(r#"{{"request":"{words}","response":{response}}}"#);
        let loaded = load(text.as_bytes());
        assert_eq!(loaded.problems, [], "{words}");
        assert!(loaded.notes[0].what.starts_with("`request` is text and"));
    }
}
