//! What the beginning of a file tells: whether it is compressed, and what it is cut into.

use std::io::{self, Read};

use super::Source;
use crate::completion::load::encoding::unpacking;
use crate::completion::load::{self, Framer, Problem, Sniff};
use crate::source::{self, Most};

/// What a file is cut into.
pub(super) enum Cut {
    Records(Box<Framer>),
    /// The items of the array that begins at this byte.
    Array(usize),
    /// It has to be read as a whole.
    Whole,
    /// It has nothing but blanks, for longer than anybody waits.
    Blanks,
}

impl Source<'_> {
    /// Where the bytes are compressed, goes on with what they hold.
    pub(super) fn unpack(&mut self) {
        const MAGIC: usize = 4;
        while self.filled < MAGIC && !self.is_all {
            self.fill();
        }
        let head = &self.buffer[..self.filled];
        let Some(coding) = unpacking::coding_of(head, &self.name) else {
            return;
        };
        let input = std::mem::replace(&mut self.input, Box::new(io::empty()));
        let packed = io::Cursor::new(head.to_vec()).chain(input);
        self.input = unpacking::reader(coding, packed);
        self.most = Most::UNPACKED;
        (self.filled, self.is_all) = (0, false);
    }

    /// What this is cut into.
    pub(super) fn cut(&mut self) -> Cut {
        loop {
            let head = &self.buffer[..self.filled];
            if !self.is_named && self.filled > 0 && !source::is_candidate(head, self.name.as_ref())
            {
                return Cut::Whole;
            }
            match load::sniff(head, self.is_all, &self.name) {
                Sniff::Records(framer) => return Cut::Records(Box::new(framer)),
                // Whoever waits at the end of a pipe does not want to wait for the rest of a trace.
                Sniff::Whole if !self.is_regular && load::has_payload_lines(head) => {
                    return Cut::Records(Box::default());
                }
                Sniff::Array { start } if self.is_long_array(start) => return Cut::Array(start),
                Sniff::Whole | Sniff::Array { .. } => return Cut::Whole,
                // Whoever writes into a pipe may wait for this answer before the next record.
                Sniff::More {
                    framer: Some(framer),
                } if !self.is_regular => return Cut::Records(Box::new(framer)),
                // One record, and nothing behind it for so long that it may as well be the first of several.
                Sniff::More {
                    framer: Some(framer),
                } if self.filled > self.longest_beginning => return Cut::Records(Box::new(framer)),
                Sniff::More { framer: None } if self.filled > self.longest_beginning => {
                    return match load::is_blank(&self.buffer[..self.filled]) {
                        true => Cut::Blanks,
                        false => Cut::Whole,
                    };
                }
                Sniff::More { .. } => self.fill_to_line(),
            }
        }
    }

    /// What to say of a file that begins with too many blanks.
    pub(super) fn blanks(&self) -> Problem {
        let limit = self.longest_beginning >> 20;
        let what = format!("it begins with more than {limit} MiB of blanks; that is the limit");
        source::unreadable(self.name.as_ref(), what)
    }

    /// Reads on to the end of a line or twice as far, so that a long first line is not looked at anew
    /// for every piece of it.
    fn fill_to_line(&mut self) {
        let (before, mut at) = (self.filled, self.filled);
        let most = (before * 2).min(self.longest_beginning);
        while !self.is_all && self.filled <= most {
            self.fill();
            if memchr::memchr(b'\n', &self.buffer[at..self.filled]).is_some() {
                return;
            }
            at = self.filled;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::io::{Read, Write};

    use super::*;
    use crate::feed::{FeedItem, SourceUnit};

    const ONE: &str = r#"{"id":"gen-1","choices":[{"message":{"content":"One"}}]}"#;

    /// What a beginning and so many blanks behind it come to: what is said, how many records there are, and how many bytes
    /// were taken.
    fn read(begin: &[u8], blank: u8, blanks: usize) -> (Vec<String>, usize, usize) {
        let taken = Cell::new(0);
        struct Blanks<'t>(&'t [u8], u8, usize, &'t Cell<usize>);
        impl Read for Blanks<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let length = match self.0 {
                    [] => self.2.min(buffer.len()),
                    begin => begin.len().min(buffer.len()),
                };
                match self.0 {
                    [] => {
                        buffer[..length].fill(self.1);
                        self.2 -= length;
                    }
                    begin => {
                        buffer[..length].copy_from_slice(&begin[..length]);
                        self.0 = &begin[length..];
                    }
                }
                self.3.set(self.3.get() + length);
                Ok(length)
            }
        }
        let mut source = Source::new("a.json", true, Blanks(begin, blank, blanks, &taken), true);
        source.longest_beginning = 1 << 20;
        let (mut says, mut records) = (Vec::new(), 0);
        let Ok(()) = source.run(&SourceUnit::Stdin, &mut |item| {
            match item {
                FeedItem::Record { .. } => records += 1,
                FeedItem::Loaded(loaded) => {
                    says.extend(loaded.problems.iter().map(ToString::to_string));
                }
                FeedItem::Begin(_) | FeedItem::Pause => {}
            }
            Ok::<(), Infallible>(())
        });
        (says, records, taken.get())
    }

    /// Of blanks no more is taken, and so no more is kept, than of any other beginning.
    #[test]
    fn a_file_of_blanks_ends_at_the_limit() {
        const MANY: usize = 8 << 20;
        let says = "a.json: it begins with more than 1 MiB of blanks; that is the limit";
        for begin in ["", "\u{feff}", "\r\n", "[", " [\n", ",", "\u{1e}", "\u{a0}"] {
            for blank in [b' ', b'\n', b'\t'] {
                let (said, records, taken) = read(begin.as_bytes(), blank, MANY);
                assert_eq!((said, records), (vec![says.to_owned()], 0), "{begin:?}");
                assert!(taken <= 3 << 20, "{begin:?}: {taken}");
            }
        }
        // Blanks behind a record are passed over, line by line.
        let (said, records, _) = read(format!("{ONE}\n").as_bytes(), b'\n', MANY);
        assert_eq!((said, records), (vec![], 1));
    }

    #[test]
    fn compressed_blanks_end_at_the_limit() {
        let level = flate2::Compression::best();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
        packer.write_all(&vec![b' '; 8 << 20]).expect("memory");
        let packed = packer.finish().expect("memory");
        let (said, records, _) = read(&packed, 0, 0);
        let says = "a.json: it begins with more than 1 MiB of blanks; that is the limit";
        assert_eq!((said, records), (vec![says.to_owned()], 0));
    }
}
