//! Long numbers that a text has, however they are grouped: cards, accounts, telephones.
//!
//! Ids, dates and times are numbers too. What is part of a longer name (`gen-1780000000-…`, a UUID) is no
//! number here, and neither is what has fewer digits than a telephone with its area code.

use super::words::{FNV_OFFSET, FNV_PRIME};

/// Fewer digits are dates, prices, numbers of houses.
const SHORTEST: usize = 9;
/// No card and no account has more letters and digits.
const LONGEST: usize = 40;

/// A number and where it stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Byte offset of its beginning.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// Its digits, and an account's letters.
    pub hash: u64,
}

/// Hands on each number of a conversation's text.
pub fn each_number(text: &str, each: impl FnMut(Number)) {
    each_of(text, false, each);
}

/// Hands on each number of a value, also where a name goes on with it: `card_4111…`, `id:4111…`. What of it is none that
/// the conversation has is passed over later.
pub fn each_number_of_value(text: &str, each: impl FnMut(Number)) {
    each_of(text, true, each);
}

fn each_of(text: &str, is_within_names: bool, mut each: impl FnMut(Number)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let digit = at + found;
        if let Some(account) = account(bytes, digit) {
            each(account);
            at = account.end;
            continue;
        }
        let (number, end) = number(bytes, digit, is_within_names);
        number.into_iter().for_each(&mut each);
        at = end;
    }
}

/// The number that begins at a digit, and where to go on.
fn number(bytes: &[u8], start: usize, is_within_names: bool) -> (Option<Number>, usize) {
    let (mut hash, mut count, mut end, mut at) = (FNV_OFFSET, 0, start, start);
    let mut groups = Groups::default();
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_digit() {
            groups.push(byte, at == end);
            hash = mix(hash, byte);
            count += 1;
            at += 1;
            end = at;
        } else if is_separator(byte) && at - end < 2 {
            at += 1;
        } else {
            break;
        }
    }
    let is_time = matches!(bytes.get(end..), Some([b':', next, ..]) if next.is_ascii_digit());
    let is_number = (SHORTEST..=LONGEST).contains(&count)
        && groups.count <= Groups::MOST
        && !groups.begin_with_date()
        && !is_time
        && (is_within_names || !is_in_name(bytes, start, end));
    let number = is_number.then_some(Number { start, end, hash });
    (number, end)
}

/// The groups of a number's digits: how many there are, and the first three as numbers with their lengths.
#[derive(Default)]
struct Groups {
    count: usize,
    first: [(u32, usize); 3],
}

impl Groups {
    /// What has more groups is a list.
    const MOST: usize = 8;

    fn push(&mut self, digit: u8, goes_on: bool) {
        if self.count == 0 || !goes_on {
            self.count += 1;
        }
        if let Some((value, length)) = self.first.get_mut(self.count - 1) {
            *value = value
                .saturating_mul(10)
                .saturating_add(u32::from(digit - b'0'));
            *length += 1;
        }
    }

    /// Whether the first three are a year, a month and a day, in this order or turned.
    fn begin_with_date(&self) -> bool {
        let is_year = |(value, length): (u32, usize)| length == 4 && (1900..2100).contains(&value);
        let is_short = |(value, length): (u32, usize)| length <= 2 && (1..=31).contains(&value);
        let [a, b, c] = self.first;
        self.count >= 3 && is_short(b) && (is_year(a) && is_short(c) || is_short(a) && is_year(c))
    }
}

/// What may stand between the groups of a number.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Whether letters stand next to a number, or behind a sign that joins it to them.
fn is_in_name(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let is_joint = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b'/' | b':');
    let before = bytes[..start].last();
    let after = bytes.get(end);
    let beyond = |joint: Option<&u8>, next: Option<&u8>| {
        joint.is_some_and(is_letter)
            || joint.is_some_and(|byte| *byte == b'_')
            || joint.is_some_and(is_joint) && next.is_some_and(is_letter)
    };
    beyond(before, start.checked_sub(2).and_then(|at| bytes.get(at)))
        || beyond(after, bytes.get(end + 1))
}

