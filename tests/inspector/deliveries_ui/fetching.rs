//! A generation's record, read from a server that answers as OpenRouter does: it completes the completion that it
//! is about, or becomes a sample of its own.

use rainscope::capture::CaptureEnding;
use rainscope::event::Section;
use rainscope::inspector::Effect;
use rainscope::inspector::windows::fetch::FetchTask;
use rainscope::inspector::windows::live::Access;

use crate::stage::Stage;
use crate::stage::live::{Live, answer, serve, variables};
use crate::stage::traffic::{asked, call, chunk, listening};

const API_KEY: &str = "sk-or-v1-never-seen-0123456789";
const RECORD: &str = r#"{"data":{"id":"gen-1780662787-A","model":"openai/gpt-4o-mini","created_at":"2026-06-05T12:33:07.000Z",
    "provider_name":"OpenAI","total_cost":0.00012,"generation_time":1900,"native_tokens_prompt":5,"native_tokens_completion":3,
    "native_finish_reason":"stop","external_user":"ada"}}"#;
const CONTENT: &str = r#"{"data":{"input":{"messages":[{"role":"user","content":"From the log"}]},"output":{"completion":"Kept."}}}"#;

/// A call as the proxy captured it: without cost, with times of its own.
fn captured() -> Stage {
    let text = r#"{"name":"call","captured":{"number":1,"method":"POST","path":"/api/v1/chat/completions","status":200,"ending":"complete"},
        "request":{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Hello?"}],"user":"ada","trace":{"build":"1"}},
        "response":{"id":"gen-1780662787-A","model":"openai/gpt-4o-mini","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":5,"completion_tokens":2}},
        "measured":{"started_at":"2026-06-05T12:33:07.000Z","duration_ms":2139}}"#;
    Stage::with(rainscope::load("call.json", text.as_bytes()), (120, 40))
}

fn with_key(stage: &mut Stage) {
    stage.kept.live.access = Access {
        has_key: true,
        ..Access::default()
    };
}

fn live(mut stage: Stage, url: &str, folder: &std::path::Path) -> Live {
    with_key(&mut stage);
    let named = [
        ("RAINSCOPE_OPENROUTER_URL", url),
        ("OPENROUTER_API_KEY", API_KEY),
    ];
    Live::with(stage, folder, variables(folder, &named))
}

/// Record and content, or none of it.
async fn openrouter(content: Option<&'static str>) -> String {
    serve(move |request| {
        assert!(request.contains(API_KEY));
        let absent = || {
            answer(
                "404 Not Found",
                "application/json",
                "{\"error\":{\"code\":404}}",
            )
        };
        match request.split(' ').nth(1).unwrap_or_default() {
            "/v1/generation?id=gen-1780662787-A" => answer("200 OK", "application/json", RECORD),
            "/v1/generation/content?id=gen-1780662787-A" => content
                .map_or_else(absent, |content| {
                    answer("200 OK", "application/json", content)
                }),
            _ => absent(),
        }
    })
    .await
}

/// `:fetch` on a captured call: the record is part of it, with cost and native tokens, and the router's view stands
/// beside ours.
#[tokio::test]
async fn a_captured_call_is_completed_by_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let url = openrouter(None).await;
    let mut live = live(captured(), &url, folder.path());
    live.play("e type:\"b\" enter").await;
    live.play("type:\":\" type:\"fetch\" enter wait:\"part of the completion now\"")
        .await;
    // The router's view beside ours, and what differs.
    let text = live.window();
    let row = |key: &str| {
        text.lines()
            .find(|line| line.contains(key))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(row("total_cost").contains("0.00012"), "{text}");
    let duration = row("duration_ms");
    assert!(
        duration.contains("2139") && duration.contains("1900"),
        "{text}"
    );
    assert!(text.contains("keeps no prompt and completion"), "{text}");
    live.play("esc").await;
    let current = live.shell.model.current.as_ref().unwrap();
    let event = current.mapped.event().unwrap();
    let value = |key: &str| {
        let field = event.fields.iter().find(|field| field.key == key);
        field.map(|field| field.value.as_str().to_owned())
    };
    assert_eq!(value("total_cost").as_deref(), Some("0.00012"));
    // What was edited, and what was known, stays.
    assert_eq!(value("user_id").as_deref(), Some("\"adab\""));
    assert_eq!(value("output").as_deref(), Some("\"Hi\""));
    assert_eq!(live.shell.model.library.len(), 1);
    let said = format!("{:?}{}", live.shell.model, live.text());
    assert!(!said.contains(API_KEY));
}

/// A record that comes while the call still grows stays part of it.
#[tokio::test]
async fn a_record_stays_while_its_call_grows() {
    let folder = tempfile::tempdir().unwrap();
    let url = openrouter(Some(CONTENT)).await;
    let mut live = live(listening((120, 40), None), &url, folder.path());
    let mut capture = asked(1);
    capture.status = Some(200);
    capture.arrive(chunk("Hel").as_bytes(), 50);
    live.shell.update(call(&capture));
    live.play("type:\":\" type:\"fetch\" enter wait:\"part of the completion now\" esc")
        .await;
    let has_record = |live: &Live| {
        let shown = &live.shell.model.current.as_ref().unwrap().completion;
        shown.generation().is_some() && shown.content().is_some()
    };
    assert!(has_record(&live));
    capture.arrive(chunk("lo").as_bytes(), 90);
    live.shell.update(call(&capture));
    assert!(has_record(&live));
    capture.ended = Some((CaptureEnding::Complete, 120));
    live.shell.update(call(&capture));
    assert!(has_record(&live));
    let current = live.shell.model.current.as_ref().unwrap();
    let event = current.mapped.event().unwrap();
    let cost = event.field(Section::Properties, "total_cost").unwrap();
    assert_eq!(cost.value.as_str(), "0.00012");
    assert!(live.text().contains("Hello"), "{}", live.text());
}

