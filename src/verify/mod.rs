//! What a destination stored of an event, held against what was sent, field by field. Nothing is read here: the
//! answers come in as documents.

mod equality;
mod private;
mod rules;
mod stored;
mod verdict;

pub use private::without_text;
pub use rules::{RULES, StorageRule};
pub use stored::{StoredEvent, of_query, of_workshop, workshop_query};
pub use verdict::{Deviation, Outcome, Verdict};

use crate::event::Section;
use crate::json::{Document, JsonText, Kind, Limits, Members, Value, pointer};
#[cfg(feature = "program")]
pub(crate) use equality::is_same_number;
use equality::{Likeness, of_leaf, of_times};

/// Who was asked for what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reader {
    /// An endpoint on this machine that answers as Raindrop's Query API does, such as `rainscope sink`.
    Sink,
    /// A Raindrop Workshop.
    Workshop,
    /// Raindrop's Query API.
    QueryApi,
}

impl Reader {
    /// All of them.
    pub const ALL: [Reader; 3] = [Reader::Sink, Reader::Workshop, Reader::QueryApi];

    /// The word for it in results and in the history.
    pub const fn name(self) -> &'static str {
        match self {
            Reader::Sink => "sink",
            Reader::Workshop => "workshop",
            Reader::QueryApi => "query-api",
        }
    }

    /// What it is called in a sentence.
    pub const fn in_sentence(self) -> &'static str {
        match self {
            Reader::Sink => "the sink",
            Reader::Workshop => "the Workshop",
            Reader::QueryApi => "Raindrop's Query API",
        }
    }
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It is stored to the letter.
    AsSent,
    /// It is stored with the same value, written in another way: a number respelled, or as text.
    ByValue,
    /// Whether it is stored is not known.
    NotKnown,
    /// It is not stored.
    Lost,
    /// Something else is stored.
    Changed,
}

impl Fate {
    /// All of them, the best first.
    pub const ALL: [Fate; 5] = [
        Fate::AsSent,
        Fate::ByValue,
        Fate::NotKnown,
        Fate::Lost,
        Fate::Changed,
    ];

    /// The word for it in results.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::AsSent => "as-sent",
            Fate::ByValue => "by-value",
            Fate::NotKnown => "not-known",
            Fate::Lost => "lost",
            Fate::Changed => "changed",
        }
    }

    /// What it is called for a person.
    pub const fn says(self) -> &'static str {
        match self {
            Fate::AsSent => "stored as sent",
            Fate::ByValue => "stored by value",
            Fate::NotKnown => "not yet known",
            Fate::Lost => "lost",
            Fate::Changed => "changed",
        }
    }
}

/// What became of one value of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldVerdict {
    /// The RFC 6901 pointer in the event.
    pub pointer: String,
    /// What became of it.
    pub fate: Fate,
    /// What was sent.
    pub sent: JsonText,
    /// What is stored, where something is.
    pub stored: Option<JsonText>,
    /// What explains it; none for what is stored as sent.
    pub rule: Option<&'static StorageRule>,
}

/// An event held against what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Every value that was sent, in the order of the event.
    pub fields: Vec<FieldVerdict>,
    /// Pointers of what is stored and was not sent with this event.
    pub added: Vec<String>,
    /// Those of them that hold text of a conversation: input, output and attachments.
    pub added_text: Vec<String>,
    /// What else there is to know of how it is shown.
    pub remarks: Vec<&'static str>,
}

impl Comparison {
    /// How many fields have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        let fields = self.fields.iter();
        fields.filter(|field| field.fate == fate).count()
    }

    /// The worst fate of all.
    pub fn worst(&self) -> Fate {
        let fates = self.fields.iter().map(|field| field.fate);
        fates.max().unwrap_or(Fate::NotKnown)
    }

    /// Whether every value is stored, as sent or by value, and no text that was not sent.
    pub fn is_stored(&self) -> bool {
        self.outcome() == Outcome::Stored
    }

    /// How reading the event back came out.
    pub fn outcome(&self) -> Outcome {
        match self.worst() {
            _ if !self.added_text.is_empty() => Outcome::HasText,
            Fate::AsSent | Fate::ByValue => Outcome::Stored,
            Fate::NotKnown | Fate::Lost | Fate::Changed => Outcome::Differs,
        }
    }

    /// How many fields there are of each fate that occurs, in words.
    pub fn in_words(&self) -> String {
        let counted = Fate::ALL
            .into_iter()
            .filter_map(|fate| match self.count(fate) {
                0 => None,
                count => Some(format!("{count} {}", fate.says())),
            });
        counted.collect::<Vec<_>>().join(", ")
    }
}

