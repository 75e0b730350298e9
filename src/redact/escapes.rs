//! Escapes of JSON and its relatives, HTML, URLs and quoted-printable mail, undone one level at a time.

use std::ops::Range;

use super::vanishes;

/// A character, and the bytes of the text that it was decoded from.
pub(super) type Decoded = (char, Range<usize>);

/// Stands for an escape of what nobody sees.
pub(super) const UNSEEN: char = '\u{1}';

/// What letters in full width begin with in UTF-8.
const FIRST_OF_FULL_WIDTH: u8 = 0xef;

/// A text as it stands, nothing decoded yet; only full width letters are plain ones.
pub(super) fn level(text: &str) -> Vec<Decoded> {
    let chars = text.char_indices();
    chars
        .map(|(at, c)| (plain(c), at..at + c.len_utf8()))
        .collect()
}

/// The ASCII character that one of full width is (U+FF01 to U+FF5E).
pub(super) fn plain(c: char) -> char {
    const BETWEEN: u32 = 0xFF01 - 0x21;
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - BETWEEN).unwrap_or(c),
        c => c,
    }
}

/// The text with one level of escapes undone; none where there is nothing to undo.
pub(super) fn decode(level: &[Decoded]) -> Option<Vec<Decoded>> {
    if !level
        .iter()
        .any(|(c, _)| matches!(c, '\\' | '&' | '%' | '='))
    {
        return None;
    }
    let mut out = Vec::with_capacity(level.len());
    let mut at = 0;
    let mut has_changed = false;
    while let Some((c, range)) = level.get(at) {
        let rest = &level[at + 1..];
        let read = match c {
            '\\' => backslash(rest),
            '&' => entity(rest),
            '%' => percent(rest),
            '=' => quoted_printable(rest),
            _ => None,
        };
        let read = read.map(|(c, taken)| (c.map(plain), taken));
        // No secret has such a character in it, but what looks like an escape of one may stand in a secret.
        let read = read.filter(|(c, _)| c.is_none_or(|c| c.is_ascii() || vanishes(c)));
        match read {
            Some((decoded, taken)) => {
                let end = level
                    .get(at + taken)
                    .map_or(range.end, |(_, last)| last.end);
                out.extend(decoded.map(|c| (c, range.start..end)));
                at += 1 + taken;
                has_changed = true;
            }
            None => {
                out.push((*c, range.clone()));
                at += 1;
            }
        }
    }
    has_changed.then_some(out)
}

/// What an escape stands for, if it stands for a character, and how many characters it takes after its first.
type Escape = Option<(Option<char>, usize)>;

fn backslash(rest: &[Decoded]) -> Escape {
    match rest.first()?.0 {
        'u' if rest.get(1).is_some_and(|(c, _)| *c == '{') => {
            let digits = rest
                .iter()
                .skip(2)
                .take_while(|(c, _)| c.is_ascii_hexdigit());
            let count = digits.count().min(16);
            let closed = rest.get(2 + count).is_some_and(|(c, _)| *c == '}');
            closed.then(|| (code(rest, 2, count, 16), 3 + count))
        }
        'u' => all_digits(rest, 1, 4, 16).then(|| (code(rest, 1, 4, 16), 5)),
        'U' => all_digits(rest, 1, 8, 16).then(|| (code(rest, 1, 8, 16), 9)),
        'x' => all_digits(rest, 1, 2, 16).then(|| (code(rest, 1, 2, 16), 3)),
        '0'..='7' => {
            let count = (1..=3)
                .take_while(|count| all_digits(rest, 0, *count, 8))
                .count();
            Some((code(rest, 0, count, 8), count))
        }
        'b' | 'f' | 'n' | 'r' | 't' | 'v' => Some((Some(UNSEEN), 1)),
        c if c.is_ascii_punctuation() => Some((Some(c), 1)),
        _ => None,
    }
}

