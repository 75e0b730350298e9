//! The three latencies that OpenRouter's field matrix lists for Raindrop: the provider's time to the first
//! token, the time between tokens, and the router's own.
//!
//! That they are sent is documented since September 2026; the names that they have at Raindrop are not.

use super::{Builder, nodes};
use crate::event::Step;
use crate::json::{JsonText, Value};
use crate::mapping::Mark;
use crate::mapping::reading::{is_zero, number, number_text};
use crate::mapping::rules::{INTER_TOKEN_LATENCY, ROUTER_LATENCY, TIME_TO_FIRST_TOKEN};

/// A field that the real event has and this one cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownField {
    /// Its RFC 6901 pointer in the event.
    pub pointer: &'static str,
    /// Who knows it, and what would tell it here.
    pub says: &'static str,
}

const TIME_TO_FIRST_TOKEN_UNKNOWN: UnknownField = UnknownField {
    pointer: "/properties/openrouter_provider_time_to_first_token_ms",
    says: "the real event has it; OpenRouter measures it, and a generation record would tell it",
};
const INTER_TOKEN_LATENCY_UNKNOWN: UnknownField = UnknownField {
    pointer: "/properties/openrouter_inter_token_latency_ms",
    says: "the real event has it; OpenRouter measures it, and a generation record would tell it",
};
const ROUTER_LATENCY_UNKNOWN: UnknownField = UnknownField {
    pointer: "/properties/openrouter_router_latency_ms",
    says: "the real event has it; only OpenRouter can measure it, and only a delivery tells it",
};

impl<'c> Builder<'c> {
    pub(super) fn latencies(&mut self) {
        let is_streamed = self.parts.is_streamed();
        // A time of zero was not measured.
        let streamed = |value: Option<Value<'c>>| value.filter(|v| is_streamed && !is_zero(*v));
        let measured = self.parts.measured;
        let of_measured = |key| number(measured?, key);
        let first_token = streamed(of_measured("first_token_ms"));
        let latency = self.number_of_generation("latency");
        let has_first_token = self.pick_number([
            (
                &TIME_TO_FIRST_TOKEN.delivered,
                self.delivered.time_to_first_token,
            ),
            (&TIME_TO_FIRST_TOKEN.measured, first_token),
            (&TIME_TO_FIRST_TOKEN.record, streamed(latency)),
        ]);
        let spans = [
            (
                &INTER_TOKEN_LATENCY.measured,
                of_measured("duration_ms"),
                first_token,
            ),
            (
                &INTER_TOKEN_LATENCY.record,
                self.number_of_generation("generation_time"),
                streamed(latency),
            ),
        ];
        let tokens = self.completion_tokens().filter(|_| is_streamed);
        let has_inter_token = self.inter_token_latency(spans, tokens);
        let has_router =
            self.pick_number([(&ROUTER_LATENCY.delivered, self.delivered.router_latency)]);
        if let Some(latency) = latency.filter(|_| !is_streamed) {
            let why = "the time to the first token is sent of a streamed answer alone";
            self.marks.push((latency.id(), Mark::Unusable(why)));
        }
        // A delivery that lacks one says that there is none.
        if self.parts.delivery.is_some() {
            return;
        }
        if is_streamed && !has_first_token {
            self.unknown.push(TIME_TO_FIRST_TOKEN_UNKNOWN);
        }
        if is_streamed && !has_inter_token && tokens.is_none_or(is_at_least_two) {
            self.unknown.push(INTER_TOKEN_LATENCY_UNKNOWN);
        }
        if !has_router {
            self.unknown.push(ROUTER_LATENCY_UNKNOWN);
        }
    }

    /// The delivery's own value; else the time after the first token, shared out over the tokens after it.
    fn inter_token_latency(
        &mut self,
        spans: [(&'static Step, Option<Value<'c>>, Option<Value<'c>>); 2],
        tokens: Option<Value<'c>>,
    ) -> bool {
        let delivered = self.delivered.inter_token_latency;
        if self.pick_number([(&INTER_TOKEN_LATENCY.delivered, delivered)]) {
            return true;
        }
        let Some(tokens) = tokens else { return false };
        let found = spans.into_iter().find_map(|(step, end, first)| {
            let (end, first) = (end?, first?);
            Some((step, per_token(end, first, tokens)?, [end, first, tokens]))
        });
        let Some((step, latency, sources)) = found else {
            return false;
        };
        self.put(step, latency, nodes(&sources));
        true
    }
}

/// `(end − first) / (tokens − 1)`, as JavaScript computes it; `None` where that says nothing.
fn per_token(end: Value<'_>, first: Value<'_>, tokens: Value<'_>) -> Option<JsonText> {
    let float = |value| number_text(value)?.parse::<f64>().ok();
    let gaps = float(tokens)? - 1.0;
    let spent = float(end)? - float(first)?;
    let latency = spent / gaps;
    let says_something = gaps >= 1.0 && spent > 0.0 && latency.is_finite();
    says_something.then(|| JsonText::parse(&latency.to_string()).ok())?
}

fn is_at_least_two(tokens: Value<'_>) -> bool {
    let count = number_text(tokens).and_then(|text| text.parse::<f64>().ok());
    count.is_some_and(|count| count >= 2.0)
}
