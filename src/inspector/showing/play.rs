//! A demonstration script that plays on the screen, at the pace of a person who is followed with ease. It waits before each
//! chapter, so that whoever presents has the word; it can be hurried, and left at any time: the screen is theirs then.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::display;
use crate::inspector::keys::script::ScriptStep;
use crate::inspector::{Command, Effect, Env, Keymap, Model, Msg};

/// How long a text is waited for before Space goes on without it: an answer takes less, and who hurries does not pass over
/// it by mistake. Chosen.
const LATE: Duration = Duration::from_secs(3);

/// Columns of a text that is waited for, as far as it is quoted.
const QUOTED: usize = 24;

/// Said to whoever presses a key while a text is waited for.
const WAITS: &str = "a script plays: it waits for the text named above; Esc takes over";

fn quoted(text: &str) -> String {
    display::clip(text, QUOTED)
}

/// A script that plays.
#[derive(Debug, Clone)]
pub struct Playing {
    steps: Vec<ScriptStep>,
    /// The step that comes next.
    at: usize,
    /// What is waited for before it is done.
    rest: Rest,
    /// Tells one rest from another.
    number: u64,
    /// What the script says.
    caption: String,
    /// The chapter: its number, from 1, and its title.
    chapter: Option<(usize, String)>,
    chapters: usize,
    /// The person's own keys, which are there again afterwards: a script's are those of the table.
    keymap: Keymap,
    /// Whether a text stands on the screen. Drawing knows of scripts, so they don't know of drawing.
    shows: fn(&Model, &str) -> bool,
}

/// What a script waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rest {
    /// That time passes.
    For(Duration),
    /// That this text stands on the screen.
    Text(String),
    /// The same, for so long that it may never come.
    LateText(String),
    /// That what is looked for was looked for to the end.
    Busy,
    /// That the person goes on, before a chapter.
    Person,
    /// Nothing any more: it is over.
    Over,
}

impl Playing {
    fn rests(&mut self, rest: Rest) {
        self.rest = rest;
        self.number += 1;
    }

    /// What is said, and what Space does.
    pub(super) fn says(&self) -> (String, String) {
        let hint = match &self.rest {
            Rest::For(_) => "Space skips ahead · Esc takes over".to_owned(),
            Rest::Busy => "looking … · Esc takes over".to_owned(),
            Rest::Text(text) => format!("waits for \"{}\" · Esc takes over", quoted(text)),
            Rest::LateText(text) => {
                format!("no \"{}\" yet · Space skips it", quoted(text))
            }
            Rest::Person => "Space goes on · Esc takes over".to_owned(),
            Rest::Over => "the end · Space or Esc: it is yours · q leaves".to_owned(),
        };
        (self.caption.clone(), hint)
    }

    /// What Space does, in a word or two; nothing while it does nothing.
    pub(crate) const fn space_does(&self) -> Option<&'static str> {
        match &self.rest {
            Rest::For(_) => Some("skip ahead"),
            Rest::Text(_) | Rest::Busy => None,
            Rest::LateText(_) => Some("skip it"),
            Rest::Person => Some("go on"),
            Rest::Over => Some("end"),
        }
    }

    /// The chapter that plays: its number, of how many, and its title. Before the next one begins, that one.
    pub(super) fn chapter(&self) -> Option<(usize, usize, &str)> {
        let (number, title) = self.chapter.as_ref()?;
        Some((*number, self.chapters, title))
    }
}

impl Model {
    /// Begins a script. `shows` says whether a text stands on the screen.
    pub(crate) fn begin_script(
        &mut self,
        steps: Vec<ScriptStep>,
        shows: fn(&Model, &str) -> bool,
        env: &Env,
    ) -> Vec<Effect> {
        let chapters = steps.iter();
        let chapters = chapters.filter(|step| matches!(step, ScriptStep::Chapter(_)));
        let keymap = std::mem::take(&mut self.keymap);
        self.playing = Some(Box::new(Playing {
            chapters: chapters.count(),
            steps,
            at: 0,
            rest: Rest::For(Duration::ZERO),
            number: 0,
            caption: String::new(),
            chapter: None,
            keymap,
            shows,
        }));
        let effects = self.play_on(false, env);
        self.settle();
        effects
    }

    /// How long the script that plays rests now, and a number that tells this rest from others.
    pub fn rest(&self) -> Option<(u64, Duration)> {
        let playing = self.playing.as_ref()?;
        match playing.rest {
            Rest::For(time) => Some((playing.number, time)),
            Rest::Busy => Some((playing.number, Duration::ZERO)),
            Rest::Text(_) => Some((playing.number, LATE)),
            Rest::LateText(_) | Rest::Person | Rest::Over => None,
        }
    }

    /// Lets something happen while a script plays.
    pub(crate) fn update_playing(&mut self, msg: Msg, env: &Env) -> Vec<Effect> {
        let Some(playing) = &self.playing else {
            return Vec::new();
        };
        match msg {
            Msg::Key(key) => self.key_while_playing(&key, env),
            Msg::Rested(number) if number == playing.number => {
                if let Rest::Text(text) = &playing.rest
                    && !self.shows(text)
                {
                    self.wait_longer();
                    return Vec::new();
                }
                let is_rested = playing.rest != Rest::Busy;
                let effects = self.play_on(is_rested, env);
                self.settle();
                effects
            }
            Msg::Rested(_)
            | Msg::Paste(_)
            | Msg::Click(..)
            | Msg::Drag(..)
            | Msg::Release
            | Msg::Wheel(..) => Vec::new(),
            msg => {
                let mut effects = self.take_in(msg, env);
                let waited = self.playing.as_ref().map(|playing| playing.rest.clone());
                if let Some(Rest::Text(text) | Rest::LateText(text)) = waited
                    && self.shows(&text)
                {
                    effects.extend(self.play_on(true, env));
                }
                effects
            }
        }
    }

