//! `rainscope.toml`: what `check` does in a repository unless it is told otherwise. Looked for in the
//! current folder and those around it, as tools for code do.

use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::policy::{self, FindingSelector, Policy};
use crate::files::read_text;
use crate::openrouter::generations::GenerationId;
use crate::s3::Location;
use crate::settings::LARGEST;
use crate::system::reason;

/// The file's name.
pub const FILE: &str = "rainscope.toml";

/// What the file says. Paths are relative to its folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The file; none where there is none. Its `[destination]` is a layer of the settings.
    pub file: Option<PathBuf>,
    /// What is denied and allowed.
    pub policy: Policy,
    /// What is checked.
    pub paths: Vec<PathBuf>,
    /// The folder of golden events.
    pub expect: Option<PathBuf>,
}

impl Project {
    /// Reads the nearest file from the current folder upward, or none.
    ///
    /// # Errors
    /// As [`Project::read`].
    pub fn find() -> anyhow::Result<Project> {
        match nearest() {
            Some(file) => Project::read(&file),
            None => Ok(Project::default()),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or says something unknown: file, line and reason.
    pub fn read(file: &Path) -> anyhow::Result<Project> {
        let text = read_text(file, LARGEST)
            .map_err(|error| anyhow::anyhow!("{}: {}", file.display(), reason(&error)))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let project = read(&text, folder).map_err(|(at, what)| {
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            anyhow::anyhow!("{}:{line}: {what}", file.display())
        })?;
        Ok(Project {
            file: Some(file.to_owned()),
            ..project
        })
    }
}

impl Project {
    /// Refuses a folder of golden events that a link leads out of the project's.
    ///
    /// # Errors
    /// Where it lies elsewhere.
    pub fn keeps_within(&self) -> anyhow::Result<()> {
        let (Some(file), Some(expect)) = (&self.file, &self.expect) else {
            return Ok(());
        };
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // What is not there yet is made there, in the nearest folder that is.
        let there = expect.ancestors().find_map(|path| path.canonicalize().ok());
        let outside = there.zip(folder.canonicalize().ok());
        if outside.is_some_and(|(there, folder)| !there.starts_with(folder)) {
            anyhow::bail!(
                "{}: `expect` leads out of the project's folder; give it by --expect",
                file.display()
            );
        }
        Ok(())
    }
}

/// The nearest file, by a path relative to the current folder, so that what is found below it is named
/// as one would type it.
fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let up = std::iter::successors(Some(PathBuf::new()), |path| Some(path.join("..")));
    here.ancestors()
        .zip(up)
        .find(|(folder, _)| folder.join(FILE).exists())
        .map(|(_, path)| path.join(FILE))
}

type Mistake = (usize, String);

fn read(text: &str, folder: &Path) -> Result<Project, Mistake> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (at, error.message().to_owned())
    })?;
    let mut project = Project::default();
    for (key, value) in table.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("check", DeValue::Table(check)) => read_check(check, folder, &mut project)?,
            ("check", _) => return Err((value.span().start, "`check` is a table".to_owned())),
            // A layer of the settings, which read it themselves.
            ("destination", DeValue::Table(_)) => {}
            ("destination", _) => {
                return Err((value.span().start, "`destination` is a table".to_owned()));
            }
            (name, _) => {
                return Err(unknown(key.span().start, name, &["check", "destination"]));
            }
        }
    }
    Ok(project)
}

fn read_check(table: &DeTable<'_>, folder: &Path, project: &mut Project) -> Result<(), Mistake> {
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "deny" => project.policy.deny = list(value, FindingSelector::parse)?,
            "allow" => project.policy.allow = list(value, policy::code)?,
            "paths" => {
                project.paths = list(value, |path| of_project(path).map(|()| folder.join(path)))?
            }
            "expect" => {
                let path = string(value)?;
                within(path).map_err(|what| (value.span().start, format!("`{path}`: {what}")))?;
                project.expect = Some(folder.join(path));
            }
            name => {
                let known = ["deny", "allow", "paths", "expect"];
                return Err(unknown(key.span().start, name, &known));
            }
        }
    }
    Ok(())
}

/// Whoever checks a project that somebody else wrote asks nothing of a network by that: no bucket, no generation. Nor does
/// it wait for what somebody types.
fn of_project(path: &str) -> Result<(), String> {
    let is_file = path != "-"
        && !Location::is_meant(Path::new(path))
        && path.parse::<GenerationId>().is_err();
    match is_file {
        true => Ok(()),
        false => {
            Err("a project names files and folders; give this one on the command line".to_owned())
        }
    }
}

/// What is rewritten by `--update` lies within the project.
fn within(path: &str) -> Result<(), String> {
    let mut parts = Path::new(path).components();
    match parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        true => Ok(()),
        false => Err(
            "golden events of a project lie within its folder; give another one by --expect"
                .to_owned(),
        ),
    }
}

fn unknown(at: usize, name: &str, known: &[&str]) -> Mistake {
    let hint = policy::did_you_mean(name, known.iter().copied());
    let known = known.join("`, `");
    (
        at,
        format!("unknown key `{name}`{hint} (known here: `{known}`)"),
    )
}

fn list<T>(
    value: &Spanned<DeValue<'_>>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Mistake> {
    let DeValue::Array(items) = value.get_ref() else {
        return Err((value.span().start, "expected a list of texts".to_owned()));
    };
    items
        .iter()
        .map(|item| {
            let text = string(item)?;
            read(text).map_err(|what| (item.span().start, format!("`{text}`: {what}")))
        })
        .collect()
}

fn string<'v>(value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, Mistake> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text),
        _ => Err((value.span().start, "expected a text in quotes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Code, Severity};

    #[test]
    fn reads_what_it_knows_and_names_the_rest() {
        let good = "[check]\ndeny = [\"warning\"]\nallow = [\"session-missing\"]\npaths = [\"logs\"]\nexpect = \"golden\"\n";
        let expected = Project {
            policy: Policy {
                deny: vec![FindingSelector::AtLeast(Severity::Warning)],
                allow: vec![Code::SessionMissing],
            },
            file: None,
            paths: vec![PathBuf::from("x/logs")],
            expect: Some(PathBuf::from("x/golden")),
        };
        assert_eq!(read(good, Path::new("x")), Ok(expected));
        let check = |text: &str, line: usize, expected: &str| {
            let (at, what) = read(text, Path::new("")).err().unwrap_or_default();
            assert_eq!(text[..at].matches('\n').count() + 1, line, "{text}");
            assert!(what.starts_with(expected), "{text}: {what}");
        };
        check("\n[chek]\n", 2, "unknown key `chek`; did you mean `check`?");
        check(
            "[check]\ndenny = []",
            2,
            "unknown key `denny`; did you mean `deny`?",
        );
        check(
            "[check]\nallow = [\n\"user-mising\"]",
            3,
            "`user-mising`: no finding",
        );
        check("[check]\npaths = 1", 2, "expected a list");
        for elsewhere in ["s3://logs/", "gen-1764230000-abcdefghijklmnopqrst", "-"] {
            let text = format!("[check]\npaths = [\"a.json\",\n\"{elsewhere}\"]");
            let says = format!("`{elsewhere}`: a project names files and folders");
            check(&text, 3, &says);
        }
        for outside in ["/home/ada/.docker", "../golden", "a/../../golden"] {
            let text = format!("[check]\nexpect = \"{outside}\"");
            let says = format!("`{outside}`: golden events of a project lie within its folder");
            check(&text, 2, &says);
        }
        check("check = 1", 1, "`check` is a table");
        check("[check\n", 1, "unclosed table");
    }
}
