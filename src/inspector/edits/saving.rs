//! Edits that outlive the program: saved as a new sample, or made in all listed completions.

use std::path::{Path, PathBuf};

use crate::completion::{Completion, Origin, TraceMetadata};
use crate::inspector::edits::editing::NOTHING;
use crate::inspector::prompt::Asks;
use crate::inspector::{Effect, Model};
use crate::json::{Value, quote};
use crate::share;

/// What became of a file that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It was written, so many bytes.
    Written(PathBuf, usize),
    /// There is such a file, and it was left alone.
    Exists(PathBuf),
    /// It could not be written, and why.
    Failed(PathBuf, String),
}

impl Model {
    /// Asks for the name of a new sample.
    pub(crate) fn ask_save(&mut self) {
        let Some(current) = &self.current else {
            self.notice = Some(NOTHING.to_owned());
            return;
        };
        let has_edits = self.library.entry(current.index);
        let has_edits = has_edits.is_some_and(|entry| !entry.edits.is_empty());
        if current.mapped.metadata.is_delivered && has_edits {
            self.notice = Some(
                "a delivery has no request to put the edits into; T copies them as a snippet"
                    .to_owned(),
            );
            return;
        }
        let name = name_for(&current.completion.origin);
        self.ask(Asks::Save, name.display().to_string());
    }

    /// Saves the shown completion with its edits.
    pub(crate) fn save(&mut self, typed: &str, replaces: Option<&Path>) -> Vec<Effect> {
        let path = PathBuf::from(typed.trim());
        let Some(current) = self.current.as_ref().filter(|_| !typed.trim().is_empty()) else {
            self.notice = Some("not saved: a file needs a name".to_owned());
            return Vec::new();
        };
        let metadata = &current.mapped.metadata;
        let sample = sample(&current.completion, metadata, self.has_edits());
        let replace = replaces == Some(path.as_path());
        vec![Effect::Save {
            path,
            bytes: sample.into_bytes(),
            replace,
        }]
    }

    fn has_edits(&self) -> bool {
        let index = self.current.as_ref().map(|current| current.index);
        let entry = index.and_then(|index| self.library.entry(index));
        entry.is_some_and(|entry| !entry.edits.is_empty())
    }

    /// Takes in what became of a file.
    pub(crate) fn saved(&mut self, saved: Saved) {
        match saved {
            Saved::Written(path, bytes) => {
                if let Some(entry) = self.current_entry() {
                    entry.saved = entry.edits.clone();
                }
                self.notice = Some(format!("saved {}, {bytes} bytes", path.display()));
            }
            Saved::Failed(path, why) => {
                self.notice = Some(format!("not saved: {}: {why}", path.display()));
            }
            Saved::Exists(path) => {
                self.ask(Asks::Save, path.display().to_string());
                if let Some(prompt) = &mut self.prompt {
                    prompt.replaces = Some(path);
                }
            }
        }
    }

    /// Makes the edits of the shown completion in all others that are listed; asks first.
    pub(crate) fn edit_listed(&mut self, asked: Option<&str>) {
        let Some(current) = &self.current else {
            self.notice = Some(NOTHING.to_owned());
            return;
        };
        let (index, is_looking) = (current.index, self.listing.progress(&self.library));
        let steps = self.library.entry(index);
        let steps = steps.map_or_else(Vec::new, |entry| entry.edits.steps().to_vec());
        if steps.is_empty() {
            self.notice = Some("there are no edits here to make in the others".to_owned());
            return;
        }
        if is_looking.is_some() {
            self.notice = Some("wait until the list is complete".to_owned());
            return;
        }
        let others: Vec<usize> = self
            .listing
            .entries(&self.library)
            .into_iter()
            .filter(|other| *other != index)
            .filter(|other| {
                let entry = self.library.entry(*other);
                entry.is_some_and(|entry| !entry.edits.steps().ends_with(&steps))
            })
            .collect();
        let edits = match steps.len() {
            1 => "this edit".to_owned(),
            count => format!("these {count} edits"),
        };
        let samples = match others.len() {
            0 => {
                self.notice = Some(format!("all that is listed has {edits} already"));
                return;
            }
            1 => "1 other completion".to_owned(),
            count => format!("{count} other completions"),
        };
        let question = format!("make {edits} in {samples} that are listed? The same key does it");
        if asked != Some(question.as_str()) {
            self.notice = Some(question);
            return;
        }
        for other in &others {
            if let Some(entry) = self.library.entry_mut(*other) {
                for step in &steps {
                    entry.edits.push(step.clone());
                }
                entry.undone.clear();
                entry.touch();
            }
        }
        self.notice = Some(format!(
            "made {edits} in {samples}; undo takes them back in each"
        ));
    }
}

