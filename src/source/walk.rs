//! Folders are walked, and files that belong together are paired.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
#[cfg(feature = "program")]
use std::sync::LazyLock;

use super::{SourceUnit, reason, unreadable};
use crate::completion::load::{self, Loaded, PairRole, Problem, ProblemKind};
#[cfg(feature = "program")]
use crate::delivery::history::RUNNING;
#[cfg(feature = "program")]
use crate::fetch;
#[cfg(feature = "program")]
use crate::s3::Location;
#[cfg(feature = "program")]
use crate::settings::{Environment, Paths};

const EMPTY_FOLDER: &str = "the folder holds no files (hidden ones are not read)";

/// Finds what the paths stand for, in order, and what there is to say of them; a folder's files come by name. A link in a
/// folder is followed as long as it stays within that folder.
pub fn units(paths: &[PathBuf]) -> (Vec<SourceUnit>, Loaded) {
    let mut walk = Walk::default();
    for path in paths {
        if path.as_os_str() == "-" {
            walk.units.push(SourceUnit::Stdin);
        } else {
            walk.named(path);
        }
    }
    let said = Loaded {
        problems: walk.problems,
        notes: walk.notes,
        ..Loaded::default()
    };
    (walk.units, said)
}

#[derive(Default)]
struct Walk {
    units: Vec<SourceUnit>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
    folders: HashSet<FolderId>,
    /// Files that are part of a pair, by their folder and their name: two pairs may share a file by a link.
    paired: HashSet<(FolderId, OsString)>,
}

impl Walk {
    fn named(&mut self, path: &Path) {
        #[cfg(feature = "program")]
        if Location::is_meant(path) {
            match Location::parse(path) {
                Ok(location) => self.units.push(SourceUnit::Objects(location)),
                Err(error) => self.problems.push(unreadable(path, error.to_string())),
            }
            return;
        }
        #[cfg(feature = "program")]
        if let Some(id) = fetch::id_of_path(path) {
            self.units.push(SourceUnit::Generation(id));
            return;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.named_folder(path),
            Ok(metadata) if is_pipe(metadata.file_type()) && !is_descriptor(path) => {
                self.pipe(path);
            }
            Ok(metadata) if is_device(metadata.file_type()) && !is_descriptor(path) => {
                let what = "a device; pass `-` and redirect it to standard input".to_owned();
                self.problems.push(unreadable(path, what));
            }
            // A file that is named may be a link; whether it is hardly matters then.
            Ok(metadata) if is_own_state(path, true, &metadata) => {
                let what = "the program's own history, which is no input; `H` shows it".to_owned();
                self.problems.push(unreadable(path, what));
            }
            Ok(_) => self.file(path, true),
            Err(error) => self.problems.push(unreadable(path, reason(&error))),
        }
    }

    /// Reading a named pipe waits for whoever writes it, perhaps for ever.
    fn pipe(&mut self, path: &Path) {
        let what = "a named pipe; pass `-` and redirect it to standard input".to_owned();
        self.problems.push(unreadable(path, what));
    }

    /// A folder that was named and holds nothing is said to: whoever named it expected something.
    fn named_folder(&mut self, path: &Path) {
        let before = (self.units.len(), self.problems.len());
        self.folder(path);
        if before == (self.units.len(), self.problems.len()) {
            self.problems.push(Problem {
                kind: ProblemKind::Unrecognised,
                ..unreadable(path, EMPTY_FOLDER.to_owned())
            });
        }
    }

