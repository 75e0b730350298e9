//! All that is known of the value under the cursor: what it is, where it comes from by which rule and how
//! sure that is, or where it goes, what an edit did to it, what privacy mode does, what is to be said of it.

use crate::completion::{Edit, TraceMetadata};
use crate::delivery::sink::Receipt;
use crate::event::privacy::Privacy;
use crate::event::{Field, Source};
use crate::inspector::current::Current;
use crate::inspector::current::trace_rows::TraceRowIndex;
use crate::inspector::{Model, Pane};
use crate::json::{Document, JsonText, Kind, pointer};
use crate::mapping::{Fate, Severity};

/// One thing that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it tells of, in a word.
    pub label: &'static str,
    /// What it tells.
    pub says: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// By the way.
    Secondary,
    /// A pointer.
    Pointer,
    /// An edit's doing.
    Edited,
    /// Something is lost or assumed.
    Warning,
    /// Something would be refused, or leak.
    Error,
}

fn fact(label: &'static str, says: impl Into<String>, tone: Tone) -> Fact {
    Fact {
        label,
        says: says.into(),
        tone,
    }
}

impl Model {
    /// What is known of the value under the cursor of a pane, and what to call it.
    pub(crate) fn about(
        &self,
        pane: Pane,
        at: &str,
        value: &JsonText,
    ) -> (&'static str, Vec<Fact>) {
        let (title, mut facts) = self.about_row(pane, at);
        let first = usize::from(facts.first().is_some_and(|fact| fact.label == "pointer"));
        facts.insert(first, fact("value", size_of(value), Tone::Plain));
        (title, facts)
    }

    /// What is known of the row under the cursor of a pane, but for its value, and what to call it.
    pub(crate) fn about_row(&self, pane: Pane, at: &str) -> (&'static str, Vec<Fact>) {
        let Some(current) = &self.current else {
            return ("Value", Vec::new());
        };
        let mut facts = vec![fact("pointer", at, Tone::Pointer)];
        let title = match pane {
            Pane::Event => {
                self.of_field(current, at, &mut facts);
                "Field of the event"
            }
            Pane::Completion | Pane::Trace => {
                let fate = match pane {
                    Pane::Completion => current
                        .source_row()
                        .map(|row| current.fate(row, self.privacy)),
                    _ => Some(self.fate_of_slot(current, at)),
                };
                if let Some(fate) = fate {
                    of_fate(current, &fate, self.privacy, &mut facts);
                }
                self.edits(current, &[at.to_owned()], &mut facts);
                self.findings_on(current, &[at.to_owned()], &mut facts);
                match pane {
                    Pane::Completion => "Value of the completion",
                    _ => "Trace metadata",
                }
            }
            Pane::List => {
                facts.remove(0);
                let completion = &current.completion;
                facts.push(fact("from", completion.origin.to_string(), Tone::Pointer));
                facts.push(fact("api", completion.api.name(), Tone::Plain));
                "Completion"
            }
        };
        // What one asks first stands first; the rule is the longest.
        facts.sort_by_key(|fact| match fact.label {
            "privacy" => 1,
            "confidence" => 2,
            "rule" => 3,
            _ => 0,
        });
        (title, facts)
    }

    fn fate_of_slot(&self, current: &Current, at: &str) -> Fate {
        let metadata = &current.mapped.metadata;
        let fields = [
            (metadata.user_pointer().to_owned(), &metadata.user),
            (metadata.session_pointer().to_owned(), &metadata.session_id),
        ];
        let field = fields.into_iter().find(|(own, _)| own == at);
        let source = match field {
            Some((_, field)) => field.source.filter(|_| !field.edited),
            None => {
                let mut entries = metadata.trace.iter();
                let entry = entries.find(|entry| metadata.key_pointer(&entry.key) == at);
                let own = entry.filter(|entry| !entry.edited);
                own.and_then(|entry| entry.source)
            }
        };
        match source {
            Some(id) => current.fate_of_node(id, self.privacy),
            None => current.fate_of_edit(at),
        }
    }

    fn of_field(&self, current: &Current, at: &str, facts: &mut Vec<Fact>) {
        let Some(field) = current.field_at(at) else {
            let says = match at {
                "/is_pending" => "the constant false: nothing will be added to this event",
                _ => "it is a part of the event, and has no source of its own",
            };
            facts.push(fact("from", says, Tone::Plain));
            return;
        };
        facts.push(fact("from", field.provenance.step.from, Tone::Plain));
        let mut pointers = current.sources_at(at);
        let sources = field.provenance.sources.iter().zip(&pointers);
        for (index, (source, pointer)) in sources.enumerate() {
            let label = if index == 0 { "source" } else { "" };
            let made = match source {
                Source::Edit(_) => fact(label, format!("{pointer}, by an edit"), Tone::Edited),
                Source::Node(_) | Source::Part(_) => fact(label, pointer, Tone::Pointer),
            };
            facts.push(made);
        }
        rule(field, facts);
        pointers.push(at.to_owned());
        self.edits(current, &pointers, facts);
        let before = current.original.as_ref();
        let before = before.and_then(|event| event.field(field.section, &field.key));
        if let Some(before) = before.filter(|before| before.value != field.value) {
            // The sign of a cut is there where it was cut here as well.
            let was = short(&before.value.preview(4 * WAS + 4));
            facts.push(fact("was", was, Tone::Secondary));
        }
        facts.push(privacy(field, self.privacy));
        self.findings_on(current, &pointers, facts);
    }

