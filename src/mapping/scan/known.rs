//! What of a conversation is known, and so what can be promised of it: where part of it was left out, was cut, or stands
//! elsewhere, that none of it leaves can't be told.

use super::conversation::{IN_RESPONSE, Role, file_text, of, role_of};
use crate::completion::Completion;
use crate::json::{Kind, Value};
use crate::mapping::reading::number_text;

/// What of the conversation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Whether the prompt is.
    pub prompt: bool,
    /// Whether the answer is, be it none.
    pub answer: bool,
}

impl Known {
    /// What is known of a completion.
    pub fn of(completion: &Completion) -> Known {
        let delivered = |key: &str| {
            let attributes = completion.delivery()?.get("attributes")?;
            attributes.get_some(key)
        };
        let is_whole = completion.stream.as_ref().is_none_or(|it| it.complete);
        let asked = completion.request().is_some_and(holds_prompt);
        let answered = is_whole && completion.response().is_some_and(holds_answer);
        Known {
            prompt: asked || delivered("gen_ai.prompt").is_some(),
            answer: answered || delivered("gen_ai.completion").is_some(),
        }
    }
}

/// Whether a request holds its whole prompt: it goes on from nothing that is kept elsewhere, says something besides what
/// the system says, and nothing of it was left out or cut by whoever kept it, or stands in a file that is not text.
fn holds_prompt(request: Value<'_>) -> bool {
    let goes_on = |key: &&str| request.get_some(key).is_some();
    if ["previous_response_id", "conversation"].iter().any(goes_on) {
        return false;
    }
    let mut said = 0;
    for key in ["messages", "input", "prompt"] {
        let Some(value) = request.get_some(key) else {
            continue;
        };
        if value.kind() != Kind::Array {
            // An object is a template that is kept elsewhere, with what is put into it.
            match value.kind() == Kind::String && holds_text(value) && !misses_text(value) {
                true => said += 1,
                false => return false,
            }
            continue;
        }
        for message in value.children() {
            let text = |key: &str| message.get(key).and_then(Value::str);
            let is_kept_elsewhere = matches!(
                text("type").as_deref(),
                Some("item_reference" | "compaction" | "compaction_summary")
            );
            let role = text("role");
            let is_of_system = matches!(role.as_deref(), Some("system" | "developer"));
            // What stands between messages is what a printer of objects put in place of some: `3 more items`.
            let is_one = role.is_some() || text("type").is_some();
            let is_one = is_one || key != "messages" && message.kind() == Kind::String;
            if is_kept_elsewhere || !is_one || misses_text(message) || misses_file(message) {
                return false;
            }
            match role.as_deref() {
                _ if is_of_system => {}
                // What calls tools says nothing else.
                _ if holds_text(message) => said += 1,
                Some("user") => return false,
                _ => {}
            }
        }
    }
    said > 0
}

/// Whether a response holds its whole answer: it didn't fail on the way, nothing in it was left out or cut, and it is
/// empty only where nothing was generated.
fn holds_answer(response: Value<'_>) -> bool {
    if response.get_some("error").is_some() {
        return false;
    }
    let mut has_any = false;
    for part in of(Some(response), &IN_RESPONSE) {
        if misses_text(part) {
            return false;
        }
        let calls_tool = |value: Value<'_>| {
            let kind = value.get("type").and_then(Value::str);
            kind.is_some_and(|kind| {
                kind == "function" || kind.ends_with("_call") || kind == "tool_use"
            })
        };
        has_any |= holds_text(part) || part.descendants().any(calls_tool);
    }
    has_any || generated_nothing(response)
}

/// Whether the usage says that no token was generated. A response without usage says nothing of it.
fn generated_nothing(response: Value<'_>) -> bool {
    let usage = response.get("usage");
    let count = |key: &str| number_text(usage?.get(key)?);
    let counts = ["completion_tokens", "output_tokens"].map(count);
    let mut counts = counts.iter().flatten().peekable();
    counts.peek().is_some() && counts.all(|count| count == "0")
}

/// Whether a member of a file's part is what the file says, as text or as bytes of one.
fn says_what_it_holds(value: Value<'_>) -> bool {
    match value.raw_key() {
        Some("file_data" | "data") => value.kind() == Kind::String && file_text(value).is_some(),
        Some("text" | "content") => value.non_empty_str().is_some(),
        _ => false,
    }
}

