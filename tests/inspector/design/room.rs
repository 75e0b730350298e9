//! Little room: what is told on narrow and low screens, and what gives way there.

use rainscope::capture::CaptureEnding;
use rainscope::inspector::library::Batch;
use rainscope::inspector::showing::tour::STOPS;
use rainscope::inspector::ui::theme::Theme;
use rainscope::inspector::windows::history::HistoryReport;
use rainscope::inspector::windows::palette::Palette;
use rainscope::inspector::{Msg, Pane};

use crate::stage::traffic::{self, asked, call, chunk};
use crate::stage::{Stage, local_sink};

/// The lines of the window that hold a text.
fn lines_with(stage: &Stage, text: &str) -> Vec<String> {
    let lines = stage.window().into_iter();
    lines.filter(|line| line.contains(text)).collect()
}

/// What the two sides of a comparison are stands in the same columns, and nothing in it touches; a long name gives way to where
/// its event goes.
#[test]
fn the_heads_of_a_comparison_are_columns() {
    for (size, keys, has_path) in [
        ((80, 24), "x J c", true),
        ((80, 24), "c", true),
        ((60, 20), "c", true),
        ((60, 20), "x J c", true),
        ((40, 12), "c", false),
    ] {
        let mut stage = Stage::samples(size);
        stage.press(keys);
        let heads = lines_with(&stage, " B ");
        let sizes: Vec<usize> = heads[..2]
            .iter()
            .map(|line| line[..line.find(" B ").unwrap()].chars().count())
            .collect();
        assert_eq!(sizes[0], sizes[1], "{heads:?}");
        let paths = lines_with(&stage, "  POST /v1/events/track");
        assert_eq!(
            paths.len(),
            if has_path { 2 } else { 0 },
            "{size:?} {keys}\n{}",
            stage.text()
        );
        for line in &paths {
            assert!(!line.contains("…−") && !line.contains("…+"), "{line}");
        }
        // A title that is cut touches no corner.
        assert!(stage.window()[0].contains(' '), "{}", stage.text());
        assert!(!stage.window()[0].ends_with("…╮"), "{}", stage.text());
        assert!(!stage.window()[0].ends_with("n╮"), "{}", stage.text());
    }
}

/// A verdict that a low window has no room for says that it goes on.
#[test]
fn a_verdict_that_is_cut_says_so() {
    let mut stage = Stage::at("A trace value leaks the prompt", (60, 14));
    stage.press("c");
    let window = stage.window();
    let last = &window[window.len() - 2];
    assert!(
        last.trim_end_matches(['│', ' ']).ends_with('…'),
        "{}",
        stage.text()
    );
    // Where none of it fits, no line stands there for it.
    let mut stage = Stage::at("A trace value leaks the prompt", (40, 11));
    stage.press("c");
    let window = stage.window();
    assert!(
        window[1..window.len() - 1]
            .iter()
            .all(|line| !line.contains("───")),
        "{}",
        stage.text()
    );
}

/// A call is known by its words, however little room there is: its number and how it goes give way.
#[test]
fn the_words_of_a_call_are_the_last_to_be_cut() {
    let mut stage = traffic::listening((120, 40), None);
    stage.tell(call(&traffic::answered(1)));
    stage.sees(" Question 1 ");
    let mut capture = asked(2);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    stage.sees(" Question 2 ");
    capture.ended = Some((CaptureEnding::Cancelled, 900));
    stage.tell(call(&capture));
    stage.sees(" Question 2 ");
    stage.sees(" cut ");
}

