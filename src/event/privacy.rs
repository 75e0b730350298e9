//! Privacy mode: the event without input and output, all else the same byte for byte.
//!
//! Only [`apply`] makes an [`Outbound`], and only an `Outbound` can be encoded: nothing is sent past
//! this decision.

use super::kind::DestinationKind;
use super::{Event, Field};

/// Whether the conversation's text is kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Privacy {
    /// Input and output are sent.
    #[default]
    Off,
    /// Input and output are absent.
    On,
}

impl Privacy {
    /// The other mode.
    pub const fn toggled(self) -> Privacy {
        match self {
            Privacy::Off => Privacy::On,
            Privacy::On => Privacy::Off,
        }
    }

    /// On or off.
    pub const fn name(self) -> &'static str {
        match self {
            Privacy::Off => "off",
            Privacy::On => "on",
        }
    }
}

/// An event that may leave, and what it is meant for.
#[derive(Debug, Clone, Copy)]
pub struct Outbound<'e> {
    event: &'e Event,
    privacy: Privacy,
    kind: DestinationKind,
}

/// Decides what of an event may leave. It is meant for Raindrop unless [`Outbound::bound_for`] says otherwise.
pub fn apply(event: &Event, privacy: Privacy) -> Outbound<'_> {
    Outbound {
        event,
        privacy,
        kind: DestinationKind::Raindrop,
    }
}

impl<'e> Outbound<'e> {
    /// The same event for another kind of destination, which may want it by another route.
    #[must_use]
    pub fn bound_for(self, kind: DestinationKind) -> Outbound<'e> {
        Outbound { kind, ..self }
    }

    /// The kind of destination that it is meant for.
    pub fn kind(self) -> DestinationKind {
        self.kind
    }

    /// The fields that leave, in order.
    pub fn fields(self) -> impl Iterator<Item = &'e Field> {
        self.numbered_fields().map(|(_, field)| field)
    }

    /// The same, each with its place among all fields of the event.
    pub fn numbered_fields(self) -> impl Iterator<Item = (usize, &'e Field)> {
        let privacy = self.privacy;
        let all = self.event.fields.iter().enumerate();
        all.filter(move |(_, field)| privacy == Privacy::Off || !field.is_text())
    }

    /// The fields that are kept back, each with its place among all fields of the event.
    pub fn kept_back(self) -> impl Iterator<Item = (usize, &'e Field)> {
        let privacy = self.privacy;
        let all = self.event.fields.iter().enumerate();
        all.filter(move |(_, field)| privacy == Privacy::On && field.is_text())
    }

    /// Whether it carries an input or an output.
    pub fn has_text(self) -> bool {
        self.fields().any(Field::is_text)
    }

    /// The event's id.
    pub fn event_id(self) -> String {
        self.event.id()
    }

    /// The mode it was made with.
    pub fn privacy(self) -> Privacy {
        self.privacy
    }
}
