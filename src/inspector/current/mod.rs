//! The completion that is shown: its event, the rows of both trees, and how they belong together.

mod links;
pub mod rows;
pub mod trace_rows;
mod unused;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::completion::{Completion, Edit, Edits};
use crate::display;
use crate::event::privacy::Privacy;
use crate::event::wire;
use crate::event::{DestinationKind, Event, Section, Source};
use crate::inspector::ui::tree::Tree;
use crate::inspector::ui::value;
use crate::json::pointer::Resolver;
use crate::json::{JsonText, NodeId, pointer};
use crate::mapping::scan::leaks::{Conversation, Suspects};
use crate::mapping::scan::{Known, LeakAt, PrivacyVerdict, Said};
use crate::mapping::{self, Code, Context, Deliveries, Fate, Finding, Mapped, scan};
use crate::prepare::{self, PrepareOptions};
use rows::{CompletionRow, EventRow, Fold};
use unused::Mattering;

/// Said where there is no completion to do something with.
pub(crate) const NOTHING: &str = "no completion is shown";

/// Bytes of a completion whose conversation is read at once; a longer one is read aside.
const READ_AT_ONCE: usize = 1 << 20;

/// The completion that is shown.
#[derive(Debug, Clone)]
pub struct Current {
    /// Its place in the library.
    pub index: usize,
    /// The completion itself.
    pub completion: Arc<Completion>,
    /// Whether its source holds another version by now, which is shown once nothing is typed.
    pub is_outdated: bool,
    /// Its event and findings, with edits.
    pub mapped: Mapped,
    /// Its event without edits, to tell what they changed.
    pub original: Option<Event>,
    /// The kind of destination that its event would go to: route and size depend on it.
    pub kind: DestinationKind,
    /// Bytes of the request's body with privacy mode off and on.
    pub sizes: [usize; 2],
    /// What leaks past privacy mode.
    pub leaks: Vec<LeakAt>,
    /// What can be said of that.
    verdict: PrivacyVerdict,
    /// Pointers of the completion from which that comes.
    leaking: Vec<String>,
    /// The completion as a tree.
    pub source: Tree<CompletionRow>,
    /// The event as a tree.
    pub event: Tree<EventRow>,
    /// Trace keys of the completion itself.
    entries: HashSet<NodeId>,
    /// The conversation's words; of a long one, none until they were read aside.
    conversation: Option<Arc<Conversation>>,
    text_findings: Vec<Finding>,
    /// What OpenRouter delivered of generations, this one perhaps among them.
    deliveries: Arc<Deliveries>,
    /// The event's fields by their pointers.
    fields: HashMap<String, usize>,
    /// What is drawn of each of the event's rows, made with them: rows are drawn with every key.
    texts: Vec<EventRowText>,
    /// How much of the completion's parts and of the trace arrives, in words: with privacy mode off and on, each counted
    /// once for a mapping, since that takes a walk over all values.
    arriving: [Option<Vec<(NodeId, String)>>; 2],
    /// The privacy mode that the rows were made for.
    counted: Privacy,
    /// Which values matter, where the others are folded away.
    mattering: Option<Mattering>,
}

/// What is drawn of a row of the event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventRowText {
    /// Columns of its key.
    pub key: usize,
    /// Its value, as far as it is shown.
    pub shown: String,
    /// Columns of that.
    pub value: usize,
    /// Where the value is from, in short; empty where it is from nowhere.
    pub source: String,
}

/// Values of a document whose parts are counted with every change; those of a larger one are where the cursor is.
const COUNTED: usize = 10_000;

/// How an event row came to differ from the sample's own event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The same.
    Same,
    /// An edit added it.
    Added,
    /// An edit changed it.
    Changed,
}

/// A source without what is the same for most of them: `usage.prompt_tokens`.
fn in_short(pointer: &str) -> String {
    let path = pointer
        .trim_start_matches("/request/")
        .trim_start_matches("/response/")
        .trim_start_matches('/');
    path.replace("choices/0/", "").replace('/', ".")
}

