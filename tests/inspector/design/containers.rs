//! Containers tell the truth: how many of the values inside arrive, where they go, and which do not.

use rainscope::inspector::{Msg, Pane};

use super::sight::{line, on, row};
use crate::stage::Stage;

/// At the end of its row a container says how many of the values inside arrive, in every size with columns.
#[test]
fn a_container_says_at_its_end_how_many_of_its_values_arrive() {
    let mut stage = Stage::at("Time check", (80, 24));
    stage.model.focus = Pane::Event;
    for size in [(80, 24), (100, 30), (120, 40), (200, 50)] {
        stage.tell(Msg::Resize(size.0, size.1));
        for (container, says) in [
            ("▾ request", "10 of 13 arrive"),
            ("▾ trace", "6 of 6 arrive"),
            ("▾ response", "8 of 30 arrive"),
        ] {
            // On two columns with the trace below, the response is further down.
            if size == (100, 30) && container == "▾ response" {
                continue;
            }
            let row = row(&stage, Pane::Completion, container);
            assert!(row.contains(says), "{size:?}: {row}");
        }
    }
    // What privacy mode keeps back does not arrive, and does again without it.
    for says in ["9 of 13 arrive", "10 of 13 arrive"] {
        stage.press("p");
        let request = row(&stage, Pane::Completion, "▾ request");
        assert!(request.contains(says), "{request}");
    }
    // What an edit takes away does not arrive.
    stage.press("ctrl-g type:/request/trace/beta enter e");
    stage.press("esc d");
    let trace = row(&stage, Pane::Completion, "▾ trace");
    assert!(trace.contains("5 of 6 arrive"), "{trace}");
}

/// With the cursor on a container, the line below says where its values go and which do not, and nothing that is said
/// of a single value.
#[test]
fn the_line_of_a_container_says_where_its_values_go_and_which_do_not() {
    for (sample, pointer, says) in [
        (
            "Time check",
            "/request/trace",
            "6 of 6 arrive: /properties/trace_name, /properties/environment, /properties/feature and 3 more",
        ),
        (
            "Time check",
            "/request/messages",
            "1 of 4 arrives: /ai_data/input; not item 0",
        ),
        (
            "Time check",
            "/response/usage",
            "arrive: /properties/prompt_tokens, /properties/completion_tokens, /properties/total_tokens and 1 more; not is_byok",
        ),
    ] {
        let stage = on(sample, &format!("ctrl-g type:{pointer} enter"));
        let told = line(&stage, &[&format!(" {pointer}  "), " of "]);
        assert!(told.contains(says), "{told}");
        for of_a_value in ["becomes", "holds what", "no field for it", "nowhere"] {
            assert!(!told.contains(of_a_value), "{told}");
        }
    }
    // Under privacy mode, what it keeps back is counted apart.
    let stage = on("Time check", "p ctrl-g type:/request/messages enter");
    line(&stage, &["none of 4 arrives; privacy mode keeps back 1"]);
    // A value that another comes before says which.
    let stage = on("Time check", "ctrl-g type:/response/created enter");
    line(&stage, &["/response/created", "superseded by "]);
}
