//! Which state of which files a unit is, so that a later run can tell that it read the same bytes before.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::{SourceUnit, is_database};
use crate::delivery::history::{InputKind, InputVersion};

/// A file that was changed so short a time ago may be changed again without its time showing it: some file systems keep
/// every other second.
const SETTLED: Duration = Duration::from_secs(2);

/// The state of a unit's files, taken before they are read. None where a change might not show: in a file that was written
/// just now, in a database (which changes in a file beside it), in whatever is no file.
pub(crate) fn version(unit: &SourceUnit) -> Option<InputVersion> {
    let mut parts = Vec::new();
    match unit {
        SourceUnit::File { path, is_named } => {
            parts.push(if *is_named { "named file" } else { "file" }.into());
            add(path, &mut parts)?;
        }
        SourceUnit::Pair { files, .. } => {
            parts.push("files".into());
            for (_, path) in files {
                add(path, &mut parts)?;
            }
        }
        SourceUnit::Objects(_)
        | SourceUnit::Object { .. }
        | SourceUnit::Generation(_)
        | SourceUnit::Stdin => return None,
    }
    Some(InputVersion::new(InputKind::File, &parts))
}

fn add(path: &Path, parts: &mut Vec<Vec<u8>>) -> Option<()> {
    let path = fs::canonicalize(path).ok()?;
    let data = fs::metadata(&path).ok().filter(Metadata::is_file)?;
    let modified = data.modified().ok()?;
    let is_settled = modified.elapsed().is_ok_and(|age| age >= SETTLED);
    if !is_settled || is_database(&path) {
        return None;
    }
    let modified = modified.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    parts.push(path.as_os_str().as_encoded_bytes().to_owned());
    let state = format!("{} {modified} {}", data.len(), identity(&data));
    parts.push(state.into_bytes());
    Some(())
}

/// What shows a file that took another one's place with its size and its time.
#[cfg(unix)]
fn identity(data: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{} {} {}.{}",
        data.dev(),
        data.ino(),
        data.ctime(),
        data.ctime_nsec()
    )
}

#[cfg(not(unix))]
fn identity(_data: &Metadata) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use std::fs::File;
    use std::path::PathBuf;
    use std::time::SystemTime;

    fn state(path: &Path) -> Option<InputVersion> {
        version(&SourceUnit::File {
            path: path.to_owned(),
            is_named: false,
        })
    }

    fn write(path: &Path, text: &str, age: Duration) {
        fs::write(path, text).unwrap();
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn a_change_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let hour = Duration::from_secs(3600);
        write(&path, "{}", hour);
        let first = state(&path).unwrap();
        assert_eq!(state(&path), Some(first));
        // Another size, another time.
        write(&path, "{ }", hour);
        assert_ne!(state(&path), Some(first));
        write(&path, "[]", 2 * hour);
        assert_ne!(state(&path), Some(first));
        let named = SourceUnit::File {
            path: path.clone(),
            is_named: true,
        };
        assert_ne!(version(&named), state(&path));
        // Not to be relied on: written just now, dated in the future, a database, gone.
        write(&path, "[]", Duration::ZERO);
        assert_eq!(state(&path), None);
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + hour).unwrap();
        assert_eq!(state(&path), None);
        write(&path, "SQLite format 3\0", hour);
        assert_eq!(state(&path), None);
        assert_eq!(state(&PathBuf::from("/nowhere/a.json")), None);
        assert_eq!(version(&SourceUnit::Stdin), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_in_place_of_another_shows() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.json"), folder.path().join("b.json"));
        let at = SystemTime::now() - Duration::from_secs(3600);
        for path in [&path, &other] {
            fs::write(path, "{}").unwrap();
            let file = File::options().append(true).open(path).unwrap();
            file.set_modified(at).unwrap();
        }
        let before = state(&path).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(state(&path), Some(before));
    }
}
