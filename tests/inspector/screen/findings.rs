//! Findings: as rows that lead to where they are mended, and in the footer in whole words with what to do.

use std::sync::Arc;

use rainscope::completion::{Edit, Edits, load};
use rainscope::inspector::library::Batch;
use rainscope::inspector::windows::compare::Compare;
use rainscope::inspector::windows::findings::FindingTarget;
use rainscope::inspector::{Msg, Pane};
use rainscope::mapping::{self, Code, Context, Deliveries, Severity};

use crate::stage::{Stage, raw};

const SIZE: (u16, u16) = (120, 40);

/// Goes to the finding of a code by keys, and Enter.
fn follow(sample: &str, code: Code) -> Stage {
    let mut stage = Stage::at(sample, SIZE);
    let found = stage.model.found();
    let row = found.iter().position(|finding| finding.code == code);
    let row = row.unwrap_or_else(|| panic!("{sample} has no {code:?}"));
    stage.press(&format!("F {} enter", "down ".repeat(row)));
    stage
}

#[test]
fn each_leads_to_where_it_is_mended_or_comes_from() {
    let check = |sample: &str, code: Code, pane: Pane, row: &str, says: &str| {
        let stage = follow(sample, code);
        let model = &stage.model;
        assert!(model.windows.is_empty(), "{code:?}");
        assert_eq!(model.focus, pane, "{code:?}");
        let current = model.current.as_ref().unwrap();
        let at = match pane {
            Pane::Completion => current.source_pointer().unwrap(),
            Pane::Event => current.event_row().unwrap().pointer.clone(),
            _ => {
                let rows = rainscope::inspector::current::trace_rows::trace_rows_of(
                    &current.mapped.metadata,
                );
                format!("{:?}", rows[model.trace.cursor.row])
            }
        };
        assert_eq!(at, row, "{code:?}");
        assert!(
            stage.notice().contains(says),
            "{code:?}: {}",
            stage.notice()
        );
    };
    let trace = Pane::Trace;
    check(
        "Anonymous",
        Code::UserMissing,
        trace,
        "User",
        "(e edit trace)",
    );
    check(
        "Anonymous",
        Code::SessionMissing,
        trace,
        "SessionId",
        "set `session_id`",
    );
    check(
        "Anonymous",
        Code::DurationUnknown,
        Pane::Event,
        "/properties",
        "/properties/duration_ms would stand here",
    );
    check(
        "Metadata is not trace",
        Code::MetadataNotForwarded,
        Pane::Completion,
        "/request/metadata",
        "use `trace`",
    );
    check(
        "A trace value leaks the prompt",
        Code::PrivacyLeak,
        trace,
        "Key(\"preview\")",
        "trace key `preview` repeats the conversation; take it out of the trace",
    );
    check(
        "Refusal",
        Code::OutputIsRefusal,
        Pane::Completion,
        "/response/choices/0/message/refusal",
        "",
    );
}

/// A completion whose trace has these keys and values.
fn with_trace(trace: &str) -> Stage {
    let mut stage = Stage::empty(SIZE);
    let text = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"hi"}}],"trace":{{{trace}}}}},
        "response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
    );
    stage.load(load::load("a.json", text.as_bytes()));
    stage
}

#[test]
fn what_is_said_of_the_whole_event_is_no_trace_keys_affair() {
    let stage = with_trace(&format!("\"note\":\"{}\"", "gull ".repeat(250_000)));
    let found = stage.model.found();
    let whole = found.iter().find(|found| found.code == Code::EventTooLarge);
    let place = stage.model.place_of(whole.unwrap());
    assert_eq!(place, Some(FindingTarget::Event(String::new())));
}

#[test]
fn as_many_findings_as_keys_are_walked_through_at_once() {
    let key = |at: usize| {
        format!("\"k{at}\":\"sk-proj-abcdefghijklmnopqrstuvwxABCDEFGHIJKLMNOPQR{at:06}\"")
    };
    let keys: Vec<String> = (0..3000).map(key).collect();
    let mut stage = with_trace(&keys.join(","));
    assert!(stage.model.found().len() >= 3000);
    stage.press("F down*3");
    assert!(stage.text().contains("4/3"));
    stage.press("esc tab down*2 v");
    assert!(stage.text().contains("k0"));
    stage.press("esc D");
    assert!(!stage.model.windows.is_empty());
}

