//! What was done, in words, for those who watch: told by what a command changed, else by what the table says of the
//! command.

use crate::completion::{Edit, Edits};
use crate::event::privacy::Privacy;
use crate::inspector::keys::command::CommandGroup;
use crate::inspector::windows::send::{SendStage, Ticket};
use crate::inspector::{Command, Model, Pane};

/// The state before a message, as far as captions tell of it.
pub(crate) struct Moment {
    privacy: Privacy,
    /// The completion that is shown.
    shown: Option<usize>,
    edits: Edits,
    sending: Option<(Ticket, SendStage)>,
    is_verified: Option<bool>,
    filter: String,
    focus: Pane,
    windows: usize,
}

impl Moment {
    pub(crate) fn of(model: &Model) -> Moment {
        let shown = model.current.as_ref().map(|current| current.index);
        let entry = shown.and_then(|index| model.library.entry(index));
        let last = model.sendings.last();
        let verifying = model.kept.verifying.as_ref();
        Moment {
            privacy: model.privacy,
            shown,
            edits: entry.map_or_else(Edits::none, |entry| entry.edits.clone()),
            sending: last.map(|sending| (sending.ticket, sending.stage.clone())),
            is_verified: verifying.and_then(|verifying| verifying.is_stored()),
            filter: model.listing.filter.text().to_owned(),
            focus: model.focus,
            windows: model.windows.iter().count(),
        }
    }
}

impl Model {
    /// What was done since a moment, where there is anything to say; empty where what was shown is left.
    pub(crate) fn caption_since(&self, before: &Moment) -> Option<String> {
        let now = Moment::of(self);
        if now.shown == before.shown && now.edits != before.edits {
            return Some(edited(&before.edits, &now.edits));
        }
        if now.privacy != before.privacy {
            return Some(match now.privacy {
                Privacy::On => "privacy on".to_owned(),
                Privacy::Off => "privacy off".to_owned(),
            });
        }
        if now.sending != before.sending
            && let Some((_, stage)) = &now.sending
        {
            return self.sent(stage);
        }
        if let Some(is_stored) = now.is_verified.filter(|_| before.is_verified.is_none()) {
            return Some(match is_stored {
                true => "read back: all of it is stored as it was sent".to_owned(),
                false => "read back: not all of it is stored as it was sent".to_owned(),
            });
        }
        if now.filter != before.filter {
            return Some(match now.filter.as_str() {
                "" => "all completions are listed".to_owned(),
                filter => format!("listed: {filter}"),
            });
        }
        if now.shown != before.shown && before.shown.is_none() {
            return Some(String::new());
        }
        if now.shown != before.shown {
            return self.title_shown().map(|title| format!("shown: {title}"));
        }
        let command = self.ran?;
        if now.windows < before.windows && now.windows == 0 {
            return Some(String::new());
        }
        if command == Command::Open && now.focus != before.focus && now.windows == 0 {
            return self.jumped(now.focus);
        }
        let is_told = match command.entry().group {
            CommandGroup::Move => false,
            CommandGroup::Look | CommandGroup::Trace | CommandGroup::Send => {
                now.windows > before.windows || !opens(command)
            }
            CommandGroup::Copy => true,
            CommandGroup::Program => now.windows > before.windows && command != Command::Palette,
        };
        is_told.then(|| in_short(command))
    }

    fn sent(&self, stage: &SendStage) -> Option<String> {
        let to = self.destination.in_sentence();
        Some(match stage {
            SendStage::Confirming => return None,
            SendStage::Sending => format!("a test trace is on its way to {to}"),
            SendStage::Waiting { .. } => format!("{to} did not take it; it is tried again"),
            SendStage::Accepted => format!("accepted by {to}"),
            SendStage::Refused => format!("refused by {to}"),
            SendStage::GaveUp => format!("given up: {to} did not take it"),
            SendStage::Cancelled => "sending stopped".to_owned(),
        })
    }

    /// From a field to its source, or the other way.
    fn jumped(&self, to: Pane) -> Option<String> {
        let current = self.current.as_ref()?;
        let (field, source) = (current.event_row()?, current.source_pointer()?);
        match to {
            Pane::Completion => Some(format!("{} comes from {source}", field.key)),
            Pane::Event => Some(format!("{source} becomes {}", field.key)),
            Pane::List | Pane::Trace => None,
        }
    }
}

/// Whether a command opens something, so that nothing happened where nothing was opened.
fn opens(command: Command) -> bool {
    matches!(
        command,
        Command::Open
            | Command::EditTrace
            | Command::AddKey
            | Command::RenameKey
            | Command::EditRaw
            | Command::Search
            | Command::Filter
            | Command::Save
            | Command::TogglePrivacy
    )
}

/// The first clause of what the table says of a command.
fn in_short(command: Command) -> String {
    let help = command.entry().help;
    let help = help.trim_start_matches("While listening: ");
    let end = help.find([';', ':', '(']).unwrap_or(help.len());
    let clause = help[..end].trim_end();
    let mut letters = clause.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// What became of the edits.
fn edited(before: &Edits, now: &Edits) -> String {
    let (old, new) = (before.steps(), now.steps());
    let said = |steps: &[Edit]| steps.iter().map(edit).collect::<Vec<_>>().join(", ");
    if new.is_empty() && old.len() > 1 {
        return "back to the sample as it was loaded".to_owned();
    }
    match (new.strip_prefix(old), old.strip_prefix(new)) {
        (Some(made), _) => said(made),
        (None, Some(undone)) => format!("taken back: {}", said(undone)),
        (None, None) => said(new),
    }
}

fn edit(edit: &Edit) -> String {
    let set = |name: &str, value: &Option<String>| match value {
        Some(value) => format!("set {name} = {value}"),
        None => format!("cleared {name}"),
    };
    match edit {
        Edit::User(user) => set("user", user),
        Edit::SessionId(session) => set("session_id", session),
        Edit::SetKey { key, value } => format!("set {key} = {}", value.shown()),
        Edit::RemoveKey(key) => format!("deleted {key}"),
        Edit::RenameKey { from, to } => format!("renamed {from} to {to}"),
        Edit::ReplaceTrace(_) => "wrote the trace anew".to_owned(),
        Edit::Together(edits) => {
            let all: Vec<String> = edits.iter().map(self::edit).collect();
            all.join(", ")
        }
    }
}
