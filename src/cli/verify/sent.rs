//! Finds the events to look for, with what was sent of each: as the history has it, else as the completion makes it.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::sync::mpsc::{channel, unbounded_channel};

use super::report::VerifyReport;
use super::wanted::Wanted;
use super::{VerifyArgs, endpoint_in_words};
use crate::cli::send::note::Note;
use crate::cli::send::reader::{self, EventReader, InputForm};
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::history::{History, SentEvent};
use crate::event::privacy::Privacy;
use crate::prepare::{Endpoint, KnownEvent, SendRun};
use crate::settings::Settings;
use crate::verify;

/// Reads the completions, and what the history has of their events.
pub(super) async fn read(
    args: &VerifyArgs,
    settings: &Settings,
    endpoint: &Endpoint,
    history: Option<&History>,
    report: &mut VerifyReport,
) -> anyhow::Result<Vec<Wanted>> {
    let sent = match history {
        Some(history) => history.sent(endpoint).unwrap_or_else(|error| {
            report.say(&format!(
                "{error}; what was sent is taken from the completions"
            ));
            HashMap::new()
        }),
        None => HashMap::new(),
    };
    let now = Timestamp::now().as_millisecond();
    let options = settings.prepare_options(now, endpoint.kind);
    // With the time of back then a completion makes the bytes of back then.
    let known = sent.iter().map(|(id, sent)| {
        let known = KnownEvent {
            accepted: false,
            made_at: sent.made_at,
            digest: sent.digest,
        };
        (id.clone(), known)
    });
    let reading = EventReader {
        paths: args.mapping.paths.clone(),
        form: InputForm::Completions(args.mapping.edits()),
        run: SendRun::resuming(options, known.collect()),
    };
    let (items, mut to_verify) = channel(256);
    let (notes, mut noted) = unbounded_channel();
    tokio::task::spawn_blocking(move || reader::read(reading, &items, &notes));
    let mut wanted = Vec::new();
    loop {
        tokio::select! {
            item = to_verify.recv() => match item {
                Some(item) => wanted.push(of_item(item, &sent, history, now)),
                None => break,
            },
            Some(note) = noted.recv() => take(note, report)?,
        }
    }
    while let Some(note) = noted.recv().await {
        take(note, report)?;
    }
    let strangers = wanted.iter().filter(|one| one.delivery.is_none()).count();
    if strangers > 0 && history.is_some() {
        report.say(&format!(
            "note: the history has {} of {} events as sent to {}; the others are held against what their completions make now",
            wanted.len() - strangers,
            wanted.len(),
            endpoint_in_words(endpoint)
        ));
    }
    Ok(wanted)
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

/// What was sent, as far as it is remembered: the very body, or the completion's with the time and the privacy of back
/// then.
fn of_item(
    item: OutgoingEvent,
    sent: &HashMap<String, SentEvent>,
    history: Option<&History>,
    now: i64,
) -> Wanted {
    let prepared = item.prepared;
    let event_id = prepared.request.event_id.clone();
    let sent = sent.get(&event_id);
    let mut body = prepared.request.body.clone();
    if let Some(sent) = sent.filter(|sent| sent.digest != prepared.digest) {
        let stored = history.and_then(|history| history.get(sent.id).ok().flatten());
        match stored.and_then(|stored| stored.body) {
            Some(kept) => body = kept,
            None if sent.privacy == Privacy::On => {
                let text = String::from_utf8_lossy(&body);
                body = verify::without_text(&text).into_bytes().into();
            }
            None => {}
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
        delivery: sent.map(|sent| sent.id),
    }
}
