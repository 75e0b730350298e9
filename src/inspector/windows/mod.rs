//! Windows over the panes, one file or folder each, which holds all of it: its state, the commands that it
//! offers, what it does with them, and what it shows. To add one, write its file and name it below, once
//! as a module and once in the [`REGISTRY`]; its key stands in the command table.

pub mod compare;
pub mod destination;
pub mod detail;
pub mod dropped;
pub mod fetch;
pub mod findings;
pub mod forward;
pub mod help;
pub mod history;
pub mod inbox;
pub mod last_send;
pub mod live;
pub mod output;
pub mod overview;
pub mod palette;
pub mod problems;
pub mod question;
pub mod send;
pub mod send_all;
pub mod unanswered;
pub mod verify;

mod basis;
mod stack;

pub use stack::Windows;

use std::any::Any;
use std::fmt::Debug;

use crossterm::event::KeyEvent;

use super::keys::offer::Offer;
use super::library::listing::SliceBudget;
use super::ui::cursor::{Cursor, CursorStep};
use super::ui::theme::Look;
use super::ui::view::View;
use super::{Command, Effect, Env, Model};

/// A window over the panes.
pub trait Window: Any + Debug + Send + Sync + Duplicate {
    /// What it is, in a sentence: `the history`.
    fn name(&self) -> &'static str;

    /// What it shows, in a sentence for those who watch: never what one may do with it.
    fn caption(&self, model: &Model) -> String;

    /// The command that opens it; the same one closes it.
    fn opened_by(&self) -> Option<Command> {
        None
    }

    /// What can be done in it now, the most useful first, in the words of this window. The hint bar, the
    /// help and the palette show it, and nothing else can be run. Closing, moving, the help and other
    /// windows need not be listed.
    fn offers(&self, model: &Model) -> Vec<Offer>;

    /// What closing does, where it does something else than that.
    fn closing(&self, _model: &Model) -> Option<&'static str> {
        None
    }

    /// Whether keys are text in it.
    fn is_typed(&self) -> bool {
        false
    }

    /// Whether what is typed is a secret.
    fn is_secret(&self) -> bool {
        false
    }

    /// Whether it shows something of the completion, so that the completion's findings belong below it.
    fn is_about_completion(&self) -> bool {
        false
    }

    /// Columns that it takes at most, its frame aside: those of its texts. One that shows more the more room
    /// there is takes all.
    fn columns(&self) -> usize {
        READABLE
    }

    /// Whether it lies over a window as a small box, rather than taking its place.
    fn is_dialog(&self) -> bool {
        false
    }

    /// Columns and lines that it takes as a dialog, its frame included.
    fn size(&self, _model: &Model, _look: &Look) -> (usize, usize) {
        (0, 0)
    }

    /// Does what was asked for: nothing that is not offered is asked for, but closing. What it ignores is
    /// done as in every window.
    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow;

    /// Moves in a way of its own; false where moving is as everywhere.
    fn step(&mut self, _step: CursorStep, _height: usize) -> bool {
        false
    }

    /// What it shows.
    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a>;

    /// How far it is scrolled, and the row of its cursor.
    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        None
    }

    /// Brings it in line with what changed, and goes on with what is looked at a slice at a time.
    fn settle(&mut self, _model: &mut Model, _budget: &mut SliceBudget) {}

    /// Whether it has more to look at.
    fn is_busy(&self, _model: &Model) -> bool {
        false
    }
}

/// Columns of a window from which on a list has what it is on beside it: most of what is said of a delivery has a
/// line there.
pub const BESIDE: usize = 150;

/// Columns of a window whose lines are read rather than compared.
pub const READABLE: usize = 100;

/// Something that happens to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowEvent<'e> {
    /// A command that it offers, or that closes it.
    Run(Command),
    /// A key, while text is typed in it.
    Type(&'e KeyEvent),
    /// Pasted text, while text is typed in it.
    Paste(&'e str),
    /// What lay over it was closed.
    Uncovered,
}

/// What becomes of a window after something happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It stays open.
    Stays,
    /// It stays open, and does nothing of its own.
    Ignored,
    /// It closes; what it was opened over is there again.
    Closes,
    /// All windows close: the panes are gone to.
    LeavesAll,
}

