//! What can be done where one is, in the words of that place: the hint bar, the help and the palette read
//! it, and keys do nothing else. Commands come with the keys of the key table, rebound ones too; only where
//! text is typed are there keys that are no commands.

use super::keys::command::{CommandGroup, TABLE};
use super::keys::offer::Offer::{One, Quiet, Two, Typed};
use super::keys::offer::{Hint, Hints, Offer};
use crate::display;
use crate::inspector::prompt::PromptKind;
use crate::inspector::showing::tour;
use crate::inspector::windows::help::Help;
use crate::inspector::windows::palette::Palette;
use crate::inspector::windows::question::Question;
use crate::inspector::windows::{Opener, Window};
use crate::inspector::{Command, Model, Pane};

/// What is said of a key that a window does not offer.
pub(super) const DOES_NOTHING: &str = "does nothing in this window";

impl Model {
    /// The hints of the place that keys go to.
    pub fn hints(&self) -> Hints {
        let top = self.windows.top();
        let is_over_text = top.is_some_and(|window| window.is_dialog() || is_help(window));
        if let Some(typed) = self.hints_of_typing().filter(|_| !is_over_text) {
            return typed;
        }
        if let Some(playing) = &self.playing {
            let space = playing.space_does().map(|does| Typed("Space", does));
            return self.written(space.into_iter().collect(), [Typed("Esc", "take over")]);
        }
        if let Some(tour) = self.tour.as_ref().filter(|_| !self.windows.asks()) {
            let keys = tour::hints(tour.place);
            let keys = keys.into_iter().map(|(key, does)| Typed(key, does));
            return self.written(keys.collect(), [Typed("Esc", "leave the tour")]);
        }
        if let Some(window) = top {
            return self.hints_of_window(window);
        }
        let offers = self.pane_offers();
        Hints {
            is_tight: self.is_tight(),
            ..self.written(
                offers,
                [One(Command::Help, "help"), One(Command::Quit, "quit")],
            )
        }
    }

    /// The hints of an open window.
    pub fn hints_of_window(&self, window: &dyn Window) -> Hints {
        let mut first = self.offers_in(window);
        let behind = self.windows.below::<Question>();
        // The help says what can be done in the windows around it, and so nothing of itself.
        if let Some(behind) = behind.filter(|behind| window.is_dialog() && !is_help(*behind)) {
            // Looking at what a question is about and copying it change nothing.
            let is_harmless = |offer: &Offer| match offer {
                One(command, _) => command.entry().group == CommandGroup::Copy,
                Two(command, ..) => command.step().is_some(),
                Quiet(_) | Typed(..) => false,
            };
            first.extend(self.offers_in(behind).into_iter().filter(is_harmless));
        }
        let is_typed = window.is_typed();
        let leaves = match window.closing(self) {
            Some(leaves) => leaves,
            None if self.windows.beneath().is_some() => "back",
            None => "close",
        };
        let help = One(Command::Help, "help");
        let mut hints = match is_typed || window.is_dialog() {
            true if window.is_dialog() => self.written(first, [Typed("Esc", leaves), help]),
            true => self.written(first, [Typed("Esc", leaves)]),
            false if is_help(window) => self.written(first, [One(Command::Close, leaves)]),
            false => self.written(first, [One(Command::Close, leaves), help]),
        };
        if is_typed && !is_help(window) {
            hints.last.extend(self.help_while_typing());
        }
        hints.is_tight = self.is_tight();
        hints
    }

    /// Why a command cannot be run where keys go to; none where it can.
    pub fn refusal(&self, command: Command) -> Option<String> {
        if let Some(why) = self.refusal_of_tour(command) {
            return Some(why);
        }
        let leaves = matches!(command, Command::Quit | Command::Suspend);
        // These are everywhere but where something is asked or typed, and leave what is open as it is.
        let is_everywhere = matches!(command, Command::Present | Command::Tour | Command::Picture);
        if leaves || is_everywhere && !self.windows.asks() && !self.is_typing() {
            return None;
        }
        let Some(window) = self.windows.top() else {
            return self.refusal_of_panes(command);
        };
        let closes = command == Command::Close || window.opened_by() == Some(command);
        let is_offered = || {
            self.offers_in(window)
                .iter()
                .any(|offer| offer.has(command))
        };
        if closes || command.step().is_some() || is_offered() {
            return None;
        }
        let opener = Opener::of(command).filter(|opener| !opener.from_panes);
        match opener {
            // The help over a field that is typed leads back to it and nowhere else.
            _ if self.is_typing() || self.windows.iter().any(|window| window.is_typed()) => {}
            Some(opener) => return (opener.refusal)(self),
            None if command == Command::TogglePrivacy => return None,
            None => {}
        }
        let [key, close] = [command, Command::Close].map(|command| self.keymap.shown(command));
        let closing = window.closing(self);
        Some(match closing {
            Some(does) => format!("{key} {DOES_NOTHING}; {close}: {does}"),
            None => format!("{key} {DOES_NOTHING}; {close} leaves it"),
        })
    }

