//! Signs in with a client secret and shows whom the access token is for.
//!
//! `cargo run -p flightline-client --example access_token`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod embedded;

use embedded::Store;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open()?;
    let reader = store.reader()?;

    // Every call signs in by itself when it has to. Asked for alone, it shows whether the credentials are good.
    let identity = reader.identity().await?;
    let application = identity.client_id.ok_or("the token names no application")?;
    println!("signed in as application {application}");
    println!("the token is for {} and good for {} seconds", identity.audience.unwrap_or_default(), identity.expires_in.as_secs());

    // That Entra gives a token does not mean that the Store takes it: the application has to be known to Partner Center.
    for app in reader.apps().await? {
        println!("it may change {} ({})", app.primary_name, app.id);
    }
    store.close().await;
    Ok(())
}
