//! The connection test: which requests it makes, what passes, and that only what passed is verified.

use rainscope::delivery::{
    connect::{self, ConnectionTest},
    sink::{Sink, SinkOptions},
};
use rainscope::destination::Destination;

use super::{
    KEY, base, hasty, patient, raindrop,
    server::{Play, Server, answer},
    within,
};

async fn test(script: Vec<Play>) -> (ConnectionTest, Server) {
    let server = Server::start(script).await;
    let test = within(connect::test(&hasty(), raindrop(&server.url), |_| {})).await;
    (test, server)
}

#[tokio::test]
async fn what_passes() {
    let ok = || answer("200 OK", "", "{}");
    let fails = |status| answer(status, "", r#"{"error":"why"}"#);
    let table: Vec<(Vec<Play>, usize, Result<(), &str>)> = vec![
        (vec![ok()], 1, Ok(())),
        (
            vec![fails("401 No")],
            1,
            Err("The write key was refused (401): why"),
        ),
        (vec![fails("403 No")], 1, Err("(403): why")),
        (vec![fails("404 Where"), ok()], 2, Ok(())),
        (
            vec![fails("500 Oh"), answer("204 No Content", "", "")],
            2,
            Ok(()),
        ),
        (
            vec![fails("404 Where"), fails("404 Where")],
            2,
            Err("(404): why"),
        ),
        (
            vec![fails("404 Where"), fails("401 No")],
            2,
            Err("The write key was refused"),
        ),
        (
            vec![fails("302 There"), fails("302 There")],
            2,
            Err("another address"),
        ),
        (vec![Play::Hang], 1, Err("did not answer within")),
        (vec![Play::Cut(String::new())], 1, Err("broke")),
    ];
    for (script, steps, expected) in table {
        let (test, mut server) = test(script.clone()).await;
        assert_eq!(test.steps.len(), steps, "{script:?}");
        assert_eq!(server.rest().len(), steps, "{script:?}");
        match (&test.result, expected) {
            (Ok(verified), Ok(())) => {
                assert_eq!(*verified.destination(), raindrop(&server.url));
                assert!(test.steps.last().is_some_and(|step| step.passed));
            }
            (Err(failed), Err(words)) => {
                assert!(failed.says.contains(words), "{failed:?}");
                assert!(!failed.help.is_empty());
            }
            _ => assert_eq!(
                test.result.is_ok(),
                expected.is_ok(),
                "{script:?}: {test:?}"
            ),
        }
        assert!(!format!("{test:?}").contains(KEY));
    }
}

#[tokio::test]
async fn what_it_asks() {
    let (_, mut server) = test(vec![answer("404 Where", "", ""), answer("200 OK", "", "")]).await;
    let first = server.next().await;
    assert!(first.head.starts_with("POST /v1/traces "));
    assert_eq!(first.body, br#"{"resourceSpans":[]}"#);
    let second = server.next().await;
    assert!(second.head.starts_with("POST /v1/events/track "));
    assert_eq!(second.body, b"[]");
    for head in [first.head, second.head] {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("x-test-connection: true"), "{head}");
        assert!(
            head.contains(&format!("authorization: bearer {KEY}")),
            "{head}"
        );
        assert!(head.contains("x-raindrop-project-id: my-project"), "{head}");
    }
}

#[tokio::test]
async fn a_workshop() {
    let table = [
        (
            answer(
                "200 OK",
                "",
                r#"{"ok":true,"service":"workshop","version":"1"}"#,
            ),
            Ok(()),
        ),
        (
            answer("200 OK", "", r#"{"ok":false,"service":"workshop"}"#),
            Err("Not a healthy"),
        ),
        (
            answer("200 OK", "", r#"{"ok":true,"service":"other\u001b[2J"}"#),
            Err("but \"other\""),
        ),
        (answer("200 OK", "", "<h1>Hi</h1>"), Err("but something")),
        (answer("404 Where", "", ""), Err("(404)")),
    ];
    for (play, expected) in table {
        let mut server = Server::start([play]).await;
        let workshop = Destination::workshop(base(&server.url)).unwrap();
        let test = within(connect::test(&patient(), workshop, |_| {})).await;
        let head = server.next().await.head.to_ascii_lowercase();
        assert!(head.starts_with("get /health ") && !head.contains("authorization"));
        match expected {
            Ok(()) => assert!(test.result.is_ok(), "{test:?}"),
            Err(words) => {
                let failed = test.result.unwrap_err();
                assert!(failed.says.contains(words), "{failed:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_sink_passes_and_is_no_workshop() {
    let sink = Sink::start(SinkOptions::default(), |_| {}).await.unwrap();
    let test = within(connect::test(
        &patient(),
        sink.destination().clone(),
        |_| {},
    ))
    .await;
    assert!(test.result.is_ok() && test.steps.len() == 1, "{test:?}");
    let workshop = Destination::workshop(sink.base_url().clone()).unwrap();
    let test = within(connect::test(&patient(), workshop, |_| {})).await;
    assert!(test.result.unwrap_err().says.contains("rainscope-sink"));
}