    /// The last edit that made what stands at one of these pointers.
    fn edits(&self, current: &Current, pointers: &[String], facts: &mut Vec<Fact>) {
        let Some(entry) = self.library.entry(current.index) else {
            return;
        };
        let steps = entry.edits.steps();
        let metadata = &current.mapped.metadata;
        let touches = |edit: &Edit| {
            let own = targets(edit, metadata);
            let is_own = |at: &String| own.iter().any(|own| pointer::is_within(at, own));
            pointers.iter().any(is_own)
        };
        if let Some(index) = steps.iter().rposition(touches) {
            let says = format!(
                "{} (edit {} of {})",
                says_of(&steps[index]),
                index + 1,
                steps.len()
            );
            facts.push(fact("edit", says, Tone::Edited));
        }
    }

    fn findings_on(&self, current: &Current, pointers: &[String], facts: &mut Vec<Fact>) {
        let reaches = |finding: &str| {
            // What is found within a value is about it, too.
            let is_near = |at: &String| {
                pointer::is_within(finding, at)
                    || (!finding.is_empty() && pointer::is_within(at, finding))
            };
            pointers.iter().any(is_near)
        };
        let places = TraceRowIndex::of(&current.mapped.metadata);
        let own = places.row(pointers);
        for finding in self.found() {
            let slot = places.row(std::slice::from_ref(&finding.pointer));
            let sources = current.sources_at(&finding.pointer);
            let is_of_slot = own.is_some() && own == slot;
            if is_of_slot
                || reaches(&finding.pointer)
                || sources.iter().any(|at| pointers.contains(at))
            {
                let tone = match finding.severity() {
                    Severity::Error => Tone::Error,
                    Severity::Warning => Tone::Warning,
                    Severity::Info => Tone::Secondary,
                };
                let says = format!("{}: {}", finding.code.as_str(), finding.help);
                facts.push(fact("finding", says, tone));
            }
        }
    }
}

/// Bytes of a value that stood there before.
const WAS: usize = 160;

/// A value's type and size.
fn size_of(value: &JsonText) -> String {
    let kind = value.kind().name();
    let bytes = value.as_str().len();
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let size = match value.kind() {
        Kind::String => {
            let text = value.str().unwrap_or_default();
            count(text.chars().count(), "character", "characters")
        }
        Kind::Array | Kind::Object => {
            let doc = Document::parse(value.as_str().into(), Default::default());
            let held = doc.map_or(0, |doc| doc.root().len());
            match value.kind() {
                Kind::Array => count(held, "item", "items"),
                _ => count(held, "key", "keys"),
            }
        }
        _ => return format!("{kind}, {}", count(bytes, "byte", "bytes")),
    };
    format!("{kind}, {size}, {} as JSON", count(bytes, "byte", "bytes"))
}

/// The rule in full, and how far it is known.
fn rule(field: &Field, facts: &mut Vec<Fact>) {
    let step = field.provenance.step;
    let steps: Vec<&str> = step.rule.steps.iter().map(|step| step.from).collect();
    if steps.len() > 1 {
        let says = format!("the first that is there of: {}", steps.join(" / "));
        facts.push(fact("rule", says, Tone::Plain));
    }
    let confidence = step.confidence;
    let says = format!("{}: {}", confidence.name(), confidence.says());
    facts.push(fact("confidence", says, Tone::Secondary));
}

/// Where a value goes, or why it goes nowhere.
fn of_fate(current: &Current, fate: &Fate, mode: Privacy, facts: &mut Vec<Fact>) {
    let is_holder = matches!(fate, Fate::Holds(_));
    let mut goes = |label, fields: &[String]| {
        for (index, pointer) in fields.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            facts.push(fact(label, pointer, Tone::Pointer));
        }
        if let Some(field) = fields.first().and_then(|at| current.field_at(at)) {
            // Of a container, each value has a rule of its own.
            if !is_holder {
                rule(field, facts);
                facts.push(privacy(field, mode));
            }
        }
        let is_kept = |pointer: &&String| {
            let field = current.field_at(pointer);
            field.is_some_and(Field::is_text)
        };
        if is_holder {
            let kept = fields.iter().filter(is_kept).count();
            facts.extend(privacy_of_all(fields.len(), kept, mode));
        }
    };
    match fate {
        Fate::Became(fields) | Fate::Holds(fields) => goes("goes to", fields),
        Fate::Withheld(fields) => goes("kept back", fields),
        Fate::Superseded { .. } | Fate::Shadowed(_) => {
            facts.push(fact(
                "goes",
                format!("nowhere: {}", fate.says()),
                Tone::Warning,
            ));
        }
        Fate::Dropped(why) => facts.push(fact("goes", format!("nowhere: {why}"), Tone::Plain)),
    }
}

