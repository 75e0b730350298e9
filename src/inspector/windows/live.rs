//! Making the selected request again, through OpenRouter: shown and confirmed first, since it costs
//! money; then its answer as it arrives; then a new sample.

use super::{Flow, Update, Window, WindowEvent};

use crate::completion::Edits;
use crate::completion::load;
use crate::delivery::answer::Failure;
use crate::inspector::current::NOTHING;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::cursor::CursorStep;
use crate::inspector::ui::growing::GrowingText;
use crate::inspector::ui::line::{Line, put_line, wrapped};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value::json_line;
use crate::inspector::ui::view::View;
use crate::inspector::windows::question::Question;
use crate::inspector::windows::send::Ticket;
use crate::inspector::{Command, Effect, Model};
use crate::openrouter::{self, PreparedRequest, Response};
use crate::prepare::MASK;
use crate::share;

/// What is known of OpenRouter, and a request on its way through it.
#[derive(Debug, Clone, Default)]
pub struct OpenRouter {
    /// What it takes to ask it.
    pub access: Access,
    /// The request.
    pub request: Option<Live>,
}

impl OpenRouter {
    /// Whether a request is on its way.
    pub fn is_under_way(&self) -> bool {
        self.request.as_ref().is_some_and(Live::is_under_way)
    }

    /// The place in the library of the completion that is asked again.
    pub(crate) fn place_mut(&mut self) -> Option<&mut usize> {
        self.request.as_mut().map(|live| &mut live.place)
    }
}

/// What it takes to ask OpenRouter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The base URL, or what is wrong with it.
    pub base_url: Result<String, String>,
    /// Whether there is an API key. The key itself is the runtime's.
    pub has_key: bool,
}

/// What is asked of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveTask {
    /// Make this request.
    Begin(Ticket, PreparedRequest),
    /// Break it off.
    Cancel(Ticket),
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum LiveReport {
    /// An answer begins to arrive.
    Began,
    /// More text of the answer.
    Text(String),
    /// It is over.
    Ended(Result<(Response, Option<Failure>), Failure>),
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveStage {
    /// Shown, and not made before it is confirmed.
    Confirming,
    /// Made; no answer yet.
    Waiting,
    /// The answer arrives.
    Arriving,
    /// There is no answer to load.
    Failed(Failure),
    /// The user broke it off.
    Cancelled,
}

/// A request on its way through OpenRouter.
#[derive(Debug, Clone)]
pub struct Live {
    /// Which request it is.
    pub ticket: Ticket,
    /// The completion's name.
    pub name: String,
    /// The full URL.
    pub url: String,
    /// The request.
    pub request: PreparedRequest,
    /// Where it stands.
    pub stage: LiveStage,
    /// The answer's text so far.
    pub text: String,
    /// When it was made, in milliseconds since 1970.
    pub begun: i64,
    place: usize,
}

impl Live {
    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, LiveStage::Waiting | LiveStage::Arriving)
    }

    /// The model that is asked, in words.
    fn model_name(&self) -> &str {
        match self.request.model.as_str() {
            "" => "the default model",
            model => model,
        }
    }
}

/// The window.
#[derive(Debug, Clone)]
pub struct LiveWindow {
    /// The answer in lines.
    answer: GrowingText,
    scroll: Cursor,
    /// Whether it stays at the end of the answer while more of it arrives.
    follows: bool,
}

impl LiveWindow {
    fn new() -> LiveWindow {
        LiveWindow {
            answer: GrowingText::default(),
            scroll: Cursor::START,
            follows: true,
        }
    }
}

/// Why the request cannot be made again.
pub fn refusal(model: &Model) -> Option<String> {
    let access = &model.kept.live.access;
    match (&access.base_url, &model.current) {
        _ if model.kept.live.is_under_way() => None,
        _ if model.is_unlisted() => Some(model.why_unlisted("ask again")),
        (Err(why), _) => Some(why.clone()),
        (Ok(_), _) if !access.has_key => Some(format!(
            "to make a real request, set {} and start again",
            openrouter::API_KEY
        )),
        (Ok(_), None) => Some(NOTHING.to_owned()),
        (Ok(_), Some(_)) => None,
    }
}

/// The edits of the completion that is shown.
fn edits(model: &Model) -> Edits {
    let current = model.current.as_ref();
    let entry = current.and_then(|current| model.library.entry(current.index));
    entry.map_or_else(Edits::none, |entry| entry.edits.clone())
}

