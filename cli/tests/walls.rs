//! The walls between the rooms: what each crate may not know. A wall that is broken fails here, and so does a wall that stopped
//! standing: every rule is tried against a workspace in which it is broken.

#![allow(clippy::expect_used, reason = "clippy does not see that the helpers of tests are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A crate as far as walls go.
#[derive(Clone, Default)]
struct Room {
    /// What it is built with; what only its tests use does not count.
    dependencies: BTreeSet<String>,
    /// Its source files with their text.
    sources: BTreeMap<String, String>,
}

type House = BTreeMap<String, Room>;

const ROOMS: [&str; 5] = ["protocol", "client", "publish", "emulator", "cli"];

fn house() -> House {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
    ROOMS.into_iter().map(|name| (name.to_owned(), room(&root.join(name)))).collect()
}

fn room(folder: &Path) -> Room {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let mut dependencies = BTreeSet::new();
    let mut tables = vec![&manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(targets.into_iter().flatten().filter_map(|(_, target)| target.as_table()));
    for table in tables {
        for kind in ["dependencies", "build-dependencies"] {
            let found = table.get(kind).and_then(toml::Value::as_table);
            dependencies.extend(found.into_iter().flat_map(|found| found.keys().cloned()));
        }
    }
    let mut sources = BTreeMap::new();
    read_sources(&folder.join("src"), &mut sources);
    Room { dependencies, sources }
}

fn read_sources(folder: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.insert(path.display().to_string(), std::fs::read_to_string(&path).expect("a source file"));
        }
    }
}

/// Every wall that is broken.
fn broken(house: &House) -> Vec<String> {
    let mut broken = Vec::new();
    // Which room alone may know a library.
    let owners = [
        ("reqwest", &["client"][..]),
        ("axum", &["emulator"]),
        ("axum-server", &["emulator"]),
        ("rusqlite", &["emulator"]),
        ("clap", &["cli"]),
        ("indicatif", &["cli"]),
        ("comfy-table", &["cli"]),
        ("http", &["client", "emulator"]),
        ("flightline-client", &["publish", "cli"]),
        ("flightline-publish", &["cli"]),
        ("flightline-emulator", &["cli"]),
        ("flightline-hostile", &[]),
        ("rawzip", &["publish", "emulator"]),
        ("tokio", &["client", "publish", "emulator", "cli"]),
    ];
    for (library, owners) in owners {
        for (name, room) in house {
            if room.dependencies.contains(library) && !owners.contains(&name.as_str()) {
                broken.push(format!("{name} depends on {library}"));
            }
        }
    }
    // What no source file of a room may say, beside its own tests.
    let silent = ["println!(", "eprintln!(", "print!(", "eprint!("];
    let words: [(&str, &[&str]); 5] = [
        ("protocol", &["std::fs", "std::net", "std::env", "std::time::SystemTime", "std::time::Instant", "async fn", "std::io"]),
        ("protocol", &silent),
        ("client", &silent),
        ("publish", &silent),
        ("emulator", &silent),
    ];
    for (name, words) in words {
        for (file, text) in &house[name].sources {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in
                words.iter().filter(|word| code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(*word)))
            {
                broken.push(format!("{file} says {word}"));
            }
        }
    }
    // The emulator shares words with us and never evidence: no document types, no parsing.
    let shared = ["id", "target", "route", "status", "error"];
    for (file, text) in &house["emulator"].sources {
        for module in text.split("flightline_protocol::").skip(1) {
            let module = module.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
            if !shared.contains(&module) {
                broken.push(format!("{file} uses flightline_protocol::{module}"));
            }
        }
    }
    broken
}

#[test]
fn the_walls_stand() {
    assert_eq!(broken(&house()), Vec::<String>::new());
}

#[test]
fn a_wall_that_is_broken_is_seen() {
    let depends = |room: &str, library: &str| {
        let mut house = house();
        house.get_mut(room).expect("a room").dependencies.insert(library.to_owned());
        assert_eq!(broken(&house), [format!("{room} depends on {library}")]);
    };
    depends("protocol", "tokio");
    depends("publish", "reqwest");
    depends("publish", "http");
    depends("cli", "axum");
    depends("client", "clap");
    depends("emulator", "flightline-client");
    depends("client", "flightline-emulator");

    let says = |room: &str, text: &str, expected: &str| {
        let mut house = house();
        house.get_mut(room).expect("a room").sources.insert("new.rs".to_owned(), text.to_owned());
        assert_eq!(broken(&house), [expected]);
    };
    says("protocol", "use std::fs;", "new.rs says std::fs");
    says("publish", "fn show() { println!(\"x\") }", "new.rs says println!(");
    says("emulator", "use flightline_protocol::submission::Submission;", "new.rs uses flightline_protocol::submission");
}
