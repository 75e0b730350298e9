//! Writing into a line of the screen from left to right, and from its right end. Everything that is
//! written goes through [`crate::display`], so nothing hostile reaches the terminal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use unicode_width::UnicodeWidthStr;

use crate::display;
use crate::inspector::ui::theme::Look;

/// A line that is being written.
pub struct Pen<'b> {
    buffer: &'b mut Buffer,
    x: u16,
    y: u16,
    right: u16,
    over: Option<Style>,
}

impl<'b> Pen<'b> {
    /// The line at `y` (from the top of `area`).
    pub fn line(buffer: &'b mut Buffer, area: Rect, y: u16) -> Pen<'b> {
        Pen {
            buffer,
            x: area.x,
            y: area.y + y,
            right: area.right(),
            over: None,
        }
    }

    /// Gives the whole line a style that goes over those of its parts.
    pub fn over(mut self, style: Style) -> Pen<'b> {
        self.cover(style);
        self
    }

    /// Gives what is left of the line a style that goes over those of its parts.
    pub fn cover(&mut self, style: Style) {
        let area = Rect::new(self.x, self.y, self.right.saturating_sub(self.x), 1);
        self.buffer.set_style(area, style);
        self.over = Some(style);
    }

    /// A pen for a part of the line: so many columns from here on, past some that are left free.
    pub fn part(&mut self, skip: u16, columns: u16) -> Pen<'_> {
        let x = self.x.saturating_add(skip).min(self.right);
        Pen {
            x,
            y: self.y,
            right: x.saturating_add(columns).min(self.right),
            over: self.over,
            buffer: &mut *self.buffer,
        }
    }

    /// The column that is written next.
    pub fn x(&self) -> u16 {
        self.x
    }

    /// Columns that are left.
    pub fn room(&self) -> usize {
        usize::from(self.right.saturating_sub(self.x))
    }

    /// Writes a text, cut where the line ends.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        self.put_within(text, room, style)
    }

    /// Writes a text, cut to so many columns.
    pub fn put_within(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let shown = display::clip(text, columns.min(self.room()));
        self.raw(&shown, style);
        self
    }

    /// Writes a text and fills up to so many columns.
    pub fn put_padded(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let shown = display::pad(text, columns.min(self.room()));
        self.raw(&shown, style);
        self
    }

    /// A part's style on this line. What reverses the line replaces the styles of its parts, since
    /// reversed colours make patches; a ground of its own lies beneath them.
    fn style(&self, part: Style) -> Style {
        let style = match self.over {
            // Plain text has the colour that is read on it.
            Some(over) if over.bg.is_some() => Style {
                fg: part.fg.or(over.fg),
                ..part.patch(over)
            },
            // What is struck through or underlined stays so.
            Some(over) => {
                let kept = Modifier::CROSSED_OUT.union(Modifier::UNDERLINED);
                over.add_modifier(part.add_modifier & kept)
            }
            None => part,
        };
        Style::reset().patch(style)
    }

    fn raw(&mut self, shown: &str, style: Style) {
        let style = self.style(style);
        self.x = write(self.buffer, (self.x, self.y), shown, self.room(), style);
    }

    /// Leaves columns free.
    pub fn skip(&mut self, columns: usize) -> &mut Self {
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        self.x = self.x.saturating_add(columns).min(self.right);
        self
    }

    /// Writes a text at the right end, and keeps it free from what is written later.
    pub fn put_right(&mut self, text: &str, style: Style) -> &mut Self {
        let shown = display::clip(text, self.room());
        let width = u16::try_from(display::width(&shown)).unwrap_or(u16::MAX);
        let x = self.right.saturating_sub(width).max(self.x);
        let style = self.style(style);
        let room = usize::from(self.right - x);
        write(self.buffer, (x, self.y), &shown, room, style);
        self.right = x;
        self
    }
}

/// Writes a text that was made for the screen, within so many columns; gives the column behind it. Most of it is ASCII, which
/// needs no look into the tables of clusters and widths.
fn write(buffer: &mut Buffer, at: (u16, u16), shown: &str, columns: usize, style: Style) -> u16 {
    let (mut x, y) = at;
    let room = usize::from(buffer.area.right().saturating_sub(x)).min(columns);
    let plain = display::plain_beginning(shown).min(room);
    for symbol in shown[..plain].chars() {
        put_cell(buffer, (x, y), symbol.encode_utf8(&mut [0; 4]), style);
        x += 1;
    }
    match plain == shown.len() {
        true => x,
        false => {
            let rest = &shown[plain..];
            buffer.set_stringn(x, y, rest, columns - plain, style).0
        }
    }
}

/// Writes a symbol of one column.
pub fn put_cell(buffer: &mut Buffer, at: (u16, u16), symbol: &str, style: Style) {
    if let Some(cell) = buffer.cell_mut(at) {
        cell.set_symbol(symbol).set_style(style);
    }
}

/// Columns of the widest characters: some that are joined take more than two.
const WIDEST: u16 = 5;

