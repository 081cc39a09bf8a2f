//! What has to hold whatever happens.

use crate::fault::Fault;
use crate::job::Job;
use crate::line::{Done, Place, Trouble};
use crate::person::{self, Act};
use crate::schedule::{Memory, Schedule};
use crate::stage::{End, Prepared, Stage};
use flightline_client::error as client;
use flightline_publish::apply::Outcome;
use flightline_publish::error::{Error, Kind};
use serde_json::Value;
use std::time::Duration;

/// How often the command is run again at the most where somebody else has acted.
const MOST_RUNS: usize = 6;

/// How often others have something in the slot at the most: a draft, and something that failed.
const MOST_TIMES: usize = 2;

const A_MINUTE: Duration = Duration::from_secs(60);

/// Plays a schedule to its end. What went wrong is said with the story of how it came to that.
pub(crate) async fn play(prepared: &Prepared, schedule: &Schedule) -> Result<String, String> {
    let stage = Stage::new(prepared);
    let result = go(&stage, prepared.job, schedule).await;
    let mut wrong = stage.line.wrong();
    wrong.extend(result.err());
    let secrets = stage.secrets();
    if !secrets.is_empty() {
        wrong.push(format!("secrets were told: {secrets:?}"));
    }
    let story = stage.line.story();
    if wrong.is_empty() { Ok(story) } else { Err(format!("{}\n{story}", wrong.join("\n"))) }
}

async fn go(stage: &Stage<'_>, job: Job, schedule: &Schedule) -> Result<(), String> {
    let (mut last_was_right, mut have_others_acted) = (false, false);
    for run in &schedule.runs {
        have_others_acted |= !run.trouble.acts.is_empty();
        let before = stage.line.done();
        let end = stage.run(run.trouble.clone()).await;
        let others = if have_others_acted { Others::Acted } else { Others::Away };
        judge(stage, job, &end, &run.trouble, others, before)?;
        // A state file that has lost its end knows the submission, and not that it was through.
        last_was_right = matches!(end, End::Ended(Ok(_))) && !matches!(run.memory, Memory::Cut(_));
        stage.remember(run.memory);
    }
    let acts: Vec<Act> = schedule.runs.iter().flat_map(|run| &run.trouble.acts).map(|(_, act)| *act).collect();
    if acts.is_empty() && job != Job::AppRollingOut {
        finish(stage, last_was_right).await?;
    } else {
        finish_among_others(stage, job).await?;
    }
    count(stage, job, &acts)
}

/// The same command in calm weather ends it at once, and then has nothing to do.
async fn finish(stage: &Stage<'_>, is_done: bool) -> Result<(), String> {
    let next = stage.run(Trouble::default()).await;
    match &next {
        End::Ended(Ok(Outcome::NothingToDo(_))) => return Ok(()),
        End::Ended(Ok(Outcome::Delivered(_))) if !is_done => {}
        _ => return Err(format!("the next run ends with {next:?}")),
    }
    let last = stage.run(Trouble::default()).await;
    if matches!(last, End::Ended(Ok(Outcome::NothingToDo(_)))) { Ok(()) } else { Err(format!("the last run ends with {last:?}")) }
}

/// The same command ends it, or says truly that somebody else has the slot; and ends it once they give way.
async fn finish_among_others(stage: &Stage<'_>, job: Job) -> Result<(), String> {
    let mut gave_way = 0;
    for _ in 0..MOST_RUNS {
        let next = stage.run(Trouble::default()).await;
        stage.line.hold_against_the_budget();
        match &next {
            End::Ended(Ok(Outcome::NothingToDo(_))) => return Ok(()),
            End::Ended(Ok(Outcome::Delivered(_))) => published(stage)?,
            End::Ended(Err(error)) => match error.kind() {
                Kind::Conflict if gave_way < MOST_TIMES => {
                    foreign_is_untouched(stage)?;
                    tokio::time::sleep(A_MINUTE).await;
                    person::give_way(&stage.line, job).await;
                    gave_way += 1;
                }
                // Others have committed what was ours, and that is told once.
                Kind::Failed | Kind::NotAsPlanned => {}
                kind => return Err(format!("a calm run ends with {kind:?}: {error:?}")),
            },
            _ => return Err(format!("a calm run ends with {next:?}")),
        }
        // What is on its way gets there.
        tokio::time::sleep(A_MINUTE).await;
    }
    Err(format!("it is not done after {MOST_RUNS} runs"))
}

