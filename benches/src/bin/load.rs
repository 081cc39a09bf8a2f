//! Loads a blob service: so many connections put blocks as fast as they are taken, then one request makes a blob of them.
//!
//! `load URL CONNECTIONS BLOCKS BLOCK_BYTES`; prints as JSON how long the blocks took, and how long their list.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, connections, blocks, size] = &args[..] else { return Err("usage: load URL CONNECTIONS BLOCKS BLOCK_BYTES".into()) };
    let (connections, blocks, size): (usize, usize, usize) = (connections.parse()?, blocks.parse()?, size.parse()?);
    let block = noise(size);
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let put = || -> Result<(), Failure> {
            let mut service = Service::open(url)?;
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= blocks {
                    return Ok(());
                }
                service.put(&format!("comp=block&blockid={}", name(index)), &block)?;
            }
        };
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(put)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread stopped")?)
    })?;
    let wall = started.elapsed();
    let list: String = (0..blocks).map(|index| format!("<Latest>{}</Latest>", name(index))).collect();
    let list = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{list}</BlockList>");
    let mut service = Service::open(url)?;
    let started = Instant::now();
    service.put("comp=blocklist", list.as_bytes())?;
    let report = serde_json::json!({
        "blocks": wall.as_secs_f64(),
        "list": started.elapsed().as_secs_f64(),
        "rate": (blocks * size) as f64 / wall.as_secs_f64(),
    });
    println!("{report}");
    Ok(())
}

/// The name of a block: digits are base64 as they are.
fn name(index: usize) -> String {
    format!("{index:08}")
}

/// Bytes that do not repeat soon (xorshift).
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A connection to a blob.
struct Service<'a> {
    stream: BufReader<TcpStream>,
    host: &'a str,
    target: &'a str,
}

impl<'a> Service<'a> {
    fn open(url: &'a str) -> Result<Self, Failure> {
        let (host, target) =
            url.strip_prefix("http://").and_then(|url| url.split_once('/')).ok_or("a plain http address is needed")?;
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host, target })
    }

    fn put(&mut self, query: &str, body: &[u8]) -> Result<(), Failure> {
        let Self { stream, host, target } = self;
        let head = format!(
            "PUT /{target}&{query} HTTP/1.1\r\nHost: {host}\r\nx-ms-version: 2021-12-02\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body)?;
        let mut status = String::new();
        stream.read_line(&mut status)?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            is_chunked |= line == "transfer-encoding: chunked";
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        // An empty body in chunks is its last chunk alone.
        if is_chunked {
            let mut last = [0; 5];
            stream.read_exact(&mut last)?;
        }
        if status.starts_with("HTTP/1.1 201") {
            Ok(())
        } else {
            Err(format!("{} {}", status.trim_end(), String::from_utf8_lossy(&answer)).into())
        }
    }
}
