//! Model slugs: `author/name:variant`, their dated forms, and routers that are no model.

/// The slug without its `:variant` (`:free`, `:nitro`, …) and without an attached preset.
pub fn without_variant(slug: &str) -> &str {
    let bytes = slug.as_bytes();
    let whole = bytes.iter().position(|byte| *byte == b'@');
    let whole = whole.unwrap_or(bytes.len());
    let mut end = whole;
    for (at, byte) in bytes[..whole].iter().enumerate().rev() {
        match byte {
            b':' => end = at,
            b'/' => break,
            _ => {}
        }
    }
    &slug[..end]
}

/// Whether a slug names a preset in place of, or beside, a model.
pub fn has_preset(slug: &str) -> bool {
    slug.contains('@')
}

/// Whether a slug names a model itself, and not something that chooses one: a router, an alias for the
/// latest of a family (`~author/family-latest`), or a preset alone. `model@preset/slug` names a model.
pub fn is_concrete(slug: &str, returned: Option<&str>) -> bool {
    !without_variant(slug).is_empty() && !slug.starts_with('~') && !is_router(slug, returned)
}

/// Whether a slug names something that chooses a model: `openrouter/auto` and its like.
/// `openrouter/…` is also where models without a public name are listed: one of those is what comes back.
fn is_router(slug: &str, returned: Option<&str>) -> bool {
    slug.starts_with("openrouter/")
        && (without_variant(slug) == "openrouter/auto"
            || returned.is_some_and(|returned| !is_same(returned, slug)))
}

/// Whether two slugs name the same model, one perhaps by a dated permaslug
/// (`anthropic/claude-4.5-haiku-20251001` for `anthropic/claude-haiku-4.5`). Two dates are two models.
pub fn is_same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (without_variant(one), without_variant(other));
    if one == other {
        return true;
    }
    let ((author, words, date), (other_author, other_words, other_date)) =
        (parts(one), parts(other));
    let dates_agree = date.is_empty() || other_date.is_empty() || has_pairs(&date, &other_date);
    author == other_author && words == other_words && dates_agree
}

