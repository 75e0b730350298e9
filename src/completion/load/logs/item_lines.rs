//! Items of a list that are one record together, as the lines that a log would have of them: a list of records, of
//! events of a transcript, of requests with the chunks of their answers.

use std::sync::Arc;

use super::asked::AskedRun;
use super::chunk::Logged;
use super::source_line;
use super::wrapped::{self, Continuation, LineRun};
use crate::completion::load::framing;
use crate::completion::load::framing::items::ranges;
use crate::completion::load::framing::scan::document_end;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};

/// The lines, with their places, of a text that is such items with commas between them.
pub(in crate::completion::load) fn of(places: &Places<'_>) -> Option<(Arc<str>, SourceMap)> {
    let text = places.text();
    let is_string = text.starts_with('"');
    if !is_string {
        if !text.starts_with(['{', '[']) {
            return None;
        }
        let end = document_end(text.as_bytes(), 0)?;
        let first = &text.as_bytes()[..end];
        let is_item = text[end..].trim_start().starts_with(',');
        let is_one = || {
            source_line::begins(first)
                || LineRun::begin(first).is_some()
                || AskedRun::begin(first).is_some()
                || Logged::begin(first).is_some()
        };
        if !is_item || !is_one() {
            return None;
        }
    }
    let items = ranges(text.as_bytes());
    if items.len() < 2 {
        return None;
    }
    let mut builder = DocumentBuilder::with_capacity(text.len());
    for range in items {
        let item = &text[range.clone()];
        if is_string {
            let line = line_of_string(item.as_bytes())?;
            builder.derived(&line, places.at(range.start));
        } else {
            one_line(item, range.start, places, &mut builder);
        }
        builder.literal("\n");
    }
    Some(builder.finish())
}

/// Appends an item without its line ends, which stand between its tokens alone.
fn one_line(item: &str, start: usize, places: &Places<'_>, builder: &mut DocumentBuilder) {
    let mut at = start;
    for line in item.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        builder.copy(bare, 0..bare.len(), &places.map_of(at..at + bare.len()));
        if bare.len() < line.len() {
            builder.literal(" ");
        }
        at += line.len();
    }
}

/// The line of a transcript that an item of a list of strings is.
fn line_of_string(item: &[u8]) -> Option<String> {
    let doc = framing::document(item)?;
    let line = doc.root().str()?.trim_end_matches('\n').to_owned();
    wrapped::is_of_transcript(&line).then_some(line)
}

/// Whether an item of a list is a string that is a line of a transcript; `is_first` where no other stands before it.
pub(in crate::completion::load) fn is_line(item: &[u8], is_first: bool) -> bool {
    /// Of a list of other strings nearly every one shows at its beginning that it is no such line.
    const STARTS: [&str; 6] = ["\"data:", "\":", "\"event:", "\"\"", "\"id:", "\"retry:"];
    let may_be = STARTS
        .iter()
        .any(|start| item.starts_with(start.as_bytes()));
    may_be && line_of_string(item).is_some_and(|line| !is_first || wrapped::begins_stream(&line))
}

/// What the items of a list hold line by line.
#[derive(Debug, Default)]
pub(in crate::completion::load) struct LinesOfItems {
    /// The text of each stream and each document.
    pub texts: Vec<String>,
    /// Whether each item is a line of one of those.
    pub are_lines: Vec<bool>,
}

/// The streams and documents whose lines stand in the items of a list; `None` where there are none.
pub(in crate::completion::load) fn lines_of_items<'r>(
    items: impl Iterator<Item = &'r [u8]>,
) -> Option<LinesOfItems> {
    let mut items = items.peekable();
    match items.peek()?.first()? {
        b'"' => return lines_of_strings(items),
        b'{' | b'[' => {}
        _ => return None,
    }
    let mut found = LinesOfItems::default();
    // The run that goes on, its text, and the items of it.
    let mut open: Option<(LineRun, String, Vec<usize>)> = None;
    for (index, item) in items.enumerate() {
        found.are_lines.push(false);
        if let Some((run, text, own)) = &mut open {
            match run.take(item) {
                Continuation::Line(line, _) | Continuation::Open(line, _) => {
                    text.push_str(&line);
                    own.push(index);
                    continue;
                }
                Continuation::Between => continue,
                Continuation::Not => found.end(open.take()),
            }
        }
        if let Some((run, Continuation::Line(line, _))) = LineRun::begin(item) {
            open = Some((run, line, vec![index]));
        }
    }
    found.end(open);
    (!found.texts.is_empty()).then_some(found)
}

impl LinesOfItems {
    /// Adds what a run gave, if it is of several items and of nothing that never ended.
    fn end(&mut self, run: Option<(LineRun, String, Vec<usize>)>) {
        let Some((run, text, own)) = run else {
            return;
        };
        if own.len() > 1 && !run.is_open_document() {
            self.texts.push(text);
            for index in own {
                self.are_lines[index] = true;
            }
        }
    }
}

/// The same of a list of strings, each of which is a line.
fn lines_of_strings<'r>(items: impl Iterator<Item = &'r [u8]>) -> Option<LinesOfItems> {
    let (mut text, mut count) = (String::new(), 0);
    let mut is_stream = false;
    for item in items {
        // Each that holds anything is one, or this is some other list.
        let line = line_of_string(item)?;
        is_stream |= wrapped::begins_stream(&line);
        text.push_str(&line);
        text.push('\n');
        count += 1;
    }
    (is_stream && count > 1).then(|| LinesOfItems {
        texts: vec![text],
        are_lines: vec![true; count],
    })
}
