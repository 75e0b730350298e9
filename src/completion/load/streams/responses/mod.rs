//! Events of `/responses`: the last one holds the whole response. Where it is missing, or holds no output,
//! what streamed is put together: from the response as it was said to be, from finished items and parts,
//! and from deltas where neither came.

mod item;

use std::collections::HashMap;

use super::accumulator::Accumulator;
use super::merge::{Members, Tree};
use crate::json::{Kind, Value};
use item::{Item, List, has_message, has_text, is_message};

/// A response that grows.
#[derive(Default)]
pub struct Responses {
    top: Members,
    items: Vec<Item>,
    by_index: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
    error: Option<String>,
    /// The output of the last event, where it has any.
    output: Option<String>,
    is_final: bool,
}

/// Events with a piece of a part's text, without the `.delta` or `.done` at their end; the list, the part's
/// type, and the key that a whole text stands under.
const PART_TEXTS: [(&str, List, &str, &str, &str); 10] = [
    (
        "response.output_text",
        List::Content,
        "message",
        "output_text",
        "text",
    ),
    (
        "response.text",
        List::Content,
        "message",
        "output_text",
        "text",
    ),
    (
        "response.content_part",
        List::Content,
        "message",
        "output_text",
        "text",
    ),
    (
        "response.refusal",
        List::Content,
        "message",
        "refusal",
        "refusal",
    ),
    (
        "response.reasoning_text",
        List::Content,
        "reasoning",
        "reasoning_text",
        "text",
    ),
    (
        "response.reasoning",
        List::Content,
        "reasoning",
        "reasoning_text",
        "text",
    ),
    (
        "response.reasoning_summary_text",
        List::Summary,
        "reasoning",
        "summary_text",
        "text",
    ),
    (
        "response.reasoning_summary",
        List::Summary,
        "reasoning",
        "summary_text",
        "text",
    ),
    (
        "response.output_audio_transcript",
        List::Content,
        "message",
        "output_audio",
        "transcript",
    ),
    (
        "response.audio.transcript",
        List::Content,
        "message",
        "output_audio",
        "transcript",
    ),
];

/// The same for strings of an item itself: the item's type and the key.
const ITEM_STRINGS: [(&str, &str, &str); 4] = [
    (
        "response.function_call_arguments",
        "function_call",
        "arguments",
    ),
    (
        "response.custom_tool_call_input",
        "custom_tool_call",
        "input",
    ),
    ("response.mcp_call_arguments", "mcp_call", "arguments"),
    (
        "response.code_interpreter_call_code",
        "code_interpreter_call",
        "code",
    ),
];

