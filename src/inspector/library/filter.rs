//! What the list's filter means: words that all have to fit. A plain word is looked for in name, model,
//! user and provider, its letters in order but not necessarily side by side, and literally in the
//! beginning of the input; `model:gpt` asks for a part, `model=…` for the whole; `key:temperature` looks for
//! a key anywhere in the completion, which is read again for that.

use crate::completion::{Api, Completion, Edits, TraceMetadata};
use crate::inspector::library::Summary;
use crate::inspector::library::fuzzy::has_in_order;
use crate::mapping::{Code, Severity};

/// A filter, as it was typed and as it is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    negated: bool,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Word(String),
    Error,
    Warning,
    Edited,
    NoEvent,
    Marked,
    Finding(String, bool),
    Key(String, bool),
    Part(Field, String),
    Whole(Field, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Model,
    User,
    Provider,
    Finish,
    Api,
    Session,
}

const FIELDS: [(&str, Field); 7] = [
    ("name", Field::Name),
    ("model", Field::Model),
    ("user", Field::User),
    ("provider", Field::Provider),
    ("finish", Field::Finish),
    ("api", Field::Api),
    ("session", Field::Session),
];

/// What one may type besides words, for whoever looks for it.
pub const HELP: &str = "words, error, warning, edited, no-event, marked, key:NAME, finding:CODE, model:…, user:…, !not";

/// Words that mean more than a text that is looked for.
const WORDS: [&str; 7] = [
    "error", "warning", "edited", "no-event", "marked", "finding:", "key:",
];

/// Whether a completion has a key: part of one, in any case, or all of one to the letter.
pub fn has_key(completion: &Completion, edits: &Edits, key: &str, is_whole: bool) -> bool {
    let is_it = |have: &str| match is_whole {
        true => have == key,
        false => have.to_lowercase().contains(key),
    };
    let mut values = completion.document().root().descendants();
    values.any(|value| value.key().is_some_and(|have| is_it(&have))) || {
        let metadata = TraceMetadata::of(completion, edits);
        !edits.is_empty() && metadata.trace.iter().any(|entry| is_it(&entry.key))
    }
}

/// What the last word of a filter could become: what stands before it, and the words.
pub fn completions(text: &str) -> (&str, Vec<String>) {
    let start = text.rfind([' ', '!']).map_or(0, |at| at + 1);
    let (before, word) = text.split_at(start);
    let begins = |have: &String| have.starts_with(word);
    let fields = FIELDS.iter().map(|(name, _)| format!("{name}:"));
    let words = WORDS.map(str::to_owned).into_iter().chain(fields);
    let codes = Code::ALL
        .iter()
        .map(|code| format!("finding:{}", code.as_str()));
    let found = match word.starts_with("finding:") {
        true => codes.filter(begins).collect(),
        false => words.filter(begins).collect(),
    };
    (before, found)
}

impl Filter {
    /// Reads a filter; every text means something.
    pub fn parse(text: &str) -> Filter {
        Filter {
            text: text.to_owned(),
            terms: words(text).iter().map(|word| Term::parse(word)).collect(),
        }
    }

