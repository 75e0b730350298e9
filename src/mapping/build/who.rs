//! Whose event it is: its id, the user, the conversation.

use super::unusable::not_usable;
use super::{Builder, node};
use crate::completion::RequestField;
use crate::event::{Field, Section, Source};
use crate::json::JsonText;
use crate::mapping::claude_code::PackedUser;
use crate::mapping::finding::Code;
use crate::mapping::rules::{CONVO_ID, DEVICE_ID, EVENT_ID, USER_ID};
use crate::mapping::{Mark, identity};

impl<'c> Builder<'c> {
    pub(super) fn event_id(&mut self) {
        if let Some(value) = self.generation_id() {
            let id = value.str().unwrap_or_default();
            let id = identity::of_generation(&identity::generation_in(&id));
            self.put(
                &EVENT_ID.generation,
                JsonText::string(&id),
                vec![node(value)],
            );
            return;
        }
        let id = identity::of_content(&self.parts);
        let parts = identity::identifying(&self.parts).into_iter().flatten();
        let sources = parts.map(|part| Source::Part(part.id())).collect();
        self.put(&EVENT_ID.content, JsonText::string(&id), sources);
    }

    pub(super) fn user_id(&mut self) {
        let field = &self.metadata.user;
        let record = self.of_generation("external_user");
        let activity = self.of_activity("user");
        let messages = self.reading.metadata_user;
        let delivered = self.delivered.user.filter(|_| !field.edited);
        let Some((value, source)) = usable(field, self.metadata.user_pointer()) else {
            self.mark_unusable(field);
            // A record tells of the request as it was, not as it is after an edit.
            let found = self.pick([
                (&USER_ID.record, record.filter(|_| !field.edited)),
                (&USER_ID.activity, activity.filter(|_| !field.edited)),
                (&USER_ID.delivered, delivered),
                (
                    &USER_ID.messages,
                    messages.filter(|_| self.packed.is_none()),
                ),
            ]);
            if !found && !self.packed_user() {
                self.default_user();
            }
            return;
        };
        let index = self.fields.len();
        let (step, delivered) = if self.metadata.is_delivered {
            (&USER_ID.delivered, None)
        } else {
            (&USER_ID.request, delivered)
        };
        self.put(step, value, vec![source]);
        let others = [record, activity, delivered, messages];
        self.supersede(index, &[], others.into_iter().flatten());
        if *step == USER_ID.request {
            self.user_too_long();
            self.user_in_extra_body();
        }
    }

    /// The user that Claude Code packed into `metadata.user_id`.
    fn packed_user(&mut self) -> bool {
        let packed = self.packed.as_ref();
        let user = packed.and_then(|(value, packed)| Some((*value, packed.user()?)));
        let Some((value, user)) = user else {
            return false;
        };
        let user = JsonText::string(user);
        self.put(&USER_ID.claude_code, user, vec![node(value)]);
        true
    }

    fn default_user(&mut self) {
        let (who, remedy) = if let Some(why) = why_unusable(&self.metadata.user) {
            (
                format!("`user` is {why}"),
                "make it a string with text in it",
            )
        } else {
            let who = if self.packed.is_some() {
                "Claude Code's `metadata.user_id` names neither account nor device"
            } else if self.parts.request.is_some() {
                "the request has no `user`"
            } else {
                "nothing tells the request's `user`"
            };
            (who.to_owned(), "set `user` in the request body")
        };
        let default = &self.context.default_user;
        let (user, step) = (default.name(), default.step());
        let help = format!("{who}, so the event gets \"{user}\"; {remedy}");
        self.find(Code::UserMissing, self.metadata.user_pointer(), help);
        let user = JsonText::string(user);
        self.put(step, user, vec![]);
    }

    /// `request.user` has a limit. What other clients than the developer's make of it is not theirs to cut.
    fn user_too_long(&mut self) {
        let Some((length, pointer)) = self.longer_than(Section::Top, "user_id", 128) else {
            return;
        };
        let value = self.metadata.user.value.as_ref().and_then(JsonText::str);
        let is_packed = value.is_some_and(|user| PackedUser::parse(&user).is_some());
        let help = if is_packed {
            format!(
                "Claude Code made this `user` of {length} characters, device, account and session in one; OpenRouter takes at most 128, so let the proxy between them pass on the account alone"
            )
        } else {
            format!("`user` has {length} characters; OpenRouter takes at most 128, so shorten it")
        };
        self.find(Code::UserTooLong, pointer, help);
    }

