//! Reads an account file.

use super::{Account, Entry, Kind};
use crate::entra::{Credentials, Principal, Role};
use crate::error::Fault;
use crate::members;
use flightline_protocol::id::{AddOnId, AppId, FlightId, SubmissionId};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The account that a file describes, or everything that is wrong with it.
pub(super) fn account(file: &Map<String, Value>) -> Result<Account, Vec<Fault>> {
    let mut reader = Reader::default();
    let account = reader.account(file);
    if reader.faults.is_empty() { Ok(account) } else { Err(reader.faults) }
}

/// Collects faults while it reads, so that all of them can be told at once.
#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
    products: BTreeSet<(Kind, String)>,
    submissions: BTreeSet<String>,
}

const LISTS: [(&str, Kind); 3] = [("applications", Kind::App), ("inAppProducts", Kind::AddOn), ("flights", Kind::Flight)];

impl Reader {
    fn account(&mut self, file: &Map<String, Value>) -> Account {
        for name in file.keys() {
            let known = ["tenantId", "clientId", "clientSecret", "role"].contains(&name.as_str());
            if !known
                && !Credentials::MEMBERS.contains(&name.as_str())
                && !LISTS.iter().any(|(list, _)| list == name)
                && !name.starts_with('$')
            {
                self.fault(name, "is no member of an account file");
            }
        }
        let tenant = self.text(file, "", "tenantId");
        let client = self.text(file, "", "clientId");
        let secret = self.text(file, "", "clientSecret");
        let role = match file.get("role").map(Value::as_str) {
            None | Some(Some("manager")) => Role::Manager,
            Some(Some("none")) => Role::Nobody,
            Some(_) => {
                self.fault("role", "is \"manager\" or \"none\"");
                Role::Nobody
            }
        };
        let mut products = Vec::new();
        for (list, kind) in LISTS {
            match file.get(list) {
                None | Some(Value::Null) => {}
                Some(Value::Array(entries)) => {
                    for (at, entry) in entries.iter().enumerate() {
                        let path = format!("{list}[{at}]");
                        match entry {
                            Value::Object(entry) => products.push(self.entry(kind, &path, entry)),
                            _ => self.fault(&path, "is no JSON object"),
                        }
                    }
                }
                Some(_) => self.fault(list, "is no list"),
            }
        }
        let credentials = Credentials::read(file, &mut self.faults);
        Account { principal: Principal { tenant, client, secret, role, credentials }, products }
    }

    fn entry(&mut self, kind: Kind, path: &str, given: &Map<String, Value>) -> Entry {
        let mut resource = given.clone();
        let published = self.submission(&mut resource, path, kind, "publishedSubmission");
        let pending = self.submission(&mut resource, path, kind, "pendingSubmission");
        let portal = match members::take(&mut resource, "origin") {
            None => false,
            Some(Value::String(word)) if word == "api" => false,
            Some(Value::String(word)) if word == "portal" => true,
            Some(_) => {
                self.fault(&format!("{path}.origin"), "is \"api\" or \"portal\"");
                false
            }
        };
        let unsupported = match members::take(&mut resource, "unsupportedFeatures") {
            None => false,
            Some(Value::Bool(unsupported)) => unsupported,
            Some(_) => {
                self.fault(&format!("{path}.unsupportedFeatures"), "is true or false");
                false
            }
        };
        let name = if kind == Kind::Flight { "flightId" } else { "id" };
        let id = self.text(&resource, path, name);
        let rule = match kind {
            Kind::App => id.parse::<AppId>().err(),
            Kind::AddOn => id.parse::<AddOnId>().err(),
            Kind::Flight => id.parse::<FlightId>().err(),
        };
        if let Some(rule) = rule.filter(|_| !id.is_empty()) {
            self.fault(&format!("{path}.{name}"), &rule.to_string());
        }
        if !id.is_empty() && !self.products.insert((kind, id.to_ascii_lowercase())) {
            self.fault(&format!("{path}.{name}"), &format!("{id} is there twice"));
        }
        let application = self.parents(kind, path, &mut resource);
        let names: &[&str] = match kind {
            Kind::App => &["primaryName", "packageIdentityName", "publisherName"],
            Kind::AddOn => &["productId", "productType"],
            Kind::Flight => &["friendlyName"],
        };
        for name in names {
            self.text(&resource, path, name);
        }
        Entry { kind, id, application, unsupported, resource, published, pending, portal }
    }