#[test]
fn every_finding_of_the_samples_leads_somewhere() {
    for index in 0..rainscope::samples::FILES.len() {
        let mut stage = Stage::samples(SIZE);
        stage.model.list.row = index;
        stage.tell(Msg::Tick);
        let found: Vec<_> = stage.model.found().into_iter().cloned().collect();
        for (row, finding) in found.iter().enumerate() {
            let place = stage.model.place_of(finding);
            assert!(
                place.is_some(),
                "{} of {}",
                finding.code.as_str(),
                stage.name()
            );
            stage.press(&format!("F {} enter", "down ".repeat(row)));
            assert!(stage.model.windows.is_empty(), "{finding:?}");
            let is_trace = matches!(place, Some(FindingTarget::Trace(_)));
            assert_eq!(stage.model.focus == Pane::Trace, is_trace, "{finding:?}");
        }
    }
}

#[test]
fn rows_are_walked_through_and_stay_in_sight() {
    for size in [(40, 12), (80, 24), (120, 40)] {
        let mut stage = Stage::at("Odd identifiers", size);
        let found: Vec<_> = stage.model.found().into_iter().cloned().collect();
        assert!(found.len() > 2);
        stage.press("F");
        for finding in &found {
            let head = finding.code.as_str();
            let window = stage.window();
            let line = window.iter().find(|line| line.starts_with("│▌"));
            assert!(line.unwrap().contains(head), "{size:?} {head}: {window:?}");
            stage.press("down");
        }
        stage.press("y");
        assert!(stage.notice().starts_with("sent the finding"));
        stage.press("F");
        assert!(stage.model.windows.is_empty());
    }
    let mut stage = Stage::at("Time check", SIZE);
    stage.press("F");
    assert!(
        stage
            .notice()
            .starts_with("this completion has no findings;")
    );
}

/// The lines below the panes, without the keys.
fn footer(stage: &Stage) -> String {
    let text = stage.text();
    let height = usize::from(stage.model.layout().footer.height);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len() - height..lines.len() - 1].join("\n")
}

#[test]
fn the_footer_tells_what_to_do_in_whole_words() {
    for size in [(60, 20), (80, 24), (100, 30), (120, 40), (200, 50)] {
        for index in 0..rainscope::samples::FILES.len() {
            let mut stage = Stage::samples(size);
            stage.model.list.row = index;
            stage.tell(Msg::Tick);
            let found = stage.model.found();
            let Some(worst) = found.first() else { continue };
            let text = footer(&stage);
            let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let has = |words: &str| {
                let words: Vec<&str> = words.split_whitespace().collect();
                // A line's end may hold size and leaks.
                words.iter().all(|word| joined.contains(word))
            };
            let in_full = has(&worst.help);
            let in_short = has(worst.code.means()) || has(&worst.short());
            let is_narrow = size.0 < 80;
            assert!(
                in_full || in_short || is_narrow,
                "{size:?} {:?}: {text}",
                worst.code
            );
            let marked = joined.contains("… F");
            assert!(in_full || marked, "{size:?} {:?}: {text}", worst.code);
            assert!(joined.contains(" F"), "{size:?}: {text}");
            if !is_narrow {
                assert!(
                    in_full || has(worst.code.remedy()) || has(&worst.short()),
                    "{size:?} {:?}: {text}",
                    worst.code
                );
            }
            if found.len() > 1 {
                assert!(
                    joined.contains(&format!("F +{}", found.len() - 1)),
                    "{text}"
                );
            }
            assert!(joined.contains(" leak"), "{text}");
        }
    }
}

#[test]
fn the_footer_and_the_send_panel_name_the_same_size() {
    for (keys, path) in [("", "events/track"), ("p ", "events/track_partial")] {
        let mut stage = Stage::at("Time check", SIZE);
        stage.press(keys);
        let mode = stage.model.privacy as usize;
        let size = stage.model.current.as_ref().unwrap().sizes[mode];
        assert!(footer(&stage).contains(&format!("{size} B · ")), "{path}");
        stage.press("s");
        assert_eq!(stage.model.sendings[0].prepared.request.body.len(), size);
        assert!(stage.text().contains(&format!("body, {size} B:")));
        stage.press("esc c");
        assert!(stage.text().contains(&format!("{size} B")));
    }
}

