//! Fenced blocks in Markdown: what people paste into issues and chats. Each block is read as the content of
//! a file is; JSON between the blocks counts too, and words don't.

use std::collections::VecDeque;

use super::ProblemKind;
use super::apart::Mark;
use super::consecutive::{copy_part, is_alone};
use super::exchange;
use super::formats::MARKDOWN;
use super::framing::split::{self, FrameStep, Framer};
use super::head::FileHead;
use super::inside::PAIR;
use super::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::completion::{Completion, slug};
use crate::json::Value;

/// Languages of blocks that hold data. What a program's or a shell's block holds is read if it is some.
const DATA: [&str; 12] = [
    "", "json", "jsonc", "json5", "jsonl", "ndjson", "sse", "http", "yaml", "yml", "text", "txt",
];

/// Whether a text is Markdown with a fenced block.
pub(super) fn is_fenced(head: &FileHead<'_>) -> bool {
    // Issues and READMEs may begin with a tag or with a comment for whoever writes one.
    const TAGS: [&str; 9] = [
        "<!--", "<details", "<summary", "<p", "<div", "<h", "<img", "<a ", "<br",
    ];
    let begins = |start: &&str| head.text.starts_with(*start);
    let is_address = head.text.starts_with("<http");
    let is_page = !is_address && head.text.starts_with("<ht") || head.text.starts_with("<he");
    // What begins with a bracket is JSON only where that holds a value: `[BUG] …`.
    let is_bracketed = head.text.starts_with('[') && !split::is_array(head.text.as_bytes());
    let is_prose = head.text.starts_with("{%")
        || !head.text.starts_with(['{', '[', '"', '<'])
        || is_bracketed
        || (!is_page && TAGS.iter().any(begins));
    is_prose && head.text.lines().any(|line| Fence::open(line).is_some())
}

/// How far to the right a fence may stand.
const DEEPEST: usize = 200;

/// A line that opens a block.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fence<'t> {
    /// What stands before it: blanks, marks of quotation.
    before: &'t str,
    mark: char,
    length: usize,
    language: String,
    /// Where on its line the block begins that stands there, as in Slack's texts.
    inline: Option<usize>,
}

/// Marks that Slack writes around a block.
const SLACKS: &str = "```";

impl<'t> Fence<'t> {
    fn open(line: &'t str) -> Option<Fence<'t>> {
        let bare = line.trim_start_matches([' ', '\t', '>']);
        let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = bare.trim_start_matches(mark);
        let length = bare.len() - info.len();
        let language = info.split_whitespace().next().unwrap_or_default();
        let is_inline = mark == '`' && length == SLACKS.len() && info.starts_with(['{', '[']);
        let is_fence =
            length >= 3 && line.len() - bare.len() <= DEEPEST && (is_inline || !info.contains('`'));
        is_fence.then(|| Fence {
            before: &line[..line.len() - bare.len()],
            mark,
            length,
            language: if is_inline {
                String::new()
            } else {
                language.to_ascii_lowercase()
            },
            inline: is_inline.then_some(line.len() - info.len()),
        })
    }

    /// Where on a line the block ends, which it closes.
    fn end_in(&self, line: &str) -> Option<usize> {
        if self.is_closed_by(line) {
            return Some(0);
        }
        let bare = line.trim_end().strip_suffix(SLACKS)?;
        self.inline.is_some().then_some(bare.len())
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let bare = line.trim_start_matches([' ', '\t', '>']).trim_end();
        bare.len() >= self.length && bare.chars().all(|c| c == self.mark)
    }

    /// A line of the block without what stands before the fence.
    fn strip<'l>(&self, line: &'l str) -> &'l str {
        let mut rest = line;
        for c in self.before.chars() {
            match rest.strip_prefix(c) {
                Some(stripped) => rest = stripped,
                // A quotation's blank line has no blank behind its mark.
                None if c == ' ' => {}
                None => break,
            }
        }
        rest
    }
}

