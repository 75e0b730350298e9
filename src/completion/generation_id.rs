//! The ids that OpenRouter gives its generations: `gen-1780662787-HsCxAbCdEfGhIjKlMnOp`, earlier without the seconds.
//! Providers and clients have ids of their own.

/// What every id of a generation begins with.
pub(crate) const PREFIX: &str = "gen-";

/// Bytes of the shortest id that OpenRouter gave. Examples, which people write by hand, are shorter.
const SHORTEST_RECORDED: usize = 24;

/// Bytes of the longest one that is taken. OpenRouter's have 35.
pub(crate) const LONGEST: usize = 128;

/// Whether an id is one that OpenRouter gives a generation.
pub(crate) fn is_one(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// Whether an id is as OpenRouter makes them, so that nobody wrote it by hand.
pub(crate) fn is_recorded(id: &str) -> bool {
    let own = id.strip_prefix(PREFIX);
    (SHORTEST_RECORDED..=LONGEST).contains(&id.len())
        && own.is_some_and(|own| {
            own.bytes().any(|byte| byte.is_ascii_digit()) && own.bytes().all(is_of_one)
        })
}

/// Whether a byte may stand in an id.
fn is_of_one(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The first id in a text that nobody wrote by hand.
pub(crate) fn recorded_in(text: &[u8]) -> Option<&str> {
    let mut found = memchr::memmem::find_iter(text, PREFIX.as_bytes());
    found.find_map(|at| {
        let rest = &text[at..text.len().min(at + LONGEST + 1)];
        let length = rest.iter().take_while(|byte| is_of_one(**byte)).count();
        let is_begun = at == 0 || !is_of_one(text[at - 1]);
        let id = std::str::from_utf8(&rest[..length]).ok()?;
        (is_begun && is_recorded(id)).then_some(id)
    })
}

/// When the generation began, in Unix seconds, whose id stands first at the beginning of a text: of two ids OpenRouter
/// gave the one with the lower number earlier.
pub(crate) fn began_in(text: &[u8]) -> Option<u64> {
    const HEAD: usize = 1024;
    const DIGITS: usize = 10;
    let id = recorded_in(&text[..text.len().min(HEAD)])?;
    let (seconds, _) = id.strip_prefix(PREFIX)?.split_once('-')?;
    (seconds.len() == DIGITS).then(|| seconds.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ids_that_nobody_wrote_by_hand() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(recorded_in(text.as_bytes()), expected, "{text}");
        };
        assert_eq!(
            began_in(b"so: gen-1780662787-HsCxAbCdEfGhIjKlMnOp"),
            Some(1_780_662_787)
        );
        assert_eq!(began_in(b"so: gen-HsCx12AbCdEfGhIjKlMnOpQrStUvWx"), None);
        let id = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
        check(id, Some(id));
        check(&format!("vendor_id='{id}')"), Some(id));
        check(&format!("gen-1 and {id}\n"), Some(id));
        check("gen-xxxxxxxxxxxxxxxxxxxxxxxx", None);
        check("gen-1234567890", None);
        check(&format!("oxy{id}"), None);
        check(&format!("{id}{}", "a".repeat(LONGEST)), None);
        check("words", None);
    }
}
