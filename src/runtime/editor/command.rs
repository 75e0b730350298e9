//! The person's own editor, and the private file that it works on. No shell reads the variable; it is split into
//! words, with quotes as in a shell.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::inspector::edits::external_editor::EditorOutcome;
use crate::inspector::windows::problems::FilePlace;
use crate::settings::Environment;
use crate::settings::environment::{EDITOR, VISUAL};
use crate::system;

/// Most bytes read back. Chosen: four times what Raindrop takes for a whole event.
const MOST: usize = 4 << 20;

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runtime) struct EditorCommand {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
}

impl EditorCommand {
    /// The editor that the variables name, `VISUAL` before `EDITOR`.
    pub(super) fn of(environment: &Environment) -> Result<EditorCommand, EditorOutcome> {
        let named = [VISUAL, EDITOR]
            .into_iter()
            .find_map(|variable| Some((variable, environment.get(variable)?)));
        let (variable, text) = named.ok_or(EditorOutcome::NoEditor)?;
        let words = words(text).ok_or_else(|| {
            let why = format!("a quote in {variable} is not closed");
            EditorOutcome::NotRun(text.to_owned(), why)
        })?;
        let mut words = words.into_iter();
        let program = words.next().ok_or(EditorOutcome::NoEditor)?;
        Ok(EditorCommand {
            program,
            arguments: words.collect(),
        })
    }

    /// The arguments that open a file at a place, if it is known how to tell this editor.
    pub(super) fn arguments_for(&self, place: &FilePlace) -> Vec<String> {
        let FilePlace { file, line, column } = place;
        // A name that begins like an option must not become one.
        let file = match file.starts_with('-') {
            true => format!("./{file}"),
            false => file.to_string(),
        };
        let name = self.name();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        match name {
            "vi" | "vim" | "nvim" | "gvim" | "view" | "ex" | "kak" | "joe" | "jed" => {
                vec![format!("+{line}"), file]
            }
            "nano" | "pico" => vec![format!("+{line},{column}"), file],
            "emacs" | "emacsclient" | "micro" | "gedit" => {
                vec![format!("+{line}:{column}"), file]
            }
            "code" | "codium" | "code-insiders" | "cursor" | "windsurf" => {
                vec!["-g".to_owned(), format!("{file}:{line}:{column}")]
            }
            "hx" | "helix" | "subl" | "zed" => vec![format!("{file}:{line}:{column}")],
            _ => vec![file],
        }
    }

    /// The program's name without its folder.
    pub(super) fn name(&self) -> String {
        let name = Path::new(&self.program).file_name();
        name.map_or(self.program.clone(), |name| name.to_string_lossy().into())
    }

    pub(super) fn not_run(&self, error: &io::Error) -> EditorOutcome {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such program".to_owned(),
            _ => system::reason(error),
        };
        EditorOutcome::NotRun(self.name(), why)
    }
}

