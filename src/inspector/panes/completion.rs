//! The completion as a tree; each leaf's mark says whether it arrives.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{PaneLogic, TREE_COMMANDS, empty};
use crate::display;
use crate::inspector::current::Current;
use crate::inspector::current::rows::CompletionRow;
use crate::inspector::library::search::Pattern;
use crate::inspector::panes::found;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::marks::{leaking, with_fate};
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::rows::Rows;
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::tree::Folding;
use crate::inspector::ui::value;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::{Document, JsonText, Kind, Limits, Value};
use crate::mapping::Fate;
use crate::share::sample;

/// The completion as a tree.
pub(crate) struct CompletionPane;

impl PaneLogic for CompletionPane {
    fn own_commands(&self) -> &'static [Command] {
        &TREE_COMMANDS
    }

    fn tree<'m>(&self, model: &'m Model) -> Option<&'m dyn Folding> {
        let current = model.current.as_ref();
        current.map(|current| &current.source as &dyn Folding)
    }

    fn tree_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut dyn Folding> {
        let current = model.current.as_mut();
        current.map(|current| &mut current.source as &mut dyn Folding)
    }

    fn open(&self, model: &mut Model) {
        let mode = model.privacy;
        let Some(current) = &mut model.current else {
            return;
        };
        let Some(row) = current.source_row().cloned() else {
            return;
        };
        let fate = current.fate(&row, mode);
        let to = match &fate {
            Fate::Became(fields) | Fate::Withheld(fields) => fields.first(),
            Fate::Superseded { field, .. } | Fate::Shadowed(field) => Some(field),
            Fate::Holds(_) | Fate::Dropped(_) => None,
        };
        if to.is_some_and(|to| current.go_to_event(to, mode)) {
            model.focus = Pane::Event;
        } else if !model.fold(None) {
            model.notice = Some(fate.says());
        }
    }

    fn beside(&self) -> [Option<Pane>; 2] {
        [Some(Pane::List), Some(Pane::Event)]
    }

    fn has_value(&self, model: &Model) -> bool {
        let current = model.current.as_ref();
        let row = current.and_then(|current| current.source_row());
        row.is_some_and(|row| !matches!(row, CompletionRow::Unused { .. }))
    }

    fn value(&self, model: &Model) -> Option<(String, JsonText)> {
        let current = model.current.as_ref()?;
        match current.source_row()? {
            CompletionRow::Node { id, .. } => {
                let value = current.completion.document().at(*id);
                let shown = match current.edited_value(*id) {
                    Some(edited) => edited?.clone(),
                    None => with_edits(current, value).unwrap_or_else(|| value.canonical()),
                };
                Some((value.pointer(), shown))
            }
            CompletionRow::Added { pointer, value, .. } => Some((pointer.clone(), value.clone())),
            CompletionRow::Unused { .. } => None,
        }
    }

    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize> {
        let Some(current) = &model.current else {
            return Vec::new();
        };
        let has = |row: &CompletionRow| match row {
            CompletionRow::Node { id, .. } => {
                let value = current.completion.document().at(*id);
                let key = value.key().unwrap_or_default();
                pattern.is_in(&key)
                    || (value.is_leaf() && pattern.is_in(&value.canonical().shown()))
                    || (pattern.is_pointer() && pattern.is_in(&value.pointer()))
            }
            CompletionRow::Added {
                key,
                value,
                pointer,
                ..
            } => {
                pattern.is_in(key)
                    || pattern.is_in(&value.shown())
                    || (pattern.is_pointer() && pattern.is_in(pointer))
            }
            CompletionRow::Unused { .. } => false,
        };
        let rows = current.source.rows().iter().enumerate();
        let found = rows.filter(|(_, row)| has(row));
        found.map(|(index, _)| index).collect()
    }

    fn explain(&self, model: &Model, look: &Look) -> StyledText {
        let theme = &look.theme;
        let current = model.current.as_ref();
        let row = current.and_then(|current| Some((current, current.source_row()?)));
        match row {
            Some((current, row @ CompletionRow::Unused { count, holder, .. })) => {
                let at = current.pointer_of(row);
                let place = if at.is_empty() { "here" } else { at.as_str() };
                let key = model.keymap.shown(Command::Open);
                let does = match current.is_unused_closed(*holder) {
                    true => "shows",
                    false => "hides",
                };
                let says = format!("  holds {count} values that go nowhere; {key} {does} them");
                StyledText::new()
                    .add(place, theme.key)
                    .add(&says, theme.text)
            }
            Some((current, row)) => {
                let leaks = current.leaks_in_source(row);
                let words = leaking(leaks, look)
                    .add(&current.pointer_of(row), theme.key)
                    .add("  ", theme.text);
                with_fate(words, &current.fate_line(row, model.privacy), leaks, look)
            }
            None => StyledText::new(),
        }
    }

    fn draw(
        &self,
        model: &Model,
        look: &Look,
        layout: &Layout,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        draw(model, look, layout.pane(Pane::Completion), buffer);
        None
    }
}

