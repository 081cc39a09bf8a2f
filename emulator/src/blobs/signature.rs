//! Shared access signatures: what is signed, with which key, and whether a request may do what it wants
//! (<https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>,
//! <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>).

use super::address::{ACCOUNT, Address};
use super::date;
use super::query::Query;
use super::refusal::{Code, Refusal};
use super::reply::{Stamp, is_version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

/// The account key that every emulator of Azure storage shares, published by Microsoft
/// (<https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key>).
const ACCOUNT_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// The keys that signatures are made with. Cannot be printed.
pub(super) struct Keys {
    delegated: hmac::Key,
    account: hmac::Key,
}

/// What a signature lets its holder do to a blob: the letters of `sp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission(String);

/// What a request is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// Get Blob, its properties or its block list.
    Read,
    /// Put Blob: enough for a new blob is the right to create.
    Create,
    /// Put Block and Put Block List.
    Write,
    /// Delete Blob.
    Delete,
}

impl Keys {
    /// The store's own key for user delegation, and the published account key beside it.
    pub(super) fn new(delegated: &[u8]) -> Self {
        let account = STANDARD.decode(ACCOUNT_KEY).unwrap_or_default();
        Self { delegated: hmac::Key::new(hmac::HMAC_SHA256, delegated), account: hmac::Key::new(hmac::HMAC_SHA256, &account) }
    }

    /// The signature that belongs to `query`; `None` for a query that cannot be signed.
    pub(super) fn sign(&self, query: &Query, address: &Address) -> Option<String> {
        let text = text_to_sign(query, address)?;
        Some(STANDARD.encode(hmac::sign(self.key(query), text.as_bytes())))
    }

    /// Checks a request: signed by us, for this blob, for now, and for what it intends.
    pub(super) fn check(
        &self,
        query: &Query,
        headers: &HeaderMap,
        address: &Address,
        intent: Intent,
        stamp: &Stamp,
    ) -> Result<Permission, Refusal> {
        if headers.contains_key(AUTHORIZATION) {
            return Err(Refusal::authentication("Only shared access signatures are accepted here."));
        }
        let Some(signature) = query.value("sig") else { return Err(anonymous(headers)) };
        for name in ["sv", "sr", "sp", "se"] {
            if query.value(name).is_none() {
                return Err(Refusal::authentication(format!("{name} is mandatory. Cannot be empty")));
            }
        }
        let ill_formed = || Refusal::authentication("Signature fields not well formed.");
        let text = text_to_sign(query, address).ok_or_else(ill_formed)?;
        let signature = STANDARD.decode(signature).map_err(|_| ill_formed())?;
        hmac::verify(self.key(query), text.as_bytes(), &signature)
            .map_err(|_| Refusal::authentication(format!("Signature did not match. String to sign used was {text}")))?;
        in_time(query, stamp)?;
        let permission = Permission(query.value("sp").unwrap_or_default());
        if permission.covers(intent) { Ok(permission) } else { Err(Code::AuthorizationPermissionMismatch.into()) }
    }

    fn key(&self, query: &Query) -> &hmac::Key {
        if is_delegated(query) { &self.delegated } else { &self.account }
    }
}

impl Permission {
    /// Whether a blob that is there may be replaced; Azure has a code of its own for that (O-205).
    pub(super) fn overwrites(&self) -> bool {
        self.0.contains('w')
    }

    fn covers(&self, intent: Intent) -> bool {
        let enough = match intent {
            Intent::Read => "r",
            Intent::Create => "cw",
            Intent::Write => "w",
            Intent::Delete => "d",
        };
        self.0.contains(|letter| enough.contains(letter))
    }
}

/// Azure hides what is there from callers without a name (O-206), and since 2019-12-12 tells those who know the version how to
/// sign in (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#bearer-challenge>).
fn anonymous(headers: &HeaderMap) -> Refusal {
    let challenged = headers.get("x-ms-version").is_some_and(|version| version.as_bytes() >= b"2019-12-12".as_slice());
    if challenged { Code::NoAuthenticationInformation.into() } else { Code::ResourceNotFound.into() }
}

fn is_delegated(query: &Query) -> bool {
    ["skoid", "sktid", "skt", "ske", "sks", "skv"].iter().any(|name| query.value(name).is_some())
}

