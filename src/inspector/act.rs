//! Keys to commands: what each command does, or which file knows.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::inspector::keys::command::Group;
use crate::inspector::library::filter::Filter;
use crate::inspector::prompt::Asks;
use crate::inspector::ui::cursor::{Cursor, Step};
use crate::inspector::ui::layout::Class;
use crate::inspector::windows::compare::Mode;
use crate::inspector::windows::detail::Detail;
use crate::inspector::windows::detail::about::of_received;
use crate::inspector::{Command, Effect, Env, Model, Overlay};
use crate::share;

impl Model {
    pub(crate) fn key(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        let is_break =
            key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        // Where nothing is in sight nothing is done blindly.
        if self.layout().class == Class::Tiny {
            let command = self.keymap.command(key);
            let leaves = matches!(command, Some(Command::Quit | Command::Suspend));
            let Some(command) = command.filter(|_| leaves && (is_break || !self.is_typing()))
            else {
                return Vec::new();
            };
            while command == Command::Quit && self.overlay.is_some() {
                self.close_window();
            }
            return self.run(command, env);
        }
        let is_helped = matches!(self.overlay, Some(Overlay::Help(_)));
        if self.is_typing() && !is_break && !is_helped {
            // A key that cannot be text asks for help also while text is typed.
            if matches!(key.code, KeyCode::F(_)) && self.keymap.command(key) == Some(Command::Help)
            {
                self.open_window(Overlay::Help(Cursor::default()));
                return Vec::new();
            }
            return self.type_key(key, env);
        }
        match self.keymap.command(key) {
            Some(Command::FoldLevel) if self.overlay.is_none() => {
                self.notice = None;
                let digit = key.code.as_char().and_then(|c| c.to_digit(10));
                self.fold_to_level(digit.unwrap_or(1) as usize);
                Vec::new()
            }
            Some(command) => self.run(command, env),
            None => Vec::new(),
        }
    }

    /// Does what a command says.
    pub fn run(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        let asked = self.notice.take();
        let asked_to_quit = matches!(
            asked.as_deref(),
            Some(QUIT_QUESTION | TYPED_QUESTION | EDITS_QUESTION)
        );
        match command {
            Command::Quit if self.is_anything_under_way() && !asked_to_quit => {
                self.notice = Some(QUIT_QUESTION.to_owned());
                return Vec::new();
            }
            Command::Quit if self.overlay.is_some() && !asked_to_quit => {
                self.close_window();
                return Vec::new();
            }
            Command::Quit if self.trace.has_typed() && !asked_to_quit => {
                self.notice = Some(TYPED_QUESTION.to_owned());
                return Vec::new();
            }
            Command::Quit if self.library.has_unsaved_edits(&self.base_edits) && !asked_to_quit => {
                self.notice = Some(EDITS_QUESTION.to_owned());
                return Vec::new();
            }
            Command::Quit => return vec![Effect::Quit],
            Command::Suspend => return vec![Effect::Suspend],
            _ => {}
        }
        if self.overlay.is_none() {
            return self.run_over_panes(command, asked.as_deref(), env);
        }
        self.run_in_window(command, env).unwrap_or_else(|| {
            // Moving where there is nothing to move over needs no word.
            if command.entry().group != Group::Move {
                self.notice = Some(format!(
                    "{} does nothing in this window; {} leaves it",
                    self.keymap.shown(command),
                    self.keymap.shown(Command::Close)
                ));
            }
            Vec::new()
        })
    }

    /// Does what was chosen by its name: where the window knows nothing of it, it is meant for the panes.
    pub(crate) fn run_chosen(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.overlay.is_none() || matches!(command, Command::Quit | Command::Suspend) {
            return self.run(command, env);
        }
        self.notice = None;
        self.run_in_window(command, env).unwrap_or_else(|| {
            self.close_windows();
            self.run(command, env)
        })
    }

