//! The picture: header, three columns, marks, counts, the worst finding, size and leaks, hint bar.

use rainscope::inspector::{Command, Pane};
use rainscope::samples;

use super::sight::{SIZE, after, line, on, pane, row};
use crate::stage::{Stage, raindrop};
use rainscope::inspector::Msg;

/// The header names the program, the number of completions, the mode, and where test traces go.
#[test]
fn the_header_tells_what_is_loaded_the_mode_and_the_destination() {
    let mut stage = Stage::samples(SIZE);
    let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
    let has = |stage: &Stage, parts: &[&str]| {
        let header = header(stage);
        let mut rest = header.as_str();
        for part in parts {
            let at = rest.find(part);
            rest = &rest[at.unwrap_or_else(|| panic!("no {part} in {header}"))..];
        }
    };
    let count = stage.model.library.len();
    assert!(count >= samples::FILES.len());
    has(
        &stage,
        &[
            "rainscope",
            &count.to_string(),
            "privacy ○ off",
            "▲ local sink",
            "127.0.0.1:5899",
        ],
    );
    stage.press("p");
    stage.tell(Msg::Destination(raindrop()));
    has(&stage, &["● PRIVACY ON", "▲ Raindrop", "api.raindrop.ai"]);
}

/// - Three columns: the list above the trace, the completion, the event.
/// - The completion's title names its API; the event's names the request it is sent by.
#[test]
fn three_columns_have_the_list_above_the_trace_the_completion_and_the_event() {
    let stage = Stage::samples(SIZE);
    let layout = stage.model.layout();
    let [list, trace, source, event] = Pane::ALL.map(|pane| layout.pane(pane));
    assert!(list.x == trace.x && list.width == trace.width && list.bottom() == trace.y);
    assert!(list.right() == source.x && source.right() == event.x);
    assert_eq!(event.right(), SIZE.0);
    let titles = Pane::ALL.map(|at| pane(&stage, at)[0].clone());
    let expected = [
        "Completions",
        "Trace",
        "Completion · chat",
        "Raindrop event",
    ];
    for (title, expected) in titles.iter().zip(expected) {
        assert!(title.contains(expected), "{title}");
    }
    // The event says where it is posted to.
    assert!(
        titles[3].contains("POST /v1/events/track ─"),
        "{}",
        titles[3]
    );
    let stage = after("p");
    let title = &pane(&stage, Pane::Event)[0];
    assert!(title.contains("POST /v1/events/track_partial"), "{title}");
    // Other formats are named too.
    let title = pane(&on("Messages API", ""), Pane::Completion)[0].clone();
    assert!(title.contains("Completion · messages"), "{title}");
}

/// The cursor's row has a mark (▌) in each pane.
#[test]
fn the_cursor_of_each_pane_has_a_mark() {
    for at in Pane::ALL {
        let mut stage = Stage::samples(SIZE);
        stage.model.focus = at;
        for down in [0, 2] {
            stage.press(&format!("down*{down}"));
            let lines = pane(&stage, at);
            let marked = lines.iter().filter(|line| line.starts_with("│▌")).count();
            assert_eq!(marked, 1, "{at:?}");
            assert!(lines[1 + down].starts_with("│▌"), "{at:?}");
        }
    }
}

/// The list marks what has findings, with their number (⚠1), errors (✗), and what makes no event (–).
#[test]
fn the_list_tells_what_deserves_a_look() {
    let stage = Stage::samples(SIZE);
    let check = |name: &str, mark: &str| {
        let row = row(&stage, Pane::List, name);
        let end = row.trim_end_matches(['│', '┃']).trim_end();
        match mark {
            "" => assert!(end.ends_with(name), "{row}"),
            mark => assert!(end.ends_with(mark), "{row}"),
        }
    };
    check("Time check", "");
    check("Picture and file", "⚠1");
    check("Anonymous", "⚠2");
    check("A trace value leaks", "✗1");
    check("Error body (429)", "–");
}

/// Wherever findings are counted, the count is the same, or says what it counts.
#[test]
fn counts_of_findings_agree() {
    let stage = on("Anonymous", "");
    assert!(row(&stage, Pane::List, "Anonymous").contains("⚠2"));
    let event = pane(&stage, Pane::Event).join("\n");
    assert!(
        event.contains("─ Findings · 2 warnings, 1 info ─"),
        "{event}"
    );
    let stage = on("Anonymous", "F");
    stage.sees(" Findings · Anonymous · 2 warnings, 1 info ");
    stage.sees(" 1/3 ");
}

