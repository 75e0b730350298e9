//! Records of a small vocabulary whose metadata repeats the conversation: each has a leak, and each of its texts has
//! words in common with what may leak.

use std::fmt::Write;

use super::traffic::{Dice, WORDS};

/// So many records, one a line.
pub fn lines(count: usize) -> Vec<u8> {
    let mut dice = Dice(11);
    let mut text = |words: usize| {
        let words = (0..words).map(|_| WORDS[dice.below(40)]);
        words.collect::<Vec<_>>().join(" ")
    };
    let mut out = String::new();
    for number in 0..count {
        let (system, user, answer) = (text(280), text(650), text(460));
        let note: Vec<&str> = user.split(' ').take(6).collect();
        let _ = writeln!(
            out,
            r#"{{"request":{{"model":"openai/gpt-4o-mini","messages":[{{"role":"system","content":"{system}"}},{{"role":"user","content":"{user}"}}],"user":"user_{number}","trace":{{"note":"{}"}}}},"response":{{"id":"gen-1780662787-{number:020}","model":"openai/gpt-4o-mini","choices":[{{"message":{{"role":"assistant","content":"{answer}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":10,"completion_tokens":5}}}}}}"#,
            note.join(" ")
        );
    }
    out.into_bytes()
}
