//! What fits at which width: three columns, two with the list as a popup, tabs, a line of words; and what is
//! readable at the default size of a terminal.

use rainscope::inspector::ui::layout::SizeClass;
use rainscope::inspector::{Msg, Pane};

use super::sight::{pane, part, row};
use crate::stage::Stage;

/// The panes that are drawn side by side at a size, from the corners in the body's first line.
fn columns(stage: &Stage) -> usize {
    let text = stage.text();
    let first = text.lines().find(|line| line.contains('┌'));
    first.map_or(0, |line| line.matches('┌').count())
}

/// Three columns from 112 columns up, two from 80, with the list as a popup, tabs below that, and a
/// sentence where nothing fits.
#[test]
fn columns_popup_tabs_and_words_by_width() {
    let mut stage = Stage::samples((140, 40));
    for (width, expected) in [
        (300, 3),
        (140, 3),
        (112, 3),
        (111, 2),
        (80, 2),
        (79, 1),
        (30, 1),
        (29, 0),
        (1, 0),
    ] {
        stage.tell(Msg::Resize(width, 40));
        stage.model.focus = Pane::Event;
        assert_eq!(columns(&stage), expected, "{width}");
        let tabs = stage.text().lines().nth(1).unwrap_or_default().to_owned();
        let has_tabs = ["Completions", "Trace", "Completion ", "Event"]
            .iter()
            .all(|name| tabs.contains(name));
        assert_eq!(has_tabs, (48..80).contains(&width), "{width}: {tabs}");
    }
    // So too by height.
    for (height, expected) in [(8, 3), (7, 0)] {
        stage.tell(Msg::Resize(140, height));
        assert_eq!(columns(&stage), expected, "{height}");
    }
    stage.tell(Msg::Resize(29, 8));
    let words = stage.text();
    assert!(
        words.contains("needs 30×8") && words.contains("leaves"),
        "{words}"
    );
}

#[test]
fn the_list_is_a_popup_on_two_columns() {
    let mut stage = Stage::samples((100, 40));
    stage.model.focus = Pane::Completion;
    assert!(stage.model.layout().pane(Pane::List).is_empty());
    let below = pane(&stage, Pane::Completion);
    stage.model.focus = Pane::List;
    let list = stage.model.layout().pane(Pane::List);
    // It lies over the others, which stay where they were.
    assert!(list.intersects(stage.model.layout().pane(Pane::Completion)));
    assert!(pane(&stage, Pane::List)[0].contains("Completions"));
    assert!(stage.text().contains("Raindrop event"));
    stage.press("down enter");
    assert_eq!(stage.model.focus, Pane::Completion);
    assert!(stage.model.layout().pane(Pane::List).is_empty());
    assert_ne!(pane(&stage, Pane::Completion), below, "the next completion");
}

#[test]
fn tabs_show_one_pane_and_tell_which() {
    for at in Pane::ALL {
        let mut stage = Stage::samples((76, 12));
        stage.model.focus = at;
        stage.press("");
        let shown: Vec<Pane> = Pane::ALL
            .into_iter()
            .filter(|pane| !stage.model.layout().pane(*pane).is_empty())
            .collect();
        assert_eq!(shown, [at]);
        let frame = stage.frame();
        let y = stage.model.layout().tabs.y;
        let text = stage.text();
        let tabs = text.lines().nth(y.into()).unwrap();
        let lit = |pane: Pane| {
            let column = u16::try_from(tabs.rfind(pane.title()).unwrap()).unwrap();
            let cell = &frame[(column, y)];
            cell.modifier.contains(ratatui::style::Modifier::REVERSED)
        };
        assert_eq!(Pane::ALL.map(lit), Pane::ALL.map(|pane| pane == at));
    }
}

/// The bundled samples, with the event in the focus, as the program begins on two columns.
fn at_event(size: (u16, u16)) -> Stage {
    let mut stage = Stage::samples(size);
    stage.model.focus = Pane::Event;
    stage.press("");
    stage
}

