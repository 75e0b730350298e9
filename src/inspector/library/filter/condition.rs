//! One word of a filter: what it asks of a completion, and whether that has it.

use super::amount::Amount;
use super::{Fit, Reread, well};
use crate::completion::Api;
use crate::inspector::library::Summary;
use crate::mapping::{Code, Severity};

/// What a word asks for.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Word(String),
    Amount(Amount),
    /// An amount that is none, and why; nothing fits it.
    NoAmount(String),
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
pub(super) enum Field {
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

pub(super) const FIELDS: [(&str, Field); 11] = [
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

impl Condition {
    pub(super) fn parse(typed: &str) -> Condition {
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
        match Amount::parse(word) {
            Some(Ok(amount)) => return Condition::Amount(amount),
            Some(Err(why)) => return Condition::NoAmount(why),
            None => {}
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

    /// Whether it cannot be told what is asked for.
    pub(super) fn is_mistake(&self) -> bool {
        matches!(self, Condition::NoAmount(_))
    }

    pub(super) fn fits(
        &self,
        summary: &Summary,
        is_marked: bool,
        reread: Option<&Reread<'_>>,
    ) -> Fit {
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
            Condition::Amount(amount) => amount.fits(summary),
            Condition::NoAmount(_) => false,
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
    // A finding's code as the program itself prints it, or its beginning.
    let is_code = |code: &&Code| match word.contains('-') {
        true => code.as_str().starts_with(word),
        false => code.as_str() == word,
    };
    if facts.codes.iter().any(|code| is_code(&code)) {
        return Fit::Yes(well::WITHIN);
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
    pub(super) fn of(self, summary: &Summary) -> &str {
        match self {
            Field::Name => &summary.name,
            Field::File => &summary.file,
            Field::Id => &summary.facts.ids,
            Field::Model if summary.has_event => &summary.model,
            Field::Model => &summary.asked.model,
            Field::User if summary.has_event => &summary.user,
            Field::User => &summary.asked.user,
            Field::Provider => &summary.facts.provider,
            Field::Finish => &summary.facts.finish,
            Field::Session => &summary.facts.session,
            Field::Api => summary.facts.api.map_or("", Api::name),
            Field::Input => &summary.facts.input,
            Field::Output => &summary.facts.output,
        }
    }
}