/// Whether a file is named or comes as bytes that are no text, so that what it says is not known.
fn misses_file(message: Value<'_>) -> bool {
    let is_unknown = |part: Value<'_>| {
        let kind = part.get("type").and_then(Value::str);
        let is_file = matches!(kind.as_deref(), Some("file" | "input_file" | "document"));
        is_file && !part.descendants().any(says_what_it_holds)
    };
    message.descendants().any(is_unknown)
}

/// The strings within a value that somebody said, itself among them.
fn texts<'c>(value: Value<'c>) -> impl Iterator<Item = Value<'c>> {
    let all = std::iter::once(value).chain(value.descendants());
    all.filter(move |text| {
        text.kind() == Kind::String && matches!(role_of(*text, value), Role::Text)
    })
}

/// Whether there is text, and not only what stands where text was taken out; what a file holds is, where that is text.
fn holds_text(value: Value<'_>) -> bool {
    let is_text = |text: Value<'_>| text.str().is_some_and(|text| !is_placeholder(&text));
    let is_file = |file: &Value<'_>| {
        file.kind() == Kind::String && matches!(role_of(*file, value), Role::File)
    };
    texts(value).any(is_text)
        || value
            .descendants()
            .filter(is_file)
            .any(|file| file_text(file).is_some())
}

/// Whether there is something in place of a text, or a text that was cut.
fn misses_text(value: Value<'_>) -> bool {
    texts(value).any(|text| {
        let text = text.str().unwrap_or_default();
        !text.trim().is_empty() && is_placeholder(&text) || is_cut(&text)
    })
}

/// No placeholder is longer.
const LONGEST: usize = 200;
/// What loggers say of text that they left out.
const LEFT_OUT: [&str; 12] = [
    "redact",
    "remov",
    "omit",
    "filter",
    "hidden",
    "mask",
    "truncat",
    "scrub",
    "withheld",
    "delet",
    "not recorded",
    "not logged",
];

/// What loggers write in place of text: `[REDACTED]`, `<omitted>`, `***`, `{{prompt}}`, a digest, `[object Object]`, the
/// address of where it is kept.
fn is_placeholder(text: &str) -> bool {
    const NOTHING: [&str; 10] = [
        "null",
        "none",
        "nil",
        "undefined",
        "n/a",
        "nan",
        "[object object]",
        "[object]",
        "[array]",
        "[circular]",
    ];
    const STORES: [&str; 4] = ["s3://", "gs://", "blob:", "azblob://"];
    /// Words beside brackets around them, and within such brackets.
    const MOST_WORDS: [usize; 2] = [4, 12];
    let text = text.trim();
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    // Signs alone, but no emoji.
    if bare.is_empty() {
        let is_sign = |c: char| c.is_ascii() || matches!(c, '•' | '●' | '…' | '█' | '■' | '＊');
        return text.chars().all(is_sign);
    }
    if text.len() > LONGEST {
        return false;
    }
    let encloses = |(begin, end): &(&str, &str)| {
        let inside = text.strip_prefix(begin);
        inside.and_then(|inside| inside.strip_suffix(end)).is_some()
    };
    let is_enclosed = [("[", "]"), ("<", ">"), ("(", ")")].iter().any(encloses);
    let is_bracketed = bare.len() < text.len() || text.chars().all(|c| !c.is_lowercase());
    let lower = text.to_lowercase();
    let says = LEFT_OUT.iter().any(|word| lower.contains(word));
    let is_counted = lower.contains("len=") || lower.contains("chars");
    let words = bare.split_whitespace().count();
    let says_so = is_bracketed && says && words <= MOST_WORDS[usize::from(is_enclosed)]
        || is_enclosed && is_counted && words <= MOST_WORDS[0]
        || words <= 2 && lower.contains("redacted");
    let is_template = [("{{", "}}"), ("${", "}"), ("<%", "%>")]
        .iter()
        .any(encloses);
    let is_kept_elsewhere = words == 1 && STORES.iter().any(|store| lower.starts_with(store));
    let is_cover = bare.len() > 3 && bare.chars().all(|c| matches!(c, 'x' | 'X'));
    says_so
        || is_template
        || is_kept_elsewhere
        || is_cover
        || is_digest(&lower)
        || NOTHING.contains(&lower.as_str())
}

