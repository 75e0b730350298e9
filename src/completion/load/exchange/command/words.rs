//! The words of a command line as the shell that it was written for takes them: a POSIX shell, Windows' `cmd`, or
//! PowerShell. Nothing is run, and nothing is put in for a variable; what a shell would have put in is told.

use std::iter::Peekable;
use std::str::CharIndices;

/// How many characters of a text are looked through for the end of the command.
const LONGEST: usize = 16 << 20;

/// A word without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// Where it begins, behind its quote.
    pub offset: usize,
    /// Whether it stands in the text as it is.
    pub is_verbatim: bool,
    /// What a shell would run to make it: `$(…)`, or what stands between backticks.
    pub substitution: Option<String>,
    /// Variables that a shell would put in.
    pub variables: Vec<String>,
}

/// A command line taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    pub words: Vec<Word>,
    /// What stands in the lines below it for its standard input (`<<EOF`).
    pub here_document: Option<Word>,
    /// Whether it ends within quotes.
    pub is_open: bool,
    /// Where it ends: behind its last line.
    pub end: usize,
}

/// The shells that people copy commands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Posix,
    /// Lines go on behind `^`, which also takes the meaning from what follows it.
    Cmd,
    /// Lines go on behind a backtick, which escapes as well.
    PowerShell,
}

impl Syntax {
    /// Told by how a line goes on: `\`, `^` or a backtick. A browser's `cmd` form has `^"` for each quote.
    fn of(text: &str) -> Syntax {
        let mut lines = text.lines().map(str::trim_end);
        let first = lines.next().unwrap_or_default();
        if first.ends_with('^') || first.contains("^\"") {
            Syntax::Cmd
        } else if first.ends_with(" `") {
            Syntax::PowerShell
        } else {
            Syntax::Posix
        }
    }

    const fn escape(self) -> char {
        match self {
            Syntax::Posix => '\\',
            Syntax::Cmd => '^',
            Syntax::PowerShell => '`',
        }
    }
}

/// Takes the command apart whose first argument begins at `start`.
pub(super) fn split(text: &str, start: usize) -> CommandLine {
    split_as(Syntax::of(&text[start..]), text, start)
}

/// The same of a command that only PowerShell knows.
pub(super) fn split_in_power_shell(text: &str, start: usize) -> CommandLine {
    split_as(Syntax::PowerShell, text, start)
}

fn split_as(shell: Syntax, text: &str, start: usize) -> CommandLine {
    let rest = text[start..].char_indices();
    let mut reader = WordReader {
        text,
        start,
        chars: rest.peekable(),
        shell,
        line: CommandLine::default(),
        word: None,
        here: None,
    };
    reader.read();
    reader.line
}

/// Reads a command line.
struct WordReader<'t> {
    text: &'t str,
    start: usize,
    chars: Peekable<CharIndices<'t>>,
    shell: Syntax,
    line: CommandLine,
    word: Option<Word>,
    /// The line that ends what stands below for the standard input.
    here: Option<String>,
}

impl Word {
    pub(super) fn at(offset: usize) -> Word {
        Word {
            text: String::new(),
            offset,
            is_verbatim: true,
            substitution: None,
            variables: Vec::new(),
        }
    }
}

