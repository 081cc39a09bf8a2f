//! What is wrong with a file, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::manifest::ManifestError;

/// One thing that is wrong with one file. `Display` names the file and says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named to us.
    pub path: PathBuf,
    /// Which kind of fault it is.
    pub code: FaultCode,
    /// What is wrong, without the file's name.
    pub detail: String,
}

impl Fault {
    /// The file and what is wrong with it, in one line.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// What to do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        self.code.remedy()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.detail)
    }
}

/// All that is wrong with a file or several, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFaults(pub Vec<Fault>);

impl fmt::Display for PackageFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PackageFaults {}

impl From<PackageFaults> for Vec<Fault> {
    fn from(faults: PackageFaults) -> Self {
        faults.0
    }
}

macro_rules! codes {
    ($(#[doc = $meaning:literal] $name:ident = $code:literal, $remedy:literal;)+) => {
        /// The kinds of faults.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FaultCode {
            $(#[doc = $meaning] $name,)+
        }

        impl FaultCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What is wrong with a file that has it, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning.trim_ascii(),)+
                }
            }

            /// A word that scripts may rely on; it stays the same between versions.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// What to do about faults of this kind, in one sentence.
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Self::$name => $remedy,)+
                }
            }
        }
    };
}

codes! {
    /// There is no such file.
    FileMissing = "file-missing", "Check the path, and that the build wrote the package there.";
    /// It is a folder.
    FileIsFolder = "file-is-folder", "Name the package file itself; quote a pattern such as folder/*.msix for your shell to expand.";
    /// It is a pipe, a device or the like.
    FileNotRegular = "file-not-regular", "Give a regular file: it is read more than once.";
    /// It cannot be read.
    FileUnreadable = "file-unreadable", "Check the file's permissions and the disk that it is on, then try again.";
    /// Its name cannot be written into a submission.
    FileName = "file-name", "Rename the file; plain letters, digits, dots, dashes and underscores are safe.";
    /// It has no bytes.
    FileEmpty = "file-empty", "Build the package again; the last build or download did not finish.";
    /// It is larger than the Store takes.
    FileTooLarge = "file-too-large", "Make the package smaller, for instance with a bundle whose packages customers fetch in parts.";
    /// It is encrypted.
    PackageEncrypted = "package-encrypted", "Submit the package as it was before encryption; the Store encrypts packages itself.";
    /// It has an extension that packages do not have.
    ExtensionUnknown = "extension-unknown",
        "Give a .msix, .appx, .msixbundle, .appxbundle, .msixupload or .appxupload file.";
    /// It is an installer.
    ExtensionInstaller = "extension-installer",
        "MSI and EXE apps are published through a different API; package the app as MSIX to publish it here.";
    /// Its extension says something else than its content.
    ExtensionMismatch = "extension-mismatch", "Rename the file so that its extension says what it is.";
    /// It is not a ZIP file.
    NotZip = "not-zip", "Build the package again, and check that it was not replaced by something else, such as an error page.";
    /// It ends before it should.
    ZipTruncated = "zip-truncated", "Copy or download the package again; it is not whole.";
    /// Its ZIP structure contradicts itself.
    ZipDamaged = "zip-damaged", "Build the package again with MakeAppx or Visual Studio; do not edit it with ZIP tools.";
    /// What an entry holds does not have the CRC-32 that the ZIP states.
    ZipChecksum = "zip-checksum", "Copy or download the package again, or build it again; bytes in it were changed.";
    /// Two of its entries have the same name.
    ZipDuplicate = "zip-duplicate-entry", "Build the package again, so that each file is in it once.";
    /// It has more entries than are read.
    ZipEntries = "zip-too-many-entries", "Pack fewer, larger files.";
    /// It has no manifest.
    ManifestMissing = "manifest-missing", "Build the package with MakeAppx or Visual Studio, which put the manifest into it.";
    /// Its manifest is larger than is read.
    ManifestTooLarge = "manifest-too-large", "Look into the manifest: real ones have some kilobytes.";
    /// Its manifest cannot be read.
    ManifestUnreadable = "manifest-unreadable", "Build the package again; the manifest in it is damaged.";
    /// Its manifest lacks something or says something impossible.
    ManifestInvalid = "manifest-invalid", "Correct the app's manifest, then build the package again.";
    /// Its manifest has a version that is not one.
    ManifestVersion = "manifest-version", "Give the app a version of four numbers such as 1.2.3.0, then build the package again.";
    /// It has no block map.
    BlockMapMissing = "block-map-missing", "Build the package with MakeAppx or Visual Studio; a ZIP tool alone does not make a package.";
    /// Its block map does not describe what is in it.
    BlockMapMismatch = "block-map-mismatch", "Build the package again; files in it were changed after it was made.";
    /// It has no content types.
    ContentTypesMissing = "content-types-missing",
        "Build the package with MakeAppx or Visual Studio; a ZIP tool alone does not make a package.";
    /// The first part of its version is 0.
    VersionFirstPart = "version-first-part", "Start the app's version at 1 or above, then build the package again.";
    /// The fourth part of its version is not 0.
    VersionFourthPart = "version-fourth-part", "Make the version's fourth part 0, which the Store keeps for itself, then build again.";
    /// It is a framework package.
    FrameworkAlone = "framework-alone", "Submit the app's own package; the Store has the frameworks already.";
    /// It is a resource package.
    ResourceAlone = "resource-alone", "Submit the bundle that this resource package belongs to.";
    /// It serves no device family.
    NoDeviceFamily = "device-family-missing", "Name a TargetDeviceFamily under Dependencies in the app's manifest, then build again.";
    /// A bundle holds no application package.
    BundleNoApplication = "bundle-without-application", "Build the bundle from at least one application package.";
    /// A bundle lists more packages than are read.
    BundleTooLarge = "bundle-too-large", "Build the bundle from fewer packages.";
    /// A bundle lists a package twice.
    PayloadDuplicate = "payload-duplicate", "Build the bundle again, so that each package is in it once.";
    /// A bundle lists a package that is not there.
    PayloadMissing = "payload-missing", "Build the bundle again, so that the packages that it lists are in it.";
    /// A flat bundle lists a package that does not lie beside it.
    CompanionMissing = "companion-missing", "Put the flat bundle's packages into the folder that it lies in.";
    /// A bundle holds a package that it does not list.
    PayloadUnlisted = "payload-unlisted", "Build the bundle again with MakeAppx; packages cannot be added to it with ZIP tools.";
    /// A bundle lists a package with another size or place than it has.
    PayloadPlace = "payload-place", "Build the bundle again; it was changed after it was made.";
    /// A bundle holds a package in compressed form.
    PayloadCompressed = "payload-compressed", "Build the bundle with MakeAppx, which stores packages without compressing them again.";
    /// A bundle describes a package otherwise than the package does.
    PayloadMismatch = "payload-mismatch", "Build the bundle again from packages of one app with one publisher.";
    /// A file name in a bundle that is not one, or leads out of its folder.
    PayloadName = "payload-name", "Build the bundle from packages that lie in one folder and end in .msix or .appx.";
    /// An upload file holds no package.
    UploadEmpty = "upload-empty", "Make the upload file with Visual Studio, or submit the bundle or package itself.";
    /// An upload file holds several packages or bundles.
    UploadSeveral = "upload-several",
        "Make one bundle of the packages with MakeAppx, or submit each package by itself; the Store drops such uploads silently.";
    /// An upload file holds its package in a folder.
    UploadNested = "upload-nested", "Put the package at the root of the upload file, or submit it by itself.";
    /// An upload file is packed in a way that takes too long to look into.
    UploadPacking = "upload-packing", "Make the upload file without compression, or submit the bundle or package in it by itself.";
    /// The same file was given twice.
    FileTwice = "file-twice", "Name each file once.";
    /// Two files are the same package to the Store.
    SamePackage = "package-twice", "Give one of the packages another version, or leave one of them out.";
    /// The files are of different apps.
    OtherIdentity = "identity-differs", "Publish each app by itself.";
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Faults that one file may have in a report; after so many, more of them help nobody.
const FAULT_LIMIT: usize = 50;

/// Faults of one file as they are found.
#[derive(Debug)]
pub(super) struct Report {
    path: PathBuf,
    within: Vec<String>,
    faults: Vec<Fault>,
    more: usize,
    /// Bytes of manifests and block maps that may still be read.
    budget: u64,
}

/// Bytes of manifests and block maps that are read from one file, all packages of a bundle together.
const BUDGET: u64 = 128 * 1024 * 1024;

impl Report {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), within: Vec::new(), faults: Vec::new(), more: 0, budget: BUDGET }
    }

    /// Adds a fault.
    pub(super) fn add(&mut self, code: FaultCode, detail: impl fmt::Display) {
        if self.faults.len() >= FAULT_LIMIT {
            self.more += 1;
            return;
        }
        let mut full = String::new();
        for within in &self.within {
            full.push_str(within);
            full.push_str(": ");
        }
        full.push_str(&detail.to_string());
        self.faults.push(Fault { path: self.path.clone(), code, detail: full });
    }

    /// Adds what is wrong with a manifest.
    pub(super) fn manifest(&mut self, name: &str, errors: &[ManifestError]) {
        for error in errors {
            let code = match error {
                ManifestError::TooLarge | ManifestError::TooComplex { .. } => FaultCode::ManifestTooLarge,
                ManifestError::Encoding | ManifestError::NotXml(_) => FaultCode::ManifestUnreadable,
                ManifestError::BadVersion { .. } => FaultCode::ManifestVersion,
                ManifestError::WrongRoot { .. }
                | ManifestError::NoElement(_)
                | ManifestError::NoAttribute { .. }
                | ManifestError::BadName(_)
                | ManifestError::BadPublisher(_)
                | ManifestError::BadNumber { .. }
                | ManifestError::BadType(_) => FaultCode::ManifestInvalid,
            };
            match std::error::Error::source(error) {
                Some(source) => self.add(code, format_args!("{name} {error}: {source}")),
                None => self.add(code, format_args!("{name} {error}")),
            }
        }
    }

    /// Takes from what may be read; false when there is not as much left.
    pub(super) fn spend(&mut self, bytes: u64) -> bool {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => false,
        }
    }

    /// Runs `look` for something inside the file, whose name goes before the faults that it adds.
    pub(super) fn inside<T>(&mut self, name: impl fmt::Display, look: impl FnOnce(&mut Self) -> T) -> T {
        self.within.push(name.to_string());
        let result = look(self);
        self.within.pop();
        result
    }

    /// What was built, unless there were faults.
    pub(super) fn finish<T>(mut self, built: Option<T>) -> Result<T, PackageFaults> {
        if self.more > 0
            && let Some(last) = self.faults.last_mut()
        {
            last.detail.push_str(&format!(" (and {} more faults)", self.more));
        }
        match built {
            Some(built) if self.faults.is_empty() => Ok(built),
            Some(_) | None => Err(PackageFaults(self.faults)),
        }
    }
}
