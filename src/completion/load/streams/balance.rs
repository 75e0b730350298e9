//! Whether JSON text that comes piece by piece is a whole value yet.

/// Follows the brackets and strings of JSON text piece by piece.
#[derive(Debug, Default)]
pub struct Balance {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    has_begun: bool,
}

impl Balance {
    /// Goes on over a piece of text.
    pub fn follow(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            self.step(byte);
        }
    }

    /// Goes on to where the outermost bracket closes, or to the end of the line: how many bytes that is, and
    /// whether it closes there.
    pub fn follow_line(&mut self, text: &str) -> (usize, bool) {
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            self.step(byte);
            let is_closing = matches!(byte, b'}' | b']') && !self.in_string;
            if is_closing && self.has_begun && self.depth == 0 {
                return (at + 1, true);
            }
            if byte == b'\n' {
                return (at + 1, false);
            }
        }
        (text.len(), false)
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                self.has_begun = true;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a bracket is open.
    pub fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Whether nothing is open: what was followed is a whole value, or none that goes on.
    pub fn is_closed(&self) -> bool {
        self.depth == 0 && !self.in_string
    }

    /// Whether it stands within a string.
    pub fn in_string(&self) -> bool {
        self.in_string
    }
}