    /// Says so where the user stands in `extra_body`, which not every client unpacks.
    fn user_in_extra_body(&mut self) {
        let extra = self.parts.request.and_then(|request| {
            let extra = request.get_some("extra_body")?;
            extra.get_some("user")
        });
        let own = self.metadata.user.source;
        let Some(extra) = extra.filter(|extra| Some(extra.id()) == own) else {
            return;
        };
        let help = format!(
            "`user` stands in `extra_body` and is read from there, since OpenAI's SDK for Python unpacks it; a request that was sent as it stands here has no user, and its event gets \"{}\"",
            self.context.default_user.name()
        );
        self.find(Code::UserMissing, extra.pointer(), help);
    }

    pub(super) fn convo_id(&mut self) {
        let field = &self.metadata.session_id;
        let header = self.parts.session_header;
        let record = self.of_generation("session_id");
        let delivered = self.delivered.session.filter(|_| !field.edited);
        if let Some((value, source)) = usable(field, self.metadata.session_pointer()) {
            let index = self.fields.len();
            let (step, delivered) = if self.metadata.is_delivered {
                (&CONVO_ID.delivered, None)
            } else {
                (&CONVO_ID.request, delivered)
            };
            self.put(step, value, vec![source]);
            let others = [header, record, delivered];
            self.supersede(index, &[], others.into_iter().flatten());
        } else {
            self.mark_unusable(field);
            let record = record.filter(|_| !field.edited);
            let found = self.pick([
                (&CONVO_ID.header, header),
                (&CONVO_ID.record, record),
                (&CONVO_ID.delivered, delivered),
            ]);
            let found = found || self.packed_session();
            match header {
                Some(header) => self.find(
                    Code::SessionInHeaderOnly,
                    header.pointer(),
                    "the session comes from the header `x-session-id` alone; a `session_id` in the body would win over it",
                ),
                None if !found => {
                    let help = match why_unusable(field) {
                        Some(why) => format!(
                            "`session_id` is {why}, so the event belongs to no conversation; make it a string with text in it"
                        ),
                        None => "no session was given, so the event belongs to no conversation; set `session_id` in the request body"
                            .to_owned(),
                    };
                    self.find(Code::SessionMissing, self.metadata.session_pointer(), help);
                }
                None => {}
            }
        }
        if let Some((length, pointer)) = self.longer_than(Section::AiData, "convo_id", 256) {
            let help = format!(
                "`session_id` has {length} characters; OpenRouter takes at most 256, so shorten it"
            );
            self.find(Code::SessionTooLong, pointer, help);
        }
    }

    /// The session that Claude Code packed into `metadata.user_id`.
    fn packed_session(&mut self) -> bool {
        let packed = self.packed.as_ref();
        let session = packed.and_then(|(value, packed)| Some((*value, packed.session.as_deref()?)));
        let Some((value, session)) = session else {
            return false;
        };
        let session = JsonText::string(session);
        self.put(&CONVO_ID.claude_code, session, vec![node(value)]);
        true
    }

    /// The device that Claude Code packed into `metadata.user_id`; a `device_id` of the trace wins.
    pub(super) fn device_id(&mut self) {
        let packed = self.packed.as_ref();
        let device = packed.and_then(|(value, packed)| Some((*value, packed.device.as_deref()?)));
        let Some((value, device)) = device.filter(|_| self.metadata.entry("device_id").is_none())
        else {
            return;
        };
        let device = JsonText::string(device);
        self.put(&DEVICE_ID.claude_code, device, vec![node(value)]);
    }

    fn mark_unusable(&mut self, field: &RequestField) {
        if let (Some(id), Some(why)) = (field.source, why_unusable(field)) {
            self.marks.push((id, Mark::Unusable(why)));
        }
    }

    /// How many characters a field has, and its pointer, where that is more than the limit.
    fn longer_than(&self, section: Section, key: &str, limit: usize) -> Option<(usize, String)> {
        let is_it = |field: &&Field| field.section == section && field.key == key;
        let field = self.fields.iter().find(is_it)?;
        // Nearly all have fewer bytes than that.
        if field.value.as_str().len() <= limit {
            return None;
        }
        let length = field.value.shown().chars().count();
        (length > limit).then(|| (length, field.pointer()))
    }
}

/// Why a field of the request that is there names nobody; none where there is none.
pub(in crate::mapping) fn why_unusable(field: &RequestField) -> Option<&'static str> {
    let value = field.value.as_ref()?;
    let text = value.str();
    let is_usable = text.as_ref().is_some_and(|text| !text.is_empty());
    (!is_usable).then(|| not_usable(value.kind(), text.as_deref()))
}

/// A field of the request that can be used, and where it came from.
fn usable(field: &RequestField, pointer: &str) -> Option<(JsonText, Source)> {
    let value = field.value.as_ref()?;
    if value.str()?.is_empty() {
        return None;
    }
    let source = match field.source {
        Some(id) if !field.edited => Source::Node(id),
        _ => Source::Edit(pointer.to_owned()),
    };
    Some((value.clone(), source))
}
