//! Sending all: how far it is, and what was not accepted.

use crate::delivery::bulk::BulkEnd;
use crate::display::{self, counted};
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::inspector::ui::line::{Line, wrapped};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::send_all::forecast::Forecast;
use crate::inspector::windows::send_all::{SendAll, SendAllStage, SendAllWindow};
use crate::inspector::{Command, Model};
use crate::prepare::TRACK_IS_DISCARDED;

/// Columns of the word that says what became of an event, and of what stands behind it.
const WORD: usize = 14;

/// What the window shows.
pub fn of<'a>(window: &SendAllWindow, model: &'a Model, look: &'a Look) -> View<'a> {
    let view = View::new("Send all");
    let Some(all) = &model.all else {
        return view;
    };
    let asks = all.stage == SendAllStage::Confirming;
    let wide = (model.window_size().0 / 4).clamp(16, 36);
    let view = match all.endpoint.kind {
        DestinationKind::Workshop => view.head(move |pen| {
            pen.skip(1).put(TRACK_IS_DISCARDED, look.theme.dim);
        }),
        _ => view,
    };
    let under_cursor = all.rows.get(window.cursor.row);
    let says = under_cursor.map(|row| vec![(row.result.says.clone(), look.theme.text)]);
    let room = model.window_size().0.saturating_sub(2);
    let says = says.filter(|line| {
        let width: usize = line.iter().map(|(text, _)| display::width(text)).sum();
        WORD + wide + 4 + width > room
    });
    // What its row has no room for is read below.
    let view = match says {
        Some(says) => {
            let lines = wrapped(&says, room);
            view.below(std::iter::once(Line::new()).chain(lines).collect())
        }
        None => view,
    };
    let view = match all.missing.is_empty() {
        true => view,
        false => view.head(move |pen| {
            pen.skip(1).put(&all.missing.join(" "), look.theme.warning);
        }),
    };
    view.subtitle(counted(all.total, "completion"))
        .head(move |pen| status(model, all, look, pen.skip(1)))
        .head(move |pen| match asks {
            true => faults(all, look, pen.skip(1)),
            false => bar(all, look, pen.skip(1)),
        })
        .head(move |pen| {
            if !asks {
                counts(model, all, look, pen.skip(1));
            }
        })
        .head(move |pen| {
            if !all.rows.is_empty() {
                let says = "What did not go through, and why";
                pen.skip(1).put(says, look.theme.title);
            }
        })
        .rows(window.cursor, look, &all.rows, move |row, _, pen| {
            let (symbol, style) = match row.is_failure {
                true => (look.symbols.error, look.theme.error),
                false => (look.symbols.dropped, look.theme.dim),
            };
            let result = &row.result;
            pen.put(&format!(" {symbol} "), style);
            pen.put_padded(row.word, WORD, style);
            pen.put_padded(&result.name, wide, look.theme.text);
            // Its place is said once.
            let place = result.origin.to_string();
            let says = result.says.strip_prefix(&*result.origin.file);
            let says = says.and_then(|rest| Some(rest.split_once(": ")?.1));
            let says = says.unwrap_or(&result.says);
            pen.put(" ", look.theme.text).put(says, look.theme.text);
            pen.put(&format!("  {place}"), look.theme.dim);
        })
}

