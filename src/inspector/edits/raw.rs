//! User, session and trace as one JSON text over several lines, for those who would rather write than
//! fill in. While it is valid every key re-maps; while it is not, the last valid event stays in sight.

use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::completion::{Edit, RequestField, TraceMetadata};
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::text_area::{CaretMove, TextArea};
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Model};
use crate::json::{Document, JsonText, Kind, Limits, Position, Value};
use crate::share;

/// Lines by which PgUp and PgDn move.
const PAGE: usize = 10;

/// The text that is being written.
#[derive(Debug, Clone)]
pub struct RawEditor {
    /// The text and its cursor.
    pub lines: TextArea,
    /// How far the text is scrolled.
    pub view: Cursor,
    /// What the last valid text stands for.
    pub draft: Vec<Edit>,
    /// Where and why the text is not valid.
    pub error: Option<RawError>,
}

/// Where and why a text is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawError {
    /// Line and column, from 1.
    pub position: Position,
    /// What is wrong and what is expected.
    pub says: String,
}

impl RawEditor {
    /// Begins with the metadata as it stands.
    pub fn of(metadata: &TraceMetadata) -> RawEditor {
        let mut parts = Vec::new();
        for (key, field) in [
            ("user", &metadata.user),
            ("session_id", &metadata.session_id),
        ] {
            if let Some(value) = &field.value {
                parts.push(format!("\"{key}\":{value}"));
            }
        }
        parts.push(format!("\"trace\":{}", metadata.trace_json()));
        let text = share::pretty_or_plain(&format!("{{{}}}", parts.join(",")));
        RawEditor {
            lines: TextArea::of(&text),
            view: Cursor::default(),
            draft: Vec::new(),
            error: None,
        }
    }

    fn read(&mut self, metadata: &TraceMetadata) {
        match read(&self.lines.text(), metadata) {
            Ok(draft) => {
                self.draft = draft;
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }
}

/// The edits that a text stands for; only what is another than in the metadata.
pub(crate) fn read(text: &str, metadata: &TraceMetadata) -> Result<Vec<Edit>, RawError> {
    let doc = Document::parse(text.into(), Limits::default()).map_err(|error| RawError {
        position: error.position,
        says: error.what,
    })?;
    let wrong = |at: usize, says: String| RawError {
        position: Position::of(text, at),
        says,
    };
    let root = doc.root();
    if root.kind() != Kind::Object {
        let says = format!("expected an object, found {}", root.kind().name());
        return Err(wrong(root.span().start, says));
    }
    for member in root.children() {
        let key = member.key().unwrap_or_default();
        if !matches!(key.as_ref(), "user" | "session_id" | "trace") {
            let says = format!("only user, session_id and trace stand here; put `{key}` in trace");
            return Err(wrong(member.member_start(), says));
        }
    }
    let mut edits = Vec::new();
    let own = [
        (
            "user",
            &metadata.user,
            Edit::User as fn(Option<String>) -> Edit,
        ),
        ("session_id", &metadata.session_id, Edit::SessionId),
    ];
    for (key, field, edit) in own {
        let value = root.get_some(key);
        if let Some(new) = changed(value, field)
            .map_err(|(value, says)| wrong(value.span().start, format!("{key} {says}")))?
        {
            edits.push(edit(new));
        }
    }
    let trace = root.get_some("trace");
    if let Some(other) = trace.filter(|trace| trace.kind() != Kind::Object) {
        let says = format!("trace is an object, not {}", other.kind().name());
        return Err(wrong(other.span().start, says));
    }
    let mut entries: Vec<(String, JsonText)> = Vec::new();
    let mut seen = HashSet::new();
    for member in trace.into_iter().flat_map(Value::children) {
        let key = member.key().unwrap_or_default().into_owned();
        if !seen.insert(key.clone()) {
            let says = format!("`{key}` is there already");
            return Err(wrong(member.member_start(), says));
        }
        entries.push((key, member.canonical()));
    }
    let before = metadata.trace.iter();
    let before = before.map(|entry| (entry.key.clone(), entry.value.clone()));
    if before.collect::<Vec<_>>() != entries {
        edits.push(Edit::ReplaceTrace(entries));
    }
    Ok(edits)
}

type Changed<'v> = Result<Option<Option<String>>, (Value<'v>, &'static str)>;

/// The text that a field gets, if it is another.
fn changed<'v>(value: Option<Value<'v>>, field: &RequestField) -> Changed<'v> {
    if value.map(Value::canonical) == field.value {
        return Ok(None);
    }
    match value {
        None => Ok(Some(None)),
        Some(value) => match value.str() {
            Some(text) => Ok(Some(Some(text.into_owned()))),
            None => Err((value, "is a string")),
        },
    }
}

