//! Packages and notes that cannot be published: named, with what to do, and the Store untouched.

use crate::support::{APP, Account, Msix, Person, Store};

/// What is wrong with files, as the codes of one run that must not have asked the Store anything.
fn codes(person: &Person, files: &[&str]) -> Vec<String> {
    let args = [&["publish", "--app", APP], files].concat();
    let run = person.run(&args).ends(2).silent();
    for file in files.iter().filter(|file| **file != "--notes") {
        assert!(run.err.contains(file), "{file} is not named: {}", run.shown());
    }
    assert!(run.error()["remedy"].is_string(), "{}", run.shown());
    let details = run.error()["details"].as_array().expect("a list").clone();
    let code = |detail: &serde_json::Value| detail.as_str().and_then(|text| text.split(':').next()).unwrap_or("?").to_owned();
    details.iter().map(code).collect()
}

#[test]
fn a_broken_package_is_refused_before_the_store_hears_of_it() {
    let store = Store::start();
    let person = store.person();
    let good = Msix::version("1.1.0.0").bytes();
    person.file("Empty.msix", []);
    person.file("Cut.msix", &good[..good.len() / 2]);
    person.file("Page.msix", "<!doctype html><title>404</title>".repeat(40));
    person.file("Locked.emsix", &good);
    person.file("Hidden.msix", [b"EXPH".as_slice(), &[7; 500]].concat());
    person.file("App.exe", &good);
    person.file("Zero.msix", Msix::version("0.1.0.0").bytes());
    person.file("Four.msix", Msix::version("1.1.0.4").bytes());
    person.file("Words.msix", Msix::version("one").bytes());
    std::fs::create_dir(person.home().join("Folder.msix")).expect("a folder");
    for (file, code) in [
        ("Nowhere.msix", "file-missing"),
        ("Empty.msix", "file-empty"),
        ("Cut.msix", "zip-truncated"),
        ("Page.msix", "not-zip"),
        ("Locked.emsix", "package-encrypted"),
        ("Hidden.msix", "package-encrypted"),
        ("App.exe", "extension-installer"),
        ("Zero.msix", "version-first-part"),
        ("Four.msix", "version-fourth-part"),
        ("Words.msix", "manifest-version"),
        ("Folder.msix", "file-is-folder"),
    ] {
        assert_eq!(codes(&person, &[file]), [code], "{file}");
    }
    assert_eq!(store.requests(), Vec::<String>::new());
    assert!(!person.state().exists());
}

#[test]
fn all_that_is_wrong_is_listed_at_once() {
    let store = Store::start();
    let person = store.person();
    person.file("Empty.msix", []);
    person.file("notes.json", "{ \"en-gb\": ");
    let found = codes(&person, &["Nowhere.msix", "Empty.msix", "--notes", "notes.json"]);
    assert_eq!(found, ["notes-unreadable", "file-missing", "file-empty"]);
    assert_eq!(store.requests(), Vec::<String>::new());
}

#[test]
fn the_same_package_twice_is_refused() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    assert_eq!(codes(&person, &[&package, &package]), ["file-twice"]);
    person.file("Copy.msix", Msix::version("1.1.0.0").bytes());
    assert_eq!(codes(&person, &[&package, "Copy.msix"]), ["package-twice"]);
    assert_eq!(store.requests(), Vec::<String>::new());
}

#[test]
fn a_package_that_the_app_cannot_take_leaves_the_store_as_it_is() {
    let store = Store::of(&Account::sample().with_packages(3));
    let person = store.person();
    let other = Msix { identity: "Somebody.Else", publisher: "CN=Else", ..Msix::version("1.1.0.0") };
    person.file("Other.msix", other.bytes());
    let lower = Msix::version("1.0.1.0").arch("arm64").give(&person);
    let taken = Msix::version("1.0.0.0").arch("neutral").give(&person);
    for (file, code) in [("Other.msix", "identity-mismatch"), ("Other.msix", "publisher-mismatch"), (&taken, "version-lower")] {
        let found = codes(&person, &[file]);
        assert!(found.contains(&code.to_owned()), "{file}: {found:?}");
    }
    // Nobody has a package for that architecture yet, so no version is too low.
    person.run(&["plan", "--app", APP, &lower]).ends(0);
    assert_eq!(store.writes(), Vec::<String>::new());
}

#[test]
fn more_packages_than_a_submission_holds_are_counted() {
    let store = Store::of(&Account::sample().with_packages(25));
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let run = person.run(&["publish", &package, "--app", APP, "--keep", "30"]).ends(2);
    assert_eq!(run.error()["code"], "too-many-packages");
    let run = run.tells("26").tells("25").tells("--keep");
    assert!(run.out.is_empty() && store.writes().is_empty());
    person.run(&["publish", &package, "--app", APP, "--keep", "25"]).ends(0);
}

#[test]
fn notes_in_a_language_that_the_app_does_not_have_are_refused() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    person.file("notes.toml", format!("\"de-de\" = \"Schneller\"\n\"en-gb\" = \"{}\"\n", "x".repeat(1501)));
    let run = person.run(&["publish", &package, "--app", APP, "--notes", "notes.toml"]).ends(2);
    let run =
        run.tells("unknown-language").tells("de-de").tells("en-gb, fr-fr").tells("notes-too-long").tells("1501").tells("1500");
    assert_eq!(run.error()["details"].as_array().map(Vec::len), Some(2));
    assert_eq!(store.writes(), Vec::<String>::new());
}

#[test]
fn a_publish_that_was_refused_leaves_nothing_to_resume() {
    let store = Store::start();
    let person = store.person();
    let package = Msix { identity: "Somebody.Else", ..Msix::version("1.1.0.0") }.give(&person);
    person.run(&["publish", &package, "--app", APP]).ends(2);
    person.run(&["publish", &package, "--app", "9NNOTTHERE01"]).ends(6);
    let run = person.says("resume").ends(0);
    assert_eq!(run.json()["outcome"], "nothing-to-resume");
}
