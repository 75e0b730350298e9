//! What paths stand for as plain inputs of lines, for whoever reads lines and not completions.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{HEAD, SourceUnit, is_candidate, objects, reason, unreadable};
use crate::completion::load::{Problem, ProblemKind};

/// An input, and its name for people.
pub(crate) struct Input<'i> {
    pub(crate) name: String,
    pub(crate) bytes: Box<dyn Read + 'i>,
}

/// What is done with an input, or with what is wrong with one.
type EachInput<'e, E> = dyn FnMut(Result<Input<'_>, Problem>) -> Result<(), E> + 'e;

/// Opens what the paths stand for, one after the other; standard input where there is none. A file or an object that
/// was not named itself and holds no data is passed over. Stops at the first error of `each`.
///
/// # Errors
/// What `each` returned.
pub(crate) fn inputs<E>(paths: &[PathBuf], each: &mut EachInput<'_, E>) -> Result<(), E> {
    let stdin = [PathBuf::from("-")];
    let (units, problems) = super::units(match paths {
        [] => &stdin,
        paths => paths,
    });
    for problem in problems {
        each(Err(problem))?;
    }
    for unit in &units {
        match unit {
            SourceUnit::Stdin => each(Ok(Input {
                name: "<stdin>".to_owned(),
                bytes: Box::new(io::stdin().lock()),
            }))?,
            SourceUnit::File { path, is_named } => open(path, *is_named, each)?,
            SourceUnit::Pair { files, .. } => {
                for (_, path) in files {
                    open(path, true, each)?;
                }
            }
            SourceUnit::Objects(location) => {
                for object in objects(location) {
                    match object {
                        Ok(object) => {
                            let (name, is_named) = (object.name.clone(), object.is_named);
                            if let Some(input) = worth_a_look(&name, is_named, object).transpose() {
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

fn open<E>(path: &Path, is_named: bool, each: &mut EachInput<'_, E>) -> Result<(), E> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(path, reason(&error)));
    match file.and_then(|file| worth_a_look(&name, is_named, file)) {
        Ok(Some(input)) => each(Ok(input)),
        Ok(None) => Ok(()),
        Err(problem) => each(Err(problem)),
    }
}

fn worth_a_look<'i>(
    name: &str,
    is_named: bool,
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
    }))
}
