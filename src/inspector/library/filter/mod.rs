//! What the list's filter means: words that all have to fit. A plain word is looked for in everything by which one
//! may know a completion: name, file, model, user, provider and ids, literally or with its letters in order (`g4m`),
//! and literally in trace, input and output. `model:gpt` asks for a part, `model=…` for the whole;
//! `key:feature=header-bar` looks for a key with a value anywhere in the completion; `cost>0.01`, `tokens>=1000` and
//! `duration>2s` compare.
//!
//! Most is told by what is kept of each completion ([`Summary`]). Where that does not tell, the completion is read
//! again ([`Fit::Unknown`]).

mod amount;
mod completing;
mod condition;
mod reread;

pub use completing::{completions, value_of};
pub use reread::Reread;

use condition::Condition;

use crate::inspector::library::Summary;

/// A filter, as it was typed and as it is applied.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// Two filters are the same if they were typed so.
impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

#[derive(Debug, Clone)]
struct Term {
    negated: bool,
    condition: Condition,
}

/// What one may type besides words, for whoever looks for it.
pub const HELP: &str = "words or ids, model:…, user:…, key:NAME=VALUE, cost>0.01, tokens>=1000, duration>2s, finding:CODE, error, warning, edited, no-event, marked, !not";

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
    /// It is in the trace.
    pub(super) const TRACE: u8 = 3;
    /// It is in the input or the output.
    pub(super) const TEXT: u8 = 4;
}

impl Fit {
    const fn of(fits: bool, well: u8) -> Fit {
        if fits { Fit::Yes(well) } else { Fit::No }
    }
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
        let value = match value {
            "" => "\"\"".to_owned(),
            value => completing::quoted(value),
        };
        Filter::parse(&format!("{key}={value}"))
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with an amount that it asks for; nothing fits that.
    pub fn mistake(&self) -> Option<&str> {
        self.terms.iter().find_map(|term| match &term.condition {
            Condition::NoAmount(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// A word that looks as if it named a field, and names none: it is looked for as it stands.
    pub fn no_field(&self) -> Option<&str> {
        self.terms.iter().find_map(|term| match &term.condition {
            Condition::Word(word) => {
                let (name, _) = word.split_once([':', '='])?;
                let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase());
                (is_name && !name.is_empty()).then_some(name)
            }
            _ => None,
        })
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
                (Fit::No, true) if term.condition.is_mistake() => Fit::No,
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

/// Words between spaces; a part in double quotes may hold spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'"') => word.extend(chars.next()),
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
    use crate::completion::Api;
    use crate::inspector::library::facts::Facts;
    use crate::mapping::{Code, Severity};

    #[test]
    fn fits_words_and_fields() {
        let summary = Summary {
            known_by: "time check\nopenai/gpt-4o-mini\nuser_12\namazon bedrock\ngen-17".to_owned(),
            name: "Time check".to_owned(),
            model: "openai/gpt-4o-mini".to_owned(),
            user: "user_12".to_owned(),
            asked: crate::inspector::library::summary::AskedFor::default(),
            severity: Some(Severity::Warning),
            has_event: true,
            is_problem: false,
            edited: false,
            findings: 1,
            errors: 0,
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
        check("tck", false);
        check("g4m", true);
        check("pt4", false);
        check("TIME amazon", true);
        check("time google", false);
        check("is it?", true);
        check("finding:user-missing", true);
        check("finding:user", true);
        check("finding=user", false);
        // The code alone, as it is printed.
        check("user-missing", true);
        check("user-miss", true);
        check("!user-missing", false);
        check("cost-unknown", false);
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
        check("!cost>1", true);
        check("cost>0", false);
        // Nothing fits what cannot be told, nor its opposite.
        check("cost>much", false);
        check("!cost>much", false);
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
        // What is listed may be sent, so letters with gaps between them are no word.
        check("g4m", Fit::No);
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
