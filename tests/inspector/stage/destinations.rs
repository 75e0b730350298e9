//! Where test traces go in the tests, as the screen has it.

use rainscope::event::DestinationKind;
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::prepare::Endpoint;
use rainscope::settings::resolve::KeySource;

/// The local sink as a destination.
pub fn local_sink() -> DestinationShown {
    DestinationShown {
        name: "local sink".to_owned(),
        endpoint: Endpoint {
            kind: DestinationKind::LocalSink,
            base_url: "http://127.0.0.1:5899".to_owned(),
            project: String::new(),
        },
        key_source: KeySource::None,
        foreign_key: None,
        unavailable: None,
        is_asked: false,
        is_switched_off: false,
    }
}

/// A destination that is not on this machine.
pub fn raindrop() -> DestinationShown {
    DestinationShown {
        name: "Raindrop".to_owned(),
        endpoint: Endpoint {
            kind: DestinationKind::Raindrop,
            base_url: "https://api.raindrop.ai".to_owned(),
            project: String::new(),
        },
        ..local_sink()
    }
}

/// Raindrop's local debugger.
pub fn workshop() -> DestinationShown {
    DestinationShown {
        name: "Raindrop Workshop".to_owned(),
        endpoint: Endpoint {
            kind: DestinationKind::Workshop,
            base_url: "http://127.0.0.1:5899".to_owned(),
            project: String::new(),
        },
        ..local_sink()
    }
}
