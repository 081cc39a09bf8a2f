//! Publishes a new package to the testers of a package flight: a draft, the package beside those that are there, upload, commit, and
//! the way to publication.
//!
//! `cargo run -p flightline-client --example flight_submission`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod embedded;

use embedded::{Store, fresh_draft, package, publish};
use flightline_client::api::Writer;
use flightline_protocol::target::Target;
use serde_json::json;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open()?;
    let writer = Writer::new(store.reader()?);
    let app = writer.reader().app(&store.app()?).await?;
    let target = Target::Flight(app.id.clone(), store.flight()?);

    // A flight has packages and nothing of a listing.
    let mut draft = fresh_draft(&writer, &target).await?.submission;
    let packages = draft.document_mut().get_mut("flightPackages").and_then(|list| list.as_array_mut());
    packages.ok_or("no list of packages")?.push(json!({
        "fileName": "HarbourLights_1.2.0.0_x64.msix",
        "fileStatus": "PendingUpload",
        "minimumDirectXVersion": "None",
        "minimumSystemRam": "None",
    }));
    let stored = writer.update_submission(&target, &draft).await?;

    let archive = store.archive(&[("HarbourLights_1.2.0.0_x64.msix", &package(&app, "1.2.0.0")?)])?;
    publish(&writer, &target, stored, archive).await?;

    let (_, live) = writer.reader().references(&target).await?;
    let live = writer.reader().submission(&target, &live.ok_or("nothing is live")?).await?;
    for package in live.submission.packages() {
        println!("live: {} {:?}", package.file_name(), package.version().map(|version| version.to_string()));
    }
    store.close().await;
    Ok(())
}
