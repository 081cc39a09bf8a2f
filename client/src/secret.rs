//! Values that open doors. None of them can be printed.

use std::fmt;
use zeroize::Zeroizing;

/// What stands where a secret would.
const REDACTED: &str = "[redacted]";

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the secret in.
            pub fn new(secret: impl Into<String>) -> Self {
                Self(Zeroizing::new(secret.into()))
            }

            /// The secret itself, for the one request that needs it.
            pub(crate) fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(REDACTED)
            }
        }
    };
}

secret! {
    /// A bearer token of the API.
    Token
}
secret! {
    /// The client secret ("key") of an Entra application.
    ClientSecret
}

/// A signed address of a blob: whoever has it may write there. Printed, it ends before its query.
#[derive(Clone, PartialEq, Eq)]
pub struct SasUrl {
    base: String,
    query: Zeroizing<String>,
}

impl SasUrl {
    /// Reads a signed address as the Store hands it out. A literal `+` in the query is part of a signature and is made `%2B`, since
    /// the blob service would read it as a space (O-018); nothing else of the query is touched.
    pub fn parse(address: &str) -> Option<Self> {
        let (base, query) = address.split_once('?')?;
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"))?;
        let plain = address.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || host.starts_with('/') || !plain {
            return None;
        }
        let query = query.split('#').next().unwrap_or_default().replace('+', "%2B");
        Some(Self { base: base.to_owned(), query: Zeroizing::new(query) })
    }

    /// The blob's address without the signature: the same blob has the same.
    pub fn blob(&self) -> &str {
        &self.base
    }

    /// The whole address with `more` added to its query.
    pub(crate) fn with(&self, more: &str) -> String {
        let joint = if more.is_empty() { "" } else { "&" };
        format!("{}?{}{joint}{more}", self.base, *self.query)
    }
}

impl fmt::Display for SasUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?{REDACTED}", self.base)
    }
}

impl fmt::Debug for SasUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SasUrl({self})")
    }
}

/// The text with every signature and bearer token in it taken out: for text that other people wrote, such as an error body.
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = next_secret(rest) {
        let (before, secret) = rest.split_at(at);
        clean.push_str(before);
        clean.push_str(REDACTED);
        let end = secret.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '&' | ',' | ';' | ')' | '\\'));
        rest = &secret[end.unwrap_or(secret.len())..];
    }
    clean.push_str(rest);
    clean
}

/// Where the value of the next signature or token begins.
fn next_secret(text: &str) -> Option<usize> {
    const MARKS: [&str; 7] =
        ["sig=", "sig%3d", "bearer ", "\"access_token\":\"", "client_secret=", "client_assertion=", "eyj0exai"];
    let lower = text.to_ascii_lowercase();
    MARKS
        .iter()
        .filter_map(|mark| {
            let at = lower.find(mark)?;
            Some(if *mark == "eyj0exai" { at } else { at + mark.len() })
        })
        .filter(|at| !text[*at..].starts_with(REDACTED))
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let token = Token::new("eyJ0eXAi.token");
        let url = SasUrl::parse("https://acc.blob.core.windows.net/c/b?sv=1&sig=a+b/c=").expect("an address");
        let shown = format!("{token} {token:?} {:?} {url} {url:?}", ClientSecret::new("s3cr3t"));
        assert!(!shown.contains("token\"") && !shown.contains("s3cr3t") && !shown.contains("a+b"), "{shown}");
        assert_eq!(url.with("comp=block"), "https://acc.blob.core.windows.net/c/b?sv=1&sig=a%2Bb/c=&comp=block");
    }

    #[test]
    fn an_address_without_a_signature_is_none() {
        for bad in
            ["", "https://", "https://host/blob", "ftp://host/a?sig=1", "https:///a?sig=1", "https://h/a?sig=1 2", "a\r\nb?c"]
        {
            assert!(SasUrl::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn takes_secrets_out_of_other_peoples_text() {
        let text =
            "PUT https://h/b?sv=1&sig=AbC%2F1&se=2 failed; Authorization: Bearer eyJ0eXAiOi.x.y; {\"access_token\":\"abc\"}";
        let clean = redact(text);
        assert_eq!(
            clean,
            "PUT https://h/b?sv=1&sig=[redacted]&se=2 failed; Authorization: Bearer [redacted]; {\"access_token\":\"[redacted]\"}"
        );
        assert_eq!(redact(&clean), clean);
    }
}
