//! What the proxy adds, against going to the same server direct, in one run. Server, proxy and client each run on threads
//! of their own, as in real life. Three ways: direct; through the bare proxy, whose observer takes every copy and lets go
//! of it; and through all of `listen`, which makes samples of the copies and records them.
//!
//! - `first_byte_…`: from asking on a kept connection to the first event of the answer.
//! - `hundred_streams_…`: 100 streams at once that their server paces, 20,000 events a second in all.
//! - `gigabit_answer_…`: one long answer at the speed of a fast network, 1 Gbit/s.
//! - `memory_speed_answer_…`: one long answer as fast as this machine's memory carries it. Whatever stands between two
//!   programs reads every byte and writes it once more, so the ceiling is not what going direct reaches but what
//!   `…_through_a_relay` does: tokio's own copy between two sockets, which looks at nothing.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::BytesCount;
use rainscope::listen::recording::Recording;
use rainscope::listen::running::{Plan, RunningProxy};
use rainscope::listen::session::Interest;
use rainscope::proxy::{Options, Proxy, ProxyLimits, Upstream};
use tokio::io::copy_bidirectional_with_sizes;
use tokio::sync::mpsc::unbounded_channel;

/// The body of a long answer, in bytes.
const LONG: usize = 32 << 20;
/// How much of it is written at once.
const PIECE: usize = 64 << 10;
/// The body of a long answer that comes as fast as a network of 1 Gbit/s carries it, and how long a piece of it takes.
const PACED: usize = 8 << 20;
const PIECE_TAKES: Duration = Duration::from_nanos(PIECE as u64 * 8);
/// Streams at once, events in each, and how long the server waits between two of them: 20,000 events a second.
const STREAMS: usize = 100;
const EVENTS: usize = 100;
const BETWEEN: Duration = Duration::from_millis(5);
/// The first event of a short answer, and the rest of it.
const FIRST: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const REST: &str = "data: [DONE]\n\n";
/// How a request's body ends.
const BODY_END: &[u8] = b"]}";
/// How a short answer ends.
const END: &[u8] = b"\r\n0\r\n\r\n";

fn main() {
    divan::main();
}

/// A value that the bench cannot go on without.
fn have<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| unreachable!("{error}"))
}

/// A server in place of OpenRouter: a short stream, or a long body where the path says so.
fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let listener = have(TcpListener::bind("127.0.0.1:0"));
        let addr = have(listener.local_addr());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream));
            }
        });
        addr
    })
}

fn serve(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let piece = vec![b'x'; PIECE];
    loop {
        let asked = read_until(&mut stream, BODY_END)?;
        if asked.starts_with(b"POST /memory") {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            for _ in 0..LONG / PIECE {
                stream.write_all(&piece).ok()?;
            }
        } else if asked.starts_with(b"POST /gigabit") {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {PACED}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            let begun = Instant::now();
            for number in 1..=PACED / PIECE {
                stream.write_all(&piece).ok()?;
                let due = begun + PIECE_TAKES * u32::try_from(number).ok()?;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        } else if asked.starts_with(b"POST /paced") {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).ok()?;
            let event = format!("{:X}\r\n{FIRST}\r\n", FIRST.len());
            for _ in 0..EVENTS {
                thread::sleep(BETWEEN);
                stream.write_all(event.as_bytes()).ok()?;
            }
            stream.write_all(b"0\r\n\r\n").ok()?;
        } else {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            let first = format!("{head}{:X}\r\n{FIRST}\r\n", FIRST.len());
            stream.write_all(first.as_bytes()).ok()?;
            let rest = format!("{:X}\r\n{REST}\r\n0\r\n\r\n", REST.len());
            stream.write_all(rest.as_bytes()).ok()?;
        }
    }
}

fn upstream() -> Upstream {
    have(format!("http://{}", server()).parse())
}

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Runs a server on a thread of its own; gives the address that it tells.
fn on_a_thread<F: Future<Output = ()>>(
    serve: impl FnOnce(Sender<SocketAddr>) -> F + Send + 'static,
) -> SocketAddr {
    let (tell, told) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        have(runtime).block_on(serve(tell));
    });
    have(told.recv())
}

/// A relay in front of the server that knows nothing of HTTP, with buffers as large as the proxy's.
fn relay() -> SocketAddr {
    static RELAY: OnceLock<SocketAddr> = OnceLock::new();
    *RELAY.get_or_init(|| {
        on_a_thread(|tell| async move {
            let listener = have(tokio::net::TcpListener::bind(ANY_PORT).await);
            let _ = tell.send(have(listener.local_addr()));
            loop {
                let (mut client, _) = have(listener.accept().await);
                let mut server = have(tokio::net::TcpStream::connect(server()).await);
                tokio::spawn(async move {
                    let size = 64 << 10;
                    copy_bidirectional_with_sizes(&mut client, &mut server, size, size).await
                });
            }
        })
    })
}

/// The bare proxy in front of the server.
fn proxy() -> SocketAddr {
    static PROXY: OnceLock<SocketAddr> = OnceLock::new();
    *PROXY.get_or_init(|| {
        on_a_thread(|tell| async move {
            let options = Options {
                listen: ANY_PORT,
                upstream: upstream(),
                token: None,
                limits: ProxyLimits::default(),
            };
            let proxy = Proxy::start(options, |observation| drop(divan::black_box(observation)));
            let proxy = have(proxy.await);
            let _ = tell.send(proxy.addr());
            std::future::pending::<()>().await;
        })
    })
}

