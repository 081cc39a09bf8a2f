//! Members of a JSON object found whatever their case, since the service does not mind it in requests (O-008).

use serde_json::{Map, Value};

/// The member called `name` in any case; the last one counts, as for a JSON reader that lets later members win.
pub(crate) fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Like [`find`], to change it in place.
pub(crate) fn find_mut<'a>(members: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    members.iter_mut().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The text of the member called `name`.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    find(members, name).and_then(Value::as_str)
}

/// Takes the member called `name` out, in whatever case it is written, and the rest stays in order.
pub(crate) fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let keys: Vec<String> = members.keys().filter(|key| key.eq_ignore_ascii_case(name)).cloned().collect();
    keys.iter().filter_map(|key| members.shift_remove(key)).last()
}

/// The entries of the list called `name` that are objects.
pub(crate) fn entries<'a>(members: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    find(members, name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// Like [`entries`], to change them in place.
pub(crate) fn entries_mut<'a>(
    members: &'a mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = find_mut(members, name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}
