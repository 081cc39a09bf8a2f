//! The settings: which are set, and of the few that may be told, what they say.

use crate::args::Common;
use crate::env::Surroundings;
use crate::input;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What may be told of a setting, beside whether it is set.
enum Told {
    /// Nothing.
    Nothing,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An id, where it has the form of one.
    Id,
    /// The scheme, host and port of an address.
    Host,
    /// Names of hosts.
    Hosts,
}

const WAYS: &[&str] = &[
    "access-token",
    "client-secret",
    "certificate",
    "token-file",
    "federated-token",
    "federated",
    "github",
    "azure-devops",
    "managed-identity",
    "az",
];

/// What may be told of a variable or of a key of a profile.
fn told(name: &str) -> Told {
    match name {
        "FLIGHTLINE_AUTH" | "auth" => Told::Word(WAYS),
        "FLIGHTLINE_OUTPUT" => Told::Word(&["table", "json", "ndjson"]),
        "CI" | "GITHUB_ACTIONS" | "GITLAB_CI" | "TF_BUILD" => Told::Word(&["true", "True", "1"]),
        "FLIGHTLINE_TENANT_ID"
        | "FLIGHTLINE_CLIENT_ID"
        | "AZURE_TENANT_ID"
        | "AZURE_CLIENT_ID"
        | "tenant-id"
        | "client-id"
        | "AZURESUBSCRIPTION_TENANT_ID"
        | "AZURESUBSCRIPTION_CLIENT_ID" => Told::Id,
        "FLIGHTLINE_API_URL" | "FLIGHTLINE_LOGIN_URL" | "api-url" | "login-url" => Told::Host,
        "HTTPS_PROXY" | "https_proxy" | "HTTP_PROXY" | "http_proxy" | "ALL_PROXY" | "all_proxy" => Told::Host,
        "NO_PROXY" | "no_proxy" => Told::Hosts,
        _ => Told::Nothing,
    }
}

/// The keys that a profile can have.
const KEYS: [&str; 11] = [
    "auth",
    "tenant-id",
    "client-id",
    "client-secret",
    "certificate-file",
    "certificate-password",
    "federated-token-file",
    "service-connection-id",
    "api-url",
    "login-url",
    "ca-file",
];

/// The keys and variables whose values open doors.
const SECRET: [&str; 15] = [
    "client-secret",
    "certificate-password",
    "FLIGHTLINE_CLIENT_SECRET",
    "FLIGHTLINE_ACCESS_TOKEN",
    "FLIGHTLINE_CERTIFICATE_PASSWORD",
    "FLIGHTLINE_FEDERATED_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "GITLAB_OIDC_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "SYSTEM_ACCESSTOKEN",
    "IDENTITY_HEADER",
    "SYSTEM_OIDCREQUESTURI",
    "IDENTITY_ENDPOINT",
];

/// A profile file as far as it could be read: the settings of each profile.
pub(super) struct Profiles {
    tables: Vec<(String, toml::Table)>,
    state: &'static str,
    /// Texts of a file that is no TOML: one of them may be a secret.
    loose: Vec<String>,
}

/// Reads a profile file.
pub(super) fn profiles(file: &Path) -> Profiles {
    let none = |state| Profiles { tables: Vec::new(), state, loose: Vec::new() };
    let Ok(text) = input::text(file) else {
        return none(if file.exists() { "unreadable" } else { "absent" });
    };
    let Ok(table) = text.parse::<toml::Table>() else {
        let loose = text.split(['"', '\'', '\n', '=']).map(|piece| piece.trim().to_owned()).filter(|piece| piece.len() > 7);
        return Profiles { loose: loose.collect(), ..none("not TOML") };
    };
    let tables = table.get("profiles").and_then(toml::Value::as_table).into_iter().flatten();
    let tables = tables.filter_map(|(name, table)| Some((name.clone(), table.as_table()?.clone())));
    Profiles { tables: tables.collect(), state: "read", loose: Vec::new() }
}

/// Every value that must not be said.
pub(super) fn secrets(surroundings: &Surroundings, profiles: Option<&Profiles>) -> Vec<String> {
    let variables = surroundings.variables.iter().map(|(name, value)| (*name, value.as_str()));
    let tables = profiles.into_iter().flat_map(|profiles| &profiles.tables);
    let keys = tables.flat_map(|(_, table)| table).filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
    let mut secrets: Vec<String> = profiles.into_iter().flat_map(|profiles| profiles.loose.clone()).collect();
    for (name, value) in variables.chain(keys) {
        let value = value.trim();
        if SECRET.contains(&name) {
            secrets.push(value.to_owned());
            // A token may be shown without its signature, and a value that was set with a line break in lines.
            secrets.extend(value.lines().filter(|line| line.len() > 7).map(str::to_owned));
        }
        if let Some((who, _)) = value.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')) {
            secrets.extend([who.to_owned(), decoded(who)]);
            secrets.extend(who.split(':').flat_map(|part| [part.to_owned(), decoded(part)]));
        }
    }
    secrets
}

