//! Entries of the newer design: a turn is a stretch of a tree of messages, from the one it was given to the
//! last that it answered.

use std::sync::Arc;

use super::json::{Object, hash, text};
use super::{CHAIN, Database};
use crate::json::{Document, Limits, quote};

impl Database {
    /// The conversation that a turn was given, and what it answered.
    pub(super) fn add_turn(
        &self,
        (parent, tip): (Option<String>, Option<String>),
        out: &mut Object,
        texts: &mut Object,
    ) -> rusqlite::Result<()> {
        let given = self.chain(parent.clone(), None)?;
        let answered = self.chain(tip, parent.as_deref())?;
        let mut messages = Vec::new();
        let mut prompt = String::new();
        for message in &given {
            let parts = self.parts(message)?;
            if message.role == "user" {
                prompt = joined(&parts);
            }
            messages.push(format!(
                "{{\"role\":{},\"content\":{}}}",
                quote(&message.role),
                content(&parts)
            ));
        }
        let mut response = String::new();
        for (number, message) in answered.iter().enumerate() {
            for (position, part) in self.parts(message)?.into_iter().enumerate() {
                if let Some(text) = &part.text {
                    texts.push(&format!("{number}.{position}.text"), &quote(text));
                }
                if part.kind == "text" {
                    response.push_str(part.text.as_deref().unwrap_or_default());
                }
            }
        }
        out.push("prompt", &quote(&prompt));
        out.push("response", &quote(&response));
        out.push(
            "prompt_json",
            &format!("{{\"messages\":[{}]}}", messages.join(",")),
        );
        Ok(())
    }

    /// The messages from the beginning of a conversation, or from behind `after`, to one of it.
    fn chain(
        &self,
        tip: Option<String>,
        after: Option<&str>,
    ) -> rusqlite::Result<Vec<StoredMessage>> {
        let query = "select parent_hash, role from messages where hash = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut chain = Vec::new();
        let mut at = tip;
        while let Some(hash_of_it) = at.filter(|at| Some(at.as_str()) != after) {
            if chain.len() == CHAIN {
                break;
            }
            let mut rows = statement.query([&hash_of_it])?;
            let Some(row) = rows.next()? else { break };
            at = hash(row, 0)?;
            chain.push(StoredMessage {
                role: text(row.get_ref(1)?).unwrap_or_default(),
                hash: hash_of_it,
            });
        }
        chain.reverse();
        Ok(chain)
    }

    fn parts(&self, message: &StoredMessage) -> rusqlite::Result<Vec<StoredPart>> {
        let query =
            "select type, text, payload from parts where message_hash = ?1 order by position";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([&message.hash])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let payload = text(row.get_ref(2)?);
            let of_column = text(row.get_ref(1)?);
            let text_of_it = match (of_column, payload) {
                (Some(text), _) => Some(text),
                (None, Some(payload)) => self.text_of_payload(&payload)?,
                (None, None) => None,
            };
            parts.push(StoredPart {
                kind: text(row.get_ref(0)?).unwrap_or_default(),
                text: text_of_it,
            });
        }
        Ok(parts)
    }

    /// A text that borrows from fragments: `{"text_ref": [{"literal": …}, {"fragment": 1}]}`; or the output
    /// of a tool.
    fn text_of_payload(&self, payload: &str) -> rusqlite::Result<Option<String>> {
        let Ok(doc) = Document::parse(Arc::from(payload), Limits::default()) else {
            return Ok(None);
        };
        let root = doc.root();
        let Some(pieces) = root.get("text_ref") else {
            let own = root.get("text").or_else(|| root.get("output"));
            return Ok(own.and_then(|own| Some(own.str()?.into_owned())));
        };
        let mut out = String::new();
        for piece in pieces.children() {
            if let Some(literal) = piece.get("literal").and_then(|literal| literal.str()) {
                out.push_str(&literal);
            } else if let Some(id) = piece.get("fragment") {
                match self.fragment(id.raw())? {
                    Some(fragment) => out.push_str(&fragment),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(out))
    }
}

struct StoredMessage {
    hash: String,
    role: String,
}

struct StoredPart {
    kind: String,
    text: Option<String>,
}

fn joined(parts: &[StoredPart]) -> String {
    let texts = parts.iter().filter(|part| part.kind == "text");
    texts.filter_map(|part| part.text.as_deref()).collect()
}

/// A message's content: its text, or its parts where it has others.
fn content(parts: &[StoredPart]) -> String {
    if parts.iter().all(|part| part.kind == "text") {
        return quote(&joined(parts));
    }
    let all = parts.iter().map(|part| {
        let text = part.text.as_deref().filter(|_| part.kind == "text");
        match text {
            Some(text) => format!("{{\"type\":\"text\",\"text\":{}}}", quote(text)),
            None => format!("{{\"type\":{}}}", quote(&part.kind)),
        }
    });
    format!("[{}]", all.collect::<Vec<_>>().join(","))
}
