//! A commit: what the Store reads out of the archive, and what it refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use serde_json::{Value, json};
use support::{APP, PACKAGE, Package, Packing, Store, add_packages, archive, bundle, path, sample};

fn words((status, code, details): &(String, String, String)) -> (&str, &str, &str) {
    (status, code, details)
}

#[tokio::test]
async fn a_new_package_is_published_and_its_facts_are_filled_in() {
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft().await;
    for package in draft["applicationPackages"].as_array_mut().unwrap() {
        package["fileStatus"] = json!("PendingDelete");
    }
    let arm = Package { architecture: "arm64", ..PACKAGE };
    add_packages(&mut draft, &["HarbourLights_x64.msix", "arm\\HarbourLights.msix"]);
    let images = &mut draft["listings"]["en-gb"]["baseListing"]["images"];
    images[0]["fileStatus"] = json!("PendingDelete");
    images.as_array_mut().unwrap().push(json!({
        "fileName": "en-gb/night.png",
        "fileStatus": "PendingUpload",
        "imageType": "Screenshot",
    }));
    let draft = store.update(&draft).await;
    let content = archive(
        Packing::Stored,
        &[
            ("HarbourLights_x64.msix", &PACKAGE.build()),
            ("arm/HarbourLights.msix", &arm.build()),
            ("en-gb/night.png", b"\x89PNG"),
        ],
    );
    store.upload(&draft, content).await;
    store.commit(&draft).await;
    assert_eq!(store.status(&draft).await["status"], "Published");
    let live = store.get(&path(&draft)).await.body;
    assert_eq!(live.get("fileUploadUrl"), None);
    let package = &live["applicationPackages"][0];
    let names: Vec<&String> = package.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "fileName",
            "fileStatus",
            "id",
            "version",
            "architecture",
            "targetPlatform",
            "languages",
            "capabilities",
            "minimumDirectXVersion",
            "minimumSystemRam",
            "targetDeviceFamilies"
        ]
    );
    assert_eq!((&package["version"], &package["architecture"]), (&json!("1.1.0.0"), &json!("x64")));
    assert_eq!((&package["fileStatus"], &package["targetPlatform"]), (&json!("Uploaded"), &json!("Windows10")));
    assert_eq!(package["targetDeviceFamilies"], json!(["Windows.Desktop min version 10.0.19041.0"]));
    assert_eq!((&package["languages"], &package["capabilities"]), (&json!(["en-GB", "fr-FR"]), &json!(["runFullTrust"])));
    assert_eq!(live["applicationPackages"].as_array().unwrap().len(), 2);
    assert_eq!(live["applicationPackages"][1]["architecture"], "Arm64");
    for id in [&package["id"], &live["listings"]["en-gb"]["baseListing"]["images"][0]["id"]] {
        assert_eq!(id.as_str().unwrap().len(), 19);
    }
    let images = live["listings"]["en-gb"]["baseListing"]["images"].as_array().unwrap();
    assert_eq!((images.len(), &images[0]["fileName"]), (1, &json!("en-gb/night.png")));
    let app = store.get(&format!("applications/{APP}")).await.body;
    assert_eq!(app["lastPublishedApplicationSubmission"]["id"], draft["id"]);
    assert_eq!(app.get("pendingApplicationSubmission"), None);
    // The next clone has them.
    let next = store.draft().await;
    assert_eq!(next["applicationPackages"][0]["id"], package["id"]);
    assert_eq!(next["friendlyName"], "Submission 3");
}

#[tokio::test]
async fn compressed_packages_and_lower_versions_are_taken() {
    let store = Store::at(Pace::Instant).await;
    let old = Package { version: "1.0.0.0", architecture: "x86", ..PACKAGE };
    let content = archive(Packing::Deflated, &[("a/b/old.MSIX", &old.build())]);
    let outcome = store.outcome(&["a/b/old.MSIX"], content).await;
    assert_eq!(words(&outcome), ("Published", "", ""));
}

#[tokio::test]
async fn an_archive_that_is_none_is_invalid() {
    for content in [b"just text".to_vec(), Vec::new(), PACKAGE.build()[..200].to_vec()] {
        let store = Store::at(Pace::Instant).await;
        let outcome = store.outcome(&["a.msix"], content).await;
        assert_eq!((outcome.0.as_str(), outcome.1.as_str()), ("CommitFailed", "InvalidArchive"), "{outcome:?}");
    }
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft().await;
    add_packages(&mut draft, &["a.msix"]);
    let draft = store.update(&draft).await;
    store.commit(&draft).await;
    assert_eq!(store.status(&draft).await["statusDetails"]["errors"][0]["code"], "InvalidArchive");
    // What failed holds the slot until it is deleted.
    assert_eq!(store.post(&format!("applications/{APP}/submissions")).await.status, 409);
    assert_eq!(store.put(&path(&draft), &draft).await.status, 409);
    assert_eq!(store.delete(&path(&draft)).await.status, 204);
    store.draft().await;
}

