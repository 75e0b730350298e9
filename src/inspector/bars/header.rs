//! The line at the top: what is loaded, or which completion is shown where the list is not in sight; privacy
//! mode, where test traces go; and the tabs.

use ratatui::buffer::Buffer;

use crate::display;
use crate::event::privacy::Privacy;
use crate::inspector::library::forwarding::{Forwarding, Gate};
use crate::inspector::library::traffic::Traffic;
use crate::inspector::ui::layout::SizeClass;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::windows::problems::problems_in_words;
use crate::inspector::windows::send::SendPanel;
use crate::inspector::windows::send_all::SendAllWindow;
use crate::inspector::{Command, Layout, Model, Pane};

/// What the header says, as far as there is room for it.
struct Arranged<'m> {
    left: Line,
    right: String,
    place: Option<CurrentName<'m>>,
    /// Columns that are left for the place.
    room: usize,
}

fn arranged<'m>(model: &'m Model, look: &Look, layout: &Layout) -> Arranged<'m> {
    let width = usize::from(layout.header.width);
    let header = Header {
        model,
        look,
        has_list: has_list(layout),
    };
    let first = if width < 90 {
        Level::Short
    } else {
        Level::Whole
    };
    let levels = Level::ALL.into_iter().filter(|level| *level >= first);
    let taken = |(left, right): &(Line, String)| {
        let of_left: usize = left.iter().map(|(text, _)| display::width(text)).sum();
        of_left + display::width(right)
    };
    // What is tried first fits nearly always, so the others are made only where it does not.
    let within = |room: usize, last: Level| {
        let mut made = levels
            .clone()
            .filter(|level| *level <= last)
            .map(|level| (header.left(level), header.right(level)));
        made.find(|made| taken(made) + GAP <= room)
    };
    let place = place(model, layout);
    // Where clients are led and events go is not given up for all of a name.
    let telling = match model.traffic {
        Some(_) => &TELLING[..],
        None => &TELLING[2..],
    };
    let with_name = telling.iter().find_map(|&(columns, last)| {
        let named = place.as_ref().map_or(0, |place| place.least(columns));
        within(width.checked_sub(named)?, last)
    });
    // What passes here and where it goes comes before the name. Where nothing fits, the shortest is cut.
    let place = place.filter(|_| with_name.is_some());
    let made = with_name.or_else(|| within(width, Level::Least));
    let made = made.unwrap_or_else(|| (header.left(Level::Least), header.right(Level::Least)));
    let room = width.saturating_sub(taken(&made));
    let (left, right) = made;
    Arranged {
        left,
        right,
        place,
        room,
    }
}

/// The command that a column of the header stands for: the signs around the completion's name go to the one before
/// and to the next.
pub fn command_at(model: &Model, layout: &Layout, column: u16) -> Option<Command> {
    let Arranged {
        left, place, room, ..
    } = arranged(model, &Look::default(), layout);
    let place = place?;
    let (first, _) = left.first()?;
    let begins = display::width(first);
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

/// Columns of a sign beside the completion's name, with the spaces around it.
const SIGN: usize = 3;

/// Draws the header, and the tabs where the layout has them.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let Arranged {
        left,
        right,
        place,
        room,
    } = arranged(model, look, layout);
    let mut pen = Pen::line(buffer, layout.header, 0);
    for (at, (text, style)) in left.into_iter().enumerate() {
        pen.put(&text, style);
        if let Some(place) = place.as_ref().filter(|_| at == 0) {
            place.draw(room, look, &mut pen);
        }
    }
    let style = match model.destination.unavailable {
        Some(_) => look.theme.warning,
        None => look.theme.text,
    };
    pen.put_right(&right, style);
    if !layout.tabs.is_empty() {
        tabs(model, look, layout, buffer);
    }
}

/// How much the header says, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Counts in words, and addresses as URLs.
    Whole,
    /// No counts; host and port.
    Short,
    /// Of what is on this machine, the port.
    Ports,
    /// Nothing of what was received.
    Ends,
    /// Not where the destination is.
    Names,
    /// Not even what program it is.
    Least,
}

impl Level {
    const ALL: [Level; 6] = [
        Level::Whole,
        Level::Short,
        Level::Ports,
        Level::Ends,
        Level::Names,
        Level::Least,
    ];
}

/// What the header is made of.
struct Header<'m> {
    model: &'m Model,
    look: &'m Look,
    has_list: bool,
}

