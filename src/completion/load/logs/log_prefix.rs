//! What a log wrote around a line, in the forms of `docker compose`, Kubernetes, syslog and mail, in the JSON of a
//! container's log and of the journal, or as Python prints bytes.

use std::borrow::Cow;

use crate::completion::load::exchange::python_bytes;
use crate::completion::load::framing;
use crate::json::Value;

/// A line's own words and what they stand before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct Prefix<'t> {
    /// What tells the lines of one source from those of another.
    pub source: Cow<'t, str>,
    /// What was logged.
    pub rest: LoggedText<'t>,
    /// Whether the next line of the source goes on in the middle of this one.
    pub is_partial: bool,
}

/// What was logged on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) enum LoggedText<'t> {
    /// The end of the line as it stands.
    Verbatim(&'t str),
    /// What a string holds that begins at this byte of the line.
    Held(usize, String),
}

impl<'t> Prefix<'t> {
    /// Of a line before which nothing stands.
    pub fn none(line: &'t str) -> Prefix<'t> {
        Prefix {
            source: Cow::Borrowed(""),
            rest: LoggedText::Verbatim(line),
            is_partial: false,
        }
    }
}

impl LoggedText<'_> {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            LoggedText::Verbatim(text) => text,
            LoggedText::Held(_, text) => text,
        }
    }
}

/// What stands around what a line logs, if anything is known to.
pub(in crate::completion::load) fn of(line: &str) -> Option<Prefix<'_>> {
    if line.starts_with('{') && context(line).is_none() {
        return record(line);
    }
    if let Some(held) = bytes_of_python(line) {
        return Some(Prefix {
            source: Cow::Borrowed(""),
            rest: LoggedText::Held(0, held),
            is_partial: false,
        });
    }
    words(line).map(|(source, rest, is_partial)| Prefix {
        source: Cow::Borrowed(source),
        rest: LoggedText::Verbatim(rest),
        is_partial,
    })
}

/// A line of a container's log (`log`, `stream`) or of the journal (`MESSAGE`).
fn record(line: &str) -> Option<Prefix<'_>> {
    let has = |key: &str| memchr::memmem::find(line.as_bytes(), key.as_bytes()).is_some();
    let is_container = has("\"log\"") && has("\"stream\"");
    if !is_container && !has("\"MESSAGE\"") {
        return None;
    }
    let doc = framing::document(line.as_bytes())?;
    let root = doc.root();
    let logged = match is_container {
        true => root.get("log")?,
        false => root.get("MESSAGE")?,
    };
    let text = logged.str()?;
    let named =
        |value: Option<Value<'_>>| value.and_then(Value::str).unwrap_or_default().into_owned();
    let pod = root.get("kubernetes").and_then(|of| of.get("pod_name"));
    let source = named(root.get("stream")) + &named(pod) + &named(root.get("_PID"));
    let bare = text.strip_suffix('\n').unwrap_or(&text);
    Some(Prefix {
        source: Cow::Owned(source),
        // Docker cuts what is longer than its buffer, and only the end of it has a newline.
        is_partial: is_container && bare.len() == text.len(),
        rest: LoggedText::Held(logged.span().start, bare.to_owned()),
    })
}

/// What `b'…'` holds, as Python prints the lines of a response that nobody decoded.
fn bytes_of_python(line: &str) -> Option<String> {
    let inside = line.trim_end().strip_prefix('b')?;
    let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inside = inside[1..].strip_suffix(quote)?;
    let bytes = python_bytes(inside);
    String::from_utf8(bytes).ok()
}

