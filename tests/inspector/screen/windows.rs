//! Every window, pane and prompt there is, with one text wherever the screen shows text that is not its
//! own: names, keys, values, answers, addresses, what is typed.

use rainscope::completion::Origin;
use rainscope::completion::load::load;
use rainscope::delivery::connect::TestStep;
use rainscope::delivery::history::{DeliveryId, DeliveryState, Record};
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::Route;
use rainscope::inspector::windows::destination;
use rainscope::inspector::windows::history::HistoryReport;
use rainscope::inspector::windows::live::Access;
use rainscope::inspector::windows::send::{DestinationShown, Ticket};
use rainscope::inspector::windows::send_all::{CompletionResult, SendAllReport};
use rainscope::inspector::{Msg, Pane};
use rainscope::prepare::Endpoint;
use rainscope::prepare::NotSent;

use crate::stage::{NOW, Stage, answered, local_sink, received};

/// A way to a window.
pub struct Window {
    /// The pane with the focus.
    focus: Pane,
    /// The keys that open it.
    keys: &'static str,
    /// Whether the text is pasted into it.
    is_typed: bool,
}

const fn seen(focus: Pane, keys: &'static str) -> Window {
    Window {
        focus,
        keys,
        is_typed: false,
    }
}

const fn typed(focus: Pane, keys: &'static str) -> Window {
    Window {
        focus,
        keys,
        is_typed: true,
    }
}

/// All of them.
pub const WINDOWS: &[Window] = &[
    seen(Pane::List, ""),
    seen(Pane::Trace, ""),
    seen(Pane::Completion, ""),
    seen(Pane::Event, ""),
    seen(Pane::List, "z"),
    seen(Pane::Trace, "z"),
    seen(Pane::Completion, "z"),
    seen(Pane::Event, "p z"),
    seen(Pane::Event, "?"),
    seen(Pane::Event, "c"),
    seen(Pane::Event, "x J c m m"),
    seen(Pane::Event, "down*5 v"),
    seen(Pane::Completion, "v"),
    seen(Pane::List, "o"),
    seen(Pane::List, "D"),
    seen(Pane::List, "F"),
    seen(Pane::List, "!"),
    seen(Pane::List, "H"),
    seen(Pane::List, "t"),
    seen(Pane::List, "s"),
    seen(Pane::List, "S"),
    seen(Pane::List, "i"),
    seen(Pane::List, "i enter"),
    seen(Pane::List, "X"),
    typed(Pane::List, "b"),
    typed(Pane::List, ":"),
    typed(Pane::Completion, "ctrl-o"),
    typed(Pane::List, "f"),
    typed(Pane::List, "ctrl-g"),
    typed(Pane::List, "w"),
    typed(Pane::Completion, "/"),
    typed(Pane::Trace, "e"),
    typed(Pane::Trace, "a"),
    typed(Pane::Trace, "down*2 r"),
    typed(Pane::Event, "down*5 v /"),
    typed(Pane::List, "t up ctrl-u"),
    typed(Pane::List, "H /"),
];

impl Window {
    /// The window, with a text everywhere.
    pub fn with(&self, text: &str) -> Stage {
        let mut stage = Stage::empty((120, 40));
        for _ in 0..3 {
            stage.load(load(text, sample_of(text).as_bytes()));
        }
        stage.load(load(text, b"{"));
        stage.model.kept.live.access = Access {
            has_key: true,
            ..Access::default()
        };
        stage.tell(Msg::Destination(DestinationShown {
            name: text.to_owned(),
            endpoint: Endpoint {
                base_url: text.to_owned(),
                project: text.to_owned(),
                ..local_sink().endpoint
            },
            ..local_sink()
        }));
        stage.tell(Msg::OwnSink(text.to_owned()));
        for (number, status) in [(1, 200), (2, 400)] {
            stage.tell(Msg::Received(received(number, status, text, text)));
        }
        stage.press("esc");
        stage.model.focus = self.focus;
        stage.press("");
        stage.press(self.keys);
        if self.is_typed {
            stage.tell(Msg::Paste(text.to_owned()));
        }
        let ticket = Ticket(1);
        stage.tell(Msg::Attempted(ticket, answered(500, text)));
        let outcome = || CompletionResult {
            name: text.to_owned(),
            origin: origin(text),
            says: text.to_owned(),
        };
        stage.tell(Msg::All(
            ticket,
            SendAllReport::Settled(DeliveryState::Refused, outcome()),
        ));
        stage.tell(Msg::All(
            ticket,
            SendAllReport::Skipped(NotSent::NoEvent("no event".to_owned()), outcome()),
        ));
        stage.tell(Msg::History(HistoryReport::Listed(
            text.to_owned(),
            records(text),
        )));
        stage.tell(Msg::History(HistoryReport::Listed(
            String::new(),
            records(text),
        )));
        let step = TestStep {
            method: "POST",
            path: "/v1/traces",
            what: "an empty trace export",
            attempt: answered(500, text),
            passed: false,
        };
        for version in 0..3 {
            stage.tell(Msg::Connection(destination::DestinationReport::Step(
                version,
                step.clone(),
            )));
        }
        stage
    }
}

fn origin(text: &str) -> Origin {
    let loaded = load(text, sample_of(text).as_bytes());
    loaded.completions[0].origin.clone()
}

pub fn records(text: &str) -> Vec<Record> {
    let record = |number| Record {
        id: DeliveryId(number),
        event_id: text.to_owned(),
        endpoint: Endpoint {
            kind: Default::default(),
            base_url: text.to_owned(),
            project: text.to_owned(),
        },
        route: Route::Track,
        name: text.to_owned(),
        privacy: Privacy::Off,
        made_at: NOW,
        queued_at: jiff::Timestamp::from_millisecond(NOW).unwrap(),
        ended_at: None,
        state: DeliveryState::Refused,
        bytes: 14,
        status: Some(401),
        says: text.to_owned(),
        attempts: 1,
        millis: 12.0,
        outcome: None,
    };
    vec![record(2), record(1)]
}

/// A sample whose every text is this one.
pub fn sample_of(text: &str) -> String {
    let quoted = rainscope::json::quote(text);
    format!(
        r#"{{"name":{quoted},"request":{{"model":{quoted},"user":{quoted},"session_id":{quoted},"messages":[{{"role":"user","content":{quoted}}}],"trace":{{"trace_name":{quoted},{quoted}:{quoted}}}}},"response":{{"id":{quoted},"model":{quoted},"created":1780662712,"choices":[{{"finish_reason":{quoted},"message":{{"role":"assistant","content":{quoted}}}}}]}}}}"#
    )
}

#[test]
fn each_way_leads_to_a_window_of_its_own() {
    let at = |window: &Window| {
        let model = window.with("text").model;
        let names: Vec<&str> = model.windows.iter().map(|window| window.name()).collect();
        let prompt = model.prompt.as_ref().map(|prompt| prompt.kind.label());
        let typing = (prompt, model.search.typing.is_some(), model.is_typing());
        let trace = (
            model
                .trace
                .editor
                .as_ref()
                .map(|editor| format!("{:?}", editor.target)),
            model.trace.raw.is_some(),
        );
        format!(
            "{:?} {names:?} {typing:?} {trace:?} {}",
            model.focus, model.pane_layout.zoomed
        )
    };
    let seen: std::collections::HashSet<String> = WINDOWS.iter().map(at).collect();
    // The detail view is reached by three ways, and two comparisons look alike from afar.
    assert!(seen.len() >= WINDOWS.len() - 5, "{seen:#?}");
}
