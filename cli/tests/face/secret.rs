//! Nothing that opens a door is ever written anywhere.

use crate::support::{APP, Msix, Person, Store, stub};
use std::path::Path;

/// Everything in a folder and below, as text.
fn files(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, text);
        } else if path.extension().is_none_or(|extension| extension != "msix" && extension != "toml") {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file")));
        }
    }
}

/// Fails if a secret, a token or a signature is in the text.
fn clean(what: &str, text: &str, secret: &str) {
    let lower = text.to_ascii_lowercase();
    assert!(!text.contains(secret), "the client secret is in {what}:\n{text}");
    assert!(!text.contains("eyJ"), "a token is in {what}:\n{text}");
    for (at, _) in lower.match_indices("sig=").chain(lower.match_indices("sig%3d")) {
        let value = &text[at + 4..];
        assert!(value.trim_start_matches("3d").starts_with("[redacted]"), "a signature is in {what}:\n{text}");
    }
}

#[test]
fn no_secret_is_in_anything_that_a_run_writes() {
    let store = Store::manual();
    let secret = store.says("clientSecret").to_owned();
    let person = store.person();
    let package = Msix { size: 10 << 20, ..Msix::version("1.1.0.0") }.give(&person);
    let publish = format!("publish {package} --app {APP} -vv --timeout 1s");
    let mut runs = Vec::new();
    for output in ["ndjson", "json", "table"] {
        runs.push(person.says(&format!("{publish} --output {output}")).ends(8));
    }
    runs.push(person.says(&format!("submission get --app {APP} -vv")).ends(0));
    runs.push(person.says(&format!("submission status --app {APP} -vv")).ends(0));
    runs.push(person.says(&format!("api GET applications/{APP} -vv")).ends(0));
    let id = store.newest_id();
    let path = format!("applications/{APP}/submissions/{id}");
    runs.push(person.run(&["api", "GET", &path, "-vv"]).ends(0));
    let report = r#"{"errors":[{"code":"ServiceError","details":"GET https://b.example/x?sv=1&sig=AbC%2Bd&se=2 and Bearer eyJ0eXAiOiJKV1Qi.a.b"}],
        "certificationReports":[{"date":"2027-01-01T00:00:00Z","reportUrl":"https://r.example/?sig=AbC"}]}"#;
    store.control(&format!("POST /fail?submission={id}&status=CertificationFailed"), report);
    for output in ["json", "table", "ndjson"] {
        runs.push(person.says(&format!("status --app {APP} -vv --output {output}")).ends(0));
        runs.push(person.says(&format!("submission status --app {APP} -vv --output {output}")).ends(0));
        runs.push(person.says(&format!("submission watch --app {APP} -vv --output {output}")).ends(7));
    }
    runs.push(person.says(&publish));
    let mut kept = String::new();
    files(&person.state(), &mut kept);
    assert!(kept.contains("\"uploaded\""), "{kept}");
    clean("the state files", &kept, &secret);
    for run in &runs {
        clean("a run", &run.shown(), &secret);
    }
}

#[test]
fn no_secret_is_in_anything_that_a_failing_run_writes() {
    let store = Store::start();
    let secret = store.says("clientSecret").to_owned();
    let package = Msix::version("1.1.0.0");
    let publish = |person: Person| {
        let name = package.give(&person);
        let run = person.says(&format!("publish {name} --app {APP} -vv --output ndjson"));
        let mut kept = String::new();
        files(person.home(), &mut kept);
        clean("a failing run", &run.shown(), &secret);
        clean("its files", &kept, &secret);
        run
    };
    // A server that says everything it heard.
    let echo = stub::serve({
        let secret = secret.clone();
        move |head| {
            let body =
                format!("<p>{head} client_secret={secret} Bearer eyJ0eXAiOiJKV1Qi.a.b https://b.example/?sig=AbC%2Bd&x=1</p>");
            stub::answer("400 Bad Request", "text/html", &body)
        }
    });
    publish(store.person().env("FLIGHTLINE_LOGIN_URL", &echo)).ends(1);
    publish(store.person().env("FLIGHTLINE_API_URL", &echo)).ends(1);
    publish(store.person().env("FLIGHTLINE_CLIENT_ID", "wrong")).ends(3);
    publish(store.person().env("FLIGHTLINE_API_URL", &format!("https://user:{secret}@store.example/?x=1")));
    publish(store.person().env("FLIGHTLINE_CA_FILE", "nowhere.pem")).ends(2);

    // Blobs that are refused: nobody listens there, and somebody who says too much.
    let blobs = stub::serve(|head| {
        stub::answer(
            "403 Forbidden",
            "application/xml",
            &format!("<Error><Code>AuthenticationFailed</Code><Message>{head}</Message></Error>"),
        )
    });
    let refusing = Store::with(&["--pace", "instant", "--blob-url", &blobs]);
    publish(refusing.person()).ends(1).tells("AuthenticationFailed");
    let person = refusing.person();
    person.file("a.zip", "PK");
    let run = person.says(&format!("submission upload --app {APP} --file a.zip -vv"));
    clean("an upload", &run.shown(), &secret);

    // A profile with a mistake beside its secret.
    let person = Person::new();
    person.file("p.toml", format!("[profiles.default]\nclient-secret = \"{secret}\" oops\n"));
    let run = person.says("apps list --config p.toml -vv").ends(2);
    clean("a profile error", &run.shown(), &secret);
}

#[test]
fn the_emulators_own_log_is_clean_too() {
    let store = Store::start();
    let person = store.person();
    let package = Msix { size: 10 << 20, ..Msix::version("1.1.0.0") }.give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(0);
    let state = store.control("GET /state", "").to_string();
    assert!(!state.contains(store.says("clientSecret")) && !state.contains("eyJ"), "{state}");
    assert!(state.to_ascii_lowercase().match_indices("sig=").all(|(at, _)| state[at + 4..].starts_with("REDACTED")), "{state}");
}
