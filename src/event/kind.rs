//! What can answer at a destination.

/// What answers at a destination. It decides over an event's route, and over whether a write key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DestinationKind {
    /// Raindrop itself, or something that speaks for it.
    #[default]
    Raindrop,
    /// An endpoint on this machine that speaks Raindrop's ingestion API, such as `rainscope sink`.
    LocalSink,
    /// Raindrop's local debugger, which never gets a write key.
    Workshop,
}

impl DestinationKind {
    /// All of them.
    pub const ALL: [DestinationKind; 3] = [
        DestinationKind::Raindrop,
        DestinationKind::LocalSink,
        DestinationKind::Workshop,
    ];

    /// The word for it in the settings, the history and results.
    pub const fn name(self) -> &'static str {
        match self {
            DestinationKind::Raindrop => "raindrop",
            DestinationKind::LocalSink => "sink",
            DestinationKind::Workshop => "workshop",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<DestinationKind> {
        DestinationKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// Whether requests to it carry a write key.
    pub const fn takes_key(self) -> bool {
        !matches!(self, DestinationKind::Workshop)
    }
}
