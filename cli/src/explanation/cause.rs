//! Our own codes of what stands between us and the Store: the network, and the credential.

use flightline_client::auth::Fault;
use flightline_protocol::explanation::{Explanation, Family};

const fn row(code: &'static str, meaning: &'static str, causes: &'static [&'static str], remedy: &'static str) -> Explanation {
    Explanation { family: Family::Flightline, code, meaning, causes, remedy, sources: &[] }
}

/// A credential's fault, whose remedy is its hint.
const fn fault(fault: Fault, meaning: &'static str, causes: &'static [&'static str]) -> Explanation {
    row(fault.code(), meaning, causes, fault.hint())
}

const PROXY: &str =
    "check the network, the proxy settings (HTTPS_PROXY, NO_PROXY), and FLIGHTLINE_CA_FILE if the connection is inspected";
const AGAIN: &str = "run the same command again; it looks at the Store first and goes on from there";
const BETWEEN: &str = "something between this machine and the Store answered, most likely a proxy or a sign-in page: check HTTPS_PROXY, \
                       FLIGHTLINE_API_URL and FLIGHTLINE_LOGIN_URL";

pub(super) const TABLE: &[Explanation] = &[
    row(
        "ConnectionFailed",
        "no connection to the service could be made",
        &["no network, or a name that is not found", "a proxy is needed", "a company's certificate that is not trusted"],
        PROXY,
    ),
    row(
        "ConnectionBroken",
        "the connection broke in the middle",
        &["a network that is not steady", "a proxy's time limit"],
        AGAIN,
    ),
    row(
        "Stalled",
        "no byte came for a long time",
        &["the Store is very slow at times", "a connection that died silently"],
        AGAIN,
    ),
    row("AnswerTooLong", "the answer is longer than any that the Store gives", &["something else answered"], BETWEEN),
    row("NotTheStore", "the answer is not the Store's", &["a sign-in page or an error page of a proxy"], BETWEEN),
    row(
        "UnusableAnswer",
        "the Store's answer lacks what is needed",
        &["the Store has changed", "an answer that was cut off"],
        AGAIN,
    ),
    row("SignInFailed", "Entra refused, without one of its numbers", &["something else answered"], BETWEEN),
    row(
        "NoUploadUrl",
        "the Store handed out no address to upload to",
        &["the submission was made in Partner Center (O-027)"],
        "publish or delete it in Partner Center, then run the same command again",
    ),
    row("UnreadableFile", "what is to be uploaded could not be read", &["it was changed or taken away meanwhile"], AGAIN),
    row(
        "BadAddress",
        "the base address of a service cannot be used",
        &["FLIGHTLINE_API_URL or FLIGHTLINE_LOGIN_URL has no https://, or has a query"],
        "give an address that begins with https:// or http:// and has no query, or leave it out",
    ),
    row(
        "https-setup",
        "HTTPS could not be set up",
        &["a file of certificates that cannot be read"],
        "FLIGHTLINE_CA_FILE and SSL_CERT_FILE name files with certificates in PEM form",
    ),
    row(
        "no-credentials",
        "nothing says who is asking",
        &["a variable is not set in this job, or is set to nothing", "a secret that a job of a fork does not get"],
        "set them to those of an Entra application with the role Manager in Partner Center, or put them into a profile; `flightline auth \
         --help` lists every way to sign in",
    ),
    row(
        "unknown-auth",
        "there is no such way to sign in",
        &["FLIGHTLINE_AUTH is mistyped"],
        "`flightline auth --help` lists every way",
    ),
    row(
        "no-apps",
        "the Store takes the credentials, and their account has no app",
        &["the application is associated with another account", "an account without any app yet"],
        "see which tenant and application are associated with the account in Partner Center (Account settings > User management > \
         Microsoft Entra applications)",
    ),
    fault(Fault::Unreadable, "the file of a credential cannot be read", &["a path or a permission"]),
    fault(
        Fault::Certificate,
        "the file holds no certificate with its key that can be used",
        &["the key is missing, or of another kind"],
    ),
    fault(
        Fault::Password,
        "the password of the certificate's file is wrong or missing",
        &["a variable that is not set in this job"],
    ),
    fault(
        Fault::Expired,
        "the certificate's time is over, or has not come",
        &["it was not renewed", "this machine's clock is wrong"],
    ),
    fault(Fault::Issuer, "the other issuer gave no token", &["the job has no right to ask for one"]),
    fault(Fault::ManagedIdentity, "the machine has no identity in Azure, or not this one", &["it is not in Azure at all"]),
    fault(
        Fault::AzureCli,
        "the Azure CLI gave no token",
        &["nobody is signed in", "a person is, and the Store wants an application"],
    ),
    fault(Fault::TokenExpired, "the token that was handed in has run out, or is none", &["tokens last an hour"]),
    fault(Fault::TokenRefused, "the Store does not take the token that was handed in", &["it is for another resource"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_credential_is_explained_with_its_own_hint() {
        for fault in Fault::ALL {
            let found = TABLE.iter().find(|known| known.code == fault.code()).map(|known| known.remedy);
            assert_eq!(found, Some(fault.hint()), "{}", fault.code());
        }
    }
}
