//! Where a command begins on its line, and what a shell was told before it.

use super::tools::Tool;
use super::words::{self, Word};

/// What stands before a command's first argument.
pub(super) struct Preamble {
    /// Where that begins.
    pub(super) start: usize,
    /// What was given to the command's standard input: `echo '…' | curl …`.
    pub(super) piped: Option<Word>,
    /// Variables that the shell was told before.
    pub(super) variables: Vec<(String, Word)>,
    pub(super) tool: Tool,
}

impl Preamble {
    /// That of the first command of a text: the lines before it are words, or tell the shell its variables.
    pub(super) fn of(text: &str) -> Option<Preamble> {
        const MOST_LINES: usize = 12;
        let mut variables = Vec::new();
        let mut at = 0;
        for _ in 0..MOST_LINES {
            let rest = text.get(at..)?;
            let line = &rest[..memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())];
            if let Some(found) = start_in(line) {
                let piped = found.piped;
                return Some(Preamble {
                    start: at + found.start,
                    piped: piped.and_then(|piped| words::split(text, at + piped).words.pop()),
                    variables,
                    tool: found.tool,
                });
            }
            match assigned(line) {
                Some((name, value)) => {
                    let line = words::split(text, at + value);
                    // A log's members stand so too, several on a line.
                    if line.words.len() > 1 {
                        return None;
                    }
                    let value = line.words.into_iter().next();
                    variables.extend(value.map(|value| (name.to_owned(), value)));
                    at = line.end;
                }
                // Of Markdown with fences each is read by itself.
                None if may_stand_before(line)
                    || is_label(line)
                    || is_heading(line) && !text.contains("```") =>
                {
                    at += line.len() + 1;
                }
                None => return None,
            }
        }
        None
    }
}

/// Whether a line may stand before a command: words, and nothing that is of a format.
fn may_stand_before(line: &str) -> bool {
    const LONGEST: usize = 200;
    const OTHERS: [&str; 12] = [
        "```", "~~~", "#", "<", ">", "*", "%", "- ", "HTTP/", "data:", "event:", ":",
    ];
    // As YAML has it, which may hold a script.
    let is_key = line
        .split_whitespace()
        .next()
        .is_some_and(|word| word.ends_with(':'));
    line.len() <= LONGEST
        && !is_key
        && !line.contains(['{', '}', '"'])
        && !OTHERS.iter().any(|start| line.starts_with(start))
}

/// Whether a line is a few words that say what follows (`Request:`, `**cURL**`), or a notebook's that a shell reads the rest.
fn is_label(line: &str) -> bool {
    const LONGEST: usize = 60;
    if matches!(line.trim_end(), "%%bash" | "%%sh" | "%%shell") {
        return true;
    }
    let bare = line.trim_end().trim_matches('*');
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')' | '/' | '.' | '-');
    let words = bare.strip_suffix(':').unwrap_or(bare);
    let is_marked = line.starts_with("**") || words.len() < bare.len();
    is_marked
        && line.len() <= LONGEST
        && !words.is_empty()
        && words.chars().all(is_word)
        && !words.starts_with([' ', '-'])
}

/// Whether a line is a heading, or a comment of a shell's.
fn is_heading(line: &str) -> bool {
    const LONGEST: usize = 200;
    let rest = line.trim_start_matches('#');
    let is_one = rest.len() < line.len() && rest.starts_with([' ', '!']);
    is_one && line.len() <= LONGEST && !rest.contains(['{', '}'])
}

/// The name that a line gives a value in the shell, and where that begins: `export DATA='…'`.
pub(super) fn assigned(line: &str) -> Option<(&str, usize)> {
    let bare = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = bare.split_once('=')?;
    // PowerShell's, perhaps behind its prompt: `PS C:\> $body = '…'`.
    let named = name.rsplit_once("> ").map_or(name, |(_, name)| name);
    if let Some(name) = named.strip_prefix('$').map(str::trim_end) {
        let value = value.trim_start();
        let is_text = value.starts_with(['\'', '"']);
        return (is_name(name) && is_text).then(|| (name, line.len() - value.len()));
    }
    is_name(name).then(|| (name, line.len() - value.len()))
}

