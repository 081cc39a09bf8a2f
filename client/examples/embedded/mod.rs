//! What the examples run against: a Store of their own on a port of this machine, spoken to over TLS as the real one is.
//!
//! With the real Store there is no [`Store`]: [`Reader::new`] takes `Addresses::default()`, a [`Wire`] of `WireOptions::default()` and
//! one's own credentials, and all else stays as it is.

#![allow(dead_code, reason = "each example uses its own part of this")]
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use flightline_client::Addresses;
use flightline_client::api::{Fetched, Reader, Writer};
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::upload::FileContent;
use flightline_client::watch::{Ending, Goal, watch};
use flightline_client::wire::{Wire, WireOptions};
use flightline_emulator::serve::{Listen, Ready, Server};
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::application::Application;
use flightline_protocol::id::{AddOnId, AppId, FlightId};
use flightline_protocol::status::Milestone;
use flightline_protocol::submission::StatusReport;
use flightline_protocol::target::Target;
use std::error::Error;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How long an example waits for the Store.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Store, an account in it, and a folder to put files into.
pub(crate) struct Store {
    server: Server,
    ready: Ready,
    folder: TempDir,
}

impl Store {
    /// A Store with the sample account, which takes about a second for each state of a submission.
    pub(crate) fn open() -> Result<Self, Box<dyn Error>> {
        let emulator = Emulator::open(Options { pace: Pace::Fast, ..Options::new(Account::sample()?) })?;
        let server = Server::start(emulator, Listen::local())?;
        let ready = server.ready();
        Ok(Self { server, ready, folder: tempfile::tempdir()? })
    }

    /// Somebody who looks at it: signed in with a client secret, within the Store's rate budget.
    pub(crate) fn reader(&self) -> Result<Reader, Box<dyn Error>> {
        let credentials = Credentials {
            tenant_id: self.ready.tenant_id.clone(),
            client_id: self.ready.client_id.clone(),
            client_secret: ClientSecret::new(self.ready.client_secret.as_str()),
        };
        let addresses = Addresses::new(&self.ready.api, &self.ready.login)?;
        let wire = Wire::new(&WireOptions { roots: self.ready.ca.iter().cloned().collect(), ..WireOptions::default() })?;
        Ok(Reader::new(Arc::new(wire), addresses, credentials, Budget::per_minute(Budget::PER_MINUTE)))
    }

    /// The app of the account.
    pub(crate) fn app(&self) -> Result<AppId, Box<dyn Error>> {
        Ok(self.ready.application_id.as_deref().ok_or("no app")?.parse()?)
    }

    /// An add-on of it.
    pub(crate) fn add_on(&self) -> Result<AddOnId, Box<dyn Error>> {
        Ok(self.ready.in_app_product_id.as_deref().ok_or("no add-on")?.parse()?)
    }

    /// A package flight of it.
    pub(crate) fn flight(&self) -> Result<FlightId, Box<dyn Error>> {
        Ok(self.ready.flight_id.as_deref().ok_or("no flight")?.parse()?)
    }

    /// A ZIP archive of these files, as it is uploaded.
    pub(crate) fn archive(&self, files: &[(&str, &[u8])]) -> Result<PathBuf, Box<dyn Error>> {
        let path = self.folder.path().join("upload.zip");
        std::fs::write(&path, zip(files)?)?;
        Ok(path)
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.server.stop().await;
    }
}

/// A package of the app: small, and whole enough for the Store.
pub(crate) fn package(app: &Application, version: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let (name, publisher) = (&app.package_identity_name, &app.publisher_name);
    let manifest = format!(
        r#"<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
             <Identity Name="{name}" Publisher="{publisher}" Version="{version}" ProcessorArchitecture="x64"/>
             <Dependencies>
               <TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/>
             </Dependencies>
             <Resources><Resource Language="en-GB"/></Resources>
           </Package>"#
    );
    let block_map = br#"<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap"/>"#;
    zip(&[("app.exe", b"MZ"), ("AppxManifest.xml", manifest.as_bytes()), ("AppxBlockMap.xml", block_map)])
}

fn zip(files: &[(&str, &[u8])]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The draft to work on: one that is pending is in the way of a new one, and what was in it is given up.
pub(crate) async fn fresh_draft(writer: &Writer, target: &Target) -> Result<Fetched, Box<dyn Error>> {
    if let Some(pending) = writer.reader().pending(target).await? {
        println!("deleting submission {pending}, which is in the way");
        writer.delete_submission(target, &pending).await?;
    }
    let draft = writer.create_submission(target).await?;
    println!("made submission {}", draft.submission.id());
    Ok(draft)
}

/// Uploads, commits, and follows the submission until it is published.
pub(crate) async fn publish(writer: &Writer, target: &Target, draft: Fetched, archive: PathBuf) -> Result<(), Box<dyn Error>> {
    let id = draft.submission.id();
    let url = draft.upload_url.ok_or("made in Partner Center: the API may not touch it")?;
    let receipt = writer.upload(target, id, &url, Arc::new(FileContent::open(&archive)?), &|_| {}).await?;
    println!("uploaded {} bytes", receipt.length());
    writer.commit(target, &receipt).await?;

    let goal = Goal {
        milestone: Milestone::Published,
        publish_mode: draft.submission.publish_mode(),
        deadline: Some(Instant::now() + PATIENCE),
    };
    let show = |report: &StatusReport| println!("it is in {}", report.status);
    match watch(writer.reader(), target, id, &goal, &show).await? {
        Ending::Reached(_) => Ok(()),
        Ending::Failed(report) => Err(format!("it failed: {:?}", report.details.errors).into()),
        other => Err(format!("it did not get there: {other:?}").into()),
    }
}
