//! The ways to sign in beside the secret, as people set them up; which one is used and why; and a doctor for when none works.

#[cfg(unix)]
use crate::support::Person;
use crate::support::{Account, Run, Store, stub};
use serde_json::{Value, json};
use std::path::Path;

const PASSWORD: &str = "Füße & Öl";

/// A file of the client's own tests for certificates.
fn file(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/credential/files").join(name);
    file.to_str().expect("a plain path").to_owned()
}

fn pem(name: &str) -> Value {
    std::fs::read_to_string(file(name)).expect("a certificate").into()
}

/// A Store that knows the certificates.
fn store() -> Store {
    Store::of(&Account::sample().with("/certificates", json!([pem("rsa.crt"), pem("ec.crt")])))
}

/// Fails if something that opens a door was written.
fn clean(run: Run) -> Run {
    let text = run.shown();
    for secret in ["eyJ", PASSWORD, "sample-secret", "hush-hush"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    run
}

/// The state of one of a doctor's checks, and all that is said there.
fn check(run: &Run, name: &str) -> (String, String) {
    let document = run.json();
    let found = document["checks"].as_array().expect("a list").iter().find(|check| check["check"] == name);
    let found = found.unwrap_or_else(|| panic!("no {name}: {}", run.shown()));
    (found["state"].as_str().expect("a state").to_owned(), format!("{} {}", found["message"], found["remedy"]))
}

#[test]
fn the_status_says_which_credential_is_used_and_what_its_token_says() {
    let store = store();
    let person = store.person();
    let run = clean(person.says("auth status").ends(0));
    let status = run.json();
    assert_eq!((&status["method"], &status["because"]), (&json!("client-secret"), &json!("FLIGHTLINE_CLIENT_SECRET is set")));
    assert_eq!(
        (&status["tenantId"], &status["token"]["tenantId"]),
        (&json!(store.says("tenantId")), &json!(store.says("tenantId")))
    );
    assert_eq!(status["token"]["clientId"], store.says("clientId"));
    assert_eq!((&status["token"]["bearer"], &status["token"]["roles"]), (&json!("application"), &json!([])));
    assert!(status["token"]["expiresIn"].as_u64().is_some_and(|seconds| (3000..=3600).contains(&seconds)), "{status}");
    assert!(status["token"]["expires"].as_str().is_some_and(|date| date.ends_with('Z')), "{status}");
    assert_eq!(clean(person.says("auth status --output ndjson -vv").ends(0)).lines().len(), 1);
    clean(person.says("auth status --output table").ends(0)).shows("token.expiresIn").shows("client-secret");
    // Where no token comes of it, it is shown all the same.
    let run = clean(person.env("FLIGHTLINE_CLIENT_SECRET", "hush-hush").says("auth status").ends(3));
    assert_eq!((&run.json()["method"], &run.json()["token"]), (&json!("client-secret"), &Value::Null));
    assert_eq!(run.error()["code"], "AADSTS7000215");
}

#[test]
fn certificates_sign_in_from_the_environment_and_from_a_profile() {
    let store = store();
    let person = || store.person().without("FLIGHTLINE_CLIENT_SECRET");
    let pfx = person().env("FLIGHTLINE_CERTIFICATE_FILE", &file("modern.pfx")).env("FLIGHTLINE_CERTIFICATE_PASSWORD", PASSWORD);
    clean(pfx.says("apps list -vv").ends(0));
    let status = clean(pfx.says("auth status").ends(0)).json();
    assert_eq!((&status["method"], &status["certificate"]["thumbprint"]), (&json!("certificate"), &thumbprint()));
    let azures = person().env("AZURE_CLIENT_CERTIFICATE_PATH", &file("ec-no-password.pfx"));
    let because = azures.says("auth status").ends(0).json()["because"].clone();
    assert_eq!(because, "AZURE_CLIENT_CERTIFICATE_PATH is set");
    let profile = person();
    let quoted = serde_json::to_string(&file("modern.pfx")).expect("JSON");
    profile.file("p.toml", format!("[profiles.default]\ncertificate-file = {quoted}\ncertificate-password = \"{PASSWORD}\"\n"));
    clean(profile.says("apps list --config p.toml").ends(0));
}

/// That of `rsa.crt`, as `openssl x509 -fingerprint` has it.
fn thumbprint() -> Value {
    std::fs::read_to_string(file("rsa.thumbprint")).expect("a thumbprint").trim().into()
}

#[test]
fn a_certificate_that_cannot_be_used_is_wrong_input_and_says_why() {
    let store = store();
    let person = || store.person().without("FLIGHTLINE_CLIENT_SECRET");
    let with = |name: &str| person().env("FLIGHTLINE_CERTIFICATE_FILE", &file(name));
    for (person, code, words) in [
        (with("modern.pfx"), "CertificatePassword", "wants a password"),
        (with("modern.pfx").env("FLIGHTLINE_CERTIFICATE_PASSWORD", "hush-hush"), "CertificatePassword", "does not open it"),
        (with("rsa.crt"), "BadCertificate", "holds no private key"),
        (with("README.md"), "BadCertificate", "neither PEM nor a PFX"),
        (with("nowhere.pem"), "CredentialUnreadable", "nowhere.pem"),
    ] {
        for command in ["apps list -vv", "auth status", "auth doctor"] {
            let run = clean(person.says(command).ends(2).silent());
            assert!(run.error()["code"] == code && run.err.contains(words), "{words}: {}", run.shown());
        }
    }
    assert!(store.requests().is_empty());
}

#[test]
fn machines_in_azure_sign_in_without_any_secret() {
    let store = store();
    let login = store.says("login").to_owned();
    let person = || store.person().without("FLIGHTLINE_CLIENT_SECRET").without("FLIGHTLINE_CLIENT_ID");
    let machine = person().env("FLIGHTLINE_AUTH", "managed-identity").env("FLIGHTLINE_IMDS_URL", &login);
    clean(machine.says("apps list -vv").ends(0));
    let because = machine.says("auth status").ends(0).json()["because"].clone();
    assert_eq!(because, "FLIGHTLINE_AUTH says \"managed-identity\"");
    let service = |header: &str| {
        person().env("IDENTITY_ENDPOINT", &format!("{login}/msi/token")).env("IDENTITY_HEADER", header).says("auth status -vv")
    };
    assert_eq!(clean(service(store.says("clientSecret")).ends(0)).json()["method"], "managed-identity");
    let run = clean(service("hush-hush").ends(3));
    assert_eq!(run.error()["code"], "NoManagedIdentity");
}

#[test]
fn a_token_that_was_given_is_refused_in_words() {
    let store = store();
    for (token, code) in [
        ("eyJ0eXAiOiJKV1QifQ.eyJleHAiOjEwMDAwMDAwMDB9.c2ln", "AccessTokenExpired"),
        ("eyJ0eXAiOiJKV1QifQ.eyJleHAiOjQwMDAwMDAwMDB9.c2ln", "AccessTokenRefused"),
        ("opaque", "AccessTokenRefused"),
    ] {
        // The token comes first, though there is a secret as well.
        let run = clean(store.person().env("FLIGHTLINE_ACCESS_TOKEN", token).says("apps list -vv").ends(3).silent());
        assert_eq!(run.error()["code"], code);
        run.tells("FLIGHTLINE_ACCESS_TOKEN");
    }
}

#[test]
fn a_way_that_is_asked_for_is_the_only_one() {
    let store = store();
    let run = store.person().env("FLIGHTLINE_AUTH", "keyring").says("apps list").ends(2).silent();
    assert_eq!(run.error()["code"], "unknown-auth");
    run.tells("managed-identity");
    let run = store.person().env("FLIGHTLINE_AUTH", "certificate").says("apps list").ends(2).silent();
    run.tells("no credentials: FLIGHTLINE_CERTIFICATE_FILE not set");
    let run = store.person().env("FLIGHTLINE_AUTH", "az").env("PATH", "").says("apps list").ends(2).silent();
    run.tells("az is not on the PATH");
}

/// Somebody with an `az` of their own on the PATH.
#[cfg(unix)]
fn with_az(script: &str) -> Person {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::new();
    let az = person.file("az", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let path = person.home().to_str().expect("a plain path").to_owned();
    person.env("PATH", &path)
}

#[cfg(unix)]
#[test]
fn the_azure_cli_is_asked_where_nothing_else_is_set() {
    let token = "eyJ0eXAiOiJKV1QifQ.eyJhcHBpZCI6ImMiLCJ0aWQiOiJ0IiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln";
    let script = format!(
        "echo \"$@\" >> \"$HOME/asked\"\necho 'WARNING: hm' >&2\n\
         echo '{{\"accessToken\": \"{token}\", \"expiresOn\": \"2030-01-01 00:00:00.000000\", \"tokenType\": \"Bearer\"}}'"
    );
    let api = stub::serve(|_| {
        let list = r#"{"value":[{"id":"9NBELLBUOY01","primaryName":"Bell Buoy"}],"totalCount":1}"#;
        stub::answer("200 OK", "application/json", list)
    });
    let person = with_az(&script).env("FLIGHTLINE_API_URL", &api);
    let status = clean(person.says("auth status -vv").ends(0)).json();
    assert_eq!((&status["method"], &status["because"]), (&json!("az"), &json!("nothing else is set, and az is on the PATH")));
    assert_eq!((&status["token"]["tenantId"], &status["token"]["bearer"]), (&json!("t"), &json!("application")));
    clean(person.says("apps list").ends(0)).shows("Bell Buoy");
    let asked = std::fs::read_to_string(person.home().join("asked")).expect("it was asked");
    assert!(asked.lines().count() == 2 && !asked.contains("--tenant"), "{asked}");
    clean(person.env("FLIGHTLINE_TENANT_ID", "harbour.example").says("auth doctor").ends(0));
}

#[cfg(unix)]
#[test]
fn the_azure_cli_is_asked_as_the_manual_says_and_quoted_where_it_refuses() {
    let person = with_az("echo \"$@\" > \"$HOME/asked\"\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1");
    let person = person.env("FLIGHTLINE_TENANT_ID", "t;echo x");
    let run = clean(person.says("apps list").ends(3).silent());
    assert_eq!(run.error()["code"], "AzureCliFailed");
    run.tells("Please run 'az login'");
    let asked = std::fs::read_to_string(person.home().join("asked")).expect("it was asked");
    let resource = "https://manage.devcenter.microsoft.com";
    assert_eq!(asked, format!("account get-access-token --resource {resource} --output json --tenant t;echo x\n"));
    for script in ["echo '{}'", "echo 'hello'", "exec /nowhere/to/be"] {
        let run = clean(with_az(script).says("apps list").ends(3).silent());
        assert_eq!(run.error()["code"], "AzureCliFailed");
    }
    // Who names an application means that one.
    with_az("exit 1").env("FLIGHTLINE_CLIENT_ID", "c").says("apps list").ends(2).tells("FLIGHTLINE_CLIENT_SECRET not set");
}

#[test]
fn a_doctor_finds_nothing_where_all_is_well() {
    let store = store();
    let person = store.person();
    let run = clean(person.says("auth doctor").ends(0));
    for name in ["credential", "sign-in", "clock", "store"] {
        assert_eq!(check(&run, name).0, "ok", "{}", run.shown());
    }
    assert!(check(&run, "store").1.contains("app"), "{}", run.shown());
    assert_eq!(clean(person.says("auth doctor --output ndjson").ends(0)).lines().len(), 4);
    clean(person.says("auth doctor --output table").ends(0)).shows("sign-in");
    assert!(store.writes().is_empty(), "it only looks");
}

#[test]
fn a_doctor_says_what_is_wrong() {
    let wrong = store();
    let run = clean(wrong.person().env("FLIGHTLINE_CLIENT_SECRET", "hush-hush").says("auth doctor").ends(3));
    let (state, words) = check(&run, "sign-in");
    assert!(state == "failed" && words.contains("AADSTS7000215") && words.contains("not its id"), "{}", run.shown());
    assert_eq!(check(&run, "store").0, "skipped");

    let nobody = Store::of(&Account::sample().with("/role", json!("none")));
    let run = clean(nobody.person().says("auth doctor").ends(3));
    assert_eq!(check(&run, "sign-in").0, "ok");
    let (state, words) = check(&run, "store");
    assert!(state == "failed" && words.contains("role Manager"), "{}", run.shown());

    let none = ["/applications", "/inAppProducts", "/flights"].into_iter();
    let empty = Store::of(&none.fold(Account::sample(), |account, name| account.with(name, json!([]))));
    let run = clean(empty.person().says("auth doctor").ends(3));
    assert_eq!(run.error()["code"], "no-apps");
    assert!(check(&run, "store").1.contains("another account"), "{}", run.shown());

    // A token that was given for another thing, and is a person's.
    let token = "eyJ0eXAiOiJKV1QifQ.eyJzY3AiOiJ1c2VyIiwiYXBwaWQiOiJjIn0.c2ln";
    let run = clean(wrong.person().env("FLIGHTLINE_ACCESS_TOKEN", token).says("auth doctor").ends(3));
    assert!(check(&run, "sign-in").1.contains("a person's"), "{}", run.shown());
    assert!(check(&run, "store").1.contains("FLIGHTLINE_ACCESS_TOKEN"), "{}", run.shown());
}

#[test]
fn a_doctor_knows_a_page_in_between_and_a_clock_that_is_wrong() {
    let store = store();
    let page = stub::serve(|_| stub::answer("200 OK", "text/html", "<html><title>Harbour Hotel</title>Please sign in</html>"));
    let run = clean(store.person().env("FLIGHTLINE_LOGIN_URL", &page).says("auth doctor").ends(1));
    assert!(check(&run, "sign-in").1.contains("proxy"), "{}", run.shown());
    assert_eq!(run.error()["code"], "NotTheStore");
    let run = clean(store.person().env("FLIGHTLINE_API_URL", &page).says("auth doctor").ends(1));
    assert!(check(&run, "store").1.contains("proxy"), "{}", run.shown());

    let tomorrow = stub::serve(|_| {
        let said = r#"{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}"#;
        let answer = stub::answer("401 Unauthorized", "application/json", said);
        answer.replacen("\r\n", "\r\nDate: Fri, 01 Jan 2100 00:00:00 GMT\r\n", 1)
    });
    let run = clean(store.person().env("FLIGHTLINE_LOGIN_URL", &tomorrow).says("auth doctor").ends(3));
    let (state, words) = check(&run, "clock");
    assert!(state == "warning" && words.contains("behind"), "{}", run.shown());
    assert!(check(&run, "sign-in").1.contains("clock"), "{}", run.shown());
}

#[test]
fn a_sign_in_that_is_tried_again_says_so_where_more_is_asked_for() {
    for verbose in [true, false] {
        let store = Store::with(&["--pace", "manual", "--fault", "token=503"]);
        let mut args = vec!["apps", "list"];
        args.extend(verbose.then_some("-v"));
        let run = store.person().run(&args).ends(0);
        assert_eq!(run.err.contains("could not sign in; trying again"), verbose, "{}", run.shown());
    }
}
