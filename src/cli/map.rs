//! `rainscope map`: the mapped events, one JSON object a line, in the order of the input.

use std::io::Write;

use super::args::MapArgs;
use super::output::{Exit, complain, stdout};
use crate::completion::load::Loaded;
use crate::completion::{Completion, Edits};
use crate::event::privacy::{self, Privacy};
use crate::event::wire::{self, WireRequest};
use crate::json::{Document, JsonText, Limits, write_pretty};
use crate::mapping::{self, Context, Outcome};
use crate::{samples, source};

/// Maps all that the arguments name.
pub fn run(args: &MapArgs) -> anyhow::Result<Exit> {
    let edits = args.mapping.edits();
    let context = Context::at(jiff::Timestamp::now().as_millisecond());
    let mut out = stdout();
    let mut exit = Exit::Done;
    let mut report = |loaded: Loaded, out: &mut dyn Write| -> anyhow::Result<()> {
        for problem in &loaded.problems {
            complain(&problem.to_string());
            exit = Exit::Failed;
        }
        for note in &loaded.notes {
            complain(&format!("note: {note}"));
        }
        for completion in &loaded.completions {
            if let Some(line) = line(completion, &edits, &context, args) {
                out.write_all(line.as_bytes())?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    };
    if args.mapping.paths.is_empty() {
        report(samples::load_all(), &mut out)?;
    } else {
        let (units, problems) = source::units(&args.mapping.paths);
        report(
            Loaded {
                problems,
                ..Loaded::default()
            },
            &mut out,
        )?;
        for unit in &units {
            report(source::load(unit), &mut out)?;
        }
    }
    out.flush()?;
    Ok(exit)
}

/// The line for one completion; none, and a word on standard error, where there is no event.
fn line(
    completion: &Completion,
    edits: &Edits,
    context: &Context,
    args: &MapArgs,
) -> Option<String> {
    let mapped = if args.explain {
        mapping::inspect(completion, edits, context)
    } else {
        mapping::map(completion, edits, context)
    };
    let event = match &mapped.outcome {
        Outcome::Event(event) => event,
        Outcome::NoEvent(none) => {
            complain(&format!(
                "{} ({}): no event: {}",
                completion.origin, completion.name, none.says
            ));
            return None;
        }
    };
    let mode: Privacy = args.mapping.mode();
    let mut out = String::new();
    if args.explain {
        crate::share::explain::write(completion, &mapped, event, mode, &mut out);
    } else if args.wire {
        write_wire(&wire::request(privacy::apply(event, mode)), &mut out);
    } else {
        wire::write_event(privacy::apply(event, mode), &mut out);
    }
    Some(if args.pretty { pretty(out) } else { out })
}

fn write_wire(request: &WireRequest, out: &mut String) {
    let path = JsonText::string(request.route.path());
    out.push_str("{\"method\":\"POST\",\"path\":");
    out.push_str(path.as_str());
    out.push_str(",\"body\":");
    out.push_str(&String::from_utf8_lossy(&request.body));
    out.push('}');
}

fn pretty(json: String) -> String {
    let limits = Limits {
        depth: 256,
        ..Limits::default()
    };
    match Document::parse(json.as_str().into(), limits) {
        Ok(doc) => {
            let mut out = String::new();
            write_pretty(doc.root(), &mut out);
            out
        }
        Err(_) => json,
    }
}
