//! The destination window: its fields, the test's steps as they end, and what may follow it.

use crate::destination::{BaseUrl, RAINDROP, WORKSHOP};
use crate::display;
use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::line::{Line, wrapped};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::destination::{
    Choice, DestinationForm, FailedTest, Row, Stored, Test,
};
use crate::mapping::Context;
use crate::prepare::MASK;
use crate::settings::resolve::KeySource;

/// Columns before a field.
const LABEL: usize = 16;

/// What the window shows.
pub fn of<'a>(form: &'a DestinationForm, model: &'a Model, look: &'a Look) -> View<'a> {
    let (columns, height) = model.window_size();
    let mut lines = lines(model, form, look, columns.saturating_sub(2));
    // What can be done after a test is in sight: where room is scarce, nothing is left empty.
    if lines.len() > height {
        lines.retain(|(row, line)| row.is_some() || !line.is_empty());
    }
    let focus = lines.iter().position(|(have, _)| *have == Some(form.row));
    let focus = focus.unwrap_or(0);
    // What a field's label leaves of the line.
    let room = columns.saturating_sub(1 + LABEL + 2);
    let column = match (form.input(form.row), form.row) {
        (Some(input), _) => Some(visible_input(input, room).1),
        (None, Row::WriteKey) => Some(form.key.masked().chars().count()),
        _ => None,
    };
    let count = lines.len();
    let view = View::new("Destination").scrolling(form.scroll, count, move |at, pen| {
        let (row, line) = &lines[at];
        draw_line(form, *row, line, room, look, pen);
    });
    // What is said below a row is in sight with it, and so is what can be done after a test.
    let is_over = matches!(form.test, Test::Passed | Test::Failed(_));
    let end = match is_over && count - focus <= height {
        true => count,
        false => (focus + 3).min(count),
    };
    let view = view.keep(focus..end);
    match column {
        Some(column) => view.caret_in_body(focus, 1 + LABEL + column),
        None => view,
    }
}

fn draw_line(
    form: &DestinationForm,
    row: Option<Row>,
    line: &Line,
    room: usize,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let theme = &look.theme;
    let is_focused = row == Some(form.row);
    let mark = if is_focused { look.symbols.cursor } else { " " };
    pen.put(mark, theme.accent);
    let Some(row) = row else {
        for (text, style) in line {
            pen.put(text, *style);
        }
        return;
    };
    let style = if is_focused { theme.title } else { theme.dim };
    if let Some(name) = label(row) {
        pen.put_padded(name, LABEL, style);
    }
    match (form.input(row), row) {
        (Some(input), _) => {
            pen.put(&visible_input(input, room).0, theme.text);
        }
        (None, Row::WriteKey) => {
            pen.put(&form.key.masked(), theme.text);
        }
        _ => {}
    }
    for (text, style) in line {
        let style = match is_focused && label(row).is_none() {
            true => theme.cursor,
            false => *style,
        };
        pen.put(text, style);
    }
}

const fn label(row: Row) -> Option<&'static str> {
    Some(match row {
        Row::Choice => "Where",
        Row::BaseUrl => "Base URL",
        Row::WriteKey => "Write key",
        Row::Project => "Project",
        Row::DefaultUser => "Default user",
        Row::Privacy => "Privacy mode",
        Row::Enabled => "Enabled",
        Row::Test | Row::Use | Row::UseAnyway | Row::Save => return None,
    })
}

type Rows = Vec<(Option<Row>, Line)>;

fn lines(model: &Model, form: &DestinationForm, look: &Look, width: usize) -> Rows {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let now = &model.destination;
    let mut lines: Rows = Vec::new();
    let (says, style) = match &now.unavailable {
        Some(trouble) => (format!("Nothing can be sent now: {trouble}"), theme.warning),
        None => (
            format!("Test traces go to {} now.", now.name_and_address()),
            theme.dim,
        ),
    };
    let says = wrapped(&vec![(says, style)], width).into_iter();
    lines.extend(says.map(|line| (None, line)));
    lines.push((None, Vec::new()));
    for row in form.rows() {
        if row == Row::Test {
            lines.push((None, Vec::new()));
            for line in wrapped(&vec![(help(form), theme.text)], width) {
                lines.push((None, line));
            }
            if let Some(mistake) = form.rows().into_iter().find_map(|row| form.mistake(row)) {
                let says = format!("{} {mistake}", symbols.error);
                for line in display::wrap(&says, width) {
                    lines.push((None, vec![(says[line].to_owned(), theme.error)]));
                }
            }
            lines.push((None, Vec::new()));
        }
        lines.push((
            Some(row),
            field(form, row, width.saturating_sub(LABEL), look),
        ));
        if row == Row::Test {
            steps(form, look, width, &mut lines);
        }
    }
    lines
}

