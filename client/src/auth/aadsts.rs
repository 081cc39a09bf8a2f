//! What helps against one of Entra's numbers. The table of them is `flightline_protocol::explanation`.

use flightline_protocol::explanation;

/// What a person should do about one of Entra's refusals (`AADSTS…`), by its number.
pub fn remedy(aadsts: Option<u32>) -> &'static str {
    aadsts.and_then(explanation::entra).map_or(
        "check FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and FLIGHTLINE_CLIENT_SECRET; `flightline auth doctor` looks at each step",
        |known| known.remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that publishers have been seen to meet.
    const MET: [u32; 25] = [
        7_000_215, 7_000_216, 7_000_218, 7_000_222, 700_016, 90_002, 900_023, 700_020, 500_011, 700_027, 700_024, 700_023,
        50_027, 70_021, 700_211, 700_212, 700_213, 7_002_138, 50_034, 70_011, 900_144, 53_003, 1_002_012, 70_003, 7_000_112,
    ];

    #[test]
    fn whatever_publishers_meet_has_a_remedy_of_its_own() {
        for number in MET {
            assert_ne!(remedy(Some(number)), remedy(None), "{number}");
        }
        assert_eq!(remedy(Some(1)), remedy(None));
    }

    #[test]
    fn an_account_or_certificate_that_is_the_wrong_one_is_not_taken_for_trouble_of_entra() {
        assert!(remedy(Some(90_072)).contains("another tenant"), "{}", remedy(Some(90_072)));
        assert!(remedy(Some(700_030)).contains("certificate"), "{}", remedy(Some(700_030)));
        assert!(remedy(Some(7_000_218)).contains("nothing shows"), "{}", remedy(Some(7_000_218)));
    }
}
