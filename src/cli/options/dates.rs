//! `--date`: the day that a path names, so that a job can be told which day it works on.

use std::path::{Path, PathBuf};

use anyhow::bail;
use jiff::civil::Date;

/// Puts the day into paths: `{date}` is 2026-11-27, and `{yyyy}`, `{mm}`, `{dd}` are its parts. A path that names a day
/// needs one: today's folder is half written and yesterday's depends on when one asks, so neither is assumed.
///
/// # Errors
/// When a path names a day and none is given, or the other way round.
pub fn dated(paths: &[PathBuf], date: Option<Date>) -> anyhow::Result<Vec<PathBuf>> {
    let has_part = |path: &Path| {
        let text = path.to_string_lossy();
        PARTS.iter().any(|part| text.contains(part)) && path.symlink_metadata().is_err()
    };
    let Some(date) = date else {
        if let Some(path) = paths.iter().find(|path| has_part(path)) {
            bail!("{}: which day? Say it by --date YYYY-MM-DD", path.display());
        }
        return Ok(paths.to_vec());
    };
    if !paths.iter().any(|path| has_part(path)) {
        bail!("--date: no PATH says where the day goes, by {{date}} or {{yyyy}}, {{mm}}, {{dd}}");
    }
    let parts = ["%Y-%m-%d", "%Y", "%m", "%d"].map(|form| date.strftime(form).to_string());
    let put = |path: &PathBuf| {
        if !has_part(path) {
            return path.clone();
        }
        let mut text = path.to_string_lossy().into_owned();
        for (part, value) in PARTS.iter().zip(&parts) {
            text = text.replace(part, value);
        }
        PathBuf::from(text)
    };
    Ok(paths.iter().map(put).collect())
}

const PARTS: [&str; 4] = ["{date}", "{yyyy}", "{mm}", "{dd}"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_goes_where_the_path_says() {
        let check = |paths: &[&str], date: Option<&str>, expected: Option<&[&str]>| {
            let date = date.and_then(|date| date.parse().ok());
            let given: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            let found = dated(&given, date).ok();
            let expected =
                expected.map(|paths| paths.iter().map(PathBuf::from).collect::<Vec<_>>());
            assert_eq!(found, expected, "{paths:?}");
        };
        let day = Some("2026-01-05");
        check(
            &["s3://a/{date}/", "b"],
            day,
            Some(&["s3://a/2026-01-05/", "b"]),
        );
        check(
            &["l/{yyyy}/{mm}/{dd}.json"],
            day,
            Some(&["l/2026/01/05.json"]),
        );
        check(&["s3://a/{date}/"], None, None);
        check(&["s3://a/{hour}/"], None, Some(&["s3://a/{hour}/"]));
        check(&["a"], day, None);
        check(&[], day, None);
    }
}
