//! Completions that arrive while one looks: they are put at the end of the list, and what is looked at stays
//! in sight unless the newest is.

use std::sync::Arc;

use crate::completion::{Completion, Origin};
use crate::display::counted;
use crate::inspector::current::Current;
use crate::inspector::library::Kept;
use crate::inspector::library::facts::is_open;
use crate::inspector::library::traffic::{TrafficReport, origin_of_call};
use crate::inspector::{Command, Model};
use crate::mapping;

/// Bytes of live completions that are kept together. Chosen.
const KEPT: usize = 256 << 20;

/// What the row of a delivery had when its call came.
struct DeliveryRow {
    kept: Option<Kept>,
    is_marked: bool,
    is_shown: bool,
}

impl Model {
    pub(crate) fn take_traffic(&mut self, report: TrafficReport) {
        let traffic = self.traffic.get_or_insert_default();
        match report {
            TrafficReport::Listening {
                setup,
                origin,
                upstream,
                forward,
                keep,
                recording,
            } => {
                traffic.setup = setup;
                traffic.origin = origin;
                traffic.upstream = upstream;
                traffic.keep = keep;
                traffic.recording = recording;
                traffic.forwarding.begin(forward);
            }
            TrafficReport::Forwarded(forwarded) => traffic.forwarding.take(forwarded),
            TrafficReport::Passed(count) => traffic.passed = count,
            TrafficReport::Unrecorded { count, why } => {
                traffic.unrecorded = count;
                self.notice = Some(format!("not recorded: {why}; the app's traffic goes on"));
            }
            TrafficReport::Output { is_error, text } => {
                traffic.output.push(is_error, text);
            }
            TrafficReport::Ended(status) => {
                traffic.ended = Some(status);
                let came = match traffic.calls > 0 || traffic.passed > 0 || traffic.has_refused {
                    true => "",
                    false => ", and no call came here",
                };
                self.notice = Some(format!("the command ended with status {status}{came}"));
            }
            TrafficReport::Refused(why) => {
                traffic.has_refused = true;
                self.notice = Some(format!("a request was refused: {why}"));
            }
            TrafficReport::Repeated(id) => {
                traffic.repeated += 1;
                self.notice = Some(format!("the delivery of {id} came again; it was dropped"));
            }
            TrafficReport::ConnectionTest => {
                self.notice = Some("OpenRouter tested the connection; it was answered".to_owned());
            }
            TrafficReport::Delivered(loaded) => {
                traffic.delivered += loaded.completions.len();
                self.library.take_said(loaded.problems, loaded.notes);
                for completion in loaded.completions {
                    self.take_delivery(Arc::new(completion));
                }
            }
            TrafficReport::Call {
                number,
                completion,
                is_over,
            } => self.take_call(number, completion, is_over),
        }
    }

    fn take_call(&mut self, number: u64, completion: Arc<Completion>, is_over: bool) {
        let is_new = self.library.place_of(&origin_of_call(number)).is_none();
        let traffic = self.traffic.get_or_insert_default();
        traffic.calls += usize::from(is_new);
        // A call that was told already was open until now.
        match (is_new, is_over) {
            (true, false) => traffic.open += 1,
            (false, true) => traffic.open = traffic.open.saturating_sub(1),
            _ => {}
        }
        let (completion, taken) = self.joined(completion);
        if let Some(traffic) = self.traffic.as_mut().filter(|_| is_over) {
            traffic.forwarding.hold(&completion.origin, self.privacy);
        }
        let origin = completion.origin.clone();
        match self.library.place_of(&origin) {
            None => {
                self.append(completion);
                self.hand_over(&origin, taken);
            }
            Some(index) => {
                self.hand_over(&origin, taken);
                // What was fetched meanwhile is of the same generation, however far the call had come.
                let known = self.library.ready(index);
                let with_record = known.and_then(|known| completion.with_record_of(known));
                let completion = with_record.map_or(completion, Arc::new);
                self.renew(index, completion, is_over);
            }
        }
    }

    /// The call with what was delivered of its generation, where that came before. The row that it had by itself is
    /// taken away: it is one generation. What was in that row goes into the call's, see [`Model::hand_over`].
    fn joined(&mut self, call: Arc<Completion>) -> (Arc<Completion>, Option<DeliveryRow>) {
        let (Some(id), Some(traffic)) = (mapping::generation_id(&call), &mut self.traffic) else {
            return (call, None);
        };
        traffic.deliveries.put_call(&id, &call.origin);
        // Once they are joined, the delivery stands in the call's own row.
        let known = self.library.place_of(&call.origin);
        let known = known.and_then(|place| self.library.ready(place));
        if let Some(joined) = known.and_then(|known| call.with_delivery_of(known)) {
            return (Arc::new(joined), None);
        }
        let row = traffic.deliveries.delivery(&id);
        let row = row.and_then(|origin| self.library.place_of(origin));
        let delivery = row.and_then(|row| Some((row, self.library.ready(row)?)));
        let Some((row, delivery)) = delivery else {
            return (call, None);
        };
        let shown = self.current.as_ref().map(|current| current.index);
        // What is being typed must not lose its row.
        if shown == Some(row) && self.is_editing() {
            return (call, None);
        }
        let Some(joined) = call.with_delivery(delivery) else {
            return (call, None);
        };
        let is_marked = self.listing.marked.contains(&row);
        let removed = self.remove(row);
        let taken = DeliveryRow {
            kept: removed.and_then(|entry| entry.kept(&self.base_edits)),
            is_marked,
            is_shown: shown == Some(row),
        };
        (Arc::new(joined), Some(taken))
    }

