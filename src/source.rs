//! Paths to completions: folders are walked, files that belong together are paired, and whatever
//! cannot be read is named. This is where bytes come in; all else works on what it returns.

mod candidates;
#[cfg(feature = "program")]
mod inputs;
#[cfg(feature = "program")]
pub(crate) mod llm_database;
#[cfg(feature = "program")]
mod skipped;
#[cfg(feature = "program")]
mod version;
mod walk;

use std::fs::File;
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

pub(crate) use candidates::{forgive, is_candidate, may_be_forgiven};
use candidates::{forgive_file, has_known_ending, looks_like_one};
#[cfg(feature = "program")]
pub(crate) use inputs::{Input, inputs, inputs_unless};
#[cfg(feature = "program")]
pub(crate) use skipped::Skipped;
#[cfg(feature = "program")]
pub(crate) use version::version;
pub use walk::units;

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

/// Reads a unit.
pub fn load(unit: &SourceUnit) -> Loaded {
    let begun = Instant::now();
    let loaded = match unit {
        SourceUnit::Stdin => {
            let input = io::stdin().lock();
            load_stream("<stdin>", true, Vec::new(), input, None, Most::PLAIN)
        }
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
    let (units, mut loaded) = units(paths);
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
    let is_named = object.is_named;
    load_stream(
        &path.display().to_string(),
        is_named,
        head,
        &mut object,
        failure.take(),
        Most::PLAIN,
    )
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
        forgive_file(path, &bytes, &mut loaded);
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

/// How much is read as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    bytes: usize,
    /// What is said of more.
    says: &'static str,
}

impl Most {
    /// Of a file as it is.
    pub(crate) const PLAIN: Most = Most {
        bytes: 1 << 30,
        says: "larger than 1 GiB; write it as NDJSON, one record a line",
    };
    /// Of what was unpacked.
    pub(crate) const UNPACKED: Most = Most {
        bytes: load::UNPACKED,
        says: "what is compressed here has more than 256 MiB; that is the limit",
    };
}

/// Reads a stream to its end. `head` was read before, and perhaps ended in an error. Of one that is not named by the user
/// but was found, what is no completion is forgiven.
pub(crate) fn load_stream(
    name: &str,
    is_named: bool,
    head: Vec<u8>,
    input: impl Read,
    failure: Option<io::Error>,
    most: Most,
) -> Loaded {
    let failure = failure.map(|error| reason(&error));
    match failure.map_or_else(|| read_all(head, input, most), Err) {
        Ok(bytes) => {
            let mut loaded = load::load(name, &bytes);
            if !is_named {
                forgive_file(Path::new(name), &bytes, &mut loaded);
            }
            loaded
        }
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
    let file = File::open(path).map_err(|error| reason(&error))?;
    read_all(Vec::new(), file, Most::PLAIN)
}

/// What was read before, and the rest behind it.
fn read_all(mut bytes: Vec<u8>, rest: impl Read, most: Most) -> Result<Vec<u8>, String> {
    let room = (most.bytes + 1).saturating_sub(bytes.len());
    rest.take(room as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if bytes.len() > most.bytes {
        return Err(most.says.to_owned());
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
