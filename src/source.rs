//! Paths to completions: folders are walked, files that belong together are paired, and whatever
//! cannot be read is named. This is where bytes come in; all else works on what it returns.

#[cfg(feature = "program")]
mod inputs;
#[cfg(feature = "program")]
pub(crate) mod llm_database;
#[cfg(feature = "program")]
mod skipped;
#[cfg(feature = "program")]
mod version;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, FileType};
#[cfg(feature = "program")]
use std::io::Write;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::completion::load::{self, Loaded, PairFile, PairFiles, PairRole, Problem, ProblemKind};
#[cfg(feature = "program")]
use crate::fetch;
#[cfg(feature = "program")]
use crate::openrouter::generations::GenerationId;
#[cfg(feature = "program")]
use crate::s3::{Location, Object, Objects, PassOver};
#[cfg(feature = "program")]
use crate::settings::Environment;

#[cfg(feature = "program")]
pub(crate) use inputs::{Input, inputs, inputs_unless};
#[cfg(feature = "program")]
pub(crate) use skipped::Skipped;
#[cfg(feature = "program")]
pub(crate) use version::version;

/// The largest file that is read as a whole.
const FILE_LIMIT: u64 = 1 << 30;
const TOO_LARGE: &str = "larger than 1 GiB; write it as NDJSON, one record a line";

const EMPTY_FOLDER: &str = "the folder holds no files (hidden ones are not read)";

/// How much of a file is looked at to tell what it is.
const HEAD: u64 = 4096;

/// Something that is read at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SourceUnit {
    /// A file by itself. Found while walking a folder, it may turn out to be no completion.
    File {
        /// Its path.
        path: PathBuf,
        /// Whether the user named it, rather than a folder around it.
        is_named: bool,
    },
    /// The files of one completion.
    Pair {
        /// The common stem.
        name: String,
        /// Path and role of each.
        files: Vec<(PairRole, PathBuf)>,
    },
    /// The objects of a bucket.
    #[cfg(feature = "program")]
    Objects(Location),
    /// One of them.
    #[cfg(feature = "program")]
    Object {
        /// Bucket and key.
        name: String,
        /// Whether the user named it, rather than what its key begins with.
        is_named: bool,
    },
    /// A generation that OpenRouter keeps.
    #[cfg(feature = "program")]
    Generation(GenerationId),
    /// Standard input.
    Stdin,
}

impl SourceUnit {
    /// Whether the user named it, rather than a folder around it.
    pub fn is_named(&self) -> bool {
        match self {
            SourceUnit::File { is_named, .. } => *is_named,
            #[cfg(feature = "program")]
            SourceUnit::Object { is_named, .. } => *is_named,
            _ => true,
        }
    }
}

/// Finds what the paths stand for, in order; a folder's files come by name.
pub fn units(paths: &[PathBuf]) -> (Vec<SourceUnit>, Vec<Problem>) {
    let mut walk = Walk::default();
    for path in paths {
        if path.as_os_str() == "-" {
            walk.units.push(SourceUnit::Stdin);
        } else {
            walk.named(path);
        }
    }
    (walk.units, walk.problems)
}

#[derive(Default)]
struct Walk {
    units: Vec<SourceUnit>,
    problems: Vec<Problem>,
    folders: HashSet<PathBuf>,
    paired: HashSet<PathBuf>,
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

    fn folder(&mut self, path: &Path) {
        // A folder that holds itself by a link is entered once.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.folders.insert(real) {
            return;
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                self.problems.push(unreadable(path, reason(&error)));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| !is_hidden(path))
            .collect();
        paths.sort();
        for path in paths {
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.folder(&path),
                Ok(metadata) if metadata.is_file() => self.file(&path, false),
                Ok(metadata) if is_pipe(metadata.file_type()) => self.pipe(&path),
                Ok(_) => {}
                Err(error) => self.problems.push(unreadable(&path, reason(&error))),
            }
        }
    }

    fn file(&mut self, path: &Path, is_named: bool) {
        if self.paired.contains(path) {
            return;
        }
        let name = file_name(path);
        if let Some((stem, _)) = load::role_of(&name) {
            let files = partners(path, stem);
            if files.len() > 1 {
                self.paired
                    .extend(files.iter().map(|(_, path)| path.clone()));
                self.units.push(SourceUnit::Pair {
                    name: stem.to_owned(),
                    files,
                });
                return;
            }
        }
        self.units.push(SourceUnit::File {
            path: path.to_owned(),
            is_named,
        });
    }
}

/// The files beside `path` that have its stem and a role, one for each role.
fn partners(path: &Path, stem: &str) -> Vec<(PairRole, PathBuf)> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut found = BTreeMap::new();
    for end in [
        "request.json",
        "response.json",
        "response.sse",
        "generation.json",
    ] {
        let partner = folder.join(format!("{stem}.{end}"));
        if let (Some((_, role)), true) = (load::role_of(&file_name(&partner)), partner.is_file()) {
            found.entry(role).or_insert(partner);
        }
    }
    found.into_iter().collect()
}

