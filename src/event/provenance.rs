//! Where a field's value came from: the rule, the step of it that yielded the value, and the sources.

use super::Section;
use crate::json::{Document, NodeId};

/// How far a rule is known to be what OpenRouter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// OpenRouter's public documentation says so.
    Documented,
    /// Read off a real event, delivery or recording.
    Observed,
    /// Nobody outside OpenRouter knows; this is rainscope's decision.
    Assumed,
}

impl Confidence {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Documented => "documented",
            Confidence::Observed => "observed",
            Confidence::Assumed => "assumed",
        }
    }

    /// What the word means.
    pub const fn says(self) -> &'static str {
        match self {
            Confidence::Documented => "OpenRouter's public documentation says so",
            Confidence::Observed => "read off a real event, delivery or recording",
            Confidence::Assumed => "nobody outside knows; this is rainscope's decision",
        }
    }
}

/// How a value of the event is made: the first of its steps that yields a value wins.
///
/// The rules themselves are in [`crate::mapping::rules`]. Two rules are the same if they have the same name.
#[derive(Clone, Copy)]
pub struct Rule {
    /// A stable name, `user_id`.
    pub name: &'static str,
    /// The fields made by it, each with its section; the key `*` stands for any trace key.
    pub fields: &'static [(Section, &'static str)],
    /// Where the value may come from, in order.
    pub steps: &'static [&'static Step],
}

impl Rule {
    /// Whether a field of the event is made by this rule.
    pub fn makes(&self, section: Section, key: &str) -> bool {
        let is_it = |(of, name): &(Section, &str)| *of == section && (*name == key || *name == "*");
        self.fields.iter().any(is_it)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// One place a value may come from.
#[derive(Clone, Copy)]
pub struct Step {
    /// The rule it belongs to.
    pub rule: &'static Rule,
    /// A stable name, told apart from the other steps of the rule.
    pub name: &'static str,
    /// The place, in the words of the APIs.
    pub from: &'static str,
    /// How far that is known.
    pub confidence: Confidence,
}

impl Step {
    /// Its name with the rule's before it, `user_id.request`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.rule.name, self.name)
    }

    /// Where it stands in its rule, the first being 0.
    pub fn position(&self) -> usize {
        let before = self.rule.steps.iter().take_while(|step| **step != self);
        before.count()
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Step) -> bool {
        self.rule == other.rule && self.name == other.name
    }
}

impl Eq for Step {}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.id())
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A value of the completion.
    Node(NodeId),
    /// A part of the completion as a whole; it is named, but is no value's way into the event.
    Part(NodeId),
    /// An edit; the pointer is where the value stands in the request.
    Edit(String),
}

impl Source {
    /// The RFC 6901 pointer into the completion.
    pub fn pointer(&self, doc: &Document) -> String {
        match self {
            Source::Node(id) | Source::Part(id) => doc.at(*id).pointer(),
            Source::Edit(pointer) => pointer.clone(),
        }
    }
}

/// Which step of which rule made a value, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The step that yielded the value; it knows its rule.
    pub step: &'static Step,
    /// Where the value came from; empty for a constant or a default.
    pub sources: Vec<Source>,
}

impl Provenance {
    /// What a rule makes of no source: a constant or a default.
    pub const fn constant(step: &'static Step) -> Provenance {
        Provenance {
            step,
            sources: Vec::new(),
        }
    }
}
