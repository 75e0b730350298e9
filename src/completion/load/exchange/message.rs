//! One HTTP exchange, whoever recorded it: this is what every adapter makes and all that is read of it.

use super::body::Body;
use super::keys;
use crate::completion::Place;
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

/// A request and what came of it.
#[derive(Debug)]
pub(super) struct Exchange<'d> {
    /// Where it stands.
    pub at: Place,
    /// In any spelling of upper and lower case.
    pub method: Option<String>,
    /// The whole URL, or as much of it as is known: a path begins with `/`.
    pub url: Option<String>,
    /// The status code; none where there was no response or it is not known.
    pub status: Option<u16>,
    /// Through whom the recorder says that it went.
    pub provider: Option<String>,
    /// What was sent.
    pub request: Message<'d>,
    /// What came back.
    pub response: Message<'d>,
    /// When it was.
    pub times: Times,
}

impl Exchange<'_> {
    /// An exchange of which nothing is known yet.
    pub fn at(at: Place) -> Self {
        Exchange {
            at,
            method: None,
            url: None,
            status: None,
            provider: None,
            request: Message::none(),
            response: Message::none(),
            times: Times::default(),
        }
    }
}

/// Headers and body.
#[derive(Debug)]
pub(super) struct Message<'d> {
    /// Whether the recording has anything of this message at all.
    pub is_recorded: bool,
    /// Those that may be looked at.
    pub headers: Headers,
    /// The body, decoded.
    pub body: Body<'d>,
}

impl Message<'_> {
    /// A message that was not recorded.
    pub fn none() -> Self {
        Message {
            is_recorded: false,
            headers: Headers::default(),
            body: Body::Absent,
        }
    }
}

/// When an exchange was, as far as the recorder measured it.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// When the request was sent.
    pub started: Option<Measured>,
    /// When all of the response was there.
    pub ended: Option<Measured>,
    /// When the recorder wrote it down, which is some time after the end.
    pub noted: Option<Measured>,
    /// How long it took.
    pub duration: Option<Measured>,
}

/// Milliseconds, since 1970 or of a duration, and where they stand.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    /// Whole milliseconds.
    pub millis: i128,
    /// What they were read from.
    pub at: Place,
}

impl Times {
    /// The measured duration in milliseconds; zero or less is none that was measured.
    pub fn took(&self) -> Option<Measured> {
        let between = || {
            let (started, ended) = (self.started.as_ref()?, self.ended.as_ref()?);
            Some(Measured {
                millis: ended.millis - started.millis,
                at: ended.at.clone(),
            })
        };
        let known = self.duration.clone().filter(|d| d.millis > 0);
        known.or_else(between).filter(|d| d.millis > 0)
    }

    /// When the response was complete.
    pub fn completed(&self) -> Option<Measured> {
        let counted = || {
            let (started, took) = (self.started.as_ref()?, self.took()?);
            Some(Measured {
                millis: started.millis + took.millis,
                at: started.at.clone(),
            })
        };
        self.ended.clone().or_else(counted)
    }
}

/// Headers of a message, of those alone that are ever needed: a recording holds the caller's secrets.
#[derive(Debug, Default)]
pub(super) struct Headers(Vec<Header>);

/// A header that may be looked at.
#[derive(Debug)]
pub(super) struct Header {
    /// In small letters.
    pub name: &'static str,
    /// Its value; of several, the first.
    pub value: String,
    /// Where the value stands.
    pub at: Place,
}

/// Headers that are needed to read a message.
const FOR_READING: [&str; 5] = [
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "content-type",
    "host",
];
/// Request headers that are taken over: the one that the mapping reads, and what tells the caller.
pub(super) const OF_REQUEST: [&str; 4] = ["x-session-id", "x-title", "http-referer", "user-agent"];
/// Response headers that are taken over: OpenRouter's own of the generation, and when it answered.
pub(super) const OF_RESPONSE: [&str; 3] = ["x-generation-id", "date", "x-openrouter-cache-status"];

