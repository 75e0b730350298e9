//! RFC 6901 JSON pointers as plain strings.

use super::value::{Kind, Value};

/// Appends an object's key, escaped.
pub fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    for c in key.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// Appends an array's index.
pub fn push_index(pointer: &mut String, index: usize) {
    use std::fmt::Write;
    let _ = write!(pointer, "/{index}");
}

/// The pointer of `key` below `parent`.
pub fn join(parent: &str, key: &str) -> String {
    let mut out = parent.to_owned();
    push(&mut out, key);
    out
}

/// The reference tokens of a pointer, unescaped.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// A pointer and those of the containers around it, without the root.
pub fn upwards(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |at| Some(at.rsplit_once('/')?.0))
        .filter(|at| !at.is_empty())
}

/// Whether `pointer` is `ancestor` or below it.
pub fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer
        .strip_prefix(ancestor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Follows a pointer from `value`.
pub fn resolve<'d>(value: Value<'d>, pointer: &str) -> Option<Value<'d>> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    tokens(pointer).try_fold(value, |value, token| match value.kind() {
        Kind::Object => value.get(&token),
        Kind::Array if token == "0" || !token.starts_with('0') => {
            token.parse().ok().and_then(|index| value.item(index))
        }
        _ => None,
    })
}
