//! When the generation ended and how long it took.

use super::{Builder, nodes};
use crate::completion::time;
use crate::event::Step;
use crate::json::{JsonText, Kind, Value};
use crate::mapping::finding::Code;
use crate::mapping::reading::{is_zero, number, number_text};
use crate::mapping::rules::{DURATION_MS, TIMESTAMP};

/// A duration in whole milliseconds, the step of the rule, and what told it.
#[derive(Debug, Clone)]
pub(super) struct KnownDuration<'c> {
    step: &'static Step,
    millis: i128,
    sources: Vec<Value<'c>>,
}

/// A time in milliseconds since 1970, and what told it.
type Instant<'c> = (i128, Vec<Value<'c>>);

impl<'c> Builder<'c> {
    pub(super) fn timestamp(&mut self) {
        let created = self.reading.created.and_then(instant);
        let record_start = self.of_generation("created_at").and_then(instant);
        let activity_start = self.of_activity("created_at").and_then(instant);
        let measured = self.parts.measured;
        let measured_start = measured.and_then(|measured| instant(measured.get("started_at")?));
        let delivered_end = self.delivered.end;
        let candidates = [
            (&TIMESTAMP.sample, self.parts.completed_at.and_then(instant)),
            (
                &TIMESTAMP.span_end,
                delivered_end.map(|(nanos, value)| (nanos.div_euclid(1_000_000), vec![value])),
            ),
            (
                &TIMESTAMP.completed,
                self.reading.completed.and_then(instant),
            ),
            (
                &TIMESTAMP.record_end,
                after(record_start.clone(), self.recorded_duration()),
            ),
            (
                &TIMESTAMP.activity_end,
                after(activity_start.clone(), self.duration_of_activity()),
            ),
            (
                &TIMESTAMP.measured_end,
                after(measured_start, self.measured_duration()),
            ),
            (
                &TIMESTAMP.created_and_duration,
                after(created.clone(), self.duration()),
            ),
            (&TIMESTAMP.created, created),
            (&TIMESTAMP.record_start, record_start),
            (&TIMESTAMP.activity_start, activity_start),
            (
                &TIMESTAMP.recorded,
                self.parts.recorded_at.and_then(instant),
            ),
            (
                &TIMESTAMP.date_header,
                self.parts.date_header.and_then(instant),
            ),
        ];
        let record = self.parts.generation;
        let given = [
            self.parts.completed_at,
            self.reading.completed,
            self.reading.created,
            record.and_then(|record| record.get("created_at")),
            self.parts.recorded_at,
        ];
        let unusable = self.unusable(given, |value| instant(value).is_some());
        let mut found = candidates.into_iter().filter_map(|(step, candidate)| {
            let (millis, sources) = candidate?;
            Some((step, time::iso(millis)?, sources))
        });
        let index = self.fields.len();
        let Some((step, iso, sources)) = found.next() else {
            let now = time::iso(i128::from(self.context.now)).unwrap_or_default();
            self.put(&TIMESTAMP.sending, JsonText::string(&now), vec![]);
            match unusable {
                Some(unusable) => {
                    let help = format!(
                        "{}, so the time of sending stands in; write it as \"2026-06-05T12:33:10Z\"",
                        unusable.says
                    );
                    self.find(Code::TimeAssumed, unusable.pointer, help);
                }
                None => self.find(
                    Code::TimeAssumed,
                    "/timestamp",
                    "nothing tells when the generation ended, so the time of sending stands in; add \"completed_at\" to the sample",
                ),
            }
            return;
        };
        let others = found.flat_map(|(_, _, sources)| sources);
        self.supersede(index, &sources, others);
        self.put(step, JsonText::string(&iso), nodes(&sources));
    }

