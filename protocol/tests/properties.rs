//! What holds for any input, tried with many.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use flightline_protocol::application::{Application, Collection};
use flightline_protocol::error::ServiceError;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::json;
use flightline_protocol::route::{Call, Effect, Method, Page, ROOT};
use flightline_protocol::status::{Milestone, Phase, SubmissionStatus};
use flightline_protocol::submission::{StatusReport, Submission};
use flightline_protocol::target::Target;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value};

/// Failures print their smallest case; nothing is written beside the tests.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

const METHODS: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];

fn id<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    // Words of the paths are ids as good as any.
    prop_oneof![
        9 => "[A-Za-z0-9_-]{1,64}",
        1 => select(vec!["applications", "Submissions", "flights", "commit", "status", "listflights"]).prop_map(str::to_owned),
    ]
    .prop_map(|text| text.parse().unwrap())
}

fn page() -> impl Strategy<Value = Page> {
    (any::<Option<u32>>(), any::<Option<u32>>()).prop_map(|(skip, top)| Page { skip, top })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        id::<AppId>().prop_map(Target::App),
        (id::<AppId>(), id::<FlightId>()).prop_map(|(app, flight)| Target::Flight(app, flight)),
        id::<AddOnId>().prop_map(Target::AddOn),
    ]
}

/// A call about the rollout of something that can have one.
fn rollout(make: fn(Target, SubmissionId, String) -> Call) -> impl Strategy<Value = Call> {
    let target = target().prop_filter("add-ons have no packages", |target| !matches!(target, Target::AddOn(_)));
    (target, id::<SubmissionId>(), "[0-9]{0,3}(\\.[0-9]{1,3})?").prop_map(move |(target, id, percent)| make(target, id, percent))
}

fn call() -> impl Strategy<Value = Call> {
    let about = |make: fn(Target, SubmissionId) -> Call| (target(), id::<SubmissionId>()).prop_map(move |(t, s)| make(t, s));
    prop_oneof![
        page().prop_map(Call::Applications),
        id::<AppId>().prop_map(Call::Application),
        (id::<AppId>(), page()).prop_map(|(app, page)| Call::ApplicationAddOns(app, page)),
        (id::<AppId>(), page()).prop_map(|(app, page)| Call::ApplicationFlights(app, page)),
        page().prop_map(Call::AddOns),
        id::<AddOnId>().prop_map(Call::AddOn),
        (id::<AppId>(), id::<FlightId>()).prop_map(|(app, flight)| Call::Flight(app, flight)),
        Just(Call::CreateAddOn),
        id::<AddOnId>().prop_map(Call::DeleteAddOn),
        id::<AppId>().prop_map(Call::CreateFlight),
        (id::<AppId>(), id::<FlightId>()).prop_map(|(app, flight)| Call::DeleteFlight(app, flight)),
        target().prop_map(Call::CreateSubmission),
        about(Call::Submission),
        about(Call::UpdateSubmission),
        about(Call::DeleteSubmission),
        about(Call::CommitSubmission),
        about(Call::SubmissionStatus),
        rollout(|target, id, _| Call::Rollout(target, id)),
        rollout(Call::SetRollout),
        rollout(|target, id, _| Call::HaltRollout(target, id)),
        rollout(|target, id, _| Call::FinalizeRollout(target, id)),
    ]
}

/// Text with all that a person can paste into a form.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![any::<char>(), select(vec!['\u{0}', '\u{b}', '\n', '\r', '"', '\\', '\u{1f}', 'u'])], 0..24)
        .prop_map(|letters| letters.into_iter().collect())
}

const NAMES: [&str; 24] = [
    "id",
    "Id",
    "fileUploadUrl",
    "FILEUPLOADURL",
    "status",
    "statusDetails",
    "errors",
    "warnings",
    "certificationReports",
    "code",
    "details",
    "reportUrl",
    "listings",
    "en-us",
    "baseListing",
    "applicationPackages",
    "ApplicationPackages",
    "flightPackages",
    "targetDeviceFamilies",
    "targetPlatform",
    "version",
    "pricing",
    "priceId",
    "value",
];

