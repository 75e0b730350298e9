//! The user of an event whose completion names none, and whose choice that user is.

use super::rules::USER_ID;
use crate::event::Step;

/// The user of an event whose completion names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultUser {
    name: String,
    origin: DefaultUserOrigin,
}

/// Who chose the default user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultUserOrigin {
    /// Nobody: it's rainscope's own.
    Rainscope,
    /// The settings file.
    SettingsFile,
    /// The project's `rainscope.toml`.
    Project,
    /// `RAINSCOPE_DEFAULT_USER`.
    Variable,
    /// An option, the destination window or the caller, for this run.
    Given,
}

impl DefaultUserOrigin {
    const ALL: [DefaultUserOrigin; 5] = [
        DefaultUserOrigin::Rainscope,
        DefaultUserOrigin::SettingsFile,
        DefaultUserOrigin::Project,
        DefaultUserOrigin::Variable,
        DefaultUserOrigin::Given,
    ];

    fn step(self) -> &'static Step {
        match self {
            DefaultUserOrigin::Rainscope => &USER_ID.default,
            DefaultUserOrigin::SettingsFile => &USER_ID.settings_file,
            DefaultUserOrigin::Project => &USER_ID.project_file,
            DefaultUserOrigin::Variable => &USER_ID.variable,
            DefaultUserOrigin::Given => &USER_ID.given,
        }
    }
}

impl DefaultUser {
    /// A default user that somebody chose.
    pub fn new(name: impl Into<String>, origin: DefaultUserOrigin) -> DefaultUser {
        DefaultUser {
            name: name.into(),
            origin,
        }
    }

    /// The user's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The step of the rule that tells whose choice it is.
    pub(super) fn step(&self) -> &'static Step {
        self.origin.step()
    }

    /// Whether a step takes a default user.
    pub(super) fn is_taken_by(step: &Step) -> bool {
        DefaultUserOrigin::ALL
            .into_iter()
            .any(|origin| origin.step() == step)
    }
}
