//! The one loop: input and messages in, frames out, effects to tasks, whose reports come back as messages.
//! It draws once the queue is empty, and does nothing while nothing happens.

mod clipboard;
mod editor;
mod exporting;
mod fetching;
mod files;
mod hangup;
pub mod headless;
pub mod listening;
mod live;
pub mod saved_layout;
mod sending;
mod shell;
mod shown;
mod signals;
mod verifying;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::clock::Clock;
use crate::completion::load::Loaded;
use crate::inspector;
use crate::inspector::edits::external_editor::EditorOutcome;
use crate::inspector::keys::script::ScriptStep;
use crate::inspector::library::Batch;
use crate::inspector::ui::symbols::Symbols;
use crate::inspector::ui::theme::{Look, Theme};
use crate::inspector::{Effect, Model, Msg};
use crate::samples;
use crate::settings::{Environment, Settings};
use crate::share::picture::{self, Ground};
use crate::terminal::backend::CompactBackend;
use crate::terminal::background::{self, Background};
use crate::terminal::events::{FromTerminal, TerminalEvents};
use crate::terminal::{self, Multiplexer, TerminalGuard};
use editor::external::AfterEditor;
use listening::{Listening, RunningTraffic};
use saved_layout::SavedLayout;
use sending::own_sink::SINK_DEADLINE;
pub use shell::{Shell, StartDestination};
use signals::Signals;

/// How long the screen may stay as it is while messages keep coming. Chosen: not felt as waiting.
const FRAME: Duration = Duration::from_millis(40);

/// How long calls that ended may be read for the recording after a signal that ends the program. Chosen: within what it may
/// take to end.
const LAST_RECORDED: Duration = Duration::from_secs(4);

/// What the inspector starts with.
pub struct Start {
    /// The model, empty but for its settings.
    pub model: Model,
    /// What to load. None means the bundled samples or, while listening to live traffic, nothing.
    pub paths: Vec<PathBuf>,
    /// Live traffic.
    pub listening: Option<Listening>,
    /// Where test traces go.
    pub destination: StartDestination,
    /// Theme and symbols.
    pub look: Look,
    /// Whether the terminal is asked for its background, by which the theme is chosen.
    pub asks_for_background: bool,
    /// Whether to take the mouse.
    pub mouse: bool,
    /// What stands between the program and the terminal.
    pub multiplexer: Multiplexer,
    /// Where time and ids come from.
    pub clock: Clock,
    /// The settings, for the history; none in demonstrations, which keep none.
    pub settings: Option<Arc<Settings>>,
    /// Where the panes' layout is remembered; not in demonstrations.
    pub remembered: Option<SavedLayout>,
    /// The environment variables that name keys, Workshops and editors.
    pub environment: Environment,
    /// What it begins with.
    pub opening: Opening,
}

/// What the inspector begins with.
#[derive(Debug, Clone)]
pub enum Opening {
    /// Itself.
    Panes,
    /// The tour, at this stop, from 0.
    Tour(usize),
    /// A script, on what is loaded for it.
    Script(Vec<ScriptStep>, Box<Loaded>),
}

/// Runs the inspector until the user leaves or a signal ends it.
///
/// # Errors
/// The terminal cannot be taken over or written to, or the command cannot be run.
pub fn run(start: Start) -> anyhow::Result<Exited> {
    terminal::give_back_on_panic();
    let closed = hangup::end_with_terminal();
    let heard = hangup::end_by_signal()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // From here on a signal is waited for, so that none ends the program while it has the terminal.
    let signals = {
        let _within = runtime.enter();
        Signals::listen(closed, heard)?
    };
    let taken = TerminalGuard::begin(start.mouse)?;
    let ended = runtime.block_on(inspect(start, signals));
    drop(taken);
    runtime.shutdown_timeout(SINK_DEADLINE);
    ended
}

