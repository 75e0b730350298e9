//! What the tour says, below the panes, and the light on what it points at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::{Light, STOPS, Task, TourPlace, Within};
use crate::completion::Edit;
use crate::inspector::keys::command::TABLE;
use crate::inspector::ui::pen::{Pen, clear};
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Layout, Model, Pane};

/// Columns of a screen from which on what is said fits into two lines, and into three below.
const WIDE: u16 = 112;

/// Columns below which it takes four.
const NARROW: u16 = 72;

/// How many lines the tour speaks in, its heading included.
pub(crate) fn height(width: u16) -> u16 {
    match width {
        WIDE.. => 3,
        NARROW.. => 4,
        _ => 5,
    }
}

/// Draws what is said at a place.
pub(crate) fn draw(model: &Model, place: TourPlace, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    clear(buffer, area);
    let theme = &look.theme;
    let (stop, step) = place.here();
    let mut pen = Pen::line(buffer, area, 0);
    let number = format!(" Tour {} of {} ", place.stop + 1, STOPS.len());
    pen.put(&look.symbols.line.repeat(2), theme.border_focused)
        .put(&number, theme.loud)
        .put(&format!(" {} ", stop.title), theme.title);
    let rest = look.symbols.line.repeat(pen.room());
    pen.put(&rest, theme.border_focused);
    let says = match step.astray.filter(|_| model.is_astray()) {
        Some(astray) => said(model, astray, look),
        None => said(model, step.says, look),
    };
    let room = usize::from(area.width).saturating_sub(2);
    let mut widths = vec![room; usize::from(area.height.saturating_sub(1))];
    let (mut lines, is_whole) = says.fit(&widths);
    if !is_whole && let Some(last) = widths.last_mut() {
        *last = last.saturating_sub(2);
        lines = says.fit(&widths).0;
    }
    let count = lines.len();
    for (at, (y, line)) in (1..area.height).zip(lines).enumerate() {
        let mut pen = Pen::line(buffer, area, y);
        pen.put(" ", theme.text);
        says.put(line, &mut pen);
        if at + 1 == count && !is_whole {
            pen.put(" …", theme.dim);
        }
    }
}

/// What the keys of the tour do at a place, in a word or two.
pub(crate) fn hints(place: TourPlace) -> Vec<(&'static str, &'static str)> {
    let goes_on = match place.here().1.task {
        Task::Read => "go on",
        Task::Do { .. } => "do it for me",
    };
    let mut hints = vec![("Space", goes_on)];
    if place != TourPlace::default() {
        hints.push(("Backspace", "back"));
    }
    hints.push(("1-7", "other stops"));
    hints
}

/// What stands in a text for the key that was added last.
const ADDED: &str = "added";

/// The trace key that was added last.
fn added(model: &Model) -> String {
    let index = model.current.as_ref().map(|current| current.index);
    let entry = index.and_then(|index| model.library.entry(index));
    let last = entry.and_then(|entry| entry.edits.steps().last());
    match last {
        Some(Edit::SetKey { key, .. }) => key.clone(),
        _ => String::new(),
    }
}

/// A text with the keys of the commands that it names.
fn said(model: &Model, says: &str, look: &Look) -> StyledText {
    let theme = &look.theme;
    let mut text = StyledText::new();
    let mut rest = says;
    while let Some((before, after)) = rest.split_once('{') {
        text = text.add(before, theme.text);
        let Some((name, after)) = after.split_once('}') else {
            return text.add(after, theme.text);
        };
        let entry = TABLE.iter().find(|entry| entry.name == name);
        text = match entry {
            Some(entry) => text.add(&look.key(&model.key_in_words(entry.command)), theme.accent),
            None if name == ADDED => text.add(&added(model), theme.text),
            None => text.add(name, theme.accent),
        };
        rest = after;
    }
    text.add(rest, theme.text)
}

/// Lights what the tour points at, where it is on the screen.
pub(crate) fn light(
    model: &Model,
    layout: &Layout,
    light: Light,
    look: &Look,
    buffer: &mut Buffer,
) {
    let is_covered = !model.windows.is_empty();
    let area = match light.within {
        Within::Window if is_covered => model.window_area(),
        Within::Header => layout.header,
        Within::Trace if !is_covered => layout.inner(Pane::Trace),
        Within::Completion if !is_covered => layout.inner(Pane::Completion),
        Within::Event if !is_covered => layout.inner(Pane::Event),
        Within::Window | Within::Trace | Within::Completion | Within::Event => return,
    };
    if let Some(place) = find(buffer, area, light.text) {
        // Where the cursor's row is reversed as well, a line below it still tells it apart.
        let style = look.theme.loud.add_modifier(Modifier::UNDERLINED);
        buffer.set_style(place, style);
    }
}

/// Where a text stands within an area, if it does.
fn find(buffer: &Buffer, area: Rect, text: &str) -> Option<Rect> {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        // The byte at which each column begins.
        let mut columns = Vec::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            columns.push((line.len(), x));
            line.push_str(symbol);
            x = x.saturating_add(u16::try_from(symbol.width()).unwrap_or(1).max(1));
        }
        let Some(at) = line.find(text) else { continue };
        let column = |byte: usize| {
            let found = columns.iter().find(|(have, _)| *have >= byte);
            found.map_or(area.right(), |(_, x)| *x)
        };
        let (from, to) = (column(at), column(at + text.len()));
        return Some(Rect::new(from, y, to.saturating_sub(from), 1));
    }
    None
}

impl Model {
    /// A command's key, or how else it is run.
    pub(crate) fn key_in_words(&self, command: Command) -> String {
        let key = self.keymap.shown(command);
        match key.is_empty() {
            true => format!(":{}", command.entry().name),
            false => key,
        }
    }
}