#[tokio::test]
async fn files_that_are_missing_are_named() {
    let store = Store::at(Pace::Instant).await;
    let content = archive(Packing::Stored, &[("A.msix", &PACKAGE.build())]);
    let outcome = store.outcome(&["a.msix", "sub\\b.msix"], content).await;
    assert_eq!(
        words(&outcome),
        ("CommitFailed", "MissingFiles", "The uploaded archive does not hold these files: a.msix, sub/b.msix")
    );
}

#[tokio::test]
async fn nothing_pending_needs_no_archive() {
    let store = Store::at(Pace::Instant).await;
    let draft = store.draft().await;
    store.commit(&draft).await;
    assert_eq!(store.status(&draft).await["status"], "Published");
}

#[tokio::test]
async fn a_package_that_does_not_fit_is_refused_with_its_reason() {
    let whole = PACKAGE.build();
    let manifest = PACKAGE.manifest();
    let without_map = archive(Packing::Stored, &[("AppxManifest.xml", manifest.as_bytes())]);
    let empty_map = archive(Packing::Stored, &[("AppxManifest.xml", manifest.as_bytes()), ("AppxBlockMap.xml", b"")]);
    let of = |package: Package<'_>| package.build();
    let mut misplaced = whole.clone();
    let size = misplaced.len() - 10;
    misplaced[size] -= 1;
    let table: Vec<(Vec<u8>, &str)> = vec![
        (b"nothing of the kind".to_vec(), "it is no ZIP archive, or a damaged one"),
        (Vec::new(), "it is no ZIP archive, or a damaged one"),
        (whole[..whole.len() / 2].to_vec(), "it is no ZIP archive, or a damaged one"),
        (misplaced, "it is no ZIP archive, or a damaged one (its directory is not where it says)"),
        (b"EXPH and so on".to_vec(), "it is encrypted"),
        (archive(Packing::Stored, &[("x", b"y")]), "it has no AppxManifest.xml"),
        (without_map, "it has no AppxBlockMap.xml"),
        (empty_map, "its AppxBlockMap.xml is no block map"),
        (archive(Packing::Stored, &[("AppxManifest.xml", b"<Package>")]), "its manifest is no sound XML"),
        (archive(Packing::Stored, &[("AppxManifest.xml", b"<Package/>")]), "its manifest has no Identity"),
        (of(Package { name: "Other.App", ..PACKAGE }), "its identity name is Other.App, and the app's is Saltmarsh"),
        (of(Package { publisher: "CN=Other", ..PACKAGE }), "its publisher is CN=Other, and the app's is CN=8D2B"),
        (of(Package { version: "1.2.3", ..PACKAGE }), "its version \"1.2.3\" is not one of four numbers"),
        (of(Package { version: "0.2.3.0", ..PACKAGE }), "the first part of its version is 0"),
        (of(Package { version: "1.2.3.4", ..PACKAGE }), "the last part of its version is 4"),
        (of(Package { version: "1.0.0.0", ..PACKAGE }), "another package of the submission has the same version"),
    ];
    for (content, reason) in table {
        let store = Store::at(Pace::Instant).await;
        let content = archive(Packing::Stored, &[("new.msix", &content)]);
        let (status, code, details) = store.outcome(&["new.msix"], content).await;
        assert_eq!((status.as_str(), code.as_str()), ("CommitFailed", "PackageValidationFailed"), "{details}");
        assert!(details.starts_with(&format!("new.msix: {reason}")), "{details}");
    }
    let store = Store::at(Pace::Instant).await;
    let content = archive(Packing::Stored, &[("new.xap", &whole)]);
    assert!(store.outcome(&["new.xap"], content).await.2.starts_with("new.xap: it is no package"));
}

#[tokio::test]
async fn the_same_package_twice_is_refused() {
    let store = Store::at(Pace::Instant).await;
    let content = archive(Packing::Stored, &[("a.msix", &PACKAGE.build()), ("b.msix", &PACKAGE.build())]);
    let (_, code, details) = store.outcome(&["a.msix", "b.msix"], content).await;
    assert_eq!(code, "PackageValidationFailed");
    assert!(details.starts_with("b.msix: another package"), "{details}");
}

