//! A way to the Store on which one answer is held back until a test lets it through.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Passes everything on, and holds back the answer to the first request whose line ends like `held`.
pub(crate) struct Gate {
    /// The address to ask.
    pub(crate) address: String,
    seen: Receiver<()>,
    open: Sender<()>,
}

impl Gate {
    /// Before a Store that speaks plain HTTP at `api`.
    pub(crate) fn before(api: &str, held: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let host = api.trim_start_matches("http://").to_owned();
        let (say, seen) = channel();
        let (open, opened) = channel();
        let held = Arc::new(Mutex::new(Some((held, say, opened))));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(store) = TcpStream::connect(&host) else { return };
                let held = Arc::clone(&held);
                std::thread::spawn(move || pass(client, store, &held));
            }
        });
        Self { address, seen, open }
    }

    /// Waits until the request has come whose answer is held back.
    pub(crate) fn until_reached(&self) {
        self.seen.recv_timeout(Duration::from_secs(90)).expect("the request comes");
    }

    /// Lets the answer through.
    pub(crate) fn open(&self) {
        let _ = self.open.send(());
    }
}

type Held = Mutex<Option<(&'static str, Sender<()>, Receiver<()>)>>;

/// Both directions of a connection: what is asked while nothing is held back is answered at once.
fn pass(mut client: TcpStream, mut store: TcpStream, held: &Arc<Held>) {
    let (mut answers, mut back) = (store.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
    let hold: Arc<Mutex<Option<Receiver<()>>>> = Arc::default();
    let wait = Arc::clone(&hold);
    std::thread::spawn(move || {
        let mut bytes = [0; 1 << 16];
        while let Ok(length @ 1..) = answers.read(&mut bytes) {
            if let Some(opened) = wait.lock().expect("the gate").take() {
                let _ = opened.recv();
            }
            if back.write_all(&bytes[..length]).is_err() {
                return;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut bytes = [0; 1 << 16];
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        let line = text.lines().next().unwrap_or_default();
        let mut held = held.lock().expect("the gate");
        if let Some((_, say, opened)) = held.take_if(|(end, _, _)| line.ends_with(*end)) {
            *hold.lock().expect("the gate") = Some(opened);
            let _ = say.send(());
        }
        drop(held);
        if store.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
    let _ = store.shutdown(Shutdown::Both);
}