/// Reads a unit.
pub fn load(unit: &SourceUnit) -> Loaded {
    let begun = Instant::now();
    let loaded = match unit {
        SourceUnit::Stdin => load_stream("<stdin>", &[], io::stdin().lock(), None),
        #[cfg(feature = "program")]
        SourceUnit::Generation(id) => load_generation(id),
        #[cfg(feature = "program")]
        SourceUnit::Objects(location) => load_objects(location),
        // Whoever has it reads it; by its name alone it is asked for again.
        #[cfg(feature = "program")]
        SourceUnit::Object { name, .. } => load_all(&[PathBuf::from(name)]),
        SourceUnit::File { path, is_named } => load_file(path, *is_named),
        SourceUnit::Pair { name, files } => load_pair(name, files),
    };
    tracing::debug!(
        from = ?unit,
        api = ?loaded.completions.first().map(|completion| completion.api),
        completions = loaded.completions.len(),
        problems = loaded.problems.len(),
        notes = loaded.notes.len(),
        elapsed = ?begun.elapsed(),
        "loaded"
    );
    loaded
}

/// Reads all that the paths stand for.
pub fn load_all(paths: &[PathBuf]) -> Loaded {
    let (units, problems) = units(paths);
    let mut loaded = Loaded {
        problems,
        ..Loaded::default()
    };
    for unit in &units {
        loaded.extend(load(unit));
    }
    loaded
}

/// Fetches a generation. That it has to be waited for is said on standard error, where a pipeline's words go; the
/// inspector fetches for itself.
#[cfg(feature = "program")]
fn load_generation(id: &GenerationId) -> Loaded {
    fetch::load(id, &Environment::of_process(), |says| {
        let _ = writeln!(io::stderr().lock(), "{says}");
    })
}

/// The objects of a bucket, as they come.
#[cfg(feature = "program")]
pub(crate) fn objects(
    location: &Location,
) -> impl Iterator<Item = Result<Object, Problem>> + use<> {
    objects_unless(location, None)
}

/// The same without those that are passed over.
#[cfg(feature = "program")]
pub(crate) fn objects_unless(
    location: &Location,
    pass_over: Option<PassOver>,
) -> impl Iterator<Item = Result<Object, Problem>> + use<> {
    let objects = Objects::open(location.clone(), Environment::of_process(), pass_over);
    objects.map(|object| object.map_err(|it| unreadable(Path::new(&it.name), it.what)))
}

#[cfg(feature = "program")]
fn load_objects(location: &Location) -> Loaded {
    let mut loaded = Loaded::default();
    for object in objects(location) {
        match object {
            Ok(object) => loaded.extend(load_object(object)),
            Err(problem) => loaded.problems.push(problem),
        }
    }
    loaded
}

/// Reads an object to its end, if it is worth a look.
#[cfg(feature = "program")]
pub(crate) fn load_object(mut object: Object) -> Loaded {
    let path = PathBuf::from(&object.name);
    let mut head = Vec::new();
    let mut failure = object.by_ref().take(HEAD).read_to_end(&mut head).err();
    if !object.is_named && failure.is_none() && !is_candidate(&head, &path) {
        return Loaded {
            notes: vec![skipped(&path)],
            ..Loaded::default()
        };
    }
    let mut loaded = load_stream(
        &path.display().to_string(),
        &head,
        &mut object,
        failure.take(),
    );
    if !object.is_named {
        forgive_file(&path, &mut loaded);
    }
    loaded
}

fn load_file(path: &Path, is_named: bool) -> Loaded {
    let mut loaded = Loaded::default();
    #[cfg(feature = "program")]
    if is_database(path) {
        let each = &mut |batch: Loaded| {
            loaded.extend(batch);
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(()) = llm_database::read(path, each);
        if !is_named {
            forgive(&mut loaded);
        }
        return loaded;
    }
    let bytes = match read_if_ours(path, is_named) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            loaded.notes.push(skipped(path));
            return loaded;
        }
        Err(what) => return failed(unreadable(path, what)),
    };
    loaded.extend(load::load(&path.display().to_string(), &bytes));
    if !is_named {
        forgive_file(path, &mut loaded);
    }
    loaded
}

/// Whether a file is a SQLite database.
#[cfg(feature = "program")]
fn is_database(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.is_ok() && head == llm_database::MAGIC
}

/// In a folder, a file that is no completion is nothing wrong.
pub(crate) fn forgive(loaded: &mut Loaded) {
    let (skipped, problems) = std::mem::take(&mut loaded.problems)
        .into_iter()
        .partition::<Vec<_>, _>(|problem| problem.kind == ProblemKind::Unrecognised);
    loaded.problems = problems;
    let notes = skipped.into_iter().map(|problem| Problem {
        what: format!("skipped: {}", problem.found()),
        ..problem
    });
    loaded.notes.extend(notes);
}