impl Model {
    /// Whether a field or the whole trace is being edited.
    pub(crate) fn is_editing(&self) -> bool {
        self.trace.is_typed()
    }

    pub(crate) fn edit_raw(&mut self) {
        let Some(current) = &self.current else {
            return;
        };
        self.trace.raw = Some(RawEditor::of(&current.mapped.metadata));
        self.focus_trace_to_edit();
    }

    pub(crate) fn raw_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        // A plain letter is text, whatever it does elsewhere.
        let is_command = key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
            || matches!(key.code, KeyCode::F(_));
        if is_command && self.keymap.command(key) == Some(Command::EditExternally) {
            return self.edit_externally();
        }
        self.type_raw(key);
        Vec::new()
    }

    fn type_raw(&mut self, key: &KeyEvent) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let Some(raw) = &mut self.trace.raw else {
            return;
        };
        let lines = &mut raw.lines;
        match (key.code, ctrl) {
            (KeyCode::Esc, _) => {
                match lines.is_changed() {
                    true => self.ask_discard(),
                    false => self.discard_raw(),
                }
                return;
            }
            (KeyCode::Char('s'), true) => return self.keep_raw(),
            (KeyCode::Enter, _) if alt || ctrl => return self.keep_raw(),
            (KeyCode::Enter, _) => lines.break_line(),
            (KeyCode::Tab, _) => lines.insert("  "),
            (KeyCode::Char('z' | '_'), true) => lines.undo(),
            (KeyCode::Char('y' | 'r'), true) => lines.redo(),
            (KeyCode::Char('k'), true) => lines.delete_rest(),
            (KeyCode::Char('u'), true) => lines.delete_line(),
            (KeyCode::Char('w'), true) => lines.delete_word_back(),
            (KeyCode::Backspace, _) if alt || ctrl => lines.delete_word_back(),
            (KeyCode::Delete, _) if alt || ctrl => lines.delete_word(),
            (KeyCode::Char('d'), false) if alt => lines.delete_word(),
            (KeyCode::Char('h'), true) | (KeyCode::Backspace, _) => lines.delete_back(),
            (KeyCode::Char('d'), true) | (KeyCode::Delete, _) => lines.delete(),
            (KeyCode::Home, true) => lines.go(CaretMove::First),
            (KeyCode::End, true) => lines.go(CaretMove::Last),
            (KeyCode::Char('a'), true) | (KeyCode::Home, _) => lines.go(CaretMove::Home),
            (KeyCode::Char('e'), true) | (KeyCode::End, _) => lines.go(CaretMove::End),
            (KeyCode::Left, _) if alt || ctrl => lines.go(CaretMove::WordLeft),
            (KeyCode::Right, _) if alt || ctrl => lines.go(CaretMove::WordRight),
            (KeyCode::Char('b'), false) if alt => lines.go(CaretMove::WordLeft),
            (KeyCode::Char('f'), false) if alt => lines.go(CaretMove::WordRight),
            (KeyCode::Char('b'), true) | (KeyCode::Left, _) => lines.go(CaretMove::Left),
            (KeyCode::Char('f'), true) | (KeyCode::Right, _) => lines.go(CaretMove::Right),
            (KeyCode::Char('p'), true) | (KeyCode::Up, _) => lines.go(CaretMove::Up(1)),
            (KeyCode::Char('n'), true) | (KeyCode::Down, _) => lines.go(CaretMove::Down(1)),
            (KeyCode::PageUp, _) => lines.go(CaretMove::Up(PAGE)),
            (KeyCode::PageDown, _) => lines.go(CaretMove::Down(PAGE)),
            (KeyCode::Char(c), false) if !alt => lines.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        self.read_raw();
    }

    fn ask_discard(&mut self) {
        let discard = |update: &mut Update<'_>| update.model.discard_raw();
        let question = Question::new(
            "Discard what you wrote?",
            "discard",
            "go on writing",
            discard,
        );
        self.open_window(question.says("It is not kept yet: ^S keeps it."));
    }

    fn discard_raw(&mut self) {
        self.trace.raw = None;
        self.remap();
    }

    /// Reads the typed text and maps what it stands for.
    pub(crate) fn read_raw(&mut self) {
        let metadata = self.metadata_without_draft();
        if let (Some(raw), Some(metadata)) = (&mut self.trace.raw, metadata) {
            raw.read(&metadata);
        }
        self.remap_in_sight();
    }

    fn keep_raw(&mut self) {
        let Some(raw) = &self.trace.raw else { return };
        if raw.error.is_some() {
            self.notice = Some("not kept: the text is not valid yet".to_owned());
            return;
        }
        let draft = raw.draft.clone();
        self.keep_draft(draft);
    }

    /// Makes what was written one step, and leaves the editor.
    pub(crate) fn keep_draft(&mut self, mut draft: Vec<Edit>) {
        // Back to the event before the draft, so that the receipt tells what the edits did.
        self.trace.raw = None;
        self.remap();
        match (draft.pop(), draft.is_empty()) {
            (None, _) => self.notice = Some("nothing was changed".to_owned()),
            (Some(only), true) => self.apply(only),
            (Some(last), false) => {
                draft.push(last);
                self.apply(Edit::Together(draft));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::MetadataEntry;

    fn metadata() -> TraceMetadata {
        let mut metadata = TraceMetadata::default();
        metadata.user.value = Some(JsonText::string("u"));
        metadata.trace.push(MetadataEntry {
            key: "a".to_owned(),
            value: JsonText::integer(1),
            source: None,
            edited: false,
        });
        metadata
    }

    #[test]
    fn reads_edits_and_tells_where_it_cannot() {
        let check = |text: &str, expected: &str| {
            let found = match read(text, &metadata()) {
                Ok(edits) => format!("{edits:?}"),
                Err(error) => {
                    let Position { line, column } = error.position;
                    format!("{line}:{column} {}", error.says)
                }
            };
            assert!(found.starts_with(expected), "{text}: {found}");
        };
        check(r#"{"user":"u","trace":{"a":1}}"#, "[]");
        check(r#"{"user":"v","trace":{"a":1}}"#, "[User(Some(\"v\"))]");
        check(r#"{"trace":{"a":1}}"#, "[User(None)]");
        check(r#"{"user":"u"}"#, "[ReplaceTrace([])]");
        check(r#"{"user":"u","trace":{"a":1.0}}"#, "[ReplaceTrace([(\"a\"");
        check("{\n\"user\":1}", "2:8 user is a string");
        check("{\"user\":\"u\",\n \"x\":1}", "2:2 only user");
        check(r#"{"trace":[]}"#, "1:10 trace is an object");
        check(r#"{"trace":{"a":1,"a":2}}"#, "1:17 `a` is there");
        check("{\n  \"trace\": {,}\n}", "2:13 ");
        check("[]", "1:1 expected an object");
    }
}
