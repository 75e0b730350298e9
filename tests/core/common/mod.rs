//! What several test files need: the samples, and an event as text.

use std::path::{Path, PathBuf};

use rainscope::completion::{Completion, Edits};
use rainscope::event::Event;
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::mapping::{self, Context, Mapped};

/// The folder of the samples.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every sample file that ships with the program: its name and its bytes, by name.
pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    files_of(&folder())
}

/// Those, and the samples of single rules that do not ship (`values/NAME`).
pub fn all_fixtures() -> Vec<(String, Vec<u8>)> {
    let of_values = files_of(&folder().join("values")).into_iter();
    let of_values = of_values.map(|(name, bytes)| (format!("values/{name}"), bytes));
    fixtures().into_iter().chain(of_values).collect()
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Maps without edits, at the beginning of time.
pub fn map(completion: &Completion) -> Mapped {
    mapping::inspect(completion, &Edits::none(), &Context::at(0))
}

/// The event's JSON as it would be sent.
pub fn event_json(event: &Event, mode: Privacy) -> String {
    let mut json = String::new();
    wire::write_event(privacy::apply(event, mode), &mut json);
    json
}

/// A chat answer with its usage.
pub fn answer(id: &str, text: &str) -> serde_json::Value {
    serde_json::json!({
        "id": id, "object": "chat.completion", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
}
