//! Line and column of a byte offset.

/// A place in a text for people: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset in `text`; the end of the text for an offset beyond it.
    pub fn of(text: &str, offset: usize) -> Position {
        let start = Position { line: 1, column: 1 };
        start.after(&text.as_bytes()[..offset.min(text.len())])
    }

    /// The place behind some bytes of UTF-8 that begin here. They may begin or end within a character,
    /// which counts where it begins.
    #[must_use]
    pub fn after(self, bytes: &[u8]) -> Position {
        match memchr::memrchr(b'\n', bytes) {
            None => Position {
                line: self.line,
                column: self.column + characters(bytes),
            },
            Some(last) => Position {
                line: self.line + memchr::memchr_iter(b'\n', bytes).count(),
                column: characters(&bytes[last + 1..]) + 1,
            },
        }
    }
}

/// The position of every so many bytes of a text: what would be a walk from its beginning for each place is one from
/// the nearest of these.
#[derive(Debug, Clone)]
pub struct Checkpoints(Vec<Position>);

/// Bytes between two checkpoints.
const SPACING: usize = 4096;

impl Checkpoints {
    /// Those of a text.
    pub fn of(text: &str) -> Checkpoints {
        let mut at = Position { line: 1, column: 1 };
        let mut all = vec![at];
        for piece in text.as_bytes().chunks_exact(SPACING) {
            at = at.after(piece);
            all.push(at);
        }
        Checkpoints(all)
    }

    /// The place of a byte offset in the text that they are of; its end for an offset beyond it.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let nearest = (offset / SPACING).min(self.0.len() - 1);
        self.0[nearest].after(&text.as_bytes()[nearest * SPACING..offset])
    }
}

/// How many characters begin in some bytes of UTF-8. So many at a time fit into a byte's count, and are counted
/// many at once.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &u8| u8::from(byte & 0xC0 != 0x80);
    let counts = bytes
        .chunks(255)
        .map(|some| some.iter().map(begins).sum::<u8>());
    counts.map(usize::from).sum()
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        assert_eq!(characters("aé€😀".repeat(500).as_bytes()), 2000);
        let check = |offset, line, column| {
            assert_eq!(Position::of("añ\nb", offset), Position { line, column });
        };
        check(0, 1, 1);
        check(1, 1, 2);
        check(3, 1, 3);
        check(4, 2, 1);
        check(99, 2, 2);
        let half = Position { line: 1, column: 2 }.after("ñ".as_bytes());
        let in_two = Position { line: 1, column: 2 }.after(&"ñ".as_bytes()[..1]);
        assert_eq!(in_two.after(&"ñ".as_bytes()[1..]), half);
    }
}
