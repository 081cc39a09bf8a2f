//! Who we are and where the Store is: the environment, then the profile file, then Azure's own variables.

use crate::args::Common;
use crate::credential::{self, Chosen, Settings};
use crate::env::Env;
use crate::input;
use crate::report::Failure;
use crate::stop::Stop;
use crate::view::View;
use crate::view::waiting::Waiting;
use etcetera::BaseStrategy as _;
use flightline_client::Addresses;
use flightline_client::api::Reader;
use flightline_client::budget::Budget;
use flightline_client::transport::Dated;
use flightline_client::wire::{Wire, WireOptions};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The profile where none is named.
const DEFAULT: &str = "default";

/// A profile file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// One profile in it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Profile {
    auth: Option<String>,
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    certificate_file: Option<String>,
    certificate_password: Option<String>,
    federated_token_file: Option<String>,
    service_connection_id: Option<String>,
    api_url: Option<String>,
    login_url: Option<String>,
    ca_file: Option<PathBuf>,
}

impl Profile {
    /// What it says about signing in, under the key that stands in the file.
    pub(crate) fn sign_in(&self, key: &str) -> Option<&str> {
        let value = match key {
            "auth" => &self.auth,
            "tenant-id" => &self.tenant_id,
            "client-id" => &self.client_id,
            "client-secret" => &self.client_secret,
            "certificate-file" => &self.certificate_file,
            "certificate-password" => &self.certificate_password,
            "federated-token-file" => &self.federated_token_file,
            "service-connection-id" => &self.service_connection_id,
            _ => &None,
        };
        value.as_deref()
    }
}

/// A way to the Store, and how it is signed in on.
pub(crate) struct Connection {
    pub(crate) reader: Reader,
    pub(crate) chosen: Chosen,
    pub(crate) api_url: String,
    pub(crate) login_url: String,
    /// What the requests go over, for what it has noticed.
    pub(crate) line: Arc<Dated>,
    /// Tells what is waited for, as long as it is there.
    pub(crate) waiting: Waiting,
}

/// A signed-in way to the Store, and what is needed around it.
pub(crate) struct Session {
    pub(crate) reader: Reader,
    /// The address of the API: tells Stores apart.
    pub(crate) api_url: String,
    /// Where the state files are.
    pub(crate) state: PathBuf,
    /// What stops the command.
    pub(crate) stop: Stop,
    /// Tells what is waited for, as long as it is there.
    pub(crate) _waiting: Waiting,
}

/// Puts a session together. Nothing is sent yet.
pub(crate) fn session(common: &Common) -> Result<Session, Failure> {
    let Connection { reader, api_url, waiting, .. } = connection(common)?;
    let stop = common.stop.clone();
    Ok(Session { reader, api_url: plain(&api_url), state: state_folder(common)?, stop, _waiting: waiting })
}

/// The address of a Store: however it is written, it is the same one.
fn plain(api_url: &str) -> String {
    api_url.trim().trim_end_matches('/').to_ascii_lowercase()
}

/// What the Store allows, shared with all that runs for the same tenant on this machine. Where the tenant is known to the sign-in alone,
/// all such sign-ins share one.
fn budget(common: &Common, api_url: &str, tenant_id: Option<&str>) -> Budget {
    let budget = Budget::per_minute(common.rate.unwrap_or(Budget::PER_MINUTE));
    match state_folder(common) {
        Ok(folder) => {
            budget.shared(&folder, &format!("{} {}", plain(api_url), tenant_id.unwrap_or_default().to_ascii_lowercase()))
        }
        Err(_) => budget,
    }
}

/// Finds the way to the Store. Nothing is sent yet.
pub(crate) fn connection(common: &Common) -> Result<Connection, Failure> {
    let env = Env::read();
    let profile = profile(common)?;
    let profile_name = common.profile.as_deref().unwrap_or(DEFAULT);
    let settings = Settings { variables: &env.variables, profile: &profile, profile_name, az: env.az };
    let (chosen, credential) = credential::choose(&settings)?;
    let api_url = env.api_url.or(profile.api_url).unwrap_or_else(|| Addresses::API.to_owned());
    let login_url = env.login_url.or(profile.login_url).unwrap_or_else(|| Addresses::LOGIN.to_owned());
    let addresses = Addresses::new(&api_url, &login_url).map_err(Failure::from)?;
    // The machine's own verifier reads SSL_CERT_FILE where there is no store of the system; elsewhere it is one more file of roots.
    let beside_the_system = cfg!(any(windows, target_vendor = "apple"));
    let machine = env.ssl_cert_file.filter(|file| beside_the_system && file.is_file());
    let roots = env.ca_file.or(profile.ca_file).into_iter().chain(machine).collect();
    let wire = Wire::new(&WireOptions { roots, ..WireOptions::default() }).map_err(Failure::from)?;
    let line = Arc::new(Dated::new(Arc::new(wire)));
    let budget = budget(common, &api_url, chosen.tenant_id.as_deref());
    let reader = Reader::new(Arc::<Dated>::clone(&line), addresses, credential, budget);
    common.stop.follow(&reader);
    let waiting = Waiting::new(View::new(common), reader.pulse());
    Ok(Connection { reader, chosen, api_url, login_url, line, waiting })
}

/// Where the state files are.
pub(crate) fn state_folder(common: &Common) -> Result<PathBuf, Failure> {
    if let Some(folder) = &common.state {
        return Ok(folder.clone());
    }
    let base = etcetera::choose_base_strategy().map_err(|_| {
        Failure::usage("no-home", "this user has no home folder to keep state files in").hint("name a folder with --state")
    })?;
    Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("flightline"))
}

/// Where the profile file is, whether there is one or not.
pub(crate) fn profile_file(common: &Common) -> Option<PathBuf> {
    let default = || Some(etcetera::choose_base_strategy().ok()?.config_dir().join("flightline").join("profiles.toml"));
    common.config.clone().or_else(default)
}

fn profile(common: &Common) -> Result<Profile, Failure> {
    let Some(file) = profile_file(common) else { return Ok(Profile::default()) };
    let asked_for = common.config.is_some() || common.profile.is_some();
    if !asked_for && !file.exists() {
        return Ok(Profile::default());
    }
    let mut profiles = read(&file)?.profiles;
    let name = common.profile.as_deref().unwrap_or(DEFAULT);
    match profiles.remove(name) {
        Some(profile) => Ok(profile),
        None if common.profile.is_none() => Ok(Profile::default()),
        None => {
            let known: Vec<String> = profiles.into_keys().collect();
            let message = format!("{}: there is no profile {name:?}", file.display());
            Err(Failure::usage("no-profile", message).hint(format!("it has {}", known.join(", "))))
        }
    }
}

fn read(file: &Path) -> Result<ProfileFile, Failure> {
    let failed = |what: String| {
        Failure::usage("profile-unreadable", format!("{}: {what}", file.display()))
            .hint("a profile is a table such as [profiles.default] with tenant-id, client-id and client-secret")
    };
    let text = input::text(file).map_err(|error| failed(error.to_string()))?;
    // The parser's own message quotes the line, which may hold the secret: say where, not what.
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        failed(format!("line {line} is not of the form that a profile has"))
    })
}
