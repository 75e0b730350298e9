//! Streams whose pieces stand by turns, or among other things.

use super::*;

/// The events of an answer of the Messages API.
fn message(number: usize) -> Vec<Json> {
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": id(number), "type": "message", "role": "assistant",
            "model": "a/b", "content": [], "usage": {"input_tokens": 1, "output_tokens": 0}}}),
        block,
    ];
    for text in ["A", &number.to_string()] {
        events.push(json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}));
    }
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]);
    events
}

#[test]
fn of_answers_by_turns_to_one_request_none_has_pieces_of_another() {
    let asked: Json = serde_json::from_str(&request(1, "a/b")).unwrap();
    let by_turns = |name: Option<&str>, late: usize| {
        let [one, two] = [message(1), message(2)];
        let mut records = Vec::new();
        for index in 0..one.len() + late {
            let both = [
                (1, one.get(index)),
                (2, index.checked_sub(late).and_then(|at| two.get(at))),
            ];
            for (number, chunk) in both {
                let Some(chunk) = chunk else { continue };
                let mut record =
                    json!({"ts": records.len(), "level": "info", "request": asked, "chunk": chunk});
                if let Some(name) = name {
                    record[name] = json!(format!("c{number}"));
                }
                records.push(record.to_string());
            }
        }
        records.join("\n") + "\n"
    };
    let pair = |number: usize| json!(["u1", "Q1", format!("A{number}")]);
    for late in [0, 1, 3, 5] {
        for name in ["call_id", "span"] {
            let text = by_turns(Some(name), late);
            assert_eq!(made(&text), [pair(1), pair(2)], "{text}");
        }
        let text = by_turns(None, late);
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(events(&loaded), [] as [Json; 0], "{text}");
        assert!(
            loaded.problems[0].what.contains("by turns"),
            "{:?}",
            loaded.problems
        );
    }
    // One after the other, and one that was cut off and asked for again.
    let lines = |events: &[Json]| -> String {
        events
            .iter()
            .map(|chunk| json!({"request": asked, "chunk": chunk}).to_string() + "\n")
            .collect()
    };
    let (one, two) = (message(1), message(2));
    assert_eq!(made(&(lines(&one) + &lines(&two))), [pair(1), pair(2)]);
    let cut = lines(&one[..3]) + &lines(&two);
    assert_eq!(made(&cut), [json!(["u1", "Q1", "A"]), pair(2)]);
}

/// The chunks of a text completion; the last looks like a whole one.
fn text_chunks() -> Vec<String> {
    let chunk = |text: &str, end: Json| {
        json!({"id": id(1), "object": "text_completion", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "text": text, "finish_reason": end}]})
    };
    let mut last = chunk("", json!("stop"));
    last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
    let chunks = [chunk("It's ", Json::Null), chunk("so", Json::Null), last];
    chunks.iter().map(Json::to_string).collect()
}

#[test]
fn the_last_chunk_of_a_text_completion_is_no_other_completion() {
    type Form<'f> = &'f dyn Fn(usize, &str) -> String;
    let forms: [Form<'_>; 5] = [
        &|index, chunk| json!({"type": "sse", "seq": index, "chunk": chunk}).to_string(),
        &|index, chunk| format!("2026-06-05 12:00:00 INFO chunk {index}: {chunk}"),
        &|_, chunk| {
            format!(
                "DEBUG:x:got b'data: {}'\nDEBUG:x:got b''",
                chunk.replace('\'', "\\'")
            )
        },
        &|_, chunk| {
            format!("2026-06-05 12:00:00 DEBUG recv data: {chunk}\n2026-06-05 12:00:00 DEBUG recv ")
        },
        &|_, chunk| {
            format!(
                "06-05 12:00:00.123  1234  1256 D OkHttp  : data: {chunk}\n06-05 12:00:00.123  1234  1256 D OkHttp  : "
            )
        },
    ];
    for form in forms {
        let lines: Vec<String> = text_chunks()
            .iter()
            .enumerate()
            .map(|(index, chunk)| form(index, chunk))
            .collect();
        let text = lines.join("\n") + "\n";
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(
            events(&loaded),
            [json!(["anonymous", null, "It's so"])],
            "{text}"
        );
        assert_eq!(loaded.problems, [], "{text}");
        // Another one behind it is its own.
        let other = form(9, &answer(2, "a/b"));
        assert_eq!(
            made(&(text.clone() + &other + "\n")).len(),
            2,
            "{text}{other}"
        );
    }
    let asked = json!({"model": "a/b", "prompt": "Q?", "user": "ann", "stream": true});
    let before = "2026-06-05 12:00:00 DEBUG";
    let lines: String = text_chunks()
        .iter()
        .map(|chunk| format!("{before} recv data: {chunk}\n{before} recv \n"))
        .collect();
    let text = format!(
        "{before} request {asked}\n{before} recv : OPENROUTER PROCESSING\n{before} recv \n{lines}{before} recv data: [DONE]\n"
    );
    assert_eq!(made(&text), [json!(["ann", "Q?", "It's so"])], "{text}");
}