    /// Walks a folder and those in it, by hand rather than by recursion: they may lie within each other as deep as a path
    /// is long.
    fn folder(&mut self, path: &Path) {
        let mut open: Vec<std::vec::IntoIter<Entry>> = self.enter(path).into_iter().collect();
        let mut within = Within::of(path);
        while let Some(entries) = open.last_mut() {
            let Some(entry) = entries.next() else {
                open.pop();
                continue;
            };
            let path = entry.path;
            if entry.is_link && within.leads_out(&path) {
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => open.extend(self.enter(&path)),
                Ok(metadata) if metadata.is_file() => {
                    if !is_own_state(&path, entry.is_link, &metadata) {
                        self.file(&path, false);
                    }
                }
                Ok(metadata) if is_pipe(metadata.file_type()) => self.pipe(&path),
                Ok(_) => {}
                Err(error) => self.problems.push(unreadable(&path, reason(&error))),
            }
        }
        self.notes.extend(within.note());
    }

    /// What a folder holds, in order; none where it was entered before, or can't be read.
    fn enter(&mut self, path: &Path) -> Option<std::vec::IntoIter<Entry>> {
        // A folder that holds itself by a link is entered once.
        if !self.folders.insert(folder_id(path)) {
            return None;
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                self.problems.push(unreadable(path, reason(&error)));
                return None;
            }
        };
        let entries = entries.filter_map(Result::ok).map(|entry| Entry {
            path: entry.path(),
            is_link: entry.file_type().is_ok_and(|kind| kind.is_symlink()),
        });
        let mut entries: Vec<Entry> = entries.filter(|entry| !is_hidden(&entry.path)).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Some(entries.into_iter())
    }

    fn file(&mut self, path: &Path, is_named: bool) {
        if let Some(stem) = stem_of_pair(path) {
            if self.paired.contains(&file_id(path)) {
                return;
            }
            let pairs = partners(path, stem);
            if pairs.iter().any(|pair| pair.files.len() > 1) {
                let files = pairs.iter().flat_map(|pair| &pair.files);
                self.paired.extend(files.map(|(_, path)| file_id(path)));
                let units = pairs.into_iter().map(|pair| SourceUnit::Pair {
                    name: pair.name,
                    files: pair.files,
                });
                self.units.extend(units);
                return;
            }
        }
        self.units.push(SourceUnit::File {
            path: path.to_owned(),
            is_named,
        });
    }
}

/// What a folder holds.
struct Entry {
    path: PathBuf,
    is_link: bool,
}

/// A folder that was named, and the links in it that lead out of it. Whoever names a folder does not mean what somebody's
/// link in it leads to: a repository could have the conversations of whoever checks it out read and sent.
struct Within {
    /// Its real path, once it is asked for.
    folder: Option<PathBuf>,
    path: PathBuf,
    first_out: Option<PathBuf>,
    out: usize,
}

impl Within {
    fn of(path: &Path) -> Within {
        Within {
            folder: None,
            path: path.to_owned(),
            first_out: None,
            out: 0,
        }
    }

    /// Whether a link leads out of the folder. One that leads nowhere is told of as any other file is.
    fn leads_out(&mut self, link: &Path) -> bool {
        let Ok(target) = fs::canonicalize(link) else {
            return false;
        };
        let folder = self.folder.get_or_insert_with(|| {
            fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
        });
        let leads_out = !target.starts_with(folder);
        if leads_out {
            self.out += 1;
            self.first_out.get_or_insert_with(|| link.to_owned());
        }
        leads_out
    }

    fn note(&self) -> Option<Problem> {
        let first = self.first_out.as_ref()?;
        let what = match self.out {
            1 => "a link that leads out of the folder, and is not followed: name what it leads to"
                .to_owned(),
            count => format!(
                "a link that leads out of the folder, as {} more do; they are not followed: name what they lead to",
                count - 1
            ),
        };
        Some(unreadable(first, what))
    }
}

