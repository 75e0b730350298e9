//! The model and its effects: deliveries become tasks whose reports come back as messages. Knows nothing of
//! a terminal, so pictures are made with the same shell as the inspector.

mod destination;
mod tour;

use destination::Connected;
pub use destination::StartDestination;
use tour::TourSide;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use super::exporting::{self, ReportJob};
use super::files::{excerpt, opening, saving};
use super::sending::all::{self, SendAllRequest, StopHandle};
use super::sending::connection_test::Connector;
use super::sending::history::BackgroundHistory;
use super::sending::own_sink::OwnSink;
use super::sending::queue::SendQueue;
use super::verifying::{self, Surroundings};
use super::{clipboard, fetching};
use crate::clock::Clock;
use crate::delivery::bulk::{BulkEnd, BulkOptions};
use crate::delivery::cancel::{self, Canceller};
use crate::delivery::deliver::DeliveryEnding;
use crate::delivery::http::{Client, REQUEST_TIMEOUT};
use crate::destination::Destination;
use crate::diagnostics::Variant;
use crate::display::counted;
use crate::inspector::library::forwarding::{Forwarded, Forwarding};
use crate::inspector::library::traffic;
use crate::inspector::prompt::Export;
use crate::inspector::windows::destination::DestinationTask;
use crate::inspector::windows::fetch::FetchTask;
use crate::inspector::windows::history::{HistoryReport, HistoryTask};
use crate::inspector::windows::live::LiveTask;
use crate::inspector::windows::send::Ticket;
use crate::inspector::windows::send_all::SendAllReport;
use crate::inspector::windows::verify::VerifyTask;
use crate::inspector::{Effect, Env, Model, Msg};
use crate::mapping::Context;
use crate::mapping::scan::leaks::Conversation;
use crate::prepare::Prepared;
use crate::settings::resolve::{KeySource, Server};
use crate::settings::save::KeyStorage;
use crate::settings::{Environment, SettingName, Settings};
use crate::share::report::{ReportKeys, ReportOptions, ReportText};

/// The model with all that its effects need.
pub struct Shell {
    /// The state.
    pub model: Model,
    /// Effects that only a terminal can perform, in order.
    pub for_terminal: VecDeque<Effect>,
    /// Whether the user left.
    pub quit: bool,
    /// Whether a script of a file presses the keys, and nobody watches.
    pub is_scripted: bool,
    clock: Clock,
    sender: UnboundedSender<Msg>,
    destination: Option<Destination>,
    send_queue: SendQueue,
    history: BackgroundHistory,
    settings: Option<Arc<Settings>>,
    stop_handle: Option<StopHandle>,
    connector: Connector,
    environment: Environment,
    own_sink: OwnSink,
    tour: TourSide,
    /// What would become of the present key if the destination were saved.
    key: KeyStorage,
    /// Where the present key came from.
    key_source: KeySource,
    /// Says that the present key belongs to another server, until the person agrees to give it to this one.
    foreign_key: Option<String>,
    cancellers: HashMap<Ticket, Canceller>,
    /// A server that is being asked what it is.
    connecting: Option<(Arc<Server>, JoinHandle<Connected>)>,
    /// How many paths were opened from within the inspector.
    opened: u32,
}

impl Shell {
    /// A shell around a model; reports go to `sender`. It keeps no history.
    pub fn new(model: Model, clock: Clock, sender: UnboundedSender<Msg>) -> Shell {
        Shell::with(model, clock, None, Environment::default(), sender)
    }

    /// A shell that keeps the history of the settings.
    pub fn with(
        model: Model,
        clock: Clock,
        settings: Option<Arc<Settings>>,
        environment: Environment,
        sender: UnboundedSender<Msg>,
    ) -> Shell {
        let history = BackgroundHistory::new(settings.clone(), sender.clone());
        let own_sink = OwnSink::new(clock.clone(), sender.clone());
        let connector = Connector::new(
            settings.clone(),
            environment.clone(),
            own_sink.clone(),
            sender.clone(),
        );
        let is_demo = clock.is_demo();
        let client = Client::new(REQUEST_TIMEOUT);
        let tour = TourSide::new(client.clone(), sender.clone(), is_demo);
        let send_queue = SendQueue::new(history.clone(), client, sender.clone(), is_demo);
        Shell {
            model,
            for_terminal: VecDeque::new(),
            quit: false,
            is_scripted: false,
            clock,
            sender,
            destination: None,
            send_queue,
            history,
            connector,
            environment,
            own_sink,
            tour,
            key: KeyStorage::Elsewhere,
            key_source: KeySource::None,
            foreign_key: None,
            settings,
            stop_handle: None,
            cancellers: HashMap::new(),
            connecting: None,
            opened: 0,
        }
    }

