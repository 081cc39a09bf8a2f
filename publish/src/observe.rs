//! Looks at the Store: what is live, and what is on its way.

use crate::rollout::Halted;
use flightline_client::api::{Fetched, Reader};
use flightline_client::error::Error;
use flightline_protocol::add_on::AddOn;
use flightline_protocol::application::Application;
use flightline_protocol::flight::Flight;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::rollout::{PackageRollout, RolloutStatus};
use flightline_protocol::status::Phase;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use serde_json::{Value, json};
use std::borrow::Cow;

/// A product as the Store has it, with its submissions.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The product.
    pub product: Product,
    /// The submission that customers or testers have today.
    pub live: Option<Submission>,
    /// What of it was halted, if its rollout was.
    pub halted: Option<Halted>,
    /// The one that is not through yet.
    pub pending: Option<Fetched>,
}

/// A product as the Store lists it.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "a run holds one of them")]
pub enum Product {
    /// An app.
    App(Application),
    /// A flight, and the app that it is of: its packages have the app's identity.
    Flight(Application, Flight),
    /// An add-on.
    AddOn(AddOn),
}

impl Product {
    async fn look(reader: &Reader, target: &Target) -> Result<Self, Error> {
        Ok(match target {
            Target::App(app) => Self::App(reader.app(app).await?),
            Target::Flight(app, flight) => Self::Flight(reader.app(app).await?, reader.flight(app, flight).await?),
            Target::AddOn(add_on) => Self::AddOn(reader.add_on(add_on).await?),
        })
    }

    /// The app whose packages it takes; an add-on takes none.
    pub fn app(&self) -> Option<&Application> {
        match self {
            Self::App(app) | Self::Flight(app, _) => Some(app),
            Self::AddOn(_) => None,
        }
    }

    /// The submissions that it refers to: live and pending.
    fn references(&self) -> (Option<&SubmissionId>, Option<&SubmissionId>) {
        match self {
            Self::App(app) => (app.last_published.as_ref(), app.pending.as_ref()),
            Self::Flight(_, flight) => (flight.last_published.as_ref(), flight.pending.as_ref()),
            Self::AddOn(add_on) => (add_on.last_published.as_ref(), add_on.pending.as_ref()),
        }
    }
}

impl Observed {
    /// Looks at a product: one request (two for a flight), and one more for each submission. Where a rollout was halted, what the other
    /// customers have is looked at as well.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn look(reader: &Reader, target: &Target) -> Result<Self, Error> {
        let product = Product::look(reader, target).await?;
        let (live, pending) = product.references();
        let live = match live {
            Some(id) => Some(reader.submission(target, id).await?.submission),
            None => None,
        };
        let pending = match pending {
            Some(id) => Some(reader.submission(target, id).await?),
            None => None,
        };
        let mut observed = Self { product, live, halted: None, pending };
        if let Some(rollout) = observed.rollout().filter(|rollout| rollout.status == RolloutStatus::Stopped) {
            observed.halted = Some(observed.halted(reader, &rollout).await?);
        }
        Ok(observed)
    }

    /// The same, as it would be if the rollout of what is live were halted.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub(crate) async fn as_if_halted(&self, reader: &Reader) -> Result<Self, Error> {
        let halted = match self.rollout() {
            Some(rollout) => Some(self.halted(reader, &rollout).await?),
            None => None,
        };
        Ok(Self { halted, ..self.clone() })
    }

    fn rollout(&self) -> Option<PackageRollout> {
        self.live.as_ref()?.rollout().filter(|rollout| rollout.is_package_rollout)
    }

    async fn halted(&self, reader: &Reader, rollout: &PackageRollout) -> Result<Halted, Error> {
        let fallback = match &rollout.fallback {
            Some(id) => match reader.submission(&self.target(), id).await {
                Ok(fallback) => Some(fallback.submission),
                // Gone: then nobody knows which packages are the old ones, and none of them is taken for one.
                Err(error) if error.status() == Some(404) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok(Halted::new(fallback.as_ref()))
    }

    /// What is looked at.
    pub fn target(&self) -> Target {
        match &self.product {
            Product::App(app) => Target::App(app.id.clone()),
            Product::Flight(app, flight) => Target::Flight(app.id.clone(), flight.id.clone()),
            Product::AddOn(add_on) => Target::AddOn(add_on.id.clone()),
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        match &self.product {
            Product::App(app) => app.primary_name.clone(),
            Product::Flight(app, flight) => format!("{}, flight {}", app.primary_name, flight.friendly_name),
            Product::AddOn(add_on) => add_on.product_id.clone(),
        }
    }

    /// What a new draft begins as: a clone of what is live. A flight or an add-on that was never published begins with an empty draft
    /// (O-033, O-125); an app cannot.
    pub fn base(&self) -> Option<Cow<'_, Submission>> {
        if let Some(live) = &self.live {
            return Some(Cow::Borrowed(live));
        }
        let (names, blank) = match &self.product {
            Product::App(_) => return None,
            Product::Flight(..) => {
                ("flightPackages", json!({ "id": "0", "flightPackages": [], "targetPublishMode": "Immediate" }))
            }
            Product::AddOn(_) => (
                "listings",
                json!({
                    "id": "0", "contentType": "NotSet", "listings": {}, "pricing": { "priceId": "Base" },
                    "targetPublishMode": "Immediate",
                }),
            ),
        };
        let is_blank = |pending: &&Fetched| {
            let draft = &pending.submission;
            let is_empty = |value: &Value| match value {
                Value::Array(entries) => entries.is_empty(),
                Value::Object(members) => members.is_empty(),
                _ => true,
            };
            draft.status().phase() == Phase::Draft && draft.document().get(names).is_none_or(is_empty)
        };
        match self.pending.as_ref().filter(is_blank) {
            Some(first) => Some(Cow::Borrowed(&first.submission)),
            None => Submission::read(blank).ok().map(|(submission, _)| Cow::Owned(submission)),
        }
    }
}
