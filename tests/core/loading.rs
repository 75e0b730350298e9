//! What the loaders make of bytes and of folders, seen from outside: where values stand in their files,
//! and that hostile input gives a clear problem and hides nothing beside it.

use crate::common::{event_json, fixtures, map};
use rainscope::completion::Completion;
use rainscope::completion::load::{self, PairFile, PairFiles};
use rainscope::event::privacy::Privacy;
use rainscope::json::{Document, Kind, Limits};

/// Where the value at `pointer` stands: `file:line:column@offset`.
fn place(completion: &Completion, pointer: &str) -> String {
    let value = completion.document().resolve(pointer).unwrap();
    match completion.place_of(value) {
        Some(place) => format!("{place}@{}", place.offset),
        None => "nowhere".to_owned(),
    }
}

#[test]
fn values_know_their_place_in_the_file() {
    let check = |file: &str, text: &str, record: usize, pointer: &str, expected: &str| {
        let loaded = load::load(file, text.as_bytes());
        assert_eq!(loaded.problems, [], "{text}");
        let found = place(&loaded.completions[record], pointer);
        assert_eq!(found, expected, "{file} {pointer}");
        // What stands at that offset is the value as it is in the document, unless it was made.
        let offset: usize = found.rsplit('@').next().unwrap().parse().unwrap();
        let value = loaded.completions[record]
            .document()
            .resolve(pointer)
            .unwrap();
        let is_made = text[offset..].starts_with("\":") || text[offset..].starts_with("data:");
        assert!(
            is_made || text[offset..].starts_with(value.raw()),
            "{pointer}"
        );
    };

    let sample =
        "\n{\"request\":{\n  \"user\":\"ü\", \"model\":\"a/b\"},\"response\":{\"id\":\"gen-1\"}}\n";
    check("s.json", sample, 0, "/request/user", "s.json:3:10@23");
    check("s.json", sample, 0, "/request/model", "s.json:3:23@37");
    check("s.json", sample, 0, "/response/id", "s.json:3:47@61");
    check("s.json", sample, 0, "", "s.json:2:1@1");

    let lines = "{\"id\":\"gen-1\",\"choices\":[]}\n\n  {\"id\":\"gen-2\",\"choices\":[]}\n{\"id\":\"gen-3\",\"choices\":[]}\n";
    check("l.ndjson", lines, 0, "/response/id", "l.ndjson:1:7@6");
    check("l.ndjson", lines, 1, "/response/id", "l.ndjson:3:9@37");
    check("l.ndjson", lines, 2, "/response/id", "l.ndjson:4:7@65");
    // A container that the program wrote stands where its first part does.
    check("l.ndjson", lines, 2, "/response", "l.ndjson:4:1@59");

    let array =
        "[\n{\"id\":\"gen-1\",\"choices\":[]},\n{\"response\":{\"id\":\"gen-2\",\"choices\":[]}}]";
    check("a.json", array, 0, "/response/id", "a.json:2:7@8");
    check("a.json", array, 1, "/response/id", "a.json:3:19@49");

    let wrapped = "\n\n\n  {\"choices\": [{\"message\": {\"content\": \"hi\"}}]}";
    let content = "/response/choices/0/message/content";
    check("w.json", wrapped, 0, content, "w.json:4:40@42");
    let marked = format!("\u{feff}{}", wrapped.trim());
    check("w.json", &marked, 0, content, "w.json:1:38@40");

    let stream =
        "\n: hello\n\ndata: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n";
    let loaded = load::load("t.sse", stream.as_bytes());
    assert_eq!(place(&loaded.completions[0], content), "t.sse:2:1@1");

    let spliced = r#"{"name":"n","response":": x\n\ndata: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n","duration_ms":5}"#;
    check("p.json", spliced, 0, "/name", "p.json:1:9@8");
    check("p.json", spliced, 0, "/duration_ms", "p.json:1:121@120");
    let loaded = load::load("p.json", spliced.as_bytes());
    assert_eq!(place(&loaded.completions[0], content), "p.json:1:24@23");
}

#[test]
fn values_of_a_pair_know_their_file() {
    let part = |file, text: &'static str| {
        Some(PairFile {
            file,
            bytes: text.as_bytes(),
        })
    };
    let parts = PairFiles {
        request: part("x.request.json", "\u{feff}{\n \"user\": \"u\"}"),
        response: part("x.response.json", "\n\n {\"id\": \"gen-1\"}"),
        generation: part("x.generation.json", "{\"data\":{\"total_cost\":1}}"),
    };
    let loaded = load::load_parts("x", &parts);
    assert_eq!(loaded.problems, []);
    let completion = &loaded.completions[0];
    let check = |pointer, expected| assert_eq!(place(completion, pointer), expected);
    check("/request/user", "x.request.json:2:10@14");
    check("/response/id", "x.response.json:3:9@10");
    check("/generation/data/total_cost", "x.generation.json:1:23@22");

    let parts = PairFiles {
        response: part(
            "x.response.sse",
            "data: {\"id\":\"gen-1\",\"choices\":[]}\n",
        ),
        ..parts
    };
    let completion = &load::load_parts("x", &parts).completions[0];
    assert_eq!(place(completion, "/response/id"), "x.response.sse:1:1@0");
    assert_eq!(place(completion, "/request/user"), "x.request.json:2:10@14");
}