/// The trace pane lists user, session and the keys of the trace, what OpenRouter puts in where a key is
/// missing (‹gen-…›), and ends with a place to add one.
#[test]
fn the_trace_pane_has_user_session_keys_and_a_place_to_add() {
    let stage = Stage::samples(SIZE);
    let lines = pane(&stage, Pane::Trace);
    let rows: Vec<Vec<&str>> = lines[1..lines.len() - 1]
        .iter()
        .map(|line| {
            line.trim_matches(['│', '┃', '▌'])
                .split_whitespace()
                .collect()
        })
        .collect();
    assert_eq!(rows[0], ["user", "user_12345"]);
    assert_eq!(rows[1], ["session_id", "session_67890"]);
    assert_eq!(rows[2], ["trace_name", "Time", "Check"]);
    let last = rows.iter().rev().find(|row| !row.is_empty());
    assert_eq!(last.unwrap(), &["+", "add", "a", "key"]);
    let id = rows.iter().find(|row| row.first() == Some(&"trace_id"));
    assert!(
        id.is_some_and(|row| row[1].starts_with("‹gen-")),
        "{rows:?}"
    );
}

/// - Containers show whether they are open (▾ ▸) and how much they hold ([2], or a number in the
///   event).
/// - Values that are too long are cut, and say so (…).
#[test]
fn trees_have_folds_counts_and_short_values() {
    let stage = Stage::samples(SIZE);
    let messages = row(&stage, Pane::Completion, "messages");
    assert!(messages.contains("▾ messages [2]"), "{messages}");
    let closed = row(&stage, Pane::Completion, "0 system");
    assert!(closed.contains("▸ 0 system"), "{closed}");
    assert!(row(&stage, Pane::Completion, "1 user").contains("▾ 1 user"));
    // The event's containers tell how many fields they have.
    let event = stage.model.current.as_ref().unwrap();
    let properties = event
        .event
        .rows()
        .iter()
        .find(|row| row.key == "properties");
    let count = properties.unwrap().children;
    assert!(count > 9);
    let shown = row(&stage, Pane::Event, "properties");
    assert!(
        shown.contains(&format!("▾ properties  {count} ")),
        "{shown}"
    );
    // What is too long is cut, and says so.
    let stage = on("A very long answer", "");
    let output = row(&stage, Pane::Event, "output");
    assert!(output.contains('…'), "{output}");
}

/// Each leaf of the completion is marked: it arrives (●), does not (∅), another takes precedence (◌),
/// or privacy holds it back (⊘).
#[test]
fn source_leaves_say_whether_they_arrive() {
    let stage = Stage::samples(SIZE);
    let mark = |text: &str| {
        let row = row(&stage, Pane::Completion, text);
        row.trim_end_matches(['│', '┃'])
            .trim_end()
            .chars()
            .last()
            .unwrap()
    };
    assert_eq!(mark("user \"user_12345\""), '●');
    assert_eq!(mark("feature \"header-bar\""), '●');
    assert_eq!(mark("system_fingerprint"), '∅');
    assert_eq!(mark("created"), '◌');
    let private = after("p");
    assert!(row(&private, Pane::Completion, "content \"What time").contains('⊘'));
}

/// A row of the event names its source at its end (◂), where there is room.
#[test]
fn event_rows_name_their_source_where_there_is_room() {
    let stage = Stage::samples((200, 45));
    let user = row(&stage, Pane::Event, "user_id");
    assert!(user.contains("◂ user"), "{user}");
    let session = row(&stage, Pane::Event, "convo_id");
    assert!(session.contains("◂ session_id"), "{session}");
}

/// Below is the worst finding with what to do, the event's size, and the number of leaks.
#[test]
fn below_stand_the_worst_finding_the_size_and_the_leaks() {
    let stage = on("Anonymous", "");
    let current = stage.model.current.as_ref().unwrap();
    let line = line(&stage, &["0 leaks"]);
    assert!(line.contains("⚠ user-missing"), "{line}");
    let finding = current.mapped.findings.iter();
    let finding = finding.clone().find(|f| f.code.as_str() == "user-missing");
    let help: String = finding.unwrap().help.chars().take(20).collect();
    assert!(line.contains(&help), "{line}");
    assert!(line.contains(&format!("{} B", current.sizes[0])), "{line}");
    // An error comes before warnings, and a leak is counted.
    let stage = on("A trace value leaks the prompt", "");
    let line = super::sight::line(&stage, &["1 leak"]);
    assert!(line.contains("✗ privacy-leak"), "{line}");
    let private = on("Anonymous", "p");
    let size = private.model.current.as_ref().unwrap().sizes[1];
    super::sight::line(&private, &[&format!("{size} B"), "0 leaks"]);
}

/// The last line names keys and what they do.
#[test]
fn the_hint_bar_names_the_common_commands() {
    // From the table, so that another key is another hint.
    let stage = Stage::samples((200, 45));
    let text = stage.text();
    let bar = text.lines().last().unwrap();
    for command in [
        Command::TogglePrivacy,
        Command::Compare,
        Command::EditTrace,
        Command::Send,
        Command::Destination,
        Command::Palette,
        Command::Help,
    ] {
        let hint = format!(
            "{} {}",
            stage.model.keymap.shown(command),
            command.entry().hint
        );
        assert!(bar.contains(&hint), "no {hint} in {bar}");
    }
}