/// The model while it is being updated, and what is to be done outside.
#[derive(Debug)]
pub struct Update<'m> {
    /// The model; the window itself is out of it meanwhile.
    pub model: &'m mut Model,
    /// Time and a fresh id.
    pub env: &'m Env,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// A command to be run after the window was closed.
    pub run: Option<Command>,
}

impl<'m> Update<'m> {
    /// An update that begins.
    pub fn of(model: &'m mut Model, env: &'m Env) -> Update<'m> {
        Update {
            model,
            env,
            effects: Vec::new(),
            run: None,
        }
    }

    /// Says something in the footer.
    pub fn say(&mut self, says: impl Into<String>) {
        self.model.notice = Some(says.into());
    }
}

/// Copies of a window: a model is cloned with the windows that are open.
pub trait Duplicate {
    /// Another one, the same in all.
    fn duplicate(&self) -> Box<dyn Window>;
}

impl<W: Window + Clone> Duplicate for W {
    fn duplicate(&self) -> Box<dyn Window> {
        Box::new(self.clone())
    }
}

/// A way to open a window.
#[derive(Debug, Clone, Copy)]
pub struct Opener {
    /// The command.
    pub command: Command,
    /// Opens the window.
    pub open: fn(&mut Update<'_>),
    /// Why it cannot be opened now.
    pub refusal: fn(&Model) -> Option<String>,
    /// Whether it is about what the cursor of a pane is on, so that windows do not open it.
    pub from_panes: bool,
}

const fn opener(command: Command, open: fn(&mut Update<'_>)) -> Opener {
    let refusal = |_: &Model| None;
    Opener {
        command,
        open,
        refusal,
        from_panes: false,
    }
}

impl Opener {
    const fn unless(self, refusal: fn(&Model) -> Option<String>) -> Opener {
        Opener { refusal, ..self }
    }

    const fn only_from_panes(self) -> Opener {
        Opener {
            from_panes: true,
            ..self
        }
    }

    /// The way that a command opens, if it opens a window.
    pub fn of(command: Command) -> Option<&'static Opener> {
        REGISTRY.iter().find(|opener| opener.command == command)
    }
}

/// Every window that has a command of its own.
pub const REGISTRY: &[Opener] = &[
    opener(Command::Compare, compare::open).unless(compare::refusal),
    opener(Command::Detail, detail::open)
        .unless(detail::refusal)
        .only_from_panes(),
    opener(Command::Output, output::open).unless(output::refusal),
    opener(Command::Overview, overview::open),
    opener(Command::Dropped, dropped::open).unless(dropped::refusal),
    opener(Command::Findings, findings::open).unless(findings::refusal),
    opener(Command::Problems, problems::open),
    opener(Command::Send, send::open)
        .unless(send::refusal)
        .only_from_panes(),
    opener(Command::SendAll, send_all::open).unless(send_all::refusal),
    opener(Command::Forward, forward::open).unless(forward::refusal),
    opener(Command::LastSend, last_send::open).unless(last_send::refusal),
    opener(Command::Destination, destination::open),
    opener(Command::AskOpenRouter, live::open)
        .unless(live::refusal)
        .only_from_panes(),
    opener(Command::Fetch, fetch::open)
        .unless(fetch::refusal)
        .only_from_panes(),
    opener(Command::Verify, verify::open).unless(verify::refusal),
    opener(Command::History, unanswered::open_first),
    opener(Command::Inbox, inbox::open),
    opener(Command::Palette, palette::open),
    opener(Command::Help, help::open),
];

/// What windows keep while they are closed.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The destination as it was left with something typed and not used.
    pub destination: Option<Box<destination::DestinationForm>>,
    /// What is known of OpenRouter, and a request on its way through it.
    pub live: live::OpenRouter,
    /// A generation that is read by its id, or was.
    pub fetching: Option<fetch::Fetching>,
    /// Records that were joined to completions of files, the latest last.
    pub fetched: std::collections::VecDeque<crate::openrouter::generations::Generation>,
    /// An event that is read back from where it was sent, or was.
    pub verifying: Option<verify::Verifying>,
    /// What was sent and not answered when the program last ended.
    pub unanswered: Vec<crate::delivery::history::Record>,
    /// How often some of that is being sent again now.
    pub sends_again: usize,
}