/// Columns that part what stands on the left from what stands on the right.
const GAP: usize = 1;

/// Columns of a name that tell it from others, and what is given up for them at most: as many before an address goes,
/// and where even that leaves no room for them; at the end none, so that at least the number is there.
const TELLING: [(usize, Level); 5] = [
    (20, Level::Ends),
    (12, Level::Ends),
    (20, Level::Least),
    (12, Level::Least),
    (0, Level::Least),
];

/// Which completion is shown.
struct CurrentName<'m> {
    name: &'m str,
    /// Its number among those that are listed.
    number: String,
}

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

impl CurrentName<'_> {
    /// Columns besides the name.
    fn around(&self) -> usize {
        // Two more keep it apart from what stands behind.
        self.number.len() + 7 + 2
    }

    /// Columns of so much of the name, and what stands around it.
    fn least(&self, columns: usize) -> usize {
        self.around() + display::width(self.name).min(columns)
    }

    fn shown_name(&self, room: usize) -> String {
        display::clip_middle(self.name, room.saturating_sub(self.around()))
    }

    /// Columns that it takes.
    fn width(&self, room: usize) -> usize {
        2 * SIGN + display::width(&self.shown_name(room)) + 1 + self.number.len()
    }

    fn draw(&self, room: usize, look: &Look, pen: &mut Pen<'_>) {
        let theme = &look.theme;
        let name = self.shown_name(room);
        pen.put(" ‹ ", theme.accent)
            .put(&name, theme.title)
            .put(&format!(" {}", self.number), theme.dim)
            .put(" › ", theme.accent);
    }
}

impl Header<'_> {
    /// What is loaded, what passes, and privacy mode.
    fn left(&self, level: Level) -> Line {
        let (model, theme) = (self.model, &self.look.theme);
        let symbols = &self.look.symbols;
        let program = match level {
            Level::Least => " ",
            _ => " rainscope ",
        };
        let mut line = vec![(program.to_owned(), theme.accent)];
        if level == Level::Whole && self.has_list {
            let count = model.library.completions();
            let plural = if count == 1 { "" } else { "s" };
            line.push((format!(" {count} completion{plural} "), theme.dim));
        }
        if let Some(traffic) = &model.traffic {
            self.live(traffic, level, &mut line);
            self.forwarding(&traffic.forwarding, level, &mut line);
        }
        match model.loading {
            Some((done, all)) if all > 0 => {
                line.push((format!(" reading {}% ", done * 100 / all), theme.warning));
            }
            Some(_) => line.push((" reading… ".to_owned(), theme.warning)),
            None => {}
        }
        let problems = model.library.problems.len() + model.mistakes.len();
        let skipped = match level {
            Level::Whole => model.library.skipped(),
            _ => 0,
        };
        let key = model.keymap.shown(Command::Problems);
        match problems_in_words(problems, skipped) {
            None => {}
            Some(says) if problems > 0 => {
                line.push((format!(" {} {says} {key} ", symbols.warning), theme.warning));
            }
            Some(says) => line.push((format!(" {says} {key} "), theme.dim)),
        }
        if let Some((says, key)) = under_way(model) {
            line.push((format!(" … {says} {key} "), theme.warning));
        }
        let unanswered = model.kept.unanswered.len();
        if unanswered > 0 {
            let key = model.keymap.shown(Command::History);
            let says = format!(" {} {unanswered} unanswered {key} ", symbols.warning);
            line.push((says, theme.warning));
        }
        line.push(("  ".to_owned(), theme.text));
        line.push(match model.privacy {
            Privacy::Off => (format!(" privacy {} off ", symbols.privacy[0]), theme.text),
            Privacy::On => (format!(" {} PRIVACY ON ", symbols.privacy[1]), theme.loud),
        });
        let pressed = model.pressed.as_ref();
        if let Some(pressed) = pressed.filter(|pressed| !pressed.is_empty()) {
            line.push(("  ".to_owned(), theme.text));
            line.push((format!(" {} ", pressed.join(" ")), theme.cursor));
        }
        line
    }

    /// Where clients are led, and how many calls are under way.
    fn live(&self, traffic: &Traffic, level: Level, line: &mut Line) {
        let theme = &self.look.theme;
        line.push((format!(" {} live ", self.look.symbols.mapped), theme.accent));
        line.push((address(&traffic.origin, level).to_owned(), theme.text));
        if traffic.open > 0 {
            line.push((format!(" · {} open", traffic.open), theme.warning));
        }
        // The list's own frame says it where it is in sight.
        if traffic.unseen > 0 && !self.has_list {
            line.push((format!(" · {} new", traffic.unseen), theme.accent));
        }
        if traffic.unrecorded > 0 {
            let says = format!(" · {} not recorded", traffic.unrecorded);
            line.push((says, theme.error));
        }
        line.push((" ".to_owned(), theme.text));
    }

    /// What becomes of the events that are forwarded.
    fn forwarding(&self, forwarding: &Forwarding, level: Level, line: &mut Line) {
        let (theme, sign) = (&self.look.theme, self.look.symbols.moved);
        let is_whole = level == Level::Whole;
        let Forwarding {
            accepted, failed, ..
        } = forwarding;
        let (says, style) = match self.model.forwarding_gate() {
            Gate::Off => return,
            Gate::Nowhere => ("waits".to_owned(), theme.warning),
            Gate::Asks => {
                let key = self.model.keymap.shown(Command::Forward);
                (format!("paused, {key} asks"), theme.warning)
            }
            // What failed is missing there, whatever came after it.
            Gate::Open if *failed > 0 => {
                let says = match is_whole {
                    true => format!("{accepted} forwarded, {failed} not accepted"),
                    false => format!("{accepted} {}{failed}", self.look.symbols.error),
                };
                (
                    says,
                    if forwarding.fails {
                        theme.error
                    } else {
                        theme.warning
                    },
                )
            }
            Gate::Open if is_whole => (format!("{accepted} forwarded"), theme.accent),
            Gate::Open => (accepted.to_string(), theme.accent),
        };
        line.push((format!(" {sign} {says} "), style));
    }

    /// Where test traces go, and what the program's own sink received.
    fn right(&self, level: Level) -> String {
        let model = self.model;
        // What came to the program's own sink says nothing of another destination.
        let is_received = !model.received.is_empty() && model.sends_to_own_sink();
        let counts = (model.received.events(), model.received.requests());
        let received = match (level, counts) {
            _ if !is_received => String::new(),
            (Level::Whole, _) => format!(" · {} received", model.received.in_words()),
            (Level::Ends | Level::Names | Level::Least, _) => String::new(),
            (_, (events, requests)) if events == requests => format!(" · {requests} received"),
            (_, (1, _)) => " · 1 event".to_owned(),
            (_, (events, _)) => format!(" · {events} events"),
        };
        let destination = &model.destination;
        let base = match level {
            Level::Names | Level::Least if !destination.is_named_by_host() => "",
            _ => address(&destination.endpoint.base_url, level),
        };
        // Host and port are said once.
        let name = match destination.is_named_by_host() {
            true => String::new(),
            false => format!("{}  ", destination.name),
        };
        let sign = self.look.symbols.destination;
        format!("{sign} {name}{base}{received} ")
    }
}

