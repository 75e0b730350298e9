//! What became known of a completion after it was loaded: further parts of its document.

use super::{Completion, Place};
use crate::completion::source_map::DocumentBuilder;
use crate::json::{Document, JsonText, Limits, ParseError, Value, quote};

impl Completion {
    /// The same completion with what OpenRouter delivered of it; none where there is no delivery, or the whole is
    /// larger than a document may be.
    pub fn with_delivery(&self, delivery: &Completion) -> Option<Completion> {
        let part = JsonText::parse(delivery.delivery()?.raw()).ok()?;
        let place = delivery.origin.place();
        self.with_parts(&[("delivery", &part)], &place).ok()
    }

    /// The same completion with the delivery that another state of it was completed by; none where there is nothing to
    /// take over.
    pub fn with_delivery_of(&self, known: &Completion) -> Option<Completion> {
        let delivery = known.delivery()?;
        let place = known.place_of(delivery)?;
        if self.delivery().is_some() {
            return None;
        }
        let part = JsonText::parse(delivery.raw()).ok()?;
        self.with_parts(&[("delivery", &part)], &place).ok()
    }

    /// The same completion with the generation's record, and what came with it, that another state of it was completed
    /// by; none where there is nothing to take over.
    pub fn with_record_of(&self, known: &Completion) -> Option<Completion> {
        known.generation()?;
        if self.generation().is_some() {
            return None;
        }
        let root = known.doc.root();
        let names = ["generation", "content"].into_iter();
        let parts = names.filter_map(|name| Some((name, root.get(name)?)));
        let parts: Vec<_> = parts.collect();
        // What was found in a file is told where it stands there.
        let write = |value: &Value<'_>, builder: &mut DocumentBuilder| {
            builder.copy(known.doc.text(), value.span(), &known.source_map);
        };
        self.with_written(&parts, write).ok()
    }

    /// The same completion with further parts (`generation`, `content`, `delivery`, …) in its document, each in
    /// place of one of that name. `place` tells where they came from. All else keeps its place.
    ///
    /// # Errors
    /// When the whole is larger or deeper than a document may be.
    pub fn with_parts(
        &self,
        parts: &[(&str, &JsonText)],
        place: &Place,
    ) -> Result<Completion, ParseError> {
        self.with_written(parts, |json, builder| {
            builder.derived(json.as_str(), place.clone());
        })
    }

    /// The same with parts that are written so.
    fn with_written<P>(
        &self,
        parts: &[(&str, P)],
        write: impl Fn(&P, &mut DocumentBuilder),
    ) -> Result<Completion, ParseError> {
        let root = self.doc.root();
        let is_replaced =
            |member: &Value<'_>| parts.iter().any(|(name, _)| member.raw_key() == Some(name));
        let mut builder = DocumentBuilder::default();
        let mut before = "{";
        for member in root.children().filter(|member| !is_replaced(member)) {
            builder.literal(before);
            builder.literal(&quote(&member.key().unwrap_or_default()));
            builder.literal(":");
            builder.copy(self.doc.text(), member.span(), &self.source_map);
            before = ",";
        }
        for (name, json) in parts {
            builder.literal(before);
            builder.literal(&quote(name));
            builder.literal(":");
            write(json, &mut builder);
            before = ",";
        }
        builder.literal(match before {
            "{" => "{}",
            _ => "}",
        });
        let (text, map) = builder.finish();
        // Each part alone was within the limits; together they may be a little more.
        let limits = Limits::default().around(8);
        let limits = Limits {
            bytes: limits.bytes.saturating_mul(2),
            ..limits
        };
        let doc = Document::parse(text, limits)?;
        let (name, origin) = (self.name.clone(), self.origin.clone());
        let stream = self.stream.clone();
        Ok(Completion::new(name, origin, self.format, doc, map, stream))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::sync::Arc;

    use super::*;
    use crate::json::Position;

    #[test]
    fn parts_join_and_what_was_there_keeps_its_place() {
        let text = "{\"request\":{\"model\":\"m\"},\n\"generation\":{\"data\":{\"id\":\"old\"}},\n \"response\":{\"id\":\"gen-1\",\"choices\":[]}}";
        let loaded = crate::load("a.json", text.as_bytes());
        let completion = &loaded.completions[0];
        let place = Place {
            file: Arc::from("a record"),
            offset: 0,
            position: Position { line: 1, column: 1 },
        };
        let record = JsonText::parse(r#"{"data":{"id":"gen-1","total_cost":1.0e-5}}"#).unwrap();
        let content = JsonText::parse("{}").unwrap();
        let parts = [("generation", &record), ("content", &content)];
        let joined = completion.with_parts(&parts, &place).unwrap();
        assert_eq!(
            joined.document().text().as_ref(),
            "{\"request\":{\"model\":\"m\"},\"response\":{\"id\":\"gen-1\",\"choices\":[]},\
             \"generation\":{\"data\":{\"id\":\"gen-1\",\"total_cost\":1.0e-5}},\"content\":{}}"
        );
        let cost = joined.generation().unwrap().get("total_cost").unwrap();
        assert_eq!(joined.place_of(cost).unwrap().to_string(), "a record:1:1");
        let id = joined.response().unwrap().get("id").unwrap();
        let before = completion.response().unwrap().get("id").unwrap();
        assert_eq!(joined.place_of(id), completion.place_of(before));
        assert_eq!(joined.origin, completion.origin);
    }
}
