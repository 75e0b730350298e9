//! What the local sink received: a list, and the chosen one below.

use super::{BESIDE, Flow, Update, Window, WindowEvent};
use crate::delivery::sink::Receipt;
use crate::display;
use crate::display::counted;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::marks::bytes;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::view::View;
use crate::inspector::windows::detail::{Detail, about};
use crate::inspector::{Command, Model};
use crate::share;

/// The window: the cursor's row is something that was received.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The row under the cursor.
    pub cursor: Cursor,
}

/// Opens the window, at the newest.
pub fn open(update: &mut Update<'_>) {
    let last = update.model.received.kept().len().saturating_sub(1);
    update.model.open_window(Inbox {
        cursor: Cursor::at(last),
    });
}

/// Takes in what the sink received. Whoever looks at an older one goes on looking at it, as long as it is kept.
pub(crate) fn take(model: &mut Model, received: Receipt) {
    let gone = model.received.push(received);
    if let Some(inbox) = model.windows.find_mut::<Inbox>().filter(|_| gone > 0) {
        inbox.cursor.row = inbox.cursor.row.saturating_sub(gone);
    }
}

impl Window for Inbox {
    fn name(&self) -> &'static str {
        "the sink's inbox"
    }

    fn caption(&self, model: &Model) -> String {
        match model.received.is_empty() {
            true => "the local sink has received nothing yet".to_owned(),
            false => {
                let requests = counted(model.received.requests(), "request");
                format!("the local sink has received {requests}")
            }
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Inbox)
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        match model.received.is_empty() {
            true => Vec::new(),
            false => vec![
                Offer::One(Command::Open, "in full"),
                Offer::Quiet(Command::Detail),
            ],
        }
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let received = update.model.received.kept().get(self.cursor.row);
        let (WindowEvent::Run(Command::Open | Command::Detail), Some(received)) = (event, received)
        else {
            return Flow::Ignored;
        };
        let title = format!("Received, #{}", received.number);
        let facts = about::of_received(received);
        let text = share::pretty_or_plain(shown(received));
        let size = update.model.window_size();
        let detail = Detail::new(title, facts, text, size);
        update.model.open_window(detail);
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let view = View::new("Sink inbox").subtitle(heading(model));
        let Some(received) = model.received.kept().get(self.cursor.row) else {
            let (nothing, says) = nothing(model);
            return view.words(look, model.window_size().0, [nothing, "", says.as_str()]);
        };
        let (width, height) = model.window_size();
        let project = received.project.iter();
        let project = project.map(|slug| vec![(format!("project {slug}"), theme.dim)]);
        let reasons = received.reasons.iter();
        let reasons = reasons.map(|reason| vec![(reason.clone(), theme.error)]);
        let mut notes = received.notes();
        if received.merged.is_some() {
            notes.push("the event so far, with all its parts:".to_owned());
        }
        let notes = notes.into_iter().map(|note| vec![(note, theme.warning)]);
        let body = share::pretty_or_plain(shown(received));
        let body = body.lines().map(|line| json_line(line, theme));
        let below: Vec<Line> = project
            .chain(reasons)
            .chain(notes)
            .chain(body)
            .take(height)
            .collect();
        let view = view.rows(
            self.cursor,
            look,
            model.received.kept(),
            |received, _, pen| {
                row(received, look, pen);
            },
        );
        match width >= BESIDE {
            true => {
                let size = bytes(received.bytes);
                let route = format!("{} {}", received.method, received.path);
                let head = vec![(route, theme.accent), (format!("  {size}"), theme.dim)];
                view.detail(std::iter::once(head).chain(below).collect())
            }
            false => view
                .foot(move |pen| {
                    let rule = look.symbols.line.repeat(pen.room());
                    pen.put(&rule, theme.border);
                })
                .below(below),
        }
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

/// What is shown of it: the event with all its parts, or the body.
fn shown(received: &Receipt) -> &str {
    received.merged.as_ref().unwrap_or(&received.body)
}

/// The sink's own address, what came, and where test traces go now if that is elsewhere.
fn heading(model: &Model) -> String {
    let Some(own) = &model.own_sink else {
        return "the built-in sink does not run".to_owned();
    };
    let came = match model.received.is_empty() {
        true => String::new(),
        false => format!(" · {} received", model.received.in_words()),
    };
    let gone = match model.received.let_go() {
        0 => String::new(),
        gone => format!(", the oldest {gone} let go"),
    };
    let elsewhere =
        match model.sends_to_own_sink() || model.destination.endpoint.base_url.is_empty() {
            true => String::new(),
            false => {
                let send = model.keymap.shown(Command::Send);
                format!(" · {send} sends to {}", model.destination.in_sentence())
            }
        };
    format!("{own}{came}{gone}{elsewhere}")
}

/// Why nothing is there, and what to do.
fn nothing(model: &Model) -> (&'static str, String) {
    let [send, change] = [Command::Send, Command::Destination].map(|c| model.keymap.shown(c));
    let there = model.destination.in_sentence();
    match &model.own_sink {
        None => (
            "The built-in sink does not run, so nothing can arrive here.",
            format!(
                "Test traces go to {there} now; {change} chooses the local sink, which starts it."
            ),
        ),
        Some(_) if model.sends_to_own_sink() => (
            "Nothing has arrived yet.",
            format!(
                "Press {send} on a completion to send a test trace here, or point any client at the address above."
            ),
        ),
        Some(_) => (
            "Nothing has arrived yet.",
            format!(
                "{send} sends test traces to {there} now; {change} chooses the local sink, which is this one."
            ),
        ),
    }
}

/// When, what and by whom, and how it was answered; what else there is room for.
fn row(received: &Receipt, look: &Look, pen: &mut Pen<'_>) {
    const ROOMY: usize = 100;
    let theme = &look.theme;
    let notes = received.notes();
    let (symbol, style, says) = match received.status {
        Some(200..300) => match notes.last() {
            Some(note) => (look.symbols.warning, theme.warning, note.as_str()),
            None => (look.symbols.good, theme.good, "valid"),
        },
        _ => {
            let why = received.reasons.first().map_or("", String::as_str);
            (look.symbols.error, theme.error, why)
        }
    };
    let room = pen.room();
    pen.put(&format!(" {symbol} "), style);
    pen.put_padded(&format!("#{}", received.number), 5, theme.dim);
    let at = received.at.strftime("%H:%M:%S").to_string();
    pen.put_padded(&at, 10, theme.dim);
    let what = (room / 2).saturating_sub(1).min(48);
    let summary = display::clip_middle(&received.summary, what);
    pen.put_padded(&summary, what, theme.text)
        .put(" ", theme.text);
    let status = received
        .status
        .map_or("—".to_owned(), |status| status.to_string());
    pen.put_padded(&status, 4, style);
    pen.put(says, style).put("  ", theme.text);
    if room >= ROOMY {
        let path = received.path.trim_start_matches("/v1/");
        pen.put(&format!("{path}  {}  ", bytes(received.bytes)), theme.dim);
    }
    // Half an id tells nothing; all of it stands with the event.
    let id = received.event_id().unwrap_or_default();
    if display::width(id) <= pen.room() {
        pen.put(id, theme.key);
    }
}
