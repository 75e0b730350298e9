//! What a window shows: a title, lines that stand still above and below, and between them a body that
//! scrolls. How far it scrolls is worked out from the very lines that are drawn, so no window can scroll
//! past its end or show a scroll mark for something else.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::aside::Aside;
use super::cursor::{Cursor, CursorStep};
use super::layout::inner;
use super::line::{Line, put_line, wrapped};
use super::pen::{Pen, frame, scroll_mark};
use super::theme::Look;

type Draw<'a> = Box<dyn Fn(&mut Pen<'_>) + 'a>;
type DrawRow<'a> = Box<dyn Fn(usize, &mut Pen<'_>) + 'a>;

/// What a window shows at a size.
pub struct View<'a> {
    title: String,
    subtitle: String,
    place: String,
    head: Vec<Draw<'a>>,
    body: Body<'a>,
    foot: Vec<Draw<'a>>,
    /// Whether the foot takes what is left, so that the body takes no more than half.
    foot_grows: bool,
    aside: Option<Aside>,
    caret: Option<Caret>,
}

/// The lines that scroll.
struct Body<'a> {
    lines: usize,
    draw: DrawRow<'a>,
    cursor: Cursor,
    motion: Motion,
    /// Columns that the lines run through one after the other.
    columns: u16,
    /// Whether it stays at its end while more arrives.
    follows: bool,
}

/// What moving does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Motion {
    /// The lines scroll.
    Scroll,
    /// A cursor goes from line to line.
    Lines,
    /// A cursor goes over this many items; these lines belong to the one that it is on.
    Items(usize, Range<usize>),
    /// Nothing moves but what has to be in sight.
    Keep(Range<usize>),
}

/// Where the terminal's cursor stands while text is typed: a line of the head or the body, and a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caret {
    Head(usize, usize),
    Body(usize, usize),
}

/// How much of a body there is, and how much of it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Lines, those aside that other columns show without scrolling.
    pub lines: usize,
    /// Lines that are seen.
    pub height: usize,
}

impl Extent {
    /// Whether there is more than is seen.
    pub fn scrolls(self) -> bool {
        self.lines > self.height
    }
}