/// A call that was refused is called by its question, as any other.
#[test]
fn a_refused_call_is_called_by_its_question() {
    let mut stage = traffic::listening((200, 50), None);
    let mut refused = asked(1);
    refused.status = Some(400);
    refused.arrive(br#"{"error":{"code":400,"message":"No such model"}}"#, 5);
    refused.ended = Some((CaptureEnding::Complete, 9));
    stage.tell(call(&refused));
    assert!(
        stage.titles()[0].ends_with(" Question 1"),
        "{:?}",
        stage.titles()
    );
}

/// That leaks are unknown is said in words where there is room for them.
#[test]
fn unknown_leaks_are_told_in_words() {
    let text = r#"{"response":{"id":"gen-1780662787-A","model":"a/b","choices":[{"message":{"role":"assistant","content":"Hello there"},"finish_reason":"stop"}]}}"#;
    for (size, says) in [((80, 24), "? leaks unknown"), ((60, 20), "· ? leaks\n")] {
        let mut stage = Stage::empty(size);
        stage.load(rainscope::completion::load::load("a.json", text.as_bytes()));
        stage.sees(says);
    }
}

/// What stands in place of a list is a column from its frame, as the list is.
#[test]
fn the_words_of_an_empty_list_keep_from_its_frame() {
    traffic::listening((120, 40), None).sees("│ No call yet.");
}

/// The tour speaks of what can be seen on every screen, and to the end of its sentences.
#[test]
fn the_tour_is_read_to_its_end() {
    for size in [(60, 20), (72, 24), (80, 24), (112, 30)] {
        for (at, stop) in STOPS.iter().enumerate() {
            for (step, what) in stop.steps.iter().enumerate() {
                assert!(!what.says.contains("On the left"), "{}", what.says);
                let mut stage = Stage::samples(size);
                stage.tell(Msg::BeginTour(at));
                stage.tell(Msg::TourReady(local_sink()));
                if let Some(tour) = &mut stage.model.tour {
                    tour.place.step = step;
                }
                // Where one is not where the step begins, that is said.
                let says = what.astray.unwrap_or(what.says);
                let end = says.rsplit(['}', ' ']).next().unwrap();
                assert!(stage.guide().ends_with(end), "{size:?} {}", stage.guide());
            }
        }
    }
}

/// A destination that is switched off is said to be so where it is named, and what to do about it where one tries to send.
#[test]
fn a_destination_that_is_off_is_not_shown_as_one() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::samples(size);
        let mut off = local_sink();
        off.unavailable = Some("the destination is switched off in the settings".to_owned());
        off.is_switched_off = true;
        stage.tell(Msg::Destination(off));
        let text = stage.text();
        let header = text.lines().next().unwrap();
        let (_, there) = header.split_once('▲').unwrap();
        assert!(there.contains(" off"), "{header}");
        stage.press("s");
        assert_eq!(
            stage.notice(),
            "cannot send: the destination is switched off in the settings; t switches it on"
        );
        stage.press("H");
        stage.tell(Msg::History(HistoryReport::Listed(String::new(), vec![])));
        stage.sees("t switches it");
        assert!(!stage.text().contains("Press s"), "{}", stage.text());
    }
}

/// The answers of a question are in it, however low the screen is.
#[test]
fn a_questions_answers_are_in_sight() {
    for size in [(40, 12), (40, 10), (80, 24)] {
        let mut stage = Stage::samples(size);
        stage.press("tab a type:mine=1 enter q");
        assert!(!lines_with(&stage, "Esc").is_empty(), "{}", stage.text());
    }
}

/// The way to all commands is in sight, whatever the names of keys take.
#[test]
fn the_footer_keeps_the_way_to_all_commands() {
    for (size, is_ascii) in [((80, 24), true), ((80, 24), false), ((44, 12), false)] {
        let mut stage = Stage::samples(size);
        stage.model.focus = Pane::Event;
        if is_ascii {
            stage.look.symbols = rainscope::inspector::ui::symbols::Symbols::ascii();
        }
        stage.press("");
        let text = stage.text();
        let last = text.lines().last().unwrap();
        assert!(last.contains(": more"), "{last}");
        assert!(last.contains("q quit"), "{last}");
    }
}

/// A long key is whole beside a short value.
#[test]
fn a_long_key_has_the_room_that_its_value_leaves() {
    let key = "a_rather_long_key_of_the_trace_here";
    let text = format!(
        r#"{{"request":{{"model":"a/b","trace":{{"{key}":7}},"messages":[{{"role":"user","content":"hi"}}]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
    );
    let mut stage = Stage::empty((100, 30));
    stage.tell(Msg::Loaded(Batch {
        loaded: rainscope::load("a.json", text.as_bytes()),
        ..Batch::default()
    }));
    let text = stage.text();
    let mut event = text
        .lines()
        .map(|line| line.chars().skip(50).collect::<String>());
    let row = event.find(|line| line.contains("a_rather"));
    let row = row.unwrap_or_else(|| panic!("{text}"));
    assert!(row.contains(key) && row.contains(" 7"), "{row}");
}

