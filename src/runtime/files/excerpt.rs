//! The lines around a place in a file.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};

use crate::inspector::windows::problems::{Excerpt, FilePlace};
use crate::system;

/// Lines before and after the place.
const AROUND: usize = 2;
/// Characters of a line before and after the place.
const BESIDE: usize = 60;
/// Most bytes of a file that are read to find a line. Chosen: read in a moment.
const MOST: u64 = 256 << 20;
/// Bytes of a line that are kept until its characters are counted.
const LINE: usize = 1 << 20;

/// Reads the lines around a place.
///
/// # Errors
/// Why there are none, in words.
pub(in crate::runtime) fn read(place: &FilePlace) -> Result<Excerpt, String> {
    let path = std::path::Path::new(&*place.file);
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Err("there is no file to show: it was read from elsewhere, or is gone".to_owned());
    }
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        return Err("there are no lines to show: the file is empty".to_owned());
    }
    let unreadable = |error: std::io::Error| format!("not readable: {}", system::reason(&error));
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = BufReader::new(file.take(MOST));
    let first = place.line.saturating_sub(AROUND).max(1);
    let skipped = place.column.saturating_sub(BESIDE);
    let mut lines = Vec::new();
    for number in 1..=place.line + AROUND {
        let line = next_line(&mut reader, number >= first).map_err(unreadable)?;
        let Some(line) = line else { break };
        if number < first {
            continue;
        }
        if line.contains(&0) || line.starts_with(&[0x1f, 0x8b]) {
            return Err("the file is packed or no text, so no lines of it are shown".to_owned());
        }
        let text = String::from_utf8_lossy(&line);
        let shown: String = text.chars().skip(skipped).take(2 * BESIDE).collect();
        if number == place.line && shown.is_empty() && line.len() >= LINE {
            return Err("it lies too far in its line to be shown".to_owned());
        }
        lines.push((number, shown));
    }
    match lines.iter().any(|(number, _)| *number == place.line) {
        true => Ok(Excerpt { lines, skipped }),
        false => {
            Err("the file does not have this line any more, or it lies too far in it".to_owned())
        }
    }
}

/// The next line without its ending, as much of it as is kept; none at the end of the file.
fn next_line(reader: &mut impl BufRead, is_kept: bool) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut is_there = false;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(is_there.then_some(line));
        }
        is_there = true;
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.unwrap_or(bytes.len());
        if is_kept && line.len() < LINE {
            line.extend_from_slice(&bytes[..taken]);
        }
        reader.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn shows_the_lines_around_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ndjson");
        let long = format!("{}HERE{}", "é".repeat(500), "x".repeat(3_000_000));
        fs::write(&path, format!("one\ntwo\nthree\nfour\r\n{long}\nsix")).unwrap();
        let at = |line, column| FilePlace {
            file: path.display().to_string().into(),
            line,
            column,
        };
        let excerpt = read(&at(2, 1)).unwrap();
        let numbers: Vec<usize> = excerpt.lines.iter().map(|(number, _)| *number).collect();
        assert_eq!((numbers, excerpt.skipped), (vec![1, 2, 3, 4], 0));
        assert_eq!(excerpt.lines[1].1, "two");
        let excerpt = read(&at(5, 501)).unwrap();
        let (_, line) = &excerpt.lines[2];
        let at_place: String = line.chars().skip(500 - excerpt.skipped).take(4).collect();
        assert_eq!(at_place, "HERE");
        assert!(line.chars().count() <= 2 * BESIDE);
        let says = read(&at(5, 2_000_000)).map_err(|says| says.contains("too far"));
        assert_eq!(says, Err(true));
        for gone in [
            at(9, 1),
            FilePlace {
                file: "<stdin>".into(),
                line: 1,
                column: 1,
            },
        ] {
            assert!(read(&gone).is_err());
        }
    }
}
