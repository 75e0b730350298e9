//! Test traces: made anew for each sending, confirmed where they leave this machine.

use super::send::{Sending, Stage};
use super::tree::Cursor;
use super::{Effect, Env, Model, Overlay};
use crate::event::privacy;
use crate::event::wire;
use crate::mapping::{self, Context};

impl Model {
    pub(super) fn is_sending(&self) -> bool {
        self.sendings.iter().any(Sending::is_under_way)
    }

    pub(super) fn drop_unconfirmed(&mut self) {
        self.sendings
            .retain(|sending| sending.stage != Stage::Confirming);
    }

    /// Opens the send panel. What stays on this machine goes at once; all else asks first.
    pub(super) fn send(&mut self, env: &Env) -> Vec<Effect> {
        if let Some(trouble) = &self.destination.trouble {
            self.notice = Some(format!("cannot send: {trouble}"));
            return Vec::new();
        }
        let Some(current) = &self.current else {
            self.notice = Some("there is nothing to send".to_owned());
            return Vec::new();
        };
        // Mapped anew, since the time of sending stands in where no other is known.
        let context = Context {
            now: env.now,
            ..self.context.clone()
        };
        let edits = self
            .library
            .entry(current.index)
            .map(|entry| entry.edits.clone());
        let mapped = mapping::map(&current.completion, &edits.unwrap_or_default(), &context);
        let Some(event) = mapped.event() else {
            self.notice =
                Some("there is no event to send: OpenRouter would broadcast nothing".to_owned());
            return Vec::new();
        };
        if mapping::scan::is_too_large(event, self.privacy) {
            self.notice = Some("not sent: the event is larger than Raindrop's 1 MiB".to_owned());
            return Vec::new();
        }
        let event = event.with_fresh_id(&env.fresh_id);
        let request = wire::request(privacy::apply(&event, self.privacy));
        let name = current.completion.name.clone();
        let ticket = self.new_ticket();
        self.drop_unconfirmed();
        self.sendings.push(Sending {
            ticket,
            name,
            request,
            privacy: self.privacy,
            made_at: env.now,
            attempts: Vec::new(),
            stage: Stage::Confirming,
        });
        self.overlay = Some(Overlay::Send(Cursor::default()));
        if self.destination.is_local {
            return self.confirm_send(env);
        }
        Vec::new()
    }

    /// Sends what the panel shows; where that was sent already, makes a new test trace.
    pub(super) fn confirm_send(&mut self, env: &Env) -> Vec<Effect> {
        match self.sendings.last_mut() {
            Some(sending) if sending.stage == Stage::Confirming => {
                sending.stage = Stage::Sending;
                vec![Effect::Send(sending.ticket, sending.request.clone())]
            }
            Some(sending) if sending.is_under_way() => Vec::new(),
            _ => self.send(env),
        }
    }
}
