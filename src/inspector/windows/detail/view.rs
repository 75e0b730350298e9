//! A value in full, with real line breaks; above it what is known of it.

use std::ops::Range;

use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::detail::about::Tone;
use crate::inspector::windows::detail::{Detail, DetailLine, HeadLine};

/// What the window shows.
pub fn of<'a>(detail: &'a Detail, look: &'a Look) -> View<'a> {
    let all = detail.height();
    let place = format!("{}/{all}", (detail.scroll.offset + 1).min(all));
    View::new(detail.title.as_str())
        .place(place)
        .scrolling(detail.scroll, all, move |at, pen| match detail.line(at) {
            DetailLine::Known(line) => known(line, look, pen),
            DetailLine::Rule => {
                let rule = look.symbols.line.repeat(pen.room());
                pen.put(&rule, look.theme.border);
            }
            DetailLine::Text(line) => {
                pen.skip(1);
                for (part, is_found) in parts(detail, line) {
                    let theme = &look.theme;
                    let style = if is_found { theme.lit } else { theme.text };
                    pen.put(&detail.text[part], style);
                }
            }
        })
}

/// A line of what is known.
pub(crate) fn known(line: &HeadLine, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let style = match line.tone {
        Tone::Plain => theme.text,
        Tone::Secondary => theme.dim,
        Tone::Pointer => theme.key,
        Tone::Edited => theme.edited,
        Tone::Warning => theme.warning,
        Tone::Error => theme.error,
    };
    pen.put(" ", theme.text)
        .put_padded(line.label, Detail::LABEL, theme.dim)
        .put(&line.text, style);
}

/// A line in parts, with whether each is what was looked for.
fn parts(detail: &Detail, line: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut parts = Vec::new();
    let mut at = line.start;
    let first = detail
        .found
        .partition_point(|found| found.end <= line.start);
    let within = detail.found[first..]
        .iter()
        .take_while(|found| found.start < line.end);
    for found in within {
        let (start, end) = (found.start.max(at), found.end.min(line.end));
        parts.push((at..start, false));
        parts.push((start..end, true));
        at = end;
    }
    parts.push((at..line.end, false));
    parts
}
