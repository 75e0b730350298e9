//! Long numbers that a text has, however they are grouped: cards, accounts, telephones.
//!
//! Ids, dates and times are numbers too. What is part of a longer name (`gen-1780000000-…`, a UUID) is no
//! number here, and neither is what has fewer digits than a telephone with its area code.

use std::ops::RangeInclusive;

use super::words::{FNV_OFFSET, FNV_PRIME};

/// Fewer digits are dates, prices, numbers of houses.
const SHORTEST: usize = 9;
/// No card and no account has more letters and digits.
const LONGEST: usize = 40;
/// Digits of a telephone with its country (ITU-T E.164).
const LENGTHS_ABROAD: RangeInclusive<usize> = 10..=15;
/// Fewer digits than a PIN has say nothing.
const SHORTEST_CODE: usize = 4;
/// What has more groups is a list.
const MOST_GROUPS: usize = 8;
/// Groups that are read at once; of a longer list the last ones are read again with what follows. Chosen.
const MOST_AT_ONCE: usize = 4096;
/// Signs that may stand between two groups.
const MOST_BETWEEN: usize = 3;
/// Digits that a group has at least where what stands between it and the next may part the items of a list.
const LEAST_OF_LIST: usize = 3;

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

/// Which numbers are looked for, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Long ones that stand alone.
    Alone,
    /// Long ones, also where a name goes on with them.
    WithinNames,
    /// Short ones that stand alone.
    CodesAlone,
    /// Short ones, also where a name goes on with them behind a sign.
    CodesWithinNames,
}

impl Wanted {
    fn lengths(self) -> (usize, usize) {
        match self {
            Wanted::Alone | Wanted::WithinNames => (SHORTEST, LONGEST),
            Wanted::CodesAlone | Wanted::CodesWithinNames => (SHORTEST_CODE, SHORTEST - 1),
        }
    }

    fn may_be(self, group: &Group) -> bool {
        !group.is_time
            && match self {
                Wanted::Alone | Wanted::CodesAlone => !group.is_in_name,
                Wanted::WithinNames => true,
                Wanted::CodesWithinNames => !group.is_glued,
            }
    }
}

/// Hands on each number of a conversation's text, in each way in which it may be written: the groups of digits beside it
/// may be another number, and a telephone's may begin with its country or without.
pub fn each_number(text: &str, each: impl FnMut(Number)) {
    each_of(text, Wanted::Alone, each);
}

/// Hands on each number of a value, also where a name goes on with it: `card_4111…`, `id:4111…`. What of it is none that
/// the conversation has is passed over later.
pub fn each_number_of_value(text: &str, each: impl FnMut(Number)) {
    each_of(text, Wanted::WithinNames, each);
}

/// Hands on what may be a code in a conversation's text: a PIN, a telephone without its area. That it is repeated may be
/// chance.
pub fn each_code(text: &str, each: impl FnMut(Number)) {
    each_of(text, Wanted::CodesAlone, each);
}

/// The same of a value.
pub fn each_code_of_value(text: &str, each: impl FnMut(Number)) {
    each_of(text, Wanted::CodesWithinNames, each);
}

fn each_of(text: &str, wanted: Wanted, mut each: impl FnMut(Number)) {
    let mut at = 0;
    let mut run = Run::default();
    while let Some(digit) = next_digit(text, at) {
        if wanted.lengths().1 == LONGEST {
            each_account(text, digit, &mut each);
        }
        at = run.read(text, digit);
        run.mark(text);
        run.each_number(text, wanted, &mut each);
        run.each_read_out(wanted, &mut each);
    }
}

/// The place of the next digit.
fn next_digit(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let may_begin =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, 0xd9 | 0xdb | 0xe0 | 0xef);
        at += bytes.get(at..)?.iter().position(may_begin)?;
        if digit_at(text, at).is_some() {
            return Some(at);
        }
        at += 1;
    }
}

/// The digit at a place, in ASCII, and how many bytes it takes.
fn digit_at(text: &str, at: usize) -> Option<(u8, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return byte.is_ascii_digit().then_some((byte, 1));
    }
    let digit = text.get(at..)?.chars().next()?;
    // Full width, Arabic, Persian, Devanagari.
    let zero = [0xff10_u32, 0x660, 0x6f0, 0x966]
        .into_iter()
        .find(|zero| (*zero..zero + 10).contains(&u32::from(digit)))?;
    let value = u8::try_from(u32::from(digit) - zero).ok()?;
    Some((b'0' + value, digit.len_utf8()))
}

