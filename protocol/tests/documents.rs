//! Documents as the Store writes them, kept in `fixtures`: what is read says what stands there, and what is written back is the
//! same text, in order and in the spelling of every number.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use flightline_protocol::application::{Application, Collection};
use flightline_protocol::error::{DetailCode, ErrorCode, ServiceError};
use flightline_protocol::json;
use flightline_protocol::package::{Architecture, Version};
use flightline_protocol::pricing::BasePrice;
use flightline_protocol::rollout::Percentage;
use flightline_protocol::schedule::{NO_DATE, PublishMode};
use flightline_protocol::status::{Milestone, Phase, SubmissionStatus};
use flightline_protocol::submission::{StatusReport, Submission};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const SUBMISSIONS: [&str; 4] = ["submission-published", "submission-created", "submission-odd", "flight-submission"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn text(name: &str) -> String {
    // A checkout may have turned the ends of lines; none of them is inside a string.
    String::from_utf8(bytes(&format!("{name}.json"))).unwrap().replace("\r\n", "\n")
}

fn value(name: &str) -> Value {
    json::parse(text(name).as_bytes()).unwrap()
}

fn submission(name: &str) -> Submission {
    Submission::read(value(name)).unwrap().0
}

fn report(name: &str) -> StatusReport {
    StatusReport::read(&value(name)).unwrap()
}

fn refusal(status: u16, file: &str) -> ServiceError {
    ServiceError::read(status, &bytes(file))
}

fn written(members: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(members).unwrap() + "\n"
}

/// The text without the line that has the upload address.
fn without_address(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("\"fileUploadUrl\"")).collect()
}

#[test]
fn every_document_is_written_as_it_was_read() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert_eq!(serde_json::to_string_pretty(&value(&name)).unwrap() + "\n", text(&name), "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 25, "only {seen} documents in {}", folder().display());
}

#[test]
fn an_update_is_the_document_without_its_upload_address() {
    for name in SUBMISSIONS {
        let Value::Object(update) = submission(name).to_update() else { panic!("{name} is no object") };
        assert_eq!(written(&update), without_address(&text(name)), "{name}");
    }
}

#[test]
fn an_app_keeps_its_document() {
    for name in ["application", "application-never-published"] {
        assert_eq!(written(&Application::read(value(name)).unwrap().document), text(name), "{name}");
    }
    let app = Application::read(value("application")).unwrap();
    assert_eq!(app.package_family_name, "KittiwakeDaughters.HalyardLogbook_8q2m4t6v0y1zc");
    assert_eq!(app.last_published.unwrap().as_str(), "1152921505701450003");
    assert_eq!(app.pending.unwrap().as_str(), "1152921505701450019");
    let fresh = Application::read(value("application-never-published")).unwrap();
    assert_eq!((fresh.last_published, fresh.pending), (None, None));
    assert_eq!(fresh.document["firstPublishedDate"], NO_DATE);
}

#[test]
fn a_page_leads_to_the_next_one() {
    let page = Collection::read(value("applications-page")).unwrap();
    assert_eq!((page.next_link.as_deref(), page.total_count), (Some("applications/?skip=2&top=2"), Some(3)));
    assert_eq!(Value::Array(page.value).to_string(), value("applications-page")["value"].to_string());
    let last = Collection::read(value("applications-last-page")).unwrap();
    assert_eq!((last.next_link, last.total_count, last.value.len()), (None, Some(3), 1));
    let app = Application::read(last.value.into_iter().next().unwrap()).unwrap();
    assert_eq!(app.pending, None, "an id of \"0\" is none");
}

