//! Which model answered, through whom, and what it used.

use super::{Builder, Candidates, best, nodes, present};
use crate::completion::slug;
use crate::event::{Field, Section, Step};
use crate::json::{JsonText, Value};
use crate::mapping::Mark;
use crate::mapping::finding::Code;
use crate::mapping::reading::{is_zero, number_text, whole};
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
        let bare = slug::without_variant(&whole);
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
        // Whatever tells which model answered tells a router from a model.
        let beside = self
            .of_generation("model")
            .or(self.delivered.returned)
            .or_else(|| self.of_activity("model_permaslug"));
        let is_listed_with_routers = |value: Value<'c>| {
            let slug = value.str().unwrap_or_default();
            slug.starts_with("openrouter/")
        };
        let is_named_beside = beside.is_some_and(|model| !is_listed_with_routers(model));
        let returned_value = reading
            .returned
            .filter(|returned| !(is_named_beside && is_listed_with_routers(*returned)));
        let answered = returned_value.or(beside);
        let returned = answered.and_then(Value::str);
        let returned = returned.as_deref();
        let is_concrete = |value: &Value<'c>| {
            let slug = value.str().unwrap_or_default();
            slug::is_concrete(&slug, returned)
        };
        let requested = reading.requested.filter(is_concrete);
        if let (Some(value), true) = (requested, reading.models.is_empty()) {
            let asked = value.str().unwrap_or_default();
            // What has no public name is listed where the routers are.
            if returned.is_none() && asked.starts_with("openrouter/") {
                return Some(ChosenModel::new(&MODEL.asked, value, None));
            }
            let has_preset = reading.preset.is_some() || slug::has_preset(&asked);
            if !has_preset {
                return Some(ChosenModel::new(&MODEL.requested, value, None));
            }
            // A preset may name a model of its own.
            if returned.is_none_or(|returned| slug::may_stand_for(returned, &asked)) {
                return Some(ChosenModel::new(&MODEL.beside_preset, value, None));
            }
        }
        if let Some(returned_value) = returned_value {
            let fallbacks = reading.models.iter().copied().filter(is_concrete);
            let candidates: Vec<Value<'c>> = requested
                .into_iter()
                .filter(|_| !reading.models.is_empty())
                .chain(fallbacks)
                .collect();
            let names: Vec<_> = candidates
                .iter()
                .map(|v| v.str().unwrap_or_default())
                .collect();
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let found = slug::candidate(returned.unwrap_or_default(), &names);
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
        if let Some(value) = self.of_activity("model_permaslug") {
            return Some(ChosenModel::new(&MODEL.activity, value, None));
        }
        // Nothing was returned: what was asked for is the best that is known.
        let mut asked = requested.into_iter().chain(reading.models.iter().copied());
        let asked = asked.find(is_concrete)?;
        let step = match reading.models.is_empty() {
            true => &MODEL.requested,
            false => &MODEL.asked,
        };
        Some(ChosenModel::new(step, asked, None))
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
            self.of_activity("model_permaslug"),
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
        if asked.starts_with("@preset/") || slug::is_same(&asked, &got) {
            return;
        }
        let help = format!("the request asked for {asked} and {got} answered");
        self.find(Code::ModelDiffers, returned.pointer(), help);
    }

    pub(super) fn provider(&mut self) {
        let candidates = [
            (&PROVIDER.response, self.reading.provider),
            (&PROVIDER.router_metadata, self.reading.selected_provider),
            (&PROVIDER.record, self.of_generation("provider_name")),
            (&PROVIDER.delivered, self.delivered.provider),
            (&PROVIDER.activity, self.of_activity("provider_name")),
        ];
        if !self.pick(candidates) {
            self.find(
                Code::ProviderUnknown,
                "/properties/provider",
                "the response names no provider (those of the Responses API never do); a generation record does, and the header `X-OpenRouter-Metadata: enabled` makes the response do it",
            );
        }
    }

    pub(super) fn finish_reason(&mut self) {
        let rule = &FINISH_REASON;
        let found = self.pick([
            (&rule.native, self.reading.native_finish),
            (&rule.normalised, self.reading.finish),
            (
                &rule.record_native,
                self.of_generation("native_finish_reason"),
            ),
            (&rule.record_normalised, self.of_generation("finish_reason")),
            (&rule.delivered, self.delivered.native_finish),
            (&rule.delivered, self.delivered.finish),
            (&rule.activity_native, self.of_activity("finish_reason_raw")),
            (
                &rule.activity_normalised,
                self.of_activity("finish_reason_normalized"),
            ),
        ]);
        let unfinished = self.reading.unfinished;
        if let Some(status) = unfinished {
            let why = "not final, so no finish reason";
            self.marks.push((status.id(), Mark::Unusable(why)));
        }
        if found {
            return;
        }
        match unfinished {
            Some(status) => {
                let help = format!(
                    "the answer's status is {}: it was stored before it was final. Fetch it again, or add a generation record",
                    status.canonical()
                );
                self.find(Code::FinishReasonUnknown, status.pointer(), help);
            }
            None => self.find(
                Code::FinishReasonUnknown,
                "/properties/finish_reason",
                "the answer gives no finish reason; a generation record has it",
            ),
        }
    }

    /// The completion's tokens, the best that is known.
    pub(super) fn completion_tokens(&self) -> Option<Value<'c>> {
        best(self.completion_token_candidates()).map(|(_, value)| value)
    }

    fn completion_token_candidates(&self) -> Candidates<'c, 4> {
        let rule = &COMPLETION_TOKENS;
        [
            (&rule.usage, self.reading.completion_tokens),
            (
                &rule.record,
                self.number_of_generation("native_tokens_completion"),
            ),
            (&rule.delivered, self.delivered.completion_tokens),
            (&rule.activity, self.number_of_activity("tokens_completion")),
        ]
    }

    fn prompt_token_candidates(&self) -> Candidates<'c, 4> {
        let rule = &PROMPT_TOKENS;
        [
            (&rule.usage, self.reading.prompt_tokens.first().copied()),
            (
                &rule.record,
                self.number_of_generation("native_tokens_prompt"),
            ),
            (&rule.delivered, self.delivered.prompt_tokens),
            (&rule.activity, self.number_of_activity("tokens_prompt")),
        ]
    }

    pub(super) fn tokens(&mut self) {
        let prompt = self.prompt_tokens();
        self.pick_number(self.completion_token_candidates());
        let completion = self.completion_tokens();
        self.total_tokens(&prompt, completion);
        let unknown = match (prompt.is_empty(), completion.is_none()) {
            (false, false) => None,
            (true, true) => Some(("/properties/prompt_tokens", "prompt and completion tokens")),
            (true, false) => Some(("/properties/prompt_tokens", "the prompt's tokens")),
            (false, true) => Some(("/properties/completion_tokens", "the completion's tokens")),
        };
        let is_number = |value| number_text(value).is_some();
        let given = [
            "prompt_tokens",
            "input_tokens",
            "completion_tokens",
            "output_tokens",
        ];
        let given = given.map(|key| self.usage_member(key));
        let unusable = self.unusable(given, is_number);
        self.unusable([self.usage_member("total_tokens")], is_number);
        if let Some((pointer, what)) = unknown {
            let (pointer, why) = match unusable {
                Some(unusable) => (unusable.pointer, unusable.says),
                None => match self.reading.prompt_tokens.first() {
                    Some(summand) if prompt.is_empty() => (
                        summand.pointer(),
                        "the counts of the prompt and of its caches can't be added".to_owned(),
                    ),
                    _ => (
                        pointer.to_owned(),
                        "the answer has no `usage` for them".to_owned(),
                    ),
                },
            };
            let help = format!("{what} are unknown, since {why}; add a generation record");
            self.find(Code::TokensUnknown, pointer, help);
        }
        self.tokens_assumed();
    }

    /// The total that is given; where there is none, or a zero that cannot be right, the sum.
    fn total_tokens(&mut self, prompt: &[Value<'c>], completion: Option<Value<'c>>) {
        let given = [
            (&TOTAL_TOKENS.usage, self.reading.total_tokens),
            (&TOTAL_TOKENS.delivered, self.delivered.total_tokens),
        ];
        let parts: Vec<Value<'c>> = prompt.iter().copied().chain(completion).collect();
        let is_used = parts.iter().any(|value| !is_zero(*value));
        let is_right = best(given).is_some_and(|(_, total)| !is_zero(total) || !is_used);
        if is_right {
            self.pick_number(given);
        } else if !prompt.is_empty() && completion.is_some() {
            let index = self.fields.len();
            if self.sum(&TOTAL_TOKENS.sum, &parts) {
                let zeros = present(given).map(|(_, total)| total);
                self.supersede(index, &parts, zeros);
            }
        }
    }

    /// Adds the prompt's tokens, and gives the numbers that they are the sum of.
    fn prompt_tokens(&mut self) -> Vec<Value<'c>> {
        let summands = self.reading.prompt_tokens.clone();
        let candidates = self.prompt_token_candidates();
        let best = best(candidates).map(|(_, value)| value);
        // A sum of zero stands aside as a zero does.
        let is_zero_sum = summands.iter().all(|summand| is_zero(*summand));
        let stands_aside = is_zero_sum && best.is_some_and(|best| !is_zero(best));
        let index = self.fields.len();
        if summands.len() < 2 || stands_aside {
            self.pick_number(candidates);
            let caches = summands.into_iter().skip(1);
            self.supersede(index, &[], caches);
            return best.into_iter().collect();
        }
        summands.iter().for_each(|summand| self.doubt(*summand));
        if !self.sum(&PROMPT_TOKENS.usage_with_caches, &summands) {
            return Vec::new();
        }
        let others = present(candidates).map(|(_, other)| other);
        self.supersede(index, &summands, others);
        summands
    }

    /// Says so where the tokens come from an activity row.
    fn tokens_assumed(&mut self) {
        let of_row = [&PROMPT_TOKENS.activity, &COMPLETION_TOKENS.activity];
        let is_of_row = |field: &&Field| of_row.contains(&field.provenance.step);
        if let Some(pointer) = self.fields.iter().find(is_of_row).map(Field::pointer) {
            self.find(
                Code::TokensAssumed,
                pointer,
                "the activity export counts tokens with OpenRouter's own tokenizer, the real event has the provider's count; a generation record has that too",
            );
        }
    }

    /// Adds the sum of whole numbers, if it is one that can be told.
    fn sum(&mut self, step: &'static Step, values: &[Value<'c>]) -> bool {
        let mut values_as_numbers = values.iter().map(|value| whole(*value));
        let sum = values_as_numbers.try_fold(0_i128, |sum, number| sum.checked_add(number?));
        if let Some(sum) = sum {
            self.put(step, JsonText::integer(sum), nodes(values));
        }
        sum.is_some()
    }

    pub(super) fn cost(&mut self) {
        let candidates = [
            (&TOTAL_COST.usage, self.reading.cost),
            (&TOTAL_COST.record, self.number_of_generation("total_cost")),
            (&TOTAL_COST.delivered, self.delivered.cost),
            (&TOTAL_COST.activity, self.number_of_activity("cost_total")),
        ];
        let found = self.pick_number(candidates);
        let record = self.parts.generation;
        let given = [
            self.usage_member("cost"),
            record.and_then(|record| record.get("total_cost")),
        ];
        let unusable = self.unusable(given, |value| number_text(value).is_some());
        match unusable {
            _ if found => {}
            Some(unusable) => {
                let help = format!(
                    "{}, so the event has no cost; a generation record has it",
                    unusable.says
                );
                self.find(Code::CostUnknown, unusable.pointer, help);
            }
            None => self.find(
                Code::CostUnknown,
                "/properties/total_cost",
                "`usage.cost` is missing, so the event has no cost; older answers lack it, a generation record has it",
            ),
        }
    }

    /// A member of the answer's `usage`, whatever it is.
    fn usage_member(&self, key: &str) -> Option<Value<'c>> {
        self.parts.usage?.get(key)
    }
}