    /// What a delivery's row had is in the row of its call from now on: edits, mark and cursor.
    fn hand_over(&mut self, origin: &Origin, taken: Option<DeliveryRow>) {
        let place = self.library.place_of(origin);
        let (Some(place), Some(taken)) = (place, taken) else {
            return;
        };
        let entry = self.library.entry_mut(place);
        if let (Some(entry), Some(kept)) = (entry, taken.kept) {
            entry.take_over(kept, &self.base_edits);
        }
        if taken.is_marked && !self.listing.marked.contains(&place) {
            self.listing.marked.push(place);
        }
        if taken.is_shown {
            self.go_to_entry(place);
        }
    }

    /// A delivery goes into the row of the call that it is about; without one it has a row of its own.
    fn take_delivery(&mut self, delivery: Arc<Completion>) {
        let traffic = self.traffic.get_or_insert_default();
        let id = mapping::generation_id(&delivery);
        let call = id.and_then(|id| {
            traffic.deliveries.put(&id, &delivery.origin);
            traffic.deliveries.call(&id).cloned()
        });
        let row = call.and_then(|origin| self.library.place_of(&origin));
        let call = row.and_then(|row| Some((row, self.library.ready(row)?)));
        let joined = call.and_then(|(row, call)| Some((row, call.with_delivery(&delivery)?)));
        if let Some((row, joined)) = joined {
            // It may have an event only now. One that went already goes no second time.
            let traffic = self.traffic.as_mut().filter(|_| !is_open(&joined));
            if let Some(traffic) = traffic {
                traffic.forwarding.hold(&joined.origin, self.privacy);
            }
            return self.renew(row, Arc::new(joined), true);
        }
        if let Some(traffic) = &mut self.traffic {
            traffic.forwarding.hold(&delivery.origin, self.privacy);
        }
        self.append(delivery);
    }

    /// A completion that has just come, at the end of the list.
    fn append(&mut self, completion: Arc<Completion>) {
        let follows = self.is_at_newest() && !self.is_held();
        let from = self.library.len();
        self.library.push(completion);
        self.with_base_edits(from..self.library.len());
        match (self.listing.is_narrowed(), follows) {
            // The list is filled with what fits.
            (true, _) => {}
            (false, true) => self.list.row = from,
            (false, false) => self.note_unseen(),
        }
        self.let_go();
    }

    /// Whether the completion that is shown has to stay, however new another one is: something of it is read in a
    /// window, or something is typed or asked that would be about another one.
    fn is_held(&self) -> bool {
        self.is_typing()
            || self
                .windows
                .iter()
                .any(|window| window.is_about_completion() || window.is_dialog())
    }

    /// Counts a call that came while another one is looked at. What is said of it stays until a key is pressed, and says
    /// nothing over what was said before.
    fn note_unseen(&mut self) {
        let key = self.keymap.shown(Command::Bottom);
        let Some(traffic) = &mut self.traffic else {
            return;
        };
        let says = |count: usize| {
            let calls = counted(count, "new call");
            format!("{calls}; {key} in the list goes to the newest")
        };
        let before = self.notice.as_deref();
        let is_free = before.is_none_or(|notice| notice == says(traffic.unseen));
        traffic.unseen += 1;
        if is_free {
            self.notice = Some(says(traffic.unseen));
        }
    }

    /// Lets the oldest calls go where there are more than are kept: those that are over, that nobody edited, marked
    /// or looks at.
    fn let_go(&mut self) {
        let Some(keep) = self.traffic.as_ref().map(|traffic| traffic.keep) else {
            return;
        };
        let (mut count, mut bytes, idle) = self.library.live(&self.base_edits);
        if count <= keep && bytes <= KEPT {
            return;
        }
        let shown = self.current.as_ref().map(|current| current.index);
        let newest = self.library.len().saturating_sub(1);
        let mut gone = 0;
        for place in idle {
            let place = place - gone;
            let is_held = shown.map(|shown| shown - gone.min(shown)) == Some(place)
                || place + 1 > newest.saturating_sub(gone)
                || self.listing.marked.contains(&place);
            if is_held || (count <= keep && bytes <= KEPT) {
                continue;
            }
            let completion = self.library.ready(place);
            let size = completion.map_or(0, |completion| completion.document().text().len());
            if let (Some(completion), Some(traffic)) = (completion, &mut self.traffic) {
                traffic.forwarding.let_go(&completion.origin);
            }
            self.remove(place);
            (gone, count, bytes) = (gone + 1, count - 1, bytes.saturating_sub(size));
        }
        if let Some(traffic) = &mut self.traffic {
            traffic.let_go += gone;
        }
    }

    /// Whether the cursor is on the last completion of the list, or there is none.
    pub(crate) fn is_at_newest(&self) -> bool {
        self.list.row + 1 >= self.library.len()
    }

    /// More of a completion is there.
    pub(crate) fn renew(&mut self, index: usize, completion: Arc<Completion>, is_over: bool) {
        self.library.renew(index, completion.clone());
        if is_over && self.listing.is_narrowed() {
            self.relist();
        }
        if is_over {
            self.recount();
        }
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let is_typed = self.trace.is_typed();
        let options = self.options();
        match self
            .current
            .as_mut()
            .filter(|current| current.index == index)
        {
            // What is typed lands in what is shown; the rest is shown once nothing is typed.
            Some(current) if is_typed => current.is_outdated = true,
            Some(current) => {
                *current =
                    Current::renewed(current, completion, &edits.unwrap_or_default(), &options);
                current.compare_with(self.library.deliveries.clone());
            }
            None => {}
        }
    }

    /// The cursor reached the newest call.
    pub(crate) fn settle_traffic(&mut self) {
        let is_at_newest = self.is_at_newest();
        if let Some(traffic) = self.traffic.as_mut().filter(|_| is_at_newest) {
            traffic.unseen = 0;
        }
    }
}
