//! Text in UTF-16, as some editors and shells on Windows write it.

use super::Trouble;
use super::record::Reader;

/// The byte-order marks, little end first and big end first.
const MARKS: [[u8; 2]; 2] = [[0xFF, 0xFE], [0xFE, 0xFF]];

/// Whether bytes begin with a byte-order mark of UTF-16.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| bytes.starts_with(mark))
}

/// Reads such a text. Lines and columns are those of the text; offsets count it in UTF-8.
pub(super) fn read(bytes: &[u8], reader: &mut Reader<'_>) {
    let unit = match bytes.starts_with(&MARKS[0]) {
        true => u16::from_le_bytes,
        false => u16::from_be_bytes,
    };
    let pairs = bytes[2..].chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let mut is_damaged = false;
    let text: String = char::decode_utf16(units)
        .map(|c| {
            is_damaged |= c.is_err();
            c.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    if is_cut || is_damaged {
        let what = "this is UTF-16 that is damaged; save it as UTF-8".to_owned();
        reader.problem(Trouble::Malformed, reader.origin.place(), what);
    }
    reader.content(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_told_by_its_mark() {
        assert!(is_marked(b"\xff\xfe{\0"));
        assert!(is_marked(b"\xfe\xff\0{"));
        assert!(!is_marked(b"{\0"));
    }
}
