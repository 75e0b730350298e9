//! What can be done where one is, in the words of that place: the hint bar and the head of the help read
//! it. Commands come with the keys of the key table, rebound ones too; only where text is typed are there
//! keys that are no commands.

use crate::display;
use crate::inspector::prompt::Asks;
use crate::inspector::windows::destination::{Choice, Row, Test};
use crate::inspector::windows::history::HistoryWindow;
use crate::inspector::windows::live;
use crate::inspector::windows::send;
use crate::inspector::windows::send_all;
use crate::inspector::{Command, Model, Overlay, Pane};

/// A key, and what it does here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What there is to remark before it; left out where there is no room.
    pub remark: String,
    /// The key as people write it; two where they belong together.
    pub key: String,
    /// What it does, in a word or two.
    pub does: &'static str,
}

/// The hints of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The most useful first; what does not fit is left out.
    pub first: Vec<Hint>,
    /// What is always in sight: the way out, and the help.
    pub last: Vec<Hint>,
    /// Whether they stand close together, to have room for more.
    pub is_tight: bool,
}

/// What a hint is about.
enum Of {
    One(Command, &'static str),
    Two(Command, Command, &'static str),
    /// A key that is no command, since text is typed.
    Key(&'static str, &'static str),
}

use Of::{Key, One, Two};

const SCROLL: Of = Two(Command::Down, Command::Up, "scroll");

impl Overlay {
    /// What it is, in a sentence.
    pub const fn name(&self) -> &'static str {
        match self {
            Overlay::Help(_) => "the help",
            Overlay::Compare(_) => "the comparison",
            Overlay::Send(_) => "the test trace",
            Overlay::Inbox(_) => "the sink's inbox",
            Overlay::Overview(_) => "the overview",
            Overlay::Dropped(_) => "what is not in the event",
            Overlay::Destination(_) => "the destination",
            Overlay::Live => "the request through OpenRouter",
            Overlay::SendAll => "sending all",
            Overlay::History(_) => "the history",
            Overlay::Left(_) => "what was not answered",
            Overlay::Detail(_) => "the value in full",
            Overlay::Findings(_) => "the findings",
            Overlay::Problems(_) => "the problems",
            Overlay::Palette(..) => "the commands",
        }
    }
}

impl Model {
    /// The hints of the place that keys go to.
    pub fn hints(&self) -> Hints {
        let is_helped = matches!(self.overlay, Some(Overlay::Help(_)));
        if let Some(typed) = self.hints_of_typing().filter(|_| !is_helped) {
            return typed;
        }
        if let Some(window) = &self.overlay {
            return self.hints_of_window(window);
        }
        Hints {
            is_tight: self.is_tight(),
            ..self.written(
                self.of_panes(),
                [One(Command::Help, "help"), One(Command::Quit, "quit")],
            )
        }
    }

    /// The hints of an open window.
    pub fn hints_of_window(&self, window: &Overlay) -> Hints {
        let first = self.of_window(window);
        let is_typed = window.is_typed();
        let leaves = self.leaving(window);
        let mut hints = match (is_typed, window) {
            (true, _) => self.written(first, [Key("Esc", leaves)]),
            (false, Overlay::Help(_)) => self.written(first, [One(Command::Close, leaves)]),
            (false, _) => self.written(
                first,
                [One(Command::Close, leaves), One(Command::Help, "help")],
            ),
        };
        if is_typed {
            hints.last.extend(self.help_while_typing());
        }
        hints
    }

