//! How a document is built: which members it has, of what kind, and what stands there when one is left out.
//!
//! [`Shape::read`] makes a request's JSON into the document that is kept: names get the service's spelling, members that the service
//! does not know and nulls are dropped, read-only members are passed over, and what is left out becomes what the service puts there.

use super::choice;
use super::language;
use crate::date;
use crate::members;
use crate::reply::Refusal;
use serde_json::{Map, Value};

/// What may stand in one place of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Text of at most so many UTF-16 units.
    Text(usize),
    /// One word of a closed list.
    Choice(&'static [&'static str]),
    /// A price id.
    Price,
    /// True or false.
    Flag,
    /// Any number.
    Number,
    /// A number from 0 to 100.
    Percentage,
    /// A date.
    Date,
    /// A list of at most so many entries.
    List(usize, &'static Shape),
    /// Named values.
    Map(Keys, &'static Shape),
    /// An object with known members.
    Object(&'static [Member]),
    /// Anything; kept as it is.
    Any,
}

/// What the names in a map may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keys {
    Any,
    Language,
    Market,
    Choice(&'static [&'static str]),
}

/// One member of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) absent: Absent,
}

/// What the service puts where a request leaves a member out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Nothing: the member is not there.
    Omit,
    /// A word or text.
    Text(&'static str),
    /// An empty list.
    List,
    /// An empty object.
    Map,
    /// `false`.
    No,
    /// The sentinel date.
    NoDate,
    /// An object of which everything is left out.
    Whole,
    /// The service's own member: what a request says about it is passed over.
    Server,
}

/// No limit on a length or size.
pub(crate) const ANY: usize = usize::MAX;

pub(crate) const fn member(name: &'static str, shape: Shape, absent: Absent) -> Member {
    Member { name, shape, absent }
}

impl Shape {
    /// The document that a request's value becomes; `name` is what a refusal calls it.
    pub(crate) fn read(&self, given: &Value, name: &str) -> Result<Value, Refusal> {
        let wrong = |wanted: &str| Refusal::parameter(format!("The value of {name} is not {wanted}."), Some(name));
        match (self, given) {
            (Self::Any, value) => Ok(value.clone()),
            (Self::Text(_) | Self::Choice(_) | Self::Price, Value::String(_)) => Ok(given.clone()),
            (Self::Text(_) | Self::Choice(_) | Self::Price, _) => Err(wrong("a string")),
            (Self::Flag, Value::Bool(_)) => Ok(given.clone()),
            (Self::Flag, _) => Err(wrong("a boolean")),
            (Self::Number, Value::Number(_)) => Ok(given.clone()),
            (Self::Number, _) => Err(wrong("a number")),
            (Self::Percentage, Value::Number(number)) => match number.as_f64() {
                Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(given.clone()),
                _ => Err(wrong("a number from 0 to 100")),
            },
            (Self::Percentage, _) => Err(wrong("a number from 0 to 100")),
            (Self::Date, Value::String(text)) => {
                date::read(text).map(|time| Value::from(date::text(time))).ok_or_else(|| wrong("a date"))
            }
            (Self::Date, _) => Err(wrong("a date")),
            (Self::List(_, entry), Value::Array(entries)) => {
                let entries = entries.iter().filter(|value| !value.is_null());
                Ok(Value::Array(entries.map(|value| entry.read(value, name)).collect::<Result<_, _>>()?))
            }
            (Self::List(..), _) => Err(wrong("a list")),
            (Self::Map(_, entry), Value::Object(entries)) => {
                let entries = entries.iter().filter(|(_, value)| !value.is_null());
                let read = entries.map(|(key, value)| Ok((key.clone(), entry.read(value, name)?)));
                Ok(Value::Object(read.collect::<Result<_, Refusal>>()?))
            }
            (Self::Object(known), Value::Object(given)) => Ok(Value::Object(object(known, given)?)),
            (Self::Map(..) | Self::Object(_), _) => Err(wrong("an object")),
        }
    }

    /// Refuses what is too long or too many.
    pub(crate) fn limits(&self, value: &Value, name: &str) -> Result<(), Refusal> {
        self.walk(value, name, &mut |shape, value, name| {
            let field = pascal(name);
            match (shape, value) {
                (Self::Text(most), Value::String(text)) if text.encode_utf16().count() > *most => {
                    Err(Refusal::parameter(format!("The length of {field} must be {most} or less"), None))
                }
                (Self::List(most, _), Value::Array(entries)) if entries.len() > *most => {
                    Err(Refusal::parameter(format!("The size of {field} must be {most} or less"), None))
                }
                _ => Ok(()),
            }
        })
    }

