//! The 37 methods, each once as it works and once as it is refused: what comes back, and which kind of error.
//!
//! The numbers are those of `docs/methods.md`.

use crate::scene::{APP, Scene, app};
use flightline_client::Addresses;
use flightline_client::api::{Fetched, NewFlight, Reader, Writer};
use flightline_client::auth::Credential;
use flightline_client::budget::Budget;
use flightline_client::error::{Error, Kind};
use flightline_client::secret::Token;
use flightline_client::upload::UploadReceipt;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::rollout::RolloutStatus;
use flightline_protocol::route::{Call, Method};
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::target::Target;
use serde_json::json;
use std::collections::BTreeSet;

const ADD_ON: &str = "9NBQY01TDES5";
const FLIGHT: &str = "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384";

/// The products of the sample account that have submissions, each with its live one.
fn products() -> [(Target, SubmissionId); 3] {
    [
        (Target::App(app()), "1152921505700310001".parse().unwrap()),
        (Target::AddOn(add_on()), "1152921505700310011".parse().unwrap()),
        (Target::Flight(app(), flight()), "1152921505700310021".parse().unwrap()),
    ]
}

/// Those of them that have rollouts.
fn rolled() -> [Target; 2] {
    [Target::App(app()), Target::Flight(app(), flight())]
}

fn add_on() -> AddOnId {
    ADD_ON.parse().unwrap()
}

fn flight() -> FlightId {
    FLIGHT.parse().unwrap()
}

fn unknown_app() -> AppId {
    "9NN0SUCHAPP0".parse().unwrap()
}

fn unknown_submission() -> SubmissionId {
    "1152921505700399999".parse().unwrap()
}

/// The number of a method. A call that is new has none until it is given one here, and with it a row and a test.
pub(crate) fn number(call: &Call) -> Option<u8> {
    let submission = |target: &Target, verb: u8| match target {
        Target::App(_) => 9 + verb,
        Target::AddOn(_) => 15 + verb,
        Target::Flight(..) => 24 + verb,
    };
    let rollout = |target: &Target, verb: u8| match target {
        Target::App(_) => Some(30 + verb),
        Target::Flight(..) => Some(34 + verb),
        Target::AddOn(_) => None,
    };
    Some(match call {
        Call::Applications(_) => 1,
        Call::Application(_) => 2,
        Call::ApplicationAddOns(..) => 3,
        Call::ApplicationFlights(..) => 4,
        Call::AddOns(_) => 5,
        Call::AddOn(_) => 6,
        Call::CreateAddOn => 7,
        Call::DeleteAddOn(_) => 8,
        Call::CreateSubmission(target) => submission(target, 0),
        Call::Submission(target, _) => submission(target, 1),
        Call::UpdateSubmission(target, _) => submission(target, 2),
        Call::CommitSubmission(target, _) => submission(target, 3),
        Call::DeleteSubmission(target, _) => submission(target, 4),
        Call::SubmissionStatus(target, _) => submission(target, 5),
        Call::CreateFlight(_) => 21,
        Call::Flight(..) => 22,
        Call::DeleteFlight(..) => 23,
        Call::Rollout(target, _) => return rollout(target, 0),
        Call::SetRollout(target, ..) => return rollout(target, 1),
        Call::HaltRollout(target, _) => return rollout(target, 2),
        Call::FinalizeRollout(target, _) => return rollout(target, 3),
    })
}

/// Expects that the Store has granted each of these methods, and refused each of them.
fn proves(scene: &Scene, numbers: &[u8]) {
    let state = scene.emulator.state().unwrap();
    let (mut granted, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for request in state["requests"].as_array().unwrap().iter().filter(|request| request["service"] == "api") {
        let method = match request["method"].as_str().unwrap() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            _ => Method::Delete,
        };
        let call = Call::parse(method, request["path"].as_str().unwrap());
        let number = call.as_ref().and_then(number).unwrap_or_else(|| panic!("{request} is none of the methods"));
        let answered = if request["status"].as_u64().unwrap() < 300 { &mut granted } else { &mut refused };
        answered.insert(number);
    }
    for number in numbers {
        assert!(granted.contains(number) && refused.contains(number), "{number}: {granted:?} were granted, {refused:?} refused");
    }
}

/// Expects a refusal of this kind, with the Store's number for support.
#[track_caller]
fn refuses<T: std::fmt::Debug>(kind: Kind, answer: Result<T, Error>) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.status().is_some() && error.correlation_id().is_some() && error.hint().is_some() != (kind == Kind::Invalid));
}

/// Somebody whose token is none of this Store's.
fn stranger(scene: &Scene) -> Reader {
    let token = Credential::Token(Token::new("eyJhbGciOiJub25lIn0.e30."));
    Reader::new(scene.line.clone(), Addresses::default(), token, Budget::per_minute(Budget::PER_MINUTE))
}

/// A draft without any new file, committed and published by the Store.
async fn publish(scene: &Scene, writer: &Writer, target: &Target, draft: &Fetched) {
    let id = draft.submission.id();
    writer.commit(target, &UploadReceipt::nothing_to_upload(id.clone())).await.unwrap();
    scene.control(&format!("/advance?submission={id}&to=Published")).await;
}