/// Whether a returned slug may stand for the one that was asked for: the same model, or one that is told
/// from it by a version alone (`deepseek/deepseek-chat-v3` for `deepseek/deepseek-chat`).
pub fn may_stand_for(returned: &str, asked: &str) -> bool {
    let ((author, words, _), (asked_author, asked_words, _)) = (
        parts(without_variant(returned)),
        parts(without_variant(asked)),
    );
    let is_version = |word: &String| {
        let number = word.strip_prefix('v').unwrap_or(word);
        !number.is_empty()
            && number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let holds_all = asked_words.iter().all(|word| words.contains(word));
    let mut more = words.iter().filter(|word| !asked_words.contains(word));
    is_same(returned, asked) || (author == asked_author && holds_all && more.all(is_version))
}

/// Whether the shorter of two dates is part of the longer, whatever the order of day, month and year:
/// `2507` of `2025-07-25`.
fn has_pairs(one: &str, other: &str) -> bool {
    let pairs = |date: &str| -> Vec<String> {
        let digits: Vec<char> = date.chars().collect();
        digits.chunks(2).map(|pair| pair.iter().collect()).collect()
    };
    let (mut longer, mut shorter) = (pairs(one), pairs(other));
    if longer.len() < shorter.len() {
        std::mem::swap(&mut longer, &mut shorter);
    }
    shorter.iter().all(|pair| {
        let place = longer.iter().position(|other| other == pair);
        place.map(|place| longer.swap_remove(place)).is_some()
    })
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
    let (author, words, _) = parts(without_variant(returned));
    candidates
        .iter()
        .enumerate()
        .filter_map(|(index, slug)| {
            let (have_author, have, _) = parts(without_variant(slug));
            let is_within = have.iter().all(|word| words.contains(word));
            (have_author == author && is_within).then_some((have.len(), index))
        })
        .max_by_key(|(length, index)| (*length, std::cmp::Reverse(*index)))
        .map(|(_, index)| index)
}

/// Author; the words of the name in alphabetical order, versions in one (`3-7` is `3.7`); and the digits of
/// a date at the end.
fn parts(slug: &str) -> (&str, Vec<String>, String) {
    let (author, name) = slug.split_once('/').unwrap_or(("", slug));
    let mut words: Vec<&str> = name.split('-').collect();
    let date = words.split_off(words.len() - date_words(&words)).concat();
    let is_digit = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut may_join = false;
    for word in words {
        match out.last_mut() {
            Some(last) if may_join && is_digit(word) => {
                *last = format!("{last}.{word}");
                may_join = false;
            }
            _ => {
                out.push(word.to_owned());
                may_join = is_digit(word);
            }
        }
    }
    out.sort_unstable();
    (author, out, date)
}

/// How many of a name's words, at its end, are a date. At least one word is the name.
fn date_words(words: &[&str]) -> usize {
    let is_number = |word: &str, length: usize| {
        word.len() == length && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    match words {
        [_, .., year, month, day]
            if is_number(year, 4) && is_number(month, 2) && is_number(day, 2) =>
        {
            3
        }
        [_, .., month, year] if is_number(month, 2) && is_number(year, 4) => 2,
        [_, .., month, day] if is_number(month, 2) && is_number(day, 2) => 2,
        [_, .., date] if is_number(date, 8) || is_number(date, 4) => 1,
        _ => 0,
    }
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
        check(
            "anthropic/claude-3-7-sonnet-20250219",
            "anthropic/claude-3.7-sonnet",
            true,
        );
        check("openai/gpt-4o-2024-08-06", "openai/gpt-4o", true);
        check(
            "openai/gpt-4o-2024-08-06",
            "openai/gpt-4o-2024-11-20",
            false,
        );
        check("x-ai/grok-4-07-09", "x-ai/grok-4", true);
        check(
            "google/gemini-2.5-flash-preview-09-2025",
            "google/gemini-2.5-flash-preview",
            true,
        );
        check(
            "qwen/qwen3-235b-a22b-07-25",
            "qwen/qwen3-235b-a22b-2507",
            true,
        );
        check("openai/gpt-4-1106", "openai/gpt-4-0613", false);
        check("openai/2024", "openai/2025", false);
        check("openai/gpt-4o", "openai/gpt-4o-mini", false);
        check("x/claude-haiku-4.5", "anthropic/claude-haiku-4.5", false);
    }

    #[test]
    fn a_version_is_no_other_model() {
        let check = |returned, asked, expected| {
            assert_eq!(may_stand_for(returned, asked), expected, "{returned}");
        };
        check("deepseek/deepseek-chat-v3", "deepseek/deepseek-chat", true);
        check(
            "google/gemini-2.0-flash-001",
            "google/gemini-2.0-flash",
            true,
        );
        check(
            "anthropic/claude-4.6-sonnet-20260217",
            "anthropic/claude-sonnet-4.6",
            true,
        );
        check("openai/gpt-4o-mini", "openai/gpt-4o", false);
        check("x-ai/grok-4-fast", "x-ai/grok-4", false);
        check("openai/gpt-4", "openai/gpt-4o", false);
        check("qwen/qwen3-235b-a22b-07-25", "openai/gpt-4o-mini", false);
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
    fn tells_models_from_what_chooses_one() {
        let check = |slug, returned, expected| {
            assert_eq!(is_concrete(slug, returned), expected, "{slug}");
        };
        check("openrouter/auto", None, false);
        check("openrouter/fusion", Some("openai/gpt-4o"), false);
        check(
            "openrouter/horizon-alpha",
            Some("openrouter/horizon-alpha"),
            true,
        );
        check("openai/gpt-4o", Some("openai/gpt-4o-mini"), true);
        check("~anthropic/claude-opus-latest", None, false);
        check("~openai/gpt-latest:free", Some("openai/gpt-5"), false);
        check("@preset/desk", None, false);
        check("openai/gpt-4o@preset/desk", None, true);
        check("~openai/gpt-latest@preset/desk", None, false);
    }
}