async fn inspect(start: Start, mut signals: Signals) -> anyhow::Result<Exited> {
    let (sender, mut messages) = unbounded_channel();
    let mut screen = Screen {
        terminal: Terminal::new(CompactBackend::new(io::stdout()))?,
        look: start.look,
        asked_at: None,
        mouse: start.mouse,
        multiplexer: start.multiplexer,
    };
    let mut shell = Shell::with(
        start.model,
        start.clock,
        start.settings,
        start.environment,
        sender.clone(),
    );
    let size = screen.terminal.size()?;
    shell.update(Msg::Resize(size.width, size.height));
    if let Opening::Script(_, loaded) = &start.opening {
        shell.update(Msg::Loaded(Batch {
            loaded: Loaded::clone(loaded),
            ..Batch::default()
        }));
    } else if start.paths.is_empty() && start.listening.is_none() {
        shell.update(Msg::Loaded(Batch {
            loaded: samples::load_all(),
            ..Batch::default()
        }));
    } else if !start.paths.is_empty() {
        shell.update(Msg::Loading(Some((0, 0))));
        let context = shell.model.context.clone();
        files::loader::start(start.paths, context, sender.clone());
    }
    let listening = start.listening;
    let traffic = listening.map(|listening| {
        let secrets: Vec<&str> = shell.environment().secrets().collect();
        RunningTraffic::begin(listening, &secrets, sender)
    });
    let traffic = traffic.transpose()?;
    screen.draw(&shell.model)?;
    if start.asks_for_background {
        screen.ask_for_background()?;
    }
    tokio::select! {
        biased;
        () = signals.any() => shell.quit = true,
        () = shell.connect(start.destination) => {}
    }
    shell.offer_unanswered();
    match start.opening {
        Opening::Panes => {}
        Opening::Tour(stop) => shell.update(Msg::BeginTour(stop)),
        Opening::Script(steps, _) => shell.update(Msg::Play(steps)),
    }
    let ended = screen.run(&mut shell, &mut messages, &mut signals).await;
    // Before all else: a terminal that is closed leaves little time.
    let remembered = start.remembered.as_ref();
    let kept = remembered.map_or(Ok(()), |place| place.keep(shell.model.own().arrangement()));
    ended?;
    // The rest of the waiting needs no screen.
    terminal::give_back();
    let unsent = shell.finish_sending().await;
    shell.stop_own_sink().await;
    let mut left = Exited {
        says: kept.err().into_iter().chain(unsent).collect(),
        status: None,
        signal: signals.came(),
    };
    if let Some(traffic) = traffic {
        // Whoever has ended it by a signal waits for no more than a little.
        let was_ended = left.signal.is_some();
        let signal = signals.passed_on();
        let leave = async || match was_ended {
            true => tokio::time::sleep(LAST_RECORDED).await,
            false => signals.any().await,
        };
        let (status, outcome) = traffic.end(signal, leave).await;
        left.signal = signals.came();
        left.status = status;
        left.says.extend(outcome.says());
    }
    Ok(left)
}

/// How the inspector was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exited {
    /// What could not be saved or recorded, as sentences.
    pub says: Vec<String>,
    /// The status of the command that was run, where it ended.
    pub status: Option<u8>,
    /// The number of the signal that ended the inspector.
    pub signal: Option<u8>,
}

/// The terminal's side of the loop.
struct Screen {
    terminal: Terminal<CompactBackend<io::Stdout>>,
    look: Look,
    /// When the terminal was asked for its background; none if it wasn't, or has answered.
    asked_at: Option<Instant>,
    mouse: bool,
    multiplexer: Multiplexer,
}

/// The look for a background, on terminals with true colours.
pub fn look_on(background: Background, symbols: Symbols) -> Look {
    let name = match background {
        Background::Dark => "dark",
        Background::Light => "light",
    };
    Look::new(Theme::named(name).unwrap_or_else(Theme::terminal), symbols)
}

/// How long after asking, when the inspector ends, the terminal's answer is still waited for: otherwise it would go
/// to whatever reads the terminal next. Chosen.
const LATE_ANSWER: Duration = Duration::from_millis(300);

