//! The lines below the panes in which the tour, a script that plays, or presenter mode speaks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::play::Playing;
use super::tour;
use crate::display;
use crate::inspector::Model;
use crate::inspector::ui::pen::{Pen, clear};
use crate::inspector::ui::theme::Look;

/// Lines of a screen from which on a caption has a blank line above and below it.
const ROOMY: u16 = 32;

/// How many lines are spoken in.
pub(crate) fn height(model: &Model) -> u16 {
    if model.tour.is_some() {
        return tour::height(model.size.0);
    }
    if model.playing.is_some() {
        return if model.size.1 >= ROOMY { 3 } else { 2 };
    }
    match model.presenter {
        Some(_) if model.size.1 >= ROOMY => 3,
        Some(_) => 1,
        None => 0,
    }
}

/// Draws what is said.
pub(crate) fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    if let Some(tour) = &model.tour {
        return tour::draw(model, tour.place, look, area, buffer);
    }
    if let Some(playing) = &model.playing {
        return script(playing, look, area, buffer);
    }
    clear(buffer, area);
    buffer.set_style(area, look.theme.cursor);
    let caption = model.caption().unwrap_or_default();
    say(&caption, area.height / 2, look, area, buffer);
}

/// What a script says, where it is, and what it waits for.
fn script(playing: &Playing, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    clear(buffer, area);
    buffer.set_style(area, theme.cursor);
    let (caption, waits) = playing.says();
    let last = area.height - 1;
    if last > 0 {
        say(&caption, last / 2, look, area, buffer);
    }
    let mut pen = Pen::line(buffer, area, last).over(theme.cursor);
    pen.put_right(&format!(" {waits} "), theme.text);
    if let Some((number, all, title)) = playing.chapter() {
        pen.put(&format!(" {number} of {all} · {title}"), theme.accent);
    }
}

/// Writes a caption in the middle of a line.
fn say(caption: &str, line: u16, look: &Look, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(2);
    let left = room.saturating_sub(display::width(caption)) / 2 + 1;
    Pen::line(buffer, area, line)
        .over(look.theme.cursor)
        .skip(left)
        .put_within(caption, room, look.theme.title);
}
