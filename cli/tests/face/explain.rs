//! `flightline explain`: what the codes mean, and that every code that can be met is explained.

use crate::support::{APP, Msix, Person, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows that a command line shows.
fn rows(person: &Person, line: &str) -> Vec<Value> {
    person.says(line).ends(0).json().as_array().expect("a list").clone()
}

fn codes(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["code"].as_str()).collect()
}

#[test]
fn a_code_is_explained_in_any_case_and_form() {
    let person = Person::new();
    for (line, code) in [
        ("explain AADSTS7000215", "AADSTS7000215"),
        ("explain aadsts7000215", "AADSTS7000215"),
        ("explain 7000215", "AADSTS7000215"),
        ("explain COMMITFAILED", "CommitFailed"),
        ("explain HTTP 429", "429"),
        ("explain exit 9", "9"),
        ("explain slot-busy", "slot-busy"),
        ("explain 10.4.2", "10.4.2"),
        ("explain packagevalidationf", "PackageValidationFailed"),
    ] {
        let rows = rows(&person, line);
        assert_eq!(codes(&rows), [code], "{line}");
    }
    let run = person.run(&["explain", "error: could not sign in: AADSTS700016: Application with identifier 'x' was not found"]);
    assert_eq!(codes(run.ends(0).json().as_array().expect("a list")), ["AADSTS700016"]);
    let table = person.says("explain invalidarchive --output table").ends(0);
    let table = table.shows("InvalidArchive").shows("meaning").shows("what to do");
    assert!(table.err.is_empty(), "{}", table.shown());
    table.shows("https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#submission-status-code");
}

#[test]
fn a_code_that_is_not_known_is_not_guessed() {
    let person = Person::new();
    let run = person.says("explain MisingFiles").ends(6).silent().tells("did you mean MissingFiles");
    assert_eq!(run.error()["code"], "unknown-code");
    person.says("explain AADSTS9999999").ends(6).silent().tells("https://login.microsoftonline.com/error?code=9999999");
    person.says("explain xyzzy").ends(6).silent().tells("https://partner.microsoft.com/support");
    person.says("explain --search xyzzy").ends(6).silent().tells("nothing is said");
    person.says("explain --search").ends(2).silent();
    person.says("explain AADSTS7000215 --search secret").ends(2).silent();
    let long = "x".repeat(100_000);
    person.run(&["explain", &long]).ends(6).silent();
}

#[test]
fn words_are_searched_for_and_all_is_listed() {
    let person = Person::new();
    let found = rows(&person, "explain --search age rating");
    assert!(codes(&found).contains(&"InvalidMicrosoftAgeRating"), "{found:?}");
    let all = rows(&person, "explain");
    assert!(all.len() > 300, "{} codes", all.len());
    assert_eq!(person.says("explain --output ndjson").ends(0).lines(), all);
    person.says("explain --output table").ends(0).shows("AADSTS7000222").shows("zip-truncated");
}

/// The text between two marks of a source file.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from:?} is not in the file"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to:?} is not in the file")).0
}

/// The first text in quotes after each of these calls.
fn first_texts<'a>(source: &'a str, calls: &[&str]) -> Vec<&'a str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let calls = calls.iter().flat_map(|call| code.split(*call).skip(1));
    calls.filter_map(|rest| rest.split('"').nth(1)).collect()
}

/// Every text in quotes.
fn texts(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2)
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), std::fs::read_to_string(&path).expect("a source file")));
        }
    }
}

