//! What a plan is made of: live submissions as JSON of our own, packages that are on no disk, and a compact view of the plan.

#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use flightline_client::api::Fetched;
use flightline_client::secret::SasUrl;
use flightline_protocol::application::Application;
use flightline_protocol::package::{Architecture, DeviceFamily, Version};
use flightline_protocol::submission::Submission;
use flightline_publish::fault::Fault;
use flightline_publish::manifest::Identity;
use flightline_publish::notes::Notes;
use flightline_publish::observe::{Observed, Product};
use flightline_publish::package::{self, Kind, Package};
use flightline_publish::plan::{Plan, Verb, plan};
use flightline_publish::slot::Slot;
use flightline_publish::wish::{Replace, Wish};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::num::NonZeroU32;

pub(crate) const NAME: &str = "Harbour.PaperBoats";
pub(crate) const PUBLISHER: &str = "CN=Harbour, O=Harbour Toys";
pub(crate) const LIVE: &str = "1152921505700000101";
pub(crate) const PENDING: &str = "1152921505700000102";
pub(crate) const DESKTOP: &str = "Windows.Desktop min version 10.0.19041.0";

/// The day on which everything here is planned.
pub(crate) fn today() -> Timestamp {
    "2027-02-01T12:00:00Z".parse().expect("a time")
}

/// A package that the Store has, with the id that ends in `number`.
pub(crate) fn entry(number: u32, version: &str, architecture: &str, families: &[&str]) -> Value {
    json!({
        "fileName": format!("Boats_{version}_{architecture}.msix"),
        "fileStatus": "Uploaded",
        "id": format!("20000000001000{number:05}"),
        "version": version,
        "architecture": architecture,
        "targetPlatform": "Windows10",
        "languages": ["en-us"],
        "capabilities": ["internetClient"],
        "minimumDirectXVersion": "None",
        "minimumSystemRam": "None",
        "targetDeviceFamilies": families,
    })
}

/// The same for desktops.
pub(crate) fn desktop(number: u32, version: &str, architecture: &str) -> Value {
    entry(number, version, architecture, &[DESKTOP])
}

/// A live document with these packages.
pub(crate) fn document(packages: Vec<Value>) -> Value {
    json!({
        "id": LIVE,
        "applicationCategory": "Games_FamilyAndKids",
        "pricing": {"trialPeriod": "NoFreeTrial", "sales": [], "priceId": "Free", "isAdvancedPricingModel": true},
        "targetPublishMode": "Immediate",
        "targetPublishDate": "1601-01-01T00:00:00.0000000Z",
        "listings": {
            "en-us": {"baseListing": {"title": "Paper Boats", "releaseNotes": "First boats."}, "platformOverrides": {}},
            "de-de": {"baseListing": {"title": "Papierschiffchen", "releaseNotes": ""}},
        },
        "status": "Published",
        "applicationPackages": packages,
        "packageDeliveryOptions": {
            "packageRollout": {"isPackageRollout": false, "packageRolloutPercentage": 0.0},
            "isMandatoryUpdate": false,
        },
        "allowTargetFutureDeviceFamilies": {"Desktop": true, "Mobile": false, "Xbox": false, "Holographic": false},
        "friendlyName": "Submission 7",
    })
}

/// A document as it is read.
pub(crate) fn submission(document: Value) -> Submission {
    Submission::read(document).expect("a submission").0
}

/// An app with this live submission.
pub(crate) fn observed(live: Value) -> Observed {
    Observed { product: Product::App(app()), live: Some(submission(live)), halted: None, pending: None }
}

/// An app with nothing live.
pub(crate) fn app() -> Application {
    Application::read(json!({
        "id": "9NPAPERBOATS", "primaryName": "Paper Boats", "packageIdentityName": NAME, "publisherName": PUBLISHER,
    }))
    .expect("an app")
}

/// The live document as a draft that was cloned from it.
pub(crate) fn clone_of(live: &Value) -> Value {
    let mut draft = live.clone();
    draft["id"] = PENDING.into();
    draft["status"] = "PendingCommit".into();
    draft["friendlyName"] = "Submission 8".into();
    draft
}

/// A pending submission made through the API.
pub(crate) fn fetched(document: Value) -> Fetched {
    let upload_url = SasUrl::parse("https://blobs.example/ingestion/boats?sv=2021&sig=secret");
    Fetched { submission: submission(document), upload_url }
}

