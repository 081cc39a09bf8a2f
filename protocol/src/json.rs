//! JSON as the Store writes it: names whose case varies, and now and then a raw control character inside a string.

use serde_json::{Map, Value};

/// The member called `name`, whatever its case (O-008); an exact match goes first.
pub fn field<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Like [`field`], to change the value in place.
pub fn field_mut<'a>(members: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    let key = if members.contains_key(name) {
        name.to_owned()
    } else {
        members.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone()
    };
    members.get_mut(&key)
}

/// Sets the member called `name` where it stands, whatever the case it is written in, or adds it at the end.
pub fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    match field_mut(members, name) {
        Some(place) => *place = value,
        None => {
            members.insert(name.to_owned(), value);
        }
    }
}

/// Parses a body. A document that is refused for raw control characters in its strings is read again with those escaped (O-009),
/// so that text which somebody pasted into the portal cannot stop a release.
///
/// # Errors
/// What is wrong with the JSON, and where.
pub fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).or_else(|error| match escape_controls(body) {
        Some(escaped) => serde_json::from_slice(&escaped).map_err(|_| error),
        None => Err(error),
    })
}

/// The body with control characters inside strings escaped, or `None` where there are none.
fn escape_controls(body: &[u8]) -> Option<Vec<u8>> {
    let mut escaped = Vec::with_capacity(body.len() + 64);
    let (mut in_string, mut after_backslash, mut found) = (false, false, false);
    for &byte in body {
        if in_string && byte < 0x20 {
            found = true;
            escaped.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            continue;
        }
        if byte == b'"' && !after_backslash {
            in_string = !in_string;
        }
        after_backslash = in_string && byte == b'\\' && !after_backslash;
        escaped.push(byte);
    }
    found.then_some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_with_raw_control_characters() -> Result<(), serde_json::Error> {
        let value = parse(b"{\"a\":\"one\x0btwo\\\"\x01\",\"b\":[1]}")?;
        assert_eq!(value["a"], "one\u{b}two\"\u{1}");
        assert!(parse(b"{\"a\":").is_err());
        Ok(())
    }

    #[test]
    fn setting_keeps_the_place_and_the_spelling() -> Result<(), serde_json::Error> {
        let Value::Object(mut members) = parse(br#"{"First":1,"Second":2}"#)? else { return Ok(()) };
        set(&mut members, "first", Value::from(3));
        set(&mut members, "third", Value::from(4));
        assert_eq!(Value::Object(members).to_string(), r#"{"First":3,"Second":2,"third":4}"#);
        Ok(())
    }
}
