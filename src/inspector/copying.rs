//! The value under the cursor: shown in full, and copied in several forms.

use crate::event::privacy;
use crate::event::wire::{self, WireRequest};
use crate::inspector::current::rows::SourceRow;
use crate::inspector::panes::trace::Slot;
use crate::inspector::{Command, Effect, Model, Pane};
use crate::json::JsonText;
use crate::prepare::{self, Endpoint};
use crate::share;

impl Model {
    /// Pointer and value under the cursor of the focused pane.
    pub(crate) fn under_cursor(&self) -> Option<(String, JsonText)> {
        let current = self.current.as_ref()?;
        match self.focus {
            Pane::Event => {
                let row = current.event_row()?;
                let value = row.value.clone().or_else(|| {
                    let event = current.mapped.event()?;
                    let mut json = String::new();
                    wire::write_event(privacy::apply(event, self.privacy), &mut json);
                    let doc = crate::json::Document::parse(json.into(), Default::default()).ok()?;
                    Some(doc.resolve(&row.pointer)?.canonical())
                });
                Some((row.pointer.clone(), value?))
            }
            Pane::Source => match current.source_row()? {
                SourceRow::Node(id) => {
                    let value = current.completion.document().at(*id);
                    let own = || value.canonical();
                    let edited = current.edited_value(*id).flatten().cloned();
                    Some((value.pointer(), edited.unwrap_or_else(own)))
                }
                SourceRow::Added { pointer, value, .. } => Some((pointer.clone(), value.clone())),
            },
            Pane::Trace => {
                let metadata = &current.mapped.metadata;
                match self.slot()? {
                    Slot::User => Some((
                        metadata.user_pointer().to_owned(),
                        metadata.user.value.clone()?,
                    )),
                    Slot::SessionId => {
                        let value = metadata.session_id.value.clone()?;
                        Some((metadata.session_pointer().to_owned(), value))
                    }
                    Slot::Key(key) => {
                        let value = metadata.entry(&key)?.value.clone();
                        Some((metadata.key_pointer(&key), value))
                    }
                    Slot::Default(_) | Slot::Add => None,
                }
            }
            Pane::List => Some((
                "/".to_owned(),
                current.completion.document().root().canonical(),
            )),
        }
    }

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
        let kind = self.destination.endpoint.kind;
        let outbound = |mode| Some(privacy::apply(current.mapped.event()?, mode).bound_for(kind));
        match command {
            Command::CopyValue => {
                let (_, value) = self.under_cursor()?;
                Some(("the value", value.shown().into_owned()))
            }
            Command::CopyPointer => Some(("the pointer", self.under_cursor()?.0)),
            Command::CopyEvent => {
                let mut json = String::new();
                wire::write_event(outbound(self.privacy)?, &mut json);
                Some(("the event", json))
            }
            Command::CopyCurl => {
                let event = current.mapped.event()?;
                let request = prepare::request(event, self.privacy, kind);
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
