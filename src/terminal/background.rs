//! Whether the terminal's background is dark or light: it is asked (OSC 11), and its answer is taken out of what
//! is typed. The answer comes among the keys, at any time or never, whole or in pieces, so nothing waits for it.
//!
//! The crates that ask (terminal-colorsaurus, termbg) read the terminal themselves and wait: before the first
//! frame that delays it, and after it they take keys away from crossterm's reader.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The question.
pub const QUERY: &[u8] = b"\x1b]11;?\x1b\\";

/// What an answer begins with, behind the escape that introduces it: `ESC ] 11 ; rgb:1e1e/1e1e/1e1e ESC \`.
const BEGINS: &str = "11;";

/// Characters of a colour that are read; what is longer is no answer.
const LONGEST: usize = 32;

/// The terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Text is lighter than it.
    Dark,
    /// Text is darker than it.
    Light,
}

impl Background {
    /// What `COLORFGBG` says, as some terminals set it: the numbers of two colours, the background's last.
    pub fn of_variable(value: &str) -> Option<Background> {
        match value.rsplit(';').next()?.parse().ok()? {
            7 | 9..=15 => Some(Background::Light),
            0..=6 | 8 => Some(Background::Dark),
            16u8.. => None,
        }
    }

    /// What a colour is, written as X11 does: `rgb:RR/GG/BB`, one to four digits each, or `rgba:` with a fourth.
    fn of_colour(text: &str) -> Option<Background> {
        let parts = text.strip_prefix("rgb:").or(text.strip_prefix("rgba:"))?;
        let share = |digits: &str| {
            let most = match digits.len() {
                length @ 1..=4 => 16u32.pow(u32::try_from(length).ok()?) - 1,
                _ => return None,
            };
            Some(u32::from_str_radix(digits, 16).ok()? * 1000 / most)
        };
        let mut parts = parts.split('/').map(share);
        let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
        // How bright each looks, in thousandths (ITU-R BT.601).
        let brightness = (299 * red + 587 * green + 114 * blue) / 1000;
        Some(match brightness {
            0..=500 => Background::Dark,
            _ => Background::Light,
        })
    }
}

/// Takes the answer out of the events of the terminal.
#[derive(Debug, Default)]
pub struct Answer {
    state: State,
    /// Keys that may be the beginning of it.
    held: Vec<Event>,
    colour: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was asked, or it was answered.
    #[default]
    Deaf,
    /// It may come.
    Waits,
    /// It may have begun: its first byte by itself is the key Esc, which is passed on.
    AfterEscape,
    /// So many characters of [`BEGINS`] were there.
    Begins(usize),
    /// The colour.
    Colour,
    /// The first of the two bytes that end it was there.
    Ends,
}

impl Answer {
    /// Waits for one from now on, however long it takes.
    pub fn wait(&mut self) {
        self.state = State::Waits;
    }

    /// Whether one may still come.
    pub fn is_awaited(&self) -> bool {
        self.state != State::Deaf
    }

    /// Takes an event. Gives what is to be done for it, and the background once that is answered.
    pub fn take(&mut self, event: Event) -> (Vec<Event>, Option<Background>) {
        let Event::Key(key) = &event else {
            return (vec![event], None);
        };
        if self.state == State::Deaf || key.kind == KeyEventKind::Release {
            return (vec![event], None);
        }
        let key = *key;
        match self.state {
            State::Begins(at) => self.begun(at, &key, event),
            State::Colour if is_bell(&key) || is_terminator(&key) => self.ended(),
            State::Colour if key.code == KeyCode::Esc => {
                self.state = State::Ends;
                (Vec::new(), None)
            }
            State::Colour => match key.code {
                KeyCode::Char(c)
                    if (c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '#'))
                        && self.colour.len() < LONGEST =>
                {
                    self.colour.push(c);
                    (Vec::new(), None)
                }
                // The rest of it was lost.
                _ => {
                    self.again();
                    (vec![event], None)
                }
            },
            State::Ends if key.code == KeyCode::Char('\\') => self.ended(),
            State::Ends => {
                let (_, found) = self.ended();
                (vec![event], found)
            }
            State::AfterEscape if is_plain(&key, ']') => self.hold(event),
            State::Deaf | State::Waits | State::AfterEscape => {
                let is_introduced =
                    key.code == KeyCode::Char(']') && key.modifiers == KeyModifiers::ALT;
                if is_introduced {
                    return self.hold(event);
                }
                self.state = match key.code {
                    KeyCode::Esc => State::AfterEscape,
                    _ => State::Waits,
                };
                (vec![event], None)
            }
        }
    }

    fn hold(&mut self, event: Event) -> (Vec<Event>, Option<Background>) {
        self.held.push(event);
        self.state = State::Begins(0);
        (Vec::new(), None)
    }

    fn begun(
        &mut self,
        at: usize,
        key: &KeyEvent,
        event: Event,
    ) -> (Vec<Event>, Option<Background>) {
        let expected = BEGINS.as_bytes()[at];
        self.held.push(event);
        if !is_plain(key, char::from(expected)) {
            // It was typed.
            self.state = State::Waits;
            return (std::mem::take(&mut self.held), None);
        }
        self.state = match at + 1 {
            next if next < BEGINS.len() => State::Begins(next),
            _ => State::Colour,
        };
        (Vec::new(), None)
    }

    fn again(&mut self) {
        self.held.clear();
        self.colour.clear();
        self.state = State::Waits;
    }

    fn ended(&mut self) -> (Vec<Event>, Option<Background>) {
        let found = Background::of_colour(&self.colour);
        self.again();
        self.state = State::Deaf;
        (Vec::new(), found)
    }
}