/// Shows what would be asked, and asks whether it is to be: it costs real money.
pub fn open(update: &mut Update<'_>) {
    let model = &mut *update.model;
    if model.kept.live.is_under_way() {
        model.open_window(LiveWindow::new());
        return;
    }
    let (Ok(base_url), Some(current)) = (&model.kept.live.access.base_url, &model.current) else {
        return;
    };
    let request = match openrouter::prepare(&current.completion, &edits(model)) {
        Ok(request) => request,
        Err(error) => return update.say(error.to_string()),
    };
    let url = format!("{}{}", base_url.trim_end_matches('/'), request.path);
    let (name, place) = (current.completion.name.clone(), current.index);
    let live = Live {
        ticket: model.new_ticket(),
        name,
        url,
        request,
        stage: LiveStage::Confirming,
        text: String::new(),
        begun: model.now,
        place,
    };
    let says = format!("It asks {} for real.", live.model_name());
    let question = Question::new(
        "This costs money. Make the request?",
        "make it",
        "do not",
        begin,
    )
    .says(says)
    .says("Your OpenRouter credits pay for it, and it is broadcast as your settings there say.")
    .otherwise(|update| {
        update.model.kept.live.request = None;
        update.model.close_kind::<LiveWindow>();
    });
    model.kept.live.request = Some(live);
    model.open_window(LiveWindow::new());
    model.open_window(question);
}

fn begin(update: &mut Update<'_>) {
    let now = update.model.now;
    if let Some(live) = &mut update.model.kept.live.request {
        live.stage = LiveStage::Waiting;
        live.begun = now;
        let ask = LiveTask::Begin(live.ticket, live.request.clone());
        update.effects.push(Effect::Live(ask));
    }
}