fn status(model: &Model, all: &SendAll, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let name = model.destination.called(&all.endpoint);
    let mode = match all.privacy {
        Privacy::On => " with privacy mode on, without input and output",
        Privacy::Off => "",
    };
    match &all.stage {
        SendAllStage::Confirming => {
            pen.put(&format!("{} not sent yet", symbols.warning), theme.warning);
        }
        SendAllStage::Sending => {
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
        SendAllStage::Stopping => {
            let close = model.keymap.shown(Command::Close);
            let says = "stopping: what is under way may take 10 s to end;";
            let says = format!("{} {says} {close} again cuts it off", symbols.warning);
            pen.put(&says, theme.warning);
        }
        SendAllStage::Ended(BulkEnd::Complete)
            if all.done() > 0 && all.done() == all.without + all.left_out =>
        {
            let were = [(all.without, "without event"), (all.left_out, "left out")];
            let were = were.into_iter().filter(|(count, _)| *count > 0);
            let were = were.map(|(count, what)| format!("{count} {what}"));
            let were: Vec<String> = were.collect();
            let says = format!("{} nothing was sent: ", symbols.warning);
            pen.put(&says, theme.warning);
            pen.put(&were.join(", "), theme.text);
        }
        SendAllStage::Ended(BulkEnd::Complete) if all.refused + all.unsent == 0 => {
            pen.put(&format!("{} all accepted", symbols.good), theme.good);
            let says = [
                "   accepted is not stored: whether it is shown there is up to the receiver",
                "   accepted is not stored",
            ];
            let room = pen.room();
            let fits = |says: &&str| display::width(says) <= room;
            let says = says.into_iter().find(fits);
            pen.put(says.unwrap_or_default(), theme.dim);
        }
        SendAllStage::Ended(BulkEnd::Complete) => {
            let were = |count: usize, what: &str| {
                let were = if count == 1 { "was" } else { "were" };
                (count > 0).then(|| format!("{count} {were} {what}"))
            };
            let says = [
                were(all.refused, "not accepted"),
                were(all.unsent, "not sent"),
            ];
            let says: Vec<String> = says.into_iter().flatten().collect();
            let says = format!("{} {}", symbols.error, says.join(", "));
            pen.put(&says, theme.error);
        }
        SendAllStage::Ended(BulkEnd::Stopped) => {
            pen.put(&format!("{} stopped", symbols.warning), theme.warning);
            let rest = all.total.saturating_sub(all.done());
            pen.put(&format!(": {rest} were not tried"), theme.text);
        }
        SendAllStage::Ended(BulkEnd::Pointless(why)) => {
            pen.put(&format!("{} ended early: ", symbols.error), theme.error);
            pen.put(why, theme.text);
        }
    }
}

/// How many of the events say words of the conversation although privacy mode is on, as far as that is known.
pub fn leaks(forecast: &Forecast) -> Option<String> {
    let (events, say) = match forecast.leaking {
        0 => return None,
        1 => ("1 event".to_owned(), "still says"),
        count => (format!("{count} events"), "still say"),
    };
    Some(format!(
        "It leaks: privacy mode is on, and {events} {say} words of the conversation."
    ))
}

/// What a Workshop makes of the events, as far as that is not what was sent.
pub fn in_workshop(forecast: &Forecast) -> Option<String> {
    let notes = forecast.notes.iter().map(|(note, count)| {
        let are = if *count == 1 { "is" } else { "are" };
        format!("{count} {are} {}", note.of_many())
    });
    let notes: Vec<String> = notes.collect();
    let is_partial = forecast.are_notes_partial;
    match (notes.is_empty(), is_partial) {
        (true, false) => None,
        (true, true) => Some(
            "There, events of one trace_id become one run; only the first ones were looked at for that.".to_owned(),
        ),
        (false, _) => {
            let least = if is_partial { " at least" } else { "" };
            Some(format!("There,{least} {}.", notes.join("; ")))
        }
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
    let (sent, total) = (all.sent(), all.to_send());
    let share = (sent * 100).checked_div(total).unwrap_or(100);
    let words = format!(" {share:>3}%  {sent} of {}", counted(total, "event"));
    let room = pen.room().saturating_sub(words.len() + 1).min(60);
    let filled = room * share / 100;
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
    let mut counted = |count: usize, symbol: &str, says: &str, style| {
        if count > 0 {
            pen.put(&format!("   {symbol} {count} {says}"), style);
        }
    };
    counted(all.refused, symbols.error, "not accepted", theme.error);
    counted(all.unsent, symbols.error, "not sent", theme.error);
    counted(all.without, symbols.dropped, "without event", theme.dim);
    counted(all.left_out, symbols.dropped, "left out", theme.dim);
    if let Some(rate) = all.rate(model.now) {
        pen.put(&format!("   {rate:.0} events/s"), theme.text);
    }
    if let Some(left) = all.left(model.now) {
        pen.put(&format!("   {left} s left"), theme.text);
    }
}
