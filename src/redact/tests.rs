use ::base64::Engine;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const KEY: &str = "rk_live/Ab+9.xyz-0123456789";

/// What is shown of a text that tells the key in some form.
fn check(text: &str, expected: &str) {
    let redactor = Redactor::new(KEY);
    assert_eq!(redactor.redact(text.to_owned()), expected, "{text}");
}

fn each(convert: impl Fn(char) -> String) -> String {
    KEY.chars().map(convert).collect()
}

#[test]
fn every_form_that_can_be_read_back() {
    let packed = STANDARD.encode(KEY);
    let parted = |by: &str| {
        let parts = packed.as_bytes().chunks(4);
        let parts: Vec<String> = parts
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect();
        parts.join(by)
    };
    let codes = |by: &str| {
        let codes: Vec<String> = KEY.bytes().map(|byte| byte.to_string()).collect();
        codes.join(by)
    };
    let forms = [
        // Parts of base64, and codes of characters, with something between.
        parted(" "),
        parted("…"),
        parted("."),
        parted("<br>"),
        parted("\r\n "),
        parted("\\r\\n "),
        codes(","),
        codes(", "),
        codes(" "),
        each(|c| format!("{:02x}/", c as u32)),
        each(|c| format!("{:02x}\", \"", c as u32)),
        each(|c| format!("\"0x{:02x}\",", c as u32)),
        // What a page shows, and letters as wide as Chinese ones.
        each(|c| format!("<b>{c}</b>")),
        each(|c| format!("{c}<br class=\"x\">")),
        each(|c| char::from_u32(c as u32 + 0xfee0).map_or_else(String::new, String::from)),
        each(|c| format!("\\u{:04x}", c as u32 + 0xfee0)),
        each(|c| format!("&#x{:X};", c as u32 + 0xfee0)),
        each(|c| format!("&#{};", c as u32 + 0xfee0)),
        each(|c| {
            let wide = char::from_u32(c as u32 + 0xfee0).map(String::from);
            let bytes = wide.unwrap_or_default().into_bytes();
            bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
        }),
        // As JavaScript writes bytes that it was not told to be any, and each with its place.
        format!(
            "{{{}}}",
            KEY.bytes()
                .enumerate()
                .map(|(at, byte)| format!("\"{at}\":{byte}"))
                .collect::<Vec<_>>()
                .join(",")
        ),
        KEY.bytes()
            .enumerate()
            .map(|(at, byte)| format!("{at}: {byte}, "))
            .collect(),
        each(|c| format!("{},0,", c as u32)),
        // Each in a line or a cell, coloured, with a name, a type or its place.
        codes("\n"),
        codes("\r\n"),
        codes(",\n                "),
        codes("\n      - "),
        codes("\\n"),
        codes(" as u8, "),
        codes("\"},{\"$numberInt\":\""),
        codes(".0,"),
        codes(")||CHR("),
        codes("\u{1b}[39m, \u{1b}[33m"),
        codes("</td><td>"),
        codes("</td><td class=\"x\">"),
        codes("\u{200b}"),
        each(|c| format!("<td>{:02x}</td>", c as u32)),
        each(|c| format!("<b>{:x}</b><i>{:x}</i>", c as u32 / 16, c as u32 % 16)),
        KEY.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .join("</td> <td class=\"x\">"),
        each(|c| format!("\u{1b}[36m{:02x}\u{1b}[0m ", c as u32)),
        each(|c| format!("{:x} {:x} ", c as u32 / 16, c as u32 % 16)),
        each(|c| format!("0x{:02x}U, ", c as u32)),
        each(|c| format!("{:02x}h ", c as u32)),
        KEY.bytes()
            .enumerate()
            .map(|(at, byte)| format!("    [{at}] => {byte}\n"))
            .collect(),
        KEY.bytes()
            .enumerate()
            .map(|(at, byte)| format!("  [{at}]=>\n  int({byte})\n"))
            .collect(),
        // Codes of what is wide or unseen itself.
        each(|c| format!("{},", c as u32 + 0xfee0)),
        each(|c| format!("{},8203,", c as u32)),
        each(|c| format!("{},226,128,139,", c as u32)),
        each(|c| {
            let wide = char::from_u32(c as u32 + 0xfee0).map(String::from);
            let bytes = wide.unwrap_or_default().into_bytes();
            bytes.iter().map(|byte| format!("{byte}, ")).collect()
        }),
        // Escapes with something between their characters.
        each(|c| format!("\\<b>u</b>{:04x}", c as u32)),
        each(|c| format!("% {:x} {:x} ", c as u32 / 16, c as u32 % 16)),
        each(|c| format!("\u{1b}[1m&\u{1b}[0m#{};", c as u32)),
        parted("\u{1b}[1m"),
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.to_lowercase(),
        KEY.replace('/', r"\/"),
        each(|c| format!("\\u{:04x}", c as u32)),
        each(|c| format!("\\u{:04X}", c as u32)),
        each(|c| format!("\\u{{{:x}}}", c as u32)),
        each(|c| format!("\\x{:02x}", c as u32)),
        each(|c| format!("\\{:03o}", c as u32)),
        each(|c| format!("%{:02x}", c as u32)),
        each(|c| format!("%25{:02X}", c as u32)),
        each(|c| format!("%u{:04x}", c as u32)),
        each(|c| format!("&#{};", c as u32)),
        each(|c| format!("&#x{:x};", c as u32)),
        each(|c| format!("&#0000000000{};", c as u32)),
        each(|c| format!("&amp;#{};", c as u32)),
        each(|c| format!("={:02X}", c as u32)),
        each(|c| format!("{c}\u{200b}")),
        each(|c| format!("{c}\u{1b}")),
        // What whoever shows it leaves out: colours, skin tones, fillers, marks; and blanks, which part what is read as one.
        each(|c| format!("{c}\u{1b}[1;31m")),
        each(|c| format!("{c}\\u001b[1m")),
        each(|c| format!("{c}\u{9b}0m")),
        KEY.replace("Ab+9", "Ab\u{1b}[1m+9")
            .replace("xyz", "x\u{1b}[0myz"),
        each(|c| format!("{c}\u{1f3fb}")),
        each(|c| format!("{c}\u{3164}")),
        each(|c| format!("{c}\u{2800}")),
        each(|c| format!("{c}\u{336}")),
        each(|c| format!("{c}&ZeroWidthSpace;")),
        each(|c| format!("{c}&NewLine;")),
        each(|c| format!("{c}&nbsp;")),
        each(|c| format!("{c}\u{a0}")),
        each(|c| format!("{c} ")).trim_end().to_owned(),
        KEY.replace('/', "&sol;")
            .replace('_', "&lowbar;")
            .replace('.', "&period;"),
        KEY.replace("live", r"l\u0069ve").replace('+', "%2B"),
        // An escape of an escape, as where JSON holds JSON.
        KEY.replace('/', r"\\\/"),
        each(|c| format!("\\\\u{:04x}", c as u32)),
        STANDARD.encode(KEY),
        URL_SAFE_NO_PAD.encode(KEY),
        STANDARD.encode(format!("Bearer {KEY}")),
        STANDARD.encode(format!("xy{{\"authorization\":\"Bearer {KEY}\"}}")),
        STANDARD.encode(STANDARD.encode(KEY)),
        STANDARD.encode(KEY.replace('/', r"\/")),
        each(|c| format!("{:02x}", c as u32)),
        each(|c| format!("{:02X}", c as u32)),
        // Hex beside what is none, and with something between.
        each(|c| format!("{:02x}", c as u32)) + "-end",
        format!("key_{}", each(|c| format!("{:02x}", c as u32))),
        format!("0x{}", each(|c| format!("{:02x}", c as u32))),
        format!("/v1/keys/{}/x", each(|c| format!("{:02x}", c as u32))),
        each(|c| format!("{:02x}:", c as u32)),
        each(|c| format!("{:02X}-", c as u32)),
        each(|c| format!("{:02x} ", c as u32)),
        each(|c| format!("0x{:02x}, ", c as u32)),
        each(|c| format!("{:04x} ", c as u32)),
        each(|c| format!("{:04x}", c as u32)),
    ];
    for form in forms {
        let redactor = Redactor::new(KEY);
        for text in [
            form.clone(),
            format!("no such key: {form}!"),
            format!("{{\"error\":{{\"message\":\"{form} was refused\"}}}}"),
            format!("<p>{form}</p>"),
        ] {
            let redacted = redactor.redact(text.clone());
            assert!(redactor.find(&redacted).is_empty(), "{text}: {redacted}");
            assert!(redacted.contains(MASK), "{text}: {redacted}");
            let outside = text.len() - form.len();
            assert!(
                redacted.len() < outside + 2 * MASK.len(),
                "{text}: {redacted}"
            );
        }
    }
}

