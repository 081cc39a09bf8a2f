//! What the client relies on, asked of a Store: of the emulator always, and of the real one where credentials for it are given.
//!
//! The real Store is only ever read, by [`read`], which is given nothing that could write. It is asked when `FLIGHTLINE_CONFORMANCE` is
//! `1` and `FLIGHTLINE_TENANT_ID`, `FLIGHTLINE_CLIENT_ID` and `FLIGHTLINE_CLIENT_SECRET` are set, within its rate budget, which takes a
//! minute or two (`FLIGHTLINE_API_URL`, `FLIGHTLINE_LOGIN_URL` and `FLIGHTLINE_CA_FILE` lead to another one):
//!
//! `FLIGHTLINE_CONFORMANCE=1 cargo test -p flightline-client --test conformance -- --nocapture`

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stdout, reason = "whoever runs this wants to see what was asked")]

use async_trait::async_trait;
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{NewFlight, Reader, Writer};
use flightline_client::auth::{Credentials, RESOURCE};
use flightline_client::budget::Budget;
use flightline_client::error::Kind;
use flightline_client::secret::ClientSecret;
use flightline_client::transport::{Transport, TransportError};
use flightline_client::upload::UploadReceipt;
use flightline_client::wire::{Wire, WireOptions};
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::id::{AppId, SubmissionId};
use flightline_protocol::rollout::RolloutStatus;
use flightline_protocol::status::{Phase, SubmissionStatus};
use flightline_protocol::target::Target;
use http::{Request, Response};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// Products of each kind that are looked into: the rate budget is small.
const MOST: usize = 2;

/// Reads whatever the account has, and expects that it fits together.
async fn read(reader: &Reader) {
    let identity = reader.identity().await.unwrap();
    assert_eq!(identity.audience.as_deref(), Some(RESOURCE));
    println!("the token is for the Store");

    let apps = reader.apps().await.unwrap();
    let ids: HashSet<&str> = apps.iter().map(|app| app.id.as_str()).collect();
    assert_eq!(ids.len(), apps.len(), "an app is listed twice");
    println!("{} apps are listed", apps.len());
    for listed in apps.iter().take(MOST) {
        let app = reader.app(&listed.id).await.unwrap();
        let names = (&app.id, &app.package_identity_name, &app.publisher_name);
        assert_eq!(names, (&listed.id, &listed.package_identity_name, &listed.publisher_name));
        println!("app {} is what it is listed as", app.id);
        read_submissions(reader, &Target::App(app.id.clone())).await;
        for listed in reader.list_flights(&app.id).all().await.unwrap().iter().take(MOST) {
            let flight = reader.flight(&app.id, &listed.id).await.unwrap();
            assert_eq!((&flight.id, &flight.friendly_name), (&listed.id, &listed.friendly_name));
            println!("flight {} is what it is listed as", flight.id);
            read_submissions(reader, &Target::Flight(app.id.clone(), flight.id)).await;
        }
        for id in reader.list_add_ons_of(&app.id).all().await.unwrap().iter().take(MOST) {
            let add_on = reader.add_on(id).await.unwrap();
            assert!(&add_on.id == id && add_on.applications.contains(&app.id), "{id} is of another app");
            println!("add-on {id} is of the app that lists it");
            read_submissions(reader, &Target::AddOn(add_on.id)).await;
        }
    }
    println!("{} add-ons are listed", reader.list_add_ons().all().await.unwrap().len());

    let unknown: AppId = "9NN0SUCHAPP0".parse().unwrap();
    let error = reader.app(&unknown).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound, "{error}");
    assert!(error.correlation_id().is_some(), "a refusal has a number for support");
    println!("an app that nobody has is not found");
}

