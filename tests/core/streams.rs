//! Streams as files hold them: several in one, without what makes them transcripts, broken off, foreign,
//! and far larger than any should be.

use std::fmt::Write;

use crate::common::{event_json, map};
use rainscope::completion::load::{self, Loaded, PairFile, PairFiles};
use rainscope::event::privacy::Privacy;
use serde_json::{Value as Json, json};

fn load(file: &str, text: &str) -> Loaded {
    load::load(file, text.as_bytes())
}

/// The events of a file.
fn events(loaded: &Loaded) -> Vec<Json> {
    let events = loaded.completions.iter().map(|completion| {
        let mapped = map(completion);
        let event = mapped.event().map(|event| event_json(event, Privacy::Off));
        event.map_or(Json::Null, |json| serde_json::from_str(&json).unwrap())
    });
    events.collect()
}

/// The answers' texts of a file; `-` for an event without one.
fn outputs(file: &str, text: &str) -> Vec<String> {
    let loaded = load(file, text);
    assert_eq!(loaded.problems, [], "{text}");
    let text = |event: Json| {
        event["ai_data"]["output"]
            .as_str()
            .unwrap_or("-")
            .to_owned()
    };
    events(&loaded).into_iter().map(text).collect()
}

fn chat(id: &str, content: &str) -> String {
    format!(
        r#"{{"id":"{id}","object":"chat.completion.chunk","created":1780000000,"model":"a/b","choices":[{{"index":0,"delta":{{"content":"{content}"}},"finish_reason":null}}]}}"#
    )
}

fn end(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","object":"chat.completion.chunk","created":1780000000,"model":"a/b","choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1,"completion_tokens":2,"cost":0.5}}}}"#
    )
}

/// An event for each piece of data.
fn sse(data: &[&str]) -> String {
    data.iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect()
}

/// A generation that a program wrote down as the events that its vendor's SDK hands out: chunks, and between them what
/// there is so far.
#[test]
fn what_an_sdk_hands_out_between_chunks_is_no_end_of_them() {
    let anthropic = [
        r#"{"type":"message_start","message":{"id":"gen-1","type":"message","role":"assistant","model":"a/b","content":[],"usage":{"input_tokens":3,"output_tokens":0}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
        r#"{"type":"text","text":"Hel","snapshot":"Hel"}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
        r#"{"type":"text","text":"lo","snapshot":"Hello"}"#,
        r#"{"type":"content_block_stop","index":0,"content_block":{"type":"text","text":"Hello"}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"input_json","partial_json":"{}","snapshot":{}}"#,
        r#"{"type":"content_block_stop","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
        r#"{"type":"message_stop","message":{"id":"gen-1","content":[{"type":"text","text":"Hello"}]}}"#,
    ];
    let handed = |chunk: &str, so_far: &str| {
        format!(
            r#"{{"type":"chunk","chunk":{chunk},"snapshot":{{"id":"gen-2","object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":"{so_far}"}},"finish_reason":"stop"}}]}}}}"#
        )
    };
    let openai = [
        handed(&chat("gen-2", "Hel"), "Hel"),
        r#"{"type":"content.delta","delta":"Hel","snapshot":"Hel","parsed":null}"#.to_owned(),
        handed(&chat("gen-2", "lo"), "Hello"),
        r#"{"type":"content.delta","delta":"lo","snapshot":"Hello","parsed":null}"#.to_owned(),
        r#"{"type":"content.done","content":"Hello","parsed":null}"#.to_owned(),
        handed(&end("gen-2"), "Hello"),
    ];
    let anthropic: Vec<String> = anthropic.map(str::to_owned).into();
    for (lines, cost) in [(anthropic, Json::Null), (openai.to_vec(), json!(0.5))] {
        for (file, text) in [
            ("a.jsonl", lines.join("\n") + "\n"),
            ("a.json", format!("[{}]", lines.join(",\n"))),
        ] {
            let loaded = load(file, &text);
            assert_eq!(loaded.problems, [], "{text}");
            let events = events(&loaded);
            assert_eq!(events.len(), 1, "{file}: {events:?}");
            assert_eq!(events[0]["ai_data"]["output"], "Hello", "{events:?}");
            assert_eq!(events[0]["properties"]["total_cost"], cost, "{events:?}");
        }
    }
    // By itself it is no chunk of anything.
    let alone = r#"{"type":"text","text":"Hel","snapshot":"Hel"}"#;
    assert!(load("a.json", alone).completions.is_empty());
}

/// What a terminal shows behind the last line is no broken chunk.
#[test]
fn a_shell_marks_an_end_without_a_line_end() {
    for mark in ["%", "⏎", "ann@host:~$ "] {
        let text = sse(&[
            &chat("gen-1", "Hi"),
            &end("gen-1"),
            &format!("[DONE]{mark}"),
        ]);
        assert_eq!(outputs("a.sse", text.trim_end()), ["Hi"], "{mark}");
    }
}

