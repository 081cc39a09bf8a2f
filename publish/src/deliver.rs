//! Delivered? The Store's package list, read back and held against the plan.

use crate::plan::{PackageLine, Plan, Verb, Weight};
use flightline_protocol::package::Architecture;
use flightline_protocol::submission::{PackageEntry, Submission};
use flightline_protocol::target::Target;

/// What the Store's list should hold and does not, or holds and should not; empty when it is as planned.
pub fn differences(plan: &Plan, published: &Submission) -> Vec<String> {
    let entries = published.packages();
    let mut taken = vec![false; entries.len()];
    let mut differences = Vec::new();
    for line in plan.packages.iter().filter(|line| line.verb != Verb::Go) {
        let place = entries.iter().enumerate().position(|(at, entry)| !taken[at] && is(line, entry));
        match place {
            Some(at) => taken[at] = true,
            None => differences.push(format!("{} is not in the Store's package list", describe(line))),
        }
    }
    for line in plan.packages.iter().filter(|line| line.verb == Verb::Go) {
        let still = |entry: &PackageEntry<'_>| entry.id().is_some() && entry.id() == line.id.as_deref();
        if entries.iter().any(|entry| still(entry) && entry.file_status() != "PendingDelete") {
            differences.push(format!("{} is still in the Store's package list", describe(line)));
        }
    }
    // What an app's document says besides, the Store may have its own way with; an add-on has nothing else.
    if matches!(plan.target, Target::AddOn(_)) {
        let lost = plan.fields.iter().filter(|change| change.weight == Weight::Content && !change.is_said_in(published));
        differences.extend(lost.map(|change| format!("{} is not what was sent", change.field)));
    }
    differences
}

/// The packages of a submission, one line each, as the Store says them.
pub fn package_list(submission: &Submission) -> Vec<String> {
    let line = |entry: &PackageEntry<'_>| {
        let version = entry.version().map_or_else(|| "?".to_owned(), |version| version.to_string());
        let architecture = entry.architecture().map_or_else(|| "?".to_owned(), |architecture| architecture.to_string());
        format!("{version} {architecture} {}", entry.file_name())
    };
    submission.packages().iter().map(line).collect()
}

/// Whether the Store's entry is the package. A new one has no id yet that we could know; a bundle reports one architecture (O-016).
fn is(line: &PackageLine, entry: &PackageEntry<'_>) -> bool {
    if let Some(id) = &line.id {
        return entry.id() == Some(id);
    }
    let architecture = entry.architecture();
    let served = architecture
        .is_some_and(|architecture| line.architectures.contains(&architecture) || architecture == Architecture::Neutral);
    line.version.is_some() && entry.version() == line.version && served
}

fn describe(line: &PackageLine) -> String {
    let architectures: Vec<&str> = line.architectures.iter().map(Architecture::as_str).collect();
    match line.version {
        Some(version) => format!("{version} {} ({})", architectures.join("+"), line.file_name),
        None => line.file_name.clone(),
    }
}
