//! The activity export: a CSV file with one row for each generation, without its texts.
//!
//! Which columns there are, and in which order, has changed over time, so they go by their names. A row
//! becomes `{"activity": {…}}` with the columns as members; an empty cell is an unknown and is left out.

mod csv;
mod table;

pub(super) use table::{is_table, read_table};

use std::ops::Range;
use std::sync::Arc;

use super::formats;
use super::head::FileHead;
use super::record::Reader;
use super::{Loaded, ProblemKind};
use crate::completion::source_map::{DocumentBuilder, Place, Places};
use crate::completion::{Origin, generation_id};
use crate::json::{Document, Kind, Limits, Position, quote};
use csv::{COLUMNS, Cells, DELIMITERS, cells, first_row, rows, split};

/// The name under which its completions are known.
pub(super) const NAME: &str = "activity export";
/// The column that names the generation.
const ID: &str = "generation_id";
/// Columns one of which stands beside it.
const TELLING: [&str; 5] = [
    "created_at",
    "cost_total",
    "tokens_prompt",
    "model_permaslug",
    "provider_name",
];
/// Rows that were cut off at the end of what has been read so far may grow to this.
const ROW: usize = 1 << 20;

/// Whether a text is OpenRouter's activity export.
pub(super) fn is_export(head: &FileHead<'_>) -> bool {
    ExportColumns::of(first_row(head.text)).is_some()
}

/// Rows at the beginning of another CSV file that are looked at: words with commas on two lines are none yet.
const ROWS_OF_OTHERS: usize = 8;

/// Whether a text is a CSV file of another kind: rows of as many cells as the first has.
pub(super) fn is_other_csv(head: &FileHead<'_>) -> bool {
    let text = head.text;
    if text.starts_with(['{', '[', '<', ':', '#']) {
        return false;
    }
    let rows: Vec<Range<usize>> = rows(text).take(ROWS_OF_OTHERS).collect();
    let [first, others @ ..] = rows.as_slice() else {
        return false;
    };
    // The last row may be cut.
    let others = &others[..others.len().min(ROWS_OF_OTHERS - 2)];
    let header = &text[first.clone()];
    DELIMITERS.iter().any(|delimiter| {
        let columns = cells(header, *delimiter).len();
        let is_row = |row: &Range<usize>| cells(&text[row.clone()], *delimiter).len() == columns;
        if columns < 3 || others.is_empty() || !others.iter().all(is_row) {
            return false;
        }
        let is_name = |name: &String| {
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.');
            !name.is_empty() && name.len() < 60 && name.chars().all(is_plain)
        };
        split(header, *delimiter).iter().all(is_name)
    })
}

/// Says what a CSV file of another kind is.
pub(super) fn refuse(places: &Places<'_>, reader: &mut Reader<'_>) {
    let header = first_row(places.text());
    let names: Vec<String> = DELIMITERS
        .iter()
        .map(|delimiter| split(header, *delimiter))
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let shown: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if names.len() > 5 { ", …" } else { "" };
    let what = format!(
        "a CSV file with the columns {}{more}; of OpenRouter's, only the activity export with one row a \
         generation is read (`{ID}`, `created_at`, `model_permaslug`, …)",
        shown.join(", ")
    );
    reader.problem(ProblemKind::Unrecognised, places.at(0), what);
}

/// Reads an export that is all there.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut rows = ExportRows::default();
    rows.take(places, true, reader);
}

/// Reads an export that is all there, and not UTF-8 throughout.
pub(super) fn read_bytes(bytes: &[u8], start: Place, reader: &mut Reader<'_>) {
    let mut activity = Activity {
        rows: ExportRows::default(),
        origin: reader.origin_of_entry(start, reader.origin.record),
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let taken = activity.take(rest, true, reader.loaded);
        if taken == 0 {
            return;
        }
        rest = &rest[taken..];
    }
}

/// The columns.
#[derive(Debug)]
struct ExportColumns {
    delimiter: u8,
    names: Vec<String>,
    cells: Cells,
}

