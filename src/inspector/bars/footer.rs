//! The lines at the bottom: what is said or what the cursor is on, the worst finding, the keys. Whatever is
//! said stands here and nowhere else, and never over what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::worst_finding::WorstFinding;
use crate::display;
use crate::inspector::edits::field::Editor;
use crate::inspector::keys::offer::Hint;
use crate::inspector::library::filter;
use crate::inspector::prompt::Export;
use crate::inspector::prompt::{Prompt, PromptKind};
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::windows::detail::Detail;
use crate::inspector::{Command, Layout, Model, Pane};

/// Draws the footer; returns where the terminal's cursor belongs while a search is typed.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let area = layout.footer;
    let rows = area.height - 1;
    let mut cursor = None;
    let mut used = 0;
    if rows > 0 {
        cursor = typed(model, look, area, buffer);
        used = u16::from(cursor.is_some());
    }
    let below = |used: u16| Rect {
        y: area.y + used,
        height: rows - used,
        ..area
    };
    let said = said(model, look);
    let suggested = model
        .prompt
        .as_ref()
        .filter(|_| said.is_empty() && used < rows);
    if let Some(prompt) = suggested.filter(|prompt| prompt.suggestions.is_some()) {
        let words = StyledText::new().add(suggestions(prompt).trim(), look.theme.text);
        used += say(&words, look, below(used), buffer);
    }
    let is_said = !said.is_empty() && used < rows;
    if is_said {
        // What is said is read to its end before anything else.
        used += say(&said, look, below(used), buffer);
    }
    // Where nothing is said and nothing typed, what the cursor is on has a line before the finding.
    let is_explained = used == 0 && rows > 0;
    let left = rows - used;
    let most = left - u16::from(is_explained);
    let worst = WorstFinding::of(model, look, area.width, usize::from(most));
    let spare = left.saturating_sub(worst.height());
    if is_explained {
        used = spare.max(1);
        if model.windows.is_empty() {
            let room = Rect {
                height: used,
                ..area
            };
            say(&model.focused().explain(model, look), look, room, buffer);
        }
    } else if is_said && spare > 0 && model.windows.is_empty() && cursor.is_none() {
        let line = Rect {
            height: 1,
            ..below(used)
        };
        used += say(&model.focused().explain(model, look), look, line, buffer);
    }
    if used < rows && is_about_completion(model) {
        worst.draw(look, below(used), buffer);
    }
    hints(model, look, area, buffer);
    cursor
}

/// Whether what is in sight is the completion, so that what is to be remarked of it belongs there.
fn is_about_completion(model: &Model) -> bool {
    match model.windows.behind_dialog() {
        None => true,
        Some(window) => window.is_about_completion(),
    }
}

/// The line that is being typed: what is asked for, or the search. Returns the cursor's place.
fn typed(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = &look.theme;
    let mut pen = Pen::line(buffer, area, 0);
    if let Some(prompt) = &model.prompt {
        pen.put(" ", theme.text);
        return Some(ask(model, prompt, look, &mut pen, area));
    }
    let input = model.search.typing.as_ref()?;
    pen.put(" ", theme.text);
    let found = model.matches().len();
    let count = match (input.value().is_empty(), found) {
        (true, _) => String::new(),
        (_, 1) => " 1 match ".to_owned(),
        (_, found) => format!(" {found} matches "),
    };
    pen.put_right(&count, theme.dim);
    pen.put("/", theme.accent);
    let (text, at) = visible_input(input, pen.room());
    pen.put(&text, theme.text);
    let x = area.x + 2 + u16::try_from(at).unwrap_or(0);
    Some(Position::new(x, area.y))
}

