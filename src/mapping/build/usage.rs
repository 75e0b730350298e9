//! Which model answered, through whom, and what it used.

use super::{Builder, nodes};
use crate::event::{Section, Step};
use crate::json::{JsonText, Value};
use crate::mapping::finding::Code;
use crate::mapping::model;
use crate::mapping::rules::{
    COMPLETION_TOKENS, FINISH_REASON, MODEL, PROMPT_TOKENS, PROVIDER, TOTAL_COST, TOTAL_TOKENS,
};

/// The model slug of an event, the step of the rule that yielded it, and what told it.
pub(super) struct ChosenModel<'c> {
    step: &'static Step,
    slug: JsonText,
    sources: Vec<Value<'c>>,
}

impl<'c> ChosenModel<'c> {
    fn new(step: &'static Step, value: Value<'c>, others: Option<Value<'c>>) -> ChosenModel<'c> {
        let whole = value.str().unwrap_or_default();
        let bare = model::without_variant(&whole);
        let slug = match bare.len() == whole.len() {
            true => value.canonical(),
            false => JsonText::string(bare),
        };
        let sources = std::iter::once(value).chain(others).collect();
        ChosenModel {
            step,
            slug,
            sources,
        }
    }
}

impl<'c> Builder<'c> {
    pub(super) fn choose_model(&self) -> Option<ChosenModel<'c>> {
        let reading = &self.reading;
        let returned = reading.returned.and_then(Value::str);
        let requested = reading.requested.filter(|value| {
            let slug = value.str().unwrap_or_default();
            reading.preset.is_none()
                && !model::has_preset(&slug)
                && !model::is_router(&slug, returned.as_deref())
        });
        if let (Some(value), true) = (requested, reading.models.is_empty()) {
            return Some(ChosenModel::new(&MODEL.requested, value, None));
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
                Some(index) => {
                    ChosenModel::new(&MODEL.candidate, candidates[index], Some(returned_value))
                }
                None => ChosenModel::new(&MODEL.returned, returned_value, None),
            });
        }
        if let Some(value) = self.of_generation("model") {
            return Some(ChosenModel::new(&MODEL.record, value, None));
        }
        if let Some(value) = self.delivered.model() {
            return Some(ChosenModel::new(&MODEL.delivered, value, None));
        }
        // Nothing was returned: what was asked for is the best that is known.
        let asked = requested.or(reading.models.first().copied())?;
        Some(ChosenModel::new(&MODEL.requested, asked, None))
    }

    pub(super) fn model(&mut self, section: Section, chosen: Option<&ChosenModel<'c>>) {
        let Some(chosen) = chosen else { return };
        let index = self.fields.len();
        let (slug, sources) = (chosen.slug.clone(), nodes(&chosen.sources));
        self.put_at(section, "model", chosen.step, slug, sources);
        let others = [
            self.reading.requested,
            self.reading.returned,
            self.of_generation("model"),
            self.delivered.requested,
            self.delivered.returned,
        ];
        self.supersede(index, &chosen.sources, others.into_iter().flatten());
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
            (&PROVIDER.response, self.reading.provider),
            (&PROVIDER.record, self.of_generation("provider_name")),
            (&PROVIDER.delivered, self.delivered.provider),
        ];
        if !self.pick(candidates) {
            self.find(
                Code::ProviderUnknown,
                "/properties/provider",
                "the response names no provider (Responses never do); a generation record would",
            );
        }
    }

    pub(super) fn finish_reason(&mut self) {
        let rule = &FINISH_REASON;
        self.pick([
            (&rule.native, self.reading.native_finish),
            (&rule.normalised, self.reading.finish),
            (
                &rule.record_native,
                self.of_generation("native_finish_reason"),
            ),
            (&rule.record_normalised, self.of_generation("finish_reason")),
            (&rule.delivered, self.delivered.native_finish),
            (&rule.delivered, self.delivered.finish),
        ]);
    }

    pub(super) fn tokens(&mut self) {
        let record_prompt = self.number_of_generation("native_tokens_prompt");
        let record_completion = self.number_of_generation("native_tokens_completion");
        let delivered = self.delivered.prompt_tokens;
        let summands = self.reading.prompt_tokens.clone();
        if summands.len() > 1 {
            let index = self.fields.len();
            self.sum(&PROMPT_TOKENS.usage_with_caches, &summands);
            let others = [record_prompt, delivered];
            self.supersede(index, &summands, others.into_iter().flatten());
        } else {
            self.pick([
                (&PROMPT_TOKENS.usage, summands.first().copied()),
                (&PROMPT_TOKENS.record, record_prompt),
                (&PROMPT_TOKENS.delivered, delivered),
            ]);
        }
        let completion = self.reading.completion_tokens;
        self.pick([
            (&COMPLETION_TOKENS.usage, completion),
            (&COMPLETION_TOKENS.record, record_completion),
            (
                &COMPLETION_TOKENS.delivered,
                self.delivered.completion_tokens,
            ),
        ]);
        let has_total = self.pick([
            (&TOTAL_TOKENS.usage, self.reading.total_tokens),
            (&TOTAL_TOKENS.delivered, self.delivered.total_tokens),
        ]);
        if has_total {
            return;
        }
        let prompt = match summands.is_empty() {
            true => record_prompt.or(delivered).into_iter().collect(),
            false => summands,
        };
        let completion = completion
            .or(record_completion)
            .or(self.delivered.completion_tokens);
        if let (false, Some(completion)) = (prompt.is_empty(), completion) {
            let all: Vec<_> = prompt.into_iter().chain([completion]).collect();
            self.sum(&TOTAL_TOKENS.sum, &all);
        }
    }

    fn sum(&mut self, step: &'static Step, values: &[Value<'c>]) {
        let numbers = values
            .iter()
            .map(|value| value.number()?.parse::<i128>().ok());
        if let Some(sum) = numbers.sum::<Option<i128>>() {
            self.put(step, JsonText::integer(sum), nodes(values));
        }
    }

    pub(super) fn cost(&mut self) {
        let candidates = [
            (&TOTAL_COST.usage, self.reading.cost),
            (&TOTAL_COST.record, self.number_of_generation("total_cost")),
            (&TOTAL_COST.delivered, self.delivered.cost),
        ];
        if !self.pick(candidates) {
            self.find(
                Code::CostUnknown,
                "/properties/total_cost",
                "`usage.cost` is missing, so the event has no cost; older answers lack it, a generation record has it",
            );
        }
    }
}