/// The source, the rest, and whether the next line goes on in the middle of it, of a line with words before.
pub(super) fn words(line: &str) -> Option<(&str, &str, bool)> {
    const PARTS: usize = 4;
    let (mut source, mut rest, mut is_partial) = ("", line, false);
    for _ in 0..PARTS {
        let next = service(rest)
            .or_else(|| quotation(rest))
            .or_else(|| pod(rest))
            .or_else(|| syslog(rest))
            .or_else(|| process(rest))
            .or_else(|| logcat(rest))
            .or_else(|| Some(("", context(rest)?)))
            .or_else(|| Some(("", time(rest)?)))
            .or_else(|| Some(("", clock(rest)?)));
        let (named, behind) = match next {
            Some(next) => next,
            None => match container(rest) {
                Some((named, behind, partial)) => {
                    is_partial = partial;
                    (named, behind)
                }
                None => break,
            },
        };
        let is_whole = || behind.starts_with('{') && behind.trim_end().ends_with('}');
        // Of a quotation each line has its mark.
        let is_label = named != QUOTATION && is_whole() && is_half_of_call(named);
        if is_label && source.is_empty() {
            break;
        }
        if !named.is_empty() && !is_label {
            source = named;
        }
        rest = behind;
    }
    (rest.len() < line.len()).then_some((source, rest, is_partial))
}

/// Whether what looks like a source may but say which half of a call follows: `request |`, `response[1]:`, `>`. Behind that a
/// document need not have it on each line, and what stands on one line is no source's.
pub(in crate::completion::load) fn is_half_of_call(source: &str) -> bool {
    const HALVES: [&str; 12] = [
        QUOTATION,
        "request",
        "response",
        "req",
        "res",
        "resp",
        "in",
        "out",
        "input",
        "output",
        "user",
        "assistant",
    ];
    let is_half = |word: &str| HALVES.iter().any(|half| half.eq_ignore_ascii_case(word));
    source.split(['[', ']']).any(is_half)
}

/// The source of lines behind `> `.
const QUOTATION: &str = ">";

/// What R's httr2 and reprex, and Dart's loggers, have before each line of a body.
const MARKS: [&str; 5] = ["<<", "#> <<", "#> >>", "#>", "║"];

