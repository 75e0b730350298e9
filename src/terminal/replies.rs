//! What the terminal itself says among the keys: strings that it was asked for, or that a multiplexer or another
//! program on the same line made it say (OSC, DCS, APC). crossterm gives them as keys; here they are taken out
//! again, whole or in pieces, as often as they come, and however long they are. The answer about the background is
//! one of them.
//!
//! Nothing is kept of a string but its beginning. One that never ends is over when nothing more comes for a while,
//! or with a key that can't be in one, so no key is lost to it for long.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::background::Background;

/// How far apart the first characters of a string come at most: a terminal writes them at once, a person doesn't
/// type them this fast. Chosen.
const TOGETHER: Duration = Duration::from_millis(50);

/// How far apart two characters of a string come at most; after that, keys are keys again. Chosen: longer than a
/// slow line holds back one of its packets, shorter than a person waits before pressing a key that did nothing.
const GAP: Duration = Duration::from_millis(300);

/// Bytes that are kept of a string: more than a colour takes.
const KEPT: usize = 40;

/// Takes the terminal's strings out of its events.
#[derive(Debug, Default)]
pub struct Replies {
    state: ReplyState,
    /// Keys that may belong to a string.
    held: Vec<Event>,
    /// The beginning of the string.
    text: String,
    /// Whether the background was asked for, and not answered yet.
    is_awaited: bool,
}

/// Where in a string the last event was, and when it came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum ReplyState {
    /// In none.
    #[default]
    Keys,
    /// The first byte of one may have been there by itself; that is the key Esc, which is passed on.
    Escape(Instant),
    /// The two bytes that introduce one were there; the key that they are is held.
    Introduced(char, Instant),
    /// Within one.
    Inside(Instant),
    /// The first of the two bytes that end one was there; it is held, as the key Esc.
    Ends(Instant),
}

impl Replies {
    /// Waits for the answer about the background from now on, however long it takes.
    pub fn wait(&mut self) {
        self.is_awaited = true;
    }

    /// Whether that answer may still come.
    pub fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    /// Whether a string is being read.
    pub fn is_within(&self) -> bool {
        matches!(self.state, ReplyState::Inside(_) | ReplyState::Ends(_))
    }

