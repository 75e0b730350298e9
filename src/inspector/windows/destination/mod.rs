//! The destination window: values are typed, tested, and only then used or saved. The model keeps which
//! version of the values passed the test; any edit makes another version, so the right to save goes.
//! What was verified stays with the runtime, under that version's number.

mod form;
pub mod secret;
pub(crate) mod view;

pub use form::{DestinationForm, Row, Stored, Test};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::delivery::destination::{Kind, RAINDROP, WORKSHOP};
use crate::event::privacy::Privacy;
use crate::inspector::windows::destination::secret::Secret;
use crate::inspector::{Effect, Model, Overlay};
use crate::settings::resolve::KeySource;

/// What answers at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The program's own sink.
    Sink,
    /// A Raindrop Workshop on this machine.
    Workshop,
    /// Raindrop, or a proxy in front of it.
    Raindrop,
}

impl Choice {
    /// All of them, in the order of the window.
    pub const ALL: [Choice; 3] = [Choice::Sink, Choice::Workshop, Choice::Raindrop];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Choice::Sink => "local sink",
            Choice::Workshop => "Workshop",
            Choice::Raindrop => "Raindrop",
        }
    }
}

/// What a connection test is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// What answers there.
    pub choice: Choice,
    /// Where; empty is Raindrop's own.
    pub base_url: String,
    /// The key; empty is the one there is for that base URL.
    pub key: Secret,
    /// The project's slug; empty is Production.
    pub project: String,
}

/// What belongs to a destination besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    /// Privacy mode.
    pub privacy: Privacy,
    /// Whether anything is sent there.
    pub enabled: bool,
    /// The user of an event whose completion names none.
    pub default_user: String,
}

/// What is asked of the runtime; the number is the values' version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Look whether a Workshop runs on this machine.
    FindWorkshop,
    /// Look where a key for this base URL would come from.
    FindKey(String),
    /// Test these values.
    Test(u64, Values),
    /// Send there from now on, if this version passed.
    Use(u64, Extras),
    /// The same, and save it.
    Save(u64, Extras),
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum News {
    /// The Workshop's address, and whether it answers.
    Workshop(String, bool),
    /// Where a key for this base URL would come from, if there is one.
    Key(String, Option<KeySource>),
    /// A step of the test ended.
    Step(u64, StepShown),
    /// The test ended.
    Tested(u64, Result<(), Failed>),
    /// Test traces go there now, with what belongs to it. Where it was saved: in which file, or why not.
    InUse(u64, Extras, Option<Result<String, String>>),
}

/// Why a test did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What happened.
    pub says: String,
    /// What to do.
    pub help: String,
    /// Whether it is about the write key.
    pub of_key: bool,
}

/// A step of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepShown {
    /// `POST /v1/traces (an empty trace export)`
    pub what: String,
    /// The answer in words.
    pub says: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Whether it passes.
    pub passed: bool,
}

impl Model {
    /// Opens the window with what is in force.
    pub(crate) fn destination_form(&mut self) -> Vec<Effect> {
        if let Some(form) = self.unfinished.take() {
            return self.reopen(form);
        }
        let shown = &self.destination.endpoint;
        let choice = match shown.kind {
            Kind::Workshop => Choice::Workshop,
            Kind::LocalSink if self.sends_to_own_sink() => Choice::Sink,
            Kind::Raindrop | Kind::LocalSink => Choice::Raindrop,
        };
        let base_url = match choice {
            Choice::Raindrop if !shown.base_url.is_empty() => shown.base_url.clone(),
            _ => RAINDROP.to_owned(),
        };
        let workshop = match choice {
            Choice::Workshop => shown.base_url.clone(),
            _ => WORKSHOP.to_owned(),
        };
        let form = DestinationForm {
            choice,
            base_url: Input::new(base_url),
            workshop: Input::new(workshop),
            workshop_runs: None,
            key: Secret::default(),
            stored: Stored::Unknown,
            stored_for: None,
            is_touched: false,
            is_leaving: false,
            project: Input::new(shown.project.clone()),
            default_user: Input::new(self.context.default_user.clone()),
            privacy: self.privacy,
            enabled: true,
            row: match choice {
                Choice::Raindrop => Row::WriteKey,
                _ => Row::Choice,
            },
            version: self.new_ticket().0,
            test: Test::None,
            steps: Vec::new(),
        };
        self.open_form(Box::new(form))
    }

    fn open_form(&mut self, form: Box<DestinationForm>) -> Vec<Effect> {
        self.open_window(Overlay::Destination(form));
        let found = vec![Effect::Destination(Ask::FindWorkshop)];
        found.into_iter().chain(self.find_key()).collect()
    }

    /// Opens the window as it was left with something typed.
    fn reopen(&mut self, mut form: Box<DestinationForm>) -> Vec<Effect> {
        // It may have been switched meanwhile, and nobody came to hear of a test.
        form.privacy = self.privacy;
        form.stored_for = None;
        if form.test == Test::Running {
            form.test = Test::None;
            form.steps.clear();
        }
        self.notice = Some("as you left it: typed and not used".to_owned());
        self.open_form(form)
    }

    /// Leaves the window; what was typed is kept for as long as the program runs, and asked about once.
    fn leave_form(&mut self) {
        let Some(form) = self.form() else {
            return;
        };
        if form.is_touched && !form.is_leaving {
            form.is_leaving = true;
            self.notice = Some("typed and not used; Esc again leaves".to_owned());
            return;
        }
        form.is_leaving = false;
        let kept = form.is_touched.then(|| Box::new(form.clone()));
        self.unfinished = kept;
        self.close_window();
    }