    /// Refuses words that are not on their list.
    pub(crate) fn choices(&self, value: &Value, name: &str) -> Result<(), Refusal> {
        self.walk(value, name, &mut |shape, value, name| match (shape, value) {
            (Self::Choice(words), Value::String(word)) => listed(words, word, name),
            (Self::Price, Value::String(word)) if !choice::is_price(word) => {
                let words = "Free, NotAvailable, Tier2 to Tier96, Tier1000 to Tier1424";
                Err(Refusal::parameter(
                    format!("'{word}' is not a valid value for {}. Valid values are: {words}", pascal(name)),
                    Some(name),
                ))
            }
            (Self::Map(Keys::Choice(words), _), Value::Object(entries)) => {
                entries.keys().try_for_each(|key| listed(words, key, name))
            }
            (Self::Map(Keys::Market, _), Value::Object(entries)) => {
                let is_market = |key: &&String| key.len() == 2 && key.bytes().all(|byte| byte.is_ascii_uppercase());
                match entries.keys().find(|key| !is_market(key)) {
                    Some(key) => {
                        let message = format!("'{key}' is not a market: two capital letters are, as in ISO 3166.");
                        Err(Refusal::parameter(message, Some(name)))
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        })
    }

    /// The keys of `map` that are no language codes.
    pub(crate) fn strangers(map: &Map<String, Value>) -> Vec<&str> {
        map.keys().map(String::as_str).filter(|code| !language::is_supported(code)).collect()
    }

    fn walk(
        &self,
        value: &Value,
        name: &str,
        visit: &mut impl FnMut(&Self, &Value, &str) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        visit(self, value, name)?;
        match (self, value) {
            (Self::List(_, entry), Value::Array(entries)) => entries.iter().try_for_each(|value| entry.walk(value, name, visit)),
            (Self::Map(_, entry), Value::Object(entries)) => {
                entries.values().try_for_each(|value| entry.walk(value, name, visit))
            }
            (Self::Object(known), Value::Object(given)) => known.iter().try_for_each(|member| match given.get(member.name) {
                Some(value) => member.shape.walk(value, member.name, visit),
                None => Ok(()),
            }),
            _ => Ok(()),
        }
    }
}

/// The members of `given` that are known, in the order of the wire, with what stands for those left out.
fn object(known: &'static [Member], given: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut document = Map::new();
    for member in known {
        let value = members::find(given, member.name).filter(|value| !value.is_null());
        let value = match (value, member.absent) {
            (_, Absent::Server) => continue,
            (Some(value), _) => member.shape.read(value, member.name)?,
            (None, absent) => match absent.stand_in(&member.shape)? {
                Some(value) => value,
                None => continue,
            },
        };
        document.insert(member.name.to_owned(), value);
    }
    Ok(document)
}

impl Absent {
    fn stand_in(self, shape: &Shape) -> Result<Option<Value>, Refusal> {
        Ok(match self {
            Self::Omit | Self::Server => None,
            Self::Text(text) => Some(Value::from(text)),
            Self::List => Some(Value::Array(Vec::new())),
            Self::Map => Some(Value::Object(Map::new())),
            Self::No => Some(Value::from(false)),
            Self::NoDate => Some(Value::from(date::NONE)),
            Self::Whole => Some(shape.read(&Value::Object(Map::new()), "")?),
        })
    }
}

fn listed(words: &[&str], word: &str, name: &str) -> Result<(), Refusal> {
    if words.contains(&word) {
        return Ok(());
    }
    let message = format!("'{word}' is not a valid value for {}. Valid values are: {}", pascal(name), words.join(", "));
    Err(Refusal::parameter(message, Some(name)))
}

pub(super) fn pascal(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INNER: Shape = Shape::Object(&[
        member("title", Shape::Text(4), Absent::Omit),
        member("images", Shape::List(2, &Shape::Text(ANY)), Absent::List),
    ]);
    const OUTER: Shape = Shape::Object(&[
        member("id", Shape::Text(ANY), Absent::Server),
        member("listings", Shape::Map(Keys::Language, &INNER), Absent::Map),
        member("when", Shape::Date, Absent::NoDate),
        member("visibility", Shape::Choice(&["Public", "Hidden"]), Absent::Text("Public")),
    ]);

    #[test]
    fn names_get_their_spelling_and_strangers_are_dropped() {
        let given = json!({"ID": "1", "Visibility": "Hidden", "LISTINGS": {"en-us": {"Title": "Sea", "x": 1}}, "y": null});
        let expected = json!({"listings": {"en-us": {"title": "Sea", "images": []}}, "when": date::NONE, "visibility": "Hidden"});
        assert_eq!(OUTER.read(&given, "document").unwrap(), expected);
    }

    #[test]
    fn a_wrong_kind_of_value_is_refused_by_name() {
        let refused = OUTER.read(&json!({"listings": {"en-us": {"title": 5}}}), "document").unwrap_err();
        assert_eq!(refused.message(), "The value of title is not a string.");
    }

    #[test]
    fn limits_and_choices_name_the_field() {
        let document = json!({"listings": {"en-us": {"title": "Seaside"}}, "visibility": "public"});
        assert_eq!(OUTER.limits(&document, "").unwrap_err().message(), "The length of Title must be 4 or less");
        let refused = OUTER.choices(&document, "").unwrap_err();
        assert_eq!(refused.message(), "'public' is not a valid value for Visibility. Valid values are: Public, Hidden");
    }
}
