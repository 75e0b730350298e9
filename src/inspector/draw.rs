//! Draws a model and changes nothing: one file a part of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::bars::{footer, header};
use super::edits::raw_view;
use super::panes::{detail, trace};
use super::showing::{guide, tour};
use super::ui::pen::{Pen, clear};
use super::ui::symbols::Symbols;
use super::ui::theme::Look;
use super::windows::question::Question;
use crate::display;
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::{Command, Model, Pane};

/// Draws the whole screen. Returns where the terminal's cursor belongs, while text is typed.
pub fn draw(model: &Model, look: &Look, buffer: &mut Buffer) -> Option<Position> {
    let strong = look.strong();
    let look = if model.presenter.is_some() {
        &strong
    } else {
        look
    };
    let cursor = draw_whole(model, look, buffer);
    if look.symbols == Symbols::ascii() {
        in_ascii(buffer);
    }
    cursor
}

/// Puts ASCII in place of the signs that the program itself writes between texts.
fn in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let sign = match cell.symbol() {
            "…" => "~",
            "·" | "−" | "–" => "-",
            "⏎" | "←" => "<",
            "→" => ">",
            "↑" | "⇧" => "^",
            "↓" => "v",
            "•" | "×" => "*",
            "‹" => "<",
            "›" => ">",
            _ => continue,
        };
        cell.set_symbol(sign);
    }
}

fn draw_whole(model: &Model, look: &Look, buffer: &mut Buffer) -> Option<Position> {
    let layout = model.layout();
    if buffer.area.intersection(layout.screen) != layout.screen {
        return draw_part(model, look, layout.screen, buffer);
    }
    if layout.class == SizeClass::Tiny {
        tiny(model, look, buffer, layout.screen);
        return None;
    }
    header::draw(model, look, &layout, buffer);
    let mut cursor = None;
    // The list may lie over the others as a popup, so it comes last.
    for pane in [Pane::Trace, Pane::Completion, Pane::Event, Pane::List] {
        let area = layout.pane(pane);
        if area.is_empty() {
            continue;
        }
        if pane == Pane::List && layout.class == SizeClass::Medium {
            // It is a popup itself: beneath a window its remains would tell nothing.
            if !model.windows.is_empty() {
                continue;
            }
            // What it lies over steps back.
            set_back(buffer, layout.body, look);
        }
        clear(buffer, area);
        cursor = cursor.or(pane.logic().draw(model, look, &layout, buffer));
    }
    if !layout.detail.is_empty() {
        clear(buffer, layout.detail);
        detail::draw(model, look, layout.detail, buffer);
    }
    if !layout.pane(Pane::Trace).is_empty() {
        cursor = cursor.or(trace::draw_typed(model, look, &layout, buffer));
    }
    if model.pane_layout.zoomed && model.windows.is_empty() {
        zoomed(model, look, layout.pane(model.focus), buffer);
    }
    if let Some(editor) = &model.trace.raw {
        let area = layout.raw();
        clear(buffer, area);
        cursor = raw_view::draw(editor, look, area, buffer);
    }
    guide::draw(model, look, layout.guide, buffer);
    cursor = cursor.or(footer::draw(model, look, &layout, buffer));
    if !model.windows.is_empty() {
        set_back(buffer, layout.body, look);
    }
    let mut behind = layout.window();
    if let Some(top) = model.windows.behind_dialog() {
        let view = top.view(model, look);
        behind = model.area_of(&view);
        clear(buffer, behind);
        let asked = cursor.filter(|_| model.prompt.is_some());
        cursor = view.draw(look, behind, buffer).or(asked);
    }
    for dialog in model.windows.dialogs() {
        let is_alone = model.windows.behind_dialog().is_none();
        let size = dialog.size(model, look);
        let place = dialog_place(layout.window(), (!is_alone).then_some(behind), size);
        if !is_alone {
            set_back(buffer, behind, look);
        }
        clear(buffer, place);
        cursor = dialog.view(model, look).draw(look, place, buffer);
    }
    if let Some(tour) = &model.tour {
        let (_, step) = tour.place.here();
        tour::light(model, &layout, step.light, look, buffer);
    }
    cursor
}

/// Lets what is drawn in an area step back behind a window.
fn set_back(buffer: &mut Buffer, area: Rect, look: &Look) {
    buffer.set_style(area, Style::reset().patch(look.theme.behind));
}

/// Where a dialog lies: below the window or at its bottom, so that what it is about stays in sight; in the middle
/// where there is none.
fn dialog_place(most: Rect, window: Option<Rect>, (columns, lines): (usize, usize)) -> Rect {
    let to_u16 = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let width = to_u16(columns).min(most.width.saturating_sub(2));
    let height = to_u16(lines).min(most.height);
    let y = match window {
        Some(window) if window.bottom() + height <= most.bottom() => window.bottom(),
        Some(window) => window.bottom().saturating_sub(height + 1).max(most.y),
        None => most.y + (most.height - height) / 3,
    };
    Rect {
        x: most.x + (most.width - width) / 2,
        y,
        width,
        height,
    }
}

/// Says on the border of the only pane that there are others.
fn zoomed(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 || area.width < 2 {
        return;
    }
    let key = model.keymap.shown(Command::Zoom);
    let border = Rect::new(area.x + 1, area.bottom() - 1, area.width - 2, 1);
    let says = format!(" zoomed: {key} shows all panes ");
    Pen::line(buffer, border, 0).put_within(&says, usize::from(border.width / 2), look.theme.dim);
}

/// Draws what fits of the screen: the terminal may have become smaller before the model was told.
fn draw_part(model: &Model, look: &Look, screen: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut whole = Buffer::empty(screen);
    let cursor = draw(model, look, &mut whole);
    let fits = buffer.area.intersection(screen);
    for position in fits.positions() {
        buffer[position] = whole[position].clone();
    }
    cursor.filter(|position| fits.contains(*position))
}

/// Where nothing fits: a line of words.
fn tiny(model: &Model, look: &Look, buffer: &mut Buffer, area: Rect) {
    let quit = match model.is_typing() {
        true => "^C".to_owned(),
        false => model.keymap.shown(Command::Quit),
    };
    let mut lines = vec![
        "rainscope".to_owned(),
        "needs 30×8".to_owned(),
        format!("{quit} leaves"),
    ];
    if let Some(notice) = &model.notice {
        lines.insert(0, notice.clone());
    }
    if area.height < 3 {
        lines = vec![format!(
            "{}; {quit} leaves",
            model.notice.as_deref().unwrap_or("needs 30×8")
        )];
    }
    if let Some(question) = model.windows.top_as::<Question>() {
        lines = vec![format!("{} ⏎ {}", question.title(), question.does())];
    }
    let width = usize::from(area.width);
    let lines = lines.iter().flat_map(|line| {
        let lines = display::wrap(line, width).into_iter();
        lines.map(|range| &line[range])
    });
    for (y, line) in (0..area.height).zip(lines) {
        let line = display::clip(line, usize::from(area.width));
        buffer.set_stringn(
            area.x,
            area.y + y,
            line,
            usize::from(area.width),
            look.theme.text,
        );
    }
}
