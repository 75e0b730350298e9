//! What could not be loaded, what is wrong in the settings, and what deserves a word; of the one under the cursor,
//! the lines around its place in the file.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::load::Problem;
use crate::display::{self, counted};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Effect, Model};

/// A place in a file for people: line and column from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilePlace {
    /// The file's name as it was given.
    pub file: Arc<str>,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// The lines around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Lines with their numbers, in order.
    pub lines: Vec<(usize, String)>,
    /// Characters that are left out before each of them, so that the place is in sight.
    pub skipped: usize,
}

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    cursor: Cursor,
    /// What is known of the places that the cursor was on; none while it is read.
    excerpts: HashMap<FilePlace, Option<Result<Excerpt, String>>>,
}

/// One thing to say.
struct Item {
    says: String,
    is_wrong: bool,
    place: Option<FilePlace>,
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Problems::default());
}

/// How much could not be loaded, and how much was passed over, as `check` counts it; none where all was loaded.
pub fn problems_in_words(problems: usize, skipped: usize) -> Option<String> {
    let plural = if problems == 1 { "" } else { "s" };
    match (problems, skipped) {
        (0, 0) => None,
        (0, skipped) => Some(format!("{skipped} skipped")),
        (problems, 0) => Some(format!("{problems} problem{plural}")),
        (problems, skipped) => Some(format!("{problems} problem{plural}, {skipped} skipped")),
    }
}

/// Columns of a row before its words.
const SIGN: usize = 3;

/// How many things there are to say. There may be very many, so each is put into words when it is shown.
fn count(model: &Model) -> usize {
    model.mistakes.len() + model.library.problems.len() + model.library.notes.len()
}

/// The thing to say in this row.
fn item(model: &Model, row: usize) -> Option<Item> {
    if let Some(mistake) = model.mistakes.get(row) {
        return Some(Item {
            says: mistake.clone(),
            is_wrong: true,
            place: None,
        });
    }
    let (problems, notes) = (&model.library.problems, &model.library.notes);
    let row = row - model.mistakes.len();
    let is_wrong = row < problems.len();
    let problem: &Problem = match is_wrong {
        true => problems.get(row)?,
        false => notes.get(row - problems.len())?,
    };
    Some(Item {
        says: problem.to_string(),
        is_wrong,
        place: problem.position.map(|position| FilePlace {
            file: problem.file.clone(),
            line: position.line,
            column: position.column,
        }),
    })
}

/// Things to say that are each shown in as many lines as they need; where there are more, each has one line, and the one
/// under the cursor stands below in full.
const WHOLE: usize = 100;

/// The lines of all things to say: whose each is, with the first of each whether that is wrong, and its words.
fn lines(model: &Model, count: usize, width: usize) -> Vec<(usize, Option<bool>, String)> {
    let items = (0..count).filter_map(|at| Some((at, item(model, at)?)));
    let of_item = |(at, item): (usize, Item)| {
        let ranges = display::wrap(&item.says, width.max(1)).into_iter();
        let line = |(number, range): (usize, std::ops::Range<usize>)| {
            let first = (number == 0).then_some(item.is_wrong);
            (at, first, item.says[range].to_owned())
        };
        ranges.enumerate().map(line).collect::<Vec<_>>()
    };
    items.flat_map(of_item).collect()
}

impl Problems {
    fn place(&self, model: &Model) -> Option<FilePlace> {
        item(model, self.cursor.row)?.place
    }

    /// What is shown below of the one under the cursor: its words in full and the lines around its place.
    fn about(&self, item: &Item, is_whole: bool, width: usize, look: &Look) -> Vec<Line> {
        let theme = &look.theme;
        let mut lines: Vec<Line> = Vec::new();
        // What stands whole in its row is not said again.
        if !is_whole && SIGN + display::width(&item.says) > width {
            lines.push(Vec::new());
            let wrapped = display::wrap(&item.says, width.saturating_sub(2)).into_iter();
            lines.extend(wrapped.map(|range| vec![(item.says[range].to_owned(), theme.text)]));
        }
        let Some(place) = &item.place else {
            return lines;
        };
        lines.push(Vec::new());
        match self.excerpts.get(place) {
            Some(Some(Ok(excerpt))) => lines.extend(excerpt_lines(place, excerpt, width, look)),
            Some(Some(Err(why))) => lines.push(vec![(why.clone(), theme.dim)]),
            Some(None) | None => lines.push(vec![("reading the file …".to_owned(), theme.dim)]),
        }
        lines
    }
}

/// Numbered lines with a mark below the place.
fn excerpt_lines(place: &FilePlace, excerpt: &Excerpt, width: usize, look: &Look) -> Vec<Line> {
    let theme = &look.theme;
    let last = excerpt.lines.last().map_or(0, |(number, _)| *number);
    let digits = last.to_string().len();
    let mut lines = Vec::new();
    for (number, text) in &excerpt.lines {
        let is_it = *number == place.line;
        let style = if is_it { theme.text } else { theme.dim };
        let room = width.saturating_sub(digits + 6);
        lines.push(vec![
            (
                format!("{number:>digits$} {} ", look.symbols.frame[4]),
                theme.dim,
            ),
            (display::clip(text, room), style),
        ]);
        if is_it {
            let before = place.column.saturating_sub(1 + excerpt.skipped);
            let before: String = text.chars().take(before).collect();
            let gap = " ".repeat(digits + 3 + display::width(&before));
            lines.push(vec![(format!("{gap}^"), theme.error)]);
        }
    }
    lines
}

