//! Finds what looks like a key in a text: nothing of the kind belongs into an event.
//!
//! A key is told by the form that its service publishes: prefix, alphabet and length. A name that only
//! begins like one (`sk-SK-…` is a Slovak voice) is none, and neither is a placeholder from a document.

mod addresses;
mod forms;
mod named;
pub use named::named_secret;

pub use self::addresses::find_email;

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem::Finder;

use self::addresses::{ADDRESS, password};
use self::forms::{Alphabet, BEGINNINGS, FORMS, Form};

/// A key-like run in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// What it looks like.
    pub kind: &'static str,
    /// Byte range in the text.
    pub start: usize,
    /// End of the range.
    pub end: usize,
    /// How many bytes of its beginning tell what it is and nothing of the key itself.
    told: usize,
}

/// What Raindrop's write keys begin with; behind it they have no form that would tell them from a name.
const RAINDROP: &str = "rk_";

/// What an OpenRouter key begins with.
pub const OPENROUTER_PREFIX: &str = FORMS[0].prefix;

/// What this program writes in the place of a key in what it keeps of a conversation. It says so in words, since it may
/// become part of an event: there it tells that a key stood here.
pub const KEY_MASK: &str = "[key masked by rainscope]";

/// Whether this program masked a key in a text.
pub fn has_masked_key(text: &str) -> bool {
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(KEY_MASK));
    text.len() >= KEY_MASK.len() && FINDER.find(text.as_bytes()).is_some()
}

/// A text without the masks of keys: all keys have the same one, so that it says nothing of the conversation.
pub fn without_masks(text: &str) -> Cow<'_, str> {
    match has_masked_key(text) {
        true => Cow::Owned(text.replace(KEY_MASK, " ")),
        false => Cow::Borrowed(text),
    }
}

/// What a key begins with that all keys of its service begin with, which tells nothing of the key itself.
pub fn public_prefix(key: &str) -> &str {
    let prefixes = FORMS.iter().map(|form| form.prefix).chain([RAINDROP]);
    let prefixes = prefixes.filter_map(|prefix| {
        key.get(..prefix.len())
            .filter(|it| it.eq_ignore_ascii_case(prefix))
    });
    prefixes
        .max_by_key(|prefix| prefix.len())
        .unwrap_or_default()
}

/// A text with each OpenRouter key in it masked as a whole.
pub fn mask_openrouter_keys(text: String) -> String {
    const FORM: &Form = &FORMS[0];
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(FORM.prefix));
    let mut masked = String::new();
    let mut done = 0;
    for start in FINDER.find_iter(text.as_bytes()) {
        if let Some(secret) = FORM.at(&text, start) {
            masked.push_str(&text[done..secret.start]);
            masked.push_str(KEY_MASK);
            done = secret.end;
        }
    }
    if done == 0 {
        return text;
    }
    masked.push_str(&text[done..]);
    masked
}

/// No key is shorter, its prefix included, but for what stands behind `Bearer`.
const SHORTEST: usize = 20;
/// What an escape leaves at the beginning of a run (`\n`, `%20`) is no longer.
const ESCAPE: usize = 2;
/// Nothing but a JSON web token has a longer run of key characters.
const LONGEST: usize = 280;

/// The first key-like run of a text.
pub fn find(text: &str) -> Option<Secret> {
    look(text).0
}

/// The first key-like run of a text, and whether this program masked a key in it.
pub fn look(text: &str) -> (Option<Secret>, bool) {
    if text.len() < SHORTEST {
        return (None, false);
    }
    let in_run = runs(text.as_bytes()).find_map(|run| in_run(text, run));
    // One look instead of three, since nearly every text has none of these.
    if !has_mark(text) {
        return (in_run, false);
    }
    let password = password(text).next();
    let secret = first_of(
        in_run,
        bearer(text).next(),
        private_key(text).next(),
        password,
    );
    (secret, has_masked_key(text))
}

/// Whether a text has anything of what tells a key by the words before it, or of a mask.
fn has_mark(text: &str) -> bool {
    static FINDER: LazyLock<Option<Searcher>> =
        LazyLock::new(|| Searcher::new([&BEARER[1..], BEGIN, KEY_MASK, ADDRESS[0], ADDRESS[1]]));
    // Some processors have nothing for it.
    FINDER
        .as_ref()
        .is_none_or(|finder| finder.find(text).is_some())
}