/// A new package for desktops.
pub(crate) fn new(version: &str, architecture: &str) -> Package {
    new_for(version, &[architecture], &[DESKTOP])
}

/// A new bundle for desktops.
pub(crate) fn bundle(version: &str, architectures: &[&str]) -> Package {
    new_for(version, architectures, &[DESKTOP])
}

/// A new package; a bundle if it has several architectures.
pub(crate) fn new_for(version: &str, architectures: &[&str], families: &[&str]) -> Package {
    let applications: Vec<(&str, Vec<&str>)> = architectures.iter().map(|&one| (one, families.to_vec())).collect();
    made_of(version, &applications)
}

/// A new package whose applications serve what is named for each; a bundle if there are several.
pub(crate) fn made_of(version: &str, applications: &[(&str, Vec<&str>)]) -> Package {
    let version: Version = version.parse().expect("a version");
    let applications: Vec<package::Application> = applications
        .iter()
        .map(|(architecture, families)| package::Application {
            version,
            architecture: self::architecture(architecture),
            device_families: families.iter().map(|family| self::family(family)).collect(),
        })
        .collect();
    let mut architectures: Vec<Architecture> = applications.iter().map(|one| one.architecture.clone()).collect();
    architectures.sort();
    architectures.dedup();
    let mut device_families: Vec<DeviceFamily> = Vec::new();
    for family in applications.iter().flat_map(|one| &one.device_families) {
        if !device_families.contains(family) {
            device_families.push(family.clone());
        }
    }
    let words: Vec<&str> = architectures.iter().map(Architecture::as_str).collect();
    let (kind, extension) = if words.len() > 1 { (Kind::Bundle, "msixbundle") } else { (Kind::Package, "msix") };
    let file_name = format!("Boats_{version}_{}.{extension}", words.join("_"));
    Package {
        path: format!("out/{file_name}").into(),
        file_name,
        kind,
        size: 4096,
        identity: Identity { name: NAME.to_owned(), publisher: PUBLISHER.to_owned(), version, resource_id: None },
        architectures,
        device_families,
        languages: vec!["en-us".to_owned()],
        applications,
        companions: Vec::new(),
    }
}

pub(crate) fn architecture(word: &str) -> Architecture {
    let Ok(architecture) = word.parse();
    architecture
}

pub(crate) fn family(text: &str) -> DeviceFamily {
    let Ok(family) = text.parse();
    family
}

/// A wish for these packages and nothing else.
pub(crate) fn wish(packages: Vec<Package>) -> Wish {
    Wish { packages, ..Wish::default() }
}

pub(crate) fn keep(number: u32) -> Replace {
    Replace::Keep(NonZeroU32::new(number).expect("at least one"))
}

pub(crate) fn notes(texts: &[(&str, &str)]) -> Notes {
    Notes::PerLanguage(texts.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned())).collect())
}

/// The plan for a wish against what is live, or the faults, in a few lines.
pub(crate) fn planned(wish: &Wish, live: Value) -> String {
    show(&plan(wish, &observed(live), today()))
}

/// A plan, or the faults in place of it, in a few lines.
pub(crate) fn show(plan: &Result<Plan, Vec<Fault>>) -> String {
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| writeln!(text, "{words}").expect("text grows");
    let plan = match plan {
        Ok(plan) => plan,
        Err(faults) => {
            for fault in faults {
                line(format_args!("{}: {}", fault.code, fault.message));
            }
            return text;
        }
    };
    for package in &plan.packages {
        let architectures: Vec<&str> = package.architectures.iter().map(Architecture::as_str).collect();
        let version = package.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
        let number = package.id.as_ref().map_or("-", |id| id[id.len() - 2..].trim_start_matches('0'));
        let (verb, file) = (package.verb.as_str(), &package.file_name);
        line(format_args!("{verb:4} {number} {version} {} {file}: {}", architectures.join("+"), package.reason));
    }
    for change in &plan.fields {
        line(format_args!("set {}: {} -> {}", change.field, change.from, change.to));
    }
    for remark in &plan.remarks {
        line(format_args!("remark: {remark}"));
    }
    if plan.slot != Slot::Free {
        line(format_args!("slot: {:?}", plan.slot));
    }
    if plan.is_empty() {
        line(format_args!("nothing to do"));
    }
    text
}

/// The verbs of a plan's packages.
pub(crate) fn verbs(plan: &Plan) -> Vec<(Verb, &str)> {
    plan.packages.iter().map(|line| (line.verb, line.file_name.as_str())).collect()
}
