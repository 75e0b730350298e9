//! What grows while one looks at it costs what comes, not what is there.

use rainscope::inspector::library::traffic::TrafficReport;
use rainscope::inspector::windows::live::{LiveReport, LiveTask};
use rainscope::inspector::{Effect, Msg};

use crate::stage::Stage;
use crate::stage::traffic::listening;
use crate::support::grows_with_size;

const SIZE: (u16, u16) = (100, 24);

/// A piece of an answer, and a line that a command writes.
fn piece() -> String {
    "word after word ".repeat(60)
}

#[test]
fn an_answer_and_an_output_take_time_with_their_length() {
    let asked = |pieces: usize| {
        let mut stage = Stage::samples(SIZE);
        stage.kept.live.access.has_key = true;
        let effects = stage.press("X enter");
        let ticket = effects.iter().find_map(|effect| match effect {
            Effect::Live(LiveTask::Begin(ticket, _)) => Some(*ticket),
            _ => None,
        });
        (stage, ticket.unwrap(), pieces)
    };
    grows_with_size("an answer", asked, |(stage, ticket, pieces)| {
        let mut stage = stage.clone();
        for _ in 0..*pieces {
            stage.tell(Msg::Live(*ticket, LiveReport::Text(piece())));
        }
        stage.sees("word after word");
    });
    let listens = |lines: usize| {
        let mut stage = listening(SIZE, None);
        stage.press("$");
        (stage, lines)
    };
    grows_with_size("an output", listens, |(stage, lines)| {
        let mut stage = stage.clone();
        for _ in 0..*lines {
            let (is_error, text) = (false, piece());
            stage.tell(Msg::Traffic(TrafficReport::Output { is_error, text }));
        }
        stage.sees("word after word");
    });
}

/// What is shown is what is there, whatever the width, and to its end.
#[test]
fn an_output_that_goes_and_comes_is_shown_as_it_is() {
    let mut stage = listening(SIZE, None);
    let line = |text: String| {
        Msg::Traffic(TrafficReport::Output {
            is_error: false,
            text,
        })
    };
    stage.press("$");
    for number in 0..6_000 {
        stage.tell(line(format!("line {number}")));
    }
    stage.sees("line 5999");
    stage.tell(Msg::Resize(80, 24));
    stage.tell(line("the last".to_owned()));
    stage.sees("line 5999");
    stage.sees("the last");
    for number in 0..500 {
        stage.tell(line(format!("more {number}")));
    }
    stage.press("g");
    let window = stage.window();
    let before = |line: &String| line.contains("… 1501 lines before these");
    let at = window.iter().position(before).unwrap();
    assert!(window[at + 1].contains("line 1501"), "{window:?}");
}
