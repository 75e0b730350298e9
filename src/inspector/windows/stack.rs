//! Windows over one another: each is opened over what is there, and closing it leads back to that, at the
//! same row. A window of a kind that lies below already comes up instead of being opened twice.

use std::mem::discriminant;

use crate::inspector::windows::{history, send_all};
use crate::inspector::{Effect, Model, Overlay};

impl Model {
    /// All open windows, the top one first.
    pub fn windows(&self) -> impl Iterator<Item = &Overlay> {
        self.overlay.iter().chain(self.beneath.iter().rev())
    }

    /// The same, to change them.
    pub(crate) fn windows_mut(&mut self) -> impl Iterator<Item = &mut Overlay> {
        self.overlay.iter_mut().chain(self.beneath.iter_mut().rev())
    }

    /// The window below the top one.
    pub fn window_beneath(&self) -> Option<&Overlay> {
        self.beneath.last()
    }

    /// Opens a window over what is there.
    pub(crate) fn open_window(&mut self, window: Overlay) {
        self.beneath.extend(self.overlay.take());
        let kind = discriminant(&window);
        let place = self.beneath.iter().position(|w| discriminant(w) == kind);
        self.beneath.truncate(place.unwrap_or(self.beneath.len()));
        self.overlay = Some(window);
        self.forget_unconfirmed();
    }

    /// Closes the top window: what it was opened over is there again.
    pub(crate) fn close_window(&mut self) {
        self.overlay = self.beneath.pop();
        if let Some(Overlay::History(window)) = &mut self.overlay {
            window.is_stale = true;
        }
        self.forget_unconfirmed();
    }

    /// Closes all windows: the panes are gone to.
    pub(crate) fn close_windows(&mut self) {
        self.overlay = None;
        self.beneath.clear();
        self.forget_unconfirmed();
    }

    /// Closes a window wherever it lies.
    pub(crate) fn close_where(&mut self, is_it: impl Fn(&Overlay) -> bool) {
        self.beneath.retain(|window| !is_it(window));
        if self.overlay.as_ref().is_some_and(is_it) {
            self.close_window();
        }
    }

    /// What waits to be confirmed in a window is forgotten with the window.
    fn forget_unconfirmed(&mut self) {
        if !self.windows().any(|w| matches!(w, Overlay::Send(_))) {
            self.drop_unconfirmed();
        }
        let is_asking = |all: &send_all::SendAll| all.stage == send_all::Stage::Confirming;
        if self.all.as_ref().is_some_and(is_asking)
            && !self.windows().any(|w| matches!(w, Overlay::SendAll))
        {
            self.all = None;
        }
    }

    /// Asks again for what a window showed before others lay over it, since it may have changed.
    pub(crate) fn ask_anew(&mut self) -> Option<Effect> {
        let Some(Overlay::History(window)) = &mut self.overlay else {
            return None;
        };
        let text = window.search.value().to_owned();
        std::mem::take(&mut window.is_stale).then_some(Effect::History(history::Ask::List(text)))
    }
}
