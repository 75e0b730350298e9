//! What is written for others from within: a report of the completion that is shown or of all that are listed, and a picture
//! of the screen. Where there is a file already, replacing it is asked about first.

use std::path::{Path, PathBuf};

use crate::display::counted;
use crate::event::privacy::Privacy;
use crate::inspector::current::NOTHING;
use crate::inspector::edits::saving::Saved;
use crate::inspector::library::LibraryItem;
use crate::inspector::prompt::{Export, PromptKind};
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Model};

/// What the file is called if nothing else is said.
const fn file(export: Export) -> &'static str {
    match export {
        Export::Report | Export::ReportListed => "rainscope-report.html",
        // Under another name, so that it is not taken for one that may be handed to anybody.
        Export::ReportWithText => "rainscope-report-with-text.html",
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

    /// Asks whether the conversation's text is to be written, and then for the name of the file.
    pub(crate) fn ask_report_with_text(&mut self) {
        // No refusal, so that the palette lists it all the same.
        if self.privacy == Privacy::On {
            let key = self.keymap.shown(Command::TogglePrivacy);
            self.notice = Some(format!(
                "privacy mode keeps back what such a report holds: {key} switches it off"
            ));
            return;
        }
        let yes = |update: &mut Update<'_>| update.model.ask_export(Export::ReportWithText);
        let question = Question::new("Write the conversation's text?", "write it", "do not", yes);
        let says = "The report then holds the prompt and the answer. Only you may read the file; whoever you hand it to reads both.";
        self.open_window(question.says(says));
    }

    /// Why there is nothing to write.
    pub(crate) fn why_no_report(&self, export: Export) -> Option<String> {
        let says = match export {
            Export::Report | Export::ReportWithText if self.current.is_none() => NOTHING,

            Export::ReportListed if self.listed() == 0 => "nothing is listed",
            Export::ReportListed if self.listing.progress(&self.library).is_some() => {
                "wait until the list is complete"
            }
            Export::Report | Export::ReportWithText | Export::ReportListed | Export::Picture => {
                return None;
            }
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
        let ending = Path::new(path)
            .extension()
            .and_then(|ending| ending.to_str());
        let is_picture = |ending: &str| ["svg", "png"].contains(&&*ending.to_lowercase());
        if export == Export::Picture && !ending.is_none_or(is_picture) {
            self.notice = Some(format!(
                "nothing was written: a picture is .svg or .png, and {path} is neither"
            ));
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
            Export::Report | Export::ReportWithText => {
                self.current.iter().map(|current| current.index).collect()
            }
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
            Saved::Written(path, bytes) if export == Export::Picture => format!(
                "wrote {}, {bytes} bytes, for you alone to read: it shows the text that was on the screen",
                path.display()
            ),
            Saved::Written(path, bytes) => {
                let completions = counted(exported.completions, "completion");
                let with = match export {
                    Export::ReportWithText => "with the conversation's text, for you alone to read",
                    Export::Report | Export::ReportListed | Export::Picture => {
                        "without the conversation's text"
                    }
                };
                let remark = match exported.remark.as_str() {
                    "" => String::new(),
                    remark => format!("; {remark}"),
                };
                format!(
                    "wrote {}: {completions}, {with}, {bytes} bytes{remark}",
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
                // Nothing is being written while that is asked.
                self.notice = None;
                return;
            }
        });
    }
}
