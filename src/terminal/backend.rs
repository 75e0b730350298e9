//! Frames to bytes, few of them: over a slow line each byte of a frame is felt. A frame goes out in one
//! write, as a synchronized update; a frame that changes nothing writes nothing.

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// Writes frames to a terminal.
#[derive(Debug)]
pub struct CompactBackend<W: Write> {
    out: W,
    frame: String,
    cursor_shown: bool,
}

impl<W: Write> CompactBackend<W> {
    /// Writes to `out`; the terminal's cursor is taken to be hidden.
    pub fn new(out: W) -> CompactBackend<W> {
        CompactBackend {
            out,
            frame: String::new(),
            cursor_shown: false,
        }
    }

    /// Writes bytes that belong to no frame, such as those for the clipboard.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn write_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Takes the terminal's cursor to be hidden, after it was taken over anew.
    pub fn forget(&mut self) {
        self.cursor_shown = false;
        self.frame.clear();
    }

    /// Sends what was drawn since the last time.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn end_frame(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let frame = std::mem::take(&mut self.frame);
        self.out.write_all(b"\x1b[?2026h")?;
        self.out.write_all(frame.as_bytes())?;
        self.out.write_all(b"\x1b[?2026l")?;
        self.frame = frame;
        self.frame.clear();
        self.out.flush()
    }
}

/// How the next character would look.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PenState {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl PenState {
    const PLAIN: PenState = PenState {
        fg: Color::Reset,
        bg: Color::Reset,
        modifier: Modifier::empty(),
    };

    fn of(cell: &Cell) -> PenState {
        PenState {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// Whether a blank looks the same in both.
    fn is_same_for_blanks(self, other: PenState) -> bool {
        const SHOWS: Modifier = Modifier::REVERSED
            .union(Modifier::UNDERLINED)
            .union(Modifier::CROSSED_OUT);
        let shows = |pen: PenState| pen.modifier.intersects(SHOWS);
        self.bg == other.bg && !shows(self) && !shows(other)
    }

    /// Appends what turns this look into another.
    fn turn_into(self, next: PenState, out: &mut String) {
        if self == next {
            return;
        }
        let start = out.len();
        out.push_str("\x1b[");
        // Taking a modifier away costs more than to begin anew.
        let mut from = self;
        if !next.modifier.contains(self.modifier) || next == PenState::PLAIN {
            out.push_str("0;");
            from = PenState::PLAIN;
        }
        for (modifier, code) in MODIFIERS {
            if next.modifier.contains(modifier) && !from.modifier.contains(modifier) {
                let _ = write!(out, "{code};");
            }
        }
        if next.fg != from.fg {
            colour(next.fg, 30, out);
        }
        if next.bg != from.bg {
            colour(next.bg, 40, out);
        }
        if out.ends_with(';') {
            out.pop();
            out.push('m');
        } else {
            out.truncate(start);
        }
    }
}

const MODIFIERS: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Appends the parameters of a colour; `base` is 30 for the text and 40 for the ground.
fn colour(colour: Color, base: u8, out: &mut String) {
    let bright = base + 60;
    let code = match colour {
        Color::Reset => base + 9,
        Color::Black => base,
        Color::Red => base + 1,
        Color::Green => base + 2,
        Color::Yellow => base + 3,
        Color::Blue => base + 4,
        Color::Magenta => base + 5,
        Color::Cyan => base + 6,
        Color::Gray => base + 7,
        Color::DarkGray => bright,
        Color::LightRed => bright + 1,
        Color::LightGreen => bright + 2,
        Color::LightYellow => bright + 3,
        Color::LightBlue => bright + 4,
        Color::LightMagenta => bright + 5,
        Color::LightCyan => bright + 6,
        Color::White => bright + 7,
        Color::Indexed(index) => {
            let _ = write!(out, "{};5;{index};", base + 8);
            return;
        }
        Color::Rgb(r, g, b) => {
            let _ = write!(out, "{};2;{r};{g};{b};", base + 8);
            return;
        }
    };
    let _ = write!(out, "{code};");
}

/// Whether every terminal moves its cursor by one column for this cell. Where that is not sure, the
/// next cell is addressed, so that columns stay straight.
fn is_one_column(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return false;
    };
    matches!(c, ' '..='~' | '\u{c0}'..='\u{24f}' | '\u{2500}'..='\u{257f}')
}

