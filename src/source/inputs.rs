//! What paths stand for as plain inputs of lines, for whoever reads lines and not completions.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{HEAD, SourceUnit, is_candidate, objects_unless, reason, unreadable, version};
use crate::completion::load::{Problem, ProblemKind};
use crate::delivery::history::InputVersion;
use crate::s3::PassOver;

/// An input, and its name for people.
pub(crate) struct Input<'i> {
    pub(crate) name: String,
    pub(crate) bytes: Box<dyn Read + 'i>,
    /// Which state of it this is, where that can be told.
    pub(crate) version: Option<InputVersion>,
}

/// What is done with an input, or with what is wrong with one.
type EachInput<'e, E> = dyn FnMut(Result<Input<'_>, Problem>) -> Result<(), E> + 'e;

/// Opens what the paths stand for, one after the other; standard input where there is none. A file or an object that
/// was not named itself and holds no data is passed over. Stops at the first error of `each`.
///
/// # Errors
/// What `each` returned.
pub(crate) fn inputs<E>(paths: &[PathBuf], each: &mut EachInput<'_, E>) -> Result<(), E> {
    inputs_unless(paths, None, each)
}

/// The same without those that are passed over.
///
/// # Errors
/// What `each` returned.
pub(crate) fn inputs_unless<E>(
    paths: &[PathBuf],
    pass_over: Option<&PassOver>,
    each: &mut EachInput<'_, E>,
) -> Result<(), E> {
    let stdin = [PathBuf::from("-")];
    let (units, said) = super::units(match paths {
        [] => &stdin,
        paths => paths,
    });
    for problem in said.problems.into_iter().chain(said.notes) {
        each(Err(problem))?;
    }
    for unit in &units {
        match unit {
            SourceUnit::Stdin => each(Ok(Input {
                name: "<stdin>".to_owned(),
                bytes: Box::new(io::stdin().lock()),
                version: None,
            }))?,
            SourceUnit::File { path, is_named } => open(path, *is_named, pass_over, each)?,
            SourceUnit::Pair { files, .. } => {
                for (_, path) in files {
                    open(path, true, pass_over, each)?;
                }
            }
            SourceUnit::Objects(location) => {
                for object in objects_unless(location, pass_over.cloned()) {
                    match object {
                        Ok(object) => {
                            let (name, is_named) = (object.name.clone(), object.is_named);
                            let version = object.version;
                            let input = worth_a_look(&name, is_named, version, object);
                            if let Some(input) = input.transpose() {
                                each(input)?;
                            }
                        }
                        Err(problem) => each(Err(problem))?,
                    }
                }
            }
            SourceUnit::Generation(id) => each(Err(no_lines(id.as_str())))?,
            // Only an object that was listed is one.
            SourceUnit::Object { name, .. } => each(Err(no_lines(name)))?,
        }
    }
    Ok(())
}

fn no_lines(name: &str) -> Problem {
    Problem {
        kind: ProblemKind::Unrecognised,
        ..unreadable(
            Path::new(name),
            "this is no file, and has no lines".to_owned(),
        )
    }
}

fn open<E>(
    path: &Path,
    is_named: bool,
    pass_over: Option<&PassOver>,
    each: &mut EachInput<'_, E>,
) -> Result<(), E> {
    let version = version(&SourceUnit::File {
        path: path.to_owned(),
        is_named,
    });
    if let Some((pass_over, version)) = pass_over.zip(version)
        && pass_over(version)
    {
        return Ok(());
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(path, reason(&error)));
    match file.and_then(|file| worth_a_look(&name, is_named, version, file)) {
        Ok(Some(input)) => each(Ok(input)),
        Ok(None) => Ok(()),
        Err(problem) => each(Err(problem)),
    }
}

fn worth_a_look<'i>(
    name: &str,
    is_named: bool,
    version: Option<InputVersion>,
    mut bytes: impl Read + 'i,
) -> Result<Option<Input<'i>>, Problem> {
    let mut head = Vec::new();
    if !is_named {
        let read = bytes.by_ref().take(HEAD).read_to_end(&mut head);
        read.map_err(|error| unreadable(Path::new(name), reason(&error)))?;
        if !is_candidate(&head, Path::new(name)) {
            return Ok(None);
        }
    }
    Ok(Some(Input {
        name: name.to_owned(),
        bytes: Box::new(io::Cursor::new(head).chain(bytes)),
        version,
    }))
}
