//! Commands as a terminal shows them, with what they printed: each with its own answer, whatever stands around the two.

use crate::common::{answer, events};
use rainscope::completion::load;
use serde_json::{Value as Json, json};

const COMMAND: &str = "curl https://openrouter.ai/api/v1/chat/completions";

fn asked(question: &str) -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": question}], "user": "ann"})
}

fn check(text: &str, expected: &[Json]) {
    let loaded = load::load("t.txt", text.as_bytes());
    assert_eq!(events(&loaded), expected, "{text}\n{:?}", loaded.problems);
    assert_eq!(loaded.problems, [], "{text}");
}

#[test]
fn each_of_several_commands_has_its_own_answer() {
    let pretty = |answer: Json| serde_json::to_string_pretty(&answer).unwrap();
    let plain = |answer: Json| answer.to_string();
    let headers = |answer: Json| format!("HTTP/2 200\ncontent-type: application/json\n\n{answer}");
    let stream = |answer: Json| {
        let chunk = answer.to_string().replace("\"message\"", "\"delta\"");
        format!(": OPENROUTER PROCESSING\n\ndata: {chunk}\n\ndata: [DONE]\n")
    };
    let forms: [&dyn Fn(Json) -> String; 4] = [&plain, &pretty, &headers, &stream];
    for form in forms {
        for (prompt, between) in [
            ("", "\n"),
            ("$ ", "\n\n"),
            ("ada@box:~$ ", "\n"),
            ("+ ", "\n"),
        ] {
            let call = |number: usize| {
                let asked = asked(&format!("question {number}"));
                let answer = form(answer(
                    &format!("gen-{number}"),
                    &format!("answer {number}"),
                ));
                format!("{prompt}{COMMAND} -d '{asked}'\n{answer}{between}")
            };
            let event = |number: usize| {
                json!([
                    "ann",
                    format!("question {number}"),
                    format!("answer {number}")
                ])
            };
            check(&call(1), &[event(1)]);
            let two = format!("{}{}{prompt}", call(1), call(2));
            check(&two, &[event(1), event(2)]);
        }
    }
}

#[test]
fn what_a_shell_writes_around_an_answer_is_none_of_it() {
    let (asked, answer) = (asked("q"), answer("gen-1", "a").to_string());
    let event = [json!(["ann", "q", "a"])];
    let command = format!("{COMMAND} -d '{asked}'");
    for text in [
        format!("{command}\n{answer}%\n$ "),
        format!("$ {command}\n{answer}ada@box:~$ \n"),
        format!("ada@box:~$ {command}\n{answer}\nada@box:~$ \n"),
        format!("{command}\n{answer}200\n"),
        format!("{command}\n{answer}\n200 0.812\n"),
        format!("$ time {command}\n{answer}\nreal\t0m1.2s\nuser\t0m0.0s\n"),
        format!("KEY=x {command}\n{answer}\n"),
        format!("$ sudo {command}\n{answer}\n"),
        format!("Here is what I did\n\n$ {command}\n\n{answer}\n"),
        format!("$ export KEY=x\n$ {command}\n{answer}\n"),
        format!("$ echo '{asked}' | {COMMAND} -d @-\n{answer}\n"),
        format!("DATA='{asked}'\n{COMMAND} -d \"$DATA\"\n{answer}\n"),
        format!("export KEY='x'\nDATA='{asked}'\n\n{COMMAND} -d \"${{DATA}}\"\n{answer}\n"),
        format!("{command}\n  % Total    % Received\n100   12\n{answer}\n"),
    ] {
        check(&text, &event);
    }
    // A try that failed before asks, and has no answer.
    let failed = format!("$ {command}\ncurl: (28) Operation timed out\n$ {command}\n{answer}\n");
    let loaded = load::load("t.txt", failed.as_bytes());
    assert_eq!(events(&loaded).last(), Some(&event[0]));
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (2, 0));
    // Of what was filtered nothing is an answer.
    let filtered = format!("{COMMAND} -d '{asked}' | jq .choices\n[{{\"message\":{{}}}}]\n");
    let loaded = load::load("t.txt", filtered.as_bytes());
    assert_eq!(loaded.completions.len(), 1, "{:?}", loaded.completions);
}
