//! Makes add-ons and deletes them.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-add-ons>

use super::{Product, pending_to_delete};
use crate::account::Kind;
use crate::check;
use crate::reply::Refusal;
use crate::submissions::Submission;
use flightline_protocol::id::AddOnId;
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::target::Target;
use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What Store ids are written in: no vowels, so that no words come out.
const LETTERS: [char; 30] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S',
    'T', 'V', 'W', 'X', 'Z',
];

/// `POST inappproducts`: an add-on without any submission.
pub(crate) fn create(tx: &Transaction<'_>, body: &Value) -> Result<Value, Refusal> {
    let request = check::NewAddOn::read(body)?;
    let unknown =
        || Refusal::parameter(format!("Application {} is not in the account", request.application), Some("applicationIds"));
    let app = Product::find(tx, Kind::App, &request.application)?.ok_or_else(unknown)?;
    app.refuse_unsupported()?;
    let is_taken = |other: &Product| other.is_of(&app) && other.developer_id().eq_ignore_ascii_case(&request.product_id);
    if Product::all(tx, Kind::AddOn)?.iter().any(is_taken) {
        let message = format!("The application has an in app product with the product id {} already", request.product_id);
        return Err(Refusal::state(message, Some("productId")));
    }
    let id = new_id(tx)?;
    let mut resource = Map::new();
    resource.insert("applications".to_owned(), applications([app.id.as_str()].into_iter()));
    resource.insert("id".to_owned(), Value::from(id.as_str()));
    resource.insert("productId".to_owned(), Value::from(request.product_id));
    resource.insert("productType".to_owned(), Value::from(request.product_type));
    let add_on = Product { kind: Kind::AddOn, id, application: None, unsupported: false, resource };
    add_on.append(tx)?;
    Ok(add_on.show(tx)?)
}

/// `DELETE inappproducts/{id}`: while nothing of it is live or on its way (O-122).
pub(crate) fn delete(tx: &Transaction<'_>, id: AddOnId) -> Result<(), Refusal> {
    let add_on = Product::of(tx, &Target::AddOn(id))?;
    if Submission::published(tx, &add_on)?.is_some() {
        return Err(Refusal::state("The in app product has been published and cannot be deleted", Some("inAppProductId")));
    }
    if pending_to_delete(tx, &add_on)?.is_some_and(|pending| pending.status != SubmissionStatus::PendingCommit) {
        return Err(Refusal::state("The in app product has a submission that was committed", Some("inAppProductId")));
    }
    Ok(add_on.remove(tx)?)
}

/// The apps of an add-on as its resource shows them.
pub(super) fn applications<'a>(ids: impl Iterator<Item = &'a str>) -> Value {
    let places: Vec<Value> = ids.map(|id| json!({ "id": id, "resourceLocation": format!("applications/{id}") })).collect();
    let count = places.len();
    json!({ "value": places, "totalCount": count })
}

/// An id of the Store's form that nothing has yet.
fn new_id(tx: &Transaction<'_>) -> rusqlite::Result<String> {
    loop {
        let letters = Uuid::new_v4().into_bytes().into_iter().take(10).map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]);
        let id: String = "9N".chars().chain(letters).collect();
        if Product::find(tx, Kind::AddOn, &id)?.is_none() && Product::find(tx, Kind::App, &id)?.is_none() {
            return Ok(id);
        }
    }
}
