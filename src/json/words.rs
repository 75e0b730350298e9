//! Text looked at eight bytes at a time, without a call: most strings and keys are short, and so are the
//! stretches between the escapes of a long one.

/// One in each byte of a word.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
/// The high bit of each byte.
const HIGH: u64 = ONES << 7;

/// The high bit of each byte of a word that is below a limit. Bytes above the lowest such byte may be wrong, by
/// the borrow.
pub(super) fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH
}

/// The same for each byte that is this one.
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

/// The first byte whose bit is set.
pub(super) fn first(found: u64) -> usize {
    (found.trailing_zeros() / 8) as usize
}

/// The word at a place, if the text is long enough.
pub(super) fn at(text: &[u8], at: usize) -> Option<u64> {
    let chunk = text.get(at..).and_then(<[u8]>::first_chunk);
    chunk.map(|chunk| u64::from_le_bytes(*chunk))
}

/// Where a byte first stands at or behind `from`.
pub(super) fn find(byte: u8, text: &[u8], from: usize) -> Option<usize> {
    /// So many words are looked at before a search for long texts begins.
    const WORDS: usize = 2;
    let mut place = from;
    for _ in 0..WORDS {
        let Some(word) = at(text, place) else { break };
        let found = equal(word, byte);
        if found != 0 {
            return Some(place + first(found));
        }
        place += 8;
    }
    memchr::memchr(byte, text.get(place..)?).map(|found| place + found)
}

/// Whether a part of a text has a capital letter.
pub(super) fn has_capital(text: &[u8], part: std::ops::Range<usize>) -> bool {
    let mut place = part.start;
    while place < part.end {
        let left = part.end - place;
        let Some(word) = at(text, place) else {
            return text[place..part.end].iter().any(u8::is_ascii_uppercase);
        };
        let low = word & !HIGH;
        let from_a = low + ONES * u64::from(0x80 - b'A');
        let beyond_z = low + ONES * u64::from(0x80 - b'Z' - 1);
        let capitals = from_a & !beyond_z & !word & HIGH;
        if capitals != 0 && first(capitals) < left {
            return true;
        }
        place += 8;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_byte_wherever_it_stands() {
        for length in 0..60 {
            let text = vec![b'x'; length];
            assert_eq!(find(b'\\', &text, 0), None, "{length}");
            for place in 0..length {
                let mut text = text.clone();
                text[place] = b'\\';
                for from in 0..=length {
                    let expected = (from <= place).then_some(place);
                    assert_eq!(
                        find(b'\\', &text, from),
                        expected,
                        "{length} {place} {from}"
                    );
                }
            }
        }
    }

    #[test]
    fn knows_capitals_of_a_part() {
        let check = |text: &str, part, expected| {
            assert_eq!(has_capital(text.as_bytes(), part), expected, "{text}");
        };
        for byte in 0..=255_u8 {
            let mut text = *b"finish_reason: STOP, and more";
            text[3] = byte;
            assert_eq!(
                has_capital(&text, 0..13),
                byte.is_ascii_uppercase(),
                "{byte}"
            );
        }
        check("finish_reasonS", 0..13, false);
        check("finish_reasonS", 0..14, true);
        check("É", 0..2, false);
        check("", 0..0, false);
    }
}