/// What may not be compared, because nobody remembers what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsure {
    /// The timestamp was made when the event was sent, and that time is not remembered.
    pub timestamp: bool,
    /// Nothing is remembered of the event: it is held against what its completion makes now.
    pub event: bool,
}

/// Holds the body of a request with one event against what is stored of it; none where the body holds no event.
pub fn compare(body: &str, stored: &StoredEvent, unsure: Unsure) -> Option<Comparison> {
    let doc = Document::parse(body.into(), Limits::default()).ok()?;
    let root = doc.root();
    let event = match root.kind() {
        Kind::Array => root.item(0)?,
        _ => root,
    };
    if event.kind() != Kind::Object {
        return None;
    }
    let mut comparing = Comparing {
        stored,
        unsure,
        fields: Vec::new(),
    };
    for member in members(event) {
        let key = member.key().unwrap_or_default();
        match (key.as_ref(), member.kind()) {
            // An instruction, and no part of the event.
            ("is_pending", _) => {}
            ("ai_data", Kind::Object) => comparing.section(Section::AiData, member),
            ("properties", Kind::Object) => comparing.section(Section::Properties, member),
            ("timestamp", _) if unsure.timestamp => {
                let stored = stored.get(Section::Top, "timestamp");
                let rule = Some(&rules::NOT_REMEMBERED);
                comparing.put(
                    "/timestamp".to_owned(),
                    Fate::NotKnown,
                    member,
                    stored,
                    rule,
                );
            }
            (key, _) => comparing.field(Section::Top, key, member),
        }
    }
    let sent = |key: &str| event.get(key).map(Members::of).unwrap_or_default();
    let (ai_data, properties) = (sent("ai_data"), sent("properties"));
    let has = |section: Section, key: &str| match section {
        Section::Top => event.get(key).is_some(),
        Section::AiData => ai_data.get(key).is_some(),
        Section::Properties => properties.get(key).is_some(),
    };
    let mut comparison = Comparison {
        fields: comparing.fields,
        remarks: stored.remarks.clone(),
        ..Comparison::default()
    };
    let has_text = ["input", "output"]
        .iter()
        .any(|key| has(Section::AiData, key));
    for (section, key, value) in stored.fields() {
        let is_text =
            is_text(*section, key, value) || (!has_text && is_named_as_text(*section, key, value));
        // What else stands at the top is of the server's making.
        if has(*section, key) || (*section == Section::Top && !is_text) {
            continue;
        }
        let pointer = pointer::join(section.pointer(), key);
        if is_text {
            comparison.added_text.push(pointer.clone());
        }
        comparison.added.push(pointer);
    }
    Some(comparison)
}

/// Whether a stored field holds text of a conversation: what privacy mode keeps back.
fn is_text(section: Section, key: &str, value: &JsonText) -> bool {
    match section {
        Section::AiData => matches!(key, "input" | "output") && holds_any(value),
        Section::Top => key == "attachments" && holds_any(value),
        Section::Properties => false,
    }
}

/// Whether a stored field is named as what may hold it elsewhere.
fn is_named_as_text(section: Section, key: &str, value: &JsonText) -> bool {
    const NAMES: [&str; 6] = [
        "completion",
        "input",
        "messages",
        "output",
        "prompt",
        "transcript",
    ];
    let may_be = matches!(value.kind(), Kind::String | Kind::Array | Kind::Object);
    section != Section::AiData && NAMES.contains(&key) && may_be && holds_any(value)
}

fn holds_any(value: &JsonText) -> bool {
    !matches!(value.as_str(), "\"\"" | "null" | "[]" | "{}")
}

/// The members of an object; of several with one key the last one counts.
fn members(object: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let all = Members::of(object);
    object.children().filter(move |member| all.counts(*member))
}

struct Comparing<'s> {
    stored: &'s StoredEvent,
    unsure: Unsure,
    fields: Vec<FieldVerdict>,
}

