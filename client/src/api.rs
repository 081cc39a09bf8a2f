//! The API in two hands: a [`Reader`] that can only look, and a [`Writer`] that can change the Store.

use crate::auth::Credentials;
use crate::budget::Budget;
use crate::error::{Error, Outcome};
use crate::secret::SasUrl;
use crate::service::{Addresses, Service};
use crate::transport::Transport;
use crate::upload::{self, Content, Progress, UploadReceipt};
use flightline_protocol::add_on::AddOn;
use flightline_protocol::application::{Application, Collection, DocumentError};
use flightline_protocol::flight::Flight;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::route::{Call, Effect, Method, Page, Route};
use flightline_protocol::submission::{StatusReport, Submission};
use flightline_protocol::target::Target;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// Entries that one page of a list is asked for.
const PAGE: u32 = 100;

/// Pages after which a list counts as one without an end.
const MOST_PAGES: u32 = 1000;

/// A submission as it was read, with the address that its files go to.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The document, without the address.
    pub submission: Submission,
    /// Where its files go. Drafts that were made through the API have one, and only those (O-027).
    pub upload_url: Option<SasUrl>,
}

impl Fetched {
    fn read(value: Value) -> Result<Self, DocumentError> {
        let (submission, url) = Submission::read(value)?;
        Ok(Self { submission, upload_url: url.as_deref().and_then(SasUrl::parse) })
    }
}

/// Looks at the Store, and can do nothing else.
#[derive(Clone)]
pub struct Reader {
    service: Arc<Service>,
}

/// Changes the Store.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
}

impl Reader {
    /// A reader that signs in with these credentials when it first has to.
    pub fn new(transport: Arc<dyn Transport>, addresses: Addresses, credentials: Credentials, budget: Budget) -> Self {
        Self { service: Arc::new(Service::new(transport, addresses, credentials, budget)) }
    }

    /// Signs in, if that has not happened yet.
    ///
    /// # Errors
    /// When Entra gives no token.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.service.sign_in().await
    }

    /// One app. <https://learn.microsoft.com/windows/uwp/monetize/get-an-app>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn app(&self, app: &AppId) -> Result<Application, Error> {
        self.call(&Call::Application(app.clone())).await?.read(Application::read)
    }

    /// All apps of the account, page by page to the end. An account without apps has an empty list, however the Store words that
    /// (O-028). <https://learn.microsoft.com/windows/uwp/monetize/get-all-apps>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn apps(&self) -> Result<Vec<Application>, Error> {
        let (mut apps, mut known) = (Vec::new(), HashSet::new());
        let mut pages = 0;
        let mut route = Call::Applications(Page { skip: None, top: Some(PAGE) }).route();
        loop {
            let answer = match self.service.send(&route, None).await {
                Err(error) if error.status() == Some(404) && apps.is_empty() => return Ok(apps),
                answer => answer?,
            };
            pages += 1;
            let unusable = |source| Error::Document { what: answer.what.clone(), source, effect: Outcome::NotDone };
            let page = answer.read(Collection::read)?;
            let (is_last, before) = (page.value.is_empty(), apps.len());
            for value in page.value {
                let app = Application::read(value).map_err(unusable)?;
                // An app that was added meanwhile moves others onto the next page.
                if known.insert(app.id.clone()) {
                    apps.push(app);
                }
            }
            match page.next_link.filter(|link| !link.is_empty() && !is_last) {
                None => return Ok(apps),
                Some(link) if apps.len() > before && pages < MOST_PAGES => route = self.service.linked(&link),
                Some(_) => return Err(unusable(DocumentError { document: "page", member: "@nextLink" })),
            }
        }
    }

    /// One package flight. <https://learn.microsoft.com/windows/uwp/monetize/get-a-flight>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn flight(&self, app: &AppId, flight: &FlightId) -> Result<Flight, Error> {
        self.call(&Call::Flight(app.clone(), flight.clone())).await?.read(Flight::read)
    }

    /// One add-on. <https://learn.microsoft.com/windows/uwp/monetize/get-an-add-on>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn add_on(&self, add_on: &AddOnId) -> Result<AddOn, Error> {
        self.call(&Call::AddOn(add_on.clone())).await?.read(AddOn::read)
    }

    /// The pending submission of a product, and the one that is live.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn references(&self, target: &Target) -> Result<(Option<SubmissionId>, Option<SubmissionId>), Error> {
        Ok(match target {
            Target::App(app) => {
                let app = self.app(app).await?;
                (app.pending, app.last_published)
            }
            Target::Flight(app, flight) => {
                let flight = self.flight(app, flight).await?;
                (flight.pending, flight.last_published)
            }
            Target::AddOn(add_on) => {
                let add_on = self.add_on(add_on).await?;
                (add_on.pending, add_on.last_published)
            }
        })
    }

    /// The pending submission of a product.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn pending(&self, target: &Target) -> Result<Option<SubmissionId>, Error> {
        self.references(target).await.map(|(pending, _)| pending)
    }

    /// One submission, whole. <https://learn.microsoft.com/windows/uwp/monetize/get-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn submission(&self, target: &Target, id: &SubmissionId) -> Result<Fetched, Error> {
        self.call(&Call::Submission(target.clone(), id.clone())).await?.read(Fetched::read)
    }

    /// Where a submission stands. <https://learn.microsoft.com/windows/uwp/monetize/get-status-for-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn status(&self, target: &Target, id: &SubmissionId) -> Result<StatusReport, Error> {
        let answer = self.call(&Call::SubmissionStatus(target.clone(), id.clone())).await?;
        answer.read(|value| StatusReport::read(&value))
    }

    /// The answer to a `GET` of any path below the API's root, as it came.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn raw(&self, path: &str) -> Result<Option<Value>, Error> {
        let path = path.trim_start_matches('/').to_owned();
        self.exchange(&Route { method: Method::Get, path, effect: Effect::Read }, None).await
    }

    async fn call(&self, call: &Call) -> Result<crate::service::Answer, Error> {
        self.service.send(&call.route(), None).await
    }

    async fn exchange(&self, route: &Route, body: Option<&Value>) -> Result<Option<Value>, Error> {
        let answer = self.service.send(route, body).await?;
        if answer.body.trim_ascii().is_empty() { Ok(None) } else { answer.json().map(Some) }
    }
}

