//! Carries a plan out: each effect is noted before and after, each step is told as it happens.

use crate::archive::{Archive, Entry};
use crate::deliver;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::journal::{self, Journal, Line, Run};
use crate::observe::Observed;
use crate::plan::{Plan, plan};
use crate::slot::{Busy, Slot};
use crate::step::{self, IfBusy, Maker, Step};
use crate::wish::Wish;
use flightline_client::api::{Fetched, Reader, Writer};
use flightline_client::error::{self as client, Outcome as Effect};
use flightline_client::secret::SasUrl;
use flightline_client::upload::UploadReceipt;
use flightline_client::watch::{Ending, Goal, watch};
use flightline_protocol::id::{AppId, SubmissionId};
use flightline_protocol::status::{Milestone, Phase, SubmissionStatus};
use flightline_protocol::submission::{StatusReport, Submission};
use flightline_protocol::target::Target;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often a submission of ours is deleted that is still there afterwards.
const MOST_DELETIONS: u32 = 3;

/// How often in a row a look at the slot may fail before the wait for it ends.
const MOST_FAILED_LOOKS: u32 = 5;

/// How far to go, and what to do on the way.
#[derive(Debug, Clone)]
pub struct Course {
    /// How far to go.
    pub until: Until,
    /// When to stop waiting.
    pub deadline: Option<Instant>,
    /// What to do about a submission that is in the way.
    pub if_busy: IfBusy,
    /// The time that a publish date has to lie after.
    pub now: Timestamp,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The draft is made, written and uploaded, and not committed.
    Draft,
    /// The committed submission has come so far.
    Milestone(Milestone),
}

/// How a publish ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Customers have what is wished already.
    NothingToDo(SubmissionId),
    /// The slot is taken, and it was left for later.
    Skipped(Busy),
    /// The draft is ready, and nobody has committed it.
    Draft(SubmissionId),
    /// The submission is as far as was asked.
    Reached(SubmissionId, SubmissionStatus),
    /// It has passed certification and waits for a person or a date.
    Resting(SubmissionId),
    /// Customers get it: the Store's package list was read back and is what was planned.
    Delivered(SubmissionId),
}

impl Outcome {
    /// A word that scripts may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingToDo(_) => "nothing-to-do",
            Self::Skipped(_) => "skipped",
            Self::Draft(_) => journal::DRAFT,
            Self::Reached(..) => "reached",
            Self::Resting(_) => "resting",
            Self::Delivered(_) => "delivered",
        }
    }
}

/// Publishes: looks, plans, and does what is left to be done.
///
/// # Errors
/// [`Error`] says why it stopped, whether the Store was changed, and what to do next. Running it again with the same wish goes on
/// where this run stopped.
pub async fn publish(
    writer: &Writer,
    journal: &mut Journal,
    app: &AppId,
    wish: &Wish,
    course: &Course,
    observer: &dyn Observer,
) -> Result<Outcome, Error> {
    let target = Target::App(app.clone());
    let mut work = Work { writer, journal, target, course, observer };
    let outcome = work.run(app, wish).await;
    let end = match &outcome {
        Ok(outcome) => Some(outcome.code()),
        Err(Error::Failed { .. } | Error::Canceled { .. } | Error::NotAsPlanned { .. }) => Some("failed"),
        // What has not begun needs no going on.
        Err(_) if !work.journal.run().has_begun() => Some("stopped"),
        Err(_) => None,
    };
    if let Some(end) = end {
        work.journal.write(Line::Settled { end: end.to_owned() })?;
    }
    outcome
}

/// Looks and plans, and can do nothing else.
///
/// # Errors
/// When the Store cannot be looked at, or the wish is wrong.
pub async fn look_and_plan(
    reader: &Reader,
    app: &AppId,
    wish: &Wish,
    now: Timestamp,
    observer: &dyn Observer,
) -> Result<(Plan, Observed), Error> {
    reader.sign_in().await.map_err(|source| Error::Call { doing: "could not sign in", source })?;
    observer.hear(&Event::SignedIn);
    let observed = Observed::look(reader, app).await;
    let observed = observed.map_err(|source| Error::Call { doing: "could not look at the app", source })?;
    let plan = plan(wish, &observed, now).map_err(Error::Faults)?;
    observer.hear(&Event::Planned(&plan));
    Ok((plan, observed))
}

