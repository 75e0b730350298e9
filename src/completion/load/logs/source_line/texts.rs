//! The lines of each source, read as a text of its own.

use std::collections::HashMap;

use super::{LineJoiner, SourceLine};
use crate::completion::load::formats::LOG;
use crate::completion::load::framing::lines::lines;
use crate::completion::load::logs::entries;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// What the lines of one source hold.
struct SourceText {
    start: usize,
    /// Of records, the pointer of the string that holds the line, and how many there are.
    pointer: Option<String>,
    count: usize,
    builder: DocumentBuilder,
    joiner: LineJoiner,
}

/// Reads such lines: those of each source as a text of its own, and each other line by itself.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    read_lines(places, reader, |line, known| {
        SourceLine::of(line, !known.is_empty(), &|source| {
            known.contains_key(source)
        })
    });
}

/// The same with those that `line_of` takes for lines of a source; it is told which sources have had one.
pub(in crate::completion::load::logs) fn read_lines<'t>(
    places: &Places<'t>,
    reader: &mut Reader<'_>,
    line_of: impl Fn(&'t str, &HashMap<String, usize>) -> Option<SourceLine<'t>>,
) {
    if reader.is_too_deep() {
        return;
    }
    let before = reader.loaded.completions.len();
    reader.format.within = reader.format.within.or(Some(LOG));
    let mut texts: Vec<SourceText> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    // What is no source's, which may be several together as well.
    let (mut others, mut others_at) = (DocumentBuilder::default(), None);
    for range in lines(places.text()) {
        let line = &places.text()[range.clone()];
        let Some(found) = line_of(line, &known) else {
            if !line.trim().is_empty() {
                others_at.get_or_insert(range.start);
                others.derived(line, places.at(range.start));
                others.literal("\n");
            }
            continue;
        };
        let index = *known.entry(found.source.to_string()).or_insert_with(|| {
            texts.push(SourceText {
                start: range.start,
                pointer: found.pointer.clone(),
                count: 0,
                builder: DocumentBuilder::default(),
                joiner: LineJoiner::default(),
            });
            texts.len() - 1
        });
        texts[index].count += 1;
        let SourceText {
            builder, joiner, ..
        } = &mut texts[index];
        let joint = joiner.take(&found);
        if joint.ends_before {
            builder.literal("\n");
        }
        entries::push(&found.text, &range, places, builder);
        if joint.ends && !found.text.text().ends_with('\n') {
            builder.literal("\n");
        }
    }
    for text in texts {
        let (inner, map) = text.builder.finish();
        let start = places.at(text.start);
        let (found, notes) = (reader.loaded.completions.len(), reader.loaded.notes.len());
        let is_noted = text.pointer.is_some() && text.count > 1;
        if let Some(pointer) = text.pointer.filter(|_| text.count > 1) {
            let what = format!(
                "a text, put together from {pointer} of {} records",
                text.count
            );
            reader.note(start.clone(), what);
        }
        let inner = Places::mapped(&inner, map, Vec::new(), start.clone());
        let origin = reader.origin_of_entry(start, reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
        // Where nothing came of it that says nothing.
        if is_noted && reader.loaded.completions.len() == found {
            reader.loaded.notes.remove(notes);
        }
    }
    if let Some(at) = others_at {
        let (inner, map) = others.finish();
        let start = places.at(at);
        let inner = Places::mapped(&inner, map, Vec::new(), start.clone());
        let origin = reader.origin_of_entry(start, reader.origin.record);
        reader.entry(&origin).text_of_source(&inner);
    }
    reader.number_anew(before);
    reader.depth -= 1;
}
