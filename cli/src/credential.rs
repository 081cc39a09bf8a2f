//! Which credential is used: the one that is asked for, else the first in a fixed order whose settings are there.

use crate::env::Variables;
use crate::profile::Profile;
use crate::report::Failure;
use flightline_client::auth::{Application, AzureCli, Certificate, Credential, Credentials, Issuer, ManagedIdentity};
use flightline_client::secret::{ClientSecret, Password, Token};
use std::path::{Path, PathBuf};

/// A way to sign in, by the name that people ask for it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    AccessToken,
    ClientSecret,
    Certificate,
    TokenFile,
    FederatedToken,
    GitHub,
    AzureDevOps,
    ManagedIdentity,
    AzureCli,
}

/// The order in which they are looked for.
const ORDER: [Method; 9] = [
    Method::AccessToken,
    Method::ClientSecret,
    Method::Certificate,
    Method::TokenFile,
    Method::FederatedToken,
    Method::GitHub,
    Method::AzureDevOps,
    Method::ManagedIdentity,
    Method::AzureCli,
];

/// Those among them that rest on another issuer's word.
const FEDERATED: [Method; 4] = [Method::TokenFile, Method::FederatedToken, Method::GitHub, Method::AzureDevOps];

/// One thing that a credential is made of, with the variables that it comes from: ours, then the profile's key, then those that
/// others have made. A name of ours is what is asked for where it is missing.
#[derive(Debug, Clone, Copy)]
struct Setting {
    ours: Option<&'static str>,
    key: Option<&'static str>,
    theirs: &'static [&'static str],
}

impl Setting {
    const AUTH: Self = Self::of("FLIGHTLINE_AUTH", Some("auth"), &[]);
    const TENANT_ID: Self = Self::of("FLIGHTLINE_TENANT_ID", Some("tenant-id"), &["AZURE_TENANT_ID"]);
    const CLIENT_ID: Self = Self::of("FLIGHTLINE_CLIENT_ID", Some("client-id"), &["AZURE_CLIENT_ID"]);
    const CLIENT_SECRET: Self = Self::of("FLIGHTLINE_CLIENT_SECRET", Some("client-secret"), &["AZURE_CLIENT_SECRET"]);
    const ACCESS_TOKEN: Self = Self::of("FLIGHTLINE_ACCESS_TOKEN", None, &[]);
    const CERTIFICATE: Self =
        Self::of("FLIGHTLINE_CERTIFICATE_FILE", Some("certificate-file"), &["AZURE_CLIENT_CERTIFICATE_PATH"]);
    const PASSWORD: Self =
        Self::of("FLIGHTLINE_CERTIFICATE_PASSWORD", Some("certificate-password"), &["AZURE_CLIENT_CERTIFICATE_PASSWORD"]);
    const TOKEN_FILE: Self =
        Self::of("FLIGHTLINE_FEDERATED_TOKEN_FILE", Some("federated-token-file"), &["AZURE_FEDERATED_TOKEN_FILE"]);
    const FEDERATED_TOKEN: Self = Self::of("FLIGHTLINE_FEDERATED_TOKEN", None, &["GITLAB_OIDC_TOKEN"]);
    const GITHUB_URL: Self = Self::foreign(&["ACTIONS_ID_TOKEN_REQUEST_URL"]);
    const GITHUB_TOKEN: Self = Self::foreign(&["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
    const DEVOPS_URL: Self = Self::foreign(&["SYSTEM_OIDCREQUESTURI"]);
    const DEVOPS_TOKEN: Self = Self::foreign(&["SYSTEM_ACCESSTOKEN"]);
    const DEVOPS_TENANT_ID: Self = Self::foreign(&["AZURESUBSCRIPTION_TENANT_ID"]);
    const DEVOPS_CLIENT_ID: Self = Self::foreign(&["AZURESUBSCRIPTION_CLIENT_ID"]);
    const CONNECTION_ID: Self =
        Self::of("FLIGHTLINE_SERVICE_CONNECTION_ID", Some("service-connection-id"), &["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]);
    const IDENTITY_URL: Self = Self::foreign(&["IDENTITY_ENDPOINT"]);
    const IDENTITY_HEADER: Self = Self::foreign(&["IDENTITY_HEADER"]);
    const MACHINE_URL: Self = Self::of("FLIGHTLINE_IMDS_URL", None, &["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);

    const fn of(ours: &'static str, key: Option<&'static str>, theirs: &'static [&'static str]) -> Self {
        Self { ours: Some(ours), key, theirs }
    }

    const fn foreign(theirs: &'static [&'static str]) -> Self {
        Self { ours: None, key: None, theirs }
    }

    fn name(self) -> &'static str {
        self.ours.or_else(|| self.theirs.first().copied()).unwrap_or_default()
    }
}

/// A setting as it was found.
#[derive(Debug, Clone)]
struct Found {
    value: String,
    /// Where, as the beginning of a sentence.
    place: String,
}

/// All that a choice is made from.
pub(crate) struct Settings<'a> {
    pub(crate) variables: &'a Variables,
    pub(crate) profile: &'a Profile,
    pub(crate) profile_name: &'a str,
    /// The Azure CLI, where it is on this machine.
    pub(crate) az: Option<PathBuf>,
}

/// The credential that was chosen, and what can be said about it.
pub(crate) struct Chosen {
    pub(crate) method: Method,
    /// Why this one.
    pub(crate) because: String,
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    /// The certificate's thumbprint, and when it ends in seconds since 1970.
    pub(crate) certificate: Option<(String, i64)>,
}

/// Chooses, and puts the credential together. Nothing is sent.
pub(crate) fn choose(settings: &Settings<'_>) -> Result<(Chosen, Credential), Failure> {
    let (method, because) = settings.pick()?;
    let (tenant_id, client_id) = (settings.tenant_id(method), settings.client_id(method));
    let credential = settings.credential(method)?;
    let certificate = match &credential {
        Credential::Certificate(_, certificate) => Some((certificate.thumbprint(), certificate.ends_at())),
        _ => None,
    };
    Ok((Chosen { method, because, tenant_id, client_id, certificate }, credential))
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access-token",
            Self::ClientSecret => "client-secret",
            Self::Certificate => "certificate",
            Self::TokenFile => "token-file",
            Self::FederatedToken => "federated-token",
            Self::GitHub => "github",
            Self::AzureDevOps => "azure-devops",
            Self::ManagedIdentity => "managed-identity",
            Self::AzureCli => "az",
        }
    }

