//! One direction of a connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// How much is carried at once, in bytes.
const PIECE: usize = 16 << 10;

/// Who waits longer than this for a sender had nothing to carry; whoever does not was only late itself, and makes up for it.
const IDLE: Duration = Duration::from_millis(1);

/// The most that may be made up for.
const MOST_LATE: Duration = Duration::from_millis(250);

/// How fast a line is.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// How long a byte is on its way.
    pub(crate) delay: Duration,
    /// Bytes a second.
    pub(crate) rate: f64,
}

impl Pace {
    fn time_for(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 / self.rate)
    }
}

/// The way from one socket to another.
pub(crate) struct Lane {
    pub(crate) from: TcpStream,
    pub(crate) to: TcpStream,
    pub(crate) pace: Pace,
    /// How much later than the others the first piece arrives.
    pub(crate) head_start: Duration,
}

/// Bytes on their way, and when they arrive.
struct Piece {
    due: Instant,
    bytes: Vec<u8>,
}

impl Lane {
    /// Carries everything, and tells `arrived` of each piece.
    pub(crate) fn run(self, mut arrived: impl FnMut(usize)) {
        let Self { mut from, mut to, pace, head_start } = self;
        // As many pieces as fit on the line, and a few: a receiver that does not read stops the sender.
        let on_the_way = (pace.rate * (pace.delay + head_start).as_secs_f64()) as usize / PIECE + 4;
        let (sender, line) = sync_channel(on_the_way);
        let reader = std::thread::spawn(move || {
            let mut free = Instant::now();
            let open = free + head_start;
            let mut buffer = vec![0; PIECE];
            loop {
                let asked = Instant::now();
                let length = match from.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(length) => length,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => return,
                };
                let now = Instant::now();
                let start = if now - asked > IDLE { now } else { now.checked_sub(MOST_LATE).unwrap_or(now) };
                free = free.max(open).max(start) + pace.time_for(length);
                let piece = Piece { due: free + pace.delay, bytes: buffer[..length].to_vec() };
                if sender.send(piece).is_err() {
                    return;
                }
                sleep_until(free);
            }
        });
        deliver(&line, &mut to, &mut arrived);
        // Whoever still sends hears that nobody listens any more.
        drop(line);
        let _ = to.shutdown(Shutdown::Write);
        let _ = reader.join();
    }
}

fn deliver(line: &Receiver<Piece>, to: &mut TcpStream, arrived: &mut impl FnMut(usize)) {
    while let Ok(piece) = line.recv() {
        sleep_until(piece.due);
        if to.write_all(&piece.bytes).is_err() {
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        arrived(piece.bytes.len());
    }
}

fn sleep_until(time: Instant) {
    let now = Instant::now();
    if time > now {
        std::thread::sleep(time - now);
    }
}
