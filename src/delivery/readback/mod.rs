//! Reads back what a destination stored of an event: from the sink, a Workshop, or Raindrop's Query API. What is read is
//! compared in [`crate::verify`].

mod error;
mod http;
mod wait;

use std::time::Duration;

pub use error::ReadError;
pub use wait::{Found, Limits, Progress, Sought, least_requests, wait_for};

use super::http::Client;
use super::plain::redacted_as_shown;
use crate::destination::{BaseUrl, Destination, DestinationKind, ProjectSlug, QueryKey, WriteKey};
use crate::json::{Document, Kind, Value};
use crate::prepare::SINK_KEY;
use crate::redact::{Redactor, known};
use crate::verify::{self, Comparison, Reader, StoredEvent, Unsure};

/// How long an event may take to appear (the vendor: 90 to 180 s).
pub const LONGEST: Duration = Duration::from_secs(180);
/// How long a server on this machine is asked: it stores an event before it answers. Chosen.
pub const LOCAL: Duration = Duration::from_secs(10);
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Where events are read back.
#[derive(Debug, Clone)]
pub struct ReadPlace {
    /// Whether it is known to be what its events are read as; of any other server on this machine its address is.
    is_known: bool,
    reader: Reader,
    base_url: BaseUrl,
    secret: Secret,
    project: Option<ProjectSlug>,
}

#[derive(Debug, Clone)]
enum Secret {
    None,
    Write(WriteKey),
    Query(QueryKey),
}

impl Secret {
    fn text(&self) -> Option<&str> {
        match self {
            Secret::None => None,
            Secret::Write(key) => Some(key.expose()),
            Secret::Query(key) => Some(key.expose()),
        }
    }
}

impl ReadPlace {
    /// The destination itself, where it answers such questions: a Workshop, or a server on this machine. It gets the key
    /// that it got with the events. None for any other.
    #[must_use]
    pub fn of_destination(destination: &Destination) -> Option<Self> {
        let base_url = destination.base_url().clone();
        if !base_url.is_loopback() {
            return None;
        }
        Some(match (destination.kind(), destination.write_key()) {
            (DestinationKind::Workshop, _) | (_, None) => Self {
                is_known: true,
                reader: Reader::Workshop,
                base_url,
                secret: Secret::None,
                project: None,
            },
            (_, Some(key)) => Self {
                is_known: destination.is_known_by_kind(),
                reader: Reader::Sink,
                base_url,
                secret: Secret::Write(key.clone()),
                project: destination.project().cloned(),
            },
        })
    }

    /// Raindrop's Query API, or what speaks for it.
    #[must_use]
    pub fn query_api(base_url: BaseUrl, key: QueryKey, project: Option<ProjectSlug>) -> Self {
        Self {
            is_known: true,
            reader: Reader::QueryApi,
            base_url,
            secret: Secret::Query(key),
            project,
        }
    }

    /// Who answers.
    #[must_use]
    pub const fn reader(&self) -> Reader {
        self.reader
    }

    /// Where it is.
    #[must_use]
    pub const fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// How long an event is waited for where nothing else is said.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        match self.reader {
            Reader::Sink | Reader::Workshop => LOCAL,
            Reader::QueryApi => LONGEST,
        }
    }

    /// What answers there, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let who = match self.is_known {
            true => self.reader.in_sentence(),
            false => "the server",
        };
        format!("{who} at {}", self.base_url)
    }

    /// A text without any trace of the key for this place, or of another that this program knows. The sink's own is no
    /// secret.
    #[must_use]
    pub fn redacted(&self, text: String) -> String {
        let secret = self.secret.text().filter(|secret| *secret != SINK_KEY);
        let key = secret.map(Redactor::new);
        redacted_as_shown(text, |text| {
            let text = match &key {
                Some(key) => key.redact(text),
                None => text,
            };
            known::masked_in_answer(text)
        })
    }

    /// Holds an event that was read here against the body of the request that sent it. The key is masked on both sides,
    /// so that it is in nothing that is shown.
    #[must_use]
    pub fn compare(&self, body: &[u8], event: &ReadEvent, unsure: Unsure) -> Option<Comparison> {
        let body = self.redacted(String::from_utf8_lossy(body).into_owned());
        verify::compare(&body, &event.stored, unsure)
    }

    /// Where an event can be looked at: a page of the Workshop; of the sink and of the Query API the answer itself,
    /// since nothing is known of an address of the event's page in Raindrop.
    #[must_use]
    pub fn link(&self, event_id: &str, run: Option<&str>) -> String {
        match (self.reader, run) {
            (Reader::Workshop, Some(run)) => {
                self.base_url.endpoint(&format!("/runs/{}", encoded(run)))
            }
            (Reader::Workshop, None) => self.base_url.endpoint("/runs"),
            (Reader::Sink | Reader::QueryApi, _) => self
                .base_url
                .endpoint(&format!("/v1/events/{}", encoded(event_id))),
        }
    }
}

/// An event that was read.
#[derive(Debug, Clone)]
pub struct ReadEvent {
    /// What is stored.
    pub stored: StoredEvent,
    /// The run that a Workshop has it in.
    pub run: Option<String>,
}

/// Asks one server, with its connections and its limits.
#[derive(Debug, Clone)]
pub(super) struct Reading<'p> {
    place: &'p ReadPlace,
    client: Client,
}

/// A page of events.
pub(super) struct Page {
    /// Event ids with what is stored of each.
    pub(super) events: Vec<(String, StoredEvent)>,
    /// Where the next page begins; none where this is the last one.
    pub(super) cursor: Option<String>,
}

