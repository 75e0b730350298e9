//! The latest generations of an account, by the analytics endpoint, which needs a management key and which some
//! accounts do not have.

use jiff::{SignedDuration, Timestamp};

use super::{FetchError, GenerationId, Generations};
use crate::json::{Document, Limits, Value};

/// How far back the endpoint looks, in days (OpenRouter's documentation).
const DAYS: i64 = 31;
/// How many ids it lists at most (the same).
pub const MOST: usize = 10_000;

impl Generations {
    /// The ids of the account's latest generations of the last 31 days, the newest first, at most `count`.
    ///
    /// # Errors
    /// When the account has no such endpoint, or the key may not ask it.
    pub async fn recent(
        &self,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<GenerationId>, FetchError> {
        let body = question(count.min(MOST), now);
        let answer = self.post("/v1/analytics/query", body).await;
        let answer = answer.map_err(|error| match error {
            FetchError::Absent => FetchError::NoAnalytics,
            other => other,
        })?;
        let doc = Document::parse(answer.as_str().into(), Limits::default());
        let doc = doc.map_err(|error| FetchError::NotJson(format!(": {error}")))?;
        let mut ids = ids(doc.root());
        // An id begins with the second in which it was made.
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.dedup();
        ids.truncate(count);
        Ok(ids)
    }
}

fn question(count: usize, now: Timestamp) -> String {
    // To the second: the endpoint takes no shorter times.
    let end = Timestamp::from_second(now.as_second() + 1).unwrap_or(now);
    let start = end
        .checked_sub(SignedDuration::from_hours(24 * DAYS))
        .unwrap_or(Timestamp::UNIX_EPOCH);
    format!(
        "{{\"metrics\":[\"request_count\"],\"dimensions\":[\"generation_id\"],\
         \"order_by\":{{\"field\":\"generation_id\",\"direction\":\"desc\"}},\"limit\":{count},\
         \"time_range\":{{\"start\":\"{start}\",\"end\":\"{end}\"}}}}"
    )
}

/// The rows stand in `data.data`; a list right in `data` is taken, too.
fn ids(root: Value<'_>) -> Vec<GenerationId> {
    let data = root.get("data");
    let rows = data.and_then(|data| data.get("data")).or(data);
    let rows = rows.into_iter().flat_map(Value::children);
    rows.filter_map(|row| row.get("generation_id")?.str()?.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_a_month_to_the_second() {
        let now = Timestamp::constant(1_780_662_787, 250_000_000);
        let doc = Document::parse(question(5, now).into(), Limits::default());
        let doc = doc.unwrap_or_else(|error| unreachable!("{error}"));
        let range = doc.root().get("time_range");
        let time = |key| Some(range?.get(key)?.str()?.into_owned());
        assert_eq!(time("end").as_deref(), Some("2026-06-05T12:33:08Z"));
        assert_eq!(time("start").as_deref(), Some("2026-05-05T12:33:08Z"));
    }
}
