//! One JSON object a line for each finding, and for each record that could not be read.

use super::{Checked, Count, Report};
use crate::completion::load::Problem;
use crate::json::quote;

/// The writer.
pub struct Json;

impl Report for Json {
    fn completion(&mut self, checked: Checked<'_>, out: &mut String) {
        for remark in checked.remarks {
            let place = &remark.location.place;
            out.push_str(&format!(
                r#"{{"file":{},"line":{},"column":{},"record":{},"name":{},"code":{},"severity":{},"pointer":{},"help":{}}}"#,
                quote(&place.file),
                place.position.line,
                place.position.column,
                checked.origin.record,
                quote(checked.name),
                quote(remark.code),
                quote(remark.severity.name()),
                quote(&remark.pointer),
                quote(&remark.help),
            ));
            out.push('\n');
        }
    }

    fn problem(&mut self, problem: &Problem, out: &mut String) {
        let at = problem.position;
        out.push_str(&format!(
            r#"{{"file":{},"line":{},"column":{},"record":{},"name":"","code":{},"severity":"error","pointer":"","help":{}}}"#,
            quote(&problem.file),
            at.map_or(1, |at| at.line),
            at.map_or(1, |at| at.column),
            problem.record,
            quote(problem.kind.word()),
            quote(&problem.what),
        ));
        out.push('\n');
    }

    fn loose(&mut self, code: &'static str, file: &str, help: &str, out: &mut String) {
        out.push_str(&format!(
            r#"{{"file":{},"line":1,"column":1,"record":0,"name":"","code":{},"severity":"error","pointer":"","help":{}}}"#,
            quote(file),
            quote(code),
            quote(help),
        ));
        out.push('\n');
    }

    fn statistics(&mut self, counts: &[Count], out: &mut String) {
        for count in counts {
            out.push_str(&format!(
                r#"{{"code":{},"severity":{},"count":{}}}"#,
                quote(count.code),
                quote(count.severity.name()),
                count.count,
            ));
            out.push('\n');
        }
    }
}