/// `> ` of a quotation in a mail or in Markdown.
fn quotation(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = MARKS.iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some((QUOTATION, rest.strip_prefix(' ').unwrap_or(rest)));
    }
    if line.starts_with('<') {
        // Beside `> ` of what was sent this is what came.
        let came = line.trim_start_matches('<').strip_prefix(' ')?;
        let is_whole = came.starts_with('{') && came.trim_end().ends_with('}');
        return is_whole.then_some((QUOTATION, came));
    }
    let rest = line.trim_start_matches('>');
    let is_quoted = rest.len() < line.len();
    is_quoted.then(|| (QUOTATION, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// `web-1  | ` of `docker compose`.
fn service(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 64;
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let rest = line.trim_start_matches(is_of_name);
    let name = &line[..line.len() - rest.len()];
    let behind = rest.trim_start_matches(' ').strip_prefix('|')?;
    let is_name = !name.is_empty() && name.len() <= LONGEST;
    is_name.then(|| (name, behind.strip_prefix(' ').unwrap_or(behind)))
}

/// `[pod/web/app] ` of `kubectl logs --prefix`.
fn pod(line: &str) -> Option<(&str, &str)> {
    let inside = line.strip_prefix("[pod/")?;
    let (name, rest) = inside.split_once("] ")?;
    (!name.contains(' ')).then_some((name, rest))
}

/// `stdout F ` of a container's log file, behind its time; with a `P` the next line goes on in the middle.
fn container(line: &str) -> Option<(&str, &str, bool)> {
    const FORMS: [(&str, bool); 4] = [
        ("stdout F ", false),
        ("stderr F ", false),
        ("stdout P ", true),
        ("stderr P ", true),
    ];
    FORMS.iter().find_map(|(words, is_partial)| {
        let rest = line.strip_prefix(words)?;
        Some((&line[..line.find(' ')?], rest, *is_partial))
    })
}

/// `May  6 01:35:13 host app[123]: ` of syslog and journald.
fn syslog(line: &str) -> Option<(&str, &str)> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let rest = MONTHS.iter().find_map(|month| line.strip_prefix(month))?;
    let (_, rest) = rest.trim_start().split_once(' ')?;
    let (clock, rest) = rest.split_once(' ')?;
    let (source, rest) = rest.split_once(": ")?;
    let is_clock = clock.len() >= 8 && clock.split(':').count() == 3;
    let is_source = source.split(' ').count() == 2 && !source.contains('{');
    (is_clock && is_source).then_some((source, rest))
}

/// `app[web.1]: ` of Heroku and others who write a process behind the time.
fn process(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 80;
    let end = line
        .char_indices()
        .take(LONGEST)
        .find(|(_, c)| *c == ']')?
        .0;
    let (name, number) = line[..end].split_once('[')?;
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_one = !name.is_empty()
        && !number.is_empty()
        && name.chars().chain(number.chars()).all(is_of_name);
    let rest = line[end..].strip_prefix("]: ")?;
    is_one.then_some((&line[..=end], rest))
}

/// `05-06 01:35:13.123  4321  4399 D OkHttp  : ` of Android's logcat, where OkHttp logs each line of a message by itself, and `2026-05-06 01:35:13.123  4321-4399  okhttp.OkHttpClient
/// com.example.app  D  ` as Android Studio shows it.
fn logcat(line: &str) -> Option<(&str, &str)> {
    const LEVELS: [&str; 6] = ["V", "D", "I", "W", "E", "F"];
    /// Of the columns.
    const LONGEST: usize = 200;
    let is_day = |day: &str| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        matches!(day.len(), 5 | 10) && day.bytes().all(is_digit)
    };
    let is_of_okhttp = || {
        let columns = line.get(..line.len().min(LONGEST)).unwrap_or(line);
        columns.contains("OkHttp") || columns.contains("okhttp")
    };
    if !line.starts_with(|c: char| c.is_ascii_digit()) || !is_of_okhttp() {
        return None;
    }
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let mut at = 0;
    let mut word = || {
        let rest = &line[at..];
        let start = at + rest.len() - rest.trim_start_matches(' ').len();
        let length = line[start..].find(' ')?;
        at = start + length;
        (at <= LONGEST).then(|| (start, &line[start..at], &line[at..]))
    };
    let is_clock = |clock: &str| clock.len() == 12 && clock.as_bytes()[8] == b'.';
    let (_, day, _) = word()?;
    let (_, clock, _) = word()?;
    let (start, process, _) = word()?;
    if !is_day(day) || !is_clock(clock) {
        return None;
    }
    if let Some((process, thread)) = process.split_once('-') {
        let (_, _tag, _) = word()?;
        let (_, _package, _) = word()?;
        let (end, level, behind) = word()?;
        let is_one = is_number(process) && is_number(thread) && LEVELS.contains(&level);
        return is_one.then(|| {
            let source = line[start..end].trim_end();
            (source, behind.trim_start_matches(' '))
        });
    }
    let (_, thread, _) = word()?;
    let (_, level, _) = word()?;
    let (tag, _, behind) = word()?;
    let is_one = is_number(process) && is_number(thread) && LEVELS.contains(&level);
    // A name may have blanks behind it, and the colon may stand at its end.
    let colon = line[tag..].find(": ").map(|colon| (tag + colon, colon + 2));
    let (end, length) = colon.filter(|(end, _)| *end <= LONGEST && behind.len() < line.len())?;
    is_one.then(|| (line[start..end].trim_end(), &line[tag + length..]))
}

/// What follows a logger's context: `{traceId=a, spanId=b} `.
pub(in crate::completion::load) fn context(line: &str) -> Option<&str> {
    const LONGEST: usize = 400;
    let inside = line.strip_prefix('{')?;
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let head = &inside.as_bytes()[..inside.len().min(LONGEST)];
    let end = head
        .iter()
        .position(|byte| matches!(byte, b'}' | b'{' | b'"' | b'\'' | b'\n'))?;
    let words = &inside[..end];
    let rest = inside[end..].strip_prefix("} ")?;
    words.contains('=').then_some(rest)
}

