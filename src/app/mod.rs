//! The inspector's state, and how messages change it. Pure: `update` takes a message and returns effects,
//! which are plain data, so a test presses keys and looks at what comes out.

pub mod command;
pub mod compare;
pub mod current;
pub mod destination;
pub mod detail;
pub mod dropped;
pub mod facts;
pub mod filter;
pub mod history;
pub mod keymap;
pub mod layout;
pub mod library;
pub mod lines;
pub mod listing;
pub mod live;
pub mod prompt;
pub mod rows;
pub mod script;
pub mod secret;
pub mod send;
pub mod send_all;
pub mod trace;
pub mod tree;

mod act;
mod copying;
mod editing;
mod forms;
mod moving;
pub mod overlay;
pub mod overview;
pub mod panes;
pub mod raw;
pub mod saving;
pub mod search;
mod sending;
mod typing;

pub use command::Command;
pub use keymap::Keymap;
pub use layout::{Layout, Pane};
pub use overlay::Overlay;

use std::sync::Arc;

use crossterm::event::KeyEvent;

use crate::completion::{Completion, Edits};
use crate::delivery::history::Record;
use crate::event::privacy::Privacy;
use crate::event::wire::WireRequest;
use crate::mapping::Context;
use crate::mapping::leaks::Conversation;
use current::Current;
use library::{Batch, Library};
use send::{AttemptShown, DestinationShown, Received, Sending, Ticket};
use trace::TracePane;
use tree::Cursor;

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse was clicked at a column and a row.
    Click(u16, u16),
    /// The mouse was moved with its button down, to a column and a row.
    Drag(u16, u16),
    /// The mouse button was let go.
    Release,
    /// The wheel was turned at a column and a row, by lines (down is positive).
    Wheel(u16, u16, isize),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Completions were loaded, or records found that are not parsed yet.
    Loaded(Batch),
    /// A source changed: what it holds now, and its files.
    Changed(Batch, Vec<String>),
    /// How much of the sources was read, in bytes of all; none when all is read.
    Loading(Option<(u64, u64)>),
    /// Where test traces go was made out.
    Destination(DestinationShown),
    /// An attempt to deliver ended.
    Attempted(Ticket, AttemptShown),
    /// A retry is waited for, so many milliseconds.
    Waiting(Ticket, u64),
    /// A retry began.
    Retrying(Ticket),
    /// A delivery ended.
    Ended(Ticket, Ended),
    /// The local sink answered a request.
    Received(Received),
    /// A file was written, or was not.
    Saved(saving::Saved),
    /// What the destination window asked for.
    Connection(destination::News),
    /// A request through OpenRouter goes on.
    Live(Ticket, live::News),
    /// Sending all goes on.
    All(Ticket, send_all::News),
    /// The history says something.
    History(history::News),
    /// The words of a completion's conversation were read.
    Heard(Arc<Completion>, Arc<Conversation>),
    /// Something to tell.
    Notice(String),
    /// A second passed while something was counted down.
    Tick,
    /// Time to go on with what is looked at a slice at a time; see [`Model::is_busy`].
    Continue,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was accepted.
    Accepted,
    /// It was refused, or the attempts are used up.
    Failed,
    /// The user stopped it.
    Cancelled,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Deliver a request.
    Send(Ticket, WireRequest),
    /// Stop a delivery.
    Cancel(Ticket),
    /// Ask for something for the destination window.
    Destination(destination::Ask),
    /// Ask OpenRouter.
    Live(live::Ask),
    /// Send all that the model hands out; see [`Model::take_parcels`].
    SendAll(Ticket),
    /// Stop it: gently, and then at once.
    StopAll(Ticket),
    /// Ask the history for something.
    History(history::Ask),
    /// Read the words of the shown completion's conversation; [`Msg::Heard`] answers.
    Listen,
    /// Put text on the clipboard.
    Copy(String),
    /// Write a file whole, over another one only if it is to be replaced; [`Msg::Saved`] answers.
    Save {
        /// Where.
        path: std::path::PathBuf,
        /// What.
        bytes: Vec<u8>,
        /// Whether a file of this name may be replaced.
        replace: bool,
    },
    /// Put the program to sleep.
    Suspend,
    /// Leave.
    Quit,
}

/// What `update` takes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Env {
    /// Milliseconds since 1970.
    pub now: i64,
    /// A fresh UUIDv4.
    pub fresh_id: String,
}

