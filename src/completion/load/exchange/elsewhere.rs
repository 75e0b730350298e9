//! Completions of a provider's own server that are found beside its address, in records of no known shape and behind a
//! log's words: they did not go through OpenRouter.

use super::api::{has_marks, host, is_of, provider};
use super::vendors::vendor;
use crate::completion::Completion;
use crate::completion::load::ProblemKind;
use crate::completion::load::record::Reader;
use crate::completion::load::shape;
use crate::json::{Kind, Value};

/// Strings of a record that are looked at. Chosen: more than any log writes beside a call.
const MOST_LOOKED_AT: usize = 400;
/// How deep they stand.
const DEEPEST: usize = 8;

/// Takes out what was found in a record behind the first `before` completions, where the record has the address of another
/// server, and says so.
pub(in crate::completion::load) fn refuse_in_record(
    before: usize,
    root: Value<'_>,
    reader: &mut Reader<'_>,
) {
    if all_are_of_openrouter(before, reader) {
        return;
    }
    let mut addresses = Addresses::default();
    addresses.look(root, 0);
    refuse(before, addresses.other(), reader);
}

/// The same of what was read of a text, where these are the words around.
pub(in crate::completion::load) fn refuse_among_words<'w>(
    before: usize,
    words: impl Iterator<Item = &'w str>,
    reader: &mut Reader<'_>,
) {
    if all_are_of_openrouter(before, reader) {
        return;
    }
    let mut addresses = Addresses::default();
    for word in words.flat_map(|words| words.split(is_around)) {
        addresses.take(word);
    }
    refuse(before, addresses.other(), reader);
}

/// A provider that was asked in OpenRouter's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::completion::load) enum Other {
    /// By what it is called beside the completion.
    Named(&'static str),
    /// By an address there.
    At(&'static str),
}

/// The provider that a sample has beside its parts, and none of OpenRouter's: its address (`{"base_url": …, "request": …}`), or
/// its name where no model has one of OpenRouter's names.
pub(in crate::completion::load) fn provider_beside(sample: Value<'_>) -> Option<Other> {
    let model = |part: &str| sample.get(part).and_then(|part| part.get("model")?.str());
    let models = [model("request"), model("response")];
    let has_slug = models.iter().flatten().any(|model| model.contains('/'));
    let named = sample.get("provider").and_then(Value::str);
    let named = named.and_then(|name| vendor(&name));
    let mut addresses = Addresses::default();
    for member in sample.children() {
        if member.kind() == Kind::String
            && member.raw().len() <= LONGEST
            && !matches!(member.raw_key(), Some("name" | "request" | "response"))
            && let Some(text) = member.str()
        {
            addresses.take_named(member.raw_key().unwrap_or_default(), &text);
        }
    }
    if addresses.is_own {
        return None;
    }
    let named = named.filter(|_| models[0].is_some() && !has_slug);
    named.map(Other::Named).or(addresses.other())
}

/// Takes out what was found behind the first `before` completions and has the address of another server before it in the
/// text, as the command that was run has it, and none of OpenRouter's.
pub(in crate::completion::load) fn refuse_below_address(
    before: usize,
    text: &str,
    reader: &mut Reader<'_>,
) {
    let start = reader.origin.offset;
    let found = reader.loaded.completions.split_off(before);
    let mut from = start;
    for completion in found {
        let asked = completion.origin.offset;
        let response = completion.response();
        let place = response.and_then(|response| completion.place_of(response));
        let answered = place.map_or(asked, |place| place.offset).max(asked);
        let words = |range: std::ops::Range<usize>| {
            let words =
                text.get(range.start.saturating_sub(start)..range.end.saturating_sub(start));
            let mut addresses = Addresses::default();
            for word in words.unwrap_or_default().split(is_around) {
                addresses.take(word.trim_end_matches(is_behind));
                addresses.is_own |= word.eq_ignore_ascii_case("openrouter");
            }
            addresses
        };
        let above = words(from..asked);
        let is_own = above.is_own || words(asked..answered).is_own;
        from = from.max(answered);
        let index = reader.loaded.completions.len();
        reader.loaded.completions.push(completion);
        refuse(index, above.other().filter(|_| !is_own), reader);
    }
}

fn is_behind(c: char) -> bool {
    matches!(c, '.' | ':' | ';' | '`')
}

fn is_around(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | ',' | '(' | ')' | '[' | ']' | '<' | '>' | '='
        )
}

