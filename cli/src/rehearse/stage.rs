//! What a rehearsal plays on: the Store on its ports, a folder, and an environment for the command.

use super::environment::Environment;
use super::trust;
use crate::args::RehearseArgs;
use crate::commands::emulator::failure;
use crate::env::Around;
use crate::report::{Exit, Failure};
use crate::view::human;
use flightline_client::Addresses;
use flightline_emulator::Emulator;
use flightline_emulator::serve::{HOSTS, Listen, Ready, Server, Tls};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

/// The host that uploads go to. The real Store has many of this kind.
pub(crate) const BLOB_HOST: &str = "flightlineprod1.blob.core.windows.net";

/// What the command can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The Store, under the names of the real one, and nothing else.
    Store,
    /// What it could reach before, and the Store on a port.
    Everything,
}

/// A stage that is set.
pub(crate) struct Stage {
    server: Server,
    reach: Reach,
    addresses: [String; 2],
    certificate: PathBuf,
    environment: Environment,
    /// The socket of the process outside, where there is one.
    door: Option<PathBuf>,
    /// Goes with the stage. Where there is a process outside, the folder is its.
    _own: Option<TempDir>,
}

/// A folder for a rehearsal, which the command can read whichever user it becomes.
pub(crate) fn folder() -> Result<TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("flightline-rehearsal-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
    builder.tempdir().map_err(|error| Failure::trouble("temporary-folder", &error))
}

impl Stage {
    /// Serves the Store and prepares all that the command is handed.
    pub(crate) async fn set(args: &RehearseArgs, emulator: Emulator) -> Result<Self, Failure> {
        let (reach, path, own) = match &args.inside {
            Some(path) => (Reach::Store, path.clone(), None),
            None => {
                let own = folder()?;
                (Reach::Everything, own.path().to_owned(), Some(own))
            }
        };
        let listen = match reach {
            Reach::Store => {
                expect_names()?;
                Listen {
                    listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
                    control: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                    tls: Tls::Own,
                    blob_url: Some(format!("https://{BLOB_HOST}")),
                }
            }
            Reach::Everything => Listen::local(),
        };
        let server = Server::start(emulator, listen).map_err(failure)?;
        let ready = server.ready();
        let addresses = match reach {
            Reach::Store => [Addresses::API.to_owned(), Addresses::LOGIN.to_owned()],
            Reach::Everything => [ready.api.clone(), ready.login.clone()],
        };
        let around = Around::read();
        let certificate = certificate(&ready, &path)?;
        let bundle = match reach {
            Reach::Store => certificate.clone(),
            Reach::Everything => trust::bundle(&certificate, &path, &around)?,
        };
        let java = if args.java_trust_store { Some(trust::java(&certificate, &path, &around).await?) } else { None };
        let mut environment = Environment::default();
        environment.account(&ready);
        environment.addresses(&addresses, &ready.control);
        environment.trust(&certificate, &bundle, java);
        environment.network(reach, &around);
        environment.state(&path.join("state"));
        let door = (reach == Reach::Store).then(|| path.join("door"));
        Ok(Self { server, reach, addresses, certificate, environment, door, _own: own })
    }

    /// Says on stderr where the command is, and what it has to be told.
    pub(crate) fn tell(&self) {
        let [api, login] = &self.addresses;
        match self.reach {
            Reach::Store => human::step("rehearsal", "the command reaches the Store of this run, and nothing else"),
            Reach::Everything => {
                human::step("rehearsal", "the command runs beside the Store, and nothing keeps it from the real one; tell it");
                human::continued(&format!("{api}  for the API (FLIGHTLINE_API_URL)"));
                human::continued(&format!("{login}  for signing in (FLIGHTLINE_LOGIN_URL)"));
                human::continued(&format!("{}  as a certificate to trust (FLIGHTLINE_CA_FILE)", self.certificate.display()));
            }
        }
    }

    /// Gives the command its environment.
    pub(crate) fn dress(&self, command: &mut Command) {
        self.environment.dress(command);
    }

    /// Is over when nobody waits for the rehearsal any more.
    pub(crate) fn abandoned(&self) -> impl Future<Output = ()> + use<> {
        let door = self.door.clone();
        async move {
            #[cfg(target_os = "linux")]
            if let Some(door) = door {
                return super::outside::gone(&door).await;
            }
            let _ = door;
            std::future::pending().await
        }
    }

    /// Takes it down.
    pub(crate) async fn strike(self) {
        self.server.stop().await;
        #[cfg(target_os = "linux")]
        if let Some(door) = self.door
            && std::os::unix::net::UnixStream::connect(&door).is_err()
        {
            // The process outside was killed, and its folder is left to us.
            let _ = door.parent().map(std::fs::remove_dir_all);
        }
    }
}

/// Makes sure that the Store's names lead here, whatever resolves names on this machine.
fn expect_names() -> Result<(), Failure> {
    for host in HOSTS.into_iter().chain([BLOB_HOST]) {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let problem = match (host, 443).to_socket_addrs() {
            Ok(found) => found.into_iter().find(|address| address.ip() != here).map(|address| format!("it is {}", address.ip())),
            Err(error) => Some(error.to_string()),
        };
        if let Some(problem) = problem {
            let message = format!("the command was not run: {host} does not lead to the Store of this run: {problem}");
            return Err(Failure::of(Exit::Trouble, "no-isolation", message)
                .hint("names have to be looked up in /etc/hosts: see `hosts:` in /etc/nsswitch.conf"));
        }
    }
    Ok(())
}

/// The certificate of the Store's authority, where the command can read it.
fn certificate(ready: &Ready, folder: &Path) -> Result<PathBuf, Failure> {
    let certificate = folder.join("ca.pem");
    let made = ready.ca.as_ref().ok_or_else(|| std::io::Error::other("the Store has no certificate"));
    made.and_then(|made| std::fs::copy(made, &certificate)).map_err(|error| Failure::trouble("certificate", &error))?;
    Ok(certificate)
}