impl Accumulator for Responses {
    fn take(&mut self, kind: &str, chunk: Value<'_>) {
        const LAST: [&str; 5] = [
            "response.completed",
            "response.incomplete",
            "response.failed",
            "response.cancelled",
            "response.done",
        ];
        let is_last = LAST.contains(&kind);
        self.is_final |= is_last;
        let response = chunk.get_some("response");
        if let Some(response) = response.filter(|response| response.kind() == Kind::Object) {
            self.response(response, is_last);
        } else if is_last && chunk.get("output").is_some() {
            // A whole response as an event of its own.
            self.response(chunk, true);
        }
        match kind {
            "response.output_item.added" | "response.output_item.done" => {
                if let Some(whole) = chunk.get_some("item") {
                    let is_done = kind == "response.output_item.done";
                    self.begin_anew(chunk, whole, is_done);
                    let id = whole.get("id");
                    let item = self.item(chunk, id);
                    item.whole(whole);
                    item.is_done |= is_done;
                    item.is_done_message |= is_done && is_message(whole);
                }
            }
            "response.content_part.added" | "response.content_part.done" => {
                self.part(chunk, List::Content);
            }
            "response.reasoning_summary_part.added" | "response.reasoning_summary_part.done" => {
                self.part(chunk, List::Summary);
            }
            "response.output_text.annotation.added" | "response.output_text_annotation.added" => {
                if let Some(annotation) = chunk.get_some("annotation") {
                    let item = self.item(chunk, None);
                    let part = item.part(List::Content, index(chunk, "content_index"));
                    part.annotations.push(annotation.raw().to_owned());
                }
            }
            "error" | "response.error" => {
                let error = chunk.get_some("error").unwrap_or(chunk);
                self.error = Some(match error.kind() {
                    Kind::Object => error.raw().to_owned(),
                    _ => format!(r#"{{"message":{}}}"#, error.raw()),
                });
            }
            _ => self.string(kind, chunk),
        }
    }

    /// A message that is done does not begin again. Other items may: some servers count them all as the first, and a
    /// message that says to be another one is that.
    fn is_of_another(&self, kind: &str, chunk: Value<'_>, _id: Option<&str>) -> bool {
        let place = || {
            let index = either(chunk, "output_index", "outputIndex")?.number()?;
            self.by_index.get(index)
        };
        kind == "response.output_item.added"
            && chunk.get("item").is_some_and(|item| {
                let is_same = |at: &usize| {
                    self.items[*at].is_done_message && !self.items[*at].has_other_id(item)
                };
                is_message(item) && place().is_some_and(is_same)
            })
    }

    fn is_complete(&self) -> bool {
        self.is_final || self.error.is_some()
    }

    fn has_content(&self) -> bool {
        self.is_final || !self.items.is_empty()
    }

    fn finish(mut self: Box<Self>) -> String {
        if self.top.get("object").is_none() {
            self.top.set("object", Tree::string("response"));
        }
        let output = match self.output.take() {
            Some(output) if !self.items.iter().any(Item::has_message) => Tree::Json(output),
            Some(output) if has_message(&output) => Tree::Json(output),
            _ => {
                self.items
                    .sort_by_key(|item| item.index.parse().unwrap_or(u64::MAX));
                Tree::array(self.items.into_iter().map(Item::finish))
            }
        };
        self.top.set("output", output);
        if let Some(error) = self.error
            && self.top.get("error").is_none_or(Tree::is_empty)
        {
            self.top.set("error", Tree::Json(error));
        }
        let mut out = String::new();
        self.top.write(&mut out);
        out
    }
}

impl Responses {
    /// The response as it is said to be. Its output counts at the end alone, and where it has any.
    fn response(&mut self, response: Value<'_>, is_last: bool) {
        for member in response.children() {
            match member.raw_key().unwrap_or_default() {
                "output" => {
                    self.top.entry("output", || Tree::array([]));
                    if is_last && !member.is_empty() {
                        self.output = Some(member.raw().to_owned());
                    }
                }
                key => self.top.replace(key, member),
            }
        }
    }

    fn place(&mut self, index: &str) -> usize {
        if let Some(place) = self.by_index.get(index) {
            return *place;
        }
        let place = self.items.len();
        self.items.push(Item::at(index));
        self.by_index.insert(index.to_owned(), place);
        place
    }

    /// Makes room for an item at the place of one that is something else, or that is done and another is added: some
    /// servers count them all as the first, or don't count. An item that is known by its id has its place.
    fn begin_anew(&mut self, chunk: Value<'_>, item: Value<'_>, is_done: bool) {
        let id = item.get("id").and_then(Value::non_empty_str);
        let index = either(chunk, "output_index", "outputIndex").and_then(Value::number);
        let index = index.unwrap_or("0");
        let known = id.and_then(|id| self.by_id.get(id.as_ref()));
        if known.is_some_and(|place| self.items[*place].index == index) {
            return;
        }
        let kind = item.get("type").and_then(Value::str);
        let is_no = |item: &Item| kind.as_deref().is_some_and(|kind| item.is_no(kind));
        let place = self.by_index.get(index).map(|place| &self.items[*place]);
        if place.is_some_and(|item| item.is_done && !is_done || is_no(item)) {
            self.by_index.remove(index);
        }
    }

    /// The item of a type that an event is about. Where what stands at its place is of another type, it is one that
    /// nobody added.
    fn item_of(&mut self, chunk: Value<'_>, kind: &'static str) -> &mut Item {
        let index = self.item(chunk, None).index.clone();
        let is_no = self.item(chunk, None).is_no(kind);
        if is_no {
            self.by_index.remove(&index);
            if let Some(id) = either(chunk, "item_id", "itemId").and_then(Value::non_empty_str) {
                self.by_id.remove(id.as_ref());
            }
        }
        self.item(chunk, None).or_kind(kind)
    }

    /// The item that an event is about: by its place in the output, else by its id.
    fn item(&mut self, chunk: Value<'_>, id: Option<Value<'_>>) -> &mut Item {
        let id = id.or_else(|| either(chunk, "item_id", "itemId"));
        let id = id.and_then(Value::non_empty_str);
        let index = either(chunk, "output_index", "outputIndex").and_then(Value::number);
        let known = id.as_ref().and_then(|id| self.by_id.get(id.as_ref()));
        let place = match (index, known.copied()) {
            (Some(index), Some(place)) if self.items[place].index == index => place,
            (Some(index), _) => self.place(index),
            (None, Some(place)) => place,
            (None, None) => self.place("0"),
        };
        if let Some(id) = id {
            self.by_id.insert(id.into_owned(), place);
        }
        &mut self.items[place]
    }

