//! What was sent again: the same bytes, or the completion as a new sample with the trace as it was sent.

use super::not_kept;
use super::sent::edits_of;
use crate::completion::{Completion, Edits};
use crate::delivery::history::StoredDelivery;
use crate::inspector::windows::{Update, send};
use crate::inspector::{Model, Pane};
use crate::prepare::Prepared;

impl Model {
    /// Its completion as a new sample, with the trace as it was sent; works where it is loaded.
    pub(super) fn edit_again(&mut self, stored: &StoredDelivery) {
        let name = &stored.record.name;
        let index = match self.sent_completion(stored) {
            Ok(index) => index,
            Err(says) => {
                self.notice = Some(says);
                return;
            }
        };
        let Some(completion) = self.completion_at(index) else {
            return;
        };
        let edits = match &stored.body {
            Some(body) => edits_of(&completion, body, &self.context),
            None => Edits::none(),
        };
        let mut copy = Completion::clone(&completion);
        copy.name = format!("{name} (again)");
        self.library.insert_copy(index + 1, copy, edits);
        self.windows.close_all();
        self.inserted(index + 1);
        self.focus = Pane::Trace;
        self.notice = Some(
            match stored.body {
                Some(_) => "a new sample, with user, session and trace as they were sent; e edits",
                None => "a new sample as it was loaded: what was sent is not kept; e edits",
            }
            .to_owned(),
        );
    }
}

/// The same bytes with the same id to the present destination.
pub(super) fn resend(stored: &StoredDelivery, update: &mut Update<'_>) {
    if let Some(why) = update.model.why_no_destination() {
        return update.say(why);
    }
    if update.model.is_sending() {
        return update.say("wait until what is on its way has ended");
    }
    let record = &stored.record;
    let Some(request) = stored.request() else {
        return update.say(not_kept(record));
    };
    let request = request.bound_for(update.model.destination.endpoint.kind);
    match Prepared::new(record.name.clone(), request, record.privacy, record.made_at) {
        Ok(prepared) => send::start(prepared, Some(record.endpoint.clone()), update),
        Err(unsent) => update.say(unsent.to_string()),
    }
}
