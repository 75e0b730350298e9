//! What a completion was read as, for people.

/// The kind of source that a completion was read from, in plain words: `HAR recording`,
/// `chat completion in Markdown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// What it is: `sample`, `HAR recording`, `Broadcast delivery`.
    pub name: &'static str,
    /// What it was found in, where it was inside something that is no format of completions by itself:
    /// `Markdown`, `a log line`.
    pub within: Option<&'static str>,
}

/// What completions of a report are found in whose texts were left out of it.
pub(crate) const REPORT_WITHOUT_TEXT: &str = "a report of rainscope without text";

/// What stands for a text in such a report: how long it is. It is bracketed as loggers do, so that a report that is read
/// again does not take it for something that was said.
#[cfg(feature = "program")]
pub(crate) fn withheld(text: &str) -> String {
    format!("{WITHHELD}{} characters]", text.chars().count())
}

/// How that begins.
const WITHHELD: &str = "[text withheld, ";

/// Whether a text is what stands for one, or several of them joined: it may have come out of a report by any way, as a
/// sample that was saved.
pub(crate) fn is_withheld(text: &str) -> bool {
    text.starts_with(WITHHELD) && text.ends_with(" characters]")
}

/// Whether a text is what loggers write in the place of a value.
pub(crate) fn is_stand_in(text: &str) -> bool {
    const WORDS: [&str; 7] = [
        "[Object",
        "[Array",
        "[Circular",
        "[object ",
        "[MaxDepth",
        "{...}",
        "[...]",
    ];
    let is_whole = text.ends_with([']', '}']) && !text.contains('"');
    text.len() < 60 && is_whole && WORDS.iter().any(|word| text.starts_with(word))
}

impl Format {
    /// A format by itself.
    pub const fn named(name: &'static str) -> Format {
        Format { name, within: None }
    }

    /// Whether words stand in it where the conversation's text was left out, so that its event is nobody's.
    pub fn is_without_text(&self) -> bool {
        self.within == Some(REPORT_WITHOUT_TEXT)
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)?;
        match self.within {
            Some(within) => write!(f, " in {within}"),
            None => Ok(()),
        }
    }
}
