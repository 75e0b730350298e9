//! Where test traces go in the tests, as the screen has it.

use rainscope::delivery::destination::Kind;
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::settings::resolve::KeySource;

/// The local sink as a destination.
pub fn local_sink() -> DestinationShown {
    DestinationShown {
        name: "local sink".to_owned(),
        base_url: "http://127.0.0.1:5899".to_owned(),
        kind: Kind::LocalSink,
        key_source: KeySource::None,
        headers: Vec::new(),
        trouble: None,
    }
}

/// A destination that is not on this machine.
pub fn raindrop() -> DestinationShown {
    DestinationShown {
        name: "Raindrop".to_owned(),
        base_url: "https://api.raindrop.ai".to_owned(),
        kind: Kind::Raindrop,
        ..local_sink()
    }
}
