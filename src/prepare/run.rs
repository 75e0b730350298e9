//! The events of one run: none goes out twice, one id stands for one event only, and what the history says
//! was accepted is left out.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::{NotSent, PrepareOptions, Prepared, Unsent, prepare};
use crate::completion::{Completion, Edits};
use crate::event::privacy::Privacy;
use crate::mapping::scan::secrets;
use crate::mapping::{self, Code, Deliveries};

/// Ids that are remembered of a run, since one that reads a pipe may go on for months. Chosen: some 100 MB.
const REMEMBERED: usize = 1_000_000;

/// What the history says of an event at a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEvent {
    /// Whether the destination has it.
    pub accepted: bool,
    /// The time that the event was mapped with, in milliseconds since 1970: when it was accepted, else the
    /// last time.
    pub made_at: i64,
    /// The digest of what was sent then.
    pub digest: Uuid,
}

/// What is known of the events that were ever sent to a destination.
pub trait KnownEvents: fmt::Debug + Send {
    /// What is known of an event.
    ///
    /// # Errors
    /// When what is known can't be looked up any more.
    fn known(&mut self, event_id: &str) -> Result<Option<KnownEvent>, HistoryIsLost>;
}

/// What was sent before can't be looked up any more, so that an event that isn't found may be one that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryIsLost;

impl KnownEvents for HashMap<String, KnownEvent> {
    fn known(&mut self, event_id: &str) -> Result<Option<KnownEvent>, HistoryIsLost> {
        Ok(self.get(event_id).copied())
    }
}

/// Prepares the events of one run, one by one.
#[derive(Debug)]
pub struct SendRun {
    options: PrepareOptions,
    known: Box<dyn KnownEvents>,
    seen: HashMap<Arc<str>, Uuid>,
    /// The ids that were seen, the oldest first.
    order: VecDeque<Arc<str>>,
    deliveries: Arc<Deliveries>,
}

impl SendRun {
    /// A run that sends everything.
    pub fn new(options: PrepareOptions) -> SendRun {
        SendRun::resuming(options, HashMap::new())
    }

    /// A run that leaves out what the destination has, by event id.
    pub fn resuming(options: PrepareOptions, known: impl KnownEvents + 'static) -> SendRun {
        SendRun {
            options,
            known: Box::new(known),
            seen: HashMap::new(),
            order: VecDeque::new(),
            deliveries: Arc::default(),
        }
    }

    /// Of a generation that is told of twice, by an exchange and by one of these deliveries, the delivery is
    /// what is sent.
    pub fn prefer(&mut self, deliveries: Arc<Deliveries>) {
        self.deliveries = deliveries;
    }

    /// The time of sending, in milliseconds since 1970, for events whose end nothing tells.
    pub fn set_time(&mut self, now: i64) {
        self.options.context.now = now;
    }

    /// What decides over the requests.
    pub const fn options(&self) -> &PrepareOptions {
        &self.options
    }

    /// Prepares the next completion's event.
    ///
    /// # Errors
    /// Where there is no event, or it is not to be sent.
    pub fn prepare(&mut self, completion: &Completion, edits: &Edits) -> Result<Prepared, Unsent> {
        let mut prepared = prepare(completion, edits, &self.options)?;
        let unsent = |reason, prepared: Prepared| Unsent {
            reason,
            request: Some(prepared.request),
        };
        let id = &prepared.request.event_id;
        if self.deliveries.has(id) && !mapping::is_delivery(completion) {
            return Err(unsent(NotSent::Delivered, prepared));
        }
        let Ok(known) = self.known.known(id) else {
            return Err(unsent(NotSent::HistoryLost, prepared));
        };
        if let Some(known) = known {
            if known.accepted {
                return Err(self.accepted_before(prepared));
            }
            // It may have arrived: with the time of back then it gets the bytes of back then.
            let mut options = self.options.clone();
            options.context.now = known.made_at;
            prepared = prepare(completion, edits, &options)?;
        }
        let mut prepared = self.first_of_its_id(prepared)?;
        prepared.leaks = self.leaks(completion, edits);
        Ok(prepared)
    }

    /// Where a completion's event repeats the conversation although privacy mode is on.
    fn leaks(&self, completion: &Completion, edits: &Edits) -> Option<Vec<String>> {
        (self.options.privacy == Privacy::On).then(|| {
            let context = &self.options.context;
            let found = mapping::inspect(completion, edits, context).findings;
            let leaks = found
                .into_iter()
                .filter(|found| found.code == Code::PrivacyLeak);
            leaks
                .map(|leak| secrets::mask(&leak.pointer).into_owned())
                .collect()
        })
    }

    /// Takes an event that was prepared before.
    ///
    /// # Errors
    /// Where it is not to be sent.
    pub fn take(&mut self, prepared: Prepared) -> Result<Prepared, Unsent> {
        match self.known.known(&prepared.request.event_id) {
            Ok(Some(known)) if known.accepted => Err(self.accepted_before(prepared)),
            Ok(_) => self.first_of_its_id(prepared),
            Err(HistoryIsLost) => Err(Unsent {
                reason: NotSent::HistoryLost,
                request: Some(prepared.request),
            }),
        }
    }

