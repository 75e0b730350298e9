//! Completions that arrive while one looks: they are put at the end of the list, and what is looked at stays
//! in sight unless the newest is.

use std::sync::Arc;

use crate::completion::Completion;
use crate::inspector::Model;
use crate::inspector::current::Current;
use crate::inspector::library::traffic::{Report, origin_of_call};

impl Model {
    pub(crate) fn take_traffic(&mut self, news: Report) {
        let traffic = self.traffic.get_or_insert_default();
        match news {
            Report::Listening {
                origin,
                upstream,
                forward,
            } => {
                traffic.origin = origin;
                traffic.upstream = upstream;
                traffic.forwarding.begin(forward);
            }
            Report::Forwarded(forwarded) => traffic.forwarding.take(forwarded),
            Report::Passed(count) => traffic.passed = count,
            Report::Output { is_error, text } => traffic.output.push(is_error, text),
            Report::Ended(status) => {
                traffic.ended = Some(status);
                self.notice = Some(format!("the command ended with status {status}"));
            }
            Report::Delivered(loaded) => {
                traffic.delivered += loaded.completions.len();
                self.library.problems.extend(loaded.problems);
                self.library.notes.extend(loaded.notes);
                for completion in loaded.completions {
                    if let Some(traffic) = &mut self.traffic {
                        traffic.forwarding.hold(&completion.origin);
                    }
                    self.append(Arc::new(completion));
                }
            }
            Report::Call {
                number,
                completion,
                is_over,
            } => self.take_call(number, completion, is_over),
        }
    }

    fn take_call(&mut self, number: u64, completion: Arc<Completion>, is_over: bool) {
        let place = self.library.place_of(&origin_of_call(number));
        let is_new = place.is_none();
        let traffic = self.traffic.get_or_insert_default();
        traffic.calls += usize::from(is_new);
        // A call that was told already was open until now.
        match (is_new, is_over) {
            (true, false) => traffic.open += 1,
            (false, true) => traffic.open = traffic.open.saturating_sub(1),
            _ => {}
        }
        if is_over {
            traffic.forwarding.hold(&completion.origin);
        }
        match place {
            None => self.append(completion),
            Some(index) => self.renew(index, completion, is_over),
        }
    }

    /// A completion that has just come, at the end of the list.
    fn append(&mut self, completion: Arc<Completion>) {
        let follows = self.is_at_newest() && !self.is_editing();
        let from = self.library.len();
        self.library.push(completion);
        self.with_base_edits(from);
        if self.listing.is_narrowed() {
            return;
        }
        if follows {
            self.list.row = from;
        } else if let Some(traffic) = &mut self.traffic {
            traffic.unseen += 1;
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
