//! What was sent: the list, one delivery in full, and what was not answered.

use ratatui::style::Style;

use crate::delivery::history::{DeliveryState, Record, VerdictRecord};
use crate::event::DestinationKind;
use crate::inspector::ui::aside::Aside;
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::line::{Line, wrapped};
use crate::inspector::ui::marks::{bytes, place};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::view::View;
use crate::inspector::windows::BESIDE;
use crate::inspector::windows::history::{HistoryWindow, ShownDelivery, counted, not_kept};
use crate::inspector::{Command, Model};
use crate::verify::Outcome;

/// The list of deliveries.
pub fn list<'a>(window: &'a HistoryWindow, model: &'a Model, look: &'a Look) -> View<'a> {
    let theme = &look.theme;
    let count = match window.records.as_ref().map(Vec::len) {
        None | Some(0) => String::new(),
        Some(1) => "1 delivery".to_owned(),
        Some(count) => counted(count, model),
    };
    let width = model.window_size().0;
    let is_beside = width >= BESIDE;
    let columns = match is_beside {
        true => width * 2 / 5,
        false => width,
    };
    let columns = u16::try_from(columns).unwrap_or(u16::MAX);
    let is_searched = window.is_typing || window.is_searched();
    let has_rows = window
        .records
        .as_ref()
        .is_some_and(|records| !records.is_empty());
    let (text, at) = visible_input(&window.search, width.saturating_sub(4));
    let mut view = View::new("History").subtitle(count);
    if is_searched {
        view = view.head(move |pen| {
            pen.put(" / ", theme.accent).put(&text, theme.text);
        });
    } else if has_rows {
        view = view.head(move |pen| heading(&mut pen.part(0, columns), look));
    }
    if window.is_typing {
        view = view.caret_in_head(0, 3 + at);
    }
    let records = match (&window.missing, &window.records) {
        (Some(why), _) => return view.words(look, width, ["There is no history.", "", why]),
        (None, None) => return view.words(look, width, ["reading …"]),
        (None, Some(records)) => records,
    };
    if records.is_empty() && !window.is_searched() {
        let send = model.keymap.shown(Command::Send);
        let says = match model.why_no_destination() {
            Some(why) if model.destination.is_switched_off => why,
            _ => {
                format!("Press {send} on a completion to send a test trace; it is remembered here.")
            }
        };
        return view.words(look, width, ["Nothing was sent yet.", "", says.as_str()]);
    }
    if records.is_empty() {
        let close = model.keymap.shown(Command::Close);
        let says = format!("No delivery has this text. {close} shows all.");
        return view.words(look, width, [says.as_str()]);
    }
    let view = view.rows(window.cursor, look, records, move |record, _, pen| {
        row(record, model.own_sink.as_deref(), look, pen, columns);
    });
    let record = records.get(window.cursor.row).filter(|_| is_beside);
    match record {
        Some(record) => {
            let room = Aside::right_columns(width);
            let most = model.window_size().1;
            let read = window.beside.as_ref();
            let lines = match read.filter(|read| read.delivery.record.id == record.id) {
                Some(read) => lines(read, look, most),
                None => about(record, look),
            };
            view.detail(lines.iter().flat_map(|line| wrapped(line, room)).collect())
        }
        None => view,
    }
}

/// What the list knows of a delivery: all but its attempts and its body, until these are read.
fn about(record: &Record, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let mut lines = outcome(record, look);
    let tries = match (record.attempts, waits(record)) {
        (0, _) => "no attempt ended".to_owned(),
        (1, None) => format!("1 attempt, {:.0} ms", record.millis),
        (1, Some(whole)) => format!("1 attempt, {:.0} ms; {whole:.0} s in all", record.millis),
        (count, None) => format!("{count} attempts, {:.0} ms", record.millis),
        (count, Some(whole)) => format!(
            "{count} attempts, {:.0} ms; {whole:.0} s in all, with the waits",
            record.millis
        ),
    };
    lines.push(vec![(tries, theme.text)]);
    lines.push(Vec::new());
    lines.extend(head_of_request(record, look));
    lines
}

/// Seconds from its being queued to its end, where that is much longer than its attempts took.
fn waits(record: &Record) -> Option<f64> {
    let ended = record.ended_at?;
    let whole = ended.duration_since(record.queued_at).as_secs_f64();
    (whole * 1e3 >= record.millis + 1e3).then_some(whole)
}

/// One delivery in full.
pub fn in_full<'a>(shown: &'a ShownDelivery, width: usize, look: &Look) -> View<'a> {
    let (about, body) = parts(shown, look, usize::MAX);
    let view = View::new("Delivery").subtitle(shown.delivery.record.name.as_str());
    // What is said is read to its end; the body keeps its lines, beside it where there is room, as in the send panel.
    let about = about.iter();
    if width >= BESIDE {
        let room = Aside::left_columns(width);
        let about = about.flat_map(|line| wrapped(line, room)).collect();
        return view.text(shown.scroll, body).aside(about);
    }
    let about = about.flat_map(|line| wrapped(line, width.saturating_sub(2)));
    view.text(shown.scroll, about.chain(body).collect())
}

