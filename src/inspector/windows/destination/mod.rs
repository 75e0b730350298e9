//! The destination window: values are typed, tested, and only then used or saved. The model keeps which
//! version of the values passed the test; any edit makes another version, so the right to save goes.
//! What was verified stays with the runtime, under that version's number.

mod form;
pub mod secret;
mod view;

pub use form::{Choice, DestinationForm, Row, Stored, Test};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::{Flow, Update, Window, WindowEvent};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::question::Question;

use crate::delivery::answer::Failure;
use crate::delivery::connect::TestStep;
use crate::destination::{BaseUrl, DestinationKind, Insecure, RAINDROP, WORKSHOP};
use crate::event::privacy::Privacy;
use crate::inspector::windows::destination::secret::SecretInput;
use crate::inspector::{Command, Effect, Model};
use crate::mapping::{Context, DefaultUser, DefaultUserOrigin};
use crate::settings::resolve::KeySource;

/// What a connection test is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// What answers there.
    pub choice: DestinationKind,
    /// Where; empty is Raindrop's own.
    pub base_url: String,
    /// The key; empty is the one there is for that base URL.
    pub key: SecretInput,
    /// The project's slug; empty is Production.
    pub project: String,
}

/// What belongs to a destination besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    /// Privacy mode.
    pub privacy: Privacy,
    /// Whether it was switched here: what is passing elsewhere is not for the settings.
    pub is_privacy_chosen: bool,
    /// Whether anything is sent there.
    pub enabled: bool,
    /// The user of an event whose completion names none.
    pub default_user: String,
}

/// What is asked of the runtime; the number is the values' version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestinationTask {
    /// Look whether a Workshop runs on this machine.
    FindWorkshop,
    /// Look where a key for this base URL would come from.
    FindKey(String),
    /// Test these values.
    Test(u64, Values),
    /// Send there from now on, if this version was tested.
    Use(u64, Extras),
    /// The same, and save it, if this version passed.
    Save(u64, Extras),
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum DestinationReport {
    /// The Workshop's address, and whether it answers.
    Workshop(String, bool),
    /// Where a key for this base URL would come from, if there is one.
    Key(String, Option<KeySource>),
    /// A step of the test ended.
    Step(u64, TestStep),
    /// The test ended.
    Tested(u64, Result<(), FailedTest>),
    /// Test traces go there now, with what belongs to it. Where it was saved: in which file, or why not.
    InUse(u64, Extras, Option<Result<String, String>>),
}

/// Why a test did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// What happened, and what to do.
    pub failure: Failure,
    /// Whether it is about the write key.
    pub is_about_key: bool,
    /// Whether test traces could be sent there all the same.
    pub is_usable: bool,
}

/// Opens the window: as it was left with something typed, or with what is in force.
pub fn open(update: &mut Update<'_>) {
    let form = match update.model.kept.destination.take() {
        Some(form) => {
            update.say("as you left it: typed and not used");
            reopened(*form, update.model)
        }
        None => in_force(update.model),
    };
    update
        .effects
        .push(Effect::Destination(DestinationTask::FindWorkshop));
    let mut form = form;
    update.effects.extend(form.find_key());
    update.model.open_window(form);
}

/// What is in force.
fn in_force(model: &mut Model) -> DestinationForm {
    let shown = &model.destination.endpoint;
    let project = shown.project.clone();
    let kind = match shown.kind {
        DestinationKind::LocalSink if !model.sends_to_own_sink() => DestinationKind::Raindrop,
        kind => kind,
    };
    let base_url = match kind {
        DestinationKind::Raindrop if !shown.base_url.is_empty() => shown.base_url.clone(),
        _ => RAINDROP.to_owned(),
    };
    let workshop = match kind {
        DestinationKind::Workshop => shown.base_url.clone(),
        _ => WORKSHOP.to_owned(),
    };
    let choice = match kind {
        DestinationKind::LocalSink => Choice::LocalSink,
        DestinationKind::Workshop => Choice::Workshop,
        DestinationKind::Raindrop => {
            Choice::of_server(BaseUrl::parse(&base_url, Insecure::Allowed).ok().as_ref())
        }
    };
    DestinationForm {
        choice,
        base_url: Input::new(base_url),
        other_url: Input::default(),
        workshop: Input::new(workshop),
        workshop_runs: None,
        key: SecretInput::default(),
        stored: Stored::Unknown,
        stored_for: None,
        is_touched: false,
        project: Input::new(project),
        default_user: Input::new(model.context.default_user.name().to_owned()),
        privacy: model.privacy,
        is_privacy_chosen: false,
        enabled: !model.destination.is_switched_off,
        row: match choice {
            Choice::Raindrop | Choice::Another => Row::WriteKey,
            Choice::LocalSink | Choice::Workshop => Row::Choice,
        },
        version: model.new_ticket().0,
        test: Test::None,
        steps: Vec::new(),
        scroll: Cursor::default(),
    }
}

