//! `rainscope gen-…`: a generation is fetched while the inspector is open already, and looked at like any sample.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::WIDE;
use crate::terminal::Terminal;

const KEY: &str = "sk-or-v1-never-shown-0123456789";
const RECORD: &str = r#"{"data":{"id":"gen-1780662787-A","model":"a/b","generation_time":20,"native_tokens_prompt":5,"total_cost":0.5,"external_user":"ada"}}"#;
const CONTENT: &str =
    r#"{"data":{"input":{"prompt":"From the log"},"output":{"completion":"Kept."}}}"#;

/// A server in place of OpenRouter that has no record at first. `base` is where its API begins.
fn openrouter(base: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let absent = ("404 Not Found", r#"{"error":{"code":404}}"#);
        let answers = [absent, ("200 OK", RECORD), ("200 OK", CONTENT)];
        for ((status, body), stream) in answers.into_iter().zip(listener.incoming()) {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let is_asked = format!("GET {base}/v1/generation");
            for (number, line) in lines.map_while(Result::ok).enumerate() {
                assert!(number > 0 || line.starts_with(&is_asked), "{line}");
                if line.is_empty() {
                    break;
                }
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn an_id_opens_the_generation_once_its_record_is_there() {
    let url = openrouter("");
    let environment = [
        ("OPENROUTER_API_KEY", KEY),
        ("RAINSCOPE_OPENROUTER_URL", url.as_str()),
    ];
    let mut terminal = Terminal::start(&["gen-1780662787-A"], &environment, WIDE);
    terminal
        .wait_for("no record yet; asking again")
        .wait_for("From the log")
        .wait("cost and user", |terminal| {
            terminal.line_with("total_cost").contains("0.5")
                && terminal.line_with("user_id").contains("ada")
        });
    terminal.press("q");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}

#[test]
fn what_could_not_be_fetched_is_among_the_problems() {
    let mut terminal = Terminal::start(&["gen-1780662787-A"], &[], WIDE);
    terminal
        .press("wait:\"rainscope\" !")
        .wait_for("OPENROUTER_API_KEY is not set");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

/// While listening, what is fetched comes from where the app's calls go; another server that a variable names is not
/// asked.
#[test]
fn a_listener_fetches_from_its_upstream() {
    let url = openrouter("/api");
    let environment = [
        ("OPENROUTER_API_KEY", KEY),
        ("RAINSCOPE_OPENROUTER_URL", "http://127.0.0.1:1"),
    ];
    let arguments = ["listen", "--listen", "127.0.0.1:0", "--upstream", &url];
    let mut terminal = Terminal::start(&arguments, &environment, WIDE);
    // Not the "live" of "deliveries": that line is printed before the terminal is taken over, and an Enter that comes
    // so early is read as a line feed.
    terminal.wait_for("● live");
    let server = url.trim_start_matches("http://");
    terminal
        .press("type:\":\" type:\"fetch\" enter")
        .wait_for(&format!("It is read from {server}"));
    terminal
        .press("type:\"gen-1780662787-A\" enter")
        .wait_for("a new sample, at the end of the list");
    terminal.press("esc").wait_for("From the log").press("q");
    // What was answered is in no file.
    terminal.wait_for("Leave rainscope?").press("enter");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}