/// All of `listen` in front of the server: captures, samples, a recording, a listener.
fn listen() -> SocketAddr {
    static WATCH: OnceLock<(RunningProxy, tempfile::TempDir)> = OnceLock::new();
    let (watch, _) = WATCH.get_or_init(|| {
        let folder = have(tempfile::tempdir());
        let recording = have(Recording::open(&folder.path().join("calls.ndjson")));
        let (listener, mut updates) = unbounded_channel();
        thread::spawn(move || {
            while let Some(update) = updates.blocking_recv() {
                drop(divan::black_box(update));
            }
        });
        let plan = Plan {
            listen: ANY_PORT,
            upstream: upstream(),
            token: have("deliveries-0123456789".parse()),
            interest: Interest::Growth,
        };
        (
            have(RunningProxy::start(plan, Some(recording), listener)),
            folder,
        )
    });
    watch.addr()
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = have(TcpStream::connect(addr));
    let _ = stream.set_nodelay(true);
    stream
}

fn ask(stream: &mut TcpStream, path: &str) {
    let body = "{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    let request = format!(
        "POST {path}/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    have(stream.write_all(request.as_bytes()));
}

/// Reads on until what was read holds `end`.
fn read_until(stream: &mut TcpStream, end: &[u8]) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    read_on(stream, &mut read, end)?;
    Some(read)
}

fn read_on(stream: &mut TcpStream, read: &mut Vec<u8>, end: &[u8]) -> Option<()> {
    let mut buffer = [0; 4096];
    while memchr::memmem::find(read, end).is_none() {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&buffer[..count]);
    }
    Some(())
}

/// A kept connection asks, and the first event of the answer is there. The rest of it is read outside of the time.
fn first_byte(bencher: Bencher, addr: SocketAddr) {
    let connection = RefCell::new((connect(addr), Vec::from(END)));
    bencher
        .with_inputs(|| {
            let (stream, read) = &mut *connection.borrow_mut();
            assert!(read_on(stream, read, END).is_some());
            read.clear();
        })
        .bench_local_values(|()| {
            let (stream, read) = &mut *connection.borrow_mut();
            ask(stream, "/short");
            assert!(read_on(stream, read, FIRST.as_bytes()).is_some());
        });
}

/// A hundred streams at once, to their ends.
fn streams(bencher: Bencher, addr: SocketAddr) {
    let bytes = STREAMS * EVENTS * FIRST.len();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let clients = (0..STREAMS).map(|_| {
            thread::spawn(move || {
                let mut stream = connect(addr);
                ask(&mut stream, "/paced");
                read_until(&mut stream, END).is_some()
            })
        });
        let clients: Vec<_> = clients.collect();
        for client in clients {
            assert!(client.join().unwrap_or(false));
        }
    });
}

/// A long answer on a kept connection.
fn long(bencher: Bencher, addr: SocketAddr, path: &str, length: usize) {
    let mut stream = connect(addr);
    let mut buffer = vec![0; 1 << 20];
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        ask(&mut stream, path);
        let head = read_until(&mut stream, b"\r\n\r\n").unwrap_or_default();
        let body = memchr::memmem::find(&head, b"\r\n\r\n").unwrap_or_default() + 4;
        let mut read = head.len() - body;
        while read < length {
            let count = stream.read(&mut buffer).unwrap_or(0);
            assert!(count > 0);
            read += count;
        }
    });
}

fn gigabit(bencher: Bencher, addr: SocketAddr) {
    long(bencher, addr, "/gigabit", PACED);
}

fn memory_speed(bencher: Bencher, addr: SocketAddr) {
    long(bencher, addr, "/memory", LONG);
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn first_byte_direct(bencher: Bencher) {
    first_byte(bencher, server());
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn first_byte_through_the_proxy(bencher: Bencher) {
    first_byte(bencher, proxy());
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn first_byte_through_listen(bencher: Bencher) {
    first_byte(bencher, listen());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn hundred_streams_direct(bencher: Bencher) {
    streams(bencher, server());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn hundred_streams_through_listen(bencher: Bencher) {
    streams(bencher, listen());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn gigabit_answer_direct(bencher: Bencher) {
    gigabit(bencher, server());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn gigabit_answer_through_a_relay(bencher: Bencher) {
    gigabit(bencher, relay());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn gigabit_answer_through_the_proxy(bencher: Bencher) {
    gigabit(bencher, proxy());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn gigabit_answer_through_listen(bencher: Bencher) {
    gigabit(bencher, listen());
}

#[divan::bench(sample_count = 40, sample_size = 1)]
fn memory_speed_answer_direct(bencher: Bencher) {
    memory_speed(bencher, server());
}

#[divan::bench(sample_count = 40, sample_size = 1)]
fn memory_speed_answer_through_a_relay(bencher: Bencher) {
    memory_speed(bencher, relay());
}

#[divan::bench(sample_count = 40, sample_size = 1)]
fn memory_speed_answer_through_the_proxy(bencher: Bencher) {
    memory_speed(bencher, proxy());
}

#[divan::bench(sample_count = 40, sample_size = 1)]
fn memory_speed_answer_through_listen(bencher: Bencher) {
    memory_speed(bencher, listen());
}
