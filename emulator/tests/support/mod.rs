//! What the tests of the emulator share: a Store to talk to, and packages to give it.

#![allow(dead_code, reason = "each test program uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use bytes::Bytes;
use flightline_emulator::{Account, Emulator, Options, Pace};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) const APP: &str = "9NHRBRL1GHTS";
pub(crate) const ADD_ON: &str = "9NBQY01TDES5";
pub(crate) const FLIGHT: &str = "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384";
pub(crate) const IDENTITY: &str = "SaltmarshSoftware.HarbourLights";
pub(crate) const PUBLISHER: &str = "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857";

/// An emulator and a token for it.
pub(crate) struct Store {
    pub(crate) emulator: Emulator,
    pub(crate) account: Account,
    token: String,
}

/// An answer, its body read as JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn read(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Self { status: head.status, headers: head.headers, body }
    }

    /// Status, code and message in one.
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        (self.status.as_u16(), text("code"), text("message"))
    }
}

impl Store {
    /// The sample account at some pace.
    pub(crate) async fn at(pace: Pace) -> Self {
        Self::open(Options { pace, ..Options::new(Account::sample().unwrap()) }).await
    }

    pub(crate) async fn of(account: &Value) -> Self {
        Self::open(Options::new(Account::parse(&account.to_string()).unwrap())).await
    }

    pub(crate) async fn open(options: Options) -> Self {
        let account = options.account.clone();
        let emulator = Emulator::open(options).unwrap();
        let token = token(&emulator, &account).await;
        Self { emulator, account, token }
    }

    /// A new token, since the clock went on.
    pub(crate) async fn sign_in(&mut self) {
        self.token = token(&self.emulator, &self.account).await;
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.call("POST", path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1.0/my/{path}"))
            .header("Authorization", self.bearer())
            .header("Content-Type", "application/json")
            .body(Bytes::from(body.map(Value::to_string).unwrap_or_default()))
            .unwrap();
        Answer::read(self.emulator.answer(request).await)
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).body(Bytes::from(body.to_owned())).unwrap();
        Answer::read(self.emulator.control(request).await)
    }

    /// A new draft of the sample app.
    pub(crate) async fn draft(&self) -> Value {
        self.draft_of(&app()).await
    }

    /// A new draft of the product at this place.
    pub(crate) async fn draft_of(&self, place: &str) -> Value {
        let created = self.post(&format!("{place}/submissions")).await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        created.body
    }

    /// Updates a draft and expects it to be taken.
    pub(crate) async fn update(&self, draft: &Value) -> Value {
        self.update_of(&app(), draft).await
    }

    pub(crate) async fn update_of(&self, place: &str, draft: &Value) -> Value {
        let updated = self.put(&path_of(place, draft), draft).await;
        assert_eq!(updated.status, 200, "{:?}", updated.body);
        updated.body
    }

    pub(crate) async fn upload(&self, draft: &Value, archive: Vec<u8>) {
        let request = Request::put(draft["fileUploadUrl"].as_str().unwrap())
            .header("x-ms-blob-type", "BlockBlob")
            .header("x-ms-version", "2024-05-04")
            .body(Bytes::from(archive))
            .unwrap();
        let response = self.emulator.answer(request).await;
        assert_eq!(response.status(), 201, "{:?}", response.body());
    }

    pub(crate) async fn commit(&self, draft: &Value) {
        self.commit_of(&app(), draft).await;
    }

    pub(crate) async fn commit_of(&self, place: &str, draft: &Value) {
        let committed = self.post(&format!("{}/commit", path_of(place, draft))).await;
        assert_eq!(committed.status, 202, "{:?}", committed.body);
        assert_eq!(committed.body, json!({ "status": "CommitStarted" }));
    }

    pub(crate) async fn status(&self, draft: &Value) -> Value {
        self.status_of(&app(), draft).await
    }

    pub(crate) async fn status_of(&self, place: &str, draft: &Value) -> Value {
        let status = self.get(&format!("{}/status", path_of(place, draft))).await;
        assert_eq!(status.status, 200, "{:?}", status.body);
        status.body
    }

    /// Adds packages to a new draft, uploads `archive`, commits, and answers the draft.
    pub(crate) async fn submit(&self, names: &[&str], archive: Vec<u8>) -> Value {
        let mut draft = self.draft().await;
        add_packages(&mut draft, names);
        let draft = self.update(&draft).await;
        self.upload(&draft, archive).await;
        self.commit(&draft).await;
        draft
    }

