//! A real request through OpenRouter, against a server on loopback that answers like it: JSON, a
//! stream, an error, an error in the middle of a stream, and a connection that breaks.

use std::time::Duration;

use rainscope::{
    completion::{Api, Edits, load::load},
    delivery::{
        cancel::{self, Cancelled},
        fault::Fault,
    },
    json::JsonText,
    mapping::{self, Context},
    openrouter::{ApiKey, Request, RequestError, Response, ask, base_url},
};

use super::{
    patient,
    server::{Play, Server, answer},
    within,
};

const KEY: &str = "sk-or-v1-never-shown-0123456789";
const BODY: &str = r#"{"model":"a/b","stream":true,"messages":[{"role":"user","content":"Hello"}],"trace":{"build":1.10}}"#;
const JSON: &str = r#"{"id":"gen-1","model":"a/b","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi ż"}}]}"#;

fn chunk(text: &str, end: &str) -> String {
    format!(
        "data: {{\"id\":\"gen-1\",\"model\":\"a/b\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{end}}}]}}\n\n"
    )
}

fn stream(body: &str) -> Play {
    answer("200 OK", "Content-Type: text/event-stream\r\n", body)
}

fn request(url: &str) -> Request {
    Request {
        api: Api::Chat,
        body: JsonText::parse(BODY).unwrap(),
        base_url: base_url(Some(url)).unwrap(),
        key: ApiKey::new(KEY.to_owned()).unwrap(),
    }
}

async fn run(play: Play) -> (Result<Response, RequestError>, String, Server) {
    let server = Server::start([play]).await;
    let mut arrived = String::new();
    let request = request(&format!("{}/api/v1", server.url));
    let client = patient();
    let arrives = |text: &str| arrived.push_str(text);
    let silence = Duration::from_millis(150);
    let answer = within(ask(&client, &request, silence, arrives, Cancelled::never())).await;
    (answer, arrived, server)
}

#[tokio::test]
async fn answers_become_samples() {
    let whole = format!(
        ": OPENROUTER PROCESSING\n\n{}{}data: [DONE]\n\n",
        chunk("Hi ", "null"),
        chunk("ż", "\"stop\"")
    );
    // Nothing of a document can be shown before its end.
    for (play, shown) in [(answer("200 OK", "", JSON), ""), (stream(&whole), &*whole)] {
        let (answer, arrived, mut server) = run(play).await;
        let answer = answer.unwrap();
        assert!(answer.is_success() && answer.cut.is_none(), "{answer:?}");
        assert_eq!(arrived, shown);
        assert!([JSON, &whole].contains(&&*answer.text), "{answer:?}");
        let received = server.next().await;
        assert!(received.head.starts_with("POST /api/v1/chat/completions "));
        assert_eq!(
            received.body,
            BODY.as_bytes(),
            "the bytes are those of the request"
        );
        assert!(received.head.contains(KEY));
        let sample = answer.sample("Asked", &JsonText::parse(BODY).unwrap());
        let loaded = load("asked.json", sample.as_bytes());
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let completion = &loaded.completions[0];
        assert_eq!(completion.name, "Asked");
        assert!(completion.envelope("duration_ms").is_some());
        let mapped = mapping::map(completion, &Edits::none(), &Context::at(0));
        let event = mapped.event().unwrap();
        let output = event
            .field(rainscope::event::Section::AiData, "output")
            .unwrap();
        assert_eq!(output.value.as_str(), "\"Hi ż\"");
    }
}

#[tokio::test]
async fn an_error_is_an_answer() {
    let error = format!(r#"{{"error":{{"code":402,"message":"no credits for {KEY}"}}}}"#);
    let (answer, _, _) = run(answer("402 Pay", "", &error)).await;
    let answer = answer.unwrap();
    assert!(!answer.is_success());
    assert!(
        answer
            .says()
            .contains("refused (402): no credits for [key masked by rainscope]"),
        "{}",
        answer.says()
    );
    assert!(!format!("{answer:?}").contains(KEY));
    let sample = answer.sample("Asked", &JsonText::parse(BODY).unwrap());
    let loaded = load("asked.json", sample.as_bytes());
    let mapped = mapping::map(&loaded.completions[0], &Edits::none(), &Context::at(0));
    assert!(mapped.event().is_none(), "nothing is broadcast of an error");
}

#[tokio::test]
async fn a_stream_that_breaks() {
    let error = "data: {\"id\":\"gen-1\",\"error\":{\"code\":502,\"message\":\"upstream died\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n";
    let told = format!("{}{error}", chunk("Hi", "null"));
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n";
    let table = [
        (stream(&told), None),
        (
            Play::Cut(format!("{head}{}", chunk("Hi", "null"))),
            Some("the connection broke"),
        ),
        (
            Play::Answer(format!("{head}{}", chunk("Hi", "null"))),
            Some("nothing came for"),
        ),
    ];
    for (play, cut) in table {
        let (answer, arrived, _server) = run(play.clone()).await;
        let answer = answer.unwrap();
        let found = answer.cut.as_deref();
        assert!(
            found
                .zip(cut)
                .is_none_or(|(found, cut)| found.starts_with(cut)),
            "{answer:?}"
        );
        assert_eq!(found.is_some(), cut.is_some(), "{play:?}: {answer:?}");
        assert!(arrived.contains("Hi"));
        let sample = answer.sample("Asked", &JsonText::parse(BODY).unwrap());
        assert_eq!(load("asked.json", sample.as_bytes()).completions.len(), 1);
    }
}

#[tokio::test]
async fn no_answer() {
    let (answer, _, _server) = run(Play::Hang).await;
    assert!(
        matches!(answer, Err(RequestError::Fault(Fault::Timeout { .. }))),
        "{answer:?}"
    );
    let mut server = Server::start([Play::Hang]).await;
    let request = request(&server.url);
    let (canceller, cancelled) = cancel::pair();
    let client = patient();
    let asking = ask(
        &client,
        &request,
        Duration::from_secs(60),
        |_| {},
        cancelled,
    );
    let (answer, ()) = within(async {
        tokio::join!(asking, async {
            server.next().await;
            canceller.cancel();
        })
    })
    .await;
    assert_eq!(answer, Err(RequestError::Cancelled));
    assert!(!format!("{request:?}").contains(KEY));
    assert_eq!(
        ApiKey::new(" \n".to_owned()).map(drop),
        Err(RequestError::Key)
    );
    assert_eq!(
        base_url(None).unwrap().as_str(),
        "https://openrouter.ai/api"
    );
}