/// The lines that are signed, in the order that the signature's version has; `None` where a field cannot be as it is.
fn text_to_sign(query: &Query, address: &Address) -> Option<String> {
    let version = query.value("sv").filter(|version| is_version(version) && version.as_str() >= "2012-02-12")?;
    let since = |first: &str| version.as_str() >= first;
    let value = |name: &str| query.value(name).unwrap_or_default();
    let values = |names: &[&str]| names.iter().map(|name| value(name)).collect::<Vec<_>>();

    let mut lines = values(&["sp", "st", "se"]);
    let service = if since("2015-02-21") { "/blob" } else { "" };
    lines.push(match query.value("sr")?.as_str() {
        "b" => format!("{service}/{ACCOUNT}/{address}"),
        "c" => format!("{service}/{ACCOUNT}/{}", address.container()),
        _ => return None,
    });
    if is_delegated(query) {
        // Rules for request headers and parameters inside a signature (srh, srq) are not known here, and so never pass.
        let unknown = ["si", "srh", "srq"].iter().any(|name| query.value(name).is_some());
        if !since("2018-11-09") || value("sks") != "b" || unknown {
            return None;
        }
        lines.extend(values(&["skoid", "sktid", "skt", "ske", "sks", "skv"]));
        if since("2020-02-10") {
            lines.extend(values(&["saoid", "suoid", "scid"]));
        }
        if since("2025-07-05") {
            lines.extend(values(&["skdutid", "sduoid"]));
        }
    } else {
        lines.push(value("si"));
    }
    if since("2015-04-05") {
        lines.extend(values(&["sip", "spr"]));
    }
    lines.push(version.clone());
    if since("2018-11-09") {
        lines.extend(values(&["sr", "snapshot"]));
    }
    if since("2020-12-06") {
        lines.push(value("ses"));
    }
    if is_delegated(query) && since("2026-04-06") {
        lines.extend(values(&["srh", "srq"]));
    }
    if since("2013-08-15") {
        lines.extend(values(&["rscc", "rscd", "rsce", "rscl", "rsct"]));
    }
    Some(lines.join("\n"))
}

/// The refusal of a signature that has run out a second ago.
pub(super) fn expired(stamp: &Stamp) -> Refusal {
    let now = stamp.now();
    over(now.checked_sub(SignedDuration::from_secs(1)).unwrap_or(now), now)
}

fn over(end: Timestamp, now: Timestamp) -> Refusal {
    let (end, now) = (date::http(end), date::http(now));
    Refusal::authentication(format!("Signed expiry time [{end}] must be after signed start time [{now}]"))
}

