//! Real packages, from a folder that `FLIGHTLINE_REAL_PACKAGES` names: the test data of Microsoft's MSIX SDK. Without it there is
//! nothing to try, and that is said.

use crate::support::{APP, Account, Store};
use std::path::PathBuf;

/// The folder, if there is one.
#[allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the folder is named in the environment, or that it is not is said"
)]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("FLIGHTLINE_REAL_PACKAGES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("no real packages: FLIGHTLINE_REAL_PACKAGES is not set");
    }
    folder
}

/// The sample account, its app with the identity of the SDK's test package and no package of its own.
fn account() -> Account {
    let publisher = "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US";
    Account::sample()
        .with("/applications/0/packageIdentityName", "20477fca-282d-49fb-b03e-371dca074f0f".into())
        .with("/applications/0/publisherName", publisher.into())
        .with("/applications/0/publishedSubmission/applicationPackages", serde_json::json!([]))
}

#[test]
fn one_app_in_three_architectures_is_published_and_delivered() {
    let Some(folder) = folder() else { return };
    let store = Store::of(&account());
    let person = store.person();
    let files = ["TestAppxPackage_x64.appx", "TestAppxPackage_Win32.appx", "TestAppxPackage_1.0.1.0_ARM.appx"];
    let files: Vec<String> = files.iter().map(|file| folder.join(file).to_string_lossy().into_owned()).collect();
    let args: Vec<&str> = ["publish"].into_iter().chain(files.iter().map(String::as_str)).chain(["--app", APP]).collect();
    assert_eq!(person.run(&args).ends(0).json()["outcome"], "delivered");
    assert_eq!(person.run(&args).ends(0).json()["outcome"], "nothing-to-do");
    let status = person.run(&["status", "--app", APP]).ends(0).json();
    let packages = status["live"]["packages"].as_array().expect("a list").clone();
    let packages: Vec<_> = packages.iter().map(|package| format!("{} {}", package["version"], package["architecture"])).collect();
    assert_eq!(packages, [r#""1.0.0.0" "x64""#, r#""1.0.0.0" "x86""#, r#""1.0.1.0" "arm""#]);
}

#[test]
fn packages_that_are_broken_on_purpose_are_refused_before_anything_is_sent() {
    let Some(folder) = folder() else { return };
    let store = Store::of(&account());
    let person = store.person();
    for (file, code) in [
        ("bundles__ContainsNoPayload.appxbundle", "bundle-without-application"),
        ("bundles__PayloadPackageNotListedInManifest.appxbundle", "payload-unlisted"),
        ("BlockMap__No_blockmap.appx", "block-map-missing"),
        ("OPC_E_ZIP_CORRUPTED_ARCHIVE.appx", "zip-damaged"),
        ("flat__FlatBundleWithAsset.appxbundle", "companion-missing"),
        ("flat__language-de.appx", "resource-alone"),
    ] {
        let path = folder.join(file);
        person.run(&["publish", &path.to_string_lossy(), "--app", APP]).ends(2).tells(code).tells(file);
    }
    assert_eq!(store.requests(), Vec::<String>::new());
}
