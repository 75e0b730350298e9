//! Generations by id, as the program gets them: keys and base URL from the environment, samples out of it. `fetch`,
//! a path that is an id (`rainscope gen-…`) and `:fetch` in the inspector go through here.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::completion::load::{self, Loaded, Problem, ProblemKind};
use crate::openrouter::generations::{
    FetchError, Generation, GenerationId, Generations, PollingLimits,
};
use crate::openrouter::{self, API_KEY, ApiKey, MANAGEMENT_KEY};
use crate::settings::Environment;

/// Where generations are read with the environment's own key.
///
/// # Errors
/// When there is no key, or the base URL is none.
pub fn with_own_key(
    environment: &Environment,
    limits: PollingLimits,
) -> Result<Generations, FetchError> {
    let where_from = "copy it from openrouter.ai/settings/keys";
    with_key(environment, limits, API_KEY, where_from)
}

/// Where generations are listed and read with the environment's management key.
///
/// # Errors
/// When there is no such key, or the base URL is none.
pub fn with_management_key(
    environment: &Environment,
    limits: PollingLimits,
) -> Result<Generations, FetchError> {
    let where_from = "an account's generations are listed for a management key alone \
                      (openrouter.ai/settings/management-keys)";
    with_key(environment, limits, MANAGEMENT_KEY, where_from)
}

fn with_key(
    environment: &Environment,
    limits: PollingLimits,
    variable: &'static str,
    where_from: &'static str,
) -> Result<Generations, FetchError> {
    let key = environment.get(variable).unwrap_or_default();
    let key = ApiKey::new(key.to_owned()).map_err(|_| FetchError::Key(variable, where_from))?;
    let base_url = openrouter::base_url(environment.get(openrouter::BASE_URL));
    let base_url = base_url.map_err(|error| FetchError::BaseUrl(error.to_string()))?;
    Ok(Generations::new(base_url, key, limits))
}

/// The id that a path stands for, where there is no file of that name.
#[must_use]
pub fn id_of_path(path: &Path) -> Option<GenerationId> {
    let id = path.to_str()?.parse().ok()?;
    path.symlink_metadata().is_err().then_some(id)
}

/// Fetches a generation and reads it as a sample. Waits for it on a thread of its own, so it may be called
/// anywhere; `waits` is told, as a sentence, when the record is not there yet.
pub fn load(
    id: &GenerationId,
    environment: &Environment,
    waits: impl FnMut(String) + Send,
) -> Loaded {
    match fetch(id, environment, waits) {
        Ok(generation) => read(&generation),
        Err(error) => Loaded {
            problems: vec![said(id, ProblemKind::Unreadable, error.to_string())],
            ..Loaded::default()
        },
    }
}

fn fetch(
    id: &GenerationId,
    environment: &Environment,
    mut waits: impl FnMut(String) + Send,
) -> Result<Generation, FetchError> {
    let generations = with_own_key(environment, PollingLimits::default())?;
    let failed = |why: String| FetchError::Cut(why);
    thread::scope(|scope| {
        let fetching = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(|error| failed(error.to_string()))?;
            runtime.block_on(generations.fetch(id, |waiting| waits(waiting.says(id))))
        });
        let ended = fetching.join();
        ended.unwrap_or_else(|_| Err(failed("reading it ended early".to_owned())))
    })
}

/// A generation as what is loaded from a file; what it lacks is a note.
#[must_use]
pub fn read(generation: &Generation) -> Loaded {
    let id = &generation.id;
    let mut loaded = load::load(id.as_str(), generation.sample().as_bytes());
    let lacks = generation.content.lacks();
    loaded
        .notes
        .extend(lacks.map(|what| said(id, ProblemKind::Remark, what)));
    loaded
}

fn said(id: &GenerationId, kind: ProblemKind, what: String) -> Problem {
    Problem {
        kind,
        file: Arc::from(id.as_str()),
        record: 0,
        offset: 0,
        position: None,
        what,
    }
}
