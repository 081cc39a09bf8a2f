//! Hostile input for everything that reads what comes from outside. A target takes any bytes and panics only where there is a bug.
//!
//! | file | its targets read |
//! |---|---|
//! | `word` | JSON documents, refusals, words and request lines; signed addresses, and text that may hold secrets |
//! | `answer` | whatever a service answers: tokens, documents, block lists, `Retry-After` |
//! | `file` | files of a machine: packages, manifests, certificates, journals, release notes, add-on files |
//! | `store` | what reaches the emulator: requests, documents, block lists, archives, accounts, faults |
//!
//! `tests/corpus.rs` runs the kept corpus and a bounded number of mutations on the stable toolchain, `tests/bomb.rs` what is made to use
//! up time or memory, and the packages of `fuzz/` the same targets without an end.

#![allow(clippy::expect_used, reason = "a target panics where there is a bug")]

mod answer;
mod file;
mod limit;
mod mutation;
mod store;
mod word;

pub use answer::{answer, blocks, retry, token};
pub use file::{addon, bundle, certificate, journal, manifest, notes, package};
pub use limit::limit;
pub use mutation::Mutation;
pub use store::{account, archive, control, fault, inner, list, request, update};
pub use word::{document, redaction, refusal, sas, word};

/// What reads bytes of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of its function, of its folder in the corpus and of its fuzz target.
    pub name: &'static str,
    /// Reads any bytes. Panics where there is a bug.
    pub read: fn(&[u8]),
    /// How much longer it takes than others: by so much fewer inputs are made for it.
    pub cost: u64,
}

macro_rules! targets {
    ($($name:ident: $cost:literal),+ $(,)?) => {
        /// All of them.
        pub const TARGETS: &[Target] = &[$(Target { name: stringify!($name), read: $name, cost: $cost }),+];
    };
}

targets! {
    account: 2, addon: 1, answer: 2, archive: 5, blocks: 20, bundle: 1, certificate: 4, control: 4, document: 1, fault: 1, inner: 10,
    journal: 4, list: 2, manifest: 1, notes: 1, package: 1, redaction: 1, refusal: 1, request: 1, retry: 2, sas: 1, token: 1, update: 1,
    word: 1,
}