/// Every code that the program can end with, by reading its own sources.
fn said() -> BTreeSet<String> {
    let (mut said, mut files) = (BTreeSet::new(), Vec::new());
    sources(&root().join("cli/src"), &mut files);
    sources(&root().join("publish/src"), &mut files);
    let calls = ["Failure::usage(", "Failure::trouble(", "Failure::of(", "into_usage(", "Self::trouble(", "Fault::new("];
    for (_, text) in &files {
        said.extend(first_texts(text, &calls).into_iter().map(str::to_owned));
    }
    for file in ["publish/src/error.rs", "client/src/error.rs"] {
        let text = std::fs::read_to_string(root().join(file)).expect("a source file");
        said.extend(texts(between(&text, "pub fn code(&self) -> String {", "\n    }\n")).map(str::to_owned));
    }
    let text = std::fs::read_to_string(root().join("client/src/auth/fault.rs")).expect("a source file");
    said.extend(texts(between(&text, "pub const fn code(self)", "\n    }\n")).map(str::to_owned));
    // Words that are put together are not codes by themselves: Entra's numbers, and a list of faults with codes of their own.
    said.retain(|code| !code.contains('{'));
    said
}

#[test]
fn every_code_of_our_own_is_explained_and_no_other() {
    let all = rows(&Person::new(), "explain");
    let said = said();
    assert!(said.len() > 70, "{said:?}");
    let known = |family: &[&str]| -> BTreeSet<String> {
        let of_family = all.iter().filter(|row| family.contains(&row["family"].as_str().expect("a family")));
        of_family.filter_map(|row| row["code"].as_str()).map(str::to_owned).collect()
    };
    let explained = known(&["flightline", "package", "status"]);
    let missing: Vec<&String> = said.difference(&explained).collect();
    assert!(missing.is_empty(), "add them to cli/src/explanation: {missing:?}");
    let ours = known(&["flightline"]);
    let idle: Vec<&String> = ours.difference(&said).collect();
    assert!(idle.is_empty(), "explained, and never said: {idle:?}");
    let help = Person::new().says("--help").ends(0).out;
    let exits = known(&["exit"]);
    let told = |code: &String| help.contains(&format!(" {code}  "));
    assert!(exits.len() == 14 && exits.iter().all(told), "{exits:?}");
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// What the emulator answers as Entra and Azure do, they do.
#[test]
fn every_code_that_the_emulator_answers_is_explained() {
    let all = rows(&Person::new(), "explain");
    let known = |family: &str, code: &str| all.iter().any(|row| row["family"] == family && row["code"] == code);
    let azure = std::fs::read_to_string(root().join("emulator/src/blobs/refusal.rs")).expect("a source file");
    let azure = texts(between(&azure, "fn words(self)", "\n    }\n")).filter(|text| !text.contains(' '));
    let azure: Vec<&str> = azure.collect();
    assert!(azure.len() > 30, "{azure:?}");
    let unknown: Vec<&&str> = azure.iter().filter(|code| !known("azure", code)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");

    let mut files = Vec::new();
    sources(&root().join("emulator/src/entra"), &mut files);
    let mut numbers = BTreeSet::new();
    for (_, text) in &files {
        for call in ["Refusal::request(", "Self::request(", "Refusal::client(", "Self::client(", "number: "] {
            // The number is the first argument, or stands after the word of OAuth.
            let arguments = text.split(call).skip(1).filter_map(|rest| rest.get(..60));
            let words = arguments
                .filter_map(|rest| rest.split([',', '(']).map(str::trim).find(|word| word.contains('_') && is_number(word)));
            numbers.extend(words.filter_map(|word| word.replace('_', "").parse::<u32>().ok()));
        }
    }
    assert!(numbers.len() > 10, "{numbers:?}");
    let unknown: Vec<&u32> = numbers.iter().filter(|number| !known("entra", &format!("AADSTS{number}"))).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn an_error_of_somebody_else_leads_to_its_explanation() {
    let store = Store::start();
    let refused = store.person().env("FLIGHTLINE_CLIENT_SECRET", "another").says("apps list").ends(3);
    refused.tells("`flightline explain AADSTS7000215` says more");
    // Our own errors say all there is to say.
    let run = store.person().says(&format!("publish nowhere.msix --app {APP}")).ends(2);
    assert!(!run.err.contains("flightline explain"), "{}", run.shown());

    let store = Store::manual();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.says(&format!("publish {package} --app {APP} --timeout 1s")).ends(8);
    let details = json!({ "errors": [{ "code": "PackageValidationFailed", "details": "The package does not start." }] });
    store.control(&format!("POST /fail?submission={}&status=CertificationFailed", store.newest_id()), &details.to_string());
    person.says("resume").ends(7).tells("`flightline explain PackageValidationFailed` says more");
}

/// What an error says to do is what the table says: there is one.
#[test]
fn a_hint_is_the_remedy_of_the_table() {
    let store = Store::start();
    let person = store.person();
    let run = person.says("apps get 9NNOTTHERE01").ends(6);
    let row = &rows(&person, "explain 404")[0];
    assert_eq!(run.error()["remedy"], row["remedy"]);
    let run = store.person().env("FLIGHTLINE_CLIENT_ID", "00000000-0000-0000-0000-000000000000").says("apps list").ends(3);
    let error = run.error();
    let row = &rows(&person, &format!("explain {}", error["code"].as_str().expect("a code")))[0];
    assert_eq!(error["remedy"], row["remedy"]);
}

/// The page of all codes.
fn page(all: &[Value]) -> String {
    let mut page = "# Codes\n\n\
        What every code means that a publish can end with, and what to do about it. `flightline explain <CODE>` says the same, and\n\
        `flightline explain --search <WORDS>` finds a code by what is said about it. This page is made from the same table: run\n\
        `UPDATE_EXPECT=1 cargo test -p flightline --test face explain` after a change of it.\n"
        .to_owned();
    let titles = [
        ("exit", "Exit codes of flightline"),
        ("flightline", "Codes of flightline"),
        ("package", "Faults in packages"),
        ("status", "Statuses of a submission"),
        ("detail", "Status details of a submission"),
        ("validation", "Words of a failed commit"),
        ("refusal", "Refusals of the submission API"),
        ("http", "HTTP statuses of the submission API"),
        ("policy", "Store Policies, in certification reports"),
        ("entra", "Entra, at sign-in"),
        ("azure", "Azure's blob service, at the upload"),
    ];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = |value: &Value| -> Vec<String> { value.as_array().expect("a list").iter().map(text).collect() };
    let families: BTreeSet<String> = all.iter().map(|row| text(&row["family"])).collect();
    assert_eq!(families, titles.iter().map(|(family, _)| (*family).to_owned()).collect());
    for (family, title) in titles {
        page.push_str(&format!("\n## {title}\n"));
        for row in all.iter().filter(|row| row["family"] == family) {
            page.push_str(&format!("\n### {}\n\nMeaning: {}.\n", text(&row["code"]), text(&row["meaning"])));
            let causes: Vec<String> = list(&row["causes"]).iter().map(|cause| format!("- {cause}\n")).collect();
            if !causes.is_empty() {
                page.push_str(&format!("\nUsual causes:\n\n{}", causes.concat()));
            }
            page.push_str(&format!("\nWhat to do: {}.\n", text(&row["remedy"])));
            let source = |source: &String| match source.starts_with("https://") {
                true => format!("<{source}>"),
                false => format!("[{source}](observed.md#{})", source.to_lowercase()),
            };
            let sources: Vec<String> = list(&row["sources"]).iter().map(source).collect();
            if !sources.is_empty() {
                page.push_str(&format!("\nKnown from: {}\n", sources.join(", ")));
            }
        }
    }
    page
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an update of the golden file is asked for in the environment")]
fn the_page_of_codes_is_the_table() {
    let text = page(&rows(&Person::new(), "explain"));
    let file = root().join("docs/codes.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &text).expect("the page is written");
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    let difference = golden.lines().zip(text.lines()).find(|(old, new)| old != new);
    assert!(golden == text, "docs/codes.md is not what the table says (UPDATE_EXPECT=1 writes it), first at {difference:?}");
    let observed = std::fs::read_to_string(root().join("docs/observed.md")).expect("the page");
    for id in text.split("](observed.md#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(observed.contains(&format!("\n### {}\n", id.to_uppercase())), "{id}");
    }
}
