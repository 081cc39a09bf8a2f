//! What holds for every plan, whatever is live and whatever is wished.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;

use document::{architecture, clone_of, document, entry, family, keep, made_of, observed, submission, today, wish};
use flightline_protocol::package::{Architecture, DeviceFamily};
use flightline_protocol::submission::Submission;
use flightline_publish::package::Package;
use flightline_publish::plan::{Plan, Verb, plan};
use flightline_publish::wish::{PackagePolicy, PublishAt, Replace, Wish};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

const ARCHITECTURES: [&str; 5] = ["x86", "x64", "arm", "arm64", "neutral"];
const FAMILIES: [&str; 4] = [
    "Windows.Desktop min version 10.0.19041.0",
    "Windows.Xbox min version 10.0.17763.0",
    "Windows.Holographic",
    "Windows.Universal min version 10.0.18362.0",
];

fn config() -> ProptestConfig {
    ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(20270201), failure_persistence: None, ..ProptestConfig::default() }
}

fn families() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(&FAMILIES[..], 1..=2)
}

/// What is live: packages of all kinds, now and then one that the Store says little about.
fn live() -> impl Strategy<Value = Vec<Value>> {
    let package = (0..4_u32, prop::sample::select(&ARCHITECTURES[..]), families(), prop::bool::weighted(0.1));
    prop::collection::vec(package, 1..8).prop_map(|packages| {
        let number = |at: usize| u32::try_from(at + 1).expect("a small number");
        let entry = |(at, (minor, architecture, families, silent)): (usize, (u32, &str, Vec<&str>, bool))| {
            let mut entry = entry(number(at), &format!("1.{minor}.0.0"), architecture, &families);
            if silent {
                let members = entry.as_object_mut().expect("an object");
                for name in ["version", "architecture", "targetDeviceFamilies"] {
                    members.shift_remove(name);
                }
            }
            entry
        };
        packages.into_iter().enumerate().map(entry).collect()
    })
}

fn package() -> impl Strategy<Value = Package> {
    let applications = prop::collection::btree_map(prop::sample::select(&ARCHITECTURES[..]), families(), 1..=3);
    let version = prop_oneof![Just("2.0.0.0"), Just("2.1.0.0"), Just("1.3.0.0"), Just("1.1.0.0")];
    (version, applications).prop_map(|(version, applications)| {
        let applications: Vec<(&str, Vec<&str>)> = applications.into_iter().collect();
        made_of(version, &applications)
    })
}

fn wishes() -> impl Strategy<Value = Wish> {
    let replace = prop_oneof![Just(Replace::All), (1..4_u32).prop_map(keep)];
    let allow_drop = prop::sample::subsequence(&ARCHITECTURES[..], 0..=2);
    let publish_at = prop_oneof![Just(None), Just(Some(PublishAt::Manual)), Just(Some(PublishAt::Immediate))];
    let rollout = prop_oneof![Just(None), Just(Some("12.5")), Just(Some("100"))];
    (prop::collection::vec(package(), 1..=3), replace, allow_drop, publish_at, rollout).prop_map(
        |(packages, replace, allow_drop, publish_at, rollout)| Wish {
            policy: PackagePolicy { replace, allow_drop: allow_drop.into_iter().map(architecture).collect() },
            publish_at,
            rollout: rollout.and_then(|rollout| rollout.parse().ok()),
            ..wish(packages)
        },
    )
}

