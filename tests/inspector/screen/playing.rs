//! A script that plays on the screen: its captions and chapters, its pace, how it is hurried and left.

use std::time::Duration;

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::event::privacy::Privacy;
use rainscope::inspector::keys::script;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Effect, Msg};

use crate::stage::Stage;

fn play(script: &str, size: (u16, u16)) -> Stage {
    let mut stage = Stage::samples(size);
    stage.tell(Msg::Play(script::parse_file(script).unwrap()));
    stage
}

/// Lets the rests pass until the script waits for something else; gives how long that took.
fn rest(stage: &mut Stage) -> Duration {
    let mut time = Duration::ZERO;
    while let Some((number, rest)) = stage.model.rest() {
        time += rest;
        stage.tell(Msg::Rested(number));
    }
    time
}

const SCRIPT: &str = "
# Played in the tests.
chapter:One caption:\"First, privacy\" p pause:1000
chapter:Two caption:\"Then a field\" tab*3 caption:\"\" run:detail
chapter:Three esc s wait:accepted caption:\"Sent\"
";

#[test]
fn plays_chapter_by_chapter() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = play(SCRIPT, size);
        assert_eq!(
            stage.guide(),
            "First, privacy 1 of 3 · One Space skips ahead · Esc takes over"
        );
        assert_eq!(
            stage.model.privacy,
            Privacy::Off,
            "the caption is read first"
        );
        let time = rest(&mut stage);
        // The caption, a key, the pause.
        assert!((2.0..5.0).contains(&time.as_secs_f64()), "{time:?}");
        assert_eq!(stage.model.privacy, Privacy::On);
        assert!(
            stage.guide().ends_with("Space goes on · Esc takes over"),
            "{}",
            stage.guide()
        );
        stage.press("space");
        assert!(
            stage.guide().starts_with("Then a field 2 of 3 · Two"),
            "{}",
            stage.guide()
        );
        rest(&mut stage);
        assert!(!stage.model.windows.is_empty(), "the value in full is open");
        assert!(
            stage.guide().starts_with("2 of 3 · Two"),
            "{}",
            stage.guide()
        );
        stage.press("right");
        rest(&mut stage);
        // It waits for the answer, not for a time, and no key makes one.
        let waits = "no \"accepted\" yet · Space skips it";
        assert!(stage.guide().contains(waits), "{}", stage.guide());
        stage.press("right enter");
        assert!(stage.guide().contains(waits), "{}", stage.guide());
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
        rest(&mut stage);
        assert!(
            stage.guide().starts_with("Sent 3 of 3 · Three the end"),
            "{}",
            stage.guide()
        );
        stage.press("space");
        assert!(stage.model.playing.is_none());
        stage.press("esc");
        assert!(stage.model.windows.is_empty(), "the keys are the person's");
    }
}

/// What never comes is named, and holds nobody up; who hurries does not pass over it by mistake. What was said in a chapter
/// does not stand under the title of the next.
#[test]
fn a_text_that_does_not_come_is_named_and_left_out() {
    for size in [(80, 24), (120, 40)] {
        let script = "chapter:One wait:never-there caption:\"After it\" p chapter:Two pause:900 p";
        let mut stage = play(script, size);
        let says = |stage: &Stage, expected: &str| {
            assert!(stage.guide().contains(expected), "{}", stage.guide());
        };
        says(&stage, "waits for \"never-there\" · Esc takes over");
        stage.press("space right enter");
        says(&stage, "waits for \"never-there\"");
        stage.sees("it waits for the text named above; Esc takes over");
        let (number, time) = stage.model.rest().unwrap();
        assert!(time.as_secs() < 10, "{time:?}");
        stage.tell(Msg::Rested(number));
        says(&stage, "no \"never-there\" yet · Space skips it");
        assert_eq!(stage.notice(), "", "Space does more by now");
        assert!(stage.model.rest().is_none());
        stage.press("space");
        says(&stage, "After it 1 of 2 · One Space skips ahead");
        rest(&mut stage);
        assert_eq!(stage.model.privacy, Privacy::On);
        says(&stage, "After it 1 of 2 · One");
        stage.press("space");
        assert!(
            stage.guide().starts_with("2 of 2 · Two"),
            "{}",
            stage.guide()
        );
    }
}

/// Space and the arrow go on at once, and the result is the same.
#[test]
fn can_be_hurried() {
    let mut slow = play(SCRIPT, (120, 40));
    rest(&mut slow);
    let mut fast = play(SCRIPT, (120, 40));
    let mut keys = 0;
    while fast.model.rest().is_some() {
        fast.press(if keys % 2 == 0 { "space" } else { "right" });
        keys += 1;
    }
    assert_eq!(keys, 3, "a caption, a key and a pause");
    assert_eq!(fast.text(), slow.text());
}

