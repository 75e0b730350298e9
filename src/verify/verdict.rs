//! What is remembered of a comparison: no value of the event, and nothing that a server said.

use super::{Comparison, Fate, Reader};

/// How reading an event back came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All of it is stored, as sent or by value.
    Stored,
    /// Some of it is lost or changed, or not known.
    Differs,
    /// Text of a conversation is stored under its id that was not sent with it.
    HasText,
    /// It was not found in the time given.
    NotFound,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 4] = [
        Outcome::Stored,
        Outcome::Differs,
        Outcome::HasText,
        Outcome::NotFound,
    ];

    /// The word for it in results and in the history.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Stored => "stored",
            Outcome::Differs => "differs",
            Outcome::HasText => "has-text",
            Outcome::NotFound => "not-found",
        }
    }
}

/// A field that is not stored as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The RFC 6901 pointer in the event.
    pub pointer: String,
    /// The word for its fate.
    pub fate: String,
    /// The name of the rule that explains it; empty where there is none.
    pub rule: String,
}

/// What is remembered of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The word for who answered.
    pub reader: String,
    /// How it came out.
    pub outcome: Outcome,
    /// How many fields there are of each fate, in words.
    pub says: String,
    /// The fields that are not stored as they were sent.
    pub deviations: Vec<Deviation>,
    /// Where it can be looked at.
    pub link: String,
}

impl Verdict {
    /// The verdict on an event that was found.
    pub fn of(reader: Reader, comparison: &Comparison, link: String) -> Verdict {
        let fields = comparison.fields.iter();
        let deviations = fields
            .filter(|field| field.fate != Fate::AsSent)
            .map(|field| Deviation {
                pointer: field.pointer.clone(),
                fate: field.fate.name().to_owned(),
                rule: field.rule.map_or("", |rule| rule.name).to_owned(),
            });
        Verdict {
            reader: reader.name().to_owned(),
            outcome: comparison.outcome(),
            says: comparison.in_words(),
            deviations: deviations.collect(),
            link,
        }
    }

    /// The verdict on an event that was not found.
    pub fn not_found(reader: Reader, link: String) -> Verdict {
        Verdict {
            reader: reader.name().to_owned(),
            outcome: Outcome::NotFound,
            says: "not found in the time given".to_owned(),
            deviations: Vec::new(),
            link,
        }
    }
}
