//! What is published: each kind of product, for the first time and again.

use crate::document;
use crate::support::Msix;
use crate::word::words;
use flightline_emulator::Account;
use flightline_protocol::id::{AddOnId, AppId, FlightId};
use flightline_protocol::target::Target;
use flightline_publish::add_on::AddOnFile;
use flightline_publish::notes::Notes;
use flightline_publish::package::Package;
use flightline_publish::wish::Wish;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) const TENANT: &str = "0b5c7a1e-6a60-4f0f-9c55-0d1c3b6f2a71";
pub(crate) const CLIENT: &str = "4f1de0c2-93c7-4f5c-8f0e-6f0a3c1d7b55";
/// With everything in it that has to be escaped in a form.
pub(crate) const SECRET: &str = "boats+sink/sometimes~&=%";

const APP: &str = "9NPAPERBOATS";
const FLIGHT: &str = "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384";
const ADD_ON: &str = "9NBQY01TDES5";
const NO_DATE: &str = "1601-01-01T00:00:00.0000000Z";

words! {
    /// A thing to do.
    Job {
        /// The next version of an app.
        AppUpdate = "app-update",
        /// The next version of an app, with notes and to an eighth of its customers first.
        AppGradually = "app-gradually",
        /// The next version of an app whose last one is still rolled out.
        AppRollingOut = "app-rolling-out",
        /// What a flight's testers have, to everybody.
        Promote = "promote",
        /// The first packages of a flight, whose empty draft was made with it.
        FlightFirst = "flight-first",
        /// The first packages of a flight that has lost its empty draft.
        FlightBare = "flight-bare",
        /// The next version of a flight.
        FlightUpdate = "flight-update",
        /// An add-on's first submission.
        AddOnFirst = "add-on-first",
        /// An add-on says something else, and has another icon.
        AddOnUpdate = "add-on-update",
        /// An add-on says something else, and no file travels.
        AddOnWords = "add-on-words",
    }
}

impl Job {
    /// What it is about.
    pub(crate) fn target(self) -> Target {
        match self {
            Self::AppUpdate | Self::AppGradually | Self::AppRollingOut | Self::Promote => Target::App(app()),
            Self::FlightFirst | Self::FlightBare | Self::FlightUpdate => Target::Flight(app(), flight()),
            Self::AddOnFirst | Self::AddOnUpdate | Self::AddOnWords => Target::AddOn(ADD_ON.parse::<AddOnId>().expect("an id")),
        }
    }

    /// Whether a draft is there before anybody publishes, for whoever comes first.
    pub(crate) fn begins_with_a_draft(self) -> bool {
        self == Self::FlightFirst
    }

    /// How many submissions of it are published at first.
    pub(crate) fn published(self) -> usize {
        usize::from(!matches!(self, Self::FlightFirst | Self::FlightBare | Self::AddOnFirst))
    }

    /// The account at first.
    pub(crate) fn account(self) -> Account {
        let mut live = document::document(desktop("1.0.0.0"));
        if self == Self::AppRollingOut {
            live["packageDeliveryOptions"]["packageRollout"] = json!({
                "isPackageRollout": true, "packageRolloutPercentage": 25.0,
                "packageRolloutStatus": "PackageRolloutInProgress", "fallbackSubmissionId": "0",
            });
        }
        let app = json!({
            "id": APP,
            "primaryName": "Paper Boats",
            "PackageFamilyName": "Harbour.PaperBoats_1",
            "packageIdentityName": document::NAME,
            "publisherName": document::PUBLISHER,
            "firstPublishedDate": "2026-01-01T00:00:00.0000000Z",
            "publishedSubmission": live,
        });
        let mut account = json!({ "tenantId": TENANT, "clientId": CLIENT, "clientSecret": SECRET, "applications": [app] });
        let mut flight = json!({ "flightId": FLIGHT, "applicationId": APP, "friendlyName": "Crew", "groupIds": ["7"] });
        match self {
            Self::Promote => flight["publishedSubmission"] = testers("1.1.0.0"),
            Self::FlightUpdate => flight["publishedSubmission"] = testers("1.0.0.0"),
            Self::FlightFirst => flight["pendingSubmission"] = empty_flight(),
            _ => {}
        }
        if self == Self::Promote || matches!(self.target(), Target::Flight(..)) {
            account["flights"] = json!([flight]);
        }
        if matches!(self.target(), Target::AddOn(_)) {
            let mut add_on = json!({
                "id": ADD_ON, "productId": "fifty-boats", "productType": "Durable", "applications": { "value": [{ "id": APP }] },
            });
            if self != Self::AddOnFirst {
                add_on["publishedSubmission"] = live_add_on();
            }
            account["inAppProducts"] = json!([add_on]);
        }
        Account::parse(&account.to_string()).expect("an account")
    }

