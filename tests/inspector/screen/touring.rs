//! The tour: each stop on the real screen, by the person's own keys and by Space alone; left and gone on with; and all that
//! the person had is there again.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::keys::command::TABLE;
use rainscope::inspector::showing::tour::{Light, STOPS, Task, TourPlace, Until, Within};
use rainscope::inspector::windows::verify::{VerifyEnd, VerifyReport, VerifyTask};
use rainscope::inspector::{Effect, Msg, Pane};
use rainscope::json::{Document, Limits};
use rainscope::verify::{self, Reader, StoredEvent};
use ratatui::style::Modifier;

use crate::stage::{Stage, answered, local_sink, paint};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// The tour at a stop, its sink ready.
fn at(stop: usize, size: (u16, u16)) -> Stage {
    let mut stage = Stage::samples(size);
    begin(&mut stage, stop);
    stage
}

fn begin(stage: &mut Stage, stop: usize) {
    let effects = stage.tell(Msg::BeginTour(stop));
    assert!(effects.contains(&Effect::PrepareTour));
    stage.tell(Msg::TourReady(local_sink()));
}

fn place(stage: &Stage) -> Option<(usize, usize)> {
    let tour = stage.model.tour.as_ref()?;
    Some((tour.place.stop, tour.place.step))
}

/// What the sink would answer to what is under way.
fn answer(stage: &mut Stage, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Send(ticket, _) => {
                stage.tell(Msg::Attempted(*ticket, answered(200, "{\"success\":true}")));
                stage.tell(Msg::Ended(*ticket, DeliveryEnding::Accepted));
            }
            Effect::Verify(VerifyTask::Begin(ticket, sent)) => {
                let body = String::from_utf8(sent.body.to_vec()).unwrap();
                let comparison = verify::compare(&body, &stored(&body), verify::Unsure::default());
                let end = VerifyEnd {
                    place: "the sink".to_owned(),
                    link: "http://127.0.0.1:5899/v1/events/1".to_owned(),
                    comparison,
                };
                stage.tell(Msg::Verified(*ticket, VerifyReport::Ended(Ok(end))));
            }
            _ => {}
        }
    }
}

/// What the sink stores of a request of one event.
fn stored(body: &str) -> StoredEvent {
    let sent: serde_json::Value = serde_json::from_str(body).unwrap();
    let (event, ai) = (&sent[0], &sent[0]["ai_data"]);
    let answer = serde_json::json!({
        "id": event["event_id"],
        "event_name": event["event"],
        "user_id": event["user_id"],
        "timestamp": event["timestamp"],
        "convo_id": ai["convo_id"],
        "user_input": ai["input"],
        "assistant_output": ai["output"],
        "model": ai["model"],
        "properties": event["properties"],
    });
    let text = answer.to_string();
    let document = Document::parse(text.as_str().into(), Limits::default()).unwrap();
    verify::of_query(Reader::Sink, document.root()).unwrap()
}

/// The text that is lit, wherever it is.
fn lit(stage: &Stage) -> String {
    let frame = stage.frame();
    let loud = stage.look.theme.loud;
    let guide = stage.model.layout().guide;
    let mut text = String::new();
    for position in frame.area.positions().filter(|at| !guide.contains(*at)) {
        let cell = &frame[position];
        if cell.modifier.contains(Modifier::REVERSED) && Some(cell.fg) == loud.fg {
            text.push_str(cell.symbol());
        }
    }
    text
}

/// At every step of every stop what it points at is on the screen and lit, and what is said has room.
fn check_step(stage: &Stage) {
    let tour = stage.model.tour.as_ref().unwrap();
    let (stop, step) = tour.place.here();
    let case = format!("{} {:?} {:?}", stop.title, tour.place, stage.model.size);
    let text = stage.text();
    assert!(lit(stage).contains(step.light.text), "{case}:\n{text}");
    let said = stage.guide();
    let below = paint::part(&stage.frame(), stage.model.layout().footer);
    let is_cut = below[0].trim_end().ends_with('…');
    assert!(!is_cut, "{case}: {}", below[0]);
    let heading = format!(
        "Tour {} of {} {}",
        tour.place.stop + 1,
        STOPS.len(),
        stop.title
    );
    assert!(said.contains(&heading), "{case}: {said}");
    let end = step.says.rsplit('}').next().unwrap();
    let end = end.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.ends_with(&end), "{case}: {said}");
    assert!(!said.contains('{'), "{case}: {said}");
    assert!(stage.notice().is_empty(), "{case}: {}", stage.notice());
}

