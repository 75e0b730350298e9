//! What names one generation in one file is one completion: pieces of its stream that stand apart, its answer and
//! OpenRouter's record of it, a part of the answer beside the whole.

use rainscope::completion::load;
use serde_json::{Value as Json, json};

use crate::common::events;

const ID: &str = "gen-1778031313-AbCdEfGhIjKlMnOpQrSt";

fn chat() -> Vec<Json> {
    let piece = |delta: Json, reason: Json| {
        json!({
            "id": ID, "object": "chat.completion.chunk", "model": "a/b", "provider": "P", "created": 1_778_031_313,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        })
    };
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.1});
    let mut last = piece(json!({}), json!("stop"));
    last["usage"] = usage;
    let said = ["Hi ", "\"Zoë\"", ", you"];
    let mut all: Vec<Json> = said
        .map(|text| piece(json!({"role": "assistant", "content": text}), Json::Null))
        .into();
    all.push(last);
    all
}

fn messages() -> Vec<Json> {
    let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    vec![
        json!({"type": "message_start", "message": {"id": ID, "type": "message", "role": "assistant", "model": "a/b",
            "content": [], "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        delta("Hi "),
        delta("\"Zoë\""),
        delta(", you"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]
}

fn check(text: &str, expected: &Json, problems: usize) {
    let loaded = load::load("t.txt", text.as_bytes());
    assert_eq!(&json!(events(&loaded)), expected, "{text}");
    assert_eq!(
        loaded.problems.len(),
        problems,
        "{text}: {:?}",
        loaded.problems
    );
}

#[test]
fn pieces_of_one_stream_that_stand_apart_are_put_together() {
    let one = json!([["anonymous", null, "Hi \"Zoë\", you"]]);
    for chunks in [chat(), messages()] {
        let lists: Vec<Json> = chunks.iter().map(|chunk| json!([chunk])).collect();
        let timed: Vec<Json> = chunks.iter().map(|chunk| json!([10, chunk])).collect();
        let strings: Vec<String> = chunks.iter().map(Json::to_string).collect();
        let fences: String = strings
            .iter()
            .map(|chunk| format!("Next:\n\n```json\n{chunk}\n```\n\n"))
            .collect();
        let lines = |before: &str, behind: &str| -> String {
            let line = |chunk: &String| format!("{before}{chunk}{behind}\n");
            strings.iter().map(line).collect()
        };
        let quoted: String = strings
            .iter()
            .map(|chunk| format!("{}\n", json!(chunk)))
            .collect();
        for text in [
            json!(lists).to_string(),
            json!({"batches": lists}).to_string(),
            json!(timed).to_string(),
            json!(strings).to_string(),
            fences,
            lines("'", "',"),
            lines("chunk: '", "'"),
            quoted,
        ] {
            check(&text, &one, 0);
        }
    }
}

/// Of two streams each has its own; what was recorded twice is no more than what was said.
#[test]
fn pieces_are_put_together_only_where_they_belong() {
    let lists: Vec<Json> = chat().iter().map(|chunk| json!([chunk])).collect();
    let others: Vec<Json> = lists
        .iter()
        .map(|list| {
            list.to_string()
                .replace("AbCd", "ZbCd")
                .replace("Zoë", "Bob")
        })
        .map(|list| serde_json::from_str(&list).unwrap())
        .collect();
    let by_turns: Vec<&Json> = lists
        .iter()
        .zip(&others)
        .flat_map(|(a, b)| [a, b])
        .collect();
    let both = json!([
        ["anonymous", null, "Hi \"Zoë\", you"],
        ["anonymous", null, "Hi \"Bob\", you"],
    ]);
    check(&json!({"batches": by_turns}).to_string(), &both, 0);
    let twice: Vec<&Json> = lists.iter().flat_map(|list| [list, list]).collect();
    let one = json!([["anonymous", null, "Hi \"Zoë\", you"]]);
    check(&json!({"batches": twice}).to_string(), &one, 0);
    // Broken off, and then all of it.
    let begun = json!(&chat()[..2]);
    check(&json!({"a": [begun, chat()]}).to_string(), &one, 0);
    // The end of a stream whose beginning is not here stays what it is.
    let loaded = load::load(
        "t.txt",
        json!([[messages()[3]], [messages()[4]]])
            .to_string()
            .as_bytes(),
    );
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (0, 2));
}

#[test]
fn an_answer_and_the_record_of_its_generation_are_one_completion() {
    let answer = json!({
        "id": ID, "object": "chat.completion", "model": "a/b", "provider": "P", "created": 1_778_031_313,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    });
    let record = json!({"data": {
        "id": ID, "model": "a/b", "provider_name": "P", "total_cost": 0.1, "created_at": "2026-05-06T01:35:13.311Z",
        "generation_time": 800, "native_tokens_prompt": 1, "native_tokens_completion": 2, "external_user": "u-1",
    }});
    let other = record.to_string().replace("AbCd", "ZbCd");
    let one = json!([["u-1", null, "Hi"]]);
    let texts = [
        format!("{answer}\n{record}\n"),
        format!("{answer:#}\n{record:#}\n"),
        format!("[{answer},{record}]"),
        json!({"completion": answer, "stats": record}).to_string(),
        format!("```json\n{answer}\n```\n\n```json\n{record}\n```\n"),
        format!(
            "2026-05-06 10:00:00 INFO answer {answer}\n2026-05-06 10:00:01 INFO stats {record}\n"
        ),
        format!(
            "{}\n{}\n",
            json!({"level": 30, "data": answer}),
            json!({"level": 30, "data": record})
        ),
    ];
    for text in &texts {
        check(text, &one, 0);
    }
    let loaded = load::load("t.txt", format!("{answer}\n{other}\n").as_bytes());
    assert_eq!(loaded.completions.len(), 2);
}

#[test]
fn a_message_that_was_still_to_go_on_is_no_second_one() {
    let mut parts = messages();
    let part = json!({"id": ID, "type": "message", "role": "assistant", "model": "a/b", "stop_reason": null,
        "content": [{"type": "text", "text": "Hi \"Zoë\", you"}], "usage": {"input_tokens": 1, "output_tokens": 1}});
    let line =
        |kind: &str, key: &str, value: &Json| json!({"type": kind, key: value, "session_id": "s"});
    let last = parts.split_off(6);
    let lines: Vec<String> = parts
        .iter()
        .map(|event| line("stream_event", "event", event))
        .chain([line("assistant", "message", &part)])
        .chain(
            last.iter()
                .map(|event| line("stream_event", "event", event)),
        )
        .map(|line| line.to_string())
        .collect();
    let loaded = load::load("t.jsonl", lines.join("\n").as_bytes());
    assert_eq!(
        json!(events(&loaded)),
        json!([["anonymous", null, "Hi \"Zoë\", you"]])
    );
    assert!(loaded.completions[0].stream.is_some());
}