impl Window for LiveWindow {
    fn name(&self) -> &'static str {
        "the request through OpenRouter"
    }

    fn caption(&self, model: &Model) -> String {
        let Some(live) = &model.kept.live.request else {
            return "the request, through OpenRouter".to_owned();
        };
        match &live.stage {
            LiveStage::Confirming => "the request as OpenRouter would get it".to_owned(),
            LiveStage::Waiting => "the request is at OpenRouter; no answer yet".to_owned(),
            LiveStage::Arriving => "OpenRouter's answer arrives".to_owned(),
            LiveStage::Failed(_) => "there is no answer of OpenRouter's".to_owned(),
            LiveStage::Cancelled => "the request was broken off".to_owned(),
        }
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        let stage = model.kept.live.request.as_ref().map(|live| &live.stage);
        match stage {
            Some(LiveStage::Failed(_) | LiveStage::Cancelled) if refusal(model).is_none() => {
                vec![Offer::One(Command::AskOpenRouter, "ask again")]
            }
            _ => Vec::new(),
        }
    }

    fn closing(&self, model: &Model) -> Option<&'static str> {
        model.kept.live.is_under_way().then_some("break off")
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match (event, &mut update.model.kept.live.request) {
            (WindowEvent::Run(Command::Close), Some(live)) if live.is_under_way() => {
                live.stage = LiveStage::Cancelled;
                update
                    .effects
                    .push(Effect::Live(LiveTask::Cancel(live.ticket)));
            }
            (WindowEvent::Run(Command::AskOpenRouter), _) => open(update),
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn step(&mut self, step: CursorStep, _height: usize) -> bool {
        self.follows = step == CursorStep::Bottom;
        false
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let view = View::new("Through OpenRouter");
        let Some(live) = &model.kept.live.request else {
            return view;
        };
        let width = model.window_size().0.saturating_sub(2);
        let status = status(model, live, look);
        let status = status.iter().flat_map(|line| wrapped(line, width));
        let view = view.subtitle(live.name.as_str()).heads(status.collect());
        if live.stage == LiveStage::Confirming {
            let body = share::pretty_or_plain(live.request.body.as_str());
            let lines = body.lines().map(|line| json_line(line, &look.theme));
            return view.text(self.scroll, lines.collect());
        }
        let lines = self.answer.lines();
        let line = |at: usize, pen: &mut Pen<'_>| {
            let text = lines.get(at).and_then(|line| live.text.get(line.clone()));
            put_line(
                &vec![(text.unwrap_or_default().to_owned(), look.theme.text)],
                pen,
            );
        };
        // The end of an answer is what one wants to see.
        view.scrolling(self.scroll, lines.len(), line)
            .follows(self.follows)
    }

    fn settle(&mut self, model: &mut Model, _budget: &mut SliceBudget) {
        let width = model.window_size().0.saturating_sub(2);
        let text = model.kept.live.request.as_ref().map(|live| &*live.text);
        self.answer.follow(text.unwrap_or_default(), width);
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

fn status(model: &Model, live: &Live, look: &Look) -> Vec<Line> {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let model_name = live.model_name();
    let seconds = (model.now - live.begun).max(0) / 1000;
    let mut lines: Vec<Line> = match &live.stage {
        LiveStage::Confirming => vec![vec![(
            format!("{} not asked yet", symbols.warning),
            theme.warning,
        )]],
        LiveStage::Waiting => vec![vec![(
            format!("… asking {model_name}, {seconds} s"),
            theme.title,
        )]],
        LiveStage::Arriving => vec![vec![(
            format!("… {model_name} answers, {seconds} s"),
            theme.title,
        )]],
        LiveStage::Failed(failure) => vec![
            vec![(format!("{} {}", symbols.error, failure.says), theme.error)],
            vec![(failure.help.clone(), theme.warning)],
        ],
        LiveStage::Cancelled => vec![vec![
            (format!("{} broken off", symbols.warning), theme.warning),
            (
                ": what was made so far may be paid for".to_owned(),
                theme.dim,
            ),
        ]],
    };
    lines.push(Vec::new());
    lines.push(vec![
        ("POST ".to_owned(), theme.accent),
        (live.url.clone(), theme.title),
    ]);
    if live.stage == LiveStage::Confirming {
        lines.push(vec![
            ("Authorization: ".to_owned(), theme.key),
            (format!("Bearer {MASK}"), theme.text),
        ]);
    }
    lines.push(Vec::new());
    lines
}

impl Model {
    /// What the runtime says; a report about another request comes too late.
    pub(crate) fn take_live(&mut self, ticket: Ticket, report: LiveReport) {
        let is_it = |live: &&mut Live| live.ticket == ticket && live.is_under_way();
        let Some(live) = self.kept.live.request.as_mut().filter(is_it) else {
            return;
        };
        match report {
            LiveReport::Began => live.stage = LiveStage::Arriving,
            LiveReport::Text(text) => live.text.push_str(&text),
            LiveReport::Ended(Err(failure)) => live.stage = LiveStage::Failed(failure),
            LiveReport::Ended(Ok((answer, failure))) => self.load_answer(&answer, failure),
        }
    }

    /// The answer as a new sample behind the one that was asked again.
    fn load_answer(&mut self, answer: &Response, failure: Option<Failure>) {
        let Some(live) = self.kept.live.request.take() else {
            return;
        };
        let name = format!("{} (asked again)", live.name);
        let sample = answer.sample(&name, &live.request.body);
        let file = format!("<openrouter {}>", live.ticket.0);
        let loaded = load::load(&file, sample.as_bytes());
        let problem = loaded.problems.first().map(ToString::to_string);
        self.library.problems.extend(loaded.problems);
        self.library.notes.extend(loaded.notes);
        let Some(completion) = loaded.completions.into_iter().next() else {
            let says = problem.unwrap_or_else(|| "the answer holds no completion".to_owned());
            self.kept.live.request = Some(Live {
                stage: LiveStage::Failed(Failure {
                    says,
                    help: "Check that OpenRouter answers at this URL.".to_owned(),
                }),
                ..live
            });
            return;
        };
        let place = (live.place + 1).min(self.library.len());
        self.library.insert_copy(place, completion, Edits::none());
        self.library.would_be_lost(place, 1);
        self.inserted(place);
        // It leads to the new sample, unless something else was opened over it meanwhile.
        match self.windows.top_as::<LiveWindow>() {
            Some(_) => self.windows.close_all(),
            None => self.close_kind::<LiveWindow>(),
        }
        self.notice = Some(match failure {
            None => format!(
                "a new sample, answered in {} ms",
                answer.elapsed.as_millis()
            ),
            Some(failure) => format!("{} {}", failure.says, failure.help),
        });
    }
}

impl Default for Access {
    fn default() -> Self {
        Access {
            base_url: Ok(openrouter::OPENROUTER.to_owned()),
            has_key: false,
        }
    }
}
