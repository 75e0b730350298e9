//! Keys to commands: what each command does, or which file knows.

use crossterm::event::KeyEvent;
use tui_input::Input;

use super::compare::Mode;
use super::detail::Detail;
use super::filter::Filter;
use super::layout::inner;
use super::prompt::Asks;
use super::tree::{Cursor, Step};
use super::{Command, Effect, Env, Model, Overlay, Pane};
use crate::event::privacy::Privacy;
use crate::share;

impl Model {
    pub(super) fn key(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        let is_break = key.code == crossterm::event::KeyCode::Char('c')
            && key
                .modifiers
                .contains(crossterm::event::KeyModifiers::CONTROL);
        if self.is_typing() && !is_break {
            return self.type_key(key, env);
        }
        if let Some(effects) = self.left_key(key) {
            return effects;
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
        let asked_to_quit = matches!(asked.as_deref(), Some(QUIT_QUESTION | EDITS_QUESTION));
        match command {
            Command::Quit if self.is_anything_under_way() && !asked_to_quit => {
                self.notice = Some(QUIT_QUESTION.to_owned());
                return Vec::new();
            }
            Command::Quit if self.overlay.is_some() && !asked_to_quit => {
                self.drop_unconfirmed();
                self.overlay = None;
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
        if self.overlay.is_some() {
            return self.run_in_overlay(command, env);
        }
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
            Command::Compare => self.compare(Mode::Privacy),
            Command::EditTrace => self.edit_under_cursor(),
            Command::EditRaw => self.edit_raw(),
            Command::EditOutside => return self.edit_outside(),
            Command::EditListed => self.edit_listed(asked.as_deref()),
            Command::Save => self.ask_save(),
            Command::RenameKey => self.rename(),
            Command::AddKey => self.add_key(),
            Command::DeleteKey => self.delete(),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Reset => self.reset(),
            Command::Send => return self.send(env),
            Command::SendAll => return self.send_all(env),
            Command::Destination => return self.destination_form(),
            Command::AskOpenRouter => self.ask_openrouter(),
            Command::History => return self.history(),
            Command::EditSent => {
                self.notice = Some("this is for the history: press H first".to_owned());
            }
            Command::Inbox => self.overlay = Some(Overlay::Inbox(self.at_end(self.received.len()))),
            Command::Detail => self.detail(),
            Command::Search => {
                self.search.pattern.clear();
                self.search.typing = Some(Input::default());
            }
            Command::NextMatch => self.go_to_match(true, false),
            Command::PreviousMatch => self.go_to_match(false, false),
            Command::Findings => self.findings(),
            Command::Problems => self.overlay = Some(Overlay::Problems(Cursor::default())),
            Command::Palette => {
                self.overlay = Some(Overlay::Palette(Input::default(), Cursor::default()));
            }
            Command::Help => self.overlay = Some(Overlay::Help(Cursor::default())),
            Command::Overview => self.overview(),
            Command::Dropped => self.dropped(),
            Command::FoldLevel => self.fold_to_level(1),
            Command::Zoom => self.zoom(),
            Command::Wider => self.widen(true),
            Command::Narrower => self.widen(false),
            Command::EvenOut => self.even_out(),
            Command::GoTo => self.ask(Asks::Pointer, String::new()),
            Command::CompareMode => {
                self.notice = Some("open the comparison first: press c".to_owned());
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
        }
        Vec::new()
    }

    pub(super) fn run_in_overlay(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.move_in_overlay(command) {
            return Vec::new();
        }
        if let Some(effects) = self.run_in_live(command) {
            return effects;
        }
        if let Some(effects) = self.run_in_all(command, env) {
            return effects;
        }
        if let Some(effects) = self.run_in_history(command) {
            return effects;
        }
        let is_sending = self.is_sending();
        match (command, &mut self.overlay) {
            (Command::Close, Some(Overlay::Send(_))) if is_sending => {
                if let Some(sending) = self.sendings.last().filter(|s| s.is_under_way()) {
                    return vec![Effect::Cancel(sending.ticket)];
                }
                self.overlay = None;
            }
            (Command::Close, _) => {
                self.drop_unconfirmed();
                self.overlay = None;
            }
            (Command::Open | Command::Send, Some(Overlay::Send(_))) => {
                return self.confirm_send(env);
            }
            (Command::NextMatch, Some(Overlay::Compare(compare))) => {
                compare.cursor.row = compare.next_difference(true).unwrap_or(compare.cursor.row);
            }
            (Command::PreviousMatch, Some(Overlay::Compare(compare))) => {
                compare.cursor.row = compare.next_difference(false).unwrap_or(compare.cursor.row);
            }
            (Command::CompareMode, Some(Overlay::Compare(_))) => self.next_compare_mode(),
            (Command::Compare, Some(Overlay::Compare(_)))
            | (Command::Help, Some(Overlay::Help(_)))
            | (Command::Inbox, Some(Overlay::Inbox(_)))
            | (Command::Overview, Some(Overlay::Overview(_)))
            | (Command::Dropped, Some(Overlay::Dropped(_)))
            | (Command::Detail | Command::Open, Some(Overlay::Detail(_)))
            | (Command::Problems, Some(Overlay::Problems(_))) => self.overlay = None,
            (Command::Open, Some(Overlay::Overview(_))) => self.list_chosen(),
            (Command::Left | Command::Right, Some(Overlay::Overview(_))) => self.cross_overview(),
            (Command::Open, Some(Overlay::Dropped(_))) => self.go_to_dropped(),
            (Command::NextMatch, Some(Overlay::Dropped(dropped))) => dropped.next_reason(true),
            (Command::PreviousMatch, Some(Overlay::Dropped(dropped))) => {
                dropped.next_reason(false);
            }
            (Command::CopyValue | Command::CopyPointer, Some(Overlay::Dropped(_))) => {
                return self.copy(command);
            }
            (Command::Open, Some(Overlay::Compare(compare))) => {
                let pair = compare.pairs.get(compare.cursor.row);
                let row = pair.and_then(|pair| pair.right.as_ref().or(pair.left.as_ref()));
                let pointer = row.map(|row| row.pointer.clone());
                self.overlay = None;
                self.focus = Pane::Event;
                let mode = self.privacy;
                if let (Some(current), Some(pointer)) = (&mut self.current, pointer)
                    && !current.go_to_event(&pointer, mode)
                {
                    let says = match mode {
                        Privacy::Off => "is in the event with privacy mode on alone; p switches it",
                        Privacy::On => "is in the event with privacy mode off alone; p switches it",
                    };
                    self.notice = Some(format!("{pointer} {says}"));
                }
            }
            (Command::Open | Command::Detail, Some(Overlay::Inbox(cursor))) => {
                if let Some(received) = self.received.get(cursor.row) {
                    let width = usize::from(inner(self.layout().window()).width);
                    let title = format!("POST {} → {}", received.path, received.status);
                    let text = share::pretty_or_plain(&received.body);
                    self.overlay = Some(Overlay::Detail(Detail::new(title, text, width)));
                }
            }
            (Command::NextCompletion | Command::PreviousCompletion, Some(Overlay::Compare(_))) => {
                let step = match command {
                    Command::NextCompletion => Step::Down,
                    _ => Step::Up,
                };
                self.list_step(step, 1);
                if let Some(index) = self.at_cursor() {
                    self.show(index);
                }
                let mode = self.compare_mode();
                self.overlay = None;
                self.compare(mode);
            }
            (
                Command::Help
                | Command::Inbox
                | Command::History
                | Command::SendAll
                | Command::Destination
                | Command::Compare
                | Command::Overview
                | Command::Dropped
                | Command::TogglePrivacy
                | Command::Palette,
                _,
            ) => {
                self.drop_unconfirmed();
                self.overlay = None;
                return self.run(command, env);
            }
            (Command::Search, Some(Overlay::Detail(_))) => self.ask(Asks::Find, String::new()),
            (Command::NextMatch, Some(Overlay::Detail(_))) => self.next_in_detail(true),
            (Command::PreviousMatch, Some(Overlay::Detail(_))) => self.next_in_detail(false),
            (Command::CopyValue, Some(Overlay::Detail(detail))) => {
                let text = detail.text.clone();
                return self.copied("the text", text);
            }
            (
                Command::CopyCurl | Command::CopyEvent,
                Some(Overlay::Send(_) | Overlay::Compare(_)),
            ) => {
                return self.copy(command);
            }
            _ => {}
        }
        Vec::new()
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

    pub(super) fn at_end(&self, rows: usize) -> Cursor {
        Cursor {
            row: rows.saturating_sub(1),
            offset: 0,
        }
    }
}

/// Asked before leaving while something is on its way.
const QUIT_QUESTION: &str = "a test trace is on its way; press quit again to leave all the same";

/// Asked before leaving while edits are in memory alone.
const EDITS_QUESTION: &str =
    "there are edits that no file has: w saves a sample with them; press quit again to leave them";
