//! The jobs: looks, drafts that are published or taken back, flights and add-ons that come and go.

use crate::client::Client;
use crate::package;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// What there is to work on.
pub(crate) struct Account {
    products: Vec<Product>,
    apps: Vec<String>,
    /// Versions that were given to packages.
    versions: AtomicU32,
}

/// A product that has submissions.
struct Product {
    kind: Kind,
    path: String,
    /// Of the app's packages.
    identity: String,
    publisher: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    App,
    Flight,
    AddOn,
}

impl Kind {
    /// The member of a product that names its pending submission.
    fn pending(self) -> &'static str {
        match self {
            Self::App => "pendingApplicationSubmission",
            Self::Flight => "pendingFlightSubmission",
            Self::AddOn => "pendingInAppProductSubmission",
        }
    }

    fn packages(self) -> Option<&'static str> {
        match self {
            Self::App => Some("applicationPackages"),
            Self::Flight => Some("flightPackages"),
            Self::AddOn => None,
        }
    }
}

impl Account {
    /// From an account file.
    pub(crate) fn read(file: &Value) -> Self {
        let list = |name: &str| file[name].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let apps = list("applications");
        let of = |id: &Value, kind, path| {
            let app = apps.iter().find(|app| app["id"] == *id).unwrap_or(&Value::Null);
            Product { kind, path, identity: text(&app["packageIdentityName"]), publisher: text(&app["publisherName"]) }
        };
        let mut products = Vec::new();
        products.extend(apps.iter().map(|app| of(&app["id"], Kind::App, format!("applications/{}", text(&app["id"])))));
        products.extend(list("flights").iter().map(|flight| {
            let app = &flight["applicationId"];
            of(app, Kind::Flight, format!("applications/{}/flights/{}", text(app), text(&flight["flightId"])))
        }));
        let add_ons = list("inAppProducts");
        products.extend(add_ons.iter().map(|one| of(&Value::Null, Kind::AddOn, format!("inappproducts/{}", text(&one["id"])))));
        Self { products, apps: apps.iter().map(|app| text(&app["id"])).collect(), versions: AtomicU32::new(0) }
    }

    /// A version that no package has yet.
    fn version(&self) -> String {
        let number = self.versions.fetch_add(1, Ordering::Relaxed);
        format!("2.{}.{}.0", number / 60_000, number % 60_000)
    }
}

/// Does one job, whichever the dice say.
pub(crate) fn one(client: &mut Client, account: &Account) {
    client.jobs += 1;
    match client.dice.below(100) {
        0..5 => client.sign_in(),
        5..40 => look(client, account),
        40..50 => come_and_go(client, account),
        _ => submit(client, account),
    }
}

fn look(client: &mut Client, account: &Account) {
    let app = client.dice.of_list(&account.apps).clone();
    let skip = client.dice.below(account.apps.len());
    client.call("list", ("GET", &format!("applications?top=10&skip={skip}")), &Value::Null, &[200]);
    client.call("list", ("GET", &format!("applications/{app}/listflights?top=10")), &Value::Null, &[200]);
    client.call("list", ("GET", &format!("applications/{app}/listinappproducts?top=10")), &Value::Null, &[200]);
    let product = client.dice.of_list(&account.products);
    client.call("product", ("GET", &product.path), &Value::Null, &[200]);
}

/// Makes an add-on or a flight with a draft in it, and deletes it again.
fn come_and_go(client: &mut Client, account: &Account) {
    let app = client.dice.of_list(&account.apps).clone();
    let name = format!("crowd-{}-{}", client.number, client.jobs);
    let (made, id, folder) = if client.dice.below(2) == 0 {
        let body = json!({ "applicationIds": [app], "productId": name, "productType": "Durable" });
        (client.call("create product", ("POST", "inappproducts"), &body, &[201]), "id", "inappproducts".to_owned())
    } else {
        let folder = format!("applications/{app}/flights");
        let body = json!({ "friendlyName": name, "groupIds": ["1152921504610020031"] });
        (client.call("create product", ("POST", &folder), &body, &[201]), "flightId", folder)
    };
    let Some(made) = made.map(|answer| answer.json()) else { return };
    let path = format!("{folder}/{}", made[id].as_str().unwrap_or_default());
    client.call("product", ("GET", &path), &Value::Null, &[200]);
    client.call("delete product", ("DELETE", &path), &Value::Null, &[200, 204]);
    client.call("product", ("GET", &path), &Value::Null, &[404]);
    client.tally.count("products that came and went");
}