/// Reads the pending and the live submission of a product.
async fn read_submissions(reader: &Reader, target: &Target) {
    let (pending, live) = reader.references(target).await.unwrap();
    if let Some(id) = &pending {
        let fetched = reader.submission(target, id).await.unwrap();
        reader.status(target, id).await.unwrap();
        assert_eq!(fetched.submission.id(), id);
        let made = if fetched.upload_url.is_some() { "through the API" } else { "in Partner Center, or committed" };
        println!("{target}: pending {id} is in {}, made {made}", fetched.submission.status());
    }
    let Some(id) = &live else {
        println!("{target}: nothing is live");
        return;
    };
    let submission = reader.submission(target, id).await.unwrap().submission;
    assert_eq!((submission.id(), submission.status().phase()), (id, Phase::Live));
    assert_eq!(reader.status(target, id).await.unwrap().status, submission.status());
    // The document goes back as it came, but for the address that only the Store may say.
    let whole = reader.raw(&format!("{}/submissions/{id}", target.path())).await.unwrap().unwrap();
    let mut whole = whole.as_object().unwrap().clone();
    whole.retain(|name, _| !name.eq_ignore_ascii_case("fileUploadUrl"));
    assert!(submission.to_update() == Value::Object(whole), "{target}: an update would not be what was read");
    println!("{target}: live {id} is read whole");
    if !matches!(target, Target::AddOn(_)) {
        let rollout = reader.rollout(target, id).await.unwrap();
        assert!(!matches!(rollout.status, RolloutStatus::Other(_)), "{:?} is no status that we know", rollout.status);
        println!("{target}: its rollout is in {}", rollout.status.as_str());
    }
}

/// Changes whatever can be changed. For a Store that nobody lives in.
async fn write(writer: &Writer) {
    let reader = writer.reader();
    let app = reader.apps().await.unwrap().remove(0).id;
    let flight = reader.list_flights(&app).all().await.unwrap().remove(0).id;
    let add_on = reader.list_add_ons_of(&app).all().await.unwrap().remove(0);
    for target in [Target::App(app.clone()), Target::Flight(app.clone(), flight), Target::AddOn(add_on)] {
        a_draft_comes_changes_and_goes(writer, &target).await;
        let draft = writer.create_submission(&target).await.unwrap().submission;
        a_draft_is_committed_once_and_published(writer, &target, draft.id()).await;
        if !matches!(target, Target::AddOn(_)) {
            a_rollout_is_widened_and_ends_once(writer, &target).await;
        }
        println!("{target}: drafts come, change, go and are published");
    }

    let made = writer.create_add_on(&app, "conformance", "Consumable").await.unwrap();
    assert_eq!(reader.references(&Target::AddOn(made.id.clone())).await.unwrap(), (None, None));
    writer.delete_add_on(&made.id).await.unwrap();
    assert_eq!(reader.add_on(&made.id).await.unwrap_err().kind(), Kind::NotFound);
    println!("an add-on comes and goes");

    let new = NewFlight { friendly_name: "Conformance".to_owned(), group_ids: Vec::new(), rank_higher_than: None };
    let made = writer.create_flight(&app, &new).await.unwrap();
    assert!(made.pending.is_some(), "a flight comes with a draft");
    writer.delete_flight(&app, &made.id).await.unwrap();
    assert_eq!(reader.flight(&app, &made.id).await.unwrap_err().kind(), Kind::NotFound);
    println!("a flight comes and goes");
}

async fn a_draft_comes_changes_and_goes(writer: &Writer, target: &Target) {
    let mut draft = writer.create_submission(target).await.unwrap();
    assert!(draft.upload_url.is_some() && draft.submission.status() == SubmissionStatus::PendingCommit);
    assert_eq!(writer.create_submission(target).await.unwrap_err().kind(), Kind::Conflict);
    draft.submission.document_mut().insert("targetPublishMode".to_owned(), "Manual".into());
    writer.update_submission(target, &draft.submission).await.unwrap();
    let id = draft.submission.id();
    let stored = writer.reader().submission(target, id).await.unwrap().submission;
    assert_eq!(stored.document()["targetPublishMode"], "Manual");
    writer.delete_submission(target, id).await.unwrap();
    assert_eq!(writer.reader().pending(target).await.unwrap(), None);
}

