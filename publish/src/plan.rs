//! Wish and observed make a plan: which packages come, stay and go, which fields change, and what is in the way. Pure.

mod add_on;
mod edit;
mod essence;
mod packages;
mod pending;

use crate::archive::Entry;
use crate::fault::Fault;
use crate::observe::{Observed, Product};
use crate::rollout;
use crate::slot::Slot;
use crate::wish::Wish;
use flightline_protocol::application::Application;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::pricing::BasePrice;
use flightline_protocol::rollout::PackageRollout;
use flightline_protocol::schedule::PublishMode;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;
use flightline_protocol::{json, package};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

pub use edit::EditError;
pub(crate) use essence::{changes, digest};
pub use packages::{PackageLine, Verb};
pub(crate) use pending::is_clone;

/// What a publish would do. A value: it can be shown, compared and stored, and it changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is published to.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// The submission that is live and that the draft will be a clone of.
    pub base: SubmissionId,
    /// Every package: those that customers have and those that they shall get.
    pub packages: Vec<PackageLine>,
    /// The fields of the document that change, beside the packages.
    pub fields: Vec<FieldChange>,
    /// Files that come beside the packages: the icons of an add-on.
    pub files: Vec<Entry>,
    /// Things worth knowing that stop nothing.
    pub remarks: Vec<String>,
    /// What is in the app's one slot for a pending submission.
    pub slot: Slot,
    /// The rollout of what is live, while it goes on: until it is over the Store takes no other submission.
    pub rollout: Option<PackageRollout>,
    /// When the submission goes live after certification.
    pub publish_mode: PublishMode,
}

/// A field of the document that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where it stands: names joined by dots.
    pub field: String,
    /// What it says in the live submission.
    pub from: serde_json::Value,
    /// What it will say.
    pub to: serde_json::Value,
    /// Whether customers see the change itself; the others say how a submission is delivered, and alone make none.
    #[serde(skip)]
    pub weight: Weight,
}

/// Whether a change is a reason to make a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is.
    Content,
    /// It only says how one is delivered.
    Delivery,
}

impl FieldChange {
    /// Writes it into a document, and makes the objects on the way to it where they are missing.
    pub(crate) fn write(&self, document: &mut Map<String, Value>) {
        let mut place = document;
        let mut names = self.field.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                json::set(place, name, self.to.clone());
                return;
            }
            place = edit::object(place, name);
        }
    }

    /// Whether a document says it. Of a file it is the name that counts: its status is the Store's.
    pub(crate) fn is_said_in(&self, submission: &Submission) -> bool {
        let mut value = None;
        let mut place = Some(submission.document());
        for name in self.field.split('.') {
            value = place.and_then(|members| json::field(members, name));
            place = value.and_then(Value::as_object);
        }
        let Some(value) = value else { return self.to.is_null() };
        let file = |value: &Value| value.get("fileName").cloned();
        *value == self.to
            || value.as_f64().is_some() && value.as_f64() == self.to.as_f64()
            || file(value).is_some() && file(value) == file(&self.to)
    }
}

impl Plan {
    /// Whether there is nothing to do: what customers have is what is wished.
    pub fn is_empty(&self) -> bool {
        let no_package = self.packages.iter().all(|line| matches!(line.verb, Verb::Stay));
        no_package && self.fields.iter().all(|change| change.weight == Weight::Delivery)
    }

    /// The packages that come.
    pub fn coming(&self) -> impl Iterator<Item = &PackageLine> {
        self.packages.iter().filter(|line| line.verb == Verb::Come)
    }
}

/// Makes the plan, or lists all that is wrong with the wish. `now` is the time that a publish date has to lie after.
///
/// # Errors
/// Every fault of the wish, seen against what the Store has.
pub fn plan(wish: &Wish, observed: &Observed, now: Timestamp) -> Result<Plan, Vec<Fault>> {
    let Some(base) = observed.base() else { return Err(vec![never_published(observed)]) };
    let live = base.as_ref();
    let (mut faults, mut remarks) = (Vec::new(), Vec::new());
    if let Some(app) = observed.product.app() {
        faults.extend(identity_faults(wish, app));
    }
    if matches!(observed.product, Product::Flight(..)) {
        faults.extend(flight_faults(wish));
    }

    // Versions say something only among the packages of one app.
    let packages = if faults.is_empty() {
        packages::lines(wish, live, observed.halted.as_ref(), &mut faults, &mut remarks)
    } else {
        Vec::new()
    };
    let mut fields = field_changes(wish, live, now, &mut faults);
    match &observed.product {
        Product::App(_) => price_remark(wish, live, &mut faults, &mut remarks),
        Product::Flight(..) => {}
        Product::AddOn(_) => fields.extend(add_on::changes(wish, live, &mut faults)),
    }
    let icons = wish.members.iter().flat_map(|file| &file.icons);
    let files = icons.filter(|icon| fields.iter().any(|change| change.to.get("fileName") == Some(&icon.name.clone().into())));
    if !faults.is_empty() {
        return Err(faults);
    }
    let publish_mode = wish.publish_at.map_or_else(|| live.publish_mode(), crate::wish::PublishAt::mode);
    if wish.publish_at.is_none() && publish_mode != PublishMode::Immediate {
        remarks.push(format!("the publish mode stays {publish_mode}, as in the live submission; --publish-mode changes it"));
    }
    let mut plan = Plan {
        target: observed.target(),
        name: observed.name(),
        base: live.id().clone(),
        packages,
        files: files.cloned().collect(),
        fields,
        remarks,
        slot: Slot::Free,
        rollout: rollout::open(observed),
        publish_mode,
    };
    plan.slot = pending::slot(&plan, wish, live, observed.pending.as_ref());
    Ok(plan)
}