/// Makes a draft where the slot is free, and publishes it or takes it back.
fn submit(client: &mut Client, account: &Account) {
    let product = client.dice.of_list(&account.products);
    let folder = format!("{}/submissions", product.path);
    let Some(created) = client.call("create", ("POST", &folder), &Value::Null, &[201, 409]) else { return };
    if created.status == 409 {
        client.tally.count("slots that were busy");
        return;
    }
    let draft = created.json();
    let id = draft["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("{folder}/{id}");
    if client.dice.below(4) == 0 {
        only_one(client, product, &folder, &id);
    }
    if client.dice.below(5) == 0 {
        client.call("delete", ("DELETE", &path), &Value::Null, &[200, 204]);
        client.tally.count("drafts taken back");
        return;
    }
    let (document, file, content) = edited(client, account, product, draft.clone());
    let Some(stored) = client.call("update", ("PUT", &path), &document, &[200]) else { return };
    client.holds(stored.json()["id"] == *id, || format!("an update of {id} was answered with another submission"));
    if let (Some(url), Some(content)) = (draft["fileUploadUrl"].as_str(), content) {
        upload(client, url, &content);
    }
    client.call("commit", ("POST", &format!("{path}/commit")), &Value::Null, &[202]);
    follow(client, product, &path, file.as_deref());
}

/// While the draft is there, the product names it, and nobody makes another.
fn only_one(client: &mut Client, product: &Product, folder: &str, id: &str) {
    client.call("create", ("POST", folder), &Value::Null, &[409]);
    if let Some(answer) = client.call("product", ("GET", &product.path), &Value::Null, &[200]) {
        let pending = answer.json()[product.kind.pending()]["id"].clone();
        client.holds(pending == *id, || format!("{} says that {pending} is pending, and it is {id}", product.path));
    }
    client.tally.count("second drafts that were refused");
}

/// The document with something new in it; and the package that comes, as a name and as what to upload.
fn edited(
    client: &mut Client,
    account: &Account,
    product: &Product,
    mut document: Value,
) -> (Value, Option<String>, Option<Vec<u8>>) {
    let word = format!("client {}, job {}", client.number, client.jobs);
    if let Some(document) = document.as_object_mut() {
        document.shift_remove("fileUploadUrl");
    }
    let Some(list) = product.kind.packages() else {
        document["tag"] = word.into();
        return (document, None, None);
    };
    document["notesForCertification"] = word.into();
    let version = account.version();
    let file = format!("Lights_{version}.msix");
    let size = 1024 << client.dice.below(9);
    let program = client.dice.bytes(size);
    let content = package::upload(&file, &product.identity, &product.publisher, &version, &program);
    if let Some(packages) = document[list].as_array_mut() {
        for package in packages.iter_mut() {
            package["fileStatus"] = "PendingDelete".into();
        }
        packages.push(json!({
            "fileName": file,
            "fileStatus": "PendingUpload",
            "minimumDirectXVersion": "None",
            "minimumSystemRam": "None",
        }));
    }
    (document, Some(file), Some(content))
}

fn upload(client: &mut Client, url: &str, content: &[u8]) {
    let mut list = String::new();
    for (number, block) in content.chunks(content.len().div_ceil(3)).enumerate() {
        // Digits are base64 as they are.
        let name = format!("{number:08}");
        client.put("block", url, &format!("comp=block&blockid={name}"), block);
        list += &format!("<Latest>{name}</Latest>");
    }
    let list = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{list}</BlockList>");
    client.put("block list", url, "comp=blocklist", list.as_bytes());
}

/// Until it is live, and then whether it is what was sent.
fn follow(client: &mut Client, product: &Product, path: &str, file: Option<&str>) {
    for _ in 0..50 {
        let Some(answer) = client.call("status", ("GET", &format!("{path}/status")), &Value::Null, &[200]) else { return };
        let report = answer.json();
        match report["status"].as_str().unwrap_or_default() {
            "Published" => {
                let Some(answer) = client.call("submission", ("GET", path), &Value::Null, &[200]) else { return };
                let live = answer.json();
                if let (Some(list), Some(file)) = (product.kind.packages(), file) {
                    let is_there = live[list].as_array().is_some_and(|packages| {
                        packages.len() == 1 && packages[0]["fileName"] == file && packages[0]["fileStatus"] == "Uploaded"
                    });
                    client.holds(is_there, || format!("{path} was to have {file} alone, and has {}", live[list]));
                }
                client.tally.count("submissions published");
                return;
            }
            status if status.ends_with("Failed") => {
                client.tally.wrong(format!("{path}: {report}"));
                return;
            }
            _ => {}
        }
    }
    client.tally.wrong(format!("{path} never comes to its end"));
}
