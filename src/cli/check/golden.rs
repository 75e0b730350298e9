//! `--expect FOLDER`: each completion's event beside the event that was once approved.
//!
//! A golden file holds the event as `map --pretty` prints it, and `null` for a completion that makes
//! none. It has the completion's name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::event::privacy::{self, Privacy};
use crate::event::wire;
use crate::files;
use crate::json::{Difference, Document, Limits, diff, write_pretty};
use crate::mapping::scan::secrets;
use crate::mapping::{Code, Mapped};
use crate::system::reason;

/// The largest golden event that is read, in bytes. As much as one record may have.
const LARGEST: u64 = 64 << 20;

/// A folder of golden events, and what the comparison found so far.
#[derive(Debug)]
pub struct Golden {
    folder: PathBuf,
    update: bool,
    mode: Privacy,
    seen: BTreeSet<PathBuf>,
    /// How many events differ at each path, and how.
    clusters: BTreeMap<(String, &'static str), usize>,
    /// Events that differ.
    pub differing: usize,
    /// Files written.
    pub written: usize,
}

/// What the comparison of one event found.
#[derive(Debug)]
pub enum GoldenResult {
    /// The same, or made the same.
    Same,
    /// There is no file of this name.
    Missing(PathBuf),
    /// These paths differ from what the file says.
    Differs(PathBuf, Vec<Difference>),
    /// Another completion has this name too.
    Twice(PathBuf),
}

impl Golden {
    /// Compares with a folder, or rewrites it.
    pub fn new(folder: PathBuf, update: bool, mode: Privacy) -> Golden {
        Golden {
            folder,
            update,
            mode,
            seen: BTreeSet::new(),
            clusters: BTreeMap::new(),
            differing: 0,
            written: 0,
        }
    }

    /// Compares one completion's event.
    ///
    /// # Errors
    /// A file that can be neither read nor written, or that is not JSON.
    pub fn compare(&mut self, name: &str, mapped: &Mapped) -> anyhow::Result<GoldenResult> {
        let path = self.folder.join(file_name(name));
        if !self.seen.insert(path.clone()) {
            return Ok(GoldenResult::Twice(path));
        }
        let event = self.event(mapped)?;
        let text = match files::read_text(&path, LARGEST) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !self.update {
                    return Ok(GoldenResult::Missing(path));
                }
                self.write(&path, &event)?;
                return Ok(GoldenResult::Same);
            }
            Err(error) => anyhow::bail!("{}: {}", path.display(), reason(&error)),
        };
        let golden = Document::parse(text.as_str().into(), LIMITS);
        let mut differences = match &golden {
            Ok(golden) => diff(golden.root(), event.root()),
            Err(error) if !self.update => anyhow::bail!("{}: {error}", path.display()),
            Err(_) => Vec::new(),
        };
        // Where nothing tells when it ended, the event has the time of this run, and the file that of another one.
        if mapped
            .findings
            .iter()
            .any(|finding| finding.code == Code::TimeAssumed)
        {
            let is_change = |it: &Difference| it.before.is_some() && it.after.is_some();
            differences.retain(|it| it.pointer != "/timestamp" || !is_change(it));
        }
        if self.update {
            if golden.as_ref().is_ok_and(|golden| !is_golden(golden)) {
                anyhow::bail!(
                    "{}: this is no golden event (`null`, or an event with its `event_id`), so nothing is written over it; \
                     name another folder with --expect",
                    path.display()
                );
            }
            if golden.is_err() || !differences.is_empty() {
                self.write(&path, &event)?;
            }
            return Ok(GoldenResult::Same);
        }
        if differences.is_empty() {
            return Ok(GoldenResult::Same);
        }
        self.differing += 1;
        for difference in &differences {
            let key = (difference.pointer.clone(), how(difference));
            *self.clusters.entry(key).or_default() += 1;
        }
        Ok(GoldenResult::Differs(path, differences))
    }

    fn event(&self, mapped: &Mapped) -> anyhow::Result<Document> {
        let mut json = String::new();
        match mapped.event() {
            Some(event) => wire::write_event(privacy::apply(event, self.mode), &mut json),
            None => json.push_str("null"),
        }
        Ok(Document::parse(json.into(), LIMITS)?)
    }

    /// Writes a temporary file and renames it, so that an interrupted run leaves no half-written file.
    fn write(&mut self, path: &Path, event: &Document) -> anyhow::Result<()> {
        let mut text = String::new();
        write_pretty(event.root(), &mut text);
        text.push('\n');
        let beside = path.with_extension(format!("json.{}.new", std::process::id()));
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&beside, text))
            .and_then(|()| fs::rename(&beside, path));
        if let Err(error) = written {
            // The first error counts; the file may never have been there.
            let _ = fs::remove_file(&beside);
            anyhow::bail!("{}: {}", path.display(), reason(&error));
        }
        self.written += 1;
        Ok(())
    }

    /// Golden files whose name no completion has.
    pub fn orphans(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .filter(|path| !self.seen.contains(path))
            .collect();
        paths.sort();
        paths
    }

    /// How many events differ at each path, most first.
    pub fn clusters(&self) -> Vec<String> {
        let mut all: Vec<_> = self.clusters.iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let lines = all.into_iter().map(|((pointer, how), count)| {
            let events = if *count == 1 { "event" } else { "events" };
            let pointer = if pointer.is_empty() {
                "all of it"
            } else {
                pointer
            };
            format!("{count} {events}: {pointer} {how}")
        });
        lines.collect()
    }
}

/// Whether a file has what a golden file has. A sample of the same name may stand in the folder.
fn is_golden(file: &Document) -> bool {
    file.root().is_null() || file.root().get("event_id").is_some()
}

/// One sentence about a difference.
pub fn says(difference: &Difference, path: &Path) -> String {
    let clip = |json: &str| {
        let json = secrets::mask(json);
        let mut short: String = json.chars().take(80).collect();
        if short.len() < json.len() {
            short.push('…');
        }
        short
    };
    let path = path.display();
    let pointer = match difference.pointer.as_str() {
        "" => "the event",
        pointer => pointer,
    };
    match (&difference.before, &difference.after) {
        (Some(before), Some(after)) => {
            let (before, after) = (clip(before.as_str()), clip(after.as_str()));
            format!("{pointer} is {after} where {path} has {before}")
        }
        (Some(before), None) => {
            let before = clip(before.as_str());
            format!("{pointer} is absent where {path} has {before}")
        }
        (None, after) => {
            let after = after.as_ref().map(|after| clip(after.as_str()));
            format!(
                "{pointer} is {} where {path} has nothing",
                after.unwrap_or_default()
            )
        }
    }
}

const fn how(difference: &Difference) -> &'static str {
    match (&difference.before, &difference.after) {
        (Some(_), None) => "is gone",
        (None, _) => "is new",
        _ => "changed",
    }
}

/// The event holds trace values below its own levels.
const LIMITS: Limits = Limits {
    depth: 160,
    bytes: 1 << 31,
};

/// The golden file of a name: what no file system takes becomes a hyphen.
fn file_name(name: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_start_matches('.');
    // File systems take 255 bytes, some fewer characters.
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= 200;
    let name: String = name
        .char_indices()
        .take_while(fits)
        .map(|(_, c)| c)
        .collect();
    match name.as_str() {
        "" => "unnamed.json".to_owned(),
        name => format!("{name}.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_files() {
        assert_eq!(file_name("Time Check"), "Time Check.json");
        assert_eq!(file_name("../a/b: c"), "-a-b- c.json");
        assert_eq!(file_name(""), "unnamed.json");
    }
}