impl Comparing<'_> {
    fn section(&mut self, section: Section, object: Value<'_>) {
        for member in members(object) {
            let key = member.key().unwrap_or_default();
            self.field(section, &key, member);
        }
    }

    fn field(&mut self, section: Section, key: &str, sent: Value<'_>) {
        let pointer = pointer::join(section.pointer(), key);
        let stored = self.stored.get(section, key).cloned();
        let Some(text) = stored else {
            let rule = rules::of_loss(self.stored, &pointer, sent);
            return self.put(pointer, Fate::Lost, sent, None, rule);
        };
        let doc = Document::parse(text.as_str().into(), Limits::default());
        let Ok(doc) = doc else {
            return self.put(
                pointer,
                Fate::NotKnown,
                sent,
                Some(&text),
                Some(&rules::UNREADABLE),
            );
        };
        if section == Section::Top && key == "timestamp" {
            let likeness = of_times(sent, doc.root());
            return self.leaf(pointer, sent, doc.root(), likeness);
        }
        self.value(pointer, sent, Some(doc.root()));
    }

    /// A value and all within it.
    fn value(&mut self, at: String, sent: Value<'_>, stored: Option<Value<'_>>) {
        let Some(stored) = stored else {
            let rule = rules::of_loss(self.stored, &at, sent);
            return self.put(at, Fate::Lost, sent, None, rule);
        };
        let is_container = sent.kind().is_container();
        if is_container && stored.kind() == Kind::String {
            return self.stored_as_text(&at, sent, stored);
        }
        if is_container && sent.kind() == stored.kind() && !sent.is_empty() {
            // What is stored besides makes it another value.
            let more = match sent.kind() {
                Kind::Array => stored.len() > sent.len(),
                _ => {
                    let own = Members::of(sent);
                    let mut keys = stored.children().filter_map(Value::key);
                    keys.any(|key| own.get(&key).is_none())
                }
            };
            if more {
                let rule = rules::of_change(self.stored, &at, Likeness::Other);
                return self.put(at, Fate::Changed, sent, Some(&stored.canonical()), rule);
            }
            if sent.kind() == Kind::Array {
                let mut others = stored.children();
                for (index, child) in sent.children().enumerate() {
                    let mut below = at.clone();
                    pointer::push_index(&mut below, index);
                    self.value(below, child, others.next());
                }
                return;
            }
            let others = Members::of(stored);
            for child in members(sent) {
                let key = child.key().unwrap_or_default();
                self.value(pointer::join(&at, &key), child, others.get(&key));
            }
            return;
        }
        let likeness = of_leaf(sent, stored);
        self.leaf(at, sent, stored, likeness);
    }

    /// A container that came back as its own JSON in a string.
    fn stored_as_text(&mut self, at: &str, sent: Value<'_>, stored: Value<'_>) {
        let text = stored.str().unwrap_or_default();
        let inner = Document::parse(text.as_ref().into(), Limits::default());
        let is_same = inner.is_ok_and(|inner| equality::is_same_value(sent, inner.root()));
        let (fate, likeness) = match is_same {
            true => (Fate::ByValue, Likeness::AsText),
            false => (Fate::Changed, Likeness::Other),
        };
        let rule = rules::of_change(self.stored, at, likeness);
        self.put(at.to_owned(), fate, sent, Some(&stored.canonical()), rule);
    }

    fn leaf(&mut self, at: String, sent: Value<'_>, stored: Value<'_>, likeness: Likeness) {
        let (fate, rule) = match likeness {
            Likeness::Same => (Fate::AsSent, None),
            Likeness::Respelled | Likeness::AsText => {
                (Fate::ByValue, rules::of_change(self.stored, &at, likeness))
            }
            Likeness::Rounded | Likeness::Cut | Likeness::Other => {
                (Fate::Changed, rules::of_change(self.stored, &at, likeness))
            }
        };
        self.put(at, fate, sent, Some(&stored.canonical()), rule);
    }

    fn put(
        &mut self,
        pointer: String,
        fate: Fate,
        sent: Value<'_>,
        stored: Option<&JsonText>,
        rule: Option<&'static StorageRule>,
    ) {
        // What nobody knows to have been sent was not replaced by what came later.
        let rule = match rule {
            Some(rule) if self.unsure.event && rule.is_of_merging() => {
                Some(&rules::NOT_KNOWN_AS_SENT)
            }
            rule => rule,
        };
        self.fields.push(FieldVerdict {
            pointer,
            fate,
            sent: sent.canonical(),
            stored: stored.cloned(),
            rule,
        });
    }
}

/// The comparison of an event that was not found: nothing is known of any field.
pub fn not_found(body: &str) -> Option<Comparison> {
    let stored = StoredEvent::default();
    let mut comparison = compare(body, &stored, Unsure::default())?;
    for field in &mut comparison.fields {
        field.fate = Fate::NotKnown;
        field.rule = None;
    }
    Some(comparison)
}
