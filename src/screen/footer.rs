//! The lines at the bottom: what the cursor is on, the worst finding with size and leaks, the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::event::{bytes, finding_line, worst_first};
use super::pen::Pen;
use super::theme::Look;
use super::trace::visible_input;
use crate::app::current::Current;
use crate::app::prompt::{Asks, Prompt};
use crate::app::trace::{Slot, slots};
use crate::app::{Command, Layout, Model, Overlay, Pane, filter};
use crate::display;

/// Draws the footer; returns where the terminal's cursor belongs while a search is typed.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let area = layout.footer;
    let theme = &look.theme;
    let mut cursor = None;
    let last = area.height - 1;
    if area.height >= 2 {
        let mut pen = Pen::line(buffer, area, 0);
        pen.put(" ", theme.text);
        if let Some(prompt) = &model.prompt {
            cursor = Some(ask(model, prompt, look, &mut pen, area));
        } else if let Some(input) = &model.search.typing {
            let found = model.matches().len();
            let count = match (input.value().is_empty(), found) {
                (true, _) => String::new(),
                (_, 1) => " 1 match ".to_owned(),
                (_, found) => format!(" {found} matches "),
            };
            pen.put_right(&count, theme.dim);
            pen.put("/", theme.accent);
            let (text, at) = visible_input(input, pen.room().saturating_sub(1));
            pen.put(&text, theme.text);
            let x = area.x + 2 + u16::try_from(at).unwrap_or(0);
            cursor = Some(Position::new(x, area.y));
        } else if let Some(error) = model.trace.editor.as_ref().and_then(|e| e.error.as_ref()) {
            pen.put(look.symbols.error, theme.error)
                .put(" ", theme.text);
            pen.put(error, theme.error);
            pen.put("; the event shows what was valid last", theme.dim);
        } else if let Some(error) = model.trace.raw.as_ref().and_then(|raw| raw.error.as_ref()) {
            let says = format!("{} {}: {}", look.symbols.error, error.position, error.says);
            pen.put(&says, theme.error);
            if let Some(notice) = &model.notice {
                pen.put(&format!("  {notice}"), theme.title);
            } else {
                pen.put("  the event shows the last valid text", theme.dim);
            }
        } else if let Some(notice) = &model.notice {
            pen.put(notice, theme.title);
        } else if model.overlay.is_none() {
            explain(model, look, &mut pen);
        }
    }
    if area.height >= 3 {
        let mut pen = Pen::line(buffer, area, 1);
        pen.put(" ", theme.text);
        verdict(model, look, &mut pen);
    }
    let mut pen = Pen::line(buffer, area, last);
    pen.put(" ", theme.text);
    if model.overlay.is_none() {
        hints(model, look, &mut pen);
    }
    cursor
}

