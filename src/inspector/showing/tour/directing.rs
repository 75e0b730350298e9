//! What the tour itself does on its stage: it puts the cursor where a step needs it, presses keys in the person's place, and
//! refuses commands that would lead away from what a step is about.

use super::{At, Task, TourStep};
use crate::inspector::current::trace_rows::{TraceRow, trace_rows_of};
use crate::inspector::keys::command::CommandGroup;
use crate::inspector::keys::script::{self, ScriptStep};
use crate::inspector::{Command, Effect, Env, Model, Msg, Pane};

impl Model {
    /// Puts the cursor where a step needs it.
    pub(super) fn put_cursor(&mut self, at: At) {
        match at {
            At::Anywhere => return,
            At::Pointer(pointer) => {
                self.windows.close_all();
                self.go_to(pointer);
            }
            At::TraceKey(key) => {
                self.windows.close_all();
                let rows = self.current.as_ref();
                let rows = rows.map_or_else(Vec::new, |c| trace_rows_of(&c.mapped.metadata));
                let is_it = |row: &TraceRow| matches!(row, TraceRow::Key(have) if have == key);
                if let Some(row) = rows.iter().position(is_it) {
                    self.focus = Pane::Trace;
                    self.trace.cursor.row = row;
                }
            }
        }
        self.settle();
    }

    /// Plays a script of the tour's own.
    pub(super) fn direct(&mut self, script: &str, env: &Env) -> Vec<Effect> {
        self.set_directing(true);
        // Nobody pressed these.
        let pressed = self.pressed.clone();
        let mut effects = Vec::new();
        for step in script::parse(script).unwrap_or_default() {
            let msg = match step {
                ScriptStep::Key(key) | ScriptStep::Typed(key) => Msg::Key(key),
                ScriptStep::Run(command) => Msg::Run(command),
                ScriptStep::Paste(text) => Msg::Paste(text),
                // Nothing of the tour waits for a time or says anything but what stands at its steps.
                ScriptStep::Wait(_)
                | ScriptStep::Caption(_)
                | ScriptStep::Chapter(_)
                | ScriptStep::Pause(_) => continue,
            };
            effects.extend(self.take_in(msg, env));
            while self.is_busy() {
                effects.extend(self.take_in(Msg::Continue, env));
            }
        }
        self.set_directing(false);
        self.pressed = pressed;
        effects
    }

    fn set_directing(&mut self, is_directing: bool) {
        if let Some(tour) = &mut self.tour {
            tour.is_directing = is_directing;
        }
    }

    /// Why a command is not run while the tour is on: it would lead away from what the step is about.
    pub(crate) fn refusal_of_tour(&self, command: Command) -> Option<String> {
        let tour = self.tour.as_ref().filter(|tour| !tour.is_directing)?;
        let asked = match tour.place.here().1.task {
            Task::Do { command, .. } => Some(command),
            Task::Read => None,
        };
        let leads_away = matches!(
            command,
            Command::GoTo | Command::NextCompletion | Command::PreviousCompletion
        );
        let is_harmless = matches!(
            command.entry().group,
            CommandGroup::Move | CommandGroup::Copy
        ) || matches!(
            command,
            Command::Close
                | Command::Quit
                | Command::Suspend
                | Command::Theme
                | Command::Present
                | Command::Zoom
                | Command::ToggleFold
        );
        // What the stop asked for before can be done again, where what it opened was left.
        let (stop, _) = tour.place.here();
        let before = &stop.steps[..tour.place.step.min(stop.steps.len())];
        let was_asked = |step: &TourStep| matches!(step.task, Task::Do { command: asked, .. } if asked == command);
        let is_again = self.windows.is_empty() && asked.is_some() && before.iter().any(was_asked);
        if asked == Some(command) || is_again || is_harmless && !leads_away {
            return None;
        }
        Some(match asked {
            Some(asked) => format!(
                "the tour waits for {}; Esc leaves it",
                self.key_in_words(asked)
            ),
            None => "the tour waits for Space; Esc leaves it".to_owned(),
        })
    }

    /// Opens anew what the step before opened: this one stands on it, and the person may have gone elsewhere.
    pub(super) fn reopen(&mut self, env: &Env) -> Vec<Effect> {
        let place = self.tour.as_ref().map(|tour| tour.place);
        let before = place.and_then(|place| {
            let (stop, _) = place.here();
            Some(stop.steps[place.step.checked_sub(1)?].task)
        });
        self.windows.close_all();
        match before {
            Some(Task::Do { script, .. }) => self.direct(script, env),
            Some(Task::Read) | None => Vec::new(),
        }
    }
}