fn all_are_of_openrouter(before: usize, reader: &Reader<'_>) -> bool {
    reader.loaded.completions[before..]
        .iter()
        .all(is_of_openrouter)
}

/// Whether something in a completion is OpenRouter's, or nothing was answered.
fn is_of_openrouter(completion: &Completion) -> bool {
    let Some(response) = completion.response() else {
        return true;
    };
    let root = completion.document().root();
    let parts = ["generation", "delivery", "activity", "content", "captured"];
    has_marks(response.raw())
        || response.get_some("provider").is_some()
        || shape::is_error_of_openrouter(response)
        || parts.iter().any(|part| root.get_some(part).is_some())
        || completion.response_header("x-generation-id").is_some()
}

pub(in crate::completion::load) fn refuse(
    before: usize,
    other: Option<Other>,
    reader: &mut Reader<'_>,
) {
    let Some(other) = other else {
        return;
    };
    let found = reader.loaded.completions.split_off(before);
    for completion in found {
        if is_of_openrouter(&completion) {
            reader.loaded.completions.push(completion);
            continue;
        }
        let what = format!(
            "a completion beside which {} stands: it did not go through OpenRouter",
            match other {
                Other::Named(name) => format!("`{name}` as its provider"),
                Other::At(domain) => format!("the address of `{domain}`"),
            }
        );
        reader.problem(ProblemKind::Unrecognised, completion.origin.place(), what);
    }
}

/// The addresses that stand beside a completion.
#[derive(Default)]
struct Addresses {
    /// A provider's own server.
    provider: Option<&'static str>,
    /// Whether one is OpenRouter's, or says its name.
    is_own: bool,
    looked_at: usize,
}

impl Addresses {
    /// The provider whose address is there, and none of OpenRouter's.
    fn other(&self) -> Option<Other> {
        let provider = self.provider.filter(|_| !self.is_own);
        provider.map(Other::At)
    }

    /// Looks at the strings of a value that are no part of a conversation.
    fn look(&mut self, value: Value<'_>, depth: usize) {
        const OTHERS: [&str; 16] = [
            "messages",
            "choices",
            "input",
            "output",
            "prompt",
            "system",
            "instructions",
            "content",
            "tools",
            "metadata",
            "trace",
            "user",
            "body",
            "model",
            "usage",
            "response_format",
        ];
        if depth > DEEPEST {
            return;
        }
        for member in value.children() {
            let key = member.raw_key().unwrap_or_default();
            if OTHERS.contains(&key) || self.looked_at > MOST_LOOKED_AT {
                continue;
            }
            match member.kind() {
                Kind::String => {
                    self.looked_at += 1;
                    if let Some(text) = member.str().filter(|text| text.len() <= LONGEST) {
                        self.take_named(key, &text);
                    }
                }
                Kind::Array | Kind::Object => self.look(member, depth + 1),
                _ => {}
            }
        }
    }

    /// Takes a member's text: OpenRouter's name counts where it says whom the call went to.
    fn take_named(&mut self, key: &str, text: &str) {
        const NAMES: [&str; 10] = [
            "gateway", "provider", "proxy", "router", "via", "service", "backend", "api", "client",
            "platform",
        ];
        let is_named = |name: &&str| key.to_ascii_lowercase().ends_with(*name);
        self.is_own |= text.eq_ignore_ascii_case("openrouter") && NAMES.iter().any(is_named);
        self.take_address(text);
    }

    /// Takes a word: a URL, a host, OpenRouter's name.
    fn take(&mut self, word: &str) {
        self.is_own |= word.eq_ignore_ascii_case("openrouter");
        self.take_address(word);
    }

    fn take_address(&mut self, word: &str) {
        if word.len() > LONGEST || !word.contains('.') || word.contains(char::is_whitespace) {
            return;
        }
        let bare = match word.contains("://") {
            true => host(word),
            false => {
                let end = word.find([':', '/']).unwrap_or(word.len());
                Some(word[..end].to_ascii_lowercase())
            }
        };
        let Some(host) = bare else {
            return;
        };
        self.is_own |= is_of(&host, "openrouter.ai");
        self.provider = self.provider.or(provider(&host));
    }
}

/// A longer word is no address.
const LONGEST: usize = 300;
