//! A value as Python's `repr` shows it, as JSON.

use std::fmt::Write;

use crate::json::quote;

/// Values within one another that are read.
const DEPTH: usize = 64;

/// The JSON of the value that a text begins with, and where that ends. `None` where it is no plain value, as what has a
/// function or an object of a class in it.
pub(in crate::completion::load::exchange) fn json_of_python(text: &str) -> Option<(String, usize)> {
    let mut reader = Literal {
        text,
        at: 0,
        out: String::new(),
    };
    reader.value(DEPTH)?;
    Some((reader.out, reader.at))
}

struct Literal<'t> {
    text: &'t str,
    at: usize,
    out: String,
}

impl Literal<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a mark, if it is next.
    fn takes(&mut self, mark: &str) -> bool {
        self.blank();
        let is_next = self.rest().starts_with(mark);
        self.at += if is_next { mark.len() } else { 0 };
        is_next
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        const WORDS: [(&str, &str); 3] = [("True", "true"), ("False", "false"), ("None", "null")];
        let depth = depth.checked_sub(1)?;
        self.blank();
        if let Some((word, json)) = WORDS.iter().find(|(word, _)| self.rest().starts_with(word)) {
            self.at += word.len();
            self.out.push_str(json);
            return Some(());
        }
        match self.rest().chars().next()? {
            '{' => self.items('{', '}', depth),
            '[' => self.items('[', ']', depth),
            '(' => self.items('(', ')', depth),
            '\'' | '"' => self.string(),
            '0'..='9' | '-' => self.number(),
            _ => None,
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<()> {
        let (json_open, json_close) = if open == '{' { ('{', '}') } else { ('[', ']') };
        self.at += 1;
        self.out.push(json_open);
        let mut is_first = true;
        while !self.takes(close.encode_utf8(&mut [0; 4])) {
            if !is_first {
                if !self.takes(",") {
                    return None;
                }
                if self.takes(close.encode_utf8(&mut [0; 4])) {
                    break;
                }
                self.out.push(',');
            }
            is_first = false;
            if open == '{' {
                self.blank();
                self.rest().starts_with(['\'', '"']).then_some(())?;
                self.string()?;
                if !self.takes(":") {
                    return None;
                }
                self.out.push(':');
            }
            self.value(depth)?;
        }
        self.out.push(json_close);
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.rest();
        let is_of_one = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        let number = &rest[..rest.find(|c| !is_of_one(c)).unwrap_or(rest.len())];
        let number = number.to_owned();
        number.parse::<f64>().ok()?;
        self.at += number.len();
        self.out.push_str(&number);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let text = self.text;
        let mut chars = text.get(self.at..)?.char_indices();
        let (_, mark) = chars.next()?;
        let mut plain = String::new();
        while let Some((at, c)) = chars.next() {
            if c == mark {
                self.at += at + mark.len_utf8();
                let _ = write!(self.out, "{}", quote(&plain));
                return Some(());
            }
            if c != '\\' {
                plain.push(c);
                continue;
            }
            let (_, escape) = chars.next()?;
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            if digits > 0 {
                let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                let code = u32::from_str_radix(&hex, 16).ok()?;
                plain.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            match escape {
                'n' => plain.push('\n'),
                'r' => plain.push('\r'),
                't' => plain.push('\t'),
                '\\' | '\'' | '"' => plain.push(escape),
                other => plain.extend(['\\', other]),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_values_alone() {
        let check = |text: &str, expected: Option<(&str, usize)>| {
            let expected = expected.map(|(json, end)| (json.to_owned(), end));
            assert_eq!(json_of_python(text), expected, "{text}");
        };
        check(
            r#"{'a': [1, -2.5e-06, ()], "b": (True, None,)} behind"#,
            Some((r#"{"a":[1,-2.5e-06,[]],"b":[true,null]}"#, 44)),
        );
        check(
            r#"{'it\'s "x"': "\xe9\u00fc\n\\"}"#,
            Some(("{\"it's \\\"x\\\"\":\"éü\\n\\\\\"}", 31)),
        );
        for other in [
            "{'a': <function x at 0x7f>}",
            "{'a': Timeout(5)}",
            "{'a': 'open",
            "{1: 2}",
            "{'a' 1}",
            "",
        ] {
            check(other, None);
        }
        assert_eq!(json_of_python(&"[".repeat(1000)), None);
    }
}