/// The inspector's whole state.
#[derive(Debug, Clone)]
pub struct Model {
    /// The completions.
    pub library: Library,
    /// The completion that is shown.
    pub current: Option<Current>,
    /// Cursor in the list.
    pub list: Cursor,
    /// Which completions the list shows.
    pub listing: listing::Listing,
    /// How the user shares the screen out among the panes.
    pub sharing: panes::Sharing,
    /// A line that is asked for.
    pub prompt: Option<prompt::Prompt>,
    /// The trace pane.
    pub trace: TracePane,
    /// The pane that keys go to.
    pub focus: Pane,
    /// Privacy mode.
    pub privacy: Privacy,
    /// A window over the panes.
    pub overlay: Option<Overlay>,
    /// The search, being typed or in force.
    pub search: search::Search,
    /// Where test traces go.
    pub destination: DestinationShown,
    /// Test traces of this run, the newest last.
    pub sendings: Vec<Sending>,
    /// All that is listed on its way, or what came of it.
    pub all: Option<send_all::SendAll>,
    /// What is known of OpenRouter.
    pub openrouter: live::Access,
    /// A request on its way through it.
    pub live: Option<live::Live>,
    /// What the local sink received, the newest last.
    pub received: Vec<Received>,
    /// What was sent and not answered when the program last ended.
    pub left: Vec<Record>,
    /// Mistakes in the settings; the defaults stand in for what they say.
    pub mistakes: Vec<String>,
    /// One line to tell, until the next key.
    pub notice: Option<String>,
    /// How much of the sources was read, while they are read.
    pub loading: Option<(u64, u64)>,
    /// Keys to commands.
    pub keymap: Keymap,
    /// The last keys that were pressed, where a demonstration shows them.
    pub pressed: Option<Vec<String>>,
    /// What the mapping takes from outside.
    pub context: Context,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Milliseconds since 1970, as of the last message.
    pub now: i64,
    base_edits: Edits,
    next_ticket: u64,
    dragged: Option<usize>,
    /// Which completion's conversation was asked for last.
    listened: usize,
}

impl Model {
    /// An inspector without completions. `edits` are laid over every completion that is loaded.
    pub fn new(context: Context, privacy: Privacy, edits: Edits) -> Model {
        Model {
            library: Library::default(),
            current: None,
            list: Cursor::default(),
            listing: listing::Listing::default(),
            prompt: None,
            sharing: panes::Sharing::default(),
            trace: TracePane::default(),
            focus: Pane::List,
            privacy,
            overlay: None,
            search: search::Search::default(),
            destination: DestinationShown {
                name: "no destination".to_owned(),
                base_url: String::new(),
                is_local: true,
                headers: Vec::new(),
                trouble: Some("the destination is not ready yet".to_owned()),
            },
            sendings: Vec::new(),
            all: None,
            openrouter: live::Access::default(),
            live: None,
            received: Vec::new(),
            left: Vec::new(),
            mistakes: Vec::new(),
            notice: None,
            loading: None,
            keymap: Keymap::default(),
            pressed: None,
            now: context.now,
            context,
            size: (120, 40),
            base_edits: edits,
            next_ticket: 1,
            listened: 0,
            dragged: None,
        }
    }

    /// Takes a message in.
    pub fn update(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        self.now = env.now;
        let mut effects = match msg {
            Msg::Key(key) => {
                // What is typed there is a secret.
                if !self.is_typing_secret() {
                    self.note_pressed(&key);
                }
                self.key(&key, env)
            }
            Msg::Paste(text) => self.paste(&text),
            Msg::Click(column, row) => self.click(column, row),
            Msg::Drag(column, _) => {
                self.drag(column);
                Vec::new()
            }
            Msg::Release => {
                self.dragged = None;
                Vec::new()
            }
            Msg::History(news) => self.take_history(news, env),
            Msg::Wheel(column, row, lines) => {
                self.wheel(column, row, lines);
                Vec::new()
            }
            other => {
                self.take(other);
                Vec::new()
            }
        };
        self.settle();
        effects.extend(self.listen());
        effects
    }

    /// Asks once for the words of a long conversation.
    fn listen(&mut self) -> Option<Effect> {
        let current = self
            .current
            .as_ref()
            .filter(|current| current.is_unheard())?;
        let key = Arc::as_ptr(&current.completion) as usize;
        (self.listened != key).then(|| {
            self.listened = key;
            Effect::Listen
        })
    }

