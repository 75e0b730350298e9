//! The words that presenter mode has for a state: what is typed or asked, what is listed, what is shown and what the cursor
//! is on.

use crate::completion::{Edit, Edits};
use crate::display::{self, counted};
use crate::event::privacy::Privacy;
use crate::inspector::current::trace_rows::TraceRow;
use crate::inspector::edits::field::{Editor, Target};
use crate::inspector::prompt::{Export, Prompt, PromptKind};
use crate::inspector::{Model, Pane};
use crate::json::{JsonText, Kind};
use crate::mapping::Fate;

/// Columns of a completion's title beside a sentence about it. Chosen.
const TITLE: usize = 48;

impl Model {
    /// What is typed, asked or open, as those who watch see it; none over the panes.
    pub(crate) fn under_way_in_words(&self) -> Option<String> {
        if let Some(dialog) = self.windows.dialogs().last() {
            return Some(dialog.caption(self));
        }
        if let Some(prompt) = &self.prompt {
            return Some(self.asked_for(prompt));
        }
        if let Some(typing) = &self.search.typing {
            return Some(with_text("searched for", typing.value()));
        }
        if let Some(window) = self.windows.top() {
            return Some(window.caption(self));
        }
        if let Some(editor) = &self.trace.editor {
            return Some(typed(editor));
        }
        let is_written = self.trace.raw.is_some();
        is_written.then(|| "user, session and trace, written as JSON".to_owned())
    }

    fn asked_for(&self, prompt: &Prompt) -> String {
        let text = prompt.input.value();
        match prompt.kind {
            PromptKind::Filter => self.listed_in_words(),
            PromptKind::Find => with_text("searched for", text),
            PromptKind::Pointer => with_text("on the way to", text),
            PromptKind::Save => with_text("a name for the new sample", text),
            PromptKind::Open => with_text("a file or a folder to be opened", text),
            PromptKind::Export(Export::Picture) => with_text("a name for the picture", text),
            PromptKind::Export(_) => with_text("a name for the report", text),
        }
    }

    /// What the list has.
    pub(super) fn listed_in_words(&self) -> String {
        let (listed, all) = (self.listed(), self.library.len());
        let filter = self.listing.filter.text().trim();
        let so_far = match self.listing.progress(&self.library) {
            Some(_) => " so far",
            None => "",
        };
        match filter {
            "" if all == 1 => "the one completion is listed".to_owned(),
            "" => format!("all {all} completions are listed"),
            filter => format!(
                "{listed} of {} listed{so_far}: {filter}",
                counted(all, "completion")
            ),
        }
    }

    /// Which completion is shown, and what became of it; or why there is none.
    pub(crate) fn shown_in_words(&self) -> String {
        let Some(current) = &self.current else {
            return self.nothing_in_words();
        };
        // A title may be a long prompt, and what is said of it comes behind.
        let title = display::clip(self.title_of(current), TITLE);
        let captured = current.completion.captured();
        let ending = captured.and_then(|captured| captured.get("ending")?.str());
        let has_answer = current.completion.response().is_some();
        match ending.as_deref() {
            Some("not yet") if has_answer => format!("{title}: its answer is still arriving"),
            Some("not yet") => format!("{title}: no answer yet"),
            Some("cancelled") => format!("{title}: the app went away before the answer was whole"),
            Some("unreachable") => format!("{title}: it never reached OpenRouter"),
            Some("broken off") => format!("{title}: its answer broke off"),
            _ if !self.has_event() => format!("{title}: what OpenRouter saw; no event comes of it"),
            _ => format!("{title}: what OpenRouter saw, and what Raindrop gets"),
        }
    }

    fn nothing_in_words(&self) -> String {
        let broken = self.at_cursor().and_then(|index| self.library.title(index));
        match (broken, self.library.len()) {
            (Some(title), _) => format!("{title}: it could not be read"),
            (None, 1..) if self.listing.progress(&self.library).is_some() => self.listed_in_words(),
            (None, 1..) => format!("no completion fits {}", self.listing.filter.text().trim()),
            (None, 0) if self.traffic.is_some() => "listening; no call has come yet".to_owned(),
            (None, 0) if self.loading.is_some() => "completions are being read".to_owned(),
            (None, 0) => "no completion is loaded".to_owned(),
        }
    }

    pub(super) fn privacy_in_words(&self) -> String {
        let event = self.current.as_ref().filter(|_| self.has_event());
        match (self.privacy, event) {
            (Privacy::Off, _) => "privacy off: input and output go along".to_owned(),
            (Privacy::On, None) => "privacy on: input and output are kept back".to_owned(),
            (Privacy::On, Some(current)) => format!(
                "privacy on: input and output are kept back; {}",
                current.leaks_in_words()
            ),
        }
    }

