//! Destinations as the screen has them. The port of the program's own sink differs each time, so a demonstration shows the
//! usual one.

use crate::clock::Clock;
use crate::destination::{Destination, DestinationKind};
use crate::inspector::windows::send::DestinationShown;
use crate::settings::resolve::KeySource;

const DEMO_AUTHORITY: &str = "127.0.0.1:5899";

/// A destination for the screen; nothing is said of its key.
pub(super) fn of(destination: &Destination, clock: &Clock) -> DestinationShown {
    let mut endpoint = destination.endpoint();
    if clock.is_demo() {
        endpoint.base_url = demo_address(endpoint.base_url, destination);
    }
    DestinationShown {
        name: destination.name().to_owned(),
        endpoint,
        key_source: KeySource::None,
        foreign_key: None,
        unavailable: None,
        is_asked: false,
        is_switched_off: false,
    }
}

/// A text in which the sink's address, whose port differs each time, is the one that demonstrations show.
pub(super) fn demo_address(text: String, destination: &Destination) -> String {
    match destination.kind() {
        DestinationKind::LocalSink => {
            text.replace(destination.base_url().authority(), DEMO_AUTHORITY)
        }
        _ => text,
    }
}