/// Played whole by Space alone, on the screen of a usual terminal and on a larger one.
#[test]
fn space_alone_plays_all_of_it() {
    for size in SIZES {
        let mut stage = at(0, size);
        let mut seen = Vec::new();
        while let Some(place) = place(&stage) {
            assert!(
                !seen.contains(&place),
                "{place:?} comes again:\n{}",
                stage.text()
            );
            seen.push(place);
            check_step(&stage);
            let effects = stage.press("space");
            answer(&mut stage, &effects);
        }
        let steps: usize = STOPS.iter().map(|stop| stop.steps.len()).sum();
        assert_eq!(seen.len(), steps, "{size:?}");
        stage.sees("that was the tour; this is yours again, as you left it");
    }
}

/// The keys that a person presses for what a step asks.
fn own_keys(place: TourPlace, keys: impl Fn(&str) -> String) -> String {
    let Task::Do {
        command,
        script,
        until,
        ..
    } = place.here().1.task
    else {
        return "enter".to_owned();
    };
    let own = keys(command.entry().name);
    match until {
        // What is typed is typed; the command before it has its own key.
        Until::Edited | Until::HasUser => match script.split_once(' ') {
            Some((_, typed)) => format!("{own} {typed}"),
            None => own,
        },
        Until::Ran | Until::Accepted | Until::Stored => own,
    }
}

/// Played whole by the person's own keys, with the keys that the table has and with others.
#[test]
fn own_keys_play_all_of_it() {
    for (name, key) in [
        ("", ""),
        ("privacy", "ctrl-y"),
        ("send", "Z"),
        ("delete", "M"),
    ] {
        for size in SIZES {
            let mut stage = Stage::samples(size);
            let keys = [key.to_owned()];
            let wish = (!name.is_empty()).then_some((name, keys.as_slice()));
            assert_eq!(stage.model.keymap.rebind(wish), Vec::<String>::new());
            begin(&mut stage, 0);
            while let Some(tour) = &stage.model.tour {
                let here = tour.place;
                check_step(&stage);
                let keymap = stage.model.keymap.clone();
                let keys = own_keys(here, |name| {
                    let entry = TABLE.iter().find(|entry| entry.name == name).unwrap();
                    keymap.keys(entry.command).next().unwrap().to_string()
                });
                let effects = stage.press(&keys);
                answer(&mut stage, &effects);
                assert_ne!(
                    place(&stage),
                    Some((here.stop, here.step)),
                    "{keys}:\n{}",
                    stage.text()
                );
            }
            stage.sees("that was the tour");
        }
    }
}

/// A rebound key is the one that is said.
#[test]
fn says_the_keys_that_there_are() {
    let mut stage = Stage::samples((80, 24));
    let keys = ["ctrl-y".to_owned()];
    let none: [String; 0] = [];
    let wishes = [("privacy", keys.as_slice()), ("compare", none.as_slice())];
    stage.model.keymap.rebind(wishes);
    begin(&mut stage, 4);
    let said = stage.guide();
    assert!(said.contains("^Y switches privacy mode"), "{said}");
    stage.press("ctrl-y");
    // A command without a key can be run by its name alone.
    let said = stage.guide();
    assert!(said.contains(":compare puts"), "{said}");
    // Keys that are not asked for lead nowhere else.
    let before = stage.text();
    stage.press("s");
    assert!(
        stage.notice().contains("the tour waits for :compare"),
        "{}",
        stage.notice()
    );
    assert!(
        stage.model.windows.is_empty() && stage.model.sendings.is_empty(),
        "{before}"
    );
}

