//! The schedules, all of them: every request of every job, and what can happen there.

use crate::fault::{Fault, Spell};
use crate::job::Job;
use crate::line::{Stop, Trouble};
use crate::person::Act;
use crate::random::Dice;
use crate::schedule::{Memory, Run, Schedule};
use crate::stage::Prepared;

const MEMORIES: [Memory; 2] = [Memory::Kept, Memory::Wiped];

/// Faults of which two can meet in one run: each way in which the truth can be hidden, and each that asks for patience.
const PAIRED: [Fault; 9] = [
    Fault::AnswerLost,
    Fault::RequestLost,
    Fault::UnavailableButDone,
    Fault::TimedOut,
    Fault::Truncated,
    Fault::Throttled,
    Fault::Unauthorized,
    Fault::NotFound,
    Fault::ADayLater,
];

/// A part of the matrix.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Whether one thing goes wrong in it, or several.
    troubles: Troubles,
    /// Fewer are never in it.
    pub(crate) least: usize,
    pub(crate) of: fn(&Prepared) -> Vec<Schedule>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Troubles {
    One,
    Several,
}

/// Chooses so many of all schedules, or a few more: first those in which one thing goes wrong.
pub(crate) fn choose<T>(parts: Vec<Vec<T>>, wanted: usize) -> Vec<Vec<T>> {
    let count = |troubles| -> usize {
        let parts = PARTS.iter().zip(&parts).filter(|(part, _)| part.troubles == troubles);
        parts.map(|(_, schedules)| schedules.len()).sum()
    };
    let (single, several) = (count(Troubles::One), count(Troubles::Several));
    let (of_single, of_several) = if wanted < single {
        let share = (wanted, single + several);
        (share, share)
    } else {
        ((single, single), ((wanted - single).min(several), several))
    };
    let choose_in = |(part, schedules): (&Part, Vec<T>)| {
        let (share, whole) = if part.troubles == Troubles::One { of_single } else { of_several };
        let many = (schedules.len() * share).div_ceil(whole.max(1));
        // Every N-th would be chosen in step with how the schedules are made.
        let mut mixed: Vec<(u64, T)> = (0..).map(|at| Dice(at).number()).zip(schedules).collect();
        mixed.sort_by_key(|(number, _)| *number);
        mixed.into_iter().take(many).map(|(_, schedule)| schedule).collect()
    };
    PARTS.iter().zip(parts).map(choose_in).collect()
}

/// The whole matrix.
pub(crate) const PARTS: [Part; 9] = [
    Part { name: "a fault at a request", troubles: Troubles::One, least: 19_000, of: faults },
    Part { name: "somebody else acts", troubles: Troubles::One, least: 1_800, of: people },
    Part { name: "a fault, and somebody else acts", troubles: Troubles::Several, least: 40_000, of: faults_and_people },
    Part { name: "two faults in a run", troubles: Troubles::Several, least: 40_000, of: pairs },
    Part { name: "a fault in each of two runs", troubles: Troubles::Several, least: 20_000, of: two_runs },
    Part { name: "a kill before or after a request", troubles: Troubles::One, least: 500, of: kills },
    Part { name: "a kill at a point of waiting", troubles: Troubles::One, least: 80, of: polls },
    Part { name: "a kill, and the state file is cut", troubles: Troubles::One, least: 3_000, of: cuts },
    Part { name: "a kill, and another trouble in the next run", troubles: Troubles::Several, least: 9_000, of: kills_and_faults },
];

/// The requests of a run; of the looks at a status that are all alike, the first and the last.
fn places(prepared: &Prepared) -> Vec<usize> {
    let is_look = |at: usize| prepared.clean.get(at).is_some_and(|seen| seen.what.ends_with("/status"));
    (0..prepared.clean.len()).filter(|&at| !is_look(at) || !is_look(at - 1) || !is_look(at + 1)).collect()
}

/// The requests up to the first look at the status: after it nothing is changed any more.
fn early(prepared: &Prepared) -> Vec<usize> {
    let first = prepared.clean.iter().position(|seen| seen.what.ends_with("/status"));
    (0..first.map_or(prepared.clean.len(), |first| first + 1)).collect()
}

fn strike(at: usize, fault: Fault, spell: Spell) -> Trouble {
    Trouble { strikes: vec![(at, fault, spell)], ..Trouble::default() }
}

fn stop(stop: Stop) -> Trouble {
    Trouble { stop: Some(stop), ..Trouble::default() }
}

/// What somebody else can do about such a product.
fn acts(job: Job) -> Vec<Act> {
    let rolls = job == Job::AppRollingOut;
    let is_of = |act: &Act| matches!(act, Act::Finalizes | Act::Halts) == rolls;
    Act::ALL.iter().copied().filter(is_of).collect()
}

