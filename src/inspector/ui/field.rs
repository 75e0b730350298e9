//! A text field of one line: what keys do in it, and the part of it that is in sight.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use crate::display;

/// What a key asks of a text field.
pub fn input_request(key: &KeyEvent) -> Option<InputRequest> {
    use InputRequest as R;
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match (key.code, ctrl, alt) {
        (KeyCode::Char('a'), true, _) | (KeyCode::Home, ..) => R::GoToStart,
        (KeyCode::Char('e'), true, _) | (KeyCode::End, ..) => R::GoToEnd,
        (KeyCode::Char('b'), true, _) => R::GoToPrevChar,
        (KeyCode::Char('f'), true, _) => R::GoToNextChar,
        (KeyCode::Char('w'), true, _) | (KeyCode::Backspace, _, true) => R::DeletePrevWord,
        (KeyCode::Char('u'), true, _) => R::DeleteLine,
        (KeyCode::Char('k'), true, _) => R::DeleteTillEnd,
        (KeyCode::Char('y'), true, _) => R::Yank,
        (KeyCode::Char('h'), true, _) => R::DeletePrevChar,
        (KeyCode::Char('b'), _, true) => R::GoToPrevWord,
        (KeyCode::Char('f'), _, true) => R::GoToNextWord,
        (KeyCode::Char('d'), _, true) => R::DeleteNextWord,
        (KeyCode::Left, true, _) | (KeyCode::Left, _, true) => R::GoToPrevWord,
        (KeyCode::Right, true, _) | (KeyCode::Right, _, true) => R::GoToNextWord,
        (KeyCode::Left, ..) => R::GoToPrevChar,
        (KeyCode::Right, ..) => R::GoToNextChar,
        (KeyCode::Delete, true, _) => R::DeleteNextWord,
        (KeyCode::Delete, ..) => R::DeleteNextChar,
        (KeyCode::Backspace, true, _) => R::DeletePrevWord,
        (KeyCode::Backspace, ..) => R::DeletePrevChar,
        (KeyCode::Char(c), false, false) => R::InsertChar(c),
        _ => return None,
    })
}

/// A field with a text put in at its cursor, at once: character by character would take a large paste
/// minutes.
pub fn with_inserted(input: &Input, text: &str) -> Input {
    let (value, cursor) = (input.value(), input.cursor());
    let at = value.char_indices().nth(cursor);
    let (before, after) = value.split_at(at.map_or(value.len(), |(at, _)| at));
    let cursor = cursor + text.chars().count();
    Input::new([before, text, after].concat()).with_cursor(cursor)
}

/// The part of a text field around its cursor that fits into so many columns, with `…` at an end where there is
/// more, and the cursor's column in it: one of these columns, wherever there are any.
pub fn visible_input(input: &Input, columns: usize) -> (String, usize) {
    let value = input.value();
    let at = value.char_indices().nth(input.cursor());
    let (before, after) = value.split_at(at.map_or(value.len(), |(at, _)| at));
    let mut following = display::clusters(after).map(|(_, _, width)| width);
    // The cursor stands on a character, or behind the last one; what follows it may need a mark.
    let under = following.next().unwrap_or(1).max(1);
    let room = columns.saturating_sub(under + usize::from(following.next().is_some()));
    let mut text = end_within(before, room);
    let used = display::width(&text);
    text.push_str(&display::clip(after, columns.saturating_sub(used)));
    (text, used)
}

/// The end of a text that fits into so many columns, behind `…` where it is not all of it.
fn end_within(text: &str, columns: usize) -> String {
    let (mut shown, mut used, mut fits) = (Vec::new(), 0, 0);
    for cluster in text.graphemes(true).rev() {
        let (cluster, width) = display::cluster(cluster);
        used += width;
        if used > columns {
            shown.truncate(fits);
            shown.extend((columns > 0).then(|| display::CUT.into()));
            break;
        }
        shown.push(cluster);
        if used < columns {
            fits = shown.len();
        }
    }
    shown.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_shows_what_is_around_its_cursor_and_marks_what_is_not_in_sight() {
        let check = |text: &str, cursor: usize, columns: usize, expected: (&str, usize)| {
            let input = Input::from(text).with_cursor(cursor);
            let (shown, at) = visible_input(&input, columns);
            assert_eq!(
                (shown.as_str(), at),
                expected,
                "{text} at {cursor} in {columns}"
            );
        };
        check("", 0, 5, ("", 0));
        check("abcd", 4, 5, ("abcd", 4));
        check("abcde", 5, 5, ("…cde", 4));
        check("abcde", 0, 5, ("abcde", 0));
        check("abcdefgh", 0, 5, ("abcd…", 0));
        check("abcdefgh", 2, 5, ("abcd…", 2));
        check("abcdefgh", 4, 5, ("…cde…", 3));
        check("abcdefgh", 6, 5, ("…efgh", 3));
        check("abcdefgh", 7, 5, ("…efgh", 4));
        check("abcdefgh", 8, 5, ("…fgh", 4));
        check("天天天天天", 2, 6, ("…天天…", 3));
        check("天天天天天", 5, 6, ("…天天", 5));
        check("e\u{301}e\u{301}e\u{301}", 6, 3, ("…e\u{301}", 2));
        check("a\nb\u{1b}", 4, 9, ("a⏎b␛", 4));
    }

    #[test]
    fn the_cursor_is_within_the_field_whatever_is_in_it() {
        for text in [
            "",
            "plain text",
            "天気がいい",
            "e\u{301}\u{301}x\u{200d}👩\u{200d}👧",
            "\u{301}",
        ] {
            for cursor in 0..=text.chars().count() {
                for columns in 0..12 {
                    let input = Input::from(text).with_cursor(cursor);
                    let (shown, at) = visible_input(&input, columns);
                    assert!(display::width(&shown) <= columns, "{shown} in {columns}");
                    assert!(at < columns.max(1), "{at} in {columns}");
                }
            }
        }
    }
}