    fn take(&mut self, msg: Msg) {
        match msg {
            Msg::Resize(width, height) => {
                self.size = (width, height);
                // At the start, the list would lie over the panes as a popup.
                let is_start = self.library.is_empty() && self.focus == Pane::List;
                if is_start && self.layout().class == layout::Class::Medium {
                    self.focus = Pane::Source;
                }
            }
            Msg::Loaded(batch) => {
                let from = self.library.len();
                self.library.extend(batch);
                self.with_base_edits(from);
            }
            Msg::Changed(batch, files) => self.change(batch, &files),
            Msg::Loading(progress) => self.loading = progress,
            Msg::Destination(destination) => self.destination = destination,
            Msg::Received(received) => self.received.push(received),
            Msg::Saved(saved) => self.saved(saved),
            Msg::Heard(completion, conversation) => {
                let is_shown =
                    |current: &&mut Current| Arc::ptr_eq(&current.completion, &completion);
                if let Some(current) = self.current.as_mut().filter(is_shown) {
                    current.heard(conversation);
                }
            }
            Msg::Notice(text) => self.notice = Some(text),
            Msg::Connection(news) => self.take_destination(news),
            Msg::Live(ticket, news) => self.take_live(ticket, news),
            Msg::All(ticket, news) => self.take_all(ticket, news),
            Msg::Attempted(ticket, attempt) => {
                self.sending(ticket, |sending| sending.attempts.push(attempt));
            }
            Msg::Waiting(ticket, wait) => {
                let since = self.now;
                self.sending(ticket, |sending| {
                    sending.stage = send::Stage::Waiting { since, wait }
                });
            }
            Msg::Retrying(ticket) => {
                self.sending(ticket, |sending| sending.stage = send::Stage::Sending);
            }
            Msg::Ended(ticket, ended) => self.sending(ticket, |sending| {
                sending.stage = match ended {
                    Ended::Accepted => send::Stage::Accepted,
                    Ended::Failed => send::Stage::Failed,
                    Ended::Cancelled => send::Stage::Cancelled,
                };
            }),
            Msg::Tick
            | Msg::Continue
            | Msg::Key(_)
            | Msg::Paste(_)
            | Msg::Click(..)
            | Msg::Drag(..)
            | Msg::Release
            | Msg::Wheel(..)
            | Msg::History(_) => {}
        }
    }

    fn note_pressed(&mut self, key: &KeyEvent) {
        const SHOWN: usize = 6;
        if let (Some(pressed), Some(key)) = (&mut self.pressed, keymap::Key::of(key)) {
            pressed.push(keymap::pretty(key.as_str()));
            if pressed.len() > SHOWN {
                pressed.remove(0);
            }
        }
    }

    /// Changes a sending that is under way; news of one that has ended come too late.
    fn sending(&mut self, ticket: Ticket, change: impl FnOnce(&mut Sending)) {
        let found = self
            .sendings
            .iter_mut()
            .find(|sending| sending.ticket == ticket);
        if let Some(sending) = found.filter(|sending| sending.is_under_way()) {
            change(sending);
        }
    }

    /// A source changed on disk. What is shown stays shown, edits included, even if it moved.
    fn change(&mut self, batch: Batch, files: &[String]) {
        let name = files.first().cloned().unwrap_or_default();
        let count = batch.loaded.completions.len() + batch.records.len();
        if let (0, Some(problem)) = (count, batch.loaded.problems.first()) {
            // A file that cannot be read now was most likely saved in the middle of a change.
            self.notice = Some(format!("{problem}; the version before stays"));
            self.library.forget_problems(files);
            self.library.problems.extend(batch.loaded.problems);
            return;
        }
        let shown = self
            .current
            .as_ref()
            .map(|current| current.completion.origin.clone());
        self.library.replace(batch, files);
        self.with_base_edits(0);
        let place = shown.and_then(|origin| self.library.place_of(&origin));
        self.library_changed(place);
        // While a field is typed, the shown completion stays as it is.
        if !self.is_editing() {
            self.current = None;
        }
        self.notice = Some(match count {
            0 => format!("{name} is gone"),
            _ => format!("{name} changed and was read again"),
        });
    }

    fn with_base_edits(&mut self, from: usize) {
        if self.base_edits.is_empty() {
            return;
        }
        for index in from..self.library.len() {
            let fresh =
                |entry: &&mut library::Entry| entry.edits.is_empty() && entry.undone.is_empty();
            if let Some(entry) = self.library.entry_mut(index).filter(fresh) {
                entry.edits = self.base_edits.clone();
            }
        }
    }

    /// Whether time has to go on being told, for a countdown on screen.
    pub fn needs_ticks(&self) -> bool {
        let waits = |sending: &Sending| matches!(sending.stage, send::Stage::Waiting { .. });
        let all = self.all.as_ref();
        let live = self.live.as_ref();
        self.sendings.iter().any(waits)
            || live.is_some_and(live::Live::is_under_way)
            || all.is_some_and(send_all::SendAll::is_under_way)
    }

    /// The layout for the present size and focus.
    pub fn layout(&self) -> Layout {
        let findings = self
            .current
            .as_ref()
            .map_or(0, |current| finding_lines(&current.mapped.findings));
        let contents = layout::Contents {
            trace_rows: self.trace_rows(),
            findings,
            sharing: self.sharing,
        };
        Layout::of(self.size.0, self.size.1, self.focus, contents)
    }