    pub(super) fn marked_in_words(&self, before: &[usize]) -> Option<String> {
        let now = &self.listing.marked;
        let differs = |from: &[usize], than: &[usize]| {
            let mut places = from.iter();
            places.find(|place| !than.contains(place)).copied()
        };
        let title = |place: usize| {
            self.library
                .title(place)
                .unwrap_or("a completion")
                .to_owned()
        };
        let made = differs(now, before).map(|place| format!("{} is marked", title(place)));
        made.or_else(|| {
            let place = differs(before, now)?;
            Some(format!("{} is no longer marked", title(place)))
        })
    }

    /// Which of the matches the cursor is on.
    pub(super) fn match_in_words(&self) -> String {
        let pattern = &self.search.pattern;
        let matches = self.matches();
        let row = self.focused().cursor(self).map(|cursor| cursor.row);
        match matches.iter().position(|at| Some(*at) == row) {
            Some(at) => format!("match {} of {} for \"{pattern}\"", at + 1, matches.len()),
            None => format!("no match for \"{pattern}\" in {}", self.focus.place()),
        }
    }

    /// What Enter led to from a pane: the way between a field and its source, or why there is none.
    pub(super) fn opened_in_words(&self, from: Pane) -> Option<String> {
        match (from, self.focus) {
            (Pane::Event | Pane::Completion, Pane::Event | Pane::Completion) => {
                self.at_cursor_in_words(from)
            }
            _ => None,
        }
    }

    /// What is known of the row under a pane's cursor: what a field is made of, or what became of a value.
    pub(super) fn at_cursor_in_words(&self, pane: Pane) -> Option<String> {
        let current = self.current.as_ref()?;
        match pane {
            Pane::List | Pane::Trace => None,
            Pane::Completion => {
                let (row, pointer) = (current.source_row()?, current.source_pointer()?);
                let fate = match current.fate(row, self.privacy) {
                    Fate::Holds(fields) => {
                        format!("holds what becomes {}", counted(fields.len(), "field"))
                    }
                    fate => fate.says(),
                };
                // What belongs elsewhere instead is for those who mend it.
                let fate = fate.split(';').next().unwrap_or_default();
                Some(format!("{pointer} {fate}"))
            }
            Pane::Event => {
                let row = current.event_row()?;
                if let Some(why) = row.unknown {
                    return Some(format!("{} is not known: {why}", row.key));
                }
                let field = current.field(row)?;
                let sources = current.sources_of(row);
                Some(match sources.as_slice() {
                    [] => format!("{}: {}", row.key, field.provenance.step.from),
                    [source] => format!("{} comes from {source}", row.key),
                    [one, other] => format!("{} comes from {one} and {other}", row.key),
                    [first, rest @ ..] => {
                        let more = counted(rest.len(), "other value");
                        format!("{} comes from {first} and {more}", row.key)
                    }
                })
            }
        }
    }
}

fn with_text(says: &str, text: &str) -> String {
    match text {
        "" => says.to_owned(),
        text => format!("{says}: {text}"),
    }
}

/// What is being typed into the trace metadata.
fn typed(editor: &Editor) -> String {
    let text = editor.input.value();
    let name = |row: &TraceRow| match row {
        TraceRow::User => "user".to_owned(),
        TraceRow::SessionId => "session_id".to_owned(),
        TraceRow::Key(key) => key.clone(),
        TraceRow::Default(key) => (*key).to_owned(),
        TraceRow::Add => String::new(),
    };
    match &editor.target {
        Target::Value(row) => format!("{} = {text}", name(row)),
        Target::NewValue(key) => format!("{key} = {text}"),
        Target::NewKey => with_text("a new key", text),
        Target::Rename(key) => with_text(&format!("{key}, renamed"), text),
    }
}

/// What became of the edits.
pub(super) fn edited(before: &Edits, now: &Edits) -> String {
    let (old, new) = (before.steps(), now.steps());
    let said = |steps: &[Edit]| steps.iter().map(edit).collect::<Vec<_>>().join(", ");
    if new.is_empty() && old.len() > 1 {
        return "back to the sample as it was loaded".to_owned();
    }
    match (new.strip_prefix(old), old.strip_prefix(new)) {
        (Some(made), _) => said(made),
        (None, Some(undone)) => format!("taken back: {}", said(undone)),
        (None, None) => said(new),
    }
}

fn edit(edit: &Edit) -> String {
    let set = |name: &str, value: &Option<String>| match value {
        Some(value) => format!("set {name} = {value}"),
        None => format!("cleared {name}"),
    };
    match edit {
        Edit::User(user) => set("user", user),
        Edit::SessionId(session) => set("session_id", session),
        // A text that reads as a number or the like is told as the text that it is.
        Edit::SetKey { key, value } => {
            match value.kind() == Kind::String && JsonText::parse(&value.shown()).is_ok() {
                true => format!("set {key} = {}", value.as_str()),
                false => format!("set {key} = {}", value.shown()),
            }
        }
        Edit::RemoveKey(key) => format!("deleted {key}"),
        Edit::RenameKey { from, to } => format!("renamed {from} to {to}"),
        Edit::ReplaceTrace(_) => "wrote the trace anew".to_owned(),
        Edit::Together(edits) => {
            let all: Vec<String> = edits.iter().map(self::edit).collect();
            all.join(", ")
        }
    }
}
