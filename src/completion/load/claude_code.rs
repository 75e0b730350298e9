//! Sessions of Claude Code, one JSON a line (or as `jq` prints them: a list, over several lines), where it talked to OpenRouter: then the id of an answer is a
//! generation id.
//!
//! The lines of one answer stand apart, one for each block of its content, and what was asked stands
//! before them; so a session is read as a whole. The request itself is not recorded: its system prompt,
//! tools and metadata are unknown, and of the conversation only the user's message that the answer is to is
//! taken over. Source: sessions that Claude Code 1 and 2 wrote.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::ProblemKind;
use super::framing::scan::document_end;
use super::head::FileHead;
use super::record::{Reader, most_together};
use crate::completion::generation_id;
use crate::completion::source_map::{DocumentBuilder, Place, Places};
use crate::json::{Document, Kind, Limits, Value};

/// Kinds of lines, as far as they are needed to tell a session.
const KINDS: [&str; 4] = ["user", "assistant", "system", "summary"];

/// Words one of which is in each line of a session, those before the first message too: summaries, snapshots
/// of files, what waits in the queue.
const KEYS: [&str; 6] = [
    "\"summary\"",
    "\"sessionId\"",
    "\"leafUuid\"",
    "\"isSnapshotUpdate\"",
    "\"file-history-snapshot\"",
    "\"isSidechain\"",
];

/// First lines that are looked at.
const FIRST: usize = 20;

/// Whether a text is a session: one of its first lines is a message of one, and those before it are lines of
/// one too.
pub(super) fn is_session(head: &FileHead<'_>) -> bool {
    let has = |key: &str| memchr::memmem::find(head.text.as_bytes(), key.as_bytes()).is_some();
    // A list, or an object over several lines, may be any app's own.
    let is_by_line = || {
        let first = head.text.lines().next().unwrap_or_default();
        head.text.starts_with('{') && first.trim_end().len() > 1
    };
    head.text.starts_with(['{', '['])
        && has("\"sessionId\"")
        && (is_by_line() || has("\"uuid\""))
        && first_lines(head.text).any(is_message)
}

/// Whether a text of which not all has come may yet turn out to be a session.
pub(super) fn may_be_session(head: &FileHead<'_>) -> bool {
    let whole_lines = head.text.rfind('\n').map_or("", |end| &head.text[..end]);
    let lines = whole_lines.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.count();
    head.text.starts_with('{') && lines < FIRST && first_lines(whole_lines).count() == lines
}

/// The first lines, as long as they may be a session's.
fn first_lines(text: &str) -> impl Iterator<Item = &str> {
    let has =
        |line: &str, key: &str| memchr::memmem::find(line.as_bytes(), key.as_bytes()).is_some();
    let lines = Lines { text, at: 0 }.map(|range| &text[range]);
    lines
        .take(FIRST)
        .take_while(move |line| KEYS.iter().any(|key| has(line, key)))
}

/// The lines of a session that are not blank, or the objects that stand in the place of lines.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let is_between = |c: char| c.is_whitespace() || "[,]".contains(c);
        let rest = self.text[self.at..].trim_start_matches(is_between);
        let start = self.text.len() - rest.len();
        let line = rest.lines().next()?.trim_end();
        let length = match line {
            "{" => rest.trim_end().len(),
            _ => line.len(),
        };
        let end = document_end(&self.text.as_bytes()[..start + length], start);
        self.at = end.unwrap_or(start + length);
        Some(start..self.at)
    }
}

fn is_message(line: &str) -> bool {
    let has = |key: &str| line.contains(key);
    if !has("\"sessionId\"") || !(has("\"uuid\"") || has("\"message\"")) {
        return false;
    }
    match Document::parse(Arc::from(line.trim()), Limits::default()) {
        Ok(doc) => is_line(doc.root()),
        // The head ends somewhere in a long line.
        Err(_) => !has("\"request\"") && has("\"isSidechain\""),
    }
}

fn is_line(value: Value<'_>) -> bool {
    let is_text = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    let kind = value.get("type").and_then(Value::str);
    // Exports leave out how the lines hang together.
    let has_role = || {
        value
            .get("message")
            .is_some_and(|message| message.get("role").is_some())
    };
    is_text("sessionId")
        && (is_text("uuid") || has_role())
        && kind.is_some_and(|kind| KINDS.contains(&kind.as_ref()))
}

/// One line that was read.
struct SessionLine {
    doc: Document,
    /// Where it begins, in the text of the session and in its file.
    start: usize,
    place: Place,
    record: usize,
}