#[test]
fn notices_stand_in_the_footer_and_never_over_what_is_typed() {
    let long = "one of the longer notices: what was read from the folder is older than what is shown, and so it was left alone";
    let typed = [
        ("", ""),
        ("/ type:\"user\"", "/user"),
        ("f type:\"model:x\"", "filter model:x"),
        ("tab e type:\"ada\"", "ada"),
    ];
    for size in [(80, 24), (80, 10), (120, 40)] {
        for (keys, shown) in typed {
            let mut stage = Stage::at("Time check", size);
            stage.press(keys);
            stage.model.notice = None;
            let before = stage.text();
            stage.tell(Msg::Notice(long.to_owned()));
            let text = stage.text();
            assert!(text.contains(shown), "{size:?} {keys}");
            let height = usize::from(stage.model.layout().footer.height);
            let above = |text: &str| {
                let lines: Vec<&str> = text.lines().collect();
                lines[..lines.len() - height].join("\n")
            };
            assert_eq!(above(&before), above(&text), "{size:?} {keys}");
            assert!(
                footer(&stage).contains("one of the longer"),
                "{size:?} {keys}: {text}"
            );
            if size.1 > 10 && shown.is_empty() {
                assert!(
                    footer(&stage).contains("left alone"),
                    "{size:?} {keys}: {text}"
                );
            }
            // The keys are in sight as before.
            assert_eq!(before.lines().last(), text.lines().last());
        }
    }
    // Over a window it stands below it.
    let mut stage = Stage::at("Time check", SIZE);
    stage.press("c");
    stage.tell(Msg::Notice(long.to_owned()));
    assert!(stage.model.windows.top_as::<Compare>().is_some());
    assert!(footer(&stage).contains("left alone"));
}

#[test]
fn the_size_and_the_leaks_stand_whole_beside_every_finding() {
    let mut stage = Stage::samples(SIZE);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..stage.model.listed() {
        let current = stage.model.current.as_ref().unwrap();
        let worst = stage.model.found().first().map(|worst| worst.help.clone());
        if current.mapped.event().is_some() && seen.insert(worst) {
            // A notice leaves it one line less or one more.
            stage.press("u");
            for width in 80..=130 {
                stage.model.size = (width, 30);
                let footer = footer(&stage);
                let line = footer.lines().find(|line| line.contains(" · "));
                let words = line.map(|line| line.split_whitespace().rev());
                // With privacy mode off, it is said that they are not in what is sent now.
                let words = words
                    .map(|words| words.skip_while(|word| ["mode", "privacy", "in"].contains(word)));
                let tail: Vec<&str> = words.map_or(Vec::new(), |words| words.take(5).collect());
                let is_whole = match tail.as_slice() {
                    ["leak" | "leaks", count, _, "·", "B" | "kB"] => count.parse::<u32>().is_ok(),
                    ["leaks", "?", "·", "B" | "kB", _] => width < 100,
                    other => matches!(other, ["unknown", "leaks", "?", "·", "B" | "kB"]),
                };
                assert!(is_whole, "{width}:\n{footer}");
            }
            stage.model.size = SIZE;
        }
        stage.press("J");
    }
}

/// Where one looks for it: in the trace, where it is mended, in the completion and in the event.
#[test]
fn a_leak_is_marked_in_every_pane_and_said() {
    let says = "repeats the conversation past privacy mode";
    for keys in ["", "p"] {
        for size in [(120, 40), (200, 50), (100, 30)] {
            let mut stage = Stage::at("A trace value leaks the prompt", size);
            // One jump along the provenance brings the row in sight in both trees.
            stage.press(&format!("{keys} F enter tab tab"));
            stage.model.focus = Pane::Event;
            let current = stage.model.current.as_mut().unwrap();
            current.go_to_event("/properties/preview", stage.model.privacy);
            stage.press("enter");
            assert_eq!(stage.model.focus, Pane::Completion, "{size:?}");
            let marked = |stage: &Stage| {
                let text = stage.text();
                let is_row = |part: &str| part.contains("preview") && !part.contains(['/', '`']);
                let is_marked = |part: &&str| is_row(part) && part.contains('✗');
                text.split(['│', '┃', '\n']).filter(is_marked).count()
            };
            assert_eq!(marked(&stage), 3, "{size:?}\n{}", stage.text());
            for pane in [Pane::Completion, Pane::Event, Pane::Trace] {
                stage.model.focus = pane;
                let text = stage.text();
                let words: Vec<&str> = text.split_whitespace().collect();
                assert!(words.join(" ").contains(says), "{pane:?}\n{text}");
            }
            // Taken out, nothing is marked any more.
            stage.press("d");
            assert_eq!(marked(&stage), 0, "{size:?}\n{}", stage.text());
        }
    }
}

#[test]
fn a_leak_out_of_sight_marks_what_it_is_closed_in() {
    let mut stage = Stage::at("A trace value leaks the prompt", (120, 40));
    stage.press("tab tab tab -");
    let text = stage.text();
    let mut parts = text.split(['│', '┃', '\n']);
    let row = parts.find(|part| part.contains("▸ properties"));
    assert!(row.is_some_and(|row| row.contains('✗')), "{text}");
}