impl Window for Problems {
    fn name(&self) -> &'static str {
        "the problems"
    }

    fn caption(&self, model: &Model) -> String {
        let count = count(model);
        let wrong = count - model.library.notes.len();
        match problems_in_words(wrong, model.library.skipped()) {
            Some(words) => format!("{words} of what was loaded"),
            None if count > 0 => format!("{} on what was loaded", counted(count, "remark")),
            None => "all of it was loaded without a problem".to_owned(),
        }
    }

    fn columns(&self) -> usize {
        110
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Problems)
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        // Of the bundled samples there is no file to open.
        let has_file = |place: &FilePlace| !matches!(self.excerpts.get(place), Some(Some(Err(_))));
        match self.place(model).filter(has_file) {
            Some(_) => vec![
                Offer::One(Command::Open, "open in editor"),
                Offer::Quiet(Command::EditExternally),
            ],
            None => Vec::new(),
        }
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Run(Command::Open | Command::EditExternally) => {
                let place = self.place(update.model);
                if let Some(Some(Some(Err(why)))) = place.as_ref().map(|at| self.excerpts.get(at)) {
                    update.say(why.clone());
                    return Flow::Stays;
                }
                update.effects.extend(place.map(Effect::EditAt));
                Flow::Stays
            }
            _ => Flow::Ignored,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let (symbols, theme) = (&look.symbols, &look.theme);
        let count = count(model);
        let wrong = count - model.library.notes.len();
        let words = problems_in_words(wrong, model.library.skipped());
        let view = View::new("Problems").subtitle(words.unwrap_or_default());
        let Some(under_cursor) = item(model, self.cursor.row.min(count.saturating_sub(1))) else {
            return view.words(look, model.window_size().0, ["Everything was loaded."]);
        };
        let width = model.window_size().0;
        let is_whole = count <= WHOLE;
        let below = self.about(&under_cursor, is_whole, width, look);
        let cursor = self.cursor;
        let sign = move |is_wrong: bool| match is_wrong {
            true => (symbols.error, theme.error),
            false => (symbols.info, theme.dim),
        };
        if !is_whole {
            return view
                .scrolling(cursor, count, move |at, pen| {
                    let Some(item) = item(model, at) else { return };
                    if at == cursor.row {
                        pen.cover(theme.cursor);
                    }
                    let (symbol, style) = sign(item.is_wrong);
                    pen.put(&format!(" {symbol} "), style)
                        .put(&item.says, theme.text);
                })
                .with_cursor()
                .below(below);
        }
        let lines = lines(model, count, width.saturating_sub(SIGN + 1));
        let is_own = |(at, _, _): &(usize, Option<bool>, String)| *at == cursor.row;
        let own = lines.iter().position(is_own).unwrap_or(0);
        let own = own..own + lines.iter().filter(|line| is_own(line)).count();
        view.scrolling(cursor, lines.len(), move |line, pen| {
            let (at, first, says) = &lines[line];
            if *at == cursor.row {
                pen.cover(theme.cursor);
            }
            match first {
                Some(is_wrong) => {
                    let (symbol, style) = sign(*is_wrong);
                    pen.put(&format!(" {symbol} "), style)
                }
                None => pen.skip(SIGN),
            };
            pen.put(says, theme.text);
        })
        .items(count, own)
        .below(below)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

impl Model {
    /// Asks for the lines around the place that the cursor is on, where they are not known.
    pub(crate) fn ask_excerpt(&mut self) -> Option<Effect> {
        let problems = self.windows.top_as::<Problems>()?;
        let place = problems.place(self)?;
        let problems = self.windows.find_mut::<Problems>()?;
        if problems.excerpts.contains_key(&place) {
            return None;
        }
        problems.excerpts.insert(place.clone(), None);
        Some(Effect::Excerpt(place))
    }

    /// Forgets the lines around the places in these files: they are read again.
    pub(crate) fn forget_excerpts(&mut self, files: &[String]) {
        if let Some(problems) = self.windows.find_mut::<Problems>() {
            let is_other = |place: &FilePlace| !files.iter().any(|file| **file == *place.file);
            problems.excerpts.retain(|place, _| is_other(place));
        }
    }

    /// Takes the lines around a place.
    pub(crate) fn take_excerpt(&mut self, place: &FilePlace, excerpt: Result<Excerpt, String>) {
        let problems = self.windows.find_mut::<Problems>();
        if let Some(waits) = problems.and_then(|problems| problems.excerpts.get_mut(place)) {
            *waits = Some(excerpt);
        }
    }
}
