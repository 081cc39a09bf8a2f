//! Who we are: the environment, a profile file, Azure's names, and what happens when none of it is right.

use crate::support::{APP, Account, Person, Store};
use serde_json::json;

#[test]
fn missing_credentials_are_named_all_at_once() {
    // Without an Azure CLI, which would be asked.
    let person = Person::new().env("PATH", "");
    let run = person.says("apps list").ends(2).silent();
    for name in ["FLIGHTLINE_TENANT_ID", "FLIGHTLINE_CLIENT_ID", "FLIGHTLINE_CLIENT_SECRET"] {
        assert!(run.err.contains(name), "{}", run.shown());
    }
    assert_eq!(run.error()["code"], "no-credentials");
    // Set to nothing is how a CI system passes on a secret that it does not have.
    let run = person.env("FLIGHTLINE_TENANT_ID", "t").env("FLIGHTLINE_CLIENT_SECRET", " ").says("apps list").ends(2);
    assert!(!run.err.contains("FLIGHTLINE_TENANT_ID") && run.err.contains("FLIGHTLINE_CLIENT_SECRET"), "{}", run.shown());
}

#[test]
fn azures_own_names_serve_where_ours_are_absent() {
    let store = Store::start();
    let names = ["TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"];
    let values: Vec<String> = ["tenantId", "clientId", "clientSecret"].iter().map(|name| store.says(name).to_owned()).collect();
    let mut person = store.person();
    for (name, value) in names.iter().zip(&values) {
        person = person.without(&format!("FLIGHTLINE_{name}")).env(&format!("AZURE_{name}"), value);
    }
    person.says("apps list").ends(0);
    let person = person.env("FLIGHTLINE_CLIENT_SECRET", "another");
    person.says("apps list").ends(3);
}

#[test]
fn a_profile_holds_what_the_environment_does_not() {
    let store = Store::start();
    let person = Person::new().env("PATH", "");
    let quoted = |name: &str| serde_json::to_string(store.says(name)).expect("JSON");
    let profile = format!(
        "[profiles.default]\ntenant-id = \"nobody\"\n\n[profiles.harbour]\ntenant-id = {}\nclient-id = {}\nclient-secret = {}\n\
         api-url = {}\nlogin-url = {}\nca-file = {}\n",
        quoted("tenantId"),
        quoted("clientId"),
        quoted("clientSecret"),
        quoted("api"),
        quoted("login"),
        quoted("ca")
    );
    person.file("profiles.toml", profile);
    person.says("apps list --config profiles.toml --profile harbour").ends(0);
    person.says("apps list --config profiles.toml").ends(2).tells("FLIGHTLINE_CLIENT_ID, FLIGHTLINE_CLIENT_SECRET");
    let run = person.says("apps list --config profiles.toml --profile harbor").ends(2);
    assert_eq!(run.error()["code"], "no-profile");
    run.tells("default, harbour");
    person.says("apps list --config nowhere.toml").ends(2).tells("nowhere.toml");
    person.says("apps list --profile harbour").ends(2).tells("profiles.toml");
}

#[test]
fn a_bad_profile_is_described_without_its_secret() {
    let person = Person::new();
    for (content, line) in [
        ("[profiles.default]\nclient-secret = \"hush-hush\n", 2),
        ("[profiles.default]\nclient-secret = hush-hush\n", 2),
        ("[profiles.default]\ntenant-id = \"t\"\nclient-secrte = \"hush-hush\"\n", 3),
        ("[profiles.default]\nclient-secret = [\"hush-hush\"]\n", 2),
        ("client-secret = \"hush-hush\"\n", 1),
    ] {
        person.file("bad.toml", content);
        let run = person.says("apps list --config bad.toml -vv").ends(2);
        assert_eq!(run.error()["code"], "profile-unreadable");
        assert!(run.err.contains(&format!("line {line}")) && !run.err.contains("hush"), "{content:?}: {}", run.shown());
    }
    person.file("bad.toml", [0xff, 0xfe, 0x00]);
    person.says("apps list --config bad.toml").ends(2);
}

#[test]
fn what_entra_refuses_is_said_with_what_to_correct() {
    let store = Store::start();
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (name, wrong) in
        [("FLIGHTLINE_CLIENT_SECRET", "wrong~secret"), ("FLIGHTLINE_TENANT_ID", nobody), ("FLIGHTLINE_CLIENT_ID", nobody)]
    {
        let run = store.person().env(name, wrong).says(&format!("status --app {APP}")).ends(3).silent();
        let error = run.error();
        assert!(error["remedy"].as_str().is_some_and(|remedy| remedy.contains(name)), "{}", run.shown());
        assert!(error["code"].as_str().is_some_and(|code| code.starts_with("AADSTS")), "{}", run.shown());
        assert!(!run.err.contains("wrong~secret"), "{}", run.shown());
    }
}

#[test]
fn an_application_without_a_role_is_told_which_it_needs() {
    let store = Store::of(&Account::sample().with("/role", json!("none")));
    let run = store.person().says(&format!("status --app {APP}")).ends(3);
    run.tells("role Manager");
}

#[test]
fn an_app_that_is_not_there_is_not_found() {
    let store = Store::start();
    let person = store.person();
    let run = person.says("status --app 9NNOTTHERE01").ends(6);
    assert!(run.err.contains("9NNOTTHERE01") && run.err.contains("flightline apps list"), "{}", run.shown());
    person.says("apps get 9NNOTTHERE01").ends(6);
    person.says("status --app not/an/id").ends(2).tells("not/an/id");
}
