//! The price of a product, as far as a publish has to know it.

use crate::json;
use serde_json::{Map, Value};

/// What the `pricing` of a submission says about the base price.
///
/// A clone of a paid product may read `Base`, which the Store does not take back, and a document that leaves the price out makes the
/// product free (O-013). So a publish has to know which of these it is about to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasePrice {
    /// `Free`.
    Free,
    /// A price tier such as `Tier1020`, or `NotAvailable`: a word that is sent back as it is.
    Tier(String),
    /// `Base`: a word that can only be read. Sending it is refused; leaving it out makes the product free.
    ReadOnly,
    /// There is no price to send back.
    Absent,
}

impl BasePrice {
    /// The base price that a submission's document states.
    pub fn of(document: &Map<String, Value>) -> Self {
        let price = json::field(document, "pricing").and_then(Value::as_object);
        match price.and_then(|pricing| json::field(pricing, "priceId")).and_then(Value::as_str) {
            None | Some("") => Self::Absent,
            Some("Free") => Self::Free,
            Some("Base") => Self::ReadOnly,
            Some(tier) => Self::Tier(tier.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_four_prices_apart() {
        let price = |pricing: Value| {
            let document: Map<String, Value> = [("pricing".to_owned(), pricing)].into_iter().collect();
            BasePrice::of(&document)
        };
        assert_eq!(price(serde_json::json!({"priceId": "Free"})), BasePrice::Free);
        assert_eq!(price(serde_json::json!({"PriceId": "Tier1020"})), BasePrice::Tier("Tier1020".into()));
        assert_eq!(price(serde_json::json!({"priceId": "Base"})), BasePrice::ReadOnly);
        assert_eq!(price(serde_json::json!({"priceId": null})), BasePrice::Absent);
        assert_eq!(price(serde_json::json!({})), BasePrice::Absent);
        assert_eq!(BasePrice::of(&Map::new()), BasePrice::Absent);
    }
}
