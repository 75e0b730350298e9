//! Which completions, and what is changed before they are mapped.

use std::path::PathBuf;

use jiff::civil::Date;

use super::dated;
use crate::cli::output::complain;
use crate::completion::{Edit, Edits};
use crate::json::JsonText;

/// Which completions, and what is changed before they are mapped.
#[derive(Debug, clap::Args)]
pub struct MappingArgs {
    /// Files, folders (recursively), s3://bucket/prefix, gen-… ids to fetch, or - for standard input; none: the
    /// bundled samples
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The day that {date} in a PATH stands for, in UTC; {yyyy}, {mm} and {dd} are its parts
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub date: Option<Date>,
    /// What is changed
    #[command(flatten)]
    pub changes: ChangeArgs,
}

/// A day as it is typed.
fn day(text: &str) -> Result<Date, &'static str> {
    let is_short = text.len() == "2026-11-26".len();
    let date = text.parse().ok().filter(|_| is_short);
    date.ok_or("expected a day of the calendar as YYYY-MM-DD")
}

impl MappingArgs {
    /// Puts the day into the paths, before anything else is done with them.
    ///
    /// # Errors
    /// When a path names a day and none is given, or the other way round.
    pub fn put_date(&mut self) -> anyhow::Result<()> {
        self.paths = dated(&self.paths, self.date)?;
        Ok(())
    }

    /// Says that the bundled samples are taken, where no path was given. `done` is what is done with them.
    ///
    /// # Errors
    /// Where something is piped in: a `-` was forgotten, and the samples are nobody's traffic.
    pub fn take_samples(&self, done: &str) -> anyhow::Result<()> {
        if !self.paths.is_empty() {
            return Ok(());
        }
        if is_fed() {
            anyhow::bail!(
                "no PATH was given, and standard input is a file or a pipe: give - as PATH to read it; for the bundled samples, add </dev/null"
            );
        }
        complain(&format!(
            "note: no path was given, so the bundled samples are {done}"
        ));
        Ok(())
    }

    /// The edits that the options say, removals first.
    pub fn edits(&self) -> Edits {
        self.changes.edits()
    }
}

/// Whether standard input is a file or a pipe. Whether anything is in it can't be told: its writer may take its time.
#[cfg(unix)]
fn is_fed() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = fstat(std::io::stdin()).map(|stat| FileType::from_raw_mode(stat.st_mode));
    matches!(
        kind,
        Ok(FileType::RegularFile | FileType::Fifo | FileType::Socket)
    )
}

/// It can't be told, so the note that the samples are taken has to do.
#[cfg(not(unix))]
fn is_fed() -> bool {
    false
}

/// What is changed in completions before they are mapped.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ChangeArgs {
    /// Privacy mode keeps input and output back; everything else of the event is the same (the route
    /// and is_pending differ)
    #[arg(long)]
    pub privacy: bool,
    /// Set the request's user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Set the request's session id
    #[arg(long, value_name = "SESSION")]
    pub session_id: Option<String>,
    /// Set a trace key: KEY=TEXT, or KEY:=JSON for a typed value (repeatable)
    #[arg(long, value_name = "KEY=TEXT", value_parser = parse_trace)]
    pub trace: Vec<Edit>,
    /// Remove a trace key (repeatable)
    #[arg(long, value_name = "KEY")]
    pub unset_trace: Vec<String>,
}

impl ChangeArgs {
    /// Whether anything is to be changed.
    pub fn are_any(&self) -> bool {
        self.privacy || self.edits() != Edits::none()
    }

    /// The edits that the options say, removals first.
    pub fn edits(&self) -> Edits {
        let user = self.user.clone().map(|user| Edit::User(Some(user)));
        let session = self.session_id.clone().map(|id| Edit::SessionId(Some(id)));
        let unset = self.unset_trace.iter().cloned().map(Edit::RemoveKey);
        user.into_iter()
            .chain(session)
            .chain(unset)
            .chain(self.trace.iter().cloned())
            .collect()
    }
}

fn parse_trace(text: &str) -> Result<Edit, String> {
    let Some(at) = text.find('=') else {
        return Err("expected KEY=TEXT or KEY:=JSON".to_owned());
    };
    let (key, rest) = (&text[..at], &text[at + 1..]);
    let (key, value) = match key.strip_suffix(':') {
        Some(key) => {
            let value = JsonText::parse(rest)
                .map_err(|error| format!("the value of {key} is not JSON: {error}"))?;
            (key, value)
        }
        None => (key, JsonText::string(rest)),
    };
    if key.is_empty() {
        return Err("the key is missing before `=`".to_owned());
    }
    Ok(Edit::SetKey {
        key: key.to_owned(),
        value,
    })
}
