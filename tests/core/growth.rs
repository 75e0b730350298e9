//! What is made to cost more than it is long costs no more: the time grows with the size, and what is packed,
//! nested or never closed ends at its limit with a word.

use std::fmt::Write;
use std::io::Read;

use crate::bodies::exercise;
use crate::support::grows_with_size;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rainscope::completion::load;
use rainscope::completion::{Completion, Edits};
use rainscope::event::privacy::{self, Privacy};
use rainscope::json::{Document, Limits, diff};
use rainscope::mapping::{self, Code, Context};
use rainscope::share::explain;
use rainscope::verify::{Fate, Reader, Unsure, compare, of_query};

const CHUNK: &str =
    r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}"#;
const SAMPLE: &str =
    r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1","choices":[]}}"#;

/// Whether the time that a file takes to be loaded grows with its size.
pub fn check(what: &str, file: &str, make: impl Fn(usize) -> String) {
    exercise(make(5).as_bytes(), file);
    grows_with_size(what, make, |text| {
        std::hint::black_box(load::load(file, text.as_bytes()));
    });
}

/// A line for each number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| line(index) + "\n").collect()
}

#[test]
fn logs() {
    check("a stream of each source", "t.log", |size| {
        lines(size, |index| format!("web-{index} | data: {CHUNK}"))
    });
    check("a stream behind each word", "t.log", |size| {
        lines(size, |index| format!("w{index}: data: {CHUNK}"))
    });
    check("others behind a stream behind each word", "t.log", |size| {
        lines(size, |index| {
            format!("w{index}: data: {CHUNK}\n{}up", "up\n".repeat(20))
        })
    });
    let named = CHUNK.replace("{\"obj", "{\"id\":\"gen-1\",\"obj");
    check("calls between a stream in records", "t.jsonl", |size| {
        let line = serde_json::json!({"t": 1, "line": format!("data: {named}")});
        format!("{line}\n") + &lines(size, |_| SAMPLE.to_owned())
    });
    check("values that are words of keys", "t.jsonl", |size| {
        let words = vec!["choices"; size * 20];
        let record = serde_json::json!({"body": {"model": "a/b", "messages": [{"role": "user", "content": "q"}]}, "x": words});
        format!("{record}\n{SAMPLE}\n")
    });
    check("lines of documents behind times", "t.log", |size| {
        lines(size, |_| "2026-06-05T12:00:00Z {".to_owned())
    });
    check("a document of each source", "t.log", |size| {
        let open = lines(size, |index| format!("web-{index} | {{\n"));
        open + &lines(size, |index| format!("web-{index} | }}"))
    });
    check("words between a stream of each source", "t.log", |size| {
        let open = lines(size, |index| format!("web-{index} | data: {CHUNK}"));
        open + &lines(size, |_| format!("INFO request {SAMPLE}"))
    });
    check("other sources within a document", "t.log", |size| {
        lines(size, |index| {
            format!("w | {{\"k{index}\":[\nx{index} | {{\"up\":1}}")
        })
    });
    check("a session in a container's log", "t.jsonl", |size| {
        lines(size, |index| {
            let line = serde_json::json!({"sessionId": "s", "uuid": index.to_string(), "isSidechain": false, "message": {"id": format!("gen-{index}")}});
            serde_json::json!({"log": format!("{line}\n"), "stream": "stdout"}).to_string()
        })
    });
    check("commands in a log of many containers", "t.log", |size| {
        lines(size, |index| {
            format!(
                "w{index} | curl https://openrouter.ai/api/v1/chat/completions -d '{{\"model\":\"a/b\",\"messages\":[]}}'"
            )
        })
    });
    check("lines that are cut, before whole ones", "t.jsonl", |size| {
        lines(size, |index| {
            let line = ["{\"x\":\"cut", "INFO {\"a\":1}"][index % 2];
            serde_json::json!({"log": line, "stream": "stdout"}).to_string()
        })
    });
    check("words around words", "t.log", |size| {
        lines(size, |_| "> > > > > > > > > > > > {\"x\":[".to_owned())
    });
    check("documents that never end", "t.log", |size| {
        lines(size, |index| format!("web-{index} | {{"))
    });
    check("words before documents that never end", "t.log", |size| {
        lines(size, |_| "INFO response: {\n  \"a\": 1".to_owned())
    });
    let long = "x".repeat(1000);
    check("a long first chunk", "t.log", |size| {
        let first = CHUNK.replace("\"a\"", &format!("\"{}\"", "x".repeat(100 * size)));
        format!("INFO {first}\n") + &lines(size, |_| format!("INFO {CHUNK}"))
    });
    check(
        "a long first chunk of a text completion",
        "t.ndjson",
        |size| {
            let text = |text: &str, reason: &str| {
                format!(
                    r#"{{"object":"text_completion","choices":[{{"text":"{text}","finish_reason":{reason}}}]}}"#
                )
            };
            text(&"x".repeat(100 * size), "null") + "\n" + &lines(size, |_| text("a", "\"stop\""))
        },
    );
    check("quoted members of a line", "t.log", |size| {
        let members = (0..size).map(|index| format!(" k{index}=\"{{\\\"a\\\":1}}\""));
        members.fold("ts=1".to_owned(), |line, member| line + &member)
    });
    check("documents of a line", "t.log", |size| {
        let documents = (0..size).map(|index| format!(" k{index}={{\"a\":1}}"));
        documents.fold("ts=1".to_owned(), |line, document| line + &document)
    });
    check("strings of a record that may be lines", "t.jsonl", |size| {
        let strings = (0..size).map(|index| format!(",\"k{index}\":\"data: {{\""));
        strings.fold("{\"k\":1".to_owned(), |record, string| record + &string) + "}"
    });
    check("commands with their answers", "t.txt", |size| {
        let asked = r#"{"model":"a/b","messages":[]}"#;
        lines(size, |index| {
            format!("$ curl https://x -d '{asked}'\n{{\"id\":\"gen-{index}\",\"choices\":[]}}")
        })
    });
    check("commands that are left open", "t.txt", |size| {
        lines(size, |_| "$ curl https://x -d '{\nA='x\n".to_owned())
    });
    check("documents of a string", "t.jsonl", |size| {
        format!(
            "{{\"log\":\"{}\"}}",
            r#"{\"a\":{\"b\":1}}\nso {\"a\" {\"b\":1}\n"#.repeat(size)
        )
    });
    check("ticks between chunks", "t.jsonl", |size| {
        lines(size, |_| format!("{CHUNK}\n{{\"t\":1}}\n{{\"t\":2}}"))
    });
    check("ticks between chunks in records", "t.jsonl", |size| {
        lines(size, |index| {
            format!(
                "{{\"event\":{}}}\n{{\"t\":2}}",
                CHUNK.replace("\"a\"", &format!("\"{index}\""))
            )
        })
    });
    check("a list of events with their chunks", "t.json", |size| {
        let events = vec![format!("{{\"t\":1,\"data\":{CHUNK}}}"); size];
        format!("{{\"events\":[{}]}}", events.join(","))
    });
    check("a broken item before many", "t.json", |size| {
        let items = vec![r#"{"a":{"b":"c"}}"#; size];
        format!("[{{\"a\":\"x, {}]", items.join(", "))
    });
    check("prefixes within prefixes", "t.log", |size| {
        lines(20, |_| "web | ".repeat(size) + "{")
    });
    let asked = r#"{"model":"a/b","messages":[{"role":"user","content":"x"}]}"#;
    let quoted = CHUNK.replace('"', "\\\"");
    check("a chunk in a record of each source", "t.log", |size| {
        lines(size, |index| {
            format!("web-{} | {{\"chunk\":{CHUNK}}}", index % 300)
        })
    });
    check("a request of each source", "t.log", |size| {
        lines(size, |index| {
            format!("web-{index} | {asked}\nweb-{index} | up")
        })
    });
    check("sources that log by turns", "t.jsonl", |size| {
        lines(size, |index| match index % 3 {
            0 => format!("{{\"message\":\"{quoted}\"}}"),
            1 => "{\"log\":\"{\\n\",\"stream\":\"a\"}".to_owned(),
            _ => "{\"log\":\"up\\n\",\"stream\":\"b\"}".to_owned(),
        })
    });
    check("lines that are cut and never end", "t.log", |size| {
        lines(size, |_| {
            "2026-06-05T12:00:00Z stdout P {\"a\":\"x".to_owned()
        })
    });
    check("other lines in a transcript", "t.log", |size| {
        lines(size, |_| format!("data: {CHUNK}\n\nup\ndown"))
    });
    check("transcripts with others behind them", "t.log", |size| {
        lines(size, |index| {
            format!(
                "data: {}\n\n{}",
                CHUNK.replace("{\"obj", &format!("{{\"id\":\"gen-{index}\",\"obj")),
                "up\n".repeat(20)
            )
        })
    });
    check("a document behind words, of many lines", "t.log", |size| {
        "INFO response: {\n".to_owned() + &lines(size, |_| "  \"a\": 1,".to_owned())
    });
    check("comments of streams", "t.log", |size| {
        lines(size, |_| "recv: : OPENROUTER PROCESSING".to_owned())
    });
    check("quotations within quotations", "t.md", |size| {
        lines(20, |_| "> ".repeat(size) + "{")
    });
    check("a request with each chunk", "t.jsonl", |size| {
        lines(size, |_| {
            format!(r#"{{"request":{asked},"chunk":{CHUNK}}}"#)
        })
    });
    check("requests with one chunk each", "t.jsonl", |size| {
        lines(size, |index| {
            let asked = asked.replace('x', &index.to_string());
            format!(r#"{{"request":{asked},"chunk":{CHUNK}}}"#)
        })
    });
    check("requests with words behind them", "t.log", |size| {
        lines(size, |_| format!("{asked}\nwords\nwords"))
    });
    check("items that may belong together", "t.json", |size| {
        let line = r#"{"msg":"data: {\"choices\":[{\"delta\":{}}]}"}"#;
        let items = lines(size, |index| match index % 4 {
            0 => format!("{line},"),
            1 => format!("{asked},"),
            2 => format!(r#"{{"request":{asked},"chunk":{CHUNK}}},"#),
            _ => "{\"a\":1},".to_owned(),
        });
        format!("[{items}1]")
    });
    check("lines in a list", "t.json", |size| {
        let items = lines(size, |_| {
            r#""data: {\"choices\":[{\"delta\":{}}]}","#.to_owned()
        });
        format!("[{items}\"\"]")
    });
    check("colours", "t.txt", |size| {
        "{\u{1b}[1m\"a\"\u{1b}[0m:1}\n".repeat(size) + &"\u{1b}[1m{".repeat(size)
    });
    check("a meter", "t.txt", |size| {
        "  % Total    % Received % Xferd\n".to_owned()
            + &"\r 0 0 0 0 0 0 0 0 --:-- --:-- --:-- 0".repeat(size)
    });
    check("broken chunks in Latin-1", "t.sse", |size| {
        lines(size, |_| "data: {\u{c3}\u{a9}\n".to_owned())
    });
    check("documents in records that never end", "t.jsonl", |size| {
        let record = |line: &str| format!(r#"{{"log":"{line}\\n","stream":"stdout"}}"#) + "\n";
        // Of fewer documents all are looked through for the end of each, up to a bound.
        (record("{") + &record("  \\\"a\\\": {").repeat(4)).repeat(16 * size)
    });
    check("a document in records that never ends", "t.jsonl", |size| {
        let record = |line: &str| format!(r#"{{"log":"{line}\\n","stream":"stdout"}}"#) + "\n";
        // As above.
        record("so: {") + &record("  {").repeat(16 * size)
    });
    check("documents in items", "t.json", |size| {
        let item = |line: &str| format!(r#"{{"message":"{line}"}},"#);
        let items = (item("{") + &item("  {") + &item("  }") + &item("}")).repeat(size / 4 + 1);
        format!(r#"{{"events":[{items}1]}}"#)
    });
    check("records of a log between its lines", "t.jsonl", |size| {
        let line = serde_json::json!({"log": format!("data: {CHUNK}\n"), "stream": "stdout"});
        let other = serde_json::json!({"log": "GET /health\n", "stream": "stdout"});
        lines(size, |index| match index % 50 {
            0 => line.to_string(),
            _ => other.to_string(),
        })
    });
    check("a container's line that never ends", "t.jsonl", |size| {
        let line =
            serde_json::json!({"log": format!("data: {{\"a\":\"{long}"), "stream": "stdout"});
        lines(size, |_| line.to_string())
    });
    check("bytes as Python prints them", "t.txt", |size| {
        lines(size, |_| format!("b'data: {CHUNK}\\x"))
    });
    check("bytes of the journal", "t.jsonl", |size| {
        format!(r#"{{"MESSAGE":{:?}}}"#, "{".repeat(40 * size).as_bytes())
    });
    check("braces before JSON in a log line", "t.log", |size| {
        "{ ".repeat(size) + "{\"a\":1}"
    });
}

#[test]
fn pasted_texts() {
    check("fences that never close", "t.md", |size| {
        let mut text = String::from("words\n");
        for length in 0..size {
            let _ = writeln!(text, "{}json\n{{", "`".repeat(3 + length % 40));
        }
        text
    });
    check("a fence far to the right", "t.md", |size| {
        let fence = format!("{}```\n", " ".repeat(size));
        format!("words\n{fence}{}{fence}", "x\n".repeat(size))
    });
    check("fences one after another", "t.md", |size| {
        "words\n".to_owned() + &"```json\n{}\n```\n".repeat(size)
    });
    check("statuses one after another", "t.txt", |size| {
        "HTTP/1.1 200 OK\r\nx: y\r\n\r\n".repeat(size)
    });
    check("requests one after another", "t.txt", |size| {
        "POST https://openrouter.ai/api/v1/chat/completions HTTP/1.1\nhost: a\n\n{\n".repeat(size)
    });
    check("empty lines of a body", "t.txt", |size| {
        "HTTP/1.1 200 OK\r\n\r\n".to_owned() + &"\n".repeat(40 * size)
    });
    check("curl's own lines", "t.txt", |size| {
        "> POST /api/v1/chat/completions HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n".repeat(size)
    });
    check("messages of mitmproxy's text", "t.txt", |size| {
        "127.0.0.1:1: POST https://openrouter.ai/api/v1/chat/completions\n    a: b\n\n    {}\n\n << 200 OK 1b\n    a: b\n\n    {}\n"
            .repeat(size)
    });
    check("an export of few columns", "t.csv", |size| {
        let header = "generation_id,created_at,cost_total,tokens_prompt,model_permaslug\n";
        header.to_owned()
            + &lines(size, |index| {
                format!("gen-{index},2026-05-01 10:00:00,1,1,a/b")
            })
    });
    check("a quote that never closes", "t.csv", |size| {
        let header = "generation_id,created_at,cost_total,tokens_prompt,model_permaslug\n";
        header.to_owned() + &lines(size, |index| format!("gen-{index},\"2026"))
    });
}

/// What breaks off is looked through for whole items, each of which is looked for once.
#[test]
fn what_breaks_off() {
    let yards = "y".repeat(200);
    check("lists and objects that only open", "t.json", |size| {
        "{\"a\":".to_owned() + &"{\"b\":[".repeat(8 * size)
    });
    check("a container's lines that never end", "t.jsonl", |size| {
        let record = serde_json::json!({"log": format!("{{\"x\":\"{yards}"), "stream": "stdout"});
        lines(4 * size, |_| record.to_string())
    });
    check("lines of CRI that never end", "t.log", |size| {
        lines(16 * size, |_| {
            format!("2026-06-05T12:00:00Z stdout P {{\"x\":\"{yards}")
        })
    });
    check("documents behind words that never close", "t.log", |size| {
        lines(16 * size, |_| {
            "2026-06-05 12:00:00 INFO {\"a\":[".to_owned()
        })
    });
    check("documents of a source that never close", "t.log", |size| {
        "w  | {\n".to_owned() + &lines(16 * size, |index| format!("w  | \"k{index}\": {{\"b\":"))
    });
    check("quoted documents that never close", "t.txt", |size| {
        lines(16 * size, |_| "> > > {\"x\":[".to_owned())
    });
    check("bytes of the journal that never close", "t.jsonl", |size| {
        let bytes = vec!["65"; 200].join(",");
        lines(4 * size, |_| {
            format!(r#"{{"MESSAGE":[123,{bytes}],"_PID":"1"}}"#)
        })
    });
    check("requests in Markdown that nobody answers", "t.md", |size| {
        let request = r#"{"model":"a/b","messages":[{"role":"user","content":"Hi"}]}"#;
        lines(size, |_| format!("```json\n{request}\n```\n"))
    });
}

#[test]
fn records() {
    check("a place for each completion", "t.json", |size| {
        let members = (0..size).map(|index| format!("\"k{index}\":{SAMPLE}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    check("another place in each record", "t.ndjson", |size| {
        lines(size, |index| format!("{{\"k{index}\":{SAMPLE}}}"))
    });
    check("results of a batch", "t.jsonl", |size| {
        let body = r#"{"id":"gen-1","choices":[{"message":{"content":"a"}}]}"#;
        lines(size, |index| {
            format!(
                r#"{{"id":"b{index}","custom_id":"c","response":{{"status_code":200,"body":{body}}},"error":null}}"#
            )
        })
    });
    let session = |index: usize, parent: usize, id: usize| {
        format!(
            r#"{{"parentUuid":"{parent}","uuid":"{index}","sessionId":"s","type":"assistant","timestamp":"2026-05-06T01:35:13.123Z","message":{{"id":"gen-{id}","type":"message","role":"assistant","model":"a/b","content":[{{"type":"text","text":"a"}}],"usage":{{"input_tokens":1,"output_tokens":1}}}}}}"#
        )
    };
    check("a session's lines of one answer", "t.jsonl", |size| {
        lines(size, |index| session(index + 1, index, 1))
    });
    check("a session that goes round", "t.jsonl", |size| {
        lines(size, |index| session(index, (index + 1) % size, index))
    });
    check("fetches of a recording", "t.har", |size| {
        let entries = (0..size).map(|index| {
            format!(
                r#"{{"request":{{"method":"GET","url":"https://openrouter.ai/api/v1/generation?id=gen-{index}"}},"response":{{"status":200,"content":{{"text":"{{\"data\":{{\"id\":\"gen-{index}\",\"native_tokens_prompt\":1}}}}"}}}}}}"#
            )
        });
        let entries: Vec<String> = entries.collect();
        format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","))
    });
    check("entries of llm's log", "t.json", |size| {
        let entry = r#"{"id":"1","model":"openrouter/a/b","prompt":"q","system":null,"response":"a","response_json":{"id":"gen-1","model":"a/b"},"conversation_id":"c","duration_ms":1,"datetime_utc":"2026-05-06T01:35:13"}"#;
        format!("[{}]", vec![entry; size].join(","))
    });
    check("keys that stand for texts of llm's log", "t.json", |size| {
        let list = |piece: &dyn Fn(usize) -> String| {
            let pieces: Vec<String> = (0..size).map(piece).collect();
            pieces.join(",")
        };
        let keys = list(&|index| format!(r#"{{"$":"f:{index}"}}"#));
        let fragments = list(&|index| format!(r#"{{"content":"text {index}"}}"#));
        let texts = list(&|index| format!(r#""r:{index}":"text {index}""#));
        let asked = format!(r#"{{"messages":[{{"role":"user","content":{{"$r":[{keys}]}}}}]}}"#);
        let known = format!(r#""prompt_fragments":[{fragments}],"texts_by_key":{{{texts}}}"#);
        format!(
            r#"{{"id":"1","model":"openrouter/a/b","prompt":"q","response":"a","prompt_json":{asked},"datetime_utc":"2026-05-06T01:35:13",{known}}}"#
        )
    });
    check("attempts that wait for a request", "t.json", |size| {
        let answer = r#"{"choices":[{"message":{"content":"a"}}]}"#;
        format!(r#"{{"x":[{}]}}"#, vec![answer; size].join(","))
    });
    check("strings within strings", "t.json", |size| {
        let mut text = "{\"a\":1}".repeat(size);
        for _ in 0..4 {
            text = serde_json::json!({"x": text, "y": [text.len()]}).to_string();
        }
        text
    });
    check("chunks of a list on one line", "t.json", |size| {
        format!("[{}]", vec![CHUNK; size].join(","))
    });
    check("chunks on one line", "t.ndjson", |size| CHUNK.repeat(size));
    check("events on one line", "t.sse", |size| {
        format!("data: {CHUNK}").repeat(size)
    });
    check("chunks that end again and again", "t.ndjson", |size| {
        let end = CHUNK.replace(r#"{"content":"a"}"#, r#"{},"finish_reason":"stop""#);
        lines(size, |index| {
            if index % 2 == 0 {
                CHUNK.to_owned()
            } else {
                end.clone()
            }
        })
    });
    check("an item that is added again and again", "t.sse", |size| {
        let event = |json: String| format!("data: {json}\n\n");
        let part = r#"{"type":"output_text","text":"a"}"#;
        let parts = vec![part; size].join(",");
        let added = |content: &str| {
            event(format!(
                r#"{{"type":"response.output_item.added","output_index":0,"item":{{"type":"message","id":"m1"{content}}}}}"#
            ))
        };
        added(&format!(r#","content":[{parts}]"#)) + &added("").repeat(size)
    });
    for depth in [1, 126] {
        check("aliases of one long list", "t.yaml", |size| {
            let head = "interactions:\n- request: {uri: 'https://a.test/chat/completions', method: POST}\n  response: {body: {string: 'x'}}\n";
            let list = lines(40 * size, |index| format!("  - {index}"));
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let aliases = vec!["*a"; 40 * size].join(",");
            format!("{head}base: &a\n{list}all:\n  {open}{aliases}{close}\n")
        });
    }
    check("ends of many streams", "t.sse", |size| {
        let event = |index: usize| {
            format!(
                "data: {}\n\n",
                CHUNK.replace("{\"object", &format!("{{\"id\":\"gen-{index}\",\"object"))
            )
        };
        (0..size).map(event).collect::<String>() + &"data: [DONE]\n\n".repeat(size)
    });
    check("choices of a stream", "t.ndjson", |size| {
        lines(size, |index| {
            CHUNK.replace("\"index\":0", &format!("\"index\":{index}"))
        })
    });
}

/// Calls at once, what is torn, and rows and commands of other programs.
#[test]
fn calls_at_once() {
    let asked = r#"{"model":"a/b","messages":[{"role":"user","content":"x"}]}"#;
    let event =
        |kind: &str| format!(r#"{{"request":{asked},"chunk":{{"type":"{kind}","index":0}}}}"#);
    check("answers by turns to one request", "t.jsonl", |size| {
        let begin = event("message_start") + "\n" + &event("message_start") + "\n";
        begin + &lines(size, |_| event("content_block_delta"))
    });
    check("answers by turns that are told apart", "t.jsonl", |size| {
        lines(size, |index| {
            let call = format!("\"call\":{},\"request\"", index % 7);
            event(if index < 7 {
                "message_start"
            } else {
                "content_block_delta"
            })
            .replace("\"request\"", &call)
        })
    });
    check("requests that wait in Markdown", "t.md", |size| {
        let answer = r#"{"id":"gen-1","model":"a/b","choices":[]}"#;
        lines(size, |index| {
            let block = if index % 3 == 2 { answer } else { asked };
            format!("```json\n{block}\n```\n")
        })
    });
    check("requests that wait among HTTP messages", "t.http", |size| {
        let ask =
            format!("POST /api/v1/chat/completions HTTP/1.1\nHost: openrouter.ai\n\n{asked}\n");
        let reply = "HTTP/1.1 200 OK\n\n{\"id\":\"gen-1\",\"model\":\"c/d\",\"choices\":[]}\n";
        lines(size, |index| {
            if index % 3 == 2 {
                reply.to_owned()
            } else {
                ask.clone()
            }
        })
    });
    check("exchanges that were torn in YAML", "t.yaml", |size| {
        let torn = "- request: {}\n  response: {}\n  response: {}\n";
        format!("interactions:\n{}", torn.repeat(size))
    });
    check("keys of a mapping in YAML", "t.yaml", |size| {
        let keys = lines(size, |index| format!("    k{index}: {{a: 1}}"));
        format!("interactions:\n- request:\n{keys}  response: {{}}\n")
    });
    check("rows of a database", "t.tsv", |size| {
        lines(size, |index| {
            format!("{index}\t{{\"choices\":\"a\\\\nb\"}}\t\\N")
        })
    });
    check("fields of a row of a database", "t.tsv", |size| {
        "{\"choices\":\"a\\\\nb\"}\t".repeat(size)
    });
    let piece = |text: &str, reason: &str| {
        format!(
            r#"INFO chunk: {{"object":"text_completion","choices":[{{"text":"{text}","finish_reason":{reason}}}]}}"#
        )
    };
    check(
        "ends behind a long piece of a text completion",
        "t.log",
        |size| {
            let first = piece(&"x".repeat(100 * size), "null") + "\n" + &piece("a", "null") + "\n";
            first
                + &lines(size, |_| {
                    "INFO \"text_completion\": {\"messages\"".to_owned()
                })
        },
    );
    check("strings within strings", "t.jsonl", |size| {
        let deep = (0..9).fold(asked.to_owned(), |text, _| {
            format!("{{\"m\":{}}}", serde_json::json!(text))
        });
        format!("{{\"all\":[{}]}}", vec![deep; size.min(200)].join(","))
    });
    check("messages of a browser's protocol", "t.jsonl", |size| {
        lines(size, |index| {
            let method = ["Network.requestWillBeSent", "Network.responseReceived"][index % 2];
            format!(
                r#"{{"method":"{method}","params":{{"requestId":"{}","request":{{"url":"https://x","method":"POST"}}}}}}"#,
                index / 2
            )
        })
    });
    check("commands of other tools", "t.txt", |size| {
        lines(size, |index| {
            format!(
                "$ http https://x a{index}=b c:='[1]'\n{{\"id\":\"gen-{index}\",\"choices\":[]}}"
            )
        })
    });
    check("items of a command", "t.txt", |size| {
        let items = (0..size).map(|index| format!(" k{index}=v"));
        items.fold("$ http https://x".to_owned(), |line, item| line + &item) + "\n{}\n"
    });
    check("tables of PowerShell's", "t.txt", |size| {
        format!(
            "PS> irm https://x -Headers {} -Body '{{}}'\n",
            "@{ a = ( b ".repeat(size)
        )
    });
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let level = flate2::Compression::best();
    let mut encoder = flate2::read::GzEncoder::new(bytes, level);
    encoder.read_to_end(&mut out).unwrap();
    out
}

#[test]
fn bombs_end_at_their_limit() {
    let bomb = gzip(&vec![b' '; 65 << 20]);
    let body = STANDARD.encode(&bomb);
    let exchange = format!(
        r#"{{"request":{{"method":"POST","url":"https://openrouter.ai/api/v1/chat/completions","body":"{{}}"}},"response":{{"status":200,"body":{{"base64_string":"{body}"}}}}}}"#
    );
    // Each is refused alone; a hundred of them are not unpacked, and each is named.
    let recording = format!(r#"{{"interactions":[{}]}}"#, vec![exchange; 100].join(","));
    let loaded = load::load("t.json", recording.as_bytes());
    let says: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!((loaded.completions.len(), says.len()), (0, 100));
    assert!(says[0].contains("more than 64 MiB"), "{}", says[0]);
    assert!(
        says[99].contains("more than 256 MiB up to here"),
        "{}",
        says[99]
    );
    assert!(says[99].starts_with("t.json:1:"), "{}", says[99]);
    // A file within a file within a file.
    let mut packed = gzip(SAMPLE.as_bytes());
    for _ in 0..20 {
        packed = gzip(&packed);
    }
    let loaded = load::load("t.json.gz", &packed);
    assert_eq!(loaded.completions.len(), 0);
    assert!(
        loaded.problems[0].what.contains("packed 8 times"),
        "{:?}",
        loaded.problems
    );
    // Members without anything in them.
    let mut empty = gzip(b"").repeat(20_000);
    empty.extend(gzip(SAMPLE.as_bytes()));
    assert_eq!(load::load("t.json.gz", &empty).completions.len(), 1);
}

#[test]
fn what_never_closes_or_nests_without_end_is_named() {
    let deep = |open: &str, close: &str| open.repeat(5_000) + &close.repeat(5_000);
    let nested = deep("[", "]");
    for (file, text) in [
        (
            "t.log",
            format!("web | {nested}\nweb | {{\nweb | {nested}\nweb | }}\n"),
        ),
        ("t.log", format!("INFO response: {{\n{nested}\n}}\n")),
        (
            "t.md",
            format!("words\n```json\n{}\n```\n", deep("{\"a\":", "1}")),
        ),
        (
            "t.jsonl",
            format!("{{\"log\":\"data: {{\\\"choices\\\":{nested}\",\"stream\":\"stdout\"}}\n"),
        ),
        ("t.txt", format!("b'data: {nested}")),
        ("t.txt", "b'".repeat(10_000)),
        (
            "t.csv",
            format!(
                "generation_id,created_at,cost_total,model_permaslug\n{}",
                "\"".repeat(9_999)
            ),
        ),
        (
            "t.jsonl",
            format!(
                r#"{{"custom_id":"c","response":{{"status_code":200,"body":{nested}}},"error":null}}"#
            ),
        ),
        (
            "t.jsonl",
            format!(
                r#"{{"type":"assistant","uuid":"1","sessionId":"s","message":{{"id":"gen-1","content":{nested}}}}}"#
            ),
        ),
        (
            "t.txt",
            format!(
                "POST https://openrouter.ai/api/v1/chat/completions HTTP/1.1\n\n{nested}\n\nHTTP/1.1 200 OK\n\n{nested}"
            ),
        ),
        (
            "t.json",
            format!(
                r#"{{"request":{{"model":"a/b","messages":[]}},"response":{}}}"#,
                deep("[", "]")
            ),
        ),
        (
            "t.json",
            format!(r#"{{"MESSAGE":{:?}}}"#, nested.as_bytes()),
        ),
        ("t.yaml", format!("interactions:\n- request: {nested}\n")),
        (
            "t.yaml",
            format!("interactions: &a\n{}", "- *a\n".repeat(5_000)),
        ),
    ] {
        exercise(text.as_bytes(), file);
    }
}

/// A span as Broadcast sends it, of a trace of its own or of the one that all share.
fn span(index: usize, trace: usize, parent: Option<usize>) -> String {
    let parent = parent.map_or_else(String::new, |parent| {
        format!(r#""parentSpanId":"{parent:016x}","#)
    });
    format!(
        r#"{{"traceId":"{trace:032x}","spanId":"{index:016x}",{parent}"name":"LLM Generation","startTimeUnixNano":"1783071902118000000","endTimeUnixNano":"1783071904561000000","attributes":[{{"key":"gen_ai.request.model","value":{{"stringValue":"a/b"}}}}]}}"#
    )
}

fn payload(spans: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"openrouter"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
    )
}

#[test]
fn deliveries() {
    let each = |size: usize, one: &dyn Fn(usize) -> String| -> Vec<String> {
        (1..=size).map(one).collect()
    };
    let payloads = |size| each(size, &|index| payload(&span(index, index, None)));
    check("payloads one a line", "t.jsonl", |size| {
        payloads(size).join("\n")
    });
    check("payloads in a list", "t.json", |size| {
        format!("[{}]", payloads(size).join(",\n"))
    });
    check("payloads of one trace", "t.jsonl", |size| {
        each(size, &|index| payload(&span(index, 7, None))).join("\n")
    });
    check("spans of one payload", "t.json", |size| {
        payload(&each(size, &|index| span(index, index, None)).join(","))
    });
    check("spans of one trace", "t.json", |size| {
        payload(&each(size, &|index| span(index, 7, None)).join(","))
    });
    check("spans within one another", "t.json", |size| {
        payload(&each(size, &|index| span(index, 7, Some(index - 1))).join(","))
    });
    check("spans that are their own parents", "t.json", |size| {
        payload(&each(size, &|index| span(index, 7, Some(size - index))).join(","))
    });
}

/// However many values repeat a conversation, and however often.
#[test]
fn lines_and_resources() {
    check("blocks of an answer in a session", "t.jsonl", |size| {
        let blocks = vec![r#"{"type":"text","text":"a"}"#; size].join(",");
        let line = |kind: &str, content: &str| {
            format!(
                r#"{{"type":"{kind}","uuid":"{kind}","sessionId":"s","message":{{"id":"gen-1","role":"{kind}","content":{content}}}}}"#
            )
        };
        line("user", "\"hi\"") + "\n" + &line("assistant", &format!("[{blocks}]")) + "\n"
    });
    let attributes = |size: usize| {
        let all = (0..size).map(|n| format!(r#"{{"key":"k{n}","value":{{"intValue":"1"}}}}"#));
        all.collect::<Vec<String>>().join(",")
    };
    let span = |n: usize, attributes: &str| {
        format!(r#"{{"traceId":"t{n}","spanId":"s{n}","name":"a","attributes":[{attributes}]}}"#)
    };
    let payload = |resource: &str, spans: &str| {
        format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
        )
    };
    check("attributes in lines of payloads", "t.ndjson", |size| {
        let own = r#"{"key":"gen_ai.response.id","value":{"stringValue":"gen-1"}},"#;
        let line = payload("", &span(0, &(own.to_owned() + &attributes(size))));
        format!("{line}\n{line}\n")
    });
    check("attributes of a resource of many spans", "t.json", |size| {
        let spans: Vec<String> = (0..size).map(|n| span(n, "")).collect();
        payload(&attributes(size), &spans.join(","))
    });
}

#[test]
fn leaks() {
    let record = |trace: &dyn Fn(usize) -> String, said: &str, size: usize| {
        let members: Vec<String> = (0..size)
            .map(|index| format!(r#""k{index}":"{}""#, trace(index)))
            .collect();
        let text = format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{said}"}}],"trace":{{{}}}}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"a"}}}}]}}}}"#,
            members.join(",")
        );
        load::load("t.json", text.as_bytes()).completions.remove(0)
    };
    let said = "please draft a polite letter to the landlord";
    let scan = |completion: &Completion| {
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        let leaks = mapped
            .findings
            .iter()
            .filter(|it| it.code == Code::PrivacyLeak);
        assert!(leaks.count() > 0);
    };
    grows_with_size(
        "the same words in every value",
        |size| record(&|_| "draft a polite letter".to_owned(), said, size),
        scan,
    );
    grows_with_size(
        "other words of one text in each value",
        |size| {
            let letter = |place: u32, index: usize| {
                char::from(b'a' + (index / 26_usize.pow(place) % 26) as u8)
            };
            let words = |index: usize| {
                let word: String = (0..4).map(|place| letter(place, index)).collect();
                format!("draft {word} polite {word}s letter")
            };
            let texts: Vec<String> = (0..size).map(words).collect();
            record(&words, &texts.join(" and "), size)
        },
        scan,
    );
    grows_with_size(
        "lists of numbers in the conversation and in every value",
        |size| {
            let number = |index: usize| format!("{} {}", 1000 + index % 9000, 100 + index % 900);
            let list: Vec<String> = (0..20 * size).map(number).collect();
            record(
                &|index| list[index..index + 20].join(" "),
                &list.join(" "),
                size,
            )
        },
        scan,
    );
    for signs in [".", ". ", "?!", "\\n"] {
        grows_with_size(
            signs,
            |size| {
                let said = format!("{said} {}", signs.repeat(20 * size));
                record(&|_| "draft a polite letter".to_owned(), &said, 1)
            },
            scan,
        );
    }
}

#[test]
fn explanations() {
    let all = |completion: &Completion| {
        let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
        let outbound = privacy::apply(mapped.event().unwrap(), Privacy::Off);
        let mut out = String::new();
        explain::write(completion, &mapped, outbound, &mut out);
        assert!(!out.is_empty());
    };
    let members = |size: usize, key: &str| -> String {
        let members: Vec<String> = (0..size)
            .map(|index| format!(r#""{key}{index}":{index}"#))
            .collect();
        members.join(",")
    };
    let record = |request: &str, trace: &str, choices: &str| {
        let text = format!(
            r#"{{"request":{{"model":"a/b","messages":[],"extra_body":{{{request}}},{request},"trace":{{{trace}}}}},"response":{{"id":"gen-1","choices":[{choices}]}}}}"#
        );
        load::load("t.json", text.as_bytes()).completions.remove(0)
    };
    let one = r#"{"message":{"content":"a"}}"#;
    grows_with_size(
        "keys of a request, and of what an SDK adds to it",
        |size| record(&members(size, "k"), "", one),
        all,
    );
    grows_with_size(
        "keys of a trace beside those of a request",
        |size| record(&members(size, "k"), &members(size, "t"), one),
        all,
    );
    grows_with_size(
        "choices, none of which is the first",
        |size| {
            let choices: Vec<String> = (1..=size)
                .map(|index| format!(r#"{{"index":{index},"message":{{"content":"a"}}}}"#))
                .collect();
            record(r#""k":1"#, "", &choices.join(","))
        },
        all,
    );
    grows_with_size(
        "parts of a message",
        |size| {
            let parts = vec![r#"{"type":"text","text":"a"}"#; size].join(",");
            let text = format!(
                r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":[{parts}]}}]}},"response":{{"id":"gen-1","choices":[{one}]}}}}"#
            );
            load::load("t.json", text.as_bytes()).completions.remove(0)
        },
        all,
    );
}

/// An object with so many members, the last of them another one.
fn object(size: usize, last: usize) -> String {
    let members = (0..size).map(|index| format!(r#""k{index}":{index}"#));
    let members: Vec<String> = members.chain([format!(r#""last":{last}"#)]).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn comparisons() {
    let parse = |text: String| Document::parse(text.into(), Limits::default()).unwrap();
    grows_with_size(
        "the members of two objects",
        |size| (parse(object(size, 1)), parse(object(size, 2))),
        |(one, other)| assert_eq!(diff(one.root(), other.root()).len(), 1),
    );
    let sent = |properties: &str| format!(r#"{{"event_id":"e1","properties":{properties}}}"#);
    let stored = |properties: &str| parse(format!(r#"{{"id":"e1","properties":{properties}}}"#));
    let compares = |(sent, stored): &(String, Document)| {
        let stored = of_query(Reader::QueryApi, stored.root()).unwrap();
        let compared = compare(sent, &stored, Unsure::default()).unwrap();
        assert_eq!(compared.count(Fate::Changed), 1);
    };
    grows_with_size(
        "the properties of an event and of what is stored of it",
        |size| (sent(&object(size, 1)), stored(&object(size, 2))),
        compares,
    );
    let list = |size: usize, last: usize| format!(r#"{{"l":[{}{last}]}}"#, "0,".repeat(size));
    grows_with_size(
        "a list of an event's and what is stored of it",
        |size| (sent(&list(size, 1)), stored(&list(size, 2))),
        compares,
    );
    let event = |trace: String| {
        let text = format!(
            r#"{{"request":{{"model":"a/b","messages":[],"trace":{trace}}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"a"}}}}]}}}}"#
        );
        let completion = load::load("t.json", text.as_bytes()).completions.remove(0);
        let mapped = mapping::inspect(&completion, &Edits::none(), &Context::at(0));
        mapped.event().cloned().unwrap()
    };
    grows_with_size(
        "the fields of an event and of its delivery",
        |size| (event(object(size, 1)), event(object(size, 2))),
        |(ours, theirs)| assert_eq!(mapping::between(ours, theirs).len(), 1),
    );
}
