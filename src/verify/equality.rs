//! Whether two JSON values say the same.

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::json::{Kind, Members, Value};

/// How a stored value is like the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// To the letter.
    Same,
    /// The same number or time, written in another way.
    Respelled,
    /// The same value as text.
    AsText,
    /// The nearest number that 64 bits can hold.
    Rounded,
    /// Its beginning.
    Cut,
    /// Another value.
    Other,
}

/// What the vendor's clients put at the end of a text that they cut.
const CUT: &str = "...[truncated by raindrop]";

/// Compares two values of which the one that was sent holds no others, or nothing.
pub(super) fn of_leaf(sent: Value<'_>, stored: Value<'_>) -> Likeness {
    match (sent.kind(), stored.kind()) {
        (Kind::Number, Kind::Number) => of_numbers(sent.raw(), stored.raw()),
        (Kind::String, Kind::String) => {
            let (sent, stored) = (
                sent.str().unwrap_or_default(),
                stored.str().unwrap_or_default(),
            );
            match stored.strip_suffix(CUT) {
                _ if sent == stored => Likeness::Same,
                Some(beginning) if sent.starts_with(beginning) => Likeness::Cut,
                _ => Likeness::Other,
            }
        }
        (Kind::Number, Kind::String) => {
            let text = stored.str().unwrap_or_default();
            match of_numbers(sent.raw(), text.trim()) {
                Likeness::Same | Likeness::Respelled => Likeness::AsText,
                other => other,
            }
        }
        (Kind::True | Kind::False | Kind::Null, Kind::String) => {
            match stored.str().is_some_and(|text| text == sent.raw()) {
                true => Likeness::AsText,
                false => Likeness::Other,
            }
        }
        // "1.10" is no number: as one it would lose what it says.
        (Kind::String, Kind::Number | Kind::True | Kind::False) => {
            match sent.str().is_some_and(|text| text == stored.raw()) {
                true => Likeness::AsText,
                false => Likeness::Other,
            }
        }
        (one, other) if one == other && (!one.is_container() || stored.is_empty()) => {
            Likeness::Same
        }
        _ => Likeness::Other,
    }
}

/// Whether two values say the same, whatever their spelling and the order of their keys.
pub(super) fn is_same_value(sent: Value<'_>, stored: Value<'_>) -> bool {
    match (sent.kind(), stored.kind()) {
        (Kind::Object, Kind::Object) => {
            let others = Members::of(stored);
            sent.len() == stored.len()
                && sent.children().all(|member| {
                    let other = others.get(&member.key().unwrap_or_default());
                    other.is_some_and(|other| is_same_value(member, other))
                })
        }
        (Kind::Array, Kind::Array) => {
            sent.len() == stored.len()
                && sent
                    .children()
                    .zip(stored.children())
                    .all(|(one, other)| is_same_value(one, other))
        }
        _ => matches!(of_leaf(sent, stored), Likeness::Same | Likeness::Respelled),
    }
}

/// Compares two times: ISO 8601, in UTC where it names no zone, or epoch milliseconds.
pub(super) fn of_times(sent: Value<'_>, stored: Value<'_>) -> Likeness {
    match (instant(sent), instant(stored)) {
        _ if of_leaf(sent, stored) == Likeness::Same => Likeness::Same,
        (Some(one), Some(other)) if one == other => Likeness::Respelled,
        _ => Likeness::Other,
    }
}