/// The names that an SDK gives OpenRouter's fields are read in files of a pair as everywhere else.
#[test]
fn a_pair_in_an_sdks_names_is_read_as_a_sample_is() {
    let request = r#"{"model":"a/b","sessionId":"s-1","messages":[{"role":"user","content":"hello"}],"trace":{"traceName":"n1"}}"#;
    let response = r#"{"id":"gen-1","created":1780662787,"model":"a/b","choices":[{"index":0,"finishReason":"stop","nativeFinishReason":"end_turn","message":{"role":"assistant","content":"Hi"}}],"usage":{"promptTokens":1,"completionTokens":2,"totalTokens":3}}"#;
    let sample = format!(r#"{{"request":{request},"response":{response}}}"#);
    let sample = load::load("x.json", sample.as_bytes());
    let part = |file, text: &'static str| {
        let bytes = text.as_bytes();
        Some(PairFile { file, bytes })
    };
    let pair = load::load_parts(
        "x",
        &PairFiles {
            request: part("x.request.json", request),
            response: part("x.response.json", response),
            ..PairFiles::default()
        },
    );
    let event =
        |completion: &Completion| event_json(map(completion).event().unwrap(), Privacy::Off);
    let expected = event(&sample.completions[0]);
    assert!(
        expected.contains(r#""finish_reason":"end_turn""#),
        "{expected}"
    );
    assert_eq!(event(&pair.completions[0]), expected);
}

/// However one completion is stored, its event is the same to the byte.
#[test]
fn every_way_of_storing_gives_the_same_event() {
    let mut pairs = 0;
    for (file, bytes) in fixtures() {
        let text = String::from_utf8(bytes).unwrap();
        let events = |file: &str, text: &str| -> Vec<String> {
            let loaded = load::load(file, text.as_bytes());
            let mapped = loaded.completions.iter().map(map);
            mapped
                .map(|mapped| {
                    mapped
                        .event()
                        .map_or("none".to_owned(), |event| event_json(event, Privacy::Off))
                })
                .collect()
        };
        let expected = events(&file, &text);
        let doc = Document::parse(text.as_str().into(), Limits::default()).unwrap();
        let compact = doc.root().canonical();
        let lines = format!("{compact}\r\n\n{compact}\n");
        let twice = [expected.clone(), expected.clone()].concat();
        assert_eq!(events("t.ndjson", &lines), twice, "{file}: NDJSON");
        assert_eq!(events("t.txt", &lines), twice, "{file}: lines");
        assert_eq!(
            events("t.json", &format!("[{text},\n{compact}]")),
            twice,
            "{file}: array"
        );

        let root = doc.root();
        let (Some(request), Some(response)) = (root.get("request"), root.get("response")) else {
            continue;
        };
        if root.get("delivery").is_some() {
            continue;
        }
        pairs += 1;
        let record = root.get("generation").map(|value| value.raw());
        let envelope = format!(
            r#"{{"request":{},"response":{},"generation":{}}}"#,
            request.raw(),
            response.raw(),
            record.unwrap_or("null")
        );
        let is_stream = response.kind() == Kind::String;
        let response = match response.str() {
            Some(text) => text.into_owned(),
            None => response.raw().to_owned(),
        };
        let part = |file, text: &str| (file, text.as_bytes().to_vec());
        let request = part("t.request.json", request.raw());
        let response = part(
            if is_stream {
                "t.response.sse"
            } else {
                "t.response.json"
            },
            &response,
        );
        let record = root
            .get("generation")
            .map(|record| part("t.generation.json", record.raw()));
        let as_part = |(file, bytes): &'_ (&'static str, Vec<u8>)| -> PairFile<'static> {
            PairFile {
                file,
                bytes: bytes.clone().leak(),
            }
        };
        let loaded = load::load_parts(
            "t",
            &PairFiles {
                request: Some(as_part(&request)),
                response: Some(as_part(&response)),
                generation: record.as_ref().map(as_part),
            },
        );
        assert_eq!(loaded.problems, [], "{file}");
        let mapped = map(&loaded.completions[0]);
        let event = mapped
            .event()
            .map_or("none".to_owned(), |event| event_json(event, Privacy::Off));
        assert_eq!(vec![event], events(&file, &envelope), "{file}: pair");
    }
    assert!(pairs >= 25, "{pairs}");
}

/// Two files that hold the halves of an HTTP exchange are the exchange.
#[test]
fn a_pair_may_have_what_http_has_around_the_bodies() {
    fn part<'t>(file: &'t str, text: &'t str) -> Option<PairFile<'t>> {
        let bytes = text.as_bytes();
        Some(PairFile { file, bytes })
    }
    let load = |request: &str, id: &str| {
        let response = format!(
            "{{\"status\":200,\"headers\":{{}},\n\"body\":{{\"id\":\"{id}\",\"object\":\"chat.completion\",\"model\":\"a/b\",\"choices\":[{{\"index\":0,\"message\":{{\"content\":\"Hi\"}}}}]}}}}"
        );
        let parts = PairFiles {
            request: part("x.request.json", request),
            response: part("x.response.json", &response),
            ..PairFiles::default()
        };
        load::load_parts("x", &parts)
    };
    let loaded = load(
        r#"{"url":"https://openrouter.ai/api/v1/chat/completions","method":"POST","headers":{},"body":{"model":"a/b","user":"u","messages":[{"role":"user","content":"Hello"}]}}"#,
        "gen-1",
    );
    assert_eq!(loaded.problems, []);
    let completion = &loaded.completions[0];
    assert_eq!(completion.name, "x");
    assert_eq!(
        place(completion, "/request/user"),
        "x.request.json:1:114@113"
    );
    assert_eq!(place(completion, "/response/id"), "x.response.json:2:14@41");
    let elsewhere = load(
        r#"{"url":"https://api.openai.com/v1/chat/completions","method":"POST","body":{"model":"a/b","messages":[]}}"#,
        "chatcmpl-1",
    );
    assert!(elsewhere.completions.is_empty());
    assert!(!elsewhere.problems.is_empty() || !elsewhere.notes.is_empty());
}