/// What stands between two groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Signs that join them, and letters beside them, to one name.
    Joint,
    /// Blanks, brackets and other signs.
    Apart,
    /// What parts the items of a list.
    List,
}

/// The sign that may stand between the groups of a number, and how many bytes it takes.
fn between_at(text: &str, at: usize) -> Option<(Between, usize)> {
    let sign = text.get(at..)?.chars().next()?;
    let between = match sign {
        '-' | '.' | '/' | '_' => Between::Joint,
        ' ' | '(' | ')' | '\'' => Between::Apart,
        '\t' | '\n' | '\r' | ',' | ';' | '|' => Between::List,
        // Blanks of other widths, dashes, apostrophes, a dot in the middle, and what can't be seen.
        '\u{a0}'
        | '\u{ad}'
        | '\u{b7}'
        | '\u{2000}'..='\u{200d}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2018}'
        | '\u{2019}'
        | '\u{2022}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{2060}'
        | '\u{2212}'
        | '\u{3000}'
        | '\u{feff}' => Between::Apart,
        _ => return None,
    };
    Some((between, sign.len_utf8()))
}

/// Digits that stand together.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// Its digits among all that were read.
    digits: (usize, usize),
    /// What stands before it, if it is not the first.
    between: Between,
    /// Whether it is the 0 of `+49 (0)30`, which nobody dials from abroad.
    is_trunk: bool,
    /// Whether letters stand right beside it.
    is_glued: bool,
    /// Whether it is of a name: letters stand beside it, or beside a group that a sign joins it to.
    is_in_name: bool,
    /// Whether it is of a date or a time.
    is_time: bool,
}

/// Groups of digits in a row.
#[derive(Debug, Default)]
struct Run {
    groups: Vec<Group>,
    digits: Vec<u8>,
}

