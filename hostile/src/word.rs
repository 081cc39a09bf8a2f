//! Documents, words and addresses: what is read without asking anybody.

use bytes::Bytes;
use flightline_client::secret::{SasUrl, redact};
use flightline_protocol::add_on::AddOn;
use flightline_protocol::application::{Application, Collection};
use flightline_protocol::error::ServiceError;
use flightline_protocol::flight::Flight;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use flightline_protocol::json;
use flightline_protocol::package::{Architecture, DeviceFamily, Version};
use flightline_protocol::rollout::{PackageRollout, Percentage};
use flightline_protocol::route::{Call, Method};
use flightline_protocol::status::SubmissionStatus;
use flightline_protocol::submission::{StatusReport, Submission};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// A document of any kind. A submission keeps all that is in it, and loses its upload address.
pub fn document(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes) else { return };
    let text = value.to_string();
    assert_eq!(json::parse(text.as_bytes()).ok().as_ref(), Some(&value), "a document is written as it was read");
    let _ = Application::read(value.clone());
    let _ = Collection::read(value.clone());
    let _ = Flight::read(value.clone());
    let _ = AddOn::read(value.clone());
    let _ = PackageRollout::read(value.clone()).map(|rollout| rollout.is_open());
    let _ = StatusReport::read(&value).map(|report| (report.status.phase(), format!("{:?}", report.details)));
    let Ok((mut submission, address)) = Submission::read(value.clone()) else { return };
    let _ = (submission.status(), submission.status_details(), submission.publish_mode(), submission.rollout());
    let _ = (submission.base_price(), submission.to_update());
    for language in submission.languages() {
        let _ = submission.base_listing(language);
    }
    assert_eq!(submission.document().len(), value.as_object().map_or(0, serde_json::Map::len));
    for (name, member) in submission.document_mut() {
        let is_bare = !member.as_str().is_some_and(|url| url.contains('?'));
        assert!(is_bare || !name.eq_ignore_ascii_case("fileUploadUrl"), "an upload address is left in the document");
        assert!(value[name] == *member || name.eq_ignore_ascii_case("fileUploadUrl"), "{name} is not what it was");
    }
    let _ = address.map(|address| sas(address.as_bytes()));
}

/// The body of an answer that refuses, after two bytes of status.
pub fn refusal(bytes: &[u8]) {
    let Some((status, body)) = bytes.split_at_checked(2) else { return };
    let error = ServiceError::read(u16::from_be_bytes([status[0], status[1]]), body);
    assert!(!error.message.is_empty() || body.contains(&b'{'), "a refusal without a word");
    let _ = error.to_string();
}

/// A word of any kind, or a request line.
pub fn word(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    again::<Version>(&text);
    again::<Architecture>(&text);
    again::<DeviceFamily>(&text);
    again::<SubmissionStatus>(&text);
    again::<Percentage>(&text);
    again::<AppId>(&text);
    again::<AddOnId>(&text);
    again::<FlightId>(&text);
    again::<SubmissionId>(&text);
    for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
        let _ = Call::parse(method, &text).map(|call| call.route());
    }
}

/// What is read is written so that it is read the same.
fn again<T: FromStr + Display + Debug + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        assert_eq!(written.parse::<T>().ok().as_ref(), Some(&read), "{written:?}");
    }
}

/// A signed address: its query is never shown, and all of it goes into a request.
pub fn sas(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(url) = SasUrl::parse(&text) else { return };
    assert!(!url.blob().contains('?'));
    assert_eq!(format!("{url} {url:?}"), format!("{0}?[redacted] SasUrl({0}?[redacted])", url.blob()));
    let _ = url.service_version();
}

/// Text with secrets in it: nothing is left to be taken out.
pub fn redaction(bytes: &[u8]) {
    let text = String::from_utf8_lossy(&Bytes::copy_from_slice(bytes)).into_owned();
    let clean = redact(&text);
    assert_eq!(redact(&clean), clean, "{text:?}");
}
