//! A send that is killed, and resumed: the sink has every event in the end, and none of them twice
//! with different content.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use rainscope::delivery::sink::SinkOptions;

use super::{Home, completions, lines, sink, within};

const EVENTS: usize = 2_000;

#[tokio::test]
async fn a_killed_send_is_resumed() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(EVENTS));
    let store = home.path("store.ndjson");
    let options = SinkOptions {
        store: Some(store.clone()),
        delay: Duration::from_millis(2),
        ..SinkOptions::default()
    };
    let (sink, mut receipts) = sink(options).await;
    let base_url = sink.base_url().to_string();
    let arguments = [
        "send",
        "--base-url",
        &base_url,
        "--resume",
        "--batch",
        "10",
        &input,
    ];
    // Killed again and again, each time a little further on.
    for requests in [1, 20, 57] {
        let mut command = tokio::process::Command::from(home.program(&arguments));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        for _ in 0..requests {
            within(receipts.recv()).await.unwrap();
        }
        child.start_kill().unwrap();
        let status = within(child.wait()).await.unwrap();
        assert_eq!(
            status.code(),
            None,
            "it was killed in the middle of its work"
        );
    }
    let ran = home.run(&arguments).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let mut contents: HashMap<String, String> = HashMap::new();
    for line in lines(&store) {
        let id = line["event"]["event_id"].as_str().unwrap().to_owned();
        let content = line["event"].to_string();
        let before = contents.entry(id).or_insert_with(|| content.clone());
        assert_eq!(*before, content, "one id, one content");
    }
    assert_eq!(contents.len(), EVENTS);
    let state = std::fs::read_dir(home.path("state")).unwrap();
    assert!(
        state.count() <= 4,
        "a killed program leaves one small file, for a minute"
    );
    // Now the history knows them all, or the file as a whole, if it was some moments old when it was read.
    let stored = lines(&store).len();
    let ran = home.run(&arguments).await;
    assert_eq!(ran.status, Some(0));
    let known = ["2,000 accepted before", "1 file passed over"];
    assert!(known.iter().any(|says| ran.out.contains(says)), "{ran:?}");
    assert_eq!(lines(&store).len(), stored, "nothing is sent twice");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_cleanly() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(EVENTS));
    let options = SinkOptions {
        delay: Duration::from_millis(5),
        ..SinkOptions::default()
    };
    let (sink, mut receipts) = sink(options).await;
    let base_url = sink.base_url().to_string();
    for signal in ["-INT", "-TERM"] {
        let mut command = tokio::process::Command::from(home.program(&[
            "send",
            "--base-url",
            &base_url,
            "--batch",
            "5",
            &input,
        ]));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        within(receipts.recv()).await.unwrap();
        let id = child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args([signal, &id])
            .status();
        assert!(within(sent).await.unwrap().success());
        let ran: super::Ran = within(child.wait_with_output()).await.unwrap().into();
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.out.contains("not tried"), "{ran:?}");
        assert!(
            ran.err.contains("stopped as asked; --resume goes on"),
            "{ran:?}"
        );
        while receipts.try_recv().is_ok() {}
    }
    let history =
        rainscope::delivery::history::History::open(&home.path("state").join("history.db"))
            .unwrap();
    assert!(
        history.pending().unwrap().is_empty(),
        "everything that was begun has ended"
    );
}
