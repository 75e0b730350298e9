//! The objects of a location, one after the other in the order of their keys. Several are read at once, ahead of
//! whoever takes them.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::{JoinSet, LocalSet};

use super::Location;
use super::answers::{Listed, S3Error, piece};
use super::client::{ATTEMPTS, KEY, S3Client, pause};
use crate::delivery::history::InputVersion;
use crate::delivery::plain::{plain, shortened};
use crate::prepare::digest;
use crate::settings::Environment;

/// Objects that are read at once. Chosen: a bucket takes tens of milliseconds to answer.
const AT_ONCE: usize = 32;
/// Objects that are read, or being read, before they are taken.
const AHEAD: usize = 128;
/// Bytes of them that are kept.
const BYTES: usize = 64 << 20;
/// The largest object that is read as a whole; a larger one is read as it is taken.
const SMALL: usize = 4 << 20;
/// Pages without a key in a row after which a list counts as endless. Chosen: a server may leave some out.
const EMPTY_PAGES: usize = 1000;
/// Pieces of a large object that wait to be taken; one has some 8 to 64 KiB.
const PIECES: usize = 32;

/// An object that can be read.
pub(crate) struct Object {
    /// `s3://bucket/key`.
    pub(crate) name: String,
    /// Whether the location names this very key.
    pub(crate) is_named: bool,
    /// Which state of it this is, where the list tells.
    pub(crate) version: Option<InputVersion>,
    /// What it holds.
    input: Box<dyn Read + Send>,
    _bytes: OwnedSemaphorePermit,
}

impl Read for Object {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

/// Something that can't be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// The object's name, or the location's.
    pub(crate) name: String,
    /// What is wrong, and what to do about it.
    pub(crate) what: String,
}

/// Decides over an input before it is read: whether it is passed over.
pub(crate) type PassOver = Arc<dyn Fn(InputVersion) -> bool + Send + Sync>;

/// An object of which reading was begun.
type Begun = oneshot::Receiver<Result<Object, Unreadable>>;

/// The objects, in order; what can't be read is an error in words, which begin with its name.
pub(crate) struct Objects(Receiver<Begun>);

impl Objects {
    /// Begins to list and to read. What `pass_over` says yes to is listed and no more.
    pub(crate) fn open(
        location: Location,
        environment: Environment,
        pass_over: Option<PassOver>,
    ) -> Objects {
        let (begun, objects) = channel(AHEAD);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => {
                    LocalSet::new()
                        .block_on(&runtime, read(&location, &environment, pass_over, begun));
                }
                Err(error) => {
                    let (told, object) = oneshot::channel();
                    let _ = told.send(Err(Unreadable {
                        name: location.to_string(),
                        what: error.to_string(),
                    }));
                    let _ = begun.blocking_send(object);
                }
            }
        });
        Objects(objects)
    }
}

impl Iterator for Objects {
    type Item = Result<Object, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let begun = self.0.blocking_recv()?;
        Some(match begun.blocking_recv() {
            Ok(object) => object,
            Err(_) => Err(Unreadable {
                name: "s3".to_owned(),
                what: "reading an object ended early; try again".to_owned(),
            }),
        })
    }
}

/// Lists, and begins to read each object; ends when all are read, or nobody takes them any more.
async fn read(
    location: &Location,
    environment: &Environment,
    pass_over: Option<PassOver>,
    begun: Sender<Begun>,
) {
    let mut reading = Reading {
        location,
        pass_over,
        begun,
        requests: Arc::new(Semaphore::new(AT_ONCE)),
        bytes: Arc::new(Semaphore::new(BYTES)),
        tasks: JoinSet::new(),
        is_nothing: true,
    };
    let ended = match S3Client::new(location, environment).await {
        Ok(client) => reading.list(&Arc::new(client)).await,
        Err(error) => Err(Stop::Failed(error)),
    };
    let says = match ended {
        Ok(()) if reading.is_nothing => "no object's key begins so".to_owned(),
        Ok(()) => String::new(),
        Err(Stop::Failed(error)) => error.to_string(),
        Err(Stop::NotTaken) => return,
    };
    if !says.is_empty() {
        let _ = reading.tell(says).await;
    }
    let Reading {
        begun, mut tasks, ..
    } = reading;
    drop(begun);
    while tasks.join_next().await.is_some() {}
}

/// Why listing ends early.
enum Stop {
    Failed(S3Error),
    /// Nobody takes the objects any more.
    NotTaken,
}

struct Reading<'l> {
    location: &'l Location,
    pass_over: Option<PassOver>,
    begun: Sender<Begun>,
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    tasks: JoinSet<()>,
    is_nothing: bool,
}

