//! `test`, `connect` and `config`: only what passed is saved, and everything is told.

use std::fs;

use rainscope::delivery::sink::{KeyCheck, SinkOptions};
use rainscope::destination::WriteKey;

use super::{Home, bundled, run, sink};

const KEY: &str = "rk_right_0123456789";

fn strict() -> SinkOptions {
    SinkOptions {
        keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
        ..SinkOptions::default()
    }
}

#[tokio::test]
async fn only_what_passed_is_saved() {
    let home = Home::new();
    let (sink, _receipts) = sink(strict()).await;
    let base_url = sink.base_url().to_string();
    let arguments = [
        "connect",
        "--base-url",
        &base_url,
        "--project",
        "mine",
        "--default-user",
        "me",
    ];
    let ran = run(home.program(&arguments), "rk_wrong_0123456789\n").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.err.contains("nothing was saved"));
    assert!(!home.path("config").exists());
    let ran = run(home.program(&arguments), &format!("{KEY}\n")).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("passed  POST /v1/traces"), "{ran:?}");
    let config = fs::read_to_string(home.path("config").join("config.toml")).unwrap();
    assert!(config.contains(&base_url) && config.contains("mine") && !config.contains(KEY));
    // From now on no option and no variable is needed.
    let ran = home.run(&["test"]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("project mine, write key: credentials file"),
        "{ran:?}"
    );
    let ran = home.run(&["send"]).await;
    assert!(
        ran.out
            .starts_with(&format!("{} accepted by {base_url}", bundled().0)),
        "{ran:?}"
    );
    let ran = home.run(&["config", "show"]).await;
    assert!(
        ran.out.contains("config.toml:3:12") && ran.out.contains("••••••"),
        "{ran:?}"
    );
    assert!(!ran.out.contains(KEY));
}

#[tokio::test]
async fn a_key_in_a_variable_stays_there() {
    let home = Home::new();
    let (sink, _receipts) = sink(strict()).await;
    let base_url = sink.base_url().to_string();
    let mut command = home.program(&["connect", "--base-url", &base_url]);
    command.env("RAINDROP_WRITE_KEY", KEY);
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ran.err
            .contains("the write key was not saved: RAINDROP_WRITE_KEY"),
        "{ran:?}"
    );
    assert!(!home.path("config").join("credentials.toml").exists());
    let ran = run(Home::new().program(&["connect"]), "").await;
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("neither a write key nor a base URL"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn test_answers_yes_no_or_cannot() {
    let home = Home::new();
    let table: [(&[&str], i32, &str); 4] = [
        (&["test"], 0, "The connection works."),
        (
            &["test", "--base-url", "http://127.0.0.1:1"],
            1,
            "Nothing listens at 127.0.0.1:1.",
        ),
        (
            &[
                "test",
                "--base-url",
                "http://127.0.0.1:1",
                "--format",
                "json",
            ],
            1,
            r#""passed":false"#,
        ),
        (&["test", "--base-url", "https://a.test"], 2, ""),
    ];
    for (arguments, status, says) in table {
        let ran = home.run(arguments).await;
        assert_eq!(ran.status, Some(status), "{ran:?}");
        assert!(ran.out.contains(says), "{ran:?}");
    }
}

/// What refused is the proxy, and nothing is known of the server behind it.
#[tokio::test]
async fn a_proxy_that_does_not_answer_is_what_is_named() {
    let home = Home::new();
    let mut command = home.program(&["test", "--base-url", "https://a.test", "--use-key"]);
    command.env("HTTPS_PROXY", "http://ada:pw-of-ada@127.0.0.1:1");
    command.env("RAINDROP_WRITE_KEY", KEY);
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let says = "The proxy 127.0.0.1:1 does not lead to a.test: ";
    assert!(ran.out.contains(says), "{ran:?}");
    assert!(!ran.out.contains("pw-of-ada"), "{ran:?}");
}

#[tokio::test]
async fn mistakes_in_the_settings() {
    let home = Home::new();
    let file = home.write(
        "c.toml",
        "[destination]\nprivat = true\n[send]\nbatch = 0\n[layout]\nlist = 30\nwidth = 9\n",
    );
    let ran = home.run(&["send", "--config", &file]).await;
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err
            .contains("c.toml:2:1: unknown key `privat`; did you mean `privacy`?"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("c.toml:4:9: send.batch: expected a whole number from 1 to 50"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("c.toml:7:1: unknown key `width`; there are list, event"),
        "{ran:?}"
    );
    let ran = home.run(&["config", "show", "--config", &file]).await;
    assert_eq!(ran.status, Some(2));
    let line = ran.out.lines().find(|line| line.starts_with("layout.list"));
    assert!(line.is_some_and(|line| line.contains(" 30 ") && line.contains("c.toml:6:8")));
    assert!(
        ran.out.contains("destination.privacy"),
        "the rest is shown all the same"
    );
    let ran = home.run(&["config", "path", "--config", &file]).await;
    assert_eq!(ran.status, Some(0));
    assert!(ran.out.contains(&file), "{ran:?}");
    assert!(ran.out.contains("layout.toml  (not there)"), "{ran:?}");
}

#[tokio::test]
async fn a_variable_with_the_base_url_serves_every_command() {
    let home = Home::new();
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    for command in ["test", "send"] {
        let mut program = home.program(&[command]);
        program.env("RAINSCOPE_BASE_URL", &base_url);
        let ran = run(program, "").await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.out.contains(&base_url), "{ran:?}");
    }
}
