//! What a window offers can be run in it, and nothing else: a command that is not offered changes nothing,
//! whichever window, whichever command.

use rainscope::inspector::keys::command::TABLE;
use rainscope::inspector::windows::{Opener, Window};
use rainscope::inspector::{Command, Env, Model};

use super::stacking;
use super::windows::WINDOWS;
use crate::stage::Stage;

/// All that a command could change, but the notice that says why it did not.
fn state(model: &Model) -> String {
    let current = model.current.as_ref().map(|current| {
        let trees = (current.source.cursor, current.event.cursor);
        let folds = (current.source.closed().len(), current.event.closed().len());
        (current.index, trees, folds, &current.mapped.metadata)
    });
    let trace = (&model.trace.cursor, &model.trace.editor, &model.trace.raw);
    let list = (&model.list, &model.listing, model.library.len());
    let look = (model.focus, model.pane_layout, model.privacy);
    let typed = (&model.prompt, &model.search);
    let sent = (&model.sendings, &model.all, &model.destination);
    format!(
        "{:?} {:?} {current:?} {trace:?} {list:?} {look:?} {typed:?} {sent:?}",
        model.windows, model.kept
    )
}

/// Whether a window, by what it says itself, lets a command be run.
fn lets(window: &dyn Window, model: &Model, command: Command) -> bool {
    let is_offered = window.offers(model).iter().any(|offer| offer.has(command));
    let leaves = matches!(command, Command::Quit | Command::Suspend | Command::Close);
    let closes = leaves || window.opened_by() == Some(command);
    // What a question is about can be scrolled meanwhile.
    let moves = command.step().is_some();
    if window.is_dialog() {
        return closes || moves;
    }
    // Over text that is typed nothing opens, since its keys are text.
    let is_typing = model.windows.iter().any(|window| window.is_typed());
    let opens = Opener::of(command).is_some_and(|opener| !opener.from_panes);
    let shows = matches!(command, Command::Present | Command::Tour | Command::Picture);
    let is_everywhere = opens || shows || command == Command::TogglePrivacy;
    is_offered || closes || moves || (is_everywhere && !is_typing && !model.is_typing())
}

/// All windows there are, in each state that offers something else.
fn stages() -> Vec<(String, Stage)> {
    let named = stacking::windows((120, 40)).into_iter();
    let named = named.map(|(name, stage)| (name.to_owned(), stage));
    let all = WINDOWS.iter().map(|window| window.with("text"));
    let all = all.enumerate().map(|(at, stage)| (at.to_string(), stage));
    named
        .chain(all)
        .filter(|(_, stage)| !stage.model.windows.is_empty())
        .collect()
}

fn run(stage: &Stage, command: Command) -> (Model, usize) {
    let mut model = stage.model.clone();
    let env = Env {
        now: stage.now,
        fresh_id: "fresh".to_owned(),
    };
    let effects = model.run(command, &env).len();
    (model, effects)
}

#[test]
fn a_command_that_is_not_offered_changes_nothing() {
    let mut refused = 0;
    for (name, stage) in stages() {
        let window = stage.model.windows.top().unwrap();
        let before = state(&stage.model);
        for entry in TABLE {
            let command = entry.command;
            // In the help, a key leads to what is said of it.
            let is_explained = window.opened_by() == Some(Command::Help);
            if is_explained || lets(window, &stage.model, command) {
                continue;
            }
            refused += 1;
            let (after, effects) = run(&stage, command);
            let case = format!("{command:?} in {} ({name})", window.name());
            assert_eq!(effects, 0, "{case}");
            assert!(state(&after) == before, "{case}");
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_command_that_is_offered_is_not_refused() {
    for (name, stage) in stages() {
        let window = stage.model.windows.top().unwrap();
        let offers = window.offers(&stage.model);
        for entry in TABLE {
            if offers.iter().any(|offer| offer.has(entry.command)) {
                let why = stage.model.refusal(entry.command);
                assert_eq!(
                    why,
                    None,
                    "{:?} in {} ({name})",
                    entry.command,
                    window.name()
                );
            }
        }
    }
}

/// Over the panes the same holds by the one function that hints, palette and keys ask.
#[test]
fn over_the_panes_a_refused_command_changes_nothing() {
    let mut refused = 0;
    for keys in ["", "tab", "tab*2", "tab*3", "f type:nothing-fits enter"] {
        let mut stage = Stage::at("Anonymous", (120, 40));
        stage.press(keys);
        let before = state(&stage.model);
        for entry in TABLE {
            let Some(why) = stage.model.refusal(entry.command) else {
                continue;
            };
            refused += 1;
            let (after, effects) = run(&stage, entry.command);
            assert_eq!(effects, 0, "{:?} after {keys:?}", entry.command);
            assert!(
                state(&after) == before,
                "{:?} after {keys:?}",
                entry.command
            );
            assert_eq!(after.notice, Some(why));
        }
    }
    assert!(refused > 30, "{refused}");
}
