//! The one loop: input and messages in, frames out, effects to tasks whose news come back as messages.
//! It draws once the queue is empty, and does nothing while nothing happens.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::app::send::{AttemptShown, DestinationShown, Received, Ticket};
use crate::app::{Effect, Ended, Env, Model, Msg};
use crate::completion::load::Loaded;
use crate::delivery::answer::{Outcome, Verdict};
use crate::delivery::cancel::{self, Canceller};
use crate::delivery::deliver::{Ending, Progress, deliver};
use crate::delivery::destination::{Destination, Kind};
use crate::delivery::http::{Attempt, Client, REQUEST_TIMEOUT, headers_shown};
use crate::delivery::plain::{first_useful_line, shortened};
use crate::delivery::retarget::retarget;
use crate::delivery::retry::Policy;
use crate::delivery::sink::{Options as SinkOptions, Receipt, Sink, SinkHandle};
use crate::event::wire::{Route, WireRequest};
use crate::screen::{self, theme::Look};
use crate::terminal::{self, Multiplexer, TakenOver};
use crate::{samples, source};

/// What the inspector starts with.
pub struct Start {
    /// The model, empty but for its settings.
    pub model: Model,
    /// What to load; nothing stands for the bundled samples.
    pub paths: Vec<PathBuf>,
    /// Where test traces go; none stands for a local sink that is started here.
    pub destination: Option<Destination>,
    /// How things look.
    pub look: Look,
    /// What stands between the program and the terminal.
    pub multiplexer: Multiplexer,
}

/// Runs the inspector until the user leaves or a signal ends it.
///
/// # Errors
/// The terminal cannot be taken over or written to.
pub fn run(start: Start) -> anyhow::Result<()> {
    terminal::give_back_on_panic();
    let taken = TakenOver::begin()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(inspect(start));
    drop(taken);
    runtime.shutdown_timeout(Duration::from_millis(200));
    ended
}

