//! Reads PEM: what stands between the lines that say where something begins and ends. Encrypted keys have no name in the TLS
//! library's own reader.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

/// One part of a PEM file.
pub(super) struct Section {
    /// What it is, such as `CERTIFICATE`.
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
    /// Whether lines stand before the base64 that say how it is encrypted, in the way of old.
    pub(super) is_locked: bool,
}

/// Every part of the text that can be read; `None` where one cannot.
pub(super) fn sections(text: &str) -> Option<Vec<Section>> {
    let mut sections = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else { continue };
        let end = format!("-----END {label}-----");
        let (mut body, mut is_locked, mut ended) = (Zeroizing::new(String::new()), false, false);
        for line in lines.by_ref() {
            if line == end {
                ended = true;
                break;
            }
            if line.contains(':') {
                is_locked |= line.contains("ENCRYPTED");
            } else {
                body.push_str(line);
            }
        }
        let der = Zeroizing::new(BASE64_STANDARD.decode(body.as_bytes()).ok().filter(|_| ended)?);
        sections.push(Section { label: label.to_owned(), der, is_locked });
    }
    Some(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_between_whatever_else_there_is() {
        let text = "Bag Attributes\n    localKeyID: 01\r\n-----BEGIN A B-----\r\nAQ\nI=\r\n-----END A B-----\nsubject=x\n\
                    -----BEGIN C-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAw==\n-----END C-----";
        let sections = sections(text).unwrap();
        let found: Vec<(&str, &[u8], bool)> =
            sections.iter().map(|section| (section.label.as_str(), section.der.as_slice(), section.is_locked)).collect();
        assert_eq!(found, [("A B", &[1, 2][..], false), ("C", &[3], true)]);
    }

    #[test]
    fn what_does_not_end_or_is_no_base64_is_not_read() {
        for text in
            ["-----BEGIN A-----\nAQI=", "-----BEGIN A-----\n!\n-----END A-----", "-----BEGIN A-----\nAQI=\n-----END B-----"]
        {
            assert!(sections(text).is_none(), "{text}");
        }
        assert!(sections("").unwrap().is_empty());
    }
}
