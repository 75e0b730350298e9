//! For a Raindrop Workshop: the panel, the history and the copied command show what its socket received, and no
//! key is in any of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::stand_in::{Health, StandIn};
use crate::terminal::Terminal;
use crate::{WIDE, with_key};

const KEY: &str = "rk_of_the_cloud_0123456789";

/// What was put on the clipboard last.
fn clipboard(terminal: &Terminal) -> Option<String> {
    let written = String::from_utf8_lossy(&terminal.written).into_owned();
    let (_, rest) = written.rsplit_once("\u{1b}]52;c;")?;
    let text = rest.split(['\u{7}', '\u{1b}']).next()?;
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// The body and the headers that a copied command sends.
fn sends(command: &str) -> (String, Vec<String>) {
    let words = shell_words(command);
    let after = |option: &str| {
        let values = words.windows(2).filter(|pair| pair[0] == option);
        values.map(|pair| pair[1].clone()).collect::<Vec<_>>()
    };
    (after("--data-binary").remove(0), after("-H"))
}

/// The words of a command for a shell.
fn shell_words(command: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {command}");
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env("RAINDROP_WRITE_KEY", KEY)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split('\0').map(str::to_owned).collect()
}

#[test]
fn all_that_is_shown_is_what_its_socket_received() {
    let server = StandIn::start(Health::Workshop);
    let mut terminal = with_key(&server.url, KEY);
    terminal.wait_for("Raindrop Workshop");
    terminal
        .press("s")
        .wait_for("accepted by the Raindrop Workshop");
    let received = server.posted().remove(0);
    assert_eq!(received.path(), "/v1/events/track_partial");
    let shows_it = |terminal: &Terminal| {
        let text = terminal.text();
        assert!(
            text.contains(&format!("POST {}{}", server.url, received.path())),
            "{text}"
        );
        assert!(!text.contains("Authorization"), "{text}");
        let event: serde_json::Value = serde_json::from_str(&received.body).unwrap();
        let id = event["event_id"].as_str().unwrap();
        assert!(text.contains(id), "{text}");
    };
    shows_it(&terminal);
    // The command carries the very body, with the id that is shown, and no key.
    let copied = |terminal: &mut Terminal| {
        terminal.press("C").wait_for("sent a curl command");
        let command = clipboard(terminal).unwrap();
        assert!(
            command.contains(&format!("{}{}", server.url, received.path())),
            "{command}"
        );
        assert!(!command.contains("KEY"), "{command}");
        let (body, headers) = sends(&command);
        assert_eq!(body, received.body);
        for header in headers {
            let (name, value) = header.split_once(": ").unwrap();
            assert_eq!(received.header(name), Some(value), "{header}");
        }
    };
    copied(&mut terminal);
    terminal.press("esc H").wait_for("accepted").press("enter");
    terminal.wait_for("track_partial").wait_for("body, ");
    shows_it(&terminal);
    terminal.press("C");
    terminal.press("esc esc q");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
    for request in server.received() {
        assert_eq!(request.header("authorization"), None, "{}", request.head);
    }
}

/// The command that prints the key may ask a person for a password: it is not run for a Workshop, which gets no key.
#[test]
fn no_key_is_fetched_for_a_workshop() {
    for (health, is_run) in [(Health::Workshop, false), (Health::Other, true)] {
        let server = StandIn::start(health);
        let folder = tempfile::tempdir().unwrap();
        let ran = folder.path().join("ran");
        let settings = format!(
            "[destination]\nbase_url = {:?}\nwrite_key_command = [\"sh\", \"-c\", \"touch '{}'; echo {KEY}\"]\n",
            server.url,
            ran.display()
        );
        std::fs::write(folder.path().join("config.toml"), settings).unwrap();
        let folder = folder.path().to_str().unwrap();
        let mut terminal = Terminal::start(&[], &[("RAINSCOPE_CONFIG_DIR", folder)], WIDE);
        terminal.wait_for("Time check");
        assert_eq!(ran.exists(), is_run);
        terminal.press("q");
        assert!(terminal.end_restored().success());
        terminal.never_wrote(KEY);
    }
}

#[test]
fn asks_before_a_key_goes_to_another_server() {
    let environment = [("RAINDROP_WRITE_KEY", KEY)];
    let elsewhere = ["--base-url", "https://elsewhere.invalid"];
    let mut terminal = Terminal::start(&elsewhere, &environment, WIDE);
    terminal
        .wait_for("Time check")
        .wait_for("elsewhere.invalid");
    terminal
        .press("s")
        .wait_for("not sent yet")
        .wait_for("It gives away a key: the write key from RAINDROP_WRITE_KEY");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}
