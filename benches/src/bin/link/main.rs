//! A link between a client and a server: it adds a round trip, and lets each connection have only so many bytes a second each
//! way.
//!
//! `link SERVER ROUND_TRIP_MS BYTES_A_SECOND` prints a line of JSON when it is ready: where it listens, and where it tells what
//! went through (`GET /`) or forgets it (`DELETE /`).
//!
//! Not a byte is changed, dropped or put in another order. What a connection may not have yet is not read, so that its sender
//! feels it. Left out are slow start, loss and jitter: what is measured is whether a client keeps a good line busy.

mod count;
mod lane;

use count::Count;
use lane::{Lane, Pace};
use rustix::net::sockopt;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// What the kernel may take in before we read it, in bytes. Without a limit it would take megabytes at once.
const RECEIVE_BUFFER: usize = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [server, round_trip, rate] = &args[..] else { return Err("usage: link SERVER ROUND_TRIP_MS BYTES_A_SECOND".into()) };
    let server: SocketAddr = server.parse()?;
    let pace = Pace { delay: Duration::from_millis(round_trip.parse()?) / 2, rate: rate.parse()? };
    let (listener, control) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    sockopt::set_socket_recv_buffer_size(&listener, RECEIVE_BUFFER)?;
    let count = Arc::new(Count::default());
    println!(
        "{}",
        serde_json::json!({ "listen": listener.local_addr()?.to_string(), "control": format!("http://{}", control.local_addr()?) })
    );
    std::io::stdout().flush()?;
    let told = Arc::clone(&count);
    std::thread::spawn(move || tell(&control, &told));
    for client in listener.incoming().flatten() {
        let count = Arc::clone(&count);
        std::thread::spawn(move || {
            let Ok(server) = TcpStream::connect(server) else { return };
            let _ = carry(client, server, pace, &count);
        });
    }
    Ok(())
}

/// Carries one connection both ways until both sides are through.
fn carry(client: TcpStream, server: TcpStream, pace: Pace, count: &Arc<Count>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let connection = count.opened();
    let seen = Arc::clone(&connection);
    // The handshake of a real connection takes a round trip before the first byte can leave; here it is over at once.
    let up = Lane { from: client.try_clone()?, to: server.try_clone()?, pace, head_start: pace.delay * 2 };
    let down = Lane { from: server, to: client, pace, head_start: Duration::ZERO };
    let up = std::thread::spawn(move || up.run(|bytes| seen.up(bytes)));
    down.run(|bytes| connection.down(bytes));
    let _ = up.join();
    Ok(())
}

/// Answers whoever asks what went through.
fn tell(control: &TcpListener, count: &Arc<Count>) {
    for mut stream in control.incoming().flatten() {
        let mut head = [0; 4096];
        let length = stream.read(&mut head).unwrap_or(0);
        if head[..length].starts_with(b"DELETE") {
            count.forget();
        }
        let body = count.report();
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let _ = stream.shutdown(Shutdown::Both);
    }
}