    fn part(&mut self, chunk: Value<'_>, list: List) {
        let Some(whole) = chunk.get_some("part") else {
            return;
        };
        let key = match list {
            List::Content => "content_index",
            List::Summary => "summary_index",
        };
        let part = self.item(chunk, None).part(list, index(chunk, key));
        if part.whole.is_none() || has_text(whole) {
            part.whole = Some(whole.raw().to_owned());
        }
    }

    fn string(&mut self, kind: &str, chunk: Value<'_>) {
        let (name, is_done) = match (kind.strip_suffix(".delta"), kind.strip_suffix(".done")) {
            (Some(name), _) => (name, false),
            (_, Some(name)) => (name, true),
            _ => return,
        };
        if let Some((_, list, item_kind, part_kind, key)) =
            PART_TEXTS.iter().find(|(have, ..)| *have == name)
        {
            let at = match list {
                List::Content => index(chunk, "content_index"),
                List::Summary => index(chunk, "summary_index"),
            };
            // A part of any item is told by these.
            let item = match name == "response.content_part" {
                true => self.item(chunk, None).or_kind(item_kind),
                false => self.item_of(chunk, item_kind),
            };
            let part = item.part(*list, at);
            part.kind = part_kind;
            part.text.take(chunk, is_done, key);
        } else if let Some((_, item_kind, key)) =
            ITEM_STRINGS.iter().find(|(have, ..)| *have == name)
        {
            let item = self.item_of(chunk, item_kind);
            item.string(key).take(chunk, is_done, key);
        }
    }
}

/// An index of an event, as it is written; SDKs spell its key in their own way.
fn index<'c>(chunk: Value<'c>, key: &str) -> &'c str {
    let other = match key {
        "content_index" => "contentIndex",
        _ => "summaryIndex",
    };
    let index = either(chunk, key, other).and_then(Value::number);
    index.unwrap_or("0")
}

fn either<'c>(chunk: Value<'c>, key: &str, other: &str) -> Option<Value<'c>> {
    chunk.get_some(key).or_else(|| chunk.get_some(other))
}

#[cfg(test)]
mod tests {
    use crate::completion::load::streams::assemble::assemble;
    use crate::json::Limits;

    fn assembled(events: &[&str]) -> String {
        let text = events.iter().map(|event| format!("data: {event}\n\n"));
        let streams = assemble(&text.collect::<String>(), Limits::default());
        let streams = streams.expect("a stream");
        assert_eq!(streams.len(), 1, "{events:?}");
        streams[0].json.clone()
    }

