//! A posted form, read as leniently as Entra reads it: values need not be escaped, and line breaks around `&` do no harm.

use percent_encoding::percent_decode;

/// The fields of a form, in order.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        let pairs = body.split(|byte| *byte == b'&').map(|pair| {
            let pair = pair.trim_ascii();
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            (decode(name), decode(value.strip_prefix(b"=").unwrap_or(value)))
        });
        Self(pairs.collect())
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// `+` is a space, as in every form: a secret with a plus has to be escaped.
fn decode(text: &[u8]) -> String {
    let spaced: Vec<u8> = text.trim_ascii().iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_unescaped_values_and_line_breaks() {
        let form = Form::read(b"grant_type=client_credentials\r\n&resource=https://a.example/x=1&\r\nclient_secret=a%2Bb+c\n");
        assert_eq!(form.field("grant_type"), Some("client_credentials"));
        assert_eq!(form.field("resource"), Some("https://a.example/x=1"));
        assert_eq!(form.field("client_secret"), Some("a+b c"));
        assert_eq!(form.field("scope"), None);
    }
}
