//! What is wrong with a credential before anybody is asked to accept it.

use crate::error::Kind;

/// Why a credential cannot be used, or brings no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its file cannot be read.
    Unreadable,
    /// The file holds no certificate with its key that could be used.
    Certificate,
    /// The file's password is wrong or missing.
    Password,
    /// The certificate's time is over, or has not come.
    Expired,
    /// The other issuer gave no token.
    Issuer,
    /// The machine has no identity, or not this one.
    ManagedIdentity,
    /// The Azure CLI gave no token.
    AzureCli,
    /// The token that was handed in has run out, or is none.
    TokenExpired,
    /// The Store does not take the token that was handed in.
    TokenRefused,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Unreadable,
        Self::Certificate,
        Self::Password,
        Self::Expired,
        Self::Issuer,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::TokenExpired,
        Self::TokenRefused,
    ];

    /// What kind of trouble it is: what is wrong with a file is wrong input.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Unreadable | Self::Certificate | Self::Password => Kind::Invalid,
            Self::Expired | Self::Issuer | Self::ManagedIdentity | Self::AzureCli | Self::TokenExpired | Self::TokenRefused => {
                Kind::Credentials
            }
        }
    }

    /// A word for it that scripts may rely on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "CredentialUnreadable",
            Self::Certificate => "BadCertificate",
            Self::Password => "CertificatePassword",
            Self::Expired => "CertificateExpired",
            Self::Issuer => "NoFederatedToken",
            Self::ManagedIdentity => "NoManagedIdentity",
            Self::AzureCli => "AzureCliFailed",
            Self::TokenExpired => "AccessTokenExpired",
            Self::TokenRefused => "AccessTokenRefused",
        }
    }

    /// What a person should do next.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Unreadable => "check that the file is there and may be read",
            Self::Certificate => {
                "give a PEM file with a certificate and its private key, or a PFX file; RSA keys of 2048 to 4096 bits and keys on \
                 P-256 can be used. `openssl pkcs12 -in old.pfx -nodes -out new.pem` turns other PFX files into PEM"
            }
            Self::Password => "set FLIGHTLINE_CERTIFICATE_PASSWORD to the password of the file",
            Self::Expired => {
                "make a new certificate and register it in Entra (App registrations > Certificates & secrets), and check this \
                 machine's clock"
            }
            Self::Issuer => {
                "in GitHub Actions the job needs `permissions: id-token: write`; in Azure DevOps the step needs SYSTEM_ACCESSTOKEN: \
                 $(System.AccessToken) in its env; a token file must hold one token and nothing else"
            }
            Self::ManagedIdentity => {
                "give the machine an identity in Azure, with FLIGHTLINE_CLIENT_ID only where it is a user-assigned one, or sign in \
                 another way"
            }
            Self::AzureCli => {
                "sign in with `az login --service-principal` as an application that Partner Center knows, and try `az account \
                 get-access-token --resource https://manage.devcenter.microsoft.com`"
            }
            Self::TokenExpired => {
                "get a fresh token into FLIGHTLINE_ACCESS_TOKEN, or unset it and let flightline sign in: it renews its tokens"
            }
            Self::TokenRefused => {
                "the token in FLIGHTLINE_ACCESS_TOKEN has run out, or is not for https://manage.devcenter.microsoft.com (without a \
                 slash at the end), or its application is not associated with the Partner Center account that owns the app"
            }
        }
    }
}
