//! The send panel: the exact request with its key hidden, each attempt, the answer, and what to do.

use crate::delivery::answer::AttemptOutcome;
use crate::delivery::http::Attempt;
use crate::delivery::retry::RetryPolicy;
use crate::event::DestinationKind;
use crate::inspector::ui::aside::Aside;
use crate::inspector::ui::line::{Line, put_line, wrapped};
use crate::inspector::ui::marks::{bytes, place};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::view::View;
use crate::inspector::windows::BESIDE;
use crate::inspector::windows::send::{SendPanel, SendStage, Sending};
use crate::inspector::{Command, Model};
use crate::prepare::{Endpoint, SINK_KEY, TRACK_IS_DISCARDED};
use crate::settings::resolve::KeySource;

/// What the panel shows.
pub fn of<'a>(panel: &SendPanel, model: &'a Model, look: &'a Look) -> View<'a> {
    let view = View::new("Send a test trace");
    match model.sendings.last() {
        Some(sending) => {
            let view = view.subtitle(sending.name());
            let width = model.window_size().0;
            let (attempts, request) = (attempts(model, sending, look), request(sending, look));
            if width < BESIDE {
                // What to do is read to its end; the body keeps its lines.
                let attempts = attempts.iter();
                let attempts = attempts.flat_map(|line| wrapped(line, width.saturating_sub(2)));
                let head = attempts.chain(request).collect();
                return with_body(view, panel, sending, head, look);
            }
            let room = Aside::left_columns(width);
            let attempts = attempts.iter().flat_map(|line| wrapped(line, room));
            with_body(view, panel, sending, request, look).aside(attempts.collect())
        }
        None => view,
    }
}

/// Some lines and the body behind them. A body may be long, so its lines get their colours where they are in sight.
fn with_body<'a>(
    view: View<'a>,
    panel: &SendPanel,
    sending: &'a Sending,
    head: Vec<Line>,
    look: &'a Look,
) -> View<'a> {
    let count = head.len() + sending.body.len();
    view.scrolling(panel.scroll, count, move |at, pen| {
        match at.checked_sub(head.len()) {
            None => put_line(&head[at], pen),
            Some(at) => put_line(&json_line(&sending.body[at], &look.theme), pen),
        }
    })
}

/// What accepted means and what not, of any server but the program's own sink.
const ACCEPTED: &str = "  accepted is not stored: whether it is shown there is up to the receiver";

/// Why its id is not the one that the event pane shows.
const FRESH: &str = "  each test trace gets an event_id of its own, not the one in the event pane";

