//! Members looked up in any spelling: `status_code`, `statusCode`, `StatusCode` and `:status_code` are one.

use crate::json::{Kind, Value};

/// A key in small letters and digits alone.
pub(super) fn plain(key: &str) -> String {
    let letters = key.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a key is spelled like one in its plain form.
fn is_spelling(key: &str, plain: &str) -> bool {
    let mut letters = key.bytes().filter(u8::is_ascii_alphanumeric);
    plain.bytes().all(|byte| {
        letters
            .next()
            .is_some_and(|b| b.to_ascii_lowercase() == byte)
    }) && letters.next().is_none()
}

/// The member of an object under the first of these names, each in its plain form, that is there and not
/// `null`.
pub(super) fn get<'d>(value: Value<'d>, names: &[&str]) -> Option<Value<'d>> {
    if value.kind() != Kind::Object {
        return None;
    }
    names.iter().find_map(|name| {
        let is_it = |member: &Value<'d>| {
            !member.is_null() && is_spelling(member.raw_key().unwrap_or_default(), name)
        };
        value.children().filter(is_it).last()
    })
}
