//! `flightline support bundle`: everything that helps, and nothing that opens a door.

use crate::support::{APP, Msix, Person, Store, stub};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;

/// The entries of a bundle by their names.
fn entries(file: &Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(file).expect("the bundle")).expect("a ZIP file");
    let count = zip.len();
    let read = |at| {
        let mut entry = zip.by_index(at).expect("an entry");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        (entry.name().expect("a name").into_owned(), text)
    };
    (0..count).map(read).collect()
}

fn entry(entries: &[(String, String)], name: &str) -> Value {
    let (_, text) = entries.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name} in {entries:?}"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
}

/// What settings.json says of a variable.
fn variable(entries: &[(String, String)], name: &str) -> Value {
    let settings = entry(entries, "settings.json");
    let variables = settings["variables"].as_array().expect("a list");
    variables.iter().find(|variable| variable["name"] == name).cloned().unwrap_or_else(|| panic!("no {name} in {settings}"))
}

/// A text in base64, without its end.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in text.bytes() {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 6 {
            bits -= 6;
            out.push(char::from(LETTERS[(held >> bits) as usize & 63]));
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match char::from(byte) {
        letter if letter.is_ascii_alphanumeric() => letter.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Every form in which a secret could stand in a text.
fn forms(secret: &str) -> Vec<String> {
    let in_base64 = ["", "a", "ab"].iter().map(|before| {
        let text = base64(&format!("{before}{secret}"));
        text[before.len() * 8_usize / 6 + usize::from(!before.is_empty())..].to_owned()
    });
    let url_safe = in_base64.clone().map(|text| text.replace('+', "-").replace('/', "_"));
    let escaped = escaped(secret);
    let plain = [secret.to_owned(), escaped.clone(), escaped.to_lowercase(), escaped.replace('%', "%25")];
    let quoted = json!(secret).to_string();
    plain.into_iter().chain([quoted[1..quoted.len() - 1].to_owned()]).chain(in_base64).chain(url_safe).collect()
}

const CLIENT_SECRET: &str = "Zq8~pl+nted/Secret=1";
const PROXY_PASSWORD: &str = "pr0xy/P@ss+word";

#[test]
fn a_bundle_holds_what_helps() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.says(&format!("publish {package} --app {APP}")).ends(0);
    person.says("apps get 9NNOTTHERE01").ends(6);
    let run = person.says("support bundle").ends(0);
    let file = person.home().join("flightline-support.zip");
    let shown = run.json();
    assert_eq!(std::fs::canonicalize(shown["file"].as_str().expect("a path")).ok(), std::fs::canonicalize(&file).ok());
    let entries = entries(&file);
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    let told: Vec<&str> =
        shown["entries"].as_array().expect("a list").iter().filter_map(|entry| entry["name"].as_str()).collect();
    assert_eq!(names, told);
    assert_eq!(names[..5], ["README.txt", "about.json", "settings.json", "history.json", "last-error.json"]);
    assert!(names[5].starts_with(&format!("state/{APP}-")) && names.len() == 6, "{names:?}");

    assert_eq!(entry(&entries, "about.json")["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(entry(&entries, "about.json")["os"], std::env::consts::OS);
    assert_eq!(entry(&entries, "history.json")["runs"][0]["end"], "delivered");
    let last = entry(&entries, "last-error.json");
    assert_eq!((&last["command"], &last["error"]["code"]), (&json!("apps"), &json!("ResourceNotFound")));
    assert!(last["error"]["correlationId"].is_string(), "{last}");
    assert!(entries[5].1.contains("\"committed\""), "{}", entries[5].1);
    assert_eq!(variable(&entries, "FLIGHTLINE_CLIENT_SECRET"), json!({ "name": "FLIGHTLINE_CLIENT_SECRET", "state": "set" }));
    assert_eq!(variable(&entries, "HTTPS_PROXY"), json!({ "name": "HTTPS_PROXY", "state": "not set" }));
    assert_eq!(variable(&entries, "FLIGHTLINE_TENANT_ID")["value"], store.says("tenantId"));
    let home = person.home().to_string_lossy().into_owned();
    for (name, text) in &entries {
        assert!(!text.contains(&home), "{name}: {text}");
    }
    assert!(entries[0].1.contains("Look through it before you send it"), "{}", entries[0].1);
}

#[test]
fn nothing_is_written_over_and_the_file_can_be_named() {
    let person = Person::new();
    person
        .says("support bundle --file mine.zip --output table")
        .ends(0)
        .shows("mine.zip")
        .shows("Look through it before you send it");
    let before = std::fs::read(person.home().join("mine.zip")).expect("the bundle");
    let again = person.says("support bundle --file mine.zip").ends(2).silent().tells("--file");
    assert_eq!(again.error()["code"], "file-exists");
    assert_eq!(std::fs::read(person.home().join("mine.zip")).expect("the bundle"), before);
    person.says("support bundle --file no/such/folder/mine.zip").ends(2).silent();
    person.says("support bundle --log nowhere.log").ends(2).silent().tells("nowhere.log");
    assert!(!person.home().join("flightline-support.zip").exists(), "what fails leaves nothing");
    // A machine on which nothing was ever done has one as well.
    let entries = entries(&person.home().join("mine.zip"));
    assert_eq!(entry(&entries, "last-error.json"), Value::Null);
    assert_eq!(entry(&entries, "history.json"), json!({ "runs": [], "unreadable": [] }));
}

/// Secrets are put wherever somebody may have them, in each form, and none of them comes out.
#[test]
fn no_secret_comes_into_a_bundle() {
    let store = Store::start();
    let proxy = format!("http://ada:{}@proxy.example:3128", escaped(PROXY_PASSWORD));
    let person = store
        .person()
        .env("FLIGHTLINE_ACCESS_TOKEN", "plantedAccessToken.with.parts")
        .env("FLIGHTLINE_CERTIFICATE_PASSWORD", "planted certificate \"password\"")
        .env("GITLAB_OIDC_TOKEN", "plantedGitLabToken")
        .env("SYSTEM_ACCESSTOKEN", "plantedDevOpsToken")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "plantedGitHubToken")
        .env("IDENTITY_HEADER", "plantedIdentityHeader")
        .env("FLIGHTLINE_CLIENT_SECRET", CLIENT_SECRET)
        .env("HTTPS_PROXY", &proxy)
        .env("NO_PROXY", "localhost,127.0.0.1")
        .env("FLIGHTLINE_API_URL", "https://user:plantedUrlPassword@127.0.0.1:1/?q=plantedQueryWord")
        .env("FLIGHTLINE_CONFIG", "p.toml");
    person.file(
        "p.toml",
        "[profiles.default]\nclient-secret = \"plantedProfileSecret\"\ncertificate-password = 'plantedProfilePassword'\n\
         plantedUnknownKey = 'plantedUnknownValue'\ntenant-id = 'plantedInTheWrongPlace'\n",
    );
    let planted = [
        CLIENT_SECRET,
        PROXY_PASSWORD,
        "plantedAccessToken.with.parts",
        "planted certificate \"password\"",
        "plantedGitLabToken",
        "plantedDevOpsToken",
        "plantedGitHubToken",
        "plantedIdentityHeader",
        "plantedUrlPassword",
        "plantedQueryWord",
        "plantedProfileSecret",
        "plantedProfilePassword",
        "plantedUnknownKey",
        "plantedUnknownValue",
        "plantedInTheWrongPlace",
    ];
    // A log and a state file into which somebody wrote all of them; what is known to be secret is found there in each form.
    let known =
        planted.iter().filter(|secret| !secret.contains("Unknown") && !secret.contains("Query") && !secret.contains("Wrong"));
    let said: Vec<String> = known.clone().flat_map(|secret| forms(secret)).collect();
    let log = said.iter().map(|form| format!("a line with {form} in it\n")).collect::<String>()
        + "PUT https://b.blob.core.windows.net/c/x?sv=1&sig=plantedSignature%3D&se=2\nBearer eyJ0eXAiOiJKV1Qi.planted.token\n";
    person.file("run.log", &log);
    std::fs::create_dir_all(person.state()).expect("a folder");
    let arguments = json!({ "packages": { "app": APP, "flight": null, "note": said } });
    let line =
        json!({ "line": "run", "format": 2, "product": format!("applications/{APP}"), "wish": "w", "arguments": arguments });
    let blob =
        json!({ "line": "uploaded", "submission": "1", "blob": "https://b/c?sig=plantedSignature", "length": 1, "content": "c" });
    std::fs::write(person.state().join(format!("{APP}-00000000.jsonl")), format!("{line}\n{blob}\nplantedQueryWord\n{log}"))
        .expect("a state file");
    std::fs::write(person.state().join("damaged-0.jsonl"), format!("{log}{log}")).expect("a state file");
    // An error that quotes what it was given.
    person.says("apps list").ends(2);
    let echo =
        stub::serve(|head| stub::answer("400 Bad Request", "text/html", &format!("<p>{head} client_secret={CLIENT_SECRET}</p>")));
    let failing = |person: Person| person.says("apps list");
    let kept = person.state().to_string_lossy().into_owned();
    let echoing = store.person().env("FLIGHTLINE_LOGIN_URL", &echo).env("FLIGHTLINE_CLIENT_SECRET", CLIENT_SECRET);
    failing(echoing.env("FLIGHTLINE_STATE", &kept)).ends(1);

    person.says("support bundle --log run.log").ends(0);
    let entries = entries(&person.home().join("flightline-support.zip"));
    assert!(entries.iter().any(|(name, text)| name == "log/1.log" && text.matches("a line with [redacted] in it").count() > 60));
    assert!(entries.iter().any(|(name, text)| name.starts_with("state/") && text.contains("none of ours")), "{entries:?}");
    assert_eq!(entry(&entries, "last-error.json")["command"], "apps");
    assert_eq!(variable(&entries, "HTTPS_PROXY")["value"], "http://proxy.example:3128");
    assert_eq!(variable(&entries, "FLIGHTLINE_API_URL")["value"], "https://127.0.0.1:1");
    let raw = std::fs::read(person.home().join("flightline-support.zip")).expect("the bundle");
    let names = String::from_utf8_lossy(&raw).into_owned();
    for secret in planted.into_iter().chain(["plantedSignature", "planted.token"]) {
        for form in forms(secret) {
            for (name, text) in entries.iter().map(|(name, text)| (name.as_str(), text)).chain([("the file itself", &names)]) {
                assert!(!text.contains(&form), "{secret:?} is in {name} as {form}:\n{text}");
            }
        }
    }
}