/// JSON text that knows nothing of submissions: names that the Store does not use, numbers that do not fit anything.
fn stranger() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        prop::sample::select(vec!["0.10", "1e400", "-0", "12345678901234567890123", "1E+2"]).prop_map(str::to_owned),
        ".{0,6}".prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let members = prop::collection::btree_map("[a-zA-Z]{1,4}_", inner.clone(), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(|values| format!("[{}]", values.join(","))),
            members.prop_map(|members| {
                let members: Vec<String> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Unknown members for every object of a document, each with a place among the others.
fn strangers() -> impl Strategy<Value = Vec<(usize, String, String)>> {
    prop::collection::vec((0..40_usize, "[a-zA-Z]{1,4}_", stranger()), 0..12)
}

/// Puts each stranger into one of the objects of a document.
fn settle(document: &mut Value, strangers: Vec<(usize, String, String)>) {
    for (place, name, text) in strangers {
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let mut objects = 0;
        count(document, &mut objects);
        let mut left = place % objects;
        insert(document, &mut left, place, &name, &value);
    }
}

fn count(value: &Value, objects: &mut usize) {
    match value {
        Value::Object(members) => {
            *objects += 1;
            members.values().for_each(|value| count(value, objects));
        }
        Value::Array(entries) => entries.iter().for_each(|value| count(value, objects)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Inserts into the object that is `left` objects further on; whether that was done.
fn insert(value: &mut Value, left: &mut usize, place: usize, name: &str, stranger: &Value) -> bool {
    match value {
        Value::Object(members) => {
            if *left == 0 {
                members.shift_insert(place % (members.len() + 1), name.to_owned(), stranger.clone());
                return true;
            }
            *left -= 1;
            members.values_mut().any(|value| insert(value, left, place, name, stranger))
        }
        Value::Array(entries) => entries.iter_mut().any(|value| insert(value, left, place, name, stranger)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The cells that a set of entries or applications serves, in words of this test.
fn serves(own: &(Architecture, DeviceFamily), cell: &(Architecture, DeviceFamily)) -> bool {
    let runs = own.0 == cell.0 || own.0 == Architecture::Neutral;
    runs && (own.1.name == cell.1.name || own.1.name == "Windows.Universal")
}

fn cells_of(entry: &Value) -> Vec<(Architecture, DeviceFamily)> {
    let Some(word) = entry["architecture"].as_str() else { return Vec::new() };
    let families = entry["targetDeviceFamilies"].as_array().into_iter().flatten().filter_map(Value::as_str);
    families.map(|text| (architecture(word), family(text))).collect()
}

fn edited(plan: &Plan, live: &Value, draft: &Value) -> Submission {
    let mut draft = submission(draft.clone());
    plan.edit(&mut draft, &submission(live.clone())).expect("the draft is a clone");
    draft
}

/// The text of a document without what an edit may change, and without the packages that it adds.
fn untouched(document: &Value) -> String {
    let mut document = document.clone();
    let members = document.as_object_mut().expect("an object");
    for name in ["targetPublishMode", "targetPublishDate"] {
        members.shift_remove(name);
    }
    if let Some(Value::Array(entries)) = members.get_mut("applicationPackages") {
        entries.retain(|entry| entry.get("id").is_some());
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.insert("fileStatus".to_owned(), Value::Null);
        }
    }
    let options = members.get_mut("packageDeliveryOptions").and_then(Value::as_object_mut).expect("the options");
    let rollout = options.get_mut("packageRollout").and_then(Value::as_object_mut).expect("the rollout");
    for name in ["isPackageRollout", "packageRolloutPercentage"] {
        rollout.shift_remove(name);
    }
    document.to_string()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_customer_loses_the_app_unless_that_is_allowed(live in live(), wish in wishes()) {
        let Ok(plan) = plan(&wish, &observed(document(live.clone())), today()) else { return Ok(()) };
        let stays = |entry: &Value| {
            plan.packages.iter().any(|line| line.verb == Verb::Stay && line.id.as_deref() == entry["id"].as_str())
        };
        let mut served: Vec<(Architecture, DeviceFamily)> = live.iter().filter(|entry| stays(entry)).flat_map(cells_of).collect();
        // A package that is live already stays as that; the others come.
        for package in &wish.packages {
            let applications = package.applications.iter();
            served.extend(applications.flat_map(|one| one.device_families.iter().map(|on| (one.architecture.clone(), on.clone()))));
        }
        for cell in live.iter().flat_map(cells_of) {
            let bundle = |package: &Package| {
                package.architectures.len() > 1 && package.applications.iter().flat_map(|one| &one.device_families).any(|on| {
                    on.name == cell.1.name || on.name == "Windows.Universal"
                })
            };
            let replaced = cell.0 == Architecture::Neutral && wish.packages.iter().any(bundle);
            let allowed = wish.policy.allow_drop.contains(&cell.0);
            prop_assert!(allowed || replaced || served.iter().any(|own| serves(own, &cell)), "{cell:?} is lost by {plan:#?}");
        }
    }

    #[test]
    fn every_live_package_is_named_once_and_every_new_one_is_added(live in live(), wish in wishes()) {
        let live = document(live);
        let Ok(plan) = plan(&wish, &observed(live.clone()), today()) else { return Ok(()) };
        let edited = edited(&plan, &live, &clone_of(&live));
        let mut ids: Vec<&str> = edited.packages().iter().filter_map(|entry| entry.id()).collect();
        ids.sort_unstable();
        let mut expected: Vec<&str> = live["applicationPackages"].as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str()).collect();
        expected.sort_unstable();
        prop_assert_eq!(ids, expected);
        let pending: Vec<String> = edited.packages().iter().filter(|entry| entry.file_status() == "PendingUpload").map(|entry| entry.file_name().to_lowercase()).collect();
        let come: Vec<String> = plan.coming().map(|line| line.file_name.to_lowercase()).collect();
        prop_assert_eq!(&pending, &come);
        let mut distinct = pending.clone();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), pending.len());
        let staying = edited.packages().iter().filter(|entry| entry.file_status() != "PendingDelete").count();
        prop_assert!((1..=25).contains(&staying));
    }

    #[test]
    fn editing_twice_is_editing_once(live in live(), wish in wishes(), strangers in strangers()) {
        let live = document(live);
        let Ok(plan) = plan(&wish, &observed(live.clone()), today()) else { return Ok(()) };
        let mut draft = clone_of(&live);
        settle(&mut draft, strangers);
        let once = edited(&plan, &live, &draft);
        let twice = edited(&plan, &live, &Value::Object(once.document().clone()));
        prop_assert_eq!(Value::Object(once.document().clone()).to_string(), Value::Object(twice.document().clone()).to_string());
    }

    #[test]
    fn what_we_do_not_know_survives_an_edit_in_value_and_place(live in live(), wish in wishes(), strangers in strangers()) {
        let live = document(live);
        let Ok(plan) = plan(&wish, &observed(live.clone()), today()) else { return Ok(()) };
        let mut draft = clone_of(&live);
        settle(&mut draft, strangers);
        let edited = edited(&plan, &live, &draft);
        prop_assert_eq!(untouched(&Value::Object(edited.document().clone())), untouched(&draft));
    }

    /// The plan is a function of what there is: the same twice, and its order is the Store's.
    #[test]
    fn a_plan_lists_what_is_live_in_its_order(live in live(), wish in wishes()) {
        let live = document(live);
        let (one, other) = (plan(&wish, &observed(live.clone()), today()), plan(&wish, &observed(live.clone()), today()));
        prop_assert_eq!(&one, &other);
        let Ok(plan) = one else { return Ok(()) };
        let listed: Vec<&str> = plan.packages.iter().filter_map(|line| line.id.as_deref()).collect();
        let there: Vec<&str> = live["applicationPackages"].as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str()).collect();
        prop_assert_eq!(listed, there);
    }
}
