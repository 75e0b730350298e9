//! The story of `listen -- COMMAND`: an app's call is watched while it streams, its event is seen, a trace key is added,
//! and the event is sent to the built-in sink.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};

use rainscope::delivery::history::History;
use rustix::process::Signal;

use crate::WIDE;
use crate::terminal::Terminal;

/// Tells the test below that it is to be the app.
const APP: &str = "RAINSCOPE_TEST_APP";
const KEY: &str = "sk-or-v1-never-shown-0123456789";

/// The app of the story: it makes one streamed call to wherever its variable leads and prints the answer. A machine need
/// not have curl, so it is this very binary.
#[test]
fn is_the_app() {
    if std::env::var_os(APP).is_none() {
        return;
    }
    let base = std::env::var("OPENROUTER_BASE_URL").unwrap();
    let (authority, path) = base
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .unwrap();
    let body = r#"{"model":"openai/gpt-4o-mini","stream":true,"user":"ada","messages":[{"role":"user","content":"Say hello"}]}"#;
    let mut stream = TcpStream::connect(authority).unwrap();
    let request = format!(
        "POST /{path}/chat/completions HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    println!("the app read {}", answer.contains("[DONE]"));
}

/// A server in place of OpenRouter: it answers one call with a stream, a piece each time that it is told to go on.
fn openrouter() -> (String, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (go_on, told) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let is_end = |line: &str| line.is_empty();
        while !lines.next().unwrap().is_ok_and(|line| is_end(&line)) {}
        let chunk = |text: &str, end: &str| {
            format!(
                "data: {{\"id\":\"gen-1780662787-A\",\"model\":\"openai/gpt-4o-mini\",\"provider\":\"OpenAI\",\
                 \"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{end}}}]}}\n\n"
            )
        };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: OPENROUTER PROCESSING\n\n";
        let pieces = [
            head.to_owned() + &chunk("Guten ", "null"),
            chunk("Tag, Ada", "null"),
            chunk("", "\"stop\"") + "data: [DONE]\n\n",
        ];
        for piece in pieces {
            stream.write_all(piece.as_bytes()).unwrap();
            if told.recv().is_err() {
                return;
            }
        }
    });
    (url, go_on)
}

/// While another program holds the history, an event that is forwarded waits for it. Whoever leaves then is told that no
/// history has it.
#[test]
fn an_event_that_no_history_has_is_not_said_to_be_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(&path).unwrap());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (url, go_on) = openrouter();
    let sink = crate::kept::sink();
    let base_url = sink.base_url.clone();
    let app = std::env::current_exe().unwrap();
    let listen = ["listen", "--listen", "127.0.0.1:0", "--upstream", &url];
    let forward = ["--forward", "--use-key", "--base-url", &base_url, "--"];
    let command = [app.to_str().unwrap(), "--exact", "listening::is_the_app"];
    let variables = [
        (APP, "1"),
        ("RAINDROP_WRITE_KEY", crate::kept::KEY),
        ("RAINSCOPE_STATE_DIR", folder.path().to_str().unwrap()),
    ];
    let arguments = [&listen[..], &forward, &command].concat();
    let mut terminal = Terminal::start(&arguments, &variables, WIDE);
    terminal.wait_for("Guten");
    go_on.send(()).unwrap();
    go_on.send(()).unwrap();
    drop(go_on);
    terminal.wait("the measured duration", |terminal| {
        !terminal.line_with("duration_ms").is_empty()
    });
    terminal.signal(Signal::TERM);
    terminal.end_restored();
    let text = terminal.text();
    assert!(
        text.contains("1 not answered, and no history has it"),
        "{text}"
    );
    drop(other);
    let kept = History::open(&path).unwrap().pending().unwrap();
    assert!(kept.is_empty(), "{kept:?}");
}

/// The inspector beside a command that it started, whose calls go on to a server.
fn beside(command: &[&str], upstream: &str, variables: &[(&str, &str)]) -> Terminal {
    let listen = ["listen", "--listen", "127.0.0.1:0", "--upstream", upstream];
    let arguments = [&listen, &["--"][..], command].concat();
    Terminal::start(&arguments, variables, WIDE)
}

#[test]
fn a_call_is_watched_edited_and_sent() {
    let (url, go_on) = openrouter();
    let app = std::env::current_exe().unwrap();
    let command = [
        app.to_str().unwrap(),
        "--exact",
        "listening::is_the_app",
        "--nocapture",
    ];
    let mut terminal = beside(&command, &url, &[(APP, "1")]);
    // It is there while it streams, with what there is of its event.
    terminal
        .wait_for("openai/gpt-4o-mini")
        .wait_for("Guten")
        .wait("the event so far", |terminal| {
            terminal.line_with("user_id").contains("ada")
        });
    assert!(!terminal.text().contains("Tag, Ada"));
    go_on.send(()).unwrap();
    terminal.wait_for("Guten Tag, Ada");
    go_on.send(()).unwrap();
    drop(go_on);
    terminal.wait_for("the command ended with status 0");
    terminal.wait("the measured duration", |terminal| {
        !terminal.line_with("duration_ms").is_empty()
    });
    #[cfg(target_os = "linux")]
    assert!(
        crate::life::is_quiet(&mut terminal),
        "it wakes up all the time"
    );
    // What the command wrote.
    terminal.press("$").wait_for("the app read true");
    terminal.press("esc").wait_without("the app read true");
    terminal
        .press("a type:\"team\" enter type:\"search\" enter")
        .wait_for("/properties/team added");
    terminal.press("s").wait_for("accepted by");
    terminal.press("esc").wait_without("accepted by");
    terminal.press("i").wait_for("valid").press("enter");
    terminal.wait_for("Guten Tag, Ada").wait_for("search");
    terminal.press("esc esc q").wait_for("Leave rainscope?");
    terminal.press("enter");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}

