//! What all requests share, and telling of each.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use axum::{body::Bytes, http::request::Parts};
use tokio::sync::{Semaphore, watch};

use super::{
    SinkOptions,
    events::KeptEvents,
    judge::fit,
    receipt::{Receipt, shown},
    store::Store,
};

/// Bytes of a body that one permit stands for.
pub(super) const ROOM: usize = 1024;

type OnReceipt = Box<dyn Fn(Receipt) + Send + Sync>;

/// What all requests share.
pub(super) struct SinkState {
    pub(super) options: SinkOptions,
    pub(super) store: Option<Store>,
    /// Requests that were refused, since the store could not be written.
    pub(super) unstored: AtomicUsize,
    events: Mutex<KeptEvents>,
    /// The turn of the one list that is being made.
    pub(super) listing: Arc<Semaphore>,
    /// The memory for bodies that are being received, in permits for [`ROOM`] bytes.
    pub(super) bodies: Arc<Semaphore>,
    /// The same for what is read back, until it has left.
    pub(super) answers: Arc<Semaphore>,
    received: AtomicU64,
    on_receipt: OnReceipt,
    pub(super) stop: watch::Receiver<bool>,
}

impl std::fmt::Debug for SinkState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SinkState")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl SinkState {
    pub(super) fn new(
        options: SinkOptions,
        store: Option<Store>,
        on_receipt: OnReceipt,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            bodies: Arc::new(Semaphore::new(options.bodies / ROOM)),
            answers: Arc::new(Semaphore::new(options.bodies / ROOM)),
            options,
            store,
            unstored: AtomicUsize::new(0),
            events: Mutex::default(),
            listing: Arc::new(Semaphore::new(1)),
            received: AtomicU64::new(0),
            on_receipt,
            stop,
        }
    }

    /// The events that are kept. Nothing is received while this is held.
    pub(super) fn kept(&self) -> MutexGuard<'_, KeptEvents> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn merged(&self, event_id: &str) -> Option<String> {
        let events = self.kept();
        Some(events.get(&(None, event_id.to_owned()))?.json())
    }

    /// Tells of a request.
    pub(super) fn tell(
        &self,
        parts: &Parts,
        body: &Bytes,
        status: Option<u16>,
        details: ReceiptDetails,
    ) {
        let (text, body_cut) = match &details.shown {
            Some(text) => shown(text.as_bytes()),
            None => shown(body),
        };
        (self.on_receipt)(Receipt {
            number: self.received.fetch_add(1, Ordering::Relaxed) + 1,
            at: self.options.clock.time(),
            method: parts.method.to_string(),
            path: fit(parts.uri.path()),
            status,
            reasons: details.reasons,
            strict: details.strict,
            filled: details.filled,
            project: details.project,
            event_ids: details.event_ids,
            new_events: details.new_events,
            bytes: body.len(),
            summary: details.summary,
            body: text,
            body_cut,
            merged: details.merged,
        });
    }
}

/// The part of a receipt that depends on the judgement.
#[derive(Default)]
pub(super) struct ReceiptDetails {
    pub(super) reasons: Vec<String>,
    pub(super) strict: Vec<String>,
    pub(super) filled: Vec<String>,
    pub(super) project: Option<String>,
    pub(super) event_ids: Vec<String>,
    pub(super) new_events: usize,
    pub(super) summary: String,
    pub(super) merged: Option<String>,
    /// What is shown in place of a body that is no text.
    pub(super) shown: Option<String>,
}