/// Whether a file is one of those by whose locks the programs that are running know of each other. A lock is its process's:
/// whoever opens and closes such a file as an input lets go of all the locks that this process has on it.
#[cfg(feature = "program")]
fn is_own_state(path: &Path, is_link: bool, metadata: &fs::Metadata) -> bool {
    static HISTORY: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| Paths::find(&Environment::of_process(), None).history);
    let Some(history) = &*HISTORY else {
        return false;
    };
    let prefix = history.file_name().unwrap_or_default();
    let is_called_so = |path: &Path| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.starts_with(prefix.as_encoded_bytes()) || name.starts_with(RUNNING.as_bytes())
    };
    let Some(folder) = history.parent() else {
        return false;
    };
    if let Some(id) = id_of_several(metadata) {
        let others = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut own = others.filter(|other| is_called_so(&other.path()));
        return own.any(|own| {
            own.metadata()
                .is_ok_and(|own| id_of_several(&own) == Some(id))
        });
    }
    if !is_link && !is_called_so(path) {
        return false;
    }
    let Ok(path) = fs::canonicalize(path) else {
        return false;
    };
    is_called_so(&path) && fs::canonicalize(folder).is_ok_and(|it| path.parent() == Some(&it))
}

/// What a file is known by that has several names, as a backup of hard links gives it.
#[cfg(all(unix, feature = "program"))]
fn id_of_several(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(all(not(unix), feature = "program"))]
const fn id_of_several(_metadata: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// The library alone keeps nothing.
#[cfg(not(feature = "program"))]
const fn is_own_state(_path: &Path, _is_link: bool, _metadata: &fs::Metadata) -> bool {
    false
}

/// What a file is known by, however the path of its folder is spelled.
fn file_id(path: &Path) -> (FolderId, OsString) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or_default();
    (folder_id(folder.unwrap_or(Path::new("."))), name.to_owned())
}

/// What a folder is known by, however its path is spelled: finding the real path of one that lies deep takes a look at
/// each folder around it.
#[cfg(unix)]
type FolderId = Result<(u64, u64), PathBuf>;
#[cfg(not(unix))]
type FolderId = PathBuf;

#[cfg(unix)]
fn folder_id(path: &Path) -> FolderId {
    use std::os::unix::fs::MetadataExt;
    let data = fs::metadata(path).map_err(|_| path.to_owned())?;
    Ok((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn folder_id(path: &Path) -> FolderId {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The stem that a file has in common with the others of its pair, if it is one of a pair. Names need not be UTF-8.
fn stem_of_pair(path: &Path) -> Option<&OsStr> {
    load::role_of(&file_name(path))?;
    Path::new(path.file_stem()?).file_stem()
}

/// Files that belong together.
struct Pair {
    name: String,
    files: Vec<(PairRole, PathBuf)>,
}

/// The files beside `path` that have its stem and a role: one pair, or one for each response where the request was
/// answered as a whole and as a stream.
fn partners(path: &Path, stem: &OsStr) -> Vec<Pair> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = |end: &str| {
        let mut name = stem.to_owned();
        name.push(end);
        let partner = folder.join(name);
        let (_, role) = load::role_of(&file_name(&partner))?;
        partner.is_file().then_some((role, partner))
    };
    let (request, generation) = (file(".request.json"), file(".generation.json"));
    let responses = [file(".response.json"), file(".response.sse")];
    let mut responses: Vec<_> = responses.into_iter().flatten().map(Some).collect();
    if responses.is_empty() {
        responses.push(None);
    }
    let stem = stem.to_string_lossy();
    let pairs = responses.into_iter().enumerate().map(|(index, response)| {
        let parts = [request.clone(), response, generation.clone()];
        let name = match index {
            0 => stem.to_string(),
            _ => format!("{stem} (stream)"),
        };
        let files = parts.into_iter().flatten().collect();
        Pair { name, files }
    });
    pairs.collect()
}

fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// `/dev/fd/63`: what a shell's process substitution hands over.
fn is_descriptor(path: &Path) -> bool {
    path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
        || path == Path::new("/dev/stdin")
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_kind: FileType) -> bool {
    false
}

/// Most devices have no end, and reading some takes what is there away from others.
#[cfg(unix)]
fn is_device(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_device(_kind: FileType) -> bool {
    false
}
