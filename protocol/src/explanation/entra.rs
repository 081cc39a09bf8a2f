//! Entra's numbers for what it refuses at sign-in, as publishers meet them.
//!
//! <https://login.microsoftonline.com/error> knows every number there is.

use super::Family::Entra;
use super::{Explanation, row};

/// Entra's own list.
const PAGE: &str = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";
/// How a token of another issuer stands for an application.
const FEDERATION: &str = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
/// What a signed assertion holds.
const ASSERTION: &str = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials";
/// What Partner Center wants to be set up.
const SETUP: &str = "https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services";

const SECRET: &str = "FLIGHTLINE_CLIENT_SECRET is not a secret of this application: give the secret's value, not its id, as it was \
                      shown when it was made";
const NO_PROOF: &str = "nothing shows that this is the application: see that FLIGHTLINE_CLIENT_SECRET, or another credential of \
                        `flightline auth status`, is set and arrives as it is sent";
const TENANT: &str = "there is no tenant with the id in FLIGHTLINE_TENANT_ID: copy it from Entra (Overview > Tenant ID)";
const ASSERTED: &str = "the signed assertion is for another application or token endpoint: check FLIGHTLINE_CLIENT_ID, \
                        FLIGHTLINE_TENANT_ID and FLIGHTLINE_LOGIN_URL";
const NO_TOKEN: &str = "what was given as a federated token is none that can be read: FLIGHTLINE_FEDERATED_TOKEN or the token file \
                        must hold one token and nothing else";
const FEDERATED: &str = "the application has no federated credential that fits this token: issuer, subject and audience \
                         (api://AzureADTokenExchange) must be the same to the letter (App registrations > Certificates & secrets > \
                         Federated credentials); a branch, tag or environment is part of the subject";
const SCOPE: &str = "the scope is not known: it has to be that of https://manage.devcenter.microsoft.com; check \
                     FLIGHTLINE_TENANT_ID and FLIGHTLINE_LOGIN_URL, which may lead to another cloud";
const ARRIVED: &str = "the request did not arrive as it was sent: check FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and \
                       FLIGHTLINE_CLIENT_SECRET, and whether a proxy changes what passes";
const POLICY: &str = "a Conditional Access policy of the tenant forbids it from here: have the policy for workload identities allow \
                      this application or this address";
const AGAIN: &str = "a person has to sign in again: `az login`, or sign in as an application";
const CONSENT: &str = "the application may not ask for this resource: associate it with Partner Center, and sign in as the \
                       application and not as a person";
const OTHER_TENANT: &str = "the account is of another tenant: set FLIGHTLINE_TENANT_ID to the tenant that Partner Center is \
                            associated with";
const GONE: &str = "the account is disabled or deleted: sign in as another one, or as an application";
const DISABLED: &str =
    "the application is disabled in its tenant: have it enabled in Entra (Enterprise applications > Properties)";
const UNKNOWN: &str = "this tenant has no application with the id in FLIGHTLINE_CLIENT_ID: check both ids; it is the application \
                       (client) id that is wanted, not the object id";
const TROUBLE: &str = "Entra has trouble of its own, or is asked too often: try again later";