/// An app has to be published once by hand before the API can do anything for it.
pub(crate) fn never_published(observed: &Observed) -> Fault {
    let message = format!("{} has no published submission that a new one could be made from", observed.target());
    Fault::new("never-published", message)
        .remedy("make the first submission in Partner Center, age ratings included: the API cannot")
}

/// What a flight has no place for: it has packages, and nothing else that customers see.
fn flight_faults(wish: &Wish) -> Vec<Fault> {
    let fault = |flag: &str, what: &str| {
        Fault::new("flight-lacks", format!("a flight has no {what} of its own")).remedy(format!("leave {flag} out"))
    };
    let notes = wish.notes.is_some().then(|| fault("--notes", "listings"));
    let price = wish.price.is_some().then(|| fault("--price", "price"));
    notes.into_iter().chain(price).collect()
}

/// Packages that are not this app's.
fn identity_faults(wish: &Wish, app: &Application) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in &wish.packages {
        let identity = &package.identity;
        if identity.name != app.package_identity_name {
            let message = format!(
                "{}: the package is {:?}, and app {} ({}) is {:?}",
                package.path.display(),
                identity.name,
                app.id,
                app.primary_name,
                app.package_identity_name
            );
            faults.push(Fault::new("identity-mismatch", message).remedy(
                "give the id of the app that the package belongs to, or correct Identity/Name in the package's manifest",
            ));
        }
        if same_publisher(&identity.publisher) != same_publisher(&app.publisher_name) {
            let message = format!(
                "{}: the package's publisher is {:?}, and the app's is {:?}",
                package.path.display(),
                identity.publisher,
                app.publisher_name
            );
            faults.push(
                Fault::new("publisher-mismatch", message)
                    .remedy("set Identity/Publisher in the package's manifest to the app's (Partner Center > Product identity)"),
            );
        }
    }
    faults
}

/// A distinguished name without the blanks around its commas, which mean nothing.
fn same_publisher(name: &str) -> String {
    name.split(',').map(str::trim).collect::<Vec<_>>().join(",")
}

fn field_changes(wish: &Wish, live: &Submission, now: Timestamp, faults: &mut Vec<Fault>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    match wish.notes.as_ref().map(|notes| notes.for_submission(live)) {
        Some(Ok(texts)) => {
            for (language, text) in texts {
                let said = live.base_listing(&language).and_then(|listing| json::field(listing, "releaseNotes")).cloned();
                let from = said.unwrap_or_default();
                if from.as_str().unwrap_or_default() != text {
                    let field = format!("listings.{language}.baseListing.releaseNotes");
                    changes.push(FieldChange { field, from, to: text.into(), weight: Weight::Content });
                }
            }
        }
        Some(Err(found)) => faults.extend(found),
        None => {}
    }
    if let Some(at) = wish.publish_at {
        if let crate::wish::PublishAt::Date(date) = at
            && date <= now
        {
            let message = format!("the publish date {date} is not in the future");
            faults.push(Fault::new("date-past", message).remedy("give a date at least a day ahead, or `immediate`"));
        }
        for (field, to) in [("targetPublishMode", at.mode().to_string()), ("targetPublishDate", at.date())] {
            let from = json::field(live.document(), field).cloned().unwrap_or_default();
            if from.as_str() != Some(to.as_str()) {
                changes.push(FieldChange { field: field.to_owned(), from, to: to.into(), weight: Weight::Delivery });
            }
        }
    }
    if let Some(percentage) = wish.rollout {
        changes.push(FieldChange {
            field: "packageDeliveryOptions.packageRollout.packageRolloutPercentage".to_owned(),
            from: serde_json::Value::Null,
            to: percentage.to_json(),
            weight: Weight::Delivery,
        });
    }
    if let Some(price) = &wish.price {
        let pricing = json::field(live.document(), "pricing").and_then(serde_json::Value::as_object);
        let from = pricing.and_then(|pricing| json::field(pricing, "priceId")).cloned().unwrap_or_default();
        if from.as_str() != Some(price.as_str()) {
            let field = "pricing.priceId".to_owned();
            changes.push(FieldChange { field, from, to: price.clone().into(), weight: Weight::Delivery });
        }
    }
    changes
}

/// What happens to the price is said before anything is written: a document that leaves it out would make the app free (O-013).
fn price_remark(wish: &Wish, live: &Submission, faults: &mut Vec<Fault>, remarks: &mut Vec<String>) {
    if let Some(price) = &wish.price {
        if price == "Base" || price.trim().is_empty() {
            let message = format!("{price:?} is not a price that the Store takes");
            faults.push(Fault::new("price-invalid", message).remedy("give `Free`, `NotAvailable` or a tier such as `Tier1020`"));
        }
        return;
    }
    match live.base_price() {
        BasePrice::Free => {}
        BasePrice::Tier(tier) => remarks.push(format!("the app is not free: its price {tier} is sent back as it is")),
        price @ (BasePrice::ReadOnly | BasePrice::Absent) => {
            let says = if price == BasePrice::ReadOnly { "\"Base\", which it does not take back" } else { "no base price" };
            faults.push(
                Fault::new(
                    "price-unknown",
                    format!("the app's price cannot be kept: the Store gives {says}, and a document without a price makes the app free"),
                )
                .remedy("look the price up in Partner Center and state it: --price Free, or --price with a tier such as Tier1020"),
            );
        }
    }
}

/// The largest number of packages that a submission may hold.
pub(crate) const MOST_PACKAGES: usize = package::MOST_PACKAGES;