    /// What is wished, with its files in this folder.
    pub(crate) fn wish(self, folder: &Path) -> Wish {
        if matches!(self.target(), Target::AddOn(_)) {
            return Wish { members: Some(self.add_on(folder)), ..Wish::default() };
        }
        let packages = ["x64", "arm64"].map(|architecture| package(folder, "1.1.0.0", architecture));
        let plain = document::wish(packages.into());
        match self {
            Self::AppGradually => {
                Wish { notes: Some(Notes::Everywhere("New sails.\nAnd wind.".to_owned())), rollout: "12.5".parse().ok(), ..plain }
            }
            _ => plain,
        }
    }

    fn add_on(self, folder: &Path) -> AddOnFile {
        let mut members = json!({
            "listings": { "en-us": { "title": "Fifty boats", "description": "Fifty boats of paper." } },
            "keywords": ["boats"],
        });
        if self == Self::AddOnFirst {
            members["contentType"] = "OnlineDataStorage".into();
            members["pricing"] = json!({ "priceId": "Tier1012" });
        }
        if self != Self::AddOnWords {
            std::fs::write(folder.join("boat.png"), png()).expect("the icon is written");
            members["listings"]["en-us"]["icon"] = "boat.png".into();
        }
        let path = folder.join(format!("{}.json", self.word()));
        std::fs::write(&path, members.to_string()).expect("the file is written");
        AddOnFile::open(&path).expect("an add-on's file")
    }

    /// Whether a live document has all that is wished.
    pub(crate) fn is_in(self, live: &Value) -> bool {
        let list = match self.target() {
            Target::App(_) => "applicationPackages",
            Target::Flight(..) => "flightPackages",
            Target::AddOn(_) => {
                let listing = &live["listings"]["en-us"];
                let has_icon = listing["icon"]["fileName"].as_str().is_some_and(|name| name.starts_with("icons/"));
                return listing["description"] == "Fifty boats of paper."
                    && live["keywords"] == json!(["boats"])
                    && live["pricing"]["priceId"] == "Tier1012"
                    && has_icon == (self != Self::AddOnWords);
            }
        };
        let word = |value: &Value| value.as_str().unwrap_or("?").to_lowercase();
        let packages = live[list].as_array().into_iter().flatten();
        let mut packages: Vec<_> = packages.map(|package| (word(&package["version"]), word(&package["architecture"]))).collect();
        packages.sort();
        packages == [("1.1.0.0".to_owned(), "arm64".to_owned()), ("1.1.0.0".to_owned(), "x64".to_owned())]
    }
}

pub(crate) fn app() -> AppId {
    APP.parse().expect("an id")
}

pub(crate) fn flight() -> FlightId {
    FLIGHT.parse().expect("an id")
}

fn package(folder: &Path, version: &str, architecture: &str) -> Package {
    let msix = Msix::new(document::NAME, document::PUBLISHER, version)
        .architecture(architecture)
        .family("Windows.Desktop", "10.0.19041.0")
        .language("en-us");
    Package::open(&msix.write(folder, &format!("Boats_{version}_{architecture}.msix"))).expect("a package")
}

fn desktop(version: &str) -> Vec<Value> {
    vec![document::desktop(1, version, "x64"), document::desktop(2, version, "Arm64")]
}

fn testers(version: &str) -> Value {
    let mut flight = empty_flight();
    flight["id"] = "1152921505700310021".into();
    flight["flightPackages"] = desktop(version).into();
    flight
}

/// The draft that a flight is made with.
fn empty_flight() -> Value {
    json!({
        "id": "1152921505700310020",
        "flightPackages": [],
        "packageDeliveryOptions": {
            "packageRollout": {
                "isPackageRollout": false, "packageRolloutPercentage": 0.0,
                "packageRolloutStatus": "PackageRolloutNotStarted", "fallbackSubmissionId": "0",
            },
            "isMandatoryUpdate": false,
            "mandatoryUpdateEffectiveDate": NO_DATE,
        },
        "targetPublishMode": "Immediate",
        "targetPublishDate": NO_DATE,
        "notesForCertification": "",
    })
}

fn live_add_on() -> Value {
    json!({
        "id": "1152921505700310011",
        "contentType": "OnlineDataStorage",
        "keywords": [],
        "lifetime": "Forever",
        "listings": { "en-us": { "description": "Boats.", "title": "Fifty boats" } },
        "pricing": { "marketSpecificPricings": {}, "sales": [], "priceId": "Tier1012", "isAdvancedPricingModel": true },
        "targetPublishDate": NO_DATE,
        "targetPublishMode": "Immediate",
        "tag": "",
        "visibility": "Public",
        "friendlyName": "Submission 1",
    })
}

/// As much of a picture as is looked at: its signature, and 300 by 300 pixels.
fn png() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([300_u32.to_be_bytes(), 300_u32.to_be_bytes()].concat());
    png.extend([8, 2, 0, 0, 0]);
    png
}
