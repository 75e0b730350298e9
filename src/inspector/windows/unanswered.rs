//! What was sent and had no end when the program last ended, since no server answered or one said to try again: each can be sent again or forgotten, or all
//! of them together.

use super::{Flow, Update, Window, WindowEvent};
use crate::delivery::history::{DeliveryId, Record};
use crate::event::privacy::Privacy;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::{Line, wrapped};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::history::view::row;
use crate::inspector::windows::history::{self, HistoryTask};
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Model};
use crate::prepare::Endpoint;

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

/// Takes in what was not answered, and says that it is there. The window waits to be asked for: what is typed at the
/// start is meant for something else.
pub(crate) fn offer(model: &mut Model, records: Vec<Record>) {
    if records.is_empty() {
        return;
    }
    let (says, key) = (were(records.len()), model.keymap.shown(Command::History));
    let them = if records.len() == 1 { "it" } else { "them" };
    model.kept.unanswered = records;
    model.notice = Some(format!("{says} not finished last time: {key} shows {them}"));
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

/// Whether it was meant for where test traces go now.
fn is_meant(record: &Record, model: &Model) -> bool {
    record.endpoint == model.destination.endpoint
}

/// Sends these again to the server that they were meant for. What was meant for another one stays; by itself it may
/// go here as a copy, after asking.
fn send_again(ids: Vec<DeliveryId>, update: &mut Update<'_>) {
    let model = &mut *update.model;
    if let Some(why) = model.why_no_destination() {
        return update.say(why);
    }
    let chosen = model.kept.unanswered.iter();
    let chosen = chosen.filter(|record| ids.contains(&record.id));
    let (meant, others): (Vec<&Record>, Vec<&Record>) =
        chosen.partition(|record| is_meant(record, model));
    let left = others.len();
    if let (true, Some(other)) = (meant.is_empty(), others.first()) {
        let other = Record::clone(other);
        return ask_elsewhere(&other, left, update);
    }
    let ids: Vec<DeliveryId> = meant.into_iter().map(|record| record.id).collect();
    if left > 0 {
        let key = model.keymap.shown(Command::Destination);
        model.notice = Some(format!("{left} for another server stay: {key} goes there"));
    }
    let tells = chosen_tell_in_privacy(&ids, model);
    if model.destination.is_local() && tells.is_none() {
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
        .says_also(tells)
        .says_also(model.destination.key_warning())
        .only_for(&model.destination.endpoint);
    model.open_window(question);
}

/// What to know where privacy mode is on and something was made without it.
fn chosen_tell_in_privacy(ids: &[DeliveryId], model: &Model) -> Option<String> {
    let mut chosen = model.kept.unanswered.iter();
    let tells = chosen.any(|record| ids.contains(&record.id) && record.privacy == Privacy::Off);
    (tells && model.privacy == Privacy::On).then(|| {
        "Privacy mode is on, and this was made without it: input and output go along.".to_owned()
    })
}

/// Asks whether what was meant for one server is to go to another. It stays unanswered by its own.
fn ask_elsewhere(record: &Record, count: usize, update: &mut Update<'_>) {
    let model = &mut *update.model;
    let meant = &record.endpoint;
    let key = model.keymap.shown(Command::Destination);
    if count > 1 || meant.kind.takes_key() != model.destination.endpoint.kind.takes_key() {
        let says = match count {
            1 => format!("it was for {}: {key} goes there", meant.base_url),
            count => format!("all {count} were for other servers: {key} goes there"),
        };
        return update.say(says);
    }
    let id = record.id;
    let question = Question::new(
        "Send it elsewhere?",
        "send a copy",
        "do not send",
        move |update| {
            let task = HistoryTask::Elsewhere(id);
            update.model.kept.sends_again += 1;
            update.effects.push(Effect::History(task));
        },
    );
    let question = question
        .says(format!(
            "It was for {}. Test traces go to {} now.",
            place_of(meant),
            model.destination.name_and_address()
        ))
        .says_also(chosen_tell_in_privacy(&[id], model))
        .says(format!(
            "A copy would go there, and this one stays unfinished; {key} leads to its own server."
        ))
        .says_also(model.destination.key_warning())
        .only_for(&model.destination.endpoint);
    model.open_window(question);
}

/// Where something was sent, with its project.
fn place_of(endpoint: &Endpoint) -> String {
    match endpoint.project.as_str() {
        "" => endpoint.base_url.clone(),
        project => format!("{} (project {project})", endpoint.base_url),
    }
}

/// Asks whether these are to be forgotten.
fn ask_forget(ids: Vec<DeliveryId>, update: &mut Update<'_>) {
    let title = match ids.len() {
        1 => "Forget this send?".to_owned(),
        count => format!("Forget all {count} sends?"),
    };
    let question = Question::new(title, "forget", "keep", move |update| {
        settle_asked(&ids, update, HistoryTask::Forget);
        let says = match ids.len() {
            1 => "forgotten: it is not offered again".to_owned(),
            count => format!("{count} forgotten: they are not offered again"),
        };
        update.say(says);
    });
    let says = "What is forgotten is not offered again; it may have arrived.";
    update.model.open_window(question.says(says));
}

/// Does something with these, which are not offered any more.
fn settle(ids: &[DeliveryId], update: &mut Update<'_>, task: fn(Vec<DeliveryId>) -> HistoryTask) {
    let unanswered = &mut update.model.kept.unanswered;
    unanswered.retain(|record| !ids.contains(&record.id));
    let task = task(ids.to_vec());
    if let HistoryTask::Again(ids) = &task {
        update.model.kept.sends_again += 1;
        let says = match ids.len() {
            1 => "sending it again …".to_owned(),
            count => format!("sending {count} again …"),
        };
        update.model.notice.get_or_insert(says);
    }
    update.effects.push(Effect::History(task));
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
        "what was not finished"
    }

    fn caption(&self, model: &Model) -> String {
        match model.kept.unanswered.len() {
            1 => "1 send was not finished".to_owned(),
            count => format!("{count} sends were not finished"),
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
            "{} {} not finished",
            look.symbols.warning,
            were(records.len())
        );
        let may = match records.len() {
            1 => "it may have arrived.",
            _ => "they may have arrived.",
        };
        let at_cursor = records.get(self.cursor.row);
        let again: Line = match at_cursor.filter(|record| !is_meant(record, model)) {
            Some(other) => vec![
                ("This one was for ".to_owned(), theme.text),
                (place_of(&other.endpoint), theme.title),
                (
                    format!(
                        ", and test traces go to {} now: {} leads there.",
                        model.destination.name_and_address(),
                        model.keymap.shown(Command::Destination)
                    ),
                    theme.text,
                ),
            ],
            None => vec![
                (
                    "Sent again, it is the same bytes with the same id, and goes to ".to_owned(),
                    theme.text,
                ),
                (model.destination.name_and_address(), theme.title),
                (".".to_owned(), theme.text),
            ],
        };
        let lines: Vec<Line> = vec![
            vec![
                (count, theme.warning),
                (format!(" before the program last ended; {may}"), theme.text),
            ],
            again,
            Vec::new(),
        ];
        let columns = u16::try_from(model.window_size().0).unwrap_or(u16::MAX);
        let width = model.window_size().0.saturating_sub(2);
        let lines = lines.iter().flat_map(|line| wrapped(line, width)).collect();
        View::new("Not finished").heads(lines).rows(
            self.cursor,
            look,
            records,
            move |record, _, pen| row(record, model.own_sink.as_deref(), look, pen, columns),
        )
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}
