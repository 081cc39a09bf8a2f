//! Entra's numbers for what it refuses, and what helps. The one table of them.
//!
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

/// What a person should do about one of Entra's refusals (`AADSTS…`), by its number.
pub fn remedy(aadsts: Option<u32>) -> &'static str {
    match aadsts {
        Some(7_000_215 | 7_000_216 | 7_000_218) => {
            "FLIGHTLINE_CLIENT_SECRET is not a secret of this application: give the secret's value, not its id, as it was shown when \
             it was made"
        }
        Some(7_000_222) => "the client secret has expired: make a new one in Entra (App registrations > Certificates & secrets)",
        Some(7_000_112) => {
            "the application is disabled in its tenant: have it enabled in Entra (Enterprise applications > Properties)"
        }
        Some(700_016) => {
            "this tenant has no application with the id in FLIGHTLINE_CLIENT_ID: check both ids; it is the application (client) id \
             that is wanted, not the object id"
        }
        Some(700_020 | 90_002 | 900_023) => {
            "there is no tenant with the id in FLIGHTLINE_TENANT_ID: copy it from Entra (Overview > Tenant ID)"
        }
        Some(50_034) => {
            "Entra looked for a person of that name: sign in as an application, with FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and \
             one of the credentials of `flightline auth status`"
        }
        Some(500_011) => "the tenant does not know the Store's resource: associate it with Partner Center first",
        Some(700_021 | 700_023 | 700_030) => {
            "the signed assertion is for another application or token endpoint: check FLIGHTLINE_CLIENT_ID, FLIGHTLINE_TENANT_ID \
             and FLIGHTLINE_LOGIN_URL"
        }
        Some(700_024) => "the signed assertion is outside its time: check this machine's clock, or get a fresh federated token",
        Some(700_027) => {
            "the assertion's signature is not accepted: register the certificate of FLIGHTLINE_CERTIFICATE_FILE on the application \
             (App registrations > Certificates & secrets), and see that it has not expired; `flightline auth status` shows its \
             thumbprint"
        }
        Some(50_027 | 5_002_727) => {
            "what was given as a federated token is none that can be read: FLIGHTLINE_FEDERATED_TOKEN or the token file must hold \
             one token and nothing else"
        }
        Some(70_021 | 700_211 | 700_212 | 700_213) => {
            "the application has no federated credential that fits this token: issuer, subject and audience \
             (api://AzureADTokenExchange) must be the same to the letter (App registrations > Certificates & secrets > Federated \
             credentials); a branch, tag or environment is part of the subject"
        }
        Some(70_011 | 1_002_012) => {
            "the scope is not known: it has to be that of https://manage.devcenter.microsoft.com; check FLIGHTLINE_TENANT_ID and \
             FLIGHTLINE_LOGIN_URL, which may lead to another cloud"
        }
        Some(900_144 | 70_003 | 900_561) => {
            "the request did not arrive as it was sent: check FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and \
             FLIGHTLINE_CLIENT_SECRET, and whether a proxy changes what passes"
        }
        Some(53_003 | 53_000 | 53_001) => {
            "a Conditional Access policy of the tenant forbids it from here: have the policy for workload identities allow this \
             application or this address"
        }
        Some(50_076 | 50_079 | 50_158 | 700_082 | 50_173) => {
            "a person has to sign in again: `az login`, or sign in as an application"
        }
        Some(65_001 | 650_057) => {
            "the application may not ask for this resource: associate it with Partner Center, and sign in as the application and not \
             as a person"
        }
        Some(50_020) => {
            "the account is of another tenant: set FLIGHTLINE_TENANT_ID to the tenant that Partner Center is associated with"
        }
        Some(500_341 | 50_057) => "the account is disabled or deleted",
        Some(90_033 | 50_196 | 90_072) => "Entra has trouble of its own, or is asked too often: try again later",
        _ => {
            "check FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and FLIGHTLINE_CLIENT_SECRET; `flightline auth doctor` looks at each step"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that publishers have been seen to meet.
    const MET: [u32; 24] = [
        7_000_215, 7_000_216, 7_000_218, 7_000_222, 700_016, 90_002, 900_023, 700_020, 500_011, 700_027, 700_024, 700_023,
        50_027, 70_021, 700_211, 700_212, 700_213, 50_034, 70_011, 900_144, 53_003, 1_002_012, 70_003, 7_000_112,
    ];

    #[test]
    fn whatever_publishers_meet_has_a_remedy_of_its_own() {
        for number in MET {
            assert_ne!(remedy(Some(number)), remedy(None), "{number}");
        }
        assert_eq!(remedy(Some(1)), remedy(None));
    }
}
