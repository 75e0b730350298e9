//! The diagnostic log of the real program: what it tells, and what never reaches it.

use std::fs;

use super::{Home, completions, run, sink};
use rainscope::delivery::sink::{KeyCheck, SinkOptions};
use rainscope::destination::WriteKey;

const KEY: &str = "rk_never_log_this_0123456789";

/// Sends two completions, one of which carries the key in its trace, with these variables.
async fn sent(home: &Home, variables: &[(&str, &str)]) -> String {
    let leaky = completions(2).replacen(
        r#""model":"a/b","#,
        &format!(r#""model":"a/b","trace":{{"note":"{KEY}"}},"#),
        1,
    );
    let input = home.write("input.ndjson", &leaky);
    let options = SinkOptions {
        keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
        ..SinkOptions::default()
    };
    let (sink, _receipts) = sink(options).await;
    let base_url = sink.base_url().to_string();
    let mut command = home.program(&["send", &input, "--base-url", &base_url]);
    command
        .env("RAINDROP_WRITE_KEY", KEY)
        .envs(variables.iter().copied());
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.err
}

fn log(home: &Home) -> String {
    fs::read_to_string(home.path("state").join("rainscope.log")).unwrap_or_default()
}

#[tokio::test]
async fn tells_of_every_edge_without_keys_and_payload() {
    let home = Home::new();
    sent(&home, &[("RAINSCOPE_LOG", "trace")]).await;
    let log = log(&home);
    for expected in [
        "started version=",
        "loaded from=File",
        "api=Some(Chat) completions=2 problems=0",
        "set setting=\"destination.base_url\" origin=--base-url",
        "destination kind=",
        "key=\"RAINDROP_WRITE_KEY\"",
        "history: queued count=2",
        "method=\"POST\" path=\"/v1/events/track\"",
        "status=200",
        "elapsed=",
        "history: ended count=2",
    ] {
        assert!(log.contains(expected), "{expected:?} is missing:\n{log}");
    }
    for secret in [KEY, "Question", "Answer", "rainscope::payloads"] {
        assert!(!log.contains(secret), "{secret:?} is in the log:\n{log}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = fs::metadata(home.path("state").join("rainscope.log")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn holds_payload_where_it_is_asked_for_but_still_no_key() {
    let home = Home::new();
    let variables = [("RAINSCOPE_LOG", "debug"), ("RAINSCOPE_LOG_PAYLOADS", "1")];
    sent(&home, &variables).await;
    let log = log(&home);
    for expected in ["Question 0", "Answer 1", "rainscope::payloads"] {
        assert!(log.contains(expected), "{expected:?} is missing:\n{log}");
    }
    // The trace of the first one carries the key itself.
    assert!(log.contains("note") && !log.contains(KEY), "{log}");
}

#[tokio::test]
async fn is_written_only_where_it_is_asked_for() {
    for variables in [
        &[][..],
        &[("RAINSCOPE_LOG", "off")],
        &[("RAINSCOPE_LOG_PAYLOADS", "1")],
    ] {
        let home = Home::new();
        let said = sent(&home, variables).await;
        assert_eq!(log(&home), "", "{variables:?}");
        assert!(!said.contains("RAINSCOPE_LOG"), "{said}");
    }
}

#[tokio::test]
async fn trouble_with_the_log_is_told_and_stops_nothing() {
    let home = Home::new();
    let said = sent(&home, &[("RAINSCOPE_LOG", "loud")]).await;
    assert!(
        said.contains("RAINSCOPE_LOG: \"loud\" is no level; it takes error, warn"),
        "{said}"
    );
    let home = Home::new();
    let file = home.write("occupied", "");
    let history_off = ("RAINSCOPE_STATE_DIR", file.as_str());
    let mut command = home.program(&["map", "-"]);
    command.envs([history_off, ("RAINSCOPE_LOG", "debug")]);
    let ran = run(command, &completions(1)).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.err.contains("cannot be written"), "{ran:?}");
    assert!(ran.out.contains("Question 0"), "{ran:?}");
}

#[tokio::test]
async fn files_that_are_read_line_by_line_are_told_once() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(3));
    let mut command = home.program(&["map", &input]);
    command.env("RAINSCOPE_LOG", "debug");
    assert_eq!(run(command, "").await.status, Some(0));
    let log = log(&home);
    assert!(log.contains("read line by line from=File"), "{log}");
    assert!(log.contains("records=3"), "{log}");
}

/// A server tells the key that it was sent before, where it is asked without one.
#[tokio::test]
async fn a_key_is_masked_in_every_answer() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let home = Home::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let body = format!(
                "{{\"service\":\"{KEY}\",\"hex\":\"{}\"}}",
                KEY.to_uppercase()
            );
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    let mut command = home.program(&["test", "--use-key", "--base-url", &url]);
    command
        .env("RAINDROP_WRITE_KEY", KEY)
        .env("RAINSCOPE_LOG", "trace")
        .env("RAINSCOPE_LOG_PAYLOADS", "1");
    run(command, "").await;
    let log = log(&home);
    assert!(log.contains("path=\"/health\""), "{log}");
    assert!(log.contains("••••••"), "{log}");
    assert!(!log.to_lowercase().contains(&KEY.to_lowercase()), "{log}");
}