    /// Why an event is not sent whose id the destination has: of several that share the id it can have one only.
    fn accepted_before(&mut self, prepared: Prepared) -> Unsent {
        match self.first_of_its_id(prepared) {
            Ok(prepared) => Unsent {
                reason: NotSent::AcceptedBefore,
                request: Some(prepared.request),
            },
            Err(unsent) if unsent.reason == NotSent::Repeated => Unsent {
                reason: NotSent::AcceptedBefore,
                ..unsent
            },
            Err(unsent) => unsent,
        }
    }

    fn first_of_its_id(&mut self, prepared: Prepared) -> Result<Prepared, Unsent> {
        let reason = match self.seen.get(&*prepared.request.event_id) {
            Some(before) if *before == prepared.digest => NotSent::Repeated,
            Some(_) => NotSent::Conflicting,
            None => {
                self.remember(&prepared);
                return Ok(prepared);
            }
        };
        Err(Unsent {
            reason,
            request: Some(prepared.request),
        })
    }

    fn remember(&mut self, prepared: &Prepared) {
        let id: Arc<str> = Arc::from(prepared.request.event_id.as_str());
        self.seen.insert(Arc::clone(&id), prepared.digest);
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::event::DestinationKind;
    use crate::event::privacy::Privacy;
    use crate::mapping::Context;

    fn completion(id: &str, answer: &str) -> Completion {
        let text = format!(
            r#"{{"id":"{id}","model":"a/b","choices":[{{"message":{{"content":"{answer}"}}}}]}}"#
        );
        let mut loaded = crate::load("a.json", text.as_bytes());
        loaded.completions.remove(0)
    }

    fn options(now: i64) -> PrepareOptions {
        PrepareOptions {
            context: Context::at(now),
            privacy: Privacy::Off,
            kind: DestinationKind::Raindrop,
        }
    }

    #[test]
    fn one_id_stands_for_one_event() {
        let mut run = SendRun::new(options(0));
        let table = [
            (completion("gen-1", "a"), None),
            (completion("gen-1", "a"), Some(NotSent::Repeated)),
            (completion("gen-1", "b"), Some(NotSent::Conflicting)),
            // What conflicted does not stand for the id from then on.
            (completion("gen-1", "a"), Some(NotSent::Repeated)),
            (completion("gen-2", "a"), None),
        ];
        for (completion, expected) in table {
            let reason = run.prepare(&completion, &Edits::none()).err();
            let reason = reason.map(|unsent| unsent.reason);
            assert_eq!(reason, expected);
        }
    }

    #[derive(Debug)]
    struct Lost;

    impl KnownEvents for Lost {
        fn known(&mut self, _: &str) -> Result<Option<KnownEvent>, HistoryIsLost> {
            Err(HistoryIsLost)
        }
    }

    #[test]
    fn what_may_have_been_accepted_is_not_sent_again_when_the_history_is_lost() {
        let mut run = SendRun::resuming(options(0), Lost);
        let unsent = run.prepare(&completion("gen-1", "a"), &Edits::none());
        assert_eq!(unsent.err().unwrap().reason, NotSent::HistoryLost);
        let made = prepare(&completion("gen-1", "a"), &Edits::none(), &options(1)).unwrap();
        assert_eq!(run.take(made).err().unwrap().reason, NotSent::HistoryLost);
        assert!(NotSent::HistoryLost.kind().is_failure());
    }

    /// What was refused as conflicting in the run before is not said to have been accepted in the next one.
    #[test]
    fn of_several_events_with_an_id_that_was_accepted_one_only_was() {
        let sent = prepare(&completion("gen-1", "a"), &Edits::none(), &options(0)).unwrap();
        let known = KnownEvent {
            accepted: true,
            made_at: 0,
            digest: sent.digest,
        };
        let known = HashMap::from([(sent.request.event_id.clone(), known)]);
        let mut run = SendRun::resuming(options(0), known);
        let table = [
            ("a", NotSent::AcceptedBefore),
            ("a", NotSent::AcceptedBefore),
            ("b", NotSent::Conflicting),
        ];
        for (answer, expected) in table {
            let prepared = run.prepare(&completion("gen-1", answer), &Edits::none());
            assert_eq!(prepared.err().map(|unsent| unsent.reason), Some(expected));
        }
        let other = prepare(&completion("gen-1", "b"), &Edits::none(), &options(0)).unwrap();
        let reason = run.take(other).err().map(|unsent| unsent.reason);
        assert_eq!(reason, Some(NotSent::Conflicting));
    }

    #[test]
    fn what_may_have_arrived_gets_the_bytes_of_back_then() {
        let sent = prepare(&completion("gen-1", "a"), &Edits::none(), &options(1)).unwrap();
        let known = |accepted| {
            let known = KnownEvent {
                accepted,
                made_at: 1,
                digest: sent.digest,
            };
            HashMap::from([(sent.request.event_id.clone(), known)])
        };
        let mut run = SendRun::resuming(options(2), known(false));
        let again = run.prepare(&completion("gen-1", "a"), &Edits::none());
        assert_eq!(again.unwrap().request, sent.request);
        let mut run = SendRun::resuming(options(2), known(true));
        let again = run.prepare(&completion("gen-1", "a"), &Edits::none());
        assert_eq!(again.unwrap_err().reason, NotSent::AcceptedBefore);
    }
}
