//! Makes an add-on, looks it up, and deletes it.
//!
//! `cargo run -p flightline-client --example add_on`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod embedded;

use embedded::Store;
use flightline_client::api::Writer;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open()?;
    let writer = Writer::new(store.reader()?);
    let app = store.app()?;

    let made = writer.create_add_on(&app, "north-sea-charts", "Durable").await?;
    println!("made add-on {}: {}, {}", made.id, made.product_id, made.product_type);

    // It has no submission yet, and is sold only when one of it is published.
    let add_on = writer.reader().add_on(&made.id).await?;
    println!("live: {:?}, pending: {:?}", add_on.last_published, add_on.pending);

    // The lists come page by page.
    let mut pages = writer.reader().list_add_ons_of(&app);
    while let Some(page) = pages.next().await? {
        for id in page {
            println!("the app has add-on {id}");
        }
    }

    writer.delete_add_on(&made.id).await?;
    println!("deleted add-on {}", made.id);
    store.close().await;
    Ok(())
}
