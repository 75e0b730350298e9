//! The line at the top: what is loaded, privacy mode, where test traces go; and the tabs.

use ratatui::buffer::Buffer;

use crate::event::privacy::Privacy;
use crate::inspector::library::traffic::Traffic;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Layout, Model, Pane};

/// Draws the header, and the tabs where the layout has them.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let theme = &look.theme;
    let mut pen = Pen::line(buffer, layout.header, 0);
    pen.put(" rainscope ", theme.accent);
    let count = model.library.len();
    let loading = match model.loading {
        Some((done, all)) if all > 0 => format!("reading {}%", done * 100 / all),
        Some(_) => "reading…".to_owned(),
        None => String::new(),
    };
    let is_narrow = layout.header.width < 90;
    if !is_narrow {
        let noun = if count == 1 {
            "completion"
        } else {
            "completions"
        };
        pen.put(&format!(" {count} {noun} "), theme.dim);
    }
    if let Some(traffic) = &model.traffic {
        live(traffic, is_narrow, look, &mut pen);
    }
    if !loading.is_empty() {
        pen.put(&format!(" {loading} "), theme.warning);
    }
    let problems = model.library.problems.len() + model.mistakes.len();
    if problems > 0 {
        let noun = if problems == 1 { "problem" } else { "problems" };
        pen.put(
            &format!(" {} {problems} {noun} ", look.symbols.warning),
            theme.warning,
        );
    }
    pen.put("  ", theme.text);
    match model.privacy {
        Privacy::Off => pen.put(
            &format!(" privacy {} off ", look.symbols.privacy[0]),
            theme.text,
        ),
        Privacy::On => pen.put(
            &format!(" {} PRIVACY ON ", look.symbols.privacy[1]),
            theme.loud,
        ),
    };
    if let Some(pressed) = model.pressed.as_ref().filter(|pressed| !pressed.is_empty()) {
        pen.put("  ", theme.text);
        pen.put(&format!(" {} ", pressed.join(" ")), theme.cursor);
    }
    // What came to the program's own sink says nothing of another destination.
    let received = match model.received.is_empty() || !model.sends_to_own_sink() {
        true => String::new(),
        false if is_narrow => match (model.received_events(), model.received.len()) {
            (events, requests) if events == requests => format!(" · {requests} received"),
            (1, _) => " · 1 event".to_owned(),
            (events, _) => format!(" · {events} events"),
        },
        false => format!(" · {} received", model.received_in_words()),
    };
    let destination = &model.destination;
    let base = match is_narrow {
        true => destination
            .endpoint
            .base_url
            .trim_start_matches("http://")
            .trim_start_matches("https://"),
        false => &destination.endpoint.base_url,
    };
    let style = if destination.trouble.is_some() {
        theme.warning
    } else {
        theme.text
    };
    // Host and port are said once.
    let name = match destination.is_named_by_host() {
        true => String::new(),
        false => format!("{}  ", destination.name),
    };
    let text = format!("{} {name}{base}{received} ", look.symbols.destination);
    pen.put_right(&text, style);
    if !layout.tabs.is_empty() {
        tabs(model, look, layout, buffer);
    }
}

/// Where clients are led, and how many calls are under way.
fn live(traffic: &Traffic, is_narrow: bool, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let origin = match is_narrow {
        true => traffic.origin.trim_start_matches("http://"),
        false => &traffic.origin,
    };
    pen.put(&format!(" {} live ", look.symbols.mapped), theme.accent);
    pen.put(origin, theme.text);
    if traffic.open > 0 {
        pen.put(&format!(" · {} open", traffic.open), theme.warning);
    }
    pen.put(" ", theme.text);
}

fn tabs(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let width = usize::from(layout.tabs.width / 4).max(1);
    let mut pen = Pen::line(buffer, layout.tabs, 0);
    for pane in Pane::ALL {
        let focused = pane == model.focus;
        let style = if focused {
            look.theme.cursor
        } else {
            look.theme.dim
        };
        pen.put_padded(&format!(" {}", pane.title()), width, style);
    }
}
