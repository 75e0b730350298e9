//! Findings that only the bytes to be sent tell: leaks past privacy mode, secrets, sizes.

use std::borrow::Cow;

use super::finding::{self, Code, Finding};
use super::leaks::Conversation;
use super::rules::{CONVO_ID, TRACE_ID, TRACE_KEY, TRACE_NAME, USER_ID};
use super::secrets;
use crate::event::privacy::{self, Privacy};
use crate::event::wire::{self, EVENT_LIMIT};
use crate::event::{Event, Field, Section};
use crate::json::{Document, Limits, Value};

/// Raindrop's clients cut longer texts, in characters.
pub const TEXT_LIMIT: usize = 1_000_000;

/// Where text of the conversation would leave in spite of privacy mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakAt {
    /// RFC 6901 pointer in the event.
    pub pointer: String,
    /// The words that were found.
    pub excerpt: String,
    /// How the value has to be read to see them.
    pub reading: &'static str,
}

/// Reads the exact bytes that privacy mode would send and looks for the conversation in them.
///
/// What the system itself writes (model, provider, counts, constants) is not the user's text and is
/// not looked at.
pub fn leaks(event: &Event, conversation: &Conversation) -> Vec<LeakAt> {
    if conversation.is_empty() {
        return Vec::new();
    }
    let outbound = privacy::apply(event, Privacy::On);
    let mut json = String::new();
    wire::write_event(outbound, &mut json);
    let limits = Limits {
        bytes: usize::MAX >> 33,
        depth: 160,
    };
    let Ok(doc) = Document::parse(json.into(), limits) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // The bytes have the event's fields in its order, so both are walked side by side.
    let section = |key: &str| doc.root().get(key).into_iter().flat_map(Value::children);
    let mut top = doc
        .root()
        .children()
        .filter(|value| !value.kind().is_container());
    let mut ai_data = section("ai_data");
    let mut properties = section("properties");
    for field in outbound.fields() {
        let value = match field.section {
            Section::Top => top.next(),
            Section::AiData => ai_data.next(),
            Section::Properties => properties.next(),
        };
        let Some(value) = value.filter(|_| is_user_made(field)) else {
            continue;
        };
        for value in std::iter::once(value).chain(value.descendants()) {
            let texts = [value.key(), value.str()];
            let leak = texts
                .into_iter()
                .flatten()
                .find_map(|text| conversation.find(&text));
            if let Some(leak) = leak {
                found.push(LeakAt {
                    pointer: value.pointer(),
                    excerpt: leak.excerpt,
                    reading: leak.reading,
                });
            }
        }
    }
    found
}

/// The texts of an event that the caller of the API wrote, keys too.
pub fn user_made(event: &Event) -> impl Iterator<Item = Cow<'_, str>> {
    let outbound = privacy::apply(event, Privacy::On);
    outbound
        .fields()
        .filter(|field| is_user_made(field))
        .flat_map(|field| {
            let own = [Some(Cow::Borrowed(field.key.as_ref())), field.value.str()];
            let below = strings(field).into_iter().map(|(_, text)| Cow::Owned(text));
            own.into_iter().flatten().chain(below)
        })
}

/// Whether a field's value is what the caller of the API wrote.
fn is_user_made(field: &Field) -> bool {
    let step = field.provenance.step;
    let [user, session, key] = [&USER_ID.rule, &CONVO_ID.rule, &TRACE_KEY.rule];
    let of_trace = [
        &TRACE_ID.trace,
        &TRACE_ID.delivered,
        &TRACE_NAME.trace,
        &TRACE_NAME.delivered,
    ];
    [user, session, key].contains(&step.rule) || of_trace.contains(&step)
}

/// All findings of this kind for an event.
pub fn findings(event: &Event, conversation: &Conversation) -> Vec<Finding> {
    let mut out = findings_of_metadata(event, conversation);
    out.extend(findings_of_texts(event));
    out
}

/// Those of input and output, which no edit of trace metadata changes.
pub fn findings_of_texts(event: &Event) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut find = |code, pointer: String, help| {
        out.push(Finding {
            code,
            pointer,
            help,
        })
    };
    for field in event.fields.iter().filter(|field| field.is_text()) {
        secrets_in(field, &mut find);
        // No text has more characters than bytes in JSON.
        let length = match field.value.as_str().len() {
            bytes if bytes > TEXT_LIMIT => field.value.shown().chars().count(),
            bytes => bytes,
        };
        if length > TEXT_LIMIT {
            let help = format!(
                "{length} characters; Raindrop's clients cut at 1,000,000 and the rest is lost"
            );
            find(Code::TextWillBeCut, field.pointer(), help);
        }
    }
    out
}

fn secrets_in(field: &Field, find: &mut impl FnMut(Code, String, String)) {
    let mut look = |below: &str, text: &str| {
        if let Some(secret) = secrets::find(text) {
            let help = format!(
                "this looks like {} and would be stored in Raindrop; take it out and revoke it",
                secret.kind
            );
            find(Code::SecretInEvent, field.pointer() + below, help);
        }
        // In the texts themselves people may write of anybody.
        if !field.is_text()
            && let Some(address) = secrets::find_email(text)
        {
            let help = format!(
                "{address} is an e-mail address and would be stored in Raindrop; if that is not meant, use an id that does not name a person"
            );
            find(Code::EmailInEvent, field.pointer() + below, help);
        }
    };
    match field.value.str() {
        Some(text) => look("", &text),
        None => {
            for (below, text) in strings(field) {
                look(&below, &text);
            }
        }
    }
}

/// Those of all else.
pub fn findings_of_metadata(event: &Event, conversation: &Conversation) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut find = |code, pointer: String, help| {
        out.push(Finding {
            code,
            pointer,
            help,
        })
    };
    for leak in leaks(event, conversation) {
        let help = format!(
            "{} repeats the conversation past privacy mode: \"{}\", {}; {}",
            finding::place(&leak.pointer),
            clip(&leak.excerpt),
            leak.reading,
            finding::way_out(&leak.pointer)
        );
        find(Code::PrivacyLeak, leak.pointer, help);
    }
    for field in event.fields.iter().filter(|field| !field.is_text()) {
        secrets_in(field, &mut find);
    }
    let size = wire::event_size(privacy::apply(event, Privacy::Off));
    if size > EVENT_LIMIT {
        let help = format!(
            "{size} bytes; Raindrop takes at most {EVENT_LIMIT} for an event, so it is refused before sending"
        );
        find(Code::EventTooLarge, String::new(), help);
    }
    out
}

/// Strings within a field's value, keys too: pointer below the field, and the text.
fn strings(field: &Field) -> Vec<(String, String)> {
    if !field.value.kind().is_container() {
        return Vec::new();
    }
    let Ok(doc) = Document::parse(field.value.as_str().into(), Limits::default()) else {
        return Vec::new();
    };
    let root: Value<'_> = doc.root();
    std::iter::once(root)
        .chain(root.descendants())
        .flat_map(|value| {
            [value.key(), value.str()]
                .into_iter()
                .flatten()
                .map(move |text| (value.pointer(), text.into_owned()))
        })
        .collect()
}

fn clip(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(MOST - 1).collect();
    out.push('…');
    out
}

/// Whether an event in a mode is over Raindrop's limit.
pub fn is_too_large(event: &Event, mode: Privacy) -> bool {
    wire::event_size(privacy::apply(event, mode)) > EVENT_LIMIT
}
