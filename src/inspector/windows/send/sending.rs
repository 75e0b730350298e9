//! Test traces: made anew for each sending, confirmed where they leave this machine.

use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::send::{AttemptShown, Sending, Stage};
use crate::inspector::{Command, Effect, Env, Model, Overlay};
use crate::mapping::Context;
use crate::prepare::{NotSent, PrepareOptions, prepare_test_trace};
use crate::share;

impl Model {
    pub(crate) fn is_sending(&self) -> bool {
        self.sendings.iter().any(Sending::is_under_way)
    }

    /// Whether test traces go to the program's own sink; it may run beside another destination.
    pub fn sends_to_own_sink(&self) -> bool {
        self.own_sink.as_ref() == Some(&self.destination.endpoint.base_url)
    }

    /// How many events the program's own sink accepted.
    pub fn received_events(&self) -> usize {
        self.received.iter().map(|one| one.events).sum()
    }

    /// What the program's own sink received, in words; one request may bring many events.
    pub fn received_in_words(&self) -> String {
        let requests = self.received.len();
        let events = self.received_events();
        match (events, requests) {
            _ if events == requests => requests.to_string(),
            (1, _) => format!("1 event in {requests} requests"),
            (_, 1) => format!("{events} events in 1 request"),
            _ => format!("{events} events in {requests} requests"),
        }
    }

    /// Lines of the send panel: the state, the attempts with what to do and the answer, the request.
    pub(crate) fn send_lines(&self) -> usize {
        let Some(sending) = self.sendings.last() else {
            return 0;
        };
        let of_attempt = |attempt: &AttemptShown| {
            let has_help = !attempt.accepted && !attempt.help.is_empty();
            1 + usize::from(has_help) + usize::from(!attempt.body.is_empty())
        };
        let attempts: usize = sending.attempts.iter().map(of_attempt).sum();
        let body = String::from_utf8_lossy(&sending.prepared.request.body);
        let body = share::pretty_or_plain(&body).lines().count();
        let gap = usize::from(attempts > 0);
        let asks_for_key =
            sending.stage == Stage::Confirming && self.destination.foreign_key.is_some();
        let more = usize::from(sending.stage == Stage::Accepted) + usize::from(asks_for_key);
        let status = 3 + more;
        status + attempts + gap + 1 + self.destination.endpoint.headers_shown().len() + 1 + body
    }

    pub(crate) fn drop_unconfirmed(&mut self) {
        self.sendings
            .retain(|sending| sending.stage != Stage::Confirming);
    }

    /// Shows again what was sent last, one test trace or all that was listed.
    pub(crate) fn last_send(&mut self) {
        let sent = self.sendings.last().map(|sending| sending.ticket);
        let all = self.all.as_ref().map(|all| all.ticket);
        match (sent, all) {
            (None, None) => {
                let key = self.keymap.shown(Command::Send);
                self.notice = Some(format!("nothing was sent yet; {key} sends a test trace"));
            }
            (sent, all) if all > sent => self.open_window(Overlay::SendAll),
            _ => self.open_window(Overlay::Send(Cursor::default())),
        }
    }

    /// Leaves the window of what was sent, and says how it is shown again.
    pub(crate) fn close_sent(&mut self) {
        self.close_window();
        let (sent, all) = (self.sendings.last(), self.all.as_ref());
        if self.overlay.is_some() || (sent.is_none() && all.is_none()) {
            return;
        }
        let goes_on = if self.is_anything_under_way() {
            "it goes on; "
        } else {
            ""
        };
        let key = self.keymap.shown(Command::LastSend);
        self.notice = Some(format!("{goes_on}{key} shows again what was sent"));
    }

    /// Opens the send panel. What stays on this machine goes at once; all else asks first.
    pub(crate) fn send(&mut self, env: &Env) -> Vec<Effect> {
        if let Some(trouble) = &self.destination.trouble {
            self.notice = Some(format!("cannot send: {trouble}"));
            return Vec::new();
        }
        let Some(current) = &self.current else {
            self.notice = Some("there is nothing to send".to_owned());
            return Vec::new();
        };
        // Prepared anew, since the time of sending stands in where no other is known.
        let options = self.prepare_options(env);
        let edits = self
            .library
            .entry(current.index)
            .map(|entry| entry.edits.clone());
        let edits = edits.unwrap_or_default();
        let prepared = prepare_test_trace(&current.completion, &edits, &options, &env.fresh_id);
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(unsent) => {
                self.notice = Some(match unsent.reason {
                    NotSent::NoEvent(_) => {
                        "there is no event to send: OpenRouter would broadcast nothing".to_owned()
                    }
                    NotSent::TooLarge { .. } => {
                        "not sent: the event is larger than Raindrop's 1 MiB".to_owned()
                    }
                    other => other.to_string(),
                });
                return Vec::new();
            }
        };
        let ticket = self.new_ticket();
        self.drop_unconfirmed();
        self.sendings.push(Sending {
            ticket,
            prepared,
            before: None,
            attempts: Vec::new(),
            stage: Stage::Confirming,
        });
        self.open_window(Overlay::Send(Cursor::default()));
        if self.destination.is_local() {
            return self.confirm_send(env);
        }
        Vec::new()
    }

    /// How events are prepared for the present destination.
    pub(crate) fn prepare_options(&self, env: &Env) -> PrepareOptions {
        PrepareOptions {
            context: Context {
                now: env.now,
                ..self.context.clone()
            },
            privacy: self.privacy,
            kind: self.destination.endpoint.kind,
        }
    }

    /// Sends what waits to be confirmed. What was sent is not sent once more by the key that confirms.
    pub(crate) fn open_sent(&mut self, env: &Env) -> Vec<Effect> {
        match self.sendings.last() {
            Some(sending) if sending.stage == Stage::Confirming => self.confirm_send(env),
            Some(sending) if sending.is_under_way() => Vec::new(),
            _ => {
                let key = self.keymap.shown(Command::Send);
                self.notice = Some(format!("{key} sends another test trace"));
                Vec::new()
            }
        }
    }

    /// Sends what the panel shows; where that was sent already, makes a new test trace.
    pub(crate) fn confirm_send(&mut self, env: &Env) -> Vec<Effect> {
        match self.sendings.last_mut() {
            Some(sending) if sending.stage == Stage::Confirming => {
                sending.stage = Stage::Sending;
                vec![Effect::Send(sending.ticket, sending.prepared.clone())]
            }
            Some(sending) if sending.is_under_way() => Vec::new(),
            _ => self.send(env),
        }
    }
}
