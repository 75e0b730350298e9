//! The inspector's views, driven by keys as a person would press them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use rainscope::app::library::Batch;
use rainscope::app::script::{self, Step};
use rainscope::app::{Effect, Env, Model, Msg};
use rainscope::completion::Edits;
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Context;
use rainscope::screen::{self, theme::Look};
use rainscope::{samples, share::picture};

/// The inspector with the bundled samples, and all effects that came of the keys.
struct Inspector {
    model: Model,
    effects: Vec<Effect>,
}

impl Inspector {
    fn new(width: u16, height: u16) -> Inspector {
        let model = Model::new(Context::at(1_780_662_840_000), Privacy::Off, Edits::none());
        let mut inspector = Inspector {
            model,
            effects: Vec::new(),
        };
        inspector.take(Msg::Resize(width, height));
        inspector.take(loaded());
        inspector
    }

    fn take(&mut self, msg: Msg) {
        let env = Env {
            now: 1_780_662_840_000,
            fresh_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        };
        self.effects.extend(self.model.update(msg, &env));
        while self.model.is_busy() {
            self.model.update(Msg::Continue, &env);
        }
    }

    fn press(&mut self, keys: &str) -> &mut Inspector {
        for step in script::parse(keys).unwrap() {
            let Step::Key(key) = step else { continue };
            self.take(Msg::Key(key));
        }
        self
    }

    fn screen(&self) -> String {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = screen::draw(&self.model, &Look::default(), &mut buffer);
        if let Some(at) = cursor {
            assert!(buffer.area.contains(at), "the cursor is at {at:?}");
        }
        picture::text(&buffer)
    }

    fn name(&self) -> String {
        let current = self.model.current.as_ref();
        current.map_or_else(String::new, |current| current.completion.name.clone())
    }

    /// The names that the list shows, in its order.
    fn listed(&self) -> Vec<String> {
        let entries = self.model.listing.entries(&self.model.library);
        let summary = |index| self.model.library.entry(index).unwrap().summary().cloned();
        entries
            .into_iter()
            .map(|index| summary(index).unwrap_or_default().name)
            .collect()
    }

    fn sees(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "no \"{text}\" in\n{screen}");
    }
}

fn loaded() -> Msg {
    Msg::Loaded(Batch {
        loaded: samples::load_all(),
        ..Batch::default()
    })
}

fn after(keys: &str) -> Inspector {
    let mut inspector = Inspector::new(120, 40);
    inspector.press(keys);
    inspector
}

#[test]
fn filters_the_list() {
    let check = |typed: &str, expected: &[&str]| {
        let inspector = after(&format!("f type:\"{typed}\""));
        assert_eq!(inspector.listed(), expected, "{typed}");
        inspector.sees(&format!("Completions {}/28", expected.len()));
    };
    check("finding:secret", &["A key in the trace"]);
    check("no-event", &["Error body (429)"]);
    check("anonymous", &["Anonymous"]);
    check("rspn", &["Responses API", "Responses API, streamed"]);
    check("edited", &[]);
    after("f type:nonsense").sees("Nothing fits");
    // Keys are text while a filter is typed, and the list can be walked through.
    let mut inspector = after("f type:messages down");
    assert_eq!(inspector.name(), inspector.listed()[1]);
    inspector.press("enter K");
    assert_eq!(inspector.name(), inspector.listed()[0]);
    // Esc shows all again, and the cursor stays on its completion.
    let name = inspector.name();
    inspector.press("esc");
    assert_eq!((inspector.listed().len(), inspector.name()), (28, name));
    // Leaving the filter goes back to where one was.
    let inspector = after("J*4 f type:refusal esc");
    assert_eq!(inspector.name(), after("J*4").name());
    // An edit is found.
    let inspector = after("J a type:team enter type:x enter f type:edited enter");
    assert_eq!(inspector.listed(), [after("J").name()]);
}

#[test]
fn sorts_the_list() {
    let inspector = after("J*3 O");
    let names = inspector.listed();
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()));
    assert_eq!(inspector.name(), after("J*3").name());
    inspector.sees("by name");
    let worst = after("O*3").listed();
    assert_eq!(worst[0], "Odd identifiers");
    assert!(!after("O*6").model.listing.is_narrowed());
    // Filter and order together.
    let both = after("O f type:stream enter").listed();
    assert!(both.len() > 2 && both.is_sorted_by_key(|name| name.to_lowercase()));
}

#[test]
fn a_filter_follows_what_is_loaded_later() {
    let mut inspector = after("f type:anonymous enter");
    inspector.take(loaded());
    assert_eq!(inspector.listed(), ["Anonymous", "Anonymous"]);
    inspector.sees("Completions 2/56");
}

#[test]
fn nothing_panics_at_any_size() {
    let keys = ["f type:zzz", "f type:o enter O", "x J x"];
    for keys in keys {
        let mut inspector = after(keys);
        for width in [1, 2, 9, 29, 30, 31, 60, 89, 90, 111, 112, 160, 300] {
            for height in [1, 2, 7, 8, 9, 12, 24, 40, 100] {
                inspector.take(Msg::Resize(width, height));
                inspector.screen();
            }
        }
    }
}