/// The rest of a line behind `2026-05-06T01:35:13.123Z ` or the like.
fn time(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let is_like = |at: usize, like: u8| {
        bytes.get(at).is_some_and(|byte| match like {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            like => *byte == like,
        })
    };
    let form = b"0000-00-00T00:00:00";
    if !form.iter().enumerate().all(|(at, like)| is_like(at, *like)) {
        return None;
    }
    let rest = &line[form.len()..];
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".,:+-Z".contains(c));
    rest.strip_prefix(' ')
}

/// The rest of a line behind `12:00:00 `, where the name of a process follows: `web.1  | ` of foreman and its like.
fn clock(line: &str) -> Option<&str> {
    let (clock, rest) = line.split_once(' ')?;
    let form = b"00:00:00";
    let is_clock = clock.len() == form.len()
        && clock.bytes().zip(form).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            like => byte == *like,
        });
    (is_clock && service(rest).is_some()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_prefixes() {
        let check = |line: &str, source: &str, rest: &str| {
            let found = words(line).map(|(source, rest, _)| (source, rest));
            assert_eq!(found, Some((source, rest)), "{line:?}");
        };
        check("web-1  | {", "web-1", "{");
        check("web-1  |   \"a\": 1", "web-1", "  \"a\": 1");
        check("web-1  |", "web-1", "");
        check("web-1  | 2026-05-06T01:35:13.123456789Z {", "web-1", "{");
        check("2026-05-06T01:35:13.1Z stdout F {", "stdout", "{");
        check("2026-05-06 01:35:13,123   \"a\": 1", "", "  \"a\": 1");
        check("[pod/web-5/app] {", "web-5/app", "{");
        check("12:00:00 web.1  | {", "web.1", "{");
        check(
            "05-06 01:35:14.123  4321  4399 D OkHttp  : {",
            "4321  4399 D OkHttp",
            "{",
        );
        check(
            "2026-05-06 01:35:14.123  4321-4399  okhttp.OkHttpClient     com.example.app                      I  {",
            "4321-4399  okhttp.OkHttpClient     com.example.app",
            "{",
        );
        check("> {", ">", "{");
        check("> data: {}", ">", "data: {}");
        check(">>> {}", ">", "{}");
        check("<<< {}", ">", "{}");
        check("web-1  | request | {}", "web-1", "{}");
        check("request | {", "request", "{");
        check("response[1]: {", "response[1]", "{");
        check("May  6 01:35:13 host app[123]:   }", "host app[123]", "  }");
        for line in [
            "{",
            "  \"a\": 1",
            "a: b",
            "May I: no",
            "2026-05-06",
            "| x",
            "12:00:00 {",
            "< data: {}",
            "Request | {}",
            "response[1]: {\"a\":1}",
            "openai[req]: {}",
        ] {
            assert_eq!(words(line), None, "{line:?}");
        }
    }

    #[test]
    fn knows_records_around_lines() {
        let check = |line: &str, source: &str, rest: &str, is_partial: bool| {
            let found = of(line).map(|found| {
                let text = found.rest.text().to_owned();
                (found.source.into_owned(), text, found.is_partial)
            });
            let expected = (source.to_owned(), rest.to_owned(), is_partial);
            assert_eq!(found, Some(expected), "{line}");
        };
        check(
            r#"{"log":"data: {}\n","stream":"stdout","time":"x"}"#,
            "stdout",
            "data: {}",
            false,
        );
        check(
            r#"{"log":"{\"a\":","stream":"stderr"}"#,
            "stderr",
            "{\"a\":",
            true,
        );
        check(r#"{"MESSAGE":"{","_PID":"7"}"#, "7", "{", false);
        check(
            "2026-05-06T01:35:13.1Z stdout P {\"a\":",
            "stdout",
            "{\"a\":",
            true,
        );
        check(r"b'data: {\'a\'}'", "", "data: {'a'}", false);
        check(r#"b"it's \\n""#, "", r"it's \n", false);
        for line in [
            "{\"msg\":\"x\"}",
            "b'open",
            "build",
            "{\"log\":1,\"stream\":2}",
        ] {
            assert_eq!(of(line), None, "{line:?}");
        }
    }
}
