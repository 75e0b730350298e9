//! The same for a text that arrives in pieces.

use super::{Redactor, floor};

/// How many bytes one character of the secret takes at most where a stream echoes it escaped: `\u0072` with its
/// backslash escaped as well. What is escaped further is masked as soon as the whole text is there.
const ESCAPED: usize = 7;

/// Takes a text in pieces, wherever they are cut, and gives it on with the secret masked. What could be the
/// beginning of the secret waits for the next piece.
#[derive(Debug)]
pub(crate) struct StreamRedactor {
    redactor: Redactor,
    pending: String,
    held_back: usize,
}

impl StreamRedactor {
    /// One for a secret of visible ASCII, in whose place the mask stands.
    pub(crate) fn with_mask(secret: &str, mask: &'static str) -> StreamRedactor {
        StreamRedactor {
            redactor: Redactor::with_mask(secret, mask),
            pending: String::new(),
            held_back: ESCAPED * secret.len(),
        }
    }

    /// Takes the next piece; gives what may be shown by now.
    pub(crate) fn take(&mut self, piece: &str) -> String {
        self.pending.push_str(piece);
        let least = floor(
            &self.pending,
            self.pending.len().saturating_sub(self.held_back),
        );
        // No secret has a blank or a line break in it, so what is before one need not wait.
        let blank = self.pending.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let mut cut = least.max(blank);
        // Nothing that was found is parted, nor what it goes on with.
        let mut found = self.redactor.find(&self.pending);
        found.sort_by_key(|range| range.start);
        for range in found.iter().rev() {
            if range.start < cut && cut < range.end {
                cut = range.start;
            }
        }
        let rest = self.pending.split_off(cut);
        let ready = std::mem::replace(&mut self.pending, rest);
        self.redactor.redact(ready)
    }

    /// Gives what was held back.
    pub(crate) fn finish(&mut self) -> String {
        self.redactor.redact(std::mem::take(&mut self.pending))
    }
}