impl WordReader<'_> {
    fn next(&mut self) -> Option<(usize, char)> {
        let (at, c) = self.chars.next()?;
        (at <= LONGEST).then_some((self.start + at, c))
    }

    fn next_if(&mut self, is_it: impl Fn(char) -> bool) -> Option<char> {
        self.chars.next_if(|(_, c)| is_it(*c)).map(|(_, c)| c)
    }

    fn place(&mut self) -> usize {
        let next = self.chars.peek().map(|(at, _)| self.start + at);
        next.unwrap_or(self.text.len())
    }

    fn word(&mut self, at: usize) -> &mut Word {
        self.word.get_or_insert_with(|| Word::at(at))
    }

    /// Adds a character that stands in the text as it is.
    fn push(&mut self, at: usize, c: char) {
        let word = self.word(at);
        word.is_verbatim &= at == word.offset + word.text.len();
        word.text.push(c);
    }

    /// Adds what is written otherwise in the text.
    fn push_made(&mut self, at: usize, made: &str) {
        let word = self.word(at);
        word.is_verbatim = false;
        word.text.push_str(made);
    }

    fn end_word(&mut self) {
        let word = self.word.take();
        self.line.words.extend(word);
    }

    fn read(&mut self) {
        while let Some((at, c)) = self.next() {
            match c {
                '\n' => break,
                '|' | ';' | '&' => {
                    self.skip_line();
                    break;
                }
                ' ' | '\t' | '\r' => self.end_word(),
                '<' if self.next_if(|c| c == '<').is_some() => self.begin_here(),
                c if c == self.shell.escape() => self.escaped(at),
                '\\' if self.shell == Syntax::Cmd => self.backslash_of_windows(at),
                '"' => self.double_quoted(at),
                '\'' if self.shell != Syntax::Cmd => self.single_quoted(at),
                '$' if self.shell == Syntax::Posix && self.next_if(|c| c == '\'').is_some() => {
                    self.ansi_quoted(at);
                }
                '$' | '`' if self.shell == Syntax::Posix => self.expanded(at, c),
                c => self.push(at, c),
            }
        }
        self.end_word();
        self.line.end = self.place();
        if let Some(tag) = self.here.take() {
            self.read_here(&tag);
        }
    }

    fn skip_line(&mut self) {
        while let Some((_, c)) = self.next() {
            if c == '\n' {
                break;
            }
        }
    }

    /// Behind the sign that escapes: the line goes on, or the next character is itself.
    fn escaped(&mut self, at: usize) {
        if self.shell == Syntax::Posix || self.shell == Syntax::PowerShell || self.word.is_none() {
            let is_return = self.next_if(|c| c == '\r').is_some();
            if self.next_if(|c| c == '\n').is_some() || is_return {
                return;
            }
        }
        let Some((_, c)) = self.next() else { return };
        match (self.shell, c) {
            // In a word, a line break that was escaped, and stands twice, is one.
            (Syntax::Cmd, '\n' | '\r') => {
                self.next_if(|c| c == '\n');
                if self.next_if(|c| matches!(c, '\n' | '\r')).is_some() {
                    self.next_if(|c| c == '\n');
                    self.push_made(at, "\n");
                }
            }
            (Syntax::Cmd, '"') => self.double_quoted(at),
            (Syntax::Cmd, '\\') => self.backslash_of_windows(at),
            (Syntax::PowerShell, 'n') => self.push_made(at, "\n"),
            (Syntax::PowerShell, 't') => self.push_made(at, "\t"),
            (_, c) => self.push_made(at, c.encode_utf8(&mut [0; 4])),
        }
    }

    /// A backslash as a program on Windows reads it: before a quote it makes that a character.
    fn backslash_of_windows(&mut self, at: usize) {
        self.next_if(|c| c == '^');
        match self.next_if(|c| matches!(c, '"' | '\\')) {
            Some(c) => self.push_made(at, c.encode_utf8(&mut [0; 4])),
            None => self.push(at, '\\'),
        }
    }

    fn single_quoted(&mut self, at: usize) {
        self.open_quote(at + 1);
        while let Some((at, c)) = self.next() {
            match c {
                '\'' if self.shell == Syntax::PowerShell
                    && self.next_if(|c| c == '\'').is_some() =>
                {
                    self.push_made(at, "'");
                }
                '\'' => return,
                c => self.push(at, c),
            }
        }
        self.line.is_open = true;
    }

    fn double_quoted(&mut self, at: usize) {
        self.open_quote(at + 1);
        while let Some((at, c)) = self.next() {
            match (self.shell, c) {
                (Syntax::Cmd, '^') => match self.next_if(|c| c == '"') {
                    // A browser writes a quote that closes like this, and one that is a character behind a backslash.
                    Some(_) => return,
                    None => self.escaped(at),
                },
                (Syntax::Cmd, '\\') => self.backslash_of_windows(at),
                (Syntax::PowerShell, '`') => self.escaped(at),
                (Syntax::PowerShell, '"') if self.next_if(|c| c == '"').is_some() => {
                    self.push_made(at, "\"");
                }
                (_, '"') => return,
                (_, '\\') => {
                    let is_special = |c| matches!(c, '"' | '\\' | '$' | '`');
                    if self.shell == Syntax::Posix && self.next_if(|c| c == '\n').is_some() {
                        self.push_made(at, "");
                    } else if let Some(c) = self.next_if(is_special) {
                        self.push_made(at, c.encode_utf8(&mut [0; 4]));
                    } else {
                        self.push(at, '\\');
                    }
                }
                (Syntax::Posix, '$' | '`') => self.expanded(at, c),
                (_, c) => self.push(at, c),
            }
        }
        self.line.is_open = true;
    }

    /// `$'…'`, in which a backslash introduces what C has: a browser writes it where there are quotes or line breaks.
    fn ansi_quoted(&mut self, at: usize) {
        self.open_quote(at + 2);
        while let Some((at, c)) = self.next() {
            match c {
                '\'' => return,
                '\\' => {
                    let Some((_, c)) = self.next() else { break };
                    let made = match c {
                        'n' => Some('\n'),
                        't' => Some('\t'),
                        'r' => Some('\r'),
                        'a' => Some('\x07'),
                        'b' => Some('\x08'),
                        'e' | 'E' => Some('\x1b'),
                        'f' => Some('\x0c'),
                        'v' => Some('\x0b'),
                        'x' => self.number(16, 2),
                        'u' => self.unicode(),
                        'U' => self.number(16, 8),
                        '0'..='7' => self.octal(c),
                        c => Some(c),
                    };
                    let made = made.unwrap_or('\u{fffd}');
                    self.push_made(at, made.encode_utf8(&mut [0; 4]));
                }
                c => self.push(at, c),
            }
        }
        self.line.is_open = true;
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut number = 0u32;
        for _ in 0..most {
            let Some(c) = self.next_if(|c| c.is_digit(radix)) else {
                break;
            };
            number = number * radix + c.to_digit(radix).unwrap_or(0);
        }
        number
    }

    fn number(&mut self, radix: u32, most: usize) -> Option<char> {
        char::from_u32(self.digits(radix, most))
    }

    fn octal(&mut self, first: char) -> Option<char> {
        let rest = self.chars.clone();
        let more = rest.take(2).take_while(|(_, c)| c.is_digit(8)).count();
        let first = first.to_digit(8)?;
        let scale = 8u32.pow(u32::try_from(more).ok()?);
        char::from_u32(first * scale + self.digits(8, more))
    }

    /// Four hexadecimal digits after `\u`; a browser writes what lies beyond as two of them.
    fn unicode(&mut self) -> Option<char> {
        let first = self.digits(16, 4);
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        let mut ahead = self.chars.clone().map(|(_, c)| c);
        if (ahead.next(), ahead.next()) != (Some('\\'), Some('u')) {
            return None;
        }
        self.next();
        self.next();
        let second = self.digits(16, 4);
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)
    }

    /// What a shell would put in: the text of it stays, and is told.
    fn expanded(&mut self, at: usize, c: char) {
        let begins = at;
        if c == '`' {
            self.push(at, c);
            while let Some((at, c)) = self.next() {
                self.push(at, c);
                if c == '`' {
                    break;
                }
            }
        } else if self.next_if(|c| c == '(').is_some() {
            self.push(at, '$');
            self.push(at + 1, '(');
            let mut depth = 1;
            while depth > 0 {
                let Some((at, c)) = self.next() else { break };
                depth += i32::from(c == '(') - i32::from(c == ')');
                self.push(at, c);
            }
        } else {
            return self.variable(at);
        }
        let end = self.place();
        let what = self.text[begins..end].to_owned();
        self.word(begins).substitution.get_or_insert(what);
    }

    fn variable(&mut self, at: usize) {
        self.push(at, '$');
        let is_braced = self.chars.peek().is_some_and(|(_, c)| *c == '{');
        if is_braced && let Some((at, c)) = self.next() {
            self.push(at, c);
        }
        let begins = self.place();
        let mut is_first = true;
        while let Some((_, c)) = self.chars.peek().copied() {
            let is_part = c == '_'
                || if is_first {
                    c.is_ascii_alphabetic()
                } else {
                    c.is_ascii_alphanumeric()
                };
            if !is_part {
                break;
            }
            is_first = false;
            if let Some((at, c)) = self.next() {
                self.push(at, c);
            }
        }
        let end = self.place();
        if end > begins {
            let name = self.text[begins..end].to_owned();
            self.word(at).variables.push(name);
        }
    }

    /// A quote begins; what is in it stands as it is if nothing stood before it.
    fn open_quote(&mut self, inside: usize) {
        match &mut self.word {
            None => self.word = Some(Word::at(inside)),
            Some(word) if word.text.is_empty() => word.offset = inside,
            Some(word) => word.is_verbatim = false,
        }
    }

    /// `<<EOF`, `<<-'EOF'`: what stands below, to that line, is the standard input.
    fn begin_here(&mut self) {
        self.end_word();
        self.next_if(|c| c == '-');
        while self.next_if(|c| c == ' ').is_some() {}
        let mut tag = String::new();
        while let Some(c) = self.next_if(|c| !c.is_whitespace() && !matches!(c, '|' | ';' | '&')) {
            tag.extend(Some(c).filter(|c| !matches!(c, '\'' | '"' | '\\')));
        }
        self.here = Some(tag);
    }

    fn read_here(&mut self, tag: &str) {
        let start = self.line.end;
        let mut at = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim() == tag {
                let mut word = Word::at(start);
                self.text[start..at].clone_into(&mut word.text);
                self.line.here_document = Some(word);
                self.line.end = at + line.len();
                return;
            }
            at += line.len();
        }
        self.line.is_open = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, bool)> {
        let line = split(text, "curl ".len());
        let words = line.words.into_iter();
        words.map(|word| (word.text, word.is_verbatim)).collect()
    }

    #[test]
    fn takes_a_command_apart_as_its_shell_does() {
        let check = |text: &str, expected: &[(&str, bool)]| {
            let found = words(text);
            let found: Vec<(&str, bool)> = found
                .iter()
                .map(|(text, is_verbatim)| (text.as_str(), *is_verbatim))
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "curl -i 'a b' \"c\"\nHTTP/2 200",
            &[("-i", true), ("a b", true), ("c", true)],
        );
        check(
            "curl x \\\n  -d '{\"a\":1}' | jq",
            &[("x", true), ("-d", true), ("{\"a\":1}", true)],
        );
        check("curl x \\\r\n  y", &[("x", true), ("y", true)]);
        check(r"curl 'it'\''s'", &[("it's", false)]);
        check(
            r#"curl "say \"hi\"" a\ b"#,
            &[("say \"hi\"", false), ("a b", false)],
        );
        check("curl 'open", &[("open", true)]);
        check(
            r"curl $'it\'s\n\u00e9\ud83d\ude00\x41\101'",
            &[("it's\né😀AA", false)],
        );
        check("curl a=b'c'", &[("a=bc", false)]);
        // As browsers copy for `cmd`, and as people write there.
        check(
            "curl ^\"https://x/y^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"b c^\\^\"^}^\"",
            &[
                ("https://x/y", false),
                ("--data-raw", true),
                ("{\"a\":\"b c\"}", false),
            ],
        );
        check(
            "curl https://x ^\n -d \"{\\\"a\\\":1}\"",
            &[("https://x", true), ("-d", true), ("{\"a\":1}", false)],
        );
        check(
            "curl https://x `\n -d '{\"a\":''b''}' \"c`\"d\\\"\"",
            &[
                ("https://x", true),
                ("-d", true),
                ("{\"a\":'b'}", false),
                ("c\"d\"", false),
            ],
        );
    }

    #[test]
    fn what_a_shell_would_put_in_is_told() {
        let check = |text: &str, substitution: Option<&str>, variables: &[&str]| {
            let line = split(text, "curl ".len());
            let word = &line.words[0];
            assert_eq!(word.substitution.as_deref(), substitution, "{text}");
            assert_eq!(word.variables, variables, "{text}");
        };
        check("curl \"$(cat (a) b)\"", Some("$(cat (a) b)"), &[]);
        check("curl `cat a`", Some("`cat a`"), &[]);
        check("curl \"Bearer $KEY ${OTHER}\"", None, &["KEY", "OTHER"]);
        check("curl '$(no) $NONE `none`'", None, &[]);
        check("curl \"costs $5 and \\$X\"", None, &[]);
    }

    #[test]
    fn what_stands_below_is_the_standard_input() {
        let line = split("curl x -d @- <<'EOF'\n{\"a\":1}\nEOF\nmore", "curl ".len());
        assert_eq!(
            line.here_document.map(|word| word.text).as_deref(),
            Some("{\"a\":1}\n")
        );
        assert_eq!(line.words.len(), 3);
        assert_eq!(line.end, "curl x -d @- <<'EOF'\n{\"a\":1}\nEOF\n".len());
        assert!(split("curl x <<EOF\n{", "curl ".len()).is_open);
    }
}
