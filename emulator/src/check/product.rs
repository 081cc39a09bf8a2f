//! Requests for new products.

use super::choice;
use crate::members;
use crate::reply::Refusal;
use serde_json::{Map, Value};

/// UTF-16 units that a product id may have, and characters that it may not
/// (<https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/create-app-submission>).
const LONGEST_PRODUCT_ID: usize = 100;
const FORBIDDEN: [char; 10] = ['<', '>', '*', '%', '&', ':', '\\', '?', '+', ','];

/// An add-on to be made.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-an-add-on>
#[derive(Debug)]
pub(crate) struct NewAddOn {
    /// The one app that it is for.
    pub(crate) application: String,
    /// The developer's own id for it.
    pub(crate) product_id: String,
    pub(crate) product_type: String,
}

impl NewAddOn {
    pub(crate) fn read(body: &Value) -> Result<Self, Refusal> {
        let given = object(body, "inAppProduct")?;
        let refuse = |message: &str, target: &str| Err(Refusal::parameter(message, Some(target)));
        let application = match members::find(given, "applicationIds").and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::String(one)]) => one.clone(),
            Some([]) | None => return refuse("The size of ApplicationIds must be 1 or more", "applicationIds"),
            Some([_]) => return refuse("The value of applicationIds is not a list of strings.", "applicationIds"),
            Some(_) => return refuse("The size of ApplicationIds must be 1 or less", "applicationIds"),
        };
        let product_id = members::text(given, "productId").unwrap_or_default();
        if product_id.trim().is_empty() {
            return refuse("ProductId was not provided in the request.", "productId");
        }
        if product_id.encode_utf16().count() > LONGEST_PRODUCT_ID {
            return refuse(&format!("The length of ProductId must be {LONGEST_PRODUCT_ID} or less"), "productId");
        }
        if let Some(bad) = product_id.chars().find(|letter| FORBIDDEN.contains(letter) || letter.is_control()) {
            return refuse(&format!("ProductId may not contain {bad:?}."), "productId");
        }
        let product_type = members::text(given, "productType").unwrap_or_default();
        if !choice::PRODUCT_TYPE.contains(&product_type) {
            let known = choice::PRODUCT_TYPE.join(", ");
            return refuse(
                &format!("'{product_type}' is not a valid value for ProductType. Valid values are: {known}"),
                "productType",
            );
        }
        Ok(Self { application, product_id: product_id.to_owned(), product_type: product_type.to_owned() })
    }
}

/// A flight to be made. No member has to be there.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-a-flight>
#[derive(Debug)]
pub(crate) struct NewFlight {
    pub(crate) name: Option<String>,
    pub(crate) groups: Vec<String>,
    /// The flight that it ranks directly above, by name or id; above all if it is not said.
    pub(crate) above: Option<String>,
}

impl NewFlight {
    pub(crate) fn read(body: &Value) -> Result<Self, Refusal> {
        let given = object(body, "flight")?;
        let text = |name: &str| match members::find(given, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err(Refusal::parameter(format!("The value of {name} is not a string."), Some(name))),
        };
        let groups = match members::find(given, "groupIds") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(groups)) => groups.iter().map(group).collect::<Option<_>>().ok_or_else(bad_groups)?,
            Some(_) => return Err(bad_groups()),
        };
        Ok(Self { name: text("friendlyName")?, groups, above: text("rankHigherThan")? })
    }
}

/// Groups have numbers. The manual's example sends one as a number, and the answer has it as text.
fn group(given: &Value) -> Option<String> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn bad_groups() -> Refusal {
    Refusal::parameter("The value of groupIds is not a list of group ids.", Some("groupIds"))
}

fn object<'a>(body: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Refusal> {
    body.as_object().ok_or_else(|| Refusal::parameter("The request body is no JSON object.", Some(what)))
}