/// The window as it was left with something typed.
fn reopened(form: DestinationForm, model: &Model) -> DestinationForm {
    let mut form = DestinationForm {
        // It may have been switched meanwhile, and nobody came to hear of a test.
        privacy: model.privacy,
        stored_for: None,
        ..form
    };
    if form.test == Test::Running {
        form.test = Test::None;
        form.steps.clear();
    }
    form
}

impl Window for DestinationForm {
    fn name(&self) -> &'static str {
        "the destination"
    }

    fn caption(&self, model: &Model) -> String {
        format!(
            "where test traces go: {}",
            model.destination.name_and_address()
        )
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Destination)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        let mut all = vec![Offer::Typed("Tab", "next")];
        all.extend(match self.row {
            Row::Choice => Some(Offer::Typed("← →", "choose")),
            Row::Privacy | Row::Enabled => Some(Offer::Typed("Space", "switch")),
            Row::Use | Row::UseAnyway => Some(Offer::Typed("⏎", "use")),
            Row::BaseUrl | Row::WriteKey | Row::Project | Row::DefaultUser => None,
            Row::Test | Row::Save => None,
        });
        all.push(Offer::Typed("^T", "test connection"));
        if self.rows().contains(&Row::Save) {
            all.push(Offer::Typed("^S", "save"));
        }
        all
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn is_secret(&self) -> bool {
        self.row == Row::WriteKey
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let flow = match event {
            WindowEvent::Type(key) => self.type_key(key, update),
            WindowEvent::Paste(_) if !self.is_text() => {
                update.say(self.why_not_typed());
                Flow::Stays
            }
            WindowEvent::Paste(text) if self.is_no_url(text) => {
                update.say(
                    "not pasted: that is no base URL; the write key has a field of its own below",
                );
                Flow::Stays
            }
            WindowEvent::Paste(text) => {
                if self.write(text) {
                    self.is_touched = true;
                    self.values_changed(update.model);
                }
                Flow::Stays
            }
            WindowEvent::Run(Command::Close | Command::Quit) => self.leave(update),
            WindowEvent::Run(_) | WindowEvent::Uncovered => return Flow::Ignored,
        };
        update.effects.extend(self.find_key());
        flow
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, model, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

impl DestinationForm {
    fn type_key(&mut self, key: &KeyEvent, update: &mut Update<'_>) -> Flow {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return self.leave(update),
            KeyCode::Up | KeyCode::BackTab => self.step(false),
            KeyCode::Down => self.step(true),
            KeyCode::Tab => self.go_on(),
            KeyCode::Char('t') if ctrl => self.test_connection(update),
            KeyCode::Char('s') if ctrl => self.take_up(Row::Save, update),
            KeyCode::Enter => match self.row {
                Row::Test => self.test_connection(update),
                Row::Use | Row::UseAnyway | Row::Save => self.take_up(self.row, update),
                Row::Privacy | Row::Enabled => {
                    self.edit(key);
                    self.values_changed(update.model);
                }
                _ => self.step(true),
            },
            _ => {
                let is_letter = matches!(key.code, KeyCode::Char(_)) && !ctrl;
                if self.edit(key) {
                    self.is_touched |= self.is_text();
                    self.values_changed(update.model);
                } else if is_letter && !self.is_text() {
                    update.say(self.why_not_typed());
                }
            }
        }
        Flow::Stays
    }

    /// Leaves the window, after asking where something was typed; that is kept as long as the program runs.
    fn leave(&self, update: &mut Update<'_>) -> Flow {
        if !self.is_touched {
            return Flow::Closes;
        }
        let leave = |update: &mut Update<'_>| {
            let form = update.model.windows.find::<DestinationForm>();
            update.model.kept.destination = form.map(|form| Box::new(form.clone()));
            update.model.close_kind::<DestinationForm>();
        };
        let question = Question::new("Leave without using it?", "leave", "stay", leave);
        let says = "What you typed is kept until you quit, but not used or saved.";
        update.model.open_window(question.says(says));
        Flow::Stays
    }

    /// Asks where a key would come from, once for each base URL.
    fn find_key(&mut self) -> Option<Effect> {
        let base_url = self.base_url.value();
        let is_server = matches!(self.choice, Choice::Raindrop | Choice::Another);
        if !is_server || self.lacks_url() || self.stored_for.as_deref() == Some(base_url) {
            return None;
        }
        let base_url = base_url.to_owned();
        self.stored = Stored::Unknown;
        self.stored_for = Some(base_url.clone());
        Some(Effect::Destination(DestinationTask::FindKey(base_url)))
    }

    /// Any edit makes another version of the values, and that one was not tested.
    fn values_changed(&mut self, model: &mut Model) {
        self.version = model.new_ticket().0;
        self.test = Test::None;
        self.steps.clear();
    }

    fn test_connection(&mut self, update: &mut Update<'_>) {
        self.values_changed(update.model);
        if let Some(row) = self.rows().into_iter().find(|r| self.mistake(*r).is_some()) {
            self.row = row;
            return;
        }
        if self.lacks_url() {
            self.row = Row::BaseUrl;
            return update.say("type the server's base URL first");
        }
        self.row = Row::Test;
        self.test = Test::Running;
        let ask = DestinationTask::Test(self.version, self.values());
        update.effects.push(Effect::Destination(ask));
    }

    /// Uses what passed the test, or saves it as well.
    fn take_up(&self, row: Row, update: &mut Update<'_>) {
        if !self.rows().contains(&row) {
            let is_sink = row == Row::Save && self.test == Test::Passed;
            return update.say(match is_sink {
                true => "there is nothing to save: the local sink is there without any settings",
                false => "test the connection first (^T)",
            });
        }
        let (version, extras) = (self.version, self.extras());
        update.effects.push(Effect::Destination(match row {
            Row::Save => DestinationTask::Save(version, extras),
            _ => DestinationTask::Use(version, extras),
        }));
    }

    /// What the runtime says. A Workshop that is in force was looked for where it is.
    fn take(&mut self, report: DestinationReport, is_workshop_in_force: bool) {
        match report {
            DestinationReport::Workshop(address, runs) => {
                self.workshop_runs = Some(runs || is_workshop_in_force);
                if !is_workshop_in_force && self.workshop.value() == WORKSHOP {
                    self.workshop = Input::new(address);
                }
            }
            DestinationReport::Key(base_url, found) => {
                if self.stored_for.as_ref() == Some(&base_url) {
                    self.stored = found.map_or(Stored::None, Stored::From);
                }
            }
            DestinationReport::Step(version, step) if version == self.version => {
                self.steps.push(step)
            }
            DestinationReport::Tested(version, result) if version == self.version => {
                self.tested(result)
            }
            DestinationReport::Step(..)
            | DestinationReport::Tested(..)
            | DestinationReport::InUse(..) => {}
        }
    }

    /// Goes on: to use what passed, or to mend what did not.
    fn tested(&mut self, result: Result<(), FailedTest>) {
        match result {
            Ok(()) => {
                self.test = Test::Passed;
                self.row = Row::Use;
            }
            Err(failed) => {
                let is_about_key = failed.is_about_key;
                self.test = Test::Failed(failed);
                if is_about_key && self.rows().contains(&Row::WriteKey) {
                    self.row = Row::WriteKey;
                }
            }
        }
    }
}

