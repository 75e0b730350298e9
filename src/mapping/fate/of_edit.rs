//! What became of a value that an edit made: it stands in no file, and has no mark.

use super::{Fate, NO_EVENT};
use crate::event::{Field, Source};
use crate::json::pointer;
use crate::mapping::Mapped;
use crate::mapping::build::{EMPTY_DEFAULTED, is_empty_default, why_unusable};
use crate::mapping::rules::is_system_property;

/// What became of the edited value that stands at a pointer of the completion, or would. It is told as of a value of the
/// file.
pub fn fate_of_edit(mapped: &Mapped, at: &str) -> Fate {
    let Some(event) = mapped.event() else {
        return Fate::Dropped(NO_EVENT);
    };
    let is_source = |source: &Source| matches!(source, Source::Edit(edited) if edited == at);
    let made = event.fields.iter();
    let made = made.filter(|field| field.provenance.sources.iter().any(is_source));
    let made: Vec<String> = made.map(Field::pointer).collect();
    if !made.is_empty() {
        return Fate::Became(made);
    }
    let metadata = &mapped.metadata;
    let fields = [
        (metadata.user_pointer(), &metadata.user),
        (metadata.session_pointer(), &metadata.session_id),
    ];
    if let Some((_, field)) = fields.into_iter().find(|(own, _)| *own == at) {
        return Fate::Dropped(why_unusable(field).unwrap_or(GONE));
    }
    let mut entries = metadata.trace.iter();
    match entries.find(|entry| metadata.key_pointer(&entry.key) == at) {
        None => Fate::Dropped(GONE),
        Some(entry) if is_empty_default(entry) => Fate::Dropped(EMPTY_DEFAULTED),
        Some(entry) if is_system_property(&entry.key) => {
            Fate::Shadowed(pointer::join("/properties", &entry.key))
        }
        Some(_) => Fate::Dropped("nothing of the event is made of it"),
    }
}

/// Said of what an edit took away.
pub(super) const GONE: &str = "an edit replaced or removed it";
