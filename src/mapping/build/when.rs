//! When the generation ended and how long it took.

use super::{Builder, nodes};
use crate::completion::time;
use crate::event::Step;
use crate::json::{JsonText, Kind, Value, pointer};
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

/// The year 2023 in milliseconds since 1970: OpenRouter is no older.
const FIRST: i128 = 1_672_531_200_000;

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
        let parts = &self.parts;
        let created_at = parts.generation.and_then(|record| record.get("created_at"));
        // Each step with the value that says it by itself, and what it comes to.
        let candidates = [
            (
                &TIMESTAMP.sample,
                parts.completed_at,
                parts.completed_at.and_then(instant),
            ),
            (
                &TIMESTAMP.span_end,
                None,
                delivered_end.map(|(nanos, value)| (nanos.div_euclid(1_000_000), vec![value])),
            ),
            (
                &TIMESTAMP.completed,
                self.reading.completed,
                self.reading.completed.and_then(instant),
            ),
            (
                &TIMESTAMP.record_end,
                created_at,
                after(record_start.clone(), self.recorded_duration()),
            ),
            (
                &TIMESTAMP.activity_end,
                None,
                after(activity_start.clone(), self.duration_of_activity()),
            ),
            (
                &TIMESTAMP.measured_end,
                None,
                after(measured_start, self.measured_duration()),
            ),
            (
                &TIMESTAMP.created_and_duration,
                self.reading.created,
                after(created.clone(), self.duration()),
            ),
            (&TIMESTAMP.created, self.reading.created, created),
            (&TIMESTAMP.record_start, created_at, record_start),
            (&TIMESTAMP.activity_start, None, activity_start),
            (
                &TIMESTAMP.recorded,
                parts.recorded_at,
                parts.recorded_at.and_then(instant),
            ),
            (
                &TIMESTAMP.date_header,
                None,
                parts.date_header.and_then(instant),
            ),
        ];
        let mut given = Vec::new();
        let mut passed_over = None;
        let mut found = Vec::new();
        for (step, value, candidate) in candidates {
            let candidate = candidate
                .and_then(|(millis, sources)| Some((step, millis, time::iso(millis)?, sources)));
            if candidate.is_some() && found.is_empty() {
                passed_over = Some(given.len());
            }
            // What is taken is of use.
            given.extend(value.filter(|_| candidate.is_none()).map(Some));
            found.extend(candidate);
        }
        let passed_over = given.split_off(passed_over.unwrap_or(given.len()));
        let is_usable = |value: Value<'c>| instant(value).is_some();
        let unusable = self.unusable(given, is_usable);
        self.unusable(passed_over, is_usable);
        let mut found = found.into_iter();
        let index = self.fields.len();
        let Some((step, millis, iso, sources)) = found.next() else {
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
        if let Some(unusable) = unusable {
            let stands_in = sources.first().map(|source| source.pointer());
            let help = format!(
                "{}, so {} stands in; write it as \"2026-06-05T12:33:10Z\"",
                unusable.says,
                name_of(&stands_in.unwrap_or_default())
            );
            self.find(Code::TimeImplausible, unusable.pointer, help);
        }
        if millis < FIRST
            && let Some(source) = sources.first()
        {
            let pointer = source.pointer();
            let help = format!(
                "{} is before OpenRouter answered anything, which can't be right; the event has it as it is written",
                name_of(&pointer)
            );
            self.find(Code::TimeImplausible, pointer, help);
        }
        let others = found.flat_map(|(_, _, _, sources)| sources);
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

/// A member as people name it.
fn name_of(pointer: &str) -> String {
    let keys: Vec<String> = pointer::tokens(pointer).collect();
    format!("`{}`", keys.join("."))
}

/// A time as the APIs and their clients write it: ISO 8601, a number of seconds or milliseconds since 1970, or
/// as HTTP's headers have it. Zero stands for none.
fn instant(value: Value<'_>) -> Option<Instant<'_>> {
    /// The first number that is taken for milliseconds: they are those of 2001. What is less and no time in
    /// seconds is none at all.
    const FIRST_IN_MILLIS: i128 = 1_000_000_000_000;
    /// The year 2100: no generation has ended later.
    const LAST: i128 = 4_102_444_800_000;
    let is_possible = |millis: &i128| *millis <= LAST;
    if let Some(number) = number_text(value) {
        let of_seconds = time::scaled(&number, 3)?;
        let millis = match of_seconds < FIRST_IN_MILLIS * 1000 {
            true => of_seconds,
            false => of_seconds / 1000,
        };
        let is_known = !is_zero(value) && millis > 0 && is_possible(&millis);
        return is_known.then(|| (millis, vec![value]));
    }
    let text = (value.kind() == Kind::String).then(|| value.str())??;
    let millis = time::millis_of_iso(&text).or_else(|| time::millis_of_http_date(&text))?;
    is_possible(&millis).then(|| (millis, vec![value]))
}
