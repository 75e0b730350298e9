//! Writes a file whole or not at all, and never over another one unasked.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::files::{self, Readers};
use crate::inspector::edits::saving::Saved;
use crate::system;

/// Writes a file; where there is one already, only if it is to be replaced.
pub(in crate::runtime) fn save(path: PathBuf, bytes: &[u8], replace: bool) -> Saved {
    match write(&path, bytes, replace) {
        Ok(()) => Saved::Written(path, bytes.len()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Saved::Exists(path),
        Err(error) => Saved::Failed(path, system::reason_unwritten(&error)),
    }
}

/// A new file is its owner's alone: a conversation is in it. Another one keeps its rights.
fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    match replace && path.exists() {
        true => files::write_named(path, bytes, Readers::Usual),
        false => files::write_new(path, bytes, Readers::Owner),
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_conversation_is_saved_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            save(path.clone(), b"one", false),
            Saved::Written(path.clone(), 3)
        );
        assert_eq!(mode(), 0o600);
        assert_eq!(
            save(path.clone(), b"two", false),
            Saved::Exists(path.clone())
        );
        assert_eq!(
            save(path.clone(), b"two", true),
            Saved::Written(path.clone(), 3)
        );
        assert_eq!(mode(), 0o600, "replacing it opens it to nobody");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.json");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(save(link.clone(), b"three", true), Saved::Written(link, 5));
        assert_eq!(
            (mode(), fs::read(&path).unwrap()),
            (0o640, b"three".to_vec())
        );
        let nowhere = folder.path().join("none/out.json");
        let says = "no such folder".to_owned();
        assert_eq!(
            save(nowhere.clone(), b"x", false),
            Saved::Failed(nowhere, says)
        );
    }
}
