//! A connection to the Store that stays open: plain HTTP/1.1, one request at a time.

use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A connection to one host.
pub(crate) struct Wire {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Wire {
    /// `host` is a name and a port.
    pub(crate) fn open(host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    /// Sends a request and reads the whole answer. `target` is path and query; `headers` end in a line break each.
    pub(crate) fn ask(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
        let head =
            format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n", self.host, body.len());
        let mut whole = head.into_bytes();
        whole.extend_from_slice(body);
        self.stream.get_mut().write_all(&whole)?;
        self.read(method)
    }

    fn read(&mut self, method: &str) -> io::Result<Answer> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status in {line:?}")))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            is_chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        let mut body = Vec::new();
        if method != "HEAD" && status != 204 {
            if is_chunked {
                self.chunks(&mut body)?;
            } else {
                body.resize(length, 0);
                self.stream.read_exact(&mut body)?;
            }
        }
        Ok(Answer { status, body })
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let length = usize::from_str_radix(self.line()?.trim(), 16).map_err(io::Error::other)?;
            let begin = body.len();
            body.resize(begin + length, 0);
            self.stream.read_exact(&mut body[begin..])?;
            self.line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
