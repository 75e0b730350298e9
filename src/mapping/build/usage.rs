//! Which model answered, through whom, and what it used.

use super::{Builder, made, node};
use crate::event::Section;
use crate::json::{JsonText, Value};
use crate::mapping::finding::Code;
use crate::mapping::rules::{self, Rule};
use crate::mapping::{Mark, model};

impl<'c> Builder<'c> {
    pub(super) fn choose_model(&mut self) -> Option<(usize, JsonText, Vec<Value<'c>>)> {
        let reading = &self.reading;
        let slug = |value: Value<'c>| {
            let whole = value.str().unwrap_or_default();
            let bare = model::without_variant(&whole);
            if bare.len() == whole.len() {
                value.canonical()
            } else {
                JsonText::string(bare)
            }
        };
        let returned = reading.returned.and_then(Value::str);
        let requested = reading.requested.filter(|value| {
            let slug = value.str().unwrap_or_default();
            reading.preset.is_none()
                && !model::has_preset(&slug)
                && !model::is_router(&slug, returned.as_deref())
        });
        if let (Some(value), true) = (requested, reading.models.is_empty()) {
            return Some((0, slug(value), vec![value]));
        }
        if let Some(returned_value) = reading.returned {
            let candidates: Vec<Value<'c>> = requested
                .into_iter()
                .chain(reading.models.iter().copied())
                .collect();
            let names: Vec<_> = candidates
                .iter()
                .map(|v| v.str().unwrap_or_default())
                .collect();
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let found = model::candidate(returned.as_deref().unwrap_or_default(), &names);
            return Some(match found {
                Some(index) => (
                    1,
                    slug(candidates[index]),
                    vec![candidates[index], returned_value],
                ),
                None => (2, slug(returned_value), vec![returned_value]),
            });
        }
        if let Some(value) = self.of_generation("model") {
            return Some((3, slug(value), vec![value]));
        }
        if let Some(value) = self.delivered.model() {
            return Some((4, slug(value), vec![value]));
        }
        // Nothing was returned: what was asked for is the best that is known.
        let asked = requested.or(reading.models.first().copied())?;
        Some((0, slug(asked), vec![asked]))
    }

    pub(super) fn model(
        &mut self,
        section: Section,
        rule: &'static Rule,
        chosen: &Option<(usize, JsonText, Vec<Value<'c>>)>,
    ) {
        let Some((step, value, sources)) = chosen else {
            return;
        };
        let index = self.fields.len();
        let provenance = made(rule, *step, sources.iter().map(|v| node(*v)).collect());
        self.field(section, "model", value.clone(), provenance);
        let others = [
            self.reading.requested,
            self.reading.returned,
            self.of_generation("model"),
            self.delivered.requested,
            self.delivered.returned,
        ];
        for other in others.into_iter().flatten() {
            if !sources.contains(&other) {
                self.marks.push((other.id(), Mark::Superseded(index)));
            }
        }
    }

    pub(super) fn model_differs(&mut self) {
        let (Some(requested), Some(returned)) = (self.reading.requested, self.reading.returned)
        else {
            return;
        };
        let asked = requested.str().unwrap_or_default();
        let got = returned.str().unwrap_or_default();
        if asked.starts_with("@preset/") || model::is_same(&asked, &got) {
            return;
        }
        let help = format!("the request asked for {asked} and {got} answered");
        self.find(Code::ModelDiffers, returned.pointer(), help);
    }

    pub(super) fn provider(&mut self) {
        let candidates = [
            (0, self.reading.provider),
            (1, self.of_generation("provider_name")),
            (2, self.delivered.provider),
        ];
        if !self.pick(
            Section::Properties,
            "provider",
            &rules::PROVIDER,
            candidates,
        ) {
            self.find(
                Code::ProviderUnknown,
                "/properties/provider",
                "the response names no provider (Responses never do); a generation record would",
            );
        }
    }

    pub(super) fn finish_reason(&mut self) {
        let candidates = [
            (0, self.reading.native_finish),
            (1, self.reading.finish),
            (2, self.of_generation("native_finish_reason")),
            (3, self.of_generation("finish_reason")),
            (4, self.delivered.native_finish),
            (4, self.delivered.finish),
        ];
        self.pick(
            Section::Properties,
            "finish_reason",
            &rules::FINISH_REASON,
            candidates,
        );
    }

    pub(super) fn tokens(&mut self) {
        let record_prompt = self.number_of_generation("native_tokens_prompt");
        let record_completion = self.number_of_generation("native_tokens_completion");
        let summands = self.reading.prompt_tokens.clone();
        if summands.len() > 1 {
            let index = self.fields.len();
            self.sum("prompt_tokens", &rules::PROMPT_TOKENS, 1, &summands);
            for other in [record_prompt, self.delivered.prompt_tokens] {
                self.marks
                    .extend(other.map(|other| (other.id(), Mark::Superseded(index))));
            }
        } else {
            let delivered = self.delivered.prompt_tokens;
            let candidates = [
                (0, summands.first().copied()),
                (2, record_prompt),
                (3, delivered),
            ];
            self.pick(
                Section::Properties,
                "prompt_tokens",
                &rules::PROMPT_TOKENS,
                candidates,
            );
        }
        let completion = self.reading.completion_tokens;
        self.pick(
            Section::Properties,
            "completion_tokens",
            &rules::COMPLETION_TOKENS,
            [
                (0, completion),
                (1, record_completion),
                (2, self.delivered.completion_tokens),
            ],
        );
        let total = self.reading.total_tokens;
        if self.pick(
            Section::Properties,
            "total_tokens",
            &rules::TOTAL_TOKENS,
            [(0, total), (1, self.delivered.total_tokens)],
        ) {
            return;
        }
        let prompt = match summands.is_empty() {
            true => {
                let prompt = record_prompt.or(self.delivered.prompt_tokens);
                prompt.into_iter().collect()
            }
            false => summands,
        };
        let completion = completion
            .or(record_completion)
            .or(self.delivered.completion_tokens);
        if let (false, Some(completion)) = (prompt.is_empty(), completion) {
            let all: Vec<_> = prompt.into_iter().chain([completion]).collect();
            self.sum("total_tokens", &rules::TOTAL_TOKENS, 2, &all);
        }
    }

    pub(super) fn sum(
        &mut self,
        key: &'static str,
        rule: &'static Rule,
        step: usize,
        values: &[Value<'c>],
    ) {
        let numbers = values
            .iter()
            .map(|value| value.number()?.parse::<i128>().ok());
        let Some(sum) = numbers.sum::<Option<i128>>() else {
            return;
        };
        let sources = values.iter().map(|value| node(*value)).collect();
        self.field(
            Section::Properties,
            key,
            JsonText::integer(sum),
            made(rule, step, sources),
        );
    }

    pub(super) fn cost(&mut self) {
        let candidates = [
            (0, self.reading.cost),
            (1, self.number_of_generation("total_cost")),
            (2, self.delivered.cost),
        ];
        if !self.pick(
            Section::Properties,
            "total_cost",
            &rules::TOTAL_COST,
            candidates,
        ) {
            self.find(
                Code::CostUnknown,
                "/properties/total_cost",
                "`usage.cost` is missing, so the event has no cost; older answers lack it, a generation record has it",
            );
        }
    }
}