    /// Commands that can be run by their name: in the window that the palette lies over, and in the panes.
    pub fn offered(&self) -> Vec<Command> {
        let commands = TABLE.iter().map(|entry| entry.command);
        let below = self.windows.below::<Palette>();
        let here = below.map_or_else(Vec::new, |window| self.offers_in(window));
        let can_run = |command: &Command| {
            here.iter().any(|offer| offer.has(*command))
                || self.refusal_of_panes(*command).is_none()
        };
        commands.filter(can_run).collect()
    }

    /// Where text is typed over the panes: in a line that is asked for, a field, the search.
    fn hints_of_typing(&self) -> Option<Hints> {
        let editor = self.trace.editor.as_ref();
        let would_be = editor.and_then(|editor| Some((editor, editor.would_be()?)));
        let (first, leaves): (Vec<Offer>, _) = if let Some(prompt) = &self.prompt {
            let mut all = vec![Typed("⏎", prompt.kind.does())];
            if matches!(
                prompt.kind,
                PromptKind::Pointer | PromptKind::Filter | PromptKind::Open
            ) {
                all.push(Typed("Tab", "complete"));
            }
            (all, "leave")
        } else if self.trace.raw.is_some() {
            (of_raw(), "cancel")
        } else if let Some(editor) = editor {
            let kind = match would_be {
                Some((_, kind)) => Some(kind.name()),
                None => editor.may_be_json().then_some("text or JSON"),
            };
            let mut all = vec![Typed("⏎", "keep")];
            all.extend(kind.map(|kind| Typed("^T", kind)));
            all.push(Typed("Tab", "next"));
            (all, "cancel")
        } else if self.search.typing.is_some() {
            (vec![Typed("⏎", "search")], "leave")
        } else {
            return None;
        };
        let mut hints = self.written(first, [Typed("Esc", leaves)]);
        if self.prompt.is_none() {
            hints.last.extend(self.help_while_typing());
        }
        // It is easily taken for what it looks like.
        if let (Some((editor, _)), Some(hint)) = (would_be, hints.first.get_mut(1)) {
            let text = display::clip(editor.input.value(), 16);
            hint.remark = format!("text \"{text}\" · ");
        }
        Some(hints)
    }

    /// Help by a key that cannot be text, if it has one.
    fn help_while_typing(&self) -> Option<Hint> {
        let mut keys = self.keymap.keys(Command::Help);
        let key = keys.find(|key| key.is_function())?;
        Some(Hint {
            remark: String::new(),
            key: key.label(),
            does: "help",
            command: Some(Command::Help),
        })
    }

    fn written(&self, first: Vec<Offer>, last: impl IntoIterator<Item = Offer>) -> Hints {
        let write = |offer: Offer| {
            let shown = |command| self.keymap.shown(command);
            let (key, does) = match offer {
                One(command, does) => (shown(command), does),
                Two(one, other, does) => (format!("{} {}", shown(one), shown(other)), does),
                Typed(key, does) => (key.to_owned(), does),
                Quiet(_) => return None,
            };
            let key = key.trim().to_owned();
            let command = match offer {
                One(command, _) => Some(command),
                Two(..) | Typed(..) | Quiet(_) => None,
            };
            (!key.is_empty()).then_some(Hint {
                remark: String::new(),
                key,
                does,
                command,
            })
        };
        Hints {
            first: first.into_iter().filter_map(write).collect(),
            last: last.into_iter().filter_map(write).collect(),
            is_tight: false,
        }
    }