fn faults(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for at in places(prepared) {
        for &fault in Fault::ALL {
            for &spell in Spell::ALL {
                schedules.extend(MEMORIES.map(|memory| Schedule::of(prepared.job, strike(at, fault, spell), memory)));
            }
        }
    }
    // The looks in between, each for one fault that never ends.
    for at in (0..prepared.clean.len()).filter(|at| !places(prepared).contains(at)) {
        let forever = |fault: &Fault| Schedule::of(prepared.job, strike(at, *fault, Spell::Forever), Memory::Kept);
        schedules.extend(Fault::ALL.iter().map(forever));
    }
    schedules
}

fn people(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for at in 0..prepared.clean.len() {
        for act in acts(prepared.job) {
            let trouble = Trouble { acts: vec![(at, act)], ..Trouble::default() };
            schedules.extend(MEMORIES.map(|memory| Schedule::of(prepared.job, trouble.clone(), memory)));
            // Somebody acts, and the process is gone at the next request.
            for stop in [Stop::Before(at), Stop::After(at), Stop::After(at + 1)] {
                let trouble = Trouble { stop: Some(stop), ..trouble.clone() };
                if at + 1 < prepared.clean.len() {
                    schedules.extend(MEMORIES.map(|memory| Schedule::of(prepared.job, trouble.clone(), memory)));
                }
            }
        }
    }
    schedules
}

/// A fault, and in its wake, or just before it, somebody else.
fn faults_and_people(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for at in early(prepared) {
        for &fault in Fault::ALL {
            for act in acts(prepared.job) {
                for then in at..at + 3 {
                    let trouble = Trouble { acts: vec![(then, act)], ..strike(at, fault, Spell::Once) };
                    schedules.extend(MEMORIES.map(|memory| Schedule::of(prepared.job, trouble.clone(), memory)));
                }
            }
        }
    }
    schedules
}

fn pairs(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    let places = early(prepared);
    for &first in &places {
        // The second may meet what the first has brought about: requests that a clean run does not have.
        for second in first + 1..places.len() + 3 {
            for one in PAIRED {
                for other in PAIRED {
                    let strikes = vec![(first, one, Spell::Once), (second, other, Spell::Once)];
                    let trouble = Trouble { strikes, ..Trouble::default() };
                    schedules.extend(MEMORIES.map(|memory| Schedule::of(prepared.job, trouble.clone(), memory)));
                }
            }
        }
    }
    schedules
}

fn two_runs(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for first in early(prepared) {
        for second in early(prepared) {
            for one in PAIRED {
                for other in PAIRED {
                    // Every other one forgets in between.
                    let memory = MEMORIES[(first + second) % 2];
                    let runs = vec![
                        Run { trouble: strike(first, one, Spell::Outage), memory },
                        Run { trouble: strike(second, other, Spell::Outage), memory: Memory::Kept },
                    ];
                    schedules.push(Schedule { job: prepared.job, runs });
                }
            }
        }
    }
    schedules
}

fn stops(prepared: &Prepared) -> impl Iterator<Item = Stop> {
    (0..prepared.clean.len()).flat_map(|at| [Stop::Before(at), Stop::After(at)])
}

fn kills(prepared: &Prepared) -> Vec<Schedule> {
    let each = |stop_at| MEMORIES.map(|memory| Schedule::of(prepared.job, stop(stop_at), memory));
    stops(prepared).flat_map(each).collect()
}

fn polls(prepared: &Prepared) -> Vec<Schedule> {
    let each = |poll| MEMORIES.map(|memory| Schedule::of(prepared.job, stop(Stop::Poll(poll)), memory));
    (0..prepared.polls).flat_map(each).collect()
}

/// What the disk kept may be less than what was written: the state file ends after any of its lines, or within one.
fn cuts(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for stop_at in stops(prepared) {
        let halves = 0..=prepared.lines * 2;
        schedules.extend(halves.map(|halves| Schedule::of(prepared.job, stop(stop_at), Memory::Cut(halves))));
    }
    schedules
}

fn kills_and_faults(prepared: &Prepared) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    let early = early(prepared);
    for &at in &early {
        for first in [Stop::Before(at), Stop::After(at)] {
            for &next in &early {
                let mut second = |trouble: Trouble| {
                    let memory = MEMORIES[(at + next) % 2];
                    let runs = vec![Run { trouble: stop(first), memory }, Run { trouble, memory: Memory::Kept }];
                    schedules.push(Schedule { job: prepared.job, runs });
                };
                second(stop(Stop::Before(next)));
                second(stop(Stop::After(next)));
                PAIRED.iter().for_each(|&fault| second(strike(next, fault, Spell::Once)));
                acts(prepared.job).into_iter().for_each(|act| second(Trouble { acts: vec![(next, act)], ..Trouble::default() }));
            }
        }
    }
    schedules
}
