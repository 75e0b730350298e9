//! Whose event it is: its id, the user, the conversation.

use super::{Builder, node};
use crate::completion::Field as RequestField;
use crate::event::{Field, Section, Source};
use crate::json::JsonText;
use crate::mapping::finding::Code;
use crate::mapping::rules::{CONVO_ID, EVENT_ID, USER_ID};
use crate::mapping::{Mark, identity};

impl<'c> Builder<'c> {
    pub(super) fn event_id(&mut self) {
        if let Some(value) = self.generation_id() {
            let id = identity::of_generation(&value.str().unwrap_or_default());
            self.put(
                &EVENT_ID.generation,
                JsonText::string(&id),
                vec![node(value)],
            );
            return;
        }
        let id = identity::of_content(self.completion);
        let parts = identity::parts(self.completion).into_iter().flatten();
        let sources = parts.map(|part| Source::Whole(part.id())).collect();
        self.put(&EVENT_ID.content, JsonText::string(&id), sources);
    }

    pub(super) fn user_id(&mut self) {
        let field = &self.metadata.user;
        let record = self.of_generation("external_user");
        let messages = self.reading.metadata_user;
        let delivered = self.delivered.user.filter(|_| !field.edited);
        if let Some((value, source)) = usable(field, self.metadata.user_pointer()) {
            let index = self.fields.len();
            let (step, delivered) = match self.metadata.is_delivered {
                true => (&USER_ID.delivered, None),
                false => (&USER_ID.request, delivered),
            };
            self.put(step, value, vec![source]);
            let others = [record, delivered, messages];
            self.supersede(index, &[], others.into_iter().flatten());
        } else {
            self.mark_unusable(field, "no string with text in it, so it names no user");
            // A record tells of the request as it was, not as it is after an edit.
            let record = record.filter(|_| !field.edited);
            let found = self.pick([
                (&USER_ID.record, record),
                (&USER_ID.delivered, delivered),
                (&USER_ID.messages, messages),
            ]);
            if !found {
                let who = match self.completion.request() {
                    Some(_) => "the request has no `user`",
                    None => "nothing tells the request's `user`",
                };
                let help = format!(
                    "{who}, so the event gets \"{}\"; set `user` in the request body",
                    self.context.default_user
                );
                self.find(Code::UserMissing, self.metadata.user_pointer(), help);
                let user = JsonText::string(&self.context.default_user);
                self.put(&USER_ID.default, user, vec![]);
            }
        }
        self.check_length(Section::Top, "user_id", "user", 128, Code::UserTooLong);
    }

    pub(super) fn convo_id(&mut self) {
        let field = &self.metadata.session_id;
        let header = self
            .completion
            .header("x-session-id")
            .filter(|value| value.non_empty_str().is_some());
        let record = self.of_generation("session_id");
        let delivered = self.delivered.session.filter(|_| !field.edited);
        if let Some((value, source)) = usable(field, self.metadata.session_pointer()) {
            let index = self.fields.len();
            let (step, delivered) = match self.metadata.is_delivered {
                true => (&CONVO_ID.delivered, None),
                false => (&CONVO_ID.request, delivered),
            };
            self.put(step, value, vec![source]);
            let others = [header, record, delivered];
            self.supersede(index, &[], others.into_iter().flatten());
        } else {
            self.mark_unusable(field, "no string with text in it, so it names no session");
            let record = record.filter(|_| !field.edited);
            let found = self.pick([
                (&CONVO_ID.header, header),
                (&CONVO_ID.record, record),
                (&CONVO_ID.delivered, delivered),
            ]);
            match header {
                Some(header) => self.find(
                    Code::SessionInHeaderOnly,
                    header.pointer(),
                    "the session comes from the header `x-session-id` alone; a `session_id` in the body would win over it",
                ),
                None if !found => self.find(
                    Code::SessionMissing,
                    self.metadata.session_pointer(),
                    "no session was given, so the event belongs to no conversation; set `session_id` in the request body",
                ),
                None => {}
            }
        }
        self.check_length(
            Section::AiData,
            "convo_id",
            "session_id",
            256,
            Code::SessionTooLong,
        );
    }

    pub(super) fn mark_unusable(&mut self, field: &RequestField, why: &'static str) {
        if let Some(id) = field.source {
            self.marks.push((id, Mark::Unusable(why)));
        }
    }

    pub(super) fn check_length(
        &mut self,
        section: Section,
        key: &str,
        name: &str,
        limit: usize,
        code: Code,
    ) {
        let field = self
            .fields
            .iter()
            .find(|f| f.section == section && f.key == key);
        let length = field.map_or(0, |f| f.value.shown().chars().count());
        if length > limit {
            let pointer = field.map(Field::pointer).unwrap_or_default();
            let help = format!(
                "`{name}` has {length} characters; OpenRouter takes at most {limit}, so shorten it"
            );
            self.find(code, pointer, help);
        }
    }
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
