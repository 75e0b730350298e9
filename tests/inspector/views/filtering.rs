//! The filter of the list: where it leads, what it says while it looks, and how it is left.

use rainscope::completion::load;
use rainscope::inspector::keys::script::{ScriptStep, parse};
use rainscope::inspector::library::{Batch, BrokenRecord, RawRecord};
use rainscope::inspector::{Env, Msg, Pane};

use crate::stage::{NOW, Stage, after, raw};

/// Of several that fit as well, the cursor goes to the first of the list, wherever it was and however that is sorted.
#[test]
fn the_cursor_goes_to_the_first_of_those_that_fit_best() {
    for (before, size) in [
        ("", (120, 40)),
        ("G", (80, 24)),
        ("J*30", (120, 40)),
        ("J*12 O", (120, 40)),
    ] {
        let mut stage = Stage::samples(size);
        stage.press(before);
        stage.press("f type:model:openai");
        assert!(stage.names().len() > 3, "{:?}", stage.names());
        assert_eq!(stage.name(), stage.names()[0], "after {before:?}");
        stage.press("enter");
        assert_eq!(stage.name(), stage.names()[0], "after {before:?}");
    }
    // A name goes before a word of the input, wherever it stands.
    let stage = after("f type:refusal enter");
    assert_eq!(stage.name(), "Refusal");
    // A value of the trace is found and so is its key, and no name in which its letters have others between them.
    for (trace, word) in [("weave", "weave"), ("x", "leave")] {
        let key = if word == "leave" { "leave" } else { "x" };
        let sample = |name: &str, trace: &str| {
            format!(
                r#"{{"name":"{name}","request":{{"model":"a/b","messages":[{{"role":"user","content":"hi"}}],"trace":{trace}}},"response":{{"id":"gen-{name}","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
            )
        };
        let lines = [
            sample("wide lea of vines", "{}"),
            sample("other", &format!(r#"{{"{key}":"{trace}"}}"#)),
        ];
        let mut stage = Stage::with(
            load::load("a.ndjson", lines.join("\n").as_bytes()),
            (120, 40),
        );
        stage.press(&format!("f type:{word} enter"));
        assert_eq!((stage.listed(), stage.name()), (1, "other"), "{word}");
        // The search of the list finds it as well, while it is typed.
        let mut stage = Stage::with(
            load::load("a.ndjson", lines.join("\n").as_bytes()),
            (120, 40),
        );
        stage.model.focus = Pane::List;
        stage.press(&format!("/ type:{word}"));
        assert_eq!(stage.matches(), [1], "{word}");
    }
}

/// Where the list lies over the panes, it makes way once the filter is kept: what was found is what one wanted to see.
#[test]
fn the_list_makes_way_once_a_filter_is_kept() {
    for size in [(80, 24), (100, 30)] {
        let mut stage = Stage::samples(size);
        stage.model.focus = Pane::Event;
        stage.press("f type:refusal");
        stage.sees("Completions 1 of 41");
        stage.press("enter");
        assert_eq!(stage.focus, Pane::Event, "{size:?}");
        assert!(
            !stage.text().contains("Completions 1 of 41"),
            "{}",
            stage.text()
        );
        // Whoever was in the list stays there, and so does whoever found nothing.
        stage.model.focus = Pane::List;
        stage.press("f type:nonsense enter");
        assert_eq!(stage.focus, Pane::List);
        stage.sees("Nothing fits");
    }
    // Beside the panes it stays.
    assert_eq!(after("tab f type:refusal enter").focus, Pane::List);
}

/// Esc leaves a filter that is typed as it was before: none, or the one that was kept.
#[test]
fn leaving_a_filter_that_is_typed_brings_back_the_one_before() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::samples(size);
        stage.press("f type:model:anthropic enter");
        let (kept, name, focus) = (stage.names(), stage.name().to_owned(), stage.focus);
        assert!(kept.len() < 41, "{kept:?}");
        stage.press("f type:\" refus\"");
        assert_ne!(stage.names(), kept);
        stage.press("esc");
        assert_eq!(
            (stage.names(), stage.name(), stage.focus),
            (kept, name.as_str(), focus),
            "{size:?}"
        );
    }
}

