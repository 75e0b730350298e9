//! A request made again through a server that answers as OpenRouter does: JSON, a stream, errors, an
//! error in the middle of a stream, and what is no JSON at all.

use rainscope::inspector::windows::live::{Access, LiveReport, LiveTask};
use rainscope::inspector::{Effect, Msg};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::unbounded_channel;

use crate::stage::Stage;
use crate::stage::live::{Live, answer, serve, variables};

const API_KEY: &str = "sk-or-v1-never-seen-0123456789";

fn asker() -> Stage {
    let text = r#"{"name":"ask","request":{"model":"openai/gpt-4o-mini","stream":true,
        "messages":[{"role":"user","content":"Hello?"}],"user":"ada","trace":{"build":"1"}},
        "response":{"id":"gen-1","model":"openai/gpt-4o-mini","choices":[
        {"message":{"content":"old"},"finish_reason":"stop"}]}}"#;
    Stage::with(rainscope::load("ask.json", text.as_bytes()), (120, 40))
}

fn live(mut stage: Stage, url: &str, folder: &std::path::Path) -> Live {
    stage.kept.live.access = Access {
        base_url: Ok(url.to_owned()),
        has_key: true,
    };
    let named = [
        ("RAINSCOPE_OPENROUTER_URL", url),
        ("OPENROUTER_API_KEY", API_KEY),
    ];
    Live::with(stage, folder, variables(folder, &named))
}

fn is_clean(live: &Live) {
    let said = format!("{:?}{}", live.shell.model, live.text());
    assert!(!said.contains(API_KEY));
}

#[test]
fn it_asks_first_and_tells_what_it_needs() {
    let mut stage = asker();
    assert_eq!(stage.press("X"), []);
    stage.sees("set OPENROUTER_API_KEY");
    stage.kept.live.access.has_key = true;
    assert_eq!(stage.press("X"), []);
    stage.sees("This costs money. Make the request?");
    stage.sees("It asks openai/gpt-4o-mini for real.");
    stage.sees("POST https://openrouter.ai/api/v1/chat/completions");
    assert_eq!(stage.press("esc"), []);
    assert!(!stage.needs_ticks());
    let begun = stage.press("X enter");
    let [Effect::Live(LiveTask::Begin(ticket, request))] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    assert!(
        request.body.as_str().contains("\"user\":\"ada\""),
        "{request:?}"
    );
    assert!(stage.needs_ticks());
    let ticket = *ticket;
    assert_eq!(stage.press("esc"), [Effect::Live(LiveTask::Cancel(ticket))]);
    stage.sees("broken off");
    // A delivery alone does not tell what was asked.
    let mut stage = Stage::samples((120, 40));
    stage.kept.live.access.has_key = true;
    let bare = r#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#;
    let mut bare = Stage::with(rainscope::load("bare.json", bare.as_bytes()), (120, 40));
    bare.kept.live.access.has_key = true;
    bare.press("X");
    bare.sees("holds no request that could be sent");
}

/// The scroll mark stands beside the answer and counts its lines, not those of the request.
#[test]
fn the_scroll_mark_is_about_the_answer_that_is_shown() {
    let mut stage = asker();
    stage.kept.live.access.has_key = true;
    let begun = stage.press("X enter");
    let [Effect::Live(LiveTask::Begin(ticket, _))] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let tell = |stage: &mut Stage, text: &str| {
        stage.tell(Msg::Live(*ticket, LiveReport::Text(text.to_owned())));
    };
    let marked = |stage: &Stage| -> Vec<usize> {
        let lines = stage.window().into_iter().enumerate();
        let marked = lines.filter(|(_, line)| line.ends_with('┃'));
        marked.map(|(at, _)| at).collect()
    };
    // A request longer than the window, and a short answer: nothing to scroll.
    stage.tell(Msg::Resize(100, 16));
    tell(&mut stage, "first line\n");
    assert!(marked(&stage).is_empty());
    // A long answer stays at its end, and the mark too.
    let long: Vec<String> = (0..90).map(|at| format!("line {at}")).collect();
    tell(&mut stage, &long.join("\n"));
    stage.sees("line 89");
    let at_end = marked(&stage);
    stage.press("g");
    stage.sees("first line");
    let at_start = marked(&stage);
    assert!(
        !at_end.is_empty() && at_start < at_end,
        "{at_start:?} {at_end:?}"
    );
    // Whoever reads from the start is left there; whoever goes to the end stays at it.
    tell(&mut stage, "\nmore");
    stage.sees("first line");
    stage.press("G");
    tell(&mut stage, "\nlast of all");
    stage.sees("last of all");
}

#[tokio::test]
async fn an_answer_takes_nothing_from_what_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"id":"gen-2","choices":[{"message":{"content":"new"}}]}"#;
    let url = serve(move |_| answer("200 OK", "application/json", body)).await;
    let mut live = live(asker(), &url, folder.path());
    // The privacy key leads to the panes, and the request goes on.
    live.play("X enter p tab e type:\"x\" wait:\"a new sample\" type:\"y\" enter")
        .await;
    let stage = &live.shell.model;
    let current = stage.current.as_ref().unwrap();
    assert_eq!((current.index, stage.library.len()), (0, 2));
    assert_eq!(current.completion.name, "ask");
    let event = current.mapped.event().unwrap();
    let user = event.fields.iter().find(|f| f.pointer() == "/user_id");
    assert_eq!(user.unwrap().value.as_str(), "\"adaxy\"");
}

