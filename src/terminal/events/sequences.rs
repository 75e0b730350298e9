//! A terminal's input in its parts: characters, escape sequences, and what was pasted. Where a sequence ends follows
//! from its form (ECMA-48) and never from a list of known ones, so one that nobody asked for or has heard of is a
//! part like any other, and the key after it is a key.
//!
//! Parsers of keys that were looked at (crossterm, termina, terminput) wait for the sequences they know: after a
//! report such as `ESC [ ? 997 ; 1 n` or `ESC [ ? 2026 ; 2 $ y`, the next keys are taken for more of it. A parser of
//! a terminal's output (vte) keeps to the form, but it can't say when the first byte of a sequence is the key Esc,
//! or that a sequence has been broken off.

use std::time::{Duration, Instant};

/// How far apart the first bytes of a sequence come at most: a terminal writes them at once, a person doesn't type
/// them this fast. Chosen.
const TOGETHER: Duration = Duration::from_millis(50);

/// How far apart two bytes of a sequence come at most; after that, keys are keys again. Chosen: longer than a
/// slow line holds back one of its packets, shorter than a person waits before pressing a key that did nothing.
const GAP: Duration = Duration::from_millis(300);

/// Bytes that are kept of a report or of a key's parameters: more than a colour or a key takes.
const KEPT: usize = 64;

/// Bytes of a paste at most; the rest of it is left out. Chosen: more than a record that can be loaded.
const MAX_PASTE: usize = 64 << 20;

/// What ends a paste.
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// The parameters of the sequence that begins a paste; its final byte is `~`.
const PASTE_BEGINS: &[u8] = b"200";

const ESC: u8 = 0x1b;

/// One part of a terminal's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sequence {
    /// A character, which may be a control character.
    Char(char),
    /// A character with the byte ESC before it: as terminals write it with the Alt key.
    Alt(char),
    /// The byte ESC by itself.
    Escape,
    /// A control sequence, `ESC [ parameters final`: its parameters with marks and intermediate bytes, and its
    /// final byte.
    Control(Vec<u8>, u8),
    /// A key of Linux' console, `ESC [ [ letter`.
    Console(u8),
    /// A key in application mode, `ESC O letter`.
    Single(u8),
    /// A mouse event in its oldest form, `ESC [ M` and three bytes.
    Mouse([u8; 3]),
    /// A string that the terminal says (OSC, DCS, APC, PM, SOS): what introduces it, and its beginning.
    Report(char, String),
    /// A text that was pasted (bracketed paste).
    Paste(String),
}

/// Takes a terminal's input apart, whatever pieces it comes in.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    state: State,
    /// What is kept of the part that has begun.
    text: Vec<u8>,
    /// When its last byte came.
    last: Option<Instant>,
    /// Whether the ESC that began it was given already, as the key Esc, since nothing came with it.
    is_escape_given: bool,
    /// Whether a string was cut behind an ESC, so that what comes next was not written with it.
    is_cut: bool,
}

/// In which part the input is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between two.
    #[default]
    Between,
    /// Behind the byte ESC.
    Escape,
    /// Within a character of several bytes, perhaps behind ESC.
    Char { is_alt: bool },
    /// Behind the bytes `ESC O`.
    Single,
    /// Within a control sequence.
    Control,
    /// Behind the bytes `ESC [ [`.
    Console,
    /// Within the three bytes of a mouse event.
    Mouse,
    /// Behind the two bytes that introduce a string.
    Introduced(u8),
    /// Within one.
    Report(u8),
    /// Behind an ESC within one, which may begin its end.
    ReportEnds(u8),
    /// Within a pasted text.
    Paste,
}

