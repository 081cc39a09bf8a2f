//! Which packages come, stay and go: by architecture and device family, never by file name.

use crate::fault::Fault;
use crate::package::{Kind, Package};
use crate::plan::MOST_PACKAGES;
use crate::rollout::Halted;
use crate::wish::{Replace, Wish};
use flightline_protocol::package::{Architecture, DeviceFamily, Version};
use flightline_protocol::submission::{PackageEntry, Submission};
use std::collections::HashMap;
use std::path::PathBuf;

/// One package in a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageLine {
    /// What becomes of it.
    pub verb: Verb,
    /// The Store's id, for packages that the Store has.
    pub id: Option<String>,
    /// The path that it has, or gets, in the upload.
    pub file_name: String,
    /// Its version, where the Store says it.
    pub version: Option<Version>,
    /// The architectures that it serves, where the Store says so. The Store reports one, `neutral` for most bundles (O-016).
    pub architectures: Vec<Architecture>,
    /// The device families that it serves.
    pub device_families: Vec<DeviceFamily>,
    /// Each architecture with each device family that it serves: fewer pairs than the two lists make where the packages of a bundle
    /// differ.
    pub cells: Vec<(Architecture, DeviceFamily)>,
    /// The file on this machine and those that travel with it, for packages that come.
    pub files: Vec<PathBuf>,
    /// Its size in bytes, for packages that come.
    pub size: u64,
    /// Why.
    pub reason: String,
}

/// What becomes of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Customers have it, and keep it.
    Stay,
    /// Customers have it, and lose it.
    Go,
    /// Customers get it.
    Come,
}

impl Verb {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Go => "go",
            Self::Come => "come",
        }
    }
}

impl PackageLine {
    pub(crate) fn live(entry: &PackageEntry<'_>) -> Self {
        let families = entry.device_families();
        let cell = |architecture: Architecture| families.iter().map(move |family| (architecture.clone(), family.clone()));
        Self {
            cells: entry.architecture().into_iter().flat_map(cell).collect(),
            verb: Verb::Stay,
            id: entry.id().map(str::to_owned),
            file_name: entry.file_name().to_owned(),
            version: entry.version(),
            architectures: entry.architecture().into_iter().collect(),
            device_families: entry.device_families(),
            files: Vec::new(),
            size: 0,
            reason: "no new package serves all of its devices".to_owned(),
        }
    }

    pub(crate) fn new(package: &Package) -> Self {
        Self {
            verb: Verb::Come,
            id: None,
            file_name: package.file_name.clone(),
            version: Some(package.identity.version),
            architectures: package.architectures.clone(),
            device_families: package.device_families.clone(),
            cells: package.cells().collect(),
            files: std::iter::once(package.path.clone()).chain(package.companions.iter().cloned()).collect(),
            size: package.size,
            reason: "new".to_owned(),
        }
    }

    /// Whether the Store's entry and the package are the same for all that the Store says about it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.version.is_some() && self.version == other.version && self.serves_same(other)
    }

    /// Whether both serve the same devices, as far as the Store says. Where one serves several architectures and the other reports
    /// `neutral`, they may be the same bundle.
    fn serves_same(&self, other: &Self) -> bool {
        let bundle = |one: &Self, reported: &Self| {
            one.architectures.len() > 1
                && (reported.architectures == [Architecture::Neutral]
                    || reported.architectures.len() == 1 && one.architectures.contains(&reported.architectures[0]))
        };
        let architectures = self.architectures == other.architectures || bundle(self, other) || bundle(other, self);
        let names = |line: &Self| {
            let mut names: Vec<String> = line.device_families.iter().map(|family| family.name.to_ascii_lowercase()).collect();
            names.sort();
            names
        };
        architectures && (names(self) == names(other) || self.device_families.is_empty() || other.device_families.is_empty())
    }

    /// Whether every device that `old` serves is served by this package.
    fn covers(&self, old: &Self) -> bool {
        !old.cells.is_empty() && old.cells.iter().all(|(architecture, family)| self.covers_cell(architecture, family))
    }

    fn covers_cell(&self, architecture: &Architecture, family: &DeviceFamily) -> bool {
        self.covering(architecture, family).next().is_some()
    }

    /// The device families under which this package serves the devices of a cell.
    fn covering(&self, architecture: &Architecture, family: &DeviceFamily) -> impl Iterator<Item = &DeviceFamily> {
        // What an old bundle holds beneath its `neutral` cannot be seen; a new bundle for several architectures takes its place.
        let bundle = *architecture == Architecture::Neutral && self.architectures.len() > 1;
        let serves =
            move |(own, on): &&(Architecture, DeviceFamily)| (own.covers(architecture) || bundle) && on.covers(&family.name);
        self.cells.iter().filter(serves).map(|(_, on)| on)
    }

    fn describe(&self) -> String {
        let architectures: Vec<&str> = self.architectures.iter().map(Architecture::as_str).collect();
        match self.version {
            Some(version) => format!("{} ({version}, {})", self.file_name, architectures.join("+")),
            None => self.file_name.clone(),
        }
    }
}

