//! What Azure says no with: a status, a code, its standing sentence and sometimes details
//! (<https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>,
//! <https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes>).

use super::error::Error;
use super::reply::Stamp;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, StatusCode};

/// The codes that this service can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    AuthenticationFailed,
    AuthorizationPermissionMismatch,
    BlobAlreadyExists,
    BlobNotFound,
    BlobTypeNotSupported,
    BlockListTooLong,
    BothCrc64AndMd5HeaderPresent,
    ConditionNotMet,
    ContainerNotFound,
    Crc64Mismatch,
    InternalError,
    InvalidBlobOrBlock,
    InvalidBlockList,
    InvalidHeaderValue,
    InvalidInput,
    InvalidMd5,
    InvalidMetadata,
    InvalidQueryParameterValue,
    InvalidRange,
    InvalidResourceName,
    InvalidUri,
    InvalidXmlDocument,
    LeaseNotPresent,
    Md5Mismatch,
    MissingContentLengthHeader,
    MissingRequiredHeader,
    MissingRequiredQueryParameter,
    NoAuthenticationInformation,
    NotImplemented,
    NotModified,
    OutOfRangeName,
    OutOfRangeInput,
    RequestBodyTooLarge,
    ResourceNotFound,
    UnauthorizedBlobOverwrite,
    UncommittedBlocksExceedLimit,
    UnsatisfiableCondition,
    UnsupportedHttpVerb,
    UnsupportedXmlNode,
}

