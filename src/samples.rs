//! The samples that ship with the program; `fixtures/` holds them, the binary carries them.

use crate::completion::load::{Loaded, load};

macro_rules! samples {
    ($($file:literal),+ $(,)?) => {
        /// File names and texts, in the order of the list.
        pub const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../fixtures/", $file)))),+];
    };
}

samples! {
    "01-time-check.json",
    "02-broadcast-event.json",
    "03-tool-round-trip.json",
    "04-tool-call-only.json",
    "05-reasoning-stream.json",
    "06-vision-and-file.json",
    "07-refusal.json",
    "08-length-stopped.json",
    "09-error-body.json",
    "10-anonymous.json",
    "11-session-in-header.json",
    "12-trace-of-every-type.json",
    "13-metadata-is-not-trace.json",
    "14-privacy-leak.json",
    "15-many-scripts.json",
    "16-long-output.json",
    "17-stream-broke-off.json",
    "18-fallback-model.json",
    "19-default-names.json",
    "20-key-in-trace.json",
    "21-responses-text.json",
    "22-responses-stream.json",
    "23-messages-text.json",
    "24-messages-stream.json",
    "25-picture-and-tool-call.json",
    "26-auto-router.json",
    "27-odd-identifiers.json",
    "28-from-the-record.json",
    "29-delivery.json",
    "30-delivery-private.json",
    "31-delivery-several.json",
    "32-delivery-beside-exchange.json",
    "33-browser.har",
    "34-proxy.har",
    "35-record-alone.json",
    "36-record-cancelled.json",
}

/// All of them, loaded.
pub fn load_all() -> Loaded {
    let mut loaded = Loaded::default();
    for (file, text) in FILES {
        loaded.extend(load(file, text.as_bytes()));
    }
    loaded
}
