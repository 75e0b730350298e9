//! Windows over the panes, and how keys move in them.

use tui_input::Input;

use crate::inspector::Model;
use crate::inspector::keys::command::{Command, TABLE};
use crate::inspector::keys::hints::Hint;
use crate::inspector::ui::cursor::{Cursor, Step};
use crate::inspector::ui::layout::inner;
use crate::inspector::windows::compare::Compare;
use crate::inspector::windows::destination::DestinationForm;
use crate::inspector::windows::detail::Detail;
use crate::inspector::windows::dropped::Dropped;
use crate::inspector::windows::history::HistoryWindow;
use crate::inspector::windows::live::body_lines;
use crate::inspector::windows::overview::{OVERVIEW_LINES, Overview};
use crate::inspector::windows::palette::palette_entries;

/// A window over the panes.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The keys, explained.
    Help(Cursor),
    /// Two events side by side.
    Compare(Compare),
    /// The newest test trace: its request, attempts and answer. Scrolls.
    Send(Cursor),
    /// What the local sink received.
    Inbox(Cursor),
    /// What is loaded, at a glance.
    Overview(Box<Overview>),
    /// What the event does not carry.
    Dropped(Dropped),
    /// Where test traces go.
    Destination(Box<DestinationForm>),
    /// A request through OpenRouter.
    Live,
    /// Sending all that is listed.
    SendAll,
    /// What was sent.
    History(Box<HistoryWindow>),
    /// What was sent and not answered when the program last ended.
    Left(Cursor),
    /// A long text.
    Detail(Detail),
    /// The findings of the completion; the cursor's row is a finding, its offset a line.
    Findings(Cursor),
    /// What could not be loaded.
    Problems(Cursor),
    /// Commands by name.
    Palette(Input, Cursor),
}

impl Overlay {
    /// Whether keys are text in it.
    pub fn is_typed(&self) -> bool {
        match self {
            Overlay::Destination(_) | Overlay::Palette(..) => true,
            Overlay::History(window) => window.is_typing,
            _ => false,
        }
    }
}

/// Lines that sending all takes besides its rows.
pub const ALL_LINES: usize = 4;

/// Lines that the comparison takes besides its rows: headings and the verdict.
pub const COMPARE_LINES: usize = 4;

/// Lines of the help's legend.
const LEGEND_LINES: usize = 26;

/// How many columns the help has within a width: two where its sentences have room in both.
pub const fn help_columns(width: u16) -> usize {
    const SENTENCE: u16 = 94;
    if width >= 2 * SENTENCE { 2 } else { 1 }
}

impl Model {
    /// Columns and rows of the window's inside.
    pub(crate) fn window_size(&self) -> (usize, usize) {
        let inside = inner(self.layout().window());
        (usize::from(inside.width), usize::from(inside.height))
    }

    /// Height of the window's inside, in rows.
    pub(crate) fn window_height(&self) -> usize {
        usize::from(inner(self.layout().window()).height)
    }

    /// What the help says first: what can be done in the window that it was opened over, or in the pane.
    pub fn help_of_place(&self) -> (&'static str, Vec<Hint>) {
        let Some(window) = self.window_beneath() else {
            return (self.focus.place(), self.hints_of_pane());
        };
        let hints = self.hints_of_window(window);
        (
            window.name(),
            hints.first.into_iter().chain(hints.last).collect(),
        )
    }

    /// How many rows the help has: a heading, its entries and a blank line for each group. Where it has
    /// several columns, those to the right of the first show rows without scrolling.
    fn help_rows(&self) -> usize {
        let (width, height) = self.window_size();
        let own = self.help_of_place().1.len() + 2;
        let groups = crate::inspector::keys::command::Group::ALL.len();
        let lines = own + TABLE.len() + groups * 2 + LEGEND_LINES;
        let columns = help_columns(u16::try_from(width).unwrap_or(u16::MAX));
        lines.saturating_sub((columns - 1) * height)
    }

    /// How far the open window is scrolled: its rows, the first that is seen, and how many are; none where
    /// it does not scroll as a whole.
    pub fn window_view(&self) -> Option<(usize, usize, usize)> {
        let offset = match self.overlay.as_ref()? {
            Overlay::Help(cursor)
            | Overlay::Send(cursor)
            | Overlay::Left(cursor)
            | Overlay::Problems(cursor)
            | Overlay::Palette(_, cursor) => cursor.offset,
            Overlay::Compare(compare) => compare.cursor.offset,
            Overlay::Dropped(dropped) => dropped.cursor.offset,
            Overlay::History(window) => window.view().offset,
            Overlay::Live => self.live.as_ref()?.scroll.offset,
            Overlay::SendAll => self.all.as_ref()?.cursor.offset,
            Overlay::Detail(detail) => detail.offset,
            // Their lists are a part of them, or have a mark of their own.
            Overlay::Inbox(_)
            | Overlay::Findings(_)
            | Overlay::Overview(_)
            | Overlay::Destination(_) => return None,
        };
        Some((self.overlay_rows(), offset, self.overlay_height()))
    }