/// A kept filter isn't lost by one Esc in a pane: that says what is listed, and how all are listed again.
#[test]
fn a_kept_filter_takes_two_escs_outside_of_the_list() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::samples(size);
        stage.press("f type:model:anthropic enter");
        stage.model.focus = Pane::Event;
        let kept = stage.names();
        stage.press("esc");
        assert_eq!(stage.names(), kept, "{size:?}");
        stage.sees("only what fits \"model:anthropic\" is listed");
        // Any other command in between, and it is said again.
        stage.press("j esc");
        assert_eq!(stage.names(), kept, "{size:?}");
        stage.press("esc");
        assert_eq!(stage.names().len(), 41, "{size:?}");
    }
    // The list that lies over the panes is closed by Esc, and keeps its filter; beside them it loses it.
    let mut stage = Stage::samples((80, 24));
    stage.press("f type:model:anthropic enter tab");
    stage.model.focus = Pane::List;
    stage.press("esc");
    assert_eq!(stage.focus, Pane::Event);
    assert!(stage.names().len() < 41);
    assert_eq!(after("f type:model:anthropic enter esc").names().len(), 41);
}

/// While completions are still looked at, the header says so and how far, also where the list is out of sight.
#[test]
fn a_filter_that_is_still_looking_says_how_far() {
    let text = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"Where?"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"WORDS"}}]}}"#;
    let text = text.replace("WORDS", &"here ".repeat(2_000));
    let mut stage = Stage::empty((80, 24));
    let records: Vec<RawRecord> = (1..=1_500).map(|number| raw(&text, number)).collect();
    stage.tell(Msg::Loaded(Batch {
        records,
        ..Batch::default()
    }));
    let env = Env {
        now: NOW,
        fresh_id: "00000000-0000-4000-8000-000000000001".to_owned(),
    };
    for step in parse("f type:user:nobody enter").unwrap() {
        let (ScriptStep::Key(key) | ScriptStep::Typed(key)) = step else {
            panic!("{step:?}");
        };
        stage.model.update(Msg::Key(key), &env);
    }
    assert!(stage.model.is_busy());
    let header = stage.text().lines().next().unwrap().to_owned();
    assert!(header.contains("searching "), "{header}");
    assert!(header.contains('‹'), "{header}");
    assert!(!header.contains("1/0"), "{header}");
    stage.tell(Msg::Continue);
    stage.sees("not listed");
}

/// A line of a large file that holds nothing is said in the header before anybody comes to it, and marked in the list.
#[test]
fn a_broken_record_is_told_before_it_is_looked_at() {
    let good = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"Where?"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"Here."}}]}}"#;
    let broken = &good[..good.len() - 20];
    let file = [good, broken, good].join("\n");
    let mut stage = Stage::empty((80, 24));
    let record = |number: u32, text: &str| raw(text, number);
    stage.tell(Msg::Loaded(Batch {
        source: 7,
        records: vec![record(1, good), record(2, broken), record(3, good)],
        ..Batch::default()
    }));
    assert!(!stage.text().contains("problem"), "{}", stage.text());
    let problem = load::load("traffic.ndjson", file.as_bytes())
        .problems
        .remove(0);
    let told = BrokenRecord { source: 7, problem };
    stage.tell(Msg::Broken(vec![told.clone()]));
    stage.sees("! 1 problem");
    stage.press("!");
    stage.sees("traffic.ndjson:2:");
    // Looked at, it is not told again.
    stage.press("esc J");
    stage.sees("! 1 problem");
    // What is said of another source, or of what was looked at by then, changes nothing.
    let other = BrokenRecord {
        source: 8,
        ..told.clone()
    };
    stage.tell(Msg::Broken(vec![other, told]));
    stage.sees("! 1 problem");
    assert_eq!(stage.model.library.len(), 3);
    // It holds no completion that an edit could be made in.
    stage.press("K a type:\"team=x\" enter A");
    stage.sees("This makes this edit in 1 other");
}