#[test]
fn members_that_nobody_knows_survive_an_edit() {
    let mut draft = submission("submission-created");
    json::set(draft.document_mut(), "targetpublishmode", "Manual".into());
    draft.base_listing_mut("EN-GB").unwrap()["releaseNotes"] = "The log has a search.".into();
    draft.packages_mut()[1]["fileStatus"] = "PendingDelete".into();

    let expected = without_address(&text("submission-created"))
        .replace(r#""targetPublishMode": "Immediate""#, r#""targetPublishMode": "Manual""#)
        .replace(r"Tides for the Baltic.\r\nThe anchor watch wakes you sooner.", "The log has a search.")
        .replacen(
            "\"fileName\": \"Halyard_4.2.0.0_arm64.msix\",\n      \"fileStatus\": \"Uploaded\"",
            "\"fileName\": \"Halyard_4.2.0.0_arm64.msix\",\n      \"fileStatus\": \"PendingDelete\"",
            1,
        );
    let Value::Object(update) = draft.to_update() else { panic!("no object") };
    assert_eq!(written(&update), expected);
}

#[test]
fn the_upload_address_is_handed_over_and_not_kept() {
    let (draft, url) = Submission::read(value("submission-created")).unwrap();
    assert!(url.unwrap().ends_with("&sig=aGFseWFyZCt0ZXJu+bG9n%3D"), "the signature comes as it was written, its + too");
    let shown = format!("{draft:?} {}", written(draft.document()));
    assert!(!shown.contains("sig=") && shown.contains("https://uploads.example/ingestion/3b1d7e52"), "{shown}");
    assert_eq!(Submission::read(value("submission-published")).unwrap().1, None);
}

#[test]
fn a_published_submission_is_understood() {
    let live = submission("submission-published");
    assert_eq!((live.status(), live.publish_mode()), (SubmissionStatus::Published, PublishMode::Immediate));
    assert_eq!(live.base_price(), BasePrice::Tier("Tier1012".into()));
    assert_eq!(live.languages(), ["en-gb", "nl-nl"]);
    assert_eq!(live.document()["targetPublishDate"], NO_DATE);
    let packages = live.packages();
    let line = |at: usize| (packages[at].architecture().unwrap(), packages[at].version().unwrap());
    assert_eq!(line(0), (Architecture::X64, Version([4, 2, 0, 0])));
    assert_eq!(line(1), (Architecture::Arm64, Version([4, 2, 0, 0])));
    assert_eq!(packages[0].device_families()[0].to_string(), "Windows.Desktop min version 10.0.19041.0");
}

#[test]
fn a_bundle_reports_one_architecture_and_an_old_package_its_platform() {
    let live = submission("submission-published");
    let bundle = live.packages()[2];
    assert_eq!(bundle.architecture(), Some(Architecture::Neutral));
    let families: Vec<String> = bundle.device_families().iter().map(ToString::to_string).collect();
    assert_eq!(families, ["WindowsPhone81"]);
}

#[test]
fn a_clone_may_have_a_price_that_cannot_be_sent_back() {
    let draft = submission("submission-created");
    assert_eq!((draft.status().phase(), draft.base_price()), (Phase::Draft, BasePrice::ReadOnly));
}

#[test]
fn odd_spelling_is_read_all_the_same() {
    let odd = submission("submission-odd");
    assert_eq!((odd.id().as_str(), odd.status()), ("1152921505698800042", SubmissionStatus::PendingCommit));
    assert_eq!((odd.base_price(), odd.publish_mode()), (BasePrice::Free, PublishMode::SpecificDate));
    assert_eq!(odd.base_listing("SR-LATN").unwrap()["title"], "Halyard Dnevnik");
    let package = odd.packages()[0];
    assert_eq!((package.file_name(), package.file_status(), package.id()), ("Halyard_1.0.0.0.msix", "PendingUpload", None));
    let percentage = &odd.document()["PackageDeliveryOptions"]["PackageRollout"]["PackageRolloutPercentage"];
    assert!("12.5".parse::<Percentage>().unwrap().is(percentage));
    assert_eq!(percentage.to_string(), "12.50");
}

#[test]
fn the_packages_of_a_flight_have_a_name_of_their_own() {
    let mut flight = submission("flight-submission");
    assert_eq!((flight.status(), flight.publish_mode().rests()), (SubmissionStatus::Release, true));
    assert_eq!(flight.packages().len(), 1);
    flight.packages_mut().clear();
    assert_eq!(flight.document()["flightPackages"], Value::Array(Vec::new()));
    assert!(!flight.document().contains_key("applicationPackages"));
}

#[test]
fn a_look_says_where_a_submission_stands() {
    let table = [
        ("status-commit-answer", Some(Milestone::Submitted), Phase::Moving(Milestone::Submitted)),
        ("status-commit-started", Some(Milestone::Submitted), Phase::Moving(Milestone::Submitted)),
        ("status-commit-failed", None, Phase::Failed),
        ("status-preprocessing", Some(Milestone::Committed), Phase::Moving(Milestone::Committed)),
        ("status-certification-failed", None, Phase::Failed),
        ("status-release", Some(Milestone::Certified), Phase::Resting),
        ("status-published", Some(Milestone::Published), Phase::Live),
        ("status-unknown", None, Phase::Unclear),
    ];
    for (name, milestone, phase) in table {
        let status = report(name).status;
        assert_eq!((status.milestone(), status.phase()), (milestone, phase), "{name}");
        assert_eq!(status.as_str(), value(name)["status"], "{name}");
    }
}

#[test]
fn a_failed_commit_says_why() {
    let codes = |name: &str| report(name).details.errors.into_iter().map(|error| error.code).collect::<Vec<_>>();
    assert_eq!(codes("status-commit-failed"), [DetailCode::MissingFiles, DetailCode::InvalidParameterValue]);
    assert_eq!(report("status-commit-failed").details.errors[0].details, "Halyard_4.3.0.0_x64.msix, nl-nl/dek.png");
    assert_eq!(codes("status-commit-failed-age-rating"), [DetailCode::InvalidMicrosoftAgeRating]);
    assert_eq!(codes("status-commit-failed-internal"), [DetailCode::IsInternalError]);
    assert_eq!(report("status-commit-answer").details.errors, []);
}

#[test]
fn the_warning_that_is_always_there_says_nothing() {
    let telling = |name: &str| {
        let details = report(name).details;
        details.telling_warnings().map(|warning| warning.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(telling("status-published"), []);
    assert_eq!(telling("status-preprocessing"), [DetailCode::ListingOptOutWarning]);
    assert_eq!(telling("status-unknown"), [DetailCode::Other("HarbourClosed".into())]);
}

#[test]
fn a_certification_report_may_be_a_sentence_without_a_date() {
    assert_eq!(
        report("status-certification-failed").details.certification_reports,
        ["https://reports.example/halyard/12", "Obsolete: please visit https://developer.microsoft.com for report details."]
    );
}

#[test]
fn a_refusal_is_read_from_each_of_its_shapes() {
    let table = [
        (400, "error-400.json", "InvalidParameterValue: 'Base' is not a valid PriceId for base price. (pricing)"),
        (
            401,
            "error-401.json",
            "Unauthorized: Identity cannot be authorized. CorrelationId: 0d4e7f19-b3a2-4c85-96d1-e8f70a5b2c34",
        ),
        (403, "error-403-empty.txt", "no explanation (the body is empty)"),
        (
            409,
            "error-409.json",
            "InvalidState: Create submission failed, status code Conflict, reason phrase Conflict (submission)",
        ),
        (429, "error-429-gateway.json", "Rate limit is exceeded. Try again in 23 seconds."),
        (500, "error-500-inner.json", "InternalServerError: An internal server error occurred while processing the operation."),
        (500, "error-500-inner-only.json", "InternalServerError: The clone took too long."),
        (502, "error-502-page.html", "502 Bad Gateway The harbour is closed Ask again later ."),
    ];
    for (status, file, expected) in table {
        let error = refusal(status, file);
        assert_eq!((error.status, error.to_string().as_str()), (status, expected), "{file}");
    }
    assert_eq!(refusal(409, "error-409-no-target.json").target, None);
    assert_eq!(refusal(409, "error-409.json").code, Some(ErrorCode::InvalidState));
    assert_eq!(refusal(429, "error-429-gateway.json").code, None);
}