const _: () = assert!(KEY_MASK.len() >= SHORTEST);

/// The earliest; of a header's token that is a key of a known form, the key.
fn first_of(
    in_run: Option<Secret>,
    bearer: Option<Secret>,
    private_key: Option<Secret>,
    password: Option<Secret>,
) -> Option<Secret> {
    let is_within =
        |inner: &Secret, outer: &Secret| outer.start < inner.end && inner.start < outer.end;
    let [bearer, password] = [bearer, password].map(|token| match (&in_run, &token) {
        (Some(key), Some(token)) if is_within(key, token) => None,
        _ => token,
    });
    let all = [in_run, bearer, private_key, password];
    all.into_iter().flatten().min_by_key(|secret| secret.start)
}

/// A text with every key in it masked: what it is stays, and that is all of it.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut runs = runs(text.as_bytes())
        .filter_map(|run| in_run(text, run))
        .peekable();
    let mut tokens = bearer(text).peekable();
    let mut keys = private_key(text).peekable();
    let mut passwords = password(text).peekable();
    let mut masked = String::new();
    let mut done = 0;
    loop {
        let first = first_of(
            runs.peek().copied(),
            tokens.peek().copied(),
            keys.peek().copied(),
            passwords.peek().copied(),
        );
        let Some(secret) = first else { break };
        masked.push_str(&text[done..(secret.start + secret.told).max(done)]);
        masked.push_str("[masked]");
        done = secret.end.max(done);
        while runs.next_if(|next| next.start < done).is_some() {}
        while tokens.next_if(|next| next.start < done).is_some() {}
        while keys.next_if(|next| next.start < done).is_some() {}
        while passwords.next_if(|next| next.start < done).is_some() {}
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
}

/// Whether a key of an object says that its value is the secret half of an AWS key, and the value has its
/// form; such a value has no prefix that would tell.
fn is_aws_secret(key: &str, value: &str) -> bool {
    value.len() == 40
        && value.bytes().all(is_of_aws_secret)
        && is_name_of_aws_secret(key.bytes().filter(u8::is_ascii_alphanumeric))
        && !is_placeholder(value)
}

fn is_name_of_aws_secret(letters: impl DoubleEndedIterator<Item = u8>) -> bool {
    const NAME: &[u8] = b"secretaccesskey";
    let mut letters = letters.rev().map(|byte| byte.to_ascii_lowercase());
    NAME.iter().rev().all(|byte| letters.next() == Some(*byte))
}

fn is_of_aws_secret(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+')
}

/// Runs of letters, digits, `_` and `-` that are long enough for a key, found by the pieces that they fill: of most
/// texts no more than that is looked at.
fn runs(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let is_in = |byte: &u8| Alphabet::Url.has(*byte);
    let mut filled = filled_pieces(bytes);
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let piece = filled.find(|at| *at >= from)?;
            let before = bytes[from..piece].iter().rev();
            let start = piece - before.take_while(|byte| is_in(byte)).count();
            let after = bytes[piece..].iter().take_while(|byte| is_in(byte));
            from = piece + after.count();
            if from - start >= SHORTEST {
                return Some((start, from));
            }
        }
    })
}

/// So many bytes, beginning at a multiple of it, are filled by every run that is long enough, wherever it begins.
const PIECE: usize = 8;
const _: () = assert!(2 * PIECE - 1 <= SHORTEST);

/// Where the pieces begin that have characters of keys alone. A space tells of most that they have others, and is looked
/// for in a whole piece at once.
fn filled_pieces(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let pieces = bytes.as_chunks::<PIECE>().0.iter().enumerate();
    let filled = pieces.filter(|(_, piece)| {
        !has_space(u64::from_le_bytes(**piece)) && piece.iter().all(|byte| Alphabet::Url.has(*byte))
    });
    filled.map(|(at, _)| at * PIECE)
}

/// Whether one of eight bytes is a space.
const fn has_space(piece: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; PIECE]);
    const HIGHEST: u64 = ONES << 7;
    const SPACES: u64 = ONES * b' ' as u64;
    // The highest bit of the first byte that is nothing now, and of no byte before it.
    let rest = piece ^ SPACES;
    rest.wrapping_sub(ONES) & !rest & HIGHEST != 0
}

/// The first key that begins within a run.
fn in_run(text: &str, (start, end): (usize, usize)) -> Option<Secret> {
    of_form(text, start, end)
        .or_else(|| web_token(text, start, end))
        .or_else(|| named(text, start, end))
}

