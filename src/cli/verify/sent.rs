//! Finds the events to look for, with what was sent of each: as the history has it, else as the completion makes it.

use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};

use super::report::VerifyReport;
use super::wanted::Wanted;
use super::{VerifyArgs, endpoint_in_words};
use crate::cli::send::note::{NOTES, Note};
use crate::cli::send::reader::{self, EventReader, InputForm};
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::history::{History, SentEvent, SentEvents};
use crate::event::privacy::Privacy;
use crate::prepare::{Endpoint, HistoryIsLost, KnownEvent, KnownEvents, SendRun, digest};
use crate::settings::Settings;
use crate::verify;

/// Events that are mapped ahead of the search. Chosen: a few batches.
const AHEAD: usize = 256;
/// Bytes of bodies that are looked for at once, and how many events. Chosen: tens of thousands of usual events.
const BYTES: usize = 64 << 20;
const EVENTS: usize = 20_000;

/// The events to look for, read as they are asked for: a bounded number of them at a time, since each is held with its
/// body until it is found.
pub(super) struct SentReader {
    items: Receiver<OutgoingEvent>,
    notes: Receiver<Note>,
    history: Option<History>,
    sent: Option<SentEvents>,
    lost: UnboundedReceiver<String>,
    endpoint: Endpoint,
    now: i64,
    read: usize,
    /// Events of which the history does not say what was sent.
    strangers: usize,
    /// Whether options say what is to be changed in the completions.
    has_changes: bool,
}

impl SentReader {
    /// Begins to read the completions.
    pub(super) fn new(
        args: &VerifyArgs,
        settings: &Settings,
        endpoint: Endpoint,
        history: Option<History>,
    ) -> SentReader {
        let (on_lost, lost) = unbounded_channel();
        let sent_events = |history: &History| {
            let on_lost = on_lost.clone();
            SentEvents::new(history.clone(), endpoint.clone(), move |error| {
                let _ = on_lost.send(error.to_string());
            })
        };
        let now = Timestamp::now().as_millisecond();
        let options = settings.prepare_options(now, endpoint.kind);
        let reading = EventReader {
            paths: args.mapping.paths.clone(),
            form: InputForm::Completions(args.mapping.edits()),
            run: match &history {
                Some(history) => SendRun::resuming(options, MadeBefore(sent_events(history))),
                None => SendRun::new(options),
            },
            ledger: None,
        };
        let sent = history.as_ref().map(sent_events);
        let (items, to_verify) = channel(AHEAD);
        let (notes, noted) = channel(NOTES);
        tokio::task::spawn_blocking(move || reader::read(reading, &items, &notes));
        SentReader {
            items: to_verify,
            notes: noted,
            history,
            sent,
            lost,
            endpoint,
            now,
            read: 0,
            strangers: 0,
            has_changes: args.mapping.changes.are_any(),
        }
    }

    /// The next events, at most so many as are looked for at once; none when all were read.
    pub(super) async fn next(&mut self, report: &mut VerifyReport) -> anyhow::Result<Vec<Wanted>> {
        let mut wanted = Vec::new();
        let mut bytes = 0;
        while bytes < BYTES && wanted.len() < EVENTS {
            tokio::select! {
                biased;
                Some(note) = self.notes.recv() => take(note, report)?,
                item = self.items.recv() => match item {
                    Some(item) => {
                        let one = self.wanted(item);
                        bytes += one.body.len();
                        wanted.push(one);
                    }
                    None => break,
                },
            }
        }
        if self.items.is_closed() && self.items.is_empty() {
            while let Some(note) = self.notes.recv().await {
                take(note, report)?;
            }
        }
        if let Ok(error) = self.lost.try_recv() {
            report.say(&format!(
                "{error}; what was sent is taken from the completions"
            ));
        }
        Ok(wanted)
    }

    /// Says of how many events the history did not say what was sent, once all were read.
    pub(super) fn finish(&self, report: &mut VerifyReport) {
        let remembered = self.read - self.strangers;
        if self.has_changes && remembered > 0 {
            report.say(&format!(
                "note: the history has what was sent of {remembered} of {} events, and that is what they were held against: --privacy, --user, --session-id, --trace and --unset-trace count for none of these",
                self.read
            ));
        }
        if self.strangers > 0 && self.history.is_some() {
            report.say(&format!(
                "note: the history has {} of {} events as sent to {}; the others are held against what their completions make now",
                self.read - self.strangers,
                self.read,
                endpoint_in_words(&self.endpoint)
            ));
        }
    }

    fn wanted(&mut self, item: OutgoingEvent) -> Wanted {
        let id = &item.prepared.request.event_id;
        let sent = self.sent.as_mut().map(|sent| sent.sent(id));
        let sent = sent.and_then(Result::ok).flatten();
        let wanted = of_item(item, sent, self.history.as_ref(), self.now);
        self.read += 1;
        self.strangers += usize::from(wanted.delivery.is_none());
        wanted
    }
}

/// Lets a completion make the bytes of back then, with the time of back then, whatever became of them; those of now
/// where the history is lost.
#[derive(Debug)]
struct MadeBefore(SentEvents);

impl KnownEvents for MadeBefore {
    fn known(&mut self, event_id: &str) -> Result<Option<KnownEvent>, HistoryIsLost> {
        let known = KnownEvents::known(&mut self.0, event_id).ok().flatten();
        Ok(known.map(|known| KnownEvent {
            accepted: false,
            ..known
        }))
    }
}

fn take(note: Note, report: &mut VerifyReport) -> anyhow::Result<()> {
    match note {
        Note::Problem(_, says) => report.problem(&says),
        Note::Remark(says) => report.say(&format!("note: {says}")),
        Note::Unsent(skipped) => {
            return report.without(
                &skipped.name,
                &skipped.origin.to_string(),
                &skipped.unsent.reason,
            );
        }
        _ => {}
    }
    Ok(())
}

/// What was sent, as far as it is known: the very body, or the completion's where it makes those bytes with the time and
/// the privacy of back then. Else the completion's is what is expected, and nothing was sent by it.
fn of_item(
    item: OutgoingEvent,
    sent: Option<SentEvent>,
    history: Option<&History>,
    now: i64,
) -> Wanted {
    let prepared = item.prepared;
    let event_id = prepared.request.event_id.clone();
    let mut body = prepared.request.body.clone();
    let mut delivery = sent.map(|sent| sent.id);
    if let Some(sent) = sent.filter(|sent| sent.digest != prepared.digest) {
        let stored = history.and_then(|history| history.get(sent.id).ok().flatten());
        if let Some(kept) = stored.and_then(|stored| stored.body) {
            body = kept;
        } else {
            if sent.privacy == Privacy::On {
                let text = String::from_utf8_lossy(&body);
                body = verify::without_text(&text).into_bytes().into();
            }
            delivery = delivery.filter(|_| digest(&body) == sent.digest);
        }
    }
    let made_now = Timestamp::from_millisecond(now).map(|at| format!("{at:.3}"));
    let made_now = made_now.unwrap_or_default();
    Wanted {
        is_time_unsure: sent.is_none()
            && memchr::memmem::find(&body, format!("\"timestamp\":\"{made_now}\"").as_bytes())
                .is_some(),
        event_id,
        name: prepared.name,
        from: item.origin.to_string(),
        body,
        delivery,
    }
}
