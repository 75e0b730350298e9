//! Times as the event has them: ISO 8601, UTC, milliseconds, cut and not rounded.

use jiff::Timestamp;

/// Milliseconds since 1970 of an ISO 8601 time. One without a zone is taken as UTC (assumed).
pub fn millis_of_iso(text: &str) -> Option<i128> {
    Some(nanos_of_iso(text)?.div_euclid(1_000_000))
}

/// The same in nanoseconds.
pub fn nanos_of_iso(text: &str) -> Option<i128> {
    // A date alone tells no time.
    let text = Some(text.trim()).filter(|text| text.contains([':', 'T', 't']))?;
    let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(timestamp.as_nanosecond())
}

/// Milliseconds since 1970 of the time in an HTTP `date` header.
pub fn millis_of_http_date(text: &str) -> Option<i128> {
    let time = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(i128::from(time.timestamp().as_millisecond()))
}

/// A JSON number times ten to the power of `shift`, cut to an integer.
/// `None` beyond what a time or a duration can be.
pub fn scaled(number: &str, shift: i32) -> Option<i128> {
    // Nearly all are integers of a usual size.
    if let Ok(integer) = number.parse::<i64>()
        && let Some(factor) = 10_i64.checked_pow(shift.unsigned_abs())
    {
        return Some(match shift >= 0 {
            true => i128::from(integer) * i128::from(factor),
            false => i128::from(integer / factor),
        });
    }
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let point = i32::try_from(whole.len())
        .ok()?
        .checked_add(exponent)?
        .checked_add(shift)?;
    let all: String = [whole, fraction].concat();
    if all.bytes().all(|byte| byte == b'0') {
        return Some(0);
    }
    if point <= 0 {
        return Some(0);
    }
    let point = usize::try_from(point).ok().filter(|point| *point <= 30)?;
    let mut integer: String = all.chars().take(point).collect();
    integer.extend(std::iter::repeat_n('0', point - integer.len()));
    integer.parse::<i128>().ok().map(|value| sign * value)
}

/// A JSON number rounded to the nearest integer.
pub fn rounded(number: &str) -> Option<i128> {
    let tenths = scaled(number, 1)?;
    Some((tenths + 5 * tenths.signum()) / 10)
}

/// Milliseconds since 1970 of a time as access logs have it: `06/May/2026:01:33:12 +0000`.
pub fn millis_of_access_log(text: &str) -> Option<i128> {
    let parsed = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
    let at = parsed.to_timestamp().ok()?;
    Some(i128::from(at.as_millisecond()))
}

/// The time as the event has it; `None` outside the years that can be written.
pub fn iso(millis: i128) -> Option<String> {
    let timestamp = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(format!("{timestamp:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_numbers_by_their_text() {
        let check = |text, shift, expected| assert_eq!(scaled(text, shift), expected, "{text}");
        check("1780662787", 3, Some(1_780_662_787_000));
        check("1780662787.1239", 3, Some(1_780_662_787_123));
        check("1.780662787e9", 3, Some(1_780_662_787_000));
        check("1780662787139000001", -6, Some(1_780_662_787_139));
        check("0.0004", 3, Some(0));
        check("-1.5", 0, Some(-1));
        check("1e400", 0, None);
        check("0e400", 0, Some(0));
        assert_eq!(rounded("2139.5"), Some(2140));
        assert_eq!(rounded("2139"), Some(2139));
    }

    #[test]
    fn reads_the_date_of_a_header() {
        let check = |text, expected: Option<&str>| {
            let read = millis_of_http_date(text).and_then(iso);
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check(
            "Wed, 08 Jul 2026 09:46:40 GMT",
            Some("2026-07-08T09:46:40.000Z"),
        );
        check("2026-07-08", None);
    }

    #[test]
    fn writes_and_reads_iso() {
        let check = |text, expected: Option<&str>| {
            assert_eq!(
                millis_of_iso(text).and_then(iso).as_deref(),
                expected,
                "{text}"
            );
        };
        check("2026-09-05T12:54:38.86Z", Some("2026-09-05T12:54:38.860Z"));
        check(
            "2026-09-05T14:54:38.8699999+02:00",
            Some("2026-09-05T12:54:38.869Z"),
        );
        check("2026-09-05T12:54:38", Some("2026-09-05T12:54:38.000Z"));
        check(
            "2026-09-05 12:54:38.123456Z",
            Some("2026-09-05T12:54:38.123Z"),
        );
        check("yesterday", None);
    }
}