/// Reads the blocks of a text, and the JSON between them.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let before = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let mark = Mark::of(reader.loaded);
    reader.format.within = reader.format.within.or(Some(MARKDOWN));
    let mut blocks = 0;
    let mut open: Option<(Fence<'_>, usize)> = None;
    let (mut at, mut prose) = (0, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mut rest = 0;
        if open.is_none()
            && let Some(fence) = Fence::open(line)
        {
            between(&places.piece(prose..start), reader);
            blocks += 1;
            rest = fence.inline.unwrap_or(line.len());
            open = Some((fence, start + rest));
        }
        if let Some((fence, from)) = &open
            && let Some(end) = line.get(rest..).filter(|rest| !rest.is_empty())
            && let Some(end) = fence.end_in(end)
        {
            block(&places.piece(*from..start + rest + end), fence, reader);
            open = None;
            prose = at;
        }
    }
    match open {
        Some((fence, from)) => block(&places.piece(from..text.len()), &fence, reader),
        None => between(&places.piece(prose..text.len()), reader),
    }
    reader.join_streams(mark);
    join(before.0, text, reader);
    exchange::refuse_below_address(before.0, text, reader);
    reader.settle(mark);
    reader.number(before.0);
    let has_said = reader.loaded.problems.len() > before.1;
    if reader.loaded.completions.len() == before.0 && !has_said {
        let what = match blocks {
            1 => "Markdown; its fenced block holds no completion".to_owned(),
            _ => format!("Markdown; none of its {blocks} fenced blocks holds a completion"),
        };
        reader.problem(ProblemKind::Unrecognised, places.at(0), what);
    }
}

/// Reads a block.
fn block(places: &Places<'_>, fence: &Fence<'_>, reader: &mut Reader<'_>) {
    if places.text().trim().is_empty() {
        return;
    }
    let before = (
        reader.loaded.completions.len(),
        reader.loaded.problems.len(),
    );
    let origin = reader.origin_of_entry(places.at(0), reader.origin.record);
    let begins_as_data = |text: &str| text.trim_start().starts_with(['{', '[']);
    let begins_as_data = if fence.before.is_empty() {
        reader.entry(&origin).inner(places);
        begins_as_data(places.text())
    } else {
        let (text, map) = stripped(places, fence);
        let places = Places::mapped(&text, map, Vec::new(), places.at(0));
        reader.entry(&origin).inner(&places);
        begins_as_data(&text)
    };
    let is_data = DATA.contains(&fence.language.as_str());
    if reader.loaded.completions.len() == before.0 && !(is_data && begins_as_data) {
        // Somebody's program, or words.
        reader.loaded.problems.truncate(before.1);
    }
}

/// Requests without an answer that are kept in mind.
const MOST_OPEN: usize = 16;

/// Makes one completion of a request and the response that follows it, which stand in blocks of their own under one heading.
/// Where an earlier request there still waits that may have been answered so, nobody can tell which of the two was.
fn join(before: usize, text: &str, reader: &mut Reader<'_>) {
    let start = reader.origin.offset;
    let is_parted = |from: usize, to: usize| {
        let between = text.get(from.saturating_sub(start)..to.saturating_sub(start));
        let is_heading = |line: &str| {
            let rest = line.trim_start_matches('#');
            let is_one = (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(' ');
            is_one && !names_answer(rest)
        };
        between.is_some_and(|between| headings_apart(between, is_heading))
    };
    let found = reader.loaded.completions.split_off(before);
    let mut found = found.into_iter().peekable();
    // Where the requests under this heading are that found no answer.
    let mut open: VecDeque<usize> = VecDeque::new();
    let mut last = start;
    while let Some(completion) = found.next() {
        let here = completion.origin.offset;
        if !open.is_empty() && is_parted(last, here) {
            open.clear();
        }
        last = here;
        let all = &reader.loaded.completions;
        // What is asked once more is one thing.
        let asked = |it: &Completion| it.request().map(|request| request.raw().to_owned());
        let is_of_another = |next: &Completion| {
            let mut waiting = open.iter().filter_map(|index| all.get(*index));
            waiting.any(|request| {
                !names_another_model(request, next) && asked(request) != asked(&completion)
            })
        };
        let is_next_its = |next: &Completion| {
            let [asked, answered] = [&completion, next].map(|it| it.origin.offset);
            is_alone(&completion, "request")
                && is_alone(next, "response")
                && !is_parted(asked, answered)
                && !names_another_model(&completion, next)
                && !is_of_another(next)
        };
        let Some(response) = found.next_if(is_next_its) else {
            if is_alone(&completion, "request") {
                open.push_back(all.len());
            }
            if is_alone(&completion, "response") || open.len() > MOST_OPEN {
                open.pop_front();
            }
            reader.loaded.completions.push(completion);
            continue;
        };
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"request\":");
        copy_part(&completion, completion.request(), &mut builder);
        builder.literal(",\"response\":");
        copy_part(&response, response.response(), &mut builder);
        builder.literal("}");
        let what = format!(
            "the request in this block is taken for that of the response at line {}",
            response.origin.position.line
        );
        let origin = completion.origin.clone();
        last = response.origin.offset;
        let mut entry = reader.entry(&origin);
        entry.note(origin.place(), what);
        entry.format.name = PAIR;
        entry.push(None, builder, response.stream);
    }
}

