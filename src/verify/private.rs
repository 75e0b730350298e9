//! The body of an event that was sent in privacy mode, made of the one with text.

use crate::json::{Document, Kind, Limits, Value, quote};

/// The same body without input and output; as it is where it is no event.
pub fn without_text(body: &str) -> String {
    let Ok(doc) = Document::parse(body.into(), Limits::default()) else {
        return body.to_owned();
    };
    let root = doc.root();
    let Some(event) = root
        .item(0)
        .or(Some(root))
        .filter(|it| it.kind() == Kind::Object)
    else {
        return body.to_owned();
    };
    let object = |members: Vec<String>| format!("{{{}}}", members.join(","));
    let named = |member: Value<'_>, text: &str| {
        format!("{}:{text}", quote(&member.key().unwrap_or_default()))
    };
    let members = event.children().map(|member| {
        if member.key().as_deref() != Some("ai_data") || member.kind() != Kind::Object {
            return named(member, member.raw());
        }
        let kept = member
            .children()
            .filter(|inner| !matches!(inner.key().as_deref(), Some("input" | "output")));
        let kept = kept.map(|inner| named(inner, inner.raw())).collect();
        named(member, &object(kept))
    });
    object(members.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_out_and_nothing_else() {
        let body = r#"[{"event_id":"1","ai_data":{"input":"a","model":"m","output":"b"},"properties":{"input":1.0}}]"#;
        assert_eq!(
            without_text(body),
            r#"{"event_id":"1","ai_data":{"model":"m"},"properties":{"input":1.0}}"#
        );
        assert_eq!(without_text("nothing"), "nothing");
    }
}
