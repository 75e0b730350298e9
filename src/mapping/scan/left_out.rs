//! What whoever keeps a conversation writes in place of its text, or where one was cut.

use crate::completion::load::Signs;

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
pub fn is_placeholder(text: &str) -> bool {
    const NOTHING: [&str; 19] = [
        "null",
        "none",
        "nil",
        "undefined",
        "n/a",
        "nan",
        "[object]",
        "[array]",
        "[empty]",
        "[content]",
        "[encrypted]",
        "[tokenized]",
        "[private]",
        "[confidential]",
        "[pii]",
        "(no content)",
        "content not available",
        "content not logged",
        "[circular]",
    ];
    /// Where a text is kept that is an address alone, and how encrypted ones begin (HashiCorp's Vault, Fernet).
    const STORES: [&str; 11] = [
        "s3://",
        "gs://",
        "blob:",
        "azblob://",
        "file://",
        "ref://",
        "arn:",
        "vault:v",
        "enc:",
        "gaaaaa",
        "redis://",
    ];
    const STORE_HOSTS: [&str; 3] = [
        ".amazonaws.com/",
        "storage.googleapis.com/",
        ".blob.core.windows.net/",
    ];
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
        || words <= 2 && lower.contains("redacted")
        || words <= 4
            && (lower.ends_with(" was redacted") || lower.ends_with(" redacted for privacy"));
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let is_template = [("{{", "}}"), ("${", "}"), ("<%", "%>")]
        .iter()
        .any(encloses)
        || encloses(&("{", "}")) && bare.chars().all(is_name);
    // As Python and JavaScript print objects: `<openai.types.Message object at 0x7f…>`, `[Function: read]`.
    let is_object = encloses(&("<", ">")) && lower.contains(" object at 0x")
        || encloses(&("[", "]"))
            && (lower.starts_with("[object ") || lower.starts_with("[function"));
    let is_kept_elsewhere = words == 1
        && (STORES.iter().any(|store| lower.starts_with(store))
            || lower.starts_with("https://")
                && STORE_HOSTS.iter().any(|host| lower.contains(host)));
    let is_cover = bare.len() > 3 && bare.chars().all(|c| matches!(c, 'x' | 'X'));
    says_so
        || is_template
        || is_object
        || is_kept_elsewhere
        || is_cover
        || is_digest(&lower)
        || NOTHING.contains(&lower.as_str())
}

/// The same of whatever stands where somebody's words should: a few words in brackets or between signs (`[image]`, `*sensitive*`),
/// an id, a length, an address, what languages print of an object. What somebody said may look so as well; then it can't be
/// told.
pub fn may_be_placeholder(text: &str) -> bool {
    /// Words in angle brackets, which may be tags.
    const MOST_WORDS: usize = 12;
    /// A word with digits that is shorter may be what somebody said.
    const SHORTEST_ID: usize = 12;
    let text = text.trim();
    if is_placeholder(text) || text.len() > LONGEST {
        return is_placeholder(text);
    }
    let within = |begin, end| text.strip_prefix(begin)?.strip_suffix(end);
    let is_tag = within('<', '>').is_some_and(|inside: &str| !inside.contains(['<', '>']));
    let is_sign = |c: char| matches!(c, '*' | '_' | '@' | '~' | '#' | '=' | '|' | '%' | '-');
    let brackets = [
        ('[', ']'),
        ('(', ')'),
        ('【', '】'),
        ('⟦', '⟧'),
        ('〔', '〕'),
    ];
    let is_enclosed = brackets
        .into_iter()
        .any(|(begin, end)| within(begin, end).is_some())
        || text.starts_with(is_sign) && text.ends_with(is_sign);
    let words = text.split_whitespace().count();
    // `String(58)`, `ENC[AES256_GCM,…]`.
    let is_call = text.starts_with(char::is_alphabetic)
        && (text.ends_with(')') && text.contains('(') || text.ends_with(']') && text.contains('['));
    let lower = text.to_lowercase();
    let is_id_like = text.is_ascii()
        && text.len() >= SHORTEST_ID
        && text.contains(|c: char| c.is_ascii_digit() || matches!(c, '/' | '='));
    is_enclosed && !text.contains('?')
        || is_tag && words <= MOST_WORDS
        || words == 1 && (is_call || is_id_like || text.contains("://"))
        || is_length(&lower)
        || is_id(&lower)
}