/// Whether a text is a digest, with its kind before it or as long as one of the usual kinds.
fn is_digest(lower: &str) -> bool {
    const NAMES: [&str; 4] = ["sha256:", "sha1:", "sha512:", "md5:"];
    const LENGTHS: [usize; 4] = [32, 40, 64, 128];
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let named = NAMES.iter().find_map(|name| lower.strip_prefix(name));
    match named {
        Some(rest) => rest.len() >= 8 && is_hex(rest),
        None => {
            let has = |is_it: fn(&u8) -> bool| lower.as_bytes().iter().any(is_it);
            let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
            LENGTHS.contains(&lower.len()) && is_hex(lower) && is_mixed
        }
    }
}

/// Whether a text ends with what loggers write where they cut one: `… [truncated]`, `…(+1234 chars)`, and Node
/// `... 1234 more characters`.
fn is_cut(text: &str) -> bool {
    const WORDS: [&str; 5] = ["truncat", "char", "omit", "more", "cut"];
    /// The bracket at the end is no longer.
    const TAIL: usize = 60;
    let text = text.trim_end();
    let of_node = [" more characters", " more character"];
    let counted = of_node.iter().find_map(|end| text.strip_suffix(end));
    if counted.is_some_and(|counted| {
        let before = counted.trim_end_matches(|c: char| c.is_ascii_digit());
        before.len() < counted.len() && before.ends_with("... ")
    }) {
        return true;
    }
    let Some(opening) = text.chars().next_back().and_then(|last| match last {
        ']' => Some('['),
        ')' => Some('('),
        '>' => Some('<'),
        _ => None,
    }) else {
        return false;
    };
    let Some(start) = text.rfind(opening) else {
        return false;
    };
    let (before, remark) = (text[..start].trim_end(), text[start..].to_lowercase());
    let has_number = remark.bytes().any(|byte| byte.is_ascii_digit());
    let says_cut = remark.contains("truncat") || remark.contains("omitted");
    let is_counted = has_number && WORDS.iter().any(|word| remark.contains(word));
    let is_broken_off = before.ends_with('…') || before.ends_with("...");
    remark.len() <= TAIL && (says_cut || is_counted && is_broken_off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_place_of_text_is_told_from_text() {
        let check =
            |text: &str, expected: bool| assert_eq!(is_placeholder(text), expected, "{text}");
        for text in [
            "[REDACTED]",
            "<omitted>",
            "***",
            "•••",
            "",
            " ",
            "REDACTED",
            "[object Object]",
            "null",
            "None",
            "undefined",
            "N/A",
            "{{user_input}}",
            "${prompt}",
            "<%= prompt %>",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "redacted-by-litellm",
            "<fully redacted due to failed mask function>",
            "<message content has been removed for privacy reasons>",
            "[content removed: contains sensitive information]",
            "redacted",
            "content redacted",
            "xxxxxxxx",
            "[Array]",
            "[Object]",
            "[Circular]",
            "[DELETED]",
            "<not recorded>",
            "<str len=233>",
            "[text: 233 chars]",
            "s3://bucket/prompts/1.txt",
        ] {
            check(text, true);
        }
        for text in [
            "hi",
            "👍",
            "What is null?",
            "none of it",
            "Fill {{name}} into this",
            "What is sha256:?",
            "What is hidden in [brackets]?",
            "天气",
            "xxx",
            "Redact this",
            "Why was my message hidden (it was not rude)?",
            "[a, b, c] sorted",
            "s3://bucket/prompts/1.txt is missing, why?",
            "12345678901234567890123456789012",
            "(How many chars does this have, and how many words are they?)",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn what_was_cut_is_told_by_its_end() {
        let check = |text: &str, expected: bool| assert_eq!(is_cut(text), expected, "{text}");
        check("Please transfer forty thousand... [truncated]", true);
        check("Please transfer (TRUNCATED)", true);
        check("Please transfer…(+1234 chars)", true);
        check("Please transfer ... <1200 more characters>", true);
        check("Please transfer [312 characters omitted]", true);
        check("Please transfer forty... 1234 more characters", true);
        check("Please transfer...", false);
        check("It ends with... many more characters", false);
        check("Please transfer it (to account 1234)", false);
        check("It has 12 chars (more or less)", false);
        check("see [1]", false);
        check("", false);
    }
}