/// Draws the pane into an area, its frame included.
fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::Completion;
    let Some(current) = &model.current else {
        frame(
            buffer,
            area,
            look,
            focused,
            &[("Completion", theme.title)],
            "",
        );
        empty::draw(model, look, inner(area), buffer);
        return;
    };
    let completion = &current.completion;
    let how = match &completion.stream {
        Some(stream) => {
            let plural = if stream.chunks == 1 { "" } else { "s" };
            let api = completion.api.name();
            format!(" · {api} · stream of {} chunk{plural}", stream.chunks)
        }
        None => format!(" · {}", completion.api.name()),
    };
    let unlisted = if model.is_unlisted() {
        " · not listed"
    } else {
        ""
    };
    let title = [
        ("Completion", theme.title),
        (unlisted, theme.warning),
        (how.as_str(), theme.dim),
    ];
    let foot = match focused {
        true => format!(
            "{}/{}",
            current.source.cursor.row + 1,
            current.source.rows().len()
        ),
        false => String::new(),
    };
    frame(buffer, area, look, focused, &title, &foot);
    let inside = inner(area);
    // While the event's pane is read, the sources of its cursor's row are lit.
    let (lit, _) = current.lit_sources();
    let shows_links = model.focus == Pane::Event;
    let rows = Rows {
        inside,
        cursor: &current.source.cursor,
        count: current.source.rows().len(),
        over: focused.then_some(theme.cursor),
        spread: model.spread(Pane::Completion, inside.height),
    };
    let pattern = model.search.pattern();
    rows.draw(look, buffer, |index, _, pen| {
        let row = &current.source.rows()[index];
        let is_lit =
            shows_links && matches!(row, CompletionRow::Node { id, .. } if lit.contains(id));
        draw_row(model, row, is_lit, pattern.as_ref(), look, pen);
    });
}

fn draw_row(
    model: &Model,
    row: &CompletionRow,
    is_lit: bool,
    pattern: Option<&Pattern>,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let theme = &look.theme;
    let Some(current) = &model.current else {
        return;
    };
    match row {
        CompletionRow::Added {
            key,
            value,
            depth,
            pointer,
        } => {
            let fate = current.fate_of_edit(pointer);
            let leaks = current.leaks_in_source(row);
            mark(&fate, leaks, false, look, pen);
            let style = if leaks { theme.error } else { theme.edited };
            pen.skip(depth * 2 + 2);
            pen.put(key, theme.edited).put(" ", theme.text);
            pen.put(&value::quoted_text(value), style);
            pen.put(&format!(" {} added", look.symbols.edited), theme.dim);
        }
        CompletionRow::Unused {
            holder,
            count,
            depth,
        } => {
            let is_closed = current.is_unused_closed(*holder);
            let (sign, more) = match is_closed {
                true => (look.symbols.closed, " more"),
                false => (look.symbols.open, ""),
            };
            pen.skip(depth * 2)
                .put(sign, theme.dim)
                .put(" ", theme.text);
            pen.put(&format!("{count}{more} that go nowhere"), theme.dim);
        }
        CompletionRow::Node { id, depth, .. } => {
            let value = current.completion.document().at(*id);
            let fate = current.fate(row, model.privacy);
            let leaks = current.leaks_in_source(row);
            if value.is_leaf() || is_lit || leaks {
                mark(&fate, leaks, is_lit, look, pen);
            }
            if let Some(says) = current.arriving(*id) {
                pen.put_right(&format!(" {says} "), theme.dim);
            }
            pen.skip(depth * 2);
            let state = RowState {
                fate: &fate,
                is_lit,
                leaks,
                pattern,
            };
            node(current, value, state, look, pen);
        }
    }
}

/// A part of the request with what edits made of it; none where they made nothing of it.
fn with_edits(current: &Current, value: Value<'_>) -> Option<JsonText> {
    let metadata = &current.mapped.metadata;
    let pointer = value.pointer();
    let within = pointer.strip_prefix("/request")?;
    if value.is_leaf() || !current.is_request_edited() || metadata.is_delivered {
        return None;
    }
    let request = current.completion.request()?;
    let request = sample::request(request, metadata);
    let document = Document::parse(request.into(), Limits::default()).ok()?;
    Some(document.resolve(within)?.canonical())
}

