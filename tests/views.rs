//! The inspector's views, driven by keys as a person would press them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use rainscope::app::library::Batch;
use rainscope::app::overview::Row;
use rainscope::app::script::{self, Step};
use rainscope::app::{Effect, Env, Model, Msg, Overlay, Pane};
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
        let all = inspector.model.library.len();
        inspector.sees(&format!("Completions {}/{all}", expected.len()));
    };
    check("finding:secret", &["A key in the trace"]);

    check("name:anon", &["Anonymous"]);
    check(
        "rspn !finish:foo name:streamed",
        &["Responses API, streamed"],
    );
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
    assert_eq!(
        (inspector.listed().len(), inspector.name()),
        (inspector.model.library.len(), name)
    );
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
    let mut inspector = after("f type:name:anon enter");
    inspector.take(loaded());
    assert_eq!(inspector.listed(), ["Anonymous", "Anonymous"]);
    inspector.sees("Completions 2/");
}

#[test]
fn the_overview_leads_to_the_completions_behind_a_bar() {
    let inspector = after("o");
    inspector.sees("Findings");
    inspector.sees("in all");
    // Down to a bar; Enter lists what it counts.
    let count = |keys: &str| {
        let inspector = after(keys);
        let Some(Overlay::Overview(overview)) = &inspector.model.overlay else {
            unreachable!("no overview after {keys}");
        };
        match &overview.rows[overview.cursor.row] {
            Row::Bar { count, label, .. } => (*count, label.clone()),
            row => unreachable!("the cursor is on {row:?}"),
        }
    };
    for keys in [
        "o",
        "o down",
        "o down*6",
        "o l",
        "o G",
        "o l down*3",
        "o l down*11",
    ] {
        let (count, label) = count(keys);
        let inspector = after(&format!("{keys} enter"));
        assert_eq!(inspector.listed().len(), count, "{keys}: {label}");
    }
    // Within a filter, the overview counts what fits, and a bar narrows it further.
    let inspector = after("f type:api:chat enter o");
    inspector.sees("Overview · api:chat");
    let inspector = after("f type:api:chat enter o down enter");
    assert!(
        inspector
            .model
            .listing
            .filter
            .text()
            .starts_with("api:chat ")
    );
}

#[test]
fn the_dropped_view_tells_each_value_and_why() {
    let inspector = after("f type:name:metadata enter D");
    inspector.sees("`trace` is where such keys belong");
    inspector.sees("/request/metadata/");
    // Enter goes there; Esc in between closes.
    let inspector = after("f type:name:metadata enter D n enter");
    let current = inspector.model.current.as_ref().unwrap();
    assert_eq!(inspector.model.focus, Pane::Source);
    let row = current.source_row().unwrap().clone();
    assert!(!current.fate(&row, Privacy::Off).arrives());
    let dropped = |keys: &str| match after(keys).model.overlay {
        Some(Overlay::Dropped(dropped)) => dropped,
        other => unreachable!("{other:?}"),
    };
    // Privacy mode keeps the texts back.
    assert!(dropped("p D").count > dropped("D").count);
    // n and N go from reason to reason, and back.
    assert_eq!(dropped("D n n N").pointer(), dropped("D n").pointer());
    let copied = after("D Y");
    let pointer = dropped("D").pointer().unwrap().to_owned();
    assert_eq!(copied.effects, [Effect::Copy(pointer)]);
}

#[test]
fn nothing_panics_at_any_size() {
    let keys = [
        "f type:zzz",
        "f type:o enter O",
        "x J x",
        "o",
        "o G",
        "D",
        "D G",
    ];
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