    /// Whether a server is being asked what it is.
    pub(super) const fn is_connecting(&self) -> bool {
        self.connecting.is_some()
    }

    /// Whether a script presses the keys.
    fn is_playing(&self) -> bool {
        self.is_scripted || self.model.playing.is_some()
    }

    /// The variables that the program was started with.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Updates the model with a message and performs the effects.
    pub fn update(&mut self, message: Msg) {
        if let Msg::Ended(ticket, _) = &message {
            self.cancellers.remove(ticket);
        }
        let env = Env {
            now: self.clock.now(),
            fresh_id: self.clock.next_id(),
        };
        for effect in self.model.update(message, &env) {
            tracing::debug!(effect = %Variant(&effect), "effect");
            if self.is_playing() && reaches_out(&effect) {
                let says = "a script cannot do this: it writes no files, asks no servers and starts no programs";
                let _ = self.sender.send(Msg::Notice(says.to_owned()));
                continue;
            }
            match effect {
                Effect::Quit => self.quit = true,
                Effect::IndexConversation => self.index_conversation(),
                Effect::Send(ticket, prepared) => {
                    self.clock.used_id();
                    match self.model.tour.is_some() {
                        true => self.send_in_tour(ticket, prepared),
                        false => self.send(ticket, prepared),
                    }
                }
                Effect::PrepareTour => self.prepare_tour(),
                Effect::Save {
                    path,
                    bytes,
                    replace,
                } => {
                    let saved = saving::save(path, &bytes, replace);
                    let _ = self.sender.send(Msg::Saved(saved));
                }
                Effect::Export {
                    export:
                        export @ (Export::Report | Export::ReportWithText | Export::ReportListed),
                    path,
                    replace,
                } => self.report(export, path, replace),
                Effect::Forward(prepared) => self.forward(prepared),
                Effect::Cancel(ticket) => {
                    if let Some(canceller) = self.cancellers.remove(&ticket) {
                        canceller.cancel();
                    }
                }
                Effect::SendAll(ticket) => self.send_all(ticket, env.now),
                Effect::StopAll(_) => {
                    if let Some(stop_handle) = &mut self.stop_handle {
                        stop_handle.pull();
                    }
                }
                Effect::Live(LiveTask::Begin(ticket, request)) => {
                    let (canceller, cancelled) = cancel::pair();
                    self.cancellers.insert(ticket, canceller);
                    let (environment, sender) = (self.environment.clone(), self.sender.clone());
                    let asked = super::live::run(environment, ticket, request, sender, cancelled);
                    tokio::spawn(asked);
                }
                Effect::Fetch(FetchTask::Begin(ticket, id)) => {
                    let (canceller, cancelled) = cancel::pair();
                    self.cancellers.insert(ticket, canceller);
                    let (environment, sender) = (self.environment.clone(), self.sender.clone());
                    let fetching = fetching::run(environment, ticket, id, sender, cancelled);
                    tokio::spawn(fetching);
                }
                Effect::Verify(VerifyTask::Begin(ticket, sent)) => {
                    let (canceller, cancelled) = cancel::pair();
                    self.cancellers.insert(ticket, canceller);
                    let surroundings = match self.model.tour.is_some() {
                        true => self.surroundings_of_tour(),
                        false => Surroundings {
                            settings: self.settings.clone(),
                            environment: self.environment.clone(),
                            present: self.destination.clone(),
                            history: self.history.clone(),
                            sender: self.sender.clone(),
                            is_demo: self.clock.is_demo(),
                        },
                    };
                    tokio::spawn(verifying::run(surroundings, ticket, *sent, cancelled));
                }
                Effect::Verify(VerifyTask::Cancel(ticket))
                | Effect::Fetch(FetchTask::Cancel(ticket))
                | Effect::Live(LiveTask::Cancel(ticket)) => {
                    if let Some(canceller) = self.cancellers.remove(&ticket) {
                        canceller.cancel();
                    }
                }
                Effect::OpenFile(path) => {
                    let source = OPENED + self.opened;
                    self.opened += 1;
                    opening::open(path, source, self.sender.clone());
                }
                Effect::ListFolder(typed) => {
                    let sender = self.sender.clone();
                    tokio::task::spawn_blocking(move || {
                        let _ = sender.send(Msg::Folder(opening::complete(typed)));
                    });
                }
                Effect::Excerpt(place) => {
                    let sender = self.sender.clone();
                    tokio::task::spawn_blocking(move || {
                        let excerpt = excerpt::read(&place);
                        let _ = sender.send(Msg::Excerpt(place, excerpt));
                    });
                }
                Effect::Destination(task) => self.perform_destination_task(task),
                Effect::History(task) => self.perform_history_task(task),
                other => self.for_terminal.push_back(other),
            }
        }
    }