fn instant(value: Value<'_>) -> Option<Timestamp> {
    if let Some(number) = value.number() {
        return Timestamp::from_millisecond(number.parse().ok()?).ok();
    }
    let text = value.str()?;
    text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<civil::DateTime>().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// Whether two texts are the same number, however each is written.
#[cfg(feature = "program")]
pub fn is_same_number(one: &str, other: &str) -> bool {
    Decimal::of(one).is_some_and(|one| Some(one) == Decimal::of(other))
}

fn of_numbers(sent: &str, stored: &str) -> Likeness {
    if sent == stored {
        return Likeness::Same;
    }
    let (Some(one), Some(other)) = (Decimal::of(sent), Decimal::of(stored)) else {
        return Likeness::Other;
    };
    if one == other {
        return Likeness::Respelled;
    }
    // No number passes through a float but here, where the question is whether one did.
    match (sent.parse::<f64>(), stored.parse::<f64>()) {
        (Ok(one), Ok(other)) if one == other && one.is_finite() => Likeness::Rounded,
        _ => Likeness::Other,
    }
}

/// A number without loss: its significant digits, and the power of ten that they are multiplied by.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a number as JSON writes it.
    fn of(text: &str) -> Option<Decimal> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_extra_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || has_extra_zero || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0').to_owned();
        let zeros = all.len() - all.trim_end_matches('0').len();
        if digits.is_empty() {
            return Some(Decimal {
                is_negative: false,
                digits,
                exponent: 0,
            });
        }
        let exponent = exponent
            .checked_sub(i64::try_from(fraction.len()).ok()?)?
            .checked_add(i64::try_from(zeros).ok()?)?;
        Some(Decimal {
            is_negative,
            digits,
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::json::{Document, Limits};

    fn likeness(sent: &str, stored: &str) -> Likeness {
        let parse = |text: &str| Document::parse(text.into(), Limits::default()).unwrap();
        of_leaf(parse(sent).root(), parse(stored).root())
    }

    #[test]
    fn what_says_the_same() {
        use Likeness::{AsText, Cut, Other, Respelled, Rounded, Same};
        let table = [
            ("1.48e-05", "1.48e-05", Same),
            ("1.48e-05", "0.0000148", Respelled),
            ("1.48e-05", "1.480E-5", Respelled),
            ("100", "1e2", Respelled),
            ("-0", "0.0", Respelled),
            ("1e400", "10e399", Respelled),
            ("1e99999999999999999999", "1", Other),
            ("1.48e-05", "0.0000149", Other),
            ("-1", "1", Other),
            ("12345678901234567890", "12345678901234567000", Rounded),
            ("0.1", "0.1000000000000000055511151231257827", Rounded),
            ("1e400", "2e400", Other),
            ("0.00147825", r#""0.00147825""#, AsText),
            ("1.48e-05", r#""0.0000148""#, AsText),
            ("7", r#""07""#, Other),
            ("7", r#""seven""#, Other),
            ("true", r#""true""#, AsText),
            ("true", r#""True""#, Other),
            ("true", "false", Other),
            ("null", r#""null""#, AsText),
            ("null", "null", Same),
            ("null", "0", Other),
            (r#""7""#, "7", AsText),
            (r#""1.10""#, "1.1", Other),
            (r#""007""#, "7", Other),
            (r#""a\u00e9""#, r#""aé""#, Same),
            (r#""a""#, r#""a ""#, Other),
            (r#""abcdef""#, r#""abc...[truncated by raindrop]""#, Cut),
            (r#""abcdef""#, r#""abd...[truncated by raindrop]""#, Other),
            ("{}", "{}", Same),
            ("{}", r#"{"a":1}"#, Other),
            ("[]", "{}", Other),
        ];
        for (sent, stored, expected) in table {
            assert_eq!(likeness(sent, stored), expected, "{sent} {stored}");
        }
    }

    #[test]
    fn times() {
        let same = |sent: &str, stored: &str| {
            let parse = |text: &str| Document::parse(text.into(), Limits::default()).unwrap();
            of_times(parse(sent).root(), parse(stored).root())
        };
        let sent = r#""2026-06-05T12:31:53.986Z""#;
        let table = [
            (sent, Likeness::Same),
            (r#""2026-06-05T14:31:53.986+02:00""#, Likeness::Respelled),
            (r#""2026-06-05 12:31:53.986""#, Likeness::Respelled),
            ("1780662713986", Likeness::Respelled),
            (r#""2026-06-05T12:31:53Z""#, Likeness::Other),
            (r#""2026-06-05T12:31:54.986Z""#, Likeness::Other),
            (r#""yesterday""#, Likeness::Other),
            ("null", Likeness::Other),
        ];
        for (stored, expected) in table {
            assert_eq!(same(sent, stored), expected, "{stored}");
        }
    }
}
