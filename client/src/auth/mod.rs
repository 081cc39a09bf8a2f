//! Who we are: every way in which people sign in to the Store, and the token that comes of it, renewed before it runs out.
//!
//! | file | holds |
//! |---|---|
//! | `tokens` | the token of the moment |
//! | `entra`, `ask` | the token endpoint, and asking again where that helps |
//! | `certificate`, `assertion`, `pem`, `pfx`, `cipher`, `der` | a certificate with its key, and what is signed with it |
//! | `federated` | the word of another issuer: a file, GitHub, Azure DevOps, GitLab |
//! | `managed` | the identity of a machine in Azure |
//! | `az` | whoever is signed in to the Azure CLI |
//! | `identity` | what a token says about its bearer |
//! | `fault`, `aadsts` | what is wrong, and what helps |

mod aadsts;
mod ask;
mod assertion;
mod az;
mod certificate;
mod cipher;
mod der;
mod entra;
mod fault;
mod federated;
mod identity;
mod managed;
mod pem;
mod pfx;
mod tokens;

pub use aadsts::remedy;
pub use az::AzureCli;
pub use certificate::Certificate;
pub use fault::Fault;
pub use federated::Issuer;
pub use identity::{Bearer, Identity};
pub use managed::ManagedIdentity;

pub(crate) use tokens::Tokens;

use crate::secret::{ClientSecret, Token};

/// What tokens are for. A slash at the end would give a token that the service refuses (O-024).
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#obtain-an-azure-ad-access-token>
pub const RESOURCE: &str = "https://manage.devcenter.microsoft.com";

/// Who we are: an Entra application with a client secret.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#prerequisites>
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The id of the Entra tenant.
    pub tenant_id: String,
    /// The id of the application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: ClientSecret,
}

/// An Entra application that shows in some other way that it is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The id of the Entra tenant.
    pub tenant_id: String,
    /// The id of the application.
    pub client_id: String,
}

/// A way to sign in.
#[derive(Debug)]
pub enum Credential {
    /// An application with its secret.
    Secret(Credentials),
    /// An application with a certificate.
    Certificate(Application, Certificate),
    /// An application that trusts the word of another issuer (workload identity federation).
    Federated(Application, Issuer),
    /// The identity of the machine in Azure that this runs on.
    ManagedIdentity(ManagedIdentity),
    /// Whoever is signed in to the Azure CLI.
    AzureCli(AzureCli),
    /// A token that somebody else has asked for. It cannot be renewed.
    Token(Token),
}

impl From<Credentials> for Credential {
    fn from(credentials: Credentials) -> Self {
        Self::Secret(credentials)
    }
}