impl Model {
    /// What the runtime says.
    pub(crate) fn take_destination(&mut self, report: DestinationReport) {
        // It is in force whatever became of the window meanwhile.
        if let DestinationReport::InUse(version, extras, saved) = report {
            return self.in_use(version, extras, saved);
        }
        let is_workshop = self.destination.endpoint.kind == DestinationKind::Workshop;
        if let Some(form) = self.windows.find_mut::<DestinationForm>() {
            form.take(report, is_workshop);
        }
    }

    fn in_use(&mut self, version: u64, extras: Extras, saved: Option<Result<String, String>>) {
        let whose = match &saved {
            Some(Ok(_)) => DefaultUserOrigin::SettingsFile,
            Some(Err(_)) | None => DefaultUserOrigin::Given,
        };
        self.notice = Some(match saved {
            None => "test traces go there until you leave; nothing was saved".to_owned(),
            Some(Ok(path)) => format!("saved in {path}; test traces go there now"),
            Some(Err(why)) => format!("not saved: {why}; test traces go there until you leave"),
        });
        let form = self.windows.find::<DestinationForm>();
        if form.is_some_and(|form| form.version == version) {
            self.close_kind::<DestinationForm>();
        }
        let is_saved = whose == DefaultUserOrigin::SettingsFile;
        let is_changed = extras.default_user != self.context.default_user.name();
        if extras.default_user.is_empty() {
            let name = Context::DEFAULT_USER;
            self.context.default_user = DefaultUser::new(name, DefaultUserOrigin::Rainscope);
        } else if is_saved || is_changed {
            self.context.default_user = DefaultUser::new(extras.default_user, whose);
        }
        self.put_in_force(extras.privacy);
    }

    /// Privacy mode and default user change what every event is.
    fn put_in_force(&mut self, privacy: Privacy) {
        self.privacy = privacy;
        for index in 0..self.library.len() {
            if let Some(entry) = self.library.entry_mut(index) {
                entry.forget_summary();
            }
        }
        let context = self.context.clone();
        if let Some(current) = &mut self.current {
            current.map_original(&context);
        }
        self.remap();
        self.relist();
        self.recount();
    }
}
