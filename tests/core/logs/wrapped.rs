//! A program's log inside that of what runs, collects or shows it: what a line has around what was logged is taken off, and
//! what is left is read as a log of its own.

use crate::common::{answer, chunks, conversations, request};
use rainscope::completion::load;
use serde_json::{Value as Json, json};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
const OUTPUT: &str = "one two \"three\".\n";

type Wrap = (&'static str, fn(&str) -> String);

/// What stands around a line.
fn wraps() -> Vec<Wrap> {
    vec![
        ("CRI", |line| {
            format!("2026-06-05T12:00:00.123456789Z stdout F {line}")
        }),
        ("Compose", |line| format!("web-1  | {line}")),
        ("pods", |line| format!("[pod/web/app] {line}")),
        ("Heroku", |line| {
            format!("2026-06-05T12:00:00.123456+00:00 app[web.1]: {line}")
        }),
        ("syslog", |line| {
            format!("Jun  5 12:00:00 host app[123]: {line}")
        }),
        ("GitHub", |line| {
            format!("2026-06-05T12:00:00.1234567Z {line}")
        }),
        ("a logger", |line| {
            format!("2026-06-05 12:00:00 INFO {line}")
        }),
        ("Docker", |line| {
            json!({"log": format!("{line}\n"), "stream": "stdout", "time": "x"}).to_string()
        }),
        ("journal", |line| {
            json!({"MESSAGE": line, "_PID": "1"}).to_string()
        }),
        ("Elasticsearch", |line| {
            json!({"_source": {"@timestamp": "x", "message": line}}).to_string()
        }),
        ("a collector", |line| {
            json!({"timestamp": 1, "message": line}).to_string()
        }),
        ("Docker in a collector", |line| {
            let inner = json!({"log": format!("{line}\n"), "stream": "stdout"}).to_string();
            json!({"host": "h", "message": inner}).to_string()
        }),
    ]
}

fn wrapped(lines: &[String], wrap: fn(&str) -> String) -> String {
    lines.iter().map(|line| wrap(line) + "\n").collect()
}

#[test]
fn what_is_one_in_a_log_is_one_in_any_log_around_it() {
    let asked = request("Hi?");
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let each = |line: &dyn Fn(&Json) -> String| all.iter().map(line).collect::<Vec<String>>();
    let mut behind = vec![json!({"msg": "request", "body": asked}).to_string()];
    behind.extend(each(&|chunk| {
        json!({"msg": "chunk", "chunk": chunk}).to_string()
    }));
    let mut transcript = each(&|chunk| format!("data: {chunk}"));
    transcript.push("data: [DONE]".to_owned());
    let logs: [(&str, Vec<String>, Json); 7] = [
        (
            "a chunk in each record",
            each(&|chunk| json!({"level": "debug", "chunk": chunk}).to_string()),
            Json::Null,
        ),
        (
            "a request with each chunk",
            each(&|chunk| json!({"request": asked, "chunk": chunk}).to_string()),
            json!("Hi?"),
        ),
        (
            "a line in each record",
            each(&|chunk| json!({"level": "debug", "line": format!("data: {chunk}")}).to_string()),
            Json::Null,
        ),
        ("chunks", each(&|chunk| chunk.to_string()), Json::Null),
        ("a transcript", transcript, Json::Null),
        ("a request, then chunks", behind, json!("Hi?")),
        (
            "a request, then its answer",
            vec![
                json!({"msg": "request", "body": asked}).to_string(),
                json!({"msg": "response", "body": answer(ID, OUTPUT)}).to_string(),
            ],
            json!("Hi?"),
        ),
    ];
    for (log, lines, input) in &logs {
        for (name, wrap) in wraps() {
            let text = wrapped(lines, wrap);
            let loaded = load::load("t.log", text.as_bytes());
            let what = format!("{log} in {name}\n{text}\n{:?}", loaded.problems);
            assert_eq!(conversations(&loaded), [json!([input, OUTPUT])], "{what}");
            assert_eq!(loaded.problems, [], "{what}");
        }
    }
}

#[test]
fn a_document_over_several_lines_is_one_wherever_it_begins() {
    let sample = json!({"request": request("Hi?"), "response": answer(ID, OUTPUT)});
    let pretty = serde_json::to_string_pretty(&sample).unwrap();
    let pretty: Vec<String> = pretty.lines().map(str::to_owned).collect();
    for before in [0, 3, 500] {
        for (name, wrap) in wraps()
            .into_iter()
            .filter(|(name, _)| !["GitHub", "a logger"].contains(name))
        {
            let others = wrapped(&vec!["GET /health 200".to_owned(); before], wrap);
            let text = others.clone() + &wrapped(&pretty, wrap) + &others;
            let loaded = load::load("t.log", text.as_bytes());
            let what = format!("{name} behind {before}: {:?}", loaded.problems);
            assert_eq!(conversations(&loaded), [json!(["Hi?", OUTPUT])], "{what}");
            assert_eq!(loaded.problems, [], "{what}");
        }
        // Behind a logger's words, and nothing before the lines that follow.
        let others = "2026-06-05 12:00:00 INFO up\n".repeat(before);
        let text = format!(
            "{others}2026-06-05 12:00:00 INFO llm: {}\n{others}",
            pretty.join("\n")
        );
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(conversations(&loaded), [json!(["Hi?", OUTPUT])], "{before}");
        assert_eq!(loaded.problems, [], "{before}");
    }
}

#[test]
fn a_line_that_was_cut_is_one_wherever_it_stands() {
    let sample = json!({"request": request("Hi?"), "response": answer(ID, OUTPUT), "pad": "z".repeat(40_000)}).to_string();
    let parts = [
        &sample[..16_384],
        &sample[16_384..32_768],
        &sample[32_768..],
    ];
    let docker =
        |text: &str| json!({"log": text, "stream": "stdout", "time": "x"}).to_string() + "\n";
    let cri = |kind: &str, text: &str| format!("2026-06-05T12:00:00.1Z stdout {kind} {text}\n");
    let [one, two, three] = parts;
    for before in [0, 1, 500] {
        for text in [
            docker("up\n").repeat(before)
                + &docker(one)
                + &docker(two)
                + &docker(&format!("{three}\n"))
                + &docker("up\n"),
            cri("F", "up").repeat(before)
                + &cri("P", one)
                + &cri("P", two)
                + &cri("F", three)
                + &cri("F", "up"),
        ] {
            let loaded = load::load("t.log", text.as_bytes());
            assert_eq!(
                conversations(&loaded),
                [json!(["Hi?", OUTPUT])],
                "{before} {:?}",
                loaded.problems
            );
            assert_eq!(loaded.problems, [], "{before}");
        }
    }
}

/// Two containers' lines by turns, of the kinds that go on over several of them.
#[test]
fn the_lines_of_several_sources_are_told_apart() {
    let other = "gen-1780662788-OtherAbCdEfGhIjKlMnO";
    let one = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let two = chunks(other, ["1 ", "2 ", "3"]);
    let mut text = String::new();
    for (one, two) in one.iter().zip(&two) {
        text += &format!("web-1  | {}\n", json!({"level": "debug", "chunk": one}));
        text += &format!("web-2  | {}\n", json!({"level": "debug", "chunk": two}));
    }
    let loaded = load::load("t.log", text.as_bytes());
    assert_eq!(
        conversations(&loaded),
        [json!([null, OUTPUT]), json!([null, "1 2 3"])]
    );
    // Of a request and an answer each is its own source's.
    let text = [
        format!("web-1  | {}", json!({"msg": "q", "body": request("One?")})),
        format!("web-2  | {}", json!({"msg": "q", "body": request("Two?")})),
        format!(
            "web-2  | {}",
            json!({"msg": "a", "body": answer(other, "Second")})
        ),
        format!(
            "web-1  | {}",
            json!({"msg": "a", "body": answer(ID, "First")})
        ),
    ];
    let loaded = load::load("t.log", text.join("\n").as_bytes());
    assert_eq!(
        conversations(&loaded),
        [json!(["One?", "First"]), json!(["Two?", "Second"])]
    );
    // Where one source asks twice before it is answered, nobody can tell which is which.
    let text = ["One?", "Two?"]
        .map(|question| format!("web-1  | {}\n", request(question)))
        .concat()
        + &[(ID, "a"), (other, "b")]
            .map(|(id, text)| format!("web-1  | {}\n", answer(id, text)))
            .concat();
    let loaded = load::load("t.log", text.as_bytes());
    assert_eq!(loaded.completions.len(), 4);
}

/// What has a message beside what it is of is no line of a log.
#[test]
fn a_sample_with_a_message_is_itself() {
    let texts = [
        json!({"message": "{\"a\":1}", "request": request("Hi?"), "response": answer(ID, OUTPUT)}),
        json!({"id": 7, "log": "{\"a\":1}", "request": request("Hi?"), "response": answer(ID, OUTPUT)}),
    ];
    for text in texts {
        let loaded = load::load(
            "t.jsonl",
            format!("{text}\n{{\"message\":\"up\"}}\n").as_bytes(),
        );
        assert_eq!(conversations(&loaded), [json!(["Hi?", OUTPUT])], "{text}");
    }
}

/// One ordinary line of a program between the lines of a stream, and behind it.
#[test]
fn a_line_between_those_of_a_transcript_does_not_tear_it() {
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let line = |at: usize| format!("data: {}\n\n", all[at]);
    for before in ["", "2026-06-05 12:00:00 INFO up\n"] {
        let text = format!(
            "{before}{}{}GET /health 200\n{}data: [DONE]\n\ndone\n",
            line(0),
            line(1),
            line(2)
        );
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(conversations(&loaded), [json!([null, OUTPUT])], "{text}");
        assert_eq!(loaded.problems, []);
    }
}

/// Lists in which what searches logs hands their lines out.
#[test]
fn the_lines_of_a_list_are_read_as_a_log() {
    let asked = request("Hi?");
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let logs: [(Vec<String>, Json); 3] = [
        (
            all.iter()
                .map(|chunk| json!({"level": "debug", "chunk": chunk}).to_string())
                .collect(),
            Json::Null,
        ),
        (
            all.iter()
                .map(|chunk| json!({"request": asked, "chunk": chunk}).to_string())
                .collect(),
            json!("Hi?"),
        ),
        (
            all.iter()
                .map(|chunk| format!("12:00 DEBUG recv data: {chunk}"))
                .collect(),
            Json::Null,
        ),
    ];
    for (lines, input) in logs {
        let list = |item: &dyn Fn(&String) -> Json| lines.iter().map(item).collect::<Vec<Json>>();
        for text in [
            json!({"hits": {"hits": list(&|line| json!({"_source": {"@timestamp": "t", "message": line}}))}}),
            json!({"events": list(&|line| json!({"timestamp": 1, "message": line}))}),
            json!({"results": list(&|line| json!([{"field": "@timestamp", "value": "t"}, {"field": "@message", "value": line}])), "status": "Complete"}),
            json!({"data": {"result": [{"stream": {"app": "a"}, "values": list(&|line| json!(["1780000000", line]))}]}}),
            json!({"entries": list(&|line| json!({"insertId": "1", "textPayload": line}))}),
        ] {
            let loaded = load::load("t.json", text.to_string().as_bytes());
            let what = format!("{text}\n{:?}", loaded.problems);
            assert_eq!(conversations(&loaded), [json!([input, OUTPUT])], "{what}");
            assert_eq!(loaded.problems, [], "{what}");
        }
    }
    // Whole answers are as many as they are.
    let answers = ["gen-1780662787-A", "gen-1780662787-B"].map(|id| answer(id, "x"));
    let events = answers.map(|answer| json!({"message": answer.to_string()}));
    let text = json!({"events": events});
    assert_eq!(
        load::load("t.json", text.to_string().as_bytes())
            .completions
            .len(),
        2
    );
}
