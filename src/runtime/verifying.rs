//! Reads an event back from where it was sent, as a task that reports by messages, and has the history keep the verdict.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::sending::history::{BackgroundHistory, now};
use super::shown::demo_address;
use crate::delivery::cancel::Cancelled;
use crate::delivery::readback::{Found, Limits, ReadPlace, Sought, wait_for};
use crate::destination::Destination;
use crate::inspector::Msg;
use crate::inspector::windows::send::Ticket;
use crate::inspector::windows::verify::{SentBody, VerifyEnd, VerifyReport};
use crate::settings::{Environment, Settings, reading};
use crate::verify::{Unsure, Verdict};

/// What reading back needs of the program.
pub(super) struct Surroundings {
    /// None in a demonstration.
    pub(super) settings: Option<Arc<Settings>>,
    pub(super) environment: Environment,
    /// The destination in force.
    pub(super) present: Option<Destination>,
    pub(super) history: BackgroundHistory,
    pub(super) sender: UnboundedSender<Msg>,
    /// Whether the sink's address is shown as demonstrations do.
    pub(super) is_demo: bool,
}

/// Reads it back, waiting until it is there.
pub(super) async fn run(
    surroundings: Surroundings,
    ticket: Ticket,
    sent: SentBody,
    mut cancelled: Cancelled,
) {
    let sender = surroundings.sender.clone();
    let tell = |report| {
        let _ = sender.send(Msg::Verified(ticket, report));
    };
    tokio::select! {
        biased;
        // The model knows: it asked for this.
        () = cancelled.cancelled() => {}
        ended = verify(&surroundings, &sent, |progress| tell(VerifyReport::Waiting(progress))) => {
            tell(VerifyReport::Ended(ended));
        }
    }
}

async fn verify(
    surroundings: &Surroundings,
    sent: &SentBody,
    waits: impl FnMut(crate::delivery::readback::Progress),
) -> Result<VerifyEnd, String> {
    let place = place(surroundings, sent).await?;
    let sought = [Sought {
        id: sent.event_id.clone(),
        timestamp: None,
    }];
    let mut found = Found::NotAsked;
    let limits = Limits::of(&place, None);
    wait_for(&place, &sought, &limits, waits, |_, what| found = what).await;
    let (end, verdict) = match found {
        Found::Event(event) => {
            let link = place.link(&sent.event_id, event.run.as_deref());
            let comparison = place.compare(&sent.body, &event, Unsure::default());
            let comparison = comparison.ok_or("what was sent cannot be read as an event")?;
            let verdict = Verdict::of(place.reader(), &comparison, link.clone());
            let end = VerifyEnd {
                place: place.in_words(),
                link,
                comparison: Some(comparison),
            };
            (end, verdict)
        }
        Found::Absent | Found::NotAsked => {
            let link = place.link(&sent.event_id, None);
            let verdict = Verdict::not_found(place.reader(), link.clone());
            let end = VerifyEnd {
                place: place.in_words(),
                link,
                comparison: None,
            };
            (end, verdict)
        }
        Found::Unread(error) => return Err(error.to_string()),
    };
    remember(surroundings, sent, verdict).await;
    Ok(match &surroundings.present {
        Some(present) if surroundings.is_demo => VerifyEnd {
            place: demo_address(end.place, present),
            link: demo_address(end.link, present),
            ..end
        },
        _ => end,
    })
}

/// The destination in force is asked itself where it answers; for any other the settings say who is asked.
async fn place(surroundings: &Surroundings, sent: &SentBody) -> Result<ReadPlace, String> {
    let present = surroundings.present.as_ref();
    let Some(settings) = &surroundings.settings else {
        let place = present
            .filter(|_| sent.is_present)
            .and_then(ReadPlace::of_destination);
        return place.ok_or_else(|| "there are no settings here".to_owned());
    };
    let environment = &surroundings.environment;
    let place = reading::of_endpoint(settings, environment, &sent.endpoint, present).await;
    place.map_err(|error| error.to_string())
}

async fn remember(surroundings: &Surroundings, sent: &SentBody, verdict: Verdict) {
    let Some(history) = surroundings.history.history().await else {
        return;
    };
    let (known, endpoint, event_id) = (sent.delivery, sent.endpoint.clone(), sent.event_id.clone());
    let judged = tokio::task::spawn_blocking(move || {
        let latest = || history.latest(&endpoint, &event_id).ok().flatten();
        match known.or_else(latest) {
            Some(delivery) => history.judge(delivery, now(), &verdict),
            None => Ok(()),
        }
    });
    if let Ok(Err(error)) = judged.await {
        let says = format!("{error}; the verdict is not remembered");
        let _ = surroundings.sender.send(Msg::Notice(says));
    }
}