impl Screen {
    async fn run(
        &mut self,
        shell: &mut Shell,
        messages: &mut UnboundedReceiver<Msg>,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let mut input = TerminalEvents::read()?;
        let mut drawn = Instant::now();
        // The rest of a script that plays: its number, and when it is over.
        let mut rest: Option<(u64, Instant)> = None;
        while !shell.quit {
            // While a lot is being loaded, what is there is shown, and keys come before the rest.
            let is_due = messages.is_empty() && !input.has_more();
            if is_due || drawn.elapsed() >= FRAME {
                self.draw(&shell.model)?;
                drawn = Instant::now();
            }
            let ticks = shell.model.needs_ticks();
            rest = shell.model.rest().map(|(number, time)| match rest {
                Some(rest) if rest.0 == number => rest,
                _ => (number, Instant::now() + time),
            });
            let (number, rested) = rest.unwrap_or((0, drawn));
            tokio::select! {
                biased;
                // Before all else: what keeps coming doesn't keep the program from ending.
                () = signals.any() => return Ok(()),
                event = input.next() => match event {
                    Some(event) => self.take(event, shell)?,
                    // The terminal is gone.
                    None => return Ok(()),
                },
                Some(message) = messages.recv() => shell.update(message),
                found = shell.connected(), if shell.is_connecting() => {
                    if let Some((server, found)) = found {
                        shell.take_connected(&server, found);
                    }
                }
                () = tokio::time::sleep(Duration::from_millis(500)), if ticks => shell.update(Msg::Tick),
                () = tokio::time::sleep_until(rested.into()), if rest.is_some() => shell.update(Msg::Rested(number)),
                () = tokio::task::yield_now(), if shell.model.is_busy() => shell.update(Msg::Continue),
            }
            while let Some(effect) = shell.for_terminal.pop_front() {
                let is_playing = shell.model.playing.is_some();
                let prepared = match effect {
                    Effect::EditExternally(_) if is_playing => {
                        Err(Msg::EditorClosed(EditorOutcome::NoTerminal))
                    }
                    Effect::EditAt(_) if is_playing => Err(Msg::Notice(editor::external::says(
                        &EditorOutcome::NoTerminal,
                    ))),
                    Effect::EditExternally(text) => {
                        editor::external::prepare(&text, shell.environment())
                            .map_err(Msg::EditorClosed)
                    }
                    Effect::EditAt(place) => {
                        editor::external::prepare_at(&place, shell.environment())
                            .map_err(|outcome| Msg::Notice(editor::external::says(&outcome)))
                    }
                    effect => {
                        self.perform(effect, shell)?;
                        continue;
                    }
                };
                let prepared = match prepared {
                    Ok(prepared) => prepared,
                    Err(message) => {
                        shell.update(message);
                        continue;
                    }
                };
                // Keys are the editor's now.
                input.pause().await;
                let after = self.edit_externally(prepared, shell, messages, signals);
                if after.await? == AfterEditor::Exit {
                    return Ok(());
                }
                input.resume()?;
            }
        }
        self.drain_answer(input).await;
        Ok(())
    }

    /// Asks for the terminal's background. The first frame is drawn by then, and nothing waits for the answer.
    fn ask_for_background(&mut self) -> anyhow::Result<()> {
        self.terminal.backend_mut().write_raw(background::QUERY)?;
        self.asked_at = Some(Instant::now());
        Ok(())
    }

    /// Takes what came from the terminal. What it says about its background changes the look.
    fn take(&mut self, from: FromTerminal, shell: &mut Shell) -> anyhow::Result<()> {
        match from {
            FromTerminal::Event(event) => self.input(event, shell),
            FromTerminal::Says(text) => {
                if self.asked_at.is_some() && Background::is_answer(&text) {
                    self.asked_at = None;
                    if let Some(background) = Background::of_answer(&text) {
                        self.look = look_on(background, self.look.symbols);
                    }
                }
                Ok(())
            }
        }
    }

    /// Waits for an answer that is still on its way, and drops it.
    async fn drain_answer(&mut self, mut input: TerminalEvents) {
        let answered = async {
            while let Some(from) = input.next().await {
                if matches!(from, FromTerminal::Says(text) if Background::is_answer(&text)) {
                    return;
                }
            }
        };
        // Most terminals answer at once, so anyone who stayed longer than that waits for nothing.
        let passed = self.asked_at.map(|asked_at| asked_at.elapsed());
        if let Some(left) = passed.and_then(|passed| LATE_ANSWER.checked_sub(passed)) {
            let _ = tokio::time::timeout(left, answered).await;
        }
    }

