//! The API in two hands: a [`Reader`] that can only look, and a [`Writer`] that can change the Store.

use crate::auth::{Credential, Identity};
use crate::budget::Budget;
use crate::error::Error;
use crate::list::Pages;
use crate::pulse::Pulse;
use crate::secret::SasUrl;
use crate::service::{Addresses, Service};
use crate::transport::Transport;
use crate::upload::{self, Content, Progress, Renew, UploadReceipt};
use async_trait::async_trait;
use flightline_protocol::add_on::AddOn;
use flightline_protocol::application::{Application, DocumentError};
use flightline_protocol::flight::Flight;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::rollout::{PackageRollout, Percentage};
use flightline_protocol::route::{Call, Effect, Method, Route};
use flightline_protocol::submission::{StatusReport, Submission};
use flightline_protocol::target::Target;
use serde_json::Value;
use std::sync::Arc;

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

/// A package flight that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlight {
    /// Its name.
    pub friendly_name: String,
    /// The ids of the flight groups that get it, from Partner Center: the API cannot list them.
    pub group_ids: Vec<String>,
    /// The flight that it ranks directly above; `None` for above all others.
    pub rank_higher_than: Option<String>,
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
    /// A reader that signs in with this credential when it first has to.
    pub fn new(transport: Arc<dyn Transport>, addresses: Addresses, credential: impl Into<Credential>, budget: Budget) -> Self {
        Self { service: Arc::new(Service::new(transport, addresses, credential.into(), budget)) }
    }

    /// What is waited for, what is being changed, and what was last said to the Store.
    pub fn pulse(&self) -> &Pulse {
        &self.service.pulse
    }

    /// Signs in, if that has not happened yet.
    ///
    /// # Errors
    /// When Entra gives no token.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.service.sign_in().await
    }

    /// What the Store called the latest exchange, in whatever hands this reader is shared: what Microsoft's support asks for.
    pub fn correlation_id(&self) -> Option<String> {
        self.service.correlation_id()
    }

    /// Who the token says that we are. Signs in, if that has not happened yet.
    ///
    /// # Errors
    /// When Entra gives no token.
    pub async fn identity(&self) -> Result<Identity, Error> {
        self.service.identity().await
    }

    /// One app. <https://learn.microsoft.com/windows/uwp/monetize/get-an-app>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn app(&self, app: &AppId) -> Result<Application, Error> {
        self.call(&Call::Application(app.clone())).await?.read(Application::read)
    }

    /// The apps of the account. <https://learn.microsoft.com/windows/uwp/monetize/get-all-apps>
    pub fn list_apps(&self) -> Pages<Application> {
        let read = |value| Application::read(value).map(|app| (app.id.to_string(), app));
        Pages::new(Arc::clone(&self.service), Call::Applications, None, read)
    }

    /// All apps of the account.
    ///
    /// # Errors
    /// Like [`Pages::next`].
    pub async fn apps(&self) -> Result<Vec<Application>, Error> {
        self.list_apps().all().await
    }

    /// The add-ons of the account. <https://learn.microsoft.com/windows/uwp/monetize/get-all-add-ons>
    pub fn list_add_ons(&self) -> Pages<AddOn> {
        let read = |value| AddOn::read(value).map(|add_on| (add_on.id.to_string(), add_on));
        Pages::new(Arc::clone(&self.service), Call::AddOns, None, read)
    }

    /// The ids of an app's add-ons. <https://learn.microsoft.com/windows/uwp/monetize/get-add-ons-for-an-app>
    pub fn list_add_ons_of(&self, app: &AppId) -> Pages<AddOnId> {
        let read = |value: Value| {
            let id = value.get("inAppProductId").and_then(Value::as_str).and_then(|id| id.parse::<AddOnId>().ok());
            let id = id.ok_or(DocumentError { document: "add-on", member: "inAppProductId" })?;
            Ok((id.to_string(), id))
        };
        let owner = app.clone();
        Pages::new(Arc::clone(&self.service), |page| Call::ApplicationAddOns(owner, page), Some(app.clone()), read)
    }

    /// The package flights of an app. <https://learn.microsoft.com/windows/uwp/monetize/get-flights-for-an-app>
    pub fn list_flights(&self, app: &AppId) -> Pages<Flight> {
        let read = |value| Flight::read(value).map(|flight| (flight.id.to_string(), flight));
        let owner = app.clone();
        Pages::new(Arc::clone(&self.service), |page| Call::ApplicationFlights(owner, page), Some(app.clone()), read)
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

    /// How far the packages of a submission are rolled out.
    /// <https://learn.microsoft.com/windows/uwp/monetize/get-package-rollout-info-for-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn rollout(&self, target: &Target, id: &SubmissionId) -> Result<PackageRollout, Error> {
        self.call(&Call::Rollout(target.clone(), id.clone())).await?.read(PackageRollout::read)
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

    /// Uploads the files of a draft as one blob, in parallel blocks; blocks that the blob holds already are not sent again, and when the
    /// address runs out on the way the draft is asked for a fresh one.
    /// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services>
    ///
    /// # Errors
    /// When the blob service refuses or cannot be reached, or the content cannot be read.
    pub async fn upload(
        &self,
        target: &Target,
        id: &SubmissionId,
        url: &SasUrl,
        content: Arc<dyn Content>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<UploadReceipt, Error> {
        let draft = Draft { reader: &self.reader, target, id };
        upload::upload(self.reader.service.transport.as_ref(), id, url, content, &draft, progress).await
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

    /// Makes an add-on, without any submission. Not safe to send twice.
    /// <https://learn.microsoft.com/windows/uwp/monetize/create-an-add-on>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether there may be one all the same.
    pub async fn create_add_on(&self, app: &AppId, product_id: &str, product_type: &str) -> Result<AddOn, Error> {
        let body = serde_json::json!({ "applicationIds": [app.as_str()], "productId": product_id, "productType": product_type });
        self.reader.service.send(&Call::CreateAddOn.route(), Some(&body)).await?.read(AddOn::read)
    }

    /// Deletes an add-on that was never published. <https://learn.microsoft.com/windows/uwp/monetize/delete-an-add-on>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether it may be gone all the same.
    pub async fn delete_add_on(&self, add_on: &AddOnId) -> Result<(), Error> {
        self.reader.exchange(&Call::DeleteAddOn(add_on.clone()).route(), None).await.map(drop)
    }

    /// Makes a package flight, and with it its first draft (O-033). Not safe to send twice.
    /// <https://learn.microsoft.com/windows/uwp/monetize/create-a-flight>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether there may be one all the same.
    pub async fn create_flight(&self, app: &AppId, flight: &NewFlight) -> Result<Flight, Error> {
        let body = serde_json::json!({
            "friendlyName": flight.friendly_name,
            "groupIds": flight.group_ids,
            "rankHigherThan": flight.rank_higher_than,
        });
        self.reader.service.send(&Call::CreateFlight(app.clone()).route(), Some(&body)).await?.read(Flight::read)
    }

    /// Deletes a package flight with its draft. <https://learn.microsoft.com/windows/uwp/monetize/delete-a-flight>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached; [`Error::outcome`] tells whether it may be gone all the same.
    pub async fn delete_flight(&self, app: &AppId, flight: &FlightId) -> Result<(), Error> {
        self.reader.exchange(&Call::DeleteFlight(app.clone(), flight.clone()).route(), None).await.map(drop)
    }

    /// Rolls the packages of a published submission out to so many of its customers.
    /// <https://learn.microsoft.com/windows/uwp/monetize/update-the-package-rollout-percentage-for-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn set_rollout(&self, target: &Target, id: &SubmissionId, share: Percentage) -> Result<PackageRollout, Error> {
        let call = Call::SetRollout(target.clone(), id.clone(), share.to_json().to_string());
        self.reader.call(&call).await?.read(PackageRollout::read)
    }

    /// Stops a rollout for good: those who have the new packages keep them, and the next draft is a clone of the halted submission.
    /// <https://learn.microsoft.com/windows/uwp/monetize/halt-the-package-rollout-for-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn halt_rollout(&self, target: &Target, id: &SubmissionId) -> Result<PackageRollout, Error> {
        self.reader.call(&Call::HaltRollout(target.clone(), id.clone())).await?.read(PackageRollout::read)
    }

    /// Gives the packages to all customers and ends the rollout; a share of 100 percent alone does not end it.
    /// <https://learn.microsoft.com/windows/uwp/monetize/finalize-the-package-rollout-for-an-app-submission>
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn finalize_rollout(&self, target: &Target, id: &SubmissionId) -> Result<PackageRollout, Error> {
        self.reader.call(&Call::FinalizeRollout(target.clone(), id.clone())).await?.read(PackageRollout::read)
    }

    /// The answer to any call, as it came.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn raw(&self, route: &Route, body: Option<&Value>) -> Result<Option<Value>, Error> {
        self.reader.exchange(route, body).await
    }
}

/// A draft that can be looked at again: that brings a fresh upload address.
struct Draft<'a> {
    reader: &'a Reader,
    target: &'a Target,
    id: &'a SubmissionId,
}

#[async_trait]
impl Renew for Draft<'_> {
    async fn fresh(&self) -> Result<SasUrl, Error> {
        let draft = self.reader.submission(self.target, self.id).await?;
        draft.upload_url.ok_or_else(|| Error::NoUploadUrl { submission: self.id.to_string() })
    }
}
