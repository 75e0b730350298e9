//! The trace metadata in the person's own editor. While it is away its text stands in the raw editor, so
//! that whatever comes back, or does not, nothing that was typed is lost.

use crate::inspector::edits::raw::{RawEditor, read};
use crate::inspector::{Command, Effect, Model, Pane};

/// What came of a text that was given to the person's editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorOutcome {
    /// The editor ended well and left this.
    Text(String),
    /// There is no terminal to give to an editor.
    NoTerminal,
    /// No variable names an editor.
    NoEditor,
    /// This editor could not be run, and why.
    NotRun(String, String),
    /// This editor ended with a failure, and which.
    Failed(String, String),
    /// What was written for it or left by it is of no use, and why.
    Unusable(String),
}

/// A text that is in the person's editor at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InEditor {
    text: String,
    /// The pane that it was asked for in; none where it is what the raw editor had.
    from: Option<Pane>,
}

impl Model {
    /// Gives the metadata, or what the raw editor makes of it, to the person's editor.
    pub(crate) fn edit_externally(&mut self) -> Vec<Effect> {
        let from = self.trace.raw.is_none().then_some(self.focus);
        if from.is_some() {
            self.edit_raw();
        }
        let Some(raw) = &self.trace.raw else {
            return Vec::new();
        };
        // A text file ends with a line break.
        let text = raw.lines.text() + "\n";
        self.trace.in_editor = Some(InEditor {
            text: text.clone(),
            from,
        });
        vec![Effect::EditExternally(text)]
    }

    /// Takes in what came of it.
    pub(crate) fn take_edited(&mut self, outcome: EditorOutcome) {
        let Some(in_editor) = self.trace.in_editor.take() else {
            return;
        };
        let text = match outcome {
            EditorOutcome::Text(text) => text,
            other => {
                let says = self.why_not_edited(&other, &in_editor);
                return self.leave_as_was(&in_editor, says);
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if text.trim().is_empty() {
            let says = "the editor left nothing, so the trace stays as it was";
            return self.leave_as_was(&in_editor, says.to_owned());
        }
        if text.trim_end() == in_editor.text.trim_end() {
            return self.leave_as_was(&in_editor, "nothing was changed in the editor".to_owned());
        }
        let Some(metadata) = self.metadata_without_draft() else {
            return;
        };
        match read(text, &metadata) {
            Ok(draft) => {
                self.keep_draft(draft);
                self.focus = in_editor.from.unwrap_or(self.focus);
            }
            Err(error) => {
                let raw = self
                    .trace
                    .raw
                    .get_or_insert_with(|| RawEditor::of(&metadata));
                raw.lines.replace(text.trim_end());
                raw.lines.go_to(error.position);
                self.read_raw();
                // What a tab made wrong is right by now, since tabs become spaces here.
                let is_wrong = self
                    .trace
                    .raw
                    .as_ref()
                    .is_some_and(|raw| raw.error.is_some());
                let key = self.keymap.shown(Command::EditExternally);
                self.notice = Some(match is_wrong {
                    true => format!("mend it here, or {key} to go back to the editor"),
                    false => format!("mended here: {} had {}", error.position, error.says),
                });
            }
        }
    }

    /// Why there is no text, and what to do.
    fn why_not_edited(&self, outcome: &EditorOutcome, in_editor: &InEditor) -> String {
        let here = match in_editor.from {
            Some(_) => format!("; {} edits it here", self.keymap.shown(Command::EditRaw)),
            None => String::new(),
        };
        match outcome {
            EditorOutcome::NoTerminal => {
                "there is no terminal here to give to an editor".to_owned()
            }
            EditorOutcome::NoEditor => {
                format!("no editor is set: `export EDITOR=vim`, or another, and start again{here}")
            }
            EditorOutcome::NotRun(editor, why) => {
                format!(
                    "`{editor}` cannot be run: {why}; set VISUAL or EDITOR to one that can{here}"
                )
            }
            EditorOutcome::Failed(editor, how) => {
                format!("`{editor}` ended with {how}, so the trace stays as it was")
            }
            EditorOutcome::Unusable(why) => format!("{why}; the trace stays as it was"),
            EditorOutcome::Text(_) => String::new(),
        }
    }

    fn leave_as_was(&mut self, in_editor: &InEditor, says: String) {
        if let Some(pane) = in_editor.from {
            self.trace.raw = None;
            self.remap();
            self.focus = pane;
        }
        self.notice = Some(says);
    }
}