/// Cost, tokens and duration are compared; a number that is none is told, and nothing fits it.
#[test]
fn amounts_are_filtered_by() {
    let facts = |stage: &Stage| -> Vec<(Option<f64>, Option<f64>, Option<f64>)> {
        let entries = stage.model.listing.entries(&stage.model.library);
        let facts = entries.into_iter().map(|index| {
            let entry = stage.model.library.entry(index).unwrap();
            let facts = &entry.summary().unwrap().facts;
            (facts.cost, facts.tokens, facts.duration)
        });
        facts.collect()
    };
    let all = facts(&after(": type:sort-cost enter"));
    type Facts = (Option<f64>, Option<f64>, Option<f64>);
    let check = |typed: &str, fits: &dyn Fn(&Facts) -> bool| {
        let found = facts(&after(&format!("f type:{typed}")));
        let expected = all.iter().filter(|facts| fits(facts)).count();
        assert!(expected > 0 && expected < all.len(), "{typed}: {expected}");
        assert_eq!(found.len(), expected, "{typed}");
        assert!(found.iter().all(fits), "{typed}: {found:?}");
    };
    check("cost>0.001", &|(cost, ..)| cost.is_some_and(|c| c > 0.001));
    check("cost:<=0.001", &|(cost, ..)| {
        cost.is_some_and(|c| c <= 0.001)
    });
    check("tokens>=100", &|(_, tokens, _)| {
        tokens.is_some_and(|t| t >= 100.0)
    });
    check("duration>1.5s", &|(_, _, duration)| {
        duration.is_some_and(|d| d > 1500.0)
    });
    for (typed, says) in [
        ("cost>much", "\"much\" is no amount"),
        ("duration>2", "2 of what? As duration>2s"),
        ("tokens>", "the number is missing"),
    ] {
        let mut stage = after(&format!("f type:{typed}"));
        stage.sees(says);
        assert!(stage.names().is_empty(), "{typed}");
        stage.press("enter");
        stage.sees(says);
    }
    let stage = after("f type:durat tab");
    assert!(
        stage.text().contains("filter duration>"),
        "{}",
        stage.text()
    );
}

/// `f` with a filter in force: what is typed takes its place, and an arrow goes on with it.
#[test]
fn a_filter_that_is_there_is_replaced_by_typing() {
    let text = |stage: &Stage| stage.model.listing.filter.text().to_owned();
    assert_eq!(text(&after("f type:stream enter f type:tool")), "tool");
    assert_eq!(
        text(&after("f type:stream enter f right type:ed")),
        "streamed"
    );
    assert_eq!(text(&after("f type:stream enter f backspace")), "");
    assert_eq!(text(&after("f type:stream enter f enter")), "stream");
    let mut stage = after("f type:stream enter f");
    stage.sees("what is typed takes its place");
    stage.tell(Msg::Paste("tool".to_owned()));
    assert_eq!(text(&stage), "tool");
    // Esc brings the old one back.
    stage.press("esc");
    assert_eq!(text(&stage), "stream");
}

/// A key is asked for as edits left it: what was edited away is no longer there.
#[test]
fn a_key_is_found_as_it_was_edited() {
    let mut stage = Stage::empty((120, 40));
    let call = r#"{"request":{"model":"a/b","user":"ada","trace":{"env":"prod","team":"x"},"messages":[{"role":"user","content":"Where?"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"Here."}}]}}"#;
    stage.load(rainscope::completion::load::load(
        "one.json",
        call.as_bytes(),
    ));
    let finds = |stage: &mut Stage, filter: &str| {
        stage.press(&format!("f type:{filter} enter"));
        let found = stage.names().len();
        stage.press("esc esc");
        found
    };
    assert_eq!(finds(&mut stage, "key:env=prod"), 1);
    let entry = stage.model.library.entry_mut(0).unwrap();
    let edit = |key: &str, value: &str| rainscope::completion::Edit::SetKey {
        key: key.to_owned(),
        value: rainscope::json::JsonText::parse(value).unwrap(),
    };
    entry.edits = [
        edit("env", "\"dev\""),
        rainscope::completion::Edit::User(Some("bob".into())),
    ]
    .into_iter()
    .collect();
    for (filter, expected) in [
        ("key:env=prod", 0),
        ("!key:env=prod", 1),
        ("key:env=dev", 1),
        ("key:team=x", 1),
        ("key:user=ada", 0),
        ("key:user=bob", 1),
        ("key:model=a/b", 1),
    ] {
        assert_eq!(finds(&mut stage, filter), expected, "{filter}");
    }
}

