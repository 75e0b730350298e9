//! JUnit XML: a suite for each file, a test case for each completion.
//!
//! A suite is written when its file is done, since its counts come first.

use std::fmt::Write;
use std::sync::Arc;

use super::{Checked, Report};
use crate::completion::load::Problem;
use crate::display;

/// The writer.
#[derive(Default)]
pub struct Junit {
    began: bool,
    suite: Suite,
}

#[derive(Default)]
struct Suite {
    file: Option<Arc<str>>,
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Junit {
    fn suite(&mut self, file: &Arc<str>, out: &mut String) -> &mut Suite {
        if self.suite.file.as_ref() != Some(file) {
            self.close(out);
            self.suite.file = Some(file.clone());
        }
        self.suite.tests += 1;
        &mut self.suite
    }

    fn begin(&mut self, out: &mut String) {
        if !std::mem::replace(&mut self.began, true) {
            out.push_str(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rainscope\">\n",
            );
        }
    }

    fn close(&mut self, out: &mut String) {
        self.begin(out);
        let suite = std::mem::take(&mut self.suite);
        let Some(file) = suite.file else { return };
        let _ = writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}">"#,
            xml(&file),
            suite.tests,
            suite.failures,
            suite.errors,
            suite.skipped
        );
        out.push_str(&suite.cases);
        out.push_str("  </testsuite>\n");
    }
}

impl Suite {
    fn case(&mut self, name: &str, inner: &str) {
        let (name, class) = (xml(name), xml(self.file.as_deref().unwrap_or_default()));
        let cases = &mut self.cases;
        let _ = match inner {
            "" => writeln!(
                cases,
                r#"    <testcase name="{name}" classname="{class}"/>"#
            ),
            inner => writeln!(
                cases,
                "    <testcase name=\"{name}\" classname=\"{class}\">\n{inner}    </testcase>"
            ),
        };
    }

    fn error(&mut self, name: &str, kind: &str, message: &str) {
        self.errors += 1;
        let (kind, message) = (xml(kind), xml(message));
        let inner = format!("      <error type=\"{kind}\" message=\"{message}\"/>\n");
        self.case(name, &inner);
    }
}

impl Report for Junit {
    fn completion(&mut self, checked: Checked<'_>, out: &mut String) {
        let suite = self.suite(&checked.origin.file, out);
        let mut inner = String::new();
        let mut said = String::new();
        for remark in checked.remarks {
            let line = format!(
                "{}: {}[{}]: {} ({})",
                remark.location.place,
                remark.severity.name(),
                remark.code,
                remark.help,
                remark.pointer
            );
            if remark.denied {
                let (code, help, line) = (xml(remark.code), xml(&remark.help), xml(&line));
                let _ = writeln!(
                    inner,
                    r#"      <failure type="{code}" message="{help}">{line}</failure>"#
                );
            } else {
                said.push_str(&xml(&line));
                said.push('\n');
            }
        }
        if !inner.is_empty() {
            suite.failures += 1;
        } else if let Some(why) = checked.no_event {
            suite.skipped += 1;
            let _ = writeln!(
                inner,
                r#"      <skipped message="no event: {}"/>"#,
                xml(why)
            );
        }
        if !said.is_empty() {
            let _ = writeln!(inner, "      <system-out>{}</system-out>", said.trim_end());
        }
        suite.case(checked.name, &inner);
    }

    fn problem(&mut self, problem: &Problem, out: &mut String) {
        let name = match problem.record {
            0 => problem.kind.word().to_owned(),
            record => format!("record {record}"),
        };
        let suite = self.suite(&problem.file, out);
        suite.error(&name, problem.kind.word(), &problem.to_string());
    }

    fn loose(&mut self, code: &'static str, file: &str, help: &str, out: &mut String) {
        let suite = self.suite(&Arc::from(file), out);
        suite.error(code, code, help);
    }

    fn end(&mut self, out: &mut String) {
        self.close(out);
        out.push_str("</testsuites>\n");
    }
}

/// Text as XML 1.0 may hold it; characters that it cannot hold at all become U+FFFD, and what would act on a
/// terminal is written by its number.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c if display::acts(c) => {
                let _ = write!(out, "&#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}