impl Current {
    /// Shows a completion.
    pub fn new(
        index: usize,
        completion: Arc<Completion>,
        edits: &Edits,
        options: &PrepareOptions,
    ) -> Current {
        let context = &options.context;
        let is_short = completion.document().text().len() <= READ_AT_ONCE;
        let conversation = is_short.then(|| Arc::new(Conversation::of(&completion)));
        let original = mapping::map(&completion, &Edits::none(), context);
        let text_findings = original.event().map(scan::findings_of_texts);
        let mapped = match edits.is_empty() {
            true => original.clone(),
            false => mapping::map(&completion, edits, context),
        };
        let closed = rows::closed_at_first(&completion, &original);
        let entries = original.metadata.trace.iter();
        let entries = entries.filter_map(|entry| entry.source).collect();
        let mut current = Current {
            index,
            is_outdated: false,
            entries,
            mapped,
            original: original.event().cloned(),
            kind: options.kind,
            sizes: [0; 2],
            leaks: Vec::new(),
            verdict: PrivacyVerdict::CannotTell(Known::default()),
            leaking: Vec::new(),
            source: Tree::closed_at(closed),
            event: Tree::default(),
            conversation,
            text_findings: text_findings.unwrap_or_default(),
            deliveries: Arc::default(),
            fields: HashMap::new(),
            texts: Vec::new(),
            arriving: [None, None],
            counted: options.privacy,
            mattering: None,
            completion,
        };
        current.after_mapping(options.privacy);
        current
    }

    /// Shows another state of the completion that `before` shows: what was open stays open, and the cursors stay on
    /// what they were on.
    pub fn renewed(
        before: &Current,
        completion: Arc<Completion>,
        edits: &Edits,
        options: &PrepareOptions,
    ) -> Current {
        let mut current = Current::new(before.index, completion, edits, options);
        if before.mattering.is_some() {
            current.fold_unused(true, options.privacy);
        }
        let (old, new) = (before.completion.document(), current.completion.document());
        let (mut of_old, mut of_new) = (Resolver::default(), Resolver::default());
        let mut was_there = |fold: &Fold| match fold {
            Fold::Container(id) => {
                let pointer = new.at(*id).pointer();
                of_old.resolve(old.root(), &pointer).is_some()
            }
            Fold::Unused(id) => {
                let pointer = new.at(*id).pointer();
                let id = of_old.resolve(old.root(), &pointer).map(|value| value.id());
                id.is_some_and(|id| before.has_unused_row(id))
            }
        };
        let mut closed = current.source.closed().clone();
        closed.retain(|fold| !was_there(fold));
        let stays = before.source.closed().iter();
        let mut id = |id: NodeId| {
            let pointer = old.at(id).pointer();
            Some(of_new.resolve(new.root(), &pointer)?.id())
        };
        closed.extend(stays.filter_map(|fold| {
            Some(match fold {
                Fold::Container(old) => Fold::Container(id(*old)?),
                Fold::Unused(old) => Fold::Unused(id(*old)?),
            })
        }));
        *current.source.closed_mut() = closed;
        *current.event.closed_mut() = before.event.closed().clone();
        current.rebuild(options.privacy);
        let row = before
            .source_pointer()
            .and_then(|at| current.row_of_source(&at));
        current.source.cursor = before.source.cursor;
        current.source.cursor.row = row.unwrap_or(before.source.cursor.row);
        let at = before.event_row().map(|row| row.pointer.as_str());
        let row = at.and_then(|at| current.row_of_event(at));
        current.event.cursor = before.event.cursor;
        current.event.cursor.row = row.unwrap_or(before.event.cursor.row);
        current
    }

    /// Whether the conversation is long and its words were not read yet; see [`Current::set_leak_index`].
    pub fn lacks_leak_index(&self) -> bool {
        self.conversation.is_none()
    }

    /// Takes the conversation's words, read aside: from now on an edit costs no look at the texts.
    pub fn set_leak_index(&mut self, conversation: Arc<Conversation>) {
        self.conversation = Some(conversation);
    }

    /// Says where OpenRouter's delivery of the same generation differs, now and after each edit.
    pub fn compare_with(&mut self, deliveries: Arc<Deliveries>) {
        self.deliveries = deliveries;
        self.add_differences();
    }

    fn add_differences(&mut self) {
        let differences = self.deliveries.differences(&self.completion, &self.mapped);
        self.mapped.findings.extend(differences);
    }

    /// Maps the completion without its edits again, after a change of what all are mapped with.
    pub fn map_original(&mut self, context: &Context) {
        let original = mapping::map(&self.completion, &Edits::none(), context);
        self.original = original.event().cloned();
    }

