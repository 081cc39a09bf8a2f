//! Names of files and of ZIP entries.

use crate::manifest::shown;

/// What a file's extension says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    /// `.msix` or `.appx`.
    Package,
    /// `.msixbundle` or `.appxbundle`.
    Bundle,
    /// `.msixupload` or `.appxupload`.
    Upload,
    /// An encrypted package or bundle.
    Encrypted,
    /// `.exe`, `.msi` and the like.
    Installer,
}

impl Extension {
    /// What the extension of a path says, if it is a known one.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "msix" | "appx" => Some(Self::Package),
            "msixbundle" | "appxbundle" => Some(Self::Bundle),
            "msixupload" | "appxupload" => Some(Self::Upload),
            "emsix" | "eappx" | "emsixbundle" | "eappxbundle" => Some(Self::Encrypted),
            "exe" | "msi" | "msp" => Some(Self::Installer),
            _ => None,
        }
    }

    /// Whether it is that of a package or a bundle, encrypted or not.
    pub(super) fn is_package(self) -> bool {
        matches!(self, Self::Package | Self::Bundle | Self::Encrypted)
    }
}

/// The name of a ZIP entry: packages percent-encode theirs, and some tools write `\` between folders.
pub(super) fn decoded(raw: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [byte, tail @ ..] = rest {
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
                continue;
            }
            (b'\\', _) => bytes.push(b'/'),
            _ => bytes.push(*byte),
        }
        rest = tail;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| String::from_utf8_lossy(raw).into_owned())
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}

/// A name as messages show it: in quotes, cut to a bearable length and without characters that control a terminal.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", shown(name))
}

/// Whether this is the name of a file, and not a path that leads elsewhere.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_entries_lose_their_percent_encoding() {
        assert_eq!(decoded(b"Assets\\My%20Logo%25.png"), "Assets/My Logo%.png");
        assert_eq!(decoded(b"%E0%A4%AE.appx"), "\u{92e}.appx");
        assert_eq!(decoded(b"100%"), "100%");
        assert_eq!(decoded(b"%zz%4"), "%zz%4");
    }

    #[test]
    fn quoted_names_control_no_terminal() {
        assert_eq!(quoted("a\u{1b}[2Jb"), "\"a\\u{1b}[2Jb\"");
    }
}