/// The last hint keeps as far from those at the right end as from the one before it, at every width.
#[test]
fn the_last_hint_keeps_its_distance() {
    use rainscope::display;

    for width in 60..140 {
        for pane in Pane::ALL {
            let mut stage = Stage::samples((width, 24));
            stage.model.focus = pane;
            stage.press("");
            let text = stage.text();
            let last = text.lines().last().unwrap();
            let left = last.split("? help").next().unwrap();
            let blanks = display::width(left) - display::width(left.trim_end());
            let apart = if width < 100 { 2 } else { 3 };
            assert!(blanks >= apart, "{width}, {blanks} blanks: {last}");
        }
    }
}

/// The header names the completion that is shown in the smallest window too, beside privacy mode and the destination.
#[test]
fn the_smallest_header_names_the_completion() {
    for (width, name) in [(40, "Time check"), (44, "Time check"), (49, "Time check")] {
        let mut stage = Stage::samples((width, 12));
        stage.tell(Msg::Destination(crate::stage::local_sink()));
        let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
        for pane in Pane::ALL {
            stage.model.focus = pane;
            stage.press("");
            let header = header(&stage);
            assert!(header.contains(&format!("‹ {name}")), "{width}: {header}");
            assert!(header.contains("○ privacy"), "{width}: {header}");
            assert!(header.contains("▲ sink"), "{width}: {header}");
        }
        let off = header(&stage).find('▲');
        stage.press("p");
        assert!(header(&stage).contains("● PRIVACY"), "{}", header(&stage));
        assert_eq!(header(&stage).find('▲'), off, "{}", header(&stage));
    }
}

/// The sign of a typed row is no letter that would seem to belong to its key.
#[test]
fn a_typed_key_is_read_as_it_is() {
    let mut stage = Stage::samples((80, 24));
    stage.look.symbols = rainscope::inspector::ui::symbols::Symbols::ascii();
    stage.press("a");
    stage.sees("||new key");
}

/// What stands in the trace is told with its pointer and what becomes of it, as in the completion; what is not set, as such.
#[test]
fn a_row_of_the_trace_says_what_becomes_of_it() {
    let check = |sample: &str, keys: &str, expected: &str| {
        let mut stage = Stage::at(sample, (120, 40));
        stage.press(keys);
        stage.sees(expected);
    };
    check("Time check", "tab", "/request/user  becomes /user_id");
    check("Anonymous", "tab", "not set: it would become /user_id");
    check(
        "Time check",
        "tab e ctrl-u enter down up",
        "/request/user  not forwarded: not usable (it is an empty string)",
    );
}

/// Names of panes are whole as far as there is room, and a click on one shows it.
#[test]
fn tabs_are_as_wide_as_their_names() {
    let stage = Stage::samples((40, 12));
    let text = stage.text();
    let tabs = text.lines().nth(1).unwrap();
    assert!(
        tabs.contains("Completion ") || tabs.trim_end().ends_with("Event"),
        "{tabs}"
    );
    assert!(!tabs.contains('…'), "{tabs}");
    for pane in Pane::ALL {
        let column = tabs.rfind(pane.title()).unwrap();
        let mut stage = Stage::samples((40, 12));
        let column = u16::try_from(column).unwrap();
        stage.tell(Msg::Click(column, 1));
        assert_eq!(stage.model.focus, pane, "{tabs}");
    }
}

/// What edits add counts among what a container holds.
#[test]
fn what_an_edit_added_is_counted() {
    let mut stage = Stage::at("Anonymous", (120, 40));
    stage.sees("2 of 3 arrive");
    stage.press("tab e type:ada enter");
    stage.sees("3 of 4 arrive");
}

/// A text that reads as a number or the like is told as a text.
#[test]
fn a_caption_tells_a_text_from_a_boolean() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.press("P tab a type:flag_new=true enter");
    stage.sees("set flag_new = \"true\"");
}

