//! The jump along the provenance, there and back, from every row of every sample.

use rainscope::inspector::Pane;
use rainscope::mapping::Fate;

use crate::stage::Stage;

const SIZE: (u16, u16) = (120, 40);

/// Goes to the source of every event row and back; gives how many rows had one.
fn round_trips(stage: &mut Stage) -> usize {
    let name = stage.name().to_owned();
    let rows = stage
        .model
        .current
        .as_ref()
        .map_or(0, |c| c.event.rows().len());
    let mut jumps = 0;
    for row in 0..rows {
        stage.model.focus = Pane::Event;
        stage.press("+");
        stage.model.current.as_mut().unwrap().event.cursor.row = row;
        let current = stage.model.current.as_ref().unwrap();
        let from = current.event_row().unwrap().clone();
        let sources = current.sources_of(&from);
        if sources.is_empty() || from.field.is_none() {
            continue;
        }
        stage.press("enter");
        let at = format!("{name}: {} from {sources:?}", from.pointer);
        assert_eq!(
            stage.model.focus,
            Pane::Completion,
            "{at}: {}",
            stage.notice()
        );
        let current = stage.model.current.as_ref().unwrap();
        let landed = current.source_pointer().unwrap();
        let is_in = |source: &String| rainscope::json::pointer::is_within(source, &landed);
        assert!(sources.iter().any(is_in), "{at}: landed on {landed}");
        jumps += 1;
        stage.press("enter");
        assert_eq!(
            stage.model.focus,
            Pane::Event,
            "{at}, back: {}",
            stage.notice()
        );
        let current = stage.model.current.as_ref().unwrap();
        let back = current.event_row().unwrap();
        let again = current.sources_of(back);
        let has = |source: &String| rainscope::json::pointer::is_within(source, &landed);
        assert!(
            again.iter().any(has),
            "{at}, back on {}: {again:?}",
            back.pointer
        );
    }
    jumps
}

/// Enter goes from a field to its source and back.
#[test]
fn every_event_row_goes_to_its_source_and_back() {
    let mut stage = Stage::samples(SIZE);
    let mut jumps = 0;
    for _ in 0..stage.model.library.len() {
        jumps += round_trips(&mut stage);
        stage.press("J");
    }
    assert!(jumps > 300, "{jumps}");
}

#[test]
fn edited_rows_go_to_their_source_and_back_even_where_it_is_folded() {
    let edits = [
        ("Time check", "a type:\"team\" enter type:\"search\" enter"),
        (
            "Time check",
            "a type:\"deep\" enter ctrl-t type:\"{\\\"a\\\":{\\\"b\\\":[1,2]}}\" enter",
        ),
        (
            "Time check",
            "tab down*2 e ctrl-t ctrl-u type:\"[1,[2]]\" enter",
        ),
        ("Anonymous", "a type:\"team\" enter type:\"search\" enter"),
        ("Anonymous", "tab e type:\"me\" enter"),
        ("Anonymous", "tab down e type:\"mine\" enter"),
    ];
    for (sample, keys) in edits {
        let mut stage = Stage::at(sample, SIZE);
        stage.press(keys);
        assert!(round_trips(&mut stage) > 5);
        // With all of the completion folded.
        for row in 0..stage
            .model
            .current
            .as_ref()
            .map_or(0, |c| c.event.rows().len())
        {
            stage.model.focus = Pane::Completion;
            stage.press("-");
            stage.model.focus = Pane::Event;
            stage.model.current.as_mut().unwrap().event.cursor.row = row;
            let current = stage.model.current.as_ref().unwrap();
            let from = current.event_row().unwrap().clone();
            if from.field.is_none() || current.sources_of(&from).is_empty() {
                continue;
            }
            stage.press("enter");
            assert_eq!(
                stage.model.focus,
                Pane::Completion,
                "{}: {}",
                from.pointer,
                stage.notice()
            );
        }
    }
}

#[test]
fn every_source_row_jumps_or_folds_or_says_why_it_goes_nowhere() {
    let mut stage = Stage::samples(SIZE);
    for _ in 0..stage.model.library.len() {
        stage.model.focus = Pane::Completion;
        stage.press("+ g");
        let rows = stage
            .model
            .current
            .as_ref()
            .map_or(0, |c| c.source.rows().len());
        for row in 0..rows {
            stage.model.focus = Pane::Completion;
            stage.press("+");
            stage.model.current.as_mut().unwrap().source.cursor.row = row;
            let current = stage.model.current.as_ref().unwrap();
            let at = current.source_row().unwrap().clone();
            let pointer = current.pointer_of(&at);
            let fate = current.fate(&at, stage.model.privacy);
            stage.press("enter");
            let current = stage.model.current.as_ref().unwrap();
            match &fate {
                Fate::Became(fields) => {
                    assert_eq!(stage.model.focus, Pane::Event, "{pointer}: {fate:?}");
                    assert!(fields.contains(&current.event_row().unwrap().pointer));
                }
                _ if stage.model.focus == Pane::Event => {}
                _ => assert!(
                    !stage.notice().is_empty() || current.source.rows().len() != rows,
                    "{pointer}: {fate:?}"
                ),
            }
        }
        stage.press("J");
    }
}

#[test]
fn privacy_keeps_the_cursor_and_says_what_is_kept_back() {
    let mut stage = Stage::samples(SIZE);
    stage.press("tab*3 down*2");
    let pointer = |stage: &Stage| {
        let current = stage.model.current.as_ref().unwrap();
        current.event_row().unwrap().pointer.clone()
    };
    assert_eq!(pointer(&stage), "/user_id");
    stage.press("p");
    assert_eq!(pointer(&stage), "/user_id");
    assert!(stage.text().contains("PRIVACY ON") && stage.text().contains("track_par"));
    stage.model.focus = Pane::Completion;
    stage.press("/ type:\"What time\" enter");
    stage.sees("privacy mode keeps back /ai_data/input");
    for _ in 0..2 {
        stage.model.focus = Pane::Completion;
        stage.press("enter");
        assert_eq!(stage.model.focus, Pane::Event);
        assert_eq!(pointer(&stage), "/ai_data/input");
        stage.press("p");
    }
}