/// The settings as a document.
pub(super) fn document(common: &Common, surroundings: &Surroundings, profiles: Option<&Profiles>) -> Value {
    let variables = surroundings.names().map(|name| {
        let value = surroundings.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        one(name, value)
    });
    let profile = |(name, table): &(String, toml::Table)| {
        let keys = KEYS.iter().filter(|key| table.contains_key(**key));
        let settings: Vec<Value> = keys.map(|key| one(key, table.get(*key).and_then(toml::Value::as_str))).collect();
        let unknown = table.keys().filter(|key| !KEYS.contains(&key.as_str())).count();
        json!({ "profile": short(name), "settings": settings, "unknownSettings": unknown })
    };
    json!({
        "variables": variables.collect::<Vec<_>>(),
        "profileFile": profiles.map(|profiles| profiles.state),
        "profiles": profiles.map(|profiles| profiles.tables.iter().map(profile).collect::<Vec<_>>()),
        "azureCli": surroundings.az,
        "options": {
            "output": common.output.map(|output| format!("{output:?}").to_lowercase()),
            "profile": common.profile.is_some(),
            "config": common.config.is_some(),
            "state": common.state.is_some(),
        },
    })
}

/// One setting.
fn one(name: &str, value: Option<&str>) -> Value {
    let mut setting = Map::new();
    setting.insert("name".to_owned(), name.into());
    let state = match value.map(str::trim) {
        None => "not set",
        Some("") => "set to nothing",
        Some(_) => "set",
    };
    setting.insert("state".to_owned(), state.into());
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if let Some(shown) = value.and_then(|value| shown(told(name), value)) {
        setting.insert("value".to_owned(), shown.into());
    }
    Value::Object(setting)
}

/// What is told of a value; nothing where it has not the form that it should have.
fn shown(told: Told, value: &str) -> Option<String> {
    match told {
        Told::Nothing => None,
        Told::Word(words) => words.iter().find(|word| word.eq_ignore_ascii_case(value)).map(|word| (*word).to_owned()),
        Told::Id => is_id(value).then(|| value.to_owned()),
        Told::Host => host(value),
        Told::Hosts => value.bytes().all(|byte| is_of_host(byte) || b", */".contains(&byte)).then(|| value.to_owned()),
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_id(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The scheme, host and port of an address: neither who signs in, nor path and query.
fn host(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password with a slash in it would end the authority too early, and its beginning be taken for a host.
    let (_, host) = rest.contains('@').then(|| rest.rsplit_once('@')).flatten().unwrap_or(("", authority));
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = !host.is_empty() && host.bytes().all(is_of_host) && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    is_plain.then(|| format!("{scheme}{host}"))
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte)
}

/// The name of a profile, cut to what a name has.
fn short(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric() || "-_. ".contains(*letter)).take(40).collect()
}

/// A text with what is escaped in it as an address has it.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_form_that_it_should_have_is_told() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        for (name, value, expected) in [
            ("FLIGHTLINE_TENANT_ID", id, Some(id)),
            ("FLIGHTLINE_TENANT_ID", "S3CRET~value", None),
            ("FLIGHTLINE_CLIENT_SECRET", id, None),
            ("FLIGHTLINE_AUTH", "GitHub", Some("github")),
            ("FLIGHTLINE_AUTH", "S3CRET", None),
            ("FLIGHTLINE_API_URL", "https://u:S3CRET@h.example:8443/p?q=S3CRET#S3CRET", Some("https://h.example:8443")),
            ("HTTPS_PROXY", "http://u:S3/CR@ET@proxy:3128", Some("http://proxy:3128")),
            ("HTTPS_PROXY", "proxy:3128", Some("proxy:3128")),
            ("HTTPS_PROXY", "S3CRET with blanks", None),
            ("NO_PROXY", "localhost,.corp.example,10.0.0.0/8", Some("localhost,.corp.example,10.0.0.0/8")),
            ("NO_PROXY", "u:S3CRET@host", None),
            ("FLIGHTLINE_STATE", "/home/x", None),
        ] {
            assert_eq!(shown(told(name), value).as_deref(), expected, "{name}={value}");
            let said = one(name, Some(value)).to_string();
            assert!(!said.contains("S3CRET") && said.contains("\"set\""), "{said}");
        }
        assert_eq!(one("CI", Some(" ")), json!({ "name": "CI", "state": "set to nothing" }));
        assert_eq!(one("CI", None), json!({ "name": "CI", "state": "not set" }));
    }
}
