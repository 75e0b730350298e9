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

/// A command is one behind any prompt or label where what follows it asks a server.
#[test]
fn a_command_stands_behind_any_prompt() {
    let asked = serde_json::to_string_pretty(&asked("q")).unwrap();
    let answer = serde_json::to_string_pretty(&answer("gen-1", "a")).unwrap();
    let event = [json!(["ann", "q", "a"])];
    let arguments = "https://openrouter.ai/api/v1/chat/completions \\\n  -H 'Content-Type: application/json' \\\n  -d";
    for head in [
        "➜  ~ ",
        "➜  proj git:(main) ✗ ",
        "❯ ",
        "~ ❯❯❯ ",
        "λ ",
        "» ",
        "▶ ",
        "→ ",
        "• ",
        "- ",
        "1. ",
        "!",
        "In [1]: !",
        "/usr/bin/",
        "RUN ",
        "Command: ",
        "%%bash\n",
        "Request:\n",
        "**Request:**\n",
        "cURL:\n",
        "Shell:\n",
    ] {
        let text = format!("{head}curl {arguments} '{asked}'\n\n{answer}\n");
        check(&text, &event);
        let fenced = format!(
            "# Bug\n\n```bash\n{head}curl {arguments} '{asked}'\n```\n\nand I got\n\n```json\n{answer}\n```\n"
        );
        let loaded = load::load("t.md", fenced.as_bytes());
        assert_eq!(events(&loaded), event, "{fenced}\n{:?}", loaded.problems);
    }
    // Words that speak of one are none, and neither is a script's step.
    for text in [
        "We sent it with curl to https://openrouter.ai/api/v1/chat/completions.",
        "    run: curl https://x -d '{}'",
    ] {
        let loaded = load::load("t.txt", text.as_bytes());
        assert_eq!(loaded.completions.len(), 0, "{text}");
    }
}

/// A generation's record is asked for with `GET`, as OpenRouter's documentation shows it.
#[test]
fn the_record_of_a_generation_below_its_command_is_read() {
    let id = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
    let record = json!({"data": {"id": id, "model": "a/b", "provider_name": "OpenAI", "native_tokens_prompt": 9,
        "native_tokens_completion": 7, "generation_time": 800, "external_user": "ann"}});
    let url = "https://openrouter.ai/api/v1/generation";
    for command in [
        format!("curl \"{url}?id={id}\" -H \"Authorization: Bearer $KEY\""),
        format!("curl -G {url} \\\n  -H \"Authorization: Bearer $KEY\" \\\n  -d id={id}"),
        format!("curl -X GET '{url}?id={id}'"),
        format!("$ curl --request GET --url '{url}?id={id}' | jq"),
    ] {
        for record in [
            record.to_string(),
            serde_json::to_string_pretty(&record).unwrap(),
        ] {
            let text = format!("{command}\n{record}\n");
            check(&text, &[json!(["ann", null, null])]);
        }
    }
}
