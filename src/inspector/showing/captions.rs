//! What presenter mode says, for those who watch: what they see now, never what one may press. What is typed, asked or open
//! is told from the state, so it can't be stale. Over the panes it is what was done last, as far as that still holds; else
//! which completion is shown, and what became of it.

use crate::completion::Edits;
use crate::event::privacy::Privacy;
use crate::inspector::library::listing::Sort;
use crate::inspector::prompt::PromptKind;
use crate::inspector::showing::sentences::edited;
use crate::inspector::ui::arrangement::PaneLayout;
use crate::inspector::windows::send::{SendStage, Ticket};
use crate::inspector::{Command, Model, Msg, Pane};
use crate::prepare::Endpoint;

/// The state before a message, as far as captions tell of it.
pub(crate) struct Moment {
    /// What is typed, asked or open.
    under_way: Option<String>,
    privacy: Privacy,
    /// The completion that is shown.
    shown: Option<usize>,
    edits: Edits,
    sending: Option<(Ticket, SendStage)>,
    read_back: Option<&'static str>,
    filter: String,
    /// Whether a question waits for its answer.
    is_asked: bool,
    is_filtering: bool,
    is_searching: bool,
    order: (Sort, bool),
    marked: Vec<usize>,
    pane_layout: PaneLayout,
    destination: Endpoint,
    focus: Pane,
    cursor: Option<usize>,
    notice: Option<String>,
}

/// What presenter mode has to say after a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caption {
    /// What it said before still holds.
    Stays,
    /// What it said before is over.
    Lapses,
    /// This was done, and holds until something else is.
    Says(String),
    /// The same of what the cursor is on: it holds as long as the cursor stays there.
    SaysOfCursor(String),
}

/// Where a message comes from, as far as its notice is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The person, who may have been refused.
    Person,
    /// What was asked for earlier came, so that the notice is what was done.
    Outcome,
    /// Anything else.
    Other,
}

impl Occasion {
    pub(crate) const fn of(msg: &Msg) -> Occasion {
        match msg {
            Msg::Key(_) | Msg::Run(_) | Msg::Paste(_) => Occasion::Person,
            Msg::Saved(_)
            | Msg::Exported(_)
            | Msg::Opened(_)
            | Msg::Copied(_)
            | Msg::EditorClosed(_) => Occasion::Outcome,
            _ => Occasion::Other,
        }
    }
}

impl Moment {
    pub(crate) fn of(model: &Model) -> Moment {
        let shown = model.current.as_ref().map(|current| current.index);
        let entry = shown.and_then(|index| model.library.entry(index));
        let last = model.sendings.last();
        let verifying = model.kept.verifying.as_ref();
        let listing = &model.listing;
        let asks_for = model.prompt.as_ref().map(|prompt| prompt.kind);
        Moment {
            under_way: model.under_way_in_words(),
            privacy: model.privacy,
            shown,
            edits: entry.map_or_else(Edits::none, |entry| entry.edits.clone()),
            sending: last.map(|sending| (sending.ticket, sending.stage.clone())),
            read_back: verifying.and_then(|verifying| verifying.read_back()),
            filter: listing.filter.text().to_owned(),
            is_asked: model.windows.asks(),
            is_filtering: asks_for == Some(PromptKind::Filter),
            is_searching: model.search.typing.is_some(),
            order: (listing.sort, listing.is_reversed),
            marked: listing.marked.clone(),
            pane_layout: model.pane_layout,
            destination: model.destination.endpoint.clone(),
            focus: model.focus,
            cursor: model.focused().cursor(model).map(|cursor| cursor.row),
            notice: model.notice.clone(),
        }
    }
}

impl Model {
    /// What is to be said since a moment.
    pub(crate) fn caption_since(&self, before: &Moment, occasion: Occasion) -> Caption {
        let now = Moment::of(self);
        if now.under_way.is_some() {
            return Caption::Lapses;
        }
        let is_over = before.under_way.is_some();
        if let Some(done) = self.done_since(before, &now) {
            return Caption::Says(done);
        }
        if now.shown != before.shown {
            return Caption::Lapses;
        }
        let follows_notice = occasion == Occasion::Outcome || self.ran.is_some_and(tells_by_notice);
        // What answered a question is told where it changed nothing of what is told above.
        if let Some(notice) = now.notice.filter(|_| follows_notice || before.is_asked) {
            return Caption::Says(notice);
        }
        if before.is_searching && !self.search.pattern.is_empty() {
            return Caption::SaysOfCursor(self.match_in_words());
        }
        let was_going = before.under_way.is_some() && now.cursor != before.cursor;
        let Some(command) = self.ran else {
            let was_refused = occasion == Occasion::Person && self.notice.is_some();
            return match self.at_cursor_in_words(now.focus).filter(|_| was_going) {
                Some(says) => Caption::SaysOfCursor(says),
                None if is_over || was_refused => Caption::Lapses,
                None => Caption::Stays,
            };
        };
        self.caption_of(command, before.focus, is_over)
    }