/// An international account number that begins two letters before a digit: its own check digits fit.
fn account(bytes: &[u8], digit: usize) -> Option<Number> {
    /// The shortest and the longest that any country has.
    const LENGTHS: (usize, usize) = (15, 34);
    let start = digit.checked_sub(2)?;
    let is_country = bytes[start..digit].iter().all(u8::is_ascii_alphabetic);
    let is_apart = start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
    if !is_country || !is_apart || !bytes.get(digit + 1)?.is_ascii_digit() {
        return None;
    }
    let mut letters = [0_u8; LENGTHS.1];
    let (mut count, mut end) = (0, start);
    for (at, byte) in bytes[start..].iter().enumerate() {
        if byte.is_ascii_alphanumeric() {
            *letters.get_mut(count)? = byte.to_ascii_uppercase();
            count += 1;
            end = start + at + 1;
            // Behind the right length a word may follow after a space.
            let is_end = bytes
                .get(end)
                .is_none_or(|next| !next.is_ascii_alphanumeric());
            if is_end && count >= LENGTHS.0 && is_account(&letters[..count]) {
                break;
            }
        } else if *byte != b' ' || start + at > end {
            break;
        }
    }
    let letters = &letters[..count];
    let is_whole = count >= LENGTHS.0 && is_account(letters);
    is_whole.then(|| Number {
        start,
        end,
        hash: letters
            .iter()
            .fold(FNV_OFFSET, |hash, byte| mix(hash, *byte)),
    })
}

/// ISO 13616: with the first four characters at the end and letters as numbers, the rest by 97 is one.
fn is_account(letters: &[u8]) -> bool {
    let turned = letters[4..].iter().chain(&letters[..4]);
    let rest = turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}

fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        each_number(text, |number| found.push(&text[number.start..number.end]));
        found
    }

    #[test]
    fn finds_numbers_however_they_are_grouped() {
        let check = |text: &str, expected: &[&str]| assert_eq!(numbers(text), expected, "{text}");
        check("card 4111 1111 1111 1111, please", &["4111 1111 1111 1111"]);
        check("4111-1111-1111-1111", &["4111-1111-1111-1111"]);
        check("call +1 (415) 555-0134.", &["1 (415) 555-0134"]);
        check("Tel. 030/901820-15", &["030/901820-15"]);
        check(
            "DE89 3704 0044 0532 0130 00 is mine",
            &["DE89 3704 0044 0532 0130 00"],
        );
        check("iban=GB82WEST12345698765432&x", &["GB82WEST12345698765432"]);
        check("1234567890", &["1234567890"]);
        // The check digits do not fit, but the digits are a number of their own.
        check("DE89 3704 0044 0532 0130 01", &[]);
        check("in 2026-06-05 at 12:33", &[]);
        check("2026-06-05 12:33 and 05.06.2026 14.30.59", &[]);
        check("2026-06-05/2026-06-07", &[]);
        check("2026-06-05T12:33:10", &[]);
        check("gen-1780662712-aaaaaaaaaaaaaaaaaaaa", &[]);
        check("7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f", &[]);
        check("user_8812345678 and v1.2.3.4", &[]);
        check("order 4417, 12 of 30", &[]);
    }

    #[test]
    fn numbers_are_the_same_whatever_stands_between_their_digits() {
        let hash = |text: &str| {
            let mut found = Vec::new();
            each_number(text, |number| found.push(number.hash));
            found
        };
        assert_eq!(hash("4111 1111 1111 1111"), hash("4111111111111111"));
        assert_eq!(hash("(415) 555-0134"), hash("415.555.0134"));
        assert_eq!(
            hash("de89 3704 0044 0532 0130 00"),
            hash("DE89370400440532013000")
        );
        assert_ne!(hash("4111111111111111"), hash("4111111111111112"));
    }
}