#[test]
fn two_columns_begin_with_the_event_in_the_focus() {
    for (width, expected) in [
        (79, Pane::List),
        (80, Pane::Event),
        (111, Pane::Event),
        (112, Pane::List),
    ] {
        assert_eq!(Stage::empty((width, 24)).model.focus, expected, "{width}");
    }
}

/// On two columns the cursor begins on the user, the first field with a source: which one that is is lit beside it, and
/// said below, before anything is pressed.
#[test]
fn two_columns_begin_on_a_field_with_a_source() {
    for size in [(80, 24), (100, 30)] {
        let mut stage = Stage::empty(size);
        stage.load(rainscope::samples::load_all());
        let user = row(&stage, Pane::Event, "user_id");
        assert!(user.contains('▌') && user.contains("◂ user"), "{user}");
        let lit = row(&stage, Pane::Completion, "user \"user_12345\"");
        assert!(lit.contains('◆'), "{lit}");
        stage.sees("/user_id ◂ request.user");
        assert!(stage.text().lines().last().unwrap().contains("e edit"));
    }
    // Where the list comes first, the trees begin at their top.
    let stage = Stage::samples((120, 40));
    assert_eq!(stage.current.as_ref().unwrap().event.cursor.row, 0);
}

/// Completion and event stand side by side at 80×24, the default size of a terminal: what comes of what is the
/// first that is seen, and nothing has to be pressed for it.
#[test]
fn completion_and_event_are_side_by_side_at_80_columns() {
    let mut stage = at_event((80, 24));
    let text = stage.text();
    for (of_completion, of_event) in [
        ("▾ request", "event_id"),
        ("\"openai/gpt-4o-mini\"", "user_12345"),
        ("user \"user_12345\"", "session_67890"),
    ] {
        let halves: Vec<(String, String)> = text
            .lines()
            .map(|line| {
                let left: String = line.chars().take(38).collect();
                (left, line.chars().skip(38).collect())
            })
            .collect();
        assert!(
            halves.iter().any(|(left, _)| left.contains(of_completion)),
            "{of_completion}\n{text}"
        );
        assert!(
            halves.iter().any(|(_, right)| right.contains(of_event)),
            "{of_event}\n{text}"
        );
    }
    for value in [
        "2026-06-05T12:31:53.986Z",
        "What time is it right now?",
        "openai/gpt-4o-mini",
        "0.0000231",
    ] {
        assert!(row(&stage, Pane::Event, value).contains(value));
    }
    // The list is a Tab away; the next completion is not even that, and which one it is, is always said.
    stage.sees("‹ Time check 1/41 ›");
    // A long name is told before an address.
    let mut long = at_event((80, 24));
    long.press("J*13");
    let header = long.text().lines().next().unwrap().to_owned();
    assert!(
        header.contains("‹ A trace v") && header.contains("he prompt 14/41 ›   "),
        "{header}"
    );
    stage.press("J");
    stage.sees("2/41 ›");
    assert_eq!(stage.model.focus, Pane::Event);
    stage.press("tab");
    assert_eq!(stage.model.focus, Pane::List);
    stage.sees("Completions 2/41");
}

