//! Every fault at every request of a publish: it ends with our packages live, or it stops, says why truly, and the same command
//! finishes it.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;
#[path = "support/schedule.rs"]
mod schedule;
#[path = "support/store.rs"]
mod store;
mod support;
#[path = "support/weather.rs"]
mod weather;

use flightline_emulator::Pace;
use flightline_publish::apply::Outcome;
use flightline_publish::error::{Error, Kind};
use flightline_publish::wish::Wish;
use schedule::{alone, run_all};
use store::{Desk, Memory, Seen, course};
use weather::{Fault, Spell, Weather};

/// One way in which things go wrong.
#[derive(Debug, Clone, Copy)]
struct Schedule {
    at: usize,
    fault: Fault,
    spell: Spell,
    memory: Memory,
}

/// The requests of a publish that meets no fault.
fn clean(wish: &Wish) -> Vec<Seen> {
    alone(async {
        let desk = Desk::new(Pace::Fast);
        let outcome = desk.publish(wish, &course()).await.expect("it is published");
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
        desk.line.seen()
    })
}

/// The wish that all schedules have, with the desk whose folder its packages lie in.
fn shelf() -> (Desk, Wish) {
    let shelf = alone(async { Desk::new(Pace::Fast) });
    let wish = shelf.wish();
    (shelf, wish)
}

/// What a run that met this fault may say of it.
fn tells_the_truth(fault: Fault, met: &Seen, error: &Error) -> bool {
    let kinds: &[Kind] = match fault {
        // The blob service is not the gateway, and its address is not the token.
        Fault::Throttled | Fault::Unauthorized if met.what.starts_with("blob") => &[Kind::Trouble, Kind::Credentials],
        Fault::Throttled => &[Kind::Throttled],
        Fault::Unauthorized => &[Kind::Credentials],
        _ => &[Kind::Trouble],
    };
    kinds.contains(&error.kind()) && matches!(error, Error::Call { .. })
}

async fn run(schedule: Schedule, clean: &[Seen], wish: &Wish) -> Result<(), String> {
    let Schedule { at, fault, spell, memory } = schedule;
    let desk = Desk::new(Pace::Fast);
    desk.line.set_weather(Weather::from(at, fault, spell));
    let first = desk.publish(wish, &course()).await;
    let met = &clean[at];
    match &first {
        Ok(Outcome::Delivered(_)) => {}
        Ok(other) => return Err(format!("the first run ends with {other:?}")),
        Err(error) if tells_the_truth(fault, met, error) => {}
        Err(error) => return Err(format!("{} {}: the first run says {:?} {error:?}", met.method, met.what, error.kind())),
    }
    desk.remember(memory);
    desk.finish(wish, &first).await.map_err(|what| format!("{} {}: {what}", met.method, met.what))
}

/// Runs a fault at every request, for as long or short as there is, with the state file kept and wiped.
fn matrix(fault: Fault) {
    let (_shelf, wish) = shelf();
    let clean = clean(&wish);
    let mut schedules = Vec::new();
    let is_look = |at: usize| clean[at].what.ends_with("/status");
    for at in 0..clean.len() {
        if is_look(at) && is_look(at - 1) && is_look(at + 1) {
            // One look at the status is like the other.
            schedules.push(Schedule { at, fault, spell: Spell::Forever, memory: Memory::Kept });
            continue;
        }
        for spell in [Spell::Once, Spell::Twice, Spell::Forever, Spell::Outage] {
            for memory in [Memory::Kept, Memory::Wiped] {
                schedules.push(Schedule { at, fault, spell, memory });
            }
        }
    }
    run_all(&format!("{fault:?}"), &schedules, |schedule| run(schedule, &clean, &wish));
}

#[test]
fn no_connection() {
    matrix(Fault::NotConnected);
}

#[test]
fn a_request_is_lost() {
    matrix(Fault::RequestLost);
}

#[test]
fn an_answer_is_lost() {
    matrix(Fault::AnswerLost);
}

#[test]
fn too_many_requests() {
    matrix(Fault::Throttled);
}

#[test]
fn the_service_fails() {
    matrix(Fault::Failed);
}

#[test]
fn the_service_is_busy_and_has_done_it() {
    matrix(Fault::UnavailableButDone);
}

#[test]
fn the_gateway_gives_up_and_it_is_done() {
    matrix(Fault::TimedOutButDone);
}

#[test]
fn a_page_comes_back_and_it_is_done() {
    matrix(Fault::PageButDone);
}

#[test]
fn a_page_comes_back_of_a_proxy() {
    matrix(Fault::Page);
}

#[test]
fn the_token_is_refused() {
    matrix(Fault::Unauthorized);
}

/// Numbers that look random and are the same every time (xorshift64).
struct Dice(u64);

impl Dice {
    fn throw<T: Copy>(&mut self, sides: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let side = usize::try_from(self.0 % sides.len() as u64).expect("a small number");
        sides[side]
    }
}

/// A first and a second run that meet a fault each, wherever, and a third that meets none.
#[test]
fn two_runs_go_wrong_somewhere() {
    const SEED: u64 = 0x5EA0_FB0A;
    let mut dice = Dice(SEED);
    let (_shelf, wish) = shelf();
    let length = clean(&wish).len();
    let places: Vec<usize> = (0..length).collect();
    let pairs: Vec<[Schedule; 2]> = (0..150)
        .map(|_| {
            [(); 2].map(|()| Schedule {
                at: dice.throw(&places),
                fault: dice.throw(&Fault::ALL),
                spell: dice.throw(&[Spell::Once, Spell::Twice, Spell::Forever, Spell::Outage]),
                memory: dice.throw(&[Memory::Kept, Memory::Wiped]),
            })
        })
        .collect();
    run_all(&format!("two faults, seed {SEED:#x}"), &pairs, |pair| {
        let wish = &wish;
        async move {
            let desk = Desk::new(Pace::Fast);
            let mut last = Err(String::new());
            for Schedule { at, fault, spell, memory } in pair {
                desk.line.set_weather(Weather::from(at, fault, spell));
                let result = desk.publish(wish, &course()).await;
                match &result {
                    Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_)) | Err(Error::Call { .. }) => {}
                    other => return Err(format!("a run ends with {other:?}")),
                }
                desk.remember(memory);
                last = Ok(result);
            }
            desk.finish(wish, &last?).await
        }
    });
}
