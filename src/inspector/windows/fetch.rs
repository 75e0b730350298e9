//! A generation's record, read from OpenRouter by its id: it completes the completion that it is about, or becomes
//! a sample of its own. What the record says is shown beside what was known here.

use crossterm::event::{KeyCode, KeyEvent};
use std::sync::Arc;
use tui_input::Input;

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::{Completion, Edits, Place};
use crate::display;
use crate::event::{Event, Field, Section};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::field::{input_request, visible_input, with_inserted};
use crate::inspector::ui::line::Line;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::send::Ticket;
use crate::inspector::{Command, Effect, Model};
use crate::json::{JsonText, Position};
use crate::mapping;
use crate::mapping::rules::{TIMESTAMP, USER_ID};
use crate::openrouter;
use crate::openrouter::generations::{
    FetchError, Generation, GenerationContent, GenerationId, NEVER_KEPT, RetryNotice,
};
use crate::verify;

/// What is asked of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchTask {
    /// Read this generation.
    Begin(Ticket, GenerationId),
    /// Give it up.
    Cancel(Ticket),
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum FetchReport {
    /// It has to be waited for.
    Waiting(RetryNotice),
    /// It is over.
    Ended(Result<Generation, FetchError>),
}

/// A generation that is read, or was.
#[derive(Debug, Clone)]
pub struct Fetching {
    /// Which request it is.
    pub ticket: Ticket,
    /// Which generation.
    pub id: GenerationId,
    /// Where it stands.
    pub stage: FetchStage,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchStage {
    /// It is asked for; why it has to be waited for, where it has.
    UnderWay(Option<RetryNotice>),
    /// It could not be read.
    Failed(String),
    /// It was given up.
    Cancelled,
    /// It is there.
    Done {
        /// Whether it completed a completion that was in the list.
        is_joined: bool,
        /// What OpenRouter does not keep, as a sentence.
        lacks: Option<String>,
        /// What was known here, and what the record says.
        rows: Vec<Row>,
    },
}

/// A field of the event by what was known here, and by the record alone; empty where it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The field's key.
    pub key: String,
    /// Its value here.
    pub here: String,
    /// Its value by the record.
    pub record: String,
}

impl Fetching {
    fn is_under_way(&self) -> bool {
        matches!(self.stage, FetchStage::UnderWay(_))
    }
}

/// The window. While an id is typed, it has a field.
#[derive(Debug, Clone)]
pub struct FetchWindow {
    input: Option<Input>,
    /// What is wrong with what is typed.
    mistake: Option<String>,
    scroll: Cursor,
}

/// Why no generation can be read.
pub fn refusal(model: &Model) -> Option<String> {
    let access = &model.kept.live.access;
    match &access.base_url {
        Err(why) => Some(why.clone()),
        Ok(_) if !access.has_key => Some(format!(
            "to read a generation's record, set {} and start again",
            openrouter::API_KEY
        )),
        Ok(_) => None,
    }
}

/// Reads the record of the completion that is shown, where it has an id and no record yet; else asks for an id.
pub fn open(update: &mut Update<'_>) {
    let is_under_way = |model: &Model| {
        let fetching = model.kept.fetching.as_ref();
        fetching.is_some_and(Fetching::is_under_way)
    };
    let shown = update.model.current.as_ref();
    let shown = shown.map(|current| Arc::clone(&current.completion));
    let id = shown.as_ref().and_then(|completion| id_of(completion));
    let lacks_record = shown.is_some_and(|completion| completion.generation().is_none());
    let mut window = FetchWindow {
        input: None,
        mistake: None,
        scroll: Cursor::START,
    };
    match id {
        _ if is_under_way(update.model) => {}
        Some(id) if lacks_record => begin(update, id),
        _ => window.input = Some(Input::default()),
    }
    update.model.open_window(window);
}

fn id_of(completion: &Completion) -> Option<GenerationId> {
    mapping::generation_id(completion)?.parse().ok()
}

fn begin(update: &mut Update<'_>, id: GenerationId) {
    let ticket = update.model.new_ticket();
    update.model.kept.fetching = Some(Fetching {
        ticket,
        id: id.clone(),
        stage: FetchStage::UnderWay(None),
    });
    update
        .effects
        .push(Effect::Fetch(FetchTask::Begin(ticket, id)));
}

