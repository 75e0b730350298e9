//! The history, opened off the thread that draws. If opening fails, that is reported once, and sends go on without
//! it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;

use crate::delivery::history::{
    DeliveryId, DeliveryState, EndedDelivery, History, HistoryError, Query,
};
use crate::inspector::Msg;
use crate::inspector::windows::history::{AfterFetch, HistoryReport, LISTED};
use crate::settings::{self, Settings};

/// The history, where there is one. Clones share it.
#[derive(Clone)]
pub(in crate::runtime) struct BackgroundHistory {
    settings: Option<Arc<Settings>>,
    opened: Arc<OnceCell<Option<History>>>,
    why: Arc<Mutex<String>>,
    sender: UnboundedSender<Msg>,
}

impl BackgroundHistory {
    /// Opened when it is first needed; none where there are no settings, as in demonstrations.
    pub(in crate::runtime) fn new(
        settings: Option<Arc<Settings>>,
        sender: UnboundedSender<Msg>,
    ) -> BackgroundHistory {
        BackgroundHistory {
            settings,
            opened: Arc::default(),
            why: Arc::new(Mutex::new("Demonstrations keep none.".to_owned())),
            sender,
        }
    }

    /// The history, if it can be opened.
    pub(in crate::runtime) async fn history(&self) -> Option<History> {
        self.opened.get_or_init(|| self.open()).await.clone()
    }

    async fn open(&self) -> Option<History> {
        let settings = self.settings.clone()?;
        let opened = spawn_blocking(move || settings::history::open(&settings, now())).await;
        let why = match opened.ok()? {
            Ok(Some(history)) => return Some(history),
            Ok(None) => "It is switched off (history.enabled = false).".to_owned(),
            Err(error) => {
                let says = format!("{error}; sending goes on without it");
                let _ = self.sender.send(Msg::Notice(says));
                error.to_string()
            }
        };
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
        None
    }

    /// Reports what was not answered when the program last ended.
    pub(in crate::runtime) async fn tell_unanswered(self) {
        let Some(history) = self.history().await else {
            return;
        };
        if let Ok(Ok(left)) = spawn_blocking(move || history.pending()).await {
            let _ = self.sender.send(Msg::Unanswered(left));
        }
    }

    /// Reports the deliveries that hold this text.
    pub(in crate::runtime) async fn list(self, text: String) {
        let query = Query {
            text: text.clone(),
            limit: u32::try_from(LISTED).unwrap_or(u32::MAX),
            ..Query::default()
        };
        if let Some(records) = self.ask(move |history| history.recent(&query)).await {
            self.tell(HistoryReport::Listed(text, records));
        }
    }

    /// Reports one delivery in full.
    pub(in crate::runtime) async fn fetch(self, id: DeliveryId, then: AfterFetch) {
        if let Some(stored) = self.ask(move |history| history.get(id)).await {
            self.tell(HistoryReport::Fetched(then, stored.map(Box::new)));
        }
    }

    /// Forgets deliveries that were not answered.
    pub(in crate::runtime) async fn forget(self, ids: Vec<DeliveryId>) {
        self.ask(move |history| {
            for id in ids {
                if history.claim(id)? {
                    let ended = EndedDelivery {
                        id,
                        state: DeliveryState::Cancelled,
                        attempts: Vec::new(),
                    };
                    history.finish(now(), &[ended])?;
                }
            }
            Ok(())
        })
        .await;
    }

    /// Asks on a thread of its own. A failure is reported, and then there is no answer.
    pub(in crate::runtime) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&History) -> Result<T, HistoryError> + Send + 'static,
    ) -> Option<T> {
        let Some(history) = self.history().await else {
            let why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
            self.tell(HistoryReport::Missing(why.clone()));
            return None;
        };
        match spawn_blocking(move || question(&history)).await.ok()? {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.tell(HistoryReport::Missing(error.to_string()));
                None
            }
        }
    }

    pub(in crate::runtime) fn tell(&self, report: HistoryReport) {
        let _ = self.sender.send(Msg::History(report));
    }
}

/// Milliseconds since 1970; the history is never part of a demonstration.
pub(in crate::runtime) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
