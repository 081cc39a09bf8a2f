//! Requests as they come over a connection.

use rustix::net::RecvFlags;
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 32 << 10;

/// How much is thrown away at once, in bytes.
const GULP: usize = 1 << 20;

/// A connection whose bytes can be thrown away cheaply.
pub(crate) trait Wire: Read + Write {
    /// Takes up to `most` bytes off the connection, and says how many.
    fn discard(&mut self, most: usize, scratch: &mut [u8]) -> io::Result<usize>;
}

impl Wire for TcpStream {
    fn discard(&mut self, most: usize, scratch: &mut [u8]) -> io::Result<usize> {
        let most = most.min(scratch.len());
        // Linux frees the bytes without copying them.
        let flags = if cfg!(target_os = "linux") { RecvFlags::TRUNC } else { RecvFlags::empty() };
        let (_, length) = rustix::net::recv(&*self, &mut scratch[..most], flags)?;
        Ok(length)
    }
}

impl Wire for StreamOwned<ServerConnection, Buffered> {
    fn discard(&mut self, most: usize, scratch: &mut [u8]) -> io::Result<usize> {
        let most = most.min(scratch.len());
        self.read(&mut scratch[..most])
    }
}

/// A socket that is read through a buffer and written without one.
pub(crate) struct Buffered(pub(crate) BufReader<TcpStream>);

impl Read for Buffered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Buffered {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}

/// A connection with the bytes that were read beyond the last request.
pub(crate) struct Line<W> {
    wire: W,
    ahead: Vec<u8>,
    scratch: Vec<u8>,
}

/// The head of a request.
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) length: Option<usize>,
    pub(crate) is_waiting: bool,
    pub(crate) is_last: bool,
}

impl<W: Wire> Line<W> {
    pub(crate) fn new(wire: W) -> Self {
        Self { wire, ahead: Vec::new(), scratch: vec![0; GULP] }
    }

    /// The next request's head; `None` when the client is through.
    pub(crate) fn head(&mut self) -> io::Result<Option<Head>> {
        let mut seen = 0;
        let end = loop {
            let found = self.ahead[seen..].windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(at) = found {
                break seen + at + 4;
            }
            if self.ahead.len() > LONGEST_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            seen = self.ahead.len().saturating_sub(3);
            let length = self.wire.read(&mut self.scratch[..LONGEST_HEAD])?;
            if length == 0 {
                return if self.ahead.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            self.ahead.extend_from_slice(&self.scratch[..length]);
        };
        let head = parse(&String::from_utf8_lossy(&self.ahead[..end]));
        self.ahead.drain(..end);
        head.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Throws `length` bytes of a body away, and tells `count` of each piece.
    pub(crate) fn discard(&mut self, mut length: usize, mut count: impl FnMut(usize)) -> io::Result<()> {
        let ahead = length.min(self.ahead.len());
        self.ahead.drain(..ahead);
        count(ahead);
        length -= ahead;
        while length > 0 {
            let piece = match self.wire.discard(length, &mut self.scratch) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            if piece == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            count(piece);
            length -= piece;
        }
        Ok(())
    }

    /// A body of `length` bytes.
    pub(crate) fn body(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut body: Vec<u8> = self.ahead.drain(..length.min(self.ahead.len())).collect();
        let ahead = body.len();
        body.resize(length, 0);
        self.wire.read_exact(&mut body[ahead..])?;
        Ok(body)
    }

    pub(crate) fn write(&mut self, answer: &[u8]) -> io::Result<()> {
        self.wire.write_all(answer)?;
        self.wire.flush()
    }
}

fn parse(head: &str) -> Option<Head> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parsed =
        Head { method, path: path.to_owned(), query: query.to_owned(), length: None, is_waiting: false, is_last: false };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => parsed.length = Some(value.parse().ok()?),
            "expect" => parsed.is_waiting = true,
            "connection" => parsed.is_last = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    Some(parsed)
}
