//! Signs addresses with the account key that Microsoft publishes for emulators, written apart from the service's own signer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde::Deserialize;

const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// How a request is signed, where not as it should be.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sign {
    sp: String,
    se: i64,
    st: Option<i64>,
    sv: String,
    sr: String,
    blob: Option<String>,
    sig: Option<String>,
    omit: Vec<String>,
}

impl Default for Sign {
    fn default() -> Self {
        Self {
            sp: "rcw".to_owned(),
            se: 60,
            st: None,
            sv: "2021-10-04".to_owned(),
            sr: "b".to_owned(),
            blob: None,
            sig: None,
            omit: Vec::new(),
        }
    }
}

impl Sign {
    /// The query that signs a request for a blob at `now`.
    pub(crate) fn query(&self, now: Timestamp, container: &str, blob: &str) -> String {
        let blob = self.blob.as_deref().unwrap_or(blob);
        let resource = if self.sr == "b" { format!("{container}/{blob}") } else { container.to_owned() };
        let st = self.st.map(|minutes| time(now, minutes, 0)).unwrap_or_default();
        // Another second is another signature: the first one with a plus, or without, is taken.
        let plus = self.sig.as_deref() == Some("raw plus");
        let (se, sig) = (0..500)
            .map(|second| time(now, self.se, second))
            .map(|se| (se.clone(), self.signature(&resource, &st, &se)))
            .find(|(_, sig)| sig.contains('+') == plus)
            .unwrap();
        let sig = match self.sig.as_deref() {
            Some("altered") if sig.starts_with('A') => format!("B{}", &sig[1..]),
            Some("altered") => format!("A{}", &sig[1..]),
            Some("cut") => sig[..20].to_owned(),
            _ => sig,
        };
        let sig = sig.replace('/', "%2F").replace('=', "%3D");
        let all = [("sv", &self.sv), ("st", &st), ("se", &se), ("sr", &self.sr), ("sp", &self.sp), ("sig", &sig)];
        let kept = all.iter().filter(|(name, value)| !value.is_empty() && !self.omit.iter().any(|omitted| omitted == name));
        kept.map(|(name, value)| format!("{name}={}", value.replace(':', "%3A"))).collect::<Vec<_>>().join("&")
    }

    fn signature(&self, resource: &str, st: &str, se: &str) -> String {
        let name = format!("/blob/devstoreaccount1/{resource}");
        let (sp, sv, sr) = (self.sp.as_str(), self.sv.as_str(), self.sr.as_str());
        let mut lines = vec![sp, st, se, &name, "", "", "", sv];
        if sv >= "2018-11-09" {
            lines.extend([sr, ""]);
        }
        if sv >= "2020-12-06" {
            lines.push("");
        }
        lines.extend([""; 5]);
        mac(&lines.join("\n"))
    }
}

/// The query that lets its holder make containers, for Azurite.
pub(crate) fn account_query(now: Timestamp) -> String {
    let (se, sv) = (time(now, 60, 0), "2020-08-04");
    let sig = mac(&format!("devstoreaccount1\nrwdlac\nb\nsco\n\n{se}\n\n\n{sv}\n"));
    let sig = sig.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("sv={sv}&ss=b&srt=sco&sp=rwdlac&se={}&sig={sig}", se.replace(':', "%3A"))
}

fn mac(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(KEY).unwrap());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

fn time(now: Timestamp, minutes: i64, seconds: i64) -> String {
    let time = now + SignedDuration::from_mins(minutes) - SignedDuration::from_secs(seconds);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