impl ExportColumns {
    fn of(row: &str) -> Option<ExportColumns> {
        // A CSV reader is dear to make, and this is asked of every text.
        let mut words = row.as_bytes().windows(ID.len());
        if !words.any(|word| word.eq_ignore_ascii_case(ID.as_bytes())) {
            return None;
        }
        DELIMITERS.into_iter().find_map(|delimiter| {
            let mut cells = Cells::new(delimiter);
            let names = cells.of(row).into_iter();
            let names: Vec<String> = names.map(|name| name.trim().to_ascii_lowercase()).collect();
            let has = |name: &str| names.iter().any(|have| have == name);
            let is_export =
                names.len() <= COLUMNS && has(ID) && TELLING.iter().any(|name| has(name));
            is_export.then_some(ExportColumns {
                delimiter,
                names,
                cells,
            })
        })
    }
}

/// The rows of an export, as they come.
#[derive(Debug, Default)]
struct ExportRows {
    header: Option<ExportColumns>,
    /// Where the first row stands.
    first: Option<Place>,
    count: usize,
}

impl ExportRows {
    /// Takes the whole rows of a text, and what is left of one if the text is all there is. Gives the byte
    /// at which the first row begins that was not taken.
    fn take(&mut self, places: &Places<'_>, is_all: bool, reader: &mut Reader<'_>) -> usize {
        let text = places.text();
        let mut taken = 0;
        for row in rows(text) {
            let is_whole = text.as_bytes().get(row.end).is_some();
            if !is_whole && !is_all {
                break;
            }
            taken = (row.end + 1).min(text.len());
            let body = text[row.clone()].trim_end_matches('\r');
            if body.trim().is_empty() {
                continue;
            }
            let Some(header) = &mut self.header else {
                let marked = body.trim_start();
                let names = marked.trim_start_matches('\u{feff}');
                // A byte order mark takes no column.
                self.first.get_or_insert_with(|| {
                    let mut first = places.at(row.start + body.len() - marked.len());
                    first.offset += marked.len() - names.len();
                    first
                });
                self.header = ExportColumns::of(names);
                continue;
            };
            // Of two exports one after another each has a header.
            if let Some(again) = ExportColumns::of(body.trim_start_matches('\u{feff}')) {
                self.header = Some(again);
                continue;
            }
            if header.is_blank(body) {
                continue;
            }
            self.count += 1;
            let origin = reader.origin_of_entry(places.at(row.start), self.count);
            let place = |offset: usize| places.at(row.start + offset);
            header.read(body, &place, &mut reader.entry(&origin));
        }
        if is_all && self.count == 0 {
            let what = "an activity export without a row".to_owned();
            let at = self.first.clone().unwrap_or_else(|| places.at(0));
            reader.note(at, what);
        }
        taken
    }
}

impl ExportColumns {
    /// Whether a row has empty cells alone, as spreadsheets save empty rows.
    fn is_blank(&self, row: &str) -> bool {
        row.bytes()
            .all(|byte| byte == self.delimiter || byte == b'"' || byte.is_ascii_whitespace())
    }

    /// Whether a row is a generation's: totals stand below a table, too.
    fn is_generation(&self, values: &[String]) -> bool {
        let cell = |name: &str| {
            let cells = self.names.iter().zip(values);
            let mut cells = cells.filter(|(have, _)| *have == name);
            cells.next().map_or("", |(_, value)| value.trim())
        };
        let id = cell(ID);
        generation_id::is_one(id)
            || !cell("model_permaslug").is_empty()
            || !cell("provider_name").is_empty()
    }

