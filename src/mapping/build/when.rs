//! When the generation ended and how long it took.

use super::{Builder, nodes};
use crate::completion::time;
use crate::event::Step;
use crate::json::{JsonText, Value};
use crate::mapping::finding::Code;
use crate::mapping::rules::{DURATION_MS, TIMESTAMP};

/// A duration in whole milliseconds, the step of the rule, and what told it.
#[derive(Debug, Clone)]
pub(super) struct Duration<'c> {
    step: &'static Step,
    millis: i128,
    sources: Vec<Value<'c>>,
}

impl<'c> Builder<'c> {
    pub(super) fn timestamp(&mut self) {
        let millis = |value: Option<Value<'c>>| {
            value.and_then(|value| Some((time::millis_of_iso(&value.str()?)?, vec![value])))
        };
        let seconds = |value: Option<Value<'c>>| {
            value.and_then(|value| Some((time::scaled(value.number()?, 3)?, vec![value])))
        };
        let after = |start: Option<(i128, Vec<Value<'c>>)>, length: Option<Duration<'c>>| {
            let (start, mut sources) = start?;
            let length = length?;
            sources.extend(length.sources);
            Some((start + length.millis, sources))
        };
        let cut = |(nanos, value): (i128, Value<'c>)| (nanos.div_euclid(1_000_000), vec![value]);
        let created = seconds(self.reading.created);
        let duration = self.duration();
        let record_start = millis(self.of_generation("created_at"));
        let record_length = self.recorded_duration();
        let candidates = [
            (
                &TIMESTAMP.sample,
                millis(self.completion.envelope("completed_at")),
            ),
            (&TIMESTAMP.span_end, self.delivered.end.map(cut)),
            (
                &TIMESTAMP.record_end,
                after(record_start.clone(), record_length),
            ),
            (
                &TIMESTAMP.created_and_duration,
                after(created.clone(), duration),
            ),
            (&TIMESTAMP.completed, seconds(self.reading.completed)),
            (&TIMESTAMP.created, created),
            (&TIMESTAMP.record_start, record_start),
        ];
        let mut found = candidates.into_iter().filter_map(|(step, candidate)| {
            let (millis, sources) = candidate?;
            Some((step, time::iso(millis)?, sources))
        });
        let index = self.fields.len();
        let Some((step, iso, sources)) = found.next() else {
            let now = time::iso(i128::from(self.context.now)).unwrap_or_default();
            self.put(&TIMESTAMP.sending, JsonText::string(&now), vec![]);
            self.find(
                Code::TimeAssumed,
                "/timestamp",
                "nothing tells when the generation ended, so the time of sending stands in; add \"completed_at\" to the sample",
            );
            return;
        };
        let others = found.flat_map(|(_, _, sources)| sources);
        self.supersede(index, &sources, others);
        self.put(step, JsonText::string(&iso), nodes(&sources));
    }

    /// How long it took, the best that is known.
    pub(super) fn duration(&self) -> Option<Duration<'c>> {
        self.durations().into_iter().flatten().next()
    }

    /// What tells how long it took, the best first.
    fn durations(&self) -> [Option<Duration<'c>>; 4] {
        let measured = |step: &'static Step, value: Option<Value<'c>>| {
            let value = value?;
            Some(Duration {
                step,
                millis: time::rounded(value.number()?)?,
                sources: vec![value],
            })
        };
        let span = self.delivered.span().map(|(millis, sources)| Duration {
            step: &DURATION_MS.span,
            millis,
            sources,
        });
        [
            measured(&DURATION_MS.sample, self.completion.envelope("duration_ms")),
            span,
            measured(&DURATION_MS.body_end, self.delivered.body_end),
            self.recorded_duration(),
        ]
    }

    fn recorded_duration(&self) -> Option<Duration<'c>> {
        let value = self.number_of_generation("generation_time")?;
        Some(Duration {
            step: &DURATION_MS.record,
            millis: time::rounded(value.number()?)?,
            sources: vec![value],
        })
    }

    pub(super) fn duration_field(&mut self) {
        let mut found = self.durations().into_iter().flatten();
        let Some(duration) = found.next() else {
            self.find(
                Code::DurationUnknown,
                "/properties/duration_ms",
                "the sample carries no duration; add \"duration_ms\" or a generation record",
            );
            return;
        };
        let others: Vec<Value<'c>> = found.flat_map(|other| other.sources).collect();
        let index = self.fields.len();
        let first = duration.sources[0];
        let json = match (duration.sources.len(), first.number()) {
            (1, Some(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => first.canonical(),
            _ => JsonText::integer(duration.millis),
        };
        self.put(duration.step, json, nodes(&duration.sources));
        if *duration.step == DURATION_MS.record {
            self.find(
                Code::DurationIsLowerBound,
                first.pointer(),
                "taken from the generation record, which lacks the router's own time: 8 to 15 ms more in most calls, once 524 ms",
            );
        }
        self.supersede(index, &duration.sources, others);
    }
}
