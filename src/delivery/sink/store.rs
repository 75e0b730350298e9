//! The sink's store: one JSON line for each accepted event, signal, user and trace export, with its own text, so that
//! number text and key order are those of the sender.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::filling::FilledItem;
use crate::files::LineFile;

/// An open store. Clones share the file.
#[derive(Debug, Clone)]
pub(super) struct Store(Arc<Mutex<LineFile>>);

impl Store {
    /// Opens or makes the file for appending.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(LineFile::open(path)?))))
    }

    /// Appends what was accepted in one write, off the threads that serve. When this returns it is in
    /// the file (not necessarily on the disk).
    pub(super) async fn append(
        &self,
        at: Timestamp,
        path: &'static str,
        project: Option<&str>,
        items: &[FilledItem],
        export: Option<Box<RawValue>>,
    ) -> io::Result<()> {
        let project = match project {
            // A slug needs no escapes.
            Some(slug) => format!(",\"project\":\"{slug}\""),
            None => String::new(),
        };
        let mut lines = String::new();
        let mut line = |name: &str, text: &RawValue, filled: &str| {
            // Outside strings a line break is only layout, and inside them it is always escaped.
            let text = text.get().replace(['\n', '\r'], " ");
            lines.push_str(&format!(
                "{{\"received_at\":\"{at}\",\"path\":\"{path}\"{project}{filled},\"{name}\":{text}}}\n"
            ));
        };
        for item in items {
            let filled = match item.filled.as_slice() {
                [] => String::new(),
                names => format!(",\"filled\":[\"{}\"]", names.join("\",\"")),
            };
            line("event", &item.text, &filled);
        }
        if let Some(export) = export {
            line("export", &export, "");
        }
        if lines.is_empty() {
            return Ok(());
        }
        let file = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.append(lines.as_bytes())
        });
        written.await.map_err(io::Error::other)?
    }
}