impl FetchWindow {
    fn type_key(&mut self, key: &KeyEvent, update: &mut Update<'_>) -> Flow {
        let Some(input) = &mut self.input else {
            return Flow::Ignored;
        };
        match key.code {
            KeyCode::Esc => return Flow::Closes,
            KeyCode::Enter => match input.value().parse() {
                Ok(id) => {
                    self.input = None;
                    self.mistake = None;
                    begin(update, id);
                }
                Err(error) => self.mistake = Some(format!("{error}")),
            },
            _ => {
                if let Some(request) = input_request(key) {
                    input.handle(request);
                    self.mistake = None;
                }
            }
        }
        Flow::Stays
    }
}

impl Window for FetchWindow {
    fn name(&self) -> &'static str {
        "the generation's record"
    }

    fn caption(&self, model: &Model) -> String {
        let Some(fetching) = model
            .kept
            .fetching
            .as_ref()
            .filter(|_| self.input.is_none())
        else {
            return "a generation's record, by its id".to_owned();
        };
        match &fetching.stage {
            FetchStage::UnderWay(_) => "the generation's record is on its way".to_owned(),
            FetchStage::Failed(_) => "the generation's record could not be read".to_owned(),
            FetchStage::Cancelled => "reading the generation's record was stopped".to_owned(),
            FetchStage::Done { .. } => {
                "the generation's record, beside what was known here".to_owned()
            }
        }
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Fetch)
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        if self.input.is_some() {
            return vec![Offer::Typed("⏎", "read it")];
        }
        let fetching = model.kept.fetching.as_ref();
        match fetching.is_some_and(|fetching| !fetching.is_under_way()) {
            true => vec![Offer::One(Command::EditTrace, "another id")],
            false => Vec::new(),
        }
    }

    fn closing(&self, model: &Model) -> Option<&'static str> {
        let fetching = model.kept.fetching.as_ref();
        let is_under_way = fetching.is_some_and(Fetching::is_under_way);
        (is_under_way && self.input.is_none()).then_some("give up")
    }

    fn is_typed(&self) -> bool {
        self.input.is_some()
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match (event, &mut update.model.kept.fetching) {
            (WindowEvent::Type(key), _) => return self.type_key(key, update),
            (WindowEvent::Paste(text), _) => {
                if let Some(input) = &mut self.input {
                    *input = with_inserted(input, text.trim());
                    self.mistake = None;
                }
            }
            (WindowEvent::Run(Command::Close), Some(fetching)) if fetching.is_under_way() => {
                fetching.stage = FetchStage::Cancelled;
                let ticket = fetching.ticket;
                update
                    .effects
                    .push(Effect::Fetch(FetchTask::Cancel(ticket)));
            }
            (WindowEvent::Run(Command::EditTrace), _) => self.input = Some(Input::default()),
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let (theme, width) = (&look.theme, model.window_size().0.saturating_sub(2));
        let view = View::new("Fetch");
        if let Some(input) = &self.input {
            let (text, at) = visible_input(input, width.saturating_sub(14));
            let mistake = self.mistake.as_deref();
            let usual = format!(
                "It is read from {}, which costs nothing. With the record come prompt and completion, where the account keeps them.",
                server(model)
            );
            let says = mistake.unwrap_or(&usual);
            let style = match mistake {
                Some(_) => theme.error,
                None => theme.dim,
            };
            return view
                .head(move |pen| {
                    pen.put(" generation ", theme.key).put(&text, theme.text);
                })
                .head(|_| {})
                .caret_in_head(0, 12 + at)
                .text(self.scroll, wrapped(says, width, style));
        }
        let Some(fetching) = &model.kept.fetching else {
            return view;
        };
        view.subtitle(fetching.id.as_str())
            .text(self.scroll, lines(fetching, &server(model), look, width))
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

fn wrapped(text: &str, width: usize, style: ratatui::style::Style) -> Vec<Line> {
    let ranges = display::wrap(text, width).into_iter();
    ranges
        .map(|range| vec![(text[range].to_owned(), style)])
        .collect()
}

/// The server that is asked, by name and port.
fn server(model: &Model) -> String {
    let url = model.kept.live.access.base_url.as_deref();
    let bare = url.unwrap_or_default().split_once("://");
    let server = bare.and_then(|(_, bare)| bare.split('/').next());
    server.unwrap_or("OpenRouter").to_owned()
}

fn lines(fetching: &Fetching, server: &str, look: &Look, width: usize) -> Vec<Line> {
    let (theme, symbols) = (&look.theme, &look.symbols);
    match &fetching.stage {
        FetchStage::UnderWay(None) => vec![vec![(format!("… asking {server}"), theme.title)]],
        FetchStage::UnderWay(Some(waiting)) => {
            let total = waiting.total.as_secs();
            let says = format!("… {}; asking again, for up to {total} s", waiting.why);
            wrapped(&says, width, theme.title)
        }
        FetchStage::Cancelled => vec![vec![(
            format!("{} given up", symbols.warning),
            theme.warning,
        )]],
        FetchStage::Failed(why) => wrapped(&format!("{} {why}", symbols.error), width, theme.error),
        FetchStage::Done {
            is_joined,
            lacks,
            rows,
        } => {
            let says = match is_joined {
                true => "the record is part of the completion now",
                false => "a new sample, at the end of the list",
            };
            let mut lines = vec![vec![(format!("{} {says}", symbols.good), theme.good)]];
            // A call has its own request, whatever its record lacks.
            let never = (!is_joined).then_some(NEVER_KEPT);
            for lack in lacks.as_deref().into_iter().chain(never) {
                lines.extend(wrapped(
                    &format!("{} {lack}", symbols.info),
                    width,
                    theme.dim,
                ));
            }
            lines.push(Line::new());
            lines.extend(table(rows, look, width));
            lines
        }
    }
}

/// The two views side by side; what differs is marked.
fn table(rows: &[Row], look: &Look, width: usize) -> Vec<Line> {
    let theme = &look.theme;
    let longest = rows.iter().map(|row| display::width(&row.key)).max();
    let key_width = (longest.unwrap_or(0) + 2).min(width * 2 / 5);
    let column = width.saturating_sub(key_width + 4) / 2;
    let none = look.symbols.none;
    let mut lines = vec![vec![(
        format!(
            "{}{}OpenRouter's record",
            " ".repeat(key_width + 2),
            display::pad("here", column)
        ),
        theme.dim,
    )]];
    for row in rows {
        let differs = !row.here.is_empty()
            && !row.record.is_empty()
            && row.here != row.record
            && !verify::is_same_number(&row.here, &row.record);
        let (mark, style) = match differs {
            true => (look.symbols.changed, theme.warning),
            false => (" ", theme.text),
        };
        let or_none = |text: &str| match text {
            "" => none.to_owned(),
            text => display::clip(text, column.saturating_sub(1)),
        };
        lines.push(vec![
            (format!("{mark} "), theme.warning),
            (
                display::pad(
                    &display::clip(&row.key, key_width.saturating_sub(1)),
                    key_width,
                ),
                theme.key,
            ),
            (display::pad(&or_none(&row.here), column), style),
            (or_none(&row.record), style),
        ]);
    }
    lines
}

/// The fields that a record tells of, as the two know them.
fn rows(here: Option<&Event>, record: Option<&Event>) -> Vec<Row> {
    let told = |field: &&Field| match field.section {
        Section::Top => matches!(field.key.as_ref(), "user_id" | "timestamp"),
        Section::AiData => matches!(field.key.as_ref(), "model" | "convo_id"),
        Section::Properties => !matches!(
            field.key.as_ref(),
            "source" | "trace_id" | "trace_name" | "model"
        ),
    };
    let fields = record.map_or(&[][..], |event| &event.fields).iter();
    // What stands in for what nobody told is not known.
    let stand_ins = [USER_ID.default, TIMESTAMP.sending];
    let value = |field: &Field| match stand_ins.contains(field.provenance.step) {
        true => String::new(),
        false => field.value.shown().into_owned(),
    };
    fields
        .filter(told)
        .map(|field| {
            let ours = here.and_then(|event| event.field(field.section, &field.key));
            Row {
                key: field.key.to_string(),
                here: ours.map_or_else(String::new, value),
                record: value(field),
            }
        })
        .filter(|row| !row.here.is_empty() || !row.record.is_empty())
        .collect()
}

impl Model {
    /// What the runtime says; a report about another request comes too late.
    pub(crate) fn take_fetched(&mut self, ticket: Ticket, report: FetchReport) {
        let is_it = |fetching: &&mut Fetching| fetching.ticket == ticket && fetching.is_under_way();
        let Some(fetching) = self.kept.fetching.as_mut().filter(is_it) else {
            return;
        };
        match report {
            FetchReport::Waiting(waiting) => fetching.stage = FetchStage::UnderWay(Some(waiting)),
            FetchReport::Ended(Err(error)) => {
                fetching.stage = FetchStage::Failed(error.to_string())
            }
            FetchReport::Ended(Ok(generation)) => {
                let stage = self.take_generation(&generation);
                if let Some(fetching) = &mut self.kept.fetching {
                    fetching.stage = stage;
                }
            }
        }
    }

    /// Joins a record to the completion that it is about, or makes a sample of it.
    fn take_generation(&mut self, generation: &Generation) -> FetchStage {
        let loaded =
            crate::completion::load::load(generation.id.as_str(), generation.sample().as_bytes());
        let problem = loaded.problems.first().map(ToString::to_string);
        let Some(alone) = loaded.completions.into_iter().next() else {
            let says = problem.unwrap_or_else(|| "the record tells of no completion".to_owned());
            return FetchStage::Failed(says);
        };
        let lacks = generation.content.lacks();
        let by_record = mapping::map(&alone, &Edits::none(), &self.context);
        let shown = self.current.as_ref().map(|current| current.index);
        let is_about = |completion: &Completion| id_of(completion).as_ref() == Some(&generation.id);
        let is_ready = |index: &usize| self.library.ready(*index).is_some_and(|c| is_about(c));
        let place = shown
            .into_iter()
            .chain(0..self.library.len())
            .find(is_ready);
        let place = place.or_else(|| self.place_about(&generation.id, |_| true));
        let known = place.and_then(|index| self.library.ready(index).cloned());
        let joined = known.as_deref().map(|known| join(known, generation));
        match (place, known, joined) {
            (Some(index), Some(known), Some(Ok(joined))) => {
                let here = mapping::map(&known, &Edits::none(), &self.context);
                self.renew(index, Arc::new(joined), true);
                let fetched = &mut self.kept.fetched;
                fetched.retain(|other| other.id != generation.id);
                fetched.push_back(generation.clone());
                if fetched.len() > KEPT {
                    fetched.pop_front();
                }
                FetchStage::Done {
                    is_joined: true,
                    rows: rows(here.event(), by_record.event()),
                    lacks,
                }
            }
            (_, _, Some(Err(why))) => FetchStage::Failed(why),
            _ => {
                let place = self.library.len();
                self.library.insert_copy(place, alone, Edits::none());
                self.library.would_be_lost(place, 1);
                self.inserted(place);
                FetchStage::Done {
                    is_joined: false,
                    rows: rows(None, by_record.event()),
                    lacks,
                }
            }
        }
    }
}

/// Records that are joined again where their file is read again. Chosen: more than anybody fetches one by one.
const KEPT: usize = 32;

impl Model {
    /// The completion that a generation's record is about, of those that `may` name; records that were not read yet
    /// are, where they name it.
    fn place_about(
        &mut self,
        id: &GenerationId,
        may: impl Fn(&crate::inspector::library::LibraryEntry) -> bool,
    ) -> Option<usize> {
        let mut from = 0;
        loop {
            let mut left = from..self.library.len();
            let place = left.find(|index| {
                let entry = self.library.entry(*index).filter(|entry| may(entry));
                entry.is_some_and(|entry| entry.names(id.as_str()))
            })?;
            let completion = self.completion_at(place);
            if completion.is_some_and(|completion| id_of(&completion).as_ref() == Some(id)) {
                return Some(place);
            }
            from = place + 1;
        }
    }

    /// Joins the records that were fetched to the completions of a source that was read again.
    pub(crate) fn join_fetched(&mut self, source: u32) {
        for generation in self.kept.fetched.clone() {
            let Some(place) = self.place_about(&generation.id, |entry| entry.is_of(source)) else {
                continue;
            };
            let known = self.completion_at(place);
            let known = known.filter(|known| known.generation().is_none());
            if let Some(Ok(joined)) = known.map(|known| join(&known, &generation)) {
                self.renew(place, Arc::new(joined), true);
            }
        }
    }
}

fn join(known: &Completion, generation: &Generation) -> Result<Completion, String> {
    let content: Option<&JsonText> = match &generation.content {
        GenerationContent::Kept(content) => Some(content),
        GenerationContent::NotKept | GenerationContent::Unread(_) => None,
    };
    let record = ("generation", &generation.record);
    let parts: Vec<_> = [record]
        .into_iter()
        .chain(content.map(|content| ("content", content)))
        .collect();
    let place = Place {
        file: Arc::from(format!("<record of {}>", generation.id)),
        offset: 0,
        position: Position { line: 1, column: 1 },
    };
    let joined = known.with_parts(&parts, &place);
    joined.map_err(|error| format!("the completion with its record cannot be read: {error}"))
}
