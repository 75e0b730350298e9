//! What SDKs for Python log of their calls when they are told to: OpenAI's and Anthropic's (`Request options: {'method': 'post', …}`,
//! `HTTP Response: POST … "200 OK" Headers({…})`, the answer where the program printed it below) and OpenRouter's own
//! (`Request:`, `Method: POST`, `Body: b'…'`). Each call is made into the messages by themselves.

use super::read_others;
use super::wire_log::{Stage, behind};
use crate::completion::Place;
use crate::completion::generation_id;
use crate::completion::load::ProblemKind;
use crate::completion::load::consecutive;
use crate::completion::load::exchange::body::{json_of_python, python_bytes};
use crate::completion::load::exchange::http_text;
use crate::completion::load::framing;
use crate::completion::load::framing::lines::lines;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Limits, Value, quote};

const OPTIONS: &str = "Request options: {'method': 'post', 'url': '";
const RESPONSE: &str = "HTTP Response: POST ";
/// Calls of one log that are read.
const MOST_CALLS: usize = 50_000;

/// Whether a text is such a log.
pub(in crate::completion::load) fn is_sdk_log(head: &FileHead<'_>) -> bool {
    /// Lines that may stand before the first call.
    const MOST_BEFORE: usize = 200;
    let lines = || head.text.lines().take(MOST_BEFORE);
    let asks = |(line, next): (&str, &str)| line.ends_with("Request:") && next == "Method: POST";
    !head.text.starts_with(['{', '<'])
        && (lines().any(|line| line.contains(OPTIONS)) || lines().zip(lines().skip(1)).any(asks))
}

/// A call, as far as it was logged.
struct Call {
    at: Place,
    /// Where it went: the whole URL, once that is known.
    url: String,
    headers: String,
    /// None where the log has none that can be read.
    body: Option<String>,
    /// The status and the headers of its answer, and the generation that those name.
    head: Option<(String, Option<String>)>,
    answer: DocumentBuilder,
    is_answered: bool,
}

/// Reads such a log.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    let mut log = SdkLog::default();
    let mut others = DocumentBuilder::default();
    for range in lines(places.text()) {
        let line = &places.text()[range.clone()];
        if log.calls.len() < MOST_CALLS && log.takes(line, range.start, places) {
            continue;
        }
        others.mapped(line, places.map_of(range.clone()));
        others.literal("\n");
    }
    let unread = log.calls.iter().find(|call| call.body.is_none());
    let unread = unread.map(|call| call.at.clone());
    for (index, call) in log.calls.into_iter().enumerate() {
        let record = reader.number_of_item(index);
        let origin = reader.origin_of_entry(call.at.clone(), record);
        call.read(&mut reader.entry(&origin));
    }
    read_others(others, before, places, reader);
    if let Some(at) = unread {
        let what = "a request that the SDK logged without a body, or of which the log kept only the beginning; what it asked is not known";
        match reader.loaded.completions.len() > before {
            true => reader.note(at, what.to_owned()),
            false => reader.problem(ProblemKind::Malformed, at, what.to_owned()),
        }
    }
}

impl Call {
    /// Reads its messages as they would be by themselves.
    fn read(self, reader: &mut Reader<'_>) {
        let mut builder = DocumentBuilder::default();
        let (host, path) = match self.url.split_once("://") {
            Some((_, behind)) => behind.split_at(behind.find('/').unwrap_or(behind.len())),
            None => ("", self.url.as_str()),
        };
        let host = match host {
            "" => String::new(),
            host => format!("Host: {host}\n"),
        };
        let is_asked = self.body.is_some();
        if let Some(body) = &self.body {
            let head = format!("POST {path} HTTP/1.1\n{host}{}\n", self.headers);
            builder.derived(&head, self.at.clone());
            builder.derived(body, self.at.clone());
        } else if !self.is_answered {
            return;
        }
        let is_refused =
            |head: &str| head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.1 5");
        match self.head {
            Some((head, _)) if self.is_answered || is_refused(&head) => {
                let gap = if is_asked { "\n\n" } else { "" };
                builder.derived(&format!("{gap}{head}\n"), self.at.clone());
                let (answer, map) = self.answer.finish();
                builder.copy(&answer, 0..answer.len(), &map);
            }
            Some((_, Some(id))) => {
                let what = format!(
                    "the answer to this request is not in the log; its generation can be read with `rainscope fetch {id}`"
                );
                reader.note(self.at.clone(), what);
            }
            _ => {}
        }
        builder.literal("\n");
        let (text, map) = builder.finish();
        http_text::read(&Places::mapped(&text, map, Vec::new(), self.at), reader);
    }
}

/// The calls of a log, and where in one its lines are.
#[derive(Default)]
struct SdkLog {
    calls: Vec<Call>,
    /// Those whose answer was not told of yet, and those whose answer may still stand here.
    open: Vec<usize>,
    waiting: Vec<usize>,
    /// Answers of which nobody knows which of several calls they are of.
    loose: usize,
    /// The call whose answer stands here, and how far that has come.
    within: Option<(usize, Stage)>,
    /// What OpenRouter's SDK has said of a message so far.
    part: Option<Part>,
}

