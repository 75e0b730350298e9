//! What the proxy adds: the time to the first byte of an answer, and the throughput of a long one, against
//! going to the same server direct. Server, proxy and client each run on a thread of their own, as in real
//! life; an observer takes every copy and lets go of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;

use divan::Bencher;
use divan::counter::BytesCount;
use rainscope::proxy::{Limits, Options, Proxy};

/// The body of a long answer, in bytes.
const LONG: usize = 32 << 20;
/// How much of it is written at once.
const PIECE: usize = 64 << 10;
/// The first event of a short answer, and the rest of it.
const FIRST: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const REST: &str = "data: [DONE]\n\n";

fn main() {
    divan::main();
}

/// A server in place of OpenRouter: a short stream, or a long body where the path says so.
fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0");
        let listener = listener.unwrap_or_else(|error| unreachable!("no listener: {error}"));
        let addr = listener.local_addr();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream));
            }
        });
        addr.unwrap_or_else(|error| unreachable!("no address: {error}"))
    })
}

fn serve(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let piece = vec![b'x'; PIECE];
    loop {
        let head = read_until(&mut stream, b"\r\n\r\n")?;
        if head.starts_with(b"POST /long") {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            for _ in 0..LONG / PIECE {
                stream.write_all(&piece).ok()?;
            }
        } else {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            let first = format!("{head}{:X}\r\n{FIRST}\r\n", FIRST.len());
            stream.write_all(first.as_bytes()).ok()?;
            let rest = format!("{:X}\r\n{REST}\r\n0\r\n\r\n", REST.len());
            stream.write_all(rest.as_bytes()).ok()?;
        }
    }
}

/// The proxy in front of the server.
fn proxy() -> SocketAddr {
    static PROXY: OnceLock<SocketAddr> = OnceLock::new();
    *PROXY.get_or_init(|| {
        let upstream = format!("http://{}", server());
        let (tell, told) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.unwrap_or_else(|error| unreachable!("no runtime: {error}"));
            runtime.block_on(async {
                let options = Options {
                    listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                    upstream: upstream
                        .parse()
                        .unwrap_or_else(|error| unreachable!("{error}")),
                    token: None,
                    limits: Limits::default(),
                };
                let proxy =
                    Proxy::start(options, |observation| drop(divan::black_box(observation)));
                let proxy = proxy
                    .await
                    .unwrap_or_else(|error| unreachable!("no proxy: {error}"));
                let _ = tell.send(proxy.addr());
                std::future::pending::<()>().await;
            });
        });
        told.recv()
            .unwrap_or_else(|error| unreachable!("no address: {error}"))
    })
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr);
    let stream = stream.unwrap_or_else(|error| unreachable!("no connection: {error}"));
    let _ = stream.set_nodelay(true);
    stream
}

fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    let written = stream.write_all(request.as_bytes());
    written.unwrap_or_else(|error| unreachable!("not asked: {error}"));
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while memchr::memmem::find(&read, end).is_none() {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&buffer[..count]);
    }
    Some(read)
}

/// A kept connection asks; the answer's first event and the rest of a short stream are there.
fn short(bencher: Bencher, addr: SocketAddr) {
    let mut stream = connect(addr);
    bencher.bench_local(|| {
        ask(&mut stream, "/short");
        let read = read_until(&mut stream, b"\r\n0\r\n\r\n");
        assert!(read.is_some());
    });
}

/// A long answer on a kept connection.
fn long(bencher: Bencher, addr: SocketAddr) {
    let mut stream = connect(addr);
    let mut buffer = vec![0; 1 << 20];
    bencher.counter(BytesCount::new(LONG)).bench_local(|| {
        ask(&mut stream, "/long");
        let mut read = 0;
        while read < LONG {
            let count = stream.read(&mut buffer).unwrap_or(0);
            assert!(count > 0);
            read += count;
        }
    });
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn short_stream_direct(bencher: Bencher) {
    short(bencher, server());
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn short_stream_through_the_proxy(bencher: Bencher) {
    short(bencher, proxy());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn long_answer_direct(bencher: Bencher) {
    long(bencher, server());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn long_answer_through_the_proxy(bencher: Bencher) {
    long(bencher, proxy());
}
