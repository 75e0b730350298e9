//! The destination window: values are typed, tested, and only then used or saved. The model keeps which
//! version of the values passed the test; any edit makes another version, so the right to save goes.
//! What was verified stays with the runtime, under that version's number.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::secret::Secret;
use super::typing::{input_request, with_inserted};
use super::{Effect, Model, Overlay};
use crate::delivery::destination::{BaseUrl, Insecure, Kind, ProjectSlug, RAINDROP, WORKSHOP};
use crate::event::privacy::Privacy;
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

/// A row of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a field or a button by its name")]
pub enum Row {
    Choice,
    BaseUrl,
    WriteKey,
    Project,
    DefaultUser,
    Privacy,
    Enabled,
    Test,
    Use,
    Save,
}

/// The key that is used where none is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is looked for.
    Unknown,
    /// There is none.
    None,
    /// There is one, from there.
    From(KeySource),
}

/// How the test of the present values stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// These values were not tested.
    None,
    /// Under way.
    Running,
    /// They passed.
    Passed,
    /// They did not: what happened, and what to do.
    Failed(String, String),
}

/// The window.
#[derive(Debug, Clone)]
pub struct DestinationForm {
    /// What answers there.
    pub choice: Choice,
    /// Base URL; a Workshop has one of its own.
    pub base_url: Input,
    /// The Workshop's base URL.
    pub workshop: Input,
    /// Whether the Workshop answers; none while it is asked.
    pub workshop_runs: Option<bool>,
    /// The write key as it is typed.
    pub key: Secret,
    /// The key that is used where none is typed.
    pub stored: Stored,
    /// The base URL that it was looked for.
    stored_for: Option<String>,
    /// Whether something was typed; it is not lost without a word.
    is_touched: bool,
    /// Whether leaving was asked about.
    is_leaving: bool,
    /// The project's slug.
    pub project: Input,
    /// The user of an event whose completion names none.
    pub default_user: Input,
    /// Privacy mode.
    pub privacy: Privacy,
    /// Whether anything is sent.
    pub enabled: bool,
    /// The row of the cursor.
    pub row: Row,
    /// The version of the values.
    pub version: u64,
    /// How its test stands.
    pub test: Test,
    /// The test's steps.
    pub steps: Vec<StepShown>,
}