    /// The ways that a word in `auth` stands for.
    fn asked(word: &str) -> Option<Vec<Self>> {
        let word = word.to_ascii_lowercase();
        if word == "federated" {
            return Some(FEDERATED.to_vec());
        }
        ORDER.into_iter().find(|method| method.name() == word).map(|method| vec![method])
    }

    /// What must be there for it, beside the ids.
    fn proof(self) -> &'static [Setting] {
        match self {
            Self::AccessToken => &[Setting::ACCESS_TOKEN],
            Self::ClientSecret => &[Setting::CLIENT_SECRET],
            Self::Certificate => &[Setting::CERTIFICATE],
            Self::TokenFile => &[Setting::TOKEN_FILE],
            Self::FederatedToken => &[Setting::FEDERATED_TOKEN],
            Self::GitHub => &[Setting::GITHUB_URL, Setting::GITHUB_TOKEN],
            Self::AzureDevOps => &[Setting::DEVOPS_URL, Setting::DEVOPS_TOKEN, Setting::CONNECTION_ID],
            Self::ManagedIdentity => &[Setting::IDENTITY_URL, Setting::IDENTITY_HEADER],
            Self::AzureCli => &[],
        }
    }

    /// Whether the ids of tenant and application are part of it.
    fn needs_ids(self) -> bool {
        !matches!(self, Self::AccessToken | Self::ManagedIdentity | Self::AzureCli)
    }

    /// Whether its variables are there by themselves, so that they say nothing about what somebody wants.
    fn is_ambient(self) -> bool {
        matches!(self, Self::GitHub | Self::AzureDevOps)
    }
}