    /// Gives a text to the system's clipboard program, where there is one.
    pub(super) fn copy_with_program(&self, text: String) {
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(how) = clipboard::copy(&text) {
                let _ = sender.send(Msg::Copied(how));
            }
        });
    }

    /// Makes a report of what the model says; the conversation's text stands in it where that was agreed to.
    fn report(&self, export: Export, path: PathBuf, replace: bool) {
        let own = &self.model;
        tokio::spawn(exporting::report(ReportJob {
            export,
            path,
            replace,
            items: own.report_items(export),
            context: Context {
                now: self.clock.now(),
                ..own.context.clone()
            },
            deliveries: own.library.deliveries.clone(),
            options: ReportOptions {
                text: match export {
                    Export::ReportWithText => ReportText::Included,
                    Export::Report | Export::ReportListed | Export::Picture => ReportText::Withheld,
                },
                made_at: self.clock.time().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                endpoint: own.destination.endpoint.clone(),
                is_keyless: own.destination.key_source == KeySource::None,
                keys: ReportKeys::of(self.environment().secrets()),
            },
            history: self.history.clone(),
            sender: self.sender.clone(),
        }));
    }

    fn send(&mut self, ticket: Ticket, prepared: Prepared) {
        let Some(destination) = self.destination.clone() else {
            let _ = self
                .sender
                .send(Msg::Ended(ticket, DeliveryEnding::Refused));
            return;
        };
        self.agree_to_foreign_key();
        let (canceller, cancelled) = cancel::pair();
        self.cancellers.insert(ticket, canceller);
        self.send_queue
            .send(ticket, destination, prepared, cancelled);
    }

    /// Forwards the event of a finished call; the model has checked that it may go there.
    fn forward(&mut self, prepared: Prepared) {
        let Some(destination) = self.destination.clone() else {
            let forwarded = Forwarded {
                bytes: prepared.request.body.len(),
                is_accepted: false,
                says: "there is no destination".to_owned(),
            };
            let report = traffic::TrafficReport::Forwarded(forwarded);
            let _ = self.sender.send(Msg::Traffic(report));
            return;
        };
        self.agree_to_foreign_key();
        self.send_queue.forward(destination, prepared);
    }

    /// Waits a moment for events being forwarded, and for what waits for the history; what was not answered by then stays
    /// there. Says what was not sent, and what became of what was not answered.
    pub async fn finish_sending(&self) -> Vec<String> {
        let mut says = Vec::new();
        let model = self.model.own();
        if let Some(traffic) = &model.traffic
            && traffic.recording.is_none()
            && traffic.calls > 0
        {
            says.push(format!(
                "{} not recorded: --record FILE keeps what is listened to",
                counted(traffic.calls, "call")
            ));
        }
        let forwarding = model.traffic.as_ref().map(|traffic| &traffic.forwarding);
        let waiting = forwarding.map_or(0, Forwarding::waiting);
        if waiting > 0 {
            says.push(format!(
                "{waiting} not forwarded: the destination was not ready for what ended, and it is in no history"
            ));
        }
        if let Some(all) = model.all.as_ref().filter(|all| all.is_under_way()) {
            says.push(format!(
                "{} of {} had no answer yet; those that were not begun are not sent, and stand in no history",
                all.to_send() - all.sent(),
                counted(all.to_send(), "event")
            ));
        }
        let is_forwarding = forwarding.is_some_and(|forwarding| forwarding.under_way > 0);
        let patience = match is_forwarding || self.send_queue.awaits_history() {
            true => LAST_EVENTS,
            false => Duration::ZERO,
        };
        let left = self.send_queue.close(patience).await;
        for (count, what) in [
            (left.kept, "not answered: in the history, and offered again"),
            (left.lost, "not answered, and no history has it"),
        ] {
            if count > 0 {
                says.push(format!("{count} {what}"));
            }
        }
        says
    }

    fn send_all(&mut self, ticket: Ticket, now: i64) {
        self.agree_to_foreign_key();
        let sources = self.model.take_items();
        let Some(destination) = self.destination.clone() else {
            let end = BulkEnd::Pointless("there is no destination".to_owned());
            let _ = self
                .sender
                .send(Msg::All(ticket, SendAllReport::Ended(end)));
            return;
        };
        let number = |name| {
            let settings = self.settings.as_ref()?;
            usize::try_from(settings.number(name)).ok()
        };
        let plan = BulkOptions::default();
        let order = SendAllRequest {
            ticket,
            sources,
            privacy: self.model.privacy,
            context: Context {
                now,
                ..self.model.context.clone()
            },
            deliveries: self.model.library.deliveries.clone(),
            destination,
            plan: BulkOptions {
                batch: number(SettingName::Batch).unwrap_or(plan.batch),
                concurrency: match self.clock.is_demo() {
                    // One after another, they arrive in the same order each time.
                    true => 1,
                    false => number(SettingName::Concurrency).unwrap_or(plan.concurrency),
                },
                linger: match self.clock.is_demo() {
                    // The same events in each request, however slowly they are made.
                    true => HOUR,
                    false => plan.linger,
                },
                ..plan
            },
        };
        let sender = self.sender.clone();
        self.stop_handle = Some(all::start(order, self.history.clone(), sender));
    }

    fn perform_history_task(&mut self, task: HistoryTask) {
        let history = self.history.clone();
        match task {
            HistoryTask::List(text) => drop(tokio::spawn(history.list(text))),
            HistoryTask::Fetch(id, then) => drop(tokio::spawn(history.fetch(id, then))),
            HistoryTask::Forget(ids) => drop(tokio::spawn(history.forget(ids))),
            HistoryTask::Again(ids) => {
                self.agree_to_foreign_key();
                match self.destination.clone() {
                    Some(destination) => {
                        let again = self.send_queue.clone().again(destination, ids);
                        drop(tokio::spawn(again));
                    }
                    None => self.nothing_sent_again(),
                }
            }
            HistoryTask::Elsewhere(id) => {
                self.agree_to_foreign_key();
                match self.destination.clone() {
                    Some(destination) => {
                        let copied = self.send_queue.clone().elsewhere(destination, id);
                        drop(tokio::spawn(copied));
                    }
                    None => self.nothing_sent_again(),
                }
            }
        }
    }

    fn nothing_sent_again(&self) {
        let _ = self
            .sender
            .send(Msg::History(HistoryReport::SentAgain(None)));
    }

    /// Opens the history and offers what was not answered when the program last ended.
    pub fn offer_unanswered(&self) {
        tokio::spawn(self.history.clone().tell_unanswered());
    }

    /// Reads the words of the shown completion's conversation on a thread of its own.
    fn index_conversation(&self) {
        let Some(current) = &self.model.current else {
            return;
        };
        let (completion, sender) = (current.completion.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let conversation = Arc::new(Conversation::of(&completion));
            let _ = sender.send(Msg::ConversationIndexed(completion, conversation));
        });
    }
}