/// From 100 columns each row whose value leaves room for it says where that is from; below, the row under the cursor
/// does.
#[test]
fn values_leave_the_rest_of_their_room_to_their_sources() {
    let hinted = |stage: &Stage| {
        let lines = pane(stage, Pane::Event);
        lines.iter().filter(|line| line.contains('◂')).count()
    };
    let mut stage = at_event((100, 30));
    assert!(hinted(&stage) > 8, "{}", stage.text());
    // A value comes first.
    let input = row(&stage, Pane::Event, "input");
    assert!(
        input.contains("What time is it right now? ◂ content"),
        "{input}"
    );
    let output = row(&stage, Pane::Event, "output");
    assert!(
        output.contains("It's 2:31 PM") && !output.contains('◂'),
        "{output}"
    );
    for size in [(100, 30), (120, 40), (200, 50)] {
        stage.tell(Msg::Resize(size.0, size.1));
        assert!(hinted(&stage) > 8, "{}", stage.text());
        for line in pane(&stage, Pane::Event) {
            assert!(!(line.contains('◂') && line.contains('…')), "{line}");
        }
    }
    stage.tell(Msg::Resize(120, 40));
    assert!(row(&stage, Pane::Event, "timestamp").contains("2026-06-05T12:31:53.98"));
    let mut stage = at_event((80, 24));
    stage.press("down*2");
    assert!(row(&stage, Pane::Event, "user_id").contains("◂ user"));
    assert_eq!(hinted(&stage), 1, "{}", stage.text());
}

/// A pointer that takes several lines stands together, above the value.
#[test]
fn a_long_pointer_of_the_detail_is_not_torn_apart() {
    let mut stage = Stage::samples((200, 50));
    let key = "k".repeat(120);
    stage.press(&format!("a type:\"{key}\" enter type:\"its value\" enter"));
    let detail = part(&stage, stage.model.layout().detail);
    let line = |text: &str| detail.iter().position(|line| line.contains(text)).unwrap();
    let mut above = detail.iter().take(line("its value")).skip(1);
    assert!(above.all(|line| line.contains("kkk")), "{detail:#?}");
    assert!(line("its value") > 2, "{detail:#?}");
}

/// Values of a level begin in one column, whatever their length; only a key that is longer than that column pushes
/// its own value.
#[test]
fn values_begin_in_one_column() {
    for (size, longer) in [((80, 24), true), ((100, 30), false), ((120, 40), false)] {
        let mut stage = at_event(size);
        stage.press("down*18");
        let begins = |stage: &Stage, key: &str, value: &str| {
            // The last one: `model` is a key of two containers.
            let lines = pane(stage, Pane::Event).into_iter();
            let mut own = lines.filter(|line| line.contains(&format!(" {key} ")));
            let line = own.next_back().unwrap();
            line.split(value).next().unwrap().chars().count()
        };
        let first = begins(&stage, "finish_reason", "stop");
        for (key, value) in [
            ("model", "openai/gpt-"),
            ("provider", "OpenAI"),
            ("prompt_tokens", "58"),
            ("total_cost", "0.0000231"),
            ("duration_ms", "1842"),
            ("source", "openrouter"),
        ] {
            assert_eq!(begins(&stage, key, value), first, "{key} {size:?}");
        }
        let pushed = begins(&stage, "completion_tokens", "24");
        assert_eq!(pushed > first, longer, "{size:?}");
        // The next completion has them in the same column, though its model is longer.
        stage.press("J*3");
        assert_eq!(begins(&stage, "finish_reason", "tool_use"), first);
        assert_eq!(begins(&stage, "model", "anthropic/"), first, "{size:?}");
    }
}

/// The list that lies over two columns is as high as its rows, or as there is room for.
#[test]
fn the_popup_of_the_list_is_as_large_as_its_content() {
    for size in [(80, 24), (100, 30)] {
        let mut stage = Stage::samples(size);
        let height = |stage: &Stage| stage.layout().pane(Pane::List).height;
        stage.press("f");
        let most = stage.layout().body.height - 2;
        assert_eq!(height(&stage), most, "{size:?}");
        stage.press("type:name:anon");
        assert_eq!(height(&stage), 3);
        let list = pane(&stage, Pane::List);
        assert!(list[1].contains("Anonymous"), "{list:?}");
        // Why there is nothing in it is said to its end.
        stage.press("type:nonsense");
        let list = pane(&stage, Pane::List).join(" ");
        assert!(
            list.contains("Nothing fits") && list.contains("!not."),
            "{list}"
        );
        stage.press("esc f");
        assert_eq!(height(&stage), most);
    }
}