impl<'p> Reading<'p> {
    pub(super) fn new(place: &'p ReadPlace) -> Self {
        Self {
            place,
            client: Client::new(ANSWER),
        }
    }

    /// Reads one event; none where it is not there, as far as is known now.
    pub(super) async fn event(&self, id: &str) -> Result<Option<ReadEvent>, ReadError> {
        match self.place.reader {
            Reader::Workshop => self.of_workshop(id).await,
            reader => {
                let path = format!("/v1/events/{}", encoded(id));
                let Some(doc) = self.get(&path).await? else {
                    return Ok(None);
                };
                let stored = doc
                    .root()
                    .get("data")
                    .and_then(|data| verify::of_query(reader, data));
                match stored {
                    Some(stored) => Ok(Some(ReadEvent { stored, run: None })),
                    None => Err(ReadError::NotAnEvent(self.place.in_words())),
                }
            }
        }
    }

    /// An event's span leads to its run; one without text has no span, and is found among the runs.
    async fn of_workshop(&self, id: &str) -> Result<Option<ReadEvent>, ReadError> {
        let span = self.get(&format!("/api/spans/evt_{}", encoded(id))).await?;
        let run = span.as_ref().map(Document::root);
        let run = run.and_then(|span| span.get("run_id").and_then(Value::str));
        let run = match run {
            Some(run) => run.into_owned(),
            None => {
                let question = verify::workshop_query(id);
                let doc = self.post("/api/traces/query", question).await?;
                let doc = doc.ok_or_else(|| self.tells_nothing())?;
                let first = doc.root().get("rows").and_then(|rows| rows.item(0));
                match first.and_then(|row| row.get("id").and_then(Value::str)) {
                    Some(run) => run.into_owned(),
                    None => return Ok(None),
                }
            }
        };
        let path = format!("/api/runs/detail/{}", encoded(&run));
        let Some(doc) = self.get(&path).await? else {
            return Ok(None);
        };
        match verify::of_workshop(id, doc.root()) {
            Some(stored) => Ok(Some(ReadEvent {
                stored,
                run: Some(run),
            })),
            None => Err(ReadError::NotAnEvent(self.place.in_words())),
        }
    }

    fn tells_nothing(&self) -> ReadError {
        ReadError::TellsNothing(self.place.in_words())
    }

    /// Fails where the server answers no question about events, so that what it does not have says nothing.
    pub(super) async fn is_told(&self) -> Result<(), ReadError> {
        match self.place.reader {
            // It was asked for all that has the event's id.
            Reader::Workshop => Ok(()),
            Reader::Sink | Reader::QueryApi => self.page(1, None).await.map(drop),
        }
    }

    /// A page of the latest events, so many at most.
    pub(super) async fn page(&self, limit: usize, cursor: Option<&str>) -> Result<Page, ReadError> {
        let mut path = format!("/v1/events?limit={limit}&order_by=-timestamp");
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            path.push_str(&encoded(cursor));
        }
        let not_a_list = || ReadError::NotAnEvent(self.place.in_words());
        let doc = self.get(&path).await?;
        let doc = doc.ok_or_else(|| self.tells_nothing())?;
        let root = doc.root();
        let data = root.get("data").filter(|data| data.kind() == Kind::Array);
        let data = data.ok_or_else(not_a_list)?;
        let event = |item: Value<'_>| {
            let id = item.get("id").and_then(Value::str)?.into_owned();
            Some((id, verify::of_query(self.place.reader, item)?))
        };
        let meta = root.get("meta");
        let has_more = meta.and_then(|meta| meta.get("has_more"));
        let has_more = has_more.is_some_and(|more| more.kind() == Kind::True);
        let next = meta.and_then(|meta| meta.get("cursor").and_then(Value::str));
        Ok(Page {
            events: data.children().filter_map(event).collect(),
            cursor: next.filter(|_| has_more).map(|next| next.into_owned()),
        })
    }
}

/// Events of a page. Chosen: the answer stays within what is read even where each has text.
pub(super) const PAGE: usize = 50;

/// A text as one segment of a path.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // A segment of dots alone would be a step up.
            b'.' if text.bytes().any(|byte| byte != b'.') => out.push('.'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::Insecure;

    /// A server on this machine is called a sink where it is known for one.
    #[test]
    fn a_server_is_called_what_it_is_known_for() {
        let url = || BaseUrl::parse("http://127.0.0.1:7411", Insecure::Refused).expect("a URL");
        let key = || WriteKey::new("rk_0123456789abcdef".to_owned()).expect("a key");
        let check = |destination: &Destination, expected: &str| {
            let place = ReadPlace::of_destination(destination).expect("a place");
            assert_eq!(place.in_words(), format!("{expected} at {}", url()));
        };
        check(&Destination::local_sink(url(), key(), None), "the sink");
        check(
            &Destination::local_endpoint(url(), key(), None),
            "the server",
        );
        check(&Destination::raindrop(url(), key(), None), "the server");
        check(
            &Destination::workshop(url()).expect("a Workshop"),
            "the Workshop",
        );
    }

    #[test]
    fn any_id_is_one_segment() {
        let table = [
            ("0b1f-A_~.", "0b1f-A_~."),
            ("a/b?c#d", "a%2Fb%3Fc%23d"),
            ("..", "%2E%2E"),
            ("é 1", "%C3%A9%201"),
            ("a%2Fb", "a%252Fb"),
            ("a\nb", "a%0Ab"),
        ];
        for (text, expected) in table {
            assert_eq!(encoded(text), expected);
        }
    }
}
