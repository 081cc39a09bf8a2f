//! What is answered to each request.

use crate::line::{Head, Line, Wire};
use crate::store::Store;
use std::io;

/// Headers of every answer that a client may want to read. The clock stands still: nobody looks at it.
const COMMON: &str = "Server: Windows-Azure-Blob/1.0\r\nx-ms-version: 2021-12-02\r\n\
    x-ms-request-id: 5a4d5a4d-0000-4000-8000-000000000000\r\n\
    Date: Fri, 20 Nov 2026 12:00:00 GMT\r\nx-ms-request-server-encrypted: true\r\n";
const WRITTEN: &str = "ETag: \"0x8DC0000000000000\"\r\nLast-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\n";

/// An answer: status, headers of its own, and the body.
type Answer = (&'static str, String, String);

/// Answers the requests of a connection until it ends.
pub(crate) fn answer<W: Wire>(line: &mut Line<W>, store: &Store) -> io::Result<()> {
    let mut connection = None;
    while let Some(head) = line.head()? {
        if head.path == "/_sink" {
            if head.method == "DELETE" {
                store.forget();
            }
            write(line, &head, ("200 OK", "Content-Type: application/json\r\n".to_owned(), store.report()))?;
        } else {
            // Only connections of clients count, not those of whoever asks for the report.
            connection.get_or_insert_with(|| Open::new(store));
            if head.is_waiting {
                line.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let answer = blob(line, &head, store)?;
            write(line, &head, answer)?;
        }
        if head.is_last {
            break;
        }
    }
    Ok(())
}

/// A connection that is counted as long as it is open.
struct Open<'a>(&'a Store);

impl<'a> Open<'a> {
    fn new(store: &'a Store) -> Self {
        store.opened();
        Self(store)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.closed();
    }
}

fn blob<W: Wire>(line: &mut Line<W>, head: &Head, store: &Store) -> io::Result<Answer> {
    let written = || ("201 Created", WRITTEN.to_owned(), String::new());
    let not_found = || refused("404 Not Found", "BlobNotFound");
    let length = head.length.unwrap_or(0);
    Ok(match (head.method.as_str(), parameter(&head.query, "comp")) {
        ("PUT", _) if head.length.is_none() => {
            store.asked("without length");
            refused("411 Length Required", "MissingContentLengthHeader")
        }
        ("PUT", None) => {
            store.asked("Put Blob");
            line.discard(length, |bytes| store.received(bytes))?;
            store.put_blob(&head.path, length as u64);
            written()
        }
        ("PUT", Some("block")) => {
            store.asked("Put Block");
            line.discard(length, |bytes| store.received(bytes))?;
            let id = parameter(&head.query, "blockid").unwrap_or_default();
            store.put_block(&head.path, plain(id), length as u64);
            written()
        }
        ("PUT", Some("blocklist")) => {
            store.asked("Put Block List");
            let body = line.body(length)?;
            match store.put_block_list(&head.path, &String::from_utf8_lossy(&body)) {
                Some(()) => written(),
                None => refused("400 Bad Request", "InvalidBlockList"),
            }
        }
        ("GET", Some("blocklist")) => {
            store.asked("Get Block List");
            match store.block_list(&head.path) {
                Some(list) => ("200 OK", "Content-Type: application/xml\r\n".to_owned(), list),
                None => not_found(),
            }
        }
        ("HEAD" | "GET", None) => {
            store.asked("Get Blob Properties");
            match store.length(&head.path) {
                Some(length) => {
                    ("200 OK", format!("{WRITTEN}x-ms-blob-type: BlockBlob\r\nContent-Length: {length}\r\n"), String::new())
                }
                None => not_found(),
            }
        }
        _ => {
            store.asked("something else");
            line.discard(length, |_| {})?;
            refused("400 Bad Request", "UnsupportedQueryParameter")
        }
    })
}

fn refused(status: &'static str, code: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>");
    (status, format!("Content-Type: application/xml\r\nx-ms-error-code: {code}\r\n"), body)
}

fn write<W: Wire>(line: &mut Line<W>, head: &Head, (status, headers, body): Answer) -> io::Result<()> {
    let length = if headers.contains("Content-Length") { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let body = if head.method == "HEAD" { "" } else { &body };
    line.write(format!("HTTP/1.1 {status}\r\n{COMMON}{headers}{length}\r\n{body}").as_bytes())
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A block's name without the percent signs that base64 needs in a query.
fn plain(id: &str) -> String {
    let mut plain = id.to_owned();
    for (escaped, letter) in [("%2B", "+"), ("%2b", "+"), ("%2F", "/"), ("%2f", "/"), ("%3D", "="), ("%3d", "=")] {
        plain = plain.replace(escaped, letter);
    }
    plain
}