impl Writer {
    /// A writer that shares the reader's token and rate budget.
    pub fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// What this writer looks at the Store with.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Makes a draft: a clone of what is live. Not safe to send twice.
    /// <https://learn.microsoft.com/windows/uwp/monetize/create-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether there may be a draft all the same.
    pub async fn create_submission(&self, target: &Target) -> Result<Fetched, Error> {
        self.reader.call(&Call::CreateSubmission(target.clone())).await?.read(Fetched::read)
    }

    /// Puts the whole document in place of the draft's.
    /// <https://learn.microsoft.com/windows/uwp/monetize/update-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn update_submission(&self, target: &Target, submission: &Submission) -> Result<Fetched, Error> {
        let call = Call::UpdateSubmission(target.clone(), submission.id().clone());
        self.reader.service.send(&call.route(), Some(&submission.to_update())).await?.read(Fetched::read)
    }

    /// Uploads the files of a draft as one blob, in parallel blocks; blocks that the blob holds already are not sent again.
    /// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services>
    ///
    /// # Errors
    /// When the blob service refuses or cannot be reached, or the content cannot be read.
    pub async fn upload(
        &self,
        id: &SubmissionId,
        url: &SasUrl,
        content: Arc<dyn Content>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<UploadReceipt, Error> {
        upload::upload(&self.reader.service.transport, id, url, content, progress).await
    }

    /// Hands the draft to the Store for certification. What has to be uploaded must have been: that is what the receipt says.
    /// Not safe to send twice. <https://learn.microsoft.com/windows/uwp/monetize/commit-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether it may be committed all the same.
    pub async fn commit(&self, target: &Target, receipt: &UploadReceipt) -> Result<StatusReport, Error> {
        let call = Call::CommitSubmission(target.clone(), receipt.submission().clone());
        self.reader.call(&call).await?.read(|value| StatusReport::read(&value))
    }

    /// Deletes a draft or a failed submission. Not safe to send twice.
    /// <https://learn.microsoft.com/windows/uwp/monetize/delete-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether it may be gone all the same.
    pub async fn delete_submission(&self, target: &Target, id: &SubmissionId) -> Result<(), Error> {
        // Read as well, although there is nothing in it: a proxy's page is no answer of the Store.
        let route = Call::DeleteSubmission(target.clone(), id.clone()).route();
        self.reader.exchange(&route, None).await.map(drop)
    }

    /// The answer to any call, as it came.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn raw(&self, route: &Route, body: Option<&Value>) -> Result<Option<Value>, Error> {
        self.reader.exchange(route, body).await
    }
}