    /// What the help says first: what can be done in the window that it was opened over, or in the pane.
    pub fn help_of_place(&self) -> (&'static str, Vec<Hint>) {
        let Some(window) = self.windows.below::<Help>() else {
            let own = self.focused().own_commands().iter();
            let own = own.filter(|command| self.refusal_of_panes(**command).is_none());
            let own = own.map(|command| One(*command, command.entry().help));
            return (self.focus.place(), self.written(own.collect(), []).first);
        };
        let hints = self.hints_of_window(window);
        let all = hints.first.into_iter().chain(hints.last);
        (window.name(), all.collect())
    }

    /// Whether something could not be loaded, or is wrong in the settings.
    fn has_problems(&self) -> bool {
        !self.library.problems.is_empty() || !self.mistakes.is_empty()
    }

    /// Whether there is little room for the hints of a pane.
    const fn is_tight(&self) -> bool {
        self.size.0 < 100
    }

    /// What can be done in the panes, the most useful first.
    fn pane_offers(&self) -> Vec<Offer> {
        let own = self.focused().own_commands().iter();
        let own = own.map(|command| One(*command, command.entry().hint));
        let common = [
            Command::TogglePrivacy,
            Command::Compare,
            Command::Send,
            Command::NextPane,
        ];
        let later = [
            Command::LastSend,
            Command::SendAll,
            Command::Destination,
            Command::History,
            Command::Inbox,
        ];
        let later = later.into_iter();
        let hinted = |command: Command| One(command, command.entry().hint);
        // What is needed most is in sight at 80 columns, in short words there.
        let short = |command: Command, word| match self.is_tight() {
            true => One(command, word),
            false => hinted(command),
        };
        let (first, mut rest) = match self.focus {
            Pane::Trace => {
                let needed = [
                    One(Command::Open, "edit"),
                    short(Command::AddKey, "add"),
                    hinted(Command::DeleteKey),
                    hinted(Command::Undo),
                    hinted(Command::Send),
                    hinted(Command::NextPane),
                    short(Command::Palette, "more"),
                ];
                let rest = [
                    Command::Redo,
                    Command::RenameKey,
                    Command::TogglePrivacy,
                    Command::Compare,
                ];
                (Vec::from(needed), rest.map(hinted).into_iter().collect())
            }
            Pane::List | Pane::Completion | Pane::Event => {
                // On a row that can't be edited, a key of the trace can still be added. Both take as many columns, so
                // that a move from one row to the next redraws no other hint.
                let is_fixed = self.refusal_of_panes(Command::EditTrace).is_some()
                    || self.why_row_is_fixed().is_some();
                let edit = match is_fixed {
                    false => short(Command::EditTrace, "edit"),
                    true if self.is_tight() => One(Command::AddKey, "add "),
                    true => One(Command::AddKey, "add key   "),
                };
                let open = match self.focus {
                    Pane::List => One(Command::Open, "open"),
                    _ => hinted(Command::Open),
                };
                let mut needed = vec![open, edit];
                if self.current.is_none() && self.has_problems() {
                    needed.push(hinted(Command::Problems));
                }
                needed.extend(common.map(hinted));
                needed.push(short(Command::Palette, "more"));
                let is_own = |offer: &Offer| !offer.has(Command::ToggleFold);
                (needed, own.skip(1).filter(is_own).collect::<Vec<Offer>>())
            }
        };
        rest.extend(later.map(hinted));
        if matches!(self.focus, Pane::Completion | Pane::Event) {
            // It comes and goes with the rows, so nothing stands behind it.
            rest.push(hinted(Command::ToggleFold));
        }
        let all = first.into_iter().chain(rest);
        let can_run = |offer: &Offer| match offer {
            One(command, _) => self.refusal_of_panes(*command).is_none(),
            _ => true,
        };
        all.filter(can_run).collect()
    }
}

fn is_help(window: &dyn Window) -> bool {
    window.opened_by() == Some(Command::Help)
}

/// What the editor of the whole trace can do, the most needed first.
fn of_raw() -> Vec<Offer> {
    vec![
        Typed("^S", "keep"),
        One(
            Command::EditExternally,
            Command::EditExternally.entry().hint,
        ),
        Typed("^Z", "undo"),
        Typed("^Y", "redo"),
        Typed("^U", "delete line"),
        Typed("^W", "delete word"),
        Typed("^K", "delete rest"),
        Typed("^← ^→", "by word"),
        Typed("^Home ^End", "first, last line"),
    ]
}
