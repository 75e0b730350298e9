//! The tour: stops on the bundled samples, each on the real screen. It waits until the person has done what it asks for, or
//! does it itself. The inspector as the person left it is put aside meanwhile and comes back as it was.

mod card;
mod directing;
mod stops;

pub use stops::{At, Light, STOPS, Stop, Task, TourStep, Until, Within};

pub(crate) use card::{draw, height, hints, light};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::completion::Edits;
use crate::event::privacy::Privacy;
use crate::inspector::current::trace_rows::TraceRow;
use crate::inspector::library::Batch;
use crate::inspector::windows::send::{SendStage, Ticket};
use crate::inspector::{Command, Effect, Env, Model, Msg, Pane};
use crate::mapping::{Code, Context};
use crate::samples;

/// A place in the tour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TourPlace {
    /// The stop, from 0.
    pub stop: usize,
    /// The step of the stop, from 0.
    pub step: usize,
}

/// A tour that is under way. The model that holds it is the stage that it plays on.
#[derive(Debug, Clone)]
pub struct Tour {
    /// Where it is.
    pub place: TourPlace,
    /// The inspector as the person left it.
    away: Box<Model>,
    /// The stage as each stop begins with it, but for its sample.
    fresh: Box<Model>,
    /// The first ticket of the stage: earlier ones belong to what was put aside.
    first_ticket: Ticket,
    /// Edits of the sample as the step began.
    edits: usize,
    /// Whether the tour itself presses the keys.
    is_directing: bool,
}

impl TourPlace {
    /// The stop and the step there.
    pub fn here(self) -> (&'static Stop, &'static TourStep) {
        let stop = &STOPS[self.stop.min(STOPS.len() - 1)];
        (stop, &stop.steps[self.step.min(stop.steps.len() - 1)])
    }

    /// The place after it; none at the end.
    fn next(self) -> Option<TourPlace> {
        let (stop, _) = self.here();
        if self.step + 1 < stop.steps.len() {
            return Some(TourPlace {
                step: self.step + 1,
                ..self
            });
        }
        (self.stop + 1 < STOPS.len()).then(|| TourPlace {
            stop: self.stop + 1,
            step: 0,
        })
    }

    /// Where one goes back to: the beginning of the stop, and from there the stop before.
    fn back(self) -> TourPlace {
        TourPlace {
            stop: match self.step {
                0 => self.stop.saturating_sub(1),
                _ => self.stop,
            },
            step: 0,
        }
    }
}

impl Model {
    /// Puts the inspector aside and begins the tour at a stop, from 0.
    pub(crate) fn begin_tour(&mut self, stop: usize, env: &Env) -> Vec<Effect> {
        if self.tour.is_some() {
            return Vec::new();
        }
        let mut stage = Model::new(Context::at(env.now), Privacy::Off, Edits::none());
        stage.keymap = self.keymap.clone();
        stage.presenter.clone_from(&self.presenter);
        stage.pressed.clone_from(&self.pressed);
        stage.own_sink.clone_from(&self.own_sink);
        stage.next_ticket = self.next_ticket;
        let (width, height) = self.size;
        stage.take_in(Msg::Resize(width, height), env);
        stage.take_in(
            Msg::Loaded(Batch {
                loaded: samples::load_all(),
                ..Batch::default()
            }),
            env,
        );
        let away = Box::new(std::mem::replace(self, stage.clone()));
        self.tour = Some(Box::new(Tour {
            place: TourPlace::default(),
            first_ticket: Ticket(away.next_ticket),
            away,
            fresh: Box::new(stage),
            edits: 0,
            is_directing: false,
        }));
        let mut effects = vec![Effect::PrepareTour];
        effects.extend(self.go_to_stop(stop, env));
        effects
    }

    /// Begins it where it was left last.
    pub(crate) fn resume_tour(&mut self, env: &Env) -> Vec<Effect> {
        let stop = self.tour_left.map_or(0, |place| place.stop);
        self.begin_tour(stop, env)
    }

