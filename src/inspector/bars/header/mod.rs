//! The line at the top: what is loaded, or which completion is shown where the list is not in sight; privacy
//! mode, where test traces go; and the tabs.

mod name;
mod parts;

use ratatui::buffer::Buffer;

use self::name::{CurrentName, NAMED, SIGN};
use self::parts::{Header, Level};
use crate::display;
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Layout, Model, Pane};

/// What the header says, as far as there is room for it. Privacy mode and the destination stand at the right end, in the
/// same columns whatever else there is to say: that is where people look for them.
struct Arranged<'m> {
    left: Line,
    place: Option<CurrentName<'m>>,
    /// Columns that are left for the place.
    room: usize,
    status: Line,
    right: Line,
}

fn arranged<'m>(model: &'m Model, look: &Look, layout: &Layout) -> Arranged<'m> {
    let width = usize::from(layout.header.width);
    let header = Header {
        model,
        look,
        has_list: has_list(layout),
    };
    let (first, last) = match width {
        ..50 => (Level::Signs, Level::Signs),
        50..90 => (Level::Ports, Level::Bare),
        _ => (Level::Whole, Level::Bare),
    };
    let levels = Level::ALL.into_iter().filter(|level| *level >= first);
    let taken = |made: &[Line; 3]| -> usize { made.iter().map(columns).sum::<usize>() + GAP };
    // What is tried first fits nearly always, so the others are made only where it does not.
    let within = |room: usize, last: Level| {
        let levels = levels.clone().filter(|level| *level <= last);
        let mut made = levels.map(|level| header.at(level));
        made.find(|made| taken(made) <= room)
    };
    let place = place(model, layout);
    // Where clients are led and events go is not given up for all of a name.
    let mut telling = TELLING.into_iter().filter(|(_, level)| *level <= last);
    let with_name = telling.find_map(|(columns, last)| {
        let named = place.as_ref().map_or(0, |place| match last {
            // The number is worth more than words for what has a key.
            Level::Bare => place.whole(columns),
            Level::Signs => place.short(columns),
            _ => place.least(columns),
        });
        within(width.checked_sub(named)?, last)
    });
    // What passes here and where it goes comes before the name. Where nothing fits, the shortest is cut.
    let place = place.filter(|_| with_name.is_some());
    let made = with_name.or_else(|| within(width, last));
    let mut made = made.unwrap_or_else(|| header.at(last));
    // What came to the program's own sink is said in what room the name leaves.
    let named = place.as_ref().map_or(0, |place| place.whole(NAMED));
    let left = width.saturating_sub(taken(&made) + named);
    let received = header.received().into_iter();
    let mut received = received.map(|says| (format!(" {says} "), look.theme.dim));
    let received = received.find(|(says, _)| display::width(says) <= left);
    let [left, status, right] = &mut made;
    status.extend(received);
    let taken = columns(left) + columns(status) + columns(right);
    let room = width.saturating_sub(taken);
    let [left, status, right] = made;
    Arranged {
        left,
        place,
        room,
        status,
        right,
    }
}

/// Columns of a line.
fn columns(line: &Line) -> usize {
    line.iter().map(|(text, _)| display::width(text)).sum()
}

/// The command that a column of the header stands for: the signs around the completion's name go to the one before
/// and to the next.
pub fn command_at(model: &Model, layout: &Layout, column: u16) -> Option<Command> {
    let Arranged {
        left, place, room, ..
    } = arranged(model, &Look::default(), layout);
    let place = place?;
    let begins = columns(&left);
    let ends = begins + place.width(room);
    let column = usize::from(column);
    if (begins..begins + SIGN).contains(&column) {
        Some(Command::PreviousCompletion)
    } else if (ends.saturating_sub(SIGN)..ends).contains(&column) {
        Some(Command::NextCompletion)
    } else {
        None
    }
}