fn chunk_of_stream(number: usize, text: &str, reason: &str) -> Json {
    json!({
        "id": id(number), "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}],
    })
}

#[test]
fn a_stream_is_one_however_much_else_a_busy_server_logs_meanwhile() {
    let events: [fn(&Json) -> String; 4] = [
        |chunk| format!("2026-06-05 12:00:00 DEBUG recv: data: {chunk}"),
        |chunk| format!("2026-06-05 12:00:00 DEBUG chunk: {chunk}"),
        |chunk| json!({"t": 1, "event": chunk}).to_string(),
        |chunk| format!("web-1  | data: {chunk}"),
    ];
    for event in events {
        for others in [17, 65, 5000] {
            let between = "2026-06-05 12:00:01 INFO something else\n".repeat(others);
            let text = format!(
                "{}\n{between}{}\n",
                event(&chunk_of_stream(1, "A", "")),
                event(&chunk_of_stream(1, "1", "stop")),
            );
            assert_eq!(
                made(&text),
                [alone(1)],
                "{others} behind {}",
                event(&json!(1))
            );
        }
    }
}

#[test]
fn a_stream_in_records_is_one_around_other_calls() {
    let line = |text: &str| json!({"t": 1, "line": text}).to_string() + "\n";
    let data = |text: &str, reason: &str| {
        line(&format!("data: {}\n", chunk_of_stream(1, text, reason))) + &line("\n")
    };
    for other in [
        format!("2026-06-05 12:00:00 INFO request: {}\n", request(2, "a/b")),
        format!("2026-06-05 12:00:00 INFO answer: {}\n", answer(2, "a/b")),
        answer(2, "a/b") + "\n",
        request(2, "a/b") + "\n" + &answer(2, "a/b") + "\n",
    ] {
        let text = line(": OPENROUTER PROCESSING")
            + &line("")
            + &data("A", "")
            + &other
            + &data("1", "stop")
            + &line("data: [DONE]");
        let mut expected = vec![alone(1)];
        if other.contains("A2") {
            expected.push(if other.contains("Q2") {
                pair(2)
            } else {
                alone(2)
            });
        }
        assert_eq!(made(&text), expected, "{other}");
    }
}

/// The events of a stream of the Messages API.
fn message_events(number: usize) -> Vec<Json> {
    let block = json!({"type": "text", "text": ""});
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": id(number), "type": "message", "role": "assistant", "model": "a/m", "content": []}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
    ];
    let piece = |text: String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    events.extend([piece("A".to_owned()), piece(number.to_string())]);
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"input_tokens": 1, "output_tokens": 2}}));
    events.push(json!({"type": "message_stop"}));
    events
}

