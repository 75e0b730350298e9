//! A played script as a recording: an asciicast for a terminal player, or an SVG that moves by itself in a page.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::picture::{self, Ground};
use crate::display;
use crate::json::quote;

/// Lines below the screen that a recording with captions has: a blank one and the caption's.
const CAPTION_ROWS: u16 = 2;

/// How long the last screen stays before a moving picture begins again. Chosen.
const REST: Duration = Duration::from_secs(4);

/// Cells of all screens of a recording, at most: some 700 MB. Chosen: 1,600 screens of 200 by 50, and a demo has some hundred.
const MOST_CELLS: usize = 1 << 24;

/// Screens as they followed each other.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    frames: Vec<Frame>,
    /// Cells of these.
    cells: usize,
    is_cut: bool,
    chapters: Vec<(Duration, String)>,
    now: Duration,
}

#[derive(Debug, Clone)]
struct Frame {
    at: Duration,
    screen: Buffer,
    caption: String,
}

impl Recording {
    /// Adds what the screen shows now, if it shows anything new.
    pub fn show(&mut self, screen: Buffer, caption: &str) {
        let is_new = self
            .frames
            .last()
            .is_none_or(|last| last.screen != screen || last.caption != caption);
        if !is_new {
            return;
        }
        // What was shown for no time was not shown.
        if self.frames.last().is_some_and(|last| last.at == self.now) {
            let gone = self.frames.pop();
            self.cells -= gone.map_or(0, |frame| frame.screen.content.len());
        }
        if self.cells + screen.content.len() > MOST_CELLS {
            self.is_cut = true;
            return;
        }
        self.cells += screen.content.len();
        self.frames.push(Frame {
            at: self.now,
            screen,
            caption: caption.to_owned(),
        });
    }

    /// Whether it holds less than was shown, since that was too much.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What is said with each screen.
    #[cfg(test)]
    pub(crate) fn captions(&self) -> Vec<&str> {
        let frames = self.frames.iter();
        frames.map(|frame| frame.caption.as_str()).collect()
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.chapters.push((self.now, title.to_owned()));
    }

    /// How long it takes.
    pub fn length(&self) -> Duration {
        self.now
    }

    /// The screens with their captions below, all of one size.
    fn screens<'r>(&'r self) -> Vec<(Duration, Cow<'r, Buffer>)> {
        let has_captions = self.frames.iter().any(|frame| !frame.caption.is_empty());
        let of = |frame: &'r Frame| match has_captions {
            true => {
                let screen = captioned(&frame.screen, &frame.caption);
                (frame.at, Cow::Owned(screen))
            }
            false => (frame.at, Cow::Borrowed(&frame.screen)),
        };
        self.frames.iter().map(of).collect()
    }

    /// As an asciicast of version 2, with a marker for each chapter.
    #[must_use]
    pub fn cast(&self) -> String {
        let screens = self.screens();
        let area = screens
            .first()
            .map_or(Rect::ZERO, |(_, screen)| screen.area);
        let mut out = format!(
            "{{\"version\":2,\"width\":{},\"height\":{},\"title\":\"rainscope\",\"env\":{{\"TERM\":\"xterm-256color\"}}}}\n",
            area.width, area.height
        );
        let mut chapters = self.chapters.iter().peekable();
        let mut before: Option<&Buffer> = None;
        let mark = |(at, title): &(Duration, String), out: &mut String| {
            let _ = writeln!(
                out,
                "[{:.3},\"m\",{}]",
                at.as_secs_f64(),
                quote(&display::inert(title))
            );
        };
        for (at, screen) in &screens {
            while let Some(chapter) = chapters.next_if(|(begins, _)| begins <= at) {
                mark(chapter, &mut out);
            }
            let bytes = changes(before, screen);
            let _ = writeln!(out, "[{:.3},\"o\",{}]", at.as_secs_f64(), quote(&bytes));
            before = Some(screen);
        }
        for chapter in chapters {
            mark(chapter, &mut out);
        }
        // A player stops at the last event, and the last screen should be seen.
        let _ = writeln!(out, "[{:.3},\"o\",\"\"]", (self.now + REST).as_secs_f64());
        out
    }

    /// As an SVG that moves by CSS alone, so that it plays within an `<img>`. What stands at one place in several frames
    /// is drawn once. Who prefers no motion sees the last screen.
    #[must_use]
    pub fn svg(&self, ground: Ground) -> String {
        let screens = self.screens();
        let Some((_, last)) = screens.last() else {
            return String::new();
        };
        let length = (self.now + REST).as_secs_f64();
        let starts = screens
            .iter()
            .map(|(at, _)| at.as_secs_f64() / length * 100.0);
        let starts: Vec<f64> = starts.collect();
        let mut style = String::new();
        let mut body = String::new();
        for (number, (frames, drawn)) in by_frames(&screens, ground).into_iter().enumerate() {
            if frames.len() == screens.len() {
                body.push_str(&drawn);
                continue;
            }
            let is_last = frames.last() == Some(&(screens.len() - 1));
            let end = if is_last { "" } else { " h" };
            let _ = write!(body, "<g class=\"a{number}{end}\">\n{drawn}</g>\n");
            let _ = write!(
                style,
                ".a{number}{{animation:k{number} {length:.2}s step-end infinite}}@keyframes k{number}{{"
            );
            write_times(&frames, &starts, &mut style);
            style.push_str("}\n");
        }
        let head = format!(
            "<style>\n@media (prefers-reduced-motion:reduce){{.h{{visibility:hidden}}}}\n\
             @media (prefers-reduced-motion:no-preference){{\n{style}}}\n</style>\n"
        );
        picture::framed(last, ground, &head, &body)
    }
}

