//! What is shown, copied in several forms.

use crate::event::wire::{self, WireRequest};
use crate::inspector::{Command, Effect, Model};
use crate::prepare::Endpoint;
use crate::share;

impl Model {
    pub(crate) fn copy(&mut self, command: Command) -> Vec<Effect> {
        if let Some((what, text)) = self.to_copy(command) {
            return self.copied(what, text);
        }
        self.notice = Some("there is nothing to copy here".to_owned());
        Vec::new()
    }

    pub(crate) fn copied(&mut self, what: &str, text: String) -> Vec<Effect> {
        self.notice = Some(format!("copied {what}, {} bytes", text.len()));
        vec![Effect::Copy(text)]
    }

    pub(crate) fn to_copy(&self, command: Command) -> Option<(&'static str, String)> {
        let current = self.current.as_ref()?;
        let options = self.options();
        match command {
            Command::CopyValue => {
                let (_, value) = self.focused().value(self)?;
                Some(("the value", value.shown().into_owned()))
            }
            Command::CopyPointer => Some(("the pointer", self.focused().value(self)?.0)),
            Command::CopyEvent => {
                let mut json = String::new();
                wire::write_event(options.apply(current.mapped.event()?), &mut json);
                Some(("the event", json))
            }
            Command::CopyCurl => {
                let event = current.mapped.event()?;
                let request = wire::request(options.apply(event));
                let endpoint = &self.destination.endpoint;
                Some(("a curl command", share::curl::command(endpoint, &request)))
            }
            Command::CopyTrace => Some((
                "user, session and trace",
                share::snippet::request_part(&current.mapped.metadata),
            )),
            _ => None,
        }
    }

    /// Copies a request as a curl command, as it is shown and sent.
    pub(crate) fn copied_curl(
        &mut self,
        endpoint: &Endpoint,
        request: &WireRequest,
    ) -> Vec<Effect> {
        self.copied("a curl command", share::curl::command(endpoint, request))
    }
}