fn mark(fate: &Fate, leaks: bool, is_lit: bool, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let (symbol, style) = match fate {
        _ if leaks => (symbols.error, theme.error),
        _ if is_lit => (symbols.lit, theme.accent),
        Fate::Became(_) | Fate::Holds(_) => (symbols.mapped, theme.good),
        Fate::Withheld(_) => (symbols.withheld, theme.warning),
        Fate::Superseded { .. } => (symbols.superseded, theme.dim),
        Fate::Shadowed(_) => (symbols.dropped, theme.warning),
        Fate::Dropped(_) => (symbols.dropped, theme.dim),
    };
    pen.put_right(symbol, style).put_right(" ", theme.text);
}

/// What is to be seen of a value besides itself.
#[derive(Clone, Copy)]
struct RowState<'f> {
    fate: &'f Fate,
    is_lit: bool,
    leaks: bool,
    pattern: Option<&'f Pattern>,
}

fn node(current: &Current, value: Value<'_>, state: RowState<'_>, look: &Look, pen: &mut Pen<'_>) {
    let RowState {
        fate,
        is_lit,
        leaks,
        pattern,
    } = state;
    let (symbols, theme) = (&look.symbols, &look.theme);
    let arrives = fate.arrives() || matches!(fate, Fate::Withheld(_));
    let is_container = value.kind().is_container() && !value.is_empty();
    let is_closed = current.is_source_closed(value.id());
    let fold = match (is_container, is_closed) {
        (false, _) => " ",
        (true, true) => symbols.closed,
        (true, false) => symbols.open,
    };
    pen.put(fold, theme.dim).put(" ", theme.text);
    let key_style = match (is_lit, value.is_leaf() && !arrives) {
        (true, _) => theme.lit,
        (false, true) => theme.dim,
        (false, false) => theme.key,
    };
    match value.key() {
        Some(key) => pen.put(&key, key_style),
        None => pen.put(&value.ordinal().to_string(), theme.dim),
    };
    pen.put(" ", theme.text);
    if is_container {
        container(value, is_closed, look, pen);
        return;
    }
    match current.edited_value(value.id()) {
        Some(Some(edited)) => {
            let style = if leaks { theme.error } else { theme.edited };
            pen.put(&value::quoted_text(edited), style);
            pen.put(&format!(" {} was ", symbols.edited), theme.dim);
            pen.put(&value::quoted(value), theme.dim);
        }
        Some(None) => {
            pen.put(&value::quoted(value), theme.removed);
            pen.put(&format!(" {} removed", symbols.edited), theme.dim);
        }
        None => {
            let style: Style = match arrives {
                _ if leaks => theme.error,
                true => value::style(theme, value.kind()),
                false => theme.dim,
            };
            let longer = || value.preview(found::SEARCHED).into_owned();
            found::put(
                &value::quoted(value),
                longer,
                pattern,
                [style, theme.lit],
                pen,
            );
        }
    }
}

/// What a container holds: how much of it while it is open, a taste of it while it is closed.
fn container(value: Value<'_>, is_closed: bool, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let count = value.len();
    let is_array = value.kind() == Kind::Array;
    if is_array || !is_closed {
        if is_array {
            pen.put(&format!("[{count}]"), theme.dim);
        } else if let Some(role) = value.get("role").and_then(Value::str) {
            pen.put(&role, theme.text);
        }
        return;
    }
    let role = value.get("role").and_then(Value::str);
    let text = value
        .get("content")
        .or(value.get("text"))
        .and_then(|content| {
            let text = content
                .item(0)
                .and_then(|part| part.get("text"))
                .unwrap_or(content);
            (text.kind() == Kind::String).then(|| value::quoted(text))
        });
    match (role, text) {
        (Some(role), text) => {
            pen.put(&role, theme.text);
            pen.put(&format!(" {}", text.unwrap_or_default()), theme.dim);
        }
        _ => {
            let tastes: Vec<String> = value.children().take(TASTED).map(taste).collect();
            let more = if count > TASTED { ", …" } else { "" };
            pen.put(&format!("{{{}{more}}}", tastes.join(", ")), theme.dim);
        }
    }
}

/// Members of a closed object that its row shows, and the columns that each value may take.
const TASTED: usize = 4;
const TASTE: usize = 24;

/// A member of a closed object, what it holds reduced to a sign.
fn taste(member: Value<'_>) -> String {
    let key = member.key().unwrap_or_default();
    let shown = match member.kind() {
        Kind::Array if !member.is_empty() => "[…]".to_owned(),
        Kind::Object if !member.is_empty() => "{…}".to_owned(),
        _ => display::clip(&value::quoted(member), TASTE),
    };
    format!("{key} {shown}")
}
