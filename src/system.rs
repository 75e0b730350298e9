//! The system in plain words: what it says when it refuses, without its error numbers, and folders
//! that are their owner's alone.

use std::fs;
use std::io;
use std::path::Path;

/// Why, as the end of a sentence.
pub fn reason(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::NotADirectory => "a part of the path is no folder",
        io::ErrorKind::AlreadyExists => "it is there already",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::AddrInUse => "the address is in use",
        _ => {
            let text = error.to_string();
            return match text.split_once(" (os error ") {
                Some((says, _)) => says.to_lowercase(),
                None => text,
            };
        }
    };
    known.to_owned()
}

/// The same of a file that is to be written: what is missing then is its folder.
pub fn reason_unwritten(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such folder".to_owned(),
        _ => reason(error),
    }
}

/// Makes the folder, for the owner alone, unless it is there.
///
/// # Errors
/// When the system refuses to make it.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Has the system write no image of this process when it crashes: keys and conversations would be in it.
/// Programs that this one runs keep what they had.
#[cfg(all(feature = "program", any(target_os = "linux", target_os = "android")))]
pub fn forbid_core_dumps() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// The same where there is only a limit, which programs that this one runs inherit.
#[cfg(all(
    feature = "program",
    unix,
    not(any(target_os = "linux", target_os = "android"))
))]
pub fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    let _ = setrlimit(Resource::Core, limit);
}

/// Nothing of that kind is written here unless the person has set it up.
#[cfg(all(feature = "program", not(unix)))]
pub const fn forbid_core_dumps() {}

/// Has a limit of file size (`ulimit -f`) be an error of writing, as a full disk is: by default the system ends the program
/// then, with the terminal as it is. Programs that this one runs keep what they had.
#[cfg(all(feature = "program", unix))]
pub fn outlive_file_size_limit() {
    /// The same number on Linux, macOS and the BSDs.
    const SIGXFSZ: i32 = 25;
    let noted = std::sync::Arc::default();
    let _ = signal_hook::flag::register(SIGXFSZ, noted);
}

/// There is no such limit.
#[cfg(all(feature = "program", not(unix)))]
pub const fn outlive_file_size_limit() {}

/// Has the system let this process open as many files and connections as it ever would, up to a bound: where it begins with
/// few (256 on macOS), calls that are passed on would fail. Programs that this one runs inherit it.
#[cfg(all(feature = "program", unix))]
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(MOST_FILES).min(MOST_FILES);
    if limit.current.is_some_and(|current| current < most) {
        let limit = Rlimit {
            current: Some(most),
            ..limit
        };
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Many times what the places for connections take. Chosen.
#[cfg(all(feature = "program", unix))]
const MOST_FILES: u64 = 8192;

/// There is no such limit.
#[cfg(all(feature = "program", not(unix)))]
pub const fn allow_many_files() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "program", target_os = "linux"))]
    #[test]
    fn forbids_core_dumps() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        forbid_core_dumps();
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }

    #[test]
    fn says_no_numbers() {
        for number in 1..100 {
            let error = io::Error::from_raw_os_error(number);
            assert!(!reason(&error).contains("os error"), "{error}");
        }
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(reason(&missing), "no such file or folder");
        assert_eq!(reason_unwritten(&missing), "no such folder");
    }
}
