//! What of a file's name tells its completions apart: what all files have in common at the beginning of their
//! paths is left out, and so is the ending.

use std::sync::Arc;

/// What the files that are loaded have in common.
#[derive(Debug, Clone, Default)]
pub struct Files {
    last: Option<Arc<str>>,
    /// What all paths without their endings begin with; none where there is but one file.
    common: Option<String>,
}

impl Files {
    /// Takes note of a file.
    pub fn add(&mut self, file: &Arc<str>) {
        let Some(last) = &self.last else {
            self.last = Some(file.clone());
            return;
        };
        if Arc::ptr_eq(last, file) || last == file {
            return;
        }
        let before = self.common.as_deref().unwrap_or_else(|| stem(last));
        let alike = before.chars().zip(stem(file).chars());
        let alike = alike.take_while(|(one, other)| one == other);
        let length = alike.map(|(c, _)| c.len_utf8()).sum();
        self.common = Some(before[..length].to_owned());
        self.last = Some(file.clone());
    }

    /// Where a completion stands, as shortly as the files can be told apart: `night/0042`, `night #7`, `#7`. Empty
    /// where it is all there is of the only file.
    pub fn place(&self, file: &str, record: usize) -> String {
        let stem = stem(file);
        let own = match &self.common {
            None => "",
            // A word or a number is not torn apart.
            Some(common) => {
                let whole = common.trim_end_matches(char::is_alphanumeric);
                stem.strip_prefix(whole).unwrap_or(stem)
            }
        };
        match (own, record) {
            (own, 0) => own.to_owned(),
            ("", record) => format!("#{record}"),
            (own, record) => format!("{own} #{record}"),
        }
    }
}

/// A path without the ending of its file.
pub fn stem(file: &str) -> &str {
    let name = file.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let dot = file[name..].rfind('.').filter(|dot| *dot > 0);
    dot.map_or(file, |dot| &file[..name + dot])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_files_have_in_common_is_left_out() {
        let check = |files: &[&str], expected: &[&str]| {
            let mut all = Files::default();
            for file in files {
                all.add(&Arc::from(*file));
            }
            let places: Vec<String> = files.iter().map(|file| all.place(file, 0)).collect();
            assert_eq!(places, expected);
        };
        check(&["logs/one.json"], &[""]);
        check(&["logs/req-001.json", "logs/req-002.json"], &["001", "002"]);
        check(&["a/x.json", "b/x.json"], &["a/x", "b/x"]);
        check(&["run.json", "run-2.json"], &["run", "run-2"]);
        check(&["é1.json", "è1.json"], &["é1", "è1"]);
        check(&["a/.hidden", "a/b"], &[".hidden", "b"]);
        check(&["x", "x", "y"], &["x", "x", "y"]);
    }

    #[test]
    fn a_record_has_its_number() {
        let mut files = Files::default();
        files.add(&Arc::from("day.ndjson"));
        assert_eq!(files.place("day.ndjson", 7), "#7");
        files.add(&Arc::from("night.ndjson"));
        assert_eq!(files.place("day.ndjson", 7), "day #7");
    }
}