fn entity(rest: &[Decoded]) -> Escape {
    if rest.first()?.0 != '#' {
        return named_entity(rest);
    }
    let (start, radix) = match rest.get(1)?.0 {
        'x' | 'X' => (2, 16),
        _ => (1, 10),
    };
    let digits = rest
        .iter()
        .skip(start)
        .take_while(|(c, _)| c.is_digit(radix));
    let count = digits.count().min(16);
    if count == 0 {
        return None;
    }
    let end = start + count;
    let is_closed = rest.get(end).is_some_and(|(c, _)| *c == ';');
    Some((
        code(rest, start, count, radix),
        end + usize::from(is_closed),
    ))
}

fn named_entity(rest: &[Decoded]) -> Escape {
    let name = rest.iter().take_while(|(c, _)| c.is_ascii_alphabetic());
    let name: String = name.take(16).map(|(c, _)| *c).collect();
    let is_closed = rest.get(name.len()).is_some_and(|(c, _)| *c == ';');
    let (_, c) = ENTITIES.iter().find(|(known, _)| *known == name)?;
    // Only the oldest may stand without a semicolon.
    let may_be_open = matches!(name.as_str(), "amp" | "lt" | "gt" | "quot");
    (is_closed || may_be_open).then_some((Some(*c), name.len() + usize::from(is_closed)))
}

/// The names that HTML has for visible ASCII and for what nobody sees (HTML standard, named character references).
const ENTITIES: [(&str, char); 62] = [
    ("excl", '!'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("amp", '&'),
    ("AMP", '&'),
    ("apos", '\''),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("midast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("dash", '-'),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("lt", '<'),
    ("LT", '<'),
    ("equals", '='),
    ("gt", '>'),
    ("GT", '>'),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("grave", '`'),
    ("DiacriticalGrave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("VerticalLine", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("shy", UNSEEN),
    ("zwj", UNSEEN),
    ("zwnj", UNSEEN),
    ("ZeroWidthSpace", UNSEEN),
    ("NoBreak", UNSEEN),
    ("NewLine", UNSEEN),
    ("Tab", UNSEEN),
    ("lrm", UNSEEN),
    ("rlm", UNSEEN),
    ("ic", UNSEEN),
    ("it", UNSEEN),
    ("af", UNSEEN),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("hairsp", ' '),
];

fn percent(rest: &[Decoded]) -> Escape {
    if rest.first()?.0 == 'u' {
        return all_digits(rest, 1, 4, 16).then(|| (code(rest, 1, 4, 16), 5));
    }
    byte(rest, '%')
}

/// A byte in hexadecimal behind its sign; of a letter in full width, which takes three in UTF-8, all of them.
fn byte(rest: &[Decoded], sign: char) -> Escape {
    let at = |start: usize| {
        let is_one = all_digits(rest, start, 2, 16)
            && (start == 0 || rest.get(start - 1).is_some_and(|(c, _)| *c == sign));
        let code = is_one.then(|| code(rest, start, 2, 16))?;
        u8::try_from(code?).ok()
    };
    let first = at(0)?;
    if first == FIRST_OF_FULL_WIDTH
        && let (Some(second), Some(third)) = (at(3), at(6))
        && let Ok(text) = std::str::from_utf8(&[first, second, third])
    {
        return Some((text.chars().next(), 8));
    }
    Some((Some(char::from(first)), 2))
}

fn quoted_printable(rest: &[Decoded]) -> Escape {
    // A soft line break is nothing at all.
    match (rest.first()?.0, rest.get(1).map(|(c, _)| *c)) {
        ('\r', Some('\n')) => Some((None, 2)),
        ('\n', _) => Some((None, 1)),
        _ => byte(rest, '='),
    }
}

fn all_digits(rest: &[Decoded], start: usize, count: usize, radix: u32) -> bool {
    let digits = rest.get(start..start + count);
    digits.is_some_and(|digits| digits.iter().all(|(c, _)| c.is_digit(radix)))
}

/// The character of a number; none for a number that is none, such as half of a surrogate pair.
fn code(rest: &[Decoded], start: usize, count: usize, radix: u32) -> Option<char> {
    let digits = rest.iter().skip(start).take(count);
    let number = digits.fold(0_u32, |number, (c, _)| {
        number
            .saturating_mul(radix)
            .saturating_add(c.to_digit(radix).unwrap_or(0))
    });
    char::from_u32(number)
}
