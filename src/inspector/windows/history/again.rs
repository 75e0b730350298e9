//! What was sent again: the same bytes, or the completion as a new sample with the trace as it was sent.

use super::not_kept;
use crate::completion::{Completion, Edit, Edits};
use crate::delivery::history::StoredDelivery;
use crate::event::Section;
use crate::inspector::windows::{Update, send};
use crate::inspector::{Command, Model, Pane};
use crate::json::{Document, JsonText};
use crate::mapping::{self, rules::is_system_property};
use crate::prepare::Prepared;

impl Model {
    /// Its completion as a new sample, with the trace as it was sent; works where it is loaded.
    pub(super) fn edit_again(&mut self, stored: &StoredDelivery) {
        let name = &stored.record.name;
        let places = self.library.find_names(name);
        if places.is_empty() {
            self.notice = Some(format!(
                "\"{name}\" is not loaded: open the file it came from, then press {} again",
                self.keymap.shown(Command::EditSent)
            ));
            return;
        }
        // A name may be that of others as well, or of another record by now.
        let is_one = places.len() == 1;
        // From the last on: a record that turns out to hold several moves what is behind it.
        let found = places.into_iter().rev().find_map(|index| {
            let completion = self.completion_at(index)?;
            let is_it = match &stored.body {
                Some(body) => is_of(&completion, body, &self.context),
                None => is_one,
            };
            is_it.then_some((index, completion))
        });
        let Some((index, completion)) = found else {
            self.notice = Some(format!(
                "\"{name}\" is another event now: its file has changed since, or others have its name"
            ));
            return;
        };
        let edits = match &stored.body {
            Some(body) => edits_of(&completion, body, &self.context),
            None => Edits::none(),
        };
        let mut copy = Completion::clone(&completion);
        copy.name = format!("{name} (again)");
        self.library.insert_copy(index + 1, copy, edits);
        self.windows.close_all();
        self.inserted(index + 1);
        self.focus = Pane::Trace;
        self.notice = Some(
            match stored.body {
                Some(_) => "a new sample, with user, session and trace as they were sent; e edits",
                None => "a new sample as it was loaded: what was sent is not kept; e edits",
            }
            .to_owned(),
        );
    }
}

/// The same bytes with the same id to the present destination.
pub(super) fn resend(stored: &StoredDelivery, update: &mut Update<'_>) {
    if let Some(why) = update.model.why_no_destination() {
        return update.say(why);
    }
    if update.model.is_sending() {
        return update.say("wait until what is on its way has ended");
    }
    let record = &stored.record;
    let Some(request) = stored.request() else {
        return update.say(not_kept(record));
    };
    let request = request.bound_for(update.model.destination.endpoint.kind);
    match Prepared::new(record.name.clone(), request, record.privacy, record.made_at) {
        Ok(prepared) => send::start(prepared, Some(record.endpoint.clone()), update),
        Err(unsent) => update.say(unsent.to_string()),
    }
}

/// Whether a body was made of a completion: what no edit changes is the same.
fn is_of(completion: &Completion, body: &[u8], context: &mapping::Context) -> bool {
    let mapped = mapping::map(completion, &Edits::none(), context);
    let text = String::from_utf8_lossy(body);
    let doc = Document::parse(text.as_ref().into(), Default::default());
    let (Some(event), Ok(doc)) = (mapped.event(), doc) else {
        return false;
    };
    let root = doc.root();
    let sent = root.item(0).unwrap_or(root).get("ai_data");
    ["input", "output", "model"].iter().all(|key| {
        let own = event.field(Section::AiData, key);
        let sent = sent.and_then(|sent| sent.get(key));
        // What is not there was kept back, or left out.
        match (own, sent) {
            (Some(own), Some(sent)) => own.value == sent.canonical(),
            (None, Some(_)) => false,
            (_, None) => true,
        }
    })
}

/// The edits that make the completion's trace what a body has.
fn edits_of(completion: &Completion, body: &[u8], context: &mapping::Context) -> Edits {
    let mapped = mapping::map(completion, &Edits::none(), context);
    let text = String::from_utf8_lossy(body);
    let doc = Document::parse(text.as_ref().into(), Default::default());
    let (Some(event), Ok(doc)) = (mapped.event(), doc) else {
        return Edits::none();
    };
    let root = doc.root();
    let sent = root.item(0).unwrap_or(root);
    let mut edits = Vec::new();
    let differs = |section, key: &str, value: &JsonText| {
        event.field(section, key).map(|field| &field.value) != Some(value)
    };
    let text = |value: Option<crate::json::Value<'_>>| value.map(|value| value.canonical());
    if let Some(user) = text(sent.get("user_id"))
        && differs(Section::Top, "user_id", &user)
    {
        edits.push(Edit::User(user.str().map(Into::into)));
    }
    let session = text(sent.get("ai_data").and_then(|data| data.get("convo_id")));
    let has_session = session.is_some();
    if let Some(session) = session
        && differs(Section::AiData, "convo_id", &session)
    {
        edits.push(Edit::SessionId(session.str().map(Into::into)));
    } else if event.field(Section::AiData, "convo_id").is_some() && !has_session {
        edits.push(Edit::SessionId(None));
    }
    let properties = sent.get("properties");
    // What was deleted before it was sent stays so; and of what is not the trace's own nothing is an edit.
    let own = &mapped.metadata;
    for entry in &own.trace {
        let is_property = event.field(Section::Properties, &entry.key).is_some();
        let is_sent = properties.is_some_and(|sent| sent.get(&entry.key).is_some());
        if is_property && !is_sent {
            edits.push(Edit::RemoveKey(entry.key.clone()));
        }
    }
    for member in properties.iter().flat_map(|object| object.children()) {
        let (Some(key), value) = (member.key(), member.canonical()) else {
            continue;
        };
        let is_system = own.entry(&key).is_none() && is_system_property(&key);
        if !is_system && !key.starts_with('$') && differs(Section::Properties, &key, &value) {
            edits.push(Edit::SetKey {
                key: key.into_owned(),
                value,
            });
        }
    }
    edits.into_iter().collect()
}
