//! A publish from its first request to the proof that customers have it, against a Store in process and in virtual time.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;
#[path = "support/store.rs"]
mod store;
mod support;
#[path = "support/weather.rs"]
mod weather;

use document::{desktop, today, wish};
use flightline_emulator::Pace;
use flightline_protocol::status::Milestone;
use flightline_publish::apply::{Course, Outcome, Until};
use flightline_publish::error::{Error, Kind};
use flightline_publish::notes::Notes;
use flightline_publish::package::{Kind as PackageKind, Package};
use flightline_publish::wish::{PublishAt, Wish};
use http::Method;
use insta::assert_snapshot;
use serde_json::json;
use std::time::Duration;
use store::{Desk, Memory, course, live};
use support::{Bundle, Msix};
use tokio::time::Instant;
use weather::{Fault, Spell, Weather};

fn until(until: Until) -> Course {
    Course { until, ..course() }
}

#[tokio::test(start_paused = true)]
async fn a_new_version_is_delivered_with_six_requests_and_a_token() {
    let desk = Desk::new(Pace::Fast);
    let outcome = desk.publish(&desk.wish(), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions 201
    PUT app/submissions/* 200
    PUT blob 201
    POST app/submissions/*/commit 202
    GET app/submissions/* 200
    ");
    assert_snapshot!(desk.heard(), @"signedin planned created updated uploaded committed CommitStarted PreProcessing Certification Release PendingPublication Publishing Published delivered");
    assert_eq!(desk.live_packages().await, ["1.1.0.0 arm64", "1.1.0.0 x64"]);
    desk.assert_nothing_secret_was_told();
}

#[tokio::test(start_paused = true)]
async fn what_customers_have_already_is_looked_at_and_left() {
    let desk = Desk::new(Pace::Fast);
    let wish =
        Wish { rollout: "10".parse().ok(), publish_at: Some(PublishAt::Manual), ..wish(vec![desk.package("1.0.0.0", "x64")]) };
    let outcome = desk.publish(&wish, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::NothingToDo(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    ");
    assert_snapshot!(desk.heard(), @"signedin planned");
}

#[tokio::test(start_paused = true)]
async fn a_draft_that_nobody_commits_is_gone_on_with_later() {
    for memory in [Memory::Kept, Memory::Wiped] {
        let desk = Desk::new(Pace::Fast);
        let wish = desk.wish();
        let outcome = desk.publish(&wish, &until(Until::Draft)).await;
        assert!(matches!(outcome, Ok(Outcome::Draft(_))), "{outcome:?}");
        assert_eq!(desk.pending().await.expect("a draft")["status"], "PendingCommit");
        // Asked for once more, it is there already.
        let outcome = desk.publish(&wish, &until(Until::Draft)).await;
        assert!(matches!(outcome, Ok(Outcome::Draft(_))), "{outcome:?}");
        desk.remember(memory);
        let outcome = desk.publish(&wish, &course()).await;
        assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
        assert_eq!(desk.line.count(&Method::POST, "app/submissions", 201), 1);
        assert_eq!(desk.line.count(&Method::PUT, "app/submissions/*", 200), 1);
        // Only who has forgotten that the files are there uploads them again.
        let uploads = if memory == Memory::Kept { 1 } else { 2 };
        assert_eq!(desk.line.count(&Method::PUT, "blob", 201), uploads);
    }
}

/// Whoever only wants a draft is told when what is wished is further than that.
#[tokio::test(start_paused = true)]
async fn a_submission_that_is_on_its_way_is_not_called_a_draft() {
    for memory in [Memory::Kept, Memory::Wiped] {
        let desk = Desk::new(Pace::Manual);
        let wish = desk.wish();
        let deadline = Some(Instant::now() + Duration::from_secs(60));
        let late = desk.publish(&wish, &Course { deadline, ..course() }).await;
        assert!(matches!(late, Err(Error::Deadline { .. })), "{late:?}");
        desk.remember(memory);
        let outcome = desk.publish(&wish, &until(Until::Draft)).await;
        let Ok(Outcome::Reached(_, status)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(status.as_str(), "CommitStarted");
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_as_far_as_it_is_asked_to() {
    let desk = Desk::new(Pace::Real);
    let started = Instant::now();
    for (milestone, status, after) in [
        (Milestone::Committed, "PreProcessing", 4..6),
        (Milestone::Certified, "Release", 144..150),
        (Milestone::Released, "PendingPublication", 149..153),
    ] {
        let outcome = desk.publish(&desk.wish(), &until(Until::Milestone(milestone))).await;
        let Ok(Outcome::Reached(_, reached)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reached.as_str(), status);
        assert!(after.contains(&(started.elapsed().as_secs() / 60)), "{milestone:?} after {:?}", started.elapsed());
    }
    let outcome = desk.publish(&desk.wish(), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.line.count(&Method::POST, "app/submissions/*/commit", 202), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_runs_out() {
    let desk = Desk::new(Pace::Real);
    let started = Instant::now();
    let outcome = desk.publish(&desk.wish(), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(started.elapsed().as_secs() / 3600, 3);
    assert_eq!(desk.line.count(&Method::POST, "token", 200), 4);
    assert!(desk.line.seen().iter().all(|seen| seen.status.is_some_and(|status| status < 300)));
    let looks = desk.line.count(&Method::GET, "app/submissions/*/status", 200);
    assert!(looks < 300, "{looks} looks in three hours");
}

#[tokio::test(start_paused = true)]
async fn a_submission_for_a_person_or_a_date_to_release_rests() {
    for (at, after) in [("manual", 180), ("2030-01-01", 180)] {
        let desk = Desk::new(Pace::Real);
        let wish = Wish { publish_at: at.parse().ok(), ..desk.wish() };
        let started = Instant::now();
        let outcome = desk.publish(&wish, &course()).await;
        let Ok(Outcome::Resting(id)) = outcome else { panic!("{outcome:?}") };
        assert!(started.elapsed() < Duration::from_secs(after * 60));
        assert!(desk.heard().ends_with("Certification Release"));
        // The same again finds it resting still; once it is released there is nothing to do.
        let again = desk.publish(&wish, &course()).await;
        assert!(matches!(again, Ok(Outcome::Resting(_))), "{again:?}");
        desk.control("POST", &format!("/release?submission={id}")).await;
        tokio::time::sleep(Duration::from_secs(7200)).await;
        let again = desk.publish(&wish, &course()).await;
        assert!(matches!(again, Ok(Outcome::NothingToDo(_))), "{again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_said_in_so_many_words() {
    let desk = Desk::new(Pace::Fast);
    let rollout = |document: &serde_json::Value| document["packageDeliveryOptions"]["packageRollout"].clone();
    let gradual = Wish { rollout: "12.5".parse().ok(), ..desk.wish() };
    let outcome = desk.publish(&gradual, &course()).await;
    let Ok(Outcome::Delivered(id)) = outcome else { panic!("{outcome:?}") };
    let first = rollout(&desk.published().await);
    assert_eq!((&first["isPackageRollout"], first["packageRolloutPercentage"].as_f64()), (&json!(true), Some(12.5)));

    // While it goes on there is no place for another, and nothing is tried.
    let next = wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")]);
    desk.requests();
    let refused = desk.publish(&next, &course()).await.expect_err("the rollout is open");
    assert_eq!((refused.kind(), refused.code().as_str()), (Kind::Conflict, "rollout-open"));
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    ");

    desk.control("POST", &format!("/rollout?submission={id}&status=PackageRolloutComplete")).await;
    let outcome = desk.publish(&next, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    let second = rollout(&desk.published().await);
    assert_eq!((&second["isPackageRollout"], second["packageRolloutPercentage"].as_f64()), (&json!(false), Some(0.0)));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_wait_and_not_the_submission() {
    let desk = Desk::new(Pace::Manual);
    let wish = desk.wish();
    let deadline = Some(Instant::now() + Duration::from_secs(600));
    let started = Instant::now();
    let late = desk.publish(&wish, &Course { deadline, ..course() }).await.expect_err("nothing moves");
    assert_eq!((late.kind(), late.code().as_str(), started.elapsed().as_secs()), (Kind::Deadline, "deadline", 600));
    let id = late.submission().expect("a submission").clone();
    desk.control("POST", &format!("/advance?submission={id}&to=Published")).await;
    let outcome = desk.publish(&wish, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(delivered)) if delivered == id));
}

#[tokio::test(start_paused = true)]
async fn a_failed_certification_is_reported_and_replaced_by_the_next_run() {
    let desk = Desk::new(Pace::Fast);
    let wish = desk.wish();
    let Ok(Outcome::Draft(id)) = desk.publish(&wish, &until(Until::Draft)).await else { panic!("no draft") };
    desk.control_with(
        &format!("/fail?submission={id}&status=CertificationFailed"),
        r#"{"errors": [{"code": "Other", "details": "The boat sinks."}],
            "certificationReports": [{"date": "2027-02-01", "reportUrl": "https://example.invalid/report/7"}]}"#,
    )
    .await;
    let failed = desk.publish(&wish, &course()).await.expect_err("it fails");
    assert_eq!((failed.kind(), failed.code().as_str()), (Kind::Failed, "CertificationFailed"));
    let Error::Failed { submission, report } = &failed else { panic!("{failed:?}") };
    assert_eq!((submission, report.details.errors[0].details.as_str()), (&id, "The boat sinks."));
    assert_eq!(report.details.certification_reports, ["https://example.invalid/report/7"]);

    desk.heard();
    let outcome = desk.publish(&wish, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.heard(), @"signedin planned deleted created updated uploaded committed CommitStarted PreProcessing Certification Release PendingPublication Publishing Published delivered");
}

/// The Store takes some uploads without their packages, and says nothing. Ours never look like that; this one is made by hand.
#[tokio::test(start_paused = true)]
async fn a_package_that_the_store_drops_silently_is_not_delivered() {
    let desk = Desk::new(Pace::Fast);
    let part = |architecture: &str| desk.package("1.1.0.0", architecture);
    let bytes = |package: &Package| std::fs::read(&package.path).expect("a package");
    let (x64, arm64) = (part("x64"), part("arm64"));
    let upload = support::Upload::new().file("x64.msix", &bytes(&x64)).file("arm64.msix", &bytes(&arm64));
    let path = upload.write(desk.folder.path(), "Boats.msixupload");
    let by_hand = Package { path, file_name: "Boats.msixupload".to_owned(), kind: PackageKind::PackageUpload, ..x64 };
    let ended = desk.publish(&wish(vec![by_hand]), &course()).await.expect_err("it is dropped");
    assert_eq!((ended.kind(), ended.code().as_str()), (Kind::NotAsPlanned, "not-as-planned"));
    let Error::NotAsPlanned { status, differences, .. } = &ended else { panic!("{ended:?}") };
    assert_eq!(status.as_str(), "Published");
    assert_eq!(differences, &["1.1.0.0 x64 (Boats.msixupload) is not in the Store's package list"]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_whose_making_was_not_answered_is_found() {
    let desk = Desk::new(Pace::Fast);
    desk.line.set_weather(Weather::from(3, Fault::AnswerLost, Spell::Once));
    let outcome = desk.publish(&desk.wish(), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions 201
    GET app 200
    GET app/submissions/* 200
    GET app/submissions/* 200
    PUT app/submissions/* 200
    PUT blob 201
    GET app/submissions/* 200
    POST app/submissions/*/commit 202
    GET app/submissions/* 200
    ");
    assert!(desk.heard().starts_with("signedin planned adopted updated uploaded committed"));
}

#[tokio::test(start_paused = true)]
async fn an_upload_address_that_has_run_out_is_renewed() {
    let desk = Desk::new(Pace::Fast);
    desk.line.set_weather(Weather::from(5, Fault::ADayLate, Spell::Once));
    let outcome = desk.publish(&desk.wish(), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions 201
    PUT app/submissions/* 200
    PUT blob 403
    POST token 200
    GET app/submissions/* 200
    PUT blob 201
    GET app/submissions/* 200
    POST app/submissions/*/commit 202
    GET app/submissions/* 200
    ");
    desk.assert_nothing_secret_was_told();
}

/// Whatever an app costs, a publish leaves it so.
#[tokio::test(start_paused = true)]
async fn a_price_is_never_lost() {
    for (stated, given, expected) in
        [("Tier1020", None, "Tier1020"), ("Base", Some("Tier1012"), "Tier1012"), ("Free", None, "Free")]
    {
        let mut document = live();
        document["pricing"]["priceId"] = stated.into();
        let desk = Desk::with(Pace::Fast, json!({ "publishedSubmission": document }));
        let wish = Wish { price: given.map(str::to_owned), ..desk.wish() };
        let outcome = desk.publish(&wish, &course()).await;
        assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
        assert_eq!(desk.published().await["pricing"]["priceId"], expected);
    }
    let mut document = live();
    document["pricing"]["priceId"] = "Base".into();
    let desk = Desk::with(Pace::Fast, json!({ "publishedSubmission": document }));
    let refused = desk.publish(&desk.wish(), &course()).await.expect_err("the price is not known");
    assert_eq!((refused.kind(), refused.code().as_str()), (Kind::Invalid, "price-unknown"));
    assert_eq!(desk.requests().lines().count(), 3);
}

#[tokio::test(start_paused = true)]
async fn notes_arrive_with_the_stores_line_breaks_and_are_no_change_the_next_time() {
    let desk = Desk::new(Pace::Fast);
    let wish = Wish { notes: Some(Notes::Everywhere("New sails.\nAnd wind.".to_owned())), ..desk.wish() };
    let outcome = desk.publish(&wish, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    let listings = desk.published().await["listings"].clone();
    for language in ["en-us", "de-de"] {
        assert_eq!(listings[language]["baseListing"]["releaseNotes"], "New sails.\r\nAnd wind.");
    }
    assert_eq!(listings["de-de"]["baseListing"]["title"], "Papierschiffchen");
    let again = desk.publish(&wish, &course()).await;
    assert!(matches!(again, Ok(Outcome::NothingToDo(_))), "{again:?}");
}

/// Only words change: there is a submission and no upload.
#[tokio::test(start_paused = true)]
async fn notes_alone_need_no_upload() {
    let desk = Desk::new(Pace::Fast);
    let notes = Some(Notes::Everywhere("The same boats.".to_owned()));
    let outcome = desk.publish(&Wish { notes, ..wish(vec![desk.package("1.0.0.0", "x64")]) }, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions 201
    PUT app/submissions/* 200
    POST app/submissions/*/commit 202
    GET app/submissions/* 200
    ");
    assert_eq!(desk.live_packages().await, ["1.0.0.0 arm64", "1.0.0.0 x64"]);
}

#[tokio::test(start_paused = true)]
async fn a_bundle_takes_the_place_of_packages_and_is_known_again() {
    for architectures in [&["x64", "arm64"][..], &["x64"]] {
        let desk = Desk::new(Pace::Fast);
        let part = |architecture: &str| {
            Msix::new(document::NAME, document::PUBLISHER, "1.1.0.0")
                .architecture(architecture)
                .family("Windows.Desktop", "10.0.19041.0")
                .language("en-us")
        };
        let mut bundle = Bundle::new(document::NAME, document::PUBLISHER, "1.1.0.0");
        for architecture in architectures {
            bundle = bundle.package(&format!("{architecture}.msix"), part(architecture));
        }
        let path = bundle.write(desk.folder.path(), "Boats.msixbundle");
        let wish = wish(vec![Package::open(&path).expect("a bundle")]);
        let outcome = desk.publish(&wish, &course()).await;
        assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
        let expected: &[&str] = if architectures.len() > 1 { &["1.1.0.0 neutral"] } else { &["1.0.0.0 arm64", "1.1.0.0 x64"] };
        assert_eq!(desk.live_packages().await, expected);
        let again = desk.publish(&wish, &course()).await;
        assert!(matches!(again, Ok(Outcome::NothingToDo(_))), "{again:?}");
    }
}

/// A file name that is taken leads into a folder of the upload, and the package is found there.
#[tokio::test(start_paused = true)]
async fn a_file_name_that_is_taken_is_no_obstacle() {
    let mut staying = desktop(2, "1.0.0.0", "Arm64");
    staying["fileName"] = "Boats_1.1.0.0_x64.msix".into();
    let document = document::document(vec![desktop(1, "1.0.0.0", "x64"), staying]);
    let desk = Desk::with(Pace::Fast, json!({ "publishedSubmission": document }));
    let outcome = desk.publish(&wish(vec![desk.package("1.1.0.0", "x64")]), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.0.0.0 arm64", "1.1.0.0 x64"]);
}

#[tokio::test(start_paused = true)]
async fn one_machine_publishes_an_app_once_at_a_time() {
    let desk = Desk::new(Pace::Fast);
    let wish = desk.wish();
    let course = course();
    let (one, other) = tokio::join!(desk.publish(&wish, &course), desk.publish(&wish, &course));
    assert!(matches!(one, Ok(Outcome::Delivered(_))), "{one:?}");
    let other = other.expect_err("the first one is at work");
    assert_eq!((other.kind(), other.code().as_str()), (Kind::Conflict, "already-running"));
    assert_eq!(today(), course.now);
}