#[test]
fn a_chunk_that_a_logger_left_out_is_missed() {
    let whole = chat("gen-1", "lo");
    let choice =
        r#"{"id":"gen-1","object":"chat.completion.chunk","model":"a/b","choices":["[Object]"]}"#;
    for (chunk, is_missed) in [(whole.as_str(), false), (choice, true)] {
        let text = sse(&[&chat("gen-1", "Hel"), chunk, &end("gen-1"), "[DONE]"]);
        let loaded = load("a.sse", &text);
        let findings = map(&loaded.completions[0]).findings;
        let is_told = |f: &rainscope::mapping::Finding| f.code.as_str() == "stream-incomplete";
        assert_eq!(findings.iter().any(is_told), is_missed, "{text}");
    }
}

const KEEP_ALIVE: &str = r#"{"id":"","object":"","created":0,"model":"","choices":[]}"#;

#[test]
fn two_streams_are_two_completions() {
    let check = |data: &[&str], expected: &[&str]| {
        for (file, text) in [
            ("t.sse", sse(data)),
            (
                "t.sse",
                data.iter().map(|data| format!("data:{data}\r\n")).collect(),
            ),
            (
                "t.txt",
                data.iter()
                    .map(|data| format!("  data: {data}\n\n"))
                    .collect(),
            ),
        ] {
            assert_eq!(outputs(file, &text), expected, "{text}");
        }
    };
    let (a, b) = ("gen-1780000000-a", "gen-1780000001-b");
    let (one, two) = (chat(a, "one"), chat(b, "two"));
    // By the id, by `[DONE]`, by both.
    check(&[&one, &end(a), &two, &end(b)], &["one", "two"]);
    check(
        &[&one, &end(a), "[DONE]", &two, &end(b), "[DONE]"],
        &["one", "two"],
    );
    check(
        &[&one, &end(a), "[DONE]", &one, &end(a), "[DONE]"],
        &["one", "one"],
    );
    // The first broke off.
    check(&[&one, &two, &end(b)], &["one", "two"]);
    // What has no id begins nothing, in front of a stream, within one and behind it.
    check(
        &[KEEP_ALIVE, &one, KEEP_ALIVE, &chat(a, "!"), &end(a)],
        &["one!"],
    );
    check(&[&one, &end(a), "[DONE]", KEEP_ALIVE], &["one"]);
    check(&["[DONE]", &one, &end(a), "[DONE]", "[DONE]"], &["one"]);
    check(
        &[&one, &end(a), "[DONE]", KEEP_ALIVE, &two, &end(b)],
        &["one", "two"],
    );
    // An id that is missing all along.
    let bare = |text: &str| text.replace(r#""id":"gen-1780000000-a","#, "");
    check(&[&bare(&one), &bare(&end(a))], &["one"]);
    check(&[&bare(&one), "[DONE]", &bare(&one)], &["one", "one"]);

    let responses = |id: &str, text: &str| {
        [
            format!(
                r#"{{"type":"response.created","response":{{"id":"{id}","status":"in_progress","output":[]}}}}"#
            ),
            format!(
                r#"{{"type":"response.in_progress","response":{{"id":"{id}","status":"in_progress","output":[]}}}}"#
            ),
            format!(r#"{{"type":"response.output_text.delta","output_index":0,"delta":"{text}"}}"#),
            format!(
                r#"{{"type":"response.completed","response":{{"id":"{id}","status":"completed","output":[{{"type":"message","content":[{{"type":"output_text","text":"{text}"}}]}}]}}}}"#
            ),
        ]
    };
    let (r1, r2) = (responses(a, "one"), responses(b, "two"));
    check(
        &[
            &r1[0], &r1[1], &r1[2], &r1[3], &r2[0], &r2[1], &r2[2], &r2[3],
        ],
        &["one", "two"],
    );
    check(&[&r1[0], &r1[2], &r2[0], &r2[2]], &["one", "two"]);
    check(
        &[&r1[0], &r1[0], &r1[2], &r1[3], &r1[3], "[DONE]"],
        &["one"],
    );
    check(
        &[&r1[0], &r1[2], &r1[3], "[DONE]", &r1[0], &r1[2], &r1[3]],
        &["one", "one"],
    );

    let messages = |id: &str, text: &str| {
        [
            format!(r#"{{"type":"message_start","message":{{"id":"{id}","type":"message","role":"assistant","content":[]}}}}"#),
            r#"{"type":"ping"}"#.to_owned(),
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#.to_owned(),
            format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#),
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#.to_owned(),
            r#"{"type":"message_stop"}"#.to_owned(),
        ]
    };
    let (m1, m2) = (messages(a, "one"), messages(b, "two"));
    let both: Vec<&str> = m1.iter().chain(&m2).map(String::as_str).collect();
    check(&both, &["one", "two"]);
    check(
        &[&m1[1], &m1[0], &m1[2], &m1[3], &m2[0], &m2[2], &m2[3]],
        &["one", "two"],
    );
    // Each API after another.
    let m3 = messages("gen-1780000002-c", "one");
    let last = chat("gen-1780000003-d", "one");
    check(
        &[
            &one,
            &end(a),
            &r2[0],
            &r2[2],
            &r2[3],
            &m3[0],
            &m3[2],
            &m3[3],
            &last,
        ],
        &["one", "two", "one", "one"],
    );
}

/// The same chunks as an event each, one JSON a line, and items of a list.
fn check_forms(chunks: &[Json], expected: &[&str]) {
    let lines: Vec<String> = chunks.iter().map(Json::to_string).collect();
    let events: Vec<&str> = lines.iter().map(String::as_str).collect();
    for (file, text) in [
        ("t.sse", sse(&events)),
        ("t.ndjson", lines.join("\n")),
        ("t.json", format!("[{}]", lines.join(","))),
        (
            "t.json",
            format!(r#"{{"x":{{"chunks":[{}]}}}}"#, lines.join(",")),
        ),
    ] {
        assert_eq!(outputs(file, &text), expected, "{text}");
    }
}

/// Nothing names the completions apart, or `[DONE]` stands between them.
#[test]
fn text_after_the_end_of_a_choice_is_another_completion() {
    for id in [Json::Null, json!(""), json!("chatcmpl-1"), json!("gen-1")] {
        let chunk = |choice: Json| json!({"id": id, "object": "chat.completion.chunk", "choices": [choice]});
        let piece = |text: &str| {
            chunk(json!({"index": 0, "delta": {"content": text}, "finish_reason": null}))
        };
        let role = || {
            chunk(
                json!({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}),
            )
        };
        let end = || chunk(json!({"index": 0, "delta": {}, "finish_reason": "stop"}));
        let with_usage = |mut chunk: Json| {
            chunk["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "cost": 0.5});
            chunk
        };
        let usage =
            || with_usage(json!({"id": id, "object": "chat.completion.chunk", "choices": []}));
        let (a, b) = (|| piece("a"), || piece("b"));
        check_forms(&[a(), piece("!"), end(), b(), end()], &["a!", "b"]);
        check_forms(
            &[role(), a(), end(), usage(), role(), b(), end(), usage()],
            &["a", "b"],
        );
        let late = || with_usage(role());
        check_forms(
            &[role(), a(), end(), late(), role(), b(), end(), late()],
            &["a", "b"],
        );
        let last = |text: &str| {
            chunk(json!({"index": 0, "delta": {"content": text}, "finish_reason": "stop"}))
        };
        check_forms(&[a(), last("!"), b(), last("!")], &["a!", "b!"]);
        let think =
            || chunk(json!({"index": 0, "delta": {"reasoning": "hm"}, "finish_reason": null}));
        check_forms(&[think(), a(), end(), think(), b(), end()], &["a", "b"]);
        // None of these is torn apart.
        for one in [
            vec![role(), a(), end(), end(), usage()],
            vec![role(), a(), end(), with_usage(end())],
            vec![role(), a(), end(), late(), end()],
            vec![
                a(),
                end(),
                chunk(json!({"index": 0, "delta": {"annotations": [{"type": "url_citation"}]}})),
            ],
            vec![
                a(),
                end(),
                chunk(
                    json!({"index": 0, "delta": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}}),
                ),
            ],
            vec![
                a(),
                end(),
                chunk(
                    json!({"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}),
                ),
            ],
            vec![
                a(),
                chunk(json!({"index": 1, "delta": {"content": "x"}, "finish_reason": null})),
                end(),
                chunk(json!({"index": 1, "delta": {"content": "y"}, "finish_reason": "stop"})),
            ],
        ] {
            check_forms(&one, &["a"]);
        }
        let text = |text: &str, reason: Json| json!({"id": id, "object": "text_completion", "choices": [{"index": 0, "text": text, "finish_reason": reason}]});
        let (go_on, stop) = (Json::Null, json!("stop"));
        check_forms(
            &[
                text("a", go_on.clone()),
                text("!", go_on.clone()),
                text("", stop.clone()),
                text("b", go_on.clone()),
                text("!", stop.clone()),
            ],
            &["a!", "b!"],
        );
        check_forms(&[text("a", go_on), text("!", stop)], &["a!"]);
    }
}

/// A server that runs the tools goes on in the same generation; and some say a finish reason with every chunk.
#[test]
fn a_finish_reason_is_not_always_the_end() {
    let chunk = |id: Json, delta: Json, reason: Json| json!({"id": id, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let call = json!({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    let with_tool = |id: Json| {
        [
            chunk(id.clone(), call.clone(), Json::Null),
            chunk(id.clone(), json!({}), json!("tool_calls")),
            chunk(id.clone(), json!({"content": "a"}), Json::Null),
            chunk(id, json!({}), json!("stop")),
        ]
    };
    check_forms(&with_tool(json!("gen-1")), &["a"]);
    check_forms(&with_tool(Json::Null), &["-", "a"]);
    let always = |id: Json| {
        ["a", "b", "c"].map(|text| chunk(id.clone(), json!({"content": text}), json!("stop")))
    };
    check_forms(&always(Json::Null), &["a", "b", "c"]);
    check_forms(&always(json!("gen-1")), &["abc"]);
    let text = always(json!("gen-1"))
        .map(|chunk| chunk.to_string())
        .join("\n");
    let notes = load("t.ndjson", &text).notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].what.contains("taken for one completion"),
        "{}",
        notes[0].what
    );
}

#[test]
fn events_that_begin_anew_are_another_completion() {
    let message = |text: &str, has_start: bool, has_stop: bool| {
        let mut events = vec![
            json!({"type": "message_start", "message": {"type": "message", "role": "assistant", "content": []}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
            json!({"type": "message_stop"}),
        ];
        if !has_start {
            events.remove(0);
        }
        if !has_stop {
            events.pop();
        }
        events
    };
    let response = |text: &str, has_start: bool, has_stop: bool| {
        let item = |content: Json| json!({"id": "i", "type": "message", "role": "assistant", "content": content});
        let done = item(json!([{"type": "output_text", "text": text}]));
        let mut events = vec![
            json!({"type": "response.created", "response": {"object": "response", "status": "in_progress", "output": []}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": item(json!([]))}),
            json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "i", "delta": text}),
            json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "item_id": "i", "text": text}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": done}),
            json!({"type": "response.completed", "response": {"object": "response", "status": "completed", "output": [done]}}),
        ];
        if !has_start {
            events.remove(0);
        }
        if !has_stop {
            events.pop();
        }
        events
    };
    for (has_start, has_stop) in [(true, true), (true, false), (false, true), (false, false)] {
        let two = [
            message("a", has_start, has_stop),
            message("b", has_start, has_stop),
        ];
        check_forms(&two.concat(), &["a", "b"]);
        // Pieces from the middle that name nothing are of nobody knows what.
        if !has_start && !has_stop {
            continue;
        }
        let two = [
            response("a", has_start, has_stop),
            response("b", has_start, has_stop),
        ];
        check_forms(&two.concat(), &["a", "b"]);
    }
}

/// A beginning that comes twice with one id, before there is any of an answer, is one.
#[test]
fn a_beginning_that_is_repeated_is_no_other_completion() {
    let start = |id: &str| {
        let message = json!({"id": id, "type": "message", "role": "assistant", "model": "a/b", "content": [],
            "usage": {"input_tokens": 7, "output_tokens": 1}});
        json!({"type": "message_start", "message": message}).to_string()
    };
    let rest = [
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"ho"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let check = |starts: [&str; 2], expected: &[&str]| {
        let starts = starts.map(start);
        let all: Vec<&str> = starts.iter().map(String::as_str).chain(rest).collect();
        let text = sse(&all);
        let events = events(&load("t.sse", &text));
        let ids = events
            .iter()
            .map(|event| event["properties"]["trace_id"].as_str().unwrap());
        assert_eq!(ids.collect::<Vec<_>>(), expected, "{text}");
        let last = &events.last().unwrap();
        assert_eq!(last["ai_data"]["output"], "ho");
        assert_eq!(last["properties"]["prompt_tokens"], 7);
        assert_eq!(last["properties"]["completion_tokens"], 2);
    };
    check(["gen-1", "gen-1"], &["gen-1"]);
    check(["gen-1", "gen-2"], &["gen-1", "gen-2"]);
    // With an answer between them they are two streams; of one generation the whole one counts.
    let begun = start("gen-1");
    let again = [&[begun.as_str()][..], &rest[..1]].concat();
    let text = sse(&[&again[..], &again[..], &rest[1..]].concat());
    let loaded = load("t.sse", &text);
    assert_eq!(events(&loaded).len(), 1, "{text}");
    assert!(loaded.completions[0].stream.as_ref().unwrap().complete);
    assert!(
        loaded
            .notes
            .iter()
            .any(|note| note.what.contains("taken once"))
    );
}

#[test]
fn each_stream_has_its_place_and_what_is_known_of_it() {
    let (a, b) = ("gen-1780000000-a", "gen-1780000001-b");
    let text = format!(
        ": hello\n\n{}\n: again\n\n: and\n\n{}: bye\n",
        sse(&[&chat(a, "one"), &end(a), "[DONE]"]),
        sse(&[&chat(b, "two")]),
    );
    let loaded = load("logs/two.sse", &text);
    assert_eq!(loaded.problems, []);
    let told: Vec<_> = loaded
        .completions
        .iter()
        .map(|completion| {
            let id = completion.document().resolve("/response/id").unwrap();
            let place = completion.place_of(id).unwrap();
            let stream = completion.stream.as_ref().unwrap();
            let counts = (stream.chunks, stream.comments, stream.complete);
            (completion.name.as_str(), place.to_string(), counts)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("two #1", "logs/two.sse:1:1".to_owned(), (2, 1, true)),
            ("two #2", "logs/two.sse:14:7".to_owned(), (1, 3, false)),
        ]
    );
    let notes: Vec<String> = loaded.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "logs/two.sse:14:171: the stream ends here, before its end was said (`[DONE]` or its API's last event)"
        ]
    );
}

#[test]
fn one_response_holds_one_stream() {
    let (a, b) = ("gen-1780000000-a", "gen-1780000001-b");
    let two = sse(&[&chat(a, "one"), &end(a), "[DONE]", &chat(b, "two"), &end(b)]);
    let sample = json!({"request": {"messages": []}, "response": two}).to_string();
    let part = |file, text: &'static str| {
        Some(PairFile {
            file,
            bytes: text.as_bytes(),
        })
    };
    let parts = PairFiles {
        request: part("x.request.json", "{\"messages\":[]}"),
        response: Some(PairFile {
            file: "x.response.sse",
            bytes: two.as_bytes(),
        }),
        generation: None,
    };
    for loaded in [load("s.json", &sample), load::load_parts("x", &parts)] {
        assert_eq!(loaded.problems, []);
        assert_eq!(events(&loaded)[0]["ai_data"]["output"], "one");
        assert_eq!(loaded.completions.len(), 1);
        let note = loaded.notes[0].to_string();
        assert!(
            note.ends_with("2 streams stand in one response; the first counts"),
            "{note}"
        );
        // Where only the completion is shown, it says so itself.
        let found = map(&loaded.completions[0]).findings;
        let found = found
            .iter()
            .find(|found| found.code.as_str() == "several-generations");
        let help = &found.expect("a finding").help;
        assert!(help.starts_with("the response holds 2 streams"), "{help}");
    }
}

/// Nothing tells whose a chunk is that names no generation, where others beside it do.
#[test]
fn chunks_that_name_no_generation_between_others_are_told() {
    let id = "gen-1780000000-a";
    let unnamed = |content: &str| chat("", content);
    let note = "chunks that name this generation and chunks that name none take turns: taken for one completion, though they may be of two";
    let check = |chunks: &[&str], expected: &[&str]| {
        for text in [sse(chunks), chunks.join("\n")] {
            let loaded = load("s.jsonl", &text);
            let notes: Vec<&str> = loaded.notes.iter().map(|note| &*note.what).collect();
            assert_eq!(notes, expected, "{text}");
            assert_eq!(loaded.completions.len(), 1, "{text}");
        }
    };
    let (a, b, c) = (chat(id, "a"), unnamed("b"), chat(id, "c"));
    check(&[&a, &b, &c, &end(id)], &[note]);
    // Named once, or by all but the last, which brings facts alone.
    check(&[&a, &b, &unnamed("c"), &end(id)], &[]);
    check(&[&a, &c, &end("")], &[]);
    check(&[&b, &unnamed("c"), &end("")], &[]);
}

/// A list of chunks that an error stands before is a stream, in which the error is told.
#[test]
fn an_error_may_stand_before_the_chunks() {
    let id = "gen-1780000000-a";
    let error = r#"{"error":{"code":502,"message":"Provider returned error"}}"#;
    let list = format!("[{error},{},{}]", chat(id, "late"), end(id));
    let sample = format!(r#"{{"request":{{"messages":[]}},"response":{list}}}"#);
    let loaded = load("s.json", &sample);
    assert_eq!(loaded.problems, []);
    let mapped = map(&loaded.completions[0]);
    let codes: Vec<&str> = mapped
        .findings
        .iter()
        .map(|found| found.code.as_str())
        .collect();
    assert!(codes.contains(&"generation-failed"), "{codes:?}");
    assert_eq!(events(&loaded)[0]["ai_data"]["output"], "late");
}

#[test]
fn a_stream_says_whether_it_ended() {
    let a = "gen-1780000000-a";
    let check = |data: &[&str], complete: bool| {
        let loaded = load("t.sse", &sse(data));
        let stream = loaded.completions[0].stream.as_ref().unwrap();
        assert_eq!(stream.complete, complete, "{data:?}");
        assert_eq!(loaded.notes.is_empty(), complete, "{data:?}");
    };
    let error = r#"{"id":"gen-1780000000-a","error":{"code":502,"message":"gone"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#;
    check(&[&chat(a, "one")], false);
    check(&[&chat(a, "one"), "[DONE]"], true);
    check(&[&chat(a, "one"), &end(a)], true);
    check(&[&chat(a, "one"), error], true);
    check(
        &[r#"{"type":"response.created","response":{"id":"x","output":[]}}"#],
        false,
    );
    check(
        &[
            r#"{"type":"response.created","response":{"id":"x","output":[]}}"#,
            r#"{"type":"response.incomplete","response":{"id":"x","status":"incomplete","output":[]}}"#,
        ],
        true,
    );
    check(
        &[r#"{"type":"message_start","message":{"id":"x","role":"assistant"}}"#],
        false,
    );
    check(
        &[
            r#"{"type":"message_start","message":{"id":"x","role":"assistant"}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        true,
    );
    // A chunk that is cut off is a problem with its place, and what arrived before it counts.
    let text = format!("{}data: {{\"id\":\"gen-1\",\"choi", sse(&[&chat(a, "one")]));
    let loaded = load("t.sse", &text);
    assert_eq!(events(&loaded)[0]["ai_data"]["output"], "one");
    assert!(!loaded.completions[0].stream.as_ref().unwrap().complete);
    assert!(
        loaded.problems[0].to_string().starts_with("t.sse:3:26: "),
        "{}",
        loaded.problems[0]
    );
}

#[test]
fn a_failed_stream_keeps_what_arrived() {
    let a = "gen-1780000000-a";
    let check = |last: &str, message: &str| {
        let loaded = load("t.sse", &sse(&[&chat(a, "one"), last]));
        assert_eq!(loaded.problems, [], "{last}");
        let mapped = map(&loaded.completions[0]);
        let found = mapped
            .findings
            .iter()
            .find(|finding| finding.code.as_str() == "generation-failed");
        assert!(found.unwrap().help.contains(message), "{last}: {found:?}");
        assert_eq!(events(&loaded)[0]["ai_data"]["output"], "one");
    };
    check(r#"{"error":{"code":502,"message":"gone"}}"#, "gone");
    check(r#"{"type":"error","error":{"message":"gone"}}"#, "gone");
    check(
        r#"{"id":"gen-1780000000-a","error":{"message":"gone"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
        "gone",
    );
    check(
        "{\"message\":\"gone\"}\n\nevent: error\ndata: {\"message\":\"left\"}",
        "left",
    );
}

#[test]
fn what_no_api_sends_is_no_stream() {
    let check = |text: &str, what: &str| {
        let loaded = load("t.sse", text);
        assert!(loaded.completions.is_empty(), "{text}");
        let problem = loaded.problems[0].to_string();
        assert!(problem.contains(what), "{problem}");
    };
    check(
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}]}\n\n",
        "none of OpenRouter's APIs sends: an object with `candidates`",
    );
    check(
        "data: {\"type\":\"text-delta\",\"id\":\"0\",\"delta\":\"Hi\"}\n\n",
        "none of OpenRouter's APIs",
    );
    check(
        "data: 7\n\ndata: \"x\"\n\ndata: []\n\n",
        "a number by itself",
    );
    check("event: ping\ndata: {}\n\n", "no data event");
    check("data: [DONE]\n\n", "no data event");
    // Beside chunks, they are passed over.
    let text = format!(
        "data: {{\"beat\":1}}\n\n{}",
        sse(&[&chat("gen-1", "one"), "{\"beat\":2}", "[DONE]"])
    );
    assert_eq!(outputs("t.sse", &text), ["one"]);
}

/// The name of an event ends with it, and says nothing of the next one.
#[test]
fn a_name_is_that_of_its_own_event() {
    let chunks = sse(&[&chat("gen-1", "one "), &chat("gen-1", "two"), "[DONE]"]);
    for name in ["ping", "error", "message"] {
        assert_eq!(
            outputs("t.sse", &format!("event: {name}\n\n{chunks}")),
            ["one two"]
        );
        assert_eq!(
            outputs("t.sse", &format!("event: {name}\n{chunks}")),
            ["one two"]
        );
    }
    // Line ends that a paste doubled: the name of what has no type of its own stands a line away.
    let doubled = "event: message_start\n\ndata: {\"message\":{\"id\":\"gen-1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}}\n\n\n\n\
         event: content_block_delta\n\ndata: {\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n\n\n\
         event: message_stop\n\ndata: {}\n\n";
    assert_eq!(outputs("t.sse", doubled), ["Hi"]);
}

/// Messages in place of deltas bring all that is known, or what is new: once one brought what is new alone, each does.
#[test]
fn messages_that_bring_what_is_new_lose_no_piece() {
    let check = |pieces: &[&str], expected: &str| {
        let chunk = |text: &&str| {
            let message = json!({"role": "assistant", "content": text});
            json!({"id": "gen-1", "model": "a/b", "choices": [{"index": 0, "message": message}]})
        };
        let chunks: Vec<String> = pieces.iter().map(chunk).map(|it| it.to_string()).collect();
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let text = sse(&chunks) + "data: [DONE]\n\n";
        assert_eq!(outputs("t.sse", &text), [expected], "{pieces:?}");
    };
    check(&["1", ", 2", ", ", "1"], "1, 2, 1");
    check(&["The", " cat and ", "The", " dog"], "The cat and The dog");
    check(&["The", "The cat", "The cat", "The cat sat"], "The cat sat");
    // Some say all of it at the end.
    check(
        &["The", " cat sat", " down", "The cat sat down"],
        "The cat sat down",
    );
    // Another member may come in pieces beside it.
    let chunk = |text: &str, reasoning: &str| {
        let message = json!({"role": "assistant", "content": text, "reasoning": reasoning});
        json!({"id": "gen-1", "model": "a/b", "choices": [{"index": 0, "message": message}]})
            .to_string()
    };
    let chunks = [
        chunk("Hel", "a"),
        chunk("Hello", "b"),
        chunk("Hello", "c"),
        chunk("Hello world", "d"),
    ];
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let text = sse(&chunks) + "data: [DONE]\n\n";
    assert_eq!(outputs("t.sse", &text), ["Hello world"]);
}

/// Some servers count all items of an output as the first, or don't count them.
#[test]
fn items_at_one_place_keep_their_texts() {
    for index in [r#""output_index":0,"#, ""] {
        let text = [
            format!(
                r#"{{"type":"response.created",{index}"response":{{"id":"gen-1","model":"a/b","output":[]}}}}"#
            ),
            format!(
                r#"{{"type":"response.output_item.added",{index}"item":{{"type":"reasoning","id":"r","summary":[]}}}}"#
            ),
            format!(
                r#"{{"type":"response.output_item.done",{index}"item":{{"type":"reasoning","id":"r","summary":[{{"type":"summary_text","text":"hm"}}]}}}}"#
            ),
            format!(
                r#"{{"type":"response.output_item.added",{index}"item":{{"type":"message","id":"m","role":"assistant","content":[]}}}}"#
            ),
            format!(
                r#"{{"type":"response.output_text.delta","item_id":"m",{index}"content_index":0,"delta":"Hello "}}"#
            ),
            format!(
                r#"{{"type":"response.output_text.delta","item_id":"m",{index}"content_index":0,"delta":"world"}}"#
            ),
        ];
        let mut text: Vec<&str> = text.iter().map(String::as_str).collect();
        let loaded = load("t.sse", &sse(&text));
        let output = &events(&loaded)[0]["ai_data"]["output"];
        assert_eq!(output, "Hello world", "{index}");
        // The message may begin before the reasoning is said to be done.
        text.swap(2, 3);
        let loaded = load("t.sse", &sse(&text));
        assert_eq!(
            events(&loaded)[0]["ai_data"]["output"],
            "Hello world",
            "{index}"
        );
    }
}

/// What a tool call's first piece does not say, a later one may.
#[test]
fn a_call_whose_type_comes_later_is_one_call() {
    let piece = |call: Json| {
        json!({"id": "gen-1", "model": "a/b", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}).to_string()
    };
    let pieces = [
        piece(json!({"index": 0, "id": "c1", "function": {"name": "f", "arguments": ""}})),
        piece(json!({"index": 0, "type": "function", "function": {"arguments": "{\"a\""}})),
        piece(json!({"index": 0, "type": "function", "function": {"arguments": ":1}"}})),
    ];
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let loaded = load("t.sse", &(sse(&pieces) + "data: [DONE]\n\n"));
    let document = loaded.completions[0].document();
    let at = |pointer: &str| {
        document
            .resolve(pointer)
            .map(|value| value.raw().to_owned())
    };
    assert_eq!(at("/response/choices/0/message/tool_calls/1"), None);
    let arguments = at("/response/choices/0/message/tool_calls/0/function/arguments");
    assert_eq!(arguments.as_deref(), Some(r#""{\"a\":1}""#));
}

/// Whatever number of indices, ids and keys a stream invents, time grows with its size alone.
#[test]
fn time_grows_with_size() {
    let check = |what: &str, chunk: &dyn Fn(usize, &mut String)| {
        crate::growth::check(what, "t.sse", |size| {
            let mut text = String::new();
            for n in 0..size {
                text.push_str("data: ");
                chunk(n, &mut text);
                text.push_str("\n\n");
            }
            text
        });
    };
    check("tool calls by index", &|n, out| {
        let _ = write!(
            out,
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{n},"function":{{"arguments":""}}}}]}}}}]}}"#
        );
    });
    check("tool calls by id", &|n, out| {
        let _ = write!(
            out,
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"id":"{n}","function":{{"arguments":""}}}}]}}}}]}}"#
        );
    });
    check("broken chunks", &|n, out| {
        let _ = write!(out, "{{x{n}");
    });
    check("choices", &|n, out| {
        let _ = write!(
            out,
            r#"{{"choices":[{{"index":{n},"delta":{{"content":"a"}}}}]}}"#
        );
    });
    check("keys of a chunk", &|n, out| {
        let _ = write!(out, r#"{{"choices":[],"k{n}":1}}"#);
    });
    check("keys of a delta", &|n, out| {
        let _ = write!(out, r#"{{"choices":[{{"delta":{{"k{n}":1}}}}]}}"#);
    });
    check("output items", &|n, out| {
        let _ = write!(
            out,
            r#"{{"type":"response.output_text.delta","output_index":{n},"delta":"a"}}"#
        );
    });
    check("parts of an item", &|n, out| {
        let _ = write!(
            out,
            r#"{{"type":"response.output_text.delta","content_index":{n},"delta":"a"}}"#
        );
    });
    check("blocks", &|n, out| {
        let _ = write!(
            out,
            r#"{{"type":"content_block_delta","index":{n},"delta":{{"type":"text_delta","text":"a"}}}}"#
        );
    });
    check("annotations", &|n, out| {
        let _ = write!(
            out,
            r#"{{"choices":[{{"delta":{{"annotations":[{{"n":{n}}}]}}}}]}}"#
        );
    });
}

/// People ask for examples of streams, and models give them: what they say is no line of a log.
#[test]
fn what_an_answer_says_is_no_stream() {
    let inner = r#"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"gen-inner\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"x/y\",\"content\":[]}}\n\n"#;
    let message = |id: &str, text: &str| {
        format!(
            r#"{{"id":"{id}","type":"message","role":"assistant","model":"a/b","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","usage":{{"input_tokens":1,"output_tokens":2}}}}"#
        )
    };
    let flat = |id: &str, text: &str| {
        format!(
            r#"{{"model":"a/b","prompt":"{text}","response":{{"id":"{id}","model":"a/b","choices":[{{"text":"yes"}}]}}}}"#
        )
    };
    for second in [inner, ":) gladly", "data: it", "id: 7", ""] {
        for made in [&message as &dyn Fn(&str, &str) -> String, &flat] {
            let text = format!(
                "{}\n{}\n{}\n",
                made("gen-1", inner),
                made("gen-2", second),
                made("gen-3", ":)")
            );
            let loaded = load::load("t.jsonl", text.as_bytes());
            let ids = loaded.completions.iter().map(|one| {
                let id = one.response().and_then(|response| response.get("id"));
                id.and_then(|id| id.str()).unwrap_or_default().into_owned()
            });
            assert_eq!(
                ids.collect::<Vec<_>>(),
                ["gen-1", "gen-2", "gen-3"],
                "{text}"
            );
        }
    }
}

/// Whoever pastes a stream may leave most of it out; its end is there all the same.
#[test]
fn a_stream_that_was_shortened_is_not_whole() {
    let chunk = |text: &str| {
        json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "model": "a/b", "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
    };
    let codes = |text: &str| -> Vec<String> {
        assert_eq!(outputs("t.sse", text), ["one three"], "{text}");
        let mapped = map(&load("t.sse", text).completions[0]);
        let codes = mapped.findings.iter().map(|it| it.code.as_str().to_owned());
        codes.collect()
    };
    for (gap, is_one) in [
        ("...", true),
        ("…", true),
        ("[...]", true),
        ("# ...", true),
        ("... [809 chunks omitted] ...", true),
        ("(snip)", true),
        ("--- 20 more events ---", true),
        ("...and so on, more of these", true),
        ("[cut]", true),
        ("<!-- ... -->", true),
        ("（省略）", true),
        ("etc.", true),
        ("data: ...", true),
        ("data: {...}", true),
        ("waiting...", false),
        ("retry: 3000", false),
        ("", false),
    ] {
        let (one, three) = (chunk("one "), chunk("three"));
        let transcript = format!("data: {one}\n\n{gap}\n\ndata: {three}\n\ndata: [DONE]\n\n");
        let at_end = format!("data: {one}\n\ndata: {three}\n\n{gap}\n\ndata: [DONE]\n\n");
        let mut texts = vec![transcript, at_end];
        if !gap.starts_with("retry") && !gap.starts_with("data") {
            texts.push(format!("{one}\n{gap}\n{three}\n{{\"id\":\"gen-1780662787-HsCxAbCdEfGhIjKlMnOp\",\"model\":\"a/b\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n"));
        }
        for text in texts {
            let is_told = codes(&text).contains(&"stream-incomplete".to_owned());
            assert_eq!(is_told, is_one, "{text}");
        }
    }
}

/// What a stream of the Messages API ends with tells neither which answer it is of nor any of it.
#[test]
fn the_end_of_a_stream_alone_is_no_answer() {
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 15}});
    let loaded = load("t.json", &end.to_string());
    assert_eq!(loaded.completions.len(), 0);
    assert!(loaded.problems[0].what.contains("a piece of a stream"));
}
