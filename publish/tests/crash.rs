//! A machine that stops while it publishes something out of the ordinary: the same command goes on. What can happen to a plain publish
//! is in the fault matrix.

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

use flightline_client::error::Error as ClientError;
use flightline_emulator::Pace;
use flightline_publish::apply::Outcome;
use flightline_publish::error::Error;
use flightline_publish::notes::Notes;
use flightline_publish::wish::Wish;
use schedule::{alone, run_all};
use std::time::Duration;
use store::{Desk, Memory, course};
use weather::{Fault, Spell, Weather};

/// Publishes until the request of this number, and is gone then; whether it came so far.
async fn crash(desk: &Desk, wish: &Wish, at: usize, fault: Fault) -> bool {
    desk.line.set_weather(Weather::from(at, fault, Spell::Once));
    let a_day = Duration::from_secs(24 * 3600);
    tokio::time::timeout(a_day, desk.publish(wish, &course())).await.is_err()
}

/// What a crash leaves: no outcome.
fn nothing() -> Result<Outcome, Error> {
    Err(Error::Call { doing: "crashed", source: ClientError::Content("crashed".into()) })
}

/// The wish that all schedules have, with the desk whose folder its packages lie in and the number of requests that it takes.
fn shelf() -> (Desk, Wish, usize) {
    alone(async {
        let shelf = Desk::new(Pace::Fast);
        let wish = shelf.wish();
        shelf.publish(&wish, &course()).await.expect("it is published");
        let length = shelf.line.sent();
        (shelf, wish, length)
    })
}

/// The draft says everything that can be wished, and whoever finds it without a memory sees that it is what they want.
#[test]
fn a_draft_with_all_there_is_to_wish_is_known_again() {
    let (_shelf, plain, _) = shelf();
    let rich = Wish {
        notes: Some(Notes::Everywhere("New sails.\nAnd wind.".to_owned())),
        rollout: "12.5".parse().ok(),
        price: Some("Tier1012".to_owned()),
        ..plain
    };
    let dated = Wish { publish_at: "2031-05-01T06:30:00Z".parse().ok(), ..rich.clone() };
    let schedules: Vec<(usize, Memory)> = (3..8).flat_map(|at| [(at, Memory::Kept), (at, Memory::Wiped)]).collect();
    run_all("a rich wish", &schedules, |(at, memory)| {
        let (rich, dated) = (&rich, &dated);
        async move {
            let desk = Desk::new(Pace::Fast);
            assert!(crash(&desk, rich, at, Fault::HangsAfter).await);
            desk.remember(memory);
            desk.finish(rich, &nothing()).await?;

            let desk = Desk::new(Pace::Fast);
            assert!(crash(&desk, dated, at, Fault::HangsAfter).await);
            desk.remember(memory);
            desk.line.set_weather(Weather::default());
            let outcome = desk.publish(dated, &course()).await;
            match outcome {
                Ok(Outcome::Resting(_)) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        }
    });
}

/// A day has passed when somebody looks again, on another machine.
#[test]
fn what_a_crashed_run_had_committed_needs_nothing_more() {
    let (_shelf, wish, _) = shelf();
    alone(async {
        let desk = Desk::new(Pace::Real);
        assert!(crash(&desk, &wish, 6, Fault::HangsAfter).await);
        desk.remember(Memory::Wiped);
        let outcome = desk.publish(&wish, &course()).await;
        assert!(matches!(outcome, Ok(Outcome::NothingToDo(_))), "{outcome:?}");
        assert_eq!(desk.live_packages().await, ["1.1.0.0 arm64", "1.1.0.0 x64"]);
    });
}