/// Every package with its verb: first the Store's in their order, then the new ones.
pub(super) fn lines(
    wish: &Wish,
    live: &Submission,
    halted: Option<&Halted>,
    faults: &mut Vec<Fault>,
    remarks: &mut Vec<String>,
) -> Vec<PackageLine> {
    let mut old: Vec<PackageLine> =
        live.packages().iter().filter(|entry| entry.file_status() != "PendingDelete").map(PackageLine::live).collect();
    let mut coming: Vec<PackageLine> = Vec::new();
    for package in &wish.packages {
        if package.kind == Kind::FlatBundle {
            let file = &package.file_name;
            remarks.push(format!(
                "{file} is a flat bundle, which the Store takes by agreement only; its packages are uploaded with it"
            ));
        }
        let line = PackageLine::new(package);
        match old.iter_mut().find(|old| old.is_same(&line)) {
            Some(same) if halted.is_some_and(|halted| halted.is_of(same.id.as_deref())) => faults.push(stopped(&line, live)),
            Some(same) => same.reason = "customers have this version already".to_owned(),
            None => coming.push(line),
        }
    }
    faults.extend(coming.iter().flat_map(|new| version_faults(new, &old)));
    retire(&mut old, &coming, wish);
    if let Some(halted) = halted {
        withdraw(&mut old, halted);
        let id = live.id();
        remarks.push(format!("the rollout of submission {id} was halted: its packages go, and are given to no more customers"));
    }
    losses(&old, &coming, wish, faults, remarks);
    give_names(&old, &mut coming);

    let lines: Vec<PackageLine> = old.into_iter().chain(coming).collect();
    let remaining = lines.iter().filter(|line| line.verb != Verb::Go).count();
    if remaining > MOST_PACKAGES {
        let message = format!("the submission would hold {remaining} packages, and the Store takes {MOST_PACKAGES}");
        faults.push(
            Fault::new("too-many-packages", message)
                .remedy("let old ones go with --keep 1 or --replace-all, or put several architectures into one bundle"),
        );
    }
    lines
}

/// A package may not be older than what customers have on the same devices, nor another one of the same version.
fn version_faults(new: &PackageLine, old: &[PackageLine]) -> Vec<Fault> {
    let rivals = old.iter().filter(|old| new.covers(old) || new.serves_same(old));
    let fault = |old: &PackageLine| match (new.version, old.version) {
        (Some(mine), Some(theirs)) if mine < theirs => Some(
            Fault::new("version-lower", format!("{} is older than {}, which customers have", new.describe(), old.describe()))
                .remedy("raise the package's version: the Store never goes back to a lower one"),
        ),
        (Some(mine), Some(theirs)) if mine == theirs => Some(
            Fault::new(
                "version-taken",
                format!("{} has the same version as {}, which customers have", new.describe(), old.describe()),
            )
            .remedy("raise the package's version: the Store does not take another package of the same one"),
        ),
        _ => None,
    };
    rivals.filter_map(fault).collect()
}

/// Marks what goes: all, or for each kind of device the oldest of those that a new package serves all customers of.
fn retire(old: &mut [PackageLine], coming: &[PackageLine], wish: &Wish) {
    match wish.policy.replace {
        Replace::All => {
            let goes = |line: &&mut PackageLine| !wish.packages.iter().any(|package| line.is_same(&PackageLine::new(package)));
            for line in old.iter_mut().filter(goes) {
                line.verb = Verb::Go;
                line.reason = "--replace-all".to_owned();
            }
        }
        Replace::Keep(keep) => {
            let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
            let mut order: Vec<usize> = (0..old.len()).collect();
            order.sort_by_key(|&index| std::cmp::Reverse(old[index].version));
            let mut kept: HashMap<(Vec<Architecture>, Vec<String>), usize> = HashMap::new();
            for index in order {
                let line = &mut old[index];
                let Some(new) = coming.iter().find(|new| new.covers(line)) else { continue };
                let families = line.device_families.iter().map(|family| family.name.to_ascii_lowercase()).collect();
                // The new package is the first of those that are kept.
                let kept = kept.entry((line.architectures.clone(), families)).or_insert(1);
                if *kept < keep {
                    *kept += 1;
                    line.reason = format!("one of the newest {keep}");
                } else {
                    line.verb = Verb::Go;
                    line.reason = format!("replaced by {}", new.describe());
                }
            }
        }
    }
}