    /// What a change of the state says, whatever made it.
    fn done_since(&self, before: &Moment, now: &Moment) -> Option<String> {
        if now.shown == before.shown && now.edits != before.edits {
            return Some(edited(&before.edits, &now.edits));
        }
        if now.privacy != before.privacy {
            return Some(self.privacy_in_words());
        }
        if now.sending != before.sending
            && let Some(sending) = self.sendings.last()
        {
            return Some(sending.caption(self));
        }
        if let Some(says) = now.read_back.filter(|_| before.read_back.is_none()) {
            return Some(says.to_owned());
        }
        if now.filter != before.filter || before.is_filtering {
            return Some(self.listed_in_words());
        }
        if now.order != before.order {
            let (sort, is_reversed) = now.order;
            return Some(format!("the list, {}", sort.says(is_reversed)));
        }
        if now.marked != before.marked {
            return self.marked_in_words(&before.marked);
        }
        let (zoomed, was) = (now.pane_layout.zoomed, before.pane_layout.zoomed);
        if zoomed && (!was || now.focus != before.focus) {
            return Some(format!("{} alone", now.focus.place()));
        }
        if was && !zoomed {
            return Some("all panes".to_owned());
        }
        let was_ready = before.destination.base_url != Endpoint::default().base_url;
        if now.destination != before.destination && was_ready {
            let to = self.destination.in_sentence();
            return Some(format!("test traces go to {to} from now on"));
        }
        None
    }

    /// What a command did that left no trace in what [`Model::done_since`] looks at.
    fn caption_of(&self, command: Command, from: Pane, is_over: bool) -> Caption {
        let pane = self.focus.place();
        let of_cursor = |says: Option<String>| says.map_or(Caption::Lapses, Caption::SaysOfCursor);
        let says = match command {
            Command::Open => return of_cursor(self.opened_in_words(from)),
            Command::GoTo => return of_cursor(self.at_cursor_in_words(self.focus)),
            Command::NextMatch | Command::PreviousMatch => {
                let is_searched = !self.search.pattern.is_empty();
                return of_cursor(is_searched.then(|| self.match_in_words()));
            }
            Command::FoldAll => format!("{pane}, all of it closed"),
            Command::UnfoldAll => format!("{pane}, all of it open"),
            Command::Wider => format!("{pane} with more room"),
            Command::Narrower => format!("{pane} with less room"),
            Command::ResetPanes => "all panes at their usual width".to_owned(),
            Command::Theme => "the same in other colours".to_owned(),
            Command::Close | Command::Present | Command::Tour => return Caption::Lapses,
            // What the cursor was on is noticed by where it is; what was closed shows the panes again.
            Command::Up
            | Command::Down
            | Command::Left
            | Command::Right
            | Command::PageUp
            | Command::PageDown
            | Command::Top
            | Command::Bottom
            | Command::NextPane
            | Command::PreviousPane
            | Command::NextCompletion
            | Command::PreviousCompletion
            | Command::ToggleFold
            | Command::FoldLevel
            // Told by what they changed, or they changed nothing.
            | Command::TogglePrivacy
            | Command::DeleteKey
            | Command::Undo
            | Command::Redo
            | Command::Reset
            | Command::Zoom
            | Command::Filter
            | Command::Sort
            | Command::SortReverse
            | Command::SortLoaded
            | Command::SortName
            | Command::SortModel
            | Command::SortUser
            | Command::SortTime
            | Command::SortSeverity
            | Command::SortCost
            | Command::SortTokens
            | Command::SortDuration
            | Command::Mark
            // Told while they are open.
            | Command::Compare
            | Command::CompareMode
            | Command::EditTrace
            | Command::EditRaw
            | Command::EditExternally
            | Command::EditListed
            | Command::Save
            | Command::RenameKey
            | Command::AddKey
            | Command::Send
            | Command::SendAll
            | Command::Destination
            | Command::AskOpenRouter
            | Command::Fetch
            | Command::Inbox
            | Command::LastSend
            | Command::Output
            | Command::Forward
            | Command::History
            | Command::Verify
            | Command::EditSent
            | Command::Detail
            | Command::Overview
            | Command::Dropped
            | Command::Search
            | Command::Findings
            | Command::Problems
            | Command::OpenFile
            | Command::Report
            | Command::ReportWithText
            | Command::ReportListed
            | Command::Picture
            | Command::Palette
            | Command::Help
            // Told by their notice.
            | Command::CopyValue
            | Command::CopyPointer
            | Command::CopyEvent
            | Command::CopyCurl
            | Command::CopyTrace
            | Command::Samples
            | Command::Suspend
            | Command::Quit => {
                return match is_over {
                    true => Caption::Lapses,
                    false => Caption::Stays,
                };
            }
        };
        Caption::Says(says)
    }
}

/// Whether a command says in its notice what it did.
const fn tells_by_notice(command: Command) -> bool {
    matches!(
        command,
        Command::CopyValue
            | Command::CopyPointer
            | Command::CopyEvent
            | Command::CopyCurl
            | Command::CopyTrace
            | Command::Samples
    )
}
