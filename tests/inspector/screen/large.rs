//! Large inputs. A large record: its conversation is read aside, once, and the leak scan tells the same meanwhile. A
//! large folder: the list follows, and keys do what they say, while the rest of it is read.

use std::sync::Arc;

use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
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

/// The files of a folder, so many from one on.
fn files(from: u32, count: u32) -> Vec<Batch> {
    let file = |number: u32| {
        let text = format!(
            r#"{{"request":{{"model":"a/b","user":"u-{number}","messages":[{{"role":"user","content":"Question {number}"}}]}},
            "response":{{"id":"gen-{number}","model":"a/b","choices":[{{"message":{{"content":"Answer {number}"}}}}]}}}}"#
        );
        Batch {
            source: number,
            loaded: load::load(&format!("calls/{number:05}.json"), text.as_bytes()),
            ..Batch::default()
        }
    };
    (from..from + count).map(file).collect()
}

/// From its first file on, a folder of 10,000 is a list: one can move, edit, filter and switch privacy while it is
/// read, and nothing that comes later moves what one looks at.
#[test]
fn the_list_follows_while_a_folder_is_read() {
    const FILES: u32 = 10_000;
    const TOGETHER: u32 = 250;
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loading(Some((0, u64::from(FILES)))));
    for from in (0..FILES).step_by(TOGETHER as usize) {
        stage.tell(Msg::LoadedMany(files(from, TOGETHER)));
        let read = from + TOGETHER;
        stage.tell(Msg::Loading(Some((u64::from(read), u64::from(FILES)))));
        match from / TOGETHER {
            0 => {
                stage.sees("Question 0");
                stage.sees("reading");
                stage.press("J*3");
            }
            1 => {
                stage.press("p");
                stage.sees("PRIVACY ON");
                stage.press("tab a type:later enter type:1 enter");
            }
            2 => {
                stage.press("f type:user:u-9");
                stage.sees("filter user:u-9");
            }
            _ => {}
        }
        assert!(stage.event().contains("\"user_id\":\"u-"), "{from}");
    }
    stage.tell(Msg::Loading(None));
    assert_eq!(stage.model.library.len(), FILES as usize);
    // The filter that was typed meanwhile holds for what came after it: u-9, u-90 to u-99, and so on.
    assert_eq!(stage.model.listed(), 1111);
    stage.press("esc");
    assert_eq!(stage.model.privacy, Privacy::On);
    assert_eq!(stage.model.listed(), FILES as usize);
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(current.index, 3, "where it was before the filter");
    assert!(
        stage.event().contains("\"later\":\"1\""),
        "{}",
        stage.event()
    );
}