#[tokio::test]
async fn an_answer_becomes_a_sample_with_the_edited_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, mut requests) = unbounded_channel();
    let url = serve(move |request| {
        seen.send(request.to_owned()).unwrap();
        let body = r#"{"id":"gen-2","model":"openai/gpt-4o-mini","choices":[
            {"message":{"content":"new"},"finish_reason":"stop"}],"usage":{"cost":0.5}}"#;
        answer("200 OK", "application/json", body)
    })
    .await;
    let mut live = live(asker(), &url, folder.path());
    // The user is edited first, and goes along.
    live.play("e ctrl-u type:grace enter X enter wait:\"a new sample, answered in\"")
        .await;
    let request = requests.try_recv().unwrap();
    assert!(
        request.starts_with("POST /v1/chat/completions"),
        "{request}"
    );
    assert!(request.contains("\"user\":\"grace\""), "{request}");
    assert!(request.contains(&format!("Bearer {API_KEY}")) || request.contains(API_KEY));
    let current = live.shell.model.current.as_ref().unwrap();
    assert_eq!(current.completion.name, "ask (asked again)");
    let event = current.mapped.event().unwrap();
    let field = |pointer: &str| {
        let found = event.fields.iter().find(|f| f.pointer() == pointer);
        found.map(|field| field.value.as_str().to_owned())
    };
    assert_eq!(field("/user_id").as_deref(), Some("\"grace\""));
    assert_eq!(field("/ai_data/output").as_deref(), Some("\"new\""));
    assert!(field("/properties/duration_ms").is_some());
    is_clean(&live);
}

#[tokio::test]
async fn a_stream_is_shown_as_it_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (go_on, mut gone_on) = unbounded_channel::<()>();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 65536]).await;
        let head = answer("200 OK", "text/event-stream", ": OPENROUTER PROCESSING\n\n");
        let chunk = |text: &str| {
            format!(
                "data: {{\"id\":\"gen-3\",\"model\":\"m\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
            )
        };
        for part in [head, chunk("first "), chunk("second")] {
            stream.write_all(part.as_bytes()).await.unwrap();
            if part.contains("first") {
                gone_on.recv().await;
            }
        }
        stream.write_all(b"data: [DONE]\n\n").await.unwrap();
    });
    let mut live = live(asker(), &url, folder.path());
    live.play("X enter wait:first").await;
    live.sees("answers");
    go_on.send(()).unwrap();
    live.wait("a new sample").await;
    let current = live.shell.model.current.as_ref().unwrap();
    let output = current.mapped.event().unwrap();
    let output = output
        .fields
        .iter()
        .find(|f| f.pointer() == "/ai_data/output");
    assert_eq!(output.unwrap().value.as_str(), "\"first second\"");
    is_clean(&live);
}

#[tokio::test]
async fn every_error_says_what_to_do() {
    let error = |message: &str| format!(r#"{{"error":{{"code":1,"message":"{message}"}}}}"#);
    let json = "application/json";
    let echo = error(&format!("no user for {API_KEY}"));
    let cases = [
        ("401 Unauthorized", json, echo, "Check OPENROUTER_API_KEY"),
        (
            "402 Payment Required",
            json,
            error("none left"),
            "Add credits",
        ),
        ("429 Too Many", json, error("slow down"), "Wait a little"),
        (
            "502 Bad Gateway",
            "text/html",
            "<p>x</p>".to_owned(),
            "another model",
        ),
        (
            "200 OK",
            json,
            "{\"id\":".to_owned(),
            "Something else answers",
        ),
    ];
    for (status, kind, body, help) in cases {
        let folder = tempfile::tempdir().unwrap();
        let url = serve(move |_| answer(status, kind, &body)).await;
        let mut live = live(asker(), &url, folder.path());
        let count = live.shell.model.library.len();
        live.play("X enter").await;
        live.wait(help).await;
        assert_eq!(live.shell.model.library.len(), count, "{status}");
        is_clean(&live);
        live.play("X wait:\"costs money\" esc").await;
    }
}

#[tokio::test]
async fn an_error_in_the_middle_keeps_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let url = serve(|_| {
        let body = concat!(
            "data: {\"id\":\"gen-4\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n",
            "data: {\"id\":\"gen-4\",\"error\":{\"code\":502,\"message\":\"provider gone\"},",
            "\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
            "data: [DONE]\n\n",
        );
        answer("200 OK", "text/event-stream", body)
    })
    .await;
    let mut live = live(asker(), &url, folder.path());
    live.play("X enter wait:\"broke off with an error: provider gone\"")
        .await;
    let current = live.shell.model.current.as_ref().unwrap();
    assert_eq!(current.completion.name, "ask (asked again)");
}

#[tokio::test]
async fn nobody_there_is_told_and_esc_breaks_off() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut silent = live(asker(), &url, folder.path());
    silent
        .play("X enter wait:asking esc wait:\"broken off\"")
        .await;
    drop(listener);
    let mut live = live(asker(), &url, folder.path());
    live.play("X enter wait:\"Nothing listens\"").await;
}
