//! The Partner Center account that the emulator stands for: one principal, and the products with what is live.
//!
//! The file is JSON with `tenantId`, `clientId` and `clientSecret`, and the lists `applications`, `inAppProducts` and `flights`. Each
//! entry is the service's own resource document. Beside its members an entry may hold `publishedSubmission` and
//! `pendingSubmission` (submission documents), `origin` (`"portal"` for a draft that a person began) and `unsupportedFeatures`; a
//! flight names its `applicationId`. `"role": "none"` declares a principal that nobody gave the Manager role. References to
//! submissions that the file does not hold are left out of what is served.
//!
//! How the principal signs in beside its secret: `certificates` is a list of certificates in PEM; `federatedIssuers` is a list of
//! `{"issuer", "subject", "publicKey"}` with a JWK or PEM key, and `audience` where it is not the usual one; `clientSecretExpires` is
//! the date from which the secret is refused; `identityHeader` is what App Service's managed identity endpoint wants in
//! `X-IDENTITY-HEADER` (the client secret, if it is not said).

mod read;

use crate::entra::Principal;
use crate::error::{Error, Fault};
use serde_json::{Map, Value};
use std::fmt;

/// The largest account file that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// An account, checked.
#[derive(Clone)]
pub struct Account {
    pub(crate) principal: Principal,
    pub(crate) products: Vec<Entry>,
}

/// What a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    App,
    AddOn,
    Flight,
}

impl Kind {
    /// The member of its submissions that lists their packages.
    pub(crate) fn packages(self) -> Option<&'static str> {
        match self {
            Self::App => Some("applicationPackages"),
            Self::Flight => Some("flightPackages"),
            Self::AddOn => None,
        }
    }
}

/// A product of the account and what there is of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The app that a flight is of.
    pub(crate) application: Option<String>,
    pub(crate) unsupported: bool,
    pub(crate) resource: Map<String, Value>,
    pub(crate) published: Option<Map<String, Value>>,
    pub(crate) pending: Option<Map<String, Value>>,
    pub(crate) portal: bool,
}

impl Account {
    /// Reads an account file.
    ///
    /// # Errors
    /// [`Error::Account`] with everything that is wrong in it, each with its place.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let whole = |problem: String| Error::Account(vec![Fault { path: String::new(), problem }]);
        if text.len() > LARGEST {
            return Err(whole(format!("the file has {} bytes, and {LARGEST} are read at most", text.len())));
        }
        let value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| whole(error.to_string()))?;
        let Value::Object(file) = value else {
            return Err(whole("the file holds no JSON object".to_owned()));
        };
        read::account(&file).map_err(Error::Account)
    }

    /// The tenant that the principal signs in to.
    pub fn tenant_id(&self) -> &str {
        &self.principal.tenant
    }

    /// The application (client) id of the principal.
    pub fn client_id(&self) -> &str {
        &self.principal.client
    }

    /// The principal's secret.
    pub fn client_secret(&self) -> &str {
        &self.principal.secret
    }
}

/// Without the secret.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.products.iter().map(|product| product.id.as_str()).collect();
        f.debug_struct("Account")
            .field("tenant", &self.principal.tenant)
            .field("client", &self.principal.client)
            .field("role", &self.principal.role)
            .field("products", &ids)
            .finish_non_exhaustive()
    }
}