/// A draft that asks for a rollout.
async fn gradual(writer: &Writer, target: &Target) -> Fetched {
    let mut draft = writer.create_submission(target).await.unwrap().submission;
    draft.document_mut()["packageDeliveryOptions"]["packageRollout"]["isPackageRollout"] = json!(true);
    writer.update_submission(target, &draft).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_apps_of_an_account_are_for_its_own_people() {
    let scene = Scene::new();
    let apps = scene.reader().apps().await.unwrap();
    assert_eq!((apps.len(), apps[0].id.as_str(), apps[0].primary_name.as_str()), (1, APP, "Harbour Lights"));
    refuses(Kind::Credentials, stranger(&scene).apps().await);
    proves(&scene, &[1]);
}

#[tokio::test(start_paused = true)]
async fn an_app_is_read_if_it_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    let one = reader.app(&app()).await.unwrap();
    assert_eq!((one.last_published, one.pending), (Some(products()[0].1.clone()), None));
    refuses(Kind::NotFound, reader.app(&unknown_app()).await);
    proves(&scene, &[2]);
}

#[tokio::test(start_paused = true)]
async fn the_add_ons_of_an_app_are_listed_if_it_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    let ids = reader.list_add_ons_of(&app()).all().await.unwrap();
    assert_eq!((ids.len(), &ids[0]), (2, &add_on()));
    refuses(Kind::NotFound, reader.list_add_ons_of(&unknown_app()).all().await);
    proves(&scene, &[3]);
}

#[tokio::test(start_paused = true)]
async fn the_flights_of_an_app_are_listed_if_it_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    let flights = reader.list_flights(&app()).all().await.unwrap();
    assert_eq!((flights.len(), &flights[0].id, flights[0].friendly_name.as_str()), (1, &flight(), "Pilots"));
    refuses(Kind::NotFound, reader.list_flights(&unknown_app()).all().await.map(|_| ()));
    proves(&scene, &[4]);
}

#[tokio::test(start_paused = true)]
async fn the_add_ons_of_an_account_are_for_its_own_people() {
    let scene = Scene::new();
    let add_ons = scene.reader().list_add_ons().all().await.unwrap();
    assert_eq!((add_ons.len(), add_ons[0].product_id.as_str()), (2, "tide-tables-2027"));
    refuses(Kind::Credentials, stranger(&scene).list_add_ons().all().await);
    proves(&scene, &[5]);
}

#[tokio::test(start_paused = true)]
async fn an_add_on_is_read_if_it_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    let one = reader.add_on(&add_on()).await.unwrap();
    assert_eq!((one.applications, one.product_type.as_str()), (vec![app()], "Durable"));
    refuses(Kind::NotFound, reader.add_on(&"9NN0SUCHADD0".parse().unwrap()).await);
    proves(&scene, &[6]);
}

