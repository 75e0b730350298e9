//! Who is admitted, on the wire.

use rainscope::proxy::Observation;

use super::{Stage, TOKEN};

async fn answer(stage: &Stage, request: &str) -> String {
    let mut client = stage.client().await;
    client.write(request).await;
    let mut read = client.read_until(b"\r\n\r\n").await;
    if read.contains("content-length: ") && !read.contains("content-length: 0") {
        read = client.read_until(b"}").await;
    }
    read
}

#[tokio::test]
async fn strangers_reach_nothing() {
    let stage = Stage::new().await;
    for (request, status) in [
        (
            "GET /api/v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "403",
        ),
        (
            "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "403",
        ),
        (
            "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
            "405",
        ),
        (
            "GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
            "403",
        ),
        (
            "GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
            "403",
        ),
        ("GET /api/v1/models HTTP/1.1\r\n\r\n", "400"),
        (
            "POST /broadcast HTTP/1.1\r\nHost: t.example\r\nContent-Length: 2\r\n\r\n{}",
            "401",
        ),
    ] {
        let read = answer(&stage, request).await;
        assert!(
            read.starts_with(&format!("HTTP/1.1 {status}")),
            "{request}: {read}"
        );
    }
    let none = tokio::time::timeout(std::time::Duration::from_millis(1), stage.upstream.accept());
    assert!(none.await.is_err(), "nothing went upstream");
}

#[tokio::test]
async fn deliveries_are_taken_with_the_token_through_a_tunnel() {
    let mut stage = Stage::new().await;
    let head = format!(
        "Host: t.example\r\nX-Forwarded-For: 1.2.3.4\r\nAuthorization: Bearer {TOKEN}\r\nX-Test-Connection: true\r\n"
    );
    let json = format!(
        "PUT /broadcast HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{{\"resourceSpans\":[]}}"
    );
    let read = answer(&stage, &json).await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    assert!(read.ends_with("{}"), "{read}");
    let Observation::Delivery { delivered, .. } = stage.told().await else {
        panic!("no delivery was told");
    };
    assert!(delivered.is_test && delivered.loaded.completions.is_empty());

    let protobuf = format!(
        "POST /v1/traces HTTP/1.1\r\n{head}Content-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"
    );
    let read = answer(&stage, &protobuf).await;
    assert!(
        read.contains("content-type: application/x-protobuf\r\n"),
        "{read}"
    );
    assert!(matches!(stage.told().await, Observation::Delivery { .. }));
}
