//! Reads the crate's own source far enough to know which paths each file names: comments, literals
//! and test modules are left out, `use` trees are spelled out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A path as the source names it, `crate::`, `self::` and `super::` resolved where they can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// `["std", "fs", "File"]`; a macro's last segment ends with `!`, a glob is `*`.
    pub segments: Vec<String>,
    /// The line it stands on, from 1.
    pub line: usize,
}

/// One file of `src/`.
pub struct SourceFile {
    /// Relative to the package, with `/` between its parts.
    pub path: String,
    /// Its module: `["json", "parse"]` for `src/json/parse.rs`; empty for `src/lib.rs`.
    pub module: Vec<String>,
    /// Every path in it.
    pub paths: Vec<Named>,
}

/// All files of the library in a fixed order; `main.rs` is another crate.
pub fn library() -> &'static [SourceFile] {
    static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(read);
    &FILES
}

fn read() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    files.sort();
    files
        .iter()
        .filter(|file| !file.ends_with("src/main.rs"))
        .map(|file| {
            let text = fs::read_to_string(file).expect("source is UTF-8");
            let relative = file.strip_prefix(root).expect("a file of the package");
            let path = relative.to_string_lossy().replace('\\', "/");
            let module = module_of(&path);
            let paths = paths(&text, &module);
            SourceFile {
                path,
                module,
                paths,
            }
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the package") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// The crates that `Cargo.toml` names as dependencies of the library or the program, as the source
/// spells them.
pub fn dependencies() -> Vec<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = fs::read_to_string(manifest).expect("a manifest");
    let mut names = Vec::new();
    let mut is_wanted = false;
    for line in text.lines() {
        if let Some(section) = line.strip_prefix('[') {
            is_wanted = section == "dependencies]" || section.ends_with(".dependencies]");
        } else if let (true, Some((name, _))) = (is_wanted, line.split_once('=')) {
            names.push(name.trim().replace('-', "_"));
        }
    }
    names
}

/// Every path that `text`, the source of `module`, names outside comments, literals and test modules.
pub fn paths(text: &str, module: &[String]) -> Vec<Named> {
    let tokens = without_tests(tokens(text));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match &tokens[at].kind {
            Kind::Word(word) if word == "use" => {
                use_tree(&tokens, at + 1, &mut Vec::new(), &mut found)
            }
            Kind::Word(_) => inline_path(&tokens, at, &mut found),
            Kind::Mark(_) => at + 1,
        };
    }
    for named in &mut found {
        resolve(&mut named.segments, module);
    }
    found
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word(String),
    /// `:` stands for `::`; a single colon is left out, since it is never part of a path.
    Mark(char),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    line: usize,
}

impl Token {
    fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let peek = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        match chars[at] {
            '/' if peek(at + 1) == '/' => at = end_of_line(&chars, at),
            '/' if peek(at + 1) == '*' => at = end_of_comment(&chars, at),
            '"' => at = end_of_string(&chars, at),
            'r' | 'b' | 'c' if raw_string(&chars, at).is_some() => {
                at = raw_string(&chars, at).unwrap_or(at + 1);
            }
            '\'' if peek(at + 1) == '\\' || peek(at + 2) == '\'' => {
                at += 2;
                while peek(at) != '\'' && at < chars.len() {
                    at += 1;
                }
                at += 1;
            }
            ':' if peek(at + 1) == ':' => {
                tokens.push(Token {
                    kind: Kind::Mark(':'),
                    line,
                });
                at += 2;
            }
            first if first.is_alphabetic() || first == '_' => {
                while peek(at).is_alphanumeric() || peek(at) == '_' {
                    at += 1;
                }
                let word = chars[start..at].iter().collect();
                tokens.push(Token {
                    kind: Kind::Word(word),
                    line,
                });
            }
            mark => {
                if !mark.is_whitespace() && mark != ':' {
                    tokens.push(Token {
                        kind: Kind::Mark(mark),
                        line,
                    });
                }
                at += 1;
            }
        }
        line += chars[start..at.min(chars.len())]
            .iter()
            .filter(|&&c| c == '\n')
            .count();
    }
    tokens
}

fn end_of_line(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '\n' {
        at += 1;
    }
    at
}

