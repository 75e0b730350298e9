//! The inspector on a stage: the bundled samples, a fixed clock, fixed ids, a screen of a size, and keys.

use std::sync::{Arc, OnceLock};

use rainscope::completion::Edits;
use rainscope::completion::load::Loaded;
use rainscope::event::privacy::Privacy;
use rainscope::inspector;
use rainscope::inspector::keys::script::{self, Step};
use rainscope::inspector::library::{Batch, Block, RawRecord};
use rainscope::inspector::ui::theme::Look;
use rainscope::inspector::windows::send::{AttemptShown, Received};
use rainscope::inspector::{Effect, Env, Model, Msg};
use rainscope::mapping::Context;
use rainscope::samples;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::paint;

/// Milliseconds since 1970 of every test.
pub const NOW: i64 = 1_780_700_000_000;

/// A model with what it needs from outside.
#[derive(Clone)]
pub struct Stage {
    /// The inspector's state.
    pub model: Model,
    /// How it is drawn.
    pub look: Look,
    /// Milliseconds since 1970.
    pub now: i64,
    ids: u64,
}

impl Stage {
    /// Without completions, as at the very start.
    pub fn empty((width, height): (u16, u16)) -> Stage {
        let model = Model::new(Context::at(NOW), Privacy::Off, Edits::none());
        let mut stage = Stage {
            model,
            look: Look::default(),
            now: NOW,
            ids: 0,
        };
        stage.tell(Msg::Resize(width, height));
        stage
    }

    /// With the bundled samples and the local sink.
    pub fn samples(size: (u16, u16)) -> Stage {
        // Loaded once for all tests; what is shown of them is worked out anew.
        static LOADED: OnceLock<Model> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| {
            let mut stage = Stage::empty((120, 40));
            stage.load(samples::load_all());
            stage.tell(Msg::Destination(local_sink()));
            stage.tell(Msg::OwnSink(local_sink().endpoint.base_url));
            stage.model
        });
        let mut stage = Stage::empty(size);
        stage.model = loaded.clone();
        stage.tell(Msg::Resize(size.0, size.1));
        stage
    }

    /// With the bundled samples, on one of them.
    pub fn at(sample: &str, size: (u16, u16)) -> Stage {
        let mut stage = Stage::samples(size);
        stage.go_to(sample);
        stage
    }

    /// Goes to a sample.
    pub fn go_to(&mut self, sample: &str) {
        let file = |(_, text): &&(&str, &str)| text.contains(&format!("\"name\": \"{sample}\""));
        let index = samples::FILES.iter().position(|entry| file(&entry));
        self.model.list.row = index.unwrap();
        self.tell(Msg::Tick);
        assert_eq!(self.name(), sample);
    }

    /// The name of the completion that is shown.
    pub fn name(&self) -> &str {
        let current = self.model.current.as_ref();
        current.map_or("", |current| &current.completion.name)
    }

    /// Presses the keys of a script; gives the effects of all.
    pub fn press(&mut self, script: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for step in script::parse(script).unwrap() {
            effects.extend(self.tell(match step {
                Step::Key(key) => Msg::Key(key),
                Step::Paste(text) => Msg::Paste(text),
                Step::Wait(text) => panic!("a model alone cannot wait for {text}"),
            }));
        }
        effects
    }

    /// Lets something happen.
    pub fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        self.ids += 1;
        let env = Env {
            now: self.now,
            fresh_id: fresh_id(self.ids),
        };
        self.model.update(msg, &env)
    }

    /// Lets something be loaded.
    pub fn load(&mut self, loaded: Loaded) {
        self.tell(Msg::Loaded(Batch {
            loaded,
            ..Batch::default()
        }));
    }

    /// The id that the next message would bring.
    pub fn next_id(&self) -> String {
        fresh_id(self.ids + 1)
    }

    /// The frame.
    pub fn frame(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        inspector::draw(&self.model, &self.look, &mut buffer);
        buffer
    }

    /// The frame's text.
    pub fn text(&self) -> String {
        paint::lines(&self.frame()).join("\n")
    }

    /// What the notice says.
    pub fn notice(&self) -> &str {
        self.model.notice.as_deref().unwrap_or_default()
    }

    /// The shown event as it would be sent, or why there is none.
    pub fn event(&self) -> String {
        let Some(current) = &self.model.current else {
            return "nothing is shown".to_owned();
        };
        let Some(event) = current.mapped.event() else {
            return "no event".to_owned();
        };
        let mut json = String::new();
        let outbound = rainscope::event::privacy::apply(event, self.model.privacy);
        rainscope::event::wire::write_event(outbound, &mut json);
        json
    }
}

fn fresh_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

pub use crate::destinations::{local_sink, raindrop};

/// An attempt that was answered with a status.
pub fn answered(status: u16, says: &str, help: &str, body: &str) -> AttemptShown {
    AttemptShown {
        status: Some(status),
        says: says.to_owned(),
        help: help.to_owned(),
        body: body.to_owned(),
        millis: 42,
        accepted: status < 300,
    }
}

/// Something that the sink received.
pub fn received(number: u64, status: u16, reason: &str, body: &str) -> Received {
    Received {
        number,
        at: jiff::Timestamp::from_millisecond(NOW).unwrap(),
        summary: format!("event llm_generation by user-{number}"),
        path: "/v1/events/track".to_owned(),
        status,
        reasons: Some(reason.to_owned())
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect(),
        events: usize::from(status < 300),
        event_id: fresh_id(number),
        bytes: body.len(),
        body: body.to_owned(),
    }
}

/// A record of a file that nobody has parsed yet.
pub fn raw(text: &str, record: u32) -> RawRecord {
    RawRecord {
        block: Arc::new(Block {
            file: Arc::from("traffic.ndjson"),
            bytes: text.as_bytes().into(),
        }),
        start: 0,
        end: u32::try_from(text.len()).unwrap(),
        offset: 0,
        line: record,
        column: 1,
        record,
    }
}