/// Lists from this width on show tries and time; where it went is worth more than both.
const TRIES_FROM: u16 = 104;
/// Lists from this width on show size and route.
const SIZE_FROM: u16 = 92;

/// Lists from this width on show where it went.
const PLACE_FROM: u16 = 66;
/// Lists from this width on show the day of sending.
const DAY_FROM: u16 = 50;

/// Columns of the name; the rest of a wide screen goes to it, and of a narrow one what the place leaves.
fn name_columns(width: u16) -> usize {
    match width {
        SIZE_FROM.. => usize::from(width.saturating_sub(96)).clamp(20, 50),
        PLACE_FROM.. => usize::from(width - 52).min(30),
        DAY_FROM.. => usize::from(width - 34),
        _ => usize::from(width.saturating_sub(24)).max(8),
    }
}

/// Columns of the time of sending.
fn time_columns(width: u16) -> usize {
    if width < DAY_FROM { 6 } else { 16 }
}

fn heading(pen: &mut Pen<'_>, look: &Look) {
    let dim = look.theme.dim;
    let width = u16::try_from(pen.room()).unwrap_or(u16::MAX);
    let name = name_columns(width);
    let when = if width < DAY_FROM {
        "begun"
    } else {
        "begun (UTC)"
    };
    pen.put("   ", dim)
        .put_padded(when, time_columns(width), dim);
    pen.put_padded("completion", name, dim)
        .put_padded(" answer", 15, dim);
    if width >= TRIES_FROM {
        pen.put_padded("tries", 6, dim).put_padded("time", 9, dim);
    }
    if width >= SIZE_FROM {
        pen.put_padded("size", 8, dim).put("  route", dim);
    }
    if width >= PLACE_FROM {
        pen.put(" → destination", dim);
    }
}

/// A row of the list. `own_sink` is the base URL of the program's own sink, whose port differs each time.
pub(crate) fn row(
    record: &Record,
    own_sink: Option<&str>,
    look: &Look,
    pen: &mut Pen<'_>,
    width: u16,
) {
    let theme = &look.theme;
    let (symbol, style) = mark(record.state, look);
    let answer = match (record.status, record.state) {
        (Some(status), DeliveryState::GaveUp) => format!(" {status} gave up"),
        // It was sent: that it is queued again is the program's own affair.
        (_, DeliveryState::Queued) => " not finished".to_owned(),
        // As the send panel calls it.
        (Some(status), DeliveryState::Cancelled) => format!(" {status} stopped"),
        (None, DeliveryState::Cancelled) => " stopped".to_owned(),
        (Some(status), state) => format!(" {status} {}", state.name()),
        (None, state) => format!(" {}", state.name()),
    };
    let time = match (record.attempts, waits(record)) {
        (0, _) => String::new(),
        (_, Some(whole)) => format!("{whole:.0} s"),
        (_, None) => format!("{:.0} ms", record.millis),
    };
    let tries = match record.attempts {
        0 => String::new(),
        count => format!("×{count}"),
    };
    pen.put(&format!(" {symbol} "), style);
    let format = match width < DAY_FROM {
        true => "%H:%M",
        false => "%m-%d %H:%M:%S",
    };
    let at = record.queued_at.strftime(format).to_string();
    pen.put_padded(&at, time_columns(width), theme.dim);
    pen.put_padded(&record.name, name_columns(width), theme.text);
    match record.outcome {
        Some(outcome) => {
            let (symbol, style) = outcome_mark(outcome, look);
            let says = format!(" {symbol} {}", outcome.name());
            pen.put_padded(&says, 15, style);
        }
        None => {
            pen.put_padded(&answer, 15, style);
        }
    }
    if width >= TRIES_FROM {
        pen.put_padded(&tries, 6, theme.dim);
        pen.put_padded(&time, 9, theme.dim);
    }
    if width >= SIZE_FROM {
        pen.put_padded(&bytes(record.bytes), 8, theme.dim);
        let route = record.route.path().trim_start_matches("/v1/events/");
        pen.put(&format!("  {route}"), theme.dim);
    }
    if width < PLACE_FROM {
        return;
    }
    pen.put(" → ", theme.dim);
    match own_sink == Some(record.endpoint.base_url.as_str()) {
        true => pen.put("local sink", theme.key),
        false => pen.put(&place(&record.endpoint), theme.key),
    };
}

