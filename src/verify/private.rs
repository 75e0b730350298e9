//! The body of an event that was sent in privacy mode, made of the one with text.

use crate::json::{Document, Kind, Limits, Value, quote};

/// The same body without input and output, as it is sent then; as it is where it is no event.
pub fn without_text(body: &str) -> String {
    let Ok(doc) = Document::parse(body.into(), Limits::default()) else {
        return body.to_owned();
    };
    let root = doc.root();
    let listed = root.item(0);
    let event = listed.unwrap_or(root);
    if event.kind() != Kind::Object {
        return body.to_owned();
    }
    let named = |member: Value<'_>, text: &str| {
        format!("{}:{text}", quote(&member.key().unwrap_or_default()))
    };
    let members = event.children().filter_map(|member| {
        if member.key().as_deref() != Some("ai_data") || member.kind() != Kind::Object {
            return Some(named(member, member.raw()));
        }
        let kept = member
            .children()
            .filter(|inner| !matches!(inner.key().as_deref(), Some("input" | "output")));
        let kept: Vec<String> = kept.map(|inner| named(inner, inner.raw())).collect();
        (!kept.is_empty()).then(|| named(member, &format!("{{{}}}", kept.join(","))))
    });
    // An event without text goes by the route that wants this.
    let is_pending = listed.map(|_| "\"is_pending\":false".to_owned());
    let members: Vec<String> = members.chain(is_pending).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_out_and_nothing_else() {
        let body = r#"[{"event_id":"1","ai_data":{"input":"a","model":"m","output":"b"},"properties":{"input":1.0}}]"#;
        assert_eq!(
            without_text(body),
            r#"{"event_id":"1","ai_data":{"model":"m"},"properties":{"input":1.0},"is_pending":false}"#
        );
        assert_eq!(without_text("nothing"), "nothing");
    }
}