    /// Leaves the tour: what the person had is there again.
    fn leave_tour(&mut self, is_over: bool) {
        let Some(tour) = self.tour.take() else {
            return;
        };
        let mut own = *tour.away;
        own.size = self.size;
        own.now = self.now;
        own.next_ticket = self.next_ticket;
        own.index_asked_for = 0;
        own.tour_left = (!is_over).then_some(tour.place);
        own.notice = Some(match is_over {
            true => "that was the tour; this is yours again, as you left it".to_owned(),
            false => format!(
                "the tour was left at {} of {}; :tour goes on there",
                tour.place.stop + 1,
                STOPS.len()
            ),
        });
        if own.presenter.is_some() != self.presenter.is_some() {
            own.present(self.presenter.is_some());
        }
        *self = own;
        self.settle();
    }

    /// Lets something happen while the tour is on.
    pub(crate) fn update_in_tour(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        let Some(tour) = &mut self.tour else {
            return Vec::new();
        };
        let first = tour.first_ticket;
        let is_ours = |ticket: &Ticket| *ticket >= first;
        match msg {
            Msg::Key(key) => return self.key_in_tour(&key, env),
            Msg::TourReady(destination) => {
                tour.fresh.destination = destination.clone();
                tour.fresh.own_sink = Some(destination.endpoint.base_url.clone());
                self.own_sink = Some(destination.endpoint.base_url.clone());
                return self.take_in(Msg::Destination(destination), env);
            }
            // What is on both screens, or is nobody's.
            Msg::Resize(..)
            | Msg::OwnSink(_)
            | Msg::Received(_)
            | Msg::Tick
            | Msg::ConversationIndexed(..) => {
                tour.away.take_in(msg.clone(), env);
                tour.fresh.size = match msg {
                    Msg::Resize(width, height) => (width, height),
                    _ => tour.fresh.size,
                };
            }
            // What belongs to what was put aside.
            Msg::Loaded(_)
            | Msg::LoadedMany(_)
            | Msg::Broken(_)
            | Msg::Changed(..)
            | Msg::Deliveries(_)
            | Msg::Loading(_)
            | Msg::Destination(_)
            | Msg::Traffic(_)
            | Msg::Saved(_)
            | Msg::Exported(_)
            | Msg::EditorClosed(_)
            | Msg::Connection(_)
            | Msg::Live(..)
            | Msg::Fetched(..)
            | Msg::All(..)
            | Msg::Unanswered(_)
            | Msg::History(_)
            | Msg::Opened(_)
            | Msg::Folder(_)
            | Msg::Excerpt(..) => return tour.away.aside(msg, env),
            Msg::Attempted(ref ticket, _)
            | Msg::Waiting(ref ticket, _)
            | Msg::Retrying(ref ticket)
            | Msg::Ended(ref ticket, _)
            | Msg::Verified(ref ticket, _)
                if !is_ours(ticket) =>
            {
                return tour.away.aside(msg, env);
            }
            // A click would change what the step is about.
            Msg::Click(..) | Msg::Drag(..) | Msg::Release => return Vec::new(),
            Msg::Paste(_) if !self.is_typing() => return Vec::new(),
            Msg::Run(_)
            | Msg::Paste(_)
            | Msg::Wheel(..)
            | Msg::Attempted(..)
            | Msg::Waiting(..)
            | Msg::Retrying(_)
            | Msg::Ended(..)
            | Msg::Verified(..)
            | Msg::Notice(_)
            | Msg::Copied(_)
            | Msg::BeginTour(_)
            | Msg::Play(_)
            | Msg::Rested(_)
            | Msg::Continue => {}
        }
        let mut effects = self.take_in(msg, env);
        effects.extend(self.go_on_if_done(env));
        effects
    }

    /// Takes in what belongs to the inspector that was put aside. Its shown completion is not the screen's, so its words
    /// are read when it is back.
    fn aside(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        let mut effects = self.take_in(msg, env);
        effects.retain(|effect| *effect != Effect::IndexConversation);
        effects
    }