#[test]
fn masks_that_and_no_more() {
    check(
        &format!("you sent {KEY}, twice {KEY}."),
        "you sent ••••••, twice ••••••.",
    );
    check(
        r#"{"message":"rk_live\/Ab+9.xyz-0123456789 was refused"}"#,
        r#"{"message":"•••••• was refused"}"#,
    );
    let honest = r#"{"error":"no such project \"a/b\" &amp; 100% = \u00e9 aGVsbG8gd29ybGQh deadbeefdeadbeef"}"#;
    check(honest, honest);
    check("keys begin with rk_", "keys begin with rk_");
    check("天气预报", "天气预报");
    check("", "");
}

#[test]
fn a_part_of_eight_gives_it_away() {
    check("begins with rk_live/Ab+", "begins with ••••••");
    check("begins with rk_live/Ab", "begins with rk_live/Ab");
    check("ends with 23456789", "ends with ••••••");
    check("…xyz-0123…", "…••••••…");
    // Cut off within an escape.
    check(r"rk_live\/Ab+9\u00", r"••••••\u00");
    // Cut off within base64.
    let cut = &STANDARD.encode(KEY)[..16];
    check(&format!("is {cut}"), "is ••••••");
}

/// What all keys of a service begin with gives none of them away, and is no reason to touch another one.
#[test]
fn another_key_of_the_same_service_is_left_alone() {
    let own = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
    let other = format!("sk-or-v1-{}", "0fedcba987654321".repeat(4));
    let check = |key: &str, text: &str, expected: &str| {
        let redacted = Redactor::new(key).redact(text.to_owned());
        assert_eq!(redacted, expected, "{key}");
    };
    let text = format!("keys begin with sk-or-v1-, such as {other} and {own}.");
    check(&own, &text, &text.replace(&own, MASK));
    let text = STANDARD.encode(format!("Bearer {other}"));
    check(&own, &text, &text);
    let text = format!("so it begins: {}", &own[..17]);
    check(&own, &text, "so it begins: ••••••");
    for (key, other) in [
        ("sk-proj-mine-0123456789", "sk-proj-other"),
        ("rk_0123456789", "rk_01234"),
        ("sk-0123456789", "sk-01234 and sk-or-v1-01234"),
        ("gsk_0123456789", "gsk_0123"),
    ] {
        check(key, other, other);
        check(key, &format!("<{key}>"), "<••••••>");
    }
    // Too little of one's own behind it: it counts as a whole.
    check(
        "sk-or-v1-abc",
        "sk-or-v1-abc, not sk-or-v1-abcd",
        "••••••, not sk-or-v1-abcd",
    );
}

