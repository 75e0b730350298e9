//! A value in full, with real line breaks; above it what is known of it.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::detail::about::Tone;
use crate::inspector::windows::detail::{Detail, HeadLine};

/// Draws the value over a window.
pub fn draw(look: &Look, area: Rect, detail: &Detail, buffer: &mut Buffer) {
    let theme = &look.theme;
    let all = detail.height();
    let place = format!("{}/{all}", (detail.offset + 1).min(all));
    let inside = window::open_at(look, area, &detail.title, "", &place, buffer);
    let rule = look.symbols.line.repeat(usize::from(inside.width));
    for y in 0..inside.height {
        let at = detail.offset + usize::from(y);
        let mut pen = Pen::line(buffer, inside, y);
        if let Some(line) = detail.head.get(at) {
            known(line, look, &mut pen);
            continue;
        }
        if !detail.head.is_empty() && at == detail.head.len() {
            pen.put(&rule, theme.border);
            continue;
        }
        let at = at - detail.above();
        let Some(line) = detail.lines.get(at) else {
            match (at - detail.lines.len()).checked_sub(1) {
                None if detail.foot.is_empty() => {}
                None => {
                    pen.put(&rule, theme.border);
                }
                Some(at) => {
                    if let Some(line) = detail.foot.get(at) {
                        known(line, look, &mut pen);
                    }
                }
            }
            continue;
        };
        for (part, is_found) in parts(detail, line.clone()) {
            let style = if is_found { theme.lit } else { theme.text };
            pen.put(&detail.text[part], style);
        }
    }
}

/// A line of what is known.
fn known(line: &HeadLine, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let style = match line.tone {
        Tone::Plain => theme.text,
        Tone::Aside => theme.dim,
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