/// The first key of a known form within a run.
fn of_form(text: &str, start: usize, end: usize) -> Option<Secret> {
    if end - start > LONGEST {
        return None;
    }
    let bytes = text.as_bytes();
    // A prefix begins with the run, behind a sign in it, or behind what is left of an escape.
    let begins = |at: &usize| {
        BEGINNINGS[usize::from(bytes[*at])]
            && (*at <= start + ESCAPE || !bytes[*at - 1].is_ascii_alphanumeric())
    };
    (start..end).filter(begins).find_map(|at| {
        let forms = FORMS
            .iter()
            .filter(|form| bytes[at..].starts_with(form.prefix.as_bytes()));
        forms.filter_map(|form| form.at(text, at)).next()
    })
}

impl Form {
    /// The key that begins at a place where the prefix does.
    fn at(&self, text: &str, start: usize) -> Option<Secret> {
        if !is_apart(&text[..start]) {
            return None;
        }
        let body = &text[start + self.prefix.len()..];
        let length = body.bytes().take_while(|byte| self.alphabet.has(*byte));
        let length = length.take(self.length.1 + 1).count();
        let key = &body[..length];
        // What goes on is longer than the form allows, or has letters that it does not.
        let is_whole = !body[length..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let is_key = (self.length.0..=self.length.1).contains(&length)
            && is_whole
            && match self.prefix {
                "xox" => is_slack(key),
                "xapp-" => key.starts_with(|c: char| c.is_ascii_digit()),
                "sk-lf-" => is_uuid(key),
                _ => true,
            }
            && !is_placeholder(key);
        is_key.then(|| Secret {
            kind: self.kind,
            start,
            end: start + self.prefix.len() + length,
            told: self.prefix.len(),
        })
    }
}

/// Whether what stands before does not make a prefix the end of a word: an escape (`\n`, `%20`) does not.
fn is_apart(before: &str) -> bool {
    let bytes = before.as_bytes();
    match bytes {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        _ => !before.ends_with(|c: char| c.is_alphanumeric()),
    }
}

/// Behind `xox`: a letter for the kind, a hyphen, and numbers before the secret itself.
fn is_slack(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    let kind = bytes.next();
    kind.is_some_and(|kind| b"abeoprsc".contains(&kind))
        && bytes.next() == Some(b'-')
        && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Whether what has the form of a key was never one: written for a document, or with so little variety
/// that nobody drew it.
fn is_placeholder(key: &str) -> bool {
    const WORDS: [&str; 10] = [
        "your",
        "example",
        "placeholder",
        "replace",
        "redacted",
        "dummy",
        "xxxx",
        "secret",
        "api-key",
        "api_key",
    ];
    let lower = key.to_ascii_lowercase();
    let has_word = WORDS.iter().any(|word| lower.contains(word));
    let is_uniform = key
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_');
    has_word || variety(key) < 2.3 || is_uniform && lower == key && key.contains(['-', '_'])
}

/// Bits of information a character, were the text drawn from its own letters.
fn variety(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = text.len().max(1) as f64;
    let bits = counts.iter().filter(|count| **count > 0).map(|count| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    });
    bits.sum()
}

/// Three parts in base64, the first and second of which are JSON objects, the first one naming how it
/// is signed.
fn web_token(text: &str, start: usize, end: usize) -> Option<Secret> {
    let head = &text.as_bytes()[start..end.min(start + ESCAPE + 3)];
    let start = start + head.windows(3).position(|head| head == b"eyJ")?;
    if !is_apart(&text[..start]) {
        return None;
    }
    let rest = &text[start..];
    let part = |rest: &str| {
        let length = rest.bytes().take_while(|byte| Alphabet::Url.has(*byte));
        length.count()
    };
    let object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        let json = String::from_utf8(bytes).ok()?;
        json.starts_with('{').then_some(json)
    };
    let header = part(rest);
    let is_signed = object(&rest[..header])?.contains("\"alg\"");
    let payload = rest[header..].strip_prefix('.')?;
    let length = part(payload);
    object(&payload[..length])?;
    let signature = payload[length..].strip_prefix('.')?;
    let signature = part(signature);
    (is_signed && signature >= SHORTEST).then_some(Secret {
        kind: "a JSON web token",
        start,
        end: start + header + length + signature + 2,
        told: 3,
    })
}