    /// When a string is over, and keys that are held are passed on, unless more comes before.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            ReplyState::Introduced(_, at) => Some(at + TOGETHER),
            ReplyState::Inside(at) | ReplyState::Ends(at) => Some(at + GAP),
            ReplyState::Keys | ReplyState::Escape(_) => None,
        }
    }

    /// The keys that are held, since nothing more came.
    pub fn release(&mut self) -> Vec<Event> {
        self.state = ReplyState::Keys;
        self.text.clear();
        std::mem::take(&mut self.held)
    }

    /// Takes an event. Gives what is to be done for it, and the background once that is answered.
    pub fn take(&mut self, event: Event, now: Instant) -> (Vec<Event>, Option<Background>) {
        let key = match &event {
            // Not the terminal's input, or the other half of what was taken.
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => {
                return (vec![event], None);
            }
            Event::Key(key) if key.kind == KeyEventKind::Release => return (vec![event], None),
            Event::Key(key) => *key,
            // These are sequences of their own, so a string before them is over.
            Event::Mouse(_) | Event::Paste(_) => return (self.released_with(event), None),
        };
        let is_soon = |at: Instant, within: Duration| now.duration_since(at) <= within;
        match self.state {
            ReplyState::Introduced(introducer, at)
                if is_soon(at, TOGETHER) && can_follow(introducer, &key) =>
            {
                self.held.clear();
                self.text.clear();
                self.add(introducer);
                self.inside(&key, event, now)
            }
            ReplyState::Inside(at) if is_soon(at, GAP) => self.inside(&key, event, now),
            ReplyState::Ends(at) if is_soon(at, GAP) && is_plain(&key, '\\') => self.ended(),
            ReplyState::Introduced(..) | ReplyState::Inside(_) | ReplyState::Ends(_) => {
                let is_after_escape = matches!(self.state, ReplyState::Ends(_));
                let mut passed = self.release();
                if is_after_escape {
                    self.state = ReplyState::Escape(now);
                }
                let (more, found) = self.take(event, now);
                passed.extend(more);
                (passed, found)
            }
            ReplyState::Escape(at)
                if is_soon(at, TOGETHER)
                    && key.modifiers - KeyModifiers::SHIFT == KeyModifiers::NONE =>
            {
                self.begin(&key, event, now)
            }
            ReplyState::Keys | ReplyState::Escape(_)
                if key.modifiers.contains(KeyModifiers::ALT) =>
            {
                self.begin(&key, event, now)
            }
            ReplyState::Keys | ReplyState::Escape(_) => {
                self.state = match key.code {
                    KeyCode::Esc => ReplyState::Escape(now),
                    _ => ReplyState::Keys,
                };
                (vec![event], None)
            }
        }
    }

    /// Holds the key that introduces a string; passes on any other.
    fn begin(
        &mut self,
        key: &KeyEvent,
        event: Event,
        now: Instant,
    ) -> (Vec<Event>, Option<Background>) {
        match key.code {
            KeyCode::Char(introducer @ (']' | 'P' | '_')) => {
                self.state = ReplyState::Introduced(introducer, now);
                self.held.push(event);
                (Vec::new(), None)
            }
            _ => {
                self.state = ReplyState::Keys;
                (vec![event], None)
            }
        }
    }

    fn inside(
        &mut self,
        key: &KeyEvent,
        event: Event,
        now: Instant,
    ) -> (Vec<Event>, Option<Background>) {
        let is_control =
            |c: char| key.code == KeyCode::Char(c) && key.modifiers == KeyModifiers::CONTROL;
        let is_terminator = key.code == KeyCode::Char('\\') && key.modifiers == KeyModifiers::ALT;
        if is_control('g') || is_terminator {
            return self.ended();
        }
        if key.code == KeyCode::Esc {
            self.state = ReplyState::Ends(now);
            self.held.push(event);
            return (Vec::new(), None);
        }
        let is_byte = matches!(
            key.code,
            KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace
        );
        // Who breaks off means the program; and what begins with an escape ends a string.
        if is_control('c') || !is_byte || key.modifiers.contains(KeyModifiers::ALT) {
            self.release();
            return self.take(event, now);
        }
        if let KeyCode::Char(c) = key.code {
            self.add(c);
        }
        self.state = ReplyState::Inside(now);
        (Vec::new(), None)
    }

    fn add(&mut self, c: char) {
        if self.text.len() + c.len_utf8() <= KEPT {
            self.text.push(c);
        }
    }

    /// A string has come to its end.
    fn ended(&mut self) -> (Vec<Event>, Option<Background>) {
        let answer = self.text.strip_prefix(']').filter(|_| self.is_awaited);
        let answer = answer.filter(|text| Background::is_answer(text));
        let found = answer.and_then(Background::of_answer);
        self.is_awaited &= answer.is_none();
        self.held.clear();
        self.release();
        (Vec::new(), found)
    }

    fn released_with(&mut self, event: Event) -> Vec<Event> {
        let mut events = self.release();
        events.push(event);
        events
    }
}

/// Whether a key may be the first of a string's own characters. Terminals begin the strings that they say with a
/// number or a letter (OSC), with a number or a sign before it (DCS), with a letter (APC).
fn can_follow(introducer: char, key: &KeyEvent) -> bool {
    let KeyCode::Char(c) = key.code else {
        return false;
    };
    let is_text = key.modifiers - KeyModifiers::SHIFT == KeyModifiers::NONE;
    is_text
        && match introducer {
            ']' => c.is_ascii_digit() || matches!(c, 'l' | 'L'),
            'P' => c.is_ascii_digit() || matches!(c, '>' | '!' | '$' | '+' | '?' | '='),
            _ => c.is_ascii_alphabetic(),
        }
}