/// At each stop it can be left, and gone on with there.
#[test]
fn is_left_and_gone_on_with_at_any_stop() {
    for stop in 0..STOPS.len() {
        let mut stage = at(stop, (80, 24));
        stage.press("esc");
        assert_eq!(place(&stage), None);
        let says = format!("the tour was left at {} of {}", stop + 1, STOPS.len());
        stage.sees(&says);
        stage.press(": type:tour enter");
        stage.tell(Msg::TourReady(local_sink()));
        assert_eq!(place(&stage), Some((stop, 0)));
        check_step(&stage);
        // Any other stop is one key away, and back to its beginning as well.
        let other = (stop + 3) % STOPS.len();
        stage.press(&(other + 1).to_string());
        assert_eq!(place(&stage), Some((other, 0)));
        check_step(&stage);
        let effects = stage.press("space");
        answer(&mut stage, &effects);
        stage.press("backspace");
        assert_eq!(place(&stage), Some((other, 0)));
        stage.press("backspace");
        assert_eq!(place(&stage), Some((other.saturating_sub(1), 0)));
        stage.press("q");
        assert_eq!(place(&stage), None);
        assert!(!stage.effects.contains(&Effect::Quit));
    }
}

/// Windows, edits, privacy, filter, cursor, focus: whatever there was is there again, at whatever stop it is left.
#[test]
fn what_was_open_comes_back() {
    let mut before = Stage::at("Anonymous", (120, 40));
    before.press("e type:ada enter f type:model:mistral enter p run:go-to type:/user_id enter v");
    let shown = before.text();
    assert!(!before.model.windows.is_empty());
    for keys in ["", "space", "space*3", "3 space", "6 space*4", "7 space"] {
        let mut stage = before.clone();
        begin(&mut stage, 0);
        stage.sees("privacy ○ off");
        stage.press(keys);
        // It goes on meanwhile.
        stage.tell(Msg::Resize(120, 40));
        stage.press("esc");
        assert_eq!(place(&stage), None, "{keys}");
        let now = stage.text();
        let lines = |text: &str| -> Vec<String> {
            let all = text.lines().map(str::to_owned);
            // The last lines say how to go on.
            all.take(34).collect()
        };
        assert_eq!(lines(&now), lines(&shown), "{keys}");
        stage.press("esc u");
        assert!(stage.notice().contains("undone"), "{}", stage.notice());
    }
}

/// What belongs to the inspector that was put aside reaches it: what is loaded, its destination, its own test traces.
#[test]
fn what_happens_meanwhile_is_not_lost() {
    let mut stage = Stage::samples((120, 40));
    stage.press("s");
    let own = stage.model.sendings[0].ticket;
    stage.press("esc esc");
    let count = stage.model.library.len();
    begin(&mut stage, 6);
    stage.load(rainscope::samples::load_all());
    assert_eq!(
        stage.model.library.len(),
        count,
        "the stage has its own samples"
    );
    stage.tell(Msg::Destination(crate::stage::raindrop()));
    assert_eq!(stage.model.destination.name, "local sink");
    stage.tell(Msg::Ended(own, DeliveryEnding::Accepted));
    assert_eq!(
        place(&stage),
        Some((6, 0)),
        "an answer to something else ends no step"
    );
    stage.tell(Msg::Resize(100, 30));
    stage.press("esc");
    assert_eq!(stage.model.library.len(), count * 2);
    assert_eq!(stage.model.destination.name, "Raindrop");
    assert_eq!(stage.model.size, (100, 30));
    assert_eq!(
        stage.model.sendings.len(),
        1,
        "the tour's own are gone with it"
    );
    let ticket = stage.model.sendings[0].ticket;
    stage.press("enter s enter");
    assert!(stage.model.sendings.last().unwrap().ticket > ticket);
}

/// Typing is typing: a blank is part of a name, and Esc gives the field up before it leaves.
#[test]
fn typing_keeps_its_keys() {
    let mut stage = at(3, (80, 24));
    stage.press("a type:\"two words\" enter");
    stage.sees("two words");
    stage.press("esc");
    assert_eq!(place(&stage), Some((3, 0)));
    stage.press("esc");
    assert_eq!(place(&stage), None);
}

/// With presenter mode on, the tour is there as well, and it can be switched meanwhile.
#[test]
fn goes_with_presenter_mode() {
    for keys in ["P", ""] {
        let mut stage = Stage::samples((120, 40));
        stage.press(keys);
        begin(&mut stage, 0);
        stage.press("space*2");
        let was = stage.model.presenter.is_some();
        assert_eq!(was, !keys.is_empty());
        stage.press("P esc");
        assert_eq!(stage.model.presenter.is_some(), !was);
    }
}

