//! What the list's filter means: words that all have to fit. A plain word is looked for in everything by which one
//! may know a completion: name, file, model, user, provider and ids, literally or with its letters in order (`g4m`),
//! and literally in trace, input and output. `model:gpt` asks for a part, `model=…` for the whole;
//! `key:feature=header-bar` looks for a key with a value anywhere in the completion.
//!
//! Most is told by what is kept of each completion ([`Summary`]). Where that does not tell, the completion is read
//! again ([`Fit::Unknown`]).

use crate::completion::{Api, Completion, Edits, TraceMetadata};
use crate::event::{Event, Section};
use crate::inspector::library::Summary;
use crate::inspector::library::facts::trace_in_lines;
use crate::inspector::library::fuzzy::has_in_order;
use crate::json::Value;
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
    Key {
        key: String,
        value: Option<String>,
        is_whole: bool,
    },
    Part(Field, String),
    Whole(Field, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    File,
    Id,
    Model,
    User,
    Provider,
    Finish,
    Api,
    Session,
    Input,
    Output,
}

const FIELDS: [(&str, Field); 11] = [
    ("name", Field::Name),
    ("file", Field::File),
    ("id", Field::Id),
    ("model", Field::Model),
    ("user", Field::User),
    ("provider", Field::Provider),
    ("finish", Field::Finish),
    ("api", Field::Api),
    ("session", Field::Session),
    ("input", Field::Input),
    ("output", Field::Output),
];

/// What one may type besides words, for whoever looks for it.
pub const HELP: &str = "words or ids, model:…, user:…, key:NAME=VALUE, finding:CODE, error, warning, edited, no-event, marked, !not";

/// Words that mean more than a text that is looked for.
const WORDS: [&str; 7] = [
    "error", "warning", "edited", "no-event", "marked", "finding:", "key:",
];

/// Whether a completion fits, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It does not.
    No,
    /// It does; the less, the better.
    Yes(u8),
    /// Only the completion itself tells.
    Unknown,
}

/// How well a word fits.
mod well {
    /// It is the name, an id, the model, …
    pub(super) const IS: u8 = 0;
    /// One of those begins with it.
    pub(super) const BEGINS: u8 = 1;
    /// It is in one of those.
    pub(super) const WITHIN: u8 = 2;
    /// Its letters are, in order.
    pub(super) const IN_ORDER: u8 = 3;
    /// It is in the trace.
    pub(super) const TRACE: u8 = 4;
    /// It is in the input or the output.
    pub(super) const TEXT: u8 = 5;
}

/// A completion that was read again, and its event with its edits.
#[derive(Debug)]
pub struct Reread<'r> {
    /// The completion.
    pub completion: &'r Completion,
    /// The edits.
    pub edits: &'r Edits,
    /// The event, if there is one.
    pub event: Option<&'r Event>,
}

impl Reread<'_> {
    /// Whether it has a key, perhaps with a value: part of one, in any case, or all of one to the letter.
    fn has_key(&self, key: &str, value: Option<&str>, is_whole: bool) -> bool {
        let is_it = |have: &str, want: &str| match is_whole {
            true => have == want,
            false => have.to_lowercase().contains(want),
        };
        let has_value = |shown: &dyn Fn() -> String| value.is_none_or(|want| is_it(&shown(), want));
        let is_member = |member: &Value<'_>| {
            let has_key = member.key().is_some_and(|have| is_it(&have, key));
            has_key && has_value(&|| member.canonical().shown().into_owned())
        };
        let mut members = self.completion.document().root().descendants();
        let is_edited = !self.edits.is_empty();
        members.any(|member| is_member(&member))
            || is_edited && {
                let metadata = TraceMetadata::of(self.completion, self.edits);
                metadata.trace.iter().any(|entry| {
                    is_it(&entry.key, key) && has_value(&|| entry.value.shown().into_owned())
                })
            }
    }

    /// Whether a text of the event has a word, which is in lower case.
    fn has_text(&self, key: &str, word: &str) -> bool {
        let field = self
            .event
            .and_then(|event| event.field(Section::AiData, key));
        field.is_some_and(|field| field.value.shown().to_lowercase().contains(word))
    }

    fn is_text(&self, key: &str, whole: &str) -> bool {
        let field = self
            .event
            .and_then(|event| event.field(Section::AiData, key));
        field.is_some_and(|field| field.value.shown() == whole)
    }

    /// How well a word fits that is in nothing else.
    fn fits_word(&self, word: &str) -> Fit {
        let metadata = TraceMetadata::of(self.completion, self.edits);
        if trace_in_lines(&metadata).to_lowercase().contains(word) {
            return Fit::Yes(well::TRACE);
        }
        Fit::of(
            self.has_text("input", word) || self.has_text("output", word),
            well::TEXT,
        )
    }
}

impl Fit {
    const fn of(fits: bool, well: u8) -> Fit {
        if fits { Fit::Yes(well) } else { Fit::No }
    }
}