    /// What `submit` comes to: the status, and code and details of the first error.
    pub(crate) async fn outcome(&self, names: &[&str], archive: Vec<u8>) -> (String, String, String) {
        let draft = self.submit(names, archive).await;
        let status = self.status(&draft).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let error = &status["statusDetails"]["errors"][0];
        (text(&status["status"]), text(&error["code"]), text(&error["details"]))
    }
}

pub(crate) async fn token(emulator: &Emulator, account: &Account) -> String {
    let secret = account.client_secret().replace('+', "%2B");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={secret}&resource=https://manage.devcenter.microsoft.com",
        account.client_id()
    );
    let request = Request::post(format!("/{}/oauth2/token", account.tenant_id())).body(Bytes::from(form)).unwrap();
    let answer = Answer::read(emulator.answer(request).await);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

/// The places of the sample account's first app, add-on and flight.
pub(crate) fn app() -> String {
    format!("applications/{APP}")
}

pub(crate) fn add_on() -> String {
    format!("inappproducts/{ADD_ON}")
}

pub(crate) fn flight() -> String {
    format!("applications/{APP}/flights/{FLIGHT}")
}

/// The path of a submission of the sample app.
pub(crate) fn path(submission: &Value) -> String {
    path_of(&app(), submission)
}

/// The path of a submission of the product at this place.
pub(crate) fn path_of(place: &str, submission: &Value) -> String {
    format!("{place}/submissions/{}", submission["id"].as_str().unwrap())
}

pub(crate) fn add_packages(draft: &mut Value, names: &[&str]) {
    let list = if draft.get("flightPackages").is_some() { "flightPackages" } else { "applicationPackages" };
    for name in names {
        draft[list].as_array_mut().unwrap().push(json!({
            "fileName": name,
            "fileStatus": "PendingUpload",
            "minimumDirectXVersion": "None",
            "minimumSystemRam": "None",
        }));
    }
}

/// The sample account's file, to be changed.
pub(crate) fn sample() -> Value {
    serde_json::from_str(include_str!("../../src/sample/account.json")).unwrap()
}

/// How entries lie in an archive.
#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Stored,
    Deflated,
}

pub(crate) fn archive(packing: Packing, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let method = match packing {
        Packing::Stored => CompressionMethod::Stored,
        Packing::Deflated => CompressionMethod::Deflated,
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const BLOCK_MAP: &str = r#"<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap"/>"#;

/// A package in the making.
#[derive(Clone)]
pub(crate) struct Package<'a> {
    pub(crate) name: &'a str,
    pub(crate) publisher: &'a str,
    pub(crate) version: &'a str,
    pub(crate) architecture: &'a str,
    pub(crate) languages: &'a [&'a str],
}

pub(crate) const PACKAGE: Package<'static> =
    Package { name: IDENTITY, publisher: PUBLISHER, version: "1.1.0.0", architecture: "x64", languages: &["en-GB", "fr-FR"] };

impl Package<'_> {
    pub(crate) fn manifest(&self) -> String {
        let languages: String = self.languages.iter().map(|code| format!("<Resource Language=\"{code}\"/>")).collect();
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
            <Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
                     xmlns:rescap="http://schemas.microsoft.com/appx/manifest/foundation/windows10/restrictedcapabilities">
              <Identity Name="{}" Publisher="{}" Version="{}" ProcessorArchitecture="{}"/>
              <Dependencies>
                <TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/>
              </Dependencies>
              <Resources>{languages}</Resources>
              <Capabilities><rescap:Capability Name="runFullTrust"/></Capabilities>
            </Package>"#,
            self.name, self.publisher, self.version, self.architecture
        )
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        archive(
            Packing::Deflated,
            &[("app.exe", b"MZ"), ("AppxManifest.xml", self.manifest().as_bytes()), ("AppxBlockMap.xml", BLOCK_MAP.as_bytes())],
        )
    }
}

/// A bundle of packages: those in `inside` lie in it, those in `listed` are only named.
pub(crate) fn bundle(version: &str, listed: &[(&str, &str)], inside: &[(&str, &[u8])]) -> Vec<u8> {
    let packages: String = listed
        .iter()
        .map(|(name, role)| format!(r#"<Package Type="{role}" Version="{version}" Architecture="x64" FileName="{name}"/>"#))
        .collect();
    let manifest = format!(
        r#"<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" SchemaVersion="5.0">
          <Identity Name="{IDENTITY}" Publisher="{PUBLISHER}" Version="{version}"/>
          <Packages>{packages}</Packages>
        </Bundle>"#
    );
    let mut entries: Vec<(&str, &[u8])> = inside.to_vec();
    entries.push(("AppxMetadata/AppxBundleManifest.xml", manifest.as_bytes()));
    entries.push(("AppxBlockMap.xml", BLOCK_MAP.as_bytes()));
    archive(Packing::Stored, &entries)
}