/// The same; and with words that hold no completion nothing is wrong, however broken the JSON among them is.
pub(crate) fn forgive_file(path: &Path, loaded: &mut Loaded) {
    if loaded.completions.is_empty() && !DATA.contains(&ending(path).as_str()) {
        loaded.problems.truncate(1);
        for problem in &mut loaded.problems {
            problem.kind = ProblemKind::Unrecognised;
        }
    }
    forgive(loaded);
}

/// Whether a file found in a folder is worth a look: by its first bytes or by its name.
pub(crate) fn is_candidate(head: &[u8], path: &Path) -> bool {
    looks_like_one(head, path) || has_known_ending(path)
}

/// Reads a stream to its end. `head` was read before, and perhaps ended in an error.
pub(crate) fn load_stream(
    name: &str,
    head: &[u8],
    mut input: impl Read,
    failure: Option<io::Error>,
) -> Loaded {
    let failure = failure.map(|error| reason(&error));
    match failure.map_or_else(|| read_all(head.chain(&mut input)), Err) {
        Ok(bytes) => load::load(name, &bytes),
        Err(what) => failed(unreadable(Path::new(name), what)),
    }
}

/// Reads a file; of one that was only found in a folder, the rest is left alone when neither its name
/// nor its beginning is that of a completion.
fn read_if_ours(path: &Path, is_named: bool) -> Result<Option<Vec<u8>>, String> {
    if !is_named && !has_known_ending(path) {
        let file = File::open(path).map_err(|error| reason(&error))?;
        let mut head = Vec::new();
        file.take(HEAD)
            .read_to_end(&mut head)
            .map_err(|error| reason(&error))?;
        if !looks_like_one(&head, path) {
            return Ok(None);
        }
    }
    read(path).map(Some)
}

fn load_pair(name: &str, files: &[(PairRole, PathBuf)]) -> Loaded {
    let mut problems = Vec::new();
    let mut read_files = Vec::new();
    for (role, path) in files {
        match read(path) {
            Ok(bytes) => read_files.push((*role, path.display().to_string(), bytes)),
            Err(what) => problems.push(unreadable(path, what)),
        }
    }
    let part = |wanted: PairRole| {
        read_files
            .iter()
            .find(|(role, ..)| *role == wanted)
            .map(|(_, file, bytes)| PairFile { file, bytes })
    };
    let mut loaded = load::load_parts(
        name,
        &PairFiles {
            request: part(PairRole::Request),
            response: part(PairRole::Response),
            generation: part(PairRole::Generation),
        },
    );
    loaded.problems.extend(problems);
    loaded
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_all(File::open(path).map_err(|error| reason(&error))?)
}

fn read_all(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(TOO_LARGE.to_owned());
    }
    Ok(bytes)
}

fn failed(problem: Problem) -> Loaded {
    Loaded {
        problems: vec![problem],
        ..Loaded::default()
    }
}

pub(crate) fn skipped(path: &Path) -> Problem {
    Problem {
        kind: ProblemKind::Unrecognised,
        ..unreadable(path, "skipped: neither JSON nor an SSE stream".to_owned())
    }
}

pub(crate) fn unreadable(path: &Path, what: String) -> Problem {
    Problem {
        kind: ProblemKind::Unreadable,
        file: Arc::from(path.display().to_string()),
        record: 0,
        offset: 0,
        position: None,
        what,
    }
}

pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "not readable: permission denied".to_owned(),
        _ => format!("not readable: {}", crate::system::reason(error)),
    }
}

/// Whether a file begins like one that may hold completions: JSON, SSE, or a format that is told by its bytes.
fn looks_like_one(bytes: &[u8], path: &Path) -> bool {
    looks_like_json_or_sse(bytes) || load::begins_like_a_format(bytes, &path.to_string_lossy())
}

fn looks_like_json_or_sse(bytes: &[u8]) -> bool {
    let head = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = head.trim_ascii_start();
    let starts = [
        &b"{"[..],
        b"[",
        b"\x1E",
        b":",
        b"data:",
        b"event:",
        b"id:",
        b"retry:",
    ];
    starts.iter().any(|start| text.starts_with(start))
}

/// Endings of files that hold data.
const DATA: [&str; 8] = [
    "json", "ndjson", "jsonl", "sse", "har", "yaml", "yml", "csv",
];
/// Endings of files of words, which may have data among them.
const WORDS: [&str; 5] = ["log", "txt", "md", "markdown", "http"];

fn has_known_ending(path: &Path) -> bool {
    let ending = ending(path);
    DATA.contains(&ending.as_str()) || WORDS.contains(&ending.as_str())
}

/// A file's ending, that of what it holds where it is compressed.
fn ending(path: &Path) -> String {
    let ending = |path: &Path| {
        let ending = path.extension().unwrap_or_default();
        ending.to_string_lossy().to_ascii_lowercase()
    };
    match ending(path).as_str() {
        "gz" | "zst" | "br" => ending(&path.with_extension("")),
        other => other.to_owned(),
    }
}

fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

fn file_name(path: &Path) -> String {
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