/// A line that is asked for. Returns the cursor's place.
fn ask(model: &Model, prompt: &Prompt, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Position {
    let theme = &look.theme;
    let aside = match prompt.asks {
        Asks::Save => match &prompt.replaces {
            Some(path) if path.to_str() == Some(prompt.input.value()) => {
                " this file is there already: ⏎ replaces it ".to_owned()
            }
            _ => " a sample with the edits in it ".to_owned(),
        },
        Asks::Find => found(model),
        Asks::Pointer if prompt.follows.is_some() => follows(prompt),
        Asks::Pointer => match model.leads_to(prompt.input.value()) {
            Some((pane, _)) => format!(" in the {} ", pane.title().to_lowercase()),
            None if prompt.input.value().is_empty() => {
                " as /request/user, request.user or /ai_data/input ".to_owned()
            }
            None => " not there ".to_owned(),
        },
        Asks::Filter if prompt.input.value().is_empty() => format!(" {} ", filter::HELP),
        Asks::Filter => {
            let (listed, all) = (model.listed(), model.library.len());
            match model.listing.progress(&model.library) {
                Some(looked) => format!(" {listed} of {looked} looked at, {all} in all "),
                None => format!(" {listed} of {all} "),
            }
        }
    };
    let typed = display::width(prompt.asks.label()) + display::width(prompt.input.value()) + 2;
    let left = pen.room().saturating_sub(typed).max(pen.room() / 2);
    let aside = display::clip(&aside, left.min(pen.room() * 3 / 4));
    pen.put_right(&aside, theme.dim);
    pen.put(prompt.asks.label(), theme.accent);
    let (text, at) = visible_input(&prompt.input, pen.room().saturating_sub(1));
    pen.put(&text, theme.text);
    let x = 1 + display::width(prompt.asks.label()) + at;
    Position::new(
        area.x + u16::try_from(x).unwrap_or(0).min(area.width - 1),
        area.y,
    )
}

/// What could follow the typed pointer, as far as there is room for it.
fn follows(prompt: &Prompt) -> String {
    let follows = prompt.follows.iter();
    let says = follows.map(|follows| {
        let more = if follows.is_part { "  …" } else { "" };
        let shown = &follows.tokens[..follows.tokens.len().min(100)];
        format!(" {}{more} ", shown.join("  "))
    });
    says.collect()
}

/// How often a long text has what is looked for.
fn found(model: &Model) -> String {
    match &model.overlay {
        Some(Overlay::Detail(detail)) if detail.found.len() == 1 => " 1 match ".to_owned(),
        Some(Overlay::Detail(detail)) => format!(" {} matches ", detail.found.len()),
        _ => String::new(),
    }
}

/// What the cursor is on, and why it is so.
fn explain(model: &Model, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let Some(current) = &model.current else {
        return;
    };
    match model.focus {
        Pane::Event => explain_event(current, look, pen),
        Pane::Source => {
            let Some(row) = current.source_row() else {
                return;
            };
            let pointer = current.pointer_of(row);
            pen.put(&pointer, theme.key).put("  ", theme.text);
            pen.put(&current.fate(row, model.privacy).says(), theme.text);
        }
        Pane::Trace => {
            let says = match slots(&current.mapped.metadata).get(model.trace.cursor.row) {
                Some(Slot::User) => "request.user becomes /user_id",
                Some(Slot::SessionId) => "request.session_id becomes /ai_data/convo_id",
                Some(Slot::Key(key)) => {
                    let fate = current.mapped.metadata.key_pointer(key);
                    pen.put(&fate, theme.key).put("  ", theme.text);
                    return match current.mapped.metadata.entry(key).and_then(|e| e.source) {
                        Some(id)
                            if !current.mapped.metadata.entry(key).is_some_and(|e| e.edited) =>
                        {
                            let row = crate::app::rows::SourceRow::Node(id);
                            pen.put(&current.fate(&row, model.privacy).says(), theme.text);
                        }
                        _ => {
                            pen.put(&current.fate_of_edit(&fate).says(), theme.text);
                        }
                    };
                }
                Some(Slot::Default("trace_id")) => {
                    "request.trace has no trace_id: the event has the generation id in its place"
                }
                Some(Slot::Default(_)) => {
                    "request.trace has no trace_name: the event has OpenRouter's own in its place"
                }
                Some(Slot::Add) | None => "a new key of request.trace becomes /properties/<key>",
            };
            pen.put(says, theme.text);
        }
        Pane::List => {
            pen.put(&current.completion.origin.to_string(), theme.key);
            let summary = model
                .library
                .entry(current.index)
                .and_then(|entry| entry.summary());
            let model_name = summary
                .map(|summary| summary.model.clone())
                .unwrap_or_default();
            pen.put(&format!("  {model_name}"), theme.text);
        }
    }
}

fn explain_event(current: &Current, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let Some(row) = current.event_row() else {
        return;
    };
    pen.put(&row.pointer, theme.key).put(" ", theme.text);
    let Some(field) = current.field(row) else {
        let says = match row.pointer.as_str() {
            "/is_pending" => "the constant false: nothing will be added to this event · seen",
            _ => "a part of the event",
        };
        pen.put(says, theme.text);
        return;
    };
    let step = field.provenance.step();
    pen.put(&format!("{} {}", look.symbols.from, step.from), theme.text);
    let sources = current.sources_of(row);
    if !sources.is_empty() {
        pen.put(&format!("  {}", sources.join(" + ")), theme.key);
    }
    let edited = if current.is_edited(row) {
        ", edited"
    } else {
        ""
    };
    pen.put(&format!("  · {}{edited}", step.sure.name()), theme.dim);
}

/// The worst finding, the event's size, and whether anything leaks past privacy mode.
fn verdict(model: &Model, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let Some(current) = &model.current else {
        return;
    };
    if current.mapped.event().is_some() {
        let size = bytes(current.sizes[model.privacy as usize]);
        let (text, style) = match current.leaks.len() {
            0 => (format!("{} 0 leaks ", symbols.good), theme.good),
            1 => (format!("{} 1 leak ", symbols.error), theme.error),
            count => (format!("{} {count} leaks ", symbols.error), theme.error),
        };
        pen.put_right(&text, style)
            .put_right(&format!(" {size} · "), theme.dim);
    }
    let findings = worst_first(&current.mapped.findings);
    if let Some(worst) = findings.first() {
        if findings.len() > 1 {
            pen.put_right(&format!("  +{} more ", findings.len() - 1), theme.dim);
        }
        finding_line(worst, look, pen);
    } else if current.mapped.event().is_some() {
        pen.put(&format!("{} nothing to remark", symbols.good), theme.good);
    }
}

/// The commands that matter here, from the same table as the help.
fn hints(model: &Model, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    if let Some(editor) = &model.trace.editor {
        offer(&[("⏎", "keep"), ("Esc", "cancel")], look, pen);
        if let Some(kind) = editor.would_be() {
            let text = display::clip(editor.input.value(), 16);
            let says = format!("text \"{text}\" · ");
            if display::width(&says) + kind.name().len() + 7 <= pen.room() {
                pen.put(&says, theme.edited);
            }
            offer_one("^T", kind.name(), look, pen);
        } else if editor.may_be_json() {
            offer_one("^T", "text or JSON", look, pen);
        }
        return offer(&[("Tab", "next")], look, pen);
    }
    if model.trace.raw.is_some() {
        let outside = model.keymap.shown(Command::EditOutside);
        let mut all = RAW_KEYS.to_vec();
        if !outside.is_empty() {
            all.insert(2, (&outside, Command::EditOutside.entry().hint));
        }
        return offer(&all, look, pen);
    }
    if let Some(prompt) = &model.prompt {
        offer(&[("⏎", prompt.asks.does()), ("Esc", "leave")], look, pen);
        if prompt.asks == Asks::Pointer {
            offer_one("Tab", "complete", look, pen);
        }
        return;
    }
    if model.search.typing.is_some() {
        return offer(&[("⏎", "search"), ("Esc", "leave")], look, pen);
    }
    let own: &[Command] = match model.focus {
        Pane::List => &[Command::Open, Command::Filter, Command::Sort],
        Pane::Trace => &[
            Command::RenameKey,
            Command::AddKey,
            Command::DeleteKey,
            Command::Undo,
        ],
        Pane::Source | Pane::Event => &[
            Command::Open,
            Command::ToggleFold,
            Command::Detail,
            Command::Search,
        ],
    };
    let common = [
        Command::TogglePrivacy,
        Command::Compare,
        Command::EditTrace,
        Command::Send,
        Command::SendAll,
        Command::Destination,
        Command::History,
        Command::Inbox,
        Command::NextPane,
        Command::Palette,
        Command::Help,
        Command::Quit,
    ];
    pen.put_right(
        &format!(
            " {} help  {} quit ",
            model.keymap.shown(Command::Help),
            model.keymap.shown(Command::Quit)
        ),
        theme.dim,
    );
    for command in own.iter().chain(&common) {
        if matches!(command, Command::Help | Command::Quit) {
            continue;
        }
        let key = model.keymap.shown(*command);
        if !offer_one(&key, command.entry().hint, look, pen) {
            break;
        }
    }
}

/// What the editor of the whole trace can do, the most needed first.
const RAW_KEYS: &[(&str, &str)] = &[
    ("^S", "keep"),
    ("Esc", "cancel"),
    ("^Z", "undo"),
    ("^Y", "redo"),
    ("^U", "delete line"),
    ("^W", "delete word"),
    ("^K", "delete rest"),
    ("^← ^→", "by word"),
    ("^Home ^End", "first, last line"),
];

/// Keys and what they do, as many as there is room for.
fn offer(all: &[(&str, &str)], look: &Look, pen: &mut Pen<'_>) {
    for (key, hint) in all {
        if !offer_one(key, hint, look, pen) {
            return;
        }
    }
}

/// A key and what it does; false where there is no room.
fn offer_one(key: &str, hint: &str, look: &Look, pen: &mut Pen<'_>) -> bool {
    let fits = display::width(key) + display::width(hint) + 4 <= pen.room();
    if fits {
        pen.put(key, look.theme.accent)
            .put(&format!(" {hint}   "), look.theme.dim);
    }
    fits
}
