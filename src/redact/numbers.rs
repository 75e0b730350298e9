//! Numbers that are the codes of characters: in hex (`72:6b`, `72 6b`, `["0x72", "0x6b"]`) or in decimal, as JavaScript writes a
//! `Buffer` (`[114,107]`), whatever stands between them; each alone or beside another number, such as its place (`[0] => 114`).

use std::ops::Range;

use super::escapes::plain;
use super::{Decoded, TELLING, source};

/// What may stand between two codes, blanks not counted: a name, a type, a place. Chosen: bounds what is masked with them.
const BETWEEN: usize = 64;

/// The code of a character, or a byte of one, and where it stands.
pub(super) type Code = (u32, Range<usize>);

/// The codes to a base, in lists.
pub(super) fn lists(level: &[Decoded], base: u32) -> Vec<Vec<Code>> {
    match base {
        16 => hex(level),
        _ => decimal(level),
    }
}

fn hex(level: &[Decoded]) -> Vec<Vec<Code>> {
    let pairs = |digits: &[Decoded]| -> Vec<Code> {
        let pairs = digits.chunks_exact(2);
        pairs.filter_map(|pair| code(pair, 16)).collect()
    };
    let mut lists = Lists::default();
    for run in runs(level, 16) {
        let digits = &level[run.clone()];
        let is_long = digits.len() >= 2 * TELLING;
        // A single one is a letter of a word.
        if is_long || digits.len().is_multiple_of(2) {
            lists.add(level, run, pairs(digits));
        }
        // What stands before it may be a digit by chance.
        if is_long {
            lists.all.push(pairs(&digits[1..]));
        }
    }
    lists.end()
}

fn decimal(level: &[Decoded]) -> Vec<Vec<Code>> {
    /// No code has more digits.
    const MOST: usize = 7;
    let mut lists = Lists::default();
    for run in runs(level, 10).filter(|run| run.len() <= MOST) {
        let code = code(&level[run.clone()], 10);
        lists.add(level, run, code.into_iter().collect());
    }
    lists.end()
}

/// Whether a code is that of a visible character of ASCII, or of one in full width, or a byte that each of those has.
pub(super) const fn tells(code: u32) -> bool {
    matches!(code, 0x21..=0x7e | 0xef | 0xff01..=0xff5e)
}

/// Where digits stand, as many as follow one another.
fn runs(level: &[Decoded], radix: u32) -> impl Iterator<Item = Range<usize>> {
    let is_digit = move |at: usize| level.get(at).is_some_and(|(c, _)| c.is_digit(radix));
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = (at..level.len()).find(|at| is_digit(*at))?;
        at = start + (start..).take_while(|at| is_digit(*at)).count();
        Some(start..at)
    })
}

fn code(digits: &[Decoded], radix: u32) -> Option<Code> {
    let number = digits.iter().filter_map(|(c, _)| c.to_digit(radix));
    Some((
        number.fold(0, |all, digit| all * radix + digit),
        source(digits)?,
    ))
}

/// Codes that follow one another.
#[derive(Default)]
struct Lists {
    all: Vec<Vec<Code>>,
    last: Vec<Code>,
    /// Behind the last of them, in characters.
    end: usize,
}

impl Lists {
    /// Adds the codes that stand here.
    fn add(&mut self, level: &[Decoded], place: Range<usize>, codes: Vec<Code>) {
        let between = level[self.end..place.start].iter();
        let mut between = between.filter(|(c, _)| !c.is_whitespace());
        if between.nth(BETWEEN).is_some() {
            self.part();
        }
        self.end = place.end;
        self.last.extend(codes);
    }

    fn part(&mut self) {
        let list = std::mem::take(&mut self.last);
        for first in 0..2 {
            let each_second = list.iter().skip(first).step_by(2);
            self.all.push(each_second.cloned().collect());
        }
        self.all.push(list);
    }

    fn end(mut self) -> Vec<Vec<Code>> {
        self.part();
        self.all
    }
}

/// The text of these codes, whether they are those of its characters or of its bytes in UTF-8.
pub(super) fn characters(codes: &[Code]) -> Vec<Decoded> {
    let mut out = Vec::with_capacity(codes.len());
    let mut rest = codes;
    while let Some((first, _)) = rest.first() {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let bytes = rest
            .iter()
            .take(length)
            .map(|(code, _)| u8::try_from(*code));
        let bytes: Vec<u8> = bytes.map_while(Result::ok).collect();
        let encoded = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.chars().next());
        let taken = encoded.map_or(1, char::len_utf8);
        let c = encoded.or_else(|| char::from_u32(*first));
        let (here, behind) = rest.split_at(taken);
        if let (Some((_, first)), Some((_, last))) = (here.first(), here.last()) {
            let c = plain(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            out.push((c, first.start..last.end));
        }
        rest = behind;
    }
    out
}
