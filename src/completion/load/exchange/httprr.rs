//! Recordings of Go's `httprr`: a line with the lengths of a request and its response, then both as they went over the
//! wire, and so on. Made into the messages by themselves, as other tools print them.

use super::http_text;
use crate::completion::load::ProblemKind;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

const BEGINNING: &str = "httprr trace v1";

/// Whether a text is such a recording.
pub(in crate::completion::load) fn is_httprr(head: &FileHead<'_>) -> bool {
    let mut lines = head.text.lines();
    lines
        .next()
        .is_some_and(|line| line.trim_end() == BEGINNING)
        && lines.next().is_none_or(|line| lengths(line).is_some())
}

/// How long the request is, and the response.
fn lengths(line: &str) -> Option<(usize, usize)> {
    let (request, response) = line.trim().split_once(' ')?;
    Some((request.parse().ok()?, response.parse().ok()?))
}

/// Reads one.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut builder = DocumentBuilder::default();
    let mut at = text.find('\n').map_or(text.len(), |end| end + 1);
    while !text[at..].trim().is_empty() {
        let line = text[at..].lines().next().unwrap_or_default();
        let begin = at + (line.len() + 1).min(text.len() - at);
        let exchange = lengths(line).and_then(|(request, response)| {
            let middle = begin.checked_add(request)?;
            let end = middle.checked_add(response)?;
            text.get(begin..middle)?;
            text.get(middle..end)?;
            Some([begin..middle, middle..end])
        });
        let Some(exchange) = exchange else {
            let what = "this recording is cut off or was changed: here stand no lengths of a request and a response \
                        that are there; what stands before is read";
            reader.problem(ProblemKind::Malformed, places.at(at), what.to_owned());
            break;
        };
        for message in exchange {
            at = message.end;
            builder.copy(
                &text[message.clone()],
                0..message.len(),
                &places.map_of(message),
            );
            builder.literal("\n");
        }
    }
    if builder.len() == 0 {
        let what = "a recording of httprr's without an exchange".to_owned();
        reader.say(ProblemKind::Unrecognised, places.at(0), what);
        return;
    }
    let (text, map) = builder.finish();
    http_text::read(
        &Places::mapped(&text, map, Vec::new(), places.at(0)),
        reader,
    );
}
