//! Keys to commands: where a key goes to, and what each command does over the panes. What it does in a
//! window is that window's own.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::keys::command::CommandGroup;
use super::library::filter::Filter;
use super::library::search::Search;
use super::library::traffic::Traffic;
use super::prompt::Export;
use super::prompt::PromptKind;
use super::ui::cursor::CursorStep;
use super::ui::layout::SizeClass;
use super::windows::WindowEvent;
use super::windows::help::Help;
use super::windows::question::Question;
use super::{Command, Effect, Env, Model, Pane};
use crate::display::counted;

impl Model {
    pub(crate) fn key(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        let is_break =
            key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        let (is_dialog, is_helped) = match self.windows.top() {
            Some(window) => (
                window.is_dialog(),
                self.windows.top_as::<Help>().is_some() && !window.is_typed(),
            ),
            None => (false, false),
        };
        if is_dialog {
            return self.dialog_key(key, env);
        }
        // Where nothing is in sight nothing is done blindly.
        if self.layout().class == SizeClass::Tiny {
            let command = self.keymap.command(key);
            let leaves = matches!(command, Some(Command::Quit | Command::Suspend));
            let Some(command) = command.filter(|_| leaves && (is_break || !self.is_typing()))
            else {
                return Vec::new();
            };
            if command == Command::Quit {
                self.windows.close_all();
            }
            return self.run(command, env);
        }
        if self.is_typing() && !is_break && !is_helped {
            // A key that cannot be text asks for help also while text is typed.
            if matches!(key.code, KeyCode::F(_)) && self.keymap.command(key) == Some(Command::Help)
            {
                self.open_window(Help::default());
                return Vec::new();
            }
            return self.type_key(key, env);
        }
        match self.keymap.command(key) {
            Some(Command::FoldLevel)
                if self.windows.is_empty() && self.refusal(Command::FoldLevel).is_none() =>
            {
                self.notice = None;
                let digit = key.code.as_char().and_then(|c| c.to_digit(10));
                self.fold_to_level(digit.unwrap_or(1) as usize);
                Vec::new()
            }
            Some(command) => self.run(command, env),
            None => {
                let typed = key.code.as_char().filter(|c| !c.is_whitespace());
                if let Some(typed) =
                    typed.filter(|_| key.modifiers.difference(KeyModifiers::SHIFT).is_empty())
                {
                    let help = self.keymap.shown(Command::Help);
                    self.notice = Some(format!("{typed} does nothing here; {help} lists the keys"));
                }
                Vec::new()
            }
        }
    }

