//! A large record: its conversation is read aside, once, and the leak scan tells the same meanwhile.

use std::sync::Arc;

use rainscope::completion::load;
use rainscope::inspector::library::Batch;
use rainscope::inspector::{Effect, Msg};
use rainscope::mapping::scan::leaks::Conversation;

use crate::stage::Stage;

const SENTENCE: &str = "the ferry to the outer islands leaves at seven";

/// A sample of more than a megabyte whose trace repeats a sentence of it.
fn sample() -> String {
    let filler = "Gulls, ropes, diesel and salt. ".repeat(40_000);
    format!(
        r#"{{"request":{{"model":"a/b","user":"u","messages":[{{"role":"user","content":"{filler} {SENTENCE}."}}],
        "trace":{{"note":"{SENTENCE}"}}}},
        "response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"Noted."}}}}]}}}}"#
    )
}

#[test]
fn its_conversation_is_read_aside() {
    let mut stage = Stage::empty((120, 40));
    let loaded = load::load("large.json", sample().as_bytes());
    let batch = Batch {
        loaded,
        ..Batch::default()
    };
    assert_eq!(stage.tell(Msg::Loaded(batch)), [Effect::IndexConversation]);
    let leaks = |stage: &Stage| stage.model.current.as_ref().unwrap().leaks.len();
    assert_eq!(leaks(&stage), 1);
    // It is asked for once, and edits are scanned all the same before the answer comes.
    assert_eq!(stage.press("tab down*2 e ctrl-u type:\"x\""), []);
    assert_eq!(leaks(&stage), 0);
    let completion = stage.model.current.as_ref().unwrap().completion.clone();
    let conversation = Arc::new(Conversation::of(&completion));
    stage.tell(Msg::ConversationIndexed(completion, conversation));
    assert!(!stage.model.current.as_ref().unwrap().lacks_leak_index());
    stage.press("esc");
    assert_eq!(leaks(&stage), 1);
}
