//! The inspector with its effects, against servers on loopback.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rainscope::clock::Clock;
use rainscope::delivery::sink::{KeyCheck, Receipt, Sink, SinkHandle, SinkOptions};
use rainscope::destination::WriteKey;
use rainscope::destination::{BaseUrl, Destination, Insecure};
use rainscope::inspector::Msg;
use rainscope::inspector::keys::script::{self, ScriptStep};
use rainscope::inspector::ui::theme::Look;
use rainscope::runtime::Shell;
use rainscope::settings::resolve::KeySource;
use rainscope::settings::{Environment, Overrides, Settings};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Stage, message, paint};

/// The write key of the tests; it must not be seen anywhere.
pub const KEY: &str = "rk_never_seen_0123456789";

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server on loopback that gives each request to `answer` and closes after what that says.
pub async fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            loop {
                let mut chunk = [0; 4096];
                let read = stream.read(&mut chunk).await.unwrap_or(0);
                request.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let head = head.to_ascii_lowercase();
                    let length = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: "));
                    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
                });
                if whole || read == 0 {
                    let _ = stream.write_all(answer(&text).as_bytes()).await;
                    break;
                }
            }
        }
    });
    format!("http://{address}")
}

/// An answer with a body, told by the end of the connection.
pub fn answer(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n{body}")
}

/// The inspector with its effects.
pub struct Live {
    pub shell: Shell,
    messages: UnboundedReceiver<Msg>,
}

impl Live {
    /// With settings and state in a folder.
    pub fn new(stage: Stage, folder: &Path) -> Live {
        Live::with(stage, folder, environment(folder))
    }

    /// With these variables besides.
    pub fn with(stage: Stage, folder: &Path, environment: Environment) -> Live {
        let (sender, messages) = unbounded_channel();
        let settings = Arc::new(settings(folder));
        let mut shell = Shell::with(
            stage.model,
            Clock::System,
            Some(settings),
            environment,
            sender,
        );
        shell.update(Msg::Resize(140, 40));
        Live { shell, messages }
    }

    pub async fn to(mut self, destination: Destination) -> Live {
        self.shell
            .use_destination(destination, KeySource::Environment);
        self
    }

    /// The frame's text.
    pub fn text(&self) -> String {
        let frame = super::frame(&self.shell.model, &Look::default());
        paint::lines(&frame).join("\n")
    }

    /// The window's text, without what is behind it.
    pub fn window(&self) -> String {
        let frame = super::frame(&self.shell.model, &Look::default());
        paint::part(&frame, self.shell.model.window_area()).join("\n")
    }

    /// Fails unless a text is on the screen.
    #[track_caller]
    pub fn sees(&self, expected: &str) {
        let text = self.text();
        assert!(text.contains(expected), "no \"{expected}\" in\n{text}");
    }

    /// Plays a script, with its waits.
    pub async fn play(&mut self, keys: &str) {
        for step in script::parse(keys).unwrap() {
            match step {
                ScriptStep::Wait(text) => self.wait(&text).await,
                step => self.shell.update(message(step)),
            }
        }
    }

    /// Goes on until a text is on the screen.
    pub async fn wait(&mut self, expected: &str) {
        loop {
            let shown = self.text();
            if shown.contains(expected) {
                return;
            }
            let message = tokio::time::timeout(PATIENCE, self.messages.recv()).await;
            let Ok(Some(message)) = message else {
                panic!("no \"{expected}\" came:\n{shown}");
            };
            let said = format!("{message:?}");
            assert!(!said.contains(KEY), "the key was told: {said}");
            self.shell.update(message);
        }
    }
}

pub fn environment(folder: &Path) -> Environment {
    variables(folder, &[])
}

pub fn variables(folder: &Path, more: &[(&str, &str)]) -> Environment {
    let path = folder.to_str().unwrap();
    let folders = [
        ("RAINSCOPE_CONFIG_DIR", path),
        ("RAINSCOPE_STATE_DIR", path),
    ];
    let all = folders.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub fn settings(folder: &Path) -> Settings {
    let (settings, problems) = Settings::load(&environment(folder), &Overrides::default());
    assert!(problems.is_empty(), "{problems:?}");
    settings
}

/// A sink that answers as a script says, or well; what it received comes through the channel.
pub async fn sink(fail: &str) -> (SinkHandle, UnboundedReceiver<Receipt>) {
    let (sender, receipts) = unbounded_channel();
    let options = SinkOptions {
        fail: fail.parse().unwrap(),
        ..SinkOptions::default()
    };
    let receive = move |receipt| {
        let _ = sender.send(receipt);
    };
    (Sink::start(options, receive).await.unwrap(), receipts)
}

/// A sink that takes the key of the tests alone.
pub async fn strict_sink() -> (SinkHandle, UnboundedReceiver<Receipt>) {
    let (sender, receipts) = unbounded_channel();
    let options = SinkOptions {
        keys: KeyCheck::Exactly(WriteKey::new(KEY.to_owned()).unwrap()),
        ..SinkOptions::default()
    };
    let receive = move |receipt| {
        let _ = sender.send(receipt);
    };
    (Sink::start(options, receive).await.unwrap(), receipts)
}

/// The sink as if it were Raindrop: with a key.
pub fn as_raindrop(sink: &SinkHandle) -> Destination {
    let url = sink.destination().base_url().as_str();
    let url = BaseUrl::parse(url, Insecure::Refused).unwrap();
    Destination::raindrop(url, WriteKey::new(KEY.to_owned()).unwrap(), None)
}

pub async fn next(receipts: &mut UnboundedReceiver<Receipt>) -> Receipt {
    let next = tokio::time::timeout(PATIENCE, receipts.recv()).await;
    next.unwrap().unwrap()
}
