//! Faults on demand: what the service and the way to it are known to do now and then, at the request that is named.
//!
//! A fault is written `WHEN=WHAT[@N][xN][~P%]`, such as `create=504-after`, `commit=503x2`, `upload=cut@2` or `api=429:30s~10%`;
//! [`GRAMMAR`] says all of it. A request meets one fault at most: the first of those that were asked for.
//!
//! | file | holds |
//! |---|---|
//! | `spec` | how a fault is read and written |
//! | `when` | which requests it is for |
//! | `trouble` | what goes wrong |
//! | `armed` | the faults that wait, their dice, and what has expired |
//! | `play` | what becomes of a request that meets one |
//! | `answer`, `body` | what the caller sees of it |
//! | `fate` | what becomes of a submission whose commit meets one |

mod answer;
mod armed;
mod body;
mod fate;
mod play;
mod spec;
mod trouble;
mod when;

pub use spec::{FaultError, GRAMMAR, read_all};

pub(crate) use armed::Faults;
pub(crate) use fate::{Fate, Stay, release, stay};
pub(crate) use play::{Break, play};
pub(crate) use when::Knock;

use std::fmt;
use trouble::Trouble;
use when::When;

/// What goes wrong, at which requests, how often. Read from its text ([`GRAMMAR`]) and shown as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    when: When,
    trouble: Trouble,
    effect: Effect,
    /// The first request that it can hit, from 1.
    first: u32,
    /// How many it hits; all from the first on if `None`.
    times: Option<u32>,
    /// How likely it hits each of them.
    chance: Chance,
}

impl Fault {
    /// Whether dice are thrown for it, so that the seed matters.
    pub fn is_by_chance(&self) -> bool {
        self.chance != Chance::SURE
    }
}

/// As it is written, in full.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, given) = self.trouble.words();
        write!(f, "{}={name}", self.when)?;
        f.write_str(if self.effect == Effect::Done { "-after" } else { "" })?;
        given.iter().try_for_each(|given| write!(f, ":{given}"))?;
        write!(f, "@{}x{}", self.first, self.times.map_or("*".to_owned(), |times| times.to_string()))?;
        if self.is_by_chance() { write!(f, "~{}%", self.chance) } else { Ok(()) }
    }
}

/// Whether the service does its work all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Lost,
    Done,
}

/// A probability, in parts of a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chance(u32);

impl Chance {
    const SURE: Self = Self(1_000_000);
}

/// In percent.
impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 10_000.0)
    }
}
