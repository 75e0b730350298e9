//! What the header is made of, with more or less words.

use crate::display::{self, counted};
use crate::event::privacy::Privacy;
use crate::inspector::library::forwarding::{Forwarding, Gate};
use crate::inspector::library::traffic::Traffic;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::theme::Look;
use crate::inspector::windows::problems::problems_in_words;
use crate::inspector::windows::send::SendPanel;
use crate::inspector::windows::send_all::SendAllWindow;
use crate::inspector::{Command, Model};

/// How much the header says, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Counts in words, and the proxy's address as a URL.
    Whole,
    /// No counts; host and port.
    Short,
    /// Of what is on this machine, the port.
    Ports,
    /// Not where the destination is.
    Names,
    /// Not even what program it is.
    Least,
    /// Of what deserves a look, key and number alone.
    Bare,
    /// Privacy mode as its sign, and the program's own sink without its place.
    Signs,
}

impl Level {
    pub(super) const ALL: [Level; 7] = [
        Level::Whole,
        Level::Short,
        Level::Ports,
        Level::Names,
        Level::Least,
        Level::Bare,
        Level::Signs,
    ];
}

/// What the header is made of.
pub(super) struct Header<'m> {
    pub(super) model: &'m Model,
    pub(super) look: &'m Look,
    pub(super) has_list: bool,
}