fn is_plain(key: &KeyEvent, c: char) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What crossterm makes of the bytes, with how long after the last each came in milliseconds: `|` says that what
    /// follows was read later, `~` that it came 200 ms later, `¬` a second later.
    fn events(text: &str) -> Vec<(u64, Event)> {
        let mut events = Vec::new();
        let mut after = 0;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (code, modifiers) = match c {
                '|' => continue,
                '~' | '¬' => {
                    after = if c == '~' { 200 } else { 1000 };
                    continue;
                }
                '\x07' => (KeyCode::Char('g'), KeyModifiers::CONTROL),
                '\x03' => (KeyCode::Char('c'), KeyModifiers::CONTROL),
                '\r' => (KeyCode::Enter, KeyModifiers::NONE),
                '↑' => (KeyCode::Up, KeyModifiers::NONE),
                '\x1b' => match chars.next_if(|next| !matches!(next, '|' | '~' | '¬' | '\x1b')) {
                    Some(next @ 'P') => {
                        (KeyCode::Char(next), KeyModifiers::ALT | KeyModifiers::SHIFT)
                    }
                    Some(next) => (KeyCode::Char(next), KeyModifiers::ALT),
                    None => (KeyCode::Esc, KeyModifiers::NONE),
                },
                c if c.is_uppercase() => (KeyCode::Char(c), KeyModifiers::SHIFT),
                c => (KeyCode::Char(c), KeyModifiers::NONE),
            };
            events.push((
                std::mem::take(&mut after),
                Event::Key(KeyEvent::new(code, modifiers)),
            ));
        }
        events
    }

    /// What is passed on of some input, and the answer in it.
    fn taken(text: &str) -> (String, Option<Background>) {
        let mut replies = Replies::default();
        replies.wait();
        let mut now = Instant::now();
        let (mut typed, mut found) = (String::new(), None);
        let mut all = Vec::new();
        for (after, event) in events(text) {
            now += Duration::from_millis(after);
            if replies.deadline().is_some_and(|deadline| deadline < now) {
                all.extend(replies.release());
            }
            let (passed, answered) = replies.take(event, now);
            found = found.or(answered);
            all.extend(passed);
        }
        all.extend(replies.release());
        for event in all {
            let Event::Key(key) = event else { continue };
            if key.modifiers.contains(KeyModifiers::ALT) {
                typed.push_str("Alt+");
            }
            match key.code {
                KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => {
                    typed.push_str("^C")
                }
                KeyCode::Char(c) => typed.push(c),
                code => typed.push_str(&code.to_string()),
            }
        }
        (typed, found)
    }

    const DARK: Option<Background> = Some(Background::Dark);
    const LIGHT: Option<Background> = Some(Background::Light);

    #[track_caller]
    fn check(text: &str, typed: &str, found: Option<Background>) {
        assert_eq!(taken(text), (typed.to_owned(), found), "{text:?}");
    }

    #[test]
    fn an_answer_is_taken_out_of_what_is_typed() {
        check("\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "", DARK);
        check("\x1b]11;rgb:ffff/ffff/f0f0\x07", "", LIGHT);
        check("jk\x1b]11;rgb:0/0/0\x1b\\jk", "jkjk", DARK);
        // In pieces, down to single bytes: what begins it is then a key that was pressed.
        check("j\x1b|]|1|1|;|r|g|b|:|0|/|0|/|0|\x1b|\\k", "jEsck", DARK);
        check("\x1b]11;r|gb:ff/ff/ff\x1b|\\", "", LIGHT);
        check("\x1b]11;r~gb:ff/~ff/ff~\x1b|\\j", "j", LIGHT);
        // One that can't be read is none, and still no key.
        check("\x1b]11;?\x1b\\", "", None);
        check("\x1b]11;rgb:zz/0/0\x07j", "j", None);
        check("\x1b]11;#ffffff\x07j", "j", None);
    }

    /// Once more, late, and much of it.
    #[test]
    fn every_string_of_the_terminal_is_taken_out() {
        check("\x1b]11;rgb:0/0/0\x07\x1b]11;rgb:f/f/f\x07j", "j", DARK);
        check("\x1b]10;rgb:f/f/f\x07\x1b]11;rgb:0/0/0\x07", "", DARK);
        check(&format!("\x1b]11;{}\x07q", "p".repeat(3000)), "q", None);
        check("\x1b]l title of a window\x1b\\j", "j", None);
        check("\x1b]52;c;aGk=\x07j", "j", None);
        check("\x1bP>|XTerm(388)\x1b\\j", "j", None);
        check("\x1bP1$r0m\x1b\\j", "j", None);
        check("\x1b_Gi=31;OK\x1b\\j", "j", None);
        check("\x1b]11;a\rb\x07j", "j", None);
    }

    #[test]
    fn keys_that_look_like_a_string_are_keys() {
        check("\x1b]", "Alt+]", None);
        check("\x1b]q", "Alt+]q", None);
        check("\x1b]~11;x", "Alt+]11;x", None);
        check("\x1bPq", "Alt+Pq", None);
        check("]11;x", "]11;x", None);
        check("\x1b|j]", "Escj]", None);
        check("\x1b~]11;x", "Esc]11;x", None);
        check("\x1b\x1b]", "EscAlt+]", None);
    }

    #[test]
    fn a_string_without_an_end_keeps_no_key_for_long() {
        check("\x1b]11;rgb:ff¬q", "q", None);
        check("\x1b]11;rgb:ff¬\x1b¬q", "Escq", None);
        // A key that can't be in one ends it at once, and so does Esc, once no terminator follows.
        check("\x1b]11;rgb:ff↑j", "Upj", None);
        check("\x1b]11;rgb:ff\x03j", "^Cj", None);
        check("\x1b]11;rgb:ff\x1b~q", "Escq", None);
        check("\x1b]11;rgb:ff\x1b¬", "Esc", None);
        // One that was broken off by another.
        check("\x1b]11;rgb:ff\x1b]11;rgb:0/0/0\x07j", "j", DARK);
    }
}