/// A conversation may have words and numbers that a key of words or zeros has as well.
#[test]
fn honest_words_of_a_conversation_stay() {
    let check = |key: &str, text: &str, expected: &str| {
        let redactor = Redactor::in_conversation([key], MASK);
        assert_eq!(redactor.redact(text.to_owned()), expected, "{key}");
    };
    let words = "my-local-key-for-testing";
    check(
        words,
        "the local-key-for-testing, for-testing",
        "the local-key-for-testing, for-testing",
    );
    check(words, "Bearer my-local-key-for-testing", "Bearer ••••••");
    check(words, r"my-local\u002dkey-for-testing\n", r"••••••\n");
    check(words, &STANDARD.encode(words), MASK);
    let zeros = format!("sk-or-v1-{}", "0".repeat(64));
    check(
        &zeros,
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-000000000000",
    );
    check(&zeros, &zeros, MASK);
    let drawn = "sk-or-v1-4f1d8c07b93e";
    check(
        drawn,
        "it begins 4f1d8c07b and goes on",
        "it begins •••••• and goes on",
    );
    check(drawn, &format!("glued{drawn}on"), "glued••••••on");
}

#[test]
fn several_secrets_are_looked_for_at_once() {
    let secrets = [
        "sk-or-v1-4f1d8c07b93e4f1d8c07b93e",
        "session cookie",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ];
    let redactor = Redactor::in_conversation(secrets, MASK);
    for secret in secrets {
        let encoded = STANDARD.encode(secret);
        let text = format!("a {secret} b {} c", encoded.trim_end_matches('='));
        assert_eq!(redactor.redact(text), format!("a {MASK} b {MASK} c"));
    }
    // Each prefix belongs to its own secret, and what stands in two of them to none.
    assert_eq!(
        redactor.redact("ghp_ sk-or-v1- session".to_owned()),
        "ghp_ sk-or-v1- session"
    );
    assert_eq!(
        Redactor::in_conversation([], MASK).redact("a b".to_owned()),
        "a b"
    );
}

