//! Presenter mode: a line that says what was done, only the rows that matter, more contrast, and more space where there is
//! room for it.

use super::captions::Moment;
use crate::inspector::{Effect, Env, Model, Msg};

/// Presenter mode, while it is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presenter {
    /// What was done last, in words; empty until something was.
    pub caption: String,
}

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
        let before = Moment::of(self);
        let effects = self.take_in(msg, env);
        if let Some(caption) = self.caption_since(&before)
            && let Some(presenter) = &mut self.presenter
        {
            presenter.caption = caption;
        }
        effects
    }

    /// What presenter mode says: what was done last, or which completion is shown.
    pub(crate) fn caption(&self) -> Option<String> {
        let presenter = self.presenter.as_ref()?;
        if !presenter.caption.is_empty() {
            return Some(presenter.caption.clone());
        }
        Some(self.title_shown().map_or_else(String::new, |title| {
            format!("{title}: what OpenRouter saw, and what Raindrop gets")
        }))
    }

    /// What the list calls the completion that is shown.
    pub(crate) fn title_shown(&self) -> Option<String> {
        let current = self.current.as_ref()?;
        Some(self.title_of(current).to_owned())
    }
}
