//! Which completion is shown, where the list is not in sight: its name and its number.

use crate::display;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;

/// Columns of a sign beside the completion's name, with the spaces around it.
pub(super) const SIGN: usize = 3;

/// Columns of a name that tell it from others.
pub(super) const NAMED: usize = 12;

/// Which completion is shown.
pub(super) struct CurrentName<'m> {
    pub(super) name: &'m str,
    /// Its number among those that are listed.
    pub(super) number: String,
}

impl CurrentName<'_> {
    /// Columns besides the name, with the number or without it.
    fn around(&self, has_number: bool) -> usize {
        let number = match has_number {
            true => 1 + self.number.len(),
            false => 0,
        };
        // Two more keep it apart from what stands behind.
        2 * SIGN + number + 2
    }

    /// Columns of so much of a name, however short this one is, and of what stands around it.
    pub(super) fn least(&self, columns: usize) -> usize {
        self.around(columns == 0) + columns
    }

    /// Columns of this name, cut to so many, without its number.
    pub(super) fn short(&self, columns: usize) -> usize {
        self.around(false) + display::width(self.name).min(columns)
    }

    /// Columns of this name, cut to so many, with its number.
    pub(super) fn whole(&self, columns: usize) -> usize {
        self.around(true) + display::width(self.name).min(columns)
    }

    /// Whether the number is shown: it gives way before a name is cut to what tells nothing.
    fn has_number(&self, room: usize) -> bool {
        let telling = display::width(self.name).min(NAMED);
        room >= self.around(true) + telling || room < self.around(false) + 2
    }

    fn shown_name(&self, room: usize) -> String {
        let room = room.saturating_sub(self.around(self.has_number(room)));
        let name = match display::width(self.name) > room {
            true => without_time(self.name),
            false => self.name,
        };
        display::clip_middle(name, room)
    }

    fn shown_number(&self, room: usize) -> String {
        match self.has_number(room) {
            true => format!(" {}", self.number),
            false => String::new(),
        }
    }

    /// Columns that it takes.
    pub(super) fn width(&self, room: usize) -> usize {
        2 * SIGN + display::width(&self.shown_name(room)) + self.shown_number(room).len()
    }

    pub(super) fn draw(&self, room: usize, look: &Look, pen: &mut Pen<'_>) {
        let theme = &look.theme;
        let name = self.shown_name(room);
        pen.put(" ‹ ", theme.accent)
            .put(&name, theme.title)
            .put(&self.shown_number(room), theme.dim)
            .put(" › ", theme.accent);
    }
}

/// A call's name without the time that it begins with: where there is no room for both, its words tell it better.
fn without_time(name: &str) -> &str {
    let is_of_time = |(at, byte): (usize, u8)| match at {
        2 | 5 => byte == b':',
        8 => byte == b' ',
        _ => byte.is_ascii_digit(),
    };
    let has_time = name.len() > 9 && name.bytes().take(9).enumerate().all(is_of_time);
    match has_time {
        true => &name[9..],
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_gives_way_before_the_words_behind_it() {
        let check = |name: &str, room: usize, expected: &str| {
            let number = "3/3".to_owned();
            let shown = CurrentName { name, number }.shown_name(room);
            assert_eq!(shown, expected, "{name} in {room}");
        };
        let name = "02:53:46 Is it raining?";
        check(name, 40, name);
        check(name, 30, "Is it raining?");
        check(name, 24, "Is it …ning?");
        check("12:30 is soon, is it not?", 24, "12:30 … not?");
    }
}