    /// Where text is typed over the panes: in a line that is asked for, a field, the search.
    fn hints_of_typing(&self) -> Option<Hints> {
        let editor = self.trace.editor.as_ref();
        let would_be = editor.and_then(|editor| Some((editor, editor.would_be()?)));
        let (first, leaves): (Vec<Of>, _) = if let Some(prompt) = &self.prompt {
            let mut all = vec![Key("⏎", prompt.asks.does())];
            if matches!(prompt.asks, Asks::Pointer | Asks::Filter) {
                all.push(Key("Tab", "complete"));
            }
            (all, "leave")
        } else if self.trace.raw.is_some() {
            (of_raw(), "cancel")
        } else if let Some(editor) = editor {
            let kind = match would_be {
                Some((_, kind)) => Some(kind.name()),
                None => editor.may_be_json().then_some("text or JSON"),
            };
            let mut all = vec![Key("⏎", "keep")];
            all.extend(kind.map(|kind| Key("^T", kind)));
            all.push(Key("Tab", "next"));
            (all, "cancel")
        } else if self.search.typing.is_some() {
            (vec![Key("⏎", "search")], "leave")
        } else {
            return None;
        };
        let mut hints = self.written(first, [Key("Esc", leaves)]);
        if self.prompt.is_none() {
            hints.last.extend(self.help_while_typing());
        }
        // It is easily taken for what it looks like.
        if let (Some((editor, _)), Some(hint)) = (would_be, hints.first.get_mut(1)) {
            let text = display::clip(editor.input.value(), 16);
            hint.remark = format!("text \"{text}\" · ");
        }
        Some(hints)
    }

    /// Help by a key that cannot be text, if it has one.
    fn help_while_typing(&self) -> Option<Hint> {
        let is_function = |key: &&str| key.len() > 1 && key.starts_with('f');
        let key = self.keymap.keys(Command::Help).find(is_function)?;
        Some(Hint {
            remark: String::new(),
            key: crate::inspector::keys::keymap::pretty(key),
            does: "help",
        })
    }

    fn written(&self, first: Vec<Of>, last: impl IntoIterator<Item = Of>) -> Hints {
        let write = |of: Of| {
            let shown = |command| self.keymap.shown(command);
            let (key, does) = match of {
                One(command, does) => (shown(command), does),
                Two(one, other, does) => (format!("{} {}", shown(one), shown(other)), does),
                Key(key, does) => (key.to_owned(), does),
            };
            let key = key.trim().to_owned();
            let remark = String::new();
            (!key.is_empty()).then_some(Hint { remark, key, does })
        };
        Hints {
            first: first.into_iter().filter_map(write).collect(),
            last: last.into_iter().filter_map(write).collect(),
            is_tight: false,
        }
    }

    /// What the focused pane's own commands do, in whole sentences.
    pub fn hints_of_pane(&self) -> Vec<Hint> {
        let own = own_of(self.focus).iter();
        let own = own.map(|command| One(*command, command.entry().help));
        self.written(own.collect(), []).first
    }

    /// Whether there is little room for the hints of a pane.
    const fn is_tight(&self) -> bool {
        self.size.0 < 100
    }

    fn of_panes(&self) -> Vec<Of> {
        let own = own_of(self.focus).iter();
        let own = own.map(|command| One(*command, command.entry().hint));
        let common = [
            Command::TogglePrivacy,
            Command::Compare,
            Command::Send,
            Command::NextPane,
        ];
        let later = [
            Command::LastSend,
            Command::SendAll,
            Command::Destination,
            Command::History,
            Command::Inbox,
        ];
        let was_sent = !self.sendings.is_empty() || self.all.is_some();
        let later = later.into_iter();
        let later = later.filter(|command| was_sent || *command != Command::LastSend);
        let hinted = |command: Command| One(command, command.entry().hint);
        // What is needed most is in sight at 80 columns, in short words there.
        let short = |command: Command, word| match self.is_tight() {
            true => One(command, word),
            false => hinted(command),
        };
        let (first, mut rest) = match self.focus {
            Pane::Trace => {
                let needed = [
                    One(Command::Open, "edit"),
                    short(Command::AddKey, "add"),
                    hinted(Command::DeleteKey),
                    hinted(Command::Undo),
                    hinted(Command::Send),
                    hinted(Command::NextPane),
                    short(Command::Palette, "more"),
                ];
                let rest = [
                    Command::Redo,
                    Command::RenameKey,
                    Command::TogglePrivacy,
                    Command::Compare,
                ];
                (Vec::from(needed), rest.map(hinted).into_iter().collect())
            }
            Pane::List | Pane::Source | Pane::Event => {
                let mut needed = vec![hinted(Command::Open), short(Command::EditTrace, "edit")];
                needed.extend(common.map(hinted));
                needed.push(short(Command::Palette, "more"));
                (needed, own.skip(1).collect::<Vec<Of>>())
            }
        };
        rest.extend(later.map(hinted));
        first.into_iter().chain(rest).collect()
    }

