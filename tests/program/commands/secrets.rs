//! The write key is in the credentials file and nowhere else: not in the history, the settings, a
//! result, an error, a help text, even where servers echo it and where it stands in the wrong place.

use std::fs;
use std::path::Path;

use rainscope::delivery::sink::{KeyCheck, SinkOptions};
use rainscope::destination::WriteKey;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Home, completions, run, sink};

const KEY: &str = "rk_never_show_this_0123456789";

/// Answers everything with 400 and the request itself, `Authorization` and all.
async fn echo() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap_or_default();
            let body = String::from_utf8_lossy(&head[..length]).into_owned();
            let is_health = body.starts_with("GET /health ");
            assert_eq!(
                body.contains(KEY),
                !is_health,
                "the key goes to where it belongs"
            );
            let answer = format!(
                "HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (base_url, serving)
}

/// Files below a folder that hold the key.
fn holders(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holders(&path, found);
        } else if memchr::memmem::find(&fs::read(&path).unwrap(), KEY.as_bytes()).is_some() {
            found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[tokio::test]
async fn the_write_key_is_in_one_file_alone() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(3));
    let store = home.path("store.ndjson");
    let options = SinkOptions {
        keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
        store: Some(store.clone()),
        ..SinkOptions::default()
    };
    let (sink, mut receipts) = sink(options).await;
    let (echo, serving) = echo().await;
    let right = sink.base_url().to_string();
    let nobody = "http://127.0.0.1:1";
    let mut said = String::new();
    // Saved first, so that all that follows could take it from there as well.
    let saved = run(
        home.program(&["connect", "--base-url", &right]),
        &format!("{KEY}\n"),
    )
    .await;
    assert_eq!(saved.status, Some(0), "{saved:?}");
    said.push_str(&format!("{saved:?}"));
    let commands: Vec<Vec<&str>> = vec![
        vec!["send", &input],
        vec!["send", &input, "--format", "json", "--base-url", &echo],
        vec!["send", &input, "--base-url", &echo, "--batch", "1"],
        vec!["send", &input, "--base-url", nobody],
        vec!["send", &input, "--resume", "--dry-run"],
        vec!["send", &input, "--base-url", "http://elsewhere.test"],
        vec!["test"],
        vec!["test", "--base-url", &echo],
        vec!["test", "--base-url", &echo, "--format", "json"],
        vec!["connect", "--base-url", &echo],
        vec!["config", "show"],
        vec!["config", "show", "--format", "json"],
        vec!["config", "path"],
        vec!["map", &input],
        vec!["sink", "--help"],
        vec!["send", "--help"],
        vec!["sink", "--listen", "192.0.2.1:1"],
    ];
    for arguments in commands {
        let mut command = home.program(&arguments);
        command
            .env("RAINDROP_WRITE_KEY", KEY)
            .env("RAINSCOPE_LOG", "trace")
            .env("RAINSCOPE_LOG_PAYLOADS", "1")
            .env("RAINSCOPE_SINK_KEY", KEY);
        let ran = run(command, "").await;
        said.push_str(&format!("{arguments:?}: {ran:?}\n"));
    }
    // In the wrong place.
    let broken = home.path("config").join("config.toml");
    let kept = fs::read_to_string(&broken).unwrap();
    for wrong in [
        "[destination]\nwrite_key = 'K'\n",
        "[destination]\nproject = 'K K'\n",
        "[destination]\nkind = 'K'\n",
        "[destination\nK",
        "x = 'K",
        "[destination]\nbase_url = 'https://K@a.test'\n",
    ] {
        fs::write(&broken, wrong.replace('K', KEY)).unwrap();
        let ran = home.run(&["config", "show"]).await;
        assert_eq!(ran.status, Some(2), "{wrong}: {ran:?}");
        said.push_str(&format!("{ran:?}\n"));
    }
    fs::write(&broken, kept).unwrap();
    for variable in [
        "RAINSCOPE_BASE_URL",
        "RAINSCOPE_PROJECT",
        "RAINSCOPE_KIND",
        "RAINSCOPE_BATCH",
    ] {
        let mut command = home.program(&["send", &input]);
        command.env(variable, format!("{KEY} x"));
        said.push_str(&format!("{:?}\n", run(command, "").await));
    }
    let mut command = home.program(&["send", &input]);
    command.env("RAINDROP_WRITE_KEY", format!("Bearer {KEY}"));
    said.push_str(&format!("{:?}\n", run(command, "").await));
    let at = said.find(KEY).map(|at| {
        said[at.saturating_sub(300)..]
            .chars()
            .take(400)
            .collect::<String>()
    });
    assert_eq!(at, None, "a command shows the key");
    while let Ok(receipt) = receipts.try_recv() {
        assert!(!format!("{receipt:?}").contains(KEY));
    }
    assert!(
        !serving.is_finished(),
        "the echoing server saw the key each time"
    );
    let mut found = Vec::new();
    holders(home.0.path(), &mut found);
    assert_eq!(found, ["credentials.toml"]);
    assert!(home.path("state").join("history.db").exists() && store.exists());
    let log = fs::read_to_string(home.path("state").join("rainscope.log")).unwrap();
    assert!(log.contains("Question 0"), "it held the payload: {log}");
}