/// A package whose rollout somebody halted is not given to all customers because the same files were named once more.
fn stopped(package: &PackageLine, live: &Submission) -> Fault {
    let (id, package) = (live.id(), package.describe());
    Fault::new("rollout-halted", format!("{package} is in submission {id}, whose rollout was halted"))
        .remedy("give packages with a higher version: those who have the halted one get them, too")
}

/// The clone of a halted submission holds the halted packages (O-131). They go, whatever the policy is.
fn withdraw(old: &mut [PackageLine], halted: &Halted) {
    for line in old.iter_mut().filter(|line| line.verb == Verb::Stay && halted.is_of(line.id.as_deref())) {
        line.verb = Verb::Go;
        line.reason = "its rollout was halted".to_owned();
    }
}

/// Devices that have a package today and would get none any more.
fn losses(old: &[PackageLine], coming: &[PackageLine], wish: &Wish, faults: &mut Vec<Fault>, remarks: &mut Vec<String>) {
    let remaining: Vec<&PackageLine> = old.iter().filter(|line| line.verb == Verb::Stay).chain(coming).collect();
    let mut lost: Vec<(Architecture, Vec<String>, String)> = Vec::new();
    for line in old.iter().filter(|line| line.verb == Verb::Go) {
        for (architecture, family) in &line.cells {
            if remaining.iter().any(|other| other.covers_cell(architecture, family)) {
                continue;
            }
            match lost.iter_mut().find(|(known, ..)| known == architecture) {
                Some((_, families, _)) if families.contains(&family.name) => {}
                Some((_, families, _)) => families.push(family.name.clone()),
                None => lost.push((architecture.clone(), vec![family.name.clone()], line.describe())),
            }
        }
    }
    for (architecture, families, package) in lost {
        let what = format!("customers on {architecture} ({}) have {package} today and would get no package", families.join(", "));
        if wish.policy.allow_drop.contains(&architecture) {
            remarks.push(format!("{what}; --allow-drop {architecture} allows it"));
        } else {
            faults.push(
                Fault::new("architecture-lost", what)
                    .remedy(format!("add a package for {architecture}, or say that it may go: --allow-drop {architecture}")),
            );
        }
    }
    for new in coming {
        for old in old.iter().filter(|old| old.verb == Verb::Go && new.covers(old)) {
            remarks.extend(raised_minimum(new, old));
        }
    }
}

/// A new package that asks for a newer system than the one that it replaces, on any of its devices.
fn raised_minimum(new: &PackageLine, old: &PackageLine) -> Option<String> {
    let raised = |(architecture, family): &(Architecture, DeviceFamily)| {
        let asked = new.covering(architecture, family).map(|family| family.min_version).min()??;
        let before = family.min_version?;
        (asked > before).then_some((asked, before))
    };
    let (asked, before) = old.cells.iter().find_map(raised)?;
    Some(format!(
        "{} asks for Windows {asked} and {} for {before}: customers in between get no update",
        new.describe(),
        old.describe()
    ))
}

/// Gives every new package a path of its own in the upload: its file name, below a folder where that name is taken.
fn give_names(old: &[PackageLine], coming: &mut [PackageLine]) {
    let mut taken: Vec<String> =
        old.iter().filter(|line| line.verb == Verb::Stay).map(|line| line.file_name.to_lowercase()).collect();
    for line in coming {
        let architectures: Vec<&str> = line.architectures.iter().map(Architecture::as_str).collect();
        let version = line.version.map(|version| version.to_string()).unwrap_or_default();
        let base = line.file_name.clone();
        let folder = format!("{version}_{}", architectures.join("_"));
        let mut tries = (1..).map(|number| if number == 1 { folder.clone() } else { format!("{folder}_{number}") });
        while taken.contains(&line.file_name.to_lowercase()) {
            line.file_name = format!("{}/{base}", tries.next().unwrap_or_default());
        }
        taken.push(line.file_name.to_lowercase());
    }
}
