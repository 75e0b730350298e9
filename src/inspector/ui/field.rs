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

/// The part of a text field around its cursor that fits, and the cursor's column in it.
pub fn visible_input(input: &Input, columns: usize) -> (String, usize) {
    let value = input.value();
    let at = value.char_indices().nth(input.cursor());
    let (before, after) = value.split_at(at.map_or(value.len(), |(at, _)| at));
    let (mut shown, mut used) = (Vec::new(), 0);
    for text in before.graphemes(true).rev() {
        let (cluster, width) = display::cluster(text);
        if used + width > columns {
            break;
        }
        used += width;
        shown.push(cluster);
    }
    let mut text: String = shown.into_iter().rev().collect();
    text.push_str(&display::clip(after, columns.saturating_sub(used)));
    (text, used)
}