    fn read(&mut self, row: &str, place: &dyn Fn(usize) -> Place, reader: &mut Reader<'_>) {
        let values = self.cells.of(row);
        if values.len() != self.names.len() {
            let what = format!(
                "this row has {} cells, and the first row names {}",
                cells(row, self.delimiter).len(),
                self.names.len()
            );
            reader.problem(ProblemKind::Malformed, place(0), what);
            return;
        }
        if !self.is_generation(&values) {
            let what =
                "no completion, and skipped: a row that names no generation, model or provider"
                    .to_owned();
            reader.note(place(0), what);
            return;
        }
        let raw = cells(row, self.delimiter);
        let mut builder = DocumentBuilder::default();
        builder.literal("{\"activity\":{");
        let mut opening = "";
        for (index, (name, value)) in self.names.iter().zip(&values).enumerate() {
            let value = value.trim();
            if value.is_empty() || name.is_empty() {
                continue;
            }
            builder.literal(&format!("{opening}{}:", quote(name)));
            let at = raw.get(index).map_or(0, |cell| cell.start);
            builder.derived(&json(name, value), place(at));
            opening = ",";
        }
        builder.literal("}}");
        reader.push(None, builder, None);
    }
}

/// A cell as JSON: numbers and truths where the column holds such, else text.
fn json(name: &str, value: &str) -> String {
    let is_number = ["cost_", "tokens_", "byok_", "num_"]
        .iter()
        .any(|start| name.starts_with(start))
        || name.ends_with("_ms");
    let is_json_number = || {
        value.len() < 64
            && Document::parse(Arc::from(value), Limits::default())
                .is_ok_and(|doc| doc.root().kind() == Kind::Number)
    };
    let is_truth = ["cancelled", "streamed"].contains(&name) || name.starts_with("is_");
    match value.to_ascii_lowercase().as_str() {
        truth @ ("true" | "false") if is_truth => truth.to_owned(),
        _ if is_number && is_json_number() => value.to_owned(),
        _ => quote(value),
    }
}

/// An export that is read piece by piece, so that its length is no matter.
#[derive(Debug)]
pub struct Activity {
    rows: ExportRows,
    origin: Origin,
}

impl Activity {
    /// Whether the beginning of a file is that of an activity export and of nothing else. Its first row tells.
    pub fn begins(head: &[u8]) -> bool {
        let text = FileHead::of(head);
        // A first line that goes on may yet become one.
        text.text.contains('\n')
            && formats::of_bytes(head, "").is_none()
            && formats::of_text(&text).is_some_and(|format| format.name == NAME)
    }

    /// At the beginning of a file; `file` is its name for people.
    pub fn of(file: &str) -> Activity {
        Activity {
            rows: ExportRows::default(),
            origin: Origin {
                file: Arc::from(file),
                offset: 0,
                position: Position { line: 1, column: 1 },
                record: 0,
            },
        }
    }

