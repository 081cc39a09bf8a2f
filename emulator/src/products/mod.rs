//! Apps, add-ons and flights: what the account has, and how the API shows it.

mod add_on;
mod flight;
mod list;

use crate::account::Kind;
use crate::check;
use crate::date;
use crate::members;
use crate::reply::{Answer, Refusal, Reply};
use crate::row::Document;
use crate::submissions::{self, Origin, Submission, reference};
use flightline_protocol::target::Target;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};

pub(crate) use add_on::{create as create_add_on, delete as delete_add_on};
pub(crate) use flight::{create as create_flight, delete as delete_flight};
pub(crate) use list::{add_ons, add_ons_of, applications, flights_of};

/// The tables of this room.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS product (
        kind TEXT NOT NULL CHECK (kind IN ('app', 'addOn', 'flight')),
        id TEXT NOT NULL COLLATE NOCASE,
        application TEXT COLLATE NOCASE,
        position INTEGER NOT NULL,
        unsupported INTEGER NOT NULL,
        resource TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT;";

/// One product.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The app that a flight is of.
    pub(crate) application: Option<String>,
    pub(crate) unsupported: bool,
    pub(crate) resource: Map<String, Value>,
}

const COLUMNS: &str = "kind, id, application, unsupported, resource";

impl Product {
    pub(crate) fn insert(&self, tx: &Transaction<'_>, position: usize) -> rusqlite::Result<()> {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let resource = Document(self.resource.clone());
        let sql = format!("INSERT INTO product ({COLUMNS}, position) VALUES (?, ?, ?, ?, ?, ?)");
        tx.execute(&sql, params![self.kind, self.id, self.application, self.unsupported, resource, position])?;
        Ok(())
    }

    /// Inserts it behind all others of its kind.
    fn append(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let last = "SELECT coalesce(max(position), -1) FROM product WHERE kind = ?";
        let last: i64 = tx.query_row(last, params![self.kind], |row| row.get(0))?;
        self.insert(tx, usize::try_from(last.saturating_add(1)).unwrap_or(usize::MAX))
    }

    /// Deletes it with all of its submissions.
    fn remove(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        submissions::forget(tx, self)?;
        tx.execute("DELETE FROM product WHERE kind = ? AND id = ?", params![self.kind, self.id])?;
        Ok(())
    }

    /// The product of this kind with this id; the case of the id does not matter.
    pub(crate) fn find(tx: &Transaction<'_>, kind: Kind, id: &str) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM product WHERE kind = ? AND id = ?");
        tx.prepare_cached(&sql)?.query_row(params![kind, id], Self::of_row).optional()
    }

    /// The product that a call is about, or why there is none to talk about.
    pub(crate) fn of(tx: &Transaction<'_>, target: &Target) -> Result<Self, Refusal> {
        match target {
            Target::App(app) => Self::wanted(tx, Kind::App, app.as_str()),
            Target::AddOn(add_on) => Self::wanted(tx, Kind::AddOn, add_on.as_str()),
            Target::Flight(app, flight) => {
                let app = Self::wanted(tx, Kind::App, app.as_str())?;
                let flight = Self::wanted(tx, Kind::Flight, flight.as_str())?;
                if flight.is_of(&app) {
                    Ok(flight)
                } else {
                    Err(Refusal::state(format!("Flight {} is not of application {}", flight.id, app.id), Some("flightId")))
                }
            }
        }
    }

    fn wanted(tx: &Transaction<'_>, kind: Kind, id: &str) -> Result<Self, Refusal> {
        let (what, target) = match kind {
            Kind::App => ("Application", "applicationId"),
            Kind::AddOn => ("In app product", "inAppProductId"),
            Kind::Flight => ("Flight", "flightId"),
        };
        let found = Self::find(tx, kind, id)?;
        let product = found.ok_or_else(|| Refusal::missing(format!("{what} not found"), Some(target)))?;
        product.refuse_unsupported()?;
        Ok(product)
    }

    /// Refuses where the product uses what the API does not know of.
    fn refuse_unsupported(&self) -> Result<(), Refusal> {
        if self.unsupported {
            let message = "This application uses features that are not supported by the submission API. \
                           To perform this operation, use the Dev Center dashboard.";
            return Err(Refusal::state(message, None));
        }
        Ok(())
    }

    /// The id that an add-on's developer gave it.
    fn developer_id(&self) -> &str {
        members::text(&self.resource, "productId").unwrap_or_default()
    }

