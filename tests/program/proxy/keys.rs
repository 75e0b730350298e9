//! Keys that requests carry, looked for in what comes back: a browser sends dozens of cookies, and each counts as one.

use rainscope::capture::keys::Keys;

use crate::growth::grows_with_size;

/// So many keys, and a text of so many words that holds the last of them.
fn keys_and_text(count: usize) -> (Vec<String>, String) {
    let keys: Vec<String> = (0..count)
        .map(|index| format!("cookie{index:04}wd8e4f1c07b93e"))
        .collect();
    let last = keys.last().cloned().unwrap_or_default();
    let text = format!("{}{last}", "some honest words ".repeat(4 * count));
    (keys, text)
}

#[test]
fn many_keys_take_no_more_time_than_one() {
    let redacted = |(keys, text): &(Vec<String>, String)| {
        let keys = Keys::of(keys.iter().map(String::as_str));
        keys.redact(text.clone())
    };
    let found = redacted(&keys_and_text(40));
    assert!(!found.contains("wd8e4f1c07b93e"), "{found}");
    assert!(found.starts_with("some honest words some"), "{found}");
    grows_with_size("keys of a request", keys_and_text, |made| {
        std::hint::black_box(redacted(made));
    });
}
