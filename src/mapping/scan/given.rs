//! Pictures, films and recordings of a conversation. What they hold is beyond the scan; but a value may be, or have in it,
//! what stands for one: its address, or its data whole.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Shorter ones may be anything.
const LEAST: usize = 16;
/// From this length on a word without a mark of an address may be data.
const DATA: usize = 32;
/// More of one is not told. Chosen: longer than addresses are.
const TOLD: usize = 2048;

/// Tells an address or data from others.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What stands for something that was given: all of it, and the data behind the head of a data URL.
pub(super) fn each_name(given: &str, mut each: impl FnMut(&str)) {
    let given = given.trim();
    let data = given
        .starts_with("data:")
        .then(|| given.split_once(',').map(|(_, data)| data));
    [Some(given), data.flatten()]
        .into_iter()
        .flatten()
        .filter(|name| name.len() >= LEAST)
        .for_each(&mut each);
}

/// What in a value's text may be the address or the data of something.
pub(super) fn each_candidate(text: &str, mut each: impl FnMut(&str)) {
    const QUOTES: [char; 5] = ['"', '\'', '`', '<', '>'];
    const BEHIND: [char; 9] = [')', ']', '}', ',', '.', ';', ':', '!', '?'];
    if text.len() < LEAST {
        return;
    }
    for word in text.split(|c: char| c.is_whitespace() || QUOTES.contains(&c)) {
        let is_long =
            word.len() >= DATA || word.len() >= LEAST && word.contains([':', '/', '+', '=']);
        if !is_long {
            continue;
        }
        let scheme = ["data:", "http", "gs:", "s3:"]
            .iter()
            .filter_map(|it| word.find(it))
            .min();
        let begins = scheme
            .or_else(|| word.find('=').map(|at| at + 1))
            .unwrap_or(0);
        let bare = word[begins..].trim_start_matches(['(', '[', '{']);
        each_name(word, &mut each);
        if bare.len() < word.len() {
            each_name(bare, &mut each);
        }
        let trimmed = bare.trim_end_matches(BEHIND);
        if trimmed.len() < bare.len() {
            each_name(trimmed, &mut each);
        }
        for address in addresses_in(bare) {
            let trimmed = address.trim_end_matches(|c| BEHIND.contains(&c) || c == '|' || c == '&');
            let whole = trimmed.split('#').next().unwrap_or_default();
            for candidate in [trimmed, whole] {
                if candidate.len() < bare.len() {
                    each_name(candidate, &mut each);
                }
            }
        }
    }
}

/// What in a word may be one of several addresses, or of what stands with them: each from where one begins to where another
/// does, or to what may divide it from the rest.
fn addresses_in(word: &str) -> Vec<&str> {
    const STARTS: [&str; 5] = ["http://", "https://", "gs://", "s3://", "data:"];
    const DIVIDES: [char; 9] = [',', '|', '&', ';', ')', ']', '}', '#', '\\'];
    /// Of one word, and of what divides one from the rest.
    const MOST: usize = 16;
    /// A longer one is looked at as a whole, and to where the next begins.
    const LONGEST: usize = 4096;
    let starts = STARTS.iter().flat_map(|start| word.match_indices(start));
    let mut starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    starts.sort_unstable();
    starts.truncate(MOST);
    let mut found = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let rest = &word[*start..];
        found.push(rest);
        found.extend(starts.get(index + 1).map(|next| &word[*start..*next]));
        // The head of a data URL ends with one.
        let own = rest.find(',').filter(|_| rest.starts_with("data:"));
        let from = own.map_or(0, |comma| comma + 1);
        let divides = rest[from..].match_indices(DIVIDES).map(|(at, _)| from + at);
        let near = divides.take(MOST).take_while(|at| *at <= LONGEST);
        found.extend(near.map(|at| &rest[..at]));
    }
    found
}

/// So much of one as is told.
pub(super) fn told(name: &str) -> String {
    match name.len() > TOLD {
        true => name.chars().take(DATA).collect(),
        false => name.to_owned(),
    }
}
