//! One way in which things go, as a value and as a line of text that can be run again.

use crate::fault::{Fault, Spell};
use crate::job::Job;
use crate::line::{Stop, Trouble};
use crate::person::Act;
use std::fmt;
use std::str::FromStr;

/// What is done, and what happens meanwhile: some runs that go wrong. The same command follows in calm weather.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) job: Job,
    pub(crate) runs: Vec<Run>,
}

/// One run of the command, and what becomes of its state file.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) trouble: Trouble,
    pub(crate) memory: Memory,
}

/// What becomes of the state file between one run and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    Kept,
    Wiped,
    /// So many halves of lines are left of it.
    Cut(usize),
}

impl Schedule {
    /// One run that goes wrong once.
    pub(crate) fn of(job: Job, trouble: Trouble, memory: Memory) -> Self {
        Self { job, runs: vec![Run { trouble, memory }] }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.job.word())?;
        for Run { trouble, memory } in &self.runs {
            for (at, fault, spell) in &trouble.strikes {
                write!(f, " {at}:{}:{}", fault.word(), spell.word())?;
            }
            for (at, act) in &trouble.acts {
                write!(f, " {at}:{}", act.word())?;
            }
            match trouble.stop {
                Some(Stop::Before(at)) => write!(f, " before:{at}")?,
                Some(Stop::After(at)) => write!(f, " after:{at}")?,
                Some(Stop::Poll(at)) => write!(f, " poll:{at}")?,
                None => {}
            }
            match memory {
                Memory::Kept => f.write_str(" kept")?,
                Memory::Wiped => f.write_str(" wiped")?,
                Memory::Cut(halves) => write!(f, " cut:{halves}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let job = words.next().and_then(Job::of).ok_or("it does not begin with a job")?;
        let (mut runs, mut trouble) = (Vec::new(), Trouble::default());
        for word in words {
            let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{word:?} has no number"));
            match *word.split(':').collect::<Vec<_>>() {
                ["kept"] => runs.push(Run { trouble: std::mem::take(&mut trouble), memory: Memory::Kept }),
                ["wiped"] => runs.push(Run { trouble: std::mem::take(&mut trouble), memory: Memory::Wiped }),
                ["cut", halves] => {
                    runs.push(Run { trouble: std::mem::take(&mut trouble), memory: Memory::Cut(number(halves)?) });
                }
                ["before", at] => trouble.stop = Some(Stop::Before(number(at)?)),
                ["after", at] => trouble.stop = Some(Stop::After(number(at)?)),
                ["poll", at] => trouble.stop = Some(Stop::Poll(number(at)?)),
                [at, act] => {
                    let act = Act::of(act).ok_or_else(|| format!("nobody can do {act:?}"))?;
                    trouble.acts.push((number(at)?, act));
                }
                [at, fault, spell] => {
                    let fault = Fault::of(fault).ok_or_else(|| format!("{fault:?} is no fault"))?;
                    let spell = Spell::of(spell).ok_or_else(|| format!("{spell:?} is no spell"))?;
                    trouble.strikes.push((number(at)?, fault, spell));
                }
                _ => return Err(format!("{word:?} means nothing")),
            }
        }
        Ok(Self { job, runs })
    }
}