/// Whether a text has a number, and no words but of lengths and their units: `58 bytes`, `len=3021`, `58 chars, 12 tokens`.
fn is_length(lower: &str) -> bool {
    const WORDS: [&str; 16] = [
        "b",
        "byte",
        "bytes",
        "kb",
        "kib",
        "mb",
        "mib",
        "char",
        "chars",
        "characters",
        "token",
        "tokens",
        "words",
        "len",
        "length",
        "size",
    ];
    let parts = lower.split(|c: char| !c.is_alphanumeric());
    let mut parts = parts.filter(|part| !part.is_empty());
    let mut has_number = false;
    let has_word =
        |part: &str| WORDS.contains(&part.trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = 0;
    parts.all(|part| {
        has_number |= part.starts_with(|c: char| c.is_ascii_digit());
        words += usize::from(has_word(part));
        is_number(part) || has_word(part)
    }) && has_number
        && words > 0
}

/// Whether a text is a UUID, or a name and hexadecimal digits: `hash:9f86d081884c7d65`.
fn is_id(lower: &str) -> bool {
    const UUID: usize = 36;
    const SHORTEST: usize = 8;
    let is_hex = |text: &str| {
        let is_one = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        text.bytes().all(is_one) && text.bytes().any(|byte| byte.is_ascii_digit())
    };
    match lower.split_once([':', '=']) {
        Some((name, rest)) => {
            name.chars().all(char::is_alphanumeric) && rest.len() >= SHORTEST && is_hex(rest)
        }
        None => lower.len() == UUID && is_hex(lower),
    }
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

/// Whether a text has what loggers write where they cut one (at its end `… [truncated]`, `…(+1234 chars)`, and Node
/// `... 1234 more characters`; in the middle `...[TRUNCATED]...` and LiteLLM's `(litellm_truncated …)`), or what stands for
/// a part that was masked, or for a letter that was lost on its way.
pub fn is_cut(text: &str) -> bool {
    ends_cut(text)
        || is_cut_within(text)
        || has_mask(text)
        || has_cover(text)
        || text.contains(char::REPLACEMENT_CHARACTER)
}

/// Whether a remark says so within a text, between dots.
fn is_cut_within(text: &str) -> bool {
    /// Characters from a remark's beginning to the word, and from the word to its end.
    const MOST: usize = 40;
    let ends_in_dots = |text: &str| text.ends_with("...") || text.ends_with('…');
    let begins_with_dots = |text: &str| text.starts_with("...") || text.starts_with('…');
    let is_remark = |at: usize| {
        let (head, rest) = text.split_at(at);
        let mut back = head.char_indices().rev().take(MOST);
        let opening = back.find(|(_, c)| matches!(c, '[' | '(' | '<'));
        let mut on = rest.char_indices().take(MOST);
        let closing = on.find(|(_, c)| matches!(c, ']' | ')' | '>'));
        let (Some((start, _)), Some((end, _))) = (opening, closing) else {
            return false;
        };
        ends_in_dots(head[..start].trim_end())
            && (head.ends_with("litellm_t") || begins_with_dots(rest[end + 1..].trim_start()))
    };
    // Behind its first letter, which may be a capital one.
    let mut words = [&b"runcated"[..], b"RUNCATED"].into_iter();
    words.any(|word| memchr::memmem::find_iter(text.as_bytes(), word).any(is_remark))
}

/// Whether a part of a line was covered: `my PIN is ****`. A line of such signs alone parts two paragraphs.
fn has_cover(text: &str) -> bool {
    static OF_ASCII: Signs<1> = Signs::of(["****"]);
    static OTHERS: Signs<3> = Signs::of(["███", "••••", "＊＊＊＊"]);
    let has_one = |text: &str| {
        OF_ASCII.any_in(text.as_bytes()) || !text.is_ascii() && OTHERS.any_in(text.as_bytes())
    };
    // Nearly every text has none.
    has_one(text)
        && text
            .lines()
            .any(|line| has_one(line) && line.contains(char::is_alphanumeric))
}

/// Whether a part of a text was masked: `<PERSON>`, `[CREDIT_CARD_1]`, `[REDACTED_EMAIL]`, as Presidio and its like write it,
/// `[Filtered]`, `{{EMAIL}}`, or as this program does: `[key masked by rainscope]`.
fn has_mask(text: &str) -> bool {
    const LONGEST: usize = 40;
    const NAMES: [&str; 22] = [
        "PERSON",
        "NAME",
        "LOCATION",
        "ADDRESS",
        "EMAIL",
        "EMAIL_ADDRESS",
        "PHONE",
        "PHONE_NUMBER",
        "CREDIT_CARD",
        "DATE_TIME",
        "DATE_OF_BIRTH",
        "IBAN",
        "IBAN_CODE",
        "IP_ADDRESS",
        "US_SSN",
        "SSN",
        "NRP",
        "ORGANIZATION",
        "US_PASSPORT",
        "US_BANK_NUMBER",
        "MEDICAL_LICENSE",
        "PII",
    ];
    let is_mask = |inside: &str| {
        let is_upper =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let bare = inside.trim_end_matches(|c: char| c.is_ascii_digit());
        let bare = bare.trim_end_matches('_');
        let is_snip = |word: &&str| inside.eq_ignore_ascii_case(word);
        ["snip", "snipped"].iter().any(is_snip)
            || says_masked(inside)
            || inside.bytes().all(is_upper)
                && (NAMES.contains(&bare) || inside.contains("REDACTED"))
    };
    let has_any = |opening: u8, closing: &str, is_mask: &dyn Fn(&str) -> bool| {
        let is_one = |at: usize| {
            let head = &text.as_bytes()[at + 1..text.len().min(at + 1 + LONGEST)];
            let end = memchr::memmem::find(head, closing.as_bytes());
            let inside = end.and_then(|end| text.get(at + 1..at + 1 + end));
            inside.is_some_and(is_mask)
        };
        memchr::memchr_iter(opening, text.as_bytes()).any(is_one)
    };
    let is_template = |inside: &str| {
        inside
            .strip_prefix('{')
            .is_some_and(|name| NAMES.contains(&name))
    };
    let is_underlined = |inside: &str| {
        inside
            .strip_prefix('_')
            .is_some_and(|name| NAMES.contains(&name))
    };
    let is_redacted = |inside: &str| inside.eq_ignore_ascii_case("redacted");
    has_any(b'<', ">", &is_mask)
        || has_any(b'[', "]", &is_mask)
        || has_any(b'(', ")", &is_redacted)
        || has_any(b'{', "}}", &is_template)
        || has_any(b'_', "__", &is_underlined)
}

/// Whether the words within a pair of brackets say that something was taken out there.
fn says_masked(inside: &str) -> bool {
    const WORDS: [&str; 8] = [
        "redacted", "filtered", "masked", "scrubbed", "withheld", "removed", "hidden", "trimmed",
    ];
    let words = inside.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.len() <= 4 && words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a text ends with such a remark.
fn ends_cut(text: &str) -> bool {
    const WORDS: [&str; 5] = ["truncat", "char", "omit", "more", "cut"];
    /// The bracket at the end is no longer.
    const TAIL: usize = 60;
    /// Loggers cut what is longer than some number of characters; a shorter text that ends so trails off.
    const SHORTEST_CUT: usize = 60;
    let text = text.trim_end();
    let is_within_word = |text: &str| text.ends_with(char::is_alphanumeric);
    let is_long = text.len() >= SHORTEST_CUT;
    let bare = text.trim_end_matches(['.', '…']);
    let is_dotted = text.len() > bare.len() + 1;
    if is_long && is_dotted && is_within_word(bare.trim_end()) {
        return true;
    }
    let (_, last_word) = text.rsplit_once(char::is_whitespace).unwrap_or_default();
    let rest = last_word.strip_prefix('+').unwrap_or_default();
    let is_rest = (1..=6).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    let tail = text.char_indices().rev().nth(TAIL);
    let tail = &text[tail.map_or(0, |(at, _)| at)..];
    // Who asks about it was not cut.
    let says_truncated = tail.to_lowercase().contains("truncated") && !text.contains('?');
    if is_long && (is_rest || says_truncated) {
        return true;
    }
    let of_node = [
        " more characters",
        " more character",
        " more chars",
        " chars",
    ];
    let counted = of_node.iter().find_map(|end| text.strip_suffix(end));
    if counted.is_some_and(|counted| {
        let before = counted.trim_end_matches(|c: char| c.is_ascii_digit());
        let dots = before.trim_end_matches('+').trim_end();
        before.len() < counted.len() && (dots.ends_with("...") || dots.ends_with('…'))
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
    let of_text = ["char", "byte", "token", "word", "line"];
    let says_more = has_number && remark.contains(" more ");
    let says_cut = remark.contains("truncat")
        || remark.contains("omitted")
        || says_more && of_text.iter().any(|unit| remark.contains(unit));
    let is_counted = has_number && WORDS.iter().any(|word| remark.contains(word));
    let is_broken_off = before.ends_with('…') || before.ends_with("...");
    let is_plus = remark[1..].starts_with('+');
    let inside = remark.trim_matches(|c: char| c.is_ascii_punctuation() && c != '.');
    let is_mark = ["cut", "...", "…", "trimmed", "more", "continued"].contains(&inside);
    let is_plus_alone = is_plus && has_number && !remark.contains(' ');
    let is_counted = is_counted || has_number && remark.contains("byte");
    let is_of_number = is_counted && (is_broken_off || is_plus || is_long);
    remark.len() <= TAIL && (says_cut || is_mark || is_plus_alone || is_of_number)
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
            "https://s3.amazonaws.com/bucket/prompt-123.txt",
            "file:///tmp/prompt.txt",
            "{user_input}",
            "<openai.types.Message object at 0x7f1234>",
            "[object Promise]",
            "[Function: read]",
            "[encrypted]",
            "[PII]",
            "(no content)",
            "This content was redacted",
            "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==",
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
            "https://example.com/an-article",
            "{\"a\": 1}",
            "Why is my text redacted?",
            "Function",
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
    fn what_may_stand_in_place_of_what_somebody_said() {
        let check =
            |text: &str, expected: bool| assert_eq!(may_be_placeholder(text), expected, "{text}");
        for text in [
            "ENC[AES256_GCM,data:abc=,iv:x=,tag:y=,type:str]",
            "hash:9f86d081884c7d65",
            "md5=9e107d9d372bb6826bd81d3542a419d6",
            "9e107d9d-372b-b682-6bd8-1d3542a419d6",
            "58 bytes",
            "[58 tokens]",
            "3021 chars",
            "len=3021",
            "String(58)",
            "[sensitive]",
            "*sensitive*",
            "(empty)",
            "<too long>",
            "[DATA EXPUNGED]",
            "<prompt>",
            "[image]",
            "<Buffer 68 69 ... 40 more bytes>",
            "<memory at 0x7f3>",
            "<generator object x at 0x7f>",
            "@@@langfuseMedia:type=text/plain|id=cc48838a|source=bytes@@@",
            "<helicone-asset-id key=\"abc\"/>",
            "https://logs.x.test/blob/123",
            "507f1f77bcf86cd799439011",
            "msg_01ABCDEFGHJKMN",
            "/var/log/prompts/1.txt",
            "length: 58",
            "3,021 characters",
            "~58 tokens",
            "58 chars, 12 tokens",
            "[message body too large to store here]",
            "*** sensitive content not shown here ***",
            "【已隐藏】",
        ] {
            check(text, true);
        }
        for text in [
            "hi",
            "Sum up https://example.com/an-article",
            "<b>What</b> is <i>this</i>",
            "What is 58 bytes?",
            "4711",
            "请在2024年之前完成这份报告",
            "rainbow",
            "deadbeef",
            "{\"a\": 1}",
            "print the file(s)",
            "(How many chars does this have, and how many words are they?)",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn what_was_cut_or_masked_is_told() {
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
        check("Please transfer it today (1234 more characters)", true);
        check("see [1]", false);
        let long = "Please transfer forty thousand euros to Robert Miller in Berlin befor";
        check(&format!("{long}…"), true);
        check(&format!("{long}, …"), false);
        for end in [
            "...",
            " ...",
            "..",
            " (...)",
            " <...>",
            " [more]",
            " (continued)",
            " [cut 500]",
            " [1.2 KB more]",
            " [+132 bytes]",
            " +1234",
            " (+1.2k)",
            " TRUNCATED",
            "...TRUNCATED",
            " -- truncated (1024 of 5000)",
            ". Output truncated. Showing first 100 of 500 characters.",
        ] {
            check(&format!("{long}{end}"), true);
        }
        check(&format!("{long}. Why is it truncated?"), false);
        check(&format!("{long} and call me at +49 30 1234567"), false);
        check("Well, let me see…", false);
        check("Please transfer <snip> to Robert", true);
        check("Please transfer [SNIP] to Robert", true);
        check("Where is my parsnip [parsnip]?", false);
        check(
            "Please... (litellm_truncated skipped 1234 chars) ...today",
            true,
        );
        check("Please transfer ...[TRUNCATED]... to Robert", true);
        check("Please transfer … <truncated 30 words> … to Robert", true);
        check("What does \"...[TRUNCATED]\" mean in my log?", false);
        check("Wait... (it was truncated, I think) and then?", false);
        check("<PERSON> lives in <LOCATION>", true);
        check("My card is [CREDIT_CARD_1], thanks", true);
        check("Write to [REDACTED_EMAIL]", true);
        check("<p>Is <PERSONAL> a tag? [TODO]</p>", false);
        for masked in [
            "Write to [redacted] today",
            "Write to <redacted> today",
            "Write to (redacted) today",
            "Write to [Filtered] today",
            "Write to [email redacted] today",
            "My key is [key masked by rainscope], thanks",
            "He said [text withheld, 23 characters] to me",
            "Write to {{EMAIL}} or __PHONE_NUMBER__ today",
            "My PIN is ****, thanks",
            "My name is ███████ Miller",
            "Please transfer forty [+1234 chars]",
            "Please transfer forty… +1234 more chars",
            "Please transfer forty (+300 more characters)",
            "Please transfer forty [...]",
        ] {
            check(masked, true);
        }
        for honest in [
            "One\n*****\nTwo **bold** and ***both***",
            "Fill {{name}} into __init__",
            "Is [this list] removed (or hidden)?",
            "The list [a, b, ...] has more",
        ] {
            check(honest, false);
        }
        check("", false);
    }
}