impl Code {
    /// Status, code and sentence.
    fn words(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::AuthenticationFailed => (
                403,
                "AuthenticationFailed",
                "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly \
                 including the signature.",
            ),
            Self::AuthorizationPermissionMismatch => (
                403,
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
            ),
            Self::BlobAlreadyExists => (409, "BlobAlreadyExists", "The specified blob already exists."),
            Self::BlobNotFound => (404, "BlobNotFound", "The specified blob does not exist."),
            Self::BlobTypeNotSupported => (400, "BlobTypeNotSupported", "Only block blobs are supported."),
            Self::BlockListTooLong => (400, "BlockListTooLong", "The block list may not contain more than 50,000 blocks."),
            Self::BothCrc64AndMd5HeaderPresent => {
                (400, "BothCrc64AndMd5HeaderPresent", "Both x-ms-content-crc64 header and Content-MD5 header are present.")
            }
            Self::ConditionNotMet => {
                (412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
            }
            Self::ContainerNotFound => (404, "ContainerNotFound", "The specified container does not exist."),
            Self::Crc64Mismatch => (
                400,
                "Crc64Mismatch",
                "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
            ),
            Self::InternalError => (500, "InternalError", "The server encountered an internal error. Please retry the request."),
            Self::InvalidBlobOrBlock => (400, "InvalidBlobOrBlock", "The specified blob or block content is invalid."),
            Self::InvalidBlockList => (400, "InvalidBlockList", "The specified block list is invalid."),
            Self::InvalidHeaderValue => {
                (400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")
            }
            Self::InvalidInput => (400, "InvalidInput", "One of the request inputs is not valid."),
            Self::InvalidMd5 => (
                400,
                "InvalidMd5",
                "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded.",
            ),
            Self::InvalidMetadata => {
                (400, "InvalidMetadata", "The metadata specified is invalid. It has characters that are not permitted.")
            }
            Self::InvalidQueryParameterValue => (
                400,
                "InvalidQueryParameterValue",
                "Value for one of the query parameters specified in the request URI is invalid.",
            ),
            Self::InvalidRange => (416, "InvalidRange", "The range specified is invalid for the current size of the resource."),
            Self::InvalidResourceName => (400, "InvalidResourceName", "The specified resource name contains invalid characters."),
            Self::InvalidUri => (400, "InvalidUri", "The requested URI does not represent any resource on the server."),
            Self::InvalidXmlDocument => (400, "InvalidXmlDocument", "XML specified is not syntactically valid."),
            Self::LeaseNotPresent => (412, "LeaseNotPresentWithBlobOperation", "There is currently no lease on the blob."),
            Self::Md5Mismatch => (
                400,
                "Md5Mismatch",
                "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
            ),
            Self::MissingContentLengthHeader => {
                (411, "MissingContentLengthHeader", "The Content-Length header was not specified.")
            }
            Self::MissingRequiredHeader => {
                (400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.")
            }
            Self::MissingRequiredQueryParameter => {
                (400, "MissingRequiredQueryParameter", "A query parameter that's mandatory for this request is not specified.")
            }
            Self::NoAuthenticationInformation => (
                401,
                "NoAuthenticationInformation",
                "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            ),
            Self::NotImplemented => {
                (501, "NotImplemented", "The requested operation is not implemented on the specified resource.")
            }
            Self::NotModified => (304, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met."),
            Self::OutOfRangeName => {
                (400, "OutOfRangeInput", "The specified resource name length is not within the permissible limits.")
            }
            Self::OutOfRangeInput => (400, "OutOfRangeInput", "One of the request inputs is out of range."),
            Self::RequestBodyTooLarge => {
                (413, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.")
            }
            Self::ResourceNotFound => (404, "ResourceNotFound", "The specified resource does not exist."),
            Self::UnauthorizedBlobOverwrite => {
                (403, "UnauthorizedBlobOverwrite", "This request is not authorized to perform blob overwrites.")
            }
            Self::UncommittedBlocksExceedLimit => {
                (409, "BlockCountExceedsLimit", "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.")
            }
            Self::UnsatisfiableCondition => {
                (400, "UnsatisfiableCondition", "The request includes an unsatisfiable condition for this operation.")
            }
            Self::UnsupportedHttpVerb => (405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb."),
            Self::UnsupportedXmlNode => {
                (400, "UnsupportedXmlNode", "One of the XML nodes specified in the request body is not supported.")
            }
        }
    }
}

/// One refusal, ready to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: Code,
    details: Vec<(&'static str, String)>,
    length: Option<u64>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, details: Vec::new(), length: None }
    }
}

impl Refusal {
    #[cfg(test)]
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// A failed signature, with Azure's reason.
    pub(super) fn authentication(reason: impl Into<String>) -> Self {
        Self::from(Code::AuthenticationFailed).with("AuthenticationErrorDetail", reason)
    }

    /// A header that cannot be read, named with its value.
    pub(super) fn header(name: &'static str, value: impl Into<String>) -> Self {
        Self::from(Code::InvalidHeaderValue).with("HeaderName", name).with("HeaderValue", value)
    }

    /// A query parameter that cannot be read, named with its value.
    pub(super) fn parameter(code: Code, name: &'static str, value: impl Into<String>, reason: &'static str) -> Self {
        Self::from(code).with("QueryParameterName", name).with("QueryParameterValue", value).with("Reason", reason)
    }

    /// A range beyond the end of a blob of `length` bytes; the answer tells the length (O-204).
    pub(super) fn range(length: u64) -> Self {
        Self { length: Some(length), ..Code::InvalidRange.into() }
    }

    /// Adds an element to the error body.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// The answer: Azure's XML, or headers alone where the method or status has no body.
    pub(super) fn answer(&self, stamp: &Stamp, method: &Method) -> Response {
        let (status, code, _) = self.code.words();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let bare = method == Method::HEAD || status == StatusCode::NOT_MODIFIED;
        let body = if bare { String::new() } else { self.body(stamp) };
        let length = body.len();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if !bare {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        headers.insert("x-ms-error-code", HeaderValue::from_static(code));
        if self.code == Code::NoAuthenticationInformation {
            let challenge = "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize \
                             resource_id=https://storage.azure.com";
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(range) = self.length.and_then(|length| HeaderValue::try_from(format!("bytes */{length}")).ok()) {
            headers.insert(CONTENT_RANGE, range);
        }
        stamp.put_on(&mut response, length as u64);
        response
    }

    /// Azure writes a byte order mark first (O-202), and readers that cannot take one should learn it here.
    fn body(&self, stamp: &Stamp) -> String {
        let (_, code, sentence) = self.code.words();
        let details: String = self.details.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value))).collect();
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{}\nRequestId:{}\nTime:{}\
             </Message>{details}</Error>",
            escaped(sentence),
            stamp.request_id(),
            stamp.time(),
        )
    }
}

/// Text as it may stand between two tags; what XML cannot hold at all becomes a question mark.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

/// Why a request is not done: the caller's fault, or ours.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(Refusal),
    Broken(Error),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}