async fn a_draft_is_committed_once_and_published(writer: &Writer, target: &Target, id: &SubmissionId) {
    let receipt = UploadReceipt::nothing_to_upload(id.clone());
    assert_eq!(writer.commit(target, &receipt).await.unwrap().status, SubmissionStatus::CommitStarted);
    assert_eq!(writer.reader().status(target, id).await.unwrap().status, SubmissionStatus::Published);
    assert_eq!(writer.reader().references(target).await.unwrap(), (None, Some(id.clone())));
    assert_eq!(writer.commit(target, &receipt).await.unwrap_err().kind(), Kind::Conflict);
}

async fn a_rollout_is_widened_and_ends_once(writer: &Writer, target: &Target) {
    for ending in [RolloutStatus::Stopped, RolloutStatus::Complete] {
        let mut draft = writer.create_submission(target).await.unwrap().submission;
        let rollout = json!({ "isPackageRollout": true, "packageRolloutPercentage": 10.0 });
        draft.document_mut()["packageDeliveryOptions"]["packageRollout"] = rollout;
        writer.update_submission(target, &draft).await.unwrap();
        let id = draft.id();
        a_draft_is_committed_once_and_published(writer, target, id).await;
        assert!(writer.set_rollout(target, id, "35".parse().unwrap()).await.unwrap().is_open());
        let ended = match ending {
            RolloutStatus::Stopped => writer.halt_rollout(target, id).await,
            _ => writer.finalize_rollout(target, id).await,
        };
        assert_eq!(ended.unwrap().status, ending);
        assert_eq!(writer.finalize_rollout(target, id).await.unwrap_err().kind(), Kind::Conflict);
    }
}

/// A Store in this process.
struct InProcess(Emulator);

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.answer(request).await)
    }
}

#[tokio::test(start_paused = true)]
async fn the_emulator_is_a_store_as_the_client_knows_it() {
    let account = Account::sample().unwrap();
    let credentials = Credentials {
        tenant_id: account.tenant_id().to_owned(),
        client_id: account.client_id().to_owned(),
        client_secret: ClientSecret::new(account.client_secret()),
    };
    let emulator = Emulator::open(Options { pace: Pace::Instant, ..Options::new(account) }).unwrap();
    let budget = Budget::per_minute(Budget::PER_MINUTE);
    let reader = Reader::new(Arc::new(InProcess(emulator)), Addresses::default(), credentials, budget);
    read(&reader).await;
    let writer = Writer::new(reader);
    write(&writer).await;
    let app = writer.reader().apps().await.unwrap().remove(0).id;
    writer.create_submission(&Target::App(app)).await.unwrap();
    read(writer.reader()).await;
}

#[tokio::test]
async fn the_real_store_is_read_where_credentials_are_given() {
    let Some((reader, api)) = given() else {
        println!("this ran on the emulator only: FLIGHTLINE_CONFORMANCE is not 1");
        return;
    };
    println!("reading {api}");
    read(&reader).await;
}

/// Who reads the Store of the environment, if that is wanted.
#[allow(clippy::disallowed_methods, reason = "whose Store is asked is said in the environment alone")]
fn given() -> Option<(Reader, String)> {
    let value = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let needed = |name: &str| value(name).unwrap_or_else(|| panic!("FLIGHTLINE_CONFORMANCE is 1, and {name} is not set"));
    value("FLIGHTLINE_CONFORMANCE").filter(|wanted| wanted == "1")?;
    let credentials = Credentials {
        tenant_id: needed("FLIGHTLINE_TENANT_ID"),
        client_id: needed("FLIGHTLINE_CLIENT_ID"),
        client_secret: ClientSecret::new(needed("FLIGHTLINE_CLIENT_SECRET")),
    };
    let api = value("FLIGHTLINE_API_URL").unwrap_or_else(|| Addresses::API.to_owned());
    let login = value("FLIGHTLINE_LOGIN_URL").unwrap_or_else(|| Addresses::LOGIN.to_owned());
    let roots = value("FLIGHTLINE_CA_FILE").map(Into::into).into_iter().collect();
    let wire = Wire::new(&WireOptions { roots, ..WireOptions::default() }).unwrap();
    let addresses = Addresses::new(&api, &login).unwrap();
    let budget = Budget::per_minute(Budget::PER_MINUTE);
    Some((Reader::new(Arc::new(wire), addresses, credentials, budget), api))
}
