//! Times and durations as recorders write them.

use crate::completion::time;
use crate::json::{Kind, Value};

use super::keys;

/// Milliseconds since 1970: ISO 8601, HTTP's form of a date, or a number of seconds, milliseconds,
/// microseconds or nanoseconds, told by its size.
pub(in crate::completion::load) fn of(value: Value<'_>) -> Option<i128> {
    match value.kind() {
        Kind::Number => of_number(value.raw()),
        Kind::String => of_text(&value.str()?),
        // Seconds and the milliseconds beyond them, as Helicone's SDK logs them.
        Kind::Object => {
            let seconds = time::scaled(keys::get(value, &["seconds"])?.number()?, 3)?;
            let rest = keys::get(value, &["milliseconds"]).and_then(Value::number);
            Some(seconds + rest.and_then(time::rounded).unwrap_or(0))
        }
        _ => None,
    }
}

/// The same of a text.
pub(in crate::completion::load) fn of_text(text: &str) -> Option<i128> {
    let text = text.trim();
    time::millis_of_iso(text)
        .or_else(|| time::millis_of_http_date(text))
        .or_else(|| is_number(text).then(|| of_number(text)).flatten())
}

fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn of_number(number: &str) -> Option<i128> {
    // Each bound is far beyond now in the smaller unit and long past in the larger one.
    let shift = match time::scaled(number, 0)? {
        // Seconds of before 1973 are rather a duration or a counter.
        ..100_000_000 => return None,
        100_000_000..100_000_000_000 => 3,
        100_000_000_000..100_000_000_000_000 => 0,
        100_000_000_000_000..100_000_000_000_000_000 => -3,
        _ => -6,
    };
    time::scaled(number, shift)
}

/// A number of milliseconds, rounded to whole ones.
pub(super) fn millis(value: Value<'_>) -> Option<i128> {
    match value.kind() {
        Kind::Number => time::rounded(value.raw()),
        Kind::String => {
            let text = value.str()?;
            match is_number(&text) {
                true => time::rounded(&text),
                false => with_unit(&text),
            }
        }
        _ => None,
    }
}

/// Milliseconds of a number of seconds, which may be text.
pub(super) fn seconds(value: Value<'_>) -> Option<i128> {
    let text = value.str().unwrap_or(value.raw().into());
    with_unit(&format!("{text}s"))
}

/// Milliseconds of a duration with its units, as Go writes it: `812.4ms`, `1m2.5s`.
pub(super) fn with_unit(text: &str) -> Option<i128> {
    let mut rest = text.trim();
    let mut nanos: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let length = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let each: i128 = match unit.trim() {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        // Nine digits of each number count: more than any clock has.
        let billionths = time::scaled(number, 9).filter(|n| *n < 1 << 80)?;
        nanos = nanos.checked_add(billionths.checked_mul(each)? / 1_000_000_000)?;
        rest = after;
    }
    Some((nanos + 500_000) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_in_every_unit_and_form() {
        let check = |text: &str, expected| assert_eq!(of_text(text), expected, "{text}");
        let at = Some(1_778_031_313_500);
        check("2026-05-06T01:35:13.500Z", at);
        check("2026-05-06 01:35:13.500", at);
        check("Wed, 06 May 2026 01:35:13 GMT", Some(1_778_031_313_000));
        for number in [
            "1778031313.5",
            "1778031313500",
            "1778031313500000",
            "1778031313500000000",
        ] {
            check(number, at);
        }
        check("0.812", None);
        check("soon", None);
        check("", None);
    }

    #[test]
    fn reads_durations_with_their_units() {
        let check = |text: &str, expected| assert_eq!(with_unit(text), expected, "{text}");
        check("812.4ms", Some(812));
        check("812.5ms", Some(813));
        check("1m2.5s", Some(62_500));
        check("900µs", Some(1));
        check("1h", Some(3_600_000));
        check("7", None);
        check("7 parsecs", None);
        check("", None);
        check("99999999999999999999999999999999h", None);
    }
}
