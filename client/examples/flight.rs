//! Makes a package flight, looks it up, and deletes it.
//!
//! `cargo run -p flightline-client --example flight`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod embedded;

use embedded::Store;
use flightline_client::api::{NewFlight, Writer};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open()?;
    let writer = Writer::new(store.reader()?);
    let app = store.app()?;

    let new = NewFlight {
        friendly_name: "Crew".to_owned(),
        // The API cannot list groups: their ids are in their addresses in Partner Center.
        group_ids: vec!["1152921504610020031".to_owned()],
        rank_higher_than: None,
    };
    let made = writer.create_flight(&app, &new).await?;
    println!("made flight {}, with its first draft {:?}", made.friendly_name, made.pending);

    for flight in writer.reader().list_flights(&app).all().await? {
        println!("{} ({}) ranks above {}", flight.friendly_name, flight.id, flight.rank_higher_than.unwrap_or_default());
    }

    // Its draft goes with it.
    writer.delete_flight(&app, &made.id).await?;
    println!("deleted flight {}", made.friendly_name);
    store.close().await;
    Ok(())
}
