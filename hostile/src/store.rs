//! What reaches the emulator. Each thread has a Store of its own, which goes on from input to input; an answer with status 500 is a bug.

use bytes::Bytes;
use flightline_emulator::fault::{Fault, read_all};
use flightline_emulator::{Account, Emulator, Options};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::cell::OnceCell;
use tokio::runtime::Runtime;

const APP: &str = "applications/9NHRBRL1GHTS";
/// After so many inputs a Store is thrown away, so that what they leave behind stays small.
const MOST_INPUTS: u32 = 500;

struct Store {
    emulator: Emulator,
    bearer: String,
}

/// Asks this thread's Store.
fn ask(work: impl AsyncFnOnce(&Store)) {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
        static STORE: std::cell::RefCell<Option<(u32, Store)>> = const { std::cell::RefCell::new(None) };
    }
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
        });
        let (count, store) = match STORE.take() {
            Some((count, store)) if count < MOST_INPUTS => (count + 1, store),
            _ => (1, runtime.block_on(Store::open())),
        };
        runtime.block_on(work(&store));
        STORE.set(Some((count, store)));
    });
}

impl Store {
    async fn open() -> Self {
        let account = Account::sample().expect("the sample is sound");
        let (tenant, client, secret) = (account.tenant_id(), account.client_id(), account.client_secret());
        let resource = "https://manage.devcenter.microsoft.com";
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}&resource={resource}");
        let request = Request::post(format!("/{tenant}/oauth2/token")).body(Bytes::from(form)).expect("a request");
        let emulator = Emulator::open(Options::new(account)).expect("an emulator in memory");
        let token: Value = serde_json::from_slice(emulator.answer(request).await.body()).expect("a token");
        let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        Self { emulator, bearer }
    }

    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let line = format!("{} {}", request.method(), request.uri());
        let answer = self.emulator.answer(request).await;
        assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{line}: {:?}", answer.body());
        answer
    }

    async fn call(&self, method: &str, path: &str, body: impl Into<Bytes>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(format!("/v1.0/my/{path}")).header("Authorization", &self.bearer);
        let request = request.header("Content-Type", "application/json").body(body.into()).expect("a request");
        let answer = self.send(request).await;
        (answer.status(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    }

    /// The draft of the app, and its path.
    async fn draft(&self) -> (Value, String) {
        let (_, app) = self.call("GET", APP, "").await;
        let there = app["pendingApplicationSubmission"]["id"].as_str().map(|id| format!("{APP}/submissions/{id}"));
        let draft = match &there {
            Some(path) => self.call("GET", path, "").await.1,
            None => self.call("POST", &format!("{APP}/submissions"), "").await.1,
        };
        let path = format!("{APP}/submissions/{}", draft["id"].as_str().expect("a draft has an id"));
        (draft, path)
    }

    /// What becomes of a submission with one new package, whose archive this is.
    async fn submit(&self, package: &str, archive: Bytes) {
        let (mut draft, path) = self.draft().await;
        draft["applicationPackages"].as_array_mut().expect("a list").push(json!({
            "fileName": package, "fileStatus": "PendingUpload", "minimumDirectXVersion": "None", "minimumSystemRam": "None",
        }));
        let (status, updated) = self.call("PUT", &path, draft.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{updated}");
        let url = updated["fileUploadUrl"].as_str().expect("an address");
        let request = Request::put(url).header("x-ms-blob-type", "BlockBlob").header("x-ms-version", "2024-05-04");
        let put = self.send(request.body(archive).expect("a request")).await;
        assert_eq!(put.status(), StatusCode::CREATED, "{:?}", put.body());
        let (status, committed) = self.call("POST", &format!("{path}/commit"), "").await;
        assert_eq!(status, StatusCode::ACCEPTED, "{committed}");
        let (_, report) = self.call("GET", &format!("{path}/status"), "").await;
        assert!(report["status"].is_string(), "{report}");
        // One that was taken is live, and cannot be deleted.
        self.call("DELETE", &path, "").await;
    }
}

/// An archive that is uploaded for a submission, whole.
pub fn archive(bytes: &[u8]) {
    ask(async |store| store.submit("a.msixupload", Bytes::copy_from_slice(bytes)).await);
}

/// A package in a sound archive. As an upload file it is read by all readers in turn.
pub fn inner(bytes: &[u8]) {
    ask(async |store| {
        for name in ["a.msix", "a.msixbundle", "a.msixupload"] {
            store.submit(name, stored(name, bytes)).await;
        }
    });
}

/// An archive of one stored file, written here so that long ones cost nothing.
fn stored(name: &str, bytes: &[u8]) -> Bytes {
    let checksum = crc32fast::hash(bytes).to_le_bytes();
    let [size, length] = [bytes.len(), name.len()].map(|count| u32::try_from(count).expect("it is short").to_le_bytes());
    let common = [&[20, 0, 0, 8, 0, 0, 0, 0, 33, 0][..], &checksum, &size, &size, &length[..2], &[0, 0]].concat();
    let mut archive = [b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat();
    let directory = archive.len();
    archive.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 14], name.as_bytes()].concat());
    let [start, size] =
        [directory, archive.len() - directory].map(|count| u32::try_from(count).expect("it is short").to_le_bytes());
    archive.extend([&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size, &start, &[0, 0]].concat());
    archive.into()
}