fn is_plain(key: &KeyEvent, c: char) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers.is_empty()
}

/// `ESC \` at once is this key.
fn is_terminator(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('\\') && key.modifiers == KeyModifiers::ALT
}

/// The other end of an answer, BEL, is this key.
fn is_bell(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('g') && key.modifiers == KeyModifiers::CONTROL
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What crossterm makes of the bytes, where `|` says that what follows came later.
    fn events(text: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (code, modifiers) = match c {
                '|' => continue,
                '\x07' => (KeyCode::Char('g'), KeyModifiers::CONTROL),
                '\x1b' => match chars.next_if(|next| *next != '|') {
                    Some(next) => (KeyCode::Char(next), KeyModifiers::ALT),
                    None => (KeyCode::Esc, KeyModifiers::NONE),
                },
                c => (KeyCode::Char(c), KeyModifiers::NONE),
            };
            events.push(Event::Key(KeyEvent::new(code, modifiers)));
        }
        events
    }

    /// What is passed on of some input, and the answer in it.
    fn taken(text: &str) -> (String, Option<Background>) {
        let mut answer = Answer::default();
        answer.wait();
        let (mut typed, mut found) = (String::new(), None);
        for event in events(text) {
            let (passed, answered) = answer.take(event);
            found = found.or(answered);
            for event in passed {
                let Event::Key(key) = event else { continue };
                if key.modifiers == KeyModifiers::ALT {
                    typed.push_str("Alt+");
                }
                match key.code {
                    KeyCode::Char(c) => typed.push(c),
                    _ => typed.push_str("Esc"),
                }
            }
        }
        (typed, found)
    }

    #[test]
    fn the_answer_is_taken_out_of_what_is_typed() {
        const DARK: Option<Background> = Some(Background::Dark);
        const LIGHT: Option<Background> = Some(Background::Light);
        let check = |text: &str, typed: &str, found: Option<Background>| {
            assert_eq!(taken(text), (typed.to_owned(), found), "{text:?}");
        };
        check("\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "", DARK);
        check("\x1b]11;rgb:ffff/ffff/f0f0\x07", "", LIGHT);
        check("\x1b]11;rgba:00/00/00/ff\x07", "", DARK);
        check("\x1b]11;rgb:f/f/f\x07", "", LIGHT);
        check("jk\x1b]11;rgb:0/0/0\x1b\\jk", "jkjk", DARK);
        // In pieces, down to single bytes: what begins it is then a key that does nothing here.
        check("j\x1b|]|1|1|;|r|g|b|:|0|/|0|/|0|\x1b|\\k", "jEsck", DARK);
        check("\x1b]11;r|gb:ff/ff/ff\x1b|\\", "", LIGHT);
        // Keys that look like its beginning.
        check("\x1b]", "", None);
        check("\x1b]q", "Alt+]q", None);
        check("\x1b]11q", "Alt+]11q", None);
        check("]11;x", "]11;x", None);
        check("\x1b|j]", "Escj]", None);
        // No colour that can be read.
        check("\x1b]11;?\x1b\\", "?Alt+\\", None);
        check("\x1b]11;rgb:zz/0/0\x07j", "j", None);
        check("\x1b]11;#ffffff\x07j", "j", None);
        // Once answered, such keys are keys again.
        check("\x1b]11;rgb:0/0/0\x07\x1b]1", "Alt+]1", DARK);
    }

    #[test]
    fn variables_of_some_terminals_tell_it() {
        let check = |value: &str, expected: Option<Background>| {
            assert_eq!(Background::of_variable(value), expected, "{value}");
        };
        check("15;0", Some(Background::Dark));
        check("0;15", Some(Background::Light));
        check("12;default;8", Some(Background::Dark));
        check("0;default", None);
        check("", None);
        check("1;300", None);
    }
}
