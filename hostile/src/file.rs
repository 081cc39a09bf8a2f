//! Files on somebody's machine.

use flightline_client::auth::Certificate;
use flightline_client::secret::Password;
use flightline_protocol::id::AppId;
use flightline_protocol::target::Target;
use flightline_publish::add_on::AddOnFile;
use flightline_publish::history::History;
use flightline_publish::journal::{Entry, Journal};
use flightline_publish::manifest::{BundleManifest, Manifest};
use flightline_publish::notes::Notes;
use flightline_publish::package::Package;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A file of these bytes, in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder is made");
    let path = write(folder.path(), name, bytes);
    (folder, path)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path
}

/// A package, bundle or upload file. What the name says beyond that does not matter: an upload file's name lets all three be read.
pub fn package(bytes: &[u8]) {
    let (_folder, path) = file("a.msixupload", bytes);
    match Package::open(&path) {
        Ok(package) => assert!(!package.applications.is_empty() && package.cells().count() < 1 << 20),
        Err(faults) => {
            assert!(!faults.0.is_empty(), "a refusal without a reason");
            assert!(
                !faults.0.iter().any(|fault| fault.message().chars().any(char::is_control)),
                "it controls the terminal: {faults:?}"
            );
        }
    }
}

/// The manifest of a package.
pub fn manifest(bytes: &[u8]) {
    let _ = Manifest::parse(bytes).map_err(|errors| assert!(!errors.is_empty()));
}

/// The manifest of a bundle.
pub fn bundle(bytes: &[u8]) {
    let _ = BundleManifest::parse(bytes).map_err(|errors| assert!(!errors.is_empty()));
}

/// A certificate with its key, with a password and without.
pub fn certificate(bytes: &[u8]) {
    let (_folder, path) = file("certificate", bytes);
    for password in [None, Some(Password::new("Füße & Öl"))] {
        let _ = Certificate::open(&path, password.as_ref()).map(|found| (found.thumbprint(), found.ends_at()));
    }
}

/// A state file: what is read once is read the same again, and what is opened can be gone on with.
pub fn journal(bytes: &[u8]) {
    let app: AppId = "9NHRBRL1GHTS".parse().expect("an id");
    let target = Target::App(app);
    let folder = tempfile::tempdir().expect("a folder is made");
    let path = Journal::open(folder.path(), "s", &target).expect("a new journal").path().to_owned();
    std::fs::write(&path, bytes).expect("the file is written");
    let read = Journal::read(&path);
    let _ = Journal::unfinished(folder.path());
    let _ = History::read(folder.path()).map(|history| format!("{history:?}"));
    let _ = flightline_publish::ticket::all(folder.path());
    let Ok(mut journal) = Journal::open(folder.path(), "s", &target) else {
        assert!(read.is_err(), "it can be read and not opened");
        return;
    };
    let before: Vec<Entry> = read.expect("what can be opened can be read");
    assert_eq!(journal.entries(), before);
    for entry in &before {
        let text = serde_json::to_string(entry).expect("a line is JSON");
        assert_eq!(serde_json::from_str::<Entry>(&text).ok().as_ref(), Some(entry), "{text}");
    }
    journal.begin(&target, "wish", serde_json::Value::Null).expect("one more line");
    let after = Journal::read(&path).expect("what was gone on with can be read");
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.len(), before.len() + 1);
}

/// Release notes, in each form.
pub fn notes(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder is made");
    for name in ["notes.txt", "notes.json", "notes.toml"] {
        let _ = Notes::open(&write(folder.path(), name, bytes));
    }
}

/// The file of an add-on.
pub fn addon(bytes: &[u8]) {
    let (_folder, path) = file("add-on.json", bytes);
    let _ = AddOnFile::open(&path).map_err(|faults| assert!(!faults.is_empty()));
}
