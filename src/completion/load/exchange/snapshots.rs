//! What undici's `SnapshotAgent` saves: a list of requests, each with the responses that it had, one after another.

use crate::json::{Kind, Value};

/// Whether an item of a list is a request with its responses.
pub(super) fn is_snapshot(item: Value<'_>) -> bool {
    responses(item).is_some()
}

/// The exchanges that an item of a recording stands for: each response of a snapshot, else the item itself.
pub(super) fn exchanges(item: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let responses = responses(item);
    let itself = responses.is_none().then_some(item);
    responses
        .into_iter()
        .flat_map(Value::children)
        .chain(itself)
}

/// The request of a snapshot's response.
pub(super) fn request_of(response: Value<'_>) -> Option<Value<'_>> {
    let list = response.parent()?;
    let item = list.parent()?.parent()?;
    let is_in_a_snapshot = responses(item).is_some_and(|found| found.id() == list.id());
    is_in_a_snapshot.then(|| item.get("snapshot")?.get("request"))?
}

fn responses(item: Value<'_>) -> Option<Value<'_>> {
    let snapshot = item.get("snapshot")?;
    let is_request = snapshot.get("request")?.get("url").is_some();
    let responses = snapshot.get("responses")?;
    (is_request && responses.kind() == Kind::Array && !responses.is_empty()).then_some(responses)
}
