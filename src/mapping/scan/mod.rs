//! Findings that only the bytes to be sent tell: leaks past privacy mode, secrets, sizes.

mod compared;
pub(crate) mod conversation;
mod given;
mod known;
pub mod leaks;
mod left_out;
mod quoted;
mod read_text;
mod readings;
pub(crate) use readings::codes;
pub mod secrets;
mod short_forms;
mod short_texts;
mod suspects;
mod verdict;

pub use leaks::Known;
pub use read_text::ReadTexts;
pub use verdict::{PrivacyVerdict, Said};

use std::borrow::Cow;

use self::compared::words;
use self::leaks::{Conversation, Leak};
use self::read_text::Looks;
use self::short_texts::ShortTexts;
use super::finding::{self, Code, Finding};
use super::rules::{
    EVENT, EVENT_ID, FINISH_REASON, IS_PENDING, MODEL, PROVIDER, SOURCE, TIMESTAMP, TRACE_ID,
    TRACE_KEY, TRACE_NAME, USER_ID,
};
use crate::event::privacy::{self, Privacy};
use crate::event::wire::{self, EVENT_LIMIT};
use crate::event::{Event, Field};
use crate::json::{Document, Kind, Limits, Value};

/// Raindrop's clients cut longer texts, in characters.
pub const TEXT_LIMIT: usize = 1_000_000;

/// Said where `listen` kept a key out of what it recorded.
const MASKED: &str = "a key stood here, which rainscope masked in what it keeps; OpenRouter got the key itself and broadcasts \
     it, so Raindrop's event differs from this one; take it out of the request and revoke it";

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

/// Reads the values whose exact bytes privacy mode would send, and their keys, and looks for the conversation in them.
///
/// What the destination itself writes (constants, the event's id, times, counts) is not looked at, and of what the
/// router gives (model, provider, finish reason, the generation's id) only whole runs of plain words count.
///
/// The prompt and the answer as the event would hold them count as a whole too, however short: a value that is
/// nothing else is a leak.
pub fn leaks(event: &Event, conversation: &Conversation) -> Vec<LeakAt> {
    leaks_among(event, conversation, &ReadTexts::default())
}

fn leaks_among(event: &Event, conversation: &Conversation, texts: &ReadTexts) -> Vec<LeakAt> {
    let short_texts = ShortTexts::of(event);
    if conversation.is_empty() && short_texts.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for field in privacy::apply(event, Privacy::On).fields() {
        let writer = Writer::of(field);
        if writer == Writer::System {
            continue;
        }
        let before = found.len();
        let find = |text: &str| match writer {
            Writer::Router => conversation.find_in_name_among(text, texts),
            _ => {
                let leak = conversation.find_among(text, texts);
                leak.or_else(|| short_texts.find(text, texts))
            }
        };
        let mut add = |below: &str, leak: Leak| {
            found.push(LeakAt {
                pointer: field.pointer() + below,
                excerpt: leak.excerpt,
                reading: leak.reading,
            });
        };
        if !field.value.kind().is_container() {
            let own = field.value.str().or(match field.value.kind() {
                Kind::Number => Some(Cow::Borrowed(field.value.as_str())),
                _ => None,
            });
            let leak = find(&field.key).or_else(|| find(&own?));
            leak.into_iter().for_each(|leak| add("", leak));
            continue;
        }
        each_value(field, |value| {
            let find_in = |value: Value<'_>| {
                let key = match value.parent() {
                    Some(_) => value.key(),
                    None => Some(Cow::Borrowed(field.key.as_ref())),
                };
                let own = [key, text_of(value)];
                own.into_iter().flatten().find_map(|text| find(&text))
            };
            let leak = find_in(value).or_else(|| {
                let all = in_a_row(value)?;
                let is_in_one = value.children().any(|item| find_in(item).is_some());
                if is_in_one { None } else { find(&all) }
            });
            leak.into_iter()
                .for_each(|leak| add(&value.pointer(), leak));
        });
        // An answer in JSON may stand there as it is, with no value of it long enough to tell.
        if found.len() == before
            && let Some(leak) = find(field.value.as_str())
        {
            found.push(LeakAt {
                pointer: field.pointer(),
                excerpt: leak.excerpt,
                reading: leak.reading,
            });
        }
    }
    found
}