    const CREATED: &str = r#"{"type":"response.created","response":{"id":"gen-1","status":"in_progress","output":[],"usage":null}}"#;
    const ADDED: &str = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"m","role":"assistant","status":"in_progress","content":[]}}"#;

    #[test]
    fn the_last_event_holds_the_whole() {
        assert_eq!(
            assembled(&[
                CREATED,
                ADDED,
                r#"{"type":"response.output_text.delta","output_index":0,"delta":"Hi"}"#,
                r#"{"type":"response.completed","response":{"id":"gen-1","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi!"}]}],"usage":{"input_tokens":1}}}"#,
            ]),
            r#"{"id":"gen-1","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi!"}]}],"usage":{"input_tokens":1},"object":"response"}"#
        );
    }

    #[test]
    fn what_streamed_counts_where_the_last_event_has_no_text() {
        let check = |events: &[&str], output: &str| {
            let json = assembled(events);
            assert!(json.contains(&format!(r#""output":{output}"#)), "{json}");
        };
        let empty =
            r#"{"type":"response.completed","response":{"status":"completed","output":[]}}"#;
        let done = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"Hi"}]}}"#;
        let whole = r#"[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]"#;
        check(&[CREATED, ADDED, done, empty], whole);
        check(&[CREATED, ADDED, done], whole);
        // A last output that has the message but not its text.
        check(
            &[
                CREATED,
                ADDED,
                done,
                r#"{"type":"response.done","response":{"output":[{"type":"message","content":[]}]}}"#,
            ],
            whole,
        );
        // Deltas, a text or a part that arrives whole, in each of its ways.
        let added = r#"[{"type":"message","id":"m","role":"assistant","status":"in_progress","content":[{"type":"output_text","text":"Hi"}]}]"#;
        let delta = r#"{"type":"response.output_text.delta","item_id":"m","delta":"Hi"}"#;
        check(&[CREATED, ADDED, delta, empty], added);
        check(
            &[
                ADDED,
                r#"{"type":"response.output_text.done","item_id":"m","text":"Hi"}"#,
            ],
            added,
        );
        check(
            &[
                ADDED,
                r#"{"type":"response.output_text.delta","delta":"H"}"#,
                r#"{"type":"response.output_text.done","text":"Hi"}"#,
            ],
            added,
        );
        check(
            &[
                ADDED,
                r#"{"type":"response.content_part.done","part":{"type":"output_text","text":"Hi"}}"#,
            ],
            added,
        );
        check(
            &[
                ADDED,
                r#"{"type":"response.content_part.delta","delta":{"type":"output_text","text":"Hi"}}"#,
            ],
            added,
        );
        let bare = r#"[{"type":"message","role":"assistant","status":"in_progress","content":[{"type":"output_text","text":"Hi"}]}]"#;
        check(&[delta], bare);
        // Several parts and items, in whatever order.
        check(
            &[
                r#"{"type":"response.output_text.delta","output_index":1,"content_index":1,"delta":"b"}"#,
                r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"a"}"#,
                r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"hm"}"#,
            ],
            r#"[{"type":"reasoning","status":"in_progress","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","role":"assistant","status":"in_progress","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}]"#,
        );
    }

    #[test]
    fn items_that_are_all_counted_as_the_first_are_told_apart() {
        let added = |kind: &str, id: &str, done: &str| {
            format!(
                r#"{{"type":"response.output_item.{done}","output_index":0,"item":{{"type":"{kind}","id":"{id}"}}}}"#
            )
        };
        let delta = |id: &str, text: &str| {
            format!(
                r#"{{"type":"response.output_text.delta","output_index":0,"item_id":"{id}","delta":"{text}"}}"#
            )
        };
        let check = |events: &[String], texts: &[&str]| {
            let events: Vec<&str> = [CREATED]
                .into_iter()
                .chain(events.iter().map(String::as_str))
                .collect();
            let json = assembled(&events);
            let doc = crate::json::Document::parse(json.as_str().into(), Limits::default());
            let doc = doc.expect("JSON");
            let output = doc.root().get("output").expect("an output");
            let found: Vec<String> = output
                .descendants()
                .filter(|value| value.key().is_some_and(|key| key == "text"))
                .filter_map(|text| text.str().map(|text| text.into_owned()))
                .collect();
            assert_eq!(found, texts, "{json}");
        };
        let (reasoning, message) = ("reasoning", "message");
        // The message is added, or begins to stream, before or behind the end of the reasoning.
        let hello = [delta("m", "Hello "), delta("m", "world")];
        for before in [
            vec![added(reasoning, "r", "added"), added(message, "m", "added")],
            vec![added(message, "m", "added"), added(reasoning, "r", "done")],
            vec![
                added(reasoning, "r", "added"),
                added(reasoning, "r", "done"),
            ],
            vec![added(reasoning, "r", "added")],
        ] {
            check(&[before, hello.to_vec()].concat(), &["Hello world"]);
        }
        let text =
            r#"{"type":"response.output_text.done","output_index":0,"item_id":"m1","text":"One "}"#;
        let late = [
            added(message, "m1", "added"),
            delta("m1", "One "),
            added(message, "m1", "done"),
            added(message, "m2", "added"),
            delta("m2", "Two"),
            text.to_owned(),
        ];
        check(&late, &["One ", "Two"]);
    }

    #[test]
    fn refusals_calls_and_errors_stream_too() {
        let check = |events: &[&str], output: &str| {
            let json = assembled(events);
            assert!(json.contains(output), "{json}");
        };
        check(
            &[
                CREATED,
                ADDED,
                r#"{"type":"response.refusal.delta","delta":"I "}"#,
                r#"{"type":"response.refusal.delta","delta":"can't."}"#,
            ],
            r#""content":[{"type":"refusal","refusal":"I can't."}]"#,
        );
        check(
            &[
                CREATED,
                r#"{"type":"response.refusal.done","refusal":"No."}"#,
            ],
            r#""content":[{"type":"refusal","refusal":"No."}]"#,
        );
        check(
            &[
                CREATED,
                r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#,
                r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\""}"#,
                r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":":1}"}"#,
            ],
            r#"[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}]"#,
        );
        check(
            &[
                CREATED,
                r#"{"type":"error","code":"server_error","message":"busy"}"#,
            ],
            r#""error":{"type":"error","code":"server_error","message":"busy"}"#,
        );
        check(
            &[
                CREATED,
                r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"x"},"output":[]}}"#,
            ],
            r#""error":{"code":"x"}"#,
        );
    }
}