    /// A key while a dialog asks something: an answer, or to look at what it lies over.
    fn dialog_key(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        if matches!(key.code, KeyCode::Enter | KeyCode::Esc) {
            self.notice = None;
            return self
                .tell_window(WindowEvent::Type(key), env)
                .unwrap_or_default();
        }
        let Some(command) = self.keymap.command(key) else {
            return Vec::new();
        };
        if let Some(step) = command.step() {
            self.move_in_window(step);
            return Vec::new();
        }
        match command {
            Command::Suspend => vec![Effect::Suspend],
            Command::Help => {
                self.open_window(Help::default());
                Vec::new()
            }
            Command::Close | Command::Quit => {
                self.notice = None;
                let event = WindowEvent::Run(command);
                self.tell_window(event, env).unwrap_or_default()
            }
            // To copy changes nothing.
            _ if command.entry().group == CommandGroup::Copy => {
                let behind = self.windows.behind_dialog();
                let is_offered = behind.is_some_and(|window| {
                    let offers = window.offers(self);
                    offers.iter().any(|offer| offer.has(command))
                });
                match is_offered {
                    true => self.tell_behind_dialog(WindowEvent::Run(command), env),
                    false => None,
                }
                .unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Does what a command says, where it can be done; else says why not.
    pub fn run(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        self.notice = None;
        match command {
            Command::Quit => return self.quit(env),
            Command::Suspend => return vec![Effect::Suspend],
            _ => {}
        }
        // In the help, a key leads to what is said of it.
        if self.windows.top_as::<Help>().is_some() && !Help::is_own(command) {
            return self
                .tell_window(WindowEvent::Run(command), env)
                .unwrap_or_default();
        }
        let is_over_panes = self.windows.is_empty();
        match command {
            Command::Send | Command::SendAll if is_over_panes && self.wait_to_send(command) => {
                return Vec::new();
            }
            Command::Close if is_over_panes && self.stop_waiting_to_send() => return Vec::new(),
            _ => {}
        }
        if let Some(why) = self.refusal(command) {
            // Moving where there is nothing to move over needs no word.
            let is_moving = command.entry().group == CommandGroup::Move;
            self.notice = Some(why).filter(|_| !is_moving || self.windows.is_empty());
            return Vec::new();
        }
        self.ran = Some(command);
        match command {
            Command::Present => {
                self.toggle_presenter();
                return Vec::new();
            }
            Command::Tour => return self.resume_tour(env),
            Command::Picture => {
                self.ask_export(Export::Picture);
                return Vec::new();
            }
            _ => {}
        }
        match self.windows.is_empty() {
            true => self.run_over_panes(command, env),
            false => self.run_in_window(command, env),
        }
    }

    /// Does what was chosen by its name: where the window does not offer it, it is meant for the panes.
    pub(crate) fn run_chosen(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.refusal(command).is_some() {
            self.windows.close_all();
        }
        self.run(command, env)
    }

    fn run_in_window(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if let Some(step) = command.step() {
            self.move_in_window(step);
            return Vec::new();
        }
        let opened_by = self.windows.top().and_then(|window| window.opened_by());
        if let Some(effects) = self.tell_window(WindowEvent::Run(command), env) {
            return effects;
        }
        match command {
            Command::TogglePrivacy => {
                self.windows.close_all();
                self.toggle_privacy();
                Vec::new()
            }
            _ if command == Command::Close || opened_by == Some(command) => self.close_window(env),
            _ => self.run_opener(command, env).unwrap_or_default(),
        }
    }

    fn run_over_panes(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let is_second_close = std::mem::take(&mut self.listing.is_close_asked);
        if self.sort_as(command) {
            return Vec::new();
        }
        match command {
            Command::Up => self.step(CursorStep::Up),
            Command::Down => self.step(CursorStep::Down),
            Command::PageUp => self.step(CursorStep::PageUp),
            Command::PageDown => self.step(CursorStep::PageDown),
            Command::Top => self.step(CursorStep::Top),
            Command::Bottom => self.step(CursorStep::Bottom),
            Command::Left => self.go_left(),
            Command::Right => self.go_right(),
            Command::NextPane => self.focus = self.pane_after(1),
            Command::PreviousPane => self.focus = self.pane_after(3),
            Command::NextCompletion => self.step_beside(CursorStep::Down),
            Command::PreviousCompletion => self.step_beside(CursorStep::Up),
            Command::Open => self.focused().open(self),
            Command::ToggleFold => {
                self.fold(None);
            }
            Command::FoldAll => self.fold_all(),
            Command::UnfoldAll => self.unfold_all(),
            Command::TogglePrivacy => {
                self.toggle_privacy();
                self.ask_again_to_forward();
            }
            Command::EditTrace => self.edit_under_cursor(),
            Command::EditRaw => self.edit_raw(),
            Command::EditExternally => return self.edit_externally(),
            Command::EditListed => self.ask_edit_listed(),
            Command::Save => self.ask_save(),
            Command::RenameKey => self.rename(),
            Command::AddKey => self.add_key(),
            Command::DeleteKey => self.delete(),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Reset => self.reset(),
            Command::Search => {
                self.search = Search {
                    typing: Some(Input::default()),
                    from: self.focused().cursor(self).map(|cursor| cursor.row),
                    ..Search::default()
                };
            }
            Command::NextMatch => self.go_to_match(true, false),
            Command::PreviousMatch => self.go_to_match(false, false),
            Command::FoldLevel => self.fold_to_level(1),
            Command::Zoom => self.zoom(),
            Command::Wider => self.widen(true),
            Command::Narrower => self.widen(false),
            Command::ResetPanes => self.reset_panes(),
            Command::GoTo => self.ask(PromptKind::Pointer, String::new()),
            Command::Filter => self.ask_filter(),
            Command::Sort => self.next_sort(),
            Command::SortReverse => self.reverse_sort(),
            Command::OpenFile => self.ask_path(),
            Command::Samples => self.add_samples(),
            Command::Report => self.ask_export(Export::Report),
            Command::ReportWithText => self.ask_report_with_text(),
            Command::ReportListed => self.ask_export(Export::ReportListed),
            Command::Theme => return vec![Effect::Theme(None)],
            Command::Mark => self.toggle_mark(),
            Command::Close => self.close(is_second_close),
            Command::CopyValue
            | Command::CopyPointer
            | Command::CopyEvent
            | Command::CopyCurl
            | Command::CopyTrace => return self.copy(command),
            _ => return self.run_opener(command, env).unwrap_or_default(),
        }
        Vec::new()
    }

    /// Esc over the panes: takes the search away, the list where it lies over the panes, and then the filter. That was
    /// kept on purpose, so where the list is not what keys go to, it takes a second Esc.
    fn close(&mut self, is_second: bool) {
        let is_listed = self.focus == Pane::List;
        if !self.search.pattern.is_empty() {
            self.search.pattern.clear();
            self.search.elsewhere = None;
        } else if is_listed && self.layout().class == SizeClass::Medium && self.listed() > 0 {
            self.focus = Pane::Event;
        } else if !self.listing.filter.is_empty() {
            if is_listed || is_second || self.is_unlisted() {
                self.filter(Filter::default());
                self.notice = Some("filter cleared".to_owned());
            } else {
                let (close, filter) = (
                    self.keymap.shown(Command::Close),
                    self.keymap.shown(Command::Filter),
                );
                let text = self.listing.filter.text().trim();
                self.notice = Some(format!(
                    "only what fits \"{text}\" is listed; {close} again lists all, {filter} changes it"
                ));
                self.listing.is_close_asked = true;
            }
        }
    }

    /// Leaves the window, or the program; asks where something would be lost.
    fn quit(&mut self, env: &Env) -> Vec<Effect> {
        let mut why = Vec::new();
        if self.is_anything_under_way() {
            let says =
                "Something is still on its way. Leaving stops it; it may arrive all the same.";
            why.push(says.to_owned());
            // What was not begun stands in no history, so that nobody would hear of it again.
            let all = self.all.as_ref().filter(|all| all.is_under_way());
            if let Some(all) = all {
                why.push(format!(
                    "{} of {} have no answer yet; those that were not begun are not sent, and stand in no history.",
                    all.to_send() - all.sent(),
                    counted(all.to_send(), "event")
                ));
            }
        } else if self.send_waits.is_some() {
            why.push("What waits to be sent was not sent yet, and is not if you leave.".to_owned());
        } else if !self.windows.is_empty() {
            let event = WindowEvent::Run(Command::Quit);
            let told = self.tell_window(event, env);
            return told.unwrap_or_else(|| self.close_window(env));
        }
        // Each loss is named: whoever agrees to one does not agree to the others.
        let waiting = self
            .traffic
            .as_ref()
            .map_or(0, |traffic| traffic.forwarding.waiting());
        if waiting > 0 {
            why.push(format!(
                "{} not forwarded yet: not sent if you leave, and in no history.",
                counted(waiting, "call")
            ));
        }
        if self.traffic.as_ref().is_some_and(Traffic::runs_a_command) {
            let says = "The command that was started here is still running; leaving ends it.";
            why.push(says.to_owned());
        }
        if self.trace.has_typed() {
            why.push("What you typed is no edit yet, and would be lost.".to_owned());
        }
        let save = self.keymap.shown(Command::Save);
        if self.library.has_unsaved_edits(&self.base_edits) {
            why.push(format!(
                "Your edits are in no file yet. To keep them, stay and press {save}."
            ));
        }
        if self.library.has_unsaved() {
            why.push(format!(
                "What was pasted or answered is in no file yet. To keep it, stay and press {save}."
            ));
        }
        if why.is_empty() {
            return vec![Effect::Quit];
        }
        let leave = |update: &mut super::windows::Update<'_>| update.effects.push(Effect::Quit);
        let question = Question::new("Leave rainscope?", "leave", "stay", leave);
        let question = why.into_iter().fold(question, Question::says);
        self.open_window(question.leaving());
        Vec::new()
    }
}
