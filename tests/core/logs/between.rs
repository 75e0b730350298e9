//! What stands between the pieces of one stream, and around them: a log's other lines, a program's ticks, longer words. The
//! stream is one all the same, and nothing of it is lost.

use crate::common::{conversations, event_json, map};
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use serde_json::{Value as Json, json};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
const OUTPUT: &str = "one two three";

fn check(text: &str, input: Json) -> Loaded {
    let loaded = load::load("t.log", text.as_bytes());
    assert_eq!(
        conversations(&loaded),
        [json!([input, OUTPUT])],
        "{text}\n{:?}",
        loaded.problems
    );
    assert_eq!(loaded.problems, [], "{text}");
    loaded
}

/// The request of a stream, for the API that it is of.
fn request(chunks: &[Json]) -> Json {
    let is_responses = chunks[0]["type"] == "response.created";
    match is_responses {
        true => json!({"model": "a/b", "input": "Hi?", "stream": true}),
        false => {
            json!({"model": "a/b", "messages": [{"role": "user", "content": "Hi?"}], "stream": true})
        }
    }
}

fn chat() -> Vec<Json> {
    let chunk = |text: &str, end: Json| {
        json!({"id": ID, "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]})
    };
    vec![
        chunk("one ", Json::Null),
        chunk("two ", Json::Null),
        chunk("three", json!("stop")),
    ]
}

fn responses() -> Vec<Json> {
    let response = |status: &str| json!({"id": ID, "object": "response", "model": "a/b", "status": status, "output": []});
    let delta = |text: &str| json!({"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, "delta": text});
    let item = json!({"type": "message", "id": "i", "role": "assistant", "content": []});
    vec![
        json!({"type": "response.created", "response": response("in_progress")}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        delta("one "),
        delta("two "),
        delta("three"),
        json!({"type": "response.completed", "response": response("completed")}),
    ]
}

fn messages() -> Vec<Json> {
    let start =
        json!({"type": "message", "id": ID, "role": "assistant", "model": "a/b", "content": []});
    let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    vec![
        json!({"type": "message_start", "message": start}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        delta("one "),
        delta("two "),
        delta("three"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
        json!({"type": "message_stop"}),
    ]
}

fn streams() -> [Vec<Json>; 3] {
    [chat(), responses(), messages()]
}

fn lines(chunks: &[Json], form: impl Fn(&Json) -> String) -> String {
    chunks.iter().map(|chunk| form(chunk) + "\n").collect()
}

#[test]
fn what_a_program_writes_between_chunks_ends_no_stream() {
    for chunks in streams() {
        let tick = json!({"t": "tick"});
        for others in [
            tick.to_string(),
            "GET /health 200".to_owned(),
            format!("{tick}\n{tick}\nup"),
        ] {
            let bare = lines(&chunks, |chunk| format!("{chunk}\n{others}"));
            check(&bare, Json::Null);
            check(&format!("{}\n{bare}", request(&chunks)), json!("Hi?"));
            let wrapped = lines(&chunks, |chunk| {
                format!("{}\n{others}", json!({"t": 1, "event": chunk}))
            });
            check(&wrapped, Json::Null);
            check(&format!("{others}\n{wrapped}"), Json::Null);
        }
        // A record of the same server's, with an id in nearly every one; braces of a log's own words.
        let other = "2026-06-05 INFO metrics {\"request_id\":\"r2\",\"ms\":12}";
        for word in ["data: ", "chunk: "] {
            check(
                &lines(&chunks, |chunk| {
                    format!("2026-06-05 DEBUG {word}{chunk}\n{other}")
                }),
                Json::Null,
            );
            check(
                &lines(&chunks, |chunk| {
                    format!("INFO {{traceId=a, spanId=b}} {word}{chunk}")
                }),
                Json::Null,
            );
        }
        // What a logger bound to each of its records.
        let bound = json!({"id": 7, "method": "POST", "tags": ["a"]});
        check(
            &lines(&chunks, |chunk| {
                json!({"level": 30, "req": bound, "tags": ["a"], "chunk": chunk}).to_string()
            }),
            Json::Null,
        );
        // What an SDK has of the answer so far.
        let so_far = json!({"id": ID, "choices": [], "content": [{"text": "so far"}]});
        check(
            &lines(&chunks, |chunk| {
                json!({"event": chunk, "snapshot": so_far}).to_string()
            }),
            Json::Null,
        );
        let items: Vec<String> = chunks
            .iter()
            .map(|chunk| format!("{chunk},{tick}"))
            .collect();
        check(&format!("[{}]", items.join(",\n")), Json::Null);
    }
    // Another answer between two chunks is lost with neither.
    let other = json!({"id": "gen-2", "model": "a/b", "choices": [{"message": {"content": "x"}}]});
    let text = lines(&chat(), |chunk| format!("{chunk}\n{other}"));
    let loaded = load::load("t.jsonl", text.as_bytes());
    let outputs = conversations(&loaded)
        .into_iter()
        .filter(|event| event[1] == "x");
    assert_eq!(outputs.count(), 3);
}

/// What reads a transcript for a program hands out events, and keeps a time or the event's name beside each chunk.
#[test]
fn a_list_of_events_with_their_chunks_is_a_stream() {
    for chunks in streams() {
        let name = |chunk: &Json| chunk["type"].as_str().unwrap_or("message").to_owned();
        let forms: [&dyn Fn(&Json) -> Json; 4] = [
            &|chunk| json!({"t": 0, "data": chunk}),
            &|chunk| json!({"t": 0, "data": chunk.to_string()}),
            &|chunk| json!({"event": name(chunk), "data": chunk.to_string(), "id": "", "retry": null}),
            &|chunk| json!({"elapsed_ms": 7, "chunk": chunk}),
        ];
        for form in forms {
            let mut list: Vec<Json> = chunks.iter().map(form).collect();
            for end in [None, Some(json!({"t": 0, "data": "[DONE]"}))] {
                list.extend(end);
                list.insert(0, json!({"comment": " OPENROUTER PROCESSING"}));
                let request = request(&chunks);
                for record in [
                    json!({"request": request, "response": list}),
                    json!({"request": request, "stream": list}),
                    json!({"ts": 1, "req": request, "events": list}),
                ] {
                    check(&record.to_string(), json!("Hi?"));
                    let loaded = load::load("t.jsonl", format!("{record}\n{record}\n").as_bytes());
                    assert_eq!(loaded.completions.len(), 2, "{record}");
                }
            }
        }
    }
}

#[test]
fn a_logger_may_write_long_words_before_each_line() {
    let words = "2026-11-28T01:18:18.270Z DEBUG 1 --- [nio-8080-exec-1] c.e.a.services.llm.OpenRouterStreamingClient : ";
    let docker = |text: &str| json!({"log": format!("{text}\n"), "stream": "stdout"}).to_string();
    for chunks in streams() {
        check(
            &lines(&chunks, |chunk| docker(&format!("{words}data: {chunk}"))),
            Json::Null,
        );
        check(
            &lines(&chunks, |chunk| docker(&format!("{words}chunk: {chunk}"))),
            Json::Null,
        );
    }
}

/// Docker cuts a line of 16 KiB into records, wherever in the log it stands.
#[test]
fn a_line_that_docker_cut_is_one_behind_others() {
    let docker =
        |text: &str| json!({"log": text, "stream": "stdout", "time": "t"}).to_string() + "\n";
    let answer = json!({"id": ID, "model": "a/b", "choices": [{"message": {"role": "assistant", "content": "x".repeat(30_000)}}]});
    let sample = json!({"request": {"model": "a/b", "messages": [{"role": "user", "content": "Hi?"}]}, "response": answer}).to_string();
    for words in ["", "2026-06-05 12:00:00 INFO call: "] {
        let line = format!("{words}{sample}");
        let (first, rest) = line.split_at(16_384);
        for before in ["", "hello\n"] {
            let before = if before.is_empty() {
                String::new()
            } else {
                docker(before)
            };
            let parts = [
                docker(first),
                docker(&rest[..10_000]),
                docker(&format!("{}\n", &rest[10_000..])),
            ];
            let text = before + &parts.concat() + &docker("done\n");
            let loaded = load::load("t.log", text.as_bytes());
            assert_eq!(loaded.problems, [], "{words}");
            assert_eq!(conversations(&loaded)[0][0], "Hi?", "{words}");
            assert_eq!(loaded.completions.len(), 1, "{words}");
        }
    }
}

/// A busy server writes much while one stream pauses, and still the time is linear: the more of the stream has come, the
/// more may stand between.
#[test]
fn a_stream_in_a_busy_log_is_one() {
    let docker =
        |text: &str| json!({"log": format!("{text}\n"), "stream": "stdout"}).to_string() + "\n";
    let others: String = (0..150)
        .map(|at| docker(&format!("GET /{at} 200")))
        .collect();
    for chunks in streams() {
        let (last, first) = chunks.split_last().unwrap();
        let mut text = lines(first, |chunk| {
            docker(&format!("data: {chunk}")).trim_end().to_owned()
        });
        text += &others;
        text += &docker(&format!("data: {last}"));
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(conversations(&loaded), [json!([null, OUTPUT])]);
    }
}

#[test]
fn of_a_line_with_several_documents_none_is_lost_unsaid() {
    // Whole records are as many as they are, and a refusal among them is one more.
    let sample = |at: usize| {
        let answer = json!({"id": format!("gen-{at}"), "model": "a/b", "choices": [{"message": {"content": "x"}}]});
        json!({"request": {"model": "a/b", "messages": []}, "response": answer}).to_string()
    };
    let refused = json!({"error": {"code": 429, "message": "x"}});
    for (line, expected) in [
        (format!("INFO llm: {} {}", sample(1), sample(2)), 2),
        (
            format!("INFO llm: first={} second={}", sample(1), sample(2)),
            2,
        ),
        (
            format!(
                "INFO llm: {}2026-06-05 12:00:00 INFO llm: {}",
                sample(1),
                sample(2)
            ),
            2,
        ),
        (
            format!("INFO llm: {} {refused} {}", sample(1), sample(2)),
            3,
        ),
        (
            format!(
                "INFO llm: {} A{{b=0}} A{{b=1}} A{{b=2}} A{{b=3}} A{{b=4}} A{{b=5}} {}",
                sample(1),
                sample(2)
            ),
            2,
        ),
        (format!("INFO llm: {} {{\"ms\":12}}", sample(1)), 1),
    ] {
        let loaded = load::load("t.log", format!("{line}\n").as_bytes());
        assert_eq!(
            (loaded.completions.len(), loaded.problems.len()),
            (expected, 0),
            "{line}"
        );
    }
    let answer = |at: usize| {
        json!({"id": format!("gen-{at}"), "model": "a/b", "choices": [{"message": {"content": "x"}}]}).to_string()
    };
    let line = |count: usize| {
        let answers: Vec<String> = (0..count).map(answer).collect();
        format!("INFO answers: {}\n", answers.join(", "))
    };
    let loaded = load::load("t.log", line(100).as_bytes());
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (100, 0));
    let loaded = load::load("t.log", line(300).as_bytes());
    assert_eq!(loaded.problems.len(), 1);
    assert!(
        loaded.problems[0]
            .what
            .contains("from here on nothing was read")
    );
}

/// A server has other calls under way: their lines stand between two of a stream, and tear it nowhere where its chunks can be
/// told.
#[test]
fn another_call_between_two_chunks_tears_no_stream() {
    let asked = json!({"model": "c/d", "messages": [{"role": "user", "content": "Other?"}]});
    let answer = json!({"id": "gen-1780662788-OtherAbCdEfGhIjKlMnO", "model": "c/d", "choices": [{"message": {"role": "assistant", "content": "Other."}}]});
    for chunks in streams() {
        for form in [
            |chunk: &Json| format!("12:00 DEBUG recv: data: {chunk}\n12:00 DEBUG recv: "),
            |chunk: &Json| format!("12:00 DEBUG chunk: {chunk}"),
            |chunk: &Json| json!({"t": 1, "event": chunk}).to_string(),
            |chunk: &Json| json!({"t": 1, "event": chunk.to_string()}).to_string(),
        ] {
            for other in [&asked, &answer] {
                let (before, behind) = chunks.split_at(3);
                let text = lines(before, form)
                    + &format!("12:01 INFO other {other}\n")
                    + &lines(behind, form);
                let loaded = load::load("t.log", text.as_bytes());
                let told: Vec<Json> = loaded
                    .completions
                    .iter()
                    .filter_map(|one| {
                        let mapped = map(one);
                        let event = event_json(mapped.event()?, Privacy::Off);
                        let event: Json = serde_json::from_str(&event).unwrap();
                        Some(event["ai_data"]["output"].clone())
                    })
                    .collect();
                let mut expected = vec![json!(OUTPUT)];
                expected.extend((other == &answer).then(|| json!("Other.")));
                assert_eq!(told, expected, "{text}\n{:?}", loaded.problems);
            }
        }
    }
}

/// What else a record has beside a chunk, and how deep that stands in it.
#[test]
fn records_around_chunks_are_of_any_shape() {
    for chunks in streams() {
        for form in [
            |chunk: &Json| json!({"ts": 1, "ctx": {"req": "r1"}, "event": chunk}),
            |chunk: &Json| json!({"ts": 1, "data": {"chunk": chunk}, "agent": {"name": "a"}}),
            |chunk: &Json| json!({"ts": 1, "a": {"b": {"chunk": chunk}}}),
            |chunk: &Json| json!({"chunks": [chunk]}),
            |chunk: &Json| json!({"pad": "x".repeat(1000), "event": chunk}),
        ] {
            check(&lines(&chunks, |chunk| form(chunk).to_string()), Json::Null);
        }
    }
    let chunk = |text: &str, end: Json| json!({"id": ID, "object": "text_completion", "model": "a/b", "choices": [{"index": 0, "text": text, "finish_reason": end}]});
    let texts = [
        chunk("one ", Json::Null),
        chunk("two ", Json::Null),
        chunk("three", json!("stop")),
    ];
    for form in [
        |chunk: &Json| format!("12:00 DEBUG recv: data: {chunk}\n12:00 DEBUG recv: "),
        |chunk: &Json| format!("12:00 DEBUG chunk: {chunk}\n12:00 INFO up"),
        |chunk: &Json| json!({"t": 1, "event": chunk}).to_string(),
        |chunk: &Json| json!({"t": 1, "event": chunk.to_string()}).to_string(),
    ] {
        check(&lines(&texts, form), Json::Null);
    }
}

/// The record of the last chunk has the tokens beside it, too, as LlamaIndex hands them out.
#[test]
fn tokens_beside_the_chunk_that_counts_them_are_nothing_else() {
    let mut chunks = chat();
    chunks.push(
        json!({"id": ID, "object": "chat.completion.chunk", "model": "a/b", "choices": [],
        "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}}),
    );
    let record = |chunk: &Json| {
        let tokens = chunk.get("usage").cloned().unwrap_or(json!({}));
        json!({"raw": chunk, "delta": "", "additional_kwargs": tokens}).to_string()
    };
    let loaded = check(&lines(&chunks, record), Json::Null);
    let event = event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off);
    assert!(event.contains("\"prompt_tokens\":9"), "{event}");
}