/// What became of it so far.
fn attempts(model: &Model, sending: &Sending, look: &Look) -> Vec<Line> {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let mut lines: Vec<Line> = Vec::new();
    lines.push(status(model, sending, look));
    if let Some(leak) = &sending.leak {
        let says = format!("{} leaks: {leak}", symbols.error);
        lines.push(vec![(says, theme.error)]);
    }
    if let Some(tells) = &sending.tells {
        lines.push(vec![(format!("{} {tells}", symbols.error), theme.error)]);
    }
    if sending.stage == SendStage::Accepted {
        lines.push(stored(model, sending, look));
    }
    let of_id = match &sending.before {
        Some(before) => sent_before(sending, before),
        None => FRESH.to_owned(),
    };
    lines.push(vec![(of_id, theme.dim)]);
    for note in &sending.notes {
        let style = match note.misleads() {
            true => theme.warning,
            false => theme.dim,
        };
        lines.push(vec![(format!("  {}", note.says()), style)]);
    }
    if sending.endpoint.kind == DestinationKind::Workshop {
        lines.push(vec![(format!("  {TRACK_IS_DISCARDED}"), theme.dim)]);
    }
    lines.push(Vec::new());
    for (index, attempt) in sending.attempts.iter().enumerate() {
        let (symbol, style) = match attempt.is_accepted() {
            true => (symbols.good, theme.good),
            false => (symbols.error, theme.error),
        };
        let outcome = &attempt.outcome;
        let says = outcome.says_to(sending.key_source != KeySource::None);
        let status = outcome.status().map(|status| status.to_string());
        // Its status is said once.
        let status = status.filter(|status| !says.contains(status));
        let status = status.map_or_else(String::new, |status| format!("{status}  "));
        lines.push(vec![
            (format!("{symbol} attempt {}  ", index + 1), style),
            (format!("{status}{says}"), theme.text),
            (format!("   {} ms", attempt.millis()), theme.dim),
        ]);
        // Where the key came from is the destination's to know, not the answer's.
        // What was tried again, is tried again or was taken in the end leaves nothing to do.
        let is_last = index + 1 == sending.attempts.len();
        let is_tried_again = match sending.stage {
            SendStage::Sending | SendStage::Waiting { .. } => outcome.status().is_some(),
            SendStage::Accepted => true,
            _ => false,
        };
        let help = match outcome.status() {
            _ if !is_last || is_tried_again => String::new(),
            Some(401) => {
                let there = model.destination.called(&sending.endpoint);
                sending.key_source.after_refusal(&there)
            }
            _ => outcome.help().to_owned(),
        };
        if !help.is_empty() {
            lines.push(vec![(format!("            {}", help), theme.warning)]);
        }
        // What went wrong has the answer's own words in it already.
        let line = outcome.useful_line().filter(|_| attempt.is_accepted());
        if let Some(line) = line {
            // A server may accept with an error in its hand.
            let (label, style) = match has_error(outcome) {
                true => ("  its answer has an error: ", theme.warning),
                false => ("  answer     ", theme.dim),
            };
            lines.push(vec![(label.to_owned(), style), (line, theme.text)]);
        }
    }
    if !sending.attempts.is_empty() {
        lines.push(Vec::new());
    }
    lines
}

/// Whether an answer's JSON tells of an error.
fn has_error(outcome: &AttemptOutcome) -> bool {
    let AttemptOutcome::Answered { body, .. } = outcome else {
        return false;
    };
    let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let error = value.as_ref().and_then(|value| value.get("error"));
    error.is_some_and(|error| !error.is_null() && error != false)
}

/// What is known of an accepted event's being stored: what was read back, or that nobody has asked.
fn stored(model: &Model, sending: &Sending, look: &Look) -> Line {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let verifying = model.kept.verifying.as_ref();
    let verify = model.keymap.shown(Command::Verify);
    match verifying.and_then(|verifying| verifying.is_sent_stored(sending)) {
        Some(true) => vec![(
            format!("{} stored: read back as it was sent", symbols.good),
            theme.good,
        )],
        Some(false) => vec![(
            format!(
                "{} reading it back did not find it stored as sent: {verify} says more",
                symbols.error
            ),
            theme.error,
        )],
        // Of the program's own sink it is known.
        None if sending.is_at_own_sink(model) => {
            let inbox = model.keymap.shown(Command::Inbox);
            let says = format!("  the sink has it, as long as this program runs: {inbox} shows it");
            vec![(says, theme.dim)]
        }
        None => vec![(ACCEPTED.to_owned(), theme.dim)],
    }
}

/// The exact request, its key hidden.
fn request(sending: &Sending, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let (endpoint, request) = (&sending.endpoint, &sending.prepared.request);
    let url = endpoint.url(request.route);
    let mut lines = vec![vec![("POST ".to_owned(), theme.accent), (url, theme.title)]];
    // A sink that has no key of its own gets a word that is no secret.
    let is_sink = endpoint.kind == DestinationKind::LocalSink;
    let is_keyless = is_sink && sending.key_source == KeySource::None;
    for (name, value) in endpoint.headers_shown() {
        let key = (format!("{name}: "), theme.key);
        lines.push(match name == "Authorization" && is_keyless {
            true => vec![
                key,
                (format!("Bearer {SINK_KEY}"), theme.text),
                (
                    "  no write key: this word stands in for one".to_owned(),
                    theme.dim,
                ),
            ],
            false => vec![key, (value, theme.text)],
        });
    }
    let size = bytes(request.body.len());
    lines.push(vec![(format!("body, {size}:"), theme.dim)]);
    lines
}

