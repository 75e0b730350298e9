//! The destination's form: its rows and fields as they are filled in, and what stands in them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::delivery::connect::TestStep;
use crate::destination::{BaseUrl, DestinationKind, Insecure, ProjectSlug};
use crate::event::privacy::Privacy;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::windows::destination::secret::SecretInput;
use crate::inspector::windows::destination::{CHOICES, Extras, FailedTest, Values};
use crate::settings::resolve::KeySource;

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
    UseAnyway,
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
    /// They did not.
    Failed(FailedTest),
}

/// The window.
#[derive(Debug, Clone)]
pub struct DestinationForm {
    /// What answers there.
    pub choice: DestinationKind,
    /// Base URL; a Workshop has one of its own.
    pub base_url: Input,
    /// The Workshop's base URL.
    pub workshop: Input,
    /// Whether the Workshop answers; none while it is asked.
    pub workshop_runs: Option<bool>,
    /// The write key as it is typed.
    pub key: SecretInput,
    /// The key that is used where none is typed.
    pub stored: Stored,
    /// The base URL that it was looked for.
    pub(super) stored_for: Option<String>,
    /// Whether something was typed; it is not lost without a word.
    pub(super) is_touched: bool,
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
    pub steps: Vec<TestStep>,
    /// How far the window is scrolled.
    pub(super) scroll: Cursor,
}

impl DestinationForm {
    /// The rows there are. Use and Save exist only after a passed test of exactly these values; after one that did
    /// not pass they may be used for the session, and never saved.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::Choice];
        match self.choice {
            DestinationKind::LocalSink => rows.push(Row::Project),
            DestinationKind::Workshop => rows.push(Row::BaseUrl),
            DestinationKind::Raindrop => rows.extend([Row::BaseUrl, Row::WriteKey, Row::Project]),
        }
        rows.extend([Row::DefaultUser, Row::Privacy]);
        if self.choice != DestinationKind::LocalSink {
            rows.push(Row::Enabled);
        }
        rows.push(Row::Test);
        match &self.test {
            Test::Passed => rows.push(Row::Use),
            Test::Failed(failed) if failed.is_usable => rows.push(Row::UseAnyway),
            Test::None | Test::Running | Test::Failed(_) => {}
        }
        // The local sink is what there is without any settings.
        if self.test == Test::Passed && self.choice != DestinationKind::LocalSink {
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
                let read = BaseUrl::parse(&BaseUrl::with_scheme(text), Insecure::Allowed);
                read.err().map(|error| error.to_string())
            }
            Row::Project => ProjectSlug::parse(text).err().map(|e| e.to_string()),
            _ => None,
        }
    }

    /// The text field of a row.
    pub fn input(&self, row: Row) -> Option<&Input> {
        match row {
            Row::BaseUrl if self.choice == DestinationKind::Workshop => Some(&self.workshop),
            Row::BaseUrl => Some(&self.base_url),
            Row::Project => Some(&self.project),
            Row::DefaultUser => Some(&self.default_user),
            _ => None,
        }
    }

    /// What a choice is called. Only Raindrop's own address is Raindrop.
    pub(super) fn choice_label(&self, choice: DestinationKind) -> &'static str {
        let typed = BaseUrl::with_scheme(self.base_url.value());
        let is_raindrop = typed.is_empty()
            || BaseUrl::parse(&typed, Insecure::Allowed)
                .is_ok_and(|base_url| base_url.is_raindrop());
        match choice {
            DestinationKind::LocalSink => "local sink",
            DestinationKind::Workshop => "Workshop",
            DestinationKind::Raindrop if is_raindrop => "Raindrop",
            DestinationKind::Raindrop => "another server",
        }
    }

    fn input_mut(&mut self) -> Option<&mut Input> {
        match self.row {
            Row::BaseUrl if self.choice == DestinationKind::Workshop => Some(&mut self.workshop),
            Row::BaseUrl => Some(&mut self.base_url),
            Row::Project => Some(&mut self.project),
            Row::DefaultUser => Some(&mut self.default_user),
            _ => None,
        }
    }

    pub(super) fn values(&self) -> Values {
        let base_url = self.input(Row::BaseUrl).map_or("", Input::value);
        Values {
            choice: self.choice,
            base_url: BaseUrl::with_scheme(base_url),
            key: self.key.clone(),
            project: self.project.value().to_owned(),
        }
    }

    pub(super) fn extras(&self) -> Extras {
        Extras {
            privacy: self.privacy,
            enabled: self.enabled || self.choice == DestinationKind::LocalSink,
            default_user: self.default_user.value().trim().to_owned(),
        }
    }

    pub(super) fn step(&mut self, forward: bool) {
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
        let at = CHOICES.iter().position(|c| *c == self.choice);
        let step = if forward { 1 } else { 2 };
        let mut next = (at.unwrap_or(0) + step) % 3;
        if CHOICES[next] == DestinationKind::Workshop && self.workshop_runs != Some(true) {
            next = (next + step) % 3;
        }
        self.choice = CHOICES[next];
    }

    /// Whether the cursor is in a field that is typed into.
    pub(super) fn is_text(&self) -> bool {
        self.row == Row::WriteKey || self.input(self.row).is_some()
    }

    /// What to do on a row that isn't typed into.
    pub(super) fn why_not_typed(&self) -> &'static str {
        match self.row {
            Row::Choice if self.choice == DestinationKind::Raindrop => {
                "nothing is typed here: ← → choose, and Tab leads to the base URL and the write key"
            }
            Row::Choice => {
                "nothing is typed here: ← → choose; Raindrop, or a server like it, has a base URL and a write key"
            }
            Row::Privacy | Row::Enabled => "nothing is typed here: Space switches it, Tab goes on",
            _ => "nothing is typed here: ⏎ does it, Tab goes on",
        }
    }

    /// Writes into the field of the cursor; false where there is none, or nothing changed.
    pub(super) fn write(&mut self, text: &str) -> bool {
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
    pub(super) fn edit(&mut self, key: &KeyEvent) -> bool {
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