/// Whether a response names a model of its own, and not the one that its request asked for. What chooses a model may answer
/// with any.
fn names_another_model(request: &Completion, response: &Completion) -> bool {
    let model = |part: Option<Value<'_>>| Some(part?.get("model")?.str()?.into_owned());
    let (Some(asked), Some(answered)) = (model(request.request()), model(response.response()))
    else {
        return false;
    };
    let has_others = request
        .request()
        .is_some_and(|request| request.get("models").is_some());
    slug::is_concrete(&asked, Some(&answered))
        && !has_others
        && !slug::may_stand_for(&answered, &asked)
}

/// Whether a heading says that the answer follows to what stands above it: `Response`, `Actual output:`.
fn names_answer(heading: &str) -> bool {
    const ANSWERS: [&str; 8] = [
        "response",
        "answer",
        "output",
        "result",
        "returns",
        "return",
        "reply",
        "completion",
    ];
    const BESIDE: [&str; 12] = [
        "actual",
        "the",
        "full",
        "raw",
        "api",
        "json",
        "body",
        "http",
        "from",
        "model",
        "openrouter",
        "llm",
    ];
    let heading = heading.to_ascii_lowercase();
    let words = || {
        let words = heading.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty())
    };
    words().any(|word| ANSWERS.contains(&word))
        && words().all(|word| ANSWERS.contains(&word) || BESIDE.contains(&word))
}

/// Whether a heading stands in a text that begins within a block: what follows the block is looked through, and what
/// is within further ones is not, where `#` begins a comment.
fn headings_apart(text: &str, is_heading: impl Fn(&str) -> bool) -> bool {
    let mut is_within = true;
    text.lines().any(|line| {
        if is_within && line.trim_start().starts_with(['`', '~']) || Fence::open(line).is_some() {
            is_within = !is_within;
            return false;
        }
        !is_within && is_heading(line)
    })
}

/// The lines of a block without what stands before the fence, and where each stands.
fn stripped(places: &Places<'_>, fence: &Fence<'_>) -> (String, SourceMap) {
    let mut text = String::with_capacity(places.text().len());
    let mut pieces = Vec::new();
    let mut at = 0;
    for line in places.text().split_inclusive('\n') {
        let rest = fence.strip(line);
        at += line.len();
        pieces.push((text.len(), at - rest.len()..at));
        text.push_str(rest);
    }
    (text, places.map_of_pieces(pieces))
}

/// Reads the JSON and the transcripts that stand between two blocks.
fn between(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut framer = Framer::default();
    let mut at = 0;
    while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
        at = range.end;
        let record = places.piece(range);
        if !record.text().contains('{') {
            continue;
        }
        let before = (
            reader.loaded.completions.len(),
            reader.loaded.problems.len(),
        );
        let origin = reader.origin_of_entry(record.at(0), reader.origin.record);
        reader.entry(&origin).text_but(&record, Some(MARKDOWN));
        if reader.loaded.completions.len() == before.0 {
            reader.loaded.problems.truncate(before.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_fences() {
        let open =
            |line: &str| Fence::open(line).map(|fence| (fence.mark, fence.length, fence.language));
        assert_eq!(open("```json"), Some(('`', 3, "json".to_owned())));
        assert_eq!(open("  > ~~~~ SSE x"), Some(('~', 4, "sse".to_owned())));
        assert_eq!(open("``` a `b`"), None);
        assert_eq!(open("``"), None);
        assert_eq!(open("words"), None);
        let fence = Fence::open("> ````").expect("a fence");
        assert!(fence.is_closed_by(">  `````\n"));
        assert!(!fence.is_closed_by("> ```\n"));
        assert_eq!(fence.strip(">   data: x"), "  data: x");
        assert_eq!(fence.strip(">\n"), "\n");
    }
}
