//! The sink's store: one JSON line for each accepted event, with the event's own text, so that
//! number text and key order are those of the sender.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::files;

/// An open store. Clones share the file.
#[derive(Debug, Clone)]
pub(super) struct Store(Arc<Mutex<File>>);

impl Store {
    /// Opens or makes the file for appending.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(files::append_lines(path)?))))
    }

    /// Appends the events in one write, off the threads that serve. When this returns they are in
    /// the file (not necessarily on the disk).
    pub(super) async fn append(
        &self,
        at: Timestamp,
        path: &'static str,
        events: &[Box<RawValue>],
    ) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for event in events {
            // Outside strings a line break is only layout, and inside them it is always escaped.
            let event = event.get().replace(['\n', '\r'], " ");
            lines.push_str(&format!(
                "{{\"received_at\":\"{at}\",\"path\":\"{path}\",\"event\":{event}}}\n"
            ));
        }
        let file = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            files::append_whole(&mut file, lines.as_bytes())
        });
        written.await.map_err(io::Error::other)?
    }
}
