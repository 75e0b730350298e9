//! The model and its effects: deliveries become tasks whose reports come back as messages. Knows nothing of
//! a terminal, so pictures are made with the same shell as the inspector.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::background_history::BackgroundHistory;
use super::connection_test::{Connector, CurrentDestination};
use super::own_sink::OwnSink;
use super::saving;
use super::send_all::{self, SendAllRequest, StopHandle};
use super::send_queue::SendQueue;
use super::{clipboard, excerpt, fetching, opening};
use crate::delivery::bulk::{BulkEnd, BulkOptions};
use crate::delivery::cancel::{self, Canceller};
use crate::delivery::deliver::DeliveryEnding;
use crate::delivery::http::{Client, REQUEST_TIMEOUT};
use crate::destination::{Destination, DestinationKind, ProjectSlug, WORKSHOP};
use crate::diagnostics::Variant;
use crate::inspector::library::forwarding::Forwarded;
use crate::inspector::library::traffic;
use crate::inspector::windows::destination::{DestinationReport, DestinationTask, Extras};
use crate::inspector::windows::fetch::FetchTask;
use crate::inspector::windows::history::HistoryTask;
use crate::inspector::windows::live::LiveTask;
use crate::inspector::windows::send::{DestinationShown, Ticket};
use crate::inspector::windows::send_all::SendAllReport;
use crate::inspector::{Effect, Env, Model, Msg};
use crate::mapping::Context;
use crate::mapping::scan::leaks::Conversation;
use crate::prepare::Prepared;
use crate::settings::access::{self, AccessError, KeyConsent};
use crate::settings::resolve::{FoundKey, KeySource, Server};
use crate::settings::save::KeyStorage;
use crate::settings::{Environment, SettingName, Settings};

/// Where time and ids come from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system.
    System,
    /// A time that stands still and ids that count up, for demonstrations.
    Demo {
        /// Milliseconds since 1970.
        now: i64,
        /// Ids that were handed out.
        ids: u128,
    },
}

impl Clock {
    /// The clock of demonstrations: 2026-06-05T12:34:00Z.
    pub const DEMO: Clock = Clock::Demo {
        now: 1_780_662_840_000,
        ids: 0,
    };

    fn env(&self) -> Env {
        match self {
            Clock::System => Env {
                now: jiff::Timestamp::now().as_millisecond(),
                fresh_id: uuid::Uuid::new_v4().to_string(),
            },
            Clock::Demo { now, ids } => Env {
                now: *now,
                fresh_id: uuid::Uuid::from_u128(FIRST_DEMO_ID + *ids).to_string(),
            },
        }
    }

    /// Takes note that an id was used.
    fn used_id(&mut self) {
        if let Clock::Demo { ids, .. } = self {
            *ids += 1;
        }
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        match self {
            Clock::System => jiff::Timestamp::now().as_millisecond(),
            Clock::Demo { now, .. } => *now,
        }
    }
}

/// Where test traces go at first.
#[derive(Debug, Clone)]
pub enum StartDestination {
    /// To a local sink that the program starts itself.
    OwnSink {
        /// The project to send to it.
        project: Option<ProjectSlug>,
    },
    /// To this server, which was not asked yet what it is.
    Server(Box<Server>, KeyConsent),
    /// Nowhere, and why.
    Nowhere(String),
}

