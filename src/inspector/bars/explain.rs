//! What the cursor is on, and why it is so: one line for the footer.

use crate::inspector::ui::theme::Look;
use crate::inspector::ui::words::Words;

/// Said of a value from which text of the conversation leaves in spite of privacy mode.
const LEAKS: &str = "repeats the conversation past privacy mode";
use crate::inspector::current::Current;
use crate::inspector::current::rows::SourceRow;
use crate::inspector::panes::trace::{Slot, slots};
use crate::inspector::{Model, Pane};

/// What there is to say of the row under the cursor.
pub fn explain(model: &Model, look: &Look) -> Words {
    let theme = &look.theme;
    let words = Words::new();
    let Some(current) = &model.current else {
        return words;
    };
    match model.focus {
        Pane::Event => of_event(current, look),
        Pane::Source => match current.source_row() {
            Some(row) => leaking(current.leaks_in_source(row), look)
                .add(&current.pointer_of(row), theme.key)
                .add("  ", theme.text)
                .add(&current.fate(row, model.privacy).says(), theme.text),
            None => words,
        },
        Pane::Trace => of_trace(model, current, look),
        Pane::List => {
            let entry = model.library.entry(current.index);
            let summary = entry.and_then(|entry| entry.summary());
            let model_name = summary.map_or("", |summary| &summary.model);
            words
                .add(&current.completion.origin.to_string(), theme.key)
                .add(&format!("  {model_name}"), theme.text)
        }
    }
}

fn of_trace(model: &Model, current: &Current, look: &Look) -> Words {
    let theme = &look.theme;
    let metadata = &current.mapped.metadata;
    let slot = slots(metadata).into_iter().nth(model.trace.cursor.row);
    let is_leaking = |at: &str| current.leaks_in_trace(at);
    let leaks = match &slot {
        Some(Slot::User) => is_leaking(metadata.user_pointer()),
        Some(Slot::SessionId) => is_leaking(metadata.session_pointer()),
        Some(Slot::Key(key)) => is_leaking(&metadata.key_pointer(key)),
        _ => false,
    };
    let says = match slot {
        Some(Slot::User) => "request.user becomes /user_id",
        Some(Slot::SessionId) => "request.session_id becomes /ai_data/convo_id",
        Some(Slot::Key(key)) => {
            let pointer = metadata.key_pointer(&key);
            let own = metadata.entry(&key).filter(|entry| !entry.edited);
            let fate = match own.and_then(|entry| entry.source) {
                Some(id) => current.fate(&SourceRow::Node(id), model.privacy),
                None => current.fate_of_edit(&pointer),
            };
            return leaking(leaks, look)
                .add(&pointer, theme.key)
                .add("  ", theme.text)
                .add(&fate.says(), theme.text);
        }
        Some(Slot::Default("trace_id")) => {
            "request.trace has no trace_id: the event has the generation id in its place"
        }
        Some(Slot::Default(_)) => {
            "request.trace has no trace_name: the event has OpenRouter's own in its place"
        }
        Some(Slot::Add) | None => "a new key of request.trace becomes /properties/<key>",
    };
    leaking(leaks, look).add(says, theme.text)
}

/// Says first of all that text of the conversation leaves here, where it does.
fn leaking(leaks: bool, look: &Look) -> Words {
    let words = Words::new();
    match leaks {
        true => words
            .add(&format!("{} ", look.symbols.error), look.theme.error)
            .add(LEAKS, look.theme.error)
            .add("  ", look.theme.text),
        false => words,
    }
}

fn of_event(current: &Current, look: &Look) -> Words {
    let theme = &look.theme;
    let Some(row) = current.event_row() else {
        return Words::new();
    };
    let words = leaking(current.leaks_in_event(row), look)
        .add(&row.pointer, theme.key)
        .add(" ", theme.text);
    let Some(field) = current.field(row) else {
        let says = match row.pointer.as_str() {
            "/is_pending" => "the constant false: nothing will be added to this event · observed",
            _ => "a part of the event",
        };
        return words.add(says, theme.text);
    };
    let step = field.provenance.step;
    let mut words = words.add(&format!("{} {}", look.symbols.from, step.from), theme.text);
    let sources = current.sources_of(row);
    if !sources.is_empty() {
        words = words.add(&format!("  {}", sources.join(" + ")), theme.key);
    }
    let edited = match current.is_edited(row) {
        true => ", edited",
        false => "",
    };
    words.add(
        &format!("  · {}{edited}", step.confidence.name()),
        theme.dim,
    )
}
