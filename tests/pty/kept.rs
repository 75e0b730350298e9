//! A sink that takes one write key, as Raindrop does, on a thread of its own; what it received is told.

use std::sync::mpsc::{Receiver, channel};

use rainscope::delivery::sink::{KeyCheck, Receipt, Sink, SinkOptions};
use rainscope::destination::WriteKey;

/// The key that it takes. No terminal may ever show it.
pub const KEY: &str = "rk_never_show_this_0123456789";

/// The sink, until it is dropped.
pub struct KeptSink {
    /// Where it listens.
    pub base_url: String,
    /// What it received.
    pub receipts: Receiver<Receipt>,
    _keep: tokio::sync::oneshot::Sender<()>,
}

/// Starts it on a free port.
pub fn sink() -> KeptSink {
    let (keep, gone) = tokio::sync::oneshot::channel::<()>();
    let (tell, told) = channel();
    let (receive, receipts) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = SinkOptions {
                keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
                ..SinkOptions::default()
            };
            let received = move |receipt| {
                let _ = receive.send(receipt);
            };
            let sink = Sink::start(options, received).await.unwrap();
            tell.send(sink.base_url().as_str().to_owned()).unwrap();
            let _ = gone.await;
        });
    });
    KeptSink {
        base_url: told.recv().unwrap(),
        receipts,
        _keep: keep,
    }
}
