//! Takes known secrets out of a text, in whatever form they stand there. The second line of defence: the first is that nothing is
//! said that is not on a list.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use flightline_client::secret::redact;

/// What stands in the place of a secret.
const MARK: &str = "[redacted]";
/// The shortest secret that is looked for: a shorter one would be found everywhere.
const SHORTEST: usize = 4;
/// The shortest piece of base64 that is looked for.
const SHORTEST_BASE64: usize = 7;

/// Knows the secrets, and the home folder.
pub(super) struct Censor {
    secrets: Vec<Vec<u8>>,
    /// The middle of each secret in base64, which is the same whatever stands around it.
    encoded: Vec<String>,
    home: Option<String>,
}

impl Censor {
    pub(super) fn new(secrets: Vec<String>, home: Option<String>) -> Self {
        let mut secrets: Vec<String> = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect();
        // The longest first: one may be a part of another.
        secrets.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        secrets.dedup();
        let mut encoded: Vec<String> = secrets.iter().flat_map(|secret| in_base64(secret.as_bytes())).collect();
        encoded.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        let home = home.filter(|home| home.len() > 3);
        Self { secrets: secrets.into_iter().map(String::into_bytes).collect(), encoded, home }
    }

    /// The text without secrets, signatures and tokens, and without the name of the home folder.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.secrets {
            clean = without(&clean, secret);
        }
        for piece in &self.encoded {
            clean = clean.replace(piece, MARK);
        }
        if let Some(home) = &self.home {
            clean = clean.replace(&home.replace('\\', "\\\\"), "~").replace(home, "~");
        }
        redact(&clean)
    }
}

/// The text without a secret that stands in it as it is, escaped for an address once or twice, or escaped for JSON.
fn without(text: &str, secret: &[u8]) -> String {
    let bytes = text.as_bytes();
    let mut clean = String::with_capacity(text.len());
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        match end_of(bytes, at, secret).filter(|end| text.is_char_boundary(at) && text.is_char_boundary(*end)) {
            Some(end) => {
                clean.push_str(&text[copied..at]);
                clean.push_str(MARK);
                (copied, at) = (end, end);
            }
            None => at += 1,
        }
    }
    clean.push_str(&text[copied..]);
    clean
}

/// Where the secret ends that begins at this place. A byte can be read in several ways, and all of them are followed.
fn end_of(text: &[u8], at: usize, secret: &[u8]) -> Option<usize> {
    let mut places = vec![at];
    for &byte in secret {
        let mut next: Vec<usize> = places.iter().flat_map(|&place| after(text, place, byte)).collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return None;
        }
        places = next;
    }
    places.last().copied()
}

/// The places after one byte, for each way to write it.
fn after(text: &[u8], at: usize, byte: u8) -> impl Iterator<Item = usize> {
    let rest = text.get(at..).unwrap_or_default();
    let is_hex = |digits: Option<&[u8]>| {
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).is_some_and(|read| read.eq_ignore_ascii_case(&byte))
    };
    // JSON within JSON escapes again what was escaped.
    let slashes = rest.iter().take(8).take_while(|letter| **letter == b'\\').count();
    let is_quoted = b"\"\\/'".contains(&byte);
    let begins = |word: &[u8]| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let ways = [
        (rest.first().is_some_and(|first| first.eq_ignore_ascii_case(&byte)), 1),
        (byte == b' ' && begins(b"+"), 1),
        (begins(b"%") && is_hex(rest.get(1..3)), 3),
        (begins(b"%25") && is_hex(rest.get(3..5)), 5),
        (is_quoted && slashes > 0 && rest.get(slashes) == Some(&byte), slashes + 1),
        (byte == b'\\' && slashes >= 2, 2),
        (byte == b'\\' && slashes >= 4, 4),
        (begins(b"\\u00") && is_hex(rest.get(4..6)), 6),
    ];
    ways.into_iter().filter(|(is_so, _)| *is_so).map(move |(_, length)| at + length)
}

/// What of a secret's base64 does not depend on what stands before and after it, for each of the three places it can begin at.
fn in_base64(secret: &[u8]) -> Vec<String> {
    let mut pieces = Vec::new();
    for shift in 0..3_usize {
        let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(secret.iter().copied()).collect();
        let (from, to) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            if let Some(piece) = text.get(from..to).filter(|piece| piece.len() >= SHORTEST_BASE64)
                && !pieces.contains(&piece.to_owned())
            {
                pieces.push(piece.to_owned());
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    const SECRET: &str = "Zq8~p@ss/w+rd \"%41\\é";

    /// The secret in every form that it is looked for.
    fn forms() -> Vec<String> {
        let escaped = |keep: &str, upper: bool| -> String {
            let byte = |byte: u8| match char::from(byte) {
                letter if letter.is_ascii_alphanumeric() || keep.contains(letter) => letter.to_string(),
                _ if upper => format!("%{byte:02X}"),
                _ => format!("%{byte:02x}"),
            };
            SECRET.bytes().map(byte).collect()
        };
        let mut forms = vec![
            SECRET.to_owned(),
            escaped("", true),
            escaped("", false),
            escaped("~/", true),
            escaped("-._~", true).replace("%20", "+"),
            escaped("", true).replace('%', "%25"),
            serde_json::Value::from(SECRET).to_string(),
            serde_json::Value::from(serde_json::Value::from(SECRET).to_string()).to_string(),
            SECRET.to_ascii_uppercase(),
            escaped("", true).to_ascii_lowercase(),
        ];
        for around in ["", "a", "ab", "user:", "client:x"] {
            forms.push(STANDARD.encode(format!("{around}{SECRET}")));
            forms.push(URL_SAFE.encode(format!("{around}{SECRET}{around}")));
        }
        forms
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        let censor = Censor::new(vec![SECRET.to_owned(), "abc".to_owned(), String::new()], None);
        for form in forms() {
            let clean = censor.clean(&format!("before {form}, and {form}{form} after abc"));
            assert_eq!(clean.matches(MARK).count(), 3, "{form}: {clean}");
            assert!(clean.starts_with("before ") && clean.ends_with(" after abc"), "{clean}");
            let middle: String = form.chars().skip(form.chars().count() / 2 - 3).take(6).collect();
            assert!(!clean.replace(MARK, "").contains(&middle), "{form}: {clean}");
        }
    }

    #[test]
    fn one_secret_within_another_leaves_nothing_of_it() {
        let censor = Censor::new(vec!["secret".to_owned(), "my-secret-value".to_owned()], None);
        assert_eq!(censor.clean("my-secret-value secret xsecretx"), "[redacted] [redacted] x[redacted]x");
    }

    #[test]
    fn the_home_folder_has_no_name() {
        let censor = Censor::new(Vec::new(), Some("/home/ada".to_owned()));
        assert_eq!(censor.clean("/home/ada/app.msix"), "~/app.msix");
        let censor = Censor::new(Vec::new(), Some("C:\\Users\\Ada".to_owned()));
        assert_eq!(censor.clean("{\"file\":\"C:\\\\Users\\\\Ada\\\\app.msix\"}"), "{\"file\":\"~\\\\app.msix\"}");
        assert_eq!(Censor::new(Vec::new(), Some("/".to_owned())).clean("/a/b"), "/a/b");
    }

    #[test]
    fn a_text_full_of_signs_is_read_in_one_go() {
        let censor = Censor::new(vec!["%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%x".to_owned()], None);
        let text = "%".repeat(1 << 12);
        assert_eq!(censor.clean(&text), text);
    }
}
