//! What the service says when it refuses: the codes, and the four shapes that its error bodies come in.

use crate::json;
use serde_json::Value;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A code that this version does not know, in the Store's spelling.
            Other(String),
        }

        impl $name {
            /// All the codes that this version knows.
            pub fn known() -> impl Iterator<Item = Self> {
                [$(Self::$variant),+].into_iter()
            }

            /// The code in the Store's spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                    Self::Other(word) => word,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(word: &str) -> Result<Self, Infallible> {
                Ok(match word {
                    $(stringify!($variant) => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                })
            }
        }
    };
}

codes! {
    /// The `code` of an answer that refuses a request. An open set.
    ErrorCode {
        /// A field is missing or has a value that the Store does not take (400).
        InvalidParameterValue,
        /// The operation is not allowed on this submission (400; once seen with 503).
        InvalidOperation,
        /// The submission's state does not allow the operation (409).
        InvalidState,
        /// There is no such thing (404).
        ResourceNotFound,
        /// The token was not accepted (401).
        Unauthorized,
        /// The service failed (500).
        InternalServerError,
    }
}

codes! {
    /// The `code` of an entry in `statusDetails`. An open set.
    ///
    /// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#submission-status-code>
    DetailCode {
        /// No code.
        None,
        /// The ZIP could not be read.
        InvalidArchive,
        /// The ZIP lacks a file that the submission names.
        MissingFiles,
        /// A package did not pass validation.
        PackageValidationFailed,
        /// A value that the Store does not take.
        InvalidParameterValue,
        /// The operation is not allowed.
        InvalidOperation,
        /// Not valid in the present state.
        InvalidState,
        /// Something named does not exist.
        ResourceNotFound,
        /// The service failed; trying again may help.
        ServiceError,
        /// A language of the previous submission was taken away.
        ListingOptOutWarning,
        /// A language was added.
        ListingOptInWarning,
        /// Something can only be changed, not added.
        UpdateOnlyWarning,
        /// A remark on a package that stops nothing.
        PackageValidationWarning,
        /// Stands on nearly every app submission and means nothing (O-004).
        SalesUnsupportedWarning,
        /// The age-rating questionnaire is missing or out of date (O-005).
        InvalidMicrosoftAgeRating,
        /// The service failed without saying how (O-006).
        IsInternalError,
    }
}

/// An answer that refuses a request, read from whichever of the four shapes it came in (O-007).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The Store's code, where the body has one.
    pub code: Option<ErrorCode>,
    /// The Store's own words, or what can be said about a body without any.
    pub message: String,
    /// The field or resource that the refusal is about.
    pub target: Option<String>,
}

impl ServiceError {
    /// Reads the body of an answer that refuses.
    pub fn read(status: u16, body: &[u8]) -> Self {
        match json::parse(body) {
            Ok(Value::Object(members)) => {
                let text = |name| json::field(&members, name).and_then(Value::as_str).map(str::to_owned);
                let inner = json::field(&members, "innererror").and_then(Value::as_object);
                let inner = inner.and_then(|inner| json::field(inner, "message")).and_then(Value::as_str);
                let message = text("message").or(inner.map(str::to_owned)).unwrap_or_else(|| "no message".to_owned());
                let code = text("code").map(|word| {
                    let Ok(code) = word.parse();
                    code
                });
                Self { status, code, message, target: text("target").filter(|target| !target.is_empty()) }
            }
            _ if body.iter().all(u8::is_ascii_whitespace) => {
                Self { status, code: None, message: "no explanation (the body is empty)".to_owned(), target: None }
            }
            _ => Self { status, code: None, message: excerpt(body), target: None },
        }
    }
}

/// The Store's words on one line: code, message and the field it is about.
impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.target {
            Some(target) => write!(f, " ({target})"),
            None => Ok(()),
        }
    }
}

/// The first words of a body that is no JSON, tags and line breaks taken out.
pub fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let mut in_tag = false;
    let bare: String = text
        .chars()
        .map(|letter| {
            in_tag = (in_tag || letter == '<') && letter != '>';
            if in_tag || letter == '>' || letter.is_control() { ' ' } else { letter }
        })
        .collect();
    let words: Vec<&str> = bare.split_whitespace().collect();
    let mut line: String = words.join(" ").chars().take(160).collect();
    if line.is_empty() {
        line.push_str("(nothing readable)");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_service_shape() {
        let body =
            br#"{"code":"InvalidState","data":[],"details":[],"message":"Busy","source":"Ingestion Api","target":"submission"}"#;
        let error = ServiceError::read(409, body);
        assert_eq!(error.code, Some(ErrorCode::InvalidState));
        assert_eq!(error.to_string(), "InvalidState: Busy (submission)");
    }

    #[test]
    fn reads_the_gateway_shape_an_empty_body_and_a_page() {
        let gateway =
            ServiceError::read(429, br#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 14 seconds." }"#);
        assert_eq!((gateway.code, gateway.message.as_str()), (None, "Rate limit is exceeded. Try again in 14 seconds."));
        assert_eq!(ServiceError::read(403, b"").message, "no explanation (the body is empty)");
        let page = ServiceError::read(502, b"<html>\n<head><title>502</title></head><body>Bad <b>Gateway</b></body></html>");
        assert_eq!(page.message, "502 Bad Gateway");
    }
}
