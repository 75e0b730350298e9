//! Which commands the panes offer at present: what cannot be run is in no hint, and pressed all the same it
//! says why.

use crate::inspector::current::NOTHING;
use crate::inspector::current::trace_rows::TraceRow;
use crate::inspector::prompt::Export;
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::windows::Opener;
use crate::inspector::{Command, Model, Pane};

impl Model {
    /// Why a command cannot be run over the panes; none where it can.
    pub(crate) fn refusal_of_panes(&self, command: Command) -> Option<String> {
        if let Some(why) = self.refusal_of_tour(command) {
            return Some(why);
        }
        if let Some(opener) = Opener::of(command) {
            return (opener.refusal)(self);
        }
        let shown = |command| self.keymap.shown(command);
        let why = match command {
            Command::EditTrace | Command::AddKey | Command::EditRaw | Command::EditExternally => {
                self.why_no_trace()?
            }
            Command::RenameKey | Command::DeleteKey => self.why_no_key(command)?,
            Command::Undo | Command::Redo | Command::Reset | Command::EditListed => {
                self.why_no_step(command)?
            }
            Command::Save => self.why_not_saved()?,
            Command::Report => self.why_no_report(Export::Report)?,
            Command::ReportWithText => self.why_no_report(Export::ReportWithText)?,
            Command::ReportListed => self.why_no_report(Export::ReportListed)?,
            Command::Mark | Command::CopyTrace if self.current.is_none() => NOTHING.to_owned(),
            Command::CopyEvent | Command::CopyCurl if !self.has_event() => {
                "there is no event to copy".to_owned()
            }
            Command::Open | Command::Search if self.library.is_empty() => {
                "nothing is loaded".to_owned()
            }
            Command::ToggleFold if !self.can_fold() => {
                "there is nothing to open or close here".to_owned()
            }
            Command::FoldAll | Command::UnfoldAll | Command::FoldLevel
                if self.current.is_none() || matches!(self.focus, Pane::List | Pane::Trace) =>
            {
                format!(
                    "go to the Completion or the Event ({}) to fold",
                    shown(Command::NextPane)
                )
            }
            Command::NextMatch | Command::PreviousMatch if self.search.pattern.is_empty() => {
                format!(
                    "nothing is searched for; press {} first",
                    shown(Command::Search)
                )
            }
            Command::CompareMode => {
                format!(
                    "open the comparison first: press {}",
                    shown(Command::Compare)
                )
            }
            Command::EditSent => {
                format!(
                    "this is for the history: press {} first",
                    shown(Command::History)
                )
            }
            Command::Wider | Command::Narrower
                if matches!(self.layout().class, SizeClass::Narrow | SizeClass::Tiny) =>
            {
                "the pane is as wide as the screen".to_owned()
            }
            _ => return None,
        };
        Some(why)
    }

    /// Whether the completion that is shown makes an event.
    pub(crate) fn has_event(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| current.mapped.event().is_some())
    }

    /// Why there is no trace to edit.
    pub(crate) fn why_no_trace(&self) -> Option<String> {
        let Some(current) = &self.current else {
            return Some(NOTHING.to_owned());
        };
        let has_trace =
            current.completion.request().is_some() || current.mapped.metadata.is_delivered;
        let says = "this completion has no request, so there is no trace to edit";
        (!has_trace).then(|| says.to_owned())
    }

    fn why_no_key(&self, command: Command) -> Option<String> {
        let renames = command == Command::RenameKey;
        let says = match self.trace_row() {
            _ if self.current.is_none() => NOTHING,
            _ if self.focus != Pane::Trace && !renames => {
                let key = self.keymap.shown(Command::NextPane);
                return Some(format!("go to the Trace pane ({key}) to delete a key"));
            }
            Some(TraceRow::Key(_)) => return None,
            _ if renames => "put the cursor on a trace key to rename it",
            Some(TraceRow::User | TraceRow::SessionId) => return None,
            _ => "there is no key here to delete",
        };
        Some(says.to_owned())
    }

    fn why_no_step(&self, command: Command) -> Option<String> {
        let entry = self
            .current
            .as_ref()
            .and_then(|current| self.library.entry(current.index));
        let Some(entry) = entry else {
            return Some(NOTHING.to_owned());
        };
        let says = match command {
            Command::Redo if entry.undone.is_empty() => "nothing to redo",
            Command::Redo => return None,
            _ if !entry.edits.is_empty() => return None,
            Command::Undo => "nothing to undo",
            Command::EditListed => "there are no edits here to make in the others",
            _ => "there are no edits",
        };
        Some(says.to_owned())
    }
}
