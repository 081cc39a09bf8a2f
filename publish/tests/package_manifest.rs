//! Manifests of all schema versions.

#![allow(clippy::expect_used, reason = "clippy does not see that helpers of tests are tests")]

use flightline_protocol::package::Architecture;
use flightline_publish::manifest::{BundleManifest, MANIFEST_LIMIT, Manifest, ManifestError, ManifestKind, PayloadKind};

const IDENTITY: &str =
    r#"<Identity Name="Harbour.Kites" Publisher="CN=Harbour" Version="1.4.2.0" ProcessorArchitecture="ARM64"/>"#;

fn manifest(text: &str) -> Manifest {
    Manifest::parse(text.as_bytes()).expect("the manifest is in order")
}

fn families(manifest: &Manifest) -> Vec<String> {
    manifest.device_families.iter().map(ToString::to_string).collect()
}

#[test]
fn a_manifest_of_windows_10_is_read_whatever_its_prefixes() {
    let text = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<f:Package xmlns:f="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
  xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10" xmlns:rescap="urn:anything" IgnorableNamespaces="uap">
  {}
  <f:Properties><f:DisplayName> ms-resource:name </f:DisplayName></f:Properties>
  <f:Dependencies>
    <f:TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.17763.0" MaxVersionTested="10.0.22621.0"/>
    <f:TargetDeviceFamily Name="Windows.Xbox" MinVersion="soon"/>
    <f:PackageDependency Name="Microsoft.VCLibs.140.00" MinVersion="14.0.0.0" Publisher="CN=Microsoft"/>
  </f:Dependencies>
  <f:Resources><f:Resource Language="en-US"/><f:Resource Language="EN-us"/><f:Resource uap:Scale="200"/></f:Resources>
  <f:Capabilities><f:Capability Name="internetClient"/><rescap:Capability Name="runFullTrust"/></f:Capabilities>
</f:Package>"#,
        IDENTITY.replace("<Identity", "<f:Identity")
    );
    let manifest = manifest(&text);
    assert_eq!((manifest.kind, manifest.architecture.clone()), (ManifestKind::Application, Architecture::Arm64));
    assert_eq!(manifest.identity.version.to_string(), "1.4.2.0");
    assert_eq!(manifest.display_name.as_deref(), Some("ms-resource:name"));
    assert_eq!(families(&manifest), ["Windows.Desktop min version 10.0.17763.0", "Windows.Xbox"]);
    assert_eq!(manifest.languages, ["en-US"]);
    assert_eq!(manifest.capabilities, ["internetClient", "runFullTrust"]);
    assert!(!manifest.is_legacy());
}

#[test]
fn manifests_from_before_windows_10_get_their_platform_as_a_family() {
    let with = |namespace: &str, oldest: &str, more: &str| {
        let text = format!(
            r#"<Package xmlns="http://schemas.microsoft.com/appx/{namespace}/manifest">{IDENTITY}{more}
<Prerequisites><OSMinVersion>{oldest}</OSMinVersion><OSMaxVersionTested>{oldest}</OSMaxVersionTested></Prerequisites></Package>"#
        );
        let manifest = manifest(&text);
        assert!(manifest.is_legacy());
        families(&manifest).join(", ")
    };
    let phone = r#"<mp:PhoneIdentity xmlns:mp="http://schemas.microsoft.com/appx/2014/phone/manifest" PhoneProductId="x"/>"#;
    assert_eq!(with("2010", "6.2.1", ""), "Windows80");
    assert_eq!(with("2010", "6.3.0", ""), "Windows81");
    assert_eq!(with("2013", "6.3", ""), "Windows81");
    assert_eq!(with("2010", "6.3.1", phone), "WindowsPhone81");
}