#[test]
fn esc_takes_over_at_any_point() {
    for presses in 0..6 {
        let mut stage = play(SCRIPT, (120, 40));
        let own = ["Z".to_owned()];
        for _ in 0..presses {
            stage.press("space");
        }
        stage.press("esc");
        assert!(stage.model.playing.is_none(), "{presses}");
        stage.sees("the script has ended here; all keys are yours");
        stage.model.keymap.rebind([("privacy", own.as_slice())]);
        let before = stage.model.privacy;
        stage.press("esc Z");
        assert_ne!(stage.model.privacy, before);
    }
}

/// What a script filled in is no answer of the person's, who may press Enter more often than it takes.
#[test]
fn nothing_that_it_filled_in_is_done_by_the_persons_enter() {
    for script in [
        r#"run:report ctrl-u type:"elsewhere.html""#,
        r#"run:picture ctrl-u type:"elsewhere.svg""#,
        r#"run:save ctrl-u type:"elsewhere.json""#,
        "S",
    ] {
        let mut stage = play(script, (120, 40));
        rest(&mut stage);
        assert!(stage.guide().contains("the end"), "{}", stage.text());
        let before = stage.effects.len();
        stage.press("enter enter");
        assert!(stage.model.playing.is_some(), "Enter doesn't take over");
        stage.press("space enter enter");
        assert!(stage.model.playing.is_none());
        let done = &stage.effects[before..];
        assert!(done.is_empty(), "{script}: {done:?}");
    }
}

/// What it says of a copy is so.
#[test]
fn a_copy_is_not_said_to_be_in_the_clipboard() {
    let mut stage = play("y", (120, 40));
    rest(&mut stage);
    stage.sees("a script leaves the clipboard alone");
}

/// A script is written for the keys of the table; the person's own are there again afterwards.
#[test]
fn plays_the_same_whatever_the_keys_are() {
    let mut stage = Stage::samples((120, 40));
    let own = ["Z".to_owned()];
    stage.model.keymap.rebind([("privacy", own.as_slice())]);
    stage.tell(Msg::Play(script::parse("p").unwrap()));
    rest(&mut stage);
    assert_eq!(stage.model.privacy, Privacy::On);
    stage.press("esc p");
    assert_eq!(stage.model.privacy, Privacy::On, "p is no key of theirs");
    stage.press("Z");
    assert_eq!(stage.model.privacy, Privacy::Off);
}

/// What else is pressed, pasted or clicked changes nothing while it plays; a rest that is over already counts once.
#[test]
fn other_input_changes_nothing() {
    let mut stage = play("chapter:One p pause:500 chapter:Two s", (120, 40));
    let (number, _) = stage.model.rest().unwrap();
    stage.press("s q x paste:\"{}\"");
    stage.tell(Msg::Click(90, 5));
    assert!(stage.effects.is_empty(), "{:?}", stage.effects);
    assert!(stage.notice().contains("a script plays"));
    stage.tell(Msg::Rested(number));
    assert_eq!(stage.model.privacy, Privacy::On);
    stage.tell(Msg::Rested(number));
    assert!(stage.model.rest().is_some(), "the pause still rests");
    rest(&mut stage);
    let effects = stage.press("space");
    assert!(effects.is_empty(), "a key takes its time");
    let (number, _) = stage.model.rest().unwrap();
    let effects = stage.tell(Msg::Rested(number));
    assert!(
        matches!(effects.as_slice(), [Effect::Send(..), ..]),
        "{effects:?}"
    );
}

/// At the end the key that leaves leaves, whatever the script left open; edits are asked about as ever.
#[test]
fn the_key_that_leaves_does_so_at_the_end() {
    let mut stage = play("c p", (120, 40));
    rest(&mut stage);
    assert!(stage.guide().contains("the end"), "{}", stage.guide());
    assert_eq!(stage.press("q"), [Effect::Quit]);
    assert!(stage.model.playing.is_none());
    let mut stage = play("e type:x enter c", (120, 40));
    rest(&mut stage);
    assert_eq!(stage.press("q"), []);
    stage.sees("Leave rainscope?");
}

#[test]
fn an_empty_script_is_over_at_once() {
    let mut stage = play("# nothing\n", (80, 24));
    assert!(stage.guide().contains("the end"));
    stage.press("esc");
    assert!(stage.model.playing.is_none());
}