/// What is to be said before anything else: what is wrong with what is typed, and the notice.
fn said(model: &Model, look: &Look) -> StyledText {
    let theme = &look.theme;
    let words = StyledText::new();
    let raw = model.trace.raw.as_ref().and_then(|raw| raw.error.as_ref());
    if let Some(error) = raw {
        let says = format!("{} {}: {}", look.symbols.error, error.position, error.says);
        let words = words.add(&says, theme.error);
        return match &model.notice {
            Some(notice) => words.add(&format!("  {notice}"), theme.title),
            None => words.add("; the event shows the last valid text", theme.dim),
        };
    }
    if let Some(notice) = &model.notice {
        return words.add(notice, theme.title);
    }
    let editor = model.trace.editor.as_ref();
    match editor.and_then(|editor| editor.error.as_ref()) {
        Some(error) => words
            .add(look.symbols.error, theme.error)
            .add(" ", theme.text)
            .add(error, theme.error)
            .add("; the event shows what was valid last", theme.dim),
        // What is typed is longer than its field: it stands here as far as there is room.
        None => match editor.filter(|editor| is_longer_than_its_field(model, editor)) {
            Some(editor) => {
                let room = usize::from(model.size.0).saturating_sub(6);
                words
                    .add(look.symbols.edited, theme.edited)
                    .add(" ", theme.text)
                    .add(&visible_input(&editor.input, room).0, theme.edited)
            }
            None => words,
        },
    }
}

/// Whether what is typed is longer than the room that it has in the trace pane.
fn is_longer_than_its_field(model: &Model, editor: &Editor) -> bool {
    /// Columns of a key and of the kind of value beside the field, about.
    const BESIDE: usize = 20;
    let pane = usize::from(model.layout().inner(Pane::Trace).width);
    display::width(editor.input.value()) > pane.saturating_sub(BESIDE)
}

/// Writes words into as many lines of an area as they need; gives how many that is.
fn say(words: &StyledText, look: &Look, area: Rect, buffer: &mut Buffer) -> u16 {
    let width = usize::from(area.width).saturating_sub(2);
    let mut widths = vec![width; usize::from(area.height)];
    let (mut lines, mut is_whole) = words.fit(&widths);
    let squeezed;
    let mut words = words;
    if !is_whole && area.height == 1 {
        squeezed = words.squeezed(width);
        words = &squeezed;
        (lines, is_whole) = words.fit(&widths);
    }
    if !is_whole && let Some(last) = widths.last_mut() {
        // What is cut ends with a word, and says that it goes on.
        *last = last.saturating_sub(2);
        (lines, _) = words.fit(&widths);
    }
    for (y, line) in (0..area.height).zip(&lines) {
        let mut pen = Pen::line(buffer, area, y);
        pen.put(" ", look.theme.text);
        words.put(line.clone(), &mut pen);
        if usize::from(y) + 1 == lines.len() && !is_whole {
            pen.put(" …", look.theme.dim);
        }
    }
    u16::try_from(lines.len()).unwrap_or(1).max(1)
}

