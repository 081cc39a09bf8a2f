//! An upload file: a ZIP file with one bundle or package, and perhaps its symbols.
//!
//! The Store takes an upload file with several plain packages, and then drops them without a word (O-301).

use super::container::{Container, Member};
use super::fault::{FaultCode, Report};
use super::name::{Extension, quoted};
use super::{Contents, Kind, application, bundle};

/// Reads what an upload file holds; what is wrong with it is reported.
pub(super) fn read(container: &Container, report: &mut Report) -> Option<Contents> {
    let packages: Vec<(&Member, Extension)> = container.packages().collect();
    let of = |wanted: Extension| packages.iter().filter(move |(_, extension)| *extension == wanted).map(|(member, _)| *member);
    let encrypted: Vec<&Member> = of(Extension::Encrypted).collect();
    if let Some(first) = encrypted.first() {
        report.add(FaultCode::PackageEncrypted, format_args!("it holds the encrypted package {}", quoted(&first.name)));
    }
    let bundles: Vec<&Member> = of(Extension::Bundle).collect();
    let plain: Vec<&Member> = of(Extension::Package).collect();
    let (member, beside) = match (bundles.as_slice(), plain.as_slice()) {
        ([bundle], plain) => (*bundle, plain),
        ([], [package]) => (*package, [].as_slice()),
        ([], []) => {
            if encrypted.is_empty() {
                report.add(FaultCode::UploadEmpty, "it holds no package or bundle");
            }
            return None;
        }
        ([], several) => {
            let why = format_args!("it holds {} packages without a bundle around them: {}", several.len(), names(several));
            report.add(FaultCode::UploadSeveral, why);
            return None;
        }
        (several, _) => {
            let why = format_args!("it holds {} bundles: {}", several.len(), names(several));
            report.add(FaultCode::UploadSeveral, why);
            return None;
        }
    };
    if member.name.contains('/') {
        report.add(FaultCode::UploadNested, format_args!("it holds its package in a folder, as {}", quoted(&member.name)));
    }
    let source = container.nested(member, report)?;
    let contents = report.inside(quoted(&member.name), |report| {
        let inner = Container::open(source, report)?;
        if bundles.is_empty() {
            application::read_alone(&inner, report)
        } else {
            bundle::read(&inner, bundle::Beside::Upload(container), report)
        }
    })?;
    // Packages beside a bundle are those of a flat bundle, or do not belong there.
    if contents.kind != Kind::FlatBundle && !beside.is_empty() {
        let why = format_args!("it holds packages beside its bundle: {}", names(beside));
        report.add(FaultCode::UploadSeveral, why);
    }
    let kind = if bundles.is_empty() { Kind::PackageUpload } else { Kind::BundleUpload };
    Some(Contents { kind, companions: Vec::new(), ..contents })
}

/// The first few names.
fn names(members: &[&Member]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = members.iter().take(SHOWN).map(|member| quoted(&member.name)).collect();
    if members.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