impl Run {
    /// Reads the groups from a digit on; gives where to go on.
    fn read(&mut self, text: &str, start: usize) -> usize {
        self.groups.clear();
        self.digits.clear();
        let bytes = text.as_bytes();
        let (mut at, mut between) = (start, Between::Apart);
        loop {
            let (from, begun) = (self.digits.len(), at);
            while let Some((digit, length)) = digit_at(text, at) {
                // What is longer than any number need not be known.
                if self.digits.len() - from <= LONGEST {
                    self.digits.push(digit);
                }
                at += length;
            }
            let digits = (from, self.digits.len());
            let is_trunk = self.digits[from..] == *b"0"
                && begun.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'(')
                && bytes.get(at) == Some(&b')');
            self.groups.push(Group {
                start: begun,
                end: at,
                digits,
                between,
                is_trunk,
                is_glued: false,
                is_in_name: false,
                is_time: false,
            });
            let mut next = at;
            between = Between::Joint;
            for _ in 0..MOST_BETWEEN {
                let Some((sign, length)) = between_at(text, next) else {
                    break;
                };
                between = match (between, sign) {
                    (Between::List, _) | (_, Between::List) => Between::List,
                    (Between::Joint, Between::Joint) => Between::Joint,
                    _ => Between::Apart,
                };
                next += length;
            }
            let Some(length) = follows(text, next).filter(|_| next > at) else {
                return at;
            };
            let is_list = between == Between::List && !is_grouping(text, at);
            if is_list && (digits.1 - digits.0).min(length) < LEAST_OF_LIST {
                return next;
            }
            if self.groups.len() == MOST_AT_ONCE {
                return self.groups[MOST_AT_ONCE - MOST_GROUPS].start;
            }
            at = next;
        }
    }

    /// Finds the groups that are of names, dates or times.
    fn mark(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let count = self.groups.len();
        for at in 0..count {
            let is_clock = self.is_clock(bytes, at);
            let group = &mut self.groups[at];
            let before = (at == 0).then(|| beside(text[..group.start].chars().rev()));
            let behind = (at + 1 == count).then(|| beside(text[group.end..].chars()));
            let has = |beside: Beside| before == Some(beside) || behind == Some(beside);
            group.is_glued = has(Beside::Letter);
            group.is_in_name = has(Beside::Letter) || has(Beside::Joined);
            group.is_time |= is_clock;
        }
        // A name goes on over the signs that join.
        for at in 1..count {
            if self.groups[at].between == Between::Joint {
                self.groups[at].is_in_name |= self.groups[at - 1].is_in_name;
            }
        }
        for at in (1..count).rev() {
            if self.groups[at].between == Between::Joint {
                self.groups[at - 1].is_in_name |= self.groups[at].is_in_name;
            }
        }
        for at in 2..count {
            if self.is_date(bytes, at - 2) {
                self.groups[at - 2..=at]
                    .iter_mut()
                    .for_each(|group| group.is_time = true);
            }
        }
    }

    fn value(&self, at: usize) -> (u32, usize) {
        let (from, to) = self.groups[at].digits;
        let digits = &self.digits[from..to.min(from + 5)];
        let value = digits
            .iter()
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        (value, to - from)
    }

    /// Whether a group is of a time: 12:33.
    fn is_clock(&self, bytes: &[u8], at: usize) -> bool {
        let Group { start, end, .. } = self.groups[at];
        let is_digit = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_digit)
        };
        let is_colon = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b':');
        let length = self.value(at).1;
        let goes_on = is_colon(Some(end)) && is_digit(Some(end + 1));
        let went_before = is_colon(start.checked_sub(1)) && is_digit(start.checked_sub(2));
        length <= 2 && (goes_on || went_before)
    }

    /// Whether three groups are a year, a month and a day, in this order or turned, with the same sign between them.
    fn is_date(&self, bytes: &[u8], at: usize) -> bool {
        let is_year = |(value, length): (u32, usize)| length == 4 && (1900..2100).contains(&value);
        let is_short = |(value, length): (u32, usize)| length <= 2 && (1..=31).contains(&value);
        let sign = |at: usize| match bytes[self.groups[at].end..self.groups[at + 1].start] {
            [sign] => Some(sign),
            _ => None,
        };
        let is_joined = matches!(sign(at), Some(b'-' | b'.' | b'/')) && sign(at) == sign(at + 1);
        let [a, b, c] = [self.value(at), self.value(at + 1), self.value(at + 2)];
        is_joined && is_short(b) && (is_year(a) && is_short(c) || is_short(a) && is_year(c))
    }

    /// Hands on each row of groups that may be a number.
    fn each_number(&self, text: &str, wanted: Wanted, each: &mut impl FnMut(Number)) {
        for first in 0..self.groups.len() {
            let mut spelled = Spelled::of(self.leads_abroad(text, first));
            for group in self.groups[first..].iter().take(MOST_GROUPS) {
                let digits = &self.digits[group.digits.0..group.digits.1];
                if !wanted.may_be(group) || !spelled.push(digits, group.is_trunk) {
                    break;
                }
                let (start, end) = (self.groups[first].start, group.end);
                spelled.each_hash(wanted, |hash| each(Number { start, end, hash }));
            }
        }
    }

    /// Hands on each row of single digits with something between any two of them, as one reads a card out. A part of such
    /// a row is no number.
    fn each_read_out(&self, wanted: Wanted, each: &mut impl FnMut(Number)) {
        let is_single =
            |group: &Group| group.digits.1 - group.digits.0 == 1 && wanted.may_be(group);
        let rows = self
            .groups
            .chunk_by(|one, next| is_single(one) && is_single(next));
        let rows = rows.filter(|row| (MOST_GROUPS + 1..=LONGEST).contains(&row.len()));
        for row in rows {
            let mut spelled = Spelled::of(false);
            for group in row {
                spelled.push(&self.digits[group.digits.0..group.digits.1], false);
            }
            let (start, end) = (row[0].start, row[row.len() - 1].end);
            spelled.each_hash(wanted, |hash| each(Number { start, end, hash }));
        }
    }

    /// Whether a number that begins with a group begins with its country.
    fn leads_abroad(&self, text: &str, first: usize) -> bool {
        let group = &self.groups[first];
        let digits = &self.digits[group.digits.0..group.digits.1];
        let bytes = text.as_bytes();
        let has_plus = group.start > 0 && bytes[group.start - 1] == b'+';
        has_plus || digits.starts_with(b"00")
    }
}

/// Whether a comma stands at a place that is within one number: it has three digits behind it and no more, or two with
/// another such group behind them, as in India, or with none, as the cents of an amount.
fn is_grouping(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let mut next = at;
    loop {
        if bytes.get(next) != Some(&b',') {
            return false;
        }
        let digits = bytes[next + 1..].iter().take(4);
        match digits.take_while(|byte| byte.is_ascii_digit()).count() {
            3 => return true,
            // The cents of an amount, where nothing goes on.
            2 if bytes.get(next + 3) != Some(&b',') => return true,
            2 => next += 3,
            _ => return false,
        }
        // No number has so many groups.
        if next - at > 3 * MOST_GROUPS {
            return false;
        }
    }
}

