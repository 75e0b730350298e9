//! Workflow commands that GitHub turns into annotations beside the lines of a pull request.

use super::{Checked, Report};
use crate::cli::output::printable;
use crate::completion::load::Problem;
use crate::mapping::Severity;

/// The writer.
pub struct Github;

impl Report for Github {
    fn completion(&mut self, checked: Checked<'_>, out: &mut String) {
        for remark in checked.remarks {
            let level = match (remark.denied, remark.severity) {
                (true, _) | (_, Severity::Error) => "error",
                (_, Severity::Warning) => "warning",
                (_, Severity::Info) => "notice",
            };
            let place = &remark.location.place;
            let at = Some((place.position.line, place.position.column));
            let says = match remark.pointer.as_str() {
                "" => remark.help.clone(),
                pointer => format!("{} ({pointer})", remark.help),
            };
            command(level, &place.file, at, remark.code, &says, out);
        }
    }

    fn problem(&mut self, problem: &Problem, out: &mut String) {
        let at = problem.position.map(|at| (at.line, at.column));
        let code = problem.kind.word();
        command("error", &problem.file, at, code, &problem.what, out);
    }

    fn loose(&mut self, code: &'static str, file: &str, help: &str, out: &mut String) {
        command("error", file, None, code, help, out);
    }
}

fn command(
    level: &str,
    file: &str,
    at: Option<(usize, usize)>,
    title: &str,
    says: &str,
    out: &mut String,
) {
    let at = at.map_or(String::new(), |(line, column)| {
        format!(",line={line},col={column}")
    });
    let (file, title, says) = (property(file), property(title), message(says));
    out.push_str(&format!(
        "::{level} file={file}{at},title={title}::{says}\n"
    ));
}

/// What GitHub's own toolkit escapes in a message, and symbols for what could act on whoever reads the log.
fn message(text: &str) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    printable(&text).into_owned()
}

/// What it escapes in a property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let mut out = String::new();
        command(
            "error",
            "a,b:c%.json",
            Some((1, 2)),
            "t",
            "x\ny: 5%\u{1b}",
            &mut out,
        );
        let expected = "::error file=a%2Cb%3Ac%25.json,line=1,col=2,title=t::x%0Ay: 5%25␛\n";
        assert_eq!(out, expected);
    }
}
