//! Who we are and where the Store is: the environment, then the profile file, then Azure's own variables.

use crate::args::Common;
use crate::env::Env;
use crate::input;
use crate::report::Failure;
use etcetera::BaseStrategy as _;
use flightline_client::Addresses;
use flightline_client::api::Reader;
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::secret::ClientSecret;
use flightline_client::wire::{Wire, WireOptions};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
struct Profile {
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    api_url: Option<String>,
    login_url: Option<String>,
    ca_file: Option<PathBuf>,
}

/// A signed-in way to the Store, and what is needed around it.
pub(crate) struct Session {
    pub(crate) reader: Reader,
    /// The address of the API: tells Stores apart.
    pub(crate) api_url: String,
    /// Where the state files are.
    pub(crate) state: PathBuf,
}

/// Puts a session together. Nothing is sent yet.
pub(crate) fn session(common: &Common) -> Result<Session, Failure> {
    let env = Env::read();
    let profile = profile(common)?;
    let pick = |first: Option<String>, second: Option<String>, third: Option<String>| first.or(second).or(third);
    let tenant_id = pick(env.tenant_id, profile.tenant_id, env.azure_tenant_id);
    let client_id = pick(env.client_id, profile.client_id, env.azure_client_id);
    let client_secret = pick(env.client_secret, profile.client_secret, env.azure_client_secret);
    let missing: Vec<&str> = [
        ("FLIGHTLINE_TENANT_ID", tenant_id.is_none()),
        ("FLIGHTLINE_CLIENT_ID", client_id.is_none()),
        ("FLIGHTLINE_CLIENT_SECRET", client_secret.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    let (Some(tenant_id), Some(client_id), Some(client_secret)) = (tenant_id, client_id, client_secret) else {
        return Err(Failure::usage("no-credentials", format!("no credentials: {} not set", missing.join(", "))).hint(
            "set them to those of an Entra application with the role Manager in Partner Center, or put them into a profile; \
             `flightline demo` needs none",
        ));
    };
    let api_url = env.api_url.or(profile.api_url).unwrap_or_else(|| Addresses::API.to_owned());
    let login_url = env.login_url.or(profile.login_url).unwrap_or_else(|| Addresses::LOGIN.to_owned());
    let addresses = Addresses::new(&api_url, &login_url).map_err(Failure::from)?;
    // The machine's verifier reads SSL_CERT_FILE on Linux only; taken as an extra root it works everywhere.
    let roots = env.ca_file.or(profile.ca_file).into_iter().chain(env.ssl_cert_file.filter(|file| file.is_file())).collect();
    let wire = Wire::new(&WireOptions { roots, ..WireOptions::default() }).map_err(Failure::from)?;
    let credentials = Credentials { tenant_id, client_id, client_secret: ClientSecret::new(client_secret) };
    let budget = Budget::per_minute(Budget::PER_MINUTE);
    let reader = Reader::new(Arc::new(wire), addresses, credentials, budget);
    // However the address is written, it is the same Store.
    let api_url = api_url.trim().trim_end_matches('/').to_ascii_lowercase();
    Ok(Session { reader, api_url, state: state_folder(common)? })
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

fn profile(common: &Common) -> Result<Profile, Failure> {
    let default = || Some(etcetera::choose_base_strategy().ok()?.config_dir().join("flightline").join("profiles.toml"));
    let Some(file) = common.config.clone().or_else(default) else { return Ok(Profile::default()) };
    let asked_for = common.config.is_some() || common.profile.is_some();
    if !asked_for && !file.exists() {
        return Ok(Profile::default());
    }
    let mut profiles = read(&file)?.profiles;
    let name = common.profile.as_deref().unwrap_or("default");
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