/// How many digits stand at a place; none where there are none.
fn follows(text: &str, at: usize) -> Option<usize> {
    let (mut count, mut next) = (0, at);
    while let Some((_, length)) = digit_at(text, next).filter(|_| count < LEAST_OF_LIST) {
        next += length;
        count += 1;
    }
    (count > 0).then_some(count)
}

/// A number's digits, as they stand and as others may write them.
#[derive(Debug)]
struct Spelled {
    leads_abroad: bool,
    whole: (u64, usize),
    /// Without zeros at the beginning, and without the one that nobody dials from abroad.
    bare: (u64, usize),
    bare_digits: [u8; LONGEST],
}

impl Spelled {
    fn of(leads_abroad: bool) -> Spelled {
        Spelled {
            leads_abroad,
            whole: (FNV_OFFSET, 0),
            bare: (FNV_OFFSET, 0),
            bare_digits: [0; LONGEST],
        }
    }

    /// Adds a group; false where the number is too long by that.
    fn push(&mut self, digits: &[u8], is_trunk: bool) -> bool {
        if self.whole.1 + digits.len() > LONGEST {
            return false;
        }
        for digit in digits {
            self.whole = (mix(self.whole.0, *digit), self.whole.1 + 1);
            if !is_trunk && (self.bare.1 > 0 || *digit != b'0') {
                self.bare_digits[self.bare.1] = *digit;
                self.bare = (mix(self.bare.0, *digit), self.bare.1 + 1);
            }
        }
        true
    }

    fn each_hash(&self, wanted: Wanted, mut each: impl FnMut(u64)) {
        let (least, most) = wanted.lengths();
        let is_one = |length: usize| (least..=most).contains(&length);
        if !is_one(self.whole.1) || least < SHORTEST && self.is_common() {
            return;
        }
        each(self.whole.0);
        if least < SHORTEST {
            return;
        }
        if self.bare.1 != self.whole.1 && is_one(self.bare.1) {
            each(self.bare.0);
        }
        // Many write a telephone with its country and nothing before that. A country has one digit to three.
        let may_lead_abroad = self.bare.1 == self.whole.1 && LENGTHS_ABROAD.contains(&self.whole.1);
        for country in 1..=3 {
            let rest = self
                .bare_digits
                .get(country..self.bare.1)
                .unwrap_or_default();
            if (self.leads_abroad || may_lead_abroad) && is_one(rest.len()) {
                let rest = rest.iter().skip_while(|digit| **digit == b'0');
                each(rest.fold(FNV_OFFSET, |hash, digit| mix(hash, *digit)));
            }
        }
    }

    /// Whether a code is a year, a date or round, as many numbers are.
    fn is_common(&self) -> bool {
        let digits = &self.bare_digits[..self.bare.1];
        let value = digits
            .iter()
            .fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
        let is_year = |value: u32| (1900..2100).contains(&value);
        let is_date = is_year(value / 10_000)
            && (1..=12).contains(&(value / 100 % 100))
            && (1..=31).contains(&(value % 100));
        value % 100 == 0 || is_year(value) || is_date
    }
}

/// What stands next to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// A letter.
    Letter,
    /// A sign that joins the number to a name.
    Joined,
    /// Neither.
    Apart,
}

/// What stands next to a number, given what does from it on. A colon joins nothing (`Card:4111…`), nor does a full stop
/// with a sentence behind it.
fn beside(mut signs: impl Iterator<Item = char>) -> Beside {
    match signs.next() {
        Some(sign) if is_letter(sign) => Beside::Letter,
        Some('_') => Beside::Joined,
        Some('-' | '/') if signs.next().is_some_and(is_letter) => Beside::Joined,
        Some('.')
            if signs
                .next()
                .is_some_and(|sign| is_letter(sign) && !sign.is_uppercase()) =>
        {
            Beside::Joined
        }
        _ => Beside::Apart,
    }
}

/// Whether a character makes a name of the number beside it. Scripts without spaces have words there.
fn is_letter(sign: char) -> bool {
    const WITHOUT_SPACES: char = '\u{2e80}';
    sign.is_alphabetic() && sign < WITHOUT_SPACES
}

