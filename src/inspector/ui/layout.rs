//! Where things stand on a screen of a size: one pure function, read by drawing, scrolling and the mouse.
//!
//! Three columns from 112 columns up, since there each still shows what it is for; two from 80, the default
//! width of a terminal, so that a completion and its event stand side by side there; below that one pane at
//! a time, with tabs; and a line of words where nothing fits. On two columns the list is a popup. A large
//! screen has, below the event, all that is known of the row under the cursor.

use ratatui::layout::Rect;

use super::arrangement::PaneLayout;
use super::pane::Pane;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeClass {
    /// Three columns.
    Wide,
    /// Two columns.
    Medium,
    /// One pane with tabs.
    Narrow,
    /// A line of words.
    Tiny,
}

/// Places on the screen; a pane that is not shown has no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How much room there is.
    pub class: SizeClass,
    /// The whole screen.
    pub screen: Rect,
    /// The line at the top.
    pub header: Rect,
    /// The tabs, where there are any.
    pub tabs: Rect,
    /// Between header and footer.
    pub body: Rect,
    /// The lines in which presenter mode or the tour speaks, between the panes and the footer.
    pub guide: Rect,
    /// The lines at the bottom.
    pub footer: Rect,
    /// The findings below the event's tree, where there is room for them.
    pub findings: Rect,
    /// What is known of the row under the cursor, with its border.
    pub detail: Rect,
    panes: [Rect; 4],
}

/// What the panes hold, as far as it decides on their size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaneContents {
    /// Rows of the list.
    pub list_rows: usize,
    /// Rows of the trace pane.
    pub trace_rows: usize,
    /// Rows of the event's tree, which come before the findings.
    pub event_rows: usize,
    /// Lines that the findings take in the event's pane.
    pub findings: usize,
    /// How the user shares the screen out.
    pub pane_layout: PaneLayout,
    /// Lines in which presenter mode or the tour speaks.
    pub guide: u16,
}

/// Lines at the bottom: what the cursor is on, the worst finding, the keys.
const FOOTER: u16 = 3;
/// Lines of a screen from which on the footer takes one more, for what does not fit into one.
const HIGH: u16 = 30;
/// Lines that the panes keep, however much there is to say below them.
const BODY: u16 = 6;
/// Columns that a pane has at least.
const LEAST: u16 = 20;
/// Lines of a body from which on two columns show the trace without being asked for it: the completion keeps
/// most of its column then.
const ROOM_FOR_TRACE: u16 = 24;

/// Columns and lines of a screen from which on it has room for what is known of the row under the cursor, and
/// the lines that this takes at least and at most.
const LARGE: (u16, u16) = (160, 40);
const DETAIL: (u16, u16) = (11, 18);

impl Layout {
    /// The layout for a size, with the focus on a pane and perhaps one pane zoomed.
    pub fn of(width: u16, height: u16, focus: Pane, contents: PaneContents) -> Layout {
        let screen = Rect::new(0, 0, width, height);
        let class = match (width, height) {
            (0..30, _) | (_, 0..8) => SizeClass::Tiny,
            (0..80, _) => SizeClass::Narrow,
            (0..112, _) => SizeClass::Medium,
            _ => SizeClass::Wide,
        };
        let nothing = Rect::default();
        let mut layout = Layout {
            class,
            screen,
            header: nothing,
            tabs: nothing,
            body: screen,
            guide: nothing,
            footer: nothing,
            findings: nothing,
            detail: nothing,
            panes: [nothing; 4],
        };
        if class == SizeClass::Tiny {
            return layout;
        }
        let footer = FOOTER + u16::from(height >= HIGH);
        let footer = footer.min(height.saturating_sub(6)).max(1);
        layout.header = Rect::new(0, 0, width, 1);
        layout.footer = Rect::new(0, height - footer, width, footer);
        let guide = contents.guide.min(height.saturating_sub(1 + footer + BODY));
        layout.guide = Rect::new(0, height - footer - guide, width, guide);
        let mut body = Rect::new(0, 1, width, height - 1 - footer - guide);
        if class == SizeClass::Narrow {
            layout.tabs = Rect::new(0, 1, width, 1);
            body.y += 1;
            body.height -= 1;
        }
        layout.body = body;
        let rows = u16::try_from(contents.trace_rows)
            .unwrap_or(u16::MAX)
            .saturating_add(2);
        match class {
            SizeClass::Wide | SizeClass::Medium | SizeClass::Narrow
                if contents.pane_layout.zoomed =>
            {
                layout.panes[focus as usize] = body;
            }
            SizeClass::Wide => {
                let left = contents.pane_layout.column(0, width);
                let left = left
                    .unwrap_or(usual_list(width))
                    .clamp(LEAST, width - 2 * LEAST);
                let rest = width - left;
                let middle = contents.pane_layout.column(1, width);
                let middle = middle.map_or(rest / 2, |column| column.saturating_sub(left));
                let middle = middle.clamp(LEAST, rest - LEAST);
                let event = left + middle;
                let trace = rows.clamp(6, (body.height / 2).max(6));
                let list = body.height.saturating_sub(trace);
                layout.panes = [
                    Rect::new(0, body.y, left, list),
                    Rect::new(0, body.y + list, left, body.height - list),
                    Rect::new(left, body.y, event - left, body.height),
                    Rect::new(event, body.y, width - event, body.height),
                ];
                if width >= LARGE.0 && height >= LARGE.1 {
                    let lines = (body.height / 3).clamp(DETAIL.0, DETAIL.1);
                    let pane = &mut layout.panes[Pane::Event as usize];
                    pane.height -= lines;
                    layout.detail = Rect {
                        y: pane.bottom(),
                        height: lines,
                        ..*pane
                    };
                }
            }
            SizeClass::Medium => {
                let left = contents.pane_layout.column(1, width);
                let left = left
                    .unwrap_or(usual_half(width))
                    .clamp(LEAST, width - LEAST);
                let trace = match (focus, body.height) {
                    (_, ROOM_FOR_TRACE..) => rows.clamp(5, body.height / 3),
                    // Where it is short, the trace is there while one is in it.
                    (Pane::Trace, height) => rows.clamp(5, (height * 3 / 5).max(5)),
                    _ => 0,
                };
                let source = body.height.saturating_sub(trace);
                if trace > 0 {
                    layout.panes[1] = Rect::new(0, body.y + source, left, trace);
                }
                layout.panes[2] = Rect::new(0, body.y, left, source);
                layout.panes[3] = Rect::new(left, body.y, width - left, body.height);
                if focus == Pane::List {
                    let rows = u16::try_from(contents.list_rows).unwrap_or(u16::MAX);
                    let most = body.height.saturating_sub(2);
                    let height = rows.saturating_add(2).min(most);
                    layout.panes[0] = Rect::new(2, body.y + 1, width * 3 / 5, height);
                }
            }
            // While the trace is edited, the event it makes stays in sight.
            SizeClass::Narrow if focus == Pane::Trace && body.height >= 14 => {
                let trace = rows.clamp(4, body.height / 2);
                let event = Rect::new(0, body.y + trace, width, body.height - trace);
                layout.panes[Pane::Trace as usize] = Rect {
                    height: trace,
                    ..body
                };
                layout.panes[Pane::Event as usize] = event;
            }
            SizeClass::Narrow => layout.panes[focus as usize] = body,
            SizeClass::Tiny => {}
        }
        let event = inner(layout.pane(Pane::Event));
        let least = if layout.detail.is_empty() { 24 } else { 20 };
        if contents.findings > 0 && event.height >= least {
            let count = u16::try_from(contents.findings).unwrap_or(u16::MAX);
            // A third of the pane is theirs, and what the event leaves empty.
            let rows = u16::try_from(contents.event_rows).unwrap_or(u16::MAX);
            let left = event.height.saturating_sub(rows).saturating_sub(1);
            let height = count.min(left.max(event.height / 3)).saturating_add(1);
            layout.findings = Rect::new(event.x, event.bottom() - height, event.width, height);
        }
        layout
    }