#[tokio::test]
async fn bundles_are_read_with_their_payload() {
    let arm = Package { architecture: "arm64", languages: &["nb-NO"], ..PACKAGE };
    let (x64, arm) = (PACKAGE.build(), arm.build());
    let both: &[(&str, &str)] = &[("x64.msix", "application"), ("arm.msix", "application")];
    let whole = bundle("2026.1.0.0", both, &[("x64.msix", &x64), ("arm.msix", &arm)]);
    let one = bundle("2026.1.0.0", &both[..1], &[("x64.msix", &x64)]);
    let flat = bundle("2026.1.0.0", both, &[]);
    for (content, architecture, languages) in [
        (archive(Packing::Stored, &[("d/x.msixbundle", &whole)]), "neutral", json!(["en-GB", "fr-FR", "nb-NO"])),
        (archive(Packing::Deflated, &[("d/x.msixbundle", &one)]), "x64", json!(["en-GB", "fr-FR"])),
        (
            archive(Packing::Stored, &[("d/x.msixbundle", &flat), ("d/x64.msix", &x64), ("d/arm.msix", &arm)]),
            "neutral",
            json!(["en-GB", "fr-FR", "nb-NO"]),
        ),
    ] {
        let store = Store::at(Pace::Instant).await;
        let draft = store.submit(&["d/x.msixbundle"], content).await;
        assert_eq!(store.status(&draft).await["status"], "Published", "{:?}", store.status(&draft).await);
        let package = &store.get(&path(&draft)).await.body["applicationPackages"][2];
        assert_eq!((&package["version"], &package["architecture"]), (&json!("2026.1.0.0"), &json!(architecture)));
        assert_eq!(package["languages"], languages);
    }
}

#[tokio::test]
async fn a_broken_bundle_is_refused() {
    let x64 = PACKAGE.build();
    let other = Package { name: "Other.App", ..PACKAGE }.build();
    let listed: &[(&str, &str)] = &[("x64.msix", "application")];
    for (content, reason) in [
        (bundle("2.0.0.0", listed, &[]), "x.msixbundle: x64.msix in the bundle: it is missing"),
        (bundle("2.0.0.0", &[], &[]), "x.msixbundle: it holds no application package"),
        (bundle("2.0.0.0", &[("x64.msix", "resource")], &[("x64.msix", &x64)]), "x.msixbundle: it holds no application package"),
        (
            bundle("2.0.0.0", listed, &[("x64.msix", &x64), ("extra.msix", &x64)]),
            "x.msixbundle: extra.msix lies in the bundle and is not in its manifest",
        ),
        (bundle("2.0.0.0", listed, &[("x64.msix", &other)]), "x.msixbundle: x64.msix in the bundle is of another identity"),
        (x64.clone(), "x.msixbundle: it has no AppxMetadata/AppxBundleManifest.xml"),
    ] {
        let store = Store::at(Pace::Instant).await;
        let outcome = store.outcome(&["x.msixbundle"], archive(Packing::Stored, &[("x.msixbundle", &content)])).await;
        assert_eq!(words(&outcome), ("CommitFailed", "PackageValidationFailed", reason));
    }
}

#[tokio::test]
async fn an_upload_of_several_plain_packages_is_dropped_without_a_word() {
    let x64 = PACKAGE.build();
    let arm = Package { architecture: "arm64", ..PACKAGE }.build();
    let single = archive(Packing::Stored, &[("x64.msix", &x64), ("x64.appxsym", b"symbols")]);
    let around = archive(
        Packing::Deflated,
        &[("in/x.msixbundle", &bundle("2.0.0.0", &[("x64.msix", "application")], &[("x64.msix", &x64)]))],
    );
    let made_by_hand = archive(Packing::Stored, &[("x64.msix", &x64), ("arm.msix", &arm)]);
    for (upload, packages) in [(single, 3), (around, 3), (made_by_hand, 2)] {
        let store = Store::at(Pace::Instant).await;
        let content = archive(Packing::Stored, &[("x.msixupload", &upload)]);
        let draft = store.submit(&["x.msixupload"], content).await;
        assert_eq!(store.status(&draft).await["status"], "Published");
        let live = store.get(&path(&draft)).await.body;
        assert_eq!(live["applicationPackages"].as_array().unwrap().len(), packages);
    }
}

