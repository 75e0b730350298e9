//! What is shown, copied in several forms.

use crate::event::wire::{self, WireRequest};
use crate::inspector::{Command, Effect, Model};
use crate::prepare::{self, Endpoint};
use crate::share;

/// Bytes of a text that many terminals take no more of (74,994 in base64, as hterm has it).
const LONG: usize = 56_244;

impl Model {
    pub(crate) fn copy(&mut self, command: Command) -> Vec<Effect> {
        if let Some((what, text)) = self.to_copy(command) {
            return self.copied(what, text);
        }
        if let (Command::CopyCurl, Some(current)) = (command, &self.current)
            && let Some(event) = current.mapped.event()
            && let Err(why) = prepare::may_leave(&current.completion, event)
        {
            self.notice = Some(why.to_string());
            return Vec::new();
        }
        self.notice = Some("there is nothing to copy here".to_owned());
        Vec::new()
    }

    pub(crate) fn copied(&mut self, what: &str, text: String) -> Vec<Effect> {
        self.copied = Some((what.to_owned(), text.len()));
        self.notice = self.sent_to_clipboard();
        vec![Effect::Copy(text)]
    }

    /// What is known of a copy before a program has told more: no terminal says whether it took the text.
    fn sent_to_clipboard(&self) -> Option<String> {
        let (what, bytes) = self.copied.as_ref()?;
        if self.playing.is_some() {
            let says = format!("{what}, {bytes} bytes; a script leaves the clipboard alone");
            return Some(says);
        }
        let says = format!("sent {what}, {bytes} bytes, to the terminal's clipboard");
        Some(match *bytes > LONG {
            true => format!("{says}; many terminals take no more than {LONG}"),
            false => says,
        })
    }

    /// Says what the clipboard's program did, unless something else was said meanwhile.
    pub(crate) fn take_copied(&mut self, how: &Result<String, String>) {
        let sent = self.sent_to_clipboard();
        let (Some((what, bytes)), true) = (&self.copied, self.notice == sent) else {
            return;
        };
        self.notice = Some(match how {
            Ok(how) => format!("copied {what}, {bytes} bytes, {how}"),
            Err(why) => format!("{}; {why}", sent.unwrap_or_default()),
        });
    }

    pub(crate) fn to_copy(&self, command: Command) -> Option<(&'static str, String)> {
        let current = self.current.as_ref()?;
        let options = self.options();
        match command {
            Command::CopyValue => {
                let (_, value) = self.focused().copied(self)?;
                Some(("the value", value.shown().into_owned()))
            }
            Command::CopyPointer => Some(("the pointer", self.focused().copied(self)?.0)),
            Command::CopyEvent => {
                let mut json = String::new();
                wire::write_event(options.apply(current.mapped.event()?), &mut json);
                Some(("the event", json))
            }
            Command::CopyCurl => {
                let event = current.mapped.event()?;
                prepare::may_leave(&current.completion, event).ok()?;
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