    fn key_in_tour(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        let command = self.keymap.command(key);
        let pressed = self.pressed.clone();
        let is_secret = self.windows.top().is_some_and(|window| window.is_secret());
        let effects = self.do_key_in_tour(key, command, env);
        // A step that is gone to begins with the stage of its own; what was pressed is the audience's all the same.
        if self.pressed.is_some() {
            self.pressed = pressed;
            if !is_secret {
                self.note_pressed(key);
            }
        }
        effects
    }

    fn do_key_in_tour(
        &mut self,
        key: &KeyEvent,
        command: Option<Command>,
        env: &Env,
    ) -> Vec<Effect> {
        let is_plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
        let is_break = key.code == KeyCode::Char('c') && !is_plain;
        if command == Some(Command::Quit) && (is_break || !self.is_typing()) {
            self.leave_tour(false);
            return Vec::new();
        }
        if !self.is_typing() && !self.windows.asks() {
            let stops = u32::try_from(STOPS.len()).unwrap_or(9);
            match key.code {
                KeyCode::Esc => {
                    self.leave_tour(false);
                    return Vec::new();
                }
                KeyCode::Char(' ') if is_plain => return self.do_step(env),
                KeyCode::Enter if self.is_read() => return self.do_step(env),
                KeyCode::Backspace if self.is_at_the_beginning() => {
                    self.notice = Some("this is where the tour begins".to_owned());
                    return Vec::new();
                }
                KeyCode::Backspace => return self.go_back(env),
                KeyCode::Char(c) if is_plain && c.to_digit(10).is_some_and(|n| n <= stops) => {
                    let stop = c.to_digit(10).unwrap_or(0).saturating_sub(1);
                    return self.go_to_stop(stop as usize, env);
                }
                _ => {}
            }
            if let Some(at) = self.step_of(command) {
                self.put_cursor(at);
            }
        }
        let mut effects = self.take_in(Msg::Key(*key), env);
        effects.extend(self.go_on_if_done(env));
        effects
    }

    /// Where the step's command has to be run, if this is it.
    fn step_of(&self, run: Option<Command>) -> Option<At> {
        match self.tour.as_ref()?.place.here().1.task {
            Task::Do { command, at, .. } if run == Some(command) => Some(at),
            Task::Do { .. } | Task::Read => None,
        }
    }

    fn is_at_the_beginning(&self) -> bool {
        let place = self.tour.as_ref().map(|tour| tour.place);
        place == Some(TourPlace::default())
    }

    /// Whether the person went elsewhere than the step leads to, with the very command that it asks for.
    pub(super) fn is_astray(&self) -> bool {
        let Some(tour) = &self.tour else {
            return false;
        };
        match tour.place.here().1.task {
            Task::Do {
                until: Until::HasUser,
                ..
            } => {
                let is_there = self.focus == Pane::Trace
                    && (self.is_typing() || self.trace_row() == Some(TraceRow::User));
                self.windows.is_empty() && !is_there
            }
            Task::Do { .. } | Task::Read => false,
        }
    }

    fn is_read(&self) -> bool {
        let step = self.tour.as_ref().map(|tour| tour.place.here().1);
        step.is_some_and(|step| matches!(step.task, Task::Read))
    }

    /// Does in the person's place what the step waits for, and goes on where that was all.
    fn do_step(&mut self, env: &Env) -> Vec<Effect> {
        let Some(tour) = &self.tour else {
            return Vec::new();
        };
        match tour.place.here().1.task {
            Task::Read => self.go_on(env),
            // What is on its way is waited for.
            Task::Do { until, .. } if self.waits(until) => Vec::new(),
            Task::Do {
                at, script, until, ..
            } => {
                self.put_cursor(at);
                let mut effects = match until {
                    Until::HasUser => self.reopen(env),
                    _ => Vec::new(),
                };
                effects.extend(self.direct(script, env));
                effects.extend(self.go_on_if_done(env));
                effects
            }
        }
    }