#[tokio::test]
async fn bombs_are_refused_quickly() {
    let zeroes = archive(Packing::Deflated, &[("AppxManifest.xml", &vec![0; 16 << 20])]);
    let store = Store::at(Pace::Instant).await;
    let outcome = store.outcome(&["a.msix"], archive(Packing::Stored, &[("a.msix", &zeroes)])).await;
    assert_eq!(outcome.2, "a.msix: AppxManifest.xml is larger than it may be");
    let huge = archive(Packing::Deflated, &[("a.msix", &vec![0; 80 << 20])]);
    let store = Store::at(Pace::Instant).await;
    assert_eq!(store.outcome(&["a.msix"], huge).await.2, "a.msix: a.msix is larger than it may be");
    // One that lies about its size is stopped where it said it would end.
    let mut liar = archive(Packing::Deflated, &[("a.msix", &vec![0; 1 << 20])]);
    let claim = (1_u32 << 20).to_le_bytes();
    while let Some(at) = liar.windows(4).position(|four| four == claim) {
        liar[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    let store = Store::at(Pace::Instant).await;
    let outcome = store.outcome(&["a.msix"], liar).await;
    assert_eq!(outcome.1, "PackageValidationFailed", "{outcome:?}");
}

#[tokio::test]
async fn a_language_without_title_and_package_is_missing_its_title() {
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft().await;
    let mut listing = draft["listings"]["en-gb"].clone();
    listing["baseListing"].as_object_mut().unwrap().remove("title");
    listing["baseListing"]["images"] = json!([]);
    draft["listings"]["de"] = listing.clone();
    draft["listings"]["fr-fr"]["baseListing"].as_object_mut().unwrap().remove("title");
    let draft = store.update(&draft).await;
    store.commit(&draft).await;
    let status = store.status(&draft).await;
    assert_eq!(status["status"], "CommitFailed");
    let error = json!([{ "code": "InvalidParameterValue", "details": "Validation error: MissingTitle" }]);
    assert_eq!(status["statusDetails"]["errors"], error);
    store.delete(&path(&draft)).await;

    // fr-fr is covered by the packages, de is covered by a new one.
    let german = Package { languages: &["DE"], architecture: "x86", ..PACKAGE };
    let mut draft = store.draft().await;
    draft["listings"]["de"] = listing;
    draft["listings"]["fr-fr"]["baseListing"].as_object_mut().unwrap().remove("title");
    draft["listings"].as_object_mut().unwrap().remove("en-gb");
    add_packages(&mut draft, &["de.msix"]);
    let draft = store.update(&draft).await;
    store.upload(&draft, archive(Packing::Stored, &[("de.msix", &german.build())])).await;
    store.commit(&draft).await;
    let status = store.status(&draft).await;
    assert_eq!(status["status"], "Published", "{status}");
    let codes: Vec<&Value> = status["statusDetails"]["warnings"].as_array().unwrap().iter().map(|w| &w["code"]).collect();
    assert_eq!(codes, ["SalesUnsupportedWarning", "ListingOptInWarning", "ListingOptOutWarning"]);
}

#[tokio::test]
async fn trailers_and_their_thumbnails_have_to_be_there() {
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft().await;
    draft["trailers"] = json!([{
        "videoFileName": "t\\clip.mp4",
        "trailerAssets": { "en-gb": { "title": "Lights", "imageList": [{ "fileName": "t/clip.png" }] } },
    }]);
    let draft = store.update(&draft).await;
    store.upload(&draft, archive(Packing::Stored, &[("t/clip.mp4", b"film")])).await;
    store.commit(&draft).await;
    let details = &store.status(&draft).await["statusDetails"]["errors"][0]["details"];
    assert_eq!(details, "The uploaded archive does not hold these files: t/clip.png");
}

#[tokio::test]
async fn a_rollout_starts_with_publication() {
    let store = Store::at(Pace::Instant).await;
    let mut draft = store.draft().await;
    draft["packageDeliveryOptions"]["packageRollout"] = json!({ "isPackageRollout": true, "packageRolloutPercentage": 12.5 });
    let draft = store.update(&draft).await;
    let rollout = &draft["packageDeliveryOptions"]["packageRollout"];
    assert_eq!(
        (&rollout["packageRolloutStatus"], &rollout["fallbackSubmissionId"]),
        (&json!("PackageRolloutNotStarted"), &json!("0"))
    );
    store.commit(&draft).await;
    let rollout = store.get(&path(&draft)).await.body["packageDeliveryOptions"]["packageRollout"].clone();
    assert_eq!(
        rollout,
        json!({
            "isPackageRollout": true,
            "packageRolloutPercentage": 12.5,
            "packageRolloutStatus": "PackageRolloutInProgress",
            "fallbackSubmissionId": "1152921505700310001",
        })
    );
    assert_eq!(store.post(&format!("applications/{APP}/submissions")).await.status, 409);
    let id = draft["id"].as_str().unwrap();
    let ended = store.control("POST", &format!("/rollout?submission={id}&status=PackageRolloutComplete"), "").await;
    assert_eq!(ended.status, 200);
    let next = store.draft().await;
    assert_eq!(next["packageDeliveryOptions"]["packageRollout"]["isPackageRollout"], false);
}

#[tokio::test]
async fn the_first_publication_gives_an_app_its_date() {
    let mut account = sample();
    account["applications"][0]["firstPublishedDate"] = json!("1601-01-01T00:00:00.0000000Z");
    let store = Store::of(&account).await;
    let draft = store.draft().await;
    store.commit(&draft).await;
    let date = store.get(&format!("applications/{APP}")).await.body["firstPublishedDate"].clone();
    assert_eq!(date.as_str().unwrap().len(), "1601-01-01T00:00:00.0000000Z".len());
    assert!(!date.as_str().unwrap().starts_with("1601"));
}
