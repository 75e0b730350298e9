//! The panes by name; what each is and does is in a file of its own under `panes/`.

/// The panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The list of completions.
    List,
    /// The trace metadata.
    Trace,
    /// The completion as a tree.
    Completion,
    /// The event as a tree.
    Event,
}

impl Pane {
    /// All panes in the order of the Tab key.
    pub const ALL: [Pane; 4] = [Pane::List, Pane::Trace, Pane::Completion, Pane::Event];

    /// The pane's short name.
    pub const fn title(self) -> &'static str {
        match self {
            Pane::List => "Completions",
            Pane::Trace => "Trace",
            Pane::Completion => "Completion",
            Pane::Event => "Event",
        }
    }

    /// What it is, in a sentence.
    pub const fn place(self) -> &'static str {
        match self {
            Pane::List => "the list of completions",
            Pane::Trace => "the trace metadata",
            Pane::Completion => "the completion",
            Pane::Event => "the Raindrop event",
        }
    }
}
