//! Which completions, and what is changed before they are mapped.

use std::path::PathBuf;

use jiff::civil::Date;

use super::dated;
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
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<Date>,
    /// What is changed
    #[command(flatten)]
    pub changes: ChangeArgs,
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

    /// The edits that the options say, removals first.
    pub fn edits(&self) -> Edits {
        self.changes.edits()
    }
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
