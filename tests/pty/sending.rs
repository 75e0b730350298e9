//! Test traces from the real program to its own sink, and to one that wants a certain key.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use rainscope::delivery::history::History;
use rustix::process::Signal;

use crate::kept::{self, KEY};
use crate::terminal::Terminal;
use crate::{WIDE, started, with_key};

/// Unconfigured, test traces go to the program's own sink on loopback: no account, no network.
#[test]
fn sends_to_its_own_sink_and_shows_what_arrived() {
    let mut terminal = started();
    terminal
        .press("s")
        .wait_for("accepted by the local sink")
        .wait_for("1 received");
    terminal
        .press("i")
        .wait_for("Sink inbox")
        .wait_for("valid")
        .wait_for("events/track");
    terminal.press("esc").wait_without("Sink inbox");
    terminal
        .press("p s")
        .wait_for("2 received")
        .wait_for("accepted by the local sink");
    terminal.press("i").wait_for("events/track_partial");
}

#[test]
fn the_log_tells_what_was_done_and_not_with_what() {
    let sink = kept::sink();
    let environment = [("RAINDROP_WRITE_KEY", KEY), ("RAINSCOPE_LOG", "debug")];
    let mut terminal = Terminal::start(&["--base-url", &sink.base_url], &environment, WIDE);
    terminal
        .wait_for("Time check")
        .press("y s")
        .wait_for("accepted by");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
    let log = terminal.log();
    for expected in ["effect=Copy", "effect=Send", "status=200", "effect=Quit"] {
        assert!(log.contains(expected), "{expected:?} is missing:\n{log}");
    }
    for secret in [KEY, "What time", "half past"] {
        assert!(!log.contains(secret), "{secret:?} is in the log:\n{log}");
    }
}

#[test]
fn sends_on_this_machine_at_once_and_never_shows_the_key() {
    let sink = kept::sink();
    let mut terminal = with_key(&sink.base_url, KEY);
    terminal.press("s").wait_for("accepted by");
    terminal.press("G g C ? esc : esc");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}

/// A server that takes connections and never answers keeps neither the screen nor the keys waiting.
#[test]
fn a_destination_that_never_answers_keeps_nothing_waiting() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let environment = [("RAINDROP_WRITE_KEY", "rk_of_nobody")];
    let mut terminal = Terminal::start(&["--base-url", &url], &environment, WIDE);
    terminal
        .wait_for(super::place_of(&url))
        .press("p")
        .wait_for("PRIVACY ON");
    terminal
        .press("s")
        .wait_for("has not said yet what it is: this is sent once it has");
    terminal.press("esc").wait_for("not sent");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

/// A server that says what it is not, and never answers an event; each that comes is told.
fn without_answers() -> (String, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap_or_default();
            match head[..length].starts_with(b"POST") {
                true => _ = tell.send(stream),
                false => {
                    let answer =
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    let _ = stream.write_all(answer);
                }
            }
        }
    });
    (url, told)
}

/// While another program holds the history, a test trace waits for it. Whoever is ended then is told that it was not sent
/// and that no history has it; of one that nobody answers, that the history has it.
#[test]
fn what_was_not_answered_is_told_at_the_end() {
    let (url, came) = without_answers();
    for is_held in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        drop(History::open(&path).unwrap());
        let other = rusqlite::Connection::open(&path).unwrap();
        if is_held {
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
        }
        let variables = [
            ("RAINDROP_WRITE_KEY", KEY),
            ("RAINSCOPE_STATE_DIR", folder.path().to_str().unwrap()),
        ];
        let mut terminal = Terminal::start(&["--base-url", &url], &variables, WIDE);
        terminal
            .wait_for("Time check")
            .press("s")
            .wait_for("sending to");
        let event = (!is_held).then(|| came.recv().unwrap());
        terminal.signal(Signal::TERM);
        terminal.end_restored();
        let text = terminal.text();
        let expected = match is_held {
            true => "1 not answered, and no history has it",
            false => "1 not answered: in the history, and offered again",
        };
        assert!(text.contains(expected), "{text}");
        drop((other, event));
        let kept = History::open(&path).unwrap().pending().unwrap();
        assert_eq!(kept.len(), usize::from(!is_held), "{kept:?}");
    }
}