/// That there is nothing to list of one completion says where all are counted.
#[test]
fn no_findings_lead_to_those_of_all() {
    let mut stage = Stage::at("Time check", (80, 24));
    stage.press("F");
    assert_eq!(
        stage.notice(),
        "this completion has no findings; o counts those of all that are loaded"
    );
}

/// What a typed beginning could become has a line of its own, so that most of it is read.
#[test]
fn suggestions_have_a_line_of_their_own() {
    let mut stage = Stage::samples((80, 24));
    stage.press("f type:key: tab");
    for key in [" app_version ", " beta ", " build "] {
        stage.sees(key);
    }
}

/// Words for what is looked for lead to where it is seen, and pages go through what there is.
#[test]
fn the_commands_are_gone_through_by_pages() {
    let mut stage = Stage::samples((80, 24));
    stage.press(": pagedown");
    let cursor = |stage: &Stage| {
        let palette = stage.model.windows.top_as::<Palette>();
        palette.map(|palette| palette.cursor.row)
    };
    assert_eq!(cursor(&stage), Some(8));
    stage.press("pageup");
    assert_eq!(cursor(&stage), Some(0));
    stage.press("type:body");
    stage.sees("Send");
}

/// What was begun is not said to be unanswered, since a server may have said to try again; and that nothing was sent from here is
/// not that nothing was sent.
#[test]
fn what_had_no_end_is_told_as_that() {
    let mut stage = Stage::samples((80, 24));
    stage.press("L");
    assert_eq!(
        stage.notice(),
        "no test trace was sent since the start: s sends one, H lists what was sent"
    );
}

/// Plain text in the cursor's row is read whatever the terminal's own ground is.
#[test]
fn text_in_the_cursors_row_has_a_colour_of_its_own() {
    for name in ["dark", "light"] {
        let mut stage = Stage::samples((120, 40));
        stage.look.theme = Theme::named(name).unwrap();
        let inside = stage.model.layout().inner(Pane::List);
        let frame = stage.frame();
        let cell = &frame[(inside.x + 2, inside.y)];
        assert_ne!(cell.fg, ratatui::style::Color::Reset, "{name}");
    }
}

/// Remarks are findings: what has nothing worse is not said to have none.
#[test]
fn the_overview_counts_remarks_as_findings() {
    let mut stage = Stage::samples((120, 40));
    stage.press("o");
    stage.sees("no warnings");
}

/// Where something deserves a look, the number of what is shown is still there; what deserves it is told in short.
#[test]
fn the_number_stays_beside_what_deserves_a_look() {
    let mut stage = Stage::samples((80, 24));
    stage.model.focus = Pane::Event;
    let loaded = rainscope::completion::load::load("x.json", b"{\"request\": ");
    for _ in 0..111 {
        let problems = loaded.problems.iter().cloned();
        stage.model.library.problems.extend(problems);
    }
    stage.model.loading = Some((1, 3));
    stage.press("J*20");
    let begins: String = stage.name().chars().take(3).collect();
    let text = stage.text();
    let header = text.lines().next().unwrap();
    assert!(header.contains("21/41"), "{header}");
    assert!(header.contains(&begins), "{header}");
    assert!(header.contains("! 111 "), "{header}");
}

/// Of a container each value has a rule of its own, and privacy mode may keep back some.
#[test]
fn a_container_is_not_told_by_its_first_value() {
    for (keys, says) in [
        ("", "privacy mode would keep back 2 of "),
        ("p ", "privacy mode keeps back 2 of "),
    ] {
        let mut stage = Stage::at("Time check", (120, 40));
        stage.model.focus = Pane::Completion;
        stage.press(&format!("{keys}run:go-to type:/request enter v"));
        let text = stage.text();
        assert!(!text.contains("the first that is there of"), "{text}");
        assert!(!text.contains("sends it as it is"), "{text}");
        assert!(
            text.contains(says) || text.contains(&says.replace('2', "1")),
            "{text}"
        );
    }
}

/// Beside a key that would be stored, nothing is said to be free of leaks alone.
#[test]
fn a_key_is_told_beside_the_leaks() {
    let mut stage = Stage::at("A key in the trace", (120, 40));
    stage.press("P p");
    stage.sees("but a key that would be stored");
    stage.press("c");
    stage.sees("a key would be stored; no leak found");
}