impl Reading<'_> {
    async fn list(&mut self, client: &Arc<S3Client>) -> Result<(), Stop> {
        let mut token: Option<String> = None;
        // A server whose pages lead in circles, or hold nothing that is read, would be listed for ever.
        let mut tokens = HashSet::new();
        let mut keys = HashSet::new();
        let mut empty = 0;
        loop {
            let page = client.page(&self.location.prefix, token.as_deref()).await;
            let page = page.map_err(Stop::Failed)?;
            empty += 1;
            for listed in page.objects {
                while self.tasks.try_join_next().is_some() {}
                if !listed.key.starts_with(&self.location.prefix) {
                    let key = shortened(&plain(&listed.key), KEY);
                    let what = format!("the server lists {key}, which was not asked for");
                    return Err(Stop::Failed(S3Error::new(what)));
                }
                // A server that lists a key twice has no second object.
                if !is_visible(&listed, &self.location.prefix)
                    || !keys.insert(digest(listed.key.as_bytes()))
                {
                    continue;
                }
                empty = 0;
                self.is_nothing = false;
                let is_named = listed.key == self.location.prefix;
                let version = client.version(&listed, is_named);
                let passes = self.pass_over.as_ref().zip(version);
                if !passes.is_some_and(|(pass_over, version)| pass_over(version)) {
                    self.begin(client, listed, version).await?;
                }
            }
            // A page of which every object is passed over waits for nobody.
            if self.begun.is_closed() {
                return Err(Stop::NotTaken);
            }
            let Some(next) = page.next else {
                return Ok(());
            };
            if empty > EMPTY_PAGES || !tokens.insert(digest(next.as_bytes())) {
                let error = S3Error::new("the list does not go on: its pages repeat");
                return Err(Stop::Failed(error));
            }
            token = Some(next);
        }
    }

    /// Begins to read an object, once there is room for it.
    async fn begin(
        &mut self,
        client: &Arc<S3Client>,
        listed: Listed,
        version: Option<InputVersion>,
    ) -> Result<(), Stop> {
        let is_small = listed.size <= SMALL as u64;
        let size = match is_small {
            // No object is free, or there could be any number of them.
            true => u32::try_from(listed.size).unwrap_or(u32::MAX).max(1024),
            false => SMALL as u32,
        };
        let closed = |_| Stop::NotTaken;
        let bytes = tokio::select! {
            bytes = Arc::clone(&self.bytes).acquire_many_owned(size) => bytes.map_err(closed)?,
            () = self.begun.closed() => return Err(Stop::NotTaken),
        };
        let request = Arc::clone(&self.requests)
            .acquire_owned()
            .await
            .map_err(closed)?;
        let (told, object) = oneshot::channel();
        self.begun.send(object).await.map_err(|_| Stop::NotTaken)?;
        let client = Arc::clone(client);
        let mut name = self.location.name(&listed.key);
        if listed.key.len() > KEY {
            name = shortened(&name, KEY);
        }
        let is_named = listed.key == self.location.prefix;
        self.tasks.spawn_local(async move {
            let object = |name: &str, input| Object {
                name: name.to_owned(),
                is_named,
                version,
                input,
                _bytes: bytes,
            };
            if is_small {
                let read = client.object(&listed, SMALL).await;
                drop(request);
                let read = read.map(|bytes| object(&name, Box::new(io::Cursor::new(bytes))));
                let _ = told.send(read.map_err(|error| Unreadable {
                    name,
                    what: error.to_string(),
                }));
                return;
            }
            let (pieces, taken) = channel(PIECES);
            let input = PieceReader {
                pieces: taken,
                piece: Bytes::new(),
            };
            // It is read while it is taken, and holds no other request up meanwhile.
            drop(request);
            if told.send(Ok(object(&name, Box::new(input)))).is_ok() {
                stream(&client, &listed, &pieces).await;
            }
        });
        Ok(())
    }

    async fn tell(&self, what: String) -> Result<(), Stop> {
        let (told, object) = oneshot::channel();
        let _ = told.send(Err(Unreadable {
            name: self.location.to_string(),
            what,
        }));
        self.begun.send(object).await.map_err(|_| Stop::NotTaken)
    }
}

/// Whether an object is read: no folder's marker, and no hidden one, as in folders.
fn is_visible(listed: &Listed, prefix: &str) -> bool {
    if listed.key == prefix && !prefix.ends_with('/') {
        return true;
    }
    // The prefix may end within a name.
    let folder = prefix.rfind('/').map_or(0, |at| at + 1);
    let below = listed.key.get(folder..).unwrap_or_default();
    let is_hidden = below
        .split('/')
        .any(|part| part.starts_with('.') && !matches!(part, "." | ".."));
    !listed.key.ends_with('/') && !is_hidden
}

/// Reads an object piece by piece, and goes on where an answer broke off.
async fn stream(client: &S3Client, listed: &Listed, pieces: &Sender<Result<Bytes, S3Error>>) {
    let mut done = 0;
    let mut failures = 0;
    let error = loop {
        let error = match client.open(listed, done).await {
            Err(error) => error,
            Ok(mut response) => loop {
                match piece(&mut response).await {
                    Ok(Some(bytes)) => {
                        done += bytes.len() as u64;
                        failures = 0;
                        if done > listed.size {
                            break S3Error::new("it has more bytes than were listed");
                        }
                        if pieces.send(Ok(bytes)).await.is_err() {
                            return;
                        }
                    }
                    Ok(None) if done == listed.size => return,
                    Ok(None) => break S3Error::passing("the answer broke off"),
                    Err(error) => break error,
                }
            },
        };
        failures += 1;
        if !error.passes() || failures >= ATTEMPTS {
            break error;
        }
        pause(failures).await;
    };
    let _ = pieces.send(Err(error)).await;
}

/// The pieces of an object, as a reader that waits for them.
struct PieceReader {
    pieces: Receiver<Result<Bytes, S3Error>>,
    piece: Bytes,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io::Error::other(error)),
            }
        }
        let length = buffer.len().min(self.piece.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
