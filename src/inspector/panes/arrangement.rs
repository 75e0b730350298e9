//! How the panes share the screen: one of them zoomed, dividers moved by keys or dragged.

use crate::inspector::ui::layout::Class;
use crate::inspector::{Model, Pane};

/// Columns by which a key moves a divider.
const STEP: u16 = 2;

/// How the user shares the screen out among the panes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaneLayout {
    /// The focused pane fills the screen.
    pub zoomed: bool,
    /// Where the dividers stand, in thousandths of the width: after the list, and before the event.
    /// Zero is where the layout puts it.
    pub dividers: [u16; 2],
}

/// How the panes are shared out in the beginning, and are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// See [`PaneLayout::dividers`].
    pub dividers: [u16; 2],
    /// The pane that fills the screen.
    pub zoomed: Option<Pane>,
}

impl Arrangement {
    /// With widths of the list and the event in hundredths of the screen's; none is as the layout has it.
    pub fn with_widths(list: Option<u32>, event: Option<u32>) -> Arrangement {
        let share = |hundredths: u32| u16::try_from(hundredths.min(99) * 10).unwrap_or(0);
        Arrangement {
            dividers: [
                list.map_or(0, share),
                event.map_or(0, |event| 1000 - share(event)),
            ],
            zoomed: None,
        }
    }
}

impl PaneLayout {
    /// The column of a divider on a screen of a width, if the user moved it.
    pub fn column(&self, divider: usize, width: u16) -> Option<u16> {
        let share = u32::from(self.dividers[divider]);
        let column = u32::from(width) * share / 1000;
        (share > 0).then(|| u16::try_from(column).unwrap_or(width))
    }

    /// Puts a divider at a column of a screen of a width.
    pub fn put(&mut self, divider: usize, column: u16, width: u16) {
        // Rounded up, so that the same width gives the same column back.
        let share = (u32::from(column) * 1000).div_ceil(u32::from(width.max(1)));
        self.dividers[divider] = u16::try_from(share.clamp(1, 999)).unwrap_or(1);
    }
}

impl Model {
    /// How the panes are shared out.
    pub fn arrangement(&self) -> Arrangement {
        Arrangement {
            dividers: self.pane_layout.dividers,
            zoomed: self.pane_layout.zoomed.then_some(self.focus),
        }
    }

    /// Shares the panes out.
    pub fn arrange(&mut self, arrangement: Arrangement) {
        self.pane_layout = PaneLayout {
            zoomed: arrangement.zoomed.is_some(),
            dividers: arrangement.dividers,
        };
        self.focus = arrangement.zoomed.unwrap_or(self.focus);
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
            (_, Class::Narrow | Class::Tiny) => {
                self.notice = Some("the pane is as wide as the screen".to_owned());
                return;
            }
            (Pane::List | Pane::Trace, Class::Wide) => (0, true),
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
        if layout.class == Class::Wide {
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