/// The secret half of an AWS key, behind its name: `aws_secret_access_key = …`.
fn named(text: &str, start: usize, end: usize) -> Option<Secret> {
    let letters = text[start..end].bytes().filter(u8::is_ascii_alphabetic);
    if end - start > 60 || !is_name_of_aws_secret(letters) {
        return None;
    }
    let between = |c: char| matches!(c, ' ' | '=' | ':' | '"' | '\'' | '\\' | '>');
    let rest = text[end..].trim_start_matches(between);
    let at = text.len() - rest.len();
    let length = rest.bytes().take_while(|byte| is_of_aws_secret(*byte));
    let value = &rest[..length.take(41).count()];
    is_aws_secret("secretaccesskey", value).then_some(Secret {
        kind: "an AWS secret key",
        start: at,
        end: at + value.len(),
        told: 0,
    })
}

/// What stands before a token in a header, its first letter in either case.
const BEARER: &str = "Bearer ";
/// What a private key in PEM begins with.
const BEGIN: &str = "-----BEGIN ";

/// What `Authorization` headers hold.
fn bearer(text: &str) -> impl Iterator<Item = Secret> {
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(&BEARER[1..]));
    FINDER.find_iter(text.as_bytes()).filter_map(|at| {
        let start = at.checked_sub(1)?;
        let is_word = matches!(text.as_bytes()[start], b'B' | b'b') && is_apart(&text[..start]);
        let body = &text[start + BEARER.len()..];
        let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
        let length = body.bytes().take_while(is_in).count();
        let token = body[..length].trim_end_matches(['.', '-', '_']);
        let has_digit = token.bytes().any(|byte| byte.is_ascii_digit());
        let has_letter = token.bytes().any(|byte| byte.is_ascii_alphabetic());
        let is_token = token.len() >= SHORTEST && has_digit && has_letter;
        (is_word && is_token && !is_placeholder(token)).then_some(Secret {
            kind: "a bearer token",
            start,
            end: start + BEARER.len() + token.len(),
            told: BEARER.len(),
        })
    })
}