    /// The area of a pane, borders included; empty where it is not shown.
    pub fn pane(&self, pane: Pane) -> Rect {
        self.panes[pane as usize]
    }

    /// The area of a pane within its borders.
    pub fn inner(&self, pane: Pane) -> Rect {
        let mut area = inner(self.pane(pane));
        if pane == Pane::Event {
            area.height -= self.findings.height;
        }
        area
    }

    /// The pane at a place; a popup lies above the others.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        Pane::ALL
            .into_iter()
            .find(|pane| self.pane(*pane).contains((column, row).into()))
    }

    /// The column at which a divider stands: 0 after the list, 1 before the event.
    pub fn divider(&self, divider: usize) -> u16 {
        match divider {
            0 => self.pane(Pane::Completion).x,
            _ => self.pane(Pane::Event).x,
        }
    }

    /// The divider at a place: the two borders that stand side by side.
    pub fn divider_at(&self, column: u16, row: u16) -> Option<usize> {
        let is_shown = |pane| !self.pane(pane).is_empty();
        let inside = (self.body.top()..self.body.bottom()).contains(&row);
        if !inside || !is_shown(Pane::Completion) || !is_shown(Pane::Event) {
            return None;
        }
        let dividers = match self.class {
            SizeClass::Wide => 0..2,
            SizeClass::Medium if self.pane(Pane::List).is_empty() => 1..2,
            _ => 0..0,
        };
        let is_at = |divider: &usize| {
            let at = self.divider(*divider);
            column == at || column + 1 == at
        };
        dividers.into_iter().find(is_at)
    }

    /// The area in which the trace is written as JSON: beside the event where that is in sight.
    pub fn raw(&self) -> Rect {
        let (trace, source) = (self.pane(Pane::Trace), self.pane(Pane::Completion));
        match self.class {
            SizeClass::Wide if !source.is_empty() => source,
            SizeClass::Medium if !source.is_empty() && !trace.is_empty() => source.union(trace),
            SizeClass::Medium if !source.is_empty() => source,
            SizeClass::Tiny => Rect::default(),
            _ => trace,
        }
    }

    /// The area that a window may take: where there is room, the edges of the panes stay in sight above and below it.
    pub fn window(&self) -> Rect {
        let height = self.body.height;
        let down = u16::from(height >= 24);
        match self.class {
            SizeClass::Tiny => self.screen,
            _ => Rect {
                y: self.body.y + down,
                height: height - 2 * down,
                ..self.body
            },
        }
    }
}

/// Columns of the list unless a divider was moved: a quarter, and more of a wide screen, so that at 200 columns the
/// model stands beside the title.
fn usual_list(width: u16) -> u16 {
    (width / 4 + width.saturating_sub(160) / 5).clamp(26, 72)
}

/// Columns of the completion where the event alone stands beside it: a little less than half, so that at 80 columns a
/// time and most names of models are whole in the event.
fn usual_half(width: u16) -> u16 {
    width * 19 / 40
}

/// An area without its border.
pub fn inner(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}