impl<W: Write> Backend for CompactBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut pen = PenState::PLAIN;
        let mut at: Option<(u16, u16)> = None;
        for (x, y, cell) in content {
            match at {
                Some(place) if place == (x, y) => {}
                // From where the cursor surely is, a step to the right is shorter to say.
                Some((from, row)) if row == y && from < x => match x - from {
                    1 => self.frame.push_str("\x1b[C"),
                    columns => {
                        let _ = write!(self.frame, "\x1b[{columns}C");
                    }
                },
                _ => {
                    let _ = write!(self.frame, "\x1b[{};{}H", y + 1, x + 1);
                }
            }
            let next = PenState::of(cell);
            // A blank looks the same in many pens.
            if cell.symbol() != " " || !pen.is_same_for_blanks(next) {
                pen.turn_into(next, &mut self.frame);
                pen = next;
            }
            self.frame.push_str(cell.symbol());
            at = is_one_column(cell.symbol()).then_some((x + 1, y));
        }
        pen.turn_into(PenState::PLAIN, &mut self.frame);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.cursor_shown) {
            self.frame.push_str("\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.cursor_shown, true) {
            self.frame.push_str("\x1b[?25h");
        }
        Ok(())
    }

    /// The program never asks the terminal; it says where the cursor belongs.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        let _ = write!(self.frame, "\x1b[{};{}H", y + 1, x + 1);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.frame.push_str("\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.frame.push_str(match clear_type {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(drawn(width, height))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::default(),
        })
    }

    /// Frames go out with [`CompactBackend::end_frame`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How much of a terminal is drawn on. Some say that they have 65,535 columns and rows, so that nothing is wrapped, and
/// each cell takes memory.
fn drawn(width: u16, height: u16) -> Size {
    /// Chosen: more than the smallest letters give on a large screen.
    const MOST: [u16; 2] = [1_000, 500];
    Size::new(width.min(MOST[0]), height.min(MOST[1]))
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn bytes(draw: impl FnOnce(&mut Buffer)) -> String {
        let mut before = Buffer::empty(Rect::new(0, 0, 10, 2));
        let mut after = before.clone();
        draw(&mut after);
        let mut backend = CompactBackend::new(Vec::new());
        let _ = backend.draw(before.diff(&after).into_iter());
        let _ = backend.end_frame();
        before.reset();
        String::from_utf8(backend.out).unwrap_or_default()
    }

    #[test]
    fn writes_little() {
        let check = |draw: &dyn Fn(&mut Buffer), expected: &str| {
            let whole = bytes(|buffer| draw(buffer));
            let frame = whole
                .strip_prefix("\x1b[?2026h")
                .and_then(|rest| rest.strip_suffix("\x1b[?2026l"));
            assert_eq!(frame.unwrap_or(&whole), expected);
        };
        let cyan = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
        check(&|_| {}, "");
        check(
            &|buffer| buffer.set_string(1, 1, "ab", Style::new()),
            "\x1b[2;2Hab",
        );
        check(
            &|buffer| {
                buffer.set_string(0, 0, "a", cyan);
                buffer.set_string(1, 0, "b", Style::new().fg(Color::Cyan));
            },
            "\x1b[1;1H\x1b[1;36ma\x1b[0;36mb\x1b[0m",
        );
        check(
            &|buffer| {
                buffer.set_string(0, 0, "a", cyan);
                buffer.set_string(1, 0, " ", Style::new());
                buffer.set_string(2, 0, "b", cyan);
            },
            "\x1b[1;1H\x1b[1;36ma\x1b[Cb\x1b[0m",
        );
        check(
            &|buffer| buffer.set_string(0, 0, "天●x", Style::new()),
            "\x1b[1;1H天\x1b[1;3H●\x1b[1;4Hx",
        );
    }

    #[test]
    fn a_terminal_of_any_size_is_drawn_on_in_bounded_memory() {
        assert_eq!(drawn(120, 40), Size::new(120, 40));
        assert_eq!(drawn(u16::MAX, u16::MAX), Size::new(1_000, 500));
        assert_eq!(drawn(u16::MAX, 1), Size::new(1_000, 1));
    }
}
