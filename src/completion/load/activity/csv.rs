//! Rows and cells of CSV text. Rows are cut here, quotes respected, so that each has its place in the file and a file
//! of any length can be read row by row; what the cells of a row say is left to the `csv-core` crate.

use std::fmt;
use std::ops::Range;

/// What separates cells: a comma, or what a spreadsheet made of it.
pub(super) const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// More columns than any export has.
pub(super) const COLUMNS: usize = 512;

/// The first row of a text, without the end of its line.
pub(super) fn first_row(text: &str) -> &str {
    let row = rows(text).next().unwrap_or_default();
    text[row].trim_end_matches('\r')
}

/// The rows of a text, without the newline at their end. One within quotes does not end a row.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        let mut in_quotes = false;
        let mut from = start;
        loop {
            let found = memchr::memchr2(b'"', b'\n', &bytes[from..]);
            let Some(found) = found.map(|found| from + found) else {
                at = bytes.len() + 1;
                return Some(start..bytes.len());
            };
            from = found + 1;
            match bytes[found] {
                b'"' => in_quotes = !in_quotes,
                _ if in_quotes => {}
                _ => {
                    at = from;
                    return Some(start..found);
                }
            }
        }
    })
}

/// Where the cells of a row stand, quotes included.
pub(super) fn cells(row: &str, delimiter: u8) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut in_quotes = false;
    let mut start = 0;
    for (at, byte) in row.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            _ if byte == delimiter && !in_quotes => {
                out.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(start..row.len());
    out
}

/// Tells what the cells of rows say. Its tables are dear to make, so that one serves all rows.
pub(super) struct Cells {
    reader: csv_core::Reader,
    text: Vec<u8>,
    /// Where in the text each cell ends.
    ends: Vec<usize>,
}

impl Cells {
    pub(super) fn new(delimiter: u8) -> Cells {
        Cells {
            reader: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            text: Vec::new(),
            ends: vec![0; COLUMNS + 1],
        }
    }

    /// The cells of a row; of more than there may be, as many as tell that.
    pub(super) fn of(&mut self, row: &str) -> Vec<String> {
        self.reader.reset();
        self.text.resize(row.len(), 0);
        let (mut input, mut written, mut count) = (row.as_bytes(), 0, 0);
        loop {
            let text = &mut self.text[written..];
            let ends = &mut self.ends[count..];
            let (result, read, wrote, ended) = self.reader.read_record(input, text, ends);
            // The end of the row is told by reading once more from nothing.
            let is_over = input.is_empty();
            input = &input[read..];
            written += wrote;
            count += ended;
            if is_over || result != csv_core::ReadRecordResult::InputEmpty {
                break;
            }
        }
        let mut from = 0;
        let ends = self.ends[..count].iter();
        let cells = ends.map(|end| {
            let cell = self.text.get(from..*end).unwrap_or_default();
            from = *end;
            String::from_utf8_lossy(cell).into_owned()
        });
        cells.collect()
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cells").finish_non_exhaustive()
    }
}

/// What the cells of one row say.
pub(super) fn split(row: &str, delimiter: u8) -> Vec<String> {
    Cells::new(delimiter).of(row)
}