impl SessionLine {
    fn root(&self) -> Value<'_> {
        self.doc.root()
    }

    fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.root().get(key).and_then(Value::non_empty_str)
    }

    fn message(&self) -> Option<Value<'_>> {
        self.root().get_some("message")
    }

    fn is(&self, kind: &str) -> bool {
        self.text("type").is_some_and(|have| have == kind)
    }

    fn is_true(&self, key: &str) -> bool {
        self.root()
            .get(key)
            .is_some_and(|value| value.kind() == Kind::True)
    }

    /// The generation that it is a part of.
    fn generation(&self) -> Option<Cow<'_, str>> {
        let id = self.message()?.get("id")?.str()?;
        (self.is("assistant") && generation_id::is_one(&id)).then_some(id)
    }

    /// Whether the user said something in it. What Claude Code itself puts in (`isMeta`), and the results
    /// of tools, are the user's by role alone.
    fn is_said(&self) -> bool {
        let content = self.message().and_then(|message| message.get("content"));
        let has_text = content.is_some_and(|content| match content.kind() {
            Kind::String => content.raw().len() > 2,
            Kind::Array => content.children().any(|block| {
                let kind = block.get("type").and_then(Value::str);
                kind.as_deref() != Some("tool_result")
            }),
            _ => false,
        });
        self.is("user") && has_text && !self.is_true("isMeta")
    }

    /// Appends a value of the line.
    fn copy(&self, value: Value<'_>, places: &Places<'_>, builder: &mut DocumentBuilder) {
        let span = value.span();
        let map = places.map_of(self.start + span.start..self.start + span.end);
        builder.copy(value.raw(), 0..span.len(), &map);
    }
}

/// Reads a session.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut lines = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    for (index, range) in (Lines { text, at: 0 }).enumerate() {
        let (start, record) = (range.start, index + 1);
        let place = places.at(start);
        match Document::parse(Arc::from(&text[range]), reader.limits) {
            Ok(doc) => {
                let line = SessionLine {
                    doc,
                    start,
                    place,
                    record,
                };
                // A session that goes on from another repeats its lines.
                let is_new = line
                    .text("uuid")
                    .is_none_or(|uuid| known.insert(uuid.into()));
                if is_new {
                    lines.push(line);
                }
            }
            Err(error) => {
                let at = places.at(start + error.offset);
                let origin = reader.origin_of_entry(place, record);
                let mut reader = reader.entry(&origin);
                reader.problem(ProblemKind::Malformed, at, error.what);
            }
        }
    }
    let session = Session::of(lines);
    let mut left = most_together(text.len());
    for answer in &session.answers {
        session.push(answer, &mut left, places, reader);
    }
    if left == 0 {
        let what = "what was asked of the last answers here is left out: repeated for each answer, the questions of this \
                    session are too long together";
        reader.problem(ProblemKind::Malformed, places.at(0), what.to_owned());
    }
    let at = places.at(0);
    let others = session.others();
    if session.answers.is_empty() {
        let what = "a session of Claude Code none of whose messages came from OpenRouter: no `message.id` in it is a \
                    generation id (`gen-…`)";
        reader.problem(ProblemKind::Unrecognised, at, what.to_owned());
    } else if others > 0 {
        let what = format!(
            "{others} other {} of this session {} no part of a completion of OpenRouter's",
            if others == 1 { "line" } else { "lines" },
            if others == 1 { "is" } else { "are" },
        );
        reader.note(at, what);
    }
}

/// The lines of one answer, by their positions in the session.
struct SessionAnswer {
    lines: Vec<usize>,
    /// The user's message that it is to.
    asked: Option<usize>,
}

struct Session {
    lines: Vec<SessionLine>,
    answers: Vec<SessionAnswer>,
}

/// The lines in their order, but each behind the one that it names as its parent: a session may be written newest first.
fn parents_first(lines: &[SessionLine]) -> Vec<usize> {
    let named = lines.iter().enumerate();
    let named = named.filter_map(|(index, line)| Some((line.text("uuid")?, index)));
    let by_uuid: HashMap<Cow<'_, str>, usize> = named.collect();
    let mut order = Vec::with_capacity(lines.len());
    let mut is_there = vec![false; lines.len()];
    for index in 0..lines.len() {
        let (mut at, begin) = (Some(index), order.len());
        while let Some(index) = at.filter(|at| !std::mem::replace(&mut is_there[*at], true)) {
            order.push(index);
            let parent = lines[index].text("parentUuid");
            at = parent.and_then(|parent| by_uuid.get(&parent).copied());
        }
        order[begin..].reverse();
    }
    order
}