/// What a new sample is called: next to the file it came from, or in the current folder.
fn name_for(origin: &Origin) -> PathBuf {
    let file = match origin.file.as_ref() {
        "<stdin>" | "-" => "stdin",
        file => file,
    };
    let file = Path::new(file);
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    let stem = stem.to_string_lossy();
    let record = match origin.record {
        0 => String::new(),
        record => format!(".{record}"),
    };
    file.with_file_name(format!("{stem}{record}.edited.json"))
}

/// A completion as a sample of its own, with the metadata in its request.
fn sample(completion: &Completion, metadata: &TraceMetadata, is_edited: bool) -> String {
    let suffix = if is_edited { " (edited)" } else { "" };
    let name = format!("{}{suffix}", completion.name);
    let mut parts = vec![format!("\"name\":{}", quote(&name))];
    for member in completion.document().root().children() {
        match member.raw_key() {
            Some("name") => {}
            Some("request") if !metadata.is_delivered => {
                parts.push(format!("\"request\":{}", request(member, metadata)));
            }
            Some(key) => parts.push(format!("\"{key}\":{}", member.raw())),
            None => {}
        }
    }
    let mut text = share::pretty_or_plain(&format!("{{{}}}", parts.join(",")));
    text.push('\n');
    text
}

/// A request with the metadata in place of its own.
fn request(request: Value<'_>, metadata: &TraceMetadata) -> String {
    let text = |value: &crate::json::JsonText| value.as_str().to_owned();
    let is_other = metadata.misshapen.is_some() && metadata.trace.is_empty();
    let trace = (!metadata.trace.is_empty()).then(|| metadata.trace_json());
    let mut own = vec![
        ("user", metadata.user.value.as_ref().map(text)),
        ("session_id", metadata.session_id.value.as_ref().map(text)),
    ];
    if !is_other {
        own.push(("trace", trace));
    }
    let mut parts = Vec::new();
    for member in request.children() {
        let key = member.key().unwrap_or_default();
        match own.iter().position(|(have, _)| *have == key) {
            // The place stays; of a key that is there twice, the last one's.
            Some(at) if request.get(&key) == Some(member) => {
                let (key, value) = own.remove(at);
                parts.extend(value.map(|value| format!("\"{key}\":{value}")));
            }
            Some(_) => {}
            None => {
                let key = member.raw_key().unwrap_or_default();
                parts.push(format!("\"{key}\":{}", member.raw()));
            }
        }
    }
    let rest = own.into_iter();
    parts.extend(rest.filter_map(|(key, value)| Some(format!("\"{key}\":{}", value?))));
    format!("{{{}}}", parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Position;

    #[test]
    fn new_samples_stand_beside_their_source() {
        let check = |file: &str, record: usize, expected: &str| {
            let origin = Origin {
                file: file.into(),
                offset: 0,
                position: Position { line: 1, column: 1 },
                record,
            };
            assert_eq!(name_for(&origin), PathBuf::from(expected));
        };
        check("01-time-check.json", 0, "01-time-check.edited.json");
        check("logs/day.ndjson", 3, "logs/day.3.edited.json");
        check("<stdin>", 2, "stdin.2.edited.json");
    }
}
