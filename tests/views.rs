//! The inspector's views, driven by keys as a person would press them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

use std::process::Command;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use rainscope::app::compare::{Compare, Mode, Relation};
use rainscope::app::current::Touch;
use rainscope::app::library::Batch;
use rainscope::app::overview::Row;
use rainscope::app::saving::Saved;
use rainscope::app::script::{self, Step};
use rainscope::app::{Effect, Env, Model, Msg, Overlay, Pane};
use rainscope::completion::{Edit, Edits, load};
use rainscope::event::privacy::Privacy;
use rainscope::event::{Event, Section};
use rainscope::mapping::{self, Context};
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

fn compared(inspector: &Inspector) -> &Compare {
    match &inspector.model.overlay {
        Some(Overlay::Compare(compare)) => compare,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn compares_with_what_was_loaded() {
    let mut inspector = after("tab down*2 r type:_x enter a type:team enter type:search enter c m");
    let compare = compared(&inspector);
    assert_eq!(compare.mode, Mode::Edited);
    let count = |relation| compare.count(relation);
    assert_eq!(count(Relation::Added), 2);
    inspector.sees("+ 2 added");
    inspector.sees("with 2 edits");
    // n and N go from difference to difference; Enter goes there.
    inspector.press("n n N enter");
    let current = inspector.model.current.as_ref().unwrap();
    let row = current.event_row().unwrap();
    assert_ne!(current.touch(row), Touch::Same);
    // A key with another name has moved.
    let inspector = after("tab down*4 r type:_x enter c m");
    let compare = compared(&inspector);
    assert_eq!(compare.count(Relation::Moved), 1);
    inspector.sees("→ 1 moved");
    after("c m").sees("the event is the same as without edits");
}

#[test]
fn compares_with_a_marked_completion() {
    let mut inspector = after("x J c m m");
    assert_eq!(compared(&inspector).mode, Mode::Marked);
    inspector.sees("marked: Time check");
    assert!(compared(&inspector).count(Relation::Changed) > 3);
    // The next completion is compared in the same way, and the round ends where it began.
    inspector.press("J");
    assert_eq!(compared(&inspector).mode, Mode::Marked);
    inspector.press("m");
    assert_eq!(compared(&inspector).mode, Mode::Privacy);
    // Without a mark, words say what to do.
    after("c m m").sees("mark another completion with x");
    assert_eq!(after("x J x f type:marked enter").listed().len(), 2);
    assert_eq!(after("x x f type:marked enter").listed().len(), 0);
}

#[test]
fn goes_to_a_pointer() {
    let at = |keys: &str| {
        let inspector = after(keys);
        let current = inspector.model.current.as_ref().unwrap();
        let pointer = match inspector.model.focus {
            Pane::Event => current.event_row().map(|row| row.pointer.clone()),
            _ => current.source_pointer(),
        };
        (inspector.model.focus, pointer.unwrap())
    };
    let source = |pointer: &str| (Pane::Source, pointer.to_owned());
    assert_eq!(
        at("ctrl-g type:request.user enter"),
        source("/request/user")
    );
    // What is closed around it opens.
    let deep = "/request/messages/0/content";
    let closed = format!("tab*2 - ctrl-g type:{deep} enter");
    assert_eq!(at(&closed), source(deep));
    let event = (Pane::Event, "/ai_data/input".to_owned());
    assert_eq!(at("ctrl-g type:/ai_data/input enter"), event);
    after("ctrl-g type:nowhere").sees("not there");
    after("ctrl-g type:nowhere enter").sees("neither the completion nor the event has nowhere");
}

#[test]
fn folds_by_level() {
    let rows = |keys: &str| after(keys).model.current.unwrap().source_rows.len();
    assert_eq!(rows("tab*2 1"), rows("tab*2 -"));
    assert!(rows("tab*2 2") > rows("tab*2 1"));
    assert_eq!(rows("tab*2 9"), rows("tab*2 +"));
    // The cursor stays on what is left in sight of what it was on.
    let inspector = after("ctrl-g type:request.user enter 1");
    let pointer = inspector.model.current.unwrap().source_pointer();
    assert_eq!(pointer.as_deref(), Some("/request"));
    let event_rows = |keys: &str| after(keys).model.current.unwrap().event_rows.len();
    assert!(event_rows("tab*3 1") < event_rows("tab*3 2"));
}

#[test]
fn panes_are_zoomed_and_shared_out() {
    let inspector = after("tab*2 z");
    let layout = inspector.model.layout();
    assert_eq!(layout.pane(Pane::Source), layout.body);
    assert!(layout.pane(Pane::Event).is_empty());
    assert_eq!(
        after("tab*2 z z").model.layout(),
        after("tab*2").model.layout()
    );
    assert_eq!(
        after("tab*2 > < > z |").model.layout(),
        after("tab*2").model.layout()
    );
    let width = |keys: &str, pane| after(keys).model.layout().pane(pane).width;
    for (keys, pane) in [
        ("", Pane::List),
        ("tab*2", Pane::Source),
        ("tab*3", Pane::Event),
    ] {
        let plain = width(keys, pane);
        assert_eq!(width(&format!("{keys} >"), pane), plain + 2, "{keys}");
        assert_eq!(width(&format!("{keys} < < >"), pane), plain - 2, "{keys}");
        assert!(width(&format!("{keys} <*90"), pane) >= 20, "{keys}");
    }
    // A divider is dragged with the mouse.
    let mut inspector = after("");
    let before = inspector.model.layout();
    let column = before.pane(Pane::Source).x;
    inspector.take(Msg::Click(column, 5));
    inspector.take(Msg::Drag(column + 7, 9));
    inspector.take(Msg::Release);
    inspector.take(Msg::Drag(column, 9));
    let after = inspector.model.layout();
    assert_eq!(after.pane(Pane::Source).x, column + 7);
    assert_eq!(after.pane(Pane::Event), before.pane(Pane::Event));
}

fn property(inspector: &Inspector, key: &str) -> Option<String> {
    let event = inspector.model.current.as_ref()?.mapped.event()?;
    let field = event.field(Section::Properties, key)?;
    Some(field.value.as_str().to_owned())
}

fn edits(inspector: &Inspector, index: usize) -> Vec<Edit> {
    let entry = inspector.model.library.entry(index).unwrap();
    entry.edits.steps().to_vec()
}

#[test]
fn writes_the_trace_as_json() {
    // A key is put after the opening brace of the trace; the event follows while it is typed.
    let mut inspector = after("ctrl-o down*3 end enter");
    let text = "\"team\": {\"a\": 1},";
    for c in text.chars() {
        inspector.take(Msg::Key(KeyCode::Char(c).into()));
    }
    assert_eq!(property(&inspector, "team").as_deref(), Some("{\"a\":1}"));
    assert_eq!(edits(&inspector, 0), []);
    inspector.sees("Trace as JSON");
    // Not valid: the error tells the place, and the event shows the last valid text.
    inspector.press("type:x");
    inspector.sees("line 5, column");
    assert!(property(&inspector, "team").is_some());
    inspector.press("ctrl-s");
    inspector.sees("not kept");
    inspector.press("backspace ctrl-s");
    assert!(matches!(edits(&inspector, 0)[..], [Edit::ReplaceTrace(_)]));
    inspector.sees("/properties/team added");
    inspector.press("u");
    assert_eq!(property(&inspector, "team"), None);
    // Esc asks before it drops what was typed; nothing is left of it.
    let mut inspector = after("ctrl-o ctrl-u ctrl-u esc");
    inspector.sees("Esc again leaves");
    assert!(inspector.model.trace.raw.is_some());
    inspector.press("esc");
    assert!(inspector.model.trace.raw.is_none());
    assert_eq!(edits(&inspector, 0), []);
    after("ctrl-o ctrl-s").sees("nothing was changed");
    // What is changed in the event is scrolled into sight.
    let mut inspector = Inspector::new(80, 24);
    inspector.press("ctrl-o down*8 end left type:8");
    inspector.sees("41878");
    assert!(inspector.model.current.as_ref().unwrap().event.offset > 0);
    // User and session are edits of their own, in the same go.
    let inspector = after("ctrl-o down end left*2 backspace*10 type:bob ctrl-s");
    assert_eq!(edits(&inspector, 0), [Edit::User(Some("bob".to_owned()))]);
}

#[test]
fn makes_the_same_edits_in_all_that_is_listed() {
    let mut inspector = after("a type:team enter type:search enter f type:api:messages enter");
    let listed = inspector.model.listing.entries(&inspector.model.library);
    // The edits of what the cursor is on count; there are none here.
    inspector.press("A").sees("there are no edits here");
    inspector.press("a type:team enter type:x enter A");
    inspector.sees(&format!("make this edit in {} other", listed.len() - 1));
    assert_eq!(edits(&inspector, listed[1]), []);
    inspector.press("A");
    for index in &listed {
        assert_eq!(edits(&inspector, *index).len(), 1, "{index}");
    }
    // What is not listed is left alone, and undo works in each.
    assert_eq!(edits(&inspector, 0).len(), 1);
    assert_eq!(edits(&inspector, 1), []);
    inspector.press("A").sees("has this edit already");
    inspector.press("J");
    assert_eq!(property(&inspector, "team").as_deref(), Some("\"x\""));
    inspector.press("u");
    assert_eq!(property(&inspector, "team"), None);
    // Any other key between the two means no.
    let inspector = after("a type:team enter type:x enter A j A");
    assert_eq!(edits(&inspector, 1), []);
}

#[test]
fn saves_a_sample_that_gives_the_same_event() {
    let mut inspector =
        after("tab down e ctrl-u type:other enter down*2 d a type:team enter type:x enter w");
    inspector.sees("save as 01-time-check.edited.json");
    inspector.press("enter");
    let Some(Effect::Save {
        path,
        bytes,
        replace,
    }) = inspector.effects.last().cloned()
    else {
        unreachable!("{:?}", inspector.effects);
    };
    assert_eq!(
        (path.to_str(), replace),
        (Some("01-time-check.edited.json"), false)
    );
    let loaded = load::load("saved", &bytes);
    assert_eq!((loaded.problems.len(), loaded.completions.len()), (0, 1));
    let values = |event: &Event| -> Vec<(String, String)> {
        let fields = event.fields.iter();
        fields
            .map(|field| (field.pointer(), field.value.to_string()))
            .collect()
    };
    let context = inspector.model.context.clone();
    let again = mapping::map(&loaded.completions[0], &Edits::none(), &context);
    let current = inspector.model.current.as_ref().unwrap();
    assert_eq!(
        values(again.event().unwrap()),
        values(current.mapped.event().unwrap())
    );
    // Where the file is there already, the name is asked for again, and the same name replaces it.
    inspector.take(Msg::Saved(Saved::Exists(path.clone())));
    inspector.sees("there already");
    inspector.press("enter");
    let replaces = matches!(
        inspector.effects.last(),
        Some(Effect::Save { replace: true, .. })
    );
    assert!(replaces);
    inspector.take(Msg::Saved(Saved::Exists(path)));
    inspector.press("type:x enter");
    let replaces = matches!(
        inspector.effects.last(),
        Some(Effect::Save { replace: true, .. })
    );
    assert!(!replaces);
    // All samples can be saved as they are, and read again.
    let mut inspector = after("");
    for _ in 0..inspector.model.library.len() {
        inspector.press("w enter J");
    }
    let saves = inspector.effects.iter().filter_map(|effect| match effect {
        Effect::Save { bytes, .. } => Some(bytes),
        _ => None,
    });
    for bytes in saves {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(load::load("saved", bytes).problems, [], "{text}");
    }
}

#[test]
fn writes_files_and_never_over_another_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let shot = |keys: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_rainscope"))
            .args(["shot", "--size", "200x24", "--keys", keys])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
    };
    let name = path.display();
    let save = format!("w ctrl-u type:\"{name}\" enter");
    shot(&format!("{save} wait:saved"));
    let first = std::fs::read(&path).unwrap();
    assert!(!first.is_empty());
    shot(&format!("J {save} wait:\"there already\" esc"));
    assert_eq!(std::fs::read(&path).unwrap(), first);
    shot(&format!("J {save} wait:\"there already\" enter wait:saved"));
    assert_ne!(std::fs::read(&path).unwrap(), first);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    shot(&format!(
        "w ctrl-u type:\"{name}/x\" enter wait:\"not saved\""
    ));
}

#[test]
fn searches_a_long_text() {
    let mut inspector =
        after("f type:name:long enter ctrl-g type:/ai_data/output enter v / type:the");
    let detail = |inspector: &Inspector| match &inspector.model.overlay {
        Some(Overlay::Detail(detail)) => (detail.at, detail.found.len(), detail.offset),
        other => unreachable!("{other:?}"),
    };
    let (at, count, _) = detail(&inspector);
    assert!(at == 0 && count > 5);
    inspector.sees(&format!("{count} matches"));
    inspector.press("enter N");
    let (at, _, offset) = detail(&inspector);
    assert!(at == count - 1 && offset > 0);
    inspector.press("n");
    assert_eq!(detail(&inspector).0, 0);
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
