//! Where things are: the documents that sign-in libraries look at before they ask for a token.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>

use super::refusal::Refusal;
use super::{Desk, Principal};
use serde_json::{Value, json};

/// A document, and the tenant that it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Discovery<'a> {
    /// The endpoints of a tenant, in version 1 or version 2.
    Configuration { tenant: &'a str, base: &'static str },
    /// Which hosts are one and the same cloud.
    Instance,
    /// The keys that tokens are signed with.
    Keys,
}

impl<'a> Discovery<'a> {
    /// The document that the segments of a path mean.
    pub(super) fn parse(segments: &[&'a str]) -> Option<Self> {
        let lowered: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        match lowered.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["common", "discovery", "instance"] => Some(Self::Instance),
            [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => Some(Self::Keys),
            [_, "v2.0", ".well-known", "openid-configuration"] => {
                Some(Self::Configuration { tenant: segments[0], base: "oauth2/v2.0" })
            }
            [_, ".well-known", "openid-configuration"] => Some(Self::Configuration { tenant: segments[0], base: "oauth2" }),
            _ => None,
        }
    }

    pub(super) fn document(&self, desk: &Desk<'_>) -> Result<Value, Refusal> {
        let Principal { tenant, .. } = desk.principal;
        let root = format!("{}/{tenant}", desk.base);
        match self {
            Self::Configuration { tenant: asked, .. } if !asked.eq_ignore_ascii_case(tenant) => Err(Refusal::tenant(asked)),
            Self::Configuration { base, .. } => Ok(json!({
                "token_endpoint": format!("{root}/{base}/token"),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "jwks_uri": format!("{root}/discovery/v2.0/keys"),
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "issuer": if *base == "oauth2" { format!("https://sts.windows.net/{tenant}/") } else { format!("{root}/v2.0") },
                "authorization_endpoint": format!("{root}/{base}/authorize"),
                "device_authorization_endpoint": format!("{root}/{base}/devicecode"),
                "end_session_endpoint": format!("{root}/{base}/logout"),
                "cloud_instance_name": "microsoftonline.com",
            })),
            Self::Instance => {
                let host = desk.base.split("//").nth(1).unwrap_or_default();
                let mut aliases =
                    vec!["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];
                if !aliases.contains(&host) {
                    aliases.push(host);
                }
                Ok(json!({
                    "tenant_discovery_endpoint": format!("{root}/v2.0/.well-known/openid-configuration"),
                    "api-version": "1.1",
                    "metadata": [{
                        "preferred_network": "login.microsoftonline.com",
                        "preferred_cache": "login.windows.net",
                        "aliases": aliases,
                    }],
                }))
            }
            Self::Keys => Ok(json!({ "keys": [desk.signer.jwk()] })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_whatever_the_case() {
        let of = |path: &'static str| Discovery::parse(&path.split('/').collect::<Vec<_>>());
        assert_eq!(of("common/Discovery/instance"), Some(Discovery::Instance));
        assert_eq!(of("t/discovery/v2.0/keys"), Some(Discovery::Keys));
        assert_eq!(
            of("T/V2.0/.well-known/openid-configuration"),
            Some(Discovery::Configuration { tenant: "T", base: "oauth2/v2.0" })
        );
        assert_eq!(of("t/v2.0/.well-known"), None);
    }
}