    /// Maps again, after an edit.
    pub fn remap(&mut self, edits: &Edits, options: &PrepareOptions) {
        self.kind = options.kind;
        self.mapped = mapping::map(&self.completion, edits, &options.context);
        self.after_mapping(options.privacy);
    }

    /// Shows the event as it would go to another kind of destination.
    pub fn bind(&mut self, kind: DestinationKind, mode: Privacy) {
        if self.kind != kind {
            self.kind = kind;
            self.measure();
            self.rebuild(mode);
        }
    }

    fn measure(&mut self) {
        if let Some(event) = self.mapped.event() {
            self.sizes = [Privacy::Off, Privacy::On]
                .map(|mode| wire::body_size(prepare::outbound(event, mode, self.kind)));
        }
    }

    fn after_mapping(&mut self, mode: Privacy) {
        self.arriving = [None, None];
        self.measure();
        let fields = self.mapped.event().map_or(&[][..], |event| &event.fields);
        let fields = fields.iter().enumerate();
        self.fields = fields
            .map(|(index, field)| (field.pointer(), index))
            .collect();
        let mut known = Known::of(&self.completion);
        if let Some(event) = self.mapped.event() {
            let conversation = self.conversation.clone().unwrap_or_else(|| {
                let suspects = Suspects::of(scan::user_made(event));
                Arc::new(Conversation::for_suspects(&self.completion, &suspects))
            });
            known = conversation.known();
            self.leaks = scan::leaks(event, &conversation);
            let sources = self.leaks.iter();
            self.leaking = sources
                .flat_map(|leak| self.sources_at(&leak.pointer))
                .collect();
            // No edit changes the texts, so what was found in them still holds.
            let found = scan::findings_of_metadata(event, &conversation);
            let texts = self.text_findings.iter().cloned();
            self.mapped.findings.extend(found.into_iter().chain(texts));
        }
        let said = match &self.conversation {
            Some(conversation) => Said::Indexed(conversation),
            None => Said::Texts(&self.completion),
        };
        let has_leaks = !self.leaks.is_empty();
        self.verdict = PrivacyVerdict::of(self.mapped.event(), has_leaks, known, said);
        self.add_differences();
        self.look_again(mode);
        self.rebuild(mode);
    }

    /// Makes the rows anew; the cursors stay on what they were on.
    pub fn rebuild(&mut self, mode: Privacy) {
        let metadata = &self.mapped.metadata;
        let closed = self.source.closed();
        let source = match &self.mattering {
            None => rows::source_rows(&self.completion, metadata, closed),
            Some(mattering) => {
                unused::rows_that_matter(&self.completion, metadata, closed, mattering)
            }
        };
        let event = self.event_rows(mode, self.event.closed());
        self.texts = event.iter().map(|row| self.text_of(row)).collect();
        self.counted = mode;
        if self.arriving[mode as usize].is_none() {
            self.arriving[mode as usize] = Some(self.count_arriving(mode));
        }
        self.source.set_rows(source);
        self.event.set_rows(event);
    }

    fn text_of(&self, row: &EventRow) -> EventRowText {
        let Some(value) = &row.value else {
            return EventRowText::default();
        };
        let source = self.first_source_of(row).unwrap_or_default();
        let field = self.field(row);
        let count = field.map_or(0, |field| field.provenance.sources.len());
        let source = match count {
            0 | 1 => in_short(&source),
            // It is not made of the first alone.
            count => format!("{} +{}", in_short(&source), count - 1),
        };
        let shown = value::plain(value);
        EventRowText {
            key: display::width(&row.key),
            value: display::width(&shown),
            shown,
            source,
        }
    }

    fn count_arriving(&self, mode: Privacy) -> Vec<(NodeId, String)> {
        let document = self.completion.document();
        if document.len() > COUNTED {
            return Vec::new();
        }
        let trace = document.resolve(self.mapped.metadata.trace_pointer());
        let parts = document.root().children().chain(trace);
        let counted = parts.filter_map(|part| {
            let contents = mapping::contents(&self.completion, &self.mapped, part.id(), mode)?;
            Some((part.id(), contents.counted()))
        });
        counted.collect()
    }

    /// What is drawn of a row of the event.
    pub fn event_text(&self, row: usize) -> Option<&EventRowText> {
        self.texts.get(row)
    }