impl Header<'_> {
    /// What stands on the left, what there is to say, and what stands on the right.
    pub(super) fn at(&self, level: Level) -> [Line; 3] {
        [self.left(level), self.status(level), self.right(level)]
    }

    /// What program it is, and what is loaded.
    fn left(&self, level: Level) -> Line {
        let theme = &self.look.theme;
        let program = match level {
            Level::Least | Level::Bare | Level::Signs => " ",
            _ => " rainscope ",
        };
        let mut line = vec![(program.to_owned(), theme.accent)];
        if level == Level::Whole && self.has_list {
            let count = self.model.library.completions();
            line.push((format!(" {} ", counted(count, "completion")), theme.dim));
        }
        line
    }

    /// What passes, what goes on and what deserves a look, each with the key that leads to it.
    fn status(&self, level: Level) -> Line {
        let (model, theme) = (self.model, &self.look.theme);
        let mut line = Line::new();
        if let Some(traffic) = &model.traffic {
            self.live(traffic, level, &mut line);
            self.forwarding(&traffic.forwarding, level, &mut line);
        }
        match model.loading {
            Some((done, all)) if all > 0 => {
                line.push((format!(" reading {}% ", done * 100 / all), theme.warning));
            }
            Some(_) => {
                let says = match model.library.len() {
                    0 => " reading… ".to_owned(),
                    count => format!(" reading, {count} so far "),
                };
                line.push((says, theme.warning));
            }
            None => {}
        }
        let mut keyed = |command: Command, says: &str, style| {
            line.push((format!(" {}", model.keymap.shown(command)), theme.accent));
            line.push((format!(" {says} "), style));
        };
        let problems = model.library.problems.len() + model.mistakes.len();
        let skipped = match level {
            Level::Whole => model.library.skipped(),
            _ => 0,
        };
        match problems_in_words(problems, skipped) {
            None => {}
            Some(_) if problems > 0 && level >= Level::Bare => {
                keyed(Command::Problems, &problems.to_string(), theme.warning);
            }
            Some(says) if problems > 0 => keyed(Command::Problems, &says, theme.warning),
            Some(says) => keyed(Command::Problems, &says, theme.dim),
        }
        if let Some((says, command)) = under_way(model) {
            keyed(command, &says, theme.warning);
        }
        let unanswered = model.kept.unanswered.len();
        if unanswered > 0 {
            let says = match level {
                Level::Bare | Level::Signs => unanswered.to_string(),
                _ => format!("{unanswered} unfinished"),
            };
            keyed(Command::History, &says, theme.warning);
        }
        let pressed = model.pressed.as_ref();
        if let Some(pressed) = pressed.filter(|pressed| !pressed.is_empty()) {
            line.push((" ".to_owned(), theme.text));
            // In little room they would leave none for what is shown.
            let most = if level < Level::Names {
                pressed.len()
            } else {
                2
            };
            let last = &pressed[pressed.len().saturating_sub(most)..];
            line.push((format!(" {} ", last.join(" ")), theme.cursor));
            line.push((" ".to_owned(), theme.text));
        }
        line
    }

    /// Where clients are led, and how many calls are under way, in as much room where there is none.
    fn live(&self, traffic: &Traffic, level: Level, line: &mut Line) {
        let theme = &self.look.theme;
        line.push((format!(" {} live ", self.look.symbols.mapped), theme.accent));
        line.push((address(&traffic.origin, level).to_owned(), theme.text));
        let is_short = level >= Level::Names;
        let (says, style) = match (traffic.open, traffic.ended) {
            (0, Some(status)) => (format!(" · exit {status}"), theme.warning),
            (0, None) if is_short => (String::new(), theme.dim),
            (0, None) => (" · idle".to_owned(), theme.dim),
            (open, _) if is_short => (format!(" …{open}"), theme.warning),
            (open, _) => (format!(" · {open} running"), theme.warning),
        };
        let room = match is_short {
            true => " …9".chars().count(),
            false => " · 9 running".chars().count(),
        };
        line.push((
            display::pad(&says, room.max(display::width(&says))).to_string(),
            style,
        ));
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
        let is_whole = level <= Level::Short;
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

    /// What the program's own sink received, in words and shorter. It says nothing of another destination.
    pub(super) fn received(&self) -> Vec<String> {
        let model = self.model;
        if model.received.is_empty() || !model.sends_to_own_sink() {
            return Vec::new();
        }
        let whole = format!("{} received", model.received.in_words());
        let short = match (model.received.events(), model.received.requests()) {
            (events, requests) if events == requests => format!("{requests} received"),
            (1, _) => "1 event received".to_owned(),
            (events, _) => format!("{events} events received"),
        };
        vec![whole, short]
    }

    /// Privacy mode, and where test traces go.
    fn right(&self, level: Level) -> Line {
        let (model, theme, symbols) = (self.model, &self.look.theme, &self.look.symbols);
        let (off, on) = match level {
            Level::Signs => (
                format!(" {} privacy ", symbols.privacy[0]),
                format!(" {} PRIVACY ", symbols.privacy[1]),
            ),
            _ => (
                format!(" privacy {} off ", symbols.privacy[0]),
                format!(" {} PRIVACY ON ", symbols.privacy[1]),
            ),
        };
        let room = display::width(&off).max(display::width(&on));
        let (says, style) = match model.privacy {
            Privacy::Off => (off, theme.text),
            Privacy::On => (on, theme.loud),
        };
        let apart = if level == Level::Signs {
            0
        } else {
            2 * super::GAP
        };
        let gap = " ".repeat(room - display::width(&says) + apart);
        let destination = &model.destination;
        let base = match level {
            Level::Names | Level::Least | Level::Bare | Level::Signs
                if !destination.is_named_by_host() =>
            {
                ""
            }
            Level::Whole => address(&destination.endpoint.base_url, Level::Short),
            _ => address(&destination.endpoint.base_url, level),
        };
        // Host and port are said once.
        let name = match destination.is_named_by_host() {
            true => "",
            false if level == Level::Signs && model.sends_to_own_sink() => "sink",
            false => destination.name.as_str(),
        };
        let between = if name.is_empty() || base.is_empty() {
            ""
        } else {
            " "
        };
        let off = match destination.is_switched_off {
            true if level == Level::Whole => " · switched off",
            true => " · off",
            false => "",
        };
        let there = format!("{} {name}{between}{base}{off} ", symbols.destination);
        let style_of_there = match destination.unavailable {
            Some(_) => theme.warning,
            None => theme.text,
        };
        vec![(says, style), (gap, theme.text), (there, style_of_there)]
    }
}

/// What is on its way while its window is closed, and the key that shows it.
fn under_way(model: &Model) -> Option<(String, Command)> {
    let all = model.all.as_ref().filter(|all| all.is_under_way());
    if let Some(all) = all.filter(|_| model.windows.find::<SendAllWindow>().is_none()) {
        let says = format!("sending {} of {} …", all.sent(), all.to_send());
        return Some((says, Command::SendAll));
    }
    let is_hidden = model.is_sending() && model.windows.find::<SendPanel>().is_none();
    if is_hidden {
        return Some(("sending …".to_owned(), Command::LastSend));
    }
    let is_again = model.kept.sends_again > 0;
    is_again.then(|| ("sending again …".to_owned(), Command::History))
}

/// A URL as there is room for it.
fn address(url: &str, level: Level) -> &str {
    let bare = url
        .trim_start_matches("http://")
        .trim_start_matches("https://");
    let port = bare.strip_prefix("127.0.0.1");
    match (level, port.filter(|port| port.starts_with(':'))) {
        (Level::Whole, _) => url,
        (Level::Short, _) | (_, None) => bare,
        (_, Some(port)) => port,
    }
}
