//! A report that `rainscope report` wrote: its samples are read again, as far as their texts were left in it.

use super::ProblemKind;
use super::formats::REPORT;
use super::head::FileHead;
use super::record::Reader;
use crate::completion::REPORT_WITHOUT_TEXT;
use crate::completion::source_map::Places;
use crate::json::{Document, Kind, Limits, Value};

/// How the element with a report's data begins. Its shape is documented where it is written (`share::report`).
pub(crate) const DATA_BEGINS: &str = "<script type=\"application/json\" id=\"rainscope-report\">";

/// Whether a text is a report.
pub(super) fn is_report(head: &FileHead<'_>) -> bool {
    let doctype = "<!doctype html>";
    let begins = head.text.get(..doctype.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(doctype))
        && head.text.contains(DATA_BEGINS)
}

/// Reads a report's samples.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let start = text
        .find(DATA_BEGINS)
        .map_or(0, |at| at + DATA_BEGINS.len());
    // No `<` stands in the data itself.
    let end = text[start..]
        .find('<')
        .map_or(text.len(), |length| start + length);
    let data = match Document::parse(text[start..end].into(), Limits::default()) {
        Ok(data) => data,
        Err(error) => {
            let what = format!("a report whose data cannot be read: {}", error.what);
            let at = places.at(start + error.offset);
            reader.problem(ProblemKind::Malformed, at, what);
            return;
        }
    };
    let root = data.root();
    if root.get("rainscope_report").and_then(Value::number) != Some("1") {
        let what =
            "a report of another version of rainscope, which this one does not read".to_owned();
        reader.problem(ProblemKind::Unrecognised, places.at(start), what);
        return;
    }
    let is_withheld = root.get("text").and_then(Value::str).as_deref() == Some("withheld");
    if is_withheld {
        let what =
            "a report without the conversation's text: where a text stood, its length stands"
                .to_owned();
        reader.note(places.at(start), what);
    }
    reader.format.within = match is_withheld {
        true => Some(REPORT_WITHOUT_TEXT),
        false => reader.format.within.or(Some(REPORT)),
    };
    let before = reader.loaded.completions.len();
    let all = root
        .get("completions")
        .into_iter()
        .flat_map(Value::children);
    let samples = all.filter_map(|one| one.get("sample"));
    for (index, sample) in samples
        .filter(|sample| sample.kind() == Kind::Object)
        .enumerate()
    {
        let span = sample.span();
        let piece = places.piece(start + span.start..start + span.end);
        let origin = reader.origin_of_entry(places.at(start + span.start), index + 1);
        reader.entry(&origin).text(&piece);
    }
    reader.number(before);
}