    /// Rows of the open window, for moving in it.
    fn overlay_rows(&self) -> usize {
        match &self.overlay {
            Some(Overlay::Help(_)) => self.help_rows(),
            Some(Overlay::Findings(_)) => self.found().len(),
            Some(Overlay::Compare(compare)) => compare.pairs.len(),
            Some(Overlay::Overview(overview)) => overview.rows.len(),
            Some(Overlay::Dropped(dropped)) => dropped.rows.len(),
            Some(Overlay::Send(_)) => self.send_lines(),
            Some(Overlay::Inbox(_)) => self.received.len(),
            Some(Overlay::History(window)) => window.rows(),
            Some(Overlay::Live) => self
                .live
                .as_ref()
                .map_or(0, |live| body_lines(live).len() + 6),
            Some(Overlay::SendAll) => self.all.as_ref().map_or(0, |all| all.rows.len()),
            Some(Overlay::Left(_)) => self.left.len(),
            Some(Overlay::Problems(_)) => {
                self.mistakes.len() + self.library.problems.len() + self.library.notes.len()
            }
            Some(Overlay::Palette(input, _)) => palette_entries(input.value()).len(),
            Some(Overlay::Detail(detail)) => detail.height(),
            Some(Overlay::Destination(_)) | None => 0,
        }
    }

    fn overlay_cursor(&mut self) -> Option<&mut Cursor> {
        match &mut self.overlay {
            Some(
                Overlay::Help(cursor)
                | Overlay::Send(cursor)
                | Overlay::Inbox(cursor)
                | Overlay::Left(cursor)
                | Overlay::Problems(cursor)
                | Overlay::Findings(cursor)
                | Overlay::Palette(_, cursor),
            ) => Some(cursor),
            Some(Overlay::Compare(compare)) => Some(&mut compare.cursor),
            Some(Overlay::Dropped(dropped)) => Some(&mut dropped.cursor),
            Some(Overlay::History(window)) => Some(window.cursor_mut()),
            Some(Overlay::Live) => self.live.as_mut().map(|live| &mut live.scroll),
            Some(Overlay::SendAll) => self.all.as_mut().map(|all| &mut all.cursor),
            Some(Overlay::Overview(_) | Overlay::Destination(_) | Overlay::Detail(_)) | None => {
                None
            }
        }
    }

    /// Windows that are read rather than walked through: moving scrolls them.
    fn overlay_scrolls(&self) -> bool {
        match &self.overlay {
            Some(Overlay::Help(_) | Overlay::Send(_) | Overlay::Live) => true,
            Some(Overlay::History(window)) => window.shown.is_some(),
            _ => false,
        }
    }

    pub(crate) fn settle_overlay(&mut self) {
        let rows = self.overlay_rows();
        let scrolls = self.overlay_scrolls();
        let height = self.overlay_height();
        let size = self.window_size();
        if let Some(Overlay::Detail(detail)) = &mut self.overlay {
            detail.resize(size);
            detail.scroll(0, height);
        }
        let columns = Overview::columns(self.layout().window().width);
        if let Some(Overlay::Overview(overview)) = &mut self.overlay {
            overview.settle(columns, height);
        }
        if let Some(Overlay::Findings(_)) = &self.overlay {
            self.settle_findings(height);
        } else if let Some(cursor) = self.overlay_cursor() {
            if scrolls {
                cursor.offset = cursor.offset.min(rows.saturating_sub(height));
            } else {
                cursor.settle(rows, height);
            }
        }
    }

    fn overlay_height(&self) -> usize {
        let height = self.window_height();
        match &self.overlay {
            Some(Overlay::Compare(_)) => height.saturating_sub(COMPARE_LINES),
            Some(Overlay::Overview(_)) => height.saturating_sub(OVERVIEW_LINES),
            Some(Overlay::Inbox(_)) => (height / 2).max(1),
            Some(Overlay::History(window)) if window.shown.is_none() => height.saturating_sub(1),
            Some(Overlay::Left(_)) => height.saturating_sub(5),
            Some(Overlay::SendAll) => height.saturating_sub(ALL_LINES),
            Some(Overlay::Palette(..)) => height.saturating_sub(2),
            _ => height,
        }
    }

    /// Moves in the open window; false where the command is not one of movement.
    pub(crate) fn move_in_overlay(&mut self, command: Command) -> bool {
        let step = match command {
            Command::Up => Step::Up,
            Command::Down => Step::Down,
            Command::PageUp => Step::PageUp,
            Command::PageDown => Step::PageDown,
            Command::Top => Step::Top,
            Command::Bottom => Step::Bottom,
            _ => return false,
        };
        let (rows, height) = (self.overlay_rows(), self.overlay_height());
        if let Some(Overlay::Overview(overview)) = &mut self.overlay {
            overview.step(step, height);
            return true;
        }
        if self.overlay_scrolls() || matches!(self.overlay, Some(Overlay::Detail(_))) {
            self.scroll_overlay(match step {
                Step::Up => -1,
                Step::Down => 1,
                Step::PageUp => -(height as isize / 2),
                Step::PageDown => height as isize / 2,
                Step::Top => -(rows as isize),
                Step::Bottom => rows as isize,
            });
        } else if let Some(cursor) = self.overlay_cursor() {
            cursor.step(step, rows, height);
        }
        true
    }

    /// Scrolls the open window.
    pub(crate) fn scroll_overlay(&mut self, lines: isize) {
        let (rows, height) = (self.overlay_rows(), self.overlay_height());
        match &mut self.overlay {
            Some(Overlay::Detail(detail)) => detail.scroll(lines, height),
            Some(Overlay::Overview(overview)) => {
                let step = if lines < 0 { Step::Up } else { Step::Down };
                overview.step(step, height);
            }
            Some(Overlay::Findings(cursor)) => {
                let step = if lines < 0 { Step::Up } else { Step::Down };
                cursor.step(step, rows, height);
            }
            Some(_) => {
                if let Some(cursor) = self.overlay_cursor() {
                    cursor.scroll(lines, rows, height);
                }
            }
            None => {}
        }
    }
}