    /// Asks where a key would come from, once for each base URL.
    fn find_key(&mut self) -> Option<Effect> {
        let form = self.form()?;
        let base_url = form.base_url.value();
        if form.choice != Choice::Raindrop || form.stored_for.as_deref() == Some(base_url) {
            return None;
        }
        let base_url = base_url.to_owned();
        form.stored = Stored::Unknown;
        form.stored_for = Some(base_url.clone());
        Some(Effect::Destination(Ask::FindKey(base_url)))
    }

    fn form(&mut self) -> Option<&mut DestinationForm> {
        self.windows_mut().find_map(|window| match window {
            Overlay::Destination(form) => Some(&mut **form),
            _ => None,
        })
    }

    /// Whether the keys that are pressed are a secret.
    pub(crate) fn is_typing_secret(&self) -> bool {
        matches!(&self.overlay, Some(Overlay::Destination(form)) if form.row == Row::WriteKey)
    }

    /// A key in the window.
    pub(crate) fn destination_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let Some(form) = self.form() else {
            return Vec::new();
        };
        if key.code != KeyCode::Esc {
            form.is_leaving = false;
        }
        match key.code {
            KeyCode::Esc => self.leave_form(),
            KeyCode::Up | KeyCode::BackTab => form.step(false),
            KeyCode::Down | KeyCode::Tab => form.step(true),
            KeyCode::Char('t') if ctrl => return self.test_connection(),
            KeyCode::Char('s') if ctrl => return self.take_up(true),
            KeyCode::Enter => match form.row {
                Row::Test => return self.test_connection(),
                Row::Use => return self.take_up(false),
                Row::Save => return self.take_up(true),
                Row::Privacy | Row::Enabled => {
                    form.edit(key);
                    self.values_changed();
                }
                _ => form.step(true),
            },
            _ => {
                if form.edit(key) {
                    form.is_touched |= form.is_text();
                    self.values_changed();
                }
            }
        }
        self.find_key().into_iter().collect()
    }

    /// Pasted text in the window.
    pub(crate) fn paste_in_destination(&mut self, line: &str) -> Vec<Effect> {
        if let Some(form) = self.form()
            && form.write(line)
        {
            form.is_touched = true;
            self.values_changed();
        }
        self.find_key().into_iter().collect()
    }

    /// Any edit makes another version of the values, and that one was not tested.
    fn values_changed(&mut self) {
        let version = self.new_ticket().0;
        if let Some(form) = self.form() {
            form.version = version;
            form.test = Test::None;
            form.steps.clear();
        }
    }

    fn test_connection(&mut self) -> Vec<Effect> {
        self.values_changed();
        let Some(form) = self.form() else {
            return Vec::new();
        };
        if let Some(row) = form.rows().into_iter().find(|r| form.mistake(*r).is_some()) {
            form.row = row;
            return Vec::new();
        }
        form.row = Row::Test;
        form.test = Test::Running;
        vec![Effect::Destination(Ask::Test(form.version, form.values()))]
    }

    /// Uses what passed the test, and perhaps saves it.
    fn take_up(&mut self, save: bool) -> Vec<Effect> {
        let Some(form) = self.form() else {
            return Vec::new();
        };
        let row = if save { Row::Save } else { Row::Use };
        if !form.rows().contains(&row) {
            self.notice = Some("test the connection first (^T)".to_owned());
            return Vec::new();
        }
        let (version, extras) = (form.version, form.extras());
        vec![Effect::Destination(match save {
            true => Ask::Save(version, extras),
            false => Ask::Use(version, extras),
        })]
    }

    /// What the runtime says.
    pub(crate) fn take_destination(&mut self, news: News) {
        // It is in force whatever became of the window meanwhile.
        if let News::InUse(version, extras, saved) = news {
            return self.in_use(version, extras, saved);
        }
        let Some(form) = self.form() else {
            return;
        };
        match news {
            News::Workshop(address, runs) => {
                form.workshop_runs = Some(runs || form.choice == Choice::Workshop);
                if form.choice != Choice::Workshop {
                    form.workshop = Input::new(address);
                }
            }
            News::Key(base_url, found) => {
                if form.stored_for.as_ref() == Some(&base_url) {
                    form.stored = found.map_or(Stored::None, Stored::From);
                }
            }
            News::Step(version, step) if version == form.version => form.steps.push(step),
            News::Tested(version, result) if version == form.version => {
                // Where one goes on: to use what passed, or to mend what did not.
                match result {
                    Ok(()) => {
                        form.test = Test::Passed;
                        form.row = Row::Use;
                    }
                    Err(failed) => {
                        form.test = Test::Failed(failed.says, failed.help);
                        if failed.of_key && form.rows().contains(&Row::WriteKey) {
                            form.row = Row::WriteKey;
                        }
                    }
                }
            }
            News::Step(..) | News::Tested(..) | News::InUse(..) => {}
        }
    }

    fn in_use(&mut self, version: u64, extras: Extras, saved: Option<Result<String, String>>) {
        self.notice = Some(match saved {
            None => "test traces go there until you leave; nothing was saved".to_owned(),
            Some(Ok(path)) => format!("saved in {path}; test traces go there now"),
            Some(Err(why)) => format!("not saved: {why}; test traces go there until you leave"),
        });
        self.close_where(
            |window| matches!(window, Overlay::Destination(form) if form.version == version),
        );
        self.in_force(extras);
    }

    /// Privacy mode and default user change what every event is.
    fn in_force(&mut self, extras: Extras) {
        self.privacy = extras.privacy;
        if !extras.default_user.is_empty() {
            self.context.default_user = extras.default_user;
        }
        for index in 0..self.library.len() {
            if let Some(entry) = self.library.entry_mut(index) {
                entry.touch();
            }
        }
        self.remap();
    }
}
