//! Live traffic as the model is told of it.

use std::sync::Arc;

use rainscope::capture::{self, Capture, CaptureEnding, DELIVERIES};
use rainscope::completion::load::{self, Loaded};
use rainscope::inspector::Msg;
use rainscope::inspector::library::forwarding::ForwardConsent;
use rainscope::inspector::library::traffic::{KEEP, Setup, TrafficReport, origin_of_call};

use super::Stage;

/// A call whose request is there.
pub fn asked(number: u64) -> Capture {
    let mut capture = Capture::new(
        number,
        1_780_662_787_000,
        "POST",
        "/api/v1/chat/completions",
    );
    let text = format!(
        "{{\"model\":\"openai/gpt-4o-mini\",\"user\":\"ada\",\"trace\":{{\"feature\":\"search\"}},\
         \"messages\":[{{\"role\":\"user\",\"content\":\"Question {number}\"}}]}}"
    );
    capture.request = text.into_bytes();
    capture
}

/// A piece of a streamed answer.
pub fn chunk(text: &str) -> String {
    format!(
        "data: {{\"id\":\"gen-1780662787-A\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
    )
}

/// What the model is told of a call.
pub fn call(capture: &Capture) -> Msg {
    let mut loaded = Loaded::default();
    let origin = origin_of_call(capture.number);
    load::load_slice(capture.sample().as_bytes(), &origin, &mut loaded);
    Msg::Traffic(TrafficReport::Call {
        number: capture.number,
        completion: Arc::new(loaded.completions.remove(0)),
        is_over: capture.ended.is_some(),
    })
}

/// A call that was answered.
pub fn answered(number: u64) -> Capture {
    let mut capture = asked(number);
    let text = format!(
        "data: {{\"id\":\"gen-1780662787-{number}\",\"model\":\"openai/gpt-4o-mini\",\"provider\":\"OpenAI\",\
         \"choices\":[{{\"delta\":{{\"content\":\"Answer {number}\"}},\"finish_reason\":\"stop\"}}],\
         \"usage\":{{\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8,\"cost\":0.00012}}}}\n\ndata: [DONE]\n\n"
    );
    capture.status = Some(200);
    capture.arrive(text.as_bytes(), 100);
    capture.ended = Some((CaptureEnding::Complete, 200));
    capture
}

/// The delivery of the generation that a call with this number makes, with this user.
pub fn delivery(number: u64, user: &str) -> Msg {
    let text = |key: &str, value: &str| {
        format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}")
    };
    let body = format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{}]}},\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"1\",\"spanId\":\"2\",\
         \"name\":\"LLM Generation\",\"startTimeUnixNano\":\"1780662787000000000\",\"endTimeUnixNano\":\"1780662787150000000\",\
         \"attributes\":[{},{},{},{},{}]}}]}}]}}]}}",
        text("service.name", "openrouter"),
        text("gen_ai.response.id", &format!("gen-1780662787-{number}")),
        text("gen_ai.request.model", "openai/gpt-4o-mini"),
        text("user.id", user),
        text("trace.metadata.feature", "search"),
        text(
            "gen_ai.completion",
            &format!("{{\\\"completion\\\":\\\"Answer {number}\\\"}}")
        ),
    );
    let mut loaded = load::load(DELIVERIES, body.as_bytes());
    assert_eq!(loaded.completions.len(), 1, "{:?}", loaded.problems);
    let completion = &mut loaded.completions[0];
    completion.origin.record = usize::try_from(number).unwrap();
    capture::name_delivery(completion, 1_780_662_790_000);
    Msg::Traffic(TrafficReport::Delivered(loaded))
}

/// The inspector while it listens.
pub fn listening(size: (u16, u16), forward: Option<ForwardConsent>) -> Stage {
    listen(Stage::empty(size), forward, KEEP)
}

/// The same, with so many calls kept.
pub fn listen(mut stage: Stage, forward: Option<ForwardConsent>, keep: usize) -> Stage {
    stage.tell(Msg::Traffic(TrafficReport::Listening {
        setup: Setup {
            has_command: true,
            ..Setup::default()
        },
        origin: "http://127.0.0.1:4111".to_owned(),
        upstream: "https://openrouter.ai".to_owned(),
        forward,
        keep,
        recording: None,
    }));
    stage
}
