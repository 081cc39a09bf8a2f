//! The fault matrix. Every request of every job meets every fault, once, twice and for ever; processes are killed wherever they
//! wait; others use the same Store meanwhile; the state file is kept, wiped and cut. Whatever happens, at most one submission of ours
//! is committed, nothing of others is touched, nothing is committed without our bytes, nothing secret is told, no minute has more
//! requests than the Store allows, and the same command ends it.
//!
//! A part of it runs with all tests. `FLIGHTLINE_MATRIX=all` runs the whole, a number at least so many schedules: from some
//! thirty thousand on all those with a single trouble, and of the others a choice that is the same every time;
//! `FLIGHTLINE_SCHEDULE='…'` plays a single one and tells its story; `FLIGHTLINE_SOAK_ROUNDS` and `FLIGHTLINE_SOAK_SEED` say how many
//! random ones there are and which.

#![allow(clippy::expect_used, clippy::panic, reason = "clippy does not see that helpers of tests are tests")]

#[path = "../support/document.rs"]
mod document;
mod fault;
mod job;
mod line;
mod log;
mod person;
mod pool;
mod random;
mod schedule;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod verdict;
mod word;

use job::Job;
use pool::{alone, play_all, say};
use random::Dice;
use schedule::Schedule;
use stage::Prepared;
use std::time::Instant;

/// So many schedules are played where nobody asks for more.
const USUAL: usize = 1000;

/// The whole matrix has no fewer schedules.
const LEAST: usize = 250_000;

#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn prepare_all() -> Vec<Prepared> {
    alone(async {
        let mut prepared = Vec::new();
        for &job in Job::ALL {
            prepared.push(Prepared::new(job).await);
        }
        prepared
    })
}

#[test]
fn whatever_happens_the_same_command_ends_it() {
    let prepared = prepare_all();
    let parts: Vec<Vec<(&Prepared, Schedule)>> = table::PARTS.iter().map(|part| schedules(part, &prepared)).collect();
    let total: usize = parts.iter().map(Vec::len).sum();
    let wanted = match setting("FLIGHTLINE_MATRIX").as_deref() {
        None => USUAL,
        Some("all") => total,
        Some(number) => number.parse().expect("FLIGHTLINE_MATRIX is `all` or a number"),
    };
    let chosen = table::choose(parts, wanted);
    let (started, mut played, mut wrong) = (Instant::now(), 0, Vec::new());
    for (part, schedules) in table::PARTS.iter().zip(&chosen) {
        let began = Instant::now();
        wrong.extend(play_all(part.name, schedules).err());
        played += schedules.len();
        say(&format!("{:6} schedules of {} in {:.1} s", schedules.len(), part.name, began.elapsed().as_secs_f64()));
    }
    let seconds = started.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(played).expect("few")) / seconds;
    say(&format!("{played} of {total} schedules in {seconds:.0} s, {rate:.0} a second"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(total >= LEAST && played >= wanted, "{played} of {total} schedules, and {wanted} were asked for");
}

/// A part of the matrix for all jobs.
fn schedules<'a>(part: &table::Part, prepared: &'a [Prepared]) -> Vec<(&'a Prepared, Schedule)> {
    let of = |prepared: &'a Prepared| (part.of)(prepared).into_iter().map(move |schedule| (prepared, schedule));
    let all: Vec<_> = prepared.iter().flat_map(of).collect();
    assert!(all.len() >= part.least, "{} has {} schedules, and had {}", part.name, all.len(), part.least);
    all
}

#[test]
fn long_random_schedules_end_as_well() {
    let number = |name: &str, usual: u64| setting(name).map_or(usual, |text| text.parse().expect("a number"));
    let rounds = number("FLIGHTLINE_SOAK_ROUNDS", 60);
    let seed = number("FLIGHTLINE_SOAK_SEED", 0x5EA0_FB0A);
    let prepared = prepare_all();
    let mut dice = Dice(seed);
    let schedules: Vec<_> = (0..rounds)
        .map(|round| {
            let prepared = &prepared[usize::try_from(round).expect("few") % prepared.len()];
            (prepared, dice.schedule(prepared))
        })
        .collect();
    let played = play_all(&format!("the soak with seed {seed}"), &schedules);
    say(&format!("{} random schedules, FLIGHTLINE_SOAK_SEED={seed}", schedules.len()));
    if let Err(wrong) = played {
        panic!("{wrong}");
    }
}

/// Plays what `FLIGHTLINE_SCHEDULE` says, or one as an example.
#[test]
fn replay() {
    let text = setting("FLIGHTLINE_SCHEDULE");
    let schedule: Schedule = text.as_deref().unwrap_or("app-update 4:answer-lost:once wiped").parse().expect("a schedule");
    let prepared = alone(Prepared::new(schedule.job));
    pool::replay(&prepared, &schedule, text.is_some());
}

#[test]
fn a_schedule_is_read_as_it_is_written() {
    for text in [
        "app-update 5:answer-lost:once wiped",
        "flight-first 2:503-but-done:forever 4:person-saves after:6 cut:7 poll:30 kept",
        "add-on-first kept",
    ] {
        assert_eq!(text.parse::<Schedule>().map(|schedule| schedule.to_string()), Ok(text.to_owned()));
    }
    for bad in ["", "boat kept", "app-update x:500:once", "app-update 1:600:once", "app-update 1:500:often", "app-update cut:x"] {
        assert!(bad.parse::<Schedule>().is_err(), "{bad:?}");
    }
}
