//! When the generation ended and how long it took.

use super::{Builder, made, node};
use crate::event::Section;
use crate::json::{JsonText, Kind, Value};
use crate::mapping::finding::Code;
use crate::mapping::{Mark, rules, time};

impl<'c> Builder<'c> {
    pub(super) fn timestamp(&mut self) {
        let millis = |value: Option<Value<'c>>| {
            value.and_then(|value| Some((time::millis_of_iso(&value.str()?)?, vec![value])))
        };
        let seconds = |value: Option<Value<'c>>| {
            value.and_then(|value| Some((time::scaled(value.number()?, 3)?, vec![value])))
        };
        let after = |start: Option<(i128, Vec<Value<'c>>)>, length: Option<Value<'c>>| {
            let (start, mut sources) = start?;
            let length = length?;
            sources.push(length);
            Some((start + time::rounded(length.number()?)?, sources))
        };
        let created = seconds(self.reading.created);
        let duration = self.duration().map(|(_, value)| value);
        let record_start = millis(self.of_generation("created_at"));
        let record_length = self.number_of_generation("generation_time");
        let candidates = [
            (0, millis(self.completion.envelope("completed_at"))),
            (2, after(record_start, record_length)),
            (3, after(created.clone(), duration)),
            (4, seconds(self.reading.completed)),
            (5, created),
        ];
        let mut found = candidates.into_iter().filter_map(|(step, candidate)| {
            let (millis, sources) = candidate?;
            Some((step, time::iso(millis)?, sources))
        });
        let index = self.fields.len();
        let (step, iso, sources) = found.next().unwrap_or_else(|| {
            let now = time::iso(i128::from(self.context.now)).unwrap_or_default();
            (6, now, vec![])
        });
        let others: Vec<Value<'c>> = found.flat_map(|(_, _, sources)| sources).collect();
        if step == 6 {
            self.find(
                Code::TimeAssumed,
                "/timestamp",
                "nothing tells when the generation ended, so the time of sending stands in; add \"completed_at\" to the sample",
            );
        }
        for other in others {
            if !sources.contains(&other) {
                self.marks.push((other.id(), Mark::Superseded(index)));
            }
        }
        let provenance = made(
            &rules::TIMESTAMP,
            step,
            sources.into_iter().map(node).collect(),
        );
        self.field(
            Section::Top,
            "timestamp",
            JsonText::string(&iso),
            provenance,
        );
    }

    /// How long it took, the best that is known, and the step of the rule.
    pub(super) fn duration(&self) -> Option<(usize, Value<'c>)> {
        let own = self.completion.envelope("duration_ms");
        let own = own.filter(|value| value.kind() == Kind::Number);
        own.map(|value| (0, value)).or_else(|| {
            self.number_of_generation("generation_time")
                .map(|value| (3, value))
        })
    }

    pub(super) fn duration_field(&mut self) {
        let found = self
            .duration()
            .and_then(|(step, value)| Some((step, value, time::rounded(value.number()?)?)));
        let Some((step, value, millis)) = found else {
            self.find(
                Code::DurationUnknown,
                "/properties/duration_ms",
                "the sample carries no duration; add \"duration_ms\" or a generation record",
            );
            return;
        };
        let index = self.fields.len();
        let json = match value.number() {
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => value.canonical(),
            _ => JsonText::integer(millis),
        };
        let provenance = made(&rules::DURATION, step, vec![node(value)]);
        self.field(Section::Properties, "duration_ms", json, provenance);
        if step == 3 {
            self.find(
                Code::DurationIsLowerBound,
                value.pointer(),
                "taken from the generation record, which lacks the router's own time: 8 to 15 ms more in most calls, once 524 ms",
            );
        } else if let Some(other) = self.number_of_generation("generation_time") {
            self.marks.push((other.id(), Mark::Superseded(index)));
        }
    }
}