/// Response headers that providers' own servers send, and OpenRouter doesn't pass on.
pub(super) const OF_VENDORS: [&str; 11] = [
    "openai-organization",
    "openai-processing-ms",
    "openai-project",
    "openai-version",
    "anthropic-organization-id",
    "anthropic-ratelimit-requests-limit",
    "anthropic-ratelimit-tokens-limit",
    "anthropic-ratelimit-unified-status",
    "apim-request-id",
    "azureml-model-session",
    "x-groq-region",
];

impl Headers {
    /// Keeps a header if it is one that may be looked at.
    pub fn push(&mut self, name: &str, value: &str, at: impl FnOnce() -> Place) {
        let name = name.trim().trim_end_matches(':');
        let allowed = FOR_READING
            .iter()
            .chain(&OF_REQUEST)
            .chain(&OF_RESPONSE)
            .chain(&OF_VENDORS);
        let known = allowed
            .copied()
            .find(|known| known.eq_ignore_ascii_case(name));
        let value = value.trim();
        if let Some(name) = known.filter(|_| !value.is_empty()) {
            self.0.push(Header {
                name,
                value: value.to_owned(),
                at: at(),
            });
        }
    }

    /// The headers that a value stands for: an object, a list of pairs or of objects, names and values in
    /// turn, or lines of text.
    pub fn of(value: Option<Value<'_>>, places: &Places<'_>) -> Headers {
        let mut headers = Headers::default();
        let Some(value) = value else { return headers };
        let at = |value: Value<'_>| places.at(value.span().start);
        let mut push = |name: &str, value: Value<'_>| {
            let value = first(value);
            match value.str() {
                Some(text) => headers.push(name, &text, || at(value)),
                None => headers.push(name, value.number().unwrap_or_default(), || at(value)),
            }
        };
        match value.kind() {
            // Charles keeps the list one level deeper.
            Kind::Object
                if value
                    .get("headers")
                    .is_some_and(|list| list.kind().is_container()) =>
            {
                return Headers::of(value.get("headers"), places);
            }
            Kind::Object => {
                for member in value.children() {
                    push(&member.key().unwrap_or_default(), member);
                }
            }
            Kind::Array if value.children().all(|item| item.kind() == Kind::String) => {
                let is_line = |item: Value<'_>| {
                    let text = item.str().unwrap_or_default();
                    text.trim_start_matches(':').contains(':')
                };
                // No name has a colon in it.
                if value.children().step_by(2).any(is_line) {
                    for line in value.children() {
                        let text = line.str().unwrap_or_default();
                        if let Some((name, content)) = text.split_once(':') {
                            headers.push(name, content, || at(line));
                        }
                    }
                    return headers;
                }
                let mut items = value.children();
                while let (Some(name), Some(value)) = (items.next(), items.next()) {
                    push(&name.str().unwrap_or_default(), value);
                }
            }
            Kind::Array => {
                for item in value.children() {
                    let (name, value) = match item.kind() {
                        Kind::Array => (item.item(0), item.item(1)),
                        _ => (
                            keys::get(item, &["name", "key"]),
                            keys::get(item, &["value", "values"]),
                        ),
                    };
                    if let (Some(name), Some(value)) = (name.and_then(Value::str), value) {
                        push(&name, value);
                    }
                }
            }
            Kind::String => {
                let text = value.str().unwrap_or_default();
                for (name, content) in text.lines().filter_map(|line| line.split_once(':')) {
                    headers.push(name, content, || at(value));
                }
            }
            _ => {}
        }
        headers
    }

    /// The value of a header; of one that is there more than once, the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rfind(|header| header.name == name)
            .map(|header| header.value.as_str())
    }

    /// Those of some names, each once.
    pub(super) fn among<'h>(&'h self, names: &'h [&str]) -> impl Iterator<Item = &'h Header> {
        names
            .iter()
            .filter_map(|name| self.0.iter().rfind(|header| header.name == *name))
    }
}

/// A list of values counts as its first.
fn first(value: Value<'_>) -> Value<'_> {
    value.item(0).unwrap_or(value)
}