impl Settings<'_> {
    /// The way to sign in, and why it is this one.
    fn pick(&self) -> Result<(Method, String), Failure> {
        let Some(asked) = self.find(Setting::AUTH) else {
            return match ORDER.into_iter().find(|method| self.is_there(*method)) {
                Some(method) => Ok((method, self.reason(method))),
                // What most people have.
                None => Err(self.missing(Method::ClientSecret)),
            };
        };
        let because = format!("{} says {:?}", asked.place, asked.value);
        let Some(methods) = Method::asked(&asked.value) else {
            let known: Vec<&str> = ORDER.into_iter().map(Method::name).collect();
            let message = format!("{}, and there is no such way to sign in", because);
            return Err(Failure::usage("unknown-auth", message).hint(format!("it is one of {}, federated", known.join(", "))));
        };
        match methods.as_slice() {
            [method] => Ok((*method, because)),
            several => match several.iter().find(|method| self.is_there(**method)) {
                Some(method) => Ok((*method, format!("{because}, and {}", self.reason(*method)))),
                None => Err(self.missing(several.first().copied().unwrap_or(Method::TokenFile))),
            },
        }
    }

    /// Whether somebody has set it up. What is half there counts, and is complained about later.
    fn is_there(&self, method: Method) -> bool {
        match method {
            // A person's sign-in is not what somebody wants who names an application.
            Method::AzureCli => self.az.is_some() && self.find(Setting::CLIENT_ID).is_none(),
            _ => {
                let has_ids = || self.tenant_id(method).is_some() && self.client_id(method).is_some();
                let has_proof = method.proof().iter().all(|setting| self.find(*setting).is_some());
                has_proof && (!method.is_ambient() || has_ids())
            }
        }
    }

    fn reason(&self, method: Method) -> String {
        match method.proof().first().and_then(|setting| self.find(*setting)) {
            Some(found) => format!("{} is set", found.place),
            None => "nothing else is set, and az is on the PATH".to_owned(),
        }
    }

    fn tenant_id(&self, method: Method) -> Option<String> {
        self.id(method, Setting::TENANT_ID, Setting::DEVOPS_TENANT_ID)
    }

    fn client_id(&self, method: Method) -> Option<String> {
        self.id(method, Setting::CLIENT_ID, Setting::DEVOPS_CLIENT_ID)
    }

    fn id(&self, method: Method, setting: Setting, connection: Setting) -> Option<String> {
        let of_connection = || self.find(connection).filter(|_| method == Method::AzureDevOps);
        self.find(setting).or_else(of_connection).map(|found| found.value)
    }

    /// Says all that is missing at once.
    fn missing(&self, method: Method) -> Failure {
        let ids = [(Setting::TENANT_ID, self.tenant_id(method)), (Setting::CLIENT_ID, self.client_id(method))];
        let ids = ids.into_iter().filter(|(_, id)| method.needs_ids() && id.is_none()).map(|(setting, _)| setting);
        let proof = method.proof().iter().copied().filter(|setting| self.find(*setting).is_none());
        let names: Vec<&str> = ids.chain(proof).map(Setting::name).collect();
        Failure::usage("no-credentials", format!("no credentials: {} not set", names.join(", "))).hint(
            "set them to those of an Entra application with the role Manager in Partner Center, or put them into a profile; \
             `flightline auth --help` lists every way to sign in, and `flightline demo` needs none",
        )
    }

    fn credential(&self, method: Method) -> Result<Credential, Failure> {
        let want = |setting: Setting| self.find(setting).map(|found| found.value).ok_or_else(|| self.missing(method));
        let application = || match (self.tenant_id(method), self.client_id(method)) {
            (Some(tenant_id), Some(client_id)) => Ok(Application { tenant_id, client_id }),
            _ => Err(self.missing(method)),
        };
        Ok(match method {
            Method::AccessToken => Credential::Token(Token::new(want(Setting::ACCESS_TOKEN)?)),
            Method::ClientSecret => {
                let Application { tenant_id, client_id } = application()?;
                let client_secret = ClientSecret::new(want(Setting::CLIENT_SECRET)?);
                Credential::Secret(Credentials { tenant_id, client_id, client_secret })
            }
            Method::Certificate => {
                let (application, file) = (application()?, want(Setting::CERTIFICATE)?);
                let password = self.find(Setting::PASSWORD).map(|found| Password::new(found.value));
                Credential::Certificate(application, Certificate::open(Path::new(&file), password.as_ref())?)
            }
            Method::TokenFile => Credential::Federated(application()?, Issuer::File(PathBuf::from(want(Setting::TOKEN_FILE)?))),
            Method::FederatedToken => {
                Credential::Federated(application()?, Issuer::Given(Token::new(want(Setting::FEDERATED_TOKEN)?)))
            }
            Method::GitHub => {
                let application = application()?;
                let token = Token::new(want(Setting::GITHUB_TOKEN)?);
                Credential::Federated(application, Issuer::GitHub { url: want(Setting::GITHUB_URL)?, token })
            }
            Method::AzureDevOps => {
                let application = application()?;
                let (url, token) = (want(Setting::DEVOPS_URL)?, Token::new(want(Setting::DEVOPS_TOKEN)?));
                let connection_id = want(Setting::CONNECTION_ID)?;
                Credential::Federated(application, Issuer::AzureDevOps { url, token, connection_id })
            }
            Method::ManagedIdentity => {
                let client_id = self.client_id(method);
                let service = self.find(Setting::IDENTITY_URL).zip(self.find(Setting::IDENTITY_HEADER));
                Credential::ManagedIdentity(match service {
                    Some((url, header)) => {
                        ManagedIdentity::AppService { url: url.value, header: Token::new(header.value), client_id }
                    }
                    None => {
                        let url = self.find(Setting::MACHINE_URL).map(|found| found.value);
                        ManagedIdentity::Machine { url: url.unwrap_or_else(|| ManagedIdentity::MACHINE.to_owned()), client_id }
                    }
                })
            }
            Method::AzureCli => {
                let program = self.az.clone().ok_or_else(|| {
                    Failure::usage("no-credentials", "no credentials: az is not on the PATH")
                        .hint("install the Azure CLI and sign in with `az login`, or sign in another way")
                })?;
                Credential::AzureCli(AzureCli { program, tenant_id: self.tenant_id(method) })
            }
        })
    }

    fn find(&self, setting: Setting) -> Option<Found> {
        let variable =
            |name: &&'static str| Some(Found { value: self.variables.get(name)?.to_owned(), place: (*name).to_owned() });
        let of_profile = || {
            let key = setting.key?;
            let value = self.profile.sign_in(key)?.trim();
            (!value.is_empty())
                .then(|| Found { value: value.to_owned(), place: format!("{key} of the profile {:?}", self.profile_name) })
        };
        let ours = setting.ours.as_ref().and_then(variable);
        ours.or_else(of_profile).or_else(|| setting.theirs.iter().find_map(variable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a machine has set, in the words of a shell, and what comes of it.
    fn picked(line: &str) -> String {
        let (mut variables, mut profile, mut az) = (Variables::default(), String::new(), None);
        for word in line.split_whitespace() {
            match word.split_once('=') {
                Some((key, value)) if key.starts_with(char::is_lowercase) => profile.push_str(&format!("{key} = {value:?}\n")),
                Some((name, value)) => variables.set(name, value),
                None => az = Some(PathBuf::from("az")),
            }
        }
        let profile = toml::from_str(&profile).unwrap();
        let settings = Settings { variables: &variables, profile: &profile, profile_name: "p", az };
        match settings.pick().and_then(|(method, because)| Ok((settings.credential(method)?, method, because))) {
            Ok((_, method, because)) => format!("{}: {because}", method.name()),
            Err(failure) => failure.words(),
        }
    }

    #[test]
    fn the_first_that_is_there_is_used() {
        let ids = "AZURE_TENANT_ID=t AZURE_CLIENT_ID=c";
        let all = [
            ("access-token", "FLIGHTLINE_ACCESS_TOKEN=a"),
            ("client-secret", "AZURE_CLIENT_SECRET=s"),
            ("token-file", "AZURE_FEDERATED_TOKEN_FILE=f"),
            ("federated-token", "GITLAB_OIDC_TOKEN=g"),
            ("github", "ACTIONS_ID_TOKEN_REQUEST_URL=u ACTIONS_ID_TOKEN_REQUEST_TOKEN=t"),
            ("azure-devops", "SYSTEM_OIDCREQUESTURI=u SYSTEM_ACCESSTOKEN=t FLIGHTLINE_SERVICE_CONNECTION_ID=i"),
            ("managed-identity", "IDENTITY_ENDPOINT=u IDENTITY_HEADER=h"),
        ];
        for at in 0..all.len() {
            let line: Vec<&str> = all[at..].iter().map(|(_, variables)| *variables).rev().collect();
            let (name, _) = all[at];
            let picked = picked(&format!("{ids} az {}", line.join(" ")));
            assert!(picked.starts_with(&format!("{name}: ")) && picked.ends_with(" is set"), "{name}: {picked}");
        }
    }

    #[test]
    fn what_is_set_decides_and_says_why() {
        for (line, expected) in [
            ("", "no credentials: FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID, FLIGHTLINE_CLIENT_SECRET not set"),
            ("az", "az: nothing else is set, and az is on the PATH"),
            ("az FLIGHTLINE_TENANT_ID=t", "az: nothing else is set, and az is on the PATH"),
            ("az FLIGHTLINE_CLIENT_ID=c", "no credentials: FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_SECRET not set"),
            ("az FLIGHTLINE_CLIENT_SECRET=s", "no credentials: FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID not set"),
            ("tenant-id=t client-id=c client-secret=s", "client-secret: client-secret of the profile \"p\" is set"),
            // Ours before the profile's before Azure's.
            (
                "FLIGHTLINE_CLIENT_SECRET=s client-secret=s AZURE_CLIENT_SECRET=s tenant-id=t client-id=c",
                "client-secret: FLIGHTLINE_CLIENT_SECRET is set",
            ),
            // What CI sets by itself asks for nothing.
            (
                "az ACTIONS_ID_TOKEN_REQUEST_URL=u ACTIONS_ID_TOKEN_REQUEST_TOKEN=t",
                "az: nothing else is set, and az is on the PATH",
            ),
            (
                "SYSTEM_OIDCREQUESTURI=u SYSTEM_ACCESSTOKEN=t AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=i \
                 AZURESUBSCRIPTION_TENANT_ID=t AZURESUBSCRIPTION_CLIENT_ID=c",
                "azure-devops: SYSTEM_OIDCREQUESTURI is set",
            ),
            ("auth=federated tenant-id=t client-id=c", "no credentials: FLIGHTLINE_FEDERATED_TOKEN_FILE not set"),
            (
                "FLIGHTLINE_AUTH=federated FLIGHTLINE_CLIENT_SECRET=s GITLAB_OIDC_TOKEN=g tenant-id=t client-id=c",
                "federated-token: FLIGHTLINE_AUTH says \"federated\", and GITLAB_OIDC_TOKEN is set",
            ),
            ("auth=az az AZURE_CLIENT_ID=c AZURE_CLIENT_SECRET=s", "az: auth of the profile \"p\" says \"az\""),
            (
                "FLIGHTLINE_AUTH=client-secret auth=az",
                "no credentials: FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID, FLIGHTLINE_CLIENT_SECRET not set",
            ),
            ("FLIGHTLINE_AUTH=az", "no credentials: az is not on the PATH"),
            ("FLIGHTLINE_AUTH=Managed-Identity", "managed-identity: FLIGHTLINE_AUTH says \"Managed-Identity\""),
            ("FLIGHTLINE_AUTH=keyring", "FLIGHTLINE_AUTH says \"keyring\", and there is no such way to sign in"),
            (
                "FLIGHTLINE_AUTH=github",
                "no credentials: FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID, ACTIONS_ID_TOKEN_REQUEST_URL, \
                 ACTIONS_ID_TOKEN_REQUEST_TOKEN not set",
            ),
        ] {
            assert_eq!(picked(line), expected, "{line}");
        }
    }

    #[test]
    fn a_certificate_stands_between_the_secret_and_the_federated_tokens() {
        let ids = "AZURE_TENANT_ID=t AZURE_CLIENT_ID=c";
        let line = format!("{ids} GITLAB_OIDC_TOKEN=g AZURE_CLIENT_CERTIFICATE_PATH=nowhere/to/be.pem");
        assert!(picked(&line).contains("nowhere/to/be.pem"), "{}", picked(&line));
        assert!(picked(&format!("{line} AZURE_CLIENT_SECRET=s")).starts_with("client-secret: "));
    }
}
