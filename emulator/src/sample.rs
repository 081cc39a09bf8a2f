//! The account that is there without any file: an app with what is live, two add-ons and a flight.

use crate::account::Account;
use crate::error::Error;

/// The sample account's file. Names and ids in it are invented.
const FILE: &str = include_str!("sample/account.json");

impl Account {
    /// The built-in account: the app *Harbour Lights*, two add-ons and a flight.
    ///
    /// # Errors
    /// None that a release can show; the type is that of [`Account::parse`].
    pub fn sample() -> Result<Self, Error> {
        Self::parse(FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_account_has_no_fault() {
        let account = Account::sample().unwrap();
        assert_eq!(account.products.len(), 4);
    }
}
