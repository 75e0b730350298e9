//! Windows over one another: their keys are in the one hint bar and in the help, whatever the keys are,
//! and closing one leads back to where it was opened.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::keys::command::TABLE;
use rainscope::inspector::windows::destination::DestinationForm;
use rainscope::inspector::windows::help::Help;
use rainscope::inspector::windows::inbox::Inbox;
use rainscope::inspector::windows::live::Access;
use rainscope::inspector::windows::palette::Palette;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::windows::send_all::SendAllWindow;
use rainscope::inspector::windows::{REGISTRY, history, send_all};
use rainscope::inspector::{Command, Msg, Pane};

use crate::stage::traffic::listening;
use crate::stage::{Stage, answered, local_sink, raindrop, received};

const SIZE: (u16, u16) = (120, 40);

/// The last line of the screen.
fn bar(stage: &Stage) -> String {
    let text = stage.text();
    text.lines()
        .last()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

fn accepted(stage: &mut Stage, ticket: u64) {
    let attempt = answered(200, "{}");
    stage.tell(Msg::Attempted(Ticket(ticket), attempt));
    stage.tell(Msg::Ended(Ticket(ticket), DeliveryEnding::Accepted));
}

/// A stage with an open window each: those of the registry by their commands' names, and a send at its stages.
pub fn windows(size: (u16, u16)) -> Vec<(&'static str, Stage)> {
    let mut confirming = Stage::at("Anonymous", size);
    confirming.tell(Msg::Destination(raindrop()));
    confirming.press("s");
    let mut sent = before(Command::Send, size);
    sent.press("s");
    accepted(&mut sent, 1);
    let mut windows = vec![("send, confirming", confirming), ("send, accepted", sent)];
    for opener in REGISTRY {
        let entry = opener.command.entry();
        let mut stage = before(opener.command, size);
        stage.press(entry.keys[0]);
        assert!(!stage.model.windows.is_empty(), "{}", entry.name);
        windows.push((entry.name, stage));
    }
    windows
}

/// A stage on which a command opens its window.
fn before(command: Command, size: (u16, u16)) -> Stage {
    let sample = match command {
        Command::AskOpenRouter | Command::Fetch => "Time check",
        _ => "Anonymous",
    };
    let mut stage = match command {
        Command::Output | Command::Forward => listening(size, None),
        _ => Stage::at(sample, size),
    };
    stage.tell(Msg::Received(received(1, 200, "", "{}")));
    stage.model.kept.live.access = Access {
        has_key: true,
        ..Access::default()
    };
    match command {
        Command::Forward => {
            stage.tell(Msg::Destination(raindrop()));
        }
        Command::LastSend | Command::Verify => {
            stage.press("s");
            accepted(&mut stage, 1);
            stage.press("esc");
        }
        _ => {}
    }
    stage
}

#[test]
fn the_hint_bar_says_the_keys_of_every_window_and_no_frame_does() {
    for (name, stage) in windows(SIZE) {
        let bar = bar(&stage);
        assert!(bar.contains("Esc "), "{name}: {bar}");
        let is_help = name == "help";
        assert!(is_help || bar.contains(" help"), "{name}: {bar}");
        let text = stage.text();
        let frame = text.lines().find(|line| line.starts_with('└')).unwrap();
        assert!(!frame.contains("Esc"), "{name}: {frame}");
        // On the narrowest screen with windows, the way out is in sight.
        let mut narrow = stage;
        narrow.tell(Msg::Resize(40, 12));
        assert!(self::bar(&narrow).contains("Esc "), "{name}");
    }
}

#[test]
fn rebound_keys_are_in_hints_help_and_windows() {
    let mut stage = Stage::at("Anonymous", SIZE);
    let key = |key: &str| vec![key.to_owned()];
    let (open, close, help, send) = (key("alt-o"), key("alt-c"), key("alt-h"), key("ctrl-x"));
    let mistakes = stage.model.keymap.rebind([
        ("jump", open.as_slice()),
        ("close", close.as_slice()),
        ("help", help.as_slice()),
        ("send", send.as_slice()),
    ]);
    assert_eq!(mistakes, [""; 0]);
    assert!(bar(&stage).contains("alt-o open") && bar(&stage).contains("alt-h help"));
    stage.press("F");
    assert!(bar(&stage).contains("alt-o go there") && bar(&stage).contains("alt-c close"));
    assert!(stage.text().contains("alt-o → user, in the trace"));
    stage.press("alt-h");
    assert!(stage.text().contains("Here, in the findings"));
    let text = stage.text();
    let mut lines = text.lines();
    assert!(lines.any(|line| line.contains("alt-o ") && line.contains("Go there")));
    stage.press("alt-c alt-o");
    assert_eq!(stage.model.focus, Pane::Trace);
    stage.tell(Msg::Destination(raindrop()));
    stage.press("ctrl-x");
    // A question has Enter and Esc, whatever else does so.
    assert!(bar(&stage).contains("⏎ send") && bar(&stage).contains("Esc do not send"));
    stage.press("esc");
    // Without a key there is no hint.
    let mistakes = stage.model.keymap.rebind([("jump", [].as_slice())]);
    assert_eq!(mistakes, [""; 0]);
    assert!(!bar(&stage).contains("jump"), "{}", bar(&stage));
}

#[test]
fn help_opens_over_every_window_and_leads_back() {
    for (name, mut stage) in windows(SIZE) {
        let kind = |stage: &Stage| stage.model.windows.top().map(|window| window.name());
        let before = kind(&stage);
        // Where text is typed, a key that cannot be text.
        stage.press("f1");
        if name == "help" {
            assert_eq!(kind(&stage), None);
            continue;
        }
        assert_eq!(kind(&stage), Some("the help"), "{name}");
        let first = format!("Here, in {}", before.unwrap());
        assert!(stage.text().contains(&first), "{name}");
        assert!(bar(&stage).contains("Esc back"), "{name}: {}", bar(&stage));
        stage.press("esc");
        assert_eq!(kind(&stage), before, "{name}");
    }
}

#[test]
fn help_opens_also_while_text_is_typed_and_nothing_of_it_is_lost() {
    for (keys, shown) in [
        ("tab e type:\"ada\"", "ada"),
        ("/ type:\"ada\"", "/ada"),
        (
            "t right*2 down*2 type:\"secret\"",
            "typed; it is never shown",
        ),
        ("t right*2 down type:\"/proxy\"", "/proxy"),
        (": type:\"compare\"", "compare"),
        ("H / type:\"gen-12\"", "gen-12"),
    ] {
        let mut stage = Stage::at("Anonymous", SIZE);
        stage.press(keys);
        assert!(stage.text().contains(shown), "{keys}");
        stage.press("f1");
        assert!(stage.text().contains("Go to the next pane"), "{keys}");
        // Keys scroll the help; they are neither text nor commands.
        stage.press("j s i t p :");
        assert!(stage.model.windows.top_as::<Help>().is_some());
        stage.press("esc");
        assert!(stage.text().contains(shown), "{keys}: {}", stage.text());
    }
}

#[test]
fn closing_leads_back_to_the_window_and_the_row() {
    let mut stage = Stage::at("Anonymous", SIZE);
    for number in 1..=30 {
        let body = format!("{{\"number\":{number}}}");
        stage.tell(Msg::Received(received(number, 200, "", &body)));
    }
    stage.press("i up*4");
    let row = |stage: &Stage| {
        stage
            .model
            .windows
            .top_as::<Inbox>()
            .map(|window| window.cursor.row)
    };
    assert_eq!(row(&stage), Some(25));
    for there_and_back in [
        "enter esc",
        "enter q",
        "enter v",
        "? esc",
        "enter ? esc esc",
        "F enter",
        ": esc",
        "c ? esc esc",
        "D i",
    ] {
        let mut stage = clone(&stage);
        stage.press(there_and_back);
        match there_and_back {
            // To the place in the panes: nothing lies over it.
            "F enter" => assert!(stage.model.windows.is_empty()),
            // Its own key brings it up again, and one Esc is enough to leave it.
            "D i" => {
                assert_eq!(row(&stage), Some(29));
                stage.press("esc");
                assert!(stage.model.windows.is_empty());
            }
            _ => {
                assert_eq!(row(&stage), Some(25), "{there_and_back}");
                stage.press("esc");
                assert!(stage.model.windows.is_empty(), "{there_and_back}");
            }
        }
    }
}

fn clone(stage: &Stage) -> Stage {
    let mut copy = Stage::empty(stage.model.size);
    copy.model = stage.model.clone();
    copy
}

#[test]
fn the_palette_does_a_command_where_it_was_opened_and_else_in_the_panes() {
    let mut stage = Stage::at("Anonymous", SIZE);
    stage.press("c : type:\"compare-mode\" enter");
    assert!(stage.text().contains("before and after the edits"));
    stage.press(": type:\"edit\" enter");
    assert!(stage.model.windows.is_empty() && stage.model.trace.editor.is_some());
    // What is typed and what is pasted begin at the likeliest.
    for typed in ["type:\"cop\"", "paste:\"cop\""] {
        let mut stage = Stage::at("Anonymous", SIZE);
        stage.press(&format!(": down*2 {typed}"));
        let row = stage
            .model
            .windows
            .top_as::<Palette>()
            .map(|window| window.cursor.row);
        assert_eq!(row, Some(0), "{typed}");
    }
    // A key that means nothing in a window says so.
    let mut stage = Stage::at("Anonymous", SIZE);
    stage.press("c w");
    assert_eq!(
        stage.notice(),
        "w does nothing in this window; Esc leaves it"
    );
}

#[test]
fn what_was_sent_is_shown_again() {
    let mut stage = Stage::at("Anonymous", SIZE);
    stage.press("L");
    assert_eq!(
        stage.notice(),
        "no test trace was sent since the start: s sends one, H lists what was sent"
    );
    assert!(!bar(&stage).contains("last send"));
    stage.press("s");
    // Hidden, it goes on.
    assert!(stage.press("L").is_empty() && stage.model.windows.is_empty());
    assert_eq!(stage.notice(), "it goes on; L shows again what was sent");
    accepted(&mut stage, 1);
    stage.press("L");
    assert!(stage.text().contains("accepted by the local sink"));
    stage.press("esc");
    assert_eq!(stage.notice(), "L shows again what was sent");
    stage.press("down");
    stage.tell(Msg::Resize(200, 50));
    assert!(bar(&stage).contains("L last send"), "{}", bar(&stage));
    // What was sent later comes first.
    stage.press("S L");
    assert!(stage.model.windows.is_empty());
    stage.press("L");
    assert!(stage.model.windows.top_as::<SendAllWindow>().is_some());
    stage.tell(Msg::All(
        Ticket(2),
        send_all::SendAllReport::Ended(rainscope::delivery::bulk::BulkEnd::Complete),
    ));
    stage.press("esc");
    assert_eq!(stage.notice(), "L shows again what was sent");
    // What was never confirmed was not sent.
    let mut stage = Stage::at("Anonymous", SIZE);
    stage.tell(Msg::Destination(raindrop()));
    stage.press("s ? esc");
    assert_eq!(stage.model.sendings.len(), 1, "help keeps it");
    stage.press("esc L");
    assert!(
        stage
            .notice()
            .starts_with("no test trace was sent since the start")
    );
}

#[test]
fn the_history_is_read_again_when_it_comes_up_again() {
    use rainscope::inspector::Effect;
    let mut stage = Stage::at("Anonymous", SIZE);
    let list = |text: &str| [Effect::History(history::HistoryTask::List(text.to_owned()))];
    assert_eq!(stage.press("H"), list(""));
    assert!(stage.press("?").is_empty());
    assert_eq!(stage.press("esc"), list(""));
    assert!(stage.press("down").is_empty(), "once");
}

#[test]
fn a_test_of_the_connection_ends_under_the_help_too() {
    let mut stage = Stage::at("Anonymous", SIZE);
    stage.tell(Msg::Destination(local_sink()));
    stage.press("t ctrl-t f1");
    let version = stage.model.windows.find::<DestinationForm>();
    let version = version.map(|form| form.version);
    let report = rainscope::inspector::windows::destination::DestinationReport::Tested(
        version.unwrap(),
        Ok(()),
    );
    stage.tell(Msg::Connection(report));
    stage.press("esc");
    assert!(stage.text().contains("The connection works"));
}

#[test]
fn every_window_names_itself_in_the_help_and_commands_have_hints() {
    for entry in TABLE {
        assert!(
            !entry.hint.is_empty() && entry.hint.len() <= 14,
            "{}",
            entry.name
        );
    }
    assert_eq!(Command::LastSend.entry().keys, ["L"]);
}

#[test]
fn zoom_leaves_the_list_where_it_was() {
    for focus in ["", "tab*2", "tab*3"] {
        let mut stage = Stage::samples(SIZE);
        stage.tell(Msg::Resize(120, 24));
        stage.press("down*20 up*3");
        let (list, text) = (stage.model.list, {
            stage.press(focus);
            stage.text()
        });
        stage.press("z");
        assert_ne!(stage.text(), text);
        stage.press("z");
        assert_eq!(stage.model.list.offset, list.offset, "{focus}");
        stage.press("esc");
        stage.model.notice = None;
        assert_eq!(stage.text(), text, "{focus}");
    }
}

#[test]
fn nothing_is_done_blindly_where_nothing_is_in_sight() {
    let mut stage = Stage::samples((20, 5));
    assert!(stage.text().contains("needs 30×8") && stage.text().contains("q leaves"));
    for keys in ["s", "S", "e type:\"x\" enter", "d", "R", "tab p", ":"] {
        let effects = stage.press(keys);
        assert!(effects.is_empty(), "{keys}: {effects:?}");
    }
    assert!(stage.model.windows.is_empty() && stage.model.trace.editor.is_none());
    assert_eq!(stage.press("q"), [rainscope::inspector::Effect::Quit]);
    // A window that is out of sight need not be closed first.
    let mut stage = Stage::samples((120, 40));
    stage.press("c ?");
    stage.tell(rainscope::inspector::Msg::Resize(20, 5));
    assert_eq!(stage.press("q"), [rainscope::inspector::Effect::Quit]);
    // What is being typed stays, and only Ctrl-C leaves; its question is in sight.
    let mut stage = Stage::samples((120, 40));
    stage.press("e type:\"x\"");
    stage.tell(rainscope::inspector::Msg::Resize(25, 7));
    assert!(stage.press("q enter esc").is_empty());
    assert!(stage.text().contains("^C leaves"));
    assert!(stage.model.trace.editor.is_some());
}

#[test]
fn a_zoomed_pane_says_that_there_are_others() {
    let mut stage = Stage::samples((120, 40));
    assert!(!stage.text().contains("zoomed"));
    stage.press("z ?");
    assert!(!stage.text().contains("zoomed: z"));
    stage.press("esc");
    assert!(stage.text().contains("zoomed: z shows all panes"));
}

#[test]
fn a_notice_leaves_room_for_what_the_cursor_is_on() {
    let mut stage = Stage::samples((120, 40));
    stage.press("tab*3 / type:\"/total_cost\" enter");
    assert!(stage.notice().contains("match 1 of"));
    assert!(stage.text().contains("◂ usage.cost"), "{}", stage.text());
}

/// The help lies between two questions where leaving is asked about while something is on its way.
#[test]
fn the_help_may_lie_between_two_questions() {
    let mut stage = Stage::samples((80, 24));
    stage.press("s ctrl-c ? q");
    stage.sees("Leave rainscope?");
    stage.press("esc");
    stage.sees("Help");
    stage.press("esc esc");
}