/// Whether an effect goes further than the screen and the program's own sink. A script may come from anywhere, so it does
/// nothing of that.
fn reaches_out(effect: &Effect) -> bool {
    match effect {
        Effect::Save { .. }
        | Effect::Export { .. }
        | Effect::Live(LiveTask::Begin(..))
        | Effect::Fetch(FetchTask::Begin(..))
        | Effect::Destination(
            DestinationTask::Test(..) | DestinationTask::Use(..) | DestinationTask::Save(..),
        )
        | Effect::OpenFile(_)
        | Effect::ListFolder(_)
        | Effect::Forward(_) => true,
        // What is found out for it is answered without asking anybody; there is no editor and no clipboard for it.
        Effect::Destination(DestinationTask::FindWorkshop | DestinationTask::FindKey(_))
        | Effect::EditExternally(_)
        | Effect::EditAt(_)
        | Effect::Copy(_) => false,
        Effect::Send(..)
        | Effect::Cancel(_)
        | Effect::Live(LiveTask::Cancel(_))
        | Effect::Fetch(FetchTask::Cancel(_))
        | Effect::Verify(_)
        | Effect::SendAll(_)
        | Effect::StopAll(_)
        | Effect::History(_)
        | Effect::IndexConversation
        | Effect::Excerpt(_)
        | Effect::Theme(_)
        | Effect::PrepareTour
        | Effect::Suspend
        | Effect::Quit => false,
    }
}

/// How long events that are being forwarded may take when the inspector is left. Chosen.
const LAST_EVENTS: Duration = Duration::from_secs(2);
/// Longer than any demonstration takes.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The number of the first source opened from within the inspector; those of the command line count from 0.
const OPENED: u32 = 1 << 30;
