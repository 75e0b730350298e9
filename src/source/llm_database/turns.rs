//! Entries of the newer design: a turn is a stretch of a tree of messages, from the one it was given to the
//! last that it answered.

use std::collections::HashSet;
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

    /// The messages from the beginning of a conversation, or from behind `after`, to one of it. One that leads back to
    /// itself has no beginning; each of its messages counts once.
    fn chain(
        &self,
        tip: Option<String>,
        after: Option<&str>,
    ) -> rusqlite::Result<Vec<StoredMessage>> {
        let query = "select parent_hash, role from messages where hash = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut chain = Vec::new();
        let mut known = HashSet::new();
        let mut at = tip;
        while let Some(hash_of_it) = at.filter(|at| Some(at.as_str()) != after) {
            if chain.len() == CHAIN || !known.insert(hash_of_it.clone()) {
                break;
            }
            let mut rows = statement.query([&hash_of_it])?;
            let Some(row) = rows.next()? else { break };
            let role = row.get_ref(1)?;
            self.budget.take(row.get_ref(0)?)?;
            self.budget.take(role)?;
            at = hash(row, 0)?;
            chain.push(StoredMessage {
                role: text(role).unwrap_or_default(),
                hash: hash_of_it,
            });
        }
        chain.reverse();
        Ok(chain)
    }

    fn parts(&self, message: &StoredMessage) -> rusqlite::Result<Vec<StoredPart>> {
        // Put in order here: SQLite would first read all of them, however many there are.
        let query = "select type, text, payload, position from parts where message_hash = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([&message.hash])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, of_column, payload) = (row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?);
            for value in [kind, of_column, payload] {
                self.budget.take(value)?;
            }
            let text_of_it = match (text(of_column), text(payload)) {
                (Some(text), _) => Some(text),
                (None, Some(payload)) => self.text_of_payload(&payload)?,
                (None, None) => None,
            };
            let part = StoredPart {
                kind: text(kind).unwrap_or_default(),
                text: text_of_it,
            };
            parts.push((row.get_ref(3)?.as_i64().ok(), part));
        }
        parts.sort_by_key(|(position, _)| *position);
        Ok(parts.into_iter().map(|(_, part)| part).collect())
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
