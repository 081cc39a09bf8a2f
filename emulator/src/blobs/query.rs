//! The query of a request, read as Azure reads it: a literal `+` is a space.

use percent_encoding::percent_decode_str;

/// Names and values in the order in which they came. Holds signatures, so it cannot be printed.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part of the address behind the `?`.
    pub(super) fn read(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (plain(k), plain(v))).collect())
    }

    /// A query made of names and values that need no decoding.
    pub(super) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The value under `name`, or `None` where there is none or it is empty. A name that comes twice has both values with a comma
    /// between, so that no two readers of one address can see two different values.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect();
        Some(values.join(",")).filter(|value| !value.is_empty())
    }
}

fn plain(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn a_literal_plus_is_a_space_and_an_encoded_one_stays() {
        let query = Query::read("sig=a+b%2Bc&comp=block");
        assert_eq!(query.value("sig").as_deref(), Some("a b+c"));
        assert_eq!(query.value("COMP").as_deref(), Some("block"));
        assert_eq!(query.value("se"), None);
    }

    #[test]
    fn a_name_given_twice_is_no_choice_between_two_values() {
        assert_eq!(Query::read("sp=r&sp=rwl").value("sp").as_deref(), Some("r,rwl"));
    }
}
