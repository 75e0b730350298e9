//! Which commands the palette offers for what was typed, the likeliest first.

pub(crate) mod view;

use crate::inspector::keys::command::{Entry, Group, TABLE};
use crate::inspector::library::fuzzy::has_in_order;

/// Commands that fit all the words that were typed: a word is part of the name, the hint or the help, or
/// its letters stand in the name in this order (`cpcrl` fits `copy-curl`).
pub fn palette_entries(typed: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(usize, &Entry)> = TABLE
        .iter()
        .filter_map(|entry| {
            let distances = words.iter().map(|word| distance(entry, word));
            let worst = distances.collect::<Option<Vec<_>>>()?.into_iter().max();
            Some((worst.unwrap_or(0), entry))
        })
        .collect();
    // Whoever looks for a command is not looking for the arrows.
    found.sort_by_key(|(distance, entry)| (*distance, entry.group == Group::Move));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How far a command is from a word; none where they have nothing in common.
fn distance(entry: &Entry, word: &str) -> Option<usize> {
    let is_part = |text: &str| text.to_lowercase().contains(word);
    let fits = [
        entry.name == word,
        entry.name.starts_with(word),
        is_part(entry.name),
        is_part(entry.hint),
        has_in_order(entry.name, word),
        is_part(entry.help),
    ];
    fits.into_iter().position(|fits| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_the_likeliest_first() {
        let check = |typed: &str, expected: &str| {
            let first = palette_entries(typed).first().map(|entry| entry.name);
            assert_eq!(first, Some(expected), "{typed}");
        };
        check("send", "send");
        check("cpcrl", "copy-curl");
        check("CURL", "copy-curl");
        check("sdall", "send-all");
        check("all edit", "edit-listed");
        check("keep input back", "privacy");
        check("", "open");
        assert_eq!(palette_entries("").len(), TABLE.len());
        assert!(palette_entries("xyzzy").is_empty());
    }
}