/// Draws the header, and the tabs where the layout has them.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let Arranged {
        left,
        place,
        room,
        status,
        right,
    } = arranged(model, look, layout);
    let mut pen = Pen::line(buffer, layout.header, 0);
    for (text, style) in left {
        pen.put(&text, style);
    }
    if let Some(place) = place {
        // What there is to say stands before privacy mode, and moves with no name.
        let before = pen.room() - columns(&right).min(pen.room());
        let before = before.saturating_sub(columns(&status));
        let shown = place.width(room);
        place.draw(room, look, &mut pen);
        pen.skip(before.saturating_sub(shown));
    }
    let before = pen.room().saturating_sub(columns(&right));
    let mut part = pen.part(0, u16::try_from(before).unwrap_or(u16::MAX));
    for (text, style) in status {
        part.put(&text, style);
    }
    pen.skip(before);
    for (text, style) in right {
        pen.put(&text, style);
    }
    if !layout.tabs.is_empty() {
        tabs(model, look, layout, buffer);
    }
}

/// Columns that part what stands on the left from what stands on the right.
const GAP: usize = 1;

/// Columns of the name that are kept free, however long it is, and what is given up for them at most. At the end none, so
/// that at least the number is there.
const TELLING: [(usize, Level); 8] = [
    (NAMED, Level::Ports),
    (20, Level::Least),
    (NAMED, Level::Bare),
    (NAMED, Level::Least),
    (0, Level::Least),
    (0, Level::Bare),
    (NAMED, Level::Signs),
    (LEAST, Level::Signs),
];

/// Columns of a name that still tell something.
const LEAST: usize = 6;

/// Whether the list stands beside the others.
fn has_list(layout: &Layout) -> bool {
    layout.class == SizeClass::Wide && !layout.pane(Pane::List).is_empty()
}

/// Where the list is not in sight, the name and the number of the completion that is shown.
fn place<'m>(model: &'m Model, layout: &Layout) -> Option<CurrentName<'m>> {
    let current = model.current.as_ref().filter(|_| !has_list(layout))?;
    let name = model.title_of(current);
    let (row, listed) = (model.list.row + 1, model.listed());
    let of_all = model.library.len().max(1);
    let number = match model.listing.progress(&model.library) {
        // How many there are is not known yet.
        Some(looked) => format!("searching {}%", looked * 100 / of_all),
        None if model.is_unlisted() => "not listed".to_owned(),
        None => format!("{row}/{listed}"),
    };
    Some(CurrentName { name, number })
}

/// What each tab is called, and its columns: its name with a blank around it, and as much more as the others get.
fn tab_names(layout: &Layout) -> [(&'static str, usize); 4] {
    let width = usize::from(layout.tabs.width);
    let whole = Pane::ALL.map(Pane::title);
    let needed = |names: &[&str; 4]| names.iter().map(|name| name.len() + 2).sum::<usize>();
    let names = match needed(&whole) <= width {
        true => whole,
        false => Pane::ALL.map(|pane| match pane {
            Pane::List => "List",
            Pane::Event => "Event",
            pane => pane.title(),
        }),
    };
    let more = width.saturating_sub(needed(&names)) / 4;
    names.map(|name| (name, name.len() + 2 + more.min(TAB_GAP)))
}

/// Columns between two tabs at most, besides the blanks around their names.
const TAB_GAP: usize = 4;

/// The pane whose tab is at a column.
pub fn tab_at(layout: &Layout, column: u16) -> Pane {
    let mut end = 0;
    let mut tabs = Pane::ALL.into_iter().zip(tab_names(layout));
    let found = tabs.find(|(_, (_, columns))| {
        end += columns;
        usize::from(column) < end
    });
    found.map_or(Pane::Event, |(pane, _)| pane)
}

fn tabs(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let mut pen = Pen::line(buffer, layout.tabs, 0);
    for (pane, (title, width)) in Pane::ALL.into_iter().zip(tab_names(layout)) {
        let focused = pane == model.focus;
        let style = if focused {
            look.theme.cursor
        } else {
            look.theme.dim
        };
        let name = format!(" {title} ");
        pen.put(&name, style);
        pen.skip(width.saturating_sub(name.len()));
    }
}