/// The strings and numbers of a list as one text: a prompt that was cut into its words is whole there.
fn in_a_row(list: Value<'_>) -> Option<Cow<'_, str>> {
    if list.kind() != Kind::Array || list.len() < 2 {
        return None;
    }
    let items: Vec<_> = list.children().filter_map(text_of).collect();
    (items.len() > 1).then(|| Cow::Owned(items.join(" ")))
}

/// A string's text, or a number as it is written: a card may be either.
fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.str().or(value.number().map(Cow::Borrowed))
}

/// The texts of an event in which text of the conversation may be, keys too.
pub fn user_made(event: &Event) -> impl Iterator<Item = Cow<'_, str>> {
    let outbound = privacy::apply(event, Privacy::On);
    outbound.fields().flat_map(|field| {
        let texts: Vec<Cow<'_, str>> = match Writer::of(field) {
            Writer::System => Vec::new(),
            // No name of a few words can be a run.
            Writer::Router => field
                .value
                .str()
                .filter(|name| may_hold_run(name))
                .into_iter()
                .collect(),
            Writer::Caller if field.value.kind().is_container() => {
                let whole = Cow::Borrowed(field.value.as_str());
                let mut texts = vec![Cow::Borrowed(field.key.as_ref()), whole];
                each_value(field, |value| {
                    let own = [value.key(), text_of(value), in_a_row(value)];
                    let own = own.into_iter().flatten();
                    texts.extend(own.map(|text| Cow::Owned(text.into_owned())));
                });
                texts
            }
            Writer::Caller => {
                let own = field.value.shown();
                vec![Cow::Borrowed(field.key.as_ref()), own]
            }
        };
        texts
    })
}

fn may_hold_run(name: &str) -> bool {
    const LEAST: usize = 4;
    let parts = name.bytes().filter(|byte| !byte.is_ascii_alphanumeric());
    if parts.take(LEAST).count() < LEAST - 1
        && !name.contains(['%', '&', '\\', '=', '+'])
        && name.is_ascii()
    {
        return false;
    }
    let most = name.split('/').map(|part| {
        let mut count = 0;
        words::each_word(part, |word| count += usize::from(word.is_prose));
        count
    });
    most.max().unwrap_or_default() >= LEAST || name.contains(['%', '&', '\\', '=', '+'])
}

/// Who wrote a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// Whoever called the API, in the request or its headers.
    Caller,
    /// OpenRouter or the provider: names of models, providers and reasons, and the generation's id.
    Router,
    /// The destination itself: constants, ids made here, times, counts.
    System,
}

impl Writer {
    fn of(field: &Field) -> Writer {
        let step = field.provenance.step;
        let own_steps = [&USER_ID.default, &TRACE_NAME.default];
        let own_rules = [
            &EVENT.rule,
            &EVENT_ID.rule,
            &TIMESTAMP.rule,
            &SOURCE.rule,
            &IS_PENDING.rule,
        ];
        let names = [&MODEL.rule, &PROVIDER.rule, &FINISH_REASON.rule];
        // The id is the response's, whatever that says.
        if names.contains(&step.rule) || step == &TRACE_ID.generation {
            return Writer::Router;
        }
        let is_system_number = field.value.kind() == Kind::Number && step.rule != &TRACE_KEY.rule;
        match is_system_number || own_steps.contains(&step) || own_rules.contains(&step.rule) {
            true => Writer::System,
            false => Writer::Caller,
        }
    }
}

/// All findings of this kind for an event.
pub fn findings(event: &Event, conversation: &Conversation) -> Vec<Finding> {
    findings_among(event, conversation, &ReadTexts::default())
}

