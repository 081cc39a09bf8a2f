//! `flightline rehearse`: a command, and a Store that was made for it.

#[cfg(target_os = "linux")]
mod isolated;

use crate::support::{APP, Msix, Person, Run};
use serde_json::Value;

const US: &str = env!("CARGO_BIN_EXE_flightline");

impl Person {
    /// Rehearses a command beside its Store, which every system can do.
    fn rehearses(&self, options: &[&str], command: &[&str]) -> Run {
        self.run(&[&["rehearse", "--no-isolation"], options, &["--"], command].concat())
    }

    /// What a rehearsal wrote to a file.
    fn report(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.home().join(name)).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    }
}

#[test]
fn our_own_commands_work_in_it() {
    let run = Person::new().rehearses(&[], &[US, "apps", "list"]).ends(0);
    assert_eq!(run.json()[0]["id"], APP);
    run.tells("FLIGHTLINE_API_URL").tells("1 request: 1 2xx").tells("ended with 0");
}

#[test]
fn credentials_and_profiles_of_the_caller_are_left_outside() {
    let person = Person::new()
        .env("FLIGHTLINE_CLIENT_SECRET", "of-the-real-one")
        .env("FLIGHTLINE_API_URL", "https://192.0.2.1")
        .env("FLIGHTLINE_ACCESS_TOKEN", "of-the-real-one")
        .env("FLIGHTLINE_PROFILE", "work")
        .env("HTTPS_PROXY", "http://192.0.2.1:8080");
    person.file("profiles.toml", "[profiles.work]\napi-url = \"https://192.0.2.1\"\n");
    let person = person.env("FLIGHTLINE_CONFIG", "profiles.toml");
    assert_eq!(person.rehearses(&[], &[US, "apps", "list"]).ends(0).json()[0]["id"], APP);
}

#[test]
fn the_exit_code_is_the_commands() {
    let person = Person::new();
    let run = person.rehearses(&["--report", "seen.json"], &[US, "apps", "get", "9NNOTTHERE01"]).ends(6).silent();
    run.tells("ended with 6").tells("refused     404 GET /v1.0/my/applications/9NNOTTHERE01");
    assert_eq!(person.report("seen.json")["exitCode"], 6);
    person.rehearses(&["--quiet"], &[US, "completion", "cmd"]).ends(2);
}

#[test]
fn the_report_says_what_the_store_saw() {
    let person = Person::new();
    let package = Msix::version("1.1.0.0").give(&person);
    let options = ["--report", "seen.json", "--per-minute", "500"];
    let run = person.rehearses(&options, &[US, "publish", &package, "--app", APP]).ends(0);
    let id = run.json()["submission"].as_str().expect("an id").to_owned();
    run.tells(&format!("{id} of app {APP}: Published"));
    let report = person.report("seen.json");
    let expected = serde_json::json!([
        { "id": id, "kind": "app", "product": APP, "status": "Published", "change": "created" }
    ]);
    assert_eq!((&report["exitCode"], &report["submissions"]), (&0.into(), &expected));
    let store = &report["store"];
    assert_eq!((&store["perMinute"], &store["pace"]), (&500.into(), &"instant".into()));
    let counts = serde_json::json!({ "signIn": { "2xx": 1 }, "api": { "2xx": 7 }, "blob": { "2xx": 1 } });
    assert_eq!(store["counts"], counts, "{}", store["requests"]);
    // What the command wrote is not mixed with what we say.
    assert!(!person.state().exists(), "the real state folder is left alone");
}

#[test]
fn a_draft_that_is_gone_is_told() {
    let person = Person::new();
    let mut account: Value = serde_json::from_str(include_str!("../../../emulator/src/sample/account.json")).expect("JSON");
    let app = &mut account["applications"][0];
    app["pendingSubmission"] = app["publishedSubmission"].clone();
    app["pendingSubmission"]["id"] = "1152921505700310099".into();
    person.file("account.json", account.to_string());
    let command = [US, "submission", "delete", "1152921505700310099", "--app", APP, "--yes"];
    let run = person.rehearses(&["--account", "account.json"], &command).ends(0);
    run.tells(&format!("1152921505700310099 of app {APP}: deleted"));
}

#[test]
fn what_cannot_begin_is_refused_before_the_command_runs() {
    let person = Person::new();
    let run = person.rehearses(&[], &["no-such-program"]).ends(2).silent().tells("no-such-program");
    assert_eq!(run.error()["code"], "command");
    person.rehearses(&["--account", "nowhere.json"], &[US, "--version"]).ends(2).silent().tells("nowhere.json");
    person.rehearses(&["--report", "no/folder/seen.json"], &[US, "--version"]).ends(2).silent().tells("no/folder");
    person.says("rehearse").ends(2);
    person.says("rehearse --no-isolation").ends(2);
    person.says("rehearse --per-minute 0 -- true").ends(2);
}

#[test]
fn a_java_trust_store_needs_keytool() {
    let person = Person::new();
    let home = person.home().join("jdk");
    let person = person.env("JAVA_HOME", home.to_str().expect("a plain path"));
    let run = person.rehearses(&["--java-trust-store"], &[US, "--version"]).ends(2).silent();
    assert_eq!(run.error()["code"], "no-keytool");
    assert!(run.error()["remedy"].as_str().is_some_and(|remedy| remedy.contains("JAVA_HOME")), "{}", run.shown());
}

#[test]
fn nothing_is_left_behind() {
    let person = Person::new();
    person.rehearses(&["--quiet"], &[US, "apps", "list"]).ends(0);
    person.rehearses(&["--quiet"], &["no-such-program"]).ends(2);
    let left: Vec<_> = std::fs::read_dir(person.home()).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert!(left.is_empty(), "{left:?}");
}