    /// Reads the whole rows at the beginning of `bytes`, which follow what was taken before, and gives how
    /// many bytes that were. `is_all` says that nothing comes after them.
    pub fn take(&mut self, bytes: &[u8], is_all: bool, loaded: &mut Loaded) -> usize {
        let is_too_long = bytes.len() > ROW && !is_all;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // A character may be cut in two at the end.
            Err(error) if error.error_len().is_none() && !is_all => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => return self.pass_over(bytes, error.valid_up_to(), is_all, loaded),
        };
        let start = self.origin.place();
        let places = Places::of(text, &start);
        let mut reader = Reader::new(&self.origin, loaded);
        reader.format.name = NAME;
        let mut taken = self.rows.take(&places, is_all, &mut reader);
        if taken == 0 && is_too_long {
            let what = format!("a row of more than {ROW} bytes; a quote before it may be missing");
            reader.problem(ProblemKind::Malformed, places.at(0), what);
            taken = text.len();
        }
        self.go_on(&text[..taken]);
        taken
    }

    /// Takes the rows before the one in which the text is broken, or passes over that one: to the end of the
    /// line that is broken.
    fn pass_over(
        &mut self,
        bytes: &[u8],
        valid: usize,
        is_all: bool,
        loaded: &mut Loaded,
    ) -> usize {
        let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
        let whole = before.rfind('\n').map_or(0, |at| at + 1);
        let taken = match whole {
            0 => 0,
            whole => self.take(&bytes[..whole], false, loaded),
        };
        let rest = memchr::memchr(b'\n', &bytes[valid..]);
        let goes_on = rest.is_none() && !is_all && bytes.len() <= ROW;
        if taken > 0 || goes_on {
            return taken;
        }
        // It is a row all the same.
        self.rows.count += 1;
        let (_, what) = super::problem::of_encoding(bytes, valid, self.origin.offset);
        let at = self.origin.place().within(before, valid);
        Reader::new(&self.origin, loaded).problem(ProblemKind::Malformed, at, what);
        let end = rest.map_or(bytes.len(), |at| valid + at + 1);
        let line = String::from_utf8_lossy(&bytes[..end]).into_owned();
        self.go_on(&line);
        self.origin.offset = self.origin.offset - line.len() + end;
        end
    }

    fn go_on(&mut self, text: &str) {
        self.origin.position = self.origin.position.after(text.as_bytes());
        self.origin.offset += text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}generation_id,app_name,created_at,cost_total\r\n\
        gen-1,\"a \"\"quoted\"\", name\",2026-05-06 01:35:13.000,2e-06\r\n\
        gen-2,\"two\nlines\",2026-05-06 01:35:14.000,\r\n\r\n\
        gen-3,x,2026-05-06 01:35:15.000,0.5,more\r\n\
        gen-4,é,2026-05-06 01:35:16.000,0.25";

    fn render(loaded: &Loaded) -> Vec<String> {
        let completions = loaded.completions.iter().map(|completion| {
            let activity = completion.document().resolve("/activity");
            let id = completion.document().resolve("/activity/generation_id");
            let place = id.and_then(|id| completion.place_of(id));
            format!(
                "{} {}",
                place.map(|place| place.to_string()).unwrap_or_default(),
                activity.map(|activity| activity.raw()).unwrap_or_default()
            )
        });
        let problems = loaded.problems.iter().map(ToString::to_string);
        completions.chain(problems).collect()
    }

    #[test]
    fn a_file_read_in_pieces_gives_what_it_gives_as_a_whole() {
        let whole = crate::completion::load::load("a.csv", TEXT.as_bytes());
        let expected = render(&whole);
        assert_eq!(
            expected,
            [
                r#"a.csv:2:1 {"generation_id":"gen-1","app_name":"a \"quoted\", name","created_at":"2026-05-06 01:35:13.000","cost_total":2e-06}"#,
                r#"a.csv:3:1 {"generation_id":"gen-2","app_name":"two\nlines","created_at":"2026-05-06 01:35:14.000"}"#,
                r#"a.csv:7:1 {"generation_id":"gen-4","app_name":"é","created_at":"2026-05-06 01:35:16.000","cost_total":0.25}"#,
                "a.csv:6:1: record 3 (byte 153): this row has 5 cells, and the first row names 4",
            ]
        );
        for size in [1, 7, 64, 1000] {
            let mut activity = Activity::of("a.csv");
            let mut loaded = Loaded::default();
            let mut pending: Vec<u8> = Vec::new();
            let pieces: Vec<&[u8]> = TEXT.as_bytes().chunks(size).collect();
            for (index, piece) in pieces.iter().enumerate() {
                pending.extend_from_slice(piece);
                let is_all = index + 1 == pieces.len();
                loop {
                    let taken = activity.take(&pending, is_all, &mut loaded);
                    pending.drain(..taken);
                    if taken == 0 || pending.is_empty() {
                        break;
                    }
                }
            }
            assert_eq!(render(&loaded), expected, "{size}");
        }
    }

    #[test]
    fn other_tables_are_told_from_text() {
        let check = |text: &str, expected| {
            assert_eq!(
                is_other_csv(&FileHead::of(text.as_bytes())),
                expected,
                "{text}"
            );
        };
        check("date,model,cost\n2026-05-06,a/b,1\n", true);
        check("date;model;cost\n2026-05-06;a/b;1\n", true);
        check("Hello, world, again\nno commas here\n", false);
        check("plain text", false);
        check(
            "{\"a\":1,\"b\":2,\"c\":3}\n{\"a\":1,\"b\":2,\"c\":3}\n",
            false,
        );
        check(
            "data: {\"a\":1,\"b\":2,\"c\":3}\ndata: {\"a\":1,\"b\":2}\n",
            false,
        );
    }
}