/// Words between spaces; quotes and backslashes keep spaces, as in a shell. None where a quote is open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            // On Windows a backslash separates folders.
            ('\\', None) if cfg!(unix) => word.get_or_insert_default().extend(chars.next()),
            ('\\', Some('"')) if matches!(chars.peek(), Some('"' | '\\')) => {
                word.get_or_insert_default().extend(chars.next());
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A file in a folder of its own, both readable by the person alone. Dropping it removes the folder and everything
/// the editor left there.
#[derive(Debug)]
pub(in crate::runtime) struct PrivateFile {
    folder: PathBuf,
    most: usize,
}

impl PrivateFile {
    /// Writes a text to a new file.
    pub(super) fn with(text: &str) -> Result<PrivateFile, EditorOutcome> {
        let name = format!("rainscope-{}", uuid::Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(name);
        let written = make_folder(&folder).and_then(|()| {
            let file = PrivateFile {
                folder: folder.clone(),
                most: MOST.max(text.len() * 2),
            };
            file.write(text)?;
            Ok(file)
        });
        written.map_err(|error| {
            let why = system::reason_unwritten(&error);
            let folder = folder.display();
            EditorOutcome::Unusable(format!("no file for the editor: {folder}: {why}"))
        })
    }

    /// Where it is. Its name tells editors that it is JSON.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("trace.json")
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path())?.write_all(text.as_bytes())
    }

    /// Reads what the editor left.
    pub(super) fn read(&self) -> EditorOutcome {
        let unusable = |why: String| EditorOutcome::Unusable(format!("what the editor left {why}"));
        match self.bytes() {
            Ok(bytes) if bytes.len() > self.most => {
                let most = self.most >> 20;
                unusable(format!("is longer than the {most} MiB that are read back"))
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => EditorOutcome::Text(text),
                Err(_) => unusable("is not UTF-8".to_owned()),
            },
            Err(error) => unusable(format!("cannot be read: {}", system::reason(&error))),
        }
    }

    /// Its bytes, up to one beyond the limit.
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let path = self.path();
        // Opening a pipe would wait for somebody to write into it.
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::other("it is no file any more"));
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(self.most).unwrap_or(u64::MAX);
        File::open(path)?
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that only the person can read, under an unused name.
fn make_folder(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_is_told_the_place_in_its_own_way() {
        let check = |program: &str, file: &str, expected: &[&str]| {
            let editor = EditorCommand {
                program: program.to_owned(),
                arguments: Vec::new(),
            };
            let place = FilePlace {
                file: file.into(),
                line: 3,
                column: 7,
            };
            assert_eq!(editor.arguments_for(&place), expected, "{program}");
        };
        check("/usr/bin/nvim", "a.json", &["+3", "a.json"]);
        check("nano", "a.json", &["+3,7", "a.json"]);
        check("code", "a.json", &["-g", "a.json:3:7"]);
        check("hx", "-x.json", &["./-x.json:3:7"]);
        check("ed", "a.json", &["a.json"]);
    }

    #[test]
    fn the_variable_holds_words() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let found = words(text);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("vim", Some(&["vim"]));
        check(" code  --wait ", Some(&["code", "--wait"]));
        check(
            "emacsclient -t -a ''",
            Some(&["emacsclient", "-t", "-a", ""]),
        );
        check("'/My Apps/ed' -w", Some(&["/My Apps/ed", "-w"]));
        check(
            r#"vim -c "set ft=\"json\"""#,
            Some(&["vim", "-c", "set ft=\"json\""]),
        );
        check(r#"a"b c"d"#, Some(&["ab cd"]));
        check("ed; rm -rf $HOME", Some(&["ed;", "rm", "-rf", "$HOME"]));
        check("vim 'x", None);
        check("", Some(&[]));
        #[cfg(unix)]
        check(r"my\ ed", Some(&["my ed"]));
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let check = |variables: &[(&str, &str)], expected: Result<&str, &str>| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let environment: Environment = variables.iter().map(owned).collect();
            let found = match EditorCommand::of(&environment) {
                Ok(editor) => Ok(editor.program),
                Err(edited) => Err(format!("{edited:?}")),
            };
            let found = found
                .as_ref()
                .map_or_else(|e| Err(e.as_str()), |e| Ok(e.as_str()));
            assert_eq!(found, expected);
        };
        check(&[("VISUAL", "a"), ("EDITOR", "b")], Ok("a"));
        check(&[("VISUAL", " "), ("EDITOR", "b")], Ok("b"));
        check(&[], Err("NoEditor"));
        check(&[("EDITOR", "''")], Ok(""));
        check(
            &[("EDITOR", "'x")],
            Err(r#"NotRun("'x", "a quote in EDITOR is not closed")"#),
        );
    }

    #[test]
    fn the_file_is_private_bounded_and_gone_in_the_end() -> io::Result<()> {
        let file = PrivateFile::with("{}").map_err(|_| io::ErrorKind::Other)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            for (path, mode) in [(file.folder.clone(), 0o700), (file.path(), 0o600)] {
                assert_eq!(fs::metadata(path)?.permissions().mode() & 0o777, mode);
            }
        }
        assert_eq!(file.read(), EditorOutcome::Text("{}".to_owned()));
        for (bytes, expected) in [
            (
                vec![b' '; MOST + 1],
                "is longer than the 4 MiB that are read back",
            ),
            (b"\xff".to_vec(), "is not UTF-8"),
        ] {
            fs::write(file.path(), bytes)?;
            let expected = format!("what the editor left {expected}");
            assert_eq!(file.read(), EditorOutcome::Unusable(expected));
        }
        fs::remove_file(file.path())?;
        assert!(matches!(file.read(), EditorOutcome::Unusable(_)));
        fs::create_dir(file.path())?;
        assert!(matches!(file.read(), EditorOutcome::Unusable(_)));
        fs::write(file.folder.join("trace.json~"), "")?;
        let folder = file.folder.clone();
        drop(file);
        assert!(!folder.exists());
        Ok(())
    }
}
