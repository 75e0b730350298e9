//! Going to a pointer that is typed: where it leads, and what could follow it. Tab completes it as far as
//! only one way is open.

use std::collections::HashMap;

use tui_input::Input;

use crate::inspector::prompt::{Suggestions, common};
use crate::inspector::{Model, Pane};
use crate::json::pointer;

/// Members of one container that are looked at. Chosen: more than anyone reads, and done at once.
const LOOKED_AT: usize = 2000;

/// A typed pointer as RFC 6901 has it; people write request.user as well.
fn pointer_of(typed: &str) -> String {
    match typed.starts_with('/') {
        true => typed.to_owned(),
        false => format!("/{}", typed.replace('.', "/")),
    }
}

/// Members of a container, each once, and whether there is anything below it.
#[derive(Default)]
pub(crate) struct Members {
    found: Vec<(String, bool)>,
    places: HashMap<String, usize>,
    is_part: bool,
}

impl Members {
    fn add(&mut self, token: &str, is_container: bool) {
        match self.places.get(token) {
            Some(place) => self.found[*place].1 |= is_container,
            None if self.found.len() >= LOOKED_AT => self.is_part = true,
            None => {
                self.places.insert(token.to_owned(), self.found.len());
                self.found.push((token.to_owned(), is_container));
            }
        }
    }

    fn suggestions(self) -> Suggestions {
        Suggestions {
            is_part: self.is_part,
            tokens: self.into_tokens(),
        }
    }

    pub(crate) fn into_tokens(self) -> Vec<String> {
        self.found.into_iter().map(|(token, _)| token).collect()
    }
}

impl Model {
    /// Completes the pointer that is typed as far as there is one way, and shows what could follow.
    pub(crate) fn complete_pointer(&mut self) {
        let Some(prompt) = &self.prompt else { return };
        let typed = pointer_of(prompt.input.value().trim());
        let (parent, partial) = typed.rsplit_once('/').unwrap_or_default();
        let mut members = self.members(parent, partial);
        if members.found.is_empty() {
            return;
        }
        let mut completed = typed.clone();
        if !members.is_part {
            let tokens = members.found.iter().map(|(token, _)| token.as_str());
            completed = format!("{parent}/{}", common(tokens));
            match members.found.as_slice() {
                [(_, true)] => {
                    members = self.members(&completed, "");
                    completed.push('/');
                }
                // There is nothing to choose from.
                [(_, false)] => members = Members::default(),
                _ => {}
            }
        }
        if let Some(prompt) = &mut self.prompt {
            prompt.input = Input::from(completed);
            prompt.suggestions =
                Some(members.suggestions()).filter(|found| !found.tokens.is_empty());
        }
    }

    /// What stands below a pointer, in the completion or in the event, and begins in a way.
    pub(crate) fn members(&self, parent: &str, partial: &str) -> Members {
        let mut members = Members::default();
        let Some(current) = &self.current else {
            return members;
        };
        if let Some(value) = current.completion.document().resolve(parent) {
            for (index, child) in value.children().take(LOOKED_AT).enumerate() {
                let token = match child.key() {
                    Some(key) => pointer::join("", &key).split_off(1),
                    None => index.to_string(),
                };
                if token.starts_with(partial) {
                    members.add(&token, child.children().next().is_some());
                }
            }
            members.is_part = value.len() > LOOKED_AT;
        }
        let open = Default::default();
        for row in current.event_rows(self.privacy, &open) {
            let below = row.pointer.strip_prefix(parent);
            let Some(token) = below.and_then(|below| below.strip_prefix('/')) else {
                continue;
            };
            if !token.contains('/') && token.starts_with(partial) {
                members.add(token, row.children > 0);
            }
        }
        members
    }

    /// Where a typed pointer leads: the pane that has it, the focused one first.
    pub fn leads_to(&self, typed: &str) -> Option<(Pane, String)> {
        let typed = typed.trim();
        let pointer = pointer_of(typed);
        let below = pointer.strip_suffix('/').filter(|above| !above.is_empty());
        let at = self.pane_of(&pointer).map(|pane| (pane, pointer.clone()));
        // Completed to what is below it, and gone no further.
        at.or_else(|| below.and_then(|above| Some((self.pane_of(above)?, above.to_owned()))))
    }

    /// The pane that has a pointer, the focused one first.
    fn pane_of(&self, pointer: &str) -> Option<Pane> {
        let current = self.current.as_ref()?;
        let in_event = current.has_event_pointer(pointer, self.privacy);
        let doc = current.completion.document();
        let in_source = doc.resolve(pointer).is_some() || current.is_added(pointer);
        match (in_source, in_event) {
            (true, true) if self.focus == Pane::Event => Some(Pane::Event),
            (true, _) => Some(Pane::Completion),
            (false, true) => Some(Pane::Event),
            (false, false) => None,
        }
    }

    pub(crate) fn go_to(&mut self, typed: &str) {
        let mode = self.privacy;
        let found = self.leads_to(typed);
        let (Some((pane, pointer)), Some(current)) = (found, &mut self.current) else {
            self.notice = Some(format!(
                "neither the completion nor the event has {}",
                typed.trim()
            ));
            return;
        };
        self.focus = pane;
        match pane {
            Pane::Event => current.go_to_event(&pointer, mode),
            _ => current.go_to_source(&pointer, mode),
        };
    }
}