async fn inspect(start: Start) -> anyhow::Result<()> {
    let (sender, mut messages) = unbounded_channel();
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let mut shell = Shell {
        model: start.model,
        look: start.look,
        multiplexer: start.multiplexer,
        sender: sender.clone(),
        destination: None,
        client: Client::new(REQUEST_TIMEOUT),
        cancellers: HashMap::new(),
        quit: false,
        suspend: false,
    };
    let size = terminal.size()?;
    shell.update(Msg::Resize(size.width, size.height));
    if start.paths.is_empty() {
        shell.update(Msg::Loaded(samples::load_all()));
    } else {
        shell.update(Msg::Loading(Some((0, 0))));
        load_aside(start.paths, sender.clone());
    }
    shell.draw(&mut terminal)?;
    let sink = shell.connect(start.destination).await;
    shell.run(&mut terminal, &mut messages).await?;
    if let Some(sink) = sink {
        sink.stop(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Reads the paths on a thread of its own and sends what it finds.
fn load_aside(paths: Vec<PathBuf>, sender: UnboundedSender<Msg>) {
    std::thread::spawn(move || {
        let (units, problems) = source::units(&paths);
        let first = Loaded {
            problems,
            ..Loaded::default()
        };
        let _ = sender.send(Msg::Loaded(first));
        let all = units.len() as u64;
        for (done, unit) in (1..).zip(&units) {
            let _ = sender.send(Msg::Loaded(source::load(unit)));
            if sender.send(Msg::Loading(Some((done, all)))).is_err() {
                return;
            }
        }
        let _ = sender.send(Msg::Loading(None));
    });
}

struct Shell {
    model: Model,
    look: Look,
    multiplexer: Multiplexer,
    sender: UnboundedSender<Msg>,
    destination: Option<Destination>,
    client: Client,
    cancellers: HashMap<Ticket, Canceller>,
    quit: bool,
    suspend: bool,
}

type Screen = Terminal<CrosstermBackend<io::Stdout>>;

impl Shell {
    async fn run(
        &mut self,
        terminal: &mut Screen,
        messages: &mut UnboundedReceiver<Msg>,
    ) -> anyhow::Result<()> {
        let mut input = EventStream::new();
        let mut signals = Signals::listen()?;
        while !self.quit {
            if messages.is_empty() {
                self.draw(terminal)?;
            }
            let ticks = self.model.needs_ticks();
            tokio::select! {
                biased;
                Some(message) = messages.recv() => self.update(message),
                event = input.next() => match event {
                    Some(Ok(event)) => self.input(event, terminal)?,
                    // The terminal is gone.
                    Some(Err(_)) | None => return Ok(()),
                },
                () = signals.any() => return Ok(()),
                () = tokio::time::sleep(Duration::from_millis(500)), if ticks => self.update(Msg::Tick),
            }
        }
        Ok(())
    }

    fn draw(&mut self, terminal: &mut Screen) -> anyhow::Result<()> {
        queue!(terminal.backend_mut(), BeginSynchronizedUpdate)?;
        terminal.draw(|frame| {
            let cursor = screen::draw(&self.model, &self.look, frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        execute!(terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(())
    }

    fn input(&mut self, event: Event, terminal: &mut Screen) -> anyhow::Result<()> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.update(Msg::Key(key)),
            Event::Paste(text) => self.update(Msg::Paste(text)),
            Event::Resize(width, height) => {
                terminal.autoresize()?;
                self.update(Msg::Resize(width, height));
            }
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => {
                    self.update(Msg::Click(mouse.column, mouse.row));
                }
                MouseEventKind::ScrollDown => self.update(Msg::Wheel(mouse.column, mouse.row, 3)),
                MouseEventKind::ScrollUp => self.update(Msg::Wheel(mouse.column, mouse.row, -3)),
                _ => {}
            },
            _ => {}
        }
        if std::mem::take(&mut self.suspend) {
            terminal::give_back();
            terminal::sleep();
            terminal::take_again()?;
            terminal.clear()?;
        }
        Ok(())
    }

    fn update(&mut self, message: Msg) {
        let env = Env {
            now: jiff::Timestamp::now().as_millisecond(),
            fresh_id: uuid::Uuid::new_v4().to_string(),
        };
        for effect in self.model.update(message, &env) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.quit = true,
            Effect::Suspend => self.suspend = true,
            Effect::Copy(text) => {
                let mut out = io::stdout();
                let _ = out.write_all(&terminal::clipboard(&text, self.multiplexer));
                let _ = out.flush();
            }
            Effect::Cancel(ticket) => {
                if let Some(canceller) = self.cancellers.remove(&ticket) {
                    canceller.cancel();
                }
            }
            Effect::Send(ticket, request) => self.send(ticket, request),
        }
    }

    fn send(&mut self, ticket: Ticket, request: WireRequest) {
        let Some(destination) = self.destination.clone() else {
            let _ = self.sender.send(Msg::Ended(ticket, Ended::Failed));
            return;
        };
        let (canceller, cancelled) = cancel::pair();
        self.cancellers.insert(ticket, canceller);
        let (client, sender) = (self.client.clone(), self.sender.clone());
        tokio::spawn(async move {
            let policy = Policy::default();
            let tell = |progress: Progress| {
                let message = match progress {
                    Progress::Attempting { attempt: 1 } => return,
                    Progress::Attempting { .. } => Msg::Retrying(ticket),
                    Progress::Attempted { result, .. } => Msg::Attempted(ticket, shown(&result)),
                    Progress::Waiting { wait, .. } => {
                        Msg::Waiting(ticket, u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
                    }
                };
                let _ = sender.send(message);
            };
            let delivery = deliver(&client, &destination, &request, &policy, tell, cancelled);
            let ended = match delivery.await {
                Ok(delivery) => match delivery.ending {
                    Ending::Accepted => Ended::Accepted,
                    Ending::Cancelled => Ended::Cancelled,
                    Ending::Refused | Ending::GaveUp => Ended::Failed,
                },
                Err(error) => {
                    let _ = sender.send(Msg::Notice(error.to_string()));
                    Ended::Failed
                }
            };
            let _ = sender.send(Msg::Ended(ticket, ended));
        });
    }

    /// Makes out where test traces go; starts the local sink where nothing is configured.
    async fn connect(&mut self, destination: Option<Destination>) -> Option<SinkHandle> {
        if let Some(destination) = destination {
            self.update(Msg::Destination(destination_shown(&destination)));
            self.destination = Some(destination);
            return None;
        }
        let sender = self.sender.clone();
        let receive = move |receipt: Receipt| {
            let _ = sender.send(Msg::Received(received(receipt)));
        };
        match Sink::start(SinkOptions::default(), receive).await {
            Ok(sink) => {
                let destination = sink.destination().clone();
                self.update(Msg::Destination(destination_shown(&destination)));
                self.destination = Some(destination);
                Some(sink)
            }
            Err(error) => {
                let mut shown = self.model.destination.clone();
                shown.trouble = Some(error.to_string());
                self.update(Msg::Destination(shown));
                None
            }
        }
    }
}

fn destination_shown(destination: &Destination) -> DestinationShown {
    let probe = WireRequest {
        route: Route::Track,
        event_id: String::new(),
        body: Vec::new().into(),
    };
    let probe = retarget(&probe, destination).unwrap_or(probe);
    let name = match destination.kind() {
        Kind::LocalSink => "local sink",
        Kind::Workshop => "Raindrop Workshop",
        Kind::Raindrop => "Raindrop",
    };
    let headers = headers_shown(destination, &probe).into_iter();
    DestinationShown {
        name: name.to_owned(),
        base_url: destination.base_url().as_str().to_owned(),
        is_local: destination.kind() == Kind::LocalSink,
        headers: headers
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .collect(),
        trouble: None,
    }
}

fn shown(attempt: &Attempt) -> AttemptShown {
    const ANSWER: usize = 300;
    let outcome = &attempt.outcome;
    let (status, body) = match outcome {
        Outcome::Answered { status, body, .. } => (Some(*status), first_useful_line(body)),
        Outcome::Fault(_) => (None, None),
    };
    AttemptShown {
        status,
        says: outcome.says(),
        help: outcome.help().to_owned(),
        body: body
            .map(|line| shortened(&line, ANSWER))
            .unwrap_or_default(),
        millis: u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX),
        accepted: outcome.verdict() == Verdict::Accepted,
    }
}

fn received(receipt: Receipt) -> Received {
    Received {
        number: receipt.number,
        event_id: receipt.event_id().unwrap_or_default().to_owned(),
        path: receipt.path,
        status: receipt.status.unwrap_or_default(),
        reasons: receipt.reasons,
        bytes: receipt.bytes,
        body: receipt.body,
    }
}

/// Signals that end the program.
#[cfg(unix)]
struct Signals {
    term: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            term: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn any(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
