//! Text in base64 or hexadecimal, wherever it begins, in UTF-8 or UTF-16.

/// Shorter runs are words.
pub const SHORTEST_CODE: usize = 16;
/// A decoded piece that is shorter says too little.
pub const SHORTEST_TEXT: usize = 10;

/// A value that is a code alone is one from so many characters on; a shorter one is a word, or hardly says one.
pub const SHORTEST_WHOLE: usize = 8;

/// A text that was found, and how it was read.
pub type Found = (String, &'static str);

const OF_BASE64: &str = "decoded from base64";
const OF_HEXADECIMAL: &str = "decoded from hexadecimal";

/// The letters of base64, in both alphabets.
pub const fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// What runs of a text hold in base64 or hexadecimal, where that is text: each by itself, and those over
/// several lines together.
pub fn codes(text: &str, found: &mut Vec<Found>) {
    hexadecimal(text, found);
    whole(text, found);
    let bytes = text.as_bytes();
    let mut lines: Vec<u8> = Vec::new();
    let mut line_count = 0;
    let mut at = 0;
    while at < bytes.len() {
        let gap = bytes[at..].iter().take_while(|byte| !is_of_code(**byte));
        let start = at + gap.count();
        // Padding goes with what stands before; a line's end makes the next run another line of the same.
        let between = &bytes[at..start];
        let goes_on =
            between.contains(&b'\n') && between.iter().all(|byte| byte.is_ascii_whitespace());
        if !goes_on {
            if line_count > 1 {
                code(&lines, found);
            }
            lines.clear();
            line_count = 0;
        }
        let run = bytes[start..].iter().take_while(|byte| is_of_code(**byte));
        let end = start + run.count();
        let run = &bytes[start..end];
        if run.len() >= SHORTEST_CODE {
            code(run, found);
        }
        if !run.is_empty() {
            lines.extend_from_slice(run);
            line_count += 1;
        }
        at = end;
    }
    if line_count > 1 {
        code(&lines, found);
    }
}

/// What a value holds that is one short code and nothing else, so that a short text is enough.
fn whole(text: &str, found: &mut Vec<Found>) {
    let code = text.trim().trim_end_matches('=');
    let is_short = (SHORTEST_WHOLE..2 * SHORTEST_CODE).contains(&code.len());
    if !is_short || !code.bytes().all(is_of_code) {
        return;
    }
    let mut take = |bytes: Vec<u8>, how| {
        let utf16 = || {
            let units = bytes.as_chunks::<2>().0.iter();
            let units: Vec<u16> = units.map(|two| u16::from_le_bytes(*two)).collect();
            String::from_utf16(&units).ok()
        };
        let is_text = |text: &String| {
            text.chars().any(char::is_alphanumeric) && !text.contains(char::is_control)
        };
        let plain = String::from_utf8(bytes.clone()).ok().filter(is_text);
        let is_latin = |text: &String| text.chars().all(|c| c < '\u{250}');
        let text = plain.or_else(|| utf16().filter(is_text).filter(is_latin));
        found.extend(text.map(|text| (text, how)));
    };
    if code.bytes().all(|byte| byte.is_ascii_hexdigit()) && code.len().is_multiple_of(2) {
        let digits: Vec<u8> = code
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        let pairs = digits.as_chunks::<2>().0.iter();
        take(
            pairs.map(|[high, low]| high * 16 + low).collect(),
            OF_HEXADECIMAL,
        );
    }
    if code.len() % 4 != 1 {
        take(base64(code.as_bytes()), OF_BASE64);
    }
}

/// What a run holds. Where it begins is not known for certain (a path, a prefix), so each of the four
/// beginnings is tried; the wrong ones give no text.
fn code(run: &[u8], found: &mut Vec<Found>) {
    if run.len() < SHORTEST_CODE {
        return;
    }
    for start in 0..4 {
        texts(&base64(&run[start..]), OF_BASE64, found);
    }
}

/// Hexadecimal digits of so many bytes, wherever they stand: beside letters and signs, and with signs between the bytes.
fn hexadecimal(text: &str, found: &mut Vec<Found>) {
    let mut digits = Vec::new();
    let mut decode = |digits: &mut Vec<u8>| {
        if digits.len() >= 2 * SHORTEST_TEXT {
            // A letter before the first byte may be a digit, too.
            for start in 0..2 {
                let pairs = digits[start..].as_chunks::<2>().0.iter();
                let bytes: Vec<u8> = pairs.map(|[high, low]| high * 16 + low).collect();
                texts(&bytes, OF_HEXADECIMAL, found);
            }
        }
        digits.clear();
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut gap = 0;
    while let Some(&byte) = bytes.get(at) {
        let is_prefix = byte == b'0' && matches!(bytes.get(at + 1), Some(b'x' | b'X'));
        if is_prefix {
            at += 1;
            gap += 1;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            // What stands between the bytes parts no byte.
            if gap > 0 && digits.len() % 2 == 1 {
                decode(&mut digits);
            }
            digits.push(digit as u8);
            gap = 0;
        } else if is_between_digits(byte) && gap < MOST_BETWEEN {
            gap += 1;
        } else {
            decode(&mut digits);
            gap = 0;
        }
        at += 1;
    }
    decode(&mut digits);
}

/// What may stand between bytes in hexadecimal: `50 6c`, `50:6c`, `0x50, 0x6c`, `{0x50,\n0x6c}`.
pub const fn is_between_digits(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b':' | b'-' | b',' | b';' | b'_' | b'.')
}

/// So many of those at most.
const MOST_BETWEEN: usize = 6;

/// Base64 in either alphabet, without padding; what is left over at the end counts as far as it goes.
pub fn base64(code: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let three = |[a, b, c, d]: [u8; 4]| [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    let (fours, rest) = code.as_chunks::<4>();
    let mut out = Vec::with_capacity(code.len() * 3 / 4);
    out.extend(fours.iter().flat_map(|four| three(four.map(value))));
    let mut last = [0; 4];
    let values = rest.iter().map(|byte| value(*byte));
    last.iter_mut()
        .zip(values)
        .for_each(|(to, from)| *to = from);
    out.extend(&three(last)[..rest.len() * 3 / 4]);
    out
}

/// The pieces of bytes that are text and long enough to tell, in UTF-8 or UTF-16. Where a text begins is not known for
/// certain here either.
pub(super) fn texts(bytes: &[u8], how: &'static str, found: &mut Vec<Found>) {
    let before = found.len();
    for chunk in bytes.utf8_chunks() {
        pieces(chunk.valid(), how, found);
    }
    let read: usize = found[before..].iter().map(|(text, _)| text.len()).sum();
    let is_read = read * 2 > bytes.len();
    for start in 0..2 {
        let units = bytes.get(start..).unwrap_or_default().as_chunks::<2>().0;
        let before = found.len();
        for unit in [u16::from_le_bytes, u16::from_be_bytes] {
            let units = || units.iter().map(|two| unit(*two));
            let blocks = Blocks::of(units());
            if blocks.are_of_letters() || !is_read && blocks.are_east_asian() {
                let characters = char::decode_utf16(units());
                let replaced = |it: Result<char, _>| it.unwrap_or(char::REPLACEMENT_CHARACTER);
                pieces(&characters.map(replaced).collect::<String>(), how, found);
            }
        }
        if found.len() > before {
            return;
        }
    }
}

fn pieces(text: &str, how: &'static str, found: &mut Vec<Found>) {
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    let pieces = text.split(|c: char| !is_text(c));
    let long = pieces.filter(|piece| piece.len() >= SHORTEST_TEXT);
    found.extend(long.map(|piece| (piece.to_owned(), how)));
}

/// How many characters of a text in UTF-16 each block of 256 has. Nearly any bytes could be such a text, so they have to
/// have the look of one.
struct Blocks {
    counts: [usize; 256],
    all: usize,
}

impl Blocks {
    fn of(units: impl Iterator<Item = u16>) -> Blocks {
        let mut counts = [0; 256];
        units.for_each(|unit| counts[usize::from(unit >> 8)] += 1);
        let all = counts.iter().sum();
        Blocks { counts, all }
    }

    /// Whether half of them are of one block, as in scripts with letters.
    fn are_of_letters(&self) -> bool {
        let most = self.counts.iter().max().copied().unwrap_or_default();
        self.all * 2 >= SHORTEST_TEXT && most * 2 >= self.all
    }

    /// Whether nearly all are Chinese or Japanese, with kana and full-width signs, or Korean, with spaces.
    fn are_east_asian(&self) -> bool {
        /// Fewer may be there by chance.
        const SHORTEST: usize = 8;
        let have = |letters: std::ops::RangeInclusive<usize>, signs: [usize; 2]| {
            let signs = signs.map(|block| self.counts[block]);
            self.counts[letters].iter().chain(&signs).sum::<usize>()
        };
        let most = have(0x4e..=0x9f, [0x30, 0xff]).max(have(0xac..=0xd7, [0x30, 0x00]));
        self.all >= SHORTEST && most * 10 >= self.all * 9
    }
}