/// Where the last word of a filter begins: behind the last space that is not quoted, and behind what negates it.
fn last_word(text: &str) -> usize {
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => start = at + c.len_utf8(),
            _ => {}
        }
    }
    start + usize::from(text[start..].starts_with('!'))
}

/// What the last word of a filter could become: what stands before it, and the words. `values` tells what values there
/// are for a field.
pub fn completions<'t>(
    text: &'t str,
    values: &dyn Fn(&str) -> Vec<String>,
) -> (&'t str, Vec<String>) {
    let (before, word) = text.split_at(last_word(text));
    let Some((name, partial)) = word.split_once(':') else {
        let fields = FIELDS.iter().map(|(name, _)| format!("{name}:"));
        let words = WORDS.map(str::to_owned).into_iter().chain(fields);
        return (
            before,
            words.filter(|have| have.starts_with(word)).collect(),
        );
    };
    let partial = partial.replace('"', "").to_lowercase();
    let begins = |value: &String| value.to_lowercase().starts_with(&partial);
    let values = match name {
        "finding" => Code::ALL
            .iter()
            .map(|code| code.as_str().to_owned())
            .collect(),
        "api" => [Api::Chat, Api::Responses, Api::Messages, Api::Delivery]
            .map(|api| api.name().to_owned())
            .to_vec(),
        name => values(name),
    };
    let words = values.into_iter().filter(begins);
    let words = words.map(|value| match value.contains(char::is_whitespace) {
        true => format!("{name}:\"{value}\""),
        false => format!("{name}:{value}"),
    });
    (before, words.collect())
}

/// What a completion has for a field whose values are completed; none for any other.
pub fn value_of<'s>(summary: &'s Summary, name: &str) -> Option<&'s str> {
    let (_, field) = FIELDS.iter().find(|(have, _)| *have == name)?;
    let is_listed = !matches!(
        field,
        Field::Input | Field::Output | Field::Id | Field::File
    );
    is_listed.then(|| field.of(summary))
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

    /// Whether a completion fits. Without the completion itself that may be unknown.
    pub fn fits(&self, summary: &Summary, is_marked: bool, reread: Option<&Reread<'_>>) -> Fit {
        let mut worst = Fit::Yes(0);
        for term in &self.terms {
            let fit = match (
                term.condition.fits(summary, is_marked, reread),
                term.negated,
            ) {
                (Fit::Yes(_), true) => Fit::No,
                (Fit::No, true) => Fit::Yes(0),
                (fit, _) => fit,
            };
            worst = match (worst, fit) {
                (_, Fit::No) => return Fit::No,
                (Fit::Yes(one), Fit::Yes(other)) => Fit::Yes(one.max(other)),
                _ => Fit::Unknown,
            };
        }
        worst
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
        let whole = typed.strip_prefix("key=").map(|key| (key, true));
        let part = || word.strip_prefix("key:").map(|key| (key, false));
        if let Some((key, is_whole)) = whole.or_else(part) {
            let (key, value) = match key.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (key, None),
            };
            return Condition::Key {
                key: key.to_owned(),
                value,
                is_whole,
            };
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

    fn fits(&self, summary: &Summary, is_marked: bool, reread: Option<&Reread<'_>>) -> Fit {
        let facts = &summary.facts;
        // What is cut off may have it all the same.
        let or_in_the_rest = |fits: bool, rest: &dyn Fn(&Reread<'_>) -> bool| match reread {
            _ if fits => Fit::Yes(0),
            _ if !facts.is_cut => Fit::No,
            Some(reread) => Fit::of(rest(reread), 0),
            None => Fit::Unknown,
        };
        let fits = match self {
            Condition::Error => summary.severity == Some(Severity::Error),
            Condition::Warning => summary.severity == Some(Severity::Warning),
            Condition::Edited => summary.edited,
            Condition::NoEvent => !summary.has_event,
            Condition::Marked => is_marked,
            Condition::Key {
                key,
                value,
                is_whole,
            } => match reread {
                Some(reread) => reread.has_key(key, value.as_deref(), *is_whole),
                None => return Fit::Unknown,
            },
            Condition::Finding(code, is_whole) => facts.codes.iter().any(|found| match is_whole {
                true => found.as_str() == code,
                false => found.as_str().contains(code.as_str()),
            }),
            Condition::Part(field @ (Field::Input | Field::Output), part) => {
                let (text, key) = match field {
                    Field::Input => (&facts.input, "input"),
                    _ => (&facts.output, "output"),
                };
                let has = text.contains(part.as_str());
                return or_in_the_rest(has, &|reread| reread.has_text(key, part));
            }
            Condition::Whole(field @ (Field::Input | Field::Output), whole) => match reread {
                Some(reread) => {
                    let key = if *field == Field::Input {
                        "input"
                    } else {
                        "output"
                    };
                    reread.is_text(key, whole)
                }
                None => return Fit::Unknown,
            },
            Condition::Whole(Field::Id, whole) => facts.ids.lines().any(|id| id == whole),
            Condition::Part(field, part) => {
                field.of(summary).to_lowercase().contains(part.as_str())
            }
            Condition::Whole(field, whole) => field.of(summary) == whole,
            Condition::Word(word) => return fits_word(summary, word, reread),
        };
        Fit::of(fits, 0)
    }
}

