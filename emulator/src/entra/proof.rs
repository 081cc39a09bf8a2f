//! How the principal shows that it is the one: its secret, an assertion signed with its certificate, or the token of an issuer that
//! it has agreed with.

use super::Desk;
use super::assertion::Assertion;
use super::form::Form;
use super::principal::{Federated, Principal};
use super::refusal::Refusal;
use crate::date;

/// What `client_assertion_type` has to say.
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The hosts that token endpoints are known under.
const HOSTS: [&str; 2] = ["https://login.microsoftonline.com", "https://login.windows.net"];

/// Looks at the proof in the form.
pub(super) fn prove(form: &Form, desk: &Desk<'_>) -> Result<(), Refusal> {
    let field = |name: &str| form.field(name).filter(|value| !value.is_empty());
    match (field("client_secret"), field("client_assertion")) {
        (Some(given), _) => secret(given, desk),
        (None, Some(token)) => match field("client_assertion_type") {
            Some(BEARER) => assertion(token, desk),
            _ => Err(Refusal::missing("client_assertion_type")),
        },
        (None, None) => Err(Refusal::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
    }
}

fn secret(given: &str, desk: &Desk<'_>) -> Result<(), Refusal> {
    let Principal { client, secret, credentials, .. } = desk.principal;
    if given != secret {
        let message = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
             client secret ID, for a secret added to app '{client}'."
        );
        return Err(Refusal::client(7_000_215, message));
    }
    if credentials.secret_expires.is_some_and(|end| end <= desk.now) {
        let message = format!(
            "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for \
             your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: \
             https://aka.ms/certCreds."
        );
        return Err(Refusal::client(7_000_222, message));
    }
    Ok(())
}

/// An assertion that names the principal as its issuer is its own; any other is looked for among the agreed ones.
fn assertion(token: &str, desk: &Desk<'_>) -> Result<(), Refusal> {
    let Some(assertion) = Assertion::read(token) else {
        return Err(Refusal::request("invalid_request", 50_027, "JWT token is invalid or malformed."));
    };
    if assertion.claims.iss.eq_ignore_ascii_case(&desk.principal.client) {
        own(&assertion, desk)
    } else {
        federated(&assertion, desk)
    }
}

fn own(assertion: &Assertion<'_>, desk: &Desk<'_>) -> Result<(), Refusal> {
    let client = &desk.principal.client;
    let Some(thumbprint) = assertion.header.thumbprint() else {
        let message = "Invalid JWT token. No certificate thumbprint specified in token header.";
        return Err(Refusal::request("invalid_request", 50_027, message));
    };
    let reason = |reason: &str| {
        let message = format!("[Reason - {reason}, Thumbprint of key used by client: '{thumbprint}', for app Id '{client}']");
        Err(Refusal::client(700_027, format!("Client assertion contains an invalid signature. {message}")))
    };
    let Some(certificate) = desk.principal.credentials.certificates.iter().find(|known| known.is(thumbprint)) else {
        return reason("The key was not found.");
    };
    if !assertion.is_signed_by(&certificate.key) {
        return reason("The provided signature value did not match the expected signature value.");
    }
    if !(certificate.from..=certificate.until).contains(&desk.now) {
        return reason("The key used is expired.");
    }
    if !assertion.claims.sub.eq_ignore_ascii_case(client) {
        let message = "Client assertion application identifier doesn't match 'client_id' parameter.";
        return Err(Refusal::client(700_021, message));
    }
    if !assertion.claims.audiences().iter().any(|audience| is_endpoint(audience, desk)) {
        return Err(Refusal::client(700_023, "Client assertion audience claim does not match Realm issuer."));
    }
    timely(assertion, desk)
}

/// Whether this is one of the names of the tenant's token endpoint, or of its issuer.
fn is_endpoint(audience: &str, desk: &Desk<'_>) -> bool {
    let tenant = &desk.principal.tenant;
    let audience = audience.trim_end_matches('/');
    let of_host = |host: &str| {
        ["oauth2/token", "oauth2/v2.0/token", "v2.0"]
            .iter()
            .any(|path| audience.eq_ignore_ascii_case(&format!("{host}/{tenant}/{path}")))
    };
    HOSTS.iter().any(|host| of_host(host))
        || of_host(desk.base)
        || audience.eq_ignore_ascii_case(&format!("https://sts.windows.net/{tenant}"))
}

fn federated(assertion: &Assertion<'_>, desk: &Desk<'_>) -> Result<(), Refusal> {
    let claims = &assertion.claims;
    // Case counts in all three. Entra has three finer numbers for what does not fit by now, and says the same (O-134).
    let is_agreed = |agreed: &&Federated| {
        agreed.issuer == claims.iss && agreed.subject == claims.sub && claims.audiences().contains(&agreed.audience)
    };
    let mut agreed = desk.principal.credentials.federated.iter().filter(is_agreed).peekable();
    if agreed.peek().is_none() {
        let message = format!(
            "No matching federated identity record found for presented assertion. Assertion Issuer: '{}'. Assertion Subject: \
             '{}'. Assertion Audience: '{}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
            claims.iss,
            claims.sub,
            claims.audiences().join(", ")
        );
        return Err(Refusal::request("invalid_request", 70_021, message));
    }
    if !agreed.any(|agreed| assertion.is_signed_by(&agreed.key)) {
        return Err(Refusal::client(700_027, "Client assertion failed signature validation."));
    }
    timely(assertion, desk)
}

fn timely(assertion: &Assertion<'_>, desk: &Desk<'_>) -> Result<(), Refusal> {
    if assertion.claims.is_timely(desk.now) {
        return Ok(());
    }
    let message = format!("Client assertion is not within its valid time range. Current time: {}.", date::text(desk.now));
    Err(Refusal::client(700_024, message))
}