impl Sequences {
    /// Takes bytes that were read at once.
    pub(super) fn take(&mut self, mut bytes: &[u8], now: Instant, found: &mut Vec<Sequence>) {
        if self.is_over(now) {
            self.give_up(found);
        }
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = match self.state {
                State::Paste => self.pasted(bytes, found),
                _ => {
                    self.byte(byte, found);
                    rest
                }
            };
        }
        self.is_cut = matches!(self.state, State::ReportEnds(_));
        if self.state == State::Escape && !self.is_escape_given {
            // Nothing came with it, so it is the key. What follows soon may still be the rest of a sequence.
            found.push(Sequence::Escape);
            self.is_escape_given = true;
        }
        self.last = Some(now);
    }

    /// When what has begun is over unless more comes before, where keys are then to be given.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Single | State::Introduced(_) | State::ReportEnds(_) => self.ends_at(),
            State::Control if self.text.is_empty() => self.ends_at(),
            State::Between
            | State::Escape
            | State::Char { .. }
            | State::Control
            | State::Console
            | State::Mouse
            | State::Report(_)
            | State::Paste => None,
        }
    }

    /// Gives up waiting for the rest of what has begun. What can be a key is one.
    pub(super) fn give_up(&mut self, found: &mut Vec<Sequence>) {
        match self.state {
            State::Single => found.push(self.alt('O')),
            State::Control if self.text.is_empty() => found.push(self.alt('[')),
            State::Introduced(introducer) => found.push(self.alt(introducer.into())),
            State::ReportEnds(_) => found.push(Sequence::Escape),
            State::Between
            | State::Escape
            | State::Char { .. }
            | State::Control
            | State::Console
            | State::Mouse
            | State::Report(_)
            | State::Paste => {}
        }
        self.end();
    }

    fn is_over(&self, now: Instant) -> bool {
        self.ends_at().is_some_and(|end| end < now)
    }

    fn ends_at(&self) -> Option<Instant> {
        let gap = match self.state {
            // A paste ends with its last bytes alone: what is pasted must never be taken for keys.
            State::Between | State::Paste => return None,
            State::Escape | State::Single | State::Introduced(_) => TOGETHER,
            State::Control if self.text.is_empty() => TOGETHER,
            State::Char { .. }
            | State::Control
            | State::Console
            | State::Mouse
            | State::Report(_)
            | State::ReportEnds(_) => GAP,
        };
        Some(self.last? + gap)
    }

    /// A character that ESC came before, which may have been given as a key by then.
    fn alt(&self, c: char) -> Sequence {
        match self.is_escape_given {
            true => Sequence::Char(c),
            false => Sequence::Alt(c),
        }
    }

    fn end(&mut self) {
        self.state = State::Between;
        self.text.clear();
        self.is_escape_given = false;
    }

    fn keep(&mut self, byte: u8) {
        if self.text.len() < KEPT {
            self.text.push(byte);
        }
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Sequence>) {
        match self.state {
            State::Between => self.first(byte, found),
            State::Escape => self.behind_escape(byte, found),
            State::Char { is_alt } => self.within_char(byte, is_alt, found),
            State::Single => match byte {
                b'A'..=b'Z' | b'a'..=b'z' => self.found(Sequence::Single(byte), found),
                _ => self.broken_off(byte, found),
            },
            State::Control => self.within_control(byte, found),
            State::Console => match byte {
                b'A'..=b'Z' => self.found(Sequence::Console(byte), found),
                _ => self.broken_off(byte, found),
            },
            State::Mouse => {
                self.text.push(byte);
                if let [button, column, row] = self.text[..] {
                    self.found(Sequence::Mouse([button, column, row]), found);
                }
            }
            State::Introduced(introducer) if can_follow(introducer, byte) => {
                self.keep(byte);
                self.state = State::Report(introducer);
            }
            State::Introduced(_) => self.broken_off(byte, found),
            State::Report(introducer) => match byte {
                // The end that xterm has for them.
                0x07 => self.reported(introducer, found),
                ESC => self.state = State::ReportEnds(introducer),
                // Cancelled, as by a terminal; or by a person, who means the program.
                0x18 | 0x1a => self.end(),
                0x03 => self.broken_off(byte, found),
                _ => self.keep(byte),
            },
            State::ReportEnds(introducer) if byte == b'\\' => self.reported(introducer, found),
            State::ReportEnds(_) => {
                if self.is_cut {
                    found.push(Sequence::Escape);
                }
                self.end();
                self.state = State::Escape;
                self.is_escape_given = self.is_cut;
                self.behind_escape(byte, found);
            }
            State::Paste => {}
        }
    }

    fn first(&mut self, byte: u8, found: &mut Vec<Sequence>) {
        match byte {
            ESC => self.state = State::Escape,
            0..0x80 => found.push(Sequence::Char(byte.into())),
            0x80.. => {
                self.state = State::Char { is_alt: false };
                self.within_char(byte, false, found);
            }
        }
    }

    fn behind_escape(&mut self, byte: u8, found: &mut Vec<Sequence>) {
        match byte {
            b'[' => self.state = State::Control,
            b'O' => self.state = State::Single,
            b']' | b'P' | b'_' | b'^' | b'X' => self.state = State::Introduced(byte),
            ESC => {
                if !self.is_escape_given {
                    found.push(Sequence::Escape);
                }
                self.end();
                self.state = State::Escape;
            }
            0..0x80 => {
                let key = self.alt(byte.into());
                self.found(key, found);
            }
            0x80.. => {
                let is_alt = !self.is_escape_given;
                self.state = State::Char { is_alt };
                self.within_char(byte, is_alt, found);
            }
        }
    }

    fn within_char(&mut self, byte: u8, is_alt: bool, found: &mut Vec<Sequence>) {
        self.text.push(byte);
        match str::from_utf8(&self.text) {
            Ok(text) => {
                let c = text.chars().next().unwrap_or_default();
                let key = match is_alt {
                    true => Sequence::Alt(c),
                    false => Sequence::Char(c),
                };
                self.found(key, found);
            }
            // More of it may come.
            Err(error) if error.error_len().is_none() => {}
            // No character; the byte may begin another one.
            Err(_) => {
                let is_first = self.text.len() == 1;
                self.end();
                if !is_first {
                    self.first(byte, found);
                }
            }
        }
    }

    fn within_control(&mut self, byte: u8, found: &mut Vec<Sequence>) {
        let is_first = self.text.is_empty();
        match byte {
            b'[' if is_first => self.state = State::Console,
            b'M' if is_first => self.state = State::Mouse,
            // Parameters, and bytes between them and the final one.
            0x20..=0x3f => self.keep(byte),
            b'~' if self.text == PASTE_BEGINS => {
                self.end();
                self.state = State::Paste;
            }
            0x40..=0x7e => {
                let parameters = std::mem::take(&mut self.text);
                self.found(Sequence::Control(parameters, byte), found);
            }
            _ => self.broken_off(byte, found),
        }
    }

    /// Takes pasted bytes up to the end of the paste. Gives those behind it.
    fn pasted<'a>(&mut self, bytes: &'a [u8], found: &mut Vec<Sequence>) -> &'a [u8] {
        // Its end may have begun in what came before.
        let searched = self.text.len().saturating_sub(PASTE_ENDS.len() - 1);
        let before = self.text.len();
        self.text.extend_from_slice(bytes);
        let end = memchr::memmem::find(&self.text[searched..], PASTE_ENDS);
        let Some(end) = end.map(|end| end + searched) else {
            if self.text.len() > MAX_PASTE {
                // Nothing more is kept but what its end may begin with.
                self.text
                    .drain(MAX_PASTE - PASTE_ENDS.len()..self.text.len() - PASTE_ENDS.len());
            }
            return &[];
        };
        let text = String::from_utf8_lossy(&self.text[..end]).into_owned();
        self.found(Sequence::Paste(text), found);
        &bytes[end + PASTE_ENDS.len() - before..]
    }

    fn reported(&mut self, introducer: u8, found: &mut Vec<Sequence>) {
        let text = String::from_utf8_lossy(&self.text).into_owned();
        self.found(Sequence::Report(introducer.into(), text), found);
    }

    fn found(&mut self, sequence: Sequence, found: &mut Vec<Sequence>) {
        found.push(sequence);
        self.end();
    }

    /// What had begun is over with a byte that can't be in it.
    fn broken_off(&mut self, byte: u8, found: &mut Vec<Sequence>) {
        self.give_up(found);
        self.first(byte, found);
    }
}