impl<'a> View<'a> {
    /// A view without lines.
    pub fn new(title: impl Into<String>) -> View<'a> {
        View {
            title: title.into(),
            subtitle: String::new(),
            place: String::new(),
            head: Vec::new(),
            body: Body {
                lines: 0,
                draw: Box::new(|_, _| {}),
                cursor: Cursor::default(),
                motion: Motion::Scroll,
                columns: 1,
                follows: false,
            },
            foot: Vec::new(),
            foot_grows: false,
            aside: None,
            caret: None,
        }
    }

    /// What stands dim behind the title.
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = subtitle.into();
        self
    }

    /// What stands at the bottom right: where one is.
    pub fn place(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }

    /// A line above the body.
    pub fn head(mut self, draw: impl Fn(&mut Pen<'_>) + 'a) -> Self {
        self.head.push(Box::new(draw));
        self
    }

    /// Lines above the body, a column in.
    pub fn heads(mut self, lines: Vec<Line>) -> Self {
        for line in lines {
            self = self.head(move |pen| put_line(&line, pen));
        }
        self
    }

    /// A line below the body.
    pub fn foot(mut self, draw: impl Fn(&mut Pen<'_>) + 'a) -> Self {
        self.foot.push(Box::new(draw));
        self
    }

    /// Lines below the body that take what room there is; the body takes at most half.
    pub fn below(mut self, lines: Vec<Line>) -> Self {
        self.foot_grows = true;
        for line in lines {
            self = self.foot(move |pen| put_line(&line, pen));
        }
        self
    }

    /// Lines on the right of the body, which has two fifths of the width: a list and what it is on.
    pub fn detail(mut self, lines: Vec<Line>) -> Self {
        self.aside = Some(Aside::on_the_right(lines));
        self
    }

    /// Lines on the left of the body, which has three fifths of the width.
    pub fn aside(mut self, lines: Vec<Line>) -> Self {
        self.aside = Some(Aside::on_the_left(lines));
        self
    }

    /// Text that scrolls, a column in.
    pub fn text(self, scroll: Cursor, lines: Vec<Line>) -> Self {
        let count = lines.len();
        self.scrolling(scroll, count, move |at, pen| put_line(&lines[at], pen))
    }

    /// Plain words where there is nothing else to show, in as many lines as they need within so many columns.
    pub fn words<'w>(
        self,
        look: &Look,
        columns: usize,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Self {
        let room = columns.saturating_sub(2);
        let lines = |words: &str| wrapped(&vec![(words.to_owned(), look.theme.text)], room);
        let lines = words.into_iter().flat_map(lines).collect();
        self.text(Cursor::default(), lines)
    }

    /// So many lines that scroll, each drawn when it is in sight.
    pub fn scrolling(
        mut self,
        scroll: Cursor,
        lines: usize,
        draw: impl Fn(usize, &mut Pen<'_>) + 'a,
    ) -> Self {
        self.body.lines = lines;
        self.body.draw = Box::new(draw);
        self.body.cursor = scroll;
        self
    }

    /// Rows with a cursor; each is told whether the cursor is on it, and is shown so.
    pub fn rows<R>(
        self,
        cursor: Cursor,
        look: &'a Look,
        rows: &'a [R],
        draw: impl Fn(&'a R, bool, &mut Pen<'_>) + 'a,
    ) -> Self {
        let row = move |at: usize, pen: &mut Pen<'_>| {
            let is_cursor = at == cursor.row;
            if is_cursor {
                pen.cover(look.theme.cursor);
            }
            draw(&rows[at], is_cursor, pen);
        };
        self.scrolling(cursor, rows.len(), row).with_cursor()
    }

    /// A cursor goes from line to line.
    pub fn with_cursor(mut self) -> Self {
        self.body.motion = Motion::Lines;
        self
    }

    /// The cursor goes over so many items; these are the lines of the one that it is on.
    pub fn items(mut self, count: usize, own: Range<usize>) -> Self {
        self.body.motion = Motion::Items(count, own);
        self
    }

    /// These lines of the body are to be in sight.
    pub fn keep(mut self, lines: Range<usize>) -> Self {
        self.body.motion = Motion::Keep(lines);
        self
    }

    /// The body's lines run through so many columns.
    pub fn columns(mut self, columns: u16) -> Self {
        self.body.columns = columns.max(1);
        self
    }

    /// The body stays at its end while more of it arrives.
    pub fn follows(mut self, follows: bool) -> Self {
        self.body.follows = follows;
        self
    }

    /// The terminal's cursor stands in a line of the head.
    pub fn caret_in_head(mut self, line: usize, column: usize) -> Self {
        self.caret = Some(Caret::Head(line, column));
        self
    }

    /// The terminal's cursor stands in a line of the body.
    pub fn caret_in_body(mut self, line: usize, column: usize) -> Self {
        self.caret = Some(Caret::Body(line, column));
        self
    }

    /// Lines that a window needs to show all of it, its frame aside.
    pub fn height(&self) -> usize {
        let body = self.body.lines.div_ceil(usize::from(self.body.columns));
        let whole = self.head.len() + body + self.foot.len();
        let whole = match self.foot_grows {
            // The body has at most half.
            true => whole.max(2 * body),
            false => whole,
        };
        let aside = self.aside.as_ref().map_or(0, Aside::height);
        whole.max(self.head.len() + aside + self.foot.len())
    }

    /// How much there is within a window of a height, and how much of it is seen.
    pub fn extent(&self, height: usize) -> Extent {
        let height = usize::from(self.body_within(Rect::new(0, 0, 1, to_u16(height))).height);
        let unscrolled = (usize::from(self.body.columns) - 1) * height;
        Extent {
            lines: self.body.lines.saturating_sub(unscrolled),
            height,
        }
    }

    /// The part of a window's inside that the body has.
    fn body_within(&self, inside: Rect) -> Rect {
        let head = to_u16(self.head.len()).min(inside.height);
        let left = inside.height - head;
        let height = match self.foot_grows {
            true => to_u16(self.body.lines).min(inside.height / 2).max(1),
            // What stands below gives way to the body where there is room for one of them only.
            false => {
                let least = to_u16(self.body.lines).min(left.div_ceil(2));
                left.saturating_sub(to_u16(self.foot.len())).max(least)
            }
        };
        let (x, width) = match &self.aside {
            None => (inside.x, inside.width),
            Some(aside) => aside.body_within(inside),
        };
        Rect {
            x,
            y: inside.y + head,
            width,
            height: height.min(left),
        }
    }

    /// Where the cursor and the first line are once the body is brought in line with a window's height.
    pub(crate) fn settled(&self, height: usize) -> Cursor {
        let Extent { lines, height } = self.extent(height);
        let most = lines.saturating_sub(height);
        let mut cursor = self.body.cursor;
        match &self.body.motion {
            Motion::Scroll if self.body.follows => cursor.offset = most,
            Motion::Scroll => cursor.offset = cursor.offset.min(most),
            Motion::Lines => cursor.settle(lines, height),
            Motion::Items(count, own) => {
                cursor.row = cursor.row.min(count.saturating_sub(1));
                cursor.settle_on(own.clone(), lines, height);
            }
            Motion::Keep(own) => cursor.settle_on(own.clone(), lines, height),
        }
        cursor
    }

    /// Where the cursor and the first line are after a movement in a window of a height.
    pub(crate) fn moved(&self, step: CursorStep, height: usize) -> Cursor {
        let Extent { lines, height } = self.extent(height);
        let mut cursor = self.body.cursor;
        let page = (height / 2).cast_signed();
        match &self.body.motion {
            Motion::Scroll => {
                let by = match step {
                    CursorStep::Up => -1,
                    CursorStep::Down => 1,
                    CursorStep::PageUp => -page,
                    CursorStep::PageDown => page,
                    CursorStep::Top => -lines.cast_signed(),
                    CursorStep::Bottom => lines.cast_signed(),
                };
                cursor.scroll(by, lines, height);
            }
            Motion::Lines => cursor.step(step, lines, height),
            Motion::Items(count, _) => cursor.step(step, *count, height),
            Motion::Keep(_) => {}
        }
        cursor
    }

    /// The same after the wheel was turned by lines; down is positive.
    pub(crate) fn wheeled(&self, by: isize, height: usize) -> Cursor {
        let extent = self.extent(height);
        let mut cursor = self.body.cursor;
        match &self.body.motion {
            Motion::Scroll | Motion::Lines => cursor.scroll(by, extent.lines, extent.height),
            Motion::Items(count, _) => {
                let step = if by < 0 {
                    CursorStep::Up
                } else {
                    CursorStep::Down
                };
                cursor.step(step, *count, extent.height);
            }
            Motion::Keep(_) => {}
        }
        cursor
    }

    /// Whether moving does anything in a window of a height.
    pub fn can_move(&self, height: usize) -> bool {
        match &self.body.motion {
            Motion::Scroll => self.extent(height).scrolls(),
            Motion::Lines => self.body.lines > 1,
            Motion::Items(count, _) => *count > 1,
            Motion::Keep(_) => false,
        }
    }

    /// Whether it is read rather than walked through, and is longer than a window of a height.
    pub fn scrolls(&self, height: usize) -> bool {
        self.body.motion == Motion::Scroll && self.can_move(height)
    }

    /// Draws it with its frame. Returns where the terminal's cursor belongs.
    pub(crate) fn draw(&self, look: &Look, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let theme = &look.theme;
        let subtitle = match self.subtitle.as_str() {
            "" => String::new(),
            subtitle => format!(" · {subtitle}"),
        };
        let title = [
            (self.title.as_str(), theme.title),
            (subtitle.as_str(), theme.dim),
        ];
        frame(buffer, area, look, true, &title, &self.place);
        let inside = inner(area);
        if inside.is_empty() {
            return None;
        }
        for (y, draw) in (0..inside.height).zip(&self.head) {
            draw(&mut Pen::line(buffer, inside, y));
        }
        let body = self.body_within(inside);
        // The screen may have become another one since it was settled.
        let offset = self.settled(usize::from(inside.height)).offset;
        if let Some(aside) = &self.aside {
            aside.draw(inside, body, look, buffer);
        }
        self.draw_body(body, offset, buffer);
        let shown = self.extent(usize::from(inside.height));
        scroll_mark(buffer, body, look, shown.lines, offset);
        for (y, draw) in (body.bottom()..inside.bottom()).zip(&self.foot) {
            draw(&mut Pen::line(buffer, inside, y - inside.y));
        }
        let (line, column) = match self.caret? {
            Caret::Head(line, column) => (Some(line), column),
            Caret::Body(line, column) => {
                let line = line.checked_sub(offset);
                (line.map(|line| line + self.head.len()), column)
            }
        };
        let (x, y) = (
            inside.x + to_u16(column),
            inside.y.saturating_add(to_u16(line?)),
        );
        (y < inside.bottom()).then(|| Position::new(x.min(inside.right()), y))
    }

    fn draw_body(&self, body: Rect, offset: usize, buffer: &mut Buffer) {
        let columns = self.body.columns;
        let width = body.width / columns;
        for column in 0..columns {
            let place = Rect {
                x: body.x + column * width,
                width: if columns == 1 { body.width } else { width },
                ..body
            };
            let first = offset + usize::from(column) * usize::from(body.height);
            let lines = first..self.body.lines;
            for (y, line) in (0..place.height).zip(lines) {
                (self.body.draw)(line, &mut Pen::line(buffer, place, y));
            }
        }
    }
}

fn to_u16(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    /// The lines that are drawn of a body, and its scroll mark.
    fn drawn(view: &View<'_>, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, 6, height);
        let mut buffer = Buffer::empty(area);
        view.draw(&Look::default(), area, &mut buffer);
        let line = |y: u16| (1..4).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
        (1..height - 1).map(line).collect()
    }

    fn numbers(count: usize, cursor: Cursor) -> View<'static> {
        View::new("").scrolling(cursor, count, |at, pen| {
            pen.put(&at.to_string(), Style::default());
        })
    }

    #[test]
    fn the_end_of_what_is_drawn_is_the_end_of_scrolling() {
        for count in 0..12 {
            for fixed in 0..3 {
                let make = |cursor| {
                    let mut view = numbers(count, cursor);
                    for _ in 0..fixed {
                        view = view.head(|_| {});
                    }
                    view
                };
                let view = make(Cursor::default());
                let cursor = view.moved(CursorStep::Bottom, 6);
                let view = make(cursor);
                assert_eq!(view.settled(6), cursor);
                let lines = drawn(&view, 8);
                let last = (fixed + count).min(6);
                if count > 0 {
                    assert_eq!(lines[last - 1].trim(), (count - 1).to_string());
                }
                assert!(lines[last..].iter().all(|line| line.trim().is_empty()));
            }
        }
    }

    #[test]
    fn a_smaller_screen_shows_no_lines_that_are_not_there() {
        let mut cursor = Cursor::default();
        cursor.offset = 90;
        assert_eq!(drawn(&numbers(10, cursor), 6)[3].trim(), "9");
    }

    #[test]
    fn columns_show_lines_without_scrolling() {
        let view = numbers(10, Cursor::default()).columns(2);
        let extent = view.extent(4);
        assert_eq!((extent.lines, extent.height), (6, 4));
        assert!(!numbers(8, Cursor::default()).columns(2).can_move(4));
    }

    #[test]
    fn a_foot_that_grows_leaves_the_body_at_most_half() {
        let lines = |count: usize| vec![Line::new(); count];
        let height = |rows: usize| {
            let view = View::new("").text(Cursor::default(), lines(rows));
            view.below(lines(9)).extent(10).height
        };
        assert_eq!([height(0), height(2), height(30)], [1, 2, 5]);
    }
}
