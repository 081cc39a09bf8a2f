//! The submission API's own codes: of its refusals, of the details of a submission, and within the words of a failed commit.

use super::Family::{Detail, Refusal, Validation};
use super::{Explanation, row};

const CODES: &str = "https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#submission-status-code";
const METHODS: &str =
    "https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services";
const APP: &str = "https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#app-submission-object";

pub(super) const REFUSALS: &[Explanation] = &[
    row(
        Refusal,
        "InvalidParameterValue",
        "a field is missing or has a value that the Store does not take; `target` names it",
        &[
            "a package of the last submission is not in the list: each has to stay or be marked PendingDelete",
            "the price is `Base`, which can be read and not written",
            "the release notes, keywords or another text are too long",
            "allowTargetFutureDeviceFamilies does not answer for each of Desktop, Mobile, Xbox and Holographic",
            "a value is written in another case than the manual has it",
        ],
        "correct the field that the answer names; `flightline plan` shows what would be sent, and `--price` states a price where \
         the Store does not give it back",
        &[APP, "O-013", "O-031", "O-105", "O-106"],
    ),
    row(
        Refusal,
        "InvalidOperation",
        "the API may not touch this submission: it was made or saved in Partner Center",
        &[
            "a person began the submission, or opened ours and saved it",
            "a flight was made in Partner Center, with its first draft",
            "for some days in spring 2024 the service said so of its own drafts",
        ],
        "the pending submission was made or saved in Partner Center, and the API may not touch it: publish or delete it there",
        &[METHODS, "O-021", "O-027"],
    ),
    row(
        Refusal,
        "InvalidState",
        "the state of the product or of the submission does not allow this",
        &[
            "a submission is pending already: a product has one at a time",
            "the submission is committed, and cannot be changed, committed again or deleted",
            "the rollout of what is live is still going on",
            "the rollout that was to be changed is over, or has not begun",
        ],
        "`flightline status --app <ID>` shows what is in the way; `--if-busy` says what publish does about it, and `flightline \
         rollout finalize` or `halt` ends a rollout",
        &[METHODS, "O-110", "O-130"],
    ),
    row(
        Refusal,
        "ResourceNotFound",
        "there is no such product or submission in the account of these credentials",
        &["the id is mistyped, or is of another account", "the submission was deleted or published in the meantime"],
        "check the id, and that it belongs to the account of these credentials: `flightline apps list` shows its apps",
        &[METHODS],
    ),
    row(
        Refusal,
        "Unauthorized",
        "the Store does not accept the token: it does not know the application that it is for",
        &[
            "the Entra application is not associated with the Partner Center account",
            "it is associated with another account or tenant",
            "the token was asked for with a slash at the end of the resource",
        ],
        "associate the Entra application with the Partner Center account that owns the app (Account settings > User management > \
         Microsoft Entra applications), with the role Manager; `flightline auth doctor` looks at each step",
        &[
            "https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#step-1-complete-prerequisites-for-using-the-microsoft-store-submission-api",
            "https://github.com/microsoft/msstore-cli/issues/131",
            "O-024",
        ],
    ),
    row(
        Refusal,
        "InternalServerError",
        "the Store failed",
        &[
            "trouble of the service that passes",
            "a listing is in a language that the Store does not support",
            "the clone of a very large submission took too long",
        ],
        "the Store itself has trouble: run the same command again later; it goes on where it stopped",
        &["https://github.com/microsoft/StoreBroker/issues/235", "O-007", "O-019"],
    ),
    row(
        Refusal,
        "UnknownInternalFailure",
        "the Store failed without saying how; it stands within the `innererror` of a 500",
        &["trouble of the service that passes", "an app that hung in a failed certification (2018)"],
        "run the same command again later; if it stays, ask Microsoft's support with the correlation id",
        &["https://github.com/microsoft/StoreBroker/issues/145", "O-007"],
    ),
];