/// Whether a byte may be the first of a string's own. Terminals begin the strings that they say with a number or a
/// letter (OSC), with a number or a sign before it (DCS), with a letter (APC).
fn can_follow(introducer: u8, byte: u8) -> bool {
    match introducer {
        b']' => byte.is_ascii_digit() || matches!(byte, b'l' | b'L'),
        b'P' => byte.is_ascii_digit() || matches!(byte, b'>' | b'!' | b'$' | b'+' | b'?' | b'='),
        _ => byte.is_ascii_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of some input. `|` says that what follows was read later, `…` that it came 200 ms later, `¬` a
    /// second later.
    fn parts(input: &[u8]) -> String {
        let mut sequences = Sequences::default();
        let (mut found, mut now) = (Vec::new(), Instant::now());
        let mut read = |sequences: &mut Sequences, bytes: &[u8], after| {
            now += Duration::from_millis(after);
            if sequences.deadline().is_some_and(|deadline| deadline < now) {
                sequences.give_up(&mut found);
            }
            sequences.take(bytes, now, &mut found);
        };
        let text = String::from_utf8_lossy(input);
        let (mut bytes, mut after) = (Vec::new(), 0);
        for c in text.chars() {
            match c {
                '|' | '…' | '¬' => {
                    read(&mut sequences, &std::mem::take(&mut bytes), after);
                    after = match c {
                        '|' => 0,
                        '…' => 200,
                        _ => 1000,
                    };
                }
                c => bytes.extend(c.to_string().into_bytes()),
            }
        }
        read(&mut sequences, &bytes, after);
        sequences.give_up(&mut found);
        shown(&found)
    }

    fn shown(found: &[Sequence]) -> String {
        let mut shown = String::new();
        for sequence in found {
            shown += &match sequence {
                Sequence::Char(c) => c.escape_debug().to_string(),
                Sequence::Alt(c) => format!("<Alt {c}>"),
                Sequence::Escape => "<Esc>".to_owned(),
                Sequence::Control(parameters, last) => {
                    let parameters = String::from_utf8_lossy(parameters);
                    format!("<CSI {parameters}{}>", char::from(*last))
                }
                Sequence::Console(c) => format!("<Console {}>", char::from(*c)),
                Sequence::Single(c) => format!("<SS3 {}>", char::from(*c)),
                Sequence::Mouse(bytes) => format!("<Mouse {bytes:?}>"),
                Sequence::Report(introducer, text) => format!("<{introducer}{text}>"),
                Sequence::Paste(text) => format!("<Paste {text:?}>"),
            };
        }
        shown
    }

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(parts(input.as_bytes()), expected, "{input:?}");
    }

    #[test]
    fn characters_are_characters() {
        check("jk", "jk");
        check("\r\t\x03", "\\r\\t\\u{3}");
        check("é漢👍", "é漢👍");
        check("\x1bj", "<Alt j>");
        check("\x1bé", "<Alt é>");
        check("\x1b", "<Esc>");
        check("\x1b|j", "<Esc>j");
        check("\x1b\x1b", "<Esc><Esc>");
        check("\x1b|\x1b", "<Esc><Esc>");
    }

    #[test]
    fn a_character_may_come_in_pieces_or_be_none() {
        let mut sequences = Sequences::default();
        let mut found = Vec::new();
        for byte in "é漢👍".bytes() {
            sequences.take(&[byte], Instant::now(), &mut found);
        }
        assert_eq!(shown(&found), "é漢👍");
        found.clear();
        sequences.take(b"\xff\x80j\xe6j\xe6\xc3\xa9", Instant::now(), &mut found);
        assert_eq!(shown(&found), "jjé");
    }

    #[test]
    fn keys_are_sequences() {
        check("\x1b[A", "<CSI A>");
        check("\x1b[1;5C\x1b[3~j", "<CSI 1;5C><CSI 3~>j");
        check("\x1bOP\x1bOA", "<SS3 P><SS3 A>");
        check("\x1b[[Aj", "<Console A>j");
        check("\x1b[<0;10;20Mj", "<CSI <0;10;20M>j");
        check("\x1b[M !!j", "<Mouse [32, 33, 33]>j");
        check("\x1b\x1b[A", "<Esc><CSI A>");
    }

    /// What nobody asked for ends where its form says, and the next key is a key: whole, in two pieces at every
    /// place, and byte by byte.
    #[test]
    fn every_report_ends_where_it_ends() {
        for report in [
            "[?997;1n",
            "[?2026;2$y",
            "[?1;2c",
            "[>41;388;0c",
            "[=1;2c",
            "[?62;22R",
            "[?0u",
            "[?1;0;256S",
            "[2;3R",
            "[8;24;80t",
            "[>4;2m",
            "[?15n",
            "[!p",
            "[1 q",
            "[>85;95;0c",
            "[?69;0$y",
            "[?1$;;x",
            "[12;1$w",
        ] {
            let expected = format!("<CSI {}>j", &report[1..]);
            check(&format!("\x1b{report}j"), &expected);
            for at in 1..report.len() {
                let (a, b) = report.split_at(at);
                check(&format!("\x1b{a}|{b}|j"), &expected);
                check(
                    &format!("\x1b{a}…{b}j"),
                    &if at == 1 {
                        late(report)
                    } else {
                        expected.clone()
                    },
                );
            }
            let bytes: String = report.chars().map(|c| format!("{c}|")).collect();
            check(&format!("\x1b|{bytes}j"), &format!("<Esc>{expected}"));
        }
        /// What comes too late after `ESC [` is what was typed after Alt and `[`.
        fn late(report: &str) -> String {
            format!("<Alt [>{}j", &report[1..])
        }
    }

    #[test]
    fn every_string_of_the_terminal_ends_where_it_ends() {
        check(
            "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\j",
            "<]11;rgb:1e1e/1e1e/1e1e>j",
        );
        check(
            "\x1b]11;rgb:0/0/0\x07\x1b]10;?\x07j",
            "<]11;rgb:0/0/0><]10;?>j",
        );
        check(
            "\x1bP>|XTerm\x1b\\j".replace('|', "").as_str(),
            "<P>XTerm>j",
        );
        check("\x1bP1$r0m\x1b\\j", "<P1$r0m>j");
        check("\x1b_Gi=31;OK\x1b\\j", "<_Gi=31;OK>j");
        check("\x1b]l title of a window\x1b\\j", "<]l title of a window>j");
        check("\x1b]11;a\rb\x07j", "<]11;a\rb>j");
        // In pieces, down to single bytes: what begins it is then a key that was pressed.
        check("j\x1b|]|1|1|;|r|\x1b|\\k", "j<Esc><]11;r>k");
        check("\x1b]11;r…gb:ff/…ff\x1b…\\j", "<]11;rgb:ff/ff>j");
        // Only its beginning is kept.
        let long = parts(format!("\x1b]11;{}\x07q", "p".repeat(3000)).as_bytes());
        assert!(long.ends_with("p>q") && long.len() < 80, "{long}");
    }

    #[test]
    fn keys_that_look_like_a_sequence_are_keys() {
        check("\x1b]", "<Alt ]>");
        check("\x1b]q", "<Alt ]>q");
        check("\x1b]…11;x", "<Alt ]>11;x");
        check("\x1bPq", "<Alt P>q");
        check("\x1b[", "<Alt [>");
        check("\x1b[¬A", "<Alt [>A");
        check("\x1bO", "<Alt O>");
        check("\x1bO5", "<Alt O>5");
        check("]11;x", "]11;x");
        check("\x1b…]11;x", "<Esc>]11;x");
        check("\x1b…[A", "<Esc>[A");
        check("\x1b\x1b]", "<Esc><Alt ]>");
    }

    #[test]
    fn a_sequence_without_an_end_keeps_no_key_for_long() {
        check("\x1b]11;rgb:ff¬q", "q");
        check("\x1b]11;rgb:ff¬\x1b¬q", "<Esc>q");
        check("\x1b[?997;1¬q", "q");
        check("\x1b[?997;1\x1b[A", "<CSI A>");
        check("\x1b[?997;1\x03j", "\\u{3}j");
        check("\x1b[M ¬q", "q");
        // A key that can't be in one ends it at once, and so does Esc, once no terminator follows.
        check("\x1b]11;rgb:ff\x1b[Aj", "<CSI A>j");
        check("\x1b]11;rgb:ff\x03j", "\\u{3}j");
        check("\x1b]11;rgb:ff\x18j", "j");
        check("\x1b]11;rgb:ff\x1b…q", "<Esc>q");
        check("\x1b]11;rgb:ff\x1bq", "<Alt q>");
        check("\x1b]11;rgb:ff\x1b¬", "<Esc>");
        // One that was broken off by another.
        check("\x1b]11;rgb:ff\x1b]11;rgb:0/0/0\x07j", "<]11;rgb:0/0/0>j");
    }

    /// A paste is text whatever is in it, and however it is cut.
    #[test]
    fn a_paste_is_text_alone() {
        let text = "a\x1b[?997;1n\x1b]11;x\x07\x1b[200~é\r\x03\x1b[201";
        let whole = format!("j\x1b[200~{text}\x1b[201~k");
        let expected = format!("j<Paste {text:?}>k");
        check(&whole, &expected);
        for at in 1..whole.len() {
            let mut sequences = Sequences::default();
            let mut found = Vec::new();
            let (a, b) = whole.as_bytes().split_at(at);
            for bytes in [a, b] {
                sequences.take(bytes, Instant::now(), &mut found);
            }
            let early = if at == 2 { "<Esc>" } else { "" };
            let expected = expected.replacen("j<", &format!("j{early}<"), 1);
            assert_eq!(shown(&found), expected, "cut at {at}");
        }
        check("\x1b[200~a¬b\x1b[201~", "<Paste \"ab\">");
        check("\x1b[200~\x1b[201~j", "<Paste \"\">j");
    }
}
