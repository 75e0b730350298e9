//! The findings of the completion as rows, the worst first, each with what to do; Enter goes to where it
//! is mended, or where it comes from.

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::TraceMetadata;
use crate::display::{self, counted};
use crate::inspector::current::NOTHING;
use crate::inspector::current::trace_rows::{TraceRow, TraceRowIndex, trace_rows_of};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::marks::{by_severity, finding_code};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model, Pane};
use crate::mapping::{Code, Finding, finding};

/// Where a finding leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingTarget {
    /// A row of the trace metadata, where an edit mends it.
    Trace(TraceRow),
    /// A value of the completion.
    Source(String),
    /// A field of the event.
    Event(String),
    /// A field that the event does not have, and what it would stand in.
    Missing {
        /// Where it would stand.
        pointer: String,
        /// What is there of it.
        within: String,
    },
}

/// A line of the window; findings take several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingsLine {
    /// A finding's code and what it is about.
    Head(usize),
    /// A part of what it means and what to do.
    Help(usize, String),
    /// Where it leads to.
    Leads(usize, String),
    /// Between two findings.
    Blank,
}

impl FindingsLine {
    /// Which finding it belongs to.
    const fn of(&self) -> Option<usize> {
        match self {
            FindingsLine::Head(index)
            | FindingsLine::Help(index, _)
            | FindingsLine::Leads(index, _) => Some(*index),
            FindingsLine::Blank => None,
        }
    }
}

/// Columns before the text of a finding.
const INDENT: usize = 4;

/// The window: its cursor's row is a finding.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The finding under the cursor, and the first line that is seen.
    pub cursor: Cursor,
}

/// Why there is nothing to show.
pub fn refusal(model: &Model) -> Option<String> {
    let says = match &model.current {
        None => NOTHING,
        Some(_) if model.found().is_empty() => {
            let key = model.keymap.shown(Command::Overview);
            return Some(format!(
                "this completion has no findings; {key} counts those of all that are loaded"
            ));
        }
        Some(_) => return None,
    };
    Some(says.to_owned())
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Findings::default());
}