/// The data of the stops: texts that name commands, and lights in parts of the screen that there are.
#[test]
fn stops_name_what_there_is() {
    let names: Vec<&str> = TABLE.iter().map(|entry| entry.name).collect();
    for stop in STOPS {
        let is_there = rainscope::samples::load_all().completions;
        assert!(
            is_there.iter().any(|one| one.name == stop.sample),
            "{}",
            stop.sample
        );
        for step in stop.steps {
            for part in step.says.split('{').skip(1) {
                let name = part.split('}').next().unwrap();
                // What was added has a name of its own.
                assert!(names.contains(&name) || name == "added", "{name}");
            }
            let Light { within, text } = step.light;
            assert!(!text.is_empty(), "{within:?}");
            if let Task::Do {
                command, script, ..
            } = step.task
            {
                let run = format!("run:{}", command.entry().name);
                assert!(script.starts_with(&run), "{script}");
                rainscope::inspector::keys::script::parse(script).unwrap();
                assert!(
                    step.says.contains(&format!("{{{}}}", command.entry().name)),
                    "{}",
                    step.says
                );
            }
        }
    }
    assert_ne!(Within::Event, Within::Window);
    assert_eq!(Pane::ALL.len(), 4);
}

/// A wrong turn leads nowhere false: Space does what the step asks for from where it has to be done, and the tour goes on
/// only once it is so.
#[test]
fn a_wrong_turn_is_no_success() {
    for size in SIZES {
        // Another finding was followed, to a field of the event.
        let mut stage = at(1, size);
        stage.press("F down enter");
        assert_eq!(place(&stage), Some((1, 1)), "{size:?}");
        // By one's own keys the findings are there again.
        stage.press("F");
        assert!(!stage.model.windows.is_empty(), "{size:?}");
        stage.press("F");
        // An edit that gives no user is none that was asked for.
        stage.press("space");
        assert_eq!(place(&stage), Some((1, 2)), "{size:?}");
        assert!(
            stage.event().contains("\"user_id\":\"ada\""),
            "{}",
            stage.event()
        );
        assert!(!stage.event().contains("\"da\""), "{}", stage.event());
    }
}

/// What is said of a key that was added names that key.
#[test]
fn the_key_that_was_added_is_named() {
    let mut stage = at(3, (80, 24));
    stage.press("a type:colour enter type:blue enter");
    assert!(
        stage.guide().contains("properties.colour is in the event"),
        "{}",
        stage.guide()
    );
}

/// Whoever took another finding than the one about the user is told so, and gets back by their own keys.
#[test]
fn a_wrong_turn_is_told_and_leads_back() {
    for size in SIZES {
        let mut stage = at(1, size);
        stage.press("F down enter");
        assert_eq!(place(&stage), Some((1, 1)));
        let says = "That was the place of another finding. F lists them again";
        assert!(stage.guide().contains(says), "{}", stage.guide());
        stage.press("enter enter");
        assert_eq!(place(&stage), Some((1, 1)));
        assert!(stage.guide().contains(says), "{}", stage.guide());
        stage.press("F");
        assert!(!stage.guide().contains(says), "{}", stage.guide());
        stage.press("up up enter");
        assert!(!stage.guide().contains(says), "{}", stage.guide());
        stage.press("enter type:ada");
        assert!(!stage.guide().contains(says), "{}", stage.guide());
        stage.press("enter");
        assert_eq!(place(&stage), Some((1, 2)));
        assert!(stage.event().contains("\"user_id\":\"ada\""));
    }
}

/// Where there is nothing to go back to, that is not offered, and said where it is tried.
#[test]
fn nothing_lies_before_the_first_page() {
    let mut stage = at(0, (80, 24));
    assert!(!stage.text().contains("Backspace"), "{}", stage.text());
    stage.press("backspace");
    stage.sees("this is where the tour begins");
    stage.press("space");
    stage.sees("Backspace back");
    stage.press("backspace");
    assert_eq!(place(&stage), Some((0, 0)));
}