/// What was made of several sources is not shown as if it were of one.
#[test]
fn several_sources_are_counted() {
    let mut stage = Stage::at("Messages API", (200, 50));
    stage.model.focus = Pane::Event;
    stage.press("");
    let text = stage.text();
    let line = text
        .lines()
        .find(|line| line.contains(" total_tokens "))
        .unwrap();
    assert!(line.contains(" +3"), "{line}");
}

/// A key is added with JSON as for the command line.
#[test]
fn a_key_is_added_with_json() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.press("tab a type:flag:=true enter");
    assert!(stage.event().contains("\"flag\":true"), "{}", stage.event());
    stage.press("a type:count:=1x enter");
    assert!(
        stage.notice().starts_with("not yet: not JSON"),
        "{}",
        stage.notice()
    );
}

/// A picture is what its name says, or is not written.
#[test]
fn a_picture_is_what_its_name_says() {
    let mut stage = Stage::samples((120, 40));
    let effects = stage.press(": type:picture enter ctrl-u type:p.jpg enter");
    assert_eq!(effects, []);
    assert_eq!(
        stage.notice(),
        "nothing was written: a picture is .svg or .png, and p.jpg is neither"
    );
    let effects = stage.press(": type:picture enter ctrl-u type:p.PNG enter");
    assert_eq!(effects.len(), 1);
}

/// A key that stands for nothing says so.
#[test]
fn a_key_that_does_nothing_says_so() {
    let mut stage = Stage::samples((120, 40));
    stage.press("@");
    assert_eq!(stage.notice(), "@ does nothing here; ? lists the keys");
}

/// What is copied of the request has the edits in it, and what was removed is not there to be copied.
#[test]
fn what_is_copied_has_the_edits() {
    let copied = |keys: &str| {
        let mut stage = Stage::at("Time check", (120, 40));
        stage.press("tab e ctrl-u type:ada enter a type:team=search enter down*4 d esc");
        let pane = stage.model.focus;
        stage.model.focus = Pane::Completion;
        let effects = stage.press(keys);
        assert_ne!(pane, Pane::Completion);
        format!("{effects:?}")
    };
    let request = copied("run:go-to type:/request enter y");
    assert!(
        request.contains("ada") && request.contains("search"),
        "{request}"
    );
    assert!(!request.contains("user_12345"), "{request}");
    let trace = copied("run:go-to type:/request/trace enter y");
    assert!(trace.contains("search"), "{trace}");
}

/// The help's keys stand close to what they do, and in whole sentences on a wide screen.
#[test]
fn the_helps_keys_stand_close_to_their_sentences() {
    let mut stage = Stage::samples((80, 24));
    stage.press("?");
    stage.sees("  k ↑       Move the cursor up");
    stage.sees("Jump between a field and its source; open what the cursor is on");
}

/// What goes nowhere is marked there as in the completion, and how many there are is read however long the reason is.
#[test]
fn reasons_are_marked_as_in_the_completion() {
    let mut stage = Stage::at("A trace value leaks the prompt", (80, 24));
    stage.press("p D");
    stage.sees(" ⊘ privacy mode keeps it back  ");
    stage.sees(" ◌ superseded by request.model  1");
    let long = lines_with(&stage, "only the text of the latest user message");
    assert!(!long[0].contains('…'), "{long:?}");
}

/// The event's title keeps its form with the longer route.
#[test]
fn the_events_title_keeps_its_form() {
    let mut stage = Stage::samples((80, 24));
    stage.sees("Raindrop event · POST events/track ");
    stage.press("p");
    stage.sees("Event · POST events/track_partial ");
}

/// That something can be pasted is found among the commands.
#[test]
fn pasting_is_found() {
    let mut stage = Stage::samples((80, 24));
    stage.press(": type:paste");
    stage.sees("a paste is loaded");
}

/// While a folder is read, how much of it is there is told from the first file on.
#[test]
fn what_was_read_so_far_is_told() {
    let mut stage = Stage::samples((80, 24));
    stage.model.loading = Some((0, 0));
    stage.press("");
    stage.sees("reading, 41 so far");
}
