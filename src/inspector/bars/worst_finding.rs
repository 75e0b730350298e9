//! The worst finding of the completion in the room that there is: all of it, or in short, or what it means
//! alone, never half a word; and how more of it is read. Beside it the request's size and the leaks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::display::{self, counted};
use crate::event::privacy::Privacy;
use crate::inspector::library::facts::is_open;
use crate::inspector::ui::marks::{bytes, mark_of};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Model};
use crate::mapping::{Code, Finding};

/// What is said, in which lines, and what stands behind the last one.
pub struct WorstFinding {
    words: StyledText,
    lines: Vec<std::ops::Range<usize>>,
    after: String,
    right: Vec<(String, Style)>,
}

impl WorstFinding {
    /// What there is to say within so many lines of a width.
    pub fn of(model: &Model, look: &Look, width: u16, most: usize) -> WorstFinding {
        let theme = &look.theme;
        let found = model.found();
        let widths_beside = |right: &[(String, Style)]| {
            let taken: usize = right.iter().map(|(text, _)| display::width(text)).sum();
            let width = usize::from(width).saturating_sub(1);
            let mut widths = vec![width; most.max(1)];
            widths[0] = width.saturating_sub(taken);
            widths
        };
        let mut right = at_right(model, look, width, false);
        let mut widths = widths_beside(&right);
        let of_worst = |widths: &[usize]| {
            let worst = found.first()?;
            Some(wording(model, look, worst, found.len() - 1, widths))
        };
        let mut said = of_worst(&widths);
        let current = model.current.as_ref();
        let is_unknown = current.is_some_and(|current| current.verdict().is_unknown());
        // What to do about a finding comes before words for a sign, and so does a line that it would take.
        let brief = at_right(model, look, width, true);
        let beside_brief = widths_beside(&brief);
        if let Some(((_, lines, _), is_told)) = &said
            && (!is_told || lines.len() > 1)
            && let Some((fuller, true)) = of_worst(&beside_brief)
            && (!is_told || (fuller.1.len() < lines.len() && !is_unknown))
        {
            (said, right, widths) = (Some((fuller, true)), brief, beside_brief);
        }
        let (words, lines, after) = match said {
            Some((wording, _)) => wording,
            // What it lacks is told once it is whole.
            None if is_arriving(model) => {
                let words = StyledText::new().add("… the answer is still arriving", theme.text);
                let lines = words.fit(&widths[..1]).0;
                (words, lines, String::new())
            }
            None if has_event(model) => {
                let says = format!("{} no findings", look.symbols.good);
                let words = StyledText::new().add(&says, theme.good);
                let lines = words.fit(&widths[..1]).0;
                (words, lines, String::new())
            }
            None => (StyledText::new(), Vec::new(), String::new()),
        };
        WorstFinding {
            words,
            lines,
            after,
            right,
        }
    }

    /// How many lines it takes; there is always one.
    pub fn height(&self) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(1).max(1)
    }

    /// Writes it into the lines of an area.
    pub fn draw(&self, look: &Look, area: Rect, buffer: &mut Buffer) {
        let theme = &look.theme;
        let mut pen = Pen::line(buffer, area, 0);
        for (text, style) in self.right.iter().rev() {
            pen.put_right(text, *style);
        }
        for (y, line) in (0..area.height).zip(&self.lines) {
            let mut pen = Pen::line(buffer, area, y);
            pen.put(" ", theme.text);
            self.words.put(line.clone(), &mut pen);
            if usize::from(y) + 1 == self.lines.len() {
                pen.put(&self.after, theme.accent);
            }
        }
    }
}

fn is_arriving(model: &Model) -> bool {
    let current = model.current.as_ref();
    current.is_some_and(|current| is_open(&current.completion))
}

fn has_event(model: &Model) -> bool {
    let current = model.current.as_ref();
    current.is_some_and(|current| current.mapped.event().is_some())
}

/// With fewer columns a leak is not said to be one of privacy mode: what to do about a finding comes first. Chosen.
const ROOM_FOR_WORDS: u16 = 100;

/// With fewer columns a sign alone says that leaks are unknown.
const ROOM_FOR_UNKNOWN: u16 = 72;