/// Hands on an international account number that begins two letters before a digit: its own check digits fit. They may
/// fit for a part of it by chance, so each that fits is handed on.
fn each_account(text: &str, digit: usize, each: &mut impl FnMut(Number)) {
    /// The shortest and the longest that any country has.
    const LENGTHS: (usize, usize) = (15, 34);
    let bytes = text.as_bytes();
    let Some(start) = digit.checked_sub(2) else {
        return;
    };
    let is_country = bytes[start..digit].iter().all(u8::is_ascii_alphabetic);
    let is_apart = start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
    let is_checked = bytes.get(digit + 1).is_some_and(u8::is_ascii_digit);
    if !is_country || !is_apart || !is_checked {
        return;
    }
    let mut letters = [0_u8; LENGTHS.1];
    let (mut count, mut at, mut between) = (0, start, 0);
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_alphanumeric() {
            let Some(letter) = letters.get_mut(count) else {
                return;
            };
            *letter = byte.to_ascii_uppercase();
            (count, between) = (count + 1, 0);
            at += 1;
            // Behind the right length a word may follow after a space.
            let is_end = bytes
                .get(at)
                .is_none_or(|next| !next.is_ascii_alphanumeric());
            let letters = &letters[..count];
            if is_end && count >= LENGTHS.0 && is_account(letters) {
                let mixed = letters
                    .iter()
                    .fold(FNV_OFFSET, |hash, byte| mix(hash, *byte));
                each(Number {
                    start,
                    end: at,
                    hash: mixed,
                });
            }
        } else if let Some((_, length)) = between_at(text, at).filter(|_| between < 2) {
            between += 1;
            at += length;
        } else {
            return;
        }
    }
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

    /// Each once, however many ways there are to write it; of rows that begin or end together the longest.
    fn longest(text: &str) -> Vec<&str> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        each_number(text, |number| {
            let (start, end) = (number.start, number.end);
            match found.last_mut() {
                Some(last) if last.0 == start => last.1 = end,
                Some(last) if end <= last.1 => {}
                _ => found.push((start, end)),
            }
        });
        found
            .iter()
            .map(|(start, end)| &text[*start..*end])
            .collect()
    }

    #[test]
    fn finds_numbers_however_they_are_grouped() {
        let check = |text: &str, expected: &[&str]| assert_eq!(longest(text), expected, "{text}");
        check("card 4111 1111 1111 1111, please", &["4111 1111 1111 1111"]);
        check("4111-1111-1111-1111", &["4111-1111-1111-1111"]);
        check("call +1 (415) 555-0134.", &["1 (415) 555-0134"]);
        check("Tel. 030/901820-15", &["030/901820-15"]);
        check(
            "DE89 3704 0044 0532 0130 00 is mine",
            &["DE89 3704 0044 0532 0130 00"],
        );
        check(
            "DE89-3704-0044-0532-0130-00",
            &["DE89-3704-0044-0532-0130-00"],
        );
        check("iban=GB82WEST12345698765432&x", &["GB82WEST12345698765432"]);
        check("1234567890", &["1234567890"]);
        for between in [
            "\t", ",", ", ", "\n", "\r\n", "'", "’", "–", "\u{a0}", "\u{202f}", "_", "\u{200b}",
            ";", " | ",
        ] {
            let card = ["4111", "1111", "1111", "1112"].join(between);
            check(&card, &[&card]);
        }
        check("卡号是4111111111111112，谢谢", &["4111111111111112"]);
        check(
            "４１１１１１１１１１１１１１１２",
            &["４１１１１１１１１１１１１１１２"],
        );
        // The check digits do not fit, but what is no part of a name is a number of its own.
        check("DE89 3704 0044 0532 0130 01", &["3704 0044 0532 0130 01"]);
        check("in 2026-06-05 at 12:33", &[]);
        check("2026-06-05 12:33 and 05.06.2026 14.30.59", &[]);
        check("2026-06-05/2026-06-07", &[]);
        check("2026-06-05T12:33:10", &[]);
        check(
            "2026-06-05 12:33:10 4111 1111 1111 1111",
            &["4111 1111 1111 1111"],
        );
        check("gen-1780662712-aaaaaaaaaaaaaaaaaaaa", &[]);
        check("order-12-3456789012", &[]);
        check("7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f", &[]);
        check("user_8812345678 and v1.2.3.4", &[]);
        check("order 4417, 12 of 30", &[]);
        check("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12", &[]);
        check("10, 11, 12, 13, 14", &[]);
    }

    #[test]
    fn numbers_are_the_same_whatever_stands_between_their_digits() {
        let hashes = |text: &str| {
            let mut found = Vec::new();
            each_number(text, |number| found.push(number.hash));
            found
        };
        let check = |one: &str, other: &str, expected: bool| {
            let (one_has, other_has) = (hashes(one), hashes(other));
            let are_same = one_has.iter().any(|hash| other_has.contains(hash));
            assert_eq!(are_same, expected, "{one} {other}");
        };
        check("4111 1111 1111 1111", "4111111111111111", true);
        check("4111111111111111", "4111111111111112", false);
        check("(415) 555-0134", "415.555.0134", true);
        check(
            "de89 3704 0044 0532 0130 00",
            "DE89370400440532013000",
            true,
        );
        check(
            "de89\t3704\t0044\t0532\t0130\t00",
            "DE89370400440532013000",
            true,
        );
        // The check digits fit for the first four groups as well, and what follows does not hide it.
        let account = (0..97_u32).map(|number| format!("DE{number:02}370400440532"));
        let short = account
            .filter(|text| is_account(text.as_bytes()))
            .map(|text| text + "013000");
        for account in short {
            let grouped = account
                .as_bytes()
                .chunks(4)
                .map(|group| String::from_utf8_lossy(group).into_owned());
            let grouped = grouped.collect::<Vec<_>>().join(" ");
            let whole = (0..97_u32).map(|number| grouped.clone() + &format!("{number:02}"));
            for text in whole.filter(|text| is_account(text.replace(' ', "").as_bytes())) {
                check(&text, &text.replace(' ', ""), true);
            }
        }
        check(
            "DE89 3704 0044 0532 0130 00 is mine",
            "370400440532013000",
            true,
        );
        // A number beside it does not hide it.
        check("12 4111 1111 1111 1111", "4111111111111111", true);
        check("4111 1111 1111 1111 12/27 123", "4111-1111-1111-1111", true);
        check("2, 4111 1111 1111 1111", "17 4111111111111111 9", true);
        check(
            "1 2 3 4 5 6 7 8 9 4111 1111 1111 1111",
            "4111111111111111",
            true,
        );
        // Nor does a list of any length, nor a number that is too long to be one.
        for count in [4090, 4092, 4094, 4096, 9000] {
            let list = "10 ".repeat(count) + "4111 1111 1111 1111 " + &"10 ".repeat(9);
            check(&list, "4111111111111111", true);
        }
        let long = "1".repeat(10_000) + " 4111111111111111";
        check(&long, "4111111111111111", true);
        // An amount as English and Indian write it, whatever is before its first comma.
        for amount in [
            "9387461253.87",
            "9,387,461,253.87",
            "$9,387,461,253.87",
            "938,74,61,253.87",
            "9 387 461 253,87",
            "9.387.461.253,87",
        ] {
            check(amount, "938746125387", true);
            check(amount, "9387461254.87", false);
        }
        check("12,345,678,901", "12345678901", true);
        check("6,45,39,18,270", "645391 8270", true);
        // A telephone with its country and no sign before it.
        for (phone, abroad) in [
            ("(415) 555-0134", "14155550134"),
            ("020 7946 0958", "tel:442079460958"),
            ("030 901820123", "4930901820123"),
            ("06 12 34 56 78", "33612345678"),
        ] {
            check(phone, abroad, true);
        }
        // A telephone with its country, however that is written, and without.
        for phone in [
            "0049-30-90182015",
            "+49(0)30 90182015",
            "004930 90182015",
            "+49 30 9018 2015",
            "030 90182015",
            "(030) 901820-15",
            "+493090182015",
            "00493090182015",
        ] {
            check(phone, "+49 (0) 30 / 901820-15", true);
            check(phone, "+49 30 90182016", false);
        }
    }

    #[test]
    fn codes_are_short_and_not_what_many_numbers_are() {
        let check = |text: &str, expected: &[&str]| {
            let mut found = Vec::new();
            each_code(text, |number| found.push(&text[number.start..number.end]));
            assert_eq!(found, expected, "{text}");
        };
        check("my PIN is 4711.", &["4711"]);
        check("555-0134", &["555-0134", "0134"]);
        check("pin_4711 v4711 in 2026, 20260605 or 1200", &[]);
        check("at 12:34 on 2026-06-05, 17 times", &[]);
        let mut found = 0;
        each_code_of_value("pin_4711 pin:4711 pin=4711 a4711b", |_| found += 1);
        assert_eq!(found, 3);
    }
}
