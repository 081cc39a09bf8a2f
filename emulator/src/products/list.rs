//! The collections, page by page.

use super::Product;
use crate::account::Kind;
use crate::reply::{Answer, Refusal, Reply};
use flightline_protocol::route::Page;
use flightline_protocol::target::Target;
use rusqlite::Transaction;
use serde_json::{Map, Value, json};

/// Entries of a page when the request does not say.
const PAGE: usize = 10;

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
    let all: Vec<Product> = Product::all(tx, Kind::AddOn)?.into_iter().filter(|product| product.is_of(&app)).collect();
    let link = format!("{}/listinappproducts/", app.location());
    collection(&all, page, &link, "No add-ons were found", |product| Ok(json!({ "inAppProductId": product.id })))
}

/// `GET applications/{id}/listflights`.
pub(crate) fn flights_of(tx: &Transaction<'_>, app: &Target, page: Page) -> Answer {
    let app = Product::of(tx, app)?;
    let all: Vec<Product> = Product::all(tx, Kind::Flight)?.into_iter().filter(|product| product.is_of(&app)).collect();
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