struct Work<'a> {
    writer: &'a Writer,
    journal: &'a mut Journal,
    target: Target,
    course: &'a Course,
    observer: &'a dyn Observer,
}

impl Work<'_> {
    async fn run(&mut self, app: &AppId, wish: &Wish) -> Result<Outcome, Error> {
        let (mut plan, mut observed) = look_and_plan(self.writer.reader(), app, wish, self.course.now, self.observer).await?;
        let mut deletions = 0;
        loop {
            let run = self.journal.run();
            let maker = match plan.slot.submission() {
                Some(id) if self.journal.has_made(id) => Maker::Us,
                _ => Maker::Others,
            };
            match step::next(&plan, &run, maker, self.course.if_busy) {
                Step::Nothing => return Ok(self.nothing_to_do(&plan, &run)),
                Step::Skip(busy) => return Ok(Outcome::Skipped(busy)),
                Step::Refuse(busy) => return Err(Error::Busy { app: app.clone(), busy }),
                Step::Watch(id) => return self.watch(&id, &plan).await,
                Step::GoOn(id) => {
                    if !self.journal.has_made(&id) || run.draft.as_ref() != Some(&id) {
                        self.journal.write(Line::Created { submission: id.to_string() })?;
                    }
                    self.observer.hear(&Event::Adopted(&id));
                    let draft = self.pending(&observed, &id)?;
                    return self.fill(&plan, &observed, draft).await;
                }
                Step::Create => {
                    if let Some(draft) = self.create(&observed).await? {
                        return self.fill(&plan, &observed, draft).await;
                    }
                }
                Step::Delete(id) => {
                    deletions += 1;
                    if let (Slot::Busy(busy), true) = (&plan.slot, deletions > MOST_DELETIONS) {
                        return Err(Error::Busy { app: app.clone(), busy: busy.clone() });
                    }
                    self.delete(&id, deletions).await?;
                }
                Step::Wait(busy) => {
                    self.observer.hear(&Event::WaitingForSlot(&busy.id, &busy.status));
                    self.wait_for_slot(&busy).await?;
                }
            }
            // Something has changed, or may have: look at the Store before the next step.
            let again = Observed::look(self.writer.reader(), app).await;
            observed = again.map_err(|source| Error::Call { doing: "could not look at the app", source })?;
            plan = crate::plan::plan(wish, &observed, self.course.now).map_err(Error::Faults)?;
        }
    }

    /// What was found to be live may be what this very run was about.
    fn nothing_to_do(&self, plan: &Plan, run: &Run) -> Outcome {
        if run.draft.as_ref() == Some(&plan.base) && run.commit_was_sent {
            Outcome::Delivered(plan.base.clone())
        } else {
            Outcome::NothingToDo(plan.base.clone())
        }
    }

    fn pending(&self, observed: &Observed, id: &SubmissionId) -> Result<Fetched, Error> {
        match &observed.pending {
            Some(pending) if pending.submission.id() == id => Ok(pending.clone()),
            _ => Err(Error::Call {
                doing: "could not go on with the draft",
                source: client::Error::NoUploadUrl { submission: id.to_string() },
            }),
        }
    }

    /// Makes a draft. `None` means that nobody knows whether there is one now: the Store has to be looked at.
    async fn create(&mut self, observed: &Observed) -> Result<Option<Fetched>, Error> {
        if let Some(live) = &observed.live
            && rollout_is_open(live)
        {
            return Err(Error::RolloutOpen { submission: live.id().clone() });
        }
        let tried = self.journal.run().create_is_open;
        self.journal.write(Line::CreateStarted)?;
        match self.writer.create_submission(&self.target).await {
            Ok(draft) => {
                let id = draft.submission.id();
                self.journal.write(Line::Created { submission: id.to_string() })?;
                self.observer.hear(&Event::Created(id));
                Ok(Some(draft))
            }
            // One lost answer sends us to look; a second one in the same run ends it.
            Err(error) if error.outcome() != Effect::NotDone && !tried => {
                tracing::warn!(%error, "nobody knows whether the draft was made; looking at the Store");
                Ok(None)
            }
            Err(source) => {
                if source.outcome() == Effect::NotDone {
                    self.journal.write(Line::CreateRefused)?;
                }
                Err(Error::Call { doing: "could not make a draft", source })
            }
        }
    }

    async fn delete(&mut self, id: &SubmissionId, attempt: u32) -> Result<(), Error> {
        match self.writer.delete_submission(&self.target, id).await {
            Ok(()) => {}
            Err(error) if error.status() == Some(404) => {}
            // One lost answer sends us to look; a second one ends it.
            Err(error) if error.outcome() != Effect::NotDone && attempt == 1 => {
                tracing::warn!(%error, "nobody knows whether the submission was deleted; looking at the Store");
            }
            Err(source) => return Err(Error::Call { doing: "could not delete our old submission", source }),
        }
        self.journal.write(Line::Deleted { submission: id.to_string() })?;
        self.observer.hear(&Event::Deleted(id));
        Ok(())
    }

    /// Waits until the submission that is in the way is through or gone.
    async fn wait_for_slot(&self, busy: &Busy) -> Result<(), Error> {
        let mut failed_looks = 0;
        loop {
            let late = self.course.deadline.is_some_and(|deadline| deadline <= Instant::now());
            if late {
                return Err(Error::Deadline { submission: busy.id.clone(), status: busy.status.clone() });
            }
            let next = Instant::now() + Duration::from_secs(30);
            tokio::time::sleep_until(self.course.deadline.map_or(next, |deadline| deadline.min(next))).await;
            let app = match &self.target {
                Target::App(app) | Target::Flight(app, _) => app,
                Target::AddOn(_) => return Ok(()),
            };
            match self.writer.reader().app(app).await {
                Ok(now) if now.pending.as_ref() != Some(&busy.id) => return Ok(()),
                Ok(_) => failed_looks = 0,
                // Whoever has waited for hours does not give up for one bad minute.
                Err(error)
                    if failed_looks < MOST_FAILED_LOOKS
                        && matches!(error.kind(), client::Kind::Trouble | client::Kind::Throttled) =>
                {
                    failed_looks += 1;
                    tracing::warn!(%error, failed_looks, "could not look whether the slot is free; looking again");
                }
                Err(source) => return Err(Error::Call { doing: "could not look whether the slot is free", source }),
            }
        }
    }

    /// From a draft to the end: write, upload, commit, follow.
    async fn fill(&mut self, plan: &Plan, observed: &Observed, draft: Fetched) -> Result<Outcome, Error> {
        let Some(live) = &observed.live else { return Ok(Outcome::Draft(draft.submission.id().clone())) };
        let id = draft.submission.id().clone();
        let url = self.write(plan, live, draft).await?;
        let receipt = self.upload(plan, &id, url).await?;
        if self.course.until == Until::Draft {
            return Ok(Outcome::Draft(id));
        }
        self.commit(&id, &receipt).await?;
        self.follow(&id, plan).await
    }

    /// Brings the draft to say what the plan says, and gives the address that its files go to.
    async fn write(&mut self, plan: &Plan, live: &Submission, draft: Fetched) -> Result<Option<SasUrl>, Error> {
        let id = draft.submission.id().clone();
        let mut wished = draft.submission.clone();
        plan.edit(&mut wished, live)?;
        if wished == draft.submission {
            return Ok(draft.upload_url);
        }
        let stored = self.writer.update_submission(&self.target, &wished).await;
        let stored = stored.map_err(|source| Error::Call { doing: "could not write the draft", source })?;
        let names = |submission: &Submission| {
            let mut names: Vec<String> = submission
                .packages()
                .iter()
                .filter(|entry| entry.file_status() == "PendingUpload")
                .map(|entry| entry.file_name().replace('\\', "/"))
                .collect();
            names.sort();
            names
        };
        if names(&stored.submission) != names(&wished) {
            return Err(Error::NotStored { submission: id });
        }
        self.journal.write(Line::Updated { submission: id.to_string() })?;
        self.observer.hear(&Event::Updated(&id));
        Ok(draft.upload_url.or(stored.upload_url))
    }

    /// Uploads what comes, unless the journal knows that these very bytes are there.
    async fn upload(&mut self, plan: &Plan, id: &SubmissionId, url: Option<SasUrl>) -> Result<UploadReceipt, Error> {
        let entries = archive_entries(plan);
        if entries.is_empty() {
            return Ok(UploadReceipt::nothing_to_upload(id.clone()));
        }
        let archive = tokio::task::spawn_blocking(move || Archive::plan(entries)).await;
        let archive = archive.map_err(|error| Error::Call {
            doing: "could not read the packages",
            source: client::Error::Content(error.into()),
        })??;
        let content = blake3::Hash::from_bytes(archive.digest()).to_hex().to_string();
        let no_url =
            || Error::Call { doing: "could not upload", source: client::Error::NoUploadUrl { submission: id.to_string() } };
        let mut url = url.ok_or_else(no_url)?;
        let run = self.journal.run();
        if let Some((blob, length, known)) = run.uploaded
            && run.draft.as_ref() == Some(id)
            && known == content
            && blob == url.blob()
        {
            return Ok(UploadReceipt::vouched(id.clone(), blob, length));
        }
        let archive: Arc<Archive> = Arc::new(archive);
        let started = Instant::now();
        let progress = |progress| self.observer.hear(&Event::Uploading(progress));
        let mut receipt = self.writer.upload(id, &url, archive.clone(), &progress).await;
        if matches!(&receipt, Err(error) if error.is_stale_url()) {
            // The address lives for about a day; looking at the draft brings a fresh one.
            let fresh = self.writer.reader().submission(&self.target, id).await;
            let fresh = fresh.map_err(|source| Error::Call { doing: "could not get a fresh upload address", source })?;
            url = fresh.upload_url.ok_or_else(no_url)?;
            receipt = self.writer.upload(id, &url, archive, &progress).await;
        }
        let receipt = receipt.map_err(|source| Error::Call { doing: "could not upload the packages", source })?;
        self.journal.write(Line::Uploaded {
            submission: id.to_string(),
            blob: receipt.blob().to_owned(),
            length: receipt.length(),
            content,
        })?;
        self.observer.hear(&Event::Uploaded(receipt.length(), started.elapsed()));
        Ok(receipt)
    }

    async fn commit(&mut self, id: &SubmissionId, receipt: &UploadReceipt) -> Result<(), Error> {
        self.journal.write(Line::CommitStarted { submission: id.to_string() })?;
        match self.writer.commit(&self.target, receipt).await {
            Ok(_) => {}
            Err(source) if source.outcome() == Effect::NotDone => {
                return Err(Error::Call { doing: "could not commit the draft", source });
            }
            Err(source) => self.settle_commit(id, receipt, source).await?,
        }
        self.journal.write(Line::Committed { submission: id.to_string() })?;
        self.observer.hear(&Event::Committed(id));
        Ok(())
    }

    /// After a lost answer: anything but a draft means that the commit was taken. A draft that stays one is committed once more.
    async fn settle_commit(&self, id: &SubmissionId, receipt: &UploadReceipt, lost: client::Error) -> Result<(), Error> {
        tracing::warn!(error = %lost, "nobody knows whether the commit was taken; looking at the Store");
        let doing = "could not find out whether the commit was taken";
        for _ in 0..3 {
            let now = self.writer.reader().status(&self.target, id).await;
            if now.map_err(|source| Error::Call { doing, source })?.status.phase() != Phase::Draft {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        self.writer
            .commit(&self.target, receipt)
            .await
            .map(drop)
            .map_err(|source| Error::Call { doing: "could not commit the draft", source })
    }

    /// Goes on with a submission that was found committed.
    async fn watch(&mut self, id: &SubmissionId, plan: &Plan) -> Result<Outcome, Error> {
        match (&plan.slot, self.course.until) {
            // Only a draft was asked for, and it is further than that.
            (Slot::OnItsWay(_, status) | Slot::Busy(Busy { status, .. }), Until::Draft) => {
                Ok(Outcome::Reached(id.clone(), status.clone()))
            }
            _ => self.follow(id, plan).await,
        }
    }

    /// Follows the committed submission, and reads back what customers get.
    async fn follow(&mut self, id: &SubmissionId, plan: &Plan) -> Result<Outcome, Error> {
        let Until::Milestone(milestone) = self.course.until else { return Ok(Outcome::Draft(id.clone())) };
        let goal = Goal { milestone, publish_mode: plan.publish_mode.clone(), deadline: self.course.deadline };
        let since = Mutex::new(Instant::now());
        let changed = |report: &StatusReport| {
            let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
            self.observer.hear(&Event::Status(report, since.elapsed()));
            *since = Instant::now();
        };
        let ending = watch(self.writer.reader(), &self.target, id, &goal, &changed).await;
        let ending = ending.map_err(|source| Error::Call { doing: "could not follow the submission", source })?;
        let submission = id.clone();
        match ending {
            Ending::Failed(report) => Err(Error::Failed { submission, report }),
            Ending::Canceled(_) => Err(Error::Canceled { submission }),
            Ending::BackToDraft(_) => Err(Error::BackToDraft { submission }),
            Ending::Deadline(report) => Err(Error::Deadline { submission, status: report.status }),
            Ending::Resting(report) => {
                self.read_back(id, plan, &report.status).await?;
                Ok(Outcome::Resting(submission))
            }
            Ending::Reached(report) => {
                if report.status.milestone() >= Some(Milestone::Certified) {
                    self.read_back(id, plan, &report.status).await?;
                }
                if report.status.phase() == Phase::Live {
                    Ok(Outcome::Delivered(submission))
                } else {
                    Ok(Outcome::Reached(submission, report.status))
                }
            }
        }
    }

    /// Success means that the Store *has* what was planned, not that it said so.
    async fn read_back(&self, id: &SubmissionId, plan: &Plan, status: &SubmissionStatus) -> Result<(), Error> {
        let published = self.writer.reader().submission(&self.target, id).await;
        let published = published.map_err(|source| Error::Call { doing: "could not read the package list back", source })?;
        let differences = deliver::differences(plan, &published.submission);
        if !differences.is_empty() {
            return Err(Error::NotAsPlanned { submission: id.clone(), status: status.clone(), differences });
        }
        if status.phase() == Phase::Live {
            self.observer.hear(&Event::Delivered(&deliver::package_list(&published.submission)));
        }
        Ok(())
    }
}

/// The files that travel: every package that comes, with those that belong beside it.
fn archive_entries(plan: &Plan) -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in plan.coming() {
        let folder = line.file_name.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        for (at, file) in line.files.iter().enumerate() {
            let name = match file.file_name() {
                Some(name) if at > 0 => format!("{folder}{}", name.to_string_lossy()),
                _ => line.file_name.clone(),
            };
            entries.push(Entry { name, path: file.clone() });
        }
    }
    entries
}

/// Whether customers still get the live submission gradually: then no other can be made.
fn rollout_is_open(live: &Submission) -> bool {
    let rollout = live.document().get("packageDeliveryOptions").and_then(|options| options.get("packageRollout"));
    let says = |name: &str| rollout.and_then(|rollout| rollout.get(name));
    let enabled = says("isPackageRollout").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let status = says("packageRolloutStatus").and_then(serde_json::Value::as_str);
    enabled && matches!(status, Some("PackageRolloutInProgress" | "PackageRolloutNotStarted"))
}
