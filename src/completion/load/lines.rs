//! The records of a file that has one a line, named as they come: the same places and numbers that
//! a reader of the whole file would give them, with nothing kept of the lines before.

use std::sync::Arc;

use super::split::MARK;
use crate::completion::Origin;
use crate::json::Position;

/// Where the next line stands.
#[derive(Debug, Clone)]
pub struct Lines {
    origin: Origin,
    offset: usize,
    line: usize,
}

impl Lines {
    /// At the beginning of a file; `file` is its name for people.
    pub fn of(file: &str) -> Lines {
        let position = Position { line: 1, column: 1 };
        Lines {
            origin: Origin {
                file: Arc::from(file),
                offset: 0,
                position,
                record: 0,
            },
            offset: 0,
            line: 0,
        }
    }

    /// Takes the next line, with its newline if it has one, or the lines of one record: what is to be read
    /// and where that was found. `None` where there is nothing but white space.
    pub fn take<'l>(&mut self, line: &'l [u8]) -> Option<(&'l [u8], &Origin)> {
        let (start, is_first) = (self.offset, self.offset == 0);
        let first_line = self.line + 1;
        self.offset += line.len();
        self.line += memchr::memchr_iter(b'\n', line).count();
        let mark = match is_first && line.starts_with(MARK) {
            true => MARK.len(),
            false => 0,
        };
        let body = &line[mark..];
        let lead = body.len() - body.trim_ascii_start().len();
        let record = body.trim_ascii();
        if record.is_empty() {
            return None;
        }
        self.origin.offset = start + mark + lead;
        self.origin.position = Position {
            line: first_line,
            column: lead + 1,
        };
        self.origin.record += 1;
        Some((record, &self.origin))
    }

    /// Passes over a line of which only the length is known: its record counts.
    pub fn pass(&mut self, length: usize) -> &Origin {
        self.origin.offset = self.offset;
        self.offset += length;
        self.line += 1;
        self.origin.position = Position {
            line: self.line,
            column: 1,
        };
        self.origin.record += 1;
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::load;

    #[test]
    fn names_records_as_a_reader_of_the_whole_does() {
        let text = "\u{feff}  {\"id\":\"gen-1\",\"choices\":[]}\r\n\n \t{\"id\":\"gen-2\",\"choices\":[],\"ñ\":1}  \n{\"id\":\"gen-1\",\"choices\":[]}";
        let mut lines = Lines::of("a.jsonl");
        let mut loaded = load::Loaded::default();
        for line in text.split_inclusive('\n') {
            if let Some((record, origin)) = lines.take(line.as_bytes()) {
                load::load_slice(record, origin, &mut loaded);
            }
        }
        let whole = load::load("a.jsonl", text.as_bytes());
        let origins = |loaded: &load::Loaded| {
            let completions = loaded.completions.iter();
            completions.map(|c| c.origin.clone()).collect::<Vec<_>>()
        };
        assert_eq!(origins(&loaded), origins(&whole));
        assert_eq!(origins(&loaded).len(), 3);
    }
}