/// A message as OpenRouter's SDK logs it.
#[derive(Default)]
struct Part {
    is_request: bool,
    url: String,
    status: String,
    headers: String,
}

impl SdkLog {
    /// Takes a line; whether it is of a call.
    fn takes(&mut self, line: &str, start: usize, places: &Places<'_>) -> bool {
        let is_part = self.part(line, start, places);
        if is_part || self.asks(line, start, places) || self.answers(line) {
            if !is_part || self.part.is_some() {
                self.within = None;
            }
            return true;
        }
        if let Some(at) = line.find("HTTP Request: POST ").filter(|at| *at < 200) {
            let url = line[at..].split(' ').nth(3).unwrap_or_default();
            self.goes_to(url);
            return false;
        }
        self.body(line, start, places)
    }

    /// `Request options: {…}`.
    fn asks(&mut self, line: &str, start: usize, places: &Places<'_>) -> bool {
        let Some(at) = line.find(OPTIONS) else {
            return false;
        };
        let url = line[at + OPTIONS.len()..].split('\'').next();
        let body = member(line, "'json_data': ").map(|(body, _)| body);
        let behind = line.rfind(", 'extra_json': {");
        let extra = behind.and_then(|at| member(&line[at..], "'extra_json': "));
        self.open(Call {
            at: places.at(start + at),
            url: url.unwrap_or_default().to_owned(),
            headers: String::new(),
            body: body.map(|body| merged(body, extra.map(|(extra, _)| extra))),
            head: None,
            answer: DocumentBuilder::default(),
            is_answered: false,
        });
        true
    }

    /// A call that is not answered yet goes to this URL, if it is the only one.
    fn goes_to(&mut self, url: &str) {
        if let [only] = self.open.as_slice()
            && url.ends_with(&self.calls[*only].url)
        {
            url.clone_into(&mut self.calls[*only].url);
        }
    }

    /// Takes note of a call whose answer has come.
    fn close(&mut self, index: usize, head: (String, Option<String>)) {
        self.open.retain(|open| *open != index);
        if head.0.starts_with("HTTP/1.1 2") {
            self.waiting.push(index);
        }
        self.calls[index].head = Some(head);
    }

    fn open(&mut self, call: Call) {
        self.open.push(self.calls.len());
        self.calls.push(call);
    }

    /// `HTTP Response: POST https://… "200 OK" Headers({…})`.
    fn answers(&mut self, line: &str) -> bool {
        let Some(at) = line.find(RESPONSE).filter(|at| *at < 200) else {
            return false;
        };
        let behind = &line[at + RESPONSE.len()..];
        let Some((url, rest)) = behind.split_once(" \"") else {
            return false;
        };
        let Some((status, rest)) = rest.split_once('"') else {
            return false;
        };
        self.goes_to(url);
        let goes_there = |index: &usize| url.ends_with(&self.calls[*index].url);
        let (there, others): (Vec<_>, Vec<_>) = self.open.iter().partition(|open| goes_there(open));
        match there.as_slice() {
            [] => return false,
            [only] => self.close(*only, head_of(status, &headers(rest))),
            open => {
                self.loose += 1;
                if self.loose == open.len() {
                    self.loose = 0;
                    self.waiting.extend(open);
                    self.open = others;
                }
            }
        }
        true
    }

    /// A line of an answer that the program printed.
    fn body(&mut self, line: &str, start: usize, places: &Places<'_>) -> bool {
        let within = self.within.take();
        // A program may have logged it as it logs all else.
        let at = match within {
            Some(_) => 0,
            None => words_before_answer(line),
        };
        let (line, start) = (&line[at..], start + at);
        let (index, stage) = match within {
            Some(within) => within,
            None => match self.answered_by(line) {
                Some(index) => (index, Stage::Head),
                None => return false,
            },
        };
        let Some((stage, is_first)) = behind(stage, line) else {
            return false;
        };
        let call = &mut self.calls[index];
        if is_first {
            call.is_answered = true;
            self.waiting.retain(|waiting| *waiting != index);
        }
        let map = places.map_of(start..start + line.len());
        call.answer.mapped(line, map);
        call.answer.literal("\n");
        self.within = (stage != Stage::Outside).then_some((index, stage));
        true
    }

    /// The call whose answer begins on a line: the one whose headers name that generation, else the only one that waits.
    fn answered_by(&self, line: &str) -> Option<usize> {
        const LOOKED_AT: usize = 256;
        let begins = line.starts_with('{') || line.starts_with("data: {");
        if !begins {
            return None;
        }
        let id = consecutive::id_of_chunk(line.trim_start_matches("data: ").as_bytes());
        let named = |index: &&usize| {
            let head = self.calls[**index].head.as_ref();
            head.and_then(|(_, named)| named.as_ref())
        };
        let mut last = self.waiting.iter().rev().take(LOOKED_AT);
        let by_id = last.find(|index| id.is_some() && named(index) == id.as_ref());
        let only = || match self.waiting.as_slice() {
            [only] if id.is_none() || named(&only).is_none() => Some(only),
            _ => None,
        };
        by_id.or_else(only).copied()
    }

