//! What a completion is called that has no name of its own: by its file and its number there.

use crate::completion::{Completion, Origin};
use crate::json::Value;

/// The file's name without folders and endings, and the record's number where there are several.
pub(super) fn default_name(origin: &Origin) -> String {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    let folder = origin.file.as_bytes().iter().rposition(is_separator);
    let file = &origin.file[folder.map_or(0, |at| at + 1)..];
    let stem = super::role_of(file).map_or_else(
        || file.rsplit_once('.').map_or(file, |(stem, _)| stem),
        |(stem, _)| stem,
    );
    match origin.record {
        0 => stem.to_owned(),
        record => [stem, " #", &record.to_string()].concat(),
    }
}

/// Whether a completion has a name of its own, rather than that of its file.
pub fn has_own_name(completion: &Completion) -> bool {
    let name = completion.name.as_str();
    let of_file = default_name(&completion.origin);
    let numbered = name.strip_prefix(of_file.as_str());
    let is_default = numbered.is_some_and(|rest| {
        let number = rest
            .strip_prefix(" (")
            .and_then(|rest| rest.strip_suffix(')'));
        rest.is_empty() || number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    });
    let own = completion.document().root().get("name");
    !is_default || own.and_then(Value::str).as_deref() == Some(name)
}