    /// The filter for exactly those completions whose `key` has this value.
    pub fn exactly(key: &str, value: &str) -> Filter {
        let value = value.replace('"', "");
        let is_plain = !value.is_empty() && !value.contains(char::is_whitespace);
        Filter::parse(&match is_plain {
            true => format!("{key}={value}"),
            false => format!("{key}=\"{value}\""),
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks for keys, for which a completion has to be read.
    pub fn asks_for_keys(&self) -> bool {
        let is_key = |term: &Term| matches!(term.condition, Condition::Key(..));
        self.terms.iter().any(is_key)
    }

    /// Whether a completion fits. `has_key` tells of a key, or a part of one, whether it has it.
    pub fn fits(
        &self,
        summary: &Summary,
        is_marked: bool,
        has_key: &dyn Fn(&str, bool) -> bool,
    ) -> bool {
        let fits = |term: &Term| {
            let fits = match &term.condition {
                Condition::Key(key, is_whole) => has_key(key, *is_whole),
                condition => condition.fits(summary, is_marked),
            };
            fits != term.negated
        };
        self.terms.iter().all(fits)
    }
}

impl Term {
    fn parse(word: &str) -> Term {
        let (negated, word) = match word.strip_prefix('!') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        Term {
            negated,
            condition: Condition::parse(word),
        }
    }
}

impl Condition {
    fn parse(typed: &str) -> Condition {
        let lower = typed.to_lowercase();
        let word = lower.as_str();
        match word {
            "error" => return Condition::Error,
            "warning" => return Condition::Warning,
            "edited" => return Condition::Edited,
            "no-event" => return Condition::NoEvent,
            "marked" => return Condition::Marked,
            _ => {}
        }
        if let Some(code) = word.strip_prefix("finding:") {
            return Condition::Finding(code.to_owned(), false);
        }
        if let Some(code) = word.strip_prefix("finding=") {
            return Condition::Finding(code.to_owned(), true);
        }
        if let Some(key) = word.strip_prefix("key:") {
            return Condition::Key(key.to_owned(), false);
        }
        if let Some(key) = typed.strip_prefix("key=") {
            return Condition::Key(key.to_owned(), true);
        }
        for (name, field) in FIELDS {
            let rest = word.strip_prefix(name).unwrap_or_default();
            if let Some(part) = rest.strip_prefix(':') {
                return Condition::Part(field, part.to_owned());
            }
            // A whole value counts to the letter: `stop` and `STOP` are two finish reasons.
            if rest.starts_with('=')
                && let Some((_, whole)) = typed.split_once('=')
            {
                return Condition::Whole(field, whole.to_owned());
            }
        }
        Condition::Word(word.to_owned())
    }

    fn fits(&self, summary: &Summary, is_marked: bool) -> bool {
        match self {
            Condition::Error => summary.severity == Some(Severity::Error),
            Condition::Warning => summary.severity == Some(Severity::Warning),
            Condition::Edited => summary.edited,
            Condition::NoEvent => !summary.has_event,
            Condition::Marked => is_marked,
            // Told by what the completion itself has, not by its summary.
            Condition::Key(..) => false,
            Condition::Finding(code, is_whole) => {
                summary.facts.codes.iter().any(|found| match is_whole {
                    true => found.as_str() == code,
                    false => found.as_str().contains(code.as_str()),
                })
            }
            Condition::Part(field, part) => {
                field.of(summary).to_lowercase().contains(part.as_str())
            }
            Condition::Whole(field, whole) => field.of(summary) == whole,
            Condition::Word(word) => {
                let facts = &summary.facts;
                let fields = [
                    &summary.name,
                    &summary.model,
                    &summary.user,
                    &facts.provider,
                ];
                fields.into_iter().any(|text| has_in_order(text, word))
                    || facts.input.contains(word.as_str())
            }
        }
    }
}

impl Field {
    fn of(self, summary: &Summary) -> &str {
        match self {
            Field::Name => &summary.name,
            Field::Model => &summary.model,
            Field::User => &summary.user,
            Field::Provider => &summary.facts.provider,
            Field::Finish => &summary.facts.finish,
            Field::Session => &summary.facts.session,
            Field::Api => summary.facts.api.map_or("", Api::name),
        }
    }
}

/// Words between spaces; a part in double quotes may hold spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::library::facts::Facts;
    use crate::mapping::Code;

    #[test]
    fn the_last_word_is_completed() {
        let check = |typed: &str, before: &str, expected: &[&str]| {
            let (have, found) = completions(typed);
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            assert_eq!((have, found.as_slice()), (before, expected), "{typed}");
        };
        check("k", "", &["key:"]);
        check("gpt !m", "gpt !", &["marked", "model:"]);
        check(
            "finding:user",
            "",
            &["finding:user-missing", "finding:user-too-long"],
        );
        check("nonsense", "", &[]);
        assert!(completions("").1.len() > 10);
    }

    #[test]
    fn fits_words_and_fields() {
        let summary = Summary {
            name: "Time check".to_owned(),
            model: "openai/gpt-4o-mini".to_owned(),
            user: "user_12".to_owned(),
            severity: Some(Severity::Warning),
            has_event: true,
            edited: false,
            findings: 1,
            facts: Facts {
                api: Some(Api::Chat),
                provider: "Amazon Bedrock".to_owned(),
                input: "what time is it?".to_owned(),
                codes: vec![Code::UserMissing],
                ..Facts::default()
            },
        };
        let check = |text: &str, expected: bool| {
            assert_eq!(
                Filter::parse(text).fits(&summary, false, &|_, _| false),
                expected,
                "{text}"
            );
        };
        check("", true);
        check("time", true);
        check("tck", true);
        check("g4m", true);
        check("pt4", false);
        check("TIME amazon", true);
        check("time google", false);
        check("is it?", true);
        check("finding:user-missing", true);
        check("finding:user", true);
        check("finding=user", false);
        check("finding:cost", false);
        check("error", false);
        check("warning", true);
        check("!warning", false);
        check("edited", false);
        check("!edited", true);
        check("no-event", false);
        check("model:gpt", true);
        check("model=gpt", false);
        check("provider=\"amazon bedrock\"", false);
        check("provider=\"Amazon Bedrock\"", true);
        check("finish=\"\"", true);
        check("api:chat user:12", true);
        check("marked", false);
        let exact = Filter::exactly("provider", "Amazon Bedrock");
        assert!(
            exact.fits(&summary, false, &|_, _| false),
            "{}",
            exact.text()
        );
    }
}
