//! The way to an upstream over TLS: its certificate is verified, and `HTTPS_PROXY` is honoured. The certificate in this
//! folder is for localhost and upstream.example, and only `ca.pem` vouches for it; both last a hundred years, and
//! neither is used for anything else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Home;
use super::listening::{call, interrupt, started};

const CERTIFICATE: &[u8] = include_bytes!("server.pem");
const KEY: &[u8] = include_bytes!("server.key");
const CA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/program/commands/tls/ca.pem"
);
const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\ndata: [DONE]\n\n";

/// Speaks TLS and answers one request; gives what was asked, unless the client broke off.
fn serve_tls(stream: TcpStream) -> Option<String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let session = ServerConnection::new(Arc::new(config)).unwrap();
    let mut stream = StreamOwned::new(session, stream);
    let mut read = Vec::new();
    while !read.ends_with(b"]}") {
        let mut piece = [0; 4096];
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
    }
    stream.write_all(ANSWER.as_bytes()).unwrap();
    Some(String::from_utf8(read).unwrap())
}

/// A server over TLS, and what it was asked over each connection.
fn server() -> (u16, Receiver<Option<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = tell.send(serve_tls(stream.unwrap()));
        }
    });
    (port, told)
}

fn program(home: &Home, upstream: &str) -> Command {
    let arguments = [
        "listen",
        "--no-tui",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
    ];
    let mut command = home.program(&arguments);
    command.arg(upstream);
    command
}

fn next<T>(told: &Receiver<T>) -> T {
    told.recv_timeout(Duration::from_secs(20)).unwrap()
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (port, told) = server();
    let home = Home::new();
    let upstream = format!("https://localhost:{port}");
    // A proxy that is not there is not asked about a server of this machine.
    let mut command = program(&home, &upstream);
    command.env("HTTPS_PROXY", "http://127.0.0.1:1");
    let listening = started(command).await;
    let answer = call(&listening.address).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("certificate"), "{answer}");
    assert_eq!(next(&told), None, "nothing is sent to it");
    interrupt(listening, 0).await;

    let mut command = program(&home, &upstream);
    command.env("SSL_CERT_FILE", CA);
    let listening = started(command).await;
    let answer = call(&listening.address).await;
    assert!(answer.ends_with("data: [DONE]\n\n"), "{answer}");
    let asked = next(&told).unwrap();
    assert!(
        asked.starts_with("POST /api/v1/chat/completions HTTP/1.1\r\n"),
        "{asked}"
    );
    interrupt(listening, 0).await;

    // It speaks for other names alone.
    let mut command = program(&home, &format!("https://127.0.0.1:{port}"));
    command.env("SSL_CERT_FILE", CA);
    let listening = started(command).await;
    let answer = call(&listening.address).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert_eq!(next(&told), None);
    interrupt(listening, 0).await;
}

/// The proxy of the environment is asked for a tunnel, with its credentials; what goes through is for the upstream alone.
#[tokio::test]
async fn the_proxy_of_the_environment_leads_to_the_upstream() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://user:secret@{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = lines.by_ref().map(Result::unwrap);
            let head: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
            let answer = match number {
                0 => "HTTP/1.1 200 OK\r\n\r\n",
                _ => "HTTP/1.1 403 Forbidden\r\n\r\n",
            };
            stream.write_all(answer.as_bytes()).unwrap();
            let asked = (number == 0).then(|| serve_tls(stream)).flatten();
            let _ = tell.send((head.join("\n"), asked));
        }
    });
    let home = Home::new();
    let mut command = program(&home, "https://upstream.example");
    command.env("HTTPS_PROXY", &proxy).env("SSL_CERT_FILE", CA);
    let listening = started(command).await;
    let answer = call(&listening.address).await;
    assert!(answer.ends_with("data: [DONE]\n\n"), "{answer}");
    let (head, asked) = next(&told);
    assert!(
        head.starts_with("CONNECT upstream.example:443 HTTP/1.1\n"),
        "{head}"
    );
    assert!(head.contains("Basic dXNlcjpzZWNyZXQ="), "{head}");
    assert!(!head.contains("sk-"), "{head}");
    let asked = asked.unwrap().to_lowercase();
    assert!(asked.contains("\r\nhost: upstream.example\r\n"), "{asked}");
    assert!(!asked.contains("proxy-authorization"), "{asked}");
    // A proxy that refuses is told, and nothing goes around it.
    let answer = call(&listening.address).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("HTTPS_PROXY"), "{answer}");
    interrupt(listening, 0).await;
}
