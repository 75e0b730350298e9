//! A copied curl command, run by a real shell: a stand-in for curl writes down what it was given.

use std::process::Command;

use rainscope::event::DestinationKind;
use rainscope::event::wire::{Route, WireRequest};
use rainscope::prepare::Endpoint;
use rainscope::share::curl;

/// The words that curl gets of the command, in a folder of its own.
fn words(body: &str, project: &str) -> Vec<String> {
    let endpoint = Endpoint {
        kind: DestinationKind::Raindrop,
        base_url: "https://api.raindrop.ai".to_owned(),
        project: project.to_owned(),
    };
    let request = WireRequest {
        route: Route::Track,
        event_id: "e".to_owned(),
        body: body.as_bytes().into(),
    };
    // What comes on standard input stands for the word that asks for it.
    let stand_in = r#"curl() { for word; do case "$word" in @-) cat; printf '\0';; *) printf '%s\0' "$word";; esac; done; }"#;
    let command = curl::command(&endpoint, &request);
    let longest = command
        .split('\n')
        .filter(|line| !line.starts_with("printf "));
    assert!(longest.map(str::len).all(|length| length < 128 << 10));
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&script, format!("{stand_in}\n{command}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("sh")
        .arg(script.path())
        .env("RAINDROP_WRITE_KEY", "rk_of_the_shell")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    let made = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 0, "something of the body was run");
    let text = String::from_utf8(ran.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_shell_gives_curl_the_very_bytes() {
    for body in [
        r#"[{"input":"it's $HOME"}]"#,
        r#"["$(touch owned) `touch owned` \\ \" ; touch owned # 'x' ''"]"#,
        "[\"'; touch owned; '\"]",
        "[\n  \"two lines\"\n]\n",
        r#"["天气 👩‍💻 !history ~ * ? \u0000"]"#,
        // More than a program takes for one word.
        &format!(r#"[{{"input":"{}"}}]"#, "it's $HOME ".repeat(20_000)),
    ] {
        let words = words(body, "mine");
        assert_eq!(words.last().map(String::as_str), Some(body));
        assert!(words.contains(&"https://api.raindrop.ai/v1/events/track".to_owned()));
        assert!(words.contains(&"X-Raindrop-Project-Id: mine".to_owned()));
        // The shell puts the key in where the command is run.
        assert!(words.contains(&"Authorization: Bearer rk_of_the_shell".to_owned()));
    }
}
