//! A disk that is full. Linux alone can be told so by a shell.

#![cfg(target_os = "linux")]

use crate::support::{APP, Msix, Process, Store};
use std::process::Command;

/// The unit in which a shell counts the bytes that files may have.
const BLOCK: usize = 512;

/// A line that does not fit on the disk is told before what it announces begins, and half of it does no harm.
#[test]
fn a_disk_that_is_full_stops_a_publish_before_it_begins() {
    let store = Store::start();
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let args = ["publish", &package, "--app", APP];
    // A run that the Store refuses shows how long the first line is.
    store.control("POST /fault?fault=create=400", "");
    person.run(&args).ends(1);
    let mut files = std::fs::read_dir(person.state()).expect("a folder").map(|file| file.expect("an entry").path());
    let file = files.find(|file| file.extension().is_some_and(|extension| extension == "jsonl")).expect("a state file");
    let text = std::fs::read_to_string(&file).expect("a state file");
    let first = text.lines().next().expect("a line").len() + 1;

    // Room for that line and for a part of the next one.
    let part = 30;
    let blocks = (text.len() + first + part).div_ceil(BLOCK) + 1;
    let filler = blocks * BLOCK - text.len() - first - part;
    std::fs::write(&file, format!("{}\n{text}", " ".repeat(filler - 1))).expect("the file is written");
    let before = (store.writes(), std::fs::read_to_string(&file).expect("a state file").lines().count());

    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]).arg(env!("CARGO_BIN_EXE_flightline"));
    shell.args(args).env_clear().current_dir(person.home());
    shell.envs(person.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = Process::start(&mut shell, None).finish(&args).ends(1).silent();
    let run = run.tells("could not write the state file").tells("make room on the disk");
    assert_eq!(run.error()["code"], "state-file");
    let after = std::fs::read_to_string(&file).expect("a state file");
    assert_eq!((store.writes(), after.lines().count()), (before.0, before.1 + 1), "{after}");
    assert!(after.ends_with('\n'), "half a line was taken back: {after}");

    assert_eq!(person.run(&args).ends(0).json()["outcome"], "delivered");
}