    /// How much of a part of the completion arrives.
    pub fn arriving(&self, id: NodeId) -> Option<&str> {
        let mut counts = self.arriving[self.counted as usize].iter().flatten();
        let found = counts.find(|(part, _)| *part == id);
        found.map(|(_, says)| says.as_str())
    }

    /// The rows of the event, without what is in closed containers: what would leave, what privacy mode keeps
    /// back, and what is not known.
    pub(crate) fn event_rows(&self, mode: Privacy, closed: &HashSet<String>) -> Vec<EventRow> {
        let event = self.mapped.event();
        event.map_or_else(Vec::new, |event| {
            let outbound = prepare::outbound(event, mode, self.kind);
            rows::event_rows(outbound, &self.mapped.unknown, closed)
        })
    }

    pub(crate) fn row_of_source(&self, pointer: &str) -> Option<usize> {
        let node = self.completion.document().resolve(pointer).map(|v| v.id());
        self.source.rows().iter().position(|row| match row {
            CompletionRow::Node { id, .. } => Some(*id) == node,
            CompletionRow::Added { pointer: have, .. } => have == pointer,
            CompletionRow::Unused { .. } => false,
        })
    }

    /// Whether an edit added a value at a pointer of the completion, in sight or not.
    pub(crate) fn is_added(&self, pointer: &str) -> bool {
        self.added().any(|(have, _)| have == pointer)
    }

    /// What edits added to the completion, with its pointers, in sight or not.
    pub(crate) fn added(&self) -> impl Iterator<Item = (String, JsonText)> {
        let added = rows::added_rows(&self.completion, &self.mapped.metadata).into_iter();
        added.filter_map(|(_, row)| match row {
            CompletionRow::Added { pointer, value, .. } => Some((pointer, value)),
            _ => None,
        })
    }

    pub(crate) fn row_of_event(&self, pointer: &str) -> Option<usize> {
        let mut rows = self.event.rows().iter();
        rows.position(|row| row.pointer == pointer)
    }

    /// What leaks past privacy mode, in words: how much, or that nothing does, or that it can't be told.
    pub(crate) fn leaks_in_words(&self) -> String {
        match self.leaks.len() {
            0 if self.has_secret() => {
                format!("{}, but a key that would be stored", self.verdict().says())
            }
            0 => self.verdict().says().to_owned(),
            count => display::counted(count, "leak"),
        }
    }

    /// Whether edits made, changed or removed something in the request.
    pub(crate) fn is_request_edited(&self) -> bool {
        let metadata = &self.mapped.metadata;
        let fields = [&metadata.user, &metadata.session_id];
        let mut removed = self.entries.iter();
        fields.iter().any(|field| field.edited)
            || metadata.trace.iter().any(|entry| entry.edited)
            || removed.any(|id| self.edited_value(*id).is_some())
    }

    /// Whether the event has a key in it, which privacy mode does not look for.
    pub(crate) fn has_secret(&self) -> bool {
        let mut findings = self.mapped.findings.iter();
        findings.any(|finding| finding.code == Code::SecretInEvent)
    }

    /// What privacy mode can promise of the event.
    pub const fn verdict(&self) -> PrivacyVerdict {
        self.verdict
    }

    /// Whether a container of the completion is closed.
    pub fn is_source_closed(&self, id: NodeId) -> bool {
        self.source.closed().contains(&Fold::Container(id))
    }

    /// Whether what goes nowhere in a container is folded away.
    pub fn is_unused_closed(&self, holder: NodeId) -> bool {
        self.source.closed().contains(&Fold::Unused(holder))
    }

    /// Whether what goes nowhere in a container has a row of its own in sight.
    fn has_unused_row(&self, of: NodeId) -> bool {
        let mut rows = self.source.rows().iter();
        rows.any(|row| matches!(row, CompletionRow::Unused { holder, .. } if *holder == of))
    }

    /// Whether a container of the event is closed.
    pub fn is_event_closed(&self, pointer: &str) -> bool {
        self.event.closed().contains(pointer)
    }

    /// The event's row under the cursor.
    pub fn event_row(&self) -> Option<&EventRow> {
        self.event.row()
    }

    /// What the event has in its properties under a name.
    pub(crate) fn own_property(&self, key: &str) -> Option<&JsonText> {
        let field = self.mapped.event()?.field(Section::Properties, key)?;
        Some(&field.value)
    }

