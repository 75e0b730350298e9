//! What the parts of a terminal's input mean: keys, the mouse, pasted text. Keys are read in the forms that terminals
//! write without being asked for more, and in the newer ones (xterm's modifyOtherKeys, kitty's protocol) that a
//! multiplexer or a program before this one may have left switched on.
//!
//! What is no key, such as a report that was not asked for, means nothing.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::sequences::Sequence;

/// The event that a part of the input is.
pub(super) fn event(sequence: Sequence) -> Option<Event> {
    let key = match sequence {
        Sequence::Char(c) => key_of_char(c),
        Sequence::Alt(c) => with(key_of_char(c), KeyModifiers::ALT),
        Sequence::Escape => plain(KeyCode::Esc),
        Sequence::Control(parameters, last) => return control(&parameters, last),
        Sequence::Console(letter @ b'A'..=b'E') => plain(KeyCode::F(letter - b'A' + 1)),
        Sequence::Single(letter) => plain(named(letter)?),
        Sequence::Mouse(bytes) => {
            let [button, column, row] = bytes.map(|byte| u16::from(byte.saturating_sub(32)));
            return mouse(button, column, row, false).map(Event::Mouse);
        }
        Sequence::Paste(text) => return Some(Event::Paste(text)),
        Sequence::Console(_) | Sequence::Report(..) => return None,
    };
    Some(Event::Key(key))
}

fn plain(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn with(mut key: KeyEvent, modifiers: KeyModifiers) -> KeyEvent {
    key.modifiers |= modifiers;
    key
}

/// A character as it is typed. Control characters are the letters that are pressed with Ctrl for them.
fn key_of_char(c: char) -> KeyEvent {
    let control = |c: u8| KeyEvent::new(KeyCode::Char(c.into()), KeyModifiers::CONTROL);
    match c {
        '\r' => plain(KeyCode::Enter),
        '\t' => plain(KeyCode::Tab),
        '\x7f' => plain(KeyCode::Backspace),
        '\0' => control(b' '),
        '\x1b' => plain(KeyCode::Esc),
        '\x01'..='\x1a' => control(c as u8 - 1 + b'a'),
        '\x1c'..='\x1f' => control(c as u8 - 0x1c + b'4'),
        c if c.is_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
        c => plain(KeyCode::Char(c)),
    }
}

/// Keys that are written as a letter.
fn named(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

/// Keys that are written as a number before `~`.
fn numbered(number: u16) -> Option<KeyCode> {
    // The numbers have gaps where DEC's keyboards had other keys.
    let function = match number {
        11..=15 => number - 10,
        17..=21 => number - 11,
        23..=26 => number - 12,
        28..=29 => number - 13,
        31..=34 => number - 14,
        _ => 0,
    };
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        _ if function > 0 => KeyCode::F(u8::try_from(function).ok()?),
        _ => return None,
    })
}

/// Keys that are written as their character's number, or as a number that kitty's protocol gave them.
fn coded(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        // The keypad.
        57399..=57408 => KeyCode::Char(char::from_digit(code - 57399, 10)?),
        57409 => KeyCode::Char('.'),
        57410 => KeyCode::Char('/'),
        57411 => KeyCode::Char('*'),
        57412 => KeyCode::Char('-'),
        57413 => KeyCode::Char('+'),
        57415 => KeyCode::Char('='),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        // Other keys of the protocol: shifts by themselves, media keys.
        57344..=63743 | 0..32 => return None,
        _ => KeyCode::Char(char::from_u32(code)?),
    })
}

/// What a control sequence means.
fn control(parameters: &[u8], last: u8) -> Option<Event> {
    let parameters = str::from_utf8(parameters).ok()?;
    if let Some(parameters) = parameters.strip_prefix('<') {
        let [button, column, row] = numbers(parameters)?;
        return match last {
            b'M' => mouse(button, column, row, false).map(Event::Mouse),
            b'm' => mouse(button, column, row, true).map(Event::Mouse),
            _ => None,
        };
    }
    // With marks or bytes before the final one, it is a report and no key.
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
    if !parameters.chars().all(is_key) {
        return None;
    }
    let mut fields = parameters.split(';');
    let first = fields.next().unwrap_or_default();
    let pressed = fields.next();
    let key = match last {
        // Some terminals write `ESC [ 5 C` for `ESC [ 1 ; 5 C`.
        b'A'..=b'D' | b'F' | b'H' | b'P' | b'Q' | b'S' => {
            modified(named(last)?, pressed.unwrap_or(first))?
        }
        b'Z' => KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
        b'~' if first == "27" => modified(coded(fields.next()?.parse().ok()?)?, pressed?)?,
        b'~' => modified(numbered(first.parse().ok()?)?, pressed.unwrap_or_default())?,
        b'u' => {
            let mut codes = first.split(':');
            let code = coded(codes.next()?.parse().ok()?)?;
            let shifted = codes.next().and_then(|code| code.parse().ok());
            let key = modified(code, pressed.unwrap_or_default())?;
            match shifted.and_then(char::from_u32) {
                Some(c) if key.modifiers.contains(KeyModifiers::SHIFT) => KeyEvent {
                    code: KeyCode::Char(c),
                    ..key
                },
                _ => key,
            }
        }
        b'M' => {
            let [button, column, row] = numbers(parameters)?;
            return mouse(button.checked_sub(32)?, column, row, false).map(Event::Mouse);
        }
        // `R` says where the cursor is, and is F3 only without parameters, which no terminal writes so.
        _ => return None,
    };
    Some(Event::Key(key))
}