fn any_json() -> impl Strategy<Value = Value> {
    let known = ["1152921505701450003", "https://uploads.example/b?sig=s", "1.2.3.0", "Published", "Base", "None", "0", ""];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        any_text().prop_map(Value::from),
        select(known.to_vec()).prop_map(Value::from),
    ];
    let name = prop_oneof![4 => select(NAMES.to_vec()).prop_map(str::to_owned), 1 => any_text()];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// A document that has at least an id, and for the rest anything.
fn any_document() -> impl Strategy<Value = Value> {
    prop::collection::vec((select(NAMES.to_vec()), any_json()), 0..16).prop_map(|pairs| {
        let mut members: Map<String, Value> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        members.insert("id".to_owned(), "1152921505701450003".into());
        Value::Object(members)
    })
}

/// Looks at all that a submission can be asked, and changes what can be changed.
fn walk(value: Value) {
    let before = value.clone();
    let Ok((mut submission, _)) = Submission::read(value) else { return };
    let update = submission.to_update();
    let update = update.as_object().unwrap();
    assert!(update.keys().all(|name| !name.eq_ignore_ascii_case("fileUploadUrl")));
    let kept: Map<String, Value> =
        before.as_object().unwrap().clone().into_iter().filter(|(name, _)| update.contains_key(name)).collect();
    assert_eq!(Value::Object(kept).to_string(), Value::Object(update.clone()).to_string());

    let _ = (submission.status().phase(), submission.publish_mode(), submission.base_price(), format!("{submission:?}"));
    let details = submission.status_details();
    assert!(details.telling_warnings().count() <= details.warnings.len());
    for package in submission.packages() {
        let _ = (package.id(), package.file_name(), package.file_status(), package.version());
        let _ = (package.architecture(), package.device_families());
    }
    let languages: Vec<String> = submission.languages().into_iter().map(str::to_owned).collect();
    for language in languages {
        assert_eq!(submission.base_listing(&language).is_some(), submission.base_listing_mut(&language).is_some());
    }
    submission.packages_mut().push(serde_json::json!({ "fileName": "new.msix" }));
    assert_eq!(submission.packages_mut().last().unwrap()["fileName"], "new.msix");
    assert_eq!(submission.packages().last().unwrap().file_name(), "new.msix");
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn every_call_survives_the_way_to_the_server(call in call()) {
        let route = call.route();
        prop_assert_eq!(Call::parse(route.method, &format!("{ROOT}{}", route.path)), Some(call));
        prop_assert_eq!(route.effect == Effect::Read, route.method == Method::Get);
    }

    #[test]
    fn case_slashes_and_strange_parameters_lead_to_the_same_call(call in call(), noise in "[a-z]{3,8}=[A-Za-z0-9%+]{0,8}") {
        let route = call.route();
        let (path, query) = route.path.split_once('?').unwrap_or((&route.path, ""));
        let root = ROOT.to_ascii_uppercase();
        prop_assume!(!noise.starts_with("skip=") && !noise.starts_with("top=") && !noise.starts_with("percentage="));
        let given = format!("{root}{path}/?{noise}&{query}");
        prop_assert_eq!(Call::parse(route.method, &given), Some(call));
    }

    #[test]
    fn any_request_line_is_a_call_or_none(method in select(METHODS.to_vec()), tail in any_text(), rooted in any::<bool>()) {
        let path = if rooted { format!("{ROOT}{tail}") } else { tail };
        if let Some(call) = Call::parse(method, &path) {
            let route = call.route();
            prop_assert_eq!(route.method, method);
            prop_assert_eq!(Call::parse(method, &format!("{ROOT}{}", route.path)), Some(call));
        }
    }

    #[test]
    fn a_path_made_of_the_right_words_is_a_call_or_none(
        method in select(METHODS.to_vec()),
        words in prop::collection::vec(
            select(vec![
                "applications", "inappproducts", "flights", "submissions", "commit", "status",
                "packagerollout", "9NKD", "..", "é",
            ]),
            0..8,
        ),
    ) {
        let given = words.join("/");
        if let Some(call) = Call::parse(method, &format!("{ROOT}{given}")) {
            let route = call.route();
            let path = route.path.split('?').next().unwrap_or_default();
            prop_assert_eq!((route.method, path), (method, given.as_str()));
        }
    }

    #[test]
    fn a_state_is_read_in_any_case_and_a_strange_one_kept(
        word in "[A-Za-z]{0,24}",
        known in select(SubmissionStatus::all().collect::<Vec<_>>()),
    ) {
        for spelling in [known.as_str().to_ascii_lowercase(), known.as_str().to_ascii_uppercase()] {
            let Ok(read) = spelling.parse::<SubmissionStatus>();
            prop_assert_eq!(&read, &known);
        }
        let Ok(read) = word.parse::<SubmissionStatus>();
        prop_assert!(read.as_str().eq_ignore_ascii_case(&word));
        if matches!(read, SubmissionStatus::Unknown(_)) {
            prop_assert_eq!(read.as_str(), word.as_str());
            prop_assert_eq!((read.phase(), read.milestone(), read.is_deletable()), (Phase::Unclear, None, false));
        }
    }

    #[test]
    fn raw_control_characters_are_read_as_what_they_are(name in any_text(), text in any_text(), mark in any::<bool>()) {
        let raw = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let body = format!("{}{{\"{}\" :\n\t\"{}\"}}", if mark { "\u{feff}" } else { "" }, raw(&name), raw(&text));
        let value = json::parse(body.as_bytes()).unwrap();
        prop_assert_eq!(value, Value::Object([(name, Value::from(text))].into_iter().collect()));
    }

    #[test]
    fn what_is_written_is_read_again(value in any_json()) {
        let text = value.to_string();
        prop_assert_eq!(json::parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn any_bytes_are_json_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200), status in any::<u16>()) {
        let _ = json::parse(&body);
        let error = ServiceError::read(status, &body);
        prop_assert!(!error.message.is_empty() || json::parse(&body).is_ok());
    }

    #[test]
    fn a_set_member_is_found_in_any_case(document in any_document(), value in any_json()) {
        let mut members = document.as_object().unwrap().clone();
        let before: Vec<String> = members.keys().cloned().collect();
        json::set(&mut members, "STATUS", value.clone());
        prop_assert_eq!(json::field(&members, "STATUS"), Some(&value));
        let after: Vec<String> = members.keys().cloned().collect();
        prop_assert!(after.starts_with(&before) && after.len() <= before.len() + 1);
    }

    #[test]
    fn any_json_is_a_document_or_an_error(value in any_json()) {
        let _ = (Application::read(value.clone()), Collection::read(value.clone()), StatusReport::read(&value));
        walk(value);
    }

    #[test]
    fn a_document_of_any_shape_is_read_edited_and_sent_back_whole(value in any_document()) {
        walk(value);
    }
}

#[test]
fn the_way_to_the_customers_only_leads_on() {
    use SubmissionStatus::{
        Certification, CommitStarted, PendingCommit, PendingPublication, PreProcessing, Published, Publishing, Release,
    };
    let way = [PendingCommit, CommitStarted, PreProcessing, Certification, Release, PendingPublication, Publishing, Published];
    let milestones: Vec<Option<Milestone>> = way.iter().map(SubmissionStatus::milestone).collect();
    assert!(milestones.is_sorted() && milestones[0].is_none() && milestones[7] == Some(Milestone::Published));
    for status in SubmissionStatus::all() {
        let failed = status.as_str().ends_with("Failed");
        assert_eq!(failed, status.phase() == Phase::Failed, "{status}");
        assert_eq!(status.is_deletable(), failed || status == PendingCommit, "{status}");
        assert!(!(failed && way.contains(&status)));
    }
}
