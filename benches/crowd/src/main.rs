//! A crowd of clients at the emulator's door: each does one job after the other, on products that it shares with the others.
//!
//! `crowd READY.json ACCOUNT.json CLIENTS SECONDS SEED`; prints as JSON how long requests took, and what was not as it should be.
//! A busy slot is as it should be: two clients may want the same product.

mod client;
mod dice;
mod job;
mod package;
mod tally;
mod wire;

use client::Client;
use dice::Dice;
use job::Account;
use serde_json::Value;
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [ready, account, clients, seconds, seed] = &args[..] else {
        return Err("usage: crowd READY.json ACCOUNT.json CLIENTS SECONDS SEED".into());
    };
    let ready: Value = serde_json::from_slice(&std::fs::read(ready)?)?;
    let account = Account::read(&serde_json::from_slice(&std::fs::read(account)?)?);
    let (clients, seconds, seed): (u64, f64, u64) = (clients.parse()?, seconds.parse()?, seed.parse()?);
    let began = Instant::now();
    let end = began + Duration::from_secs_f64(seconds);
    let tally = std::thread::scope(|scope| {
        let work = |number: u64| {
            let (ready, account) = (&ready, &account);
            scope.spawn(move || match Client::open(ready, number, Dice::of(seed, number)) {
                Ok(mut client) => {
                    while Instant::now() < end {
                        job::one(&mut client, account);
                    }
                    client.tally
                }
                Err(failure) => {
                    let mut tally = Tally::default();
                    tally.wrong(format!("client {number} never got in: {failure}"));
                    tally
                }
            })
        };
        let threads: Vec<_> = (0..clients).map(work).collect();
        let mut whole = Tally::default();
        for thread in threads {
            match thread.join() {
                Ok(tally) => whole.add(tally),
                Err(_) => whole.wrong("a client stopped".to_owned()),
            }
        }
        whole
    });
    println!("{}", tally.report(began.elapsed()));
    Ok(ExitCode::SUCCESS)
}