    fn waits(&self, until: Until) -> bool {
        match until {
            Until::Ran | Until::Edited | Until::HasUser => false,
            Until::Accepted => self.is_sending(),
            Until::Stored => {
                let verifying = self.kept.verifying.as_ref();
                verifying.is_some_and(|verifying| verifying.is_stored().is_none())
            }
        }
    }

    /// Whether what the step waits for has come.
    fn is_done(&self) -> bool {
        let Some(tour) = &self.tour else {
            return false;
        };
        let Task::Do { command, until, .. } = tour.place.here().1.task else {
            return false;
        };
        match until {
            Until::Ran => self.ran == Some(command),
            Until::Edited => self.edits_made() != tour.edits,
            Until::HasUser => self.edits_made() != tour.edits && !self.lacks_user(),
            Until::Accepted => {
                let last = self.sendings.last();
                last.is_some_and(|sending| sending.stage == SendStage::Accepted)
            }
            Until::Stored => {
                let verifying = self.kept.verifying.as_ref();
                verifying.and_then(|verifying| verifying.is_stored()) == Some(true)
            }
        }
    }

    fn lacks_user(&self) -> bool {
        let found = self.found();
        found
            .iter()
            .any(|finding| finding.code == Code::UserMissing)
    }

    fn edits_made(&self) -> usize {
        let index = self.current.as_ref().map(|current| current.index);
        let entry = index.and_then(|index| self.library.entry(index));
        entry.map_or(0, |entry| entry.edits.steps().len())
    }

    fn go_on_if_done(&mut self, env: &Env) -> Vec<Effect> {
        match self.is_done() {
            true => self.go_on(env),
            false => Vec::new(),
        }
    }

    /// Goes to the next step, or to the next stop; after the last one the tour is over.
    fn go_on(&mut self, env: &Env) -> Vec<Effect> {
        let Some(tour) = &self.tour else {
            return Vec::new();
        };
        match tour.place.next() {
            None => {
                self.leave_tour(true);
                Vec::new()
            }
            Some(place) if place.step == 0 => self.go_to_stop(place.stop, env),
            Some(place) => {
                self.begin_step(place);
                Vec::new()
            }
        }
    }

    fn go_back(&mut self, env: &Env) -> Vec<Effect> {
        let back = self.tour.as_ref().map(|tour| tour.place.back());
        back.map_or_else(Vec::new, |place| self.go_to_stop(place.stop, env))
    }

    /// Begins a stop, on a fresh stage: nothing depends on what was done before it.
    fn go_to_stop(&mut self, stop: usize, env: &Env) -> Vec<Effect> {
        let stop = stop.min(STOPS.len() - 1);
        let Some(tour) = self.tour.take() else {
            return Vec::new();
        };
        let mut stage = Model::clone(&tour.fresh);
        stage.next_ticket = self.next_ticket;
        stage.size = self.size;
        stage.now = self.now;
        stage.presenter.clone_from(&self.presenter);
        stage.received.clone_from(&self.received);
        *self = stage;
        self.tour = Some(tour);
        if let Some(place) = self.library.named(STOPS[stop].sample).next() {
            self.list.row = place;
        }
        self.settle();
        let effects = self.direct(STOPS[stop].setup, env);
        self.begin_step(TourPlace { stop, step: 0 });
        effects
    }

    fn begin_step(&mut self, place: TourPlace) {
        let edits = self.edits_made();
        if let Some(tour) = &mut self.tour {
            tour.place = place;
            tour.edits = edits;
        }
        if let Task::Do { at, .. } = place.here().1.task {
            self.put_cursor(at);
        }
        self.ran = None;
        self.notice = None;
        self.settle();
    }

    /// The inspector that is the person's own: what was put aside for the tour, or this one.
    pub fn own(&self) -> &Model {
        self.tour.as_ref().map_or(self, |tour| &tour.away)
    }
}
