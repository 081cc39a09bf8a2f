//! Writes the kept corpus anew, all of it but the inputs that were found to break something (`found-…`), which it leaves alone.
//!
//! `cargo run -p flightline-hostile --example corpus`

#![allow(clippy::unwrap_used, reason = "it is run by hand, and says where it fails")]

use serde_json::json;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const BLOCK_MAP: &str = r#"<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap"/>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const PUBLISHER: &str = "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857";
const NAME: &str = "SaltmarshSoftware.HarbourLights";

fn main() {
    let documents = documents();
    for (name, text) in &documents {
        keep("document", name, text.as_bytes());
        keep("update", name, text.as_bytes());
        keep("answer", name, text.as_bytes());
        keep("refusal", name, &[b"\x01\x90", text.as_bytes()].concat());
        keep("addon", name, text.as_bytes());
    }
    words();
    answers();
    requests();
    packages();
    journals();
    certificates();
    keep("account", "sample", include_bytes!("../../emulator/src/sample/account.json"));
    keep("account", "bare", br#"{"tenantId":"t","clientId":"c","clientSecret":"s","applications":[]}"#);
    for (name, text) in
        [("text", "Faster start."), ("table", r#"{"en-us":"Faster","de-de":"Schneller"}"#), ("toml", "en-us = \"Faster\"")]
    {
        keep("notes", name, text.as_bytes());
    }
}

fn keep(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn documents() -> Vec<(&'static str, String)> {
    let package = json!({"fileName": "a.msix", "fileStatus": "PendingUpload", "id": "1", "version": "1.0.0.0", "architecture": "x64",
        "languages": ["en-us"], "targetDeviceFamilies": ["Windows.Desktop min version 10.0.17763.0"]});
    let submission = json!({
        "id": "1152921505700000101", "applicationCategory": "Games_FamilyAndKids", "visibility": "Public", "friendlyName": "Submission 7",
        "pricing": {"trialPeriod": "NoFreeTrial", "marketSpecificPricings": {"DE": "Tier3"}, "sales": [], "priceId": "Free"},
        "targetPublishMode": "SpecificDate", "targetPublishDate": "2027-02-01T12:00:00.0000000Z",
        "listings": {"en-us": {"baseListing": {"title": "Boats", "releaseNotes": "New.", "images": []}, "platformOverrides": {}}},
        "hardwarePreferences": [], "automaticBackupEnabled": false, "canInstallOnRemovableMedia": true, "isGameDvrEnabled": false,
        "hasExternalInAppProducts": false, "meetAccessibilityGuidelines": false, "notesForCertification": "", "gamingOptions": [],
        "status": "PendingCommit", "statusDetails": {"errors": [{"code": "InvalidState", "details": "no"}], "warnings": [],
        "certificationReports": [{"date": "2027-01-01T00:00:00Z", "reportUrl": "https://r.example/1"}]},
        "fileUploadUrl": "https://b.example/c/b?sv=2024-05-04&sr=b&sig=a+b%2F&se=2027-02-01T12:00:00Z&sp=rwl",
        "applicationPackages": [package], "packageDeliveryOptions": {"packageRollout": {"isPackageRollout": true,
        "packageRolloutPercentage": 12.5, "packageRolloutStatus": "PackageRolloutInProgress", "fallbackSubmissionId": "0"},
        "isMandatoryUpdate": false, "mandatoryUpdateEffectiveDate": "1601-01-01T00:00:00.0000000Z"},
        "enterpriseLicensing": "Online", "allowTargetFutureDeviceFamilies": {"Desktop": true, "Mobile": false},
    });
    let add_on = json!({"contentType": "EMagazine", "keywords": ["a"], "lifetime": "FiveDays", "listings": {"en-us": {"title": "t",
        "description": "d", "icon": {"fileName": "../icon.png", "fileStatus": "PendingUpload"}}}, "pricing": {"priceId": "Tier2"},
        "tag": "t", "visibility": "Public", "targetPublishMode": "Immediate", "productId": "boat", "productType": "Durable",
        "applicationIds": ["9NHRBRL1GHTS"]});
    let app = json!({"id": "9NHRBRL1GHTS", "primaryName": "Boats", "packageIdentityName": NAME, "publisherName": PUBLISHER,
        "pendingApplicationSubmission": {"id": "1", "resourceLocation": "applications/9NHRBRL1GHTS/submissions/1"}});
    let page = json!({"@nextLink": "applications?skip=1&top=1", "value": [app.clone()], "totalCount": 2});
    let flight = json!({"flightId": "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384", "friendlyName": "beta", "groupIds": ["1"],
        "rankHigherThan": "Non-flighted submission"});
    let texts = [("submission", submission), ("add-on", add_on), ("app", app), ("page", page), ("flight", flight)];
    let mut texts: Vec<(&str, String)> = texts.into_iter().map(|(name, value)| (name, value.to_string())).collect();
    let raw = "\u{feff}{\"id\":\"1\",\"a\":\"one\u{b}two\\\"\u{1}\",\"ID\":1.50,\"fileuploadURL\":\"https://h/?sig=1\"}";
    texts.push(("controls", raw.to_owned()));
    texts.push(("deep", "[".repeat(4_000)));
    texts.push(("deep-objects", "{\"a\":".repeat(2_000)));
    texts.push(("numbers", "{\"id\":\"1\",\"a\":[1e999,-0,18446744073709551616,1.0000000000000000000001]}".to_owned()));
    texts.push(("private-number", "{\"id\":\"1\",\"a\":{\"$serde_json::private::Number\":\"x\"}}".to_owned()));
    texts
}

fn words() {
    for (name, text) in [
        ("version", "1.2.65535.0"),
        ("family", "Windows.Desktop min version 10.0.17763.0"),
        ("status", "PreProcessing"),
        ("share", "12.5%"),
        ("id", "9NHRBRL1GHTS"),
        ("line", "/v1.0/my/applications/9NHRBRL1GHTS/submissions/1/updatepackagerolloutpercentage?percentage=12.5"),
        ("page", "/V1.0/my/inappproducts/?skip=4294967296&top=1"),
        ("letters", "Ünïcode"),
    ] {
        keep("word", name, text.as_bytes());
    }
    for (name, text) in [
        ("plain", "https://b.example/c/b?sv=2024-05-04&sr=b&sig=a+b%2F&se=2027-02-01T12:00:00Z"),
        ("port", "http://127.0.0.1:1/a?sig=1#x"),
        ("no-host", "https:///a?sig=1"),
        ("two", "https://h/a?b?sig=1"),
        ("at", "https://a:b@h/c?sig=1"),
    ] {
        keep("sas", name, text.as_bytes());
        keep("redaction", name, text.as_bytes());
    }
    for (name, text) in [
        ("header", "Authorization: Bearer eyJ0eXAiOi.x.y; {\"access_token\":\"abc\"} é"),
        ("escaped", "?u=https%3A%2F%2Fh%3Fsig%3DS%253D"),
        ("form", "client_secret=x&client_assertion = 'y'"),
        ("redacted", "sig=[redacted]&sig=[redacted"),
    ] {
        keep("redaction", name, text.as_bytes());
    }
    for (name, text) in [
        ("some", "create=504-after\ncommit=503x2\nany=503x3~0.5%@2\nput upload=reset-after"),
        ("path", "PUT *?comp=block&*=cut@3"),
        (
            "words",
            "commit=stick:certification:1d\ncommit=fail:CommitFailed:InvalidArchive\ncommit=drop:*x64*\napi=503-after:date:90",
        ),
        ("slow", "upload=slow:18446744073709551615x*\nget=truncate:10\nany=delay-after:365d"),
    ] {
        keep("fault", name, text.as_bytes());
    }
}

fn answers() {
    let claims = "eyJleHAiOjE4OTM0NTYwMDAsInRpZCI6InQiLCJhcHBpZCI6ImMiLCJyb2xlcyI6WyJyIl19";
    for (name, text) in [
        ("granted", format!("200\ncontent-type: application/json\n\n{{\"access_token\":\"e30.{claims}.c2ln\",\"expires_in\":\"3599\"}}")),
        ("ends", "{\"access_token\":\"t\",\"expires_on\":\"18446744073709551615\"}".to_owned()),
        ("for-ever", "{\"access_token\":\"t\",\"expires_in\":18446744073709551615}".to_owned()),
        ("refused", "401\n\n{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret. Trace ID: 1\\r\\n2\",\
                     \"error_codes\":[7000215],\"correlation_id\":\"11111111-2222-4333-8444-555555555555\"}".to_owned()),
        ("busy", "503\nretry-after: 3\n\n<html>busy</html>".to_owned()),
        ("quotes", "400\n\n{\"error_description\":\"AADSTS: s3cr3t-of-the-application\"}".to_owned()),
    ] {
        keep("token", name, text.as_bytes());
    }
    for (name, text) in [
        (
            "refused",
            "409\nms-correlationid: 1\n\n{\"code\":\"InvalidState\",\"message\":\"Busy sig=1\",\"target\":\"submission\"}",
        ),
        (
            "gateway",
            "429\n\n{ \"statusCode\": 429, \"message\": \"Rate limit is exceeded. Try again in 99999999999999999999 seconds.\" }",
        ),
        ("page-of-html", "502\n\n<html><title>502</title></html>"),
        ("nothing", "204\n\n"),
        ("status", "{\"status\":\"Certification\"}"),
        (
            "rollout",
            "{\"isPackageRollout\":true,\"packageRolloutPercentage\":10.0,\"packageRolloutStatus\":\"PackageRolloutInProgress\"}",
        ),
        ("odd-link", "{\"value\":[{\"id\":\"9NHRBRL1GHTS\",\"primaryName\":\"a\"}],\"@nextLink\":\"applications?skip=\\n1\"}"),
    ] {
        keep("answer", name, text.as_bytes());
    }
    let list = "<?xml version=\"1.0\"?><BlockList><CommittedBlocks><Block><Name>YQ==</Name><Size>1</Size></Block></CommittedBlocks>\
                <UncommittedBlocks><Block><Name>Yw==</Name><Size>1</Size></Block></UncommittedBlocks></BlockList>";
    keep("blocks", "list", list.as_bytes());
    keep("blocks", "marked", format!("\u{feff}{list}").as_bytes());
    keep("blocks", "missing", b"404\n\n<Error><Code>BlobNotFound</Code></Error>");
    keep("blocks", "busy", b"503\nretry-after: 1\n\n<Error><Code>ServerBusy</Code></Error>");
    keep(
        "blocks",
        "stale",
        b"403\n\n<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>Signature not valid in the \
                              specified time frame</AuthenticationErrorDetail></Error>",
    );
    for (name, text) in [
        ("seconds", "14\n\nTry again in 3 seconds."),
        ("date", "Fri, 31 Dec 9999 23:59:59 GMT\nThu, 01 Jan 1970 00:00:00 GMT\n"),
        ("words", "\n\nRate limit is exceeded. Try again in 14 seconds."),
        ("long", "18446744073709551616\n\n"),
        ("minus", "-1\nnever\n"),
        ("most", "18446744073709551615\n\n"),
        ("old", "Sunday, 06-Nov-94 08:49:37 GMT\nSun Nov  6 08:49:37 1994\n"),
    ] {
        keep("retry", name, text.as_bytes());
    }
    for (name, text) in [
        (
            "list",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>YQ==</Latest><Uncommitted>YQ==</Uncommitted></BlockList>",
        ),
        ("spaced", "<BlockList xmlns:x='y'>\n <Committed>YQ==</Committed>\n</BlockList>"),
        ("bare", "<BlockList/>"),
        ("bomb", "<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY c \"&a;&a;\">]><BlockList><Latest>&c;</Latest></BlockList>"),
    ] {
        keep("list", name, text.as_bytes());
    }
}

fn requests() {
    let app = "/v1.0/my/applications/9NHRBRL1GHTS";
    for (name, text) in [
        ("apps", "GET /v1.0/my/applications?skip=1&top=5\nAuthorization: {token}\n\n".to_owned()),
        ("status", format!("GET {app}/submissions/{{draft}}/status\nAuthorization: {{token}}\nms-correlationid: 1\n\n")),
        ("share", format!("POST {app}/submissions/{{draft}}/updatepackagerolloutpercentage?percentage=1e999\nAuthorization: {{token}}\n\n")),
        ("block", "PUT {upload}&comp=block&blockid=YQ%3D%3D\nx-ms-version: 2024-05-04\nx-ms-content-crc64: AAAAAAAAAAA=\n\nPK".to_owned()),
        ("blob", "PUT {upload}\nx-ms-blob-type: BlockBlob\nx-ms-version: 2024-05-04\nContent-MD5: AAAA\nIf-None-Match: *\n\nPK".to_owned()),
        ("range", "GET {upload}\nx-ms-range: bytes=0-18446744073709551615\nx-ms-version: 2024-05-04\n\n".to_owned()),
        ("held", "GET {upload}&comp=blocklist&blocklisttype=all\nIf-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT\n\n".to_owned()),
        ("forged", "PUT https://b.blob.core.windows.net/c/b%00?sv=2024-05-04&sr=b&sp=rw&st=-9999-01-01&se=9999-12-31T23:59:59Z&sig=AAAA\n\n".to_owned()),
        ("form", "POST /5c1f7a0e-3d52-4b8a-9e07-6a2d41c8b9f3/oauth2/token\n\ngrant_type=client_credentials&client_id=%zz&resource=a&client_assertion=e30.e30.e30".to_owned()),
        ("second", "POST /5c1f7a0e-3d52-4b8a-9e07-6a2d41c8b9f3/oauth2/v2.0/token\n\ngrant_type=client_credentials&scope=a%2F.default&client_assertion_type=x\
                    &client_assertion=eyJhbGciOiJQUzI1NiIsIng1dCI6ImEifQ.eyJhdWQiOiJhIiwiZXhwIjo5OTk5OTk5OTk5OTk5OTk5OTk5fQ.AA".to_owned()),
        ("machine", "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=a\nMetadata: true\n\n".to_owned()),
    ] {
        keep("request", name, text.as_bytes());
    }
    for (name, text) in [
        ("state", "GET /state\n\n"),
        ("advance", "POST /advance?submission={draft}&to=Published\n\n"),
        ("clock", "POST /clock?forward=3162240000\n\n"),
        ("fail", "POST /fail?submission={draft}&status=CertificationFailed\n\n{\"errors\":[{\"code\":\"None\"}]}"),
        ("fault", "POST /fault?fault=any%3D503x*~50%25\n\n"),
        ("limit", "POST /limit?perMinute=0\n\n"),
        ("plus", "POST /addresses?plus=raw\n\n"),
        ("release", "POST /release?submission={draft}\n\n"),
        ("faults", "DELETE /faults?id=18446744073709551615\n\n"),
        ("rollout", "POST /rollout?submission={draft}&status=PackageRolloutComplete\n\n"),
    ] {
        keep("control", name, text.as_bytes());
    }
}

fn zip(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn packages() {
    let manifest = format!(
        r#"<?xml version="1.0" encoding="utf-8"?><Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:r="urn:r">
<Identity Name="{NAME}" Publisher="{PUBLISHER}" Version="1.2.3.0" ProcessorArchitecture="x64"/>
<Properties><DisplayName>Lights</DisplayName></Properties><Dependencies>
<TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.17763.0" MaxVersionTested="10.0.22621.0"/></Dependencies>
<Resources><Resource Language="en-GB"/></Resources><Capabilities><r:Capability Name="runFullTrust"/></Capabilities></Package>"#
    );
    let legacy = r#"<Package xmlns="http://schemas.microsoft.com/appx/2013/manifest"><Identity Name="a.b" Publisher="CN=a" Version="1.0.0.0"/>
<Prerequisites><OSMinVersion>6.3.é</OSMinVersion></Prerequisites></Package>"#;
    let package = |method| {
        zip(
            method,
            &[
                ("app.exe", b"MZ"),
                ("AppxManifest.xml", manifest.as_bytes()),
                ("AppxBlockMap.xml", BLOCK_MAP.as_bytes()),
                ("[Content_Types].xml", TYPES.as_bytes()),
            ],
        )
    };
    let (msix, stored) = (package(CompressionMethod::Deflated), package(CompressionMethod::Stored));
    let listed = format!(
        r#"<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" SchemaVersion="5.0"><Identity Name="{NAME}" Publisher="{PUBLISHER}" Version="2.0.0.0"/>
<Packages><Package Type="application" Version="1.2.3.0" Architecture="x64" FileName="x64.msix" Offset="38" Size="{}"/></Packages></Bundle>"#,
        msix.len()
    );
    let bundle = zip(
        CompressionMethod::Stored,
        &[
            ("x64.msix", &msix),
            ("AppxMetadata/AppxBundleManifest.xml", listed.as_bytes()),
            ("AppxBlockMap.xml", BLOCK_MAP.as_bytes()),
            ("[Content_Types].xml", TYPES.as_bytes()),
        ],
    );
    let upload = |method| zip(method, &[("a.msixbundle", &bundle), ("a.appxsym", b"symbols")]);
    let wide: Vec<u8> =
        manifest.encode_utf16().fold(vec![0xFF, 0xFE], |bytes, unit| [bytes, unit.to_le_bytes().to_vec()].concat());
    for (name, bytes) in
        [("package", manifest.as_bytes()), ("legacy", legacy.as_bytes()), ("wide", &wide), ("bundle", listed.as_bytes())]
    {
        keep("manifest", name, bytes);
        keep("bundle", name, bytes);
    }
    let slip = zip(CompressionMethod::Stored, &[("../../a.msix", &msix), ("..\\b.msixbundle", &bundle), ("/c", b"c")]);
    let mut claims = stored.clone();
    let end = claims.len();
    claims[end - 12..end - 4].fill(0xFF);
    let kept = [
        ("package", msix.clone()),
        ("stored", stored),
        ("bundle", bundle.clone()),
        ("upload", upload(CompressionMethod::Stored)),
        ("packed", upload(CompressionMethod::Deflated)),
        ("slip", slip),
        ("claims", claims),
        ("large-manifest", claiming(&msix)),
        ("cut", msix[..msix.len() - 9].to_vec()),
    ];
    for (name, bytes) in kept {
        keep("package", name, &bytes);
        keep("inner", name, &bytes);
        keep("archive", name, &bytes);
        keep("archive", &format!("{name}-within"), &zip(CompressionMethod::Stored, &[("a.msixupload", &bytes)]));
    }
}

/// A package whose directory claims 4 GiB less one byte of manifest.
fn claiming(package: &[u8]) -> Vec<u8> {
    let mut bytes = package.to_vec();
    let name = b"AppxManifest.xml";
    let last = bytes.windows(name.len()).rposition(|part| part == name).unwrap();
    bytes[last - 22..last - 18].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
    bytes
}

fn journals() {
    let run = r#"{"at":"2027-02-01T12:00:00Z","line":"run","format":2,"product":"applications/9NHRBRL1GHTS","wish":"wish","arguments":["--app",1]}"#;
    let rest = r#"{"line":"createStarted"}
{"at":"2027-02-01T12:00:01Z","line":"created","submission":"1152921505700000101"}
{"line":"uploaded","submission":"1152921505700000101","blob":"https://b/c","length":18446744073709551615,"content":"x"}
{"at":"never","line":"committed","submission":"../../1","correlationId":"1"}
{"line":"settled","end":"delivered"}
"#;
    keep("journal", "whole", format!("{run}\n{rest}").as_bytes());
    keep("journal", "torn", format!("{run}\n{}", &rest[..200]).as_bytes());
    keep("journal", "draft", format!("{run}\n{{\"line\":\"settled\",\"end\":\"draft\"}}\n").as_bytes());
    keep("journal", "first-format", run.replace("\"format\":2", "\"format\":1").as_bytes());
    keep("journal", "later", format!("{run}\n").replace("\"format\":2", "\"format\":99").as_bytes());
    keep(
        "journal",
        "numbers",
        format!("{}\n", run.replace(",1]", ",1e999,{\"$serde_json::private::Number\":\"1\"}]")).as_bytes(),
    );
    keep("journal", "empty", b"");
}

fn certificates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/credential/files");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for name in ["ec-no-password.pfx", "ec-nomac.pfx", "ec-plain.pfx", "legacy.pfx", "modern.pfx", "rc2-128.pfx"] {
        keep("certificate", name.trim_end_matches(".pfx"), &read(name));
    }
    for (certificate, keys) in [
        ("ec.crt", &["ec.key", "ec-3des.key"][..]),
        ("rsa.crt", &["rsa-enc.key", "rsa-oldenc.key", "rsa-pkcs1.key", "rsa-v1.key"]),
    ] {
        for key in keys {
            keep("certificate", key.trim_end_matches(".key"), &[read(certificate), read(key)].concat());
        }
    }
}
