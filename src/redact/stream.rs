//! The same for a text that arrives in pieces.

use super::{Redactor, floor, known, vanishes};

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
    /// Which bytes stand in the secret, in either case.
    alphabet: [bool; 128],
    /// What is free of the secret and may be the beginning of another key that this program knows.
    others_pending: String,
}

impl StreamRedactor {
    /// One for a secret of visible ASCII, in whose place the mask stands.
    pub(crate) fn with_mask(secret: &str, mask: &'static str) -> StreamRedactor {
        let mut alphabet = [false; 128];
        for byte in secret.bytes().filter(u8::is_ascii) {
            alphabet[usize::from(byte.to_ascii_lowercase())] = true;
            alphabet[usize::from(byte.to_ascii_uppercase())] = true;
        }
        StreamRedactor {
            alphabet,
            redactor: Redactor::with_mask(secret, mask),
            pending: String::new(),
            others_pending: String::new(),
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
        let cut = least.max(self.whole_words());
        let ready = part(&self.redactor, &mut self.pending, cut);
        self.without_others(&ready, known::longest())
    }

    /// A text without the other keys that this program knows, as they are written. The last of it waits, as much as one
    /// may take.
    fn without_others(&mut self, ready: &str, held_back: usize) -> String {
        self.others_pending.push_str(ready);
        let cut = self.others_pending.len().saturating_sub(held_back);
        let cut = floor(&self.others_pending, cut);
        match known::finders() {
            Some(keys) => part(&keys.in_samples, &mut self.others_pending, cut),
            None => std::mem::take(&mut self.others_pending),
        }
    }

    /// How much need not wait, since nothing of the secret can go on behind it: up to the last blank before which no
    /// character of the secret stands. It may be spelled with blanks between.
    fn whole_words(&self) -> usize {
        let may_be_of_it = |c: char| {
            let byte = u8::try_from(c).ok().filter(u8::is_ascii);
            // What is escaped could be any character, and what nobody sees may stand anywhere.
            byte.map_or_else(
                || vanishes(c),
                |byte| self.alphabet[usize::from(byte)] || matches!(byte, b';' | b'\\'),
            )
        };
        let mut blanks = self.pending.match_indices([' ', '\n']).rev();
        let found = blanks.find(|(at, _)| {
            let before = self.pending[..*at].trim_end();
            before.chars().next_back().is_some_and(|c| !may_be_of_it(c))
        });
        found.map_or(0, |(at, _)| at + 1)
    }

    /// Gives what was held back.
    pub(crate) fn finish(&mut self) -> String {
        let rest = self.redactor.redact(std::mem::take(&mut self.pending));
        self.without_others(&rest, 0)
    }
}

/// The beginning of a text, up to a place, with the secret masked; the rest stays. Nothing that was found is parted, nor
/// what it goes on with.
fn part(redactor: &Redactor, pending: &mut String, mut cut: usize) -> String {
    let mut found = redactor.find(pending);
    found.sort_by_key(|range| range.start);
    for range in found.iter().rev() {
        if range.start < cut && cut < range.end {
            cut = range.start;
        }
    }
    let rest = pending.split_off(cut);
    redactor.redact(std::mem::replace(pending, rest))
}
