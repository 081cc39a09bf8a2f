//! Publishes a change of an add-on: a draft, another price, a listing with an icon, upload, commit, and the way to publication.
//!
//! `cargo run -p flightline-client --example add_on_submission`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod embedded;

use embedded::{Store, fresh_draft, publish};
use flightline_client::api::Writer;
use flightline_protocol::target::Target;
use serde_json::json;
use std::error::Error;

/// The first bytes of a picture of 300 by 300 pixels; the Store wants the rest as well.
const ICON: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x01\x2c\x00\x00\x01\x2c\x08\x06\x00\x00\x00";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open()?;
    let writer = Writer::new(store.reader()?);
    let target = Target::AddOn(store.add_on()?);

    let mut draft = fresh_draft(&writer, &target).await?.submission;
    let document = draft.document_mut();
    // State the price each time: an update without one makes the product free.
    document["pricing"]["priceId"] = "Tier1015".into();
    document["listings"]["en-gb"] = json!({
        "title": "Tide tables 2027",
        "description": "Tides of five hundred harbours for the year 2027.",
        "icon": { "fileName": "tides.png", "fileStatus": "PendingUpload" },
    });
    let stored = writer.update_submission(&target, &draft).await?;

    let archive = store.archive(&[("tides.png", ICON)])?;
    publish(&writer, &target, stored, archive).await?;

    let (_, live) = writer.reader().references(&target).await?;
    let live = writer.reader().submission(&target, &live.ok_or("nothing is live")?).await?;
    println!("live: {}", live.submission.document()["listings"]["en-gb"]);
    store.close().await;
    Ok(())
}
