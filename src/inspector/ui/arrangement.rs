//! How the panes share the screen, as the user has it and as the settings do.

/// How the user shares the screen out among the panes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaneLayout {
    /// The focused pane fills the screen.
    pub zoomed: bool,
    /// Where the dividers stand, in thousandths of the width: after the list, and before the event.
    /// Zero is where the layout puts it.
    pub dividers: [u16; 2],
}

/// How the panes are shared out in the beginning, and are left. A zoomed pane is for a moment, so it is no part
/// of that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// See [`PaneLayout::dividers`].
    pub dividers: [u16; 2],
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