    /// The app that a flight is of. An add-on keeps its apps in its resource document.
    fn parents(&mut self, kind: Kind, path: &str, resource: &mut Map<String, Value>) -> Option<String> {
        match kind {
            Kind::App => None,
            Kind::AddOn => {
                let apps: Vec<String> = members::find(resource, "applications")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|apps| members::entries(apps, "value"))
                    .filter_map(|app| members::text(app, "id").map(str::to_owned))
                    .collect();
                if apps.is_empty() {
                    self.fault(&format!("{path}.applications"), "names no app: {\"value\": [{\"id\": …}]} is wanted");
                }
                for app in &apps {
                    self.known_app(&format!("{path}.applications"), app);
                }
                None
            }
            Kind::Flight => {
                let app = self.text(resource, path, "applicationId");
                members::take(resource, "applicationId");
                if !app.is_empty() {
                    self.known_app(&format!("{path}.applicationId"), &app);
                }
                Some(app)
            }
        }
    }

    fn known_app(&mut self, path: &str, app: &str) {
        if !self.products.contains(&(Kind::App, app.to_ascii_lowercase())) {
            self.fault(path, &format!("{app} is none of the applications"));
        }
    }

    fn submission(
        &mut self,
        resource: &mut Map<String, Value>,
        path: &str,
        kind: Kind,
        name: &str,
    ) -> Option<Map<String, Value>> {
        let path = format!("{path}.{name}");
        let document = match members::take(resource, name)? {
            Value::Object(document) => document,
            Value::Null => return None,
            _ => {
                self.fault(&path, "is no JSON object");
                return None;
            }
        };
        if let Some(id) = members::find(&document, "id") {
            match id.as_str().map(|id| (id, id.parse::<SubmissionId>())) {
                Some((id, Ok(_))) if self.submissions.insert(id.to_owned()) => {}
                Some((id, Ok(_))) => self.fault(&format!("{path}.id"), &format!("{id} is there twice")),
                Some((_, Err(rule))) => self.fault(&format!("{path}.id"), &rule.to_string()),
                None => self.fault(&format!("{path}.id"), "is no text"),
            }
        }
        let objects: &[&str] = match kind {
            Kind::App | Kind::AddOn => &["pricing", "listings"],
            Kind::Flight => &[],
        };
        for member in objects {
            if !members::find(&document, member).is_some_and(Value::is_object) {
                self.fault(&format!("{path}.{member}"), "is missing, or no JSON object");
            }
        }
        if let Some(packages) = kind.packages() {
            self.packages(&document, &path, packages);
        }
        Some(document)
    }

    fn packages(&mut self, document: &Map<String, Value>, path: &str, list: &str) {
        match members::find(document, list) {
            None => {}
            Some(Value::Array(packages)) => {
                let mut ids = BTreeSet::new();
                for (at, package) in packages.iter().enumerate() {
                    let path = format!("{path}.{list}[{at}]");
                    let Value::Object(package) = package else {
                        self.fault(&path, "is no JSON object");
                        continue;
                    };
                    self.text(package, &path, "fileName");
                    if let Some(id) = members::text(package, "id").filter(|id| !ids.insert(id.to_owned())) {
                        self.fault(&format!("{path}.id"), &format!("{id} is there twice"));
                    }
                }
            }
            Some(_) => self.fault(&format!("{path}.{list}"), "is no list"),
        }
    }

    fn text(&mut self, object: &Map<String, Value>, path: &str, name: &str) -> String {
        let dot = if path.is_empty() { "" } else { "." };
        match members::find(object, name) {
            Some(Value::String(text)) if !text.trim().is_empty() => return text.trim().to_owned(),
            Some(Value::String(_)) => self.fault(&format!("{path}{dot}{name}"), "is empty"),
            Some(_) => self.fault(&format!("{path}{dot}{name}"), "is no text"),
            None => self.fault(&format!("{path}{dot}{name}"), "is missing"),
        }
        String::new()
    }

    fn fault(&mut self, path: &str, problem: &str) {
        self.faults.push(Fault { path: path.to_owned(), problem: problem.to_owned() });
    }
}
