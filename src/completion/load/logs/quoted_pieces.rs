//! Lines that hold the pieces of a stream in quotes, one a line: what programs print of each chunk, the strings of a
//! list in source code, the fixtures of a test.

use crate::completion::generation_id;
use crate::completion::load::record::Reader;
use crate::completion::load::signs::Signs;
use crate::completion::source_map::Places;

/// Lines of one stream, as far as they have come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct QuotedRun {
    /// The generation that they name.
    id: Option<String>,
}

impl QuotedRun {
    /// The run that begins with a line: one that names its generation.
    pub fn begin(line: &[u8]) -> Option<QuotedRun> {
        let id = is_piece(line).then(|| id_in(line)).flatten()?;
        Some(QuotedRun { id: Some(id) })
    }

    /// Whether a line goes on with it: it names the same generation or none, as the later events of two APIs do.
    pub fn takes(&self, line: &[u8]) -> bool {
        is_piece(line) && id_in(line).is_none_or(|id| self.id.as_ref() == Some(&id))
    }
}

fn id_in(line: &[u8]) -> Option<String> {
    generation_id::recorded_in(line).map(str::to_owned)
}

/// Whether a line holds a piece of a stream in quotes: a chunk as it is or as an event, or the mark of the end.
fn is_piece(line: &[u8]) -> bool {
    /// Words before the quotes, and bytes within which a chunk shows itself.
    const WORDS: usize = 200;
    const SHOWS_WITHIN: usize = 2048;
    static SIGNS: Signs<6> = Signs::of([
        "chat.completion.chunk",
        "text_completion",
        "delta\\\"",
        "delta\"",
        "content_block",
        "message_",
    ]);
    static RESPONSES: Signs<2> = Signs::of(["\"response.", "\\\"response."]);
    if line.starts_with(b"{") {
        return false;
    }
    let head = &line[..line.len().min(WORDS)];
    let end = match memchr::memchr(b'{', head) {
        Some(brace) => brace,
        None => match memchr::memmem::find(head, b"[DONE]") {
            Some(mark) => mark,
            None => return false,
        },
    };
    let before = line[..end].trim_ascii_end();
    let before = before.strip_suffix(b"data:").unwrap_or(before);
    let before = match memchr::memmem::rfind(before, b"event: ") {
        Some(event) if before.ends_with(b"\\n") => &before[..event],
        _ => before,
    };
    let is_quoted = matches!(before.trim_ascii_end().last(), Some(b'"' | b'\'' | b'`'));
    let shows = &line[end..line.len().min(end + SHOWS_WITHIN)];
    is_quoted && (shows.starts_with(b"[DONE]") || SIGNS.any_in(shows) || RESPONSES.any_in(shows))
}

/// Whether a text is such lines, several of them.
pub(in crate::completion::load) fn are_all(text: &str) -> bool {
    let mut lines = lines(text).map(|(_, line)| line.as_bytes());
    let Some(run) = lines.next().and_then(QuotedRun::begin) else {
        return false;
    };
    let mut lines = lines.peekable();
    lines.peek().is_some() && lines.all(|line| run.takes(line))
}

/// Reads each line by itself; what they are together is told from what they hold.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    for (at, line) in lines(places.text()) {
        let line = places.piece(at..at + line.len());
        let origin = reader.origin_of_entry(line.at(0), reader.origin.record);
        reader.entry(&origin).text(&line);
    }
}

/// The lines that are not blank, with their offsets, without what stands around them.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let all = text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let is_around = |c: char| c.is_whitespace() || c == ',';
        let bare = line.trim_start_matches(is_around);
        let lead = line.len() - bare.len();
        (start + lead, bare.trim_end_matches(is_around))
    });
    all.filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_stream_in_quotes_belong_together() {
        let id = "gen-1778031313-AbCdEfGhIjKlMnOpQrSt";
        let chunk = format!(r#"{{"id":"{id}","choices":[{{"delta":{{"content":"a"}}}}]}}"#);
        let escaped = chunk.replace('"', "\\\"");
        let check = |line: &str, expected: bool| {
            assert_eq!(
                QuotedRun::begin(line.as_bytes()).is_some(),
                expected,
                "{line}"
            );
        };
        check(&format!("'{chunk}',"), true);
        check(&format!("- `{chunk}`"), true);
        check(&format!("r#\"{chunk}\"#,"), true);
        check(&format!("\"{escaped}\""), true);
        check(&format!("Optional(\"data: {escaped}\\n\\n\")"), true);
        check(
            &format!("Received chunk: b'event: x\\ndata: {chunk}\\n\\n'"),
            true,
        );
        // No quotes, a record of its own, another's id.
        check(&format!("data: {chunk}"), false);
        check(&chunk, false);
        check(&format!("{{\"a\":\"{escaped}\"}}"), false);
        let run = QuotedRun::begin(format!("'{chunk}'").as_bytes()).unwrap_or_default();
        assert!(run.takes(b"'data: [DONE]'"));
        assert!(run.takes(b"'{\"type\":\"content_block_delta\"}'"));
        let other = chunk.replace("AbCd", "ZbCd");
        assert!(!run.takes(format!("'{other}'").as_bytes()));
    }
}
