//! `rainscope send --wire`: requests that `map --wire` made before, one a line. They are taken as they come, so that a
//! line in a pipe is sent before the next one is there.

use std::path::PathBuf;

use super::ledger::Inputs;
use super::note::{Note, Notes, SkippedCompletion};
use crate::completion::Origin;
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::OutgoingEvent;
use crate::delivery::wire_lines::{self, WireEvent, WireItem};
use crate::event::privacy::Privacy;
use crate::feed::lines::{LineItem, lines};
use crate::json::Limits;
use crate::prepare::{NotSent, Prepared, SendRun, Unsent};
use crate::source::{self, Input};

/// The sending has ended.
struct SendingEnded;

/// Goes through the events of all lines until one is not taken.
pub(super) fn each(
    paths: &[PathBuf],
    run: &mut SendRun,
    inputs: &mut Inputs<'_>,
    notes: &Notes,
    take: &mut dyn FnMut(Result<OutgoingEvent, Box<SkippedCompletion>>) -> bool,
) {
    let mut is_nothing = true;
    let problem = |kind, what: String| {
        let _ = notes.blocking_send(Note::Problem(kind, what));
    };
    let mut line = |bytes: &[u8], origin: &Origin, inputs: &mut Inputs<'_>| {
        if bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        is_nothing = false;
        let mut go_on = true;
        wire_lines::read(bytes, &mut |item| {
            if go_on {
                go_on = match item {
                    Ok(item) => {
                        let _ = notes.blocking_send(Note::Found(1));
                        take(match admit(item, run, origin) {
                            Ok(event) => Ok(inputs.add(event)),
                            Err(skipped) => {
                                inputs.leave_out(&skipped.unsent.reason);
                                Err(skipped)
                            }
                        })
                    }
                    Err(why) => {
                        inputs.spoil();
                        notes
                            .blocking_send(Note::BadLine(origin.clone(), why))
                            .is_ok()
                    }
                };
            }
        });
        match go_on {
            true => Ok(()),
            false => Err(SendingEnded),
        }
    };
    let mut has_problem = false;
    let pass_over = inputs.pass_over();
    let ended = source::inputs_unless(paths, pass_over.as_ref(), &mut |input| -> Result<
        (),
        SendingEnded,
    > {
        let Input {
            name,
            bytes,
            version,
        } = match input {
            Ok(input) => input,
            Err(unreadable) => {
                has_problem = true;
                problem(unreadable.kind, unreadable.to_string());
                return Ok(());
            }
        };
        inputs.begin(version);
        let limits = Limits::default();
        let failure = lines(&name, bytes, limits.bytes, &mut |item| match item {
            LineItem::Line { bytes, origin } => line(bytes, origin, inputs),
            LineItem::TooLong { origin, length } => {
                inputs.spoil();
                let why = limits.exceeded_by(length);
                let sent = notes.blocking_send(Note::BadLine(origin.clone(), why));
                sent.map_err(|_| SendingEnded)
            }
            LineItem::Pause => Ok(()),
        })?;
        if let Some(error) = failure {
            let broken = source::unreadable(name.as_ref(), source::reason(&error));
            has_problem = true;
            inputs.spoil();
            problem(broken.kind, broken.to_string());
        }
        inputs.end();
        Ok(())
    });
    if ended.is_ok() && is_nothing && !has_problem && !inputs.any_passed() {
        let what = "there is no line in what was named; nothing was sent";
        problem(ProblemKind::Unrecognised, what.to_owned());
    }
}

/// An event as it is sent, if it is.
fn admit(
    item: WireItem,
    run: &mut SendRun,
    origin: &Origin,
) -> Result<OutgoingEvent, Box<SkippedCompletion>> {
    let (name, prepared) = match item {
        WireItem::NoEvent(why) => {
            let reason = NotSent::NoEvent(why);
            let request = None;
            (String::new(), Err(Unsent { reason, request }))
        }
        WireItem::Event(event) => (event.request.event_id.clone(), prepared(event, run)),
    };
    match prepared {
        Ok(prepared) => Ok(OutgoingEvent::new(prepared, origin.clone())),
        Err(unsent) => Err(Box::new(SkippedCompletion {
            name,
            origin: origin.clone(),
            unsent,
        })),
    }
}

fn prepared(event: WireEvent, run: &mut SendRun) -> Result<Prepared, Unsent> {
    let WireEvent { request, has_text } = event;
    let options = run.options();
    if has_text && options.privacy == Privacy::On {
        return Err(Unsent {
            reason: NotSent::HasText,
            request: Some(request),
        });
    }
    // One without text may have been made in privacy mode, whose body is not kept for long.
    let privacy = match has_text {
        true => Privacy::Off,
        false => Privacy::On,
    };
    let request = request.bound_for(options.kind);
    let name = request.event_id.clone();
    let prepared = Prepared::new(name, request, privacy, options.context.now)?;
    run.take(prepared)
}