    fn run_over_panes(&mut self, command: Command, asked: Option<&str>, env: &Env) -> Vec<Effect> {
        match command {
            Command::Up => self.step(Step::Up),
            Command::Down => self.step(Step::Down),
            Command::PageUp => self.step(Step::PageUp),
            Command::PageDown => self.step(Step::PageDown),
            Command::Top => self.step(Step::Top),
            Command::Bottom => self.step(Step::Bottom),
            Command::Left => self.left(),
            Command::Right => self.right(),
            Command::NextPane => self.focus = self.pane_after(1),
            Command::PreviousPane => self.focus = self.pane_after(3),
            Command::NextCompletion => self.list_step(Step::Down, 1),
            Command::PreviousCompletion => self.list_step(Step::Up, 1),
            Command::Open => self.open(),
            Command::ToggleFold if !self.fold(None) => {
                self.notice = Some("there is nothing to open or close here".to_owned());
            }
            Command::ToggleFold => {}
            Command::FoldAll => self.fold_all(true),
            Command::UnfoldAll => self.fold_all(false),
            Command::TogglePrivacy => self.toggle_privacy(),
            Command::EditTrace => self.edit_under_cursor(),
            Command::EditRaw => self.edit_raw(),
            Command::EditOutside => return self.edit_outside(),
            Command::EditListed => self.edit_listed(asked),
            Command::Save => self.ask_save(),
            Command::RenameKey => self.rename(),
            Command::AddKey => self.add_key(),
            Command::DeleteKey => self.delete(),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Reset => self.reset(),
            // What the panes still show is not what is listed.
            Command::Send if self.is_unlisted() => self.tell_unlisted("send"),
            Command::AskOpenRouter if self.is_unlisted() => self.tell_unlisted("ask again"),
            Command::Send => return self.send(env),
            Command::AskOpenRouter => self.ask_openrouter(),
            Command::EditSent => {
                let key = self.keymap.shown(Command::History);
                self.notice = Some(format!("this is for the history: press {key} first"));
            }
            Command::Detail => self.detail(),
            Command::Search => {
                self.search.pattern.clear();
                self.search.typing = Some(Input::default());
            }
            Command::NextMatch => self.go_to_match(true, false),
            Command::PreviousMatch => self.go_to_match(false, false),
            Command::FoldLevel => self.fold_to_level(1),
            Command::Zoom => self.zoom(),
            Command::Wider => self.widen(true),
            Command::Narrower => self.widen(false),
            Command::EvenOut => self.even_out(),
            Command::GoTo => self.ask(Asks::Pointer, String::new()),
            Command::CompareMode => {
                let key = self.keymap.shown(Command::Compare);
                self.notice = Some(format!("open the comparison first: press {key}"));
            }
            Command::Filter => self.ask_filter(),
            Command::Sort => self.next_sort(),
            Command::Mark => self.toggle_mark(),
            Command::Close => self.close(),
            Command::CopyValue
            | Command::CopyPointer
            | Command::CopyEvent
            | Command::CopyCurl
            | Command::CopyTrace => return self.copy(command),
            Command::Quit | Command::Suspend => {}
            _ => return self.run_opener(command, env).unwrap_or_default(),
        }
        Vec::new()
    }

