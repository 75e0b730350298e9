//! What is written for others from within: a report of the completion that is shown or of all that are listed, and a picture
//! of the screen. Where there is a file already, replacing it is asked about first.

use std::path::PathBuf;

use crate::inspector::current::NOTHING;
use crate::inspector::edits::saving::Saved;
use crate::inspector::library::LibraryItem;
use crate::inspector::prompt::{Export, PromptKind};
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Effect, Model};

/// What the file is called if nothing else is said.
const fn file(export: Export) -> &'static str {
    match export {
        Export::Report | Export::ReportListed => "rainscope-report.html",
        Export::Picture => "rainscope.svg",
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// What was to be written.
    pub export: Export,
    /// What became of the file.
    pub saved: Saved,
    /// How many completions are in it.
    pub completions: usize,
    /// What is left out, or was not to be read, in a sentence; empty where there is nothing to say.
    pub remark: String,
}

impl Model {
    /// Asks for the name of the file.
    pub(crate) fn ask_export(&mut self, export: Export) {
        self.ask(PromptKind::Export(export), file(export).to_owned());
    }

    /// Why there is nothing to write.
    pub(crate) fn why_no_report(&self, export: Export) -> Option<String> {
        let says = match export {
            Export::Report if self.current.is_none() => NOTHING,
            Export::ReportListed if self.listed() == 0 => "nothing is listed",
            Export::ReportListed if self.listing.progress(&self.library).is_some() => {
                "wait until the list is complete"
            }
            Export::Report | Export::ReportListed | Export::Picture => return None,
        };
        Some(says.to_owned())
    }

    /// Writes to the file that was typed, but over none.
    pub(crate) fn export(&mut self, export: Export, typed: &str) -> Vec<Effect> {
        self.exporting(export, typed, false)
    }

    fn exporting(&mut self, export: Export, typed: &str, replace: bool) -> Vec<Effect> {
        let path = typed.trim();
        if path.is_empty() {
            self.notice = Some("nothing was written: a file needs a name".to_owned());
            return Vec::new();
        }
        if export != Export::Picture {
            self.notice = Some(format!("writing {path} …"));
        }
        vec![Effect::Export {
            export,
            path: PathBuf::from(path),
            replace,
        }]
    }

    /// The completions that a report is made of, with their edits.
    pub fn report_items(&self, export: Export) -> Vec<LibraryItem> {
        let places = match export {
            Export::Report => self.current.iter().map(|current| current.index).collect(),
            Export::ReportListed => self.listing.entries(&self.library),
            Export::Picture => Vec::new(),
        };
        let items = places.into_iter();
        items.filter_map(|index| self.library.item(index)).collect()
    }

    /// Takes in what became of a file.
    pub(crate) fn take_exported(&mut self, exported: Exported) {
        let export = exported.export;
        self.notice = Some(match exported.saved {
            Saved::Written(path, bytes) if export == Export::Picture => {
                format!("wrote {}, {bytes} bytes", path.display())
            }
            Saved::Written(path, bytes) => {
                let completions = match exported.completions {
                    1 => "1 completion".to_owned(),
                    count => format!("{count} completions"),
                };
                let remark = match exported.remark.as_str() {
                    "" => String::new(),
                    remark => format!("; {remark}"),
                };
                format!(
                    "wrote {}: {completions}, without the conversation's text, {bytes} bytes{remark}",
                    path.display()
                )
            }
            Saved::Failed(path, why) => format!("{} was not written: {why}", path.display()),
            Saved::Exists(path) => {
                let says = format!("{} is there already.", path.display());
                let typed = path.display().to_string();
                let replace = move |update: &mut Update<'_>| {
                    let effects = update.model.exporting(export, &typed, true);
                    update.effects.extend(effects);
                };
                let question = Question::new("Replace this file?", "replace", "do not", replace);
                self.open_window(question.says(says));
                return;
            }
        });
    }
}
