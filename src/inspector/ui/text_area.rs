//! A text over several lines with a cursor in it, as small as editing a trace needs. The cursor moves by
//! what a person takes for one character.

use unicode_segmentation::UnicodeSegmentation;

use crate::display;
use crate::json::Position;

/// Changes that can be taken back; fewer of a text so long that they would take more bytes than this.
const REMEMBERED: usize = 500;
const MOST_BYTES: usize = 64 << 20;

/// The text and its cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextArea {
    lines: Vec<String>,
    row: usize,
    /// Byte offset in the row.
    at: usize,
    before: Vec<State>,
    undone: Vec<State>,
}

type State = (Vec<String>, usize, usize);

/// A movement of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaretMove {
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// To the start of the word, or of the one before.
    WordLeft,
    /// To the end of the word, or of the next one.
    WordRight,
    /// So many lines up.
    Up(usize),
    /// So many lines down.
    Down(usize),
    /// To the first character of the line that is no space, or to its very start.
    Home,
    /// To the end of the line.
    End,
    /// To the very start.
    First,
    /// To the very end.
    Last,
}

impl TextArea {
    /// A text with the cursor at its start.
    pub fn of(text: &str) -> TextArea {
        TextArea {
            lines: text.split('\n').map(clean).collect(),
            row: 0,
            at: 0,
            before: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// The lines; there is always one.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// The cursor's row.
    pub fn row(&self) -> usize {
        self.row
    }

    /// The columns before the cursor, as they are shown.
    pub fn column(&self) -> usize {
        display::width(&self.lines[self.row][..self.at])
    }

    /// Whether anything was changed.
    pub fn is_changed(&self) -> bool {
        !self.before.is_empty()
    }

    fn remember(&mut self) {
        self.before.push((self.lines.clone(), self.row, self.at));
        let line = |line: &String| line.len() + size_of::<String>();
        let bytes: usize = self.lines.iter().map(line).sum();
        let most = (MOST_BYTES / bytes).clamp(1, REMEMBERED);
        let excess = self.before.len().saturating_sub(most);
        self.before.drain(..excess);
        self.undone.clear();
    }

    fn restore(&mut self, (lines, row, at): State) -> State {
        let lines = std::mem::replace(&mut self.lines, lines);
        let now = (lines, self.row, self.at);
        (self.row, self.at) = (row, at);
        now
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        if let Some(state) = self.before.pop() {
            let now = self.restore(state);
            self.undone.push(now);
        }
    }

    /// Makes it again.
    pub fn redo(&mut self) {
        if let Some(state) = self.undone.pop() {
            let now = self.restore(state);
            self.before.push(now);
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, go: CaretMove) {
        match go {
            CaretMove::Left => match self.last_before() {
                Some(start) => self.at = start,
                None if self.row > 0 => {
                    self.row -= 1;
                    self.at = self.lines[self.row].len();
                }
                None => {}
            },
            CaretMove::Right => match self.first_after() {
                Some(end) => self.at = end,
                None if self.row + 1 < self.lines.len() => {
                    self.row += 1;
                    self.at = 0;
                }
                None => {}
            },
            CaretMove::WordLeft => match self.word_before() {
                Some(start) => self.at = start,
                None => self.go(CaretMove::Left),
            },
            CaretMove::WordRight => match self.word_after() {
                Some(end) => self.at = end,
                None => self.go(CaretMove::Right),
            },
            CaretMove::First => (self.row, self.at) = (0, 0),
            CaretMove::Last => {
                self.row = self.lines.len() - 1;
                self.at = self.lines[self.row].len();
            }
            CaretMove::Up(count) => self.land_on(self.row.saturating_sub(count)),
            CaretMove::Down(count) => self.land_on((self.row + count).min(self.lines.len() - 1)),
            CaretMove::Home => {
                let indent = self.indent();
                self.at = if self.at == indent { 0 } else { indent };
            }
            CaretMove::End => self.at = self.lines[self.row].len(),
        }
    }

    /// To a place in the text, or as near to it as there is one.
    pub fn go_to(&mut self, place: Position) {
        self.row = place.line.saturating_sub(1).min(self.lines.len() - 1);
        let line = &self.lines[self.row];
        let at = line.char_indices().nth(place.column.saturating_sub(1));
        self.at = at.map_or(line.len(), |(at, _)| at);
    }

    /// To the nearest place on another row, by columns.
    fn land_on(&mut self, row: usize) {
        let column = self.column();
        self.row = row;
        let mut used = 0;
        self.at = self.lines[row].len();
        for (at, _, width) in display::clusters(&self.lines[row]) {
            if used + width > column {
                self.at = at;
                break;
            }
            used += width;
        }
    }

    fn last_before(&self) -> Option<usize> {
        let before = &self.lines[self.row][..self.at];
        before.grapheme_indices(true).next_back().map(|(at, _)| at)
    }

    fn first_after(&self) -> Option<usize> {
        let after = &self.lines[self.row][self.at..];
        after.graphemes(true).next().map(|one| self.at + one.len())
    }

    /// Where the word before the cursor begins; none at the start of the line.
    fn word_before(&self) -> Option<usize> {
        let before = &self.lines[self.row][..self.at];
        let mut start = (!before.is_empty()).then_some(0)?;
        let mut is_within = false;
        for (at, one) in before.grapheme_indices(true).rev() {
            if is_within && !is_word(one) {
                start = at + one.len();
                break;
            }
            is_within |= is_word(one);
        }
        Some(start)
    }

    /// Where the word after the cursor ends; none at the end of the line.
    fn word_after(&self) -> Option<usize> {
        let after = &self.lines[self.row][self.at..];
        let mut end = (!after.is_empty()).then_some(after.len())?;
        let mut is_within = false;
        for (at, one) in after.grapheme_indices(true) {
            if is_within && !is_word(one) {
                end = at;
                break;
            }
            is_within |= is_word(one);
        }
        Some(self.at + end)
    }

    fn indent(&self) -> usize {
        let line = &self.lines[self.row];
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Writes a text at the cursor, line breaks included.
    pub fn insert(&mut self, text: &str) {
        self.remember();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                let rest = self.lines[self.row].split_off(self.at);
                self.row += 1;
                self.lines.insert(self.row, rest);
                self.at = 0;
            }
            let part = clean(part);
            self.lines[self.row].insert_str(self.at, &part);
            self.at += part.len();
        }
    }

    /// Puts another text in place of all, as one change.
    pub fn replace(&mut self, text: &str) {
        self.remember();
        self.lines = text.split('\n').map(clean).collect();
        (self.row, self.at) = (0, 0);
    }

    /// Begins a line with the indent of this one.
    pub fn break_line(&mut self) {
        let indent = self.indent().min(self.at);
        let deeper = self.lines[self.row][..self.at].ends_with(['{', '[']);
        let indent = indent + if deeper { 2 } else { 0 };
        self.insert(&format!("\n{}", " ".repeat(indent)));
    }

    /// Deletes the character before the cursor, or the line break.
    pub fn delete_back(&mut self) {
        if self.row == 0 && self.at == 0 {
            return;
        }
        self.go(CaretMove::Left);
        self.delete();
    }

    /// Deletes the character after the cursor, or the line break.
    pub fn delete(&mut self) {
        match self.first_after() {
            Some(end) => {
                self.remember();
                self.lines[self.row].replace_range(self.at..end, "");
            }
            None if self.row + 1 < self.lines.len() => {
                self.remember();
                let next = self.lines.remove(self.row + 1);
                self.lines[self.row].push_str(&next);
            }
            None => {}
        }
    }

    /// Deletes back to the start of the word; at the start of the line, the line break.
    pub fn delete_word_back(&mut self) {
        let Some(start) = self.word_before() else {
            return self.delete_back();
        };
        self.remember();
        self.lines[self.row].replace_range(start..self.at, "");
        self.at = start;
    }

    /// Deletes on to the end of the word; at the end of the line, the line break.
    pub fn delete_word(&mut self) {
        let Some(end) = self.word_after() else {
            return self.delete();
        };
        self.remember();
        self.lines[self.row].replace_range(self.at..end, "");
    }

    /// Deletes what is left of the line after the cursor; at its end, the line break.
    pub fn delete_rest(&mut self) {
        if self.at == self.lines[self.row].len() {
            self.delete();
        } else {
            self.remember();
            self.lines[self.row].truncate(self.at);
        }
    }

    /// Deletes the whole line.
    pub fn delete_line(&mut self) {
        self.remember();
        if self.lines.len() > 1 {
            self.lines.remove(self.row);
            self.row = self.row.min(self.lines.len() - 1);
        } else {
            self.lines[0].clear();
        }
        self.at = 0;
    }
}

/// Whether a character belongs to a word, as names and numbers are made of.
fn is_word(one: &str) -> bool {
    one.chars().any(|c| c.is_alphanumeric() || c == '_')
}

/// Tabs are spaces here: a tab's width is not the same everywhere.
fn clean(line: &str) -> String {
    line.trim_end_matches('\r').replace('\t', "  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_deletes_by_word() {
        const TEXT: &str = "  \"trace_name\": \"Zeit — 時間 e\u{301}té\",\n1";
        // Where the cursor stops, as bytes of the first line.
        let check = |go: CaretMove, from: Position, expected: &[usize]| {
            let mut lines = TextArea::of(TEXT);
            lines.go_to(from);
            let stops = expected.iter().map(|_| {
                lines.go(go);
                if lines.row == 0 {
                    lines.at
                } else {
                    100 + lines.at
                }
            });
            assert_eq!(stops.collect::<Vec<_>>(), expected, "{go:?}");
        };
        let (start, end) = (
            Position { line: 1, column: 1 },
            Position { line: 9, column: 9 },
        );
        check(
            CaretMove::WordRight,
            start,
            &[13, 21, 32, 39, 41, 100, 101, 101],
        );
        check(CaretMove::WordLeft, end, &[100, 41, 33, 26, 17, 3, 0, 0]);
        check(CaretMove::Last, start, &[101]);
        check(CaretMove::First, end, &[0]);
        let mut lines = TextArea::of(TEXT);
        lines.go_to(Position { line: 1, column: 8 });
        lines.delete_word_back();
        assert_eq!(lines.text(), TEXT.replacen("trac", "", 1));
        lines.undo();
        lines.delete_word();
        assert_eq!(lines.text(), TEXT.replacen("e_name", "", 1));
        lines.go(CaretMove::Last);
        lines.delete_word_back();
        lines.delete_word_back();
        assert_eq!(lines.lines().len(), 1);
    }

    #[test]
    fn of_a_long_text_few_changes_are_remembered() {
        let mut lines = TextArea::of(&"x".repeat(MOST_BYTES / 4));
        for _ in 0..10 {
            lines.insert("y");
        }
        assert_eq!(lines.before.len(), 3);
        assert!(lines.is_changed());
    }

    #[test]
    fn edits_by_character() {
        let mut lines = TextArea::of("{\n  \"a\": \"e\u{301}👩\u{200d}💻\"\n}");
        lines.go(CaretMove::Down(1));
        lines.go(CaretMove::End);
        lines.delete_back();
        lines.delete_back();
        lines.delete_back();
        assert_eq!(lines.lines()[1], "  \"a\": \"");
        lines.undo();
        lines.undo();
        lines.undo();
        assert_eq!(lines.lines()[1], "  \"a\": \"e\u{301}👩\u{200d}💻\"");
        lines.redo();
        assert_eq!(lines.lines()[1], "  \"a\": \"e\u{301}👩\u{200d}💻");
        lines.go(CaretMove::Up(9));
        lines.go(CaretMove::End);
        lines.break_line();
        lines.insert("x\r\ny");
        assert_eq!(lines.lines()[1..3], ["  x", "y"]);
        lines.go(CaretMove::Home);
        lines.delete_back();
        assert_eq!(lines.lines()[1], "  xy");
        assert_eq!((lines.row(), lines.column()), (1, 3));
        lines.delete_rest();
        lines.delete_line();
        assert_eq!(
            lines.lines()[0..2],
            ["{", "  \"a\": \"e\u{301}👩\u{200d}💻"]
        );
    }
}
