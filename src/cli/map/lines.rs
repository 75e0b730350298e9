//! `rainscope map --lines`: exactly one line out for each line in, for whoever counts them (Spark's `pipe`, a stream
//! processor's subprocess). No line fails the run; an input that can't be read to its end does.

use std::io::{self, Read};
use std::path::PathBuf;

use super::mapper::{Mapper, Page};
use crate::cli::outcomes::{Diagnostic, Outcomes};
use crate::cli::output::{Exit, complain, grouped};
use crate::completion::Origin;
use crate::completion::load::{self, Loaded, Problem, ProblemKind};
use crate::feed::lines::{LineItem, lines};
use crate::json::{JsonText, Limits};
use crate::mapping::scan::secrets;
use crate::source::{self, Input};

/// What became of the lines.
#[derive(Debug, Default)]
struct LineCounts {
    lines: usize,
    events: usize,
    /// Lines without an event, by kind, in the order of [`LineError::KINDS`].
    without: [usize; LineError::KINDS.len()],
}

/// Why a line makes no event.
#[derive(Debug)]
struct LineError {
    kind: &'static str,
    why: String,
}

impl LineError {
    const KINDS: [&'static str; 7] = [
        "no-event",
        "blank",
        "unrecognised",
        "malformed",
        "unreadable",
        "too-long",
        "text-missing",
    ];

    /// The line goes on to whoever reads the output, so a key that stood in the input does not.
    fn new(kind: &'static str, why: impl Into<String>) -> LineError {
        let why: String = why.into();
        LineError {
            kind,
            why: secrets::mask(&why).into_owned(),
        }
    }

    fn write(&self, origin: &Origin, out: &mut String) {
        for (key, value) in [
            ("{\"error\":", self.why.as_str()),
            (",\"kind\":", self.kind),
            (",\"from\":", &origin.to_string()),
        ] {
            out.push_str(key);
            out.push_str(JsonText::string(value).as_str());
        }
        out.push('}');
    }
}

impl LineCounts {
    fn count(&mut self, error: &LineError) {
        let kind = LineError::KINDS.iter().position(|kind| *kind == error.kind);
        self.without[kind.unwrap_or_default()] += 1;
    }
}

impl std::fmt::Display for LineCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let many = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{} {what}s", grouped(count)),
        };
        let (lines, events) = (many(self.lines, "line"), many(self.events, "event"));
        write!(f, "{lines}: {events}")?;
        let kinds = LineError::KINDS.iter().zip(self.without);
        for (kind, count) in kinds.filter(|(_, count)| *count > 0) {
            write!(f, ", {} {kind}", grouped(count))?;
        }
        Ok(())
    }
}

/// Maps every line of what the paths name, or of standard input.
pub(super) fn run(mut mapper: Mapper, paths: &[PathBuf], all: bool) -> anyhow::Result<Exit> {
    let mut counts = LineCounts::default();
    let mut outcomes = Outcomes::new(all);
    let mut has_failed = false;
    source::inputs(paths, &mut |input| -> anyhow::Result<()> {
        let problem = match input {
            Ok(Input { name, bytes, .. }) => {
                let failure = each(&name, bytes, &mut mapper, &mut counts, &mut outcomes)?;
                failure.map(|error| source::unreadable(name.as_ref(), source::reason(&error)))
            }
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem {
            complain(&problem.to_string());
            has_failed = true;
        }
        Ok(())
    })?;
    outcomes.flush();
    complain(&counts.to_string());
    Ok(match has_failed {
        true => Exit::Failed,
        false => Exit::Done,
    })
}

fn each(
    name: &str,
    input: Box<dyn Read + '_>,
    mapper: &mut Mapper,
    counts: &mut LineCounts,
    outcomes: &mut Outcomes,
) -> anyhow::Result<Option<io::Error>> {
    let limits = Limits::default();
    let mut page = Page::default();
    let mut has_waited = true;
    lines(name, input, limits.bytes, &mut |item| {
        match item {
            LineItem::Line { bytes, origin } => {
                if std::mem::take(&mut has_waited) {
                    mapper.refresh();
                }
                line(mapper, bytes, origin, &mut page, counts);
            }
            LineItem::TooLong { origin, length } => {
                counts.lines += 1;
                let error = LineError::new("too-long", limits.exceeded_by(length));
                counts.count(&error);
                error.write(origin, &mut page.data);
                page.data.push('\n');
            }
            LineItem::Pause => {
                has_waited = true;
                return Ok(page.put(outcomes)?);
            }
        }
        page.spill(outcomes)
    })
}

fn line(mapper: &Mapper, bytes: &[u8], origin: &Origin, page: &mut Page, counts: &mut LineCounts) {
    counts.lines += 1;
    let mut loaded = Loaded::default();
    if !bytes.trim_ascii().is_empty() {
        load::load_slice(bytes, origin, &mut loaded);
    }
    let completions = std::mem::take(&mut loaded.completions);
    let out = &mut page.data;
    let is_array = completions.len() > 1;
    if is_array {
        out.push('[');
    }
    for (at, completion) in completions.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match mapper.write(completion, out) {
            Ok(_) => counts.events += 1,
            Err(reason) => {
                let error = LineError::new(reason.kind().name(), reason.to_string());
                counts.count(&error);
                error.write(origin, out);
            }
        }
    }
    if is_array {
        out.push(']');
    }
    if completions.is_empty() {
        let error = without(bytes, &mut loaded);
        counts.count(&error);
        error.write(origin, out);
    }
    out.push('\n');
    page.part.said.extend(Diagnostic::of(&mut loaded));
}

/// Why nothing was found in a line. It is taken out of what is said beside it.
fn without(bytes: &[u8], loaded: &mut Loaded) -> LineError {
    if bytes.trim_ascii().is_empty() {
        return LineError::new("blank", "the line is blank");
    }
    let is_remark = |note: &Problem| note.kind == ProblemKind::Remark;
    let problems = std::mem::take(&mut loaded.problems);
    match problems.into_iter().next() {
        Some(problem) => {
            let kind = match problem.kind {
                ProblemKind::Malformed => "malformed",
                ProblemKind::Unreadable => "unreadable",
                ProblemKind::Unrecognised | ProblemKind::Skipped | ProblemKind::Remark => {
                    "unrecognised"
                }
            };
            LineError::new(kind, problem.what)
        }
        // A connection test, say.
        None => match loaded.notes.iter().position(is_remark) {
            Some(at) => LineError::new("no-event", loaded.notes.remove(at).what),
            None => LineError::new("unrecognised", "the line holds no completion"),
        },
    }
}