/// The choices beside each other; what is known of the Workshop stands with it where there is room.
fn choices(form: &DestinationForm, room: usize, look: &Look) -> Line {
    let theme = &look.theme;
    let made = |is_told: bool| -> Line {
        let all = Choice::ALL.into_iter().map(|choice| {
            let is_it = choice == form.choice;
            // What cannot be had now is told from what can.
            let is_missing = choice == Choice::Workshop && form.workshop_runs == Some(false);
            let (mark, style) = match (is_it, is_missing) {
                (true, _) => (look.symbols.privacy[1], theme.title),
                (false, true) => (look.symbols.error, theme.dim),
                (false, false) => (look.symbols.privacy[0], theme.dim),
            };
            let runs = match (choice, form.workshop_runs) {
                (Choice::Workshop, Some(false)) if is_told => " (not running)",
                (Choice::Workshop, None) if is_told => " (looking …)",
                _ => "",
            };
            let gap = if choice == Choice::Another { "" } else { "   " };
            (format!("{mark} {}{runs}{gap}", choice.label()), style)
        });
        all.collect()
    };
    let told = made(true);
    let columns: usize = told.iter().map(|(text, _)| display::width(text)).sum();
    if columns <= room {
        return told;
    }
    let short = made(false);
    let columns: usize = short.iter().map(|(text, _)| display::width(text)).sum();
    match columns <= room {
        true => short,
        false => vec![
            ("← ".to_owned(), theme.dim),
            (form.choice.label().to_owned(), theme.title),
            (" →".to_owned(), theme.dim),
        ],
    }
}

/// What stands for an empty key.
fn stored(form: &DestinationForm, look: &Look) -> Line {
    let theme = &look.theme;
    let words = |text: &str| vec![(text.to_owned(), theme.dim)];
    let is_local = form.typed_url().as_ref().is_some_and(BaseUrl::is_loopback);
    match form.stored {
        _ if form.lacks_url() => words("the base URL comes first"),
        Stored::Unknown => words("looking for a stored key …"),
        Stored::None if is_local => words("none is stored: a server on this machine needs none"),
        Stored::None => words("no key is stored for this base URL: type or paste one"),
        Stored::From(source) => {
            let says = match source {
                KeySource::Environment => format!("  the key of {} is used", source.name()),
                KeySource::Command => format!("  {} prints the one that is used", source.name()),
                KeySource::None | KeySource::Credentials | KeySource::Typed => {
                    format!("  a stored key is used ({})", source.name())
                }
            };
            vec![(MASK.to_owned(), theme.text), (says, theme.dim)]
        }
    }
}

/// What stands in a row behind its text field.
fn field(form: &DestinationForm, row: Row, room: usize, look: &Look) -> Line {
    let theme = &look.theme;
    let words = |text: &str, style| vec![(text.to_owned(), style)];
    let flag = |on: bool, says: &str| {
        let word = if on { "on " } else { "off" };
        vec![
            (
                format!("{} {word}", look.symbols.privacy[usize::from(on)]),
                theme.text,
            ),
            (format!("   {says}"), theme.dim),
        ]
    };
    let is_empty = form
        .input(row)
        .is_some_and(|input| input.value().is_empty());
    match row {
        Row::Choice => choices(form, room, look),
        Row::BaseUrl if form.lacks_url() => {
            words("as http://127.0.0.1:8080 or https://example.com", theme.dim)
        }
        Row::BaseUrl if is_empty && form.choice == Choice::Workshop => words(WORKSHOP, theme.dim),
        Row::BaseUrl if is_empty => words(RAINDROP, theme.dim),
        Row::Project if is_empty => words("Production", theme.dim),
        Row::DefaultUser if is_empty => words(Context::DEFAULT_USER, theme.dim),
        Row::WriteKey if form.key.is_empty() => stored(form, look),
        Row::WriteKey => words("   typed; it is never shown", theme.dim),
        Row::Privacy => match form.privacy {
            Privacy::On => flag(true, "input and output are kept back"),
            Privacy::Off => flag(false, "input and output are sent as well"),
        },
        Row::Enabled => flag(form.enabled, "whether anything is sent there"),
        Row::Test => words("[ Test connection ]", theme.accent),
        Row::Use => words("[ Use for this session ]", theme.accent),
        Row::UseAnyway => words("[ Use anyway for this session ]", theme.warning),
        Row::Save => words("[ Save ]", theme.accent),
        _ => Vec::new(),
    }
}

