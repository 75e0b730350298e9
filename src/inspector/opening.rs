//! What is loaded besides the paths of the command line: a file that is opened, a text that is pasted, the
//! bundled samples.

use std::sync::Arc;

use crate::completion::Origin;
use crate::completion::load::{self, Loaded};
use crate::inspector::library::facts::is_unanswered;
use crate::inspector::prompt::{PromptKind, Suggestions};
use crate::inspector::{Command, Effect, Model};
use crate::samples;

/// Bytes of a pasted text that are read. Chosen: far more than a terminal pastes at once.
const PASTED: usize = 16 << 20;

/// A request that was pasted by itself.
#[derive(Debug, Clone)]
pub(crate) struct PastedRequest {
    text: String,
    origin: Origin,
}

/// A path that was read, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// As it was typed.
    pub path: String,
    /// Which source it is.
    pub source: u32,
    /// What is wrong with it, where nothing was loaded.
    pub problem: Option<String>,
}

/// What a folder has for a path that is being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderEntries {
    /// The path as it was typed.
    pub typed: String,
    /// The same as far as there is one way to go on.
    pub completed: String,
    /// Names that go on from it; folders end in a slash.
    pub names: Vec<String>,
    /// Whether there may be more than were looked at.
    pub is_part: bool,
}

impl Model {
    /// Asks for a path.
    pub(crate) fn ask_path(&mut self) {
        self.ask(PromptKind::Open, String::new());
    }

    /// Opens what was typed.
    pub(crate) fn open_path(&mut self, typed: &str) -> Vec<Effect> {
        let path = typed.trim();
        if path.is_empty() {
            self.notice = Some("nothing was opened: no path was typed".to_owned());
            return Vec::new();
        }
        self.notice = Some(format!("opening {path} …"));
        vec![Effect::OpenFile(path.to_owned())]
    }

    /// Goes to the first completion of what was opened.
    pub(crate) fn take_opened(&mut self, opened: &Opened) {
        let Opened { path, source, .. } = opened;
        let (first, count) = self.library.of_source(*source);
        let completions = match count {
            1 => "1 completion".to_owned(),
            count => format!("{count} completions"),
        };
        self.notice = Some(match (first, &opened.problem) {
            (Some(_), None) => format!("opened {path}: {completions}"),
            (Some(_), Some(_)) => format!(
                "opened {path}: {completions}; {} shows what could not be read",
                self.keymap.shown(Command::Problems)
            ),
            (None, Some(problem)) => problem.clone(),
            (None, None) => format!("{path} holds no completion"),
        });
        if let Some(first) = first.filter(|_| !self.is_editing()) {
            self.go_to_entry(first);
        }
    }

    /// Takes in what a folder has for the path that is typed.
    pub(crate) fn take_folder(&mut self, folder: FolderEntries) {
        let suggestions = Suggestions {
            tokens: folder.names,
            is_part: folder.is_part,
        };
        self.take_suggestions(&folder.typed, folder.completed, suggestions);
    }

    /// Adds the bundled samples.
    pub(crate) fn add_samples(&mut self) {
        let loaded = samples::load_all();
        let count = loaded.completions.len();
        self.add(loaded);
        self.notice = Some(format!("added the {count} bundled samples"));
    }

    /// Makes a sample of a pasted text: a completion in any form that is loaded, an SSE transcript, a curl command.
    pub(crate) fn take_pasted(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.notice = Some("nothing but blanks was pasted".to_owned());
            return;
        }
        if text.len() > PASTED {
            let most = PASTED >> 20;
            self.notice = Some(format!(
                "what was pasted is larger than the {most} MiB that are read; open it as a file"
            ));
            return;
        }
        let number = self.pasted + 1;
        let name = match number {
            1 => "pasted".to_owned(),
            number => format!("pasted {number}"),
        };
        let mut loaded = load::load(&name, text.as_bytes());
        let Some(first) = loaded.completions.first() else {
            self.notice = Some(no_completion(&loaded, text));
            return;
        };
        let is_unanswered = is_unanswered(first);
        let asked = self.asked_by_paste.take();
        if loaded.completions.len() == 1 && self.answers(asked, text) {
            return;
        }
        if is_unanswered && loaded.completions.len() == 1 {
            self.asked_by_paste = Some(PastedRequest {
                text: text.to_owned(),
                origin: first.origin.clone(),
            });
        }
        let says = match loaded.completions.len() {
            1 if is_unanswered => {
                let key = self.keymap.shown(Command::AskOpenRouter);
                format!("pasted a request without an answer; {key} makes it")
            }
            1 => {
                let key = self.keymap.shown(Command::Save);
                format!("pasted a completion; {key} saves it as a sample")
            }
            count => format!("pasted {count} completions"),
        };
        let notes = loaded.notes.iter().map(|note| note.found().to_owned());
        let unread = (!loaded.problems.is_empty()).then(|| {
            let key = self.keymap.shown(Command::Problems);
            format!("{key} shows what could not be read")
        });
        let says = std::iter::once(says)
            .chain(unread)
            .chain(notes)
            .collect::<Vec<_>>()
            .join("; ");
        for completion in &mut loaded.completions {
            if !load::has_own_name(completion) {
                completion.name.clone_from(&name);
            }
        }
        self.pasted = number;
        let from = self.library.len();
        self.add(loaded);
        self.library
            .would_be_lost(from, self.library.len().saturating_sub(from));
        self.notice = Some(says);
    }

    /// Takes a pasted text for the answer to the request that was pasted before it, if that is what the two are where they
    /// stand one behind the other. What was done to the request stays.
    fn answers(&mut self, asked: Option<PastedRequest>, text: &str) -> bool {
        let Some(PastedRequest {
            text: asked,
            origin,
        }) = asked
        else {
            return false;
        };
        let place = self.library.place_of(&origin);
        let known = place.and_then(|place| Some((place, self.completion_at(place)?)));
        let Some((place, known)) = known.filter(|(_, known)| is_unanswered(known)) else {
            return false;
        };
        let both = format!("{}\n{text}", asked.trim_end());
        let mut both = load::load(&origin.file, both.as_bytes()).completions;
        let Some(mut one) = both
            .pop()
            .filter(|one| both.is_empty() && !is_unanswered(one))
        else {
            return false;
        };
        one.name.clone_from(&known.name);
        one.origin = origin;
        self.renew(place, Arc::new(one), true);
        if !self.is_editing() {
            self.go_to_entry(place);
        }
        let key = self.keymap.shown(Command::Save);
        self.notice = Some(format!(
            "pasted the answer to \"{}\", and the two are one completion now; {key} saves it as a sample",
            known.name
        ));
        true
    }

    /// Puts completions behind all others and goes to the first of them.
    fn add(&mut self, loaded: Loaded) {
        let from = self.library.len();
        self.library.add_own(loaded);
        self.with_base_edits(from..self.library.len());
        if self.library.len() > from && !self.is_editing() {
            self.current = None;
            self.list_all(from);
        }
    }
}

/// What a pasted text is instead of a completion.
fn no_completion(loaded: &Loaded, text: &str) -> String {
    let problem = loaded.problems.first().or(loaded.notes.first());
    let is = loaded
        .file_is
        .clone()
        .or_else(|| problem.map(|problem| problem.found().to_owned()));
    let lines = text.lines().count();
    let size = match lines {
        1 => format!("{} bytes", text.len()),
        lines => format!("{lines} lines"),
    };
    match is {
        Some(is) => format!("what was pasted ({size}) is no completion: {is}"),
        None => format!("what was pasted ({size}) is no completion"),
    }
}
