//! Model slugs: `author/name:variant`, their dated forms, and routers that are no model.

/// The slug without its `:variant` (`:free`, `:nitro`, …) and without an attached preset.
pub fn without_variant(slug: &str) -> &str {
    let slug = slug.split('@').next().unwrap_or(slug);
    let name_at = slug.rfind('/').map_or(0, |at| at + 1);
    match slug[name_at..].find(':') {
        Some(at) => &slug[..name_at + at],
        None => slug,
    }
}

/// Whether a slug names a preset in place of, or beside, a model.
pub fn has_preset(slug: &str) -> bool {
    slug.contains('@')
}

/// Whether a slug names something that chooses a model: `openrouter/auto` and its like.
/// `openrouter/…` is also where models without a public name are listed: one of those is what comes back.
pub fn is_router(slug: &str, returned: Option<&str>) -> bool {
    slug.starts_with("openrouter/") && returned.is_some_and(|returned| !is_same(returned, slug))
        || without_variant(slug) == "openrouter/auto"
}

/// Whether two slugs name the same model, one perhaps by a dated permaslug
/// (`anthropic/claude-4.5-haiku-20251001` for `anthropic/claude-haiku-4.5`).
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (without_variant(one), without_variant(other));
    one == other || parts(one) == parts(other)
}

/// Which of the candidates a returned slug stands for.
pub fn candidate<'s>(returned: &str, candidates: &[&'s str]) -> Option<usize> {
    let exact = |slug: &&&'s str| without_variant(slug) == without_variant(returned);
    let index_of = |found: &&'s str| candidates.iter().position(|slug| std::ptr::eq(slug, found));
    if let Some(found) = candidates.iter().find(exact) {
        return index_of(found);
    }
    if let Some(found) = candidates.iter().find(|slug| is_same(returned, slug)) {
        return index_of(found);
    }
    // The longest candidate all of whose words the returned slug has.
    let (author, words) = parts(without_variant(returned));
    candidates
        .iter()
        .enumerate()
        .filter_map(|(index, slug)| {
            let (have_author, have) = parts(without_variant(slug));
            let is_within = have.iter().all(|word| words.contains(word));
            (have_author == author && is_within).then_some((have.len(), index))
        })
        .max_by_key(|(length, index)| (*length, std::cmp::Reverse(*index)))
        .map(|(_, index)| index)
}

/// Author, and the words of the name in alphabetical order, without a date at the end.
fn parts(slug: &str) -> (&str, Vec<&str>) {
    let (author, name) = slug.split_once('/').unwrap_or(("", slug));
    let mut words: Vec<&str> = name.split('-').collect();
    let is_number = |word: &str, length: usize| {
        word.len() == length && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    match words.as_slice() {
        [.., year, month, day]
            if is_number(year, 4) && is_number(month, 2) && is_number(day, 2) =>
        {
            words.truncate(words.len() - 3);
        }
        [_, .., date] if is_number(date, 8) => {
            words.pop();
        }
        _ => {}
    }
    words.sort_unstable();
    (author, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_variants_and_presets() {
        let check = |slug, expected| assert_eq!(without_variant(slug), expected);
        check(
            "google/gemini-3.5-flash-lite:nitro",
            "google/gemini-3.5-flash-lite",
        );
        check("a/b", "a/b");
        check("a/b@preset/c", "a/b");
        check("llama", "llama");
        check("http://x/a/b:free", "http://x/a/b");
    }

    #[test]
    fn knows_a_model_by_its_dated_slug() {
        let check =
            |one, other, expected| assert_eq!(is_same(one, other), expected, "{one} {other}");
        check(
            "anthropic/claude-4.5-haiku-20251001",
            "anthropic/claude-haiku-4.5",
            true,
        );
        check(
            "anthropic/claude-4.6-sonnet-20260217",
            "anthropic/claude-sonnet-4.6:free",
            true,
        );
        check("openai/gpt-4o-2024-08-06", "openai/gpt-4o", true);
        check("openai/gpt-4o", "openai/gpt-4o-mini", false);
        check("x/claude-haiku-4.5", "anthropic/claude-haiku-4.5", false);
    }

    #[test]
    fn matches_a_returned_slug_to_a_candidate() {
        let check = |returned, candidates: &[&str], expected| {
            assert_eq!(candidate(returned, candidates), expected, "{returned}");
        };
        check(
            "x-ai/grok-4",
            &["google/gemini:free", "x-ai/grok-4"],
            Some(1),
        );
        check(
            "x-ai/grok-4-07-09",
            &["x-ai/grok-4", "x-ai/grok-3"],
            Some(0),
        );
        check(
            "deepseek/deepseek-chat-v3",
            &["openai/gpt-4o", "deepseek/deepseek-chat"],
            Some(1),
        );
        check("meta/llama", &["openai/gpt-4o"], None);
    }

    #[test]
    fn tells_routers_from_models() {
        assert!(is_router("openrouter/auto", None));
        assert!(is_router("openrouter/fusion", Some("openai/gpt-4o")));
        assert!(!is_router(
            "openrouter/horizon-alpha",
            Some("openrouter/horizon-alpha")
        ));
        assert!(!is_router("openai/gpt-4o", Some("openai/gpt-4o-mini")));
    }
}
