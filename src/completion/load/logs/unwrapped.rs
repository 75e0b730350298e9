//! Logs whose lines together hold a text of another format, which has to be read as a whole: a session of Claude Code, commands
//! with their answers, a cassette, a table, an array over several lines, each line within a container's words or record.

use super::source_line::{self, LineJoiner, SourceLine};
use crate::completion::load::claude_code;
use crate::completion::load::exchange;
use crate::completion::load::formats;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::signs;
use crate::completion::load::unsupported;
use crate::completion::source_map::Places;

/// Wrappings within one another.
const LEVELS: usize = 3;
/// Sources of which the beginning is looked at.
const MOST_SOURCES: usize = 16;

/// Whether a text is such a log.
pub(in crate::completion::load) fn is_of_format(head: &FileHead<'_>) -> bool {
    memchr::memchr(b'\n', head.all.as_bytes()).is_some()
        && is_told(head.all, 2, LEVELS, &formats::is_whole_in_log)
}

/// Whether a log of which not all has come may yet turn out to be one.
pub(in crate::completion::load) fn may_be_of_format(head: &FileHead<'_>) -> bool {
    let is_settled = |head: &FileHead<'_>| {
        head.is_enough
            && !claude_code::may_be_session(head)
            && !unsupported::may_be_tape(head.text)
            && !exchange::may_be_router_log(head)
            && !formats::is_whole_in_log(head)
    };
    // What is none of a source's lines, or has more than one, is read by itself.
    let is_apart =
        |line: &str| signs::may_hold_completion(line.as_bytes()) && SourceLine::any(line).is_none();
    !texts(head.all, 1).is_empty()
        && !is_told(head.all, 1, LEVELS, &is_settled)
        && !whole_lines(head.all).any(is_apart)
}

/// The lines of a text but for a last one that has no end yet.
fn whole_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
}

/// Whether the beginning of what a source logs tells something, in so many lines at least and within so many wrappings.
fn is_told(text: &str, least: usize, levels: usize, tells: &dyn Fn(&FileHead<'_>) -> bool) -> bool {
    levels > 0
        && texts(text, least).iter().any(|text| {
            tells(&FileHead::of_part(text.as_bytes(), false))
                || is_told(text, least, levels - 1, tells)
        })
}

/// What the sources of a log have logged so far, where nearly every line is one of theirs, and so many are.
fn texts(text: &str, least: usize) -> Vec<String> {
    /// Lines of words alone, of which there may be one for so many of a source.
    const FOR_EACH: usize = 4;
    let mut found: Vec<(String, LineJoiner, String)> = Vec::new();
    let (mut own, mut others) = (0, 0);
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let Some(line) = SourceLine::any(line) else {
            // The last line may be cut.
            others += usize::from(whole.ends_with('\n') && !line.trim().is_empty());
            if own == 0 && others > 1 {
                break;
            }
            continue;
        };
        own += 1;
        let index = found.iter().position(|(name, ..)| *name == line.source);
        let index = match index {
            Some(index) => index,
            None if found.len() < MOST_SOURCES => {
                let name = line.source.to_string();
                found.push((name, LineJoiner::default(), String::new()));
                found.len() - 1
            }
            None => continue,
        };
        let (_, joiner, held) = &mut found[index];
        let joint = joiner.take(&line);
        if joint.ends_before {
            held.push('\n');
        }
        held.push_str(line.text.text());
        if joint.ends && !held.ends_with('\n') {
            held.push('\n');
        }
    }
    match own >= least && others * FOR_EACH <= own {
        true => found.into_iter().map(|(.., text)| text).collect(),
        false => Vec::new(),
    }
}

/// Reads such a log: what each source logged as a text of its own.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    source_line::read_lines(places, reader, |line, _| SourceLine::any(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a log that comes slowly nothing is held back that is no part of another text.
    #[test]
    fn waits_for_what_may_be_a_text_of_its_own() {
        let check = |text: &str, may_be: bool| {
            let head = FileHead::of_part(text.as_bytes(), false);
            assert_eq!(may_be_of_format(&head), may_be, "{text}");
        };
        let words = "{\"level\":\"info\",\"msg\":\"listening\"}\n";
        check(words, true);
        check(&words.repeat(9), true);
        let beside = "{\"msg\":\"done\",\"body\":{\"id\":\"gen-1\",\"choices\":[]}}\n";
        check(&(words.repeat(9) + beside), false);
        let alone = "{\"log\":\"{\\\"id\\\":\\\"gen-1\\\",\\\"choices\\\":[]}\\n\"}\n";
        check(alone, false);
        // Of a line that has not come to its end nothing is known.
        check(
            &(words.repeat(9) + "{\"msg\":\"wget https://openrouter.ai"),
            true,
        );
        check("web-1  | {\"id\":\"gen-1\",\"choices\":[]}\n", false);
        check("web-1  | [\n", true);
        check("web-1  | interactions:\n", true);
        check("{\"request\":{},\"response\":{}}\n", false);
    }
}