/// The same where some of its texts may have been read before.
pub(super) fn findings_among(
    event: &Event,
    conversation: &Conversation,
    texts: &ReadTexts,
) -> Vec<Finding> {
    let mut out = findings_of_metadata_among(event, conversation, texts);
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
        if let Some(text) = field.value.str() {
            let (secret, is_masked) = secrets::look(&text);
            let help = help_for_secret(secret.map(|secret| secret.kind), is_masked);
            help.into_iter()
                .for_each(|help| find(Code::SecretInEvent, field.pointer(), help));
        }
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

/// What to say of a text with a key in it, or with one that was masked.
fn help_for_secret(kind: Option<&str>, is_masked: bool) -> Option<String> {
    match kind {
        Some(kind) => Some(format!(
            "this looks like {kind} and would be stored in Raindrop; take it out and revoke it"
        )),
        None => is_masked.then(|| MASKED.to_owned()),
    }
}

fn secrets_in(field: &Field, texts: &ReadTexts, find: &mut impl FnMut(Code, String, String)) {
    // What the system writes is another text in each event.
    let is_remembered = Writer::of(field) != Writer::System;
    let mut look = |below: &dyn Fn() -> String, key: &str, text: &str| {
        let looks = match is_remembered {
            true => texts.looks(text),
            false => Looks::of(text),
        };
        let kind = looks.secret.or_else(|| secrets::named_secret(key, text));
        if let Some(help) = help_for_secret(kind, looks.is_masked) {
            find(Code::SecretInEvent, field.pointer() + &below(), help);
        }
        if let Some((start, end)) = looks.email {
            let help = format!(
                "{} is an e-mail address and would be stored in Raindrop; if that is not meant, use an id that does not name a person",
                &text[start..end]
            );
            find(Code::EmailInEvent, field.pointer() + &below(), help);
        }
    };
    if Writer::of(field) == Writer::Caller {
        look(&String::new, "", &field.key);
    }
    match field.value.str() {
        Some(text) => look(&String::new, &field.key, &text),
        None => each_value(field, |value| {
            let key = value.key().unwrap_or_default();
            let below = || value.pointer();
            if !key.is_empty() {
                look(&below, "", &key);
            }
            if let Some(text) = text_of(value) {
                look(&below, &key, &text);
            }
        }),
    }
}

/// Those of all else.
pub fn findings_of_metadata(event: &Event, conversation: &Conversation) -> Vec<Finding> {
    findings_of_metadata_among(event, conversation, &ReadTexts::default())
}

fn findings_of_metadata_among(
    event: &Event,
    conversation: &Conversation,
    texts: &ReadTexts,
) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut find = |code, pointer: String, help| {
        out.push(Finding {
            code,
            pointer,
            help,
        })
    };
    for leak in leaks_among(event, conversation, texts) {
        let help = format!(
            "{} repeats the conversation past privacy mode: \"{}\", {}; {}",
            finding::place(&leak.pointer),
            clip(&secrets::mask(&leak.excerpt)),
            leak.reading,
            finding::way_out(&leak.pointer)
        );
        find(Code::PrivacyLeak, leak.pointer, help);
    }
    for field in event.fields.iter().filter(|field| !field.is_text()) {
        secrets_in(field, texts, &mut find);
    }
    let outbound = privacy::apply(event, Privacy::Off);
    if let Some(size) = wire::size_over(outbound, EVENT_LIMIT) {
        let help = format!(
            "{size} bytes; Raindrop takes at most {EVENT_LIMIT} for an event, so it is refused before sending"
        );
        find(Code::EventTooLarge, String::new(), help);
    }
    out
}

/// Each value of a field that holds others, itself first.
fn each_value(field: &Field, mut each: impl FnMut(Value<'_>)) {
    if !field.value.kind().is_container() {
        return;
    }
    if let Ok(doc) = Document::parse(field.value.as_str().into(), Limits::default()) {
        let root = doc.root();
        std::iter::once(root)
            .chain(root.descendants())
            .for_each(&mut each);
    }
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
    wire::size_over(privacy::apply(event, mode), EVENT_LIMIT).is_some()
}