    /// A line of what OpenRouter's SDK logs of a message.
    fn part(&mut self, line: &str, start: usize, places: &Places<'_>) -> bool {
        for (end, is_request) in [("Request:", true), ("Response:", false)] {
            if line.ends_with(end) && line.len() < 200 {
                self.part = Some(Part {
                    is_request,
                    ..Part::default()
                });
                return true;
            }
        }
        let Some(part) = &mut self.part else {
            return false;
        };
        let Some((name, value)) = line.split_once(": ") else {
            return false;
        };
        match name {
            "Method" => {}
            "Status Code" => value.clone_into(&mut part.status),
            "URL" => value.clone_into(&mut part.url),
            "Headers" => part.headers = headers(value),
            "Body" => return self.body_of_part(value, start + line.len() - value.len(), places),
            _ => {
                self.part = None;
                return false;
            }
        }
        true
    }

    fn body_of_part(&mut self, body: &str, start: usize, places: &Places<'_>) -> bool {
        let Some(part) = self.part.take() else {
            return false;
        };
        if part.is_request {
            let inside = body.strip_prefix("b'").and_then(|it| it.strip_suffix('\''));
            let inside = inside.or_else(|| body.strip_prefix("b\"")?.strip_suffix('"'));
            let Some(inside) = inside else {
                return false;
            };
            self.open(Call {
                at: places.at(start),
                url: part.url,
                headers: part.headers,
                body: Some(String::from_utf8_lossy(&python_bytes(inside)).into_owned()),
                head: None,
                answer: DocumentBuilder::default(),
                is_answered: false,
            });
            return true;
        }
        let [index] = self.open[..] else {
            return false;
        };
        self.close(index, head_of(&part.status, &part.headers));
        self.within = Some((index, Stage::Head));
        self.body(body, start, places) || body.starts_with('<')
    }
}

/// How much of a line are a log's words before an answer that stands there as a whole.
fn words_before_answer(line: &str) -> usize {
    const LONGEST: usize = 200;
    let at = line.find("{\"").filter(|_| line.ends_with('}'));
    let is_plain = |at: &usize| *at < LONGEST && !line[..*at].contains(['"', '\'', '{']);
    at.filter(is_plain).unwrap_or_default()
}

/// The JSON of a member of a dict on a line.
fn member(line: &str, key: &str) -> Option<(String, usize)> {
    let at = line.find(key)? + key.len();
    json_of_python(&line[at..]).filter(|(json, _)| json.starts_with('{'))
}

/// What is sent: a body, with what was given beside it in place of what it has.
fn merged(body: String, extra: Option<String>) -> String {
    let document = |json: &str| Document::parse(json.into(), Limits::default()).ok();
    let Some(extra) = extra.as_deref().and_then(document) else {
        return body;
    };
    let Some(doc) = document(&body) else {
        return body;
    };
    let own = doc.root().children().filter(|member| {
        let key = member.raw_key().unwrap_or_default();
        extra.root().get(key).is_none()
    });
    let write = |member: Value<'_>| {
        let key = member.key().unwrap_or_default();
        format!("{}:{}", quote(&key), member.raw())
    };
    let members: Vec<String> = own.chain(extra.root().children()).map(write).collect();
    format!("{{{}}}", members.join(","))
}

/// A response's first lines, and the generation that they name.
fn head_of(status: &str, headers: &str) -> (String, Option<String>) {
    let id = generation_id::recorded_in(headers.as_bytes());
    (
        format!("HTTP/1.1 {status}\n{headers}"),
        id.map(|id| id.to_string()),
    )
}

/// The lines of `Headers({'name': 'value'})`; the body beside them was decoded.
fn headers(text: &str) -> String {
    const OF_TRANSFER: [&str; 3] = ["content-length", "transfer-encoding", "content-encoding"];
    let mut out = String::new();
    let inside = text.trim_start().strip_prefix("Headers(");
    let json = inside.and_then(json_of_python);
    let doc = json.and_then(|(json, _)| framing::document(json.as_bytes()));
    let Some(doc) = doc else {
        return out;
    };
    for header in doc.root().children() {
        let pair = match header.key() {
            Some(name) => Some((name.into_owned(), header.str())),
            None => header
                .item(0)
                .and_then(Value::str)
                .map(|name| (name.into_owned(), header.item(1).and_then(Value::str))),
        };
        if let Some((name, Some(value))) = pair
            && !OF_TRANSFER.contains(&name.to_ascii_lowercase().as_str())
            && !value.contains(['\n', '\r'])
        {
            out.push_str(&format!("{name}: {value}\n"));
        }
    }
    out
}
