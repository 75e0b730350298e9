//! Sending all: how far it is, and what was not accepted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::event::privacy::Privacy;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::overlay::ALL_LINES;
use crate::inspector::windows::send_all::{Over, SendAll, Stage};
use crate::inspector::{Command, Model};

/// Draws the window.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let Some(all) = &model.all else {
        return;
    };
    let count = format!("{} completions", all.total);
    let inside = window::open(look, area, "Send all", &count, buffer);
    let head = inside.height.min(u16::try_from(ALL_LINES).unwrap_or(4));
    for y in 0..head {
        let mut pen = Pen::line(buffer, inside, y);
        pen.put(" ", theme.text);
        match y {
            0 => status(model, all, look, &mut pen),
            1 if all.stage == Stage::Confirming => faults(all, look, &mut pen),
            2 if all.stage == Stage::Confirming => {
                if let Some(foreign_key) = &model.destination.foreign_key {
                    let says = format!("{} {foreign_key}", look.symbols.warning);
                    pen.put(&says, theme.warning);
                }
            }
            1 => bar(all, look, &mut pen),
            2 => counts(model, all, look, &mut pen),
            _ if !all.rows.is_empty() => {
                let open = model.keymap.shown(Command::Open);
                let says = "Not accepted or without event, and why;";
                pen.put(&format!("{says} {open} goes to it"), theme.title);
            }
            _ => {}
        }
    }
    let rows = all.rows.iter().enumerate().skip(all.cursor.offset);
    for (y, (index, row)) in (head..inside.height).zip(rows) {
        let mut pen = Pen::line(buffer, inside, y);
        if index == all.cursor.row {
            pen = pen.over(theme.cursor);
        }
        let (symbol, style) = match row.is_failure {
            true => (look.symbols.error, theme.error),
            false => (look.symbols.dropped, theme.dim),
        };
        let outcome = &row.outcome;
        let wide = usize::from(inside.width) / 4;
        pen.put(&format!(" {symbol} "), style);
        pen.put_padded(row.word, 12, style);
        pen.put_padded(&outcome.name, wide.clamp(16, 36), theme.text);
        pen.put(" ", theme.text).put(&outcome.says, theme.text);
        pen.put(&format!("  {}", outcome.origin), theme.dim);
    }
}

fn status(model: &Model, all: &SendAll, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let name = model.destination.the();
    let mode = match all.privacy {
        Privacy::On => " with privacy mode on, without input and output",
        Privacy::Off => "",
    };
    match &all.stage {
        Stage::Confirming => {
            pen.put(
                &format!("{} not sent yet: ", symbols.warning),
                theme.warning,
            );
            let what = format!(
                "press {} to send {} to {}{mode}",
                model.keymap.shown(Command::Open),
                what(all),
                model.destination.the_there()
            );
            pen.put(&what, theme.title);
        }
        Stage::Sending => {
            if let Some((since, wait)) = all.waiting {
                let left = (since + i64::try_from(wait).unwrap_or(0) - model.now).max(0);
                let says = format!(
                    "{} all attempts failed; next one in {} s",
                    symbols.warning,
                    (left + 999) / 1000
                );
                pen.put(&says, theme.warning);
            } else {
                pen.put(&format!("… sending to {name}{mode}"), theme.title);
            }
        }
        Stage::Stopping => {
            let close = model.keymap.shown(Command::Close);
            let says = "stopping: what is under way may take 10 s to end;";
            let says = format!("{} {says} {close} again cuts it off", symbols.warning);
            pen.put(&says, theme.warning);
        }
        Stage::Ended(Over::Complete) if all.refused == 0 => {
            pen.put(&format!("{} all accepted", symbols.good), theme.good);
            pen.put(
                "   accepted is not stored: whether it is shown there is up to the receiver",
                theme.dim,
            );
        }
        Stage::Ended(Over::Complete) => {
            let says = format!("{} {} were not accepted", symbols.error, all.refused);
            pen.put(&says, theme.error);
        }
        Stage::Ended(Over::Stopped) => {
            pen.put(&format!("{} stopped", symbols.warning), theme.warning);
            let rest = all.total.saturating_sub(all.done());
            pen.put(&format!(": {rest} were not tried"), theme.text);
        }
        Stage::Ended(Over::Pointless(why)) => {
            pen.put(&format!("{} ended early: ", symbols.error), theme.error);
            pen.put(why, theme.text);
        }
    }
}

/// `38 events of 41 completions`, and whether that is all there is to know.
fn what(all: &SendAll) -> String {
    let events = match all.forecast.events {
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    };
    let completions = match all.total {
        1 => "1 completion".to_owned(),
        count => format!("{count} completions"),
    };
    match all.forecast.looked < all.total {
        true => format!("at least {events} of {completions}"),
        false => format!("{events} of {completions}"),
    }
}

/// How many of the events had better be mended first.
fn faults(all: &SendAll, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let forecast = &all.forecast;
    let (says, style) = match forecast.faulty {
        0 => ("none of them has an error".to_owned(), theme.dim),
        faulty => {
            let codes: Vec<&str> = forecast.codes.iter().map(|code| code.as_str()).collect();
            let have = match faulty {
                1 => "1 of them has",
                _ => &format!("{faulty} of them have"),
            };
            let codes = codes.join(", ");
            let says = format!("{} {have} errors: {codes}", symbols.error);
            (says, theme.error)
        }
    };
    pen.put(&says, style);
    if forecast.looked < all.total {
        let says = format!("   only {} were looked at so far", forecast.looked);
        pen.put(&says, theme.warning);
    }
}

fn bar(all: &SendAll, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let (done, total) = (all.done(), all.total.max(all.done()).max(1));
    let words = format!(" {:>3}%  {done} of {total}", done * 100 / total);
    let room = pen.room().saturating_sub(words.len() + 1).min(60);
    let filled = room * done / total;
    let [full, empty] = look.symbols.bar;
    pen.put(&full.repeat(filled), theme.accent);
    pen.put(&empty.repeat(room - filled), theme.dim);
    pen.put(&words, theme.text);
}

fn counts(model: &Model, all: &SendAll, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    pen.put(
        &format!("{} {} accepted", symbols.good, all.accepted),
        theme.good,
    );
    let style = if all.refused > 0 {
        theme.error
    } else {
        theme.dim
    };
    pen.put(
        &format!("   {} {} refused", symbols.error, all.refused),
        style,
    );
    let without = format!("   {} {} without event", symbols.dropped, all.without);
    pen.put(&without, theme.dim);
    if let Some(rate) = all.rate(model.now) {
        pen.put(&format!("   {rate:.0} events/s"), theme.text);
    }
    if let Some(left) = all.left(model.now) {
        pen.put(&format!("   {left} s left"), theme.text);
    }
}
