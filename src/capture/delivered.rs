//! Broadcast deliveries beside captured calls: named and recorded as those are.

use std::borrow::Cow;

use crate::completion::{Completion, time};
use crate::json::{JsonText, quote};

/// Names a delivery as captures are named: when it came, and the model.
pub fn name_delivery(completion: &mut Completion, at: i64) {
    let started = time::iso(at.into()).unwrap_or_default();
    let clock = started.get(11..19).unwrap_or_default();
    let attributes = completion
        .delivery()
        .and_then(|delivery| delivery.get("attributes"));
    let model = ["gen_ai.request.model", "gen_ai.response.model"];
    let model = model
        .iter()
        .find_map(|key| attributes?.get(key)?.non_empty_str());
    let model = model.map_or_else(|| "delivery".to_owned(), Cow::into_owned);
    completion.name = format!("{clock} {model}");
}

/// A delivery as a line of a recording, which loads as the same delivery.
#[must_use]
pub fn recorded_delivery(completion: &Completion) -> Option<String> {
    let delivery = JsonText::parse(completion.delivery()?.raw()).ok()?;
    let name = quote(&completion.name);
    Some(format!(
        "{{\"name\":{name},\"delivery\":{}}}",
        delivery.as_str()
    ))
}