/// An id that is typed becomes a sample; where the account keeps prompt and completion, with them.
#[tokio::test]
async fn an_id_that_is_typed_becomes_a_sample() {
    let folder = tempfile::tempdir().unwrap();
    let url = openrouter(Some(CONTENT)).await;
    let mut live = live(Stage::empty((120, 40)), &url, folder.path());
    live.play("b").await;
    live.sees("generation ");
    live.play("type:\"chatcmpl-1\" enter").await;
    live.sees("a generation id looks like");
    live.play("ctrl-u paste:\" gen-1780662787-A\n\" enter wait:\"a new sample\"")
        .await;
    live.sees("no record holds the request's `trace`");
    live.play("esc").await;
    live.sees("From the log");
    live.sees("Kept.");
    assert_eq!(live.shell.model.library.len(), 1);
    // Once more, it is joined rather than doubled.
    live.play("b paste:\"gen-1780662787-A\" enter wait:\"part of the completion now\"")
        .await;
    assert_eq!(live.shell.model.library.len(), 1);
}

#[tokio::test]
async fn a_failure_is_told_and_waiting_can_be_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let refusing = serve(|_| {
        answer(
            "401 No",
            "application/json",
            "{\"error\":{\"code\":401,\"message\":\"No auth\"}}",
        )
    });
    let mut live = live(captured(), &refusing.await, folder.path());
    live.play("b wait:\"refused (401): No auth\"").await;
    let absent = serve(|_| {
        answer(
            "404 Not Found",
            "application/json",
            "{\"error\":{\"code\":404}}",
        )
    });
    let mut live = self::live(captured(), &absent.await, folder.path());
    live.play("b wait:\"no record yet; asking again, for up to 30 s\" esc")
        .await;
    live.sees("given up");
}

/// Without a key nothing is asked, and it says what is missing; giving up is passed on.
#[test]
fn it_tells_what_it_needs() {
    let mut stage = captured();
    assert_eq!(stage.press("b"), []);
    stage.sees("set OPENROUTER_API_KEY");
    with_key(&mut stage);
    let begun = stage.press("b");
    let [Effect::Fetch(FetchTask::Begin(ticket, id))] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    assert_eq!(id.as_str(), "gen-1780662787-A");
    let cancel = Effect::Fetch(FetchTask::Cancel(*ticket));
    assert_eq!(stage.press("esc"), [cancel]);
    stage.sees("given up");
    stage.press("e");
    stage.sees("generation ");
    stage.press("esc");
    // The record of an id that is under way is not asked for twice.
    let mut stage = captured();
    with_key(&mut stage);
    assert_eq!(stage.press("b").len(), 1);
    assert_eq!(stage.press("b"), []);
}

/// Where a file is read again, the records that were fetched for its completions are part of them again; a record whose id is
/// typed is joined to its completion, though that was not looked at yet; and what stands in for what nobody told is not
/// said to be known.
#[tokio::test]
async fn a_record_is_joined_wherever_its_completion_is() {
    use rainscope::inspector::Msg;
    use rainscope::inspector::library::Batch;

    let folder = tempfile::tempdir().unwrap();
    let url = openrouter(None).await;
    let line = |id: &str| {
        format!(
            r#"{{"request":{{"model":"openai/gpt-4o-mini","messages":[{{"role":"user","content":"Hello?"}}]}},"response":{{"id":"{id}","model":"openai/gpt-4o-mini","choices":[{{"message":{{"content":"Hi"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":5,"completion_tokens":2,"cost":1.2e-4}}}}}}"#
        )
    };
    let other = |number: usize| line(&format!("gen-17806627{:02}-B", number % 100));
    let lines = |more: usize| {
        let others = (0..99 + more).map(other);
        let lines = others.chain([line("gen-1780662787-A")]);
        lines
            .zip(1..)
            .map(|(line, number)| crate::stage::raw(&line, number))
            .collect()
    };
    let batch = |more: usize| Batch {
        records: lines(more),
        ..Batch::default()
    };
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(0)));
    let mut live = live(stage, &url, folder.path());
    live.play("b wait:\"no such generation\" e ctrl-u paste:\"gen-1780662787-A\" enter wait:\"part of the completion now\"")
        .await;
    assert_eq!(live.shell.model.library.len(), 100);
    let text = live.window();
    let row = |key: &str| {
        text.lines()
            .find(|line| line.contains(key))
            .unwrap_or_default()
    };
    assert!(
        row("total_cost").contains("1.2e-4") || row("total_cost").contains("0.00012"),
        "{text}"
    );
    assert!(!row("total_cost").contains('~'), "{text}");
    assert!(!row("timestamp").contains('~'), "{text}");
    live.play("esc").await;
    live.shell
        .update(Msg::Changed(batch(1), vec!["traffic.ndjson".to_owned()]));
    assert_eq!(live.shell.model.library.len(), 101);
    let last = live.shell.model.library.completion(100).unwrap();
    assert!(last.generation().is_some());
}
