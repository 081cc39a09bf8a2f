//! Every command and flag, held against a golden file: a change of the surface is meant, or it is seen.

use crate::support::Person;
use std::path::Path;

/// Every command, with what its `--help` says.
fn walk(person: &Person, command: &[&str], found: &mut Vec<(String, String)>) {
    let args: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
    let run = person.run(&args).ends(0);
    assert!(run.err.is_empty(), "{}", run.shown());
    // The usage names the file that was run.
    let help = run.out.replace("flightline.exe", "flightline");
    found.push((format!("flightline {}", command.join(" ")).trim_end().to_owned(), help.clone()));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A name stands two blanks in; a description that goes on in the next line stands further.
    let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
    for name in names.filter(|name| *name != "help") {
        walk(person, &[command, &[name]].concat(), found);
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an update of the golden file is asked for in the environment")]
fn the_surface_is_the_golden_one() {
    let mut found = Vec::new();
    walk(&Person::new(), &[], &mut found);
    assert!(found.len() >= 20, "{} commands", found.len());
    let mut text = String::new();
    for (command, help) in &found {
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        text.push_str(&format!("=== {command}\n{}\n\n", help.join("\n").trim_end()));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/surface.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &text).expect("the golden file is written");
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    let difference = golden.lines().zip(text.lines()).enumerate().find(|(_, (old, new))| old != new);
    assert!(
        golden == text,
        "the surface has changed (UPDATE_EXPECT=1 takes it over), first at {difference:?}, {} lines were {}",
        text.lines().count(),
        golden.lines().count()
    );
}

#[test]
fn every_shell_has_a_completion() {
    let person = Person::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = person.run(&["completion", shell]).ends(0);
        assert!(run.out.contains("flightline") && run.out.contains("if-busy") && run.err.is_empty(), "{shell}: {}", run.err);
    }
    person.run(&["completion", "cmd"]).ends(2);
}

#[test]
fn the_version_is_a_version() {
    let run = Person::new().run(&["--version"]).ends(0);
    assert_eq!(run.out, concat!("flightline ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_command_line_that_is_none_is_refused_before_anything_else() {
    let person = Person::new();
    for line in [
        "",
        "pubish",
        "publish",
        "publish a.msix",
        "publish --app 9NHRBRL1GHTS",
        "publish a.msix --app 9N/../x",
        "publish a.msix --app 9NHRBRL1GHTS --rollout 0",
        "publish a.msix --app 9NHRBRL1GHTS --rollout 101",
        "publish a.msix --app 9NHRBRL1GHTS --publish-mode tomorrow",
        "publish a.msix --app 9NHRBRL1GHTS --timeout 15",
        "publish a.msix --app 9NHRBRL1GHTS --timeout 0s",
        "publish a.msix --app 9NHRBRL1GHTS --wait forever",
        "publish a.msix --app 9NHRBRL1GHTS --keep 0",
        "publish a.msix --app 9NHRBRL1GHTS --keep 2 --replace-all",
        "publish a.msix --app 9NHRBRL1GHTS --allow-drop pdp11,",
        "status --app 9NHRBRL1GHTS --output xml",
        "submission get ../x --app 9NHRBRL1GHTS",
        "emulator --listen nowhere",
        "emulator --pace slow",
    ] {
        person.says(line).ends(2).silent();
    }
}