/// The document of an update.
pub fn update(bytes: &[u8]) {
    ask(async |store| {
        let (_, path) = store.draft().await;
        let (status, _) = store.call("PUT", &path, Bytes::copy_from_slice(bytes)).await;
        assert!(status == StatusCode::OK || status.is_client_error(), "{status}");
        store.call("POST", "inappproducts", Bytes::copy_from_slice(bytes)).await;
        store.call("POST", &format!("{APP}/flights"), Bytes::copy_from_slice(bytes)).await;
    });
}

/// The body of Put Block List.
pub fn list(bytes: &[u8]) {
    ask(async |store| {
        let (draft, _) = store.draft().await;
        let url = draft["fileUploadUrl"].as_str().expect("an address");
        let put = |query: &str, body: Bytes| {
            Request::put(format!("{url}&{query}")).header("x-ms-version", "2024-05-04").body(body).expect("a request")
        };
        store.send(put("comp=block&blockid=YQ%3D%3D", Bytes::from_static(b"PK"))).await;
        store.send(put("comp=blocklist", Bytes::copy_from_slice(bytes))).await;
    });
}

/// A request as it goes over the wire, without version: a line with method and address, headers, an empty line and a body. `{token}` is
/// a good token, `{draft}` the id of the draft and `{upload}` its upload address.
pub fn request(bytes: &[u8]) {
    ask(async |store| {
        let (draft, _) = store.draft().await;
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace("{token}", &store.bearer).replace("{draft}", draft["id"].as_str().expect("an id"));
        let text = text.replace("{upload}", draft["fileUploadUrl"].as_str().expect("an address"));
        if let Some(request) = parsed(&text) {
            store.send(request).await;
        }
    });
}

/// The same to the control port.
pub fn control(bytes: &[u8]) {
    ask(async |store| {
        let (draft, _) = store.draft().await;
        let text = String::from_utf8_lossy(bytes).replace("{draft}", draft["id"].as_str().expect("an id"));
        // A Store that is put into another time, spelling or trouble is another one for the inputs after it: it is made for this one.
        let other = Store::open().await;
        if let Some(request) = parsed(&text) {
            let answer = other.emulator.control(request).await;
            assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{:?}", answer.body());
            let _ = other.emulator.state().expect("the state is there");
        }
    });
}

fn parsed(text: &str) -> Option<Request<Bytes>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, uri) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(uri.trim());
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        request = request.header(name, value.trim());
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).ok()
}

/// An account file. One that is taken makes a Store.
pub fn account(bytes: &[u8]) {
    let Ok(account) = Account::parse(&String::from_utf8_lossy(bytes)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let emulator = Emulator::open(Options::new(account)).expect("an account that is taken makes a Store");
        emulator.state().expect("the state is there");
    });
}

/// Faults, one a line: what is read is written so that it is read the same.
pub fn fault(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(faults) = read_all(text.lines()).map_err(|error| assert!(!error.mistakes().is_empty())) else { return };
    for fault in &faults {
        let written = fault.to_string();
        assert_eq!(written.parse::<Fault>().as_ref(), Ok(fault), "{written}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let account = Account::sample().expect("the sample is sound");
        let faults = faults.into_iter().take(20).collect();
        let emulator = Emulator::open(Options { faults, fault_seed: Some(7), ..Options::new(account) }).expect("an emulator");
        for path in ["/v1.0/my/applications", "/x/oauth2/token", "/devstoreaccount1/a/b?comp=block&blockid=YQ%3D%3D"] {
            let request = Request::get(path).body(Bytes::new()).expect("a request");
            let _ = emulator.exchange(request).await;
        }
    });
}
