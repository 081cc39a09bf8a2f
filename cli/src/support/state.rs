//! The state files, with what is understood of them: a line that is not ours is counted and not shown.

use crate::input;
use flightline_publish::journal::{Entry, Journal};
use serde_json::Value;
use std::path::Path;

/// How many lines of a file are taken, the last ones.
const LINES: usize = 2_000;

/// Each file's name and text.
pub(super) fn files(folder: &Path) -> Vec<(String, String)> {
    let files = Journal::files(folder).unwrap_or_default();
    let named = files.iter().filter_map(|file| Some((file.file_name()?.to_str()?.to_owned(), file)));
    named.filter(|(name, _)| is_ours(name)).map(|(name, file)| (name, text(file))).collect()
}

/// The names that state files have: nothing else can be written into the bundle's list of names.
fn is_ours(name: &str) -> bool {
    name.len() <= 120 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn text(file: &Path) -> String {
    let bytes = match input::file(file) {
        Ok(bytes) => bytes,
        Err(error) => return format!("(cannot be read: {error})\n"),
    };
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    let left_out = lines.len().saturating_sub(LINES);
    let mut text = if left_out > 0 { format!("({left_out} lines before this are left out)\n") } else { String::new() };
    for (at, line) in lines.iter().enumerate().skip(left_out) {
        // Read and written again: what has no place in a line of ours does not come along.
        let understood = serde_json::from_slice::<Entry>(line).ok().and_then(|entry| serde_json::to_value(entry).ok());
        match understood {
            Some(value) => text.push_str(&without_addresses(value).to_string()),
            None => text.push_str(&format!("(line {} has {} bytes and is none of ours)", at + 1, line.len())),
        }
        text.push('\n');
    }
    text
}

/// Texts as they are, but for what follows the question mark of an address.
fn without_addresses(value: Value) -> Value {
    match value {
        Value::String(text) => match text.split_once('?') {
            Some((address, _)) if address.contains("://") => Value::String(format!("{address}?[redacted]")),
            _ => Value::String(text),
        },
        Value::Array(values) => values.into_iter().map(without_addresses).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, without_addresses(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_counted_and_not_shown() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let lines = "{\"at\":\"2026-01-01T00:00:00Z\",\"line\":\"created\",\"submission\":\"11\",\"note\":\"S3CRET\"}\n\
                     S3CRET\n\
                     {\"line\":\"uploaded\",\"submission\":\"11\",\"blob\":\"https://b/c?S3CRET\",\"length\":1,\"content\":\"x\"}\n";
        std::fs::write(folder.path().join("9N-1.jsonl"), lines)?;
        std::fs::write(folder.path().join("odd name.jsonl"), "S3CRET\n")?;
        std::fs::write(folder.path().join("profile.toml"), "S3CRET\n")?;
        let files = files(folder.path());
        let expected = "{\"at\":\"2026-01-01T00:00:00Z\",\"line\":\"created\",\"submission\":\"11\"}\n\
                        (line 2 has 6 bytes and is none of ours)\n\
                        {\"line\":\"uploaded\",\"submission\":\"11\",\"blob\":\"https://b/c?[redacted]\",\"length\":1,\"content\":\"x\"}\n";
        assert_eq!(files, [("9N-1.jsonl".to_owned(), expected.to_owned())]);
        Ok(())
    }
}