pub(super) const TABLE: &[Explanation] = &[
    row(
        Entra,
        "AADSTS7000215",
        "the client secret is not one of this application",
        &[
            "the secret's id was copied instead of its value",
            "the secret belongs to another application, or was deleted",
            "a CI system cut the secret off, or put quotes or a line break around it",
        ],
        SECRET,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS7000222",
        "the client secret has expired",
        &["secrets last two years at the most, and often six months"],
        "the client secret has expired: make a new one in Entra (App registrations > Certificates & secrets)",
        &[PAGE, "https://github.com/microsoft/windows-dev-center-vsts-extension/issues/78"],
    ),
    row(
        Entra,
        "AADSTS7000216",
        "the request has neither a secret nor an assertion in it",
        &["the variable with the secret is empty in this job", "something on the way changes the request"],
        NO_PROOF,
        &["https://login.microsoftonline.com/error?code=7000216"],
    ),
    row(
        Entra,
        "AADSTS7000218",
        "the request has neither a secret nor an assertion in it, and the application is not public",
        &["the variable with the secret is empty in this job", "something on the way changes the request"],
        NO_PROOF,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS70002",
        "the credential is not accepted; the words say why",
        &["the secret is not one of this application", "older answers have this number in front of another one"],
        SECRET,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS7000112",
        "the application is disabled in its tenant",
        &["an administrator switched it off, or its service principal"],
        DISABLED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS70001",
        "the application is disabled, or is not in this tenant",
        &["an administrator switched it off", "the tenant is another one than the application's"],
        DISABLED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS700016",
        "the tenant has no such application",
        &[
            "the object id was given instead of the application (client) id",
            "the tenant is another one than the application's",
            "the application was deleted",
        ],
        UNKNOWN,
        &[PAGE, "https://github.com/microsoft/msstore-cli/issues/165"],
    ),
    row(
        Entra,
        "AADSTS700011",
        "the tenant has no such application",
        &["the tenant is another one than the application's"],
        UNKNOWN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS90002",
        "there is no such tenant in this cloud",
        &["the tenant id is mistyped", "FLIGHTLINE_LOGIN_URL leads to another cloud", "the tenant has no subscription any more"],
        TENANT,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS900023",
        "what was given as a tenant is neither an id nor the name of a domain",
        &["a name was given instead of the id", "the variable holds blanks or quotes"],
        TENANT,
        &["https://login.microsoftonline.com/error?code=900023"],
    ),
    row(
        Entra,
        "AADSTS90019",
        "Entra could not tell which tenant is meant",
        &["the variable with the tenant's id is empty in this job"],
        TENANT,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS700020",
        "what was presented needs a person at a browser to go on",
        &["a token of a person is used in a job, and a policy asks for more", "the tenant is another one than the application's"],
        "sign in as an application, with the tenant of Partner Center in FLIGHTLINE_TENANT_ID; `flightline auth status` shows which \
         credential is used",
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50034",
        "Entra looked for a person of that name, and the tenant has none",
        &["a person's name was given in the place of an application"],
        "Entra looked for a person of that name: sign in as an application, with FLIGHTLINE_TENANT_ID, FLIGHTLINE_CLIENT_ID and one \
         of the credentials of `flightline auth status`",
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS500011",
        "the tenant does not know the resource that the token is asked for",
        &[
            "the tenant was never associated with Partner Center",
            "the tenant is another one than Partner Center's",
            "the resource is misspelt: it is https://manage.devcenter.microsoft.com, without a slash at the end",
        ],
        "the tenant does not know the Store's resource: associate it with Partner Center first",
        &[PAGE, SETUP, "O-024"],
    ),
    row(
        Entra,
        "AADSTS50001",
        "the resource that the token is asked for is disabled or unknown",
        &["the tenant was never associated with Partner Center", "the resource is misspelt"],
        "the tenant does not know the Store's resource: associate it with Partner Center first",
        &[PAGE, SETUP],
    ),
    row(
        Entra,
        "AADSTS700021",
        "the signed assertion names another application than the request does",
        &["FLIGHTLINE_CLIENT_ID and the credential are of different applications"],
        ASSERTED,
        &[ASSERTION],
    ),
    row(
        Entra,
        "AADSTS700023",
        "the signed assertion is for another token endpoint than it was sent to",
        &["FLIGHTLINE_LOGIN_URL or FLIGHTLINE_TENANT_ID leads to another tenant or cloud"],
        ASSERTED,
        &[ASSERTION, "https://github.com/AzureAD/microsoft-authentication-library-for-dotnet/issues/2746"],
    ),
    row(
        Entra,
        "AADSTS700030",
        "the certificate's name is not one that the application accepts",
        &["the application trusts certificates by name and issuer, and this one has another name"],
        "use a certificate whose name the application trusts, or register this one on it (App registrations > Certificates & \
         secrets); `flightline auth status` shows its thumbprint",
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS700024",
        "the signed assertion is outside its time",
        &["this machine's clock is wrong by minutes", "a federated token was fetched at the start of a long job"],
        "the signed assertion is outside its time: check this machine's clock, or get a fresh federated token",
        &[ASSERTION],
    ),
    row(
        Entra,
        "AADSTS700027",
        "the assertion's signature does not fit any certificate of the application",
        &[
            "the certificate is not registered on this application",
            "another certificate was registered when it was renewed",
            "the registered certificate has expired",
        ],
        "the assertion's signature is not accepted: register the certificate of FLIGHTLINE_CERTIFICATE_FILE on the application (App \
         registrations > Certificates & secrets), and see that it has not expired; `flightline auth status` shows its thumbprint",
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50012",
        "the certificate or its signature is not accepted",
        &["the certificate is not registered on this application, or has expired", "the assertion is for another endpoint"],
        "register the certificate of FLIGHTLINE_CERTIFICATE_FILE on the application (App registrations > Certificates & secrets), and \
         see that it has not expired; `flightline auth status` shows its thumbprint",
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50027",
        "what was given as a token cannot be read as one, or its issuer, audience or time does not fit",
        &["a token file holds something else", "the token was cut off, or has run out"],
        NO_TOKEN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS5002727",
        "what was given as a token cannot be read as one",
        &["a token file holds something else", "the token was cut off"],
        NO_TOKEN,
        &["https://login.microsoftonline.com/error?code=5002727"],
    ),
    row(
        Entra,
        "AADSTS70021",
        "no federated credential of the application fits the token (the number until 2024)",
        &["issuer, subject or audience differ", "the credential was made minutes ago and is not known everywhere yet"],
        FEDERATED,
        &[FEDERATION, "O-134"],
    ),
    row(
        Entra,
        "AADSTS700211",
        "no federated credential of the application has the token's issuer",
        &["the issuer's address differs, such as by a slash at its end", "the token comes from another CI system"],
        FEDERATED,
        &[FEDERATION, "O-134"],
    ),
    row(
        Entra,
        "AADSTS700212",
        "no federated credential of the application has the token's audience",
        &["the token was asked for with another audience than api://AzureADTokenExchange"],
        FEDERATED,
        &[FEDERATION, "O-134"],
    ),
    row(
        Entra,
        "AADSTS700213",
        "no federated credential of the application has the token's subject",
        &[
            "the credential is for a branch, and the job runs in an environment or for a tag, or the other way round",
            "the repository or its owner was renamed",
        ],
        FEDERATED,
        &[FEDERATION, "https://github.com/Azure/login/issues/482", "O-134"],
    ),
    row(
        Entra,
        "AADSTS7002138",
        "a federated credential has the token's subject in another case, and since 2024 the case counts",
        &["the name of the owner, repository or environment is written with other capitals than it has"],
        FEDERATED,
        &[
            "https://learn.microsoft.com/entra/identity-platform/reference-breaking-changes",
            "https://github.com/Azure/login/issues/515",
        ],
    ),
    row(
        Entra,
        "AADSTS700229",
        "only an application's token can stand for an application, and this is a person's",
        &["a token of a person was given as a federated token"],
        "give a token that was issued to an application",
        &[PAGE],
    ),
    row(Entra, "AADSTS70011", "the scope is not one that there is", &["the login address is another cloud's"], SCOPE, &[PAGE]),
    row(
        Entra,
        "AADSTS1002012",
        "the scope is not one that an application may ask for by itself",
        &["the login address is another cloud's", "a client asks without `/.default`"],
        SCOPE,
        &["https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"],
    ),
    row(
        Entra,
        "AADSTS900144",
        "a part of the request is missing; the words name it",
        &["one of the variables is empty in this job", "a proxy takes the body away"],
        ARRIVED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS70003",
        "the request asks for a kind of grant that there is none of",
        &["a proxy changes what passes"],
        ARRIVED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS900561",
        "the token endpoint wants a POST and got something else",
        &["FLIGHTLINE_LOGIN_URL redirects, and a redirect turns a POST into a GET"],
        ARRIVED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS90014",
        "a part of the request is missing; the words name it",
        &["one of the variables is empty in this job"],
        ARRIVED,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS53003",
        "a Conditional Access policy of the tenant blocks the sign-in",
        &["the job runs on an address that the policy does not allow, as hosted CI does"],
        POLICY,
        &[PAGE, "https://learn.microsoft.com/entra/identity/conditional-access/workload-identity"],
    ),
    row(
        Entra,
        "AADSTS53000",
        "a Conditional Access policy of the tenant wants a device that is managed",
        &["a person's sign-in is used in a job"],
        POLICY,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS53001",
        "a Conditional Access policy of the tenant wants a device that is joined to it",
        &["a person's sign-in is used in a job"],
        POLICY,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50076",
        "the person has to show a second factor, which a job cannot",
        &["`az login` of a person is used, and a policy has changed or the place is another"],
        AGAIN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50079",
        "the person has to set up a second factor first",
        &["`az login` of a person is used, and a policy has changed"],
        AGAIN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50158",
        "the person has to pass a further check at a browser",
        &["a policy of the tenant asks another service"],
        AGAIN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS700082",
        "the person's sign-in has run out, since it was not used for long",
        &["`az login` was months ago"],
        AGAIN,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50173",
        "the person's sign-in was revoked",
        &["the password was changed, or an administrator ended all sign-ins"],
        AGAIN,
        &[PAGE],
    ),
    row(Entra, "AADSTS65001", "nobody has allowed the application to do this", &["a person's sign-in is used"], CONSENT, &[PAGE]),
    row(
        Entra,
        "AADSTS650057",
        "the resource is not among those that the application says it uses",
        &["a person's sign-in is used, through an application that does not know the Store"],
        CONSENT,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS50020",
        "the account is of another tenant or a personal one, and no guest in this tenant",
        &["FLIGHTLINE_TENANT_ID is not the tenant that the account is of"],
        OTHER_TENANT,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS90072",
        "the account that signed in is of another tenant, and does not exist in this one",
        &["FLIGHTLINE_TENANT_ID is not the tenant that the account is of"],
        OTHER_TENANT,
        &[PAGE],
    ),
    row(
        Entra,
        "AADSTS500341",
        "the account was deleted from the tenant",
        &["the person has left, and their sign-in is still used"],
        GONE,
        &["https://login.microsoftonline.com/error?code=500341"],
    ),
    row(
        Entra,
        "AADSTS50057",
        "the account is disabled",
        &["the person has left, and their sign-in is still used"],
        GONE,
        &[PAGE],
    ),
    row(Entra, "AADSTS90033", "a part of Entra is not available", &["trouble that passes"], TROUBLE, &[PAGE]),
    row(
        Entra,
        "AADSTS50196",
        "the same sign-in was asked for too often in a short time",
        &["many jobs at once"],
        TROUBLE,
        &[PAGE],
    ),
    row(Entra, "AADSTS90055", "the tenant sends too many requests", &["many jobs at once"], TROUBLE, &[PAGE]),
    row(Entra, "AADSTS90024", "Entra did not get done in time", &["trouble that passes"], TROUBLE, &[PAGE]),
    row(Entra, "AADSTS90012", "the request took too long", &["trouble that passes"], TROUBLE, &[PAGE]),
];
