//! What was sent and not answered when the program last ended: each can be sent again or forgotten, or all
//! of them together.

use super::{Flow, Update, Window, WindowEvent};
use crate::delivery::history::{DeliveryId, Record};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::{Line, wrapped};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::history::view::row;
use crate::inspector::windows::history::{self, HistoryTask};
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Model};

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Unanswered {
    /// The cursor in what was not answered.
    pub cursor: Cursor,
}

/// Opens the window, or the history where everything was answered.
pub fn open_first(update: &mut Update<'_>) {
    match update.model.kept.unanswered.is_empty() {
        true => history::open(update),
        false => update.model.open_window(Unanswered::default()),
    }
}

/// Takes in what was not answered: shows it where nothing else is open, and else says that it is there.
pub(crate) fn offer(model: &mut Model, records: Vec<Record>) {
    if records.is_empty() {
        return;
    }
    let says = were(records.len());
    model.kept.unanswered = records;
    if model.windows.is_empty() && !model.is_typing() {
        model.notice = None;
        model.open_window(Unanswered::default());
        return;
    }
    let key = model.keymap.shown(Command::History);
    model.notice = Some(format!("{says} not answered last time; {key} shows them"));
}

fn were(count: usize) -> String {
    match count {
        1 => "1 send was".to_owned(),
        count => format!("{count} sends were"),
    }
}

impl Unanswered {
    /// The one under the cursor.
    fn own(&self, model: &Model) -> Vec<DeliveryId> {
        let record = model.kept.unanswered.get(self.cursor.row);
        record.into_iter().map(|record| record.id).collect()
    }
}

/// Sends these again, where they leave this machine after asking.
fn send_again(ids: Vec<DeliveryId>, update: &mut Update<'_>) {
    let model = &mut *update.model;
    if let Some(why) = model.why_no_destination() {
        return update.say(why);
    }
    if model.destination.is_local() {
        return settle(&ids, update, HistoryTask::Again);
    }
    let what = match ids.len() {
        1 => "1 send goes".to_owned(),
        count => format!("{count} sends go"),
    };
    let says = format!("{what} to {}.", model.destination.name_and_address());
    let question = Question::new("Send again?", "send", "do not send", move |update| {
        settle_asked(&ids, update, HistoryTask::Again);
    });
    let question = question
        .says(says)
        .says_also(model.destination.key_warning())
        .only_for(&model.destination.endpoint);
    model.open_window(question);
}

/// Asks whether these are to be forgotten.
fn ask_forget(ids: Vec<DeliveryId>, update: &mut Update<'_>) {
    let title = match ids.len() {
        1 => "Forget this send?".to_owned(),
        count => format!("Forget all {count} sends?"),
    };
    let question = Question::new(title, "forget", "keep", move |update| {
        settle_asked(&ids, update, HistoryTask::Forget);
    });
    let says = "What is forgotten is not offered again; it may have arrived.";
    update.model.open_window(question.says(says));
}

/// Does something with these, which are not offered any more.
fn settle(ids: &[DeliveryId], update: &mut Update<'_>, task: fn(Vec<DeliveryId>) -> HistoryTask) {
    let unanswered = &mut update.model.kept.unanswered;
    unanswered.retain(|record| !ids.contains(&record.id));
    update.effects.push(Effect::History(task(ids.to_vec())));
}

/// The same after a question: without anything left the window below it closes.
fn settle_asked(
    ids: &[DeliveryId],
    update: &mut Update<'_>,
    task: fn(Vec<DeliveryId>) -> HistoryTask,
) {
    settle(ids, update, task);
    if update.model.kept.unanswered.is_empty() {
        update.model.close_kind::<Unanswered>();
    }
}

impl Window for Unanswered {
    fn name(&self) -> &'static str {
        "what was not answered"
    }

    fn caption(&self, model: &Model) -> String {
        match model.kept.unanswered.len() {
            1 => "1 event was sent and not answered".to_owned(),
            count => format!("{count} events were sent and not answered"),
        }
    }

    fn columns(&self) -> usize {
        110
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        if model.kept.unanswered.is_empty() {
            return Vec::new();
        }
        let mut all = vec![
            Offer::One(Command::Open, "send again"),
            Offer::One(Command::DeleteKey, "forget"),
            Offer::Quiet(Command::Send),
        ];
        if model.kept.unanswered.len() > 1 {
            all.push(Offer::One(Command::SendAll, "all again"));
            all.push(Offer::One(Command::Reset, "forget all"));
        }
        all
    }

    fn closing(&self, _model: &Model) -> Option<&'static str> {
        Some("later")
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let all = |model: &Model| {
            model
                .kept
                .unanswered
                .iter()
                .map(|record| record.id)
                .collect()
        };
        match event {
            WindowEvent::Run(Command::Open | Command::Send) => {
                send_again(self.own(update.model), update);
            }
            WindowEvent::Run(Command::SendAll) => send_again(all(update.model), update),
            WindowEvent::Run(Command::DeleteKey) => ask_forget(self.own(update.model), update),
            WindowEvent::Run(Command::Reset) => ask_forget(all(update.model), update),
            WindowEvent::Run(Command::Close | Command::Quit) => {
                // They stay queued, and are offered again at the next start.
                update.model.kept.unanswered.clear();
            }
            _ => return Flow::Ignored,
        }
        match update.model.kept.unanswered.is_empty() {
            true => Flow::Closes,
            false => Flow::Stays,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let records = &model.kept.unanswered;
        let count = format!(
            "{} {} not answered",
            look.symbols.warning,
            were(records.len())
        );
        let (may, again) = match records.len() {
            1 => (
                "it may have arrived",
                "Sent again, it is the same bytes with the same id, and goes to ",
            ),
            _ => (
                "they may have arrived",
                "Sent again, they are the same bytes with the same ids, and go to ",
            ),
        };
        let lines: Vec<Line> = vec![
            vec![
                (count, theme.warning),
                (format!(" before the program last ended; {may}"), theme.text),
            ],
            vec![
                (again.to_owned(), theme.text),
                (model.destination.name_and_address(), theme.title),
            ],
            Vec::new(),
        ];
        let columns = model.size.0;
        let width = model.window_size().0.saturating_sub(2);
        let lines = lines.iter().flat_map(|line| wrapped(line, width)).collect();
        View::new("Not answered").heads(lines).rows(
            self.cursor,
            look,
            records,
            move |record, _, pen| row(record, look, pen, columns),
        )
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}