/// Whether somebody else has had a hand in it, in this run or before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Acted,
    Away,
}

/// Whether a run that met trouble ended as it may.
fn judge(stage: &Stage<'_>, job: Job, end: &End, trouble: &Trouble, others: Others, before: Done) -> Result<(), String> {
    stage.line.hold_against_the_budget();
    match end {
        End::Hung => Err("the run does not end".to_owned()),
        End::Killed if trouble.stop.is_some() => Ok(()),
        End::Killed => Err("the run was stopped by nobody".to_owned()),
        End::Ended(Ok(Outcome::Delivered(_) | Outcome::NothingToDo(_))) => published(stage),
        End::Ended(Ok(other)) => Err(format!("a run ends with {other:?}")),
        End::Ended(Err(error)) => {
            if error.code().is_empty() {
                return Err(format!("no code for {error:?}"));
            }
            let met = stage.line.met();
            let by_fault = |(fault, place): &(Fault, Place)| fault.kinds(*place).contains(&error.kind());
            let by_others = others == Others::Acted
                && matches!(error.kind(), Kind::Conflict | Kind::NotFound | Kind::Failed | Kind::NotAsPlanned);
            // Of a refusal that lost its words only the status is left.
            let is_wordless = |(fault, _): &(Fault, Place)| matches!(fault, Fault::Empty | Fault::Truncated);
            let by_others = by_others || others == Others::Acted && error.kind() == Kind::Invalid && met.iter().any(is_wordless);
            let by_rollout = job == Job::AppRollingOut && matches!(error, Error::RolloutOpen { .. });
            if !met.iter().any(by_fault) && !by_others && !by_rollout {
                return Err(format!("a run that met {met:?} says {:?}: {error:?}", error.kind()));
            }
            claims(stage, error, before)
        }
    }
}

/// What is said not to be done is not done.
fn claims(stage: &Stage<'_>, error: &Error, before: Done) -> Result<(), String> {
    let (Error::Call { doing, source } | Error::Midway { doing, source, .. }) = error else { return Ok(()) };
    if source.outcome() != client::Outcome::NotDone {
        return Ok(());
    }
    let done = stage.line.done();
    match *doing {
        "could not make a draft" if done.made > before.made => Err(format!("a draft was made, and the run says {error:?}")),
        "could not commit the draft" if done.committed > before.committed => {
            Err(format!("the draft was committed, and the run says {error:?}"))
        }
        _ => Ok(()),
    }
}

fn published(stage: &Stage<'_>) -> Result<(), String> {
    if stage.are_published(&stage.submissions()) { Ok(()) } else { Err("it is said to be published, and is not".to_owned()) }
}

/// Nothing of others was changed or deleted.
fn foreign_is_untouched(stage: &Stage<'_>) -> Result<(), String> {
    for (id, document) in stage.line.foreign() {
        let now = person::kept(&stage.line, &id).map(|mut kept| kept["document"].take());
        if now.as_ref() != Some(&document) {
            return Err(format!("submission {id} of others was {document} and is {}", now.unwrap_or(Value::Null)));
        }
    }
    Ok(())
}

/// Customers have what is wished; one submission of ours was made and committed, and none was deleted, unless others took part.
fn count(stage: &Stage<'_>, job: Job, acts: &[Act]) -> Result<(), String> {
    foreign_is_untouched(stage)?;
    let submissions = stage.submissions();
    if !stage.are_published(&submissions) {
        return Err("it is said to be published in the end, and is not".to_owned());
    }
    let done = stage.line.done();
    let made = usize::from(!job.begins_with_a_draft());
    let expected = Done { made, committed: 1, deleted: 0 };
    // Who publishes something else, or what is half done, has a submission of their own.
    let published = submissions.iter().filter(|one| one["status"] == "Published").count();
    let alone = !acts.iter().any(|act| matches!(act, Act::PublishesOther | Act::CommitsDraft));
    if alone && published != job.published() + 1 {
        return Err(format!("{published} submissions are published"));
    }
    if acts.is_empty() {
        let open = submissions.iter().filter(|one| one["status"] != "Published").count();
        return if done == expected && open == 0 { Ok(()) } else { Err(format!("{done:?}, and {open} are not through")) };
    }
    // What others have taken, committed or deleted is made once more.
    let most = Done { made: 2, committed: 1, deleted: 1 };
    let within = done.made <= most.made && done.committed <= most.committed && done.deleted <= most.deleted;
    if within { Ok(()) } else { Err(format!("{done:?} with {acts:?}")) }
}
