//! Files that are written for others from within the inspector. A report is made on a thread of its own.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedSender;

use crate::files::{self, Readers};
use crate::inspector::Msg;
use crate::inspector::edits::saving::Saved;
use crate::inspector::exporting::Exported;
use crate::inspector::library::LibraryItem;
use crate::inspector::prompt::Export;
use crate::mapping::{self, Context, Deliveries};
use crate::report_deliveries::{self, SentEvents};
use crate::runtime::sending::history::BackgroundHistory;
use crate::share::report::{ReportBody, ReportEntry, ReportOptions};
use crate::system;
use std::sync::Arc;

/// A report that is to be written.
pub(super) struct ReportJob {
    pub(super) export: Export,
    pub(super) path: PathBuf,
    pub(super) replace: bool,
    pub(super) items: Vec<LibraryItem>,
    pub(super) context: Context,
    pub(super) deliveries: Arc<Deliveries>,
    pub(super) options: ReportOptions,
    pub(super) history: BackgroundHistory,
    pub(super) sender: UnboundedSender<Msg>,
}

/// Makes it and writes it.
pub(super) async fn report(job: ReportJob) {
    // A report is made without the history too.
    let history = job.history.history().await;
    let made = tokio::task::spawn_blocking(move || {
        let sent = history.map(|history| report_deliveries::latest(&history));
        let sent = sent.and_then(Result::ok).unwrap_or_default();
        let exported = write(&job, &sent);
        let _ = job.sender.send(Msg::Exported(exported));
    });
    let _ = made.await;
}

fn write(job: &ReportJob, sent: &SentEvents) -> Exported {
    let exported = |saved, completions, remark| Exported {
        export: job.export,
        saved,
        completions,
        remark,
    };
    if !job.replace && is_there(&job.path) {
        return exported(Saved::Exists(job.path.clone()), 0, String::new());
    }
    let mut report = ReportBody::of_file(&job.path, job.options.clone());
    let mut unread = 0;
    let mut remark = String::new();
    'items: for item in &job.items {
        let (completions, problems) = item.completions();
        unread += problems.len();
        for completion in completions {
            let mut mapped = mapping::inspect(&completion, item.edits(), &job.context);
            let differences = job.deliveries.differences(&completion, &mapped);
            mapped.findings.extend(differences);
            let id = mapped.event().map(crate::event::Event::id);
            let entry = ReportEntry {
                completion: &completion,
                mapped: &mapped,
                delivery: id.and_then(|id| sent.get(&id).cloned()),
            };
            if let Err(full) = report.add(&entry) {
                remark = full.to_string();
                break 'items;
            }
        }
    }
    if unread > 0 && remark.is_empty() {
        remark = format!("{unread} could not be read");
    }
    let count = report.count();
    if count == 0 {
        let why = "there is no completion to put into it".to_owned();
        return exported(Saved::Failed(job.path.clone(), why), 0, remark);
    }
    let saved = put(&job.path, report.text().as_bytes(), true, Readers::Owner);
    exported(saved, count, remark)
}

/// Writes a picture. It shows whatever text is on the screen, so nobody else may read it.
pub(super) fn picture(path: &Path, bytes: &[u8], replace: bool) -> Exported {
    Exported {
        export: Export::Picture,
        saved: put(path, bytes, replace, Readers::Owner),
        completions: 0,
        remark: String::new(),
    }
}

/// Writes a file whole; over another one only if it is to be replaced.
fn put(path: &Path, bytes: &[u8], replace: bool, readers: Readers) -> Saved {
    if !replace && is_there(path) {
        return Saved::Exists(path.to_owned());
    }
    match files::write_named(path, bytes, readers) {
        Ok(()) => Saved::Written(path.to_owned(), bytes.len()),
        Err(error) => Saved::Failed(path.to_owned(), system::reason_unwritten(&error)),
    }
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_may_read_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen.svg");
        let exported = picture(&path, b"<svg/>", false);
        assert_eq!(exported.saved, Saved::Written(path.clone(), 6));
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(picture(&path, b"", false).saved, Saved::Exists(path));
    }
}