    fn trace_rows(&self) -> usize {
        if let Some(raw) = &self.trace.raw {
            return raw.lines.lines().len();
        }
        self.current
            .as_ref()
            .map_or(1, |current| current.mapped.metadata.trace.len() + 3)
    }

    /// Brings cursors, scrolling and the shown completion in line with what changed.
    fn settle(&mut self) {
        self.look_on();
        self.list.row = self.list.row.min(self.listed().saturating_sub(1));
        let shown = self.current.as_ref().map(|current| current.index);
        if let Some(index) = self.at_cursor().filter(|index| shown != Some(*index))
            && !self.is_editing()
            && !self.is_broken(index)
        {
            self.show(index);
        }
        let layout = self.layout();
        let height = |pane: Pane| usize::from(layout.inner(pane).height);
        let listed = self.listed();
        self.list.settle(listed, height(Pane::List));
        let rows = self.trace_rows();
        self.trace.cursor.settle(rows, height(Pane::Trace));
        if let Some(current) = &mut self.current {
            current
                .source
                .settle(current.source_rows.len(), height(Pane::Source));
            current
                .event
                .settle(current.event_rows.len(), height(Pane::Event));
        }
        if let Some(raw) = &mut self.trace.raw {
            let height = usize::from(layout.raw().height).saturating_sub(2);
            raw.view.row = raw.lines.row();
            raw.view.settle(raw.lines.lines().len(), height);
        }
        self.settle_overlay();
        self.summarise_current();
        let visible = self.list.offset..self.list.offset + height(Pane::List).max(1);
        let context = self.context.clone();
        for index in visible
            .filter_map(|row| self.listing.entry(row))
            .collect::<Vec<_>>()
        {
            self.library.summarise(index, &context);
        }
    }

    /// What is shown was mapped already; the list takes it from there, but not from a draft.
    fn summarise_current(&mut self) {
        let Some(current) = self.current.as_ref().filter(|_| !self.is_editing()) else {
            return;
        };
        let entry = self.library.entry(current.index);
        if entry.is_some_and(|entry| entry.summary().is_none()) {
            let (index, completion) = (current.index, &current.completion);
            self.library.put_summary(index, completion, &current.mapped);
        }
    }

    /// Goes on with what is looked at a slice at a time.
    fn look_on(&mut self) {
        let mut budget = listing::Budget::new();
        // What lies on top is completed first.
        self.count_on(&mut budget);
        self.fill_list(&mut budget);
    }

    fn is_broken(&self, index: usize) -> bool {
        let problem = self.library.entry(index).and_then(|entry| entry.problem());
        problem.is_some() && self.current.is_none()
    }

    /// Shows an entry of the list.
    fn show(&mut self, index: usize) {
        let completion = self.library.completion(index);
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        self.current = completion.map(|completion| {
            let edits = edits.unwrap_or_default();
            let mut current = Current::new(index, completion, &edits, self.privacy, &self.context);
            // The event's cursor stays on the field that was looked at, where the new event has it.
            if let Some(at) = self
                .current
                .as_ref()
                .and_then(|c| c.event_row().map(|r| r.pointer.clone()))
            {
                current.go_to_event(&at, self.privacy);
            }
            current
        });
        self.trace.editor = None;
        self.trace.raw = None;
    }

    /// The entry that is shown.
    fn current_entry(&mut self) -> Option<&mut library::Entry> {
        let index = self.current.as_ref()?.index;
        self.library.entry_mut(index)
    }

    /// Maps the shown completion again, with the draft that is being typed.
    fn remap(&mut self) {
        let typed = self.trace.editor.as_ref();
        let typed = typed.and_then(|editor| editor.draft.clone());
        let written = self.trace.raw.as_ref().map(|raw| raw.draft.clone());
        let drafts: Vec<_> = typed
            .into_iter()
            .chain(written.unwrap_or_default())
            .collect();
        let Some(entry) = self.current_entry() else {
            return;
        };
        if drafts.is_empty() {
            entry.touch();
        }
        let mut edits = entry.edits.clone();
        edits.extend(drafts.iter().cloned());
        let (mode, context) = (self.privacy, self.context.clone());
        if let Some(current) = &mut self.current {
            current.remap(&edits, mode, &context);
            for draft in &drafts {
                current.show_edit(draft, mode);
            }
        }
    }
}

/// About how many lines the findings take: a heading and the wrapped help of each.
fn finding_lines(findings: &[crate::mapping::Finding]) -> usize {
    const COMMON_WIDTH: usize = 46;
    let lines = |finding: &crate::mapping::Finding| 1 + finding.help.len().div_ceil(COMMON_WIDTH);
    findings.iter().map(lines).sum()
}
