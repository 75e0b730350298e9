//! What several panes say of the row under the cursor, in the footer.

use crate::inspector::ui::theme::Look;
use crate::inspector::ui::words::Words;

/// Said of a value from which text of the conversation leaves in spite of privacy mode.
const LEAKS: &str = "repeats the conversation past privacy mode";

/// Says first of all that text of the conversation leaves here, where it does.
pub(crate) fn leaking(leaks: bool, look: &Look) -> Words {
    let words = Words::new();
    match leaks {
        true => words
            .add(&format!("{} ", look.symbols.error), look.theme.error)
            .add(LEAKS, look.theme.error)
            .add("  ", look.theme.text),
        false => words,
    }
}
