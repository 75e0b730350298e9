//! The inspector's state, and how messages change it. Pure: `update` takes a message and returns effects,
//! which are plain data, so a test presses keys and looks at what comes out.

pub mod current;
pub mod edits;
pub mod exporting;
pub mod keys;
pub mod library;
pub mod panes;
pub mod prompt;
pub mod received;
pub mod showing;
pub mod ui;
pub mod windows;

mod act;
mod bars;
mod changes;
mod copying;
mod draw;
mod hints;
mod message;
pub mod opening;
mod settle;
mod typing;

pub use draw::draw;
pub use keys::command::Command;
pub use keys::keymap::Keymap;
pub use message::{Effect, Env, Msg};
pub use showing::{Playing, Presenter};
pub use ui::layout::Layout;
pub use ui::pane::Pane;

use std::ops::Range;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::completion::Edits;
use crate::delivery::deliver::DeliveryEnding;
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::mapping::Context;
use crate::prepare::Endpoint;
use crate::settings::resolve::KeySource;
use crate::share::picture;
use changes::ToldChanges;
use current::Current;
use edits::saving::PendingSave;
use keys::key::Key;
use library::{Batch, Library, listing, search, traffic};
use panes::trace::TracePane;
use showing::tour::{Tour, TourPlace};
use ui::arrangement;
use ui::cursor::Cursor;
use ui::layout;
use ui::pen::clear;
use ui::theme::Look;
use windows::send::{DestinationShown, SendStage, Sending, Ticket, WaitingSend};
use windows::{Windows, send_all, unanswered};

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
    pub pane_layout: arrangement::PaneLayout,
    /// How the settings have it.
    pub default_arrangement: arrangement::Arrangement,
    /// A line that is asked for.
    pub prompt: Option<prompt::Prompt>,
    /// The trace pane.
    pub trace: TracePane,
    /// The pane that keys go to.
    pub focus: Pane,
    /// Privacy mode.
    pub privacy: Privacy,
    /// Windows over the panes.
    pub windows: Windows,
    /// What windows keep while they are closed.
    pub kept: windows::Kept,
    /// The search, being typed or in force.
    pub search: search::Search,
    /// Where test traces go.
    pub destination: DestinationShown,
    /// Base URL of the program's own sink, where it runs; it need not be the destination.
    pub own_sink: Option<String>,
    /// Test traces of this run, the newest last.
    pub sendings: Vec<Sending>,
    /// All that is listed on its way, or what came of it.
    pub all: Option<send_all::SendAll>,
    /// What the local sink received.
    pub received: received::Received,
    /// Live traffic, where it is listened to.
    pub traffic: Option<traffic::Traffic>,
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
    /// Presenter mode, while it is on.
    pub presenter: Option<Presenter>,
    /// The tour, while it is on: this is the stage that it plays on then.
    pub tour: Option<Box<Tour>>,
    /// The script that plays, while it does.
    pub playing: Option<Box<Playing>>,
    /// Where the tour was left.
    tour_left: Option<TourPlace>,
    /// What the mapping takes from outside.
    pub context: Context,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Milliseconds since 1970, as of the last message.
    pub now: i64,
    base_edits: Edits,
    /// The command that the last message ran; none where it ran none, or one that was refused.
    ran: Option<Command>,
    /// Completions that are being saved.
    saves: Vec<PendingSave>,
    /// Texts that were pasted and became completions.
    pasted: usize,
    /// The last of them, where it is a request that waits for its answer.
    asked_by_paste: Option<opening::PastedRequest>,
    /// What was copied last, and its bytes.
    copied: Option<(String, usize)>,
    /// What is sent once the destination has said what it is.
    send_waits: Option<(WaitingSend, Privacy)>,
    /// Sources that hold nothing any more; they are read again once they do.
    pub(crate) gone: Vec<String>,
    told_changes: ToldChanges,
    /// What was shown and went with its source, while nobody has gone anywhere since: it is shown again with it, as it was.
    away: Option<Box<Current>>,
    next_ticket: u64,
    dragged: Option<usize>,
    /// Which completion's conversation was asked for last.
    index_asked_for: usize,
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
            pane_layout: arrangement::PaneLayout::default(),
            default_arrangement: arrangement::Arrangement::default(),
            trace: TracePane::default(),
            focus: Pane::List,
            privacy,
            windows: Windows::default(),
            kept: windows::Kept::default(),
            search: search::Search::default(),
            destination: DestinationShown {
                name: "no destination".to_owned(),
                endpoint: Endpoint {
                    kind: DestinationKind::LocalSink,
                    ..Endpoint::default()
                },
                key_source: KeySource::None,
                foreign_key: None,
                unavailable: Some("the destination is not ready yet".to_owned()),
                is_asked: false,
                is_switched_off: false,
            },
            own_sink: None,
            sendings: Vec::new(),
            all: None,
            received: received::Received::default(),
            traffic: None,
            mistakes: Vec::new(),
            notice: None,
            loading: None,
            keymap: Keymap::default(),
            pressed: None,
            presenter: None,
            tour: None,
            tour_left: None,
            playing: None,
            ran: None,
            now: context.now,
            context,
            size: (120, 40),
            base_edits: edits,
            saves: Vec::new(),
            pasted: 0,
            asked_by_paste: None,
            copied: None,
            send_waits: None,
            gone: Vec::new(),
            told_changes: ToldChanges::default(),
            away: None,
            next_ticket: 1,
            index_asked_for: 0,
            dragged: None,
        }
    }

    /// Takes a message in.
    pub fn update(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        match msg {
            Msg::BeginTour(stop) => self.begin_tour(stop, env),
            Msg::Play(steps) => self.begin_script(steps, shows, env),
            msg if self.playing.is_some() => self.update_playing(msg, env),
            msg if self.tour.is_some() => self.update_in_tour(msg, env),
            msg => self.apply_captioned(msg, env),
        }
    }

    fn take_in(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        self.now = env.now;
        self.ran = None;
        let mut effects = match msg {
            Msg::Key(key) => {
                self.away = None;
                // A secret is not shown, typed or not.
                if !self.windows.top().is_some_and(|window| window.is_secret()) {
                    self.note_pressed(&key);
                }
                self.key(&key, env)
            }
            Msg::Run(command) => self.run(command, env),
            Msg::Paste(text) => self.paste(&text, env),
            Msg::Click(column, row) => {
                self.away = None;
                self.click(column, row)
            }
            Msg::Drag(column, _) => {
                self.drag(column);
                Vec::new()
            }
            Msg::Release => {
                self.dragged = None;
                Vec::new()
            }
            Msg::Unanswered(records) => {
                unanswered::offer(self, records);
                Vec::new()
            }
            Msg::History(report) => self.take_history(report, env),
            Msg::Destination(destination) => {
                self.go_to_destination(destination);
                self.send_what_waits(env)
            }
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
        effects.extend(self.forward_ended(env));
        effects.extend(self.index_conversation());
        effects.extend(self.ask_excerpt());
        effects.extend(self.delivery_beside());
        effects
    }

    /// Asks once for the words of a long conversation.
    fn index_conversation(&mut self) -> Option<Effect> {
        let current = self
            .current
            .as_ref()
            .filter(|current| current.lacks_leak_index())?;
        let key = Arc::as_ptr(&current.completion) as usize;
        (self.index_asked_for != key).then(|| {
            self.index_asked_for = key;
            Effect::IndexConversation
        })
    }

    fn take(&mut self, msg: Msg) {
        match msg {
            Msg::Resize(width, height) => {
                self.size = (width, height);
                // At the start, the list would lie over the panes as a popup. From the event, Tab leads to it.
                let is_start =
                    self.library.is_empty() && self.focus == Pane::List && !self.pane_layout.zoomed;
                if is_start && self.layout().class == layout::SizeClass::Medium {
                    self.focus = Pane::Event;
                }
            }
            Msg::Loaded(batch) => self.take_loaded([batch]),
            Msg::LoadedMany(batches) => self.take_loaded(batches),
            Msg::Broken(records) => self.library.take_broken(records),
            Msg::Changed(batch, files) => self.change(batch, &files),
            Msg::Deliveries(deliveries) => self.take_deliveries(deliveries),
            Msg::Loading(progress) => self.loading = progress,
            Msg::OwnSink(base_url) => self.own_sink = Some(base_url),
            Msg::Traffic(report) => self.take_traffic(report),
            Msg::Received(received) => windows::inbox::take(self, received),
            Msg::Saved(saved) => self.saved(saved),
            Msg::Exported(exported) => self.take_exported(exported),
            Msg::EditorClosed(edited) => self.take_edited(edited),
            Msg::ConversationIndexed(completion, conversation) => {
                let is_shown =
                    |current: &&mut Current| Arc::ptr_eq(&current.completion, &completion);
                if let Some(current) = self.current.as_mut().filter(is_shown) {
                    current.set_leak_index(conversation);
                }
            }
            Msg::Notice(text) => self.notice = Some(text),
            Msg::Opened(opened) => self.take_opened(&opened),
            Msg::Folder(folder) => self.take_folder(folder),
            Msg::Excerpt(place, excerpt) => self.take_excerpt(&place, excerpt),
            Msg::Copied(how) => self.take_copied(&how),
            Msg::Connection(report) => self.take_destination(report),
            Msg::Live(ticket, report) => self.take_live(ticket, report),
            Msg::Fetched(ticket, report) => self.take_fetched(ticket, report),
            Msg::Verified(ticket, report) => self.take_verified(ticket, report),
            Msg::All(ticket, report) => self.take_all(ticket, report),
            Msg::Attempted(ticket, attempt) => {
                self.sending(ticket, |sending| sending.attempts.push(attempt));
            }
            Msg::Waiting(ticket, wait) => {
                let since = self.now;
                self.sending(ticket, |sending| {
                    sending.stage = SendStage::Waiting { since, wait }
                });
            }
            Msg::Retrying(ticket) => {
                let now = self.now;
                self.sending(ticket, |sending| {
                    if let SendStage::Waiting { wait, .. } = sending.stage {
                        sending.waited += wait;
                    }
                    sending.stage = SendStage::Sending;
                    sending.begun = now;
                });
            }
            Msg::Ended(ticket, ended) => {
                // What a key does while something is sent is not what it does now.
                let is_of_window = |notice: &mut String| notice.contains(hints::DOES_NOTHING);
                self.notice.take_if(is_of_window);
                self.sending(ticket, |sending| {
                    sending.stage = match ended {
                        DeliveryEnding::Accepted => SendStage::Accepted,
                        DeliveryEnding::Refused => SendStage::Refused,
                        DeliveryEnding::GaveUp => SendStage::GaveUp,
                        DeliveryEnding::Cancelled => SendStage::Cancelled,
                    };
                });
            }
            Msg::Tick
            | Msg::Continue
            | Msg::Key(_)
            | Msg::Run(_)
            | Msg::BeginTour(_)
            | Msg::Play(_)
            | Msg::Rested(_)
            | Msg::TourReady(_)
            | Msg::Paste(_)
            | Msg::Click(..)
            | Msg::Drag(..)
            | Msg::Release
            | Msg::Wheel(..)
            | Msg::Unanswered(_)
            | Msg::Destination(_)
            | Msg::History(_) => {}
        }
    }

    fn take_loaded(&mut self, batches: impl IntoIterator<Item = Batch>) {
        let from = self.library.len();
        for batch in batches {
            self.library.extend(batch);
        }
        self.with_base_edits(from..self.library.len());
    }

    /// Events go somewhere else from now on; what is shown of them follows.
    fn go_to_destination(&mut self, destination: DestinationShown) {
        let kind = destination.endpoint.kind;
        // Why nothing could be sent is no longer so.
        if self.notice.is_some() && self.notice == self.why_no_destination() {
            self.notice = None;
        }
        self.destination = destination;
        if let Some(current) = &mut self.current {
            current.bind(kind, self.privacy);
        }
    }

    fn note_pressed(&mut self, key: &KeyEvent) {
        const SHOWN: usize = 6;
        if let (Some(pressed), Some(key)) = (&mut self.pressed, Key::of(key)) {
            pressed.push(key.label());
            if pressed.len() > SHOWN {
                pressed.remove(0);
            }
        }
    }

    /// Changes a sending that is under way; a report about one that has ended comes too late.
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
        self.forget_excerpts(files);
        let name = files.first().cloned().unwrap_or_default();
        let count = batch.loaded.completions.len() + batch.records.len();
        let problems = &self.library.problems;
        let is_new = self.library.of_source(batch.source).1 == 0
            && !self.gone.contains(&name)
            && !problems.iter().any(|problem| *problem.file == *name);
        if let (0, Some(problem)) = (count, batch.loaded.problems.first()) {
            // A file that cannot be read now was most likely saved in the middle of a change.
            let is_shown = self.library.of_source(batch.source).1 > 0;
            let stays = match is_shown {
                true => "the version before stays",
                false if self.library.has_parked_edits(&self.base_edits) => {
                    "nothing of it can be shown, and its edits wait"
                }
                false => "nothing of it can be shown",
            };
            self.notice = Some(format!("{problem}; {stays}"));
            self.library.forget_problems(files);
            self.library.problems.extend(batch.loaded.problems);
            return;
        }
        let shown = self.current.as_ref();
        let shown = shown.map(|current| (current.index, current.completion.clone()));
        // What is being typed must not end up in another completion.
        let typed = shown.as_ref().map(|(index, _)| *index);
        let typed = typed.filter(|_| self.is_editing() || self.is_naming());
        let follow: Vec<usize> = self.places_mut().map(|place| *place).collect();
        let base = self.base_edits.clone();
        let source = batch.source;
        let regrouped = batch.regrouped.as_ref();
        let regrouped = regrouped.and_then(|change| changes::regrouped(change, files));
        let place = shown.as_ref().map(|(index, _)| *index);
        let library::Reloaded {
            moved,
            waiting,
            returned,
            stays,
        } = self
            .library
            .replace(batch, files, &base, &follow, place, typed);
        self.gone.retain(|gone| !files.contains(gone));
        if count == 0 {
            self.gone.push(name.clone());
        }
        self.with_base_edits(0..self.library.len());
        self.listing
            .marked
            .retain(|marked| moved.contains_key(marked));
        self.saves.retain(|save| moved.contains_key(&save.place));
        for place in self.places_mut() {
            *place = moved.get(place).copied().unwrap_or(*place);
        }
        let place = shown.and_then(|(index, completion)| {
            let found = moved.get(&index).copied();
            found.or_else(|| self.library.place_of(&completion.origin))
        });
        if place.is_none()
            && let Some(current) = &self.current
        {
            self.away = Some(Box::new(current.clone()));
        }
        let goes_back = self.away.is_some() && !self.is_editing();
        let returned = returned.filter(|_| goes_back);
        let before = match returned {
            Some(_) => self.away.take(),
            None if self.trace.is_typed() => None,
            None => self.current.take_if(|_| place.is_some()).map(Box::new),
        };
        let place = returned.or(place);
        self.library_changed(place);
        match &mut self.current {
            // While a field is typed, the shown completion stays as it is.
            Some(current) if self.trace.is_typed() => current.is_outdated = true,
            current => *current = None,
        }
        if let (Some(before), Some(place)) = (before, place) {
            self.show_as_before(*before, place);
        }
        self.join_fetched(source);
        if let Some(stays) = stays {
            self.notice = Some(format!(
                "{name} changed: \"{stays}\" is not in it any more, and stays here while you type in it"
            ));
            return;
        }
        self.notice = Some(match (count, &*waiting) {
            (1.., []) if let Some(says) = regrouped => says,
            (0, _) if self.library.has_parked_edits(&self.base_edits) => {
                format!("{name} is gone; its edits wait for it to come back")
            }
            (0, _) => format!("{name} is gone"),
            (_, []) => self.told_changes.tell(self.notice.as_deref(), name, is_new),
            (_, [one]) => format!(
                "{name} changed: the edits of \"{one}\" wait, its record is not in the file any more"
            ),
            (_, all) => format!(
                "{name} changed: the edits of {} completions wait, their records are not in the file any more",
                all.len()
            ),
        });
    }

    /// Every place in the library that is kept elsewhere.
    pub(crate) fn places_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let shown = self.current.as_mut().map(|current| &mut current.index);
        let from = self.prompt.as_mut().and_then(|prompt| prompt.from.as_mut());
        let asked = self.kept.live.place_mut();
        let saved = self.saves.iter_mut().map(|save| &mut save.place);
        let marked = self.listing.marked.iter_mut();
        marked.chain(shown).chain(from).chain(asked).chain(saved)
    }

    fn with_base_edits(&mut self, places: Range<usize>) {
        if self.base_edits.is_empty() {
            return;
        }
        for index in places {
            let fresh = |entry: &&mut library::LibraryEntry| {
                entry.edits.is_empty() && entry.undone.is_empty()
            };
            if let Some(entry) = self.library.entry_mut(index).filter(fresh) {
                entry.edits = self.base_edits.clone();
            }
        }
    }
}

/// Whether a text stands on the screen, but for what the script says itself: it names what it waits for.
fn shows(model: &Model, text: &str) -> bool {
    let (width, height) = model.size;
    let mut screen = Buffer::empty(Rect::new(0, 0, width, height));
    draw(model, &Look::default(), &mut screen);
    clear(&mut screen, model.layout().guide);
    picture::text(&screen).contains(text)
}
