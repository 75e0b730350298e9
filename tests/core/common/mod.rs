//! What several test files need: the samples, and an event as text.

use std::path::PathBuf;

use rainscope::completion::{Completion, Edits};
use rainscope::event::Event;
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::mapping::{self, Context, Mapped};

/// The folder of the samples.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every sample file: its name and its bytes, by name.
pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder())
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
