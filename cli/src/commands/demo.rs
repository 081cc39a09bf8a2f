//! `flightline demo`: a whole publish against an embedded Store, over real sockets and TLS.

use crate::args::{Common, CourseArgs, ExistingRolloutArg, IfBusyArg, WaitFor, WishArgs};
use crate::commands::emulator::failure;
use crate::commands::publish::{Arguments, publish};
use crate::profile::Session;
use crate::report::{Exit, Failure};
use crate::sample::Sample;
use crate::view::waiting::Waiting;
use crate::view::{View, human};
use flightline_client::Addresses;
use flightline_client::api::Reader;
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::wire::{Wire, WireOptions};
use flightline_emulator::serve::{Listen, Ready, Server};
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::id::AppId;
use flightline_protocol::package::Architecture;
use jiff::SignedDuration;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version that the demo publishes; the sample account's app is at 1.0.0.0.
const VERSION: &str = "1.1.0.0";

pub(crate) async fn run(common: &Common, view: View) -> Result<Exit, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::trouble("temporary-folder", &error))?;
    let account = Account::sample().map_err(failure)?;
    let emulator = Emulator::open(Options { pace: Pace::Fast, ..Options::new(account) }).map_err(failure)?;
    let server = Server::start(emulator, Listen::local()).map_err(failure)?;
    let ready = server.ready();
    if view.tells {
        human::step("emulator", &format!("a Store of its own on {}", ready.api));
    }

    let (session, app) = session(&ready, folder.path(), common)?;
    let described = session.reader.app(&app).await?;
    let sample = Sample { name: &described.package_identity_name, publisher: &described.publisher_name, version: VERSION };
    let mut packages: Vec<PathBuf> = Vec::new();
    for architecture in [Architecture::X64, Architecture::Arm64] {
        let package = sample.write(folder.path(), &architecture).map_err(|error| Failure::trouble("sample", &error))?;
        packages.push(package);
    }
    if view.tells {
        human::step("packages", &format!("version {VERSION} of the sample app, for x64 and arm64"));
    }
    let wish_args = WishArgs {
        packages,
        notes: None,
        rollout: None,
        publish_mode: None,
        keep: NonZeroU32::MIN,
        replace_all: false,
        allow_drop: Vec::new(),
        price: None,
    };
    let course = CourseArgs {
        no_commit: false,
        wait: WaitFor::Published,
        timeout: SignedDuration::from_mins(5),
        if_busy: IfBusyArg::Fail,
        existing_rollout: ExistingRolloutArg::Fail,
    };
    let arguments = Arguments::Packages { app: app.to_string(), flight: None, wish: wish_args, course };
    let wish = arguments.wish()?;
    let exit = publish(&session, arguments, wish, view).await;
    server.stop().await;
    exit
}

/// The way to the embedded Store.
fn session(ready: &Ready, folder: &Path, common: &Common) -> Result<(Session, AppId), Failure> {
    let no_app = || Failure::usage("no-sample-app", "the sample account has no app");
    let app = ready.application_id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(no_app)?;
    let addresses = Addresses::new(&ready.api, &ready.login)?;
    let wire = Wire::new(&WireOptions { roots: ready.ca.iter().cloned().collect(), ..WireOptions::default() })?;
    let credentials = Credentials {
        tenant_id: ready.tenant_id.clone(),
        client_id: ready.client_id.clone(),
        client_secret: ClientSecret::new(ready.client_secret.clone()),
    };
    let budget = Budget::per_minute(Budget::PER_MINUTE);
    let reader = Reader::new(Arc::new(wire), addresses, credentials, budget);
    common.stop.follow(&reader);
    let _waiting = Waiting::new(View::new(common), reader.pulse());
    let (state, stop) = (folder.join("state"), common.stop.clone());
    Ok((Session { reader, api_url: ready.api.clone(), state, stop, _waiting }, app))
}
