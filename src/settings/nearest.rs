//! The known name that a mistyped one most likely stands for.

/// The name with the fewest changed letters, if that is few enough to be a typing error: one in
/// three letters, and at least two.
pub(super) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).max(2);
    names
        .into_iter()
        .map(|name| (changes(wrong, name), name))
        .filter(|(changes, name)| *changes <= most && *changes < name.chars().count())
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, name)| name)
}

/// How many letters to add, drop or replace.
fn changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((b, above), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let replaced = diagonal + usize::from(a != *b);
            left = replaced.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors() {
        let names = ["base_url", "project", "privacy", "default_user"];
        let table = [
            ("base-url", Some("base_url")),
            ("baseurl", Some("base_url")),
            ("projekt", Some("project")),
            ("privat", Some("privacy")),
            ("colour", None),
            ("x", None),
            ("", None),
        ];
        for (wrong, expected) in table {
            assert_eq!(nearest(wrong, names), expected, "{wrong}");
        }
    }
}
