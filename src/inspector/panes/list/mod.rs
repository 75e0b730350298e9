//! The list of completions: what it is for, how its cursor moves, and what it says of its rows.

mod columns;
mod filling;
mod traffic;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::PaneLogic;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::library::search::Pattern;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::JsonText;

/// The list of completions.
pub(crate) struct ListPane;

impl PaneLogic for ListPane {
    fn own_commands(&self) -> &'static [Command] {
        &[Command::Open, Command::Filter, Command::Sort]
    }

    fn rows(&self, model: &Model) -> usize {
        model.listed()
    }

    fn cursor<'m>(&self, model: &'m Model) -> Option<&'m Cursor> {
        Some(&model.list)
    }

    fn cursor_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut Cursor> {
        Some(&mut model.list)
    }

    fn step(&self, model: &mut Model, step: CursorStep, height: usize) {
        model.list_step(step, height);
    }

    fn is_held(&self, model: &Model) -> bool {
        model.is_editing()
    }

    fn opens_by_click(&self) -> bool {
        false
    }

    fn open(&self, model: &mut Model) {
        model.focus = Pane::Completion;
    }

    fn beside(&self) -> [Option<Pane>; 2] {
        [None, Some(Pane::Completion)]
    }

    fn has_value(&self, model: &Model) -> bool {
        model.current.is_some()
    }

    fn value(&self, model: &Model) -> Option<(String, JsonText)> {
        let root = model.current.as_ref()?.completion.document().root();
        Some(("/".to_owned(), root.canonical()))
    }

    fn before_search(&self, model: &mut Model) {
        let context = model.context.clone();
        model.library.summarise_loaded(&context, SliceBudget::new());
    }

    fn matches(&self, model: &Model, pattern: &Pattern) -> Vec<usize> {
        let has = |row: &usize| {
            let entry = model.listing.entry(*row);
            let entry = entry.and_then(|index| model.library.entry(index));
            let summary = entry.and_then(|entry| entry.summary());
            summary.is_some_and(|summary| {
                let texts = [
                    &summary.title,
                    &summary.name,
                    &summary.model,
                    &summary.user,
                    &summary.facts.ids,
                    &summary.facts.trace,
                ];
                texts.into_iter().any(|text| pattern.is_in(text))
            })
        };
        (0..model.listed()).filter(has).collect()
    }

    fn explain(&self, model: &Model, look: &Look) -> StyledText {
        let theme = &look.theme;
        // The list may lie over the pane that says it.
        let entry = model
            .at_cursor()
            .and_then(|index| model.library.entry(index));
        if let Some(problem) = entry.and_then(|entry| entry.problem()) {
            return StyledText::new()
                .add(&format!("{} ", look.symbols.error), theme.error)
                .add(&problem.to_string(), theme.text);
        }
        let Some(current) = &model.current else {
            return StyledText::new();
        };
        let entry = model.library.entry(current.index);
        let summary = entry.and_then(|entry| entry.summary());
        let model_name = summary.map_or("", |summary| &summary.model);
        StyledText::new()
            .add(&current.completion.origin.to_string(), theme.key)
            .add(&format!("  {model_name}"), theme.text)
    }

    fn draw(
        &self,
        model: &Model,
        look: &Look,
        layout: &Layout,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        view::draw(model, look, layout.pane(Pane::List), buffer);
        None
    }
}