fn status(model: &Model, sending: &Sending, look: &Look) -> Line {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let name = model.destination.called(&sending.endpoint);
    let total: u64 = sending.attempts.iter().map(Attempt::millis).sum();
    let waited = waited(sending);
    match &sending.stage {
        SendStage::Confirming => vec![(format!("{} not sent yet", symbols.warning), theme.warning)],
        SendStage::Sending => {
            let seconds = (model.now - sending.begun).max(0) / 1000;
            let time = match seconds {
                0 => String::new(),
                seconds => format!(", {seconds} s"),
            };
            vec![
                (format!("… sending to {name}"), theme.title),
                (format!("  {}{time}", attempt(sending)), theme.dim),
            ]
        }
        SendStage::Waiting { since, wait } => {
            let left = (*since + i64::try_from(*wait).unwrap_or(0) - model.now).max(0);
            let seconds = (left + 999) / 1000;
            vec![
                (
                    format!("{} waiting {seconds} s{}", symbols.warning, why(sending)),
                    theme.warning,
                ),
                (
                    format!("; then {} with the same bytes", attempt(sending)),
                    theme.dim,
                ),
            ]
        }
        SendStage::Accepted => vec![
            (format!("{} accepted by {name}", symbols.good), theme.good),
            (format!(" in {total} ms{waited}"), theme.text),
        ],
        SendStage::Refused => vec![
            (format!("{} not accepted", symbols.error), theme.error),
            (format!(" by {name} after {total} ms{waited}"), theme.text),
        ],
        SendStage::GaveUp => {
            let tries = match sending.attempts.len() {
                1 => "1 attempt".to_owned(),
                count => format!("{count} attempts"),
            };
            vec![
                (format!("{} gave up", symbols.error), theme.error),
                (
                    format!(" after {tries}{waited}; {name} did not accept it"),
                    theme.text,
                ),
            ]
        }
        SendStage::Cancelled => vec![
            (format!("{} stopped", symbols.warning), theme.warning),
            (": it may have arrived all the same".to_owned(), theme.dim),
        ],
    }
}

/// Which attempt is under way, or comes next.
fn attempt(sending: &Sending) -> String {
    let most = RetryPolicy::default().attempts;
    format!("attempt {} of {most}", sending.attempts.len() + 1)
}

/// What the length of a wait comes from, where the server asked for one.
fn why(sending: &Sending) -> &'static str {
    match sending.attempts.last().map(|attempt| &attempt.outcome) {
        Some(AttemptOutcome::Answered {
            retry_after: Some(_),
            ..
        }) => " as the server asked (Retry-After)",
        _ => "",
    }
}

/// How long it waited between attempts, which their times leave out; nothing where it did not.
fn waited(sending: &Sending) -> String {
    match sending.waited {
        0 => String::new(),
        wait @ ..1000 => format!(" and {wait} ms of waiting"),
        wait if wait % 1000 == 0 => format!(" and {} s of waiting", wait / 1000),
        wait => format!(" and {}.{} s of waiting", wait / 1000, wait % 1000 / 100),
    }
}

/// What is sent again goes where test traces go now, which need not be where it went before.
fn sent_before(sending: &Sending, before: &Endpoint) -> String {
    let word = match sending.stage {
        SendStage::Confirming => "to be sent again",
        SendStage::Accepted | SendStage::Refused | SendStage::GaveUp | SendStage::Cancelled => {
            "sent again"
        }
        SendStage::Sending | SendStage::Waiting { .. } => "sending again",
    };
    let before = place(before);
    format!("  {word}: the same bytes, the same event_id; it went to {before} before")
}