/// The model with all that its effects need.
pub struct Shell {
    /// The state.
    pub model: Model,
    /// Effects that only a terminal can perform, in order.
    pub for_terminal: VecDeque<Effect>,
    /// Whether the user left.
    pub quit: bool,
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
    /// What would become of the present key if the destination were saved.
    key: KeyStorage,
    /// Where the present key came from.
    key_source: KeySource,
    /// That the present key belongs to another server, until the person has agreed to give it to this one.
    foreign_key: Option<String>,
    cancellers: HashMap<Ticket, Canceller>,
    /// Paths that were opened from inside.
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
        let own_sink = OwnSink::new(sender.clone());
        let connector = Connector::new(
            settings.clone(),
            environment.clone(),
            own_sink.clone(),
            sender.clone(),
        );
        let is_demo = matches!(clock, Clock::Demo { .. });
        let client = Client::new(REQUEST_TIMEOUT);
        let send_queue = SendQueue::new(history.clone(), client, sender.clone(), is_demo);
        Shell {
            model,
            for_terminal: VecDeque::new(),
            quit: false,
            clock,
            sender,
            destination: None,
            send_queue,
            history,
            connector,
            environment,
            own_sink,
            key: KeyStorage::Elsewhere,
            key_source: KeySource::None,
            foreign_key: None,
            settings,
            stop_handle: None,
            cancellers: HashMap::new(),
            opened: 0,
        }
    }

    /// The variables that the program was started with.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Takes a message in and performs what comes of it.
    pub fn update(&mut self, message: Msg) {
        if let Msg::Ended(ticket, _) = &message {
            self.cancellers.remove(ticket);
        }
        let env = self.clock.env();
        for effect in self.model.update(message, &env) {
            tracing::debug!(effect = %Variant(&effect), "effect");
            match effect {
                Effect::Quit => self.quit = true,
                Effect::IndexConversation => self.index_conversation(),
                Effect::Send(ticket, prepared) => {
                    self.clock.used_id();
                    self.send(ticket, prepared);
                }
                Effect::Save {
                    path,
                    bytes,
                    replace,
                } => {
                    let saved = saving::save(path, &bytes, replace);
                    let _ = self.sender.send(Msg::Saved(saved));
                }
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
                Effect::Fetch(FetchTask::Cancel(ticket))
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

    /// Gives a text to the clipboard's program of the system, where there is one.
    pub(super) fn copy_with_program(&self, text: String) {
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(how) = clipboard::copy(&text) {
                let _ = sender.send(Msg::Copied(how));
            }
        });
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
        let send_queue = self.send_queue.clone();
        tokio::spawn(send_queue.send(ticket, destination, prepared, cancelled));
    }

    /// Forwards the event of a call that ended; the model has made sure that it may go there.
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
        tokio::spawn(self.send_queue.clone().forward(destination, prepared));
    }

    /// Waits a moment for events that are being forwarded; what is not answered by then is in the history.
    pub async fn finish_forwarding(&self) {
        let traffic = self.model.traffic.as_ref();
        if traffic.is_some_and(|traffic| traffic.forwarding.under_way > 0) {
            self.send_queue.flush(LAST_EVENTS).await;
        }
    }

    /// Sending was confirmed in a dialog that names the server and says whose key it gets.
    fn agree_to_foreign_key(&mut self) {
        if self.foreign_key.take().is_some()
            && let Some(destination) = self.destination.clone()
        {
            let shown = self.shown(&destination);
            self.update(Msg::Destination(shown));
        }
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
                concurrency: number(SettingName::Concurrency).unwrap_or(plan.concurrency),
                ..plan
            },
        };
        let sender = self.sender.clone();
        self.stop_handle = Some(send_all::start(order, self.history.clone(), sender));
    }

    fn perform_destination_task(&mut self, task: DestinationTask) {
        let connector = self.connector.clone();
        match task {
            // A demonstration looks the same whatever runs beside it.
            DestinationTask::FindWorkshop if matches!(self.clock, Clock::Demo { .. }) => {
                let report = DestinationReport::Workshop(WORKSHOP.to_owned(), false);
                self.update(Msg::Connection(report));
            }
            DestinationTask::FindWorkshop => drop(tokio::spawn(connector.find_workshop())),
            DestinationTask::FindKey(base_url) if matches!(self.clock, Clock::Demo { .. }) => {
                let report = DestinationReport::Key(base_url, None);
                self.update(Msg::Connection(report));
            }
            DestinationTask::FindKey(base_url) => {
                tokio::spawn(connector.find_key(base_url, self.present()));
            }
            DestinationTask::Test(version, values) => {
                tokio::spawn(connector.test(version, values, self.present()));
            }
            DestinationTask::Use(version, extras) => {
                if self.take_up(version, &extras) {
                    let report = DestinationReport::InUse(version, extras, None);
                    let _ = self.sender.send(Msg::Connection(report));
                }
            }
            DestinationTask::Save(version, extras) => {
                if self.take_up(version, &extras) {
                    tokio::spawn(connector.save(version, extras));
                }
            }
        }
    }

    fn present(&self) -> CurrentDestination {
        CurrentDestination {
            destination: self.destination.clone(),
            is_foreign: self.foreign_key.is_some(),
            key: self.key,
            key_source: self.key_source,
        }
    }

    /// Sends from now on to what passed under this version; false where that is not what passed last.
    fn take_up(&mut self, version: u64, extras: &Extras) -> bool {
        let Some((destination, key, key_source)) = self.connector.passed(version) else {
            return false;
        };
        self.key_source = key_source;
        self.foreign_key = None;
        let mut shown = self.shown(&destination);
        if !extras.enabled {
            shown.unavailable = Some(SWITCHED_OFF.to_owned());
        }
        self.destination = Some(destination).filter(|_| extras.enabled);
        self.key = key;
        self.update(Msg::Destination(shown));
        true
    }

    fn perform_history_task(&mut self, task: HistoryTask) {
        let history = self.history.clone();
        match task {
            HistoryTask::List(text) => drop(tokio::spawn(history.list(text))),
            HistoryTask::Fetch(id, then) => drop(tokio::spawn(history.fetch(id, then))),
            HistoryTask::Forget(ids) => drop(tokio::spawn(history.forget(ids))),
            HistoryTask::Again(ids) => {
                self.agree_to_foreign_key();
                if let Some(destination) = self.destination.clone() {
                    drop(tokio::spawn(
                        self.send_queue.clone().again(destination, ids),
                    ));
                }
            }
        }
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

    /// Makes out where test traces go; starts the local sink where nothing is configured.
    pub async fn connect(&mut self, to: StartDestination) {
        match to {
            StartDestination::OwnSink { project } => self.connect_to_own_sink(project).await,
            StartDestination::Server(server, consent) => self.connect_to(&server, consent).await,
            StartDestination::Nowhere(why) => self.no_destination(why),
        }
    }

    /// Stops the program's own sink, where it runs.
    pub async fn stop_own_sink(&self) {
        self.own_sink.stop().await;
    }

    async fn connect_to(&mut self, server: &Server, consent: KeyConsent) {
        let key_source = server
            .key
            .as_ref()
            .map_or(KeySource::None, |key| key.source);
        match access::destination(server, consent).await {
            Ok(destination) => self.use_destination(destination, key_source),
            // The key is at hand, and sending to another machine is asked about anyway.
            Err(error @ AccessError::Foreign { .. })
                if server.key.as_ref().is_some_and(FoundKey::is_known) =>
            {
                match access::destination(server, KeyConsent::Given).await {
                    Ok(destination) => {
                        self.foreign_key = Some(foreign_key(&error));
                        self.use_destination(destination, key_source);
                    }
                    Err(error) => self.no_destination(error.to_string()),
                }
            }
            Err(error) => self.no_destination(error.to_string()),
        }
    }

    /// Sends from now on to a destination with a key from there.
    pub fn use_destination(&mut self, destination: Destination, key_source: KeySource) {
        self.key_source = match destination.kind().takes_key() {
            true => key_source,
            false => KeySource::None,
        };
        let shown = self.shown(&destination);
        self.update(Msg::Destination(shown));
        self.destination = Some(destination);
    }

    async fn connect_to_own_sink(&mut self, project: Option<ProjectSlug>) {
        match self.own_sink.destination(project).await {
            Ok(destination) => {
                let shown = self.shown(&destination);
                self.update(Msg::OwnSink(shown.endpoint.base_url));
                self.use_destination(destination, KeySource::None);
            }
            Err(error) => self.no_destination(error.to_string()),
        }
    }

    /// A destination for the screen. The own sink's port is another one each time; a picture shows the
    /// customary one.
    fn shown(&self, destination: &Destination) -> DestinationShown {
        let mut shown = DestinationShown {
            name: destination.name().to_owned(),
            endpoint: destination.endpoint(),
            key_source: self.key_source,
            foreign_key: self.foreign_key.clone(),
            unavailable: None,
        };
        if let (Clock::Demo { .. }, DestinationKind::LocalSink) = (&self.clock, destination.kind())
        {
            let real = destination.base_url().authority().to_owned();
            let base_url = &mut shown.endpoint.base_url;
            *base_url = base_url.replace(&real, DEMO_AUTHORITY);
        }
        shown
    }

    fn no_destination(&mut self, why: String) {
        let mut shown = self.model.destination.clone();
        shown.unavailable = Some(why);
        self.update(Msg::Destination(shown));
    }
}

/// What is asked before a key goes to a server that it does not belong to.
fn foreign_key(error: &AccessError) -> String {
    match error {
        AccessError::Foreign {
            from,
            owner,
            base_url,
        } => format!("the write key from {from} belongs to {owner}, not to {base_url}"),
        other => other.to_string(),
    }
}

/// How long events that are being forwarded may take when the inspector is left. Chosen.
const LAST_EVENTS: Duration = Duration::from_secs(2);
/// Why nothing is sent to a destination that is not enabled.
const SWITCHED_OFF: &str = "the destination is switched off";
/// The first source that is opened from inside; those of the command line count from 0.
const OPENED: u32 = 1 << 30;
const FIRST_DEMO_ID: u128 = 0xdec0_0000_0000_4000_8000_0000_0000_0001;
const DEMO_AUTHORITY: &str = "127.0.0.1:5899";
