//! Making the selected request again, through OpenRouter: shown and confirmed first, since it costs
//! money; then its answer as it arrives; then a new sample.

pub(crate) mod view;

use std::sync::Arc;

use crate::completion::Edits;
use crate::completion::load;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::send::Ticket;
use crate::inspector::{Command, Effect, Model, Overlay};
use crate::openrouter::{self, Answer, Asking, Trouble};

/// What the model knows of OpenRouter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The base URL, or what is wrong with it.
    pub base_url: Result<String, String>,
    /// Whether there is an API key. The key itself is the runtime's.
    pub has_key: bool,
}

/// What is asked of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Make this request.
    Begin(Ticket, Asking),
    /// Break it off.
    Cancel(Ticket),
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum News {
    /// An answer begins to arrive.
    Began,
    /// More text of the answer.
    Text(String),
    /// It is over.
    Ended(Result<(Answer, Option<Trouble>), Trouble>),
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Shown, and not made before it is confirmed.
    Confirming,
    /// Made; no answer yet.
    Waiting,
    /// The answer arrives.
    Arriving,
    /// There is no answer to load.
    Failed(Trouble),
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
    pub request: Asking,
    /// Where it stands.
    pub stage: Stage,
    /// The answer's text so far.
    pub text: String,
    /// When it was made, in milliseconds since 1970.
    pub begun: i64,
    /// How far the request is scrolled.
    pub scroll: Cursor,
    place: usize,
}

impl Live {
    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Arriving)
    }
}

impl Model {
    /// Shows what would be asked, with its price: real money.
    pub(crate) fn ask_openrouter(&mut self) {
        if self.live.as_ref().is_some_and(Live::is_under_way) {
            self.open_window(Overlay::Live);
            return;
        }
        let base_url = match (&self.openrouter.base_url, self.openrouter.has_key) {
            (Err(why), _) => Err(why.clone()),
            (Ok(_), false) => Err(format!(
                "to make a real request, set {} and start again",
                openrouter::API_KEY
            )),
            (Ok(base_url), true) => Ok(base_url.trim_end_matches('/').to_owned()),
        };
        let base_url = match base_url {
            Ok(base_url) => base_url,
            Err(why) => {
                self.notice = Some(why);
                return;
            }
        };
        let Some(current) = &self.current else {
            self.notice = Some("no completion is shown".to_owned());
            return;
        };
        let entry = self.library.entry(current.index);
        let edits = entry.map_or_else(Edits::none, |entry| entry.edits.clone());
        let request = match openrouter::asking(&current.completion, &edits) {
            Ok(request) => request,
            Err(error) => {
                self.notice = Some(error.to_string());
                return;
            }
        };
        let (name, place) = (current.completion.name.clone(), current.index);
        self.live = Some(Live {
            ticket: self.new_ticket(),
            name,
            url: format!("{base_url}{}", request.path),
            request,
            stage: Stage::Confirming,
            text: String::new(),
            begun: self.now,
            scroll: Cursor::default(),
            place,
        });
        self.open_window(Overlay::Live);
    }

    /// Commands in the window; none where they mean here what they mean elsewhere.
    pub(crate) fn run_in_live(&mut self, command: Command) -> Option<Vec<Effect>> {
        let now = self.now;
        let (Some(Overlay::Live), Some(live)) = (&self.overlay, &mut self.live) else {
            return None;
        };
        let ticket = live.ticket;
        match (command, &live.stage) {
            (Command::Open, Stage::Confirming) => {
                live.stage = Stage::Waiting;
                live.begun = now;
                live.scroll = Cursor::default();
                let request = live.request.clone();
                return Some(vec![Effect::Live(Ask::Begin(ticket, request))]);
            }
            (Command::Close, Stage::Waiting | Stage::Arriving) => {
                live.stage = Stage::Cancelled;
                return Some(vec![Effect::Live(Ask::Cancel(ticket))]);
            }
            (Command::AskOpenRouter, Stage::Failed(_) | Stage::Cancelled) => {
                self.ask_openrouter();
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// What the runtime says; news of another request come too late.
    pub(crate) fn take_live(&mut self, ticket: Ticket, news: News) {
        let is_it = |live: &&mut Live| live.ticket == ticket && live.is_under_way();
        let Some(live) = self.live.as_mut().filter(is_it) else {
            return;
        };
        match news {
            News::Began => live.stage = Stage::Arriving,
            News::Text(text) => live.text.push_str(&text),
            News::Ended(Err(trouble)) => live.stage = Stage::Failed(trouble),
            News::Ended(Ok((answer, trouble))) => self.load_answer(&answer, trouble),
        }
    }

    /// The answer as a new sample behind the one that was asked again.
    fn load_answer(&mut self, answer: &Answer, trouble: Option<Trouble>) {
        let Some(live) = self.live.take() else {
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
            self.live = Some(Live {
                stage: Stage::Failed(Trouble {
                    says,
                    help: "Check that OpenRouter answers at this URL.".to_owned(),
                }),
                ..live
            });
            return;
        };
        let place = (live.place + 1).min(self.library.len());
        self.library.insert_copy(place, completion, Edits::none());
        self.inserted(place);
        match self.overlay {
            Some(Overlay::Live) => self.close_windows(),
            _ => self.close_where(|window| matches!(window, Overlay::Live)),
        }
        self.notice = Some(match trouble {
            None => format!(
                "a new sample, answered in {} ms",
                answer.elapsed.as_millis()
            ),
            Some(trouble) => format!("{} {}", trouble.says, trouble.help),
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

/// Lines of the request, for scrolling.
pub fn body_lines(live: &Live) -> Vec<Arc<str>> {
    let pretty = crate::share::pretty_or_plain(live.request.body.as_str());
    pretty.lines().map(Arc::from).collect()
}
