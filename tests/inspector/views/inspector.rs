//! The inspector with the bundled samples: keys in, screen and effects out.

use rainscope::completion::Edits;
use rainscope::event::privacy::Privacy;
use rainscope::inspector;
use rainscope::inspector::keys::script::{self, Step};
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::theme::Look;
use rainscope::inspector::{Effect, Env, Model, Msg};
use rainscope::mapping::Context;
use rainscope::{samples, share::picture};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The inspector with the bundled samples, and all effects that came of the keys.
pub struct Inspector {
    pub model: Model,
    pub effects: Vec<Effect>,
}

impl Inspector {
    pub fn new(width: u16, height: u16) -> Inspector {
        let model = Model::new(Context::at(1_780_662_840_000), Privacy::Off, Edits::none());
        let mut inspector = Inspector {
            model,
            effects: Vec::new(),
        };
        inspector.take(Msg::Resize(width, height));
        inspector.take(loaded());
        inspector
    }

    pub fn take(&mut self, msg: Msg) {
        let env = Env {
            now: 1_780_662_840_000,
            fresh_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        };
        self.effects.extend(self.model.update(msg, &env));
        while self.model.is_busy() {
            self.model.update(Msg::Continue, &env);
        }
    }

    pub fn press(&mut self, keys: &str) -> &mut Inspector {
        for step in script::parse(keys).unwrap() {
            self.take(match step {
                Step::Key(key) => Msg::Key(key),
                Step::Paste(text) => Msg::Paste(text),
                Step::Wait(_) => continue,
            });
        }
        self
    }

    pub fn screen(&self) -> String {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = inspector::draw(&self.model, &Look::default(), &mut buffer);
        if let Some(at) = cursor {
            assert!(buffer.area.contains(at), "the cursor is at {at:?}");
        }
        picture::text(&buffer)
    }

    pub fn name(&self) -> String {
        let current = self.model.current.as_ref();
        current.map_or_else(String::new, |current| current.completion.name.clone())
    }

    /// The names that the list shows, in its order.
    pub fn listed(&self) -> Vec<String> {
        let entries = self.model.listing.entries(&self.model.library);
        let summary = |index| self.model.library.entry(index).unwrap().summary().cloned();
        entries
            .into_iter()
            .map(|index| summary(index).unwrap_or_default().name)
            .collect()
    }

    pub fn sees(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "no \"{text}\" in\n{screen}");
    }
}

pub fn loaded() -> Msg {
    Msg::Loaded(Batch {
        loaded: samples::load_all(),
        ..Batch::default()
    })
}

pub fn after(keys: &str) -> Inspector {
    let mut inspector = Inspector::new(120, 40);
    inspector.press(keys);
    inspector
}