fn is_name(name: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_of_name)
}

/// A command on a line.
pub(super) struct CommandStart {
    /// Where its first argument begins.
    pub(super) start: usize,
    /// Where that of the command begins which writes what it reads.
    piped: Option<usize>,
    pub(super) tool: Tool,
}

/// The command that a line begins with.
pub(super) fn start_in(line: &str) -> Option<CommandStart> {
    const WRITERS: [&str; 2] = ["echo ", "printf '%s' "];
    // Nearly every line shows soon that it is none.
    if !line.contains(' ') {
        return None;
    }
    if let Some((at, writer)) = WRITERS
        .iter()
        .find_map(|writer| Some((line.find(writer)?, writer)))
        && is_prompt(&line[..at])
        && let Some(pipe) = line.rfind("| ")
        && pipe > at
    {
        let behind = pipe + "| ".len();
        let (_, start, tool) = Tool::named_in(&line[behind..]).find(|(at, ..)| *at == 0)?;
        return Some(CommandStart {
            start: behind + start,
            piped: Some(at + writer.len()),
            tool,
        });
    }
    let (_, start, tool) = Tool::named_in(line).find(|(at, start, tool)| {
        let before = &line[..*at];
        match tool {
            Tool::PowerShell => is_prompt(without_variable(before)),
            _ => is_prompt(before) || is_any_prompt(before) && is_call(&line[*start..]),
        }
    })?;
    Some(CommandStart {
        start,
        piped: None,
        tool,
    })
}

/// Whether what stands behind a command's name asks a server, so that the name is no word of a sentence.
fn is_call(arguments: &str) -> bool {
    let bare = arguments.trim_end();
    let is_option = bare.starts_with('-') && bare.ends_with('\\');
    let address = |at: usize| {
        bare[..at].split_whitespace().count() <= 1 || bare.starts_with('-') || bare.contains(" -")
    };
    is_option || bare.find("://").is_some_and(address)
}

/// Whether what stands before a command may be a prompt, whatever sign it ends with, the mark of an item, a label, or the
/// path of the command.
fn is_any_prompt(before: &str) -> bool {
    const LONGEST: usize = 80;
    let bare = before.trim();
    let is_sign = |last: char| {
        let is_of_words = "\"'`([{=,;|&".contains(last) || last.is_alphanumeric();
        !is_of_words || last == 'λ'
    };
    // YAML has scripts so, further in.
    let is_key = bare.ends_with(':') && before.starts_with([' ', '\t', '-']);
    let is_step = bare
        .strip_suffix(['.', ')'])
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let is_word = matches!(bare, "RUN" | "run");
    let is_sentence = bare.ends_with('.') && !is_step;
    (bare.ends_with(is_sign) || is_step || is_word)
        && !(is_key || is_sentence)
        && bare.len() < LONGEST
        && !bare.contains(['{', '"'])
}

/// What stands before a command of PowerShell's, without the variable that it gives its answer to: `$r = `.
fn without_variable(before: &str) -> &str {
    let bare = before.trim_end();
    let Some(given) = bare.strip_suffix('=').map(str::trim_end) else {
        return before;
    };
    match given.rfind('$') {
        Some(at) if is_name(&given[at + 1..]) => &given[..at],
        _ => before,
    }
}

/// Whether a command may stand behind the beginning of a line: a prompt, or nothing. Words that go with a command change
/// nothing of what it asks.
fn is_prompt(before: &str) -> bool {
    const LONGEST: usize = 80;
    let mut bare = before.trim();
    while let Some(word) = bare.split_whitespace().next_back() {
        let is_given = word.split_once('=').is_some_and(|(name, _)| is_name(name));
        let is_of_trace = word.bytes().all(|byte| byte == b'+');
        if !(is_given || is_of_trace || matches!(word, "time" | "sudo" | "command")) {
            break;
        }
        bare = bare[..bare.len() - word.len()].trim_end();
    }
    // JSON is told by its beginning alone, and may speak of a command.
    let is_json = bare.contains(['{', '"']);
    (bare.is_empty() || bare.ends_with(['$', '%', '#', '>'])) && bare.len() < LONGEST && !is_json
}
