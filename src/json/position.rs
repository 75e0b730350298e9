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
        let bytes = &text.as_bytes()[..offset.min(text.len())];
        let line_start = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
        Position {
            line: memchr::memchr_iter(b'\n', bytes).count() + 1,
            column: bytes[line_start..]
                .iter()
                .filter(|&&byte| byte & 0xC0 != 0x80)
                .count()
                + 1,
        }
    }
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
        let check = |offset, line, column| {
            assert_eq!(Position::of("añ\nb", offset), Position { line, column });
        };
        check(0, 1, 1);
        check(1, 1, 2);
        check(3, 1, 3);
        check(4, 2, 1);
        check(99, 2, 2);
    }
}