/// The box below the event takes the rows that the event leaves empty, and no more than it needs.
#[test]
fn the_box_below_the_event_grows_into_what_is_empty() {
    for size in [(120, 40), (140, 44), (200, 50)] {
        let mut stage = Stage::samples(size);
        for index in 0..rainscope::samples::FILES.len() {
            stage.model.list.row = index;
            stage.tell(Msg::Tick);
            let layout = stage.model.layout();
            let current = stage.model.current.as_ref().unwrap();
            let (rows, inside) = (current.event.rows().len(), layout.inner(Pane::Event));
            let is_cut = stage.text().contains("… F: the rest");
            let is_full = rows >= usize::from(inside.height);
            assert!(
                !is_cut || is_full,
                "{} at {size:?}\n{}",
                stage.name(),
                stage.text()
            );
        }
    }
    let stage = Stage::at("Metadata is not trace", (120, 40));
    assert!(stage.text().contains("metadata-not-forwarded"));
    assert!(!stage.text().contains("F: the rest"), "{}", stage.text());
}

/// What OpenRouter delivered of a shown exchange is compared as `check` does it, also after an edit, and once.
#[test]
fn a_delivery_of_the_same_generation_is_compared() {
    let text = |user: &str| {
        serde_json::json!({
            "request": {"model": "a/b", "user": user, "messages": [{"role": "user", "content": "Where?"}]},
            "response": {"id": "gen-1", "model": "a/b", "choices": [{"message": {"content": "Here."}}]},
        })
        .to_string()
    };
    let delivered = serde_json::json!({"trace": {
        "id": "gen-1", "timestamp": "2026-06-05T12:33:07Z", "userId": "clerk_8",
        "output": {"completion": "Here."},
        "observations": [{"type": "GENERATION", "model": "a/b", "providerName": "OpenAI"}],
    }, "exported_at": "2026-06-05T12:34:00Z"});
    let delivery = load::load("b.json", delivered.to_string().as_bytes());
    let context = Context::at(0);
    let mut deliveries = Deliveries::default();
    for completion in &delivery.completions {
        deliveries.add(
            completion,
            &mapping::map(completion, &Edits::none(), &context),
        );
    }
    let mut stage = Stage::with(load::load("a.json", text("clerk_3").as_bytes()), SIZE);
    let differences = |stage: &Stage| {
        let found = stage.model.found();
        let pointers = found
            .iter()
            .filter(|finding| finding.code == Code::DeliveryDiffers);
        pointers
            .map(|finding| finding.pointer.clone())
            .collect::<Vec<_>>()
    };
    assert!(differences(&stage).is_empty());
    stage.tell(Msg::Deliveries(Arc::new(deliveries)));
    assert!(differences(&stage).contains(&"/user_id".to_owned()));
    let count = differences(&stage).len();
    let summary = stage.model.library.entry(0).unwrap().summary().unwrap();
    assert!(summary.facts.codes.contains(&Code::DeliveryDiffers));
    stage
        .model
        .library
        .entry_mut(0)
        .unwrap()
        .edits
        .push(Edit::User(Some("clerk_8".to_owned())));
    stage.tell(Msg::Deliveries(Arc::new(Deliveries::default())));
    assert!(differences(&stage).is_empty());
    assert!(count > 0);
}

/// A record without a completion is no broken one, and says so.
#[test]
fn a_record_that_is_no_completion_is_no_error() {
    let mut stage = Stage::empty(SIZE);
    stage.tell(Msg::Loaded(Batch {
        records: vec![
            raw(
                r#"{"trace":{"id":"openrouter-connection-test","observations":[]}}"#,
                1,
            ),
            raw(r#"{"level":"info"}"#, 2),
            raw(r#"{"request":"#, 3),
        ],
        ..Batch::default()
    }));
    let severity = |stage: &Stage, index: usize| {
        let entry = stage.model.library.entry(index).unwrap();
        entry.summary().unwrap().severity
    };
    stage.sees("This record holds no completion.");
    assert_eq!(severity(&stage, 0), None);
    assert_eq!(severity(&stage, 1), None);
    assert_eq!(severity(&stage, 2), Some(Severity::Error));
}

/// A finding leads to where it is mended, and the event shows where it is.
#[test]
fn a_finding_brings_its_field_in_sight_in_the_event() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::at("A trace value leaks the prompt", size);
        stage.press("F enter");
        assert_eq!(stage.focus, Pane::Trace);
        let row = stage
            .current
            .as_ref()
            .and_then(|current| current.event_row());
        assert_eq!(
            row.map(|row| row.pointer.as_str()),
            Some("/properties/preview")
        );
        stage.sees("✗ preview");
    }
}