    fn of_window(&self, window: &Overlay) -> Vec<Of> {
        match window {
            Overlay::Help(_) => vec![SCROLL],
            Overlay::Compare(_) => vec![
                One(Command::Open, "go there"),
                One(Command::CompareMode, "against"),
                Two(Command::NextMatch, Command::PreviousMatch, "difference"),
                Two(
                    Command::NextCompletion,
                    Command::PreviousCompletion,
                    "completion",
                ),
                One(Command::CopyEvent, "copy event"),
            ],
            Overlay::Send(_) => self.of_sending(),
            Overlay::Inbox(_) if self.received.is_empty() => Vec::new(),
            Overlay::Inbox(_) => vec![One(Command::Open, "in full")],
            Overlay::Overview(_) => vec![
                One(Command::Open, "list these"),
                Two(Command::Left, Command::Right, "column"),
            ],
            Overlay::Dropped(_) => vec![
                One(Command::Open, "go there"),
                Two(Command::NextMatch, Command::PreviousMatch, "reason"),
                One(Command::CopyValue, "copy value"),
                One(Command::CopyPointer, "copy pointer"),
            ],
            Overlay::Destination(form) => {
                let mut all = vec![Key("Tab", "next")];
                all.extend(match form.row {
                    Row::Choice => Some(Key("← →", "choose")),
                    Row::Privacy | Row::Enabled => Some(Key("Space", "switch")),
                    Row::Use => Some(Key("⏎", "use")),
                    Row::BaseUrl | Row::WriteKey | Row::Project | Row::DefaultUser => None,
                    Row::Test | Row::Save => None,
                });
                all.push(Key("^T", "test connection"));
                if form.test == Test::Passed && form.choice != Choice::Sink {
                    all.push(Key("^S", "save"));
                }
                all
            }
            Overlay::Live => self.of_live(),
            Overlay::SendAll => self.of_sending_all(),
            Overlay::History(window) => of_history(window),
            Overlay::Left(_) => vec![
                One(Command::Open, "send again"),
                One(Command::DeleteKey, "forget"),
            ],
            Overlay::Detail(detail) => {
                let mut all = vec![
                    One(Command::CopyValue, "copy"),
                    One(Command::Search, "search"),
                ];
                if !detail.found.is_empty() {
                    all.push(Two(Command::NextMatch, Command::PreviousMatch, "match"));
                }
                all.push(SCROLL);
                all
            }
            Overlay::Findings(_) => vec![
                One(Command::Open, "go there"),
                One(Command::CopyValue, "copy"),
            ],
            Overlay::Problems(_) => vec![SCROLL],
            Overlay::Palette(..) => vec![Key("⏎", "do it"), Key("↑ ↓", "choose")],
        }
    }

    fn of_sending(&self) -> Vec<Of> {
        match self.sendings.last().map(|sending| &sending.stage) {
            None => Vec::new(),
            Some(send::Stage::Confirming) => {
                vec![
                    One(Command::Open, "send"),
                    One(Command::CopyCurl, "copy curl"),
                ]
            }
            Some(send::Stage::Sending | send::Stage::Waiting { .. }) => {
                vec![One(Command::LastSend, "hide"), SCROLL]
            }
            Some(send::Stage::Failed) => vec![
                One(Command::Send, "send another"),
                One(Command::Destination, "destination"),
                One(Command::History, "history"),
                SCROLL,
            ],
            Some(send::Stage::Accepted | send::Stage::Cancelled) => {
                let mut all = vec![One(Command::Send, "send another")];
                if self.sends_to_own_sink() {
                    all.push(One(Command::Inbox, "sink inbox"));
                }
                all.push(One(Command::History, "history"));
                all.push(SCROLL);
                all
            }
        }
    }

