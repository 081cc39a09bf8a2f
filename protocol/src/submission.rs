//! A submission's document: read, edited and sent back whole, so that whatever we do not know about survives.

use crate::application::DocumentError;
use crate::error::DetailCode;
use crate::id::SubmissionId;
use crate::json;
use crate::package::{Architecture, DeviceFamily, Version};
use crate::pricing::BasePrice;
use crate::rollout::PackageRollout;
use crate::schedule::PublishMode;
use crate::status::SubmissionStatus;
use serde_json::{Map, Value};
use std::fmt;

/// The document of a submission. Typed views sit on top of the JSON; they never replace it.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#app-submission-object>
#[derive(Clone, PartialEq)]
pub struct Submission {
    id: SubmissionId,
    members: Map<String, Value>,
}

/// The name of the member that holds the signed upload address.
const UPLOAD_URL: &str = "fileUploadUrl";

impl Submission {
    /// Reads the document of a submission, and takes the signed upload address out of it: that address is a credential, and what is
    /// left can be shown to anybody. In its place stays the address without its query.
    ///
    /// # Errors
    /// When the document is no object or has no id.
    pub fn read(value: Value) -> Result<(Self, Option<String>), DocumentError> {
        let missing = DocumentError { document: "submission", member: "id" };
        let Value::Object(mut members) = value else { return Err(missing) };
        let id = json::field(&members, "id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or(missing)?;
        let mut address = None;
        // A name that stands twice in different cases must not hide a second address.
        for (_, value) in members.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(UPLOAD_URL)) {
            if let Value::String(url) = value {
                let bare = url.split('?').next().unwrap_or_default().to_owned();
                let signed = std::mem::replace(url, bare);
                address = address.or(Some(signed)).filter(|url| !url.is_empty());
            }
        }
        Ok((Self { id, members }, address))
    }

    /// The submission's id.
    pub fn id(&self) -> &SubmissionId {
        &self.id
    }

    /// The document, without the signed upload address.
    pub fn document(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The document, to be edited.
    pub fn document_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.members
    }

    /// The body of an update: the whole document but for the upload address, which is the Store's to say.
    pub fn to_update(&self) -> Value {
        let mut members = self.members.clone();
        members.retain(|name, _| !name.eq_ignore_ascii_case(UPLOAD_URL));
        Value::Object(members)
    }

    /// Where the submission stands.
    pub fn status(&self) -> SubmissionStatus {
        let Ok(status) = self.text("status").unwrap_or("None").parse();
        status
    }

    /// What the Store has to say about it.
    pub fn status_details(&self) -> StatusDetails {
        json::field(&self.members, "statusDetails").map(StatusDetails::read).unwrap_or_default()
    }

    /// When it goes live after certification.
    pub fn publish_mode(&self) -> PublishMode {
        let Ok(mode) = self.text("targetPublishMode").unwrap_or("NotSet").parse();
        mode
    }

    /// How its packages are rolled out, where the document says so.
    pub fn rollout(&self) -> Option<PackageRollout> {
        let options = json::field(&self.members, "packageDeliveryOptions")?.as_object()?;
        PackageRollout::read(json::field(options, "packageRollout")?.clone()).ok()
    }

    /// The base price that it states.
    pub fn base_price(&self) -> BasePrice {
        BasePrice::of(&self.members)
    }

    /// The languages that it has listings in, in the document's order.
    pub fn languages(&self) -> Vec<&str> {
        let listings = json::field(&self.members, "listings").and_then(Value::as_object);
        listings.map(|listings| listings.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The base listing of a language, whatever the case it is asked for in.
    pub fn base_listing(&self, language: &str) -> Option<&Map<String, Value>> {
        let listings = json::field(&self.members, "listings")?.as_object()?;
        json::field(json::field(listings, language)?.as_object()?, "baseListing")?.as_object()
    }

    /// The same, to be edited.
    pub fn base_listing_mut(&mut self, language: &str) -> Option<&mut Map<String, Value>> {
        let listings = json::field_mut(&mut self.members, "listings")?.as_object_mut()?;
        json::field_mut(json::field_mut(listings, language)?.as_object_mut()?, "baseListing")?.as_object_mut()
    }

    /// The packages, in the document's order.
    pub fn packages(&self) -> Vec<PackageEntry<'_>> {
        let entries = ["applicationPackages", "flightPackages"]
            .iter()
            .find_map(|name| json::field(&self.members, name).and_then(Value::as_array));
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(Value::as_object).map(|members| PackageEntry { members }).collect()
    }

    /// The package entries, to be edited; made where the document has none.
    pub fn packages_mut(&mut self) -> &mut Vec<Value> {
        let name = ["applicationPackages", "flightPackages"]
            .into_iter()
            .find(|name| json::field(&self.members, name).is_some_and(Value::is_array))
            .unwrap_or("applicationPackages");
        if json::field(&self.members, name).is_none_or(|value| !value.is_array()) {
            json::set(&mut self.members, name, Value::Array(Vec::new()));
        }
        match json::field_mut(&mut self.members, name) {
            Some(Value::Array(entries)) => entries,
            _ => unreachable!("the member was just made an array"),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        json::field(&self.members, name).and_then(Value::as_str)
    }
}

/// Id and status only: a whole document says nothing in a log.
impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission").field("id", &self.id).field("status", &self.status()).finish_non_exhaustive()
    }
}

