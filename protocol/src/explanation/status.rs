//! The fifteen states of a submission, for whoever reads one of them in a log.

use super::Family::Status;
use super::{Explanation, row};

const PAGE: &str = "https://learn.microsoft.com/windows/uwp/monetize/get-status-for-an-app-submission";

pub(super) const TABLE: &[Explanation] = &[
    row(
        Status,
        "None",
        "the Store says nothing about where the submission stands",
        &["a submission that has only just been made, or one from before the API"],
        "look again in a minute: `flightline status --app <ID>`",
        &[PAGE],
    ),
    row(
        Status,
        "Canceled",
        "somebody took the submission back in Partner Center; the slot is free again",
        &["a person pressed Cancel before it was published"],
        "run the same command again to submit anew",
        &[PAGE],
    ),
    row(
        Status,
        "PendingCommit",
        "a draft: it can be changed, uploaded to, committed and deleted",
        &["a publish that was interrupted, or run with --no-commit", "a person or another job began a submission"],
        "`flightline resume` goes on with one of ours; `flightline submission delete` takes a draft away that nobody needs",
        &[PAGE, "O-029"],
    ),
    row(
        Status,
        "CommitStarted",
        "the Store has taken the commit and reads what was uploaded; minutes as a rule, and it can hang for hours",
        &[
            "the upload is large",
            "the Store's queue hangs: seen for days, and a person who submits in Partner Center loses the changes",
        ],
        "wait: `flightline resume` goes on waiting. After a day ask Microsoft's support, with the correlation ids of \
         `flightline support bundle`",
        &[PAGE, "https://github.com/microsoft/StoreBroker/issues/251", "https://github.com/microsoft/msstore-cli/issues/29"],
    ),
    row(
        Status,
        "CommitFailed",
        "the Store did not take what was uploaded; the status details say why, and the submission cannot be mended",
        &[
            "a file is missing in the archive, or has another name (MissingFiles)",
            "a package does not pass validation (PackageValidationFailed)",
            "the age-rating questionnaire is missing or out of date (InvalidMicrosoftAgeRating)",
            "an error that only Partner Center shows (InvalidState)",
        ],
        "correct what the details name and run publish again: a failed submission of our own is replaced. Where they name nothing, \
         Partner Center shows more",
        &[PAGE, "O-005", "O-006"],
    ),
    row(
        Status,
        "PreProcessing",
        "the Store looks into the packages before certification; up to an hour",
        &["the way of every submission"],
        "wait: `flightline status --app <ID> --watch` follows it",
        &[PAGE],
    ),
    row(
        Status,
        "PreProcessingFailed",
        "the packages did not pass what is checked before certification",
        &["a package is damaged, or its identity or capabilities are not what the account may publish"],
        "read the status details and Partner Center, build the packages again, and run publish again: the failed submission is \
         replaced if it is our own",
        &[PAGE],
    ),
    row(
        Status,
        "Certification",
        "the Store tests the product; hours as a rule, and up to three working days",
        &["the way of every submission"],
        "wait: `flightline resume` goes on waiting, and `--wait committed` leaves a job before this",
        &[PAGE, "https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-certification-process"],
    ),
    row(
        Status,
        "CertificationFailed",
        "the product did not pass certification; the report says which policy it broke",
        &["one of the Store Policies, which the report names by its number such as 10.1.1"],
        "read the report (`flightline status --app <ID>` shows its address; Partner Center has it in full), correct that, and run \
         publish again. `flightline explain <NUMBER>` says what a policy is about",
        &[PAGE, "https://learn.microsoft.com/windows/apps/publish/store-policies", "O-017"],
    ),
    row(
        Status,
        "Release",
        "it has passed certification; with the publish mode Immediate it goes on by itself, otherwise it waits for a person or a date",
        &["the publish mode is Manual or SpecificDate", "a moment in the mode Immediate as well"],
        "in the mode Manual press \"Publish now\" in Partner Center: no call of the API does that",
        &[PAGE, "O-015", "O-111"],
    ),
    row(
        Status,
        "ReleaseFailed",
        "the Store could not release what had passed certification",
        &["trouble of the service; nothing else has been reported"],
        "look at the product in Partner Center, and run publish again: the failed submission is replaced if it is our own",
        &[PAGE],
    ),
    row(
        Status,
        "PendingPublication",
        "it waits for its turn to be published",
        &["the way of every submission"],
        "wait: `flightline status --app <ID> --watch` follows it",
        &[PAGE],
    ),
    row(
        Status,
        "Publishing",
        "it is being handed to the servers that customers fetch from, which can take hours",
        &["the way of every submission"],
        "wait: `flightline status --app <ID> --watch` follows it",
        &[PAGE],
    ),
    row(
        Status,
        "Published",
        "customers get it",
        &["the end that was wanted"],
        "nothing is to be done; `flightline status --app <ID>` shows the packages that customers get",
        &[PAGE],
    ),
    row(
        Status,
        "PublishFailed",
        "the Store could not publish what it had released",
        &["trouble of the service; nothing else has been reported"],
        "look at the product in Partner Center, and run publish again: the failed submission is replaced if it is our own",
        &[PAGE],
    ),
];