    fn of_sending_all(&self) -> Vec<Of> {
        match self.all.as_ref().map(|all| &all.stage) {
            None => Vec::new(),
            Some(send_all::Stage::Confirming) => vec![One(Command::Open, "send all")],
            Some(send_all::Stage::Sending | send_all::Stage::Stopping) => {
                vec![One(Command::SendAll, "hide"), One(Command::Open, "go to")]
            }
            Some(send_all::Stage::Ended(_)) => vec![
                One(Command::Open, "go to"),
                One(Command::SendAll, "send again"),
                One(Command::History, "history"),
            ],
        }
    }

    fn of_live(&self) -> Vec<Of> {
        match self.live.as_ref().map(|live| &live.stage) {
            Some(live::Stage::Confirming) => {
                vec![One(Command::Open, "make the request"), SCROLL]
            }
            Some(live::Stage::Failed(_) | live::Stage::Cancelled) => {
                vec![One(Command::AskOpenRouter, "ask again")]
            }
            None | Some(live::Stage::Waiting | live::Stage::Arriving) => Vec::new(),
        }
    }

    /// What the key that closes does to a window.
    fn leaving(&self, window: &Overlay) -> &'static str {
        let all = self.all.as_ref().map(|all| &all.stage);
        match window {
            Overlay::Send(_) if self.is_sending() => "stop",
            Overlay::SendAll if all == Some(&send_all::Stage::Sending) => "stop",
            Overlay::SendAll if all == Some(&send_all::Stage::Stopping) => "stop at once",
            Overlay::Live if self.live.as_ref().is_some_and(live::Live::is_under_way) => {
                "break off"
            }
            Overlay::History(window) if window.shown.is_some() => "back",
            Overlay::History(window) if window.is_searched() => "all",
            Overlay::Left(_) => "later",
            _ if self.window_beneath().is_some() => "back",
            _ => "close",
        }
    }
}

/// The commands that a pane is for, the most useful first.
const fn own_of(pane: Pane) -> &'static [Command] {
    match pane {
        Pane::List => &[Command::Open, Command::Filter, Command::Sort],
        Pane::Trace => &[
            Command::EditTrace,
            Command::AddKey,
            Command::DeleteKey,
            Command::Undo,
            Command::Redo,
            Command::RenameKey,
        ],
        Pane::Source | Pane::Event => &[
            Command::Open,
            Command::ToggleFold,
            Command::Detail,
            Command::Search,
        ],
    }
}

/// What the editor of the whole trace can do, the most needed first.
fn of_raw() -> Vec<Of> {
    vec![
        Key("^S", "keep"),
        One(Command::EditOutside, Command::EditOutside.entry().hint),
        Key("^Z", "undo"),
        Key("^Y", "redo"),
        Key("^U", "delete line"),
        Key("^W", "delete word"),
        Key("^K", "delete rest"),
        Key("^← ^→", "by word"),
        Key("^Home ^End", "first, last line"),
    ]
}

fn of_history(window: &HistoryWindow) -> Vec<Of> {
    if window.is_typing {
        return vec![Key("⏎", "search")];
    }
    let again = [
        One(Command::Send, "send again"),
        One(Command::EditSent, "edit as a new sample"),
    ];
    match (&window.shown, window.record()) {
        (Some(_), _) => again.into_iter().chain([SCROLL]).collect(),
        (None, Some(_)) => [One(Command::Open, "in full")]
            .into_iter()
            .chain(again)
            .chain([One(Command::Search, "search")])
            .collect(),
        (None, None) if window.is_searched() => vec![One(Command::Search, "search")],
        (None, None) => Vec::new(),
    }
}
