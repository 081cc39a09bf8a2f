//! HTTP statuses, as the submission API and what stands before it answer them.

use super::Family::Http;
use super::{Explanation, row};

const METHODS: &str =
    "https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services";

pub(super) const TABLE: &[Explanation] = &[
    row(
        Http,
        "300",
        "a redirection: the API never sends one, so the answer is not the Store's",
        &[
            "a proxy or a sign-in page of the network wants to be seen first",
            "FLIGHTLINE_API_URL or FLIGHTLINE_LOGIN_URL is wrong",
        ],
        "something between this machine and the Store wants to send us elsewhere, most likely a sign-in page: check HTTPS_PROXY, \
         FLIGHTLINE_API_URL and FLIGHTLINE_LOGIN_URL",
        &["https://learn.microsoft.com/windows/uwp/monetize/python-code-examples-for-the-windows-store-submission-api"],
    ),
    row(
        Http,
        "400",
        "the request is not one that the Store takes; the code and the words of the answer say what is wrong with it",
        &[
            "a field of the submission has a value that the Store refuses (InvalidParameterValue)",
            "the submission was made or saved in Partner Center (InvalidOperation)",
            "a POST without a body was sent with another content type than JSON",
        ],
        "read the code and the field that the answer names, correct that, and run the same command again",
        &[METHODS, "O-026", "O-027"],
    ),
    row(
        Http,
        "401",
        "the Store does not accept the token",
        &[
            "the Entra application is not associated with the Partner Center account",
            "the token was asked for with a slash at the end of the resource",
            "the token has run out: they last an hour",
        ],
        "the Store does not know this Entra application: associate it with the Partner Center account that owns the app (Account \
         settings > User management > Microsoft Entra applications)",
        &[METHODS, "O-024"],
    ),
    row(
        Http,
        "403",
        "the Store knows the application and lets it do nothing here; the body is empty as a rule",
        &[
            "the application has another role than Manager",
            "the app belongs to another Partner Center account",
            "the application is associated with several accounts, and the Store picks another one",
        ],
        "the Entra application needs the role Manager in the Partner Center account that owns the app, and may be associated with \
         that one account only",
        &[METHODS, "O-007", "O-028"],
    ),
    row(
        Http,
        "404",
        "there is no such product or submission in the account of these credentials, or a list is empty",
        &["the id is mistyped, or is of another account", "a flight's id was given for an app's", "the submission was deleted"],
        "check the id, and that it belongs to the account of these credentials: `flightline apps list` shows its apps",
        &[METHODS, "O-028", "O-132"],
    ),
    row(
        Http,
        "408",
        "the request took too long to arrive",
        &["a slow or broken connection"],
        "run the same command again: it goes on where it stopped",
        &["https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9"],
    ),
    row(
        Http,
        "409",
        "the state of the product does not allow this, or the product uses something that the API does not support",
        &[
            "a submission is pending already: a product has one at a time",
            "the rollout of what is live is still going on",
            "the submission is committed and cannot be changed any more",
            "the app uses mandatory updates or Store-managed consumables",
        ],
        "`flightline status --app <ID>` shows what is in the way; an app that uses mandatory updates or Store-managed consumables \
         cannot be changed through the API at all",
        &[METHODS, "O-110", "O-130"],
    ),
    row(
        Http,
        "411",
        "a request without a body has to say that its length is 0",
        &["a client or proxy leaves Content-Length away"],
        "flightline sends it: look for a proxy that takes it out",
        &["O-026"],
    ),
    row(
        Http,
        "413",
        "the request is larger than what stands in the way takes",
        &["a proxy or firewall limits uploads"],
        "let *.blob.core.windows.net pass the proxy, or upload from another network",
        &["https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14"],
    ),
    row(
        Http,
        "429",
        "too many requests: the gateway counts those of the whole tenant",
        &[
            "other jobs of the same tenant use the API at the same time",
            "many add-ons are committed at once: commits are limited further, and there is a limit for a day",
        ],
        "the Store allows about 20 requests a minute for one tenant: run the same command again later",
        &["O-022", "O-023"],
    ),
    row(
        Http,
        "500",
        "the Store failed",
        &[
            "trouble of the service that passes",
            "a listing is in a language that the Store does not support",
            "the clone of a very large submission took too long",
            "an id of the wrong kind, such as a flight's in the place of an app's",
        ],
        "the Store itself has trouble: run the same command again later; it goes on where it stopped",
        &["O-007", "O-019"],
    ),
    row(
        Http,
        "502",
        "the gateway got no usable answer from the service behind it; the work may have been done",
        &["trouble of the service that passes"],
        "the Store itself has trouble: run the same command again later; it looks at the Store first and goes on where it stopped",
        &["O-007", "O-020"],
    ),
    row(
        Http,
        "503",
        "the service is not available; what was asked for may have been done all the same",
        &["trouble of the service that passes", "an account that is not yet set up for the submission API"],
        "the Store itself has trouble: run the same command again later; it looks at the Store first and goes on where it stopped",
        &["O-021"],
    ),
    row(
        Http,
        "504",
        "the gateway gave up waiting; creating, committing, deleting and finalizing are often done all the same",
        &["an app with many listings, whose clone takes minutes", "trouble of the service that passes"],
        "the Store itself has trouble: run the same command again later; it looks at the Store first and goes on where it stopped",
        &["O-019", "O-020"],
    ),
];