/// Checks start and end, of the signature and of the key that made it. The kind of network (`spr`, `sip`) is not looked at: the
/// service cannot see it.
fn in_time(query: &Query, stamp: &Stamp) -> Result<(), Refusal> {
    let now = stamp.now();
    let read = |name: &str| match query.value(name) {
        None => Ok(None),
        Some(text) => date::from_signed(&text)
            .map(Some)
            .ok_or_else(|| Refusal::authentication(format!("{name} is not a valid date: {text}"))),
    };
    let (start, end) = (read("st")?, read("se")?.ok_or_else(|| Refusal::authentication("se is mandatory. Cannot be empty"))?);
    match start {
        None if end <= now => return Err(over(end, now)),
        Some(start) if now < start || end <= now => {
            return Err(Refusal::authentication(format!(
                "Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]",
                date::http(start),
                date::http(end),
                date::http(now)
            )));
        }
        None | Some(_) => {}
    }
    if is_delegated(query) {
        let (Some(start), Some(end)) = (read("skt")?, read("ske")?) else {
            return Err(Refusal::authentication("skt and ske are mandatory. Cannot be empty"));
        };
        if now < start || end <= now {
            return Err(Refusal::authentication(format!(
                "Signature not valid in the specified key time frame: Key start [{}] - Key expiry [{}] - Current [{}]",
                date::http(start),
                date::http(end),
                date::http(now)
            )));
        }
    }
    if query.value("si").is_some() {
        return Err(Refusal::authentication("Access policy not found."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT_KEY, Intent, Keys, Permission, text_to_sign};
    use crate::blobs::address::Address;
    use crate::blobs::query::Query;
    use crate::blobs::refusal::Code;
    use crate::blobs::reply::Stamp;
    use http::HeaderMap;

    const DELEGATED: [(&str, &str); 10] = [
        ("se", "2026-03-03T09:14:52Z"),
        ("sp", "rw"),
        ("sr", "b"),
        ("skoid", "11111111-2222-4333-8444-555555555555"),
        ("sktid", "66666666-7777-4888-8999-aaaaaaaaaaaa"),
        ("skt", "2026-03-02T06:00:00Z"),
        ("ske", "2026-03-09T06:00:00Z"),
        ("sks", "b"),
        ("skv", "2024-05-04"),
        ("sip", ""),
    ];

    fn signed(version: &str) -> Option<String> {
        let mut pairs = DELEGATED.to_vec();
        pairs.push(("sv", version));
        Keys::new(b"keykeykeykeykeykeykeykey").sign(&Query::of(&pairs), &Address::read("/ingestion/a%20b.zip").unwrap())
    }

    #[test]
    fn signs_what_microsofts_library_signs() {
        // azure-storage-blob for Python: 12.20.0 signs for 2024-05-04, 12.31.1 for 2026-10-06.
        assert_eq!(signed("2024-05-04").unwrap(), "Hz4fjr1JjCnPDFvJoKkXkWRvC14MhWd9nkmPoQx8S0A=");
        assert_eq!(signed("2026-10-06").unwrap(), "lZnJksSazwlkmC1YNjj8xCfxjMXVsDRrt0xIKbJeYCI=");
        assert_eq!(signed("2017-04-17"), None);
        assert_eq!(signed("2012"), None);
    }

    #[test]
    fn signs_old_service_signatures_in_their_own_form() {
        let address = Address::read("/ingestion/x").unwrap();
        let text = |version: &str| {
            let pairs = [("sv", version), ("sr", "b"), ("sp", "rw"), ("st", "2014-03-01"), ("se", "2014-03-02"), ("rsct", "a/b")];
            text_to_sign(&Query::of(&pairs), &address).unwrap()
        };
        let name = "devstoreaccount1/ingestion/x";
        assert_eq!(text("2012-02-12"), format!("rw\n2014-03-01\n2014-03-02\n/{name}\n\n2012-02-12"));
        assert_eq!(text("2014-02-14"), format!("rw\n2014-03-01\n2014-03-02\n/{name}\n\n2014-02-14\n\n\n\n\na/b"));
        assert_eq!(text("2015-02-21"), format!("rw\n2014-03-01\n2014-03-02\n/blob/{name}\n\n2015-02-21\n\n\n\n\na/b"));
        assert_eq!(text("2017-04-17"), format!("rw\n2014-03-01\n2014-03-02\n/blob/{name}\n\n\n\n2017-04-17\n\n\n\n\na/b"));
    }

    #[test]
    fn a_delegated_signature_ends_with_its_key() {
        let (keys, address) = (Keys::new(&[7; 32]), Address::read("/ingestion/x").unwrap());
        let check = |skt: &'static str, ske: &'static str| {
            let mut pairs = DELEGATED.to_vec();
            pairs.retain(|(name, _)| !["skt", "ske"].contains(name));
            pairs.extend([("skt", skt), ("ske", ske), ("sv", "2024-05-04")]);
            let signature = keys.sign(&Query::of(&pairs), &address).unwrap();
            pairs.push(("sig", &signature));
            let stamp = Stamp::new(&HeaderMap::new(), None, "2026-03-02T10:00:00Z".parse().unwrap());
            keys.check(&Query::of(&pairs), &HeaderMap::new(), &address, Intent::Read, &stamp).map_err(|refusal| refusal.code())
        };
        assert_eq!(check("2026-03-02T06:00:00Z", "2026-03-09T06:00:00Z"), Ok(Permission("rw".to_owned())));
        assert_eq!(check("2026-03-02T06:00Z", "2026-03-09"), Ok(Permission("rw".to_owned())));
        assert_eq!(check("2026-03-02T11:00:00Z", "2026-03-09T06:00:00Z"), Err(Code::AuthenticationFailed));
        assert_eq!(check("2026-02-02T06:00:00Z", "2026-03-02T09:00:00Z"), Err(Code::AuthenticationFailed));
        assert_eq!(check("2026-02-02T06:00:00Z", ""), Err(Code::AuthenticationFailed));
        assert_eq!(check("yesterday", "2026-03-09T06:00:00Z"), Err(Code::AuthenticationFailed));
    }

    #[test]
    fn the_published_key_is_whole() {
        use base64::Engine;
        assert_eq!(base64::engine::general_purpose::STANDARD.decode(ACCOUNT_KEY).unwrap().len(), 64);
    }
}
