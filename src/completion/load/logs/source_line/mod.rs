//! Lines of a log without what a container, a collector or a logger wrote around each of them, so that what they log is
//! read as a text of its own: `web-1  | …`, `… stdout F …`, `{"log":"…"}`, `{"_source":{"message":"…"}}`.

mod joiner;
mod record;
mod texts;

pub(in crate::completion::load) use joiner::LineJoiner;
pub(in crate::completion::load) use record::{
    lines_of_list, may_be_one, read_alone, source_beside,
};
pub(in crate::completion::load) use texts::read;
pub(super) use texts::read_lines;

use std::borrow::Cow;
use std::ops::Range;

use super::log_prefix::{self, LoggedText};
use super::wrapped::begins_stream;
use crate::completion::load::consecutive::CallIds;
use crate::completion::load::framing::split;
use record::of_record;

/// What a line logs, and whose line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct SourceLine<'t> {
    /// What tells the lines of one source from those of another; nothing where a line has but a time.
    pub source: Cow<'t, str>,
    pub text: LoggedText<'t>,
    /// Whether the next line of the source goes on in the middle of this one, where the log says so.
    is_partial: Option<bool>,
    /// Of a record, where the string stands that holds it.
    pointer: Option<String>,
}

impl<'t> SourceLine<'t> {
    /// That of a line, if it is one. Of a source of which nothing is open (`is_open` tells) a line that can begin nothing is
    /// none; `any_open` tells whether anything is.
    pub fn of(
        line: &'t str,
        any_open: bool,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Option<SourceLine<'t>> {
        let found = match line.starts_with('{') && log_prefix::context(line).is_none() {
            true => of_record(line, any_open),
            false => behind_words(line, is_open),
        }
        .or_else(|| {
            // What stands before nothing goes on with what has but a time before it.
            is_open("").then_some(SourceLine {
                source: Cow::Borrowed(""),
                text: LoggedText::Verbatim(line),
                is_partial: None,
                pointer: None,
            })
        })?;
        let text = found.text.text();
        let may_begin = || text.contains('{') || begins_stream(text);
        (is_open(&found.source) || may_begin()).then_some(found)
    }

    /// That of a line, whatever it logs.
    pub fn any(line: &'t str) -> Option<SourceLine<'t>> {
        match line.starts_with('{') && log_prefix::context(line).is_none() {
            true => of_record(line, true),
            false => behind_words(line, &|_| true),
        }
    }
}

/// A line behind words.
fn behind_words<'t>(line: &'t str, is_open: &dyn Fn(&str) -> bool) -> Option<SourceLine<'t>> {
    let (source, rest, is_partial) = match log_prefix::words(line) {
        Some((source, rest, is_partial)) => (source, rest, is_partial),
        None => ("", line, false),
    };
    let bare = match is_partial {
        true => rest,
        false => behind_level(rest),
    };
    // What has but a time may go on with lines that have none.
    let is_document = || is_open("") || bare.starts_with("{\"") || bare.trim_end() == "{";
    let is_one = !source.is_empty() || (bare.len() < line.len() && is_document());
    let ids = CallIds::in_words(&line[..line.len() - bare.len()]).name();
    // A document over several lines goes on with some that have none.
    let is_whole =
        || bare.starts_with('{') && bare.trim_end().ends_with('}') || begins_stream(bare);
    let of_call = || source.to_owned() + &ids;
    let of_call = (is_one && !ids.is_empty()).then(of_call);
    let of_call = of_call.filter(|of_call| is_open(of_call) || is_whole());
    is_one.then_some(SourceLine {
        source: of_call.map_or(Cow::Borrowed(source), Cow::Owned),
        text: LoggedText::Verbatim(bare),
        is_partial: Some(is_partial),
        pointer: None,
    })
}

/// The object behind a logger's words: a level, perhaps with names around it; the whole of what has other words.
fn behind_level(text: &str) -> &str {
    const LONGEST: usize = 120;
    const LEVELS: [&str; 8] = [
        "debug", "info", "notice", "warn", "warning", "error", "trace", "critical",
    ];
    // Words that say what follows.
    const SAYING: [&str; 12] = [
        "req", "res", "body", "chunk", "recv", "receiv", "sent", "send", "payload", "event",
        "data", "answer",
    ];
    let head = &text.as_bytes()[..text.len().min(LONGEST)];
    let Some(brace) = memchr::memmem::find(head, b"{\"") else {
        return text;
    };
    let words = text[..brace].to_ascii_lowercase();
    let mut names = words.split(|c: char| !c.is_ascii_alphanumeric());
    let has_level = names.clone().any(|name| LEVELS.contains(&name));
    let says = names.any(|name| SAYING.iter().any(|word| name.starts_with(word)));
    let is_apart = words.ends_with([' ', ':', '\t', ']']);
    match has_level && is_apart && !says && !words.contains(['"', '=', '{', '\'']) {
        true => &text[brace..],
        false => text,
    }
}

/// Where the list stands that a line has behind the words of its source.
pub(in crate::completion::load) fn list_in(line: &str) -> Option<Range<usize>> {
    let (_, rest, _) = log_prefix::words(line)?;
    let is_list = rest.starts_with('[') && split::is_array(rest.as_bytes());
    is_list.then(|| line.len() - rest.len()..line.len())
}

/// Whether a record is such a line.
pub(super) fn begins(record: &[u8]) -> bool {
    std::str::from_utf8(record).is_ok_and(|line| SourceLine::of(line, false, &|_| false).is_some())
}

/// Whether a text begins with such a line, and goes on behind it.
pub(in crate::completion::load) fn begins_with_one(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    let bare = line.trim_end_matches('\r');
    let behind = text[line.len()..]
        .lines()
        .find(|line| !line.trim().is_empty());
    behind.is_some_and(|behind| {
        SourceLine::of(bare, false, &|_| false).is_some_and(|first| {
            !log_prefix::is_half_of_call(&first.source) || log_prefix::words(behind).is_some()
        })
    })
}