/// What is on its way while its window is closed, and the key that shows it.
fn under_way(model: &Model) -> Option<(String, String)> {
    let all = model.all.as_ref().filter(|all| all.is_under_way());
    if let Some(all) = all.filter(|_| model.windows.find::<SendAllWindow>().is_none()) {
        let says = format!("sending {} of {}", all.done(), all.total);
        return Some((says, model.keymap.shown(Command::SendAll)));
    }
    let is_hidden = model.is_sending() && model.windows.find::<SendPanel>().is_none();
    is_hidden.then(|| {
        let key = model.keymap.shown(Command::LastSend);
        ("sending".to_owned(), key)
    })
}

/// A URL as there is room for it.
fn address(url: &str, level: Level) -> &str {
    let bare = url
        .trim_start_matches("http://")
        .trim_start_matches("https://");
    match (level, bare.strip_prefix("127.0.0.1")) {
        (Level::Whole, _) => url,
        (Level::Short, _) | (_, None) => bare,
        (_, Some(port)) => port,
    }
}

fn tabs(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let width = usize::from(layout.tabs.width / 4).max(1);
    let mut pen = Pen::line(buffer, layout.tabs, 0);
    for pane in Pane::ALL {
        let focused = pane == model.focus;
        let style = if focused {
            look.theme.cursor
        } else {
            look.theme.dim
        };
        let title = match (pane, width > " Completions ".len()) {
            // Cut, the two would look the same.
            (Pane::List, false) => "List",
            (Pane::Event, false) => "Event",
            (pane, _) => pane.title(),
        };
        pen.put_padded(&format!(" {title}"), width, style);
    }
}
