//! The destination's form: its rows and fields as they are filled in, and what stands in them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::delivery::connect::TestStep;
use crate::destination::{BaseUrl, DestinationKind, Insecure, ProjectSlug, RAINDROP};
use crate::event::privacy::Privacy;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::windows::destination::secret::SecretInput;
use crate::inspector::windows::destination::{Extras, FailedTest, Values};
use crate::mapping::scan::secrets;
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

/// What can be chosen. The local sink is the program's own; one that runs by itself is a server like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what answers there by its name")]
pub enum Choice {
    LocalSink,
    Workshop,
    Raindrop,
    Another,
}

impl Choice {
    /// All, in the order of the window.
    pub const ALL: [Choice; 4] = [
        Choice::LocalSink,
        Choice::Workshop,
        Choice::Raindrop,
        Choice::Another,
    ];

    /// What a destination of this choice is tested as.
    pub const fn kind(self) -> DestinationKind {
        match self {
            Choice::LocalSink => DestinationKind::LocalSink,
            Choice::Workshop => DestinationKind::Workshop,
            Choice::Raindrop | Choice::Another => DestinationKind::Raindrop,
        }
    }

    /// Raindrop, or another server.
    pub(super) fn of_server(base_url: Option<&BaseUrl>) -> Choice {
        match base_url.is_some_and(BaseUrl::is_raindrop) {
            true => Choice::Raindrop,
            false => Choice::Another,
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Choice::LocalSink => "local sink",
            Choice::Workshop => "Workshop",
            Choice::Raindrop => "Raindrop",
            Choice::Another => "another server…",
        }
    }
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
    pub choice: Choice,
    /// Base URL; a Workshop has one of its own.
    pub base_url: Input,
    /// The base URL of another server than Raindrop's, while Raindrop is chosen.
    pub(super) other_url: Input,
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
    /// Whether it was switched here.
    pub(super) is_privacy_chosen: bool,
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
            Choice::LocalSink => rows.push(Row::Project),
            Choice::Workshop => rows.push(Row::BaseUrl),
            Choice::Raindrop | Choice::Another => {
                rows.extend([Row::BaseUrl, Row::WriteKey, Row::Project]);
            }
        }
        rows.extend([Row::DefaultUser, Row::Privacy]);
        if self.choice != Choice::LocalSink {
            rows.push(Row::Enabled);
        }
        rows.push(Row::Test);
        match &self.test {
            Test::Passed => rows.push(Row::Use),
            Test::Failed(failed) if failed.is_usable => rows.push(Row::UseAnyway),
            Test::None | Test::Running | Test::Failed(_) => {}
        }
        // The local sink is what there is without any settings.
        if self.test == Test::Passed && self.choice != Choice::LocalSink {
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
            Row::BaseUrl if self.choice == Choice::Workshop => Some(&self.workshop),
            Row::BaseUrl => Some(&self.base_url),
            Row::Project => Some(&self.project),
            Row::DefaultUser => Some(&self.default_user),
            _ => None,
        }
    }

    /// What is typed as the base URL, where it can be one.
    pub(super) fn typed_url(&self) -> Option<BaseUrl> {
        let typed = BaseUrl::with_scheme(self.base_url.value());
        BaseUrl::parse(&typed, Insecure::Allowed).ok()
    }

    /// Whether another server is chosen, and it is not said where.
    pub(super) fn lacks_url(&self) -> bool {
        self.choice == Choice::Another && self.base_url.value().trim().is_empty()
    }

    /// Only Raindrop's own address is Raindrop, whatever was chosen before it was typed.
    fn choose_by_url(&mut self) {
        let is_server = matches!(self.choice, Choice::Raindrop | Choice::Another);
        if is_server && !self.base_url.value().trim().is_empty() {
            self.choice = Choice::of_server(self.typed_url().as_ref());
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

    pub(super) fn values(&self) -> Values {
        let base_url = self.input(Row::BaseUrl).map_or("", Input::value);
        Values {
            choice: self.choice.kind(),
            base_url: BaseUrl::with_scheme(base_url),
            key: self.key.clone(),
            project: self.project.value().to_owned(),
        }
    }

    pub(super) fn extras(&self) -> Extras {
        Extras {
            privacy: self.privacy,
            is_privacy_chosen: self.is_privacy_chosen,
            enabled: self.enabled || self.choice == Choice::LocalSink,
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

    /// On to the next row. Raindrop's base URL is right as it is, so its write key comes first.
    pub(super) fn go_on(&mut self) {
        match (self.row, self.choice) {
            (Row::Choice, Choice::Raindrop) => self.row = Row::WriteKey,
            _ => self.step(true),
        }
    }

    /// Whether a text that is pasted into the base URL is none: nothing in it parts a host's name, or it has a key in it.
    pub(super) fn is_no_url(&self, text: &str) -> bool {
        let text = text.trim();
        let is_host = text == "localhost" || text.contains(['.', ':', '/']);
        self.row == Row::BaseUrl && (!is_host || secrets::mask(text) != text)
    }

    /// The next or previous choice. A Workshop that does not run can be chosen as well: what stands there says what to
    /// do about it, and the test says whether it runs by then.
    fn choose(&mut self, forward: bool) {
        let count = Choice::ALL.len();
        let at = Choice::ALL.iter().position(|c| *c == self.choice);
        let step = if forward { 1 } else { count - 1 };
        let next = (at.unwrap_or(0) + step) % count;
        let before = std::mem::replace(&mut self.choice, Choice::ALL[next]);
        match self.choice {
            Choice::Another => self.base_url = self.other_url.clone(),
            _ if before == Choice::Another => {
                self.other_url = std::mem::replace(&mut self.base_url, RAINDROP.into());
            }
            _ => {}
        }
    }

    /// Whether the cursor is in a field that is typed into.
    pub(super) fn is_text(&self) -> bool {
        self.row == Row::WriteKey || self.input(self.row).is_some()
    }

    /// What to do on a row that isn't typed into.
    pub(super) fn why_not_typed(&self) -> &'static str {
        match self.row {
            Row::Choice if matches!(self.choice, Choice::Raindrop | Choice::Another) => {
                "nothing is typed here: ← → choose, and Tab leads to what is typed"
            }
            Row::Choice => "nothing is typed here: ← → choose; another server has a base URL",
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
        self.choose_by_url();
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
            Row::Privacy if turns => {
                self.privacy = self.privacy.toggled();
                self.is_privacy_chosen = true;
            }
            Row::Enabled if turns => self.enabled = !self.enabled,
            _ => {
                let request = input_request(key);
                let (Some(input), Some(request)) = (self.input_mut(), request) else {
                    return false;
                };
                let changed = input.handle(request);
                self.choose_by_url();
                return changed.is_some_and(|changed| changed.value);
            }
        }
        true
    }
}