/// Exactly so many numbers.
fn numbers<const COUNT: usize>(parameters: &str) -> Option<[u16; COUNT]> {
    let mut numbers = [0; COUNT];
    let mut fields = parameters.split(';');
    for number in &mut numbers {
        *number = fields.next()?.parse().ok()?;
    }
    fields.next().is_none().then_some(numbers)
}

/// A key with what was pressed with it: a number, one more than the sum of its modifiers, and perhaps `:` and
/// whether the key was pressed (1), held (2) or released (3).
fn modified(code: KeyCode, pressed: &str) -> Option<KeyEvent> {
    let (mask, kind) = pressed.split_once(':').unwrap_or((pressed, "1"));
    let mask: u16 = match mask {
        "" => 0,
        mask => mask.parse::<u16>().ok()?.saturating_sub(1),
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ] {
        modifiers.set(modifier, mask & bit != 0);
    }
    let is_shifted = modifiers.contains(KeyModifiers::SHIFT);
    let code = match code {
        KeyCode::Char(c) if is_shifted => KeyCode::Char(c.to_uppercase().next().unwrap_or(c)),
        KeyCode::Tab if is_shifted => KeyCode::BackTab,
        code => code,
    };
    let kind = match kind {
        "2" => KeyEventKind::Repeat,
        "3" => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    Some(KeyEvent::new_with_kind(code, modifiers, kind))
}

/// A mouse event from its number; columns and rows are counted from 1.
fn mouse(number: u16, column: u16, row: u16, is_release: bool) -> Option<MouseEvent> {
    let is_moving = number & 32 != 0;
    let button = match number & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match ((number & 3) | (number & 0xc0) >> 4, is_moving) {
        (0..=2, false) if is_release => MouseEventKind::Up(button),
        (0..=2, false) => MouseEventKind::Down(button),
        (0..=2, true) => MouseEventKind::Drag(button),
        // Older forms don't say which button it was.
        (3, false) => MouseEventKind::Up(MouseButton::Left),
        (3, true) => MouseEventKind::Moved,
        (4, false) => MouseEventKind::ScrollUp,
        (5, false) => MouseEventKind::ScrollDown,
        (6, false) => MouseEventKind::ScrollLeft,
        (7, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, number & 4 != 0);
    modifiers.set(KeyModifiers::ALT, number & 8 != 0);
    modifiers.set(KeyModifiers::CONTROL, number & 16 != 0);
    Some(MouseEvent {
        kind,
        column: column.checked_sub(1)?,
        row: row.checked_sub(1)?,
        modifiers,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::sequences::Sequences;
    use super::*;

    fn events(input: &[u8]) -> Vec<Event> {
        let mut found = Vec::new();
        Sequences::default().take(input, Instant::now(), &mut found);
        found.into_iter().filter_map(event).collect()
    }

    #[track_caller]
    fn key(input: &str, code: KeyCode, modifiers: KeyModifiers) {
        let expected = Event::Key(KeyEvent::new(code, modifiers));
        assert_eq!(events(input.as_bytes()), [expected], "{input:?}");
    }

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

    #[test]
    fn what_is_typed() {
        key("j", KeyCode::Char('j'), NONE);
        key("J", KeyCode::Char('J'), SHIFT);
        key("漢", KeyCode::Char('漢'), NONE);
        key("\r", KeyCode::Enter, NONE);
        key("\n", KeyCode::Char('j'), CONTROL);
        key("\t", KeyCode::Tab, NONE);
        key("\x7f", KeyCode::Backspace, NONE);
        key("\x03", KeyCode::Char('c'), CONTROL);
        key("\0", KeyCode::Char(' '), CONTROL);
        key("\x1c", KeyCode::Char('4'), CONTROL);
        key("\x1b", KeyCode::Esc, NONE);
        key("\x1bj", KeyCode::Char('j'), ALT);
        key("\x1bJ", KeyCode::Char('J'), ALT | SHIFT);
        key("\x1b\r", KeyCode::Enter, ALT);
    }

    /// As xterm, rxvt, Linux' console, tmux and kitty write them.
    #[test]
    fn keys_of_every_terminal() {
        for up in ["\x1b[A", "\x1bOA", "\x1b[1;1A", "\x1b[57419u"] {
            key(up, KeyCode::Up, NONE);
        }
        for home in ["\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"] {
            key(home, KeyCode::Home, NONE);
        }
        for f1 in ["\x1bOP", "\x1b[11~", "\x1b[[A", "\x1b[P"] {
            key(f1, KeyCode::F(1), NONE);
        }
        key("\x1bOR", KeyCode::F(3), NONE);
        for (number, function) in [(15, 5), (17, 6), (21, 10), (23, 11), (24, 12), (34, 20)] {
            key(&format!("\x1b[{number}~"), KeyCode::F(function), NONE);
        }
        key("\x1b[3~", KeyCode::Delete, NONE);
        key("\x1b[3;5~", KeyCode::Delete, CONTROL);
        key("\x1b[5~", KeyCode::PageUp, NONE);
        key("\x1b[1;5C", KeyCode::Right, CONTROL);
        key("\x1b[5C", KeyCode::Right, CONTROL);
        key("\x1b[1;4D", KeyCode::Left, SHIFT | ALT);
        key("\x1b[Z", KeyCode::BackTab, SHIFT);
        key("\x1b[9;2u", KeyCode::BackTab, SHIFT);
        key("\x1b[27u", KeyCode::Esc, NONE);
        key("\x1b[97;5u", KeyCode::Char('a'), CONTROL);
        key("\x1b[97;2u", KeyCode::Char('A'), SHIFT);
        key("\x1b[49:33;2u", KeyCode::Char('!'), SHIFT);
        key("\x1b[27;5;13~", KeyCode::Enter, CONTROL);
        key("\x1b[57403u", KeyCode::Char('4'), NONE);
        let released = KeyEvent::new_with_kind(KeyCode::Up, NONE, KeyEventKind::Release);
        assert_eq!(events(b"\x1b[1;1:3A"), [Event::Key(released)]);
    }

    #[test]
    fn the_mouse_in_all_its_forms() {
        let check = |input: &[u8], kind: MouseEventKind, column, row| {
            let expected = MouseEvent {
                kind,
                column,
                row,
                modifiers: NONE,
            };
            assert_eq!(events(input), [Event::Mouse(expected)], "{input:?}");
        };
        check(
            b"\x1b[<0;10;20M",
            MouseEventKind::Down(MouseButton::Left),
            9,
            19,
        );
        check(
            b"\x1b[<0;10;20m",
            MouseEventKind::Up(MouseButton::Left),
            9,
            19,
        );
        check(
            b"\x1b[<2;300;20M",
            MouseEventKind::Down(MouseButton::Right),
            299,
            19,
        );
        check(
            b"\x1b[<32;1;1M",
            MouseEventKind::Drag(MouseButton::Left),
            0,
            0,
        );
        check(b"\x1b[<35;1;1M", MouseEventKind::Moved, 0, 0);
        check(b"\x1b[<64;1;1M", MouseEventKind::ScrollUp, 0, 0);
        check(b"\x1b[<65;1;1M", MouseEventKind::ScrollDown, 0, 0);
        check(b"\x1b[M !!", MouseEventKind::Down(MouseButton::Left), 0, 0);
        check(b"\x1b[M#!!", MouseEventKind::Up(MouseButton::Left), 0, 0);
        check(
            b"\x1b[32;10;20M",
            MouseEventKind::Down(MouseButton::Left),
            9,
            19,
        );
        assert!(matches!(
            events(b"\x1b[<4;1;1M")[..],
            [Event::Mouse(MouseEvent {
                modifiers: SHIFT,
                ..
            })]
        ));
    }

    /// Nothing that a terminal reports is a key, and no number that it may write is too large or too small.
    #[test]
    fn what_is_no_key_means_nothing() {
        for report in [
            "[?997;1n",
            "[?2026;2$y",
            "[?1;2c",
            "[>41;388;0c",
            "[?62;22R",
            "[?0u",
            "[?1;0;256S",
            "[2;3R",
            "[8;24;80t",
            "[I",
            "[O",
            "[?1A",
            "[>1~",
            "[1 A",
            "[<0;0;0M",
            "[<0;1M",
            "[<99999;1;1M",
            "[0;1;1M",
            "[99999~",
            "[0~",
            "[;u",
            "[4294967296u",
            "[55296u",
            "[57441u",
            "[1;99999A",
            "[27;5~",
            "[<0;1;1;1M",
            "[",
            "[M   ",
        ] {
            let input = format!("\x1b{report}");
            assert_eq!(events(input.as_bytes()), [], "{report}");
        }
        assert_eq!(events(b"\x1b]11;rgb:0/0/0\x07"), []);
    }

    #[test]
    fn a_paste_is_one_event() {
        let text = "{\r\n}\x1b[?997;1n".to_owned();
        let input = format!("\x1b[200~{text}\x1b[201~");
        assert_eq!(events(input.as_bytes()), [Event::Paste(text)]);
    }
}