/// Private keys in PEM, with something of the key in it.
fn private_key(text: &str) -> impl Iterator<Item = Secret> {
    /// What stands between the dashes is no longer, and no key is.
    const LONGEST: (usize, usize) = (40, 8192);
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(BEGIN));
    FINDER.find_iter(text.as_bytes()).filter_map(|start| {
        let rest = &text.as_bytes()[start + BEGIN.len()..];
        let head = &rest[..rest.len().min(LONGEST.0)];
        let length = memchr::memmem::find(head, b"-----")?;
        let label = &head[..length];
        if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
            return None;
        }
        let told = BEGIN.len() + length + "-----".len();
        let body = &text[start + told..];
        let is_in = |byte: &u8| {
            byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=\\:,-".contains(byte)
        };
        let length = body.bytes().take(LONGEST.1).take_while(is_in).count();
        let body = body[..length].split("-----END").next().unwrap_or_default();
        let letters = body.bytes().filter(u8::is_ascii_alphanumeric).count();
        (letters >= 60 && variety(body) > 3.5).then_some(Secret {
            kind: "a private key",
            start,
            end: start + told + body.len(),
            told,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters and digits that look drawn and are the same on every run.
    fn drawn(alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut dice = 7_u64;
        let mut next = || {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            letters[(dice >> 33) as usize % letters.len()]
        };
        (0..length).map(|_| next()).collect()
    }

    const HEX: &str = "0123456789abcdef";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    fn keys() -> Vec<(String, &'static str)> {
        let of = |prefix: &str, alphabet: &str, length: usize| {
            prefix.to_owned() + &drawn(alphabet, length)
        };
        let object = |json: &str| URL_SAFE_NO_PAD.encode(json);
        vec![
            (of("sk-or-v1-", HEX, 64), "an OpenRouter key"),
            (of("sk-ant-api03-", URL, 93) + "AA", "an Anthropic key"),
            (of("sk-ant-oat01-", URL, 93) + "AA", "an Anthropic token"),
            (
                of("sk-", LETTERS, 20) + "T3BlbkFJ" + &drawn(LETTERS, 20),
                "an OpenAI key",
            ),
            (of("sk-proj-", LETTERS, 48), "an OpenAI key"),
            (
                of("sk-proj-", URL, 74) + "T3BlbkFJ" + &drawn(URL, 73) + "w",
                "an OpenAI key",
            ),
            (of("sk-svcacct-", URL, 123) + "A", "an OpenAI key"),
            (of("sk-", HEX, 32), "an API key"),
            (
                "sk-lf-2f1d8c07-9b3e-4a55-8d61-c07e3a94b2f8".to_owned(),
                "a Langfuse key",
            ),
            (of("xai-", LETTERS, 80), "an xAI key"),
            (of("gsk_", LETTERS, 52), "a Groq key"),
            (of("AIza", URL, 34) + "k", "a Google key"),
            (of("hf_", &LETTERS[..52], 34), "a Hugging Face token"),
            (of("sk_live_", LETTERS, 24), "a Stripe key"),
            (of("rk_test_", LETTERS, 99), "a Stripe key"),
            (of("ghp_", LETTERS, 36), "a GitHub token"),
            (of("ghs_", LETTERS, 36), "a GitHub token"),
            (
                of("github_pat_", LETTERS, 22) + "_" + &drawn(LETTERS, 59),
                "a GitHub token",
            ),
            (
                of("xoxb-2048317765-2048317766123-", LETTERS, 24),
                "a Slack token",
            ),
            (
                of("xoxp-2048317765-2048317766-2048317767-", HEX, 32),
                "a Slack token",
            ),
            (of("AKIA", UPPER, 16), "an AWS key id"),
            (
                of("aws_secret_access_key = ", LETTERS, 39) + "/",
                "an AWS secret key",
            ),
            (of("Bearer ", URL, 30) + "1a", "a bearer token"),
            (
                format!(
                    "{}.{}.{}",
                    object("{\"alg\":\"HS256\"}"),
                    object("{\"sub\":\"u\"}"),
                    drawn(URL, 43)
                ),
                "a JSON web token",
            ),
            (
                format!(
                    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END",
                    drawn(LETTERS, 64)
                ),
                "a private key",
            ),
            (
                format!(
                    "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END",
                    drawn(LETTERS, 64)
                ),
                "a private key",
            ),
        ]
    }

    #[test]
    fn keys_are_known_by_their_published_form() {
        for (key, kind) in keys() {
            for text in [
                key.clone(),
                format!("the key is {key}."),
                format!("?key={key}&a=b"),
                format!("{{\"key\":\"{key}\"}}"),
                format!("first line\\n{key}\\nlast"),
                format!("q=%20{key}"),
                format!("{} {key}", "many words before it ".repeat(40)),
            ] {
                assert_eq!(find(&text).map(|secret| secret.kind), Some(kind), "{text}");
                let masked = mask(&text);
                let body: String = key
                    .chars()
                    .rev()
                    .take(12)
                    .collect::<String>()
                    .chars()
                    .rev()
                    .collect();
                assert!(
                    masked.contains("[masked]") && !masked.contains(&body) || body.contains("END"),
                    "{masked}"
                );
                assert_eq!(find(&masked), None, "{masked}");
            }
        }
    }

    #[test]
    fn a_length_or_a_letter_that_does_not_fit_is_no_key() {
        let check = |text: String| assert_eq!(find(&text), None, "{text}");
        check("sk-or-v1-".to_owned() + &drawn(HEX, 63));
        check("sk-or-v1-".to_owned() + &drawn(HEX, 65));
        check("sk-or-v1-".to_owned() + &drawn(HEX, 63) + "g");
        check("gsk_".to_owned() + &drawn(LETTERS, 51));
        check("ghp_".to_owned() + &drawn(LETTERS, 37));
        check("AKIA".to_owned() + &drawn(UPPER, 17));
        check("akia".to_owned() + &drawn(UPPER, 16));
        check("AIza".to_owned() + &drawn(LETTERS, 20));
        check("xAIza".to_owned() + &drawn(LETTERS, 35));
        check("hf_".to_owned() + &drawn(LETTERS, 12));
        check("xoxb-".to_owned() + &drawn(&LETTERS[..52], 40));
        check(drawn(HEX, 64));
        check(drawn(LETTERS, 40));
    }

    #[test]
    fn placeholders_and_look_alikes_are_no_keys() {
        let check = |text: &str| assert_eq!(find(text), None, "{text}");
        check("sk-or-v1-...");
        check("sk-or-v1-…");
        check("sk-or-v1-<your-key>");
        check("sk-or-v1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        check("sk-or-v1-0000000000000000000000000000000000000000000000000000000000000000");
        check("sk-123456789");
        check("sk-proj-your-api-key-goes-here-please-replace-it-soon-000");
        check("sk-proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        check("YOUR_API_KEY and ${OPENROUTER_API_KEY}");
        check("Authorization: Bearer YOUR_API_KEY_GOES_RIGHT_HERE_1");
        check("Authorization: Bearer <token>");
        check("Bearer of good news, with 20 more words behind it");
        check("AKIAIOSFODNN7EXAMPLE");
        check("sk-SK-Chirp3-HD-Achernar");
        check("sk-SK-LukasNeural-and-its-2-long-relatives-of-2026");
        check("task-0123456789abcdef0123456789abcdef");
        check("desk_sk-runner-of-the-long-named-kind-1");
        check("sk-eleton-keys-are-words-without-digits");
        check("550e8400-e29b-41d4-a716-446655440000");
        check("da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check("gen-1780662712-aBcDeFgHiJkLmNoPqRsT");
        check("eyJ.eyJ.eyJ");
        check("eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.c2lnbmF0dXJlIHRoYXQgaXMgbG9uZw");
        check("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----");
        check(
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxQ3\n-----END",
        );
        check("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    }

    #[test]
    fn an_aws_secret_is_told_by_its_name() {
        let secret = drawn(LETTERS, 38) + "/+";
        let check = |key: &str, value: &str, expected: bool| {
            assert_eq!(is_aws_secret(key, value), expected, "{key}: {value}");
        };
        check("secretAccessKey", &secret, true);
        check("AWS_SECRET_ACCESS_KEY", &secret, true);
        check("access_key_id", &secret, false);
        check("secretAccessKey", &secret[1..], false);
        check(
            "secretAccessKey",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            false,
        );
    }

    #[test]
    fn a_key_of_a_known_form_is_named_even_in_a_header() {
        let key = "sk-or-v1-".to_owned() + &drawn(HEX, 64);
        let text = format!("Authorization: Bearer {key}, and {key}");
        assert_eq!(
            find(&text).map(|secret| secret.kind),
            Some("an OpenRouter key")
        );
        assert_eq!(
            mask(&text),
            "Authorization: Bearer sk-or-v1-[masked], and sk-or-v1-[masked]"
        );
        assert_eq!(mask("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn each_openrouter_key_is_masked_as_a_whole_and_nothing_else() {
        let key = "sk-or-v1-".to_owned() + &drawn(HEX, 64);
        let check = |text: &str, expected: &str| {
            assert_eq!(mask_openrouter_keys(text.to_owned()), expected);
            assert_eq!(has_masked_key(expected), text != expected, "{expected}");
        };
        check(
            &format!("{{\"a\":\"{key}\",\"b\":\"Bearer {key}.\"}}"),
            &format!("{{\"a\":\"{KEY_MASK}\",\"b\":\"Bearer {KEY_MASK}.\"}}"),
        );
        check(&format!("\\n{key}"), &format!("\\n{KEY_MASK}"));
        check(
            "keys begin with sk-or-v1- and 64 digits",
            "keys begin with sk-or-v1- and 64 digits",
        );
        check("sk-or-v1-<yours>", "sk-or-v1-<yours>");
        check(&key[..60], &key[..60]);
        check("", "");
    }

    #[test]
    fn what_all_keys_of_a_service_begin_with_is_public() {
        let check = |key: &str, prefix: &str| assert_eq!(public_prefix(key), prefix, "{key}");
        check("sk-or-v1-0123456789abcdef", "sk-or-v1-");
        check("SK-or-v1-0123456789abcdef", "SK-or-v1-");
        check("sk-ant-api03-0123456789", "sk-ant-api03-");
        check("sk-0123456789abcdef", "sk-");
        check("rk_0123456789", "rk_");
        check("rk_live_0123456789", "rk_live_");
        check("my-gateway-0123456789", "");
        check("", "");
    }

    #[test]
    fn finds_addresses() {
        let check = |text: &str, found: Option<&str>| assert_eq!(find_email(text), found, "{text}");
        check(
            "write to ada.l+x@mail.example.org.",
            Some("ada.l+x@mail.example.org"),
        );
        check("@handle and a@b and x@y.1 and @@ -1 @@", None);
        check("天@例.com", None);
        check("ü@x.de é", None);
        check("mailto:ops@x.de?", Some("ops@x.de"));
    }
}
