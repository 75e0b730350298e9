//! What the fuzz target of key scripts does with its bytes: a script, read as the program reads one, and its keys pressed
//! in an inspector with a few completions, on a screen of some size.
//! `tests/inspector/screen/fuzzed.rs` runs the committed corpus through it.

use rainscope::Edits;
use rainscope::completion::load::{Loaded, load};
use rainscope::event::privacy::Privacy;
use rainscope::inspector::keys::script::{self, ScriptStep};
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::theme::Look;
use rainscope::inspector::{self, Env, Model, Msg};
use rainscope::mapping::Context;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Milliseconds since 1970.
const NOW: i64 = 1_780_700_000_000;
/// Steps that are played of one script.
const MOST: usize = 400;
/// Steps from one frame to the next.
const FRAME: usize = 8;
/// Columns and rows: common ones, and some that nothing fits into.
const SIZES: [(u16, u16); 8] = [
    (80, 24),
    (120, 40),
    (200, 50),
    (60, 20),
    (40, 10),
    (20, 5),
    (1, 1),
    (300, 4),
];
const COMPLETIONS: &str = r#"{"request":{"model":"openai/gpt-4o-mini","messages":[{"role":"system","content":"Be brief\u001b[2J."},{"role":"user","content":"What time is it? \u202e\ud83d\udc69\u200d\ud83d\udc67"}],"user":"ada","trace":{"trace_name":"What time is it?","tags":["a",{"b":[1,2,3]}]},"metadata":{"deep":{"er":{"est":null}}}},"response":{"id":"gen-1","model":"openai/gpt-4o-mini","choices":[{"message":{"content":"Half past two."},"finish_reason":"stop"}],"usage":{"cost":1.48e-05,"prompt_tokens":9}},"completed_at":"2026-06-05T12:31:53.986Z"}
{"id":"gen-2","choices":[{"message":{"content":"A second\nline"}}]}
{"request":{"model":"a/b","messages":[]},"response":{"error":{"code":429,"message":"slow"}}}
broken
"#;

/// The first byte says the size.
pub fn press(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let steps = match script::parse_file(&text) {
        Ok(steps) => steps,
        Err(error) => {
            let line = text.split('\n').nth(error.at.line - 1);
            let length = line.map(|line| line.chars().count());
            assert!(
                length.is_some_and(|length| error.at.column <= length + 1),
                "{error}: beyond the script"
            );
            return;
        }
    };
    let size = SIZES[usize::from(how & 7)];
    let mut stage = Stage::new(size, load("fuzz.ndjson", COMPLETIONS.as_bytes()));
    for (number, step) in steps.into_iter().take(MOST).enumerate() {
        let msg = match step {
            ScriptStep::Key(key) | ScriptStep::Typed(key) => Msg::Key(key),
            ScriptStep::Run(command) => Msg::Run(command),
            ScriptStep::Paste(text) => Msg::Paste(text),
            // The screen changes its size instead.
            ScriptStep::Wait(text) => {
                let (width, height) = SIZES[text.len() % SIZES.len()];
                Msg::Resize(width, height)
            }
            ScriptStep::Caption(_) | ScriptStep::Chapter(_) | ScriptStep::Pause(_) => Msg::Tick,
        };
        stage.tell(msg);
        if number % FRAME == 0 {
            stage.look();
        }
    }
    stage.look();
}

struct Stage {
    model: Model,
    look: Look,
    ids: u64,
}

impl Stage {
    fn new((width, height): (u16, u16), loaded: Loaded) -> Self {
        let mut stage = Self {
            model: Model::new(Context::at(NOW), Privacy::Off, Edits::none()),
            look: Look::default(),
            ids: 0,
        };
        stage.tell(Msg::Resize(width, height));
        stage.tell(Msg::Loaded(Batch {
            loaded,
            ..Batch::default()
        }));
        stage
    }

    fn tell(&mut self, msg: Msg) {
        self.ids += 1;
        let env = Env {
            now: NOW,
            fresh_id: format!("00000000-0000-4000-8000-{:012}", self.ids),
        };
        self.model.update(msg, &env);
        // What is begun ends.
        for _ in 0..10_000 {
            if !self.model.is_busy() {
                return;
            }
            self.model.update(Msg::Continue, &env);
        }
        panic!("busy without an end");
    }

    /// A frame holds nothing that a terminal would obey, and its cursor is within it.
    fn look(&self) {
        let (width, height) = self.model.size;
        let mut frame = Buffer::empty(Rect::new(0, 0, width, height));
        if let Some(at) = inspector::draw(&self.model, &self.look, &mut frame) {
            assert!(frame.area.contains(at), "the cursor is at {at:?}");
        }
        let is_obeyed = |c: char| {
            c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        for cell in &frame.content {
            assert!(!cell.symbol().contains(is_obeyed), "{:?}", cell.symbol());
        }
    }
}
