//! Long schedules that look random and are the same every time.

use crate::fault::{Fault, Spell};
use crate::job::Job;
use crate::line::{Stop, Trouble};
use crate::person::Act;
use crate::schedule::{Memory, Run, Schedule};
use crate::stage::Prepared;

/// Numbers from a seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ (number >> 31)
    }

    /// A number below this one.
    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.number() % most as u64).expect("a small number")
    }

    fn throw<T: Copy>(&mut self, sides: &[T]) -> T {
        sides[self.below(sides.len())]
    }

    /// Whether a thing happens that happens once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Up to four runs, in each of which several things go wrong.
    pub(crate) fn schedule(&mut self, prepared: &Prepared) -> Schedule {
        let job = prepared.job;
        let length = prepared.clean.len() + 4;
        let peaceful = job != Job::AppRollingOut && !self.once_in(3);
        let runs = (0..self.below(4) + 1).map(|_| {
            let strikes = (0..self.below(4)).map(|_| (self.below(length), self.throw(Fault::ALL), self.throw(Spell::ALL)));
            let strikes = strikes.collect();
            let acts = if peaceful || !self.once_in(2) { Vec::new() } else { vec![(self.below(length), self.throw(Act::ALL))] };
            let stop = match self.below(6) {
                0 => Some(Stop::Before(self.below(length))),
                1 => Some(Stop::After(self.below(length))),
                2 => Some(Stop::Poll(self.below(prepared.polls.max(1)))),
                _ => None,
            };
            let memory = match self.below(4) {
                0 => Memory::Wiped,
                1 => Memory::Cut(self.below(prepared.lines * 2 + 1)),
                _ => Memory::Kept,
            };
            Run { trouble: Trouble { strikes, acts, stop }, memory }
        });
        Schedule { job, runs: runs.collect() }
    }
}
