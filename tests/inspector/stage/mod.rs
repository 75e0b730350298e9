//! The inspector on a stage: the bundled samples, a fixed clock, fixed ids, a screen of a size, and keys.
//! [`live`] has it with its effects.

mod destinations;
pub mod live;
pub mod paint;
pub mod traffic;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rainscope::completion::Edits;
use rainscope::completion::load::Loaded;
use rainscope::delivery::answer::AttemptOutcome;
use rainscope::delivery::http::Attempt;
use rainscope::delivery::sink::Receipt;
use rainscope::event::privacy::Privacy;
use rainscope::inspector;
use rainscope::inspector::keys::script::{self, ScriptStep};
use rainscope::inspector::library::{Batch, Block, RawRecord};
use rainscope::inspector::ui::theme::Look;
use rainscope::inspector::{Effect, Env, Model, Msg};
use rainscope::mapping::Context;
use rainscope::samples;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use destinations::{local_sink, raindrop, workshop};

/// Milliseconds since 1970 of every test.
pub const NOW: i64 = 1_780_700_000_000;

/// A model with what it needs from outside.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The inspector's state.
    pub model: Model,
    /// How it is drawn.
    pub look: Look,
    /// Milliseconds since 1970.
    pub now: i64,
    /// All that was to be done outside so far.
    pub effects: Vec<Effect>,
    ids: u64,
}

impl Deref for Stage {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Model {
        &mut self.model
    }
}

impl Stage {
    /// Without completions, as at the very start.
    pub fn empty(size: (u16, u16)) -> Stage {
        Stage::editing(size, Edits::none())
    }

    /// The same, with these edits laid over every completion.
    pub fn editing((width, height): (u16, u16), edits: Edits) -> Stage {
        let model = Model::new(Context::at(NOW), Privacy::Off, edits);
        let mut stage = Stage {
            model,
            look: Look::default(),
            now: NOW,
            effects: Vec::new(),
            ids: 0,
        };
        stage.tell(Msg::Resize(width, height));
        stage
    }

    /// With the bundled samples and the local sink.
    pub fn samples(size: (u16, u16)) -> Stage {
        // Loaded once for all tests; what is shown of them is worked out anew.
        static LOADED: OnceLock<Model> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| Stage::with(samples::load_all(), (120, 40)).model);
        let mut stage = Stage::empty(size);
        stage.model = loaded.clone();
        stage.tell(Msg::Resize(size.0, size.1));
        stage
    }

    /// With something else in place of the samples.
    pub fn with(loaded: Loaded, size: (u16, u16)) -> Stage {
        let mut stage = Stage::empty(size);
        stage.load(loaded);
        stage.tell(Msg::Destination(local_sink()));
        stage.tell(Msg::OwnSink(local_sink().endpoint.base_url));
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
        let steps = script::parse(script).unwrap().into_iter();
        steps.flat_map(|step| self.tell(message(step))).collect()
    }

    /// Lets something happen, and what it begins come to its end. Gives the effects.
    pub fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        self.ids += 1;
        let env = Env {
            now: self.now,
            fresh_id: fresh_id(self.ids),
        };
        let effects = self.model.update(msg, &env);
        while self.model.is_busy() {
            self.model.update(Msg::Continue, &env);
        }
        self.effects.extend_from_slice(&effects);
        effects
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
        frame(&self.model, &self.look)
    }

    /// The frame's text.
    pub fn text(&self) -> String {
        paint::lines(&self.frame()).join("\n")
    }

    /// The lines of the window, its frame included, without what is behind it.
    pub fn window(&self) -> Vec<String> {
        paint::part(&self.frame(), self.model.window_area())
    }

    /// What the lines below the panes say, as words with a space between.
    pub fn guide(&self) -> String {
        let lines = paint::part(&self.frame(), self.model.layout().guide);
        let words = lines.iter().flat_map(|line| line.split_whitespace());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Fails unless a text is on the screen.
    #[track_caller]
    pub fn sees(&self, expected: &str) {
        let text = self.text();
        assert!(text.contains(expected), "no \"{expected}\" in\n{text}");
    }

    /// The names that the list shows, in its order.
    pub fn names(&self) -> Vec<String> {
        let entries = self.model.listing.entries(&self.model.library);
        let summary = |index| self.model.library.entry(index).unwrap().summary().cloned();
        let names = entries
            .into_iter()
            .map(|index| summary(index).unwrap_or_default().name);
        names.collect()
    }

    /// The titles that the list shows, in its order.
    pub fn titles(&self) -> Vec<String> {
        let entries = self.model.listing.entries(&self.model.library);
        let summary = |index| self.model.library.entry(index).unwrap().summary().cloned();
        let titles = entries
            .into_iter()
            .map(|index| summary(index).unwrap_or_default().title);
        titles.collect()
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

/// With the bundled samples, after some keys.
pub fn after(keys: &str) -> Stage {
    let mut stage = Stage::samples((120, 40));
    stage.press(keys);
    stage
}

/// A frame of a model. Its cursor, where it has one, is within it.
pub fn frame(model: &Model, look: &Look) -> Buffer {
    let (width, height) = model.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    if let Some(at) = inspector::draw(model, look, &mut buffer) {
        assert!(buffer.area.contains(at), "the cursor is at {at:?}");
    }
    buffer
}

/// What a step of a script tells the inspector.
fn message(step: ScriptStep) -> Msg {
    match step {
        ScriptStep::Key(key) | ScriptStep::Typed(key) => Msg::Key(key),
        ScriptStep::Run(command) => Msg::Run(command),
        ScriptStep::Paste(text) => Msg::Paste(text),
        step => panic!("a model alone cannot do this: {step:?}"),
    }
}

fn fresh_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// An attempt that was answered with a status.
pub fn answered(status: u16, body: &str) -> Attempt {
    Attempt {
        outcome: AttemptOutcome::Answered {
            status,
            retry_after: None,
            body: body.to_owned(),
            body_truncated: false,
        },
        elapsed: Duration::from_millis(42),
    }
}

/// Something that the sink received.
pub fn received(number: u64, status: u16, reason: &str, body: &str) -> Receipt {
    Receipt {
        number,
        at: jiff::Timestamp::from_millisecond(NOW).unwrap(),
        summary: format!("event llm_generation by user-{number}"),
        method: "POST".to_owned(),
        path: "/v1/events/track".to_owned(),
        status: Some(status),
        reasons: Some(reason.to_owned())
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect(),
        strict: Vec::new(),
        filled: Vec::new(),
        project: None,
        new_events: usize::from(status < 300),
        merged: None,
        event_ids: match status < 300 {
            true => vec![fresh_id(number)],
            false => Vec::new(),
        },
        bytes: body.len(),
        body: body.to_owned(),
        body_cut: false,
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
        second: None,
    }
}
