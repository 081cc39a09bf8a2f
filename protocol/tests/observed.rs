//! `docs/observed.md` and the code speak of the same facts: every id that the code cites has its entry, every entry is cited, and
//! the tests that an entry names are there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One entry of the page.
#[derive(Debug)]
struct Entry {
    id: String,
    text: String,
}

impl Entry {
    /// What follows a label such as `- Source:`, to the end of its paragraph.
    fn part(&self, label: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("\n- {label}: "))?;
        Some(rest.split("\n- ").next().unwrap_or(rest).trim())
    }

    /// The tests that it names, each as file and function.
    fn tests(&self) -> Vec<(String, String)> {
        let named = self.part("Pinned by").unwrap_or_default().split('`').skip(1).step_by(2);
        let named = named.filter_map(|name| name.split_once("::")).filter(|(file, _)| file.ends_with(".rs"));
        named.map(|(file, test)| (file.to_owned(), test.to_owned())).collect()
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn page() -> String {
    std::fs::read_to_string(workspace().join("docs").join("observed.md")).unwrap().replace("\r\n", "\n")
}

fn entries(page: &str) -> Vec<Entry> {
    let parts = page.split("\n### ").skip(1);
    parts.map(|part| Entry { id: part.lines().next().unwrap().trim().to_owned(), text: part.to_owned() }).collect()
}

/// Every Rust file of the workspace by its path from the root, but for this one.
fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    let root = workspace();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "observed.rs" {
                let parts = path.strip_prefix(&root).unwrap().components();
                let parts: Vec<String> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                sources.insert(parts.join("/"), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    sources
}

/// The ids in a text: `O-` and three digits, with no letter or digit on either side.
fn ids(text: &str) -> BTreeSet<String> {
    let stops = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    let found = text.match_indices("O-").filter(|(at, _)| stops(text[..*at].chars().next_back()));
    let ids = found.filter_map(|(at, _)| {
        let digits = text.get(at + 2..at + 5)?;
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && stops(text[at + 5..].chars().next());
        whole.then(|| format!("O-{digits}"))
    });
    ids.collect()
}

/// All that is wrong between the page and the code.
fn faults(page: &str, sources: &BTreeMap<String, String>) -> Vec<String> {
    let entries = entries(page);
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for entry in &entries {
        let id = &entry.id;
        if ids(id).first() != Some(id) {
            faults.push(format!("{id:?} is not an id"));
        }
        if !known.insert(id.clone()) {
            faults.push(format!("{id} stands twice"));
        }
        for label in ["Source", "Pinned by", "Sure"] {
            if entry.part(label).is_none_or(str::is_empty) {
                faults.push(format!("{id} has no {label:?}"));
            }
        }
        let pinned = entry.part("Pinned by").unwrap_or_default();
        if entry.tests().is_empty() && !pinned.starts_with("not pinned") {
            faults.push(format!("{id} names no test and does not say that it is not pinned"));
        }
        for (file, test) in entry.tests() {
            if !sources.get(&file).is_some_and(|text| text.contains(&format!("fn {test}("))) {
                faults.push(format!("{id} names {file}::{test}, which is not there"));
            }
        }
    }
    let mut cited = BTreeSet::new();
    for (file, text) in sources {
        for id in ids(text) {
            if !known.contains(&id) {
                faults.push(format!("{file} cites {id}, which the page lacks"));
            }
            cited.insert(id);
        }
    }
    for id in ids(page).difference(&known) {
        faults.push(format!("the page speaks of {id} and has no entry for it"));
    }
    for entry in entries.iter().filter(|entry| !cited.contains(&entry.id) && entry.part("Not cited").is_none()) {
        faults.push(format!("nothing cites {}, and it does not say why", entry.id));
    }
    faults
}

#[test]
fn the_page_and_the_code_agree() {
    assert_eq!(faults(&page(), &sources()), Vec::<String>::new());
}

#[test]
fn the_entries_stand_in_order() {
    let page = page();
    let entries = entries(&page);
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert!(ids.len() > 50 && ids.is_sorted(), "{ids:?}");
}

#[test]
fn whatever_goes_apart_is_seen() {
    let id = |number: u16| format!("O-{number}");
    let entry = |id: &str, more: &str| {
        format!("\n### {id}\n\nA fact.\n\n- Source: somebody\n- Pinned by: `a/b.rs::holds`\n- Sure: seen once{more}\n")
    };
    let code = |text: &str| BTreeMap::from([("a/b.rs".to_owned(), format!("// {text}\nfn holds() {{}}"))]);
    let (one, two) = (id(901), id(902));

    let sound = entry(&one, "");
    assert_eq!(faults(&sound, &code(&one)), Vec::<String>::new());
    assert_eq!(faults(&sound, &code(&format!("({one}), ISO-8601, O-90, {one}0"))), Vec::<String>::new());
    assert_eq!(faults(&sound, &code(&format!("{one}, {two}"))), [format!("a/b.rs cites {two}, which the page lacks")]);
    assert_eq!(faults(&sound, &code("")), [format!("nothing cites {one}, and it does not say why")]);
    assert_eq!(faults(&entry(&one, "\n- Not cited: nobody builds on it"), &code("")), Vec::<String>::new());
    assert_eq!(faults(&format!("{sound}{sound}"), &code(&one)), [format!("{one} stands twice")]);
    assert_eq!(faults(&sound.replace("holds", "held"), &code(&one)), [format!("{one} names a/b.rs::held, which is not there")]);
    assert_eq!(faults(&sound.replace("- Sure", "- Perhaps"), &code(&one)), [format!("{one} has no \"Sure\"")]);
    assert_eq!(
        faults(&sound.replace("`a/b.rs::holds`", "somewhere"), &code(&one)),
        [format!("{one} names no test and does not say that it is not pinned")]
    );
    assert_eq!(
        faults(&sound.replace("A fact.", &format!("As {two} says.")), &code(&one)),
        [format!("the page speaks of {two} and has no entry for it")]
    );
}