impl Window for Findings {
    fn name(&self) -> &'static str {
        "the findings"
    }

    fn caption(&self, model: &Model) -> String {
        let found = model.found();
        format!(
            "{}, {}: what each means",
            counted(found.len(), "finding"),
            by_severity(&found)
        )
    }

    fn columns(&self) -> usize {
        110
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Findings)
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        if model.found().is_empty() {
            return Vec::new();
        }
        vec![
            Offer::One(Command::Open, "go there"),
            Offer::One(Command::CopyValue, "copy"),
        ]
    }

    fn is_about_completion(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let found = update.model.found();
        let finding = found.get(self.cursor.row).map(|found| (*found).clone());
        let Some(finding) = finding else {
            return Flow::Ignored;
        };
        match event {
            WindowEvent::Run(Command::Open) => update.model.go_to_finding(&finding),
            WindowEvent::Run(Command::CopyValue) => {
                let (severity, code) = (finding.severity().name(), finding.code.as_str());
                let text = format!("{severity} {code} {}: {}", finding.pointer, finding.help);
                let copied = update.model.copied("the finding", text);
                update.effects.extend(copied);
                Flow::Stays
            }
            _ => Flow::Ignored,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let name = match &model.current {
            Some(current) => model.title_of(current),
            None => "",
        };
        let (found, lines) = (model.found(), model.finding_lines());
        let (count, row) = (found.len(), self.cursor.row);
        let is_own = |line: &FindingsLine| line.of() == Some(row);
        let first = lines.iter().position(is_own).unwrap_or(0);
        let end = lines.iter().rposition(is_own).map_or(0, |last| last + 1);
        let open = look.key(&model.keymap.shown(Command::Open));
        View::new("Findings")
            .subtitle(format!("{name} · {}", by_severity(&found)))
            .place(format!("{}/{count}", row + 1))
            .scrolling(self.cursor, lines.len(), move |at, pen| {
                draw_line(&lines[at], row, &found, &open, look, pen);
            })
            .items(count, first..end)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

fn draw_line(
    line: &FindingsLine,
    row: usize,
    found: &[&Finding],
    open: &str,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let theme = &look.theme;
    match line {
        FindingsLine::Blank => {}
        FindingsLine::Head(index) => {
            let Some(finding) = found.get(*index) else {
                return;
            };
            let is_cursor = *index == row;
            if is_cursor {
                pen.cover(theme.cursor);
            }
            let mark = if is_cursor { look.symbols.cursor } else { " " };
            pen.put(mark, theme.accent).put(" ", theme.text);
            finding_code(finding, look, pen);
            let pointer = match finding.pointer.as_str() {
                "" => "the event as a whole",
                pointer => pointer,
            };
            pen.put("  ", theme.text).put(pointer, theme.key);
        }
        FindingsLine::Help(_, text) => {
            pen.skip(4).put(text, theme.text);
        }
        FindingsLine::Leads(index, says) => {
            pen.skip(4);
            if *index == row {
                pen.put(open, theme.accent).put(" ", theme.text);
            }
            pen.put(&format!("→ {says}"), theme.dim);
        }
    }
}

impl Model {
    /// Findings of the shown completion, the worst first.
    pub fn found(&self) -> Vec<&Finding> {
        let current = self.current.as_ref();
        current.map_or_else(Vec::new, |c| finding::worst_first(&c.mapped.findings))
    }

    /// The window's lines at its present width.
    fn finding_lines(&self) -> Vec<FindingsLine> {
        let width = self.window_size().0.saturating_sub(INDENT + 1);
        let mut lines = Vec::new();
        let places = self.slot_places();
        for (index, finding) in self.found().into_iter().enumerate() {
            if index > 0 {
                lines.push(FindingsLine::Blank);
            }
            lines.push(FindingsLine::Head(index));
            let text = &finding.help;
            let wrapped = display::wrap(text, width).into_iter();
            lines.extend(wrapped.map(|range| FindingsLine::Help(index, text[range].to_owned())));
            let leads = self
                .place_among(finding, &places)
                .map(|place| self.leads_to_place(&place));
            lines.extend(leads.map(|says| FindingsLine::Leads(index, says)));
        }
        lines
    }

    /// Where a finding is mended, or comes from, or would stand.
    pub fn place_of(&self, finding: &Finding) -> Option<FindingTarget> {
        self.place_among(finding, &self.slot_places())
    }

    fn slot_places(&self) -> TraceRowIndex {
        let current = self.current.as_ref();
        let metadata = current.map(|current| &current.mapped.metadata);
        TraceRowIndex::of(metadata.unwrap_or(&TraceMetadata::default()))
    }

    fn place_among(&self, finding: &Finding, places: &TraceRowIndex) -> Option<FindingTarget> {
        let current = self.current.as_ref()?;
        let metadata = &current.mapped.metadata;
        let sources = current.sources_at(&finding.pointer);
        let mut pointers = vec![finding.pointer.clone()];
        pointers.extend(sources.iter().cloned());
        let may_edit = current.completion.request().is_some() || metadata.is_delivered;
        let row = places.row(&pointers).filter(|_| may_edit);
        if let Some(slot) = row.and_then(|row| places.slot(row)) {
            return Some(FindingTarget::Trace(slot.clone()));
        }
        let doc = current.completion.document();
        let mut pointers = pointers.into_iter();
        let in_source = pointers.find(|at| !at.is_empty() && doc.resolve(at).is_some());
        if let Some(pointer) = in_source {
            return Some(FindingTarget::Source(pointer));
        }
        let is_there = |at: &str| current.has_event_pointer(at, self.privacy);
        let pointer = finding.pointer.clone();
        if pointer.is_empty() || is_there(&pointer) {
            return current
                .mapped
                .event()
                .map(|_| FindingTarget::Event(pointer));
        }
        let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
        let within = around.to_owned();
        let is_known = within.is_empty() || is_there(&within) || doc.resolve(&within).is_some();
        is_known.then_some(FindingTarget::Missing { pointer, within })
    }

    /// Where it leads, in words.
    fn leads_to_place(&self, place: &FindingTarget) -> String {
        match place {
            FindingTarget::Trace(TraceRow::User) => "user, in the trace".to_owned(),
            FindingTarget::Trace(TraceRow::SessionId) => "session_id, in the trace".to_owned(),
            FindingTarget::Trace(TraceRow::Key(key)) => format!("{key}, in the trace"),
            FindingTarget::Trace(TraceRow::Default(key)) => format!("{key}, in the trace"),
            FindingTarget::Trace(TraceRow::Add) => "the trace".to_owned(),
            FindingTarget::Source(pointer) => format!("{pointer}, in the completion"),
            FindingTarget::Event(pointer) if pointer.is_empty() => "the event".to_owned(),
            FindingTarget::Event(pointer) => format!("{pointer}, in the event"),
            FindingTarget::Missing { pointer, .. } => format!("where {pointer} would stand"),
        }
    }

    /// Goes to where a finding leads.
    fn go_to_finding(&mut self, finding: &Finding) -> Flow {
        let Some(place) = self.place_of(finding) else {
            self.notice = Some(format!("there is no place for {}", finding.code.as_str()));
            return Flow::Stays;
        };
        let mode = self.privacy;
        let mut says = finding.short();
        let Some(current) = &mut self.current else {
            return Flow::Stays;
        };
        // Where it is mended is seen beside what it does in the event.
        if current.has_event_pointer(&finding.pointer, mode) {
            current.go_to_event(&finding.pointer, mode);
        }
        match place {
            FindingTarget::Trace(slot) => {
                let rows = trace_rows_of(&current.mapped.metadata);
                let row = rows.iter().position(|have| *have == slot);
                self.trace.cursor.row = row.unwrap_or(0);
                self.focus = Pane::Trace;
                let command = match finding.code {
                    Code::TraceKeyShadowed => Command::RenameKey,
                    _ => Command::EditTrace,
                };
                let (key, does) = (self.keymap.shown(command), command.entry().hint);
                says = format!("{says} ({key} {does})");
            }
            FindingTarget::Source(pointer) => {
                current.go_to_source(&pointer, mode);
                self.focus = Pane::Completion;
            }
            FindingTarget::Event(pointer) => {
                let first = current.event.rows().first().map(|row| row.pointer.clone());
                let at = if pointer.is_empty() {
                    first.unwrap_or_default()
                } else {
                    pointer
                };
                current.go_to_event(&at, mode);
                self.focus = Pane::Event;
            }
            FindingTarget::Missing { pointer, within } => {
                self.focus = match current.go_to_event(&within, mode) {
                    true => Pane::Event,
                    false if current.go_to_source(&within, mode) => Pane::Completion,
                    false => Pane::Event,
                };
                says = format!("{pointer} would stand here: {says}");
            }
        }
        self.notice = Some(says);
        Flow::LeavesAll
    }
}