/// One line on the row of the cursor.
fn help(form: &DestinationForm) -> String {
    let says = match form.row {
        Row::Choice if form.choice == Choice::Workshop && form.workshop_runs == Some(false) => {
            return format!(
                "No Workshop answers at {}: start Raindrop's debugger, or say below where it is; ^T looks again.",
                form.workshop.value()
            );
        }
        Row::Choice if matches!(form.workshop_runs, Some(false)) => {
            "← → choose. Workshop: Raindrop's debugger; none runs on this machine."
        }
        Row::Choice => "← → choose. Workshop: Raindrop's debugger on this machine, while it runs.",
        Row::BaseUrl if form.choice == Choice::Workshop => {
            "Where Raindrop's debugger answers on this machine."
        }
        Row::BaseUrl => {
            "Raindrop's or another server's, with or without /v1. http:// only to this machine."
        }
        Row::WriteKey if !form.key.is_empty() => {
            "^U empties the field. What is typed goes to this base URL alone."
        }
        Row::WriteKey if matches!(form.stored, Stored::From(_)) => {
            "Type or paste another one, for this base URL alone, to use that instead."
        }
        Row::WriteKey => "Type or paste it. It goes to this base URL alone.",
        Row::Project => {
            "A slug like my-project; empty is Production. A new slug starts a new project."
        }
        Row::DefaultUser => "Stands in where a completion names no user: Raindrop needs one.",
        Row::Privacy => "Space switches. All else is sent as it is.",
        Row::Enabled => "Space switches.",
        Row::Test => "⏎ sends an empty trace export: it creates nothing.",
        Row::Use => "⏎ sends there until you leave, and saves nothing.",
        Row::UseAnyway if form.key.is_empty() && !matches!(form.stored, Stored::From(_)) => {
            "⏎ sends there until you leave, without a key, though the test failed; nothing is saved."
        }
        Row::UseAnyway => {
            "⏎ sends there until you leave, with the key above, though the test failed; nothing is saved."
        }
        Row::Save => {
            "⏎ saves it: the key in the credentials file (mode 0600), all else in the settings."
        }
    };
    says.to_owned()
}

fn steps(form: &DestinationForm, look: &Look, width: usize, lines: &mut Rows) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    for step in &form.steps {
        let (symbol, style) = match step.passed {
            true => (symbols.good, theme.good),
            false => (symbols.error, theme.error),
        };
        let has_key = !form.key.is_empty() || matches!(form.stored, Stored::From(_));
        let says = step.attempt.outcome.says_to(has_key);
        // Why it failed stands below in full.
        let says = match &form.test {
            Test::Failed(failed) if failed.failure.says == says => String::new(),
            _ => format!("  {says}"),
        };
        let what = format!("{} {} ({})", step.method, step.path, step.what);
        let line = vec![
            (format!("{symbol} {what}"), style),
            (says, theme.text),
            (format!("   {} ms", step.attempt.millis()), theme.dim),
        ];
        let line = wrapped(&line, width).into_iter();
        lines.extend(line.map(|line| (None, line)));
    }
    let mut say = |text: String, style| {
        let line = wrapped(&vec![(text, style)], width).into_iter();
        lines.extend(line.map(|line| (None, line)));
    };
    match &form.test {
        Test::None => say(
            "Test it first: Use and Save appear once the test has passed.".to_owned(),
            theme.dim,
        ),
        Test::Running => say("… testing".to_owned(), theme.title),
        Test::Passed => say(
            format!("{} The connection works.", symbols.good),
            theme.good,
        ),
        Test::Failed(FailedTest {
            failure, is_usable, ..
        }) => {
            let (says, help) = (&failure.says, &failure.help);
            for (text, style) in [(says, theme.error), (help, theme.warning)] {
                for line in display::wrap(text, width) {
                    say(text[line].to_owned(), style);
                }
            }
            let or = match is_usable {
                true => {
                    " It can be used all the same, and not saved: Save needs a test that passed."
                }
                false => "",
            };
            let says = format!("Correct it above; ^T tests again.{or}");
            say(says, theme.dim);
        }
    }
    lines.push((None, Vec::new()));
}
