//! Variables and flags, as CI systems set them.

use crate::support::{APP, Msix, Person, Store, stub};

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_OUTPUT", "").env("FLIGHTLINE_PROFILE", "").env("FLIGHTLINE_CONFIG", " ");
    assert!(person.says("apps list").ends(0).json().is_array());
    let person = person.env("FLIGHTLINE_APP", "");
    person.says("status").ends(2).tells("--app <ID>");
    person.says(&format!("status --app {APP}")).ends(0);
}

#[test]
fn a_flag_goes_before_its_variable() {
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", "9NNOTTHERE01").env("FLIGHTLINE_OUTPUT", "Table");
    person.says("status").ends(6);
    person.says(&format!("status --app {APP}")).ends(0).shows("Harbour Lights (");
    person.says(&format!("--output json status --app {APP}")).ends(0).json();
}

#[test]
fn an_app_is_the_same_however_its_id_is_written() {
    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.run(&["publish", &package, "--app", &APP.to_ascii_lowercase(), "--timeout", "1s"]).ends(8);
    let api = format!("{}/", store.says("api"));
    let person = person.env("FLIGHTLINE_API_URL", &api);
    person.run(&["publish", &package, "--app", APP, "--timeout", "1s"]).ends(8);
    let files = std::fs::read_dir(person.state()).expect("a folder").filter_map(|file| file.ok()?.file_name().into_string().ok());
    assert_eq!(files.filter(|name| name.ends_with(".jsonl")).count(), 1);
}

#[test]
fn words_of_others_cannot_steer_the_terminal() {
    let page = "\u{1b}]0;title\u{7}\u{1b}[2Jgone";
    let body = format!("{{\"code\": \"InvalidState\", \"message\": {}}}", serde_json::to_string(page).expect("JSON"));
    let base = stub::serve(move |head| {
        if head.contains("/oauth2/") { stub::token() } else { stub::answer("409 Conflict", "application/json", &body) }
    });
    let mut person = Person::new().env("FLIGHTLINE_API_URL", &base).env("FLIGHTLINE_LOGIN_URL", &base);
    for name in ["FLIGHTLINE_TENANT_ID", "FLIGHTLINE_CLIENT_ID", "FLIGHTLINE_CLIENT_SECRET"] {
        person = person.env(name, "x");
    }
    // Forced colours stand for a terminal.
    let run = person.env("CLICOLOR_FORCE", "1").says("apps list --output table").ends(4).tells("gone");
    assert!(!run.err.contains("\u{1b}]") && !run.err.contains("\u{1b}[2J") && !run.err.contains('\u{7}'), "{}", run.shown());
}

#[test]
fn a_file_without_an_end_is_not_read_for_ever() {
    if cfg!(not(unix)) {
        return;
    }
    let store = Store::start();
    let person = store.person().env("FLIGHTLINE_APP", APP);
    person.says("submission update --input /dev/zero").ends(2).tells("/dev/zero");
    person.says("api POST applications --input /dev/zero").ends(2);
    person.says("apps list --config /dev/zero").ends(2);
    person.says("emulator --listen 127.0.0.1:0 --account /dev/zero").ends(2);
    person.says("submission upload --file /dev/zero").ends(2);
    person.says("publish /dev/zero").ends(2);
    assert_eq!(store.requests(), Vec::<String>::new());
}
