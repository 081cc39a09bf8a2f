//! The floor: one Put Blob over plain HTTP whose body goes from the page cache to the socket without passing through the process.
//!
//! `floor URL FILE`

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(file)) = (args.next(), args.next()) else { return Err("usage: floor URL FILE".into()) };
    let (host, target) =
        url.strip_prefix("http://").and_then(|url| url.split_once('/')).ok_or("a plain http address is needed")?;
    let file = File::open(file)?;
    let length = file.metadata()?.len();
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "PUT /{target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nx-ms-blob-type: BlockBlob\r\n\
         Connection: close\r\n\r\n"
    )?;
    send(&mut stream, file, length)?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    if status.starts_with("HTTP/1.1 201") { Ok(()) } else { Err(status.into()) }
}

#[cfg(target_os = "linux")]
fn send(stream: &mut TcpStream, file: File, length: u64) -> std::io::Result<()> {
    let mut offset = 0;
    while offset < length {
        let most = usize::try_from(length - offset).unwrap_or(usize::MAX).min(1 << 30);
        if rustix::fs::sendfile(&*stream, &file, Some(&mut offset), most)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn send(stream: &mut TcpStream, mut file: File, _length: u64) -> std::io::Result<()> {
    std::io::copy(&mut file, stream).map(drop)
}