/// What is drawn, by the frames in which it is seen.
fn by_frames(
    screens: &[(Duration, Cow<'_, Buffer>)],
    ground: Ground,
) -> BTreeMap<Vec<usize>, String> {
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    for (index, (_, screen)) in screens.iter().enumerate() {
        picture::each_piece(screen, ground, |piece| match seen.get_mut(&piece) {
            Some(frames) => frames.push(index),
            None => {
                order.push(piece.clone());
                seen.insert(piece, vec![index]);
            }
        });
    }
    let mut by_frames: BTreeMap<Vec<usize>, String> = BTreeMap::new();
    for piece in order {
        let frames = seen.remove(&piece).unwrap_or_default();
        by_frames.entry(frames).or_default().push_str(&piece);
    }
    by_frames
}

/// When something is visible: it changes at the beginning of a frame and nowhere else.
fn write_times(frames: &[usize], starts: &[f64], out: &mut String) {
    let is_in = |frame: usize| frames.binary_search(&frame).is_ok();
    let word = |is_visible: bool| if is_visible { "visible" } else { "hidden" };
    let mut before = None;
    for (frame, start) in starts.iter().enumerate() {
        let now = is_in(frame);
        if before == Some(now) {
            continue;
        }
        before = Some(now);
        let _ = write!(out, "{}%{{visibility:{}}}", percent(*start), word(now));
    }
}

fn percent(share: f64) -> String {
    let text = format!("{share:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A screen with its caption below.
fn captioned(screen: &Buffer, caption: &str) -> Buffer {
    let area = Rect {
        height: screen.area.height + CAPTION_ROWS,
        ..screen.area
    };
    let mut out = Buffer::empty(area);
    for y in 0..screen.area.height {
        for x in 0..screen.area.width {
            out[(x, y)] = screen[(x, y)].clone();
        }
    }
    let room = usize::from(area.width.saturating_sub(2));
    let text = display::clip(caption, room);
    let left = (usize::from(area.width) - display::width(&text)) / 2;
    let style = Style::new().add_modifier(Modifier::BOLD);
    let left = u16::try_from(left).unwrap_or_default();
    out.set_string(left, area.height - 1, text, style);
    out
}

/// What a terminal is sent to show a screen after another.
fn changes(before: Option<&Buffer>, screen: &Buffer) -> String {
    let mut out = String::new();
    if before.is_none() {
        out.push_str("\u{1b}[?25l\u{1b}[2J");
    }
    for y in 0..screen.area.height {
        let is_same =
            |before: &Buffer| (0..screen.area.width).all(|x| before[(x, y)] == screen[(x, y)]);
        if before.is_some_and(is_same) {
            continue;
        }
        let _ = write!(out, "\u{1b}[{};1H\u{1b}[0m", y + 1);
        let mut last = None;
        for (_, cell) in picture::cells(screen, y) {
            let look = (cell.fg, cell.bg, cell.modifier);
            if last != Some(look) {
                out.push_str(&style(look));
                last = Some(look);
            }
            out.push_str(cell.symbol());
        }
        out.push_str("\u{1b}[0m\u{1b}[K");
    }
    out
}

fn style((fg, bg, modifier): (Color, Color, Modifier)) -> String {
    let mut codes = vec!["0".to_owned()];
    for (flag, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ] {
        if modifier.contains(flag) {
            codes.push(code.to_owned());
        }
    }
    codes.extend(colour(fg, 30));
    codes.extend(colour(bg, 40));
    format!("\u{1b}[{}m", codes.join(";"))
}

/// A colour's code; `base` is 30 for text and 40 for the ground.
fn colour(colour: Color, base: u8) -> Option<String> {
    let index = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("{};2;{r};{g};{b}", base + 8)),
        Color::Indexed(index) => return Some(format!("{};5;{index}", base + 8)),
        other => picture::index_of(other)?,
    };
    Some(match index {
        0..=7 => (base + index).to_string(),
        _ => (base + 60 + index - 8).to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn more_than_memory_has_room_for_is_cut() {
        let mut recording = Recording::default();
        let area = Rect::new(0, 0, 1_000, 500);
        let most = MOST_CELLS / 500_000;
        for number in 0..=most {
            assert!(!recording.is_cut());
            let mut screen = Buffer::empty(area);
            screen[(0, 0)].set_symbol(&number.to_string());
            recording.show(screen, "");
            recording.wait(Duration::from_secs(1));
        }
        assert!(recording.is_cut());
        assert_eq!(recording.frames.len(), most);
    }

    fn screen(lines: [&str; 2]) -> Buffer {
        let mut screen = Buffer::empty(Rect::new(0, 0, 8, 2));
        for (y, line) in (0..).zip(lines) {
            screen.set_string(0, y, line, Style::new().fg(Color::Red));
        }
        screen
    }

    fn recording() -> Recording {
        let mut recording = Recording::default();
        recording.chapter("One");
        recording.show(screen(["a", "same"]), "");
        recording.wait(Duration::from_secs(1));
        recording.show(screen(["a", "same"]), "");
        recording.chapter("Two");
        recording.show(screen(["b<", "same"]), "");
        recording.wait(Duration::from_secs(1));
        recording.show(screen(["a", "same"]), "");
        recording
    }

    #[test]
    fn a_cast_has_changes_alone_and_a_marker_for_each_chapter() {
        let cast = recording().cast();
        let lines: Vec<&str> = cast.lines().collect();
        assert!(lines[0].starts_with("{\"version\":2,\"width\":8,\"height\":2,"));
        assert_eq!(lines[1], "[0.000,\"m\",\"One\"]");
        assert!(
            lines[2].starts_with("[0.000,\"o\",\"\\u001b[?25l\\u001b[2J"),
            "{}",
            lines[2]
        );
        assert_eq!(lines[3], "[1.000,\"m\",\"Two\"]");
        assert!(
            lines[4].contains("b<") && !lines[4].contains("same"),
            "{}",
            lines[4]
        );
        assert!(lines[5].starts_with("[2.000,\"o\""));
        assert_eq!(lines[6], "[6.000,\"o\",\"\"]");
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn a_moving_picture_draws_each_piece_once() {
        let svg = recording().svg(Ground::Dark);
        assert_eq!(svg.matches(">same</text>").count(), 1);
        assert_eq!(svg.matches(">a</text>").count(), 1);
        assert_eq!(svg.matches(">b&lt;</text>").count(), 1);
        // Two sets of frames differ from always: the first and the last, and the second.
        assert_eq!(svg.matches("@keyframes").count(), 2);
        assert!(
            svg.contains(
                "0%{visibility:visible}16.667%{visibility:hidden}33.333%{visibility:visible}"
            ),
            "{svg}"
        );
        assert!(svg.contains("6.00s step-end infinite"), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("<animate"));
    }

    #[test]
    fn a_caption_stands_below_the_screen() {
        let mut recording = recording();
        recording.wait(Duration::from_secs(1));
        recording.show(screen(["c", "same"]), "Now c");
        let (_, last) = recording.screens().pop().unwrap();
        assert_eq!(picture::text(&last), "c\nsame\n\n Now c\n");
        assert!(recording.cast().contains("\"height\":4,"));
    }

    #[test]
    fn nothing_recorded_is_no_picture() {
        assert_eq!(Recording::default().svg(Ground::Dark), "");
        assert_eq!(Recording::default().cast().lines().count(), 2);
    }
}
