//! What happens, and what is to be done outside: plain data on both sides of [`crate::inspector::Model::update`].

use std::sync::Arc;

use crossterm::event::KeyEvent;

use crate::completion::Completion;
use crate::delivery::deliver::DeliveryEnding;
use crate::delivery::history::Record;
use crate::delivery::http::Attempt;
use crate::delivery::sink::Receipt;
use crate::inspector::Command;
use crate::inspector::edits::{external_editor, saving};
use crate::inspector::exporting::Exported;
use crate::inspector::keys::script::ScriptStep;
use crate::inspector::library::{Batch, BrokenRecord, traffic};
use crate::inspector::opening::{FolderEntries, Opened};
use crate::inspector::prompt::Export;
use crate::inspector::windows::destination::{DestinationReport, DestinationTask};
use crate::inspector::windows::fetch::{FetchReport, FetchTask};
use crate::inspector::windows::history::{HistoryReport, HistoryTask};
use crate::inspector::windows::live::{LiveReport, LiveTask};
use crate::inspector::windows::problems::{Excerpt, FilePlace};
use crate::inspector::windows::send::{DestinationShown, Ticket};
use crate::inspector::windows::send_all::SendAllReport;
use crate::inspector::windows::verify::{VerifyReport, VerifyTask};
use crate::mapping::Deliveries;
use crate::mapping::scan::leaks::Conversation;
use crate::prepare::Prepared;

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// A command was chosen by its name, as scripts do.
    Run(Command),
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
    /// The same of many small files at once.
    LoadedMany(Vec<Batch>),
    /// Records that were handed on unread hold nothing.
    Broken(Vec<BrokenRecord>),
    /// A source changed: what it holds now, and its files.
    Changed(Batch, Vec<String>),
    /// What OpenRouter delivered of generations, which exchanges of the same ones are held against.
    Deliveries(Arc<Deliveries>),
    /// How much of the sources was read, in bytes of all; none when all is read.
    Loading(Option<(u64, u64)>),
    /// Where test traces go was made out.
    Destination(DestinationShown),
    /// A script is to be played.
    Play(Vec<ScriptStep>),
    /// The rest of this number, before a script's next step, is over; see [`crate::inspector::Model::rest`].
    Rested(u64),
    /// The tour is to begin at this stop, from 0.
    BeginTour(usize),
    /// The program's own sink is ready for the tour's test traces; too late where the tour is over.
    TourReady(DestinationShown),
    /// The program's own sink listens at this base URL.
    OwnSink(String),
    /// An attempt to deliver ended.
    Attempted(Ticket, Attempt),
    /// A retry is waited for, so many milliseconds.
    Waiting(Ticket, u64),
    /// A retry began.
    Retrying(Ticket),
    /// A delivery ended.
    Ended(Ticket, DeliveryEnding),
    /// Live traffic goes on.
    Traffic(traffic::TrafficReport),
    /// The local sink answered a request.
    Received(Receipt),
    /// A file was written, or was not.
    Saved(saving::Saved),
    /// A report or a picture was written, or was not.
    Exported(Exported),
    /// The person's editor ended, or was not run.
    EditorClosed(external_editor::EditorOutcome),
    /// What the destination window asked for.
    Connection(DestinationReport),
    /// A request through OpenRouter goes on.
    Live(Ticket, LiveReport),
    /// A generation that is read by its id.
    Fetched(Ticket, FetchReport),
    /// An event that is read back from where it was sent.
    Verified(Ticket, VerifyReport),
    /// Sending all goes on.
    All(Ticket, SendAllReport),
    /// What programs that are gone sent, and no answer came.
    Unanswered(Vec<Record>),
    /// The history says something.
    History(HistoryReport),
    /// The words of a completion's conversation were read.
    ConversationIndexed(Arc<Completion>, Arc<Conversation>),
    /// Something to tell.
    Notice(String),
    /// A path was read besides those of the command line.
    Opened(Opened),
    /// What a folder has for the path that is typed.
    Folder(FolderEntries),
    /// The lines around a place in a file, or why there are none.
    Excerpt(FilePlace, Result<Excerpt, String>),
    /// The clipboard's program ended: what it did with the text, or what went wrong.
    Copied(Result<String, String>),
    /// A second passed while something was counted down.
    Tick,
    /// Time to go on with what is looked at a slice at a time; see [`crate::inspector::Model::is_busy`].
    Continue,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Have the program's own sink ready for the tour, whose test traces go there and are in no history;
    /// [`Msg::TourReady`] answers.
    PrepareTour,
    /// Deliver a request.
    Send(Ticket, Prepared),
    /// Deliver a request that is forwarded; [`traffic::TrafficReport::Forwarded`] answers.
    Forward(Prepared),
    /// Stop a delivery.
    Cancel(Ticket),
    /// Ask for something for the destination window.
    Destination(DestinationTask),
    /// Ask OpenRouter.
    Live(LiveTask),
    /// Read a generation.
    Fetch(FetchTask),
    /// Read an event back from where it was sent.
    Verify(VerifyTask),
    /// Send all that the model hands out; see [`crate::inspector::Model::take_items`].
    SendAll(Ticket),
    /// Stop it: gently, and then at once.
    StopAll(Ticket),
    /// Ask the history for something.
    History(HistoryTask),
    /// Read the words of the shown completion's conversation; [`Msg::ConversationIndexed`] answers.
    IndexConversation,
    /// Put text on the clipboard: through the terminal, and by the system's program where there is one, which
    /// [`Msg::Copied`] tells of.
    Copy(String),
    /// Read a file or a folder besides what is loaded; [`Msg::Opened`] answers.
    OpenFile(String),
    /// List a folder for the path that is typed; [`Msg::Folder`] answers.
    ListFolder(String),
    /// Read the lines around a place in a file; [`Msg::Excerpt`] answers.
    Excerpt(FilePlace),
    /// Open the person's editor at a place in a file.
    EditAt(FilePlace),
    /// Show everything in this theme, or in the next one.
    Theme(Option<&'static str>),
    /// Write a file whole, over another one only if it is to be replaced; [`Msg::Saved`] answers.
    Save {
        /// Where.
        path: std::path::PathBuf,
        /// What.
        bytes: Vec<u8>,
        /// Whether a file of this name may be replaced.
        replace: bool,
    },
    /// Write a report or a picture to a file, over another one only if it is to be replaced; [`Msg::Exported`] answers.
    Export {
        /// What.
        export: Export,
        /// Where.
        path: std::path::PathBuf,
        /// Whether a file of this name may be replaced.
        replace: bool,
    },
    /// Give the terminal and a text to the person's editor; [`Msg::EditorClosed`] answers.
    EditExternally(String),
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
