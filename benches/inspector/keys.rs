//! From a key press to the finished frame: the model takes the key in and the screen is drawn into a buffer,
//! which is all but the writing of what changed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rainscope::delivery::answer::AttemptOutcome;
use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::http::Attempt;
use rainscope::event::DestinationKind;
use rainscope::inspector;
use rainscope::inspector::keys::script::{self, ScriptStep};
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::theme::Look;
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::inspector::{Effect, Env, Model, Msg};
use rainscope::json::quote;
use rainscope::mapping::Context;
use rainscope::prepare::Endpoint;
use rainscope::settings::resolve::KeySource;
use rainscope::{Edits, Loaded, Privacy, load, samples};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::millis;

const SIZE: (u16, u16) = (120, 40);
const TIMES: usize = 200;

/// Prints how long keys take in a record as large as one may be, and what a send adds.
pub fn run(texts: &str) {
    println!(
        "{:<44} {:>10} {:>10}",
        "key press to finished frame", "median", "longest"
    );
    let record = record(texts);
    let name = |what: &str| format!("{what}, {:.1} MB record", record.len() as f64 / 1e6);
    let mut large = Inspector::with(load("large.json", record.as_bytes()));
    report(
        &name("cursor down in the source"),
        large.press("tab", "down"),
    );
    report(
        &name("page down in the source"),
        large.press("", "pagedown"),
    );
    report(&name("privacy on or off"), large.press("", "p"));
    report(
        &name("cursor down in the event"),
        large.press("tab", "down"),
    );
    let mut plain = Inspector::with(samples::load_all());
    let without = plain.press("tab*2", "down");
    report("cursor down, nothing being sent", without);
    let (sends, answers) = plain.send();
    report("send: panel and request", sends);
    report("send: the answer comes in", answers);
    let with = plain.press("", "down");
    report("cursor down, the send panel open", with);
    let mut wide = Inspector::with(samples::load_all());
    wide.resize((200, 50));
    report(
        "cursor down in the event, 200x50",
        wide.press("tab*3", "down"),
    );
    report(
        "a character typed into the trace, 200x50",
        wide.press("e", "x"),
    );
    report("10,000 files, 25 a message, taken in and drawn", folder());
    let added = millis(with.0) - millis(without.0);
    println!("\na send adds {added:.3} ms to a frame");
}

/// How long it takes to take in some of the files of a large folder, and to draw the frame.
fn folder() -> (Duration, Duration) {
    const FILES: u32 = 10_000;
    const TOGETHER: u32 = 25;
    let mut inspector = Inspector::with(Loaded::default());
    let file = |number: u32| Batch {
        source: number,
        loaded: load(&format!("folder/{number}.json"), small(number).as_bytes()),
        ..Batch::default()
    };
    let times = (0..FILES / TOGETHER).map(|at| {
        let files = (at * TOGETHER..(at + 1) * TOGETHER).map(file);
        inspector.tell(Msg::LoadedMany(files.collect())).1
    });
    median_and_longest(times.collect())
}

/// A completion of usual size.
fn small(number: u32) -> String {
    let (question, answer) = ("word ".repeat(100), "answer ".repeat(150));
    format!(
        r#"{{"request":{{"model":"a/b","user":"user-{number}","trace":{{"feature":"search"}},"messages":[{{"role":"user","content":"{number} {question}"}}]}},"response":{{"id":"gen-{number}","created":1780662712,"choices":[{{"message":{{"content":"{answer}"}}}}]}}}}"#
    )
}

fn report(what: &str, (median, longest): (Duration, Duration)) {
    println!(
        "{what:<44} {:>8.3}ms {:>8.3}ms",
        millis(median),
        millis(longest)
    );
}

/// One completion whose conversation is as long as all these lines.
fn record(lines: &str) -> String {
    let messages: Vec<String> = lines
        .lines()
        .map(|line| format!(r#"{{"role":"user","content":{}}}"#, quote(line)))
        .collect();
    format!(
        r#"{{"request":{{"model":"a/b","user":"u","trace":{{"feature":"search"}},"messages":[{}]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"Yes."}}}}]}}}}"#,
        messages.join(",")
    )
}

/// The inspector without a terminal and without a loop: what it is told, it takes in and draws.
struct Inspector {
    model: Model,
    look: Look,
    buffer: Buffer,
}

impl Inspector {
    fn with(loaded: Loaded) -> Inspector {
        let mut inspector = Inspector {
            model: Model::new(Context::at(0), Privacy::Off, Edits::none()),
            look: Look::default(),
            buffer: Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1)),
        };
        inspector.tell(Msg::Resize(SIZE.0, SIZE.1));
        inspector.tell(Msg::Destination(DestinationShown {
            name: "local sink".to_owned(),
            endpoint: Endpoint {
                kind: DestinationKind::LocalSink,
                base_url: "http://127.0.0.1:5899".to_owned(),
                project: String::new(),
            },
            key_source: KeySource::None,
            foreign_key: None,
            unavailable: None,
            is_asked: false,
            is_switched_off: false,
        }));
        inspector.tell(Msg::OwnSink("http://127.0.0.1:5899".to_owned()));
        inspector.tell(Msg::Loaded(Batch {
            loaded,
            ..Batch::default()
        }));
        inspector
    }

    fn resize(&mut self, size: (u16, u16)) {
        self.buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        self.tell(Msg::Resize(size.0, size.1));
    }

    /// Takes one thing in and draws the frame; the effects, and how long it took.
    fn tell(&mut self, msg: Msg) -> (Vec<Effect>, Duration) {
        let env = Env {
            now: 1_780_700_000_000,
            fresh_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        };
        let start = Instant::now();
        let effects = self.model.update(msg, &env);
        self.buffer.reset();
        black_box(inspector::draw(&self.model, &self.look, &mut self.buffer));
        (effects, start.elapsed())
    }

    /// Presses some keys once and then another many times; how long each of those took.
    fn press(&mut self, first: &str, then: &str) -> (Duration, Duration) {
        self.keys(first, 1);
        let times = self.keys(then, TIMES);
        median_and_longest(times)
    }

    fn keys(&mut self, script: &str, times: usize) -> Vec<Duration> {
        let steps = script::parse(script).unwrap();
        let steps = steps.iter().cycle().take(steps.len() * times);
        let mut taken = Vec::new();
        for step in steps {
            if let ScriptStep::Key(key) = step {
                taken.push(self.tell(Msg::Key(*key)).1);
            }
        }
        taken
    }

    /// Sends test traces, each accepted at once: from the key to the panel, and from the answer to its frame.
    fn send(&mut self) -> ((Duration, Duration), (Duration, Duration)) {
        let ScriptStep::Key(key) = script::parse("s").unwrap().remove(0) else {
            unreachable!("s is a key");
        };
        let (mut sends, mut answers) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let (effects, sent) = self.tell(Msg::Key(key));
            let [Effect::Send(ticket, _)] = effects[..] else {
                unreachable!("s sends to the local sink: {effects:?}");
            };
            sends.push(sent);
            let attempt = Attempt {
                outcome: AttemptOutcome::Answered {
                    status: 200,
                    retry_after: None,
                    body: "{}".to_owned(),
                    body_truncated: false,
                },
                elapsed: Duration::from_millis(1),
            };
            let (_, told) = self.tell(Msg::Attempted(ticket, attempt));
            let (_, ended) = self.tell(Msg::Ended(ticket, DeliveryEnding::Accepted));
            answers.push(told + ended);
        }
        (median_and_longest(sends), median_and_longest(answers))
    }
}

fn median_and_longest(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() - 1])
}
