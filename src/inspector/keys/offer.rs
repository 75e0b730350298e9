//! What can be done in a place, and how the hint bar and the help write it.

use super::command::Command;

/// Something that can be done in a place, and what it is called there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// A command.
    One(Command, &'static str),
    /// Two commands that belong together.
    Two(Command, Command, &'static str),
    /// A command that needs no word of its own, since another one says it.
    Quiet(Command),
    /// A key that is no command, since text is typed.
    Typed(&'static str, &'static str),
}

impl Offer {
    /// Whether it is about a command.
    pub fn has(self, command: Command) -> bool {
        match self {
            Offer::One(have, _) | Offer::Quiet(have) => have == command,
            Offer::Two(one, other, _) => one == command || other == command,
            Offer::Typed(..) => false,
        }
    }
}

/// A key, and what it does here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What there is to remark before it; left out where there is no room.
    pub remark: String,
    /// The key as people write it; two where they belong together.
    pub key: String,
    /// What it does, in a word or two.
    pub does: &'static str,
    /// The command that it runs; none where it stands for two, or for a key of what is typed.
    pub command: Option<Command>,
}

/// The hints of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The most useful first; what does not fit is left out.
    pub first: Vec<Hint>,
    /// What is always in sight: the way out, and the help.
    pub last: Vec<Hint>,
    /// Whether they stand close together, to have room for more.
    pub is_tight: bool,
}