fn mark(state: DeliveryState, look: &Look) -> (&'static str, Style) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    match state {
        DeliveryState::Accepted => (symbols.good, theme.good),
        DeliveryState::Refused | DeliveryState::GaveUp => (symbols.error, theme.error),
        DeliveryState::Queued | DeliveryState::Cancelled => (symbols.warning, theme.warning),
    }
}

/// What became of it, and when.
fn outcome(record: &Record, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let (symbol, style) = mark(record.state, look);
    let second = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let state = match record.state {
        DeliveryState::Queued => "not finished: it may have arrived".to_owned(),
        DeliveryState::Accepted => "accepted".to_owned(),
        DeliveryState::Refused => "refused".to_owned(),
        DeliveryState::GaveUp => "given up after all attempts".to_owned(),
        DeliveryState::Cancelled => "stopped: it may have arrived all the same".to_owned(),
    };
    let ended = record.ended_at.map_or_else(String::new, |at| {
        format!(" · ended {}", at.strftime("%H:%M:%S"))
    });
    vec![
        vec![
            (format!("{symbol} {state}"), style),
            (
                format!("   queued {}{ended}", second(record.queued_at)),
                theme.dim,
            ),
        ],
        Vec::new(),
    ]
}

/// Where it was posted to, its headers with the key hidden, its event and its size.
fn head_of_request(record: &Record, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let url = record.endpoint.url(record.route);
    let mut lines = vec![vec![("POST ".to_owned(), theme.accent), (url, theme.title)]];
    for (name, value) in record.endpoint.headers_shown() {
        let mut line = vec![(format!("{name}: "), theme.key), (value, theme.text)];
        if name == "Authorization" && record.endpoint.kind == DestinationKind::LocalSink {
            // Which of the two is not kept.
            let says = "  a write key, or a sink's word in its place";
            line.push((says.to_owned(), theme.dim));
        }
        lines.push(line);
    }
    // What follows is no header.
    lines.push(Vec::new());
    lines.push(vec![
        ("event_id: ".to_owned(), theme.key),
        (record.event_id.clone(), theme.text),
        (format!("   body, {}:", bytes(record.bytes)), theme.dim),
    ]);
    lines
}

/// What was found when it was read back.
fn verdict(shown: &ShownDelivery, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let Some(VerdictRecord { at, verdict }) = &shown.delivery.verdict else {
        return Vec::new();
    };
    let (symbol, style) = outcome_mark(verdict.outcome, look);
    let at = at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let mut lines = vec![vec![
        (format!("{symbol} verified  "), style),
        (format!("{}: {}", verdict.reader, verdict.says), theme.text),
        (format!("   {at}"), theme.dim),
    ]];
    for deviation in &verdict.deviations {
        lines.push(vec![
            (format!("    {:<9} ", deviation.fate), style),
            (deviation.pointer.clone(), theme.key),
            (format!("  {}", deviation.rule), theme.dim),
        ]);
    }
    lines.push(vec![(format!("    see {}", verdict.link), theme.dim)]);
    lines
}

fn outcome_mark(outcome: Outcome, look: &Look) -> (&'static str, Style) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    match outcome {
        Outcome::Stored => (symbols.good, theme.good),
        Outcome::Differs | Outcome::NotFound => (symbols.warning, theme.warning),
        Outcome::HasText => (symbols.error, theme.error),
    }
}

/// All of it, and so many lines of its body.
fn lines(shown: &ShownDelivery, look: &Look, most: usize) -> Vec<Line> {
    let (about, body) = parts(shown, look, most);
    about.into_iter().chain(body).collect()
}

/// What is said of it, and so many lines of its body.
fn parts(shown: &ShownDelivery, look: &Look, most: usize) -> (Vec<Line>, Vec<Line>) {
    let theme = &look.theme;
    let record = &shown.delivery.record;
    let mut lines = outcome(record, look);
    for (index, attempt) in shown.delivery.attempts.iter().enumerate() {
        let status = attempt.status.map(|s| format!("{s}  ")).unwrap_or_default();
        let is_good = attempt.status.is_some_and(|s| (200..300).contains(&s));
        let style = if is_good { theme.good } else { theme.error };
        lines.push(vec![
            (format!("attempt {}  ", index + 1), style),
            (format!("{status}{}", attempt.says), theme.text),
            (
                format!(
                    "   {:.0} ms, answer {}",
                    attempt.millis,
                    bytes(attempt.answer_bytes)
                ),
                theme.dim,
            ),
        ]);
    }
    lines.extend(verdict(shown, look));
    lines.push(Vec::new());
    lines.extend(head_of_request(record, look));
    let body = match &shown.body {
        Some(body) => {
            let body = body.iter().take(most);
            body.map(|line| json_line(line, theme)).collect()
        }
        None => vec![vec![(not_kept(record).to_owned(), theme.warning)]],
    };
    (lines, body)
}