/// The events of a stream of the Responses API.
fn response(number: usize) -> Vec<Json> {
    let whole = |status: &str, output: Json| json!({"id": id(number), "object": "response", "model": "a/r", "status": status, "output": output});
    let delta = |text: String| json!({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": text});
    let text = format!("A{number}");
    let said = json!([{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}]);
    let mut events = vec![
        json!({"type": "response.created", "response": whole("in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "m", "role": "assistant", "content": []}}),
        delta("A".to_owned()),
        delta(number.to_string()),
        json!({"type": "response.completed", "response": whole("completed", said)}),
    ];
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

/// The chunks of a stream of chat.
fn chat(number: usize) -> Vec<Json> {
    let chunk = |text: &str, reason: Option<&str>| json!({"id": id(number), "object": "chat.completion.chunk", "model": "a/b", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]});
    let mut last = chunk("", Some("stop"));
    last["usage"] =
        json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5});
    vec![
        chunk("A", None),
        chunk(&number.to_string(), None),
        chunk("", Some("stop")),
        last,
    ]
}

fn bare(events: &[&Json]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn sent(events: &[&Json]) -> String {
    let event = |event: &&Json| format!("data: {event}\n\n");
    events.iter().map(event).collect()
}

/// One event of each by turns.
fn by_turns<'e>(streams: &[&'e [Json]]) -> Vec<&'e Json> {
    let most = streams.iter().map(|events| events.len()).max().unwrap();
    let at = |index: usize| streams.iter().filter_map(move |events| events.get(index));
    (0..most).flat_map(at).collect()
}

#[test]
fn two_messages_by_turns_have_no_text_and_are_said_to_be_mixed() {
    let (one, two) = (message_events(1), message_events(2));
    let nested: Vec<&Json> = one[..3].iter().chain(&two).chain(&one[3..]).collect();
    let in_blocks: Vec<&Json> = one[..1]
        .iter()
        .chain(&two[..1])
        .chain(&one[1..])
        .chain(&two[1..])
        .collect();
    for events in [by_turns(&[&one, &two]), nested, in_blocks] {
        for text in [bare(&events), sent(&events)] {
            let loaded = load::load("t.log", text.as_bytes());
            assert!(loaded.completions.is_empty(), "{text}");
            let problems = &loaded.problems;
            assert_eq!(problems.len(), 2, "{problems:?}");
            assert!(
                problems.iter().all(|it| it.what.contains("by turns")),
                "{problems:?}"
            );
        }
    }
    // One after the other, and one that was cut off before.
    let whole: Vec<&Json> = one.iter().chain(&two).collect();
    let cut: Vec<&Json> = one[..3].iter().chain(&two).collect();
    for (events, first) in [(whole, "A1"), (cut, "A")] {
        for text in [bare(&events), sent(&events)] {
            let first = json!(["anonymous", null, first]);
            assert_eq!(made(&text), [first, alone(2)], "{text}");
        }
    }
}

#[test]
fn streams_of_several_apis_by_turns_are_told_apart() {
    let (one, two, three) = (response(1), chat(2), message_events(3));
    let events = by_turns(&[&one, &two, &three]);
    for text in [bare(&events), sent(&events)] {
        assert_eq!(made(&text), [alone(1), alone(2), alone(3)], "{text}");
    }
}

#[test]
fn what_comes_behind_the_end_of_another_stream_is_of_the_generation_that_it_names() {
    let (one, two) = (chat(1), chat(2));
    let mut text = sent(&[
        &two[0], &two[1], &one[0], &one[1], &one[2], &one[3], &two[2],
    ]);
    text += "data: [DONE]\n\n";
    text += &sent(&[&two[3]]);
    text += "data: [DONE]\n\n";
    let loaded = load::load("t.sse", text.as_bytes());
    assert_eq!(events(&loaded), [alone(2), alone(1)], "{text}");
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
}

#[test]
fn a_piece_of_a_stream_that_names_nothing_is_no_event() {
    let (one, two) = (message_events(1), response(2));
    for events in [&one[2..4], &two[2..4], &two[1..3]] {
        let events: Vec<&Json> = events.iter().collect();
        for text in [bare(&events), sent(&events)] {
            let loaded = load::load("t.log", text.as_bytes());
            assert!(loaded.completions.is_empty(), "{text}");
            let what = &loaded.problems[0].what;
            assert!(what.contains("beginning is not here"), "{what}");
        }
    }
    // What says its usage is one.
    let events: Vec<&Json> = one[2..].iter().collect();
    assert_eq!(made(&sent(&events)), [alone(1)]);
}

#[test]
fn chunks_behind_a_logs_words_are_one_stream() {
    let text = |number: usize| {
        let chunk = |text: &str, reason: Option<&str>| json!({"id": id(number), "object": "text_completion", "model": "a/t", "choices": [{"index": 0, "text": text, "finish_reason": reason}]});
        let mut last = chunk("", Some("stop"));
        last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
        let piece = number.to_string();
        vec![
            chunk("A", None),
            chunk(&piece, None),
            chunk("", Some("stop")),
            last,
        ]
    };
    let words = [
        "2026-06-05 12:00:00,123 INFO ",
        "web-1 app ",
        "12:00:00 web.1  | ",
    ];
    for words in words {
        for calls in [[text(1), text(2)], [chat(1), chat(2)]] {
            let mut lines = String::new();
            for call in &calls {
                for chunk in call {
                    lines += &format!("{words}data: {chunk}\n{words}\n");
                }
                lines += &format!("{words}data: [DONE]\n{words}\n");
            }
            assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
        }
        let calls = [chat(1), chat(2)].concat();
        let line = |chunk: &Json| format!("{words}{}\n", json!({"level": "debug", "chunk": chunk}));
        let lines: String = calls.iter().map(line).collect();
        assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
    }
    let calls = [chat(1), chat(2)].concat();
    let line = |chunk: &Json| {
        let quoted = json!(chunk.to_string());
        format!("time=x level=info msg={quoted}\n")
    };
    let lines: String = calls.iter().map(line).collect();
    assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
}

#[test]
fn a_request_with_each_chunk_behind_a_logs_words_is_one_stream() {
    let text = |number: usize| -> Vec<String> {
        let request: Json = serde_json::from_str(&request(number, "a/b")).unwrap();
        let record = |chunk: &Json| {
            format!(
                "web-{number} app {}\n",
                json!({"request": request, "chunk": chunk})
            )
        };
        chat(number).iter().map(record).collect()
    };
    let (one, two) = (text(1), text(2));
    assert_eq!(
        made(&[one.concat(), two.concat()].concat()),
        [pair(1), pair(2)]
    );
    let turns: String = one
        .iter()
        .zip(&two)
        .flat_map(|(one, two)| [one.as_str(), two])
        .collect();
    assert_eq!(made(&turns), [pair(1), pair(2)]);
}

#[test]
fn chunks_of_text_completions_by_turns_are_as_many_completions() {
    let chunks = |number: usize| {
        let chunk = |text: &str, reason: Option<&str>| {
            json!({"id": id(number), "object": "text_completion", "model": "a/t",
            "choices": [{"index": 0, "text": text, "finish_reason": reason}]})
        };
        let mut last = chunk("", Some("stop"));
        last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
        [chunk("A", None), chunk(&number.to_string(), None), last].map(|chunk| format!("{chunk}\n"))
    };
    let (one, two) = (chunks(1), chunks(2));
    let turns: String = one
        .iter()
        .zip(&two)
        .flat_map(|(one, two)| [one.as_str(), two])
        .collect();
    assert_eq!(made(&turns), [alone(1), alone(2)], "{turns}");
}

#[test]
fn a_stream_that_was_exported_newest_first_is_read_backwards() {
    let chunk = |delta: Json, reason: Option<&str>| {
        json!({"id": id(1), "object": "chat.completion.chunk", "model": "a/b",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let role = "assistant";
    let mut events = vec![
        chunk(json!({"role": role, "content": ""}), None),
        chunk(json!({"role": role, "content": "A"}), None),
        chunk(json!({"role": role, "content": "1"}), None),
        chunk(json!({"role": role, "content": ""}), Some("stop")),
        json!({"id": id(1), "object": "chat.completion.chunk", "model": "a/b", "choices": [],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
    ];
    let bare = |event: &Json| event.to_string();
    let pino = |event: &Json| json!({"level": 30, "msg": "chunk", "data": event}).to_string();
    let line = |event: &Json| format!("10:00:00 INFO chunk: {event}");
    let sse = |event: &Json| format!("10:00:00 DEBUG data: {event}");
    let text = |events: &[Json], form: &dyn Fn(&Json) -> String| {
        events
            .iter()
            .map(|event| form(event) + "\n")
            .collect::<String>()
    };
    let forms: [&dyn Fn(&Json) -> String; 4] = [&bare, &pino, &line, &sse];
    events.reverse();
    for form in forms {
        let text = text(&events, form);
        assert_eq!(made(&text), [alone(1)], "{text}");
        let loaded = load::load("t.log", text.as_bytes());
        let is_said = loaded
            .notes
            .iter()
            .any(|note| note.what.contains("run backwards"));
        assert!(is_said, "{:?}", loaded.notes);
    }
    let mut of_messages = message(1);
    of_messages.reverse();
    assert_eq!(made(&text(&of_messages, &bare)), [alone(1)]);
    // Of what stands as it was sent nothing is turned round.
    events.reverse();
    for form in forms {
        let loaded = load::load("t.log", text(&events, form).as_bytes());
        assert_eq!(loaded.notes, []);
    }
}
