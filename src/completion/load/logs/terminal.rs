//! What a terminal showed, and somebody kept: text in colours, `curl`'s meter of progress before and between the lines
//! that it prints, `wget`'s headers with their indentation. It is read as the text that it would be without.

use std::ops::Range;

use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

const ESCAPE: char = '\u{1b}';

/// Pieces of a line whose places are told one by one.
const MOST_PIECES: usize = 64;

/// Whether a text is such a one.
pub(in crate::completion::load) fn is_shown(head: &FileHead<'_>) -> bool {
    head.text.lines().take(3).any(is_heading)
        || is_of_wget(head.text)
        || (head.text.contains(ESCAPE) && has_coloured_data(head.text))
}

/// Whether colours stand at what data begins or ends with, and not in a log's own words alone, behind which data can be read.
fn has_coloured_data(text: &str) -> bool {
    let is_of_data = |c: char| matches!(c, '{' | '}' | '"');
    sequences(text).any(|range| {
        let before = text[..range.start].chars().next_back();
        let behind = &text[range.end..];
        before.is_some_and(is_of_data)
            || behind.starts_with(is_of_data)
            || behind.starts_with("HTTP")
    })
}

/// Where the sequences stand that set colours: `ESC [ … m`.
fn sequences(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find(ESCAPE)?;
            at = start + ESCAPE.len_utf8();
            let Some(parameters) = text[at..].strip_prefix('[') else {
                continue;
            };
            let rest =
                parameters.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == ':');
            if rest.starts_with('m') {
                let end = text.len() - rest.len() + 1;
                at = end;
                return Some(start..end);
            }
        }
    })
}

/// Whether a line is one of the two above `curl`'s meter.
fn is_heading(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("% Total    % Received % Xferd") || line.starts_with("Dload  Upload   Total")
}

/// Whether a line is what `curl -v` writes in place of data: `{ [839 bytes data]`.
fn is_count(line: &str) -> bool {
    let count = ["{ [", "} ["]
        .iter()
        .find_map(|start| line.strip_prefix(start));
    let count = count.and_then(|rest| rest.trim_end().strip_suffix(" bytes data]"));
    count.is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where a text goes on behind the meter that it begins with.
fn behind_meter(text: &str) -> Option<usize> {
    /// Per cent and amounts, then three times, then the speed, which what follows stands close behind.
    const AMOUNTS: usize = 8;
    const TIMES: usize = 3;
    let is_amount = |c: char| c.is_ascii_digit() || ".kMGTP".contains(c);
    let is_time = |c: char| c.is_ascii_digit() || "-:dh".contains(c);
    let mut rest = text;
    for column in 0..=AMOUNTS + TIMES {
        rest = rest.trim_start_matches(' ');
        let is_of_it: &dyn Fn(char) -> bool = match column {
            AMOUNTS..=10 => &is_time,
            _ => &is_amount,
        };
        let behind = rest.trim_start_matches(is_of_it);
        let is_there = behind.len() < rest.len();
        let is_last = column == AMOUNTS + TIMES;
        if !is_there || (!is_last && !behind.starts_with(' ')) {
            return None;
        }
        rest = behind;
    }
    Some(text.len() - rest.len())
}

/// Whether a text is a response as `wget -S` prints it, its headers indented and the body close below.
fn is_of_wget(text: &str) -> bool {
    let mut lines = text.lines();
    let is_status = lines.next().is_some_and(|line| line.starts_with("HTTP/"));
    is_status && lines.next().is_some_and(is_indented_header)
}

fn is_indented_header(line: &str) -> bool {
    let name = line
        .strip_prefix("  ")
        .and_then(|line| line.split_once(':'));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_of_name))
}

