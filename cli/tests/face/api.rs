//! `flightline api`: any method, signed in.

use crate::support::account::LIVE;
use crate::support::{APP, Store};

#[test]
fn any_path_can_be_read_however_it_is_written() {
    let store = Store::start();
    let person = store.person();
    for path in ["applications", "/applications", "/v1.0/my/applications", "v1.0/my/applications"] {
        let apps = person.run(&["api", "GET", path]).ends(0).json();
        assert_eq!(apps["value"][0]["id"], APP, "{path}");
    }
    let page = person.says("api get inappproducts?top=1").ends(0).json();
    assert_eq!(page["value"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_submission_can_be_made_written_and_deleted() {
    let store = Store::start();
    let person = store.person();
    let path = format!("applications/{APP}/submissions");
    let run = person.run(&["api", "POST", &path]).ends(0);
    let mut draft = run.json();
    assert!(draft["fileUploadUrl"].as_str().is_some_and(|url| url.contains("sig=[redacted]")), "{}", run.shown());
    let one = format!("{path}/{}", draft["id"].as_str().expect("an id"));
    draft["notesForCertification"] = "Open a chart.".into();
    person.file("draft.json", draft.to_string());
    let stored = person.run(&["api", "PUT", &one, "--input", "draft.json"]).ends(0).json();
    assert_eq!(stored["notesForCertification"], "Open a chart.");
    let again = person.run_with(&["api", "PUT", &one, "--input", "-"], &draft.to_string()).ends(0).json();
    assert_eq!(again["notesForCertification"], "Open a chart.");
    person.run(&["api", "DELETE", &one]).ends(0).silent();
    person.run(&["api", "GET", &one]).ends(6).silent().tells("ResourceNotFound");
    let live = person.run(&["api", "DELETE", &format!("{path}/{LIVE}")]).ends(4);
    assert!(live.error()["correlationId"].is_string(), "{}", live.shown());
}

#[test]
fn a_path_that_leads_elsewhere_is_not_called() {
    let store = Store::start();
    let person = store.person();
    for path in ["../secrets", "https://example.org/x", "a b", "appl\u{e9}", "applications/\n"] {
        let run = person.run(&["api", "GET", path]).ends(2);
        assert_eq!(run.error()["code"], "bad-path", "{path:?}");
    }
    person.says("api PATCH applications").ends(2);
    person.says("api GET").ends(2);
    assert_eq!(store.requests(), Vec::<String>::new());
}
