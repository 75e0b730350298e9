//! Tables of others, as CSV, whose cells hold JSON: what searches in logs and data frames are exported as. Each row is read as
//! the record that it was made of.

use std::ops::Range;

use super::csv::{Cells, DELIMITERS, cells, rows, split};
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::load::signs;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::quote;

/// The most columns of such a table.
const MOST_COLUMNS: usize = 64;

/// Whether a text is such a table: its first row has names, and a cell of the second holds JSON with its quotes doubled.
pub(in crate::completion::load) fn is_table(head: &FileHead<'_>) -> bool {
    delimiter(head.all).is_some() && signs::may_hold_completion(&undoubled(head.all))
}

/// The text with its quotes as they were.
fn undoubled(text: &str) -> Vec<u8> {
    text.replace("\"\"", "\"").into_bytes()
}

fn delimiter(text: &str) -> Option<u8> {
    if text.starts_with(['{', '[', '<', ':', '#']) || !text.contains("\"\"") {
        return None;
    }
    let first: Vec<Range<usize>> = rows(text).take(2).collect();
    let [header, second] = first.as_slice() else {
        return None;
    };
    let (header, row) = (&text[header.clone()], &text[second.clone()]);
    let is_cut = second.end == text.len();
    DELIMITERS.into_iter().find(|delimiter| {
        let names = split(header.trim_end_matches('\r'), *delimiter);
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.' | '@');
        let is_name = |name: &String| name.len() < 60 && name.chars().all(is_of_name);
        let found = cells(row, *delimiter);
        let is_whole = found.len() == names.len() || (is_cut && found.len() <= names.len());
        let holds_json = |cell: &Range<usize>| {
            let cell = row[cell.clone()].trim_start_matches('"').trim_start();
            cell.starts_with("{\"\"") || cell.starts_with("{\n") || cell.starts_with("data: {\"\"")
        };
        (2..=MOST_COLUMNS).contains(&names.len())
            && names.iter().skip(1).all(|name| !name.is_empty())
            && names.iter().all(is_name)
            && is_whole
            && found.iter().any(holds_json)
    })
}

/// Reads such a table.
pub(in crate::completion::load) fn read_table(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let Some(delimiter) = delimiter(text) else {
        return;
    };
    let mut rows = rows(text);
    let header = rows.next().unwrap_or_default();
    let names = split(text[header].trim_end_matches('\r'), delimiter);
    let mut tables = Cells::new(delimiter);
    let mut builder = DocumentBuilder::default();
    for row in rows {
        let line = text[row.clone()].trim_end_matches('\r');
        if line.trim().is_empty() {
            continue;
        }
        let cells = tables.of(line);
        let members = names
            .iter()
            .zip(&cells)
            .filter(|(_, cell)| !cell.is_empty());
        let members: Vec<String> = members
            .map(|(name, cell)| format!("{}:{}", quote(name), quote(cell)))
            .collect();
        builder.derived(&format!("{{{}}}", members.join(",")), places.at(row.start));
        builder.literal("\n");
    }
    let (made, map) = builder.finish();
    let inner = Places::mapped(&made, map, Vec::new(), places.at(0));
    reader.text_of_source(&inner);
}
