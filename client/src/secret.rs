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
    /// A token: for the API, or one that is shown to get one.
    Token
}
secret! {
    /// The password of a file.
    Password
}
secret! {
    /// The client secret ("key") of an Entra application.
    ClientSecret
}

impl ClientSecret {
    /// The text without this secret.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        hidden(&self.0, text)
    }
}

impl Token {
    /// The text without this token.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        hidden(&self.0, text)
    }

    /// Whether it is one word that a header can hold.
    pub(crate) fn is_sendable(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

fn hidden(secret: &str, text: &str) -> String {
    if secret.is_empty() { text.to_owned() } else { text.replace(secret, REDACTED) }
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

    /// The version of the blob service that the address was signed for, such as `2024-05-04`.
    pub fn service_version(&self) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix("sv="))
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

/// The text with every signature and token in it taken out: for text that other people wrote, such as an error body.
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        let Some(start) = secret_at(text, at) else {
            at += 1;
            continue;
        };
        let secret = &text[start..];
        if secret.starts_with(REDACTED) {
            at = start + REDACTED.len();
            continue;
        }
        clean.push_str(&text[copied..start]);
        clean.push_str(REDACTED);
        let end = secret.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '&' | ',' | ';' | ')' | '\\'));
        copied = start + end.unwrap_or(secret.len());
        at = copied;
    }
    clean.push_str(&text[copied..]);
    clean
}

/// Where the secret begins that something at this very place announces.
fn secret_at(text: &str, at: usize) -> Option<usize> {
    /// What comes before a value, in a form, in JSON, or in an address within another.
    const NAMES: [&str; 4] = ["sig", "access_token", "client_secret", "client_assertion"];
    /// How the usual headers of a token begin in base64: with its type, algorithm, key or certificate.
    const TOKENS: [&str; 4] = ["eyj0exai", "eyjhbgci", "eyjrawqi", "eyj4nxqi"];
    let rest = &text.as_bytes()[at..];
    let begins = |word: &str| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
    if TOKENS.into_iter().any(begins) {
        return Some(at);
    }
    if begins("bearer ") {
        return Some(at + "bearer ".len());
    }
    let name = NAMES.into_iter().find(|name| begins(name))?;
    let after = &rest[name.len()..];
    let joint = after.iter().take(8).take_while(|byte| b"\\\"' :=".contains(byte)).count();
    if after[..joint].iter().any(|byte| b":=".contains(byte)) {
        return Some(at + name.len() + joint);
    }
    let is_escaped = after.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(b"%3d"));
    is_escaped.then_some(at + name.len() + 3)
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

    #[test]
    fn takes_out_every_one_whatever_it_is_wrapped_in() {
        let token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
        for text in [
            "sig=[redacted]&se=1 and then sig=S3CRET".to_owned(),
            "?u=https%3A%2F%2Fh%2Fb%3Fsv%3D1%26sig%3DS3CRET%253D".to_owned(),
            "sig=S3CRET".repeat(3) + "&sig=S3CRET",
            r#"{"access_token": "S3CRET", 'client_secret' : 'S3CRET', "x":"{\"access_token\":\"S3CRET\"}"}"#.to_owned(),
            format!("Authorization: BEARER S3CRET; {token}").replace(token, &token.replace("e30", "S3CRET")),
            "ünïcode client_assertion=S3CRET&é".to_owned(),
        ] {
            let clean = redact(&text);
            assert!(clean.contains(REDACTED) && !clean.contains("S3CRET"), "{clean}");
            assert_eq!(redact(&clean), clean);
        }
    }

    #[test]
    fn leaves_alone_what_only_looks_like_a_secret() {
        for text in [
            "",
            "a design = a plan",
            "'client_assertion' or 'client_secret'.",
            "the significance: none, the sigma: one",
            "sig",
            "é%3d",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact("sig=&sig="), "sig=[redacted]&sig=[redacted]");
    }

    #[test]
    fn a_text_of_nothing_but_marks_is_read_in_one_go() {
        let text = "sig=".repeat(1 << 20);
        assert_eq!(redact(&text), format!("sig={REDACTED}"));
        let text = "sig= ".repeat(1 << 17);
        assert_eq!(redact(&text).matches(REDACTED).count(), 1 << 16);
    }
}