/// The request's size and the leaks past privacy mode; in brief, a sign alone says that these are unknown.
fn at_right(model: &Model, look: &Look, width: u16, is_brief: bool) -> Vec<(String, Style)> {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let current = model.current.as_ref();
    let Some(current) = current.filter(|current| current.mapped.event().is_some()) else {
        return Vec::new();
    };
    let size = bytes(current.sizes[model.privacy as usize]);
    let found = model.found();
    let has_secret = found.iter().any(|it| it.code == Code::SecretInEvent);
    let leaks = match current.leaks.len() {
        0 if is_open(&current.completion) => {
            (format!("{} leaks: not yet ", symbols.unknown), theme.dim)
        }
        0 if current.verdict().is_unknown() => {
            let says = match is_brief || width < ROOM_FOR_UNKNOWN {
                true => format!("{} leaks ", symbols.unknown),
                false => format!("{} leaks unknown ", symbols.unknown),
            };
            (says, theme.warning)
        }
        // Beside a key that would leave, nothing is called good.
        0 if has_secret => (format!("{} 0 leaks ", symbols.none), theme.dim),
        // What is sent without privacy mode holds all of the conversation.
        0 if model.privacy == Privacy::Off && width >= ROOM_FOR_WORDS && !is_brief => (
            format!("{} 0 leaks in privacy mode ", symbols.good),
            theme.good,
        ),
        0 => (format!("{} 0 leaks ", symbols.good), theme.good),
        count => {
            let leaks = counted(count, "leak");
            // They are not in what is sent now, whose size stands beside.
            let says = match (model.privacy, width < ROOM_FOR_WORDS) {
                (Privacy::Off, false) => format!("{} {leaks} in privacy mode ", symbols.error),
                _ => format!("{} {leaks} ", symbols.error),
            };
            (says, theme.error)
        }
    };
    vec![(format!("  {size} · "), theme.dim), leaks]
}

type Wording = (StyledText, Vec<std::ops::Range<usize>>, String);

/// The finding as fully as there is room for, and how the rest is read; and whether what to do about it is told.
fn wording(
    model: &Model,
    look: &Look,
    worst: &Finding,
    more: usize,
    widths: &[usize],
) -> (Wording, bool) {
    let theme = &look.theme;
    let key = model.keymap.shown(Command::Findings);
    let (symbol, style) = mark_of(worst, look);
    let (means, remedy) = (worst.code.means(), worst.code.remedy());
    let named = worst.short();
    let short = match remedy {
        "" => means.to_owned(),
        remedy => format!("{means}; {remedy}"),
    };
    let plain = || StyledText::new().add(symbol, style).add(" ", theme.text);
    let coded = || {
        plain()
            .add(worst.code.as_str(), style)
            .add("  ", theme.text)
    };
    let count = match more {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    let leads = match more {
        0 => " goes to it",
        _ => &count,
    };
    let candidates = [
        (
            coded().add(&worst.help, theme.text),
            format!("  {key}{leads}"),
        ),
        (
            coded().add(&worst.help, theme.text),
            format!("  {key}{count}"),
        ),
        (coded().add(&named, theme.text), format!(" … {key}{count}")),
        (plain().add(&named, theme.text), format!(" … {key}{count}")),
        (plain().add(&short, theme.text), format!(" … {key}{count}")),
        (plain().add(means, theme.text), format!(" … {key}{count}")),
    ];
    let mut last = None;
    let briefest = candidates.len() - 1;
    for (rank, (words, after)) in candidates.into_iter().enumerate() {
        let room = display::width(&after);
        for count in 1..=widths.len() {
            let mut widths = widths[..count].to_vec();
            widths[count - 1] = widths[count - 1].saturating_sub(room);
            let (lines, is_whole) = words.fit(&widths);
            // Where fewer lines are enough, their last one has no room kept for what comes after.
            if is_whole && lines.len() == count {
                let is_told = rank < briefest || remedy.is_empty();
                return ((words, lines, after), is_told);
            }
        }
        last = Some((words, after));
    }
    let (words, after) = last.unwrap_or_default();
    let width = widths[0].saturating_sub(display::width(&after));
    let lines = words.fit(&[width]).0;
    ((words, lines, after), false)
}
