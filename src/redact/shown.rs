//! What a text shows: without what nobody sees, the colours of terminals and the tags of HTML.

use unicode_width::UnicodeWidthChar;

use super::escapes::{self, Decoded};
use super::source;
use crate::display;

/// Characters that nobody sees, so that what stands around them reads as one word; and what is drawn on or in place of
/// the character before.
pub(super) fn vanishes(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || c.width() == Some(0)
        || display::is_left_out(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

pub(super) fn without(level: &[Decoded], is_out: impl Fn(char) -> bool) -> Vec<Decoded> {
    let kept = level.iter().filter(|(c, _)| !is_out(*c));
    kept.cloned().collect()
}

/// The text with a mark that nobody sees for each control sequence (`ESC [ 1 m`), where there is any: they colour the text
/// around them, and whoever shows it leaves them out as a whole.
pub(super) fn without_control_sequences(level: &[Decoded]) -> Option<Vec<Decoded>> {
    without_parts(level, |rest| {
        let begun = match rest {
            [('\u{1b}', _), ('[', _), ..] => 2,
            [('\u{9b}', _), ..] => 1,
            _ => return None,
        };
        let parameters = rest[begun..].iter();
        let parameters = parameters.take_while(|(c, _)| matches!(c, ' '..='?'));
        let end = begun + parameters.count();
        let last = rest.get(end).filter(|(c, _)| matches!(c, '@'..='~'));
        Some(end + usize::from(last.is_some()))
    })
}

/// The same for the tags of HTML: what a page shows stands between them.
pub(super) fn without_tags(level: &[Decoded]) -> Option<Vec<Decoded>> {
    /// Characters of a tag, at most.
    const LONGEST: usize = 200;
    without_parts(level, |rest| {
        let [('<', _), (next, _), ..] = rest else {
            return None;
        };
        if !next.is_ascii_alphabetic() && !matches!(next, '/' | '!') {
            return None;
        }
        let end = rest.iter().take(LONGEST).position(|(c, _)| *c == '>')?;
        Some(end + 1)
    })
}

/// The text with a mark that nobody sees in place of each part that begins where `length` says how long it is; `None` where
/// there is none.
fn without_parts(
    level: &[Decoded],
    length: impl Fn(&[Decoded]) -> Option<usize>,
) -> Option<Vec<Decoded>> {
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while at < level.len() {
        let Some(taken) = length(&level[at..]) else {
            at += 1;
            continue;
        };
        out.extend_from_slice(&level[copied..at]);
        let place = source(&level[at..at + taken]);
        out.extend(place.map(|place| (escapes::UNSEEN, place)));
        at += taken;
        copied = at;
    }
    (copied > 0).then(|| {
        out.extend_from_slice(&level[copied..]);
        out
    })
}

/// A text without blanks and all that nobody sees: tags, colours, invisible characters.
pub(super) fn bare(level: &[Decoded]) -> Vec<Decoded> {
    let uncoloured = without_control_sequences(level);
    let uncoloured = uncoloured.as_deref().unwrap_or(level);
    let untagged = without_tags(uncoloured);
    let shown = untagged.as_deref().unwrap_or(uncoloured);
    without(shown, |c| vanishes(c) || c.is_whitespace())
}