    /// How long it took, the best that is known.
    pub(super) fn duration(&self) -> Option<KnownDuration<'c>> {
        self.durations().into_iter().next()
    }

    /// What tells how long it took, the best first; a duration of zero may be a placeholder, so it comes last.
    fn durations(&self) -> Vec<KnownDuration<'c>> {
        let span = self
            .delivered
            .span()
            .map(|(millis, sources)| KnownDuration {
                step: &DURATION_MS.span,
                millis,
                sources,
            });
        let known = [
            span,
            length(&DURATION_MS.body_end, self.delivered.body_end),
            self.measured_duration(),
            length(&DURATION_MS.sample, self.parts.duration_ms),
            self.recorded_duration(),
            self.duration_of_activity(),
        ];
        let (mut out, placeholders): (Vec<_>, Vec<_>) = known
            .into_iter()
            .flatten()
            .partition(|duration| duration.millis != 0);
        out.extend(placeholders);
        out
    }

    fn measured_duration(&self) -> Option<KnownDuration<'c>> {
        let measured = number(self.parts.measured?, "duration_ms");
        length(&DURATION_MS.measured, measured)
    }

    fn recorded_duration(&self) -> Option<KnownDuration<'c>> {
        let recorded = self.number_of_generation("generation_time");
        length(&DURATION_MS.record, recorded)
    }

    fn duration_of_activity(&self) -> Option<KnownDuration<'c>> {
        let of_row = self.number_of_activity("generation_time_ms");
        length(&DURATION_MS.activity, of_row)
    }

    pub(super) fn duration_field(&mut self) {
        let mut found = self.durations().into_iter();
        let member = |part: Option<Value<'c>>, key: &str| part?.get(key);
        let given = [
            self.parts.duration_ms,
            member(self.parts.measured, "duration_ms"),
            member(self.parts.generation, "generation_time"),
        ];
        let unusable = self.unusable(given, |value| {
            length(&DURATION_MS.sample, Some(value)).is_some()
        });
        let Some(duration) = found.next() else {
            match unusable {
                Some(unusable) => {
                    let help = format!(
                        "{}, so the duration is unknown; give it in milliseconds, zero or more",
                        unusable.says
                    );
                    self.find(Code::DurationUnknown, unusable.pointer, help);
                }
                None => self.find(
                    Code::DurationUnknown,
                    "/properties/duration_ms",
                    "the duration is unknown; add \"duration_ms\" to the sample, or a generation record",
                ),
            }
            return;
        };
        let index = self.fields.len();
        let first = duration.sources[0];
        let json = match (duration.sources.len(), first.number()) {
            (1, Some(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => first.canonical(),
            _ => JsonText::integer(duration.millis),
        };
        self.put(duration.step, json, nodes(&duration.sources));
        if [&DURATION_MS.record, &DURATION_MS.activity].contains(&duration.step) {
            self.find(
                Code::DurationIsLowerBound,
                first.pointer(),
                "this is the provider's part alone, without the router's: the real event had 8 to 15 ms more in four audited calls, 277 and 524 ms more in two",
            );
        }
        let others = found.flat_map(|other| other.sources);
        self.supersede(index, &duration.sources, others);
    }
}

fn length<'c>(step: &'static Step, value: Option<Value<'c>>) -> Option<KnownDuration<'c>> {
    let value = value?;
    let millis = time::rounded(&number_text(value)?)?;
    (millis >= 0).then(|| KnownDuration {
        step,
        millis,
        sources: vec![value],
    })
}

fn after<'c>(start: Option<Instant<'c>>, length: Option<KnownDuration<'c>>) -> Option<Instant<'c>> {
    let (start, mut sources) = start?;
    let length = length?;
    sources.extend(length.sources);
    Some((start + length.millis, sources))
}

/// A time as the APIs and their clients write it: ISO 8601, a number of seconds or milliseconds since 1970, or
/// as HTTP's headers have it. Zero stands for none.
fn instant(value: Value<'_>) -> Option<Instant<'_>> {
    /// The first number that is taken for milliseconds: as seconds, it would be the year 5138.
    const FIRST_IN_MILLIS: i128 = 100_000_000_000;
    /// The year 2100: no generation has ended later.
    const LAST: i128 = 4_102_444_800_000;
    let is_possible = |millis: &i128| *millis <= LAST;
    if let Some(number) = number_text(value) {
        let seconds = time::scaled(&number, 0)?;
        let shift = if seconds < FIRST_IN_MILLIS { 3 } else { 0 };
        let millis = time::scaled(&number, shift)?;
        let is_known = !is_zero(value) && millis > 0 && is_possible(&millis);
        return is_known.then(|| (millis, vec![value]));
    }
    let text = (value.kind() == Kind::String).then(|| value.str())??;
    let millis = time::millis_of_iso(&text).or_else(|| time::millis_of_http_date(&text))?;
    is_possible(&millis).then(|| (millis, vec![value]))
}