    fn key_while_playing(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        let rest = self.playing.as_ref().map(|playing| playing.rest.clone());
        let is_break =
            key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        let goes_on = matches!(
            key.code,
            KeyCode::Char(' ') | KeyCode::Right | KeyCode::Enter | KeyCode::PageDown
        );
        match rest {
            // Enter goes on as well, and whoever presses it once more does something else with it.
            Some(Rest::Over) if key.code == KeyCode::Char(' ') => self.stop_script(),
            Some(Rest::Over) if !is_break && self.keymap.command(key) == Some(Command::Quit) => {
                self.stop_script();
                self.windows.close_all();
                return self.run(Command::Quit, env);
            }
            _ if key.code == KeyCode::Esc || is_break => self.stop_script(),
            Some(Rest::For(_) | Rest::Person) if goes_on => {
                let effects = self.play_on(true, env);
                self.settle();
                return effects;
            }
            Some(Rest::LateText(_)) if key.code == KeyCode::Char(' ') => {
                if let Some(playing) = &mut self.playing {
                    playing.at += 1;
                }
                let effects = self.play_on(false, env);
                self.settle();
                return effects;
            }
            _ if self.keymap.command(key) == Some(Command::Suspend) => {
                return vec![Effect::Suspend];
            }
            Some(Rest::Text(_)) => {
                self.notice = Some(WAITS.to_owned());
            }
            Some(Rest::LateText(_)) => {
                let says = "a script plays: Space skips the text; Esc takes over";
                self.notice = Some(says.to_owned());
            }
            _ => {
                let says = "a script plays: Space goes on, Esc takes over";
                self.notice = Some(says.to_owned());
            }
        }
        Vec::new()
    }

    /// Ends the script; what is on the screen is the person's.
    fn stop_script(&mut self) {
        if let Some(playing) = self.playing.take() {
            self.keymap = playing.keymap;
            // The script's words are no answer of the person's: Enter must not do what it filled in.
            self.prompt = None;
            self.windows.close_asking();
            self.notice = Some("the script has ended here; all keys are yours".to_owned());
            self.settle();
        }
    }

    /// Does what comes next until something has to be waited for. `is_rested` says that what stood before the next step
    /// was waited for.
    fn play_on(&mut self, mut is_rested: bool, env: &Env) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.playing.is_some() {
            // A slice at a time, so that keys and whoever watches are not kept waiting.
            if self.is_busy() {
                effects.extend(self.take_in(Msg::Continue, env));
                if let Some(playing) = &mut self.playing {
                    playing.rests(Rest::Busy);
                }
                return effects;
            }
            let Some(playing) = &mut self.playing else {
                return effects;
            };
            let Some(step) = playing.steps.get(playing.at).cloned() else {
                playing.rests(Rest::Over);
                return effects;
            };
            if !is_rested && let Some(rest) = playing.rest_before(&step) {
                playing.rests(rest);
                return effects;
            }
            is_rested = false;
            let msg = match step {
                ScriptStep::Wait(text) if !self.shows(&text) => {
                    if let Some(playing) = &mut self.playing {
                        playing.rests(Rest::Text(text));
                    }
                    return effects;
                }
                ScriptStep::Key(key) | ScriptStep::Typed(key) => Some(Msg::Key(key)),
                ScriptStep::Run(command) => Some(Msg::Run(command)),
                ScriptStep::Paste(text) => Some(Msg::Paste(text)),
                ScriptStep::Chapter(title) => {
                    self.begin_chapter(title);
                    None
                }
                ScriptStep::Wait(_) | ScriptStep::Caption(_) | ScriptStep::Pause(_) => None,
            };
            if let Some(playing) = &mut self.playing {
                playing.at += 1;
            }
            if let Some(msg) = msg {
                effects.extend(self.take_in(msg, env));
            }
        }
        effects
    }

    /// From now on the text that is waited for is told to be late.
    fn wait_longer(&mut self) {
        if let Some(playing) = &mut self.playing
            && let Rest::Text(text) = playing.rest.clone()
        {
            playing.rests(Rest::LateText(text));
            // By now Space does something else than that.
            self.notice = self.notice.take().filter(|notice| notice != WAITS);
        }
    }

    fn begin_chapter(&mut self, title: String) {
        if let Some(playing) = &mut self.playing {
            // What was said belongs to the chapter before.
            playing.caption.clear();
            let number = playing.chapter.as_ref().map_or(1, |(number, _)| number + 1);
            playing.chapter = Some((number, title));
        }
    }

    /// Whether a text stands on the screen.
    fn shows(&self, text: &str) -> bool {
        let playing = self.playing.as_ref();
        playing.is_some_and(|playing| (playing.shows)(self, text))
    }
}

impl Playing {
    /// What has to be waited for before a step is done; a caption is read before the next one.
    fn rest_before(&mut self, step: &ScriptStep) -> Option<Rest> {
        match step {
            ScriptStep::Chapter(_) => self.chapter.is_some().then_some(Rest::Person),
            ScriptStep::Caption(text) => {
                self.caption.clone_from(text);
                (!text.is_empty()).then(|| Rest::For(step.takes()))
            }
            ScriptStep::Wait(_) => None,
            ScriptStep::Key(_)
            | ScriptStep::Typed(_)
            | ScriptStep::Run(_)
            | ScriptStep::Paste(_)
            | ScriptStep::Pause(_) => Some(Rest::For(step.takes())),
        }
    }
}
