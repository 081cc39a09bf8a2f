//! From a draft to a commit: writes what the plan says, uploads what comes, hands it to the Store.

use super::{Outcome, Until, Work};
use crate::archive::{Archive, Entry};
use crate::error::Error;
use crate::event::Event;
use crate::journal::Line;
use crate::plan::{Plan, digest};
use flightline_client::api::Fetched;
use flightline_client::error as client;
use flightline_client::secret::SasUrl;
use flightline_client::upload::{self, UploadReceipt};
use flightline_protocol::id::SubmissionId;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const READING: &str = "could not read the packages";

/// How old what we know of a draft may be when it is committed. The API has no conditional requests (O-060), so there is a moment in any case in
/// which others can still change it; a publish that takes no longer than this does without a second look.
const FRESH: Duration = Duration::from_secs(30);

impl Work<'_> {
    /// From a draft to the end: write, upload, commit, follow.
    pub(super) async fn fill(&mut self, plan: &Plan, base: &Submission, draft: Fetched) -> Result<Outcome, Error> {
        let id = draft.submission.id().clone();
        let before = draft.submission.clone();
        let (stored, url) = self.write(plan, base, draft).await?;
        let seen = Instant::now();
        let receipt = self.upload(plan, &id, url).await?;
        if self.course.until == Until::Draft {
            return Ok(Outcome::Draft(id));
        }
        if self.journal.was_adopted(&id) || seen.elapsed() > FRESH {
            self.verify(&before, &stored).await?;
        }
        self.commit(&id, &receipt).await?;
        self.follow(&id, plan).await
    }

    /// Brings the draft to say what the plan says. Gives what the Store has stored then, and the address that its files go to.
    async fn write(&mut self, plan: &Plan, live: &Submission, draft: Fetched) -> Result<(Submission, Option<SasUrl>), Error> {
        let id = draft.submission.id().clone();
        let mut wished = draft.submission.clone();
        plan.edit(&mut wished, live)?;
        if wished == draft.submission {
            return Ok((draft.submission, draft.upload_url));
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
        // A draft that an add-on's failed create left behind takes everything and keeps nothing (O-034).
        let is_add_on = matches!(self.target, Target::AddOn(_));
        let is_kept = !is_add_on || plan.fields.iter().all(|change| change.is_said_in(&stored.submission));
        if names(&stored.submission) != names(&wished) || !is_kept {
            return Err(Error::NotStored { submission: id, target: self.target.clone() });
        }
        let document = Some(digest(&stored.submission));
        self.journal.write(Line::Updated { submission: id.to_string(), document })?;
        self.observer.hear(&Event::Updated(&id));
        Ok((stored.submission, draft.upload_url.or(stored.upload_url)))
    }

    /// Lays the archive out that goes up, or takes the one that was laid out before; `None` where nothing comes.
    pub(super) async fn lay_out(&mut self, plan: &Plan) -> Result<Option<Arc<Archive>>, Error> {
        let entries = archive_entries(plan);
        if entries.is_empty() {
            return Ok(None);
        }
        if let Some((_, archive)) = self.archive.as_ref().filter(|(laid_out, _)| *laid_out == entries) {
            return Ok(Some(Arc::clone(archive)));
        }
        let files = entries.clone();
        let archive = tokio::task::spawn_blocking(move || Archive::plan(files)).await;
        let lost = |error: tokio::task::JoinError| Error::Call { doing: READING, source: client::Error::Content(error.into()) };
        let archive = Arc::new(archive.map_err(lost)??);
        self.archive = Some((entries, Arc::clone(&archive)));
        Ok(Some(archive))
    }

    /// Uploads what comes, unless the journal knows that these very bytes are there.
    async fn upload(&mut self, plan: &Plan, id: &SubmissionId, url: Option<SasUrl>) -> Result<UploadReceipt, Error> {
        let Some(archive) = self.lay_out(plan).await? else {
            return Ok(UploadReceipt::nothing_to_upload(id.clone()));
        };
        let source = client::Error::NoUploadUrl { submission: id.to_string() };
        let url = url.ok_or(Error::Call { doing: "could not upload", source })?;
        let run = self.journal.run();
        if let Some((blob, length, known)) = run.uploaded
            && run.draft.as_ref() == Some(id)
            && blob == url.blob()
            && length == archive.len()
            && known == upload::digest(archive.clone()).await.map_err(|source| Error::Call { doing: READING, source })?
        {
            return Ok(UploadReceipt::vouched(id.clone(), blob, length));
        }
        let started = Instant::now();
        let progress = |progress| self.observer.hear(&Event::Uploading(progress));
        let receipt = self.writer.upload(&self.target, id, &url, archive, &progress).await;
        let receipt = receipt.map_err(|source| Error::Call { doing: "could not upload the packages", source })?;
        self.journal.write(Line::Uploaded {
            submission: id.to_string(),
            blob: receipt.blob().to_owned(),
            length: receipt.length(),
            content: receipt.digest().to_owned(),
        })?;
        self.observer.hear(&Event::Uploaded(receipt.length(), started.elapsed()));
        Ok(receipt)
    }
}

/// The files that travel: every package that comes, with those that belong beside it, and icons.
fn archive_entries(plan: &Plan) -> Vec<Entry> {
    let mut entries = plan.files.clone();
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