/// A line that is asked for. Returns the cursor's place.
fn ask(model: &Model, prompt: &Prompt, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Position {
    let theme = &look.theme;
    let is_filter = prompt.kind == PromptKind::Filter && prompt.suggestions.is_none();
    let mistake = model.listing.filter.mistake().filter(|_| is_filter);
    let aside = match prompt.kind {
        // They stand below where there is a line for them.
        _ if prompt.suggestions.is_some() && area.height > 2 => String::new(),
        _ if prompt.suggestions.is_some() => suggestions(prompt),
        PromptKind::Save if model.has_edits() => " a sample with the edits in it ".to_owned(),
        PromptKind::Save => " a copy: there are no edits to save ".to_owned(),
        PromptKind::Export(Export::Report) => " this completion, without its text ".to_owned(),
        PromptKind::Export(Export::ReportWithText) => " this completion, with its text ".to_owned(),
        PromptKind::Export(Export::ReportListed) => " what is listed, without its text ".to_owned(),
        PromptKind::Export(Export::Picture) => {
            " the screen, its text too; .svg or .png ".to_owned()
        }
        PromptKind::Open => " a file or a folder; Tab completes ".to_owned(),
        PromptKind::Find => found(model),
        PromptKind::Pointer => match model.leads_to(prompt.input.value()) {
            Some((pane, _)) => format!(" in the {} ", pane.title().to_lowercase()),
            None if prompt.input.value().is_empty() => {
                " as /request/user, request.user or /ai_data/input ".to_owned()
            }
            None => " not there ".to_owned(),
        },
        PromptKind::Filter if prompt.input.value().is_empty() => format!(" {} ", filter::HELP),
        PromptKind::Filter if mistake.is_some() => {
            mistake.map_or(String::new(), |why| format!(" {why} "))
        }
        PromptKind::Filter if prompt.is_selected => {
            " what is typed takes its place; → goes on with it ".to_owned()
        }
        PromptKind::Filter => {
            let (listed, all) = (model.listed(), model.library.len());
            match model.listing.progress(&model.library) {
                Some(looked) => format!(" {listed} of {looked} looked at, {all} in all "),
                None => format!(" {listed} of {all} "),
            }
        }
    };
    let typed = display::width(prompt.kind.label()) + display::width(prompt.input.value()) + 2;
    let left = pen.room().saturating_sub(typed).max(pen.room() / 2);
    let aside = display::clip(&aside, left.min(pen.room() * 3 / 4));
    let style = match mistake {
        Some(_) => theme.warning,
        None => theme.dim,
    };
    pen.put_right(&aside, style);
    pen.put(prompt.kind.label(), theme.accent);
    let (text, at) = visible_input(&prompt.input, pen.room());
    let style = match prompt.is_selected {
        true => theme.cursor,
        false => theme.text,
    };
    pen.put(&text, style);
    let x = 1 + display::width(prompt.kind.label()) + at;
    Position::new(
        area.x + u16::try_from(x).unwrap_or(0).min(area.width - 1),
        area.y,
    )
}

/// What could follow the typed pointer, as far as there is room for it.
fn suggestions(prompt: &Prompt) -> String {
    let suggested = prompt.suggestions.iter();
    let says = suggested.map(|suggested| {
        let more = if suggested.is_part { "  …" } else { "" };
        let shown = &suggested.tokens[..suggested.tokens.len().min(100)];
        // What all begin with is typed already.
        let field = shown
            .first()
            .and_then(|token| token.split_inclusive(':').next());
        let field = field.filter(|field| shown.iter().all(|token| token.starts_with(field)));
        let field = field
            .filter(|field| field.ends_with(':'))
            .unwrap_or_default();
        let shown: Vec<&str> = shown.iter().map(|token| &token[field.len()..]).collect();
        format!(" {}{more} ", shown.join("  "))
    });
    says.collect()
}

/// How often a long text has what is looked for.
fn found(model: &Model) -> String {
    match model
        .windows
        .find::<Detail>()
        .map(|detail| detail.found.len())
    {
        None => String::new(),
        Some(1) => " 1 match ".to_owned(),
        Some(count) => format!(" {count} matches "),
    }
}

/// What can be done here; the way out and the help are always in sight.
fn hints(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let hints = model.hints();
    // The last one of those that stand close together keeps as far from those on the right as from the one before.
    let (gap, after) = if hints.is_tight { (2, 1) } else { (3, 3) };
    let mut pen = Pen::line(buffer, area, area.height - 1);
    pen.put(" ", theme.text);
    for (index, hint) in hints.last.iter().rev().enumerate() {
        let gap = if index == 0 { " " } else { "  " };
        pen.put_right(&format!(" {}{gap}", hint.does), theme.dim);
        pen.put_right(&look.key(&hint.key), theme.accent);
    }
    pen.put_right(" ", theme.text);
    let columns =
        |hint: &Hint| display::width(&look.key(&hint.key)) + display::width(hint.does) + 1;
    // The way to all commands is in sight, whatever gives way to it.
    let mut palette = hints.first.iter();
    let palette = palette.position(|hint| hint.command == Some(Command::Palette));
    for (at, hint) in hints.first.iter().enumerate() {
        let key = look.key(&hint.key);
        let width = columns(hint);
        let kept = palette.filter(|palette| *palette > at);
        let kept = kept.map_or(0, |palette| columns(&hints.first[palette]) + gap);
        if width + after + kept > pen.room() {
            match kept {
                0 => break,
                _ => continue,
            }
        }
        if width + after + display::width(&hint.remark) <= pen.room() {
            pen.put(&hint.remark, theme.edited);
        }
        pen.put(&key, theme.accent)
            .put(&format!(" {}", hint.does), theme.dim);
        let gap = " ".repeat(pen.room().min(gap));
        pen.put(&gap, theme.dim);
    }
}