/// How well a word fits, the best way counting.
fn fits_word(summary: &Summary, word: &str, reread: Option<&Reread<'_>>) -> Fit {
    let facts = &summary.facts;
    if summary.known_by.contains(word) {
        let mut lines = summary.known_by.lines();
        let well = match () {
            () if lines.clone().any(|line| line == word) => well::IS,
            () if lines.any(|line| line.starts_with(word)) => well::BEGINS,
            () => well::WITHIN,
        };
        return Fit::Yes(well);
    }
    let loosely = [
        &summary.name,
        &summary.model,
        &summary.user,
        &facts.provider,
    ];
    if loosely.into_iter().any(|text| has_in_order(text, word)) {
        return Fit::Yes(well::IN_ORDER);
    }
    if facts.trace.contains(word) {
        return Fit::Yes(well::TRACE);
    }
    if facts.input.contains(word) || facts.output.contains(word) {
        return Fit::Yes(well::TEXT);
    }
    match reread {
        _ if !facts.is_cut => Fit::No,
        Some(reread) => reread.fits_word(word),
        None => Fit::Unknown,
    }
}

impl Field {
    fn of(self, summary: &Summary) -> &str {
        match self {
            Field::Name => &summary.name,
            Field::File => &summary.file,
            Field::Id => &summary.facts.ids,
            Field::Model => &summary.model,
            Field::User => &summary.user,
            Field::Provider => &summary.facts.provider,
            Field::Finish => &summary.facts.finish,
            Field::Session => &summary.facts.session,
            Field::Api => summary.facts.api.map_or("", Api::name),
            Field::Input => &summary.facts.input,
            Field::Output => &summary.facts.output,
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
            let values = |name: &str| match name {
                "model" => vec!["openai/gpt-4o".to_owned(), "openai/o3".to_owned()],
                "provider" => vec!["Amazon Bedrock".to_owned()],
                _ => Vec::new(),
            };
            let (have, found) = completions(typed, &values);
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
        check("model:openai/g", "", &["model:openai/gpt-4o"]);
        check("x !provider:am", "x !", &["provider:\"Amazon Bedrock\""]);
        check("provider:\"amazon b", "", &["provider:\"Amazon Bedrock\""]);
        assert!(completions("", &|_| Vec::new()).1.len() > 10);
    }

    #[test]
    fn fits_words_and_fields() {
        let summary = Summary {
            known_by: "time check\nopenai/gpt-4o-mini\nuser_12\namazon bedrock\ngen-17".to_owned(),
            name: "Time check".to_owned(),
            model: "openai/gpt-4o-mini".to_owned(),
            user: "user_12".to_owned(),
            severity: Some(Severity::Warning),
            has_event: true,
            edited: false,
            findings: 1,
            title: "Time check".to_owned(),
            file: "a/time.json".into(),
            record: 0,
            facts: Facts {
                api: Some(Api::Chat),
                provider: "Amazon Bedrock".to_owned(),
                ids: "gen-17\n".to_owned(),
                input: "what time is it?".to_owned(),
                output: "in berlin it is noon".to_owned(),
                trace: "feature=header-bar\n".to_owned(),
                codes: vec![Code::UserMissing],
                ..Facts::default()
            },
        };
        let check = |text: &str, expected: bool| {
            let fit = Filter::parse(text).fits(&summary, false, None);
            assert_eq!(matches!(fit, Fit::Yes(_)), expected, "{text}");
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
            matches!(exact.fits(&summary, false, None), Fit::Yes(_)),
            "{}",
            exact.text()
        );
        // How well it fits.
        let check = |text: &str, expected: Fit| {
            let fit = Filter::parse(text).fits(&summary, false, None);
            assert_eq!(fit, expected, "{text}");
        };
        check("gen-17", Fit::Yes(well::IS));
        check("gen-1", Fit::Yes(well::BEGINS));
        check("check", Fit::Yes(well::WITHIN));
        check("g4m", Fit::Yes(well::IN_ORDER));
        check("header-bar", Fit::Yes(well::TRACE));
        check("is it?", Fit::Yes(well::TEXT));
        check("time is", Fit::Yes(well::TEXT));
        check("key:feature", Fit::Unknown);
        check("key:feature nonsense", Fit::No);
        check("id:gen-1 file:time", Fit::Yes(0));
        check("id=gen-17", Fit::Yes(0));
        check("id=gen-1", Fit::No);
        check("output:berlin !input:berlin", Fit::Yes(0));
    }
}