impl Session {
    fn of(lines: Vec<SessionLine>) -> Session {
        let mut answers: Vec<SessionAnswer> = Vec::new();
        let mut by_id: HashMap<Cow<'_, str>, usize> = HashMap::new();
        // What was last said on the way to each line.
        let mut said: HashMap<Cow<'_, str>, Option<usize>> = HashMap::new();
        let mut last = None;
        for index in parents_first(&lines) {
            let line = &lines[index];
            let parent = line.text("parentUuid");
            let before = match &parent {
                // The line above may be in another file, or have been left out.
                Some(parent) => said.get(parent).copied().unwrap_or(last),
                // A line that says it has none begins the session; one that does not say follows the last.
                None if line.root().get("parentUuid").is_none() => last,
                None => None,
            };
            let now = if line.is_said() { Some(index) } else { before };
            if let Some(uuid) = line.text("uuid") {
                said.insert(uuid, now);
            }
            if !line.is_true("isSidechain") {
                last = now.or(last);
            }
            if let Some(id) = line.generation() {
                let answer = *by_id.entry(id).or_insert(answers.len());
                match answers.get_mut(answer) {
                    Some(answer) => answer.lines.push(index),
                    None => answers.push(SessionAnswer {
                        lines: vec![index],
                        asked: before,
                    }),
                }
            }
        }
        drop((by_id, said));
        answers.sort_by_key(|answer| answer.lines.iter().min().copied());
        Session { lines, answers }
    }

    /// Lines that went into no completion.
    fn others(&self) -> usize {
        let mut used: HashSet<usize> = HashSet::new();
        for answer in &self.answers {
            used.extend(answer.lines.iter().copied().chain(answer.asked));
        }
        self.lines.len() - used.len()
    }

    /// Takes an answer; `left` is how many bytes the questions may still have.
    fn push(
        &self,
        answer: &SessionAnswer,
        left: &mut usize,
        places: &Places<'_>,
        reader: &mut Reader<'_>,
    ) {
        let lines: Vec<&SessionLine> = answer
            .lines
            .iter()
            .map(|index| &self.lines[*index])
            .collect();
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"request\":{\"messages\":[");
        let asked = answer.asked.map(|index| &self.lines[index]);
        if let Some((line, message)) = asked.and_then(|line| Some((line, line.message()?))) {
            *left = left.saturating_sub(message.raw().len());
            if *left > 0 {
                line.copy(message, places, &mut builder);
            }
        }
        builder.literal("]");
        if let Some(session) = first.root().get_some("sessionId") {
            builder.literal(",\"session_id\":");
            first.copy(session, places, &mut builder);
        }
        builder.literal("},\"response\":{");
        write_response(&lines, places, &mut builder);
        builder.literal("}");
        if let Some(time) = last.root().get_some("timestamp") {
            builder.literal(",\"completed_at\":");
            last.copy(time, places, &mut builder);
        }
        builder.literal("}");
        let origin = reader.origin_of_entry(first.place.clone(), first.record);
        reader.entry(&origin).push(None, builder, None);
    }
}

/// The message that the lines are parts of: all their blocks, and of everything else the last word.
fn write_response(lines: &[&SessionLine], places: &Places<'_>, builder: &mut DocumentBuilder) {
    builder.literal("\"content\":[");
    let mut opening = "";
    for line in lines {
        let content = line.message().and_then(|message| message.get("content"));
        let Some(content) = content else { continue };
        if content.kind() == Kind::String {
            builder.literal(&format!("{opening}{{\"type\":\"text\",\"text\":"));
            line.copy(content, places, builder);
            builder.literal("}");
            opening = ",";
        }
        for block in content.children() {
            builder.literal(opening);
            line.copy(block, places, builder);
            opening = ",";
        }
    }
    builder.literal("]");
    let mut written: HashSet<Cow<'_, str>> = HashSet::from([Cow::Borrowed("content")]);
    for line in lines.iter().rev() {
        let members = line.message().into_iter().flat_map(Value::children);
        for member in members.filter(|member| !member.is_null()) {
            let Some(key) = member.key() else { continue };
            if written.insert(key.clone()) {
                builder.literal(&format!(",{}:", crate::json::quote(&key)));
                line.copy(member, places, builder);
            }
        }
    }
}
