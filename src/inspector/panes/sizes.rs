//! How the panes share the screen: one of them zoomed, dividers moved by keys or dragged.

use crate::inspector::ui::arrangement::{Arrangement, PaneLayout};
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::{Model, Pane};

/// Columns by which a key moves a divider.
const STEP: u16 = 2;

impl Model {
    /// How the panes are shared out.
    pub fn arrangement(&self) -> Arrangement {
        Arrangement {
            dividers: self.pane_layout.dividers,
        }
    }

    /// Shares the panes out.
    pub fn arrange(&mut self, arrangement: Arrangement) {
        self.pane_layout = PaneLayout {
            zoomed: false,
            dividers: arrangement.dividers,
        };
    }

    /// Goes to the trace to edit it. Where another pane is zoomed, all are shown again: neither the field nor
    /// what it does to the event would be in sight.
    pub(crate) fn focus_trace_to_edit(&mut self) {
        if self.focus != Pane::Trace {
            self.pane_layout.zoomed = false;
        }
        self.focus = Pane::Trace;
    }

    /// Shares the panes out as in the settings, or as the layout has it.
    pub(crate) fn reset_panes(&mut self) {
        self.arrange(self.default_arrangement);
        self.notice = Some("all panes, as wide as they usually are".to_owned());
    }

    pub(crate) fn zoom(&mut self) {
        self.pane_layout.zoomed = !self.pane_layout.zoomed;
        self.notice = Some(match self.pane_layout.zoomed {
            true => format!(
                "{} zoomed; the same key shows all panes again",
                self.focus.title()
            ),
            false => "all panes".to_owned(),
        });
    }

    /// Makes the focused pane wider or narrower.
    pub(crate) fn widen(&mut self, wider: bool) {
        let layout = self.layout();
        let (divider, grows_right) = match (self.focus, layout.class) {
            (_, SizeClass::Narrow | SizeClass::Tiny) => {
                self.notice = Some("the pane is as wide as the screen".to_owned());
                return;
            }
            (Pane::List | Pane::Trace, SizeClass::Wide) => (0, true),
            (Pane::Event, _) => (1, false),
            _ => (1, true),
        };
        let at = layout.divider(divider);
        let column = match wider == grows_right {
            true => at.saturating_add(STEP),
            false => at.saturating_sub(STEP),
        };
        self.move_divider(divider, column);
        if self.layout().divider(divider) == at {
            self.notice = Some("the panes cannot be shared out further that way".to_owned());
        }
    }

    /// Moves one divider; the other stays where it is.
    fn move_divider(&mut self, divider: usize, column: u16) {
        let (layout, width) = (self.layout(), self.size.0);
        if layout.class == SizeClass::Wide {
            let other = 1 - divider;
            self.pane_layout.put(other, layout.divider(other), width);
        }
        self.pane_layout.put(divider, column.max(1), width);
        // What the layout allows is what is remembered.
        let allowed = self.layout().divider(divider);
        self.pane_layout.put(divider, allowed, width);
    }

    /// Takes hold of a divider; false where there is none.
    pub(crate) fn grab(&mut self, column: u16, row: u16) -> bool {
        self.dragged = self.layout().divider_at(column, row);
        self.dragged.is_some()
    }

    /// Moves the divider that is held.
    pub(crate) fn drag(&mut self, column: u16) {
        if let Some(divider) = self.dragged {
            self.move_divider(divider, column);
        }
    }
}
