//! What was sent last, shown again: one test trace, or all that was listed.

use super::send::SendPanel;
use super::send_all::SendAllWindow;
use super::{Flow, Update};
use crate::inspector::{Command, Model};

/// Why nothing can be shown again.
pub fn refusal(model: &Model) -> Option<String> {
    let is_nothing = model.sendings.is_empty() && model.all.is_none();
    let [send, history] =
        [Command::Send, Command::History].map(|command| model.keymap.shown(command));
    is_nothing.then(|| {
        format!("no test trace was sent since the start: {send} sends one, {history} lists what was sent")
    })
}

/// Shows again what was sent last, one test trace or all that was listed.
pub fn open(update: &mut Update<'_>) {
    let model = &mut *update.model;
    let sent = model.sendings.last().map(|sending| sending.ticket);
    let all = model.all.as_ref().map(|all| all.ticket);
    match all > sent {
        true => model.open_window(SendAllWindow::default()),
        false => model.open_window(SendPanel {
            is_again: true,
            ..SendPanel::default()
        }),
    }
}

impl Model {
    /// Leaves the window of what was sent, and says how it is shown again.
    pub(crate) fn leave_sent(&mut self) -> Flow {
        let is_last = self.windows.beneath().is_none();
        if is_last && (!self.sendings.is_empty() || self.all.is_some()) {
            let goes_on = if self.is_anything_under_way() {
                "it goes on; "
            } else {
                ""
            };
            let key = self.keymap.shown(Command::LastSend);
            self.notice = Some(format!("{goes_on}{key} shows again what was sent"));
        }
        Flow::Closes
    }
}