    pub(crate) fn all(tx: &Transaction<'_>, kind: Kind) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM product WHERE kind = ? ORDER BY position");
        tx.prepare_cached(&sql)?.query_map(params![kind], Self::of_row)?.collect()
    }

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let Document(resource) = row.get(4)?;
        Ok(Self { kind: row.get(0)?, id: row.get(1)?, application: row.get(2)?, unsupported: row.get(3)?, resource })
    }

    pub(crate) fn save_resource(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let resource = Document(self.resource.clone());
        tx.execute("UPDATE product SET resource = ? WHERE kind = ? AND id = ?", params![resource, self.kind, self.id])?;
        Ok(())
    }

    /// Whether this is a flight or an add-on of the app. An add-on names its apps in its resource, and a flight has one.
    fn is_of(&self, app: &Self) -> bool {
        let apps = members::find(&self.resource, "applications").and_then(Value::as_object);
        let named = apps.into_iter().flat_map(|apps| members::entries(apps, "value"));
        let mut ids = named.filter_map(|entry| members::text(entry, "id")).chain(self.application.as_deref());
        ids.any(|id| id.eq_ignore_ascii_case(&app.id))
    }

    /// The path of its submissions' place, as references give it: a flight's is below its app.
    pub(crate) fn location(&self) -> String {
        match self.kind {
            Kind::App => format!("applications/{}", self.id),
            Kind::AddOn => format!("inappproducts/{}", self.id),
            Kind::Flight => format!("flights/{}", self.id),
        }
    }

    /// The app whose identity its packages have: its own, or that of the app that a flight is of.
    pub(crate) fn identity(&self, tx: &Transaction<'_>) -> rusqlite::Result<Map<String, Value>> {
        let app = match &self.application {
            Some(app) => Self::find(tx, Kind::App, app)?,
            None => None,
        };
        Ok(app.map_or_else(|| self.resource.clone(), |app| app.resource))
    }

    /// The resource with its references as they are now.
    pub(crate) fn show(&self, tx: &Transaction<'_>) -> rusqlite::Result<Value> {
        let (pending, published) = reference_names(self.kind);
        let pending = Submission::pending(tx, self)?.map(|submission| (pending, reference(self, &submission.id)));
        let published = Submission::published(tx, self)?.map(|submission| (published, reference(self, &submission.id)));
        let mut shown = self.resource.clone();
        // Where a live document has them: before what comes last in an app or a flight.
        let at = match self.kind {
            Kind::App => shown.keys().position(|name| name.eq_ignore_ascii_case("hasAdvancedListingPermission")),
            Kind::AddOn => None,
            Kind::Flight => shown.keys().position(|name| name.eq_ignore_ascii_case("groupIds")),
        }
        .unwrap_or(shown.len());
        for (name, reference) in pending.into_iter().chain(published) {
            shown.shift_insert(at, name.to_owned(), reference);
        }
        Ok(Value::Object(shown))
    }
}

/// What the references to the pending and to the last published submission are called.
fn reference_names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::App => ("pendingApplicationSubmission", "lastPublishedApplicationSubmission"),
        Kind::AddOn => ("pendingInAppProductSubmission", "lastPublishedInAppProductSubmission"),
        Kind::Flight => ("pendingFlightSubmission", "lastPublishedFlightSubmission"),
    }
}

/// A resource document of an account file as it is kept: without references, nulls taken out, the family name in its spelling.
pub(crate) fn tidy(kind: Kind, mut resource: Map<String, Value>) -> Map<String, Value> {
    let (pending, published) = reference_names(kind);
    for name in [pending, published] {
        members::take(&mut resource, name);
    }
    resource.retain(|_, value| !value.is_null());
    let mut kept: Map<String, Value> = resource
        .into_iter()
        .map(|(name, value)| {
            let family = name.eq_ignore_ascii_case("packageFamilyName");
            (if family { "PackageFamilyName".to_owned() } else { name }, value)
        })
        .collect();
    match kind {
        Kind::App => {
            kept.entry("firstPublishedDate").or_insert_with(|| Value::from(date::NONE));
            kept.entry("hasAdvancedListingPermission").or_insert(Value::Bool(true));
        }
        Kind::AddOn => {
            if let Some(apps) = members::find_mut(&mut kept, "applications") {
                let ids = apps["value"].as_array().into_iter().flatten().filter_map(|app| app["id"].as_str());
                *apps = add_on::applications(ids);
            }
        }
        Kind::Flight => {
            kept.entry("groupIds").or_insert_with(|| Value::Array(Vec::new()));
            kept.entry(flight::BELOW).or_insert_with(|| Value::from(flight::PUBLIC));
        }
    }
    kept
}

/// `GET` of one product.
pub(crate) fn show(tx: &Transaction<'_>, target: &Target) -> Answer {
    Ok(Reply::ok(Product::of(tx, target)?.show(tx)?))
}

/// The pending submission of a product that is to be deleted. What a person began in the portal cannot be taken away.
fn pending_to_delete(tx: &Transaction<'_>, product: &Product) -> Result<Option<Submission>, Refusal> {
    let pending = Submission::pending(tx, product)?;
    if pending.as_ref().is_some_and(|pending| pending.origin == Origin::Portal) {
        return Err(check::origin_portal());
    }
    Ok(pending)
}
