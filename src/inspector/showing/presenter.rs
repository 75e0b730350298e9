//! Presenter mode: a line that says what was done, only the rows that matter, more contrast, and more space where there is
//! room for it.

use super::captions::{Caption, Moment, Occasion};
use crate::inspector::{Effect, Env, Model, Msg, Pane};

/// Presenter mode, while it is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presenter {
    /// What was done last, in words; empty where that is over.
    caption: String,
    /// Whether that holds only as long as the cursor stays where it is.
    is_of_cursor: bool,
}

/// The pane that keys go to, and the row of its cursor.
type CursorPlace = (Pane, Option<usize>);

impl Model {
    /// Switches presenter mode.
    pub(crate) fn toggle_presenter(&mut self) {
        self.present(self.presenter.is_none());
        self.notice = Some(match self.presenter {
            Some(_) => {
                "presenter mode is on: captions, the rows that matter, more contrast".to_owned()
            }
            None => "presenter mode is off".to_owned(),
        });
    }

    /// Switches presenter mode on or off.
    pub fn present(&mut self, is_on: bool) {
        self.presenter = is_on.then(Presenter::default);
        let mode = self.privacy;
        if let Some(current) = &mut self.current {
            current.fold_unused(is_on, mode);
        }
    }

    /// Takes a message in and, in presenter mode, says what it did.
    pub(crate) fn apply_captioned(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        if self.presenter.is_none() {
            return self.take_in(msg, env);
        }
        let (before, place) = (Moment::of(self), self.cursor_place());
        let occasion = Occasion::of(&msg);
        let effects = self.take_in(msg, env);
        let caption = self.caption_since(&before, occasion);
        let has_moved = place != self.cursor_place();
        let Some(presenter) = &mut self.presenter else {
            return effects;
        };
        match caption {
            Caption::Stays if presenter.is_of_cursor && has_moved => {
                *presenter = Presenter::default();
            }
            Caption::Stays => {}
            Caption::Lapses => *presenter = Presenter::default(),
            Caption::Says(caption) => {
                *presenter = Presenter {
                    caption,
                    is_of_cursor: false,
                };
            }
            Caption::SaysOfCursor(caption) => {
                *presenter = Presenter {
                    caption,
                    is_of_cursor: true,
                };
            }
        }
        effects
    }

    fn cursor_place(&self) -> CursorPlace {
        let cursor = self.focused().cursor(self);
        (self.focus, cursor.map(|cursor| cursor.row))
    }

    /// What presenter mode says: what is under way, or what was done last, or which completion is shown.
    pub(crate) fn caption(&self) -> Option<String> {
        let presenter = self.presenter.as_ref()?;
        if let Some(says) = self.under_way_in_words() {
            return Some(says);
        }
        Some(match presenter.caption.as_str() {
            "" => self.shown_in_words(),
            done => done.to_owned(),
        })
    }
}