fn end_of_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_string(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of a raw or byte string that begins at `at`, if one does.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let mut open = at;
    while matches!(chars.get(open), Some('r' | 'b' | 'c')) {
        open += 1;
    }
    let is_raw = chars[at..open].contains(&'r');
    let hashes = chars[open..].iter().take_while(|&&c| c == '#').count();
    let quote = open + hashes;
    if chars.get(quote) != Some(&'"') || (hashes > 0 && !is_raw) {
        return None;
    }
    if !is_raw {
        return Some(end_of_string(chars, quote));
    }
    let mut end = quote + 1;
    while end < chars.len() {
        let closes = chars[end] == '"'
            && chars[end + 1..]
                .iter()
                .take(hashes)
                .filter(|&&c| c == '#')
                .count()
                == hashes;
        end += 1;
        if closes {
            return Some(end + hashes);
        }
    }
    Some(end)
}

/// Leaves out what follows `#[cfg(test)]`, up to its `;` or closing brace.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let spelled = |token: &Token| match &token.kind {
        Kind::Word(word) => word.clone(),
        Kind::Mark(mark) => mark.to_string(),
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let ahead = tokens[at..].iter().take(CFG_TEST.len()).map(spelled);
        if !ahead.eq(CFG_TEST.map(str::to_owned)) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        while at < tokens.len() {
            let ends = match &tokens[at].kind {
                Kind::Mark('{') => {
                    depth += 1;
                    false
                }
                Kind::Mark('}') => {
                    depth -= 1;
                    depth == 0
                }
                Kind::Mark(';') => depth == 0,
                _ => false,
            };
            at += 1;
            if ends {
                break;
            }
        }
    }
    kept
}

/// Reads a `use` tree from `at` on and adds each path in it to `found`. Returns where it ends.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Named>,
) -> usize {
    let depth = prefix.len();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    let mut is_leaf = false;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Word(word) if word == "as" => at += 1,
            Kind::Word(word) => {
                prefix.push(word.clone());
                (line, is_leaf) = (token.line, true);
            }
            Kind::Mark('*') => {
                prefix.push("*".to_owned());
                (line, is_leaf) = (token.line, true);
            }
            Kind::Mark('{') => {
                is_leaf = false;
                loop {
                    at = use_tree(tokens, at + 1, prefix, found);
                    if !tokens.get(at).is_some_and(|token| token.is(',')) {
                        break;
                    }
                }
            }
            Kind::Mark(',' | '}' | ';') => break,
            Kind::Mark(_) => {}
        }
        at += 1;
    }
    if is_leaf {
        let mut segments = prefix.clone();
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        found.push(Named { segments, line });
    }
    prefix.truncate(depth);
    at
}

/// Reads the path that begins at `at`. Returns where it ends.
fn inline_path(tokens: &[Token], mut at: usize, found: &mut Vec<Named>) -> usize {
    let line = tokens[at].line;
    let is_member = at > 0 && tokens[at - 1].is('.');
    let mut segments = Vec::new();
    while let Some(Kind::Word(word)) = tokens.get(at).map(|token| &token.kind) {
        segments.push(word.clone());
        at += 1;
        if !tokens.get(at).is_some_and(|token| token.is(':')) {
            break;
        }
        at += 1;
    }
    if tokens.get(at).is_some_and(|token| token.is('!'))
        && !tokens.get(at + 1).is_some_and(|token| token.is('='))
        && let Some(last) = segments.last_mut()
    {
        last.push('!');
    }
    let is_path = segments.len() > 1 || segments[0].ends_with('!');
    if is_path && !is_member {
        found.push(Named { segments, line });
    }
    at
}

/// Spells `self::` and `super::` out as `crate::…`.
fn resolve(segments: &mut Vec<String>, module: &[String]) {
    let supers = segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let is_self = segments[0] == "self";
    if supers > module.len() || (supers == 0 && !is_self) {
        return;
    }
    let mut whole = vec!["crate".to_owned()];
    whole.extend_from_slice(&module[..module.len() - supers]);
    whole.extend_from_slice(&segments[supers + usize::from(is_self)..]);
    *segments = whole;
}
