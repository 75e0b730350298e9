//! A YAML text to the events that make up its values, with places in bytes. A broken text gives what stands
//! before the break.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// An event with the bytes of the file that it stands for.
pub(super) struct YamlNode<'t> {
    /// What it is.
    pub event: Event<'t>,
    /// Its bytes.
    pub range: Range<usize>,
}

/// Byte offset, and what is wrong there.
pub(super) type SyntaxError = (usize, String);

/// What the parser says of a text in quotes whose further lines stand no further in than its key.
const FURTHER_OUT: &str = "invalid indentation in quoted scalar";

/// Bytes that are read again in all to mend such texts.
const READ_AGAIN: usize = 64 << 20;

/// A text with the further lines of its quoted texts moved in, where that is all that keeps it from being read:
/// libyaml and PyYAML, which most recorders use, read those where they are. White space at the beginning of these
/// lines means nothing. `None` where there is no such text.
pub(super) fn moved_in(text: &str) -> Option<String> {
    let most = (READ_AGAIN / text.len().max(1)).min(100);
    let mut moved: Option<String> = None;
    for _ in 0..most {
        let now = moved.as_deref().unwrap_or(text);
        let Some((offset, what)) = events(now).1 else {
            break;
        };
        if what != FURTHER_OUT {
            break;
        }
        moved = Some(with_lines_moved_in(now, offset)?);
    }
    moved
}

/// Moves the further lines of the text in quotes that begins at `start` in to where it begins.
fn with_lines_moved_in(text: &str, start: usize) -> Option<String> {
    let quote = text[start..]
        .chars()
        .next()
        .filter(|c| ['\'', '"'].contains(c))?;
    let inside = &text[start + 1..];
    let mut letters = inside.char_indices().peekable();
    let mut end = None;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if quote == '"' => drop(letters.next()),
            _ if letter != quote => {}
            '\'' if letters.peek().is_some_and(|(_, next)| *next == '\'') => drop(letters.next()),
            _ => {
                end = Some(at);
                break;
            }
        }
    }
    let (inside, rest) = inside.split_at(end?);
    let column = start - text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut moved = text[..=start].to_owned();
    for (index, line) in inside.split_inclusive('\n').enumerate() {
        if index > 0 {
            moved.extend(std::iter::repeat_n(' ', column));
        }
        moved.push_str(line);
    }
    moved.push_str(rest);
    inside.contains('\n').then_some(moved)
}

/// Events of which values are made. Chosen: those of 100 MB of a cassette as recorders write them; a text of empty values
/// has so many in a sixth of that, and would take a hundred times its own length.
const MOST: usize = 4_000_000;

/// What is said where it has more.
pub(super) const TOO_MANY: &str =
    "this YAML has more values and keys than are read of one text (4 million); split it";

/// The events of all documents that make up their values. Where the text cannot be read further, what is
/// open is closed, so that the exchanges before it are there.
pub(super) fn events(text: &str) -> (Vec<YamlNode<'_>>, Option<SyntaxError>) {
    events_up_to(MOST, text)
}

fn events_up_to(most: usize, text: &str) -> (Vec<YamlNode<'_>>, Option<SyntaxError>) {
    let mut cursor = Cursor {
        text,
        character: 0,
        byte: 0,
    };
    let mut nodes: Vec<YamlNode> = Vec::new();
    let mut fault: Option<SyntaxError> = None;
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let range = cursor.range(span);
                if nodes.len() == most {
                    fault = Some((range.start, TOO_MANY.to_owned()));
                    close(&mut nodes);
                    break;
                }
                if is_value(&event) {
                    nodes.push(YamlNode { event, range });
                }
            }
            Err(error) => {
                fault = Some((cursor.offset(error.marker().index()), what_is_wrong(&error)));
                close(&mut nodes);
                break;
            }
        }
    }
    (nodes, fault)
}

fn what_is_wrong(error: &ScanError) -> String {
    error.info().to_owned()
}

fn is_value(event: &Event<'_>) -> bool {
    !matches!(
        event,
        Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
    )
}

/// Closes what is open. A key whose value did not come has none.
fn close(nodes: &mut Vec<YamlNode<'_>>) {
    // For each open container whether it is a mapping that waits for a value.
    let mut open: Vec<Option<bool>> = Vec::new();
    for node in &*nodes {
        let begins = match &node.event {
            Event::MappingStart(..) => Some(Some(false)),
            Event::SequenceStart(..) => Some(None),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                None
            }
            _ => None,
        };
        let is_end = matches!(node.event, Event::MappingEnd | Event::SequenceEnd);
        // A value begins as a whole with its container: the key before it has been answered.
        if !is_end && let Some(Some(waits)) = open.last_mut() {
            *waits = !*waits;
        }
        open.extend(begins);
    }
    let end = nodes.last().map_or(0, |node| node.range.end);
    let mut push = |event| {
        nodes.push(YamlNode {
            event,
            range: end..end,
        })
    };
    for container in open.into_iter().rev() {
        if container == Some(true) {
            push(Event::Scalar("".into(), ScalarStyle::Plain, 0, None));
        }
        push(match container {
            Some(_) => Event::MappingEnd,
            None => Event::SequenceEnd,
        });
    }
}

/// From the parser's characters to bytes, following it forward.
struct Cursor<'t> {
    text: &'t str,
    character: usize,
    byte: usize,
}

impl Cursor<'_> {
    fn range(&mut self, span: Span) -> Range<usize> {
        let start = self.offset(span.start.index());
        let length = span.end.index().saturating_sub(span.start.index());
        start..start + self.length(start, length)
    }

    /// The byte of a character that is not before the last one asked for; else the last one.
    fn offset(&mut self, character: usize) -> usize {
        self.byte += self.length(self.byte, character.saturating_sub(self.character));
        self.character = self.character.max(character);
        self.byte
    }

    fn length(&self, start: usize, characters: usize) -> usize {
        let rest = &self.text[start..];
        rest.char_indices()
            .nth(characters)
            .map_or(rest.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_values_those_before_are_there() {
        let text = "a:\n- b: 1\n- b: 2\n- b: 3\n";
        let (nodes, fault) = events_up_to(9, text);
        assert_eq!(fault, Some((15, TOO_MANY.to_owned())));
        // What is open is closed.
        let is = |node: Option<&YamlNode<'_>>, event| node.is_some_and(|node| node.event == event);
        assert!(is(nodes.last(), Event::MappingEnd), "{}", nodes.len());
        assert!(is(nodes.get(nodes.len() - 2), Event::SequenceEnd));
        assert_eq!(events_up_to(18, text).1, None);
    }
}
