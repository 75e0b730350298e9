//! JSON over several lines, for reading. Values keep their text; keys are written as canonical text has them.

use super::canonical::{canonical_key, write_compact};
use super::value::{Kind, Value};

/// Appends a value over several lines, two spaces a level.
pub fn write_pretty(value: Value<'_>, out: &mut String) {
    write(value, 0, out);
}

fn write(value: Value<'_>, level: usize, out: &mut String) {
    let (open, close) = match value.kind() {
        Kind::Array if !value.is_empty() => ('[', ']'),
        Kind::Object if !value.is_empty() => ('{', '}'),
        _ => return write_compact(value, out),
    };
    out.push(open);
    for (index, child) in value.children().enumerate() {
        if index > 0 {
            out.push(',');
        }
        new_line(level + 1, out);
        if let Some(key) = canonical_key(child) {
            out.push('"');
            out.push_str(&key);
            out.push_str("\": ");
        }
        write(child, level + 1, out);
    }
    new_line(level, out);
    out.push(close);
}

fn new_line(level: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', level * 2));
}
