//! Account files for the Store: the sample one, changed.

use serde_json::{Value, json};

/// The app of the sample account.
pub(crate) const APP: &str = "9NHRBRL1GHTS";

/// The submission that is live of it.
pub(crate) const LIVE: &str = "1152921505700310001";

/// An account file.
pub(crate) struct Account(pub(crate) Value);

impl Account {
    /// The sample account.
    pub(crate) fn sample() -> Self {
        Self(serde_json::from_str(include_str!("../../../../emulator/src/sample/account.json")).expect("JSON"))
    }

    /// With a member of the file set.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        self.0.pointer_mut(parent).expect("a place")[name] = value;
        self
    }

    /// With so many more apps that were never published.
    pub(crate) fn with_apps(mut self, count: usize) -> Self {
        let apps = self.0["applications"].as_array_mut().expect("a list");
        apps.extend((0..count).map(|number| {
            json!({
                "id": format!("9NMANY{number:06}"),
                "primaryName": format!("Buoy {number}"),
                "packageFamilyName": format!("SaltmarshSoftware.Buoy{number}_3wq7k0n5xtd1c"),
                "packageIdentityName": format!("SaltmarshSoftware.Buoy{number}"),
                "publisherName": "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857",
            })
        }));
        self
    }

    /// With so many packages live, for x64 and each of another version, below 1.1.
    pub(crate) fn with_packages(self, count: usize) -> Self {
        let package = |number: usize| {
            json!({
                "fileName": format!("HarbourLights_1.0.{number}.0_x64.msix"), "fileStatus": "Uploaded",
                "id": format!("20000000009{number:08}"), "version": format!("1.0.{number}.0"), "architecture": "x64",
                "targetPlatform": "Windows10", "languages": ["en-GB"], "capabilities": [],
                "minimumDirectXVersion": "None", "minimumSystemRam": "None",
                "targetDeviceFamilies": ["Windows.Desktop min version 10.0.19041.0"],
            })
        };
        let packages = (0..count).map(package).collect();
        self.with("/applications/0/publishedSubmission/applicationPackages", packages)
    }

    /// With a draft that somebody began in Partner Center.
    pub(crate) fn with_portal_draft(self) -> Self {
        let mut draft = self.0["applications"][0]["publishedSubmission"].clone();
        draft["id"] = "1152921505700310099".into();
        self.with("/applications/0/pendingSubmission", draft).with("/applications/0/origin", "portal".into())
    }
}