/// No pane moves when typing begins. A text that is longer than its pane scrolls in it, or in a frame that reaches as
/// far as the event; outside of that frame, every cell is as it was.
#[test]
fn a_long_text_is_typed_within_a_frame() {
    let texts = [
        "a name that is longer than its pane ",
        "天気がいい、",
        "e\u{301}e\u{301}👩\u{200d}👧",
    ];
    let texts = texts.map(|text| text.repeat(40));
    for size in [
        (76, 20),
        (80, 24),
        (100, 30),
        (112, 30),
        (120, 40),
        (200, 50),
    ] {
        for row in ["g", "g down*4", "G up"] {
            for text in &texts {
                let mut stage = Stage::samples(size);
                stage.model.focus = Pane::Trace;
                stage.press(row);
                stage.press("e ctrl-u");
                let panes = Pane::ALL.map(|pane| stage.layout().pane(pane));
                // Most of it at once: each key press maps the completion again.
                stage.press(&format!("paste:\"{text}\" type:\"more\""));
                assert_eq!(Pane::ALL.map(|pane| stage.layout().pane(pane)), panes);
                check_typed(&stage);
                stage.press("home");
                check_typed(&stage);
            }
        }
    }
}

/// The typed row ends in a border, and what it covers beyond its pane is framed.
fn check_typed(stage: &Stage) {
    let (after, layout, text) = (stage.frame(), stage.layout(), stage.text());
    let (trace, event) = (layout.pane(Pane::Trace), layout.pane(Pane::Event));
    let symbol = |x: u16, y: u16| after[(x, y)].symbol();
    let typed = |y: &u16| symbol(trace.x + 1, *y) == "✎";
    let y = (trace.top()..trace.bottom()).find(typed).unwrap();
    let ends = match layout.class {
        SizeClass::Wide => event.x - 1,
        _ => trace.right(),
    };
    assert_eq!(symbol(trace.x, y), "│", "{text}");
    assert!(matches!(symbol(ends - 1, y), "│" | "┃"), "{text}");
    let row: String = (trace.x..ends).map(|x| symbol(x, y)).collect();
    assert!(row.contains('…'), "{text}");
    if layout.class != SizeClass::Wide {
        return;
    }
    for (y, right_corner) in [(y - 1, "┐"), (y + 1, "┘")] {
        assert_eq!(symbol(ends - 1, y), right_corner, "{text}");
        for x in trace.right()..ends - 1 {
            assert_eq!(symbol(x, y), "─", "{x}\n{text}");
        }
    }
    // Above and below, the panes stand side by side as ever.
    for y in (trace.top() + 1..trace.bottom() - 1).filter(|at| at.abs_diff(y) > 1) {
        for x in [trace.right() - 1, trace.right(), event.x - 1, event.x] {
            assert!(matches!(symbol(x, y), "│" | "┃"), "{x} {y}\n{text}");
        }
    }
}

/// A zoomed pane hides where an edit is typed and what it does, so an edit shows all panes.
#[test]
fn an_edit_shows_the_panes_that_it_needs() {
    for keys in ["e", "a", "ctrl-o"] {
        let mut stage = Stage::samples((120, 40));
        stage.press("tab*3 down*2 z");
        assert!(stage.model.layout().pane(Pane::Trace).is_empty());
        stage.press(keys);
        let layout = stage.model.layout();
        assert!(!layout.pane(Pane::Trace).is_empty(), "{keys}");
        assert!(!layout.pane(Pane::Event).is_empty(), "{keys}");
    }
}

