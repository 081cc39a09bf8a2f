//! A rollout that is not over when the next version comes, and one that was halted: ended once and only if asked, and never published
//! again in silence.

#![allow(clippy::expect_used, clippy::panic, reason = "clippy does not see that helpers of tests are tests")]

#[path = "support/document.rs"]
mod document;
#[path = "support/schedule.rs"]
mod schedule;
#[path = "support/store.rs"]
mod store;
mod support;
#[path = "support/weather.rs"]
mod weather;

use document::wish;
use flightline_emulator::Pace;
use flightline_publish::apply::{Course, Outcome};
use flightline_publish::error::{Error, Kind};
use flightline_publish::notes::Notes;
use flightline_publish::rollout::{ExistingRollout, RolloutEnd};
use flightline_publish::wish::{PackagePolicy, Replace, Wish};
use http::Method;
use insta::assert_snapshot;
use schedule::run_all;
use store::{Desk, Memory, course};
use weather::{Fault, Spell, Weather};

const HALT: &str = "app/submissions/*/haltpackagerollout";
const FINALIZE: &str = "app/submissions/*/finalizepackagerollout";

fn ending(end: RolloutEnd) -> Course {
    Course { existing_rollout: ExistingRollout::End(end), ..course() }
}

/// A desk whose version 1.1.0.0 goes to ten percent of the customers: of both architectures, or of x64 alone.
async fn rolling(architectures: &[&str]) -> Desk {
    let desk = Desk::new(Pace::Fast);
    let packages = architectures.iter().map(|architecture| desk.package("1.1.0.0", architecture)).collect();
    let gradual = Wish { rollout: "10".parse().ok(), ..wish(packages) };
    let outcome = desk.publish(&gradual, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    desk.requests();
    desk.heard();
    desk
}

/// The same, after somebody has halted it.
async fn halted(architectures: &[&str]) -> Desk {
    let desk = rolling(architectures).await;
    let live = desk.submissions().await;
    let id = live.last().expect("a submission")["id"].as_str().expect("an id").to_owned();
    desk.control("POST", &format!("/rollout?submission={id}&status=PackageRolloutStopped")).await;
    desk
}

fn next(desk: &Desk) -> Wish {
    wish(vec![desk.package("1.2.0.0", "x64"), desk.package("1.2.0.0", "arm64")])
}

/// The codes of what is wrong, where nothing but looks was sent.
async fn refused(desk: &Desk, wish: &Wish, course: &Course) -> Vec<String> {
    let result = desk.publish(wish, course).await;
    let Err(Error::Faults(faults)) = result else { panic!("{result:?}") };
    let requests = desk.requests();
    assert!(requests.lines().all(|line| line.starts_with("GET") || line.contains("token")), "{requests}");
    faults.into_iter().map(|fault| fault.code).collect()
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_goes_on_stops_the_next_version_with_the_flag_that_ends_it() {
    let desk = rolling(&["x64", "arm64"]).await;
    let error = desk.publish(&next(&desk), &course()).await.expect_err("it goes on");
    assert_eq!((error.kind(), error.code().as_str()), (Kind::Conflict, "rollout-open"));
    assert!(error.hint().is_some_and(|hint| hint.contains("--existing-rollout finalize")), "{:?}", error.hint());
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_finalized_where_that_is_asked_for() {
    let desk = rolling(&["x64", "arm64"]).await;
    let outcome = desk.publish(&next(&desk), &ending(RolloutEnd::Finalize)).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_snapshot!(desk.requests(), @r"
    POST token 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions/*/finalizepackagerollout 200
    GET app 200
    GET app/submissions/* 200
    POST app/submissions 201
    PUT app/submissions/* 200
    PUT blob 201
    POST app/submissions/*/commit 202
    GET app/submissions/* 200
    ");
    assert!(desk.heard().starts_with("signedin planned rolloutended created"));
    // What has nothing to be changed ends no rollout.
    let desk = rolling(&["x64", "arm64"]).await;
    let same = wish(vec![desk.package("1.1.0.0", "x64"), desk.package("1.1.0.0", "arm64")]);
    let outcome = desk.publish(&same, &ending(RolloutEnd::Finalize)).await;
    assert!(matches!(outcome, Ok(Outcome::NothingToDo(_))), "{outcome:?}");
    assert_eq!(desk.line.count(&Method::POST, FINALIZE, 200), 0);
}

/// After a halt the next draft is a clone of what was halted, and the packages in it go.
#[tokio::test(start_paused = true)]
async fn a_rollout_is_halted_where_that_is_asked_for_and_its_packages_go() {
    let desk = rolling(&["x64", "arm64"]).await;
    let keeping = PackagePolicy { replace: Replace::Keep("3".parse().expect("a number")), ..PackagePolicy::default() };
    let next = Wish { policy: keeping, ..next(&desk) };
    let outcome = desk.publish(&next, &ending(RolloutEnd::Halt)).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.2.0.0 arm64", "1.2.0.0 x64"], "whatever was to be kept");
    assert_eq!(desk.line.count(&Method::POST, HALT, 200), 1);
}

/// What a halt would leave without a package is found before the halt, which cannot be taken back.
#[tokio::test(start_paused = true)]
async fn a_halt_that_leads_nowhere_is_not_asked_for() {
    let desk = rolling(&["x64", "arm64"]).await;
    let half = wish(vec![desk.package("1.2.0.0", "x64")]);
    assert_eq!(refused(&desk, &half, &ending(RolloutEnd::Halt)).await, ["architecture-lost"]);
    // To everybody, the other half is as good as what they have.
    let outcome = desk.publish(&half, &ending(RolloutEnd::Finalize)).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.1.0.0 arm64", "1.2.0.0 x64"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_halted_is_not_published_again_in_silence() {
    let desk = halted(&["x64", "arm64"]).await;
    let again = wish(vec![desk.package("1.1.0.0", "x64"), desk.package("1.1.0.0", "arm64")]);
    assert_eq!(
        refused(&desk, &again, &course()).await,
        ["rollout-halted", "rollout-halted", "architecture-lost", "architecture-lost"]
    );
    // Neither beside a new version of the other half, nor with new words.
    let half = wish(vec![desk.package("1.2.0.0", "x64")]);
    assert_eq!(refused(&desk, &half, &course()).await, ["architecture-lost"]);
    let words = Wish { notes: Some(Notes::Everywhere("The same boats.".to_owned())), ..wish(Vec::new()) };
    assert_eq!(refused(&desk, &words, &course()).await, ["architecture-lost", "architecture-lost"]);
    let outcome = desk.publish(&next(&desk), &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.2.0.0 arm64", "1.2.0.0 x64"]);
}

/// What all customers had before the rollout was never halted, and stays.
#[tokio::test(start_paused = true)]
async fn a_package_that_was_there_before_the_halted_rollout_stays() {
    let desk = halted(&["x64"]).await;
    let half = wish(vec![desk.package("1.2.0.0", "x64")]);
    let outcome = desk.publish(&half, &course()).await;
    assert!(matches!(outcome, Ok(Outcome::Delivered(_))), "{outcome:?}");
    assert_eq!(desk.live_packages().await, ["1.0.0.0 arm64", "1.2.0.0 x64"]);
}

/// Every fault at the request that ends the rollout, and around it: it is ended once, and the same command comes to its end.
#[test]
fn the_end_of_a_rollout_goes_wrong() {
    let mut schedules = Vec::new();
    for end in [RolloutEnd::Finalize, RolloutEnd::Halt] {
        // Of token, app, live, (the one before,) the end, app, live: those around the end.
        for at in 2..6 {
            for fault in Fault::ALL {
                for spell in [Spell::Once, Spell::Forever] {
                    schedules.extend([Memory::Kept, Memory::Wiped].map(|memory| (end, at, fault, spell, memory)));
                }
            }
        }
    }
    run_all("the end of a rollout", &schedules, |(end, at, fault, spell, memory)| async move {
        let desk = rolling(&["x64", "arm64"]).await;
        let next = next(&desk);
        desk.line.set_weather(Weather::from(at, fault, spell));
        let first = desk.publish(&next, &ending(end)).await;
        if !matches!(first, Ok(Outcome::Delivered(_)) | Err(Error::Call { .. } | Error::Midway { .. })) {
            return Err(format!("the first run ends with {first:?}"));
        }
        desk.line.set_weather(Weather::default());
        desk.remember(memory);
        let second = desk.publish(&next, &ending(end)).await;
        if !matches!(second, Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_))) {
            return Err(format!("the next run ends with {second:?} after {first:?}"));
        }
        let verb = if end == RolloutEnd::Halt { HALT } else { FINALIZE };
        let counts = [verb, "app/submissions", "app/submissions/*/commit"]
            .map(|what| [200, 201, 202].into_iter().map(|status| desk.line.count(&Method::POST, what, status)).sum::<usize>());
        if counts != [1, 1, 1] {
            return Err(format!("{counts:?}"));
        }
        let live = desk.live_packages().await;
        if live != ["1.2.0.0 arm64", "1.2.0.0 x64"] {
            return Err(format!("customers have {live:?}"));
        }
        Ok(())
    });
}