impl DestinationForm {
    /// The rows there are. Use and Save exist only after a passed test of exactly these values.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::Choice];
        match self.choice {
            Choice::Sink => rows.push(Row::Project),
            Choice::Workshop => rows.push(Row::BaseUrl),
            Choice::Raindrop => rows.extend([Row::BaseUrl, Row::WriteKey, Row::Project]),
        }
        rows.extend([Row::DefaultUser, Row::Privacy]);
        if self.choice != Choice::Sink {
            rows.push(Row::Enabled);
        }
        rows.push(Row::Test);
        if self.test == Test::Passed {
            rows.push(Row::Use);
        }
        // The local sink is what there is without any settings.
        if self.test == Test::Passed && self.choice != Choice::Sink {
            rows.push(Row::Save);
        }
        rows
    }

    /// What is wrong with a row's text, before anything is tested.
    pub fn mistake(&self, row: Row) -> Option<String> {
        let text = self.input(row)?.value();
        match row {
            Row::BaseUrl if text.trim().is_empty() => None,
            Row::BaseUrl => {
                let read = BaseUrl::parse(text, Insecure::Allowed);
                read.err().map(|error| error.to_string())
            }
            Row::Project => ProjectSlug::parse(text).err().map(|e| e.to_string()),
            _ => None,
        }
    }

    /// The text field of a row.
    pub fn input(&self, row: Row) -> Option<&Input> {
        match row {
            Row::BaseUrl if self.choice == Choice::Workshop => Some(&self.workshop),
            Row::BaseUrl => Some(&self.base_url),
            Row::Project => Some(&self.project),
            Row::DefaultUser => Some(&self.default_user),
            _ => None,
        }
    }

    fn input_mut(&mut self) -> Option<&mut Input> {
        match self.row {
            Row::BaseUrl if self.choice == Choice::Workshop => Some(&mut self.workshop),
            Row::BaseUrl => Some(&mut self.base_url),
            Row::Project => Some(&mut self.project),
            Row::DefaultUser => Some(&mut self.default_user),
            _ => None,
        }
    }

    fn values(&self) -> Values {
        let base_url = self.input(Row::BaseUrl).map_or("", Input::value);
        Values {
            choice: self.choice,
            base_url: base_url.to_owned(),
            key: self.key.clone(),
            project: self.project.value().to_owned(),
        }
    }

    fn extras(&self) -> Extras {
        Extras {
            privacy: self.privacy,
            enabled: self.enabled || self.choice == Choice::Sink,
            default_user: self.default_user.value().trim().to_owned(),
        }
    }

    fn step(&mut self, forward: bool) {
        let rows = self.rows();
        let at = rows.iter().position(|row| *row == self.row).unwrap_or(0);
        let to = match forward {
            true => (at + 1) % rows.len(),
            false => (at + rows.len() - 1) % rows.len(),
        };
        self.row = rows[to];
    }

    /// The next or previous choice that can be made.
    fn choose(&mut self, forward: bool) {
        let at = Choice::ALL.iter().position(|c| *c == self.choice);
        let step = if forward { 1 } else { 2 };
        let mut next = (at.unwrap_or(0) + step) % 3;
        if Choice::ALL[next] == Choice::Workshop && self.workshop_runs != Some(true) {
            next = (next + step) % 3;
        }
        self.choice = Choice::ALL[next];
    }

    /// Whether the cursor is in a field that is typed into.
    fn is_text(&self) -> bool {
        self.row == Row::WriteKey || self.input(self.row).is_some()
    }

    /// Writes into the field of the cursor; false where there is none, or nothing changed.
    fn write(&mut self, text: &str) -> bool {
        if self.row == Row::WriteKey {
            self.key.push(text);
            return !text.is_empty();
        }
        let Some(input) = self.input_mut() else {
            return false;
        };
        *input = with_inserted(input, text);
        !text.is_empty()
    }

    /// A key in the field of the cursor; whether it changed a value.
    fn edit(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let turns = matches!(
            key.code,
            KeyCode::Char(' ') | KeyCode::Enter | KeyCode::Left | KeyCode::Right
        );
        match self.row {
            Row::WriteKey => match key.code {
                KeyCode::Char('u') if ctrl => self.key.clear(),
                KeyCode::Char(c) if !ctrl => self.key.push(c.encode_utf8(&mut [0; 4])),
                KeyCode::Backspace => self.key.pop(),
                _ => return false,
            },
            Row::Choice if turns => self.choose(key.code != KeyCode::Left),
            Row::Privacy if turns => self.privacy = self.privacy.toggled(),
            Row::Enabled if turns => self.enabled = !self.enabled,
            _ => {
                let request = input_request(key);
                let (Some(input), Some(request)) = (self.input_mut(), request) else {
                    return false;
                };
                let changed = input.handle(request);
                return changed.is_some_and(|changed| changed.value);
            }
        }
        true
    }
}

impl Model {
    /// Opens the window with what is in force.
    pub(super) fn destination_form(&mut self) -> Vec<Effect> {
        if let Some(form) = self.unfinished.take() {
            return self.reopen(form);
        }
        let shown = &self.destination;
        let choice = match shown.kind {
            Kind::Workshop => Choice::Workshop,
            Kind::LocalSink if self.sends_to_own_sink() => Choice::Sink,
            Kind::Raindrop | Kind::LocalSink => Choice::Raindrop,
        };
        let project = shown
            .headers
            .iter()
            .find(|(name, _)| name == "X-Raindrop-Project-Id")
            .map_or(String::new(), |(_, slug)| slug.clone());
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
            project: Input::new(project),
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
    pub(super) fn is_typing_secret(&self) -> bool {
        matches!(&self.overlay, Some(Overlay::Destination(form)) if form.row == Row::WriteKey)
    }

    /// A key in the window.
    pub(super) fn destination_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
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
    pub(super) fn paste_in_destination(&mut self, line: &str) -> Vec<Effect> {
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
    pub(super) fn take_destination(&mut self, news: News) {
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