pub(super) const DETAILS: &[Explanation] = &[
    row(
        Detail,
        "None",
        "the entry has no code; its words are all there is",
        &["the Store has not put it into a category"],
        "read the words of the entry, and Partner Center, which often shows more",
        &[CODES],
    ),
    row(
        Detail,
        "InvalidArchive",
        "what was uploaded is no ZIP archive that the Store can read",
        &["a package was uploaded by itself instead of in a ZIP archive", "the upload was cut off or changed on its way"],
        "let `flightline publish` make and upload the archive; with `submission upload` give a ZIP file",
        &[CODES],
    ),
    row(
        Detail,
        "MissingFiles",
        "the archive lacks a file that the submission names, or has it in another place",
        &[
            "the name in the submission and that in the archive differ, in case or folder",
            "a draft was committed before anything was uploaded to it",
        ],
        "let `flightline publish` make the archive: names in it and in the submission are the same by construction",
        &[CODES],
    ),
    row(
        Detail,
        "PackageValidationFailed",
        "a package did not pass validation; the words name it and say why",
        &[
            "identity or publisher of the package are not those of the product in Partner Center",
            "a version of the same package family is in the submission already",
            "more packages than a submission holds, or too many for an old platform",
            "a capability that needs an approval",
        ],
        "correct what the words name and build again; `flightline plan` checks identity, version and number before anything is sent",
        &[CODES, "https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements", "O-002"],
    ),
    row(
        Detail,
        "InvalidParameterValue",
        "a value of the submission is not one that the Store takes; the words name it",
        &[
            "a listing has no title (MissingTitle)",
            "the pricing is not complete (InvalidPricingAvailabilitySettings)",
            "for some weeks in spring 2024 a fault of the service, with words about IngestionWeb and IngestionApi",
        ],
        "correct what the words name; `flightline explain` knows the words as well",
        &[CODES, "https://github.com/microsoft/StoreBroker/issues/249", "O-114"],
    ),
    row(
        Detail,
        "InvalidOperation",
        "what was attempted is not allowed on this submission",
        &["the submission was made or saved in Partner Center"],
        "publish or delete the submission in Partner Center, then run the same command again",
        &[CODES, "O-027"],
    ),
    row(
        Detail,
        "InvalidState",
        "the submission has errors that the API does not show, or its state does not allow what was attempted",
        &["something that only Partner Center asks for is missing, such as an answer on a new page of it"],
        "open the submission in Partner Center: it shows there what is missing. Then run publish again",
        &[CODES, "https://github.com/microsoft/StoreBroker/issues/129", "O-125"],
    ),
    row(
        Detail,
        "ResourceNotFound",
        "something that the submission names does not exist",
        &["a flight, an image or a package was taken away in the meantime"],
        "delete the submission and run publish again, which begins from what is live now",
        &[CODES],
    ),
    row(
        Detail,
        "ServiceError",
        "the Store failed inside; the manual says that trying again may help",
        &["trouble of the service that passes"],
        "run publish again: a failed submission of our own is replaced",
        &[CODES],
    ),
    row(
        Detail,
        "ListingOptOutWarning",
        "a language of the last submission has no listing any more, or the packages support a language that has none",
        &["a listing was taken away", "a package was built with one more language"],
        "nothing, if that is meant; otherwise add the listing",
        &[CODES],
    ),
    row(
        Detail,
        "ListingOptInWarning",
        "a language has a listing that the last submission did not have",
        &["a listing was added"],
        "nothing, if that is meant; it stops nothing",
        &[CODES],
    ),
    row(
        Detail,
        "UpdateOnlyWarning",
        "something was to be added that can only be changed",
        &["a member of the submission that the API lets nobody add"],
        "add it in Partner Center, then the API can change it",
        &[CODES],
    ),
    row(
        Detail,
        "PackageValidationWarning",
        "a remark on a package that stops nothing",
        &["whatever the words say"],
        "read the words; nothing has to be done",
        &[CODES],
    ),
    row(
        Detail,
        "Other",
        "the Store has no category for it; its words are all there is",
        &["whatever the words say"],
        "read the words of the entry, and Partner Center, which often shows more",
        &[CODES],
    ),
    row(
        Detail,
        "SalesUnsupportedWarning",
        "stands on nearly every app submission and is no sign of anything",
        &["the API does not support sales, whether there are any or not"],
        "nothing is to be done: flightline leaves it out where it shows warnings",
        &["O-004"],
    ),
    row(
        Detail,
        "InvalidMicrosoftAgeRating",
        "the age-rating questionnaire was never answered, or has changed since it was",
        &[
            "the first submission of a product",
            "Microsoft has changed the questionnaire",
            "the category of the product was changed",
        ],
        "answer the questionnaire in Partner Center (Age ratings): the API cannot. Then run publish again",
        &["https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/age-ratings", "O-005"],
    ),
    row(
        Detail,
        "IsInternalError",
        "the Store failed without saying how: a workflow was cancelled",
        &["trouble of the service that passes", "something that Partner Center shows and the API does not"],
        "run publish again: a failed submission of our own is replaced. If it stays, open the submission in Partner Center",
        &["https://github.com/microsoft/msstore-cli/issues/50", "O-006"],
    ),
];

pub(super) const VALIDATIONS: &[Explanation] = &[
    row(
        Validation,
        "MissingTitle",
        "a listing has no title, and no package in its very language lends it one",
        &["a listing in a language that no package has; `de` does not help `de-de`"],
        "give the listing a title, which must be a reserved name of the app, or add the language to the package",
        &["O-114"],
    ),
    row(
        Validation,
        "InvalidPricingAvailabilitySettings",
        "price and markets of the submission do not fit together",
        &[
            "the price was left out of an update, or is `Base`",
            "a price tier of the other kind of account: Tier2 to Tier96, or Tier1012 to Tier1424",
        ],
        "state the price with --price, or correct Pricing and availability in Partner Center and run publish again",
        &[
            "https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#price-tiers",
            "https://github.com/microsoft/msstore-cli/issues/86",
            "O-105",
        ],
    ),
    row(
        Validation,
        "KeywordsTotalCount",
        "the listings have more than 21 keywords, by a count that the manual does not explain",
        &["many languages, each with keywords of its own"],
        "use fewer different keywords, or none in the languages that matter least",
        &["O-106"],
    ),
    row(
        Validation,
        "IngestionWeb",
        "the Store took a draft of the API for one of Partner Center's: a fault of the service, with words about IngestionApi",
        &["seen for some weeks in spring 2024"],
        "delete the submission and run publish again; if it stays, ask Microsoft's support with the correlation id",
        &["https://github.com/microsoft/StoreBroker/issues/249", "O-027"],
    ),
];