/// Takes away what was drawn in an area.
pub fn clear(buffer: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom() {
        // A wide character beside it would cover its border.
        for columns in 1..WIDEST {
            let beside = area.left().checked_sub(columns);
            if let Some(cell) = beside.and_then(|x| buffer.cell_mut((x, y)))
                && cell.symbol().width() > usize::from(columns)
            {
                cell.reset();
            }
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

/// Draws a frame with a title at its top, and perhaps words at its bottom right.
pub fn frame(
    buffer: &mut Buffer,
    area: Rect,
    look: &Look,
    focused: bool,
    title: &[(&str, Style)],
    foot: &str,
) {
    if area.width < 2 || area.height < 2 {
        return;
    }
    let style = if focused {
        look.theme.border_focused
    } else {
        look.theme.border
    };
    let [top_left, top_right, bottom_left, bottom_right, side] = look.symbols.frame;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let mut put = |x, y, symbol| put_cell(buffer, (x, y), symbol, style);
    for (y, left_corner, right_corner) in [
        (area.y, top_left, top_right),
        (bottom, bottom_left, bottom_right),
    ] {
        put(area.x, y, left_corner);
        (area.x + 1..right).for_each(|x| put(x, y, look.symbols.line));
        put(right, y, right_corner);
    }
    for y in area.y + 1..bottom {
        put(area.x, y, side);
        put(right, y, side);
    }
    let inside = Rect::new(area.x + 1, area.y, area.width - 2, 1);
    let mut pen = Pen::line(buffer, inside, 0);
    if !title.is_empty() {
        pen.put(" ", style);
        // What is cut touches the corner no more than what fits.
        for (text, style) in title {
            let room = pen.room().saturating_sub(1);
            pen.put_within(text, room, *style);
        }
        pen.put(" ", style);
    }
    if !foot.is_empty() {
        let inside = Rect::new(area.x + 1, bottom, area.width - 2, 1);
        Pen::line(buffer, inside, 0).put_right(
            &format!(" {foot} "),
            if focused {
                look.theme.text
            } else {
                look.theme.dim
            },
        );
    }
}

/// Marks on the right border which part of its rows an area shows; nothing where it shows all.
/// `area` is within the border.
pub fn scroll_mark(buffer: &mut Buffer, area: Rect, look: &Look, rows: usize, offset: usize) {
    let height = usize::from(area.height);
    if rows <= height || height < 3 || area.right() >= buffer.area.right() {
        return;
    }
    let length = (height * height / rows).max(1);
    // The ends of the way are reached only at the ends of the rows.
    let (way, most) = (height - length, rows - height);
    let start = match offset.min(most) {
        0 => 0,
        offset if offset == most => way,
        offset => (offset * way / most).clamp(1, way.saturating_sub(1).max(1)),
    };
    for y in start..(start + length).min(height) {
        let y = area.y + u16::try_from(y).unwrap_or(0);
        buffer.set_string(area.right(), y, look.symbols.thumb, look.theme.accent);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inspector::ui::theme::Theme;

    #[test]
    fn the_scroll_mark_touches_an_end_only_there() {
        let check = |rows: usize, offset: usize, expected: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 8));
            let look = Look::default();
            scroll_mark(&mut buffer, Rect::new(0, 0, 1, 8), &look, rows, offset);
            let drawn: String = (0..8).map(|y| buffer[(1, y)].symbol()).collect();
            let expected = expected.replace('#', look.symbols.thumb).replace('.', " ");
            assert_eq!(drawn, expected, "{offset} of {rows}");
        };
        check(8, 0, "........");
        check(9, 0, "#######.");
        check(9, 1, ".#######");
        check(16, 0, "####....");
        check(16, 1, ".####...");
        check(16, 7, "...####.");
        check(16, 8, "....####");
        check(100_000, 0, "#.......");
        check(100_000, 5, ".#......");
        check(100_000, 99_991, "......#.");
        check(100_000, 99_992, ".......#");
        check(100_000, 1_000_000, ".......#");
    }

    /// A ground of its own leaves a row's colours alone; reversing replaces them.
    #[test]
    fn a_cursor_lies_beneath_colours_or_goes_over_them() {
        for (name, keeps) in [("dark", true), ("light", true), ("terminal", false)] {
            let theme = Theme::named(name).unwrap_or(Theme::monochrome());
            let area = Rect::new(0, 0, 10, 1);
            let mut buffer = Buffer::empty(area);
            Pen::line(&mut buffer, area, 0)
                .over(theme.cursor)
                .put_right("x", theme.error)
                .put("key", theme.key);
            for (x, part) in [(0, theme.key), (9, theme.error)] {
                let cell = &buffer[(x, 0)];
                assert_eq!(cell.fg == part.fg.unwrap_or_default(), keeps, "{name}");
                assert_eq!(Some(cell.bg).filter(|_| keeps), theme.cursor.bg, "{name}");
            }
            assert_eq!(Some(buffer[(5, 0)].bg).filter(|_| keeps), theme.cursor.bg);
        }
    }

    proptest! {
        /// What is written plainly is what ratatui writes cluster by cluster.
        #[test]
        fn ascii_is_written_as_any_text(
            text in r"([ -~]{0,9}|[\u{300}-\u{36f}]|\u{200d}|\u{ff9e}|[…→天│]|👩){0,5}",
            x in 0_u16..12,
            columns in 0_usize..16,
        ) {
            let area = Rect::new(0, 0, 12, 1);
            let style = Style::new().fg(ratatui::style::Color::Red);
            let filled = || {
                let mut buffer = Buffer::empty(area);
                buffer.set_string(0, 0, "天天天天天天", Style::new());
                buffer
            };
            let (mut ours, mut theirs) = (filled(), filled());
            let end = write(&mut ours, (x, 0), &text, columns, style);
            let (expected, _) = theirs.set_stringn(x, 0, &text, columns, style);
            prop_assert_eq!((end, ours), (expected, theirs), "{:?}", text);
        }
    }
}