#[tokio::test(start_paused = true)]
async fn an_add_on_is_made_once_and_deleted_unless_it_is_live() {
    let scene = Scene::new();
    let writer = scene.writer();
    let made = writer.create_add_on(&app(), "short-lived", "Durable").await.unwrap();
    assert_eq!((made.product_id.as_str(), &made.pending, &made.last_published), ("short-lived", &None, &None));
    refuses(Kind::Conflict, writer.create_add_on(&app(), "short-lived", "Durable").await);
    refuses(Kind::Invalid, writer.create_add_on(&app(), "what?", "Durable").await);
    writer.delete_add_on(&made.id).await.unwrap();
    refuses(Kind::NotFound, writer.reader().add_on(&made.id).await);
    refuses(Kind::Conflict, writer.delete_add_on(&add_on()).await);
    proves(&scene, &[7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_flight_is_made_read_and_deleted() {
    let scene = Scene::new();
    let writer = scene.writer();
    let new = NewFlight {
        friendly_name: "Short-lived".to_owned(),
        group_ids: vec!["1152921504610020031".to_owned()],
        rank_higher_than: Some("Pilots".to_owned()),
    };
    let made = writer.create_flight(&app(), &new).await.unwrap();
    assert_eq!(made.rank_higher_than.as_deref(), Some("Pilots"));
    assert!(made.pending.is_some(), "a flight comes with a draft");
    refuses(Kind::Invalid, writer.create_flight(&app(), &NewFlight { rank_higher_than: Some("Nobody".to_owned()), ..new }).await);
    let read = writer.reader().flight(&app(), &made.id).await.unwrap();
    assert_eq!((read.friendly_name.as_str(), &read.group_ids[..]), ("Short-lived", &["1152921504610020031".to_owned()][..]));
    writer.delete_flight(&app(), &made.id).await.unwrap();
    refuses(Kind::NotFound, writer.reader().flight(&app(), &made.id).await);
    refuses(Kind::NotFound, writer.delete_flight(&app(), &made.id).await);
    proves(&scene, &[21, 22, 23]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_made_and_no_second_one() {
    let scene = Scene::new();
    let writer = scene.writer();
    for (target, live) in products() {
        let draft = writer.create_submission(&target).await.unwrap();
        assert_eq!(draft.submission.status(), SubmissionStatus::PendingCommit);
        assert!(draft.submission.id() != &live && draft.upload_url.is_some());
        assert_eq!(writer.reader().references(&target).await.unwrap(), (Some(draft.submission.id().clone()), Some(live)));
        refuses(Kind::Conflict, writer.create_submission(&target).await);
    }
    proves(&scene, &[9, 15, 24]);
}

#[tokio::test(start_paused = true)]
async fn a_submission_is_read_if_it_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    for (target, live) in products() {
        let read = reader.submission(&target, &live).await.unwrap();
        assert_eq!((read.submission.id(), read.submission.status()), (&live, SubmissionStatus::Published));
        refuses(Kind::NotFound, reader.submission(&target, &unknown_submission()).await);
    }
    proves(&scene, &[10, 16, 25]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_written_and_what_is_live_is_not() {
    let scene = Scene::new();
    let writer = scene.writer();
    for (target, live) in products() {
        let mut draft = writer.create_submission(&target).await.unwrap().submission;
        draft.document_mut().insert("targetPublishMode".to_owned(), "Manual".into());
        writer.update_submission(&target, &draft).await.unwrap();
        let read = writer.reader().submission(&target, draft.id()).await.unwrap().submission;
        assert_eq!(read.document()["targetPublishMode"], "Manual");
        let live = writer.reader().submission(&target, &live).await.unwrap().submission;
        refuses(Kind::Conflict, writer.update_submission(&target, &live).await);
        draft.document_mut().insert("targetPublishMode".to_owned(), "Sometimes".into());
        refuses(Kind::Invalid, writer.update_submission(&target, &draft).await);
    }
    proves(&scene, &[11, 17, 26]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_committed_once() {
    let scene = Scene::new();
    let writer = scene.writer();
    for (target, _) in products() {
        let draft = writer.create_submission(&target).await.unwrap().submission;
        let receipt = UploadReceipt::nothing_to_upload(draft.id().clone());
        let report = writer.commit(&target, &receipt).await.unwrap();
        assert_eq!(report.status, SubmissionStatus::CommitStarted);
        refuses(Kind::Conflict, writer.commit(&target, &receipt).await);
        let unknown = UploadReceipt::nothing_to_upload(unknown_submission());
        refuses(Kind::NotFound, writer.commit(&target, &unknown).await);
    }
    proves(&scene, &[12, 18, 27]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_deleted_and_what_is_live_is_not() {
    let scene = Scene::new();
    let writer = scene.writer();
    for (target, live) in products() {
        let draft = writer.create_submission(&target).await.unwrap().submission;
        writer.delete_submission(&target, draft.id()).await.unwrap();
        assert_eq!(writer.reader().pending(&target).await.unwrap(), None);
        refuses(Kind::NotFound, writer.delete_submission(&target, draft.id()).await);
        refuses(Kind::Conflict, writer.delete_submission(&target, &live).await);
    }
    proves(&scene, &[13, 19, 28]);
}

#[tokio::test(start_paused = true)]
async fn a_status_is_told_of_what_is_there() {
    let scene = Scene::new();
    let reader = scene.reader();
    for (target, live) in products() {
        assert_eq!(reader.status(&target, &live).await.unwrap().status, SubmissionStatus::Published);
        refuses(Kind::NotFound, reader.status(&target, &unknown_submission()).await);
    }
    proves(&scene, &[14, 20, 29]);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_begins_with_publication_and_is_widened() {
    let scene = Scene::new();
    let writer = scene.writer();
    for target in rolled() {
        let draft = gradual(&writer, &target).await;
        let id = draft.submission.id();
        refuses(Kind::Conflict, writer.set_rollout(&target, id, "50".parse().unwrap()).await);
        publish(&scene, &writer, &target, &draft).await;
        assert_eq!(writer.reader().rollout(&target, id).await.unwrap().status, RolloutStatus::InProgress);
        let widened = writer.set_rollout(&target, id, "50".parse().unwrap()).await.unwrap();
        assert!((widened.percentage - 50.0).abs() < f64::EPSILON && widened.is_open(), "{widened:?}");
        refuses(Kind::NotFound, writer.reader().rollout(&target, &unknown_submission()).await);
    }
    proves(&scene, &[30, 31, 34, 35]);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_halted_or_finalized_once() {
    let scene = Scene::new();
    let writer = scene.writer();
    for target in rolled() {
        for ending in [RolloutStatus::Stopped, RolloutStatus::Complete] {
            let draft = gradual(&writer, &target).await;
            let id = draft.submission.id();
            publish(&scene, &writer, &target, &draft).await;
            let ended = if ending == RolloutStatus::Stopped {
                writer.halt_rollout(&target, id).await
            } else {
                writer.finalize_rollout(&target, id).await
            };
            assert_eq!(ended.unwrap().status, ending);
            refuses(Kind::Conflict, writer.halt_rollout(&target, id).await);
            refuses(Kind::Conflict, writer.finalize_rollout(&target, id).await);
        }
    }
    proves(&scene, &[32, 33, 36, 37]);
}