/// Reads such a text.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let is_indented = is_of_wget(text);
    let mut builder = DocumentBuilder::with_capacity(text.len());
    let (mut at, mut is_head) = (0, is_indented);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mut pieces = shown(line);
        for piece in &mut pieces {
            *piece = start + piece.start..start + piece.end;
        }
        let is_blank = text[start..at].trim().is_empty();
        if is_head && start > 0 {
            is_head = is_indented_header(line);
            if !is_head && !is_blank {
                builder.literal("\n");
            }
        }
        let lead = match is_head && start > 0 {
            true => "  ".len(),
            false => 0,
        };
        let has_gone = pieces.is_empty() && !is_blank;
        if pieces.len() > MOST_PIECES {
            let whole: String = pieces.iter().map(|piece| &text[piece.clone()]).collect();
            builder.derived(&whole, places.at(start));
        } else {
            for (index, mut piece) in pieces.into_iter().enumerate() {
                piece.start += if index == 0 { lead } else { 0 };
                let map = places.map_of(piece.clone());
                builder.copy(&text[piece.clone()], 0..piece.len(), &map);
            }
        }
        if line.ends_with('\n') && !has_gone {
            builder.literal("\n");
        }
    }
    let (mended, map) = builder.finish();
    reader.inner(&Places::mapped(&mended, map, Vec::new(), places.at(0)));
}

/// What a line shows: its pieces without colours, without what was written over, without a meter.
fn shown(line: &str) -> Vec<Range<usize>> {
    let bare = line.trim_end_matches(['\n', '\r']);
    if is_heading(bare) || is_count(bare) {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    for segment in bare.split('\r') {
        let start = at + behind_meter(segment).unwrap_or_default();
        let end = at + segment.len();
        at = end + 1;
        let mut from = start;
        for sequence in sequences(&bare[start..end]) {
            pieces.push(from..start + sequence.start);
            from = start + sequence.end;
        }
        pieces.push(from..end);
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_line_says() {
        let check = |line: &str, expected: &str| {
            let found: String = shown(line).into_iter().map(|range| &line[range]).collect();
            assert_eq!(found, expected, "{line:?}");
        };
        check("{\u{1b}[37m\u{1b}[39;49;00m\n", "{");
        check(
            "\u{1b}[1;39m{\"a\"\u{1b}[0m: \u{1b}[31m1\u{1b}[0m}",
            "{\"a\": 1}",
        );
        check("plain\r\n", "plain");
        check("\u{1b}]0;title", "\u{1b}]0;title");
        check("  % Total    % Received % Xferd  Average Speed", "");
        check("{ [839 bytes data]\n", "");
        check("{ [839 bytes, data]", "{ [839 bytes, data]");
        let meter =
            "100  1135    0   950  100   111   5897    689 --:--:-- --:--:-- --:--:--  7049";
        check(&format!("\r{meter}data: {{}}\n"), "data: {}");
        check(
            &format!(
                "\r  0     0    0     0    0     0      0      0 --:--:--  0:00:01 --:--:--     0\r{meter}\n"
            ),
            "",
        );
        check(&format!("\r{meter}* Trying"), "* Trying");
        check("1 2 3", "1 2 3");
    }

    #[test]
    fn tells_what_a_terminal_showed() {
        let check = |text: &str, expected: bool| {
            assert_eq!(
                is_shown(&FileHead::of(text.as_bytes())),
                expected,
                "{text:?}"
            );
        };
        check(
            "\u{1b}[1;39m{\n  \u{1b}[0m\u{1b}[34;1m\"id\"\u{1b}[0m: 1}",
            true,
        );
        check("\u{1b}[34mHTTP\u{1b}[39m/1.1 200 OK\n", true);
        check("\u{1b}[32mINFO\u{1b}[0m so: {\"a\":1}\n", false);
        check("  % Total    % Received % Xferd  Average Speed\n", true);
        check("  HTTP/1.1 200 OK\n  Server: x\n{}", true);
        check("HTTP/1.1 200 OK\nServer: x\n\n{}", false);
        check("{\"a\":\"\u{1b}[0m\"}", true);
    }
}