/// The command has nothing to read; the inspector stays open when it ends, and its status is the program's.
#[test]
fn the_inspector_outlives_the_command_and_returns_its_status() {
    let script = "read -r line; echo \"read ended with $?\"; exit 7";
    let mut terminal = beside(&["sh", "-c", script], "http://127.0.0.1:1", &[]);
    terminal.wait_for("the command ended with status 7");
    terminal.press("$").wait_for("read ended with 1");
    terminal.press("esc").wait_without("read ended with 1");
    terminal.press("q");
    assert_eq!(terminal.end_restored().exit_code(), 7);
}

/// The command has no terminal of its own that it could take keys from, nor leave as it likes; what it started ends with it.
#[test]
fn the_command_takes_no_keys() {
    let script = "(read -r line </dev/tty && echo took \"$line\") 2>&1; stty raw </dev/tty 2>/dev/null || echo left alone; \
                  printf '\\033[2Jdrawn over' >/dev/tty; sleep 1000 & echo \"sleeps as $!\"; wait";
    let mut terminal = beside(&["sh", "-c", script], "http://127.0.0.1:1", &[]);
    terminal.wait_for("Listening at");
    // Each key goes to the inspector.
    for _ in 0..3 {
        terminal.press("$").wait_for("left alone");
        terminal.press("esc").wait_without("left alone");
    }
    terminal.press("$").wait_for("sleeps as");
    let text = terminal.text();
    assert!(!text.contains("took"), "{text}");
    assert!(!text.contains("drawn over"), "{text}");
    let sleeper = sleeper(&terminal);
    terminal.press("esc").wait_without("sleeps as");
    terminal.press("q");
    terminal.wait_for("Leave rainscope?");
    terminal.press("enter");
    terminal.end_restored();
    ends(&sleeper);
}

/// What the command leaves running does not hide that the command has ended, nor with which status, and is ended.
#[test]
fn what_the_command_leaves_running_is_ended() {
    let script = "sleep 1000 & echo \"sleeps as $!\"; exit 3";
    let mut terminal = beside(&["sh", "-c", script], "http://127.0.0.1:1", &[]);
    terminal.wait_for("the command ended with status 3");
    terminal.press("$").wait_for("sleeps as");
    let sleeper = sleeper(&terminal);
    terminal.press("esc").wait_without("sleeps as");
    terminal.press("q");
    assert_eq!(terminal.end_restored().exit_code(), 3);
    ends(&sleeper);
}

/// The number of the process that the command says it started.
fn sleeper(terminal: &Terminal) -> String {
    let line = terminal.line_with("sleeps as");
    let (_, number) = line.split_once("sleeps as ").unwrap();
    number.chars().take_while(char::is_ascii_digit).collect()
}

/// Fails where a process is left running.
fn ends(number: &str) {
    let lives = std::path::Path::new("/proc").join(number);
    let ended = std::time::Instant::now();
    while cfg!(target_os = "linux") && lives.exists() && is_no_zombie(&lives) {
        assert!(ended.elapsed().as_secs() < 20, "it is left running");
        std::thread::yield_now();
    }
}

/// Whether a process runs, rather than waits for whoever asks how it ended.
fn is_no_zombie(process: &std::path::Path) -> bool {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    !stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .trim()
        .starts_with('Z')
}

/// Without the inspector the command keeps the terminal, and a terminal that it left behind as it was using it is put
/// right.
#[test]
fn the_terminal_is_put_right_behind_the_command() {
    let program = env!("CARGO_BIN_EXE_rainscope");
    let script = format!(
        "{program} listen --no-tui --events /dev/null --listen 127.0.0.1:0 -- sh -c 'read -r line; echo \"got $line\"; stty -echo raw'; \
         stty -a | tr ' ;' '\\n\\n' | grep -x -e '-*echo' -e '-*icanon'; echo ALL DONE"
    );
    let mut terminal = Terminal::within_a_shell(&script, WIDE);
    terminal.wait_for("listens at");
    terminal.press("type:\"hello\" enter");
    terminal.wait_for("got hello").wait_for("ALL DONE");
    let text = terminal.text();
    let has = |mode: &str| text.lines().any(|line| line.trim() == mode);
    assert!(has("echo") && has("icanon"), "{text}");
}

/// A question that the program asks before it listens is ended by the first signal, and the terminal is as it was.
#[test]
fn the_question_before_forwarding_is_ended_by_one_signal() {
    let base_url = "https://raindrop.invalid";
    let forward = ["--forward", "--use-key", "--base-url", base_url];
    let arguments = [
        &["listen", "--no-tui", "--listen", "127.0.0.1:0"][..],
        &forward,
    ]
    .concat();
    let variables = [("RAINDROP_WRITE_KEY", crate::kept::KEY)];
    for signal in [Signal::INT, Signal::TERM] {
        let mut terminal = Terminal::start(&arguments, &variables, WIDE);
        terminal.wait_for("Forward each event to");
        terminal.signal(signal);
        assert!(!terminal.end_restored().success());
        assert!(!terminal.text().contains("rainscope listens at"));
    }
}