    /// Commands that open a window, over the panes or over another one; none for other commands.
    fn run_opener(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        match command {
            Command::Compare => self.compare(Mode::Privacy),
            Command::SendAll => return Some(self.send_all(env)),
            Command::Destination => return Some(self.destination_form()),
            Command::LastSend => self.last_send(),
            Command::History => return Some(self.history()),
            Command::Inbox => self.open_window(Overlay::Inbox(self.at_end(self.received.len()))),
            Command::Findings => self.findings(),
            Command::Problems => self.open_window(Overlay::Problems(Cursor::default())),
            Command::Palette => {
                self.open_window(Overlay::Palette(Input::default(), Cursor::default()));
            }
            Command::Help => self.open_window(Overlay::Help(Cursor::default())),
            Command::Overview => self.overview(),
            Command::Dropped => self.dropped(),
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Commands while a window is open; none where they mean nothing in it.
    fn run_in_window(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        if self.move_in_overlay(command) {
            return Some(Vec::new());
        }
        if let Some(effects) = self.run_in_live(command) {
            return Some(effects);
        }
        if let Some(effects) = self.run_in_all(command, env) {
            return Some(effects);
        }
        if let Some(effects) = self.run_in_history(command) {
            return Some(effects);
        }
        // The help may lie over what is typed.
        let is_typing = self.is_typing() || self.windows().any(Overlay::is_typed);
        match (command, &mut self.overlay) {
            (Command::Close, Some(Overlay::Send(_))) => {
                if let Some(sending) = self.sendings.last().filter(|s| s.is_under_way()) {
                    return Some(vec![Effect::Cancel(sending.ticket)]);
                }
                self.close_sent();
            }
            (Command::Close | Command::LastSend, Some(Overlay::SendAll))
            | (Command::LastSend, Some(Overlay::Send(_))) => self.close_sent(),
            (Command::Close, _)
            | (Command::Compare, Some(Overlay::Compare(_)))
            | (Command::Help, Some(Overlay::Help(_)))
            | (Command::Inbox, Some(Overlay::Inbox(_)))
            | (Command::Overview, Some(Overlay::Overview(_)))
            | (Command::Dropped, Some(Overlay::Dropped(_)))
            | (Command::Findings, Some(Overlay::Findings(_)))
            | (Command::Detail | Command::Open, Some(Overlay::Detail(_)))
            | (Command::Problems, Some(Overlay::Problems(_))) => self.close_window(),
            (Command::Send, Some(Overlay::Send(_))) => return Some(self.confirm_send(env)),
            (Command::Open, Some(Overlay::Send(_))) => return Some(self.open_sent(env)),
            (Command::NextMatch, Some(Overlay::Compare(compare))) => {
                compare.cursor.row = compare.next_difference(true).unwrap_or(compare.cursor.row);
            }
            (Command::PreviousMatch, Some(Overlay::Compare(compare))) => {
                compare.cursor.row = compare.next_difference(false).unwrap_or(compare.cursor.row);
            }
            (Command::CompareMode, Some(Overlay::Compare(_))) => self.next_compare_mode(),
            (Command::Open, Some(Overlay::Compare(_))) => self.go_to_compared(),
            (Command::NextCompletion, Some(Overlay::Compare(_))) => self.compare_next(Step::Down),
            (Command::PreviousCompletion, Some(Overlay::Compare(_))) => self.compare_next(Step::Up),
            (Command::Open, Some(Overlay::Overview(_))) => self.list_chosen(),
            (Command::Left | Command::Right, Some(Overlay::Overview(_))) => self.cross_overview(),
            (Command::Open, Some(Overlay::Dropped(_))) => self.go_to_dropped(),
            (Command::NextMatch, Some(Overlay::Dropped(dropped))) => dropped.next_reason(true),
            (Command::PreviousMatch, Some(Overlay::Dropped(dropped))) => {
                dropped.next_reason(false);
            }
            (Command::CopyValue | Command::CopyPointer, Some(Overlay::Dropped(_))) => {
                return Some(self.copy(command));
            }
            (Command::Open, Some(Overlay::Findings(_))) => self.go_to_finding(),
            (Command::CopyValue, Some(Overlay::Findings(_))) => return Some(self.copy_finding()),
            (Command::Open | Command::Detail, Some(Overlay::Inbox(_))) => self.received_in_full(),
            (Command::Search, Some(Overlay::Detail(_))) => self.ask(Asks::Find, String::new()),
            (Command::NextMatch, Some(Overlay::Detail(_))) => self.next_in_detail(true),
            (Command::PreviousMatch, Some(Overlay::Detail(_))) => self.next_in_detail(false),
            (Command::CopyValue, Some(Overlay::Detail(detail))) => {
                let text = detail.text.clone();
                return Some(self.copied("the text", text));
            }
            (
                Command::CopyCurl | Command::CopyEvent,
                Some(Overlay::Send(_) | Overlay::Compare(_)),
            ) => return Some(self.copy(command)),
            (Command::TogglePrivacy, _) if !is_typing => {
                self.close_windows();
                self.toggle_privacy();
            }
            // Help over a field that is typed leads back to it and nowhere else.
            _ if is_typing => return None,
            _ => return self.run_opener(command, env),
        }
        Some(Vec::new())
    }

    /// One thing that the sink received, in full.
    fn received_in_full(&mut self) {
        let Some(Overlay::Inbox(cursor)) = &self.overlay else {
            return;
        };
        if let Some(received) = self.received.get(cursor.row) {
            let title = format!("Received, #{}", received.number);
            let facts = of_received(received);
            let text = share::pretty_or_plain(&received.body);
            self.open_window(Overlay::Detail(Detail::new(
                title,
                facts,
                text,
                self.window_size(),
            )));
        }
    }

    /// Esc over the panes: takes the search away, and then the filter.
    fn close(&mut self) {
        if !self.search.pattern.is_empty() {
            self.search.pattern.clear();
        } else if !self.listing.filter.is_empty() {
            self.filter(Filter::default());
            self.notice = Some("filter cleared".to_owned());
        }
    }

    pub(crate) fn at_end(&self, rows: usize) -> Cursor {
        Cursor::at(rows.saturating_sub(1))
    }
}

/// Asked before leaving while something is on its way.
const QUIT_QUESTION: &str = "a test trace is on its way; press quit again to leave all the same";

/// Asked before leaving while a field or the trace is typed.
const TYPED_QUESTION: &str = "what is typed is no edit yet; press quit again to lose it and leave";

/// Asked before leaving while edits are in memory alone.
const EDITS_QUESTION: &str =
    "there are edits that no file has: w saves a sample with them; press quit again to leave them";
