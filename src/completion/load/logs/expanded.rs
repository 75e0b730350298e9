//! Rows of a table as psql shows them with `\x`: `-[ RECORD 1 ]---`, and below it a line for each column, `request  | {…}`.
//! What a value has over several lines goes on behind a `+`.

use std::ops::Range;

use crate::completion::load::framing::document;
use crate::completion::load::framing::lines::lines;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::quote;

/// What its completions are found in.
const ROWS: &str = "rows of a database";

/// Lines that may stand before the first row: a prompt, a query, what psql says.
const MOST_BEFORE: usize = 8;

/// Whether a text is such rows.
pub(in crate::completion::load) fn are_shown(head: &FileHead<'_>) -> bool {
    let mut first = head.text.lines().take(MOST_BEFORE);
    first.any(is_heading)
}

/// `-[ RECORD 1 ]----`, with a border `+-[ RECORD 1 ]---+`.
fn is_heading(line: &str) -> bool {
    let bare = line.strip_prefix(['+', '╔', '┌', '├', '╟']).unwrap_or(line);
    let bare = bare.trim_start_matches(['-', '═', '─']);
    let Some(inside) = bare.strip_prefix("[ RECORD ") else {
        return false;
    };
    let number = inside.split(' ').next().unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A column of a row: its name, and the pieces of its value.
struct Column {
    name: String,
    pieces: Vec<Range<usize>>,
}

impl Column {
    /// The value, which begins at its first piece.
    fn value(&self, text: &str) -> String {
        let last = self.pieces.len().saturating_sub(1);
        let piece = |(index, range): (usize, &Range<usize>)| {
            let piece = text[range.clone()].trim_end();
            match index < last {
                true => piece.strip_suffix(['+', '↵']).unwrap_or(piece).trim_end(),
                false => piece,
            }
        };
        let pieces: Vec<&str> = self.pieces.iter().enumerate().map(piece).collect();
        pieces.join("\n")
    }
}

/// Where the name and the value of a line stand: `name | value`, perhaps within a border.
fn parts(line: &str, start: usize) -> Option<(&str, Range<usize>)> {
    let bare = line.strip_prefix(['|', '│', '║']);
    let is_bordered = bare.is_some();
    let bare = bare.unwrap_or(line);
    let (name, value) = bare.split_once(['|', '│'])?;
    let value = value.strip_prefix(' ').unwrap_or(value);
    let mut end = start + line.len();
    if is_bordered {
        end -= value.len() - value.trim_end_matches(['|', '│', '║']).len();
    }
    let begin = start + line.len() - value.len();
    Some((name.trim(), begin..end.max(begin)))
}

/// Reads such rows, each as a record with its columns as members.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let before = reader.loaded.completions.len();
    reader.format.within = reader.format.within.or(Some(ROWS));
    let mut row: Vec<Column> = Vec::new();
    let (mut count, mut is_first) = (0, true);
    for range in lines(text) {
        let line = &text[range.clone()];
        if is_heading(line) {
            end(&mut row, &mut count, places, reader);
            is_first = false;
            continue;
        }
        if is_first {
            continue;
        }
        match parts(line, range.start) {
            Some(("", piece)) => {
                if let Some(column) = row.last_mut() {
                    column.pieces.push(piece);
                }
            }
            Some((name, piece)) => row.push(Column {
                name: name.to_owned(),
                pieces: vec![piece],
            }),
            None if line.trim().is_empty() => {}
            // Another query, and what is behind it.
            None => {
                end(&mut row, &mut count, places, reader);
            }
        }
    }
    end(&mut row, &mut count, places, reader);
    reader.number(before);
}

/// Reads a row that has ended.
fn end(row: &mut Vec<Column>, count: &mut usize, places: &Places<'_>, reader: &mut Reader<'_>) {
    let row = std::mem::take(row);
    let Some(start) = row.first().and_then(|column| column.pieces.first()) else {
        return;
    };
    let start = places.at(start.start);
    let mut builder = DocumentBuilder::default();
    let mut opening = "{";
    for column in &row {
        let value = column.value(places.text());
        builder.literal(&format!("{opening}{}:", quote(&column.name)));
        opening = ",";
        let json = value.trim();
        let at = column.pieces.first().map_or(0, |piece| piece.start);
        match document(json.as_bytes()) {
            Some(_) if column.pieces.len() == 1 => {
                let begin = at + value.len() - value.trim_start().len();
                builder.mapped(json, places.map_of(begin..begin + json.len()));
            }
            Some(_) => builder.derived(json, places.at(at)),
            None => builder.derived(&quote(&value), places.at(at)),
        }
    }
    builder.literal("}");
    let (made, map) = builder.finish();
    let inner = Places::mapped(&made, map, Vec::new(), start.clone());
    *count += 1;
    let record = match reader.origin.record {
        0 => *count,
        record => record,
    };
    let origin = reader.origin_of_entry(start, record);
    reader.entry(&origin).text(&inner);
}