/// What privacy mode does to a field.
fn privacy(field: &Field, mode: Privacy) -> Fact {
    match (field.is_text(), mode) {
        (true, Privacy::Off) => fact("privacy", "privacy mode would keep it back", Tone::Plain),
        (true, Privacy::On) => fact("privacy", "privacy mode keeps it back", Tone::Warning),
        (false, _) => fact("privacy", "privacy mode sends it as it is", Tone::Secondary),
    }
}

/// What privacy mode does to the fields that a container's values became; nothing where they are told one by one.
fn privacy_of_all(fields: usize, kept: usize, mode: Privacy) -> Option<Fact> {
    let says = |does: &str| match kept {
        0 => "privacy mode sends all of it as it is".to_owned(),
        1 if fields == 1 => format!("privacy mode {does} it back"),
        kept if kept == fields => format!("privacy mode {does} back all {fields} fields"),
        1 => format!("privacy mode {does} back 1 of {fields} fields"),
        kept => format!("privacy mode {does} back {kept} of {fields} fields"),
    };
    (fields > 0).then(|| match (kept, mode) {
        (0, _) => fact("privacy", says(""), Tone::Secondary),
        (_, Privacy::Off) => fact("privacy", says("would keep"), Tone::Plain),
        (_, Privacy::On) => fact("privacy", says("keeps"), Tone::Warning),
    })
}

/// What an edit is about: the places of its values in the completion.
fn targets(edit: &Edit, metadata: &TraceMetadata) -> Vec<String> {
    match edit {
        Edit::User(_) => vec![metadata.user_pointer().to_owned()],
        Edit::SessionId(_) => vec![metadata.session_pointer().to_owned()],
        Edit::SetKey { key, .. } | Edit::RemoveKey(key) | Edit::RenameKey { to: key, .. } => {
            vec![metadata.key_pointer(key)]
        }
        Edit::Together(edits) => {
            let all = edits.iter();
            all.flat_map(|edit| targets(edit, metadata)).collect()
        }
        Edit::ReplaceTrace(_) => {
            let keys = metadata.trace.iter().map(|entry| &entry.key);
            keys.map(|key| metadata.key_pointer(key)).collect()
        }
    }
}

/// An edit in words.
fn says_of(edit: &Edit) -> String {
    let set = |name: &str, text: &Option<String>| match text {
        Some(text) => format!("{name} was set to \"{}\"", short(text)),
        None => format!("{name} was cleared"),
    };
    match edit {
        Edit::User(text) => set("user", text),
        Edit::SessionId(text) => set("session_id", text),
        Edit::SetKey { key, value } => format!("{key} was set to {}", short(value.as_str())),
        Edit::RemoveKey(key) => format!("{key} was deleted"),
        Edit::RenameKey { from, to } => format!("{from} was renamed to {to}"),
        Edit::ReplaceTrace(_) => "the trace was written anew".to_owned(),
        Edit::Together(edits) => {
            let all: Vec<String> = edits.iter().map(says_of).collect();
            all.join(", ")
        }
    }
}

fn short(text: &str) -> String {
    let mut chars = text.chars();
    let short: String = chars.by_ref().take(WAS).collect();
    match chars.next() {
        Some(_) => format!("{short}…"),
        None => short,
    }
}

/// What is known of something that the sink received.
pub(crate) fn of_received(received: &Receipt) -> Vec<Fact> {
    let (answer, tone) = match received.status {
        Some(status @ 200..300) => (status.to_string(), Tone::Plain),
        Some(status) => (status.to_string(), Tone::Error),
        None => ("no answer".to_owned(), Tone::Error),
    };
    let answered = format!("{answer} on {} {}", received.method, received.path);
    let mut facts = vec![
        fact("answered", answered, tone),
        fact("body", format!("{} bytes", received.bytes), Tone::Plain),
    ];
    facts.extend(
        received
            .reasons
            .iter()
            .map(|why| fact("why", why, Tone::Error)),
    );
    if let Some(project) = &received.project {
        facts.push(fact("project", project, Tone::Plain));
    }
    let notes = received.notes().into_iter();
    facts.extend(notes.map(|note| fact("note", note, Tone::Warning)));
    if received.merged.is_some() {
        let says = "the event so far, with all its parts";
        facts.push(fact("shown", says, Tone::Secondary));
    }
    facts
}