    /// The completion's row under the cursor.
    pub fn source_row(&self) -> Option<&CompletionRow> {
        self.source.row()
    }

    /// The pointer of a row of the completion's tree.
    pub fn pointer_of(&self, row: &CompletionRow) -> String {
        match row {
            CompletionRow::Node { id, .. } => self.completion.document().at(*id).pointer(),
            CompletionRow::Added { pointer, .. } => pointer.clone(),
            CompletionRow::Unused { holder, .. } => {
                self.completion.document().at(*holder).pointer()
            }
        }
    }

    /// The pointer under the completion's cursor.
    pub fn source_pointer(&self) -> Option<String> {
        self.source_row().map(|row| self.pointer_of(row))
    }

    /// Whether an event row holds what an edit made.
    pub fn is_edited(&self, row: &EventRow) -> bool {
        let is_edit = |source: &Source| matches!(source, Source::Edit(_));
        self.field(row)
            .is_some_and(|field| field.provenance.sources.iter().any(is_edit))
    }

    /// Whether text of the conversation leaves past privacy mode from a row of the event. A closed
    /// container answers for what is in it.
    pub fn leaks_in_event(&self, row: &EventRow) -> bool {
        let is_closed = self.is_event_closed(&row.pointer);
        self.leaks.iter().any(|leak| {
            leak.pointer == row.pointer
                || is_closed && pointer::is_within(&leak.pointer, &row.pointer)
        })
    }

    /// The same of a row of the completion.
    pub fn leaks_in_source(&self, row: &CompletionRow) -> bool {
        if self.leaking.is_empty() {
            return false;
        }
        let at = self.pointer_of(row);
        match row {
            CompletionRow::Node { id, .. } => {
                let is_closed = self.is_source_closed(*id);
                let leaks = |leaking: &String| {
                    *leaking == at || is_closed && pointer::is_within(leaking, &at)
                };
                // What an edit took away leaves no more.
                self.edited_value(*id) != Some(None) && self.leaking.iter().any(leaks)
            }
            CompletionRow::Added { .. } => self.leaks_in_trace(&at),
            CompletionRow::Unused { .. } => false,
        }
    }

    /// The same of a value of the trace metadata, by its pointer in the completion.
    pub fn leaks_in_trace(&self, at: &str) -> bool {
        let mut leaking = self.leaking.iter();
        leaking.any(|leaking| pointer::is_within(leaking, at))
    }

    /// How a field differs from the sample's own event.
    pub fn change(&self, row: &EventRow) -> Change {
        let (Some(field), Some(original)) = (self.field(row), &self.original) else {
            return Change::Same;
        };
        match original.field(field.section, &field.key) {
            None => Change::Added,
            Some(before) if before.value != field.value => Change::Changed,
            Some(_) => Change::Same,
        }
    }

    /// Brings the event's cursor to what an edit made, so that it is in sight.
    pub fn show_edit(&mut self, edit: &Edit, mode: Privacy) {
        let metadata = &self.mapped.metadata;
        let at = match edit {
            Edit::User(_) => metadata.user_pointer().to_owned(),
            Edit::SessionId(_) => metadata.session_pointer().to_owned(),
            Edit::SetKey { key, .. } | Edit::RenameKey { to: key, .. } => metadata.key_pointer(key),
            Edit::Together(edits) => {
                return edits.iter().for_each(|edit| self.show_edit(edit, mode));
            }
            Edit::RemoveKey(_) | Edit::ReplaceTrace(_) => return,
        };
        if let Fate::Became(fields) = self.fate_of_edit(&at) {
            self.go_to_event(&fields[0], mode);
        }
    }

    /// The edited value that stands in place of a node's own, if there is one; `Some(None)` where an
    /// edit removed it.
    pub fn edited_value(&self, id: NodeId) -> Option<Option<&JsonText>> {
        let metadata = &self.mapped.metadata;
        for field in [&metadata.user, &metadata.session_id] {
            if field.source == Some(id) && field.edited {
                return Some(field.value.as_ref());
            }
        }
        match metadata.trace.iter().find(|entry| entry.source == Some(id)) {
            Some(entry) if entry.edited => Some(Some(&entry.value)),
            Some(_) => None,
            None => self.entries.contains(&id).then_some(None),
        }
    }
}
