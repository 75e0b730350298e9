//! What is torn, lists nothing or lies deep.

use super::*;

#[test]
fn a_response_that_lists_nothing_is_no_answer() {
    for response in [json!({"choices": []}), json!({"output": []})] {
        let request: Json = serde_json::from_str(&request(1, "a/b")).unwrap();
        let text = json!({"request": request, "response": response}).to_string();
        let loaded = load::load("t.json", text.as_bytes());
        assert_eq!(events(&loaded), [json!("no-answer")], "{text}");
    }
    let list = json!({"object": "list", "data": [{"type": "message", "id": "msg_1", "role": "user", "content": []}]});
    let loaded = load::load("t.json", list.to_string().as_bytes());
    assert!(
        loaded.problems[0].what.contains("items of a conversation"),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn an_answer_that_a_server_handed_on_is_openrouters() {
    let recording = |method: &str, asked: &str, answer: &str| {
        json!({"log": {"version": "1.2", "entries": [{
            "request": {"method": method, "url": "https://myapp.test/api/chat", "headers": [], "postData": {"text": asked}},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": answer}},
        }]}})
        .to_string()
    };
    let (asked, own) = (request(1, "a/b"), answer(1, "a/b"));
    assert_eq!(made(&recording("POST", &asked, &own)), [pair(1)]);
    assert_eq!(
        made(&recording("POST", "{\"text\":\"Hi\"}", &own)),
        [alone(1)]
    );
    assert_eq!(made(&recording("POST", "Hi", &own)), [alone(1)]);
    // Another provider's, a list of past ones, and what is read again.
    let others = own.replace(&id(1), "chatcmpl-1");
    assert_eq!(made(&recording("POST", &asked, &others)), [] as [Json; 0]);
    assert_eq!(
        made(&recording("POST", &asked, &format!("{{\"past\":[{own}]}}"))),
        [] as [Json; 0]
    );
    assert_eq!(made(&recording("GET", &asked, &own)), [] as [Json; 0]);
}

#[test]
fn a_completion_in_many_strings_is_read_or_said() {
    let within = |levels: usize| {
        let mut text = answer(1, "a/b");
        for _ in 0..levels {
            text = json!({"Message": text}).to_string();
        }
        text
    };
    for levels in [1, 5, 8] {
        assert_eq!(made(&within(levels)), [alone(1)], "{levels}");
    }
    // Whatever the limit is, reaching it is said.
    let loaded = load::load("t.json", within(13).as_bytes());
    assert_eq!(events(&loaded), [] as [Json; 0]);
    assert!(
        loaded.problems[0].what.contains("too deep in strings"),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn a_byte_that_is_no_text_spoils_its_own_item_alone() {
    let events_of = |bad: &str| {
        let messages = [1, 2, 3].map(|number| {
            let text = answer(number, "a/b");
            json!({"message": if number == 2 { text.replace("A2", bad) } else { text }})
        });
        json!({"events": messages}).to_string().into_bytes()
    };
    let mut bytes = events_of("A~2");
    let at = bytes.iter().position(|byte| *byte == b'~').unwrap();
    bytes[at] = 0xe9;
    let loaded = load::load("t.json", &bytes);
    assert_eq!(events(&loaded), [alone(1), alone(3)]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
    let problem = &loaded.problems[0];
    assert!(problem.what.contains("0xe9"), "{problem:?}");
    assert_eq!(problem.offset, at);
    // One by itself is not read.
    let sample = format!(
        "{{\"request\":{},\"response\":{}}}",
        request(1, "a/b"),
        answer(1, "a/b")
    );
    let mut bytes = sample.into_bytes();
    let at = bytes.windows(2).position(|two| two == b"Q1").unwrap();
    bytes[at] = 0xe9;
    let loaded = load::load("t.json", &bytes);
    assert_eq!(events(&loaded), [] as [Json; 0]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

#[test]
fn a_stream_whose_beginning_is_missing_is_said_to_be() {
    let chunk = |text: &str| {
        json!({"id": id(1), "model": "a/b", "object": "chat.completion.chunk", "created": 1_780_000_000,
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
        .to_string()
    };
    let first = chunk("one ");
    let at = first.find("\"choices\"").unwrap();
    let (torn, rest) = (&first[at - 5..], chunk("two"));
    let text = format!("{torn}\n\ndata: {rest}\n\ndata: [DONE]\n\n");
    let loaded = load::load("t.sse", text.as_bytes());
    assert_eq!(
        events(&loaded),
        [json!(["anonymous", null, "two"])],
        "{text}"
    );
    assert!(
        loaded
            .problems
            .iter()
            .any(|it| it.what.contains("beginning is missing")),
        "{:?}",
        loaded.problems
    );
}

/// A delta without its start is no event, whatever API it is of, unless something in it says what it is of.
#[test]
fn a_piece_of_a_stream_that_names_nothing_is_said_and_makes_no_event() {
    let delta = json!({"choices": [{"index": 0, "delta": {"content": "lo"}}]});
    let messages = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}});
    for text in [
        delta.to_string(),
        format!("data: {delta}\n\n"),
        json!({"level": "debug", "chunk": delta}).to_string(),
        messages.to_string(),
    ] {
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(events(&loaded), [] as [Json; 0], "{text}");
        assert_eq!(loaded.problems.len(), 1, "{text} {:?}", loaded.problems);
        assert!(loaded.problems[0].position.is_some(), "{text}");
    }
    // What it is of is known, or it is a whole stream of somebody who names nothing.
    let named = json!({"id": id(1), "choices": [{"index": 0, "delta": {"content": "lo"}}]});
    let whole = json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "lo"}, "finish_reason": "stop"}]});
    for text in [
        named.to_string(),
        format!("data: {whole}\n\ndata: [DONE]\n\n"),
    ] {
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(events(&loaded).len(), 1, "{text}");
    }
}