#[test]
fn a_short_one_is_a_token_of_its_own() {
    let check = |text: &str, expected: &str| {
        assert_eq!(Redactor::new("test").redact(text.to_owned()), expected);
    };
    check("the key test is wrong", "the key •••••• is wrong");
    check("\"test\"", "\"••••••\"");
    check("Bearer TEST", "Bearer ••••••");
    check("&#116;est", "••••••");
    check("t%65st.", "••••••.");
    check("dGVzdA==", "••••••==");
    check("one\ntest\ntwo", "one\n••••••\ntwo");
    check("te\u{1b}st", "••••••");
    check("testing latest test_2", "testing latest test_2");
    assert_eq!(
        Redactor::new("k").redact("aw, shucks: k".to_owned()),
        "aw, shucks: ••••••"
    );
}

#[cfg(feature = "program")]
#[test]
fn a_stream_is_cut_anywhere() {
    let escaped = each(|c| format!("\\u{:04x}", c as u32));
    let spaced = each(|c| format!("{c} "));
    let lines = each(|c| format!("{c}\n"));
    for form in [KEY, &escaped, spaced.trim_end(), lines.trim_end()] {
        let text = format!("data: no such key {form}, sorry\n\ndata: é\n");
        for size in 1..text.len() {
            let mut redactor = StreamRedactor::with_mask(KEY, MASK);
            let mut shown = String::new();
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(size) {
                let piece: String = piece.iter().collect();
                shown.push_str(&redactor.take(&piece));
            }
            shown.push_str(&redactor.finish());
            assert_eq!(shown, text.replace(form, MASK), "{size}");
        }
    }
}

#[test]
fn a_long_text_is_searched_to_its_end() {
    let redactor = Redactor::new(KEY);
    for before in [PIECE - 10, PIECE, 3 * PIECE - OVERLAP - 5] {
        let text = format!("{}{KEY} {}", "é ".repeat(before / 3), "x ".repeat(PIECE));
        let redacted = redactor.redact(text.clone());
        assert_eq!(redacted, text.replace(KEY, MASK), "{before}");
    }
}

/// One way to write a character, by number.
fn written(c: char, how: u8) -> String {
    let code = c as u32;
    match how % 10 {
        0..=2 => c.to_string(),
        3 => format!("\\u{code:04x}"),
        4 => format!("%{code:02X}"),
        5 => format!("&#{code};"),
        6 => format!("&#x{code:X};"),
        7 if c.is_ascii_punctuation() => format!("\\{c}"),
        7 => format!("\\x{code:02x}"),
        8 => format!("%25{code:02x}"),
        _ => format!("\\\\u{code:04X}"),
    }
}

#[test]
fn a_key_may_look_escaped_itself() {
    for key in ["0=AAA\\aa", "0AA!\"%aa", "0&#170;A\"aa"] {
        let redacted = Redactor::new(key).redact(crate::json::quote(key));
        assert_eq!(redacted, format!("\"{MASK}\""), "{key}");
    }
}

proptest! {
    /// Whatever the key, and however each of its characters is escaped, nothing of it remains.
    #[test]
    fn any_key_in_any_mix_of_escapes(
        key in "[a-zA-Z0-9_.+/-]{8,40}",
        ways in proptest::collection::vec(any::<u8>(), 40),
        before in "[ \"'(<>,:]{0,6}",
        after in "[ \"')<>,;]{0,6}",
    ) {
        let escaped: String = key.chars().zip(ways).map(|(c, how)| written(c, how)).collect();
        let redacted = Redactor::new(&key).redact(format!("{before}{escaped}{after}"));
        prop_assert_eq!(redacted, format!("{before}{MASK}{after}"));
    }

    /// A key that looks escaped itself is found as it is and escaped once more.
    #[test]
    fn any_key_of_visible_ascii(key in "[!-~]{8,40}") {
        for form in [
            key.clone(),
            crate::json::quote(&key),
            key.chars().map(|c| format!("%{:02X}", c as u32)).collect(),
            key.chars().map(|c| format!("&#{};", c as u32)).collect(),
            STANDARD.encode(&key),
        ] {
            let redactor = Redactor::new(&key);
            let redacted = redactor.redact(form.clone());
            prop_assert!(redacted.contains(MASK), "{}: {}", form, redacted);
            prop_assert!(redactor.find(&redacted).is_empty(), "{}: {}", form, redacted);
        }
    }

    /// Text that has nothing to do with the key stays as it is, whatever it looks like.
    #[test]
    fn other_text_is_left_alone(
        key in "[a-f0-9]{32}",
        text in "([ -~]|\\\\u00[0-9a-f]{2}|%[0-9A-F]{2}|&amp;|&#[0-9]{2,3};|é|\n){0,200}",
    ) {
        prop_assert_eq!(Redactor::new(&key).redact(text.clone()), text);
    }
}