/// One entry of a submission's package list.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#application-package-object>
#[derive(Debug, Clone, Copy)]
pub struct PackageEntry<'a> {
    members: &'a Map<String, Value>,
}

impl<'a> PackageEntry<'a> {
    /// The Store's id of the package; absent before it was taken in.
    pub fn id(&self) -> Option<&'a str> {
        self.text("id")
    }

    /// The file name that it was uploaded under.
    pub fn file_name(&self) -> &'a str {
        self.text("fileName").unwrap_or_default()
    }

    /// `Uploaded`, `PendingUpload`, `PendingDelete` or `None`.
    pub fn file_status(&self) -> &'a str {
        self.text("fileStatus").unwrap_or_default()
    }

    /// The version, once the Store has read the package.
    pub fn version(&self) -> Option<Version> {
        self.text("version")?.parse().ok()
    }

    /// The architecture, once the Store has read the package. A bundle reports one (O-016).
    pub fn architecture(&self) -> Option<Architecture> {
        let Ok(architecture) = self.text("architecture").filter(|word| !word.is_empty())?.parse();
        Some(architecture)
    }

    /// The device families that it serves, once the Store has read the package. Packages from before Windows 10 name none, and the
    /// platform that they are for stands in its place (O-300).
    pub fn device_families(&self) -> Vec<DeviceFamily> {
        let families = json::field(self.members, "targetDeviceFamilies").and_then(Value::as_array);
        let named = families.into_iter().flatten().filter_map(Value::as_str).filter(|text| *text != "None");
        let families: Vec<DeviceFamily> = named.filter_map(|text| text.parse().ok()).collect();
        match self.text("targetPlatform") {
            Some(platform) if families.is_empty() && platform != "Windows10" => {
                vec![DeviceFamily { name: platform.to_owned(), min_version: None }]
            }
            _ => families,
        }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        json::field(self.members, name).and_then(Value::as_str)
    }
}

/// What the Store has to say about a submission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusDetails {
    /// Why it failed.
    pub errors: Vec<StatusDetail>,
    /// Remarks, most of them without meaning.
    pub warnings: Vec<StatusDetail>,
    /// Addresses of certification reports, or a sentence in place of one (O-017).
    pub certification_reports: Vec<String>,
}

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusDetail {
    /// What kind of remark.
    pub code: DetailCode,
    /// The Store's words.
    pub details: String,
}

impl StatusDetails {
    /// Reads the `statusDetails` of a document; what is not there is empty.
    pub fn read(value: &Value) -> Self {
        let Some(members) = value.as_object() else { return Self::default() };
        let entries = |name| {
            let entries = json::field(members, name).and_then(Value::as_array);
            entries.into_iter().flatten().filter_map(Value::as_object)
        };
        let text = |entry: &Map<String, Value>, name: &str| {
            json::field(entry, name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let detail = |entry: &Map<String, Value>| {
            let Ok(code) = text(entry, "code").parse();
            StatusDetail { code, details: text(entry, "details") }
        };
        Self {
            errors: entries("errors").map(detail).collect(),
            warnings: entries("warnings").map(detail).collect(),
            certification_reports: entries("certificationReports").map(|entry| text(entry, "reportUrl")).collect(),
        }
    }

    /// The warnings that say something: not the one that stands on nearly every app submission (O-004).
    pub fn telling_warnings(&self) -> impl Iterator<Item = &StatusDetail> {
        self.warnings.iter().filter(|warning| warning.code != DetailCode::SalesUnsupportedWarning)
    }
}

/// The answer to a look at a submission's status, or to a commit (which has no details).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Where the submission stands.
    pub status: SubmissionStatus,
    /// What the Store has to say about it.
    pub details: StatusDetails,
}

impl StatusReport {
    /// Reads the answer.
    ///
    /// # Errors
    /// When there is no status in it.
    pub fn read(value: &Value) -> Result<Self, DocumentError> {
        let missing = DocumentError { document: "status", member: "status" };
        let members = value.as_object().ok_or_else(|| missing.clone())?;
        let Ok(status) = json::field(members, "status").and_then(Value::as_str).ok_or(missing)?.parse();
        let details = json::field(members, "statusDetails").map(StatusDetails::read).unwrap_or_default();
        Ok(Self { status, details })
    }
}