#[test]
fn frameworks_resources_and_additions_are_told_apart() {
    let with = |properties: &str, dependencies: &str| {
        let parts = format!("<Properties>{properties}</Properties><Dependencies>{dependencies}</Dependencies>");
        manifest(&format!("<Package>{IDENTITY}{parts}</Package>")).kind
    };
    assert_eq!(with("<Framework>true</Framework>", ""), ManifestKind::Framework);
    assert_eq!(with("<Framework>false</Framework>", ""), ManifestKind::Application);
    assert_eq!(with("<ResourcePackage> true </ResourcePackage>", ""), ManifestKind::Resource);
    assert_eq!(with("", r#"<MainPackageDependency Name="Harbour.Main"/>"#), ManifestKind::Optional);
}

#[test]
fn a_manifest_may_be_utf_16_or_start_with_a_byte_order_mark() {
    let text = format!("<Package>{IDENTITY}</Package>");
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend(text.as_bytes());
    assert!(Manifest::parse(&marked).is_ok());
    let units =
        |bytes: fn(u16) -> [u8; 2]| std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>();
    assert!(Manifest::parse(&units(u16::to_le_bytes)).is_ok());
    assert!(Manifest::parse(&units(u16::to_be_bytes)).is_ok());
}

#[test]
fn a_bundle_manifest_is_read_in_all_its_versions() {
    let text = r#"<Bundle xmlns="http://schemas.microsoft.com/appx/2017/bundle" SchemaVersion="6.0"
  xmlns:b4="http://schemas.microsoft.com/appx/2018/bundle" xmlns:b5="http://schemas.microsoft.com/appx/2019/bundle">
  <Identity Name="Harbour.Kites" Publisher="CN=Harbour" Version="3.0.0.0"/>
  <Packages>
    <Package Type="application" Version="1.0.0.0" Architecture="x64" FileName="x64.msix" Offset="38" Size="100">
      <Resources><Resource Language="en"/></Resources>
      <b4:Dependencies><b4:TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.17763.0"/></b4:Dependencies>
    </Package>
    <Package Type="application" Version="1.0.0.0" Architecture="x64" FileName="AppxMetadata\Stub\x64.msix" b5:IsStub="true" Size="9"/>
    <Package Version="1.0.0.0" ResourceId="split.scale-200" FileName="scale.msix"/>
  </Packages>
</Bundle>"#;
    let bundle = BundleManifest::parse(text.as_bytes()).expect("the manifest is in order");
    let kinds: Vec<PayloadKind> = bundle.payload.iter().map(|payload| payload.kind).collect();
    assert_eq!(kinds, [PayloadKind::Application, PayloadKind::Stub, PayloadKind::Resource]);
    assert_eq!((bundle.payload[0].offset, bundle.payload[0].size), (Some(38), Some(100)));
    assert_eq!(bundle.payload[0].device_families[0].to_string(), "Windows.Desktop min version 10.0.17763.0");
    assert_eq!(bundle.payload[1].file_name, "AppxMetadata/Stub/x64.msix");
    assert_eq!((bundle.payload[2].offset, bundle.payload[2].size), (None, None));
    assert_eq!(bundle.payload[2].architecture, Architecture::Neutral);
}

#[test]
fn everything_that_a_manifest_lacks_is_told_at_once() {
    let errors = Manifest::parse(br#"<Package><Identity Name="x"/></Package>"#).expect_err("much is missing");
    assert_eq!(errors.len(), 3, "{errors:?}");
    let bundle = r#"<Bundle><Identity Name="Harbour.Kites" Publisher="CN=Harbour" Version="1"/><Packages>
<Package Type="game" Version="1.0.0.0" FileName="x.msix" Size="-1"/></Packages></Bundle>"#;
    let errors = BundleManifest::parse(bundle.as_bytes()).expect_err("much is wrong");
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors.iter().any(ManifestError::is_version));
}

#[test]
fn a_manifest_made_to_hurt_its_reader_is_refused_quickly() {
    let refused = |text: String| {
        assert!(text.len() <= MANIFEST_LIMIT);
        Manifest::parse(text.as_bytes()).expect_err("it is refused")
    };
    let attributes: String = (0..200_000).map(|at| format!(" a{at}=''")).collect();
    assert!(matches!(refused(format!("<Package{attributes}/>"))[..], [ManifestError::TooComplex { .. }]));
    let namespaces: String = (0..100_000).map(|at| format!("<a xmlns:n{at}='u{at}'>")).collect();
    assert!(matches!(refused(namespaces)[..], [ManifestError::TooComplex { .. }]));
    refused("<a>".repeat(1_000_000));
    refused("<Package>".repeat(400_000));
    refused(format!("<Package>{}</Package>", "<a/>".repeat(900_000)));
    refused("<".repeat(4_000_000));
    refused("<!--".repeat(1_000_000));
    refused("<![CDATA[".repeat(400_000));
    refused("<Package a='".repeat(300_000));
    refused(format!("<Package>{}</Package>", "&amp;".repeat(800_000)));
    assert!(matches!(
        Manifest::parse(&vec![b' '; MANIFEST_LIMIT + 1]).expect_err("it is refused")[..],
        [ManifestError::TooLarge]
    ));
}

#[test]
fn billion_laughs_are_not_laughed() {
    let text = r#"<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><Package>&b;</Package>"#;
    let errors = Manifest::parse(text.as_bytes()).expect_err("it is refused");
    assert!(matches!(errors[..], [ManifestError::NotXml(_)]), "{errors:?}");
}
