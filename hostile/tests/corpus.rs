//! Every target reads its kept corpus, and a bounded number of mutations of it.
//!
//! `HOSTILE_ROUNDS` is how many mutations a cheap target reads, `HOSTILE_SEED` what they are made from, and `HOSTILE_TARGET` the one
//! target to try. The seed is printed, and a failure prints it with the round, so that it can be had again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the seed is printed, and what failed")]

use flightline_hostile::{Mutation, TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

const ROUNDS: u64 = 100;
const SEED: u64 = 1;

/// Enough for anything that is read here, many times over.
const MEMORY: u64 = 4 << 30;
const SECONDS_A_ROUND: u64 = 2;

#[allow(clippy::disallowed_methods, reason = "a test is asked for more by its environment")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[allow(clippy::disallowed_methods, reason = "a test is asked for less by its environment")]
fn only() -> Option<std::ffi::OsString> {
    std::env::var_os("HOSTILE_TARGET")
}

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

fn corpus(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder(target)).unwrap_or_else(|_| panic!("{} has no corpus", target.name));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// Reads, and says what could not be read when that panics.
fn read(target: &Target, bytes: &[u8], what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.read)(bytes))) {
        let kept = std::env::temp_dir().join(format!("hostile-{}", target.name));
        let _ = std::fs::write(&kept, bytes);
        eprintln!("{} fails on {what}, which is kept in {}", target.name, kept.display());
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn every_target_reads_its_corpus_and_mutations_of_it() {
    let (rounds, seed) = (number("HOSTILE_ROUNDS", ROUNDS), number("HOSTILE_SEED", SEED));
    let only = only();
    flightline_hostile::limit(MEMORY, 60 + rounds * SECONDS_A_ROUND * TARGETS.len() as u64);
    println!("HOSTILE_SEED={seed} HOSTILE_ROUNDS={rounds}");
    for (number, target) in
        TARGETS.iter().enumerate().filter(|(_, target)| only.as_ref().is_none_or(|only| *only == *target.name))
    {
        let began = std::time::Instant::now();
        let corpus = corpus(target);
        assert!(!corpus.is_empty(), "{} has an empty corpus", target.name);
        for (path, bytes) in &corpus {
            read(target, bytes, &path.display().to_string());
        }
        let kept: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
        let mut mutation = Mutation::new(&kept, seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number as u64);
        let rounds = rounds.div_ceil(target.cost);
        for round in 0..rounds {
            read(target, &mutation.make(), &format!("round {round} of seed {seed}"));
        }
        println!("{}: {} kept, {rounds} made, {} ms", target.name, kept.len(), began.elapsed().as_millis());
    }
}

#[test]
fn a_target_has_a_corpus_and_a_fuzz_target_and_there_are_no_others() {
    let names = |folder: PathBuf| {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let mut known: Vec<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    known.sort();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(names(root.join("corpus")), known);
    assert_eq!(names(root.join("../fuzz/fuzz_targets")), known);
}

#[test]
fn the_same_seed_makes_the_same_inputs() {
    let corpus = [b"one".to_vec(), b"another 12".to_vec()];
    let made = |seed| {
        let mut mutation = Mutation::new(&corpus, seed);
        (0..200).map(|_| mutation.make()).collect::<Vec<_>>()
    };
    assert_eq!(made(3), made(3));
    assert_ne!(made(3), made(4));
}
