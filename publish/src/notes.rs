//! What's new in a version, per language, as people keep it in a file.

use crate::fault::Fault;
use flightline_protocol::submission::Submission;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Letters that the Store takes (O-030).
const MOST_LETTERS: usize = 1500;

/// The largest file that is read, in bytes: all languages of the Store with the longest text in each.
const LARGEST_FILE: u64 = 4 << 20;

/// What's new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notes {
    /// The same text in every language that the product is listed in.
    Everywhere(String),
    /// A text for each language named; the others keep theirs.
    PerLanguage(BTreeMap<String, String>),
}

impl Notes {
    /// Reads a file: `.json` or `.toml` with a text for each language (`"en-us": "…"`), anything else as one text for all.
    ///
    /// # Errors
    /// When the file cannot be read or is not of that form.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let fault = |what: String| {
            Fault::new("notes-unreadable", format!("{}: {what}", path.display())).remedy(
                "give a text file, or a JSON or TOML file with one text for each language, such as { \"en-us\": \"Faster start\" }",
            )
        };
        // What a pipe or a device holds, its size does not say.
        let mut text = Vec::new();
        let read = File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut text));
        if read.map_err(|error| fault(error.to_string()))? as u64 > LARGEST_FILE {
            return Err(fault(format!("it has more than the {LARGEST_FILE} bytes that are read")));
        }
        let text = String::from_utf8(text).map_err(|_| fault("the text is not UTF-8".to_owned()))?;
        let text = text.trim_start_matches('\u{feff}');
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let languages: Value = match extension.as_deref() {
            Some("json") => serde_json::from_str(text).map_err(|error| fault(error.to_string()))?,
            Some("toml") => toml::from_str(text).map_err(|error| fault(error.message().to_owned()))?,
            _ => return Ok(Self::Everywhere(text.trim().to_owned())),
        };
        let languages = languages.as_object().ok_or_else(|| fault("there are no languages in it".to_owned()))?;
        let texts = languages.iter().map(|(language, text)| match text {
            Value::String(text) => Ok((language.to_ascii_lowercase(), text.trim().to_owned())),
            _ => Err(fault(format!("the value of {language:?} is no text"))),
        });
        texts.collect::<Result<_, _>>().map(Self::PerLanguage)
    }

    /// The text for each language of a submission, with the line breaks that the Store writes; or all that is wrong with them.
    pub(crate) fn for_submission(&self, live: &Submission) -> Result<Vec<(String, String)>, Vec<Fault>> {
        let listed = live.languages();
        let mut faults = Vec::new();
        let texts: Vec<(String, String)> = match self {
            Self::Everywhere(text) => listed.iter().map(|&language| (language.to_owned(), text.clone())).collect(),
            Self::PerLanguage(texts) => texts.clone().into_iter().collect(),
        };
        let texts: Vec<(String, String)> =
            texts.into_iter().map(|(language, text)| (language, text.replace("\r\n", "\n").replace('\n', "\r\n"))).collect();
        for (language, text) in &texts {
            if !listed.iter().any(|listed| listed.eq_ignore_ascii_case(language)) {
                faults.push(
                    Fault::new("unknown-language", format!("the app has no listing in {language:?} that notes could be for"))
                        .remedy(format!(
                            "its listings are in {}; add the language in Partner Center first, or leave it out",
                            listed.join(", ")
                        )),
                );
            }
            // As the Store counts them: emoji as two.
            let letters = text.encode_utf16().count();
            if letters > MOST_LETTERS {
                let message = format!("the notes for {language} have {letters} characters, and the Store takes {MOST_LETTERS}");
                faults.push(Fault::new("notes-too-long", message).remedy("shorten them"));
            }
        }
        if faults.is_empty() { Ok(texts) } else { Err(faults) }
    }
}
