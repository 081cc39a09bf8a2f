//! Publishes a new version of an app: a draft, new release notes, a new package in place of the old ones, upload, commit, and the
//! way to publication.
//!
//! `cargo run -p flightline-client --example app_submission`

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
    let target = Target::App(app.id.clone());

    // A draft is a clone of what is live. It is edited and sent back whole: what is left out would be lost.
    let mut draft = fresh_draft(&writer, &target).await?.submission;
    let listing = draft.base_listing_mut("en-gb").ok_or("no English listing")?;
    listing.insert("releaseNotes".to_owned(), "Charts open twice as fast.".into());

    let packages = draft.document_mut().get_mut("applicationPackages").and_then(|list| list.as_array_mut());
    let packages = packages.ok_or("no list of packages")?;
    for old in packages.iter_mut() {
        old["fileStatus"] = "PendingDelete".into();
    }
    packages.push(json!({
        "fileName": "HarbourLights_1.1.0.0_x64.msix",
        "fileStatus": "PendingUpload",
        "minimumDirectXVersion": "None",
        "minimumSystemRam": "None",
    }));
    let stored = writer.update_submission(&target, &draft).await?;

    // The archive holds every file that is marked PendingUpload, under the name that it has in the document.
    let archive = store.archive(&[("HarbourLights_1.1.0.0_x64.msix", &package(&app, "1.1.0.0")?)])?;
    publish(&writer, &target, stored, archive).await?;

    let (_, live) = writer.reader().references(&target).await?;
    let live = writer.reader().submission(&target, &live.ok_or("nothing is live")?).await?;
    for package in live.submission.packages() {
        println!("live: {} {:?}", package.file_name(), package.version().map(|version| version.to_string()));
    }
    store.close().await;
    Ok(())
}