/// A list that is empty for a field that does not exist says so.
#[test]
fn a_field_that_there_is_not_is_named() {
    let mut stage = Stage::samples((120, 40));
    stage.press("f type:foo:bar");
    stage.sees("There is no field \"foo\"");
    stage.press("ctrl-u type:user:nobody-here");
    assert!(!stage.text().contains("There is no field"));
    // Letters with gaps between them are no word, since what is listed may be sent.
    stage.press("ctrl-u type:g4m");
    stage.sees("Nothing fits \"g4m\"");
}

/// `key:` completes the keys of what is shown, wherever they stand.
#[test]
fn keys_are_completed_wherever_they_stand() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.press("f type:key:fea tab");
    stage.sees("key:feature");
    assert!(
        !stage.notice().contains("nothing that is loaded"),
        "{}",
        stage.notice()
    );
}

/// Where nothing fits, one is where one was before, and not at what an earlier letter found.
#[test]
fn a_filter_that_fits_nothing_leaves_one_where_one_was() {
    let mut stage = Stage::samples((120, 40));
    stage.press("down*3");
    let before = stage.name().to_owned();
    stage.press("f type:refusal");
    assert_ne!(stage.name(), before);
    stage.press("type:xyzzy enter");
    assert_eq!(stage.listed(), 0);
    assert_eq!(stage.name(), before);
    stage.press("esc");
    assert_eq!(stage.name(), before);
}

/// What a key has completes as any other value does.
#[test]
fn what_a_key_has_completes() {
    let mut stage = Stage::samples((120, 40));
    stage.press("f type:key:feature=h tab");
    stage.sees("key:feature=header-bar");
    // A key that is typed whole goes on to its values.
    stage.press("ctrl-u type:key:fea tab");
    stage.sees("filter key:feature ");
    stage.press("tab");
    stage.sees("filter key:feature= ");
    stage.press("tab");
    stage.sees("filter key:feature=header-bar");
    stage.press("ctrl-u type:key:feature=zz tab");
    let says = "nothing in the completion that is shown begins like this";
    assert_eq!(stage.notice(), says);
}

/// What there is to remark of a record is told once, however often the record is read.
#[test]
fn a_records_remarks_are_told_once() {
    use rainscope::inspector::Msg;
    use rainscope::inspector::library::Batch;

    let line =
        r#"{"request":{"model":"a/b","model":"a/b","messages":[]},"response":{"id":"gen-1"}}"#;
    let records = (1..=100).map(|number| crate::stage::raw(line, number));
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(Batch {
        records: records.collect(),
        ..Batch::default()
    }));
    let told = |stage: &Stage| stage.library.notes.len() + stage.library.problems.len();
    stage.press("f type:key:zzz enter");
    assert_eq!(told(&stage), 100);
    stage.press("f ctrl-u type:key:yyy enter");
    assert_eq!(told(&stage), 100);
}

/// A quote in a value is part of it, for the overview's bars as well.
#[test]
fn a_quote_in_a_value_is_filtered_by() {
    use rainscope::inspector::library::filter::Filter;

    let text = r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"},"finish_reason":"st\"op"}]}}"#;
    let mut stage = Stage::with(rainscope::load("a.json", text.as_bytes()), (120, 40));
    let typed = Filter::exactly("finish", "st\"op");
    stage.press("f");
    stage.tell(rainscope::inspector::Msg::Paste(typed.text().to_owned()));
    stage.press("enter");
    assert_eq!(stage.listed(), 1, "{}", typed.text());
    stage.press("f ctrl-u type:finish:st tab enter");
    assert_eq!(stage.listed(), 1, "{}", stage.text());
}

/// A key press in the list's search looks at no more than a slice of what was not looked at yet.
#[test]
fn the_lists_search_does_not_map_all_at_its_first_letter() {
    let words = "word ".repeat(20_000);
    let line = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{words}"}}]}},"response":{{"id":"gen-1"}}}}"#
    );
    let mut stage = Stage::with(
        rainscope::load("a.ndjson", vec![line; 60].join("\n").as_bytes()),
        (120, 40),
    );
    let known = |stage: &Stage| {
        let entry = |index| stage.library.entry(index);
        let is_known = |index: &usize| entry(*index).is_some_and(|it| it.summary().is_some());
        (0..stage.library.len()).filter(is_known).count()
    };
    stage.model.focus = rainscope::inspector::Pane::List;
    stage.model.size = (120, 12);
    let before = known(&stage);
    stage.press("/ type:x");
    assert!(known(&stage) < 60, "{before} {}", known(&stage));
}