/// From 160×40 on, what is known of the row under the cursor stands below the event and follows it: the value in
/// full, the rule, how far it is known, every source.
#[test]
fn a_large_screen_shows_what_is_known_of_the_row_under_the_cursor() {
    for (size, is_there) in [
        ((160, 40), true),
        ((200, 50), true),
        ((159, 40), false),
        ((160, 39), false),
    ] {
        let mut stage = Stage::samples(size);
        assert_eq!(
            !stage.model.layout().detail.is_empty(),
            is_there,
            "{size:?}"
        );
        if !is_there {
            continue;
        }
        let detail = |stage: &Stage| part(stage, stage.model.layout().detail).join("\n");
        let has = |stage: &Stage, texts: &[&str]| {
            let shown = detail(stage);
            for text in texts {
                assert!(shown.contains(text), "no {text} at {size:?} in\n{shown}");
            }
        };
        stage.press("tab*3 down*2");
        has(
            &stage,
            &[
                "Field of the event",
                "/user_id",
                "user_12345",
                "source      /request/user",
                "confidence  documented",
                "privacy",
                "rule        the first that is there of: request.user",
            ],
        );
        // A long text breaks at its own line breaks, and what is known of it has its room.
        stage.press("ctrl-g type:\"/ai_data/output\" enter");
        has(
            &stage,
            &[
                "/ai_data/output",
                "It's 2:31 PM in Berlin",
                "privacy mode would keep it back",
            ],
        );
        stage.press("ctrl-g type:\"/response/created\" enter");
        has(
            &stage,
            &[
                "Value of the completion",
                "/response/created",
                "1780662712",
                "nowhere: ",
            ],
        );
        stage.press("G tab G");
        has(&stage, &["openrouter_router_latency_ms", "not known: "]);
        stage.press("tab*2 tab");
        // A zoomed pane has the screen to itself.
        stage.press("z");
        assert!(stage.model.layout().detail.is_empty());
    }
}

/// A list that has room has a column each for the model, the user, the time, the tokens, the cost and the duration.
#[test]
fn a_list_with_room_has_all_columns() {
    let mut stage = Stage::at("Time check", (200, 50));
    stage.model.focus = Pane::List;
    stage.press("z");
    let list = pane(&stage, Pane::List);
    let row = list
        .iter()
        .find(|line| line.contains("Time check"))
        .unwrap();
    for text in [
        "openai/gpt-4o-mini",
        "user_12345",
        "06-05 12:31:53",
        "82 tok",
        "$0.000023",
        "1.8 s",
    ] {
        assert!(row.contains(text), "no {text} in {row}");
    }
}

/// At 200 columns the list uses its room: the model stands beside each title.
#[test]
fn the_list_of_a_wide_screen_has_the_model() {
    let stage = Stage::samples((200, 50));
    let text = stage.text();
    let row = text.lines().find(|line| line.contains("Tool round trip"));
    let list: String = row.unwrap_or_default().chars().take(58).collect();
    assert!(list.contains("claude-haiku-4.5"), "{list}");
}

/// Where privacy mode and the destination stand in the header, and how the destination is named, depends on nothing but
/// the screen: not on a name, and not on what else there is to say.
#[test]
fn privacy_and_destination_stand_in_one_place() {
    use crate::stage::{local_sink, received};

    for width in [80, 90, 100, 120, 200] {
        let mut stage = at_event((width, 24));
        stage.tell(Msg::Destination(local_sink()));
        let right = |stage: &Stage| {
            let header = stage.text().lines().next().unwrap().to_owned();
            let at = header.find("privacy").unwrap();
            (header[..at].chars().count(), header[at..].to_owned())
        };
        let expected = right(&stage);
        let port = if width < 90 {
            ":5899"
        } else {
            "127.0.0.1:5899"
        };
        assert!(
            expected.1.contains(&format!("▲ local sink {port}")),
            "{expected:?}"
        );
        for _ in 0..41 {
            stage.press("J");
            assert_eq!(right(&stage), expected, "{width}");
        }
        stage.tell(Msg::Received(received(1, 200, "", "{}")));
        assert_eq!(right(&stage), expected, "{width}");
        let off = expected.0;
        stage.press("p");
        let on = stage.text();
        let on = on
            .lines()
            .next()
            .unwrap()
            .split("● PRIVACY ON")
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(on.chars().count(), off, "{width}");
    }
}
