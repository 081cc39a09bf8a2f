//! Apps, add-ons and flights: what the account has, and how the API shows it.

use crate::account::Kind;
use crate::date;
use crate::members;
use crate::reply::{Answer, Refusal, Reply};
use crate::row::Document;
use crate::submissions::{Submission, reference};
use flightline_protocol::route::Page;
use flightline_protocol::target::Target;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value, json};

/// Entries of a page when the request does not say.
const PAGE: usize = 10;

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

    /// The product of this kind with this id; the case of the id does not matter.
    pub(crate) fn find(tx: &Transaction<'_>, kind: Kind, id: &str) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM product WHERE kind = ? AND id = ?");
        tx.query_row(&sql, params![kind, id], Self::of_row).optional()
    }

    /// The product that a call is about, or why there is none to talk about.
    pub(crate) fn of(tx: &Transaction<'_>, target: &Target) -> Result<Self, Refusal> {
        match target {
            Target::App(app) => Self::wanted(tx, Kind::App, app.as_str()),
            Target::AddOn(add_on) => Self::wanted(tx, Kind::AddOn, add_on.as_str()),
            Target::Flight(app, flight) => {
                let app = Self::wanted(tx, Kind::App, app.as_str())?;
                let flight = Self::wanted(tx, Kind::Flight, flight.as_str())?;
                if flight.application.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(&app.id)) {
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
        if product.unsupported {
            let message = "This application uses features that are not supported by the submission API. \
                           To perform this operation, use the Dev Center dashboard.";
            return Err(Refusal::state(message, None));
        }
        Ok(product)
    }

    pub(crate) fn all(tx: &Transaction<'_>, kind: Kind) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM product WHERE kind = ? ORDER BY position");
        tx.prepare(&sql)?.query_map(params![kind], Self::of_row)?.collect()
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

    /// The path of its submissions' place, as references give it: a flight's is below its app.
    pub(crate) fn location(&self) -> String {
        match self.kind {
            Kind::App => format!("applications/{}", self.id),
            Kind::AddOn => format!("inappproducts/{}", self.id),
            Kind::Flight => format!("flights/{}", self.id),
        }
    }

    /// The resource with its references as they are now.
    fn show(&self, tx: &Transaction<'_>) -> rusqlite::Result<Value> {
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
    if kind == Kind::App {
        kept.entry("firstPublishedDate").or_insert_with(|| Value::from(date::NONE));
        kept.entry("hasAdvancedListingPermission").or_insert(Value::Bool(true));
    }
    kept
}

/// `GET` of one product.
pub(crate) fn show(tx: &Transaction<'_>, target: &Target) -> Answer {
    Ok(Reply::ok(Product::of(tx, target)?.show(tx)?))
}

/// `GET applications`.
pub(crate) fn applications(tx: &Transaction<'_>, page: Page) -> Answer {
    let all = Product::all(tx, Kind::App)?;
    collection(&all, page, "applications", "No apps were found", |product| product.show(tx))
}

/// `GET inappproducts`.
pub(crate) fn add_ons(tx: &Transaction<'_>, page: Page) -> Answer {
    let all = Product::all(tx, Kind::AddOn)?;
    collection(&all, page, "inappproducts/", "No add-ons were found", |product| product.show(tx))
}

/// `GET applications/{id}/listinappproducts`: ids only, and under another name than elsewhere.
pub(crate) fn add_ons_of(tx: &Transaction<'_>, app: &Target, page: Page) -> Answer {
    let app = Product::of(tx, app)?;
    let of_app = |product: &Product| {
        let apps = members::find(&product.resource, "applications").and_then(Value::as_object);
        let mut ids = apps.into_iter().flat_map(|apps| members::entries(apps, "value"));
        ids.any(|entry| members::text(entry, "id").is_some_and(|id| id.eq_ignore_ascii_case(&app.id)))
    };
    let all: Vec<Product> = Product::all(tx, Kind::AddOn)?.into_iter().filter(of_app).collect();
    let link = format!("{}/listinappproducts/", app.location());
    collection(&all, page, &link, "No add-ons were found", |product| Ok(json!({ "inAppProductId": product.id })))
}

/// `GET applications/{id}/listflights`.
pub(crate) fn flights_of(tx: &Transaction<'_>, app: &Target, page: Page) -> Answer {
    let app = Product::of(tx, app)?;
    let of_app = |product: &Product| product.application.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(&app.id));
    let all: Vec<Product> = Product::all(tx, Kind::Flight)?.into_iter().filter(of_app).collect();
    let link = format!("{}/listflights/", app.location());
    collection(&all, page, &link, "No package flights were found", |product| product.show(tx))
}

/// One page with the link to the next. A collection without entries is documented to be a 404; a page behind the last one is empty.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/get-all-apps>
fn collection(all: &[Product], page: Page, link: &str, none: &str, show: impl Fn(&Product) -> rusqlite::Result<Value>) -> Answer {
    if all.is_empty() {
        return Err(Refusal::missing(none, None));
    }
    let number = |number: Option<u32>| number.and_then(|number| usize::try_from(number).ok());
    let top = number(page.top).filter(|top| *top > 0).unwrap_or(PAGE);
    let skip = number(page.skip).unwrap_or(0);
    let value = all.iter().skip(skip).take(top).map(show).collect::<rusqlite::Result<Vec<Value>>>()?;
    let next = skip.saturating_add(top);
    let mut body = Map::new();
    if next < all.len() {
        body.insert("@nextLink".to_owned(), Value::from(format!("{link}?skip={next}&top={top}")));
    }
    body.insert("value".to_owned(), Value::Array(value));
    body.insert("totalCount".to_owned(), Value::from(all.len()));
    Ok(Reply::ok(Value::Object(body)))
}
