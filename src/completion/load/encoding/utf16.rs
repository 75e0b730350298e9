//! Text in UTF-16, as some editors and shells on Windows write it, and in UTF-32.

use crate::completion::load::ProblemKind;
use crate::completion::load::record::Reader;

/// The byte-order marks, little end first and big end first.
const MARKS: [[u8; 2]; 2] = [[0xFF, 0xFE], [0xFE, 0xFF]];

/// The same of UTF-32. A text in UTF-16 does not begin with a NUL.
const WIDE_MARKS: [[u8; 4]; 2] = [[0xFF, 0xFE, 0, 0], [0, 0, 0xFE, 0xFF]];

/// Whether bytes are UTF-16 or UTF-32: they begin with its byte-order mark, or as text in ASCII does without one.
pub(in crate::completion::load) fn is_utf16(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| bytes.starts_with(mark))
        || bytes.starts_with(&WIDE_MARKS[1])
        || unmarked(bytes).is_some()
}

/// The mark that text without one should have.
fn unmarked(bytes: &[u8]) -> Option<[u8; 2]> {
    const LOOKED_AT: usize = 16;
    let head = bytes.get(..LOOKED_AT)?;
    let is_ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let is_like = |high: usize| {
        let mut pairs = head.chunks_exact(2);
        pairs.all(|pair| pair[high] == 0 && is_ascii(pair[1 - high]))
    };
    match (is_like(1), is_like(0)) {
        (true, _) => Some(MARKS[0]),
        (_, true) => Some(MARKS[1]),
        _ => None,
    }
}

/// Reads such a text. Lines and columns are those of the text; offsets count it in UTF-8.
pub(in crate::completion::load) fn read(bytes: &[u8], reader: &mut Reader<'_>) {
    let Some((text, fault)) = decoded(bytes) else {
        return;
    };
    if let Some(what) = fault {
        reader.problem(ProblemKind::Malformed, reader.origin.place(), what);
    }
    reader.content(text.as_bytes());
}

/// The text of such bytes, and what is wrong with them.
pub(in crate::completion::load) fn decoded(bytes: &[u8]) -> Option<(String, Option<String>)> {
    let wide = WIDE_MARKS.iter().find(|mark| bytes.starts_with(*mark));
    let (text, is_damaged) = match wide {
        Some(mark) => of_wide(*mark, &bytes[mark.len()..]),
        None if !is_utf16(bytes) => return None,
        None => of_pairs(bytes),
    };
    let encoding = if wide.is_some() { "UTF-32" } else { "UTF-16" };
    let fault = is_damaged.then(|| format!("this is {encoding} that is damaged; save it as UTF-8"));
    Some((text, fault))
}

fn of_pairs(bytes: &[u8]) -> (String, bool) {
    let (mark, content) = match unmarked(bytes) {
        Some(mark) => (mark, bytes),
        None => ([bytes[0], bytes[1]], &bytes[2..]),
    };
    let unit = match mark == MARKS[0] {
        true => u16::from_le_bytes,
        false => u16::from_be_bytes,
    };
    let pairs = content.chunks_exact(2);
    let mut is_damaged = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units).map(|c| {
        is_damaged |= c.is_err();
        c.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    (text.collect(), is_damaged)
}

/// The text of UTF-32 behind its mark.
fn of_wide(mark: [u8; 4], content: &[u8]) -> (String, bool) {
    let unit = match mark == WIDE_MARKS[0] {
        true => u32::from_le_bytes,
        false => u32::from_be_bytes,
    };
    let units = content.chunks_exact(4);
    let mut is_damaged = !units.remainder().is_empty();
    let text = units.map(|four| {
        let c = char::from_u32(unit([four[0], four[1], four[2], four[3]]));
        is_damaged |= c.is_none();
        c.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    (text.collect(), is_damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_told_by_its_mark_or_by_its_ascii() {
        assert!(is_utf16(b"\xff\xfe{\0"));
        assert!(is_utf16(b"\xfe\xff\0{"));
        assert!(!is_utf16(b"{\0"));
        assert!(is_utf16(b"{\0\"\0i\0d\0\"\0:\0\"\0g\0"));
        assert!(is_utf16(b"\0{\0\"\0i\0d\0\"\0:\0\"\0g"));
        assert!(!is_utf16(b"{\0\"\0i\0d\0\"\0:\0\"\0\0\0"));
        assert!(!is_utf16(b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    }
}