    fn draw(&mut self, model: &Model) -> anyhow::Result<()> {
        self.terminal.draw(|frame| {
            let cursor = inspector::draw(model, &self.look, frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        self.terminal.backend_mut().end_frame()?;
        Ok(())
    }

    fn input(&mut self, event: Event, shell: &mut Shell) -> anyhow::Result<()> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => shell.update(Msg::Key(key)),
            Event::Paste(text) => shell.update(Msg::Paste(text)),
            Event::Resize(..) => {
                self.terminal.autoresize()?;
                let size = self.terminal.size()?;
                shell.update(Msg::Resize(size.width, size.height));
            }
            // With Shift, terminals select text; an event that still gets here is not for us.
            Event::Mouse(mouse) if mouse.modifiers.contains(KeyModifiers::SHIFT) => {}
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => {
                    shell.update(Msg::Click(mouse.column, mouse.row));
                }
                MouseEventKind::Drag(MouseButton::Left) => {
                    shell.update(Msg::Drag(mouse.column, mouse.row));
                }
                MouseEventKind::Up(MouseButton::Left) => shell.update(Msg::Release),
                MouseEventKind::ScrollDown => shell.update(Msg::Wheel(mouse.column, mouse.row, 3)),
                MouseEventKind::ScrollUp => shell.update(Msg::Wheel(mouse.column, mouse.row, -3)),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// The screen as a picture, on the ground that the theme is for: PNG where the file's name says so, else SVG.
    fn picture(&self, model: &Model, path: &Path) -> Vec<u8> {
        let (width, height) = model.size;
        let mut screen = Buffer::empty(Rect::new(0, 0, width, height));
        inspector::draw(model, &self.look, &mut screen);
        let ground = match Theme::named("light") == Some(self.look.theme) {
            true => Ground::Light,
            false => Ground::Dark,
        };
        let ending = path.extension().unwrap_or_default();
        match ending.eq_ignore_ascii_case("png") {
            true => picture::png(&screen, ground),
            false => picture::svg(&screen, ground).into_bytes(),
        }
    }

    /// Takes the terminal over again, whatever state it was left in and whatever size it has now.
    fn take_again(&mut self, shell: &mut Shell) -> anyhow::Result<()> {
        terminal::take_again(self.mouse)?;
        self.terminal.backend_mut().forget();
        self.terminal.clear()?;
        self.terminal.autoresize()?;
        let size = self.terminal.size()?;
        shell.update(Msg::Resize(size.width, size.height));
        Ok(())
    }

    fn perform(&mut self, effect: Effect, shell: &mut Shell) -> anyhow::Result<()> {
        match effect {
            Effect::Suspend => {
                terminal::give_back();
                terminal::sleep();
                self.take_again(shell)?;
            }
            // What a script copies is shown, and the clipboard is left alone.
            Effect::Copy(_) if shell.model.playing.is_some() => {}
            Effect::Copy(text) => {
                let bytes = terminal::clipboard(&text, self.multiplexer);
                self.terminal.backend_mut().write_raw(&bytes)?;
                shell.copy_with_program(text);
            }
            Effect::Export { path, replace, .. } => {
                let picture = self.picture(&shell.model, &path);
                let exported = exporting::picture(&path, &picture, replace);
                shell.update(Msg::Exported(exported));
            }
            Effect::Theme(named) => {
                let named = named.and_then(|name| Some((name, Theme::named(name)?)));
                let (name, theme) = named.unwrap_or_else(|| self.look.theme.next());
                self.look.theme = theme;
                // The ground stays the terminal's own.
                let made_for = match name {
                    "light" | "dark" => format!(", for {name} terminals,"),
                    _ => String::new(),
                };
                shell.update(Msg::Notice(format!(
                    "theme {name}{made_for} until you leave; theme = \"{name}\" in the settings file keeps it"
                )));
            }
            Effect::Send(..)
            | Effect::PrepareTour
            | Effect::Forward(_)
            | Effect::Cancel(_)
            | Effect::IndexConversation
            | Effect::Destination(_)
            | Effect::Live(_)
            | Effect::Fetch(_)
            | Effect::Verify(_)
            | Effect::SendAll(_)
            | Effect::StopAll(_)
            | Effect::History(_)
            | Effect::Save { .. }
            | Effect::EditExternally(_)
            | Effect::EditAt(_)
            | Effect::OpenFile(_)
            | Effect::ListFolder(_)
            | Effect::Excerpt(_)
            | Effect::Quit => {}
        }
        Ok(())
    }
}
