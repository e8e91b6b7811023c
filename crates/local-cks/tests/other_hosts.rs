//! Hosts that are not CoreWeave's, at the proxy: rejected unless that is switched, then reached by the proxy of the machine.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use local_cks::{LocalCks, OtherHosts};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Sends CONNECT, and returns the status and the connection.
async fn connect(local: &LocalCks, authority: &str) -> (String, TcpStream) {
    let address = local.proxy_url();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), stream)
}

#[tokio::test]
async fn other_hosts_are_reached_by_the_proxy_of_the_machine_if_that_is_switched_on() {
    let registry = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // A second local CKS is the machine's proxy: it has the host.
    let of_machine = LocalCks::builder().start().await.unwrap();
    of_machine.add_host("registry.example.com", registry.local_addr().unwrap());
    let other_hosts = OtherHosts::passed_through_by(&of_machine.proxy_url());
    let local = LocalCks::builder().other_hosts(other_hosts).start().await.unwrap();

    let (status, mut stream) = connect(&local, "registry.example.com:443").await;
    assert_eq!(status, "200");
    let (mut accepted, _) = registry.accept().await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    let mut received = [0; 5];
    accepted.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"hello");

    // The machine's proxy does not have this one.
    assert_eq!(connect(&local, "unknown.example.com:443").await.0, "502");
    assert_eq!(connect(&local, "another.coreweave.com:443").await.0, "403", "CoreWeave's own never pass");
}

#[tokio::test]
async fn other_hosts_are_rejected_by_default() {
    let local = LocalCks::builder().start().await.unwrap();
    assert_eq!(connect(&local, "registry.example.com:443").await.0, "403");
    assert_eq!(connect(&local, "api.coreweave.com:443").await.0, "200");
}
